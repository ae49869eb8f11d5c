#include "parsers/core/source.h"

#include <gtest/gtest.h>

#include "parsers/core/parallel.h"

namespace assay::core {
namespace {

std::string at(const LineIndex& lines, uint32_t offset) {
  Position position = lines.position(offset);
  return std::to_string(position.line) + ":" + std::to_string(position.column);
}

TEST(LineIndexTest, LinesAndColumns) {
  LineIndex lines("ab\nc\n\nd");
  EXPECT_EQ(lines.line_count(), 4u);
  EXPECT_EQ(at(lines, 0), "1:1");
  EXPECT_EQ(at(lines, 2), "1:3");
  EXPECT_EQ(at(lines, 3), "2:1");
  EXPECT_EQ(at(lines, 5), "3:1");
  EXPECT_EQ(at(lines, 6), "4:1");
  EXPECT_EQ(at(lines, 7), "4:2");
  EXPECT_EQ(at(lines, 999), "4:2");
  EXPECT_EQ(lines.line_text(1), "ab");
  EXPECT_EQ(lines.line_text(3), "");
  EXPECT_EQ(lines.line_text(9), "");
}

TEST(LineIndexTest, LongLinesCountAlike) {
  // One, two, three and four bytes, a broken byte, and ordinary lines before, between and behind.
  std::string piece = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xff", text = "x\n";
  for (int line = 0; line < 2; ++line) {
    for (int i = 0; i < 700; ++i) text += piece;
    text += "\nb\n";
  }
  LineIndex lines(text);
  uint32_t line = 1, column = 1;
  for (uint32_t offset = 0; offset < text.size();) {
    ASSERT_EQ(at(lines, offset), std::to_string(line) + ":" + std::to_string(column)) << offset;
    auto byte = static_cast<unsigned char>(text[offset]);
    uint32_t length = byte == 0xff || byte < 0x80 ? 1 : byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    ASSERT_EQ(lines.position(offset + length - 1), lines.position(offset));
    offset += length;
    column = byte == '\n' ? 1 : column + (length == 4 ? 2 : 1);
    line += byte == '\n';
  }
}

TEST(LineIndexTest, CarriageReturns) {
  LineIndex lines("ab\r\nc\rd\r\n");
  EXPECT_EQ(lines.line_count(), 3u);
  EXPECT_EQ(lines.line_text(1), "ab");
  EXPECT_EQ(lines.line_text(2), "c\rd");
  EXPECT_EQ(at(lines, 4), "2:1");
  EXPECT_EQ(lines.offset({1, 99}), 2u);
}

TEST(LineIndexTest, ByteOrderMarkIsNoColumn) {
  LineIndex lines(
      "\xef\xbb\xbf"
      "ab\nc");
  EXPECT_EQ(at(lines, 0), "1:1");
  EXPECT_EQ(at(lines, 3), "1:1");
  EXPECT_EQ(at(lines, 4), "1:2");
  EXPECT_EQ(at(lines, 6), "2:1");
  EXPECT_EQ(lines.line_text(1), "ab");
  EXPECT_EQ(lines.offset({1, 1}), 3u);
}

TEST(LineIndexTest, ColumnsCountUtf16) {
  LineIndex lines(
      "é€😀x\ty\xff"
      "z");
  EXPECT_EQ(at(lines, 2), "1:2");   // €
  EXPECT_EQ(at(lines, 5), "1:3");   // 😀
  EXPECT_EQ(at(lines, 7), "1:3");   // inside it
  EXPECT_EQ(at(lines, 9), "1:5");   // x
  EXPECT_EQ(at(lines, 10), "1:6");  // the tab is one
  EXPECT_EQ(at(lines, 11), "1:7");
  EXPECT_EQ(at(lines, 13), "1:9");  // behind the invalid byte
}

TEST(LineIndexTest, OffsetInvertsPosition) {
  std::string_view text = "resource \"é\" {\r\n\t😀 = 1\n}\n";
  LineIndex lines(text);
  for (uint32_t offset = 0; offset <= text.size(); ++offset) {
    if (offset > 0 && text[offset - 1] == '\r') continue;  // inside a line break
    Position position = lines.position(offset);
    uint32_t back = lines.offset(position);
    EXPECT_LE(back, offset);
    EXPECT_EQ(lines.position(back), position) << offset;
  }
  EXPECT_EQ(lines.offset({0, 1}), text.size());
  EXPECT_EQ(lines.offset({99, 1}), text.size());
  EXPECT_EQ(LineIndex("").line_count(), 1u);
}

TEST(SourceSetTest, KeepsTexts) {
  SourceSet sources;
  FileId a = sources.add("a.tf", "one\ntwo"), b = sources.add("b.tf");
  sources.set_text(b, "xyz");
  EXPECT_EQ(sources.size(), 2u);
  EXPECT_EQ(sources.find("b.tf"), b);
  EXPECT_EQ(sources.find("c.tf"), kNoFile);
  EXPECT_EQ(sources.text({a, 4, 7}), "two");
  EXPECT_EQ(sources.lines(a).line_count(), 2u);
  EXPECT_EQ(sources.path(a), "a.tf");
}

TEST(SourceSetTest, FilledInParallel) {
  SourceSet sources;
  for (int i = 0; i < 200; ++i) sources.add(std::to_string(i));
  parallel_for(200, 1, 4, [&](size_t begin, size_t, unsigned) {
    sources.set_text(static_cast<FileId>(begin), std::string(begin, '\n'));
    EXPECT_EQ(sources.lines(static_cast<FileId>(begin)).line_count(), begin + 1);
  });
  EXPECT_EQ(sources.text(199).size(), 199u);
}

TEST(SpanTest, JoinsAndContains) {
  EXPECT_EQ(join(Span{1, 2, 4}, Span{1, 8, 9}), (Span{1, 2, 9}));
  EXPECT_EQ(join(Span{}, Span{1, 8, 9}), (Span{1, 8, 9}));
  EXPECT_TRUE((Span{1, 2, 9}.contains(Span{1, 2, 9})));
  EXPECT_FALSE((Span{1, 2, 9}.contains(Span{2, 3, 4})));
}

}  // namespace
}  // namespace assay::core
