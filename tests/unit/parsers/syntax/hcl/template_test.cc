#include "tests/unit/parsers/syntax/hcl/dump.h"

namespace assay::syntax {
namespace {

using testing::dump;
using testing::dump_expression;

std::string heredoc(std::string_view text) {
  auto tree = read_hcl(0, text);
  if (!tree->accepted) return "rejected: " + tree->problems.at(0).code;
  EXPECT_NO_FATAL_FAILURE(testing::check_tree(*tree));
  return dump(tree->root->child(0)->child(0));
}

TEST(HclTemplate, Escapes) {
  EXPECT_EQ(dump_expression(R"("a\n\r\t\"\\b")"), "\"'a\\n\\r\\t\"\\b'\"");
  EXPECT_EQ(dump_expression(R"("\u00e9\U0001F600")"), "\"'\xC3\xA9\xF0\x9F\x98\x80'\"");
  EXPECT_EQ(dump_expression(R"("a\\${x}")"), "\"'a\\'${x}\"");
  for (const char* bad : {R"("\q")", R"("\x41")", R"("\u12")", R"("\ud83d\ude00")",
                          R"("\U00110000")", R"("\${x}")", R"("\U1234567")"}) {
    EXPECT_EQ(dump_expression(bad), "rejected: hcl-escape") << bad;
  }
}

TEST(HclTemplate, DollarAndPercent) {
  EXPECT_EQ(dump_expression(R"("$")"), "\"'$'\"");
  EXPECT_EQ(dump_expression(R"("$$ %% % $")"), "\"'$$ %% % $'\"");
  EXPECT_EQ(dump_expression(R"("$${x}")"), "\"'${x}'\"");
  EXPECT_EQ(dump_expression(R"("%%{if}")"), "\"'%{if}'\"");
  EXPECT_EQ(dump_expression(R"("$${~x}")"), "\"'${~x}'\"");
  EXPECT_EQ(dump_expression(R"("$$${x}")"), "\"'$${x}'\"");
  EXPECT_EQ(dump_expression(R"("$%${x}")"), "\"'$%'${x}\"");
  EXPECT_EQ(dump_expression(R"("$${not} %%{if} $$ % ${"x"}")"),
            "\"'${not} %{if} $$ % '${\"'x'\"}\"");
}

TEST(HclTemplate, Interpolation) {
  EXPECT_EQ(dump_expression(R"("${x}")"), "\"${x}\"");
  EXPECT_EQ(dump_expression(R"("a${1}b${2}c")"), "\"'a'${1}'b'${2}'c'\"");
  EXPECT_EQ(dump_expression(R"("${"${"x"}"}")"), "\"${\"${\"'x'\"}\"}\"");
  EXPECT_EQ(dump_expression(R"("${ {a = 1}.a }")"), "\"${{a=1}.a}\"");
  EXPECT_EQ(dump_expression("\"${\n1\n}\""), "\"${1}\"");
  EXPECT_EQ(dump_expression("\"${1 /* } */}\""), "\"${1}\"");
  EXPECT_EQ(dump_expression(R"("  ${x}  ")"), "\"'  '${x}'  '\"");
  EXPECT_EQ(dump_expression(R"("${}")"), "rejected: hcl-syntax");
  EXPECT_EQ(dump_expression(R"("${a b}")"), "rejected: hcl-syntax");
  EXPECT_EQ(dump_expression(R"("a${1")"), "rejected: hcl-unclosed-template");
  EXPECT_EQ(dump_expression("\"a"), "rejected: hcl-unclosed-string");
  EXPECT_EQ(dump_expression("\"a\nb\""), "rejected: hcl-multi-line-string");
  EXPECT_EQ(dump_expression("\"a\\\nb\""), "rejected: hcl-multi-line-string");
}

TEST(HclTemplate, StripMarkersEatTheNeighbouringText) {
  EXPECT_EQ(dump_expression(R"("a   ${~ "b" ~}   c")"), "\"'a'${\"'b'\"}'c'\"");
  EXPECT_EQ(dump_expression(R"("a\n ${~x}")"), "\"'a'${x}\"");
  EXPECT_EQ(dump_expression(R"("a ${x~}\n b")"), "\"'a '${x}'b'\"");
  // All white: an empty text stays, because the template is a string and not the value of x.
  EXPECT_EQ(dump_expression(R"(" ${~x}")"), "\"''${x}\"");
  EXPECT_EQ(dump_expression(R"("${~ x ~}")"), "\"${x}\"");
  EXPECT_EQ(dump_expression(R"("a ${x ~} ${~ y} b")"), "\"'a '${x}''${y}' b'\"");
}

TEST(HclTemplate, Directives) {
  EXPECT_EQ(dump_expression(R"("%{if a}x%{else}y%{endif}")"), "\"%if(a \"'x'\" \"'y'\")\"");
  EXPECT_EQ(dump_expression(R"("%{ if a }x%{ endif }z")"), "\"%if(a \"'x'\" \"\")'z'\"");
  EXPECT_EQ(dump_expression(R"("%{ for x in y }${x},%{ endfor }")"), "\"%for(x y \"${x}','\")\"");
  EXPECT_EQ(dump_expression(R"("%{ for k, v in y ~} ${v} %{~ endfor ~} ")"),
            "\"%for(k v y \"''${v}''\")''\"");
  EXPECT_EQ(dump_expression(R"("%{if a}%{for x in y}%{if x}1%{endif}%{endfor}%{endif}")"),
            "\"%if(a \"%for(x y \"%if(x \"'1'\" \"\")\")\" \"\")\"");
  for (const char* bad : {R"("%{if a}x")", R"("%{endif}")", R"("%{for x in y}")",
                          R"("%{if a}%{endfor}")", R"("%{if a}%{else}%{else}%{endif}")",
                          R"("%{for x in y}%{else}%{endfor}")", R"("%{else}")"}) {
    EXPECT_EQ(dump_expression(bad), "rejected: hcl-template-directive") << bad;
  }
  for (const char* bad : {R"("%{ foo }")", R"("%{if true}%{elseif x}%{endif}")", R"("%{}")",
                          R"("%{for in y}%{endfor}")", R"("%{if a b}%{endif}")"}) {
    EXPECT_EQ(dump_expression(bad), "rejected: hcl-syntax") << bad;
  }
}

TEST(HclTemplate, DirectiveSpans) {
  const std::string_view source = R"("a%{ if b }c%{ else }d%{ endif }e")";
  auto tree = read_hcl_expression(0, source);
  auto text = [&](const Node* node) { return source.substr(node->begin, node->end - node->begin); };
  const Node* choice = tree->root->child(1);
  EXPECT_EQ(text(choice), "%{ if b }c%{ else }d%{ endif }");
  EXPECT_EQ(text(choice->child(0)), "b");
  EXPECT_EQ(text(choice->child(1)), "c");
  EXPECT_EQ(text(choice->child(2)), "d");
}

TEST(HclTemplate, Heredoc) {
  EXPECT_EQ(heredoc("a = <<EOT\nhi\nEOT\n"), "\"'hi\\n'\"");
  EXPECT_EQ(heredoc("a = <<EOT\nEOT\n"), "\"\"");
  EXPECT_EQ(heredoc("a = <<EOT\n  hi\n\t EOT \n"), "\"'  hi\\n'\"");
  EXPECT_EQ(heredoc("a = <<A-B\nhi\nA-B\n"), "\"'hi\\n'\"");
  EXPECT_EQ(heredoc("a = <<EOT\na \"b\" \\n \\q\nEOT\n"), "\"'a \"b\" \\n \\q\\n'\"");
  EXPECT_EQ(heredoc("a = <<EOT\nx${1}\ny\nEOT\n"), "\"'x'${1}'\\ny\\n'\"");
  EXPECT_EQ(heredoc("a = <<EOT\n$ $$ % %% $${x} %%{y}\nEOT\n"), "\"'$ $$ % %% ${x} %{y}\\n'\"");
  EXPECT_EQ(heredoc("a = <<EOT\r\nhi\r\nEOT\r\n"), "\"'hi\\r\\n'\"");
  EXPECT_EQ(heredoc("a = <<EOT\nEOTX\n${1}EOT\nEOT\n"), "\"'EOTX\\n'${1}'EOT\\n'\"");
  EXPECT_EQ(heredoc("a = <<EOT\nhi\nEOT"), "rejected: hcl-unclosed-heredoc");
  EXPECT_EQ(heredoc("a = <<EOT\nhi\nEOT # no\n"), "rejected: hcl-unclosed-heredoc");
  EXPECT_EQ(heredoc("a = << EOT\nhi\nEOT\n"), "rejected: hcl-syntax");
  EXPECT_EQ(heredoc("a = <<EOT # no\nhi\nEOT\n"), "rejected: hcl-syntax");
  EXPECT_EQ(heredoc("a = <<\"EOT\"\nhi\nEOT\n"), "rejected: hcl-syntax");
  EXPECT_EQ(heredoc("a = <<EOT\nh\ri\nEOT\n"), "rejected: hcl-character");
  EXPECT_EQ(heredoc("a = <<EOT\nh\xFFi\nEOT\n"), "rejected: hcl-encoding");
}

TEST(HclTemplate, HeredocAsItem) {
  EXPECT_EQ(heredoc("a = f(<<EOT\nhi\nEOT\n)\n"), "f(\"'hi\\n'\")");
  EXPECT_EQ(heredoc("a = [<<EOT\nhi\nEOT\n, 1]\n"), "[\"'hi\\n'\" 1]");
  EXPECT_EQ(heredoc("a = {\n x = <<EOT\nhi\nEOT\n y = 1\n}\n"), "{x=\"'hi\\n'\" y=1}");
  EXPECT_EQ(heredoc("a = {\n x = <<EOT\nhi\nEOT\n , y = 1\n}\n"), "rejected: hcl-syntax");
}

TEST(HclTemplate, HeredocSpan) {
  const std::string_view source = "a = <<EOT\nhi\n  EOT\nb = 1\n";
  auto tree = read_hcl(0, source);
  const Node* value = tree->root->child(0)->child(0);
  EXPECT_EQ(value->style, Style::kHeredoc);
  EXPECT_EQ(source.substr(value->begin, value->end - value->begin), "<<EOT\nhi\n  EOT");
  EXPECT_EQ(source.substr(value->child(0)->begin, 3), "hi\n");
}

// The values are Terraform's own for these texts.
TEST(HclTemplate, FlushHeredoc) {
  EXPECT_EQ(heredoc("a = <<-EOT\n      six\n        eight\n      six\n    EOT\n"),
            "\"'six\\n  eight\\nsix\\n'\"");
  EXPECT_EQ(heredoc("a = <<-EOT\n    a\n\n    \tb\n      \n    c\n    EOT\n"),
            "\"'a\\n\\n\\tb\\n      \\nc\\n'\"");
  EXPECT_EQ(heredoc("a = <<-EOT\n  ${x}\n    y\n  EOT\n"), "\"''${x}'\\n  y\\n'\"");
  EXPECT_EQ(heredoc("a = <<-EOT\n${x}\n    y\n  EOT\n"), "\"${x}'\\n    y\\n'\"");
  EXPECT_EQ(heredoc("a = <<-EOT\n  a ${x} b\n   c\n  EOT\n"), "\"'a '${x}' b\\n c\\n'\"");
  EXPECT_EQ(heredoc("a = <<-EOT\n\ta\n\t\tb\n\tEOT\n"), "\"'a\\n\\tb\\n'\"");
  EXPECT_EQ(heredoc("a = <<-EOT\n  EOT\n"), "\"\"");
  auto tree = read_hcl(0, "a = <<-EOT\n  x\n  EOT\n");
  EXPECT_EQ(tree->root->child(0)->child(0)->style, Style::kFlushHeredoc);
}

// A strip marker eats the line break behind it only, and the line after that keeps its indentation,
// because to Terraform it does not start a line any more.
TEST(HclTemplate, FlushHeredocWithStripMarkers) {
  EXPECT_EQ(heredoc("a = <<-EOT\n"
                    "    %{for n in var.names~}\n"
                    "    - ${n}\n"
                    "    %{endfor~}\n"
                    "    end\n"
                    "  EOT\n"),
            "\"''%for(n var.names \"'    - '${n}'\\n'\")'    end\\n'\"");
  EXPECT_EQ(heredoc("a = <<EOT\n%{if x~}\n  y\n%{~endif}\nEOT\n"),
            "\"%if(x \"'  y'\" \"\")'\\n'\"");
}

TEST(HclTemplate, ValuesAreNfc) {
  EXPECT_EQ(dump_expression("\"e\xCC\x81\""), "\"'\xC3\xA9'\"");
  EXPECT_EQ(dump_expression("\"e\\u0301\""), "\"'\xC3\xA9'\"");
  EXPECT_EQ(heredoc("a = <<EOT\ne\xCC\x81\nEOT\n"), "\"'\xC3\xA9\\n'\"");
  // Identifiers and labels are kept as written.
  EXPECT_EQ(dump_expression("e\xCC\x81"), "e\xCC\x81");
}

TEST(HclTemplate, Utf8) {
  EXPECT_EQ(dump_expression("\"\xE2\x82\xAC\xF0\x9F\x98\x80\""),
            "\"'\xE2\x82\xAC\xF0\x9F\x98\x80'\"");
  EXPECT_EQ(dump_expression("\"a\xFF\""), "rejected: hcl-encoding");
  EXPECT_EQ(dump_expression("\"a\xE2\x82\""), "rejected: hcl-encoding");
  EXPECT_EQ(dump_expression(std::string_view("\"a\0b\"", 5)), std::string("\"'a\0b'\"", 7));
}

TEST(HclTemplate, WholeFile) {
  auto read = [](std::string_view text) {
    auto tree = read_hcl_template_file(0, text);
    return tree->accepted ? dump(tree->root) : "rejected: " + tree->problems.at(0).code;
  };
  EXPECT_EQ(read(""), "\"\"");
  EXPECT_EQ(read("a \"b\" \\n ${x}\nc$"), "\"'a \"b\" \\n '${x}'\\nc$'\"");
  EXPECT_EQ(read("%{ for x in y ~}\nserver ${x}\n%{ endfor ~}\n"),
            "\"%for(x y \"'server '${x}'\\n'\")''\"");
  EXPECT_EQ(read("${x}"), "\"${x}\"");
  EXPECT_EQ(read("a\rb"), "\"'a\\rb'\"");
  EXPECT_EQ(read("${x"), "rejected: hcl-unclosed-template");
}

TEST(HclTemplate, StringOfJson) {
  const std::string json = R"({"a": "x-${var.y}"})";
  Tree tree(64);
  tree.file = 0;
  const Node* node = read_hcl_template(tree, std::string_view(json).substr(7, 10), 7);
  EXPECT_EQ(dump(node), "\"'x-'${var.y}\"");
  EXPECT_EQ(json.substr(node->begin, node->end - node->begin), "x-${var.y}");
  const Node* reference = node->child(1)->child(0);
  EXPECT_EQ(json.substr(reference->begin, reference->end - reference->begin), "var.y");
  EXPECT_TRUE(tree.accepted);
  node = read_hcl_template(tree, "${x", 100);
  EXPECT_EQ(node->kind, NodeKind::kError);
  EXPECT_FALSE(tree.accepted);
  EXPECT_EQ(tree.problems.at(0).span.begin, 100u);
}

}  // namespace
}  // namespace assay::syntax
