#include "analyzer/cli/configuration.h"

#include "analyzer/pipeline/config_peers.h"
#include "analyzer/pipeline/discover.h"
#include "parsers/core/path.h"

namespace assay::cli {
namespace {

// .checkov.yaml as items; it does not keep lines.
void list_checkov(const pipeline::CheckovConfig& checkov, std::vector<pipeline::ConfigItem>& out) {
  auto add = [&](const char* key, std::string text) {
    out.push_back({key, std::move(text), {checkov.path}});
  };
  for (const std::string& id : checkov.checks) add("rules", id);
  for (const std::string& id : checkov.skip_checks) add("skip-rules", id);
  for (const auto& [id, path] : checkov.skip_checks_at)
    add("overrides", "regular expression " + path + " -" + id);
  for (const std::string& path : checkov.policies) add("policies", path);
  for (const std::string& path : checkov.variable_files) add("var-files", path);
  for (const std::string& path : checkov.skip_paths) add("exclude", "regular expression " + path);
  for (const std::string& format : checkov.formats) add("formats", format);
  if (checkov.minimum) add("severity", std::string(rules::severity_name(*checkov.minimum)));
  if (!checkov.baseline.empty()) add("baseline", checkov.baseline);
  if (checkov.gate.soft) add("fail-on", "nothing (soft-fail)");
  for (const std::string& id : checkov.gate.soft_on) add("fail-on", "not " + id);
  for (const std::string& id : checkov.gate.hard_on) add("fail-on", id);
}

}  // namespace

Configuration load_configuration(const Options& given, const core::FileSystem& files,
                                 const std::string& current_directory,
                                 std::vector<pipeline::UsageError>& errors) {
  Configuration out;
  std::string first = pipeline::start_of(files, given.paths, current_directory);
  std::string path;
  if (!given.config_file.empty())
    path = core::join_path(current_directory, given.config_file);
  else if (!given.no_config)
    path = pipeline::find_config(files, first);
  if (!path.empty()) out.config = pipeline::read_config(files, path, current_directory, errors);

  if (!given.no_config && out.config.import.value_or(true)) {
    std::string directory =
        files.is_directory(first) ? first : std::string(core::parent_path(first));
    std::vector<std::string> directories = {directory};
    if (current_directory != directory) directories.push_back(current_directory);
    path = pipeline::find_checkov_config(files, directories);
    if (!path.empty()) {
      out.checkov = pipeline::read_checkov_config(files, path, errors);
      out.config.settings.files.push_back(path);
      list_checkov(out.checkov, out.imported);
      pipeline::ToolChecks named{"checkov", {}, {}, {}, path};
      for (const auto& [id, regex] : out.checkov.skip_checks_at) {
        pipeline::Override one;
        one.paths.regex = regex;
        one.skip_rules.emplace_back(id, pipeline::Place{});
        named.mentioned.push_back(id);
        out.config.settings.overrides.insert(out.config.settings.overrides.begin(), std::move(one));
      }
      if (!named.mentioned.empty()) out.config.settings.tools.push_back(std::move(named));
    }
    pipeline::read_peer_settings(files, directories, out.config.settings, out.imported);
  }
  if (!given.excludes.empty()) {
    out.config.settings.excludes.push_back(
        {{core::normalize_path(current_directory), given.excludes}, "--exclude"});
  }
  return out;
}

}  // namespace assay::cli
