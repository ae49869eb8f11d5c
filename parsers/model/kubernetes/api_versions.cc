#include "parsers/model/kubernetes/api_versions.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace assay::model::kubernetes {
namespace {

// Sorted by API version and kind.
#include "parsers/model/kubernetes/api_versions.inc"

}  // namespace

int parse_minor(std::string_view version) {
  if (version.empty() || version == "latest") return kNewestMinor;
  if (version.starts_with('v')) version.remove_prefix(1);
  if (!version.starts_with("1.")) return -1;
  version.remove_prefix(2);
  int minor = 0;
  size_t digits = 0;
  while (digits < version.size() && version[digits] >= '0' && version[digits] <= '9' && digits < 4) {
    minor = minor * 10 + (version[digits++] - '0');
  }
  bool ends = digits == version.size() || version[digits] == '.' || version[digits] == '+' || version[digits] == '-';
  return digits > 0 && ends ? minor : -1;
}

const ApiVersion* find_api_version(std::string_view api_version, std::string_view kind) {
  const std::pair wanted(api_version, kind);
  const auto* at = std::lower_bound(std::begin(kApiVersions), std::end(kApiVersions), wanted,
                                    [](const ApiVersion& row, const auto& key) {
                                      return std::pair(row.api_version, row.kind) < key;
                                    });
  bool found = at != std::end(kApiVersions) && at->api_version == api_version && at->kind == kind;
  return found ? at : nullptr;
}

std::string_view api_versions_data() { return kApiVersionsData; }

}  // namespace assay::model::kubernetes
