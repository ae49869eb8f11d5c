#include "analyzer/serve/webhook.h"

#include <algorithm>
#include <ctime>

#include "analyzer/serve/review.h"

namespace assay::serve {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kUsualTimeout = std::chrono::seconds(10);  // of webhooks that say nothing
constexpr auto kLongestTimeout = std::chrono::seconds(30);

double seconds_between(Clock::time_point from, Clock::time_point to) { return std::chrono::duration<double>(to - from).count(); }

std::string_view path_of(std::string_view target) { return target.substr(0, target.find('?')); }

HttpAnswer text_answer(int status, std::string body) { return {status, "text/plain; charset=utf-8", std::move(body), {}}; }

HttpAnswer status_answer(const Refusal& refusal) { return {refusal.code, "application/json", write_status(refusal), {}}; }

bool is_json(std::string_view content_type) {
  content_type = content_type.substr(0, content_type.find(';'));
  while (content_type.ends_with(' ')) content_type.remove_suffix(1);
  constexpr std::string_view kJson = "application/json";
  return content_type.size() == kJson.size() &&
         std::equal(kJson.begin(), kJson.end(), content_type.begin(), [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b + 32 : b); });
}

}  // namespace

std::chrono::nanoseconds parse_go_duration(std::string_view text) {
  struct Unit {
    std::string_view name;
    double nanoseconds;
  };
  static constexpr Unit kUnits[] = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 6e10}, {"h", 3.6e12}};
  double total = 0;
  if (text.empty()) return {};
  while (!text.empty()) {
    double number = 0, scale = 0;
    size_t digits = 0, at = 0;
    for (; at < text.size() && at < 20; ++at) {
      char c = text[at];
      if (c == '.' && scale == 0) scale = 1;
      else if (c >= '0' && c <= '9') number = number * 10 + (c - '0'), scale *= 10, ++digits;
      else break;
    }
    if (digits == 0) return {};
    if (scale > 0) number /= scale;
    text.remove_prefix(at);
    size_t end = 0;
    while (end < text.size() && text[end] >= 'a' && text[end] <= 'z') ++end;
    auto unit = std::find_if(std::begin(kUnits), std::end(kUnits), [&](const Unit& one) { return one.name == text.substr(0, end); });
    if (unit == std::end(kUnits)) return {};
    total += number * unit->nanoseconds;
    text.remove_prefix(end);
  }
  return std::chrono::nanoseconds(static_cast<int64_t>(std::min(total, 3.6e14)));
}

std::chrono::nanoseconds time_for_answer(std::string_view target) {
  std::chrono::nanoseconds timeout = kUsualTimeout;
  size_t question = target.find('?');
  std::string_view query = question == std::string_view::npos ? std::string_view{} : target.substr(question + 1);
  while (!query.empty()) {
    std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    if (!pair.starts_with("timeout=")) continue;
    std::chrono::nanoseconds given = parse_go_duration(pair.substr(8));
    if (given.count() > 0) timeout = std::min<std::chrono::nanoseconds>(given, kLongestTimeout);
  }
  std::chrono::nanoseconds margin = std::min<std::chrono::nanoseconds>(timeout / 10, std::chrono::milliseconds(200));
  return timeout - margin;
}

void Webhook::install(std::shared_ptr<const PolicyState> policies) {
  metrics_.generation = policies->generation;
  metrics_.rules = policies->rules().rules().size();
  metrics_.rules_not_evaluated = policies->undecidable().rules().size();
  metrics_.policies = policies->admission() ? policies->admission()->policies.size() : 0;
  metrics_.last_reload = static_cast<int64_t>(std::time(nullptr));
  {
    std::lock_guard lock(mutex_);
    policies_.swap(policies);
  }
  // The old set, unless somebody still works with it, goes here: outside of the lock.
}

std::shared_ptr<const PolicyState> Webhook::current() const {
  std::lock_guard lock(mutex_);
  return policies_;
}

bool Webhook::ready() const { return !draining_ && certificate_loaded_ && current() != nullptr; }

