#include "analyzer/pipeline/config_keys.h"

#include "analyzer/pipeline/config_admission.h"
#include "parsers/core/json_writer.h"

namespace assay::pipeline {
namespace {

using core::JsonWriter;

void write_keys(JsonWriter& json, const std::vector<ConfigKey>& keys);

void write_texts(JsonWriter& json) {
  json.key("anyOf").begin_array();
  json.begin_object().field("type", "string").end_object();
  json.begin_object()
      .field("type", "array")
      .key("items")
      .begin_object()
      .field("type", "string")
      .end_object()
      .end_object();
  json.end_array();
}

void write_enum(JsonWriter& json, const std::vector<std::string_view>& values) {
  json.key("enum").begin_array();
  for (std::string_view value : values) json.value(value);
  json.end_array();
}

const std::vector<std::string_view> kSeverityNames = {"critical", "high", "medium", "low", "info"};

void write_shape(JsonWriter& json, Shape shape) {
  auto items = [&](const std::vector<ConfigKey>& keys) {
    json.field("type", "array").key("items").begin_object();
    write_keys(json, keys);
    json.end_object();
  };
  switch (shape) {
    case Shape::kText:
    case Shape::kPath:
      json.field("type", "string");
      break;
    case Shape::kDate:
      json.field("type", "string").field("pattern", "^[0-9]{4}-[0-9]{2}-[0-9]{2}$");
      break;
    case Shape::kFlag:
      json.field("type", "boolean");
      break;
    case Shape::kSeverity:
      write_enum(json, kSeverityNames);
      break;
    case Shape::kFailOn:
      write_enum(json, {"critical", "high", "medium", "low", "info", "none"});
      break;
    case Shape::kLevel:
      write_enum(json, {"privileged", "baseline", "restricted"});
      break;
    case Shape::kVersion:
      json.key("type").begin_array().value("string").value("number").end_array();
      break;
    case Shape::kCount:
      json.field("type", "integer").field("minimum", 0);
      break;
    case Shape::kTexts:
    case Shape::kPaths:
    case Shape::kGlobs:
    case Shape::kExtends:
      write_texts(json);
      break;
    case Shape::kFormats:
    case Shape::kKeys: {
      std::vector<std::string_view> values = config_formats();
      if (shape == Shape::kKeys) {
        values.clear();
        for (const ConfigKey& key : config_keys()) {
          if (is_list(key.shape) && key.shape != Shape::kExtends && key.shape != Shape::kKeys)
            values.emplace_back(key.name);
        }
      }
      json.key("anyOf").begin_array().begin_object();
      write_enum(json, values);
      json.end_object().begin_object().field("type", "array").key("items").begin_object();
      write_enum(json, values);
      json.end_object().end_object().end_array();
      break;
    }
    case Shape::kPairs:
      json.field("type", "object")
          .key("additionalProperties")
          .begin_object()
          .key("type")
          .begin_array();
      json.value("string").value("number").value("boolean").end_array().end_object();
      break;
    case Shape::kSeverities:
      json.field("type", "object").key("additionalProperties").begin_object();
      write_enum(json, kSeverityNames);
      json.end_object();
      break;
    case Shape::kCounts:
      json.field("type", "object")
          .field("additionalProperties", false)
          .key("properties")
          .begin_object();
      for (std::string_view name : kSeverityNames) {
        json.key(name).begin_object();
        write_shape(json, Shape::kCount);
        json.end_object();
      }
      json.key("total").begin_object();
      write_shape(json, Shape::kCount);
      json.end_object().end_object();
      break;
    case Shape::kSuppressions:
      items(suppression_keys());
      break;
    case Shape::kOverrides:
      items(override_keys());
      break;
    case Shape::kAdmission:
      write_keys(json, admission_keys());
      break;
    case Shape::kModes:
      items(mode_keys());
      break;
    case Shape::kSelector:
      write_keys(json, selector_keys());
      break;
    case Shape::kExpressions:
      items(expression_keys());
      break;
    case Shape::kMode:
      write_enum(json, {"enforce", "warn", "audit", "off"});
      break;
    case Shape::kFailure:
      write_enum(json, {"error", "deny", "allow"});
      break;
    case Shape::kOperator:
      write_enum(json, {"In", "NotIn", "Exists", "DoesNotExist"});
      break;
  }
}

void write_keys(JsonWriter& json, const std::vector<ConfigKey>& keys) {
  json.field("type", "object")
      .field("additionalProperties", false)
      .key("properties")
      .begin_object();
  for (const ConfigKey& key : keys) {
    json.key(key.name).begin_object().field("description", key.description);
    write_shape(json, key.shape);
    json.end_object();
  }
  json.end_object();
  json.key("required").begin_array();
  for (const ConfigKey& key : keys) {
    if (key.required) json.value(key.name);
  }
  json.end_array();
}

std::string_view shape_text(Shape shape) {
  switch (shape) {
    case Shape::kText:
      return "text";
    case Shape::kPath:
      return "path";
    case Shape::kFlag:
      return "true or false";
    case Shape::kSeverity:
      return "severity";
    case Shape::kFailOn:
      return "severity, or none";
    case Shape::kVersion:
      return "version";
    case Shape::kLevel:
      return "privileged, baseline or restricted";
    case Shape::kDate:
      return "YYYY-MM-DD";
    case Shape::kCount:
      return "number";
    case Shape::kTexts:
      return "list of texts";
    case Shape::kPaths:
      return "list of paths";
    case Shape::kGlobs:
      return "list of patterns";
    case Shape::kFormats:
      return "list of formats";
    case Shape::kKeys:
      return "list of keys";
    case Shape::kPairs:
      return "NAME: VALUE";
    case Shape::kSeverities:
      return "RULE: SEVERITY";
    case Shape::kCounts:
      return "SEVERITY: NUMBER";
    case Shape::kExtends:
      return "list of files";
    case Shape::kSuppressions:
    case Shape::kOverrides:
    case Shape::kModes:
    case Shape::kExpressions:
      return "list of entries";
    case Shape::kAdmission:
      return "keys of its own";
    case Shape::kSelector:
      return "matchLabels, matchExpressions";
    case Shape::kMode:
      return "enforce, warn, audit or off";
    case Shape::kFailure:
      return "error, deny or allow";
    case Shape::kOperator:
      return "operator";
  }
  return "";
}

void add_rows(const std::vector<ConfigKey>& keys, std::string& out) {
  out += "| key | value | meaning | without it |\n|---|---|---|---|\n";
  for (const ConfigKey& key : keys) {
    out += "| `" + std::string(key.name) + "` | " + std::string(shape_text(key.shape)) + " | " +
           key.description + " | " + (key.required ? "required" : key.standard) + " |\n";
  }
}

}  // namespace

const std::vector<std::string_view>& config_formats() {
  static const std::vector<std::string_view> kAll = {"terraform", "kubernetes", "cloudformation",
                                                     "arm", "secrets"};
  return kAll;
}

const std::vector<ConfigKey>& config_keys() {
  static const std::vector<ConfigKey> kAll = {
      {"extends", Shape::kExtends,
       "configuration files that are read first, relative to this one; what this one says wins"},
      {"replace", Shape::kKeys, "keys whose inherited entries are dropped instead of added to"},
      {"rules", Shape::kTexts, "run these rules only: ids, names, aliases or globs", "all", false,
       &Config::rules},
      {"skip-rules", Shape::kTexts, "do not run these rules", "", false, &Config::skip_rules},
      {"severities", Shape::kSeverities,
       "severities of your own, by id, name, alias or glob of rules"},
      {"overrides", Shape::kOverrides, "rules and severities for some paths; later entries win"},
      {"suppressions", Shape::kSuppressions,
       "accepted findings: reported, marked, and not counted"},
      {"require-reason", Shape::kFlag, "the run fails on suppressions without a reason", "false",
       false, nullptr, nullptr, &Config::require_reason},
      {"exclude", Shape::kGlobs,
       "files and directories that are not read, written as in .gitignore"},
      {"formats", Shape::kFormats, "report findings in these formats only", "all"},
      {"policies", Shape::kPaths, "policy files or directories of them", "", false,
       &Config::policies},
      {"frameworks", Shape::kTexts,
       "report per requirement of these compliance frameworks, such as cis-aws-5.0", "", false,
       &Config::frameworks},
      {"severity", Shape::kSeverity, "report at or above this severity", "info", false, nullptr,
       &Config::severity},
      {"fail-on", Shape::kFailOn,
       "exit with 1 at or above this severity; none: never because of findings", "low", false,
       nullptr, &Config::fail_on},
      {"thresholds", Shape::kCounts,
       "how many findings of a severity, or in total, do not make the run fail"},
      {"maybe", Shape::kFlag, "also report what depends on unknown inputs", "false", false, nullptr,
       nullptr, &Config::maybe},
      {"allow-partial", Shape::kFlag, "do not exit with 3 when some input was not analysed",
       "false", false, nullptr, nullptr, &Config::allow_partial},
      {"baseline", Shape::kPath,
       "file of findings that were there before; they do not make the run fail", "", false, nullptr,
       &Config::baseline},
      {"cache", Shape::kFlag, "keep what was found out between runs", "true", false, nullptr,
       nullptr, &Config::cache},
      {"import", Shape::kFlag,
       "read .checkov.yaml, .trivyignore, .trivyignore.yaml, .kube-linter.yaml and "
       ".tfsec/config.yml",
       "true", false, nullptr, nullptr, &Config::import},
      {"vars", Shape::kPairs, "Terraform variables by name"},
      {"var-files", Shape::kPaths, "files of Terraform variables", "", false,
       &Config::variable_files},
      {"tf-env", Shape::kFlag, "read Terraform variables from TF_VAR_*", "false", false, nullptr,
       nullptr, &Config::tf_env},
      {"params", Shape::kPaths, "CloudFormation parameter files", "", false,
       &Config::parameter_files},
      {"context", Shape::kPath, "JSON file of what the cloud would answer", "", false, nullptr,
       &Config::context},
      {"kubernetes-version", Shape::kVersion,
       "version of the clusters, such as 1.31: decides removed API versions and pod security",
       "latest", false, nullptr, &Config::kubernetes_version},
      {"admission", Shape::kAdmission, "what the webhook (`assay serve`) does about findings"},
      {"pod-security", Shape::kLevel, "level that namespaces enforce without a label of their own",
       "", false, nullptr, &Config::pod_security},
  };
  return kAll;
}

const std::vector<ConfigKey>& suppression_keys() {
  static const std::vector<ConfigKey> kAll = {
      {"rule", Shape::kTexts, "ids, names, aliases or globs of the rules", "", true},
      {"paths", Shape::kGlobs, "where, written as in .gitignore", "everywhere"},
      {"resources", Shape::kTexts, "globs of the addresses or names of resources", "all"},
      {"reason", Shape::kText, "why; without it SUP0003 is reported"},
      {"until", Shape::kDate, "the last day it holds"},
      {"owner", Shape::kText, "who decided"},
  };
  return kAll;
}

const std::vector<ConfigKey>& override_keys() {
  static const std::vector<ConfigKey> kAll = {
      {"paths", Shape::kGlobs, "where, written as in .gitignore", "", true},
      {"rules", Shape::kTexts,
       "rules that run here although skip-rules or an earlier entry names them"},
      {"skip-rules", Shape::kTexts, "rules that do not report here"},
      {"severities", Shape::kSeverities, "severities here"},
  };
  return kAll;
}

std::string config_schema() {
  std::string out;
  JsonWriter json(out, JsonWriter::Style::kPretty);
  json.begin_object();
  json.field("$schema", "https://json-schema.org/draft/2020-12/schema");
  json.field("title", "assay.yaml")
      .field("description", "Configuration of Assay. Keys that begin with x- are free.");
  json.key("patternProperties").begin_object().key("^x-").begin_object().end_object().end_object();
  write_keys(json, config_keys());
  json.end_object();
  return out + "\n";
}

std::string config_reference() {
  std::string out;
  add_rows(config_keys(), out);
  out += "\nEntries of `suppressions`:\n\n";
  add_rows(suppression_keys(), out);
  out += "\nEntries of `overrides`:\n\n";
  add_rows(override_keys(), out);
  out += "\nKeys of `admission`:\n\n";
  add_rows(admission_keys(), out);
  out += "\nEntries of its `modes`:\n\n";
  add_rows(mode_keys(), out);
  return out;
}

}  // namespace assay::pipeline
