// Paths from a workload to power, across formats: a pod, its service account, the cloud identity it may take, and what
// that identity may do. Each hop has its place, so that a finding shows the whole way, and says which hop is the
// cheapest to cut.
// Threads: pure functions over the indices of the project.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/engine/finding.h"
#include "rules/identity/cluster.h"
#include "rules/identity/escalation.h"
#include "rules/identity/principals.h"

namespace assay::rules::identity {

struct AttackPath {
  Tri certain = Tri::kNo;          // kNo: there is none
  std::vector<OriginStep> hops;    // from the start to what is gained
  std::string message;
  core::Span cut;                  // the hop to cut
  std::string how_to_cut;
  std::vector<const model::Value*> open;
  std::string only_if;             // of a path that is kMaybe: what has to hold beside
};

// What an IAM principal may do that gives it the account.
struct CloudPower {
  Tri certain = Tri::kNo;
  std::string what;
  core::Span place;
  std::vector<const model::Value*> open;
};
CloudPower power_of_role(Asker& asker, const Principals& principals, const model::Resource& role, core::Arena& arena);

// What it may do in a cluster of EKS that gives it the cluster, by access entries or the ConfigMap aws-auth.
CloudPower power_in_cluster(const Principals& principals, const Cluster& cluster, const model::Resource& role);

// kRoleCluster: an IAM role that rules a cluster.
enum class Cloud : uint8_t { kAws, kGoogle, kAzure, kCluster, kRoleCluster };

// Paths of a workload (a view kubernetes/pod-template), at most one per cloud identity or binding. `exposed`: only those
// that begin outside the cluster; else only those that do not.
std::vector<AttackPath> paths_of_pod(Asker& asker, const Principals& principals, const Cluster& cluster,
                                     const model::Resource& workload, const model::Value& view, Cloud cloud, bool exposed,
                                     core::Arena& arena);
// From a function, instance or task to the IAM role it runs with. With a cluster: to power in that one, not in AWS.
std::vector<AttackPath> paths_of_compute(Asker& asker, const Principals& principals, const Cluster* cluster, const model::Resource& compute,
                                         core::Arena& arena);
// From tokens of a pipeline (GitHub, GitLab, ...) to the role that they may assume. `cluster` as above.
std::vector<AttackPath> paths_of_pipeline(Asker& asker, const Principals& principals, const Cluster* cluster, const model::Resource& role,
                                          core::Arena& arena);
// From any pod of a node group through the metadata service to the role of the node.
std::vector<AttackPath> paths_of_nodes(Asker& asker, const Principals& principals, const model::Resource& group, core::Arena& arena);

}  // namespace assay::rules::identity
