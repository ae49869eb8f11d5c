#include "parsers/formats/terraform/inputs.h"

#include <algorithm>

#include "parsers/formats/terraform/module.h"

namespace assay::formats::terraform {
namespace {

using syntax::Node;
using syntax::NodeKind;

void read_variables(const InputFile& file, Inputs& inputs) {
  const syntax::Tree& tree = *file.tree;
  if (tree.language == syntax::Language::kJson) {
    const Node* document = tree.root->child(0);
    const Node* object = document ? document->child(0) : nullptr;
    if (!object || object->kind != NodeKind::kMapping) return;
    for (const Node* pair : object->children()) {
      if (pair->child_count < 2) continue;
      const Node& name = *pair->child(0);
      inputs[std::string(name.text)] = {pair->child(1), &tree, true, {}, {}, {tree.file, name.begin, name.end}};
    }
    return;
  }
  if (tree.root->kind != NodeKind::kBody) return;
  for (const Node* child : tree.root->children()) {
    if (child->kind != NodeKind::kAttribute) continue;
    uint32_t end = child->begin + static_cast<uint32_t>(child->text.size());
    inputs[std::string(child->text)] = {child->child(0), &tree, false, {}, {}, {tree.file, child->begin, end}};
  }
}

bool ends_with(std::string_view text, std::string_view suffix) {
  return text.size() >= suffix.size() && text.substr(text.size() - suffix.size()) == suffix;
}

}  // namespace

Inputs collect_inputs(std::span<const InputFile* const> files, const LoadContext& context,
                      std::vector<std::string>& used, core::Problems& problems) {
  Inputs inputs;
  const LoadOptions* options = context.options;
  if (options) {
    for (const auto& [name, text] : options->environment) {
      if (name.compare(0, 7, "TF_VAR_") == 0) {
        inputs[name.substr(7)] = {nullptr, nullptr, false, text, name, {}};
      }
    }
  }
  auto take = [&](const InputFile& file) {
    if (!file.tree) return;
    used.emplace_back(file.path);
    read_variables(file, inputs);
  };
  std::vector<const InputFile*> automatic;
  for (const InputFile* file : files) {
    std::string_view name = file_name(file->path);
    if (name == "terraform.tfvars") take(*file);
    if (ends_with(name, ".auto.tfvars") || ends_with(name, ".auto.tfvars.json")) automatic.push_back(file);
  }
  for (const InputFile* file : files) {
    if (file_name(file->path) == "terraform.tfvars.json") take(*file);
  }
  std::sort(automatic.begin(), automatic.end(),
            [](const InputFile* a, const InputFile* b) { return a->path < b->path; });
  for (const InputFile* file : automatic) take(*file);
  if (!options) return inputs;
  size_t taken = 0;  // of the variables, as the later one of --var and --var-file wins
  auto take_variables = [&](size_t end) {
    for (; taken < std::min(end, options->variables.size()); ++taken) {
      const auto& [name, text] = options->variables[taken];
      inputs[name] = {nullptr, nullptr, false, text, "--var " + name, {}};
    }
  };
  for (size_t i = 0; i < options->variable_files.size(); ++i) {
    const std::string& path = options->variable_files[i];
    if (i < options->variables_before_file.size()) take_variables(options->variables_before_file[i]);
    const InputFile* file = context.find(path);
    if (file && file->tree) {
      take(*file);
      continue;
    }
    core::Problem problem;
    problem.code = "terraform-variable-file";
    problem.message = "the variable file \"" + path + "\" could not be read";
    problem.path = path;
    problems.push_back(std::move(problem));
  }
  take_variables(options->variables.size());
  return inputs;
}

}  // namespace assay::formats::terraform
