#include "parsers/formats/kubernetes/format.h"

#include <string>
#include <unordered_map>

#include "parsers/formats/kubernetes/kinds.h"
#include "parsers/formats/kubernetes/lone.h"
#include "parsers/formats/kubernetes/views.h"
#include "parsers/formats/tree_value.h"
#include "parsers/syntax/yaml/reader.h"

namespace assay::formats {
namespace {

using core::ProblemSeverity;
using kubernetes::ApiVersion;
using model::Coverage;
using model::Resource;
using model::Value;
using syntax::Node;
using syntax::NodeKind;
using syntax::Tree;

constexpr std::string_view kFormatName = "kubernetes";
constexpr uint32_t kMaxListNesting = 8;

bool is_mapping(const Node* node) { return node && node->kind == NodeKind::kMapping; }

std::string_view scalar_of(const Node& mapping, std::string_view key) {
  const Node* node = syntax::resolve_alias(syntax::find_pair_value(mapping, key));
  if (!node || (node->kind != NodeKind::kScalar && node->kind != NodeKind::kString)) return {};
  return node->text;
}

bool is_object(const Node* node) {
  if (!is_mapping(node)) return false;
  std::string_view kind = scalar_of(*node, "kind");
  if (kind.empty()) return false;
  std::string_view api = scalar_of(*node, "apiVersion");
  if (api.empty()) return false;
  return !kubernetes::is_client_configuration(kubernetes::split_api_version(api).group, kind);
}

// YAML may read actions without complaint: `{{ .x }}` as a mapping with a mapping for a key, and
// `app-{{ .x }}` as a plain text.
bool may_have_actions(const Tree& tree) {
  std::vector<const Node*> open{tree.root};
  while (!open.empty()) {
    const Node* node = open.back();
    open.pop_back();
    if (!node || node->kind == NodeKind::kAlias) continue;
    if (node->kind == NodeKind::kScalar) {
      if (node->style == syntax::Style::kPlain &&
          node->text.find("{{") != std::string_view::npos) {
        return true;
      }
      continue;
    }
    if (node->kind == NodeKind::kPair && is_mapping(node->child(0))) return true;
    open.insert(open.end(), node->children().begin(), node->children().end());
  }
  return false;
}

// Has actions that a template engine must run first, where YAML would not let them be.
bool is_template(const InputFile& file, std::string_view text) {
  bool go = text.find("{{") != std::string_view::npos;
  if (!go && text.find("{%") == std::string_view::npos) return false;
  const Tree* tree = file.tree;
  if (tree && tree->root && reading_trouble(*tree) != "syntax errors" && (!go || !may_have_actions(*tree))) return false;
  return syntax::looks_like_template(text);
}

// A file below the templates folder of a chart that has actions: even where it happens to be YAML
// its texts are not what will be deployed.
bool in_chart_templates(std::string_view path, const LoadContext& context) {
  for (size_t at = path.find("templates/"); at != std::string_view::npos;
       at = path.find("templates/", at + 1)) {
    if (at > 0 && path[at - 1] != '/') continue;
    std::string chart(path.substr(0, at));
    if (context.find(chart + "Chart.yaml")) return true;
  }
  return false;
}

// Objects as resources.
class ResourceMaker {
 public:
  ResourceMaker(model::Root& root, bool known_kinds) : root_(root), views_(root.arena, known_kinds) {}

  const Resource& add(const Value& object, std::string_view api, std::string_view group, std::string_view kind) {
    std::string_view name = text_at(object, "metadata.name");
    if (name.empty()) name = text_at(object, "metadata.generateName");
    std::string_view space = text_at(object, "metadata.namespace");
    if (space.empty() && !kubernetes::is_cluster_scoped(group, kind)) space = "default";
    if (kubernetes::is_builtin_group(group) && kubernetes::is_cluster_scoped(group, kind)) {
      space = {};
    }

    Resource& resource = root_.resources.emplace_back();
    std::string address(kind);
    if (!space.empty()) address.append(1, '.').append(space);
    if (!name.empty()) address.append(1, '.').append(name);
    resource.stable_address = root_.arena.copy(std::string_view(address));
    resource.address = resource.stable_address;
    uint32_t repeat = ++seen_[resource.stable_address];
    if (repeat > 1) {
      address.append(1, '#').append(std::to_string(repeat));
      resource.address = root_.arena.copy(std::string_view(address));
    }
    resource.type = type_name(api, kind);
    resource.name = name;
    resource.format = kFormatName;
    resource.kind = "object";
    resource.span = object.span;
    resource.header = object.span;
    for (std::string_view path : {"metadata.name", "kind"}) {
      if (const Value* value = find_path(object, path)) resource.header = value->span;
    }
    resource.attributes = object;
    resource.root = &root_;
    views_.add_views(resource, group, kind, space);
    return resource;
  }

 private:
  // "apps/v1/Deployment", made once per kind.
  std::string_view type_name(std::string_view api, std::string_view kind) {
    std::string text(api);
    text.append(1, '/').append(kind);
    auto [at, is_new] = types_.try_emplace(std::move(text));
    if (is_new) at->second = root_.arena.copy(std::string_view(at->first));
    return at->second;
  }

  model::Root& root_;
  kubernetes::ViewMaker views_;
  std::unordered_map<std::string_view, uint32_t> seen_;
  std::unordered_map<std::string, std::string_view> types_;
};

class ManifestLoader {
 public:
  ManifestLoader(const Tree& tree, model::Root& root)
      : tree_(tree), root_(root),
        values_(tree, syntax::ScalarMode::kKubernetes, syntax::MergeRule::kLastWins, root.arena),
        resources_(root, false) {}

