// Templates: quoted strings, heredocs and whole files. Reference: hclsyntax specification,
// "Templates".
//
// Reading has two passes, as the rules about white space demand. The first cuts the text into
// parts: pieces of text, interpolations, directives. Strip markers act here and only on the piece
// next to them, and a piece ends with its line (in heredocs) or at a lone "$" or "%". Then a flush
// heredoc loses its indentation. The second pass joins neighbouring pieces and nests directives.
#include <cstring>

#include "parsers/syntax/hcl/characters.h"
#include "parsers/syntax/hcl/parser.h"

namespace assay::syntax::hcl {
namespace {
using T = TokenType;

constexpr const char* kEncodingMessage = "this byte is not valid UTF-8; save the file as UTF-8";

bool is_ascii_blank(char c) { return c == ' ' || c == '\t'; }

}  // namespace

bool Parser::read_quoted() {
  Token quote = take_without_next();
  const char* data = text_.data();
  const char* end = data + lexer_.end_position();
  const char* p = data + quote.end;
  while (p < end && !has_class(*p, kEndsQuotedRun)) ++p;
  if (p < end && *p == '"') {  // nine of ten strings
    uint32_t close = static_cast<uint32_t>(p - data);
    size_t mark = stack_.size();
    if (close > quote.end && !reduce(NodeKind::kTemplateText, mark, quote.end, close,
                                     text_.substr(quote.end, close - quote.end))) {
      return false;
    }
    resume_at(close + 1);
    return reduce(NodeKind::kTemplate, mark, quote.begin, close + 1, {}, 0, Style::kDoubleQuoted);
  }
  size_t parts_mark = parts_.size();
  if (!scan_quoted(quote.begin)) return false;
  uint32_t close = previous_end_;
  resume_at(close);
  return build_template(parts_mark, quote.begin, close, Style::kDoubleQuoted);
}

// From behind the quote at `open` to behind the closing one, which becomes previous_end_.
bool Parser::scan_quoted(uint32_t open) {
  size_t parts_mark = parts_.size();
  const char* data = text_.data();
  const char* end = data + lexer_.end_position();
  uint32_t at = open + 1;
  bool trim = false;
  for (;;) {
    const char* p = data + at;
    if (p >= end) {
      return fail("hcl-unclosed-string", "this string is never closed; add the missing \"", open,
                  at);
    }
    if (*p == '"') {
      previous_end_ = at + 1;
      return true;
    }
    if (*p == '$' || *p == '%') {
      if (!read_dollar(at, trim, true, parts_mark)) return false;
      continue;
    }
    bool escaped = false;
    for (; p < end; ++p) {
      while (p < end && !has_class(*p, kEndsQuotedRun)) ++p;
      if (p >= end) break;
      if (*p == '\\' && p + 1 < end && p[1] != '\n' && p[1] != '\r') {
        escaped = true;
        ++p;
        if (static_cast<uint8_t>(*p) < 0x80) continue;
      }
      if (static_cast<uint8_t>(*p) < 0x80) break;
      uint32_t length = character_length(p, end);
      uint32_t offset = static_cast<uint32_t>(p - data);
      if (length == 0) return fail("hcl-encoding", kEncodingMessage, offset, offset + 1);
      p += length - 1;
    }
    uint32_t stop = static_cast<uint32_t>(p - data);
    if (p < end && (*p == '\n' || *p == '\r' || *p == '\\')) {
      return fail("hcl-multi-line-string",
                  "a quoted string ends on its line; close it with \", write \\n for a line break, "
                  "or use a heredoc (<<EOT)",
                  stop, stop + 1);
    }
    std::string_view value = text_.substr(at, stop - at);
    if (escaped) {
      std::string decoded;
      decode_escapes(at, stop, decoded);
      value = tree_.arena.copy(std::string_view(decoded));
    }
    add_text(at, stop, value, trim, true, parts_mark);
    trim = false;
    at = stop;
  }
}

bool Parser::read_heredoc() {
  Token open = take_without_next();
  std::string_view marker = text_of(open).substr(2);
  bool flush = marker.front() == '-';
  if (flush) marker.remove_prefix(1);
  marker.remove_suffix(1);
  if (marker.back() == '\r') marker.remove_suffix(1);
  size_t parts_mark = parts_.size();
  if (!scan_lines(&marker, flush, open.begin)) return false;
  uint32_t close = previous_end_;
  // The lexer goes on at the line break, whatever white space stands before it.
  uint32_t line_end = static_cast<uint32_t>(text_.find('\n', close));
  if (text_[line_end - 1] == '\r') --line_end;
  resume_at(line_end);
  previous_end_ = close;
  return build_template(parts_mark, open.begin, close,
                        flush ? Style::kFlushHeredoc : Style::kHeredoc);
}

const Node* Parser::read_bare_template() {
  token_ = Token{};
  uint32_t begin = previous_end_;
  uint32_t end = lexer_.end_position();
  token_.end = begin;
  if (!scan_lines(nullptr, false, begin)) return nullptr;
  if (!build_template(0, begin, end, Style::kPlain)) return nullptr;
  return stack_.back().node;
}

// Lines from behind the opening token to the one that holds the marker only; to the end of the text
// when `marker` is null.
bool Parser::scan_lines(const std::string_view* marker, bool flush, uint32_t open) {
  size_t parts_mark = parts_.size();
  const char* data = text_.data();
  const char* end = data + lexer_.end_position();
  uint32_t at = token_.end;
  bool trim = false;
  bool line_start = true;
  for (;;) {
    const char* p = data + at;
    if (p >= end) {
      if (marker == nullptr) return true;
      lexer_.set_position(at);  // that is how far reading went
      return fail("hcl-unclosed-heredoc",
                  "this heredoc is never closed; \"" + std::string(marker->substr(0, 60)) +
                      "\" must stand alone on a line, followed by a line break",
                  open, token_.end > open ? token_.end - 1 : open);
    }
    if (*p == '$' || *p == '%') {
      line_start = false;
      // A sequence moves token_, which error messages above refer to.
      Token opening = token_;
      if (!read_dollar(at, trim, !flush, parts_mark)) return false;
      token_ = opening;
      continue;
    }
    for (; p < end; ++p) {
      while (p < end && !has_class(*p, kEndsHeredocRun)) ++p;
      if (p >= end || *p == '\n' || *p == '$' || *p == '%') break;
      uint32_t offset = static_cast<uint32_t>(p - data);
      if (*p == '\r') {
        if ((p + 1 < end && p[1] == '\n') || marker == nullptr) continue;
        return fail("hcl-character",
                    "a lone carriage return does not end a line; save the file with LF or CRLF "
                    "endings",
                    offset, offset + 1);
      }
      uint32_t length = character_length(p, end);
      if (length == 0) return fail("hcl-encoding", kEncodingMessage, offset, offset + 1);
      p += length - 1;
    }
    bool line_end = p < end && *p == '\n';
    if (line_end) ++p;
    std::string_view value(data + at, static_cast<size_t>(p - data) - at);
    if (line_end && line_start && marker != nullptr) {
      size_t first = 0;
      while (first < value.size() && is_ascii_blank(value[first])) ++first;
      if (value[first] == marker->front() || static_cast<uint8_t>(value[first]) >= 0x80 ||
          value[first] < ' ') {
        std::string_view word = trim_right(trim_left(value));
        if (word == *marker) {
          previous_end_ = static_cast<uint32_t>(word.data() + word.size() - data);
          if (flush) remove_indent(parts_mark);
          return true;
        }
      }
    }
    uint32_t stop = at + static_cast<uint32_t>(value.size());
    add_text(at, stop, value, trim, !flush, parts_mark);
    trim = false;
    line_start = line_end;
    at = stop;
  }
}

bool Parser::read_dollar(uint32_t& at, bool& trim, bool merge, size_t parts_mark) {
  const char* p = text_.data() + at;
  size_t left = lexer_.end_position() - at;
  if (left > 1 && p[1] == '{') return read_sequence(at, trim, parts_mark);
  bool escape = left > 2 && p[1] == *p && p[2] == '{';
  uint32_t length = escape ? 3 : 1;
  add_text(at, at + length, text_.substr(at + (escape ? 1 : 0), escape ? 2 : 1), trim, merge,
           parts_mark);
  trim = false;
  at += length;
  return true;
}

bool Parser::read_sequence(uint32_t& at, bool& trim, size_t parts_mark) {
  Part part;
  part.begin = at;
  bool directive = text_[at] == '%';
  uint32_t inside = at + 2;
  if (inside < lexer_.end_position() && text_[inside] == '~') {
    ++inside;
    if (parts_.size() > parts_mark && parts_.back().kind == Part::kText) {
      Part& before = parts_.back();
      size_t kept = static_cast<size_t>(before.last_token - before.value.data());
      kept += trim_right(before.value.substr(kept)).size();
      before.value = before.value.substr(0, kept);
    }
  }
  bool outer = newlines_;
  newlines_ = false;
  resume_at(inside);
  if (directive) {
    if (!read_directive(part)) return false;
  } else {
    part.kind = Part::kInterpolation;
    if (!read_expression()) return false;
    part.nodes[0] = stack_.back();
    part.node_count = 1;
    stack_.pop_back();
  }
  TokenType closer = peek_type();
  if (closer != T::kRightBrace && closer != T::kTemplateEnd) {
    std::string sign(1, directive ? '%' : '$');
    if (closer == T::kEnd || closer == T::kQuote) {
      return fail("hcl-unclosed-template",
                  "this " + sign + "{ is never closed; add the missing \"}\"", part.begin, inside);
    }
    return fail_at(token_, "\"}\" is expected at the end of a template sequence, not " +
                               describe(token_) + "; if " + sign +
                               "{ is meant for another language, write " + sign + sign + "{");
  }
  part.end = token_.end;
  at = token_.end;
  previous_end_ = at;
  trim = closer == T::kTemplateEnd;
  newlines_ = outer;
  parts_.push_back(part);
  return true;
}

// Behind "%{": the keyword and what belongs to it.
bool Parser::read_directive(Part& part) {
  Token keyword = peek();
  if (keyword.type != T::kIdentifier) {
    return fail_at(keyword,
                   "a template directive starts with if, else, endif, for or endfor, not " +
                       describe(keyword) + "; write %%{ for a literal %{");
  }
  take();
  std::string_view word = text_of(keyword);
  if (word == "else") {
    part.kind = Part::kElse;
  } else if (word == "endif") {
    part.kind = Part::kEndIf;
  } else if (word == "endfor") {
    part.kind = Part::kEndFor;
  } else if (word == "if") {
    part.kind = Part::kIf;
  } else if (word == "for") {
    part.kind = Part::kFor;
  } else {
    return fail_at(keyword,
                   "\"" + std::string(word.substr(0, 60)) +
                       "\" is not a template directive; there are if, else, endif, for and "
                       "endfor");
  }
  if (part.kind == Part::kFor) {
    for (int names = 0;;) {
      Token name = peek();
      if (name.type != T::kIdentifier) {
        return fail_at(name,
                       "the name of a variable is expected in \"for\", not " + describe(name));
      }
      take();
      if (names == 0) {
        part.value = text_of(name);
      } else {
        if (!leaf(NodeKind::kLabel, name)) return false;
        part.nodes[part.node_count++] = stack_.back();
        stack_.pop_back();
      }
      if (++names == 2 || peek_type() != T::kComma) break;
      take();
    }
    if (!is_keyword(peek(), "in")) {
      return fail_at(token_,
                     "\"in\" is expected after the names of \"for\", not " + describe(token_));
    }
    take();
  }
  if (part.kind == Part::kIf || part.kind == Part::kFor) {
    if (!read_expression()) return false;
    part.nodes[part.node_count++] = stack_.back();
    stack_.pop_back();
  }
  return true;
}

// Decodes the escapes of text_[begin, end), which has no template sequences. False when one is bad.
bool Parser::decode_escapes(uint32_t begin, uint32_t end, std::string& out) {
  bool good = true;
  out.reserve(end - begin);
  for (uint32_t i = begin; i < end;) {
    char c = text_[i];
    if ((c == '$' || c == '%') && i + 2 < end && text_[i + 1] == c && text_[i + 2] == '{') {
      out += c;
      out += '{';
      i += 3;
      continue;
    }
    if (c != '\\') {
      out += c;
      ++i;
      continue;
    }
    char escape = i + 1 < end ? text_[i + 1] : '\0';
    uint32_t start = i;
    i += 2;
    switch (escape) {
      case 'n':
        out += '\n';
        continue;
      case 'r':
        out += '\r';
        continue;
      case 't':
        out += '\t';
        continue;
      case '"':
        out += '"';
        continue;
      case '\\':
        out += '\\';
        continue;
      case 'u':
      case 'U': {
        uint32_t wanted = escape == 'u' ? 4 : 8;
        uint64_t code = 0;
        uint32_t digits = 0;
        while (digits < wanted && i < end && has_class(text_[i], kHex)) {
          char d = text_[i];
          code = code * 16 + static_cast<uint64_t>(d <= '9' ? d - '0' : (d | 32) - 'a' + 10);
          ++i;
          ++digits;
        }
        if (digits < wanted) {
          complain("hcl-escape",
                   std::string("\\") + escape + " needs " + (wanted == 4 ? "four" : "eight") +
                       " hexadecimal digits",
                   start, i);
        } else if ((code >= 0xD800 && code <= 0xDFFF) || code > 0x10FFFF) {
          complain("hcl-escape",
                   "this escape is no Unicode character; write characters beyond U+FFFF as "
                   "\\UNNNNNNNN",
                   start, i);
        } else {
          append_utf8(static_cast<uint32_t>(code), out);
          continue;
        }
        good = false;
        out.append(text_.substr(start, i - start));
        continue;
      }
      default: {
        --i;
        uint32_t length = character_length(text_.data() + i, text_.data() + end);
        i += length == 0 ? 1 : length;
        std::string written(text_.substr(start, i - start));
        complain("hcl-escape",
                 "\"" + written +
                     "\" is no escape; there are \\n \\r \\t \\\" \\\\ \\uNNNN "
                     "\\UNNNNNNNN, and a literal backslash is \\\\",
                 start, i);
        good = false;
        out.append(written, 1);
      }
    }
  }
  return good;
}

// One piece of text. With `merge`, it joins the piece before it when both lie side by side.
void Parser::add_text(uint32_t begin, uint32_t end, std::string_view value, bool trim, bool merge,
                      size_t parts_mark) {
  if (trim) value = trim_left(value);
  if (merge && parts_.size() > parts_mark) {
    Part& before = parts_.back();
    if (before.kind == Part::kText && before.value.data() + before.value.size() == value.data() &&
        !value.empty()) {
      before.value = {before.value.data(), before.value.size() + value.size()};
      before.last_token = value.data();
      before.end = end;
      return;
    }
  }
  Part part;
  part.kind = Part::kText;
  part.begin = begin;
  part.end = end;
  part.value = value;
  part.last_token = value.data();
  parts_.push_back(part);
}

// The least indentation of the lines that are not blank goes away from all of them. A line that
// starts with a sequence has none.
void Parser::remove_indent(size_t parts_mark) {
  constexpr size_t kNone = static_cast<size_t>(-1);
  auto indent_of = [](const Part& part) {
    std::string_view rest = trim_left(part.value);
    if (rest.empty() && part.value.ends_with('\n')) return kNone;  // blank
    size_t characters = 0;
    for (const char* p = part.value.data(); p < rest.data(); ++p) {
      characters += (static_cast<uint8_t>(*p) & 0xC0) != 0x80;
    }
    return characters;
  };
  // Calls `visit` with every part that starts a line.
  auto for_line_starts = [&](auto visit) {
    bool line_start = true;
    for (size_t i = parts_mark; i < parts_.size(); ++i) {
      Part& part = parts_[i];
      if (line_start) visit(part);
      line_start = part.kind == Part::kText && part.value.ends_with('\n');
    }
  };
  size_t least = kNone;
  for_line_starts([&](const Part& part) {
    size_t indent = part.kind == Part::kText ? indent_of(part) : 0;
    if (indent < least) least = indent;
  });
  if (least == 0 || least == kNone) return;
  for_line_starts([&](Part& part) {
    if (part.kind != Part::kText || indent_of(part) == kNone) return;
    size_t bytes = 0;
    for (size_t characters = 0; bytes < part.value.size(); ++bytes) {
      if ((static_cast<uint8_t>(part.value[bytes]) & 0xC0) != 0x80 && ++characters > least) break;
    }
    part.value.remove_prefix(bytes);
  });
}

bool Parser::build_template(size_t parts_mark, uint32_t begin, uint32_t end, Style style) {
  size_t mark = stack_.size();
  size_t at = parts_mark;
  if (!build_parts(at, style)) return false;
  if (at < parts_.size()) {
    const Part& extra = parts_[at];
    const char* name = extra.kind == Part::kElse    ? "else"
                       : extra.kind == Part::kEndIf ? "endif"
                                                    : "endfor";
    return fail("hcl-template-directive",
                std::string("%{ ") + name +
                    " } closes nothing here; remove it or add its opening "
                    "directive",
                extra.begin, extra.end);
  }
  parts_.resize(parts_mark);
  return reduce(NodeKind::kTemplate, mark, begin, end, {}, 0, style);
}

// Pushes nodes for parts from `at` up to one that closes a directive, or the end.
bool Parser::build_parts(size_t& at, Style style) {
  while (at < parts_.size()) {
    switch (parts_[at].kind) {
      case Part::kText:
        if (!build_text(at)) return false;
        break;
      case Part::kInterpolation: {
        const Part& part = parts_[at++];
        stack_.push_back(part.nodes[0]);
        if (!reduce(NodeKind::kInterpolation, stack_.size() - 1, part.begin, part.end))
          return false;
        break;
      }
      case Part::kIf:
      case Part::kFor:
        if (!build_directive(at, style)) return false;
        break;
      case Part::kElse:
      case Part::kEndIf:
      case Part::kEndFor:
        return true;
    }
  }
  return true;
}

bool Parser::build_directive(size_t& at, Style style) {
  if (!enter()) return false;
  const Part open = parts_[at++];
  bool loop = open.kind == Part::kFor;
  size_t mark = stack_.size();
  for (uint32_t i = 0; i < open.node_count; ++i) stack_.push_back(open.nodes[i]);
  bool had_else = false;
  uint32_t inner_begin = open.end;
  for (;;) {
    size_t inner = stack_.size();
    if (!build_parts(at, style)) return false;
    if (at >= parts_.size()) {
      return fail("hcl-template-directive",
                  loop ? "this %{ for } is never closed; add %{ endfor }"
                       : "this %{ if } is never closed; add %{ endif }",
                  open.begin, open.end);
    }
    const Part& close = parts_[at];
    if (!reduce(NodeKind::kTemplate, inner, inner_begin, close.begin, {}, 0, style)) return false;
    bool is_end = close.kind == (loop ? Part::kEndFor : Part::kEndIf);
    bool is_else = close.kind == Part::kElse && !loop && !had_else;
    if (!is_end && !is_else) {
      return fail("hcl-template-directive",
                  loop ? "%{ endfor } is expected here, to close the %{ for } before"
                       : "%{ endif } is expected here, to close the %{ if } before",
                  close.begin, close.end);
    }
    ++at;
    inner_begin = close.end;
    if (is_else) {
      had_else = true;
      continue;
    }
    if (!loop && !had_else &&
        !reduce(NodeKind::kTemplate, stack_.size(), close.begin, close.begin, {}, 0, style)) {
      return false;
    }
    leave();
    return reduce(loop ? NodeKind::kTemplateFor : NodeKind::kTemplateIf, mark, open.begin,
                  close.end, loop ? open.value : std::string_view{});
  }
}

// Joins the pieces of text from `at` on.
bool Parser::build_text(size_t& at) {
  size_t first = at;
  std::string_view joined = parts_[first].value;
  bool side_by_side = true;
  for (++at; at < parts_.size() && parts_[at].kind == Part::kText; ++at) {
    std::string_view value = parts_[at].value;
    if (value.empty()) continue;
    if (joined.empty()) {
      joined = value;
    } else if (joined.data() + joined.size() == value.data()) {
      joined = {joined.data(), joined.size() + value.size()};
    } else {
      side_by_side = false;
    }
  }
  std::string copy;
  if (!side_by_side) {
    for (size_t i = first; i < at; ++i) copy.append(parts_[i].value);
    if (may_need_nfc(copy)) copy = to_nfc(copy);
    joined = tree_.arena.copy(std::string_view(copy));
  } else if (may_need_nfc(joined)) {
    copy = to_nfc(joined);
    if (copy != joined) joined = tree_.arena.copy(std::string_view(copy));
  }
  return reduce(NodeKind::kTemplateText, stack_.size(), parts_[first].begin, parts_[at - 1].end,
                joined);
}

}  // namespace assay::syntax::hcl
