#include "analyzer/pipeline/config.h"

#include <yaml-cpp/yaml.h>

#include "parsers/core/path.h"
#include "parsers/core/suggest.h"
#include "parsers/model/kubernetes/api_versions.h"

namespace assay::pipeline {
namespace {

enum class Shape { kText, kVersion, kLevel, kSeverity, kFlag, kTexts, kPaths, kPath, kPairs };

// One row per key: reading, the schema and suggestions all come from here.
struct Key {
  const char* name;
  Shape shape;
  const char* description;
  std::vector<std::string> Config::*texts = nullptr;
  std::optional<std::string> Config::*text = nullptr;
  std::optional<bool> Config::*flag = nullptr;
};

const std::vector<Key>& keys() {
  static const std::vector<Key> kAll = {
      {"rules", Shape::kTexts, "run these rules only: ids, names, aliases or globs", &Config::rules},
      {"skip-rules", Shape::kTexts, "do not run these rules", &Config::skip_rules},
      {"policies", Shape::kPaths, "rule files or directories of them", &Config::policies},
      {"severity", Shape::kSeverity, "report at or above this severity", nullptr, &Config::severity},
      {"fail-on", Shape::kSeverity, "exit with 1 at or above this severity", nullptr, &Config::fail_on},
      {"maybe", Shape::kFlag, "also report what depends on unknown inputs", nullptr, nullptr, &Config::maybe},
      {"allow-partial", Shape::kFlag, "do not exit with 3 when some input was not analysed", nullptr, nullptr,
       &Config::allow_partial},
      {"tf-env", Shape::kFlag, "read Terraform variables from TF_VAR_*", nullptr, nullptr, &Config::tf_env},
      {"var-files", Shape::kPaths, "files of Terraform variables", &Config::variable_files},
      {"params", Shape::kPaths, "CloudFormation parameter files", &Config::parameter_files},
      {"context", Shape::kPath, "JSON file of what the cloud would answer", nullptr, &Config::context},
      {"kubernetes-version", Shape::kVersion, "version of the clusters, such as 1.31: decides removed API versions and pod security",
       nullptr, &Config::kubernetes_version},
      {"pod-security", Shape::kLevel, "level that namespaces enforce without a label of their own", nullptr, &Config::pod_security},
      {"vars", Shape::kPairs, "Terraform variables by name"},
  };
  return kAll;
}

// Reads one file; all errors carry its line.
struct ConfigReader {
  const std::string& path;
  const std::string& directory;  // of the file, relative to the working directory
  std::vector<UsageError>& errors;

