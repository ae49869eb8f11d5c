// Functions of texts and numbers with known arguments, as Azure Resource Manager computes them.
#include <algorithm>

#include "parsers/core/base64.h"
#include "parsers/core/limits.h"
#include "parsers/core/text.h"
#include "parsers/formats/arm/builtins.h"
#include "parsers/model/alias_values.h"

namespace assay::formats::arm {

using core::Number;
using model::Value;

namespace {

using Args = std::span<const Value>;

std::string shown(const Value& value) {
  if (value.is_string()) return std::string(value.text());
  if (value.is_bool()) return value.boolean ? "True" : "False";
  return value.is_number() ? value.number().to_text() : std::string();
}

std::optional<int64_t> whole(const Value& value) {
  return value.is_number() ? value.number().to_int64() : std::nullopt;
}

// Characters are what .NET counts: UTF-16 units. Inside the Basic Multilingual Plane they are characters.
std::vector<size_t> boundaries(std::string_view text) {
  std::vector<size_t> out;
  for (size_t at = 0; at < text.size();) {
    core::Utf8 character = core::decode_utf8(text, at);
    out.push_back(at);
    if (character.code > 0xffff) out.push_back(at);
    at += character.length;
  }
  out.push_back(text.size());
  return out;
}

template <char32_t (*Map)(char32_t)>
Value change_case(PureCall& call, Args args) {
  if (!args[0].is_string()) return call.fail("it needs a text");
  std::string out;
  for (size_t at = 0; at < args[0].size;) {
    core::Utf8 character = core::decode_utf8(args[0].text(), at);
    if (character.valid) core::append_utf8(out, Map(character.code));
    else out += args[0].text()[at];
    at += character.length;
  }
  return call.text(out);
}

Value substring(PureCall& call, Args args) {
  auto start = whole(args[1]);
  if (!args[0].is_string() || !start) return call.fail("it needs a text and the position of the first character");
  std::vector<size_t> at = boundaries(args[0].text());
  auto count = static_cast<int64_t>(at.size()) - 1;
  auto size = args.size() > 2 && !args[2].is_null() ? whole(args[2]) : std::optional<int64_t>(count - *start);
  if (!size || *start < 0 || *start > count || *size < 0 || *size > count - *start) {
    return call.fail("the text has " + std::to_string(count) + " characters");
  }
  auto first = at[static_cast<size_t>(*start)], last = at[static_cast<size_t>(*start + *size)];
  return model::string_value(args[0].text().substr(first, last - first));
}

Value replace(PureCall& call, Args args) {
  if (!args[0].is_string() || !args[1].is_string() || !args[2].is_string() || args[1].size == 0) {
    return call.fail("it needs three texts, the second not empty");
  }
  size_t count = 0;
  for (size_t at = 0; (at = args[0].text().find(args[1].text(), at)) != std::string_view::npos; at += args[1].size) ++count;
  if (count * args[2].size > core::kMaxStringBytes) return call.fail("the text gets too long");
  return call.text(core::replace_all(args[0].text(), args[1].text(), args[2].text()));
}

Value split(PureCall& call, Args args) {
  std::vector<std::string_view> delimiters;
  if (args[1].is_string()) delimiters.push_back(args[1].text());
  for (const Value& one : args[1].is_sequence() ? args[1].items() : Args{}) {
    if (one.is_string()) delimiters.push_back(one.text());
  }
  std::erase(delimiters, std::string_view{});
  if (!args[0].is_string() || delimiters.empty()) return call.fail("it needs a text and a delimiter");
  std::vector<Value> items;
  auto add = [&](std::string_view part) {
    Value item = model::with_span(model::string_value(part), args[0].span);
    items.push_back(model::with_origin(item, args[0].origin));
  };
  std::string_view rest = args[0].text();
  while (items.size() < core::kMaxCollection) {
    size_t at = std::string_view::npos, size = 0;
    for (std::string_view delimiter : delimiters) {
      size_t found = rest.find(delimiter);
      if (found < at) at = found, size = delimiter.size();
    }
    add(rest.substr(0, at));
    if (at == std::string_view::npos) break;
    rest.remove_prefix(at + size);
  }
  if (!call.spend(items.size() * sizeof(Value))) return model::null_value();
  return model::list_value(items, call.arena);
}

Value trim(PureCall& call, Args args) {
  if (!args[0].is_string()) return call.fail("it needs a text");
  return model::string_value(core::trim(args[0].text()));
}

Value pad_left(PureCall& call, Args args) {
  auto width = whole(args[1]);
  std::string text = shown(args[0]);
  bool one = args.size() < 3 || (args[2].is_string() && core::grapheme_count(args[2].text()) == 1);
  if (!width || !one || *width > 4096) return call.fail("it needs a text, a length and a character to fill with");
  auto count = static_cast<int64_t>(boundaries(text).size()) - 1;
  std::string out;
  for (int64_t i = count; i < *width; ++i) out += args.size() > 2 ? args[2].text() : std::string_view(" ");
  return call.text(out + text);
}

template <bool AtEnd>
Value has_end(PureCall& call, Args args) {
  if (!args[0].is_string() || !args[1].is_string()) return call.fail("it needs two texts");
  std::string whole = core::to_lower_ascii(args[0].text()), part = core::to_lower_ascii(args[1].text());
  return model::bool_value(AtEnd ? whole.ends_with(part) : whole.starts_with(part));
}

template <bool Last>
Value index_of(PureCall& call, Args args) {
  if (args[0].is_sequence()) {
    int64_t found = -1, at = 0;
    for (const Value& item : args[0].items()) {
      if (model::same_value(item, args[1]) && (Last || found < 0)) found = at;
      ++at;
    }
    return model::int_value(found);
  }
  if (!args[0].is_string() || !args[1].is_string()) return call.fail("it needs two texts, or an array and a value");
  std::string whole = core::to_lower_ascii(args[0].text()), part = core::to_lower_ascii(args[1].text());
  size_t at = Last ? whole.rfind(part) : whole.find(part);
  if (at == std::string::npos) return model::int_value(-1);
  return model::int_value(static_cast<int64_t>(boundaries(std::string_view(whole).substr(0, at)).size()) - 1);
}

Value to_int(PureCall& call, Args args) {
  if (args[0].is_number()) return args[0];
  auto number = args[0].is_string() ? Number::parse(core::trim(args[0].text()), call.arena) : std::nullopt;
  if (!number || !number->is_whole()) return call.fail("\"" + shown(args[0]) + "\" is no whole number");
  return model::number_value(*number, call.arena);
}

enum class Sum : uint8_t { kAdd, kSub, kMul, kDiv, kMod };
template <Sum Which>
Value arithmetic(PureCall& call, Args args) {
  if (!args[0].is_number() || !args[1].is_number()) return call.fail("it needs two numbers");
  Number a = args[0].number(), b = args[1].number();
  std::optional<Number> made;
  switch (Which) {
    case Sum::kAdd: made = Number::add(a, b, call.arena); break;
    case Sum::kSub: made = Number::subtract(a, b, call.arena); break;
    case Sum::kMul: made = Number::multiply(a, b, call.arena); break;
    case Sum::kDiv:
      made = Number::divide(a, b, call.arena);
      if (made) made = Number::truncate(*made, call.arena);
      break;
    case Sum::kMod: made = Number::remainder(a, b, call.arena); break;
  }
  if (!made) return call.fail("division by zero");
  return model::number_value(*made, call.arena);
}

template <bool Greater, bool OrEqual>
Value compare(PureCall& call, Args args) {
  bool numbers = args[0].is_number() && args[1].is_number();
  if (!numbers && !(args[0].is_string() && args[1].is_string())) return call.fail("it needs two numbers or two texts");
  bool equal = numbers ? args[0].number() == args[1].number() : args[0].text() == args[1].text();
  bool less = numbers ? args[0].number() < args[1].number() : args[0].text() < args[1].text();
  return model::bool_value(equal ? OrEqual : less != Greater);
}

template <bool Most>
Value extreme(PureCall& call, Args args) {
  Args list = args.size() == 1 && args[0].is_sequence() ? args[0].items() : args;
  const Value* best = nullptr;
  for (const Value& one : list) {
    if (!one.is_number()) return call.fail("it needs numbers");
    bool better = best && (Most ? one.number() > best->number() : one.number() < best->number());
    if (!best || better) best = &one;
  }
  return best ? *best : call.fail("it needs at least one number");
}

// --- Encodings.

Value to_base64(PureCall& call, Args args) {
  if (!args[0].is_string() || !call.spend(2 * args[0].size)) return call.fail("it needs a text");
  return call.text(core::base64_encode(args[0].text()));
}

Value from_base64(PureCall& call, Args args) {
  auto made = args[0].is_string() ? core::base64_decode(args[0].text()) : std::nullopt;
  if (!made) return call.fail("the text is no base64");
  return call.text(*made);
}

Value base64_to_json(PureCall& call, Args args) {
  auto made = args[0].is_string() ? core::base64_decode(args[0].text()) : std::nullopt;
  if (!made) return call.fail("the text is no base64");
  auto value = model::parse_json_text(call.arena.copy(std::string_view(*made)), {}, args[0].span, args[0].origin,
                                      call.arena);
  return value ? *value : call.fail("the text is no JSON");
}

Value data_uri(PureCall& call, Args args) {
  std::string text = shown(args[0]);
  if (!call.spend(2 * text.size())) return model::null_value();
  return call.text("data:text/plain;charset=utf8;base64," + core::base64_encode(text));
}

Value data_uri_text(PureCall& call, Args args) {
  size_t comma = args[0].is_string() ? args[0].text().find(',') : std::string_view::npos;
  if (comma == std::string_view::npos || !args[0].text().starts_with("data:")) return call.fail("the text is no data URI");
  if (args[0].text().substr(0, comma).find("base64") == std::string_view::npos) {
    return model::string_value(args[0].text().substr(comma + 1));
  }
  auto made = core::base64_decode(args[0].text().substr(comma + 1));
  return made ? call.text(*made) : call.fail("the text is no base64");
}

Value uri_component(PureCall& call, Args args) {
  if (!args[0].is_string()) return call.fail("it needs a text");
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (char c : args[0].text()) {
    bool plain = core::is_alpha(c) || core::is_digit(c) || std::string_view("-_.~").find(c) != std::string_view::npos;
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += kDigits[static_cast<unsigned char>(c) >> 4];
      out += kDigits[static_cast<unsigned char>(c) & 15];
    }
  }
  return call.text(out);
}

Value uri_component_text(PureCall& call, Args args) {
  if (!args[0].is_string()) return call.fail("it needs a text");
  auto digit = [](char c) { return core::is_digit(c) ? c - '0' : (core::to_lower(c) >= 'a' && core::to_lower(c) <= 'f') ? core::to_lower(c) - 'a' + 10 : -1; };
  std::string out;
  std::string_view text = args[0].text();
  for (size_t i = 0; i < text.size(); ++i) {
    bool coded = text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0;
    out += coded ? static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2])) : text[i];
    if (coded) i += 2;
  }
  return call.text(out);
}

