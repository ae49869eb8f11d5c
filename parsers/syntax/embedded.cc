#include "parsers/syntax/embedded.h"

#include <algorithm>
#include <functional>

namespace assay::syntax {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_break(char c) { return c == '\n' || c == '\r'; }
bool is_space(char c) { return is_blank(c) || is_break(c); }

void append_utf8(std::string& out, uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
    return;
  }
  int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  out += static_cast<char>((0xFF00 >> (more + 1) & 0xFF) | (code >> (6 * more)));
  while (more-- > 0) out += static_cast<char>(0x80 | (code >> (6 * more) & 0x3F));
}

// Reads `count` hexadecimal digits; false when they are not there.
bool hex(std::string_view source, uint32_t at, uint32_t end, uint32_t count, uint32_t& code) {
  if (at + count > end) return false;
  code = 0;
  for (uint32_t i = 0; i < count; ++i) {
    char c = source[at + i];
    int digit = c >= '0' && c <= '9'   ? c - '0'
                : c >= 'a' && c <= 'f' ? c - 'a' + 10
                : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                       : -1;
    if (digit < 0) return false;
    code = code * 16 + static_cast<uint32_t>(digit);
  }
  return true;
}

// The value of a one-letter escape; 0xFFFF when there is none.
uint32_t letter_escape(char c, bool json) {
  switch (c) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case '"': case '\\': case '/': return static_cast<uint32_t>(c);
  }
  if (json) return 0xFFFF;
  switch (c) {
    case '0': return 0;
    case 'a': return '\a';
    case '\t': return '\t';
    case 'v': return '\v';
    case 'e': return 0x1B;
    case ' ': return ' ';
    case '\'': return '\'';
    case 'N': return 0x85;
    case '_': return 0xA0;
    case 'L': return 0x2028;
    case 'P': return 0x2029;
  }
  return 0xFFFF;
}

}  // namespace

TextMap::TextMap(const Tree& tree, const Node& node)
    : file_(tree.file),
      source_(tree.source),
      whole_(tree.span(node)),
      text_size_(static_cast<uint32_t>(node.text.size())) {
  std::less_equal<const char*> not_after;
  const char* source_end = source_.data() + source_.size();
  const char* text = node.text.data();
  if (text && not_after(source_.data(), text) && not_after(text + node.text.size(), source_end)) {
    auto begin = static_cast<uint32_t>(text - source_.data());
    add(text_size_, begin, begin + text_size_, true);
    return;
  }
  bool followed = false;
  switch (node.style) {
    case Style::kLiteral:
    case Style::kFolded:
    case Style::kHeredoc:
    case Style::kFlushHeredoc: {
      uint32_t at = node.begin;
      if (node.kind == NodeKind::kScalar) {  // the header line of a YAML block scalar
        while (at < node.end && !is_break(source_[at])) ++at;
      }
      followed = follow_block(node.text, at, node.end);
      break;
    }
    case Style::kPlain: followed = follow_flow(node.text, node.begin, node.end, node.style, false); break;
    default:
      if (node.end - node.begin >= 2) {
        followed = follow_flow(node.text, node.begin + 1, node.end - 1, node.style,
                               tree.language == Language::kJson);
      }
  }
  if (!followed) {
    segments_.clear();
    exact_ = false;
  }
}

void TextMap::add(uint32_t text_size, uint32_t source_begin, uint32_t source_end, bool verbatim) {
  if (text_size == 0) return;
  uint32_t text_begin = segments_.empty() ? 0 : segments_.back().text_end;
  if (verbatim && !segments_.empty() && segments_.back().verbatim &&
      segments_.back().source_end == source_begin) {
    segments_.back().text_end += text_size;
    segments_.back().source_end = source_end;
    return;
  }
  segments_.push_back({text_begin, text_begin + text_size, source_begin, source_end, verbatim});
}

// Indented text: what is not white space stands in the source in the same order; runs of white
// space are matched from both ends, so that kept indentation is told from removed indentation.
bool TextMap::follow_block(std::string_view text, uint32_t at, uint32_t end) {
  for (uint32_t i = 0; i < text.size();) {
    uint32_t gap = at;
    while (gap < end && is_space(source_[gap])) ++gap;
    if (!is_space(text[i])) {
      uint32_t run = 0;
      while (i + run < text.size() && gap + run < end && !is_space(text[i + run]) &&
             text[i + run] == source_[gap + run]) {
        ++run;
      }
      if (run == 0) return false;
      add(run, gap, gap + run, true);
      i += run;
      at = gap + run;
      continue;
    }
    uint32_t spaces = i;
    while (spaces < text.size() && is_space(text[spaces])) ++spaces;
    if (gap == end && at == end) {  // line breaks behind the last line
      add(spaces - i, end, end, false);
      i = spaces;
      continue;
    }
    uint32_t tail = 0;  // blanks that both runs end with
    while (i + tail < spaces && at + tail < gap && is_blank(text[spaces - 1 - tail]) &&
           text[spaces - 1 - tail] == source_[gap - 1 - tail]) {
      ++tail;
    }
    uint32_t head = 0;
    // The first line's indentation is never text; behind that, equal beginnings belong together.
    while (i > 0 && i + head < spaces - tail && at + head < gap - tail &&
           text[i + head] == source_[at + head]) {
      ++head;
    }
    add(head, at, at + head, true);
    add(spaces - tail - head - i, at + head, gap - tail, false);
    add(tail, gap - tail, gap, true);
    i = spaces;
    at = gap;
  }
  return true;
}

