#include "analyzer/pipeline/config.h"

#include <algorithm>
#include <charconv>

#include "analyzer/pipeline/config_admission.h"
#include "analyzer/pipeline/config_keys.h"
#include "analyzer/pipeline/config_reader.h"
#include "parsers/core/path.h"
#include "parsers/core/suggest.h"
#include "parsers/core/text.h"
#include "parsers/model/kubernetes/api_versions.h"
#include "rules/engine/suppression.h"

namespace assay::pipeline {
namespace {

using syntax::Node;
using syntax::NodeKind;

constexpr size_t kMaxExtends = 16;      // files that extend each other in a row
constexpr size_t kMaxConfigFiles = 64;  // of one configuration

std::vector<std::string_view> names_of(const std::vector<ConfigKey>& keys) {
  std::vector<std::string_view> out;
  for (const ConfigKey& key : keys) out.push_back(key.name);
  return out;
}

// What is wrong with a pattern for paths; empty when nothing is.
std::string pattern_mistake(std::string_view pattern) {
  if (pattern.find_first_not_of(" \t") == std::string_view::npos)
    return "an empty pattern names nothing";
  if (pattern.find_first_of(std::string_view("\0\n\r", 3)) != std::string_view::npos)
    return "a pattern is one line";
  if (pattern.starts_with('!')) pattern.remove_prefix(1);
  if (pattern == ".." || pattern.starts_with("../") ||
      pattern.find("/../") != std::string_view::npos) {
    return "a pattern starts at the directory of this file and cannot leave it";
  }
  bool open = false;
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\') {
      if (++i == pattern.size()) return "nothing follows the backslash";
    } else if (pattern[i] == '[' && !open) {
      open = true;
      if (i + 1 < pattern.size() && (pattern[i + 1] == '!' || pattern[i + 1] == '^')) ++i;
      if (i + 1 < pattern.size() && pattern[i + 1] == ']') ++i;
    } else if (pattern[i] == ']') {
      open = false;
    }
  }
  return open ? "the bracket [ is not closed" : "";
}

class Reader {
 public:
  Reader(const core::FileSystem& files, const std::string& current_directory, Config& config,
         std::vector<UsageError>& errors)
      : files_(files), current_directory_(current_directory), config_(config), errors_(errors) {}

  void read_file(const std::string& path) {
    if (std::find(open_.begin(), open_.end(), path) != open_.end())
      return;  // the caller complained
    open_.push_back(path);
    ConfigDocument document(files_, path, errors_);
    config_.settings.files.push_back(path);
    if (document.content()) read_all(document, *document.content());
    open_.pop_back();
  }

 private:
  struct File {
    const ConfigDocument& document;
    std::string directory;           // absolute
    std::string relative_directory;  // as seen from the working directory
  };

  void read_all(const ConfigDocument& document, const Node& content) {
    if (content.kind != NodeKind::kMapping)
      return document.error(content, "the configuration must be a mapping");
    std::string directory(core::parent_path(document.path()));
    File file{document, directory, core::relative_path(directory, current_directory_)};
    std::vector<ConfigDocument::Pair> pairs = document.pairs(content);
    auto find = [&](std::string_view name) -> const Node* {
      for (const auto& [key, value] : pairs) {
        if (key->text == name) return value;
      }
      return nullptr;
    };
    if (const Node* bases = find("extends")) read_bases(file, *bases);
    if (const Node* replaced = find("replace")) read_replace(file, *replaced);
    for (const auto& [key, value] : pairs) {
      if (key->text == "extends" || key->text == "replace" || key->text.starts_with("x-")) continue;
      const ConfigKey* known = nullptr;
      for (const ConfigKey& one : config_keys()) {
        if (key->text == one.name) known = &one;
      }
      if (known)
        read_key(file, *known, *key, *value);
      else
        document.error(*key, "unknown key '" + std::string(key->text) + "'" +
                                 core::did_you_mean(key->text, names_of(config_keys())));
    }
  }

