#include "analyzer/pipeline/config_peers.h"

#include <algorithm>
#include <optional>

#include "analyzer/pipeline/config_reader.h"
#include "parsers/core/limits.h"
#include "parsers/core/path.h"
#include "parsers/core/text.h"
#include "rules/engine/suppression.h"

namespace assay::pipeline {
namespace {

using syntax::Node;
using syntax::NodeKind;

constexpr size_t kMaxEntries = 5000;  // of one file of ignored ids

class PeerReader {
 public:
  PeerReader(const core::FileSystem& files, Settings& settings, std::vector<ConfigItem>& items)
      : files_(files), settings_(settings), items_(items) {}

  void read_trivyignore(const std::string& path);
  void read_trivyignore_yaml(const std::string& path);
  void read_kube_linter(const std::string& path);
  void read_tfsec(const std::string& path);

 private:
  void note(const std::string& file, std::string message) {
    settings_.notes.push_back({"imported-configuration", std::move(message), file});
  }
  // Of the file as YAML; mistakes become notes.
  std::unique_ptr<ConfigDocument> open(const std::string& path) {
    auto document = std::make_unique<ConfigDocument>(files_, path, errors_);
    for (const UsageError& error : errors_) {
      note(path,
           (error.line > 0 ? "line " + std::to_string(error.line) + ": " : "") + error.message);
    }
    errors_.clear();
    if (document->content() && document->content()->kind != NodeKind::kMapping) {
      note(path, "it is no mapping; nothing of it is followed");
      return nullptr;
    }
    return document->content() ? std::move(document) : nullptr;
  }
  static std::vector<std::pair<std::string, const Node*>> texts(const ConfigDocument& document,
                                                                const Node& node) {
    std::vector<std::pair<std::string, const Node*>> out;
    if (ConfigDocument::is_absent(node)) return out;
    for (const Node* item : document.items(node)) {
      if (ConfigDocument::is_text(*item) && !core::trim(item->text).empty())
        out.emplace_back(core::trim(item->text), item);
    }
    return out;
  }
  void add_suppression(SuppressionEntry entry) {
    std::string text = entry.rule;
    for (const std::string& pattern : entry.paths.patterns) text += " " + pattern;
    if (!entry.until.empty()) text += " until " + entry.until;
    items_.push_back({"suppressions", std::move(text), entry.place});
    settings_.suppressions.push_back(std::move(entry));
  }
  // Ids of packages' weaknesses and licences: nothing that is found in configuration.
  static bool is_vulnerability(std::string_view id) {
    for (std::string_view start : {"CVE-", "GHSA-", "TEMP-", "DLA-", "DSA-", "RHSA-", "NSWG-",
                                   "GMS-", "PYSEC-", "GO-", "RUSTSEC-"}) {
      if (id.starts_with(start)) return true;
    }
    return false;
  }
  void note_vulnerabilities(const std::string& path, size_t count) {
    if (count == 0) return;
    note(path, std::to_string(count) + (count == 1 ? " entry is" : " entries are") +
                   " about vulnerabilities or licences of packages, which Assay does not look for");
  }

