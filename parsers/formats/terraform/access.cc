// Steps into values: attributes and elements of what is known, partly known and unknown.
#include <algorithm>

#include "parsers/formats/terraform/evaluator.h"
#include "parsers/formats/terraform/suggestion.h"

namespace assay::formats::terraform {

using model::Alternative;
using model::Entry;
using model::Guard;
using model::kAlways;
using model::kNever;
using model::Value;
using model::ValueKind;

// Blocks of a resource seen from outside: each may have more attributes than are configured.
Value Evaluator::open_blocks(const Value& blocks, const std::string& id) {
  auto open = [&](const Value& block, const std::string& name) {
    model::Unknown unknown = unknown_named(name, nullptr, true).unknown();
    Value closed = block;
    closed.flags &= static_cast<uint16_t>(~model::kBlockValue);
    unknown.structure = root_.arena.make<Value>(closed);
    Value out = unknown_value(unknown, root_.arena);
    out.marks = block.marks;
    out.guard = block.guard;
    out.span = block.span;
    return out;
  };
  if (blocks.is_mapping()) return open(blocks, id);
  if (!blocks.is_sequence()) return blocks;
  std::vector<Value> items;
  for (const Value& block : blocks.items()) {
    items.push_back(block.is_mapping() ? open(block, id + "[" + std::to_string(items.size()) + "]") : block);
  }
  return with_span(list_value(items, root_.arena), blocks.span);
}

Value Evaluator::attribute_of(const Value& object, std::string_view name, core::Span span) {
  auto missing = [&] {
    std::vector<std::string_view> names;
    if (object.is_mapping()) {
      for (const Entry& entry : object.entries()) names.push_back(entry.key);
    }
    return fail("there is no attribute \"" + std::string(name) + "\" here" + suggestion(name, names), span);
  };
  if (object.is_null()) return fail("attribute \"" + std::string(name) + "\" of null", span);
  if (object.is_mapping()) {
    const Value* found = object.find(name);
    if (!found) return missing();
    if (found->guard == kAlways) return *found;
    std::vector<Alternative> parts;
    add_guarded(parts, found->guard, with_guard(*found, kAlways), root_.guards);
    parts.push_back({root_.guards.negate(found->guard), missing()});
    return alternatives_value(parts, root_.guards, root_.arena);
  }
  if (!object.is_unknown()) return missing();
  const model::Unknown& unknown = object.unknown();
  if (unknown.structure && unknown.structure->kind == ValueKind::kMap) {
    // A map of which some elements are certain: merge(var.extra, { owner = "me" }).
    const Value* found = unknown.structure->find(name);
    if (found && found->guard == kAlways) return *found;
  } else if (unknown.structure && unknown.structure->is_mapping()) {
    // A resource or one of its blocks: what its configuration says, or what the provider will fill in.
    // An argument that is null is as good as absent: the provider may compute it.
    note_reference(object);
    const Value* found = unknown.structure->find(name);
    if (found && !found->is_null() && !(found->flags & model::kBlockValue)) return with_guard(*found, kAlways);
    spelling_.assign(unknown.id.text()).append(1, '.').append(name);
    if (found && (found->flags & model::kBlockValue)) {
      return with_guard(open_blocks(*found, std::string(spelling_)), kAlways);
    }
    return absent_attribute(object, name, spelling_);
  }
  const model::Type* type = nullptr;
  if (unknown.type && unknown.type->kind != model::TypeKind::kDynamic) {
    if (unknown.type->kind == model::TypeKind::kObject) {
      const model::TypeMember* member = unknown.type->find(name);
      if (!member) return missing();
      type = member->type;
    } else if (unknown.type->kind == model::TypeKind::kMap) {
      type = unknown.type->element;
    } else {
      return missing();
    }
  }
  if (type && type->kind == model::TypeKind::kDynamic) type = nullptr;
  std::string id;
  if (!unknown.id.empty()) id = std::string(unknown.id.text()) + "." + std::string(name);
  Value out = derived_unknown(id, type, {&object, 1}, root_.guards, root_.arena);
  if (undeclared_.empty() || !undeclared_.contains(unknown.id.id())) return out;
  // Who refers to a resource that is somewhere else means something that it has.
  model::Unknown facts = out.unknown();
  facts.not_null = true;
  return unknown_value(facts, root_.arena);
}

Value Evaluator::index_unknown(const Value& collection, const Value& key, core::Span span) {
  const model::Unknown& unknown = collection.unknown();
  std::string key_name = key.is_unknown() ? std::string() : literal_text(key);
  if (key.is_unknown() && !key.unknown().id.empty()) {
    std::string_view id = key.unknown().id.text();
    key_name = id.substr(id.find('#') == std::string_view::npos ? 0 : id.find('#') + 1);
  }
  std::string id;
  if (!unknown.id.empty() && !key_name.empty()) id = std::string(unknown.id.text()) + "[" + key_name + "]";
  if (unknown.structure && unknown.structure->is_mapping() && key.is_string()) {
    return attribute_of(collection, key.text(), span);
  }
  if (unknown.structure && unknown.structure->kind == ValueKind::kTuple && unknown.structure->size == 1 &&
      unknown.id.text().substr(0, id_prefix_.size()) == id_prefix_) {
    // One of the instances behind a representative: what holds for all of them holds for it.
    const Value& part = unknown.structure->items()[0];
    const Value* shared = part.is_unknown() ? part.unknown().structure : &part;
    if (shared && shared->is_mapping()) {
      std::vector<Entry> entries;
      for (const Entry& entry : shared->entries()) {
        if (wholly_known(entry.value)) entries.push_back(entry);
      }
      model::Unknown one = unknown_named(id.empty() ? fresh_id("instance") : id, nullptr, true).unknown();
      one.structure = root_.arena.make<Value>(object_value(entries, root_.arena));
      if (part.is_unknown()) {
        auto known = instance_by_id_.find(part.unknown().id);
        if (known != instance_by_id_.end()) instance_by_id_.emplace(one.id, known->second);
      }
      return unknown_value(one, root_.arena);
    }
  }
  const model::Type* type = nullptr;
  if (unknown.type) {
    if (unknown.type->is_collection()) type = unknown.type->element;
    if (unknown.type->is_primitive()) return fail("this value has no elements", span);
  }
  if (type && type->kind == model::TypeKind::kDynamic) type = nullptr;
  Value both[] = {collection, key};
  return derived_unknown(id, type, both, root_.guards, root_.arena);
}

Value Evaluator::index_of(const Value& collection, const Value& key, core::Span span) {
  if (collection.is_null()) return fail("an element of null", span);
  if (key.is_null()) return fail("the index is null", span);
  if (collection.is_unknown()) return index_unknown(collection, key, span);
  if (collection.is_mapping()) {
    if (key.is_unknown()) {
      // One of the entries: which one depends on the key.
      if (key.unknown().id.empty() || collection.size == 0 || collection.size > 8) {
        Value both[] = {collection, key};
        return derived_unknown("", nullptr, both, root_.guards, root_.arena);
      }
      std::vector<Alternative> parts;
      Guard rest = kAlways;
      for (const Entry& entry : collection.entries()) {
        Guard chosen = root_.guards.both(rest, equals(key, model::string_value(entry.key)));
        rest = root_.guards.both(rest, root_.guards.negate(chosen));
        if (chosen != kNever) add_guarded(parts, chosen, with_guard(entry.value, kAlways), root_.guards);
      }
      if (rest != kNever) parts.push_back({rest, fail("there is no element with this key", span)});
      return choose(parts, root_.guards, root_.arena);
    }
    if (!key.is_primitive()) return fail("the key of a map must be a string", span);
    std::string text = primitive_text(key);
    const Value* found = collection.find(text);
    if (!found) return fail("there is no element \"" + text + "\" here", span);
    if (found->guard == kAlways) return *found;
    return attribute_of(collection, root_.arena.copy(text), span);
  }
  if (collection.kind == ValueKind::kSet) return fail("elements of a set have no index", span);
  if (!collection.is_sequence()) return fail("this value has no elements", span);
  if (key.is_unknown()) {
    Value both[] = {collection, key};
    return derived_unknown("", nullptr, both, root_.guards, root_.arena);
  }
  Value number = to_type(key, model::number_type(), span);
  if (!number.is_number()) return fail("the index of a list must be a number", span);
  auto index = number.number().to_int64();
  if (!index || *index < 0 || *index >= static_cast<int64_t>(collection.size)) {
    return fail("the list has " + std::to_string(collection.size) + " elements, there is none at index " +
                    number.number().to_text(),
                span);
  }
  bool guarded = false;
  for (const Value& item : collection.items()) guarded = guarded || item.guard != kAlways;
  if (!guarded) return collection.items()[*index];
  if (*index > 16 || collection.size > 64) {
    return derived_unknown("", nullptr, {&collection, 1}, root_.guards, root_.arena);
  }
  // Which element stands at the index depends on how many before it are there.
  std::vector<Guard> before(static_cast<size_t>(*index) + 2, kNever);
  before[0] = kAlways;
  std::vector<Alternative> parts;
  Guard rest = kAlways;
  for (const Value& item : collection.items()) {
    Guard here = root_.guards.both(item.guard, before[*index]);
    if (here != kNever) {
      add_guarded(parts, here, with_guard(item, kAlways), root_.guards);
      rest = root_.guards.both(rest, root_.guards.negate(here));
    }
    Guard absent = root_.guards.negate(item.guard);
    for (size_t i = before.size(); i-- > 0;) {
      Guard stays = root_.guards.both(before[i], absent);
      Guard moves = i > 0 ? root_.guards.both(before[i - 1], item.guard) : kNever;
      before[i] = root_.guards.either(stays, moves);
    }
  }
  if (rest != kNever) parts.push_back({rest, fail("there is no element at this index", span)});
  return choose(parts, root_.guards, root_.arena);
}

}  // namespace assay::formats::terraform
