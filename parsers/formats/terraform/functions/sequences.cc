// Functions over lists and tuples: concat, flatten, element, slice, contains, distinct...
#include <algorithm>
#include <vector>

#include "parsers/formats/terraform/functions/internal.h"

namespace assay::formats::terraform {
namespace {

using model::Alternative;
using model::Guard;
using model::kAlways;
using model::kNever;
using model::Relation;

constexpr uint16_t kParts = kTakesUnknown | kTakesMarks;

bool is_list_or_tuple(const Value& value) {
  return value.kind == ValueKind::kList || value.kind == ValueKind::kTuple;
}
const Type* empty_element(const Value& list) { return list.size == 0 ? list.type : nullptr; }

// --- concat

// Ways to decide the arguments that are alternatives; counts no further than `limit`.
size_t ways(Arguments arguments, size_t limit) {
  size_t count = 1;
  for (const Value& argument : arguments) {
    if (argument.is_alternatives()) count *= argument.size;
    if (count > limit) break;
  }
  return count;
}

// Alternatives of lists as one tuple of items, each under its guard; nullopt when a part is no
// list.
std::optional<Value> as_guarded_tuple(const Value& value, CallContext& context) {
  std::vector<Value> items;
  for (const Alternative& part : value.alternatives()) {
    if (!is_list_or_tuple(part.value)) return std::nullopt;
    for (Value item : part.value.items()) {
      item.guard = context.guards.both(item.guard, part.guard);
      if (item.guard != kNever) items.push_back(item);
    }
  }
  return make_list(items, nullptr, context, ValueKind::kTuple);
}

CallResult concat(CallContext& context, Arguments arguments) {
  if (arguments.empty()) return failure("at least one argument is required");
  constexpr size_t kMaxWays = 4;
  std::vector<Value> decided(arguments.begin(), arguments.end());
  bool undecided = std::any_of(decided.begin(), decided.end(),
                               [](const Value& v) { return v.is_alternatives(); });
  if (undecided) {
    bool split = ways(arguments, kMaxWays) <= kMaxWays;
    for (Value& value : decided) {
      if (split || !value.is_alternatives()) continue;
      std::optional<Value> tuple = as_guarded_tuple(value, context);
      split = !tuple;
      if (tuple) value = *tuple;
    }
    if (split) {
      return in_top_worlds(context, "concat", arguments,
                           [&](Arguments values) { return concat(context, values); });
    }
  }
  bool all_lists = true;
  bool unknown = false;
  size_t total = 0;
  int64_t certain = 0;
  for (const Value& value : decided) {
    if (value.is_unknown()) {
      unknown = true;
      continue;
    }
    if (!is_list_or_tuple(value)) {
      return bad_argument("seqs",
                          "all arguments must be lists or tuples; got " + friendly_name(value));
    }
    all_lists = all_lists && value.kind == ValueKind::kList;
    total += value.size;
    certain += std::count_if(value.items().begin(), value.items().end(),
                             [](const Value& item) { return item.guard == kAlways; });
  }
  if (unknown) {
    model::Unknown facts = unknown_facts(context, "concat", nullptr, arguments);
    facts.not_null = true;
    facts.min_length = certain;
    Value out = model::unknown_value(facts, context.arena);
    for (const Value& argument : arguments) out.marks |= model::marks_inside(argument);
    return out;
  }
  if (total > core::kMaxCollection) return failure("the result has too many elements");
  std::vector<Value> items;
  items.reserve(total);
  if (all_lists && unify_values(decided, context).is_error) all_lists = false;
  for (const Value& value : decided)
    items.insert(items.end(), value.items().begin(), value.items().end());
  return make_list(items, decided[0].size == 0 ? decided[0].type : nullptr, context,
                   all_lists ? ValueKind::kList : ValueKind::kTuple);
}

// --- flatten

class Flattener {
 public:
  Flattener(CallContext& context) : context_(context) {}

