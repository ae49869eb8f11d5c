#include "rules/engine/elements.h"

namespace assay::rules {
namespace {

void collect(const model::Resource& resource, const model::Value& at, std::string_view rest, Element so_far,
             core::Arena& scratch, std::vector<Element>& out);

// Goes into the elements of `list` and on with `rest` ("" ends there).
void collect_items(const model::Resource& resource, const model::Value& list, std::string_view rest,
                   Element so_far, core::Arena& scratch, std::vector<Element>& out) {
  auto with_guard = [](Element element, model::Guard guard) {
    if (guard != model::kAlways) element.guards.push_back(guard);
    return element;
  };
  auto go_on = [&](const model::Value& item, Element element, std::string index) {
    element.path += index;
    if (rest.empty()) {
      element.value = &item;
      out.push_back(std::move(element));
    } else {
      collect(resource, item, rest, std::move(element), scratch, out);
    }
  };
  if (list.is_alternatives()) {
    for (const model::Alternative& alternative : list.alternatives()) {
      collect_items(resource, alternative.value, rest, with_guard(so_far, alternative.guard), scratch, out);
    }
  } else if (list.is_unknown()) {
    std::string id(list.unknown().id.text());
    auto* item = scratch.make<model::Value>(model::derived_unknown(
        id.empty() ? "" : id + "[*]", nullptr, std::span(&list, 1), resource.root->guards, scratch));
    item->span = list.span;
    item->origin = list.origin;
    so_far.maybe_empty = &list;
    go_on(*item, std::move(so_far), "[*]");
  } else if (list.is_sequence()) {
    size_t index = 0;
    for (const model::Value& item : list.items()) {
      go_on(item, with_guard(so_far, item.guard), "[" + std::to_string(index++) + "]");
    }
  } else if (!list.is_null()) {
    go_on(list, std::move(so_far), "");  // a single block or value where a list is usual
  }
}

void collect(const model::Resource& resource, const model::Value& at, std::string_view rest, Element so_far,
             core::Arena& scratch, std::vector<Element>& out) {
  if (at.is_alternatives()) {
    for (const model::Alternative& alternative : at.alternatives()) {
      Element element = so_far;
      element.guards.push_back(alternative.guard);
      collect(resource, alternative.value, rest, std::move(element), scratch, out);
    }
    return;
  }
  if (at.is_sequence() && (at.flags & model::kBlockValue) && at.size == 1) {
    collect(resource, at.items()[0], rest, std::move(so_far), scratch, out);
    return;
  }
  size_t end = rest.find_first_of(".[");
  std::string_view key = rest.substr(0, end);
  const model::Value* found = nullptr;
  if (at.is_unknown()) {
    std::string id(at.unknown().id.text());
    found = scratch.make<model::Value>(
        model::derived_unknown(id.empty() ? "" : id + "." + std::string(key), nullptr,
                               std::span(&at, 1), resource.root->guards, scratch));
  } else {
    found = at.find(key);
  }
  if (found == nullptr) return;
  if (found->guard != model::kAlways) so_far.guards.push_back(found->guard);
  so_far.path += (so_far.path.empty() ? "" : ".") + std::string(key);
  std::string_view after = end == std::string_view::npos ? std::string_view{} : rest.substr(end);
  if (after.starts_with("[].")) {
    collect_items(resource, *found, after.substr(3), std::move(so_far), scratch, out);
  } else if (after.empty() || after == "[]") {
    collect_items(resource, *found, {}, std::move(so_far), scratch, out);
  } else {
    collect(resource, *found, after.substr(1), std::move(so_far), scratch, out);
  }
}

}  // namespace

std::vector<Element> collect_elements(const model::Resource& resource, const model::Value& view,
                                      std::string_view each, core::Arena& scratch) {
  std::vector<Element> out;
  collect(resource, view, each, {}, scratch, out);
  return out;
}

}  // namespace assay::rules
