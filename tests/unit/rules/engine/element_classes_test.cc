// Long lists are judged by classes of elements, and every element as if it were judged alone.
#include "rules/engine/element_classes.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/unit/rules/engine/fixture.h"

namespace assay::rules {
namespace {

using model::Value;

class ElementClassesTest : public EngineTest {
 protected:
  Value port(int64_t from, int64_t to, std::string_view cidr) {
    return object({{"from", {}, model::int_value(from)},
                   {"to", {}, model::int_value(to)},
                   {"cidr", {}, model::string_value(arena().copy(cidr))}});
  }
  // Open to everyone, with port 22 in the range.
  Rule open_ssh() {
    Rule out = rule([this](RunContext& context) {
      ++runs_;
      World& world = *context.world;
      const model::Guards& guards = context.guards();
      const Value& item = world.resolve(guards, *context.item);
      Value ssh = model::int_value(22);
      if (!world.equals(guards, *item.find("cidr"), model::string_value("0.0.0.0/0"))) return RunResult::kPass;
      if (world.less(guards, ssh, *item.find("from")) || world.less(guards, *item.find("to"), ssh)) {
        return RunResult::kPass;
      }
      context.reads.push_back({item.find("from"), context.arena->copy("from")});
      return RunResult::kViolation;
    });
    out.each = "in";
    return out;
  }
  Evaluation judged(std::vector<Value> items) {
    resource("a", object({{"in", {}, list(std::move(items))}}));
    std::vector<Rule> rules;
    rules.push_back(open_ssh());
    runs_ = 0;
    return evaluate_all(std::move(rules));
  }
  int runs_ = 0;
};

TEST_F(ElementClassesTest, OneSymbolicElementSpeaksForARange) {
  std::vector<Value> items;
  for (int i = 1000; i < 21000; ++i) items.push_back(port(i, i, "0.0.0.0/0"));
  Evaluation out = judged(std::move(items));
  EXPECT_TRUE(out.findings.empty());
  EXPECT_TRUE(out.failures.empty());
  EXPECT_EQ(runs_, 1);
  EXPECT_EQ(out.evaluations, 20000u);
}

TEST_F(ElementClassesTest, TheOnePortIsFoundForCertain) {
  std::vector<Value> items;
  for (int i = 0; i < 20000; ++i) items.push_back(port(i, i, "0.0.0.0/0"));
  Evaluation out = judged(std::move(items));
  ASSERT_EQ(out.findings.size(), 1u);
  EXPECT_EQ(out.findings[0].verdict, Verdict::kFail);
  EXPECT_EQ(out.findings[0].attribute, "in[22]");
  EXPECT_TRUE(out.findings[0].witness.empty());
  EXPECT_LT(runs_, 100);
}

TEST_F(ElementClassesTest, TextsDivideAndOrderDoesNotMatter) {
  std::vector<Value> items;
  for (int i = 0; i < 8000; ++i) {
    int at = (i * 2741) % 8000;
    items.push_back(port(at, at, "0.0.0.0/0"));
    items.push_back(port(at, at, "10.0.0.0/8"));
  }
  Evaluation out = judged(std::move(items));
  ASSERT_EQ(out.findings.size(), 1u);
  EXPECT_EQ(out.findings[0].verdict, Verdict::kFail);
  EXPECT_LT(runs_, 100);
}

TEST_F(ElementClassesTest, WhatAllViolateIsSaidOnceByTheFirst) {
  std::vector<Value> items;
  for (int i = 0; i < 5000; ++i) items.push_back(port(0, 1000 + i, "0.0.0.0/0"));
  Evaluation out = judged(std::move(items));
  ASSERT_EQ(out.findings.size(), 1u);
  EXPECT_EQ(out.findings[0].attribute, "in[0]");
  EXPECT_EQ(runs_, 2);
  EXPECT_EQ(out.evaluations, 5000u);
}

TEST_F(ElementClassesTest, ElementsFromOtherPlacesStandAlone) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "22 ";
  core::FileId main = file("main.tf", text);
  std::vector<Value> items;
  for (int i = 0; i < 100; ++i) {
    Value number = model::int_value(22);
    number.span = at(main, "22", i);
    number.origin = origin(model::OriginKind::kLiteral, number.span);
    items.push_back(object({{"from", {}, number}, {"to", {}, number}, {"cidr", {}, model::string_value("0.0.0.0/0")}}));
  }
  EXPECT_EQ(judged(std::move(items)).findings.size(), 100u);
  EXPECT_EQ(runs_, 100);
}

TEST_F(ElementClassesTest, ClassesFindWhatSingleElementsDo) {
  std::mt19937 random(7);
  auto up_to = [&](int most) { return static_cast<int>(random() % static_cast<unsigned>(most + 1)); };
  for (int round = 0; round < 60; ++round) {
    root_ = std::make_unique<model::Root>();
    root_->path = ".";
    project_ = model::Project();
    std::vector<Value> items;
    std::string expected;
    int most = up_to(3) == 0 ? 30 : 3000;
    for (int i = 0; i < 200; ++i) {
      int from = up_to(most);
      int to = from + up_to(round % 3 == 0 ? 0 : 20);
      const char* cidrs[] = {"0.0.0.0/0", "10.0.0.0/8", "0.0.0.0/1"};
      std::string cidr = round % 2 ? cidrs[up_to(2)] : "0.0.0.0/" + std::to_string(up_to(300));
      items.push_back(port(from, to, cidr));
      std::string path = "in[" + std::to_string(i) + "]";
      if (cidr == "0.0.0.0/0" && from <= 22 && to >= 22 && (expected.empty() || path < expected)) expected = path;
    }
    Evaluation out = judged(std::move(items));
    if (expected.empty()) {
      EXPECT_TRUE(out.findings.empty()) << round;
    } else {
      ASSERT_EQ(out.findings.size(), 1u) << round;
      EXPECT_EQ(out.findings[0].attribute, expected) << round;
      EXPECT_EQ(out.findings[0].verdict, Verdict::kFail);
    }
  }
}

}  // namespace
}  // namespace assay::rules
