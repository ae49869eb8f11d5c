// Literal patterns: what is said without compiling them is what the compiled ones say.
#include <gtest/gtest.h>

#include "parsers/core/regex.h"
#include "rules/lang/cel/program.h"

namespace assay::rules::cel {
namespace {

TEST(Pattern, SaysNoOnlyWhereNothingMatches) {
  const std::string_view patterns[] = {
      "abc", "^abc$", "ab*c", "ab?c", "ab+c", "ab{0,2}c", "a(bc)?d", "(abc|xyz)", "abc|xyz", "x(ab|cd)+ef", "a.c", "[abc]def",
      "[^]a]bc", "[[:alpha:]]bc", "(?i)abc", "(?:ab)cd", "a\\.bc", "\\.bcd?", "\\Qa.b\\E", "\\x41bc", "\\pLbc", "(^|/)abc$",
      "^--name=(.*,)?abc(,.*)?$", "ab(c[)]d)ef", "a{b}cd", "ab\\", "(ab", "[ab", "é+abc", "abcé?", "", "^$", ".*", "ab??c", "(a(?i)b)cd",
      "(ab\\)c)de", "a|", "x\\|yz", "[a\\]b]cd",
  };
  const std::string_view texts[] = {
      "", "abc", "ABC", "ac", "abbc", "abd", "ad", "abcd", "xyz", "xabcdef", "xef", "adef", "zbc", "abcdef", "cd", "a.bc", ".bc", ".bcd",
      "a.b", "Abc", "x/abc", "--name=abc", "--name=x,abc,y", "abc)def", "a{b}cd", "acd", "éabc", "abcé", "aBcd", "ab)cde", "x|yz", "]cd",
  };
  int refused = 0;
  for (std::string_view text : patterns) {
    Pattern pattern(text);
    for (std::string_view subject : texts) {
      if (pattern.may_match(subject)) continue;
      ++refused;
      ASSERT_NE(pattern.get(), nullptr) << text;
      EXPECT_FALSE(pattern.get()->search(subject)) << text << " in " << subject;
    }
  }
  EXPECT_GT(refused, 200);
}

TEST(Pattern, KnowsWhatEveryMatchHolds) {
  auto may = [](std::string_view pattern, std::string_view text) { return Pattern(pattern).may_match(text); };
  EXPECT_FALSE(may("(^|/)log_checkpoints$", "work_mem"));
  EXPECT_TRUE(may("(^|/)log_checkpoints$", "log_checkpoints"));
  EXPECT_FALSE(may("^--authorization-mode=(.*,)?AlwaysAllow", "--secure-port=0"));
  EXPECT_TRUE(may("(?i)abc", "x"));
  EXPECT_TRUE(may("abc|x", "y"));
}

TEST(Pattern, MalformedOnesGiveNothing) { EXPECT_EQ(Pattern("(ab").get(), nullptr); }

}  // namespace
}  // namespace assay::rules::cel
