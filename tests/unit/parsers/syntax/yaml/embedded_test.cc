#include "parsers/syntax/embedded.h"

#include "parsers/syntax/json/reader.h"
#include "parsers/syntax/yaml/reader.h"

namespace assay::syntax {
namespace {

// The source that wrote `part` of the value of key "a".
std::string written(const std::string& text, const std::string& part, bool json = false) {
  auto tree = json ? read_json(0, text) : read_yaml(0, text);
  const Node* node = lookup(*tree->root->child(0)->child(0), "a");
  TextMap map(*tree, *node);
  EXPECT_TRUE(map.exact()) << text;
  size_t at = node->text.find(part);
  EXPECT_NE(at, std::string_view::npos) << node->text;
  core::Span span = map.map(static_cast<uint32_t>(at), static_cast<uint32_t>(at + part.size()));
  return text.substr(span.begin, span.size());
}

TEST(TextMap, PlainAndQuoted) {
  EXPECT_EQ(written("a: x ${AWS::Region} y\n", "${AWS::Region}"), "${AWS::Region}");
  EXPECT_EQ(written("a: '${B}'\n", "${B}"), "${B}");
  EXPECT_EQ(written("a: 'it''s ${B}'\n", "'s ${B}"), "''s ${B}");
  EXPECT_EQ(written("a: \"one\\ttwo\\u00e9three\"\n", "three"), "three");
  EXPECT_EQ(written("a: \"one\\ttwo\"\n", "\t"), "\\t");
  EXPECT_EQ(written("a: \"x\\\n   y ${B}\"\n", "${B}"), "${B}");
  EXPECT_EQ(written("a: one\n  two\n\n  three ${B}\n", "three ${B}"), "three ${B}");
  EXPECT_EQ(written("a: \"one\n  two\n\n\n  three\"\n", "two\n\nthree"), "two\n\n\n  three");
  EXPECT_EQ(written("a: \"\xC3\xA9\\x41\\U0001F600z\"\n", "z"), "z");
}

TEST(TextMap, BlockScalarsUndoIndentation) {
  std::string policy = "a: |\n    {\n      \"Effect\": \"Allow\",\n      \"Action\": \"*\"\n    }\nb: 1\n";
  EXPECT_EQ(written(policy, "\"Allow\""), "\"Allow\"");
  EXPECT_EQ(written(policy, "\"*\"\n}"), "\"*\"\n    }");
  EXPECT_EQ(written(policy, "  \"Action\""), "  \"Action\"");
  EXPECT_EQ(written("a: |2-\n    x\n   y\n", "  x"), "  x");
  EXPECT_EQ(written("a: |+\r\n  x\r\n\r\n  y\r\n\r\n", "y"), "y");
  EXPECT_EQ(written("a: >\n  one\n  two\n\n  three\n    more\n", "three"), "three");
  EXPECT_EQ(written("a: >\n  one\n  two\n", "two"), "two");
  EXPECT_EQ(written("a: |\n\n  lead\n", "lead"), "lead");
}

TEST(TextMap, JsonStrings) {
  std::string text = "{\"a\": \"{\\\"Effect\\\": \\\"Allow\\\", \\ud83d\\ude00 x}\"}";
  EXPECT_EQ(written(text, "\"Allow\"", true), "\\\"Allow\\\"");
  EXPECT_EQ(written(text, " x}", true), " x}");
  EXPECT_EQ(written("{\"a\": \"plain ${B}\"}", "${B}", true), "${B}");
}

TEST(TextMap, EdgesAreClamped) {
  std::string text = "a: |\n  xy\n";
  auto tree = read_yaml(0, text);
  TextMap map(*tree, *lookup(*tree->root->child(0)->child(0), "a"));
  EXPECT_EQ(map.map(0, 0), (core::Span{0, 7, 7}));
  EXPECT_EQ(map.map(0, 2), (core::Span{0, 7, 9}));
  EXPECT_EQ(map.map(0, 999).end, 9u);
  EXPECT_EQ(map.map(500, 999).begin, 9u);
  auto empty = read_yaml(0, "a: \"\"\n");
  EXPECT_EQ(TextMap(*empty, *lookup(*empty->root->child(0)->child(0), "a")).map(0, 5).size(), 0u);
}

}  // namespace
}  // namespace assay::syntax
