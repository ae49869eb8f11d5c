#include "parsers/core/digest.h"

#include <gtest/gtest.h>

namespace assay::core {
namespace {

// Vectors of RFC 1321, FIPS 180-4 and NIST's examples.
TEST(DigestTest, Empty) {
  EXPECT_EQ(to_hex(md5("")), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(to_hex(sha1("")), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  EXPECT_EQ(to_hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(to_hex(sha512("")),
            "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
            "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e");
}

TEST(DigestTest, Abc) {
  EXPECT_EQ(to_hex(md5("abc")), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(to_hex(sha1("abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(to_hex(sha256("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(sha512("abc")),
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
            "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
}

TEST(DigestTest, SeveralBlocks) {
  std::string_view two = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
  EXPECT_EQ(to_hex(sha1(two)), "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
  EXPECT_EQ(to_hex(sha256(two)),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(
      to_hex(
          md5("12345678901234567890123456789012345678901234567890123456789012345678901234567890")),
      "57edf4a22be3c955ac49da2e2107b67a");
  std::string million(1'000'000, 'a');
  EXPECT_EQ(to_hex(md5(million)), "7707d6ae4e027c70eea2a935c2296f21");
  EXPECT_EQ(to_hex(sha1(million)), "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
  EXPECT_EQ(to_hex(sha256(million)),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  EXPECT_EQ(to_hex(sha512(million)),
            "e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973eb"
            "de0ff244877ea60a4cb0432ce577c31beb009c5c2c49aa2e4eadb217ad8cc09b");
}

// The padding is where digests go wrong: every length around the block borders.
TEST(DigestTest, LengthsAroundABlock) {
  std::string all256, all512, all1, all5;
  for (size_t length = 0; length < 300; ++length) {
    std::string text(length, 'x');
    all256 += sha256(text);
    all512 += sha512(text);
    all1 += sha1(text);
    all5 += md5(text);
  }
  // Computed with Python's hashlib.
  EXPECT_EQ(to_hex(md5(all256)), "31999478994c1c1f37440e2727b43fe3");
  EXPECT_EQ(to_hex(md5(all512)), "ae91be29a9ce2750604702a1edc15afd");
  EXPECT_EQ(to_hex(md5(all1)), "7b57e03b372c4f283df36cb78f81a37a");
  EXPECT_EQ(to_hex(md5(all5)), "575f9da1c47ba6b2cba933c4e7ce5ecd");
}

}  // namespace
}  // namespace assay::core
