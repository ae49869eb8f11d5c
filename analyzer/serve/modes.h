// What becomes of an objection: it denies, warns, is written to the audit log, or is not asked for at all. By the rule's
// severity, unless a row of `admission.modes` in assay.yaml says something else for the rule, the namespace, the object or
// whoever asks.
//
// Called by policies.cc and judge.cc. Ownership: rows own their texts. Threads: read only once made.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/pipeline/admission_settings.h"
#include "rules/engine/rule_set.h"
#include "rules/lang/admission/admission.h"

namespace assay::serve {

using pipeline::AdmissionSettings;
using pipeline::Mode;

// Is the name of an admission policy meant by an entry of `rules`? "*" stands for any text, "?" for one character.
bool matches_name(std::string_view pattern, std::string_view name);

// The rows of a configuration, against the rules of a set.
class Modes {
 public:
  Modes() = default;
  Modes(const AdmissionSettings& settings, const rules::RuleSet& rules);

  // Which rows concern a request. Cheap to make; refers to both.
  class Asked {
   public:
    // `cluster` may know the labels of namespaces; may be null.
    Asked(const Modes& modes, const rules::admission::Request& request, const rules::admission::Cluster* cluster);
    Mode of_rule(uint32_t rule) const;
    // Of a policy of another language that wants `own`: what a row that names it says, or one for all that eases.
    std::optional<Mode> of_policy(std::string_view name, Mode own) const;
    // A row that takes the rules out could not be decided: labels of the namespace are not known here.
    bool namespace_labels_unknown() const { return unknown_; }

   private:
    const Modes& modes_;
    std::vector<uint32_t> rows_;  // that concern it, the last one first
    bool unknown_ = false;
  };

  const AdmissionSettings& settings() const { return settings_; }

 private:
  friend class Asked;
  AdmissionSettings settings_;
  std::vector<Mode> standard_;                 // by rule
  std::vector<std::vector<bool>> concerned_;   // by row, by rule
};

}  // namespace assay::serve
