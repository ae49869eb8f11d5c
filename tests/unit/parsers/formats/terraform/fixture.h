// Loads Terraform files given as text and looks at what comes out. Not thread-safe; one per test.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "parsers/core/file_system.h"
#include "parsers/formats/terraform/format.h"
#include "parsers/formats/terraform/module.h"
#include "parsers/syntax/hcl/reader.h"
#include "parsers/syntax/json/reader.h"

namespace assay::formats::terraform {

struct Loaded {
  core::SourceSet sources;
  core::MemoryFileSystem disk;
  std::vector<std::unique_ptr<syntax::Tree>> trees;
  std::vector<InputFile> files;
  LoadOptions options;
  LoadContext context;
  std::vector<RootSpec> roots;
  std::unique_ptr<model::Root> root;  // the first one

  using Files = std::vector<std::pair<std::string, std::string>>;
  explicit Loaded(Files given, LoadOptions chosen = {}) : options(std::move(chosen)) {
    std::sort(given.begin(), given.end());
    for (auto& [path, text] : given) {
      disk.add_file("/repo/" + path, text);
      if (role_of(path) == FileRole::kNone) continue;
      core::FileId id = sources.add(path, text);
      trees.push_back(is_json(path) ? syntax::read_json(id, sources.text(id))
                                    : syntax::read_hcl(id, sources.text(id)));
      files.push_back({id, sources.path(id), trees.back().get()});
    }
    context.sources = &sources;
    context.file_system = &disk;
    context.base_directory = "/repo";
    context.boundary = "/repo";
    context.files = files;
    context.options = &options;
    std::vector<const InputFile*> own;
    for (const InputFile& file : files) own.push_back(&file);
    roots = terraform_format().roots(own, context);
    if (!roots.empty()) root = terraform_format().load(roots[0], context);
  }
  explicit Loaded(const char* text) : Loaded(Files{{"main.tf", text}}) {}

  const model::Resource* find(std::string_view address) const {
    for (const model::Resource& resource : root->resources) {
      if (resource.address == address) return &resource;
    }
    return nullptr;
  }
  // The value at a path of a resource as text; "absent" when there is none.
  std::string text(std::string_view address, std::string_view path) const {
    const model::Value* value = at(address, path);
    return value ? model::to_text(*value, &root->guards) : "absent";
  }
  const model::Value* at(std::string_view address, std::string_view path) const {
    const model::Resource* resource = find(address);
    return resource ? model::at_path(resource->attributes, path) : nullptr;
  }
  std::string exists(std::string_view address) const {
    const model::Resource* resource = find(address);
    if (!resource) return "no such resource";
    return resource->exists == model::kAlways ? "always" : root->guards.to_text(resource->exists);
  }
  std::string output(std::string_view name) const {
    for (const auto& [known, value] : root->outputs) {
      if (known == name) return model::to_text(value, &root->guards);
    }
    return "absent";
  }
  // Addresses of managed resources, in order.
  std::string addresses() const {
    std::string out;
    for (const model::Resource& resource : root->resources) {
      if (resource.kind != "resource") continue;
      if (!out.empty()) out += ' ';
      out += resource.address;
    }
    return out;
  }
  std::string problems() const {
    std::string out;
    for (const core::Problem& problem : root->problems) out += problem.code + ": " + problem.message + "\n";
    return out;
  }
  bool has_problem(std::string_view code) const {
    for (const core::Problem& problem : root->problems) {
      if (problem.code == code) return true;
    }
    return false;
  }
};

}  // namespace assay::formats::terraform
