#include "parsers/core/limits.h"
#include "tests/unit/parsers/formats/cloudformation/template_fixture.h"

namespace assay::formats {
namespace {

using model::Coverage;
using model::Resource;
using model::Value;
using Strings = std::vector<std::string>;

TEST(CloudFormationTemplate, RowsOfAllKinds) {
  Template t(
      "Parameters:\n  Secret: {Type: String, NoEcho: true, Default: hunter2}\n"
      "Resources:\n  Logs:\n    Type: AWS::S3::Bucket\n    DeletionPolicy: Retain\n"
      "    Metadata: {why: because}\n    Properties: {BucketName: !Ref Secret}\n"
      "  Bare: {Type: 'AWS::SQS::Queue', DependsOn: [Logs]}\n"
      "Outputs:\n  Arn: {Value: !GetAtt Logs.Arn, Export: {Name: !Sub '${AWS::StackName}-x'}}\n");
  ASSERT_EQ(t.root().resources.size(), 4u);
  const Resource& logs = t.root().resources[0];
  EXPECT_EQ(logs.address, "AWS::S3::Bucket.Logs");
  EXPECT_EQ(logs.type, "AWS::S3::Bucket");
  EXPECT_EQ(logs.name, "Logs");
  EXPECT_EQ(logs.format, "cloudformation");
  EXPECT_EQ(t.text(logs.header), "Logs");
  EXPECT_TRUE(t.text(logs.span).starts_with("Logs:\n    Type"));
  EXPECT_EQ(show(*find_view(logs, "cloudformation/resource"), "DeletionPolicy"), "\"Retain\"");
  EXPECT_EQ(show(*find_view(logs, "cloudformation/resource"), "Metadata.why"), "\"because\"");
  EXPECT_EQ(show(*find_view(logs, "cloudformation/resource"), "Properties.BucketName"), "\"hunter2\"");
  EXPECT_TRUE(t.find("BucketName", "Logs")->has_mark(model::kSensitive));
  EXPECT_EQ(model::to_text(logs.attributes), "{\"BucketName\":(sensitive)}");
  EXPECT_TRUE(t.resource("Bare").attributes.is_mapping());
  EXPECT_EQ(t.edges(), (Strings{"Bare -> Logs by DependsOn", "Arn -> Logs by Value"}));

  const Resource& parameter = t.root().resources[2];
  EXPECT_EQ(parameter.kind, "parameter");
  EXPECT_EQ(show(*find_view(parameter, "cloudformation/parameter"), "Default"), "\"hunter2\"");
  EXPECT_EQ(show(*find_view(parameter, "cloudformation/parameter"), "NoEcho"), "true");
  EXPECT_EQ(show(*find_view(parameter, "cloudformation/parameter"), "Name"), "\"Secret\"");
  const Resource& output = t.root().resources[3];
  EXPECT_EQ(output.kind, "output");
  EXPECT_EQ(show(*find_view(output, "cloudformation/output"), "Value"), "<unknown Logs.Arn>");
  EXPECT_EQ(t.root().coverage[0].state, Coverage::State::kEvaluated);
}

TEST(CloudFormationTemplate, ConditionsGuardResources) {
  Template t(
      "Parameters:\n  Env: {Type: String, AllowedValues: [prod, dev, stage]}\n"
      "  Size: {Type: String, Default: big}\n  Zone: {Type: String}\n"
      "Conditions:\n"
      "  Prod: !Equals [!Ref Env, prod]\n"
      "  Other: {'Fn::Not': [{Condition: Prod}]}\n"
      "  Never: !And [!Condition Prod, !Equals [dev, !Ref Env]]\n"
      "  Known: !Equals [!Ref Size, big]\n"
      "  Any: !Or [!Condition Prod, !Equals [!Ref Env, dev], !Equals [!Ref Env, stage]]\n"
      "  Outside: !Equals [!Ref Env, other]\n"
      "  Here: !Equals [!Ref AWS::Region, eu-west-1]\n"
      "  Set: !Not [!Equals [!Ref Zone, '']]\n"
      "Resources:\n"
      "  A: {Type: 'X::Y::Z', Condition: Prod, Properties: {K: !If [Prod, on, off]}}\n"
      "  B: {Type: 'X::Y::Z', Condition: Other}\n"
      "  C: {Type: 'X::Y::Z', Condition: Never}\n"
      "  D: {Type: 'X::Y::Z', Condition: Known}\n"
      "  E: {Type: 'X::Y::Z', Condition: Any}\n"
      "  F: {Type: 'X::Y::Z', Condition: Outside}\n"
      "  G: {Type: 'X::Y::Z', Condition: Here}\n"
      "  H: {Type: 'X::Y::Z', Condition: Set}\n"
      "  I: {Type: 'X::Y::Z', Condition: Missing}\n");
  EXPECT_EQ(t.exists("A"), "param.Env = \"prod\"");
  EXPECT_EQ(t.get("K", "A"), "\"on\"");  // simplified under the resource's guard
  EXPECT_EQ(t.exists("B"), "param.Env != \"prod\"");
  EXPECT_EQ(t.resource("C").exists, model::kNever);
  EXPECT_EQ(t.resource("D").exists, model::kAlways);
  EXPECT_EQ(t.resource("E").exists, model::kAlways);  // the allowed values are all there is
  EXPECT_EQ(t.resource("F").exists, model::kNever);
  EXPECT_EQ(t.exists("G"), "AWS::Region = \"eu-west-1\"");
  EXPECT_EQ(t.exists("H"), "param.Zone != \"\"");
  EXPECT_NE(t.resource("I").exists, model::kAlways);
  EXPECT_NE(t.resource("I").exists, model::kNever);
  EXPECT_EQ(t.problems(), Strings{"there is no condition named Missing"});
}

TEST(CloudFormationTemplate, ConditionCyclesEnd) {
  Template t(
      "Conditions:\n  A: !Not [!Condition B]\n  B: !Not [!Condition A]\n  C: !Not 7\n"
      "Resources:\n  R: {Type: 'X::Y::Z', Condition: A}\n  S: {Type: 'X::Y::Z', Condition: C}\n");
  EXPECT_NE(t.resource("R").exists, model::kNever);
  EXPECT_NE(t.resource("S").exists, model::kAlways);
  EXPECT_EQ(t.problems().size(), 2u);
}

TEST(CloudFormationTemplate, CirclesArePrinted) {
  Template t(
      "Conditions:\n  A: !Not [!Condition B]\n  B: !And [!Condition C]\n  C: !Or [!Condition B]\n"
      "Resources:\n  R: {Type: 'X::Y::Z', DependsOn: [S, Tt]}\n  S: {Type: 'X::Y::Z', Properties: {A: !Ref T}}\n"
      "  T: {Type: 'X::Y::Z', Properties: {A: [!Sub '${R.Arn}']}}\n"
      "  Me: {Type: 'X::Y::Z', Properties: {A: !Ref Me}, Metadata: {B: !Ref R}}\n  Q: {Type: 'X::Y::Z', Properties: [a]}\n");
  Strings problems = t.problems();
  EXPECT_EQ(problems, (Strings{"conditions depend on each other: B -> C -> B",
                               "there is no parameter or resource named Tt; did you mean T?",
                               "Properties of Q must be a mapping",
                               "resources depend on each other: R -> S -> T -> R",
                               "resources depend on each other: Me -> Me"}));
  EXPECT_TRUE(t.find("A", "S")->is_unknown());
}

TEST(CloudFormationTemplate, EqualitiesLookIntoTexts) {
  Template t(
      "Parameters:\n  Env: {Type: String}\n  Zone: {Type: String}\n"
      "Conditions:\n  Same: !Equals [!Sub '${Env}', prod]\n  Around: !Equals ['x-prod-y', !Sub 'x-${Env}-y']\n"
      "  Other: !Equals [!Sub 'a-${Env}', 'b-prod']\n  Unset: !Equals [!Join ['', [!Ref Env, !Ref Zone]], '']\n"
      "Resources:\n  A: {Type: 'X::Y::Z', Condition: Same}\n  B: {Type: 'X::Y::Z', Condition: Around}\n"
      "  C: {Type: 'X::Y::Z', Condition: Other}\n  D: {Type: 'X::Y::Z', Condition: Unset}\n");
  EXPECT_EQ(t.exists("B"), "param.Env = \"prod\"");
  EXPECT_EQ(t.exists("A"), t.exists("B"));
  EXPECT_EQ(t.resource("C").exists, model::kNever);
  EXPECT_EQ(t.exists("D"), "param.Env = \"\" and param.Zone = \"\"");
}

TEST(CloudFormationTemplate, PartitionsFollowRegions) {
  Template t(
      "Conditions:\n  Ireland: !Equals [!Ref AWS::Region, eu-west-1]\n  China: !Equals [!Ref AWS::Partition, aws-cn]\n"
      "  Both: !And [!Condition Ireland, !Condition China]\n"
      "  Usual: !And [!Condition Ireland, !Equals [!Ref AWS::URLSuffix, amazonaws.com]]\n"
      "Resources:\n  A: {Type: 'X::Y::Z', Condition: Both}\n  B: {Type: 'X::Y::Z', Condition: Usual}\n");
  EXPECT_EQ(t.resource("A").exists, model::kNever);
  EXPECT_EQ(t.exists("B"), "AWS::Region = \"eu-west-1\"");
}

TEST(CloudFormationTemplate, RulesRestrictParameters) {
  Template t(
      "Parameters:\n  Env: {Type: String, AllowedValues: [prod, dev]}\n  Size: {Type: String}\n"
      "Rules:\n  Big:\n    RuleCondition: !Equals [!Ref Env, prod]\n    Assertions:\n"
      "    - Assert: {'Fn::Contains': [[l, xl], !Ref Size]}\n"
      "Conditions:\n  Prod: !Equals [!Ref Env, prod]\n  Small: !Equals [!Ref Size, s]\n"
      "Resources:\n  R:\n    Type: X::Y::Z\n    Condition: Prod\n"
      "    Properties: {A: !If [Small, weak, strong]}\n");
  EXPECT_EQ(t.get("A"), "\"strong\"");
  // Deployments that a rule refuses are no cases of the resource.
  Template refused(
      "Parameters: {Acl: {Type: String, AllowedValues: [PublicRead, Private]}}\n"
      "Rules: {Closed: {Assertions: [Assert: !Not [!Equals [!Ref Acl, PublicRead]]]}}\n"
      "Resources:\n  R: {Type: 'X::Y::Z', Properties: {A: !Ref Acl}}\n");
  EXPECT_EQ(refused.exists("R"), "param.Acl != \"PublicRead\"");
  EXPECT_TRUE(refused.resource("R").conditional);
}

TEST(CloudFormationTemplate, NamesThatConflictOrAreMisspelt) {
  Template t(
      "Paramters: {A: {Type: String}}\nParameters: {R: {Type: String}}\n"
      "Resources:\n  R: {Type: 'X::Y::Z', Propertes: {A: 1}, Odd: 1}\n"
      "  Fn::ForEach::L: [X, [a, b], {Same: {Type: 'X::Y::Z'}}]\n");
  EXPECT_EQ(t.problems(), (Strings{"a template has no Paramters; did you mean Parameters?",
                                   "R is both a parameter and a resource",
                                   "a resource has no Propertes; did you mean Properties?",
                                   "Fn::ForEach makes several resources named Same"}));
}

TEST(CloudFormationTemplate, ConditionsDoNotExplode) {
  // Pairwise equality of 24 parameters with 24 others, the first ones declared first: an order in which
  // decision diagrams would double with each pair. And sixty independent conditions in one list and one text.
  std::string parameters = "Parameters:\n", conditions = "Conditions:\n", first, equal, items, parts;
  for (int i = 0; i < 24; ++i) {
    std::string n = std::to_string(i);
    parameters += "  X" + n + ": {Type: String}\n  Y" + n + ": {Type: String}\n";
    first += "  X" + n + "T: !Equals [!Ref X" + n + ", t]\n";
    equal += "  E" + n + ": !Or [!And [!Condition X" + n + "T, !Equals [!Ref Y" + n + ", t]], !And [!Not [!Condition X" +
             n + "T], !Not [!Equals [!Ref Y" + n + ", t]]]]\n";
    items += (i ? ", " : "") + std::string("!Condition E") + n;
  }
  for (int i = 0; i < 60; ++i) {
    std::string n = std::to_string(i);
    parameters += "  P" + n + ": {Type: String}\n";
    conditions += "  C" + n + ": !Equals [!Ref P" + n + ", t]\n";
    parts += (i ? ", " : "") + std::string("!If [C") + n + ", a" + n + ", !Ref 'AWS::NoValue']";
  }
  Template t(parameters + conditions + first + equal + "  All: !And [" + items + "]\n" +
             "Resources:\n  R: {Type: 'X::Y::Z', Condition: All, Properties: {A: !If [All, 1, 2], L: [" + parts +
             "], J: !Join [',', [" + parts + "]]}}\n");
  EXPECT_EQ(t.get("A"), "1");
  EXPECT_EQ(t.find("L")->size, 60u);
  EXPECT_TRUE(t.find("J")->is_unknown());
  EXPECT_LT(t.root().guards.node_count(), 100'000u);
  EXPECT_TRUE(t.problems().empty());
}

TEST(CloudFormationTemplate, ParameterFilesOverrideDefaults) {
  std::string text =
      "Parameters:\n  A: {Type: String, Default: x}\n  B: {Type: Number}\n  C: {Type: String}\n"
      "  D: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /ami}\n  E: {Type: String}\n"
      "Resources:\n  R: {Type: 'X::Y::Z', Properties: {A: !Ref A, B: !Ref B, C: !Ref C, D: !Ref D, E: !Ref E}}\n";
  Template t(text, {{"p1.json", R"([{"ParameterKey": "A", "ParameterValue": "given"},
                                    {"ParameterKey": "B", "ParameterValue": "5"}])"},
                    {"p2.json", R"({"Parameters": {"C": "nested"}})"},
                    {"p3.yaml", "E: flat\n"}});
  t.fixture.options.parameter_files = {"p1.json", "p2.json", "p3.yaml"};
  EXPECT_EQ(t.get("A"), "\"given\"");
  EXPECT_EQ(t.get("B"), "5");
  EXPECT_EQ(t.get("C"), "\"nested\"");
  EXPECT_EQ(t.get("D"), "<unknown param.D>");
  EXPECT_EQ(t.get("E"), "\"flat\"");
  const model::Origin* literal = model::deciding_literal(t.find("A")->origin);
  ASSERT_NE(literal, nullptr);
  EXPECT_EQ(literal->kind, model::OriginKind::kVariableValue);
  EXPECT_EQ(t.text(literal->span), "\"given\"");
}

TEST(CloudFormationTemplate, DeclarationsRefineUnknowns) {
  Template t(
      "Parameters:\n  N: {Type: Number, MinValue: 1, MaxValue: 9}\n"
      "  S: {Type: String, NoEcho: true, MinLength: 3, MaxLength: 8}\n"
      "Conditions:\n  Ten: !Equals [!Ref N, 10]\n  Short: !Equals [!Ref S, ab]\n"
      "Resources:\n  R: {Type: 'X::Y::Z', Properties: {N: !Ref N, S: !Ref S, A: !If [Ten, 1, 2], B: !If [Short, 1, 2]}}\n");
  EXPECT_EQ(t.find("N")->unknown().maximum->to_int64(), 9);
  EXPECT_EQ(t.find("S")->unknown().min_length, 3);
  EXPECT_TRUE(t.find("S")->has_mark(model::kSensitive));
  EXPECT_EQ(t.get("A"), "2");
  EXPECT_EQ(t.get("B"), "2");
}

TEST(CloudFormationTemplate, SamGlobalsCompleteResources) {
  Template t(
      "Transform: AWS::Serverless-2016-10-31\n"
      "Globals:\n  Function:\n    Tracing: Active\n    Timeout: 3\n    Layers: [a]\n"
      "    Environment: {Variables: {A: '1', B: '2'}}\n    Tags: !Ref AWS::NoValue\n"
      "Resources:\n  F:\n    Type: AWS::Serverless::Function\n"
      "    Properties:\n      Timeout: 9\n      Layers: [b]\n      Environment: {Variables: {B: x}}\n"
      "      Role: !GetAtt FRole.Arn\n"
      "  G: {Type: 'AWS::Serverless::Function'}\n"
      "  H: {Type: 'AWS::Serverless::Function', IgnoreGlobals: '*'}\n"
      "  I: {Type: 'AWS::Serverless::Function', IgnoreGlobals: [Tracing]}\n"
      "  T: {Type: 'AWS::Serverless::SimpleTable'}\n");
  EXPECT_EQ(t.get("Tracing", "I"), "absent");
  EXPECT_EQ(t.get("Timeout", "I"), "3");
  EXPECT_EQ(model::to_text(t.resource("F").attributes),
            R"({"Tracing":"Active","Timeout":9,"Layers":["a","b"],)"
            R"("Environment":{"Variables":{"A":"1","B":"x"}},"Role":<unknown FRole.Arn>})");
  EXPECT_EQ(t.get("Tracing", "G"), "\"Active\"");
  EXPECT_EQ(t.get("Tracing", "H"), "absent");
  EXPECT_EQ(t.get("Tracing", "T"), "absent");
  EXPECT_TRUE(t.problems().empty());
  EXPECT_EQ(t.root().coverage[0].state, Coverage::State::kEvaluated);
}

TEST(CloudFormationTemplate, ForEachMakesResourcesAndProperties) {
  Template t(
      "Transform: AWS::LanguageExtensions\n"
      "Parameters:\n  Names: {Type: CommaDelimitedList, Default: 'a.b,c'}\n"
      "Resources:\n"
      "  'Fn::ForEach::Topics':\n  - N\n  - !Ref Names\n"
      "  - 'Topic&{N}':\n      Type: AWS::SNS::Topic\n"
      "      Properties: {TopicName: !Sub '${N}.fifo', Plain: 'x-${N}', R: !Ref N}\n"
      "  R:\n    Type: X::Y::Z\n    Properties:\n      'Fn::ForEach::P':\n      - P\n      - [one, two]\n"
      "      - 'Key${P}': !Sub 'v-${P}'\n      Last: !GetAtt [!Sub 'Topicab', Arn]\n");
  EXPECT_EQ(model::to_text(t.resource("Topicab").attributes),
            R"({"TopicName":"a.b.fifo","Plain":"x-a.b","R":"a.b"})");
  EXPECT_EQ(t.get("TopicName", "Topicc"), "\"c.fifo\"");
  EXPECT_EQ(t.get("Keyone"), "\"v-one\"");
  EXPECT_EQ(t.get("Keytwo"), "\"v-two\"");
  EXPECT_EQ(t.edges(), Strings{"R -> Topicab by Last"});
  EXPECT_TRUE(t.problems().empty());
}

TEST(CloudFormationTemplate, ForEachReachesConditionsTypesAndOutputs) {
  Template t(
      "Transform: AWS::LanguageExtensions\n"
      "Parameters: {Envs: {Type: CommaDelimitedList, Default: 'dev,prod'}, Which: {Type: String}}\n"
      "Mappings: {M: {zones: {list: [a, b]}}}\n"
      "Conditions:\n  Fn::ForEach::C: [E, !Ref Envs, {'Is${E}': !Equals [!Ref Which, !Ref E]}]\n"
      "Resources:\n  Fn::ForEach::R:\n  - E\n  - !Ref Envs\n"
      "  - Fn::ForEach::Z:\n    - Z\n    - !FindInMap [M, zones, list]\n"
      "    - 'B${E}${Z}': {Type: 'AWS::${Z}::X', Condition: 'Is${E}', DependsOn: ['T${E}'], Properties: {N: !Join ['-', [!Ref E, !Ref Z]]}}\n"
      "  Fn::ForEach::T: [E, !Ref Envs, {'T${E}': {Type: 'X::Y::Z'}}]\n"
      "Outputs:\n  Fn::ForEach::O: [E, !Ref Envs, {'Out${E}': {Condition: 'Is${E}', Value: !GetAtt [!Sub 'B${E}a', Arn]}}]\n");
  EXPECT_TRUE(t.problems().empty()) << t.problems()[0];
  EXPECT_EQ(t.exists("Bproda"), "param.Which = \"prod\"");
  EXPECT_EQ(t.exists("Bdevb"), "param.Which = \"dev\"");
  EXPECT_EQ(t.get("N", "Bdevb"), "\"dev-b\"");
  EXPECT_EQ(t.resource("Bdevb").type, "AWS::b::X");
  const model::Value& view = *find_view(t.resource("Bdevb"), "cloudformation/resource");
  EXPECT_EQ(show(view, "Condition"), "\"Isdev\"");
  EXPECT_EQ(show(view, "DependsOn"), R"(["Tdev"])");
  Strings edges = t.edges();
  EXPECT_EQ(std::count(edges.begin(), edges.end(), "Bdevb -> Tdev by DependsOn if param.Which = \"dev\""), 1);
}

TEST(CloudFormationTemplate, ForEachOverTheUnknownStandsForAll) {
  Template t(
      "Transform: AWS::LanguageExtensions\nParameters:\n  Names: {Type: CommaDelimitedList}\n"
      "Resources:\n  'Fn::ForEach::Topics':\n  - N\n  - !Ref Names\n"
      "  - 'Topic${N}': {Type: 'AWS::SNS::Topic', Properties: {Name: !Ref N, Fixed: 1}}\n"
      "  R: {Type: 'X::Y::Z', Properties: {'Fn::ForEach::P': [P, !Ref Names, {'K${P}': 1}], Z: 1}}\n");
  ASSERT_EQ(t.root().resources.size(), 3u);
  const Resource& topic = t.root().resources[0];
  EXPECT_TRUE(topic.representative);
  EXPECT_EQ(t.root().guards.to_text(topic.exists), "size(param.Names) > 0");
  EXPECT_EQ(show(topic.attributes, "Fixed"), "1");
  EXPECT_TRUE(topic.attributes.find("Name")->is_unknown());
  EXPECT_TRUE(t.resource("R").attributes.is_unknown());
}

TEST(CloudFormationTemplate, JsonIsReadAlike) {
  Template t(R"({"Resources": {"R": {"Type": "AWS::X::Y", "Properties": {
      "A": {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}]]}, "B": true, "C": 1.5,
      "P": {"Statement": [{"Effect": "Allow", "Condition": {"Bool": {"x": "y"}}}]}}}}})",
             "t.json");
  EXPECT_EQ(t.get("A"), "<unknown text(arn:${AWS::Partition})>");
  EXPECT_EQ(t.find("A")->unknown().prefix, "arn:aws");
  EXPECT_EQ(t.get("P.Statement[0].Condition"), R"({"Bool":{"x":"y"}})");
  EXPECT_EQ(t.text(t.find("C")->span), "1.5");
}

