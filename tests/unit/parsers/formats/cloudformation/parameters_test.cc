// Values of parameters: the files that give them, and what declarations say of them.
#include "parsers/formats/cloudformation/parameter_files.h"
#include "tests/unit/parsers/formats/cloudformation/template_fixture.h"

namespace assay::formats {
namespace {

using Strings = std::vector<std::string>;

constexpr const char* kTemplate =
    "Parameters:\n  Acl: {Type: String, Default: Private}\n  Port: {Type: Number}\n"
    "  Ids: {Type: CommaDelimitedList}\n"
    "Resources:\n  R: {Type: 'X::Y::Z', Properties: {Acl: !Ref Acl, Port: !Ref Port, Ids: !Ref Ids}}\n";

// "ACL PORT IDS" with the values that one file gives.
std::string given(const std::string& path, const std::string& text) {
  Template t(kTemplate, {{path, text}});
  t.fixture.options.parameter_files = {path};
  return t.get("Acl") + " " + t.get("Port") + " " + t.get("Ids");
}

TEST(CloudFormationParameterFiles, EveryShapeIsRead) {
  const std::string all = R"("PublicRead" 8080 ["a","b"])";
  EXPECT_EQ(given("p.json", R"([{"ParameterKey": "Acl", "ParameterValue": "PublicRead"},
                                {"ParameterKey": "Port", "ParameterValue": "8080"},
                                {"ParameterKey": "Ids", "ParameterValue": "a,b"}])"), all);
  EXPECT_EQ(given("p.json", R"({"Parameters": {"Acl": "PublicRead", "Port": 8080, "Ids": "a, b"}})"), all);
  EXPECT_EQ(given("p.json", R"({"StackName": "s", "Parameters": [
                                {"ParameterKey": "Acl", "ParameterValue": "PublicRead"},
                                {"ParameterKey": "Port", "ParameterValue": "8080"},
                                {"ParameterKey": "Ids", "ParameterValue": "a,b"}]})"), all);
  EXPECT_EQ(given("p.json", R"({"Acl": "PublicRead", "Port": "8080", "Ids": ["a", "b"]})"), all);
  EXPECT_EQ(given("p.json", R"(["Acl=PublicRead", "Port=8080", "Ids=a,b"])"), all);
  EXPECT_EQ(given("p.yaml", "Acl: PublicRead\nPort: 8080\nIds: [a, b]\n"), all);
  EXPECT_EQ(given("p.yaml", "default:\n  deploy:\n    parameters:\n"
                            "      parameter_overrides: Acl=PublicRead Port=8080 Ids=a,b\n"), all);
}

TEST(CloudFormationParameterFiles, TextIsReadByWords) {
  core::Arena arena;
  auto read = [&](std::string_view text) {
    std::string out;
    for (const auto& one : cloudformation::read_parameter_file(nullptr, 0, text, arena)) {
      out.append(one.name).append("=").append(one.text).append("@");
      out.append(text.substr(one.span.begin, one.span.size())).append("; ");
    }
    return out;
  };
  EXPECT_EQ(read("# comment=1\nA=1\nB=\"two words\" C='x'\n[section]\nD=\n"),
            "A=1@1; B=two words@two words; C=x@x; D=@; ");
  EXPECT_EQ(read("version = 0.1\n[default.deploy.parameters]\n"
                 "parameter_overrides = \"Acl=PublicRead Name=\\\"a b\\\"\"\nstack_name = \"N=1\"\n"
                 "[prod.deploy.parameters]\nparameter_overrides = \"Acl=Other\"\n"),
            "Acl=PublicRead@PublicRead; Name=a b@a b; ");
  EXPECT_EQ(read("[default.deploy.parameters]\nparameter_overrides = [\n  \"A=1\", # one\n  'B=2',\n]\n"
                 "[default.global.parameters]\nparameter_overrides = \"\"\"A=0\n C=3\"\"\"\n"),
            "A=0@0; C=3@3; A=1@1; B=2@2; ");
  EXPECT_EQ(read("ParameterKey=A,ParameterValue=1"), "A=1@1; ");
  EXPECT_EQ(read("parameter_overrides"), "");
  EXPECT_EQ(read("[default.deploy.parameters]\nparameter_overrides = \"A=\\"), "A=\\@\\; ");
}

TEST(CloudFormationParameterFiles, APreviousValueIsUnknown) {
  EXPECT_EQ(given("p.json", R"([{"ParameterKey": "Acl", "UsePreviousValue": true}])"),
            "<unknown param.Acl> <unknown param.Port> <unknown param.Ids>");
}

TEST(CloudFormationParameterFiles, LaterFilesOverride) {
  Template t(kTemplate, {{"p1.json", R"({"Acl": "One", "Port": "1"})"}, {"p2.json", R"({"Acl": "Two"})"}});
  t.fixture.options.parameter_files = {"p1.json", "p2.json"};
  EXPECT_EQ(t.get("Acl"), "\"Two\"");
  EXPECT_EQ(t.get("Port"), "1");
}

TEST(CloudFormationParameters, ValuesThatTheDeclarationRefuses) {
  Template t(
      "Parameters:\n  A: {Type: String, AllowedValues: [prod, dev], Default: prodd}\n"
      "  B: {Type: Number, AllowedValues: [1, 2.0], Default: 2}\n"
      "  C: {Type: CommaDelimitedList, AllowedValues: [x, y], Default: 'x,z'}\n"
      "  D: {Type: String, NoEcho: true, AllowedValues: [hunter1], Default: hunter2}\n"
      "Resources:\n  R: {Type: 'X::Y::Z'}\n");
  EXPECT_EQ(t.problems(),
            (Strings{"the value \"prodd\" of parameter A is none of its AllowedValues; did you mean \"prod\"?",
                     "the value \"z\" of parameter C is none of its AllowedValues",
                     "the value of parameter D is none of its AllowedValues"}));
  EXPECT_EQ(t.text(t.root().problems[0].span), "prodd");
}

TEST(CloudFormationParameters, PatternsAndLengthsDecideEqualities) {
  Template t(
      "Parameters:\n  S: {Type: String, AllowedPattern: '[a-z]+'}\n  E: {Type: String, MinLength: 1}\n"
      "  J: {Type: String, AllowedPattern: '(?=x)y'}\n"
      "Conditions:\n  Digit: !Equals [!Ref S, '7']\n  Word: !Equals [!Ref S, prod]\n"
      "  Empty: !Equals ['', !Ref E]\n  Java: !Equals [!Ref J, q]\n"
      "Resources:\n  A: {Type: 'X::Y::Z', Condition: Digit}\n  B: {Type: 'X::Y::Z', Condition: Word}\n"
      "  C: {Type: 'X::Y::Z', Condition: Empty}\n  D: {Type: 'X::Y::Z', Condition: Java}\n");
  EXPECT_EQ(t.resource("A").exists, model::kNever);
  EXPECT_EQ(t.exists("B"), "param.S = \"prod\"");
  EXPECT_EQ(t.resource("C").exists, model::kNever);
  EXPECT_EQ(t.exists("D"), "param.J = \"q\"");
}

}  // namespace
}  // namespace assay::formats
