#include "analyzer/serve/policies.h"

#include <algorithm>

#include "parsers/core/path.h"
#include "rules/lang/checkov/checkov_language.h"
#include "rules/lang/pack/pack.h"

namespace assay::serve {
namespace {

using pipeline::UsageError;

constexpr int kMaxDirectories = 16;     // of --policy, nested
constexpr size_t kMaxPolicyFiles = 20'000;
constexpr size_t kMaxIdleWorkspaces = 64;

bool judges_kubernetes(const rules::RuleInfo& rule) {
  return std::any_of(rule.resources.begin(), rule.resources.end(), [](const std::string& type) {
    return type.starts_with("kubernetes/") || type == rules::checkov::kResourceView;
  });
}

// Does one object alone decide it?
bool decidable(const rules::Rule& rule) {
  if (rule.language == "checkov") return rule.logic.find("connection") == std::string::npos;
  return rules::is_local(rule);
}

bool has_any_suffix(std::string_view path, std::initializer_list<std::string_view> suffixes) {
  return std::any_of(suffixes.begin(), suffixes.end(), [&](std::string_view suffix) { return path.ends_with(suffix); });
}

// What --policy names, by the language it is for.
struct PolicyFiles {
  std::vector<std::string> rules;                          // for the loader of rules
  std::vector<rules::admission::PolicyFile> admission;
};

class Collector {
 public:
  Collector(const core::FileSystem& files, PolicyFiles& out, std::vector<UsageError>& errors)
      : files_(files), out_(out), errors_(errors) {}

  void add(const std::string& path) {
    if (!files_.exists(path)) errors_.push_back({"", 0, "--policy: there is no file or directory '" + path + "'"});
    else if (files_.is_directory(path)) add_directory(path, 0);
    else add_file(path, true);
  }

 private:
  // Mounts of Kubernetes are links into a hidden directory that changes as a whole: links are followed, hidden names are not.
  void add_directory(const std::string& path, int depth) {
    auto entries = files_.list(path);
    if (!entries) {
      errors_.push_back({path, 0, entries.error().message});
      return;
    }
    for (const core::DirEntry& entry : *entries) {
      if (entry.name.starts_with('.')) continue;
      std::string inside = core::join_path(path, entry.name);
      if (!files_.is_directory(inside)) add_file(inside, false);
      else if (depth < kMaxDirectories && entry.kind == core::EntryKind::kDirectory) add_directory(inside, depth + 1);
    }
  }

  void add_file(const std::string& path, bool named) {
    bool markdown = path.ends_with(".md");
    bool data = has_any_suffix(path, {".yaml", ".yml", ".json"});
    if (!named && !markdown && !data) return;
    if (++count_ > kMaxPolicyFiles) {
      if (count_ == kMaxPolicyFiles + 1) errors_.push_back({path, 0, "--policy: more than " + std::to_string(kMaxPolicyFiles) + " files"});
      return;
    }
    auto text = files_.read(path);
    if (!text) {
      errors_.push_back({path, 0, text.error().message});
      return;
    }
    if (markdown && text->starts_with("---")) out_.rules.push_back(path);
    else if (data && rules::checkov::is_policy_file(path, *text)) out_.rules.push_back(path);
    else if (data) out_.admission.push_back({path, std::move(*text)});
    else if (named) out_.rules.push_back(path);  // whose loader says what is wrong with it
  }

