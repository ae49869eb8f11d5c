// Paths across formats for rules (rules/identity/paths.h): true when there is one. The finding shows its hops as the way
// that led to it, and the hop that is cheapest to cut as a related place.
//
//   iam.pod_path(x, to)           from a workload to power in "aws", "google", "azure" or the "cluster" itself
//   iam.pod_path(x, to, exposed)  the same, only where the path begins outside the cluster, or only where it does not
//   iam.compute_path(x)           from a function, instance, task or build to the IAM role it runs with
//   iam.pipeline_path(x)          from tokens of a pipeline to the IAM role `x`
//   iam.compute_path(x, to), iam.pipeline_path(x, to)   the same, where the role rules a "cluster" of EKS; pod_path: "role-cluster"
//   iam.node_path(x)              from any pod of a node group to the IAM role of the node
#include "rules/identity/paths.h"

#include <iterator>

#include "rules/lang/cel/identity_run.h"

namespace assay::rules::cel {
namespace {

using Args = std::span<const Val>;
using identity::AttackPath;
using identity::Tri;

// One finding per resource: of several paths the first certain one is shown in full, the others are named.
Val tell(IdentityRun& run, std::vector<AttackPath>& paths, std::string_view at) {
  const AttackPath* shown = nullptr;
  for (const AttackPath& path : paths) {
    if (path.certain == Tri::kNo) continue;
    if (!shown || (path.certain == Tri::kYes && shown->certain == Tri::kMaybe)) shown = &path;
  }
  if (!shown) return bool_val(false);
  if (shown->certain == Tri::kMaybe && !shown->only_if.empty()) {
    if (!run.asker().world() || !run.asker().world()->decide_other(shown->only_if, {})) return bool_val(false);
  } else if (shown->certain == Tri::kMaybe && !run.asker().ask("completes", shown->open, "the path to " + shown->hops.back().what)) {
    return bool_val(false);
  }
  run.say(shown->message);
  RunContext& context = run.context();
  context.hops.clear();
  for (const OriginStep& hop : shown->hops) {
    if (hop.span.valid()) context.hops.push_back(hop);
  }
  run.relate(shown->cut, "the cheapest hop to cut: " + shown->how_to_cut);
  for (const AttackPath& path : paths) {
    if (&path != shown && path.certain == Tri::kYes) run.relate(path.hops.back().span, path.message);
  }
  if (const model::Value* place = at.empty() ? nullptr : model::at_path(*run.view(), at)) run.point(*place);
  return bool_val(true);
}

Val pod_path(Eval& eval, Args args) {
  std::string_view to = args[1].text();
  if (to != "aws" && to != "google" && to != "azure" && to != "cluster" && to != "role-cluster") {
    return eval.error("iam.pod_path: the path leads to \"aws\", \"google\", \"azure\", \"cluster\" or \"role-cluster\"");
  }
  IdentityRun run(eval, args[0]);
  if (!run.view() || !run.context().project) return bool_val(false);
  identity::Cloud cloud = to == "aws"      ? identity::Cloud::kAws
                          : to == "google" ? identity::Cloud::kGoogle
                          : to == "azure"  ? identity::Cloud::kAzure
                          : to == "role-cluster" ? identity::Cloud::kRoleCluster
                                           : identity::Cloud::kCluster;
  std::vector<AttackPath> paths;
  for (bool exposed : {true, false}) {
    if (args.size() > 2 && args[2].boolean != exposed) continue;
    std::vector<AttackPath> some = identity::paths_of_pod(run.asker(), run.principals(), run.cluster(), *run.context().resource, *run.view(),
                                                          cloud, exposed, eval.arena());
    paths.insert(paths.end(), std::make_move_iterator(some.begin()), std::make_move_iterator(some.end()));
  }
  return tell(run, paths, "spec.serviceAccountName");
}

// The second argument, where there is one, says that power in a cluster is looked for.
const identity::Cluster* cluster_of(IdentityRun& run, Args args) { return args.size() > 1 && args[1].text() == "cluster" ? &run.cluster() : nullptr; }

Val compute_path(Eval& eval, Args args) {
  IdentityRun run(eval, args[0]);
  if (!run.view() || !run.context().project) return bool_val(false);
  std::vector<AttackPath> paths =
      identity::paths_of_compute(run.asker(), run.principals(), cluster_of(run, args), *run.context().resource, eval.arena());
  return tell(run, paths, {});
}

Val pipeline_path(Eval& eval, Args args) {
  IdentityRun run(eval, args[0]);
  if (!run.view() || !run.context().project) return bool_val(false);
  std::vector<AttackPath> paths =
      identity::paths_of_pipeline(run.asker(), run.principals(), cluster_of(run, args), *run.context().resource, eval.arena());
  return tell(run, paths, {});
}

Val node_path(Eval& eval, Args args) {
  IdentityRun run(eval, args[0]);
  if (!run.view() || !run.context().project) return bool_val(false);
  std::vector<AttackPath> paths = identity::paths_of_nodes(run.asker(), run.principals(), *run.context().resource, eval.arena());
  return tell(run, paths, {});
}

constexpr FunctionRow kRows[] = {
    {"iam.pod_path", "(dyn, string) bool", pod_path, kSeesUnknown},
    {"iam.pod_path", "(dyn, string, bool) bool", pod_path, kSeesUnknown},
    {"iam.compute_path", "(dyn) bool", compute_path, kSeesUnknown},
    {"iam.pipeline_path", "(dyn) bool", pipeline_path, kSeesUnknown},
    {"iam.compute_path", "(dyn, string) bool", compute_path, kSeesUnknown},
    {"iam.pipeline_path", "(dyn, string) bool", pipeline_path, kSeesUnknown},
    {"iam.node_path", "(dyn) bool", node_path, kSeesUnknown},
};

}  // namespace

std::span<const FunctionRow> identity_path_library() { return kRows; }

}  // namespace assay::rules::cel
