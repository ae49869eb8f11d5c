#include "rules/lang/admission/kinds.h"

#include <algorithm>
#include <iterator>

namespace assay::rules::admission {
namespace {

// Sorted.
constexpr std::string_view kClusterKinds[] = {
    "APIService", "CSIDriver", "CSINode", "CertificateSigningRequest", "ClusterRole", "ClusterRoleBinding", "ClusterTrustBundle",
    "ComponentStatus", "CustomResourceDefinition", "DeviceClass", "DeviceTaintRule", "FlowSchema", "IPAddress", "IngressClass",
    "MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding", "MutatingWebhookConfiguration", "Namespace", "Node",
    "PersistentVolume", "PodSecurityPolicy", "PriorityClass", "PriorityLevelConfiguration", "ResourceSlice", "RuntimeClass",
    "SelfSubjectAccessReview", "SelfSubjectReview", "SelfSubjectRulesReview", "ServiceCIDR", "StorageClass", "StorageVersion",
    "StorageVersionMigration", "SubjectAccessReview", "TokenReview", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding",
    "ValidatingWebhookConfiguration", "VolumeAttachment", "VolumeAttributesClass"};

bool is_builtin(std::string_view group) { return group.find('.') == std::string_view::npos || group.ends_with(".k8s.io"); }

}  // namespace

GroupVersion split_api_version(std::string_view text) {
  size_t slash = text.find('/');
  if (slash == std::string_view::npos) return {{}, text};
  return {text.substr(0, slash), text.substr(slash + 1)};
}

std::string resource_of_kind(std::string_view kind) {
  std::string out;
  for (char c : kind) out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  if (out == "endpoints") return out;
  auto ends = [&](std::string_view with) { return out.ends_with(with); };
  if (ends("s") || ends("x") || ends("ch") || ends("sh")) return out + "es";
  bool vowel = out.size() > 1 && std::string_view("aeiou").find(out[out.size() - 2]) != std::string_view::npos;
  if (ends("y") && !vowel) {
    out.pop_back();
    return out + "ies";
  }
  return out + "s";
}

bool is_cluster_scoped(std::string_view group, std::string_view kind) {
  if (is_builtin(group)) return std::binary_search(std::begin(kClusterKinds), std::end(kClusterKinds), kind);
  return kind.size() > 7 && kind.starts_with("Cluster") && kind[7] >= 'A' && kind[7] <= 'Z';
}

model::Value with_name_label(const model::Value& object, core::Arena& arena) {
  constexpr std::string_view kKey = "kubernetes.io/metadata.name";
  const model::Value* metadata = object.find("metadata");
  const model::Value* name = metadata ? metadata->find("name") : nullptr;
  if (!name || !metadata->is_mapping()) return object;
  const model::Value* labels = metadata->find("labels");
  if (labels && (!labels->is_mapping() || labels->find(kKey))) return object;
  auto with = [&](const model::Value* map, std::string_view key, const model::Value& value) {
    std::vector<model::Entry> entries;
    if (map && map->is_mapping()) entries.assign(map->entries().begin(), map->entries().end());
    std::erase_if(entries, [&](const model::Entry& entry) { return entry.key == key; });
    entries.push_back({key, {}, value});
    model::Value out = model::object_value(entries, arena);
    if (map) out.span = map->span;
    return out;
  };
  return with(&object, "metadata", with(metadata, "labels", with(labels, kKey, *name)));
}

bool equivalent(const GroupVersionResource& resource, std::string_view group, std::string_view version) {
  struct Row {
    std::string_view resource, group, version;
  };
  static constexpr Row kRows[] = {{"events", "", "v1"}, {"events", "events.k8s.io", "v1"},
                                  {"horizontalpodautoscalers", "autoscaling", "v1"}, {"horizontalpodautoscalers", "autoscaling", "v2"}};
  if (!is_builtin(resource.group)) return resource.group == group;
  auto served = [&](std::string_view g, std::string_view v) {
    return std::any_of(std::begin(kRows), std::end(kRows), [&](const Row& row) {
      return row.resource == resource.resource && row.group == g && row.version == v;
    });
  };
  return served(resource.group, resource.version) && served(group, version);
}

}  // namespace assay::rules::admission
