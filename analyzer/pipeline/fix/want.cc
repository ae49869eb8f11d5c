#include "analyzer/pipeline/fix/want.h"

#include <cstring>
#include <algorithm>

#include "parsers/core/text.h"
#include "parsers/syntax/json/reader.h"

namespace assay::pipeline::fix {
namespace {

using syntax::Node;
using syntax::NodeKind;

Literal literal_of(const Node& node) {
  Literal out;
  switch (node.kind) {
    case NodeKind::kBool:
      out.kind = Literal::Kind::kBool;
      break;
    case NodeKind::kNumber:
      out.kind = Literal::Kind::kNumber;
      break;
    case NodeKind::kString:
      out.kind = Literal::Kind::kString;
      break;
    case NodeKind::kSequence:
      out.kind = Literal::Kind::kList;
      break;
    case NodeKind::kMapping:
      out.kind = Literal::Kind::kObject;
      break;
    default:
      break;
  }
  if (out.is_scalar())
    out.text = out.kind == Literal::Kind::kNull ? "null" : std::string(node.text);
  if (out.kind == Literal::Kind::kList) {
    for (const Node* child : node.children()) out.items.push_back(literal_of(*child));
  }
  if (out.kind == Literal::Kind::kObject) {
    for (const Node* pair : node.children()) {
      out.entries.emplace_back(pair->child(0)->text, literal_of(*pair->child(1)));
    }
  }
  return out;
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n')
      out += "\\n";
    else if (c == '\t')
      out += "\\t";
    else
      out += c;
  }
  return out + "\"";
}

bool same_place(const model::NativeStep& a, const model::NativeStep& b) {
  return a.is_index == b.is_index && (a.is_index ? a.index == b.index : a.key == b.key);
}

}  // namespace

Literal parse_literal(std::string_view json) {
  auto tree = syntax::read_json(0, json);
  const Node* document = tree->root ? tree->root->child(0) : nullptr;
  const Node* value = document ? document->child(0) : nullptr;
  return value && tree->problems.empty() ? literal_of(*value) : Literal();
}

std::string to_json(const Literal& literal) {
  if (literal.kind == Literal::Kind::kString) return quoted(literal.text);
  if (literal.is_scalar()) return literal.text;
  std::string out;
  if (literal.kind == Literal::Kind::kList) {
    for (const Literal& item : literal.items) out += (out.empty() ? "" : ", ") + to_json(item);
    return "[" + out + "]";
  }
  for (const auto& [key, value] : literal.entries)
    out += (out.empty() ? "" : ", ") + quoted(key) + ": " + to_json(value);
  return "{" + out + "}";
}

bool add_want(std::vector<Want>& wants, std::span<const model::NativeStep> steps, Want leaf) {
  if (steps.empty()) return false;
  for (Want& want : wants) {
    if (!same_place(want.step, steps[0])) continue;
    if (want.leaf || steps.size() == 1) return false;
    return add_want(want.below, steps.subspan(1), std::move(leaf));
  }
  if (steps.size() == 1) {
    leaf.step = steps[0];
    leaf.leaf = true;
    wants.push_back(std::move(leaf));
    return true;
  }
  Want inner;
  inner.step = steps[0];
  if (!add_want(inner.below, steps.subspan(1), std::move(leaf))) return false;
  wants.push_back(std::move(inner));
  return true;
}

uint32_t line_begin(std::string_view text, uint32_t at) {
  // A search of words of memory: a file may be one line of megabytes.
  const void* found = ::memrchr(text.data(), '\n', at);
  return found == nullptr ? 0 : static_cast<uint32_t>(static_cast<const char*>(found) - text.data() + 1);
}

uint32_t line_end(std::string_view text, uint32_t at) {
  size_t found = text.find('\n', at);
  if (found == std::string_view::npos) return static_cast<uint32_t>(text.size());
  if (found > at && text[found - 1] == '\r') --found;
  return static_cast<uint32_t>(found);
}

std::string indent_of(std::string_view text, uint32_t at) {
  uint32_t begin = line_begin(text, at);
  if (begin == 0 && text.starts_with("\xEF\xBB\xBF")) begin = 3;
  uint32_t end = begin;
  while (end < text.size() && (text[end] == ' ' || text[end] == '\t')) ++end;
  return std::string(text.substr(begin, end - begin));
}

bool first_on_line(std::string_view text, uint32_t at) {
  // Not by way of the line's beginning: a file of one line would be walked through for each place.
  while (at > 0 && (text[at - 1] == ' ' || text[at - 1] == '\t' || text[at - 1] == '\r')) --at;
  return at == 0 || text[at - 1] == '\n' || (at == 3 && text.starts_with("\xEF\xBB\xBF"));
}

std::string_view line_break_of(std::string_view text) {
  size_t found = text.find('\n');
  return found != std::string_view::npos && found > 0 && text[found - 1] == '\r' ? "\r\n" : "\n";
}

bool has_comment(const syntax::Tree& tree, uint32_t begin, uint32_t end) {
  auto at = std::lower_bound(
      tree.comments.begin(), tree.comments.end(), begin,
      [](const syntax::Comment& comment, uint32_t offset) { return comment.begin < offset; });
  return at != tree.comments.end() && at->begin < end;
}

uint32_t end_of_statement(const syntax::Tree& tree, uint32_t at) {
  std::string_view text = tree.source;
  uint32_t end = line_end(text, at);
  auto next = std::lower_bound(
      tree.comments.begin(), tree.comments.end(), at,
      [](const syntax::Comment& comment, uint32_t offset) { return comment.begin < offset; });
  for (; next != tree.comments.end() && next->begin < end; ++next) {
    const syntax::Comment& comment = *next;
    if (!core::trim(text.substr(at, comment.begin - at)).empty()) return kNothing;
    if (comment.end > end) return kNothing;  // a comment over many lines begins here
    at = comment.end;
  }
  return core::trim(text.substr(at, end - at)).empty() ? std::max(at, end) : kNothing;
}

void remove_lines(Editing& editing, uint32_t begin, uint32_t end) {
  std::string_view text = editing.text();
  uint32_t stop = line_end(text, end);
  bool alone = first_on_line(text, begin) && core::trim(text.substr(end, stop - end)).empty();
  if (!alone) {
    // A comment behind it keeps its line; what stood between the two goes.
    bool comment = first_on_line(text, begin) && has_comment(editing.tree, end, stop);
    while (comment && end < stop && (text[end] == ' ' || text[end] == '\t')) ++end;
    return editing.replace(begin, end, "");
  }
  begin = line_begin(text, begin);
  if (stop < text.size() && text[stop] == '\r') ++stop;
  if (stop < text.size() && text[stop] == '\n') {
    ++stop;
  } else if (begin > 0) {  // the last line, without a break: the one before it goes
    --begin;
    if (begin > 0 && text[begin - 1] == '\r') --begin;
  }
  editing.replace(begin, stop, "");
}

}  // namespace assay::pipeline::fix
