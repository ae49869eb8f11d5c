// The identities of Kubernetes in the scanned code, whatever format they are written in: which service account a workload
// runs as, what is bound to it, which cloud identity it may take, and whether the workload can be reached from outside.
//
// By names, as Kubernetes does: bindings and annotations name accounts that need not be in the scan. A workload meets all
// bindings and cloud identities of the scan; templates that leave names open meet none.
// Threads: built once per worker; read only.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "parsers/model/resource.h"
#include "parsers/model/ties.h"

namespace assay::rules::identity {

struct Account {  // of a workload
  std::string name_space, name;
  bool open_space = false;  // the manifest leaves the namespace to whoever applies it; name_space is "default"
  const model::Value* written = nullptr;      // serviceAccountName; null: the default one
  const model::Resource* resource = nullptr;  // null: not in the scan
  const model::Value* annotations = nullptr;  // of the account
};

struct Binding {
  const model::Resource* resource = nullptr;
  const model::Value* subject = nullptr;
  std::string role_kind, role;
  std::string name_space;                     // empty: the whole cluster
  std::string deployed_to;  // holds the account only where it is deployed to this namespace; empty: in any case
  const model::Resource* role_resource = nullptr;  // null: not in the scan (cluster-admin, ...)
};

// What a role lets its holder do that leads to the whole cluster.
struct ClusterPower {
  std::string what;                     // "everything", "binds any role"; empty: nothing
  const model::Value* place = nullptr;  // the rule; null for roles that are not in the scan
};

// Resources that join service accounts with identities of clouds.
enum class CloudLink : uint8_t {
  kEksAssociation, kGoogleAccount, kGoogleAccountGrant, kGoogleProjectGrant, kAzureCredential,
  kEksAccess, kAwsAuth,  // who of IAM may do what in a cluster: access entries and policies of EKS, and the ConfigMap aws-auth
};
inline constexpr size_t kCloudLinks = 7;

class Cluster {
 public:
  explicit Cluster(const model::Project& project);

  // The account that a workload (a view kubernetes/pod-template) runs as; nothing in `name` when it is not known.
  Account account_of(const model::Resource& workload, const model::Value& view) const;
  // Bindings whose subjects hold the account, by itself or through a group.
  std::vector<Binding> bindings_of(const Account& account) const;
  std::vector<Binding> bindings_of_group(std::string_view group) const;
  // Roles aggregated into a ClusterRole count.
  ClusterPower power_of(const Binding& binding) const;
  // The way from outside: a load balancer or node port, or an ingress and its service; empty when there is none.
  std::vector<const model::Resource*> exposure_of(const model::Resource& workload) const;

  // In the order of the project.
  const std::vector<const model::Resource*>& links(CloudLink kind) const;
  // What of the resource the functions above may find, wherever it is.
  static void add_ties(const model::Resource& resource, model::Ties& out);
  const model::Project& project() const { return project_; }

 private:
  ClusterPower power_of_rules(const model::Value& role, bool whole_cluster) const;

  struct Held {
    const model::Resource* binding;
    const model::Value* subject;
  };
  Binding read_binding(const Held& held, std::string deployed_to) const;

  const model::Project& project_;
  std::unordered_multimap<std::string, const model::Resource*> accounts_;  // by name
  std::unordered_multimap<std::string, const model::Resource*> roles_;     // by name
  std::unordered_multimap<std::string, Held> bindings_;                    // by "ServiceAccount web", "Group x", "User x"
  std::vector<const model::Resource*> links_[kCloudLinks];
};

// The view of a resource by a canonical type; null when it has none.
const model::Value* find_view(const model::Resource& resource, std::string_view type);
// A text at "metadata.name"; empty when it is absent or not known.
std::string_view text_at(const model::Value& value, std::string_view path);

}  // namespace assay::rules::identity
