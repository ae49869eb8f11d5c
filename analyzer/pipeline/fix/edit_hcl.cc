#include "analyzer/pipeline/fix/edit_hcl.h"

#include <algorithm>

#include "parsers/core/text.h"

namespace assay::pipeline::fix {
namespace {

using formats::terraform::BodyFacts;
using rules::FixStep;
using syntax::Node;
using syntax::NodeKind;

bool is_plain_template(const Node& node) {
  if (node.kind != NodeKind::kTemplate) return false;
  if (node.style == syntax::Style::kHeredoc || node.style == syntax::Style::kFlushHeredoc)
    return false;
  return std::all_of(node.children().begin(), node.children().end(),
                     [](const Node* child) { return child->kind == NodeKind::kTemplateText; });
}

std::string template_text(const Node& node) {
  std::string out;
  for (const Node* child : node.children()) out += child->text;
  return out;
}

std::string number_text(std::string_view text, const Node& node) {
  return std::string(text.substr(node.begin, node.end - node.begin));
}

bool says(std::string_view text, const Node& node, const Literal& literal) {
  if (is_plain_template(node)) return literal.is_scalar() && template_text(node) == literal.text;
  switch (node.kind) {
    case NodeKind::kBool:
      return literal.is_scalar() && node.text == literal.text;
    case NodeKind::kNumber:
      return literal.is_scalar() && number_text(text, node) == literal.text;
    case NodeKind::kNull:
      return literal.kind == Literal::Kind::kNull;
    case NodeKind::kTuple: {
      if (literal.kind != Literal::Kind::kList || literal.items.size() != node.child_count)
        return false;
      for (size_t i = 0; i < node.child_count; ++i) {
        if (!says(text, *node.child(i), literal.items[i])) return false;
      }
      return true;
    }
    case NodeKind::kObject:
      return literal.kind == Literal::Kind::kObject && literal.entries.empty() &&
             node.child_count == 0;
    default:
      return false;
  }
}

// The body of a block; of a dynamic block that of its content.
const Node* body_of(const Node& block) {
  const Node* body = block.child_count ? block.child(block.child_count - 1) : nullptr;
  if (!body || body->kind != NodeKind::kBody) return nullptr;
  if (block.text != "dynamic") return body;
  for (const Node* item : body->children()) {
    if (item->kind == NodeKind::kBlock && item->text == "content") return body_of(*item);
  }
  return nullptr;
}

bool is_called(const Node& block, std::string_view name) {
  if (block.text == name) return true;
  return block.text == "dynamic" && block.child_count > 1 &&
         block.child(0)->kind == NodeKind::kLabel && block.child(0)->text == name;
}

// An index below a name stands for one of its blocks; of a new one it says nothing.
const std::vector<Want>& inside(const Want& want) {
  bool index = want.below.size() == 1 && want.below[0].step.is_index && !want.below[0].leaf;
  return index ? want.below[0].below : want.below;
}

bool removes_only(const Want& want) {
  if (want.leaf) return want.action == FixStep::Kind::kRemove;
  return std::all_of(want.below.begin(), want.below.end(), removes_only);
}

std::string unit_of(std::string_view indent) {
  return indent.find('\t') != std::string_view::npos ? "\t" : "  ";
}

std::string padded(std::string_view name, size_t width) {
  std::string out(name);
  out.resize(std::max(width, out.size()), ' ');
  return out;
}

struct Insertions {
  std::vector<const Want*> attributes, blocks;
};

// Sorts a want that nothing stands for into arguments and blocks.
bool sort_new(Editing& editing, BodyFacts facts, const Want& want, Insertions& out) {
  if (removes_only(want)) return true;
  std::string name(want.step.key);
  if (want.step.is_index)
    return editing.fail("there is no element " + std::to_string(want.step.index));
  auto attribute = facts ? facts.attribute(name) : std::nullopt;
  auto block = facts ? facts.block(name) : std::nullopt;
  if (want.leaf) {
    if (block && want.value.kind == Literal::Kind::kObject) {
      out.blocks.push_back(&want);
    } else if ((attribute && !attribute->computed) || !facts ||
               (!block && editing.blocks_by_default)) {
      out.attributes.push_back(&want);
    } else {
      return editing.fail("there is no argument " + name);
    }
    return true;
  }
  if (!block && !attribute && editing.blocks_by_default) {
    static constexpr std::string_view kMaps[] = {
        "labels", "annotations", "limits", "requests", "match_labels", "node_selector", "data"};
    if (std::find(std::begin(kMaps), std::end(kMaps), name) != std::end(kMaps))
      return editing.fail("there is no block " + name);
    out.blocks.push_back(&want);
    return true;
  }
  if (!block) return editing.fail("there is no block " + name);
  const std::vector<Want>& parts = inside(want);
  for (std::string_view other : block->body.names()) {
    auto needed = block->body.attribute(other);
    bool required = needed && needed->required;
    if (auto nested = block->body.block(other)) required = nested->at_least_one;
    bool given = std::any_of(parts.begin(), parts.end(),
                             [&](const Want& part) { return part.step.key == other; });
    if (required && !given) return editing.fail("a block " + name + " needs " + std::string(other));
  }
  out.blocks.push_back(&want);
  return true;
}

// Lines of arguments, with "=" in one column; each begins with a line break.
std::string attribute_lines(const std::vector<const Want*>& wants, std::string_view indent,
                            std::string_view line_break, size_t width) {
  for (const Want* want : wants) width = std::max(width, want->step.key.size());
  std::string out;
  for (const Want* want : wants) {
    out.append(line_break)
        .append(indent)
        .append(padded(want->step.key, width))
        .append(" = ")
        .append(hcl_text(want->value));
  }
  return out;
}

bool block_lines(Editing& editing, const Want& want, BodyFacts facts, const std::string& indent,
                 std::string_view line_break, std::string& out) {
  std::string inner = indent + unit_of(indent);
  out.append(line_break).append(indent).append(want.step.key).append(" {");
  if (want.leaf) {
    for (const auto& [key, value] : want.value.entries) {
      out.append(line_break).append(inner).append(key).append(" = ").append(hcl_text(value));
    }
    if (!want.value.entries.empty()) out.append(line_break).append(indent);
    out += "}";
    return true;
  }
  auto own = facts ? facts.block(want.step.key) : std::nullopt;
  BodyFacts below = own ? own->body : BodyFacts();
  Insertions insertions;
  for (const Want& part : inside(want)) {
    if (!sort_new(editing, below, part, insertions)) return false;
  }
  out += attribute_lines(insertions.attributes, inner, line_break, 0);
  for (const Want* block : insertions.blocks) {
    if (!insertions.attributes.empty() || block != insertions.blocks.front())
      out.append(line_break);
    if (!block_lines(editing, *block, below, inner, line_break, out)) return false;
  }
  out.append(line_break).append(indent).append("}");
  return true;
}

// The column of "=" of a one-line argument that has a line of its own; 0 otherwise.
uint32_t equals_column(const syntax::Tree& tree, const Node& attribute) {
  std::string_view text = tree.source;
  if (attribute.kind != NodeKind::kAttribute || !first_on_line(text, attribute.begin)) return 0;
  if (line_begin(text, attribute.begin) != line_begin(text, attribute.end)) return 0;
  size_t equals = text.find('=', attribute.begin + attribute.text.size());
  if (equals == std::string_view::npos || equals > attribute.end) return 0;
  return static_cast<uint32_t>(equals) - line_begin(text, attribute.begin);
}

// Puts new arguments and blocks into a body.
bool insert_into_body(Editing& editing, const Node& body, BodyFacts facts,
                      const Insertions& insertions) {
  if (insertions.attributes.empty() && insertions.blocks.empty()) return true;
  std::string_view text = editing.text();
  std::string_view line_break = line_break_of(text);
  auto items = body.children();
  std::string outer = indent_of(text, body.begin);
  bool own_lines = !items.empty() && first_on_line(text, items[0]->begin);
  std::string indent = own_lines ? indent_of(text, items[0]->begin) : outer + unit_of(outer);

  std::string blocks;
  for (const Want* block : insertions.blocks) {
    bool first = block == insertions.blocks.front();
    if (!first || !items.empty() || !insertions.attributes.empty()) blocks.append(line_break);
    if (!block_lines(editing, *block, facts, indent, line_break, blocks)) return false;
  }

  bool one_line = line_begin(text, body.begin) == line_begin(text, body.end - 1);
  if (one_line) {
    if (has_comment(editing.tree, body.begin, body.end))
      return editing.fail("a comment stands in a block of one line");
    std::string added = attribute_lines(insertions.attributes, indent, line_break, 0) + blocks;
    if (items.empty()) {
      editing.replace(body.begin + 1, body.end - 1, added + std::string(line_break) + outer);
      return true;
    }
    size_t width =
        items.size() == 1 && items[0]->kind == NodeKind::kAttribute ? items[0]->text.size() : 0;
    for (const Want* want : insertions.attributes) {
      if (want->step.key.size() > width && width > 0) {
        // The old argument's "=" moves into the common column.
        size_t wide = 0;
        for (const Want* other : insertions.attributes)
          wide = std::max(wide, other->step.key.size());
        editing.replace(items[0]->begin + static_cast<uint32_t>(width),
                        items[0]->begin + static_cast<uint32_t>(width),
                        std::string(wide - width, ' '));
        break;
      }
    }
    added = attribute_lines(insertions.attributes, indent, line_break, width) + blocks;
    editing.replace(body.begin + 1, items.front()->begin, std::string(line_break) + indent);
    editing.replace(items.back()->end, body.end - 1, added + std::string(line_break) + outer);
    return true;
  }

  // Behind the last of the arguments in front of the first block; rather behind one of one line
  // than behind tags.
  const Node* before = nullptr;
  for (const Node* item : items) {
    if (item->kind != NodeKind::kAttribute) break;
    if (!before || equals_column(editing.tree, *item) > 0 ||
        equals_column(editing.tree, *before) == 0)
      before = item;
  }
  uint32_t attributes_at = end_of_statement(editing.tree, before ? before->end : body.begin + 1);
  uint32_t blocks_at =
      end_of_statement(editing.tree, items.empty() ? body.begin + 1 : items.back()->end);
  if ((!insertions.attributes.empty() && attributes_at == kNothing) ||
      (!blocks.empty() && blocks_at == kNothing)) {
    return editing.fail("the block's lines hold more than one argument each");
  }
  std::string attributes;
  if (!insertions.attributes.empty()) {
    uint32_t column = before ? equals_column(editing.tree, *before) : 0;
    size_t width = column > indent.size() + 1 ? column - indent.size() - 1 : 0;
    size_t widest = 0;
    for (const Want* want : insertions.attributes) widest = std::max(widest, want->step.key.size());
    // Names that are longer than their neighbours' start a group of their own instead of moving
    // those.
    if (widest > width && before && column > 0) attributes = line_break;
    attributes +=
        attribute_lines(insertions.attributes, indent, line_break, widest > width ? 0 : width);
    // What follows at once is a block: it keeps its distance.
    size_t next = attributes_at + line_break.size();
    bool follows = next < text.size() && text[next] != '\n' && text[next] != '\r' &&
                   attributes_at != blocks_at;
    if (follows &&
        (!before || attributes.starts_with(std::string(line_break) + std::string(line_break)))) {
      attributes += line_break;
    }
  }
  if (attributes_at == blocks_at && !attributes.empty() && !blocks.empty()) {
    editing.replace(attributes_at, attributes_at, attributes + blocks);
    return true;
  }
  if (!attributes.empty()) editing.replace(attributes_at, attributes_at, attributes);
  if (!blocks.empty()) editing.replace(blocks_at, blocks_at, blocks);
  return true;
}

bool edit_tuple_element(Editing& editing, const Node& tuple, const Want& want) {
  if (!want.step.is_index || want.step.index >= tuple.child_count)
    return editing.fail("there is no such element");
  const Node& element = *tuple.child(want.step.index);
  if (want.leaf) return edit_hcl_expression(editing, element, want);
  if (element.kind == NodeKind::kObject) return edit_hcl_object(editing, element, want.below);
  return editing.fail("an element of the list is computed");
}

// Wants below an expression: an object, or a list of objects.
bool edit_inside_expression(Editing& editing, const Node& expression, const Want& want) {
  if (expression.kind == NodeKind::kObject)
    return edit_hcl_object(editing, expression, inside(want));
  if (expression.kind == NodeKind::kTuple) {
    bool indexed = std::all_of(want.below.begin(), want.below.end(),
                               [](const Want& part) { return part.step.is_index; });
    if (indexed) {
      return std::all_of(want.below.begin(), want.below.end(), [&](const Want& part) {
        return edit_tuple_element(editing, expression, part);
      });
    }
    if (expression.child_count == 1 && expression.child(0)->kind == NodeKind::kObject) {
      return edit_hcl_object(editing, *expression.child(0), want.below);
    }
  }
  return editing.fail("the value of " + std::string(want.step.key) + " is computed");
}

bool remove_item(Editing& editing, const Node& item) {
  if (item.kind == NodeKind::kBlock && has_comment(editing.tree, item.begin, item.end)) {
    return editing.fail("comments stand in the block " + std::string(item.text));
  }
  remove_lines(editing, item.begin, item.end);
  return true;
}

bool add_elements(Editing& editing, const Node& tuple, const Literal& list) {
  std::string_view text = editing.text();
  for (const Node* child : tuple.children()) {
    if (!is_hcl_literal(*child)) return editing.fail("an element of the list is computed");
  }
  std::vector<std::string> missing;
  for (const Literal& item : list.items) {
    bool there = std::any_of(tuple.children().begin(), tuple.children().end(),
                             [&](const Node* child) { return says(text, *child, item); });
    if (!there) missing.push_back(hcl_text(item));
  }
  if (missing.empty()) return true;
  if (tuple.child_count == 0) {
    if (has_comment(editing.tree, tuple.begin, tuple.end))
      return editing.fail("comments stand in the list");
    editing.replace(tuple.begin, tuple.end, "[" + core::join(missing, ", ") + "]");
    return true;
  }
  const Node& last = *tuple.child(tuple.child_count - 1);
  std::string separator = ", ";
  if (first_on_line(text, last.begin)) {
    separator = "," + std::string(line_break_of(text)) + indent_of(text, last.begin);
  }
  std::string added;
  for (const std::string& item : missing) added += separator + item;
  editing.replace(last.end, last.end, added);
  return true;
}

}  // namespace

bool is_hcl_literal(const Node& node) {
  return node.kind == NodeKind::kBool || node.kind == NodeKind::kNumber ||
         node.kind == NodeKind::kNull || is_plain_template(node);
}

std::string hcl_text(const Literal& literal) {
  switch (literal.kind) {
    case Literal::Kind::kString: {
      std::string out = "\"";
      for (size_t i = 0; i < literal.text.size(); ++i) {
        char c = literal.text[i];
        bool opens =
            (c == '$' || c == '%') && i + 1 < literal.text.size() && literal.text[i + 1] == '{';
        if (opens) out += c;
        if (c == '"' || c == '\\') out += '\\';
        if (c == '\n')
          out += "\\n";
        else
          out += c;
      }
      return out + "\"";
    }
    case Literal::Kind::kList: {
      std::string out;
      for (const Literal& item : literal.items) out += (out.empty() ? "" : ", ") + hcl_text(item);
      return "[" + out + "]";
    }
    case Literal::Kind::kObject: {
      std::string out;
      for (const auto& [key, value] : literal.entries) {
        bool word = !key.empty() &&
                    key.find_first_not_of(
                        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789-") ==
                        std::string::npos &&
                    !core::is_digit(key[0]);
        out +=
            (out.empty() ? " " : ", ") + (word ? key : "\"" + key + "\"") + " = " + hcl_text(value);
      }
      return out.empty() ? "{}" : "{" + out + " }";
    }
    default:
      return literal.text;
  }
}

bool edit_hcl_expression(Editing& editing, const Node& expression, const Want& want) {
  if (says(editing.text(), expression, want.value)) return true;
  if (expression.kind == NodeKind::kTuple && want.action == FixStep::Kind::kAdd) {
    return add_elements(editing, expression, want.value);
  }
  bool list = expression.kind == NodeKind::kTuple && want.value.kind == Literal::Kind::kList &&
              std::all_of(expression.children().begin(), expression.children().end(),
                          [](const Node* child) { return is_hcl_literal(*child); });
  if (!is_hcl_literal(expression) && !list) return editing.fail("its value is computed");
  if (has_comment(editing.tree, expression.begin, expression.end))
    return editing.fail("comments stand in the value");
  bool keep_quotes = is_plain_template(expression) && want.value.is_scalar() &&
                     want.value.kind != Literal::Kind::kNull;
  Literal value = want.value;
  if (keep_quotes) value.kind = Literal::Kind::kString;
  editing.replace(expression.begin, expression.end, hcl_text(value));
  return true;
}

bool edit_hcl_body(Editing& editing, const Node& body, BodyFacts facts,
                   const std::vector<Want>& wants) {
  Insertions insertions;
  for (const Want& want : wants) {
    const Node* attribute = nullptr;
    std::vector<const Node*> blocks;
    for (const Node* item : body.children()) {
      if (item->kind == NodeKind::kAttribute && item->text == want.step.key) attribute = item;
      if (item->kind == NodeKind::kBlock && is_called(*item, want.step.key)) blocks.push_back(item);
      if (item->kind == NodeKind::kError) return editing.fail("the block has syntax errors");
    }
    if (attribute) {
      bool remove = want.leaf && want.action == FixStep::Kind::kRemove;
      bool done = remove      ? remove_item(editing, *attribute)
                  : want.leaf ? edit_hcl_expression(editing, *attribute->child(0), want)
                              : edit_inside_expression(editing, *attribute->child(0), want);
      if (!done) return false;
      continue;
    }
    if (blocks.empty()) {
      if (!sort_new(editing, facts, want, insertions)) return false;
      continue;
    }
    if (want.leaf && want.action == FixStep::Kind::kRemove) {
      for (const Node* block : blocks) {
        if (!remove_item(editing, *block)) return false;
      }
      continue;
    }
    if (want.leaf) {
      if (want.value.kind == Literal::Kind::kObject && want.value.entries.empty()) continue;
      return editing.fail("there is a block " + std::string(want.step.key) + " already");
    }
    auto below = facts ? facts.block(want.step.key) : std::nullopt;
    auto into = [&](const Node& block, const std::vector<Want>& parts) {
      const Node* inner = body_of(block);
      if (!inner)
        return editing.fail("the block " + std::string(want.step.key) + " has no content");
      return edit_hcl_body(editing, *inner, below ? below->body : BodyFacts(), parts);
    };
    bool indexed = std::all_of(want.below.begin(), want.below.end(),
                               [](const Want& part) { return part.step.is_index; });
    if (!indexed) {
      if (blocks.size() > 1)
        return editing.fail("there are several blocks " + std::string(want.step.key));
      if (!into(*blocks[0], want.below)) return false;
      continue;
    }
    for (const Want& part : want.below) {
      bool dynamic = std::any_of(blocks.begin(), blocks.end(),
                                 [](const Node* block) { return block->text == "dynamic"; });
      if (part.step.index >= blocks.size() || part.leaf || (dynamic && blocks.size() > 1)) {
        return editing.fail("there is no such block " + std::string(want.step.key));
      }
      if (!into(*blocks[part.step.index], part.below)) return false;
    }
  }
  return insert_into_body(editing, body, facts, insertions);
}

bool edit_hcl_object(Editing& editing, const Node& object, const std::vector<Want>& wants) {
  std::string_view text = editing.text();
  std::vector<const Want*> missing;
  for (const Want& want : wants) {
    const Node* found = nullptr;
    for (const Node* item : object.children()) {
      if (item->kind != NodeKind::kObjectItem) return editing.fail("the object is computed");
      const Node& key = *item->child(0);
      bool named = !item->has(syntax::kParenthesised) &&
                   (key.kind == NodeKind::kVariable
                        ? key.text == want.step.key
                        : is_plain_template(key) && template_text(key) == want.step.key);
      if (named) found = item;
    }
    if (!found) {
      if (!removes_only(want)) missing.push_back(&want);
      continue;
    }
    if (want.leaf && want.action == FixStep::Kind::kRemove) {
      if (!first_on_line(text, found->begin)) return editing.fail("the object stands on one line");
      remove_lines(editing, found->begin, text[found->end] == ',' ? found->end + 1 : found->end);
      continue;
    }
    bool done = want.leaf ? edit_hcl_expression(editing, *found->child(1), want)
                          : edit_inside_expression(editing, *found->child(1), want);
    if (!done) return false;
  }
  if (missing.empty()) return true;
  auto value_of = [](const Want& want) {
    Literal out = want.value;
    if (want.leaf) return out;
    out.kind = Literal::Kind::kObject;
    auto fill = [](auto& self, const Want& from, Literal& into) -> void {
      for (const Want& part : inside(from)) {
        Literal value = part.value;
        if (!part.leaf) {
          value.kind = Literal::Kind::kObject;
          self(self, part, value);
        }
        into.entries.emplace_back(part.step.key, std::move(value));
      }
    };
    fill(fill, want, out);
    return out;
  };
  std::vector<std::string> added;
  for (const Want* want : missing)
    added.push_back(std::string(want->step.key) + " = " + hcl_text(value_of(*want)));
  if (object.child_count == 0) {
    if (has_comment(editing.tree, object.begin, object.end))
      return editing.fail("comments stand in the object");
    editing.replace(object.begin, object.end, "{ " + core::join(added, ", ") + " }");
    return true;
  }
  const Node& last = *object.child(object.child_count - 1);
  if (!first_on_line(text, last.begin)) {
    editing.replace(last.end, last.end, ", " + core::join(added, ", "));
    return true;
  }
  std::string separator = std::string(line_break_of(text)) + indent_of(text, last.begin);
  size_t end = text.find_first_not_of(" \t", last.end);
  bool comma = end != std::string_view::npos && text[end] == ',';
  uint32_t at = end_of_statement(editing.tree, comma ? static_cast<uint32_t>(end) + 1 : last.end);
  if (at == kNothing) return editing.fail("the object's lines hold more than one item each");
  std::string lines;
  for (const std::string& item : added) lines += separator + item + (comma ? "," : "");
  editing.replace(at, at, lines);
  return true;
}

}  // namespace assay::pipeline::fix
