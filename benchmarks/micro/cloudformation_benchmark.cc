// Whole scans, all rules, of the kinds of templates that keep cfn-lint busy for minutes; its issue numbers stand beside
// them. Law: each takes less than 100 ms.
#include <benchmark/benchmark.h>

#include <string>

#include "analyzer/pipeline/pipeline.h"

namespace {

using assay::core::MemoryFileSystem;

std::string n(int i) { return std::to_string(i); }

void parameters(std::string& out, int count, const std::string& prefix) {
  out += "Parameters:\n";
  for (int i = 0; i < count; ++i) out += "  " + prefix + n(i) + ": {Type: String}\n";
}

// 2874, 3356: modules that are switched on by lists of equalities, each used by many properties.
std::string many_conditions() {
  std::string out;
  parameters(out, 12, "Module");
  out += "Conditions:\n";
  for (int i = 0; i < 60; ++i) {
    out += "  Uses" + n(i) + ": !Or\n";
    for (int k = 0; k < 10; ++k) out += "    - !Equals [!Ref Module" + n((i + k) % 12) + ", code" + n(i * 7 % 23 + k) + "]\n";
  }
  out += "Resources:\n";
  for (int i = 0; i < 40; ++i) {
    out += "  Host" + n(i) + ":\n    Type: AWS::EC2::Instance\n    Properties:\n      SecurityGroupIds:\n";
    for (int k = 0; k < 20; ++k) out += "        - !If [Uses" + n((i + k * 3) % 60) + ", sg-" + n(k) + ", !Ref AWS::NoValue]\n";
    out += "      UserData: !If [Uses" + n(i) + ", a, b]\n      EbsOptimized: !If [Uses" + n(i + 20) + ", true, false]\n";
  }
  return out;
}

// 3717: conditions inside conditions.
std::string nested_ifs() {
  std::string out;
  parameters(out, 20, "P");
  out += "Conditions:\n";
  for (int i = 0; i < 20; ++i) out += "  C" + n(i) + ": !Equals [!Ref P" + n(i) + ", yes]\n";
  out += "Resources:\n";
  for (int i = 0; i < 30; ++i) {
    std::string value = "{CidrIp: 0.0.0.0/0, IpProtocol: tcp, FromPort: 22, ToPort: 22}";
    for (int k = 0; k < 10; ++k) {
      value = "{'Fn::If': [C" + n((i + k) % 20) + ", " + value + ", {'Fn::If': [C" + n((i + k * 7 + 3) % 20) +
              ", {CidrIp: 10." + n(k) + ".0.0/16, IpProtocol: tcp, FromPort: 1, ToPort: 99}, {Ref: 'AWS::NoValue'}]}]}";
    }
    out += "  Group" + n(i) + ":\n    Type: AWS::EC2::SecurityGroup\n    Properties:\n      GroupDescription: g\n" +
           "      SecurityGroupIngress:\n        - " + value + "\n";
  }
  return out;
}

// 4387: stacks that take each other's outputs under conditions.
std::string stacks() {
  std::string out;
  parameters(out, 26, "Deploy");
  out += "Conditions:\n";
  for (int i = 0; i < 26; ++i) {
    out += "  On" + n(i) + ": !And [!Not [!Equals [!Ref Deploy" + n(i) + ", 'no']], !Or [!Equals [!Ref Deploy" + n(i) +
           ", 'yes'], !Equals [!Ref Deploy" + n((i + 1) % 26) + ", all]]]\n";
  }
  out += "Resources:\n";
  for (int i = 0; i < 26; ++i) {
    out += "  Stack" + n(i) + ":\n    Type: AWS::CloudFormation::Stack\n    Condition: On" + n(i) +
           "\n    Properties:\n      TemplateURL: https://example.com/t.yaml\n      Parameters:\n";
    for (int k = 0; k < i; ++k) {
      out += "        From" + n(k) + ": !If [On" + n(k) + ", !GetAtt Stack" + n(k) + ".Outputs.Id, '']\n";
    }
  }
  return out;
}

// 4406, 4455: not one of five groups of ten pairs.
std::string not_any_group() {
  std::string out;
  parameters(out, 2, "P");
  out += "Conditions:\n";
  for (int g = 0; g < 5; ++g) {
    out += "  G" + n(g) + ": !Or\n";
    for (int k = 0; k < 10; ++k) {
      out += "    - !And [!Equals [!Ref AWS::AccountId, '1111111111" + n(10 + g * 10 + k) +
             "'], !Equals [!Ref AWS::Region, r" + n((g * 10 + k) % 17) + "]]\n";
    }
  }
  out += "  Deploy: !Not [!Or [!Condition G0, !Condition G1, !Condition G2, !Condition G3, !Condition G4]]\nResources:\n";
  for (int i = 0; i < 40; ++i) {
    out += "  F" + n(i) + ":\n    Type: AWS::Lambda::Function\n    Condition: Deploy\n    Properties:\n      Runtime: python3.12\n" +
           "      Timeout: !If [G" + n(i % 5) + ", 3, 60]\n      Role: arn:aws:iam::1:role/x\n      Code: {ZipFile: x}\n";
  }
  return out;
}

// 2595: a policy whose statements are chosen by six parameters.
std::string chosen_statements() {
  std::string out;
  parameters(out, 6, "Service");
  static const char* const kServices[] = {"s3", "ec2", "iam", "sqs", "sns", "kms", "rds", "eks", "ecs", "ssm"};
  out += "Conditions:\n";
  for (int s = 0; s < 10; ++s) {
    out += std::string("  Has") + kServices[s] + ": !Or\n";
    for (int p = 0; p < 6; ++p) out += "    - !Equals [!Ref Service" + n(p) + ", " + kServices[s] + "]\n";
  }
  out += "Resources:\n  Policy:\n    Type: AWS::IAM::ManagedPolicy\n    Properties:\n      PolicyDocument:\n"
         "        Version: '2012-10-17'\n        Statement:\n";
  for (int s = 0; s < 10; ++s) {
    out += std::string("          - !If\n            - Has") + kServices[s] + "\n            - {Effect: Allow, Action: '" +
           kServices[s] + ":*', Resource: '*'}\n            - !Ref AWS::NoValue\n";
  }
  return out;
}

// 3895: a definition in one text with many calls inside.
std::string state_machine() {
  std::string out;
  parameters(out, 8, "Env");
  out += "Mappings:\n  Names:\n";
  for (int i = 0; i < 8; ++i) out += "    k" + n(i) + ": {a: x" + n(i) + ", b: y" + n(i) + "}\n";
  out += "Conditions:\n";
  for (int i = 0; i < 8; ++i) out += "  C" + n(i) + ": !Equals [!Ref Env" + n(i) + ", prod]\n";
  out += "Resources:\n";
  for (int m = 0; m < 10; ++m) {
    out += "  Machine" + n(m) + ":\n    Type: AWS::StepFunctions::StateMachine\n    Properties:\n      DefinitionString:\n"
           "        Fn::Join:\n          - ''\n          -\n";
    for (int i = 0; i < 60; ++i) {
      out += "            - '{\"State" + n(i) + "\": \"'\n            - !If [C" + n(i % 8) + ", !Ref Env" + n(i % 8) +
             ", !FindInMap [Names, k" + n(i % 8) + ", a]]\n            - !FindInMap [Names, !Ref Env" + n((i + 3) % 8) + ", b]\n";
    }
    out += "      RoleArn: !Sub 'arn:${AWS::Partition}:iam::${AWS::AccountId}:role/${Env0}'\n";
  }
  return out;
}

// 938: a bucket with everything optional.
std::string optional_bucket() {
  std::string out;
  parameters(out, 14, "P");
  out += "Conditions:\n";
  for (int i = 0; i < 14; ++i) out += "  C" + n(i) + ": !Not [!Equals [!Ref P" + n(i) + ", '']]\n";
  out += "Resources:\n  Bucket:\n    Type: AWS::S3::Bucket\n    Properties:\n"
         "      BucketName: !If [C0, !Ref P0, !Sub 'b-${AWS::Region}-${P1}']\n"
         "      AccessControl: !If [C1, LogDeliveryWrite, Private]\n      LifecycleConfiguration:\n        Rules:\n";
  for (int i = 0; i < 14; ++i) {
    out += "          - Id: r" + n(i) + "\n            Status: !If [C" + n(i) + ", Enabled, Disabled]\n" +
           "            ExpirationInDays: !Ref P" + n(i) + "\n            Transitions: !If\n              - C" + n((i + 5) % 14) +
           "\n              - - {StorageClass: GLACIER, TransitionInDays: !If [C" + n((i + 9) % 14) +
           ", 1, 2]}\n              - !Ref AWS::NoValue\n";
  }
  return out;
}

template <std::string (*make)()>
void scan(benchmark::State& state) {
  MemoryFileSystem files;
  files.add_file("/t/template.yaml", make());
  assay::pipeline::ScanOptions options;
  options.paths = {"/t"};
  options.current_directory = "/t";
  options.maybe = true;
  options.today = "2026-01-01";
  size_t resources = 0, findings = 0;
  for (auto _ : state) {
    auto done = assay::pipeline::scan(files, options);
    resources = done->project.resources.size();
    findings = done->report.findings.size();
  }
  if (resources == 0) state.SkipWithError("the template was not read");
  state.counters["resources"] = static_cast<double>(resources);
  state.counters["findings"] = static_cast<double>(findings);
}

BENCHMARK(scan<many_conditions>)->Name("many_conditions_2874_3356")->Unit(benchmark::kMillisecond);
BENCHMARK(scan<nested_ifs>)->Name("nested_ifs_3717")->Unit(benchmark::kMillisecond);
BENCHMARK(scan<stacks>)->Name("stacks_4387")->Unit(benchmark::kMillisecond);
BENCHMARK(scan<not_any_group>)->Name("not_any_group_4406_4455")->Unit(benchmark::kMillisecond);
BENCHMARK(scan<chosen_statements>)->Name("chosen_statements_2595")->Unit(benchmark::kMillisecond);
BENCHMARK(scan<state_machine>)->Name("state_machine_3895")->Unit(benchmark::kMillisecond);
BENCHMARK(scan<optional_bucket>)->Name("optional_bucket_938")->Unit(benchmark::kMillisecond);

}  // namespace
