#include "analyzer/lsp/framing.h"

namespace assay::lsp {
namespace {

using Next = MessageReader::Next;

std::vector<std::pair<Next, std::string>> all(MessageReader& reader) {
  std::vector<std::pair<Next, std::string>> out;
  std::string text;
  for (Next next = reader.next(text); next != Next::kNone; next = reader.next(text)) out.emplace_back(next, text);
  return out;
}

TEST(FramingTest, AnyPieces) {
  std::string stream = framed("{}") + framed("") + "Content-Type: x; charset=utf-8\r\nCONTENT-LENGTH:  3 \r\n\r\nabc" + "Content-Length: 1\n\nz";
  for (size_t piece : {size_t{1}, size_t{2}, size_t{7}, stream.size()}) {
    MessageReader reader;
    std::vector<std::string> bodies;
    for (size_t at = 0; at < stream.size(); at += piece) {
      reader.feed(std::string_view(stream).substr(at, piece));
      for (const auto& [next, body] : all(reader)) {
        EXPECT_EQ(next, Next::kMessage);
        bodies.push_back(body);
      }
    }
    EXPECT_EQ(bodies, (std::vector<std::string>{"{}", "", "abc", "z"})) << piece;
  }
}

TEST(FramingTest, MistakesCostOneMessage) {
  for (const char* bad : {"Content-Length: x\r\n\r\n", "Content-Length: -1\r\n\r\n", "Content-Length: 1e3\r\n\r\n", "Content-Length:\r\n\r\n",
                          "Content-Length: 123456789012345678901\r\n\r\n", "Content-Type: x\r\n\r\n", "garbage\r\n\r\n"}) {
    MessageReader reader;
    reader.feed(bad);
    reader.feed(framed("good"));
    auto got = all(reader);
    ASSERT_EQ(got.size(), 2u) << bad;
    EXPECT_EQ(got[0].first, Next::kMistake);
    EXPECT_EQ(got[1], (std::pair{Next::kMessage, std::string("good")})) << bad;
  }
}

TEST(FramingTest, StrangeLinesDoNotMatter) {
  MessageReader reader;
  reader.feed("hello\r\nContent-Length: 2\r\n: x\r\n\r\n{}");
  EXPECT_EQ(all(reader), (std::vector<std::pair<Next, std::string>>{{Next::kMessage, "{}"}}));
}

TEST(FramingTest, TooLargeIsPassedOver) {
  MessageReader reader;
  size_t size = kMaxMessageBytes + 5;
  reader.feed("Content-Length: " + std::to_string(size) + "\r\n\r\nabc");
  auto got = all(reader);
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got[0].first, Next::kMistake);
  std::string piece(1 << 20, 'x');
  for (size_t left = size - 3; left > 0;) {
    size_t now = std::min(left, piece.size());
    left -= now;
    reader.feed(piece.substr(0, now) + (left == 0 ? framed("good") : ""));
  }
  got = all(reader);
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got[0].second, "good");
}

TEST(FramingTest, HeadersHaveAnEnd) {
  MessageReader reader;
  reader.feed(std::string(kMaxHeaderBytes * 3, 'a') + framed("good"));
  auto got = all(reader);
  ASSERT_EQ(got.size(), 2u);
  EXPECT_EQ(got[0].first, Next::kMistake);
  EXPECT_EQ(got[1].second, "good");
}

TEST(FramingTest, Depth) {
  EXPECT_FALSE(is_too_deep(R"({"a": [1, "]]]", "\"[[["]})"));
  EXPECT_FALSE(is_too_deep("\"" + std::string(5000, '[') + "\""));
  EXPECT_FALSE(is_too_deep(std::string(kMaxMessageDepth, '[')));
  EXPECT_TRUE(is_too_deep(std::string(kMaxMessageDepth + 1, '[')));
}

TEST(FramingTest, HalvesOfSurrogatePairs) {
  EXPECT_EQ(with_whole_surrogates(R"("a\ud83dz")"), R"("a\ufffdz")");
  EXPECT_EQ(with_whole_surrogates(R"("\ude00\ud83d")"), R"("\ufffd\ufffd")");
  EXPECT_EQ(with_whole_surrogates(R"("\uD83D\uDE00 \\ud83d \n \u00e9")"), R"("\uD83D\uDE00 \\ud83d \n \u00e9")");
  EXPECT_EQ(with_whole_surrogates("\"\\u12"), "\"\\u12");
}

}  // namespace
}  // namespace assay::lsp
