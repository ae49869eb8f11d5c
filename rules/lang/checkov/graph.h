// Judges one resource by a policy. Checkov runs a policy over its whole graph and combines sets of
// resources that pass and fail; whether one resource is in a set depends on the resource, its neighbours
// and theirs, so the sets are never built: membership is asked for where it is needed, and remembered for
// the run.
//
// Threads: safe; runs keep their state to themselves, and share what is true of the whole project.
#pragma once

#include <memory>
#include <mutex>
#include <unordered_map>

#include "rules/engine/rule.h"
#include "rules/lang/checkov/policy.h"

namespace assay::rules::checkov {

// Which blocks have resources to speak of in a project: asked for every resource, worked out once.
class Subjects {
 public:
  // Calls `work_out` when the answer for the block is not known yet.
  template <typename WorkOut>
  bool of(const model::Project& project, uint32_t block, WorkOut work_out) {
    const model::Resource* first = project.resources.empty() ? nullptr : project.resources.front();
    std::lock_guard lock(mutex_);
    if (project_ != &project || first_ != first || size_ != project.resources.size()) known_.clear();
    project_ = &project;
    first_ = first;
    size_ = project.resources.size();
    auto [at, is_new] = known_.try_emplace(block, false);
    if (is_new) at->second = work_out();
    return at->second;
  }

 private:
  std::mutex mutex_;
  const model::Project* project_ = nullptr;
  const model::Resource* first_ = nullptr;
  size_t size_ = 0;
  std::unordered_map<uint32_t, bool> known_;
};

class PolicyCheck : public Check {
 public:
  explicit PolicyCheck(std::unique_ptr<Policy> policy) : policy_(std::move(policy)) {}
  RunResult run(RunContext& context) const override;

 private:
  std::unique_ptr<Policy> policy_;
  mutable Subjects subjects_;
};

}  // namespace assay::rules::checkov
