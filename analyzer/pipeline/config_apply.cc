#include "analyzer/pipeline/config_apply.h"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "analyzer/pipeline/pipeline.h"
#include "parsers/core/limits.h"
#include "parsers/core/path.h"
#include "parsers/core/text.h"
#include "rules/engine/foreign_ids.h"

namespace assay::pipeline {
namespace {

std::string as_ignore_text(const std::vector<std::string>& patterns) {
  std::string out;
  for (const std::string& pattern : patterns) out += pattern + "\n";
  return out;
}

bool named_by(const std::vector<std::string>& patterns, const rules::RuleInfo& rule) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return rules::names_rule(pattern, rule); });
}

bool has_check_of(std::string_view tool, const rules::RuleInfo& rule) {
  // tfsec's checks are those of Trivy that have a long name.
  return std::any_of(rule.aliases.begin(), rule.aliases.end(), [&](const rules::Alias& alias) {
    if (tool == "tfsec")
      return alias.tool == "trivy" && !alias.id.starts_with("KSV") &&
             !alias.id.starts_with("AVD-KSV") &&
             rules::any_trivy_name(alias.id, [](std::string_view) { return true; });
    return alias.tool == tool;
  });
}

// Where a finding is reported, and where the resource stands that it is about.
bool at_place(const PathFilter& filter, const rules::Finding& finding,
              const core::SourceSet& sources) {
  for (const core::Span* span : {&finding.region, &finding.resource.header}) {
    if (span->valid() && filter.matches(sources.path(span->file))) return true;
  }
  return false;
}

constexpr size_t kListed = 10;  // names in one note

std::string listing(const std::vector<std::string>& names) {
  std::string out;
  for (size_t i = 0; i < names.size() && i < kListed; ++i) out += (i == 0 ? "" : ", ") + names[i];
  return names.size() > kListed ? out + ", ..." : out;
}

}  // namespace

PathFilter::PathFilter(const PathPatterns& patterns, const std::string& base)
    : file_(as_ignore_text(patterns.patterns), ""),
      everything_(patterns.patterns.empty() && patterns.regex.empty()) {
  if (!patterns.regex.empty()) {
    auto regex = core::Regex::compile(patterns.regex);
    if (regex) regex_ = *regex;
  }
  if (patterns.base.empty() || patterns.base == base) return;
  if (core::is_within(base, patterns.base)) {
    to_ = core::relative_path(base, patterns.base) + "/";
  } else {
    from_ = core::relative_path(patterns.base, base) + "/";
  }
}

bool PathFilter::matches(std::string_view path) const {
  if (everything_) return true;
  if (regex_ && (regex_->search(path) || regex_->search("/" + std::string(path)))) return true;
  std::string seen;
  if (!from_.empty()) {
    if (!path.starts_with(from_)) return false;
    path.remove_prefix(from_.size());
  } else if (!to_.empty()) {
    seen = to_ + std::string(path);
    if (path.starts_with("../")) seen = core::normalize_path(seen);
    path = seen;
  }
  // Of a path outside of the directory ("../x"), nothing is said.
  if (path.starts_with("../")) return false;
  if (file_.match(path, false) == core::IgnoreVerdict::kIgnored) return true;
  if (file_.match(path, false) == core::IgnoreVerdict::kIncluded) return false;
  for (size_t slash = path.rfind('/'); slash != std::string_view::npos && slash > 0;
       slash = path.rfind('/', slash - 1)) {
    core::IgnoreVerdict verdict = file_.match(path.substr(0, slash), true);
    if (verdict != core::IgnoreVerdict::kNoMatch) return verdict == core::IgnoreVerdict::kIgnored;
  }
  return false;
}

std::string_view PathFilter::directory_of(std::string_view path) const {
  for (size_t slash = path.find('/'); slash != std::string_view::npos;
       slash = path.find('/', slash + 1)) {
    // A name that cannot be there: what matches it matches everything in the directory.
    if (matches(std::string(path.substr(0, slash)) + "/\x01")) return path.substr(0, slash);
  }
  return {};
}

