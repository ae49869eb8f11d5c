#include "rules/lang/cel/prepared.h"

#include <gtest/gtest.h>

#include "rules/lang/cel/eval.h"
#include "rules/lang/cel/parser.h"
#include "rules/lang/cel/program.h"

namespace assay::rules::cel {
namespace {

// One of each kind of node and literal.
constexpr std::string_view kTexts[] = {
    "true",
    "null == null && 'a\\u00e9\"' != b'\\xff'",
    "[1, -2, 3u, 1.5e3, true].size() == 5",
    "{'a': 1, 'b': [2, 3]}['b'][1] == 3",
    "[1, 2, 3].exists(x, x > 2) && ![1].all(x, x > 2)",
    "[1, 2, 3].map(x, x > 1, x * 2) == [4, 6]",
    "{'k': 1}.all(k, v, k == 'k' && v == 1)",
    "cel.bind(x, 3, x * x == 9)",
    "has({'a': 1}.a) ? 'abc'.startsWith('ab') : 1 in [2]",
    "{'a': {'b': 1}}.?a.?b.orValue(2) == 1",
    "[?optional.of(1), 2].size() == 2",
    "'x1'.matches('^x[0-9]$')",
};

Expr* parse_text(std::string_view text, core::Arena& arena) {
  Issues issues;
  Expr* expr = parse(text, rules_environment().macros(), arena, issues);
  EXPECT_TRUE(issues.empty()) << text << ": " << (issues.empty() ? "" : issues[0].message);
  return expr;
}

bool run(const Program& program) {
  core::Arena arena;
  uint64_t steps = 10'000;
  Val variables[4];
  Val out = Eval(program, variables, arena, nullptr, nullptr, steps).run();
  EXPECT_TRUE(out.is(Kind::kBool)) << to_text(out);
  return out.is_true();
}

TEST(Prepared, MeansTheSameAsTheText) {
  for (std::string_view text : kTexts) {
    SCOPED_TRACE(text);
    core::Arena arena;
    Expr* expr = parse_text(text, arena);
    ASSERT_NE(expr, nullptr);
    std::string bytes = write_tree(*expr);
    ASSERT_FALSE(bytes.empty());
    core::Arena other;
    Expr* back = read_tree(bytes, other);
    ASSERT_NE(back, nullptr);
    EXPECT_EQ(write_tree(*back), bytes);
    EXPECT_EQ(back->begin, expr->begin);
    EXPECT_EQ(back->end, expr->end);
    Issues issues;
    auto compiled = compile(rules_environment(), text, {}, issues);
    auto restored = compile_tree(rules_environment(), text, bytes, issues);
    ASSERT_NE(compiled, nullptr);
    ASSERT_NE(restored, nullptr);
    EXPECT_TRUE(run(*compiled));
    EXPECT_TRUE(run(*restored));
    EXPECT_EQ(restored->local_count, compiled->local_count);
    EXPECT_EQ(restored->uses_slot, compiled->uses_slot);
    EXPECT_EQ(restored->patterns.size(), compiled->patterns.size());
  }
}

TEST(Prepared, CutBytesGiveNothing) {
  for (std::string_view text : kTexts) {
    core::Arena arena;
    std::string bytes = write_tree(*parse_text(text, arena));
    for (size_t size = 0; size < bytes.size(); ++size) {
      core::Arena other;
      EXPECT_EQ(read_tree(std::string_view(bytes).substr(0, size), other), nullptr) << text << " " << size;
    }
    core::Arena other;
    EXPECT_EQ(read_tree(bytes + "x", other), nullptr);
  }
}

TEST(Prepared, NestingIsBounded) {
  std::string bytes;
  for (int i = 0; i < 100'000; ++i) bytes += std::string("\x05\x03\0\0\0\0\0\x01", 8);  // !(!(...
  core::Arena arena;
  EXPECT_EQ(read_tree(bytes, arena), nullptr);
}

}  // namespace
}  // namespace assay::rules::cel
