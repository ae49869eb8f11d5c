#include "parsers/syntax/scalar.h"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <initializer_list>
#include <string>

namespace assay::syntax {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  for (std::string_view word : words) {
    if (text == word) return true;
  }
  return false;
}

// The result before its text is put into the caller's arena. `digits` is set when the canonical
// number differs from the source text.
struct Reading {
  ScalarType type = ScalarType::kString;
  bool truth = false;
  std::string digits;
  std::string_view text;
};

Reading plain_type(ScalarType type, std::string_view text) { return {type, false, {}, text}; }
Reading boolean(bool truth, std::string_view text) {
  return {ScalarType::kBool, truth, {}, text};
}

// Decimal digits of a number in base 2, 8 or 16; "" when a digit does not belong or it exceeds 64
// bits (`fits` tells which).
std::string to_decimal(std::string_view digits, unsigned base, bool& fits) {
  uint64_t value = 0;
  fits = true;
  if (digits.empty()) return {};
  for (char c : digits) {
    unsigned digit = is_digit(c)              ? static_cast<unsigned>(c - '0')
                     : c >= 'a' && c <= 'f' ? static_cast<unsigned>(c - 'a' + 10)
                     : c >= 'A' && c <= 'F' ? static_cast<unsigned>(c - 'A' + 10)
                                            : 99;
    if (digit >= base) return {};
    if (value > (UINT64_MAX - digit) / base) {
      fits = false;
      return {};
    }
    value = value * base + digit;
  }
  return std::to_string(value);
}

// [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?
bool is_yaml_float(std::string_view text) {
  size_t i = 0;
  if (i < text.size() && (text[i] == '-' || text[i] == '+')) ++i;
  size_t whole = i;
  while (i < text.size() && is_digit(text[i])) ++i;
  size_t whole_digits = i - whole;
  if (i < text.size() && text[i] == '.') {
    size_t fraction = ++i;
    while (i < text.size() && is_digit(text[i])) ++i;
    if (whole_digits == 0 && i == fraction) return false;
  } else if (whole_digits == 0) {
    return false;
  }
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '-' || text[i] == '+')) ++i;
    size_t exponent = i;
    while (i < text.size() && is_digit(text[i])) ++i;
    if (i == exponent) return false;
  }
  return i == text.size();
}

// RFC 8259, section 6.
bool is_json_number(std::string_view text) {
  size_t i = !text.empty() && text[0] == '-' ? 1 : 0;
  if (i >= text.size() || !is_digit(text[i])) return false;
  if (text[i] == '0' && i + 1 < text.size() && is_digit(text[i + 1])) return false;
  return is_yaml_float(text) && text.back() != '.' && text.find(".e") == std::string_view::npos &&
         text.find(".E") == std::string_view::npos;
}

bool is_whole(std::string_view text) {
  return text.find_first_of(".eE") == std::string_view::npos;
}

// The shortest text of the nearest double, written as Go and JavaScript write numbers into JSON:
// plain digits from 1e-6 up to 1e21. False when the number is too large for a double.
bool shortest_double(std::string_view text, std::string& out) {
  if (!text.empty() && text[0] == '+') text.remove_prefix(1);
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range) {
    // Either too large (refused) or too small (zero): the exponent's sign tells.
    size_t exponent = text.find_first_of("eE");
    bool small = exponent != std::string_view::npos && exponent + 1 < text.size() &&
                 text[exponent + 1] == '-';
    if (!small) return false;
    value = 0;
  } else if (error != std::errc() || !std::isfinite(value)) {
    return false;
  }
  char buffer[40];
  auto written = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific);
  *written.ptr = '\0';
  std::string_view shortest(buffer, static_cast<size_t>(written.ptr - buffer));
  size_t mark = shortest.find('e');
  int exponent = std::atoi(buffer + mark + 1);
  if (exponent < -6 || exponent >= 21) {
    out.assign(shortest);
    return true;
  }
  std::string digits;
  for (char c : shortest.substr(0, mark)) {
    if (is_digit(c)) digits += c;
  }
  out.assign(shortest[0] == '-' ? "-" : "");
  if (exponent < 0) {
    out.append("0.").append(static_cast<size_t>(-exponent - 1), '0').append(digits);
  } else {
    size_t whole = static_cast<size_t>(exponent) + 1;
    if (digits.size() <= whole) {
      out.append(digits).append(whole - digits.size(), '0');
    } else {
      out.append(digits, 0, whole).append(".").append(digits, whole, std::string::npos);
    }
  }
  return true;
}

