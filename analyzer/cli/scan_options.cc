// From the command line, the environment and assay.yaml to the options of a scan.
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>

#include "analyzer/cli/commands.h"
#include "analyzer/cli/configuration.h"
#include "analyzer/pipeline/checkov_config.h"
#include "analyzer/pipeline/config.h"
#include "analyzer/pipeline/discover.h"
#include "parsers/core/parallel.h"
#include "parsers/core/path.h"
#include "parsers/model/kubernetes/api_versions.h"
#include "parsers/syntax/json/reader.h"

extern char** environ;

namespace assay::cli {
namespace {

// The error of the system that stopped it; 0 when all is written, or when nobody reads on.
int write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    ssize_t written = write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno == EPIPE ? 0 : errno;
    text.remove_prefix(static_cast<size_t>(written));
  }
  return 0;
}

// --context: an object of answers, each kept as JSON text.
void read_context(const core::FileSystem& files, const std::string& path, formats::LoadOptions& load,
                  std::vector<pipeline::UsageError>& errors) {
  auto text = files.read(path);
  if (!text) {
    errors.push_back({path, 0, text.error().message});
    return;
  }
  auto tree = syntax::read_json(0, *text);
  core::LineIndex lines(*text);
  for (const core::Problem& problem : tree->problems) {
    if (problem.severity == core::ProblemSeverity::kNote) continue;
    errors.push_back({path, lines.position(problem.span.begin).line, problem.message});
  }
  const syntax::Node* document = tree->root->child(0);
  const syntax::Node* object = document ? document->child(0) : nullptr;
  if (!object || object->kind != syntax::NodeKind::kMapping) {
    errors.push_back({path, 1, "the context must be a JSON object, such as {\"aws_region.name\": \"eu-west-1\"}"});
    return;
  }
  for (const syntax::Node* pair : object->children()) {
    const syntax::Node* value = pair->child(1);
    if (value) {
      load.context[std::string(pair->child(0)->text)] = text->substr(value->begin, value->end - value->begin);
    }
  }
}

template <typename T>
void append(std::vector<T>& to, const std::vector<T>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

// What .checkov.yaml says. The command line and assay.yaml win over single values.
void add_checkov_settings(const Options& given, pipeline::ScanOptions& out, Options& merged) {
  if (out.checkov.path.empty()) return;
  if (given.paths.empty()) merged.paths = out.checkov.paths;
  append(merged.policies, out.checkov.policies);
  merged.variables_before_file.insert(merged.variables_before_file.begin(), out.checkov.variable_files.size(), 0);
  merged.variable_files.insert(merged.variable_files.begin(), out.checkov.variable_files.begin(), out.checkov.variable_files.end());
  if (merged.severity.empty() && out.checkov.minimum) merged.severity = rules::severity_name(*out.checkov.minimum);
  if (merged.fail_on.empty()) merged.gate = out.checkov.gate;
}

// The .checkov.baseline that is named there, or the one beside the first path.
void add_checkov_baseline(const core::FileSystem& files, const std::string& first, pipeline::ScanOptions& out,
                          std::vector<pipeline::UsageError>& errors) {
  std::string directory = files.is_directory(first) ? first : std::string(core::parent_path(first));
  std::string baseline = core::join_path(directory, ".checkov.baseline");
  if (!out.checkov.baseline.empty()) {
    baseline = core::normalize_path(core::join_path(out.current_directory, out.checkov.baseline));
  } else if (!files.exists(baseline)) {
    return;
  }
  out.accepted = pipeline::read_checkov_baseline(files, baseline, errors);
}

// What assay.yaml says: the command line wins over single values and is added to lists.
void add_config(pipeline::Config& config, pipeline::ScanOptions& out, Options& merged) {
  append(merged.rules, config.rules);
  append(merged.skip_rules, config.skip_rules);
  append(merged.policies, config.policies);
  append(merged.frameworks, config.frameworks);
  // What stands first is overridden by what follows: the configuration, then the command line.
  for (size_t& before : merged.variables_before_file) before += config.variables.size();
  merged.variables_before_file.insert(merged.variables_before_file.begin(), config.variable_files.size(), 0);
  config.variable_files.insert(config.variable_files.end(), merged.variable_files.begin(), merged.variable_files.end());
  merged.variable_files = config.variable_files;
  config.variables.insert(config.variables.end(), merged.variables.begin(), merged.variables.end());
  merged.variables = config.variables;
  append(merged.parameter_files, config.parameter_files);
  // --fail-on on the command line is meant as it stands: thresholds are for whoever gives none.
  if (merged.fail_on.empty()) merged.counts = config.counts;
  if (merged.severity.empty() && config.severity) merged.severity = *config.severity;
  if (merged.fail_on.empty() && config.fail_on) merged.fail_on = *config.fail_on;
  if (merged.context_file.empty() && config.context) merged.context_file = *config.context;
  if (merged.baseline.empty() && merged.write_baseline.empty() && config.baseline) merged.baseline = *config.baseline;
  if (config.kubernetes_version) out.target.kubernetes_minor = model::kubernetes::parse_minor(*config.kubernetes_version);
  if (config.pod_security) out.target.pod_security_level = *config.pod_security;
  merged.no_cache |= !config.cache.value_or(true);
  merged.maybe |= config.maybe.value_or(false);
  merged.allow_partial |= config.allow_partial.value_or(false);
  merged.tf_env |= config.tf_env.value_or(false);
}

}  // namespace

