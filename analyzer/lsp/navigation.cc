// Definitions, references and links.
#include <algorithm>
#include <map>

#include "analyzer/lsp/features.h"
#include "analyzer/lsp/occurrences.h"
#include "parsers/core/path.h"
#include "parsers/model/value.h"

namespace assay::lsp {
namespace {

using syntax::Node;
using syntax::NodeKind;

struct Found {
  Occurrence occurrence;
  core::FileId file;
};

// Occurrences of a file of the analysis; those of the query's document come from its own tree.
class Index {
 public:
  explicit Index(Query& query) : query_(query), scan_(query.place.scan()) {}

  std::string path(core::FileId file) const { return absolute_path(scan_, file); }

  std::vector<Occurrence> of(core::FileId file) {
    const syntax::Tree* tree = file == query_.place.file ? query_.tree()
                               : file < scan_.trees.size() ? scan_.trees[file].get() : nullptr;
    if (!tree || !tree->root) return {};
    std::vector<Occurrence> out = occurrences(*tree, path(file));
    for (Occurrence& one : out) {
      if (!one.name.scope.starts_with("module ")) continue;
      const auto& calls = modules_of(std::string(core::parent_path(path(file))));
      auto found = calls.find(one.name.scope.substr(7));
      if (found != calls.end()) one.name.scope = found->second;
    }
    return out;
  }

  // Files that may name something of the scope: all of Terraform, or the template alone.
  std::vector<core::FileId> files(const Name& name, bool only_declarations) {
    if (name.kind == "logical id" || name.kind == "condition" || name.kind == "mapping") return {query_.place.file};
    std::vector<core::FileId> out;
    for (core::FileId file = 0; file < scan_.trees.size(); ++file) {
      const syntax::Tree* tree = scan_.trees[file].get();
      if (!tree || tree->language != syntax::Language::kHcl) continue;
      if (only_declarations && core::parent_path(path(file)) != name.scope) continue;
      out.push_back(file);
    }
    return out;
  }

 private:
  const std::map<std::string, std::string>& modules_of(const std::string& directory) {
    auto [at, is_new] = modules_.try_emplace(directory);
    if (!is_new) return at->second;
    for (core::FileId file = 0; file < scan_.trees.size(); ++file) {
      const syntax::Tree* tree = scan_.trees[file].get();
      if (!tree || !tree->root || tree->language != syntax::Language::kHcl || core::parent_path(path(file)) != directory) continue;
      for (const Node* block : tree->root->children()) {
        if (block->kind != NodeKind::kBlock || block->text != "module" || block->child_count < 2) continue;
        at->second[std::string(block->child(0)->text)] = module_directory(*block, path(file));
      }
    }
    return at->second;
  }

