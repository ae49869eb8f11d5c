// What policy reports (policy_report.cc) are about and called: the object of Kubernetes behind a resource, and names that
// an API server takes. Called by that writer and its tests. Pure; results own their text. Threads: safe.
#pragma once

#include <string>
#include <string_view>

#include "rules/engine/finding.h"

namespace assay::report {

// An object of a cluster. Without a kind: something else, such as a resource of Terraform or a file.
struct PolicySubject {
  std::string api_version, kind, name;
  std::string name_space;  // empty: none was written, or it has none
  std::string uid;         // empty: not known
  bool cluster_scoped = false;
  bool is_object() const { return !kind.empty(); }
};

// `judged` may be null: then the namespace is what the address says.
PolicySubject policy_subject(const rules::ResourceRef& resource, const rules::JudgedResource* judged);

// A name of an object (RFC 1123, at most 63 bytes) that says what it is about; one per `identity`.
std::string report_name(std::string_view title, std::string_view identity);

}  // namespace assay::report
