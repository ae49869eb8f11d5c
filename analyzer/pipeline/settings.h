// What a configuration says beyond the options of the command line: rules by path, suppressions
// with owners, excludes, severities of one's own, and what files of other tools (.trivyignore,
// .kube-linter.yaml, .tfsec/config.yml) add.
//
// config.cc and config_peers.cc fill it; the pipeline follows it through the functions of
// config_apply.h. Paths of files are absolute. Ownership: everything owns its text. Threads: read
// only once filled.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "analyzer/pipeline/admission_settings.h"
#include "rules/engine/finding.h"

namespace assay::pipeline {

// Where something was said; no file: on the command line, or by default.
struct Place {
  std::string file;
  uint32_t line = 0, column = 0;  // 1-based
  uint32_t begin = 0, end = 0;    // bytes
};

// Patterns as in .gitignore, relative to `base`; "!" takes back. None: every path.
struct PathPatterns {
  std::string base;  // absolute directory
  std::vector<std::string> patterns;
  std::string regex;  // of Checkov: found in the path, in place of patterns
};

// suppressions:, .trivyignore.
struct SuppressionEntry {
  std::string rule;  // one of them
  PathPatterns paths;
  std::vector<std::string> resources;  // globs of addresses; empty: all
  std::string reason, until, owner;
  std::string bad_until;              // what stands where a date should
  std::string form = "suppressions";  // how it was written, as messages call it
  bool foreign = false;               // of another tool: its ids may have no rule here
  Place place;
};

// overrides:, and severities: for all paths.
struct Override {
  PathPatterns paths;
  std::vector<std::pair<std::string, Place>> rules,
      skip_rules;  // rules: run here, whatever skip-rules says
  std::vector<std::pair<std::string, rules::Severity>> severities;  // by id, name, alias or glob
  std::vector<Place> severity_places;
  Place place;
};

struct Exclude {
  PathPatterns paths;
  std::string by;               // "assay.yaml", as the coverage calls it
  bool only_manifests = false;  // .kube-linter.yaml: YAML and JSON
};

// Which of its own checks another tool was told to run: rules that it has no check for are not
// touched.
struct ToolChecks {
  std::string tool;               // of aliases: "kube-linter", "trivy"
  std::vector<std::string> only;  // empty: all
  std::vector<std::string> without;
  std::vector<std::string> mentioned;  // elsewhere: only looked up
  std::string file;
};

// How many findings are tolerated, by severity and of all together: beyond, the run fails.
struct CountGate {
  std::array<std::optional<uint64_t>, 5> most;  // by Severity
  std::optional<uint64_t> total;

  bool given() const {
    return total ||
           std::any_of(most.begin(), most.end(), [](const auto& one) { return one.has_value(); });
  }
};

struct SettingsNote {
  std::string code, message;
  std::string file;  // absolute
};

struct Settings {
  std::vector<std::string>
      files;  // that were read, absolute: assay.yaml and what it extends, files of other tools
  std::vector<SuppressionEntry> suppressions;
  std::vector<Override> overrides;  // later ones win
  std::vector<Exclude> excludes;
  std::vector<ToolChecks> tools;
  std::vector<std::string> formats;  // of resources whose findings count; empty: all
  std::vector<SettingsNote> notes;
  std::vector<std::pair<std::string, Place>>
      named;  // where a rule of `rules` or `skip-rules` was named, for messages
  std::vector<std::string> given_skip_rules;    // --skip-rule: no override turns these on
  std::optional<rules::Severity> tool_minimum;  // minimum_severity of tfsec
  AdmissionSettings admission;  // of the webhook
  bool require_reason = false;
  bool keep_suppressions =
      false;  // as resources, also where no rule asks about them: tests of rules do
};

}  // namespace assay::pipeline
