// Which paths an expression reads, and when that is all it depends on.
#include "rules/lang/cel/read_paths.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "rules/lang/cel/environment.h"

namespace assay::rules::cel {
namespace {

// "item.a.b resource.c", sorted.
std::string text_of(const std::vector<ReadPath>& paths) {
  std::vector<std::string> texts;
  for (const ReadPath& path : paths) {
    std::string one = path.of_item ? "item" : "resource";
    for (uint8_t i = 0; i < path.count; ++i) one.append(".").append(path.keys[i]);
    texts.push_back(one);
  }
  std::sort(texts.begin(), texts.end());
  std::string out;
  for (const std::string& one : texts) out += (out.empty() ? "" : " ") + one;
  return out;
}

// "anything" when it may depend on more.
std::string paths_of(std::string_view text) {
  Issues issues;
  auto program = compile(rules_environment(), text, {}, issues);
  if (!program) return "broken: " + (issues.empty() ? std::string() : issues[0].message);
  std::vector<ReadPath> paths;
  return collect_paths(*program->root, paths) ? text_of(paths) : "anything";
}

// Those of the condition that is left; "nothing" when none is.
std::string weaker_paths_of(std::string_view text) {
  Issues issues;
  auto program = compile(rules_environment(), text, {}, issues);
  if (!program) return "broken: " + (issues.empty() ? std::string() : issues[0].message);
  std::vector<ReadPath> paths;
  const Node* left = weaker(*program->root, program->arena, paths);
  if (left == nullptr) return paths.empty() ? "nothing" : "nothing, but " + text_of(paths);
  return (left == program->root ? "all: " : "") + text_of(paths);
}

TEST(ReadPaths, ChainsOfFields) {
  EXPECT_EQ(paths_of("resource.a.b == 1 || resource.a.b == 2"), "resource.a.b");
  EXPECT_EQ(paths_of("item.a == null && !item[\"b.c\"].d"), "item.a item.b.c.d");
  EXPECT_EQ(paths_of("has(item.a.b) || item.a.c[0].d == 1"), "item.a.b item.a.c");
  EXPECT_EQ(paths_of("resource.a.b.c.d.e.f.g.h == 1"), "resource.a.b.c.d.e.f");
}

TEST(ReadPaths, VariablesAreCoveredByTheirRange) {
  EXPECT_EQ(paths_of("item.list.exists(e, e.x == resource.y)"), "item.list resource.y");
  EXPECT_EQ(paths_of("[item.a, item.b].exists(e, e.x.y > 0)"), "item.a item.b");
  EXPECT_EQ(paths_of("item[item.key] == 1"), "item item.key");
}

TEST(ReadPaths, FunctionsOfContent) {
  EXPECT_EQ(paths_of("size(item.a) > 0 && item.b.matches(\"x\") && image(item.image).tag == null"),
            "item.a item.b item.image");
  EXPECT_EQ(paths_of("hardcoded_secret(item.name, item.value)"), "item.name item.value");
  EXPECT_EQ(paths_of("policy_statements(resource.policy).exists(s, s.effect == \"Allow\")"), "resource.policy");
  EXPECT_EQ(paths_of("resource.a == 1 && (meta.format == \"terraform\" || meta.type == \"x\")"), "resource resource.a");
  EXPECT_EQ(paths_of("runs(item, \"etcd\") && flag(item, \"name\") == null"), "item.args item.command");
  EXPECT_EQ(paths_of("resource.list.exists(c, runs(c, \"etcd\"))"), "resource.list");
  EXPECT_NE(paths_of("pod_security(\"privileged\", resource, item)").find("item.securityContext"), std::string::npos);
  EXPECT_NE(paths_of("pod_security(\"hostPorts\", resource, item)").find("item resource"), std::string::npos);
}

TEST(ReadPaths, WhatMayDependOnMore) {
  EXPECT_EQ(paths_of("size(resource) > 0"), "anything");
  EXPECT_EQ(paths_of("resource.exists(k, k == \"a\")"), "anything");
  EXPECT_EQ(paths_of("native.a == 1"), "anything");
  EXPECT_EQ(paths_of("meta.address == \"a\""), "anything");
  EXPECT_EQ(paths_of("size(related(\"x\")) == 0"), "anything");
  EXPECT_EQ(paths_of("absent(\"Secret\", item.name)"), "anything");
  EXPECT_EQ(paths_of("pod_security(\"privileged\", resource)"), "anything");
}

TEST(ReadPaths, WhatIsLeftOfAConditionThatDependsOnMore) {
  EXPECT_EQ(weaker_paths_of("resource.a == 1"), "all: resource.a");
  EXPECT_EQ(weaker_paths_of("resource.a == 1 && size(related(\"x\")) == 0 && resource.b"), "resource.a resource.b");
  EXPECT_EQ(weaker_paths_of("size(related(\"x\")) == 0 && (resource.a == 1 || native.b)"), "nothing");
  EXPECT_EQ(weaker_paths_of("resource.a && native.a || resource.b && native.b"), "resource.a resource.b");
  EXPECT_EQ(weaker_paths_of("resource.a && native.a || native.b"), "nothing");
  EXPECT_EQ(weaker_paths_of("!(resource.a && native.a)"), "nothing");
  EXPECT_EQ(weaker_paths_of("native.a ? resource.a : resource.b"), "nothing");
  EXPECT_EQ(weaker_paths_of("resource.list.exists(e, e.a && native.a)"), "resource.list");
  EXPECT_EQ(weaker_paths_of("resource.list.all(e, e.a && native.a)"), "nothing");
  EXPECT_EQ(weaker_paths_of("native.list.exists(e, e.a && native.a)"), "nothing");
  EXPECT_EQ(weaker_paths_of("item.optional != true && absent(\"Secret\", item.name)"), "item.name item.optional");
}

}  // namespace
}  // namespace assay::rules::cel
