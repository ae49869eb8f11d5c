#include "analyzer/pipeline/rule_test.h"

#include <algorithm>

#include "analyzer/pipeline/fix/check.h"
#include "analyzer/pipeline/pipeline.h"
#include "analyzer/pipeline/suppression_findings.h"
#include "rules/engine/evaluator.h"
#include "rules/lang/cel/mutate.h"
#include "rules/lang/pack/pack.h"
#include "rules/secrets/sample.h"

namespace assay::pipeline {
namespace {

using rules::Finding;

// An example as an evaluated project, so that every mutation only judges again.
struct Prepared {
  const rules::Example* example;
  core::MemoryFileSystem files;
  std::unique_ptr<Scan> scan;
};

std::unique_ptr<Prepared> prepare(const rules::Example& example, bool of_suppressions) {
  auto out = std::make_unique<Prepared>();
  out->example = &example;
  for (const rules::ExampleFile& file : example.files) {
    out->files.add_file("/example/" + file.path, rules::secrets::with_samples(file.text));
  }
  ScanOptions options;
  options.paths = {"/example"};
  options.current_directory = "/example";
  options.rules_enabled = of_suppressions;  // whether a suppression is used, other rules decide
  options.settings.keep_suppressions = of_suppressions;
  options.today = "2026-01-01";
  options.search_texts = example.format == "text";
  out->scan = scan(out->files, options);
  return out;
}

std::vector<Finding> judge(const Prepared& prepared, const rules::RuleSet& rule) {
  if (!judges_suppressions(rule.rules()[0].info)) return rules::evaluate(prepared.scan->project, rule, {}).findings;
  return prepared.scan->suppressions ? rules::evaluate(*prepared.scan->suppressions, rule, {}).findings : std::vector<Finding>{};
}

rules::RuleSet set_of(rules::Rule rule) {
  rules::RuleSet set;
  set.add(std::move(rule));
  set.seal();
  return set;
}

std::string describe(const Finding& finding, const core::SourceSet& sources) {
  if (!finding.region.valid()) return finding.message;
  core::Position at = sources.lines(finding.region.file).position(finding.region.begin);
  return sources.path(finding.region.file) + ":" + std::to_string(at.line) + ":" + std::to_string(at.column) + " " +
         std::string(rules::verdict_name(finding.verdict)) + " at '" +
         std::string(sources.text(finding.region).substr(0, 60)) + "'";
}

bool meets(const rules::Expectation& wanted, const std::string& path, const Finding& finding,
           const core::SourceSet& sources) {
  if (!finding.region.valid() || finding.verdict != wanted.verdict) return false;
  if (sources.path(finding.region.file) != path) return false;
  if (sources.lines(finding.region.file).position(finding.region.begin).line != wanted.line) return false;
  return wanted.text.empty() || sources.text(finding.region).find(wanted.text) != std::string_view::npos ||
         finding.message.find(wanted.text) != std::string::npos;
}

void check_bad(const Prepared& prepared, const std::vector<Finding>& findings, std::vector<TestFailure>& out) {
  const rules::Example& example = *prepared.example;
  const core::SourceSet& sources = prepared.scan->sources;
  std::vector<bool> expected(findings.size(), false);
  size_t wanted_count = 0;
  for (const rules::ExampleFile& file : example.files) {
    for (const rules::Expectation& wanted : file.expectations) {
      ++wanted_count;
      bool met = false;
      for (size_t i = 0; i < findings.size(); ++i) {
        if (!meets(wanted, file.path, findings[i], sources)) continue;
        expected[i] = true;
        met = true;
      }
      if (met) continue;
      std::string message = "expected a finding on line " + std::to_string(wanted.line) + " of " + file.path;
      if (!wanted.text.empty()) message += " with '" + wanted.text + "'";
      for (const Finding& finding : findings) message += "; got " + describe(finding, sources);
      if (findings.empty()) message += "; got none";
      for (const core::Problem& problem : prepared.scan->report.problems) message += "; problem: " + problem.message;
      out.push_back({example.line + wanted.line - 1, std::move(message)});
    }
  }
  if (wanted_count == 0) {
    if (findings.empty()) out.push_back({example.line, "a bad example without a finding"});
    return;
  }
  for (size_t i = 0; i < findings.size(); ++i) {
    if (!expected[i]) out.push_back({example.line, "unexpected: " + describe(findings[i], sources)});
  }
}

// What an example shows of a rule: which places it complains about, and how surely.
std::vector<std::string> signature(const Prepared& prepared, const rules::RuleSet& rule) {
  std::vector<std::string> out;
  for (const Finding& finding : judge(prepared, rule)) {
    out.push_back(describe(finding, prepared.scan->sources) + finding.resource.address);
  }
  return out;
}

}  // namespace

RuleTestResult test_rule_file(const rules::RuleFile& file, const RuleTestOptions& options) {
  RuleTestResult result;
  rules::RuleSet original = set_of(file.rule);
  std::vector<std::unique_ptr<Prepared>> prepared;
  for (const rules::Example& example : file.examples) {
    ++result.examples;
    prepared.push_back(prepare(example, judges_suppressions(file.rule.info)));
    std::vector<Finding> findings = judge(*prepared.back(), original);
    if (example.bad) {
      check_bad(*prepared.back(), findings, result.failures);
    } else {
      for (const Finding& finding : findings) {
        result.failures.push_back({example.line, "a good example must be silent; got " +
                                                     describe(finding, prepared.back()->scan->sources)});
      }
    }
  }
  for (TestFailure& failure : check_fix(file, options.others, result.fixed)) result.failures.push_back(std::move(failure));
  if (!options.mutate || !result.failures.empty() || file.rule.language != "cel") return result;
  std::vector<std::vector<std::string>> signatures;
  for (const auto& example : prepared) signatures.push_back(signature(*example, original));
  for (const rules::cel::Mutation& mutation : rules::cel::mutations(file.rule.logic)) {
    rules::Rule mutant = file.rule;
    mutant.logic = mutation.text;
    if (!rules::compile_rule(mutant).empty()) continue;  // no longer well typed: noticed by the checker
    ++result.mutations;
    rules::RuleSet set = set_of(std::move(mutant));
    bool noticed = false;
    for (size_t i = 0; i < prepared.size() && !noticed; ++i) {
      noticed = signature(*prepared[i], set) != signatures[i];
    }
    if (noticed) continue;
    auto line = static_cast<uint32_t>(std::count(file.rule.logic.begin(),
                                                 file.rule.logic.begin() + mutation.begin, '\n'));
    result.failures.push_back({file.logic_line + line, "no example notices this mutation: " + mutation.description});
  }
  return result;
}

}  // namespace assay::pipeline
