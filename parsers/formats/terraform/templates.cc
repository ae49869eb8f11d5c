#include <algorithm>

#include "parsers/core/limits.h"
#include "parsers/formats/terraform/evaluator.h"
#include "parsers/formats/terraform/json_syntax.h"

namespace assay::formats::terraform {

using model::Alternative;
using model::Guard;
using model::kAlways;
using model::kNever;
using model::Value;
using syntax::Node;
using syntax::NodeKind;

namespace {

constexpr size_t kMaxCombinations = 64;
constexpr size_t kLongestId = 240;

const Node* template_child(const Node& node, size_t wanted) {
  for (const Node* child : node.children()) {
    if (child->kind == NodeKind::kTemplate && wanted-- == 0) return child;
  }
  return nullptr;
}

}  // namespace

Value Evaluator::evaluate_template(const Node& node, const Scope& scope) {
  if (node.child_count == 0) return model::string_value("");
  if (node.child_count == 1) {
    const Node& only = *node.child(0);
    if (only.kind == NodeKind::kTemplateText) return model::string_value(kept(only.text, scope));
    if (only.kind == NodeKind::kInterpolation) return evaluate(only, scope);
  }
  Parts parts;
  ErrorLift lift(root_.guards, root_.arena);
  template_parts(node, scope, parts, kAlways, lift);
  if (lift.failed()) return lift.finish({});
  return lift.finish(join_parts(parts, span_of(node, scope)));
}

// Appends the parts of a template as strings, unknown strings or alternatives of them.
void Evaluator::template_parts(const Node& node, const Scope& scope, Parts& parts,
                               Guard under, ErrorLift& lift) {
  model::Guards& guards = root_.guards;
  for (const Node* child : node.children()) {
    if (lift.failed()) return;
    if (child->kind == NodeKind::kTemplateText) {
      parts.push_back(model::string_value(kept(child->text, scope)));
      continue;
    }
    if (child->kind == NodeKind::kInterpolation) {
      Value value = evaluate(*child, scope);
      CallContext& context = call_context(span_of(*child, scope));
      value = map_one(value, guards, root_.arena, [&](const Value& known) -> Value {
        if (known.is_string()) return known;
        CallResult text = to_string_value(known, context);
        if (text.is_error) return fail("in a template: " + text.error, span_of(*child, scope));
        Value out = with_marks(text.value, known.marks);
        if (!out.origin) out.origin = known.origin;
        return out;
      });
      if (is_error(value)) lift.add(under, value);
      else if (lift.take(value)) parts.push_back(value);
      continue;
    }
    if (child->kind == NodeKind::kTemplateIf) {
      Value decided = evaluate(*child->child(0), scope);
      if (is_error(decided)) {
        lift.add(under, decided);
        continue;
      }
      Condition condition = condition_of(decided, span_of(*child->child(0), scope));
      lift.add(guards.both(under, condition.errors), condition.error);
      Guard otherwise = guards.both(guards.negate(condition.holds), guards.negate(condition.errors));
      std::vector<Alternative> choices;
      for (int side = 0; side < 2; ++side) {
        Guard guard = side == 0 ? condition.holds : otherwise;
        if (guard == kNever) continue;
        Parts inner;
        if (const Node* branch = template_child(*child, side)) {
          template_parts(*branch, scope, inner, guards.both(under, guard), lift);
          if (lift.failed()) return;
        }
        if (guard == kAlways) {
          parts.append(inner);
        } else {
          add_guarded(choices, guard, join_parts(inner, span_of(*child, scope)), guards);
        }
      }
      if (condition.errors != kNever) choices.push_back({condition.errors, model::string_value("")});
      if (!choices.empty()) parts.push_back(choose(choices, guards, root_.arena));
      continue;
    }
    if (child->kind != NodeKind::kTemplateFor) continue;
    size_t at = child->child(0)->kind == NodeKind::kLabel ? 1 : 0;
    Value collection = evaluate(*child->child(at), scope);
    const Node* body = template_child(*child, 0);
    if (is_error(collection)) {
      lift.add(under, collection);
      continue;
    }
    if (!body) continue;
    if (!collection.is_sequence() && !collection.is_mapping()) {
      if (collection.is_unknown() || collection.is_alternatives()) {
        parts.push_back(derived_unknown("", model::string_type(), {&collection, 1}, guards, root_.arena));
      } else {
        lift.add(under, fail("a template's for needs a collection", span_of(*child->child(at), scope)));
      }
      continue;
    }
    struct Step { Value key, value; Guard guard; };
    std::vector<Step> steps;
    int64_t index = 0;
    if (collection.is_mapping()) {
      for (const model::Entry& entry : collection.entries()) {
        steps.push_back({model::string_value(entry.key), with_guard(entry.value, kAlways), entry.value.guard});
      }
      std::sort(steps.begin(), steps.end(),
                [](const Step& a, const Step& b) { return a.key.text() < b.key.text(); });
    } else {
      for (const Value& item : collection.items()) {
        Value value = with_guard(item, kAlways);
        steps.push_back({collection.kind == model::ValueKind::kSet ? value : model::int_value(index++),
                         value, item.guard});
      }
    }
    // `%{ for k, v in c }`: the last name of the directive is the value.
    std::string_view first_name = child->text;
    std::string_view second_name = at == 1 ? child->child(0)->text : std::string_view{};
    for (const Step& item : steps) {
      if (!spend(1, span_of(*child, scope))) {
        parts.push_back(derived_unknown("", model::string_type(), {}, guards, root_.arena));
        break;
      }
      Binding first{first_name, second_name.empty() ? item.value : item.key, scope.bindings};
      Binding second{second_name, item.value, &first};
      Scope inner = scope;
      inner.bindings = second_name.empty() ? &first : &second;
      if (item.guard == kAlways) {
        template_parts(*body, inner, parts, under, lift);
        if (lift.failed()) return;
        continue;
      }
      Parts text;
      template_parts(*body, inner, text, guards.both(under, item.guard), lift);
      if (lift.failed()) return;
      std::vector<Alternative> choices;
      add_guarded(choices, item.guard, join_parts(text, span_of(*child, scope)), guards);
      choices.push_back({guards.negate(item.guard), model::string_value("")});
      parts.push_back(choose(choices, guards, root_.arena));
    }
  }
}

// One string out of the parts; alternatives multiply out while few, then become an unknown.
Value Evaluator::join_parts(const Parts& parts, core::Span span) {
  uint8_t marks = 0;
  core::SmallVector<const model::Origin*, 8> origins;
  size_t combinations = 1;
  for (const Value& part : parts) {
    marks |= marks_inside(part);
    if (part.origin) origins.push_back(part.origin);
    if (part.is_alternatives() && combinations <= kMaxCombinations) combinations *= part.size;
  }
  Value out;
  if (combinations == 1) {
    out = text_of_parts(parts);
  } else if (combinations > kMaxCombinations) {
    Parts widened;
    widened.append(parts);
    for (Value& part : widened) {
      if (part.is_alternatives()) {
        part = derived_unknown("", model::string_type(), {&part, 1}, root_.guards, root_.arena);
      }
    }
    out = text_of_parts(widened);
  } else {
    struct Choice { Guard guard; std::vector<Value> parts; };
    std::vector<Choice> choices{{kAlways, {}}};
    for (const Value& part : parts) {
      if (!part.is_alternatives()) {
        for (Choice& choice : choices) choice.parts.push_back(part);
        continue;
      }
      std::vector<Choice> next;
      for (const Choice& choice : choices) {
        for (const Alternative& alternative : part.alternatives()) {
          Guard guard = root_.guards.both(choice.guard, alternative.guard);
          if (guard == kNever) continue;
          next.push_back({guard, choice.parts});
          next.back().parts.push_back(alternative.value);
        }
      }
      choices = std::move(next);
    }
    std::vector<Alternative> texts;
    for (const Choice& choice : choices) {
      texts.push_back({choice.guard, with_span(text_of_parts(choice.parts), span)});
    }
    out = alternatives_value(texts, root_.guards, root_.arena);
  }
  out.span = span;
  out.marks |= marks;
  if (!origins.empty() && parts.size() > 1) {
    std::sort(origins.begin(), origins.end());
    origins.truncate(static_cast<size_t>(std::unique(origins.begin(), origins.end()) - origins.begin()));
    std::sort(origins.begin(), origins.end(), [](const model::Origin* a, const model::Origin* b) {
      return a->span < b->span;
    });
    model::Origin origin;
    origin.kind = model::OriginKind::kFunction;
    origin.span = span;
    origin.what = "template";
    origin.from_array = root_.arena.copy(origins.span()).data();
    origin.from_count = static_cast<uint32_t>(origins.size());
    out.origin = root_.arena.make<model::Origin>(origin);
  }
  return out;
}

// Parts without alternatives.
Value Evaluator::text_of_parts(std::span<const Value> parts) {
  size_t size = 0;
  bool known = true;
  for (const Value& part : parts) {
    if (part.is_string()) size += part.size;
    else known = false;
  }
  if (size > core::kMaxStringBytes) {
    return derived_unknown("", model::string_type(), parts, root_.guards, root_.arena);
  }
  if (known) {
    char* text = root_.arena.make_array<char>(size);
    size_t at = 0;
    for (const Value& part : parts) {
      std::copy(part.chars, part.chars + part.size, text + at);
      at += part.size;
    }
    return model::string_value({text, size});
  }
  std::string id, prefix, suffix;
  bool named = true, leading = true;
  for (size_t i = parts.size(); i > 0; --i) {
    const Value& part = parts[i - 1];
    suffix.insert(0, part.is_string() ? part.text() : part.unknown().suffix);
    if (!part.is_string()) break;
  }
  for (const Value& part : parts) {
    if (part.is_string()) {
      if (named && id.size() < kLongestId) id += part.text();
      if (leading) prefix += part.text();
      continue;
    }
    const model::Unknown& unknown = part.unknown();
    if (leading) prefix += unknown.prefix;
    leading = false;
    std::string_view name = unknown.id.text();
    size_t hash = name.find('#');
    named = named && !name.empty();
    if (named && id.size() < kLongestId) {
      id.append("${").append(hash == std::string_view::npos ? name : name.substr(hash + 1)).append("}");
    }
  }
  named = named && id.size() < kLongestId;
  std::vector<Value> unknowns;
  for (const Value& part : parts) {
    if (!part.is_string()) unknowns.push_back(part);
  }
  Value out = derived_unknown(named ? id_prefix_ + "\"" + id + "\"" : std::string(), model::string_type(),
                              unknowns, root_.guards, root_.arena);
  model::Unknown refined = out.unknown();
  refined.not_null = true;
  refined.prefix = root_.arena.copy(prefix);
  refined.suffix = root_.arena.copy(suffix);
  refined.structure = text_structure(parts);
  Value result = unknown_value(refined, root_.arena);
  result.marks = out.marks;
  return result;
}

namespace {

// Stands for the hole with an index inside JSON text; private-use characters do not occur in policies.
constexpr std::string_view kHoleBegin = "\uE0F0", kHoleEnd = "\uE0F1";

struct Holes {
  std::span<const Value> holes;
  core::Arena& arena;
  const model::Guards& guards;

