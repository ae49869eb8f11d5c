// assay scan --work-list/--shard, and assay merge.
#include <algorithm>
#include <optional>

#include "analyzer/cli/commands.h"
#include "analyzer/cli/gate.h"
#include "analyzer/cli/stdin_file.h"
#include "analyzer/pipeline/discover.h"
#include "analyzer/pipeline/fix/fix.h"
#include "analyzer/pipeline/fleet/code_owners.h"
#include "analyzer/pipeline/fleet/merge.h"
#include "analyzer/pipeline/fleet/work_list.h"
#include "parsers/core/path.h"
#include "sarif/writer.h"

namespace assay::cli {
namespace {

bool fail(const std::string& message) {
  print_error("assay: " + message + "\n");
  return false;
}

// The owners of the files that findings point at.
std::vector<pipeline::FileOwners> owners_of(const core::FileSystem& files, const pipeline::Scan& scan, const std::string& unit) {
  const rules::Report& report = scan.report;
  std::string root = pipeline::repository_root(files, unit);
  if (root.empty()) root = unit;
  pipeline::CodeOwners owners = pipeline::CodeOwners::of_repository(files, root);
  std::vector<pipeline::FileOwners> out;
  if (owners.empty()) return out;
  std::vector<std::string> paths;
  for (const rules::Finding& finding : report.findings) {
    if (finding.region.valid()) paths.push_back(report.sources->path(finding.region.file));
  }
  std::sort(paths.begin(), paths.end());
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
  for (std::string& path : paths) {
    std::string absolute = core::normalize_path(core::join_path(report.base_directory, path));
    auto named = owners.owners(core::relative_path(absolute, root));
    if (!named.empty()) out.push_back({std::move(path), std::move(named)});
  }
  return out;
}

// What goes where: lines of JSON and a SARIF log with a run per unit.
struct Results {
  pipeline::Merge lines, log;
  std::string text;
};

class WorkList {
 public:
  WorkList(const Options& given, core::FileSystem& files) : given_(given), files_(files) {}

  bool units(std::vector<std::string>& out) const {
    auto shard = given_.shard.empty() ? core::Result<pipeline::Shard>(pipeline::Shard{}) : pipeline::parse_shard(given_.shard);
    if (!shard) return fail(shard.error().message);
    out = given_.paths;
    if (!given_.work_list.empty()) {
      auto text = given_.work_list == "-" ? read_stdin(core::kMaxFileBytes) : files_.read(given_.work_list);
      if (!text) return fail("the work list could not be read: " + text.error().message);
      for (std::string& unit : pipeline::read_work_list(*text)) out.push_back(std::move(unit));
    }
    out = pipeline::select_shard(std::move(out), *shard);
    return true;
  }

  // Scans one unit as if it were alone. Mistakes in its configuration are its result; the others go on.
  void scan(const std::string& unit) {
    Options own = given_;
    own.paths = {unit};
    pipeline::ScanOptions options;
    Options merged;
    Gate gate(merged, files_);
    if (!make_scan_options(own, files_, options, merged) || !gate.open(options)) return broken(unit, "configuration");
    options.all_texts = wants("sarif");
    auto scan = pipeline::scan(gate.files(), options);
    if (!scan->usage_errors.empty()) {
      print_usage_errors(scan->usage_errors);
      return broken(unit, scan->usage_errors.front().message);
    }
    if (!gate.compare(options, *scan)) return broken(unit, "comparison");
    rules::Report& report = scan->report;
    report.exit_code = exit_code_of(report, merged);
    report.arguments = {"scan", unit};
    report.summary.duration_ms = 0;
    pipeline::attach_fixes(*scan);
    add(unit, *scan);
  }

  bool write() const {
    bool good = true;
    for (const auto& [format, path] : given_.outputs) {
      auto status = core::write_file_atomically(path, result(format));
      if (!status) good = fail("the " + format + " report was not written: " + status.error().message);
    }
    return print_out(result(given_.format.empty() ? "text" : given_.format)) && good;
  }

  int exit_code() const { return results_.lines.exit_code(); }

 private:
  bool wants(std::string_view format) const {
    return (given_.format.empty() ? "text" : given_.format) == format ||
           std::any_of(given_.outputs.begin(), given_.outputs.end(), [&](const auto& output) { return output.first == format; });
  }

  std::string result(const std::string& format) const {
    return format == "json" ? results_.lines.result() : format == "sarif" ? results_.log.result() : results_.text;
  }

  // Units differ from each other, so nothing can be in the way.
  void keep(const core::Status& status) { ASSAY_CHECK(status.has_value()); }

  void broken(const std::string& unit, const std::string& error) {
    print_error("assay: " + unit + " was not scanned\n");
    keep(results_.lines.add(unit, pipeline::failed_unit_line(unit, kUsage, error)));
    results_.text += unit + ": not scanned: " + error + "\n";
  }

  void add(const std::string& unit, const pipeline::Scan& scan) {
    const rules::Report& report = scan.report;
    report::WriteOptions options;
    options.quiet = given_.quiet;
    std::string absolute = core::normalize_path(core::join_path(report.base_directory, unit));
    keep(results_.lines.add(unit, pipeline::unit_line(unit, report.exit_code, owners_of(files_, scan, absolute),
                                                      report::find_writer("json")->write(report, options))));
    if (wants("sarif")) {
      options.category = (given_.category.empty() ? "assay" : given_.category) + "/" + unit;
      keep(results_.log.add_sarif(unit, report::find_writer("sarif")->write(report, options)));
    }
    if (wants("text")) results_.text += "== " + unit + "\n" + report::find_writer("text")->write(report, options);
  }

  const Options& given_;
  core::FileSystem& files_;
  Results results_;
};

}  // namespace

int run_work_list(const Options& given) {
  core::RealFileSystem files;
  WorkList work(given, files);
  std::vector<std::string> units;
  if (!work.units(units)) return kUsage;
  for (const std::string& unit : units) work.scan(unit);
  return work.write() ? work.exit_code() : kUsage;
}

int run_merge(const Options& options) {
  core::RealFileSystem files;
  pipeline::Merge merge;
  for (const std::string& path : options.paths) {
    auto text = files.read_up_to(path, pipeline::kMaxMergedFile);
    auto status = text ? merge.add(path, std::move(*text)) : core::Status(text.error());
    if (!status) {
      fail(status.error().message);
      return kUsage;
    }
  }
  std::string result = merge.result();
  if (!options.directory.empty()) {
    auto status = core::write_file_atomically(options.directory, result);
    if (!status) return fail(status.error().message), kUsage;
  } else if (!print_out(result)) {
    return kUsage;
  }
  return merge.exit_code();
}

}  // namespace assay::cli
