#include "parsers/core/metrics.h"

#include <gtest/gtest.h>

#include "parsers/core/parallel.h"

namespace assay::core {
namespace {

void work(std::string_view detail) {
  ASSAY_METRIC_DETAIL("test work", detail);
  ASSAY_COUNT("test bytes", 10);
}

class MetricsTest : public testing::Test {
 protected:
  void TearDown() override {
    metrics::enable(metrics::Mode::kOff);
    metrics::reset();
  }
  static metrics::Row row(std::string_view name) {
    for (const metrics::Row& row : metrics::rows()) {
      if (row.name == name) return row;
    }
    return {};
  }
};

TEST_F(MetricsTest, OffRecordsNothing) {
  work("a");
  EXPECT_TRUE(metrics::rows().empty());
}

TEST_F(MetricsTest, AddsUpOverThreads) {
  metrics::enable(metrics::Mode::kStats);
  parallel_for(100, 1, 4, [](size_t, size_t, unsigned) { work("b"); });
  EXPECT_EQ(row("test work").count, 100u);
  EXPECT_GT(row("test work").total_ns, 0u);
  EXPECT_EQ(row("test bytes").count, 1000u);
  EXPECT_TRUE(row("test bytes").is_counter);
  std::string table = metrics::stats_table();
  EXPECT_NE(table.find("test work         100"), std::string::npos) << table;
  EXPECT_EQ(metrics::trace_json(), R"({"displayTimeUnit":"ms","traceEvents":[]})");
}

TEST_F(MetricsTest, Traces) {
  metrics::enable(metrics::Mode::kTrace);
  work("main.tf");
  {
    ASSAY_METRIC("outer");
    work("");
  }
  std::string trace = metrics::trace_json();
  EXPECT_NE(trace.find(R"({"name":"test work","ph":"X","pid":1,"tid":)"), std::string::npos)
      << trace;
  EXPECT_NE(trace.find(R"("args":{"detail":"main.tf"})"), std::string::npos) << trace;
  EXPECT_NE(trace.find(R"("ts":0,)"), std::string::npos) << trace;
}

}  // namespace
}  // namespace assay::core
