#include "analyzer/pipeline/checkov_config.h"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "analyzer/pipeline/pipeline.h"
#include "parsers/core/path.h"
#include "parsers/core/regex.h"
#include "parsers/core/suggest.h"
#include "parsers/core/text.h"
#include "parsers/syntax/scalar.h"
#include "parsers/syntax/yaml/reader.h"

namespace assay::pipeline {
namespace {

using syntax::Node;
using syntax::NodeKind;

// Keys that change what Checkov prints or whom it asks, never what it finds here.
constexpr std::string_view kWithoutCounterpart[] = {
    "add-check", "ansi", "bc-api-key", "block-list-secret-scan", "branch", "ca-certificate", "compact",
    "config-file", "create-baseline", "create-config", "deep-analysis", "docker-image", "dockerfile-path",
    "download-external-modules", "enable-secret-scan-all-files", "evaluate-variables", "external-checks-git",
    "external-checks-public-key", "external-modules-download-path", "list", "mask", "no-cert-verify",
    "no-fail-on-crash", "no-guide", "openai-api-key", "openai-max-findings", "openai-model", "output",
    "output-baseline-as-skipped", "output-bc-ids", "output-file-path", "policy-metadata-filter",
    "policy-metadata-filter-exception", "prisma-api-url", "quiet", "repo-id", "repo-root-for-plan-enrichment",
    "run-all-external-checks", "scan-secrets-history", "secrets-history-timeout", "secrets-scan-file-type",
    "show-config", "skip-cve-package", "skip-download", "skip-fixes", "skip-policy-download",
    "skip-resources-without-violations", "skip-results-upload", "summary-position", "support", "tool-name",
    "use-enforcement-rules", "var", "version"};

constexpr std::string_view kFollowed[] = {
    "check", "skip-check", "soft-fail", "soft-fail-on", "hard-fail-on", "directory", "file", "framework",
    "skip-framework", "external-checks-dir", "var-file", "skip-path", "baseline"};

// What Checkov calls a framework, and the format of the resources it finds.
struct Framework {
  std::string_view name, format;
};
constexpr Framework kFrameworks[] = {
    {"terraform", "terraform"},       {"terraform_json", "terraform"}, {"terraform_plan", "terraform"},
    {"cloudformation", "cloudformation"}, {"serverless", "cloudformation"}, {"kubernetes", "kubernetes"},
    {"helm", "kubernetes"},           {"kustomize", "kubernetes"},     {"arm", "arm"},
    {"bicep", "bicep"},               {"secrets", "secrets"}};

std::optional<rules::Severity> severity_word(std::string_view text) {
  return rules::parse_severity(core::to_lower_ascii(text));
}

const Node* target_of(const Node* node) {
  while (node && node->kind == NodeKind::kAlias) node = node->child(0);
  return node;
}

class Reader {
 public:
  Reader(const std::string& path, std::string_view text, CheckovConfig& out, std::vector<UsageError>& errors)
      : path_(path), text_(text), out_(out), errors_(errors) {}

  void read(const Node& root) {
    for (const Node* pair : root.children()) {
      const Node* key = pair->kind == NodeKind::kPair ? target_of(pair->child(0)) : nullptr;
      const Node* value = key ? target_of(pair->child(1)) : nullptr;
      if (value) read_key(*key, *value);
    }
    finish_formats();
  }
  void error(uint32_t at, std::string message) {
    std::string_view before = text_.substr(0, at);
    errors_.push_back({path_, static_cast<uint32_t>(1 + std::count(before.begin(), before.end(), '\n')), std::move(message)});
  }

 private:
  void note(std::string message) { out_.notes.push_back(std::move(message)); }

