// Lines of a text, and positions as the protocol counts them: zero-based lines and characters, which are UTF-8 bytes or
// UTF-16 code units, whatever was agreed on. Lines end at "\n", "\r\n" and "\r".
//
// Used wherever bytes of an analysis meet a client. Ownership: Lines views its text, which must outlive it. Threads: read
// only once built.
#pragma once

#include <compare>
#include <cstdint>
#include <string_view>
#include <vector>

namespace assay::lsp {

enum class Encoding : uint8_t { kUtf8, kUtf16 };

struct Position {
  uint32_t line = 0, character = 0;
  auto operator<=>(const Position&) const = default;
};

struct Range {
  Position start, end;  // end is exclusive
  auto operator<=>(const Range&) const = default;
};

inline bool touches(const Range& a, const Range& b) { return a.start <= b.end && b.start <= a.end; }

class Lines {
 public:
  // A byte order mark at the start is a character only if `counts_mark`: editors hide the one of a file.
  explicit Lines(std::string_view text, bool counts_mark = false);
  Position position(uint32_t offset, Encoding encoding) const;  // clamped to the text
  // A line behind the last gives the end of the text; a character behind the end of a line its end.
  uint32_t offset(Position position, Encoding encoding) const;
  uint32_t line_of(uint32_t offset) const;
  uint32_t line_start(uint32_t line) const;  // of an existing line
  uint32_t count() const { return static_cast<uint32_t>(starts_.size()); }
  // Without its end.
  std::string_view line(uint32_t line) const;
  std::string_view text() const { return text_; }

 private:
  std::string_view text_;
  std::vector<uint32_t> starts_;
  uint32_t mark_ = 0;  // bytes of the mark that no position counts
};

}  // namespace assay::lsp
