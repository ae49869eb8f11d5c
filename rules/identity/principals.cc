#include "rules/identity/principals.h"

#include <algorithm>

#include "parsers/model/alias_values.h"

namespace assay::rules::identity {
namespace {

using model::Edge;
using model::EdgeKind;
using model::Resource;
using model::TieKind;
using model::Value;

const core::Symbol& role_type() {
  static const core::Symbol type("aws/iam/role");
  return type;
}
const core::Symbol& user_type() {
  static const core::Symbol type("aws/iam/user");
  return type;
}
const core::Symbol& group_type() {
  static const core::Symbol type("aws/iam/group");
  return type;
}
const core::Symbol& policy_type() {
  static const core::Symbol type("aws/iam/policy");
  return type;
}

std::string_view text_of(const Value* value) {
  return value && value->is_string() ? value->text() : std::string_view{};
}

bool is_membership(const Resource& resource) {
  return resource.type == "aws_iam_user_group_membership" || resource.type == "aws_iam_group_membership" ||
         resource.type == "AWS::IAM::UserToGroupAddition";
}

// A policy that names the principals it is attached to.
bool names_its_holders(const Resource& policy) {
  return policy.type == "AWS::IAM::ManagedPolicy" || policy.type == "awscc_iam_managed_policy";
}

// "x" of "arn:aws:iam::1:role/path/x".
std::string_view last_part(std::string_view arn) { return arn.substr(arn.rfind('/') + 1); }

bool path_about(std::string_view path, std::string_view terraform, std::string_view cloudformation) {
  return path.starts_with(terraform) || path.starts_with(cloudformation);
}

}  // namespace

namespace {

// Calls visit(kind, name) for what the resource is found by.
template <typename Visit>
void for_each_name(const Resource& resource, Visit visit) {
  for (const model::View& view : resource.views) {
    if (view.type != policy_type() && view.type != role_type()) continue;
    bool role = view.type == role_type();
    if (std::string_view name = text_of(view.value.find("name")); !name.empty()) {
      visit(role ? TieKind::kRoleName : TieKind::kPolicyName, std::string(name));
    }
    if (!role) continue;
    visit(TieKind::kRoleIdentity, resource.root->path + "#" + std::string(resource.address));
    if (resource.format == "cloudformation") visit(TieKind::kRoleIdentity, resource.root->path + "#" + std::string(resource.name));
  }
}

}  // namespace

Principals::Principals(const model::Project& project) : project_(project) {
  for (const Resource* resource : project.resources) {
    for_each_name(*resource, [&](TieKind kind, std::string name) {
      if (kind == TieKind::kPolicyName) policies_by_name_.emplace(std::move(name), resource);
      else if (kind == TieKind::kRoleName) roles_by_name_.emplace(std::move(name), resource);
      else by_identity_.emplace(std::move(name), resource);
    });
  }
}

void Principals::add_ties(const Resource& resource, model::Ties& out) {
  for_each_name(resource, [&](TieKind kind, const std::string& name) { out.push_back(model::make_tie(kind, name)); });
}

const Resource* Principals::role_called(const std::string& name) const {
  model::ask(TieKind::kRoleName, name);
  return roles_by_name_.count(name) == 1 ? roles_by_name_.find(name)->second : nullptr;
}

const model::View* Principals::view_of(const Resource& resource, core::Symbol type) {
  for (const model::View& view : resource.views) {
    if (view.type == type) return &view;
  }
  return nullptr;
}

const model::View* Principals::principal_view(const Resource& resource) {
  for (const model::View& view : resource.views) {
    if (view.type == role_type() || view.type == user_type() || view.type == group_type()) return &view;
  }
  return nullptr;
}

bool Principals::is_principal(const Resource& resource) { return principal_view(resource) != nullptr; }

void Principals::add_policy(const Resource& policy, std::vector<const Document*>& documents, core::Arena& arena) const {
  for (const model::View& view : policy.views) {
    if (view.type != policy_type()) continue;
    const Value* written = view.value.find("policy");
    if (!written) continue;
    bool known = std::any_of(documents.begin(), documents.end(), [&](const Document* document) { return document->value == written; });
    if (known) continue;
    if (const Document* document = read_document(*written, *policy.root, arena)) documents.push_back(document);
  }
}

bool Principals::add_by_arn(const Term& arn, std::vector<const Document*>& documents, const model::Root& root, core::Arena& arena) const {
  std::string_view managed = managed_name(arn);
  if (!managed.empty()) {
    const ManagedPolicy* policy = find_managed_policy(managed);
    if (!policy) return true;  // one without privileges that matter here
    Value text = model::string_value(policy->document);
    if (arn.value) text.span = arn.value->span;
    const Document* document = read_document(*arena.make<Value>(text), root, arena);
    if (document) documents.push_back(document);
    return true;
  }
  if (!arn.known) return false;
  std::string name(last_part(arn.text));
  model::ask(TieKind::kPolicyName, name);
  auto range = policies_by_name_.equal_range(name);
  bool found = false;
  for (auto at = range.first; at != range.second; ++at) {
    add_policy(*at->second, documents, arena);
    found = true;
  }
  return found;
}

void Principals::add_attached(const Resource& principal, const model::View& view, Access& access, core::Arena& arena) const {
  if (const Value* inlines = view.value.find("inline_policy")) {
    auto add = [&](const Value& item) {
      const Value* written = item.find("policy");
      if (!written) return;
      if (const Document* document = read_document(*written, *principal.root, arena)) access.documents.push_back(document);
      else if (is_open_document(*written)) access.unread.push_back(written);
    };
    if (inlines->is_sequence()) {
      for (const Value& item : inlines->items()) add(item);
    } else {
      add(*inlines);
    }
  }
  // Policies of the scan, through the graph.
  size_t before = access.documents.size();
  auto add_edges = [&](const Resource& from, bool of_principal) {
    for (const Edge& edge : project_.edges_from(from.index)) {
      if (edge.kind != EdgeKind::kRefers) continue;
      if (of_principal && !path_about(edge.path, "managed_policy_arns", "ManagedPolicyArns")) continue;
      add_policy(*project_.resources[edge.to], access.documents, arena);
    }
  };
  add_edges(principal, true);
  for (uint32_t at : project_.edges_to(principal.index)) {
    const Edge& edge = project_.edges[at];
    const Resource& other = *project_.resources[edge.from];
    if (edge.kind == EdgeKind::kCompletes) {
      // Inline policies are in the view already; of attachments the policy is a step further.
      if (!view_of(other, policy_type())) add_edges(other, false);
    } else if (edge.kind == EdgeKind::kRefers && view_of(other, policy_type()) &&
               (path_about(edge.path, "roles", "Roles") || path_about(edge.path, "users", "Users") || path_about(edge.path, "groups", "Groups"))) {
      if (names_its_holders(other)) add_policy(other, access.documents, arena);
    }
  }
  bool through_graph = access.documents.size() > before;
  if (const Value* arns = view.value.find("managed_policy_arns")) {
    std::vector<Term> terms;
    read_terms(*arns, {}, arena, terms);
    for (const Term& term : terms) {
      if (!add_by_arn(term, access.documents, *principal.root, arena) && !(through_graph && term.fixed)) {
        access.unread.push_back(term.value);
      }
    }
  }
}

void Principals::add_boundary(const Resource& principal, const Value& boundary, Access& access, core::Arena& arena) const {
  std::vector<Term> terms;
  read_terms(boundary, {}, arena, terms);
  if (terms.empty()) return;
  access.has_boundary = true;
  for (const Edge& edge : project_.edges_from(principal.index)) {
    if (edge.kind == EdgeKind::kRefers && path_about(edge.path, "permissions_boundary", "PermissionsBoundary")) {
      add_policy(*project_.resources[edge.to], access.boundaries, arena);
    }
  }
  if (!access.boundaries.empty()) return;
  for (const Term& term : terms) {
    std::string_view managed = managed_name(term);
    bool read = (managed.empty() || find_managed_policy(managed)) && add_by_arn(term, access.boundaries, *principal.root, arena);
    if (!read) access.unread_boundaries.push_back(term.value);
  }
}

Access Principals::access_of(const Resource& principal, core::Arena& arena) const {
  Access access;
  const model::View* view = principal_view(principal);
  if (!view) return access;
  add_attached(principal, *view, access, arena);
  if (view->type == user_type()) {
    std::vector<const Resource*> groups;
    auto add = [&](const Resource& group) {
      if (!view_of(group, group_type()) || std::find(groups.begin(), groups.end(), &group) != groups.end()) return;
      groups.push_back(&group);
    };
    for (const Edge& edge : project_.edges_from(principal.index)) add(*project_.resources[edge.to]);
    for (uint32_t at : project_.edges_to(principal.index)) {
      const Resource& member = *project_.resources[project_.edges[at].from];
      if (!is_membership(member)) continue;
      for (const Edge& edge : project_.edges_from(member.index)) add(*project_.resources[edge.to]);
    }
    for (const Resource* group : groups) add_attached(*group, *view_of(*group, group_type()), access, arena);
  }
  if (const Value* boundary = view->value.find("permissions_boundary"); boundary && !boundary->is_null()) {
    add_boundary(principal, *boundary, access, arena);
  }
  return access;
}

std::vector<const Resource*> Principals::holders(const Resource& policy) const {
  std::vector<const Resource*> out;
  auto add = [&](const Resource& resource) {
    if (is_principal(resource) && std::find(out.begin(), out.end(), &resource) == out.end()) out.push_back(&resource);
  };
  if (is_principal(policy)) add(policy);
  for (const Edge& edge : project_.edges_from(policy.index)) {
    if (edge.kind == EdgeKind::kCompletes) add(*project_.resources[edge.to]);
    if (edge.kind == EdgeKind::kRefers && names_its_holders(policy)) add(*project_.resources[edge.to]);
  }
  for (uint32_t at : project_.edges_to(policy.index)) {
    const Edge& edge = project_.edges[at];
    const Resource& other = *project_.resources[edge.from];
    if (edge.kind != EdgeKind::kRefers) continue;
    if (is_principal(other)) {
      if (path_about(edge.path, "managed_policy_arns", "ManagedPolicyArns")) add(other);
      continue;
    }
    for (const Edge& next : project_.edges_from(other.index)) {
      if (next.kind == EdgeKind::kCompletes) add(*project_.resources[next.to]);
    }
  }
  std::sort(out.begin(), out.end(), [](const Resource* a, const Resource* b) { return a->index < b->index; });
  return out;
}

bool Principals::bounds_others(const Resource& policy) const {
  for (uint32_t at : project_.edges_to(policy.index)) {
    const Edge& edge = project_.edges[at];
    if (edge.kind == EdgeKind::kRefers && path_about(edge.path, "permissions_boundary", "PermissionsBoundary")) return true;
  }
  return false;
}

Access Principals::access_of_policy(const Resource& policy, const Value& document, core::Arena& arena) const {
  Access access;
  // The widest that others may have is no permission of anybody.
  std::vector<const Resource*> all = holders(policy);
  if (all.empty() && bounds_others(policy)) return access;
  if (const Document* read = read_document(document, *policy.root, arena)) access.documents.push_back(read);
  // Where every holder has a boundary, what none of them allows is not granted. The widest is what counts: with
  // several holders their boundaries are taken together.
  Access bounds;
  for (const Resource* holder : all) {
    const model::View* view = principal_view(*holder);
    const Value* boundary = view->value.find("permissions_boundary");
    if (!boundary || boundary->is_null()) return access;
    Access one;
    add_boundary(*holder, *boundary, one, arena);
    if (!one.has_boundary) return access;
    bounds.boundaries.insert(bounds.boundaries.end(), one.boundaries.begin(), one.boundaries.end());
    bounds.unread_boundaries.insert(bounds.unread_boundaries.end(), one.unread_boundaries.begin(), one.unread_boundaries.end());
  }
  if (!all.empty()) {
    access.has_boundary = true;
    access.boundaries = std::move(bounds.boundaries);
    access.unread_boundaries = std::move(bounds.unread_boundaries);
  }
  return access;
}

const Resource* Principals::role_of(const Value& arn) const {
  if (arn.is_string()) {
    std::string_view text = arn.text();
    if (text.starts_with("arn:") && text.find(":role/") == std::string_view::npos) return nullptr;
    return role_called(std::string(last_part(text)));
  }
  if (!arn.is_unknown()) return nullptr;
  std::string id(arn.unknown().id.text());
  for (std::string_view ending : {"", ".arn", ".Arn", ".id", ".name", ".unique_id"}) {
    if (!std::string_view(id).ends_with(ending)) continue;
    std::string identity = id.substr(0, id.size() - ending.size());
    model::ask(TieKind::kRoleIdentity, identity);
    auto found = by_identity_.find(identity);
    if (found != by_identity_.end()) return found->second;
  }
  // "arn:aws:iam::${account}:role/name": the name is known.
  std::string_view suffix = arn.unknown().suffix;
  if (suffix.find(":role/") != std::string_view::npos) {
    return role_called(std::string(last_part(suffix)));
  }
  return nullptr;
}

}  // namespace assay::rules::identity
