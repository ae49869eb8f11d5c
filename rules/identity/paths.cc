#include "rules/identity/paths.h"

#include <algorithm>

#include "rules/identity/glob.h"
#include "rules/identity/trust.h"

namespace assay::rules::identity {
namespace {

using model::Edge;
using model::EdgeKind;
using model::Resource;
using model::Value;

core::Span place_of(const Value* value) {
  if (!value) return {};
  if (const model::Origin* literal = model::deciding_literal(value->origin); literal && literal->span.valid()) return literal->span;
  return value->span;
}
core::Span place_of(const Resource& resource) { return resource.header.valid() ? resource.header : resource.span; }

std::string name_of(const Resource& resource) { return std::string(resource.address); }

// "Deployment shop/web".
std::string workload_name(const Resource& workload, const Account& account, const Value& view) {
  const Value* owner = view.find("workload");
  std::string_view kind = owner ? text_at(*owner, "kind") : std::string_view{};
  std::string_view name = owner ? text_at(*owner, "name") : std::string_view{};
  if (kind.empty() || name.empty()) return name_of(workload);
  return std::string(kind) + " " + account.name_space + "/" + std::string(name);
}

bool is_google_power(std::string_view role) {
  static constexpr std::string_view kRoles[] = {
      "roles/owner", "roles/editor", "roles/iam.serviceAccountTokenCreator", "roles/iam.serviceAccountUser", "roles/iam.serviceAccountKeyAdmin",
      "roles/iam.serviceAccountAdmin", "roles/iam.securityAdmin", "roles/iam.organizationRoleAdmin", "roles/iam.roleAdmin",
      "roles/resourcemanager.projectIamAdmin", "roles/resourcemanager.organizationAdmin", "roles/resourcemanager.folderIamAdmin",
      "roles/deploymentmanager.editor", "roles/cloudfunctions.admin", "roles/cloudfunctions.developer", "roles/compute.admin",
      "roles/compute.instanceAdmin.v1", "roles/container.admin", "roles/cloudbuild.builds.editor", "roles/secretmanager.admin",
      "roles/secretmanager.secretAccessor", "roles/storage.admin"};
  return std::find(std::begin(kRoles), std::end(kRoles), role) != std::end(kRoles);
}

bool is_azure_power(std::string_view role) {
  return role == "Owner" || role == "Contributor" || role == "User Access Administrator" || role == "Role Based Access Control Administrator";
}

// Starts a path of a pod: from outside, the workload, its account.
AttackPath begin_path(const Resource& workload, const Value& view, const Account& account, const std::vector<const Resource*>& exposure) {
  AttackPath path;
  path.certain = Tri::kYes;
  for (const Resource* step : exposure) {
    path.hops.push_back({place_of(*step), (path.hops.empty() ? "reached from outside through " : "to ") + name_of(*step)});
  }
  path.hops.push_back({place_of(workload), workload_name(workload, account, view)});
  core::Span runs = account.written ? place_of(account.written) : place_of(workload);
  std::string what = "runs as service account " + account.name_space + "/" + account.name;
  if (account.written || !account.resource) path.hops.push_back({runs, what});
  else path.hops.push_back({place_of(*account.resource), what});
  return path;
}

void finish(AttackPath& path, const Resource& workload, const Value& view, const Account& account, bool exposed, std::string identity,
            const CloudPower& power) {
  path.certain = both(path.certain, power.certain);
  path.hops.push_back({power.place, "allows " + power.what});
  path.open = power.open;
  path.message = workload_name(workload, account, view) + (exposed ? ", reachable from outside," : "") + " acts as " + identity + ", which allows " + power.what;
}

// The trust policy of a role. One that is written as a policy document of Terraform is read there: its conditions keep what
// is known of their keys.
const Document* trust_policy(const Principals& principals, const Resource& role, core::Arena& arena) {
  const Resource* source = nullptr;
  size_t count = 0;
  for (const Edge& edge : principals.project().edges_from(role.index)) {
    const Resource& other = *principals.project().resources[edge.to];
    if (edge.kind != EdgeKind::kRefers || edge.path != "assume_role_policy") continue;
    ++count;
    source = &other;
  }
  if (count == 1) {
    const Value* written = find_view(*source, "aws/iam/policy-document");
    bool whole = written && !written->find("source_policy_documents") && !written->find("override_policy_documents");
    if (const Document* document = whole ? read_document(*written, *source->root, arena) : nullptr) return document;
  }
  const model::View* view = Principals::principal_view(role);
  const Value* written = view ? view->value.find("assume_role_policy") : nullptr;
  return written ? read_document(*written, *role.root, arena) : nullptr;
}

// May the token of a service account assume the role? Where the condition on its subject stands, and whether it is wide.
struct Trust {
  Tri allowed = Tri::kNo;
  core::Span place;
  bool any_account = false;  // more than this one could
};
Trust trusts_account(Asker& asker, const Principals& principals, const Resource& role, const Account& account, core::Arena& arena) {
  Trust out;
  const Document* document = trust_policy(principals, role, arena);
  if (!document) {
    out.allowed = Tri::kMaybe;
    out.place = place_of(role);
    return out;
  }
  std::string subject = "system:serviceaccount:" + account.name_space + ":" + account.name;
  for (const Statement& statement : document->statements) {
    if (statement.open) {
      out.allowed = either(out.allowed, Tri::kMaybe);
      continue;
    }
    if (!allows(statement)) continue;
    bool web = std::any_of(statement.actions.begin(), statement.actions.end(), [](const Term& term) {
      return action_matches(term, "sts:AssumeRoleWithWebIdentity") != Tri::kNo;
    });
    if (!web || !asker.holds(document->root, statement.guards)) continue;
    Tri allowed = Tri::kYes;
    bool limited = false;
    for (const Condition& condition : statement.conditions) {
      if (!condition.known) {
        allowed = both(allowed, Tri::kMaybe);
        limited = true;
        continue;
      }
      Request request;
      bool about_subject = condition.key.ends_with(":sub");
      if (about_subject) request.keys.push_back({condition.key, {subject}, true});
      else if (condition.key.ends_with(":aud")) request.keys.push_back({condition.key, {"sts.amazonaws.com"}, true});
      else continue;
      Tri holds = condition_holds(condition, request);
      allowed = both(allowed, holds);
      if (!about_subject) continue;
      out.place = place_of(condition.value);
      // Would it also let in an account of another name?
      request.keys[0].values = {"system:serviceaccount:" + account.name_space + "-x:" + account.name + "-x"};
      limited = limited || condition_holds(condition, request) == Tri::kNo;
    }
    if (allowed > out.allowed) {
      out.allowed = allowed;
      out.any_account = !limited;
      if (!out.place.valid() && statement.value) out.place = place_of(statement.value);
    }
  }
  return out;
}

bool trusts_service(Asker& asker, const Resource& role, std::string_view service, core::Arena& arena) {
  const model::View* view = Principals::principal_view(role);
  const Value* written = view ? view->value.find("assume_role_policy") : nullptr;
  const Document* document = written ? read_document(*written, *role.root, arena) : nullptr;
  if (!document) return true;  // not known: what uses the role says that it may
  for (const Statement& statement : document->statements) {
    if (statement.open) return true;
    if (!allows(statement) || !asker.holds(document->root, statement.guards)) continue;
    for (const Principal& principal : statement.principals) {
      if (!principal.id.known || glob_matches(principal.id.text, service, false)) return true;
    }
  }
  return false;
}

// The roles that a service account may take in AWS, with how.
struct Way {
  const Resource* role;
  const Resource* association;       // of EKS; null: by annotation
  const Value* annotation;
};
std::vector<Way> ways_to_aws(const Principals& principals, const Cluster& cluster, const Account& account) {
  std::vector<Way> out;
  const model::Project& project = principals.project();
  if (account.annotations && account.annotations->is_mapping()) {
    if (const Value* arn = account.annotations->find("eks.amazonaws.com/role-arn")) {
      const Resource* role = principals.role_of(*arn);
      // Terraform knows which role an attribute names even where its text is not known.
      for (const Edge& edge : project.edges_from(account.resource->index)) {
        if (!role && Principals::principal_view(*project.resources[edge.to])) role = project.resources[edge.to];
      }
      if (role) out.push_back({role, nullptr, arn});
    }
  }
  for (const Resource* resource : cluster.links(CloudLink::kEksAssociation)) {
    bool terraform = resource->format == "terraform";
    const Value& own = resource->attributes;
    if (text_at(own, terraform ? "namespace" : "Namespace") != account.name_space ||
        text_at(own, terraform ? "service_account" : "ServiceAccount") != account.name) {
      continue;
    }
    const Value* arn = own.find(terraform ? "role_arn" : "RoleArn");
    const Resource* role = arn ? principals.role_of(*arn) : nullptr;
    for (const Edge& edge : project.edges_from(resource->index)) {
      const Resource* other = project.resources[edge.to];
      if (!role && find_view(*other, "aws/iam/role")) role = other;
    }
    if (role) out.push_back({role, resource, arn});
  }
  return out;
}

void add_aws(Asker& asker, const Principals& principals, const Cluster& cluster, const Resource& workload, const Value& view, const Account& account,
             const std::vector<const Resource*>& exposure, bool to_cluster, core::Arena& arena, std::vector<AttackPath>& out) {
  for (const Way& way : ways_to_aws(principals, cluster, account)) {
    Trust trust;
    if (way.association) {
      if (!trusts_service(asker, *way.role, "pods.eks.amazonaws.com", arena)) continue;
      trust.allowed = Tri::kYes;
    } else {
      trust = trusts_account(asker, principals, *way.role, account, arena);
      if (trust.allowed == Tri::kNo) continue;
    }
    CloudPower power = to_cluster ? power_in_cluster(principals, cluster, *way.role) : power_of_role(asker, principals, *way.role, arena);
    if (power.certain == Tri::kNo) continue;
    AttackPath path = begin_path(workload, view, account, exposure);
    path.certain = trust.allowed;
    if (trust.allowed == Tri::kMaybe) {
      path.only_if = name_of(*way.role) + " lets in service account " + account.name_space + "/" + account.name;
    }
    if (way.association) {
      path.hops.push_back({place_of(*way.association), "gets the role by " + name_of(*way.association)});
      path.cut = place_of(*way.association);
      path.how_to_cut = "give the account a role made for this workload";
    } else {
      path.hops.push_back({place_of(way.annotation), "names the role in its annotation"});
      path.cut = trust.any_account ? trust.place : power.place;
      path.how_to_cut = trust.any_account ? "let the trust policy name this one service account" : "give the role what the workload needs";
    }
    path.hops.push_back({place_of(*way.role), "IAM role " + name_of(*way.role)});
    if (trust.place.valid()) path.hops.push_back({trust.place, trust.any_account ? "trusts more than this account" : "trusts the account"});
    finish(path, workload, view, account, !exposure.empty(), "IAM role " + name_of(*way.role), power);
    if (!account.written) {
      path.cut = place_of(workload);
      path.how_to_cut = "run the workload as an account of its own, not as the default one";
    }
    out.push_back(std::move(path));
  }
}

void add_google(const Cluster& cluster, const Resource& workload, const Value& view, const Account& account,
                const std::vector<const Resource*>& exposure, std::vector<AttackPath>& out) {
  const model::Project& project = cluster.project();
  if (!account.annotations || !account.annotations->is_mapping()) return;
  const Value* annotation = account.annotations->find("iam.gke.io/gcp-service-account");
  if (!annotation) return;
  std::string_view email = annotation->is_string() ? annotation->text() : std::string_view{};
  const Resource* identity = nullptr;
  for (const Resource* resource : cluster.links(CloudLink::kGoogleAccount)) {
    if (identity) break;
    std::string_view id = text_at(resource->attributes, "account_id");
    if (!email.empty() && !id.empty() && email.starts_with(id) && email.substr(id.size()).starts_with("@")) identity = resource;
    if (email.empty()) {
      for (const Edge& edge : project.edges_from(account.resource->index)) {
        if (edge.to == resource->index) identity = resource;
      }
    }
  }
  if (!identity) return;
  // The account may act as it only where it is a member of workloadIdentityUser.
  std::string member = "[" + account.name_space + "/" + account.name + "]";
  const Resource* link = nullptr;
  for (const Resource* resource : cluster.links(CloudLink::kGoogleAccountGrant)) {
    if (text_at(resource->attributes, "role") != "roles/iam.workloadIdentityUser") continue;
    bool about = false;
    for (const Edge& edge : project.edges_from(resource->index)) about = about || edge.to == identity->index;
    auto is_member = [&](const Value* value) {
      if (!value) return false;
      std::string_view text = value->is_string() ? value->text() : value->is_unknown() ? value->unknown().suffix : std::string_view{};
      return text.ends_with(member);
    };
    bool named = is_member(resource->attributes.find("member"));
    if (const Value* members = resource->attributes.find("members"); members && members->is_sequence()) {
      for (const Value& one : members->items()) named = named || is_member(&one);
    }
    if (about && named) link = resource;
  }
  if (!link) return;
  for (const Resource* resource : cluster.links(CloudLink::kGoogleProjectGrant)) {
    const Value* grant = find_view(*resource, "google/project/iam");
    if (!grant || !is_google_power(text_at(*grant, "role"))) continue;
    bool about = false;
    for (const Edge& edge : project.edges_from(resource->index)) about = about || edge.to == identity->index;
    std::string_view to = text_at(*grant, "member");
    if (!about && !(to.starts_with("serviceAccount:") && to.substr(15) == email && !email.empty())) continue;
    AttackPath path = begin_path(workload, view, account, exposure);
    path.hops.push_back({place_of(annotation), "names the Google service account in its annotation"});
    path.hops.push_back({place_of(*link), "may act as it by " + name_of(*link)});
    path.hops.push_back({place_of(*identity), "Google service account " + name_of(*identity)});
    CloudPower power{Tri::kYes, std::string(text_at(*grant, "role")), place_of(*resource), {}};
    finish(path, workload, view, account, !exposure.empty(), "Google service account " + name_of(*identity), power);
    path.cut = power.place;
    path.how_to_cut = "grant a narrower role, on the resource instead of the project";
    out.push_back(std::move(path));
  }
}

void add_azure(const Cluster& cluster, const Resource& workload, const Value& view, const Account& account,
               const std::vector<const Resource*>& exposure, std::vector<AttackPath>& out) {
  const model::Project& project = cluster.project();
  std::string subject = "system:serviceaccount:" + account.name_space + ":" + account.name;
  for (const Resource* credential : cluster.links(CloudLink::kAzureCredential)) {
    if (text_at(credential->attributes, "subject") != subject) continue;
    for (const Edge& edge : project.edges_from(credential->index)) {
      const Resource& identity = *project.resources[edge.to];
      if (identity.type != "azurerm_user_assigned_identity") continue;
      for (uint32_t at : project.edges_to(identity.index)) {
        const Edge& used = project.edges[at];
        const Resource& assignment = *project.resources[used.from];
        if (assignment.type != "azurerm_role_assignment" || !used.path.starts_with("principal_id")) continue;
        std::string_view role = text_at(assignment.attributes, "role_definition_name");
        if (!is_azure_power(role)) continue;
        AttackPath path = begin_path(workload, view, account, exposure);
        path.hops.push_back({place_of(*credential), "is trusted by " + name_of(*credential)});
        path.hops.push_back({place_of(identity), "Azure identity " + name_of(identity)});
        CloudPower power{Tri::kYes, "the role " + std::string(role), place_of(assignment), {}};
        finish(path, workload, view, account, !exposure.empty(), "Azure identity " + name_of(identity), power);
        path.cut = power.place;
        path.how_to_cut = "assign a narrower role, or a smaller scope";
        out.push_back(std::move(path));
      }
    }
  }
}

void add_cluster(const Cluster& cluster, const Resource& workload, const Value& view, const Account& account,
                 const std::vector<const Resource*>& exposure, std::vector<AttackPath>& out) {
  for (const Binding& binding : cluster.bindings_of(account)) {
    ClusterPower power = cluster.power_of(binding);
    if (power.what.empty()) continue;
    AttackPath path = begin_path(workload, view, account, exposure);
    path.hops.push_back({binding.subject->span.valid() ? place_of(binding.subject) : place_of(*binding.resource), "is bound by " + name_of(*binding.resource)});
    core::Span place = power.place ? place_of(power.place) : place_of(*binding.resource);
    if (binding.role_resource) path.hops.push_back({place_of(*binding.role_resource), "to " + name_of(*binding.role_resource)});
    CloudPower gained{binding.deployed_to.empty() ? Tri::kYes : Tri::kMaybe, power.what, place, {}};
    finish(path, workload, view, account, !exposure.empty(), "service account " + account.name_space + "/" + account.name, gained);
    if (!binding.deployed_to.empty()) path.only_if = workload_name(workload, account, view) + " is deployed to namespace " + binding.deployed_to;
    bool shared = !account.written || text_at(*binding.subject, "kind") != "ServiceAccount";
    path.cut = shared ? place_of(*binding.resource) : place;
    path.how_to_cut = shared ? "bind the one service account that needs it, not one that others share" : "name the verbs, resources and namespaces that are needed";
    out.push_back(std::move(path));
  }
}

}  // namespace

CloudPower power_of_role(Asker& asker, const Principals& principals, const Resource& role, core::Arena& arena) {
  CloudPower out;
  Access access = principals.access_of(role, arena);
  if (access.documents.empty()) return out;
  Need need;
  Grant grant;
  std::vector<const Value*> open;
  // Everything: actions that have nothing in common.
  bool all = true;
  for (std::string_view action : {"iam:CreatePolicyVersion", "s3:DeleteBucket", "ec2:TerminateInstances", "kms:ScheduleKeyDeletion"}) {
    Grant one;
    all = all && find_grant(asker, access, action, need, one, open) == Tri::kYes;
    if (!grant.statement) grant = one;
  }
  if (all) return {Tri::kYes, "everything", place_of(grant.place()), {}};
  EscalationResult ways = find_escalations(asker, access, false, false);
  const std::vector<Escalation>& found = ways.certain.empty() ? ways.possible : ways.certain;
  if (found.empty()) return out;
  out.certain = ways.certain.empty() ? Tri::kMaybe : Tri::kYes;
  out.what = describe(*found[0].method);
  if (found.size() > 1) out.what += " and " + std::to_string(found.size() - 1) + " more ways to more permissions";
  out.place = place_of(found[0].grants[0].place());
  if (out.certain == Tri::kMaybe) out.open = ways.open;
  return out;
}

std::vector<AttackPath> paths_of_pod(Asker& asker, const Principals& principals, const Cluster& cluster, const Resource& workload,
                                     const Value& view, Cloud cloud, bool exposed, core::Arena& arena) {
  std::vector<AttackPath> out;
  Account account = cluster.account_of(workload, view);
  if (account.name.empty()) return out;
  std::vector<const Resource*> exposure = cluster.exposure_of(workload);
  if (exposed != !exposure.empty()) return out;
  switch (cloud) {
    case Cloud::kAws: add_aws(asker, principals, cluster, workload, view, account, exposure, false, arena, out); break;
    case Cloud::kRoleCluster: add_aws(asker, principals, cluster, workload, view, account, exposure, true, arena, out); break;
    case Cloud::kGoogle: add_google(cluster, workload, view, account, exposure, out); break;
    case Cloud::kAzure: add_azure(cluster, workload, view, account, exposure, out); break;
    case Cloud::kCluster: add_cluster(cluster, workload, view, account, exposure, out); break;
  }
  return out;
}

std::vector<AttackPath> paths_of_compute(Asker& asker, const Principals& principals, const Cluster* cluster, const Resource& compute,
                                         core::Arena& arena) {
  std::vector<AttackPath> out;
  const model::Project& project = principals.project();
  auto follow = [&](const Resource& role, std::vector<OriginStep> steps) {
    if (!find_view(role, "aws/iam/role")) return;
    CloudPower power = cluster ? power_in_cluster(principals, *cluster, role) : power_of_role(asker, principals, role, arena);
    if (power.certain == Tri::kNo) return;
    AttackPath path;
    path.certain = power.certain;
    path.hops.push_back({place_of(compute), name_of(compute)});
    for (OriginStep& step : steps) path.hops.push_back(std::move(step));
    path.hops.push_back({place_of(role), "IAM role " + name_of(role)});
    path.hops.push_back({power.place, "allows " + power.what});
    path.message = name_of(compute) + " runs with IAM role " + name_of(role) + ", which allows " + power.what;
    path.cut = power.place;
    path.how_to_cut = "give the role what the program needs";
    path.open = power.open;
    out.push_back(std::move(path));
  };
  for (const Edge& edge : project.edges_from(compute.index)) {
    if (edge.kind != EdgeKind::kRefers && edge.kind != EdgeKind::kRunsAs) continue;
    std::string_view path = edge.path;
    bool runs = path == "role" || path == "Role" || path.ends_with("task_role_arn") || path.ends_with("TaskRoleArn") ||
                path.ends_with("service_role") || path.ends_with("ServiceRole") || path.ends_with("role_arn") || path.ends_with("RoleArn");
    const Resource& other = *project.resources[edge.to];
    if (path.ends_with("execution_role_arn") && compute.type.find("ecs") != std::string_view::npos) continue;
    if (runs && find_view(other, "aws/iam/role")) follow(other, {});
    bool profile = path.find("iam_instance_profile") != std::string_view::npos || path.find("IamInstanceProfile") != std::string_view::npos;
    if (!profile || !find_view(other, "aws/iam/instance-profile")) continue;
    for (const Edge& next : project.edges_from(other.index)) {
      if (next.kind == EdgeKind::kRefers) follow(*project.resources[next.to], {{place_of(other), "has instance profile " + name_of(other)}});
    }
  }
  return out;
}

std::vector<AttackPath> paths_of_pipeline(Asker& asker, const Principals& principals, const Cluster* cluster, const Resource& role,
                                          core::Arena& arena) {
  std::vector<AttackPath> out;
  const Document* document = trust_policy(principals, role, arena);
  if (!document) return out;
  for (const Statement& statement : document->statements) {
    if (statement.open || !allows(statement)) continue;
    for (const Principal& principal : statement.principals) {
      std::string_view issuer = oidc_issuer(principal.id);
      bool pipeline = issuer.starts_with("token.actions.githubusercontent.com") || issuer.starts_with("gitlab.com") ||
                      issuer.find("terraform.io") != std::string_view::npos || issuer.starts_with("oidc.circleci.com") ||
                      issuer.starts_with("api.bitbucket.org") || issuer.starts_with("agent.buildkite.com");
      if (!pipeline || !asker.holds(document->root, statement.guards)) continue;
      CloudPower power = cluster ? power_in_cluster(principals, *cluster, role) : power_of_role(asker, principals, role, arena);
      if (power.certain == Tri::kNo) return out;
      AttackPath path;
      path.certain = power.certain;
      path.hops.push_back({place_of(principal.id.value), "tokens of " + std::string(issuer)});
      // Which subjects: a pinned branch or environment is the cut that was made already.
      std::string subjects;
      bool pinned = false;
      for (const Condition& condition : statement.conditions) {
        if (!condition.known || !condition.key.ends_with(":sub")) continue;
        pinned = !condition.values.empty();
        for (const Term& term : condition.values) {
          if (!term.known) continue;
          pinned = pinned && !has_wildcard(term.text) && term.text.find(":pull_request") == std::string_view::npos;
          subjects += (subjects.empty() ? "" : ", ") + std::string(term.text);
        }
        path.cut = place_of(condition.values.empty() ? condition.value : condition.values[0].value);
        path.hops.push_back({path.cut, "of " + (subjects.empty() ? "some subject" : subjects)});
      }
      if (pinned) continue;
      if (!path.cut.valid()) path.cut = place_of(principal.id.value);
      path.hops.push_back({place_of(role), "assume IAM role " + name_of(role)});
      path.hops.push_back({power.place, "allows " + power.what});
      path.message = "pipelines" + (subjects.empty() ? std::string() : " of " + subjects) + " assume " + name_of(role) + ", which allows " + power.what;
      path.how_to_cut = "name one branch or environment in the subject";
      path.open = power.open;
      out.push_back(std::move(path));
    }
  }
  return out;
}

}  // namespace assay::rules::identity
