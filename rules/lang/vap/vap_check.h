// ValidatingAdmissionPolicies over the manifests of a scan: every Kubernetes object, whatever format wrote it, is judged as
// the request that would create it. What is not known (a template's value, the labels of a Namespace that is not there) is
// answered by worlds, like in every rule; parameters and Namespaces are found beside the policies and among the scanned
// objects. A policy that nothing binds is judged anyway.
//
// Called by the pipeline where --policy names such files. Ownership: rules share the PolicySet. Threads: immutable.
#pragma once

#include <memory>
#include <vector>

#include "rules/engine/rule.h"
#include "rules/lang/admission/admission.h"

namespace assay::rules::vap {

// One rule for each policy: its id is the name of the policy. REQUIRES: the set was loaded with `judge_unbound`.
std::vector<Rule> rules_of(std::shared_ptr<const admission::PolicySet> set);

}  // namespace assay::rules::vap
