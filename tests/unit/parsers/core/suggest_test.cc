#include "parsers/core/suggest.h"

#include <gtest/gtest.h>

namespace assay::core {
namespace {

TEST(SuggestTest, Distance) {
  EXPECT_EQ(edit_distance("kitten", "sitting", 10), 3u);
  EXPECT_EQ(edit_distance("abcd", "abdc", 10), 1u);
  EXPECT_EQ(edit_distance("", "abc", 10), 3u);
  EXPECT_EQ(edit_distance("Severity", "severity", 10), 0u);
  EXPECT_EQ(edit_distance("abcdef", "uvwxyz", 2), 3u);
  EXPECT_EQ(edit_distance(std::string(1000, 'a'), std::string(1000, 'a'), 5), 6u);
}

TEST(SuggestTest, Closest) {
  std::vector<std::string> names{"severity", "format", "fail-on", "jobs"};
  EXPECT_EQ(closest("serverity", names), "severity");
  EXPECT_EQ(closest("formta", names), "format");
  EXPECT_EQ(closest("FORMAT", names), "format");
  EXPECT_EQ(closest("job", names), "jobs");
  EXPECT_EQ(closest("colour", names), "");
  EXPECT_EQ(closest("x", names), "");
  EXPECT_EQ(closest("anything", std::vector<std::string>{}), "");
}

TEST(SuggestTest, Message) {
  EXPECT_EQ(did_you_mean("jbos", std::vector<std::string>{"jobs"}), "; did you mean \"jobs\"?");
  EXPECT_EQ(did_you_mean("zzzz", std::vector<std::string>{"jobs"}), "");
}

}  // namespace
}  // namespace assay::core
