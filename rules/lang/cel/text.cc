#include "rules/lang/cel/text.h"

#include <charconv>
#include <cmath>
#include <cstring>

#include "rules/lang/cel/val.h"

namespace assay::rules::cel {
namespace {

constexpr char kHex[] = "0123456789abcdef";

bool digit(char c) { return c >= '0' && c <= '9'; }

// Exactly `count` digits at `at`; -1 otherwise.
int digits(std::string_view text, size_t& at, int count) {
  int value = 0;
  for (int i = 0; i < count; ++i, ++at) {
    if (at >= text.size() || !digit(text[at])) return -1;
    value = value * 10 + (text[at] - '0');
  }
  return value;
}

bool parse_ipv4(std::string_view text, uint8_t* out) {
  size_t at = 0;
  for (int i = 0; i < 4; ++i) {
    if (i > 0 && (at >= text.size() || text[at++] != '.')) return false;
    size_t begin = at;
    int value = 0;
    while (at < text.size() && digit(text[at]) && at - begin < 4) value = value * 10 + (text[at++] - '0');
    size_t length = at - begin;
    if (length == 0 || value > 255 || (length > 1 && text[begin] == '0')) return false;
    out[i] = static_cast<uint8_t>(value);
  }
  return at == text.size();
}

int hex_digit(char c) {
  if (digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool parse_ipv6(std::string_view text, uint8_t* out) {
  uint16_t groups[8] = {};
  int count = 0;
  int gap = -1;
  size_t at = 0;
  if (text.substr(0, 2) == "::") {
    gap = 0;
    at = 2;
  } else if (!text.empty() && text[0] == ':') {
    return false;
  }
  while (at < text.size()) {
    if (count == 8) return false;
    size_t begin = at;
    int value = 0;
    while (at < text.size() && hex_digit(text[at]) >= 0 && at - begin < 4) {
      value = value * 16 + hex_digit(text[at++]);
    }
    if (at == begin) return false;
    groups[count++] = static_cast<uint16_t>(value);
    if (at == text.size()) break;
    if (text[at] != ':') return false;  // dotted tails too
    ++at;
    if (at < text.size() && text[at] == ':') {
      if (gap >= 0) return false;
      gap = count;
      ++at;
    } else if (at == text.size()) {
      return false;
    }
  }
  if (gap < 0 ? count != 8 : count > 7) return false;
  int tail = gap < 0 ? 0 : count - gap;
  uint16_t full[8] = {};
  for (int i = 0; i < count - tail; ++i) full[i] = groups[i];
  for (int i = 0; i < tail; ++i) full[8 - tail + i] = groups[gap + i];
  for (int i = 0; i < 8; ++i) {
    out[2 * i] = static_cast<uint8_t>(full[i] >> 8);
    out[2 * i + 1] = static_cast<uint8_t>(full[i]);
  }
  return true;
}

}  // namespace

void append_double(double value, std::string& out) {
  if (std::isnan(value)) {
    out += "NaN";
    return;
  }
  if (std::isinf(value)) {
    out += value > 0 ? "+Inf" : "-Inf";
    return;
  }
  char buffer[64];
  auto end = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific).ptr;
  std::string_view text(buffer, static_cast<size_t>(end - buffer));
  int exponent = std::atoi(std::string(text.substr(text.find('e') + 1)).c_str());
  if (exponent >= -4 && exponent < 21) {
    end = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed).ptr;
  }
  out.append(buffer, end);
}

void append_general(double value, std::string& out) {
  char buffer[64];
  auto end = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific).ptr;
  std::string_view text(buffer, static_cast<size_t>(end - buffer));
  size_t e = text.find('e');
  if (e == std::string_view::npos) return append_double(value, out);
  int exponent = std::atoi(std::string(text.substr(e + 1)).c_str());
  if (exponent < -4 || exponent >= 6) out.append(buffer, end);
  else append_double(value, out);
}

std::optional<double> parse_double(std::string_view text) {
  bool negative = false;
  std::string_view rest = text;
  if (!rest.empty() && (rest[0] == '-' || rest[0] == '+')) {
    negative = rest[0] == '-';
    rest.remove_prefix(1);
  }
  double value = 0;
  if (rest == "NaN" || rest == "nan") {
    value = NAN;
  } else if (rest == "Infinity" || rest == "Inf" || rest == "inf" || rest == "infinity") {
    value = INFINITY;
  } else {
    if (rest.empty() || (!digit(rest[0]) && rest[0] != '.')) return std::nullopt;
    auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
    if (end != rest.data() + rest.size()) return std::nullopt;
    if (error == std::errc::result_out_of_range) {
      // Too large or too small: strtod tells which.
      value = std::strtod(std::string(rest).c_str(), nullptr);
      if (std::isinf(value)) return std::nullopt;
    } else if (error != std::errc()) {
      return std::nullopt;
    }
  }
  return negative ? -value : value;
}

