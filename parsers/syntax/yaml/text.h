// Byte-level preparation of YAML text: is it text at all, where is its mark, and how libyaml's
// code-point offsets become byte offsets. Internal to the YAML reader; pure apart from the cursor
// in OffsetMap, which belongs to one read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/core/span.h"

namespace assay::syntax::yaml {

// What is wrong with the bytes. Spans have no file.
struct Encoding {
  bool ascii = true;
  bool utf16 = false;        // a UTF-16 byte order mark: nothing can be read
  size_t bad_count = 0;      // characters YAML does not allow, and bytes that are not UTF-8
  uint32_t first_bad_begin = 0, first_bad_end = 0;
  std::string_view first_bad_kind;  // "NUL byte", "control character", "invalid UTF-8"
  std::string repaired;      // the text with every bad byte replaced by "?", when bad_count > 0
};
Encoding check_encoding(std::string_view source);

// Offsets in code points, as libyaml counts them (the byte order mark not counted), to bytes.
class OffsetMap {
 public:
  // `text` without its byte order mark starts at byte `first` of the file.
  OffsetMap(std::string_view text, uint32_t first, bool ascii);

  uint32_t byte(size_t code_point) {
    if (wide_.empty()) return clamp(code_point);
    return byte_slow(code_point);
  }
  // The number of code points before a byte offset: what to add after restarting a parser there.
  size_t code_point(uint32_t byte) const;

 private:
  // A character of several bytes: the index behind it, and the surplus of bytes up to there.
  struct Wide {
    uint32_t index;
    uint32_t surplus;
  };
  uint32_t clamp(size_t offset) const {
    return offset + first_ > end_ ? end_ : static_cast<uint32_t>(offset) + first_;
  }
  uint32_t byte_slow(size_t code_point);

  uint32_t first_;
  uint32_t end_;
  std::vector<Wide> wide_;
  size_t cursor_ = 0;  // wide_[cursor_ - 1].index <= the last asked
};

// The offset of the first line at or behind `from` that starts a document ("---" at column 0,
// followed by a blank or the end of the line); npos when there is none.
size_t find_document_start(std::string_view text, size_t from);

}  // namespace assay::syntax::yaml
