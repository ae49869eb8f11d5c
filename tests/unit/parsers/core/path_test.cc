#include "parsers/core/path.h"

#include <gtest/gtest.h>

namespace assay::core {
namespace {

TEST(PathTest, Join) {
  EXPECT_EQ(join_path("a", "b/c"), "a/b/c");
  EXPECT_EQ(join_path("a/", "b"), "a/b");
  EXPECT_EQ(join_path("", "b"), "b");
  EXPECT_EQ(join_path(".", "b"), "b");
  EXPECT_EQ(join_path("a", ""), "a");
  EXPECT_EQ(join_path("a", "/b"), "/b");
  EXPECT_EQ(join_path("/", "b"), "/b");
}

TEST(PathTest, Normalize) {
  EXPECT_EQ(normalize_path("a/./b//c/"), "a/b/c");
  EXPECT_EQ(normalize_path("a/../b"), "b");
  EXPECT_EQ(normalize_path("a/.."), ".");
  EXPECT_EQ(normalize_path("../a/../../b"), "../../b");
  EXPECT_EQ(normalize_path("/../a"), "/a");
  EXPECT_EQ(normalize_path("/"), "/");
  EXPECT_EQ(normalize_path(""), ".");
}

TEST(PathTest, Parts) {
  EXPECT_EQ(parent_path("a/b/c.tf"), "a/b");
  EXPECT_EQ(parent_path("c.tf"), "");
  EXPECT_EQ(parent_path("/x"), "/");
  EXPECT_EQ(base_name("a/b/c.tf"), "c.tf");
  EXPECT_EQ(base_name("c.tf"), "c.tf");
  EXPECT_EQ(base_name("a/b/"), "");
  EXPECT_EQ(extension("a.b/c.tf.json"), ".json");
  EXPECT_EQ(extension("a.b/c"), "");
  EXPECT_EQ(extension(".gitignore"), "");
}

TEST(PathTest, Within) {
  EXPECT_TRUE(is_within("a/b", "a"));
  EXPECT_TRUE(is_within("a", "a"));
  EXPECT_FALSE(is_within("ab", "a"));
  EXPECT_TRUE(is_within("a", "."));
  EXPECT_FALSE(is_within("../a", "."));
  EXPECT_TRUE(is_within("/a", "/"));
  EXPECT_FALSE(is_within("/a", "."));
}

TEST(PathTest, Relative) {
  EXPECT_EQ(relative_path("a/b/c", "a"), "b/c");
  EXPECT_EQ(relative_path("a/b", "a/c/d"), "../../b");
  EXPECT_EQ(relative_path("a", "a"), ".");
  EXPECT_EQ(relative_path("a", "."), "a");
  EXPECT_EQ(relative_path("/x/y", "/x"), "y");
  EXPECT_EQ(relative_path("/x", "y"), "/x");
}

}  // namespace
}  // namespace assay::core
