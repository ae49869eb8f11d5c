// Diagnostics of an analysis: findings that count, problems of files, and mistakes in the configuration, by document.
//
// Texts come out with secrets hidden. Threads: pure functions of their arguments.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "analyzer/lsp/engine.h"
#include "analyzer/lsp/text.h"

namespace assay::lsp {

struct Location {
  std::string uri;
  Range range;
  auto operator<=>(const Location&) const = default;
};

struct Diagnostic {
  Range range;
  int severity = 1;  // of the protocol: error, warning, information, hint
  std::string code, href, message;
  std::vector<std::pair<Location, std::string>> related;
  std::vector<int> tags;    // 1: unnecessary, 2: deprecated
  std::string fingerprint;  // of a finding
  std::string fix;          // "safe", "unsafe" or "": what the rule can do
};

// From spans to ranges, with the lines of each file counted once. For one analysis and one thread.
class Ranges {
 public:
  Ranges(const Analysis& analysis, Encoding encoding) : analysis_(analysis), encoding_(encoding) {}
  Location location(const pipeline::Scan& scan, const core::Span& span);
  const Lines& lines(const pipeline::Scan& scan, core::FileId file);
  const std::string& uri(const pipeline::Scan& scan, core::FileId file);
  Encoding encoding() const { return encoding_; }

 private:
  struct File {
    std::string uri;
    std::unique_ptr<Lines> own;
    const Lines* lines = nullptr;
  };
  File& file(const pipeline::Scan& scan, core::FileId id);
  const Analysis& analysis_;
  Encoding encoding_;
  std::map<std::pair<const pipeline::Scan*, core::FileId>, File> files_;
};

// By URI, sorted by place; documents without any are not there.
std::map<std::string, std::vector<Diagnostic>> diagnostics_of(const Analysis& analysis, Encoding encoding);

// Equal lists have equal hashes.
uint64_t hash_of(const std::vector<Diagnostic>& list);

// Is the finding shown: neither suppressed nor known from a baseline?
bool is_shown(const rules::Finding& finding);
std::string rule_address(const rules::RuleInfo& rule);  // of its page; "" for a user's rule

}  // namespace assay::lsp
