#include "analyzer/lsp/layer.h"

#include <algorithm>

#include "parsers/model/origin.h"
#include "parsers/model/value.h"

namespace assay::lsp {
namespace {

constexpr int kMaxDepth = 64;

// Notes each file that a value, its keys or where it comes from stand in.
void add_files(const model::Value& value, int depth, std::vector<core::FileId>& files) {
  if (depth > kMaxDepth) return;
  auto add = [&](const core::Span& span) {
    // A resource has values of few files, mostly of the one before.
    if (span.valid() && std::find(files.rbegin(), files.rend(), span.file) == files.rend()) files.push_back(span.file);
  };
  add(value.span);
  const model::Origin* hop = value.origin;
  for (int steps = 0; hop && steps < kMaxDepth; ++steps) {
    add(hop->span);
    hop = hop->from_count == 1 ? hop->from()[0] : nullptr;
  }
  if (value.is_mapping()) {
    for (const model::Entry& entry : value.entries()) {
      add(entry.key_span);
      add_files(entry.value, depth + 1, files);
    }
  } else if (value.is_sequence()) {
    for (const model::Value& item : value.items()) add_files(item, depth + 1, files);
  }
}

}  // namespace

const report::Redactor& Layer::redactor() const {
  std::call_once(redactor_made_, [&] { redactor_.emplace(scan_->report, hidden_); });
  return *redactor_;
}

const std::vector<const model::Resource*>& Layer::resources(core::FileId file) const {
  static const std::vector<const model::Resource*> kNone;
  std::call_once(resources_made_, [&] {
    resources_.resize(scan_->sources.size());
    std::vector<core::FileId> files;
    for (const model::Resource* resource : scan_->project.resources) {
      files.clear();
      if (resource->span.valid()) files.push_back(resource->span.file);
      add_files(resource->attributes, 0, files);
      for (core::FileId one : files) {
        if (one < resources_.size()) resources_[one].push_back(resource);
      }
    }
  });
  return file < resources_.size() ? resources_[file] : kNone;
}

Layers layers_of(const Analysis& analysis, const Layers& before) {
  std::map<const pipeline::Scan*, std::shared_ptr<const Layer::Tokens>> own;
  std::map<std::string_view, std::vector<std::string>> hidden;  // by path of the area
  for (const auto& area : analysis.areas) {
    if (!area->scan) continue;
    auto known = before.find(area->scan.get());
    auto& tokens = own[area->scan.get()];
    tokens = known != before.end() ? known->second->own()
                                   : std::make_shared<const Layer::Tokens>(report::Redactor::tokens_of(area->scan->report));
    std::vector<std::string>& all = hidden[area->area.path];
    for (const auto& [file, text] : *tokens) {
      if (area->holds(file)) all.push_back(text);
    }
  }
  for (auto& [path, tokens] : hidden) report::Redactor::sort_tokens(tokens);
  Layers out;
  for (const auto& area : analysis.areas) {
    if (!area->scan) continue;
    const std::vector<std::string>& tokens = hidden[area->area.path];
    auto known = before.find(area->scan.get());
    bool same = known != before.end() && known->second->hidden() == tokens;
    out[area->scan.get()] = same ? known->second : std::make_shared<const Layer>(area->scan, own[area->scan.get()], tokens);
  }
  return out;
}

}  // namespace assay::lsp
