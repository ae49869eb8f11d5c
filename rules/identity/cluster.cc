#include "rules/identity/cluster.h"

#include <algorithm>

namespace assay::rules::identity {
namespace {

using model::Edge;
using model::EdgeKind;
using model::Resource;
using model::Value;

std::string space_of(const Value& object) {
  const Value* written = model::at_path(object, "metadata.namespace");
  if (!written || written->is_null()) return "default";
  return written->is_string() ? std::string(written->text()) : std::string();
}

bool has_text(const Value* list, std::string_view text) {
  if (!list) return false;
  if (list->is_string()) return list->text() == text;
  if (!list->is_sequence()) return false;
  return std::any_of(list->items().begin(), list->items().end(),
                     [&](const Value& item) { return item.is_string() && item.text() == text && item.guard == model::kAlways; });
}

bool has_any(const Value* list, std::initializer_list<std::string_view> texts) {
  return std::any_of(texts.begin(), texts.end(), [&](std::string_view text) { return has_text(list, text); });
}

// Lists of blocks and single ones alike.
std::vector<const Value*> elements(const Value* list) {
  std::vector<const Value*> out;
  if (!list) return out;
  if (list->is_sequence()) {
    for (const Value& item : list->items()) out.push_back(&item);
  } else if (list->is_mapping()) {
    out.push_back(list);
  }
  return out;
}

// Every label of the selector is on the object.
bool selects(const Value& selector, const Value* labels) {
  const Value* wanted = selector.find("matchLabels");
  if (!wanted || !wanted->is_mapping() || !labels || !labels->is_mapping()) return false;
  return std::all_of(wanted->entries().begin(), wanted->entries().end(), [&](const model::Entry& entry) {
    const Value* found = labels->find(entry.key);
    return found && model::same_value(*found, entry.value);
  });
}

}  // namespace

const Value* find_view(const Resource& resource, std::string_view type) {
  for (const model::View& view : resource.views) {
    if (view.type.text() == type) return &view.value;
  }
  return nullptr;
}

std::string_view text_at(const Value& value, std::string_view path) {
  const Value* found = model::at_path(value, path);
  return found && found->is_string() ? found->text() : std::string_view{};
}

Cluster::Cluster(const model::Project& project) : project_(project) {
  const core::Symbol account("kubernetes/service-account"), binding("kubernetes/role-binding"), role("kubernetes/role");
  for (const Resource* resource : project.resources) {
    for (const model::View& view : resource->views) {
      if (view.type == account) accounts_.push_back(resource);
      else if (view.type == binding) bindings_.push_back(resource);
      else if (view.type == role) roles_.push_back(resource);
    }
  }
}

Account Cluster::account_of(const Resource&, const Value& view) const {
  Account out;
  const Value* workload = view.find("workload");
  const Value* spec = view.find("spec");
  if (!workload || !spec) return out;
  const Value* space = workload->find("namespace");
  if (space && !space->is_string()) return out;
  const Value* metadata = workload->find("metadata");
  const Value* own = metadata ? metadata->find("namespace") : nullptr;
  out.open_space = !own || own->is_null();
  out.name_space = space ? std::string(space->text()) : "default";
  if (out.name_space.empty()) out.name_space = "default";
  for (std::string_view key : {"serviceAccountName", "serviceAccount"}) {
    const Value* written = spec->find(key);
    if (!written || written->is_null() || out.written) continue;
    if (!written->is_string()) return out;
    out.written = written;
    out.name = written->text();
  }
  if (out.name.empty()) out.name = "default";
  for (const Resource* resource : accounts_) {
    const Value* account = find_view(*resource, "kubernetes/service-account");
    if (text_at(*account, "metadata.name") != out.name || space_of(*account) != out.name_space) continue;
    out.resource = resource;
    out.annotations = model::at_path(*account, "metadata.annotations");
    break;
  }
  return out;
}

std::vector<Binding> Cluster::bindings_of(const Account& account) const {
  std::vector<Binding> out;
  if (account.name.empty()) return out;
  for (const Resource* resource : bindings_) {
    const Value& view = *find_view(*resource, "kubernetes/role-binding");
    bool cluster = find_view(*resource, "kubernetes/cluster-role-binding") != nullptr;
    std::string space = cluster ? "" : space_of(view);
    for (const Value* subject : elements(view.find("subjects"))) {
      std::string_view kind = text_at(*subject, "kind"), name = text_at(*subject, "name");
      bool held = false;
      std::string deployed_to;
      if (kind == "ServiceAccount") {
        std::string_view where = text_at(*subject, "namespace");
        std::string named = where.empty() ? space : std::string(where);
        held = name == account.name && (named == account.name_space || (account.open_space && account.written));
        if (held && named != account.name_space) deployed_to = named;
      } else if (kind == "Group") {
        held = name == "system:serviceaccounts" || name == "system:authenticated" ||
               name == "system:serviceaccounts:" + account.name_space;
      } else if (kind == "User") {
        held = name == "system:serviceaccount:" + account.name_space + ":" + account.name;
      }
      if (!held) continue;
      Binding binding{resource, subject, std::string(text_at(view, "roleRef.kind")), std::string(text_at(view, "roleRef.name")), space, deployed_to, nullptr};
      for (const Resource* role : roles_) {
        const Value& rules = *find_view(*role, "kubernetes/role");
        bool cluster_role = find_view(*role, "kubernetes/cluster-role") != nullptr;
        if (text_at(rules, "metadata.name") != binding.role || cluster_role != (binding.role_kind == "ClusterRole")) continue;
        if (!cluster_role && space_of(rules) != space) continue;
        binding.role_resource = role;
        break;
      }
      out.push_back(std::move(binding));
      break;
    }
  }
  return out;
}

ClusterPower Cluster::power_of_rules(const Value& role, bool whole_cluster) const {
  struct Way {
    std::string_view what;
    std::initializer_list<std::string_view> resources, verbs;
    bool cluster_only, unnamed;
  };
  static const Way kWays[] = {
      {"grants itself any permission (escalate)", {"roles", "clusterroles"}, {"escalate"}, true, false},
      {"binds any role (bind)", {"roles", "clusterroles"}, {"bind"}, true, true},
      {"acts as anybody (impersonate)", {"users", "groups", "serviceaccounts", "userextras"}, {"impersonate"}, false, true},
      {"reads every secret of the cluster", {"secrets"}, {"get", "list", "watch"}, true, true},
      {"makes tokens of any service account", {"serviceaccounts/token"}, {"create"}, true, true},
      {"starts pods in every namespace", {"pods", "deployments", "daemonsets", "statefulsets", "jobs", "cronjobs", "replicasets", "replicationcontrollers"}, {"create"}, true, false},
      {"runs commands in every pod", {"pods/exec"}, {"create", "get"}, true, true},
      {"reaches the kubelet of every node", {"nodes/proxy"}, {"get", "create"}, true, true},
      {"changes admission webhooks", {"mutatingwebhookconfigurations", "validatingwebhookconfigurations"}, {"create", "update", "patch"}, true, true},
      {"approves certificates", {"certificatesigningrequests/approval"}, {"update", "patch"}, true, false},
  };
  for (const Value* rule : elements(role.find("rules"))) {
    if (!rule->is_mapping() || rule->guard != model::kAlways) continue;
    const Value* verbs = rule->find("verbs");
    const Value* resources = rule->find("resources");
    const Value* names = rule->find("resourceNames");
    bool named = names && names->is_sequence() && names->size > 0;
    bool every_verb = has_text(verbs, "*"), every_resource = has_text(resources, "*");
    bool core_group = has_any(rule->find("apiGroups"), {"", "*"});
    if (every_verb && every_resource && core_group && !named && whole_cluster) return {"everything in the cluster", rule};
    for (const Way& way : kWays) {
      if (way.cluster_only && !whole_cluster) continue;
      if (way.unnamed && named) continue;
      bool resource = has_any(resources, way.resources) || (every_resource && core_group);
      if (resource && (has_any(verbs, way.verbs) || every_verb)) return {std::string(way.what), rule};
    }
  }
  return {};
}

ClusterPower Cluster::power_of(const Binding& binding) const {
  bool whole = binding.name_space.empty() || binding.name_space == "kube-system";
  if (!binding.role_resource) {
    if (binding.role == "cluster-admin" && whole) return {"everything in the cluster (cluster-admin)", nullptr};
    return {};
  }
  const Value& role = *find_view(*binding.role_resource, "kubernetes/role");
  ClusterPower own = power_of_rules(role, whole);
  if (!own.what.empty()) return own;
  // What is aggregated into it by labels.
  const Value* selectors = model::at_path(role, "aggregationRule.clusterRoleSelectors");
  for (const Value* selector : elements(selectors)) {
    if (!selector->is_mapping()) continue;
    for (const Resource* other : roles_) {
      const Value& view = *find_view(*other, "kubernetes/role");
      if (other == binding.role_resource || !selects(*selector, model::at_path(view, "metadata.labels"))) continue;
      ClusterPower power = power_of_rules(view, whole);
      if (!power.what.empty()) return power;
    }
  }
  return {};
}

std::vector<const Resource*> Cluster::exposure_of(const Resource& workload) const {
  for (uint32_t at : project_.edges_to(workload.index)) {
    const Edge& edge = project_.edges[at];
    const Resource& service = *project_.resources[edge.from];
    const Value* view = edge.kind == EdgeKind::kSelects ? find_view(service, "kubernetes/service") : nullptr;
    if (!view) continue;
    std::string_view type = text_at(*view, "spec.type");
    if (type == "LoadBalancer") {
      // One that stays inside the network is no way from outside.
      const Value* annotations = model::at_path(*view, "metadata.annotations");
      bool internal = false;
      for (size_t i = 0; annotations && annotations->is_mapping() && i < annotations->size; ++i) {
        const model::Entry& entry = annotations->entries()[i];
        if (entry.key.find("internal") != std::string_view::npos || entry.key.ends_with("load-balancer-scheme") ||
            entry.key.ends_with("load-balancer-type")) {
          internal = internal || (entry.value.is_string() && (entry.value.text() == "true" || entry.value.text() == "internal" ||
                                                              entry.value.text() == "Internal"));
        }
      }
      if (!internal) return {&service};
    }
    if (type == "NodePort") return {&service};
    for (uint32_t next : project_.edges_to(service.index)) {
      const Resource& ingress = *project_.resources[project_.edges[next].from];
      if (find_view(ingress, "kubernetes/ingress")) return {&ingress, &service};
    }
  }
  return {};
}

}  // namespace assay::rules::identity