  Query& query_;
  const pipeline::Scan& scan_;
  std::map<std::string, std::map<std::string, std::string>> modules_;  // of a directory: where each lies
};

// The innermost name at the offset.
std::optional<Occurrence> name_at(Index& index, Query& query, uint32_t offset) {
  std::optional<Occurrence> out;
  for (const Occurrence& one : index.of(query.place.file)) {
    if (one.span.begin > offset || offset > one.span.end) continue;
    if (!out || one.span.size() < out->span.size()) out = one;
  }
  return out;
}

// Resources that a value at the offset leads to (a name in a manifest, a selector), by the edges of the graph.
std::vector<const model::Resource*> targets_at(Query& query, uint32_t offset) {
  std::vector<const model::Resource*> out;
  const pipeline::Scan& scan = query.place.scan();
  for (const model::Resource* resource : query.layer().resources(query.place.file)) {
    if (resource->span.file != query.place.file || offset < resource->span.begin || offset > resource->span.end) continue;
    for (const model::Edge& edge : scan.project.edges_from(resource->index)) {
      const model::Value* value = edge.path.empty() ? nullptr : model::at_path(resource->attributes, edge.path);
      if (!value || !value->span.valid() || value->span.file != query.place.file) continue;
      if (value->span.begin > offset || offset > value->span.end) continue;
      const model::Resource* to = scan.project.resources[edge.to];
      if (std::find(out.begin(), out.end(), to) == out.end()) out.push_back(to);
    }
  }
  return out;
}

core::Span name_span(const model::Resource& resource) {
  if (resource.format == "kubernetes") {
    const model::Value* name = model::at_path(resource.attributes, "metadata.name");
    if (name && name->span.valid()) return name->span;
  }
  return resource.header.valid() ? resource.header : resource.span;
}

void add(std::vector<Location>& out, Location location) {
  if (std::find(out.begin(), out.end(), location) == out.end()) out.push_back(std::move(location));
}

}  // namespace

std::vector<Location> definition(Query& query, Position position) {
  std::vector<Location> out;
  if (!query.place.area || !query.tree()) return out;
  const pipeline::Scan& scan = query.place.scan();
  uint32_t offset = query.offset(position);
  Index index(query);
  if (auto name = name_at(index, query, offset)) {
    for (core::FileId file : index.files(name->name, true)) {
      for (const Occurrence& one : index.of(file)) {
        if (one.declares && one.name == name->name) add(out, query.ranges.location(scan, one.span));
      }
    }
  }
  if (out.empty()) {
    for (const model::Resource* target : targets_at(query, offset)) add(out, query.ranges.location(scan, name_span(*target)));
  }
  return out;
}

std::vector<Location> references(Query& query, Position position, bool declarations) {
  std::vector<Location> out;
  if (!query.place.area || !query.tree()) return out;
  const pipeline::Scan& scan = query.place.scan();
  uint32_t offset = query.offset(position);
  Index index(query);
  if (auto name = name_at(index, query, offset)) {
    for (core::FileId file : index.files(name->name, false)) {
      for (const Occurrence& one : index.of(file)) {
        if (one.name == name->name && (declarations || !one.declares)) add(out, query.ranges.location(scan, one.span));
      }
    }
    return out;
  }
  // The name of an object, or a place that leads to one: all that leads there.
  std::vector<const model::Resource*> targets = targets_at(query, offset);
  for (const model::Resource* resource : scan.project.resources) {
    core::Span span = name_span(*resource);
    if (span.file == query.place.file && span.begin <= offset && offset <= span.end) targets.push_back(resource);
  }
  for (const model::Resource* target : targets) {
    if (declarations) add(out, query.ranges.location(scan, name_span(*target)));
    for (uint32_t at : scan.project.edges_to(target->index)) {
      const model::Edge& edge = scan.project.edges[at];
      const model::Resource* from = scan.project.resources[edge.from];
      const model::Value* value = edge.path.empty() ? nullptr : model::at_path(from->attributes, edge.path);
      if (value && value->span.valid()) add(out, query.ranges.location(scan, value->span));
    }
  }
  return out;
}

std::vector<Link> document_links(Query& query, const core::FileSystem& files) {
  std::vector<Link> out;
  const syntax::Tree* tree = query.tree();
  if (!tree || tree->language != syntax::Language::kHcl) return out;
  for (const Node* block : tree->root->children()) {
    if (block->kind != NodeKind::kBlock || block->text != "module" || block->child_count == 0) continue;
    std::string directory = module_directory(*block, query.path);
    if (directory.empty()) continue;
    auto entries = files.list(directory);
    if (!entries) continue;
    std::string target;
    for (const core::DirEntry& entry : *entries) {
      if (!entry.name.ends_with(".tf") && !entry.name.ends_with(".tofu")) continue;
      if (target.empty() || entry.name == "main.tf") target = core::join_path(directory, entry.name);
    }
    if (target.empty()) continue;
    for (const Node* child : block->child(block->child_count - 1)->children()) {
      if (child->kind != NodeKind::kAttribute || child->text != "source" || child->child_count == 0) continue;
      const Node* source = child->child(0);
      if (source->end - source->begin >= 2) out.push_back({query.range(source->begin + 1, source->end - 1), uri_of_path(target)});
    }
  }
  return out;
}

}  // namespace assay::lsp
