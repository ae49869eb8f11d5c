#include "rules/lang/cel/mutate.h"

#include "rules/lang/cel/parser.h"

namespace assay::rules::cel {
namespace {

class Mutator {
 public:
  Mutator(std::string_view source, std::vector<Mutation>& out) : source_(source), out_(out) {}

  // `boolean`: the node's value is used as a truth value.
  void walk(const Expr& node, bool boolean) {
    bool logical = node.kind == ExprKind::kOperator && (node.op == Operator::kAnd || node.op == Operator::kOr);
    if (logical) {
      drop(node, *node.arg(0), *node.arg(1));
      drop(node, *node.arg(1), *node.arg(0));
    } else if (node.kind == ExprKind::kOperator && node.op == Operator::kNot) {
      // Dropping the negation is what negating the operand does, once.
    } else if (boolean) {
      negate(node);
    }
    for (size_t i = 0; i < node.arg_count; ++i) {
      if (node.arg(i) != nullptr) walk(*node.arg(i), argument_is_boolean(node, i, boolean));
    }
  }

 private:
  static bool argument_is_boolean(const Expr& node, size_t i, bool boolean) {
    if (node.kind == ExprKind::kOperator) {
      switch (node.op) {
        case Operator::kAnd:
        case Operator::kOr:
        case Operator::kNot: return true;
        case Operator::kConditional: return i == 0 || boolean;
        default: return false;
      }
    }
    if (node.kind == ExprKind::kComprehension && i > 0) {
      switch (node.macro) {
        case Macro::kAll:
        case Macro::kExists:
        case Macro::kExistsOne:
        case Macro::kFilter: return true;
        case Macro::kMap: return node.arg_count == 3 && i == 1;
        default: return false;
      }
    }
    return node.kind == ExprKind::kBind && i == 1 && boolean;
  }

  std::string_view text(const Expr& node) const { return source_.substr(node.begin, node.end - node.begin); }

  void replace(const Expr& node, std::string replacement, std::string description) {
    std::string changed(source_.substr(0, node.begin));
    changed += replacement;
    changed += source_.substr(node.end);
    out_.push_back({std::move(changed), std::move(description), node.begin});
  }
  void negate(const Expr& node) {
    replace(node, "!(" + std::string(text(node)) + ")", "negated: " + std::string(text(node)));
  }
  void drop(const Expr& node, const Expr& kept, const Expr& dropped) {
    replace(node, "(" + std::string(text(kept)) + ")", "dropped: " + std::string(text(dropped)));
  }

  std::string_view source_;
  std::vector<Mutation>& out_;
};

}  // namespace

std::vector<Mutation> mutations(std::string_view expression) {
  core::Arena arena;
  Issues issues;
  MacroTable macros(standard_macros().begin(), standard_macros().end());
  macros.insert(macros.end(), extension_macros().begin(), extension_macros().end());
  Expr* root = parse(expression, macros, arena, issues);
  std::vector<Mutation> out;
  if (root != nullptr) Mutator(expression, out).walk(*root, true);
  return out;
}

}  // namespace assay::rules::cel
