#include "parsers/core/hash.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace assay::core {
namespace {

// Stored by users: these numbers may never change.
TEST(HashTest, IsStable) {
  EXPECT_EQ(hash64(""), 0x964cd17551550f38ull);
  EXPECT_EQ(hash64("assay"), 0xecb2e3b962b8a461ull);
  EXPECT_EQ(hash64("a longer text, more than one word", 7), 0x2f6ebcd5d1ec9e6full);
  EXPECT_EQ(Hasher().add("AWS0101").add(uint64_t{3}).finish(), 0x05e30b637128ca1full);
}

TEST(HashTest, FieldsDoNotRunTogether) {
  EXPECT_NE(Hasher().add("ab").add("c").finish(), Hasher().add("a").add("bc").finish());
  EXPECT_NE(Hasher().add("").add("a").finish(), Hasher().add("a").add("").finish());
  EXPECT_NE(hash64("a"), hash64(std::string("a\0", 2)));
  EXPECT_NE(hash64("a", 1), hash64("a", 2));
}

TEST(HashTest, NoCollisionsAmongSimilarTexts) {
  std::set<uint64_t> seen;
  std::set<uint32_t> low;
  for (int i = 0; i < 20000; ++i) {
    uint64_t hash = hash64("module.a[" + std::to_string(i) + "].aws_s3_bucket.b");
    seen.insert(hash);
    low.insert(static_cast<uint32_t>(hash));
  }
  EXPECT_EQ(seen.size(), 20000u);
  EXPECT_GE(low.size(), 19997u);
}

}  // namespace
}  // namespace assay::core