// White space in a quoted or plain scalar: one line break folds to a space, more to one less.
uint32_t TextMap::fold(std::string& decoded, uint32_t at, uint32_t end) {
  uint32_t stop = at;
  uint32_t breaks = 0;
  for (; stop < end && is_space(source_[stop]); ++stop) {
    bool crlf = source_[stop] == '\r' && stop + 1 < end && source_[stop + 1] == '\n';
    if (is_break(source_[stop]) && !crlf) ++breaks;
  }
  if (breaks == 0) {
    decoded.append(source_.substr(at, stop - at));
    add(stop - at, at, stop, true);
  } else {
    uint32_t size = breaks == 1 ? 1 : breaks - 1;
    decoded.append(size, breaks == 1 ? ' ' : '\n');
    add(size, at, stop, false);
  }
  return stop;
}

// At a backslash; returns the offset behind the escape, or `at` when it is none.
uint32_t TextMap::escape(std::string& decoded, uint32_t at, uint32_t end, bool json) {
  if (at + 1 >= end) return at;
  char c = source_[at + 1];
  uint32_t stop = at + 2;
  size_t before = decoded.size();
  if (!json && is_break(c)) {  // an escaped line break: nothing, with the indentation behind it
    if (c == '\r' && stop < end && source_[stop] == '\n') ++stop;
    while (stop < end && is_blank(source_[stop])) ++stop;
    return stop;
  }
  uint32_t code = letter_escape(c, json);
  uint32_t digits = c == 'u' ? 4 : json ? 0 : c == 'x' ? 2 : c == 'U' ? 8 : 0;
  if (digits > 0) {
    if (!hex(source_, stop, end, digits, code)) return at;
    stop += digits;
    uint32_t low = 0;
    if (json && code >= 0xD800 && code < 0xDC00 && stop + 6 <= end && source_[stop] == '\\' &&
        source_[stop + 1] == 'u' && hex(source_, stop + 2, end, 4, low) && low >= 0xDC00 &&
        low < 0xE000) {
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
      stop += 6;
    } else if (json && code >= 0xD800 && code < 0xE000) {
      code = 0xFFFD;
    }
  } else if (code == 0xFFFF) {
    return at;
  }
  append_utf8(decoded, code);
  add(static_cast<uint32_t>(decoded.size() - before), at, stop, false);
  return stop;
}

bool TextMap::follow_flow(std::string_view text, uint32_t at, uint32_t end, Style style,
                          bool json) {
  std::string decoded;
  decoded.reserve(text.size());
  while (at < end) {
    char c = source_[at];
    if (c == '\\' && style == Style::kDoubleQuoted) {
      uint32_t stop = escape(decoded, at, end, json);
      if (stop == at) return false;
      at = stop;
    } else if (c == '\'' && style == Style::kSingleQuoted && !json) {
      decoded += '\'';
      add(1, at, std::min(at + 2, end), false);
      at += 2;
    } else if (is_space(c) && !json) {
      at = fold(decoded, at, end);
    } else {
      decoded += c;
      add(1, at, at + 1, true);
      ++at;
    }
  }
  return decoded == text;
}

const TextMap::Segment* TextMap::segment_at(uint32_t offset) const {
  auto at = std::upper_bound(segments_.begin(), segments_.end(), offset,
                             [](uint32_t o, const Segment& s) { return o < s.text_end; });
  return at == segments_.end() ? nullptr : &*at;
}

core::Span TextMap::map(uint32_t begin, uint32_t end) const {
  if (!exact_) return whole_;
  begin = std::min(begin, text_size_);
  end = std::clamp(end, begin, text_size_);
  core::Span out{file_, whole_.begin, whole_.begin};
  if (segments_.empty()) return out;
  const Segment* first = segment_at(begin);
  if (!first) {
    out.begin = segments_.back().source_end;
  } else {
    out.begin = first->source_begin + (first->verbatim ? begin - first->text_begin : 0);
  }
  out.end = out.begin;
  if (end > begin) {
    const Segment* last = segment_at(end - 1);
    out.end = last->verbatim ? last->source_begin + (end - last->text_begin) : last->source_end;
  }
  return out;
}

}  // namespace assay::syntax
