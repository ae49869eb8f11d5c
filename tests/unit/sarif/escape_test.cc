#include "sarif/escape.h"

#include "tests/unit/sarif/fixture.h"

namespace assay::report {
namespace {

TEST(EscapeTest, UriKeepsUnreservedCharacters) {
  EXPECT_EQ(to_uri("a/b-c_d.e~f"), "a/b-c_d.e~f");
  EXPECT_EQ(to_uri("a b#c?%\xc3\xa4"), "a%20b%23c%3F%25%C3%A4");
}

TEST(EscapeTest, XmlHoldsOnlyItsOwnCharacters) {
  EXPECT_EQ(to_xml("<a b=\"c\">&"), "&lt;a b=&quot;c&quot;&gt;&amp;");
  EXPECT_EQ(to_xml(std::string_view("\0\x1b\x7f", 3)), "\xef\xbf\xbd\xef\xbf\xbd\x7f");
  EXPECT_EQ(to_xml("\xef\xbf\xbe\xef\xbf\xbf"), "\xef\xbf\xbd\xef\xbf\xbd");  // U+FFFE and U+FFFF
  EXPECT_EQ(to_xml("\xff\xf0\x9f\x98\x80"), "\xef\xbf\xbd\xf0\x9f\x98\x80");
  EXPECT_EQ(to_xml("a\n\tb\r", true), "a&#10;&#9;b&#13;");
  EXPECT_EQ(to_xml("a\n\tb\r"), "a\n\tb&#13;");
  EXPECT_EQ(to_xml("]]>"), "]]&gt;");
}

TEST(EscapeTest, HtmlTextsAreNoMarkup) {
  EXPECT_EQ(to_html("<img src=x onerror='a(\"b\")'>&"), "&lt;img src=x onerror=&#39;a(&quot;b&quot;)&#39;&gt;&amp;");
  EXPECT_EQ(to_html(std::string_view("a\0b\xff", 4)), "a?b\xef\xbf\xbd");
}

TEST(EscapeTest, MarkdownMentionsNobody) {
  EXPECT_EQ(to_markdown("@team and image@sha256 and a @ b"), "@<!-- -->team and image@sha256 and a @ b");
  EXPECT_EQ(to_markdown("a|b\n# c & ~d~"), "a\\|b \\# c &amp; \\~d\\~");
  EXPECT_EQ(to_markdown_code("a`b|c"), "`` a`b?c ``");
  EXPECT_EQ(to_markdown_block("a ``` b", "hcl"), "````hcl\na ``` b\n````\n");
}

TEST(EscapeTest, ProseKeepsItsCode) {
  EXPECT_EQ(to_markdown_prose("Set `a<b>` for **@you** or <i>x</i>"), "Set `a<b>` for **@<!-- -->you** or &lt;i>x&lt;/i>");
  EXPECT_EQ(to_markdown_prose("```\n<a> ` @b\n``` <c>"), "```\n<a> ` @b\n``` &lt;c>");
  EXPECT_EQ(to_markdown_prose("an open ` <b>"), "an open ` &lt;b>");
}

TEST(EscapeTest, CsvIsNoFormula) {
  EXPECT_EQ(to_csv("plain"), "plain");
  EXPECT_EQ(to_csv("a,\"b\"\nc"), "\"a,\"\"b\"\"\nc\"");
  for (std::string_view text : {"=1+1", "+1", "-1", "@SUM(A1)", "  =1"}) EXPECT_EQ(to_csv(text).substr(0, 2), "\"'") << text;
  EXPECT_EQ(to_csv("\t=1"), "\"'\t=1\"");
  EXPECT_EQ(to_csv("\xef\xbc\x9d" "1"), "\"'\xef\xbc\x9d" "1\"");  // a full-width equals sign
  EXPECT_EQ(to_csv("a=b"), "a=b");
}

TEST(EscapeTest, WorkflowCommands) {
  EXPECT_EQ(to_command_data("50% a:b,c\r\nd"), "50%25 a:b,c%0D%0Ad");
  EXPECT_EQ(to_command_property("50% a:b,c\r\nd"), "50%25 a%3Ab%2Cc%0D%0Ad");
}

TEST(EscapeTest, ShortenedEndsBetweenCharacters) {
  EXPECT_EQ(shortened("abcdef", 6), "abcdef");
  EXPECT_EQ(shortened("abcdefg", 6), "abc...");
  EXPECT_EQ(shortened("ab\xc3\xa4\xc3\xa4\xc3\xa4", 6), "ab...");
}

}  // namespace
}  // namespace assay::report
