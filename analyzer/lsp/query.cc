#include "analyzer/lsp/features.h"
#include "analyzer/pipeline/discover.h"
#include "parsers/core/path.h"
#include "parsers/syntax/hcl/reader.h"
#include "parsers/syntax/json/reader.h"
#include "parsers/syntax/yaml/reader.h"

namespace assay::lsp {

Query::Query(const Analysis& analysis_, const Layers& layers, const std::string& path_, Encoding encoding)
    : analysis(analysis_), path(path_), place(find_file(analysis_, path_)), ranges(analysis_, encoding) {
  auto found = analysis.documents->find(path);
  if (found != analysis.documents->end()) document = found->second;
  if (!place.area) return;
  auto layer = layers.find(&place.scan());
  layer_ = layer != layers.end() ? layer->second : layers_of(analysis).at(&place.scan());
}

const Lines* Query::lines() {
  if (document) return &document->lines;
  if (!place.area) return nullptr;
  return &ranges.lines(place.scan(), place.file);
}

std::string_view Query::text() {
  const Lines* known = lines();
  return known ? known->text() : std::string_view{};
}

const syntax::Tree* Query::tree() {
  if (own_tree_) return own_tree_.get();
  if (!lines()) return nullptr;
  core::FileId id = place.area ? place.file : 0;
  if (place.area && place.file < place.scan().trees.size()) {
    const syntax::Tree* kept = place.scan().trees[place.file].get();
    if (kept && kept->root && kept->language == syntax::Language::kHcl) return kept;
  }
  switch (pipeline::kind_of(path)) {
    case pipeline::FileKind::kHcl: own_tree_ = syntax::read_hcl(id, text()); break;
    case pipeline::FileKind::kJson: own_tree_ = syntax::read_json(id, text()); break;
    case pipeline::FileKind::kYaml: own_tree_ = syntax::read_yaml(id, text()); break;
    case pipeline::FileKind::kYamlOrJson:
      own_tree_ = text().substr(0, 200).find('{') < text().find(':') ? syntax::read_json(id, text()) : syntax::read_yaml(id, text());
      break;
    default: return nullptr;
  }
  return own_tree_.get();
}

}  // namespace assay::lsp