Reading infinity(std::string_view text) {
  Reading out = plain_type(ScalarType::kFloat, text);
  if (text.find('n') == 1 || text.find('N') == 1) out.digits = ".nan";
  else out.digits = text[0] == '-' ? "-.inf" : ".inf";
  return out;
}

bool is_infinity_or_nan(std::string_view text) {
  return one_of(text, {".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf",
                       "-.INF", ".nan", ".NaN", ".NAN"});
}

bool is_null(std::string_view text) {
  return text.empty() || one_of(text, {"~", "null", "Null", "NULL"});
}

// go-yaml v2, resolve.go: an integer as Go's ParseInt reads it with base 0 ("0x", "0b", "0o" and a
// leading zero choose the base), then a float.
Reading kubernetes_number(std::string_view text) {
  std::string bare;
  for (char c : text) {
    if (c != '_') bare += c;
  }
  std::string_view rest = bare;
  std::string sign;
  if (!rest.empty() && (rest[0] == '-' || rest[0] == '+')) {
    if (rest[0] == '-') sign = "-";
    rest.remove_prefix(1);
  }
  Reading out = plain_type(ScalarType::kInt, text);
  unsigned base = 10;
  std::string_view digits = rest;
  if (rest.size() > 1 && rest[0] == '0') {
    char letter = static_cast<char>(rest[1] | 0x20);
    base = letter == 'x' ? 16 : letter == 'b' ? 2 : 8;
    digits = rest.substr(letter == 'x' || letter == 'b' || letter == 'o' ? 2 : 1);
  }
  bool fits = true;
  std::string decimal = to_decimal(digits, base, fits);
  if (!decimal.empty()) {
    // Negative numbers must fit int64; positive ones may use all of uint64.
    uint64_t magnitude = 0;
    std::from_chars(decimal.data(), decimal.data() + decimal.size(), magnitude);
    if (sign.empty() || magnitude <= (uint64_t{1} << 63)) {
      out.digits = magnitude == 0 ? "0" : sign + decimal;
      return out;
    }
  }
  if (is_yaml_float(bare) && shortest_double(bare, out.digits)) {
    out.type = ScalarType::kFloat;
    return out;
  }
  return plain_type(ScalarType::kString, text);
}

