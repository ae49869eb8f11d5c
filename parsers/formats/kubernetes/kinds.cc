#include "parsers/formats/kubernetes/kinds.h"

#include <algorithm>
#include <iterator>

namespace assay::formats::kubernetes {
namespace {

// Sorted, for binary search.
constexpr std::string_view kClusterKinds[] = {
    "APIService", "CSIDriver", "CSINode", "CertificateSigningRequest", "ClusterRole",
    "ClusterRoleBinding", "ClusterTrustBundle", "ComponentStatus", "CustomResourceDefinition",
    "DeviceClass", "DeviceTaintRule", "FlowSchema", "IPAddress", "IngressClass",
    "InitializerConfiguration", "MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding",
    "MutatingWebhookConfiguration", "Namespace", "Node", "PersistentVolume", "PodSecurityPolicy",
    "PriorityClass", "PriorityLevelConfiguration", "ResourceSlice", "RuntimeClass",
    "SelfSubjectAccessReview", "SelfSubjectReview", "SelfSubjectRulesReview", "ServiceCIDR",
    "StorageClass", "StorageVersion", "StorageVersionMigration", "SubjectAccessReview",
    "TokenReview", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding",
    "ValidatingWebhookConfiguration", "VolumeAttachment", "VolumeAttributesClass"};

constexpr std::string_view kNamespacedKinds[] = {
    "Binding", "CSIStorageCapacity", "ConfigMap", "ControllerRevision", "CronJob", "DaemonSet",
    "Deployment", "EndpointSlice", "Endpoints", "Event", "HorizontalPodAutoscaler", "Ingress",
    "Job", "Lease", "LeaseCandidate", "LimitRange", "LocalSubjectAccessReview", "NetworkPolicy",
    "PersistentVolumeClaim", "Pod", "PodDisruptionBudget", "PodTemplate", "ReplicaSet",
    "ReplicationController", "ResourceClaim", "ResourceClaimTemplate", "ResourceQuota", "Role",
    "RoleBinding", "Secret", "Service", "ServiceAccount", "StatefulSet"};

constexpr std::string_view kBuiltinGroups[] = {
    "", "admissionregistration.k8s.io", "apiextensions.k8s.io", "apiregistration.k8s.io", "apps",
    "authentication.k8s.io", "authorization.k8s.io", "autoscaling", "batch",
    "certificates.k8s.io", "coordination.k8s.io", "discovery.k8s.io", "events.k8s.io",
    "extensions", "flowcontrol.apiserver.k8s.io", "internal.apiserver.k8s.io",
    "networking.k8s.io", "node.k8s.io", "policy", "rbac.authorization.k8s.io", "resource.k8s.io",
    "scheduling.k8s.io", "storage.k8s.io", "storagemigration.k8s.io"};

template <size_t N>
bool contains(const std::string_view (&sorted)[N], std::string_view text) {
  return std::binary_search(std::begin(sorted), std::end(sorted), text);
}

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

}  // namespace

ApiVersion split_api_version(std::string_view text) {
  size_t slash = text.find('/');
  if (slash == std::string_view::npos) return {{}, text};
  return {text.substr(0, slash), text.substr(slash + 1)};
}

bool is_builtin_group(std::string_view group) { return contains(kBuiltinGroups, group); }

bool is_cluster_scoped(std::string_view group, std::string_view kind) {
  if (is_builtin_group(group)) return contains(kClusterKinds, kind);
  return kind.size() > 7 && kind.starts_with("Cluster") && is_upper(kind[7]);
}

bool is_builtin_kind(std::string_view kind) {
  return contains(kNamespacedKinds, kind) || contains(kClusterKinds, kind);
}

bool is_client_configuration(std::string_view group, std::string_view kind) {
  return group == "kustomize.config.k8s.io" || (group.empty() && kind == "Config") ||
         group == "kind.x-k8s.io" || group == "kubeadm.k8s.io" || group == "skaffold" ||
         group == "client.authentication.k8s.io" || group == "config.kubernetes.io" ||
         group == "audit.k8s.io" || group == "apiserver.config.k8s.io" ||
         group == "kubelet.config.k8s.io" || group == "kubeproxy.config.k8s.io" ||
         group == "kubescheduler.config.k8s.io" || group == "cli.kyverno.io";
}

std::string kebab_case(std::string_view kind) {
  std::string out;
  for (size_t i = 0; i < kind.size(); ++i) {
    char c = kind[i];
    if (!is_upper(c)) {
      out += c;
      continue;
    }
    bool after_lower = i > 0 && !is_upper(kind[i - 1]);
    bool starts_word = i > 0 && i + 1 < kind.size() && !is_upper(kind[i + 1]);
    if (after_lower || starts_word) out += '-';
    out += static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

}  // namespace assay::formats::kubernetes
