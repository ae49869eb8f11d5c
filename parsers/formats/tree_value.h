// TreeValues: YAML and JSON nodes as model values. Kubernetes manifests and CloudFormation templates
// (and whatever is written in these languages later) share this one conversion, so that spans, typed
// scalars, merge keys, aliases and repeated keys mean the same everywhere.
//
// Every value has its span; a tag belongs to it. What was brought by an alias or a merge key has the
// origin kAnchor, with the literal behind it. An anchored collection is converted once and shared.
//
// Ownership: values live in the arena given; texts view the source, or the arena when decoding
// changed them. The tree may go as soon as the conversion is done. Threads: one per converter.
#pragma once

#include <string_view>
#include <unordered_map>

#include "parsers/core/arena.h"
#include "parsers/model/value.h"
#include "parsers/syntax/scalar.h"
#include "parsers/syntax/tree.h"
#include "parsers/syntax/yaml/entries.h"

namespace assay::formats {

class TreeValues {
 public:
  TreeValues(const syntax::Tree& tree, syntax::ScalarMode mode, syntax::MergeRule merges,
             core::Arena& arena);

  // The whole node. A missing node (an undefined alias, an absent value) is null.
  model::Value value(const syntax::Node* node);
  // A node without children, typed by the mode; null for others.
  model::Value scalar(const syntax::Node& node);
  // The key of a pair as text ("on" is "true" to Kubernetes), in the source or the arena.
  std::string_view key_text(const syntax::Node* key);
  // `text` if it lies in the source, else a copy in the arena.
  std::string_view keep(std::string_view text);

  // With the tag, if any.
  core::Span span(const syntax::Node& node) const;
  const syntax::Tree& tree() const { return tree_; }
  core::Arena& arena() { return arena_; }
  syntax::MergeRule merges() const { return merges_; }

  // `value` as it is seen through the alias or merge written at `at`.
  model::Value through_anchor(model::Value value, core::Span at, std::string_view name);

 private:
  model::Value convert(const syntax::Node& node);
  model::Value mapping(const syntax::Node& node);
  model::Value sequence(const syntax::Node& node);

  const syntax::Tree& tree_;
  syntax::ScalarMode mode_;
  syntax::MergeRule merges_;
  core::Arena& arena_;
  bool repeats_ = false;  // the file has repeated keys somewhere: look for them
  uint32_t depth_ = 0;
  std::unordered_map<const syntax::Node*, model::Value> anchored_;
};

// Why a file is not wholly evaluated, for the coverage table: "syntax errors", "repeated keys", or ""
// when its reader found nothing wrong.
std::string_view reading_trouble(const syntax::Tree& tree);

// The value of a plain "a.b.c" path of mappings; null when a step is missing.
const model::Value* find_path(const model::Value& value, std::string_view path);
// The text of a known string at the path; empty when absent or of another kind.
std::string_view text_at(const model::Value& value, std::string_view path);

}  // namespace assay::formats