// The second text relative to the first, which counts as a directory up to its last slash.
Value uri(PureCall& call, Args args) {
  if (!args[0].is_string() || !args[1].is_string()) return call.fail("it needs two texts");
  std::string_view base = args[0].text(), path = args[1].text();
  if (path.find("://") != std::string_view::npos) return model::string_value(path);
  size_t host = base.find("://");
  if (host == std::string_view::npos) return call.fail("the first text is no absolute URI");
  size_t slash = base.find('/', host + 3);
  if (path.starts_with('/')) return call.text(std::string(base.substr(0, slash)) + std::string(path));
  if (slash == std::string_view::npos) return call.text(std::string(base) + "/" + std::string(path));
  std::string directory(base.substr(0, base.rfind('/') + 1));
  while (path.starts_with("./") || path.starts_with("../")) {
    bool up = path.starts_with("../");
    path.remove_prefix(up ? 3 : 2);
    size_t above = up ? directory.rfind('/', directory.size() - 2) : std::string::npos;
    if (above != std::string::npos && above >= slash) directory.resize(above + 1);
  }
  return call.text(directory + std::string(path));
}

Value always_true(PureCall&, Args) { return model::bool_value(true); }
Value always_false(PureCall&, Args) { return model::bool_value(false); }
Value always_null(PureCall&, Args) { return model::null_value(); }
Value to_float(PureCall& call, Args args) {
  if (args[0].is_number()) return args[0];
  auto number = args[0].is_string() ? Number::parse(core::trim(args[0].text()), call.arena) : std::nullopt;
  return number ? model::number_value(*number, call.arena) : call.fail("it needs a number");
}