TEST(CloudFormationTemplate, AnchorsAndMergeKeys) {
  auto t = with_properties("      A: &a {x: 1, y: !Ref B}\n      C: *a\n      D: {<<: *a, x: 2}\n");
  EXPECT_EQ(t.get("C"), "{\"x\":1,\"y\":<unknown B>}");
  EXPECT_EQ(t.get("D"), "{\"x\":2,\"y\":<unknown B>}");
}

TEST(CloudFormationTemplate, MacrosLeaveItPartial) {
  Template t("Transform: [AWS::LanguageExtensions, Magic]\nResources:\n  R: {Type: 'X::Y::Z', Properties: {A: !Ref Made}}\n");
  EXPECT_TRUE(t.problems().empty());
  EXPECT_EQ(t.root().coverage[0].state, Coverage::State::kPartial);
  EXPECT_EQ(t.root().coverage[0].reason, "macro Magic is not expanded");
  // It may change whatever is there: nothing about the resource is certain.
  EXPECT_EQ(t.exists("R"), "macro Magic leaves R as it is");
  EXPECT_FALSE(t.resource("R").conditional);
  Template own("Transform: AWS::CodeDeployBlueGreen\nResources:\n  R: {Type: 'X::Y::Z'}\n");
  EXPECT_EQ(own.resource("R").exists, model::kAlways);
}

