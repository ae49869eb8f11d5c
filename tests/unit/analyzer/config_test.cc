#include "analyzer/pipeline/config.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "analyzer/pipeline/config_apply.h"
#include "analyzer/pipeline/config_keys.h"
#include "analyzer/pipeline/config_peers.h"

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
  EXPECT_EQ(errors_of("\nseverity: terrible\n"), "2: severity: expected critical, high, medium, low or info\n");
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
  EXPECT_EQ(schema["properties"].size(), config_keys().size());
  for (const ConfigKey& key : config_keys()) EXPECT_TRUE(schema["properties"].contains(key.name)) << key.name;
  std::string page = config_reference();
  for (const ConfigKey& key : config_keys()) EXPECT_NE(page.find("| `" + std::string(key.name) + "` |"), std::string::npos);
}

TEST(Config, WhatIsReadIsListedWithItsPlace) {
  core::MemoryFileSystem files{{"/r/base.yaml", "skip-rules: [A]\nfail-on: low\n"},
                               {"/r/c/assay.yaml", "extends: ../base.yaml\nfail-on: high\nskip-rules:\n  - B\n"}};
  std::vector<UsageError> errors;
  Config config = read_config(files, "/r/c/assay.yaml", "/r", errors);
  ASSERT_TRUE(errors.empty()) << errors[0].message;
  EXPECT_EQ(config.settings.files, (std::vector<std::string>{"/r/c/assay.yaml", "/r/base.yaml"}));
  std::string got;
  for (const ConfigItem& item : config.items) got += item.key + "=" + item.text + "@" + item.place.file + ":" + std::to_string(item.place.line) + " ";
  EXPECT_EQ(got, "extends=../base.yaml@/r/c/assay.yaml:1 skip-rules=A@/r/base.yaml:1 fail-on=high@/r/c/assay.yaml:2 skip-rules=B@/r/c/assay.yaml:4 ");
}

TEST(Config, PathsStartAtTheFileThatSaysThem) {
  PathPatterns below{"/r/infra", {"site/", "*.json", "!keep.json", "/top.tf"}};
  struct Case {
    const char *base, *path;
    bool matches;
  };
  for (const Case& one : std::vector<Case>{{"/r", "infra/site/a.tf", true},
                                           {"/r", "infra/x/site/a.tf", true},
                                           {"/r", "site/a.tf", false},
                                           {"/r", "infra/a.json", true},
                                           {"/r", "infra/keep.json", false},
                                           {"/r", "infra/top.tf", true},
                                           {"/r", "infra/x/top.tf", false},
                                           {"/r/infra", "site/a.tf", true},
                                           {"/r/infra", "../site/a.tf", false},
                                           {"/r/infra/x", "site/a.tf", true},
                                           {"/r/infra/site", "a.tf", true},
                                           {"/r/infra/x", "../site/a.tf", true},
                                           {"/other", "site/a.tf", false}}) {
    EXPECT_EQ(PathFilter(below, one.base).matches(one.path), one.matches) << one.base << " " << one.path;
  }
  EXPECT_TRUE(PathFilter({}, "/r").matches("anything"));
}

TEST(Config, OtherToolsFiles) {
  core::MemoryFileSystem files{{"/r/.trivyignore", "# why\nAVD-AWS-0089 exp:2024-02-30\n\nAVD-AWS-0090 # here\r\nCVE-1\n"},
                               {"/r/.kube-linter.yaml", "checks: {addAllBuiltIn: false, doNotAutoAddDefaults: true, include: [a], exclude: [b]}\n"},
                               {"/r/.tfsec/config.json", R"({"exclude": ["x"], "severity_overrides": {"y": "ERROR", "z": "odd"}})"}};
  Settings settings;
  std::vector<ConfigItem> items;
  read_peer_settings(files, {"/r/sub", "/r"}, settings, items);
  ASSERT_EQ(settings.suppressions.size(), 2u);
  EXPECT_EQ(settings.suppressions[0].reason, "why");
  EXPECT_EQ(settings.suppressions[0].bad_until, "2024-02-30");
  EXPECT_EQ(settings.suppressions[0].place.line, 2u);
  EXPECT_EQ(settings.suppressions[1].rule, "AVD-AWS-0090");
  EXPECT_EQ(settings.suppressions[1].reason, "here");
  ASSERT_EQ(settings.tools.size(), 2u);
  EXPECT_EQ(settings.tools[0].only, std::vector<std::string>{"a"});
  EXPECT_EQ(settings.tools[0].without, std::vector<std::string>{"b"});
  EXPECT_EQ(settings.tools[1].mentioned, std::vector<std::string>{"y"});
  ASSERT_EQ(settings.overrides.size(), 1u);
  EXPECT_EQ(settings.overrides[0].severities[0].second, rules::Severity::kHigh);
  std::vector<std::string> notes;
  for (const SettingsNote& note : settings.notes) notes.push_back(note.message);
  EXPECT_EQ(notes, (std::vector<std::string>{"1 entry is about vulnerabilities or licences of packages, which Assay does not look for",
                                             "severity_overrides: 'odd' is no severity"}));
}

}  // namespace
}  // namespace assay::pipeline
