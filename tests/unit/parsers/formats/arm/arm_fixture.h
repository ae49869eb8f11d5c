// One template in, values of its resources out, as text.
#pragma once

#include "parsers/formats/arm/format.h"
#include "tests/unit/parsers/formats/format_fixture.h"

namespace assay::formats {

inline constexpr std::string_view kTemplateSchema =
    "\"$schema\": \"https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#\"";

class ArmTemplate {
 public:
  // `sections` stand behind the schema: "\"parameters\": {...}, \"resources\": [...]".
  explicit ArmTemplate(const std::string& sections, std::vector<std::pair<std::string, std::string>> files = {})
      : index_(files.size()),
        fixture_(arm_format(), add(std::move(files), "{" + std::string(kTemplateSchema) + ", " + sections + "}")) {}

  FormatFixture& fixture() { return fixture_; }
  model::Root& root() {
    if (!root_) root_ = &fixture_.load(index_);
    return *root_;
  }
  const model::Resource& resource(std::string_view address) {
    for (const model::Resource& one : root().resources) {
      if (one.address == address || one.name == address) return one;
    }
    ADD_FAILURE() << "no resource " << address;
    return root().resources.front();
  }
  const model::Value* find(std::string_view path, std::string_view name = "r") {
    return model::at_path(resource(name).attributes, path);
  }
  std::string get(std::string_view path, std::string_view name = "r") {
    const model::Value* value = find(path, name);
    if (!value) return "absent";
    std::string text = model::to_text(*value, &root().guards, true);
    if (value->guard != model::kAlways) text += " if " + root().guards.to_text(value->guard);
    return text;
  }
  std::string exists(std::string_view name) { return root().guards.to_text(resource(name).exists); }
  std::vector<std::string> addresses() {
    std::vector<std::string> out;
    for (const model::Resource& one : root().resources) {
      if (one.kind == "resource") out.emplace_back(one.address);
    }
    return out;
  }
  std::vector<std::string> problems() {
    std::vector<std::string> out;
    for (const core::Problem& problem : root().problems) {
      if (problem.severity != core::ProblemSeverity::kNote) out.push_back(problem.message);
    }
    return out;
  }
  std::vector<std::string> edges() {
    std::vector<std::string> out;
    for (const model::Edge& edge : root().edges) {
      std::string line(root().resources[edge.from].name);
      line.append(" -> ").append(root().resources[edge.to].name).append(" by ").append(edge.path);
      out.push_back(line);
    }
    return out;
  }
  std::string_view text(core::Span span) { return fixture_.text(span); }

 private:
  static std::vector<std::pair<std::string, std::string>> add(std::vector<std::pair<std::string, std::string>> files,
                                                              std::string text) {
    files.emplace_back("t.json", std::move(text));
    return files;
  }
  size_t index_;  // of "t.json", behind all other names
  FormatFixture fixture_;
  model::Root* root_ = nullptr;
};

// A template with one resource "r" whose property x is the JSON given.
inline ArmTemplate with_x(const std::string& json, const std::string& sections = "") {
  return ArmTemplate(sections + (sections.empty() ? "" : ", ") +
                     "\"resources\": [{\"type\": \"A.B/c\", \"apiVersion\": \"1\", \"name\": \"r\", "
                     "\"properties\": {\"x\": " + json + "}}]");
}
// The value of an expression, written without its brackets; without the places in names of unknowns.
inline std::string value_of(const std::string& expression, const std::string& sections = "") {
  ArmTemplate made = with_x("\"[" + expression + "]\"", sections);
  std::string text = made.get("properties.x");
  size_t at = 0;
  while ((at = text.find('@')) != std::string::npos) text.erase(at, text.find_first_not_of("0123456789", at + 1) - at);
  for (const std::string& problem : made.problems()) text += " ! " + problem;
  return text;
}

}  // namespace assay::formats
