#include "rules/lang/vap/translate.h"

#include <algorithm>

#include "rules/lang/cel/ast.h"
#include "rules/lang/cel/environment.h"
#include "rules/lang/cel/parser.h"

namespace assay::rules::vap {
namespace {

using cel::Expr;
using cel::ExprKind;
using cel::Macro;
using cel::Operator;

// Thrown away with the translator: the first reason counts.
class Translator {
 public:
  explicit Translator(const Meanings& names) : names_(names) {}
  const std::string& reason() const { return reason_; }

  // A bool.
  std::string condition(const Expr& e) {
    switch (e.kind) {
      case ExprKind::kLiteral:
        if (e.literal.is(cel::Kind::kBool)) return e.literal.boolean ? "true" : "false";
        return refuse("a condition that is no bool");
      case ExprKind::kOperator: return operation(e);
      case ExprKind::kHas: return selection(e, e.text) + ".orValue(null) != null";
      case ExprKind::kCall: return call_condition(e);
      case ExprKind::kComprehension:
        if (e.macro <= Macro::kExistsOne) return comprehension(e);
        return refuse("a list as a condition");
      case ExprKind::kIdent:
      case ExprKind::kSelect:
      case ExprKind::kIndex: return "(" + value(e) + " == true)";
      default: return refuse("an expression of this form");
    }
  }

 private:
  std::string refuse(std::string why) {
    if (reason_.empty()) reason_ = std::move(why);
    return "false";
  }

  static std::string quoted(std::string_view text) { return cel::to_text(cel::string_val(text)); }
  static bool is_chain(const Expr& e) { return e.kind == ExprKind::kIdent || e.kind == ExprKind::kSelect || e.kind == ExprKind::kIndex; }
  static bool is_null(const Expr& e) { return e.kind == ExprKind::kLiteral && e.literal.is_null(); }
  static bool is_text(const Expr& e) { return e.kind == ExprKind::kLiteral && e.literal.is(cel::Kind::kString); }
  static bool is_number(const Expr& e) { return e.kind == ExprKind::kLiteral && e.literal.is_number(); }
  static bool is_type_name(std::string_view name) {
    static constexpr std::string_view kNames[] = {"string", "int", "bool", "double", "null_type", "list", "map", "uint"};
    return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
  }

  const Meaning* meaning(const Expr& e) const {
    std::string name = e.kind == ExprKind::kIndex ? std::string() : cel::qualified_name(e);
    if (name.empty()) return nullptr;
    for (size_t i = locals_.size(); i-- > 0;) {
      if (locals_[i].first == name) return &locals_[i].second;
      if (name.starts_with(locals_[i].first + ".")) return nullptr;
    }
    auto at = names_.find(name);
    return at == names_.end() ? nullptr : &at->second;
  }

  // A chain of selections: its text, and whether it is an optional value.
  Meaning chain(const Expr& e) {
    if (const Meaning* known = meaning(e)) return *known;
    switch (e.kind) {
      case ExprKind::kIdent:
        refuse("`" + std::string(e.text) + "`, which a cluster does not know");
        return {"null", false};
      case ExprKind::kSelect: return {selection(e, e.text), true};
      case ExprKind::kIndex: {
        const Expr& key = *e.arg(1);
        bool known = key.kind == ExprKind::kLiteral && (is_text(key) || key.literal.is(cel::Kind::kInt));
        std::string inside = known ? cel::to_text(key.literal) : is_chain(key) ? value(key) : refuse("an index that is worked out");
        if (!is_chain(*e.arg(0))) refuse("a part of what a function gives");
        return {chain(*e.arg(0)).text + "[?" + inside + "]", true};
      }
      default:
        refuse("a part of what a function gives");
        return {"null", false};
    }
  }
  std::string selection(const Expr& e, std::string_view field) {
    const Expr& from = *e.arg(0);
    if (!is_chain(from)) return refuse("a part of what a function gives");
    return chain(from).text + ".?" + std::string(field);
  }
  std::string list(const Expr& e) {
    if (is_chain(e)) {
      Meaning found = chain(e);
      if (found.optional) return found.text + ".orValue([])";
      // An element may be no list at all.
      return is_local(e) ? "(type(" + found.text + ") == list ? dyn(" + found.text + ") : dyn([]))" : found.text;
    }
    return value(e);
  }
  bool is_local(const Expr& e) const {
    return e.kind == ExprKind::kIdent && std::any_of(locals_.begin(), locals_.end(), [&](const auto& local) { return local.first == e.text; });
  }

