// The format of Azure Resource Manager: deployment templates in JSON (comments allowed) and parameter
// files; one root per template.
//
// Every resource becomes a Resource: address "Microsoft.Storage/storageAccounts.NAME", attributes = its body with
// all expressions evaluated, `id` (its identity) and `parent` (that of the resource it is a part of)
// added. `condition` is an existence guard, `copy` makes instances, children carry joined names and
// types, resources of nested deployments are rows with the deployment's name as module path.
// Parameters and outputs are rows of kind "parameter" and "output".
//
// A parameter's defaultValue counts as its value (LoadOptions::parameter_files override it); a
// parameter without one is unknown ("param.https"). What Azure computes (reference(), list*(),
// subscription(), uniqueString()) is unknown and says so; equal calls are equal unknowns.
//
// Views, beside the canonical ones of alias tables: arm/resource, arm/parameter {name, type,
// defaultValue, ...}, arm/output {name, type, value}.
#pragma once

#include "parsers/formats/format.h"

namespace assay::formats {

const Format& arm_format();

}  // namespace assay::formats
