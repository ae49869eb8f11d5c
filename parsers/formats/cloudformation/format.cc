#include "parsers/formats/cloudformation/format.h"

#include "parsers/formats/cloudformation/calls.h"
#include "parsers/formats/cloudformation/lower.h"
#include "parsers/syntax/yaml/entries.h"

namespace assay::formats {
namespace {

using syntax::Node;

constexpr std::string_view kFormatName = "cloudformation";

// The one document of a template; null when the file holds none or several.
const Node* find_top(const InputFile& file) {
  if (!file.tree || !file.tree->root || file.tree->language == syntax::Language::kHcl) return nullptr;
  const Node* top = nullptr;
  for (const Node* document : file.tree->root->children()) {
    const Node* content = syntax::resolve_alias(document->child(0));
    if (!content || content->kind == syntax::NodeKind::kNull) continue;
    if (!top) top = content;  // CloudFormation reads the first document only
  }
  return cloudformation::is_mapping(top) ? top : nullptr;
}

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

  std::vector<RootSpec> roots(std::span<const InputFile* const> own,
                              const LoadContext&) const override {
    std::vector<RootSpec> specs;
    specs.reserve(own.size());
    for (const InputFile* file : own) specs.push_back({std::string(file->path), {file}});
    return specs;
  }

  std::unique_ptr<model::Root> load(const RootSpec& spec,
                                    const LoadContext& context) const override {
    auto root = std::make_unique<model::Root>();
    root->path = spec.path;
    root->format = kFormatName;
    for (const InputFile* file : spec.files) {
      if (const Node* top = find_top(*file)) {
        cloudformation::lower_template(*file, *top, context, *root);
        continue;
      }
      model::Coverage& coverage = root->coverage.emplace_back();
      coverage.path = file->path;
      coverage.format = kFormatName;
      coverage.state = model::Coverage::State::kFailed;
      coverage.reason = "not read as YAML or JSON";
    }
    return root;
  }
};

}  // namespace

const Format& cloudformation_format() {
  static const CloudFormationFormat format;
  return format;
}

}  // namespace assay::formats
