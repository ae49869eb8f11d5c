// Open rule files: what is wrong with the file, at the token where the language says so, and which of its examples fail.
// Beside them stand the code lenses: what the rule finds in the workspace as it is.
//
// Made by the worker for open documents only; a file that has not changed is not checked again. Threads: a RuleDocuments
// belongs to one; what it hands out never changes.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/lsp/diagnostics.h"
#include "analyzer/lsp/documents.h"

namespace assay::lsp {

struct RuleDocument {
  std::string id;
  uint32_t id_line = 0, examples_line = 0;  // zero-based
  size_t examples = 0, failing = 0;
  bool whole = false;  // nothing is wrong with the file itself, so its examples were run
  std::vector<Diagnostic> problems;
};
using RuleDocumentMap = std::map<std::string, std::shared_ptr<const RuleDocument>>;  // by path

// Does the text begin as a rule file does? Other Markdown is left alone.
bool is_rule_text(std::string_view path, std::string_view text);
RuleDocument check_rule_document(const Document& document, Encoding encoding);

class RuleDocuments {
 public:
  explicit RuleDocuments(Encoding encoding) : encoding_(encoding) {}
  RuleDocumentMap make(const Documents& documents);

 private:
  const Encoding encoding_;
  std::map<std::string, std::pair<std::shared_ptr<const Document>, std::shared_ptr<const RuleDocument>>> kept_;
};

struct Lens {
  Range range;
  std::string title;
};
// What the rule finds in the analysis, and what its examples say.
std::vector<Lens> rule_lenses(const Analysis& analysis, const RuleDocument& rule);

}  // namespace assay::lsp
