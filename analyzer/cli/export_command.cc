// assay export vap: rules as ValidatingAdmissionPolicies with bindings.
#include <algorithm>
#include <map>

#include "analyzer/cli/commands.h"
#include "parsers/core/path.h"
#include "rules/lang/pack/pack.h"
#include "rules/lang/vap/export.h"

namespace assay::cli {

int run_export(const Options& options) {
  core::RealFileSystem files;
  pipeline::ScanOptions scan;
  Options merged;
  if (!make_scan_options(options, files, scan, merged)) return kUsage;
  std::vector<pipeline::UsageError> errors;
  rules::RuleSet set = pipeline::load_rules(files, scan, errors);
  if (print_usage_errors(errors)) return kUsage;
  std::string out;
  std::map<std::string, std::vector<std::string>> left_out;  // by reason
  size_t exported = 0, judged = 0;
  for (rules::Rule& rule : set.mutable_rules()) {
    bool kubernetes = std::any_of(rule.info.resources.begin(), rule.info.resources.end(),
                                  [](const std::string& resource) { return resource.starts_with("kubernetes/"); });
    if (!kubernetes) continue;
    ++judged;
    rules::complete_logic(rule);
    rules::complete_texts(rule.info);
    rules::vap::Exported one = rules::vap::export_rule(rule, options.export_action);
    if (one.yaml.empty()) {
      left_out[one.reason].push_back(rule.info.id);
      continue;
    }
    ++exported;
    out += "---\n" + one.yaml;
  }
  if (!options.export_file.empty()) {
    auto status = core::write_file_atomically(options.export_file, out);
    if (!status) {
      print_error("assay: " + status.error().message + "\n");
      return kUsage;
    }
  } else {
    print_out(out);
  }
  std::string told = "assay: exported " + std::to_string(exported) + " of " + std::to_string(judged) + " Kubernetes rules\n";
  for (const auto& [reason, ids] : left_out) {
    told += "  left out, " + std::to_string(ids.size()) + ": " + reason + "\n   ";
    for (const std::string& id : ids) told += " " + id;
    told += "\n";
  }
  print_error(told);
  return kClean;
}

}  // namespace assay::cli
