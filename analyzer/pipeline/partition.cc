#include "analyzer/pipeline/partition.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "analyzer/pipeline/pipeline.h"

namespace assay::pipeline {
namespace {

class Groups {
 public:
  explicit Groups(size_t size) : above_(size) { std::iota(above_.begin(), above_.end(), 0u); }
  uint32_t find(uint32_t node) {
    while (above_[node] != node) node = above_[node] = above_[above_[node]];
    return node;
  }
  void join(uint32_t a, uint32_t b) {
    a = find(a), b = find(b);
    if (a != b) above_[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<uint32_t> above_;
};

// Calls visit(a, b) for one of `a` and all of `b` with equal ties; both sorted.
template <typename Visit>
void for_each_meeting(const std::vector<TieRow>& a, const std::vector<TieRow>& b, Visit visit) {
  auto at = b.begin();
  for (const TieRow& row : a) {
    while (at != b.end() && at->tie < row.tie) ++at;
    for (auto other = at; other != b.end() && other->tie == row.tie; ++other) visit(row.node, other->node);
  }
}

bool is_file(const Partition& partition, uint32_t node) { return node < partition.files.size(); }

// The first file of a node; kNoFile for a root without files.
core::FileId file_of(const Partition& partition, uint32_t node) {
  if (is_file(partition, node)) return node;
  const std::vector<core::FileId>& files = partition.roots[node - partition.files.size()].files;
  return files.empty() ? core::kNoFile : files.front();
}

}  // namespace

void find_parts(Partition& partition) {
  Groups groups(partition.files.size() + partition.roots.size());
  for (size_t i = 0; i < partition.roots.size(); ++i) {
    for (core::FileId file : partition.roots[i].files) groups.join(file, partition.node_of_root(i));
  }
  // Who asks for one thing that somebody has: all of them meet whoever has it first.
  auto have = partition.haves.begin();
  for (size_t i = 0; i < partition.asks.size();) {
    model::Tie tie = partition.asks[i].tie;
    while (have != partition.haves.end() && have->tie < tie) ++have;
    auto first = have;
    for (; have != partition.haves.end() && have->tie == tie; ++have) groups.join(first->node, have->node);
    bool met = first != have;
    for (; i < partition.asks.size() && partition.asks[i].tie == tie; ++i) {
      if (met) groups.join(first->node, partition.asks[i].node);
    }
  }
  partition.part_of.resize(partition.files.size() + partition.roots.size());
  for (uint32_t node = 0; node < partition.part_of.size(); ++node) partition.part_of[node] = groups.find(node);
}

std::vector<bool> files_beside(const Partition& partition, const std::vector<core::FileId>& changed) {
  std::unordered_set<uint32_t> parts;
  for (core::FileId file : changed) parts.insert(partition.part_of[file]);
  std::vector<bool> out(partition.files.size());
  for (core::FileId file = 0; file < out.size(); ++file) out[file] = parts.contains(partition.part_of[file]);
  return out;
}

std::vector<core::FileId> tied_beyond(const Partition& whole, const std::vector<bool>& redone, const Partition& part) {
  std::set<core::FileId> out;
  auto note = [&](uint32_t, uint32_t node) {
    core::FileId file = file_of(whole, node);
    if (file != core::kNoFile && !redone[file]) out.insert(file);
  };
  // A part's own files ask and have the same things as in `whole`: those rows are of redone files there.
  for_each_meeting(part.asks, whole.haves, note);
  for_each_meeting(part.haves, whole.asks, note);
  return {out.begin(), out.end()};
}

namespace {

// One report's and partition's files in the numbers of another.
class Renumbering {
 public:
  // False: there is a file in `part` that `whole` does not have.
  bool read(const Partition& whole, const Partition& part) {
    std::unordered_map<std::string_view, core::FileId> ids;
    ids.reserve(whole.files.size());
    for (core::FileId id = 0; id < whole.files.size(); ++id) ids.emplace(whole.files[id], id);
    for (const std::string& path : part.files) {
      auto found = ids.find(path);
      if (found == ids.end()) return false;
      ids_.push_back(found->second);
    }
    return true;
  }
  core::FileId operator()(core::FileId file) const { return file < ids_.size() ? ids_[file] : core::kNoFile; }
  void apply(core::Span& span) const {
    if (span.valid()) span.file = (*this)(span.file);
  }
  void apply(rules::Finding& finding) const {
    apply(finding.resource.header);
    apply(finding.resource.extent);
    apply(finding.region);
    apply(finding.whole);
    for (rules::OriginStep& step : finding.origin) apply(step.span);
    for (rules::RelatedPlace& place : finding.related) apply(place.span);
    if (finding.suppressed) apply(finding.suppressed->span);
    if (!finding.fix) return;
    for (rules::TextEdit& edit : finding.fix->edits) apply(edit.span);
  }
  void apply(core::Problem& problem) const {
    apply(problem.span);
    apply(problem.related);
  }