  void read_bases(const File& file, const Node& node) {
    for (const Node* item : file.document.items(node)) {
      if (!ConfigDocument::is_text(*item)) {
        file.document.error(*item, "extends: expected the path of a file");
        continue;
      }
      if (item->text.find("://") != std::string_view::npos) {
        file.document.error(*item, "extends: only files can be extended; nothing is fetched");
        continue;
      }
      std::string path = core::normalize_path(core::join_path(file.directory, item->text));
      auto again = std::find(open_.begin(), open_.end(), path);
      if (again != open_.end()) {
        std::string circle;
        for (; again != open_.end(); ++again)
          circle += std::string(core::base_name(*again)) + " -> ";
        file.document.error(*item, "extends: the files extend each other: " + circle +
                                       std::string(core::base_name(path)));
      } else if (open_.size() >= kMaxExtends || config_.settings.files.size() >= kMaxConfigFiles) {
        file.document.error(*item, "extends: too many files extend each other (at most " +
                                       std::to_string(kMaxExtends) + " in a row, " +
                                       std::to_string(kMaxConfigFiles) + " in all)");
      } else if (!files_.exists(path)) {
        file.document.error(*item, "extends: there is no file '" + std::string(item->text) + "'");
      } else {
        config_.items.push_back({"extends", std::string(item->text), file.document.place(*item)});
        read_file(path);
      }
    }
  }

  void read_replace(const File& file, const Node& node) {
    std::vector<std::string_view> lists;
    for (const ConfigKey& key : config_keys()) {
      if (is_list(key.shape) && key.shape != Shape::kExtends && key.shape != Shape::kKeys)
        lists.emplace_back(key.name);
    }
    for (const Node* item : file.document.items(node)) {
      std::string name(item->text);
      if (std::find(lists.begin(), lists.end(), name) == lists.end()) {
        file.document.error(*item, "replace: '" + name + "' is no key with entries" +
                                       core::did_you_mean(name, lists));
        continue;
      }
      drop(name);
    }
  }

  // What was inherited for a key goes.
  void drop(const std::string& name) {
    std::erase_if(config_.items, [&](const ConfigItem& item) { return item.key == name; });
    for (const ConfigKey& key : config_keys()) {
      if (name == key.name && key.texts) (config_.*key.texts).clear();
    }
    Settings& settings = config_.settings;
    if (name == "overrides")
      std::erase_if(settings.overrides,
                    [](const Override& one) { return !one.paths.patterns.empty(); });
    if (name == "severities")
      std::erase_if(settings.overrides,
                    [](const Override& one) { return one.paths.patterns.empty(); });
    if (name == "suppressions") settings.suppressions.clear();
    if (name == "exclude") settings.excludes.clear();
    if (name == "formats") settings.formats.clear();
    if (name == "vars") config_.variables.clear();
    if (name == "thresholds") config_.counts = {};
    if (name == "admission") settings.admission = {};
  }

  void say(const File& file, const ConfigKey& key, std::string text, const Node& at) {
    if (!is_list(key.shape))
      std::erase_if(config_.items, [&](const ConfigItem& item) { return item.key == key.name; });
    config_.items.push_back({key.name, std::move(text), file.document.place(at)});
  }

  std::string path_of(const File& file, std::string_view path) const {
    return core::normalize_path(core::join_path(file.relative_directory, path));
  }

  // Texts of one or of a list; nodes that are none are errors.
  std::vector<const Node*> texts(const File& file, std::string_view key, const Node& node) {
    std::vector<const Node*> out;
    if (ConfigDocument::is_absent(node)) return out;
    for (const Node* item : file.document.items(node)) {
      if (ConfigDocument::is_text(*item) && !item->text.empty())
        out.push_back(item);
      else
        file.document.error(*item, std::string(key) + ": expected a text");
    }
    return out;
  }

  PathPatterns patterns(const File& file, std::string_view key, const Node& node) {
    PathPatterns out{file.directory, {}};
    for (const Node* item : texts(file, key, node)) {
      std::string text(item->text);
      if (std::string mistake = pattern_mistake(text); !mistake.empty()) {
        file.document.error(*item, std::string(key) + ": '" + text + "': " + mistake);
        continue;
      }
      if (text.starts_with("./")) text.erase(0, 2);
      if (text.starts_with('#')) text.insert(0, "\\");
      out.patterns.push_back(std::move(text));
    }
    return out;
  }

