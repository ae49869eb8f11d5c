#include "parsers/core/json_writer.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <initializer_list>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "parsers/core/check.h"
#include "parsers/core/text.h"

namespace assay::core {

namespace {

// Characters that stand for themselves in a JSON string, markup or not.
struct PlainTable {
  bool plain[256] = {};
  constexpr PlainTable() {
    for (unsigned c = 0x20; c < 0x80; ++c) {
      plain[c] = c != '"' && c != '\\' && c != '<' && c != '>' && c != '&';
    }
  }
};
constexpr PlainTable kTable;

#if defined(__SSE2__)
// Are all sixteen bytes plain?
bool sixteen_plain(const char* at) {
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  // Signed: what is above ASCII is below the space, too.
  __m128i odd = _mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20));
  for (char c : {'"', '\\', '<', '>', '&'}) odd = _mm_or_si128(odd, _mm_cmpeq_epi8(bytes, _mm_set1_epi8(c)));
  return _mm_movemask_epi8(odd) == 0;
}
#endif

// Are all eight bytes plain? Looked at together: a report is mostly such text.
bool all_plain(const char* at) {
  constexpr uint64_t kOnes = 0x0101010101010101ull;
  constexpr uint64_t kTops = kOnes << 7;
  uint64_t bytes;
  std::memcpy(&bytes, at, sizeof bytes);
  uint64_t odd = bytes | (bytes - kOnes * 0x20);  // above ASCII, control characters
  for (unsigned char c : {'"', '\\', '<', '>', '&'}) odd |= (bytes ^ (kOnes * c)) - kOnes;
  return (odd & kTops) == 0;
}

}  // namespace

void append_json_string(std::string& out, std::string_view text, bool html_safe) {
  static constexpr char kHex[] = "0123456789abcdef";
  auto escape = [&](unsigned code) {
    out += "\\u";
    for (int shift = 12; shift >= 0; shift -= 4) out += kHex[code >> shift & 15];
  };
  out += '"';
  size_t plain = 0;  // start of what was not yet copied
  for (size_t at = 0; at < text.size();) {
#if defined(__SSE2__)
    while (text.size() - at >= sizeof(__m128i) && sixteen_plain(text.data() + at)) at += sizeof(__m128i);
#endif
    while (text.size() - at >= sizeof(uint64_t) && all_plain(text.data() + at)) at += sizeof(uint64_t);
    if (at == text.size()) break;
    auto c = static_cast<unsigned char>(text[at]);
    if (kTable.plain[c]) {
      ++at;
      continue;
    }
    if (c < 0x80) {
      bool markup = html_safe && (c == '<' || c == '>' || c == '&');
      if (c >= 0x20 && c != '"' && c != '\\' && !markup) {
        ++at;
        continue;
      }
      out.append(text, plain, at - plain);
      switch (c) {
        case '"':
          out += "\\\"";
          break;
        case '\\':
          out += "\\\\";
          break;
        case '\n':
          out += "\\n";
          break;
        case '\r':
          out += "\\r";
          break;
        case '\t':
          out += "\\t";
          break;
        case '\b':
          out += "\\b";
          break;
        case '\f':
          out += "\\f";
          break;
        default:
          escape(c);
      }
      plain = ++at;
      continue;
    }
    Utf8 next = decode_utf8(text, at);
    bool separator = html_safe && (next.code == 0x2028 || next.code == 0x2029);
    if (!next.valid || separator) {
      out.append(text, plain, at - plain);
      if (separator) {
        escape(next.code);
      } else {
        out += "\xef\xbf\xbd";
      }
      plain = at + next.length;
    }
    at += next.length;
  }
  out.append(text, plain, text.size() - plain);
  out += '"';
}

void JsonWriter::new_line() {
  out_ += '\n';
  out_.append(open_.size() * 2, ' ');
}

void JsonWriter::before_value() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  ASSAY_CHECK(open_.empty() || open_.back() == ']');
  if (open_.empty()) return;
  if (!first_) out_ += ',';
  if (pretty_) new_line();
  first_ = false;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  ASSAY_CHECK(!open_.empty() && open_.back() == '}' && !after_key_);
  // Names are short and plain nearly always: what is around them is put together in one place and copied once.
  char buffer[128];
  const size_t indent = pretty_ ? open_.size() * 2 : 0;
  bool simple = indent + name.size() + 8 <= sizeof buffer;
  for (size_t i = 0; simple && i < name.size(); ++i) simple = kTable.plain[static_cast<unsigned char>(name[i])];
  if (simple) {
    char* to = buffer;
    if (!first_) *to++ = ',';
    if (pretty_) *to++ = '\n';
    std::memset(to, ' ', indent);
    to += indent;
    *to++ = '"';
    std::memcpy(to, name.data(), name.size());
    to += name.size();
    *to++ = '"';
    *to++ = ':';
    if (pretty_) *to++ = ' ';
    out_.append(buffer, static_cast<size_t>(to - buffer));
  } else {
    if (!first_) out_ += ',';
    if (pretty_) new_line();
    append_json_string(out_, name, html_safe_);
    out_ += pretty_ ? ": " : ":";
  }
  first_ = false;
  after_key_ = true;
  return *this;
}

JsonWriter& JsonWriter::open(char bracket) {
  before_value();
  out_ += bracket;
  open_.push_back(bracket == '{' ? '}' : ']');
  first_ = true;
  return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
  ASSAY_CHECK(!open_.empty() && open_.back() == bracket && !after_key_);
  open_.pop_back();
  if (pretty_ && !first_) new_line();
  out_ += bracket;
  first_ = false;
  return *this;
}

JsonWriter& JsonWriter::value(std::string_view text) {
  before_value();
  append_json_string(out_, text, html_safe_);
  return *this;
}

JsonWriter& JsonWriter::value(bool truth) { return raw(truth ? "true" : "false"); }

JsonWriter& JsonWriter::null() { return raw("null"); }

JsonWriter& JsonWriter::value(double number) {
  if (!std::isfinite(number)) return null();
  char buffer[32];
  auto done = std::to_chars(buffer, buffer + sizeof buffer, number);
  return raw({buffer, static_cast<size_t>(done.ptr - buffer)});
}

JsonWriter& JsonWriter::integer(int64_t number) {
  char buffer[24];
  auto done = std::to_chars(buffer, buffer + sizeof buffer, number);
  return raw({buffer, static_cast<size_t>(done.ptr - buffer)});
}

JsonWriter& JsonWriter::natural(uint64_t number) {
  char buffer[24];
  auto done = std::to_chars(buffer, buffer + sizeof buffer, number);
  return raw({buffer, static_cast<size_t>(done.ptr - buffer)});
}

JsonWriter& JsonWriter::raw(std::string_view json) {
  before_value();
  out_ += json;
  return *this;
}

}  // namespace assay::core
