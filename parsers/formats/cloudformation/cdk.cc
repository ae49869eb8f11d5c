#include "parsers/formats/cloudformation/cdk.h"

#include "parsers/core/path.h"
#include "parsers/formats/cloudformation/calls.h"
#include "parsers/syntax/yaml/entries.h"

namespace assay::formats::cloudformation {
namespace {

using syntax::Node;

// The offset of an "asset.xyz/" folder in a path; npos when there is none.
size_t asset_folder(std::string_view path) {
  for (size_t at = path.find("asset."); at != std::string_view::npos; at = path.find("asset.", at + 1)) {
    bool starts = at == 0 || path[at - 1] == '/';
    if (starts && path.find('/', at) != std::string_view::npos) return at;
  }
  return std::string_view::npos;
}

// The artifacts of a manifest; null when the file is none.
const Node* artifacts_of(const std::string& path, const LoadContext& context, const InputFile** manifest) {
  const InputFile* file = context.find(path);
  if (!file || !file->tree || !file->tree->root) return nullptr;
  const Node* document = file->tree->root->child(0);
  const Node* top = document ? document->child(0) : nullptr;
  if (!is_mapping(top) || !syntax::lookup(*top, "version")) return nullptr;
  const Node* artifacts = syntax::lookup(*top, "artifacts");
  *manifest = file;
  return is_mapping(artifacts) ? artifacts : nullptr;
}

}  // namespace

std::string cdk_manifest_path(std::string_view path) {
  size_t asset = asset_folder(path);
  if (asset != std::string_view::npos) return core::join_path(path.substr(0, asset), "manifest.json");
  return core::join_path(core::parent_path(path), "manifest.json");
}

bool is_cdk_asset(std::string_view path, const LoadContext& context) {
  if (asset_folder(path) == std::string_view::npos) return false;
  const InputFile* manifest = nullptr;
  return artifacts_of(core::normalize_path(cdk_manifest_path(path)), context, &manifest) != nullptr;
}

std::optional<CdkStack> find_cdk_stack(std::string_view template_path, const LoadContext& context,
                                       core::Arena& arena) {
  const InputFile* manifest = nullptr;
  const Node* artifacts = artifacts_of(core::normalize_path(cdk_manifest_path(template_path)), context, &manifest);
  if (!artifacts) return std::nullopt;
  std::optional<CdkStack> out;
  syntax::for_each_entry(*artifacts, [&](const syntax::Entry& entry) {
    if (out || !is_mapping(entry.value)) return;
    if (plain_text(syntax::lookup(*entry.value, "type")) != "aws:cloudformation:stack") return;
    const Node* properties = syntax::lookup(*entry.value, "properties");
    if (!is_mapping(properties)) return;
    if (plain_text(syntax::lookup(*properties, "templateFile")) != core::base_name(template_path)) return;
    out.emplace();
    // "aws://111122223333/eu-west-1"; unknown-account and unknown-region where the app leaves it open.
    auto environment = plain_text(syntax::lookup(*entry.value, "environment"));
    if (environment && environment->starts_with("aws://")) {
      std::string_view rest = environment->substr(6);
      size_t slash = rest.find('/');
      std::string_view account = rest.substr(0, slash);
      std::string_view region = slash == std::string_view::npos ? std::string_view{} : rest.substr(slash + 1);
      if (!account.empty() && account != "unknown-account") out->environment["AWS::AccountId"] = account;
      if (!region.empty() && region != "unknown-region") out->environment["AWS::Region"] = region;
    }
    if (auto name = plain_text(syntax::lookup(*properties, "stackName"))) out->environment["AWS::StackName"] = *name;
    const Node* parameters = syntax::lookup(*properties, "parameters");
    if (!is_mapping(parameters)) return;
    syntax::for_each_entry(*parameters, [&](const syntax::Entry& given) {
      auto text = plain_text(given.value);
      if (!given.key || !text) return;
      out->parameters.push_back({arena.copy(given.key->text), arena.copy(*text),
                                 {manifest->id, given.value->begin, given.value->end}, false});
    });
  });
  return out;
}

}  // namespace assay::formats::cloudformation
