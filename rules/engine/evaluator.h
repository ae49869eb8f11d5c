// The evaluator: every rule against every resource of its type, in every world (world.h), in
// parallel. Its output is the same for any number of jobs.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "parsers/core/deadline.h"
#include "parsers/model/resource.h"
#include "parsers/model/ties.h"
#include "rules/engine/finding.h"
#include "rules/engine/fingerprint.h"
#include "rules/engine/rule_set.h"

namespace assay::rules {

// Of one rule with `each` in one resource; then the rest of its elements is counted as not judged.
inline constexpr size_t kMaxFindingsOfRule = 1000;

// What is noted while judging for scans that are repeated in parts (analyzer/pipeline/partition.h).
struct EvaluationNotes {
  std::vector<uint32_t> evaluations;  // by resource
  std::vector<model::Ties> asks;      // by resource: what its rules asked of the rest of the project
  std::vector<FingerprintKey> keys;   // of all findings, in their order
};

struct EvaluateOptions {
  unsigned jobs = 1;
  // Files whose findings are wanted: a finding counts when its region or a step of its origin lies
  // in one of them. Empty: all. Fingerprints and the lists of instances are those of all files.
  std::vector<core::FileId> focus;
  bool late_focus = false;  // the caller will drop the others (in_focus), when it has merged what is one finding
  // Roots that nothing of the focus takes part in, sorted by address. Rules that see one resource at a time judge them
  // only where that decides the fingerprint of a finding of the focus.
  std::vector<const model::Root*> aside;
  EvaluationNotes* notes = nullptr;  // if given, filled; not together with a focus
};

// Do the region, the resource's head or a step of the origin lie in one of the files (sorted; empty: all)?
bool in_focus(const Finding& finding, const std::vector<core::FileId>& focus);

// Can a run of the rule see nothing but its resource?
bool is_local(const Rule& rule);

// A rule that could not judge a resource: an error of the policy, or a limit.
struct RuleFailure {
  std::string rule;
  std::string address;
  std::string error;
  core::Span span;
};

struct Evaluation {
  std::vector<Finding> findings;  // sorted, merged, fingerprinted; Finding::rule indexes RuleSet::rules()
  std::vector<RuleFailure> failures;  // sorted by (rule, address)
  uint64_t evaluations = 0;       // pairs of rule and resource (or element) judged
};

Evaluation evaluate(const model::Project& project, const RuleSet& rules, const EvaluateOptions& options);

// The same for one small project after the other, such as the object of one AdmissionReview: what judging needs is made
// once, and what passed is remembered by the values that were read. REQUIRES: rules that see only their resource (is_local).
// Findings come without fingerprints. One thread at a time; the rules must outlive it.
class Evaluator {
 public:
  explicit Evaluator(const RuleSet& rules);
  ~Evaluator();
  // Nothing of the project is kept. Beyond the deadline nothing more is judged: ask it before the findings are believed.
  void evaluate(const model::Project& project, Evaluation& out, core::Deadline deadline = {});

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace assay::rules
