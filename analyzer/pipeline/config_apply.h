// A scan follows its settings: which files are left out, which rules run where and how severe they
// are, and entries of suppressions as directives.
//
// Called by the pipeline. Threads: const functions.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/pipeline/discover.h"
#include "analyzer/pipeline/settings.h"
#include "parsers/core/ignore.h"
#include "parsers/core/regex.h"
#include "parsers/core/source.h"
#include "parsers/formats/format.h"
#include "rules/engine/rule_set.h"
#include "rules/engine/suppression.h"

namespace assay::pipeline {

struct ScanOptions;
struct UsageError;

// PathPatterns made ready for paths relative to `base` (absolute).
class PathFilter {
 public:
  PathFilter(const PathPatterns& patterns, const std::string& base);
  bool matches(std::string_view path) const;
  // The outermost directory of a path that is matched as a whole; empty when none is.
  std::string_view directory_of(std::string_view path) const;
  bool everything() const { return everything_; }

 private:
  core::IgnoreFile file_;
  std::string from_, to_;  // path below `from_` is, seen from the patterns, below `to_`
  bool everything_ = false;
  std::shared_ptr<const core::Regex> regex_;
};

// Takes out what `exclude` names, files given by name as well: a hook passes whatever has changed.
// Those are noted in `problems`, all of them in the coverage.
void exclude_files(const Settings& settings, Discovery& discovery, core::Problems& problems);

// Does the rule run for some paths, though skip-rules names it? Not against --skip-rule.
bool is_turned_on(const Settings& settings, const rules::RuleInfo& rule);
// By rule: it runs only where an override turns it on.
std::vector<bool> rules_off_elsewhere(const ScanOptions& options, const rules::RuleSet& rules);
// Was the tool whose check the rule is told to leave it out?
bool is_left_out_by_tool(const Settings& settings, const rules::RuleInfo& rule);

// Severities for all paths, before anything is judged.
void apply_general_severities(const Settings& settings, rules::RuleSet& rules);
// Names in overrides and suppressions that no rule has are errors, those in files of other tools
// are counted in notes; `all` are the rules that exist.
void check_names(const ScanOptions& options,
                 const std::vector<const std::vector<rules::Rule>*>& all,
                 std::vector<UsageError>& errors, core::Problems& problems);

// TF_WORKSPACE (with --tf-env), what was selected in the directory, or "default".
std::string terraform_workspace(const core::FileSystem& files, const formats::LoadOptions& load,
                                const std::string& directory);

// Rules and severities by path: takes findings out whose rule is off at their place. `off`:
// rules_off_elsewhere().
class Overrides {
 public:
  Overrides(const Settings& settings, const rules::RuleSet& rules, const core::SourceSet& sources,
            const std::string& base, const std::vector<bool>& off);
  // Sets the finding's severity; false when its rule is off there.
  bool apply(rules::Finding& finding);

 private:
  struct Row {
    PathFilter paths;
    std::vector<bool> on, off;     // by rule; empty: none
    std::vector<int8_t> severity;  // by rule; -1: as it is
  };
  std::vector<Row> rows_;
  const core::SourceSet& sources_;
  std::vector<bool> off_;  // rules that skip-rules names
};

// Entries as directives; files that say them are added to `sources` where they are not there.
std::vector<rules::Directive> directives_of(const Settings& settings, const core::FileSystem& files,
                                            core::SourceSet& sources, const std::string& base);

}  // namespace assay::pipeline
