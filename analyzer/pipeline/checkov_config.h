// .checkov.yaml: the configuration of a team that comes from Checkov, read as it is. What Assay has a
// counterpart for is followed; each key it has none for becomes a note. .checkov.baseline: findings that
// were accepted, which stay in the report, marked as suppressed.
//
// Called by the command line, which adds the values to its options, and by the pipeline, which marks
// accepted findings. Threads: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/core/file_system.h"
#include "parsers/core/source.h"
#include "rules/engine/finding.h"

namespace assay::pipeline {

struct UsageError;

// Which findings make the run fail, as Checkov's soft-fail, soft-fail-on and hard-fail-on say it.
struct FailureGate {
  bool soft = false;
  std::vector<std::string> soft_on, hard_on;  // ids, globs and severities

  bool given() const { return soft || !soft_on.empty() || !hard_on.empty(); }
  // A rule that is named goes before a severity, hard before soft.
  bool fails(const rules::RuleInfo& rule, rules::Severity severity) const;
};

struct CheckovConfig {
  std::string path;                               // empty: there is none
  std::vector<std::string> checks, skip_checks;   // ids and globs
  std::vector<std::pair<std::string, std::string>> skip_checks_at;  // id or glob, regular expression of paths
  std::vector<std::string> paths;                 // directory, file
  std::vector<std::string> policies, variable_files;
  std::vector<std::string> skip_paths;            // regular expressions
  std::vector<std::string> formats;               // of resources whose findings count; empty: all
  std::optional<rules::Severity> minimum;
  FailureGate gate;
  std::string baseline;
  std::vector<std::string> notes;                 // about keys and values that are not followed
};

// The .checkov.yaml or .checkov.yml in one of the directories; empty when there is none.
std::string find_checkov_config(const core::FileSystem& files, const std::vector<std::string>& directories);
// Relative paths stay relative to the working directory, as Checkov reads them.
CheckovConfig read_checkov_config(const core::FileSystem& files, const std::string& path,
                                  std::vector<UsageError>& errors);

struct CheckovBaseline {
  struct Entry {
    std::string file;      // relative to the scanned directory; may be empty
    std::string resource;
    std::vector<std::string> checks;
  };
  std::string path;
  std::vector<Entry> entries;
};

CheckovBaseline read_checkov_baseline(const core::FileSystem& files, const std::string& path,
                                      std::vector<UsageError>& errors);
// Marks the findings that the baseline accepts; returns how many. `rules` are what Finding::rule indexes.
size_t apply_checkov_baseline(const CheckovBaseline& baseline, const std::vector<const rules::RuleInfo*>& rules,
                              const core::SourceSet& sources, std::vector<rules::Finding>& findings);

}  // namespace assay::pipeline
