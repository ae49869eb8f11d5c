#include "analyzer/pipeline/fix/edit_map.h"

#include <algorithm>

#include "parsers/core/text.h"
#include "parsers/model/alias_values.h"

namespace assay::pipeline::fix {
namespace {

using rules::FixStep;
using syntax::Node;
using syntax::NodeKind;
using syntax::Style;

bool is_json(const Editing& editing) { return editing.tree.language == syntax::Language::kJson; }

bool is_scalar(const Node& node) {
  return node.kind == NodeKind::kScalar || node.kind == NodeKind::kString ||
         node.kind == NodeKind::kBool || node.kind == NodeKind::kNumber ||
         node.kind == NodeKind::kNull;
}

bool is_quoted(const Node& node) {
  return node.kind == NodeKind::kString || node.style == Style::kDoubleQuoted ||
         node.style == Style::kSingleQuoted;
}

// A value that CloudFormation or another reader makes of something else: !Ref, {"Fn::If": [...]}.
bool is_computed(const Editing& editing, const Node& node) {
  if (editing.is_expression && node.kind == NodeKind::kString && editing.is_expression(node.text))
    return true;
  std::string_view tag = node.tag();
  if (!tag.empty() && !tag.starts_with("!!")) return true;
  if (node.kind != NodeKind::kMapping || node.child_count != 1) return false;
  std::string_view key = node.child(0)->child(0)->text;
  return key == "Ref" || key.starts_with("Fn::") || key == "Condition";
}

bool is_flow(const Editing& editing, const Node& node) {
  return is_json(editing) || node.style == Style::kFlow;
}

// May a string stand in YAML without quotes and stay a string?
bool is_plain(std::string_view text) {
  if (text.empty() || !(core::is_alpha(text[0]) || text[0] == '/' || text[0] == '_')) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    bool fine = core::is_alpha(c) || core::is_digit(c) || c == '_' || c == '-' || c == '.' ||
                c == '/' || (c == ':' && i + 1 < text.size());
    if (!fine) return false;
  }
  for (std::string_view word : {"true", "false", "yes", "no", "on", "off", "y", "n", "null"}) {
    if (core::equals_ignoring_case(text, word)) return false;
  }
  return true;
}

std::string single_quoted(std::string_view text) {
  return "'" + core::replace_all(text, "'", "''") + "'";
}

std::string scalar_text(const Editing& editing, const Literal& literal) {
  if (literal.kind != Literal::Kind::kString) return literal.text;
  return is_json(editing) || !is_plain(literal.text) ? to_json(literal) : literal.text;
}

std::string flow_text(const Editing& editing, const Literal& literal) {
  if (is_json(editing)) return to_json(literal);
  if (literal.is_scalar())
    return literal.kind == Literal::Kind::kString ? to_json(literal) : literal.text;
  std::string out;
  if (literal.kind == Literal::Kind::kList) {
    for (const Literal& item : literal.items)
      out += (out.empty() ? "" : ", ") + flow_text(editing, item);
    return "[" + out + "]";
  }
  for (const auto& [key, value] : literal.entries) {
    Literal name;
    name.kind = Literal::Kind::kString;
    name.text = key;
    out +=
        (out.empty() ? "" : ", ") + scalar_text(editing, name) + ": " + flow_text(editing, value);
  }
  return "{" + out + "}";
}

bool says(const Editing& editing, const Node& node, const Literal& literal) {
  if (is_computed(editing, node)) return false;
  if (node.kind == NodeKind::kSequence) {
    if (literal.kind != Literal::Kind::kList || literal.items.size() != node.child_count)
      return false;
    for (size_t i = 0; i < node.child_count; ++i) {
      if (!says(editing, *node.child(i), literal.items[i])) return false;
    }
    return true;
  }
  if (node.kind == NodeKind::kMapping) {
    return literal.kind == Literal::Kind::kObject && literal.entries.empty() &&
           node.child_count == 0;
  }
  if (!is_scalar(node) || !literal.is_scalar()) return false;
  if (node.kind == NodeKind::kNull) return literal.kind == Literal::Kind::kNull;
  bool same_kind = is_quoted(node) == (literal.kind == Literal::Kind::kString);
  if (!is_quoted(node) && literal.kind == Literal::Kind::kString)
    same_kind = is_plain(literal.text);
  return node.text == literal.text && (same_kind || editing.typed_text);
}

std::string key_name(const Want& want) {
  return want.step.any_case ? model::pascal_case(want.step.key) : std::string(want.step.key);
}

bool is_named(const Node& pair, const Want& want) {
  std::string_view key = pair.child(0)->text;
  return want.step.any_case ? model::snake_case(key) == want.step.key : key == want.step.key;
}

bool removes_only(const Want& want) {
  if (want.leaf) return want.action == FixStep::Kind::kRemove;
  return std::all_of(want.below.begin(), want.below.end(), removes_only);
}

// What a want that nothing stands for makes: its value, or the object or list of what lies below
// it.
Literal new_value(const Want& want) {
  if (want.leaf) return want.value;
  Literal out;
  bool list = std::all_of(want.below.begin(), want.below.end(),
                          [](const Want& part) { return part.is_pair || part.step.is_index; });
  out.kind = list ? Literal::Kind::kList : Literal::Kind::kObject;
  for (const Want& part : want.below) {
    if (removes_only(part)) continue;
    if (part.is_pair) {
      Literal key, value = part.value, pair;
      key.kind = value.kind = Literal::Kind::kString;
      key.text = part.step.key;
      pair.kind = Literal::Kind::kObject;
      pair.entries.emplace_back("Key", std::move(key));
      pair.entries.emplace_back("Value", std::move(value));
      out.items.push_back(std::move(pair));
    } else if (list) {
      out.items.push_back(new_value(part));
    } else {
      out.entries.emplace_back(key_name(part), new_value(part));
    }
  }
  return out;
}

// ---- Writing new pairs and elements in block style

void write_block_value(const Editing& editing, const Literal& value, const std::string& indent,
                       const std::string& unit, std::string_view line_break, std::string& out);

// `key: value` lines, the first without indentation.
void write_block_pairs(const Editing& editing, const Literal& object, const std::string& indent,
                       const std::string& unit, std::string_view line_break, std::string& out) {
  bool first = true;
  for (const auto& [key, value] : object.entries) {
    if (!first) out.append(line_break).append(indent);
    first = false;
    Literal name;
    name.kind = Literal::Kind::kString;
    name.text = key;
    out += scalar_text(editing, name) + ":";
    write_block_value(editing, value, indent, unit, line_break, out);
  }
}

// What comes behind "key:".
void write_block_value(const Editing& editing, const Literal& value, const std::string& indent,
                       const std::string& unit, std::string_view line_break, std::string& out) {
  bool objects = value.kind == Literal::Kind::kList && !value.items.empty() &&
                 std::all_of(value.items.begin(), value.items.end(), [](const Literal& item) {
                   return item.kind == Literal::Kind::kObject && !item.entries.empty();
                 });
  if (value.kind == Literal::Kind::kObject && !value.entries.empty()) {
    std::string inner = indent + unit;
    out.append(line_break).append(inner);
    write_block_pairs(editing, value, inner, unit, line_break, out);
  } else if (objects) {
    for (const Literal& item : value.items) {
      out.append(line_break).append(indent).append(unit).append("- ");
      write_block_pairs(editing, item, indent + unit + "  ", unit, line_break, out);
    }
  } else if (value.is_scalar()) {
    out += " " + scalar_text(editing, value);
  } else {
    out += " " + flow_text(editing, value);
  }
}

std::string pretty_json(const Literal& value, const std::string& indent, const std::string& unit,
                        std::string_view line_break) {
  if (value.kind != Literal::Kind::kObject || value.entries.empty()) {
    bool objects =
        value.kind == Literal::Kind::kList && !value.items.empty() && !value.items[0].is_scalar();
    if (!objects) return to_json(value);
    std::string out = "[";
    for (const Literal& item : value.items) {
      out.append(out.size() > 1 ? "," : "").append(line_break).append(indent).append(unit);
      out += pretty_json(item, indent + unit, unit, line_break);
    }
    return out.append(line_break).append(indent).append("]");
  }
  std::string out = "{";
  for (const auto& [key, inner] : value.entries) {
    Literal name;
    name.kind = Literal::Kind::kString;
    name.text = key;
    out.append(out.size() > 1 ? "," : "").append(line_break).append(indent).append(unit);
    out += to_json(name) + ": " + pretty_json(inner, indent + unit, unit, line_break);
  }
  return out.append(line_break).append(indent).append("}");
}

// The column of a node, as blanks.
std::string column_of(const Editing& editing, uint32_t at) {
  if (first_on_line(editing.text(), at)) return indent_of(editing.text(), at);
  uint32_t begin = line_begin(editing.text(), at);
  std::string out = indent_of(editing.text(), at);
  out.resize(at - begin, ' ');
  return out;
}

// By how much this file indents: as the first mapping within another one does.
std::string unit_of(const Editing& editing) {
  if (editing.unit && !editing.unit->empty()) return *editing.unit;
  std::string_view text = editing.text();
  std::string found;
  way_to(*editing.tree.root, kAnywhere, [&](const Node& node) {
    if (node.kind != NodeKind::kPair || node.child_count < 2) return false;
    const Node* value = node.child(1);
    if (!value || value->kind != NodeKind::kMapping || value->child_count == 0) return false;
    uint32_t inner = value->child(0)->begin;
    if (!first_on_line(text, inner)) return false;
    std::string outer = column_of(editing, node.begin);
    std::string deeper = indent_of(text, inner);
    if (deeper.size() > outer.size() && deeper.starts_with(outer))
      found = deeper.substr(outer.size());
    return !found.empty();
  });
  if (found.empty()) found = "  ";
  if (editing.unit) *editing.unit = found;
  return found;
}

// Where new lines may go behind a node of block style: at the end of its last line. `whole_lines`
// tells that the place is the beginning of a line instead (behind a text that keeps its line
// breaks).
uint32_t end_of_block(const Editing& editing, const Node& node, bool& whole_lines) {
  std::string_view text = editing.text();
  const Node* last = &node;
  while (last->child_count > 0 && last->kind != NodeKind::kAlias &&
         last->child(last->child_count - 1)) {
    last = last->child(last->child_count - 1);
  }
  uint32_t at = std::max(node.end, last->end);
  whole_lines = false;
  if (last->style == Style::kLiteral || last->style == Style::kFolded) {
    std::string_view head = text.substr(last->begin, line_end(text, last->begin) - last->begin);
    if (head.substr(0, head.find('#')).find('+') != std::string_view::npos) {
      whole_lines = at == text.size() ? at > 0 && text[at - 1] == '\n' : at == line_begin(text, at);
      return whole_lines ? at : kNothing;
    }
    while (at > last->begin && (text[at - 1] == '\n' || text[at - 1] == '\r')) --at;
    return at;
  }
  return end_of_statement(editing.tree, at);
}

bool insert_pairs(Editing& editing, const Node& mapping, const std::vector<const Want*>& missing) {
  if (missing.empty()) return true;
  std::string_view text = editing.text();
  std::string_view line_break = line_break_of(text);
  std::string unit = unit_of(editing);
  Literal object;
  object.kind = Literal::Kind::kObject;
  for (const Want* want : missing) object.entries.emplace_back(key_name(*want), new_value(*want));

  if (!is_flow(editing, mapping)) {
    const Node& last = *mapping.child(mapping.child_count - 1);
    std::string indent = column_of(editing, mapping.child(0)->begin);
    bool whole_lines = false;
    uint32_t at = end_of_block(editing, last, whole_lines);
    if (at == kNothing) return editing.fail("something follows on the last line of the mapping");
    std::string lines = whole_lines ? indent : std::string(line_break) + indent;
    write_block_pairs(editing, object, indent, unit, line_break, lines);
    if (whole_lines) lines.append(line_break);
    editing.replace(at, at, lines);
    return true;
  }

  auto pair_text = [&](const std::pair<std::string, Literal>& entry, const std::string* indent) {
    Literal name;
    name.kind = Literal::Kind::kString;
    name.text = entry.first;
    std::string value = indent && is_json(editing)
                            ? pretty_json(entry.second, *indent, unit, line_break)
                            : flow_text(editing, entry.second);
    return scalar_text(editing, name) + ": " + value;
  };
  if (mapping.child_count == 0) {
    if (has_comment(editing.tree, mapping.begin, mapping.end))
      return editing.fail("comments stand in the mapping");
    bool lines = is_json(editing) && text.find('\n') < text.size() - 1;
    std::string outer = indent_of(text, mapping.begin), inner = outer + unit, body;
    for (const auto& entry : object.entries) {
      if (!body.empty()) body += lines ? "," : ", ";
      if (lines) body.append(line_break).append(inner);
      body += pair_text(entry, lines ? &inner : nullptr);
    }
    if (lines) body.append(line_break).append(outer);
    editing.replace(mapping.begin, mapping.end, "{" + body + "}");
    return true;
  }
  const Node& last = *mapping.child(mapping.child_count - 1);
  bool lines = first_on_line(text, last.begin);
  std::string indent = lines ? indent_of(text, last.begin) : std::string();
  std::string added;
  for (const auto& entry : object.entries) {
    added += ",";
    if (lines)
      added.append(line_break).append(indent);
    else
      added += " ";
    added += pair_text(entry, lines ? &indent : nullptr);
  }
  editing.replace(last.end, last.end, added);
  return true;
}

bool remove_pair(Editing& editing, const Node& mapping, size_t index) {
  std::string_view text = editing.text();
  const Node& pair = *mapping.child(index);
  if (has_comment(editing.tree, pair.begin, pair.end))
    return editing.fail("comments stand in what has to go");
  const Node* next = mapping.child(index + 1);
  const Node* previous = index > 0 ? mapping.child(index - 1) : nullptr;
  if (is_flow(editing, mapping)) {
    uint32_t begin = next || !previous ? pair.begin : previous->end;
    uint32_t end = next ? next->begin : pair.end;
    if (has_comment(editing.tree, begin, end))
      return editing.fail("comments stand around what has to go");
    editing.replace(begin, end, "");
    return true;
  }
  if (!next && !previous) {
    editing.replace(pair.begin, pair.end, "{}");
    return true;
  }
  if (!first_on_line(text, pair.begin)) {  // behind "- "
    if (!next || has_comment(editing.tree, pair.end, next->begin))
      return editing.fail("comments stand around what has to go");
    editing.replace(pair.begin, next->begin, "");
    return true;
  }
  bool whole_lines = false;
  uint32_t end = end_of_block(editing, pair, whole_lines);
  if (end == kNothing || whole_lines) return editing.fail("it cannot be cut out of its lines");
  remove_lines(editing, pair.begin, pair.end);
  return true;
}

bool add_elements(Editing& editing, const Node& sequence, const Literal& list) {
  std::string_view text = editing.text();
  std::vector<std::string> missing;
  for (const Node* child : sequence.children()) {
    if (!is_scalar(*child) || is_computed(editing, *child))
      return editing.fail("an element of the list is computed");
  }
  bool flow = is_flow(editing, sequence);
  for (const Literal& item : list.items) {
    bool there = std::any_of(sequence.children().begin(), sequence.children().end(),
                             [&](const Node* child) { return says(editing, *child, item); });
    if (there) continue;
    bool quotes = sequence.child_count > 0 && is_quoted(*sequence.child(sequence.child_count - 1));
    missing.push_back(quotes || is_json(editing) ? to_json(item) : scalar_text(editing, item));
  }
  if (missing.empty()) return true;
  if (sequence.child_count == 0) {
    editing.replace(sequence.begin, sequence.end, "[" + core::join(missing, ", ") + "]");
    return true;
  }
  const Node& last = *sequence.child(sequence.child_count - 1);
  std::string added;
  if (flow) {
    std::string separator = ", ";
    if (first_on_line(text, last.begin))
      separator = "," + std::string(line_break_of(text)) + indent_of(text, last.begin);
    for (const std::string& item : missing) added += separator + item;
    editing.replace(last.end, last.end, added);
    return true;
  }
  bool whole_lines = false;
  uint32_t at = end_of_block(editing, last, whole_lines);
  if (at == kNothing || whole_lines)
    return editing.fail("something follows on the last line of the list");
  for (const std::string& item : missing) {
    added.append(line_break_of(text))
        .append(column_of(editing, sequence.begin))
        .append("- ")
        .append(item);
  }
  editing.replace(at, at, added);
  return true;
}

// The element whose Key is the want's; its Value gets the value.
bool edit_pairs(Editing& editing, const Node& sequence, const std::vector<Want>& wants) {
  std::string_view text = editing.text();
  Want missing;
  for (const Want& want : wants) {
    const Node* value = nullptr;
    for (const Node* element : sequence.children()) {
      if (element->kind != NodeKind::kMapping || is_computed(editing, *element))
        return editing.fail("an element of the list is computed");
      const Node* key = syntax::find_pair_value(*element, "Key");
      if (!key || !is_scalar(*key) || is_computed(editing, *key))
        return editing.fail("an element of the list is computed");
      if (key->text == want.step.key) value = syntax::find_pair_value(*element, "Value");
    }
    if (value && !edit_node(editing, *value, want)) return false;
    if (!value && !removes_only(want)) missing.below.push_back(want);
  }
  if (missing.below.empty()) return true;
  Literal list = new_value(missing);
  std::string unit = unit_of(editing);
  std::string_view line_break = line_break_of(text);
  if (sequence.child_count == 0) {
    editing.replace(sequence.begin, sequence.end, flow_text(editing, list));
    return true;
  }
  const Node& last = *sequence.child(sequence.child_count - 1);
  std::string added;
  if (is_flow(editing, sequence)) {
    bool lines = first_on_line(text, last.begin);
    std::string indent = lines ? indent_of(text, last.begin) : std::string();
    for (const Literal& item : list.items) {
      added += lines ? "," + std::string(line_break) + indent : ", ";
      added += lines && is_json(editing) ? pretty_json(item, indent, unit, line_break)
                                         : flow_text(editing, item);
    }
    editing.replace(last.end, last.end, added);
    return true;
  }
  bool whole_lines = false;
  uint32_t at = end_of_block(editing, last, whole_lines);
  if (at == kNothing || whole_lines)
    return editing.fail("something follows on the last line of the list");
  std::string indent = column_of(editing, sequence.begin);
  for (const Literal& item : list.items) {
    added.append(line_break).append(indent).append("- ");
    write_block_pairs(editing, item, indent + "  ", unit, line_break, added);
  }
  editing.replace(at, at, added);
  return true;
}

// Wants below the value of a pair.
bool edit_inside(Editing& editing, const Node& pair, const Want& want) {
  const Node& value = *pair.child(1);
  if (value.kind == NodeKind::kAlias) return editing.fail("its value is an alias");
  if (is_computed(editing, value))
    return editing.fail("the value of " + std::string(pair.child(0)->text) + " is computed");
  if (is_repeated(editing.tree, {&value})) return editing.fail("an alias repeats it elsewhere");
  bool indexed = std::all_of(want.below.begin(), want.below.end(),
                             [](const Want& part) { return part.step.is_index; });
  bool pairs = std::all_of(want.below.begin(), want.below.end(),
                           [](const Want& part) { return part.is_pair; });
  if (value.kind == NodeKind::kMapping) {
    if (!indexed) return edit_mapping(editing, value, want.below);
    if (want.below.size() == 1 && want.below[0].step.index == 0)
      return edit_mapping(editing, value, want.below[0].below);
  }
  if (value.kind == NodeKind::kSequence) {
    if (pairs) return edit_pairs(editing, value, want.below);
    if (!indexed && value.child_count == 1 && value.child(0)->kind == NodeKind::kMapping) {
      return edit_mapping(editing, *value.child(0), want.below);
    }
    for (const Want& part : want.below) {
      if (!part.step.is_index || part.step.index >= value.child_count)
        return editing.fail("there is no such element");
      const Node& element = *value.child(part.step.index);
      bool mapping = element.kind == NodeKind::kMapping && !is_computed(editing, element);
      if (part.leaf ? !edit_node(editing, element, part)
                    : !mapping || !edit_mapping(editing, element, part.below)) {
        return editing.fail("an element of the list is computed");
      }
    }
    return true;
  }
  if (value.kind == NodeKind::kNull) {
    std::string made;
    if (is_json(editing)) {
      made = pretty_json(new_value(want), indent_of(editing.text(), pair.begin), unit_of(editing),
                         line_break_of(editing.text()));
    } else if (value.begin == value.end) {
      write_block_value(editing, new_value(want), column_of(editing, pair.begin), unit_of(editing),
                        line_break_of(editing.text()), made);
      uint32_t at = end_of_statement(editing.tree, value.begin);
      if (at == kNothing || !made.starts_with(line_break_of(editing.text())))
        return editing.fail("its value is missing");
      editing.replace(at, at, made);
      return true;
    } else {
      made = flow_text(editing, new_value(want));
    }
    editing.replace(value.begin, value.end, made);
    return true;
  }
  return editing.fail("the value of " + std::string(pair.child(0)->text) + " is no mapping");
}

}  // namespace

