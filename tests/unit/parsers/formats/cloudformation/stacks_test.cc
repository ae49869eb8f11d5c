// Templates that read each other: nested stacks, exports, includes.
#include "parsers/formats/cloudformation/exports.h"
#include "tests/unit/parsers/formats/cloudformation/template_fixture.h"

namespace assay::formats {
namespace {

using Strings = std::vector<std::string>;
using Files = std::vector<std::pair<std::string, std::string>>;

class Stacks {
 public:
  explicit Stacks(Files files) : fixture(cloudformation_format(), std::move(files)), project(fixture.project()) {
    project.seal();
  }
  // "root | address" of every resource.
  Strings rows() {
    Strings out;
    for (const model::Resource* one : project.resources) {
      if (one->kind == "resource") out.push_back(one->root->path + " | " + std::string(one->address));
    }
    return out;
  }
  const model::Resource& at(std::string_view address) {
    for (const model::Resource* one : project.resources) {
      if (one->address == address) return *one;
    }
    ADD_FAILURE() << "no " << address;
    return *project.resources.front();
  }
  std::string get(std::string_view address, std::string_view path) {
    const model::Resource& one = at(address);
    const model::Value* value = model::at_path(one.attributes, path);
    return value ? model::to_text(*value, &one.root->guards, true) : "absent";
  }
  Strings edges() {
    Strings out;
    for (const model::Edge& edge : project.edges) {
      out.push_back(std::string(project.resources[edge.from]->name) +
                    (edge.kind == model::EdgeKind::kContains ? " holds " : " -> ") +
                    std::string(project.resources[edge.to]->name));
    }
    return out;
  }
  Strings problems() {
    Strings out;
    for (const core::Problem& problem : project.problems) {
      if (problem.severity != core::ProblemSeverity::kNote) out.push_back(problem.message);
    }
    return out;
  }

