#include "tests/unit/rules/lang/checkov/fixture.h"

namespace assay::rules::checkov {
namespace {

using Verdicts = std::map<std::string, std::string>;

TEST(Paths, ABlockThatOccursOnceHasNoIndex) {
  const std::string one = "block {\n p = 22\n}";
  const std::string two = "block {\n p = 22\n}\nblock {\n p = 443\n}";
  EXPECT_EQ(holds(one, "block.p", "exists"), "pass");
  EXPECT_EQ(holds(two, "block.p", "exists"), "fail");
  EXPECT_EQ(holds(two, "block.1.p", "equals", "443"), "pass");
  EXPECT_EQ(holds(one, "block.*.p", "equals", "22"), "pass");
  EXPECT_EQ(holds(two, "block.*.p", "equals", "443"), "pass");
}

TEST(Paths, Quantifiers) {
  const std::string two = "block {\n p = 22\n l = [\"a\"]\n}\nblock {\n p = 443\n l = [\"b\"]\n}";
  // One is enough, for negated operators too; not_contains wants all.
  EXPECT_EQ(holds(two, "block.*.p", "not_equals", "22"), "pass");
  EXPECT_EQ(holds(two, "block.*.l", "not_contains", "a"), "fail");
  EXPECT_EQ(holds(two, "block.*.l", "not_contains", "c"), "pass");
  EXPECT_EQ(holds(two, "block[*].p", "jsonpath_not_equals", "22"), "fail");
  EXPECT_EQ(holds(two, "block.*.missing", "not_equals", "22"), "pass");
}

TEST(Paths, KeysWithDotsListsAndText) {
  EXPECT_EQ(holds("tags = { \"a.b/c\" = 1 }", "tags.a.b/c", "equals", "1"), "pass");
  EXPECT_EQ(holds("a = [\"x\", \"y\"]", "a.1", "equals", "y"), "pass");
  EXPECT_EQ(holds("policy = jsonencode({ Statement = [{ Effect = \"Allow\" }] })", "policy.Statement.0.Effect", "equals", "Allow"), "pass");
  EXPECT_EQ(holds("policy = jsonencode({ Statement = [{ Effect = \"Allow\", Action = var.v }] })",
                  "policy.Statement[?(@.Effect == Allow)].Effect", "jsonpath_equals", "Allow"), "pass");
}

TEST(JsonPaths, FiltersAndSteps) {
  const std::string body =
      "flag {\n name = \"tls\"\n value = \"on\"\n}\nflag {\n name = \"gid\"\n value = 65534\n}\nflag {\n name = \"bare\"\n}";
  EXPECT_EQ(holds(body, "flag[?(@.name == tls)].value", "jsonpath_equals", "'on'"), "pass");
  EXPECT_EQ(holds(body, "flag[?(@.name == 'tls' & @.value == 'on')]", "jsonpath_exists"), "pass");
  EXPECT_EQ(holds(body, "flag[?(@.value > 100)].name", "jsonpath_equals", "gid"), "pass");
  EXPECT_EQ(holds(body, "flag[?(@.name =~ '(?i)^TL')].value", "jsonpath_exists"), "pass");
  EXPECT_EQ(holds(body, "flag[?(@.name != tls)].value", "jsonpath_equals", "'on'"), "fail");
  EXPECT_EQ(holds(body, "flag[?(!@.value)].name", "jsonpath_equals", "bare"), "pass");
  EXPECT_EQ(holds(body, "$.flag[0].name", "jsonpath_equals", "tls"), "pass");
  EXPECT_EQ(holds(body, "flag[-1].name", "jsonpath_equals", "bare"), "pass");
  EXPECT_EQ(holds(body, "flag[0:2].value", "jsonpath_exists"), "pass");
  EXPECT_EQ(holds(body, "$..value", "jsonpath_not_equals", "off"), "pass");
  EXPECT_EQ(holds(body, "flag[?(@.name == none)].value", "jsonpath_not_exists"), "pass");
  EXPECT_EQ(holds("flag {\n name = \"tls\"\n value = \"on\"\n}", "flag[?(@.name == tls)].value", "jsonpath_equals", "'on'"), "pass");
}

const char kBuckets[] = R"(
resource "b" "logged" {}
resource "b" "off" {}
resource "b" "alone" {}
resource "l" "good" {
  bucket = b.logged.id
  on     = true
}
resource "l" "bad" {
  bucket = b.off.id
  on     = false
}
)";

TEST(Connections, ExistsAndNotExists) {
  const std::string link = "  cond_type: connection\n  resource_types: [b]\n  connected_resource_types: [l]\n";
  EXPECT_EQ(verdicts(kBuckets, link + "  operator: exists\n"),
            (Verdicts{{"b.logged", "pass"}, {"b.off", "pass"}, {"b.alone", "fail"}, {"l.good", "pass"}, {"l.bad", "pass"}}));
  EXPECT_EQ(verdicts(kBuckets, link + "  operator: not_exists\n"),
            (Verdicts{{"b.logged", "fail"}, {"b.off", "fail"}, {"b.alone", "pass"}, {"l.good", "fail"}, {"l.bad", "fail"}}));
}

TEST(Connections, AnAttributeOfTheOtherEndCounts) {
  const std::string both = R"(  and:
    - {cond_type: filter, attribute: resource_type, operator: within, value: [b]}
    - {cond_type: connection, resource_types: [b], connected_resource_types: [l], operator: exists}
    - {cond_type: attribute, resource_types: [l], attribute: "on", operator: equals, value: true}
)";
  EXPECT_EQ(verdicts(kBuckets, both),
            (Verdicts{{"b.logged", "pass"}, {"b.off", "fail"}, {"b.alone", "fail"}, {"l.good", "pass"}, {"l.bad", "pass"}}));
  const std::string either = R"(  or:
    - and:
        - {cond_type: filter, attribute: resource_type, operator: within, value: [b]}
        - {cond_type: connection, resource_types: [b], connected_resource_types: [l], operator: exists}
        - {cond_type: attribute, resource_types: [l], attribute: "on", operator: equals, value: true}
    - {cond_type: attribute, resource_types: [b], attribute: private, operator: equals, value: true}
)";
  Verdicts found = verdicts(std::string(kBuckets) + "resource \"b\" \"private\" { private = true }\n", either);
  EXPECT_EQ(found["b.private"], "pass");
  EXPECT_EQ(found["b.logged"], "pass");
  EXPECT_EQ(found["b.off"], "fail");
}

