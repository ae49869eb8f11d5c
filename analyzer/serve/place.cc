#include "analyzer/serve/place.h"

namespace assay::serve {
namespace {

using model::Value;

// Takes one step off a path: a key, or the text of an index.
bool take_step(std::string_view& path, std::string_view& step, bool& is_index) {
  if (path.starts_with('.')) path.remove_prefix(1);
  if (path.empty()) return false;
  is_index = false;
  if (path.starts_with("[\"")) {
    size_t close = path.find("\"]", 2);
    if (close == std::string_view::npos) return false;
    step = path.substr(2, close - 2);
    path.remove_prefix(close + 2);
  } else if (path.starts_with('[')) {
    size_t close = path.find(']');
    if (close == std::string_view::npos) return false;
    step = path.substr(1, close - 1);
    is_index = true;
    path.remove_prefix(close + 1);
  } else {
    size_t end = std::min(path.find_first_of(".["), path.size());
    step = path.substr(0, end);
    path.remove_prefix(end);
  }
  return true;
}

const Value* item_at(const Value& list, std::string_view digits) {
  size_t index = 0;
  if (digits.empty() || digits.size() > 9) return nullptr;
  for (char c : digits) {
    if (c < '0' || c > '9') return nullptr;
    index = index * 10 + static_cast<size_t>(c - '0');
  }
  return list.is_sequence() && index < list.size ? &list.items()[index] : nullptr;
}

void add_key(std::string_view key, std::string& out) {
  bool plain = !key.empty() && key.find_first_of(".[]\"") == std::string_view::npos;
  if (plain) {
    if (!out.empty()) out += '.';
    out += key;
  } else {
    out.append("[\"").append(key).append("\"]");  // as in a selector of kubectl: labels["app.kubernetes.io/name"]
  }
}

std::string_view name_in(const Value& item) {
  const Value* name = item.is_mapping() ? item.find("name") : nullptr;
  return name && name->is_string() ? name->text() : std::string_view{};
}

// "containers" makes "container".
std::string_view singular(std::string_view list) {
  if (list == "containers" || list == "initContainers" || list == "ephemeralContainers") return "container";
  if (list.size() > 1 && list.ends_with('s')) list.remove_suffix(1);
  return list;
}

// Goes from the object to the part with this span, or as near as there is one. False: the span lies elsewhere.
bool descend(const Value& object, core::Span wanted, Place& out) {
  if (!object.span.contains(wanted)) return false;
  const Value* at = &object;
  std::string_view last_key;
  while (at->span != wanted) {
    const Value* next = nullptr;
    if (at->is_mapping()) {
      for (const model::Entry& entry : at->entries()) {
        bool inside = entry.value.span.valid() && entry.value.span.contains(wanted);
        if (!inside && !(entry.key_span.valid() && entry.key_span.contains(wanted))) continue;
        add_key(entry.key, out.field);
        add_key(entry.key, out.key);
        last_key = entry.key;
        if (!inside) return true;  // the key itself
        next = &entry.value;
        break;
      }
    } else if (at->is_sequence()) {
      for (size_t i = 0; i < at->size; ++i) {
        const Value& item = at->items()[i];
        if (!item.span.valid() || !item.span.contains(wanted)) continue;
        std::string_view name = name_in(item);
        out.field.append("[").append(std::to_string(i)).append("]");
        out.key.append("[").append(name.empty() ? std::to_string(i) : std::string(name)).append("]");
        if (!name.empty()) out.element = std::string(singular(last_key)) + " \"" + std::string(name) + "\"";
        next = &item;
        break;
      }
    }
    if (next == nullptr) break;
    at = next;
  }
  return true;
}

}  // namespace

Place place_of(const Value& object, const Value& view, const rules::Finding& finding) {
  // As far as the attribute leads to parts of the object; what follows is missing there, and is named as it stands.
  std::string_view path = finding.attribute, rest = path, step;
  const Value* at = &view;
  core::Span known;
  bool is_index = false;
  while (at != nullptr && take_step(path, step, is_index)) {
    at = is_index ? item_at(*at, step) : at->is_mapping() ? at->find(step) : nullptr;
    if (at == nullptr || !at->span.valid() || !object.span.contains(at->span) || at->span == object.span) continue;
    // Lists that only the view has take the place of what they are made of: their items have places of their own.
    if (at->is_sequence() && at->size > 0 && at->items()[0].span.valid() && !at->span.contains(at->items()[0].span)) continue;
    known = at->span;
    rest = path;
  }
  Place out;
  if (!known.valid() || !descend(object, known, out)) {
    out = Place();
    rest = {};
    if (!finding.region.valid() || !descend(object, finding.region, out)) return out;
  }
  while (take_step(rest, step, is_index)) {
    if (is_index) {
      out.field.append("[").append(step).append("]");
      out.key.append("[").append(step).append("]");
    } else {
      add_key(step, out.field);
      add_key(step, out.key);
    }
  }
  return out;
}

}  // namespace assay::serve