TEST(CloudFormationTemplate, NotesAboutMacrosStandWhereTheyAreCalled) {
  auto noted = [](Template&& made) {
    for (const core::Problem& problem : made.root().problems) {
      if (problem.code == "cfn-macro") return std::string(made.text(problem.span));
    }
    return std::string("nothing");
  };
  EXPECT_EQ(noted(Template("Transform: [AWS::LanguageExtensions, Mine]\nResources:\n  R: {Type: 'AWS::S3::Bucket'}\n")), "Mine");
  EXPECT_EQ(noted(with_properties("      A: !Rain::Embed a.sh\n")), "!Rain::Embed a.sh");
  EXPECT_EQ(noted(Template("Resources:\n  R:\n    Type: !Rain::Module m.yml\n")), "R");
}

TEST(CloudFormationTemplate, BrokenOnesAreReadAsFarAsTheyGo) {
  Template t("Parameters: 7\nResources:\n  R: {Type: 'X::Y::Z', Properties: {A: 1}}\n  S: 3\n  T: {Properties: {}}\n"
             "  R: {Type: 'X::Y::Z', Properties: {A: 2}}\n");
  EXPECT_EQ(t.root().resources.size(), 4u);
  EXPECT_EQ(t.root().coverage[0].state, Coverage::State::kPartial);
  EXPECT_EQ(t.problems().size(), 3u);
  Template empty("AWSTemplateFormatVersion: '2010-09-09'\nResources: {}\n");
  EXPECT_EQ(empty.root().coverage[0].state, Coverage::State::kFailed);
}

