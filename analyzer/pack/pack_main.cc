// assay_pack [--keep-going] OUTPUT ROOT: the build step that reads every rule file below ROOT, checks
// it, and writes one blob. Errors are printed as "file:line: message" and fail the build; with
// --keep-going, for work on many rules at once, broken files are left out instead.
#include <algorithm>
#include <cstdio>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "parsers/core/file_system.h"
#include "rules/lang/pack/pack.h"

namespace {

using assay::core::FileSystem;

void find_rule_files(FileSystem& files, const std::string& root, const std::string& below,
                     std::vector<std::string>& out) {
  auto entries = files.list(root + "/" + below);
  if (!entries) return;
  for (const auto& entry : *entries) {
    std::string path = below.empty() ? entry.name : below + "/" + entry.name;
    if (entry.kind == assay::core::EntryKind::kDirectory) {
      find_rule_files(files, root, path, out);
    } else if (path.ends_with(".md") && entry.name != "README.md") {
      out.push_back(path);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  bool keep_going = argc > 1 && std::string(argv[1]) == "--keep-going";
  if (keep_going) {
    ++argv;
    --argc;
  }
  if (argc != 3) {
    std::fprintf(stderr, "usage: assay_pack [--keep-going] OUTPUT ROOT\n");
    return 2;
  }
  assay::core::RealFileSystem files;
  std::string root = argv[2];
  std::vector<std::string> paths;
  find_rule_files(files, root, "", paths);
  std::sort(paths.begin(), paths.end());
  std::vector<assay::rules::RuleFile> read;
  std::set<std::string> ids, names;
  bool failed = false;
  for (const std::string& path : paths) {
    bool broken = false;
    auto report = [&](uint32_t line, const std::string& message) {
      std::fprintf(stderr, "%s/%s:%u: error: %s\n", root.c_str(), path.c_str(), line, message.c_str());
      failed = broken = true;
    };
    auto text = files.read(root + "/" + path);
    if (!text) {
      report(1, text.error().message);
      continue;
    }
    assay::rules::RuleFile file = assay::rules::parse_rule_file(path, *text);
    for (const auto& error : assay::rules::check_rule_file(file)) report(error.line, error.message);
    if (!ids.insert(file.rule.info.id).second) report(1, "the id " + file.rule.info.id + " is taken");
    if (!names.insert(file.rule.info.name).second) report(1, "the name " + file.rule.info.name + " is taken");
    if (!broken) read.push_back(std::move(file));
  }
  if (failed && !keep_going) return 1;
  std::sort(read.begin(), read.end(), [](const auto& a, const auto& b) { return a.rule.info.id < b.rule.info.id; });
  std::vector<assay::rules::Rule> rules;
  std::vector<std::vector<assay::rules::Example>> examples;
  for (assay::rules::RuleFile& file : read) {
    rules.push_back(std::move(file.rule));
    examples.push_back(std::move(file.examples));
  }
  auto written = assay::core::write_file_atomically(argv[1], assay::rules::write_pack(rules, examples));
  if (!written) {
    std::fprintf(stderr, "assay_pack: %s\n", written.error().message.c_str());
    return 1;
  }
  return 0;
}
