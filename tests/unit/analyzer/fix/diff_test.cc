#include "analyzer/pipeline/fix/diff.h"

#include <gtest/gtest.h>

namespace assay::pipeline {
namespace {

TEST(UnifiedDiff, NothingForEqualTexts) { EXPECT_EQ(unified_diff("a", "x\n", "x\n"), ""); }

TEST(UnifiedDiff, ContextAndHunks) {
  std::string before, after;
  for (int i = 1; i <= 20; ++i) {
    before += std::to_string(i) + "\n";
    if (i == 2) after += "two\n";
    else if (i != 18) after += std::to_string(i) + "\n";
  }
  EXPECT_EQ(unified_diff("d/f", before, after),
            "--- a/d/f\n+++ b/d/f\n@@ -1,5 +1,5 @@\n 1\n-2\n+two\n 3\n 4\n 5\n@@ -15,6 +15,5 @@\n 15\n 16\n 17\n-18\n 19\n 20\n");
}

TEST(UnifiedDiff, NearChangesAreOneHunk) {
  EXPECT_EQ(unified_diff("f", "a\nb\nc\nd\n", "A\nb\nc\nD\n"),
            "--- a/f\n+++ b/f\n@@ -1,4 +1,4 @@\n-a\n+A\n b\n c\n-d\n+D\n");
}

TEST(UnifiedDiff, LinesAtTheEdges) {
  EXPECT_EQ(unified_diff("f", "", "a\n"), "--- a/f\n+++ b/f\n@@ -0,0 +1 @@\n+a\n");
  EXPECT_EQ(unified_diff("f", "a", "a\nb"),
            "--- a/f\n+++ b/f\n@@ -1 +1,2 @@\n-a\n\\ No newline at end of file\n+a\n+b\n\\ No newline at end of file\n");
}

}  // namespace
}  // namespace assay::pipeline
