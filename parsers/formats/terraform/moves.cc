// `moved` blocks: where something stood before. What is found about a resource keeps the fingerprint
// that it had at its first address, so that baselines survive renaming.
#include "parsers/formats/terraform/evaluator.h"

namespace assay::formats::terraform {

using syntax::Node;
using syntax::NodeKind;

namespace {

constexpr size_t kLongestChain = 64;

// "module.a.aws_s3_bucket.b" of module.a["x"].aws_s3_bucket.b[0]; "" when it is no address.
std::string address_of(const Node& node, uint32_t depth = 0) {
  if (depth > kLongestChain) return {};
  if (node.kind == NodeKind::kVariable) return std::string(node.text);
  if (node.kind == NodeKind::kIndex && node.child(0)) return address_of(*node.child(0), depth + 1);
  if (node.kind != NodeKind::kGetAttr) return std::string(literal_string(node));
  std::string of = address_of(*node.child(0), depth + 1);
  return of.empty() ? of : of + "." + std::string(node.text);
}

}  // namespace

void Evaluator::note_moves(ModuleInstance& module) {
  if (module.source->moves().empty() || !moved_in_.emplace(module.path, true).second) return;
  std::string prefix = module.path.empty() ? "" : module.path + ".";
  for (const Item& move : module.source->moves()) {
    std::string from, to;
    if (const Node* body = move.body()) {
      for (const Node* child : body->children()) {
        if (child->kind != NodeKind::kAttribute) continue;
        if (child->text == "from") from = address_of(*child->child(0));
        if (child->text == "to") to = address_of(*child->child(0));
      }
    }
    if (from.empty() || to.empty()) {
      problem(core::ProblemSeverity::kWarning, "terraform-moved",
              "a moved block needs two addresses, from and to", move.header());
    } else if (from != to) {
      moves_.emplace_back(prefix + to, prefix + from);
    }
  }
}

// Back along the moves: those of the thing itself first, then those of a module that it is in.
std::string_view Evaluator::first_address(std::string_view stable) {
  if (moves_.empty()) return stable;
  std::string at(stable);
  for (size_t steps = 0; steps < kLongestChain; ++steps) {
    const std::pair<std::string, std::string>* move = nullptr;
    for (const auto& candidate : moves_) {
      const std::string& to = candidate.first;
      bool inside = at.size() > to.size() && at.compare(0, to.size(), to) == 0 && at[to.size()] == '.';
      if (at != to && (!inside || move)) continue;
      move = &candidate;
      if (at == to) break;
    }
    if (!move) break;
    at = move->second + at.substr(move->first.size());
    if (at == stable) return stable;  // moves that lead back to where they began
  }
  return root_.arena.copy(at);
}

}  // namespace assay::formats::terraform
