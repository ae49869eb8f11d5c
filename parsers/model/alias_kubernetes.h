// Kubernetes objects written in Terraform: resources of the kubernetes provider become the same
// canonical views as manifests (kubernetes/object, kubernetes/<kind>, kubernetes/workload,
// kubernetes/pod-template, ...), so that one rule serves both.
//
// Called by aliases.cc. Views live in the resource's root.
#pragma once

#include "parsers/model/alias_values.h"
#include "parsers/model/resource.h"

namespace assay::model {

// Adds views when the resource is one of the provider's; true when it was.
bool add_kubernetes_views(Resource& resource, AliasContext& context);

}  // namespace assay::model
