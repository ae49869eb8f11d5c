#include "analyzer/pipeline/config_reader.h"

#include <algorithm>

#include "parsers/core/text.h"
#include "parsers/syntax/scalar.h"
#include "parsers/syntax/yaml/reader.h"

namespace assay::pipeline {

using syntax::Node;
using syntax::NodeKind;

namespace {

constexpr int kMaxMerges = 16;                // merge keys within merge keys
constexpr size_t kMaxConfigBytes = 1u << 20;  // of one file of configuration

}  // namespace

ConfigDocument::ConfigDocument(const core::FileSystem& files, std::string path,
                               std::vector<UsageError>& errors)
    : path_(std::move(path)), errors_(errors) {
  auto text = files.read_up_to(path_, kMaxConfigBytes);
  if (!text) {
    bool large = text.error().code == "file-too-large";
    errors.push_back(
        {path_, 0, large ? "a configuration may have 1 MiB, not more" : text.error().message});
    return;
  }
  text_ = std::move(*text);
  tree_ = syntax::read_yaml(0, text_);
  lines_ = std::make_unique<core::LineIndex>(text_);
  bool broken = false;
  for (const core::Problem& problem : tree_->problems) {
    if (problem.severity == core::ProblemSeverity::kNote) continue;
    core::Position at = lines_->position(problem.span.valid() ? problem.span.begin : 0);
    std::string message = problem.message;
    if (problem.code == "yaml-duplicate-key") {
      std::string key(text_.substr(problem.span.begin,
                                   std::min<size_t>(problem.span.end - problem.span.begin, 80)));
      message = "the key '" + key + "' stands here twice; the first is on line " +
                std::to_string(lines_->position(problem.related.begin).line);
    }
    errors.push_back({path_, at.line, std::move(message), at.column});
    broken = true;
  }
  if (broken) return;
  if (tree_->root->child_count > 1) {
    const Node& second = *tree_->root->child(1);
    error(second, "a configuration is one document; remove what stands behind '---'");
    return;
  }
  const Node* document = tree_->root->child(0);
  content_ = document ? target(document->child(0)) : nullptr;
  if (content_ && is_absent(*content_)) content_ = nullptr;
}

const Node* ConfigDocument::target(const Node* node) {
  while (node && node->kind == NodeKind::kAlias) node = node->child(0);
  return node;
}

bool ConfigDocument::is_absent(const Node& node) {
  if (node.kind == NodeKind::kNull) return true;
  return node.kind == NodeKind::kScalar && node.style == syntax::Style::kPlain &&
         (node.text == "null" || node.text == "~");
}

bool ConfigDocument::is_text(const Node& node) {
  return node.kind != NodeKind::kMapping && node.kind != NodeKind::kSequence && !is_absent(node);
}

Place ConfigDocument::place(const Node& node) const {
  core::Position at = lines_ ? lines_->position(node.begin) : core::Position{};
  return {path_, at.line, at.column, node.begin, node.end};
}

void ConfigDocument::error(const Node& at, std::string message) const {
  Place where = place(at);
  errors_.push_back({path_, where.line, std::move(message), where.column});
}

std::vector<ConfigDocument::Pair> ConfigDocument::pairs(const Node& mapping) const {
  std::vector<Pair> out;
  add_pairs(mapping, out, 0);
  return out;
}

void ConfigDocument::add_pairs(const Node& mapping, std::vector<Pair>& out, int depth) const {
  if (mapping.kind != NodeKind::kMapping || depth > kMaxMerges) return;
  std::vector<const Node*> merged;
  for (const Node* pair : mapping.children()) {
    const Node* key = pair->kind == NodeKind::kPair ? target(pair->child(0)) : nullptr;
    const Node* value = key ? target(pair->child(1)) : nullptr;
    if (!value) continue;
    if (key->text == "<<" && key->style == syntax::Style::kPlain) {
      merged.push_back(value);
      continue;
    }
    bool known = std::any_of(out.begin(), out.end(),
                             [&](const Pair& one) { return one.first->text == key->text; });
    if (!known) out.emplace_back(key, value);
  }
  for (const Node* value : merged) {
    for (const Node* one : items(*value)) add_pairs(*one, out, depth + 1);
  }
}

std::vector<const Node*> ConfigDocument::items(const Node& node) const {
  if (node.kind != NodeKind::kSequence) return {&node};
  std::vector<const Node*> out;
  for (const Node* item : node.children()) {
    if (const Node* one = target(item)) out.push_back(one);
  }
  return out;
}

}  // namespace assay::pipeline
