// Runs the YAML test suite against the YAML reader.
//   conformance_yaml [SUITE_FOLDER] [--update] [--show ID]
// Each case passes when the reader refuses what must be refused, or gives the stated events and the
// stated JSON value. passing.txt is a ratchet: a case listed there may never fail again.
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "parsers/syntax/json/reader.h"
#include "parsers/syntax/yaml/reader.h"
#include "tests/conformance/yaml/events.h"

namespace {

namespace fs = std::filesystem;

struct Case {
  std::string id, name, yaml, tree, json;
  bool fail = false, skip = false, has_tree = false, has_json = false;
};

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
}

// The suite's visible stand-ins for blanks, breaks and marks.
std::string unmask(std::string text) {
  replace_all(text, "␣", " ");
  while (text.find("—»") != std::string::npos) replace_all(text, "—»", "»");
  replace_all(text, "»", "\t");
  replace_all(text, "←", "\r");
  replace_all(text, "⇔", "\xEF\xBB\xBF");
  replace_all(text, "↵", "");
  const std::string end = "∎\n";
  if (text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0) {
    text.resize(text.size() - end.size());
  }
  return text;
}

std::vector<std::string> stated_events(const std::string& tree) {
  std::vector<std::string> out;
  std::istringstream lines(tree);
  for (std::string line; std::getline(lines, line);) {
    line.erase(0, std::min(line.find_first_not_of(" \t"), line.size()));
    replace_all(line, "<SPC>", " ");
    replace_all(line, "<TAB>", "\\t");
    // The visible stand-ins are used here as well.
    replace_all(line, "␣", " ");
    while (line.find("—»") != std::string::npos) replace_all(line, "—»", "»");
    replace_all(line, "»", "\\t");
    replace_all(line, "⇔", "\xEF\xBB\xBF");
    if (!line.empty()) out.push_back(line);
  }
  return out;
}

std::vector<Case> load(const fs::path& file) {
  std::vector<Case> cases;
  YAML::Node list = YAML::LoadFile(file.string());
  Case current;
  std::string yaml;
  for (size_t i = 0; i < list.size(); ++i) {
    const YAML::Node entry = list[i];
    std::string number = std::to_string(i);
    if (number.size() < 2) number = "0" + number;
    current.id = file.stem().string() + (list.size() > 1 ? "/" + number : "");
    if (entry["name"]) current.name = entry["name"].as<std::string>();
    if (entry["yaml"]) current.yaml = unmask(entry["yaml"].as<std::string>());
    if (entry["tree"]) {
      current.has_tree = true;
      current.tree = entry["tree"].as<std::string>();
    }
    if (entry["json"]) {
      current.has_json = !entry["json"].IsNull();
      current.json = current.has_json ? entry["json"].as<std::string>() : "";
    }
    current.fail = entry["fail"] && entry["fail"].as<bool>();
    current.skip = current.skip || (entry["skip"] && entry["skip"].as<bool>());
    cases.push_back(current);
  }
  return cases;
}

// Why the case fails, "" when it passes.
std::string run(const Case& test) {
  auto tree = assay::syntax::read_yaml(0, test.yaml);
  if (test.fail) return tree->accepted ? "accepts what must be refused" : "";
  if (!tree->accepted) {
    for (const auto& problem : tree->problems) {
      if (problem.severity != assay::core::ProblemSeverity::kError) continue;
      return "refuses: " + problem.message.substr(0, problem.message.find(';'));
    }
    return "refuses";
  }
  if (test.has_tree) {
    auto want = stated_events(test.tree);
    auto got = assay::conformance::events_of(*tree);
    for (size_t i = 0; i < std::max(want.size(), got.size()); ++i) {
      std::string expected = i < want.size() ? want[i] : "(end)";
      std::string found = i < got.size() ? got[i] : "(end)";
      if (expected != found) return "event " + std::to_string(i) + ": " + found + " for " + expected;
    }
  }
  if (test.has_json) {
    auto json = assay::syntax::read_json(0, test.json);
    if (json->root->child_count == 0 && tree->root->child_count == 0) return "";
    std::string want = assay::conformance::values_of(*json);
    std::string got = assay::conformance::values_of(*tree);
    if (want != got) return "value " + got + " for " + want;
  }
  return "";
}

std::set<std::string> read_ids(const fs::path& file) {
  std::set<std::string> ids;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (!line.empty() && line[0] != '#') ids.insert(line);
  }
  return ids;
}

int run_suite(const fs::path& suite, bool update, const std::string& show) {
  const fs::path passing_file = "tests/conformance/yaml/passing.txt";
  size_t passed = 0, failed = 0, skipped = 0, lost = 0, cases = 0;
  std::vector<fs::path> files;
  if (fs::is_directory(suite)) {
    for (const auto& entry : fs::directory_iterator(suite)) {
      if (entry.path().extension() == ".yaml") files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  if (files.empty()) std::cout << "skipped: no suite at " << suite.string() << "\n";
  std::set<std::string> ratchet = read_ids(passing_file);
  std::set<std::string> now;
  for (const fs::path& file : files) {
    for (const Case& test : load(file)) {
      ++cases;
      if (test.skip) {
        ++skipped;
        std::cout << "skip " << test.id << " (marked so upstream)\n";
        continue;
      }
      std::string reason = run(test);
      if (test.id == show) {
        auto tree = assay::syntax::read_yaml(0, test.yaml);
        std::cout << test.yaml << "\n--\n" << assay::syntax::to_text(*tree) << "\n";
      }
      if (reason.empty()) {
        ++passed;
        now.insert(test.id);
        continue;
      }
      ++failed;
      bool regression = ratchet.count(test.id) > 0;
      lost += regression;
      std::cout << (regression ? "LOST " : "fail ") << test.id << " (" << test.name
                << "): " << reason << "\n";
    }
  }
  if (update && !files.empty()) {
    std::ofstream out(passing_file);
    for (const std::string& id : now) out << id << "\n";
  }
  std::cout << "suite=yaml cases=" << cases << " passed=" << passed << " failed=" << failed
            << " skipped=" << skipped << "\n";
  return lost && !update ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  const char* shared = std::getenv("ASSAY_SHARED");
  fs::path suite = fs::path(shared ? shared : "../shared") / "conformance" / "yaml";
  bool update = false;
  std::string show;
  for (int i = 1; i < argc; ++i) {
    std::string argument = argv[i];
    if (argument == "--update") update = true;
    else if (argument == "--show" && i + 1 < argc) show = argv[++i];
    else suite = argument;
  }
  try {
    return run_suite(suite, update, show);
  } catch (const std::exception& error) {
    std::cout << "the suite cannot be read: " << error.what() << "\n";
    return 1;
  }
}
