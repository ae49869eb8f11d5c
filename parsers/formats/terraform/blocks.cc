#include <algorithm>

#include "parsers/formats/terraform/evaluator.h"

namespace assay::formats::terraform {

using model::Alternative;
using model::Entry;
using model::Guard;
using model::kAlways;
using model::kNever;
using model::Value;
using syntax::Node;
using syntax::NodeKind;

namespace {

constexpr uint32_t kMaxAssumeDepth = 64;

bool is_meta_argument(std::string_view name) {
  return name == "count" || name == "for_each" || name == "depends_on" || name == "provider" ||
         name == "providers";
}

struct BlockGroup {
  size_t entry;
  std::vector<Value> blocks;
};

// Is a name read anywhere below, and is it read itself, not an attribute of it? Names that hide it count.
struct NameUse {
  bool read = false;
  bool whole = false;
};

void find_name(const Node& node, std::string_view name, NameUse& use) {
  if (node.kind == NodeKind::kVariable && node.text == name) use.read = use.whole = true;
  bool attribute = node.kind == NodeKind::kGetAttr && node.child_count > 0 &&
                   node.child(0)->kind == NodeKind::kVariable && node.child(0)->text == name;
  use.read = use.read || attribute;
  if (attribute) return;
  for (const Node* child : node.children()) find_name(*child, name, use);
}

// "ingress.cidr_blocks": the types of the blocks on the way, and a name.
void append_path(const BodyOptions& options, std::string& out) {
  if (options.outer) append_path(*options.outer, out);
  if (!options.name.empty()) out.append(options.name).append(1, '.');
}

bool is_nested(const BodyOptions& options) {
  return !options.name.empty() || (options.outer && is_nested(*options.outer));
}

}  // namespace

// References found in an argument or in what a dynamic block runs over.
void Evaluator::note_edges(const References& found, const BodyOptions& options, std::string_view name) {
  if (!options.owner || found.empty()) return;
  std::string_view path = name;
  if (is_nested(options)) {
    spelling_.clear();
    append_path(options, spelling_);
    spelling_ += name;
    path = root_.arena.copy(spelling_);
  }
  for (Instance* target : found.instances) options.owner->edges.push({path, target}, work_);
  for (const Thunk* thunk : found.thunks) options.owner->edges.push({path, nullptr, thunk}, work_);
}

// Attributes in source order; blocks of one type are one list, at the place of the first.
Value Evaluator::body_object(const Items& items, const Scope& scope, const BodyOptions& options) {
  core::SmallVector<Entry, 16> entries;
  std::vector<BlockGroup> groups;
  bool of_instances = options.top && options.owner && !options.owner->node->shared.empty();
  SharedItem* shared = of_instances ? options.owner->node->shared.data() : options.content;
  bool outer_varies = varies_;
  if (of_instances) invariants_ = &options.owner->node->invariants;
  for (size_t at = 0; at < items.size(); ++at) {
    const Item item = items[at];
    if (!item.node) continue;
    SharedItem* common = shared ? shared + at : nullptr;
    bool known = common && common->state == SharedItem::State::kShared;
    uint32_t edges_before = options.owner ? options.owner->edges.size : 0;
    Scope inner = item_scope(scope, item);
    if (!item.is_block()) {
      if (options.top && is_meta_argument(item.name())) {
        if (common) common->state = SharedItem::State::kShared;
        continue;
      }
      Value value;
      if (known) {
        if (common->values.empty()) continue;
        value = common->values[0];
      } else {
        References found;
        auto* saved = references_;
        references_ = options.owner ? &found : saved;
        varies_ = false;
        value = evaluate(item.expression(), inner);
        if (has_error(value)) {
          std::string id;
          if (options.owner && !is_nested(options)) {
            id = std::string(id_of(*options.owner).text()) + "." + std::string(item.name());
          }
          value = settle(value, span_of(item.expression(), inner), id);
        }
        references_ = saved;
        if (options.facts) value = conformed(value, item, items, options);
        value.guard = kAlways;
        note_edges(found, options, kept(item.name(), inner));
      }
      bool repeated = false;
      for (const Entry& entry : entries) repeated = repeated || entry.key == item.name();
      if (!repeated) entries.push_back({kept(item.name(), inner), item.header(), value});
      if (common && common->state == SharedItem::State::kNew) {
        bool varies = varies_;
        common->state = varies ? SharedItem::State::kVaries : SharedItem::State::kShared;
        if (!varies && !repeated) common->values = {root_.arena.make<Value>(value), 1};
        if (!varies && of_instances) keep_edges(*options.owner, edges_before, *common);
      }
      outer_varies = outer_varies || varies_;
      continue;
    }
    bool dynamic = item.name() == "dynamic" && !item.label(0).empty();
    std::string_view type = dynamic ? item.label(0) : item.name();
    BlockGroup* group = nullptr;
    for (BlockGroup& earlier : groups) {
      if (entries[earlier.entry].key == type) group = &earlier;
    }
    if (!group) {
      groups.push_back({entries.size(), {}});
      group = &groups.back();
      Value list = with_span(model::null_value(), item.header());
      entries.push_back({kept(type, inner), item.header(), list});
      if (options.facts && !dynamic) check_name(item, items, options);
    }
    if (known) {
      group->blocks.insert(group->blocks.end(), common->values.begin(), common->values.end());
      continue;
    }
    size_t blocks_before = group->blocks.size();
    varies_ = false;
    if (dynamic) add_dynamic(item, inner, options, kAlways, group->blocks);
    else add_block(item, inner, options, kAlways, group->blocks);
    if (common && common->state == SharedItem::State::kNew) {
      bool varies = varies_;
      common->state = varies ? SharedItem::State::kVaries : SharedItem::State::kShared;
      if (!varies) {
        common->values = root_.arena.copy(std::span<const Value>(group->blocks).subspan(blocks_before));
        if (of_instances) keep_edges(*options.owner, edges_before, *common);
      }
    }
    outer_varies = outer_varies || varies_;
  }
  varies_ = outer_varies;
  if (of_instances) invariants_ = nullptr;
  bool empty_blocks = false;
  for (const BlockGroup& group : groups) {
    Entry& entry = entries[group.entry];
    core::Span span = entry.value.span;
    // Every provider's `timeouts` is one object, not a list of blocks.
    if (entry.key == "timeouts" && group.blocks.size() == 1) {
      entry.value = group.blocks[0];
      continue;
    }
    entry.value = with_span(list_value(group.blocks, root_.arena), span);
    entry.value.flags |= model::kBlockValue;
    if (options.facts) entry.value = conformed_blocks(entry.value, entry.key, options);
    empty_blocks = empty_blocks || group.blocks.empty();
  }
  // A dynamic block that gave nothing leaves nothing behind.
  if (empty_blocks) {
    Entry* end = std::remove_if(entries.begin(), entries.end(), [](const Entry& entry) {
      return (entry.value.flags & model::kBlockValue) && entry.value.size == 0;
    });
    entries.truncate(static_cast<size_t>(end - entries.begin()));
  }
  return object_value(entries, root_.arena);
}

// The edges that `owner` got since it had `before` of them are the item's, for all instances.
void Evaluator::keep_edges(Instance& owner, uint32_t before, SharedItem& item) {
  item.edges = work_.copy(owner.edges.span().subspan(before));
  owner.edges.size = before;
}

Value Evaluator::block_value(const Item& block, const Scope& scope, const BodyOptions& options) {
  BodyOptions inner = options;
  inner.top = false;
  inner.outer = &options;
  inner.name = block.name() == "content" ? std::string_view{} : block.name();
  if (block.node != options.content_node) inner.content = nullptr;
  // Of a dynamic block, add_dynamic() has found them.
  if (options.facts && block.name() != "content") {
    auto nested = options.facts.block(block.name());
    inner.facts = nested ? nested->body : BodyFacts();
  }
  Value value = body_object(Items(block.body(), block), scope, inner);
  if (!block.label(0).empty() && block.name() != "dynamic") {
    // provisioner "local-exec": the labels are part of what the block says.
    std::vector<Entry> entries(value.entries().begin(), value.entries().end());
    std::vector<Value> labels;
    for (const Node* child : block.node->children()) {
      if (child->kind == NodeKind::kLabel) {
        labels.push_back(with_span(model::string_value(kept(child->text, scope)),
                                   {block.file, child->begin, child->end}));
      }
    }
    entries.push_back({"__labels", {}, list_value(labels, root_.arena)});
    value = object_value(entries, root_.arena);
  }
  value.flags |= model::kBlockValue;
  return with_span(value, block.header());
}

void Evaluator::add_block(const Item& block, const Scope& scope, const BodyOptions& options, Guard guard,
                          Blocks& out) {
  Value self;
  Scope inner = scope;
  // Meta-blocks see the resource itself; what it says of itself there is not chased further.
  if (options.top && options.owner &&
      (block.name() == "lifecycle" || block.name() == "provisioner" || block.name() == "connection")) {
    model::Unknown open = unknown_facts_of(id_of(*options.owner).text(), nullptr, true);
    open.structure = root_.arena.make<Value>(model::object_value({}, root_.arena));
    self = unknown_value(open, root_.arena);
    inner.self = &self;
  }
  if (options.top && block.name() == "lifecycle") {
    // ignore_changes and replace_triggered_by hold names, not values.
    std::vector<Entry> entries;
    if (block.body()) {
      for (const Node* child : block.body()->children()) {
        if (child->kind != NodeKind::kAttribute) continue;
        core::Span span{block.file, child->begin, child->end};
        if (child->text == "ignore_changes" || child->text == "replace_triggered_by") {
          std::vector<Value> names;
          for (const Node* element : child->child(0)->children()) {
            if (child->child(0)->kind != NodeKind::kTuple) break;
            std::string_view text = literal_string(*element);
            names.push_back(with_span(
                model::string_value(kept(text.empty() ? source_text(*element, scope) : text, scope)),
                span_of(*element, scope)));
          }
          Value value = child->child(0)->kind == NodeKind::kTuple
                            ? list_value(names, root_.arena, model::ValueKind::kTuple)
                            : model::string_value(kept(source_text(*child->child(0), scope), scope));
          entries.push_back({kept(child->text, scope), span, with_span(value, span_of(*child->child(0), scope))});
        } else {
          entries.push_back({kept(child->text, scope), span, settled(*child->child(0), inner, "")});
        }
      }
    }
    Value value = with_span(object_value(entries, root_.arena), block.header());
    value.flags |= model::kBlockValue;
    out.push_back(with_guard(value, guard));
    return;
  }
  out.push_back(with_guard(block_value(block, inner, options), guard));
}

void Evaluator::add_dynamic(const Item& block, const Scope& scope, const BodyOptions& options, Guard guard,
                            Blocks& out) {
  std::string_view type = block.label(0);
  const Node* for_each = nullptr;
  const Node* iterator = nullptr;
  const Node* content = nullptr;
  if (const Node* body = block.body()) {
    for (const Node* child : body->children()) {
      if (child->kind == NodeKind::kAttribute && child->text == "for_each") for_each = child->child(0);
      if (child->kind == NodeKind::kAttribute && child->text == "iterator") iterator = child->child(0);
      if (child->kind == NodeKind::kBlock && child->text == "content") content = child;
    }
  }
  if (!for_each || !content) {
    problem(core::ProblemSeverity::kWarning, "terraform-dynamic-block",
            "a dynamic block needs for_each and a content block", block.header());
    return;
  }
  std::string_view name = type;
  if (iterator && iterator->kind == NodeKind::kVariable) name = iterator->text;
  else if (iterator && !literal_string(*iterator).empty()) name = literal_string(*iterator);

  References found;
  auto* saved = references_;
  references_ = options.owner ? &found : saved;
  Value collection = settled(*for_each, scope, "");
  references_ = saved;
  note_edges(found, options, is_nested(options) ? type : kept(type, scope));
  BodyOptions inner_options = options;
  inner_options.top = false;
  inner_options.outer = &options;
  inner_options.name = type;
  if (options.facts) {
    auto nested = options.facts.block(type);
    inner_options.facts = nested ? nested->body : BodyFacts();
  }
  Item content_item{content, block.file, block.borrowed};
  // What does not read the iterator is made for the first element.
  Items items(content_item.body(), content_item);
  std::vector<SharedItem> shared(items.size());
  NameUse use;
  for (size_t i = 0; i < items.size(); ++i) {
    NameUse here;
    if (items[i].node) find_name(*items[i].node, name, here);
    if (here.read) shared[i].state = SharedItem::State::kVaries;
    use.whole = use.whole || here.whole;
  }
  inner_options.content = shared.data();
  inner_options.content_node = content;
  Entry* parts = nullptr;  // of the iterator; made anew only where it is kept as a whole
  Binding binding{name, {}, scope.bindings};
  Scope inner = scope;
  inner.bindings = &binding;
  const model::Origin* plain_origin = nullptr;  // of elements whose key came from nowhere
  auto add_one = [&](Guard when, const Value& key, const Value& value) {
    if (when == kNever || !spend(1, block.header())) return;
    if (use.whole || !parts) parts = root_.arena.make_array<Entry>(2);
    new (parts) Entry{"key", {}, with_guard(key, kAlways)};
    new (parts + 1) Entry{"value", {}, with_guard(value, kAlways)};
    binding.value = Value();
    binding.value.kind = model::ValueKind::kObject;
    binding.value.size = 2;
    binding.value.entry_array = parts;
    Value element = block_value(content_item, inner, inner_options);
    element.span = block.header();
    if (key.origin || !plain_origin) {
      element.origin = make_origin(model::OriginKind::kDynamicBlock, block.header(), "dynamic block", key);
      if (!key.origin) plain_origin = element.origin;
    } else {
      element.origin = plain_origin;
    }
    out.push_back(with_guard(assume(element, when), when));
  };
  auto add_all = [&](Guard when, const Value& known) {
    if (known.is_unknown()) {
      std::string id(known.unknown().id.text());
      if (id.empty()) id = fresh_id("dynamic");
      Guard empty = empty_guard(known, id);
      const model::Type* element = nullptr;
      if (known.unknown().type && known.unknown().type->is_collection()) {
        element = known.unknown().type->element;
        if (element->kind == model::TypeKind::kDynamic) element = nullptr;
      }
      Value key = derived_unknown(id + ".key", nullptr, {&known, 1}, root_.guards, root_.arena);
      Value value = derived_unknown(id + "[" + std::string(type) + ".key]", element, {&known, 1},
                                    root_.guards, root_.arena);
      add_one(root_.guards.both(when, root_.guards.negate(empty)), key, value);
      return;
    }
    if (known.is_mapping()) {
      std::vector<const Entry*> sorted;
      for (const Entry& entry : known.entries()) sorted.push_back(&entry);
      std::sort(sorted.begin(), sorted.end(), [](const Entry* a, const Entry* b) { return a->key < b->key; });
      for (const Entry* entry : sorted) {
        add_one(root_.guards.both(when, entry->value.guard), model::string_value(entry->key),
                with_marks(entry->value, known.marks));
      }
      return;
    }
    if (!known.is_sequence()) {
      problem(core::ProblemSeverity::kWarning, "terraform-evaluation",
              known.is_null() ? "for_each of a dynamic block is null"
                              : "for_each of a dynamic block must be a collection",
              {block.file, for_each->begin, for_each->end});
      return;
    }
    int64_t index = 0, certain = 0;
    for (const Value& item : known.items()) {
      Value key = known.kind == model::ValueKind::kSet ? item
                  : certain < index                    ? open_index(known, certain, index)
                                                       : model::int_value(index);
      ++index;
      certain += item.guard == kAlways;
      add_one(root_.guards.both(when, item.guard), key, with_marks(item, known.marks));
    }
  };
  if (!collection.is_alternatives()) {
    add_all(guard, collection);
    return;
  }
  for (const Alternative& alternative : collection.alternatives()) {
    add_all(root_.guards.both(guard, alternative.guard), alternative.value);
  }
}

// `value` as it is where `guard` holds: alternatives that cannot be are dropped.
Value Evaluator::assume(const Value& value, Guard guard, uint32_t depth) {
  if (guard == kAlways || depth > kMaxAssumeDepth) return value;
  if (value.is_alternatives()) {
    std::vector<Alternative> kept;
    bool changed = false;
    for (const Alternative& alternative : value.alternatives()) {
      Guard left = root_.guards.assuming(alternative.guard, guard);
      changed = changed || left != alternative.guard;
      if (left == kAlways) {
        Value only = assume(alternative.value, guard, depth + 1);
        only.marks |= value.marks;
        if (!only.origin) only.origin = value.origin;
        return with_guard(only, value.guard);
      }
      if (left != kNever) kept.push_back({left, assume(alternative.value, guard, depth + 1)});
    }
    if (!changed || kept.empty()) return value;
    Value out = choose(kept, root_.guards, root_.arena);
    out.span = value.span;
    out.marks |= value.marks;
    out.guard = value.guard;
    if (!out.origin) out.origin = value.origin;
    return out;
  }
  if (value.is_sequence()) {
    std::vector<Value> items;
    bool changed = false;
    for (const Value& item : value.items()) {
      Guard left = root_.guards.assuming(item.guard, guard);
      Value simple = assume(item, guard, depth + 1);
      changed = changed || left != item.guard || simple.pointer != item.pointer || simple.kind != item.kind;
      if (left != kNever) items.push_back(with_guard(simple, left));
    }
    if (!changed) return value;
    Value out = list_value(items, root_.arena, value.kind);
    out.marks = value.marks;
    out.flags = value.flags;
    out.span = value.span;
    out.origin = value.origin;
    out.guard = value.guard;
    return out;
  }
  if (value.is_mapping()) {
    std::vector<Entry> entries;
    bool changed = false;
    for (const Entry& entry : value.entries()) {
      Guard left = root_.guards.assuming(entry.value.guard, guard);
      Value simple = assume(entry.value, guard, depth + 1);
      changed = changed || left != entry.value.guard || simple.pointer != entry.value.pointer ||
                simple.kind != entry.value.kind;
      if (left != kNever) entries.push_back({entry.key, entry.key_span, with_guard(simple, left)});
    }
    if (!changed) return value;
    Value out = object_value(entries, root_.arena, value.kind);
    out.marks = value.marks;
    out.flags = value.flags;
    out.span = value.span;
    out.origin = value.origin;
    out.guard = value.guard;
    return out;
  }
  return value;
}

}  // namespace assay::formats::terraform
