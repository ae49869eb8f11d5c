#include "rules/engine/alike.h"

#include <algorithm>

namespace assay::rules {

bool same_origin(const model::Origin* a, const model::Origin* b, uint32_t& left) {
  if (a == b) return true;
  if (a == nullptr || b == nullptr || left == 0) return false;
  --left;
  if (a->kind != b->kind || a->span != b->span || a->from_count != b->from_count || a->what != b->what ||
      a->structure != b->structure) {
    return false;
  }
  for (uint32_t i = 0; i < a->from_count; ++i) {
    if (!same_origin(a->from_array[i], b->from_array[i], left)) return false;
  }
  return true;
}

namespace {

constexpr uint32_t kMaxCompared = 256;  // parts of one attribute

// The same content, from the same places, under the same guards.
bool identical(const model::Value& a, const model::Value& b, uint32_t& left) {
  if (left == 0) return false;
  --left;
  if (a.kind != b.kind || a.marks != b.marks || a.flags != b.flags || a.size != b.size || a.span != b.span ||
      a.guard != b.guard || !same_origin(a.origin, b.origin, left)) {
    return false;
  }
  if (a.is_bool()) return a.boolean == b.boolean;
  if (a.pointer == b.pointer) return true;
  if (a.is_string()) return a.text() == b.text();
  if (a.is_sequence()) {
    for (uint32_t i = 0; i < a.size; ++i) {
      if (!identical(a.item_array[i], b.item_array[i], left)) return false;
    }
    return true;
  }
  if (a.is_mapping()) {
    for (uint32_t i = 0; i < a.size; ++i) {
      const model::Entry& x = a.entry_array[i];
      const model::Entry& y = b.entry_array[i];
      if (x.key != y.key || !identical(x.value, y.value, left)) return false;
    }
    return true;
  }
  return false;
}

std::string_view first_key(std::string_view path) { return path.substr(0, path.find_first_of(".[")); }

}  // namespace

std::optional<Reads> reads_of(const Rule& rule) {
  const Reads* reads = rule.check ? rule.check->reads() : nullptr;
  if (reads == nullptr) return std::nullopt;
  Reads out = *reads;
  auto add = [&](std::string_view path) {
    std::string_view key = first_key(path);
    if (key.empty()) return false;
    if (std::find(out.attributes.begin(), out.attributes.end(), key) == out.attributes.end()) {
      out.attributes.emplace_back(key);
    }
    return true;
  };
  for (const std::string& path : rule.at) {
    if (!add(path)) return std::nullopt;
  }
  if (!rule.each.empty() && !add(rule.each)) return std::nullopt;
  return out;
}

bool same_block(const model::Resource& a, const model::Resource& b) {
  if (a.views.size() != b.views.size()) return false;
  for (size_t i = 0; i < a.views.size(); ++i) {
    if (a.views[i].type != b.views[i].type) return false;
  }
  return a.root == b.root && a.header == b.header && a.span == b.span && a.exists == b.exists &&
         a.representative == b.representative && a.conditional == b.conditional && a.type == b.type;
}

std::optional<std::vector<std::string_view>> differences(const model::Value& a, const model::Value& b) {
  if (!a.is_mapping() || a.kind != b.kind || a.guard != b.guard || a.marks != b.marks || a.span != b.span) {
    return std::nullopt;
  }
  uint32_t of_origin = kMaxCompared;
  if (!same_origin(a.origin, b.origin, of_origin)) return std::nullopt;
  std::vector<std::string_view> out;
  if (a.entry_array == b.entry_array && a.size == b.size) return out;
  bool parallel = a.size == b.size;
  for (uint32_t i = 0; parallel && i < a.size; ++i) parallel = a.entry_array[i].key == b.entry_array[i].key;
  if (!parallel) return std::nullopt;
  for (uint32_t i = 0; i < a.size; ++i) {
    uint32_t left = kMaxCompared;
    if (!identical(a.entry_array[i].value, b.entry_array[i].value, left)) out.push_back(a.entry_array[i].key);
  }
  return out;
}

bool alike(const Reads& reads, const std::vector<std::string_view>& differing, const model::Project& project,
           const model::Resource& a, const model::Resource& b) {
  for (std::string_view key : differing) {
    for (const std::string& read : reads.attributes) {
      if (read == key) return false;
    }
  }
  if (!reads.related) return true;
  for (const model::Resource* resource : {&a, &b}) {
    if (!project.edges_from(resource->index).empty() || !project.edges_to(resource->index).empty()) return false;
  }
  return true;
}

}  // namespace assay::rules
