// The Kubernetes format: manifests in YAML and JSON, one root per file.
//
// Every object becomes a Resource: address Kind.namespace.name ("default" where no namespace is
// written; Kind.name for kinds without one), type "apps/v1/Deployment", attributes = the object.
// List kinds are expanded. Custom resources are plain objects. Scalars, merge keys and repeated keys
// are read as sigs.k8s.io/yaml (kubectl, Helm, controllers) reads them.
//
// Views that rules are written against:
//   kubernetes/object         every object
//   kubernetes/<kind>         in kebab case (kubernetes/network-policy); a custom kind that bears the name
//                             of a built-in one carries its group: kubernetes/serving.knative.dev/service
//   kubernetes/role           Role and ClusterRole; kubernetes/role-binding likewise
//   kubernetes/workload       every object that makes pods
//   kubernetes/pod-template   {apiVersion, kind, metadata, spec} of the pods it makes, `containers` of
//                             all three lists, and `workload` {apiVersion, kind, name, namespace,
//                             metadata, spec} of the object itself
//
// Files that a template engine has yet to render are claimed and reported as skipped.
#pragma once

#include "parsers/formats/format.h"

namespace assay::formats {

const Format& kubernetes_format();

}  // namespace assay::formats