  std::optional<rules::Severity> severity(const File& file, const std::string& key,
                                          const Node& node) {
    auto out = ConfigDocument::is_text(node) ? rules::parse_severity(node.text) : std::nullopt;
    if (!out) {
      std::vector<std::string_view> names = {"critical", "high", "medium", "low", "info"};
      file.document.error(
          node, key + ": expected critical, high, medium, low or info" +
                    (ConfigDocument::is_text(node) ? core::did_you_mean(node.text, names) : ""));
    }
    return out;
  }

  void read_severities(const File& file, const std::string& key, const Node& node, Override& out) {
    if (node.kind != NodeKind::kMapping)
      return file.document.error(node, key + ": expected RULE: SEVERITY pairs");
    for (const auto& [name, value] : file.document.pairs(node)) {
      auto level = severity(file, key + "." + std::string(name->text), *value);
      if (!level) continue;
      out.severities.emplace_back(name->text, *level);
      out.severity_places.push_back(file.document.place(*name));
    }
  }

  void read_counts(const File& file, const ConfigKey& key, const Node& node) {
    if (node.kind != NodeKind::kMapping)
      return file.document.error(node, std::string(key.name) + ": expected SEVERITY: NUMBER pairs");
    std::vector<std::string_view> names = {"critical", "high", "medium", "low", "info", "total"};
    for (const auto& [name, value] : file.document.pairs(node)) {
      uint64_t count = 0;
      auto [end, failure] =
          std::from_chars(value->text.data(), value->text.data() + value->text.size(), count);
      auto level = rules::parse_severity(name->text);
      if (!level && name->text != "total") {
        file.document.error(*name, std::string(key.name) + ": unknown severity '" +
                                       std::string(name->text) + "'" +
                                       core::did_you_mean(name->text, names));
      } else if (failure != std::errc() || end != value->text.data() + value->text.size() ||
                 !ConfigDocument::is_text(*value)) {
        file.document.error(*value, std::string(key.name) + "." + std::string(name->text) +
                                        ": expected a number of findings");
      } else {
        (level ? config_.counts.most[static_cast<size_t>(*level)] : config_.counts.total) = count;
        std::string prefix = std::string(name->text) + ": ";
        std::erase_if(config_.items, [&](const ConfigItem& item) {
          return item.key == key.name && item.text.starts_with(prefix);
        });
        say(file, key, prefix + std::string(value->text), *value);
      }
    }
  }

  // The keys of an entry; null where one is absent. Unknown and missing ones are errors.
  std::vector<const Node*> entry_keys(const File& file, const ConfigKey& list,
                                      const std::vector<ConfigKey>& keys, const Node& entry) {
    std::vector<const Node*> out(keys.size(), nullptr);
    if (entry.kind != NodeKind::kMapping) {
      file.document.error(
          entry, std::string(list.name) + ": expected an entry with " + std::string(keys[0].name));
      return {};
    }
    for (const auto& [name, value] : file.document.pairs(entry)) {
      auto known = std::find_if(keys.begin(), keys.end(), [&, key = name](const ConfigKey& one) {
        return key->text == one.name;
      });
      if (known != keys.end()) {
        if (!ConfigDocument::is_absent(*value))
          out[static_cast<size_t>(known - keys.begin())] = value;
      } else {
        file.document.error(*name, std::string(list.name) + ": unknown key '" +
                                       std::string(name->text) + "'" +
                                       core::did_you_mean(name->text, names_of(keys)));
      }
    }
    for (size_t i = 0; i < keys.size(); ++i) {
      if (!keys[i].required || out[i]) continue;
      file.document.error(entry, std::string(list.name) + ": the entry needs " + keys[i].name);
      return {};
    }
    return out;
  }

  std::string one_text(const File& file, const std::string& key, const Node* node) {
    if (!node) return {};
    if (ConfigDocument::is_text(*node)) return std::string(node->text);
    file.document.error(*node, key + ": expected a text");
    return {};
  }

