#include "parsers/core/text.h"

#include <gtest/gtest.h>

namespace assay::core {
namespace {

TEST(TextTest, DecodesStrictly) {
  struct Case {
    std::string_view text;
    char32_t code;
    int length;
    bool valid;
  };
  const Case cases[] = {{"a", 'a', 1, true},
                        {"é", 0xe9, 2, true},
                        {"€", 0x20ac, 3, true},
                        {"😀", 0x1f600, 4, true},
                        {"\xf4\x8f\xbf\xbf", 0x10ffff, 4, true},
                        {"\x80", 0xfffd, 1, false},
                        {"\xc3", 0xfffd, 1, false},
                        {"\xc0\x80", 0xfffd, 1, false},
                        {"\xe0\x80\x80", 0xfffd, 1, false},
                        {"\xed\xa0\x80", 0xfffd, 1, false},
                        {"\xf4\x90\x80\x80", 0xfffd, 1, false},
                        {"\xf0\x80\x80\x80", 0xfffd, 1, false},
                        {"\xff", 0xfffd, 1, false}};
  for (const Case& c : cases) {
    Utf8 got = decode_utf8(c.text, 0);
    EXPECT_EQ(got.code, c.code) << c.text;
    EXPECT_EQ(got.length, c.length) << c.text;
    EXPECT_EQ(got.valid, c.valid) << c.text;
    EXPECT_EQ(is_valid_utf8(c.text), c.valid) << c.text;
  }
  for (char32_t code = 0; code <= 0x10ffff; code += 37) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    std::string text;
    append_utf8(text, code);
    Utf8 got = decode_utf8(text, 0);
    EXPECT_TRUE(got.valid && got.code == code && got.length == text.size()) << uint32_t{code};
  }
  EXPECT_EQ(to_valid_utf8("a\xff"
                          "é\xc3"),
            "a\ufffdé\ufffd");
  EXPECT_TRUE(is_valid_utf8("twelve bytes and é"));
  EXPECT_FALSE(is_valid_utf8("twelve bytes and \xe9!"));
}

TEST(TextTest, Ascii) {
  EXPECT_TRUE(is_ascii("0123456789"));
  EXPECT_FALSE(is_ascii("01234567é"));
  EXPECT_FALSE(is_ascii("é01234567"));
  EXPECT_TRUE(is_ascii(""));
}

TEST(TextTest, Nfc) {
  EXPECT_EQ(to_nfc("e\u0301"), "é");
  EXPECT_EQ(to_nfc("plain"), "plain");
  EXPECT_EQ(to_nfc("\u1100\u1161"), "\uac00");
  EXPECT_EQ(to_nfc("e\xff\u0301"), "e\xff\u0301");
}

TEST(TextTest, Graphemes) {
  EXPECT_EQ(grapheme_count(""), 0u);
  EXPECT_EQ(grapheme_count("abc"), 3u);
  EXPECT_EQ(grapheme_count("a\r\nb"), 3u);
  EXPECT_EQ(grapheme_count("e\u0301x"), 2u);
  EXPECT_EQ(grapheme_count("👨‍👩‍👧‍👦"), 1u);
  EXPECT_EQ(grapheme_count("🇩🇪🇫🇷"), 2u);
  EXPECT_EQ(grapheme_count("각a"), 2u);
  EXPECT_EQ(next_grapheme("e\u0301x", 0), 3u);
  EXPECT_EQ(next_grapheme("ab", 1), 2u);
  EXPECT_EQ(grapheme_count("\xff\xfe"), 2u);
}

TEST(TextTest, DisplayWidth) {
  EXPECT_EQ(display_width("abc"), 3u);
  EXPECT_EQ(display_width("日本"), 4u);
  EXPECT_EQ(display_width("e\u0301"), 1u);
}

TEST(TextTest, Pieces) {
  EXPECT_EQ(trim(" \t a b\r\n"), "a b");
  EXPECT_EQ(trim("  "), "");
  EXPECT_EQ(split("a,,b", ','), (std::vector<std::string_view>{"a", "", "b"}));
  EXPECT_EQ(split("", ','), (std::vector<std::string_view>{""}));
  EXPECT_EQ(split_lines("a\r\nb\n\nc"), (std::vector<std::string_view>{"a", "b", "", "c"}));
  EXPECT_EQ(split_lines("a\n"), (std::vector<std::string_view>{"a"}));
  EXPECT_EQ(split_lines(""), (std::vector<std::string_view>{}));
  EXPECT_EQ(join({"a", "b"}, ", "), "a, b");
  EXPECT_EQ(replace_all("aaa", "aa", "b"), "ba");
  EXPECT_EQ(replace_all("abc", "", "x"), "abc");
  EXPECT_EQ(to_lower_ascii("AbÉ"), "abÉ");
  EXPECT_EQ(to_upper_ascii("ab9"), "AB9");
  EXPECT_TRUE(equals_ignoring_case("AbC", "aBc"));
  EXPECT_FALSE(equals_ignoring_case("ab", "abc"));
  EXPECT_TRUE(contains_ignoring_case("My PassWord", "password"));
  EXPECT_FALSE(contains_ignoring_case("pass", "password"));
  EXPECT_TRUE(contains_ignoring_case("x", ""));
}

TEST(TextTest, Glob) {
  EXPECT_TRUE(glob_match("CKV_AWS_*", "CKV_AWS_20"));
  EXPECT_FALSE(glob_match("CKV_AWS_*", "CKV_GCP_20"));
  EXPECT_TRUE(glob_match("*", ""));
  EXPECT_TRUE(glob_match("a?c*e", "abcdde"));
  EXPECT_FALSE(glob_match("a?c", "ac"));
  EXPECT_TRUE(glob_match("*a*b*", "xxaxxbxx"));
  EXPECT_FALSE(glob_match("abc", "abcd"));
  EXPECT_FALSE(glob_match("", "a"));
}

}  // namespace
}  // namespace assay::core
