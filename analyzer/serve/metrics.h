// What Prometheus reads at /metrics. Counting costs an atomic addition; names of policies get their counters when a set of
// policies first says them.
//
// Ownership: one per server. Threads: all functions from any.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace assay::serve {

class Histogram {
 public:
  void add(double seconds);
  void write(std::string& out, std::string_view name, std::string_view labels) const;

 private:
  static constexpr std::array<double, 15> kBounds = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                                     0.05,   0.1,     0.25,   0.5,   1,      2.5,   5};
  std::array<std::atomic<uint64_t>, kBounds.size() + 1> buckets_{};
  std::atomic<uint64_t> nanoseconds_{0};
};

class Metrics {
 public:
  using Counter = std::atomic<uint64_t>;

  // Of one review that was answered.
  void count_review(std::string_view operation, bool allowed, bool dry_run, double seconds);
  // Of one that was not: "deadline", "internal", "malformed", ...
  void count_error(std::string_view why, int code);
  void count_decision(std::string_view policy, std::string_view mode, bool existing, uint64_t times);
  void count_http(int code);

  Histogram service;   // from the last byte of a request to the first of its answer
  Histogram waiting;   // of that, in the queue
  Counter in_flight{0}, queued{0}, connections{0}, connections_total{0}, connections_refused{0};
  Counter shed{0}, too_large{0}, headers_too_large{0}, timeouts{0}, broken_requests{0}, tls_failures{0}, client_refused{0};
  Counter reloads{0}, reload_errors{0}, certificate_reloads{0}, certificate_errors{0};
  Counter generation{0}, rules{0}, rules_not_evaluated{0}, policies{0};
  Counter log_lost{0};
  std::atomic<int64_t> certificate_expires{0};  // seconds since the epoch; 0: not known
  std::atomic<int64_t> last_reload{0};          // the last one that was good
  std::atomic<bool> ready{false}, last_reload_good{true}, last_certificate_good{true};

  // The text that Prometheus reads (format 0.0.4).
  std::string write(std::string_view version, int64_t now) const;

 private:
  void count(std::string_view name, std::string labels, uint64_t times = 1);

  mutable std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, uint64_t> labelled_;  // (name, labels)
  static constexpr size_t kMaxLabelled = 20'000;
};

}  // namespace assay::serve
