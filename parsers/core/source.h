// Source files under analysis and the map from bytes to lines and columns.
//
// A SourceSet owns the text of every file of a scan. Texts never change and never move while the
// set lives, so trees and values hold string_views into them.
// Threads: files are registered by one thread (ids in the order of registration, which discovery
// makes path order); set_text on different ids, and all reads, may run in parallel.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/core/span.h"

namespace assay::core {

struct Position {
  uint32_t line = 1;    // 1-based
  uint32_t column = 1;  // 1-based, counts UTF-16 code units
  bool operator==(const Position&) const = default;
};

// Byte offsets of line starts. Lines end at "\n" or "\r\n" (a lone "\r" does not end a line). A
// UTF-8 byte order mark at the start of the file is not a column. An invalid UTF-8 byte counts as
// one code unit; an astral character as two. Long lines (minified JSON) keep marks on the way, so
// that a position costs the same wherever it lies.
class LineIndex {
 public:
  explicit LineIndex(std::string_view text);
  Position position(uint32_t offset) const;  // an offset past the end is clamped
  // Inverse of position(); a column past the end of the line gives the end of the line (before
  // its line break).
  uint32_t offset(Position position) const;
  uint32_t line_count() const { return static_cast<uint32_t>(starts_.size()); }
  // The text of a 1-based line without its line break.
  std::string_view line_text(uint32_t line) const;

 private:
  struct Mark {
    uint32_t offset;  // of a character's first byte
    uint32_t column;  // its column
  };
  std::string_view text_;
  std::vector<uint32_t> starts_;
  std::vector<Mark> marks_;  // inside long lines only, ascending
};

class SourceSet {
 public:
  // `path` is relative to the scan root, with forward slashes: it is what reports print.
  FileId add(std::string path);
  void set_text(FileId file, std::string text);
  // Both at once, for tests and standard input.
  FileId add(std::string path, std::string text);
  // What reports print from now on; the order of ids stays that of the paths given to add().
  void rename(FileId file, std::string path) { files_[file].path = std::move(path); }

  size_t size() const { return files_.size(); }
  const std::string& path(FileId file) const { return files_[file].path; }
  std::string_view text(FileId file) const { return files_[file].text; }
  std::string_view text(const Span& span) const {
    return text(span.file).substr(span.begin, span.end - span.begin);
  }
  // Built on first use.
  const LineIndex& lines(FileId file) const;
  // kNoFile when there is none.
  FileId find(std::string_view path) const;

 private:
  struct File {
    std::string path;
    std::string text;
    mutable std::once_flag once;
    mutable std::unique_ptr<LineIndex> lines;
  };
  std::deque<File> files_;
};

}  // namespace assay::core
