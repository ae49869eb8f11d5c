#include "analyzer/pipeline/fix/places.h"

#include <algorithm>

#include "analyzer/pipeline/fix/edit_map.h"
#include "parsers/core/text.h"
#include "parsers/model/alias_values.h"

namespace assay::pipeline::fix {

using model::NativePlace;
using model::NativeStep;
using model::PathStep;
using rules::FixStep;
using syntax::Node;
using syntax::NodeKind;

namespace {

bool equals(const model::Value& value, const Literal& literal) {
  switch (literal.kind) {
    case Literal::Kind::kNull:
      return value.is_null();
    case Literal::Kind::kBool:
      return value.is_bool() && value.boolean == (literal.text == "true");
    case Literal::Kind::kNumber:
    case Literal::Kind::kString: {
      if (literal.kind == Literal::Kind::kString)
        return value.is_string() && value.text() == literal.text;
      return value.is_number() && model::literal_text(value) == literal.text;
    }
    case Literal::Kind::kList:
      if (!value.is_sequence() || value.size != literal.items.size()) return false;
      for (size_t i = 0; i < literal.items.size(); ++i) {
        if (!equals(value.items()[i], literal.items[i])) return false;
      }
      return true;
    case Literal::Kind::kObject:
      return value.is_mapping() && literal.entries.empty() && value.size == 0;
  }
  return false;
}

}  // namespace

bool is_name_byte(char c) { return core::is_alpha(c) || core::is_digit(c) || c == '_' || c == '-'; }

size_t count_word(std::string_view text, std::string_view word) {
  size_t count = 0;
  for (size_t at = text.find(word); at != std::string_view::npos;
       at = text.find(word, at + word.size())) {
    size_t end = at + word.size();
    bool begins = at == 0 || !is_name_byte(text[at - 1]);
    if (begins && (end == text.size() || !is_name_byte(text[end]))) ++count;
  }
  return count;
}

// The part of a value; a list of one block reads as the block.
const model::Value* part_of(const model::Value* at, const model::Path& path) {
  for (const PathStep& step : path) {
    if (at == nullptr) return nullptr;
    bool block = at->is_sequence() && (at->flags & model::kBlockValue) && at->size == 1;
    if (step.kind == PathStep::Kind::kIndex) {
      if (at->is_sequence())
        at = step.index < at->size ? &at->items()[step.index] : nullptr;
      else if (step.index != 0)
        return nullptr;
    } else {
      if (block) at = &at->items()[0];
      at = at->find(step.key);
    }
  }
  return at;
}

// Does the attribute say so already, for certain?
bool is_settled(const model::Value* value, const FixStep& step, const Literal& wanted) {
  if (step.kind == FixStep::Kind::kRemove)
    return value == nullptr || (value->is_null() && !value->span.valid());
  if (value == nullptr || value->guard != model::kAlways) return false;
  if (step.kind == FixStep::Kind::kSet) return equals(*value, wanted);
  if (!value->is_sequence()) return false;
  return std::all_of(wanted.items.begin(), wanted.items.end(), [&](const Literal& item) {
    return std::any_of(value->items().begin(), value->items().end(),
                       [&](const model::Value& element) {
                         return element.guard == model::kAlways && equals(element, item);
                       });
  });
}

// The value as the native attribute spells it.
Literal native_literal(const Literal& canonical, const NativePlace& place) {
  Literal out = canonical;
  if (place.inverted && out.kind == Literal::Kind::kBool)
    out.text = out.text == "true" ? "false" : "true";
  if (place.map && out.is_scalar()) {
    for (const model::MapEntry& entry : *place.map) {
      if (entry.to != out.text) continue;
      out.text = std::string(entry.from);
      bool json = entry.from == "true" || entry.from == "false";
      out.kind = json ? Literal::Kind::kBool : Literal::Kind::kString;
      break;
    }
  }
  return out;
}

// The body or mapping that begins at a place: of a block (at its head), an object or a mapping.
const Node* container_at(const syntax::Tree& tree, core::Span span, std::vector<const Node*>* way) {
  const Node* best = nullptr;
  std::vector<const Node*> path = fix::way_to(*tree.root, span.begin, [&](const Node& node) {
    if (node.begin != span.begin) return false;
    switch (node.kind) {
      case NodeKind::kMapping:
        return node.end == span.end || span.end <= node.begin + 1 || node.end <= span.end;
      case NodeKind::kObject:
      case NodeKind::kBlock:
        return true;
      case NodeKind::kPair:
        return node.end == span.end && node.child_count == 2 &&
               node.child(1)->kind == NodeKind::kMapping;
      default:
        return false;
    }
  });
  if (path.empty()) return nullptr;
  best = path.back();
  if (best->kind == NodeKind::kPair) {
    best = best->child(1);
    path.push_back(best);
  }
  if (best->kind == NodeKind::kBlock) {
    best = best->child_count ? best->child(best->child_count - 1) : nullptr;
    if (best && best->kind != NodeKind::kBody) best = nullptr;
  }
  if (way) *way = std::move(path);
  return best;
}

// How many steps of a place are written already.
size_t written_depth(const Node* node, const NativePlace& place) {
  size_t depth = 0;
  for (const NativeStep& step : place.steps) {
    const Node* next = nullptr;
    if (step.is_index && (node->kind == NodeKind::kBody || node->kind == NodeKind::kMapping ||
                          node->kind == NodeKind::kObject)) {
      ++depth;  // one block, or one object where a list is usual
      continue;
    }
    if (node->kind == NodeKind::kBody) {
      for (const Node* item : node->children()) {
        bool dynamic = item->kind == NodeKind::kBlock && item->text == "dynamic" &&
                       item->child_count > 1 && item->child(0)->text == step.key;
        if (item->text != step.key && !dynamic) continue;
        next = item->kind == NodeKind::kAttribute ? item->child(0)
                                                  : item->child(item->child_count - 1);
      }
    } else if (node->kind == NodeKind::kObject) {
      for (const Node* item : node->children()) {
        if (item->kind == NodeKind::kObjectItem && item->child(0)->text == step.key)
          next = item->child(1);
      }
    } else if (node->kind == NodeKind::kMapping) {
      for (const Node* pair : node->children()) {
        if (pair->kind != NodeKind::kPair || pair->child_count < 2) continue;
        std::string_view key = pair->child(0)->text;
        if (step.any_case ? model::snake_case(key) == step.key : key == step.key)
          next = pair->child(1);
      }
    } else if (node->kind == NodeKind::kSequence || node->kind == NodeKind::kTuple) {
      if (step.is_index) {
        next = node->child(step.index);
      } else {
        for (const Node* element : node->children()) {
          if (element->kind != NodeKind::kMapping) continue;
          const Node* key = syntax::find_pair_value(*element, "Key");
          if (key && key->text == step.key) next = syntax::find_pair_value(*element, "Value");
        }
      }
    }
    if (!next) return depth;
    node = next;
    ++depth;
  }
  return depth;
}

}  // namespace assay::pipeline::fix
