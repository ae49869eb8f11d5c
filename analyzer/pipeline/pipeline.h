// The pipeline: discover -> read and parse per file -> lower per root -> evaluate per chunk -> report.
// Stages are separated by barriers; everything shared after a stage is read only; the result is the
// same for any number of jobs. The command line, the language server and the webhook call scan().
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "analyzer/pipeline/checkov_config.h"
#include "analyzer/pipeline/partition.h"
#include "analyzer/pipeline/settings.h"
#include "parsers/core/file_system.h"
#include "parsers/formats/format.h"
#include "parsers/model/resource.h"
#include "parsers/syntax/tree.h"
#include "rules/engine/rule_set.h"

namespace assay::pipeline {

struct PartFiles;

struct ScanOptions {
  std::vector<std::string> paths;   // directories are searched; a file is a focus (discover.h)
  bool nothing_asked = false;       // no path is: nothing is scanned, instead of the working directory
  std::string current_directory;    // absolute
  std::string context_directory;    // absolute: where what is around a focus begins; empty: found (discover.h)
  unsigned jobs = 1;
  formats::LoadOptions load;       // with absolute paths
  std::vector<std::string> only_rules;    // --rule: ids, names, aliases or globs; empty: all
  std::vector<std::string> skip_rules;    // --skip-rule
  std::vector<std::string> frameworks;    // --compliance: only rules that answer them run
  std::vector<std::string> policies;      // --policy: rule files or directories of them
  core::FileSystem* policy_files = nullptr;  // where those are read; null: where everything is
  rules::Severity minimum = rules::Severity::kInfo;  // --severity: report at or above
  bool maybe = false;                     // --maybe: report MAYBE too
  bool rules_enabled = true;              // false: stop behind the model (debug commands)
  bool all_texts = true;                  // false: Report::rules without findings have no texts (rules/lang/pack/pack.h)
  bool list_judged = false;               // Report::judged
  bool search_texts = false;              // for secrets, though no rule about them runs
  model::Target target;                   // what the scanned code is for
  CheckovConfig checkov;                  // what a .checkov.yaml adds
  CheckovBaseline accepted;               // findings that a .checkov.baseline accepts
  Settings settings;                      // of assay.yaml and of files of other tools
  bool divide = false;                    // Scan::partition
  const PartFiles* only = nullptr;        // a part of an earlier scan with the same options: nothing is searched for
  std::string today;                      // YYYY-MM-DD, for suppressions that end
  std::string version;
  std::function<void(std::string_view stage, size_t done, size_t total)> progress;  // may be empty; called from any worker
};

// A mistake in options, configuration or policy files: exit code 2.
struct UsageError {
  std::string file;     // empty when it is an option
  uint32_t line = 0;
  std::string message;
  uint32_t column = 0;
};

// What a scan of a part alone reads.
struct PartFiles {
  std::string base, boundary;      // of the partition
  std::vector<std::string> files;  // relative to base, sorted
};

// A scan and all that its report refers to.
struct Scan {
  core::SourceSet sources;
  // By file id; null where nothing was parsed. Where rules ran, trees of manifests may have only problems and comments.
  std::vector<std::unique_ptr<syntax::Tree>> trees;
  model::Project project;
  std::unique_ptr<model::Project> suppressions;  // as resources of the type assay/suppression; null: there are none
  rules::RuleSet rules;  // afterwards without their descriptions, which are in the report
  rules::Report report;
  std::vector<UsageError> usage_errors;  // not empty: nothing was scanned
  std::unique_ptr<Partition> partition;  // null: not asked for, or not the sum of its parts
};

// Never fails otherwise: what could not be analysed is in report.problems and report.coverage.
std::unique_ptr<Scan> scan(core::FileSystem& files, const ScanOptions& options);

// Fills in how many findings of which kind there are.
void count_findings(const std::vector<rules::Finding>& findings, rules::Summary& summary);

// What analyse_part() found: of the files that `redone` says, by file of the partition.
struct Part {
  std::unique_ptr<Scan> scan;  // with a partition; null: only a scan of everything tells
  std::vector<bool> redone;
};
// After edits of some files of an earlier scan with these options, which `partition` is of: analyses them and all that
// they are tied to, before or now.
Part analyse_part(core::FileSystem& files, const ScanOptions& options, const Partition& partition,
                  const std::vector<core::FileId>& edited);

// Built-in rules and those of `policies`, selected by the options; not compiled yet. Mistakes go to `errors`,
// rules that were not selected to `idle`, if given.
rules::RuleSet load_rules(core::FileSystem& files, const ScanOptions& options, std::vector<UsageError>& errors,
                          std::vector<rules::Rule>* idle = nullptr);
// Compiles the rules that some resource of the project meets.
void compile_needed(rules::RuleSet& rules, const model::Project& project, std::vector<UsageError>& errors);

}  // namespace assay::pipeline
