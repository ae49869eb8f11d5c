#include "rules/compliance/framework.h"

#include <algorithm>

extern const char assay_frameworks_begin[];
extern const char assay_frameworks_end[];

namespace assay::rules {
namespace {

std::string_view cut(std::string_view& rest, char end) {
  size_t at = std::min(rest.find(end), rest.size());
  std::string_view out = rest.substr(0, at);
  rest.remove_prefix(std::min(at + 1, rest.size()));
  return out;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

// Reads the files one behind the other; each begins with the key "framework".
class Parser {
 public:
  Parser(std::string_view text, std::vector<std::string>& errors) : rest_(text), errors_(errors) {}

  std::vector<Framework> parse() {
    while (!rest_.empty()) {
      ++line_;
      std::string_view line = cut(rest_, '\n');
      if (line.empty()) {
        in_head_ = false;
        continue;
      }
      if (line.starts_with("framework\t")) {
        out_.emplace_back();
        in_head_ = true;
      }
      if (out_.empty()) {
        error("expected the key 'framework' first");
        return out_;
      }
      if (in_head_) head(line);
      else requirement(line);
    }
    for (Framework& framework : out_) {
      framework.name = framework.id;
      if (!framework.version.empty()) framework.name += "-" + std::string(framework.version);
    }
    std::sort(out_.begin(), out_.end(), [](const Framework& a, const Framework& b) { return a.name < b.name; });
    return std::move(out_);
  }

 private:
  void error(const std::string& message) { errors_.push_back("line " + std::to_string(line_) + ": " + message); }

  void head(std::string_view line) {
    Framework& framework = out_.back();
    std::string_view key = cut(line, '\t');
    for (auto [name, field] : {std::pair{"framework", &framework.id}, std::pair{"version", &framework.version},
                               std::pair{"title", &framework.title}, std::pair{"source", &framework.source},
                               std::pair{"edges", &framework.edges}, std::pair{"part", &framework.part}}) {
      if (key == name) {
        *field = line;
        return;
      }
    }
    error("unknown key '" + std::string(key) + "'");
  }

  void requirement(std::string_view line) {
    Framework& framework = out_.back();
    Requirement row;
    row.id = cut(line, '\t');
    std::string_view mode = cut(line, '\t');
    row.title = cut(line, '\t');
    std::string_view like = cut(line, '\t');
    row.korean_title = cut(line, '\t');
    if (mode != "template" && mode != "runtime") return error("expected 'template' or 'runtime' in column 2");
    if (row.title.empty()) return error("a requirement needs a title");
    if (framework.find(row.id)) return error("'" + std::string(row.id) + "' stands here twice");
    row.runtime = mode == "runtime";
    while (!like.empty()) {
      std::string_view place = cut(like, ' ');
      std::string_view version = cut(place, ':');
      row.like.push_back({std::string(framework.id), std::string(version), std::string(place)});
    }
    framework.requirements.push_back(std::move(row));
  }

  std::string_view rest_;
  std::vector<std::string>& errors_;
  std::vector<Framework> out_;
  size_t line_ = 0;
  bool in_head_ = false;
};

bool same(const Control& control, std::string_view framework, std::string_view version, std::string_view id) {
  return control.id == id && control.version == version && control.framework == framework;
}

}  // namespace

const Requirement* Framework::find(std::string_view requirement) const {
  for (const Requirement& row : requirements) {
    if (row.id == requirement) return &row;
  }
  return nullptr;
}

std::vector<Framework> parse_frameworks(std::string_view text, std::vector<std::string>& errors) {
  return Parser(text, errors).parse();
}

std::span<const Framework> all_frameworks() {
  static const std::vector<Framework> kAll = [] {
    std::vector<std::string> errors;
    size_t size = static_cast<size_t>(assay_frameworks_end - assay_frameworks_begin);
    return parse_frameworks({assay_frameworks_begin, size}, errors);
  }();
  return kAll;
}

const Framework* find_framework(std::string_view name) {
  std::string wanted = lower(name);
  const Framework* of_id = nullptr;
  size_t versions = 0;
  for (const Framework& framework : all_frameworks()) {
    if (framework.name == wanted) return &framework;
    if (framework.id != wanted) continue;
    of_id = &framework;
    ++versions;
  }
  return versions == 1 ? of_id : nullptr;
}

bool answers(const RuleInfo& rule, const Framework& framework, const Requirement& requirement) {
  return std::any_of(rule.controls.begin(), rule.controls.end(), [&](const Control& control) {
    if (same(control, framework.id, framework.version, requirement.id)) return true;
    return std::any_of(requirement.like.begin(), requirement.like.end(), [&](const Control& other) {
      return same(control, other.framework, other.version, other.id);
    });
  });
}

bool answers(const RuleInfo& rule, const Framework& framework) {
  return std::any_of(framework.requirements.begin(), framework.requirements.end(),
                     [&](const Requirement& requirement) { return answers(rule, framework, requirement); });
}

}  // namespace assay::rules
