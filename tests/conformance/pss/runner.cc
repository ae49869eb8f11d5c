// Judges the pods of Kubernetes' pod security admission tests. Suite "pss": each pod, at its level, as
// of its version, through the function that rules use: nothing complains about a pod that passes, and of
// one that fails the check complains that the file is named after, or the one that replaces it. Suite
// "pss-rules": the built-in rules with a control of the level agree at the newest version.
//
// Data: $ASSAY_SHARED/conformance/pss/pods.jsonl. Arguments: --update, --verbose.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "analyzer/pipeline/pipeline.h"
#include "rules/engine/evaluator.h"
#include "rules/lang/policy_language.h"

namespace {

using namespace assay;

struct Case {
  std::string level, version, check, name;
  bool passes = false;
};

// What reports the failure that a file of this name is about, at baseline and at restricted.
constexpr struct {
  std::string_view file, check, replaced_by;
} kNames[] = {
    {"allowprivilegeescalation", "allowPrivilegeEscalation", ""},
    {"apparmorprofile", "appArmorProfile", ""},
    {"capabilities_baseline", "capabilities_baseline", "capabilities_restricted"},
    {"capabilities_restricted", "capabilities_restricted", ""},
    {"hostnamespaces", "hostNamespaces", ""},
    {"hostpathvolumes", "hostPathVolumes", "restrictedVolumes"},
    {"hostports", "hostPorts", ""},
    {"hostprobesandhostlifecycle", "hostProbesAndHostLifecycle", ""},
    {"privileged", "privileged", ""},
    {"procmount", "procMount", "procMount_restricted"},
    {"procmount_restricted", "procMount_restricted", ""},
    {"restrictedvolumes", "restrictedVolumes", ""},
    {"runasnonroot", "runAsNonRoot", ""},
    {"runasuser", "runAsUser", ""},
    {"seccompprofile_baseline", "seccompProfile_baseline", "seccompProfile_restricted"},
    {"seccompprofile_restricted", "seccompProfile_restricted", ""},
    {"selinuxoptions", "seLinuxOptions", ""},
    {"sysctls", "sysctls", ""},
    {"windowshostprocess", "windowsHostProcess", ""},
};

class Suite {
 public:
  Suite(std::string name, bool update, bool verbose)
      : name_(std::move(name)), path_(std::string(ASSAY_SOURCE_DIR "/tests/conformance/pss/") + name_ + "-passing.txt"),
        update_(update), verbose_(verbose) {
    std::ifstream in(path_);
    for (std::string line; std::getline(in, line);) {
      if (!line.empty() && line[0] != '#') must_pass_.insert(line);
    }
  }
  void record(const std::string& name, bool good, const std::string& detail) {
    ++(good ? passed_ : failed_);
    if (good) passing_.insert(name);
    bool before = !good && must_pass_.count(name) > 0;
    broken_ += before;
    if (!good && (verbose_ || before)) std::printf("FAIL %s: %s\n", name.c_str(), detail.c_str());
  }
  bool finish() {
    if (update_) {
      std::ofstream out(path_);
      out << "# Cases that agree with Kubernetes; rewritten with --update.\n";
      for (const std::string& name : passing_) out << name << '\n';
    }
    std::printf("suite=%s cases=%u passed=%u failed=%u skipped=0\n", name_.c_str(), passed_ + failed_, passed_, failed_);
    return broken_ == 0 || update_;
  }

 private:
  std::string name_, path_;
  bool update_, verbose_;
  std::set<std::string> must_pass_, passing_;
  unsigned passed_ = 0, failed_ = 0, broken_ = 0;
};

const model::Value* pod_view(const model::Resource& resource) {
  for (const model::View& view : resource.views) {
    if (view.type == core::Symbol("kubernetes/pod-template")) return &view.value;
  }
  return nullptr;
}

// Runs expressions over views; each is compiled once.
class Judge {
 public:
  explicit Judge(const model::Project& project) : project_(project) {}

  bool holds(const std::string& expression, const model::Resource& resource) {
    std::shared_ptr<const rules::Check>& check = checks_[expression];
    if (!check) check = rules::find_language("cel")->compile(expression, false).check;
    rules::World world;
    world.reset();
    world.begin();
    scratch_.reset();
    rules::RunContext context;
    context.project = &project_;
    context.resource = &resource;
    context.view = pod_view(resource);
    context.world = &world;
    context.arena = &scratch_;
    rules::RunResult result = check->run(context);
    if (result == rules::RunResult::kError) std::printf("%s: %s\n", expression.c_str(), context.error.c_str());
    return result == rules::RunResult::kViolation;
  }