  const core::FileSystem& files_;
  Settings& settings_;
  std::vector<ConfigItem>& items_;
  std::vector<UsageError> errors_;
};

// "AVD-AWS-0089 exp:2024-01-01", one a line. A comment above or behind is the reason.
void PeerReader::read_trivyignore(const std::string& path) {
  auto text = files_.read_up_to(path, core::kMaxTextBytes);
  if (!text) return note(path, text.error().message);
  size_t vulnerabilities = 0, entries = 0;
  uint32_t number = 0;
  std::string above;
  for (std::string_view whole : core::split_lines(*text)) {
    ++number;
    std::string_view line = core::trim(whole);
    if (line.empty()) above.clear();
    if (line.starts_with('#')) {
      std::string_view words =
          core::trim(line.substr(std::min(line.find_first_not_of('#'), line.size())));
      if (!words.empty()) above += (above.empty() ? "" : " ") + std::string(words);
    }
    if (line.empty() || line.starts_with('#')) continue;
    size_t comment = line.find('#');
    std::string reason = above;
    if (comment != std::string_view::npos) {
      reason = core::trim(line.substr(comment + 1));
      line = core::trim(line.substr(0, comment));
    }
    size_t blank = line.find_first_of(" \t");
    std::string id(line.substr(0, blank));
    if (is_vulnerability(id)) {
      ++vulnerabilities;
      continue;
    }
    if (++entries > kMaxEntries) {
      note(path, "it has more than " + std::to_string(kMaxEntries) +
                     " entries; the others are not followed");
      break;
    }
    SuppressionEntry entry;
    entry.rule = id;
    entry.reason = reason;
    entry.form = ".trivyignore";
    entry.foreign = true;
    size_t exp = line.find("exp:");
    if (exp != std::string_view::npos) {
      std::string_view date = line.substr(exp + 4, line.find_first_of(" \t", exp) - exp - 4);
      (rules::is_date(date) ? entry.until : entry.bad_until) = date;
    }
    auto begin = static_cast<uint32_t>(line.data() - text->data());
    entry.place = {path, number, static_cast<uint32_t>(line.data() - whole.data()) + 1, begin,
                   begin + static_cast<uint32_t>(line.size())};
    add_suppression(std::move(entry));
  }
  note_vulnerabilities(path, vulnerabilities);
}

void PeerReader::read_trivyignore_yaml(const std::string& path) {
  auto document = open(path);
  if (!document) return;
  size_t vulnerabilities = 0, entries = 0;
  for (const auto& [section, list] : document->pairs(*document->content())) {
    bool followed = section->text == "misconfigurations" || section->text == "secrets";
    if (!followed) {
      if (section->text == "vulnerabilities" || section->text == "licenses")
        vulnerabilities += list->child_count;
      else
        note(path, std::string(section->text) + ": there is no such section");
      continue;
    }
    for (const Node* item : document->items(*list)) {
      SuppressionEntry entry;
      entry.form = ".trivyignore.yaml";
      entry.foreign = true;
      entry.paths.base = core::parent_path(path);
      for (const auto& [key, value] : document->pairs(*item)) {
        std::string text =
            ConfigDocument::is_text(*value) ? std::string(value->text) : std::string();
        if (key->text == "id") {
          entry.rule = text;
          entry.place = document->place(*value);
          entry.place.begin = item->begin;
          entry.place.end = item->end;
        } else if (key->text == "statement") {
          entry.reason = text;
        } else if (key->text == "expired_at") {
          std::string day = text.substr(0, 10);
          (rules::is_date(day) ? entry.until : entry.bad_until) = rules::is_date(day) ? day : text;
        } else if (key->text == "paths") {
          for (auto& [pattern, node] : texts(*document, *value)) {
            (void)node;
            // Trivy's patterns are whole paths; a plain name is one at the top.
            while (pattern.starts_with("./")) pattern.erase(0, 2);
            entry.paths.patterns.push_back(
                pattern.starts_with("**") || pattern.starts_with('/') ? pattern : "/" + pattern);
          }
          if (entry.paths.patterns.empty()) entry.paths.patterns.emplace_back("/nothing-is-named");
        } else if (key->text != "purls") {
          note(path, "entries have no key " + std::string(key->text));
        }
      }
      if (entry.rule.empty() || ++entries > kMaxEntries) continue;
      add_suppression(std::move(entry));
    }
  }
  note_vulnerabilities(path, vulnerabilities);
}

void PeerReader::read_kube_linter(const std::string& path) {
  auto document = open(path);
  if (!document) return;
  ToolChecks tool;
  tool.tool = "kube-linter";
  tool.file = path;
  bool all = false, no_defaults = false;
  std::vector<std::string> include, custom;
  Exclude ignored{
      {std::string(core::parent_path(path)), {}}, std::string(core::base_name(path)), true};
  for (const auto& [key, value] : document->pairs(*document->content())) {
    if (key->text == "customChecks") {
      size_t count = value->kind == NodeKind::kSequence ? value->child_count : 0;
      for (const Node* check : document->items(*value)) {
        for (const auto& [name, text] : document->pairs(*check)) {
          if (name->text == "name") custom.emplace_back(text->text);
        }
      }
      if (count > 0)
        note(path, "customChecks: " + std::to_string(count) + (count == 1 ? " check" : " checks") +
                       " of your own " + (count == 1 ? "is" : "are") + " not followed");
      continue;
    }
    if (key->text != "checks") {
      note(path, std::string(key->text) + ": Assay has no counterpart; it is not followed");
      continue;
    }
    for (const auto& [name, setting] : document->pairs(*value)) {
      if (name->text == "addAllBuiltIn") {
        all = setting->text == "true";
      } else if (name->text == "doNotAutoAddDefaults") {
        no_defaults = setting->text == "true";
      } else if (name->text == "include") {
        for (auto& [check, node] : texts(*document, *setting)) {
          include.push_back(check);
          items_.push_back({"rules", "kube-linter:" + check, document->place(*node)});
        }
      } else if (name->text == "exclude") {
        for (auto& [check, node] : texts(*document, *setting)) {
          tool.without.push_back(check);
          items_.push_back({"skip-rules", "kube-linter:" + check, document->place(*node)});
        }
      } else if (name->text == "ignorePaths") {
        for (auto& [pattern, node] : texts(*document, *setting)) {
          if (pattern.starts_with('~') || pattern.find("..") != std::string::npos) {
            note(path,
                 "ignorePaths: '" + pattern + "' leads out of the directory; it is not followed");
            continue;
          }
          while (pattern.starts_with("./")) pattern.erase(0, 2);
          items_.push_back({"exclude", pattern, document->place(*node)});
          // Relative ones start at the file's directory.
          ignored.paths.patterns.push_back(
              pattern.starts_with('/') || pattern.starts_with("**") ? pattern : "/" + pattern);
        }
      } else {
        note(path, "checks." + std::string(name->text) +
                       ": Assay has no counterpart; it is not followed");
      }
    }
  }
  // Checks of one's own have no rule here, which was said.
  auto is_custom = [&](const std::string& check) {
    return std::find(custom.begin(), custom.end(), check) != custom.end();
  };
  std::erase_if(include, is_custom);
  std::erase_if(tool.without, is_custom);
  if (no_defaults && !all && !include.empty()) tool.only = std::move(include);
  if (!tool.only.empty() || !tool.without.empty()) settings_.tools.push_back(std::move(tool));
  if (!ignored.paths.patterns.empty()) settings_.excludes.push_back(std::move(ignored));
}

std::optional<rules::Severity> tfsec_severity(std::string_view text) {
  std::string lower = core::to_lower_ascii(text);
  if (lower == "error") return rules::Severity::kHigh;
  if (lower == "warning") return rules::Severity::kMedium;
  return rules::parse_severity(lower);
}

void PeerReader::read_tfsec(const std::string& path) {
  auto document = open(path);
  if (!document) return;
  ToolChecks tool;
  tool.tool = "tfsec";
  tool.file = path;
  Override severities;
  for (const auto& [key, value] : document->pairs(*document->content())) {
    std::string_view name = key->text;
    if (name == "exclude" || name == "include") {
      for (auto& [check, node] : texts(*document, *value)) {
        items_.push_back(
            {name == "exclude" ? "skip-rules" : "rules", "tfsec:" + check, document->place(*node)});
        (name == "exclude" ? tool.without : tool.only).push_back(std::move(check));
      }
    } else if (name == "minimum_severity") {
      settings_.tool_minimum =
          ConfigDocument::is_text(*value) ? tfsec_severity(value->text) : std::nullopt;
      if (!settings_.tool_minimum)
        note(path, "minimum_severity: '" + std::string(value->text) + "' is no severity");
      else
        items_.push_back({"severity", std::string(rules::severity_name(*settings_.tool_minimum)),
                          document->place(*value)});
    } else if (name == "severity_overrides") {
      for (const auto& [check, level] : document->pairs(*value)) {
        auto severity = tfsec_severity(level->text);
        if (!severity) {
          note(path, "severity_overrides: '" + std::string(level->text) + "' is no severity");
          continue;
        }
        severities.severities.emplace_back(check->text, *severity);
        severities.severity_places.push_back(document->place(*check));
        tool.mentioned.emplace_back(check->text);
        items_.push_back(
            {"severities",
             std::string(check->text) + "=" + std::string(rules::severity_name(*severity)),
             document->place(*check)});
      }
    } else {
      note(path, std::string(name) + ": Assay has no counterpart; it is not followed");
    }
  }
  if (!tool.only.empty() || !tool.without.empty() || !tool.mentioned.empty())
    settings_.tools.push_back(std::move(tool));
  // Before what assay.yaml says, which wins.
  if (!severities.severities.empty())
    settings_.overrides.insert(settings_.overrides.begin(), std::move(severities));
}

}  // namespace

const std::vector<std::string_view>& peer_config_names() {
  static const std::vector<std::string_view> kAll = {
      ".checkov.yaml",      ".checkov.yml",      ".trivyignore",     ".trivyignore.yaml",
      ".trivyignore.yml",   ".kube-linter.yaml", ".kube-linter.yml", ".tfsec/config.yml",
      ".tfsec/config.yaml", ".tfsec/config.json"};
  return kAll;
}

void read_peer_settings(const core::FileSystem& files, const std::vector<std::string>& directories,
                        Settings& settings, std::vector<ConfigItem>& items) {
  PeerReader reader(files, settings, items);
  struct Tool {
    std::vector<std::string_view> names;
    void (PeerReader::*read)(const std::string&);
  };
  const Tool tools[] = {
      {{".trivyignore"}, &PeerReader::read_trivyignore},
      {{".trivyignore.yaml", ".trivyignore.yml"}, &PeerReader::read_trivyignore_yaml},
      {{".kube-linter.yaml", ".kube-linter.yml"}, &PeerReader::read_kube_linter},
      {{".tfsec/config.yml", ".tfsec/config.yaml", ".tfsec/config.json"}, &PeerReader::read_tfsec}};
  for (const Tool& tool : tools) {
    std::string found;
    for (const std::string& directory : directories) {
      for (std::string_view name : tool.names) {
        std::string path = core::join_path(directory, name);
        if (found.empty() && files.exists(path) && !files.is_directory(path))
          found = std::move(path);
      }
    }
    if (found.empty()) continue;
    settings.files.push_back(found);
    (reader.*tool.read)(found);
  }
}

}  // namespace assay::pipeline
