#include "analyzer/serve/metrics.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace assay::serve {
namespace {

std::string number_text(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%.9g", number);
  return text;
}

// Of a label: names of policies are strangers' words.
std::string quoted(std::string_view text) {
  std::string out;
  for (char c : text.substr(0, 128)) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n') out += "\\n";
    else out += c;
  }
  return "\"" + out + "\"";
}

void head(std::string& out, std::string_view name, std::string_view kind, std::string_view help) {
  out.append("# HELP assay_").append(name).append(1, ' ').append(help);
  out.append("\n# TYPE assay_").append(name).append(1, ' ').append(kind).append(1, '\n');
}

void one(std::string& out, std::string_view name, std::string_view kind, std::string_view help, double value) {
  head(out, name, kind, help);
  out.append("assay_").append(name).append(1, ' ').append(number_text(value)).append(1, '\n');
}

}  // namespace

void Histogram::add(double seconds) {
  size_t at = static_cast<size_t>(std::lower_bound(kBounds.begin(), kBounds.end(), seconds) - kBounds.begin());
  buckets_[at].fetch_add(1, std::memory_order_relaxed);
  nanoseconds_.fetch_add(static_cast<uint64_t>(std::max(0.0, seconds) * 1e9), std::memory_order_relaxed);
}

void Histogram::write(std::string& out, std::string_view name, std::string_view help) const {
  head(out, name, "histogram", help);
  uint64_t total = 0;
  for (size_t i = 0; i <= kBounds.size(); ++i) {
    total += buckets_[i].load(std::memory_order_relaxed);
    std::string bound = i < kBounds.size() ? number_text(kBounds[i]) : "+Inf";
    out.append("assay_").append(name).append("_bucket{le=\"").append(bound).append("\"} ").append(std::to_string(total)).append(1, '\n');
  }
  double sum = static_cast<double>(nanoseconds_.load(std::memory_order_relaxed)) / 1e9;
  out.append("assay_").append(name).append("_sum ").append(number_text(sum)).append(1, '\n');
  out.append("assay_").append(name).append("_count ").append(std::to_string(total)).append(1, '\n');
}

void Metrics::count(std::string_view name, std::string labels, uint64_t times) {
  std::lock_guard lock(mutex_);
  std::pair<std::string, std::string> key(name, std::move(labels));
  auto at = labelled_.find(key);
  if (at != labelled_.end()) at->second += times;
  else if (labelled_.size() < kMaxLabelled) labelled_.emplace(std::move(key), times);
}

void Metrics::count_review(std::string_view operation, bool allowed, bool dry_run, double seconds) {
  service.add(seconds);
  count("reviews_total", "operation=" + quoted(operation) + ",allowed=\"" + (allowed ? "true" : "false") + "\",dry_run=\"" +
                             (dry_run ? "true" : "false") + "\"");
}

void Metrics::count_error(std::string_view why, int code) {
  count("review_errors_total", "reason=" + quoted(why) + ",code=\"" + std::to_string(code) + "\"");
}

void Metrics::count_decision(std::string_view policy, std::string_view mode, bool existing, uint64_t times) {
  count("decisions_total", "policy=" + quoted(policy) + ",mode=" + quoted(mode) + ",existing=\"" + (existing ? "true" : "false") + "\"", times);
}

void Metrics::count_http(int code) { count("http_responses_total", "code=\"" + std::to_string(code) + "\""); }

std::string Metrics::write(std::string_view version, int64_t now) const {
  std::string out;
  auto counter = [&](std::string_view name, std::string_view help, const Counter& value) {
    one(out, name, "counter", help, static_cast<double>(value.load(std::memory_order_relaxed)));
  };
  auto gauge = [&](std::string_view name, std::string_view help, double value) { one(out, name, "gauge", help, value); };
  head(out, "build_info", "gauge", "The version that runs.");
  out.append("assay_build_info{version=").append(quoted(version)).append("} 1\n");
  service.write(out, "review_duration_seconds", "From the last byte of a request to the first of its answer.");
  waiting.write(out, "queue_wait_seconds", "Of that, the time in the queue.");
  {
    std::lock_guard lock(mutex_);
    std::string_view last;
    for (const auto& [key, value] : labelled_) {
      if (key.first != last) {
        last = key.first;
        std::string_view help = last == "reviews_total"         ? "AdmissionReviews that were answered."
                                : last == "decisions_total"     ? "Objections by policy, and what became of them."
                                : last == "http_responses_total" ? "Answers by status."
                                                                 : "AdmissionReviews that got an error in place of a verdict.";
        head(out, last, "counter", help);
      }
      out.append("assay_").append(key.first).append("{").append(key.second).append("} ").append(std::to_string(value)).append(1, '\n');
    }
  }
  auto now_of = [](const Counter& value) { return static_cast<double>(value.load(std::memory_order_relaxed)); };
  gauge("reviews_in_flight", "AdmissionReviews being judged.", now_of(in_flight));
  gauge("reviews_queued", "AdmissionReviews that wait for a worker.", now_of(queued));
  gauge("connections", "Open connections.", now_of(connections));
  counter("connections_total", "Connections that were accepted.", connections_total);
  counter("connections_refused_total", "Connections closed at once because there were too many.", connections_refused);
  counter("shed_total", "AdmissionReviews refused early because of load.", shed);
  counter("body_too_large_total", "Requests whose body was too large.", too_large);
  counter("headers_too_large_total", "Requests whose headers were too large.", headers_too_large);
  counter("client_timeouts_total", "Connections closed because the client was too slow.", timeouts);
  counter("broken_requests_total", "Connections closed because what came was no HTTP.", broken_requests);
  counter("tls_failures_total", "Connections whose TLS handshake failed.", tls_failures);
  counter("client_certificate_refused_total", "Reviews refused for want of a client certificate.", client_refused);
  counter("reloads_total", "Sets of policies that were put to work after the first.", reloads);
  counter("reload_errors_total", "Sets of policies that were broken; the last good one stays.", reload_errors);
  counter("certificate_reloads_total", "Certificates that were put to work after the first.", certificate_reloads);
  counter("certificate_reload_errors_total", "Certificates that were broken; the last good one stays.", certificate_errors);
  counter("log_lines_lost_total", "Lines of the log that could not be written.", log_lost);
  gauge("policy_generation", "Number of the set of policies at work.", now_of(generation));
  gauge("rules", "Rules at work.", now_of(rules));
  gauge("rules_not_evaluated", "Rules about Kubernetes that one object does not decide.", now_of(rules_not_evaluated));
  gauge("policies", "Admission policies at work.", now_of(policies));
  gauge("last_reload_successful", "1 while what lies on disk is what is at work.", last_reload_good ? 1 : 0);
  gauge("last_reload_success_timestamp_seconds", "When the set at work was loaded.", static_cast<double>(last_reload.load()));
  gauge("last_certificate_reload_successful", "1 while the certificate on disk is the one at work.", last_certificate_good ? 1 : 0);
  if (int64_t expires = certificate_expires.load()) {
    gauge("certificate_expiry_timestamp_seconds", "When the certificate at work ends.", static_cast<double>(expires));
    gauge("certificate_days", "Days until then.", std::floor(static_cast<double>(expires - now) / 864.0) / 100.0);
  }
  gauge("ready", "1 while /readyz says so.", ready ? 1 : 0);
  return out;
}

}  // namespace assay::serve