  void read_suppressions(const File& file, const ConfigKey& key, const Node& node) {
    if (node.kind != NodeKind::kSequence)
      return file.document.error(node, "suppressions: expected a list of entries");
    for (const Node* entry : file.document.items(node)) {
      std::vector<const Node*> found = entry_keys(file, key, suppression_keys(), *entry);
      if (found.empty()) continue;
      SuppressionEntry base;
      if (found[1]) base.paths = patterns(file, "suppressions.paths", *found[1]);
      if (found[2]) {
        for (const Node* item : texts(file, "suppressions.resources", *found[2]))
          base.resources.emplace_back(item->text);
      }
      base.reason = one_text(file, "suppressions.reason", found[3]);
      base.until = one_text(file, "suppressions.until", found[4]);
      base.owner = one_text(file, "suppressions.owner", found[5]);
      if (!base.until.empty() && !rules::is_date(base.until)) {
        file.document.error(*found[4],
                            "suppressions.until: '" + base.until + "' is no day; write YYYY-MM-DD");
        base.until.clear();
      }
      base.form = "an entry of suppressions";
      for (const Node* rule : texts(file, "suppressions.rule", *found[0])) {
        base.rule = rule->text;
        base.place = file.document.place(*rule);
        // The directive is the entry; its rule, date and reason stand in it.
        base.place.begin = std::min(entry->begin, rule->begin);
        base.place.end = std::max(entry->end, rule->end);
        std::string text = base.rule;
        for (const std::string& one : base.paths.patterns) text += " " + one;
        if (!base.until.empty()) text += " until " + base.until;
        say(file, key, text, *rule);
        config_.settings.suppressions.push_back(base);
      }
    }
  }

  void read_overrides(const File& file, const ConfigKey& key, const Node& node) {
    if (node.kind != NodeKind::kSequence)
      return file.document.error(node, "overrides: expected a list of entries");
    for (const Node* entry : file.document.items(node)) {
      std::vector<const Node*> found = entry_keys(file, key, override_keys(), *entry);
      if (found.empty()) continue;
      Override one;
      one.place = file.document.place(*entry);
      one.paths = patterns(file, "overrides.paths", *found[0]);
      if (one.paths.patterns.empty()) continue;
      for (auto [at, list] :
           {std::pair{found[1], &one.rules}, std::pair{found[2], &one.skip_rules}}) {
        if (!at) continue;
        for (const Node* item : texts(file, "overrides", *at))
          list->emplace_back(item->text, file.document.place(*item));
      }
      if (found[3]) read_severities(file, "overrides.severities", *found[3], one);
      std::string text;
      for (const std::string& pattern : one.paths.patterns)
        text += (text.empty() ? "" : " ") + pattern;
      for (const auto& name : one.rules) text += " +" + name.first;
      for (const auto& name : one.skip_rules) text += " -" + name.first;
      for (const auto& [name, level] : one.severities)
        text += " " + name + "=" + std::string(rules::severity_name(level));
      say(file, key, text, *entry);
      config_.settings.overrides.push_back(std::move(one));
    }
  }

  void read_list(const File& file, const ConfigKey& key, const Node& node) {
    for (const Node* item : texts(file, key.name, node)) {
      std::string text(item->text);
      if (key.shape == Shape::kFormats) {
        const auto& formats = config_formats();
        if (std::find(formats.begin(), formats.end(), text) == formats.end()) {
          file.document.error(*item, std::string(key.name) + ": unknown format '" + text + "'" +
                                         core::did_you_mean(text, formats));
          continue;
        }
        config_.settings.formats.push_back(text);
      } else {
        if (key.shape == Shape::kPaths)
          text = path_of(file, text);
        else
          config_.settings.named.emplace_back(text, file.document.place(*item));
        (config_.*key.texts).push_back(text);
      }
      say(file, key, std::move(text), *item);
    }
  }

