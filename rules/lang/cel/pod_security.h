// Pod Security Standards: the checks of the API server's pod security admission, exact for every
// minor version from 1.0 on, as CEL functions. Rules, the conformance runner and admission all judge
// through this one place.
//
//   pod_security(check, pod, part)             does this part of the pod violate the check? A part is a
//                                              container, a volume, a port, a kernel parameter, the name of
//                                              a capability or of a host namespace's field. A container
//                                              answers for what it takes over from its pod, too.
//   pod_security(check, pod)                   does the pod?
//   pod_security_violations(pod, level, version)   ids of the checks that refuse the pod at that level
//                                              ("baseline", "restricted") as of that version ("v1.31",
//                                              "latest"); empty at "privileged"
//
// `pod` is {metadata, spec}. The first two judge as of the target cluster's version (model::Target), and know a
// check before the version that introduced it. What is not known is decided by the world.
// Reference: k8s.io/pod-security-admission, package policy.
//
// Threads: pure functions over the evaluation.
#pragma once

#include <string_view>

#include "rules/lang/cel/environment.h"

namespace assay::rules::cel {

class Eval;

// Ids of the checks that refuse `pod`. `minor`: as of 1.minor.
std::vector<std::string_view> pod_security_violations(Eval& eval, const Val& pod, std::string_view level, int minor);

std::span<const FunctionRow> pod_security_library();

}  // namespace assay::rules::cel
