#include "sarif/line_hash.h"

#include <gtest/gtest.h>

namespace assay::report {
namespace {

using Hashes = std::vector<std::string>;

// The two vectors that the upload action's own tests pin down.
TEST(LineHash, KnownVectors) {
  EXPECT_EQ(line_hashes(""), Hashes{"c129715d7a2bc9a3:1"});
  EXPECT_EQ(line_hashes(" a\nb\n  \t\tc\n d"),
            (Hashes{"271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"}));
}

TEST(LineHash, LineEndsAndBlanksDoNotMatter) {
  Hashes plain = line_hashes("a\nb\nc");
  EXPECT_EQ(line_hashes("a\r\nb\r\nc"), plain);
  EXPECT_EQ(line_hashes("a\rb\rc"), plain);
  EXPECT_EQ(line_hashes("  a\n\tb \nc  "), plain);
  EXPECT_NE(line_hashes("a\n\nb\nc")[0], plain[0]);
}

TEST(LineHash, EqualLinesAreCounted) {
  std::string block(120, 'x');
  Hashes out = line_hashes(block + "\n" + block + "\n" + block + "\n");
  ASSERT_EQ(out.size(), 4u);
  EXPECT_EQ(out[0].substr(0, out[0].find(':')), out[1].substr(0, out[1].find(':')));
  EXPECT_TRUE(out[0].ends_with(":1"));
  EXPECT_TRUE(out[1].ends_with(":2"));
}

TEST(LineHash, ALineAboveDoesNotChangeThoseBelow) {
  Hashes before = line_hashes("first\nsecond\nthird\n");
  Hashes after = line_hashes("inserted\nfirst\nsecond\nthird\n");
  ASSERT_EQ(after.size(), before.size() + 1);
  for (size_t i = 0; i < before.size(); ++i) EXPECT_EQ(after[i + 1], before[i]);
}

TEST(LineHash, OddBytesGiveOneHashPerLine) {
  EXPECT_EQ(line_hashes("\xff\xfe\n\xf0\x9f\n\xe4").size(), 3u);
  EXPECT_EQ(line_hashes("\xf0\x9f\x98\x80\n").size(), 2u);
  EXPECT_NE(line_hashes("\xf0\x9f\x98\x80")[0], line_hashes("\xf0\x9f\x98\x81")[0]);
}

}  // namespace
}  // namespace assay::report