TEST(Connections, OneGoodOneIsEnoughForOneExists) {
  const std::string twice = std::string(kBuckets) + "resource \"l\" \"second\" {\n  bucket = b.off.id\n  on = true\n}\n";
  auto policy = [](const std::string& op) {
    return "  and:\n    - {cond_type: filter, attribute: resource_type, operator: within, value: [b]}\n"
           "    - {cond_type: connection, resource_types: [b], connected_resource_types: [l], operator: " + op + "}\n"
           "    - {cond_type: attribute, resource_types: [l], attribute: \"on\", operator: equals, value: true}\n";
  };
  EXPECT_EQ(verdicts(twice, policy("exists"))["b.off"], "fail");
  EXPECT_EQ(verdicts(twice, policy("one_exists"))["b.off"], "pass");
}

TEST(Connections, ThroughModules) {
  Verdicts found = verdicts("module \"m\" {\n  source = \"./m\"\n  target = b.x.id\n}\nresource \"b\" \"x\" {}\nresource \"b\" \"y\" {}\n",
                            "  and:\n    - {cond_type: filter, attribute: resource_type, operator: within, value: [b]}\n"
                            "    - {cond_type: connection, resource_types: [b], connected_resource_types: [l], operator: exists}\n");
  EXPECT_EQ(found["b.y"], "fail");
}

TEST(Blocks, ConditionsOfAnotherTypeAreFalse) {
  Verdicts found = verdicts(kBuckets, R"(  not:
    cond_type: attribute
    resource_types: [l]
    attribute: "on"
    operator: equals
    value: false
)");
  EXPECT_EQ(found["l.good"], "pass");
  EXPECT_EQ(found["l.bad"], "fail");
  EXPECT_EQ(found["b.off"], "pass");
}

