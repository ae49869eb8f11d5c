// Instances of one block that a rule cannot tell apart are judged once.
#include "rules/engine/alike.h"

#include <gtest/gtest.h>

#include "tests/unit/rules/engine/fixture.h"

namespace assay::rules {
namespace {

// Counts its runs, and says what it reads.
class CountingCheck : public Check {
 public:
  CountingCheck(std::vector<std::string> attributes, bool related, int* runs)
      : reads_{std::move(attributes), related}, runs_(runs) {}
  const Reads* reads() const override { return &reads_; }
  RunResult run(RunContext& context) const override {
    ++*runs_;
    const model::Value* acl = context.view->find("acl");
    return acl && acl->is_string() && acl->text() == "public" ? RunResult::kViolation : RunResult::kPass;
  }

 private:
  Reads reads_;
  int* runs_;
};

class AlikeTest : public EngineTest {
 protected:
  // `count` instances of one block; every `odd`th has another acl.
  void instances(int count, int odd = 0) {
    main_ = file("main.tf", "resource x { acl = \"public\" }\nresource y { acl = \"private\" }\n");
    model::Value shared = literal(main_, "\"public\"");
    model::Value other = literal(main_, "\"private\"");
    for (int i = 0; i < count; ++i) {
      std::string_view name = arena().copy("name-" + std::to_string(i));
      model::Value acl = odd > 0 && i % odd == odd - 1 ? other : shared;
      model::Resource& made = resource("t.x[" + std::to_string(i) + "]",
                                       object({{"name", {}, model::string_value(name)}, {"acl", {}, acl}}));
      made.header = at(main_, "resource x");
      made.span = made.header;
    }
  }
  Rule counting(std::vector<std::string> attributes, bool related = false) {
    Rule out = rule(nullptr);
    runs_ = 0;
    out.check = std::make_shared<CountingCheck>(std::move(attributes), related, &runs_);
    return out;
  }
  core::FileId main_ = 0;
  int runs_ = 0;
};

TEST_F(AlikeTest, OneRunSpeaksForAll) {
  instances(12);
  std::vector<Rule> rules{counting({"acl"})};
  Evaluation out = evaluate_all(rules);
  EXPECT_EQ(runs_, 1);
  EXPECT_EQ(out.evaluations, 12u);
  ASSERT_EQ(out.findings.size(), 1u);
  EXPECT_EQ(out.findings[0].resource.address, "t.x[0]");
  ASSERT_EQ(out.findings[0].related.size(), 11u);
  EXPECT_EQ(out.findings[0].related[0].message, "also t.x[10]");  // in the order of addresses
  EXPECT_EQ(out.findings[0].related[2].message, "also t.x[1]");
}

TEST_F(AlikeTest, RulesThatReadWhatDiffersRunForEach) {
  instances(12);
  std::vector<Rule> rules{counting({"acl", "name"})};
  Evaluation out = evaluate_all(rules);
  EXPECT_EQ(runs_, 12);
  ASSERT_EQ(out.findings.size(), 1u);
  EXPECT_EQ(out.findings[0].related.size(), 11u);
}

TEST_F(AlikeTest, OthersOfTheBlockAreJudgedByThemselves) {
  instances(12, 3);
  std::vector<Rule> rules{counting({"acl"})};
  Evaluation out = evaluate_all(rules);
  EXPECT_EQ(runs_, 1 + 4);
  ASSERT_EQ(out.findings.size(), 1u);
  EXPECT_EQ(out.findings[0].related.size(), 7u);
}

TEST_F(AlikeTest, OriginsAreComparedByWhatTheySay) {
  instances(12);
  core::Span first = at(main_, "\"public\"");
  core::Span second = at(main_, "\"private\"");
  int made = 0;
  for (model::Resource& one : root_->resources) {
    // Every instance has hops of its own; the last four come from elsewhere.
    auto* literal = origin(model::OriginKind::kLiteral, ++made > 8 ? second : first);
    model::Entry* entries = const_cast<model::Entry*>(one.views[0].value.entry_array);
    entries[1].value.origin = origin(model::OriginKind::kReference, first, "each.value", {literal});
  }
  std::vector<Rule> rules{counting({"acl"})};
  Evaluation out = evaluate_all(rules);
  EXPECT_EQ(runs_, 1 + 4);
  EXPECT_EQ(out.evaluations, 12u);
}

TEST_F(AlikeTest, TheFirstByAddressSpeaks) {
  instances(3);
  root_->resources[0].address = "t.x[9]";
  std::vector<Rule> rules{counting({"acl"})};
  Evaluation out = evaluate_all(rules);
  ASSERT_EQ(out.findings.size(), 1u);
  EXPECT_EQ(out.findings[0].resource.address, "t.x[1]");
  ASSERT_EQ(out.findings[0].related.size(), 2u);
  EXPECT_EQ(out.findings[0].related[1].message, "also t.x[9]");
}

TEST_F(AlikeTest, ManyAreCounted) {
  instances(2500);
  std::vector<Rule> rules{counting({"acl"})};
  Evaluation out = evaluate_all(rules);
  EXPECT_EQ(runs_, 1);
  ASSERT_EQ(out.findings.size(), 1u);
  ASSERT_EQ(out.findings[0].related.size(), 1001u);
  EXPECT_EQ(out.findings[0].related.back().message, "also 1499 more instances");
}

TEST_F(AlikeTest, AttributesOfAtAndEachCountAsRead) {
  Rule one = counting({"acl"});
  one.at = {"name.first"};
  one.each = "list[]";
  auto reads = reads_of(one);
  ASSERT_TRUE(reads);
  EXPECT_EQ(reads->attributes, (std::vector<std::string>{"acl", "name", "list"}));
  one.check = std::make_shared<LambdaCheck>([](RunContext&) { return RunResult::kPass; });
  EXPECT_FALSE(reads_of(one));
}

}  // namespace
}  // namespace assay::rules