  void read_key(const File& file, const ConfigKey& key, const Node& name, const Node& node) {
    const std::string text = ConfigDocument::is_text(node) ? std::string(node.text) : std::string();
    auto wrong = [&](const char* expected) {
      file.document.error(node, std::string(key.name) + ": expected " + expected);
    };
    if (ConfigDocument::is_absent(node)) {
      if (is_list(key.shape)) return;  // nothing is listed
      return file.document.error(name, std::string(key.name) + ": a value is missing");
    }
    switch (key.shape) {
      case Shape::kTexts:
      case Shape::kPaths:
      case Shape::kFormats:
        return read_list(file, key, node);
      case Shape::kGlobs: {
        Exclude exclude{patterns(file, key.name, node),
                        core::relative_path(file.document.path(), current_directory_)};
        for (const std::string& pattern : exclude.paths.patterns) say(file, key, pattern, node);
        if (!exclude.paths.patterns.empty())
          config_.settings.excludes.push_back(std::move(exclude));
        return;
      }
      case Shape::kFailOn:
        if (text == "none") break;
        [[fallthrough]];
      case Shape::kSeverity:
        if (!severity(file, key.name, node)) return;
        break;
      case Shape::kVersion:
        if (text.empty() || model::kubernetes::parse_minor(text) < 0)
          return wrong("a version such as 1.31, or latest");
        break;
      case Shape::kLevel:
        if (text != "privileged" && text != "baseline" && text != "restricted")
          return wrong("privileged, baseline or restricted");
        break;
      case Shape::kText:
      case Shape::kPath:
        if (text.empty()) return wrong("a text");
        break;
      case Shape::kFlag:
        if (text == "true" || text == "false") {
          config_.*key.flag = text == "true";
          return say(file, key, text, node);
        }
        return wrong("true or false");
      case Shape::kPairs:
        if (node.kind != NodeKind::kMapping) return wrong("NAME: VALUE pairs");
        for (const auto& [variable, value] : file.document.pairs(node)) {
          if (!ConfigDocument::is_text(*value)) {
            file.document.error(
                *value,
                std::string(key.name) + ": expected a text (write lists and objects as HCL text)");
            continue;
          }
          config_.variables.emplace_back(variable->text, value->text);
          say(file, key, std::string(variable->text) + "=" + std::string(value->text), *variable);
        }
        return;
      case Shape::kSeverities: {
        Override everywhere;
        everywhere.place = file.document.place(name);
        read_severities(file, key.name, node, everywhere);
        for (const auto& [rule, level] : everywhere.severities)
          say(file, key, rule + "=" + std::string(rules::severity_name(level)), node);
        if (!everywhere.severities.empty())
          config_.settings.overrides.push_back(std::move(everywhere));
        return;
      }
      case Shape::kCounts:
        return read_counts(file, key, node);
      case Shape::kSuppressions:
        return read_suppressions(file, key, node);
      case Shape::kOverrides:
        return read_overrides(file, key, node);
      case Shape::kAdmission: {
        std::vector<std::pair<std::string, const Node*>> said;
        read_admission(file.document, node, config_.settings.admission, said);
        for (auto& [text, at] : said) say(file, key, std::move(text), *at);
        return;
      }
      default:
        return;  // read before
    }
    bool path = key.shape == Shape::kPath;
    config_.*key.text = path ? path_of(file, text) : text;
    say(file, key, path ? path_of(file, text) : text, node);
  }

  const core::FileSystem& files_;
  const std::string& current_directory_;
  Config& config_;
  std::vector<UsageError>& errors_;
  std::vector<std::string> open_;  // files that are being read
};

}  // namespace

std::string find_config(const core::FileSystem& files, const std::string& start) {
  std::string directory = files.is_directory(start) ? start : std::string(core::parent_path(start));
  while (true) {
    for (const char* name : {"assay.yaml", ".assay.yaml"}) {
      std::string path = core::join_path(directory, name);
      if (files.exists(path)) return path;
    }
    if (directory.empty() || directory == "/") return {};
    directory = std::string(core::parent_path(directory));
  }
}

Config read_config(const core::FileSystem& files, const std::string& path,
                   const std::string& current_directory, std::vector<UsageError>& errors) {
  Config config;
  config.path = path;
  Reader(files, current_directory, config, errors).read_file(core::normalize_path(path));
  config.settings.require_reason = config.require_reason.value_or(false);
  return config;
}

}  // namespace assay::pipeline
