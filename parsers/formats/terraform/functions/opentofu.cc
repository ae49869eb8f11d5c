// The functions OpenTofu adds to Terraform's: assumptions about values, and small text decoders; and
// list() and map() of Terraform 0.11, which old configurations still have.
// cidrcontains stands in network.cc, convert() is a special form of the evaluator.
#include <algorithm>
#include <string>
#include <vector>

#include "parsers/core/base64.h"
#include "parsers/core/text.h"
#include "parsers/formats/terraform/functions/internal.h"
#include "parsers/formats/terraform/inflate.h"

namespace assay::formats::terraform {
namespace {

using model::Alternative;
using model::Guard;
using model::kAlways;

constexpr uint16_t kAnything = kTakesUnknown | kTakesWhole | kTakesGuards | kTakesMarks | kSelects;

CallResult not_upheld() { return bad_argument("value", "assumption was not upheld"); }

// The unknown with what is assumed of it; its identity stays.
Value assumed(const Value& value, const model::Unknown& facts, CallContext& context) {
  Value out = value;
  out.unknown_pointer = context.arena.make<model::Unknown>(facts);
  return out;
}

CallResult assume_equal(CallContext& context, Arguments arguments) {
  const Value& expected = arguments[1];
  const Type* type = model::type_of(expected, context.arena);
  CallResult actual = convert(arguments[0], type, context);
  if (actual.is_error) return bad_argument("actual_value", "the types of the two values differ");
  std::optional<Guard> same = when_equal(actual.value, expected, context);
  if (same && *same == model::kNever)
    return bad_argument("actual_value", "the actual value does not match the assumed value");
  CallResult result = expected;
  if (same && *same != kAlways) {
    result.fails_when = context.guards.negate(*same);
    result.error = "the actual value does not match the assumed value";
  }
  return result;
}

CallResult assume_not_null(CallContext& context, Arguments arguments) {
  const Value& value = arguments[0];
  if (value.is_null()) return not_upheld();
  if (!value.is_unknown()) return value;
  model::Unknown facts = value.unknown();
  facts.not_null = true;
  return assumed(value, facts, context);
}

CallResult assume_prefix(CallContext& context, Arguments arguments) {
  const Value& value = arguments[0];
  if (value.is_null() || arguments[1].is_unknown()) return value;
  std::string_view prefix = arguments[1].text();
  if (value.is_string()) {
    return value.text().substr(0, prefix.size()) == prefix ? CallResult(value) : not_upheld();
  }
  model::Unknown facts = value.unknown();
  size_t common = std::min(prefix.size(), facts.prefix.size());
  if (prefix.substr(0, common) != facts.prefix.substr(0, common)) return not_upheld();
  if (prefix.size() > facts.prefix.size()) facts.prefix = prefix;
  return assumed(value, facts, context);
}

CallResult within(CallContext& context, const Value& value, int64_t least, int64_t most) {
  if (value.is_null()) return value;
  if (value.is_unknown()) {
    model::Unknown facts = value.unknown();
    if ((most >= 0 && facts.min_length > most) || (facts.max_length >= 0 && facts.max_length < least))
      return not_upheld();
    facts.min_length = std::max(facts.min_length, least);
    if (most >= 0) facts.max_length = facts.max_length < 0 ? most : std::min(facts.max_length, most);
    return assumed(value, facts, context);
  }
  int64_t certain = 0;
  auto count = [&](const Value& part) { certain += part.guard == kAlways; };
  for (const Value& item : value.is_sequence() ? value.items() : std::span<const Value>()) count(item);
  for (const Entry& entry : value.is_mapping() ? value.entries() : std::span<const Entry>())
    count(entry.value);
  bool open = value.kind == ValueKind::kSet && has_unknown(value);
  if ((most >= 0 && certain > most && !open) || static_cast<int64_t>(value.size) < least)
    return not_upheld();
  return value;
}

CallResult assume_length(CallContext& context, Arguments arguments, bool lower, bool upper) {
  int64_t bounds[2] = {0, -1};
  size_t at = 1;
  for (size_t i = 0; i < 2; ++i) {
    if (!(i == 0 ? lower : upper)) continue;
    const Value& bound = arguments[at++];
    if (bound.is_unknown()) continue;
    std::optional<int64_t> whole = bound.number().to_int64();
    if (!whole || *whole < 0) return failure("a length must be a whole number not below zero");
    bounds[i] = *whole;
  }
  return within(context, arguments[0], bounds[0], bounds[1]);
}
CallResult assume_between(CallContext& context, Arguments a) { return assume_length(context, a, true, true); }
CallResult assume_at_least(CallContext& context, Arguments a) { return assume_length(context, a, true, false); }
CallResult assume_at_most(CallContext& context, Arguments a) { return assume_length(context, a, false, true); }

CallResult urldecode(CallContext& context, Arguments arguments) {
  std::string_view text = arguments[0].text();
  auto digit = [](char c) {
    if (core::is_digit(c)) return c - '0';
    char lower = core::to_lower(c);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
  };
  std::string out;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '+') {
      out += ' ';
    } else if (text[at] != '%') {
      out += text[at];
    } else {
      int high = at + 2 < text.size() ? digit(text[at + 1]) : -1;
      int low = at + 2 < text.size() ? digit(text[at + 2]) : -1;
      if (high < 0 || low < 0)
        return failure("invalid URL escape \"" + std::string(text.substr(at, 3)) + "\"");
      out += static_cast<char>(high * 16 + low);
      at += 2;
    }
  }
  return text_result(context, core::to_valid_utf8(out));
}

