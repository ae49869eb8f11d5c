#include "rules/engine/element_classes.h"

#include <algorithm>
#include <string>
#include <unordered_map>

#include "parsers/core/hash.h"
#include "rules/engine/alike.h"

namespace assay::rules {
namespace {

using model::Value;

constexpr uint32_t kMaxCompared = 512;  // values and origins of one element
constexpr size_t kMembersOfClass = 4;   // where classes by text have fewer on the average, texts differ within them

// One shape from the same places; numbers, and texts where `by_text` is not set, may differ.
bool same_class(const Value& a, const Value& b, bool by_text, uint32_t& left) {
  if (left == 0) return false;
  --left;
  constexpr uint16_t kOfContent = static_cast<uint16_t>(~model::kSmallNumber);
  if (a.kind != b.kind || a.marks != b.marks || (a.flags & kOfContent) != (b.flags & kOfContent) ||
      a.span != b.span || a.guard != b.guard || !same_origin(a.origin, b.origin, left)) {
    return false;
  }
  if (a.is_number()) return true;
  if (a.is_string()) return !by_text || a.text() == b.text();
  if (a.is_bool()) return a.boolean == b.boolean;
  if (a.is_null()) return true;
  if (a.size != b.size) return false;
  if (a.pointer == b.pointer) return true;
  if (a.is_sequence()) {
    for (uint32_t i = 0; i < a.size; ++i) {
      if (!same_class(a.item_array[i], b.item_array[i], by_text, left)) return false;
    }
    return true;
  }
  if (a.is_mapping()) {
    for (uint32_t i = 0; i < a.size; ++i) {
      const model::Entry& x = a.entry_array[i];
      const model::Entry& y = b.entry_array[i];
      if (x.key != y.key || !same_class(x.value, y.value, by_text, left)) return false;
    }
    return true;
  }
  return false;  // unknowns and alternatives that are not one
}

// Equal for elements of one class.
void add_hash(const Value& value, bool by_text, core::Hasher& hash, uint32_t& left) {
  if (left == 0) return;
  --left;
  hash.add(static_cast<uint64_t>(value.kind));
  hash.add(static_cast<uint64_t>(value.span.begin));
  if (value.is_string() && by_text) hash.add(value.text());
  if (value.is_bool()) hash.add(static_cast<uint64_t>(value.boolean));
  if (value.is_sequence()) {
    for (const Value& item : value.items()) add_hash(item, by_text, hash, left);
  } else if (value.is_mapping()) {
    for (const model::Entry& entry : value.entries()) {
      hash.add(entry.key);
      add_hash(entry.value, by_text, hash, left);
    }
  }
}

bool together(const Element& a, const Element& b, bool by_text) {
  uint32_t left = kMaxCompared;
  return a.guards == b.guards && a.maybe_empty == b.maybe_empty && same_class(*a.value, *b.value, by_text, left);
}

// The first number that differs between the two, in each.
bool first_difference(const Value& a, const Value& b, std::vector<uint32_t>& path) {
  if (a.is_number()) return a.number() != b.number();
  if (a.pointer == b.pointer || !(a.is_sequence() || a.is_mapping())) return false;
  for (uint32_t i = 0; i < a.size; ++i) {
    path.push_back(i);
    if (a.is_sequence() ? first_difference(a.item_array[i], b.item_array[i], path)
                        : first_difference(a.entry_array[i].value, b.entry_array[i].value, path)) {
      return true;
    }
    path.pop_back();
  }
  return false;
}

const Value& at(const Value& value, const std::vector<uint32_t>& path) {
  const Value* here = &value;
  for (uint32_t i : path) here = here->is_sequence() ? here->item_array + i : &here->entry_array[i].value;
  return *here;
}

// Puts what stands for many values of one class together.
class Joiner {
 public:
  explicit Joiner(core::Arena& arena) : arena_(arena) {}

  Value of(std::span<const Value* const> values) {
    const Value& first = *values[0];
    if (first.is_number()) return number(values);
    if (first.is_string()) return text(values);
    if (!first.is_sequence() && !first.is_mapping()) return first;
    if (std::all_of(values.begin(), values.end(), [&](const Value* v) { return v->pointer == first.pointer; })) {
      return first;
    }
    std::vector<const Value*> parts(values.size());
    Value out = first;
    if (first.is_sequence()) {
      std::vector<Value> items;
      for (uint32_t i = 0; i < first.size; ++i) {
        for (size_t k = 0; k < values.size(); ++k) parts[k] = values[k]->item_array + i;
        items.push_back(of(parts));
      }
      out.item_array = arena_.copy(items).data();
    } else {
      std::vector<model::Entry> entries(first.entries().begin(), first.entries().end());
      for (uint32_t i = 0; i < first.size; ++i) {
        for (size_t k = 0; k < values.size(); ++k) parts[k] = &values[k]->entry_array[i].value;
        entries[i].value = of(parts);
      }
      out.entry_array = arena_.copy(entries).data();
    }
    return out;
  }