  // One text, a list of texts, or texts with commas between them.
  std::vector<std::string> texts(const Node& key, const Node& value) {
    std::vector<std::string> out;
    auto add = [&](const Node& item) {
      if (item.kind == NodeKind::kMapping || item.kind == NodeKind::kSequence) {
        return error(item.begin, std::string(key.text) + ": expected a text");
      }
      for (std::string_view part : core::split(item.text, ',')) {
        if (part = core::trim(part); !part.empty()) out.emplace_back(part);
      }
    };
    if (value.kind == NodeKind::kNull) return out;
    if (value.kind != NodeKind::kSequence) {
      add(value);
      return out;
    }
    for (const Node* item : value.children()) {
      if (const Node* target = target_of(item)) add(*target);
    }
    return out;
  }

  bool flag(const Node& key, const Node& value) {
    core::Arena arena;
    if (value.kind != NodeKind::kMapping && value.kind != NodeKind::kSequence) {
      syntax::Scalar scalar = syntax::read_scalar(value, syntax::ScalarMode::kKubernetes, arena);
      if (scalar.type == syntax::ScalarType::kBool) return scalar.truth;
      if (core::equals_ignoring_case(value.text, "true")) return true;
      if (core::equals_ignoring_case(value.text, "false")) return false;
    }
    error(value.begin, std::string(key.text) + ": expected true or false");
    return false;
  }

  void read_checks(const Node& key, const Node& value, bool skip) {
    for (std::string& text : texts(key, value)) {
      if (auto severity = severity_word(text)) {
        if (!skip) {
          out_.minimum = out_.minimum ? std::min(*out_.minimum, *severity) : *severity;
        } else if (*severity == rules::Severity::kCritical) {
          note("skip-check: " + text + " would skip everything; it is not followed");
        } else {
          auto above = static_cast<rules::Severity>(static_cast<int>(*severity) + 1);
          out_.minimum = out_.minimum ? std::max(*out_.minimum, above) : above;
        }
        continue;
      }
      if (size_t colon = text.find(':'); skip && colon != std::string::npos) {
        std::string path(core::trim(std::string_view(text).substr(colon + 1)));
        auto regex = core::Regex::compile(path);
        if (regex) out_.skip_checks_at.emplace_back(core::trim(std::string_view(text).substr(0, colon)), std::move(path));
        else error(value.begin, "skip-check: '" + path + "' is no regular expression: " + regex.error().message);
        continue;
      }
      (skip ? out_.skip_checks : out_.checks).push_back(std::move(text));
    }
  }

  void read_frameworks(const Node& key, const Node& value, bool skip) {
    for (const std::string& name : texts(key, value)) {
      if (name == "all") continue;
      auto row = std::find_if(std::begin(kFrameworks), std::end(kFrameworks), [&](const Framework& f) { return f.name == name; });
      if (row == std::end(kFrameworks)) note(std::string(key.text) + ": Assay does not know the framework " + name);
      else (skip ? skipped_ : wanted_).push_back(row->format);
      named_ = named_ || !skip;
    }
  }
  void finish_formats() {
    if (!named_ && skipped_.empty()) return;
    for (const Framework& framework : kFrameworks) {
      auto listed = [&](const std::vector<std::string_view>& list) {
        return std::find(list.begin(), list.end(), framework.format) != list.end();
      };
      if ((named_ && !listed(wanted_)) || listed(skipped_)) continue;
      if (std::find(out_.formats.begin(), out_.formats.end(), framework.format) == out_.formats.end()) {
        out_.formats.emplace_back(framework.format);
      }
    }
    if (out_.formats.empty()) out_.formats.emplace_back("none");
  }

