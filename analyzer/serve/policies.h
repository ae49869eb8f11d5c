// The policies of the webhook as one immutable set, made ready once and asked by many: the built-in rules about Kubernetes and
// rule files of one's own that one object alone decides, and admission policies (rules/lang/admission). A new set takes the
// place of an old one as a whole; requests that began with the old one end with it.
//
// Called by serve.cc (loading) and judge.cc (asking). Threads: a set is read by all workers; each judgement borrows a
// Workspace of its own.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/pipeline/pipeline.h"
#include "analyzer/serve/modes.h"
#include "parsers/core/file_system.h"
#include "rules/engine/evaluator.h"
#include "rules/lang/admission/admission.h"

namespace assay::serve {

// What one judgement needs beside the policies.
struct Workspace {
  explicit Workspace(const rules::RuleSet& rules) : evaluator(rules) {}
  rules::Evaluator evaluator;
  rules::Evaluation evaluation;
  rules::admission::Scratch scratch;
  rules::admission::Answer answer;
};

class PolicyState {
 public:
  // Takes the rules that judge Kubernetes objects out of `all` and compiles them; mistakes go to `errors`.
  PolicyState(rules::RuleSet all, const pipeline::ScanOptions& options, std::unique_ptr<const rules::admission::PolicySet> admission,
              std::vector<pipeline::UsageError>& errors);

  const rules::RuleSet& rules() const { return rules_; }
  const Modes& modes() const { return modes_; }
  const rules::admission::PolicySet* admission() const { return admission_.get(); }
  const model::Target& target() const { return target_; }
  // Rules that look at other objects, and so are not asked here.
  const rules::RuleSet& undecidable() const { return undecidable_; }
  // Are there policies of Checkov, which look at views of their own?
  bool foreign_views() const { return foreign_views_; }
  bool names_policy(std::string_view pattern) const;
  uint64_t generation = 0;  // counts the sets of a process from 1

  // A workspace nobody else uses, for as long as it is held.
  class Borrowed {
   public:
    explicit Borrowed(const PolicyState& state) : state_(state), workspace_(state.take()) {}
    ~Borrowed() { state_.give_back(std::move(workspace_)); }
    Borrowed(const Borrowed&) = delete;
    Workspace& operator*() const { return *workspace_; }
    Workspace* operator->() const { return workspace_.get(); }

   private:
    const PolicyState& state_;
    std::unique_ptr<Workspace> workspace_;
  };

 private:
  std::unique_ptr<Workspace> take() const;
  void give_back(std::unique_ptr<Workspace> workspace) const;

  rules::RuleSet rules_, undecidable_;
  Modes modes_;
  std::unique_ptr<const rules::admission::PolicySet> admission_;
  model::Target target_;
  bool foreign_views_ = false;
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<Workspace>> idle_;
};

// Reads and compiles everything that `options` name. Null where anything is wrong: a set with holes would let through what it
// should not. `files_read`: the files and directories that a new set depends on.
std::shared_ptr<PolicyState> load_policies(core::FileSystem& files, const pipeline::ScanOptions& options,
                                           std::vector<pipeline::UsageError>& errors);

}  // namespace assay::serve
