// Report writers: each turns one rules::Report into the bytes of one format. They are pure: no
// clock, no file system, no terminal; the same report gives the same bytes.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rules/engine/finding.h"

namespace assay::report {

struct WriteOptions {
  bool color = false;      // text: ANSI colours
  uint32_t width = 100;    // text: columns of the terminal, for wrapping
  bool quiet = false;      // text: findings only, no summary
  bool explain = true;     // text: help line below each finding
  std::string category;    // sarif: automationDetails.id without its last slash; empty: "assay"
  uint64_t most_bytes = 0; // github-summary: what is left of the step's space; 0: all of it
  // Gets a sentence for each thing that a limit of the reading platform keeps out of the report; may be null.
  std::vector<std::string>* left_out = nullptr;
};

using Writer = std::string (*)(const rules::Report& report, const WriteOptions& options);

struct WriterEntry {
  std::string_view name;   // of --format
  Writer write;
};

std::string write_text(const rules::Report& report, const WriteOptions& options);
std::string write_json(const rules::Report& report, const WriteOptions& options);
std::string write_sarif(const rules::Report& report, const WriteOptions& options);
std::string write_sarif_github(const rules::Report& report, const WriteOptions& options);
std::string write_github(const rules::Report& report, const WriteOptions& options);
std::string write_github_summary(const rules::Report& report, const WriteOptions& options);
std::string write_gitlab(const rules::Report& report, const WriteOptions& options);
std::string write_gitlab_sast(const rules::Report& report, const WriteOptions& options);
std::string write_junit(const rules::Report& report, const WriteOptions& options);
std::string write_rdjson(const rules::Report& report, const WriteOptions& options);
std::string write_policy_report(const rules::Report& report, const WriteOptions& options);
std::string write_csv(const rules::Report& report, const WriteOptions& options);
std::string write_markdown(const rules::Report& report, const WriteOptions& options);
std::string write_html(const rules::Report& report, const WriteOptions& options);

// All formats, in the order that --help lists them.
std::span<const WriterEntry> all_writers();
const WriterEntry* find_writer(std::string_view name);
// Does a format need Report::judged?
bool wants_judged(std::string_view name);

}  // namespace assay::report
