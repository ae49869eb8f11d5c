#include "parsers/model/alias_kubernetes.h"

#include <algorithm>
#include <string>
#include <vector>

namespace assay::model {
namespace {

struct KindRow {
  std::string_view terraform;  // without "kubernetes_" and the version
  std::string_view kind;
  std::string_view api_version;
  std::string_view template_path;  // where the pod template lies; "." for the object itself
};

constexpr KindRow kKinds[] = {
    {"pod", "Pod", "v1", "."},
    {"deployment", "Deployment", "apps/v1", "spec.template"},
    {"stateful_set", "StatefulSet", "apps/v1", "spec.template"},
    {"daemonset", "DaemonSet", "apps/v1", "spec.template"},
    {"daemon_set", "DaemonSet", "apps/v1", "spec.template"},
    {"replication_controller", "ReplicationController", "v1", "spec.template"},
    {"job", "Job", "batch/v1", "spec.template"},
    {"cron_job", "CronJob", "batch/v1", "spec.jobTemplate.spec.template"},
    {"service", "Service", "v1", ""},
    {"service_account", "ServiceAccount", "v1", ""},
    {"default_service_account", "ServiceAccount", "v1", ""},
    {"secret", "Secret", "v1", ""},
    {"config_map", "ConfigMap", "v1", ""},
    {"namespace", "Namespace", "v1", ""},
    {"endpoints", "Endpoints", "v1", ""},
    {"endpoint_slice", "EndpointSlice", "discovery.k8s.io/v1", ""},
    {"api_service", "APIService", "apiregistration.k8s.io/v1", ""},
    {"csi_driver", "CSIDriver", "storage.k8s.io/v1", ""},
    {"certificate_signing_request", "CertificateSigningRequest", "certificates.k8s.io/v1", ""},
    {"runtime_class", "RuntimeClass", "node.k8s.io/v1", ""},
    {"limit_range", "LimitRange", "v1", ""},
    {"resource_quota", "ResourceQuota", "v1", ""},
    {"persistent_volume", "PersistentVolume", "v1", ""},
    {"persistent_volume_claim", "PersistentVolumeClaim", "v1", ""},
    {"role", "Role", "rbac.authorization.k8s.io/v1", ""},
    {"cluster_role", "ClusterRole", "rbac.authorization.k8s.io/v1", ""},
    {"role_binding", "RoleBinding", "rbac.authorization.k8s.io/v1", ""},
    {"cluster_role_binding", "ClusterRoleBinding", "rbac.authorization.k8s.io/v1", ""},
    {"ingress", "Ingress", "networking.k8s.io/v1", ""},
    {"ingress_class", "IngressClass", "networking.k8s.io/v1", ""},
    {"network_policy", "NetworkPolicy", "networking.k8s.io/v1", ""},
    {"pod_disruption_budget", "PodDisruptionBudget", "policy/v1", ""},
    {"pod_security_policy", "PodSecurityPolicy", "policy/v1beta1", ""},
    {"priority_class", "PriorityClass", "scheduling.k8s.io/v1", ""},
    {"storage_class", "StorageClass", "storage.k8s.io/v1", ""},
    {"horizontal_pod_autoscaler", "HorizontalPodAutoscaler", "autoscaling/v2", ""},
    {"validating_webhook_configuration", "ValidatingWebhookConfiguration",
     "admissionregistration.k8s.io/v1", ""},
    {"mutating_webhook_configuration", "MutatingWebhookConfiguration",
     "admissionregistration.k8s.io/v1", ""},
};

// Types for which the provider talks to an API version of its time.
constexpr struct {
  std::string_view type, api_version;
} kOldVersions[] = {
    {"kubernetes_certificate_signing_request", "certificates.k8s.io/v1beta1"},
    {"kubernetes_cron_job", "batch/v1beta1"},
    {"kubernetes_csi_driver", "storage.k8s.io/v1beta1"},
    {"kubernetes_horizontal_pod_autoscaler_v2beta2", "autoscaling/v2beta2"},
    {"kubernetes_ingress", "networking.k8s.io/v1beta1"},
    {"kubernetes_pod_disruption_budget", "policy/v1beta1"},
};

// Blocks that repeat, and the names of the lists they become.
constexpr struct {
  std::string_view block, list;
} kLists[] = {
    {"container", "containers"},
    {"init_container", "initContainers"},
    {"volume", "volumes"},
    {"volume_mount", "volumeMounts"},
    {"volume_device", "volumeDevices"},
    {"volume_claim_template", "volumeClaimTemplates"},
    {"env", "env"},
    {"env_from", "envFrom"},
    {"port", "ports"},
    {"ports", "ports"},
    {"toleration", "tolerations"},
    {"host_aliases", "hostAliases"},
    {"image_pull_secret", "imagePullSecrets"},
    {"image_pull_secrets", "imagePullSecrets"},
    {"topology_spread_constraint", "topologySpreadConstraints"},
    {"readiness_gate", "readinessGates"},
    {"items", "items"},
    {"sources", "sources"},
    {"sysctl", "sysctls"},
    {"http_header", "httpHeaders"},
    {"rule", "rules"},
    {"subject", "subjects"},
    {"subset", "subsets"},
    {"address", "addresses"},
    {"match_expressions", "matchExpressions"},
    {"match_fields", "matchFields"},
    {"node_selector_term", "nodeSelectorTerms"},
    {"preferred_during_scheduling_ignored_during_execution", "preferredDuringSchedulingIgnoredDuringExecution"},
    {"option", "options"},
    {"ingress", "ingress"},
    {"egress", "egress"},
    {"from", "from"},
    {"to", "to"},
    {"tls", "tls"},
    {"path", "paths"},
    {"limit", "limits"},
    {"webhook", "webhooks"},
    {"metric", "metrics"},
    {"range", "ranges"},
    {"cluster_role_selectors", "clusterRoleSelectors"},
};

std::string camel_case(std::string_view name) {
  std::string out;
  size_t at = 0;
  while (at <= name.size()) {
    size_t end = name.find('_', at);
    if (end == std::string_view::npos) end = name.size();
    std::string word(name.substr(at, end - at));
    if (!out.empty() && !word.empty()) {
      if (word == "cpu" || word == "ip" || word == "pid" || word == "ipc" || word == "id" || word == "uri" || word == "url") {
        for (char& c : word) c = static_cast<char>(c - 'a' + 'A');
      } else if (word == "ips" || word == "urls") {
        word = word == "ips" ? "IPs" : "URLs";
      } else if (word[0] >= 'a' && word[0] <= 'z') {
        word[0] = static_cast<char>(word[0] - 'a' + 'A');
      }
    }
    out += word;
    at = end + 1;
  }
  return out;
}

// Names that are lists in most places and one block in some: the port of an ingress backend {name, number}, the
// metric {name, selector} that an autoscaler measures.
bool is_single(std::string_view key, const Value& blocks) {
  if ((key != "port" && key != "metric") || !blocks.is_sequence() || blocks.size != 1) return false;
  const Value& block = blocks.item_array[0];
  if (!block.is_mapping()) return false;
  if (key == "metric") return block.find("type") == nullptr;
  return block.find("port") == nullptr && block.find("container_port") == nullptr;
}

Value camel_at(const Value& value, AliasContext& context, int depth);

Value camel_object(const Value& value, AliasContext& context, int depth) {
  std::vector<Entry> entries;
  entries.reserve(value.size);
  for (const Entry& entry : value.entries()) {
    Entry made = entry;
    bool block = (entry.value.flags & kBlockValue) != 0;
    std::string_view list;
    if (block && !is_single(entry.key, entry.value)) {
      for (const auto& row : kLists) {
        if (row.block == entry.key) list = row.list;
      }
      // Node affinity requires one term list, pod affinity a list of terms.
      if (entry.key == "required_during_scheduling_ignored_during_execution" && entry.value.is_sequence() &&
          entry.value.size > 0 && entry.value.item_array[0].find("node_selector_term") == nullptr) {
        list = "requiredDuringSchedulingIgnoredDuringExecution";
      }
    }
    if (!list.empty()) {
      made.key = list;
      made.value = camel_at(entry.value, context, depth + 1);
    } else {
      made.key = context.arena.copy(camel_case(entry.key));
      if (block) {
        if (entry.value.is_sequence() && entry.value.size == 0) continue;
        made.value = camel_at(coerce(entry.value, Coercion::kSingle, context), context, depth + 1);
      }
      // The API has the source of a volume beside its other fields.
      if (made.key == "persistentVolumeSource" && made.value.is_mapping()) {
        entries.insert(entries.end(), made.value.entries().begin(), made.value.entries().end());
        continue;
      }
    }
    if (made.key == "runAsUser" || made.key == "runAsGroup" || made.key == "fsGroup") {
      made.value = coerce(made.value, Coercion::kNumber, context);
    }
    entries.push_back(made);
  }
  Value out = object_value(entries, context.arena);
  out.span = value.span;
  out.origin = value.origin;
  out.guard = value.guard;
  out.marks = value.marks;
  return out;
}

Value camel_at(const Value& value, AliasContext& context, int depth) {
  if (depth > 64) return value;
  if (value.is_sequence()) {
    std::vector<Value> items(value.items().begin(), value.items().end());
    for (Value& item : items) item = camel_at(item, context, depth + 1);
    Value out = list_value(items, context.arena);
    out.span = value.span;
    out.origin = value.origin;
    out.guard = value.guard;
    return out;
  }
  if (value.is_mapping()) return camel_object(value, context, depth);
  if (value.is_alternatives()) {
    std::vector<Alternative> parts(value.alternatives().begin(), value.alternatives().end());
    for (Alternative& part : parts) part.value = camel_at(part.value, context, depth + 1);
    return with_guard(alternatives_value(parts, context.guards, context.arena), value.guard);
  }
  return value;
}

// "kubernetes_stateful_set_v1" -> "stateful_set"
std::string_view base_name(std::string_view type) {
  type.remove_prefix(std::string_view("kubernetes_").size());
  size_t mark = type.rfind("_v");
  if (mark != std::string_view::npos && mark + 2 < type.size() && type[mark + 2] >= '0' && type[mark + 2] <= '9') {
    type = type.substr(0, mark);
  }
  return type;
}

std::string kebab_case(std::string_view kind) {
  std::string out = snake_case(kind);
  std::replace(out.begin(), out.end(), '_', '-');
  return out;
}

class ObjectViews {
 public:
  ObjectViews(Resource& resource, AliasContext& context) : resource_(resource), context_(context) {}

