#include "tests/unit/parsers/formats/arm/arm_fixture.h"

#include "parsers/core/limits.h"

namespace assay::formats {
namespace {

using Texts = std::vector<std::string>;

TEST(ArmTemplate, SniffsTemplatesAndParameterFiles) {
  auto bid = [](const std::string& text) {
    FormatFixture fixture(arm_format(), "f.json", text);
    InputFile file{0, "f.json", &fixture.tree(0)};
    return arm_format().sniff(file, text);
  };
  EXPECT_GT(bid("{" + std::string(kTemplateSchema) + ", \"resources\": []}"), 90);
  EXPECT_GT(bid("{\"$schema\": \"https://schema.management.azure.com/schemas/2019-08-01/"
                "subscriptionDeploymentTemplate.json#\", \"resources\": []}"), 90);
  EXPECT_GT(bid("{\"$schema\": \"https://schema.management.azure.com/schemas/2015-01-01/deploymentParameters.json#\", "
                "\"parameters\": {\"a\": {\"value\": 1}}}"), 90);
  EXPECT_EQ(bid("{\"$schema\": \"https://json-schema.org/draft-07/schema#\", \"resources\": []}"), 0);
  EXPECT_EQ(bid("{\"resources\": []}"), 0);
  EXPECT_EQ(bid("[1]"), 0);
}

TEST(ArmTemplate, ParametersHaveDefaultsOrAreUnknown) {
  std::string p = "\"parameters\": {\"a\": {\"type\": \"bool\", \"defaultValue\": true}, \"b\": {\"type\": \"bool\"}, "
                  "\"c\": {\"type\": \"string\", \"allowedValues\": [\"x\", \"y\"]}, "
                  "\"d\": {\"type\": \"string\", \"defaultValue\": \"[concat(parameters('e'), '!')]\"}, "
                  "\"e\": {\"type\": \"string\", \"defaultValue\": \"v\"}, \"s\": {\"type\": \"securestring\"}}";
  EXPECT_EQ(value_of("parameters('a')", p), "true");
  EXPECT_EQ(value_of("parameters('B')", p), "<unknown param.b>");
  EXPECT_EQ(value_of("parameters('d')", p), "\"v!\"");
  EXPECT_EQ(value_of("if(equals(parameters('c'), 'x'), 1, 2)", p), "<param.c = \"x\": 1 | param.c != \"x\": 2>");
  EXPECT_EQ(value_of("or(equals(parameters('c'), 'x'), equals(parameters('c'), 'y'))", p), "true");
  EXPECT_EQ(value_of("equals(parameters('c'), 'z')", p), "false");
  ArmTemplate secret = with_x("\"[parameters('s')]\"", p);
  EXPECT_TRUE(secret.find("properties.x")->has_mark(model::kSensitive));
}

TEST(ArmTemplate, TheChainLeadsToTheDefault) {
  ArmTemplate made = with_x("\"[parameters('https')]\"",
                            "\"parameters\": {\"https\": {\"type\": \"bool\", \"defaultValue\": false}}");
  const model::Value* value = made.find("properties.x");
  ASSERT_NE(value, nullptr);
  EXPECT_EQ(made.text(value->span), "parameters('https')");
  std::vector<const model::Origin*> chain = model::chain(value->origin);
  ASSERT_EQ(chain.size(), 2u);
  EXPECT_EQ(made.text(chain[0]->span), "false");
  EXPECT_EQ(chain[0]->kind, model::OriginKind::kVariableDefault);
  EXPECT_EQ(chain[1]->what, "parameters('https')");
  ASSERT_NE(model::deciding_literal(value->origin), nullptr);
  EXPECT_EQ(made.text(model::deciding_literal(value->origin)->span), "false");
}

TEST(ArmTemplate, PlacesLieInsideStringsWithEscapes) {
  ArmTemplate made = with_x("\"[concat('\\u0041\\n', toLower('B'))]\"");
  EXPECT_EQ(made.get("properties.x"), "\"A\\nb\"");
  ArmTemplate wrong = with_x("\"[concat('\\u0041', nothing('B'))]\"");
  ASSERT_EQ(wrong.root().problems.size(), 1u);
  EXPECT_EQ(wrong.text(wrong.root().problems[0].span), "nothing('B')");
}

TEST(ArmTemplate, BracketsAreEscaped) {
  EXPECT_EQ(with_x("\"[[not an expression]\"").get("properties.x"), "\"[not an expression]\"");
  EXPECT_EQ(with_x("\"[half\"").get("properties.x"), "\"[half\"");
}

TEST(ArmTemplate, VariablesAreReadOnDemand) {
  std::string v = "\"variables\": {\"a\": \"[variables('b').c]\", \"b\": {\"c\": \"deep\"}, "
                  "\"copy\": [{\"name\": \"l\", \"count\": 3, \"input\": \"[concat('v', copyIndex('l', 1))]\"}], "
                  "\"o\": {\"copy\": [{\"name\": \"m\", \"count\": 2, \"input\": \"[copyIndex('m')]\"}]}}";
  EXPECT_EQ(value_of("variables('a')", v), "\"deep\"");
  EXPECT_EQ(value_of("variables('l')", v), "[\"v1\",\"v2\",\"v3\"]");
  EXPECT_EQ(value_of("variables('o').m", v), "[0,1]");
  EXPECT_EQ(value_of("variables('A')", v), "\"deep\"");
  EXPECT_EQ(value_of("variables('bb')", v),
            "<unknown variables('bb')> ! there is no variable named bb; did you mean \"b\"?");
}

TEST(ArmTemplate, CirclesAreReported) {
  std::string v = "\"variables\": {\"a\": \"[variables('b')]\", \"b\": \"[variables('a')]\"}";
  EXPECT_NE(value_of("variables('a')", v).find("variables('a') -> variables('b') -> variables('a')"), std::string::npos);
  std::string p = "\"parameters\": {\"a\": {\"type\": \"string\", \"defaultValue\": \"[parameters('a')]\"}}";
  EXPECT_NE(value_of("parameters('a')", p).find("values depend on each other"), std::string::npos);
}

TEST(ArmTemplate, OwnFunctionsSeeTheirParametersOnly) {
  std::string f = "\"functions\": [{\"namespace\": \"contoso\", \"members\": {\"name\": {\"parameters\": "
                  "[{\"name\": \"p\", \"type\": \"string\"}], \"output\": {\"type\": \"string\", \"value\": "
                  "\"[concat(toLower(parameters('p')), '-x')]\"}}}}]";
  EXPECT_EQ(value_of("contoso.name('A')", f), "\"a-x\"");
  EXPECT_NE(value_of("contoso.nam('A')", f).find("did you mean \"contoso.name\""), std::string::npos);
  EXPECT_NE(value_of("contoso.name()", f).find("takes 1 arguments, not 0"), std::string::npos);
}

TEST(ArmTemplate, LoopsMakeInstances) {
  ArmTemplate made(
      "\"parameters\": {\"n\": {\"type\": \"int\"}, \"on\": {\"type\": \"bool\"}}, \"resources\": ["
      "{\"type\": \"A.B/c\", \"name\": \"[concat('k', copyIndex(1))]\", \"copy\": {\"name\": \"l\", \"count\": 2}, "
      "\"properties\": {\"i\": \"[copyIndex('l')]\"}},"
      "{\"type\": \"A.B/d\", \"name\": \"[concat('u', copyIndex())]\", \"copy\": {\"name\": \"m\", "
      "\"count\": \"[parameters('n')]\"}, \"properties\": {\"x\": 1}},"
      "{\"type\": \"A.B/e\", \"name\": \"[concat('e', copyIndex())]\", \"copy\": {\"name\": \"o\", "
      "\"count\": \"[if(parameters('on'), 2, 1)]\"}}]");
  EXPECT_EQ(made.addresses(), (Texts{"A.B/c.k1", "A.B/c.k2", "A.B/d.concat('u', copyIndex())[*]", "A.B/e.e0", "A.B/e.e1"}));
  EXPECT_EQ(made.get("properties.i", "k2"), "1");
  EXPECT_TRUE(made.resource("A.B/d.concat('u', copyIndex())[*]").representative);
  EXPECT_EQ(made.exists("A.B/d.concat('u', copyIndex())[*]"), "param.n >= 1");
  EXPECT_EQ(made.exists("e0"), "always");
  EXPECT_EQ(made.exists("e1"), "param.on");
}

TEST(ArmTemplate, LoopsMakeListsOfProperties) {
  ArmTemplate made(
      "\"resources\": [{\"type\": \"A.B/c\", \"name\": \"r\", \"properties\": {\"copy\": [{\"name\": \"disks\", "
      "\"count\": 2, \"input\": {\"lun\": \"[copyIndex('disks')]\"}}], \"other\": 1}}]");
  EXPECT_EQ(made.get("properties.disks"), "[{\"lun\":0},{\"lun\":1}]");
  EXPECT_EQ(made.get("properties.other"), "1");
  EXPECT_EQ(made.get("properties.copy"), "absent");
}

TEST(ArmTemplate, LoopsHaveALimit) {
  ArmTemplate made("\"resources\": [{\"type\": \"A.B/c\", \"name\": \"[concat('k', copyIndex())]\", "
                   "\"copy\": {\"name\": \"l\", \"count\": 1000000000}}]");
  EXPECT_EQ(made.addresses().size(), core::kMaxInstances);
  ASSERT_FALSE(made.root().problems.empty());
  EXPECT_EQ(made.root().problems[0].code, "limit-instances");
  ArmTemplate wrong("\"resources\": [{\"type\": \"A.B/c\", \"name\": \"x\", \"copy\": {\"name\": \"l\", \"count\": \"two\"}}]");
  EXPECT_EQ(wrong.problems(), Texts{"count of a copy must be a whole number that is not negative"});
}

TEST(ArmTemplate, ConditionsGuardExistence) {
  ArmTemplate made(
      "\"parameters\": {\"on\": {\"type\": \"bool\"}}, \"resources\": ["
      "{\"type\": \"A.B/c\", \"name\": \"a\", \"condition\": \"[parameters('on')]\", \"properties\": "
      "{\"x\": \"[if(parameters('on'), 1, 2)]\"}},"
      "{\"type\": \"A.B/c\", \"name\": \"b\", \"condition\": false},"
      "{\"type\": \"A.B/c\", \"name\": \"d\", \"condition\": \"[not(parameters('on'))]\"}]");
  EXPECT_EQ(made.exists("a"), "param.on");
  EXPECT_TRUE(made.resource("a").conditional);
  EXPECT_EQ(made.get("properties.x", "a"), "1");
  EXPECT_EQ(made.resource("b").exists, model::kNever);
  EXPECT_TRUE(made.root().guards.disjoint(made.resource("a").exists, made.resource("d").exists));
}

TEST(ArmTemplate, ChildrenJoinNamesAndTypes) {
  ArmTemplate made(
      "\"parameters\": {\"n\": {\"type\": \"string\"}}, \"resources\": [{\"type\": \"A.B/c\", "
      "\"name\": \"[parameters('n')]\", \"resources\": [{\"type\": \"d\", \"name\": \"x\", \"resources\": "
      "[{\"type\": \"e\", \"name\": \"y\"}]}]}, {\"type\": \"A.B/c/d\", \"name\": \"[concat(parameters('n'), '/z')]\"}]");
  EXPECT_EQ(made.addresses(), (Texts{"A.B/c.parameters('n')", "A.B/c/d.parameters('n')/x", "A.B/c/d/e.parameters('n')/x/y",
                                     "A.B/c/d.concat(parameters('n'), '/z')"}));
  EXPECT_EQ(made.get("parent", "A.B/c/d.parameters('n')/x"), made.get("id", "A.B/c.parameters('n')"));
  EXPECT_EQ(made.get("parent", "A.B/c/d.concat(parameters('n'), '/z')"), made.get("id", "A.B/c.parameters('n')"));
  EXPECT_EQ(made.edges()[0], "parameters('n')/x -> parameters('n') by parent");
}

TEST(ArmTemplate, ReferencesAreEdges) {
  ArmTemplate made(
      "\"variables\": {\"id\": \"[resourceId('A.B/c', 'a')]\"}, \"resources\": [{\"type\": \"A.B/c\", \"name\": \"a\"},"
      "{\"type\": \"A.B/d\", \"name\": \"r\", \"dependsOn\": [\"[concat('A.B/c/', 'a')]\", \"a\"], "
      "\"properties\": {\"x\": \"[resourceId('a.b/C', 'a')]\", \"y\": \"[reference('a').z]\", \"k\": "
      "\"[listKeys(variables('id'), '1').keys[0].value]\"}}]");
  EXPECT_EQ(made.edges(), (Texts{"r -> a by dependsOn", "r -> a by dependsOn", "r -> a by properties.x",
                                 "r -> a by properties.y", "r -> a by properties.k", "r -> a by properties.k"}));
  EXPECT_EQ(made.get("properties.x"), "<unknown resourceId(a.b/c, \"a\")>");
  EXPECT_EQ(made.get("properties.y"), "<unknown reference(A.B/c.a).z>");
  EXPECT_TRUE(made.find("properties.k")->has_mark(model::kSensitive));
  EXPECT_NE(value_of("resourceId('A.B/c/d', 'a')").find("needs 2 names"), std::string::npos);
}

TEST(ArmTemplate, SymbolicNames) {
  ArmTemplate made("\"languageVersion\": \"2.0\", \"resources\": {\"acct\": {\"type\": \"A.B/c\", \"name\": \"a\"}, "
                   "\"old\": {\"existing\": true, \"type\": \"A.B/c\", \"name\": \"gone\"}, \"two\": {\"type\": \"A.B/d\", "
                   "\"name\": \"r\", \"dependsOn\": [\"acct\"], \"properties\": {\"x\": \"[reference('acct').id]\"}}}");
  EXPECT_EQ(made.addresses(), (Texts{"A.B/c.a", "A.B/d.r"}));
  EXPECT_EQ(made.edges(), (Texts{"r -> a by dependsOn", "r -> a by properties.x"}));
}

std::string deployment(const std::string& scope, const std::string& parameters, const std::string& inside) {
  return "{\"type\": \"Microsoft.Resources/deployments\", \"apiVersion\": \"1\", \"name\": \"net\", \"properties\": {" +
         scope + "\"mode\": \"Incremental\", " + parameters + "\"template\": {" + std::string(kTemplateSchema) + ", " +
         inside + "}}}";
}

TEST(ArmTemplate, InnerDeploymentsSeeTheirOwnParameters) {
  ArmTemplate made(
      "\"parameters\": {\"v\": {\"type\": \"string\"}}, \"resources\": [" +
      deployment("\"expressionEvaluationOptions\": {\"scope\": \"inner\"}, ",
                 "\"parameters\": {\"p\": {\"value\": \"[parameters('v')]\"}, \"q\": {\"value\": 1}}, ",
                 "\"parameters\": {\"p\": {\"type\": \"string\"}}, \"resources\": [{\"type\": \"A.B/c\", \"name\": \"in\", "
                 "\"properties\": {\"x\": \"[parameters('p')]\"}}], \"outputs\": {\"o\": {\"type\": \"string\", \"value\": "
                 "\"[concat(parameters('p'), '!')]\"}}") +
      ", {\"type\": \"A.B/d\", \"name\": \"r\", \"properties\": {\"x\": "
      "\"[reference(resourceId('Microsoft.Resources/deployments', 'net')).outputs.o.value]\"}}]");
  EXPECT_EQ(made.addresses(), (Texts{"Microsoft.Resources/deployments.net", "A.B/d.r", "net/A.B/c.in"}));
  EXPECT_EQ(made.get("properties.x", "in"), "<unknown param.v>");
  EXPECT_EQ(made.get("properties.x"), "<unknown net/text(${param.v}!)>");
  EXPECT_EQ(made.problems(), Texts{"the template of this deployment has no parameter q"});
}

TEST(ArmTemplate, OuterDeploymentsSeeOurs) {
  ArmTemplate made("\"variables\": {\"v\": \"ours\"}, \"resources\": [" +
                   deployment("", "", "\"variables\": {\"v\": \"theirs\"}, \"resources\": [{\"type\": \"A.B/c\", "
                                      "\"name\": \"in\", \"properties\": {\"x\": \"[variables('v')]\"}}]") + "]");
  EXPECT_EQ(made.addresses(), (Texts{"Microsoft.Resources/deployments.net", "net/A.B/c.in"}));
  EXPECT_EQ(made.get("properties.x", "in"), "\"ours\"");
}

TEST(ArmTemplate, LinkedTemplatesOfTheScanAreRead) {
  auto deployment_to = [](const std::string& link) {
    return "\"resources\": [{\"type\": \"Microsoft.Resources/deployments\", \"name\": \"net\", \"properties\": "
           "{\"templateLink\": {" + link + "}, \"parameters\": {\"p\": {\"value\": 7}}}}]";
  };
  std::string inside = "{" + std::string(kTemplateSchema) + ", \"parameters\": {\"p\": {\"type\": \"int\"}}, \"resources\": "
                       "[{\"type\": \"A.B/c\", \"name\": \"in\", \"properties\": {\"x\": \"[parameters('p')]\"}}]}";
  ArmTemplate relative(deployment_to("\"relativePath\": \"nested/n.json\""), {{"nested/n.json", inside}});
  EXPECT_EQ(relative.get("properties.x", "in"), "7");
  ArmTemplate computed("\"variables\": {\"u\": \"[concat(parameters('base'), '/a/nested/n.json', parameters('sas'))]\"}, " +
                           deployment_to("\"uri\": \"[variables('u')]\""), {{"nested/n.json", inside}});
  EXPECT_EQ(computed.get("properties.x", "in"), "7");
  EXPECT_EQ(computed.fixture().project().roots.size(), 1u);
  ArmTemplate elsewhere(deployment_to("\"uri\": \"https://example.com/nested/n.json\""), {{"nested/n.json", inside}});
  EXPECT_EQ(elsewhere.addresses(), Texts{"Microsoft.Resources/deployments.net"});
  EXPECT_EQ(elsewhere.fixture().project().roots.size(), 2u);
}

TEST(ArmTemplate, DeploymentsHaveALimit) {
  std::string text = "\"resources\": []";
  for (int i = 0; i < 40; ++i) {
    text = "\"resources\": [" + deployment("\"expressionEvaluationOptions\": {\"scope\": \"inner\"}, ", "", text) + "]";
  }
  ArmTemplate made(text);
  bool found = false;
  for (const core::Problem& problem : made.root().problems) found = found || problem.code == "limit-deployments";
  EXPECT_TRUE(found);
}

TEST(ArmTemplate, ParameterFilesGiveValues) {
  LoadOptions options;
  options.parameter_files = {"p.json"};
  ArmTemplate made("\"parameters\": {\"Name\": {\"type\": \"string\", \"defaultValue\": \"d\"}, \"key\": {\"type\": "
                   "\"string\"}}, \"resources\": [{\"type\": \"A.B/c\", \"name\": \"r\", \"properties\": {\"x\": "
                   "\"[parameters('name')]\", \"k\": \"[parameters('key')]\"}}]",
                   {{"p.json", "{\"$schema\": \"https://schema.management.azure.com/schemas/2015-01-01/"
                               "deploymentParameters.json#\", \"parameters\": {\"name\": {\"value\": \"given\"}, "
                               "\"key\": {\"reference\": {\"keyVault\": {\"id\": \"x\"}, \"secretName\": \"s\"}}}}"}});
  made.fixture().options = options;
  EXPECT_EQ(made.get("properties.x"), "\"given\"");
  EXPECT_TRUE(made.find("properties.k")->has_mark(model::kSensitive));
  EXPECT_EQ(model::chain(made.find("properties.x")->origin)[0]->kind, model::OriginKind::kVariableValue);
}

TEST(ArmTemplate, ParametersAreChecked) {
  ArmTemplate made("\"parameters\": {\"a\": {\"type\": \"int\", \"defaultValue\": \"x\"}, \"b\": {\"type\": \"strin\"}, "
                   "\"c\": {}, \"f\": {\"type\": \"int\", \"defaultValue\": \"2\"}, \"g\": {\"type\": \"string\", "
                   "\"allowedValues\": [\"Core\"], \"defaultValue\": \"core\"}, \"d\": {\"type\": \"string\", \"allowedValues\": [\"one\"], \"defaultValue\": \"on\"}, "
                   "\"e\": {\"type\": \"array\", \"defaultValue\": {}}}, \"resources\": []");
  EXPECT_EQ(made.problems(), (Texts{"the value of parameter a is not of type int", "there is no parameter type strin; did you mean \"string\"?",
                                    "parameter c has no type",
                                    "the value \"on\" of parameter d is none of its allowedValues; did you mean \"one\"?",
                                    "the value of parameter e is not of type array"}));
}

TEST(ArmTemplate, TextsBecomeWhatParametersAre) {
  std::string p = "\"parameters\": {\"n\": {\"type\": \"int\", \"defaultValue\": \"2\"}, \"b\": {\"type\": \"bool\", "
                  "\"defaultValue\": \"True\"}}";
  EXPECT_EQ(value_of("parameters('n')", p), "2");
  EXPECT_EQ(value_of("parameters('b')", p), "true");
  EXPECT_EQ(value_of("resourceId('A.B/c/', 'x')"), "<unknown resourceId(a.b/c, \"x\")>");
}

TEST(ArmTemplate, WrongShapesAreProblems) {
  ArmTemplate made("\"parameters\": [], \"resources\": [1, {\"name\": \"x\"}, {\"type\": \"A.B/c\", \"name\": \"r\", "
                   "\"properties\": 5}, {\"type\": \"A.B/c\", \"name\": \"q\", \"dependson\": []}, "
                   "{\"type\": \"A.B/c\", \"name\": \"p\", \"propertes\": {}}]");
  EXPECT_EQ(made.problems(),
            (Texts{"the section parameters must be an object", "a resource must be an object", "the resource has no type",
                   "properties must be an object", "a resource has no propertes; did you mean properties?"}));
  EXPECT_EQ(made.root().coverage[0].state, model::Coverage::State::kPartial);
  EXPECT_EQ(ArmTemplate("\"resources\": 1").problems(), Texts{"resources must be an array, or an object by name"});
}

TEST(ArmTemplate, TypesAreSpelledAsTablesDo) {
  ArmTemplate made("\"resources\": [{\"type\": \"microsoft.storage/STORAGEACCOUNTS\", \"name\": \"r\"}]");
  EXPECT_EQ(made.addresses(), Texts{"Microsoft.Storage/storageAccounts.r"});
}

TEST(ArmTemplate, TagsMayHaveComputedKeys) {
  ArmTemplate made("\"parameters\": {\"p\": {\"type\": \"string\"}}, \"resources\": [{\"type\": \"A.B/c\", \"name\": \"r\", "
                   "\"tags\": {\"[concat('a', 'b')]\": 1}}, {\"type\": \"A.B/c\", \"name\": \"q\", "
                   "\"tags\": {\"[parameters('p')]\": 1, \"z\": 2}}]");
  EXPECT_EQ(made.get("tags"), "{\"ab\":1}");
  EXPECT_TRUE(made.find("tags", "q")->is_unknown());
}

TEST(ArmTemplate, DeepJsonDoesNotCrash) {
  std::string deep;
  for (int i = 0; i < 400; ++i) deep += "{\"a\":";
  deep += "\"[concat('x', 'y')]\"";
  for (int i = 0; i < 400; ++i) deep += "}";
  ArmTemplate made = with_x(deep);
  EXPECT_TRUE(made.problems().empty());
}

}  // namespace
}  // namespace assay::formats
