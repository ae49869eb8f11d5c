#include "analyzer/pipeline/secret_slots.h"

#include <charconv>
#include <map>
#include <string>
#include <vector>

namespace assay::pipeline {
namespace {

constexpr int kMaxDepth = 12;  // of blocks and values below a resource

struct Slot {
  std::string_view name;
  std::string path;
  const model::Value* value;
};

void collect(const model::Value& value, std::string_view name, const std::string& path, int depth, std::vector<Slot>& out) {
  if (depth > kMaxDepth || out.size() >= kMaxSecretSlots) return;
  if (value.is_string()) {
    if (value.has_mark(model::kSensitive) && value.span.valid() && value.size > 0) out.push_back({name, path, &value});
  } else if (value.is_mapping()) {
    for (const model::Entry& entry : value.entries()) {
      collect(entry.value, entry.key, path.empty() ? std::string(entry.key) : path + "." + std::string(entry.key), depth + 1, out);
    }
  } else if (value.is_sequence()) {
    for (const model::Value& item : value.items()) collect(item, name, path, depth + 1, out);
  }
}

}  // namespace

void add_secret_slots(model::Project& project) {
  static const core::Symbol kType(kSecretSlotsType);
  std::vector<Slot> slots;
  for (std::unique_ptr<model::Root>& root : project.roots) {
    if (root->format != "terraform") continue;
    for (model::Resource& resource : root->resources) {
      if (resource.kind != "resource" && resource.kind != "data") continue;
      if ((model::marks_inside(resource.attributes) & model::kSensitive) == 0) continue;
      slots.clear();
      collect(resource.attributes, {}, {}, 0, slots);
      if (slots.empty()) continue;
      std::vector<model::Value> items;
      for (const Slot& slot : slots) {
        model::Entry entries[] = {{"name", {}, model::string_value(slot.name)},
                                  {"path", {}, model::string_value(root->arena.copy(slot.path))},
                                  {"value", {}, *slot.value}};
        items.push_back(model::object_value(entries, root->arena));
      }
      model::Entry list[] = {{"slots", {}, model::list_value(items, root->arena)}};
      resource.views.push_back({kType, model::object_value(list, root->arena)});
    }
  }
}

void name_secret_slots(std::vector<rules::Finding>& findings, const model::Project& project) {
  static const core::Symbol kType(kSecretSlotsType);
  constexpr std::string_view kStart = "slots[";
  std::map<std::string_view, const model::Resource*> by_address;
  for (rules::Finding& finding : findings) {
    if (!finding.attribute.starts_with(kStart) || finding.resource.format != "terraform") continue;
    if (by_address.empty()) {
      for (const model::Resource* resource : project.resources) by_address.try_emplace(resource->address, resource);
    }
    auto found = by_address.find(finding.resource.address);
    if (found == by_address.end()) continue;
    size_t index = 0;
    std::from_chars(finding.attribute.data() + kStart.size(), finding.attribute.data() + finding.attribute.size(), index);
    for (const model::View& view : found->second->views) {
      const model::Value* slots = view.type == kType ? view.value.find("slots") : nullptr;
      if (slots == nullptr || index >= slots->size) continue;
      const model::Value* path = slots->items()[index].find("path");
      if (path == nullptr) continue;
      for (rules::OriginStep& step : finding.origin) {
        size_t at = step.what.rfind(finding.attribute);
        if (at != std::string::npos) step.what.replace(at, finding.attribute.size(), path->text());
      }
      finding.attribute = path->text();
      break;
    }
  }
}

}  // namespace assay::pipeline
