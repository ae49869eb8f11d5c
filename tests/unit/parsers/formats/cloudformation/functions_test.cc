#include "tests/unit/parsers/formats/cloudformation/template_fixture.h"

namespace assay::formats {
namespace {

using model::Value;
using Strings = std::vector<std::string>;

constexpr const char* kParameters =
    "Parameters:\n"
    "  Env: {Type: String, AllowedValues: [prod, dev]}\n"
    "  Open: {Type: String}\n"
    "  Name: {Type: String, Default: web}\n"
    "  Port: {Type: Number, Default: 443}\n"
    "  Ids: {Type: CommaDelimitedList, Default: 'a, b,c'}\n"
    "  Subnets: {Type: 'List<AWS::EC2::Subnet::Id>'}\n";
constexpr const char* kConditions = "Conditions:\n  Prod: !Equals [!Ref Env, prod]\n";
const std::string kBoth = std::string(kParameters) + kConditions;

TEST(CloudFormationFunctions, RefOfParametersAndResources) {
  auto t = with_properties(
      "      A: !Ref Name\n      B: {Ref: Port}\n      C: !Ref Open\n      D: !Ref B\n"
      "      E: !Ref Ids\n      F: !Ref Subnets\n      G: !Ref AWS::Region\n      H: !Ref AWS::NoValue\n",
      kParameters);
  EXPECT_EQ(t.get("A"), "\"web\"");
  EXPECT_EQ(t.get("B"), "443");
  EXPECT_EQ(t.get("C"), "<unknown param.Open>");
  EXPECT_EQ(t.get("D"), "<unknown B>");
  EXPECT_EQ(t.get("E"), R"(["a","b","c"])");
  EXPECT_EQ(t.get("F"), "<unknown param.Subnets>");
  EXPECT_EQ(t.get("G"), "<unknown AWS::Region>");
  EXPECT_EQ(t.get("H"), "absent");
  EXPECT_EQ(t.find("D")->unknown().id.text(), "t.yaml#B");
  EXPECT_TRUE(t.find("D")->unknown().not_null);
  EXPECT_EQ(t.edges(), Strings{"R -> B by D"});
  EXPECT_TRUE(t.problems().empty());
}

TEST(CloudFormationFunctions, ChainLeadsToTheDefault) {
  auto t = with_properties("      A: !Ref Name\n      S: !Sub '${Name}-x'\n", kParameters);
  const Value& value = *t.find("A");
  EXPECT_EQ(t.text(value.span), "!Ref Name");
  auto hops = model::chain(value.origin);
  ASSERT_EQ(hops.size(), 2u);
  EXPECT_EQ(t.text(hops[0]->span), "web");
  EXPECT_EQ(hops[0]->kind, model::OriginKind::kVariableDefault);
  EXPECT_EQ(hops[1]->what, "Ref Name");
  const model::Origin* literal = model::deciding_literal(value.origin);
  ASSERT_NE(literal, nullptr);
  EXPECT_EQ(t.text(literal->span), "web");
  EXPECT_EQ(t.text(t.find("S")->span), "!Sub '${Name}-x'");
  EXPECT_EQ(model::deciding_literal(t.find("S")->origin), nullptr);  // two literals meet
}

TEST(CloudFormationFunctions, GetAttSplitsAtTheFirstDot) {
  auto t = with_properties(
      "      A: !GetAtt B.Arn\n      C: {'Fn::GetAtt': [B, Outputs.X.Y]}\n"
      "      D: !GetAtt B.Outputs.X.Y\n      E: {'Fn::GetAtt': [B, Arn]}\n");
  EXPECT_EQ(t.get("A"), "<unknown B.Arn>");
  EXPECT_EQ(t.get("C"), "<unknown B.Outputs.X.Y>");
  EXPECT_TRUE(model::same_value(*t.find("C"), *t.find("D")));
  EXPECT_TRUE(model::same_value(*t.find("A"), *t.find("E")));
  EXPECT_EQ(t.find("A")->unknown().prefix, "arn:");
  EXPECT_EQ(t.edges(), (Strings{"R -> B by A", "R -> B by C", "R -> B by D", "R -> B by E"}));
}

TEST(CloudFormationFunctions, Sub) {
  auto t = with_properties(
      "      A: !Sub '${Name}:${Port} ${!Literal} $ {x} ${ Name }'\n"
      "      B: !Sub ['${x}-${Name}', {x: !Ref Port}]\n"
      "      C: !Sub 'arn:aws:s3:::${B}/*'\n"
      "      D: !Sub 'pre-${Open}-post'\n"
      "      E: !Sub '${B.Arn}'\n"
      "      F: !Join ['', ['pre-', !Ref Open, '-post']]\n"
      "      G:\n        Fn::Sub: |\n          echo ${Name}\n          done\n",
      kParameters);
  EXPECT_EQ(t.get("A"), "\"web:443 ${Literal} $ {x} web\"");
  EXPECT_EQ(t.get("B"), "\"443-web\"");
  EXPECT_EQ(t.get("C"), "<unknown text(arn:aws:s3:::${B}/*)>");
  EXPECT_EQ(t.find("C")->unknown().prefix, "arn:aws:s3:::");
  EXPECT_EQ(t.get("D"), "<unknown text(pre-${param.Open}-post)>");
  ASSERT_EQ(t.find("D")->unknown().cause_count, 1u);
  EXPECT_EQ(t.find("D")->unknown().causes()[0].text(), "param.Open");
  EXPECT_EQ(t.find("E")->unknown().prefix, "arn:");
  EXPECT_TRUE(model::same_value(*t.find("D"), *t.find("F")));  // one text, written twice
  EXPECT_EQ(t.get("G"), "\"echo web\\ndone\\n\"");
  ASSERT_NE(t.find("D")->unknown().structure, nullptr);
  EXPECT_EQ(model::to_text(*t.find("D")->unknown().structure),
            R"(["pre-",<unknown param.Open>,"-post"])");
  EXPECT_EQ(t.edges(), (Strings{"R -> B by C", "R -> B by E"}));
}

TEST(CloudFormationFunctions, JoinSelectSplit) {
  auto t = with_properties(
      "      A: !Join [',', !Ref Ids]\n"
      "      B: !Select [1, !Ref Ids]\n"
      "      C: !Select ['0', !Split ['.', 'x.y.z']]\n"
      "      D: !Join ['-', [a, 1, true, !Ref Port]]\n"
      "      E: !Select [0, !GetAZs '']\n"
      "      F: !Select [0, !Ref Subnets]\n"
      "      G: !Join [',', !Ref Subnets]\n"
      "      H: !Split [',', !Ref Open]\n"
      "      I: !Select [0, !GetAZs {Ref: 'AWS::Region'}]\n"
      "      J: !Join [',', []]\n",
      kParameters);
  EXPECT_EQ(t.get("A"), "\"a,b,c\"");
  EXPECT_EQ(t.get("B"), "\"b\"");
  EXPECT_EQ(t.get("C"), "\"x\"");
  EXPECT_EQ(t.get("D"), "\"a-1-true-443\"");
  EXPECT_EQ(t.get("E"), "<unknown Select(0, GetAZs(AWS::Region))>");
  EXPECT_EQ(t.get("F"), "<unknown Select(0, param.Subnets)>");
  EXPECT_EQ(t.get("G"), "<unknown Join(\",\", param.Subnets)>");
  EXPECT_EQ(t.get("H"), "<unknown Split(\",\", param.Open)>");
  EXPECT_TRUE(model::same_value(*t.find("E"), *t.find("I")));
  EXPECT_EQ(t.get("J"), "\"\"");
  EXPECT_TRUE(t.problems().empty());
}

TEST(CloudFormationFunctions, FindInMap) {
  auto t = with_properties(
      "      A: !FindInMap [M, dev, size]\n"
      "      B: !FindInMap [M, !Ref Env, size]\n"
      "      C: !FindInMap [M, !Ref Env, same]\n"
      "      D: !FindInMap [M, stage, size, {DefaultValue: none}]\n"
      "      E: !FindInMap [M, !Ref Open, size, {DefaultValue: none}]\n"
      "      F: !FindInMap [M, !Ref AWS::Region, only]\n"
      "      G: !FindInMap [M, dev, list]\n",
      kBoth + "Mappings:\n  M:\n    dev: {size: small, same: 1, list: [x, y]}\n"
              "    prod: {size: big, same: 1}\n    eu-west-1: {only: here}\n");
  EXPECT_EQ(t.get("A"), "\"small\"");
  EXPECT_EQ(t.get("B"), "<param.Env != \"prod\": \"small\" | param.Env = \"prod\": \"big\">");
  EXPECT_EQ(t.get("C"), "1");
  EXPECT_EQ(t.get("D"), "\"none\"");
  EXPECT_EQ(t.get("E"),
            "<param.Open = \"dev\": \"small\" | param.Open = \"prod\": \"big\" | "
            "param.Open != \"dev\" and param.Open != \"prod\": \"none\">");
  EXPECT_EQ(t.get("F"), "\"here\"");  // every other region would fail to deploy
  EXPECT_EQ(t.get("G"), R"(["x","y"])");
  const model::Origin* literal = model::deciding_literal(t.find("A")->origin);
  ASSERT_NE(literal, nullptr);
  EXPECT_EQ(t.text(literal->span), "small");
}

TEST(CloudFormationFunctions, IfGivesAlternativesAndGuards) {
  auto t = with_properties(
      "      A: !If [Prod, private, public-read]\n"
      "      B: !If [Prod, x, !Ref AWS::NoValue]\n"
      "      C: [!If [Prod, x, !Ref 'AWS::NoValue'], y]\n"
      "      D: !If [Prod, !If [Prod, one, two], three]\n"
      "      E: {'Fn::If': [Prod, {a: 1}, {a: 2}]}\n"
      "      F: !Join ['-', [!If [Prod, p, !Ref 'AWS::NoValue'], q]]\n"
      "      G: !Sub ['${x}!', {x: !If [Prod, p, q]}]\n"
      "      H: !If [Prod, same, same]\n",
      kBoth);
  EXPECT_EQ(t.get("A"), "<param.Env = \"prod\": \"private\" | param.Env != \"prod\": \"public-read\">");
  EXPECT_EQ(t.text(t.find("A")->alternatives()[1].value.span), "public-read");
  EXPECT_EQ(t.get("B"), "\"x\" if param.Env = \"prod\"");
  EXPECT_EQ(t.get("C"), "[(param.Env = \"prod\": \"x\"),\"y\"]");
  EXPECT_EQ(t.get("D"), "<param.Env = \"prod\": \"one\" | param.Env != \"prod\": \"three\">");
  EXPECT_EQ(t.get("E"), "<param.Env = \"prod\": {\"a\":1} | param.Env != \"prod\": {\"a\":2}>");
  EXPECT_EQ(t.get("F"), "<param.Env != \"prod\": \"q\" | param.Env = \"prod\": \"p-q\">");
  EXPECT_EQ(t.get("G"), "<param.Env = \"prod\": \"p!\" | param.Env != \"prod\": \"q!\">");
  EXPECT_EQ(t.get("H"), "\"same\"");
}

TEST(CloudFormationFunctions, TheRest) {
  auto t = with_properties(
      "      A: !Base64 hello\n"
      "      B: !Base64\n        Fn::Sub: 'x ${Name}'\n"
      "      C: !Cidr [10.0.0.0/16, 3, 8]\n"
      "      D: !Length [a, b]\n"
      "      E: {'Fn::ToJsonString': {a: [1, x]}}\n"
      "      F: !ImportValue net\n"
      "      G: {'Fn::ImportValue': !Sub '${Open}-vpc'}\n"
      "      H: {'Fn::Transform': {Name: Magic}}\n"
      "      I: !Cidr [!Ref Open, 2, 8]\n"
      "      J: !Length {Ref: Subnets}\n"
      "      K: {a: 1, 'Fn::Transform': {Name: 'AWS::Include'}}\n",
      kParameters);
  EXPECT_EQ(t.get("A"), "\"aGVsbG8=\"");
  EXPECT_EQ(t.get("B"), "\"eCB3ZWI=\"");
  EXPECT_EQ(t.get("C"), R"(["10.0.0.0/24","10.0.1.0/24","10.0.2.0/24"])");
  EXPECT_EQ(t.get("D"), "2");
  EXPECT_EQ(t.get("E"), R"("{\"a\":[1,\"x\"]}")");
  EXPECT_EQ(t.get("F"), "<unknown ImportValue(\"net\")>");
  EXPECT_EQ(t.get("G"), "<unknown ImportValue(text(${param.Open}-vpc))>");
  EXPECT_TRUE(t.find("H")->is_unknown());
  EXPECT_EQ(t.find("H")->unknown().causes()[0].text(), "Fn::Transform Magic");
  EXPECT_EQ(t.find("I")->unknown().max_length, 2);
  EXPECT_EQ(t.get("J"), "<unknown Length(param.Subnets)>");
  // An include may add keys: what is absent is not known to be absent.
  EXPECT_TRUE(t.find("K")->is_unknown());
  EXPECT_EQ(model::to_text(*t.find("K")->unknown().structure), "{\"a\":1}");
  EXPECT_EQ(t.root().coverage[0].state, model::Coverage::State::kPartial);
  EXPECT_EQ(t.root().coverage[0].reason, "Fn::Transform Magic is not expanded");
}

TEST(CloudFormationFunctions, DynamicReferencesAreNotHardCoded) {
  auto t = with_properties(
      "      A: '{{resolve:secretsmanager:db:SecretString:password}}'\n"
      "      B: 'x-{{resolve:ssm:/p:1}}'\n"
      "      C: !Sub '{{resolve:secretsmanager:${B}:SecretString:password}}'\n"
      "      D: !Sub '{{resolve:secretsmanager:${Name}:SecretString:password}}'\n",
      kParameters);
  EXPECT_EQ(t.get("A"), "<unknown resolve:secretsmanager:db:SecretString:password>");
  EXPECT_TRUE(t.find("A")->has_mark(model::kSensitive));
  EXPECT_EQ(t.find("A")->unknown().causes()[0].text(), "resolve:secretsmanager:db:SecretString:password");
  EXPECT_TRUE(t.find("B")->is_unknown());
  EXPECT_FALSE(t.find("B")->has_mark(model::kSensitive));
  EXPECT_EQ(t.find("B")->unknown().prefix, "x-");
  EXPECT_TRUE(t.find("C")->is_unknown());
  EXPECT_TRUE(t.find("C")->has_mark(model::kSensitive));
  EXPECT_EQ(t.find("C")->unknown().prefix, "");
  EXPECT_EQ(t.get("D"), "<unknown resolve:secretsmanager:web:SecretString:password>");
}

TEST(CloudFormationFunctions, ScalarsKeepTheirText) {
  auto t = with_properties(
      "      A: yes\n      B: 0123\n      C: 2012-10-17\n      D: true\n      E: 443\n      F: '443'\n"
      "      G: 123456789012\n      H: 1.10\n      J: !Join ['', [012, 1.10]]\n      K: !Sub 'v'\n");
  EXPECT_EQ(t.get("A"), "\"yes\"");
  EXPECT_EQ(t.get("C"), "\"2012-10-17\"");
  EXPECT_EQ(t.get("D"), "true");
  EXPECT_EQ(t.get("E"), "443");
  EXPECT_EQ(t.get("F"), "\"443\"");
  EXPECT_EQ(t.text(t.find("F")->span), "'443'");
  EXPECT_EQ(t.get("G"), "123456789012");
  EXPECT_EQ(t.get("J"), "\"0121.10\"");
}

TEST(CloudFormationFunctions, MistakesAreProblemsAndUnknowns) {
  auto t = with_properties(
      "      A: !Ref Nmae\n      B: !GetAtt B\n      C: !Select [5, [a]]\n      D: !Foo x\n"
      "      E: !FindInMap [M, a, b]\n      F: !Join [x]\n      G: !Sub [1, 2, 3]\n"
      "      H: !Equals [a, b]\n      I: !If [Missing, a, b]\n      J: !GetAtt Name.Arn\n"
      "      K: !Sub '${Bb.Arn}'\n      L: {'Fn::Sub': x, other: 1}\n      M: !Not {a: b}\n      Z: fine\n",
      kParameters);
  for (std::string_view path : {"A", "B", "C", "D", "E", "F", "G", "H", "J", "K", "M"}) {
    EXPECT_TRUE(t.find(path)->is_unknown()) << path << " " << t.get(path);
  }
  EXPECT_TRUE(t.find("I")->is_alternatives());
  EXPECT_EQ(t.get("Z"), "\"fine\"");
  Strings problems = t.problems();
  ASSERT_EQ(problems.size(), 13u);
  EXPECT_EQ(problems[0], "there is no parameter or resource named Nmae; did you mean Name?");
  EXPECT_EQ(t.text(t.root().problems[0].span), "!Ref Nmae");
  EXPECT_EQ(problems[3], "there is no function !Foo");
  EXPECT_EQ(t.root().coverage[0].state, model::Coverage::State::kPartial);
}

TEST(CloudFormationFunctions, ContextAnswersPseudoParameters) {
  auto t = with_properties(
      "      A: !Ref AWS::Region\n      B: !Sub '${AWS::AccountId}/${AWS::Partition}/${AWS::URLSuffix}'\n"
      "      C: !Ref AWS::StackName\n");
  t.fixture.options.context = {{"aws_region.name", "\"cn-north-1\""},
                               {"aws_caller_identity.account_id", "\"111122223333\""}};
  EXPECT_EQ(t.get("A"), "\"cn-north-1\"");
  EXPECT_EQ(t.get("B"), "\"111122223333/aws-cn/amazonaws.com.cn\"");
  EXPECT_EQ(t.get("C"), "<unknown AWS::StackName>");
}

TEST(CloudFormationFunctions, RefIsTheNameThatAPropertyGives) {
  Template named(
      "Parameters: {Env: {Type: String}, Name: {Type: String, Default: logs}}\n"
      "Resources:\n  Logs: {Type: 'AWS::S3::Bucket', Properties: {BucketName: !Sub 'my-${Name}'}}\n"
      "  Db: {Type: 'AWS::RDS::DBInstance', Properties: {DBInstanceIdentifier: MyDb}}\n"
      "  Small: {Type: 'AWS::RDS::DBInstance', Properties: {DBInstanceIdentifier: mydb}}\n"
      "  Topic: {Type: 'AWS::SNS::Topic', Properties: {TopicName: t}}\n"
      "  Open: {Type: 'AWS::S3::Bucket', Properties: {BucketName: !Ref Env}}\n"
      "  Loop: {Type: 'AWS::S3::Bucket', Properties: {BucketName: !Ref Loop}}\n"
      "  R:\n    Type: X::Y::Z\n    Properties: {A: !Ref Logs, B: !Sub '${Logs}/*', C: !Ref Db, D: !Ref Topic, "
      "E: !Ref Open, F: !Ref Small, G: !Ref Loop}\n");
  EXPECT_EQ(named.get("A"), "\"my-logs\"");
  EXPECT_EQ(named.get("B"), "\"my-logs/*\"");
  EXPECT_EQ(named.get("C"), "<unknown Db>");  // RDS folds it
  EXPECT_EQ(named.get("D"), "<unknown Topic>");  // an ARN
  EXPECT_EQ(named.get("E"), "<unknown Open>");
  EXPECT_EQ(named.get("F"), "\"mydb\"");
  EXPECT_EQ(named.get("G"), "<unknown Loop>");
  // Known or not, it is a reference.
  auto edges = named.edges();
  EXPECT_EQ(std::count(edges.begin(), edges.end(), "R -> Logs by A"), 1);
  auto hops = model::chain(named.find("A")->origin);
  EXPECT_EQ(named.text(hops.front()->span), "my-");
  EXPECT_EQ(hops.back()->what, "Ref Logs");
}

TEST(CloudFormationFunctions, TooManyCombinationsWidenToAnUnknown) {
  std::string conditions = "Conditions:\n", parameters = "Parameters:\n", parts;
  for (int i = 0; i < 8; ++i) {
    std::string n = std::to_string(i);
    parameters += "  P" + n + ": {Type: String}\n";
    conditions += "  C" + n + ": !Equals [!Ref P" + n + ", x]\n";
    parts += (i ? ", " : "") + std::string("!If [C") + n + ", a" + n + ", b" + n + "]";
  }
  auto t = with_properties("      A: !Join ['', [" + parts + "]]\n", parameters + conditions);
  EXPECT_TRUE(t.find("A")->is_unknown());
  EXPECT_EQ(t.find("A")->unknown().cause_count, 8u);
}

}  // namespace
}  // namespace assay::formats