  FormatFixture fixture;
  model::Project project;
};

constexpr const char* kParent =
    "Parameters:\n  Acl: {Type: String, Default: PublicRead}\n  Env: {Type: String}\n"
    "Conditions: {Prod: !Equals [!Ref Env, prod]}\n"
    "Resources:\n  Site:\n    Type: AWS::CloudFormation::Stack\n    Condition: Prod\n"
    "    Properties:\n      TemplateURL: ./nested/site.yaml\n"
    "      Parameters: {Acl: !Ref Acl, Port: 443, Names: !Join [',', [a, b]], Env: !Ref Env}\n"
    "  Reader: {Type: 'X::Y::Z', Properties: {Name: !GetAtt Site.Outputs.Name, Arn: !GetAtt Site.Outputs.Arn, Port: !GetAtt Site.Outputs.Port}}\n";
constexpr const char* kChild =
    "Parameters:\n  Acl: {Type: String}\n  Port: {Type: Number}\n  Names: {Type: CommaDelimitedList}\n"
    "  Env: {Type: String}\n  Left: {Type: String, Default: out}\n"
    "Conditions: {Dev: !Equals [!Ref Env, dev]}\n"
    "Resources:\n  Bucket:\n    Type: AWS::S3::Bucket\n"
    "    Properties: {AccessControl: !Ref Acl, Port: !Ref Port, Names: !Ref Names, Left: !Ref Left}\n"
    "  Never: {Type: 'X::Y::Z', Condition: Dev}\n"
    "Outputs:\n  Name: {Value: !Sub '${Left}-${Acl}'}\n  Arn: {Value: !GetAtt Bucket.Arn}\n  Port: {Value: !Ref Port}\n";

TEST(CloudFormationStacks, ParametersFlowInAndOutputsOut) {
  Stacks s({{"a.yaml", kParent}, {"nested/site.yaml", kChild}});
  EXPECT_EQ(s.rows(), (Strings{"a.yaml | AWS::CloudFormation::Stack.Site", "a.yaml | X::Y::Z.Reader",
                               "a.yaml | Site/AWS::S3::Bucket.Bucket", "a.yaml | Site/X::Y::Z.Never"}));
  EXPECT_EQ(s.get("Site/AWS::S3::Bucket.Bucket", "AccessControl"), "\"PublicRead\"");
  EXPECT_EQ(s.get("Site/AWS::S3::Bucket.Bucket", "Port"), "443");
  EXPECT_EQ(s.get("Site/AWS::S3::Bucket.Bucket", "Names"), R"(["a","b"])");
  EXPECT_EQ(s.get("Site/AWS::S3::Bucket.Bucket", "Left"), "\"out\"");
  EXPECT_EQ(s.get("X::Y::Z.Reader", "Name"), "\"out-PublicRead\"");
  EXPECT_EQ(s.get("X::Y::Z.Reader", "Arn"), "<unknown Site/Bucket.Arn>");
  EXPECT_EQ(s.get("X::Y::Z.Reader", "Port"), "443");
  const model::Resource& bucket = s.at("Site/AWS::S3::Bucket.Bucket");
  EXPECT_EQ(bucket.root->guards.to_text(bucket.exists), "param.Env = \"prod\"");
  EXPECT_EQ(s.at("Site/X::Y::Z.Never").exists, model::kNever);  // the stack is there in prod only
  EXPECT_EQ(bucket.module_path, "Site");
  EXPECT_TRUE(s.problems().empty());
  Strings edges = s.edges();
  for (const char* wanted : {"Site holds Bucket", "Reader -> Site", "Reader -> Bucket"}) {
    EXPECT_GE(std::count(edges.begin(), edges.end(), wanted), 1) << wanted;
  }
  // literal <- parameter of the parent <- argument <- reference
  const model::Value* acl = model::at_path(bucket.attributes, "AccessControl");
  auto hops = model::chain(acl->origin);
  ASSERT_EQ(hops.size(), 3u);
  EXPECT_EQ(s.fixture.text(hops[0]->span), "PublicRead");
  EXPECT_EQ(s.fixture.sources.path(hops[1]->span.file), "a.yaml");
  EXPECT_EQ(s.fixture.text(hops[1]->span), "!Ref Acl");
  EXPECT_EQ(s.fixture.sources.path(hops[2]->span.file), "nested/site.yaml");
  EXPECT_EQ(hops[2]->what, "Ref Acl");
  EXPECT_EQ(s.project.coverage.size(), 2u);
}

TEST(CloudFormationStacks, MistakesAreNamedAtTheirPlace) {
  Stacks s({{"a.yaml",
             "Resources:\n  One: {Type: 'AWS::CloudFormation::Stack', Properties: {TemplateURL: gone.yaml}}\n"
             "  Two: {Type: 'AWS::CloudFormation::Stack', Properties: {TemplateURL: b.yaml, Parameters: {Nmae: x}}}\n"
             "  Far: {Type: 'AWS::CloudFormation::Stack', Properties: {TemplateURL: 'https://s3/x.yaml'}}\n"
             "  R: {Type: 'X::Y::Z', Properties: {A: !GetAtt One.Outputs.X, B: !GetAtt Two.Outputs.Itt, C: !GetAtt Far.Outputs.X}}\n"},
            {"b.yaml", "Parameters: {Name: {Type: String}}\nResources: {Q: {Type: 'AWS::SQS::Queue'}}\nOutputs: {It: {Value: 1}}\n"}});
  EXPECT_EQ(s.problems(),
            (Strings{"stack One: there is no template gone.yaml; what it makes is not analysed",
                     "the template of stack Two has no parameter Nmae; did you mean \"Name\"?",
                     "stack Two gives no value to parameter Name, which has no default",
                     "b.yaml has no output Itt; did you mean \"It\"?"}));
  EXPECT_EQ(s.get("X::Y::Z.R", "A"), "<unknown One.Outputs.X>");
  EXPECT_EQ(std::count_if(s.project.problems.begin(), s.project.problems.end(),
                          [](const core::Problem& one) { return one.code == "cfn-stack-elsewhere"; }), 1);
  EXPECT_EQ(s.get("X::Y::Z.R", "C"), "<unknown Far.Outputs.X>");
}

TEST(CloudFormationStacks, CirclesArePrinted) {
  auto stack = [](std::string url, std::string more = "") {
    return "Parameters: {P: {Type: String, Default: ''}}\nResources:\n  N: {Type: 'AWS::CloudFormation::Stack', Properties: {TemplateURL: " +
           url + more + "}}\n  R: {Type: 'X::Y::Z', Properties: {A: 1}}\n";
  };
  Stacks s({{"a.yaml", stack("b.yaml")}, {"b.yaml", stack("a.yaml")}});
  EXPECT_EQ(s.problems(), Strings{"stacks contain each other: a.yaml -> b.yaml -> a.yaml"});
  EXPECT_EQ(s.get("N/X::Y::Z.R", "A"), "1");
  Stacks self({{"a.yaml", stack("./a.yaml")}});
  EXPECT_EQ(self.problems(), Strings{"stacks contain each other: a.yaml -> a.yaml"});
  // An argument that needs the stack's own output.
  Stacks loop({{"a.yaml", stack("b.yaml", ", Parameters: {P: !GetAtt N.Outputs.O}")},
               {"b.yaml", "Parameters: {P: {Type: String}}\nResources: {R: {Type: 'X::Y::Z', Properties: {A: !Ref P}}}\nOutputs: {O: {Value: !Ref P}}\n"}});
  Strings problems = loop.problems();
  EXPECT_EQ(problems[0], "stacks depend on each other: what is given to N needs its output O");
  EXPECT_EQ(loop.get("N/X::Y::Z.R", "A"), "<unknown N.Outputs.O>");
}

TEST(CloudFormationStacks, OneTemplateInTwoStacks) {
  Stacks s({{"a.yaml",
             "Resources:\n  A: {Type: 'AWS::CloudFormation::Stack', Properties: {TemplateURL: b.yaml, Parameters: {P: one}}}\n"
             "  B: {Type: 'AWS::CloudFormation::Stack', Properties: {TemplateURL: b.yaml, Parameters: {P: !Ref AWS::NoValue}}}\n"},
            {"b.yaml", "Parameters: {P: {Type: String, Default: two}}\nResources: {R: {Type: 'X::Y::Z', Properties: {V: !Ref P, Me: !Ref R2}}, R2: {Type: 'X::Y::Z'}}\n"}});
  EXPECT_EQ(s.get("A/X::Y::Z.R", "V"), "\"one\"");
  EXPECT_EQ(s.get("B/X::Y::Z.R", "V"), "\"two\"");
  EXPECT_EQ(s.get("A/X::Y::Z.R", "Me"), "<unknown A/R2>");
  EXPECT_EQ(s.get("B/X::Y::Z.R", "Me"), "<unknown B/R2>");
  EXPECT_TRUE(s.problems().empty());
}

TEST(CloudFormationCdk, TheManifestSaysWhatIsDeployedWhere) {
  std::string manifest = R"({"version": "36.0.0", "artifacts": {"S": {"type": "aws:cdk:tree"}, "App": {
      "type": "aws:cloudformation:stack", "environment": "aws://111122223333/cn-north-1",
      "properties": {"templateFile": "App.template.json", "stackName": "live", "parameters": {"P": "given"}}}}})";
  std::string app = R"({"Parameters": {"P": {"Type": "String"}}, "Resources": {
      "R": {"Type": "X::Y::Z", "Properties": {"A": {"Ref": "P"},
            "B": {"Fn::Sub": "${AWS::Partition}/${AWS::Region}/${AWS::AccountId}/${AWS::StackName}"}}},
      "N": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": {"Ref": "P"}},
            "Metadata": {"aws:asset:path": "N.nested.template.json", "aws:asset:property": "TemplateURL"}}}})";
  std::string nested = R"({"Resources": {"R": {"Type": "X::Y::Z", "Properties": {"A": {"Ref": "AWS::Region"}}}}})";
  Stacks s({{"cdk.out/manifest.json", manifest}, {"cdk.out/App.template.json", app},
            {"cdk.out/N.nested.template.json", nested}, {"cdk.out/asset.12/t.json", nested}});
  EXPECT_EQ(s.get("X::Y::Z.R", "A"), "\"given\"");
  EXPECT_EQ(s.get("X::Y::Z.R", "B"), "\"aws-cn/cn-north-1/111122223333/live\"");
  EXPECT_EQ(s.get("N/X::Y::Z.R", "A"), "\"cn-north-1\"");
  EXPECT_EQ(s.rows().size(), 3u);  // the asset is none of ours
  size_t skipped = 0;
  for (const model::Coverage& row : s.project.coverage) skipped += row.state == model::Coverage::State::kSkipped;
  EXPECT_EQ(skipped, 1u);
  // Without a manifest a folder is a folder.
  EXPECT_EQ(Stacks({{"cdk.out/asset.12/t.json", nested}}).rows().size(), 1u);
}

