#include "rules/lang/cel/parser.h"

namespace assay::rules::cel {
namespace {

using Args = std::span<Expr* const>;

// The name of a comprehension variable; empty after an issue.
std::string_view variable_name(Builder& build, const Expr* arg) {
  if (arg->kind == ExprKind::kIdent && !arg->has(kAbsolute)) return arg->text;
  build.fail(*arg, "this must be a simple variable name");
  return {};
}

Expr* comprehension(Builder& build, const Expr* call, Macro macro, Expr* target, Args variables, Args bodies) {
  std::vector<Expr*> args{target};
  args.insert(args.end(), bodies.begin(), bodies.end());
  Expr* out = build.make(ExprKind::kComprehension, call->begin, call->end, args);
  out->macro = macro;
  out->variable = variable_name(build, variables[0]);
  if (variables.size() == 2) {
    out->variable2 = variable_name(build, variables[1]);
    if (!out->variable.empty() && out->variable == out->variable2) {
      return build.fail(*variables[1], "the two variables need different names");
    }
  }
  return build.failed() ? nullptr : out;
}

template <Macro macro, int variables>
Expr* expand(Builder& build, Expr* call, Expr* target, Args args) {
  return comprehension(build, call, macro, target, args.first(variables), args.subspan(variables));
}

Expr* expand_has(Builder& build, Expr* call, Expr*, Args args) {
  const Expr* select = args[0];
  if (select->kind != ExprKind::kSelect || select->has(kOptionalAccess)) {
    return build.fail(*args[0], "has() takes a field selection such as has(a.b)");
  }
  Expr* operand = select->arg(0);
  Expr* out = build.make(ExprKind::kHas, call->begin, call->end, {&operand, 1});
  out->text = select->text;
  out->flags = select->flags;
  return out;
}

Expr* expand_bind(Builder& build, Expr* call, Expr*, Args args) {
  Expr* out = build.make(ExprKind::kBind, call->begin, call->end, args.subspan(1));
  out->variable = variable_name(build, args[0]);
  return build.failed() ? nullptr : out;
}

Expr* extremum(Builder& build, Expr* call, Args args, std::string_view function) {
  if (args.empty()) return build.fail(*call, "this function needs at least one argument");
  if (args.size() == 1) return build.call(function, *call, args);
  Expr* list = build.make(ExprKind::kList, call->begin, call->end, args);
  return build.call(function, *call, {&list, 1});
}
Expr* expand_greatest(Builder& build, Expr* call, Expr*, Args args) {
  return extremum(build, call, args, "math.@max");
}
Expr* expand_least(Builder& build, Expr* call, Expr*, Args args) {
  return extremum(build, call, args, "math.@min");
}

constexpr MacroDef kStandard[] = {
    {"has", 1, false, expand_has},
    {"all", 2, true, expand<Macro::kAll, 1>},
    {"exists", 2, true, expand<Macro::kExists, 1>},
    {"exists_one", 2, true, expand<Macro::kExistsOne, 1>},
    {"existsOne", 2, true, expand<Macro::kExistsOne, 1>},
    {"map", 2, true, expand<Macro::kMap, 1>},
    {"map", 3, true, expand<Macro::kMap, 1>},
    {"filter", 2, true, expand<Macro::kFilter, 1>},
};

constexpr MacroDef kExtensions[] = {
    {"all", 3, true, expand<Macro::kAll, 2>},
    {"exists", 3, true, expand<Macro::kExists, 2>},
    {"existsOne", 3, true, expand<Macro::kExistsOne, 2>},
    {"exists_one", 3, true, expand<Macro::kExistsOne, 2>},
    {"transformList", 3, true, expand<Macro::kTransformList, 2>},
    {"transformList", 4, true, expand<Macro::kTransformList, 2>},
    {"transformMap", 3, true, expand<Macro::kTransformMap, 2>},
    {"transformMap", 4, true, expand<Macro::kTransformMap, 2>},
    {"transformMapEntry", 3, true, expand<Macro::kTransformMapEntry, 2>},
    {"transformMapEntry", 4, true, expand<Macro::kTransformMapEntry, 2>},
    {"sortBy", 2, true, expand<Macro::kSortBy, 1>},
    {"optMap", 2, true, expand<Macro::kOptMap, 1>},
    {"optFlatMap", 2, true, expand<Macro::kOptFlatMap, 1>},
    {"cel.bind", 3, false, expand_bind},
    {"math.greatest", -1, false, expand_greatest},
    {"math.least", -1, false, expand_least},
};

}  // namespace

std::span<const MacroDef> standard_macros() { return kStandard; }
std::span<const MacroDef> extension_macros() { return kExtensions; }

}  // namespace assay::rules::cel