  void read_key(const Node& key, const Node& value) {
    std::string_view name = key.text;
    auto take = [&](std::vector<std::string>& list) {
      for (std::string& text : texts(key, value)) list.push_back(std::move(text));
    };
    if (name == "check") return read_checks(key, value, false);
    if (name == "skip-check") return read_checks(key, value, true);
    if (name == "soft-fail") {
      out_.gate.soft = flag(key, value);
      return;
    }
    if (name == "soft-fail-on") return take(out_.gate.soft_on);
    if (name == "hard-fail-on") return take(out_.gate.hard_on);
    if (name == "directory" || name == "file") return take(out_.paths);
    if (name == "framework") return read_frameworks(key, value, false);
    if (name == "skip-framework") return read_frameworks(key, value, true);
    if (name == "external-checks-dir") {
      note("external-checks-dir: policies in YAML and JSON are run; checks in Python are not");
      return take(out_.policies);
    }
    if (name == "var-file") return take(out_.variable_files);
    if (name == "skip-path") {
      for (std::string& text : texts(key, value)) {
        auto regex = core::Regex::compile(text);
        if (regex) out_.skip_paths.push_back(std::move(text));
        else error(value.begin, "skip-path: '" + text + "' is no regular expression: " + regex.error().message);
      }
      return;
    }
    if (name == "baseline") {
      std::vector<std::string> names = texts(key, value);
      if (!names.empty()) out_.baseline = names.front();
      return;
    }
    bool known = std::find(std::begin(kWithoutCounterpart), std::end(kWithoutCounterpart), name) != std::end(kWithoutCounterpart);
    std::vector<std::string_view> names(std::begin(kFollowed), std::end(kFollowed));
    note(std::string(name) + (known ? ": Assay has no counterpart; it is not followed"
                                    : ": there is no such key" + core::did_you_mean(name, names)));
  }

  const std::string& path_;
  std::string_view text_;
  CheckovConfig& out_;
  std::vector<UsageError>& errors_;
  std::vector<std::string_view> wanted_, skipped_;
  bool named_ = false;
};

// Does the id or glob name the rule by what Checkov calls it?
bool names(std::string_view pattern, const rules::RuleInfo& rule) { return rules::names_rule(pattern, rule); }

bool listed_by_name(const std::vector<std::string>& list, const rules::RuleInfo& rule) {
  return std::any_of(list.begin(), list.end(),
                     [&](const std::string& text) { return !severity_word(text) && names(text, rule); });
}

// The lowest severity that is listed; nothing when none is.
std::optional<rules::Severity> listed_severity(const std::vector<std::string>& list, bool highest) {
  std::optional<rules::Severity> out;
  for (const std::string& text : list) {
    auto severity = severity_word(text);
    if (severity && (!out || (highest ? *severity > *out : *severity < *out))) out = severity;
  }
  return out;
}

}  // namespace

bool FailureGate::fails(const rules::RuleInfo& rule, rules::Severity severity) const {
  if (listed_by_name(hard_on, rule)) return true;
  if (listed_by_name(soft_on, rule)) return false;
  if (auto least = listed_severity(hard_on, false); least && severity >= *least) return true;
  if (auto most = listed_severity(soft_on, true); most && severity <= *most) return false;
  // Where only hard failures are listed, everything else is soft.
  return !soft && (hard_on.empty() || !soft_on.empty());
}

std::string find_checkov_config(const core::FileSystem& files, const std::vector<std::string>& directories) {
  for (const std::string& directory : directories) {
    if (!files.is_directory(directory)) continue;
    for (const char* name : {".checkov.yaml", ".checkov.yml"}) {
      std::string path = core::join_path(directory, name);
      if (files.exists(path)) return path;
    }
  }
  return {};
}

CheckovConfig read_checkov_config(const core::FileSystem& files, const std::string& path,
                                  std::vector<UsageError>& errors) {
  CheckovConfig config;
  config.path = path;
  auto text = files.read(path);
  if (!text) {
    errors.push_back({path, 0, text.error().message});
    return config;
  }
  auto tree = syntax::read_yaml(core::kNoFile, *text);
  Reader reader(config.path, *text, config, errors);
  size_t before = errors.size();
  for (const core::Problem& problem : tree->problems) {
    if (problem.severity == core::ProblemSeverity::kError) reader.error(problem.span.begin, problem.message);
  }
  if (errors.size() > before) return config;
  const Node* document = tree->root->child(0);
  const Node* content = document ? target_of(document->child(0)) : nullptr;
  if (!content || content->kind == NodeKind::kNull) return config;
  if (content->kind != NodeKind::kMapping) {
    reader.error(content->begin, "the configuration must be a mapping");
    return config;
  }
  reader.read(*content);
  return config;
}

}  // namespace assay::pipeline