TEST(CloudFormationImports, AreReadFromTheExporter) {
  Stacks s({{"app.yaml",
             "Resources:\n  R:\n    Type: X::Y::Z\n    Properties:\n      A: !ImportValue net-cidr\n"
             "      B: !ImportValue {'Fn::Sub': 'net-vpc'}\n      C: !ImportValue other\n"
             "      D: {'Fn::ImportValue': {'Fn::Sub': '${AWS::StackName}-vpc'}}\n"},
            {"net.yaml",
             "Parameters: {Name: {Type: String, Default: net}, Cidr: {Type: String, Default: 10.0.0.0/8}}\n"
             "Resources: {Vpc: {Type: 'AWS::EC2::VPC', Properties: {CidrBlock: !Ref Cidr}}}\n"
             "Outputs:\n  Cidr: {Value: !GetAtt Vpc.CidrBlock, Export: {Name: !Sub '${Name}-cidr'}}\n"
             "  Vpc: {Value: !Ref Vpc, Export: {Name: net-vpc}}\n"
             "  Any: {Value: 1, Export: {Name: !Sub '${AWS::StackName}-any'}}\n"}});
  EXPECT_EQ(s.get("X::Y::Z.R", "A"), "\"10.0.0.0/8\"");
  auto hops = model::chain(model::at_path(s.at("X::Y::Z.R").attributes, "A")->origin);
  EXPECT_EQ(s.fixture.text(hops.front()->span), "10.0.0.0/8");
  EXPECT_EQ(hops.back()->what, "ImportValue");
  EXPECT_EQ(s.get("X::Y::Z.R", "B"), "<unknown Vpc>");
  EXPECT_EQ(model::at_path(s.at("X::Y::Z.R").attributes, "B")->unknown().id.text(), "net.yaml#Vpc");
  EXPECT_EQ(s.get("X::Y::Z.R", "C"), "<unknown ImportValue(\"other\")>");
  Strings edges = s.edges();
  EXPECT_EQ(std::count(edges.begin(), edges.end(), "R -> Vpc"), 3);  // D: perhaps
  EXPECT_TRUE(s.problems().empty());
}

