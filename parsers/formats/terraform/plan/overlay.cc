#include "parsers/formats/terraform/plan/overlay.h"

#include <algorithm>

#include "parsers/core/limits.h"
#include "parsers/formats/terraform/evaluator.h"
#include "parsers/formats/terraform/plan/plan.h"

namespace assay::formats::terraform {

using model::Entry;
using model::Value;

namespace {

constexpr size_t kMaxMatched = 64;  // elements that are looked for in another order than they are written in

bool same_text(const Value& a, const Value& b) {
  return a.is_primitive() && b.is_primitive() && (same_value(a, b) || primitive_text(a) == primitive_text(b));
}

// Whether the plan may have made `planned` out of `source`.
bool compatible(const Value& source, const Value& planned, uint32_t depth) {
  if (depth > core::kMaxNesting) return true;
  if (source.is_unknown() || planned.is_unknown() || source.is_null() || planned.is_null()) return true;
  if (source.is_alternatives()) {
    return std::any_of(source.alternatives().begin(), source.alternatives().end(),
                       [&](const model::Alternative& part) { return compatible(part.value, planned, depth + 1); });
  }
  if (source.is_primitive()) return same_text(source, planned);
  if (source.is_mapping() && planned.is_mapping()) {
    return std::all_of(source.entries().begin(), source.entries().end(), [&](const Entry& entry) {
      const Value* other = planned.find(entry.key);
      return !other || compatible(entry.value, *other, depth + 1);
    });
  }
  if (!source.is_sequence() || !planned.is_sequence()) return false;
  if (source.size != planned.size) return source.size > planned.size;  // some may not exist, or be repeated
  for (uint32_t i = 0; i < source.size && i < kMaxMatched; ++i) {
    bool found = std::any_of(planned.items().begin(), planned.items().end(), [&](const Value& item) {
      return compatible(source.items()[i], item, depth + 1);
    });
    if (!found) return false;
  }
  return true;
}

class Joiner {
 public:
  explicit Joiner(core::Arena& arena) : arena_(arena) {}

  Value join(const Value& source, const Value& planned, const BodyFacts& facts, uint32_t depth) {
    uint8_t marks = planned.marks;
    Value out = source;
    if (depth > core::kMaxNesting || planned.is_unknown() || source.is_null()) {
      // Left to the provider, or known before it is applied although nothing was written.
      if (!planned.is_unknown() && depth <= core::kMaxNesting && !planned.is_null()) out = in_place_of(source, planned);
    } else if (planned.is_null()) {
      // Write-only and ephemeral values are null in a plan; they are there all the same.
      if (!wholly_known(source)) out = in_place_of(source, planned);
    } else if (source.is_alternatives()) {
      out = in_place_of(source, planned);
      for (const model::Alternative& part : source.alternatives()) {
        if (!compatible(part.value, planned, depth)) continue;
        out = join(part.value, planned, facts, depth + 1);
        break;
      }
    } else if (source.is_primitive()) {
      if (!same_text(source, planned)) out = in_place_of(source, planned);
    } else if (source.is_mapping() && planned.is_mapping()) {
      out = mapping(source, planned, facts, depth);
    } else if (source.is_sequence() && planned.is_sequence()) {
      out = sequence(source, planned, facts, depth);
    } else if (source.is_sequence() && source.size == 1 && planned.is_mapping()) {
      return join(source.items()[0], planned, facts, depth + 1);
    } else {
      out = in_place_of(source, planned);
    }
    out.guard = model::kAlways;
    out.marks |= marks | source.marks;
    return out;
  }

  Value mapping(const Value& source, const Value& planned, const BodyFacts& facts, uint32_t depth) {
    std::vector<Entry> entries;
    for (const Entry& entry : source.entries()) {
      const Value* other = planned.find(entry.key);
      if (!other) {
        if (entry.value.guard == model::kAlways) entries.push_back(entry);
        continue;
      }
      auto block = facts.block(entry.key);
      entries.push_back({entry.key, entry.key_span,
                         join(entry.value, *other, block ? block->body : BodyFacts(), depth + 1)});
    }
    for (const Entry& entry : prune_planned(planned, facts, arena_).entries()) {
      if (source.find(entry.key) || entry.value.is_unknown()) continue;
      entries.push_back({entry.key, {}, in_place_of(model::with_span({}, source.span), entry.value)});
    }
    Value out = object_value(entries, arena_, source.kind);
    out.flags = source.flags;
    out.span = source.span;
    out.origin = source.origin;
    return out;
  }

  Value sequence(const Value& source, const Value& planned, const BodyFacts& facts, uint32_t depth) {
    std::vector<Value> items;
    std::vector<bool> used(source.size, false);
    for (uint32_t i = 0; i < planned.size; ++i) {
      const Value& item = planned.items()[i];
      uint32_t at = source.size;
      if (i < source.size && !used[i] && compatible(source.items()[i], item, depth)) at = i;
      for (uint32_t j = 0; at == source.size && source.size <= kMaxMatched && j < source.size; ++j) {
        if (!used[j] && compatible(source.items()[j], item, depth)) at = j;
      }
      if (at == source.size && i < source.size && source.size == planned.size && !used[i]) at = i;
      if (at == source.size) {
        Value block = (source.flags & model::kBlockValue) && item.is_mapping() ? prune_planned(item, facts, arena_) : item;
        block.flags |= source.flags & model::kBlockValue;
        items.push_back(in_place_of(model::with_span({}, source.span), block));
        continue;
      }
      used[at] = true;
      items.push_back(join(source.items()[at], item, facts, depth + 1));
    }
    Value out = list_value(items, arena_, source.kind);
    out.flags = source.flags;
    out.span = source.span;
    out.origin = source.origin;
    return out;
  }

