#include "analyzer/serve/webhook.h"

#include <fcntl.h>
#include <unistd.h>

#include <thread>

#include "tests/unit/analyzer/serve/serve_case.h"

namespace assay::serve {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

class WebhookTest : public testing::Test {
 protected:
  void SetUp() override {
    webhook.set_certificate_loaded();
    webhook.install(make_policies(files));
  }
  static ReviewRequest request(std::string body, milliseconds time = milliseconds(10'000)) {
    auto now = std::chrono::steady_clock::now();
    return {std::move(body), now, now, now + time};
  }
  HttpAnswer get(std::string_view path, std::string_view method = "GET") {
    HttpAnswer answer;
    EXPECT_EQ(webhook.route(method, path, "", "", true, answer), Webhook::Route::kAnswered);
    return answer;
  }

  core::MemoryFileSystem files;
  Metrics metrics;
  Log log{open("/dev/null", O_WRONLY), Level::kDebug, metrics};
  Webhook webhook{metrics, log, "1.2.3"};
};

TEST(Durations, AsGoWritesThem) {
  EXPECT_EQ(parse_go_duration("10s"), nanoseconds(10'000'000'000));
  EXPECT_EQ(parse_go_duration("1m30.5s"), nanoseconds(90'500'000'000));
  EXPECT_EQ(parse_go_duration("500ms"), milliseconds(500));
  for (const char* text : {"", "s", "10", "-1s", "1x", "10s5", "."}) EXPECT_EQ(parse_go_duration(text).count(), 0) << text;
}

TEST(Durations, TimeForAnAnswer) {
  EXPECT_EQ(time_for_answer("/validate?timeout=1s"), milliseconds(900));
  EXPECT_EQ(time_for_answer("/validate?a=b&timeout=30s"), milliseconds(29'800));
  EXPECT_EQ(time_for_answer("/validate"), milliseconds(9'800));
  EXPECT_EQ(time_for_answer("/validate?timeout=nonsense"), milliseconds(9'800));
  EXPECT_EQ(time_for_answer("/validate?timeout=999h"), milliseconds(29'800));
}

TEST_F(WebhookTest, Routes) {
  HttpAnswer answer;
  EXPECT_EQ(webhook.route("POST", "/validate?timeout=1s", "application/json", "", true, answer), Webhook::Route::kReview);
  EXPECT_EQ(webhook.route("POST", "/validate", "Application/JSON; charset=utf-8", "identity", true, answer), Webhook::Route::kReview);
  EXPECT_EQ(webhook.route("POST", "/validate", "application/json", "", false, answer), Webhook::Route::kAnswered);
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(metrics.client_refused, 1u);
  EXPECT_EQ(get("/validate").status, 405);
  EXPECT_EQ(get("/validate").allow, "POST");
  EXPECT_EQ(get("/livez", "POST").status, 405);
  EXPECT_EQ(get("/nowhere").status, 404);
  EXPECT_EQ(get("/livez").status, 200);
}

TEST_F(WebhookTest, ReadyOnlyWithPoliciesAndCertificate) {
  Webhook fresh(metrics, log, "1");
  auto ready = [&] {
    HttpAnswer answer;
    fresh.route("GET", "/readyz", "", "", true, answer);
    return answer.status;
  };
  EXPECT_EQ(ready(), 503);
  EXPECT_EQ(fresh.review(request(review_json(pod_json()))).status, 503);
  fresh.install(make_policies(files));
  EXPECT_EQ(ready(), 503);
  fresh.set_certificate_loaded();
  EXPECT_EQ(ready(), 200);
  fresh.set_draining();
  EXPECT_EQ(ready(), 503);
}

TEST_F(WebhookTest, VerdictsAreCounted) {
  EXPECT_EQ(webhook.review(request(review_json(pod_json(kPrivileged)))).status, 200);
  EXPECT_EQ(webhook.review(request("{}")).status, 400);
  EXPECT_EQ(webhook.review(request(review_json(pod_json()), milliseconds(-1))).status, 504);
  std::string text = get("/metrics").body;
  for (const char* line : {"assay_reviews_total{operation=\"CREATE\",allowed=\"false\",dry_run=\"false\"} 1\n",
                           "assay_decisions_total{policy=\"KUB0001\",mode=\"enforce\",existing=\"false\"} 1\n",
                           "assay_review_errors_total{reason=\"malformed\",code=\"400\"} 1\n",
                           "assay_review_errors_total{reason=\"deadline\",code=\"504\"} 1\n", "assay_build_info{version=\"1.2.3\"} 1\n",
                           "assay_review_duration_seconds_count 1\n", "assay_policy_generation 7\n", "assay_shed_total 1\n"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line;
  }
}

TEST_F(WebhookTest, ManyAskWhileSetsChange) {
  std::vector<std::thread> threads;
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&, i] {
      while (!stop) {
        std::string body = webhook.review(request(review_json(i == 0 ? pod_json(kPrivileged) : pod_json()))).body;
        if (body.find(i == 0 ? "\"allowed\":false" : "\"allowed\":true") == std::string::npos) ++wrong;
      }
    });
  }
  for (int i = 0; i < 5; ++i) webhook.install(make_policies(files));
  stop = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST(Logs, LinesAreWholeAndLossIsCounted) {
  Metrics metrics;
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  {
    Log log(ends[1], Level::kInfo, metrics);
    log.write(Level::kDebug, "not wanted");
    log.write(Level::kInfo, "a \"quoted\"", [](core::JsonWriter& json) { json.field("n", 1); });
  }
  char text[256] = {};
  ASSERT_GT(read(ends[0], text, sizeof text - 1), 0);
  std::string_view line(text);
  EXPECT_EQ(line.substr(0, 9), "{\"time\":\"");
  EXPECT_NE(line.find("\"level\":\"info\",\"message\":\"a \\\"quoted\\\"\",\"n\":1}\n"), std::string_view::npos) << line;
  close(ends[0]);
  close(ends[1]);
  int full = open("/dev/full", O_WRONLY);
  {
    Log log(full, Level::kInfo, metrics);
    for (int i = 0; i < 10; ++i) log.write(Level::kError, "lost");
  }
  EXPECT_EQ(metrics.log_lost, 10u);
  close(full);
}

TEST(Logs, AReaderThatHasStoppedHoldsNobodyUp) {
  Metrics metrics;
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  auto begun = std::chrono::steady_clock::now();
  {
    Log log(ends[1], Level::kInfo, metrics);
    std::string long_text(2000, 'x');
    for (int i = 0; i < 10'000; ++i) log.write(Level::kInfo, long_text);
    EXPECT_GT(metrics.log_lost, 1000u);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(20));
  close(ends[0]);
  close(ends[1]);
}

}  // namespace
}  // namespace assay::serve
