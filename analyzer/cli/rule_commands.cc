// assay explain and assay rules: both print what the rule files say.
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "analyzer/cli/commands.h"
#include "analyzer/cli/rule_pages.h"
#include "parsers/core/path.h"
#include "parsers/core/text.h"
#include "rules/lang/pack/pack.h"

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

// Makes the directory and those above it.
bool make_directory(const std::string& path) {
  if (path.empty() || path == "/" || path == ".") return true;
  if (::mkdir(path.c_str(), 0777) == 0 || errno == EEXIST) return true;
  if (errno != ENOENT) return false;
  return make_directory(std::string(core::parent_path(path))) && (::mkdir(path.c_str(), 0777) == 0 || errno == EEXIST);
}

bool write_page(const std::string& path, const std::string& text) {
  std::string directory(core::parent_path(path));
  if (!make_directory(directory)) {
    print_error("assay: the directory " + directory + " cannot be made: " + std::strerror(errno) + "\n");
    return false;
  }
  auto status = core::write_file_atomically(path, text);
  if (!status) print_error("assay: " + status.error().message + "\n");
  return status.has_value();
}

// Of a built-in rule those packed with it; of a user's rule file those in it.
std::vector<rules::Example> examples_of(const rules::Rule& rule) {
  std::vector<rules::Example> packed = rules::builtin_examples(rule.info.id);
  if (!packed.empty()) return packed;
  core::RealFileSystem files;
  auto text = files.read(rule.info.source);
  return text ? rules::parse_rule_file(rule.info.source, *text).examples : packed;
}

std::string rule_table(const std::vector<rules::Rule>& all) {
  auto joined = [](const std::vector<std::string>& texts) { return core::join(texts, ", "); };
  size_t id_width = 0, name_width = 0, formats_width = 0;
  for (const rules::Rule& rule : all) {
    id_width = std::max(id_width, rule.info.id.size());
    name_width = std::max(name_width, rule.info.name.size());
    formats_width = std::max(formats_width, joined(rule.info.formats).size());
  }
  auto pad = [](std::string text, size_t width) {
    text.resize(std::max(width, text.size()), ' ');
    return text;
  };
  std::string out;
  for (const rules::Rule& rule : all) {
    const rules::RuleInfo& info = rule.info;
    std::string aliases;
    for (const rules::Alias& alias : info.aliases) {
      aliases += (aliases.empty() ? "" : ", ") + alias.id + " (" + alias.tool + ")";
    }
    std::string_view fix = info.fix == rules::FixKind::kSafe ? "fix" : info.fix == rules::FixKind::kUnsafe ? "fix!" : "";
    std::string line = pad(info.id, id_width) + "  " + pad(info.name, name_width) + "  " +
                       pad(std::string(rules::severity_name(info.severity)), 8) + "  " + pad(std::string(fix), 4) + "  " +
                       pad(joined(info.formats), formats_width) + "  " + aliases;
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out + std::to_string(all.size()) + " rules; fix: --fix applies it, fix!: --fix=unsafe does\n";
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
    if (rules::names_rule(wanted, rule.info)) out += (out.empty() ? "" : "\n") + rule_page(rule, examples_of(rule));
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
  if (options.format == "markdown") {
    std::map<std::string, std::string> pages = rule_reference(all);
    if (options.directory.empty()) {
      for (const auto& [path, text] : pages) print_out(text + "\n");
      return kClean;
    }
    for (const auto& [path, text] : pages) {
      if (!write_page(core::join_path(options.directory, path), text)) return kUsage;
    }
    print_error("assay: wrote " + std::to_string(pages.size()) + " pages below " + options.directory + "\n");
    return kClean;
  }
  std::string text = options.format == "json" ? rules_json(all) : rule_table(all);
  if (!options.directory.empty()) return write_page(options.directory, text) ? kClean : kUsage;
  print_out(text);
  return kClean;
}

}  // namespace assay::cli
