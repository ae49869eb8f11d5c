// Inputs made to hurt: every one must end soon, with a problem, and with a sound tree.
#include <chrono>
#include <random>

#include "parsers/core/limits.h"
#include "parsers/syntax/hcl/parser.h"
#include "tests/unit/parsers/syntax/hcl/dump.h"

namespace assay::syntax {
namespace {

std::string repeat(std::string_view text, size_t count) {
  std::string out;
  out.reserve(text.size() * count);
  for (size_t i = 0; i < count; ++i) out += text;
  return out;
}

bool has_problem(const Tree& tree, std::string_view code) {
  for (const core::Problem& problem : tree.problems) {
    if (problem.code == code) return true;
  }
  return false;
}

TEST(HclHostile, DeepNestingIsAProblem) {
  for (const std::string& source :
       {"a = " + repeat("[", 200000), "a = " + repeat("[", 5000) + repeat("]", 5000),
        "a = " + repeat("(", 20000), "a = " + repeat("{a=", 20000), "a = " + repeat("f(", 20000),
        "a = " + repeat("\"${", 20000), "a = " + repeat("-", 20000), "a = " + repeat("!", 20000),
        "a = x" + repeat("[*]", 20000), "a = x" + repeat("[0", 20000),
        "a = 1" + repeat(" ? 1 : 1", 20000), "a = " + repeat("[for x in ", 20000),
        repeat("a {\n", 20000), "a = \"" + repeat("%{if x}", 20000) + "\""}) {
    auto tree = read_hcl(0, source);
    EXPECT_FALSE(tree->accepted);
    EXPECT_TRUE(has_problem(*tree, "limit-nesting")) << source.substr(0, 40);
    EXPECT_NO_FATAL_FAILURE(testing::check_tree(*tree)) << source.substr(0, 40);
  }
}

TEST(HclHostile, NestingUpToTheLimitIsRead) {
  std::string deep =
      "a = " + repeat("[", core::kMaxNesting - 2) + repeat("]", core::kMaxNesting - 2);
  EXPECT_TRUE(read_hcl(0, deep)->accepted);
}

TEST(HclHostile, LongChainsAreAsDeepAsTrees) {
  EXPECT_TRUE(read_hcl(0, "a = 1" + repeat(" + 1", 900))->accepted);
  for (const std::string& source : {"a = 1" + repeat(" + 1", 200000),
                                    "a = x" + repeat(".y", 200000), "a = x" + repeat("[0]", 200000),
                                    "a = x" + repeat(".*", 1), "a = x.*" + repeat(".y", 200000)}) {
    if (source.size() < 100) continue;
    auto tree = read_hcl(0, source);
    EXPECT_TRUE(has_problem(*tree, "limit-nesting")) << source.substr(0, 40);
  }
}

TEST(HclHostile, ManyProblemsAreCut) {
  auto tree = read_hcl(0, "a = \"" + repeat("\\q", 100000) + "\"\n");
  EXPECT_FALSE(tree->accepted);
  EXPECT_LE(tree->problems.size(), hcl::kMaxProblems);
  tree = read_hcl(0, repeat("a = 1\n", 50000));
  EXPECT_LE(tree->problems.size(), hcl::kMaxProblems);
  tree = read_hcl(0, repeat("a = \n", 5000));
  EXPECT_LE(tree->problems.size(), hcl::kMaxProblems);
}

TEST(HclHostile, OpenedAndNeverClosed) {
  for (const std::string& source :
       {repeat("a = <<X\n", 5000), repeat("a = \"\n", 5000), repeat("/* ", 5000),
        repeat("a = {\n", 5000), repeat("a {", 5000), repeat("a = \"${\n", 5000),
        "a = \"" + repeat("x", 100000), "a = <<X\n" + repeat("x\n", 50000)}) {
    auto tree = read_hcl(0, source);
    EXPECT_FALSE(tree->accepted);
    EXPECT_NO_FATAL_FAILURE(testing::check_tree(*tree)) << source.substr(0, 40);
  }
}

TEST(HclHostile, LargeFilesAreNotRead) {
  std::string source(core::kMaxFileBytes + 1, '\n');
  auto tree = read_hcl(0, source);
  EXPECT_FALSE(tree->accepted);
  EXPECT_TRUE(has_problem(*tree, "limit-file-size"));
  EXPECT_EQ(tree->root->kind, NodeKind::kBody);
}

TEST(HclHostile, TooManyNodes) {
  auto tree = read_hcl(0, "a = [" + repeat("1,", core::kMaxNodes + 10) + "]\n");
  EXPECT_FALSE(tree->accepted);
  EXPECT_TRUE(has_problem(*tree, "limit-nodes"));
}

// Random edits of a text with most constructs; the seed is printed when one fails.
TEST(HclHostile, RandomEditsKeepTheInvariants) {
  const std::string base =
      "# c\nresource \"a\" \"b\" {\n  x = \"y${z ~} %{ if q }1%{ else }2%{ endif }\"\n"
      "  h = <<-EOT\n    t ${u}\n  EOT\n  l = [for k, v in m : k => v... if w]\n"
      "  o = { a = 1, (b) = x[*].c, \"d\" : f(e...) }\n  dynamic \"p\" {\n    n = -1.5e3 ? a.0 : "
      "!b\n"
      "  }\n}\nlocals { r = provider::s::t(u) }\n";
  const std::string_view pieces[] = {"\"",
                                     "${",
                                     "%{",
                                     "}",
                                     "{",
                                     "[",
                                     "]",
                                     "(",
                                     ")",
                                     "\n",
                                     "=",
                                     "<<E\n",
                                     "~}",
                                     "/*",
                                     "*/",
                                     "#",
                                     ".",
                                     "\\",
                                     "\xC3",
                                     "\xFF",
                                     "\r",
                                     "for",
                                     "...",
                                     "EOT",
                                     " ",
                                     "?",
                                     ":",
                                     "$${",
                                     "%{ for x in y }",
                                     "%{endif}"};
  for (uint32_t seed = 0; seed < 2000; ++seed) {
    std::mt19937 random(seed);
    std::string text = base;
    for (int edits = 1 + static_cast<int>(random() % 4); edits > 0; --edits) {
      size_t at = random() % text.size();
      switch (random() % 3) {
        case 0:
          text.erase(at, 1 + random() % 8);
          break;
        case 1:
          text.insert(at, pieces[random() % std::size(pieces)]);
          break;
        default:
          text[at] = static_cast<char>(random());
          break;
      }
    }
    ASSERT_NO_FATAL_FAILURE(testing::check_tree(*read_hcl(0, text))) << "seed " << seed;
    ASSERT_NO_FATAL_FAILURE(testing::check_tree(*read_hcl_expression(0, text))) << "seed " << seed;
    ASSERT_NO_FATAL_FAILURE(testing::check_tree(*read_hcl_template_file(0, text)))
        << "seed " << seed;
  }
}

// Every prefix of a text, as it is typed.
TEST(HclHostile, EveryPrefixKeepsTheInvariants) {
  const std::string base =
      "resource \"a\" \"b\" {\n  x = \"y${z}\"\n  h = <<EOT\nt\nEOT\n  c {\n    d = [1, 2]\n  "
      "}\n}\n";
  for (size_t size = 0; size < base.size(); ++size) {
    std::string text = base.substr(0, size);
    ASSERT_NO_FATAL_FAILURE(testing::check_tree(*read_hcl(0, text))) << size;
    text += "\n\ne \"f\" {\n  g = 1\n}\n";
    auto tree = read_hcl(0, text);
    ASSERT_NO_FATAL_FAILURE(testing::check_tree(*tree)) << size;
  }
}

}  // namespace
}  // namespace assay::syntax
