// One template in, values of its resources out, as text.
#pragma once

#include "parsers/formats/cloudformation/format.h"
#include "tests/unit/parsers/formats/format_fixture.h"

namespace assay::formats {

class Template {
 public:
  explicit Template(std::string text, std::string path = "t.yaml")
      : fixture(cloudformation_format(), std::move(path), std::move(text)) {}
  // With further files (parameter files) beside "t.yaml".
  Template(std::string text, std::vector<std::pair<std::string, std::string>> files)
      : fixture(cloudformation_format(), add(std::move(files), std::move(text))) {
    for (index_ = 0; fixture.tree(index_).source.find("Resources") == std::string_view::npos;) ++index_;
  }

  model::Root& root() {
    if (!root_) root_ = &fixture.load(index_);
    return *root_;
  }
  const model::Resource& resource(std::string_view name) {
    for (const model::Resource& resource : root().resources) {
      if (resource.name == name && resource.kind == "resource") return resource;
    }
    ADD_FAILURE() << "no resource " << name;
    return root().resources.front();
  }
  const model::Value* find(std::string_view path, std::string_view name = "R") {
    return model::at_path(resource(name).attributes, path);
  }
  // A property of resource R as text.
  std::string get(std::string_view path, std::string_view name = "R") {
    const model::Value* value = find(path, name);
    if (!value) return "absent";
    std::string text = model::to_text(*value, &root().guards, true);
    if (value->guard != model::kAlways) text += " if " + root().guards.to_text(value->guard);
    return text;
  }
  std::string exists(std::string_view name) { return root().guards.to_text(resource(name).exists); }
  std::vector<std::string> problems() {
    std::vector<std::string> out;
    for (const core::Problem& problem : root().problems) {
      if (problem.severity != core::ProblemSeverity::kNote) out.push_back(problem.message);
    }
    return out;
  }
  std::string_view text(core::Span span) { return fixture.text(span); }
  // "R -> B by Bucket", sorted as made.
  std::vector<std::string> edges() {
    std::vector<std::string> out;
    for (const model::Edge& edge : root().edges) {
      std::string line(root().resources[edge.from].name);
      line.append(" -> ").append(root().resources[edge.to].name).append(" by ").append(edge.path);
      if (edge.guard != model::kAlways) line += " if " + root().guards.to_text(edge.guard);
      out.push_back(line);
    }
    return out;
  }

  FormatFixture fixture;

 private:
  static std::vector<std::pair<std::string, std::string>> add(
      std::vector<std::pair<std::string, std::string>> files, std::string text) {
    files.emplace_back("t.yaml", std::move(text));
    return files;
  }
  size_t index_ = 0;
  model::Root* root_ = nullptr;
};

// A template with one resource R of these properties (indented by six), and other sections before.
inline Template with_properties(const std::string& properties, const std::string& sections = "") {
  return Template(sections + "Resources:\n  B: {Type: 'AWS::S3::Bucket'}\n  R:\n    Type: AWS::X::Y\n"
                             "    Properties:\n" + properties);
}

}  // namespace assay::formats
