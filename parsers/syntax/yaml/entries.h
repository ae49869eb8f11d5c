// Reading mappings as tools read them: aliases followed, merge keys ("<<") applied, the last of
// several equal keys taken. The tree keeps all of that as written; these helpers give the meaning.
//
// Callers: formats and policy languages, for YAML and JSON trees alike. Nothing is owned; visitors
// get nodes of the tree. Threads: pure functions.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "parsers/syntax/tree.h"

namespace assay::syntax {

// Follows an alias to its target (null when that is undefined or cyclic); other nodes as they are.
inline const Node* resolve_alias(const Node* node) {
  while (node && node->kind == NodeKind::kAlias) node = node->child(0);
  return node;
}

// An unquoted, untagged `<<` key. A quoted "<<" is an ordinary key.
inline bool is_merge_key(const Node& key) {
  return key.kind == NodeKind::kScalar && key.style == Style::kPlain && key.text == "<<" &&
         key.tag().empty();
}

// Which value wins when a mapping has both a key and a merge that brings the same key.
enum class MergeRule : uint8_t {
  kExplicitWins,  // YAML 1.1 merge type; PyYAML, cfn-lint, kustomize (go-yaml v3)
  kLastWins,      // sigs.k8s.io/yaml (kubectl, Helm): a merge that stands later overrides
};

// One effective entry. `pair` is where it is written: for a merged one, in the merged mapping.
// `value` follows aliases and may be null (undefined alias).
struct Entry {
  const Node* key;
  const Node* value;
  const Node* pair;
};

// True when the mapping has a merge key.
bool has_merge(const Node& mapping);
// The effective entries of a mapping that has merge keys, each key once: first its own keys in
// source order, then merged ones (kExplicitWins), or in order of first appearance (kLastWins).
std::vector<Entry> merged_entries(const Node& mapping, MergeRule rule);

// Calls visit(const Entry&) for every effective entry. Without merge keys this is the source order,
// equal keys included (an assignment per visit makes the last win), and allocates nothing. An alias
// to a mapping is followed; anything else has no entries.
template <typename Visit>
void for_each_entry(const Node& node, Visit&& visit, MergeRule rule = MergeRule::kExplicitWins) {
  const Node* mapping = resolve_alias(&node);
  if (!mapping || mapping->kind != NodeKind::kMapping) return;
  if (has_merge(*mapping)) {
    for (const Entry& entry : merged_entries(*mapping, rule)) visit(entry);
    return;
  }
  for (const Node* pair : mapping->children()) {
    if (pair->kind != NodeKind::kPair) continue;
    visit(Entry{resolve_alias(pair->child(0)), resolve_alias(pair->child(1)), pair});
  }
}

// The effective entry with this key: merges applied, the last of equal keys. pair is null when
// there is none.
Entry lookup_entry(const Node& node, std::string_view key,
                   MergeRule rule = MergeRule::kExplicitWins);
inline const Node* lookup(const Node& node, std::string_view key,
                          MergeRule rule = MergeRule::kExplicitWins) {
  return lookup_entry(node, key, rule).value;
}

}  // namespace assay::syntax
