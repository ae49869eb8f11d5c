// assay init: a commented assay.yaml for what the repository holds. Everything that changes
// findings is left to the reader: those lines are comments.
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <set>

#include "analyzer/cli/commands.h"
#include "analyzer/pipeline/config.h"
#include "analyzer/pipeline/config_peers.h"
#include "analyzer/pipeline/discover.h"
#include "parsers/core/path.h"
#include "parsers/core/text.h"

namespace assay::cli {
namespace {

constexpr size_t kListed = 5;  // files or directories in one comment

// What a look at the repository found.
struct Findings {
  std::map<std::string, size_t> files_by_format;
  std::vector<std::string> variable_files;  // that Terraform does not load by itself
  std::vector<std::string> unlike;          // directories that often are left out
  std::vector<std::string> policy_directories;
  std::vector<std::string> peers;      // configuration of other tools
  std::vector<std::string> pipelines;  // of CI, and hooks
  std::string above;                   // an assay.yaml in a directory above, relative
  size_t broken = 0;                   // files that could not be read whole
};

bool is_automatic_variable_file(std::string_view path) {
  std::string_view name = core::base_name(path);
  return name == "terraform.tfvars" || name == "terraform.tfvars.json" ||
         name.ends_with(".auto.tfvars") || name.ends_with(".auto.tfvars.json");
}

// The first directory of a path that is one of the names; empty when none is.
std::string directory_called(std::string_view path, const std::vector<std::string_view>& names) {
  for (size_t begin = 0, slash = path.find('/'); slash != std::string_view::npos;
       begin = slash + 1, slash = path.find('/', begin)) {
    if (std::find(names.begin(), names.end(), path.substr(begin, slash - begin)) != names.end())
      return std::string(path.substr(0, slash));
  }
  return {};
}

Findings look_at(core::FileSystem& files, const std::string& directory) {
  Findings out;
  pipeline::ScanOptions options;
  options.paths = {directory};
  options.current_directory = directory;
  options.rules_enabled = false;
  std::unique_ptr<pipeline::Scan> scan = pipeline::scan(files, options);
  std::set<std::string> unlike, policies;
  for (const rules::CoverageRow& row : scan->report.coverage) {
    if (row.is_root) continue;
    bool read = row.state == "evaluated" || row.state == "partial";
    if (read && !row.format.empty() && row.format != "text") ++out.files_by_format[row.format];
    if (row.state == "partial" || row.state == "failed") ++out.broken;
    if (row.path.ends_with(".tfvars") && !is_automatic_variable_file(row.path))
      out.variable_files.push_back(row.path);
    std::string found = directory_called(
        row.path, {"vendor", "third_party", "testdata", "fixtures", "test-fixtures", "examples"});
    if (!found.empty() && read) unlike.insert(found + "/");
    found =
        directory_called(row.path, {"policies", "policy", "checkov-policies", "custom-policies"});
    if (!found.empty()) policies.insert(found);
  }
  out.unlike.assign(unlike.begin(), unlike.end());
  out.policy_directories.assign(policies.begin(), policies.end());
  std::sort(out.variable_files.begin(), out.variable_files.end());
  auto there = [&](std::string_view name) {
    return files.exists(core::join_path(directory, name));
  };
  for (std::string_view name : pipeline::peer_config_names()) {
    if (there(name)) out.peers.emplace_back(name);
  }
  if (there(".checkov.baseline")) out.peers.emplace_back(".checkov.baseline");
  if (there(".gitleaks.toml")) out.peers.emplace_back(".gitleaks.toml");
  for (const char* name : {".github/workflows", ".gitlab-ci.yml", ".pre-commit-config.yaml",
                           "azure-pipelines.yml", "Jenkinsfile"}) {
    if (there(name)) out.pipelines.emplace_back(name);
  }
  std::string repository = pipeline::repository_root(files, directory);
  if (!repository.empty() && repository != directory) {
    std::string above = pipeline::find_config(files, std::string(core::parent_path(directory)));
    if (!above.empty() && core::is_within(above, repository))
      out.above = core::relative_path(above, directory);
  }
  return out;
}

// For a flow list; quoted where YAML would read something else.
std::string flow_list(const std::vector<std::string>& items) {
  std::string out = "[";
  for (size_t i = 0; i < items.size() && i < kListed; ++i) {
    std::string quoted = "'" + core::replace_all(items[i], "'", "''") + "'";
    bool plain = items[i].find_first_not_of(
                     "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-") ==
                 std::string::npos;
    out += (i == 0 ? "" : ", ") + (plain ? items[i] : quoted);
  }
  return out + "]";
}

std::string counts_text(const Findings& found) {
  std::string out;
  for (const auto& [format, count] : found.files_by_format) {
    out += (out.empty() ? "" : ", ") + std::to_string(count) +
           (count == 1 ? " file of " : " files of ") + format;
  }
  return out.empty() ? "no infrastructure code yet" : out;
}

bool has(const Findings& found, std::string_view format) {
  return found.files_by_format.contains(std::string(format));
}

std::string one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < ' '; }, '?');
  return text;
}