 private:
  const model::Project& project_;
  core::Arena scratch_;
  std::map<std::string, std::shared_ptr<const rules::Check>> checks_;
};

std::string path_of(size_t index) {
  char text[32];
  std::snprintf(text, sizeof text, "%06zu.json", index);
  return text;
}

bool has_control(const rules::RuleInfo& rule, bool restricted) {
  return std::any_of(rule.controls.begin(), rule.controls.end(), [&](const rules::Control& control) {
    return control.framework == "pss-baseline" || (restricted && control.framework == "pss-restricted");
  });
}

void judge_rules(const std::vector<Case>& cases, core::FileSystem& files, const model::Project& project, Suite& suite) {
  pipeline::ScanOptions options;
  std::vector<pipeline::UsageError> errors;
  rules::RuleSet all = pipeline::load_rules(files, options, errors);
  pipeline::compile_needed(all, project, errors);
  std::map<std::string, std::vector<std::string>> baseline, restricted;  // by path, ids of rules
  for (const rules::Finding& finding : rules::evaluate(project, all, {}).findings) {
    const rules::RuleInfo& info = all.rules()[finding.rule].info;
    const std::string& path = project.sources->path(finding.region.file);
    if (has_control(info, false)) baseline[path].push_back(info.id);
    if (has_control(info, true)) restricted[path].push_back(info.id);
  }
  for (size_t i = 0; i < cases.size(); ++i) {
    if (cases[i].version != "v1.37") continue;
    const auto& found = cases[i].level == "restricted" ? restricted[path_of(i)] : baseline[path_of(i)];
    std::string detail = found.empty() ? "no rule complains" : "complains:";
    for (const std::string& id : found) detail += " " + id;
    suite.record(cases[i].name, found.empty() == cases[i].passes, detail);
  }
}

}  // namespace

int main(int argc, char** argv) {
  bool update = false, verbose = false;
  for (int i = 1; i < argc; ++i) {
    update = update || std::string_view(argv[i]) == "--update";
    verbose = verbose || std::string_view(argv[i]) == "--verbose";
  }
  const char* given = std::getenv("ASSAY_SHARED");
  std::string shared = given ? given : ASSAY_SOURCE_DIR "/../shared";
  std::ifstream in(shared + "/conformance/pss/pods.jsonl");
  if (!in) {
    std::printf("skipped: no data in %s\nsuite=pss cases=0 passed=0 failed=0 skipped=0\n", shared.c_str());
    return 0;
  }
  core::MemoryFileSystem files;
  std::vector<Case> cases;
  for (std::string line; std::getline(in, line);) {
    nlohmann::json row = nlohmann::json::parse(line);
    Case made;
    made.level = row["level"];
    made.version = row["version"];
    made.passes = row["verdict"] == "pass";
    std::string file = row["file"];
    made.check = file.substr(0, file.find_last_not_of("0123456789", file.find('.') - 1) + 1);
    made.name = made.level + "/" + made.version + "/" + std::string(row["verdict"]) + "/" + file;
    files.add_file("/pods/" + path_of(cases.size()), row["pod"].dump());
    cases.push_back(std::move(made));
  }
  pipeline::ScanOptions options;
  options.paths = {"/pods"};
  options.current_directory = "/pods";
  options.rules_enabled = false;
  std::unique_ptr<pipeline::Scan> scan = pipeline::scan(files, options);
  std::map<std::string, const model::Resource*> by_path;
  for (const model::Resource* resource : scan->project.resources) by_path[resource->root->path] = resource;

  Suite versions("pss", update, verbose), newest("pss-rules", update, verbose);
  Judge judge(scan->project);
  for (size_t i = 0; i < cases.size(); ++i) {
    const Case& one = cases[i];
    const model::Resource* pod = by_path[path_of(i)];
    if (!pod || !pod_view(*pod)) {
      versions.record(one.name, false, "not read as a pod");
      continue;
    }
    std::string refusals = "pod_security_violations(resource, \"" + one.level + "\", \"" + one.version + "\")";
    if (one.passes) {
      versions.record(one.name, judge.holds("size(" + refusals + ") == 0", *pod), "refused");
      continue;
    }
    bool found = false;
    for (const auto& row : kNames) {
      if (row.file != one.check) continue;
      for (std::string_view check : {row.check, row.replaced_by}) {
        found = found || judge.holds("\"" + std::string(check) + "\" in " + refusals, *pod);
      }
    }
    versions.record(one.name, found, "not refused");
  }
  judge_rules(cases, files, scan->project, newest);
  bool good = versions.finish();
  return newest.finish() && good ? 0 : 1;
}
