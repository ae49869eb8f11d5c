#include "rules/lang/cel/checker.h"

#include <algorithm>

#include "parsers/core/suggest.h"
#include "rules/lang/cel/unify.h"

namespace assay::rules::cel {
namespace {

class Checker {
 public:
  Checker(const Environment& env, core::Arena& arena, Issues& issues)
      : env_(env), arena_(arena), issues_(issues), unify_(arena) {}

  const Type* whole(Expr& expr) {
    const Type* type = visit(expr);
    return issues_.empty() ? unify_.resolve(type, true) : nullptr;
  }

 private:
  const Type* dyn() const { return simple_type(TypeKind::kDyn); }
  const Type* boolean() const { return simple_type(TypeKind::kBool); }
  const Type* fail(const Expr& at, std::string message) {
    issues_.push_back({at.begin, at.end, std::move(message)});
    return dyn();
  }
  std::string text(const Type* type) { return to_text(*unify_.resolve(type, true)); }

  const Type* visit(Expr& expr) {
    expr.type = infer(expr);
    return expr.type;
  }

  const Type* infer(Expr& expr) {
    switch (expr.kind) {
      case ExprKind::kLiteral: return literal(expr.literal);
      case ExprKind::kIdent: return ident(expr);
      case ExprKind::kSelect: return select(expr);
      case ExprKind::kHas: {
        const Type* operand = unwrap(unify_.resolve(visit(*expr.arg(0)), false));
        if (const std::vector<ObjectField>* fields = object_fields(operand)) field_type(expr, *operand, *fields);
        else if (!has_fields(operand)) fail(expr, "a value of type " + text(operand) + " has no fields");
        return boolean();
      }
      case ExprKind::kIndex: return index(expr);
      case ExprKind::kOperator: return operation(expr);
      case ExprKind::kCall: return call(expr);
      case ExprKind::kList: return list(expr);
      case ExprKind::kMap: return map(expr);
      case ExprKind::kBind: {
        const Type* value = visit(*expr.arg(0));
        scope_.push_back({expr.variable, value});
        const Type* out = visit(*expr.arg(1));
        scope_.pop_back();
        return out;
      }
      case ExprKind::kComprehension: return comprehension(expr);
    }
    return dyn();
  }

  static const Type* literal(const Val& value) {
    switch (value.kind) {
      case Kind::kNull: return simple_type(TypeKind::kNull);
      case Kind::kBool: return simple_type(TypeKind::kBool);
      case Kind::kInt: return simple_type(TypeKind::kInt);
      case Kind::kUint: return simple_type(TypeKind::kUint);
      case Kind::kDouble: return simple_type(TypeKind::kDouble);
      case Kind::kString: return simple_type(TypeKind::kString);
      case Kind::kBytes: return simple_type(TypeKind::kBytes);
      default: return simple_type(TypeKind::kDyn);
    }
  }

  const Type* find_local(std::string_view name) const {
    for (size_t i = scope_.size(); i-- > 0;) {
      if (scope_[i].first == name) return scope_[i].second;
    }
    return nullptr;
  }
  bool starts_with_local(const Expr& expr) const {
    const Expr* at = &expr;
    while (at->kind == ExprKind::kSelect) at = at->arg(0);
    return at->kind == ExprKind::kIdent && !at->has(kAbsolute) && find_local(at->text);
  }
  const Variable* global(const Expr& expr) const {
    if (starts_with_local(expr)) return nullptr;
    std::string name = qualified_name(expr);
    return name.empty() ? nullptr : env_.find_variable(name);
  }

  const Type* ident(const Expr& expr) {
    if (!expr.has(kAbsolute)) {
      if (const Type* local = find_local(expr.text)) return local;
    }
    if (const Variable* variable = global(expr)) return variable->type;
    std::string message = "undeclared reference to '" + std::string(expr.text) + "'";
    std::string similar = env_.similar_variable(expr.text);
    if (!similar.empty()) message += "; did you mean '" + similar + "'?";
    return fail(expr, message);
  }

