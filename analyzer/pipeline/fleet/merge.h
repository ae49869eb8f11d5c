// Results of a work list and how parts of them become one. The result of one unit is one line of JSON: the report of the
// unit with `unit`, `exit_code` and `owners` in front. A file of lines sorted by unit is the result of many; nothing in it
// depends on how the work was dealt out, so that shards put together are, byte for byte, the result of one run.
// SARIF logs hold a run per unit, told apart by automationDetails.id.
//
// Merging is a union: in any order and grouping, and once more of the same, it gives the same bytes. Two different
// results of one unit are a mistake ("conflict"): nobody can say which one is true.
// Called by `assay scan --work-list` and `assay merge`. Threads: none of its own.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/core/result.h"

namespace assay::pipeline {

inline constexpr size_t kMaxMergedFile = size_t{4} << 30;  // bytes of one file of results

struct FileOwners {
  std::string file;
  std::vector<std::string> owners;
};

// The line of a unit, newline included; `report` is what the JSON writer wrote. Sorted by file, `owners` has files with findings.
std::string unit_line(std::string_view unit, int exit_code, const std::vector<FileOwners>& owners, std::string_view report);
// The line of a unit that could not be scanned at all.
std::string failed_unit_line(std::string_view unit, int exit_code, std::string_view error);

class Merge {
 public:
  // Adds a file of lines or a SARIF log. Errors: "syntax" (with the line), "mixed" (the other kind), "conflict".
  core::Status add(std::string_view name, std::string text);
  // Adds the log of one unit, as the SARIF writer wrote it.
  core::Status add_sarif(std::string_view name, std::string_view text);
  std::string result() const;
  // The exit code of the whole: 2 before 1 before 3 before 0; 0 for SARIF logs.
  int exit_code() const { return exit_code_; }
  size_t units() const { return items_.size(); }

 private:
  struct Item {
    std::string text;
    std::string from;
  };
  core::Status add_lines(std::string_view name, std::string_view text);
  core::Status put(std::string key, std::string_view text, std::string_view name);
  enum class Kind { kNone, kLines, kSarif } kind_ = Kind::kNone;
  std::map<std::string, Item> items_;
  std::string sarif_head_;  // of the first log: version and schema
  int exit_code_ = 0;
};

}  // namespace assay::pipeline
