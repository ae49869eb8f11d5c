#include "analyzer/pipeline/config.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace assay::pipeline {
namespace {

Config read(const char* text, std::vector<UsageError>& errors, const std::string& current = "/repo") {
  core::MemoryFileSystem files{{"/repo/conf/assay.yaml", text}};
  return read_config(files, "/repo/conf/assay.yaml", current, errors);
}

std::string errors_of(const char* text) {
  std::vector<UsageError> errors;
  read(text, errors);
  std::string out;
  for (const UsageError& error : errors) {
    EXPECT_EQ(error.file, "/repo/conf/assay.yaml");
    out += std::to_string(error.line) + ": " + error.message + "\n";
  }
  return out;
}

TEST(Config, WhatClustersRun) {
  std::vector<UsageError> errors;
  Config config = read("kubernetes-version: 1.30\npod-security: baseline\n", errors);
  EXPECT_TRUE(errors.empty());
  EXPECT_EQ(config.kubernetes_version, "1.30");
  EXPECT_EQ(config.pod_security, "baseline");
  EXPECT_EQ(errors_of("kubernetes-version: newest\n"),
            "1: kubernetes-version: expected a version such as 1.31, or latest\n");
  EXPECT_EQ(errors_of("pod-security: strict\n"), "1: pod-security: expected privileged, baseline or restricted\n");
}

TEST(Config, EveryKey) {
  std::vector<UsageError> errors;
  Config config = read(R"(rules: [AWS*, s3-public-acl]
skip-rules: KUB0001
policies: [../policies, own.md]
severity: medium
fail-on: high
maybe: true
allow-partial: false
tf-env: true
var-files: [prod.tfvars]
params: [params.json]
context: cloud.json
vars:
  region: eu-west-1
  count: 3
)", errors);
  ASSERT_TRUE(errors.empty()) << errors[0].message;
  using Texts = std::vector<std::string>;
  EXPECT_EQ(config.rules, (Texts{"AWS*", "s3-public-acl"}));
  EXPECT_EQ(config.skip_rules, Texts{"KUB0001"});
  EXPECT_EQ(config.policies, (Texts{"policies", "conf/own.md"}));  // as seen from the working directory
  EXPECT_EQ(config.severity, "medium");
  EXPECT_EQ(config.fail_on, "high");
  EXPECT_EQ(config.maybe, true);
  EXPECT_EQ(config.allow_partial, false);
  EXPECT_EQ(config.tf_env, true);
  EXPECT_EQ(config.variable_files, Texts{"conf/prod.tfvars"});
  EXPECT_EQ(config.parameter_files, Texts{"conf/params.json"});
  EXPECT_EQ(config.context, "conf/cloud.json");
  ASSERT_EQ(config.variables.size(), 2u);
  EXPECT_EQ(config.variables[1], (std::pair<std::string, std::string>{"count", "3"}));
}

TEST(Config, NothingIsFine) {
  EXPECT_EQ(errors_of(""), "");
  EXPECT_EQ(errors_of("# only a comment\n"), "");
}

TEST(Config, ErrorsCarryTheirLine) {
  EXPECT_EQ(errors_of("maybe: true\nsevrity: high\n"), "2: unknown key 'sevrity'; did you mean \"severity\"?\n");
  EXPECT_EQ(errors_of("\nseverity: severe\n"), "2: severity: expected critical, high, medium, low or info\n");
  EXPECT_EQ(errors_of("maybe: perhaps\n"), "1: maybe: expected true or false\n");
  EXPECT_EQ(errors_of("vars: [a]\n"), "1: vars: expected NAME: VALUE pairs\n");
  EXPECT_NE(errors_of("vars:\n  a: [1]\n").find("2: vars: expected a text"), std::string::npos);
  EXPECT_NE(errors_of("rules:\n- {a: b}\n").find("2: rules: expected a text"), std::string::npos);
  EXPECT_NE(errors_of("context: [a]\n").find("1: context: expected a text"), std::string::npos);
  EXPECT_NE(errors_of("- a\n").find("1: the configuration must be a mapping"), std::string::npos);
  EXPECT_NE(errors_of("a: [\nb"), "");
  EXPECT_NE(errors_of("[a]: b\n"), "");
  EXPECT_NE(errors_of("? {a: b}\n: c\n"), "");
}

TEST(Config, AMissingFileIsAnError) {
  core::MemoryFileSystem files;
  std::vector<UsageError> errors;
  read_config(files, "/nowhere.yaml", "/", errors);
  ASSERT_EQ(errors.size(), 1u);
}

TEST(Config, TheClosestFileCounts) {
  core::MemoryFileSystem files{{"/r/assay.yaml", ""}, {"/r/a/.assay.yaml", ""}, {"/r/a/b/main.tf", ""}, {"/r/c/x.tf", ""}};
  EXPECT_EQ(find_config(files, "/r/a/b"), "/r/a/.assay.yaml");
  EXPECT_EQ(find_config(files, "/r/a/b/main.tf"), "/r/a/.assay.yaml");
  EXPECT_EQ(find_config(files, "/r/c"), "/r/assay.yaml");
  EXPECT_EQ(find_config(files, "/"), "");
}

TEST(Config, TheSchemaNamesEveryKey) {
  auto schema = nlohmann::json::parse(config_schema());
  EXPECT_EQ(schema["additionalProperties"], false);
  for (const char* key : {"rules", "skip-rules", "policies", "severity", "fail-on", "maybe", "allow-partial", "tf-env",
                          "var-files", "params", "context", "vars"}) {
    ASSERT_TRUE(schema["properties"].contains(key)) << key;
    EXPECT_FALSE(schema["properties"][key]["description"].get<std::string>().empty());
  }
  EXPECT_EQ(schema["properties"].size(), 14u);
}

}  // namespace
}  // namespace assay::pipeline
