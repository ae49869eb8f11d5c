#include "parsers/formats/terraform/module.h"

#include <algorithm>

#include "parsers/formats/terraform/json_syntax.h"

namespace assay::formats::terraform {
namespace {

using syntax::Node;
using syntax::NodeKind;

bool ends_with(std::string_view text, std::string_view suffix) {
  return text.size() >= suffix.size() && text.substr(text.size() - suffix.size()) == suffix;
}

// Editors' leftovers, which Terraform ignores.
bool is_ignored_name(std::string_view name) {
  return name.empty() || name.front() == '.' || name.back() == '~' ||
         (name.front() == '#' && name.back() == '#');
}

std::string_view stem_of(std::string_view name) {
  for (std::string_view suffix : {".tf.json", ".tofu.json", ".tf", ".tofu"}) {
    if (ends_with(name, suffix)) return name.substr(0, name.size() - suffix.size());
  }
  return name;
}

// What an expression says without any input: defaults of variables, locals, literals.
bool static_text(const Node& node, const Module& module, uint32_t depth, std::string& out) {
  if (depth > 16) return false;
  if (node.kind == NodeKind::kString || node.kind == NodeKind::kTemplateText) {
    out += node.text;
    return true;
  }
  if (node.kind == NodeKind::kTemplate) {
    for (const Node* part : node.children()) {
      if (!static_text(*part, module, depth + 1, out)) return false;
    }
    return true;
  }
  if (node.kind == NodeKind::kInterpolation || node.kind == NodeKind::kParentheses) {
    return node.child(0) && static_text(*node.child(0), module, depth + 1, out);
  }
  if (node.kind != NodeKind::kGetAttr || node.child(0)->kind != NodeKind::kVariable) return false;
  std::string_view space = node.child(0)->text;
  if (space == "path" && node.text == "module") {
    out += '.';
    return true;
  }
  if (space == "local") {
    int at = module.find_local(node.text);
    return at >= 0 && static_text(module.locals()[static_cast<size_t>(at)].expression(), module, depth + 1, out);
  }
  if (space != "var") return false;
  int at = module.find_variable(node.text);
  const Item* fallback = at < 0 ? nullptr : module.variables()[static_cast<size_t>(at)].attribute("default");
  return fallback && static_text(fallback->expression(), module, depth + 1, out);
}

}  // namespace

bool is_local_source(std::string_view source) {
  return source == "." || source == ".." || source.substr(0, 2) == "./" || source.substr(0, 3) == "../";
}

std::string computed_source(const Declaration& call, const Module& module) {
  const Item* source = call.attribute("source");
  std::string text;
  if (!source || !static_text(source->expression(), module, 0, text)) return {};
  return is_local_source(text) ? text : std::string();
}

// x.tofu stands in for x.tf, and x.tofu.json for x.tf.json.
bool is_shadowed(std::string_view path, std::span<const InputFile* const> files) {
  std::string wanted;
  if (ends_with(path, ".tf")) {
    wanted = std::string(path.substr(0, path.size() - 3)) + ".tofu";
  } else if (ends_with(path, ".tf.json")) {
    wanted = std::string(path.substr(0, path.size() - 8)) + ".tofu.json";
  } else {
    return false;
  }
  return std::any_of(files.begin(), files.end(),
                     [&](const InputFile* file) { return file->path == wanted; });
}

namespace {

void collect_items(const Node& body, const Item& from, std::vector<Item>& out) {
  out.reserve(body.child_count);
  for (const Node* child : body.children()) {
    if (child->kind == NodeKind::kAttribute || child->kind == NodeKind::kBlock) {
      out.push_back({child, from.file, from.borrowed});
    }
  }
}

BodyFacts facts_of(Declaration::Kind kind, std::string_view type) {
  switch (kind) {
    case Declaration::Kind::kResource: return provider_facts(FactKind::kResource, type);
    case Declaration::Kind::kData: return provider_facts(FactKind::kData, type);
    case Declaration::Kind::kEphemeral: return provider_facts(FactKind::kEphemeral, type);
    case Declaration::Kind::kProvider: return provider_facts(FactKind::kProvider, type);
    default: return {};
  }
}

// Override files replace attributes whole and all nested blocks of a type; `lifecycle` is merged
// per argument: the later block stands first, where readers look first. `depends_on` stays.
void merge_items(std::vector<Item>& base, const std::vector<Item>& over, core::Problems& problems) {
  std::vector<std::string_view> replaced;
  for (const Item& item : over) {
    if (!item.is_block() && item.name() == "depends_on") {
      core::add_problem(problems, core::ProblemSeverity::kWarning, "terraform-override",
                        "depends_on cannot be overridden; what the overridden block says counts", item.span());
      continue;
    }
    if (item.is_block() && item.name() == "lifecycle") {
      base.insert(base.begin(), item);
      continue;
    }
    if (item.is_block()) {
      if (std::find(replaced.begin(), replaced.end(), item.name()) == replaced.end()) {
        replaced.push_back(item.name());
        std::string_view type = item.name() == "dynamic" ? item.label(0) : item.name();
        base.erase(std::remove_if(base.begin(), base.end(),
                                  [&](const Item& b) {
                                    return b.is_block() &&
                                           (b.name() == type || (b.name() == "dynamic" && b.label(0) == type));
                                  }),
                   base.end());
      }
      base.push_back(item);
      continue;
    }
    auto at = std::find_if(base.begin(), base.end(), [&](const Item& b) {
      return !b.is_block() && b.name() == item.name();
    });
    if (at == base.end()) base.push_back(item);
    else *at = item;
  }
}

}  // namespace

std::string_view Item::label(size_t index) const {
  const Node* child = node->child(index);
  return child && child->kind == NodeKind::kLabel ? child->text : std::string_view{};
}

const Node* Item::body() const {
  for (size_t i = node->child_count; i > 0; --i) {
    if (node->child(i - 1)->kind == NodeKind::kBody) return node->child(i - 1);
  }
  return nullptr;
}

core::Span Item::header() const {
  if (!is_block()) return {file, node->begin, node->begin + static_cast<uint32_t>(node->text.size())};
  uint32_t end = node->begin + static_cast<uint32_t>(node->text.size());
  for (const Node* child : node->children()) {
    if (child->kind == NodeKind::kLabel && child->end > end && child->begin >= node->begin) end = child->end;
  }
  return {file, node->begin, std::min(end, node->end)};
}

const Item* Declaration::attribute(std::string_view wanted) const {
  for (const Item& item : items) {
    if (!item.is_block() && item.name() == wanted) return &item;
  }
  return nullptr;
}

const Item* Declaration::first_block(std::string_view wanted) const {
  for (const Item& item : items) {
    if (item.is_block() && item.name() == wanted) return &item;
  }
  return nullptr;
}

Module::Module(std::string directory, std::span<const InputFile* const> files)
    : directory_(std::move(directory)) {
  std::vector<const InputFile*> overrides;
  for (const InputFile* file : files) {
    if (!file->tree || role_of(file->path) != FileRole::kConfiguration) continue;
    if (is_shadowed(file->path, files)) continue;
    if (is_override(file->path)) overrides.push_back(file);
    else read_file(*file, false);
  }
  for (const InputFile* file : overrides) read_file(*file, true);
  for (std::vector<Declaration>* list : {&resources_, &calls_}) {
    for (Declaration& declaration : *list) {
      declaration.count = declaration.attribute("count");
      declaration.for_each = declaration.attribute("for_each");
      declaration.depends_on = declaration.attribute("depends_on");
    }
  }
}

std::string_view Module::keep(std::string text) { return texts_.emplace_back(std::move(text)); }

void Module::read_file(const InputFile& file, bool overriding) {
  const Node* body = file.tree->root;
  bool borrowed = false;
  if (file.tree->language == syntax::Language::kJson) {
    converted_.push_back(json_as_hcl(*file.tree));
    body = converted_.back()->root;
    for (const core::Problem& problem : converted_.back()->problems) problems_.push_back(problem);
    borrowed = true;
  }
  if (!body || body->kind != NodeKind::kBody) return;
  for (const Node* child : body->children()) {
    if (child->kind == NodeKind::kBlock) read_item({child, file.id, borrowed}, overriding);
    // A lone attribute at the top level is a mistake of the kind that terraform rejects.
    if (child->kind == NodeKind::kAttribute) {
      core::add_problem(problems_, core::ProblemSeverity::kWarning, "terraform-unexpected-attribute",
                        "\"" + std::string(child->text) + "\" is not expected at the top level; " +
                            "put it into a block",
                        {file.id, child->begin, child->end});
    }
  }
}

void Module::read_item(const Item& item, bool overriding) {
  using Kind = Declaration::Kind;
  std::string_view type = item.name();
  std::string_view first = item.label(0);
  std::string_view second = item.label(1);
  if (type == "resource" || type == "data" || type == "ephemeral") {
    Kind kind = type == "resource" ? Kind::kResource : type == "data" ? Kind::kData : Kind::kEphemeral;
    if (second.empty()) {
      core::add_problem(problems_, core::ProblemSeverity::kWarning, "terraform-missing-label",
                        "a " + std::string(type) + " block needs two labels, its type and its name",
                        item.header());
      return;
    }
    add_declaration(kind, resources_, resource_index_, first, second, item, overriding);
  } else if (type == "variable") {
    add_declaration(Kind::kVariable, variables_, variable_index_, {}, first, item, overriding);
  } else if (type == "output") {
    add_declaration(Kind::kOutput, outputs_, output_index_, {}, first, item, overriding);
  } else if (type == "module") {
    add_declaration(Kind::kModule, calls_, call_index_, {}, first, item, overriding);
  } else if (type == "provider") {
    std::string key(first);
    if (const Node* body = item.body()) {
      for (const Node* child : body->children()) {
        if (child->kind == NodeKind::kAttribute && child->text == "alias") {
          key += "." + std::string(literal_string(*child->child(0)));
        }
      }
    }
    add_declaration(Kind::kProvider, providers_, provider_index_, first, keep(std::move(key)), item, overriding);
  } else if (type == "locals") {
    if (const Node* body = item.body()) {
      for (const Node* child : body->children()) {
        if (child->kind == NodeKind::kAttribute) {
          add_local({child, item.file, item.borrowed}, overriding);
        }
      }
    }
  } else if (type == "moved") {
    moves_.push_back(item);
  } else if (type == "terraform") {
    Declaration settings;
    settings.kind = Kind::kTerraform;
    settings.name = "terraform";
    settings.block = item;
    if (const Node* body = item.body()) collect_items(*body, item, settings.items);
    settings_.push_back(std::move(settings));
  }
}

void Module::add_declaration(Declaration::Kind kind, std::vector<Declaration>& list, NameIndex& index,
                             std::string_view type, std::string_view name, const Item& block,
                             bool overriding) {
  if (name.empty()) {
    core::add_problem(problems_, core::ProblemSeverity::kWarning, "terraform-missing-label",
                      "a " + std::string(block.name()) + " block needs a label, its name",
                      block.header());
    return;
  }
  Declaration declaration;
  declaration.kind = kind;
  declaration.type = type;
  declaration.name = name;
  declaration.block = block;
  declaration.facts = facts_of(kind, type);
  if (const Node* body = block.body()) collect_items(*body, block, declaration.items);
  bool resource = kind == Declaration::Kind::kResource || kind == Declaration::Kind::kData ||
                  kind == Declaration::Kind::kEphemeral;
  int known = resource ? index.add(static_cast<uint32_t>(kind), type, name, static_cast<int>(list.size()))
                       : index.add(0, {}, name, static_cast<int>(list.size()));
  if (known < 0) {
    list.push_back(std::move(declaration));
    if (overriding) missing_base(block);
    return;
  }
  Declaration& first = list[static_cast<size_t>(known)];
  if (overriding) {
    merge_items(first.items, declaration.items, problems_);
    return;
  }
  core::add_problem(problems_, core::ProblemSeverity::kWarning, "terraform-duplicate",
                    "a second " + std::string(block.name()) + " \"" + std::string(name) +
                        "\" in one module; the first is analysed, rename one of them",
                    block.header(), first.block.header());
}

void Module::missing_base(const Item& item) {
  core::add_problem(problems_, core::ProblemSeverity::kWarning, "terraform-override",
                    "there is nothing for this to override; put it into a file that is not an override file",
                    item.header());
}

void Module::add_local(const Item& attribute, bool overriding) {
  int known = local_index_.add(0, {}, attribute.name(), static_cast<int>(locals_.size()));
  if (known < 0) {
    locals_.push_back(attribute);
    if (overriding) missing_base(attribute);
    return;
  }
  Item& first = locals_[static_cast<size_t>(known)];
  if (overriding) {
    first = attribute;
    return;
  }
  core::add_problem(problems_, core::ProblemSeverity::kWarning, "terraform-duplicate",
                    "a second local value \"" + std::string(attribute.name()) +
                        "\" in one module; the first is analysed, rename one of them",
                    attribute.header(), first.header());
}

int Module::find_resource(Declaration::Kind kind, std::string_view type,
                          std::string_view name) const {
  return resource_index_.find(static_cast<uint32_t>(kind), type, name);
}

bool Module::requires_provider(std::string_view local_name) const {
  for (const Declaration& settings : settings_) {
    const Item* block = settings.first_block("required_providers");
    if (!block || !block->body()) continue;
    for (const Node* child : block->body()->children()) {
      if (child->kind == NodeKind::kAttribute && child->text == local_name) return true;
    }
  }
  return false;
}

std::vector<std::string_view> Module::variable_names() const {
  std::vector<std::string_view> out;
  for (const Declaration& variable : variables_) out.push_back(variable.name);
  return out;
}

std::vector<std::string_view> Module::local_names() const {
  std::vector<std::string_view> out;
  for (const Item& local : locals_) out.push_back(local.name());
  return out;
}

std::string_view file_name(std::string_view path) {
  size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string_view directory_of(std::string_view path) {
  size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash);
}

std::string join_path(std::string_view directory, std::string_view path) {
  std::vector<std::string_view> parts;
  bool absolute = !directory.empty() && directory.front() == '/';
  auto add = [&parts](std::string_view text) {
    while (!text.empty()) {
      size_t slash = text.find('/');
      std::string_view part = text.substr(0, slash);
      text = slash == std::string_view::npos ? std::string_view{} : text.substr(slash + 1);
      if (part.empty() || part == ".") continue;
      if (part == ".." && !parts.empty() && parts.back() != "..") parts.pop_back();
      else parts.push_back(part);
    }
  };
  add(directory);
  add(path);
  std::string out = absolute ? "/" : "";
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out += '/';
    out += parts[i];
  }
  return out;
}