  Value string_with_holes(std::string_view text) const {
    std::vector<Value> inside;
    std::string prefix;
    std::string_view suffix = text;
    bool leading = true;
    size_t at = 0, pieces = 0;
    while (at < text.size()) {
      size_t begin = text.find(kHoleBegin, at);
      if (begin != at) {
        ++pieces;
        if (leading) prefix += text.substr(at, begin == std::string_view::npos ? begin : begin - at);
      }
      if (begin == std::string_view::npos) break;
      size_t number = begin + kHoleBegin.size();
      size_t end = text.find(kHoleEnd, number);
      if (end == std::string_view::npos) break;
      size_t index = 0;
      for (char c : text.substr(number, end - number)) index = index * 10 + static_cast<size_t>(c - '0');
      if (index < holes.size()) inside.push_back(holes[index]);
      leading = false;
      at = end + kHoleEnd.size();
      suffix = text.substr(at);
    }
    if (inside.empty()) return model::string_value(arena.copy(text));
    if (inside.size() == 1 && pieces == 0) return inside[0];
    Value out = derived_unknown("", model::string_type(), inside, guards, arena);
    model::Unknown refined = out.unknown();
    refined.not_null = true;
    refined.prefix = arena.copy(prefix);
    refined.suffix = arena.copy(suffix);
    return with_marks(unknown_value(refined, arena), out.marks);
  }

