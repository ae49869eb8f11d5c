// assay scan.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>
#include <mutex>
#include <optional>

#include "analyzer/cli/commands.h"
#include "analyzer/cli/fixes.h"
#include "analyzer/cli/scan_cache.h"
#include "analyzer/cli/gate.h"
#include "analyzer/cli/report_output.h"
#include "analyzer/cli/stdin_file.h"
#include "analyzer/pipeline/fix/fix.h"
#include "analyzer/pipeline/suppression_findings.h"
#include "parsers/core/metrics.h"
#include "parsers/core/parallel.h"
#include "parsers/core/path.h"
#include "sarif/writer.h"

namespace assay::cli {
namespace {

// Shows itself on a terminal once the work takes long; removed before anything else is printed.
class ProgressBar {
 public:
  explicit ProgressBar(bool wanted) : on_(wanted && isatty(STDERR_FILENO)) {}
  ~ProgressBar() { clear(); }
  void show(std::string_view stage, size_t done, size_t total) {
    if (!on_) return;
    std::lock_guard lock(mutex_);
    auto now = std::chrono::steady_clock::now();
    if (now - started_ < std::chrono::seconds(1)) return;
    constexpr size_t kWidth = 30;
    size_t filled = total == 0 ? 0 : std::min(kWidth, done * kWidth / total);
    std::string line = "\r\x1b[2K" + std::string(stage) + " [" + std::string(filled, '=') +
                       std::string(kWidth - filled, ' ') + "] " + std::to_string(done) + "/" + std::to_string(total);
    print_error(line);
    drawn_ = true;
  }
  void clear() {
    if (drawn_) print_error("\r\x1b[2K");
    drawn_ = false;
  }