  // Any value; what is missing is null.
  std::string value(const Expr& e) {
    switch (e.kind) {
      case ExprKind::kLiteral: return cel::to_text(e.literal);
      case ExprKind::kIdent:
        if (is_type_name(e.text) && !meaning(e)) return std::string(e.text);
        [[fallthrough]];
      case ExprKind::kSelect:
      case ExprKind::kIndex: {
        Meaning found = chain(e);
        return found.optional ? found.text + ".orValue(null)" : found.text;
      }
      case ExprKind::kList: {
        std::string out = "[";
        for (uint32_t i = 0; i < e.arg_count; ++i) out += (i ? ", " : "") + std::string("dyn(") + value(*e.arg(i)) + ")";
        return out + "]";
      }
      case ExprKind::kComprehension: return comprehension(e);
      case ExprKind::kCall: return call_value(e);
      case ExprKind::kOperator:
        if (e.op == Operator::kConditional) {
          return "(" + condition(*e.arg(0)) + " ? dyn(" + value(*e.arg(1)) + ") : dyn(" + value(*e.arg(2)) + "))";
        }
        if (e.op >= Operator::kAdd && e.op <= Operator::kModulo) return refuse("arithmetic with what may be missing");
        return condition(e);
      default: return refuse("an expression of this form");
    }
  }

  std::string operation(const Expr& e) {
    switch (e.op) {
      case Operator::kAnd: return "(" + condition(*e.arg(0)) + " && " + condition(*e.arg(1)) + ")";
      case Operator::kOr: return "(" + condition(*e.arg(0)) + " || " + condition(*e.arg(1)) + ")";
      case Operator::kNot: return "!" + enclosed(condition(*e.arg(0)));
      case Operator::kConditional:
        return "(" + condition(*e.arg(0)) + " ? " + condition(*e.arg(1)) + " : " + condition(*e.arg(2)) + ")";
      case Operator::kEqual:
      case Operator::kNotEqual: return equality(e);
      case Operator::kLess:
      case Operator::kLessEqual:
      case Operator::kGreater:
      case Operator::kGreaterEqual: return order(e);
      case Operator::kIn: return membership(e);
      default: return refuse("arithmetic as a condition");
    }
  }
  static std::string enclosed(std::string text) { return text.starts_with('(') && text.ends_with(')') ? text : "(" + text + ")"; }

  // Rules take "true" for true where a format writes either, as in annotations.
  static bool of_texts(const Expr& e) {
    for (const Expr* at = &e; is_chain(*at) && at->arg_count > 0; at = at->arg(0)) {
      if (at->kind == ExprKind::kSelect && (at->text == "annotations" || at->text == "labels" || at->text == "data")) return true;
    }
    return false;
  }

  std::string one_equality(const Expr& a, const Expr& b) {
    const Expr& other = b.kind == ExprKind::kLiteral ? a : b;
    const Expr& literal = b.kind == ExprKind::kLiteral ? b : a;
    if (literal.kind == ExprKind::kLiteral && !literal.literal.is_null() && !is_text(literal) && of_texts(other)) {
      std::string left = value(other), right = cel::to_text(literal.literal);
      return "(" + left + " == dyn(" + right + ") || " + left + " == " + quoted(right) + ")";
    }
    return "dyn(" + value(a) + ") == " + value(b);
  }
  std::string equality(const Expr& e) {
    std::string equal = one_equality(*e.arg(0), *e.arg(1));
    if (e.op == Operator::kEqual) return "(" + equal + ")";
    return "!" + enclosed(equal.starts_with('(') ? equal : "(" + equal + ")");
  }

