// What passed for equal values is not run again; what may differ in anything that counts is.
#include "rules/engine/verdict_memory.h"

#include <gtest/gtest.h>

#include "tests/unit/rules/engine/fixture.h"

namespace assay::rules {
namespace {

// Violated where the last key of its first path reads "public"; counts its runs.
class PathCheck : public Check {
 public:
  PathCheck(std::vector<std::vector<std::string_view>> paths, bool of_item, int* runs) : runs_(runs) {
    for (const auto& keys : paths) {
      ReadPath path;
      path.of_item = of_item;
      for (std::string_view key : keys) path.keys[path.count++] = key;
      paths_.push_back(path);
    }
  }
  const std::vector<ReadPath>* paths() const override { return &paths_; }
  RunResult run(RunContext& context) const override {
    ++*runs_;
    const model::Value* at = paths_[0].of_item ? context.item : context.view;
    for (uint8_t i = 0; at != nullptr && i < paths_[0].count; ++i) {
      const model::Value& here = context.world->resolve(context.guards(), *at);
      const model::Value* next = here.find(paths_[0].keys[i]);
      at = next && context.world->present(context.guards(), *next) ? next : nullptr;
    }
    if (at == nullptr) return RunResult::kPass;
    const model::Value& value = context.world->resolve(context.guards(), *at);
    return context.world->equals(context.guards(), value, model::string_value("public")) ? RunResult::kViolation
                                                                                        : RunResult::kPass;
  }

