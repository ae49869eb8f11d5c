#include "parsers/formats/terraform/json_syntax.h"

#include <algorithm>
#include <vector>

#include "parsers/core/limits.h"
#include "parsers/formats/terraform/schema/provider_facts.h"
#include "parsers/syntax/hcl/reader.h"
#include "parsers/syntax/json/reader.h"

namespace assay::formats::terraform {
namespace {

using model::Value;
using syntax::Node;
using syntax::NodeKind;
using syntax::Tree;

// Names of object-valued arguments that are maps, not blocks, in practically every provider: for
// types that the provider facts do not know.
bool is_map_argument(std::string_view name) {
  static constexpr std::string_view kMaps[] = {
      "tags", "tags_all", "labels", "annotations", "variables", "environment_variables", "parameters",
      "vars", "values", "triggers", "keepers", "match_labels", "data",
      "request_parameters", "response_parameters", "request_templates", "response_templates", "query",
      "app_settings", "connection_strings", "headers", "string_data", "binary_data", "providers",
      "default_arguments", "options", "for_each"};
  // `default_tags` of the AWS provider is a block with `tags` in it.
  if (name != "default_tags" && name.size() > 5 && name.substr(name.size() - 5) == "_tags") return true;
  if (name.size() > 7 && name.substr(name.size() - 7) == "_labels") return true;
  return std::find(std::begin(kMaps), std::end(kMaps), name) != std::end(kMaps);
}

// How the properties of an object are read.
enum class Place : uint8_t {
  kFile,       // top level
  kResource,   // resource, data, provider: attributes and blocks by the provider facts, else by guess
  kModule,     // module, variable, output, locals: attributes only (variable has validation blocks)
  kVariable,
  kTerraform,
};

class Converter {
 public:
  explicit Converter(const Tree& json) : json_(json), out_(std::make_unique<Tree>(json.source.size())) {
    out_->file = json.file;
    out_->language = syntax::Language::kHcl;
    out_->source = json.source;
  }

  std::unique_ptr<Tree> run() {
    const Node* document = json_.root->child(0);
    const Node* root = document ? document->child(0) : nullptr;
    std::vector<const Node*> items;
    for_each_object(root, [&](const Node& object) {
      for (const Node* pair : object.children()) top_level(*pair, items);
    });
    Node body;
    body.kind = NodeKind::kBody;
    body.end = static_cast<uint32_t>(json_.source.size());
    out_->root = finish(body, items);
    return std::move(out_);
  }

 private:
  const Node* finish(Node node, const std::vector<const Node*>& children) {
    node.child_array = out_->arena.copy(children).data();
    node.child_count = static_cast<uint32_t>(children.size());
    return out_->arena.make<Node>(node);
  }

  // An object stands for itself, an array for the objects in it.
  template <typename F>
  void for_each_object(const Node* node, F use) {
    if (!node) return;
    if (node->kind == NodeKind::kMapping) use(*node);
    if (node->kind == NodeKind::kSequence) {
      for (const Node* child : node->children()) {
        if (child->kind == NodeKind::kMapping) use(*child);
      }
    }
  }

  void top_level(const Node& pair, std::vector<const Node*>& items) {
    if (pair.kind != NodeKind::kPair || pair.child_count < 2) return;
    std::string_view name = pair.child(0)->text;
    if (name == "//") return;
    size_t labels = 0;
    Place place = Place::kModule;
    if (name == "resource" || name == "data" || name == "ephemeral") {
      labels = 2;
      place = Place::kResource;
    } else if (name == "provider") {
      labels = 1;
      place = Place::kResource;
    } else if (name == "variable") {
      labels = 1;
      place = Place::kVariable;
    } else if (name == "output" || name == "module" || name == "check") {
      labels = 1;
    } else if (name == "terraform") {
      place = Place::kTerraform;
    }
    facts_kind_ = name == "data"        ? FactKind::kData
                  : name == "provider"  ? FactKind::kProvider
                  : name == "ephemeral" ? FactKind::kEphemeral
                                        : FactKind::kResource;
    labelled(*pair.child(1), name, *pair.child(0), {}, labels, place, items);
  }

  // What the provider says of the body of this block.
  BodyFacts facts_of(std::string_view type, const std::vector<const Node*>& labels) const {
    if (depth_ == 0) return labels.empty() ? BodyFacts() : provider_facts(facts_kind_, labels[0]->text);
    if (type == "content") return facts_;  // those of the dynamic block around it
    auto block = facts_.block(type == "dynamic" && !labels.empty() ? labels[0]->text : type);
    return block ? block->body : BodyFacts();
  }

