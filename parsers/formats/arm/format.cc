#include "parsers/formats/arm/format.h"

#include <map>
#include <set>

#include "parsers/core/text.h"
#include "parsers/formats/arm/lowering.h"
#include "parsers/syntax/yaml/entries.h"

namespace assay::formats {
namespace {

using syntax::Node;
using syntax::NodeKind;

constexpr std::string_view kFormatName = "arm";

bool names_schema(const Node& top, std::string_view name) {
  const Node* schema = syntax::lookup(top, "$schema");
  return schema && schema->kind == NodeKind::kString && core::contains_ignoring_case(schema->text, name);
}

bool is_template(const Node& top) {
  const Node* schema = syntax::lookup(top, "$schema");
  if (!schema || schema->kind != NodeKind::kString) return false;
  if (!core::contains_ignoring_case(schema->text, "schema.management.azure.com/schemas/")) return false;
  return core::contains_ignoring_case(schema->text, "deploymentTemplate.json");
}

class ArmFormat : public Format {
 public:
  std::string_view name() const override { return kFormatName; }

  int sniff(const InputFile& file, std::string_view) const override {
    const Node* top = arm::find_template(file.tree);
    if (!top) return 0;
    if (is_template(*top)) return 95;
    return names_schema(*top, "deploymentParameters.json") && arm::parameter_section(file.tree) ? 95 : 0;
  }

  std::vector<std::string> dependencies(const InputFile& file) const override {
    return arm::linked_templates(file, nullptr);
  }

  // A template is a root unless a deployment of another one holds it.
  std::vector<RootSpec> roots(std::span<const InputFile* const> own, const LoadContext& context) const override {
    std::map<std::string_view, std::vector<std::string>> holds;
    std::set<std::string, std::less<>> held, reached;
    for (const InputFile* file : own) {
      model::AskScope scope(context.ties ? &(*context.ties)[file->id].asks : nullptr);
      std::vector<std::string> paths = arm::linked_templates(*file, &context);
      for (const std::string& path : paths) {
        held.insert(path);
      }
      if (!paths.empty()) holds[file->path] = std::move(paths);
    }
    std::vector<RootSpec> specs;
    auto add_root = [&](const InputFile* file) {
      specs.push_back({std::string(file->path), {file}});
      std::vector<std::string> open{std::string(file->path)};
      while (!open.empty()) {
        std::string path = std::move(open.back());
        open.pop_back();
        if (!reached.insert(path).second) continue;
        auto below = holds.find(path);
        if (below != holds.end()) open.insert(open.end(), below->second.begin(), below->second.end());
      }
    };
    for (const InputFile* file : own) {
      if (!held.count(file->path)) add_root(file);
    }
    // Templates that only hold each other: the first by path stands for the circle.
    for (const InputFile* file : own) {
      if (!reached.count(file->path)) add_root(file);
    }
    return specs;
  }

  std::unique_ptr<model::Root> load(const RootSpec& spec, const LoadContext& context) const override {
    auto root = std::make_unique<model::Root>();
    root->path = spec.path;
    root->format = kFormatName;
    const InputFile* file = spec.files.front();
    const Node* top = arm::find_template(file->tree);
    if (top && is_template(*top)) {
      arm::Shared shared{context, *root, 0, {}};
      arm::Lowering lowering(*file, *top, shared, {});
      lowering.prepare();
      lowering.finish();
      return root;
    }
    model::Coverage& coverage = root->coverage.emplace_back();
    coverage.path = file->path;
    coverage.format = kFormatName;
    if (!top) {
      coverage.state = model::Coverage::State::kFailed;
      coverage.reason = "not read as JSON";
      return root;
    }
    add_parameter_rows(*file, *root);
    return root;
  }

 private:
  // A parameter file by itself: what it gives is there to be read, for what should not be written down.
  static void add_parameter_rows(const InputFile& file, model::Root& root) {
    const Node* section = arm::parameter_section(file.tree);
    if (!section) return;
    TreeValues values(*file.tree, syntax::ScalarMode::kCloudFormation, syntax::MergeRule::kExplicitWins, root.arena);
    static const core::Symbol kView("arm/parameter-value");
    syntax::for_each_entry(*section, [&](const syntax::Entry& entry) {
      if (!entry.key || !entry.pair) return;
      model::Resource& row = root.resources.emplace_back();
      row.type = "ParameterValue";
      row.kind = "parameter-value";
      row.format = kFormatName;
      row.root = &root;
      row.name = values.keep(entry.key->text);
      row.header = values.span(*entry.key);
      row.span = values.span(*entry.pair);
      row.stable_address = row.address = root.arena.copy("ParameterValue." + std::string(row.name));
      std::vector<model::Entry> parts;
      parts.push_back({"name", row.header, model::with_span(model::string_value(row.name), row.header)});
      model::Value given = values.value(entry.value);
      for (const model::Entry& part : given.is_mapping() ? given.entries() : std::span<const model::Entry>{}) {
        parts.push_back(part);
      }
      row.attributes = model::with_span(model::object_value(parts, root.arena), row.span);
      row.views.push_back({kView, row.attributes});
    });
  }
};

}  // namespace

const Format& arm_format() {
  static const ArmFormat format;
  return format;
}

}  // namespace assay::formats
