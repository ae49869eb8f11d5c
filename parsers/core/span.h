// Where something stands: a file and a half-open range of bytes in it. Lines and UTF-16 columns
// are computed at the edge (line_index.h), never stored.
#pragma once

#include <compare>
#include <cstdint>

namespace assay::core {

// Index into a SourceSet. Ids are given in sorted path order, so comparing ids compares paths.
using FileId = uint32_t;
inline constexpr FileId kNoFile = 0xffffffff;

struct Span {
  FileId file = kNoFile;
  uint32_t begin = 0;  // byte offset of the first byte
  uint32_t end = 0;    // byte offset behind the last byte

  bool valid() const { return file != kNoFile; }
  uint32_t size() const { return end - begin; }
  bool contains(const Span& other) const {
    return file == other.file && begin <= other.begin && other.end <= end;
  }
  auto operator<=>(const Span&) const = default;
};

// The smallest span that holds both; they must be in one file. An invalid one is ignored.
inline Span join(const Span& a, const Span& b) {
  if (!a.valid()) return b;
  if (!b.valid()) return a;
  return {a.file, a.begin < b.begin ? a.begin : b.begin, a.end > b.end ? a.end : b.end};
}

}  // namespace assay::core
