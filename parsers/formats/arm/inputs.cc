// parameters(), variables(), copyIndex(), functions of the template's own and lambdas: values that come
// from elsewhere in the template.
#include <algorithm>

#include "parsers/core/limits.h"
#include "parsers/core/suggest.h"
#include "parsers/core/text.h"
#include "parsers/formats/arm/evaluator.h"
#include "parsers/syntax/yaml/entries.h"

namespace assay::formats::arm {

using core::ProblemSeverity;
using core::Span;
using model::kAlways;
using model::OriginKind;
using model::Value;
using syntax::Node;
using syntax::NodeKind;

namespace {

constexpr uint32_t kMaxFunctionDepth = 32;  // of functions of one's own that call each other

}  // namespace

// Notes that `name` is being read; false when it already is, which is a mistake of the template.
bool Evaluator::enter(std::string_view name, Span at) {
  auto first = std::find(reading_.begin(), reading_.end(), name);
  if (first == reading_.end()) {
    reading_.push_back(name);
    return true;
  }
  std::string circle;
  for (; first != reading_.end(); ++first) circle.append(*first).append(" -> ");
  problem(ProblemSeverity::kWarning, "arm-cycle", "values depend on each other: " + circle + std::string(name), at);
  return false;
}

Value Evaluator::read_parameter(Parameter& parameter, Span at) {
  if (parameter.state == Parameter::kDone) return parameter.value;
  std::string name = "parameters('" + std::string(parameter.name) + "')";
  if (!enter(arena_.copy(std::string_view(name)), at)) return opaque(parameter.name, at);
  parameter.state = Parameter::kRunning;
  auto restore_path = std::move(path_);
  path_.clear();
  auto* collected = std::exchange(collected_, nullptr);
  std::string unknown_id = id("param." + std::string(parameter.name));
  std::optional<Value> value;
  auto hop = [&](Value made, OriginKind kind, Span span) {
    bool plain = made.is_primitive() || made.is_unknown();
    if (!plain) return made;
    std::span<const Value> from(&made, 1);
    // What is written here is the end of the chain.
    if (!made.origin) from = {};
    if (made.is_unknown() && !made.origin && kind != OriginKind::kModuleArgument) return made;
    made.origin = origin(kind, span, parameter.name, from);
    made.span = span;
    return made;
  };
  {
    Within within(*this, kNoRow, kAlways, nullptr);
    if (place_.arguments) {
      auto argument = place_.arguments->find(lower(parameter.name));
      if (argument != place_.arguments->end()) {
        value = argument->second.value;
        if (value->is_primitive() || (value->is_unknown() && value->origin)) {
          value = hop(*value, OriginKind::kModuleArgument, argument->second.span);
        }
      }
    } else if (parameter.is_given) {
      if (parameter.given.value) {
        TreeValues given(*parameter.given.tree, syntax::ScalarMode::kCloudFormation,
                         syntax::MergeRule::kExplicitWins, arena_);
        value = hop(given.value(parameter.given.value), OriginKind::kVariableValue, parameter.given.span);
      } else {
        value = model::with_marks(unknown_parameter(parameter, unknown_id, root_), model::kSensitive);
      }
    }
    const Node* fallback = parameter.declaration ? syntax::lookup(*parameter.declaration, "defaultValue") : nullptr;
    if (!value && fallback) {
      value = hop(evaluate(fallback), OriginKind::kVariableDefault, values_.span(*fallback));
    }
  }
  if (!value) value = unknown_parameter(parameter, unknown_id, root_);
  value = as_declared(*value, parameter, arena_);
  parameter.value = model::with_marks(*value, parameter.secure ? model::kSensitive : 0);
  parameter.state = Parameter::kDone;
  collected_ = collected;
  path_ = std::move(restore_path);
  reading_.pop_back();
  core::Problems wrong;
  check_parameter(parameter, wrong);
  for (core::Problem& one : wrong) problem(one.severity, std::move(one.code), std::move(one.message), one.span);
  return parameter.value;
}

Value Evaluator::fn_parameters(const Call& call) {
  Value named = argument(call, 0);
  Span at = place_of(call);
  if (!named.is_string()) return opaque("parameters", at);
  std::string what = "parameters('" + std::string(named.text()) + "')";
  if (scope_.in_function) {
    for (const Local* local = scope_.function; local; local = local->outer) {
      if (core::equals_ignoring_case(local->name, named.text())) {
        return through(OriginKind::kReference, at, what, local->value);
      }
    }
    return wrong_call(call, "the function has no parameter " + std::string(named.text()) +
                                "; functions see their own parameters only");
  }
  auto found = parameter_index_.find(lower(named.text()));
  if (found == parameter_index_.end()) {
    std::vector<std::string_view> names;
    for (const Parameter& parameter : parameters_) names.push_back(parameter.name);
    problem(ProblemSeverity::kWarning, "arm-undefined-parameter",
            "there is no parameter named " + std::string(named.text()) + core::did_you_mean(named.text(), names), at);
    return opaque(arena_.copy(std::string_view(what)), at);
  }
  Value value = read_parameter(parameters_[found->second], at);
  return value.is_sequence() || value.is_mapping() ? value : through(OriginKind::kReference, at, what, value);
}

// The value of every parameter, used or not: what is wrong with it is said.
void Evaluator::read_parameters() {
  for (Parameter& parameter : parameters_) read_parameter(parameter, parameter.key_span);
}

Value Evaluator::read_variable(Variable& variable, std::string_view name, Span at) {
  if (variable.state != State::kDone) {
    std::string shown = "variables('" + std::string(name) + "')";
    if (!enter(arena_.copy(std::string_view(shown)), at)) return opaque(arena_.copy(name), at);
    auto path = std::move(path_);
    path_.clear();
    auto* collected = std::exchange(collected_, &variable.rows);
    {
      Within within(*this, kNoRow, kAlways, nullptr);
      assumed_ = place_.exists;
      variable.value = variable.copy ? copied_list(*variable.copy, arena_.copy(name)) : evaluate(variable.node);
    }
    collected_ = collected;
    path_ = std::move(path);
    variable.state = State::kDone;
    reading_.pop_back();
  }
  for (uint32_t row : variable.rows) refer(row);
  return variable.value;
}

Value Evaluator::fn_variables(const Call& call) {
  Value named = argument(call, 0);
  Span at = place_of(call);
  if (!named.is_string()) return opaque("variables", at);
  std::string what = "variables('" + std::string(named.text()) + "')";
  auto found = variables_.find(lower(named.text()));
  if (scope_.in_function || found == variables_.end()) {
    if (scope_.in_function) return wrong_call(call, "functions of a template cannot use variables");
    std::vector<std::string_view> names;
    for (const auto& [name, variable] : variables_) names.push_back(name);
    problem(ProblemSeverity::kWarning, "arm-undefined-variable",
            "there is no variable named " + std::string(named.text()) + core::did_you_mean(named.text(), names), at);
    return opaque(arena_.copy(std::string_view(what)), at);
  }
  Value value = read_variable(found->second, named.text(), at);
  return value.is_sequence() || value.is_mapping() ? value : through(OriginKind::kLocal, at, what, value);
}

Value Evaluator::fn_copy_index(const Call& call) {
  std::vector<Value> given = arguments(call);
  std::string_view name;
  Value offset = model::int_value(0);
  for (const Value& value : given) {
    if (value.is_string()) name = value.text();
    else offset = value;
  }
  const Loop* loop = scope_.loop;
  while (loop && !name.empty() && !core::equals_ignoring_case(loop->name, name)) loop = loop->outer;
  if (!loop) {
    return wrong_call(call, name.empty() ? "copyIndex() needs a copy around it"
                                         : "there is no copy named " + std::string(name) + " around");
  }
  Value both[] = {loop->index, offset};
  Value value = over(both, [&](std::span<const Value> chosen) {
    if (chosen[0].is_number() && chosen[1].is_number()) {
      return model::number_value(core::Number::add(chosen[0].number(), chosen[1].number(), arena_), arena_);
    }
    if (chosen[1].is_number() && chosen[1].number().sign() == 0) return chosen[0];
    return derived("copyIndex", model::number_type(), chosen);
  });
  return result(call, value, {&loop->index, 1});
}

// --- Functions of the template's own.

Value Evaluator::own_function(const Node& function, const Call& call) {
  const Node* parameters = syntax::lookup(function, "parameters");
  const Node* output = syntax::lookup(function, "output");
  const Node* body = output && output->kind == NodeKind::kMapping ? syntax::lookup(*output, "value") : nullptr;
  if (!body) return wrong_call(call, std::string(call.name) + " has no output");
  size_t wanted = parameters && parameters->kind == NodeKind::kSequence ? parameters->child_count : 0;
  if (wanted != call.expression->child_count) {
    return wrong_call(call, std::string(call.name) + " takes " + std::to_string(wanted) + " arguments, not " +
                                std::to_string(call.expression->child_count));
  }
  if (functions_deep_ >= kMaxFunctionDepth) return wrong_call(call, "functions call each other too deeply");
  std::vector<Value> given = arguments(call);
  std::vector<Local> locals(wanted);
  for (size_t i = 0; i < wanted; ++i) {
    const Node* declared = parameters->child(i);
    const Node* name = declared && declared->kind == NodeKind::kMapping ? syntax::lookup(*declared, "name") : nullptr;
    locals[i] = {name ? name->text : std::string_view{}, given[i], i ? &locals[i - 1] : nullptr};
  }
  Scope outer = scope_;
  scope_ = {};
  scope_.function = wanted ? &locals[wanted - 1] : nullptr;
  scope_.in_function = true;
  ++functions_deep_;
  Value value = evaluate(body);
  --functions_deep_;
  scope_ = outer;
  return value.is_primitive() || value.is_unknown() ? result(call, value, {&value, 1}) : value;
}

// --- Lambdas.

bool Evaluator::is_lambda(const Call& call, size_t index, size_t least, size_t most) const {
  if (index >= call.expression->child_count) return false;
  const Expression& given = *call.expression->child_array[index];
  return given.kind == Expression::Kind::kCall && core::equals_ignoring_case(given.text, "lambda") &&
         given.child_count > least && given.child_count <= most + 1;
}

// Runs the lambda that argument `index` is with these values for its parameters.
Value Evaluator::lambda(const Call& call, size_t index, std::span<const Value> values) {
  const Expression& given = *call.expression->child_array[index];
  size_t count = std::min<size_t>(given.child_count - 1, values.size());
  std::vector<Local> locals(count);
  for (size_t i = 0; i < count; ++i) {
    locals[i] = {given.child_array[i]->text, values[i], i ? &locals[i - 1] : scope_.lambda};
  }
  const Local* outer = scope_.lambda;
  if (count) scope_.lambda = &locals[count - 1];
  Value value = run(*given.child_array[given.child_count - 1], call.written);
  scope_.lambda = outer;
  return value;
}

Value Evaluator::fn_lambda(const Call& call) {
  return wrong_call(call, "lambda() can only be an argument of map(), filter() and their like");
}

// sort() and groupBy(): what comes of it is not followed.
Value Evaluator::fn_by_lambda(const Call& call) {
  Value list = argument(call, 0);
  std::string name = std::string(call.name) + "@" + std::to_string(place_of(call).begin);
  return model::with_span(derived(name, nullptr, {&list, 1}), place_of(call));
}

Value Evaluator::fn_lambda_variables(const Call& call) {
  Value named = argument(call, 0);
  for (const Local* local = scope_.lambda; local && named.is_string(); local = local->outer) {
    if (core::equals_ignoring_case(local->name, named.text())) return local->value;
  }
  return wrong_call(call, "there is no lambda variable of this name");
}

Value Evaluator::fn_map(const Call& call) {
  if (!is_lambda(call, 1, 1, 2)) return wrong_call(call, "map() needs an array and a lambda");
  Value list = argument(call, 0);
  return over({&list, 1}, [&](std::span<const Value> chosen) -> Value {
    if (!chosen[0].is_sequence()) {
      return chosen[0].is_unknown() ? derived("map@" + std::to_string(place_of(call).begin), nullptr, chosen)
                                    : wrong_call(call, "map() needs an array and a lambda");
    }
    std::vector<Value> items;
    for (const Value& item : chosen[0].items()) {
      Value both[] = {item, model::int_value(static_cast<int64_t>(items.size()))};
      items.push_back(model::with_guard(lambda(call, 1, both), item.guard));
    }
    return model::with_span(model::list_value(items, arena_), place_of(call));
  });
}

Value Evaluator::fn_filter(const Call& call) {
  if (!is_lambda(call, 1, 1, 2)) return wrong_call(call, "filter() needs an array and a lambda");
  Value list = argument(call, 0);
  Span at = place_of(call);
  return over({&list, 1}, [&](std::span<const Value> chosen) -> Value {
    if (!chosen[0].is_sequence()) {
      return chosen[0].is_unknown() ? derived("filter@" + std::to_string(at.begin), nullptr, chosen)
                                    : wrong_call(call, "filter() needs an array and a lambda");
    }
    std::vector<Value> items;
    int64_t index = 0;
    for (const Value& item : chosen[0].items()) {
      Value both[] = {item, model::int_value(index++)};
      model::Guard kept = guards_.both(item.guard, truth(lambda(call, 1, both), at));
      kept = guards_.assuming(kept, assumed_);
      if (kept != model::kNever) items.push_back(model::with_guard(item, kept));
    }
    return model::with_span(model::list_value(items, arena_), at);
  });
}

Value Evaluator::fn_reduce(const Call& call) {
  if (!is_lambda(call, 2, 2, 3)) return wrong_call(call, "reduce() needs an array, a first value and a lambda");
  Value list = argument(call, 0);
  Value state = argument(call, 1);
  Span at = place_of(call);
  auto certain = [](const Value& item) { return item.guard == kAlways; };
  if (!list.is_sequence() || !std::all_of(list.items().begin(), list.items().end(), certain)) {
    Value both[] = {list, state};
    return derived("reduce@" + std::to_string(at.begin), nullptr, both);
  }
  int64_t index = 0;
  for (const Value& item : list.items()) {
    Value given[] = {state, item, model::int_value(index++)};
    state = lambda(call, 2, given);
  }
  return state;
}

Value Evaluator::fn_to_object(const Call& call) {
  bool shaped = is_lambda(call, 1, 1, 1) && (call.expression->child_count == 2 || is_lambda(call, 2, 1, 1));
  if (!shaped) return wrong_call(call, "toObject() needs an array and lambdas for keys and values");
  Value list = argument(call, 0);
  Span at = place_of(call);
  if (!list.is_sequence()) return derived("toObject@" + std::to_string(at.begin), nullptr, {&list, 1});
  std::vector<model::Entry> entries;
  for (const Value& item : list.items()) {
    Value key = lambda(call, 1, {&item, 1});
    Value value = call.expression->child_count == 3 ? lambda(call, 2, {&item, 1}) : item;
    if (!key.is_string() || item.guard != kAlways) {
      return derived("toObject@" + std::to_string(at.begin), nullptr, {&list, 1});
    }
    entries.push_back({key.text(), key.span, value});
  }
  return model::with_span(model::object_value(entries, arena_), at);
}

Value Evaluator::fn_map_values(const Call& call) {
  if (!is_lambda(call, 1, 1, 1)) return wrong_call(call, "mapValues() needs an object and a lambda");
  Value object = argument(call, 0);
  if (!object.is_mapping()) return derived("mapValues@" + std::to_string(place_of(call).begin), nullptr, {&object, 1});
  std::vector<model::Entry> entries;
  for (const model::Entry& entry : object.entries()) {
    model::Entry made = entry;
    made.value = lambda(call, 1, {&entry.value, 1});
    entries.push_back(made);
  }
  return model::with_span(model::object_value(entries, arena_), place_of(call));
}

}  // namespace assay::formats::arm
