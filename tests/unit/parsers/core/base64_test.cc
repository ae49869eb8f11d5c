#include "parsers/core/base64.h"

#include <gtest/gtest.h>

#include <random>

namespace assay::core {
namespace {

TEST(Base64Test, Rfc4648Vectors) {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : vectors) {
    EXPECT_EQ(base64_encode(plain), encoded);
    EXPECT_EQ(base64_decode(encoded), plain);
  }
}

TEST(Base64Test, Variants) {
  EXPECT_EQ(base64_encode("\xfb\xff"), "+/8=");
  EXPECT_EQ(base64_encode("\xfb\xff", Base64::kUrl), "-_8=");
  EXPECT_EQ(base64_encode("\xfb\xff", Base64::kUrlWithoutPadding), "-_8");
  EXPECT_EQ(base64_decode("-_8", Base64::kUrlWithoutPadding), "\xfb\xff");
  EXPECT_EQ(base64_decode("-_8=", Base64::kUrlWithoutPadding), std::nullopt);
  EXPECT_EQ(base64_decode("-_8="), std::nullopt);
}

TEST(Base64Test, StrictButForLineBreaks) {
  EXPECT_EQ(base64_decode("Zm9v\r\nYmFy\n"), "foobar");
  for (const char* bad :
       {"Z", "Zg", "Zg=", "Zg===", "Zm9v=", "=", "====", "Zg==Zg==", "Zm 9v", "Zm9!", "Zm8=x"}) {
    EXPECT_EQ(base64_decode(bad), std::nullopt) << bad;
  }
}

TEST(Base64Test, RoundTrips) {
  std::mt19937 random(1);
  for (int i = 0; i < 500; ++i) {
    std::string bytes;
    for (size_t n = random() % 50; n > 0; --n) bytes += static_cast<char>(random());
    for (Base64 variant : {Base64::kStandard, Base64::kUrl, Base64::kUrlWithoutPadding}) {
      EXPECT_EQ(base64_decode(base64_encode(bytes, variant), variant), bytes);
    }
  }
}

}  // namespace
}  // namespace assay::core
