#include "parsers/core/source.h"

#include <algorithm>
#include <cstring>

namespace assay::core {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr uint32_t kMarkDistance = 1024;  // bytes between the marks of a line that is longer

// Length in bytes of the well-formed UTF-8 sequence at `at`, or 1 for an invalid byte.
size_t sequence_length(std::string_view text, size_t at) {
  auto byte = static_cast<unsigned char>(text[at]);
  size_t length = byte < 0x80 ? 1 : byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc2 ? 2 : 1;
  if (byte > 0xf4 || at + length > text.size()) return 1;
  for (size_t i = 1; i < length; ++i) {
    if ((static_cast<unsigned char>(text[at + i]) & 0xc0) != 0x80) return 1;
  }
  return length;
}

}  // namespace

LineIndex::LineIndex(std::string_view text) : text_(text) {
  starts_.push_back(text.starts_with(kByteOrderMark) ? 3 : 0);
  const char* begin = text.data();
  const char* end = begin + text.size();
  for (const char* at = begin; at < end;) {
    const void* found = std::memchr(at, '\n', static_cast<size_t>(end - at));
    if (found == nullptr) break;
    at = static_cast<const char*>(found) + 1;
    starts_.push_back(static_cast<uint32_t>(at - begin));
  }
  for (size_t line = 0; line < starts_.size(); ++line) {
    size_t line_end = line + 1 < starts_.size() ? starts_[line + 1] : text.size();
    if (line_end - starts_[line] <= kMarkDistance) continue;
    size_t at = starts_[line], last = at;
    for (uint32_t column = 1; at < line_end;) {
      if (at - last >= kMarkDistance) {
        marks_.push_back({static_cast<uint32_t>(at), column});
        last = at;
      }
      size_t length = sequence_length(text, at);
      column += length == 4 ? 2 : 1;
      at += length;
    }
  }
}

Position LineIndex::position(uint32_t offset) const {
  offset = std::min<uint32_t>(offset, static_cast<uint32_t>(text_.size()));
  auto after = std::upper_bound(starts_.begin(), starts_.end(), offset);
  if (after == starts_.begin()) return {1, 1};  // inside the byte order mark
  uint32_t line = static_cast<uint32_t>(after - starts_.begin());
  uint32_t column = 1;
  size_t at = starts_[line - 1];
  if (offset - at >= kMarkDistance && !marks_.empty()) {
    auto mark = std::upper_bound(marks_.begin(), marks_.end(), offset,
                                 [](uint32_t wanted, const Mark& m) { return wanted < m.offset; });
    if (mark != marks_.begin() && (--mark)->offset > at) {
      at = mark->offset;
      column = mark->column;
    }
  }
  while (at < offset) {
    size_t length = sequence_length(text_, at);
    if (at + length > offset) break;  // an offset inside a character points at its start
    column += length == 4 ? 2 : 1;
    at += length;
  }
  return {line, column};
}

uint32_t LineIndex::offset(Position position) const {
  if (position.line == 0 || position.line > starts_.size()) {
    return static_cast<uint32_t>(text_.size());
  }
  std::string_view line = line_text(position.line);
  uint32_t at = 0;
  for (uint32_t column = 1; column < position.column && at < line.size();) {
    size_t length = sequence_length(line, at);
    column += length == 4 ? 2 : 1;
    at += static_cast<uint32_t>(length);
  }
  return starts_[position.line - 1] + at;
}

std::string_view LineIndex::line_text(uint32_t line) const {
  if (line == 0 || line > starts_.size()) return {};
  size_t begin = starts_[line - 1];
  size_t end = line < starts_.size() ? starts_[line] - 1 : text_.size();
  if (end > begin && line < starts_.size() && text_[end - 1] == '\r') --end;
  return text_.substr(begin, end - begin);
}

FileId SourceSet::add(std::string path) {
  files_.emplace_back();
  files_.back().path = std::move(path);
  return static_cast<FileId>(files_.size() - 1);
}

void SourceSet::set_text(FileId file, std::string text) { files_[file].text = std::move(text); }

FileId SourceSet::add(std::string path, std::string text) {
  FileId file = add(std::move(path));
  set_text(file, std::move(text));
  return file;
}

const LineIndex& SourceSet::lines(FileId file) const {
  const File& entry = files_[file];
  std::call_once(entry.once, [&] { entry.lines = std::make_unique<LineIndex>(entry.text); });
  return *entry.lines;
}

FileId SourceSet::find(std::string_view path) const {
  for (FileId file = 0; file < files_.size(); ++file) {
    if (files_[file].path == path) return file;
  }
  return kNoFile;
}

}  // namespace assay::core
