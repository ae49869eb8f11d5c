// Macros that iterate: all, exists, map, filter and their kin (cel-spec, "Macros"), and optMap.
#include <algorithm>

#include "parsers/core/limits.h"
#include "rules/lang/cel/cost.h"
#include "rules/lang/cel/eval.h"

namespace assay::rules::cel {
namespace {

// Sort keys are numbers, texts, bools, times: one kind, by compare().
struct Keyed {
  Val key;
  Val item;
};

}  // namespace

Val Eval::optional_macro(const Node& node) {
  const uint64_t before = cost_ ? cost_->used : 0;
  Val range = eval(node.arg(0));
  if (range.is_error()) return range;
  if (!range.is(Kind::kOptional)) return no_overload("optMap", {&range, 1});
  charge(2 * kCallCost);  // hasValue() and of() or none()
  if (!range.optional) return range;
  if (cost_) charge(kCallCost + cost_->used - before - 2 * kCallCost);  // value(), of the range written once more
  locals_[node.slot] = *range.optional;
  Val out = eval(node.arg(1));
  if (out.is_error()) return out;
  if (node.macro == Macro::kOptMap) return some_val(out, arena_);
  return out.is(Kind::kOptional) ? out : no_overload("optFlatMap", {&out, 1});
}

Val Eval::comprehension(const Node& node) {
  if (node.macro == Macro::kOptMap || node.macro == Macro::kOptFlatMap) return optional_macro(node);
  const size_t before = mark();
  Val range = eval(node.arg(0));
  if (range.is_error()) return range;
  if (range.is_null() && rules_) range = list_val({});

  // An unknown collection is empty, or holds one unknown element that belongs to this place of
  // iteration: other iterations see other elements, so that no two questions are answered alike by
  // accident.
  bool unknown = range.is_unknown();
  Val unknown_key, unknown_item;
  uint32_t count = range.size;
  bool is_map = range.is(Kind::kMap);
  if (unknown) {
    need_world();
    if (!world_) return error_val(fatal_);
    const model::Type* type = range.model->unknown().type;
    is_map = type && (type->kind == model::TypeKind::kMap || type->kind == model::TypeKind::kObject);
    count = is_null_in_world(range) || world_->empty(*guards_, *range.model) ? 0 : 1;
    if (count) {
      std::string place = "[*" + std::to_string(node.begin);
      for (uint32_t i : iteration_) place += "," + std::to_string(i);
      std::string id = id_of(range) + place + "]";
      const model::Type* element = type && type->is_collection() ? type->element : nullptr;
      unknown_item = derived(id, element, {&range, 1});
      unknown_item.path = range.path;
      unknown_key = derived("key(" + id + ")", is_map ? model::string_type() : nullptr, {&range, 1});
    }
  } else if (!range.is(Kind::kList) && !range.is(Kind::kMap)) {
    return error("a value of type " + std::string(type_name(range)) + " cannot be iterated");
  }

  const bool two = node.slot2 >= 0;
  const bool has_filter = (node.flags & kFilterBody) != 0;
  // Whether an element is there matters only if it decides: most do not, and each question doubles the worlds.
  const bool lazy = !two && (node.macro == Macro::kAll || node.macro == Macro::kExists);
  const Node& body = node.arg(node.arg_count - 1);
  Val failure;        // the first error of all(), exists()
  uint32_t matches = 0;
  Val *keys = nullptr, *values = nullptr;
  bool builds = node.macro >= Macro::kMap;
  bool builds_map = node.macro == Macro::kTransformMap || node.macro == Macro::kTransformMapEntry;
  if (builds && node.macro != Macro::kTransformMapEntry) {
    if (count > core::kMaxCollection) return error("the collection is too large");
    values = arena_.make_array<Val>(count);
    if (builds_map || node.macro == Macro::kSortBy) keys = arena_.make_array<Val>(count);
  }
  std::vector<Val> entry_keys, entry_values;
  size_t built = 0;
  uint32_t position = 0;

  iteration_.push_back(0);
  Val result;
  bool done = false;
  auto finish = [&](const Val& value) {
    result = value;
    done = true;
  };
  for (uint32_t i = 0; i < count && !done; ++i) {
    if (!fatal_.empty()) {
      finish(error_val(fatal_));
      break;
    }
    Val key, item;
    const model::Value* open = nullptr;
    if (unknown) {
      key = unknown_key;
      item = unknown_item;
    } else if (lazy) {
      if (!(is_map ? peek_entry(range, i, key, item, open) : peek_item(range, i, item, open))) continue;
    } else if (is_map) {
      if (!entry_at(range, i, key, item)) continue;
    } else {
      if (!item_at(range, i, item)) continue;
      key = int_val(position++);
    }
    iteration_.back() = i;
    if (cost_) charge(iteration_cost(node.macro));
    if (two) {
      locals_[node.slot] = key;
      locals_[node.slot2] = item;
    } else {
      locals_[node.slot] = is_map ? key : item;
    }
    const Val& single = is_map ? key : item;
    const size_t here = mark();
    if (has_filter) {
      Val wanted = truth(eval(node.arg(1)));
      if (wanted.is_error()) {
        finish(wanted);
        break;
      }
      if (!wanted.boolean) continue;
    }
    Val value = eval(body);
    switch (node.macro) {
      case Macro::kAll:
      case Macro::kExists: {
        bool decisive = node.macro == Macro::kExists;
        value = truth(value);
        if (open && (value.is_error() || value.boolean == decisive) && !confirm(open)) {
          forget(here, mark());
        } else if (value.is_error()) {
          if (!failure.is_error()) failure = value;
        } else if (value.boolean == decisive) {
          // Only the reads of this element decided, or the range where it made none.
          if (mark() > here) forget(before, here);
          finish(value);
          if (cost_ && i + 1 < count) charge(stop_cost(node.macro));
        } else {
          forget(here, mark());
        }
        break;
      }
      case Macro::kExistsOne:
        value = truth(value);
        if (value.is_error()) finish(value);
        else if (value.boolean) ++matches, charge(kCallCost + kAttributeCost);
        else forget(here, mark());
        break;
      case Macro::kFilter:
        value = truth(value);
        if (value.is_error()) finish(value);
        else if (value.boolean) new (values + built++) Val(single), charge(kKeepCost + kAttributeCost);
        break;
      case Macro::kSortBy:
        if (value.is_error()) {
          finish(value);
        } else {
          charge(kKeepCost);
          new (keys + built) Val(value);
          new (values + built++) Val(single);
        }
        break;
      case Macro::kTransformMapEntry:
        if (!value.is(Kind::kMap) || value.from_model()) {
          finish(value.is_error() ? value : no_overload("transformMapEntry", {&value, 1}));
          break;
        }
        for (uint32_t k = 0; k < value.size; ++k) {
          entry_keys.push_back(value.map->keys[k]);
          entry_values.push_back(value.map->values[k]);
        }
        break;
      default:
        if (value.is_error()) {
          finish(value);
          break;
        }
        charge(builds_map ? kInsertCost : kKeepCost);
        if (builds_map) new (keys + built) Val(key);
        new (values + built++) Val(value);
    }
  }
  iteration_.pop_back();
  if (cost_) charge(result_cost(node.macro));
  if (done) return result;

  // What an unknown collection becomes is unknown too, but for the empty one.
  if (unknown && builds && (built > 0 || !entry_keys.empty())) {
    std::string id = "collection@" + std::to_string(node.begin) + "(" + id_of(range) + ")";
    for (uint32_t i : iteration_) id += "," + std::to_string(i);
    return derived_collection(id, range, !is_map && (node.macro == Macro::kSortBy || node.macro == Macro::kFilter));
  }
  switch (node.macro) {
    case Macro::kAll:
    case Macro::kExists:
      if (failure.is_error()) return failure;
      return bool_val(node.macro == Macro::kAll);
    case Macro::kExistsOne: return bool_val(matches == 1);
    case Macro::kSortBy: return sort_by({keys, built}, {values, built});
    case Macro::kTransformMapEntry:
      return unique_map_val(arena_.copy(entry_keys), arena_.copy(entry_values));
    case Macro::kTransformMap: return map_val({keys, built}, {values, built}, arena_);
    default: return list_val({values, built});
  }
}

Val Eval::derived_collection(std::string_view id, const Val& range, bool same_elements) {
  Val out = derived(id, same_elements ? range.model->unknown().type : nullptr, {&range, 1});
  model::Unknown unknown = out.model->unknown();
  unknown.not_null = true;
  unknown.min_length = 1;
  if (same_elements) unknown.max_length = range.model->unknown().max_length;
  out.model = arena_.make<model::Value>(model::unknown_value(unknown, arena_));
  return out;
}

Val Eval::sort_by(std::span<const Val> keys, std::span<const Val> values) {
  std::vector<Keyed> order;
  order.reserve(keys.size());
  for (size_t i = 0; i < keys.size(); ++i) {
    order.push_back({keys[i], values[i]});
    bool same = keys[i].kind == keys[0].kind || (keys[i].is_number() && keys[0].is_number());
    bool ordered = keys[i].is_number() || keys[i].is_text() || keys[i].is(Kind::kBool) ||
                   keys[i].is(Kind::kTimestamp) || keys[i].is(Kind::kDuration);
    if (keys[i].is_unknown()) {
      return derived(id_of_call("sort", keys), nullptr, keys);
    }
    if (!same || !ordered) return error("sort needs values of one kind that have an order");
  }
  if (!spend(keys.size() * 8)) return error_val(fatal_);
  std::stable_sort(order.begin(), order.end(), [&](const Keyed& a, const Keyed& b) {
    return compare(Op::kLess, a.key, b.key).is_true();
  });
  Val* out = arena_.make_array<Val>(order.size());
  for (size_t i = 0; i < order.size(); ++i) new (out + i) Val(order[i].item);
  return list_val({out, order.size()});
}

}  // namespace assay::rules::cel
