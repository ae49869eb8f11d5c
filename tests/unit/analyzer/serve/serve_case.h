// What unit tests of the webhook share: objects as JSON, AdmissionReviews around them, and sets of policies out of memory.
//
// Header only; every test has its own copies.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/serve/judge.h"
#include "analyzer/serve/policies.h"
#include "analyzer/serve/review.h"
#include "parsers/core/file_system.h"

namespace assay::serve {

inline std::string pod_json(std::string_view containers = R"([{"name":"app","image":"a:1"}])", std::string_view more = "",
                            std::string_view metadata = "") {
  return R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":"web","namespace":"shop")" + std::string(metadata) +
         R"(},"spec":{"containers":)" + std::string(containers) + std::string(more) + "}}";
}

inline const char* const kPrivileged = R"([{"name":"app","image":"a:1","securityContext":{"privileged":true}}])";

inline std::string review_json(std::string_view object, std::string_view old = "null", std::string_view operation = "CREATE",
                               std::string_view more = "", std::string_view kind = R"({"group":"","version":"v1","kind":"Pod"})") {
  return R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"u1","kind":)" + std::string(kind) +
         R"(,"resource":{"group":"","version":"v1","resource":"pods"},"name":"web","namespace":"shop","operation":")" +
         std::string(operation) + R"(","userInfo":{"username":"kate","groups":["devs"]},"object":)" + std::string(object) +
         R"(,"oldObject":)" + std::string(old) + std::string(more) + "}}";
}

inline std::shared_ptr<PolicyState> make_policies(core::MemoryFileSystem& files, std::vector<std::string> paths = {},
                                                  pipeline::AdmissionSettings admission = {},
                                                  std::vector<pipeline::UsageError>* errors = nullptr) {
  pipeline::ScanOptions options;
  options.current_directory = "/";
  options.policies = std::move(paths);
  options.settings.admission = std::move(admission);
  std::vector<pipeline::UsageError> found;
  auto state = load_policies(files, options, found);
  if (errors) *errors = found;
  else for (const auto& error : found) ADD_FAILURE() << error.file << ":" << error.line << ": " << error.message;
  if (state) state->generation = 7;
  return state;
}

// The built-in rules, compiled once for all tests of a process.
inline const PolicyState& builtin_policies() {
  static core::MemoryFileSystem files;
  static const std::shared_ptr<PolicyState> state = make_policies(files);
  return *state;
}

inline Judgement judge_text(const PolicyState& policies, std::string body, core::Deadline deadline = {}) {
  Judgement out;
  Refusal why;
  std::unique_ptr<Review> review = read_review(std::move(body), why);
  EXPECT_NE(review, nullptr) << why.message;
  if (!review) return out;
  PolicyState::Borrowed workspace(policies);
  judge(*review, policies, *workspace, deadline, out);
  // Texts of the judgement may view the review.
  for (Objection& objection : out.objections) objection.policy = core::Symbol(objection.policy).text();
  return out;
}

inline std::vector<std::string> cause_ids(const Judgement& judgement) {
  std::vector<std::string> out;
  for (const Cause& cause : judgement.reply.causes) out.push_back(cause.reason);
  return out;
}

}  // namespace assay::serve
