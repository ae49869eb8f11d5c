// Ties: what a part of a scan asks of the rest, and what it has that others may ask about. Where one part asks for what
// another has, they belong together; parts that nothing ties can be analysed one without the other, and what was found
// of the one still holds when the other changes (analyzer/pipeline/units.h).
//
// Whoever looks beyond the part that it works on says what it asked for, found or not, by ask(): lookups by name in
// tables of the whole scan do it where the lookup is. What answers stands beside the table's making, in the same words.
// A tie is a hash of these words: two that are equal by chance tie too much, never too little.
//
// Threads: what is asked goes to the innermost AskScope of the thread; without one asking costs a load and a branch.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace assay::model {

using Tie = uint64_t;

enum class TieKind : uint8_t {
  kFile,            // path: that it is among the files of the scan
  kFileName,        // name of a file, in whatever directory
  kModule,          // directory of Terraform files
  kRoot,            // path of a root whose resources are referred to by name
  kExports,         // templates that export values
  kObject,          // Kubernetes: namespace, kind, name
  kObjectKind,      // namespace, kind
  kObjectType,      // namespace, canonical type
  kUnnamed,         // namespace, kind: objects whose names are not known
  kBeside,          // directory, namespace, kind
  kLabel,           // of pods: namespace, key, value
  kPods,            // namespace
  kOpenPods,        // namespace: pods whose labels are not all known
  kGenerator,       // directory of a kustomization or chart
  kUnread,          // directory some files of which were not read
  kRoleName, kRoleIdentity, kPolicyName,  // AWS: name; "ROOT#address"
  kServiceAccount,  // name
  kGranted,         // RBAC: "Group x", "ServiceAccount x"
  kClusterRole,     // RBAC: name; "" asks for all
  kCloudLink,       // which list of CloudLinks
  kView,            // canonical type
};

Tie make_tie(TieKind kind, std::string_view a = {}, std::string_view b = {}, std::string_view c = {});

using Ties = std::vector<Tie>;
void sort_ties(Ties& ties);  // and each once

namespace detail {
inline thread_local Ties* asked = nullptr;
}

// While it lives, what its thread asks for is added to `out` (null: to nothing).
class AskScope {
 public:
  explicit AskScope(Ties* out) : before_(detail::asked) { detail::asked = out; }
  ~AskScope() { detail::asked = before_; }
  AskScope(const AskScope&) = delete;
  AskScope& operator=(const AskScope&) = delete;

 private:
  Ties* before_;
};

inline bool asks_are_noted() { return detail::asked != nullptr; }
inline void ask(TieKind kind, std::string_view a = {}, std::string_view b = {}, std::string_view c = {}) {
  if (detail::asked) detail::asked->push_back(make_tie(kind, a, b, c));
}

}  // namespace assay::model