bool is_repeated(const syntax::Tree& tree, const std::vector<const Node*>& way) {
  std::vector<std::string_view> anchors;
  for (const Node* node : way) {
    if (!node->anchor().empty()) anchors.push_back(node->anchor());
  }
  if (anchors.empty()) return false;
  return !way_to(*tree.root, kAnywhere, [&](const Node& node) {
            return node.kind == NodeKind::kAlias &&
                   std::find(anchors.begin(), anchors.end(), node.text) != anchors.end();
          }).empty();
}

bool edit_node(Editing& editing, const Node& node, const Want& want) {
  if (node.kind == NodeKind::kAlias) return editing.fail("its value is an alias");
  if (is_computed(editing, node)) return editing.fail("its value is computed");
  if (says(editing, node, want.value)) return true;
  if (is_repeated(editing.tree, {&node}))
    return editing.fail("an alias repeats its value elsewhere");
  if (!node.tag().empty()) return editing.fail("its value has a type of its own");
  if (node.kind == NodeKind::kSequence) {
    if (want.value.kind != Literal::Kind::kList) return editing.fail("its value is a list");
    if (want.action == FixStep::Kind::kAdd) return add_elements(editing, node, want.value);
    bool plain = std::all_of(
        node.children().begin(), node.children().end(),
        [&](const Node* child) { return is_scalar(*child) && !is_computed(editing, *child); });
    if (!plain) return editing.fail("an element of the list is computed");
    if (has_comment(editing.tree, node.begin, node.end))
      return editing.fail("comments stand in the list");
    std::string made;
    if (is_flow(editing, node)) {
      made = flow_text(editing, want.value);
    } else {
      std::string separator =
          std::string(line_break_of(editing.text())) + column_of(editing, node.begin) + "- ";
      for (const Literal& item : want.value.items)
        made += (made.empty() ? "- " : separator) + scalar_text(editing, item);
      if (made.empty()) made = "[]";
    }
    editing.replace(node.begin, node.end, made);
    return true;
  }
  if (!is_scalar(node)) return editing.fail("its value is a mapping");
  if (node.style == Style::kLiteral || node.style == Style::kFolded)
    return editing.fail("its value is a text of many lines");
  if (node.begin == node.end) {  // key without a value
    std::string made;
    write_block_value(editing, want.value, "", "", "\n", made);
    editing.replace(node.begin, node.end, made);
    return true;
  }
  if (has_comment(editing.tree, node.begin, node.end))
    return editing.fail("comments stand in the value");
  std::string made;
  bool keep = is_quoted(node) && want.value.is_scalar() &&
              (want.value.kind == Literal::Kind::kString ||
               (editing.typed_text && want.value.kind != Literal::Kind::kNull));
  if (keep && node.style == Style::kSingleQuoted) {
    made = single_quoted(want.value.text);
  } else if (keep) {
    Literal value = want.value;
    value.kind = Literal::Kind::kString;
    made = to_json(value);
  } else {
    made =
        want.value.is_scalar() ? scalar_text(editing, want.value) : flow_text(editing, want.value);
  }
  editing.replace(node.begin, node.end, made);
  return true;
}

