#include "parsers/formats/terraform/schema/conform.h"

#include <algorithm>
#include <vector>

#include "parsers/core/limits.h"
#include "parsers/formats/terraform/functions/convert.h"

namespace assay::formats::terraform {
namespace {

using model::Type;
using model::TypeKind;
using model::Value;
using model::ValueKind;

constexpr size_t kMaxDistinct = 256;  // blocks compared with each other

bool is_kind(const Value& value, TypeKind kind) {
  switch (kind) {
    case TypeKind::kBool: return value.is_bool();
    case TypeKind::kNumber: return value.is_number();
    case TypeKind::kString: return value.is_string();
    default: return true;
  }
}

std::string_view described(TypeKind kind) {
  switch (kind) {
    case TypeKind::kBool: return "true or false";
    case TypeKind::kNumber: return "a number";
    case TypeKind::kString: return "a string";
    case TypeKind::kMap: return "a map";
    case TypeKind::kObject: return "an object";
    default: return "a list";
  }
}

class Conformer {
 public:
  Conformer(CallContext& context, std::string_view* mismatch) : context_(context), mismatch_(mismatch) {}

  Value run(const Value& value, const FactType& type, uint32_t depth) {
    if (value.is_null() || value.is_unknown() || type.kind == TypeKind::kDynamic || depth > core::kMaxNesting) {
      return value;
    }
    if (value.is_alternatives()) return alternatives(value, type, depth);
    switch (type.kind) {
      case TypeKind::kBool:
      case TypeKind::kNumber:
      case TypeKind::kString: return primitive(value, type.kind);
      case TypeKind::kList:
      case TypeKind::kSet: return sequence(value, type, depth);
      case TypeKind::kMap:
      case TypeKind::kObject: return mapping(value, type, depth);
      default: return value;
    }
  }

 private:
  Value refuse(const Value& value, TypeKind kind) {
    if (mismatch_ && mismatch_->empty()) *mismatch_ = described(kind);
    return value;
  }

  Value primitive(const Value& value, TypeKind kind) {
    if (is_kind(value, kind)) return value;
    if (!value.is_primitive()) return refuse(value, kind);
    const Type* to = kind == TypeKind::kBool     ? model::bool_type()
                     : kind == TypeKind::kNumber ? model::number_type()
                                                 : model::string_type();
    CallResult result = convert(value, to, context_);
    return result.is_error ? refuse(value, kind) : result.value;
  }

  Value alternatives(const Value& value, const FactType& type, uint32_t depth) {
    std::vector<model::Alternative> parts;
    bool changed = false;
    for (const model::Alternative& part : value.alternatives()) {
      parts.push_back({part.guard, run(part.value, type, depth + 1)});
      const Value& now = parts.back().value;
      changed = changed || now.kind != part.value.kind || now.pointer != part.value.pointer;
    }
    if (!changed) return value;
    Value out = alternatives_value(parts, context_.guards, context_.arena);
    return in_place_of(value, out);
  }

  Value sequence(const Value& value, const FactType& type, uint32_t depth) {
    if (!value.is_sequence()) return refuse(value, type.kind);
    FactType element = type.element();
    std::vector<Value> items(value.items().begin(), value.items().end());
    bool changed = false;
    bool plain = true;  // known primitives that exist for certain: they can be put in order
    for (Value& item : items) {
      Value now = run(item, element, depth + 1);
      changed = changed || now.kind != item.kind || now.pointer != item.pointer;
      item = now;
      plain = plain && item.is_primitive() && item.guard == model::kAlways && is_kind(item, element.kind);
    }
    if (type.kind == TypeKind::kSet && plain && element.kind <= TypeKind::kString && !items.empty()) {
      if (value.kind == ValueKind::kSet && !changed) return value;
      const Type* inner = fact_type(type.element_index(), context_.arena);
      return in_place_of(value, make_set(items, inner, context_));
    }
    // Sets whose order only the provider knows stay lists, in the order they are written in.
    Value out = changed ? list_value(items, context_.arena, ValueKind::kList) : value;
    if (out.kind == ValueKind::kTuple || type.kind == TypeKind::kList) out.kind = ValueKind::kList;
    out.flags = value.flags;
    return in_place_of(value, out);
  }

  Value mapping(const Value& value, const FactType& type, uint32_t depth) {
    if (!value.is_mapping()) return refuse(value, type.kind);
    std::vector<model::Entry> entries(value.entries().begin(), value.entries().end());
    bool changed = false;
    for (model::Entry& entry : entries) {
      std::optional<FactType> part = type.kind == TypeKind::kMap ? type.element() : type.member(entry.key);
      if (!part) continue;
      Value now = run(entry.value, *part, depth + 1);
      changed = changed || now.kind != entry.value.kind || now.pointer != entry.value.pointer;
      entry.value = now;
    }
    if (!changed) return value;
    Value out = object_value(entries, context_.arena, value.kind);
    out.flags = value.flags;
    return in_place_of(value, out);
  }

  static Value in_place_of(const Value& original, Value result) {
    result.span = original.span;
    result.origin = original.origin;
    result.marks |= original.marks;
    result.guard = original.guard;
    return result;
  }

  CallContext& context_;
  std::string_view* mismatch_;
};

}  // namespace

bool needs_conforming(const Value& value, uint32_t type) {
  if (value.is_null() || value.is_unknown()) return false;
  TypeKind kind = FactType(type).kind;
  if (kind <= TypeKind::kString) return !is_kind(value, kind);
  return true;
}

Value conform(const Value& value, uint32_t type, CallContext& context, std::string_view* mismatch) {
  return Conformer(context, mismatch).run(value, FactType(type), 0);
}

Value distinct_blocks(const Value& blocks, core::Arena& arena) {
  if (!blocks.is_sequence() || blocks.size < 2 || blocks.size > kMaxDistinct) return blocks;
  std::vector<Value> kept;
  for (const Value& block : blocks.items()) {
    bool repeated = std::any_of(kept.begin(), kept.end(), [&](const Value& known) {
      return known.guard == block.guard && same_value(known, block) && wholly_known(block);
    });
    if (!repeated) kept.push_back(block);
  }
  if (kept.size() == blocks.size) return blocks;
  Value out = list_value(kept, arena, blocks.kind);
  out.flags = blocks.flags;
  out.marks = blocks.marks;
  out.span = blocks.span;
  out.origin = blocks.origin;
  out.guard = blocks.guard;
  return out;
}

}  // namespace assay::formats::terraform
