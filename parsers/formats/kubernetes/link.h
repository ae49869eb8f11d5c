// Edges between Kubernetes objects over all files of a scan: what a workload runs as and reads, which
// pods a Service, a NetworkPolicy or a budget selects, whom a binding grants what.
//
// The pipeline calls it between the last Project::add and Project::seal, when all resources have their
// views: objects are seen as kubernetes/object, so that those of Terraform take part. Links are by namespace,
// kind and name; an object without a namespace is in "default", as in its address. Fills
// Project::kubernetes on the way.
// Threads: single-threaded; it changes the project and the arenas of its roots.
#pragma once

#include "parsers/model/resource.h"

namespace assay::formats {

void link_kubernetes(model::Project& project);

}  // namespace assay::formats
