#include "parsers/syntax/yaml/reader.h"

#include "parsers/core/limits.h"

namespace assay::syntax {
namespace {

std::vector<std::string> codes(const Tree& tree) {
  std::vector<std::string> out;
  for (const auto& problem : tree.problems) out.push_back(problem.code);
  return out;
}
using Codes = std::vector<std::string>;

std::string_view slice(const Tree& tree, const Node& node) {
  return tree.source.substr(node.begin, node.end - node.begin);
}

// The value of the first document.
const Node& value(const Tree& tree) { return *tree.root->child(0)->child(0); }

TEST(YamlReader, GivesSpansOfKeysValuesAndPairs) {
  auto tree = read_yaml(7, "kind: Pod\nspec:\n  hostNetwork: true\n  ports: [80, 'a b']\n");
  EXPECT_EQ(to_text(*tree),
            "stream 0-57\n"
            "  document 0-56\n"
            "    mapping 0-56\n"
            "      pair 0-9\n"
            "        scalar 0-4 \"kind\"\n"
            "        scalar 6-9 \"Pod\"\n"
            "      pair 10-56\n"
            "        scalar 10-14 \"spec\"\n"
            "        mapping 18-56\n"
            "          pair 18-35\n"
            "            scalar 18-29 \"hostNetwork\"\n"
            "            scalar 31-35 \"true\"\n"
            "          pair 38-56\n"
            "            scalar 38-43 \"ports\"\n"
            "            sequence 45-56\n"
            "              scalar 46-48 \"80\"\n"
            "              scalar 50-55 \"a b\"\n");
  EXPECT_TRUE(tree->accepted);
  EXPECT_TRUE(tree->problems.empty());
  EXPECT_EQ(tree->file, 7u);
}

TEST(YamlReader, KeepsStyles) {
  auto tree = read_yaml(0, "- a\n- 'b'\n- \"c\"\n- |\n  d\n- >-\n  e\n- [x]\n- {y: 1}\n- z: 1\n");
  auto items = value(*tree).children();
  ASSERT_EQ(items.size(), 8u);
  Style want[] = {Style::kPlain, Style::kSingleQuoted, Style::kDoubleQuoted, Style::kLiteral,
                  Style::kFolded, Style::kFlow, Style::kFlow, Style::kBlock};
  for (size_t i = 0; i < 8; ++i) EXPECT_EQ(items[i]->style, want[i]) << i;
  EXPECT_EQ(value(*tree).style, Style::kBlock);
}

TEST(YamlReader, ViewsTheSourceWhereNothingIsDecoded) {
  std::string text = "a: plain\nb: 'single'\nc: \"two\\nlines\"\n";
  auto tree = read_yaml(0, text);
  for (const char* key : {"a", "b"}) {
    const Node* node = lookup(value(*tree), key);
    EXPECT_GE(node->text.data(), text.data());
    EXPECT_LT(node->text.data(), text.data() + text.size());
  }
  EXPECT_EQ(lookup(value(*tree), "c")->text, "two\nlines");
}

TEST(YamlReader, EmptyValuesAreNullBehindTheColon) {
  auto tree = read_yaml(0, "a:\n\n# later\nb: \n? c\n\n? d\n: e\nf:");
  const Node& map = value(*tree);
  ASSERT_EQ(map.child_count, 5u);
  const Node* a = map.child(0)->child(1);
  EXPECT_EQ(a->kind, NodeKind::kNull);
  EXPECT_EQ(a->begin, 2u);
  EXPECT_EQ(a->end, 2u);
  EXPECT_EQ(slice(*tree, *map.child(0)), "a:");
  EXPECT_EQ(slice(*tree, *map.child(2)), "? c");
  EXPECT_EQ(slice(*tree, *map.child(3)), "? d\n: e");
  EXPECT_EQ(slice(*tree, *map.child(4)), "f:");
}

TEST(YamlReader, BlockScalarsEndWithTheirLastContentLine) {
  std::string text = "a: |  # head\n  one\n   two  \n\n\n# not in it\nb: >+\n\n  x\n\nc: |-\nd: 1\n";
  auto tree = read_yaml(0, text);
  const Node& map = value(*tree);
  EXPECT_EQ(slice(*tree, *lookup(map, "a")), "|  # head\n  one\n   two  ");
  EXPECT_EQ(lookup(map, "a")->text, "one\n two  \n");
  EXPECT_EQ(slice(*tree, *lookup(map, "b")), ">+\n\n  x");
  EXPECT_EQ(slice(*tree, *lookup(map, "c")), "|-");
  EXPECT_EQ(lookup(map, "c")->text, "");
  EXPECT_EQ(lookup(map, "c")->kind, NodeKind::kScalar);
  ASSERT_EQ(tree->comments.size(), 2u);
  EXPECT_EQ(tree->source.substr(tree->comments[0].begin, 6), "# head");
  EXPECT_EQ(tree->source.substr(tree->comments[1].begin, 11), "# not in it");
}

TEST(YamlReader, CollectsCommentsAndOnlyComments) {
  std::string text =
      "# first\r\na: b#c # second\r\n'#': \"x # no\"\nk: |\n  # text\nurl: http://x/#frag\n"
      "l: [1, # third\n  2]\n--- # fourth\n#fifth";
  auto tree = read_yaml(0, text);
  std::vector<std::string> found;
  for (const Comment& c : tree->comments) found.emplace_back(text.substr(c.begin, c.end - c.begin));
  EXPECT_EQ(found, (std::vector<std::string>{"# first", "# second", "# third", "# fourth", "#fifth"}));
}

TEST(YamlReader, AByteOrderMarkMayStartAnyDocument) {
  auto tree = read_yaml(0, "\xEF\xBB\xBF#a\nx: 1\n---\n\xEF\xBB\xBF#b\ny: 2\n");
  ASSERT_TRUE(tree->accepted);
  EXPECT_EQ(tree->comments.size(), 2u);
  EXPECT_EQ(tree->root->child(1)->child(0)->child(0)->child(0)->text, "y");
}

TEST(YamlReader, TagsAndAnchorsHaveTheirOwnSpans) {
  std::string text = "a: !Sub &x \"${B}\"\nb: &m\n  c: !!str 1\nd: !<tag:e.org,2000:t> [1]\ne: !!map &n {}\nf: &k\ng: ! 12\nh: &o\n  &p i: j\n";
  auto tree = read_yaml(0, text);
  ASSERT_TRUE(tree->accepted);
  const Node& map = value(*tree);
  const Node* a = lookup(map, "a");
  EXPECT_EQ(a->tag(), "!Sub");
  EXPECT_EQ(a->anchor(), "x");
  EXPECT_EQ(text.substr(a->extra->tag_begin, a->extra->tag_end - a->extra->tag_begin), "!Sub");
  EXPECT_EQ(text.substr(a->extra->anchor_begin, 2), "&x");
  EXPECT_EQ(slice(*tree, *a), "\"${B}\"");
  EXPECT_EQ(slice(*tree, *map.child(0)), "a: !Sub &x \"${B}\"");
  EXPECT_EQ(lookup(map, "b")->anchor(), "m");
  EXPECT_EQ(slice(*tree, *lookup(map, "b")), "c: !!str 1");
  EXPECT_EQ(lookup(*lookup(map, "b"), "c")->tag(), "!!str");
  EXPECT_EQ(lookup(map, "d")->tag(), "!<tag:e.org,2000:t>");
  EXPECT_EQ(slice(*tree, *lookup(map, "d")), "[1]");
  EXPECT_EQ(lookup(map, "e")->tag(), "!!map");
  EXPECT_EQ(slice(*tree, *lookup(map, "e")), "{}");
  EXPECT_EQ(lookup(map, "f")->kind, NodeKind::kNull);
  EXPECT_EQ(lookup(map, "f")->anchor(), "k");
  EXPECT_EQ(lookup(map, "g")->tag(), "!");
  const Node* h = lookup(map, "h");
  EXPECT_EQ(h->anchor(), "o");
  EXPECT_EQ(slice(*tree, *h), "&p i: j");
  EXPECT_EQ(h->child(0)->child(0)->anchor(), "p");
  EXPECT_EQ(slice(*tree, *h->child(0)->child(0)), "i");
}

TEST(YamlReader, TagHandlesResolveToTheShortForm) {
  auto tree = read_yaml(0, "%TAG !e! tag:yaml.org,2002:\n%TAG !f! !my-\n---\n- !e!int 3\n- !f!tag x\n");
  ASSERT_TRUE(tree->accepted);
  EXPECT_EQ(value(*tree).child(0)->tag(), "!!int");
  EXPECT_EQ(value(*tree).child(1)->tag(), "!my-tag");
}

TEST(YamlReader, OffsetsAreBytesInAnyText) {
  // Characters of two, three and four bytes, a byte order mark, and CRLF.
  std::string text = "\xEF\xBB\xBF# caf\xC3\xA9\r\n\xE9\xB5\xAC: \xF0\x9F\x98\x80 x\r\nb: [\"\xC3\xA9\", y] # \xC3\xA9\r\nc: z\r\n";
  auto tree = read_yaml(0, text);
  ASSERT_TRUE(tree->accepted);
  const Node& map = value(*tree);
  EXPECT_EQ(slice(*tree, *map.child(0)->child(0)), "\xE9\xB5\xAC");
  EXPECT_EQ(slice(*tree, *map.child(0)->child(1)), "\xF0\x9F\x98\x80 x");
  EXPECT_EQ(slice(*tree, *lookup(map, "b")), "[\"\xC3\xA9\", y]");
  EXPECT_EQ(slice(*tree, *lookup(map, "c")), "z");
  ASSERT_EQ(tree->comments.size(), 2u);
  EXPECT_EQ(text.substr(tree->comments[0].begin, tree->comments[0].end - tree->comments[0].begin),
            "# caf\xC3\xA9");
}

TEST(YamlReader, ManyWideCharactersMapExactly) {
  std::string text;
  for (int i = 0; i < 2000; ++i) {
    text += "k" + std::to_string(i) + ": \"\xC3\xA9\xE9\xB5\xAC\" # \xF0\x9F\x98\x80\xF0\x9F\x98\x80\xF0\x9F\x98\x80\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\n";
  }
  auto tree = read_yaml(0, text);
  ASSERT_EQ(value(*tree).child_count, 2000u);
  for (const Node* pair : value(*tree).children()) {
    EXPECT_EQ(slice(*tree, *pair->child(0)), pair->child(0)->text);
    EXPECT_EQ(slice(*tree, *pair->child(1)), "\"\xC3\xA9\xE9\xB5\xAC\"");
  }
  EXPECT_EQ(tree->comments.size(), 2000u);
}

TEST(YamlReader, CrlfIsNormalisedInTextAndKeptInSpans) {
  auto tree = read_yaml(0, "a: |\r\n  x\r\n  y\r\nb: 1\r\n");
  EXPECT_EQ(lookup(value(*tree), "a")->text, "x\ny\n");
  EXPECT_EQ(slice(*tree, *lookup(value(*tree), "a")), "|\r\n  x\r\n  y");
}

TEST(YamlReader, ReadsSeveralDocuments) {
  auto tree = read_yaml(0, "a: 1\n---\n# nothing\n---\nb: 2\n...\n---\n!!str\n");
  ASSERT_EQ(tree->root->child_count, 4u);
  EXPECT_EQ(tree->root->child(1)->child_count, 0u);
  EXPECT_EQ(slice(*tree, *tree->root->child(2)), "---\nb: 2\n...");
  EXPECT_EQ(tree->root->child(3)->child(0)->tag(), "!!str");
  EXPECT_EQ(read_yaml(0, "")->root->child_count, 0u);
  EXPECT_EQ(read_yaml(0, "# only a comment")->root->child_count, 0u);
}

TEST(YamlReader, AliasesShareTheirTarget) {
  auto tree = read_yaml(0, "base: &b {x: 1}\nuse: *b\n---\nc: *b\n");
  const Node& map = value(*tree);
  const Node* alias = map.child(1)->child(1);
  EXPECT_EQ(alias->kind, NodeKind::kAlias);
  EXPECT_EQ(alias->text, "b");
  EXPECT_EQ(slice(*tree, *alias), "*b");
  EXPECT_EQ(alias->child(0), map.child(0)->child(1));
  // Anchors end with their document.
  EXPECT_EQ(codes(*tree), Codes{"yaml-undefined-alias"});
  EXPECT_FALSE(tree->accepted);
}

TEST(YamlReader, CyclicAliasesAreCut) {
  auto tree = read_yaml(0, "a: &x\n  b: *x\n");
  EXPECT_EQ(codes(*tree), Codes{"yaml-cyclic-alias"});
  EXPECT_EQ(lookup(*lookup(value(*tree), "a"), "b"), nullptr);
}

TEST(YamlReader, AliasBombsAreCut) {
  std::string text = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 10; ++i) {
    std::string n = std::to_string(i), p = "*a" + std::to_string(i - 1);
    text += "a" + n + ": &a" + n + " [" + p;
    for (int k = 1; k < 10; ++k) text += "," + p;
    text += "]\n";
  }
  auto tree = read_yaml(0, text);
  EXPECT_EQ(codes(*tree), Codes{"limit-alias-expansion"});
  // Small repetition is nobody's bomb.
  text = "a: &a [1, 2, 3, 4]\nb:\n";
  for (int i = 0; i < 1000; ++i) text += "- *a\n";
  EXPECT_TRUE(read_yaml(0, text)->problems.empty());
}

TEST(YamlReader, AliasChainsDoNotPassTheNestingLimit) {
  std::string text = "a0: &a0 [x]\n";
  for (int i = 1; i < 2000; ++i) {
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) + "]\n";
  }
  auto tree = read_yaml(0, text);
  ASSERT_FALSE(tree->problems.empty());
  uint32_t depth = 0;
  for (const Node* node = value(*tree).child(1999)->child(1); node; node = resolve_alias(node->child(0))) {
    ++depth;
  }
  EXPECT_LE(depth, core::kMaxNesting + 1);
}