std::optional<int64_t> parse_int(std::string_view text) {
  if (!text.empty() && text[0] == '+') text.remove_prefix(1);
  int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<uint64_t> parse_uint(std::string_view text) {
  uint64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

void append_quoted(std::string_view text, std::string& out) {
  out += '"';
  size_t at = 0;
  while (at < text.size()) {
    // What needs no escape, all at once.
    size_t plain = at;
    auto needs_none = [](unsigned char c) { return c >= ' ' && c < 0x80 && c != '"' && c != '\\'; };
    while (at < text.size() && needs_none(static_cast<unsigned char>(text[at]))) ++at;
    out.append(text, plain, at - plain);
    if (at == text.size()) break;
    unsigned char c = static_cast<unsigned char>(text[at]);
    if (c >= 0x80) {
      append_utf8(next_code_point(text, at), out);
      continue;
    }
    ++at;
    switch (c) {
      case '\a': out += "\\a"; break;
      case '\b': out += "\\b"; break;
      case '\f': out += "\\f"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      case '\v': out += "\\v"; break;
      case '\\': out += "\\\\"; break;
      case '"': out += "\\\""; break;
      default: out += static_cast<char>(c);
    }
  }
  out += '"';
}

// Days from 1970-01-01 in the proleptic Gregorian calendar, counting years from March.
int64_t days_from_civil(int64_t year, int month, int day) {
  year -= month <= 2;
  int64_t era = (year >= 0 ? year : year - 399) / 400;
  int64_t year_of_era = year - era * 400;
  int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

Civil to_civil(int64_t seconds) {
  Civil out;
  int64_t days = seconds / 86400;
  int64_t rest = seconds % 86400;
  if (rest < 0) {
    rest += 86400;
    --days;
  }
  out.hour = static_cast<int>(rest / 3600);
  out.minute = static_cast<int>(rest % 3600 / 60);
  out.second = static_cast<int>(rest % 60);
  out.day_of_week = static_cast<int>(((days + 4) % 7 + 7) % 7);
  int64_t z = days + 719468;
  int64_t era = (z >= 0 ? z : z - 146096) / 146097;
  int64_t day_of_era = z - era * 146097;
  int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  int64_t shifted = (5 * day_of_year + 2) / 153;
  out.day = static_cast<int>(day_of_year - (153 * shifted + 2) / 5 + 1);
  out.month = static_cast<int>(shifted < 10 ? shifted + 3 : shifted - 9);
  out.year = year_of_era + era * 400 + (out.month <= 2);
  out.day_of_year = static_cast<int>(days - days_from_civil(out.year, 1, 1));
  return out;
}

void append_timestamp(int64_t seconds, uint32_t nanos, std::string& out) {
  Civil c = to_civil(seconds);
  char buffer[64];
  int length = std::snprintf(buffer, sizeof buffer, "%04d-%02d-%02dT%02d:%02d:%02d",
                             static_cast<int>(c.year), c.month, c.day, c.hour, c.minute, c.second);
  out.append(buffer, static_cast<size_t>(length));
  if (nanos) {
    length = std::snprintf(buffer, sizeof buffer, ".%09u", nanos);
    while (buffer[length - 1] == '0') --length;
    out.append(buffer, static_cast<size_t>(length));
  }
  out += 'Z';
}

void append_duration(int64_t nanos, std::string& out) {
  uint64_t rest = nanos < 0 ? 0 - static_cast<uint64_t>(nanos) : static_cast<uint64_t>(nanos);
  if (nanos < 0) out += '-';
  out += std::to_string(rest / 1000000000);
  if (uint64_t fraction = rest % 1000000000) {
    char buffer[16];
    int length = std::snprintf(buffer, sizeof buffer, ".%09u", static_cast<unsigned>(fraction));
    while (buffer[length - 1] == '0') --length;
    out.append(buffer, static_cast<size_t>(length));
  }
  out += 's';
}

std::optional<Instant> parse_timestamp(std::string_view text) {
  size_t at = 0;
  auto expect = [&](char c) { return at < text.size() && text[at] == c ? (++at, true) : false; };
  int year = digits(text, at, 4);
  if (year < 0 || !expect('-')) return std::nullopt;
  int month = digits(text, at, 2);
  if (month < 1 || month > 12 || !expect('-')) return std::nullopt;
  int day = digits(text, at, 2);
  static constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  if (day < 1 || day > kDays[month - 1] + (month == 2 && leap)) return std::nullopt;
  if (at >= text.size() || (text[at] != 'T' && text[at] != 't')) return std::nullopt;
  ++at;
  int hour = digits(text, at, 2);
  if (hour < 0 || hour > 23 || !expect(':')) return std::nullopt;
  int minute = digits(text, at, 2);
  if (minute < 0 || minute > 59 || !expect(':')) return std::nullopt;
  int second = digits(text, at, 2);
  if (second < 0 || second > 59) return std::nullopt;
  Instant out;
  if (expect('.')) {
    size_t begin = at;
    uint32_t scale = 100000000;
    while (at < text.size() && digit(text[at])) {
      out.nanos += static_cast<uint32_t>(text[at++] - '0') * scale;
      scale /= 10;
    }
    if (at == begin) return std::nullopt;
  }
  int64_t offset = 0;
  if (at < text.size() && (text[at] == 'Z' || text[at] == 'z')) {
    ++at;
  } else {
    if (at >= text.size() || (text[at] != '+' && text[at] != '-')) return std::nullopt;
    bool west = text[at++] == '-';
    int hours = digits(text, at, 2);
    if (hours < 0 || hours > 23 || !expect(':')) return std::nullopt;
    int minutes = digits(text, at, 2);
    if (minutes < 0 || minutes > 59) return std::nullopt;
    offset = (hours * 60 + minutes) * 60 * (west ? -1 : 1);
  }
  if (at != text.size()) return std::nullopt;
  out.seconds = days_from_civil(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - offset;
  if (out.seconds < kMinSeconds || out.seconds > kMaxSeconds) return std::nullopt;
  return out;
}

std::optional<int64_t> parse_duration(std::string_view text) {
  bool negative = false;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  if (text == "0") return 0;
  if (text.empty()) return std::nullopt;
  __int128 total = 0;
  size_t at = 0;
  while (at < text.size()) {
    __int128 whole = 0;
    __int128 fraction = 0, scale = 1;
    size_t begin = at;
    while (at < text.size() && digit(text[at])) {
      whole = whole * 10 + (text[at++] - '0');
      if (whole > INT64_MAX) return std::nullopt;
    }
    bool any = at > begin;
    if (at < text.size() && text[at] == '.') {
      ++at;
      size_t start = at;
      while (at < text.size() && digit(text[at])) {
        if (scale < 1000000000000000ll) {
          fraction = fraction * 10 + (text[at] - '0');
          scale *= 10;
        }
        ++at;
      }
      any = any || at > start;
    }
    if (!any) return std::nullopt;
    static constexpr std::pair<std::string_view, int64_t> kUnits[] = {
        {"ns", 1}, {"us", 1000}, {"\xc2\xb5s", 1000}, {"\xce\xbcs", 1000}, {"ms", 1000000},
        {"s", 1000000000}, {"m", 60000000000}, {"h", 3600000000000}};
    int64_t unit = 0;
    for (const auto& [name, nanos] : kUnits) {
      if (text.substr(at, name.size()) != name) continue;
      unit = nanos;
      at += name.size();
      break;
    }
    if (unit == 0) return std::nullopt;
    total += whole * unit + fraction * unit / scale;
    if (total > static_cast<__int128>(INT64_MAX) + 1) return std::nullopt;
  }
  if (negative) total = -total;
  if (total > INT64_MAX) return std::nullopt;
  return static_cast<int64_t>(total);
}

std::optional<Network> parse_ip(std::string_view text) {
  Network out;
  if (parse_ipv4(text, out.bytes)) {
    out.prefix = 32;
    return out;
  }
  out = Network();
  if (!parse_ipv6(text, out.bytes)) return std::nullopt;
  out.family = 6;
  out.prefix = 128;
  return out;
}

std::optional<Network> parse_cidr(std::string_view text) {
  size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  auto out = parse_ip(text.substr(0, slash));
  std::string_view length = text.substr(slash + 1);
  if (!out || length.empty() || length.size() > 3 || (length.size() > 1 && length[0] == '0')) {
    return std::nullopt;
  }
  auto prefix = parse_uint(length);
  if (!prefix || *prefix > out->prefix) return std::nullopt;
  out->prefix = static_cast<uint8_t>(*prefix);
  return out;
}

void append_network(const Network& network, bool with_prefix, std::string& out) {
  if (network.family == 4) {
    for (int i = 0; i < 4; ++i) {
      if (i) out += '.';
      out += std::to_string(network.bytes[i]);
    }
  } else {
    uint16_t groups[8];
    for (int i = 0; i < 8; ++i) {
      groups[i] = static_cast<uint16_t>(network.bytes[2 * i] << 8 | network.bytes[2 * i + 1]);
    }
    // The first longest run of at least two zero groups becomes "::" (RFC 5952).
    int best = -1, best_length = 1;
    for (int i = 0; i < 8;) {
      int end = i;
      while (end < 8 && groups[end] == 0) ++end;
      if (end - i > best_length) {
        best = i;
        best_length = end - i;
      }
      i = end + 1;
    }
    for (int i = 0; i < 8; ++i) {
      if (i == best) {
        out += "::";
        i += best_length - 1;
        continue;
      }
      if (i > 0 && i != best + (best >= 0 ? best_length : 0)) out += ':';
      else if (i > 0 && best < 0) out += ':';
      bool started = false;
      for (int shift = 12; shift >= 0; shift -= 4) {
        int nibble = (groups[i] >> shift) & 15;
        if (nibble || started || shift == 0) {
          out += kHex[nibble];
          started = true;
        }
      }
    }
  }
  if (with_prefix) {
    out += '/';
    out += std::to_string(network.prefix);
  }
}

uint32_t next_code_point(std::string_view text, size_t& at) {
  auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  unsigned char first = byte(at);
  if (first < 0x80) {
    ++at;
    return first;
  }
  int length = first >= 0xF0 && first < 0xF5 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 0;
  if (first >= 0xF5) length = 0;
  if (length == 0 || at + static_cast<size_t>(length) > text.size()) {
    ++at;
    return 0xFFFD;
  }
  uint32_t value = first & (0xFF >> (length + 1));
  for (int i = 1; i < length; ++i) {
    unsigned char next = byte(at + static_cast<size_t>(i));
    if ((next & 0xC0) != 0x80) {
      ++at;
      return 0xFFFD;
    }
    value = value << 6 | (next & 0x3F);
  }
  bool overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
  if (overlong || value > 0x10FFFF || (value >= 0xD800 && value < 0xE000)) {
    ++at;
    return 0xFFFD;
  }
  at += static_cast<size_t>(length);
  return value;
}

bool valid_utf8(std::string_view text) {
  size_t at = 0;
  while (at < text.size()) {
    size_t before = at;
    if (next_code_point(text, at) == 0xFFFD && at - before == 1) return false;
  }
  return true;
}

void append_utf8(uint32_t c, std::string& out) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | c >> 6);
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | c >> 12);
    out += static_cast<char>(0x80 | (c >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | c >> 18);
    out += static_cast<char>(0x80 | (c >> 12 & 0x3F));
    out += static_cast<char>(0x80 | (c >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  }
}

size_t count_code_points(std::string_view text) {
  size_t count = 0;
  for (size_t at = 0; at < text.size(); ++count) next_code_point(text, at);
  return count;
}

size_t code_point_offset(std::string_view text, size_t index) {
  size_t at = 0;
  for (size_t i = 0; i < index; ++i) {
    if (at >= text.size()) return std::string_view::npos;
    next_code_point(text, at);
  }
  return at;
}

std::string go_regex_error(std::string_view message) {
  size_t end = message.rfind(" in \"");
  if (end != std::string_view::npos) message = message.substr(0, end);
  struct Row {
    std::string_view ours, theirs;
  };
  static constexpr Row kRows[] = {{"no argument for repetition operator", "missing argument to repetition operator"},
                                  {"missing )", "missing closing )"},
                                  {"missing ]", "missing closing ]"},
                                  {"bad repetition operator", "invalid nested repetition operator"},
                                  {"invalid repetition size", "invalid repeat count"},
                                  {"invalid perl operator", "invalid or unsupported Perl syntax"},
                                  {"trailing \\", "trailing backslash at end of expression"}};
  size_t colon = message.find(": ");
  std::string_view what = message.substr(0, colon);
  std::string_view where = colon == std::string_view::npos ? std::string_view() : message.substr(colon + 2);
  for (const Row& row : kRows) {
    if (what == row.ours) what = row.theirs;
  }
  return std::string(what) + ": `" + std::string(where) + "`";
}

}  // namespace assay::rules::cel
