// The diff gate: two scans, of the tree before a change and of the tree after it, and what the change brought. A
// finding is old where the resource it speaks of, or what that resource was before it was moved or renamed, had it
// already, at the same attribute of the same element. It is new where it was suppressed or only possible before.
//
// Called by the command line. Threads: one; the result depends on nothing but the two scans.
#pragma once

#include <string>

#include "analyzer/pipeline/pipeline.h"

namespace assay::pipeline {

// Sets Finding::baseline and moved_from in `after`, and its Report::comparison; notes say what of the tree before
// could not be analysed. `root`: what paths of both are compared relative to (absolute). `against`: how the tree
// before is called.
void compare_scans(const Scan& before, Scan& after, const std::string& root, std::string against);

// The same where both trees are equal: every finding was there before.
void compare_with_itself(Scan& scan, std::string against);

}  // namespace assay::pipeline