TEST(YamlReader, DuplicateKeysNameBothPlaces) {
  auto tree = read_yaml(0, "a: 1\nb: 2\n\"a\": 3\n");
  ASSERT_EQ(codes(*tree), Codes{"yaml-duplicate-key"});
  EXPECT_EQ(tree->problems[0].span, (core::Span{0, 10, 13}));
  EXPECT_EQ(tree->problems[0].related, (core::Span{0, 0, 1}));
  EXPECT_TRUE(tree->accepted);
  EXPECT_EQ(lookup(value(*tree), "a")->text, "3");  // as kubectl reads it
  std::string text;
  for (int i = 0; i < 100; ++i) text += "k" + std::to_string(i) + ": x\n";
  EXPECT_TRUE(read_yaml(0, text)->problems.empty());
  EXPECT_EQ(codes(*read_yaml(0, text + "k7: x\nk7: y\nk99: z\n")).size(), 3u);
  EXPECT_TRUE(read_yaml(0, "x: &x {}\na:\n  <<: *x\n  <<: *x\n")->problems.empty());
}

TEST(YamlReader, GoesOnBehindABrokenDocument) {
  std::string text = "a: 1\n---\nb: [1\nc: {\n---\nd: 2\n---\n\te: 1\n---\nf: 3\n";
  auto tree = read_yaml(0, text);
  EXPECT_EQ(codes(*tree), (Codes{"yaml-syntax", "yaml-syntax"}));
  EXPECT_FALSE(tree->accepted);
  std::vector<std::string> keys;
  for (const Node* document : tree->root->children()) {
    if (document->has(kRecovered) || !document->child(0)) continue;
    keys.emplace_back(document->child(0)->child(0)->child(0)->text);
  }
  EXPECT_EQ(keys, (std::vector<std::string>{"a", "d", "f"}));
  // What could be read of the broken one is there, and marked.
  const Node* broken = tree->root->child(1);
  EXPECT_TRUE(broken->has(kRecovered));
  EXPECT_EQ(broken->child(0)->child(0)->child(0)->text, "b");
}

