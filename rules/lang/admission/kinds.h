// What is known of kinds where no API server can be asked: the resource that serves a kind, whether its objects have a
// namespace, and which resources hold the same objects in other groups and versions. Called by scans and by matching.
//
// Pure functions over static tables.
#pragma once

#include <string>
#include <string_view>

#include "rules/lang/admission/admission.h"

namespace assay::rules::admission {

struct GroupVersion {
  std::string_view group, version;
};
GroupVersion split_api_version(std::string_view text);  // "apps/v1", "v1"

// "networkpolicies" of "NetworkPolicy".
std::string resource_of_kind(std::string_view kind);
bool is_cluster_scoped(std::string_view group, std::string_view kind);
// A Namespace with the label that every API server gives it, its own name. Shares the parts of `object`.
model::Value with_name_label(const model::Value& object, core::Arena& arena);
// Does `group`/`version` serve the objects of the resource, too, under the same name (matchPolicy Equivalent)? Of built-in
// groups what an API server serves by default; of others any version may.
bool equivalent(const GroupVersionResource& resource, std::string_view group, std::string_view version);

}  // namespace assay::rules::admission
