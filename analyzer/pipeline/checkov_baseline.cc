// .checkov.baseline, as `checkov --create-baseline` writes it: {"failed_checks": [{"file": "/main.tf",
// "findings": [{"resource": "aws_s3_bucket.b", "check_ids": ["CKV_AWS_20"]}]}]}.
#include <algorithm>
#include <unordered_map>

#include "analyzer/pipeline/checkov_config.h"
#include "analyzer/pipeline/pipeline.h"
#include "parsers/core/text.h"
#include "parsers/syntax/json/reader.h"

namespace assay::pipeline {
namespace {

using syntax::Node;
using syntax::NodeKind;

std::string text_of(const Node& object, std::string_view key) {
  const Node* value = object.kind == NodeKind::kMapping ? syntax::find_pair_value(object, key) : nullptr;
  return value && value->kind == NodeKind::kString ? std::string(value->text) : std::string();
}

std::span<const Node* const> list_of(const Node& object, std::string_view key) {
  const Node* value = object.kind == NodeKind::kMapping ? syntax::find_pair_value(object, key) : nullptr;
  if (!value || value->kind != NodeKind::kSequence) return {};
  return value->children();
}

// Paths of a baseline start with "/" and are relative to what was scanned then, which may lie deeper or
// higher than now.
bool same_file(std::string_view accepted, std::string_view path) {
  while (accepted.starts_with('/')) accepted.remove_prefix(1);
  if (accepted.empty() || accepted == path) return true;
  std::string_view longer = accepted.size() > path.size() ? accepted : path;
  std::string_view shorter = accepted.size() > path.size() ? path : accepted;
  return longer.ends_with(shorter) && longer[longer.size() - shorter.size() - 1] == '/';
}

bool same_resource(std::string_view accepted, const rules::ResourceRef& resource) {
  if (accepted == resource.address) return true;
  // Checkov writes the kind, the namespace ("default" where none is given) and the name.
  if (resource.format == "kubernetes") {
    size_t first = accepted.find('.');
    if (first == std::string_view::npos) return false;
    size_t second = accepted.find('.', first + 1);
    if (second == std::string_view::npos) return false;
    std::string without = std::string(accepted.substr(0, first)) + "." + std::string(accepted.substr(second + 1));
    return accepted.substr(first + 1, second - first - 1) == "default" && without == resource.address;
  }
  std::string_view address = resource.address;
  size_t data = address.find("data.");
  if (data == std::string_view::npos) return false;
  return accepted == std::string(address.substr(0, data)) + std::string(address.substr(data + 5));
}

}  // namespace

CheckovBaseline read_checkov_baseline(const core::FileSystem& files, const std::string& path,
                                      std::vector<UsageError>& errors) {
  CheckovBaseline out;
  out.path = path;
  auto text = files.read(path);
  if (!text) {
    errors.push_back({path, 0, text.error().message});
    return out;
  }
  auto tree = syntax::read_json(core::kNoFile, *text);
  core::LineIndex lines(*text);
  for (const core::Problem& problem : tree->problems) {
    if (problem.severity != core::ProblemSeverity::kError) continue;
    errors.push_back({path, lines.position(problem.span.begin).line, problem.message});
    return out;
  }
  const Node* document = tree->root->child(0);
  const Node* content = document ? document->child(0) : nullptr;
  if (!content || content->kind != NodeKind::kMapping || !syntax::find_pair_value(*content, "failed_checks")) {
    errors.push_back({path, 1, "not a baseline of Checkov's: it must be an object with failed_checks"});
    return out;
  }
  for (const Node* file : list_of(*content, "failed_checks")) {
    for (const Node* finding : list_of(*file, "findings")) {
      CheckovBaseline::Entry entry{text_of(*file, "file"), text_of(*finding, "resource"), {}};
      for (const Node* id : list_of(*finding, "check_ids")) {
        if (id->kind == NodeKind::kString) entry.checks.emplace_back(id->text);
      }
      if (!entry.resource.empty()) out.entries.push_back(std::move(entry));
    }
  }
  return out;
}

size_t apply_checkov_baseline(const CheckovBaseline& baseline, const std::vector<const rules::RuleInfo*>& rules,
                              const core::SourceSet& sources, std::vector<rules::Finding>& findings) {
  if (baseline.entries.empty()) return 0;
  std::unordered_map<std::string_view, std::vector<const CheckovBaseline::Entry*>> by_check;
  for (const CheckovBaseline::Entry& entry : baseline.entries) {
    for (const std::string& check : entry.checks) by_check[check].push_back(&entry);
  }
  size_t accepted = 0;
  for (rules::Finding& finding : findings) {
    const rules::RuleInfo& rule = *rules[finding.rule];
    const core::Span& header = finding.resource.header;
    std::string_view path = header.valid() ? std::string_view(sources.path(header.file)) : std::string_view();
    auto accepts = [&](std::string_view check) {
      auto entries = by_check.find(check);
      return entries != by_check.end() &&
             std::any_of(entries->second.begin(), entries->second.end(), [&](const CheckovBaseline::Entry* entry) {
               return same_file(entry->file, path) && same_resource(entry->resource, finding.resource);
             });
    };
    bool known = accepts(rule.id) || std::any_of(rule.aliases.begin(), rule.aliases.end(), [&](const rules::Alias& alias) {
                   return alias.tool == "checkov" && accepts(alias.id);
                 });
    if (!known || finding.suppressed) continue;
    finding.suppressed = rules::Suppression{"external", "accepted in .checkov.baseline", "", {}};
    ++accepted;
  }
  return accepted;
}

}  // namespace assay::pipeline