  void error(const YAML::Mark& mark, std::string message) {
    errors.push_back({path, mark.line < 0 ? 1 : static_cast<uint32_t>(mark.line + 1), std::move(message)});
  }
  void read_texts(const Key& key, const YAML::Node& node, std::vector<std::string>& out) {
    auto add = [&](const YAML::Node& item) {
      if (!item.IsScalar()) return error(item.Mark(), std::string(key.name) + ": expected a text");
      out.push_back(key.shape == Shape::kPaths ? core::normalize_path(core::join_path(directory, item.Scalar())) : item.Scalar());
    };
    if (node.IsSequence()) {
      for (const YAML::Node& item : node) add(item);
    } else {
      add(node);
    }
  }
  void read_key(const Key& key, const YAML::Node& node, Config& config) {
    bool scalar = node.IsScalar();
    switch (key.shape) {
      case Shape::kTexts:
      case Shape::kPaths: return read_texts(key, node, config.*key.texts);
      case Shape::kSeverity:
        if (!scalar || !rules::parse_severity(node.Scalar())) {
          return error(node.Mark(), std::string(key.name) + ": expected critical, high, medium, low or info");
        }
        config.*key.text = node.Scalar();
        return;
      case Shape::kVersion:
        if (!scalar || model::kubernetes::parse_minor(node.Scalar()) < 0) {
          return error(node.Mark(), std::string(key.name) + ": expected a version such as 1.31, or latest");
        }
        config.*key.text = node.Scalar();
        return;
      case Shape::kLevel:
        if (!scalar || (node.Scalar() != "privileged" && node.Scalar() != "baseline" && node.Scalar() != "restricted")) {
          return error(node.Mark(), std::string(key.name) + ": expected privileged, baseline or restricted");
        }
        config.*key.text = node.Scalar();
        return;
      case Shape::kText:
      case Shape::kPath:
        if (!scalar) return error(node.Mark(), std::string(key.name) + ": expected a text");
        config.*key.text = key.shape == Shape::kPath ? core::normalize_path(core::join_path(directory, node.Scalar())) : node.Scalar();
        return;
      case Shape::kFlag:
        if (!scalar || (node.Scalar() != "true" && node.Scalar() != "false")) {
          return error(node.Mark(), std::string(key.name) + ": expected true or false");
        }
        config.*key.flag = node.Scalar() == "true";
        return;
      case Shape::kPairs:
        if (!node.IsMap()) return error(node.Mark(), std::string(key.name) + ": expected NAME: VALUE pairs");
        for (const auto& pair : node) {
          if (!pair.second.IsScalar()) {
            error(pair.second.Mark(), std::string(key.name) + ": expected a text (write lists and objects as HCL text)");
            continue;
          }
          config.variables.emplace_back(pair.first.Scalar(), pair.second.Scalar());
        }
        return;
    }
  }
  void read_all(const YAML::Node& node, Config& config) {
    if (node.IsNull()) return;
    if (!node.IsMap()) return error(node.Mark(), "the configuration must be a mapping");
    std::vector<std::string_view> names;
    for (const Key& key : keys()) names.push_back(key.name);
    for (const auto& pair : node) {
      const std::string& name = pair.first.Scalar();
      const Key* found = nullptr;
      for (const Key& key : keys()) {
        if (name == key.name) found = &key;
      }
      if (found) {
        read_key(*found, pair.second, config);
      } else {
        error(pair.first.Mark(), "unknown key '" + name + "'" + core::did_you_mean(name, names));
      }
    }
  }
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

Config read_config(const core::FileSystem& files, const std::string& path, const std::string& current_directory,
                   std::vector<UsageError>& errors) {
  Config config;
  config.path = path;
  auto text = files.read(path);
  if (!text) {
    errors.push_back({path, 0, text.error().message});
    return config;
  }
  std::string directory = core::relative_path(core::normalize_path(core::parent_path(path)), current_directory);
  ConfigReader reader{config.path, directory, errors};
  try {
    reader.read_all(YAML::Load(*text), config);
  } catch (const YAML::Exception& exception) {
    reader.error(exception.mark, exception.msg);
  }
  return config;
}

std::string config_schema() {
  std::string out =
      "{\n  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n"
      "  \"title\": \"assay.yaml\",\n  \"type\": \"object\",\n  \"additionalProperties\": false,\n"
      "  \"properties\": {\n";
  std::string separator;
  for (const Key& key : keys()) {
    out += separator + "    \"" + key.name + "\": {\"description\": \"" + key.description + "\", ";
    switch (key.shape) {
      case Shape::kTexts:
      case Shape::kPaths: out += "\"type\": [\"array\", \"string\"], \"items\": {\"type\": \"string\"}"; break;
      case Shape::kSeverity: out += "\"enum\": [\"critical\", \"high\", \"medium\", \"low\", \"info\"]"; break;
      case Shape::kLevel: out += "\"enum\": [\"privileged\", \"baseline\", \"restricted\"]"; break;
      case Shape::kVersion: out += "\"type\": [\"string\", \"number\"]"; break;
      case Shape::kText:
      case Shape::kPath: out += "\"type\": \"string\""; break;
      case Shape::kFlag: out += "\"type\": \"boolean\""; break;
      case Shape::kPairs:
        out += "\"type\": \"object\", \"additionalProperties\": {\"type\": [\"string\", \"number\", \"boolean\"]}";
        break;
    }
    out += "}";
    separator = ",\n";
  }
  return out + "\n  }\n}\n";
}

}  // namespace assay::pipeline
