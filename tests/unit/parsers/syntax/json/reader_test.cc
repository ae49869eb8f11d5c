#include "parsers/syntax/json/reader.h"

#include "parsers/core/limits.h"

namespace assay::syntax {
namespace {

using Codes = std::vector<std::string>;

Codes codes(const Tree& tree) {
  Codes out;
  for (const auto& problem : tree.problems) out.push_back(problem.code);
  return out;
}

const Node& value(const Tree& tree) { return *tree.root->child(0)->child(0); }

TEST(JsonReader, GivesExactSpans) {
  auto tree = read_json(3, " {\"a\": [1, -2.5e3], \"b\" : {\"c\":null, \"d\": true}} \n");
  EXPECT_EQ(to_text(*tree),
            "stream 0-50\n"
            "  document 1-48\n"
            "    mapping 1-48\n"
            "      pair 2-18\n"
            "        string 2-5 \"a\"\n"
            "        sequence 7-18\n"
            "          number 8-9 \"1\"\n"
            "          number 11-17 \"-2.5e3\"\n"
            "      pair 20-47\n"
            "        string 20-23 \"b\"\n"
            "        mapping 26-47\n"
            "          pair 27-35\n"
            "            string 27-30 \"c\"\n"
            "            null 31-35 \"null\"\n"
            "          pair 37-46\n"
            "            string 37-40 \"d\"\n"
            "            bool 42-46 \"true\"\n");
  EXPECT_TRUE(tree->accepted);
  EXPECT_TRUE(tree->problems.empty());
  EXPECT_EQ(tree->file, 3u);
}

TEST(JsonReader, DecodesStrings) {
  std::string text = R"(["plain text", "a\"b\\c\/d\b\f\n\r\t", "\u00e9\ud83d\ude00\u0000x", "é鵬"])";
  auto tree = read_json(0, text);
  auto items = value(*tree).children();
  EXPECT_EQ(items[0]->text, "plain text");
  EXPECT_EQ(items[0]->text.data(), text.data() + 2);  // a view
  EXPECT_EQ(items[1]->text, "a\"b\\c/d\b\f\n\r\t");
  EXPECT_EQ(items[2]->text, std::string_view("\xC3\xA9\xF0\x9F\x98\x80\0x", 8));
  EXPECT_EQ(items[3]->text, "é鵬");
  EXPECT_TRUE(tree->accepted);
}

TEST(JsonReader, ScalarsAloneAreDocuments) {
  for (const char* text : {"1", "\"x\"", "true", " null ", "\xEF\xBB\xBF{}"}) {
    auto tree = read_json(0, text);
    EXPECT_TRUE(tree->accepted) << text;
    EXPECT_EQ(tree->root->child_count, 1u);
  }
  EXPECT_EQ(codes(*read_json(0, " \n")), Codes{"json-syntax"});
  EXPECT_EQ(read_json(0, "")->root->child_count, 0u);
}

TEST(JsonReader, ReadsCommentsAndTrailingCommasWithNotes) {
  auto tree = read_json(0, "// head\n{\"a\": 1, /* b */ \"c\": [2,],}\n");
  EXPECT_EQ(codes(*tree), (Codes{"json-comment", "json-trailing-comma"}));
  for (const auto& problem : tree->problems) {
    EXPECT_EQ(problem.severity, core::ProblemSeverity::kNote);
  }
  EXPECT_FALSE(tree->accepted);
  ASSERT_EQ(tree->comments.size(), 2u);
  EXPECT_EQ(tree->source.substr(tree->comments[1].begin, 7), "/* b */");
  EXPECT_EQ(value(*tree).child_count, 2u);
  EXPECT_EQ(read_json(0, "\"// no comment\"")->comments.size(), 0u);
}

TEST(JsonReader, DuplicateKeysNameBothPlaces) {
  auto tree = read_json(0, R"({"a": 1, "b": 2, "\u0061": 3})");
  ASSERT_EQ(codes(*tree), Codes{"json-duplicate-key"});
  EXPECT_EQ(tree->problems[0].span, (core::Span{0, 17, 25}));
  EXPECT_EQ(tree->problems[0].related, (core::Span{0, 1, 4}));
  EXPECT_TRUE(tree->accepted);
  EXPECT_TRUE(read_json(0, R"([{"a": 1}, {"a": {"a": 1}}])")->problems.empty());
}

