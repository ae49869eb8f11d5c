// yamlencode: the block style that go-cty-yaml's emitter (a port of libyaml) writes, byte for byte:
// texts in double quotes, texts of several lines as literal blocks, two spaces, lists not indented
// below their key.
#include <algorithm>
#include <string>
#include <vector>

#include "parsers/core/text.h"
#include "parsers/formats/terraform/functions/internal.h"

namespace assay::formats::terraform {
namespace {

constexpr int kIndent = 2;
constexpr size_t kWidth = 80;          // longer quoted texts are folded at spaces
constexpr size_t kMaxSimpleKey = 128;  // bytes; longer keys are written "? key"

bool is_break(char32_t code) {
  return code == '\n' || code == '\r' || code == 0x85 || code == 0x2028 || code == 0x2029;
}

// As the emitter sees it; characters beyond U+FFFF are not.
bool is_printable(char32_t code) {
  return code == '\n' || (code >= 0x20 && code <= 0x7e) ||
         (code >= 0xa0 && code <= 0xfffd && code != 0xfeff);
}

// A literal block would lose or change something.
bool needs_quotes(std::string_view text) {
  if (text.find('\n') == std::string_view::npos || text.back() == ' ') return true;
  bool space = false;
  for (size_t at = 0; at < text.size();) {
    core::Utf8 next = core::decode_utf8(text, at);
    if (!next.valid || !is_printable(next.code) || (space && is_break(next.code))) return true;
    space = next.code == ' ';
    at += next.length;
  }
  return false;
}

class Emitter {
 public:
  bool document(const Value& value) {
    if (!node(value, false, 0)) return false;
    indent_ = 0;
    write_indent();
    if (open_ended_) out += "...\n";
    return true;
  }

  std::string out;

 private:
  bool node(const Value& value, bool in_mapping, uint32_t depth) {
    if (depth > core::kMaxNesting || out.size() > core::kMaxStringBytes) return false;
    if (value.is_sequence()) return sequence(value, in_mapping, depth);
    if (value.is_mapping()) return mapping(value, depth);
    if (value.is_string()) {
      text(value.text(), false);
    } else {
      if (!whitespace_) put(" ");
      put(value.is_null() ? "null" : primitive_text(value));
      whitespace_ = indention_ = false;
      open_ended_ = depth == 0;
    }
    return true;
  }

  bool sequence(const Value& value, bool in_mapping, uint32_t depth) {
    if (value.size == 0) {
      indicator("[]", true, false);
      return true;
    }
    int outer = indent_;
    deeper(false, in_mapping && !indention_);
    for (const Value& item : value.items()) {
      write_indent();
      indicator("-", true, true);
      if (!node(item, false, depth + 1)) return false;
    }
    indent_ = outer;
    return true;
  }

  bool mapping(const Value& value, uint32_t depth) {
    if (value.size == 0) {
      indicator("{}", true, false);
      return true;
    }
    std::vector<const Entry*> entries;
    for (const Entry& entry : value.entries()) entries.push_back(&entry);
    std::stable_sort(entries.begin(), entries.end(),
                     [](const Entry* a, const Entry* b) { return a->key < b->key; });
    int outer = indent_;
    deeper(false, false);
    for (const Entry* entry : entries) {
      write_indent();
      bool simple =
          entry->key.size() <= kMaxSimpleKey && entry->key.find('\n') == std::string_view::npos;
      if (simple) {
        text(entry->key, true);
        indicator(":", false, false);
      } else {
        indicator("?", true, true);
        text(entry->key, false);
        write_indent();
        indicator(":", true, true);
      }
      if (!node(entry->value, true, depth + 1)) return false;
    }
    indent_ = outer;
    return true;
  }

  void text(std::string_view content, bool is_key) {
    int outer = indent_;
    deeper(true, false);
    if (needs_quotes(content)) {
      quoted(content, is_key);
    } else {
      literal(content);
    }
    indent_ = outer;
  }

