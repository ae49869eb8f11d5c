#include "analyzer/pipeline/expression.h"

#include <algorithm>

#include "analyzer/pipeline/discover.h"
#include "parsers/core/json_writer.h"
#include "parsers/core/path.h"
#include "parsers/formats/terraform/format.h"

namespace assay::pipeline {
namespace {

// What is not known is the string "unknown" inside a structure, as there is no JSON for it.
void write_value(core::JsonWriter& json, const model::Value& value) {
  if (value.is_null()) {
    json.null();
  } else if (value.is_bool()) {
    json.value(value.boolean);
  } else if (value.is_number()) {
    json.raw(value.number().to_text());
  } else if (value.is_string()) {
    json.value(value.text());
  } else if (value.is_sequence()) {
    json.begin_array();
    for (const model::Value& item : value.items()) write_value(json, item);
    json.end_array();
  } else if (value.is_mapping()) {
    json.begin_object();
    for (const model::Entry& entry : value.entries()) {
      json.key(entry.key);
      write_value(json, entry.value);
    }
    json.end_object();
  } else {
    json.value("unknown");
  }
}

}  // namespace

ExpressionAnswer evaluate_expression(core::FileSystem& files, const ScanOptions& options,
                                     std::string_view expression) {
  ExpressionAnswer out;
  Scan module;
  std::unique_ptr<Scan> scanned;
  Scan* at = &module;
  formats::LoadContext context;
  formats::LoadOptions load = options.load;
  std::vector<formats::InputFile> inputs;
  context.base_directory = options.current_directory;
  if (!options.paths.empty()) {
    ScanOptions without_rules = options;
    without_rules.rules_enabled = false;
    scanned = scan(files, without_rules);
    if (!scanned->usage_errors.empty()) {
      out.error = scanned->usage_errors.front().message;
      return out;
    }
    at = scanned.get();
    context.base_directory = at->report.base_directory;
    for (core::FileId id = 0; id < at->trees.size(); ++id) {
      if (at->trees[id]) inputs.push_back({id, at->sources.path(id), at->trees[id].get()});
    }
    std::sort(inputs.begin(), inputs.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
    for (auto* list : {&load.variable_files, &load.parameter_files}) {
      for (std::string& path : *list) path = core::relative_path(path, context.base_directory);
    }
  }
  context.sources = &at->sources;
  context.file_system = &files;
  context.boundary = repository_root(files, context.base_directory);
  if (context.boundary.empty()) context.boundary = context.base_directory;
  context.files = inputs;
  context.options = &load;
  std::string directory =
      options.paths.empty()
          ? ""
          : core::relative_path(core::normalize_path(core::join_path(options.current_directory, options.paths.front())),
                                context.base_directory);
  if (directory == ".") directory.clear();
  model::Root root;
  auto result = formats::terraform::evaluate_expression(expression, directory, context, root);
  if (result.is_error) {
    out.error = result.error.empty() ? "the expression has no value" : result.error;
    return out;
  }
  if (result.value.is_unknown() || result.value.is_alternatives()) {
    out.text = "unknown";
    return out;
  }
  core::JsonWriter json(out.text);
  write_value(json, result.value);
  return out;
}

}  // namespace assay::pipeline