 private:
  std::vector<core::FileId> ids_;
};

bool is_redone(const std::vector<bool>& redone, core::FileId file) { return file < redone.size() && redone[file]; }

// Puts `more` between the items of `list`; both are sorted by `path_of`, and no path is in both.
template <typename T, typename PathOf>
void merge_by_path(std::vector<T>& list, std::vector<T> more, PathOf path_of) {
  if (more.empty()) return;
  size_t before = list.size();
  std::move(more.begin(), more.end(), std::back_inserter(list));
  std::inplace_merge(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(before), list.end(),
                     [&](const T& a, const T& b) { return path_of(a) < path_of(b); });
}

// Files keep their numbers; roots that are gone keep their places, empty.
void replace_nodes(Partition& whole, const std::vector<bool>& redone, Partition part, const Renumbering& ids) {
  uint32_t files = static_cast<uint32_t>(whole.files.size()), part_files = static_cast<uint32_t>(part.files.size());
  std::vector<bool> gone(whole.roots.size());
  for (size_t i = 0; i < whole.roots.size(); ++i) {
    RootPart& root = whole.roots[i];
    if (root.files.empty() || !redone[root.files.front()]) continue;
    gone[i] = true;
    root = {};
  }
  uint32_t first_root = whole.node_of_root(whole.roots.size());
  for (RootPart& root : part.roots) {
    for (core::FileId& file : root.files) file = ids(file);
    std::sort(root.files.begin(), root.files.end());
    whole.roots.push_back(std::move(root));
  }
  for (auto list : {&Partition::asks, &Partition::haves}) {
    std::vector<TieRow>& rows = whole.*list;
    std::erase_if(rows, [&](const TieRow& row) { return row.node < files ? bool(redone[row.node]) : row.node < first_root && gone[row.node - files]; });
    size_t before = rows.size();
    for (TieRow row : part.*list) {
      row.node = row.node < part_files ? ids(row.node) : first_root + (row.node - part_files);
      rows.push_back(row);
    }
    auto middle = rows.begin() + static_cast<std::ptrdiff_t>(before);
    std::sort(middle, rows.end());
    std::inplace_merge(rows.begin(), middle, rows.end());
  }
  for (core::FileId file = 0; file < part_files; ++file) whole.evaluations[ids(file)] = part.evaluations[file];
  find_parts(whole);
}

}  // namespace

bool replace_part(Partition& whole, const std::vector<bool>& redone, Partition part) {
  Renumbering ids;
  if (!ids.read(whole, part)) return false;
  replace_nodes(whole, redone, std::move(part), ids);
  return true;
}

bool replace_part(Partition& whole, rules::Report& report, const std::vector<bool>& redone, Partition part,
                  rules::Report part_report) {
  Renumbering ids;
  if (!ids.read(whole, part)) return false;
  // Every redone file was analysed, and no other.
  std::vector<bool> seen(whole.files.size());
  for (core::FileId file = 0; file < part.files.size(); ++file) seen[ids(file)] = true;
  if (seen != redone) return false;
  if (report.rules.size() != part_report.rules.size()) return false;

  auto path_of_file = [&](core::FileId file) { return file < whole.files.size() ? std::string_view(whole.files[file]) : std::string_view(); };

  // --- Fingerprints: what is kept and what is new, numbered in one order.
  std::unordered_map<std::string, std::string> renamed_old, renamed_new;
  for (auto list : {&Partition::keys, &Partition::suppression_keys}) {
    std::vector<rules::FingerprintKey>& kept = whole.*list;
    std::erase_if(kept, [&](const rules::FingerprintKey& key) { return is_redone(redone, key.file); });
    std::vector<rules::FingerprintKey>& fresh = part.*list;
    for (rules::FingerprintKey& key : fresh) key.file = ids(key.file);
    size_t before = kept.size();
    struct Side {
      rules::FingerprintKey key;
      bool fresh;
    };
    std::vector<Side> all;
    all.reserve(before + fresh.size());
    for (rules::FingerprintKey& key : kept) all.push_back({std::move(key), false});
    for (rules::FingerprintKey& key : fresh) all.push_back({std::move(key), true});
    std::inplace_merge(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(before), all.end(), [&](const Side& a, const Side& b) {
      return path_of_file(a.key.file) < path_of_file(b.key.file);
    });
    kept.clear();
    std::unordered_map<std::string, uint32_t> occurrences;
    occurrences.reserve(all.size());
    for (Side& side : all) {
      uint32_t occurrence = occurrences[side.key.key]++;
      std::string fingerprint = rules::fingerprint_of(side.key.key, occurrence);
      if (fingerprint != side.key.fingerprint) {
        (side.fresh ? renamed_new : renamed_old).emplace(side.key.fingerprint, fingerprint);
        side.key.fingerprint = std::move(fingerprint);
      }
      kept.push_back(std::move(side.key));
    }
  }
  auto rename = [](const std::unordered_map<std::string, std::string>& renamed, rules::Finding& finding) {
    auto found = renamed.find(finding.fingerprint);
    if (found != renamed.end()) finding.fingerprint = found->second;
  };

  // --- Findings.
  for (auto list : {&rules::Report::findings, &rules::Report::unreported}) {
    std::vector<rules::Finding>& kept = report.*list;
    std::erase_if(kept, [&](const rules::Finding& finding) { return is_redone(redone, finding.region.file); });
    for (rules::Finding& finding : kept) rename(renamed_old, finding);
    for (rules::Finding& finding : part_report.*list) {
      rename(renamed_new, finding);
      ids.apply(finding);
    }
    merge_by_path(kept, std::move(part_report.*list), [&](const rules::Finding& finding) {
      return path_of_file(finding.region.file);
    });
  }
  for (size_t i = 0; i < report.rules.size(); ++i) {
    if (report.rules[i].title.empty()) report.rules[i] = std::move(part_report.rules[i]);
  }

  // --- Problems: of files; others are of the whole scan, and each part's scan says them again.
  std::unordered_set<std::string_view> known_paths(whole.files.begin(), whole.files.end());
  std::unordered_set<std::string_view> redone_paths;
  for (core::FileId file = 0; file < redone.size(); ++file) {
    if (redone[file]) redone_paths.insert(whole.files[file]);
  }
  std::unordered_set<std::string_view> redone_roots;
  for (const RootPart& root : whole.roots) {
    if (!root.files.empty() && redone[root.files.front()]) redone_roots.insert(root.path);
  }
  for (const RootPart& root : part.roots) redone_roots.insert(root.path);
  auto path_of = [&](const core::Problem& problem) -> std::string_view {
    return problem.span.valid() ? path_of_file(problem.span.file) : std::string_view(problem.path);
  };
  auto of_part = [&](const core::Problem& problem) {
    std::string_view path = path_of(problem);
    return redone_paths.contains(path) || (!known_paths.contains(path) && redone_roots.contains(path));
  };
  std::erase_if(report.problems, of_part);
  std::set<std::pair<std::string_view, std::string_view>> general;  // code and message
  std::set<std::string_view> not_judged;
  for (const core::Problem& problem : report.problems) {
    if (problem.code == "rule-not-evaluated") not_judged.insert(std::string_view(problem.message).substr(problem.message.find(" could not judge ")));
    general.emplace(problem.code, problem.message);
  }
  core::Problems problems;
  for (core::Problem& problem : part_report.problems) {
    ids.apply(problem);
    if (of_part(problem)) {
      // The same failure at the same address would be one problem.
      if (problem.code == "rule-not-evaluated" &&
          not_judged.contains(std::string_view(problem.message).substr(problem.message.find(" could not judge ")))) {
        return false;
      }
      problems.push_back(std::move(problem));
    } else if (!general.contains({problem.code, problem.message})) {
      return false;  // something new about the whole
    }
  }
  merge_by_path(report.problems, std::move(problems), path_of);

  // --- Coverage: roots in the order of the project, then files by path, then what was passed over.
  auto last_root = std::find_if(report.coverage.begin(), report.coverage.end(), [](const rules::CoverageRow& row) { return !row.is_root; });
  std::vector<rules::CoverageRow> roots(std::make_move_iterator(report.coverage.begin()), std::make_move_iterator(last_root));
  report.coverage.erase(report.coverage.begin(), last_root);
  if (report.coverage.size() < whole.passed_over) return false;
  auto last_file = report.coverage.end() - static_cast<std::ptrdiff_t>(whole.passed_over);
  std::vector<rules::CoverageRow> passed_over(std::make_move_iterator(last_file), std::make_move_iterator(report.coverage.end()));
  report.coverage.erase(last_file, report.coverage.end());
  std::set<std::pair<std::string_view, std::string_view>> gone;
  for (const RootPart& root : whole.roots) {
    if (!root.files.empty() && redone[root.files.front()]) gone.emplace(root.path, root.format);
  }
  std::erase_if(roots, [&](const rules::CoverageRow& row) { return gone.contains({row.path, row.format}); });
  std::erase_if(report.coverage, [&](const rules::CoverageRow& row) { return redone_paths.contains(row.path); });
  std::vector<rules::CoverageRow> new_roots, new_files;
  for (rules::CoverageRow& row : part_report.coverage) {
    if (row.is_root) new_roots.push_back(std::move(row));
    else new_files.push_back(std::move(row));
  }
  merge_by_path(roots, std::move(new_roots), [](const rules::CoverageRow& row) { return std::pair(std::string_view(row.path), std::string_view(row.format)); });
  merge_by_path(report.coverage, std::move(new_files), [](const rules::CoverageRow& row) { return std::string_view(row.path); });
  roots.reserve(roots.size() + report.coverage.size() + passed_over.size());
  std::move(report.coverage.begin(), report.coverage.end(), std::back_inserter(roots));
  std::move(passed_over.begin(), passed_over.end(), std::back_inserter(roots));
  report.coverage = std::move(roots);

  // --- What must not be quoted.
  std::erase_if(report.secret_spans, [&](const core::Span& span) { return span.valid() && is_redone(redone, span.file); });
  for (core::Span span : part_report.secret_spans) {
    ids.apply(span);
    report.secret_spans.push_back(span);
  }

  replace_nodes(whole, redone, std::move(part), ids);

  rules::Summary& summary = report.summary;
  summary.resources = summary.evaluations = summary.fail = summary.maybe = summary.suppressed = 0;
  for (const RootPart& root : whole.roots) {
    summary.resources += root.resources;
    summary.evaluations += root.evaluations;
  }
  for (uint64_t evaluations : whole.evaluations) summary.evaluations += evaluations;
  count_findings(report.findings, summary);
  summary.problems = report.problems.size();
  return true;
}

}  // namespace assay::pipeline
