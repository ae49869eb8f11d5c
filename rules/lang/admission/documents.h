// Documents of policy files: one Kubernetes object each, as nodes (for readers of policies, who point at expressions) and
// as values (for parameters, Namespaces and selectors). Called by load_policies() and the languages.
//
// Ownership: trees live as long as the Documents; values and texts in the arena given and in the sources. Threads: one.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/core/arena.h"
#include "parsers/core/source.h"
#include "parsers/model/value.h"
#include "parsers/syntax/tree.h"
#include "rules/lang/admission/admission.h"

namespace assay::rules::admission {

// Scalars as kubectl reads them. Aliases are followed; what is nested too deep is null.
model::Value value_of(const syntax::Tree& tree, const syntax::Node* node, core::Arena& arena);

struct Document {
  const syntax::Tree* tree = nullptr;
  const syntax::Node* node = nullptr;  // a mapping
  std::string_view api_version, kind;
};

class Documents {
 public:
  Documents(core::SourceSet& sources, std::vector<LoadError>& errors) : sources_(sources), errors_(errors) {}
  // Reads a file into `all()`: its documents, and the items of its lists.
  void read(core::FileId file);
  const std::vector<Document>& all() const { return documents_; }
  // At a node.
  void error(const syntax::Tree& tree, const syntax::Node& node, std::string message);
  void error(const core::Span& span, std::string message);

 private:
  void add(const syntax::Tree& tree, const syntax::Node& node, int depth);

  core::SourceSet& sources_;
  std::vector<LoadError>& errors_;
  std::vector<std::unique_ptr<syntax::Tree>> trees_;
  std::vector<Document> documents_;
};

// The node behind aliases; null stays null.
const syntax::Node* target_of(const syntax::Node* node);
// The value of a key; null when absent or null.
const syntax::Node* member(const syntax::Node* mapping, std::string_view key);
// The text of a scalar member; "" when absent or a collection.
std::string_view text_member(const syntax::Node* mapping, std::string_view key);
// The elements of a sequence, behind aliases; none for anything else.
std::vector<const syntax::Node*> elements(const syntax::Node* sequence);

}  // namespace assay::rules::admission