  const Type* unwrap(const Type* type) { return type->is_optional() && type->param_count ? type->param(0) : type; }
  static bool has_fields(const Type* type) {
    return type->is_dyn() || type->kind == TypeKind::kMap || type->kind == TypeKind::kParam ||
           (type->is_optional());
  }

  const std::vector<ObjectField>* object_fields(const Type* type) const {
    return type->kind == TypeKind::kOpaque ? env_.find_object_type(type->name) : nullptr;
  }
  const Type* field_type(const Expr& expr, const Type& object, const std::vector<ObjectField>& fields) {
    for (const ObjectField& field : fields) {
      if (field.name == expr.text) return field.type;
    }
    std::vector<std::string_view> names;
    for (const ObjectField& field : fields) names.push_back(field.name);
    std::string message = to_text(object) + " has no field '" + std::string(expr.text) + "'";
    return fail(expr, message + core::did_you_mean(expr.text, names));
  }

  const Type* select(Expr& expr) {
    if (const Variable* variable = global(expr)) return variable->type;
    const Type* operand = unify_.resolve(visit(*expr.arg(0)), false);
    bool optional = operand->is_optional() || expr.has(kOptionalAccess);
    operand = unify_.resolve(unwrap(operand), false);
    const Type* out = dyn();
    if (const std::vector<ObjectField>* fields = object_fields(operand)) {
      out = field_type(expr, *operand, *fields);
    } else if (operand->kind == TypeKind::kMap) {
      out = operand->param_count == 2 ? operand->param(1) : dyn();
    } else if (operand->kind == TypeKind::kParam) {
      unify_.assign(dyn(), operand);
    } else if (!operand->is_dyn()) {
      return fail(expr, "a value of type " + text(operand) + " has no field '" + std::string(expr.text) + "'");
    }
    return optional ? optional_of(arena_, out) : out;
  }

  const Type* index(Expr& expr) {
    const Type* operand = unify_.resolve(visit(*expr.arg(0)), false);
    const Type* key = visit(*expr.arg(1));
    bool optional = operand->is_optional() || expr.has(kOptionalAccess);
    operand = unify_.resolve(unwrap(operand), false);
    const Type* out = dyn();
    if (operand->kind == TypeKind::kMap && operand->param_count == 2) {
      // Numbers of any kind find their equal key.
      const Type* wanted = unify_.resolve(operand->param(0), false);
      const Type* given = unify_.resolve(key, false);
      if (!(is_number(wanted) && is_number(given)) && !unify_.assign(key, operand->param(0))) {
        return fail(*expr.arg(1), "a key of type " + text(key) + " does not fit " + text(operand));
      }
      out = operand->param(1);
    } else if (operand->kind == TypeKind::kList && operand->param_count == 1) {
      const Type* given = unify_.resolve(key, false);
      if (!is_number(given) && !unify_.assign(key, simple_type(TypeKind::kInt))) {
        return fail(*expr.arg(1), "a list is indexed by an int, not by " + text(key));
      }
      out = operand->param(0);
    } else if (operand->kind == TypeKind::kParam) {
      unify_.assign(dyn(), operand);
    } else if (!operand->is_dyn()) {
      return fail(expr, "a value of type " + text(operand) + " cannot be indexed");
    }
    return optional ? optional_of(arena_, out) : out;
  }
  static bool is_number(const Type* type) {
    return type->kind == TypeKind::kInt || type->kind == TypeKind::kUint || type->kind == TypeKind::kDouble;
  }