TEST(JsonReader, RecoversFromMissingPunctuation) {
  auto tree = read_json(0, R"({"a": 1 "b" 2, "c": [3 4], "d": , "e": {"f": 5], "g": 6)");
  EXPECT_FALSE(tree->accepted);
  const Node& map = value(*tree);
  EXPECT_TRUE(map.has(kRecovered));
  EXPECT_EQ(find_pair_value(map, "a")->text, "1");
  EXPECT_EQ(find_pair_value(map, "b")->text, "2");
  EXPECT_EQ(find_pair_value(map, "c")->child_count, 2u);
  EXPECT_EQ(find_pair_value(map, "d")->kind, NodeKind::kNull);
  EXPECT_EQ(find_pair_value(*find_pair_value(map, "e"), "f")->text, "5");
}

TEST(JsonReader, AMissingBraceDoesNotSwallowTheRest) {
  auto tree = read_json(0, R"({"list": [{"a": 1, {"b": 2}], "after": 3})");
  EXPECT_FALSE(tree->accepted);
  EXPECT_EQ(find_pair_value(value(*tree), "after")->text, "3");
}

TEST(JsonReader, SaysWhatToWrite) {
  auto message = [](const char* text) { return read_json(0, text)->problems.at(0).message; };
  EXPECT_NE(message("[True]").find("write true"), std::string::npos);
  EXPECT_NE(message("[None]").find("write null"), std::string::npos);
  EXPECT_NE(message("{a: 1}").find("\"a\""), std::string::npos);
  EXPECT_NE(message("['x']").find("double quotes"), std::string::npos);
  EXPECT_NE(message("[01]").find("leading zeros"), std::string::npos);
  EXPECT_NE(message("[\"\\d\"]").find("backslash"), std::string::npos);
  EXPECT_NE(message("[\"a\tb\"]").find("\\t"), std::string::npos);
  EXPECT_NE(message("[1, 2").find("\"]\""), std::string::npos);
}

TEST(JsonReader, RefusesWhatIsNotJson) {
  for (const char* text :
       {"01", "+1", ".5", "1.", "1e", "-", "0x1", "NaN", "[1,,2]", "{,}", "[", "{\"a\"}", "{\"a\":}",
        "nul", "\"a", "\"\\x\"", "\"\\u12\"", "1 2", "{} x", "]", "[1}", "{1: 2}", "'a'", "/* x",
        "\"\\ud800\"", "\"\\udc00\"", "\"\xFF\"", "\"a\nb\"", "\"\x01\"", "\xFF\xFE[", "#c\n1"}) {
    auto tree = read_json(0, text);
    EXPECT_FALSE(tree->accepted) << text;
    EXPECT_FALSE(tree->problems.empty()) << text;
    ASSERT_NE(tree->root, nullptr);
  }
  EXPECT_FALSE(read_json(0, std::string_view("[1\0]", 4))->accepted);
}

TEST(JsonReader, SingleQuotedStringsMayHoldDoubleQuotes) {
  auto tree = read_json(0, "['say \"hi\" to all of them', 2]");
  EXPECT_EQ(value(*tree).child(0)->text, "say \"hi\" to all of them");
  EXPECT_EQ(value(*tree).child_count, 2u);
}

TEST(JsonReader, BadUtf8IsReplaced) {
  auto tree = read_json(0, "{\"a\": \"x\xFFy\", \"b\": 1}");
  EXPECT_EQ(codes(*tree), Codes{"json-encoding"});
  EXPECT_EQ(tree->problems[0].span.begin, 8u);
  EXPECT_EQ(find_pair_value(value(*tree), "a")->text, "x\xEF\xBF\xBDy");
  EXPECT_EQ(find_pair_value(value(*tree), "b")->text, "1");
}

TEST(JsonReader, LimitsHold) {
  std::string open(200'000, '[');
  EXPECT_EQ(codes(*read_json(0, open)), (Codes{"limit-nesting", "json-syntax"}));
  std::string closed = open + std::string(200'000, ']');
  EXPECT_EQ(codes(*read_json(0, closed)), Codes{"limit-nesting"});
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  EXPECT_EQ(codes(*read_json(0, objects)).front(), "limit-nesting");
  std::string names;
  for (int i = 0; i < 100'000; ++i) names += "{{";
  EXPECT_FALSE(read_json(0, names)->accepted);
  std::string many = "[";
  for (uint32_t i = 0; i < core::kMaxNodes + 10; ++i) many += "1,";
  EXPECT_EQ(codes(*read_json(0, many)), Codes{"limit-nodes"});
  EXPECT_EQ(codes(*read_json(0, std::string(core::kMaxFileBytes + 1, ' '))), Codes{"limit-file-size"});
  auto noisy = read_json(0, std::string(100'000, ']'));
  EXPECT_LE(noisy->problems.size(), 1002u);
  std::string exactly = std::string(512, '[') + std::string(512, ']');
  EXPECT_TRUE(read_json(0, exactly)->accepted);
}

}  // namespace
}  // namespace assay::syntax