 private:
  bool on_;
  bool drawn_ = false;
  std::mutex mutex_;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

// SARIF describes every rule that ran, the other formats those with findings.
bool lists_rules(const Options& options) {
  return options.format == "sarif" || std::any_of(options.outputs.begin(), options.outputs.end(),
                                                  [](const auto& output) { return output.first == "sarif"; });
}

bool wants_judged(const Options& options) {
  return report::wants_judged(options.format) || std::any_of(options.outputs.begin(), options.outputs.end(),
                                                             [](const auto& output) { return report::wants_judged(output.first); });
}

bool use_color(Color color) {
  if (color != Color::kAuto) return color == Color::kAlways;
  const char* no_color = std::getenv("NO_COLOR");
  return isatty(STDOUT_FILENO) && (no_color == nullptr || *no_color == 0);
}

// Are there more findings than thresholds tolerate? Severities without one are judged by --fail-on.
bool is_too_many(const std::vector<const rules::Finding*>& counted, const pipeline::CountGate& counts, size_t fail_on) {
  std::array<uint64_t, 5> found{};
  uint64_t total = 0;
  for (const rules::Finding* finding : counted) {
    ++found[static_cast<size_t>(finding->severity)];
    total += static_cast<size_t>(finding->severity) >= fail_on;
  }
  for (size_t i = 0; i < found.size(); ++i) {
    if (counts.most[i] ? found[i] > *counts.most[i] : !counts.total && found[i] > 0 && i >= fail_on) return true;
  }
  return counts.total && total > *counts.total;
}

}  // namespace

int exit_code_of(const rules::Report& report, const Options& options) {
  const pipeline::FailureGate& gate = options.gate;
  // "none" leaves findings to whoever reads the report, or to thresholds.
  size_t fail_on = options.fail_on == "none" ? SIZE_MAX
                                             : static_cast<size_t>(rules::parse_severity(options.fail_on).value_or(rules::Severity::kLow));
  std::vector<const rules::Finding*> counted;
  bool findings = false;
  for (const rules::Finding& f : report.findings) {
    if (!rules::counts(f) || f.verdict != rules::Verdict::kFail) continue;
    const rules::RuleInfo& rule = report.rules[f.rule];
    if (options.require_reason && rule.id == pipeline::rule_of_fault(rules::SuppressionFault::kWithoutReason)) findings = true;
    if (gate.given() && !gate.fails(rule, f.severity)) continue;
    findings |= !options.counts.given() && static_cast<size_t>(f.severity) >= fail_on;
    counted.push_back(&f);
  }
  if (findings || (options.counts.given() && is_too_many(counted, options.counts, fail_on))) return kFindings;
  bool partial = std::any_of(report.problems.begin(), report.problems.end(), [](const core::Problem& problem) {
    return problem.severity != core::ProblemSeverity::kNote;
  });
  return partial && !options.allow_partial ? kPartial : kClean;
}

int run_scan(const Options& given) {
  if (!given.work_list.empty() || !given.shard.empty()) return run_work_list(given);
  core::RealFileSystem disk;
  std::optional<StdinFileSystem> overlay;
  if (!given.stdin_name.empty()) {
    auto directory = disk.real_path(".");
    auto text = read_stdin(core::kMaxFileBytes);
    const auto failed = !directory ? directory.error() : !text ? text.error() : core::Error{};
    if (!failed.code.empty()) {
      print_error("assay: " + failed.message + "\n");
      return kUsage;
    }
    overlay.emplace(disk, core::normalize_path(core::join_path(*directory, given.stdin_name)), std::move(*text));
  }
  auto cache = open_cache(given, disk);
  core::FileSystem& files = cache ? cache->files() : overlay ? static_cast<core::FileSystem&>(*overlay) : disk;
  pipeline::ScanOptions options;
  Options merged;
  if (!make_scan_options(given, files, options, merged)) return kUsage;
  options.all_texts = lists_rules(merged);
  options.list_judged = wants_judged(merged);
  if (!merged.trace_file.empty()) core::metrics::enable(core::metrics::Mode::kTrace);
  else if (merged.stats) core::metrics::enable(core::metrics::Mode::kStats);

  ProgressBar bar(!merged.quiet);
  options.progress = [&](std::string_view stage, size_t done, size_t total) { bar.show(stage, done, total); };
  FixRun fixes;
  Gate gate(merged, files);
  if (!gate.open(options)) return kUsage;
  if (!run_fixes(merged, gate.files(), options, fixes)) return kUsage;
  bool keeps = cache && !merged.no_cache && merged.baseline.empty();  // a configuration may have its say
  options.divide = keeps;
  std::unique_ptr<pipeline::Scan> scan = keeps ? cache->find(options) : nullptr;
  bool known = scan != nullptr;
  if (!known) scan = pipeline::scan(gate.files(), options);
  bar.clear();
  if (print_usage_errors(scan->usage_errors)) return kUsage;
  if (!gate.compare(options, *scan)) return kUsage;

  rules::Report& report = scan->report;
  report.exit_code = exit_code_of(report, merged);
  report.arguments = {"scan"};
  for (const std::string& path : merged.paths) report.arguments.push_back(path);

  if (!known) pipeline::attach_fixes(*scan);
  if (keeps && !known) cache->keep(*scan);
  if (cache && !cache->note().empty() && !given.cache_directory.empty()) print_error("assay: note: " + cache->note() + "\n");

  // A clock in the report would make equal inputs give different bytes.
  if (!merged.stats) report.summary.duration_ms = 0;

  bool written = false;
  {
    ASSAY_METRIC("report");
    // The diff stands alone, so that patch and git apply can read it.
    std::optional<std::string> diff;
    if (!merged.show_fixes.empty()) diff = fixes_diff(fixes, report);
    written = write_reports(merged, report, use_color(merged.color), diff);
  }
  ASSAY_COUNT("peak memory KiB", core::metrics::peak_memory_kib());
  if (merged.stats) print_error(core::metrics::stats_table());
  if (!merged.trace_file.empty()) {
    auto status = core::write_file_atomically(merged.trace_file, core::metrics::trace_json());
    if (!status) {
      print_error("assay: " + status.error().message + "\n");
      return kUsage;
    }
  }
  // The process ends here: the system takes memory back faster than destructors do. Volatile, so that the
  // compiler keeps the pointer, by which LeakSanitizer knows that nothing was lost.
  static pipeline::Scan* volatile kept;
  kept = scan.release();
  return fixes.failed || !written ? kUsage : kept->report.exit_code;
}

}  // namespace assay::cli