TEST(CloudFormationTemplate, LimitsHold) {
  // A loop of loops, and text that grows with every reference.
  std::string tens = "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]", body = "{'K${E}${D}${C}${B}${A}': 1}";
  for (std::string name : {"A", "B", "C", "D", "E"}) {
    body = "{'Fn::ForEach::" + name + "': [" + name + ", " + tens + ", " + body + "]}";
  }
  Template loops("Resources:\n  R: {Type: 'X::Y::Z', Properties: " + body + "}\n");
  EXPECT_TRUE(loops.resource("R").attributes.is_unknown());
  EXPECT_EQ(loops.root().problems.size(), 1u);
  EXPECT_EQ(loops.root().problems[0].code, "limit-instances");

  std::string text = "Parameters:\n  P: {Type: String, Default: '" + std::string(1 << 20, 'x') + "'}\n"
                     "Resources:\n  R:\n    Type: X::Y::Z\n    Properties:\n      L:\n";
  for (int i = 0; i < 100; ++i) text += "      - !Sub '${P}" + std::to_string(i) + "'\n";
  Template growth(text);
  EXPECT_TRUE(growth.find("L[0]")->is_string());
  EXPECT_TRUE(growth.find("L[99]")->is_unknown());
  EXPECT_EQ(growth.root().problems[0].code, "limit-text");

  std::string chain = "Conditions:\n  C0: !Equals [a, a]\n";
  for (int i = 1; i < 3000; ++i) {
    chain += "  C" + std::to_string(i) + ": !Not [!Condition C" + std::to_string(i - 1) + "]\n";
  }
  Template deep(chain + "Resources:\n  R: {Type: 'X::Y::Z', Condition: C2999}\n");
  ASSERT_FALSE(deep.problems().empty());
  EXPECT_EQ(deep.root().problems[0].code, "limit-nesting");
  EXPECT_NE(deep.resource("R").exists, model::kAlways);
}