  void take(const Value& value, Guard guard, uint32_t depth) {
    if (depth > core::kMaxNesting || items.size() > core::kMaxCollection) {
      too_large = true;
      return;
    }
    for (const Value& item : value.items()) {
      Guard inner = context_.guards.both(guard, item.guard);
      if (inner != kNever) take_item(item, inner, depth);
    }
  }

  std::vector<Value> items;
  bool unknown = false;  // something inside may be a list of any length
  bool too_large = false;

 private:
  void take_item(const Value& item, Guard guard, uint32_t depth) {
    if (item.is_sequence()) {
      unknown = unknown || (item.kind == ValueKind::kSet && item.size > 1 && has_unknown(item));
      take(item, guard, depth + 1);
    } else if (item.is_alternatives()) {
      bool lists = std::any_of(item.alternatives().begin(), item.alternatives().end(),
                               [](const Alternative& part) {
                                 return part.value.is_sequence() || part.value.is_unknown();
                               });
      if (!lists) {
        items.push_back(model::with_guard(item, guard));
        return;
      }
      for (const Alternative& part : item.alternatives()) {
        Guard inner = context_.guards.both(guard, part.guard);
        if (inner != kNever) take_item(part.value, inner, depth + 1);
      }
    } else {
      unknown = unknown || may_be_list(item);
      items.push_back(model::with_guard(item, guard));
    }
  }

  static bool may_be_list(const Value& item) {
    if (!item.is_unknown()) return false;
    const Type* type = item.unknown().type;
    return type == nullptr || type->kind == TypeKind::kDynamic || type->kind == TypeKind::kList ||
           type->kind == TypeKind::kSet || type->kind == TypeKind::kTuple;
  }

