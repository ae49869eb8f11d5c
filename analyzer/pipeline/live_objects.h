// Objects as a cluster gives them out (`kubectl get -o yaml`) say many things twice: ReplicaSets and Pods repeat the workload
// that made them, and an annotation of kubectl repeats the object. Findings about the repetition are dropped where the
// original has them, so that an audit lists what somebody can change. What only the copy has stays: a sidecar that was
// injected into the pod, a secret that is no longer in the object but still in the annotation.
//
// Called by the pipeline. Only objects of one file are compared, so that a file's findings depend on that file. Threads: one
// scan at a time.
#pragma once

#include <cstddef>
#include <map>
#include <vector>

#include "parsers/model/resource.h"
#include "rules/engine/finding.h"

namespace assay::pipeline {

// The object of the same file that controls this one, or the one behind that, up to the last; null when there is none.
class Controllers {
 public:
  explicit Controllers(const model::Project& project);
  const model::Resource* of(const model::Resource& resource) const;
  bool empty() const { return owners_.empty(); }
  // Calls `visit(resource, controller)` for each controlled object.
  template <typename Visit>
  void each(Visit visit) const {
    for (const Owned& one : owners_) visit(*one.resource, *one.top);
  }

 private:
  struct Owned {
    const model::Resource* resource;
    const model::Resource* top;
  };
  std::vector<Owned> owners_;  // sorted by resource
};

// Drops findings about objects whose controller has the same one. Returns how many, by file.
std::map<core::FileId, size_t> fold_controlled(const Controllers& controllers, std::vector<rules::Finding>& findings);

// Takes secrets out of `found` that stand in the annotation of `kubectl apply` and in the object as well.
void drop_annotated_copies(const model::Project& project, model::Root& found);

}  // namespace assay::pipeline
