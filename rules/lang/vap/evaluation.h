// Evaluation: the expressions of one policy over one request and parameter. Variables are worked out when they are first
// read, once for each phase (conditions, validations, messages, annotations), as the API server does, because each phase
// has a budget of its own.
//
// Called by VapPolicy. Ownership: values live in the scratch arena. Threads: one.
#pragma once

#include <string>
#include <vector>

#include "rules/lang/admission/admission.h"
#include "rules/lang/cel/cost.h"
#include "rules/lang/cel/eval.h"
#include "rules/lang/vap/vap_policy.h"

namespace assay::rules::vap {

class Evaluation : public cel::LazyVariables {
 public:
  // `params`: null without. `space`: the Namespace; null for none.
  Evaluation(const VapPolicy& policy, const admission::Request& request, const admission::Matched& matched, const model::Value* params,
             const model::Value* space, bool space_known, admission::Scratch& scratch);

  // Begins a phase with that budget.
  void begin(uint64_t budget);
  uint64_t budget() const { return budget_; }
  void set_budget(uint64_t budget) { budget_ = budget; }
  // False in conditions, which see no Namespace.
  void show_namespace(bool shown);

  enum class Outcome : uint8_t {
    kValue,
    kError,      // `message` says what the API server says
    kBudget,     // the budget of the phase is spent: nothing more is run
    kUndecided,  // what decides is not known here; `message` says what
  };
  // Runs an expression; `trace` gets the reads that decided.
  Outcome run(const Expression& expression, cel::Val& out, std::string& message, std::vector<cel::TraceRead>* trace = nullptr);

  cel::Val value_of(uint32_t slot) override;

 private:
  cel::Val eval(const Expression& expression, std::vector<cel::TraceRead>* trace);

  const VapPolicy& policy_;
  admission::Scratch& scratch_;
  std::vector<cel::TraceRead>* trace_ = nullptr;
  cel::Val* slots_ = nullptr;
  size_t slot_count_ = 0;
  cel::Val namespace_;
  char* known_ = nullptr;   // by variable: 0 not yet, 1 being worked out, 2 known
  uint32_t depth_ = 0;      // of variables that read variables
  uint64_t lazy_cost_ = 0;  // of variables since the last expression
  uint64_t budget_ = 0;
};

}  // namespace assay::rules::vap
