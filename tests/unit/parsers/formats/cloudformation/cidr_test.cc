#include "parsers/formats/cloudformation/cidr.h"

#include <gtest/gtest.h>

namespace assay::formats::cloudformation {
namespace {

using Strings = std::vector<std::string>;

Strings cut(std::string_view block, uint64_t count, uint64_t bits) {
  auto made = cut_block(block, count, bits);
  return made ? *made : Strings{"error: " + made.error().message};
}

TEST(Cidr, CutsFourthVersionBlocks) {
  EXPECT_EQ(cut("10.0.0.0/16", 3, 8), (Strings{"10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24"}));
  EXPECT_EQ(cut("192.168.0.0/24", 6, 5),
            (Strings{"192.168.0.0/27", "192.168.0.32/27", "192.168.0.64/27", "192.168.0.96/27",
                     "192.168.0.128/27", "192.168.0.160/27"}));
  EXPECT_EQ(cut("10.1.2.3/16", 1, 8), Strings{"10.1.0.0/24"});  // host bits do not count
  EXPECT_EQ(cut("0.0.0.0/0", 2, 31), (Strings{"0.0.0.0/1", "128.0.0.0/1"}));
  EXPECT_EQ(cut("0.0.0.0/0", 1, 32), Strings{"0.0.0.0/0"});
  EXPECT_EQ(cut("10.0.0.0/8", 256, 16).back(), "10.255.0.0/16");
  EXPECT_EQ(cut("10.0.255.0/8", 2, 2), (Strings{"10.0.0.0/30", "10.0.0.4/30"}));
}

TEST(Cidr, CutsSixthVersionBlocks) {
  EXPECT_EQ(cut("2001:db8::/56", 3, 64),
            (Strings{"2001:db8::/64", "2001:db8:0:1::/64", "2001:db8:0:2::/64"}));
  EXPECT_EQ(cut("2001:db8::/32", 2, 80), (Strings{"2001:db8::/48", "2001:db8:1::/48"}));
  EXPECT_EQ(cut("2001:db8:0:ff00::/56", 256, 64).back(), "2001:db8:0:ffff::/64");
  EXPECT_EQ(cut("::/0", 2, 127), (Strings{"::/1", "8000::/1"}));
}

TEST(Cidr, RefusesWhatDoesNotFit) {
  EXPECT_EQ(cut("10.0.0.0/24", 2, 8)[0], "error: 10.0.0.0/24 has no room for 2 subnets of 8 bits");
  EXPECT_EQ(cut("10.0.0.0/24", 1, 9)[0], "error: 10.0.0.0/24 has no room for 1 subnets of 9 bits");
  EXPECT_EQ(cut("10.0.0.0/16", 257, 8)[0], "error: the count must be a number from 1 to 256");
  EXPECT_EQ(cut("10.0.0.0/16", 0, 8)[0], "error: the count must be a number from 1 to 256");
  EXPECT_EQ(cut("10.0.0.0/16", 1, 33)[0], "error: the bits of each subnet must be a number from 1 to 32");
  EXPECT_EQ(cut("::/16", 1, 129)[0], "error: the bits of each subnet must be a number from 1 to 128");
  for (std::string_view text : {"10.0.0.0", "10.0.0.256/8", "10.0.0/8", "10.0.0.0/33", "x/8", "::/129", "", "/"}) {
    EXPECT_TRUE(cut(text, 1, 8)[0].starts_with("error: \"")) << text;
    EXPECT_FALSE(is_address_block(text)) << text;
  }
}

}  // namespace
}  // namespace assay::formats::cloudformation
