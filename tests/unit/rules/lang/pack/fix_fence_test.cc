#include "rules/lang/pack/fix_fence.h"

#include <gtest/gtest.h>

#include "rules/lang/pack/pack.h"
#include "rules/lang/pack/rule_file.h"

namespace assay::rules {
namespace {

FixStep step(std::string_view line) {
  std::string error;
  FixStep out = parse_fix_step(line, error);
  EXPECT_EQ(error, "") << line;
  return out;
}

std::string error_of(std::string_view line) {
  std::string error;
  parse_fix_step(line, error);
  return error;
}

TEST(FixFence, ReadsSteps) {
  FixStep set = step("  set versioning.enabled = true ");
  EXPECT_EQ(set.kind, FixStep::Kind::kSet);
  EXPECT_EQ(set.path, "versioning.enabled");
  EXPECT_EQ(set.value, "true");
  FixStep add = step("add enabled_logs = [\"audit\", \"api\"]");
  EXPECT_EQ(add.kind, FixStep::Kind::kAdd);
  EXPECT_EQ(add.value, "[\"audit\", \"api\"]");
  FixStep remove = step("remove metadata.labels[\"a.b/c = d\"]");
  EXPECT_EQ(remove.kind, FixStep::Kind::kRemove);
  EXPECT_EQ(remove.path, "metadata.labels[\"a.b/c = d\"]");
  EXPECT_EQ(step("set rules[0].name = \"x\"").path, "rules[0].name");
}

TEST(FixFence, SaysWhatIsWrong) {
  EXPECT_NE(error_of("put a = 1").find("a step of a fix is"), std::string::npos);
  EXPECT_NE(error_of("set = 1").find("does not begin with a path"), std::string::npos);
  EXPECT_NE(error_of("set a. = 1").find("does not begin with a path"), std::string::npos);
  EXPECT_NE(error_of("set resource.a = 1").find("begin behind 'resource.'"), std::string::npos);
  EXPECT_NE(error_of("set a").find("missing behind a"), std::string::npos);
  EXPECT_NE(error_of("set a = private").find("is not JSON"), std::string::npos);
  EXPECT_NE(error_of("add a = 1").find("wants a list"), std::string::npos);
  EXPECT_NE(error_of("remove a = 1").find("nothing comes behind"), std::string::npos);
}

const char kRule[] = R"(---
id: TST0001
name: x
severity: high
precision: high
resources: [aws/rds/instance, aws/rds/cluster]
fix: safe
---
# T
## How to fix
So.
```cel
!resource.a
```
)";

RuleFile rule(std::string_view fences) { return parse_rule_file("t.md", std::string(kRule) + std::string(fences)); }

TEST(FixFence, TheFirstThatFitsCounts) {
  RuleFile file = rule("```fix aws/rds/cluster cloudformation\nset a = 1\n```\n```fix terraform\nset a = 2\n```\n"
                       "```fix\nset a = 3\nremove b\n```\n```hcl bad nofix\nx\n```\n");
  ASSERT_TRUE(file.errors.empty()) << file.errors[0].message;
  ASSERT_EQ(file.examples.size(), 1u);
  EXPECT_TRUE(file.examples[0].nofix);
  auto value = [&](std::string_view format, std::string_view type) {
    return find_recipe(file.rule, format, type)->steps[0].value;
  };
  EXPECT_EQ(value("cloudformation", "aws/rds/cluster"), "1");
  EXPECT_EQ(value("terraform", "aws/rds/cluster"), "2");
  EXPECT_EQ(value("cloudformation", "aws/rds/instance"), "3");
  EXPECT_EQ(describe_fix(file.rule.fixes[2]), "Set a to 3, remove b");
  std::vector<Rule> read = read_pack(write_pack({&file.rule, 1}));
  ASSERT_EQ(read.size(), 1u);
  ASSERT_EQ(read[0].fixes.size(), 3u);
  EXPECT_EQ(read[0].fixes[0].only, (std::vector<std::string>{"aws/rds/cluster", "cloudformation"}));
  EXPECT_EQ(read[0].fixes[2].steps[1].kind, FixStep::Kind::kRemove);
  EXPECT_EQ(read[0].fixes[2].steps[1].path, "b");
}

TEST(FixFence, PromiseAndFenceGoTogether) {
  auto first_error = [](const RuleFile& file) { return file.errors.empty() ? std::string() : file.errors[0].message; };
  EXPECT_EQ(first_error(rule("")), "fix is promised, but a ```fix fence is missing");
  EXPECT_EQ(first_error(rule("```fix\n```\n")), "this fix has no steps");
  EXPECT_NE(first_error(rule("```fix helm\nset a = 1\n```\n")).find("not for 'helm'"), std::string::npos);
  std::string text(kRule);
  text.replace(text.find("fix: safe"), 9, "fix: none");
  text += "```fix\nset a = 1\n```\n";
  EXPECT_EQ(first_error(parse_rule_file("t.md", text)), "there is a ```fix fence: fix is to be safe or unsafe");
}

}  // namespace
}  // namespace assay::rules