std::string write_file(const Findings& found) {
  std::string out =
      "# Configuration of Assay, written by `assay init`. Found here: " + counts_text(found) +
      ".\n# `assay config show` prints the effective values and where each comes from, `assay "
      "config schema` a JSON Schema\n"
      "# for editors. Paths and patterns start at the directory of this file. Lines behind # are "
      "suggestions.\n\n";
  if (!found.above.empty()) {
    out += "# What the file above says holds here too; this file wins.\nextends: " +
           flow_list({found.above}) + "\n\n";
  } else {
    out +=
        "# Files that are read first; what this file says wins.\n# extends: "
        "[../shared/assay-base.yaml]\n\n";
  }
  out +=
      "# Findings at or above this severity make `assay scan` exit with 1: critical, high, medium, "
      "low or info.\nfail-on: low\n\n"
      "# Report at or above this severity.\n# severity: low\n\n"
      "# For a repository with many old findings: `assay scan --write-baseline "
      "assay-baseline.json`, then only new ones count.\n"
      "# baseline: assay-baseline.json\n\n"
      "# Or so many may remain.\n# thresholds: {critical: 0, high: 20}\n\n";
  out +=
      "# Rules that do not run: ids, names, ids of other tools or globs (`assay rules` lists "
      "them).\n# skip-rules: [CKV_AWS_18]\n\n"
      "# Severities of your own.\n# severities: {s3-public-acl: critical}\n\n";
  std::vector<std::string> tests =
      found.unlike.empty() ? std::vector<std::string>{"test/"} : found.unlike;
  out += "# Other rules for some paths; later entries win.\n# overrides:\n#   - paths: " +
         one_line(flow_list(tests)) +
         "\n#     skip-rules: ['AWS*']\n#     severities: {KUB0001: low}\n\n";
  out += "# Files and directories that are not read, written as in .gitignore.\n# exclude: " +
         one_line(flow_list(tests)) + "\n\n";
  out +=
      "# Accepted findings. They stay in the report, marked; after `until` they count again.\n# "
      "suppressions:\n"
      "#   - rule: s3-public-acl\n#     paths: [site/]\n#     reason: the public web site\n#     "
      "until: 2030-12-31\n#     owner: platform team\n\n"
      "# Fail when a suppression, here or in a comment, gives no reason.\n# require-reason: "
      "true\n\n";
  out += "# Policies of your own: rule files, or policies of Checkov.\n# policies: " +
         one_line(flow_list(found.policy_directories.empty() ? std::vector<std::string>{"policies/"}
                                                             : found.policy_directories)) +
         "\n";
  if (has(found, "terraform")) {
    out +=
        "\n# Terraform: variables that no terraform.tfvars gives. What has no value is unknown: it "
        "may be reported with `maybe`.\n# var-files: " +
        one_line(flow_list(found.variable_files.empty() ? std::vector<std::string>{"prod.tfvars"}
                                                        : found.variable_files)) +
        "\n# maybe: true\n";
  }
  if (has(found, "cloudformation"))
    out += "\n# CloudFormation: parameter files.\n# params: [parameters.json]\n";
  if (has(found, "kubernetes")) {
    out +=
        "\n# Kubernetes: the version that the clusters run, and what namespaces enforce without a "
        "label.\n# kubernetes-version: '1.31'\n"
        "# pod-security: baseline\n";
  }
  if (!found.peers.empty()) {
    out += "\n# Read what other tools were told: ";
    for (size_t i = 0; i < found.peers.size(); ++i) out += (i == 0 ? "" : ", ") + found.peers[i];
    out += ".\nimport: true\n";
  }
  if (found.broken > 0) {
    out += "\n# " + std::to_string(found.broken) + (found.broken == 1 ? " file" : " files") +
           " could not be read whole: scans exit with 3 where nothing else is wrong, unless this "
           "says otherwise.\n# allow-partial: true\n";
  }
  for (const std::string& pipeline : found.pipelines) {
    if (pipeline == ".github/workflows") {
      out +=
          "\n# GitHub Actions: assay scan --format github --output sarif=assay.sarif, and upload "
          "assay.sarif to code scanning.\n";
    } else if (pipeline == ".gitlab-ci.yml") {
      out +=
          "\n# GitLab: assay scan --output gitlab=gl-code-quality-report.json, as an artifact of "
          "the type codequality.\n";
    } else if (pipeline == ".pre-commit-config.yaml") {
      out +=
          "\n# pre-commit: a local hook with `entry: assay scan`, `language: system` and "
          "`require_serial: true`.\n";
    } else {
      out += "\n# " + pipeline + ": assay scan --output junit=assay.xml, or sarif=assay.sarif.\n";
    }
  }
  return out;
}

}  // namespace

