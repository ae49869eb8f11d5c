// An AdmissionReview (admission.k8s.io/v1) as it comes in, and the answers to it as the API server reads them.
//
// What comes in is not trusted: it is strict JSON of bounded depth with the fields that the API server always sends, or it is
// refused. The object is one value, as the reader of manifests makes it, so that everything in it keeps its place in the body.
//
// Called by webhook.cc. Ownership: a Review owns the body and all values; its request views them. Threads: one per review.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "parsers/core/source.h"
#include "parsers/model/resource.h"
#include "rules/lang/admission/admission.h"

namespace assay::serve {

// Why a request gets no verdict: an error of HTTP, which makes the API server follow failurePolicy.
struct Refusal {
  int code = 400;
  std::string_view reason = "BadRequest";  // metav1.StatusReason
  std::string message;
  std::string logged;  // in place of the message, which may tell what is in the object; empty: the message
};

struct Review {
  core::SourceSet sources;      // the body is file 0
  model::Root root{16 * 1024};  // its arena holds the values
  const model::Value* whole = nullptr;  // `request`
  rules::admission::Request request;
  std::string_view username;
  bool deleting = false;        // metadata.deletionTimestamp is set: only finalizers are still to go
};

// Null, with the reason, where the body is no review that can be answered.
std::unique_ptr<Review> read_review(std::string body, Refusal& why);

struct Cause {
  std::string reason;   // id of a rule, name of a policy
  std::string message;
  std::string field;    // path in the object; may be empty
};

struct Reply {
  bool allowed = true;
  int code = 403;                        // the rest of the status counts where it is not allowed
  std::string reason = "Forbidden";
  std::string message;
  std::vector<Cause> causes;
  std::vector<std::string> warnings;     // are cut to what the API server takes
  std::vector<std::pair<std::string, std::string>> annotations;
};

// The AdmissionReview that answers.
std::string write_reply(const Review& review, const Reply& reply);
// A metav1.Status, the body of errors: clients of Kubernetes show its message.
std::string write_status(const Refusal& refusal);

// What the API server takes without cutting: 256 characters each, 4,096 in all. The last one counts those left out.
std::vector<std::string> fit_warnings(const std::vector<std::string>& warnings);
std::string_view operation_name(rules::admission::Operation operation);  // "CREATE"
// A key that may stand behind "WEBHOOK/" in an audit annotation: letters, digits, - _ . and at most 63 of them.
std::string annotation_key(std::string_view text);

}  // namespace assay::serve