TEST(YamlReader, SpansStayRightBehindABrokenDocument) {
  std::string text = "\xEF\xBB\xBF# \xE9\xB5\xAC\na: 'open\n--- \nk\xC3\xA9y: \xC3\xA9 # c\xC3\xA9\nl: &m [*m2, \"\xC3\xA9\"]\n";
  auto tree = read_yaml(0, text);
  const Node* document = tree->root->child(tree->root->child_count - 1);
  const Node& map = *document->child(0);
  EXPECT_EQ(slice(*tree, *map.child(0)->child(0)), "k\xC3\xA9y");
  EXPECT_EQ(slice(*tree, *map.child(0)->child(1)), "\xC3\xA9");
  EXPECT_EQ(slice(*tree, *lookup(map, "l")), "[*m2, \"\xC3\xA9\"]");
}

TEST(YamlReader, SyntaxErrorsSayWhatToDo) {
  auto message = [](const char* text) { return read_yaml(0, text)->problems.at(0).message; };
  EXPECT_NE(message("a: b: c\n").find("quote the value"), std::string::npos);
  EXPECT_NE(message("a:\n\tb: 1\n").find("use spaces"), std::string::npos);
  EXPECT_NE(message("a: @b\n").find("must be quoted"), std::string::npos);
  EXPECT_NE(message("a: \"\\d\"\n").find("backslash"), std::string::npos);
  EXPECT_NE(message("a: [1, 2\n").find("\"]\""), std::string::npos);
  auto tree = read_yaml(0, "a: 'x\n");
  EXPECT_EQ(tree->problems[0].related.begin, 3u);
}

