#include "parsers/core/regex_backtracking.h"

#include <gtest/gtest.h>

namespace assay::core {
namespace {

std::optional<bool> search(std::string_view pattern, std::string_view text) {
  auto regex = BacktrackingRegex::compile(pattern);
  EXPECT_TRUE(regex.has_value()) << pattern;
  return regex ? (*regex)->search(text) : std::nullopt;
}

TEST(BacktrackingRegex, LookAroundAndBackReferences) {
  EXPECT_EQ(search("^(?!test-)", "prod-db"), true);
  EXPECT_EQ(search("^(?!test-)", "test-db"), false);
  EXPECT_EQ(search("a(?=b)", "cab"), true);
  EXPECT_EQ(search("(?<=x)y", "ay"), false);
  EXPECT_EQ(search("(a|b)\\1", "ab bb"), true);
}

TEST(BacktrackingRegex, MistakesAreErrors) {
  auto regex = BacktrackingRegex::compile("a(b");
  ASSERT_FALSE(regex.has_value());
  EXPECT_EQ(regex.error().code, "bad-regex");
  EXPECT_NE(regex.error().message.find("character"), std::string::npos);
  EXPECT_FALSE(BacktrackingRegex::compile(std::string(100'000, 'a')).has_value());
}

TEST(BacktrackingRegex, BudgetsEnd) {
  EXPECT_EQ(search("^(a+)+(?=b)$", std::string(40, 'a')), std::nullopt);
  EXPECT_EQ(search("x(?=y)", std::string("\xff\xfexy")), true);
}

}  // namespace
}  // namespace assay::core