  // Descends through the objects that stand for labels.
  void labelled(const Node& value, std::string_view type, const Node& type_node,
                std::vector<const Node*> labels, size_t wanted, Place place,
                std::vector<const Node*>& items) {
    for_each_object(&value, [&](const Node& object) {
      if (labels.size() == wanted) {
        items.push_back(block(type, type_node, labels, object, place));
        return;
      }
      for (const Node* pair : object.children()) {
        if (pair->kind != NodeKind::kPair || pair->child_count < 2 || pair->child(0)->text == "//") continue;
        std::vector<const Node*> more = labels;
        more.push_back(pair->child(0));
        labelled(*pair->child(1), type, type_node, more, wanted, place, items);
      }
    });
  }

  const Node* block(std::string_view type, const Node& type_node, const std::vector<const Node*>& labels,
                    const Node& object, Place place) {
    Node node;
    node.kind = NodeKind::kBlock;
    node.text = type;
    const Node& first = labels.empty() ? type_node : *labels.back();
    node.begin = first.begin;
    node.end = object.end;
    std::vector<const Node*> children;
    for (const Node* name : labels) {
      Node label;
      label.kind = NodeKind::kLabel;
      label.text = name->text;
      label.begin = name->begin;
      label.end = name->end;
      children.push_back(out_->arena.make<Node>(label));
    }
    BodyFacts outer = facts_;
    facts_ = place == Place::kResource ? facts_of(type, labels) : BodyFacts();
    children.push_back(body(object, place));
    facts_ = outer;
    return finish(node, children);
  }

  const Node* body(const Node& object, Place place) {
    std::vector<const Node*> items;
    if (++depth_ <= core::kMaxNesting) {
      for (const Node* pair : object.children()) {
        if (pair->kind != NodeKind::kPair || pair->child_count < 2) continue;
        if (pair->child(0)->text == "//") continue;
        property(*pair, place, items);
      }
    }
    --depth_;
    Node node;
    node.kind = NodeKind::kBody;
    node.begin = object.begin;
    node.end = object.end;
    return finish(node, items);
  }

  void property(const Node& pair, Place place, std::vector<const Node*>& items) {
    std::string_view name = pair.child(0)->text;
    const Node& value = *pair.child(1);
    bool object = value.kind == NodeKind::kMapping;
    bool objects = value.kind == NodeKind::kSequence && value.child_count > 0 &&
                   std::all_of(value.children().begin(), value.children().end(),
                               [](const Node* child) { return child->kind == NodeKind::kMapping; });
    bool as_block = false;
    size_t labels = 0;
    Place inner = place;
    switch (place) {
      case Place::kResource:
        as_block = (object || objects) && !facts_.attribute(name) &&
                   (facts_.block(name) || !is_map_argument(name));
        if (name == "dynamic" || name == "provisioner") labels = 1;
        break;
      case Place::kVariable: as_block = name == "validation" && (object || objects); break;
      case Place::kTerraform:
        as_block = object || objects;
        if (name == "backend" || name == "provider_meta") labels = 1;
        if (name == "required_providers") inner = Place::kModule;
        else inner = Place::kResource;
        break;
      default: as_block = name == "precondition" && (object || objects); break;
    }
    if (as_block) {
      labelled(value, name, *pair.child(0), {}, labels, inner, items);
      return;
    }
    Node node;
    node.kind = NodeKind::kAttribute;
    node.text = name;
    node.begin = pair.child(0)->begin;
    node.end = value.end;
    bool static_text = name == "depends_on" || name == "ignore_changes" || name == "provider" ||
                       (place == Place::kVariable && name == "type");
    if (place == Place::kVariable && name != "type") {
      items.push_back(finish(node, {literal(value)}));
    } else if (static_text) {
      items.push_back(finish(node, {reference(value)}));
    } else {
      items.push_back(finish(node, {expression(value)}));
    }
  }

  // Strings are references or types, read as expressions where they stand.
  const Node* reference(const Node& value) {
    if (value.kind == NodeKind::kSequence) {
      Node node;
      node.kind = NodeKind::kTuple;
      node.begin = value.begin;
      node.end = value.end;
      std::vector<const Node*> items;
      for (const Node* child : value.children()) items.push_back(reference(*child));
      return finish(node, items);
    }
    if (value.kind != NodeKind::kString) return expression(value);
    std::string wrapped = "${" + std::string(value.text) + "}";
    std::string_view kept = out_->arena.copy(wrapped);
    uint32_t shift = value.begin > 0 ? value.begin - 1 : 0;
    const Node* node = syntax::read_hcl_template(*out_, kept, shift);
    if (node->kind != NodeKind::kTemplate || node->child_count != 1 ||
        node->child(0)->kind != NodeKind::kInterpolation) {
      return literal(value);
    }
    return node->child(0)->child(0);
  }