std::string display_path(std::string_view directory) {
  return directory.empty() ? "." : std::string(directory);
}

bool is_json(std::string_view path) { return ends_with(path, ".json"); }

FileRole role_of(std::string_view path) {
  std::string_view name = file_name(path);
  if (is_ignored_name(name)) return FileRole::kNone;
  if (ends_with(name, ".tf") || ends_with(name, ".tofu") || ends_with(name, ".tf.json") ||
      ends_with(name, ".tofu.json")) {
    return FileRole::kConfiguration;
  }
  if (name == "modules.json" && ends_with(path, kManifestPath)) return FileRole::kManifest;
  if (ends_with(name, ".tfvars") || ends_with(name, ".tfvars.json")) return FileRole::kVariables;
  return FileRole::kNone;
}

std::vector<std::pair<std::string_view, std::string_view>> read_manifest(const syntax::Tree& tree) {
  std::vector<std::pair<std::string_view, std::string_view>> out;
  const Node* document = tree.root->child(0);
  const Node* object = document ? document->child(0) : nullptr;
  const Node* modules = object ? syntax::find_pair_value(*object, "Modules") : nullptr;
  if (!modules) return out;
  for (const Node* entry : modules->children()) {
    const Node* key = syntax::find_pair_value(*entry, "Key");
    const Node* directory = syntax::find_pair_value(*entry, "Dir");
    if (key && directory && !key->text.empty()) out.emplace_back(key->text, directory->text);
  }
  return out;
}

bool is_override(std::string_view path) {
  std::string_view stem = stem_of(file_name(path));
  return stem == "override" || ends_with(stem, "_override");
}

std::string_view literal_string(const Node& expression) {
  if (expression.kind == NodeKind::kString) return expression.text;
  if (expression.kind != NodeKind::kTemplate || expression.child_count != 1) return {};
  const Node* text = expression.child(0);
  return text->kind == NodeKind::kTemplateText ? text->text : std::string_view{};
}

std::string_view local_source(const Declaration& call) {
  const Item* source = call.attribute("source");
  if (!source) return {};
  std::string_view text = literal_string(source->expression());
  return is_local_source(text) ? text : std::string_view{};
}

}  // namespace assay::formats::terraform
