#include "parsers/model/resource.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace assay::model {

void Project::add(std::unique_ptr<Root> root) {
  uint32_t base = static_cast<uint32_t>(resources.size());
  resources.reserve(base + root->resources.size());
  for (Resource& resource : root->resources) {
    resource.index = static_cast<uint32_t>(resources.size());
    resource.root = root.get();
    resources.push_back(&resource);
  }
  uint32_t count = static_cast<uint32_t>(root->resources.size());
  edges.reserve(edges.size() + root->edges.size());
  for (Edge edge : root->edges) {
    if (edge.from >= count || edge.to >= count) continue;
    edge.from += base;
    edge.to += base;
    edges.push_back(edge);
  }
  for (ForeignEdge edge : root->foreign_edges) {
    if (edge.from >= count) continue;
    edge.from += base;
    foreign_edges_.push_back(edge);
  }
  root->foreign_edges.clear();
  root->edges.clear();
  root->edges.shrink_to_fit();
  problems.insert(problems.end(), root->problems.begin(), root->problems.end());
  coverage.insert(coverage.end(), root->coverage.begin(), root->coverage.end());
  roots.push_back(std::move(root));
}

void Project::resolve_foreign_edges() {
  if (foreign_edges_.empty()) return;
  std::map<std::pair<std::string_view, std::string_view>, Resource*> by_name;
  for (Resource* resource : resources) {
    if (resource->kind != "resource" || !resource->module_path.empty()) continue;
    by_name.try_emplace({resource->root->path, resource->name}, resource);
  }
  for (const ForeignEdge& edge : foreign_edges_) {
    auto target = by_name.find({edge.root_path, edge.name});
    if (target == by_name.end() || target->second->format != resources[edge.from]->format) continue;
    edges.push_back({EdgeKind::kRefers, edge.from, target->second->index, edge.path, edge.guard});
  }
  foreign_edges_.clear();
}

void Project::seal() {
  resolve_foreign_edges();
  auto key = [](const Edge& edge) { return std::tie(edge.from, edge.kind, edge.to, edge.path, edge.guard); };
  std::sort(edges.begin(), edges.end(), [&](const Edge& a, const Edge& b) { return key(a) < key(b); });
  edges.erase(std::unique(edges.begin(), edges.end(),
                          [&](const Edge& a, const Edge& b) { return key(a) == key(b); }),
              edges.end());
  size_t count = resources.size();
  first_edge_.assign(count + 1, 0);
  first_incoming_.assign(count + 1, 0);
  for (const Edge& edge : edges) {
    ++first_edge_[edge.from + 1];
    ++first_incoming_[edge.to + 1];
  }
  for (size_t i = 0; i < count; ++i) {
    first_edge_[i + 1] += first_edge_[i];
    first_incoming_[i + 1] += first_incoming_[i];
  }
  incoming_.assign(edges.size(), 0);
  std::vector<uint32_t> next(first_incoming_.begin(), first_incoming_.end());
  for (uint32_t i = 0; i < edges.size(); ++i) incoming_[next[edges[i].to]++] = i;
}

std::span<const Edge> Project::edges_from(uint32_t resource) const {
  if (resource + 1 >= first_edge_.size()) return {};
  return {edges.data() + first_edge_[resource], first_edge_[resource + 1] - first_edge_[resource]};
}

std::span<const uint32_t> Project::edges_to(uint32_t resource) const {
  if (resource + 1 >= first_incoming_.size()) return {};
  return {incoming_.data() + first_incoming_[resource],
          first_incoming_[resource + 1] - first_incoming_[resource]};
}

}  // namespace assay::model
