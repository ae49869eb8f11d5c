// Which versions of Kubernetes serve which API versions: the table behind rules about removed and
// deprecated API versions, and what a version is called.
//
// The table is generated: api_versions.inc by generate_api_versions.py. Pure functions over it.
#pragma once

#include <cstdint>
#include <string_view>

namespace assay::model::kubernetes {

// The newest version whose rules are known: 1.37.
inline constexpr int kNewestMinor = 37;

// The minor of "1.24", "v1.24", "v1.24.3" or "1.24.3-gke.100"; kNewestMinor of "latest" and ""; -1 of anything else.
int parse_minor(std::string_view version);

struct ApiVersion {
  std::string_view api_version;  // "apps/v1beta1"
  std::string_view kind;
  uint8_t deprecated = 0;        // minor of Kubernetes; 0: not known, or of another product
  uint8_t removed = 0;           // 0: still served
  std::string_view replacement;  // an API version; "" when there is none
  std::string_view product;      // "" for Kubernetes itself, else "cert-manager 1.6": the version that removed it
};

// Null when nothing is wrong with the pair.
const ApiVersion* find_api_version(std::string_view api_version, std::string_view kind);
// What the table was made from.
std::string_view api_versions_data();

}  // namespace assay::model::kubernetes
