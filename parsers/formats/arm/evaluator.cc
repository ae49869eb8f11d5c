#include "parsers/formats/arm/evaluator.h"

#include <algorithm>

#include "parsers/core/limits.h"
#include "parsers/core/suggest.h"
#include "parsers/core/text.h"
#include "parsers/formats/arm/builtins.h"
#include "parsers/syntax/embedded.h"
#include "parsers/syntax/yaml/entries.h"

namespace assay::formats::arm {

using core::ProblemSeverity;
using core::Span;
using model::Entry;
using model::Guard;
using model::kAlways;
using model::kNever;
using model::OriginKind;
using model::Value;
using syntax::Node;
using syntax::NodeKind;

namespace {

constexpr uint32_t kMaxDepth = 2 * core::kMaxNesting;
constexpr uint32_t kMaxLoopBodies = 4 * core::kMaxInstances;  // of all loops of a template
constexpr size_t kMaxProblems = 1000;

bool is_mapping(const Node* node) { return node && node->kind == NodeKind::kMapping; }
bool is_sequence(const Node* node) { return node && node->kind == NodeKind::kSequence; }

// "copy": [{"name": ..., "count": ..., "input": ...}], which stands for properties.
bool is_copy_list(const Node* node) {
  if (!is_sequence(node) || node->child_count == 0) return false;
  for (const Node* item : node->children()) {
    if (!is_mapping(item) || !syntax::lookup(*item, "name") || !syntax::lookup(*item, "count")) return false;
  }
  return true;
}

}  // namespace

Evaluator::Evaluator(const syntax::Tree& tree, model::Root& root, const LoadContext& context, Place place)
    : root_(root), context_(context), place_(std::move(place)),
      values_(tree, syntax::ScalarMode::kCloudFormation, syntax::MergeRule::kExplicitWins, root.arena),
      guards_(root.guards), arena_(root.arena) {
  if (place_.prefix.empty()) place_.prefix = root.path + "#";
  if (place_.resources_prefix.empty()) place_.resources_prefix = place_.prefix;
  assumed_ = place_.exists;
}

std::string Evaluator::lower(std::string_view text) { return core::to_lower_ascii(text); }

void Evaluator::index(const Node& top, const GivenValues& given) {
  auto section = [&](std::string_view name) {
    const Node* node = syntax::lookup(top, name);
    if (node && node->kind != NodeKind::kMapping && node->kind != NodeKind::kNull) {
      problem(ProblemSeverity::kWarning, "arm-section",
              "the section " + std::string(name) + " must be an object", values_.span(*node));
    }
    return is_mapping(node) ? node : nullptr;
  };
  const Node* definitions = section("definitions");
  if (const Node* declared = section("parameters")) {
    syntax::for_each_entry(*declared, [&](const syntax::Entry& entry) {
      if (!entry.key || !entry.pair) return;
      std::string_view name = values_.keep(entry.key->text);
      if (!is_mapping(entry.value)) {
        problem(ProblemSeverity::kWarning, "arm-parameter",
                "parameter " + std::string(name) + " must be an object with a type", values_.span(*entry.key));
      }
      parameters_.push_back(declare_parameter(name, values_.span(*entry.key), values_.span(*entry.pair), entry.value,
                                              definitions, arena_));
      std::string key = lower(name);
      if (auto found = given.find(key); found != given.end()) {
        parameters_.back().given = found->second;
        parameters_.back().is_given = true;
      }
      parameter_index_[key] = static_cast<uint32_t>(parameters_.size()) - 1;
    });
  }
  if (const Node* declared = section("variables")) {
    syntax::for_each_entry(*declared, [&](const syntax::Entry& entry) {
      if (!entry.key || !entry.pair) return;
      if (entry.key->text == "copy" && is_copy_list(entry.value)) {
        for (const Node* copy : entry.value->children()) {
          const Node* name = syntax::lookup(*copy, "name");
          Variable variable;
          variable.copy = copy;
          variable.span = values_.span(*copy);
          variables_[lower(name->text)] = variable;
        }
        return;
      }
      Variable variable;
      variable.node = entry.value;
      variable.span = values_.span(*entry.key);
      variables_[lower(entry.key->text)] = variable;
    });
  }
  const Node* spaces = syntax::lookup(top, "functions");
  for (const Node* space : is_sequence(spaces) ? spaces->children() : std::span<const Node* const>{}) {
    const Node* name = is_mapping(space) ? syntax::lookup(*space, "namespace") : nullptr;
    const Node* members = is_mapping(space) ? syntax::lookup(*space, "members") : nullptr;
    if (!name || !is_mapping(members)) {
      problem(ProblemSeverity::kWarning, "arm-section", "a function needs a namespace and members",
              values_.span(*(space ? space : spaces)));
      continue;
    }
    syntax::for_each_entry(*members, [&](const syntax::Entry& entry) {
      if (entry.key && is_mapping(entry.value)) {
        functions_[lower(name->text) + "." + lower(entry.key->text)] = entry.value;
      }
    });
  }
}

Evaluator::Within::Within(Evaluator& evaluator, uint32_t row, Guard guard, const Loop* loop)
    : evaluator_(evaluator), row_(evaluator.row_), assumed_(evaluator.assumed_), scope_(evaluator.scope_) {
  evaluator.row_ = row;
  evaluator.assumed_ = evaluator.guards_.both(evaluator.assumed_, guard);
  evaluator.scope_ = {};
  evaluator.scope_.loop = loop;
}

Evaluator::Within::~Within() {
  evaluator_.row_ = row_;
  evaluator_.assumed_ = assumed_;
  evaluator_.scope_ = scope_;
}

void Evaluator::problem(ProblemSeverity severity, std::string code, std::string message, Span at) {
  if (root_.problems.size() >= kMaxProblems) return;
  for (const core::Problem& known : root_.problems) {
    if (known.span == at && known.code == code) return;
  }
  core::add_problem(root_.problems, severity, std::move(code), std::move(message), at);
}

std::string Evaluator::current_path() const {
  std::string text;
  for (const auto& [key, index] : path_) {
    if (key.data() == nullptr) {
      text.append(1, '[').append(std::to_string(index)).append(1, ']');
    } else if (key.find_first_of(".[\"") != std::string_view::npos) {
      text.append("[\"").append(key).append("\"]");
    } else {
      if (!text.empty()) text += '.';
      text += key;
    }
  }
  return text;
}

void Evaluator::refer(uint32_t row, std::string_view path) {
  if (collected_ && row != kNoRow) collected_->push_back(row);
  if (collected_ || row_ == kNoRow || row == kNoRow || row == row_) return;
  model::Edge edge;
  edge.from = row_;
  edge.to = row;
  std::string here = path.empty() ? current_path() : std::string(path);
  edge.path = arena_.copy(std::string_view(here));
  edge.guard = assumed_;
  root_.edges.push_back(edge);
}

// --- Nodes.

Value Evaluator::evaluate(const Node* node) {
  if (!node) return model::null_value();
  if (depth_ >= kMaxDepth) {
    problem(ProblemSeverity::kWarning, "limit-nesting", "this is nested too deeply to be evaluated",
            values_.span(*node));
    return opaque("nesting", values_.span(*node));
  }
  ++depth_;
  Value value;
  switch (node->kind) {
    case NodeKind::kMapping: value = mapping(*node, {}); break;
    case NodeKind::kSequence: value = sequence(*node); break;
    case NodeKind::kError: value = opaque("syntax error", values_.span(*node)); break;
    case NodeKind::kString: value = text(*node); break;
    default: value = values_.scalar(*node); break;
  }
  --depth_;
  return value;
}

Value Evaluator::evaluate_under(std::string_view key, const Node* node) {
  path_.push_back({key, 0});
  Value value = evaluate(node);
  path_.pop_back();
  return value;
}

Value Evaluator::sequence(const Node& node) {
  std::vector<Value> items;
  items.reserve(node.child_count);
  for (uint32_t i = 0; i < node.child_count; ++i) {
    path_.push_back({{}, i});
    items.push_back(evaluate(node.child_array[i]));
    path_.pop_back();
  }
  return model::with_span(model::list_value(items, arena_), values_.span(node));
}

Value Evaluator::mapping(const Node& node, std::span<const std::string_view> without) {
  std::vector<Entry> entries;
  entries.reserve(node.child_count);
  std::vector<Value> unknown_keys;
  for (const Node* pair : node.children()) {
    const Node* key = pair->kind == NodeKind::kPair ? pair->child(0) : nullptr;
    if (!key) continue;
    Span key_span = values_.span(*key);
    std::string_view name = values_.keep(key->text);
    if (std::find(without.begin(), without.end(), name) != without.end()) continue;
    if (name == "copy" && is_copy_list(pair->child(1))) {
      add_copies(*pair->child(1), entries);
      continue;
    }
    if (text_kind(name) != TextKind::kLiteral) {  // tags: "[concat('hidden-related:', ...)]"
      Value made = text(*key);
      if (!made.is_string()) {
        unknown_keys.push_back(made);
        continue;
      }
      name = made.text();
    }
    Value value = evaluate_under(name, pair->child(1));
    auto same = std::find_if(entries.begin(), entries.end(), [&](const Entry& entry) { return entry.key == name; });
    if (same != entries.end()) entries.erase(same);
    entries.push_back({name, key_span, value});
  }
  Value made = model::with_span(model::object_value(entries, arena_), values_.span(node));
  if (unknown_keys.empty()) return made;
  model::Unknown unknown = model::derived_unknown("", nullptr, unknown_keys, guards_, arena_).unknown();
  unknown.not_null = true;
  unknown.structure = arena_.make<Value>(made);
  return model::with_span(model::unknown_value(unknown, arena_), made.span);
}

// --- Loops.

Evaluator::Repeats Evaluator::repeats(const Node& copy, std::string_view name) {
  Repeats out;
  const Node* written = syntax::lookup(copy, "count");
  Span at = values_.span(written ? *written : copy);
  Value count = evaluate(written);
  auto whole = [&](const Value& value) -> std::optional<uint32_t> {
    if (!value.is_number()) return std::nullopt;
    auto number = value.number().to_int64();
    if (!number || *number < 0) return std::nullopt;
    if (*number > core::kMaxInstances) {
      problem(ProblemSeverity::kWarning, "limit-instances",
              "a loop makes " + std::to_string(*number) + " instances; " + std::to_string(core::kMaxInstances) +
                  " of them are analysed", at);
      return core::kMaxInstances;
    }
    return static_cast<uint32_t>(*number);
  };
  auto spend_bodies = [&](uint32_t bodies) {
    loop_bodies_ += bodies;
    if (loop_bodies_ <= kMaxLoopBodies) return true;
    problem(ProblemSeverity::kWarning, "limit-instances",
            "the loops of this template make too many instances; this one is not analysed", at);
    return false;
  };
  if (auto number = whole(count)) {
    if (spend_bodies(*number)) out.guards.assign(*number, kAlways);
    return out;
  }
  if (count.is_alternatives()) {
    std::vector<std::pair<uint32_t, Guard>> choices;
    uint32_t most = 0;
    for (const model::Alternative& one : count.alternatives()) {
      auto number = whole(one.value);
      if (!number) break;
      choices.push_back({*number, one.guard});
      most = std::max(most, *number);
    }
    if (choices.size() == count.size) {
      if (!spend_bodies(most)) return out;
      for (uint32_t i = 0; i < most; ++i) {
        Guard here = kNever;
        for (const auto& [number, guard] : choices) {
          if (number > i) here = guards_.either(here, guard);
        }
        out.guards.push_back(here);
      }
      return out;
    }
  }
  if (!count.is_unknown() && !count.is_alternatives()) {
    problem(ProblemSeverity::kWarning, "arm-copy", "count of a copy must be a whole number that is not negative", at);
  }
  // Not known: one instance stands for all, if there is any.
  std::string named = count.is_unknown() ? std::string(count.unknown().id.text()) : std::string();
  if (named.empty()) named = id("count@" + std::to_string(at.begin));
  std::vector<core::Symbol> causes = model::causes_of(count, guards_);
  Guard none = guards_.atom(named, model::Relation::kLess, "1", causes);
  out.open = true;
  out.guards.push_back(guards_.negate(none));
  std::string index = "copyIndex(" + std::string(name) + ")@" + std::to_string(at.begin);
  model::Unknown unknown =
      model::derived_unknown(id(index), model::number_type(), {&count, 1}, guards_, arena_).unknown();
  unknown.not_null = true;
  unknown.minimum = arena_.make<core::Number>(core::Number(0));
  out.index = model::with_span(model::unknown_value(unknown, arena_), at);
  return out;
}

Value Evaluator::copied_list(const Node& copy, std::string_view name) {
  const Node* input = syntax::lookup(copy, "input");
  Span at = values_.span(copy);
  if (!input) {
    problem(ProblemSeverity::kWarning, "arm-copy", "the copy of " + std::string(name) + " has no input", at);
    return opaque("copy", at);
  }
  Repeats repeats = this->repeats(copy, name);
  std::vector<Value> items;
  items.reserve(repeats.guards.size());
  const Loop* outer = scope_.loop;
  Guard assumed = assumed_;
  for (uint32_t i = 0; i < repeats.guards.size(); ++i) {
    Loop loop{name, repeats.open ? repeats.index : model::with_span(model::int_value(i), at), outer};
    scope_.loop = &loop;
    assumed_ = guards_.both(assumed, repeats.guards[i]);
    path_.push_back({{}, i});
    Value item = evaluate(input);
    path_.pop_back();
    if (repeats.guards[i] != kNever) items.push_back(model::with_guard(item, repeats.guards[i]));
  }
  scope_.loop = outer;
  assumed_ = assumed;
  return model::with_span(model::list_value(items, arena_), at);
}

Value Evaluator::output_body(const Node& node, std::span<const std::string_view> without) {
  const Node* copy = syntax::lookup(node, "copy");
  if (!is_mapping(copy)) return mapping(node, without);
  std::vector<std::string_view> left_out(without.begin(), without.end());
  left_out.push_back("copy");
  Value body = mapping(node, left_out);
  if (!body.is_mapping()) return body;
  std::vector<Entry> entries(body.entries().begin(), body.entries().end());
  entries.push_back({"value", values_.span(*copy), copied_list(*copy, {})});
  return model::with_span(model::object_value(entries, arena_), body.span);
}

void Evaluator::add_copies(const Node& list, std::vector<Entry>& entries) {
  for (const Node* copy : list.children()) {
    const Node* key = syntax::lookup(*copy, "name");
    std::string_view name = values_.keep(key->text);
    path_.push_back({name, 0});
    Value made = copied_list(*copy, name);
    path_.pop_back();
    entries.push_back({name, values_.span(*key), made});
  }
}

// --- Expressions.

const Expression* Evaluator::parsed(const Node& node) {
  auto [at, fresh] = expressions_.try_emplace(&node, nullptr);
  if (!fresh) return at->second;
  ParsedExpression made = parse_expression(node.text, arena_);
  if (!made.root) {
    Expression whole;
    whole.begin = made.begin;
    whole.end = made.end;
    problem(ProblemSeverity::kWarning, "arm-expression", std::move(made.error),
            place_of(whole, Written{&node, &values_}));
  }
  return at->second = made.root;
}

Span Evaluator::place_of(const Expression& expression, const Written& written) {
  const syntax::Tree& tree = written.values->tree();
  std::string_view text = written.node->text;
  const char* source = tree.source.data();
  if (text.data() >= source && text.data() + text.size() <= source + tree.source.size()) {
    auto base = static_cast<uint32_t>(text.data() - source);
    uint32_t end = std::min<uint32_t>(expression.end, static_cast<uint32_t>(text.size()));
    return {tree.file, base + std::min(expression.begin, end), base + end};
  }
  return syntax::TextMap(tree, *written.node).map(expression.begin, expression.end);
}

Value Evaluator::text(const Node& node) {
  TextKind kind = text_kind(node.text);
  if (kind == TextKind::kLiteral) return values_.scalar(node);
  Span whole = values_.span(node);
  if (kind == TextKind::kEscaped) {
    return model::with_span(model::string_value(values_.keep(node.text.substr(1))), whole);
  }
  const Expression* expression = parsed(node);
  if (!expression) return opaque("expression", whole);
  return run(*expression, Written{&node, &values_});
}

Value Evaluator::run(const Expression& expression, const Written& written) {
  if (depth_ >= kMaxDepth) {
    Span at = place_of(expression, written);
    problem(ProblemSeverity::kWarning, "limit-nesting", "this is nested too deeply to be evaluated", at);
    return opaque("nesting", at);
  }
  ++depth_;
  Value value = run_step(expression, written);
  --depth_;
  return value;
}

Value Evaluator::run_step(const Expression& expression, const Written& written) {
  switch (expression.kind) {
    case Expression::Kind::kText: {
      std::string_view text = written.values->keep(expression.text);
      return model::with_span(model::string_value(text), place_of(expression, written));
    }
    case Expression::Kind::kInteger: {
      auto number = core::Number::parse(expression.text, arena_);
      Value value = number ? model::number_value(*number, arena_) : model::null_value();
      return model::with_span(value, place_of(expression, written));
    }
    case Expression::Kind::kCall: return call(expression, written);
    case Expression::Kind::kProperty: {
      // reference('deployment').outputs.name.value
      const Expression* output = expression.child_array[0];
      if (deployments_ && expression.text == "value" && output->kind == Expression::Kind::kProperty) {
        const Expression* outputs = output->child_array[0];
        bool shaped = outputs->kind == Expression::Kind::kProperty && outputs->text == "outputs" &&
                      outputs->child_array[0]->kind == Expression::Kind::kCall &&
                      core::equals_ignoring_case(outputs->child_array[0]->text, "reference");
        if (shaped && outputs->child_array[0]->child_count > 0) {
          Value named = run(*outputs->child_array[0]->child_array[0], written);
          uint32_t row = find_row(named);
          Span at = place_of(expression, written);
          auto value = row == kNoRow ? std::nullopt : deployments_->output(row, output->text, at);
          if (value) {
            refer(row);
            std::string what = "outputs." + std::string(output->text);
            return through(OriginKind::kModuleOutput, at, what, *value);
          }
        }
      }
      Value of = run(*output, written);
      return property(of, arena_.copy(expression.text), place_of(expression, written), false);
    }
    case Expression::Kind::kIndex: {
      Value of = run(*expression.child_array[0], written);
      Value index = run(*expression.child_array[1], written);
      return element(of, index, place_of(expression, written), false);
    }
  }
  return model::null_value();
}

Value Evaluator::property(const Value& of, std::string_view name, Span at, bool lenient) {
  Value value = over({&of, 1}, [&](std::span<const Value> chosen) -> Value {
    const Value& object = chosen[0];
    if (object.is_mapping()) {
      const Value* found = object.find(name);
      if (!found) {
        for (const Entry& entry : object.entries()) {
          if (core::equals_ignoring_case(entry.key, name)) found = &entry.value;
        }
      }
      if (found) return model::with_marks(*found, object.marks);
      if (lenient) return model::null_value();
      std::vector<std::string_view> names;
      for (const Entry& entry : object.entries()) names.push_back(entry.key);
      problem(ProblemSeverity::kWarning, "arm-property",
              "the object has no property " + std::string(name) + core::did_you_mean(name, names), at);
      return opaque(name, at);
    }
    if (object.is_unknown()) {
      const model::Unknown& unknown = object.unknown();
      if (unknown.structure && unknown.structure->is_mapping()) {
        if (const Value* known = unknown.structure->find(name)) return *known;
      }
      std::string part;
      if (!unknown.id.empty()) part = std::string(unknown.id.text()) + "." + std::string(name);
      Value made = model::derived_unknown(part, nullptr, {&object, 1}, guards_, arena_);
      return model::with_marks(made, object.marks);
    }
    if (lenient) return model::null_value();
    problem(ProblemSeverity::kWarning, "arm-property",
            "only objects have properties: there is no property " + std::string(name) + " here", at);
    return opaque(name, at);
  });
  if (!value.is_primitive() && !value.is_unknown() && !value.is_alternatives()) return value;
  std::string what = "." + std::string(name);
  return through(OriginKind::kReference, at, what, value.origin || !of.origin ? value : with_origin(value, of.origin));
}

Value Evaluator::element(const Value& of, const Value& index, Span at, bool lenient) {
  if (index.is_string()) return property(of, index.text(), at, lenient);
  Value both[] = {of, index};
  Value value = over(both, [&](std::span<const Value> chosen) -> Value {
    const Value& list = chosen[0];
    const Value& position = chosen[1];
    if (position.is_string()) return property(list, position.text(), at, lenient);
    if (position.is_unknown() || list.is_unknown()) {
      bool plain = list.is_unknown() && position.is_number() && !list.unknown().id.empty();
      if (!plain) return derived("element", nullptr, chosen);
      std::string part = std::string(list.unknown().id.text()) + "[" + position.number().to_text() + "]";
      return model::with_marks(model::derived_unknown(part, nullptr, {&list, 1}, guards_, arena_), list.marks);
    }
    auto number = position.is_number() ? position.number().to_int64() : std::nullopt;
    if (list.is_sequence() && number && *number >= 0) {
      auto where = static_cast<uint64_t>(*number);
      bool certain = true;
      for (const Value& item : list.items()) certain = certain && item.guard == kAlways;
      if (!certain) return derived("element", nullptr, chosen);
      if (where < list.size) return model::with_marks(list.items()[where], list.marks);
    }
    if (lenient) return model::null_value();
    if (!list.is_sequence()) {
      problem(ProblemSeverity::kWarning, "arm-index", "only arrays and objects have elements", at);
    } else {
      problem(ProblemSeverity::kWarning, "arm-index",
              "there is no such element in an array of " + std::to_string(list.size), at);
    }
    return opaque("element", at);
  });
  if (!value.is_primitive() && !value.is_unknown() && !value.is_alternatives()) return value;
  return through(OriginKind::kReference, at, "[]", value);
}

Value Evaluator::call(const Expression& expression, const Written& written) {
  Call call{expression.text, &expression, written};
  std::string name = lower(expression.text);
  if (name.find('.') != std::string::npos) {
    auto own = functions_.find(name);
    if (own != functions_.end()) return own_function(*own->second, call);
    std::vector<std::string_view> names;
    for (const auto& [known, node] : functions_) names.push_back(known);
    std::sort(names.begin(), names.end());
    return wrong_call(call, "there is no function " + std::string(expression.text) + core::did_you_mean(name, names));
  }
  const Builtin* builtin = find_builtin(name);
  if (!builtin) {
    return wrong_call(call, "there is no function " + std::string(expression.text) + suggest_builtin(name));
  }
  call.name = builtin->name;
  if (expression.child_count < builtin->least || expression.child_count > builtin->most) {
    std::string wants = std::to_string(builtin->least);
    if (builtin->most == kAnyNumber) {
      wants = "at least " + wants;
    } else if (builtin->most != builtin->least) {
      wants.append(" to ").append(std::to_string(builtin->most));
    }
    return wrong_call(call, std::string(call.name) + " takes " + wants + " arguments, not " +
                                std::to_string(expression.child_count));
  }
  if (builtin->own) return (this->*builtin->own)(call);
  return run_pure(*this, *builtin, call);
}

Value Evaluator::opaque(std::string_view cause, Span at, const model::Type* type) {
  std::string name = id(cause);
  name.append(1, '@').append(std::to_string(at.begin));
  model::Unknown unknown = model::unknown_input(name, type, arena_).unknown();
  unknown.cause_array = arena_.make<core::Symbol>(core::Symbol(cause));
  unknown.cause_count = 1;
  return model::with_span(model::unknown_value(unknown, arena_), at);
}

Value Evaluator::through(OriginKind kind, Span at, std::string_view what, Value value) {
  std::span<const Value> from(&value, 1);
  if (value.is_unknown() && !value.origin) from = {};
  if (value.is_alternatives()) {
    std::vector<model::Alternative> sides;
    for (const model::Alternative& one : value.alternatives()) {
      sides.push_back({one.guard, through(kind, at, what, one.value)});
    }
    Value made = model::alternatives_value(sides, guards_, arena_);
    made.marks |= value.marks;
    return model::with_span(made, at);
  }
  const model::Origin* hop = origin(kind, at, arena_.copy(what), from);
  return with_origin(with_span(with_guard(value, kAlways), at), hop);
}

}  // namespace assay::formats::arm
