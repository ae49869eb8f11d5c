#include "analyzer/pipeline/live_objects.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>

#include "parsers/core/text.h"
#include "parsers/formats/tree_value.h"

namespace assay::pipeline {
namespace {

using model::Resource;
using model::Value;
using rules::Finding;

constexpr std::string_view kLastApplied = "kubectl.kubernetes.io/last-applied-configuration";
constexpr int kMaxOwners = 8;  // a Pod of a Job of a CronJob has two

const Value* metadata_of(const Resource& resource) {
  if (resource.format != "kubernetes" || !resource.attributes.is_mapping()) return nullptr;
  const Value* metadata = resource.attributes.find("metadata");
  return metadata && metadata->is_mapping() ? metadata : nullptr;
}

std::string_view controller_uid(const Value& metadata) {
  const Value* owners = metadata.find("ownerReferences");
  if (!owners || !owners->is_sequence()) return {};
  for (const Value& owner : owners->items()) {
    const Value* controls = owner.is_mapping() ? owner.find("controller") : nullptr;
    if (controls && controls->is_true()) return formats::text_at(owner, "uid");
  }
  return {};
}

// The message with the object's own name taken out: "Pod prod/web-x1 acts as ..." and "Deployment prod/web acts as ..." are one.
std::string general_message(const Finding& finding) {
  std::string_view kind = finding.resource.address;
  size_t dot = kind.find('.');
  if (dot == std::string_view::npos) return finding.message;
  std::string_view rest = kind.substr(dot + 1);
  if (size_t hash = rest.rfind('#'); hash != std::string_view::npos) rest = rest.substr(0, hash);
  std::string own(kind.substr(0, dot));
  own += ' ';
  size_t name = rest.size() >= finding.resource.name.size() ? rest.size() - finding.resource.name.size() : 0;
  if (name > 0) own.append(rest.substr(0, name - 1)).append(1, '/');
  own += finding.resource.name;
  return core::replace_all(finding.message, own, "it");
}

using FindingKey = std::tuple<const Resource*, uint32_t, std::string, std::string, std::string>;

FindingKey key_of(const Resource* resource, const Finding& finding) {
  return {resource, finding.rule, finding.attribute, finding.item, general_message(finding)};
}

}  // namespace

Controllers::Controllers(const model::Project& project) {
  for (const auto& root : project.roots) {
    std::unordered_map<std::string_view, const Resource*> by_uid;
    std::vector<std::pair<const Resource*, std::string_view>> owned;
    for (const Resource& resource : root->resources) {
      const Value* metadata = metadata_of(resource);
      if (!metadata) continue;
      std::string_view uid = formats::text_at(*metadata, "uid");
      if (uid.empty()) continue;
      by_uid.emplace(uid, &resource);
      if (std::string_view owner = controller_uid(*metadata); !owner.empty()) owned.emplace_back(&resource, owner);
    }
    std::unordered_map<const Resource*, const Resource*> owner_of;
    for (const auto& [resource, uid] : owned) {
      auto found = by_uid.find(uid);
      if (found != by_uid.end() && found->second != resource) owner_of.emplace(resource, found->second);
    }
    for (const auto& [resource, owner] : owner_of) {
      const Resource* top = owner;
      for (int step = 0; step < kMaxOwners; ++step) {
        auto next = owner_of.find(top);
        if (next == owner_of.end()) break;
        top = next->second;
      }
      if (top != resource) owners_.push_back({resource, top});
    }
  }
  std::sort(owners_.begin(), owners_.end(), [](const Owned& a, const Owned& b) { return std::less<>()(a.resource, b.resource); });
}

const Resource* Controllers::of(const Resource& resource) const {
  auto at = std::lower_bound(owners_.begin(), owners_.end(), &resource,
                             [](const Owned& a, const Resource* b) { return std::less<>()(a.resource, b); });
  return at != owners_.end() && at->resource == &resource ? at->top : nullptr;
}

std::map<core::FileId, size_t> fold_controlled(const Controllers& controllers, std::vector<Finding>& findings) {
  std::map<core::FileId, size_t> folded;
  if (controllers.empty()) return folded;
  std::map<std::pair<core::FileId, std::string_view>, const Resource*> resources;  // controlled ones and their controllers
  controllers.each([&](const Resource& resource, const Resource& top) {
    for (const Resource* one : {&resource, &top}) {
      if (one->span.valid()) resources.emplace(std::pair(one->span.file, one->address), one);
    }
  });
  auto resource_of = [&](const Finding& finding) -> const Resource* {
    if (!finding.resource.extent.valid()) return nullptr;
    auto found = resources.find({finding.resource.extent.file, finding.resource.address});
    return found == resources.end() ? nullptr : found->second;
  };
  std::set<FindingKey> originals;
  for (const Finding& finding : findings) {
    const Resource* resource = resource_of(finding);
    if (resource && !controllers.of(*resource)) originals.insert(key_of(resource, finding));
  }
  std::erase_if(findings, [&](const Finding& finding) {
    const Resource* resource = resource_of(finding);
    const Resource* top = resource ? controllers.of(*resource) : nullptr;
    bool repeated = top && originals.count(key_of(top, finding)) > 0;
    if (repeated) ++folded[resource->span.file];
    return repeated;
  });
  return folded;
}

void drop_annotated_copies(const model::Project& project, model::Root& found) {
  std::vector<core::Span> copies;
  for (const auto& root : project.roots) {
    for (const Resource& resource : root->resources) {
      const Value* metadata = metadata_of(resource);
      const Value* annotations = metadata ? metadata->find("annotations") : nullptr;
      const Value* copy = annotations && annotations->is_mapping() ? annotations->find(kLastApplied) : nullptr;
      if (copy && copy->span.valid()) copies.push_back(copy->span);
    }
  }
  if (copies.empty()) return;
  auto before = [](const core::Span& a, const core::Span& b) { return std::tie(a.file, a.begin) < std::tie(b.file, b.begin); };
  std::sort(copies.begin(), copies.end(), before);
  auto is_copy = [&](const core::Span& span) {
    auto at = std::upper_bound(copies.begin(), copies.end(), span, before);
    return at != copies.begin() && (--at)->contains(span);
  };
  auto value_of = [](const Resource& resource) { return resource.attributes.find("value"); };
  std::set<std::pair<core::FileId, std::string_view>> originals;
  for (const Resource& resource : found.resources) {
    const Value* value = value_of(resource);
    if (value && value->is_string() && !is_copy(value->span)) originals.emplace(value->span.file, value->text());
  }
  std::erase_if(found.resources, [&](const Resource& resource) {
    const Value* value = value_of(resource);
    return value && value->is_string() && is_copy(value->span) && originals.count({value->span.file, value->text()}) > 0;
  });
}

}  // namespace assay::pipeline
