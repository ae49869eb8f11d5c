#include "analyzer/lsp/text.h"

namespace assay::lsp {
namespace {

TEST(LinesTest, CountsUnitsOfBothEncodings) {
  const std::string text = "a\xC3\xA9\xF0\x9F\x98\x80z\nb";  // é and an astral character
  Lines lines(text);
  uint32_t z = static_cast<uint32_t>(text.find('z'));
  EXPECT_EQ(lines.position(z, Encoding::kUtf16), (Position{0, 4}));
  EXPECT_EQ(lines.position(z, Encoding::kUtf8), (Position{0, 7}));
  EXPECT_EQ(lines.offset({0, 4}, Encoding::kUtf16), z);
  EXPECT_EQ(lines.offset({0, 7}, Encoding::kUtf8), z);
  EXPECT_EQ(lines.offset({0, 3}, Encoding::kUtf16), z - 4) << "in the middle of a pair: in front of it";
  EXPECT_EQ(lines.position(z - 2, Encoding::kUtf16), (Position{0, 2})) << "in the middle of a character: its beginning";
}

TEST(LinesTest, EveryEndOfLine) {
  Lines lines("a\r\nb\rc\n\nd");
  ASSERT_EQ(lines.count(), 5u);
  EXPECT_EQ(lines.line(0), "a");
  EXPECT_EQ(lines.line(1), "b");
  EXPECT_EQ(lines.line(2), "c");
  EXPECT_EQ(lines.line(3), "");
  EXPECT_EQ(lines.line(4), "d");
  EXPECT_EQ(lines.position(2, Encoding::kUtf16), (Position{0, 1})) << "between CR and LF: the end of the line";
}

TEST(LinesTest, PlacesOutsideAreClamped) {
  Lines lines("ab\ncd");
  EXPECT_EQ(lines.offset({0, 99}, Encoding::kUtf16), 2u);
  EXPECT_EQ(lines.offset({9, 0}, Encoding::kUtf16), 5u);
  EXPECT_EQ(lines.position(99, Encoding::kUtf16), (Position{1, 2}));
  Lines empty("");
  EXPECT_EQ(empty.count(), 1u);
  EXPECT_EQ(empty.offset({3, 3}, Encoding::kUtf8), 0u);
  EXPECT_EQ(empty.position(7, Encoding::kUtf8), (Position{0, 0}));
}

TEST(LinesTest, ByteOrderMark) {
  const std::string text = "\xEF\xBB\xBF" "ab\nc";
  EXPECT_EQ(Lines(text).position(4, Encoding::kUtf16), (Position{0, 1}));
  EXPECT_EQ(Lines(text).offset({0, 0}, Encoding::kUtf8), 3u);
  EXPECT_EQ(Lines(text, true).position(4, Encoding::kUtf16), (Position{0, 2}));
  EXPECT_EQ(Lines("\xEF\xBB\xBF").position(0, Encoding::kUtf16), (Position{0, 0}));
}

TEST(LinesTest, PositionAndOffsetAreInverse) {
  const std::string text = "x\xF0\x9F\x98\x80\r\n\xC3\xA9\xFF\n\t\"\xED\x95\x9C\"";
  for (Encoding encoding : {Encoding::kUtf8, Encoding::kUtf16}) {
    Lines lines(text);
    for (uint32_t at = 0; at <= text.size(); ++at) {
      uint32_t back = lines.offset(lines.position(at, encoding), encoding);
      EXPECT_LE(back, at);
      EXPECT_LE(at - back, 3u);
      if (encoding == Encoding::kUtf16) EXPECT_EQ(lines.position(back, encoding), lines.position(at, encoding));
    }
  }
}

}  // namespace
}  // namespace assay::lsp
