#include "parsers/formats/kubernetes/views.h"

#include <algorithm>

#include "parsers/formats/tree_value.h"

namespace assay::formats::kubernetes {

using core::Symbol;
using model::Entry;
using model::Value;

namespace {

struct Names {
  Symbol object{"kubernetes/object"}, workload{"kubernetes/workload"};
  Symbol pod_template{"kubernetes/pod-template"};
  Symbol role{"kubernetes/role"}, role_binding{"kubernetes/role-binding"};
};
const Names& names() {
  static const Names made;
  return made;
}

std::string_view template_path(std::string_view group, std::string_view kind) {
  if (!is_builtin_group(group)) return "spec.template";
  static constexpr std::string_view kInSpec[] = {"Deployment", "StatefulSet", "DaemonSet",
                                                 "ReplicaSet", "ReplicationController", "Job"};
  if (std::find(std::begin(kInSpec), std::end(kInSpec), kind) != std::end(kInSpec)) {
    return "spec.template";
  }
  if (kind == "CronJob") return "spec.jobTemplate.spec.template";
  if (kind == "PodTemplate") return "template";
  return {};
}

// All containers of the pod, in the order init, regular, ephemeral; shares the list when there is
// only one.
Value all_containers(const Value& spec, core::Arena& arena) {
  const Value* lists[3] = {};
  uint32_t total = 0, used = 0;
  for (std::string_view name : {"initContainers", "containers", "ephemeralContainers"}) {
    const Value* list = spec.find(name);
    if (!list || !list->is_sequence() || list->size == 0) continue;
    lists[used++] = list;
    total += list->size;
  }
  if (used == 1) return *lists[0];
  Value made;
  made.kind = model::ValueKind::kList;
  made.size = total;
  made.span = spec.span;
  Value* items = arena.make_array<Value>(total);
  uint32_t count = 0;
  for (uint32_t i = 0; i < used; ++i) {
    for (const Value& item : lists[i]->items()) new (items + count++) Value(item);
  }
  made.item_array = items;
  return made;
}

class EntryList {
 public:
  void add(std::string_view key, const Value* value) {
    if (value) entries_[count_++] = {key, {}, *value};
  }
  // The entry `key` of `from`, with the place of its key.
  void add_from(const Value& from, std::string_view key) {
    if (!from.is_mapping()) return;
    const Entry* last = nullptr;
    for (const Entry& entry : from.entries()) {
      if (entry.key == key) last = &entry;
    }
    if (last) entries_[count_++] = *last;
  }
  Value object(core::Arena& arena, core::Span span) const {
    Value made = model::object_value({entries_, count_}, arena);
    return model::with_span(made, span);
  }

 private:
  Entry entries_[8];
  uint32_t count_ = 0;
};

}  // namespace

PodTemplate find_pod_template(const Value& object, std::string_view group,
                              std::string_view kind) {
  PodTemplate found;
  if (group.empty() && kind == "Pod") {
    found.template_value = &object;
  } else {
    found.path = template_path(group, kind);
    if (!found.path.empty()) found.template_value = find_path(object, found.path);
  }
  if (!found.template_value || !found.template_value->is_mapping()) return {};
  found.metadata = found.template_value->find("metadata");
  found.spec = found.template_value->find("spec");
  if (!found.spec || !found.spec->is_mapping()) return {};
  if (!is_builtin_group(group)) {
    const Value* containers = found.spec->find("containers");
    if (!containers || !containers->is_sequence()) return {};
  }
  return found;
}

Symbol ViewMaker::kind_view(std::string_view group, std::string_view kind) {
  std::string key(group);
  key.append(1, '/').append(kind);
  auto [at, is_new] = names_.try_emplace(std::move(key));
  if (!is_new) return at->second;
  std::string name = "kubernetes/";
  if (!is_builtin_group(group) && is_builtin_kind(kind)) name.append(group).append(1, '/');
  name += kebab_case(kind);
  return at->second = known_kinds_ ? Symbol::known(name) : Symbol(name);
}

Value ViewMaker::pod_template_view(const model::Resource& resource, const PodTemplate& found,
                                   std::string_view space) {
  const Value& object = resource.attributes;
  Value name = model::string_value(resource.name);
  Value name_space = model::string_value(space);
  if (const Value* written = find_path(object, "metadata.name")) name = *written;
  if (const Value* written = find_path(object, "metadata.namespace")) name_space = *written;

  EntryList workload;
  workload.add_from(object, "apiVersion");
  workload.add_from(object, "kind");
  workload.add("name", &name);
  if (!space.empty()) workload.add("namespace", &name_space);
  workload.add_from(object, "metadata");
  workload.add_from(object, "spec");
  Value workload_value = workload.object(arena_, object.span);
  Value containers = all_containers(*found.spec, arena_);

  EntryList view;
  view.add_from(object, "apiVersion");
  view.add_from(object, "kind");
  view.add_from(*found.template_value, "metadata");
  view.add_from(*found.template_value, "spec");
  view.add("containers", &containers);
  view.add("workload", &workload_value);
  return view.object(arena_, found.template_value->span);
}

void ViewMaker::add_views(model::Resource& resource, std::string_view group,
                          std::string_view kind, std::string_view space) {
  PodTemplate found = find_pod_template(resource.attributes, group, kind);
  bool builtin = is_builtin_group(group);
  bool cluster_role = builtin && kind == "ClusterRole";
  bool cluster_binding = builtin && kind == "ClusterRoleBinding";
  resource.views.reserve(2 + (found.spec ? 2 : 0) + (cluster_role || cluster_binding ? 1 : 0));
  resource.views.push_back({names().object, resource.attributes});
  // The kind PodTemplate is seen as kubernetes/pod-template like every other, below.
  if (!builtin || kind != "PodTemplate") {
    Symbol view = kind_view(group, kind);
    if (!view.empty()) resource.views.push_back({view, resource.attributes});
  }
  if (cluster_role) resource.views.push_back({names().role, resource.attributes});
  if (cluster_binding) resource.views.push_back({names().role_binding, resource.attributes});
  if (!found.spec) return;
  resource.views.push_back({names().workload, resource.attributes});
  resource.views.push_back({names().pod_template, pod_template_view(resource, found, space)});
}

}  // namespace assay::formats::kubernetes
