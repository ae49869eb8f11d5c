#include "parsers/core/regex.h"

#include <gtest/gtest.h>

namespace assay::core {
namespace {

const Regex& re(std::string_view pattern, RegexOptions options = {}) {
  static std::vector<std::shared_ptr<const Regex>> kept;
  auto compiled = Regex::compile(pattern, options);
  EXPECT_TRUE(compiled.has_value()) << pattern;
  kept.push_back(*compiled);
  return *kept.back();
}

std::string all(const Regex& regex, std::string_view text) {
  std::string out;
  for (const RegexMatch& match : regex.find_all(text)) {
    out += "[" + std::string(match.text(text)) + "]";
  }
  return out;
}

TEST(RegexTest, Matches) {
  EXPECT_TRUE(re("b+").search("abbc"));
  EXPECT_FALSE(re("b+").full_match("abbc"));
  EXPECT_TRUE(re("[a-c]+").full_match("abbc"));
  EXPECT_TRUE(re("ABC", {.ignore_case = true}).search("xabc"));
  EXPECT_FALSE(re("a.b").search("a\nb"));
  EXPECT_TRUE(re("a.b", {.dot_all = true}).search("a\nb"));
  EXPECT_TRUE(re("(?s)a.b").search("a\nb"));
}

TEST(RegexTest, Groups) {
  const Regex& regex = re(R"((?P<key>\w+)=(\d+)?)");
  EXPECT_EQ(regex.group_count(), 2u);
  EXPECT_EQ(regex.group_names(), (std::vector<std::string>{"", "key", ""}));
  RegexMatch match;
  std::string_view text = "  port= x";
  ASSERT_TRUE(regex.find(text, 0, match));
  EXPECT_EQ(match.begin(), 2u);
  EXPECT_EQ(match.text(text, 1), "port");
  EXPECT_FALSE(match.groups[2].matched);
  EXPECT_FALSE(regex.find(text, 7, match));
  EXPECT_FALSE(regex.find(text, 100, match));
}

TEST(RegexTest, FindAllAsGo) {
  EXPECT_EQ(all(re("a*"), "baaac"), "[][aaa][]");
  EXPECT_EQ(all(re("a"), "banana"), "[a][a][a]");
  EXPECT_EQ(all(re(""), "é1"), "[][][]");
  EXPECT_EQ(all(re("^a"), "aaa"), "[a]");
  EXPECT_EQ(all(re("x"), ""), "");
  EXPECT_EQ(re("a").find_all("aaa", 2).size(), 2u);
}

TEST(RegexTest, ReplaceAsGo) {
  EXPECT_EQ(re("a(x*)b").replace("-ab-axxb-", "T"), "-T-T-");
  EXPECT_EQ(re("a(x*)b").replace("-ab-axxb-", "$1"), "--xx-");
  EXPECT_EQ(re("a(x*)b").replace("-ab-axxb-", "$1W"), "---");  // the group "1W" does not exist
  EXPECT_EQ(re("a(x*)b").replace("-ab-axxb-", "${1}W"), "-W-xxW-");
  EXPECT_EQ(re("(?P<n>a)").replace("ba", "<$n>$$"), "b<a>$");
  EXPECT_EQ(re("a*").replace("baaac", "x"), "xbxcx");
  EXPECT_EQ(re("").replace("é", "-"), "-é-");
  EXPECT_EQ(re("b").replace("abc", "$"), "a$c");
  EXPECT_EQ(re("b").replace("abc", "${1"), "a${1c");
  EXPECT_EQ(re("[0-9]+").replace("a1b22",
                                 [](const RegexMatch& match, std::string& out) {
                                   out += std::to_string(match.end() - match.begin());
                                 }),
            "a1b2");
}

TEST(RegexTest, BadPatternsExplainThemselves) {
  auto bad = Regex::compile("a(b");
  ASSERT_FALSE(bad.has_value());
  EXPECT_EQ(bad.error().code, "bad-regex");
  EXPECT_NE(bad.error().message.find("a(b"), std::string::npos);
  EXPECT_FALSE(Regex::compile("(?=look)").has_value());
  EXPECT_FALSE(Regex::compile("((a{100}){100}){100}").has_value());
  EXPECT_FALSE(Regex::compile(std::string(100'000, 'a')).has_value());
}

TEST(RegexTest, CachesAndQuotes) {
  EXPECT_EQ(Regex::compile("same").value(), Regex::compile("same").value());
  EXPECT_NE(Regex::compile("same").value(), Regex::compile("same", {.ignore_case = true}).value());
  EXPECT_TRUE(re(regex_quote("a.b*c")).full_match("a.b*c"));
  EXPECT_EQ(all(re("\\xff", {.latin1 = true}), "a\xff"), "[\xff]");
}

}  // namespace
}  // namespace assay::core
