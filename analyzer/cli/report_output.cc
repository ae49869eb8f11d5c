#include "analyzer/cli/report_output.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <set>

#include "analyzer/cli/commands.h"
#include "parsers/core/file_system.h"
#include "parsers/core/path.h"
#include "sarif/writer.h"

namespace assay::cli {
namespace {

constexpr std::string_view kStdout = "-";
constexpr uint64_t kSummarySpace = (1u << 20) - 1024;  // GitHub drops a step summary above 1 MiB
constexpr uint64_t kLeastSummary = 4096;               // bytes in which a summary says something

bool goes_to_stdout(const Options& options) {
  return std::any_of(options.outputs.begin(), options.outputs.end(),
                     [](const auto& output) { return output.second == kStdout; });
}

bool has_format(const Options& options, std::string_view name) {
  return options.format == name || std::any_of(options.outputs.begin(), options.outputs.end(),
                                               [&](const auto& output) { return output.first == name; });
}

// Appends: other commands of the same step write to the same file. All of it or nothing.
std::string append_to_file(const std::string& path, std::string_view bytes) {
  int file = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
  if (file < 0) return std::strerror(errno);
  struct stat before;
  bool regular = ::fstat(file, &before) == 0 && S_ISREG(before.st_mode);
  std::string failure;
  while (!bytes.empty() && failure.empty()) {
    ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0)
      failure = std::strerror(written < 0 ? errno : EIO);
    else
      bytes.remove_prefix(static_cast<size_t>(written));
  }
  if (!failure.empty() && regular && ::ftruncate(file, before.st_size) != 0)
    failure += ", and a part of it could not be removed";
  if (::close(file) != 0 && failure.empty()) failure = std::strerror(errno);
  return failure;
}

class Reports {
 public:
  Reports(const Options& options, const rules::Report& report) : options_(options), report_(report) {
    write_.quiet = options.quiet;
    write_.category = options.category;
  }

  std::string make(const std::string& format) {
    std::vector<std::string> left_out;
    write_.left_out = &left_out;
    std::string out = report::find_writer(format)->write(report_, write_);
    write_.left_out = nullptr;
    for (const std::string& words : left_out) print_error("assay: " + format + ": " + words + "\n");
    return out;
  }

  void to_file(const std::string& format, const std::string& path) {
    auto status = core::write_file_atomically(path, make(format));
    if (status) return;
    failed_ = true;
    print_error("assay: the " + format + " report was not written: " + status.error().message + "\n");
  }

  void to_stdout(std::string text) { failed_ |= !print_out(text); }

  // $GITHUB_STEP_SUMMARY names the file that the runner shows on the page of the run.
  void to_step_summary() {
    const char* named = std::getenv("GITHUB_STEP_SUMMARY");
    if (named == nullptr || *named == 0) return;
    std::string path = named;
    // --output github-summary=FILE has written it already.
    for (const auto& output : options_.outputs) {
      if (output.first == "github-summary" && output.second == path) return;
    }
    struct stat status;
    uint64_t used = ::stat(named, &status) == 0 && S_ISREG(status.st_mode) ? static_cast<uint64_t>(status.st_size) : 0;
    if (used + kLeastSummary > kSummarySpace) {
      print_error("assay: the step summary has no room left; see the log\n");
      return;
    }
    write_.most_bytes = kSummarySpace - used;
    std::string failure = append_to_file(path, make("github-summary"));
    write_.most_bytes = 0;
    if (failure.empty()) return;
    failed_ = true;
    print_error("assay: the step summary was not written: " + path + ": " + failure + "\n");
  }

  void set_color(bool on) { write_.color = on; }
  bool failed() const { return failed_; }

 private:
  const Options& options_;
  const rules::Report& report_;
  report::WriteOptions write_;
  bool failed_ = false;
};

}  // namespace

std::string output_mistake(const Options& options) {
  std::set<std::string> paths;
  for (const auto& [format, path] : options.outputs) {
    if (path.empty()) return "--output " + format + "= names no file";
    // Devices take any number of reports.
    if (path.starts_with("/dev/")) continue;
    std::string normal = path == kStdout ? path : core::normalize_path(path);
    if (!paths.insert(normal).second) {
      return path == kStdout ? "two reports cannot share stdout" : "two reports cannot share the file '" + path + "'";
    }
  }
  if (!goes_to_stdout(options)) return "";
  if (!options.format.empty()) return "--format writes to stdout, and so does --output with '-': take one of them";
  if (!options.show_fixes.empty())
    return "--show-fixes writes to stdout, and so does --output with '-': take one of them";
  return "";
}

std::string category_mistake(const std::string& category) {
  bool plain = std::all_of(category.begin(), category.end(),
                           [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; });
  bool named = category.find_first_not_of('/') != std::string::npos;
  return plain && named ? "" : "--category wants a name on one line, such as infra/prod";
}

bool write_reports(const Options& options, const rules::Report& report, bool color,
                   const std::optional<std::string>& instead) {
  Reports reports(options, report);
  for (const auto& [format, path] : options.outputs) {
    if (path != kStdout) reports.to_file(format, path);
  }
  for (const auto& [format, path] : options.outputs) {
    if (path != kStdout) continue;
    reports.set_color(color && format == "text");
    reports.to_stdout(reports.make(format));
    reports.set_color(false);
  }
  if (instead) {
    reports.to_stdout(*instead);
  } else if (!goes_to_stdout(options)) {
    std::string format = options.format.empty() ? "text" : options.format;
    reports.set_color(color && format == "text");
    reports.to_stdout(reports.make(format));
    reports.set_color(false);
  }
  if (has_format(options, "github")) reports.to_step_summary();
  return !reports.failed();
}

}  // namespace assay::cli
