// assay config show, assay config schema.
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <map>

#include "analyzer/cli/commands.h"
#include "analyzer/cli/configuration.h"
#include "analyzer/pipeline/config_keys.h"
#include "parsers/core/json_writer.h"
#include "parsers/core/path.h"
#include "parsers/core/text.h"

namespace assay::cli {
namespace {

// A value of a key, and where it was said: in a file, on the command line, or nowhere.
struct Shown {
  std::string text;
  pipeline::Place place;
  std::string source;  // "command line" or "default"; empty: a file
};

// What the command line gives for a key.
std::vector<std::string> given_values(const Options& options, std::string_view key) {
  auto one = [](const std::string& text) {
    return text.empty() ? std::vector<std::string>{} : std::vector<std::string>{text};
  };
  auto flag = [](bool truth) {
    return truth ? std::vector<std::string>{"true"} : std::vector<std::string>{};
  };
  if (key == "rules") return options.rules;
  if (key == "skip-rules") return options.skip_rules;
  if (key == "policies") return options.policies;
  if (key == "frameworks") return options.frameworks;
  if (key == "exclude") return options.excludes;
  if (key == "severity") return one(options.severity);
  if (key == "fail-on") return one(options.fail_on);
  if (key == "baseline") return one(options.baseline);
  if (key == "context") return one(options.context_file);
  if (key == "kubernetes-version") return one(options.kubernetes_version);
  if (key == "var-files") return options.variable_files;
  if (key == "params") return options.parameter_files;
  if (key == "maybe") return flag(options.maybe);
  if (key == "allow-partial") return flag(options.allow_partial);
  if (key == "tf-env") return flag(options.tf_env);
  if (key == "require-reason") return flag(options.require_reason);
  if (key == "import")
    return options.no_config ? std::vector<std::string>{"false"} : std::vector<std::string>{};
  std::vector<std::string> out;
  if (key == "vars") {
    for (const auto& [name, value] : options.variables) out.push_back(name + "=" + value);
  }
  return out;
}

std::vector<Shown> shown_values(const Options& given, const Configuration& configuration,
                                const pipeline::ConfigKey& key) {
  std::vector<Shown> out;
  bool list = pipeline::is_list(key.shape);
  std::vector<std::string> values = given_values(given, key.name);
  auto from_files = [&](const std::vector<pipeline::ConfigItem>& items) {
    for (const pipeline::ConfigItem& item : items) {
      if (item.key == key.name) out.push_back({item.text, item.place, ""});
    }
  };
  // Thresholds stand back behind --fail-on.
  bool stands_back = std::string_view(key.name) == "thresholds" && !given.fail_on.empty();
  if (list ? !stands_back : values.empty()) {
    from_files(configuration.config.items);
    // Lists are added to; single values of other tools count where nobody else says anything.
    if (list || out.empty()) from_files(configuration.imported);
  }
  for (std::string& value : values) out.push_back({std::move(value), {}, "command line"});
  if (out.empty()) out.push_back({key.standard, {}, "default"});
  return out;
}

std::string source_text(const Shown& shown, const std::string& here) {
  if (!shown.source.empty()) return shown.source;
  std::string path = core::is_within(shown.place.file, here)
                         ? core::relative_path(shown.place.file, here)
                         : shown.place.file;
  return path + (shown.place.line > 0 ? ":" + std::to_string(shown.place.line) : "");
}

std::string as_text(const Options& given, const Configuration& configuration,
                    const std::string& here) {
  std::string out;
  const auto& files = configuration.config.settings.files;
  for (const std::string& file : files) out += "# " + source_text({"", {file}, ""}, here) + "\n";
  if (files.empty()) out += "# no configuration file\n";
  constexpr size_t kKeyWidth = 20, kValueWidth = 40;
  auto padded = [](std::string text, size_t width) {
    size_t seen = core::display_width(text);
    return seen < width ? text + std::string(width - seen, ' ') : text + " ";
  };
  for (const pipeline::ConfigKey& key : pipeline::config_keys()) {
    if (key.shape == pipeline::Shape::kKeys) continue;
    std::string name = key.name;
    for (const Shown& shown : shown_values(given, configuration, key)) {
      out += padded(name, kKeyWidth) + padded(shown.text.empty() ? "-" : shown.text, kValueWidth) +
             source_text(shown, here) + "\n";
      name.clear();
    }
  }
  for (const pipeline::SettingsNote& note : configuration.config.settings.notes) {
    out += "# " + source_text({"", {note.file}, ""}, here) + ": " + note.message + "\n";
  }
  for (const std::string& note : configuration.checkov.notes) {
    out += "# " + source_text({"", {configuration.checkov.path}, ""}, here) + ": " + note + "\n";
  }
  return out;
}

std::string as_json(const Options& given, const Configuration& configuration,
                    const std::string& here) {
  std::string out;
  core::JsonWriter json(out, core::JsonWriter::Style::kPretty);
  json.begin_object().field("version", 1).key("files").begin_array();
  for (const std::string& file : configuration.config.settings.files)
    json.value(source_text({"", {file}, ""}, here));
  json.end_array().key("settings").begin_object();
  for (const pipeline::ConfigKey& key : pipeline::config_keys()) {
    if (key.shape == pipeline::Shape::kKeys) continue;
    json.key(key.name).begin_array();
    for (const Shown& shown : shown_values(given, configuration, key)) {
      if (shown.source == "default" && shown.text.empty()) continue;
      json.begin_object()
          .field("value", shown.text)
          .field("source", shown.source.empty() ? "file" : shown.source);
      if (shown.source.empty()) {
        json.field("file", source_text({"", {shown.place.file}, ""}, here));
        if (shown.place.line > 0) json.field("line", shown.place.line);
        if (shown.place.column > 0) json.field("column", shown.place.column);
      }
      json.end_object();
    }
    json.end_array();
  }
  json.end_object().key("notes").begin_array();
  for (const pipeline::SettingsNote& note : configuration.config.settings.notes) {
    json.begin_object()
        .field("file", source_text({"", {note.file}, ""}, here))
        .field("message", note.message)
        .end_object();
  }
  for (const std::string& note : configuration.checkov.notes) {
    json.begin_object()
        .field("file", source_text({"", {configuration.checkov.path}, ""}, here))
        .field("message", note)
        .end_object();
  }
  json.end_array().end_object();
  return out + "\n";
}

}  // namespace

int run_config_show(const Options& options) {
  if (!options.format.empty() && options.format != "text" && options.format != "json") {
    print_error("assay: config show prints text or json, not " + options.format + "\n");
    return kUsage;
  }
  core::RealFileSystem disk;
  char directory[4096];
  if (getcwd(directory, sizeof directory) == nullptr) {
    print_error(std::string("assay: the working directory cannot be read: ") +
                std::strerror(errno) + "\n");
    return kUsage;
  }
  for (const std::string& path : options.paths) {
    if (disk.exists(core::join_path(directory, path))) continue;
    print_error("assay: there is no file or directory '" + path + "'\n");
    return kUsage;
  }
  std::vector<pipeline::UsageError> errors;
  Configuration configuration = load_configuration(options, disk, directory, errors);
  if (print_usage_errors(errors)) return kUsage;
  print_out(options.format == "json" ? as_json(options, configuration, directory)
                                     : as_text(options, configuration, directory));
  return kClean;
}

int run_config_schema(const Options& options) {
  print_out(options.format == "markdown" ? pipeline::config_reference()
                                         : pipeline::config_schema());
  return kClean;
}

}  // namespace assay::cli
