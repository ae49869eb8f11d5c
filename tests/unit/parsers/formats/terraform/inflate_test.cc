#include "parsers/formats/terraform/inflate.h"

#include <gtest/gtest.h>

#include <string>

#include "parsers/core/base64.h"

namespace assay::formats::terraform {
namespace {

std::string packed() { return *core::base64_decode("H4sIAAAAAAACA8s4vDInJx8ANoI7ngYAAAA="); }
// The raw stream stands between gzip's header and its sum and size.
std::string raw() { return packed().substr(10, packed().size() - 18); }

TEST(Inflate, UnpacksUpToItsLimit) {
  EXPECT_EQ(gunzip(packed(), 6).value(), "h\xc3\xa9llo");
  EXPECT_EQ(inflate_raw(raw(), 6).value(), "h\xc3\xa9llo");
  for (size_t limit : {0u, 1u, 5u}) {
    EXPECT_EQ(gunzip(packed(), limit).error().code, "limit-inflate") << limit;
    EXPECT_EQ(inflate_raw(raw(), limit).error().code, "limit-inflate") << limit;
  }
}

TEST(Inflate, EveryPrefixAndEveryChangedByteIsDamagedOrTheSame) {
  std::string whole = packed();
  for (size_t size = 0; size < whole.size(); ++size)
    EXPECT_EQ(gunzip(whole.substr(0, size), 64).error().code, "inflate-damaged") << size;
  for (size_t i = 0; i < whole.size(); ++i) {
    std::string other = whole;
    other[i] = static_cast<char>(other[i] ^ 0x55);
    auto result = gunzip(other, 64);
    if (!result) continue;
    EXPECT_EQ(result.value(), "h\xc3\xa9llo") << i;  // a byte of the header
  }
}

// Many small members: together more than the first buffer holds.
TEST(Inflate, GrowsForManyMembers) {
  std::string many, text;
  for (int i = 0; i < 3000; ++i) {
    many += packed();
    text += "h\xc3\xa9llo";
  }
  EXPECT_EQ(gunzip(many, text.size()).value(), text);
  EXPECT_EQ(gunzip(many, text.size() - 1).error().code, "limit-inflate");
}

}  // namespace
}  // namespace assay::formats::terraform