TEST(Blocks, LinesOfResources) {
  EXPECT_EQ(verdicts(kBuckets, "  {cond_type: resource, resource_types: [b], operator: exists}\n"),
            (Verdicts{{"b.logged", "pass"}, {"b.off", "pass"}, {"b.alone", "pass"}, {"l.good", "fail"}, {"l.bad", "fail"}}));
  EXPECT_EQ(verdicts(kBuckets, "  {cond_type: resource, resource_types: [b], operator: not_exists}\n")["b.off"], "fail");
}

TEST(Types, DataModulesProvidersAndAll) {
  const char kCode[] = "provider \"aws\" { region = \"r\" }\ndata \"aws_x\" \"d\" { k = 1 }\nresource \"aws_x\" \"r\" { k = 1 }\n"
                       "module \"m\" { source = \"./m\" }\n";
  auto of = [&](const std::string& types, const std::string& scope = "") {
    std::string failing;
    for (const auto& [address, verdict] : verdicts(kCode, "  cond_type: attribute\n  resource_types: " + types +
                                                              "\n  attribute: nope\n  operator: exists\n", scope)) {
      if (verdict != "pass") failing += address + " ";
    }
    return failing;
  };
  EXPECT_EQ(of("[aws_x]"), "aws_x.r ");
  EXPECT_EQ(of("[data.aws_x]"), "data.aws_x.d ");
  EXPECT_EQ(of("[module]"), "module.m ");
  EXPECT_EQ(of("[provider]", "scope:\n  provider: aws\n"), "provider.aws ");
  EXPECT_EQ(of("all"), "aws_x.r data.aws_x.d module.m provider.aws ");
  EXPECT_EQ(of("all", "scope:\n  provider: AWS\n"), "aws_x.r ");
}

TEST(Formats, CloudFormationAndKubernetes) {
  EXPECT_EQ(verdicts("Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties: {BucketName: x}\n",
                     "  {cond_type: attribute, resource_types: [\"AWS::S3::Bucket\"], attribute: Properties.BucketName, operator: not_exists}\n",
                     "", "t.yaml")["AWS::S3::Bucket.B"], "fail");
  EXPECT_EQ(verdicts("apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - {name: a, image: x}\n  - {name: b, image: y}\n",
                     "  {cond_type: attribute, resource_types: [Pod], attribute: spec.containers.*.image, operator: equals, value: z}\n",
                     "", "pod.yaml")["Pod.default.p"], "fail");
}

TEST(Mistakes, HavePositions) {
  auto error_of = [](const std::string& definition) { return verdicts("", definition)["error"]; };
  EXPECT_EQ(error_of("  cond_type: attribute\n  resource_types: [b]\n  attribute: a\n  operator: equal\n"),
            "9: there is no operator 'equal' here; did you mean \"equals\"?\n");
  EXPECT_EQ(error_of("  cond_type: connection\n  resource_types: [b]\n  operator: exists\n"),
            "6: `connected_resource_types` is missing\n");
  EXPECT_EQ(error_of("  and:\n    - just text\n"),
            "7: a block must be a mapping: and, or, not, or a condition with cond_type\n");
  EXPECT_NE(error_of("  not:\n    - {cond_type: attribute, resource_types: [b], attribute: a, operator: exists}\n"
                     "    - {cond_type: attribute, resource_types: [b], attribute: b, operator: exists}\n").find("exactly one block"),
            std::string::npos);
  EXPECT_NE(error_of("  cond_type: attribute\n  resource_types: [b]\n  attribute: a\n  operator: regex_match\n  value: '('\n").find("10: regular expression"),
            std::string::npos);
  EXPECT_NE(error_of("  cond_type: attribute\n  resource_types: [b]\n  attribute: 'a[?(@.x =='\n  operator: jsonpath_exists\n").find("8: bad JSONPath"),
            std::string::npos);
}

TEST(Mistakes, DeepNestingIsRefused) {
  std::string definition = "  ";
  for (int i = 0; i < 300; ++i) definition += "{and: [";
  definition += "x";
  for (int i = 0; i < 300; ++i) definition += "]}";
  EXPECT_NE(verdicts("", definition + "\n")["error"], "");
}

}  // namespace
}  // namespace assay::rules::checkov
