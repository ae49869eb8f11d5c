#include "rules/lang/pack/pack.h"

#include <gtest/gtest.h>

namespace assay::rules {
namespace {

Rule full_rule() {
  Rule rule;
  RuleInfo& info = rule.info;
  info.id = "TST0001";
  info.name = "n";
  info.severity = Severity::kCritical;
  info.precision = "very-high";
  info.title = "t";
  info.what = "w";
  info.why = std::string("\0y\xff", 3);
  info.how = std::string(100000, 'h');
  info.message = "m";
  info.resources = {"a/b", ""};
  info.formats = {"terraform"};
  info.cwe = {"CWE-1"};
  info.aliases = {{"checkov", "CKV_1"}, {"", ""}};
  info.controls = {{"cis", "1.4", "2"}};
  info.tags = {"secret"};
  info.fix = FixKind::kUnsafe;
  info.source = "s.md";
  rule.at = {"acl"};
  rule.each = "e";
  rule.language = "cel";
  rule.logic = "true";
  return rule;
}

TEST(Pack, RoundTrip) {
  std::vector<Rule> rules = {full_rule(), Rule{}};
  std::string blob = write_pack(rules);
  std::vector<Rule> back = read_pack(blob);
  ASSERT_EQ(back.size(), 2u);
  EXPECT_EQ(write_pack(back), blob);
  const RuleInfo& info = back[0].info;
  EXPECT_EQ(info.severity, Severity::kCritical);
  EXPECT_EQ(info.why, std::string("\0y\xff", 3));
  EXPECT_EQ(info.how.size(), 100000u);
  EXPECT_EQ(info.resources, (std::vector<std::string>{"a/b", ""}));
  EXPECT_EQ(info.aliases[0].id, "CKV_1");
  EXPECT_EQ(info.controls[0].version, "1.4");
  EXPECT_EQ(info.fix, FixKind::kUnsafe);
  EXPECT_EQ(back[0].at, std::vector<std::string>{"acl"});
  EXPECT_EQ(back[0].each, "e");
  EXPECT_EQ(back[0].logic, "true");
  EXPECT_EQ(back[0].check, nullptr);
  EXPECT_TRUE(read_pack(write_pack({})).empty());
}

TEST(Pack, OutlinesHoldWhatChoosingNeeds) {
  std::vector<Rule> rules = read_outlines(write_pack(std::vector<Rule>{full_rule()}));
  ASSERT_EQ(rules.size(), 1u);
  const RuleInfo& info = rules[0].info;
  EXPECT_EQ(info.id, "TST0001");
  EXPECT_EQ(info.name, "n");
  EXPECT_EQ(info.severity, Severity::kCritical);
  EXPECT_EQ(info.fix, FixKind::kUnsafe);
  EXPECT_EQ(info.resources, (std::vector<std::string>{"a/b", ""}));
  EXPECT_EQ(info.aliases.size(), 2u);
  EXPECT_EQ(info.tags, std::vector<std::string>{"secret"});
  EXPECT_TRUE(info.title.empty() && info.how.empty() && info.source.empty() && info.controls.empty());
  EXPECT_TRUE(rules[0].logic.empty() && rules[0].language.empty());
}

TEST(Pack, CompletingLeavesOtherRulesAlone) {
  Rule rule = full_rule();
  complete_logic(rule);
  complete_texts(rule.info);
  EXPECT_EQ(rule.logic, "true");
  EXPECT_EQ(rule.info.what, "w");
  Rule unknown;
  unknown.info.id = "ZZZ9999";
  complete_logic(unknown);
  complete_texts(unknown.info);
  EXPECT_TRUE(unknown.language.empty());
  EXPECT_TRUE(unknown.info.source.empty());
}

TEST(Pack, KeepsExamplesBesideTheRules) {
  std::vector<Rule> rules = {full_rule(), full_rule()};
  rules[1].info.id = "TST0002";
  Example bad;
  bad.bad = true;
  bad.format = "terraform";
  bad.files = {{"main.tf", "x = 1\n", "hcl", {}}, {"b.tf", "", "hcl", {}}};
  std::vector<std::vector<Example>> examples = {{}, {bad, Example{}}};
  std::string blob = write_pack(rules, examples);
  EXPECT_EQ(read_pack(blob).size(), 2u);
  EXPECT_TRUE(read_examples(blob, "TST0001").empty());
  EXPECT_TRUE(read_examples(blob, "TST0003").empty());
  std::vector<Example> back = read_examples(blob, "TST0002");
  ASSERT_EQ(back.size(), 2u);
  EXPECT_TRUE(back[0].bad);
  EXPECT_EQ(back[0].format, "terraform");
  ASSERT_EQ(back[0].files.size(), 2u);
  EXPECT_EQ(back[0].files[0].text, "x = 1\n");
  EXPECT_EQ(back[0].files[0].language, "hcl");
  for (size_t size = 0; size < blob.size(); size += 97) {
    read_examples(std::string_view(blob).substr(0, size), "TST0002");  // must not read beyond its end
  }
}

TEST(Pack, CutBlobsGiveNothing) {
  Rule rule = full_rule();
  rule.info.how = "h";
  std::string blob = write_pack(std::vector<Rule>{rule, rule});
  for (size_t size = 0; size < blob.size(); ++size) {
    EXPECT_TRUE(read_pack(std::string_view(blob).substr(0, size)).empty()) << size;
    EXPECT_TRUE(read_outlines(std::string_view(blob).substr(0, size)).empty()) << size;
  }
}

TEST(Pack, ForeignBlobsGiveNothing) {
  EXPECT_TRUE(read_pack("").empty());
  EXPECT_TRUE(read_pack("ASSAYPK0\x01").empty());
  EXPECT_TRUE(read_pack(std::string("ASSAYPK1\xff\xff\xff\xff", 12)).empty());
  // Counts that promise far more than there is must not ask for memory.
  std::string blob = write_pack(std::vector<Rule>{full_rule()});
  for (size_t at = 8; at + 4 <= std::min<size_t>(blob.size(), 400); ++at) {
    std::string broken = blob;
    broken.replace(at, 4, "\xff\xff\xff\x7f");
    (void)read_pack(broken);
    (void)read_outlines(broken);
  }
  std::string many = "ASSAYPK1";
  many += std::string("\x00\x00\x10\x00", 4);  // a million rules in a megabyte of 0xff
  many += std::string(1 << 20, '\xff');
  EXPECT_TRUE(read_pack(many).empty());
}

TEST(Pack, CompileTellsTheLine) {
  Rule rule;
  rule.language = "cel";
  rule.logic = "true &&\n  nonsense(1)\n";
  std::vector<RuleFileError> errors = compile_rule(rule, 10);
  ASSERT_FALSE(errors.empty());
  EXPECT_EQ(errors[0].line, 11u);
  EXPECT_EQ(errors[0].column, 3u);
  EXPECT_EQ(errors[0].length, 11u);  // the call
  EXPECT_EQ(rule.check, nullptr);
  rule.logic = "true";
  EXPECT_TRUE(compile_rule(rule, 10).empty());
  EXPECT_NE(rule.check, nullptr);
  rule.language = "cobol";
  errors = compile_rule(rule, 10);
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].message, "no policy language is called 'cobol'");
}

}  // namespace
}  // namespace assay::rules
