#include "analyzer/lsp/text.h"

#include <algorithm>

#include "parsers/core/text.h"

namespace assay::lsp {
namespace {

uint32_t units(const core::Utf8& one, Encoding encoding) {
  if (encoding == Encoding::kUtf8) return one.length;
  return one.valid && one.code > 0xffff ? 2 : 1;
}

}  // namespace

Lines::Lines(std::string_view text, bool counts_mark) : text_(text) {
  if (!counts_mark && text.starts_with("\xEF\xBB\xBF")) mark_ = 3;
  starts_.push_back(0);
  for (size_t at = 0; (at = text.find_first_of("\r\n", at)) != std::string_view::npos; ++at) {
    if (text[at] == '\r' && at + 1 < text.size() && text[at + 1] == '\n') ++at;
    starts_.push_back(static_cast<uint32_t>(at + 1));
  }
}

uint32_t Lines::line_of(uint32_t offset) const {
  return static_cast<uint32_t>(std::upper_bound(starts_.begin(), starts_.end(), offset) - starts_.begin() - 1);
}

uint32_t Lines::line_start(uint32_t line) const { return line == 0 ? mark_ : starts_[line]; }

std::string_view Lines::line(uint32_t line) const {
  uint32_t begin = line_start(line);
  uint32_t end = line + 1 < count() ? starts_[line + 1] : static_cast<uint32_t>(text_.size());
  while (end > begin && (text_[end - 1] == '\n' || text_[end - 1] == '\r')) --end;
  return text_.substr(begin, end - begin);
}

Position Lines::position(uint32_t offset, Encoding encoding) const {
  offset = std::clamp(offset, mark_, static_cast<uint32_t>(std::max<size_t>(text_.size(), mark_)));
  uint32_t number = line_of(offset);
  uint32_t begin = line_start(number);
  uint32_t end = std::min(offset, begin + static_cast<uint32_t>(line(number).size()));
  if (encoding == Encoding::kUtf8) return {number, end - begin};
  uint32_t character = 0;
  for (uint32_t at = begin; at < end;) {
    if (static_cast<unsigned char>(text_[at]) < 0x80) {
      ++character, ++at;
      continue;
    }
    core::Utf8 one = core::decode_utf8(text_, at);
    if (at + one.length > end) break;  // inside a character: its beginning
    character += units(one, encoding);
    at += one.length;
  }
  return {number, character};
}

uint32_t Lines::offset(Position position, Encoding encoding) const {
  if (position.line >= count()) return static_cast<uint32_t>(text_.size());
  uint32_t at = line_start(position.line);
  uint32_t end = at + static_cast<uint32_t>(line(position.line).size());
  uint32_t left = position.character;
  while (at < end && left > 0) {
    core::Utf8 one = core::decode_utf8(text_, at);
    uint32_t width = units(one, encoding);
    if (width > left) break;
    left -= width;
    at += one.length;
  }
  return std::min(at, end);
}

}  // namespace assay::lsp
