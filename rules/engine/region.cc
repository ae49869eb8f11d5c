#include "rules/engine/region.h"

#include <algorithm>

namespace assay::rules {
namespace {

// The end of `path` in front of the index that it ends with there, if any; ["keys"] are no indices.
size_t before_index(std::string_view path, size_t end) {
  while (end > 0 && path[end - 1] == ']') {
    size_t open = path.rfind('[', end - 1);
    if (open == std::string_view::npos || path[open + 1] == '"') break;
    end = open;
  }
  return end;
}

// Does `path` ("ingress[1].cidr_blocks") end with the steps of `at` ("cidr_blocks"), whatever the indices? "[*]"
// and "[]" of rule files stand for any.
bool ends_with_steps(std::string_view path, std::string_view at) {
  size_t i = path.size();
  size_t j = at.size();
  while (true) {
    i = before_index(path, i);
    j = before_index(at, j);
    if (j == 0) return i == 0 || path[i - 1] == '.';
    if (i == 0 || path[i - 1] != at[j - 1]) return false;
    --i;
    --j;
  }
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

// One step of a path: "a", ["b.c"], or an index.
struct Step {
  std::string_view key;
  size_t index = 0;
  bool is_index = false;
};

bool next_step(std::string_view& path, Step& out) {
  if (path.empty()) return false;
  if (path[0] == '.') path.remove_prefix(1);
  if (path.starts_with("[\"")) {
    size_t close = path.find("\"]", 2);
    if (close == std::string_view::npos) return false;
    out = {path.substr(2, close - 2), 0, false};
    path.remove_prefix(close + 2);
  } else if (path.starts_with('[')) {
    size_t close = path.find(']');
    if (close == std::string_view::npos) return false;
    size_t index = 0;
    for (char c : path.substr(1, close - 1)) {
      if (c < '0' || c > '9') return false;
      index = index * 10 + static_cast<size_t>(c - '0');
    }
    out = {{}, index, true};
    path.remove_prefix(close + 1);
  } else {
    size_t end = std::min(path.find_first_of(".["), path.size());
    out = {path.substr(0, end), 0, false};
    path.remove_prefix(end);
  }
  return true;
}

// Where something missing would belong: the key or head of the deepest part of `path` that exists.
// Invalid when not even the first step does. `complete` tells that nothing is missing.
core::Span deepest_head(const core::SourceSet& sources, const model::Value& base, std::string_view path,
                        bool& complete) {
  core::Span head;
  const model::Value* at = &base;
  Step step;
  complete = true;
  while (next_step(path, step)) {
    bool block = at->is_sequence() && (at->flags & model::kBlockValue) && at->size == 1 && !step.is_index;
    if (block) at = &at->items()[0];
    const model::Value* found = nullptr;
    core::Span found_head;
    if (step.is_index && at->is_sequence() && step.index < at->size) {
      found = &at->items()[step.index];
      found_head = first_line(sources, found->span);
    } else if (!step.is_index && at->is_mapping()) {
      for (const model::Entry& entry : at->entries()) {
        if (entry.key != step.key) continue;
        found = &entry.value;
        // A part that only the view made has no place of its own.
        bool made = !entry.value.span.valid() || entry.value.span.contains(base.span);
        found_head = entry.key_span.valid() ? entry.key_span
                     : made                 ? core::Span{}
                                            : first_line(sources, entry.value.span);
      }
    }
    if (!found) {
      complete = false;
      return head;
    }
    at = found;
    if (found_head.valid()) head = found_head;
  }
  return head;
}

// The list that the element at `path` ("cidr_blocks[1]") belongs to; null for paths without a last index.
const model::Value* container_of(const model::Value& base, std::string_view path, std::string_view item_path) {
  if (!path.ends_with(']') || path.ends_with("\"]")) return nullptr;
  if (!item_path.empty() && path.starts_with(item_path)) {
    path.remove_prefix(item_path.size());
    if (path.starts_with('.')) path.remove_prefix(1);
  }
  size_t open = path.rfind('[');
  return open == 0 || open == std::string_view::npos ? nullptr : model::at_path(base, path.substr(0, open));
}

}  // namespace

void locate(const Rule& rule, const core::SourceSet& sources, const model::Resource& resource,
            const model::Value& view, const model::Value* item, std::string_view item_path,
            const std::vector<Read>& reads, Finding& finding) {
  const model::Value* chosen = nullptr;
  const model::Value& base = item ? *item : view;
  // Reads are seen from the item or from the view: the attribute is always seen from the view.
  auto from_view = [&](const Read& read) {
    std::string path(read.path);
    if (!item || item_path.empty() || path.starts_with(item_path)) return path;
    const model::Value* there = model::at_path(view, path);
    if (there && (there == read.value || !model::at_path(*item, path))) return path;
    return std::string(item_path) + (path.empty() || path.starts_with('[') ? "" : ".") + path;
  };
  auto usable = [](const model::Value* value) { return value != nullptr && value->span.valid(); };
  for (const std::string& at : rule.at) {
    // What is written comes before what is missing; of a missing attribute the read has its mapping.
    for (bool primitive : {true, false}) {
      for (auto read = reads.rbegin(); read != reads.rend() && !chosen; ++read) {
        if (!usable(read->value) || (primitive && !read->value->is_primitive())) continue;
        if (!ends_with_steps(read->path, at)) continue;
        chosen = read->value;
        finding.attribute = from_view(*read);
      }
    }
    if (chosen) break;
  }
  // Only then what no read decided: of two attributes the one that was read is at fault.
  for (const std::string& at : rule.at) {
    if (chosen) break;
    if (!usable(find_in(base, at))) continue;
    chosen = find_in(base, at);
    finding.attribute = item_path.empty() ? at : std::string(item_path) + "." + at;
  }
  if (!chosen && rule.at.empty()) {
    for (auto read = reads.rbegin(); read != reads.rend() && !chosen; ++read) {
      if (!usable(read->value)) continue;
      chosen = read->value;
      finding.attribute = from_view(*read);
    }
  }
  if (!chosen && item) {
    finding.attribute = std::string(item_path);
    if (usable(item)) chosen = item;
  }
  if (finding.attribute.empty() && !rule.at.empty()) finding.attribute = rule.at.front();

  auto point_at_header = [&] {
    finding.region = first_line(sources, resource.header.valid() ? resource.header : resource.span);
  };
  if (!chosen) return point_at_header();
  bool is_container = chosen->is_mapping() || chosen->is_sequence();
  if (is_container && !finding.attribute.empty()) {
    // Something missing: the value is the nearest part that exists, the path names what is not there.
    std::string_view inside = finding.attribute;
    if (item && !item_path.empty() && inside.starts_with(item_path)) inside.remove_prefix(item_path.size());
    for (const model::Value* from : {item, &view}) {
      if (!from) continue;
      bool complete = false;
      core::Span head = deepest_head(sources, *from, inside, complete);
      if (complete) break;
      if (head.valid()) {
        finding.region = head;
        return;
      }
      if (from == item && item->span.valid()) {
        finding.region = first_line(sources, item->span);
        return;
      }
      return point_at_header();
    }
  }
  // A value that is a whole resource, or stands for its whole view, points at its header.
  bool whole = chosen->span.contains(resource.span) || (is_container && chosen->span.contains(view.span));
  if (whole) return point_at_header();
  finding.region = chosen->span;
  const model::Origin* literal = model::deciding_literal(chosen->origin);
  if (literal && literal->span.valid() && literal->span.file < sources.size() &&
      chosen->is_primitive()) {
    finding.region = literal->span;
  }
  if (!chosen->is_primitive()) {
    core::Span whole = finding.region;
    finding.region = first_line(sources, whole);
    if (finding.region != whole) finding.whole = whole;
  }
  auto add_chain = [&](const model::Origin* origin) {
    for (const model::Origin* hop : model::chain(origin)) {
      std::string what(model::kind_name(hop->kind));
      if (!hop->what.empty()) what += " " + std::string(hop->what);
      // The list that holds the element is no hop of its own.
      if (hop->kind == model::OriginKind::kLiteral && hop->span.contains(finding.region) && !finding.origin.empty()) continue;
      bool known = std::any_of(finding.origin.begin(), finding.origin.end(),
                               [&](const OriginStep& step) { return step.span == hop->span; });
      if (known) continue;
      finding.origin.push_back({hop->span, std::move(what)});
    }
  };
  add_chain(chosen->origin);
  core::Span expression = chosen->span;
  if (const model::Value* list = container_of(base, finding.attribute, item_path); list && list->origin) {
    // An element came the way its list came.
    if (finding.origin.empty()) finding.origin.push_back({finding.region, "literal"});
    add_chain(list->origin);
    expression = list->span;
  }
  bool has_expression =
      std::any_of(finding.origin.begin(), finding.origin.end(),
                  [&](const OriginStep& step) { return step.span == expression; });
  if (!finding.origin.empty() && !has_expression && expression.valid()) {
    finding.origin.push_back({expression, "attribute " + finding.attribute});
  } else if (finding.origin.size() > 1 && finding.origin.back().span == expression && !finding.attribute.empty()) {
    finding.origin.back().what += ", attribute " + finding.attribute;
  }
}

}  // namespace assay::rules