TEST(YamlReader, BytesThatAreNoTextAreReportedAndTheRestRead) {
  using std::string_literals::operator""s;
  for (const std::string& bad : {"\0"s, "\x01"s, "\x7F"s, "\xFF"s, "\xC3"s, "\xED\xA0\x80"s, "\xC2\x81"s}) {
    std::string text = "a: x" + bad + "y\nb: \xC3\xA9\nc: 1\n";
    auto tree = read_yaml(0, text);
    ASSERT_EQ(codes(*tree), Codes{"yaml-encoding"}) << bad;
    EXPECT_EQ(tree->problems[0].span.begin, 4u);
    EXPECT_FALSE(tree->accepted);
    EXPECT_EQ(slice(*tree, *lookup(value(*tree), "c")), "1");
  }
  EXPECT_EQ(codes(*read_yaml(0, "\xFF\xFE"s + "a\0"s)), Codes{"yaml-encoding"});
}

TEST(YamlReader, LimitsHold) {
  for (std::string text : {std::string(200'000, '['), std::string(200'000, '{')}) {
    text += "\n---\nb: 1\n";
    auto tree = read_yaml(0, text);
    EXPECT_EQ(codes(*tree), Codes{"limit-nesting"});
    EXPECT_EQ(tree->root->child(1)->child(0)->child(0)->child(0)->text, "b");
  }
  std::string dashes;
  for (int i = 0; i < 3000; ++i) dashes += "- ";
  EXPECT_EQ(codes(*read_yaml(0, dashes)), Codes{"limit-nesting"});
  std::string deep;
  for (int i = 0; i < 600; ++i) deep += std::string(i, ' ') + "a:\n";
  EXPECT_EQ(codes(*read_yaml(0, deep)), Codes{"limit-nesting"});
  EXPECT_EQ(codes(*read_yaml(0, std::string(core::kMaxFileBytes + 1, 'a'))), Codes{"limit-file-size"});
  std::string tags;
  for (int i = 0; i < 2000; ++i) tags += "%TAG !a" + std::to_string(i) + "! x\n";
  EXPECT_EQ(codes(*read_yaml(0, tags)), Codes{"limit-directives"});
}

TEST(YamlReader, DeepAndLargeFlowCollectionsEnd) {
  std::string text(500, '[');
  for (int i = 0; i < 500'000; ++i) text += "a,\n";
  auto tree = read_yaml(0, text);
  EXPECT_EQ(codes(*tree), Codes{"limit-nesting"});
}

TEST(YamlReader, NodesAreCounted) {
  std::string text = "[";
  for (uint32_t i = 0; i < core::kMaxNodes + 10; ++i) text += "1,";
  auto tree = read_yaml(0, text);
  EXPECT_EQ(codes(*tree), Codes{"limit-nodes"});
  EXPECT_FALSE(tree->accepted);
}

TEST(YamlReader, ProblemsAreCounted) {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += "---\n]\n";
  auto tree = read_yaml(0, text);
  EXPECT_LE(tree->problems.size(), 1002u);
  EXPECT_EQ(tree->problems.back().code, "limit-problems");
}

TEST(YamlTemplates, AreTold) {
  EXPECT_TRUE(looks_like_template("{{- if .Values.x }}\na: 1\n{{- end }}\n"));
  EXPECT_TRUE(looks_like_template("a: {{ .x }}\n"));
  EXPECT_TRUE(looks_like_template("a:\n  - {{ .x }}\n"));
  EXPECT_TRUE(looks_like_template("name: app-{{ .Values.name }}\n"));
  EXPECT_TRUE(looks_like_template("a:\n  {{- toYaml .x | nindent 2 }}\n"));
  EXPECT_TRUE(looks_like_template("{% for x in y %}\na: 1\n{% endfor %}\n"));
  EXPECT_FALSE(looks_like_template("name: app-{{path.basename}}\n"));
  EXPECT_FALSE(looks_like_template("a: '{{ .x }}'\nb: \"{{ .Values.y }}\"\n"));
  EXPECT_FALSE(looks_like_template("a: |\n  {{ .Values.x }}\n\n  {{ $labels.y }}\nb: 1\n"));
  EXPECT_FALSE(looks_like_template("- >-\n  {{ .Values.x }}\n"));
  EXPECT_FALSE(looks_like_template("# {{ .Values.x }}\na: 1\n"));
  EXPECT_FALSE(looks_like_template("a: \"first\n  {{ .Values.x }}\"\n"));
  EXPECT_TRUE(looks_like_template("a: |\n  x\nb: {{ .y }}\n"));
}

}  // namespace
}  // namespace assay::syntax