 private:
  std::vector<ReadPath> paths_;
  int* runs_;
};

class VerdictMemoryTest : public EngineTest {
 protected:
  Rule reading(std::vector<std::vector<std::string_view>> paths, bool of_item = false) {
    Rule out = rule(nullptr);
    out.check = std::make_shared<PathCheck>(std::move(paths), of_item, &runs_);
    return out;
  }
  model::Value text(std::string_view written) { return model::string_value(arena().copy(written)); }
  // A thing that has nothing in common with others but what it is given.
  model::Resource& thing(std::vector<model::Entry> entries) {
    if (count_ == 0) main_ = file("main.tf", std::string(64, '#'));
    std::string name = "t.x" + std::to_string(count_);
    entries.push_back({"name", {}, text(name)});
    model::Resource& made = resource(name, object(std::move(entries)));
    made.header = made.span = {main_, count_, count_ + 1};
    ++count_;
    return made;
  }
  int runs_ = 0;
  uint32_t count_ = 0;
  core::FileId main_ = 0;
};

TEST_F(VerdictMemoryTest, EqualValuesPassOnce) {
  for (int i = 0; i < 10; ++i) thing({{"acl", {}, text(i % 2 ? "private" : "log")}});
  Evaluation out = evaluate_all({reading({{"acl"}})});
  EXPECT_EQ(runs_, 2);
  EXPECT_EQ(out.evaluations, 10u);
  EXPECT_TRUE(out.findings.empty());
}

TEST_F(VerdictMemoryTest, WhatIsNotThereIsOneValue) {
  for (int i = 0; i < 10; ++i) thing({{"other", {}, text(std::to_string(i))}});
  thing({{"a", {}, object({{"c", {}, text("x")}})}});
  thing({{"a", {}, text("no mapping")}});
  evaluate_all({reading({{"a", "b"}})});
  EXPECT_EQ(runs_, 1);
}

TEST_F(VerdictMemoryTest, ViolationsAreAlwaysRun) {
  for (int i = 0; i < 5; ++i) thing({{"acl", {}, text("public")}});
  Evaluation out = evaluate_all({reading({{"acl"}})});
  EXPECT_EQ(runs_, 5);
  EXPECT_EQ(out.findings.size(), 5u);
}

TEST_F(VerdictMemoryTest, NullIsNotAbsentAndKindsDiffer) {
  thing({{"acl", {}, text("1")}});
  thing({{"acl", {}, model::int_value(1)}});
  thing({{"acl", {}, model::null_value()}});
  thing({});
  thing({{"acl", {}, model::bool_value(true)}});
  thing({{"acl", {}, model::with_marks(text("1"), model::kSensitive)}});
  evaluate_all({reading({{"acl"}})});
  EXPECT_EQ(runs_, 6);
}

TEST_F(VerdictMemoryTest, WholeValuesCountWithAllTheirParts) {
  auto nested = [&](std::string_view leaf) {
    return object({{"list", {}, list({text("a"), object({{"k", {}, text(leaf)}})})}});
  };
  thing({{"acl", {}, nested("x")}});
  thing({{"acl", {}, nested("x")}});
  thing({{"acl", {}, nested("y")}});
  evaluate_all({reading({{"acl"}})});
  EXPECT_EQ(runs_, 2);
}

TEST_F(VerdictMemoryTest, EveryPathCounts) {
  thing({{"acl", {}, text("a")}, {"mode", {}, text("1")}});
  thing({{"acl", {}, text("a")}, {"mode", {}, text("2")}});
  thing({{"acl", {}, text("a")}, {"mode", {}, text("1")}});
  evaluate_all({reading({{"acl"}, {"mode"}})});
  EXPECT_EQ(runs_, 2);
}

TEST_F(VerdictMemoryTest, UnknownAndGuardedValuesAreRun) {
  for (int i = 0; i < 3; ++i) thing({{"acl", {}, either(when("var.a"), text("private"), text("log"))}});
  for (int i = 0; i < 3; ++i) thing({{"acl", {}, object({{"part", {}, model::with_guard(text("x"), when("var.b"))}})}});
  for (int i = 0; i < 3; ++i) thing({{"acl", {}, input("var.c")}});
  Evaluation out = evaluate_all({reading({{"acl"}})});
  EXPECT_GE(runs_, 9);
  EXPECT_EQ(out.findings.size(), 3u);
  for (const Finding& finding : out.findings) EXPECT_EQ(finding.verdict, Verdict::kMaybe);
}

TEST_F(VerdictMemoryTest, APartThatMayBeMissingIsRun) {
  for (int i = 0; i < 3; ++i) thing({{"acl", {}, model::with_guard(text("public"), when("var.a"))}});
  for (int i = 0; i < 2; ++i) thing({{"acl", {}, text("private")}});
  Evaluation out = evaluate_all({reading({{"acl"}})});
  EXPECT_EQ(out.findings.size(), 3u);
}

TEST_F(VerdictMemoryTest, ElementsThatCannotBeThereSayNothing) {
  // The first element is in no world; what is not run there has not passed.
  model::Value absent = model::with_guard(object({{"acl", {}, text("public")}}), model::kNever);
  thing({{"rules", {}, list({absent})}});
  thing({{"rules", {}, list({object({{"acl", {}, text("public")}})})}});
  Rule each = reading({{"acl"}}, true);
  each.each = "rules";
  std::vector<Rule> rules;
  rules.push_back(std::move(each));
  Evaluation out = evaluate_all(std::move(rules));
  EXPECT_EQ(out.findings.size(), 1u);
}

TEST_F(VerdictMemoryTest, ElementsAreRememberedAcrossResources) {
  for (int i = 0; i < 4; ++i) {
    thing({{"rules", {}, list({object({{"acl", {}, text("private")}, {"id", {}, text(std::to_string(i))}}),
                               object({{"acl", {}, text("log")}})})}});
  }
  Rule each = reading({{"acl"}}, true);
  each.each = "rules";
  std::vector<Rule> rules;
  rules.push_back(std::move(each));
  Evaluation out = evaluate_all(std::move(rules));
  EXPECT_EQ(runs_, 2);
  EXPECT_EQ(out.evaluations, 8u);
}

TEST_F(VerdictMemoryTest, AListOfOneBlockReadsAsTheBlock) {
  auto blocks = [&](std::vector<model::Value> items) {
    model::Value out = list(std::move(items));
    out.flags |= model::kBlockValue;
    return out;
  };
  auto block = [&](std::string_view acl) { return object({{"acl", {}, text(acl)}}); };
  ReadPath path;
  path.keys = {"rule", "acl"};
  path.count = 2;
  thing({{"rule", {}, blocks({block("private")})}});
  thing({{"rule", {}, blocks({block("log")})}});
  thing({{"rule", {}, blocks({block("log"), block("private")})}});  // of two blocks none is read
  thing({{"rule", {}, list({block("log")})}});
  std::vector<Rule> rules{reading({{"rule", "acl"}})};
  RuleSet set;
  set.add(rules[0]);
  set.seal();
  VerdictMemory memory(set);
  auto& resources = root_->resources;
  auto ask = [&](size_t i) {
    memory.begin_view(resources[i].views[0].value);
    bool known = memory.ask(0, nullptr, nullptr) == VerdictMemory::Answer::kPasses;
    memory.note_pass();
    return known;
  };
  EXPECT_FALSE(ask(0));
  EXPECT_TRUE(ask(0));
  EXPECT_FALSE(ask(1));
  EXPECT_FALSE(ask(2));
  EXPECT_TRUE(ask(3));  // nothing is there, as in a list of two
}

TEST_F(VerdictMemoryTest, ManyValuesKeepTheirNumbers) {
  std::vector<Rule> rules{reading({{"acl"}})};
  RuleSet set;
  set.add(rules[0]);
  set.seal();
  VerdictMemory memory(set);
  std::vector<model::Value> views;
  for (int i = 0; i < 5000; ++i) views.push_back(object({{"acl", {}, text(std::to_string(i))}}));
  auto known = [&](const model::Value& view) {
    memory.begin_view(view);
    bool passes = memory.ask(0, nullptr, nullptr) == VerdictMemory::Answer::kPasses;
    memory.note_pass();
    return passes;
  };
  EXPECT_FALSE(known(views[0]));
  for (size_t i = 1; i < views.size(); ++i) {
    EXPECT_FALSE(known(views[i]));
    EXPECT_TRUE(known(views[i - 1]));
  }
  for (const model::Value& view : views) EXPECT_TRUE(known(view));
}

TEST_F(VerdictMemoryTest, ARuleThatNeverMeetsTheSameIsAskedNoMore) {
  std::vector<Rule> rules{reading({{"acl"}})};
  RuleSet set;
  set.add(rules[0]);
  set.seal();
  VerdictMemory memory(set);
  std::vector<model::Value> views;
  for (int i = 0; i < 1000; ++i) views.push_back(object({{"acl", {}, text(std::to_string(i))}}));
  for (const model::Value& view : views) {
    memory.begin_view(view);
    EXPECT_EQ(memory.ask(0, nullptr, nullptr), VerdictMemory::Answer::kRun);
    memory.note_pass();
  }
  memory.begin_view(views[0]);
  EXPECT_EQ(memory.ask(0, nullptr, nullptr), VerdictMemory::Answer::kRun);
}

TEST_F(VerdictMemoryTest, TypesAndFormatsAreToldApart) {
  std::vector<Rule> rules{reading({{"acl"}, {}}), reading({{"acl"}})};
  RuleSet set;
  set.add(rules[0]);
  rules[1].info.id += "2";
  set.add(rules[1]);
  set.seal();
  VerdictMemory memory(set);
  model::Value view = object({{"acl", {}, text("private")}});
  auto known = [&](std::string_view type, std::string_view format, size_t which = 0) {
    memory.begin_resource(type, format);
    memory.begin_view(view);
    bool passes = memory.ask(which, nullptr, nullptr) == VerdictMemory::Answer::kPasses;
    memory.note_pass();
    return passes;
  };
  EXPECT_FALSE(known("a", "terraform"));
  EXPECT_FALSE(known("b", "terraform"));
  EXPECT_FALSE(known("a", "cloudformation"));
  EXPECT_TRUE(known("a", "terraform"));
  EXPECT_TRUE(known("b", "terraform"));
  // Where the check does not ask for them they do not count.
  EXPECT_FALSE(known("a", "terraform", 1));
  EXPECT_TRUE(known("b", "cloudformation", 1));
}

// Reads more than its screen, which lets on what reads "public".
class ScreenedCheck : public Check {
 public:
  ScreenedCheck(int* runs, int* screened) : runs_(runs), screen_({{"acl"}}, false, screened) {}
  const Check* screen() const override { return &screen_; }
  RunResult run(RunContext& context) const override {
    ++*runs_;
    int ignored = 0;
    if (PathCheck({{"acl"}}, false, &ignored).run(context) == RunResult::kPass) return RunResult::kPass;
    return context.resource->address.ends_with("3") ? RunResult::kViolation : RunResult::kPass;
  }

