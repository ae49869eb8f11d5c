#include "rules/identity/cluster.h"

#include <algorithm>
#include <optional>

namespace assay::rules::identity {
namespace {

using model::Edge;
using model::EdgeKind;
using model::Resource;
using model::TieKind;
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

static std::string space_of_binding(const Resource& binding) {
  bool cluster = find_view(binding, "kubernetes/cluster-role-binding") != nullptr;
  return cluster ? std::string() : space_of(*find_view(binding, "kubernetes/role-binding"));
}

std::string_view text_at(const Value& value, std::string_view path) {
  const Value* found = model::at_path(value, path);
  return found && found->is_string() ? found->text() : std::string_view{};
}

namespace {

constexpr std::string_view kAll = {};  // in place of the name of a role

std::string_view name_of_link(CloudLink link) {
  static constexpr std::string_view kNames[kCloudLinks] = {"eks-association", "google-account", "google-account-grant", "google-project-grant",
                                                           "azure-credential", "eks-access", "aws-auth"};
  return kNames[static_cast<size_t>(link)];
}

std::optional<CloudLink> link_of(const Resource& resource) {
  std::string_view type = resource.type;
  if (type == "aws_eks_pod_identity_association" || type == "AWS::EKS::PodIdentityAssociation" || type == "awscc_eks_pod_identity_association") return CloudLink::kEksAssociation;
  if (type == "google_service_account" && resource.kind == "resource") return CloudLink::kGoogleAccount;
  if (type.starts_with("google_service_account_iam_")) return CloudLink::kGoogleAccountGrant;
  if (type == "azurerm_federated_identity_credential") return CloudLink::kAzureCredential;
  if (type == "aws_eks_access_entry" || type == "aws_eks_access_policy_association" || type == "AWS::EKS::AccessEntry" || type == "awscc_eks_access_entry") return CloudLink::kEksAccess;
  return std::nullopt;
}

// What a resource is found by: visit(kind, name, subject), and link(which) for those that join clouds.
template <typename Visit, typename Link>
void for_each_place(const Resource& resource, Visit visit, Link link) {
  static const core::Symbol account("kubernetes/service-account"), binding("kubernetes/role-binding"), role("kubernetes/role"),
      grant("google/project/iam"), config("kubernetes/config-map");
  if (auto kind = link_of(resource)) link(*kind);
  for (const model::View& view : resource.views) {
    if (view.type == account) {
      visit(TieKind::kServiceAccount, std::string(text_at(view.value, "metadata.name")), nullptr);
    } else if (view.type == role) {
      visit(TieKind::kClusterRole, std::string(text_at(view.value, "metadata.name")), nullptr);
    } else if (view.type == config && text_at(view.value, "metadata.name") == "aws-auth") {
      link(CloudLink::kAwsAuth);
    } else if (view.type == grant) {
      link(CloudLink::kGoogleProjectGrant);
    } else if (view.type == binding) {
      for (const Value* subject : elements(view.value.find("subjects"))) {
        if (!subject->is_mapping()) continue;
        visit(TieKind::kGranted, std::string(text_at(*subject, "kind")) + " " + std::string(text_at(*subject, "name")), subject);
      }
    }
  }
}

}  // namespace

Cluster::Cluster(const model::Project& project) : project_(project) {
  for (const Resource* resource : project.resources) {
    for_each_place(
        *resource,
        [&](TieKind kind, std::string name, const Value* subject) {
          if (kind == TieKind::kServiceAccount) accounts_.emplace(std::move(name), resource);
          else if (kind == TieKind::kClusterRole) roles_.emplace(std::move(name), resource);
          else bindings_.emplace(std::move(name), Held{resource, subject});
        },
        [&](CloudLink link) { links_[static_cast<size_t>(link)].push_back(resource); });
  }
}

void Cluster::add_ties(const Resource& resource, model::Ties& out) {
  for_each_place(
      resource,
      [&](TieKind kind, const std::string& name, const Value*) {
        out.push_back(model::make_tie(kind, name));
        if (kind == TieKind::kClusterRole) out.push_back(model::make_tie(kind, kAll));
      },
      [&](CloudLink link) { out.push_back(model::make_tie(TieKind::kCloudLink, name_of_link(link))); });
}

const std::vector<const Resource*>& Cluster::links(CloudLink kind) const {
  model::ask(TieKind::kCloudLink, name_of_link(kind));
  return links_[static_cast<size_t>(kind)];
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
  model::ask(TieKind::kServiceAccount, out.name);
  auto range = accounts_.equal_range(out.name);
  for (auto at = range.first; at != range.second; ++at) {
    const Value* account = find_view(*at->second, "kubernetes/service-account");
    if (space_of(*account) != out.name_space || (out.resource && out.resource->index < at->second->index)) continue;
    out.resource = at->second;
    out.annotations = model::at_path(*account, "metadata.annotations");
  }
  return out;
}

std::vector<Binding> Cluster::bindings_of(const Account& account) const {
  std::vector<Binding> out;
  if (account.name.empty()) return out;
  std::vector<std::pair<Held, std::string>> held;  // and where the account has to be deployed to for it
  auto add = [&](const std::string& key, bool is_account) {
    model::ask(TieKind::kGranted, key);
    auto range = bindings_.equal_range(key);
    for (auto at = range.first; at != range.second; ++at) {
      std::string deployed_to;
      if (is_account) {
        std::string_view where = text_at(*at->second.subject, "namespace");
        std::string named = where.empty() ? space_of_binding(*at->second.binding) : std::string(where);
        if (named != account.name_space) {
          if (!account.open_space || !account.written) continue;
          deployed_to = named;
        }
      }
      bool known = std::any_of(held.begin(), held.end(), [&](const auto& other) { return other.first.binding == at->second.binding; });
      if (!known) held.emplace_back(at->second, deployed_to);
    }
  };
  add("ServiceAccount " + account.name, true);
  for (const char* group : {"Group system:serviceaccounts", "Group system:authenticated"}) add(group, false);
  add("Group system:serviceaccounts:" + account.name_space, false);
  add("User system:serviceaccount:" + account.name_space + ":" + account.name, false);
  std::sort(held.begin(), held.end(), [](const auto& a, const auto& b) { return a.first.binding->index < b.first.binding->index; });
  for (auto& [one, deployed_to] : held) out.push_back(read_binding(one, std::move(deployed_to)));
  return out;
}

std::vector<Binding> Cluster::bindings_of_group(std::string_view group) const {
  std::vector<Binding> out;
  std::string subject = "Group " + std::string(group);
  model::ask(TieKind::kGranted, subject);
  auto range = bindings_.equal_range(subject);
  for (auto at = range.first; at != range.second; ++at) out.push_back(read_binding(at->second, {}));
  std::sort(out.begin(), out.end(), [](const Binding& a, const Binding& b) { return a.resource->index < b.resource->index; });
  return out;
}

Binding Cluster::read_binding(const Held& held, std::string deployed_to) const {
  const Value& view = *find_view(*held.binding, "kubernetes/role-binding");
  Binding binding{held.binding, held.subject, std::string(text_at(view, "roleRef.kind")), std::string(text_at(view, "roleRef.name")),
                  space_of_binding(*held.binding), std::move(deployed_to), nullptr};
  model::ask(TieKind::kClusterRole, binding.role);
  auto range = roles_.equal_range(binding.role);
  for (auto at = range.first; at != range.second; ++at) {
    const Resource* role = at->second;
    bool cluster_role = find_view(*role, "kubernetes/cluster-role") != nullptr;
    if (cluster_role != (binding.role_kind == "ClusterRole")) continue;
    if (!cluster_role && space_of(*find_view(*role, "kubernetes/role")) != binding.name_space) continue;
    if (binding.role_resource && binding.role_resource->index < role->index) continue;
    binding.role_resource = role;
  }
  return binding;
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
    const Resource* first = nullptr;
    ClusterPower best;
    model::ask(TieKind::kClusterRole, kAll);
    for (const auto& [name, other] : roles_) {
      const Value& view = *find_view(*other, "kubernetes/role");
      if (other == binding.role_resource || !selects(*selector, model::at_path(view, "metadata.labels"))) continue;
      ClusterPower power = power_of_rules(view, whole);
      if (power.what.empty() || (first && first->index < other->index)) continue;
      first = other;
      best = std::move(power);
    }
    if (first) return best;
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
