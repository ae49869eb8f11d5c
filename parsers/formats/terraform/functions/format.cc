// format and formatlist: printf-like verbs as cty's format_fsm defines them.
#include <algorithm>
#include <vector>

#include "parsers/core/json_writer.h"
#include "parsers/core/text.h"
#include "parsers/formats/terraform/functions/internal.h"

namespace assay::formats::terraform {
namespace {

constexpr int kMaxWidth = 10'000;

struct Verb {
  std::string_view text;  // as written: "%-5.2f"
  size_t offset = 0;
  char letter = 0;
  bool minus = false, plus = false, space = false, zero = false, sharp = false;
  int width = -1, precision = -1;
  int argument = 0;  // from 1; 0: the next one
};

// Reads one verb at `at`, which is at "%".
CallResult read_verb(std::string_view format, size_t& at, Verb& verb) {
  verb.offset = at++;
  for (; at < format.size(); ++at) {
    char c = format[at];
    if (c == '-')
      verb.minus = true;
    else if (c == '+')
      verb.plus = true;
    else if (c == ' ')
      verb.space = true;
    else if (c == '0')
      verb.zero = true;
    else if (c == '#')
      verb.sharp = true;
    else
      break;
  }
  auto number = [&](int fallback) {
    if (at == format.size() || !core::is_digit(format[at])) return fallback;
    int value = 0;
    for (; at < format.size() && core::is_digit(format[at]); ++at)
      value = std::min(value * 10 + (format[at] - '0'), kMaxWidth);
    return value;
  };
  auto bracket = [&] {
    if (at == format.size() || format[at] != '[') return true;
    ++at;
    verb.argument = number(0);
    if (verb.argument == 0 || at == format.size() || format[at] != ']') return false;
    ++at;
    return true;
  };
  bool good = bracket();
  verb.width = number(-1);
  if (good && at < format.size() && format[at] == '.') {
    ++at;
    verb.precision = number(0);
  }
  if (good && verb.argument == 0) good = bracket();
  if (!good)
    return failure("invalid argument number in the format string at offset " +
                   std::to_string(verb.offset));
  if (at == format.size())
    return failure("invalid format string starting at offset " + std::to_string(verb.offset));
  if (format[at] == '*')
    return failure("unrecognized format character '*' at offset " + std::to_string(at));
  verb.letter = format[at++];
  verb.text = format.substr(verb.offset, at - verb.offset);
  return {};
}

// --- Numbers: decimal digits 0.DIGITS * 10^point, rounded half to even.

struct Decimal {
  std::string digits;  // without leading or trailing zeros; empty for zero
  int point = 0;
};

Decimal decimal_of(const core::Number& number) {
  std::string text = number.to_text();
  Decimal out;
  bool after_point = false;
  for (char c : text) {
    if (c == '-') continue;
    if (c == '.') {
      after_point = true;
    } else if (out.digits.empty() && c == '0') {
      if (after_point) --out.point;
    } else {
      out.digits += c;
      if (!after_point) ++out.point;
    }
  }
  while (!out.digits.empty() && out.digits.back() == '0') out.digits.pop_back();
  if (out.digits.empty()) out.point = 0;
  return out;
}

// Keeps `count` digits.
void round_digits(Decimal& decimal, int count) {
  if (count < 0) {
    decimal = {};
    return;
  }
  if (static_cast<size_t>(count) >= decimal.digits.size()) return;
  size_t kept = static_cast<size_t>(count);
  std::string_view rest = std::string_view(decimal.digits).substr(kept);
  bool exactly_half = rest == "5";
  bool odd = kept > 0 && (decimal.digits[kept - 1] - '0') % 2 == 1;
  bool up = exactly_half ? odd : rest[0] >= '5';
  decimal.digits.resize(kept);
  if (up) {
    while (!decimal.digits.empty() && decimal.digits.back() == '9') decimal.digits.pop_back();
    if (decimal.digits.empty()) {
      decimal.digits = "1";
      ++decimal.point;
    } else {
      ++decimal.digits.back();
    }
  }
  while (!decimal.digits.empty() && decimal.digits.back() == '0') decimal.digits.pop_back();
  if (decimal.digits.empty()) decimal.point = 0;
}

char digit_at(const Decimal& decimal, int place) {
  return place >= 0 && static_cast<size_t>(place) < decimal.digits.size()
             ? decimal.digits[static_cast<size_t>(place)]
             : '0';
}

std::string fixed(Decimal decimal, int precision) {
  round_digits(decimal, decimal.point + precision);
  std::string out;
  for (int i = 0; i < decimal.point; ++i) out += digit_at(decimal, i);
  if (out.empty()) out = "0";
  if (precision > 0) out += '.';
  for (int i = 0; i < precision; ++i) out += digit_at(decimal, decimal.point + i);
  return out;
}

std::string scientific(Decimal decimal, int precision, char letter) {
  if (precision >= 0) round_digits(decimal, precision + 1);
  int shown =
      precision >= 0 ? precision : std::max<int>(static_cast<int>(decimal.digits.size()) - 1, 0);
  int exponent = decimal.digits.empty() ? 0 : decimal.point - 1;
  std::string out(1, digit_at(decimal, 0));
  if (shown > 0) out += '.';
  for (int i = 1; i <= shown; ++i) out += digit_at(decimal, i);
  out += letter;
  out += exponent < 0 ? '-' : '+';
  std::string magnitude = std::to_string(std::abs(exponent));
  if (magnitude.size() < 2) out += '0';
  return out + magnitude;
}

// %g: the shorter of the two forms.
std::string general(Decimal decimal, int precision, char letter) {
  int limit = precision;
  if (precision < 0) {
    limit = 6;
  } else {
    if (precision == 0) precision = limit = 1;
    round_digits(decimal, precision);
    int count = static_cast<int>(decimal.digits.size());
    if (limit > count && count >= decimal.point) limit = count;
  }
  int exponent = decimal.digits.empty() ? 0 : decimal.point - 1;
  if (exponent < -4 || exponent >= limit) return scientific(decimal, -1, letter == 'G' ? 'E' : 'e');
  int behind = std::max(static_cast<int>(decimal.digits.size()) - decimal.point, 0);
  return fixed(decimal, decimal.digits.empty() ? 0 : behind);
}

std::optional<std::string> in_base(core::Number number, int base, bool capitals,
                                   core::Arena& arena) {
  if (!number.is_whole()) return std::nullopt;
  std::string text =
      number.is_negative() ? core::Number::negate(number, arena).to_text() : number.to_text();
  if (base == 10) return text;
  // Long division of the decimal digits.
  std::string out;
  const char* kDigits = capitals ? "0123456789ABCDEF" : "0123456789abcdef";
  if (text.size() > 1000) return std::nullopt;
  while (!(text.size() == 1 && text[0] == '0')) {
    int rest = 0;
    std::string quotient;
    for (char c : text) {
      rest = rest * 10 + (c - '0');
      if (!quotient.empty() || rest >= base) quotient += static_cast<char>('0' + rest / base);
      rest %= base;
    }
    out += kDigits[rest];
    text = quotient.empty() ? "0" : quotient;
  }
  std::reverse(out.begin(), out.end());
  return out.empty() ? "0" : out;
}

std::string padded(const Verb& verb, std::string sign, std::string text) {
  int missing =
      verb.width - static_cast<int>(core::grapheme_count(text)) - static_cast<int>(sign.size());
  if (missing <= 0) return sign + text;
  std::string pad(static_cast<size_t>(missing), verb.zero && !verb.minus ? '0' : ' ');
  if (verb.minus) return sign + text + pad;
  return verb.zero ? sign + pad + text : pad + sign + text;
}

class Formatter {
 public:
  Formatter(CallContext& context, std::string_view name) : context_(context), name_(name) {}

