#include "analyzer/cli/fixes.h"

#include "analyzer/cli/commands.h"
#include "analyzer/pipeline/fix/diff.h"
#include "parsers/core/text.h"
#include "sarif/redact.h"

namespace assay::cli {
namespace {

std::string counted(size_t count, std::string_view one) {
  return std::to_string(count) + " " + std::string(one) + (count == 1 ? "" : "s");
}

}  // namespace

bool run_fixes(const Options& options, core::FileSystem& files, const pipeline::ScanOptions& scan,
               FixRun& out) {
  out.asked = !options.fix.empty() || !options.show_fixes.empty();
  if (!out.asked) return true;
  if (!options.show_fixes.empty() && !options.format.empty() && options.format != "text") {
    print_error("assay: --show-fixes prints a patch on stdout; the report can go to a file: --output " + options.format +
                "=FILE\n");
    return false;
  }
  bool unsafe = options.fix == "unsafe" || options.show_fixes == "unsafe";
  out.plan =
      pipeline::plan_fixes(files, scan, unsafe ? rules::FixKind::kUnsafe : rules::FixKind::kSafe);
  const pipeline::FixPlan& plan = out.plan;
  if (print_usage_errors(plan.usage_errors)) return false;
  std::string text;
  for (const pipeline::RefusedFix& refused : plan.refused) {
    text += "assay: no fix for " + refused.rule + " " + refused.name;
    if (!refused.path.empty()) text += " at " + refused.path + ":" + std::to_string(refused.line);
    text += " (" + refused.address + "): " + refused.why + "; the edit was taken back\n";
  }
  if (!options.fix.empty()) {
    std::vector<std::string> errors = pipeline::write_fixes(files, plan);
    for (const std::string& error : errors) text += "assay: " + error + "\n";
    out.failed = !errors.empty();
  }
  if (!options.quiet) {
    bool written = !options.fix.empty() && !out.failed;
    if (plan.fixed == 0)
      text += "assay: nothing to fix";
    else if (!out.failed)
      text += std::string("assay: ") + (written ? "fixed " : "would fix ") +
              counted(plan.fixed, "finding") + " in " + counted(plan.files.size(), "file");
    if (plan.fixed == 0 || !out.failed) {
      if (plan.unsafe_left > 0) {
        text += "; " + std::to_string(plan.unsafe_left) +
                " more with --fix=unsafe, which may replace or interrupt what runs";
      }
      text += "\n";
    }
  }
  print_error(text);
  return true;
}

std::string fixes_diff(const FixRun& run, const rules::Report& report) {
  std::string out;
  report::Redactor redactor(report);
  for (const pipeline::FixedFile& file : run.plan.files) {
    std::string diff = pipeline::unified_diff(file.path, file.before, file.after);
    for (size_t at = 0; at < diff.size();) {
      size_t end = diff.find('\n', at);
      end = end == std::string::npos ? diff.size() : end + 1;
      out += redactor.message(std::string_view(diff).substr(at, end - at));
      at = end;
    }
  }
  return out;
}

}  // namespace assay::cli
