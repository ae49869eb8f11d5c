#include "parsers/formats/cloudformation/format.h"

#include <cstring>
#include <map>
#include <set>

#include "parsers/core/limits.h"
#include "parsers/core/path.h"
#include "parsers/formats/cloudformation/calls.h"
#include "parsers/formats/cloudformation/cdk.h"
#include "parsers/formats/cloudformation/lower.h"
#include "parsers/formats/cloudformation/lowering.h"
#include "parsers/syntax/yaml/entries.h"

namespace assay::formats {
namespace cloudformation {

const syntax::Node* find_top(const InputFile& file) {
  if (!file.tree || !file.tree->root || file.tree->language == syntax::Language::kHcl) return nullptr;
  const syntax::Node* top = nullptr;
  for (const syntax::Node* document : file.tree->root->children()) {
    const syntax::Node* content = syntax::resolve_alias(document->child(0));
    if (!content || content->kind == syntax::NodeKind::kNull) continue;
    if (!top) top = content;  // CloudFormation reads the first document only
  }
  return is_mapping(top) ? top : nullptr;
}

}  // namespace cloudformation

namespace {

using cloudformation::find_top;
using syntax::Node;

constexpr std::string_view kFormatName = "cloudformation";

// "AWS::S3::Bucket", "Custom::Thing", "Alexa::ASK::Skill".
bool looks_like_type(std::string_view text) {
  size_t colon = text.find("::");
  return colon != std::string_view::npos && colon > 0 && colon + 2 < text.size() &&
         text[0] >= 'A' && text[0] <= 'Z' && text.find(' ') == std::string_view::npos;
}

bool has_typed_entry(const Node& resources) {
  bool found = false;
  syntax::for_each_entry(resources, [&](const syntax::Entry& entry) {
    if (found || !entry.key) return;
    if (entry.key->text.starts_with("Fn::ForEach::")) found = true;
    if (!cloudformation::is_mapping(entry.value)) return;
    auto type = cloudformation::plain_text(syntax::lookup(*entry.value, "Type"));
    found = found || (type && looks_like_type(*type));
  });
  return found;
}

// The paths of the templates that stacks of this one name.
std::vector<std::string> nested_templates(const InputFile& file) {
  std::vector<std::string> out;
  const Node* top = find_top(file);
  const Node* resources = top ? syntax::lookup(*top, "Resources") : nullptr;
  if (!cloudformation::is_mapping(resources)) return out;
  syntax::for_each_entry(*resources, [&](const syntax::Entry& entry) {
    if (!cloudformation::is_mapping(entry.value)) return;
    std::string path = cloudformation::nested_template(*entry.value, file.path);
    if (!path.empty()) out.push_back(std::move(path));
  });
  return out;
}

// memmem() is several times faster than find(), whose first letter is everywhere in a template.
bool mentions(std::string_view text, std::string_view word) {
  return memmem(text.data(), text.size(), word.data(), word.size()) != nullptr;
}

bool exports(const InputFile& file) {
  const Node* top = find_top(file);
  const Node* outputs = top ? syntax::lookup(*top, "Outputs") : nullptr;
  bool found = false;
  if (!cloudformation::is_mapping(outputs)) return found;
  syntax::for_each_entry(*outputs, [&](const syntax::Entry& entry) {
    found = found || (cloudformation::is_mapping(entry.value) && syntax::lookup(*entry.value, "Export"));
  });
  return found;
}

// The local files that AWS::Include names anywhere below.
void find_includes(const Node& node, std::string_view directory, uint32_t depth, std::vector<std::string>& out) {
  if (depth > core::kMaxNesting) return;
  if (cloudformation::is_mapping(&node) && cloudformation::plain_text(syntax::lookup(node, "Name")) == "AWS::Include") {
    const Node* given = syntax::lookup(node, "Parameters");
    auto location = cloudformation::is_mapping(given)
                        ? cloudformation::plain_text(syntax::lookup(*given, "Location"))
                        : std::nullopt;
    if (location && location->find("://") == std::string_view::npos && !core::is_absolute(*location)) {
      out.push_back(core::normalize_path(core::join_path(directory, *location)));
    }
  }
  if (node.kind == syntax::NodeKind::kAlias) return;
  for (const Node* child : node.children()) {
    if (child) find_includes(*child, directory, depth + 1, out);
  }
}

class CloudFormationFormat : public Format {
 public:
  std::string_view name() const override { return kFormatName; }