  const Node* literal(const Node& value) { return convert(value, false); }
  const Node* expression(const Node& value) { return convert(value, true); }

  const Node* convert(const Node& value, bool templates) {
    Node node;
    node.begin = value.begin;
    node.end = value.end;
    node.text = value.text;
    node.kind = value.kind;
    if (++depth_ > core::kMaxNesting) {
      --depth_;
      node.kind = NodeKind::kError;
      return out_->arena.make<Node>(node);
    }
    std::vector<const Node*> children;
    switch (value.kind) {
      case NodeKind::kMapping:
        node.kind = NodeKind::kObject;
        for (const Node* pair : value.children()) {
          if (pair->kind != NodeKind::kPair || pair->child_count < 2) continue;
          Node item;
          item.kind = NodeKind::kObjectItem;
          item.flags = syntax::kQuoted;
          item.begin = pair->begin;
          item.end = pair->end;
          children.push_back(
              finish(item, {convert(*pair->child(0), templates), convert(*pair->child(1), templates)}));
        }
        break;
      case NodeKind::kSequence:
        node.kind = NodeKind::kTuple;
        for (const Node* child : value.children()) children.push_back(convert(*child, templates));
        break;
      case NodeKind::kString:
        if (templates && value.text.find('{') != std::string_view::npos) {
          const Node* read = syntax::read_hcl_template(*out_, value.text, value.begin + 1);
          --depth_;
          if (read->kind != NodeKind::kTemplate) return read;
          Node whole = *read;
          whole.begin = value.begin;
          whole.end = value.end;
          return out_->arena.make<Node>(whole);
        }
        break;
      case NodeKind::kNull:
      case NodeKind::kBool:
      case NodeKind::kNumber: break;
      default: node.kind = NodeKind::kError; break;
    }
    --depth_;
    return finish(node, children);
  }

  const Tree& json_;
  std::unique_ptr<Tree> out_;
  uint32_t depth_ = 0;
  FactKind facts_kind_ = FactKind::kResource;  // of the top-level block
  BodyFacts facts_;                            // of the block around; may be empty
};

Value value_of(const Node& node, core::FileId file, core::Arena& arena, uint32_t depth) {
  Value out;
  if (depth > core::kMaxNesting) return out;
  switch (node.kind) {
    case NodeKind::kMapping: {
      std::vector<model::Entry> entries;
      for (const Node* pair : node.children()) {
        if (pair->child_count < 2) continue;
        std::string_view key = arena.copy(pair->child(0)->text);
        model::Entry entry{key, {}, value_of(*pair->child(1), file, arena, depth + 1)};
        if (file != core::kNoFile) entry.key_span = {file, pair->child(0)->begin, pair->child(0)->end};
        auto same = std::find_if(entries.begin(), entries.end(),
                                 [&](const model::Entry& known) { return known.key == key; });
        if (same != entries.end()) *same = entry;
        else entries.push_back(entry);
      }
      out = object_value(entries, arena);
      break;
    }
    case NodeKind::kSequence: {
      std::vector<Value> items;
      for (const Node* child : node.children()) items.push_back(value_of(*child, file, arena, depth + 1));
      out = list_value(items, arena, model::ValueKind::kTuple);
      break;
    }
    case NodeKind::kBool: out = model::bool_value(node.text == "true"); break;
    case NodeKind::kNumber: {
      auto number = core::Number::parse(node.text, arena);
      if (number) out = model::number_value(*number, arena);
      break;
    }
    case NodeKind::kString: out = model::string_value(arena.copy(node.text)); break;
    default: break;
  }
  if (file != core::kNoFile) out.span = {file, node.begin, node.end};
  return out;
}

}  // namespace

std::unique_ptr<Tree> json_as_hcl(const Tree& json) { return Converter(json).run(); }

Value json_value(const Node& node, core::FileId file, core::Arena& arena) {
  return value_of(node, file, arena, 0);
}

bool json_text_value(std::string_view text, core::Arena& arena, Value* out) {
  auto tree = syntax::read_json(core::kNoFile, text);
  const Node* document = tree->accepted ? tree->root->child(0) : nullptr;
  if (!document || document->child_count == 0) return false;
  *out = value_of(*document->child(0), core::kNoFile, arena, 0);
  return true;
}

}  // namespace assay::formats::terraform