int run_init(const Options& options) {
  core::RealFileSystem disk;
  char here[4096];
  if (getcwd(here, sizeof here) == nullptr) {
    print_error(std::string("assay: the working directory cannot be read: ") +
                std::strerror(errno) + "\n");
    return kUsage;
  }
  std::string directory = core::normalize_path(
      core::join_path(here, options.directory.empty() ? "." : options.directory));
  if (!disk.is_directory(directory)) {
    print_error("assay: there is no directory '" + options.directory + "'\n");
    return kUsage;
  }
  for (const char* name : {"assay.yaml", ".assay.yaml"}) {
    if (options.force || !disk.exists(core::join_path(directory, name))) continue;
    print_error("assay: " + core::join_path(options.directory, name) +
                " is there already; --force overwrites assay.yaml\n");
    return kUsage;
  }
  Findings found = look_at(disk, directory);
  std::string path = core::join_path(directory, "assay.yaml");
  auto status = core::write_file_atomically(path, write_file(found));
  if (!status) {
    print_error("assay: " + status.error().message + "\n");
    return kUsage;
  }
  std::string out = "wrote " + core::join_path(options.directory, "assay.yaml") + " (" +
                    counts_text(found) + ")\n";
  if (!found.above.empty()) out += "it extends " + found.above + "\n";
  for (const std::string& peer : found.peers) out += "followed as well: " + peer + "\n";
  if (found.broken > 0) {
    out += std::to_string(found.broken) + (found.broken == 1 ? " file" : " files") +
           " could not be read whole; assay scan says why\n";
  }
  out += "next: assay scan" + (options.directory.empty() ? "" : " " + options.directory) +
         "; with many old findings: assay scan --write-baseline assay-baseline.json\n";
  print_out(out);
  return kClean;
}

}  // namespace assay::cli