  // `arguments` without the format itself; `all` are the call's for the identity of an unknown.
  CallResult run(std::string_view format, Arguments arguments, Arguments all) {
    std::string out;
    size_t used = 0, next = 1;
    for (size_t at = 0; at < format.size();) {
      size_t percent = std::min(format.find('%', at), format.size());
      out += format.substr(at, percent - at);
      at = percent;
      if (at == format.size()) break;
      if (at + 1 < format.size() && format[at + 1] == '%') {
        out += '%';
        at += 2;
        continue;
      }
      Verb verb;
      if (CallResult result = read_verb(format, at, verb); result.is_error) return result;
      if (verb.letter == '%') {
        out += '%';
        continue;
      }
      size_t index = verb.argument > 0 ? static_cast<size_t>(verb.argument) : next;
      next = index + 1;
      used = std::max(used, index);
      if (index > arguments.size()) {
        return failure("not enough arguments for \"" + std::string(verb.text) + "\" at " +
                       std::to_string(verb.offset) + ": need index " + std::to_string(index) +
                       " but have " + std::to_string(arguments.size()) + " total");
      }
      const Value& value = arguments[index - 1];
      bool untyped_null =
          value.is_null() && (value.type == nullptr || value.type->kind == TypeKind::kDynamic);
      if (untyped_null || has_unknown(value)) {
        if (!known_verb(verb)) return unsupported_verb(verb);
        if (value.is_unknown() && verb.width < 0 && verb.precision < 0 &&
            (verb.letter == 's' || verb.letter == 'v')) {
          out += value.unknown().prefix;
        }
        model::Unknown facts = unknown_facts(context_, name_, model::string_type(), all);
        facts.prefix = context_.arena.copy(core::to_nfc(out));
        facts.suffix = context_.arena.copy(core::to_nfc(last_text(format)));
        return model::unknown_value(facts, context_.arena);
      }
      CallResult result = one(verb, value, out);
      if (result.is_error) return result;
      if (out.size() > core::kMaxStringBytes) return failure("the result is too long");
    }
    if (used < arguments.size()) {
      return bad_argument("args", used == 0 ? "too many arguments; no verbs in format string"
                                            : "too many arguments; only " + std::to_string(used) +
                                                  " used by format string");
    }
    return text_result(context_, out);
  }