  const Type* operation(Expr& expr) {
    std::vector<const Type*> types;
    for (Expr* arg : expr.args()) types.push_back(visit(*arg));
    std::string_view name;
    switch (expr.op) {
      case Operator::kAnd: name = "_&&_"; break;
      case Operator::kOr: name = "_||_"; break;
      case Operator::kNot: name = "!_"; break;
      case Operator::kNegate: name = "-_"; break;
      case Operator::kConditional: name = "_?_:_"; break;
      case Operator::kEqual: name = "_==_"; break;
      case Operator::kNotEqual: name = "_!=_"; break;
      case Operator::kLess:
      case Operator::kLessEqual:
      case Operator::kGreater:
      case Operator::kGreaterEqual: name = "_<_"; break;
      case Operator::kAdd: name = "_+_"; break;
      case Operator::kSubtract: name = "_-_"; break;
      case Operator::kMultiply: name = "_*_"; break;
      case Operator::kDivide: name = "_/_"; break;
      case Operator::kModulo: name = "_%_"; break;
      case Operator::kIn: name = "@in"; break;
      case Operator::kNone: return dyn();
    }
    const Function* function = env_.find_function(name);
    if (const Type* out = resolve(*function, false, types)) return out;
    // Rules compare and compute across types ("1" and 1).
    if (env_.mode() == Mode::kRules && lenient(expr.op)) {
      return expr.op >= Operator::kAdd && expr.op <= Operator::kModulo ? dyn() : boolean();
    }
    return fail(expr, "operator " + std::string(operator_text(expr.op)) + " does not take " + type_list(types));
  }
  static bool lenient(Operator op) {
    return (op >= Operator::kEqual && op <= Operator::kModulo) || op == Operator::kIn;
  }
  std::string type_list(const std::vector<const Type*>& types) {
    std::string out = "(";
    for (size_t i = 0; i < types.size(); ++i) out += (i ? ", " : "") + text(types[i]);
    return out + ")";
  }

  const Type* call(Expr& expr) {
    const Function* function = nullptr;
    bool member = expr.has(kMember);
    size_t first = 0;
    std::string shown(expr.text);
    if (member && !starts_with_local(*expr.arg(0))) {
      std::string space = qualified_name(*expr.arg(0));
      if (!space.empty()) {
        function = env_.find_function(space + "." + shown);
        if (function) {
          member = false;
          first = 1;
          shown = space + "." + shown;
        }
      }
    }
    if (!function) function = env_.find_function((expr.has(kAbsolute) ? "." : "") + std::string(expr.text));
    std::vector<const Type*> types;
    for (size_t i = first; i < expr.arg_count; ++i) types.push_back(visit(*expr.arg(i)));
    if (!issues_.empty()) return dyn();
    if (!function) {
      std::string message = "unknown function '" + shown + "'";
      std::string similar = env_.similar_function(shown);
      if (!similar.empty()) message += "; did you mean '" + similar + "'?";
      return fail(expr, message);
    }
    if (const Type* out = resolve(*function, member, types)) return out;
    std::string message = "no overload of '" + shown + "' takes " + type_list(types);
    for (const Overload& overload : function->overloads) {
      if (overload.signature.member != member) {
        message += member ? "; it is not a member: write " + shown + "(...)" : "; it is a member: write x." + shown + "(...)";
        break;
      }
    }
    return fail(expr, message);
  }

  // The common result of all overloads that take these types; dyn when they differ; null when none does.
  const Type* resolve(const Function& function, bool member, const std::vector<const Type*>& args) {
    const Type* out = nullptr;
    for (const Overload& overload : function.overloads) {
      const Signature& signature = overload.signature;
      if (signature.member != member || signature.params.size() != args.size()) continue;
      Unifier::Fresh fresh = unify_.instantiate();
      auto saved = unify_.save();
      bool all = true;
      for (size_t i = 0; all && i < args.size(); ++i) {
        all = unify_.assign(args[i], unify_.fresh(signature.params[i], fresh));
      }
      if (!all) {
        unify_.restore(std::move(saved));
        continue;
      }
      const Type* result = unify_.resolve(unify_.fresh(signature.result, fresh), false);
      if (!out) out = result;
      else if (!same_type(*out, *result)) out = dyn();
    }
    return out;
  }

  const Type* list(Expr& expr) {
    const Type* element = nullptr;
    for (uint32_t i = 0; i < expr.arg_count; ++i) {
      const Type* type = visit(*expr.arg(i));
      if (expr.optional_element(i)) type = optional_value(*expr.arg(i), type);
      element = join(element, type, *expr.arg(i), "element");
    }
    return list_of(arena_, element ? element : unify_.variable());
  }

