#include "rules/engine/region.h"

#include <algorithm>

namespace assay::rules {
namespace {

// "ingress[1].cidr_blocks" -> "ingress.cidr_blocks": for comparing with paths of rule files, where
// "[*]" and "[]" stand for any index.
std::string without_indices(std::string_view path) {
  std::string out;
  for (size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '[' && i + 1 < path.size() && path[i + 1] != '"') {
      size_t close = path.find(']', i);
      if (close == std::string_view::npos) break;
      i = close;
    } else {
      out += path[i];
    }
  }
  return out;
}

// A mapping or list that spans many lines is pointed at by its first line.
core::Span first_line(const core::SourceSet& sources, core::Span span) {
  if (!span.valid()) return span;
  std::string_view text = sources.text(span);
  size_t line_break = text.find('\n');
  if (line_break == std::string_view::npos) return span;
  while (line_break > 0 && (text[line_break - 1] == '\r' || text[line_break - 1] == ' ')) --line_break;
  span.end = span.begin + static_cast<uint32_t>(line_break);
  return span;
}

const model::Value* find_in(const model::Value& base, const std::string& path) {
  return path.find("[*]") == std::string::npos && path.find("[]") == std::string::npos
             ? model::at_path(base, path)
             : nullptr;
}

}  // namespace

void locate(const Rule& rule, const core::SourceSet& sources, const model::Resource& resource,
            const model::Value& view, const model::Value* item, std::string_view item_path,
            const std::vector<Read>& reads, Finding& finding) {
  const model::Value* chosen = nullptr;
  const model::Value& base = item ? *item : view;
  auto usable = [](const model::Value* value) { return value != nullptr && value->span.valid(); };
  for (const std::string& at : rule.at) {
    std::string plain = without_indices(at);
    for (auto read = reads.rbegin(); read != reads.rend() && !chosen; ++read) {
      std::string seen = without_indices(read->path);
      if (usable(read->value) && (seen == plain || seen.ends_with("." + plain))) {
        chosen = read->value;
        finding.attribute = std::string(read->path);
      }
    }
    if (!chosen && usable(find_in(base, at))) {
      chosen = find_in(base, at);
      finding.attribute = item_path.empty() ? at : std::string(item_path) + "." + at;
    }
    if (chosen) break;
  }
  if (!chosen && rule.at.empty()) {
    for (auto read = reads.rbegin(); read != reads.rend() && !chosen; ++read) {
      if (!usable(read->value)) continue;
      chosen = read->value;
      finding.attribute = std::string(read->path);
    }
  }
  if (!chosen && item) {
    finding.attribute = std::string(item_path);
    if (usable(item)) chosen = item;
  }
  if (finding.attribute.empty() && !rule.at.empty()) finding.attribute = rule.at.front();

  // A value that is a whole resource (a missing attribute of the view itself) points at the header.
  bool whole = chosen && chosen->span.file == resource.span.file && chosen->span.contains(resource.span);
  if (!chosen || whole) {
    finding.region = resource.header.valid() ? resource.header : resource.span;
    finding.region = first_line(sources, finding.region);
    return;
  }
  finding.region = chosen->span;
  const model::Origin* literal = model::deciding_literal(chosen->origin);
  if (literal && literal->span.valid() && literal->span.file < sources.size() &&
      chosen->is_primitive()) {
    finding.region = literal->span;
  }
  if (!chosen->is_primitive()) finding.region = first_line(sources, finding.region);
  for (const model::Origin* hop : model::chain(chosen->origin)) {
    std::string what(model::kind_name(hop->kind));
    if (!hop->what.empty()) what += " " + std::string(hop->what);
    finding.origin.push_back({hop->span, std::move(what)});
  }
  core::Span expression = chosen->span;
  bool has_expression =
      std::any_of(finding.origin.begin(), finding.origin.end(),
                  [&](const OriginStep& step) { return step.span == expression; });
  if (!finding.origin.empty() && !has_expression && expression.valid()) {
    finding.origin.push_back({expression, "attribute " + finding.attribute});
  }
}

}  // namespace assay::rules
