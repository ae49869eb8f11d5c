// The verdict on one AdmissionReview: every rule that its object concerns, every admission policy, and what the modes make of
// what they say.
//
// - Rules judge objects that are created or updated, as a scan would judge their manifests: same rule, same message.
// - What an update finds as it was does not deny, unless `existing: enforce` says so. Objects on their way out, and updates of
//   a status, are not judged by rules.
// - A rule that cannot come to an answer, where it would deny, is a failure of the webhook and never a pass.
//
// Called by webhook.cc. Threads: any, with a workspace each.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "analyzer/serve/policies.h"
#include "analyzer/serve/review.h"
#include "parsers/core/deadline.h"

namespace assay::serve {

// One objection, for logs and metrics. Texts view the set of policies or the review.
struct Objection {
  std::string_view policy;  // id of a rule, name of a policy
  Mode mode = Mode::kAudit;
  bool existing = false;    // stood in the old object, too
  uint32_t count = 1;
};

struct Judgement {
  Reply reply;
  std::vector<Objection> objections;
  bool failed = false;       // `refusal` says why there is no verdict
  Refusal refusal;
};

void judge(const Review& review, const PolicyState& policies, Workspace& workspace, core::Deadline deadline, Judgement& out);

std::string_view mode_name(Mode mode);  // "enforce"

}  // namespace assay::serve