 private:
  Value number(std::span<const Value* const> values) {
    const Value* least = values[0];
    const Value* greatest = values[0];
    for (const Value* value : values) {
      if (value->number() < least->number()) least = value;
      if (value->number() > greatest->number()) greatest = value;
    }
    if (least->number() == greatest->number()) return *values[0];
    model::Unknown unknown = some(model::number_type());
    unknown.minimum = arena_.make<core::Number>(least->number());
    unknown.maximum = arena_.make<core::Number>(greatest->number());
    return in_place_of(*values[0], unknown);
  }

  Value text(std::span<const Value* const> values) {
    std::string_view prefix = values[0]->text();
    bool same = true;
    for (const Value* value : values) {
      std::string_view text = value->text();
      same = same && text == values[0]->text();
      size_t shared = 0;
      size_t most = std::min(prefix.size(), text.size());
      while (shared < most && prefix[shared] == text[shared]) ++shared;
      prefix = prefix.substr(0, shared);
    }
    if (same) return *values[0];
    while (!prefix.empty() && (static_cast<unsigned char>(prefix.back()) & 0x80) != 0) prefix.remove_suffix(1);
    model::Unknown unknown = some(model::string_type());
    unknown.prefix = prefix;
    return in_place_of(*values[0], unknown);
  }

  // Ids are of one summary, of which a run sees one only.
  model::Unknown some(const model::Type* type) {
    model::Unknown unknown;
    unknown.id = core::Symbol("each#" + std::to_string(count_++));
    unknown.type = type;
    unknown.not_null = true;
    return unknown;
  }

  Value in_place_of(const Value& value, const model::Unknown& unknown) {
    Value out = model::unknown_value(unknown, arena_);
    out.marks = value.marks;
    out.span = value.span;
    out.guard = value.guard;
    out.origin = value.origin;
    return out;
  }

  core::Arena& arena_;
  uint32_t count_ = 0;
};

}  // namespace

ElementClasses::ElementClasses(const std::vector<Element>& elements, core::Arena& scratch)
    : elements_(elements), scratch_(scratch) {
  divide(true);
  if (classes_.size() * kMembersOfClass > elements.size()) divide(false);
  for (std::vector<uint32_t>& members : classes_) {
    std::vector<uint32_t> path;
    const Value& first = *elements_[members.front()].value;
    bool differ = std::any_of(members.begin(), members.end(), [&](uint32_t member) {
      path.clear();
      return first_difference(first, *elements_[member].value, path);
    });
    if (!differ) continue;
    auto number = [&](uint32_t member) { return at(*elements_[member].value, path).number(); };
    auto before = [&](uint32_t a, uint32_t b) { return number(a) < number(b); };
    if (!std::is_sorted(members.begin(), members.end(), before)) {
      std::stable_sort(members.begin(), members.end(), before);
    }
  }
}

void ElementClasses::divide(bool by_text) {
  classes_.clear();
  std::unordered_map<uint64_t, std::vector<size_t>> known;  // classes by hash
  size_t last = 0;
  for (uint32_t i = 0; i < elements_.size(); ++i) {
    auto belongs = [&](size_t which) { return together(elements_[classes_[which].front()], elements_[i], by_text); };
    if (!classes_.empty() && belongs(last)) {
      classes_[last].push_back(i);
      continue;
    }
    core::Hasher hash;
    uint32_t left = kMaxCompared;
    add_hash(*elements_[i].value, by_text, hash, left);
    std::vector<size_t>& candidates = known[hash.finish()];
    auto found = std::find_if(candidates.begin(), candidates.end(), belongs);
    // What has one hash and is not one class lies in different places; there is no use in looking further.
    constexpr size_t kMaxCandidates = 8;
    if (found == candidates.end()) {
      last = classes_.size();
      if (candidates.size() < kMaxCandidates) candidates.push_back(last);
      classes_.push_back({i});
    } else {
      last = *found;
      classes_[last].push_back(i);
    }
  }
}

const Value& ElementClasses::summary(size_t which, uint32_t from, uint32_t to) {
  const Value*& kept = summaries_[{which, from, to}];
  if (kept == nullptr) {
    std::vector<const Value*> values;
    values.reserve(to - from);
    for (uint32_t i = from; i < to; ++i) values.push_back(elements_[classes_[which][i]].value);
    kept = scratch_.make<Value>(Joiner(scratch_).of(values));
  }
  return *kept;
}

}  // namespace assay::rules