TEST(CloudFormationImports, APartlyKnownNameLinksToTheOneThatFits) {
  std::string app = "Parameters: {Net: {Type: String}}\nResources: {R: {Type: 'X::Y::Z', Properties: {"
                    "A: !ImportValue {'Fn::Sub': '${Net}-VpcId'}, B: !ImportValue {Ref: Net}}}}\n";
  auto exporter = [](std::string name) {
    return "Resources: {Vpc: {Type: 'AWS::EC2::VPC'}, Q: {Type: 'AWS::SQS::Queue'}}\nOutputs:\n  V: {Value: !Ref Vpc, "
           "Export: {Name: !Join ['-', [!Ref AWS::StackName, " + name + "]]}}\n"
           "  Q: {Value: !Ref Q, Export: {Name: !Sub '${AWS::StackName}-Queue'}}\n";
  };
  Stacks s({{"app.yaml", app}, {"net.yaml", exporter("VpcId")}});
  EXPECT_EQ(s.get("X::Y::Z.R", "A"), "<unknown ImportValue(text(${param.Net}-VpcId))>");
  ASSERT_EQ(s.edges(), (Strings{"R -> Vpc", "V -> Vpc", "Q -> Q"}));  // V and Q: the outputs
  const model::Root& root = *s.at("X::Y::Z.R").root;
  EXPECT_EQ(root.guards.to_text(s.project.edges[0].guard), "ImportValue(*-VpcId) is of net.yaml");
  EXPECT_EQ(s.project.edges[0].path, "A");
  // Two fit: no guess.
  Strings of_two = Stacks({{"app.yaml", app}, {"a.yaml", exporter("VpcId")}, {"b.yaml", exporter("VpcId")}}).edges();
  EXPECT_EQ(std::count(of_two.begin(), of_two.end(), "R -> Vpc"), 0);
}

TEST(CloudFormationImports, PatternsOfNames) {
  using cloudformation::may_be_same;
  using cloudformation::NamePattern;
  auto same = [](std::string a, std::string b) {
    std::replace(a.begin(), a.end(), '*', NamePattern::kHole);
    std::replace(b.begin(), b.end(), '*', NamePattern::kHole);
    bool one = may_be_same({a}, {b});
    EXPECT_EQ(one, may_be_same({b}, {a}));
    return one;
  };
  EXPECT_TRUE(same("net-vpc", "net-vpc"));
  EXPECT_FALSE(same("net-vpc", "net-vpc2"));
  EXPECT_TRUE(same("*-vpc", "net-vpc"));
  EXPECT_TRUE(same("*-vpc", "net-*"));
  EXPECT_TRUE(same("*a*", "b*c"));
  EXPECT_TRUE(same("*", ""));
  EXPECT_FALSE(same("*a", "b*c"));
  EXPECT_FALSE(same("ab*ba", "aba"));
  EXPECT_TRUE(same("a*b*c", "a1b2b3c"));
  EXPECT_FALSE(same("a*b*c", "a1c2b3"));
}