  void add(const Value& object, std::string_view kind, std::string_view template_path) {
    push("kubernetes/object", object);
    push("kubernetes/" + kebab_case(kind), object);
    if (kind == "ClusterRole") push("kubernetes/role", object);
    if (kind == "ClusterRoleBinding") push("kubernetes/role-binding", object);
    if (template_path.empty()) return;
    const Value* pod = template_path == "." ? &object : at_path(object, template_path);
    const Value* spec = pod != nullptr ? pod->find("spec") : nullptr;
    if (spec == nullptr) return;
    push("kubernetes/workload", object);
    push("kubernetes/pod-template", pod_template(object, *pod, *spec));
  }

 private:
  void push(const std::string& type, const Value& value) {
    resource_.views.push_back({core::Symbol(type), value});
  }

  static void keep(std::vector<Entry>& entries, std::string_view key, const Value* value) {
    if (value != nullptr) entries.push_back({key, {}, *value});
  }

  Value pod_template(const Value& object, const Value& pod, const Value& spec) {
    std::vector<Entry> workload, view;
    keep(workload, "apiVersion", object.find("apiVersion"));
    keep(workload, "kind", object.find("kind"));
    keep(workload, "name", at_path(object, "metadata.name"));
    keep(workload, "namespace", at_path(object, "metadata.namespace"));
    keep(workload, "metadata", object.find("metadata"));
    keep(workload, "spec", object.find("spec"));
    Value owner = with_span(object_value(workload, context_.arena), object.span);
    std::vector<Value> containers;
    for (std::string_view list : {"initContainers", "containers", "ephemeralContainers"}) {
      const Value* found = spec.find(list);
      if (found == nullptr || !found->is_sequence()) continue;
      containers.insert(containers.end(), found->items().begin(), found->items().end());
    }
    Value all = with_span(list_value(containers, context_.arena), spec.span);
    keep(view, "apiVersion", object.find("apiVersion"));
    keep(view, "kind", object.find("kind"));
    keep(view, "metadata", pod.find("metadata"));
    keep(view, "spec", &spec);
    keep(view, "containers", &all);
    keep(view, "workload", &owner);
    return with_span(object_value(view, context_.arena), pod.span);
  }

