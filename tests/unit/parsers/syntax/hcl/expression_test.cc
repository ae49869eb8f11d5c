#include "tests/unit/parsers/syntax/hcl/dump.h"

namespace assay::syntax {
namespace {

using testing::dump;
using testing::dump_expression;

struct Shape {
  const char* source;
  const char* expected;
};

void expect_all(const std::vector<Shape>& shapes) {
  for (const Shape& shape : shapes) {
    EXPECT_EQ(dump_expression(shape.source), shape.expected) << shape.source;
    auto tree = read_hcl_expression(0, shape.source);
    EXPECT_NO_FATAL_FAILURE(testing::check_tree(*tree)) << shape.source;
  }
}

TEST(HclExpression, Literals) {
  expect_all({{"1", "1"},
              {"0123", "0123"},
              {"1.5", "1.5"},
              {"1e3", "1e3"},
              {"1E+3", "1E+3"},
              {"1.5e-3", "1.5e-3"},
              {"true", "true"},
              {"null", "null"},
              {"\"\"", "\"\""},
              {"\"a\"", "\"'a'\""},
              {"nullable", "nullable"},
              {"a-b", "a-b"},
              {"a -b", "(- a b)"},
              {"\xC3\xA9t\xC3\xA9", "\xC3\xA9t\xC3\xA9"},
              {"_x", "_x"}});
  auto kind = [](const char* source) { return read_hcl_expression(0, source)->root->kind; };
  EXPECT_EQ(kind("true"), NodeKind::kBool);
  EXPECT_EQ(kind("false"), NodeKind::kBool);
  EXPECT_EQ(kind("null"), NodeKind::kNull);
  EXPECT_EQ(kind("12"), NodeKind::kNumber);
  EXPECT_EQ(kind("\"true\""), NodeKind::kTemplate);
}

TEST(HclExpression, BadNumbers) {
  for (const char* source : {"1.2.3", "1..2", "1e5e6", "1e5.5"}) {
    EXPECT_EQ(dump_expression(source), "rejected: hcl-number") << source;
  }
  for (const char* source : {".5", "5.", "0x10", "1_000", "5a", "1e", "1e+", "+5"}) {
    EXPECT_EQ(dump_expression(source), "rejected: hcl-syntax") << source;
  }
}

TEST(HclExpression, Precedence) {
  expect_all({{"a || b && c", "(|| a (&& b c))"},
              {"a && b || c", "(|| (&& a b) c)"},
              {"a == b && c != d", "(&& (== a b) (!= c d))"},
              {"a < b == c > d", "(== (< a b) (> c d))"},
              {"a + b < c * d", "(< (+ a b) (* c d))"},
              {"a + b - c", "(- (+ a b) c)"},
              {"a * b / c % d", "(% (/ (* a b) c) d)"},
              {"a + b * c - d", "(- (+ a (* b c)) d)"},
              {"1 < 2 < 3", "(< (< 1 2) 3)"},
              {"-a.b + c", "(+ (- a.b) c)"},
              {"!a == b", "(== (! a) b)"},
              {"!!a", "(! (! a))"},
              {"1--1", "(- 1 (- 1))"},
              {"-(1)", "(- (1))"},
              {"(a + b) * c", "(* ((+ a b)) c)"},
              {"a >= b", "(>= a b)"},
              {"a <= b", "(<= a b)"}});
}

TEST(HclExpression, ConditionalsAreRightAssociative) {
  expect_all({{"a ? b : c", "(? a b c)"},
              {"a ? b : c ? d : e", "(? a b (? c d e))"},
              {"a ? b ? c : d : e", "(? a (? b c d) e)"},
              {"a || b ? c : d + 1", "(? (|| a b) c (+ d 1))"},
              {"a ? 1 : b ? 2 : c ? 3 : 4", "(? a 1 (? b 2 (? c 3 4)))"}});
}

TEST(HclExpression, Traversals) {
  expect_all({{"a.b.c", "a.b.c"},
              {"a . b", "a.b"},
              {"a[0]", "a[0]"},
              {"a[\"k\"].b", "a[\"'k'\"].b"},
              {"a.0.b", "a.[0].b"},
              {"a[b.c][d]", "a[b.c][d]"},
              {"f().a[0]", "f().a[0]"},
              {"{a=1}.a", "{a=1}.a"},
              {"[1][0]", "[1][0]"},
              {"\"abc\".x", "\"'abc'\".x"},
              {"true.x", "true.x"},
              {"x.for.if", "x.for.if"}});
  EXPECT_EQ(dump_expression("a.0.1"), "rejected: hcl-legacy-index");
  EXPECT_EQ(dump_expression("a[]"), "rejected: hcl-syntax");
  EXPECT_EQ(dump_expression("a."), "rejected: hcl-syntax");
}

TEST(HclExpression, Splats) {
  expect_all({{"x[*]", "(splat x @)"},
              {"x[*].id", "(splat x @.id)"},
              {"x[*].y[0].z", "(splat x @.y[0].z)"},
              {"x[*].y[*].z", "(splat x (splat @.y @.z))"},
              {"x.*.id", "(attr-splat x @.id)"},
              {"x.*", "(attr-splat x @)"},
              {"x.*.y[0]", "(attr-splat x @.y)[0]"},
              {"x.*.y.0.z", "(attr-splat x @.y.[0].z)"},
              {"x.*.y[*].z", "(splat (attr-splat x @.y) @.z)"},
              {"a.b[*].c + 1", "(+ (splat a.b @.c) 1)"}});
  EXPECT_EQ(dump_expression("x.*.y.*.z"), "rejected: hcl-syntax");
}

TEST(HclExpression, Calls) {
  expect_all({{"f()", "f()"},
              {"max (1)", "max(1)"},
              {"max(1, 2,)", "max(1 2)"},
              {"max([1]...)", "max([1]...)"},
              {"provider::aws::f(1)", "provider::aws::f(1)"},
              {"provider :: aws :: f(1)", "provider::aws::f(1)"},
              {"f(\n1,\n2\n)", "f(1 2)"},
              {"f(g(h(x)))", "f(g(h(x)))"}});
  for (const char* source : {"f(,)", "f(1 2)", "f(a..., b)", "f(a...,)", "a::b", "a::(1)", "f(1"}) {
    EXPECT_EQ(dump_expression(source), "rejected: hcl-syntax") << source;
  }
}

TEST(HclExpression, Collections) {
  expect_all({{"[]", "[]"},
              {"[1, 2,]", "[1 2]"},
              {"[\n1\n,\n2\n]", "[1 2]"},
              {"{}", "{}"},
              {"{ a = 1, b = 2 }", "{a=1 b=2}"},
              {"{\n a : 1\n \"b\" = 2,\n\n}", "{a=1 \"'b'\"=2}"},
              {"{ (a.b) = 1 }", "{(a.b)=1}"},
              {"{ a.b = 1 }", "{a.b=1}"},
              {"{ \"${x}y\" = 1 }", "{\"${x}'y'\"=1}"},
              {"{ 1 = 2, true = 3 }", "{1=2 true=3}"},
              {"{ a = {\n b = 1\n} }", "{a={b=1}}"},
              {"[for_x, forest]", "[for_x forest]"}});
  for (const char* source :
       {"[1 2]", "[,]", "{ a = 1 b = 2 }", "{ , a = 1 }", "{ a = 1,, b = 2 }", "{ a\n = 1 }",
        "{ a =\n 1 }", "{ for = 1 }", "{ a }", "{\n a = 1\n + 2 }"}) {
    EXPECT_EQ(dump_expression(source), "rejected: hcl-syntax") << source;
  }
}

TEST(HclExpression, ObjectItemFlags) {
  auto tree = read_hcl_expression(0, "{ a = 1, (b) = 2, \"c\" = 3 }");
  ASSERT_EQ(tree->root->child_count, 3u);
  EXPECT_FALSE(tree->root->child(0)->has(kParenthesised | kQuoted));
  EXPECT_TRUE(tree->root->child(1)->has(kParenthesised));
  EXPECT_TRUE(tree->root->child(2)->has(kQuoted));
}

TEST(HclExpression, For) {
  expect_all({{"[for x in y : x]", "(for-tuple x y x)"},
              {"[for k, v in y : k if v]", "(for-tuple k v y k v if)"},
              {"{for k, v in y : k => v}", "(for-object k v y k v)"},
              {"{for k, v in y : k => v... if v > 1}", "(for-object k v y k v (> v 1) group if)"},
              {"[\nfor x in y :\nx\nif x\n]", "(for-tuple x y x x if)"},
              {"{\nfor x in y : x => {\na = x\nb = 1\n}\n}", "(for-object x y x {a=x b=1})"},
              {"[for for in y : for]", "(for-tuple for y for)"},
              {"[for x in [for z in y : z] : {for q in x : q => x}]",
               "(for-tuple x (for-tuple z y z) (for-object q x q x))"}});
  for (const char* source :
       {"[for x in y x]", "[for a, b, c in y : a]", "[for x in y : x...]", "[for k in y : k => k]",
        "{for k in y : k}", "[for 1 in y : 1]", "[for x y : x]", "[for x in y : x, 2]"}) {
    EXPECT_EQ(dump_expression(source), "rejected: hcl-syntax") << source;
  }
}

TEST(HclExpression, Spans) {
  const std::string_view source = "a.b[0] + f(x, [1, 2]).c";
  auto tree = read_hcl_expression(0, source);
  auto text = [&](const Node* node) { return source.substr(node->begin, node->end - node->begin); };
  const Node* sum = tree->root;
  EXPECT_EQ(text(sum), source);
  EXPECT_EQ(text(sum->child(0)), "a.b[0]");
  EXPECT_EQ(text(sum->child(0)->child(0)), "a.b");
  EXPECT_EQ(text(sum->child(1)), "f(x, [1, 2]).c");
  EXPECT_EQ(text(sum->child(1)->child(0)), "f(x, [1, 2])");
  EXPECT_EQ(text(sum->child(1)->child(0)->child(1)), "[1, 2]");
}

TEST(HclExpression, TextViewsTheSource) {
  const std::string source = "local.name + \"plain\" + provider::a::f(1)";
  auto tree = read_hcl_expression(0, source);
  auto in_source = [&](std::string_view text) {
    return text.data() >= source.data() &&
           text.data() + text.size() <= source.data() + source.size();
  };
  const Node* sum = tree->root->child(0);
  EXPECT_TRUE(in_source(sum->child(0)->text));
  EXPECT_TRUE(in_source(sum->child(1)->child(0)->text));
  EXPECT_TRUE(in_source(tree->root->child(1)->text));
}

TEST(HclExpression, LoneExpressionEndsTheText) {
  EXPECT_EQ(dump_expression("\n1\n+ 2\n"), "(+ 1 2)");
  EXPECT_EQ(dump_expression("1 # comment"), "1");
  EXPECT_EQ(dump_expression(""), "rejected: hcl-syntax");
  EXPECT_EQ(dump_expression("a b"), "rejected: hcl-syntax");
  EXPECT_EQ(read_hcl_expression(0, "a b")->root->kind, NodeKind::kError);
}

TEST(HclExpression, WithinAnotherTree) {
  const std::string_view source = "a = \"list(string)\"";
  auto tree = read_hcl(0, source);
  const Node* value = read_hcl_expression(*tree, source.substr(5, 12), 5);
  EXPECT_EQ(dump(value), "list(string)");
  EXPECT_EQ(value->begin, 5u);
  EXPECT_EQ(value->end, 17u);
  EXPECT_TRUE(tree->accepted);
  EXPECT_EQ(read_hcl_expression(*tree, "list(", 5)->kind, NodeKind::kError);
  EXPECT_FALSE(tree->accepted);
}

TEST(HclExpression, WrongCharactersAreNamed) {
  EXPECT_EQ(dump_expression("'a'"), "rejected: hcl-character");
  EXPECT_EQ(dump_expression("`a`"), "rejected: hcl-character");
  EXPECT_EQ(dump_expression("1 & 2"), "rejected: hcl-character");
  EXPECT_EQ(dump_expression("@x"), "rejected: hcl-character");
  EXPECT_EQ(dump_expression("\xFF"), "rejected: hcl-encoding");
  auto tree = read_hcl_expression(0, "'a'");
  EXPECT_NE(tree->problems[0].message.find("double quotes"), std::string::npos);
}

}  // namespace
}  // namespace assay::syntax
