// What an IAM role may do in a Kubernetes cluster, and who reaches the role of a node.
#include <algorithm>

#include "parsers/core/text.h"
#include "rules/identity/paths.h"

namespace assay::rules::identity {
namespace {

using model::Edge;
using model::EdgeKind;
using model::Resource;
using model::Value;

core::Span place_of(const Value& value) {
  const model::Origin* literal = model::deciding_literal(value.origin);
  return literal && literal->span.valid() ? literal->span : value.span;
}

const Value* first_of(const Value& object, std::initializer_list<std::string_view> names) {
  for (std::string_view name : names) {
    if (const Value* found = object.find(name); found && !found->is_null()) return found;
  }
  return nullptr;
}

// Does the resource speak of the role, by a reference or by its ARN?
bool names_role(const Principals& principals, const Resource& from, const Value& arn, const Resource& role) {
  if (principals.role_of(arn) == &role) return true;
  if (arn.is_string()) return false;
  for (const Edge& edge : principals.project().edges_from(from.index)) {
    if (edge.kind == EdgeKind::kRefers && edge.to == role.index && (edge.path == "principal_arn" || edge.path == "PrincipalArn")) return true;
  }
  return false;
}

std::vector<const Value*> items_of(const Value* list) {
  std::vector<const Value*> out;
  if (!list) return out;
  if (list->is_sequence()) {
    for (const Value& item : list->items()) {
      if (item.guard == model::kAlways) out.push_back(&item);
    }
  } else if (!list->is_null()) {
    out.push_back(list);
  }
  return out;
}

bool is_admin_policy(const Value* arn) {
  return arn && arn->is_string() && arn->text().ends_with("cluster-access-policy/AmazonEKSClusterAdminPolicy");
}

CloudPower of_groups(const Cluster& cluster, const Value* groups) {
  for (const Value* group : items_of(groups)) {
    if (!group->is_string()) continue;
    for (const Binding& binding : cluster.bindings_of_group(group->text())) {
      ClusterPower power = cluster.power_of(binding);
      if (!power.what.empty()) return {Tri::kYes, power.what + " as " + std::string(group->text()), place_of(*group), {}};
    }
  }
  return {};
}

// One entry of mapRoles: what stands between "rolearn:" and the next one. The text is YAML or JSON; names and groups are
// found by their words, so that both are read.
struct Mapped {
  std::string_view role;
  std::vector<std::string_view> groups;
};
std::vector<Mapped> mapped_roles(std::string_view text) {
  std::vector<Mapped> out;
  auto word_at = [&](size_t at, size_t end) {
    while (at < end && (core::is_space(text[at]) || text[at] == '"' || text[at] == '\'' || text[at] == ':' || text[at] == '-' || text[at] == '[' || text[at] == ',')) ++at;
    size_t from = at;
    while (at < end && !core::is_space(text[at]) && text[at] != '"' && text[at] != '\'' && text[at] != ',' && text[at] != ']' && text[at] != '}') ++at;
    return text.substr(from, at - from);
  };
  constexpr std::string_view kRole = "rolearn";
  size_t entry = 0;  // where the entry begins: after the one before it
  for (size_t at = text.find(kRole); at != std::string_view::npos;) {
    size_t next = text.find(kRole, at + 1);
    // Other keys may stand before the role: an entry begins at its dash or brace.
    size_t end = std::min(next, text.size());
    if (next != std::string_view::npos) {
      size_t open = text.rfind('{', next), dash = text.rfind("- ", next);
      if (open != std::string_view::npos && open > at) end = open;
      else if (dash != std::string_view::npos && dash > at && text.substr(dash, next - dash).find("groups") == std::string_view::npos) end = dash;
    }
    Mapped mapped{word_at(at + kRole.size(), end), {}};
    size_t groups = text.substr(0, end).find("groups", entry);
    size_t user = groups == std::string_view::npos ? groups : text.substr(0, end).find("username", groups);
    size_t stop = std::min({end, user, groups < at ? at : end});
    for (size_t g = groups; groups != std::string_view::npos && g < stop;) {
      size_t from = g == groups ? g + 6 : g;
      std::string_view word = word_at(from, stop);
      if (word.empty()) break;
      mapped.groups.push_back(word);
      g = static_cast<size_t>(word.data() - text.data()) + word.size();
    }
    out.push_back(std::move(mapped));
    entry = end;
    at = next;
  }
  return out;
}

std::string name_of_cluster(const Resource& access) {
  const Value* name = first_of(access.attributes, {"cluster_name", "ClusterName"});
  return name && name->is_string() ? "cluster " + std::string(name->text()) : "the cluster";
}

}  // namespace

CloudPower power_in_cluster(const Principals& principals, const Cluster& cluster, const Resource& role) {
  for (const Resource* access : cluster.links(CloudLink::kEksAccess)) {
    const Value& own = access->attributes;
    const Value* arn = first_of(own, {"principal_arn", "PrincipalArn"});
    if (!arn || access->exists != model::kAlways || !names_role(principals, *access, *arn, role)) continue;
    auto whole = [&](const Value* scope) {
      for (const Value* one : items_of(scope)) {
        if (text_at(*one, "type") == "cluster" || text_at(*one, "Type") == "cluster") return true;
      }
      return false;
    };
    if (const Value* policy = own.find("policy_arn"); is_admin_policy(policy) && whole(own.find("access_scope"))) {
      return {Tri::kYes, "everything in " + name_of_cluster(*access) + " (AmazonEKSClusterAdminPolicy)", place_of(*policy), {}};
    }
    for (const Value* policy : items_of(first_of(own, {"AccessPolicies", "access_policies"}))) {
      const Value* named = policy->is_mapping() ? first_of(*policy, {"PolicyArn", "policy_arn"}) : nullptr;
      if (is_admin_policy(named) && whole(first_of(*policy, {"AccessScope", "access_scope"}))) {
        return {Tri::kYes, "everything in " + name_of_cluster(*access) + " (AmazonEKSClusterAdminPolicy)", place_of(*named), {}};
      }
    }
    CloudPower power = of_groups(cluster, first_of(own, {"kubernetes_groups", "KubernetesGroups"}));
    if (power.certain != Tri::kNo) return power;
  }
  for (const Resource* map : cluster.links(CloudLink::kAwsAuth)) {
    const Value* roles = model::at_path(*find_view(*map, "kubernetes/config-map"), "data.mapRoles");
    if (!roles || !roles->is_string() || map->exists != model::kAlways) continue;
    for (const Mapped& mapped : mapped_roles(roles->text())) {
      if (principals.role_of(model::string_value(mapped.role)) != &role) continue;
      for (std::string_view group : mapped.groups) {
        if (group == "system:masters") return {Tri::kYes, "everything in the cluster (system:masters)", place_of(*roles), {}};
        Value one = model::string_value(group);
        CloudPower power = of_groups(cluster, &one);
        if (power.certain == Tri::kNo) continue;
        power.place = place_of(*roles);
        return power;
      }
    }
  }
  return {};
}

std::vector<AttackPath> paths_of_nodes(Asker& asker, const Principals& principals, const Resource& group, core::Arena& arena) {
  std::vector<AttackPath> out;
  const model::Project& project = principals.project();
  const Resource* role = nullptr;
  const Resource* machine = nullptr;
  for (const Edge& edge : project.edges_from(group.index)) {
    const Resource& other = *project.resources[edge.to];
    if (edge.path.starts_with("node_role_arn") || edge.path.starts_with("NodeRole")) {
      if (find_view(other, "aws/iam/role")) role = &other;
    } else if ((edge.path.starts_with("launch_template") || edge.path.starts_with("LaunchTemplate")) && find_view(other, "aws/ec2/launch-template")) {
      machine = &other;
    }
  }
  const Value* view = find_view(group, "aws/eks/node-group");
  if (!role && view) {
    if (const Value* arn = view->find("node_role_arn")) role = principals.role_of(*arn);
  }
  if (!role) return out;
  // Pods are one hop further from the metadata service than the node. Node groups without a template of their own allow two.
  AttackPath path;
  path.certain = Tri::kYes;
  core::Span limit;
  const Value* written = view ? first_of(*view, {"launch_template"}) : nullptr;
  if (!written && group.format == "cloudformation") written = group.attributes.find("LaunchTemplate");
  if (written && !machine) return out;  // a template that is not in the scan
  if (machine) {
    const Value& own = *find_view(*machine, "aws/ec2/launch-template");
    const Value* hops = model::at_path(own, "metadata_options.http_put_response_hop_limit");
    const Value* tokens = model::at_path(own, "metadata_options.http_tokens");
    const Value* endpoint = model::at_path(own, "metadata_options.http_endpoint");
    if (endpoint && endpoint->is_string() && endpoint->text() == "disabled") return out;
    bool any_hops = tokens && tokens->is_string() && tokens->text() == "optional";  // IMDSv1 does not count them
    if (!any_hops) {
      if (!hops || hops->is_null()) return out;  // one, as the API has it
      if (!hops->is_number()) return out;
      if (hops->number() == core::Number(1)) return out;
      limit = place_of(*hops);
    } else {
      limit = place_of(*tokens);
    }
  }
  CloudPower power = power_of_role(asker, principals, *role, arena);
  if (power.certain == Tri::kNo) return out;
  std::string name(role->address);
  auto head = [](const Resource& resource) { return resource.header.valid() ? resource.header : resource.span; };
  path.certain = power.certain;
  path.hops.push_back({head(group), "any pod on " + std::string(group.address)});
  if (machine) path.hops.push_back({limit.valid() ? limit : head(*machine), "reaches the metadata of its node, by " + std::string(machine->address)});
  else path.hops.push_back({head(group), "reaches the metadata of its node: two hops are allowed"});
  path.hops.push_back({head(*role), "gets credentials of IAM role " + name});
  path.hops.push_back({power.place, "allows " + power.what});
  path.message = "pods on " + std::string(group.address) + " get credentials of the node's IAM role " + name + ", which allows " + power.what;
  path.cut = limit.valid() ? limit : head(group);
  path.how_to_cut = "require session tokens and allow one hop (http_put_response_hop_limit = 1)";
  path.open = power.open;
  out.push_back(std::move(path));
  return out;
}

}  // namespace assay::rules::identity
