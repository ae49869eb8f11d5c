// Redaction: what a rule with the tag "secret" found is never shown. Where a report quotes source
// text (code frames, SARIF snippets) or hands on a message, the bytes of such findings are replaced
// by asterisks of equal width, so that carets and columns stay true.
//
// Hidden are the region of the finding, the literals its value comes from, the whole of a value whose
// region is only its first line, and of a finding that points at a resource's head, the resource below
// it. Of a token longer than 16 characters the first two stay readable, so that people can tell which
// one is meant. A copy of a hidden token that is no ordinary word is hidden wherever it stands. Everything is hidden from all findings and problems of the report. Suppressed findings
// hide as well, and so do those that nobody asked for (another --rule, a lower --severity, a MAYBE).
//
// Every writer that shows source text or messages calls this. Ownership: refers to the report's sources, which must
// outlive it. Threads: read only once built.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rules/engine/finding.h"

namespace assay::report {

class Redactor {
 public:
  // What asterisks are counted in: columns of a terminal or UTF-16 code units.
  enum class Width { kDisplay, kUtf16 };

  // A token, and a file that it stands in.
  using Token = std::pair<core::FileId, std::string>;

  explicit Redactor(const rules::Report& report);
  // The report is a part of what is told: in place of its own tokens these are hidden in texts (sorted as by sort_tokens()).
  Redactor(const rules::Report& report, std::vector<std::string> tokens);
  // Those of the report, in no order.
  static std::vector<Token> tokens_of(const rules::Report& report);
  static void sort_tokens(std::vector<std::string>& tokens);
  // The source text of `span`, with asterisks for what is secret. Line breaks stay.
  std::string source(const core::Span& span, Width width) const;
  // A text that was made from values, such as a message: secrets of four bytes or more are hidden in it.
  std::string message(std::string_view text) const;

 private:
  Redactor() = default;
  void read(const rules::Report& report);
  void look_for(std::vector<std::string> tokens);
  struct Range {
    uint32_t begin, end;
  };
  void hide(const rules::Finding& finding);
  // Copies of tokens that touch `span`, sorted by where they begin.
  std::vector<Range> copies(const core::Span& span) const;
  void hide(const core::SourceSet& sources, const core::Span& span, bool keep_head);
  const core::SourceSet* sources_ = nullptr;
  std::map<core::FileId, std::vector<Range>> ranges_;  // sorted, disjoint
  std::vector<Token> found_;                           // of the report
  std::vector<std::string> tokens_;                    // longest first
  size_t longest_copy_ = 0;                            // bytes of the longest token that copies() looks for
  std::vector<std::pair<size_t, size_t>> sought_;      // those, by hash of their first bytes and index
  std::vector<bool> heads_;  // by a hash of their first bytes: most messages begin no token anywhere
};

}  // namespace assay::report
