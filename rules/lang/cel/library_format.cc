// "...".format(args) of the extension library "strings": %s %d %f %e %b %o %x %X %%.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "parsers/core/limits.h"
#include "rules/lang/cel/eval.h"
#include "rules/lang/cel/text.h"

namespace assay::rules::cel {
namespace {

using Args = std::span<const Val>;

constexpr int kDefaultPrecision = 6;
constexpr int kMaxPrecision = 1000;

// "NaN", "Infinity", "-Infinity"; false for finite numbers.
bool append_special(double value, std::string& out) {
  if (std::isnan(value)) out += "NaN";
  else if (std::isinf(value)) out += value > 0 ? "Infinity" : "-Infinity";
  else return false;
  return true;
}

class Formatter {
 public:
  Formatter(Eval& eval, std::string& out) : eval_(eval), out_(out) {}
  const std::string& problem() const { return problem_; }

  bool clause(char verb, int precision, const Val& value) {
    switch (verb) {
      case 's': return text(value, 0);
      case 'd': return decimal(value);
      case 'f':
      case 'e': return floating(verb, precision, value);
      case 'b': return binary(value);
      case 'o': return octal(value);
      case 'x':
      case 'X': return hexadecimal(verb == 'X', value);
      default: return fail(std::string("unrecognized formatting clause \"") + verb + "\"");
    }
  }

 private:
  bool fail(std::string message) {
    problem_ = std::move(message);
    return false;
  }
  bool unfit(char verb, const Val& value) {
    if (eval_.kubernetes_mode()) {
      std::string_view what = verb == 'b'                  ? "only integers and bools can be formatted as binary"
                              : verb == 'd'                ? "decimal clause can only be used on integers"
                              : verb == 'f'                ? "fixed-point clause can only be used on doubles"
                              : verb == 'x' || verb == 'X' ? "only integers, byte buffers, and strings can be formatted as hex"
                              : verb == 'o'                ? "octal clause can only be used on integers"
                              : verb == 'e'                ? "scientific clause can only be used on doubles"
                                                           : "string clause can only be used on strings, bools, bytes, ints, doubles, maps, "
                                                             "lists, types, durations, and timestamps";
      return fail(std::string(what) + ", was given " + std::string(type_name(value)));
    }
    return fail(std::string("%") + verb + " cannot format a value of type " + std::string(type_name(value)));
  }

  bool text(const Val& value, int depth) {
    if (depth > 64 || out_.size() > core::kMaxStringBytes || !eval_.spend(1)) return fail("the text is too long");
    switch (value.kind) {
      case Kind::kString:
      case Kind::kType: out_ += value.text(); return true;
      case Kind::kBytes:
        for (size_t at = 0; at < value.size;) append_utf8(next_code_point(value.text(), at), out_);
        return true;
      case Kind::kUint: out_ += std::to_string(value.natural); return true;
      case Kind::kDouble:
        if (eval_.kubernetes_mode()) append_general(value.real, out_);
        else if (!append_special(value.real, out_)) append_double(value.real, out_);
        return true;
      case Kind::kTimestamp: append_timestamp(value.integer, value.size, out_); return true;
      case Kind::kDuration: append_duration(value.integer, out_); return true;
      case Kind::kNull:
      case Kind::kBool:
      case Kind::kInt:
      case Kind::kIp:
      case Kind::kCidr: out_ += to_text(value); return true;
      case Kind::kList: {
        out_ += '[';
        bool first = true;
        for (const Val& item : eval_.items(value)) {
          if (!first) out_ += ", ";
          first = false;
          if (!part(item, depth)) return false;
        }
        out_ += ']';
        return true;
      }
      case Kind::kMap: {
        // Sorted by the text of the keys.
        std::vector<std::pair<std::string, Val>> entries;
        for (uint32_t i = 0; i < value.size; ++i) {
          Val key, item;
          if (!eval_.entry_at(value, i, key, item)) continue;
          std::string shown;
          std::swap(shown, out_);
          bool ok = part(key, depth);
          std::swap(shown, out_);
          if (!ok) return false;
          entries.emplace_back(std::move(shown), item);
        }
        std::stable_sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
        out_ += '{';
        for (size_t i = 0; i < entries.size(); ++i) {
          if (i) out_ += ", ";
          out_ += entries[i].first;
          out_ += eval_.kubernetes_mode() ? ":" : ": ";
          if (!part(entries[i].second, depth)) return false;
        }
        out_ += '}';
        return true;
      }
      default: return unfit('s', value);
    }
  }

  // Of a list or a map: to the API server texts are literals there, and doubles have six digits behind the point.
  bool part(const Val& value, int depth) {
    if (!eval_.kubernetes_mode()) return text(value, depth + 1);
    switch (value.kind) {
      case Kind::kBytes: out_ += 'b'; [[fallthrough]];
      case Kind::kString: append_quoted(value.text(), out_); return true;
      case Kind::kDouble: return floating('f', -1, value);
      case Kind::kType:
        out_ += "type(";
        out_ += value.text();
        out_ += ')';
        return true;
      default: return text(value, depth + 1);
    }
  }