constexpr Builtin kTexts[] = {
    {"true", 0, 0, Gives::kBool, always_true},
    {"false", 0, 0, Gives::kBool, always_false},
    {"null", 0, 0, Gives::kAny, always_null},
    {"toLower", 1, 1, Gives::kText, change_case<core::unicode_lower>},
    {"toUpper", 1, 1, Gives::kText, change_case<core::unicode_upper>},
    {"substring", 2, 3, Gives::kText, substring},
    {"replace", 3, 3, Gives::kText, replace},
    {"split", 2, 2, Gives::kAny, split},
    {"trim", 1, 1, Gives::kText, trim},
    {"padLeft", 2, 3, Gives::kText, pad_left},
    {"startsWith", 2, 2, Gives::kBool, has_end<false>},
    {"endsWith", 2, 2, Gives::kBool, has_end<true>},
    {"indexOf", 2, 2, Gives::kNumber, index_of<false>},
    {"lastIndexOf", 2, 2, Gives::kNumber, index_of<true>},
    {"int", 1, 1, Gives::kNumber, to_int},
    {"float", 1, 1, Gives::kNumber, to_float},
    {"add", 2, 2, Gives::kNumber, arithmetic<Sum::kAdd>},
    {"sub", 2, 2, Gives::kNumber, arithmetic<Sum::kSub>},
    {"mul", 2, 2, Gives::kNumber, arithmetic<Sum::kMul>},
    {"div", 2, 2, Gives::kNumber, arithmetic<Sum::kDiv>},
    {"mod", 2, 2, Gives::kNumber, arithmetic<Sum::kMod>},
    {"less", 2, 2, Gives::kBool, compare<false, false>},
    {"lessOrEquals", 2, 2, Gives::kBool, compare<false, true>},
    {"greater", 2, 2, Gives::kBool, compare<true, false>},
    {"greaterOrEquals", 2, 2, Gives::kBool, compare<true, true>},
    {"min", 1, kAnyNumber, Gives::kNumber, extreme<false>},
    {"max", 1, kAnyNumber, Gives::kNumber, extreme<true>},
    {"base64", 1, 1, Gives::kText, to_base64},
    {"base64ToString", 1, 1, Gives::kText, from_base64},
    {"base64ToJson", 1, 1, Gives::kAny, base64_to_json},
    {"dataUri", 1, 1, Gives::kText, data_uri},
    {"dataUriToString", 1, 1, Gives::kText, data_uri_text},
    {"uri", 2, 2, Gives::kText, uri},
    {"uriComponent", 1, 1, Gives::kText, uri_component},
    {"uriComponentToString", 1, 1, Gives::kText, uri_component_text},
};

}  // namespace

std::span<const Builtin> text_builtins() { return kTexts; }

}  // namespace assay::formats::arm