  void load() {
    for (const Node* document : tree_.root->children()) {
      const Node* content = document->kind == NodeKind::kDocument ? document->child(0) : document;
      content = syntax::resolve_alias(content);
      if (!content || content->kind == NodeKind::kNull) continue;
      if (content->kind == NodeKind::kScalar && content->text.empty()) continue;
      if (!is_mapping(content)) {
        reject(*content, "this document is no Kubernetes object but a bare value");
        continue;
      }
      add_object(values_.value(content), {}, {}, 0);
    }
  }

  bool rejected() const { return rejected_; }

 private:
  void reject(const Node& node, std::string message) {
    reject_at(values_.span(node), std::move(message));
  }
  void reject_at(core::Span span, std::string message) {
    rejected_ = true;
    core::add_problem(root_.problems, ProblemSeverity::kWarning, "kubernetes-no-object",
                      std::move(message), span);
  }

  // `api` and `kind` are what items of a typed list (PodList) leave out.
  void add_object(const Value& object, std::string_view api, std::string_view kind,
                  uint32_t depth) {
    if (object.is_null()) return;
    if (!object.is_mapping()) {
      return reject_at(object.span, "an item of a list is no Kubernetes object");
    }
    std::string_view written_kind = text_at(object, "kind");
    std::string_view written_api = text_at(object, "apiVersion");
    if (!written_kind.empty()) kind = written_kind;
    if (!written_api.empty()) api = written_api;
    if (kind.empty() || api.empty()) {
      std::string missing = kind.empty() ? "kind" : "apiVersion";
      return reject_at(object.span, "this document is no Kubernetes object: it has no \"" +
                                        missing + "\" with a text");
    }
    const Value* items = object.find("items");
    if (kind.ends_with("List") && items && items->is_sequence() && depth < kMaxListNesting) {
      std::string_view item_kind = kind.substr(0, kind.size() - 4);
      for (const Value& item : items->items()) {
        add_object(item, item_kind.empty() ? std::string_view{} : api, item_kind, depth + 1);
      }
      return;
    }
    ApiVersion version = kubernetes::split_api_version(api);
    if (kubernetes::is_client_configuration(version.group, kind)) return;
    resources_.add(object, api, version.group, kind);
  }

  const Tree& tree_;
  model::Root& root_;
  TreeValues values_;
  ResourceMaker resources_;
  bool rejected_ = false;
};

class KubernetesFormat : public Format {
 public:
  std::string_view name() const override { return kFormatName; }

  int sniff(const InputFile& file, std::string_view text) const override {
    if (file.tree && file.tree->language == syntax::Language::kHcl) return 0;
    if (file.tree && file.tree->root) {
      for (const Node* document : file.tree->root->children()) {
        if (is_object(syntax::resolve_alias(document->child(0)))) return 90;
      }
    }
    // A template whose text is no YAML yet, or only by accident.
    bool yaml = file.path.ends_with(".yaml") || file.path.ends_with(".yml");
    if (!yaml || !is_template(file, text)) return 0;
    bool looks_like_object = text.find("apiVersion:") != std::string_view::npos &&
                             text.find("kind:") != std::string_view::npos;
    return looks_like_object ? 60 : 10;
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
    for (const InputFile* file : spec.files) load_file(*file, context.sources->text(file->id), &context, *root);
    return root;
  }

  // `context` may be null for files without actions.
  static void load_file(const InputFile& file, std::string_view text, const LoadContext* context, model::Root& root) {
    Coverage& coverage = root.coverage.emplace_back();
    coverage.path = file.path;
    coverage.format = kFormatName;
    bool has_actions = context != nullptr && text.find("{{") != std::string_view::npos;
    if (is_template(file, text) || (has_actions && in_chart_templates(file.path, *context))) {
      coverage.state = Coverage::State::kSkipped;
      coverage.reason = "not rendered: Helm/Go template";
      core::add_problem(root.problems, ProblemSeverity::kNote, "not-rendered",
                        "this template is not YAML until it is rendered; scan the output of "
                        "`helm template` to analyse it",
                        {file.id, 0, 0});
      return;
    }
    if (!file.tree || !file.tree->root) {
      coverage.state = Coverage::State::kFailed;
      coverage.reason = "not read as YAML or JSON";
      return;
    }
    ManifestLoader loader(*file.tree, root);
    loader.load();
    std::string_view trouble = reading_trouble(*file.tree);
    if (!trouble.empty()) {
      bool nothing = root.resources.empty();
      coverage.state = nothing ? Coverage::State::kFailed : Coverage::State::kPartial;
      coverage.reason = trouble;
    } else if (loader.rejected()) {
      coverage.state = Coverage::State::kPartial;
      coverage.reason = "documents that are no Kubernetes objects";
    }
  }
};

}  // namespace

std::unique_ptr<model::Root> load_lone_manifests(const InputFile& file, std::string_view text) {
  if (text.find("{{") != std::string_view::npos || text.find("{%") != std::string_view::npos) return nullptr;
  auto root = std::make_unique<model::Root>();
  root->path = file.path;
  root->format = kFormatName;
  KubernetesFormat::load_file(file, text, nullptr, *root);
  return root;
}

const Resource* add_object(const Value& object, model::Root& root) {
  if (!object.is_mapping()) return nullptr;
  std::string_view kind = text_at(object, "kind");
  std::string_view api = text_at(object, "apiVersion");
  if (kind.empty() || api.empty()) return nullptr;
  root.format = kFormatName;
  return &ResourceMaker(root, true).add(object, api, kubernetes::split_api_version(api).group, kind);
}

const Format& kubernetes_format() {
  static const KubernetesFormat format;
  return format;
}

}  // namespace assay::formats
