#include "rules/engine/verdict_memory.h"

#include <algorithm>

#include "parsers/core/hash.h"

namespace assay::rules {
namespace {

using model::Value;

constexpr uint32_t kUnread = 0, kOpen = 1, kNothing = 2, kFirst = 3;  // numbers of places; values count from kFirst
constexpr uint32_t kMaxParts = 2048;       // of a value that gets a number
constexpr size_t kMaxProbes = 24;          // hashes of crafted values may collide: then they get none
constexpr size_t kMaxNumbers = 4u << 20;   // that verdicts are remembered under, all in all
constexpr size_t kFirstSlots = 256;  // a power of two
// Of a memory that outlives models: bytes of copies, and numbers of verdicts. A whole model may come on top.
constexpr size_t kMaxCopies = 1u << 20;
constexpr size_t kMaxKeptNumbers = 256u << 10;
constexpr size_t kMaxKinds = 256;
// A rule that never met the same among so many is asked no more, one with a screen where it seldom did: looking costs a
// part of a run, and what a screen lets on is run all the same.
constexpr uint32_t kTrials = 64;
constexpr uint32_t kSeldomOfScreens = 4;  // one of so many is too few

// Adds the content of a value; false when it has none that is certain, or is too large.
bool add_content(const Value& value, core::Hasher& hash, uint32_t& left) {
  if (left == 0) return false;
  --left;
  hash.add(static_cast<uint64_t>(value.kind) | static_cast<uint64_t>(value.marks) << 8 |
           static_cast<uint64_t>(value.flags) << 16 | static_cast<uint64_t>(value.size) << 32);
  switch (value.kind) {
    case model::ValueKind::kNull: return true;
    case model::ValueKind::kBool: hash.add(static_cast<uint64_t>(value.boolean)); return true;
    case model::ValueKind::kNumber:
      if (value.flags & model::kSmallNumber) hash.add(static_cast<uint64_t>(value.small));
      return true;
    case model::ValueKind::kString: hash.add(value.text()); return true;
    case model::ValueKind::kUnknown:
    case model::ValueKind::kAlternatives: return false;
    default: break;
  }
  if (value.is_sequence()) {
    for (const Value& item : value.items()) {
      if (item.guard != model::kAlways || !add_content(item, hash, left)) return false;
    }
    return true;
  }
  for (const model::Entry& entry : value.entries()) {
    hash.add(entry.key);
    if (entry.value.guard != model::kAlways || !add_content(entry.value, hash, left)) return false;
  }
  return true;
}

// REQUIRES: add_content() accepted both.
bool same_content(const Value& a, const Value& b) {
  if (a.kind != b.kind || a.marks != b.marks || a.flags != b.flags) return false;
  if (a.is_null()) return true;
  if (a.is_bool()) return a.boolean == b.boolean;
  if (a.is_number()) return (a.flags & model::kSmallNumber) ? a.small == b.small : a.number() == b.number();
  if (a.size != b.size) return false;
  if (a.pointer == b.pointer) return true;
  if (a.is_string()) return a.text() == b.text();
  for (uint32_t i = 0; i < a.size; ++i) {
    if (a.is_sequence()) {
      if (!same_content(a.item_array[i], b.item_array[i])) return false;
    } else if (a.entry_array[i].key != b.entry_array[i].key ||
               !same_content(a.entry_array[i].value, b.entry_array[i].value)) {
      return false;
    }
  }
  return true;
}

}  // namespace

ReadPlan::ReadPlan(const RuleSet& rules)
    : rules_(rules), known_(rules.rules().size()), trees_(1, Tree{{0, {}}}), slots_(kFirstSlots) {}

ReadPlan::OfRule& ReadPlan::add(size_t which) {
  OfRule& out = planned_.emplace_back();
  known_[which] = static_cast<uint32_t>(planned_.size());
  const Rule& rule = rules_.rules()[which];
  const std::vector<ReadPath>* paths = rule.check ? rule.check->paths() : nullptr;
  if (const Check* screen = rule.check && !paths ? rule.check->screen() : nullptr) {
    paths = screen->paths();
    out.screened = true;
  }
  if (paths == nullptr) return out;
  out.usable = true;
  if (!rule.each.empty()) {
    auto at = std::find(eaches_.begin(), eaches_.end(), rule.each);
    out.tree = static_cast<uint32_t>(at - eaches_.begin()) + 1;
    if (at == eaches_.end()) {
      eaches_.push_back(rule.each);
      trees_.push_back({{0, {}}});
    }
  }
  for (const ReadPath& path : *paths) {
    if (path.of_item && rule.each.empty()) out.usable = false;
    else if (!path.of_item && path.count == 0) out.of_kind = true;
    else if (path.of_item) out.of_item.push_back(node_at(out.tree, path));
    else out.of_view.push_back(node_at(0, path));
  }
  return out;
}

uint32_t ReadPlan::node_at(uint32_t tree, const ReadPath& path) {
  uint32_t at = 0;
  for (size_t i = 0; i < path.count; ++i) at = child(tree, at, path.keys[i]);
  return at;
}

uint32_t ReadPlan::child(uint32_t tree, uint32_t parent, std::string_view key) {
  auto slot_of = [&](uint32_t which, uint32_t above, std::string_view name) {
    const size_t mask = slots_.size() - 1;
    size_t slot = core::hash64(name, static_cast<uint64_t>(which) << 32 | above) & mask;
    for (; slots_[slot].node != 0; slot = (slot + 1) & mask) {
      const Node& node = trees_[slots_[slot].tree][slots_[slot].node];
      if (slots_[slot].tree == which && node.parent == above && node.key == name) break;
    }
    return slot;
  };
  if (2 * (used_ + 1) > slots_.size()) {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    for (const Slot& one : old) {
      if (one.node == 0) continue;
      const Node& node = trees_[one.tree][one.node];
      slots_[slot_of(one.tree, node.parent, node.key)] = one;
    }
  }
  Slot& slot = slots_[slot_of(tree, parent, key)];
  if (slot.node == 0) {
    slot = {tree, static_cast<uint32_t>(trees_[tree].size())};
    trees_[tree].push_back({parent, key});
    ++used_;
  }
  return slot.node;
}

VerdictMemory::VerdictMemory(const RuleSet& rules, bool outlives)
    : plan_(rules), outlives_(outlives), of_view_(1), value_slots_(kFirstSlots), verdict_slots_(kFirstSlots) {}

void VerdictMemory::next_model() {
  static const Value kNothingThere;
  begin_view(kNothingThere);
  key_.clear();
  if (outlives_ && copied_ <= kMaxCopies && numbers_.size() <= kMaxKeptNumbers && kinds_.size() <= kMaxKinds) return;
  if (!values_.empty()) std::fill(value_slots_.begin(), value_slots_.end(), 0);
  if (!verdicts_.empty()) std::fill(verdict_slots_.begin(), verdict_slots_.end(), 0);
  values_.clear();
  verdicts_.clear();
  numbers_.clear();
  kinds_.clear();
  kind_ = 0;
  copies_.reset();
  copied_ = 0;
}

// Null for what is not kept.
const Value* VerdictMemory::kept_copy(const Value& value) {
  Value* out = copies_.make<Value>(value);
  struct Copier {
    core::Arena& arena;
    size_t& bytes;
    // `value` is a shallow copy: its content becomes its own.
    bool own(Value& value) {
      value.origin = nullptr;
      value.span = {};
      bytes += sizeof(Value);
      if (value.is_null()) value.type = nullptr;
      if (value.is_number()) return (value.flags & model::kSmallNumber) != 0;
      if (value.is_string()) {
        bytes += value.size;
        value.chars = arena.copy(value.text()).data();
      } else if (value.is_sequence()) {
        Value* items = arena.make_array<Value>(value.size);
        for (uint32_t i = 0; i < value.size; ++i) {
          new (items + i) Value(value.item_array[i]);
          if (!own(items[i])) return false;
        }
        value.item_array = items;
      } else if (value.is_mapping()) {
        auto* entries = arena.make_array<model::Entry>(value.size);
        for (uint32_t i = 0; i < value.size; ++i) {
          new (entries + i) model::Entry(value.entry_array[i]);
          entries[i].key = arena.copy(entries[i].key);
          entries[i].key_span = {};
          bytes += entries[i].key.size() + sizeof(model::Entry) - sizeof(Value);
          if (!own(entries[i].value)) return false;
        }
        value.entry_array = entries;
      }
      return true;
    }
  };
  return Copier{copies_, copied_}.own(*out) ? out : nullptr;
}

void VerdictMemory::begin_resource(std::string_view type, std::string_view format) {
  auto is_kind = [&](const auto& kind) { return kind.first == type && kind.second == format; };
  if (kind_ < kinds_.size() && is_kind(kinds_[kind_])) return;
  auto at = std::find_if(kinds_.begin(), kinds_.end(), is_kind);
  kind_ = static_cast<uint32_t>(at - kinds_.begin());
  if (at == kinds_.end()) kinds_.emplace_back(type, format);
}

void VerdictMemory::begin_view(const Value& view) {
  for (uint32_t node : found_) of_view_[node] = Place();
  found_.clear();
  of_view_[0] = {&view, kUnread, true, view.is_unknown() || view.is_alternatives()};
}

VerdictMemory::Answer VerdictMemory::ask(size_t rule, const Value* item, Places* places) {
  ReadPlan::OfRule& reads = plan_.of_rule(rule);
  key_.clear();
  if (!reads.usable || (item != nullptr && places == nullptr)) return Answer::kRun;
  if (reads.asked++ == kTrials && reads.found < (reads.screened ? kTrials / kSeldomOfScreens : 1)) {
    reads.usable = false;
    return Answer::kRun;
  }
  if (of_view_.size() < plan_.views().size()) of_view_.resize(plan_.views().size());
  key_.push_back(static_cast<uint32_t>(rule));
  core::Hasher hash(rule);
  auto add = [&](uint32_t number) {
    key_.push_back(number);
    hash.add(number);
    return number != kOpen;
  };
  bool certain = true;
  if (reads.of_kind) add(kFirst + kind_);
  for (size_t i = 0; certain && i < reads.of_view.size(); ++i) {
    certain = add(number_at(plan_.views(), of_view_, reads.of_view[i]));
  }
  if (certain && !reads.of_item.empty()) {
    const ReadPlan::Tree& tree = plan_.tree(reads.tree);
    if (item == nullptr) certain = false;
    else if (places->size() < tree.size()) {
      places->resize(tree.size());
      (*places)[0] = {item, kUnread, true, item->is_unknown() || item->is_alternatives()};
    }
    for (size_t i = 0; certain && i < reads.of_item.size(); ++i) {
      certain = add(number_at(tree, *places, reads.of_item[i]));
    }
  }
  if (!certain) {
    key_.clear();
    return Answer::kRun;
  }
  key_hash_ = hash.finish();
  size_t slot;
  if (!known(key_hash_, slot)) {
    if (reads.screened) remember(Known::kSeen);
    return Answer::kRun;
  }
  ++reads.found;
  const Known what = verdicts_[verdict_slots_[slot] - 1].known;
  if (what == Known::kSeen) return Answer::kScreen;
  key_.clear();
  return what == Known::kPasses ? Answer::kPasses : Answer::kRun;
}

bool VerdictMemory::known(uint64_t hash, size_t& slot) const {
  const size_t mask = verdict_slots_.size() - 1;
  for (slot = hash & mask; verdict_slots_[slot] != 0; slot = (slot + 1) & mask) {
    const Verdict& verdict = verdicts_[verdict_slots_[slot] - 1];
    if (verdict.hash == hash && verdict.size == key_.size() &&
        std::equal(key_.begin(), key_.end(), numbers_.begin() + verdict.begin)) {
      return true;
    }
  }
  return false;
}

void VerdictMemory::remember(Known what) {
  if (key_.empty()) return;
  size_t slot;
  if (known(key_hash_, slot)) {
    verdicts_[verdict_slots_[slot] - 1].known = what;
  } else if (numbers_.size() + key_.size() <= kMaxNumbers) {
    if (2 * (verdicts_.size() + 1) > verdict_slots_.size()) {
      grow_verdicts();
      known(key_hash_, slot);
    }
    verdicts_.push_back({key_hash_, static_cast<uint32_t>(numbers_.size()), static_cast<uint32_t>(key_.size()), what});
    numbers_.insert(numbers_.end(), key_.begin(), key_.end());
    verdict_slots_[slot] = static_cast<uint32_t>(verdicts_.size());
  }
  key_.clear();
}

void VerdictMemory::find(const ReadPlan::Tree& tree, Places& places, uint32_t node) {
  Place& place = places[node];
  if (place.found) return;
  const uint32_t above = tree[node].parent;
  find(tree, places, above);
  const Place& parent = places[above];
  place.found = true;
  if (&places == &of_view_) found_.push_back(node);
  place.open = parent.open;
  if (place.open || parent.value == nullptr) return;
  const Value* holder = parent.value;
  // A list of exactly one block gives way to the block; of any other list, and of what is no mapping, nothing is read.
  if (holder->is_sequence() && (holder->flags & model::kBlockValue)) {
    for (const Value& item : holder->items()) place.open |= item.guard != model::kAlways;
    if (place.open) return;
    holder = holder->size == 1 ? holder->item_array : nullptr;
    if (holder == nullptr) return;
    if (holder->is_unknown() || holder->is_alternatives() || holder->is_sequence()) {
      place.open = true;
      return;
    }
  }
  place.value = holder->find(tree[node].key);
  if (place.value == nullptr) return;
  place.open = place.value->guard != model::kAlways || place.value->is_unknown() || place.value->is_alternatives();
}

uint32_t VerdictMemory::number_at(const ReadPlan::Tree& tree, Places& places, uint32_t node) {
  Place& place = places[node];
  if (place.number != kUnread) return place.number;
  find(tree, places, node);
  if (place.open) return place.number = kOpen;
  return place.number = place.value == nullptr ? kNothing : number_of(*place.value);
}

uint32_t VerdictMemory::number_of(const Value& value) {
  uint32_t left = kMaxParts;
  core::Hasher hasher;
  if (!add_content(value, hasher, left)) return kOpen;
  const uint64_t hash = hasher.finish();
  if (2 * (values_.size() + 1) > value_slots_.size()) grow_values();
  const size_t mask = value_slots_.size() - 1;
  size_t slot = hash & mask;
  for (size_t probes = 0; value_slots_[slot] != 0; slot = (slot + 1) & mask) {
    const Numbered& numbered = values_[value_slots_[slot] - 1];
    if (numbered.hash == hash) {
      if (same_content(*numbered.value, value)) return kFirst + value_slots_[slot] - 1;
      if (++probes > kMaxProbes) return kOpen;
    }
  }
  const Value* kept = outlives_ ? kept_copy(value) : &value;
  if (kept == nullptr) return kOpen;
  values_.push_back({hash, kept});
  value_slots_[slot] = static_cast<uint32_t>(values_.size());
  return kFirst + static_cast<uint32_t>(values_.size()) - 1;
}

namespace {

// Twice as many slots, with what was in the old ones. Slots hold positions in `entries`, plus one.
template <typename Entry>
void grow(std::vector<uint32_t>& slots, const std::vector<Entry>& entries) {
  std::vector<uint32_t> larger(slots.size() * 2);
  const size_t mask = larger.size() - 1;
  for (size_t i = 0; i < entries.size(); ++i) {
    size_t slot = entries[i].hash & mask;
    while (larger[slot] != 0) slot = (slot + 1) & mask;
    larger[slot] = static_cast<uint32_t>(i + 1);
  }
  slots = std::move(larger);
}

}  // namespace

void VerdictMemory::grow_values() { grow(value_slots_, values_); }
void VerdictMemory::grow_verdicts() { grow(verdict_slots_, verdicts_); }

}  // namespace assay::rules