TEST(CloudFormationStacks, AnAddressNamesAFileOfTheRepository) {
  std::string nested = "Resources: {B: {Type: 'AWS::S3::Bucket'}}\n";
  auto parent = [](std::string url) {
    return "Parameters: {Where: {Type: String}}\nResources: {S: {Type: 'AWS::CloudFormation::Stack', Properties: {"
           "TemplateURL: " + url + "}}}\n";
  };
  auto note = [](Stacks& s) {
    for (const core::Problem& one : s.project.problems) {
      if (one.code == "cfn-stack-elsewhere") return one.message;
    }
    return std::string();
  };
  for (const char* url : {"https://s3.amazonaws.com/bucket/v1/net/vpc.yaml",
                          "!Sub 'https://${Where}.s3.amazonaws.com/net/vpc.yaml?versionId=1'",
                          "!Join ['', [!Ref Where, /net/vpc.yaml]]"}) {
    Stacks s({{"main.yaml", parent(url)}, {"net/vpc.yaml", nested}, {"other/vpc.yaml", nested}});
    EXPECT_EQ(note(s), "the template of stack S is not among the files; net/vpc.yaml has its name and is analysed by itself");
    EXPECT_EQ(s.edges(), Strings{"S -> B"}) << url;
    EXPECT_NE(s.project.edges[0].guard, model::kAlways);
    EXPECT_EQ(s.rows().size(), 3u);
  }
  for (const char* url : {"!Sub 'https://x/${Where}vpc.yaml'", "https://x/vpc.yaml", "!Ref Where"}) {
    Stacks s({{"main.yaml", parent(url)}, {"net/vpc.yaml", nested}, {"other/vpc.yaml", nested}});
    EXPECT_TRUE(s.edges().empty()) << url;
  }
}

TEST(CloudFormationImports, TwoExportersOfOneNameAreNotGuessedAt) {
  auto exporter = [](std::string value) {
    return "Resources: {R: {Type: 'AWS::SQS::Queue'}}\nOutputs: {O: {Value: " + value + ", Export: {Name: n}}}\n";
  };
  std::string app = "Resources: {R: {Type: 'X::Y::Z', Properties: {A: !ImportValue n}}}\n";
  EXPECT_EQ(Stacks({{"app.yaml", app}, {"b.yaml", exporter("1")}, {"c.yaml", exporter("2")}}).get("X::Y::Z.R", "A"),
            "<unknown ImportValue(\"n\")>");
  EXPECT_EQ(Stacks({{"app.yaml", app}, {"b.yaml", exporter("1")}, {"c.yaml", exporter("1")}}).get("X::Y::Z.R", "A"), "1");
}

TEST(CloudFormationIncludes, LocalFilesArePartOfTheTemplate) {
  Stacks s({{"t.yaml",
             "Parameters: {Acl: {Type: String, Default: PublicRead}}\n"
             "Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: x\n"
             "      Fn::Transform: {Name: AWS::Include, Parameters: {Location: parts/acl.yaml}}\n"
             "  Fn::Transform: {Name: 'AWS::Include', Parameters: {Location: ./parts/queue.yaml}}\n"
             "  C: {Type: 'X::Y::Z', Properties: {Fn::Transform: {Name: AWS::Include, Parameters: {Location: s3://b/k}}, A: 1}}\n"},
            {"parts/acl.yaml", "AccessControl: !Ref Acl\n"},
            {"parts/queue.yaml", "Q:\n  Type: AWS::SQS::Queue\n  Properties: {QueueName: !Sub '${Acl}-q'}\n"}});
  EXPECT_EQ(s.get("AWS::S3::Bucket.B", "AccessControl"), "\"PublicRead\"");
  EXPECT_EQ(s.get("AWS::SQS::Queue.Q", "QueueName"), "\"PublicRead-q\"");
  EXPECT_EQ(s.fixture.text(s.at("AWS::SQS::Queue.Q").header), "Q");
  EXPECT_EQ(s.fixture.text(model::at_path(s.at("AWS::S3::Bucket.B").attributes, "AccessControl")->span), "!Ref Acl");
  EXPECT_TRUE(s.at("X::Y::Z.C").attributes.is_unknown());
  EXPECT_TRUE(s.problems().empty());
}

}  // namespace
}  // namespace assay::formats