// 2^15 paths through conditions: past the limit an arm is evaluated without knowing how it was reached.
TEST(CloudFormationTemplate, TreesOfIfsStaySmall) {
  std::string sections = "Parameters:\n", conditions = "Conditions:\n", value = "x";
  for (int i = 0; i < 15; ++i) {
    std::string n = std::to_string(i);
    sections += "  P" + n + ": {Type: String}\n";
    conditions += "  C" + n + ": !Equals [!Ref P" + n + ", a]\n";
    value = "{'Fn::If': [C" + n + ", " + value + ", " + value + "]}";
  }
  Template tree = with_properties("      V: " + value + "\n      W: !If [C0, !If [C0, a, b], c]\n", sections + conditions);
  EXPECT_EQ(tree.get("V"), "\"x\"");
  EXPECT_EQ(tree.get("W"), "<param.P0 = \"a\": \"a\" | param.P0 != \"a\": \"c\">");
  EXPECT_LT(tree.root().guards.node_count(), core::kMaxGuardNodes / 2);
}

TEST(CloudFormationTemplate, AThousandMistakesAreSaidAndNoMore) {
  std::string text = "Resources:\n";
  for (int i = 0; i < 1200; ++i) {
    text += "  Topic" + std::to_string(i) + ":\n    Type: AWS::SNS::Topic\n    Properties: {TopicName: !Ref Tpoic" +
            std::to_string(i) + "}\n";
  }
  Template wrong(text);
  std::vector<std::string> problems = wrong.problems();
  ASSERT_EQ(problems.size(), 1000u);
  EXPECT_EQ(problems.front(), "there is no parameter or resource named Tpoic0; did you mean Topic0?");
  EXPECT_EQ(problems.back(), "there is no parameter or resource named Tpoic999");  // the search has its limit too
}

