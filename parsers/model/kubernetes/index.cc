#include "parsers/model/kubernetes/index.h"

#include <algorithm>

#include "parsers/model/resource.h"
#include "parsers/model/ties.h"

namespace assay::model::kubernetes {
namespace {

enum class Match : uint8_t { kNo, kMaybe, kYes };

Match both(Match a, Match b) { return std::min(a, b); }

Match same(const Value& a, const Value& b) {
  if (!a.is_string() || !b.is_string()) {
    // A number where a label is wanted is refused; what is not known may be anything.
    return a.is_unknown() || b.is_unknown() || a.is_alternatives() || b.is_alternatives() ? Match::kMaybe : Match::kNo;
  }
  return a.text() == b.text() ? Match::kYes : Match::kNo;
}

bool is_open(const Value* value) { return value && (value->is_unknown() || value->is_alternatives()); }

Match carries(const Value* own, const Value* wanted) {
  if (!wanted || !wanted->is_mapping()) return is_open(wanted) ? Match::kMaybe : Match::kYes;
  if (is_open(own)) return Match::kMaybe;
  Match all = Match::kYes;
  for (const Entry& label : wanted->entries()) {
    const Value* value = own && own->is_mapping() ? own->find(label.key) : nullptr;
    Match one = value ? same(*value, label.value) : Match::kNo;
    if (one == Match::kYes && value->guard != kAlways) one = Match::kMaybe;
    all = both(all, one);
  }
  return all;
}

std::string_view text_of(const Value& object, std::string_view field) {
  const Value* value = object.is_mapping() ? object.find(field) : nullptr;
  return value && value->is_string() ? value->text() : std::string_view{};
}

Match satisfies(const Value* own, const Value* expressions) {
  if (!expressions || !expressions->is_sequence()) return is_open(expressions) ? Match::kMaybe : Match::kYes;
  if (is_open(own)) return Match::kMaybe;
  Match all = Match::kYes;
  for (const Value& expression : expressions->items()) {
    if (!expression.is_mapping()) return Match::kMaybe;
    std::string_view test = text_of(expression, "operator");
    const Value* value = own && own->is_mapping() ? own->find(text_of(expression, "key")) : nullptr;
    const Value* values = expression.find("values");
    Match listed = is_open(values) ? Match::kMaybe : Match::kNo;
    if (value && values && values->is_sequence()) {
      for (const Value& item : values->items()) listed = std::max(listed, same(item, *value));
    }
    auto inverse = [](Match match) {
      return match == Match::kMaybe ? match : match == Match::kYes ? Match::kNo : Match::kYes;
    };
    if (test == "In") all = both(all, listed);
    else if (test == "NotIn") all = both(all, inverse(listed));
    else if (test == "Exists") all = both(all, value ? Match::kYes : Match::kNo);
    else if (test == "DoesNotExist") all = both(all, value ? Match::kNo : Match::kYes);
    else all = both(all, Match::kMaybe);
  }
  return all;
}

// A custom group: its operator may make objects.
bool is_foreign_group(std::string_view group) {
  return group.find('.') != std::string_view::npos && !group.ends_with(".k8s.io");
}

}  // namespace

std::string Index::key(std::string_view a, std::string_view b, std::string_view c) {
  std::string text;
  text.reserve(a.size() + b.size() + c.size() + 2);
  text.append(a).append(1, '\0').append(b).append(1, '\0').append(c);
  return text;
}

void Index::add(const Object& object) { objects_.push_back(object); }

void Index::add_generator(std::string_view directory) { generators_.emplace(directory); }

void Index::add_unread(std::string_view directory) { incomplete_.emplace(directory); }

void Index::finish() {
  for (const Object& object : objects_) {
    by_resource_.emplace(object.resource, &object);
    by_kind_[key(object.name_space, object.kind, {})].push_back(&object);
    for (const View& view : object.resource->views) by_type_[view.type][object.name_space].push_back(&object);
    beside_.insert(key(object.directory, object.name_space, object.kind));
    if (object.name.empty()) unnamed_.insert(key(object.name_space, object.kind, {}));
    else by_name_[key(object.name_space, object.kind, object.name)].push_back(&object);
    if (is_foreign_group(object.group)) add_unread(object.directory);
    if (!object.pod_spec) continue;
    pods_[object.name_space].push_back(&object);
    const Value* labels = object.pod_metadata ? object.pod_metadata->find("labels") : nullptr;
    if (labels && !wholly_known(*labels)) open_pods_[object.name_space].push_back(&object);
    if (!labels || !labels->is_mapping()) continue;
    for (const Entry& label : labels->entries()) {
      if (!label.value.is_string()) continue;
      by_label_[key(object.name_space, label.key, label.value.text())].push_back(&object);
    }
  }
}

const Object* Index::of(const Resource& resource) const {
  auto at = by_resource_.find(&resource);
  return at == by_resource_.end() ? nullptr : at->second;
}

void Index::keep_closest(const Object& from, Objects& found) {
  if (found.size() < 2) return;
  auto keep = [&](auto close) {
    if (!std::any_of(found.begin(), found.end(), close)) return false;
    std::erase_if(found, [&](const Object* object) { return !close(object); });
    return true;
  };
  // A namespace that is written down is one place, wherever its objects are written.
  if (from.space_written) return;
  if (keep([&](const Object* object) { return object->file == from.file; })) return;
  keep([&](const Object* object) { return object->directory == from.directory; });
}

const Object* Index::find(const Object& from, std::string_view name_space, std::string_view kind,
                          std::string_view name) const {
  ask(TieKind::kObject, name_space, kind, name);
  auto at = by_name_.find(key(name_space, kind, name));
  if (at == by_name_.end()) return nullptr;
  const Object* best = at->second.front();
  for (const Object* object : at->second) {
    if (object->file == from.file) return object;
    if (object->directory == from.directory && best->directory != from.directory) best = object;
  }
  return best;
}

bool Index::unnamed(std::string_view name_space, std::string_view kind) const {
  ask(TieKind::kUnnamed, name_space, kind);
  return !unnamed_.empty() && unnamed_.contains(key(name_space, kind, {}));
}

const std::vector<const Object*>& Index::of_kind(std::string_view name_space, std::string_view kind) const {
  static const Objects kNone;
  ask(TieKind::kObjectKind, name_space, kind);
  auto at = by_kind_.find(key(name_space, kind, {}));
  return at == by_kind_.end() ? kNone : at->second;
}

const std::vector<const Object*>& Index::of_type(std::string_view name_space, core::Symbol type) const {
  static const Objects kNone;
  ask(TieKind::kObjectType, name_space, type.text());
  auto spaces = by_type_.find(type);
  if (spaces == by_type_.end()) return kNone;
  auto at = spaces->second.find(name_space);
  return at == spaces->second.end() ? kNone : at->second;
}

bool Index::beside(const Object& from, std::string_view name_space, std::string_view kind) const {
  ask(TieKind::kBeside, from.directory, name_space, kind);
  return beside_.contains(key(from.directory, name_space, kind));
}

bool Index::generated(const Object& from) const {
  if (generators_.empty() && !asks_are_noted()) return false;
  std::string_view directory = from.directory;
  while (true) {
    ask(TieKind::kGenerator, directory);
    if (generators_.contains(std::string(directory))) return true;
    size_t slash = directory.rfind('/');
    if (slash == std::string_view::npos) {
      ask(TieKind::kGenerator);
      return !directory.empty() && generators_.contains("");
    }
    directory = directory.substr(0, slash);
  }
}

bool Index::incomplete(const Object& from) const {
  ask(TieKind::kUnread, from.directory);
  return incomplete_.contains(std::string(from.directory));
}

// What select() will look at.
void Index::ask_for_selected(std::string_view name_space, const Value* labels) {
  if (!asks_are_noted()) return;
  ask(TieKind::kOpenPods, name_space);
  bool keyed = false;
  for (const Entry& label : labels && labels->is_mapping() ? labels->entries() : std::span<const Entry>{}) {
    if (!label.value.is_string()) continue;
    keyed = true;
    ask(TieKind::kLabel, name_space, label.key, label.value.text());
  }
  if (!keyed) ask(TieKind::kPods, name_space);
}

void Index::add_ties(const Object& object, Ties& out) {
  auto has = [&](TieKind kind, std::string_view a, std::string_view b = {}, std::string_view c = {}) {
    out.push_back(make_tie(kind, a, b, c));
  };
  std::string_view space = object.name_space;
  has(TieKind::kObjectKind, space, object.kind);
  for (const View& view : object.resource->views) has(TieKind::kObjectType, space, view.type.text());
  has(TieKind::kBeside, object.directory, space, object.kind);
  if (object.name.empty()) has(TieKind::kUnnamed, space, object.kind);
  else has(TieKind::kObject, space, object.kind, object.name);
  if (is_foreign_group(object.group)) has(TieKind::kUnread, object.directory);
  if (!object.pod_spec) return;
  has(TieKind::kPods, space);
  const Value* labels = object.pod_metadata ? object.pod_metadata->find("labels") : nullptr;
  if (labels && !wholly_known(*labels)) has(TieKind::kOpenPods, space);
  if (!labels || !labels->is_mapping()) return;
  for (const Entry& label : labels->entries()) {
    if (label.value.is_string()) has(TieKind::kLabel, space, label.key, label.value.text());
  }
}

std::vector<const Object*> Index::select(const Object& from, std::string_view name_space, const Value* labels,
                                         const Value* expressions, bool& open) const {
  open = false;
  Objects found;
  ask_for_selected(name_space, labels);
  auto all = pods_.find(name_space);
  if (all == pods_.end()) return found;
  const Objects* candidates = &all->second;
  // Those with the label that the fewest have are enough.
  bool keyed = false;
  if (labels && labels->is_mapping()) {
    static const Objects kNone;
    for (const Entry& label : labels->entries()) {
      if (!label.value.is_string()) continue;
      keyed = true;
      auto some = by_label_.find(key(name_space, label.key, label.value.text()));
      const Objects* narrower = some == by_label_.end() ? &kNone : &some->second;
      if (narrower->size() < candidates->size()) candidates = narrower;
    }
  }
  for (const Object* object : *candidates) {
    const Value* own = object->pod_metadata ? object->pod_metadata->find("labels") : nullptr;
    Match match = both(carries(own, labels), satisfies(own, expressions));
    if (match == Match::kMaybe) open = true;
    if (match == Match::kYes) found.push_back(object);
  }
  auto unknown = open_pods_.find(name_space);
  if (found.empty() && keyed && unknown != open_pods_.end()) {
    // Whose labels are not known may be meant.
    for (const Object* object : unknown->second) {
      const Value* own = object->pod_metadata ? object->pod_metadata->find("labels") : nullptr;
      open = open || both(carries(own, labels), satisfies(own, expressions)) == Match::kMaybe;
    }
  }
  // An empty selector means whatever there is.
  bool empty = (!labels || labels->size == 0) && (!expressions || expressions->size == 0);
  if (!empty) keep_closest(from, found);
  return found;
}

}  // namespace assay::model::kubernetes
