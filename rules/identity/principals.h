// Who holds which policies in the scanned code: the documents of a role, user or group, inline, attached, through
// groups, and the boundary; and of a policy the principals that it is attached to. AWS managed policies that matter
// come from a table of what they grant.
//
// Follows the edges of the resource graph and, for literal names and ARNs, a table of the project that is made once per
// worker. Threads: one Principals per worker.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "parsers/core/arena.h"
#include "parsers/model/resource.h"
#include "parsers/model/ties.h"
#include "rules/identity/access.h"

namespace assay::rules::identity {

// What an AWS managed policy grants, as far as it matters for privileges; null for those that are not in the table.
struct ManagedPolicy {
  std::string_view name;      // "AdministratorAccess"
  std::string_view document;  // JSON
  bool full = false;          // the whole account, or the means to take it
};
const ManagedPolicy* find_managed_policy(std::string_view name);
// The name in "arn:aws:iam::aws:policy/service-role/Name"; empty for ARNs of other policies.
std::string_view managed_name(std::string_view arn);
// The same of a term: an unknown partition does not matter.
std::string_view managed_name(const Term& arn);

class Principals {
 public:
  explicit Principals(const model::Project& project);

  const model::Project& project() const { return project_; }
  static bool is_principal(const model::Resource& resource);
  static const model::View* view_of(const model::Resource& resource, core::Symbol type);
  // The view by which the resource is a role, user or group; null when it is none.
  static const model::View* principal_view(const model::Resource& resource);

  // Everything a principal holds; documents are read into the arena.
  Access access_of(const model::Resource& principal, core::Arena& arena) const;
  // A policy by itself, within the boundary of those it is attached to, where all of them have one.
  Access access_of_policy(const model::Resource& policy, const model::Value& document, core::Arena& arena) const;
  // Roles, users and groups that hold the policy, in the order of the project.
  std::vector<const model::Resource*> holders(const model::Resource& policy) const;
  // Is it the permissions boundary of somebody?
  bool bounds_others(const model::Resource& policy) const;
  // The resource that an ARN or an unknown names ("arn:aws:iam::1:role/x", aws_iam_role.x.arn); null when it is not in
  // the scan, or when several could be meant.
  const model::Resource* role_of(const model::Value& arn) const;
  // What of the resource these functions may find, wherever it is.
  static void add_ties(const model::Resource& resource, model::Ties& out);

 private:
  void add_attached(const model::Resource& principal, const model::View& view, Access& access, core::Arena& arena) const;
  void add_policy(const model::Resource& policy, std::vector<const Document*>& documents, core::Arena& arena) const;
  void add_boundary(const model::Resource& principal, const model::Value& boundary, Access& access, core::Arena& arena) const;
  bool add_by_arn(const Term& arn, std::vector<const Document*>& documents, const model::Root& root, core::Arena& arena) const;

  // The one role of that name; null when there is none, or several.
  const model::Resource* role_called(const std::string& name) const;

  const model::Project& project_;
  std::unordered_multimap<std::string, const model::Resource*> policies_by_name_;
  std::unordered_multimap<std::string, const model::Resource*> roles_by_name_;
  std::unordered_map<std::string, const model::Resource*> by_identity_;  // "ROOT#address" of roles
};

}  // namespace assay::rules::identity