 private:
  int* runs_;
  PathCheck screen_;
};

TEST_F(VerdictMemoryTest, WhatAScreenLetsPassIsNotRun) {
  int screened = 0;
  for (int i = 0; i < 10; ++i) thing({{"acl", {}, text(i % 2 ? "public" : "private")}});
  Rule one = rule(nullptr);
  one.check = std::make_shared<ScreenedCheck>(&runs_, &screened);
  std::vector<Rule> rules;
  rules.push_back(std::move(one));
  Evaluation out = evaluate_all(std::move(rules));
  EXPECT_EQ(screened, 2);  // once for each text, when it is met again
  EXPECT_EQ(runs_, 6);     // the first private one, and each public one: the screen does not know them apart
  ASSERT_EQ(out.findings.size(), 1u);
  EXPECT_EQ(out.findings[0].resource.address, "t.x3");
  EXPECT_EQ(out.evaluations, 10u);
}

TEST_F(VerdictMemoryTest, NoScreenIsAskedAboutTheUnknown) {
  int screened = 0;
  for (int i = 0; i < 4; ++i) thing({{"acl", {}, input("var.a")}});
  Rule one = rule(nullptr);
  one.check = std::make_shared<ScreenedCheck>(&runs_, &screened);
  std::vector<Rule> rules;
  rules.push_back(std::move(one));
  Evaluation out = evaluate_all(std::move(rules));
  EXPECT_EQ(screened, 0);
  ASSERT_EQ(out.findings.size(), 1u);
  EXPECT_EQ(out.findings[0].verdict, Verdict::kMaybe);
}

TEST_F(VerdictMemoryTest, ACheckThatMayReadAnythingIsRun) {
  for (int i = 0; i < 4; ++i) thing({{"acl", {}, text("private")}});
  int runs = 0;
  Evaluation out = evaluate_all({rule([&](RunContext&) {
    ++runs;
    return RunResult::kPass;
  })});
  EXPECT_EQ(runs, 4);
}

}  // namespace
}  // namespace assay::rules
