#include "tests/unit/parsers/syntax/hcl/dump.h"

namespace assay::syntax {
namespace {

using testing::dump_body;

TEST(HclBody, AttributesAndBlocks) {
  EXPECT_EQ(dump_body(""), "{}");
  EXPECT_EQ(dump_body("a = 1"), "{a = 1}");
  EXPECT_EQ(dump_body("a = 1\n\nb = 2\n"), "{a = 1; b = 2}");
  EXPECT_EQ(dump_body("b {}\n"), "{b {}}");
  EXPECT_EQ(dump_body("b { a = 1 }"), "{b {a = 1}}");
  EXPECT_EQ(dump_body("b { /* c */ }"), "{b {}}");
  EXPECT_EQ(dump_body("b { # c\n}"), "{b {}}");
  EXPECT_EQ(dump_body("resource \"a\" b {\n  c \"d\" {\n  }\n  e = 1\n}\n"),
            "{resource \"a\" b {c \"d\" {}; e = 1}}");
  EXPECT_EQ(dump_body("for = 1\nif = 2\ntrue = 3\n"), "{for = 1; if = 2; true = 3}");
  EXPECT_EQ(dump_body("b {\n  x = 1\n  x {\n  }\n}"), "{b {x = 1; x {}}}");
}

TEST(HclBody, RejectedStructures) {
  struct Case {
    const char* source;
    const char* code;
  };
  for (const Case& c : std::vector<Case>{{"a {} b {}", "hcl-syntax"},
                                         {"a = 1 b = 2\n", "hcl-syntax"},
                                         {"a = 1, b = 2\n", "hcl-syntax"},
                                         {"b { a = 1, c = 2 }", "hcl-single-line-block"},
                                         {"b { a = 1\n}", "hcl-single-line-block"},
                                         {"b { c {} }", "hcl-single-line-block"},
                                         {"b {\n a = 1 }", "hcl-syntax"},
                                         {"b {", "hcl-unclosed-block"},
                                         {"b { a = 1", "hcl-unclosed-block"},
                                         {"b\n{\n}", "hcl-syntax"},
                                         {"b 1 {}", "hcl-syntax"},
                                         {"\"a\" = 1", "hcl-syntax"},
                                         {"a =\n 1", "hcl-syntax"},
                                         {"a", "hcl-syntax"},
                                         {"}", "hcl-syntax"},
                                         {"/* x", "hcl-syntax"},
                                         {"/* /* */ */", "hcl-syntax"},
                                         {"a = 1;\n", "hcl-character"},
                                         {"b {\r}\r", "hcl-character"},
                                         {"\xC2\xA0 a = 1", "hcl-character"},
                                         {"b \"${x}\" {}", "hcl-label-template"},
                                         {"b \"x {}\n", "hcl-unclosed-string"},
                                         {"b \"\\q\" {}", "hcl-escape"},
                                         {"b \"\xFF\" {}", "hcl-encoding"},
                                         {"a = 1\na = 2\n", "hcl-duplicate-attribute"}}) {
    auto tree = read_hcl(0, c.source);
    ASSERT_FALSE(tree->accepted) << c.source;
    EXPECT_EQ(tree->problems.at(0).code, c.code) << c.source;
    EXPECT_NO_FATAL_FAILURE(testing::check_tree(*tree)) << c.source;
  }
}

TEST(HclBody, Labels) {
  EXPECT_EQ(dump_body("b \"a\\u0041\" {}"), "{b \"aA\" {}}");
  EXPECT_EQ(dump_body("b \"$${x} $ %\" {}"), "{b \"${x} $ %\" {}}");
  EXPECT_EQ(dump_body("b \"e\xCC\x81\" {}"), "{b \"e\xCC\x81\" {}}");
}

TEST(HclBody, DuplicateAttributePointsAtBoth) {
  auto tree = read_hcl(3, "b {\n  a = 1\n  c = 2\n  a = 3\n}\n");
  ASSERT_EQ(tree->problems.size(), 1u);
  const core::Problem& problem = tree->problems[0];
  EXPECT_EQ(problem.span, (core::Span{3, 22, 23}));
  EXPECT_EQ(problem.related, (core::Span{3, 6, 7}));
  // Both are in the tree.
  EXPECT_EQ(testing::dump(tree->root), "{b {a = 1; c = 2; a = 3}}");
}

TEST(HclBody, DuplicatesAreFoundInLargeBodies) {
  std::string source;
  for (int i = 0; i < 100; ++i) source += "a" + std::to_string(i) + " = 1\n";
  EXPECT_TRUE(read_hcl(0, source)->accepted);
  for (const char* again : {"a0 = 2\n", "a23 = 2\n", "a24 = 2\n", "a99 = 2\n"}) {
    auto tree = read_hcl(0, source + again);
    EXPECT_FALSE(tree->accepted) << again;
    ASSERT_EQ(tree->problems.size(), 1u);
  }
}

TEST(HclBody, Spans) {
  const std::string_view source = "# c\nresource \"a\" \"b\"   {\n  x = 1 # d\n}\n";
  auto tree = read_hcl(0, source);
  auto text = [&](const Node* node) { return source.substr(node->begin, node->end - node->begin); };
  const Node* block = tree->root->child(0);
  EXPECT_EQ(text(block), "resource \"a\" \"b\"   {\n  x = 1 # d\n}");
  EXPECT_EQ(text(block->child(0)), "\"a\"");
  EXPECT_EQ(text(block->child(2)), "{\n  x = 1 # d\n}");
  EXPECT_EQ(text(block->child(2)->child(0)), "x = 1");
  core::Span header = header_span(*tree, *block);
  EXPECT_EQ(source.substr(header.begin, header.size()), "resource \"a\" \"b\"");
  ASSERT_EQ(tree->comments.size(), 2u);
  EXPECT_EQ(source.substr(tree->comments[1].begin, tree->comments[1].end - tree->comments[1].begin),
            "# d");
}

TEST(HclBody, Comments) {
  const std::string_view source =
      "# one\r\n// two\n/* three\nlines */ a = [ # four\n 1, // five\n]\nb = \"# no\"\n#";
  auto tree = read_hcl(0, source);
  ASSERT_TRUE(tree->accepted);
  std::vector<std::string_view> texts;
  for (const Comment& c : tree->comments) texts.push_back(source.substr(c.begin, c.end - c.begin));
  EXPECT_EQ(texts, (std::vector<std::string_view>{"# one", "// two", "/* three\nlines */", "# four",
                                                  "// five", "#"}));
}

TEST(HclBody, ByteOrderMarkAndLineEndings) {
  EXPECT_EQ(dump_body("\xEF\xBB\xBF"
                      "a = 1\r\nb {\r\n}\r\n"),
            "{a = 1; b {}}");
  EXPECT_EQ(read_hcl(0,
                     "\xEF\xBB\xBF"
                     "a = 1")
                ->root->child(0)
                ->begin,
            3u);
  EXPECT_FALSE(read_hcl(0, "a = 1\n\xEF\xBB\xBF")->accepted);
}

TEST(HclBody, NewlinesEndAttributesOutsideOfBrackets) {
  EXPECT_EQ(dump_body("a = (1\n+ 2)\n"), "{a = ((+ 1 2))}");
  EXPECT_EQ(dump_body("a = x[\n0\n]\n"), "{a = x[0]}");
  EXPECT_EQ(dump_body("a = f(\n{\n b = 1\n c = 2\n}\n)\n"), "{a = f({b=1 c=2})}");
  EXPECT_FALSE(read_hcl(0, "a = 1\n+ 2\n")->accepted);
  EXPECT_FALSE(read_hcl(0, "a = x\n.y\n")->accepted);
  EXPECT_FALSE(read_hcl(0, "a = true ?\n1 : 2\n")->accepted);
}

TEST(HclBody, MessagesSuggestWhatToWrite) {
  auto message = [](const char* source) { return read_hcl(0, source)->problems.at(0).message; };
  EXPECT_NE(message("a 'b' {}").find("double quotes"), std::string::npos);
  EXPECT_NE(message("name\n").find("name = value"), std::string::npos);
  EXPECT_NE(message("a = 1, b = 2").find("remove the comma"), std::string::npos);
  EXPECT_NE(message("a = \"x\nb = 1").find("heredoc"), std::string::npos);
  EXPECT_NE(message("b {").find("missing \"}\""), std::string::npos);
}

}  // namespace
}  // namespace assay::syntax
