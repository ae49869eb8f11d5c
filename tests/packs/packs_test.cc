// One test per rule file below rules/packs, named after the rule; and what all of them owe together.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "analyzer/pipeline/rule_test.h"
#include "parsers/core/file_system.h"
#include "parsers/core/path.h"
#include "parsers/core/walker.h"
#include "rules/lang/pack/pack.h"

namespace assay {
namespace {

constexpr const char* kRoot = "rules/packs";

std::vector<std::string> rule_files() {
  core::RealFileSystem files;
  std::vector<std::string> out;
  core::WalkOptions options;
  options.gitignore = false;
  for (const std::string& path : core::walk(files, kRoot, options).files) {
    if (path.ends_with(".md") && !path.ends_with("README.md")) out.push_back(path);
  }
  return out;
}

rules::RuleFile load(const std::string& path) {
  core::RealFileSystem files;
  auto text = files.read(core::join_path(kRoot, path));
  return rules::parse_rule_file(path, text ? *text : "");
}

// All rules, compiled: a fix must not make another one speak up.
const rules::RuleSet& all_rules() {
  static const rules::RuleSet* made = [] {
    auto* set = new rules::RuleSet;
    std::set<std::string> ids;
    for (const std::string& path : rule_files()) {
      rules::RuleFile file = load(path);
      if (!file.errors.empty() || !ids.insert(file.rule.info.id).second) continue;
      if (rules::compile_rule(file.rule).empty()) set->add(std::move(file.rule));
    }
    set->seal();
    return set;
  }();
  return *made;
}

class RuleFileTest : public ::testing::TestWithParam<std::string> {};

TEST_P(RuleFileTest, ExamplesHoldAndNoticeMutations) {
  rules::RuleFile file = load(GetParam());
  for (const rules::RuleFileError& error : rules::check_rule_file(file)) {
    ADD_FAILURE() << kRoot << "/" << GetParam() << ":" << error.line << ": " << error.message;
  }
  if (HasFailure()) return;
  pipeline::RuleTestResult result = pipeline::test_rule_file(file, {true, &all_rules()});
  EXPECT_GT(result.examples, 1u);
  EXPECT_GT(result.mutations, 0u);
  for (const pipeline::TestFailure& failure : result.failures) {
    ADD_FAILURE() << kRoot << "/" << GetParam() << ":" << failure.line << ": " << failure.message;
  }
}

std::string test_name(const ::testing::TestParamInfo<std::string>& info) {
  std::string out;
  for (char c : info.param.substr(0, info.param.size() - 3)) out += isalnum(static_cast<unsigned char>(c)) ? c : '_';
  return out;
}

INSTANTIATE_TEST_SUITE_P(Packs, RuleFileTest, ::testing::ValuesIn(rule_files()), test_name);

TEST(PacksTest, EveryRuleSaysWhatPeersAndControlsSay) {
  std::map<std::string, std::string> ids, names;
  for (const std::string& path : rule_files()) {
    rules::RuleFile file = load(path);
    const rules::RuleInfo& info = file.rule.info;
    EXPECT_TRUE(ids.emplace(info.id, path).second) << path << ": id " << info.id << " is also that of " << ids[info.id];
    EXPECT_TRUE(names.emplace(info.name, path).second) << path << ": name is also that of " << names[info.name];
    EXPECT_FALSE(info.cwe.empty()) << path << ": cwe";
    // No framework asks for tidy suppressions.
    if (!path.starts_with("suppressions/")) EXPECT_FALSE(info.controls.empty()) << path << ": controls";
    EXPECT_FALSE(info.what.empty()) << path << ": What it does";
    EXPECT_FALSE(info.why.empty()) << path << ": Why it matters";
    EXPECT_TRUE(path.ends_with("/" + info.name + ".md")) << path << ": the file is named after the rule: " << info.name;
  }
  EXPECT_GE(ids.size(), 100u);
}

TEST(PacksTest, SurvivesPackingAndReading) {
  std::vector<rules::Rule> rules;
  for (const std::string& path : rule_files()) rules.push_back(load(path).rule);
  std::vector<rules::Rule> read = rules::read_pack(rules::write_pack(rules));
  ASSERT_EQ(read.size(), rules.size());
  for (size_t i = 0; i < rules.size(); ++i) {
    EXPECT_EQ(read[i].info.id, rules[i].info.id);
    EXPECT_EQ(read[i].logic, rules[i].logic);
    EXPECT_EQ(read[i].at, rules[i].at);
    EXPECT_EQ(read[i].info.aliases.size(), rules[i].info.aliases.size());
    EXPECT_EQ(read[i].info.how, rules[i].info.how);
    EXPECT_EQ(read[i].fixes.size(), rules[i].fixes.size());
  }
}

}  // namespace
}  // namespace assay