  void escape(char32_t code) {
    static constexpr std::pair<char32_t, const char*> kNamed[] = {
        {0, "\\0"},     {7, "\\a"},    {8, "\\b"},    {9, "\\t"},      {10, "\\n"},
        {11, "\\v"},    {12, "\\f"},   {13, "\\r"},   {27, "\\e"},     {'"', "\\\""},
        {'\\', "\\\\"}, {0x85, "\\N"}, {0xa0, "\\_"}, {0x2028, "\\L"}, {0x2029, "\\P"}};
    for (auto [named, text] : kNamed) {
      if (named == code) return put(text);
    }
    char buffer[16];
    const char* form = code <= 0xff ? "\\x%02X" : code <= 0xffff ? "\\u%04X" : "\\U%08X";
    std::snprintf(buffer, sizeof buffer, form, static_cast<unsigned>(code));
    put(buffer);
  }

  void quoted(std::string_view content, bool is_key) {
    indicator("\"", true, false);
    bool spaces = false;
    for (size_t at = 0; at < content.size();) {
      core::Utf8 next = core::decode_utf8(content, at);
      size_t behind = at + next.length;
      bool plain = next.valid && is_printable(next.code) && !is_break(next.code) &&
                   next.code != '"' && next.code != '\\';
      if (!plain) {
        escape(next.code);
        spaces = false;
      } else if (next.code == ' ') {
        if (!is_key && !spaces && column_ > kWidth && at > 0 && behind < content.size()) {
          write_indent();
          if (content[behind] == ' ') put("\\");
        } else {
          put(" ");
        }
        spaces = true;
      } else {
        put(content.substr(at, next.length));
        spaces = false;
      }
      at = behind;
    }
    put("\"");
    whitespace_ = indention_ = false;
  }

  void literal(std::string_view content) {
    indicator("|", true, false);
    core::Utf8 first = core::decode_utf8(content, 0);
    if (first.code == ' ' || is_break(first.code)) put(std::to_string(kIndent));
    if (content.back() != '\n') {
      put("-");
    } else if (content.size() == 1 || content[content.size() - 2] == '\n') {
      put("+");
    }
    line_break();
    indention_ = whitespace_ = true;
    bool at_line_start = true;
    for (char c : content) {
      if (c == '\n') {
        line_break();
        indention_ = at_line_start = true;
        continue;
      }
      if (at_line_start) write_indent();
      out += c;
      if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) ++column_;
      indention_ = at_line_start = false;
    }
  }

  void deeper(bool flow, bool indentless) {
    if (indent_ < 0) {
      indent_ = flow ? kIndent : 0;
    } else if (!indentless) {
      indent_ += kIndent;
    }
  }

  void indicator(std::string_view text, bool needs_space, bool keeps_indention) {
    if (needs_space && !whitespace_) put(" ");
    put(text);
    whitespace_ = false;
    indention_ = indention_ && keeps_indention;
  }

  void write_indent() {
    size_t indent = indent_ < 0 ? 0 : static_cast<size_t>(indent_);
    if (!indention_ || column_ > indent || (column_ == indent && !whitespace_)) line_break();
    while (column_ < indent) put(" ");
    whitespace_ = indention_ = true;
  }

  void line_break() {
    out += '\n';
    column_ = 0;
  }
  void put(std::string_view text) {
    out += text;
    column_ += static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
      return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    }));
  }

  int indent_ = -1;
  size_t column_ = 0;
  bool whitespace_ = true;  // the last character is a space or there is none
  bool indention_ = true;   // only indentation and indicators so far on this line
  bool open_ended_ = false;
};

}  // namespace

CallResult yamlencode(CallContext& context, Arguments arguments) {
  const Value& value = arguments[0];
  if (has_guards(value)) {
    CallResult split = in_worlds(context, "yamlencode", arguments,
                                 [&](Arguments decided) { return yamlencode(context, decided); });
    if (!split.value.is_unknown()) return split;
  }
  if (has_guards(value) || has_unknown(value)) {
    model::Unknown facts = unknown_facts(context, "yamlencode", model::string_type(), arguments);
    facts.structure = context.arena.make<Value>(value);
    Value result = model::unknown_value(facts, context.arena);
    result.marks |= model::marks_inside(value);
    return result;
  }
  Emitter emitter;
  if (!emitter.document(value)) return failure("the value is nested too deeply or too large");
  return text_result(context, emitter.out);
}

}  // namespace assay::formats::terraform