void exclude_files(const Settings& settings, Discovery& discovery, core::Problems& problems) {
  if (settings.excludes.empty()) return;
  struct Row {
    PathFilter paths;
    const Exclude* exclude;
  };
  std::vector<Row> rows;
  for (const Exclude& exclude : settings.excludes)
    rows.push_back({PathFilter(exclude.paths, discovery.base), &exclude});
  auto excluded_by = [&](const std::string& path) -> const Row* {
    for (const Row& row : rows) {
      FileKind kind = kind_of(path);
      bool manifest =
          kind == FileKind::kYaml || kind == FileKind::kJson || kind == FileKind::kYamlOrJson;
      if (row.exclude->only_manifests && !manifest) continue;
      if (row.paths.matches(path)) return &row;
    }
    return nullptr;
  };
  std::set<std::string> directories;
  auto takes_back = [](const PathPatterns& paths) {
    return std::any_of(paths.patterns.begin(), paths.patterns.end(),
                       [](const std::string& one) { return one.starts_with('!'); });
  };
  std::erase_if(discovery.files, [&](const std::string& path) {
    const Row* row = excluded_by(path);
    if (row == nullptr) return false;
    const Exclude* exclude = row->exclude;
    // A directory is one row, unless parts of it are taken back.
    std::string_view directory = takes_back(exclude->paths) || exclude->only_manifests
                                     ? std::string_view{}
                                     : row->paths.directory_of(path);
    if (directory.empty())
      discovery.skipped.push_back({path, false, "", "skipped", "excluded by " + exclude->by});
    else if (directories.insert(std::string(directory)).second) {
      discovery.skipped.push_back({std::string(directory), false, "", "skipped",
                                   "excluded by " + exclude->by + " directory"});
    }
    if (std::binary_search(discovery.named.begin(), discovery.named.end(), path)) {
      core::Problem note{core::ProblemSeverity::kNote,
                         "excluded-file",
                         "it was named, but " + exclude->by + " excludes it",
                         {},
                         {},
                         {}};
      note.path = path;
      problems.push_back(std::move(note));
    }
    return true;
  });
  auto gone = [&](const std::string& path) {
    return !std::binary_search(discovery.files.begin(), discovery.files.end(), path);
  };
  bool had_focus = !discovery.focus.empty();
  std::erase_if(discovery.named, gone);
  std::erase_if(discovery.focus, gone);
  // An empty focus would mean every file: with nothing left to look at, nothing is read.
  if (had_focus && discovery.focus.empty()) discovery.files.clear();
}

bool is_turned_on(const Settings& settings, const rules::RuleInfo& rule) {
  if (settings.overrides.empty() || named_by(settings.given_skip_rules, rule)) return false;
  return std::any_of(
      settings.overrides.begin(), settings.overrides.end(), [&](const Override& one) {
        return std::any_of(one.rules.begin(), one.rules.end(),
                           [&](const auto& name) { return rules::names_rule(name.first, rule); });
      });
}

bool is_left_out_by_tool(const Settings& settings, const rules::RuleInfo& rule) {
  return std::any_of(settings.tools.begin(), settings.tools.end(), [&](const ToolChecks& tool) {
    if (!tool.without.empty() && named_by(tool.without, rule)) return true;
    return !tool.only.empty() && has_check_of(tool.tool, rule) && !named_by(tool.only, rule);
  });
}

std::vector<bool> rules_off_elsewhere(const ScanOptions& options, const rules::RuleSet& rules) {
  std::vector<bool> out;
  if (options.settings.overrides.empty() || options.skip_rules.empty()) return out;
  out.resize(rules.rules().size());
  for (size_t i = 0; i < out.size(); ++i) {
    const rules::RuleInfo& rule = rules.rules()[i].info;
    out[i] = is_turned_on(options.settings, rule) && named_by(options.skip_rules, rule);
  }
  return out;
}

std::string terraform_workspace(const core::FileSystem& files, const formats::LoadOptions& load,
                                const std::string& directory) {
  auto given = load.environment.find("TF_WORKSPACE");
  if (given != load.environment.end() && !given->second.empty()) return given->second;
  auto text = files.read_up_to(core::join_path(directory, ".terraform/environment"), 1024);
  std::string selected = text ? std::string(core::trim(*text)) : std::string();
  return selected.empty() ? "default" : selected;
}

void apply_general_severities(const Settings& settings, rules::RuleSet& rules) {
  for (const Override& one : settings.overrides) {
    if (!one.paths.patterns.empty() || !one.paths.regex.empty()) continue;
    for (rules::Rule& rule : rules.mutable_rules()) {
      for (const auto& [name, severity] : one.severities) {
        if (rules::names_rule(name, rule.info)) rule.info.severity = severity;
      }
    }
  }
}

void check_names(const ScanOptions& options,
                 const std::vector<const std::vector<rules::Rule>*>& all,
                 std::vector<UsageError>& errors, core::Problems& problems) {
  const Settings& settings = options.settings;
  if (!errors.empty()) return;  // a policy that could not be read may hold what seems to be missing
  auto exists = [&](const std::string& name) {
    return std::any_of(all.begin(), all.end(), [&](const std::vector<rules::Rule>* list) {
      return std::any_of(list->begin(), list->end(), [&](const rules::Rule& rule) {
        return rules::names_rule(name, rule.info);
      });
    });
  };
  constexpr size_t kMaxErrors = 100;
  auto check = [&](const std::string& name, const Place& place, std::string_view key) {
    if (place.file.empty() || errors.size() >= kMaxErrors || exists(name)) return;
    std::string nearest;
    for (const std::vector<rules::Rule>* list : all) {
      if (nearest.empty()) nearest = rules::suggest_rule(name, *list);
    }
    errors.push_back(
        {place.file, place.line,
         std::string(key) + ": no rule is called '" + name + "'" +
             (nearest.empty() ? "; see assay rules" : "; did you mean '" + nearest + "'?"),
         place.column});
  };
  for (const Override& one : settings.overrides) {
    for (const auto& [name, place] : one.rules) check(name, place, "rules");
    for (const auto& [name, place] : one.skip_rules) check(name, place, "skip-rules");
    for (size_t i = 0; i < one.severities.size(); ++i) {
      if (!one.place.file.empty())
        check(one.severities[i].first, one.severity_places[i], "severities");
    }
  }
  for (const ToolChecks& tool : settings.tools) {
    std::vector<std::string> missing;
    for (const auto* list : {&tool.only, &tool.without, &tool.mentioned}) {
      for (const std::string& name : *list) {
        if (!exists(name)) missing.push_back(name);
      }
    }
    std::sort(missing.begin(), missing.end());
    missing.erase(std::unique(missing.begin(), missing.end()), missing.end());
    if (missing.empty()) continue;
    core::Problem note{
        core::ProblemSeverity::kNote,
        "imported-configuration",
        std::to_string(missing.size()) +
            (missing.size() == 1 ? " check has no rule here: " : " checks have no rule here: ") +
            listing(missing),
        {},
        {},
        {}};
    note.path = core::relative_path(tool.file, core::normalize_path(options.current_directory));
    problems.push_back(std::move(note));
  }
}

