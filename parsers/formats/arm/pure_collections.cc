// Functions of arrays and objects with known arguments.
#include <algorithm>

#include "parsers/core/limits.h"
#include "parsers/core/text.h"
#include "parsers/formats/arm/builtins.h"

namespace assay::formats::arm {

using model::Entry;
using model::Value;

namespace {

using Args = std::span<const Value>;

const Value* member(const Value& object, std::string_view key) {
  for (const Entry& entry : object.entries()) {
    if (core::equals_ignoring_case(entry.key, key)) return &entry.value;
  }
  return nullptr;
}

Value intersection(PureCall& call, Args args) {
  if (std::all_of(args.begin(), args.end(), [](const Value& one) { return one.is_sequence(); })) {
    std::vector<Value> items;
    for (const Value& item : args[0].items()) {
      bool everywhere = std::all_of(args.begin() + 1, args.end(), [&](const Value& other) {
        return std::any_of(other.items().begin(), other.items().end(),
                           [&](const Value& one) { return model::same_value(one, item); });
      });
      bool repeated = std::any_of(items.begin(), items.end(), [&](const Value& one) { return model::same_value(one, item); });
      if (everywhere && !repeated) items.push_back(item);
    }
    return model::list_value(items, call.arena);
  }
  if (!std::all_of(args.begin(), args.end(), [](const Value& one) { return one.is_mapping(); })) {
    return call.fail("it needs arrays or objects");
  }
  std::vector<Entry> entries;
  for (const Entry& entry : args[0].entries()) {
    bool everywhere = std::all_of(args.begin() + 1, args.end(), [&](const Value& other) {
      const Value* found = member(other, entry.key);
      return found && model::same_value(*found, entry.value);
    });
    if (everywhere) entries.push_back(entry);
  }
  return model::object_value(entries, call.arena);
}

Value range(PureCall& call, Args args) {
  auto start = args[0].is_number() ? args[0].number().to_int64() : std::nullopt;
  auto count = args[1].is_number() ? args[1].number().to_int64() : std::nullopt;
  if (!start || !count || *count < 0 || *count > core::kMaxInstances) {
    return call.fail("it needs a first number and a count of at most " + std::to_string(core::kMaxInstances));
  }
  if (!call.spend(static_cast<size_t>(*count) * sizeof(Value))) return model::null_value();
  std::vector<Value> items;
  for (int64_t i = 0; i < *count; ++i) items.push_back(model::with_span(model::int_value(*start + i), args[0].span));
  return model::list_value(items, call.arena);
}

template <bool Skip>
Value part_of(PureCall& call, Args args) {
  auto count = args[1].is_number() ? args[1].number().to_int64() : std::nullopt;
  if (!count || !(args[0].is_sequence() || args[0].is_string())) return call.fail("it needs an array or a text and a number");
  size_t many = static_cast<size_t>(std::max<int64_t>(0, *count));
  if (args[0].is_string()) {
    size_t at = 0;
    std::string_view text = args[0].text();
    for (size_t i = 0; i < many && at < text.size(); ++i) at += core::decode_utf8(text, at).length;
    return model::string_value(Skip ? text.substr(at) : text.substr(0, at));
  }
  many = std::min<size_t>(many, args[0].size);
  Args items = args[0].items();
  return model::list_value(Skip ? items.subspan(many) : items.subspan(0, many), call.arena);
}

Value flatten(PureCall& call, Args args) {
  if (!args[0].is_sequence()) return call.fail("it needs an array of arrays");
  std::vector<Value> items;
  for (const Value& inner : args[0].items()) {
    if (!inner.is_sequence()) return call.fail("it needs an array of arrays");
    items.insert(items.end(), inner.items().begin(), inner.items().end());
  }
  if (!call.spend(items.size() * sizeof(Value))) return model::null_value();
  return model::list_value(items, call.arena);
}

std::vector<Entry> sorted_entries(const Value& object) {
  std::vector<Entry> entries(object.entries().begin(), object.entries().end());
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.key < b.key; });
  return entries;
}

Value items(PureCall& call, Args args) {
  if (!args[0].is_mapping()) return call.fail("it needs an object");
  std::vector<Value> out;
  for (const Entry& entry : sorted_entries(args[0])) {
    Entry pair[] = {{"key", entry.key_span, model::with_span(model::string_value(entry.key), entry.key_span)},
                    {"value", entry.key_span, entry.value}};
    out.push_back(model::with_span(model::object_value(pair, call.arena), entry.value.span));
  }
  return model::list_value(out, call.arena);
}

Value object_keys(PureCall& call, Args args) {
  if (!args[0].is_mapping()) return call.fail("it needs an object");
  std::vector<Value> out;
  for (const Entry& entry : sorted_entries(args[0])) {
    out.push_back(model::with_span(model::string_value(entry.key), entry.key_span));
  }
  return model::list_value(out, call.arena);
}

Value shallow_merge(PureCall& call, Args args) {
  if (!args[0].is_sequence()) return call.fail("it needs an array of objects");
  std::vector<Entry> entries;
  for (const Value& one : args[0].items()) {
    if (!one.is_mapping()) return call.fail("it needs an array of objects");
    for (const Entry& entry : one.entries()) {
      auto same = std::find_if(entries.begin(), entries.end(), [&](const Entry& other) { return other.key == entry.key; });
      if (same != entries.end()) *same = entry;
      else entries.push_back(entry);
    }
  }
  return model::object_value(entries, call.arena);
}

Value index_from_end(PureCall& call, Args args) {
  auto back = args[1].is_number() ? args[1].number().to_int64() : std::nullopt;
  bool inside = args[0].is_sequence() && back && *back > 0 && *back <= static_cast<int64_t>(args[0].size);
  if (!inside) return call.fail("there is no such element");
  return args[0].items()[args[0].size - static_cast<size_t>(*back)];
}

Value try_index_from_end(PureCall& call, Args args) {
  auto back = args[1].is_number() ? args[1].number().to_int64() : std::nullopt;
  bool inside = args[0].is_sequence() && back && *back > 0 && *back <= static_cast<int64_t>(args[0].size);
  (void)call;
  return inside ? args[0].items()[args[0].size - static_cast<size_t>(*back)] : model::null_value();
}

Value stops(PureCall& call, Args args) {
  return call.fail(args[0].is_string() ? "the template stops here: " + std::string(args[0].text())
                                       : "the template stops here");
}

constexpr Builtin kCollections[] = {
    {"intersection", 1, kAnyNumber, Gives::kAny, intersection},
    {"range", 2, 2, Gives::kAny, range},
    {"take", 2, 2, Gives::kAny, part_of<false>},
    {"skip", 2, 2, Gives::kAny, part_of<true>},
    {"flatten", 1, 1, Gives::kAny, flatten},
    {"items", 1, 1, Gives::kAny, items},
    {"objectKeys", 1, 1, Gives::kAny, object_keys},
    {"shallowMerge", 1, 1, Gives::kAny, shallow_merge},
    {"indexFromEnd", 2, 2, Gives::kAny, index_from_end},
    {"tryIndexFromEnd", 2, 2, Gives::kAny, try_index_from_end},
    {"fail", 1, 1, Gives::kAny, stops},
};

}  // namespace

std::span<const Builtin> collection_builtins() { return kCollections; }

}  // namespace assay::formats::arm
