// The functions that choose and build: they keep what is certain beside what is not.
#include <algorithm>

#include "parsers/core/limits.h"
#include "parsers/core/text.h"
#include "parsers/formats/arm/evaluator.h"
#include "parsers/model/alias_values.h"

namespace assay::formats::arm {

using core::Span;
using model::Alternative;
using model::Entry;
using model::Guard;
using model::kAlways;
using model::kNever;
using model::Value;

namespace {

constexpr uint32_t kMaxMergeDepth = 64;  // of objects that union() merges

const Value* find_entry(const std::vector<Entry>& entries, std::string_view key, size_t* at) {
  for (size_t i = 0; i < entries.size(); ++i) {
    if (!core::equals_ignoring_case(entries[i].key, key)) continue;
    *at = i;
    return &entries[i].value;
  }
  return nullptr;
}

Value merged(const Value& a, const Value& b, uint32_t depth, core::Arena& arena) {
  if (!a.is_mapping() || !b.is_mapping() || depth > kMaxMergeDepth) return b;
  std::vector<Entry> entries(a.entries().begin(), a.entries().end());
  for (const Entry& entry : b.entries()) {
    size_t at = 0;
    if (const Value* known = find_entry(entries, entry.key, &at)) {
      entries[at].value = merged(*known, entry.value, depth + 1, arena);
    } else {
      entries.push_back(entry);
    }
  }
  Value made = model::object_value(entries, arena);
  made.marks = a.marks | b.marks;
  return model::with_span(made, a.span);
}

}  // namespace

// --- Conditions.

Value Evaluator::fn_if(const Call& call) {
  Span at = place_of(call);
  Value asked = argument(call, 0);
  Guard chosen = guards_.assuming(truth(asked, at), assumed_);
  if (chosen == kAlways || chosen == kNever) {
    Value value = argument(call, chosen == kAlways ? 1 : 2);
    return value.is_primitive() || value.is_unknown() ? result(call, value, {&value, 1}) : value;
  }
  auto arm = [&](size_t index, Guard guard) {
    Guard before = assumed_;
    assumed_ = guards_.both(assumed_, guard);
    Value value = argument(call, index);
    assumed_ = before;
    if (value.is_primitive() || value.is_unknown()) value = result(call, value, {&value, 1});
    return value;
  };
  Guard other = guards_.negate(chosen);
  Value sides[] = {arm(1, chosen), arm(2, other)};
  std::vector<Alternative> out;
  for (int i = 0; i < 2; ++i) {
    Guard guard = i == 0 ? chosen : other;
    if (sides[i].is_alternatives()) {
      for (const Alternative& inner : sides[i].alternatives()) {
        Guard both = guards_.both(guard, inner.guard);
        if (both != kNever) out.push_back({both, inner.value});
      }
    } else {
      out.push_back({guard, sides[i]});
    }
  }
  Value value = model::alternatives_value(out, guards_, arena_);
  value.marks |= asked.marks;
  return model::with_span(value, at);
}

Value Evaluator::fn_and(const Call& call) {
  Guard guard = kAlways;
  for (const Value& value : arguments(call)) guard = guards_.both(guard, truth(value, place_of(call)));
  return bool_of(guard, place_of(call));
}

Value Evaluator::fn_or(const Call& call) {
  Guard guard = kNever;
  for (const Value& value : arguments(call)) guard = guards_.either(guard, truth(value, place_of(call)));
  return bool_of(guard, place_of(call));
}

Value Evaluator::fn_not(const Call& call) {
  Value value = argument(call, 0);
  Value made = bool_of(guards_.negate(truth(value, place_of(call))), place_of(call));
  return value.is_bool() ? result(call, made, {&value, 1}) : made;
}

Value Evaluator::fn_bool(const Call& call) {
  Value value = argument(call, 0);
  if (value.is_bool()) return result(call, value, {&value, 1});
  Value made = bool_of(truth(value, place_of(call)), place_of(call));
  return made.is_bool() ? result(call, made, {&value, 1}) : made;
}

Value Evaluator::fn_equals(const Call& call) {
  Value a = argument(call, 0), b = argument(call, 1);
  Value made = bool_of(equals(a, b, place_of(call)), place_of(call));
  Value both[] = {a, b};
  return made.is_bool() ? result(call, made, both) : made;
}

Value Evaluator::fn_coalesce(const Call& call) {
  Span at = place_of(call);
  std::vector<Alternative> out;
  Guard rest = kAlways;
  for (uint32_t i = 0; i < call.expression->child_count && rest != kNever; ++i) {
    Value value = argument(call, i);
    Guard null = guards_.assuming(equals(value, model::null_value(), at), assumed_);
    Guard here = guards_.both(rest, guards_.negate(null));
    if (here == kNever) continue;
    if (value.is_alternatives()) {
      for (const Alternative& inner : value.alternatives()) {
        Guard both = guards_.both(here, inner.guard);
        if (both != kNever && !inner.value.is_null()) out.push_back({both, inner.value});
      }
    } else {
      out.push_back({here, value});
    }
    rest = guards_.both(rest, null);
  }
  if (rest != kNever) out.push_back({rest, model::with_span(model::null_value(), at)});
  if (out.size() == 1) return out[0].value;
  return model::with_span(model::alternatives_value(out, guards_, arena_), at);
}

// --- Text and arrays.

Value Evaluator::fn_concat(const Call& call) {
  std::vector<Value> given = arguments(call);
  Span at = place_of(call);
  bool arrays = std::any_of(given.begin(), given.end(), [](const Value& value) {
    if (!value.is_alternatives()) return value.is_sequence();
    return std::any_of(value.alternatives().begin(), value.alternatives().end(),
                       [](const Alternative& one) { return one.value.is_sequence(); });
  });
  if (!arrays) {
    Value value = over(given, [&](std::span<const Value> chosen) { return concatenate(chosen, at); });
    return result(call, value, given);
  }
  return over(given, [&](std::span<const Value> chosen) -> Value {
    std::vector<Value> items;
    for (const Value& value : chosen) {
      if (value.is_sequence()) {
        for (const Value& item : value.items()) items.push_back(model::with_marks(item, value.marks));
      } else if (value.is_unknown()) {
        // Elements that are not known stand beside those that are: one for all, if there is any.
        Value item = element(value, model::int_value(0), value.span, true);
        items.push_back(model::with_guard(item, guards_.negate(is_empty(value, at))));
      } else if (!value.is_null()) {
        return wrong_call(call, "concat() joins texts with texts and arrays with arrays");
      }
    }
    return model::with_span(model::list_value(items, arena_), at);
  });
}

// .NET's composite formatting: {0}, {0,5}, {0:D3}, {{ and }}.
Value Evaluator::fn_format(const Call& call) {
  std::vector<Value> given = arguments(call);
  Span at = place_of(call);
  Value value = over(given, [&](std::span<const Value> chosen) -> Value {
    if (!chosen[0].is_string()) return derived("format", model::string_type(), chosen);
    std::string_view text = chosen[0].text();
    std::vector<Value> parts;
    std::string literal;
    auto flush = [&] {
      if (literal.empty()) return;
      parts.push_back(model::with_span(model::string_value(arena_.copy(std::string_view(literal))), chosen[0].span));
      literal.clear();
    };
    for (size_t i = 0; i < text.size(); ++i) {
      char c = text[i];
      if (c != '{' && c != '}') {
        literal += c;
        continue;
      }
      if (i + 1 < text.size() && text[i + 1] == c) {
        literal += c;
        ++i;
        continue;
      }
      size_t close = c == '{' ? text.find('}', i) : std::string_view::npos;
      if (close == std::string_view::npos) {
        return wrong_call(call, "the text of format() has a brace that does not close; write {{ or }} for a brace");
      }
      std::string_view inner = text.substr(i + 1, close - i - 1);
      size_t digits = 0, index = 0;
      while (digits < inner.size() && core::is_digit(inner[digits]) && index < 1000) {
        index = index * 10 + static_cast<size_t>(inner[digits++] - '0');
      }
      if (digits == 0 || index + 1 >= chosen.size()) {
        return wrong_call(call, "format() has no argument for {" + std::string(inner) + "}");
      }
      flush();
      std::string_view style = inner.substr(digits);
      const Value& part = chosen[index + 1];
      if (style.empty()) {
        parts.push_back(part);
      } else if (part.is_number() && (style.starts_with(":D") || style.starts_with(":d"))) {
        size_t width = 0;
        for (char digit : style.substr(2)) width = core::is_digit(digit) ? width * 10 + static_cast<size_t>(digit - '0') : width;
        std::string number = part.number().to_text();
        bool negative = !number.empty() && number[0] == '-';
        if (negative) number.erase(0, 1);
        width = std::min<size_t>(width, 99);
        if (number.size() < width) number.insert(0, width - number.size(), '0');
        literal += (negative ? "-" : "") + number;
      } else {
        parts.push_back(derived("format " + std::string(style), model::string_type(), {&part, 1}));
      }
      i = close;
    }
    flush();
    return concatenate(parts, at);
  });
  return result(call, value, given);
}

Value Evaluator::fn_join(const Call& call) {
  std::vector<Value> given = arguments(call);
  Span at = place_of(call);
  Value value = over(given, [&](std::span<const Value> chosen) -> Value {
    const Value& list = chosen[0];
    auto certain = [](const Value& item) { return item.guard == kAlways; };
    if (list.is_unknown() || (list.is_sequence() && !std::all_of(list.items().begin(), list.items().end(), certain))) {
      return derived("join", model::string_type(), chosen);
    }
    if (!list.is_sequence()) return wrong_call(call, "join() needs an array and a delimiter");
    return over(list.items(), [&](std::span<const Value> items) {
      std::vector<Value> parts;
      for (const Value& item : items) {
        if (!parts.empty()) parts.push_back(chosen[1]);
        parts.push_back(item);
      }
      return concatenate(parts, at);
    });
  });
  return result(call, value, given);
}

Value Evaluator::fn_contains(const Call& call) {
  std::vector<Value> given = arguments(call);
  Span at = place_of(call);
  Value value = over(given, [&](std::span<const Value> chosen) -> Value {
    const Value& whole = chosen[0];
    const Value& part = chosen[1];
    if (whole.is_sequence()) {
      Guard guard = kNever;
      for (const Value& item : whole.items()) {
        guard = guards_.either(guard, guards_.both(item.guard, equals(item, part, at)));
      }
      return bool_of(guard, at);
    }
    if (whole.is_mapping() && part.is_primitive()) {
      size_t where = 0;
      std::vector<Entry> entries(whole.entries().begin(), whole.entries().end());
      return model::with_span(model::bool_value(find_entry(entries, text_of(part), &where) != nullptr), at);
    }
    if (whole.is_string() && part.is_primitive()) {
      return model::with_span(model::bool_value(whole.text().find(text_of(part)) != std::string_view::npos), at);
    }
    if (whole.is_unknown() && part.is_string()) {
      const model::Unknown& unknown = whole.unknown();
      bool there = unknown.prefix.find(part.text()) != std::string_view::npos ||
                   unknown.suffix.find(part.text()) != std::string_view::npos ||
                   (unknown.structure && unknown.structure->find(part.text()));
      if (there) return model::with_span(model::bool_value(true), at);
    }
    if (whole.is_null()) return model::with_span(model::bool_value(false), at);
    return derived("contains", model::bool_type(), chosen);
  });
  return value.is_bool() ? result(call, value, given) : value;
}

Value Evaluator::fn_empty(const Call& call) {
  Value value = argument(call, 0);
  Value made = bool_of(is_empty(value, place_of(call)), place_of(call));
  return made.is_bool() ? result(call, made, {&value, 1}) : made;
}

Value Evaluator::fn_length(const Call& call) {
  Value given = argument(call, 0);
  Value value = over({&given, 1}, [&](std::span<const Value> chosen) -> Value {
    const Value& one = chosen[0];
    if (one.is_string()) {
      int64_t units = 0;  // UTF-16, as .NET counts
      for (size_t at = 0; at < one.size;) {
        core::Utf8 character = core::decode_utf8(one.text(), at);
        units += character.code > 0xffff ? 2 : 1;
        at += character.length;
      }
      return model::int_value(units);
    }
    auto certain = [](const Value& item) { return item.guard == kAlways; };
    if (one.is_mapping()) return model::int_value(one.size);
    if (one.is_sequence() && std::all_of(one.items().begin(), one.items().end(), certain)) {
      return model::int_value(one.size);
    }
    if (!one.is_unknown() && !one.is_sequence()) {
      return wrong_call(call, "length() needs an array, an object or a text");
    }
    model::Unknown unknown = derived("length", model::number_type(), chosen).unknown();
    unknown.not_null = true;
    int64_t least = one.is_unknown() ? std::max<int64_t>(0, one.unknown().min_length) : 0;
    unknown.minimum = arena_.make<core::Number>(core::Number(least));
    int64_t most = one.is_unknown() ? one.unknown().max_length : static_cast<int64_t>(one.size);
    if (most >= 0) unknown.maximum = arena_.make<core::Number>(core::Number(most));
    if (least == most) return model::int_value(least);
    return model::unknown_value(unknown, arena_);
  });
  return result(call, value, {&given, 1});
}

Value Evaluator::fn_create_array(const Call& call) {
  return model::with_span(model::list_value(arguments(call), arena_), place_of(call));
}

Value Evaluator::fn_array(const Call& call) {
  Value given = argument(call, 0);
  return over({&given, 1}, [&](std::span<const Value> chosen) -> Value {
    if (chosen[0].is_sequence()) return chosen[0];
    bool open = chosen[0].is_unknown() && (!chosen[0].unknown().type || !chosen[0].unknown().type->is_primitive());
    if (open) return derived("array", nullptr, chosen);
    return model::with_span(model::list_value(chosen, arena_), place_of(call));
  });
}

Value Evaluator::fn_create_object(const Call& call) {
  std::vector<Value> given = arguments(call);
  if (given.size() % 2 != 0) return wrong_call(call, "createObject() needs a value for each key");
  std::vector<Entry> entries;
  for (size_t i = 0; i + 1 < given.size(); i += 2) {
    if (!given[i].is_string()) return derived("createObject", nullptr, given);
    entries.push_back({given[i].text(), given[i].span, given[i + 1]});
  }
  return model::with_span(model::object_value(entries, arena_), place_of(call));
}

Value Evaluator::fn_union(const Call& call) {
  std::vector<Value> given = arguments(call);
  Span at = place_of(call);
  return over(given, [&](std::span<const Value> chosen) -> Value {
    auto all = [&](auto is) { return std::all_of(chosen.begin(), chosen.end(), is); };
    auto any = [&](auto is) { return std::any_of(chosen.begin(), chosen.end(), is); };
    if (all([](const Value& value) { return value.is_mapping(); })) {
      Value made = chosen[0];
      for (size_t i = 1; i < chosen.size(); ++i) made = merged(made, chosen[i], 0, arena_);
      return made;
    }
    bool arrays = any([](const Value& value) { return value.is_sequence(); });
    bool objects = any([](const Value& value) { return value.is_mapping(); });
    if (arrays && !objects) {
      std::vector<Value> items;
      for (const Value& value : chosen) {
        if (value.is_unknown()) {
          Value item = element(value, model::int_value(0), value.span, true);
          items.push_back(model::with_guard(item, guards_.negate(is_empty(value, at))));
        }
        for (const Value& item : value.is_sequence() ? value.items() : std::span<const Value>{}) {
          bool known = std::any_of(items.begin(), items.end(), [&](const Value& other) {
            return other.guard == kAlways && item.guard == kAlways && model::same_value(other, item);
          });
          if (!known) items.push_back(item);
        }
      }
      return model::with_span(model::list_value(items, arena_), at);
    }
    Value made = derived("union", nullptr, chosen);
    if (!objects) return made;
    // Keys that no unknown part behind them can replace are certain.
    model::Unknown unknown = made.unknown();
    unknown.not_null = true;
    Value certain = model::object_value({}, arena_);
    for (const Value& value : chosen) {
      if (value.is_mapping()) certain = merged(certain, value, 0, arena_);
      else certain = model::object_value({}, arena_);
    }
    if (certain.size > 0) unknown.structure = arena_.make<Value>(certain);
    return model::with_span(model::unknown_value(unknown, arena_), at);
  });
}

Value Evaluator::fn_try_get(const Call& call) {
  std::vector<Value> given = arguments(call);
  Value value = given[0];
  for (size_t i = 1; i < given.size(); ++i) value = element(value, given[i], place_of(call), true);
  return value;
}

Value Evaluator::fn_first(const Call& call) {
  Value given = argument(call, 0);
  Value value = over({&given, 1}, [&](std::span<const Value> chosen) -> Value {
    const Value& one = chosen[0];
    if (one.is_string()) {
      size_t size = one.size ? core::decode_utf8(one.text(), 0).length : 0;
      return model::with_span(model::string_value(one.text().substr(0, size)), one.span);
    }
    if (one.is_sequence() && (one.size == 0 || one.items()[0].guard == kAlways)) {
      return one.size ? one.items()[0] : model::null_value();
    }
    return one.is_unknown() || one.is_sequence() ? derived("first", nullptr, chosen)
                                                 : wrong_call(call, "first() needs an array or a text");
  });
  return value.is_primitive() || value.is_unknown() ? result(call, value, {&value, 1}) : value;
}

Value Evaluator::fn_last(const Call& call) {
  Value given = argument(call, 0);
  Value value = over({&given, 1}, [&](std::span<const Value> chosen) -> Value {
    const Value& one = chosen[0];
    if (one.is_string()) {
      size_t begin = one.size;
      while (begin > 0 && (static_cast<unsigned char>(one.text()[--begin]) & 0xc0) == 0x80) continue;
      return model::with_span(model::string_value(one.text().substr(begin)), one.span);
    }
    if (one.is_sequence() && (one.size == 0 || one.items()[one.size - 1].guard == kAlways)) {
      return one.size ? one.items()[one.size - 1] : model::null_value();
    }
    return one.is_unknown() || one.is_sequence() ? derived("last", nullptr, chosen)
                                                 : wrong_call(call, "last() needs an array or a text");
  });
  return value.is_primitive() || value.is_unknown() ? result(call, value, {&value, 1}) : value;
}

Value Evaluator::fn_string(const Call& call) {
  Value given = argument(call, 0);
  Span at = place_of(call);
  Value value = over({&given, 1}, [&](std::span<const Value> chosen) -> Value {
    const Value& one = chosen[0];
    if (one.is_primitive()) return concatenate(chosen, at);
    if (model::wholly_known(one)) {
      std::string text = model::to_text(one, nullptr, true);
      if (!spend(text.size(), at)) return opaque("string", at, model::string_type());
      return model::with_marks(model::string_value(arena_.copy(std::string_view(text))), model::marks_inside(one));
    }
    model::Unknown unknown = derived("string", model::string_type(), chosen).unknown();
    unknown.not_null = true;
    if (!one.is_unknown()) unknown.structure = arena_.make<Value>(one);
    return model::with_marks(model::unknown_value(unknown, arena_), model::marks_inside(one));
  });
  return result(call, value, {&given, 1});
}

Value Evaluator::fn_json(const Call& call) {
  Value given = argument(call, 0);
  Span at = place_of(call);
  Value value = over({&given, 1}, [&](std::span<const Value> chosen) -> Value {
    if (chosen[0].is_unknown()) {
      const Value* structure = chosen[0].unknown().structure;
      if (structure && (structure->is_mapping() || structure->kind == model::ValueKind::kList)) return *structure;
      return derived("json", nullptr, chosen);
    }
    std::optional<Value> made;
    if (chosen[0].is_string()) {
      std::string_view text = core::trim(chosen[0].text());
      if (text == "null") return model::with_span(model::null_value(), at);
      if (text == "true" || text == "false") return model::with_span(model::bool_value(text == "true"), at);
      made = model::parse_json_text(text, {}, chosen[0].span, chosen[0].origin, arena_);
      if (!made) {
        if (auto number = core::Number::parse(text, arena_)) made = model::number_value(*number, arena_);
      }
    }
    if (!made) return wrong_call(call, "the argument of json() is no JSON");
    return model::with_marks(*made, chosen[0].marks);
  });
  return value.is_primitive() ? result(call, value, {&given, 1}) : value;
}

}  // namespace assay::formats::arm
