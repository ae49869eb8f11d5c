#include "parsers/model/alias_inverse.h"

#include <algorithm>

namespace assay::model {
namespace {

bool same_step(const PathStep& a, const PathStep& b) {
  return a.kind == b.kind && a.key == b.key &&
         (a.kind != PathStep::Kind::kIndex || a.index == b.index);
}

// How many steps of `path` the target covers: all of its own, or none.
size_t covered(const Path& target, std::span<const PathStep> path) {
  if (target.empty() || target.size() > path.size()) return 0;
  for (size_t i = 0; i < target.size(); ++i) {
    if (!same_step(target[i], path[i])) return 0;
  }
  return target.size();
}

NativeStep native_step(const PathStep& step, bool any_case) {
  NativeStep out;
  out.key = step.key;
  out.index = step.index;
  out.is_index = step.kind == PathStep::Kind::kIndex;
  out.any_case = any_case && !out.is_index;
  return out;
}

// Can a value go back through these? `snake` is told where names below are spelt by that law.
bool reversible(const Mapping& mapping, bool& snake, bool& inverted) {
  if (mapping.has_constant) return false;
  for (Coercion coercion : mapping.coercions) {
    switch (coercion) {
      case Coercion::kSnake:
      case Coercion::kAwscc:
        snake = true;
        break;
      case Coercion::kNot:
        inverted = !inverted;
        break;
      case Coercion::kBool:
      case Coercion::kNumber:
      case Coercion::kString:
      case Coercion::kSingle:
        break;
      case Coercion::kList:
      case Coercion::kPairs:
      case Coercion::kJson:
      case Coercion::kCamel:
        return false;
    }
  }
  return true;
}

// Lists of {Key, Value}: tables ask them for a key with a dot in it, which no property has.
bool is_pair_key(const NativeTable& table, const Path& source) {
  bool cloudformation = table.format == "cloudformation" || table.awscc;
  return cloudformation && source.size() >= 2 && source.back().kind == PathStep::Kind::kKey &&
         source.back().key.find('.') != std::string_view::npos &&
         source[source.size() - 2].key.ends_with(table.awscc ? "_attributes" : "Attributes");
}

struct Match {
  size_t length;
  NativePlace place;
};

void add_places(const NativeTable& table, const std::vector<Mapping>& mappings, bool as_is,
                bool snake, std::span<const PathStep> path, std::vector<NativePlace>& out) {
  std::vector<Match> found;
  bool named = false;  // a mapping gives exactly this attribute
  for (const Mapping& mapping : mappings) {
    size_t length = covered(mapping.target, path);
    if (length == 0) continue;
    bool below = length < path.size();
    named = named || !below;
    bool names_in_snake = false, inverted = false;
    if (!reversible(mapping, names_in_snake, inverted)) continue;
    if (below && (inverted || !mapping.map.empty() || !mapping.parts.empty())) continue;
    for (const Path& source : mapping.sources) {
      Match match{length, {}};
      match.place.table = &table;
      bool each = false;
      for (const PathStep& step : source) {
        each = each || step.kind == PathStep::Kind::kEach;
        match.place.steps.push_back(native_step(step, false));
      }
      if (each || source.empty()) continue;
      if (table.awscc && is_pair_key(table, source)) continue;  // no editor of HCL adds such elements
      for (size_t i = length; i < path.size(); ++i)
        match.place.steps.push_back(native_step(path[i], names_in_snake));
      if (!mapping.map.empty()) match.place.map = &mapping.map;
      match.place.inverted = inverted;
      match.place.is_pair = !below && is_pair_key(table, source);
      found.push_back(std::move(match));
    }
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const Match& a, const Match& b) { return a.length > b.length; });
  for (Match& match : found) {
    if (match.length == found.front().length) out.push_back(std::move(match.place));
  }
  if (named || (!as_is && !snake) || (!out.empty() && !as_is)) return;
  NativePlace place;
  place.table = &table;
  for (const PathStep& step : path) {
    if (step.kind == PathStep::Kind::kEach) return;
    place.steps.push_back(native_step(step, snake));
  }
  out.push_back(std::move(place));
}

}  // namespace

Path parse_canonical_path(std::string_view text) {
  Path out;
  while (!text.empty()) {
    PathStep step;
    if (text[0] == '.') {
      if (out.empty()) return {};
      text.remove_prefix(1);
    }
    if (text.starts_with("[]")) {
      step.kind = PathStep::Kind::kEach;
      text.remove_prefix(2);
    } else if (text.starts_with("[\"")) {
      size_t close = text.find("\"]", 2);
      if (close == std::string_view::npos) return {};
      step.key = text.substr(2, close - 2);
      text.remove_prefix(close + 2);
    } else if (text.starts_with('[')) {
      size_t close = text.find(']');
      if (close == std::string_view::npos || close == 1 || close > 9) return {};
      step.kind = PathStep::Kind::kIndex;
      for (char c : text.substr(1, close - 1)) {
        if (c < '0' || c > '9') return {};
        step.index = step.index * 10 + static_cast<uint32_t>(c - '0');
      }
      text.remove_prefix(close + 1);
    } else {
      size_t end = std::min(text.find_first_of(".["), text.size());
      if (end == 0) return {};
      step.key = text.substr(0, end);
      text.remove_prefix(end);
    }
    out.push_back(step);
  }
  return out;
}

std::vector<NativePlace> native_places(const NativeTable& table, const Path& each,
                                       const Path& path) {
  std::vector<NativePlace> out;
  bool terraform = table.format == "terraform" && !table.satellite && !table.awscc;
  if (each.empty()) {
    add_places(table, table.mappings, terraform, table.take_snake, path, out);
    return out;
  }
  // Of an element: the mappings that make such elements, from the outermost list to the innermost.
  std::vector<const Mapping*> lists;
  const std::vector<Mapping>* level = &table.mappings;
  std::span<const PathStep> rest(each);
  bool as_is = terraform, snake = table.take_snake;
  while (!rest.empty()) {
    lists.clear();
    size_t length = 0;
    for (const Mapping& mapping : *level) {
      size_t covers = covered(mapping.target, rest);
      if (covers == 0 || mapping.target.back().kind != PathStep::Kind::kEach) continue;
      lists.push_back(&mapping);
      length = covers;
    }
    if (lists.empty()) break;
    as_is = lists.size() == 1 && lists[0]->parts.empty();
    snake = std::find(lists[0]->coercions.begin(), lists[0]->coercions.end(), Coercion::kSnake) !=
            lists[0]->coercions.end();
    level = &lists[0]->parts;
    rest = rest.subspan(length);
  }
  if (lists.empty()) {
    // No line speaks of the list: its elements are as they are, if they are taken over at all.
    for (const Mapping& mapping : table.mappings) {
      size_t covers = covered(mapping.target, each);
      bool names_in_snake = false, inverted = false;
      if (covers > 0 && reversible(mapping, names_in_snake, inverted))
        snake = names_in_snake, as_is = true;
    }
    add_places(table, {}, as_is, snake, path, out);
    return out;
  }
  for (const Mapping* list : lists)
    add_places(table, list->parts, as_is && !snake, snake, path, out);
  return out;
}

std::string pascal_case(std::string_view name) {
  std::string out;
  bool start = true;
  for (char c : name) {
    if (c == '_') {
      start = true;
      continue;
    }
    out += start && c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    start = false;
  }
  return out;
}

}  // namespace assay::model
