// Edges between Kubernetes objects over all files of a scan: what a workload runs as and reads, which
// pods a Service, a NetworkPolicy or a budget selects, whom a binding grants what.
//
// The pipeline calls it between the last Project::add and Project::seal, when all resources have their
// views: objects are seen as kubernetes/object, so that those of Terraform take part. Links are by namespace,
// kind and name; an object without a namespace is in "default", as in its address. Fills
// Project::kubernetes on the way. `asks`, if given, gets what objects ask of each other, by resource of the project.
// Threads: single-threaded; it changes the project and the arenas of its roots.
#pragma once

#include "parsers/model/resource.h"

namespace assay::formats {

// Is it a file from which tools make objects that no file shows: a kustomization, a chart?
bool is_generator(std::string_view path);

void link_kubernetes(model::Project& project, std::vector<model::Ties>* asks = nullptr);

}  // namespace assay::formats