 private:
  // What stands behind the last verb of the format.
  static std::string_view last_text(std::string_view format) {
    size_t percent = format.rfind('%');
    if (percent == std::string_view::npos || (percent > 0 && format[percent - 1] == '%')) return {};
    Verb verb;
    size_t at = percent;
    return read_verb(format, at, verb).is_error ? std::string_view() : format.substr(at);
  }
  static bool known_verb(const Verb& verb) {
    return std::string_view("vtbdoxXeEfgGsq").find(verb.letter) != std::string_view::npos;
  }
  static CallResult unsupported_verb(const Verb& verb) {
    return failure("unsupported format verb '" + std::string(1, verb.letter) + "' in \"" +
                   std::string(verb.text) + "\" at offset " + std::to_string(verb.offset));
  }
  static CallResult unsupported(const Verb& verb, std::string_view why) {
    return failure("unsupported value for \"" + std::string(verb.text) + "\" at " +
                   std::to_string(verb.offset) + ": " + std::string(why));
  }

  CallResult one(const Verb& verb, const Value& value, std::string& out) {
    if (!known_verb(verb)) return unsupported_verb(verb);
    if (verb.letter == 'v') return any(verb, value, out);
    if (value.is_null()) return unsupported(verb, "null value cannot be formatted");
    bool text = verb.letter == 's' || verb.letter == 'q';
    const Type* type = text                 ? model::string_type()
                       : verb.letter == 't' ? model::bool_type()
                                            : model::number_type();
    CallResult converted = convert(value, type, context_);
    if (converted.is_error) return unsupported(verb, converted.error);
    if (verb.letter == 't') {
      out += padded(verb, "", converted.value.boolean ? "true" : "false");
    } else if (text) {
      append_text(verb, converted.value.text(), out);
    } else {
      return number(verb, converted.value.number(), out);
    }
    return {};
  }

  CallResult any(const Verb& verb, const Value& value, std::string& out) {
    if (!verb.sharp && value.is_string()) {
      append_text(verb, value.text(), out);
      return {};
    }
    if (!verb.sharp && value.is_number()) return number(verb, value.number(), out);
    std::string json;
    if (!append_json(value, json)) return unsupported(verb, "the value is nested too deeply");
    out += padded(verb, "", std::move(json));
    return {};
  }