Webhook::Route Webhook::route(std::string_view method, std::string_view target, std::string_view content_type,
                              std::string_view encoding, bool client_trusted, HttpAnswer& out) {
  std::string_view path = path_of(target);
  bool get = method == "GET" || method == "HEAD";
  auto wrong_method = [&](std::string_view allowed) {
    out = status_answer({405, "MethodNotAllowed", std::string(path) + " takes " + std::string(allowed)});
    out.allow = allowed;
    return Route::kAnswered;
  };
  if (path == "/validate" || path == "/validate/") {
    if (method != "POST") return wrong_method("POST");
    if (!client_trusted) {
      metrics_.client_refused.fetch_add(1, std::memory_order_relaxed);
      out = refuse("client-certificate", {401, "Unauthorized", "a client certificate of a trusted authority is needed here"});
      return Route::kAnswered;
    }
    if (!encoding.empty() && encoding != "identity") {
      out = refuse("malformed", {415, "UnsupportedMediaType", "Content-Encoding: the body must be sent as it is"});
      return Route::kAnswered;
    }
    if (!is_json(content_type)) {
      out = refuse("malformed", {415, "UnsupportedMediaType", "Content-Type: an AdmissionReview comes as application/json"});
      return Route::kAnswered;
    }
    return Route::kReview;
  }
  if (path == "/livez" || path == "/healthz") {
    if (!get) return wrong_method("GET");
    out = text_answer(200, "ok\n");
    return Route::kAnswered;
  }
  if (path == "/readyz") {
    if (!get) return wrong_method("GET");
    std::shared_ptr<const PolicyState> policies = current();
    bool good = ready();
    metrics_.ready = good;
    std::string text = draining_ ? "ending\n" : !policies ? "no policies yet\n" : !certificate_loaded_ ? "no certificate yet\n" : "ok\n";
    if (good) {
      text += "policy generation " + std::to_string(policies->generation) + "\n";
      int64_t expires = metrics_.certificate_expires;
      if (expires) text += "certificate days " + std::to_string((expires - static_cast<int64_t>(std::time(nullptr))) / 86'400) + "\n";
    }
    out = text_answer(good ? 200 : 503, std::move(text));
    return Route::kAnswered;
  }
  if (path == "/metrics") {
    if (!get) return wrong_method("GET");
    metrics_.ready = ready();
    out = {200, "text/plain; version=0.0.4; charset=utf-8", metrics_.write(version_, static_cast<int64_t>(std::time(nullptr))), {}};
    return Route::kAnswered;
  }
  out = status_answer({404, "NotFound", "reviews go to /validate; there are /livez, /readyz and /metrics as well"});
  return Route::kAnswered;
}

HttpAnswer Webhook::refuse(std::string_view counted_as, const Refusal& refusal) {
  metrics_.count_error(counted_as, refusal.code);
  if (log_.wants(Level::kWarning)) {
    log_.write(Level::kWarning, "no verdict", [&](core::JsonWriter& json) {
      json.field("reason", counted_as).field("code", refusal.code).field("error", refusal.logged.empty() ? refusal.message : refusal.logged);
    });
  }
  return status_answer(refusal);
}

HttpAnswer Webhook::review(ReviewRequest request) {
  Clock::time_point begun = Clock::now();
  metrics_.waiting.add(seconds_between(request.complete, begun));
  std::shared_ptr<const PolicyState> policies = current();
  if (!policies) return refuse("not-ready", {503, "ServiceUnavailable", "assay is starting: no policies are loaded yet"});
  if (begun >= request.deadline) {
    metrics_.shed.fetch_add(1, std::memory_order_relaxed);
    return refuse("deadline", {504, "Timeout", "assay is overloaded: this review waited until its time was over"});
  }
  Refusal why;
  std::unique_ptr<Review> review = read_review(std::move(request.body), why);
  if (!review) return refuse("malformed", why);
  auto left = std::chrono::duration_cast<std::chrono::milliseconds>(request.deadline - begun);
  Judgement judgement;
  {
    PolicyState::Borrowed workspace(*policies);
    judge(*review, *policies, *workspace, core::Deadline::after(left), judgement);
    return settle(*review, *policies, judgement, request);
  }
}

HttpAnswer Webhook::settle(const Review& review, const PolicyState& policies, Judgement& judgement, const ReviewRequest& request) {
  if (judgement.failed) {
    pipeline::FailureMode mode = policies.modes().settings().failure;
    bool malformed = judgement.refusal.code < 500;
    if (mode == pipeline::FailureMode::kError || malformed) {
      return refuse(malformed ? "malformed" : judgement.refusal.code == 504 ? "deadline" : "internal", judgement.refusal);
    }
    metrics_.count_error("answered", judgement.refusal.code);
    Reply& reply = judgement.reply;
    reply.allowed = mode == pipeline::FailureMode::kAllow;
    reply.code = judgement.refusal.code;
    reply.reason = judgement.refusal.reason;
    reply.message = judgement.refusal.message;
    reply.warnings.insert(reply.warnings.begin(), "not judged: " + judgement.refusal.message);
    reply.annotations.emplace_back("failed", judgement.refusal.message);
  }
  HttpAnswer answer{200, "application/json", write_reply(review, judgement.reply), {}};
  double seconds = seconds_between(request.complete, Clock::now());
  metrics_.count_review(operation_name(review.request.operation), judgement.reply.allowed, review.request.dry_run, seconds);
  for (const Objection& objection : judgement.objections) {
    metrics_.count_decision(objection.policy, mode_name(objection.mode), objection.existing, objection.count);
  }
  log_review(review, judgement, seconds);
  return answer;
}

void Webhook::log_review(const Review& review, const Judgement& judgement, double seconds) {
  const rules::admission::Request& request = review.request;
  Level level = judgement.reply.allowed ? Level::kDebug : Level::kInfo;
  if (!log_.wants(level)) return;
  log_.write(level, judgement.reply.allowed ? "allowed" : "denied", [&](core::JsonWriter& json) {
    json.field("uid", request.uid).field("operation", operation_name(request.operation));
    json.field("group", request.kind.group).field("version", request.kind.version).field("kind", request.kind.kind);
    json.field("namespace", request.name_space).field("name", request.name).field("user", review.username);
    if (!request.subresource.empty()) json.field("subresource", request.subresource);
    if (request.dry_run) json.field("dry_run", true);
    json.key("objections").begin_array();
    for (const Objection& objection : judgement.objections) {
      json.begin_object().field("policy", objection.policy).field("mode", mode_name(objection.mode));
      if (objection.existing) json.field("existing", true);
      if (objection.count > 1) json.field("count", objection.count);
      json.end_object();
    }
    json.end_array().field("milliseconds", seconds * 1000);
  });
}

}  // namespace assay::serve