bool edit_mapping(Editing& editing, const Node& mapping, const std::vector<Want>& wants) {
  if (mapping.kind != NodeKind::kMapping || is_computed(editing, mapping))
    return editing.fail("it is computed");
  if (is_repeated(editing.tree, {&mapping})) return editing.fail("an alias repeats it elsewhere");
  std::vector<const Want*> missing;
  for (const Want& want : wants) {
    size_t found = mapping.child_count;
    for (size_t i = 0; i < mapping.child_count; ++i) {
      const Node& pair = *mapping.child(i);
      if (pair.kind != NodeKind::kPair || pair.child_count < 2)
        return editing.fail("the mapping has syntax errors");
      if (is_named(pair, want)) found = i;
    }
    if (found == mapping.child_count) {
      if (want.step.is_index) return editing.fail("there is no such element");
      if (!removes_only(want)) missing.push_back(&want);
      continue;
    }
    bool remove = want.leaf && want.action == FixStep::Kind::kRemove;
    const Node& pair = *mapping.child(found);
    bool done = remove      ? remove_pair(editing, mapping, found)
                : want.leaf ? edit_node(editing, *pair.child(1), want)
                            : edit_inside(editing, pair, want);
    if (!done) return false;
  }
  if (!missing.empty() && mapping.child_count == 0 && !is_flow(editing, mapping))
    return editing.fail("the mapping is empty");
  return insert_pairs(editing, mapping, missing);
}

}  // namespace assay::pipeline::fix