  const Type* map(Expr& expr) {
    const Type* key = nullptr;
    const Type* value = nullptr;
    for (uint32_t i = 0; i < expr.arg_count; i += 2) {
      key = join(key, visit(*expr.arg(i)), *expr.arg(i), "key");
      const Type* type = visit(*expr.arg(i + 1));
      if (expr.optional_element(i / 2)) type = optional_value(*expr.arg(i + 1), type);
      value = join(value, type, *expr.arg(i + 1), "value");
    }
    return map_of(arena_, key ? key : unify_.variable(), value ? value : unify_.variable());
  }

  const Type* optional_value(const Expr& at, const Type* type) {
    type = unify_.resolve(type, false);
    if (type->is_optional()) return unwrap(type);
    if (type->is_dyn() || type->kind == TypeKind::kParam) return dyn();
    return fail(at, "an entry marked with ? must be an optional value, not " + text(type));
  }

  // Literals of Kubernetes hold values of one type, or dyn().
  const Type* join(const Type* so_far, const Type* next, const Expr& at, const char* what) {
    if (!so_far) return next;
    if (unify_.assign(so_far, next)) return unify_.most_general(so_far, next);
    if (env_.mode() != Mode::kKubernetes) return dyn();
    return fail(at, std::string("this ") + what + " is of type " + text(next) + ", the others are of type " + text(so_far) +
                        "; write dyn(...) where they may differ");
  }

  const Type* comprehension(Expr& expr) {
    const Type* range = unify_.resolve(visit(*expr.arg(0)), false);
    if (expr.macro == Macro::kOptMap || expr.macro == Macro::kOptFlatMap) return optional_macro(expr, range);
    const Type* key = dyn();
    const Type* value = dyn();
    if (range->kind == TypeKind::kList) {
      key = simple_type(TypeKind::kInt);
      value = range->param_count ? range->param(0) : dyn();
    } else if (range->kind == TypeKind::kMap) {
      key = range->param_count ? range->param(0) : dyn();
      value = range->param_count ? range->param(1) : dyn();
    } else if (range->kind == TypeKind::kParam) {
      unify_.assign(dyn(), range);
    } else if (!range->is_dyn() && !(env_.mode() == Mode::kRules && range->kind == TypeKind::kNull)) {
      return fail(*expr.arg(0), "a value of type " + text(range) + " cannot be iterated");
    }
    const Type* single = range->kind == TypeKind::kMap ? key : value;
    bool two = !expr.variable2.empty();
    scope_.push_back({expr.variable, two ? key : single});
    if (two) scope_.push_back({expr.variable2, value});
    const Type* body = nullptr;
    for (uint32_t i = 1; i < expr.arg_count; ++i) {
      body = visit(*expr.arg(i));
      bool is_condition = (i == 1 && expr.arg_count == 3) || expr.macro <= Macro::kExistsOne ||
                          expr.macro == Macro::kFilter;
      if (is_condition && !unify_.assign(body, boolean())) {
        fail(*expr.arg(i), "this condition is of type " + text(body) + ", not bool");
      }
    }
    scope_.resize(scope_.size() - (two ? 2 : 1));
    switch (expr.macro) {
      case Macro::kFilter:
      case Macro::kSortBy: return list_of(arena_, single);
      case Macro::kMap:
      case Macro::kTransformList: return list_of(arena_, body);
      case Macro::kTransformMap: return map_of(arena_, key, body);
      case Macro::kTransformMapEntry: return body;
      default: return boolean();
    }
  }

  const Type* optional_macro(Expr& expr, const Type* range) {
    const Type* element = dyn();
    if (range->is_optional()) {
      element = unwrap(range);
    } else if (!range->is_dyn() && range->kind != TypeKind::kParam) {
      return fail(*expr.arg(0), "optMap needs an optional value, not " + text(range));
    }
    scope_.push_back({expr.variable, element});
    const Type* body = visit(*expr.arg(1));
    scope_.pop_back();
    if (expr.macro == Macro::kOptMap) return optional_of(arena_, body);
    return body;
  }

  const Environment& env_;
  core::Arena& arena_;
  Issues& issues_;
  Unifier unify_;
  std::vector<std::pair<std::string_view, const Type*>> scope_;
};

}  // namespace

const Type* check(const Environment& environment, Expr& expr, core::Arena& arena, Issues& issues) {
  return Checker(environment, arena, issues).whole(expr);
}

}  // namespace assay::rules::cel
