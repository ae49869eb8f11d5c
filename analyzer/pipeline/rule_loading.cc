// Which rules a scan runs: the embedded ones and those of --policy, narrowed by --rule and
// --skip-rule, compiled when a resource of their type is there.
#include <algorithm>
#include <set>

#include "analyzer/pipeline/compliance.h"
#include "analyzer/pipeline/config_apply.h"
#include "analyzer/pipeline/pipeline.h"
#include "analyzer/pipeline/suppression_findings.h"
#include "parsers/core/metrics.h"
#include "parsers/core/path.h"
#include "parsers/core/walker.h"
#include "rules/lang/checkov/checkov_language.h"
#include "rules/lang/pack/pack.h"
#include "rules/lang/vap/vap_check.h"

namespace assay::pipeline {
namespace {

using AdmissionFiles = std::vector<rules::admission::PolicyFile>;

// Policies of admission need the bindings, Namespaces and parameters that lie beside them: all files are read together.
void load_admission(AdmissionFiles files, std::vector<rules::Rule>& out, std::vector<UsageError>& errors) {
  bool any = std::any_of(files.begin(), files.end(), [](const auto& file) { return rules::admission::is_admission_policy(file.text); });
  if (!any) return;
  std::shared_ptr<const rules::admission::PolicySet> set = rules::admission::load_policies(std::move(files), false, true);
  for (const rules::admission::LoadError& error : set->errors) errors.push_back({error.file, error.line, error.message, error.column});
  if (!set->errors.empty()) return;
  for (rules::Rule& rule : rules::vap::rules_of(set)) out.push_back(std::move(rule));
}

void load_policy_file(const core::FileSystem& files, const std::string& path, bool named_directly, AdmissionFiles& admission,
                      std::vector<rules::Rule>& out, std::vector<UsageError>& errors) {
  auto text = files.read(path);
  if (!text) {
    errors.push_back({path, 0, text.error().message});
    return;
  }
  bool checkov = rules::checkov::is_policy_file(path, *text);
  bool policy = !checkov && rules::admission::is_admission_policy(*text) && !path.ends_with(".md");
  if (policy || (!checkov && !named_directly && rules::admission::is_manifest(path, *text))) {
    admission.push_back({path, std::move(*text)});
    return;
  }
  if (!checkov && (!path.ends_with(".md") || !text->starts_with("---"))) {
    if (named_directly) {
      errors.push_back({path, 1, "not a rule file: it must be Markdown that starts with front matter (---), a policy of "
                                 "Checkov's with `metadata` and `definition`, or a ValidatingAdmissionPolicy"});
    }
    return;
  }
  rules::RuleFile file = checkov ? rules::checkov::read_policy_file(path, *text) : rules::parse_rule_file(path, *text);
  std::vector<rules::RuleFileError> found = file.errors;
  if (found.empty() && !checkov) found = rules::compile_rule(file.rule, file.logic_line);
  for (const rules::RuleFileError& error : found) errors.push_back({path, error.line, error.message, error.column});
  if (found.empty()) out.push_back(std::move(file.rule));
}

void load_policies(const core::FileSystem& files, const ScanOptions& options, std::vector<rules::Rule>& out,
                   std::vector<UsageError>& errors) {
  AdmissionFiles admission;
  for (const std::string& path : options.policies) {
    std::string absolute = core::join_path(options.current_directory, path);
    if (!files.exists(absolute)) {
      errors.push_back({"", 0, "--policy: there is no file or directory '" + path + "'"});
    } else if (files.is_directory(absolute)) {
      for (const std::string& file : core::walk(files, absolute).files) {
        load_policy_file(files, core::join_path(absolute, file), false, admission, out, errors);
      }
    } else {
      load_policy_file(files, absolute, true, admission, out, errors);
    }
  }
  load_admission(std::move(admission), out, errors);
}

// Keeps the rules some pattern names; reports patterns that name none.
std::set<std::string> named_by(const std::vector<std::string>& patterns, std::string_view option,
                               const std::vector<rules::Rule>& rules, const Settings& settings, std::vector<UsageError>& errors) {
  std::set<std::string> ids;
  for (const std::string& pattern : patterns) {
    bool any = false;
    for (const rules::Rule& rule : rules) {
      if (!rules::names_rule(pattern, rule.info)) continue;
      ids.insert(rule.info.id);
      any = true;
    }
    if (any) continue;
    std::string nearest = rules::suggest_rule(pattern, rules);
    std::string message = "no rule is called '" + pattern + "'" + (nearest.empty() ? "; see assay rules" : "; did you mean '" + nearest + "'?");
    auto place = std::find_if(settings.named.begin(), settings.named.end(), [&](const auto& one) { return one.first == pattern; });
    if (place == settings.named.end()) errors.push_back({"", 0, std::string(option) + ": " + message});
    else errors.push_back({place->second.file, place->second.line, std::move(message), place->second.column});
  }
  return ids;
}

}  // namespace

rules::RuleSet load_rules(core::FileSystem& files, const ScanOptions& options, std::vector<UsageError>& errors,
                          std::vector<rules::Rule>* idle) {
  ASSAY_METRIC("load rules");
  // Frameworks look at the controls of all rules.
  bool whole = !idle || !options.frameworks.empty();
  std::vector<rules::Rule> all = whole ? rules::builtin_rules() : rules::builtin_outlines();
  std::vector<rules::Rule> own;
  load_policies(files, options, own, errors);
  for (rules::Rule& rule : own) {
    auto taken = std::find_if(all.begin(), all.end(),
                              [&](const rules::Rule& other) { return other.info.id == rule.info.id; });
    if (taken != all.end()) {
      rules::complete_texts(taken->info);
      errors.push_back({rule.info.source, 1, "the id " + rule.info.id + " is already that of " + taken->info.source});
      continue;
    }
    all.push_back(std::move(rule));
  }
  // A rule that is missing because its file is broken was complained about.
  std::vector<UsageError> ignored;
  std::vector<UsageError>& unnamed = errors.empty() ? errors : ignored;
  std::set<std::string> only = named_by(options.only_rules, "--rule", all, options.settings, unnamed);
  std::set<std::string> skip = named_by(options.skip_rules, "--skip-rule", all, options.settings, unnamed);
  std::vector<const rules::Framework*> frameworks = chosen_frameworks(options.frameworks, errors);
  // What a .checkov.yaml names may have no rule here; the pipeline says so.
  auto named = [](const std::vector<std::string>& patterns, const rules::Rule& rule) {
    return std::any_of(patterns.begin(), patterns.end(),
                       [&](const std::string& pattern) { return rules::names_rule(pattern, rule.info); });
  };
  const CheckovConfig& checkov = options.checkov;
  rules::RuleSet set;
  const Settings& settings = options.settings;
  bool every = (options.only_rules.empty() || asks_for_suppressions_only(options.only_rules, all)) && skip.empty() &&
               checkov.checks.empty() && checkov.skip_checks.empty() && frameworks.empty() && settings.tools.empty();
  if (every) {  // as usual: rules are large, and stay where they are
    set.mutable_rules() = std::move(all);
    apply_general_severities(settings, set);
    set.seal();
    return set;
  }
  for (rules::Rule& rule : all) {
    bool selected = (options.only_rules.empty() && checkov.checks.empty()) || only.contains(rule.info.id) ||
                    named(checkov.checks, rule);
    selected &= !named(checkov.skip_checks, rule);
    selected &= frameworks.empty() || std::any_of(frameworks.begin(), frameworks.end(), [&](const rules::Framework* f) {
                  return rules::answers(rule.info, *f);
                });
    selected &= !skip.contains(rule.info.id) || is_turned_on(settings, rule.info);
    selected &= !is_left_out_by_tool(settings, rule.info);
    selected |= settings.require_reason && rule.info.id == rule_of_fault(rules::SuppressionFault::kWithoutReason);
    if (selected) set.add(std::move(rule));
    else if (idle) idle->push_back(std::move(rule));
  }
  apply_general_severities(settings, set);
  set.seal();
  return set;
}

void compile_needed(rules::RuleSet& rules, const model::Project& project, std::vector<UsageError>& errors) {
  ASSAY_METRIC("compile rules");
  std::set<uint32_t> seen;
  std::vector<bool> needed(rules.rules().size());
  for (const model::Resource* resource : project.resources) {
    for (const model::View& view : resource->views) {
      if (!seen.insert(view.type.id()).second) continue;
      for (uint32_t rule : rules.for_type(view.type)) needed[rule] = true;
    }
  }
  for (size_t i = 0; i < needed.size(); ++i) {
    rules::Rule& rule = rules.mutable_rules()[i];
    if (!needed[i] || rule.check) continue;
    rules::complete_logic(rule);
    for (const rules::RuleFileError& error : rules::compile_rule(rule)) {
      errors.push_back({rule.info.source, error.line, error.message});
    }
  }
}

}  // namespace assay::pipeline
