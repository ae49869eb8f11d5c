// What Assay knows about Kubernetes kinds: which groups are built in, which kinds have no namespace,
// which files only look like objects. Data of API 1.36; custom resources are judged by their shape.
//
// Pure functions over static tables.
#pragma once

#include <string>
#include <string_view>

namespace assay::formats::kubernetes {

// "apps/v1" is group "apps", version "v1"; "v1" is the core group "".
struct ApiVersion {
  std::string_view group;
  std::string_view version;
};
ApiVersion split_api_version(std::string_view text);

// The core group, those without a dot ("apps") and those that end in ".k8s.io" and are served by the
// API server itself.
bool is_builtin_group(std::string_view group);
// Of a built-in group; custom resources that are named like clusters' ones ("ClusterIssuer") are
// taken to be without namespace too.
bool is_cluster_scoped(std::string_view group, std::string_view kind);
// A kind that the core API or its groups serve, whatever group it is written in here.
bool is_builtin_kind(std::string_view kind);
// apiVersion and kind of files that a client reads and no API server stores: kustomization files,
// kubeconfig, kind and kubeadm configuration.
bool is_client_configuration(std::string_view group, std::string_view kind);
// "NetworkPolicy" is "network-policy", "APIService" is "api-service".
std::string kebab_case(std::string_view kind);

}  // namespace assay::formats::kubernetes