  std::string membership(const Expr& e) {
    const Expr& element = *e.arg(0);
    const Expr& in = *e.arg(1);
    if (in.kind == ExprKind::kList) {
      std::string out;
      for (uint32_t i = 0; i < in.arg_count; ++i) out += (i ? " || " : "") + one_equality(element, *in.arg(i));
      return in.arg_count ? "(" + out + ")" : "false";
    }
    return "(" + value(element) + " in " + list(in) + ")";
  }

  bool gives_number(const Expr& e) const { return is_number(e) || (e.kind == ExprKind::kCall && e.text == "size"); }

  std::string order(const Expr& e) {
    std::string sign(cel::operator_text(e.op));
    const Expr& a = *e.arg(0);
    const Expr& b = *e.arg(1);
    if (a.kind == ExprKind::kCall && a.text == "quantity" && a.arg_count == 1 && is_number(b)) {
      std::string of = value(*a.arg(0));
      return "((type(" + of + ") == string || type(" + of + ") == int) && isQuantity(string(" + of + ")) && quantity(string(" + of + ")).compareTo(quantity(" +
             quoted(cel::to_text(b.literal)) + ")) " + sign + " 0)";
    }
    for (const Expr* side : {&a, &b}) {
      if (side->kind == ExprKind::kCall && side->text != "size") return refuse("an order of what " + std::string(side->text) + "() gives");
    }
    std::string left = value(a), right = value(b), guards;
    for (const auto& [side, text] : {std::pair(&a, &left), std::pair(&b, &right)}) {
      if (gives_number(*side)) continue;
      if (!is_chain(*side)) refuse("an order of this");
      guards += "type(" + *text + ") == int && ";
      *text = "dyn(" + *text + ")";
    }
    return "(" + guards + left + " " + sign + " " + right + ")";
  }

  std::string call_condition(const Expr& e) {
    static constexpr std::string_view kTexts[] = {"matches", "startsWith", "endsWith", "contains"};
    bool texts = std::find(std::begin(kTexts), std::end(kTexts), e.text) != std::end(kTexts);
    if (texts && e.arg_count == 2 && (is_text(*e.arg(1)) || is_chain(*e.arg(1)))) {
      std::string of = value(*e.arg(0)), with = value(*e.arg(1));
      std::string guard = "type(" + of + ") == string && ";
      if (!is_text(*e.arg(1))) guard += "type(" + with + ") == string && ";
      return "(" + guard + "dyn(" + of + ")." + std::string(e.text) + "(" + with + "))";
    }
    if (e.text == "is_open_cidr" && e.arg_count == 1 && is_chain(*e.arg(0))) {
      // Networks of a list may be everything together, which takes arithmetic to see.
      if (e.arg(0)->text.ends_with('s')) return refuse("networks that may be everything together");
      std::string of = value(*e.arg(0)), text = "string(" + of + ")";
      return "(type(" + of + ") == string && (" + text + ".endsWith(\"/0\") || " + text + " in [\"*\", \"0.0.0.0\"] || " + text +
             ".lowerAscii() in [\"any\", \"internet\"]))";
    }
    return refuse(why_not(e.text));
  }

  std::string call_value(const Expr& e) {
    if (e.text == "size" && e.arg_count == 1) {
      const Expr& of = *e.arg(0);
      if (!is_chain(of)) return "size(" + list(of) + ")";
      Meaning found = chain(of);
      return found.optional ? "size(" + found.text + ".orValue(null) == null ? dyn([]) : dyn(" + found.text + ".orValue(null)))" : "size(" + found.text + ")";
    }
    if (e.text == "type" && e.arg_count == 1) return "type(" + value(*e.arg(0)) + ")";
    if ((e.text == "lowerAscii" || e.text == "upperAscii" || e.text == "trim") && e.arg_count == 1) {
      std::string of = value(*e.arg(0));
      return "(type(" + of + ") == string ? dyn(string(" + of + ")." + std::string(e.text) + "()) : dyn(null))";
    }
    return refuse(why_not(e.text));
  }