  // A planned value where the source has another one or none: it stands where that stands.
  Value in_place_of(const Value& source, const Value& planned) {
    Value out = planned;
    out.span = source.span;
    model::Origin origin;
    origin.kind = model::OriginKind::kPlan;
    origin.span = source.span;
    origin.what = "planned value";
    if (source.origin) {
      const model::Origin** from = arena_.make_array<const model::Origin*>(1);
      from[0] = source.origin;
      origin.from_array = from;
      origin.from_count = 1;
    }
    out.origin = arena_.make<model::Origin>(origin);
    return out;
  }

 private:
  core::Arena& arena_;
};

Value pruned(const Value& planned, const BodyFacts& facts, core::Arena& arena, uint32_t depth) {
  if (!planned.is_mapping() || depth > core::kMaxNesting) return planned;
  std::vector<Entry> entries;
  for (const Entry& entry : planned.entries()) {
    if (entry.value.is_null()) continue;
    Entry kept = entry;
    if (auto attribute = facts.attribute(entry.key)) {
      if (attribute->sensitive) kept.value.marks |= model::kSensitive;
    } else if (auto block = facts.block(entry.key)) {
      if (entry.value.is_sequence()) {
        if (entry.value.size == 0) continue;
        std::vector<Value> items;
        for (const Value& item : entry.value.items()) {
          Value inner = pruned(item, block->body, arena, depth + 1);
          if (inner.is_mapping()) inner.flags |= model::kBlockValue;
          items.push_back(inner);
        }
        Value list = list_value(items, arena, entry.value.kind);
        list.span = entry.value.span;
        list.marks = entry.value.marks;
        list.flags |= model::kBlockValue;
        kept.value = list;
      } else {
        kept.value = pruned(entry.value, block->body, arena, depth + 1);
      }
    }
    entries.push_back(kept);
  }
  Value out = object_value(entries, arena, planned.kind);
  out.span = planned.span;
  out.marks = planned.marks;
  out.flags = planned.flags;
  return out;
}

}  // namespace

Value join_planned(const Value& source, const Value& planned, const BodyFacts& facts, core::Arena& arena) {
  if (!planned.is_mapping() || !source.is_mapping()) return source;
  return Joiner(arena).mapping(source, planned, facts, 0);
}

Value prune_planned(const Value& planned, const BodyFacts& facts, core::Arena& arena) {
  return pruned(planned, facts, arena, 0);
}

// The instances of a resource or of a module call are those of the plan; a resource that it does not
// name is not there after it was applied.
void Evaluator::planned_instances(const Declaration& declaration, const ModuleInstance& module,
                                  std::string_view name, InstanceSet& set) {
  const auto& known = declaration.kind == Declaration::Kind::kModule ? plan_->module_keys : plan_->keys;
  auto at = known.find(module.prefix + std::string(name));
  if (at == known.end()) {
    if (declaration.kind != Declaration::Kind::kResource) return;
    set.slots.size = 0;
    set.worlds.clear();
    if (set.shape == InstanceSet::Shape::kUnknown) set.shape = InstanceSet::Shape::kForEach;
    return;
  }
  std::vector<Value> keys = at->second;
  std::sort(keys.begin(), keys.end(), [](const Value& a, const Value& b) {
    if (a.is_number() && b.is_number()) return a.number() < b.number();
    return a.is_string() && b.is_string() && a.text() < b.text();
  });
  InstanceSet planned;
  for (const Value& key : keys) {
    InstanceSet::Slot slot;
    if (set.shape == InstanceSet::Shape::kUnknown && set.slots.size > 0) slot.value = set.slots.data[0].value;
    for (const InstanceSet::Slot& evaluated : set.slots) {
      if (same_value(evaluated.key, key)) slot = evaluated;
    }
    slot.key = key;
    slot.exists = model::kAlways;
    planned.slots.push(slot, work_);
    planned.shape = key.is_string()   ? InstanceSet::Shape::kForEach
                    : key.is_number() ? InstanceSet::Shape::kCount
                                      : InstanceSet::Shape::kSingle;
  }
  set = std::move(planned);
}

Value Evaluator::planned_attributes(const Instance& instance, const Value& object) {
  const PlannedChange* change = plan_->find(std::string(instance.address));
  if (!change) return object;
  Value out = join_planned(object, change->after, instance.node->declaration->facts, root_.arena);
  out.span = object.span;
  return out;
}

// The value that a variable of the root module had for the plan. What gave it is not in the plan: where
// the sources give the same value, theirs is kept.
Value Evaluator::planned_variable(const Declaration& variable, const Value& value) {
  auto at = plan_->variables.find(variable.name);
  if (at == plan_->variables.end() || is_error(value)) return value;
  Value planned = at->second;
  if (value.is_unknown() && value.unknown().type) {
    CallContext& context = call_context(variable.block.header());
    CallResult converted = convert(planned, value.unknown().type, context);
    if (!converted.is_error) planned = converted.value;
  }
  if (same_value(value, planned) || (value.is_primitive() && same_text(value, planned))) return value;
  model::Origin origin;
  origin.kind = model::OriginKind::kPlan;
  origin.what = root_.arena.copy("var." + std::string(variable.name));
  planned.origin = root_.arena.make<model::Origin>(origin);
  planned.span = {};
  planned.marks |= value.marks;
  return planned;
}

}  // namespace assay::formats::terraform
