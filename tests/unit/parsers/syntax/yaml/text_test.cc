#include "parsers/syntax/yaml/text.h"

namespace assay::syntax::yaml {
namespace {

TEST(YamlText, EveryByteIsJudgedInEveryPlace) {
  for (int value = 0; value < 128; ++value) {
    bool fine = value == '\t' || value == '\n' || value == '\r' || (value >= 0x20 && value < 0x7F);
    for (size_t place = 0; place < 20; ++place) {
      for (char filler : {'a', '\n', ' ', '~'}) {
        std::string text(20, filler);
        text[place] = static_cast<char>(value);
        Encoding encoding = check_encoding(text);
        ASSERT_EQ(encoding.bad_count, fine ? 0u : 1u) << value << " at " << place;
        ASSERT_TRUE(encoding.ascii);
        if (!fine) {
          ASSERT_EQ(encoding.first_bad_begin, place);
          ASSERT_EQ(encoding.repaired[place], '?');
        }
      }
    }
  }
}

TEST(YamlText, OffsetsGoBothWays) {
  std::string text = "a\xC3\xA9" "b\xE9\xB5\xAC" "c\xF0\x9F\x98\x80" "d";
  OffsetMap map(text, 3, false);
  const uint32_t bytes[] = {3, 4, 6, 7, 10, 11, 15, 16};
  for (size_t i = 0; i < 8; ++i) {
    EXPECT_EQ(map.byte(i), bytes[i]) << i;
    EXPECT_EQ(map.code_point(bytes[i]), i) << i;
  }
  for (size_t i = 8; i-- > 0;) EXPECT_EQ(map.byte(i), bytes[i]) << i;  // backwards as well
  EXPECT_EQ(map.byte(100), 16u);
  OffsetMap ascii("abc", 0, true);
  EXPECT_EQ(ascii.byte(2), 2u);
  EXPECT_EQ(ascii.byte(9), 3u);
}

TEST(YamlText, DocumentStartsAreWholeLines) {
  EXPECT_EQ(find_document_start("a\n---\nb", 0), 2u);
  EXPECT_EQ(find_document_start("a\n--- b\n", 0), 2u);
  EXPECT_EQ(find_document_start("a\n----\n ---\n---x\n---", 0), 17u);
  EXPECT_EQ(find_document_start("---\na\n---", 1), 6u);
  EXPECT_EQ(find_document_start("---\na\n", 1), std::string_view::npos);
}

}  // namespace
}  // namespace assay::syntax::yaml
