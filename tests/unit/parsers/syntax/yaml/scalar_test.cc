#include "parsers/syntax/scalar.h"

#include "parsers/syntax/json/reader.h"
#include "parsers/syntax/yaml/reader.h"

namespace assay::syntax {
namespace {

std::string show(const Node& node, ScalarMode mode) {
  core::Arena arena;
  Scalar scalar = read_scalar(node, mode, arena);
  EXPECT_EQ(resolve_scalar(node, mode), scalar.type);
  switch (scalar.type) {
    case ScalarType::kNull: return "null";
    case ScalarType::kBool: return scalar.truth ? "true" : "false";
    case ScalarType::kInt: return "int " + std::string(scalar.text);
    case ScalarType::kFloat: return "float " + std::string(scalar.text);
    default: return "\"" + std::string(scalar.text) + "\"";
  }
}

std::string read(const std::string& text, ScalarMode mode) {
  std::string source = "- " + text + "\n";
  auto tree = read_yaml(0, source);
  EXPECT_TRUE(tree->accepted) << text;
  return show(*tree->root->child(0)->child(0)->child(0), mode);
}

struct Case { const char* text; const char* want; };

TEST(Scalar, Kubernetes) {
  const Case cases[] = {
      {"yes", "true"}, {"y", "true"}, {"on", "true"}, {"TRUE", "true"}, {"Off", "false"},
      {"NO", "false"}, {"n", "false"}, {"tRue", "\"tRue\""}, {"nUll", "\"nUll\""},
      {"~", "null"}, {"null", "null"}, {"", "null"}, {"Null", "null"},
      {"0777", "int 511"}, {"0o777", "int 511"}, {"-0777", "int -511"}, {"08", "float 8"},
      {"0089", "float 89"}, {"0x1F", "int 31"}, {"0b11", "int 3"}, {"1_000", "int 1000"},
      {"+1", "int 1"}, {"1__0", "int 10"}, {"_1", "\"_1\""}, {"0xZZ", "\"0xZZ\""}, {"0", "int 0"},
      {"-0x10", "int -16"}, {"-a", "\"-a\""}, {"0x", "\"0x\""}, {"-1", "int -1"},
      {"1e3", "float 1000"}, {"12e03", "float 12000"}, {"1234e56", "float 1.234e+59"},
      {"1.0", "float 1"}, {"1.10", "float 1.1"}, {"5.", "float 5"}, {".5", "float 0.5"},
      {"-.5", "float -0.5"}, {"1.2.3", "\"1.2.3\""}, {"1:30", "\"1:30\""}, {"22:22", "\"22:22\""},
      {".inf", "float .inf"}, {"-.Inf", "float -.inf"}, {".NaN", "float .nan"}, {".", "\".\""},
      {"9223372036854775808", "int 9223372036854775808"},
      {"-9223372036854775808", "int -9223372036854775808"},
      {"18446744073709551616", "float 18446744073709552000"},
      {"1e20", "float 100000000000000000000"}, {"1e21", "float 1e+21"}, {"0.000001", "float 0.000001"},
      {"1e-7", "float 1e-07"}, {"-0.0", "float -0"}, {"1e-999", "float 0"}, {"1e999", "\"1e999\""}, {"2001-01-01", "\"2001-01-01\""}, {"'1'", "\"1\""},
      {"\"yes\"", "\"yes\""}, {"!!str 1", "\"1\""}, {"!foo 1", "\"1\""}, {"! 1", "\"1\""},
      {"!!int \"3\"", "int 3"}, {"!!float 1", "float 1"}, {"!!bool yes", "true"},
      {"!!null ~", "null"}, {"!!int abc", "\"abc\""}, {"!!timestamp 2001-01-01", "\"2001-01-01\""},
      {"!<tag:yaml.org,2002:str> 5", "\"5\""}, {"arn:aws:s3:::b", "\"arn:aws:s3:::b\""}};
  for (const Case& c : cases) EXPECT_EQ(read(c.text, ScalarMode::kKubernetes), c.want) << c.text;
}

TEST(Scalar, CloudFormationKeepsSourceText) {
  const Case cases[] = {
      {"yes", "\"yes\""}, {"on", "\"on\""}, {"true", "true"}, {"False", "false"}, {"null", "null"},
      {"", "null"}, {"0123", "\"0123\""}, {"012345678901", "\"012345678901\""},
      {"123456789012", "int 123456789012"}, {"1.10", "float 1.10"}, {"443", "int 443"},
      {"1_000", "\"1_000\""}, {"0x1F", "\"0x1F\""}, {"2012-10-17", "\"2012-10-17\""},
      {"1e3", "float 1e3"}, {"+1", "\"+1\""}, {"5.", "\"5.\""}, {"'443'", "\"443\""},
      {"!Ref X", "\"X\""}, {"18446744073709551616", "int 18446744073709551616"}};
  for (const Case& c : cases) EXPECT_EQ(read(c.text, ScalarMode::kCloudFormation), c.want) << c.text;
}

TEST(Scalar, CoreSchema) {
  const Case cases[] = {
      {"yes", "\"yes\""}, {"true", "true"}, {"010", "int 010"}, {"0o10", "int 8"}, {"0xA", "int 10"},
      {"1_000", "\"1_000\""}, {"0b1", "\"0b1\""}, {"+12", "int 12"}, {"1e3", "float 1e3"},
      {"5.", "float 5"}, {".5", "float 0.5"}, {"-.5e1", "float -0.5e1"}, {".inf", "float .inf"},
      {"+.INF", "float .inf"}, {".nan", "float .nan"}, {"0o8", "\"0o8\""}, {"~", "null"}};
  for (const Case& c : cases) EXPECT_EQ(read(c.text, ScalarMode::kYaml12Core), c.want) << c.text;
}

TEST(Scalar, JsonNodesHaveTheirOwnTypes) {
  auto tree = read_json(0, "[null, true, 1, 1.0, \"yes\", \"1\"]");
  std::string out;
  for (const Node* item : tree->root->child(0)->child(0)->children()) {
    out += show(*item, ScalarMode::kKubernetes) + " ";
  }
  EXPECT_EQ(out, "null true int 1 float 1.0 \"yes\" \"1\" ");
}

}  // namespace
}  // namespace assay::syntax