Overrides::Overrides(const Settings& settings, const rules::RuleSet& rules,
                     const core::SourceSet& sources, const std::string& base,
                     const std::vector<bool>& off)
    : sources_(sources), off_(off) {
  for (const Override& one : settings.overrides) {
    bool general = one.paths.patterns.empty() && one.paths.regex.empty();
    if (general && one.rules.empty() && one.skip_rules.empty())
      continue;  // severities were set before
    Row row{PathFilter(one.paths, base), {}, {}, {}};
    size_t count = rules.rules().size();
    for (size_t i = 0; i < count; ++i) {
      const rules::RuleInfo& rule = rules.rules()[i].info;
      auto named = [&](const auto& list) {
        return std::any_of(list.begin(), list.end(),
                           [&](const auto& name) { return rules::names_rule(name.first, rule); });
      };
      if (!one.rules.empty() && named(one.rules)) row.on.resize(count), row.on[i] = true;
      if (!one.skip_rules.empty() && named(one.skip_rules))
        row.off.resize(count), row.off[i] = true;
      for (const auto& [name, severity] : one.severities) {
        if (general || !rules::names_rule(name, rule)) continue;
        row.severity.resize(count, -1);
        row.severity[i] = static_cast<int8_t>(severity);
      }
    }
    rows_.push_back(std::move(row));
  }
}

bool Overrides::apply(rules::Finding& finding) {
  bool on = finding.rule >= off_.size() || !off_[finding.rule];
  for (const Row& row : rows_) {
    bool turns_on = !row.on.empty() && row.on[finding.rule];
    bool turns_off = !row.off.empty() && row.off[finding.rule];
    bool rates = !row.severity.empty() && row.severity[finding.rule] >= 0;
    if ((!turns_on && !turns_off && !rates) || !at_place(row.paths, finding, sources_)) continue;
    if (turns_on) on = true;
    if (turns_off) on = false;
    if (rates) finding.severity = static_cast<rules::Severity>(row.severity[finding.rule]);
  }
  return on;
}

std::vector<rules::Directive> directives_of(const Settings& settings, const core::FileSystem& files,
                                            core::SourceSet& sources, const std::string& base) {
  std::vector<rules::Directive> out;
  struct Filter {
    PathFilter paths;
    std::vector<std::string> resources;
  };
  std::unordered_map<std::string, core::FileId> ids;
  for (const SuppressionEntry& entry : settings.suppressions) {
    auto [id, is_new] = ids.try_emplace(entry.place.file, core::kNoFile);
    if (is_new) {
      std::string path = core::relative_path(entry.place.file, base);
      id->second = sources.find(path);
      if (id->second == core::kNoFile || sources.text(id->second).empty()) {
        auto text = files.read_up_to(entry.place.file, core::kMaxFileBytes);
        if (!text) continue;
        if (id->second == core::kNoFile)
          id->second = sources.add(path, std::move(*text));
        else
          sources.set_text(id->second, std::move(*text));
      }
    }
    if (id->second == core::kNoFile) continue;
    rules::Directive one;
    auto size = static_cast<uint32_t>(sources.text(id->second).size());
    one.span = {id->second, std::min(entry.place.begin, size), std::min(entry.place.end, size)};
    one.line = entry.place.line;
    one.rule = entry.rule;
    one.reason = entry.reason;
    one.until = entry.until;
    one.bad_until = entry.bad_until;
    one.owner = entry.owner;
    one.foreign = entry.foreign;
    one.form = entry.form;
    auto filter =
        std::make_shared<const Filter>(Filter{PathFilter(entry.paths, base), entry.resources});
    one.selects = [filter, &sources](const rules::Finding& finding) {
      if (!filter->paths.everything() && !at_place(filter->paths, finding, sources)) return false;
      if (filter->resources.empty()) return true;
      return std::any_of(filter->resources.begin(), filter->resources.end(),
                         [&](const std::string& glob) {
                           return core::glob_match(glob, finding.resource.address) ||
                                  core::glob_match(glob, finding.resource.name);
                         });
    };
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace assay::pipeline
