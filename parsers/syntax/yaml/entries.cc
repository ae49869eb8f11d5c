#include "parsers/syntax/yaml/entries.h"

#include <unordered_map>

namespace assay::syntax {
namespace {

// Collects entries, keeping one per key text. Keys that are collections are kept apart.
class Collector {
 public:
  // With `replace`, an existing entry of the same key takes the new value in its old place.
  void add(const Entry& entry, bool replace) {
    if (!entry.key) return;
    if (entry.key->kind == NodeKind::kMapping || entry.key->kind == NodeKind::kSequence) {
      entries_.push_back(entry);
      return;
    }
    auto [at, is_new] = index_.try_emplace(entry.key->text, entries_.size());
    if (is_new) {
      entries_.push_back(entry);
    } else if (replace) {
      entries_[at->second] = entry;
    }
  }

  // Everything `mapping` means. The nesting is bounded by the reader: it cuts aliases that would
  // make the expanded tree deeper than kMaxNesting.
  void add_mapping(const Node& mapping, MergeRule rule, bool replace) {
    for (const Node* pair : mapping.children()) {
      if (pair->kind != NodeKind::kPair) continue;
      const Node* key = pair->child(0);
      if (key && is_merge_key(*key)) {
        if (rule == MergeRule::kLastWins) add_merged(pair->child(1), rule, replace);
        continue;
      }
      add({resolve_alias(key), resolve_alias(pair->child(1)), pair}, replace);
    }
    if (rule == MergeRule::kLastWins) return;
    for (const Node* pair : mapping.children()) {
      const Node* key = pair->child(0);
      if (pair->kind == NodeKind::kPair && key && is_merge_key(*key)) {
        add_merged(pair->child(1), rule, false);
      }
    }
  }

  std::vector<Entry> take() { return std::move(entries_); }

 private:
  void add_merged(const Node* value, MergeRule rule, bool replace) {
    const Node* target = resolve_alias(value);
    if (!target) return;
    if (target->kind == NodeKind::kMapping) {
      add_whole(*target, rule, replace);
    } else if (target->kind == NodeKind::kSequence) {
      // Earlier mappings of the list win over later ones.
      size_t count = target->child_count;
      for (size_t i = 0; i < count; ++i) {
        const Node* item = resolve_alias(target->child(replace ? count - 1 - i : i));
        if (item && item->kind == NodeKind::kMapping) add_whole(*item, rule, replace);
      }
    }
  }

  // A merged mapping is first reduced by itself (its last equal key wins), then laid over.
  void add_whole(const Node& mapping, MergeRule rule, bool replace) {
    Collector inner;
    inner.add_mapping(mapping, rule, true);
    for (const Entry& entry : inner.entries_) add(entry, replace);
  }

  std::vector<Entry> entries_;
  std::unordered_map<std::string_view, size_t> index_;
};

}  // namespace

bool has_merge(const Node& mapping) {
  for (const Node* pair : mapping.children()) {
    const Node* key = pair->child(0);
    if (pair->kind == NodeKind::kPair && key && is_merge_key(*key)) return true;
  }
  return false;
}

std::vector<Entry> merged_entries(const Node& mapping, MergeRule rule) {
  Collector collector;
  collector.add_mapping(mapping, rule, true);
  return collector.take();
}

Entry lookup_entry(const Node& node, std::string_view key, MergeRule rule) {
  Entry found{nullptr, nullptr, nullptr};
  const Node* mapping = resolve_alias(&node);
  if (!mapping || mapping->kind != NodeKind::kMapping) return found;
  bool merges = false;
  for (size_t i = mapping->child_count; i-- > 0;) {
    const Node* pair = mapping->child(i);
    if (pair->kind != NodeKind::kPair) continue;
    const Node* written = pair->child(0);
    if (written && is_merge_key(*written)) {
      merges = true;
      if (rule == MergeRule::kLastWins) break;
      continue;
    }
    const Node* name = resolve_alias(written);
    if (name && name->text == key && name->kind != NodeKind::kMapping &&
        name->kind != NodeKind::kSequence) {
      return {name, resolve_alias(pair->child(1)), pair};
    }
  }
  if (!merges) return found;
  for (const Entry& entry : merged_entries(*mapping, rule)) {
    if (entry.key->text == key && entry.key->kind != NodeKind::kMapping &&
        entry.key->kind != NodeKind::kSequence) {
      return entry;
    }
  }
  return found;
}

}  // namespace assay::syntax
