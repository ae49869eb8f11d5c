#include "parsers/syntax/yaml/text.h"

#include <algorithm>
#include <cstring>

namespace assay::syntax::yaml {
namespace {

uint64_t load8(const char* at) {
  uint64_t word;
  std::memcpy(&word, at, 8);
  return word;
}

// Length of the UTF-8 character at `at`, 0 when the bytes are not UTF-8; its value in `value`.
uint32_t decode(const unsigned char* at, const unsigned char* end, uint32_t& value) {
  unsigned char lead = *at;
  uint32_t length = lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
  if (length == 0 || static_cast<size_t>(end - at) < length) return 0;
  value = lead & (0xFF >> (length + 1));
  for (uint32_t i = 1; i < length; ++i) {
    if ((at[i] & 0xC0) != 0x80) return 0;
    value = (value << 6) | (at[i] & 0x3F);
  }
  if (length == 3 && (value < 0x800 || (value >= 0xD800 && value < 0xE000))) return 0;
  if (length == 4 && (value < 0x10000 || value > 0x10FFFF)) return 0;
  return length;
}

// Whether libyaml takes the character (YAML 1.1, section 5.1, c-printable).
bool is_printable(uint32_t value) {
  return value == 0x85 || (value >= 0xA0 && value <= 0xD7FF) ||
         (value >= 0xE000 && value <= 0xFFFD) || value >= 0x10000;
}

bool is_plain_ascii(unsigned char c) {
  return (c >= 0x20 && c < 0x7F) || c == '\n' || c == '\t' || c == '\r';
}

}  // namespace

Encoding check_encoding(std::string_view source) {
  Encoding out;
  if (source.substr(0, 2) == "\xFF\xFE" || source.substr(0, 2) == "\xFE\xFF") {
    out.utf16 = true;
    return out;
  }
  const auto* begin = reinterpret_cast<const unsigned char*>(source.data());
  const auto* end = begin + source.size();
  const auto* at = begin;
  auto report = [&](uint32_t length, std::string_view kind) {
    uint32_t offset = static_cast<uint32_t>(at - begin);
    if (out.bad_count++ == 0) {
      out.first_bad_begin = offset;
      out.first_bad_end = offset + length;
      out.first_bad_kind = kind;
      out.repaired.assign(source);
    }
    for (uint32_t i = 0; i < length; ++i) out.repaired[offset + i] = '?';
    at += length;
  };
  constexpr uint64_t kOnes = 0x0101010101010101ull;
  constexpr uint64_t kHighs = 0x8080808080808080ull;
  while (at < end) {
    // Eight bytes at once while all are 0x20 to 0x7E or line feeds. The sums cannot carry from one
    // byte into the next, so every byte is judged exactly.
    while (end - at >= 8) {
      uint64_t word = load8(reinterpret_cast<const char*>(at));
      uint64_t not_control = (word | kHighs) - kOnes * 0x20;
      uint64_t line_feed = word ^ (kOnes * '\n');
      uint64_t not_line_feed = ((line_feed & ~kHighs) + ~kHighs) | line_feed;
      uint64_t del = word ^ (kOnes * 0x7F);
      uint64_t not_del = ((del & ~kHighs) + ~kHighs) | del;
      if (((~not_control & not_line_feed) | word | ~not_del) & kHighs) break;
      at += 8;
    }
    size_t limit = std::min<size_t>(8, static_cast<size_t>(end - at));
    for (const auto* stop = at + limit; at < stop;) {
      if (is_plain_ascii(*at)) {
        ++at;
        continue;
      }
      if (*at < 0x80) {
        report(1, *at == 0 ? "NUL byte" : "control character");
        continue;
      }
      out.ascii = false;
      uint32_t value = 0;
      uint32_t length = decode(at, end, value);
      if (length == 0) {
        report(1, "byte that is not UTF-8");
      } else if (!is_printable(value)) {
        report(length, "control character");
      } else {
        at += length;
      }
    }
  }
  return out;
}

OffsetMap::OffsetMap(std::string_view text, uint32_t first, bool ascii)
    : first_(first), end_(first + static_cast<uint32_t>(text.size())) {
  if (ascii) return;
  uint32_t index = 0;
  uint32_t surplus = 0;
  for (size_t i = 0; i < text.size();) {
    auto c = static_cast<unsigned char>(text[i]);
    uint32_t length = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
    ++index;
    if (length > 1) {
      surplus += length - 1;
      wide_.push_back({index, surplus});
    }
    i += length;
  }
}

uint32_t OffsetMap::byte_slow(size_t code_point) {
  auto index = static_cast<uint32_t>(code_point);
  // Marks mostly move forward by a few characters; a short walk is the common case.
  for (int steps = 0; steps < 8; ++steps) {
    if (cursor_ < wide_.size() && wide_[cursor_].index <= index) {
      ++cursor_;
    } else if (cursor_ > 0 && wide_[cursor_ - 1].index > index) {
      --cursor_;
    } else {
      return clamp(code_point + (cursor_ ? wide_[cursor_ - 1].surplus : 0));
    }
  }
  auto at = std::upper_bound(wide_.begin(), wide_.end(), index,
                             [](uint32_t i, const Wide& wide) { return i < wide.index; });
  cursor_ = static_cast<size_t>(at - wide_.begin());
  return clamp(code_point + (cursor_ ? wide_[cursor_ - 1].surplus : 0));
}

size_t OffsetMap::code_point(uint32_t byte) const {
  // Behind wide_[k] the byte is index + surplus, so the sums are sorted as well.
  uint32_t offset = byte - first_;
  auto at = std::upper_bound(wide_.begin(), wide_.end(), offset, [](uint32_t b, const Wide& wide) {
    return b < wide.index + wide.surplus;
  });
  return offset - (at == wide_.begin() ? 0 : (at - 1)->surplus);
}

size_t find_document_start(std::string_view text, size_t from) {
  for (size_t at = from; at <= text.size();) {
    at = text.find("---", at);
    if (at == std::string_view::npos) break;
    bool at_line_start = at == 0 || text[at - 1] == '\n' || text[at - 1] == '\r';
    char next = at + 3 < text.size() ? text[at + 3] : '\n';
    if (at_line_start && (next == ' ' || next == '\t' || next == '\n' || next == '\r')) return at;
    ++at;
  }
  return std::string_view::npos;
}

}  // namespace assay::syntax::yaml