  void append_text(const Verb& verb, std::string_view text, std::string& out) {
    if (verb.precision >= 0 && verb.letter != 'v') {
      size_t end = 0;
      for (int left = verb.precision; left > 0 && end < text.size(); --left)
        end = core::next_grapheme(text, end);
      text = text.substr(0, end);
    }
    std::string shown;
    if (verb.letter == 'q') {
      core::append_json_string(shown, text, true);
    } else {
      shown = text;
    }
    out += padded(verb, "", std::move(shown));
  }

  CallResult number(const Verb& verb, const core::Number& number, std::string& out) {
    std::string sign = number.sign() < 0 ? "-" : verb.plus ? "+" : verb.space ? " " : "";
    std::string text;
    int precision = verb.precision < 0 ? 6 : verb.precision;
    switch (verb.letter) {
      case 'f':
        text = fixed(decimal_of(number), precision);
        break;
      case 'e':
      case 'E':
        text = scientific(decimal_of(number), precision, verb.letter);
        break;
      case 'v':  // has no precision
        text = general(decimal_of(number), -1, verb.letter);
        break;
      case 'g':
      case 'G':
        text = general(decimal_of(number), verb.precision, verb.letter);
        break;
      default: {
        int base = verb.letter == 'b' ? 2 : verb.letter == 'o' ? 8 : verb.letter == 'd' ? 10 : 16;
        std::optional<std::string> digits =
            in_base(number, base, verb.letter == 'X', context_.arena);
        if (!digits) return unsupported(verb, "an integer is required");
        while (static_cast<int>(digits->size()) < verb.precision)
          digits->insert(digits->begin(), '0');
        if (verb.sharp && base == 16) sign += verb.letter == 'X' ? "0X" : "0x";
        if (verb.sharp && base == 8) sign += "0";
        text = *digits;
      }
    }
    out += padded(verb, sign, std::move(text));
    return {};
  }

  CallContext& context_;
  std::string_view name_;
};

CallResult format(CallContext& context, Arguments arguments) {
  if (arguments[0].is_unknown())
    return unknown_result(context, "format", model::string_type(), arguments);
  return Formatter(context, "format").run(arguments[0].text(), arguments.subspan(1), arguments);
}

// Lists walk in step; everything else is the same in each row.
CallResult formatlist(CallContext& context, Arguments arguments) {
  const Type* list_of_text = model::list_type(context.arena, model::string_type());
  if (arguments[0].is_unknown())
    return unknown_result(context, "formatlist", list_of_text, arguments);
  std::optional<uint32_t> rows;
  size_t first = 0;
  for (size_t i = 1; i < arguments.size(); ++i) {
    const Value& value = arguments[i];
    bool open = value.is_unknown() &&
                (value.unknown().type == nullptr || !value.unknown().type->is_primitive());
    if (open || (value.is_null() && value.type == nullptr))
      return unknown_result(context, "formatlist", list_of_text, arguments);
    if (!value.is_sequence()) continue;
    if (rows && *rows != value.size) {
      return bad_argument(
          "args", "argument " + std::to_string(i) + " has length " + std::to_string(value.size) +
                      ", which is inconsistent with argument " + std::to_string(first) +
                      " of length " + std::to_string(*rows));
    }
    if (!rows) first = i;
    rows = value.size;
  }
  std::vector<Value> out;
  for (uint32_t row = 0; row < rows.value_or(1); ++row) {
    std::vector<Value> cells{arguments[0]};
    for (const Value& value : arguments.subspan(1))
      cells.push_back(value.is_sequence() ? value.items()[row] : value);
    CallResult result =
        Formatter(context, "format").run(arguments[0].text(), Arguments(cells).subspan(1), cells);
    if (result.is_error) return result;
    result.value.span = context.call_span;
    out.push_back(result.value);
  }
  return make_list(out, model::string_type(), context);
}

constexpr FunctionInfo kFunctions[] = {
    {"format", "s d?*", format, kTakesUnknown | kTakesWhole, 's'},
    {"formatlist", "s d?*", formatlist, kTakesUnknown | kTakesWhole, 'l'},
};

}  // namespace

std::span<const FunctionInfo> format_functions() { return kFunctions; }

}  // namespace assay::formats::terraform
