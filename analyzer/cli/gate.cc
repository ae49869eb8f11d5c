#include "analyzer/cli/gate.h"

#include <algorithm>

#include "analyzer/cli/commands.h"
#include "analyzer/pipeline/diff.h"
#include "parsers/core/metrics.h"
#include "parsers/core/path.h"

namespace assay::cli {
namespace {

// The tree before was searched in more files than were asked about, for what has moved: what is gone from those is
// not the answer.
void keep_asked(const pipeline::ScanOptions& options, rules::Report& report) {
  std::vector<std::string> asked;
  for (const std::string& path : options.paths)
    asked.push_back(core::normalize_path(core::join_path(options.current_directory, path)));
  if (asked.empty()) return;
  std::erase_if(report.comparison.gone, [&](const rules::GoneFinding& gone) {
    std::string file = core::normalize_path(core::join_path(report.base_directory, gone.file));
    return std::none_of(asked.begin(), asked.end(),
                        [&](const std::string& path) { return core::is_within(file, path); });
  });
}

bool fail(const core::Error& error) {
  print_error("assay: " + error.message + "\n");
  return false;
}

}  // namespace

bool Gate::open(pipeline::ScanOptions& scan) {
  if (!options_.baseline.empty()) {
    std::vector<pipeline::UsageError> errors;
    std::string path = core::normalize_path(core::join_path(scan.current_directory, options_.baseline));
    bool first_time = !options_.write_baseline.empty() && !disk_.exists(path);  // it is being made
    if (!first_time) baselines_.push_back(pipeline::read_baseline(disk_, path, errors));
    if (print_usage_errors(errors)) return false;
  }
  if (options_.diff.empty() && !options_.staged) return true;
  ASSAY_METRIC("git");
  auto revisions = pipeline::Revisions::open(disk_, {options_.diff, options_.staged}, scan);
  if (!revisions) return fail(revisions.error());
  revisions_ = std::move(*revisions);
  if (revisions_->compares()) {
    if (auto loaded = revisions_->load_before(); !loaded) return fail(loaded.error());
  }
  scan.policy_files = &disk_;
  return true;
}

bool Gate::compare(const pipeline::ScanOptions& options, pipeline::Scan& scan) {
  if (revisions_) {
    revisions_->complete(scan.report);
    if (revisions_->compares() && revisions_->is_same(scan)) {
      pipeline::compare_with_itself(scan, revisions_->against());
    } else if (revisions_->compares()) {
      auto before = pipeline::scan(revisions_->before(), revisions_->options_before(options, scan));
      for (pipeline::UsageError& error : before->usage_errors)
        error.message = "in " + revisions_->against() + ": " + error.message;
      if (print_usage_errors(before->usage_errors)) return false;
      ASSAY_METRIC("compare");
      pipeline::compare_scans(*before, scan, revisions_->root(), revisions_->against());
      keep_asked(options, scan.report);
      before.release();  // the process ends soon: the system takes memory back faster
    }
  }
  for (const pipeline::Baseline& baseline : baselines_) pipeline::apply_baseline(baseline, options, scan);
  scan.report.summary.problems = scan.report.problems.size();
  return write(scan);
}

bool Gate::write(pipeline::Scan& scan) const {
  if (options_.write_baseline.empty()) return true;
  auto status = core::write_file_atomically(options_.write_baseline, pipeline::write_baseline(scan));
  if (!status) return fail({"", "the baseline could not be written: " + status.error().message});
  // What is in the baseline from now on does not count.
  rules::Comparison& comparison = scan.report.comparison;
  if (comparison.against.empty()) comparison.against = "the new baseline " + options_.write_baseline;
  comparison.fresh = comparison.unchanged = 0;
  for (rules::Finding& finding : scan.report.findings) {
    if (finding.suppressed) continue;
    finding.baseline = "unchanged";
    ++comparison.unchanged;
  }
  return true;
}

}  // namespace assay::cli
