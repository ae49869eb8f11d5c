// A scan in parts: which files and roots belong together, so that after an edit only those that the edited file is tied to
// are analysed again, and the result is that of a scan of everything.
//
// Nodes are the files of a scan and its roots. A root is tied to its files; beyond that nodes are tied by what they ask
// and have (parsers/model/ties.h). What is tied, over however many steps, is one part. A scan of one part alone
// (ScanOptions::only) finds in it what a scan of everything finds there, but for the number by which findings that are
// otherwise alike are told apart in their fingerprints; replace_part() counts those again.
//
// A scan that is not the sum of its parts has no Partition: with a focus, plans, frameworks, suppressions of a
// configuration, or policies over the graph of all resources (see Run::divide).
//
// Used by the cache and the language server. Ownership: everything owns its text. Threads: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "parsers/core/span.h"
#include "parsers/model/ties.h"
#include "rules/engine/finding.h"
#include "rules/engine/fingerprint.h"

namespace assay::pipeline {

// Edits that concern more than this share of all files are left to a scan of everything: it costs little more.
inline constexpr size_t kMostFilesOfParts = 2;  // one in so many
inline constexpr size_t kFewFiles = 50;         // are a part in any case
// How often a part may turn out to be tied to more.
inline constexpr size_t kMaxPartRounds = 4;

struct TieRow {
  model::Tie tie = 0;
  uint32_t node = 0;
  bool operator<(const TieRow& other) const { return tie != other.tie ? tie < other.tie : node < other.node; }
};

struct RootPart {
  std::string path, format;
  std::vector<core::FileId> files;  // sorted
  uint64_t resources = 0;           // that a summary counts
  uint64_t evaluations = 0;
};

struct Partition {
  std::string base;                // absolute: what `files` are relative to
  std::string boundary;            // LoadContext::boundary
  std::vector<std::string> files;  // by id, as they were found
  std::vector<uint64_t> evaluations;  // by file: of what its text alone gave
  std::vector<RootPart> roots;     // in no order; those without files are gone
  std::vector<TieRow> asks, haves;  // sorted; node: a file's id, or files.size() + a root's position
  std::vector<uint32_t> part_of;   // by node: the same number for what belongs together
  size_t passed_over = 0;            // the last rows of the coverage: no files
  // Of the findings before any was left out, and of those about suppressions; in the order of reports.
  std::vector<rules::FingerprintKey> keys, suppression_keys;

  uint32_t node_of_root(size_t root) const { return static_cast<uint32_t>(files.size() + root); }
};

// Finds what belongs together. REQUIRES: rows are sorted.
void find_parts(Partition& partition);
// By file: is it in a part with one of `changed`?
std::vector<bool> files_beside(const Partition& partition, const std::vector<core::FileId>& changed);
// `part` is of a scan of the files that `redone` says (by file of `whole`), after an edit. Files beyond those that it is
// tied to now, and that must be analysed with it.
std::vector<core::FileId> tied_beyond(const Partition& whole, const std::vector<bool>& redone, const Partition& part);

// `whole` with what `redone` says replaced by `part`, for those who keep reports in layers. False: the two do not fit.
bool replace_part(Partition& whole, const std::vector<bool>& redone, Partition part);
// `whole` and its report with what `redone` says replaced by `part` and its report. Files of `part` are known by the same
// paths in both. Findings of `part` have their fixes. False: the two do not fit, nothing can be said; `whole` is spoilt.
bool replace_part(Partition& whole, rules::Report& whole_report, const std::vector<bool>& redone, Partition part,
                  rules::Report part_report);

}  // namespace assay::pipeline
