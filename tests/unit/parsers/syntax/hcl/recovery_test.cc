// The error corpus: broken texts and exactly what is still read of them.
#include "parsers/syntax/hcl/recovery.h"

#include <algorithm>

#include "tests/unit/parsers/syntax/hcl/dump.h"

namespace assay::syntax {
namespace {

using testing::dump_body;

TEST(HclRecovery, ErrorCorpus) {
  struct Case {
    const char* name;
    const char* source;
    const char* expected;
  };
  for (const Case& c : std::vector<Case>{
           {"value missing", "a \"x\" {\n  b = 1\n  c =\n  d = 2\n}\ne {\n}\n",
            "{a \"x\" {b = 1; <error>; d = 2}; e {}}"},
           {"quote missing", "a {\n  b = \"x\n  c = 2\n}\ne {\n  f = \"y\"\n}\n",
            "{a {<error>; c = 2}; e {f = \"'y'\"}}"},
           {"nested brace missing", "a {\n  t = {\n    k = 1\n  c = 2\n}\ne {\n  f = 1\n}\n",
            "{a {t = {k=1 c=2}}; e {f = 1}}"},  // the next "}" closes it as well as any
           {"block brace missing", "a {\n  b = 1\n\ne {\n  f = 1\n}\n", "{a {b = 1}; e {f = 1}}"},
           {"inner block brace missing", "a {\n  b {\n    c = 1\n  d = 2\n}\ne {\n}\n",
            "{a {b {c = 1}; d = 2}; e {}}"},
           {"name half typed", "a {\n  b = 1\n  cou\n  d = 2\n}\n", "{a {b = 1; <error>; d = 2}}"},
           {"block half typed", "a {\n}\nresour\ne {\n}\n", "{a {}; <error>; e {}}"},
           {"header half typed", "a {\n}\nresource \"x\"\ne {\n}\n", "{a {}; <error>; e {}}"},
           {"dot half typed", "a {\n  b = var.\n  c = 1\n}\n", "{a {<error>; c = 1}}"},
           {"stray brace", "a {\n}\n}\ne {\n}\n", "{a {}; <error>; e {}}"},
           {"first error is the last line", "a {\n  b = 1\n}\n<<<<<<< HEAD\n",
            "{a {b = 1}; <error>}"},
           {"merge conflict",
            "a {\n  b = 1\n<<<<<<< HEAD\n  c = 1\n=======\n  c = 2\n>>>>>>> x\n}\ne {\n}\n",
            "{a {b = 1; <error>}; e {}}"},
           {"several lines of a list", "a {\n  l = [\n    1\n    2\n  ]\n  m = 1\n}\n",
            "{a {<error>; m = 1}}"}}) {
    SCOPED_TRACE(c.name);
    auto tree = read_hcl(0, c.source);
    EXPECT_FALSE(tree->accepted);
    EXPECT_EQ(testing::dump(tree->root), c.expected);
    EXPECT_NO_FATAL_FAILURE(testing::check_tree(*tree));
  }
}

TEST(HclRecovery, RecoveredNodesAreMarked) {
  auto tree = read_hcl(0, "a {\n}\nb {\n  x =\n  y = 1\n}\nc {\n  z = 1\n}\n");
  ASSERT_EQ(tree->root->child_count, 3u);
  EXPECT_FALSE(tree->root->child(0)->has(kRecovered));  // stands before the error
  EXPECT_TRUE(tree->root->child(1)->has(kRecovered));
  EXPECT_TRUE(tree->root->child(2)->has(kRecovered));
  const Node* body = tree->root->child(1)->child(0);
  EXPECT_EQ(body->child(0)->kind, NodeKind::kError);
  EXPECT_TRUE(body->child(1)->has(kRecovered));
}

TEST(HclRecovery, OneProblemPerBrokenItem) {
  auto tree = read_hcl(0, "a {\n  x =\n  y =\n}\nb {\n}\nc {\n  z =\n}\n");
  ASSERT_EQ(tree->problems.size(), 2u);
  EXPECT_EQ(tree->problems[0].span.begin, 9u);
  EXPECT_EQ(tree->problems[1].span.begin, 33u);
}

TEST(HclRecovery, CommentsBehindTheErrorAreKept) {
  const std::string_view source = "a {\n  x =\n}\n# one\nb { # two\n}\n# three\n";
  auto tree = read_hcl(0, source);
  EXPECT_EQ(tree->comments.size(), 3u);
}

TEST(HclRecovery, UnindentedText) {
  EXPECT_EQ(dump_body("a {\nx = = 1\n}\nb {\ny = 1\n}\nc {\nz = 1\n}\n"),
            "rejected {a {<error>}; b {y = 1}; c {z = 1}}");
  EXPECT_EQ(dump_body("a {\nx =\n}\n  b {\ny = 1\n}\n    c {\nz = {\n}\n}\n"),
            "rejected {a {<error>}; b {y = 1}; c {z = {}}}");
  EXPECT_EQ(dump_body("a {\nb = {\nk = = 1\n}\nc = 1\n}\nd {}\n"),
            "rejected {a {<error>; c = 1}; d {}}");
}

TEST(HclRecovery, OutlineNamesTopLevelItems) {
  hcl::Outline outline = hcl::outline("x = 1\nb \"l\" m {\n  n {\n  }\n}\n", 0);
  ASSERT_TRUE(outline.complete);
  EXPECT_TRUE(outline.clean);
  ASSERT_EQ(outline.items.size(), 2u);
  EXPECT_FALSE(outline.items[0].block);
  EXPECT_EQ(outline.items[0].type, "x");
  EXPECT_EQ(outline.items[1].type, "b");
  EXPECT_EQ(outline.items[1].labels, (std::vector<std::string>{"\"l\"", "m"}));
  EXPECT_EQ(outline.items[1].begin, 6u);
  EXPECT_TRUE(outline.items[1].intact);
}

// tree-sitter's grammar and our reader must agree on the blocks of every accepted real file.
TEST(HclRecovery, AgreesWithTreeSitterOnAcceptedFiles) {
  std::ifstream list(testing::shared_path() + "/oracles/hcl-verdicts.tsv");
  if (!list) GTEST_SKIP() << "no oracle data";
  // Valid HCL that tree-sitter-hcl 1.2.0 reads with errors.
  const std::vector<std::string> kExceptions = {
      "tricky/number_exp.tf",          // 1e3
      "tricky/number_exp_plus.tf",     // 1E+3
      "tricky/string_nul.tf",          // NUL in a string
      "tricky/expr_call_ns_space.tf",  // provider :: aws :: f()
  };
  std::string line;
  std::getline(list, line);
  size_t compared = 0;
  std::vector<std::string> unclean;
  while (std::getline(list, line)) {
    std::string file = line.substr(0, line.find('\t'));
    std::string source = testing::read_text(testing::shared_path() + "/oracles/hcl/" + file);
    auto tree = read_hcl(0, source);
    ASSERT_NO_FATAL_FAILURE(testing::check_tree(*tree)) << file;
    if (line.compare(file.size() + 1, 6, "accept") != 0) continue;
    ASSERT_TRUE(tree->accepted) << file;
    hcl::Outline outline = hcl::outline(source, 0);
    // The recovery has a wall-clock budget, which a busy machine or a sanitizer can exceed.
    if (!outline.complete) continue;
    if (!outline.clean) {
      unclean.push_back(file);
      continue;
    }
    std::vector<std::string> ours, theirs;
    auto text = [&](const Node* node) {
      return source.substr(node->begin, node->end - node->begin);
    };
    for (const Node* item : tree->root->children()) {
      std::string name = std::to_string(item->begin) + " " + std::string(item->text);
      for (const Node* child : item->children()) {
        if (child->kind == NodeKind::kLabel) name += " " + text(child);
      }
      ours.push_back(name);
    }
    for (const hcl::OutlineItem& item : outline.items) {
      std::string name = std::to_string(item.begin) + " " + item.type;
      for (const std::string& label : item.labels) name += " " + label;
      theirs.push_back(name);
    }
    EXPECT_EQ(ours, theirs) << file;
    ++compared;
  }
  EXPECT_GE(compared, 1390u);
  for (const std::string& file : unclean) {
    EXPECT_TRUE(std::count(kExceptions.begin(), kExceptions.end(), file)) << file;
  }
}

}  // namespace
}  // namespace assay::syntax