  const core::FileSystem& files_;
  PolicyFiles& out_;
  std::vector<UsageError>& errors_;
  size_t count_ = 0;
};

// Rows of `modes` that name nothing, or ask for what cannot be had.
void check_modes(const PolicyState& state, const rules::RuleSet& others, std::vector<UsageError>& errors) {
  auto names_any = [](const rules::RuleSet& rules, const std::string& pattern) {
    return std::any_of(rules.rules().begin(), rules.rules().end(),
                       [&](const rules::Rule& rule) { return rules::names_rule(pattern, rule.info); });
  };
  for (const pipeline::ModeRow& row : state.modes().settings().modes) {
    for (const std::string& pattern : row.rules) {
      if (names_any(state.rules(), pattern)) continue;
      if (state.names_policy(pattern)) continue;
      if (names_any(state.undecidable(), pattern)) {
        if (row.mode != Mode::kEnforce) continue;
        errors.push_back({row.file, row.line, "admission.modes: '" + pattern + "' looks at other objects than the one at the door: the webhook cannot enforce it", row.column});
      } else if (!names_any(others, pattern)) {
        std::string nearest = rules::suggest_rule(pattern, state.rules().rules());
        errors.push_back({row.file, row.line, "admission.modes: no rule or policy is called '" + pattern + "'" +
                                                  (nearest.empty() ? "" : "; did you mean '" + nearest + "'?"), row.column});
      }
    }
  }
}

}  // namespace

PolicyState::PolicyState(rules::RuleSet all, const pipeline::ScanOptions& options,
                         std::unique_ptr<const rules::admission::PolicySet> admission, std::vector<UsageError>& errors)
    : admission_(std::move(admission)), target_(options.target) {
  rules::RuleSet others;
  for (rules::Rule& rule : all.mutable_rules()) {
    if (!judges_kubernetes(rule.info)) {
      others.add(std::move(rule));
      continue;
    }
    rules::complete_logic(rule);
    rules::complete_texts(rule.info);
    if (!rule.check) {
      for (const rules::RuleFileError& error : rules::compile_rule(rule)) errors.push_back({rule.info.source, error.line, error.message});
    }
    if (!rule.check) continue;
    // Pages of rules are for explain.
    for (std::string* text : {&rule.info.what, &rule.info.why, &rule.info.how}) std::string().swap(*text);
    rule.info.controls = {};
    rule.fixes = {};
    foreign_views_ |= rule.language == "checkov";
    (decidable(rule) ? rules_ : undecidable_).add(std::move(rule));
  }
  rules_.seal();
  undecidable_.seal();
  modes_ = Modes(options.settings.admission, rules_);
  check_modes(*this, others, errors);
}

bool PolicyState::names_policy(std::string_view pattern) const {
  if (!admission_) return false;
  const auto& policies = admission_->policies;
  return std::any_of(policies.begin(), policies.end(), [&](const auto& policy) { return matches_name(pattern, policy->name()); });
}

std::unique_ptr<Workspace> PolicyState::take() const {
  {
    std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      std::unique_ptr<Workspace> last = std::move(idle_.back());
      idle_.pop_back();
      return last;
    }
  }
  return std::make_unique<Workspace>(rules_);
}

void PolicyState::give_back(std::unique_ptr<Workspace> workspace) const {
  std::lock_guard lock(mutex_);
  if (idle_.size() < kMaxIdleWorkspaces) idle_.push_back(std::move(workspace));
}

std::shared_ptr<PolicyState> load_policies(core::FileSystem& files, const pipeline::ScanOptions& given,
                                           std::vector<UsageError>& errors) {
  pipeline::ScanOptions options = given;
  PolicyFiles found;
  Collector collector(files, found, errors);
  for (const std::string& path : given.policies) {
    collector.add(core::normalize_path(core::join_path(given.current_directory, path)));
  }
  options.policies = std::move(found.rules);
  std::unique_ptr<const rules::admission::PolicySet> admission = rules::admission::load_policies(std::move(found.admission));
  for (const rules::admission::LoadError& error : admission->errors) errors.push_back({error.file, error.line, error.message, error.column});
  std::vector<rules::Rule> idle;
  rules::RuleSet all = pipeline::load_rules(files, options, errors, &idle);
  auto state = std::make_shared<PolicyState>(std::move(all), options, std::move(admission), errors);
  if (!errors.empty()) return nullptr;
  return state;
}

}  // namespace assay::serve
