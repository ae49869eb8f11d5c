#include "rules/engine/finding.h"

namespace assay::rules {

std::string_view severity_name(Severity severity) {
  static constexpr std::string_view kNames[] = {"info", "low", "medium", "high", "critical"};
  return kNames[static_cast<size_t>(severity)];
}

std::optional<Severity> parse_severity(std::string_view text) {
  for (int i = 0; i <= static_cast<int>(Severity::kCritical); ++i) {
    if (severity_name(static_cast<Severity>(i)) == text) return static_cast<Severity>(i);
  }
  return std::nullopt;
}

std::string_view verdict_name(Verdict verdict) {
  static constexpr std::string_view kNames[] = {"pass", "not-evaluated", "maybe", "fail"};
  return kNames[static_cast<size_t>(verdict)];
}

std::string_view requirement_state_name(RequirementState state) {
  static constexpr std::string_view kNames[] = {"pass", "fail", "undecided", "no-resource", "not-assessed"};
  return kNames[static_cast<size_t>(state)];
}

}  // namespace assay::rules
