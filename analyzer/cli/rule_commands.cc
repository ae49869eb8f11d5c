// assay explain and assay rules: both print what the rule files say.
#include <algorithm>

#include "analyzer/cli/commands.h"
#include "parsers/core/json_writer.h"

namespace assay::cli {
namespace {

bool load_all(const Options& options, std::vector<rules::Rule>& out) {
  core::RealFileSystem files;
  pipeline::ScanOptions scan;
  Options merged;
  if (!make_scan_options(options, files, scan, merged)) return false;
  std::vector<pipeline::UsageError> errors;
  rules::RuleSet set = pipeline::load_rules(files, scan, errors);
  if (print_usage_errors(errors)) return false;
  out = std::move(set.mutable_rules());
  return true;
}

std::string joined(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : ", ") + text;
  return out;
}

std::string alias_text(const rules::RuleInfo& info) {
  std::string out;
  for (const rules::Alias& alias : info.aliases) out += (out.empty() ? "" : ", ") + alias.id + " (" + alias.tool + ")";
  return out;
}

std::string control_text(const rules::RuleInfo& info) {
  std::string out;
  for (const rules::Control& control : info.controls) {
    out += (out.empty() ? "" : ", ") + control.framework;
    if (!control.version.empty()) out += " " + control.version;
    out += " " + control.id;
  }
  return out;
}

std::string page(const rules::Rule& rule) {
  const rules::RuleInfo& info = rule.info;
  std::string out = info.id + " " + info.name + "  (" + std::string(rules::severity_name(info.severity)) + ")\n\n";
  out += info.title + "\n";
  for (const auto& [heading, text] : {std::pair{"What it does", &info.what}, std::pair{"Why it matters", &info.why},
                                      std::pair{"How to fix", &info.how}}) {
    if (!text->empty()) out += "\n" + std::string(heading) + "\n" + *text + "\n";
  }
  out += "\n";
  for (const auto& [label, text] :
       {std::pair{"Judges", joined(info.resources)}, std::pair{"Formats", joined(info.formats)},
        std::pair{"Precision", info.precision}, std::pair{"CWE", joined(info.cwe)},
        std::pair{"Also known as", alias_text(info)}, std::pair{"Controls", control_text(info)}}) {
    if (!text.empty()) out += std::string(label) + ": " + text + "\n";
  }
  std::string logic = rule.logic;
  while (logic.ends_with('\n')) logic.pop_back();
  out += "\nLogic (" + rule.language + ", true is a violation)\n  ";
  for (char c : logic) {
    out += c;
    if (c == '\n') out += "  ";
  }
  return out + "\n\nSuppress: # assay:ignore " + info.id + " REASON\n";
}

std::string rules_json(const std::vector<rules::Rule>& all) {
  std::string out;
  core::JsonWriter json(out, core::JsonWriter::Style::kPretty);
  json.begin_object();
  json.key("version");
  json.value(1);
  json.key("rules");
  json.begin_array();
  for (const rules::Rule& rule : all) {
    const rules::RuleInfo& info = rule.info;
    json.begin_object();
    auto text = [&](std::string_view key, std::string_view value) {
      json.key(key);
      json.value(value);
    };
    auto texts = [&](std::string_view key, const std::vector<std::string>& values) {
      json.key(key);
      json.begin_array();
      for (const std::string& value : values) json.value(value);
      json.end_array();
    };
    text("id", info.id);
    text("name", info.name);
    text("severity", rules::severity_name(info.severity));
    text("precision", info.precision);
    text("title", info.title);
    texts("formats", info.formats);
    texts("resources", info.resources);
    json.key("aliases");
    json.begin_array();
    for (const rules::Alias& alias : info.aliases) json.value(alias.id);
    json.end_array();
    json.key("controls");
    json.begin_array();
    for (const rules::Control& control : info.controls) {
      json.begin_object();
      text("framework", control.framework);
      text("version", control.version);
      text("id", control.id);
      json.end_object();
    }
    json.end_array();
    texts("cwe", info.cwe);
    text("source", info.source);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return out + "\n";
}

}  // namespace

int run_explain(const Options& options) {
  Options without_paths = options;
  without_paths.paths.clear();
  std::vector<rules::Rule> all;
  if (!load_all(without_paths, all)) return kUsage;
  const std::string& wanted = options.paths.front();
  std::string out;
  for (const rules::Rule& rule : all) {
    if (rules::names_rule(wanted, rule.info)) out += (out.empty() ? "" : "\n") + page(rule);
  }
  if (out.empty()) {
    std::string nearest = rules::suggest_rule(wanted, all);
    print_error("assay: no rule is called '" + wanted + "'" +
                (nearest.empty() ? "; see assay rules" : "; did you mean '" + nearest + "'?") + "\n");
    return kUsage;
  }
  print_out(out);
  return kClean;
}

int run_rules(const Options& options) {
  std::vector<rules::Rule> all;
  if (!load_all(options, all)) return kUsage;
  if (options.format == "json") {
    print_out(rules_json(all));
    return kClean;
  }
  size_t id_width = 0, name_width = 0, formats_width = 0;
  for (const rules::Rule& rule : all) {
    id_width = std::max(id_width, rule.info.id.size());
    name_width = std::max(name_width, rule.info.name.size());
    formats_width = std::max(formats_width, joined(rule.info.formats).size());
  }
  std::string out;
  auto pad = [](std::string text, size_t width) {
    text.resize(std::max(width, text.size()), ' ');
    return text;
  };
  for (const rules::Rule& rule : all) {
    const rules::RuleInfo& info = rule.info;
    std::string line = pad(info.id, id_width) + "  " + pad(info.name, name_width) + "  " +
                       pad(std::string(rules::severity_name(info.severity)), 8) + "  " +
                       pad(joined(info.formats), formats_width) + "  " + alias_text(info);
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  print_out(out + std::to_string(all.size()) + " rules\n");
  return kClean;
}

}  // namespace assay::cli
