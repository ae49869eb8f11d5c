// looks_like_template: a line scanner that knows just enough YAML (quotes, block scalars, comments)
// to tell template actions that break YAML from those that are text in it.
#include "parsers/syntax/yaml/reader.h"

namespace assay::syntax {
namespace {

size_t indent_of(std::string_view line) {
  size_t at = line.find_first_not_of(" \t");
  return at == std::string_view::npos ? line.size() : at;
}

// Whether a line ends with a block scalar header: a blank, "|" or ">", indicators, no more.
bool opens_block_scalar(std::string_view line) {
  size_t comment = line.find(" #");
  if (comment != std::string_view::npos) line = line.substr(0, comment);
  size_t end = line.find_last_not_of(" \t");
  if (end == std::string_view::npos) return false;
  while (end > 0 && (line[end] == '+' || line[end] == '-' || (line[end] >= '1' && line[end] <= '9'))) {
    --end;
  }
  return (line[end] == '|' || line[end] == '>') && end > 0 && line[end - 1] == ' ';
}

// Helm's objects: in a plain scalar, `{{ .Values.x }}` is Helm, `{{path}}` an ApplicationSet.
bool names_helm_object(std::string_view action) {
  size_t close = action.find("}}");
  if (close != std::string_view::npos) action = action.substr(0, close);
  for (std::string_view name : {".Values", ".Release", ".Chart", ".Capabilities", ".Template",
                                ".Files", "include ", "template "}) {
    if (action.find(name) != std::string_view::npos) return true;
  }
  return action.substr(0, 1) == "-";
}

// The quote that is open behind `line`, given the one open before it; reports actions outside.
bool scan_line(std::string_view line, char& quote) {
  bool fresh = true;  // at the start of a value: only blanks, "- ", "key: " or brackets before
  for (size_t i = 0; i < line.size(); ++i) {
    char c = line[i];
    char next = i + 1 < line.size() ? line[i + 1] : '\0';
    if (quote == '"' && c == '\\') {
      ++i;
    } else if (quote != 0) {
      if (c == quote && !(quote == '\'' && next == '\'')) quote = 0;
      else if (c == quote) ++i;
    } else if (c == '#' && (i == 0 || line[i - 1] == ' ' || line[i - 1] == '\t')) {
      return false;
    } else if (c == '{' && (next == '{' || next == '%')) {
      if (next == '%' || names_helm_object(line.substr(i + 2))) return true;
      if (fresh) return true;
      size_t close = line.find("}}", i);
      if (close == std::string_view::npos) return false;
      i = close + 1;
    } else if ((c == '"' || c == '\'') && fresh) {
      quote = c;
      fresh = false;
    } else if (c == ' ' || c == '\t') {
      if (i > 0 && (line[i - 1] == ':' || line[i - 1] == '-' || line[i - 1] == ',')) fresh = true;
    } else if ((c == ':' || c == ',') && (next == '"' || next == '\'')) {
      fresh = true;  // {"a":"b"}
    } else if (c == '[' || c == '{') {
      // Flow collections hold values; inside a plain scalar the bracket is text.
    } else if (c != '-' || (next != ' ' && next != '\0')) {
      fresh = false;
    }
  }
  return false;
}

}  // namespace

bool looks_like_template(std::string_view source) {
  size_t first = source.find("{{");
  if (first == std::string_view::npos && source.find("{%") == std::string_view::npos) return false;
  char quote = 0;
  bool in_block = false;
  size_t block_indent = 0;  // of the line that opened the block scalar
  for (size_t begin = 0; begin < source.size();) {
    size_t end = source.find('\n', begin);
    if (end == std::string_view::npos) end = source.size();
    std::string_view line = source.substr(begin, end - begin);
    begin = end + 1;
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    size_t indent = indent_of(line);
    if (in_block) {
      if (indent == line.size() || indent > block_indent) continue;
      in_block = false;
    }
    if (scan_line(line, quote)) return true;
    if (quote == 0 && opens_block_scalar(line)) {
      in_block = true;
      block_indent = indent;
    }
  }
  return false;
}

}  // namespace assay::syntax
