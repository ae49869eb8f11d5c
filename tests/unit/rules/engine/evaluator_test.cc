#include "rules/engine/evaluator.h"

#include <algorithm>
#include <set>

#include "tests/unit/rules/engine/fixture.h"

namespace assay::rules {
namespace {

using model::Value;

class EvaluatorTest : public EngineTest {
 protected:
  Value text(std::string_view text) { return model::string_value(text); }
  Value acl(Value value) { return object({{"acl", {}, value}}); }
  // "pass", "fail", "maybe" or "not-evaluated" of the only rule on the only resource.
  std::string verdict(Rule rule) {
    std::vector<Rule> rules;
    rules.push_back(std::move(rule));
    Evaluation out = evaluate_all(std::move(rules));
    findings_ = out.findings;
    failures_ = out.failures;
    if (!out.failures.empty()) return "not-evaluated";
    if (out.findings.empty()) return "pass";
    return std::string(verdict_name(out.findings[0].verdict));
  }
  std::vector<Finding> findings_;
  std::vector<RuleFailure> failures_;
};

TEST_F(EvaluatorTest, KnownValuesPassOrFail) {
  resource("a", acl(text("public")));
  EXPECT_EQ(verdict(rule(equals("acl", "private"))), "pass");
  EXPECT_EQ(verdict(rule(equals("acl", "public"))), "fail");
  EXPECT_EQ(findings_[0].message, "a title");
  EXPECT_TRUE(findings_[0].depends_on.empty());
  EXPECT_TRUE(findings_[0].witness.empty());
}

TEST_F(EvaluatorTest, AnUnknownValueIsMaybeAndNamesItsCause) {
  resource("a", acl(input("var.acl")));
  EXPECT_EQ(verdict(rule(equals("acl", "public"))), "maybe");
  EXPECT_EQ(findings_[0].depends_on, std::vector<std::string>{"var.acl"});
  EXPECT_EQ(findings_[0].witness, "var.acl = \"public\"");
  EXPECT_NE(findings_[0].message.find("depends on var.acl"), std::string::npos);
}

TEST_F(EvaluatorTest, ViolationInEveryWorldIsCertain) {
  resource("a", acl(either(when("var.prod"), text("public"), text("public-read"))));
  EXPECT_EQ(verdict(rule([](RunContext& context) {
              const Value& value = context.world->resolve(context.guards(), *context.view->find("acl"));
              return value.text().starts_with("public") ? RunResult::kViolation : RunResult::kPass;
            })), "fail");
  EXPECT_TRUE(findings_[0].depends_on.empty());
  EXPECT_EQ(verdict(rule(equals("acl", "public"))), "maybe");
}

TEST_F(EvaluatorTest, AResourceThatMayNotExistIsMaybe) {
  model::Resource& one = resource("a", acl(text("public")));
  one.exists = when("var.on");
  EXPECT_EQ(verdict(rule(equals("acl", "public"))), "maybe");
  EXPECT_EQ(findings_[0].depends_on, std::vector<std::string>{"var.on"});
  EXPECT_EQ(findings_[0].witness, "var.on is true");
}

TEST_F(EvaluatorTest, WhatContradictsTheExistencePasses) {
  model::Resource& one = resource("a", acl(either(when("var.on"), text("private"), text("public"))));
  one.exists = when("var.on");
  EXPECT_EQ(verdict(rule(equals("acl", "public"))), "pass");
}

TEST_F(EvaluatorTest, AResourceThatNeverExistsPasses) {
  model::Resource& one = resource("a", acl(text("public")));
  one.exists = model::kNever;
  EXPECT_EQ(verdict(rule(equals("acl", "public"))), "pass");
}

TEST_F(EvaluatorTest, AGuardedViewIsMaybe) {
  model::Resource& one = resource("a", acl(text("public")));
  one.views[0].value.guard = when("var.on");
  EXPECT_EQ(verdict(rule(equals("acl", "public"))), "maybe");
}

TEST_F(EvaluatorTest, ARepresentativeIsNeverCertain) {
  model::Resource& one = resource("a[*]", acl(text("public")));
  one.representative = true;
  one.exists = when("var.count");
  EXPECT_EQ(verdict(rule(equals("acl", "public"))), "maybe");
  EXPECT_EQ(findings_[0].depends_on, std::vector<std::string>{"var.count"});
}

TEST_F(EvaluatorTest, WhatIsWrongWhereverAConditionalResourceExistsIsCertain) {
  model::Resource& one = resource("a", acl(text("public")));
  one.exists = when("var.on");
  model::Guard other = when("var.other");
  EXPECT_EQ(verdict(rule(equals("acl", "public"))), "maybe");
  one.conditional = true;
  EXPECT_EQ(verdict(rule(equals("acl", "public"))), "fail");
  one.views[0].value.guard = other;  // in some of the cases where it exists
  EXPECT_EQ(verdict(rule(equals("acl", "public"))), "maybe");
  one.exists = model::kNever;
  EXPECT_EQ(verdict(rule(equals("acl", "public"))), "pass");
}

TEST_F(EvaluatorTest, PolicyErrorsAreNotEvaluated) {
  model::Resource& one = resource("a", acl(text("public")));
  one.header = {};
  EXPECT_EQ(verdict(rule([](RunContext& context) {
              context.error = "division by zero";
              return RunResult::kError;
            })), "not-evaluated");
  ASSERT_EQ(failures_.size(), 1u);
  EXPECT_EQ(failures_[0].rule, "TST0001");
  EXPECT_EQ(failures_[0].address, "a");
  EXPECT_EQ(failures_[0].error, "division by zero");
}

TEST_F(EvaluatorTest, AnErrorInOneWorldNeverHidesAViolationInAnother) {
  resource("a", acl(input("var.acl")));
  auto body = [](RunContext& context) {
    const model::Guards& guards = context.guards();
    if (context.world->equals(guards, *context.view->find("acl"), model::string_value("public"))) {
      return RunResult::kViolation;
    }
    context.error = "no such method";
    return RunResult::kError;
  };
  EXPECT_EQ(verdict(rule(body)), "maybe");
}

TEST_F(EvaluatorTest, TooManyWorldsAreNeverAVerdict) {
  std::vector<model::Entry> entries;
  std::vector<std::string> names;
  for (int i = 0; i < 12; ++i) names.push_back("k" + std::to_string(i));
  for (const std::string& name : names) entries.push_back({name, {}, input("var." + name)});
  resource("a", object(entries));
  auto count = [&](bool violate) {
    return [violate, names](RunContext& context) {
      for (const std::string& name : names) {
        (void)context.world->equals(context.guards(), *context.view->find(name), model::string_value("x"));
      }
      return violate ? RunResult::kViolation : RunResult::kPass;
    };
  };
  EXPECT_EQ(verdict(rule(count(false))), "not-evaluated");
  EXPECT_EQ(failures_[0].error, "too many combinations of unknown inputs");
  EXPECT_EQ(verdict(rule(count(true))), "maybe");
}

TEST_F(EvaluatorTest, MessageOfTheCheckWins) {
  resource("a", acl(text("public")));
  Rule one = rule([](RunContext& context) {
    context.message = "acl is public";
    return RunResult::kViolation;
  });
  one.info.message = "the rule's message";
  EXPECT_EQ(verdict(one), "fail");
  EXPECT_EQ(findings_[0].message, "acl is public");
}

TEST_F(EvaluatorTest, EachRunsOncePerElement) {
  core::FileId main = file("main.tf", "in { p = \"a\" }\nin { p = \"b\" }\nin { p = \"b\" }\n");
  std::vector<Value> blocks;
  for (int i = 0; i < 3; ++i) {
    Value block = object({{"p", {}, literal(main, i == 0 ? "\"a\"" : "\"b\"", i == 2 ? 1 : 0)}});
    block.span = at(main, "in {", i);
    blocks.push_back(block);
  }
  resource("a", object({{"in", {}, list(blocks)}}));
  Rule one = rule(equals("p", "b"));
  one.each = "in";
  one.at = {"p"};
  std::vector<Rule> rules{one};
  Evaluation out = evaluate_all(rules);
  EXPECT_EQ(out.evaluations, 3u);
  ASSERT_EQ(out.findings.size(), 2u);
  EXPECT_EQ(sources_.lines(main).position(out.findings[0].region.begin).line, 2u);
  EXPECT_EQ(sources_.lines(main).position(out.findings[1].region.begin).line, 3u);
  EXPECT_NE(out.findings[0].fingerprint, out.findings[1].fingerprint);
}

TEST_F(EvaluatorTest, FindingsOfOneRuleInOneResourceHaveALimit) {
  std::string source;
  for (size_t i = 0; i < kMaxFindingsOfRule + 5; ++i) source += "in { p = \"b\" }\n";
  core::FileId main = file("main.tf", source);
  std::vector<Value> blocks;
  for (size_t i = 0; i < kMaxFindingsOfRule + 5; ++i) {
    auto begin = static_cast<uint32_t>(i * 15);
    Value p = text("b");
    p.span = {main, begin + 9, begin + 12};
    Value block = object({{"p", {}, p}});
    block.span = {main, begin, begin + 14};
    blocks.push_back(block);
  }
  resource("a", object({{"in", {}, list(blocks)}}));
  Rule one = rule(equals("p", "b"));
  one.each = "in";
  one.at = {"p"};
  std::vector<Rule> rules{one};
  Evaluation out = evaluate_all(rules);
  EXPECT_EQ(out.findings.size(), kMaxFindingsOfRule);
  ASSERT_EQ(out.failures.size(), 1u);
  EXPECT_NE(out.failures[0].error.find("other 5 elements are not judged"), std::string::npos) << out.failures[0].error;
}

TEST_F(EvaluatorTest, EachOverASingleBlockAnAbsentAndANullList) {
  resource("a", object({{"in", {}, object({{"p", {}, text("b")}})}}));
  Rule one = rule(equals("p", "b"));
  one.each = "in";
  EXPECT_EQ(verdict(one), "fail");
  one.each = "out";
  EXPECT_EQ(verdict(one), "pass");
}

TEST_F(EvaluatorTest, EachOverAnUnknownListIsMaybe) {
  resource("a", object({{"in", {}, input("var.in")}}));
  Rule one = rule(equals("p", "b"));
  one.each = "in";
  EXPECT_EQ(verdict(one), "pass");  // the item has no key `p` that the check could read
  Rule any = rule([](RunContext&) { return RunResult::kViolation; });
  any.each = "in";
  EXPECT_EQ(verdict(any), "maybe");  // the list may be empty
  EXPECT_EQ(findings_[0].depends_on, std::vector<std::string>{"var.in"});
}

TEST_F(EvaluatorTest, EachOverAnUnknownListThatIsNotEmptyIsCertain) {
  model::Unknown unknown = input("var.in").unknown();
  unknown.min_length = 1;
  unknown.not_null = true;
  resource("a", object({{"in", {}, model::unknown_value(unknown, arena())}}));
  Rule any = rule([](RunContext&) { return RunResult::kViolation; });
  any.each = "in";
  EXPECT_EQ(verdict(any), "fail");
}

TEST_F(EvaluatorTest, EachOverGuardedElements) {
  Value item = object({{"p", {}, text("b")}});
  item.guard = when("var.open");
  resource("a", object({{"in", {}, list({item})}}));
  Rule one = rule(equals("p", "b"));
  one.each = "in";
  EXPECT_EQ(verdict(one), "maybe");
  EXPECT_EQ(findings_[0].depends_on, std::vector<std::string>{"var.open"});
}

TEST_F(EvaluatorTest, EachOverAlternativeLists) {
  Value bad = list({object({{"p", {}, text("b")}})});
  Value good = list({object({{"p", {}, text("a")}})});
  resource("a", object({{"in", {}, either(when("var.open"), bad, good)}}));
  Rule one = rule(equals("p", "b"));
  one.each = "in";
  EXPECT_EQ(verdict(one), "maybe");
  EXPECT_EQ(findings_.size(), 1u);
}

TEST_F(EvaluatorTest, EachGoesThroughNestedLists) {
  Value a = object({{"ports", {}, list({object({{"n", {}, text("1")}}), object({{"n", {}, text("2")}})})}});
  Value b = object({{"ports", {}, list({object({{"n", {}, text("2")}})})}});
  resource("a", object({{"pod", {}, object({{"containers", {}, list({a, b})}})}}));
  Rule one = rule(equals("n", "2"));
  one.each = "pod.containers[].ports";
  std::vector<Rule> rules{one};
  EXPECT_EQ(evaluate_all(rules).evaluations, 3u);
}

TEST_F(EvaluatorTest, InstancesOfOneBlockAreOneFinding) {
  core::FileId main = file("main.tf", "resource \"t\" \"b\" {\n  acl = \"public\"\n}\n");
  for (const char* address : {"t.b[0]", "t.b[1]", "t.b[2]"}) {
    model::Resource& one = resource(address, acl(literal(main, "\"public\"")));
    one.header = at(main, "resource \"t\" \"b\"");
    one.span = {main, 0, static_cast<uint32_t>(sources_.text(main).size())};
  }
  Rule one = rule(equals("acl", "public"));
  one.at = {"acl"};
  std::vector<Rule> rules{one};
  Evaluation out = evaluate_all(rules);
  ASSERT_EQ(out.findings.size(), 1u);
  EXPECT_EQ(out.findings[0].resource.address, "t.b[0]");
  ASSERT_EQ(out.findings[0].related.size(), 2u);
  EXPECT_EQ(out.findings[0].related[1].message, "also t.b[2]");
}

TEST_F(EvaluatorTest, AMergedFindingIsAsCertainAsItsSurestInstance) {
  core::FileId main = file("main.tf", "resource \"t\" \"b\" {\n  acl = \"public\"\n}\n");
  for (const char* address : {"t.b[0]", "t.b[1]"}) {
    model::Resource& one = resource(address, acl(literal(main, "\"public\"")));
    one.header = at(main, "resource \"t\" \"b\"");
    if (one.address == "t.b[0]") one.exists = when("var.on");
  }
  Rule one = rule(equals("acl", "public"));
  one.at = {"acl"};
  EXPECT_EQ(verdict(one), "fail");
  EXPECT_TRUE(findings_[0].depends_on.empty());
}

TEST_F(EvaluatorTest, FocusKeepsFindingsThatReachIntoIt) {
  core::FileId main = file("main.tf", "acl = var.acl");
  core::FileId vars = file("v.tfvars", "acl = \"public\"");
  Value value = model::string_value("public");
  value.span = at(main, "var.acl");
  value.origin = origin(model::OriginKind::kReference, value.span, "var.acl",
                        {origin(model::OriginKind::kVariableValue, at(vars, "\"public\""), "var.acl")});
  model::Resource& one = resource("a", acl(value));
  one.header = at(main, "acl");
  core::FileId other = file("other.tf", "x");
  Rule check = rule(equals("acl", "public"));
  check.at = {"acl"};
  for (auto [focus, count] : {std::pair{main, 1u}, std::pair{vars, 1u}, std::pair{other, 0u}}) {
    EvaluateOptions options;
    options.focus = {focus};
    EXPECT_EQ(evaluate_all({check}, options).findings.size(), count) << focus;
  }
}

// A check that sees no more than the attribute `acl`.
class LocalCheck : public LambdaCheck {
 public:
  LocalCheck(std::function<RunResult(RunContext&)> body, bool related) : LambdaCheck(std::move(body)) {
    reads_.attributes = {"acl"};
    reads_.related = related;
  }
  const Reads* reads() const override { return &reads_; }

