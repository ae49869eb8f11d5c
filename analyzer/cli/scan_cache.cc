#include "analyzer/cli/scan_cache.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "analyzer/cli/commands.h"
#include "parsers/core/path.h"

extern char** environ;

namespace assay::cli {
namespace {

// Whether an argument changes the form of a report, not its content. `both`: its value is the next argument.
bool is_form(std::string_view argument, bool& both) {
  for (std::string_view name : {"--format", "--output", "--color", "--jobs", "--category", "--cache-dir"}) {
    both = argument == name;
    if (both || (argument.starts_with(name) && argument.substr(name.size()).starts_with('='))) return true;
  }
  return argument == "--quiet" || argument == "--stats";
}

// $XDG_CACHE_HOME/assay, or ~/.cache/assay; empty when the environment names neither by an absolute path.
std::string default_directory() {
  for (const auto& [name, below] : {std::pair{"XDG_CACHE_HOME", "assay"}, std::pair{"HOME", ".cache/assay"}}) {
    const char* value = std::getenv(name);
    if (value && core::is_absolute(value)) return core::normalize_path(core::join_path(value, below));
  }
  return {};
}

}  // namespace

std::unique_ptr<pipeline::cache::Session> open_cache(const Options& options, const core::FileSystem& disk) {
  bool other_work = !options.stdin_name.empty() || !options.fix.empty() || !options.show_fixes.empty() || !options.diff.empty() ||
                    options.staged || !options.baseline.empty() || !options.write_baseline.empty() || !options.trace_file.empty() ||
                    !options.work_list.empty() || !options.shard.empty();
  if (options.no_cache || other_work) return nullptr;
  char working[4096];
  if (getcwd(working, sizeof working) == nullptr) return nullptr;
  std::string directory = options.cache_directory.empty() ? default_directory()
                                                          : core::normalize_path(core::join_path(working, options.cache_directory));
  if (directory.empty()) return nullptr;
  std::vector<std::string> key = {working, today()};
  bool sarif = false;  // describes all rules
  bool judged = false;  // names all resources
  for (size_t i = 0; i < options.arguments.size(); ++i) {
    const std::string& argument = options.arguments[i];
    bool both = false;
    if (is_form(argument, both)) {
      sarif |= argument.find("sarif") != std::string::npos;
      judged |= argument.find("policy-report") != std::string::npos;
      if (!both || i + 1 >= options.arguments.size()) continue;
      const std::string& value = options.arguments[++i];
      sarif |= value.find("sarif") != std::string::npos;
      judged |= value.find("policy-report") != std::string::npos;
      continue;
    }
    key.push_back("argument " + argument);
  }
  key.push_back(sarif ? "all rules" : "some rules");
  if (judged) key.push_back("judged resources");
  std::vector<std::string> variables;
  for (char** entry = environ; entry && *entry; ++entry) {
    std::string_view text = *entry;
    if (text.starts_with("TF_")) variables.emplace_back(text);
  }
  std::sort(variables.begin(), variables.end());
  for (std::string& variable : variables) key.push_back("environment " + std::move(variable));
  return std::make_unique<pipeline::cache::Session>(disk, std::move(directory), key, !options.cache_directory.empty());
}

}  // namespace assay::cli
