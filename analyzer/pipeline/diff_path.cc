#include "analyzer/pipeline/diff_path.h"

#include <algorithm>
#include <charconv>

#include "analyzer/pipeline/diff_match.h"

namespace assay::pipeline {
namespace {

using model::Resource;
using model::Value;

// The next step of "a.b[0]["c.d"]"; false at the end.
struct PathStep {
  std::string_view key;  // of an index: what stands in the brackets
  size_t index = 0;
  bool is_index = false;
  bool in_brackets = false;  // without quotes
};
bool next_step(std::string_view& path, PathStep& step) {
  if (path.starts_with('.')) path.remove_prefix(1);
  if (path.empty()) return false;
  step = {};
  if (path.front() != '[') {
    size_t end = std::min(path.find_first_of(".["), path.size());
    step.key = path.substr(0, end);
    path.remove_prefix(end);
    return true;
  }
  bool quoted = path.size() > 1 && path[1] == '"';
  size_t end = quoted ? path.find("\"]", 2) : path.find(']');
  if (end == std::string_view::npos) return false;
  if (quoted) {
    step.key = path.substr(2, end - 2);
    path.remove_prefix(end + 2);
    return true;
  }
  step.key = path.substr(1, end - 1);
  step.in_brackets = true;
  step.is_index = std::from_chars(step.key.data(), step.key.data() + step.key.size(), step.index).ec == std::errc();
  path.remove_prefix(end + 1);
  return true;
}

// The view that the rule judges.
const Value& base_of(const rules::RuleInfo& rule, const Resource& resource, std::string_view path) {
  PathStep first;
  next_step(path, first);
  for (const model::View& view : resource.views) {
    bool judged = std::find(rule.resources.begin(), rule.resources.end(), view.type.text()) != rule.resources.end();
    if (judged && view.value.find(first.key)) return view.value;
  }
  return resource.attributes;
}

// What an element is called in a named path; empty for those that only their values tell apart.
std::string called(const Value& element) {
  std::string name = element_name(element);
  if (!name.empty()) {
    std::replace_if(name.begin(), name.end(), [](char c) { return c == '[' || c == ']' || c == '.'; }, '_');
    return name;
  }
  if (!element.is_mapping()) return {};
  static constexpr char kDigits[] = "0123456789abcdef";
  uint64_t shape = shape_of(element);
  std::string out = "#";
  for (int shift = 28; shift >= 0; shift -= 4) out += kDigits[shape >> shift & 15];
  return out;
}

}  // namespace

std::vector<ElementStep> elements_on_the_way(const rules::RuleInfo& rule, const Resource& resource,
                                             std::string_view attribute) {
  std::vector<ElementStep> out;
  const Value* at = &base_of(rule, resource, attribute);
  PathStep step;
  while (at && next_step(attribute, step)) {
    if (step.is_index && at->is_sequence()) {
      if (step.index >= at->size) break;
      out.push_back({at, step.index});
      at = &at->items()[step.index];
      continue;
    }
    if (at->is_sequence() && at->size == 1) {
      out.push_back({at, 0});
      at = &at->items()[0];
    }
    at = at->find(step.key);
  }
  return out;
}

std::string named_path(const rules::RuleInfo& rule, const Resource& resource, std::string_view attribute) {
  std::string out;
  const Value* at = &base_of(rule, resource, attribute);
  PathStep step;
  while (next_step(attribute, step)) {
    if (at && step.is_index && at->is_sequence()) {
      at = step.index < at->size ? &at->items()[step.index] : nullptr;
      std::string name = at ? called(*at) : std::string();
      if (!name.empty()) out += "[" + name + "]";
      continue;
    }
    if (step.in_brackets) {  // of what is not there any more
      at = nullptr;
      continue;
    }
    if (at && at->is_sequence() && at->size == 1) at = &at->items()[0];
    if (at) at = at->find(step.key);
    if (!out.empty()) out += '.';
    out += step.key;
  }
  return out;
}

bool has_elements(const rules::RuleInfo& rule, const Resource& resource, std::string_view named_path) {
  const Value* at = &base_of(rule, resource, named_path);
  PathStep step;
  while (at && next_step(named_path, step)) {
    if (step.in_brackets) {
      if (!at->is_sequence()) return false;
      auto items = at->items();
      auto found = std::find_if(items.begin(), items.end(), [&](const Value& item) { return called(item) == step.key; });
      if (found == items.end()) return false;
      at = &*found;
      continue;
    }
    if (at->is_sequence() && at->size == 1) at = &at->items()[0];
    at = at->find(step.key);
  }
  return true;
}

}  // namespace assay::pipeline