  // Puts the unknowns back into what was read.
  Value restore(const Value& value) const {
    if (value.is_string()) return string_with_holes(value.text());
    if (value.is_mapping()) {
      std::vector<model::Entry> entries(value.entries().begin(), value.entries().end());
      for (model::Entry& entry : entries) entry.value = restore(entry.value);
      return object_value(entries, arena);
    }
    if (value.is_sequence()) {
      std::vector<Value> items(value.items().begin(), value.items().end());
      for (Value& item : items) item = restore(item);
      return list_value(items, arena, model::ValueKind::kTuple);
    }
    return value;
  }
};

}  // namespace

// JSON text with holes, such as a policy in a heredoc: its structure, with the unknowns in place. Null
// when the text is no JSON.
const Value* Evaluator::text_structure(std::span<const Value> parts) {
  if (parts.empty() || !parts[0].is_string()) return nullptr;
  std::string_view first = parts[0].text();
  size_t begin = first.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos || (first[begin] != '{' && first[begin] != '[')) return nullptr;
  std::string text;
  std::vector<Value> holes;
  bool in_string = false;
  size_t comma = std::string::npos;  // behind which nothing but blanks came
  for (const Value& part : parts) {
    if (part.is_string()) {
      for (size_t i = 0; i < part.text().size(); ++i) {
        char c = part.text()[i];
        // A comma too many is a slip that hides nothing: the rest is read.
        if (!in_string && (c == ']' || c == '}') && comma != std::string::npos) text[comma] = ' ';
        if (c != ' ' && c != '\t' && c != '\r' && c != '\n') comma = !in_string && c == ',' ? text.size() : std::string::npos;
        text += c;
        if (c == '\\' && in_string && i + 1 < part.text().size()) text += part.text()[++i];
        else if (c == '"') in_string = !in_string;
      }
      continue;
    }
    comma = std::string::npos;
    if (!in_string) text += '"';
    text.append(kHoleBegin).append(std::to_string(holes.size())).append(kHoleEnd);
    if (!in_string) text += '"';
    holes.push_back(part);
  }
  Value read;
  if (!json_text_value(text, root_.arena, &read)) return nullptr;
  Holes restorer{holes, root_.arena, root_.guards};
  return root_.arena.make<Value>(restorer.restore(read));
}

}  // namespace assay::formats::terraform
