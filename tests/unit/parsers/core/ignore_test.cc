#include "parsers/core/ignore.h"

#include <gtest/gtest.h>

#include <chrono>

namespace assay::core {
namespace {

bool ignores(std::string_view lines, std::string_view path, bool is_directory = false) {
  return IgnoreFile(lines, "").match(path, is_directory) == IgnoreVerdict::kIgnored;
}

TEST(IgnoreTest, NamesMatchAtAnyDepth) {
  EXPECT_TRUE(ignores("foo", "foo"));
  EXPECT_TRUE(ignores("foo", "a/b/foo"));
  EXPECT_FALSE(ignores("foo", "foobar"));
  EXPECT_TRUE(ignores("*.tfstate", "a/x.tfstate"));
  EXPECT_FALSE(ignores("*.tfstate", "a/x.tfstate.backup"));
  EXPECT_TRUE(ignores("*.tfstate.*", "a/x.tfstate.backup"));
}

TEST(IgnoreTest, SlashesAnchor) {
  EXPECT_TRUE(ignores("/foo", "foo"));
  EXPECT_FALSE(ignores("/foo", "a/foo"));
  EXPECT_TRUE(ignores("a/foo", "a/foo"));
  EXPECT_FALSE(ignores("a/foo", "b/a/foo"));
  EXPECT_FALSE(ignores("a/*", "a/b/c"));
}

TEST(IgnoreTest, DirectoriesOnly) {
  EXPECT_TRUE(ignores("foo/", "foo", true));
  EXPECT_FALSE(ignores("foo/", "foo", false));
  EXPECT_TRUE(ignores("foo/", "a/foo", true));
}

TEST(IgnoreTest, StarStar) {
  EXPECT_TRUE(ignores("**/foo", "foo"));
  EXPECT_TRUE(ignores("**/foo", "a/b/foo"));
  EXPECT_TRUE(ignores("a/**/b", "a/b"));
  EXPECT_TRUE(ignores("a/**/b", "a/x/y/b"));
  EXPECT_FALSE(ignores("a/**/b", "ax/b"));
  EXPECT_TRUE(ignores("a/**", "a/x/y"));
  EXPECT_FALSE(ignores("a/**", "a", true));
}

TEST(IgnoreTest, LastMatchWins) {
  EXPECT_FALSE(ignores("*.tf\n!main.tf\n", "main.tf"));
  EXPECT_TRUE(ignores("*.tf\n!main.tf\n", "other.tf"));
  EXPECT_TRUE(ignores("!main.tf\n*.tf\n", "main.tf"));
  EXPECT_EQ(IgnoreFile("!x", "").match("x", false), IgnoreVerdict::kIncluded);
  EXPECT_EQ(IgnoreFile("!x", "").match("y", false), IgnoreVerdict::kNoMatch);
}

TEST(IgnoreTest, LinesAsGitReadsThem) {
  EXPECT_TRUE(
      ignores("\xef\xbb\xbf"
              "foo",
              "foo"));
  EXPECT_TRUE(ignores("foo\r\n", "foo"));
  EXPECT_TRUE(ignores("foo   \n", "foo"));
  EXPECT_TRUE(ignores("foo\\ \n", "foo "));
  EXPECT_TRUE(ignores("foo\\   \n", "foo "));
  EXPECT_FALSE(ignores("# foo\n#foo", "#foo"));
  EXPECT_TRUE(ignores("\\#foo", "#foo"));
  EXPECT_TRUE(ignores("\\!foo", "!foo"));
  EXPECT_FALSE(ignores("\n\n/\n!\n", "a"));
  EXPECT_FALSE(ignores("foo\\", "foo"));
}

TEST(IgnoreTest, Classes) {
  EXPECT_TRUE(ignores("[ab].tf", "a.tf"));
  EXPECT_FALSE(ignores("[ab].tf", "c.tf"));
  EXPECT_TRUE(ignores("[!ab].tf", "c.tf"));
  EXPECT_TRUE(ignores("[^ab].tf", "c.tf"));
  EXPECT_TRUE(ignores("[a-c].tf", "b.tf"));
  EXPECT_TRUE(ignores("[]x].tf", "].tf"));
  EXPECT_TRUE(ignores("[[:digit:]x].tf", "7.tf"));
  EXPECT_TRUE(ignores("[a\\]].tf", "].tf"));
  EXPECT_FALSE(ignores("[a.tf", "[a.tf"));
  EXPECT_FALSE(ignores("[[:nope:]].tf", "n.tf"));
  EXPECT_FALSE(ignores("a[!x]b", "a/b"));
  EXPECT_FALSE(ignores("a?b", "a/b"));
}

TEST(IgnoreTest, OnlyBelowItsDirectory) {
  IgnoreFile file("/x\n*.log", "a/b");
  EXPECT_EQ(file.match("a/b/x", false), IgnoreVerdict::kIgnored);
  EXPECT_EQ(file.match("a/b/c/x", false), IgnoreVerdict::kNoMatch);
  EXPECT_EQ(file.match("a/b/c/y.log", false), IgnoreVerdict::kIgnored);
  EXPECT_EQ(file.match("a/bc/y.log", false), IgnoreVerdict::kNoMatch);
  EXPECT_EQ(file.match("a/b", true), IgnoreVerdict::kNoMatch);
}

TEST(IgnoreTest, HostilePatternsStayFast) {
  std::string stars, deep, text(4000, 'a');
  for (int i = 0; i < 500; ++i) stars += "*a";
  for (int i = 0; i < 200; ++i) deep += "**/a*/";
  stars += "b";
  deep += "b";
  std::string slashes;
  for (int i = 0; i < 1000; ++i) slashes += "aa/";
  slashes += "c";
  auto start = std::chrono::steady_clock::now();
  EXPECT_FALSE(ignores(stars, text));
  EXPECT_FALSE(ignores(deep, slashes));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
}

}  // namespace
}  // namespace assay::core