  bool decimal(const Val& value) {
    if (value.is(Kind::kInt)) out_ += std::to_string(value.integer);
    else if (value.is(Kind::kUint)) out_ += std::to_string(value.natural);
    else if (!value.is(Kind::kDouble) || !append_special(value.real, out_)) return unfit('d', value);
    return true;
  }

  bool floating(char verb, int precision, const Val& value) {
    double real;
    if (value.is(Kind::kDouble)) real = value.real;
    else if (value.is(Kind::kInt)) real = static_cast<double>(value.integer);
    else if (value.is(Kind::kUint)) real = static_cast<double>(value.natural);
    else return unfit(verb, value);
    if (append_special(real, out_)) return true;
    char buffer[1500];
    const char* format = verb == 'f' ? "%.*f" : "%.*e";
    int length = std::snprintf(buffer, sizeof buffer, format, precision < 0 ? kDefaultPrecision : precision, real);
    std::string_view shown(buffer, std::min(static_cast<size_t>(length), sizeof buffer - 1));
    if (verb == 'e' && eval_.kubernetes_mode()) return scientific(shown);
    out_ += shown;
    return true;
  }

  // "1.5e+06" as the API server's locale has it: "1.5×10⁰⁶".
  bool scientific(std::string_view shown) {
    static constexpr std::string_view kRaised[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
    size_t e = shown.find('e');
    out_ += shown.substr(0, e);
    out_ += "×10";
    for (char c : shown.substr(e + 1)) {
      if (c == '-') out_ += "⁻";
      else if (c != '+') out_ += kRaised[c - '0'];
    }
    return true;
  }

  // Sign and magnitude of an integer; false for other kinds.
  static bool magnitude(const Val& value, bool& negative, uint64_t& size) {
    negative = false;
    if (value.is(Kind::kUint)) {
      size = value.natural;
    } else if (value.is(Kind::kInt)) {
      negative = value.integer < 0;
      size = negative ? 0 - static_cast<uint64_t>(value.integer) : static_cast<uint64_t>(value.integer);
    } else {
      return false;
    }
    return true;
  }
  void digits(bool negative, uint64_t size, unsigned bits, const char* alphabet) {
    char buffer[65];
    char* at = buffer + sizeof buffer;
    do {
      *--at = alphabet[size & ((1u << bits) - 1)];
      size >>= bits;
    } while (size);
    if (negative) out_ += '-';
    out_.append(at, buffer + sizeof buffer);
  }

  bool binary(const Val& value) {
    bool negative;
    uint64_t size;
    if (value.is(Kind::kBool)) out_ += value.boolean ? '1' : '0';
    else if (magnitude(value, negative, size)) digits(negative, size, 1, "01");
    else return unfit('b', value);
    return true;
  }
  bool octal(const Val& value) {
    bool negative;
    uint64_t size;
    if (!magnitude(value, negative, size)) return unfit('o', value);
    digits(negative, size, 3, "01234567");
    return true;
  }
  bool hexadecimal(bool upper, const Val& value) {
    const char* alphabet = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    bool negative;
    uint64_t size;
    if (magnitude(value, negative, size)) {
      digits(negative, size, 4, alphabet);
    } else if (value.is_text()) {
      for (char c : value.text()) {
        out_ += alphabet[static_cast<unsigned char>(c) >> 4];
        out_ += alphabet[c & 15];
      }
    } else {
      return unfit(upper ? 'X' : 'x', value);
    }
    return true;
  }

  Eval& eval_;
  std::string& out_;
  std::string problem_;
};

Val format(Eval& eval, Args args) {
  std::string_view pattern = args[0].text();
  auto values = eval.items(args[1]);
  std::string out;
  Formatter formatter(eval, out);
  size_t next = 0;
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '%') {
      out += pattern[i];
      continue;
    }
    if (++i >= pattern.size()) return eval.error("a format must not end with a single %");
    if (pattern[i] == '%') {
      out += '%';
      continue;
    }
    int precision = -1;
    if (pattern[i] == '.') {
      precision = 0;
      size_t begin = ++i;
      while (i < pattern.size() && pattern[i] >= '0' && pattern[i] <= '9' && precision <= kMaxPrecision) {
        precision = precision * 10 + (pattern[i++] - '0');
      }
      if (i == begin || i >= pattern.size() || precision > kMaxPrecision) return eval.error("malformed precision in a format");
    }
    if (next >= values.size()) return eval.error("index " + std::to_string(next) + " out of range: the format needs more arguments", "error during formatting: index " + std::to_string(next) + " out of range");
    if (!formatter.clause(pattern[i], precision, values[next++])) return eval.error((eval.kubernetes_mode() ? "error during formatting: " : "format: ") + formatter.problem());
    if (out.size() > core::kMaxStringBytes) return eval.error("the text is too long");
  }
  return eval.string(out);
}

constexpr FunctionRow kRows[] = {
    {"format", "string.(list(dyn)) string", format},
};

}  // namespace

std::span<const FunctionRow> format_library() { return kRows; }

}  // namespace assay::rules::cel
