// Finds equal keys in a finished kMapping. YAML and JSON readers both need it on every mapping, so
// it is quick for small ones, and O(n log n) whatever the keys are for large ones.
//
// Callers: the YAML and JSON readers. The finder holds scratch memory only; one per read.
#pragma once

#include <algorithm>
#include <functional>
#include <string_view>
#include <utility>
#include <vector>

#include "parsers/syntax/tree.h"

namespace assay::syntax {

class DuplicateKeyFinder {
 public:
  // Calls report(first, repeated) for every pair whose key text stood before in the mapping.
  // `is_key(node)` says which keys take part. REQUIRES: every pair has two children.
  template <typename IsKey, typename Report>
  void find(const Node& mapping, IsKey&& is_key, Report&& report) {
    auto pairs = mapping.children();
    if (pairs.size() <= 8) {
      for (size_t i = 1; i < pairs.size(); ++i) {
        const Node& key = *pairs[i]->child_array[0];
        if (!is_key(key)) continue;
        for (size_t k = 0; k < i; ++k) {
          const Node& earlier = *pairs[k]->child_array[0];
          if (earlier.text == key.text && is_key(earlier)) {
            report(earlier, key);
            break;
          }
        }
      }
      return;
    }
    hashes_.clear();
    for (size_t i = 0; i < pairs.size(); ++i) {
      const Node& key = *pairs[i]->child_array[0];
      if (is_key(key)) {
        hashes_.push_back({std::hash<std::string_view>{}(key.text), static_cast<uint32_t>(i)});
      }
    }
    std::sort(hashes_.begin(), hashes_.end());
    for (size_t begin = 0; begin < hashes_.size();) {
      size_t end = begin + 1;
      while (end < hashes_.size() && hashes_[end].first == hashes_[begin].first) ++end;
      if (end - begin > 1) report_run(pairs, begin, end, report);
      begin = end;
    }
  }

 private:
  // Keys of one hash: ordered by text, then place, so that equal ones are neighbours.
  template <typename Report>
  void report_run(std::span<const Node* const> pairs, size_t begin, size_t end, Report& report) {
    auto key_at = [&](uint32_t index) -> const Node& { return *pairs[index]->child_array[0]; };
    std::sort(hashes_.begin() + begin, hashes_.begin() + end, [&](auto& a, auto& b) {
      int order = key_at(a.second).text.compare(key_at(b.second).text);
      return order != 0 ? order < 0 : a.second < b.second;
    });
    for (size_t i = begin + 1, first = begin; i < end; ++i) {
      const Node& earlier = key_at(hashes_[first].second);
      const Node& key = key_at(hashes_[i].second);
      if (earlier.text == key.text) {
        report(earlier, key);
      } else {
        first = i;
      }
    }
  }

  std::vector<std::pair<size_t, uint32_t>> hashes_;
};

}  // namespace assay::syntax
