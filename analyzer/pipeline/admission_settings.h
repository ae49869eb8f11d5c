// What `admission:` of assay.yaml says: what becomes of an objection at the door of a cluster. config_admission.cc reads it,
// analyzer/serve follows it; scans do not look at it.
//
// Ownership: everything owns its text. Threads: read only once filled.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "rules/engine/finding.h"

namespace assay::pipeline {

enum class Mode : uint8_t { kOff, kAudit, kWarn, kEnforce };

// As metav1.LabelSelector.
struct LabelTerm {
  std::string key;
  enum class Operator : uint8_t { kIn, kNotIn, kExists, kDoesNotExist } with = Operator::kIn;
  std::vector<std::string> values;
};
using LabelSelector = std::vector<LabelTerm>;  // all of them; none: everything

// One entry of `modes`. Later ones win. Lists that are empty stand for everything.
struct ModeRow {
  std::vector<std::string> rules;       // ids, names, aliases or globs; names of other policies as well
  Mode mode = Mode::kEnforce;
  std::vector<std::string> namespaces, kinds, names, users, groups;  // globs; "!" in front takes back
  LabelSelector objects, of_namespace;  // by labels
  std::string reason;
  std::string file;                     // where it stands, for messages
  uint32_t line = 0, column = 0;
};

enum class FailureMode : uint8_t {
  kError,  // an error of HTTP: failurePolicy of the webhook decides
  kDeny,
  kAllow,
};

struct AdmissionSettings {
  rules::Severity enforce_at = rules::Severity::kHigh;  // rules at or above deny
  bool enforce_none = false;
  rules::Severity warn_at = rules::Severity::kMedium;   // below that, rules warn at or above this one; the others audit
  bool warn_none = false;
  Mode existing = Mode::kWarn;  // of what an update finds as it was
  FailureMode failure = FailureMode::kError;
  std::vector<ModeRow> modes;
};

}  // namespace assay::pipeline
