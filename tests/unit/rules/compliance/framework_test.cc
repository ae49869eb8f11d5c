#include "rules/compliance/framework.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "rules/compliance/assessment.h"
#include "rules/lang/pack/pack.h"

namespace assay::rules {
namespace {

TEST(Frameworks, EmbeddedDataHasNoMistakes) {
  std::set<std::string> names;
  for (const Framework& framework : all_frameworks()) {
    EXPECT_TRUE(names.insert(framework.name).second) << framework.name;
    EXPECT_FALSE(framework.title.empty()) << framework.name;
    EXPECT_FALSE(framework.source.empty()) << framework.name;
    EXPECT_FALSE(framework.edges.empty()) << framework.name;
    EXPECT_GE(framework.requirements.size(), 7u) << framework.name;
  }
  for (std::string name : {"cis-aws-1.4", "cis-aws-3.0", "cis-aws-5.0", "cis-kubernetes-1.12", "cis-azure-4.0",
                           "cis-gcp-4.0", "nsa-kubernetes-1.0", "pss-baseline", "pss-restricted", "nist-800-53-r5",
                           "pci-dss-4.0", "soc2", "hipaa", "iso-27001-2022", "isms-p"}) {
    EXPECT_TRUE(names.contains(name)) << name;
  }
}

TEST(Frameworks, IdsAreTextAndNumbersKeepTheirZeros) {
  const Framework* cis = find_framework("CIS-AWS-5.0");
  ASSERT_NE(cis, nullptr);
  EXPECT_EQ(cis->requirements.size(), 63u);
  ASSERT_NE(cis->find("1.1"), nullptr);
  ASSERT_NE(cis->find("1.10"), nullptr);
  EXPECT_NE(cis->find("1.1")->title, cis->find("1.10")->title);
}

TEST(Frameworks, AVersionMayBeLeftOutWhereThereIsOne) {
  EXPECT_EQ(find_framework("nist-800-53"), find_framework("nist-800-53-r5"));
  EXPECT_EQ(find_framework("cis-aws"), nullptr);
  EXPECT_EQ(find_framework("cis-aws-9.9"), nullptr);
}

TEST(Frameworks, IsmsPHasKoreanTitles) {
  const Framework* framework = find_framework("isms-p");
  ASSERT_NE(framework, nullptr);
  EXPECT_EQ(framework->requirements.size(), 101u);
  for (const Requirement& requirement : framework->requirements) {
    EXPECT_FALSE(requirement.korean_title.empty()) << requirement.id;
  }
}

TEST(Frameworks, SaysWhereDataIsBroken) {
  std::vector<std::string> errors;
  parse_frameworks("framework\tx\ncolour\tred\n\n1\ttemplate\tTitle\n1\truntime\tAgain\n2\tmaybe\tOdd\n3\ttemplate\t\n", errors);
  EXPECT_EQ(errors, (std::vector<std::string>{"line 2: unknown key 'colour'", "line 5: '1' stands here twice",
                                              "line 6: expected 'template' or 'runtime' in column 2",
                                              "line 7: a requirement needs a title"}));
}

// Every edge of a built-in rule leads to a requirement that its framework has.
TEST(Frameworks, RulesNameRequirementsThatExist) {
  std::map<std::string, const Framework*> known;
  std::set<std::string_view> ids;
  for (const Framework& framework : all_frameworks()) {
    known[std::string(framework.id) + " " + std::string(framework.version)] = &framework;
    ids.insert(framework.id);
  }
  for (const Rule& rule : builtin_rules()) {
    for (const Control& control : rule.info.controls) {
      if (!ids.contains(control.framework)) continue;
      auto at = known.find(control.framework + " " + control.version);
      ASSERT_NE(at, known.end()) << rule.info.id << ": " << control.framework << " has no version '" << control.version << "'";
      EXPECT_NE(at->second->find(control.id), nullptr)
          << rule.info.id << ": " << at->first << " has no requirement " << control.id;
    }
  }
}

struct Case {
  std::vector<Framework> frameworks;
  RuleInfo rule;
  RuleTally tally;
  Case() {
    std::vector<std::string> errors;
    frameworks = parse_frameworks(
        "framework\tf\nversion\t1\n\n1\ttemplate\tOne\n2\ttemplate\tTwo\n3\truntime\tThree\n4\ttemplate\tFour\t2:9\n", errors);
    rule.id = "AWS0001";
    rule.controls = {{"f", "1", "1"}};
    tally = {&rule, true, 3};
  }
  RequirementRow row(size_t index = 0) { return assess(frameworks[0], {&tally, 1}).rows[index]; }
};

TEST(Assessment, StatesOfARequirement) {
  Case c;
  EXPECT_EQ(c.row().state, RequirementState::kPass);
  EXPECT_EQ(c.row().rules, std::vector<std::string>{"AWS0001"});
  EXPECT_EQ(c.row().published, std::vector<bool>{false});
  c.rule.published = {"f"};
  EXPECT_EQ(c.row().published, std::vector<bool>{true});
  c.tally.maybe = 1;
  EXPECT_EQ(c.row().state, RequirementState::kUndecided);
  c.tally.suppressed = 2;
  EXPECT_EQ(c.row().state, RequirementState::kFail);
  EXPECT_EQ(c.row().reason, "2 findings suppressed");
  c.tally.fail = 1;
  EXPECT_EQ(c.row().state, RequirementState::kFail);
  EXPECT_EQ(c.row().reason, "");
}

TEST(Assessment, NothingPassesByAbsence) {
  Case c;
  c.tally.resources = 0;
  EXPECT_EQ(c.row().state, RequirementState::kNoResource);
  c.tally.failures = 1;
  EXPECT_EQ(c.row().state, RequirementState::kUndecided);
  c.tally.ran = false;
  EXPECT_EQ(c.row().state, RequirementState::kNotAssessed);
  EXPECT_EQ(c.row().reason, "rules not asked for");
  EXPECT_EQ(c.row(1).state, RequirementState::kNotAssessed);
  EXPECT_EQ(c.row(1).reason, "no rule");
  EXPECT_EQ(c.row(2).reason, "runtime");
}

TEST(Assessment, TheSameRequirementOfAnotherVersionIsAnswered) {
  Case c;
  c.rule.controls = {{"f", "2", "9"}};
  EXPECT_EQ(c.row(3).state, RequirementState::kPass);
  EXPECT_EQ(c.row(0).state, RequirementState::kNotAssessed);
}

}  // namespace
}  // namespace assay::rules
