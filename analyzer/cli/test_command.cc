// assay test: runs the examples of rule files.
#include "analyzer/cli/commands.h"
#include "analyzer/pipeline/rule_test.h"
#include "parsers/core/path.h"
#include "parsers/core/walker.h"
#include "rules/lang/pack/pack.h"

namespace assay::cli {

int run_test(const Options& options) {
  core::RealFileSystem files;
  std::vector<std::string> paths;
  for (const std::string& path : options.paths.empty() ? std::vector<std::string>{"."} : options.paths) {
    if (!files.exists(path)) {
      print_error("assay: there is no file or directory '" + path + "'\n");
      return kUsage;
    }
    if (!files.is_directory(path)) {
      paths.push_back(path);
      continue;
    }
    for (const std::string& file : core::walk(files, path).files) {
      if (file.ends_with(".md") && !file.ends_with("README.md")) paths.push_back(core::join_path(path, file));
    }
  }
  rules::RuleSet others;  // that a fix must not make speak up
  for (rules::Rule& rule : rules::builtin_rules()) {
    if (rules::compile_rule(rule).empty()) others.add(std::move(rule));
  }
  others.seal();
  size_t rules_run = 0, examples = 0, mutations = 0, failed = 0;
  bool broken = false;
  for (const std::string& path : paths) {
    auto text = files.read(path);
    if (!text) {
      print_error("assay: " + text.error().message + "\n");
      return kUsage;
    }
    if (!text->starts_with("---")) continue;  // Markdown that is no rule
    rules::RuleFile file = rules::parse_rule_file(path, *text);
    std::vector<rules::RuleFileError> errors = rules::check_rule_file(file);
    for (const rules::RuleFileError& error : errors) {
      print_out(path + ":" + std::to_string(error.line) + ": error: " + error.message + "\n");
      broken = true;
    }
    if (!errors.empty()) continue;
    pipeline::RuleTestResult result = pipeline::test_rule_file(file, {true, &others});
    ++rules_run;
    examples += result.examples;
    mutations += result.mutations;
    failed += result.failures.empty() ? 0 : 1;
    for (const pipeline::TestFailure& failure : result.failures) {
      print_out(path + ":" + std::to_string(failure.line) + ": " + failure.message + "\n");
    }
  }
  print_out(std::to_string(rules_run) + " rules, " + std::to_string(examples) + " examples, " +
            std::to_string(mutations) + " mutations, " + std::to_string(failed) + " failed\n");
  if (rules_run == 0 && !broken) {
    print_error("assay: no rule files found\n");
    return kUsage;
  }
  return broken ? kUsage : failed > 0 ? kFindings : kClean;
}

}  // namespace assay::cli
