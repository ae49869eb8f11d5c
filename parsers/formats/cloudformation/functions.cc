// The functions that compute: If, and those that make text: Sub, Join, Split.
#include <algorithm>

#include "parsers/core/limits.h"
#include "parsers/formats/cloudformation/evaluator.h"
#include "parsers/model/provenance.h"
#include "parsers/syntax/embedded.h"

namespace assay::formats::cloudformation {

using core::ProblemSeverity;
using core::Span;
using model::Alternative;
using model::Guard;
using model::kAlways;
using model::kNever;
using model::OriginKind;
using model::Value;
using syntax::Node;

namespace {

constexpr uint32_t kMaxArms = 1u << 14;  // of Fn::If, evaluated knowing what was chosen


}  // namespace

std::string Evaluator::text_of(const Value& value) const {
  if (value.is_string()) return std::string(value.text());
  if (value.is_bool()) return value.boolean ? "true" : "false";
  if (!value.is_number()) return {};
  // A number keeps the text it was written with ("1.10", "007").
  if (!value.origin && context_.sources && value.span.file < context_.sources->size()) {
    std::string_view written = context_.sources->text(value.span);
    if (!written.empty() && written.find_first_not_of("0123456789.+-eE") == std::string_view::npos) {
      return std::string(written);
    }
  }
  return value.number().to_text();
}

Value Evaluator::derived(std::string_view name, const model::Type* type,
                         std::span<const Value> from) {
  std::string text(name);
  text += '(';
  bool named = true;
  for (size_t i = 0; i < from.size(); ++i) {
    std::string part = model::name_of(from[i]);
    named = named && !part.empty();
    if (i) text += ", ";
    text += part;
  }
  text += ')';
  named = named && text.size() <= model::kMaxName;
  return model::derived_unknown(named ? id(text) : std::string(), type, from, guards_, arena_);
}

Value Evaluator::argument(const Call& call) {
  if (!call.argument) return model::null_value();
  if (!call.is_short) return evaluate(call.argument);
  if (auto inner = find_long_call(*call.argument)) return this->call(*inner);
  return evaluate_plain(*call.argument);
}

// The value as it is read where the call stands, with the chain to what it was made of.
Value Evaluator::result(const Call& call, Value value, std::span<const Value> from) {
  Span at = values().span(*call.node);
  std::string_view name = call.name;
  value.origin = origin(OriginKind::kIntrinsic, at, name, from);
  value.span = at;
  return value;
}

// --- Fn::If.

Value Evaluator::fn_if(const Call& call) {
  std::vector<const Node*> args = arguments(call);
  auto name = args.size() == 3 ? plain_text(args[0]) : std::nullopt;
  if (!name) {
    return wrong_call(call, "Fn::If needs a list: condition name, value if true, value if false");
  }
  Span at = values().span(*call.node);
  Guard chosen = guards_.assuming(condition(bind_text(values().keep(*name)), at), assumed_);
  // Texts need no assumptions, and past a number of arms a path through them is a formula too many.
  auto arm = [&](const Node* node, Guard guard) {
    const Node* written = syntax::resolve_alias(node);
    if (++arms_ > kMaxArms || (plain_text(written) && !find_call(*written))) return evaluate(node);
    Guard before = assumed_;
    assumed_ = guards_.both(assumed_, guard);
    Value value = evaluate(node);
    assumed_ = before;
    return value;
  };
  auto only = [&](Value value, Guard presence) {
    Value made = value.is_primitive() || value.is_unknown() ? result(call, value, {&value, 1}) : value;
    return with_guard(made, presence);
  };
  if (chosen == kAlways || chosen == kNever) {
    Value value = evaluate(args[chosen == kAlways ? 1 : 2]);
    return only(value, value.guard);
  }
  Guard other = guards_.negate(chosen);
  Value a = arm(args[1], chosen);
  Value b = arm(args[2], other);
  Guard a_present = guards_.both(chosen, a.guard);
  Guard b_present = guards_.both(other, b.guard);
  if (a_present == kNever && b_present == kNever) return no_value(at);
  if (a_present == kNever) return only(b, b_present);
  if (b_present == kNever) return only(a, a_present);
  Guard presence = guards_.either(a_present, b_present);
  Alternative both[] = {{chosen, with_guard(a, kAlways)}, {other, with_guard(b, kAlways)}};
  Value value = model::alternatives_value(both, guards_, arena_);
  value.span = at;
  return with_guard(value, presence);
}

// --- Text.

Value Evaluator::fn_sub(const Call& call) {
  const Node* text_node = call.argument;
  std::unordered_map<std::string_view, Value> variables;
  if (is_sequence(call.argument)) {
    std::vector<const Node*> args = arguments(call);
    const Node* map = args.size() == 2 ? args[1] : nullptr;
    if (args.empty() || args.size() > 2 || (args.size() == 2 && !is_mapping(map))) {
      return wrong_call(call, "Fn::Sub needs a text, or a list of a text and a mapping");
    }
    text_node = args[0];
    for (const ExpandedEntry& entry : expand(map)) {
      variables[entry.key] = with_guard(evaluate(entry.value), kAlways);
    }
  }
  auto inner = text_node ? (text_node == call.argument ? find_long_call(*text_node)
                                                       : find_call(*text_node))
                         : std::nullopt;
  if (!inner && text_node && !call.is_short) inner = find_call(*text_node);
  if (inner && inner->function == Function::kDirective) return this->call(*inner);
  auto written = plain_text(text_node);
  if (!written || inner) {
    return wrong_call(call, "Fn::Sub needs a text, or a list of a text and a mapping");
  }
  Span whole = values().span(*call.node);
  std::string_view text = values().keep(*written);
  std::vector<Value> parts;
  std::optional<syntax::TextMap> map;
  auto place = [&](size_t begin, size_t end) {
    if (!map) map.emplace(values().tree(), *text_node);
    return map->map(static_cast<uint32_t>(begin), static_cast<uint32_t>(end));
  };
  auto literal = [&](size_t begin, size_t end, std::string_view content) {
    if (begin < end) parts.push_back(with_span(model::string_value(content), place(begin, end)));
  };
  size_t done = 0;
  while (true) {
    size_t open = text.find("${", done);
    size_t close = open == std::string_view::npos ? open : text.find('}', open);
    if (close == std::string_view::npos) break;
    literal(done, open, text.substr(done, open - done));
    std::string_view name = text.substr(open + 2, close - open - 2);
    done = close + 1;
    if (!name.empty() && name[0] == '!') {
      std::string escaped = "${" + std::string(name.substr(1)) + "}";
      literal(open, done, arena_.copy(std::string_view(escaped)));
      continue;
    }
    while (!name.empty() && name.front() == ' ') name.remove_prefix(1);
    while (!name.empty() && name.back() == ' ') name.remove_suffix(1);
    Span at = place(open, done);
    auto variable = variables.find(name);
    size_t dot = name.find('.');
    if (variable != variables.end()) {
      parts.push_back(variable->second);
    } else if (name.empty()) {
      return wrong_call(call, "${} in Fn::Sub names nothing; write ${!} for the characters ${}");
    } else if (dot != std::string_view::npos && !name.starts_with("AWS::")) {
      parts.push_back(attribute(name.substr(0, dot), name.substr(dot + 1), at, name));
    } else {
      parts.push_back(with_guard(reference(name, at, name), kAlways));
    }
  }
  literal(done, text.size(), text.substr(done));
  Value value = over(parts, [&](std::span<const Value> chosen) { return concatenate(chosen, whole); });
  return result(call, value, parts);
}

// One text of all parts; unknown parts leave an unknown that keeps what is certain about it.
Value Evaluator::concatenate(std::span<const Value> parts, Span at) {
  uint8_t marks = 0;
  bool known = true;
  size_t size = 0;
  for (const Value& part : parts) {
    marks |= part.marks;
    known = known && (part.is_primitive() || part.is_null());
    if (part.is_string()) size += part.size;
  }
  if (size > core::kMaxStringBytes || !spend(size, at)) {
    return opaque("text", at, model::string_type());
  }
  if (known) {
    std::string text;
    text.reserve(size);
    for (const Value& part : parts) text += text_of(part);
    Value value = with_span(model::string_value(arena_.copy(std::string_view(text))), at);
    value.marks = marks;
    if (text.find("{{resolve:") != std::string::npos) return dynamic_reference(value);
    return value;
  }
  // The text of one text is that text.
  if (parts.size() == 1 && parts[0].is_unknown() && parts[0].unknown().type == model::string_type()) {
    return with_span(with_guard(parts[0], kAlways), at);
  }
  std::string prefix, name = "text(";
  bool leading = true, named = true, resolves = false;
  int64_t least = 0;
  for (const Value& part : parts) {
    if (part.is_unknown()) {
      if (leading) prefix += part.unknown().prefix;
      leading = false;
      std::string inner = model::name_of(part);
      named = named && !inner.empty();
      name.append("${").append(inner).append("}");
    } else if (part.is_primitive()) {
      std::string text = text_of(part);
      resolves = resolves || text.find("{{resolve:") != std::string::npos;
      if (leading) prefix += text;
      // Bytes bound characters from above; at least one character in four bytes.
      least += static_cast<int64_t>((text.size() + 3) / 4);
      name += text;
    } else {
      leading = named = false;
    }
    if (name.size() > model::kMaxName) named = false;
  }
  name += ')';
  Value made = model::derived_unknown(named ? id(name) : std::string(), model::string_type(), parts,
                                      guards_, arena_);
  model::Unknown unknown = made.unknown();
  unknown.not_null = true;
  unknown.min_length = least;
  size_t reference = prefix.find("{{resolve:");
  if (reference != std::string::npos) prefix.resize(reference);
  unknown.prefix = arena_.copy(std::string_view(prefix));
  if (!resolves && !parts.empty() && parts.back().is_primitive()) {
    std::string end = text_of(parts.back());
    unknown.suffix = arena_.copy(std::string_view(end));
  }
  unknown.structure = arena_.make<Value>(model::list_value(parts, arena_, model::ValueKind::kTuple));
  if (resolves) marks |= model::kSensitive;
  return model::with_marks(with_span(model::unknown_value(unknown, arena_), at), marks);
}

Value Evaluator::fn_join(const Call& call) {
  std::vector<const Node*> args = arguments(call);
  auto delimiter_text = args.size() == 2 ? plain_text(args[0]) : std::nullopt;
  if (!delimiter_text) return wrong_call(call, "Fn::Join needs a delimiter and a list");
  Value delimiter = model::string_value(values().keep(*delimiter_text));
  Value list = evaluate(args[1]);
  Span whole = values().span(*call.node);
  auto join = [&](std::span<const Value> chosen) {
    std::vector<Value> parts;
    for (const Value& part : chosen) {
      if (!parts.empty() && delimiter.size) parts.push_back(delimiter);
      parts.push_back(part);
    }
    return concatenate(parts, whole);
  };
  Value value = over({&list, 1}, [&](std::span<const Value> chosen) {
    if (chosen.empty()) return join({});
    if (chosen[0].is_sequence()) return over(chosen[0].items(), join);
    if (chosen[0].is_unknown()) {
      Value from[] = {delimiter, chosen[0]};
      return derived("Join", model::string_type(), from);
    }
    return wrong_call(call, "the second argument of Fn::Join must be a list");
  });
  std::span<const Value> from(&list, 1);
  if (list.is_sequence()) from = list.items();
  return result(call, value, from);
}

Value Evaluator::fn_split(const Call& call) {
  std::vector<const Node*> args = arguments(call);
  auto delimiter = args.size() == 2 ? plain_text(args[0]) : std::nullopt;
  if (!delimiter || delimiter->empty()) {
    return wrong_call(call, "Fn::Split needs a delimiter and a text");
  }
  std::string_view by = values().keep(*delimiter);
  Value source = evaluate(args[1]);
  Value value = over({&source, 1}, [&](std::span<const Value> chosen) {
    if (chosen.empty() || !chosen[0].is_primitive()) {
      Value from[] = {model::string_value(by), chosen.empty() ? model::null_value() : chosen[0]};
      Value made = derived("Split", model::list_type(arena_, model::string_type()), from);
      model::Unknown unknown = made.unknown();
      unknown.min_length = 1;
      unknown.not_null = true;
      return model::with_marks(model::unknown_value(unknown, arena_), made.marks);
    }
    if (!spend(chosen[0].size, values().span(*call.node))) return opaque(call.name, chosen[0].span);
    std::vector<Value> items;
    std::string copy = text_of(chosen[0]);
    std::string_view rest = chosen[0].is_string() ? chosen[0].text() : arena_.copy(std::string_view(copy));
    while (true) {
      size_t end = rest.find(by);
      Value item = with_span(model::string_value(rest.substr(0, end)), chosen[0].span);
      item.origin = chosen[0].origin;
      items.push_back(model::with_marks(item, chosen[0].marks));
      if (end == std::string_view::npos || items.size() >= core::kMaxCollection) break;
      rest.remove_prefix(end + by.size());
    }
    if (!spend(items.size() * sizeof(Value), values().span(*call.node))) return opaque(call.name, chosen[0].span);
    return model::list_value(items, arena_);
  });
  return result(call, value, {&source, 1});
}

}  // namespace assay::formats::cloudformation
