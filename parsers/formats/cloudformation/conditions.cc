// Conditions and Rules: expressions that become guards. What is decided by known values is kAlways or
// kNever; what depends on an unknown asks "ROOT#param.Env equals "prod"".
#include <algorithm>

#include "parsers/core/regex.h"
#include "parsers/core/suggest.h"
#include "parsers/formats/cloudformation/evaluator.h"
#include "parsers/model/provenance.h"

namespace assay::formats::cloudformation {

using core::ProblemSeverity;
using core::Span;
using model::Alternative;
using model::Guard;
using model::kAlways;
using model::kNever;
using model::Relation;
using model::Value;
using syntax::Node;

namespace {
constexpr uint32_t kMaxConditionDepth = 256;  // of conditions that name conditions
}  // namespace

Guard Evaluator::open_guard(std::string_view name, std::span<const core::Symbol> causes) {
  std::vector<core::Symbol> own{core::Symbol(name)};
  if (causes.empty()) causes = own;
  return guards_.atom(id(name), Relation::kTrue, "", causes);
}

Guard Evaluator::condition(std::string_view name, Span where) {
  std::string opaque_name = "Condition " + std::string(name);
  auto found = conditions_.find(name);
  if (found == conditions_.end()) {
    if (!generated_) {
      std::vector<std::string_view> candidates;
      for (const auto& [candidate, declared] : conditions_) candidates.push_back(candidate);
      std::sort(candidates.begin(), candidates.end());
      std::string message = "there is no condition named " + std::string(name);
      std::string_view best = core::closest(name, candidates);
      if (!best.empty()) message.append("; did you mean ").append(best).append("?");
      problem(ProblemSeverity::kWarning, "cfn-undefined-condition", std::move(message), where);
    }
    return open_guard(opaque_name, {});
  }
  Condition& condition = found->second;
  if (condition.state == Condition::kDone) return condition.guard;
  if (condition.state == Condition::kRunning) {
    auto first = std::find(deciding_.begin(), deciding_.end(), name);
    std::string path;
    for (; first != deciding_.end(); ++first) path.append(*first).append(" -> ");
    problem(ProblemSeverity::kWarning, "cfn-condition-cycle",
            "conditions depend on each other: " + path + std::string(name), where);
    return open_guard(opaque_name, {});
  }
  if (depth_ >= kMaxConditionDepth) {
    problem(ProblemSeverity::kWarning, "limit-nesting",
            "condition " + std::string(name) + " stands behind too many others to be decided", where);
    return open_guard(opaque_name, {});
  }
  condition.state = Condition::kRunning;
  deciding_.push_back(condition.entry.key);
  // A condition is judged by itself, wherever it is read.
  const Binding* scope = scope_;
  Guard assumed = assumed_;
  uint32_t resource = resource_;
  scope_ = condition.entry.scope;
  assumed_ = rules_;
  resource_ = kNoResource;
  ++depth_;
  Guard guard = condition_of(condition.entry.value);
  --depth_;
  deciding_.pop_back();
  scope_ = scope;
  assumed_ = assumed;
  resource_ = resource;
  condition.guard = guard;
  condition.state = Condition::kDone;
  return guard;
}

void Evaluator::decide_conditions() {
  std::vector<std::pair<Span, std::string_view>> names;
  for (const auto& [name, declared] : conditions_) names.push_back({declared.entry.key_span, name});
  std::sort(names.begin(), names.end());
  for (const auto& [span, name] : names) condition(name, span);
}

Guard Evaluator::condition_of(const Node* node) {
  node = syntax::resolve_alias(node);
  auto opaque_at = [&](std::string_view what) {
    std::string name(what);
    if (node) name.append(1, '@').append(std::to_string(node->begin));
    std::vector<core::Symbol> causes{core::Symbol(what)};
    return open_guard(name, causes);
  };
  if (!node) return opaque_at("condition");
  auto call = find_call(*node, true);
  if (call) {
    if (depth_ >= kMaxConditionDepth * 2) return opaque_at("nesting");
    ++depth_;
    Guard guard = condition_call(*call);
    --depth_;
    return guard;
  }
  auto text = plain_text(node);
  if (text && *text == "true") return kAlways;
  if (text && *text == "false") return kNever;
  problem(ProblemSeverity::kWarning, "cfn-condition",
          "a condition is made of Fn::Equals, Fn::And, Fn::Or, Fn::Not or Condition",
          values().span(*node));
  return opaque_at("condition");
}

Guard Evaluator::condition_call(const Call& call) {
  std::vector<const Node*> args = arguments(call);
  Span at = values().span(*call.node);
  auto wrong = [&](std::string message) {
    problem(ProblemSeverity::kWarning, "cfn-condition", std::move(message), at);
    std::string name(call.name);
    std::vector<core::Symbol> causes{core::Symbol(call.name)};
    return open_guard(name + "@" + std::to_string(at.begin), causes);
  };
  switch (call.function) {
    case Function::kCondition: {
      auto name = plain_text(call.argument);
      if (!name) return wrong("Condition needs the name of a condition");
      return condition(bind_text(values().keep(*name)), at);
    }
    case Function::kAnd:
    case Function::kOr: {
      bool conjunction = call.function == Function::kAnd;
      if (!is_sequence(call.argument) || args.empty()) {
        return wrong(std::string(call.name) + " needs a list of conditions");
      }
      Guard guard = conjunction ? kAlways : kNever;
      for (const Node* arg : args) {
        Guard one = condition_of(arg);
        guard = conjunction ? guards_.both(guard, one) : guards_.either(guard, one);
      }
      return guard;
    }
    case Function::kNot:
      if (args.size() != 1) return wrong("Fn::Not needs a list of one condition");
      return guards_.negate(condition_of(args[0]));
    case Function::kEquals: {
      if (args.size() != 2) return wrong("Fn::Equals needs a list of two values");
      return equals(with_guard(evaluate(args[0]), kAlways), with_guard(evaluate(args[1]), kAlways), at);
    }
    case Function::kContains:
      if (args.size() != 2) return wrong("Fn::Contains needs a list of texts and a text");
      return member_of(evaluate(args[1]), evaluate(args[0]), at);
    case Function::kEachMemberIn:
    case Function::kEachMemberEquals: {
      if (args.size() != 2) return wrong(std::string(call.name) + " needs two arguments");
      Value list = evaluate(args[0]);
      Value other = evaluate(args[1]);
      if (!list.is_sequence()) break;
      Guard guard = kAlways;
      for (const Value& item : list.items()) {
        Guard one = call.function == Function::kEachMemberIn ? member_of(item, other, at)
                                                             : equals(item, other, at);
        guard = guards_.both(guard, one);
      }
      return guard;
    }
    case Function::kRefAll:
    case Function::kValueOf:
    case Function::kValueOfAll: break;
    default: return wrong(std::string(call.name) + " gives a value, not a condition");
  }
  std::vector<core::Symbol> causes{core::Symbol(call.name)};
  return open_guard(std::string(call.name) + "@" + std::to_string(at.begin), causes);
}

Guard Evaluator::member_of(const Value& value, const Value& list, Span at) {
  if (!list.is_sequence()) {
    Value both[] = {value, list};
    Value unknown = derived("Contains", model::bool_type(), both);
    std::string name = model::name_of(unknown);
    if (name.empty()) name = "Contains@" + std::to_string(at.begin);
    return open_guard(name, unknown.unknown().causes());
  }
  Guard guard = kNever;
  for (const Value& item : list.items()) {
    guard = guards_.either(guard, guards_.both(item.guard, equals(value, item, at)));
  }
  return guard;
}

// --- Equality, as Fn::Equals and the keys of maps compare: texts, by case.

Guard Evaluator::equals(const Value& a, const Value& b, Span at) {
  if (a.is_alternatives() || b.is_alternatives()) {
    const Value& open = a.is_alternatives() ? a : b;
    const Value& other = a.is_alternatives() ? b : a;
    Guard guard = kNever;
    for (const Alternative& alternative : open.alternatives()) {
      Guard same = equals(alternative.value, other, at);
      guard = guards_.either(guard, guards_.both(alternative.guard, same));
    }
    return guard;
  }
  if (a.is_unknown() && !b.is_unknown()) return equals_unknown(a, b, at);
  if (b.is_unknown() && !a.is_unknown()) return equals_unknown(b, a, at);
  if (a.is_unknown()) {
    if (model::same_value(a, b)) return kAlways;
    std::string_view x = a.unknown().prefix, y = b.unknown().prefix;
    size_t shared = std::min(x.size(), y.size());
    if (x.substr(0, shared) != y.substr(0, shared)) return kNever;
    std::string left = model::name_of(a), right = model::name_of(b);
    if (right < left) std::swap(left, right);
    std::string name = left + " equals " + right;
    if (left.empty()) name = "Equals@" + std::to_string(at.begin);
    Value both[] = {a, b};
    Value joined = model::derived_unknown("", nullptr, both, guards_, arena_);
    return open_guard(name, joined.unknown().causes());
  }
  if (a.is_primitive() && b.is_primitive()) return text_of(a) == text_of(b) ? kAlways : kNever;
  if (model::wholly_known(a) && model::wholly_known(b)) {
    return model::same_value(a, b) ? kAlways : kNever;
  }
  Value both[] = {a, b};
  Value joined = model::derived_unknown("", nullptr, both, guards_, arena_);
  return open_guard("Equals@" + std::to_string(at.begin), joined.unknown().causes());
}

Guard Evaluator::equals_unknown(const Value& value, const Value& known, Span at) {
  const model::Unknown& unknown = value.unknown();
  if (known.is_null() && unknown.not_null) return kNever;
  if (!known.is_primitive() || unknown.id.empty()) {
    std::vector<core::Symbol> causes(unknown.causes().begin(), unknown.causes().end());
    std::string name = model::name_of(value);
    std::string right = model::name_of(known);
    if (name.empty() || right.empty()) {
      name = "Equals@" + std::to_string(at.begin);
    } else {
      name.append(" equals ").append(right);
    }
    return open_guard(name, causes);
  }
  std::string text = text_of(known);
  if (!std::string_view(text).starts_with(unknown.prefix)) return kNever;
  if (auto parts = equals_parts(unknown, text, at)) return *parts;
  if (!allowed_by_pattern(unknown, text)) return kNever;
  Value literal = model::string_value(text);
  if (unknown.type && unknown.type->kind == model::TypeKind::kNumber) {
    auto number = core::Number::parse(text, arena_);
    if (!number) return kNever;
    if (unknown.minimum && *number < *unknown.minimum) return kNever;
    if (unknown.maximum && *number > *unknown.maximum) return kNever;
    literal = model::number_value(*number, arena_);
  } else if (unknown.min_length > static_cast<int64_t>(text.size())) {
    return kNever;  // characters are never more than bytes
  }
  Guard guard = guards_.atom(unknown.id.text(), Relation::kEquals, model::literal_text(literal),
                             unknown.causes());
  std::string_view name = unknown.id.text();
  if (!name.starts_with(place_.prefix)) return guard;
  name.remove_prefix(place_.prefix.size());
  if (name == "AWS::Region") {
    std::pair<std::string, Guard> asked{text, guard};
    if (std::find(regions_.begin(), regions_.end(), asked) == regions_.end()) regions_.push_back(asked);
  } else if (name == "AWS::Partition" || name == "AWS::URLSuffix") {
    // Where the region is one that was asked for, it says which partition this is.
    for (const auto& [region, there] : regions_) {
      const Partition& partition = partition_of(region);
      bool same = (name == "AWS::Partition" ? partition.name : partition.suffix) == text;
      guard = same ? guards_.either(guard, there) : guards_.both(guard, guards_.negate(there));
    }
  }
  return guard;
}

// A text with holes equals a known text: where the holes can be told from what is around them, it is
// asked of them. `${Env}-x` is "prod-x" when Env is "prod"; parts are all empty when the whole is.
std::optional<Guard> Evaluator::equals_parts(const model::Unknown& unknown, std::string_view text, Span at) {
  const Value* structure = unknown.structure;
  if (!structure || structure->kind != model::ValueKind::kTuple || structure->size == 0) return std::nullopt;
  std::span<const Value> parts = structure->items();
  auto is_text = [](const Value& part) {
    return part.is_unknown() && part.unknown().type && part.unknown().type->kind == model::TypeKind::kString;
  };
  if (text.empty()) {
    Guard all = kAlways;
    for (const Value& part : parts) {
      if (part.is_primitive() ? !text_of(part).empty() : !is_text(part)) {
        return part.is_primitive() ? std::optional<Guard>(kNever) : std::nullopt;
      }
      if (part.is_unknown()) all = guards_.both(all, equals_unknown(part, model::string_value(""), at));
    }
    return all;
  }
  const Value* hole = nullptr;
  for (const Value& part : parts) {
    if (part.is_primitive()) {
      std::string known = text_of(part);
      if (hole) continue;
      if (!text.starts_with(known)) return kNever;
      text.remove_prefix(known.size());
    } else if (hole || !is_text(part)) {
      return std::nullopt;
    } else {
      hole = &part;
    }
  }
  if (!hole) return std::nullopt;
  for (const Value* part = parts.data() + parts.size() - 1; part != hole; --part) {
    std::string known = text_of(*part);
    if (!text.ends_with(known)) return kNever;
    text.remove_suffix(known.size());
  }
  return equals_unknown(*hole, model::string_value(arena_.copy(text)), at);
}

// False when the unknown is a parameter whose AllowedPattern refuses the text.
bool Evaluator::allowed_by_pattern(const model::Unknown& unknown, std::string_view text) {
  std::string_view name = unknown.id.text();
  size_t start = place_.prefix.size();
  if (name.size() < start + 6 || name.substr(0, start) != place_.prefix) return true;
  name.remove_prefix(start);
  if (!name.starts_with("param.")) return true;
  auto found = parameter_index_.find(name.substr(6));
  if (found == parameter_index_.end() || parameters_[found->second].pattern.empty()) return true;
  auto pattern = core::Regex::compile(parameters_[found->second].pattern);
  return !pattern || (*pattern)->full_match(text);
}

// --- Rules: what every deployment of the template satisfies.

void Evaluator::read_rules(const Node* rules) {
  if (!rules) return;
  for (const ExpandedEntry& rule : expand(rules)) {
    if (!is_mapping(rule.value)) continue;
    Guard applies = kAlways;
    if (const Node* when = syntax::lookup(*rule.value, "RuleCondition")) applies = condition_of(when);
    const Node* assertions = syntax::lookup(*rule.value, "Assertions");
    if (!is_sequence(assertions)) continue;
    for (const Node* assertion : assertions->children()) {
      const Node* claim = syntax::lookup(*assertion, "Assert");
      if (!claim) continue;
      Guard holds = guards_.either(guards_.negate(applies), condition_of(claim));
      Guard all = guards_.both(rules_, holds);
      if (all != kNever) rules_ = all;  // given values that break a rule are not for us to refuse
    }
  }
}

}  // namespace assay::formats::cloudformation