  Resource& resource_;
  AliasContext& context_;
};

std::string_view template_path_of(std::string_view kind) {
  for (const KindRow& row : kKinds) {
    if (row.kind == kind) return row.template_path;
  }
  return kind == "ReplicaSet" ? std::string_view("spec.template") : std::string_view();
}

}  // namespace

Value camel_blocks(const Value& value, AliasContext& context) { return camel_at(value, context, 0); }

bool add_kubernetes_views(Resource& resource, AliasContext& context) {
  std::string_view base = base_name(resource.type);
  if (base == "manifest") {
    const Value* object = resource.attributes.find("manifest");
    const Value* kind = object != nullptr ? object->find("kind") : nullptr;
    if (kind == nullptr || !kind->is_string() || kind->size == 0) return true;
    ObjectViews(resource, context).add(*object, kind->text(), template_path_of(kind->text()));
    return true;
  }
  const KindRow* row = nullptr;
  for (const KindRow& candidate : kKinds) {
    if (candidate.terraform == base) row = &candidate;
  }
  if (row == nullptr || !resource.attributes.is_mapping()) return false;
  Value blocks = camel_blocks(resource.attributes, context);
  std::vector<Entry> entries;
  std::string_view version = row->api_version;
  for (const auto& old : kOldVersions) {
    if (old.type == resource.type) version = old.api_version;
  }
  Value api_version = with_span(string_value(version), resource.header);
  Value kind = with_span(string_value(row->kind), resource.header);
  entries.push_back({"apiVersion", resource.header, api_version});
  entries.push_back({"kind", resource.header, kind});
  entries.insert(entries.end(), blocks.entries().begin(), blocks.entries().end());
  Value object = object_value(entries, context.arena);
  object.span = resource.attributes.span.valid() ? resource.attributes.span : resource.span;
  ObjectViews(resource, context).add(object, row->kind, row->template_path);
  return true;
}

}  // namespace assay::model