  CallContext& context_;
};

CallResult flatten(CallContext& context, Arguments arguments) {
  const Value& value = arguments[0];
  Flattener flattener(context);
  if (value.is_alternatives()) {
    bool lists = std::all_of(value.alternatives().begin(), value.alternatives().end(),
                             [](const Alternative& part) { return part.value.is_sequence(); });
    if (!lists || value.size <= 4) {
      return in_top_worlds(context, "flatten", arguments,
                           [&](Arguments decided) { return flatten(context, decided); });
    }
    for (const Alternative& part : value.alternatives()) flattener.take(part.value, part.guard, 0);
  } else if (value.is_unknown()) {
    return unknown_result(context, "flatten", nullptr, arguments);
  } else if (!value.is_sequence()) {
    return failure("can only flatten lists, sets and tuples");
  } else {
    flattener.take(value, kAlways, 0);
  }
  if (flattener.too_large) return failure("the result has too many elements");
  if (flattener.unknown) {
    model::Unknown facts = unknown_facts(context, "flatten", nullptr, arguments);
    facts.not_null = true;
    facts.min_length = std::count_if(
        flattener.items.begin(), flattener.items.end(),
        [](const Value& item) { return item.guard == kAlways && !item.is_unknown(); });
    Value out = model::unknown_value(facts, context.arena);
    for (const Value& argument : arguments) out.marks |= model::marks_inside(argument);
    return out;
  }
  return make_list(flattener.items, nullptr, context, ValueKind::kTuple);
}

// --- element, slice, one

CallResult element_unknown_index(CallContext& context, Arguments arguments) {
  std::span<const Value> items = arguments[0].items();
  const model::Unknown& index = arguments[1].unknown();
  bool guarded = std::any_of(items.begin(), items.end(),
                             [](const Value& item) { return item.guard != kAlways; });
  if (items.size() == 1 && !guarded) return items[0];
  if (guarded || index.id.empty() || items.size() > core::kMaxAlternatives) {
    return unknown_result(context, "element", nullptr, arguments);
  }
  // Which element it is depends on the index modulo the length only.
  std::string subject = std::string(index.id.text()) + " % " + std::to_string(items.size());
  std::vector<std::string> domain;
  for (size_t i = 0; i < items.size(); ++i) domain.push_back(std::to_string(i));
  context.guards.declare_domain(subject, domain);
  std::vector<Alternative> parts;
  for (size_t i = 0; i < items.size(); ++i) {
    parts.push_back(
        {context.guards.atom(subject, Relation::kEquals, domain[i], index.causes()), items[i]});
  }
  return model::alternatives_value(parts, context.guards, context.arena);
}

CallResult element(CallContext& context, Arguments arguments) {
  const Value& list = arguments[0];
  if (list.is_unknown()) {
    const Type* type = list.unknown().type;
    return unknown_result(
        context, "element",
        type != nullptr && type->kind == TypeKind::kList ? type->element : nullptr, arguments);
  }
  if (!is_list_or_tuple(list)) return failure("cannot read elements from " + friendly_name(list));
  if (arguments[1].is_unknown()) {
    if (list.size == 0) return failure("cannot use element function with an empty list");
    return element_unknown_index(context, arguments);
  }
  std::optional<int64_t> index = arguments[1].number().to_int64();
  if (!index) return failure("invalid index: a whole number is required");
  // Terraform counts from the end of a list, and fails for a tuple.
  if (*index < 0 && list.kind == ValueKind::kTuple)
    return failure("cannot use element function with a negative index");
  return with_present(
      context, "element", list.items(), [&](std::span<const uint32_t> present) -> CallResult {
        if (present.empty()) return failure("cannot use element function with an empty list");
        int64_t size = static_cast<int64_t>(present.size());
        int64_t at = *index % size;
        if (at < 0) at += size;
        return model::with_guard(list.items()[present[static_cast<size_t>(at)]], kAlways);
      });
}

CallResult slice(CallContext& context, Arguments arguments) {
  const Value& list = arguments[0];
  if (!is_list_or_tuple(list))
    return bad_argument("list",
                        "cannot slice a " + friendly_name(list) + "; a list or tuple is required");
  std::optional<int64_t> start = arguments[1].number().to_int64(),
                         end = arguments[2].number().to_int64();
  if (!start || *start < 0)
    return bad_argument("start_index", "start index must be a whole number not below zero");
  if (!end || *end < 0)
    return bad_argument("end_index", "end index must be a whole number not below zero");
  return with_present(
      context, "slice", list.items(), [&](std::span<const uint32_t> present) -> CallResult {
        if (*end > static_cast<int64_t>(present.size())) {
          return bad_argument("end_index",
                              "end index must not be greater than the length of the list");
        }
        if (*start > *end)
          return bad_argument("start_index", "start index must not be greater than end index");
        std::vector<Value> items;
        for (int64_t i = *start; i < *end; ++i) {
          items.push_back(
              model::with_guard(list.items()[present[static_cast<size_t>(i)]], kAlways));
        }
        return make_list(items,
                         list.size > 0 ? model::type_of(list.items()[0], context.arena) : list.type,
                         context, list.kind);
      });
}

CallResult one(CallContext& context, Arguments arguments) {
  const Value& list = arguments[0];
  if (!list.is_sequence())
    return bad_argument("list",
                        "must be a list, set, or tuple value with either zero or one elements");
  return with_present(
      context, "one", list.items(), [&](std::span<const uint32_t> present) -> CallResult {
        if (present.empty()) return model::null_value(empty_element(list));
        if (present.size() > 1) {
          return bad_argument(
              "list", "must be a list, set, or tuple value with either zero or one elements");
        }
        return model::with_guard(list.items()[present[0]], kAlways);
      });
}

// --- searching

CallResult contains(CallContext& context, Arguments arguments) {
  const Value& list = arguments[0];
  if (list.is_unknown()) return unknown_result(context, "contains", model::bool_type(), arguments);
  if (!list.is_sequence()) return failure("argument must be list, tuple, or set");
  Guard found = kNever;
  bool open = false;
  for (const Value& item : list.items()) {
    std::optional<Guard> same = when_equal(item, arguments[1], context);
    if (!same) {
      open = true;
    } else {
      found = context.guards.either(found, context.guards.both(item.guard, *same));
    }
    if (found == kAlways) return model::bool_value(true);
  }
  if (open) return unknown_result(context, "contains", model::bool_type(), arguments);
  return truth(found, context);
}

CallResult index(CallContext& context, Arguments arguments) {
  const Value& list = arguments[0];
  if (list.is_unknown()) return unknown_result(context, "index", model::number_type(), arguments);
  if (!is_list_or_tuple(list)) return failure("argument must be a list or tuple");
  if (list.size == 0) return failure("cannot search an empty list");
  std::vector<Alternative> parts;
  Guard rest = kAlways;  // not found so far
  for (uint32_t i = 0; i < list.size && rest != kNever; ++i) {
    std::optional<Guard> same = when_equal(list.items()[i], arguments[1], context);
    if (!same) return unknown_result(context, "index", model::number_type(), arguments);
    Guard here = context.guards.both(rest, *same);
    if (here == kNever) continue;
    parts.push_back({here, model::int_value(i)});
    rest = context.guards.both(rest, context.guards.negate(*same));
  }
  if (parts.empty()) return failure("item not found");
  CallResult result;
  if (rest != kNever) {
    parts.push_back({rest, unknown_result(context, "index", model::number_type(), arguments)});
    result.fails_when = rest;
    result.error = "item not found";
  }
  result.value = model::alternatives_value(parts, context.guards, context.arena);
  return result;
}

// --- reshaping

CallResult reverse(CallContext& context, Arguments arguments) {
  const Value& list = arguments[0];
  if (!list.is_sequence())
    return bad_argument("list",
                        "can only reverse list or tuple values, not " + friendly_name(list));
  std::vector<Value> items(list.items().rbegin(), list.items().rend());
  return make_list(items, empty_element(list), context,
                   list.kind == ValueKind::kTuple ? ValueKind::kTuple : ValueKind::kList);
}

CallResult chunklist(CallContext& context, Arguments arguments) {
  const Value& list = arguments[0];
  std::optional<int64_t> size = arguments[1].number().to_int64();
  if (!size || *size < 0) return failure("the size argument must be a whole number not below zero");
  const Type* element = list.size > 0 ? model::type_of(list.items()[0], context.arena) : list.type;
  std::vector<Value> chunks;
  size_t step = *size == 0 ? std::max<size_t>(list.size, 1) : static_cast<size_t>(*size);
  for (size_t i = 0; i < list.size; i += step) {
    chunks.push_back(
        make_list(list.items().subspan(i, std::min(step, list.size - i)), element, context));
  }
  return make_list(
      chunks, model::list_type(context.arena, element != nullptr ? element : model::dynamic_type()),
      context);
}

// Keeps of equal items the first that exists.
CallResult distinct(CallContext& context, Arguments arguments) {
  const Value& list = arguments[0];
  if (list.is_unknown() || has_unknown(list)) {
    model::Unknown facts =
        unknown_facts(context, "distinct", model::type_of(list, context.arena), arguments);
    facts.max_length = list.is_unknown() ? list.unknown().max_length : list.size;
    Value out = model::unknown_value(facts, context.arena);
    out.marks |= model::marks_inside(list);
    return out;
  }
  std::vector<Value> items = expanded(list.items(), context);
  // Equal texts are found by sorting; other values by looking at each pair.
  std::vector<uint32_t> order(items.size());
  for (uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  bool texts =
      std::all_of(items.begin(), items.end(), [](const Value& item) { return item.is_string(); });
  if (!texts && items.size() > 4096) return failure("the list has too many elements to compare");
  std::vector<bool> dropped(items.size(), false);
  auto drop_repeat = [&](uint32_t first, uint32_t again) {
    Guard left = context.guards.both(items[again].guard, context.guards.negate(items[first].guard));
    items[again].guard = left;
    dropped[again] = left == kNever;
  };
  if (texts) {
    std::stable_sort(order.begin(), order.end(),
                     [&](uint32_t a, uint32_t b) { return items[a].text() < items[b].text(); });
    for (size_t i = 0; i < order.size();) {
      size_t j = i + 1;
      for (; j < order.size() && items[order[j]].text() == items[order[i]].text(); ++j) {
        for (size_t k = i; k < j && !dropped[order[j]]; ++k) {
          if (!dropped[order[k]]) drop_repeat(order[k], order[j]);
        }
      }
      i = j;
    }
  } else {
    for (uint32_t j = 1; j < items.size(); ++j) {
      for (uint32_t i = 0; i < j && !dropped[j]; ++i) {
        if (!dropped[i] && model::same_value(items[i], items[j])) drop_repeat(i, j);
      }
    }
  }
  std::vector<Value> kept;
  for (size_t i = 0; i < items.size(); ++i) {
    if (!dropped[i]) kept.push_back(items[i]);
  }
  return make_list(kept, empty_element(list), context);
}

CallResult compact(CallContext& context, Arguments arguments) {
  std::vector<Value> kept;
  Value empty = model::string_value({});
  Value null = model::null_value();
  for (Value item : expanded(arguments[0].items(), context)) {
    std::optional<Guard> is_empty = when_equal(item, empty, context),
                         is_null = when_equal(item, null, context);
    if (!is_empty || !is_null)
      return unknown_result(context, "compact",
                            model::list_type(context.arena, model::string_type()), arguments);
    item.guard = context.guards.both(
        item.guard, context.guards.negate(context.guards.either(*is_empty, *is_null)));
    if (item.guard != kNever) kept.push_back(item);
  }
  return make_list(kept, model::string_type(), context);
}

CallResult sort(CallContext& context, Arguments arguments) {
  std::vector<Value> items = expanded(arguments[0].items(), context);
  for (size_t i = 0; i < items.size(); ++i) {
    if (items[i].is_null()) {
      return failure("given list element " + std::to_string(i) +
                     " is null; a null string cannot be sorted");
    }
    if (items[i].is_unknown()) {
      model::Unknown facts = unknown_facts(
          context, "sort", model::list_type(context.arena, model::string_type()), arguments);
      bool guarded = std::any_of(items.begin(), items.end(),
                                 [](const Value& item) { return item.guard != kAlways; });
      if (!guarded) facts.min_length = facts.max_length = arguments[0].size;
      Value out = model::unknown_value(facts, context.arena);
      out.marks |= model::marks_inside(arguments[0]);
      return out;
    }
  }
  std::stable_sort(items.begin(), items.end(),
                   [](const Value& a, const Value& b) { return a.text() < b.text(); });
  return make_list(items, model::string_type(), context);
}

CallResult matchkeys(CallContext& context, Arguments arguments) {
  const Value& list = arguments[0];
  if (list.size != arguments[1].size) return failure("length of keys and values should be equal");
  std::vector<Value> unify_both{arguments[1], arguments[2]};
  if (unify_values(unify_both, context).is_error)
    return failure("keys and searchset must be of the same type");
  std::vector<Value> kept;
  for (uint32_t i = 0; i < list.size; ++i) {
    for (const Value& wanted : unify_both[1].items()) {
      if (!model::same_value(unify_both[0].items()[i], wanted)) continue;
      kept.push_back(list.items()[i]);
      break;
    }
  }
  return make_list(kept, list.size > 0 ? model::type_of(list.items()[0], context.arena) : list.type,
                   context);
}

// --- truth of lists

// All of them, or (wanted = true) at least one.
CallResult quantify(CallContext& context, Arguments arguments, std::string_view name, bool wanted) {
  if (arguments[0].is_unknown())
    return unknown_result(context, name, model::bool_type(), arguments);
  Guard decided = kNever;  // some item has the deciding value
  bool open = false;
  Value deciding = model::bool_value(wanted);
  for (const Value& item : arguments[0].items()) {
    std::optional<Guard> same = when_equal(item, deciding, context);
    if (!wanted && item.is_null()) same = kAlways;  // alltrue([null]) is false
    if (!same) {
      open = true;
    } else {
      decided = context.guards.either(decided, context.guards.both(item.guard, *same));
    }
    if (decided == kAlways) return model::bool_value(wanted);
  }
  if (open) return unknown_result(context, name, model::bool_type(), arguments);
  return truth(wanted ? decided : context.guards.negate(decided), context);
}

CallResult alltrue(CallContext& context, Arguments arguments) {
  return quantify(context, arguments, "alltrue", false);
}
CallResult anytrue(CallContext& context, Arguments arguments) {
  return quantify(context, arguments, "anytrue", true);
}

// --- range

CallResult range(CallContext& context, Arguments arguments) {
  if (arguments.empty() || arguments.size() > 3)
    return failure("must have one, two, or three arguments");
  core::Arena& arena = context.arena;
  core::Number start(0), end = arguments[0].number(), step(1);
  if (arguments.size() > 1) {
    start = arguments[0].number();
    end = arguments[1].number();
  }
  bool down = end < start;
  if (arguments.size() == 3) {
    step = arguments[2].number();
    if (step.sign() == 0 && start != end) return failure("step must not be zero");
    if (down && step.sign() > 0)
      return failure("when end is less than start, step must be negative");
    if (end > start && step.sign() < 0)
      return failure("when end is greater than start, step must be positive");
  } else if (down) {
    step = core::Number(-1);
  }
  std::vector<Value> items;
  for (core::Number at = start; down ? at > end : at < end;
       at = core::Number::add(at, step, arena)) {
    if (items.size() >= 1024)
      return failure(
          "more than 1024 values were generated; either decrease the difference between start and "
          "end or use a smaller step");
    items.push_back(model::number_value(at, arena));
  }
  return make_list(items, model::number_type(), context);
}

constexpr FunctionInfo kFunctions[] = {
    {"alltrue", "lb", alltrue, kTakesUnknown | kTakesWhole | kTakesGuards, 'b'},
    {"anytrue", "lb", anytrue, kTakesUnknown | kTakesWhole | kTakesGuards, 'b'},
    {"chunklist", "ld n", chunklist, kParts},
    {"compact", "ls", compact, kTakesUnknown | kTakesGuards, 'l'},
    {"concat", "d*", concat, kParts | kTakesWhole | kTakesGuards | kTakesAlternatives},
    {"contains", "d d", contains, kTakesUnknown | kTakesWhole | kTakesGuards, 'b'},
    {"distinct", "ld", distinct, kTakesUnknown | kTakesWhole | kTakesGuards},
    {"element", "d n", element, kParts | kTakesWhole | kTakesGuards | kSelects},
    {"flatten", "d", flatten, kParts | kTakesWhole | kTakesGuards | kTakesAlternatives},
    {"index", "d d", index, kTakesUnknown | kTakesWhole, 'n'},
    {"matchkeys", "ld ld ld", matchkeys, 0},
    {"one", "d", one, kParts | kTakesGuards | kSelects},
    {"range", "n*", range, 0},
    {"reverse", "d", reverse, kParts | kTakesGuards},
    {"slice", "d n n", slice, kParts | kTakesGuards},
    {"sort", "ls", sort, kTakesUnknown | kTakesGuards, 'l'},
};

}  // namespace

std::span<const FunctionInfo> sequence_functions() { return kFunctions; }

}  // namespace assay::formats::terraform