Reading read_kubernetes(std::string_view text) {
  if (is_null(text)) return plain_type(ScalarType::kNull, text);
  char first = text[0];
  if (is_digit(first) || first == '-' || first == '+') {
    if (is_infinity_or_nan(text)) return infinity(text);
    return kubernetes_number(text);
  }
  if (first == '.') {
    if (is_infinity_or_nan(text)) return infinity(text);
    Reading out = plain_type(ScalarType::kFloat, text);
    if (is_yaml_float(text) && shortest_double(text, out.digits)) return out;
    return plain_type(ScalarType::kString, text);
  }
  if (text.size() <= 5) {
    if (one_of(text, {"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "y", "Y"})) {
      return boolean(true, text);
    }
    if (one_of(text, {"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", "n", "N"})) {
      return boolean(false, text);
    }
  }
  return plain_type(ScalarType::kString, text);
}

Reading read_true_false(std::string_view text) {
  if (one_of(text, {"true", "True", "TRUE"})) return boolean(true, text);
  if (one_of(text, {"false", "False", "FALSE"})) return boolean(false, text);
  return plain_type(ScalarType::kString, text);
}

Reading read_cloudformation(std::string_view text) {
  if (is_null(text)) return plain_type(ScalarType::kNull, text);
  if (is_json_number(text)) {
    return plain_type(is_whole(text) ? ScalarType::kInt : ScalarType::kFloat, text);
  }
  return read_true_false(text);
}

Reading read_core(std::string_view text) {
  if (is_null(text)) return plain_type(ScalarType::kNull, text);
  if (is_infinity_or_nan(text)) return infinity(text);
  if (text.size() > 2 && text[0] == '0' && (text[1] == 'o' || text[1] == 'x')) {
    bool fits = true;
    Reading out = plain_type(ScalarType::kInt, text);
    out.digits = to_decimal(text.substr(2), text[1] == 'o' ? 8 : 16, fits);
    if (!out.digits.empty()) return out;
    return plain_type(ScalarType::kString, text);
  }
  if (is_yaml_float(text)) {
    Reading out = plain_type(is_whole(text) ? ScalarType::kInt : ScalarType::kFloat, text);
    if (is_json_number(text)) return out;
    // Number::parse wants neither "+" nor a bare point.
    std::string number(text);
    if (number[0] == '+') number.erase(0, 1);
    size_t point = number.find('.');
    if (point != std::string::npos) {
      if (point + 1 == number.size() || !is_digit(number[point + 1])) number.erase(point, 1);
      else if (point == 0 || !is_digit(number[point - 1])) number.insert(point, "0");
    }
    if (number != text) out.digits = number;
    return out;
  }
  return read_true_false(text);
}

Reading read_plain(std::string_view text, ScalarMode mode) {
  switch (mode) {
    case ScalarMode::kKubernetes: return read_kubernetes(text);
    case ScalarMode::kCloudFormation: return read_cloudformation(text);
    default: return read_core(text);
  }
}

// "!!int" and "!<tag:yaml.org,2002:int>" are stored alike by the reader.
Reading read_tagged(std::string_view tag, const Node& node, ScalarMode mode) {
  Reading string = plain_type(ScalarType::kString, node.text);
  if (tag == "!!str" || tag == "!!binary" || tag == "!!timestamp" || tag.substr(0, 2) != "!!") {
    return string;
  }
  Reading plain = read_plain(node.text, mode);
  if (tag == "!!null") return plain.type == ScalarType::kNull ? plain : string;
  if (tag == "!!bool") return plain.type == ScalarType::kBool ? plain : string;
  if (tag == "!!int") return plain.type == ScalarType::kInt ? plain : string;
  if (tag == "!!float") {
    if (plain.type == ScalarType::kInt) plain.type = ScalarType::kFloat;
    return plain.type == ScalarType::kFloat ? plain : string;
  }
  return string;
}

Reading read(const Node& node, ScalarMode mode) {
  switch (node.kind) {
    case NodeKind::kNull: return plain_type(ScalarType::kNull, node.text);
    case NodeKind::kBool: return boolean(node.text == "true", node.text);
    case NodeKind::kNumber:
      return plain_type(is_whole(node.text) ? ScalarType::kInt : ScalarType::kFloat, node.text);
    case NodeKind::kScalar: {
      std::string_view tag = node.tag();
      if (!tag.empty()) return read_tagged(tag, node, mode);
      if (node.style != Style::kPlain) return plain_type(ScalarType::kString, node.text);
      return read_plain(node.text, mode);
    }
    case NodeKind::kString: return plain_type(ScalarType::kString, node.text);
    default: return {};
  }
}

}  // namespace

Scalar read_scalar(const Node& node, ScalarMode mode, core::Arena& arena) {
  Reading reading = read(node, mode);
  Scalar out{reading.type, reading.truth, reading.text};
  if (!reading.digits.empty() && reading.digits != reading.text) out.text = arena.copy(reading.digits);
  return out;
}

ScalarType resolve_scalar(const Node& node, ScalarMode mode) { return read(node, mode).type; }

}  // namespace assay::syntax