TEST(CloudFormationFormat, KnowsTemplatesByContent) {
  auto sniff = [](std::string text, std::string path = "a.yaml") {
    return FormatFixture(cloudformation_format(), path, text).sniff();
  };
  EXPECT_EQ(sniff("Resources:\n  A: {Type: 'AWS::S3::Bucket'}\n"), 95);
  EXPECT_EQ(sniff("Resources:\n  A: {Type: 'Custom::Thing'}\n"), 95);
  EXPECT_EQ(sniff(R"({"Resources": {"A": {"Type": "AWS::S3::Bucket"}}})", "a.json"), 95);
  EXPECT_EQ(sniff("AWSTemplateFormatVersion: '2010-09-09'\nResources: {}\n"), 95);
  EXPECT_EQ(sniff("Resources:\n  A: {Type: bucket}\n"), 0);
  EXPECT_EQ(sniff("resources:\n  Resources:\n    A: {Type: 'AWS::S3::Bucket'}\n"), 0);
  EXPECT_EQ(sniff(R"([{"ParameterKey": "a", "ParameterValue": "b"}])", "a.json"), 0);
  EXPECT_EQ(sniff("apiVersion: v1\nkind: Pod\n"), 0);
  EXPECT_EQ(sniff(""), 0);
}

}  // namespace
}  // namespace assay::formats