bool print_out(std::string_view text) {
  int error = write_all(STDOUT_FILENO, text);
  if (error != 0) print_error(std::string("assay: stdout takes no more: ") + std::strerror(error) + "\n");
  return error == 0;
}
std::string today() {
  std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[16];
  std::strftime(text, sizeof text, "%Y-%m-%d", &parts);
  return text;
}

void print_error(std::string_view text) { write_all(STDERR_FILENO, text); }

bool print_usage_errors(const std::vector<pipeline::UsageError>& errors) {
  char directory[4096];
  std::string here = !errors.empty() && getcwd(directory, sizeof directory) != nullptr ? directory : "";
  for (const pipeline::UsageError& error : errors) {
    std::string where = error.file;
    std::string_view seen = where;
    if (!here.empty() && seen.starts_with(here) && seen.size() > here.size() && seen[here.size()] == '/') where.erase(0, here.size() + 1);
    if (!where.empty() && error.line > 0) where += ":" + std::to_string(error.line);
    if (!where.empty() && error.line > 0 && error.column > 0) where += ":" + std::to_string(error.column);
    print_error("assay: " + (where.empty() ? "" : where + ": ") + error.message + "\n");
  }
  return !errors.empty();
}

bool make_scan_options(const Options& given, core::FileSystem& files, pipeline::ScanOptions& out, Options& merged) {
  char directory[4096];
  if (getcwd(directory, sizeof directory) == nullptr) {
    print_error(std::string("assay: the working directory cannot be read: ") + std::strerror(errno) + "\n");
    return false;
  }
  out.current_directory = directory;
  std::vector<pipeline::UsageError> errors;
  gather_scan_options(given, files, out, merged, errors);
  return !print_usage_errors(errors);
}

void gather_scan_options(const Options& given, core::FileSystem& files, pipeline::ScanOptions& out, Options& merged,
                         std::vector<pipeline::UsageError>& errors) {
  merged = given;
  std::string first = pipeline::start_of(files, given.paths, out.current_directory);
  Configuration configuration = load_configuration(given, files, out.current_directory, errors);
  out.settings = std::move(configuration.config.settings);
  out.settings.given_skip_rules = given.skip_rules;
  out.settings.require_reason |= given.require_reason;
  merged.require_reason = out.settings.require_reason;
  out.checkov = std::move(configuration.checkov);
  add_config(configuration.config, out, merged);
  add_checkov_settings(given, out, merged);
  if (!given.no_config) add_checkov_baseline(files, first, out, errors);
  if (merged.severity.empty() && out.settings.tool_minimum) merged.severity = rules::severity_name(*out.settings.tool_minimum);
  if (!merged.kubernetes_version.empty()) {
    out.target.kubernetes_minor = model::kubernetes::parse_minor(merged.kubernetes_version);
  }
  out.paths = merged.paths;
  out.jobs = merged.jobs == 0 ? core::available_processors() : merged.jobs;
  out.only_rules = merged.rules;
  out.skip_rules = merged.skip_rules;
  out.policies = merged.policies;
  out.frameworks = merged.frameworks;
  out.maybe = merged.maybe;
  out.minimum = rules::parse_severity(merged.severity).value_or(rules::Severity::kInfo);
  out.today = given.today.empty() ? today() : given.today;
  out.version = ASSAY_VERSION;
  out.load.variables = merged.variables;
  out.load.variables_before_file = merged.variables_before_file;
  for (const auto& [list, target] : {std::pair{&merged.variable_files, &out.load.variable_files},
                                     std::pair{&merged.parameter_files, &out.load.parameter_files}}) {
    for (const std::string& path : *list) {
      std::string absolute = core::normalize_path(core::join_path(out.current_directory, path));
      if (!files.exists(absolute)) errors.push_back({"", 0, "there is no file '" + path + "'"});
      target->push_back(std::move(absolute));
    }
  }
  if (merged.tf_env) {
    for (char** entry = environ; entry && *entry; ++entry) {
      std::string_view text = *entry;
      size_t equals = text.find('=');
      bool wanted = text.starts_with("TF_VAR_") || text.starts_with("TF_WORKSPACE=");
      if (wanted && equals != std::string_view::npos) {
        out.load.environment[std::string(text.substr(0, equals))] = text.substr(equals + 1);
      }
    }
  }
  if (!merged.context_file.empty()) {
    read_context(files, core::join_path(out.current_directory, merged.context_file), out.load, errors);
  }
}

}  // namespace assay::cli
