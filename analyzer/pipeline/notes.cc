#include "analyzer/pipeline/notes.h"

#include <algorithm>
#include <unordered_set>

#include "analyzer/pipeline/pipeline.h"
#include "parsers/core/path.h"
#include "parsers/formats/kubernetes/link.h"
#include "rules/identity/cluster.h"
#include "rules/identity/principals.h"
#include "rules/lang/cel/environment.h"

namespace assay::pipeline {
namespace {

using model::TieKind;

std::string_view directory_of(std::string_view path) {
  size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash);
}

void add_rows(std::vector<TieRow>& rows, model::Ties& ties, uint32_t node) {
  model::sort_ties(ties);
  for (model::Tie tie : ties) rows.push_back({tie, node});
}

// What of the resource others may find, wherever they are.
void add_ties(const model::Resource& resource, model::Ties& out) {
  rules::identity::Principals::add_ties(resource, out);
  rules::identity::Cluster::add_ties(resource, out);
  for (std::string_view type : rules::cel::searched_views()) {
    const core::Symbol symbol(type);
    for (const model::View& view : resource.views) {
      if (view.type == symbol) out.push_back(model::make_tie(TieKind::kView, type));
    }
  }
  if (resource.type == "helm_release" && resource.root->format == "terraform") {
    out.push_back(model::make_tie(TieKind::kGenerator, resource.root->path));
    out.push_back(model::make_tie(TieKind::kUnread, resource.root->path));
  }
}

void add_ties(const model::Root& root, model::Ties& out) {
  out.push_back(model::make_tie(TieKind::kRoot, root.path));
  for (const model::Coverage& coverage : root.coverage) {
    if (coverage.state == model::Coverage::State::kEvaluated) continue;
    out.push_back(model::make_tie(TieKind::kUnread, root.format == "terraform" ? std::string_view(root.path) : directory_of(coverage.path)));
  }
}

}  // namespace

bool is_counted(const model::Resource& resource) {
  return resource.kind == "resource" || resource.kind == "object" || resource.kind == "data";
}

void ScanNotes::add_root(const model::Root& root, model::Ties asks, bool planned) {
  for (const model::ForeignEdge& edge : root.foreign_edges) asks.push_back(model::make_tie(TieKind::kRoot, edge.root_path));
  roots_.push_back(std::move(asks));
  planned_ |= planned;
}

std::unique_ptr<Partition> ScanNotes::partition(const Scan& scan, const std::vector<FilesOfRoot>& files_of_roots, std::string base,
                                                std::string boundary, size_t passed_over) {
  if (planned_ || of_files.size() != scan.sources.size()) return nullptr;
  auto out = std::make_unique<Partition>();
  out->base = std::move(base);
  out->boundary = std::move(boundary);
  out->passed_over = passed_over;
  std::unordered_set<std::string_view> paths;
  for (core::FileId id = 0; id < scan.sources.size(); ++id) {
    out->files.push_back(scan.sources.path(id));
    if (out->files.back().find('!') != std::string::npos) return nullptr;  // lies inside another file
  }
  paths.insert(out->files.begin(), out->files.end());
  for (const rules::CoverageRow& row : scan.report.coverage) {
    if (passed_over + (&row - scan.report.coverage.data()) >= scan.report.coverage.size()) break;
    if (!row.is_root && !paths.contains(row.path)) return nullptr;
  }
  for (const auto* keys : {&evaluation.keys, &suppressions.keys}) {
    for (const rules::FingerprintKey& key : *keys) {
      if (key.file == core::kNoFile) return nullptr;
    }
  }
  out->evaluations.resize(out->files.size());
  for (core::FileId id = 0; id < out->files.size(); ++id) {
    const std::string& path = out->files[id];
    formats::FileTies& ties = of_files[id];
    ties.haves.push_back(model::make_tie(TieKind::kFile, path));
    ties.haves.push_back(model::make_tie(TieKind::kFileName, core::base_name(path)));
    if (formats::is_generator(path)) ties.haves.push_back(model::make_tie(TieKind::kGenerator, directory_of(path)));
    add_rows(out->asks, ties.asks, id);
    add_rows(out->haves, ties.haves, id);
  }
  const auto& objects = scan.project.kubernetes.objects();
  auto object = objects.begin();  // in the order of resources
  for (size_t i = 0; i < files_of_roots.size(); ++i) {
    const model::Root& root = *scan.project.roots[i];
    RootPart& part = out->roots.emplace_back();
    part.path = root.path;
    part.format = root.format;
    part.files = files_of_roots[i];
    std::sort(part.files.begin(), part.files.end());
    part.files.erase(std::unique(part.files.begin(), part.files.end()), part.files.end());
    if (part.files.empty()) return nullptr;
    model::Ties asks = std::move(roots_[i]), haves;
    add_ties(root, haves);
    for (const model::Resource& resource : root.resources) {
      part.resources += is_counted(resource);
      part.evaluations += evaluation.evaluations[resource.index];
      for (const auto* from : {&links[resource.index], &evaluation.asks[resource.index]}) asks.insert(asks.end(), from->begin(), from->end());
      add_ties(resource, haves);
      for (; object != objects.end() && object->resource == &resource; ++object) model::kubernetes::Index::add_ties(*object, haves);
    }
    add_rows(out->asks, asks, out->node_of_root(i));
    add_rows(out->haves, haves, out->node_of_root(i));
  }
  if (object != objects.end()) return nullptr;
  // What was found in texts is its file's.
  for (size_t i = files_of_roots.size(); i < scan.project.roots.size(); ++i) {
    for (const model::Resource& resource : scan.project.roots[i]->resources) {
      out->evaluations[resource.header.file] += evaluation.evaluations[resource.index];
    }
  }
  out->keys = std::move(evaluation.keys);
  out->suppression_keys = std::move(suppressions.keys);
  std::sort(out->asks.begin(), out->asks.end());
  std::sort(out->haves.begin(), out->haves.end());
  find_parts(*out);
  return out;
}

}  // namespace assay::pipeline
