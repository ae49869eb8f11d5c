// Judges one resource by a policy. Checkov runs a policy over its whole graph and combines sets of
// resources that pass and fail; whether one resource is in a set depends on the resource, its neighbours
// and theirs, so the sets are never built: membership is asked for where it is needed, and remembered for
// the run.
//
// Threads: immutable; runs keep their state to themselves.
#pragma once

#include <memory>

#include "rules/engine/rule.h"
#include "rules/lang/checkov/policy.h"

namespace assay::rules::checkov {

class PolicyCheck : public Check {
 public:
  explicit PolicyCheck(std::unique_ptr<Policy> policy) : policy_(std::move(policy)) {}
  RunResult run(RunContext& context) const override;

 private:
  std::unique_ptr<Policy> policy_;
};

}  // namespace assay::rules::checkov
