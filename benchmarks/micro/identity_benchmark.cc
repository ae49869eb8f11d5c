// Judging IAM policies: all rules about permissions over 1,000 policies, of which each has 4 statements with 12 actions,
// alone and attached to a role. The target is 100 ms for 1,000 policies on one core.
#include <benchmark/benchmark.h>

#include <string>

#include "analyzer/pipeline/pipeline.h"
#include "parsers/core/file_system.h"
#include "rules/engine/evaluator.h"
#include "rules/identity/catalogue.h"
#include "rules/lang/pack/pack.h"

namespace {

using namespace assay;

std::string policies(int count, bool attached) {
  std::string out;
  for (int i = 0; i < count; ++i) {
    std::string n = std::to_string(i);
    out += "resource \"aws_iam_policy\" \"p" + n + "\" {\n  policy = jsonencode({\n    Version = \"2012-10-17\"\n    Statement = [\n"
           "      { Effect = \"Allow\", Action = [\"s3:GetObject\", \"s3:PutObject\", \"s3:ListBucket\"], Resource = [\"arn:aws:s3:::app-" + n +
           "\", \"arn:aws:s3:::app-" + n + "/*\"] },\n"
           "      { Effect = \"Allow\", Action = [\"ec2:Describe*\", \"logs:CreateLogGroup\", \"logs:PutLogEvents\", \"logs:CreateLogStream\"], Resource = \"*\" },\n"
           "      { Effect = \"Allow\", Action = [\"iam:PassRole\"], Resource = \"arn:aws:iam::111122223333:role/app-" + n + "\" },\n"
           "      { Effect = \"Allow\", Action = [\"dynamodb:GetItem\", \"dynamodb:PutItem\", \"kms:Decrypt\", \"lambda:InvokeFunction\"], "
           "Resource = \"arn:aws:dynamodb:*:111122223333:table/app-" + n + "\", Condition = { StringEquals = { \"aws:PrincipalTag/app\" = \"" + n + "\" } } }\n"
           "    ]\n  })\n}\n";
    if (!attached) continue;
    out += "resource \"aws_iam_role\" \"r" + n + "\" {\n  name = \"r" + n + "\"\n  assume_role_policy = jsonencode({ Version = \"2012-10-17\", Statement = "
           "[{ Effect = \"Allow\", Action = \"sts:AssumeRole\", Principal = { Service = \"lambda.amazonaws.com\" } }] })\n}\n"
           "resource \"aws_iam_role_policy_attachment\" \"a" + n + "\" {\n  role = aws_iam_role.r" + n + ".name\n  policy_arn = aws_iam_policy.p" + n + ".arn\n}\n";
  }
  return out;
}

void judge(benchmark::State& state, bool attached) {
  core::MemoryFileSystem files;
  files.add_file("/w/main.tf", policies(1000, attached));
  pipeline::ScanOptions options;
  options.paths = {"/w"};
  options.current_directory = "/w";
  options.rules_enabled = false;
  auto scan = pipeline::scan(files, options);
  rules::RuleSet set;
  size_t count = 0;
  for (rules::Rule& rule : rules::builtin_rules()) {
    if (!rule.info.id.starts_with("IAM") || !rules::compile_rule(rule).empty()) continue;
    set.add(std::move(rule));
    ++count;
  }
  set.seal();
  size_t findings = 0;
  for (auto _ : state) findings = rules::evaluate(scan->project, set, {}).findings.size();
  state.counters["rules"] = static_cast<double>(count);
  state.counters["findings"] = static_cast<double>(findings);
}

void policies_alone(benchmark::State& state) { judge(state, false); }
void policies_attached(benchmark::State& state) { judge(state, true); }
BENCHMARK(policies_alone)->Unit(benchmark::kMillisecond);
BENCHMARK(policies_attached)->Unit(benchmark::kMillisecond);

void find_action(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(rules::identity::find_service("ec2").action("RunInstances"));
    benchmark::DoNotOptimize(rules::identity::find_service("s3").action("GetObject"));
  }
}
BENCHMARK(find_action);

}  // namespace
