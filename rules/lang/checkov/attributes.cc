#include "rules/lang/checkov/attributes.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "parsers/core/text.h"
#include "parsers/model/alias_values.h"
#include "rules/lang/checkov/operators.h"

namespace assay::rules::checkov {
namespace {

using model::Value;

constexpr int kMaxDepth = 64;
constexpr size_t kMaxFound = 10000;

bool is_index(std::string_view part) {
  return !part.empty() && part.size() < 8 && std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string joined(std::string_view path, std::string_view key) {
  std::string out(path);
  bool plain = key.find_first_of(".[\"") == std::string_view::npos;
  if (plain) return out + (path.empty() ? "" : ".") + std::string(key);
  return out + "[\"" + std::string(key) + "\"]";
}

}  // namespace

bool Attributes::spend(uint64_t steps) {
  if (context_.steps_left < steps) {
    context_.steps_left = 0;
    return false;
  }
  context_.steps_left -= steps;
  return true;
}

const Value& Attributes::settle(const Value& given) {
  const Value* value = &context_.world->resolve(guards_, given);
  for (int depth = 0; depth < kMaxDepth; ++depth) {
    if (!value->is_sequence()) return *value;
    bool guarded = std::any_of(value->items().begin(), value->items().end(),
                               [](const Value& item) { return item.guard != model::kAlways; });
    if (guarded) {
      std::vector<Value> present;
      for (const Value& item : value->items()) {
        if (context_.world->present(guards_, item)) present.push_back(model::with_guard(item, model::kAlways));
      }
      Value list = model::list_value(present, *context_.arena, value->kind);
      list.flags = value->flags;
      list.span = value->span;
      list.origin = value->origin;
      value = context_.arena->make<Value>(list);
    }
    bool single = (value->flags & model::kBlockValue) != 0 && value->size == 1;
    if (!single) return *value;
    value = &context_.world->resolve(guards_, value->items()[0]);
  }
  return *value;
}

const Value* Attributes::structure_of(std::string_view text, core::Span span) {
  size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || (text[first] != '{' && text[first] != '[')) return nullptr;
  std::vector<Memo>* memos = context_.memos;
  if (memos) {
    for (const Memo& memo : *memos) {
      if (memo.text.data() == text.data() && memo.text.size() == text.size()) return memo.value;
    }
  }
  const Value* out = nullptr;
  if (auto parsed = model::parse_json_text(text, {}, span, nullptr, *context_.arena)) {
    if (parsed->is_mapping() || parsed->is_sequence()) out = context_.arena->make<Value>(*parsed);
  }
  if (memos) memos->push_back({text, out});
  return out;
}

Attributes::At Attributes::enter(const Value& value, std::string path, bool inside_unknown) {
  const Value& resolved = context_.world->resolve(guards_, value);
  At at{&settle(resolved), std::move(path), inside_unknown};
  at.block = resolved.is_sequence() && (resolved.flags & model::kBlockValue) != 0 && at.value->is_mapping();
  if (at.block) at.path += "[0]";
  return at;
}

Attributes::At Attributes::start() { return enter(resource_.attributes, "", false); }

bool Attributes::child(const At& at, std::string_view key, At& out) {
  const Value* value = at.value;
  bool inside = at.inside_unknown;
  if (value->is_string()) value = structure_of(value->text(), value->span);
  if (value && value->is_unknown() && value->unknown().structure) value = &settle(*value->unknown().structure);
  if (!value || !spend(1)) return false;
  if (value->is_unknown()) {
    const model::Unknown& unknown = value->unknown();
    if (unknown.type && unknown.type->is_primitive()) return false;
    std::string id(unknown.id.text());
    Value part = model::derived_unknown(id.empty() ? "" : id + "." + std::string(key), nullptr, {value, 1}, guards_, *context_.arena);
    part.span = value->span;
    part.origin = value->origin;
    out = {context_.arena->make<Value>(part), joined(at.path, key), true};
    return true;
  }
  const Value* found = value->find(key);
  if (!found || !context_.world->present(guards_, *found)) return false;
  out = enter(*found, joined(at.path, key), inside);
  return true;
}

size_t Attributes::size_of(const At& at) const {
  if (at.value->is_unknown()) return 1;
  return at.value->is_sequence() ? at.value->size : 0;
}

bool Attributes::element(const At& at, size_t index, At& out) {
  if (!spend(1)) return false;
  if (at.value->is_sequence() && index < at.value->size) {
    out = enter(at.value->items()[index], at.path + "[" + std::to_string(index) + "]", at.inside_unknown);
    return true;
  }
  return false;
}

Found found_at(const Value* value, std::string path, bool inside) { return {value, std::move(path), inside}; }

Found Attributes::find(std::span<const std::string> parts) {
  std::vector<Found> out;
  collect(start(), parts, true, out);
  return out.empty() ? Found{} : std::move(out.front());
}

std::vector<Found> Attributes::find_all(std::span<const std::string> parts) {
  std::vector<Found> out;
  At at = start();
  collect(at, parts, true, out);
  // The pattern without its indices counts too: a block that occurs once has none.
  std::vector<std::string> bare;
  for (const std::string& part : parts) {
    if (part != "*") bare.push_back(part);
  }
  if (bare.size() < parts.size()) collect(at, bare, false, out);
  return out;
}

void Attributes::collect(const At& at, std::span<const std::string> parts, bool numbered, std::vector<Found>& out) {
  if (out.size() >= kMaxFound) return;
  if (parts.empty()) {
    out.push_back(found_at(at.value, at.path, at.inside_unknown));
    return;
  }
  At next;
  const std::string& part = parts[0];
  if (part == "*" && numbered) {
    if (at.value->is_unknown()) {  // one element stands for all
      if (child(at, "*", next)) collect(next, parts.subspan(1), numbered, out);
      return;
    }
    for (size_t i = 0; i < size_of(at); ++i) {
      if (element(at, i, next)) collect(next, parts.subspan(1), numbered, out);
    }
    return;
  }
  if (at.value->is_sequence()) {
    if (is_index(part)) {
      size_t index = std::strtoul(part.c_str(), nullptr, 10);
      if (element(at, index, next)) collect(next, parts.subspan(1), numbered, out);
    } else if (at.value->size == 1 && element(at, 0, next)) {
      collect(next, parts, numbered, out);  // a list of one object reads as the object
    }
    return;
  }
  // A key may hold dots: as many parts as it takes.
  std::string key = part;
  for (size_t taken = 1; taken <= parts.size(); ++taken) {
    if (child(at, key, next)) {
      collect(next, parts.subspan(taken), numbered, out);
      return;
    }
    if (taken == parts.size() || parts[taken] == "*" || !at.value->is_mapping()) return;
    key += "." + parts[taken];
  }
}

std::vector<Found> Attributes::find_all(const JsonPath& path) {
  std::vector<Found> out;
  step(start(), path.steps, 0, out);
  return out;
}

void Attributes::step(const At& at, std::span<const JsonStep> steps, int depth, std::vector<Found>& out) {
  if (depth > kMaxDepth || out.size() >= kMaxFound || !spend(1)) return;
  if (steps.empty()) {
    out.push_back(found_at(at.value, at.path, at.inside_unknown));
    return;
  }
  const JsonStep& first = steps[0];
  auto rest = steps.subspan(1);
  At next;
  At here = at;
  if (here.value->is_string()) {
    if (const Value* structure = structure_of(here.value->text(), here.value->span)) here.value = structure;
  } else if (here.value->is_unknown() && here.value->unknown().structure) {
    here.value = &settle(*here.value->unknown().structure);
  }
  switch (first.kind) {
    case JsonStep::Kind::kFields:
      if (here.value->is_sequence()) return;
      for (const std::string& name : first.names) {
        if (child(here, name, next)) step(next, rest, depth + 1, out);
      }
      return;
    case JsonStep::Kind::kAnyField:
      if (here.value->is_mapping()) {
        for (const model::Entry& entry : here.value->entries()) {
          if (child(here, entry.key, next)) step(next, rest, depth + 1, out);
        }
      } else if (here.value->is_unknown() && child(here, "*", next)) {
        step(next, rest, depth + 1, out);
      }
      return;
    case JsonStep::Kind::kIndex: {
      if (!here.value->is_sequence()) return;
      int64_t index = first.index < 0 ? first.index + here.value->size : first.index;
      if (index >= 0 && element(here, static_cast<size_t>(index), next)) step(next, rest, depth + 1, out);
      return;
    }
    case JsonStep::Kind::kSlice: {
      if (!here.value->is_sequence()) {
        if (here.value->is_unknown() && child(here, "*", next)) return step(next, rest, depth + 1, out);
        return step(here, rest, depth + 1, out);
      }
      int64_t size = here.value->size;
      auto clamp = [&](int64_t at_index) { return std::clamp<int64_t>(at_index < 0 ? at_index + size : at_index, 0, size); };
      int64_t from = first.open_first ? 0 : clamp(first.index);
      int64_t to = first.open_last ? size : clamp(first.last);
      for (int64_t i = from; i < to; ++i) {
        if (element(here, static_cast<size_t>(i), next)) step(next, rest, depth + 1, out);
      }
      return;
    }
    case JsonStep::Kind::kFilter: {
      auto judge = [&](const At& candidate) {
        bool all = std::all_of(first.filters.begin(), first.filters.end(),
                               [&](const JsonFilter& filter) { return holds(candidate, filter, depth); });
        if (all) step(candidate, rest, depth + 1, out);
      };
      if (here.value->is_mapping()) return judge(here);
      if (here.value->is_unknown()) {
        if (child(here, "*", next)) judge(next);
        return;
      }
      for (size_t i = 0; i < size_of(here); ++i) {
        if (element(here, i, next)) judge(next);
      }
      return;
    }
    case JsonStep::Kind::kDescend: {
      if (rest.empty()) return;
      step(here, rest, depth + 1, out);
      if (here.value->is_mapping()) {
        for (const model::Entry& entry : here.value->entries()) {
          if (child(here, entry.key, next)) step(next, steps, depth + 1, out);
        }
      }
      for (size_t i = 0; here.value->is_sequence() && i < size_of(here); ++i) {
        if (element(here, i, next)) step(next, steps, depth + 1, out);
      }
      return;
    }
  }
}

bool Attributes::holds(const At& element, const JsonFilter& filter, int depth) {
  std::vector<Found> found;
  step(element, filter.target->steps, depth + 1, found);
  if (filter.compare == JsonFilter::Compare::kMissing) return found.empty();
  if (filter.compare == JsonFilter::Compare::kExists) return !found.empty();
  return std::any_of(found.begin(), found.end(), [&](const Found& at) { return filter_holds(*this, *at.value, filter); });
}

}  // namespace assay::rules::checkov