  static std::string why_not(std::string_view function) {
    static constexpr std::string_view kOthers[] = {"absent", "unmatched", "selected", "selecting", "related", "in_namespace", "any_in_namespace",
                                                   "refused_by_namespace", "rbac_grants"};
    if (std::find(std::begin(kOthers), std::end(kOthers), function) != std::end(kOthers)) {
      return "it looks at other objects, which a ValidatingAdmissionPolicy cannot see";
    }
    if (function == "runs" || function == "flag") return "it reads command lines as the components of the control plane do";
    if (function == "pod_security") return "the cluster enforces the Pod Security Standards itself: label the Namespace";
    if (function == "api_removed" || function == "api_deprecated") return "it knows which API versions clusters serve; a cluster only has objects that it serves";
    return "the function " + std::string(function) + "() has no counterpart in Kubernetes";
  }

  std::string comprehension(const Expr& e) {
    static const std::map<Macro, std::string_view> kNames = {{Macro::kAll, "all"},       {Macro::kExists, "exists"}, {Macro::kExistsOne, "exists_one"},
                                                             {Macro::kMap, "map"},       {Macro::kFilter, "filter"}};
    auto name = kNames.find(e.macro);
    if (name == kNames.end()) return refuse("a macro that is not in use there");
    const Expr& range = *e.arg(0);
    std::string variable = fresh(e.variable), second = e.variable2.empty() ? std::string() : fresh(e.variable2);
    std::string over, guard;
    // x.repeated().exists(v, p): v is there twice.
    if (range.kind == ExprKind::kCall && range.text == "repeated" && range.arg_count == 1 && e.macro == Macro::kExists) {
      over = list(*range.arg(0));
      guard = over + ".filter(same, same == " + variable + ").size() > 1 && ";
    } else {
      over = list(range);
    }
    if (!second.empty() && is_chain(range)) {
      Meaning found = chain(range);
      over = found.optional ? found.text + ".orValue({})" : found.text;
    }
    locals_.push_back({std::string(e.variable), {variable, false}});
    if (!second.empty()) locals_.push_back({std::string(e.variable2), {second, false}});
    std::string out = over + "." + std::string(name->second) + "(" + variable;
    if (!second.empty()) out += ", " + second;
    for (uint32_t i = 1; i < e.arg_count; ++i) {
      bool is_condition = e.macro != Macro::kMap || (i == 1 && e.arg_count == 3);
      out += ", " + (i == 1 ? guard : std::string()) + (is_condition ? condition(*e.arg(i)) : value(*e.arg(i)));
    }
    locals_.resize(locals_.size() - (second.empty() ? 1 : 2));
    return out + ")";
  }

  std::string fresh(std::string_view name) const {
    std::string out(name);
    while (out == "object" || out == "request" || out == "variables" || out == "params" || out == "same" || is_type_name(out)) out += "_";
    return out;
  }

  const Meanings& names_;
  std::vector<std::pair<std::string, Meaning>> locals_;
  std::string reason_;
};

}  // namespace

Translation translate_condition(std::string_view logic, const Meanings& names) {
  core::Arena arena;
  cel::Issues issues;
  Expr* expr = cel::parse(logic, cel::rules_environment().macros(), arena, issues);
  Translation out;
  if (!expr) {
    out.reason = "its logic cannot be read: " + (issues.empty() ? std::string() : issues[0].message);
    return out;
  }
  Translator translator(names);
  std::string text = translator.condition(*expr);
  if (translator.reason().empty()) out.text = std::move(text);
  else out.reason = translator.reason();
  return out;
}

}  // namespace assay::rules::vap