 private:
  Reads reads_;
};

TEST_F(EvaluatorTest, WhatIsLeftAsideStillCountsInFingerprints) {
  model::Project project;
  project.sources = &sources_;
  std::vector<core::FileId> files;
  for (const char* path : {"a.tf", "b.tf", "c.tf", "d.tf"}) {
    core::FileId id = file(path, "acl = \"public\"");
    files.push_back(id);
    auto root = std::make_unique<model::Root>();
    root->path = path;
    std::swap(root, root_);
    // Three roots have the same address, one has another.
    model::Resource& one = resource(files.size() == 2 ? "other" : "bucket", acl(literal(id, "\"public\"")));
    one.header = at(id, "acl");
    std::swap(root, root_);
    project.add(std::move(root));
  }
  project.seal();
  int runs = 0;
  for (bool related : {false, true}) {
    Rule one = rule({});
    one.at = {"acl"};
    one.check = std::make_shared<LocalCheck>([&](RunContext& context) { return ++runs, equals("acl", "public")(context); }, related);
    EXPECT_EQ(is_local(one), !related);
    RuleSet set;
    set.add(one);
    set.seal();
    Evaluation all = evaluate(project, set, {});
    ASSERT_EQ(all.findings.size(), 4u);
    EvaluateOptions options;
    options.focus = {files[3]};
    for (size_t i = 0; i < 3; ++i) options.aside.push_back(project.roots[i].get());
    std::sort(options.aside.begin(), options.aside.end());
    runs = 0;
    Evaluation some = evaluate(project, set, options);
    ASSERT_EQ(some.findings.size(), 1u);
    EXPECT_EQ(some.findings[0].fingerprint, all.findings[3].fingerprint);
    EXPECT_EQ(runs, related ? 4 : 3);  // a local rule leaves out the other address
    options.late_focus = true;
    some = evaluate(project, set, options);
    EXPECT_GT(some.findings.size(), 1u);
    EXPECT_TRUE(in_focus(some.findings.back(), options.focus));
    EXPECT_FALSE(in_focus(some.findings.front(), options.focus));
  }
}

TEST_F(EvaluatorTest, OfEqualAddressesTheFirstRootSpeaks) {
  core::FileId shared = file("module.tf", "acl = \"public\"");
  model::Project project;
  project.sources = &sources_;
  for (int i = 0; i < 200; ++i) {
    auto root = std::make_unique<model::Root>();
    root->path = "root" + std::to_string(1000 + i);
    std::swap(root, root_);
    resource("module.m.bucket", acl(literal(shared, "\"public\""))).header = at(shared, "acl");
    std::swap(root, root_);
    project.add(std::move(root));
  }
  project.seal();
  Rule one = rule([&](RunContext& context) {
    RunResult result = equals("acl", "public")(context);
    context.message = "in " + context.resource->root->path;
    return result;
  });
  one.at = {"acl"};
  RuleSet set;
  set.add(one);
  set.seal();
  for (int i = 0; i < 20; ++i) {
    EvaluateOptions options;
    options.jobs = 4;
    Evaluation out = evaluate(project, set, options);
    ASSERT_EQ(out.findings.size(), 1u);
    EXPECT_EQ(out.findings[0].message, "in root1000");
  }
}

TEST_F(EvaluatorTest, TheSameForAnyNumberOfJobs) {
  core::FileId main = file("main.tf", std::string(2000, 'x'));
  for (uint32_t i = 0; i < 300; ++i) {
    Value value = text(i % 3 ? "public" : "private");
    value.span = {main, (i * 7) % 1999, (i * 7) % 1999 + 1};
    resource("a" + std::to_string(i), acl(value));
  }
  Rule one = rule(equals("acl", "public"));
  one.at = {"acl"};
  Rule two = rule(equals("acl", "private"), "TST0002");
  two.at = {"acl"};
  std::string first;
  for (unsigned jobs : {1u, 2u, 7u}) {
    EvaluateOptions options;
    options.jobs = jobs;
    Evaluation out = evaluate_all({two, one}, options);
    std::string all = std::to_string(out.evaluations);
    std::set<std::string> fingerprints;
    for (const Finding& finding : out.findings) {
      all += " " + set_.rules()[finding.rule].info.id + finding.resource.address + finding.fingerprint;
      fingerprints.insert(finding.fingerprint);
    }
    EXPECT_EQ(fingerprints.size(), out.findings.size());
    if (jobs == 1) first = all;
    EXPECT_EQ(all, first);
    for (size_t i = 1; i < out.findings.size(); ++i) {
      EXPECT_LE(out.findings[i - 1].region.begin, out.findings[i].region.begin);
    }
  }
}

}  // namespace
}  // namespace assay::rules