  int sniff(const InputFile& file, std::string_view) const override {
    const Node* top = find_top(file);
    if (!top) return 0;
    const Node* resources = syntax::lookup(*top, "Resources");
    bool versioned = syntax::lookup(*top, "AWSTemplateFormatVersion") != nullptr;
    if (cloudformation::is_mapping(resources)) {
      if (has_typed_entry(*resources)) return 95;
      if (versioned || syntax::lookup(*top, "Transform")) return 95;
    }
    return versioned ? 40 : 0;
  }

  std::vector<std::string> dependencies(const InputFile& file) const override {
    std::vector<std::string> out;
    for (std::string& path : nested_templates(file)) out.push_back(std::move(path));
    if (mentions(file.tree->source, "AWS::Include")) {
      find_includes(*file.tree->root, core::parent_path(file.path), 0, out);
    }
    if (mentions(file.tree->source, "aws:cdk:path") ||
        file.path.find("asset.") != std::string_view::npos) {
      out.push_back(cloudformation::cdk_manifest_path(file.path));
    }
    return out;
  }

  // A template is a root unless a stack of another one holds it.
  std::vector<RootSpec> roots(std::span<const InputFile* const> own,
                              const LoadContext& context) const override {
    std::map<std::string_view, std::vector<std::string>> holds;
    std::set<std::string, std::less<>> held;
    std::vector<const InputFile*> exporters;
    for (const InputFile* file : own) {
      model::AskScope scope(context.ties ? &(*context.ties)[file->id].asks : nullptr);
      std::vector<std::string> paths = nested_templates(*file);
      for (const std::string& path : paths) {
        if (path != file->path && context.find(path)) held.insert(path);
      }
      if (!paths.empty()) holds[file->path] = std::move(paths);
      bool exporter = exports(*file);
      if (exporter) exporters.push_back(file);
      context.tie(*file, model::TieKind::kExports, {}, mentions(file->tree->source, "ImportValue"), exporter);
    }
    std::vector<RootSpec> specs;
    specs.reserve(own.size());
    std::set<std::string, std::less<>> reached;
    auto add_root = [&](const InputFile* file) {
      RootSpec spec{std::string(file->path), {file}};
      if (!exporters.empty() && mentions(file->tree->source, "ImportValue")) {
        for (const InputFile* exporter : exporters) {
          if (exporter != file) spec.files.push_back(exporter);
        }
      }
      specs.push_back(std::move(spec));
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
    // Stacks that only hold each other: the first by path stands for the circle.
    for (const InputFile* file : own) {
      if (!reached.count(file->path)) add_root(file);
    }
    return specs;
  }

  // The first file of the spec is the template; the others are read for what they export.
  std::unique_ptr<model::Root> load(const RootSpec& spec,
                                    const LoadContext& context) const override {
    auto root = std::make_unique<model::Root>();
    root->path = spec.path;
    root->format = kFormatName;
    const InputFile* file = spec.files.front();
    if (cloudformation::is_cdk_asset(file->path, context)) {
      model::Coverage& coverage = root->coverage.emplace_back();
      coverage.path = file->path;
      coverage.format = kFormatName;
      coverage.state = model::Coverage::State::kSkipped;
      coverage.reason = "an asset of a CDK app";
      return root;
    }
    if (const Node* top = find_top(*file)) {
      std::span<const InputFile* const> exporters(spec.files);
      cloudformation::lower_template(*file, *top, exporters.subspan(1), context, *root);
      return root;
    }
    model::Coverage& coverage = root->coverage.emplace_back();
    coverage.path = file->path;
    coverage.format = kFormatName;
    coverage.state = model::Coverage::State::kFailed;
    coverage.reason = "not read as YAML or JSON";
    return root;
  }
};

}  // namespace

const Format& cloudformation_format() {
  static const CloudFormationFormat format;
  return format;
}

}  // namespace assay::formats
