// provider::terraform::encode_expr and encode_tfvars: values written as Terraform source text, laid
// out as `terraform fmt` lays them out. decode_tfvars is a special form of the evaluator.
#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "parsers/core/text.h"
#include "parsers/formats/terraform/functions/internal.h"

namespace assay::formats::terraform {
namespace {

// Characters that are written as they are; others are escaped.
bool is_printable(char32_t code) {
  if (code < 0x20 || (code >= 0x7f && code <= 0xa0) || code == 0xad) return false;
  if ((code >= 0x2000 && code <= 0x200f) || (code >= 0x2028 && code <= 0x202f)) return false;
  if ((code >= 0x205f && code <= 0x206f) || code == 0x3000 || code == 0xfeff) return false;
  return (code < 0xe000 || code > 0xf8ff) && (code < 0xfff9 || code > 0xfffb) && code < 0xe0000;
}

void append_quoted(std::string_view text, std::string& out) {
  out += '"';
  for (size_t at = 0; at < text.size();) {
    core::Utf8 next = core::decode_utf8(text, at);
    char c = text[at];
    bool opens = (c == '$' || c == '%') && text.substr(at + 1, 1) == "{";
    if (c == '"' || c == '\\') (out += '\\') += c;
    else if (c == '\n') out += "\\n";
    else if (c == '\r') out += "\\r";
    else if (c == '\t') out += "\\t";
    else if (opens) (out += c) += c;
    else if (is_printable(next.code)) out += text.substr(at, next.length);
    else {
      char buffer[16];
      std::snprintf(buffer, sizeof buffer, next.code < 0x10000 ? "\\u%04x" : "\\U%08x",
                    static_cast<unsigned>(next.code));
      out += buffer;
    }
    at += next.length;
  }
  out += '"';
}

bool is_identifier(std::string_view text) {
  if (text.empty() || core::is_digit(text[0]) || text[0] == '-') return false;
  for (char c : text) {
    bool letter = core::is_alpha(c) || static_cast<unsigned char>(c) >= 0x80;
    if (!letter && !core::is_digit(c) && c != '_' && c != '-') return false;
  }
  return true;
}

struct Line {
  std::string name, value;
};

void write(const Value& value, size_t indent, std::string& out);

// Attributes, one a line; the signs of neighbours that fit on their lines stand in one column.
void write_lines(const std::vector<Line>& lines, size_t indent, std::string& out) {
  auto short_line = [&](size_t i) { return lines[i].value.find('\n') == std::string::npos; };
  for (size_t i = 0; i < lines.size(); ++i) {
    size_t width = 0;
    if (short_line(i)) {
      size_t first = i, last = i;
      while (first > 0 && short_line(first - 1)) --first;
      while (last + 1 < lines.size() && short_line(last + 1)) ++last;
      for (size_t k = first; k <= last; ++k) width = std::max(width, core::grapheme_count(lines[k].name));
    }
    out.append(indent, ' ');
    out += lines[i].name;
    size_t used = core::grapheme_count(lines[i].name);
    if (width > used) out.append(width - used, ' ');
    out += " = " + lines[i].value + "\n";
  }
}

std::vector<Line> lines_of(const Value& mapping, size_t indent) {
  std::vector<const Entry*> entries;
  for (const Entry& entry : mapping.entries()) entries.push_back(&entry);
  std::sort(entries.begin(), entries.end(), [](const Entry* a, const Entry* b) { return a->key < b->key; });
  std::vector<Line> lines;
  for (const Entry* entry : entries) {
    Line line;
    if (is_identifier(entry->key)) line.name = entry->key;
    else append_quoted(entry->key, line.name);
    write(entry->value, indent, line.value);
    lines.push_back(std::move(line));
  }
  return lines;
}

void write(const Value& value, size_t indent, std::string& out) {
  if (out.size() > core::kMaxStringBytes || indent > 2 * core::kMaxNesting) return;
  if (value.is_string()) {
    append_quoted(value.text(), out);
  } else if (value.is_sequence()) {
    out += '[';
    for (uint32_t i = 0; i < value.size; ++i) {
      if (i > 0) out += ", ";
      write(value.items()[i], indent, out);
    }
    out += ']';
  } else if (value.is_mapping()) {
    if (value.size == 0) {
      out += "{}";
      return;
    }
    out += "{\n";
    write_lines(lines_of(value, indent + 2), indent + 2, out);
    out.append(indent, ' ');
    out += '}';
  } else if (value.is_primitive()) {
    out += primitive_text(value);
  } else {
    out += "null";
  }
}

CallResult encode_expr(CallContext& context, Arguments arguments) {
  std::string out;
  write(arguments[0], 0, out);
  return text_result(context, out);
}

CallResult encode_tfvars(CallContext& context, Arguments arguments) {
  const Value& value = arguments[0];
  if (!value.is_mapping()) return failure("invalid value to encode: must be an object");
  for (const Entry& entry : value.entries()) {
    if (!is_identifier(entry.key))
      return failure("invalid variable name \"" + std::string(entry.key) + "\": must be a valid identifier");
  }
  std::string out;
  write_lines(lines_of(value, 0), 0, out);
  return text_result(context, out);
}

constexpr FunctionInfo kFunctions[] = {
    {"provider::terraform::encode_expr", "d", encode_expr, 0, 's'},
    {"provider::terraform::encode_tfvars", "d", encode_tfvars, 0, 's'},
};

}  // namespace

std::span<const FunctionInfo> hcl_text_functions() { return kFunctions; }

}  // namespace assay::formats::terraform
