// Edits of mappings: YAML in block and flow style, and JSON. Quotes, indentation, order and
// comments stay; nothing is edited through an alias, nor in a node that an alias repeats elsewhere.
//
// Called by fix.cc with trees of parsers/syntax/yaml and json. Threads: none of their own.
#pragma once

#include <algorithm>

#include "analyzer/pipeline/fix/want.h"

namespace assay::pipeline::fix {

// Wants below a mapping. False with editing.problem when it cannot be done.
bool edit_mapping(Editing& editing, const syntax::Node& mapping, const std::vector<Want>& wants);
// Puts `want.value` in the place of a scalar or a list of scalars; does nothing where it says so
// already.
bool edit_node(Editing& editing, const syntax::Node& node, const Want& want);

// Is the node, or one on the way down to it, repeated by an alias? `way` leads from the root to the
// node.
bool is_repeated(const syntax::Tree& tree, const std::vector<const syntax::Node*>& way);
// The nodes from the root to the first one for which `wanted` holds, that included; empty when
// there is none. Aliases are not followed, nor nodes that do not hold the byte `at`, if one is
// given.
inline constexpr uint32_t kAnywhere = 0xffffffff;
template <typename Wanted>
std::vector<const syntax::Node*> way_to(const syntax::Node& root, uint32_t at,
                                        const Wanted& wanted) {
  std::vector<const syntax::Node*> way{&root};
  std::vector<uint32_t> next{0};
  while (!way.empty()) {
    const syntax::Node* node = way.back();
    if (next.back() == 0 && wanted(*node)) return way;
    if (next.back() == 0 && at != kAnywhere &&
        node->child_count > 8) {  // long lists are not walked
      auto first =
          std::partition_point(node->child_array, node->child_array + node->child_count,
                               [&](const syntax::Node* child) { return child && child->end < at; });
      next.back() = static_cast<uint32_t>(first - node->child_array);
    }
    if (next.back() < node->child_count && at != kAnywhere) {
      const syntax::Node* child = node->child_array[next.back()];
      if (child && child->begin > at) next.back() = node->child_count;
    }
    if (node->kind == syntax::NodeKind::kAlias || next.back() == node->child_count) {
      way.pop_back();
      next.pop_back();
      continue;
    }
    const syntax::Node* child = node->child_array[next.back()++];
    if (!child || (at != kAnywhere && (child->begin > at || child->end < at))) continue;
    way.push_back(child);
    next.push_back(0);
  }
  return way;
}

}  // namespace assay::pipeline::fix
