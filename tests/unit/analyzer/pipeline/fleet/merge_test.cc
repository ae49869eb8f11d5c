#include "analyzer/pipeline/fleet/merge.h"

#include <gtest/gtest.h>

namespace assay::pipeline {
namespace {

const std::string kReport = "{\n  \"version\": 1,\n  \"findings\": [\n    {\n      \"message\": \"a\\n  b\"\n    }\n  ]\n}\n";

std::string merged(const std::vector<std::string>& files, int* code = nullptr) {
  Merge merge;
  for (size_t i = 0; i < files.size(); ++i) {
    auto status = merge.add("f" + std::to_string(i), files[i]);
    EXPECT_TRUE(status) << (status ? "" : status.error().message);
  }
  if (code) *code = merge.exit_code();
  return merge.result();
}

core::Error mistake(const std::vector<std::string>& files) {
  Merge merge;
  for (size_t i = 0; i < files.size(); ++i) {
    if (auto status = merge.add("f" + std::to_string(i), files[i]); !status) return status.error();
  }
  return {};
}

TEST(Merge, AUnitIsOneLine) {
  EXPECT_EQ(unit_line("a \"b\"", 1, {{"x.tf", {"@t", "@u"}}}, kReport),
            "{\"unit\":\"a \\\"b\\\"\",\"exit_code\":1,\"owners\":[{\"file\":\"x.tf\",\"owners\":[\"@t\",\"@u\"]}],"
            "\"version\": 1,\"findings\": [{\"message\": \"a\\n  b\"}]}\n");
}

TEST(Merge, IsAUnionInAnyOrderAndGrouping) {
  std::string a = unit_line("a", 0, {}, kReport), b = unit_line("b", 1, {}, kReport), c = unit_line("c", 3, {}, kReport);
  int code = 0;
  std::string all = merged({c + a, b}, &code);
  EXPECT_EQ(all, a + b + c);
  EXPECT_EQ(code, 1);
  EXPECT_EQ(merged({merged({b, c}), a}), all);
  EXPECT_EQ(merged({a, merged({c, b})}), all);
  EXPECT_EQ(merged({all, all, a}), all);
  EXPECT_EQ(merged({""}), "");
}

TEST(Merge, ExitCodes) {
  int code = 0;
  merged({unit_line("a", 3, {}, kReport), unit_line("b", 0, {}, kReport)}, &code);
  EXPECT_EQ(code, 3);
  merged({unit_line("a", 1, {}, kReport), failed_unit_line("b", 2, "no such path")}, &code);
  EXPECT_EQ(code, 2);
}

TEST(Merge, RunsOfSarif) {
  auto log = [](const std::string& id, const std::string& more) {
    return "{\n  \"$schema\": \"s\",\n  \"version\": \"2.1.0\",\n  \"runs\": [\n    {\n      \"automationDetails\": {\"id\": \"" + id +
           "\"}" + more + "\n    }\n  ]\n}\n";
  };
  std::string both = merged({log("b/", ""), log("a/", "")});
  EXPECT_LT(both.find("\"a/\""), both.find("\"b/\""));
  EXPECT_EQ(merged({both, log("a/", ""), both}), both);
  EXPECT_EQ(merged({log("a/", "")}), log("a/", ""));
  EXPECT_EQ(mistake({log("a/", ""), log("a/", ", \"x\": 1")}).code, "conflict");
}

TEST(Merge, MistakesAreNamed) {
  std::string a = unit_line("a", 0, {}, kReport);
  EXPECT_EQ(mistake({a, unit_line("a", 1, {}, kReport)}).code, "conflict");
  EXPECT_EQ(mistake({kReport}).code, "syntax");
  EXPECT_NE(mistake({kReport}).message.find("--work-list"), std::string::npos);
  EXPECT_EQ(mistake({a + "{\"unit\":\"b\",\n"}).code, "syntax");
  EXPECT_NE(mistake({a + "{\"unit\":\"b\",\n"}).message.find("f0:2: "), std::string::npos);
  EXPECT_EQ(mistake({"{\"unit\":1,\"exit_code\":0}"}).code, "syntax");
  EXPECT_EQ(mistake({a, "{\"version\":\"2.1.0\",\"runs\":[]}"}).code, "mixed");
  EXPECT_EQ(mistake({"{\"version\":\"2.1.0\",\"runs\":[]}", a}).code, "mixed");
  EXPECT_EQ(mistake({"{\"version\":\"2.1.0\",\"runs\":[{]}"}).code, "syntax");
  EXPECT_EQ(mistake({"{\"version\":\"2.1.0\",\"runs\":[{\"a\" 1}]}"}).code, "syntax");
  EXPECT_EQ(mistake({"{\"version\":\"2.1.0\",\"runs\":[\"x"}).code, "syntax");
  EXPECT_EQ(mistake({"{\"version\":\"2.1.0\",\"run\":{\"runs\":[]}}"}).code, "syntax");
  EXPECT_EQ(mistake({"{\"version\":\"2.0.0\",\"runs\":[]}"}).code, "syntax");
}

}  // namespace
}  // namespace assay::pipeline