CallResult base64gunzip(CallContext& context, Arguments arguments) {
  auto bytes = core::base64_decode(arguments[0].text());
  if (!bytes) return failure("failed to decode base64 data");
  auto text = gunzip(*bytes, core::kMaxStringBytes);
  if (!text) return failure("failed to gunzip: " + text.error().message);
  if (!core::is_valid_utf8(text.value()))
    return failure("the result of unpacking the provided string is not valid UTF-8");
  return text_result(context, text.value());
}

CallResult list(CallContext& context, Arguments arguments) {
  Value tuple = make_list(arguments, nullptr, context, ValueKind::kTuple);
  return convert(tuple, model::list_type(context.arena, model::dynamic_type()), context);
}

CallResult map(CallContext& context, Arguments arguments) {
  if (arguments.size() % 2 != 0) return failure("map() takes pairs of keys and values");
  std::vector<Entry> entries;
  for (size_t i = 0; i < arguments.size(); i += 2) {
    CallResult key = convert(arguments[i], model::string_type(), context);
    if (key.is_error || key.value.is_null()) return failure("a key of map() must be a string");
    if (!key.value.is_string()) return unknown_result(context, "map", nullptr, arguments);
    std::string_view name = key.value.text();
    auto same = [&](const Entry& entry) { return entry.key == name; };
    entries.erase(std::remove_if(entries.begin(), entries.end(), same), entries.end());
    entries.push_back({name, key.value.span, arguments[i + 1]});
  }
  Value object = make_mapping(std::move(entries), nullptr, context);
  return convert(object, model::map_type(context.arena, model::dynamic_type()), context);
}

constexpr FunctionInfo kFunctions[] = {
    {"assumeequal", "d? d?", assume_equal, kAnything},
    {"assumelistlength", "ld? n n", assume_between, kAnything},
    {"assumelistlengthmax", "ld? n", assume_at_most, kAnything},
    {"assumelistlengthmin", "ld? n", assume_at_least, kAnything},
    {"assumemaplength", "md? n n", assume_between, kAnything},
    {"assumemaplengthmax", "md? n", assume_at_most, kAnything},
    {"assumemaplengthmin", "md? n", assume_at_least, kAnything},
    {"assumenotnull", "d?", assume_not_null, kAnything},
    {"assumesetlength", "sd? n n", assume_between, kAnything},
    {"assumesetlengthmax", "sd? n", assume_at_most, kAnything},
    {"assumesetlengthmin", "sd? n", assume_at_least, kAnything},
    {"assumestringprefix", "s? s", assume_prefix, kAnything},
    {"base64gunzip", "s", base64gunzip, 0, 's'},
    {"list", "d?*", list, kTakesUnknown | kTakesWhole | kTakesGuards | kTakesMarks},
    {"map", "d?*", map, kTakesUnknown | kTakesWhole | kTakesGuards | kTakesMarks},
    {"urldecode", "s", urldecode, 0, 's'},
};

}  // namespace

std::span<const FunctionInfo> opentofu_functions() { return kFunctions; }

}  // namespace assay::formats::terraform
