// A small JSON reader for documents inside attributes (policies). Documents under analysis as files
// are read by parsers/syntax/json; this one has to make Values, not nodes, and needs no recovery.
#include <algorithm>
#include <cstring>
#include <vector>

#include "parsers/core/limits.h"
#include "parsers/model/alias_values.h"

namespace assay::model {
namespace {

class JsonText {
 public:
  JsonText(std::string_view text, core::Span base, core::Span whole, const Origin* origin, core::Arena& arena,
           std::span<const uint32_t> places)
      : text_(text), base_(base), whole_(whole), origin_(origin), arena_(arena), places_(places) {}

  std::optional<Value> read() {
    Value value;
    if (!read_value(value, 0)) return std::nullopt;
    skip_space();
    if (at_ != text_.size()) return std::nullopt;
    return value;
  }

 private:
  void skip_space() {
    while (at_ < text_.size() && std::strchr(" \t\r\n", text_[at_]) != nullptr && text_[at_] != 0) ++at_;
  }
  bool take(char c) {
    skip_space();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool word(std::string_view expected) {
    if (text_.substr(at_, expected.size()) != expected) return false;
    at_ += expected.size();
    return true;
  }
  core::Span span(size_t begin) const {
    if (!base_.valid()) return whole_;
    if (!places_.empty() && begin < at_) {
      uint32_t end = at_ < places_.size() ? places_[at_] : places_[at_ - 1] + 1;
      return {base_.file, base_.begin + places_[begin], base_.begin + end};
    }
    return {base_.file, base_.begin + static_cast<uint32_t>(begin), base_.begin + static_cast<uint32_t>(at_)};
  }

  bool read_value(Value& out, uint32_t depth) {
    skip_space();
    if (at_ >= text_.size() || depth > core::kMaxNesting) return false;
    size_t begin = at_;
    bool good = true;
    char c = text_[at_];
    if (c == '{') {
      good = read_object(out, depth);
    } else if (c == '[') {
      good = read_list(out, depth);
    } else if (c == '"') {
      std::string_view text;
      good = read_string(text);
      out = string_value(text);
    } else if (word("true")) {
      out = bool_value(true);
    } else if (word("false")) {
      out = bool_value(false);
    } else if (word("null")) {
      out = null_value();
    } else {
      size_t end = at_;
      while (end < text_.size() && std::strchr("+-.eE0123456789", text_[end]) != nullptr && text_[end] != 0) ++end;
      auto number = core::Number::parse(text_.substr(at_, end - at_), arena_);
      if (end == at_ || !number) return false;
      at_ = end;
      out = number_value(*number, arena_);
    }
    if (!good) return false;
    out.span = span(begin);
    out.origin = origin_;
    return true;
  }

  bool read_list(Value& out, uint32_t depth) {
    ++at_;
    std::vector<Value> items;
    if (!take(']')) {
      do {
        items.emplace_back();
        if (!read_value(items.back(), depth + 1)) return false;
      } while (take(','));
      if (!take(']')) return false;
    }
    out = list_value(items, arena_);
    return true;
  }

  bool read_object(Value& out, uint32_t depth) {
    ++at_;
    std::vector<Entry> entries;
    if (!take('}')) {
      do {
        skip_space();
        Entry entry;
        size_t begin = at_;
        if (at_ >= text_.size() || text_[at_] != '"' || !read_string(entry.key)) return false;
        entry.key_span = span(begin);
        if (!take(':') || !read_value(entry.value, depth + 1)) return false;
        entries.push_back(entry);
      } while (take(','));
      if (!take('}')) return false;
    }
    out = object_value(entries, arena_);
    return true;
  }

  bool read_string(std::string_view& out) {
    size_t begin = ++at_;
    bool escaped = false;
    while (at_ < text_.size() && text_[at_] != '"') {
      if (text_[at_] == '\\') {
        escaped = true;
        ++at_;
      }
      ++at_;
    }
    if (at_ >= text_.size()) return false;
    std::string_view raw = text_.substr(begin, at_ - begin);
    ++at_;
    if (!escaped) {
      out = raw;
      return true;
    }
    std::string plain;
    for (size_t i = 0; i < raw.size(); ++i) {
      if (raw[i] != '\\' || i + 1 >= raw.size()) {
        plain += raw[i];
        continue;
      }
      char c = raw[++i];
      switch (c) {
        case 'n': plain += '\n'; break;
        case 't': plain += '\t'; break;
        case 'r': plain += '\r'; break;
        case 'b': plain += '\b'; break;
        case 'f': plain += '\f'; break;
        case 'u': {
          uint32_t code = 0;
          if (!hex4(raw, i + 1, code)) return false;
          i += 4;
          uint32_t low = 0;
          if (code >= 0xd800 && code < 0xdc00 && raw.substr(i + 1, 2) == "\\u" && hex4(raw, i + 3, low) &&
              low >= 0xdc00 && low < 0xe000) {
            code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
            i += 6;
          }
          append_utf8(code, plain);
          break;
        }
        default: plain += c;
      }
    }
    out = arena_.copy(std::string_view(plain));
    return true;
  }

  static bool hex4(std::string_view text, size_t at, uint32_t& code) {
    if (at + 4 > text.size()) return false;
    code = 0;
    for (size_t i = at; i < at + 4; ++i) {
      char c = text[i];
      int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
      if (digit < 0) return false;
      code = code * 16 + static_cast<uint32_t>(digit);
    }
    return true;
  }

  static void append_utf8(uint32_t code, std::string& out) {
    auto put = [&](uint32_t byte) { out += static_cast<char>(byte); };
    if (code < 0x80) {
      put(code);
    } else if (code < 0x800) {
      put(0xc0 | (code >> 6));
      put(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
      put(0xe0 | (code >> 12));
      put(0x80 | ((code >> 6) & 0x3f));
      put(0x80 | (code & 0x3f));
    } else {
      put(0xf0 | (code >> 18));
      put(0x80 | ((code >> 12) & 0x3f));
      put(0x80 | ((code >> 6) & 0x3f));
      put(0x80 | (code & 0x3f));
    }
  }

  std::string_view text_;
  core::Span base_, whole_;
  const Origin* origin_;
  core::Arena& arena_;
  std::span<const uint32_t> places_;
  size_t at_ = 0;
};

// Each line of the text stands at the end of a line of the heredoc, behind what was taken off.
bool heredoc_places(std::string_view text, std::string_view source, std::vector<uint32_t>& out) {
  size_t line = source.find('\n');
  if (line == std::string_view::npos) return false;
  ++line;
  for (size_t at = 0; at < text.size();) {
    size_t end = std::min(text.find('\n', at), text.size() - 1) + 1;
    std::string_view wanted = text.substr(at, end - at);
    size_t source_end = std::min(source.find('\n', line), source.size() - 1) + 1;
    std::string_view written = source.substr(line, source_end - line);
    if (written.size() < wanted.size() || !written.ends_with(wanted)) return false;
    size_t indent = written.size() - wanted.size();
    if (written.substr(0, indent).find_first_not_of(" \t") != std::string_view::npos) return false;
    for (size_t i = 0; i < wanted.size(); ++i) out.push_back(static_cast<uint32_t>(line + indent + i));
    line = source_end;
    at = end;
  }
  return true;
}

// A quoted string, whose escapes of one character may stand for one byte.
bool quoted_places(std::string_view text, std::string_view source, std::vector<uint32_t>& out) {
  size_t at = 1;
  for (char c : text) {
    if (at + 1 >= source.size()) return false;
    size_t begin = at;
    char written = source[at++];
    if (written == '\\') {
      char escaped = source[at++];
      written = escaped == 'n' ? '\n' : escaped == 't' ? '\t' : escaped == 'r' ? '\r' : escaped;
      if (escaped == 'u' || escaped == 'U') return false;
    }
    if (written != c) return false;
    out.push_back(static_cast<uint32_t>(begin));
  }
  return true;
}

}  // namespace

std::vector<uint32_t> literal_places(std::string_view text, std::string_view source) {
  std::vector<uint32_t> out;
  if (text.empty() || source.empty()) return out;
  out.reserve(text.size());
  bool found = source.starts_with("<<") ? heredoc_places(text, source, out)
               : source[0] == '"'       ? quoted_places(text, source, out)
                                        : false;
  if (!found) out.clear();
  return out;
}

std::optional<Value> parse_json_text(std::string_view text, core::Span base, core::Span whole,
                                     const Origin* origin, core::Arena& arena,
                                     std::span<const uint32_t> places) {
  return JsonText(text, base, whole, origin, arena, places).read();
}

}  // namespace assay::model
