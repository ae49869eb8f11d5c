// What the server answers, without any network: paths, probes, metrics, and AdmissionReviews by the set of policies that is at
// work at that moment.
//
// An answer is a verdict with status 200, or an error of HTTP with a metav1.Status, which makes the API server follow the
// failurePolicy of the webhook. Nothing that goes wrong in here ever says "allowed", unless `on-failure: allow` is configured.
//
// Called by server.cc from its threads; install() by serve.cc. Ownership: refers to metrics and log. Threads: all functions
// from any.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "analyzer/serve/judge.h"
#include "analyzer/serve/log.h"
#include "analyzer/serve/metrics.h"
#include "analyzer/serve/policies.h"

namespace assay::serve {

struct HttpAnswer {
  int status = 200;
  std::string_view content_type = "application/json";
  std::string body;
  std::string_view allow;  // of 405
};

// One review on its way through the server.
struct ReviewRequest {
  std::string body;
  std::chrono::steady_clock::time_point arrived;   // its first byte
  std::chrono::steady_clock::time_point complete;  // its last byte
  std::chrono::steady_clock::time_point deadline;  // an answer after it is of no use
};

// "10s", "1m30s", "500ms" as Go writes durations; zero where it is none.
std::chrono::nanoseconds parse_go_duration(std::string_view text);
// Of "?timeout=10s" (10 seconds without), less a margin for the way back.
std::chrono::nanoseconds time_for_answer(std::string_view target);

class Webhook {
 public:
  Webhook(Metrics& metrics, Log& log, std::string version) : metrics_(metrics), log_(log), version_(std::move(version)) {}

  void install(std::shared_ptr<const PolicyState> policies);
  std::shared_ptr<const PolicyState> current() const;
  // From now on /readyz says no: the process is about to end.
  void set_draining() { draining_ = true; }
  bool draining() const { return draining_; }
  void set_certificate_loaded() { certificate_loaded_ = true; }

  enum class Route : uint8_t { kReview, kAnswered };
  // What a request without its body is. kAnswered: `out` is the answer.
  Route route(std::string_view method, std::string_view target, std::string_view content_type, std::string_view encoding,
              bool client_trusted, HttpAnswer& out);
  HttpAnswer review(ReviewRequest request);
  // Of a review that nobody will judge.
  HttpAnswer refuse(std::string_view counted_as, const Refusal& refusal);

 private:
  HttpAnswer settle(const Review& review, const PolicyState& policies, Judgement& judgement, const ReviewRequest& request);
  void log_review(const Review& review, const Judgement& judgement, double seconds);
  bool ready() const;

  Metrics& metrics_;
  Log& log_;
  const std::string version_;
  mutable std::mutex mutex_;
  std::shared_ptr<const PolicyState> policies_;
  std::atomic<bool> draining_{false}, certificate_loaded_{false};
};

}  // namespace assay::serve
