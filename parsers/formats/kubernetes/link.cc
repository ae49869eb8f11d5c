#include "parsers/formats/kubernetes/link.h"

#include <string>
#include <unordered_map>

#include "parsers/formats/kubernetes/kinds.h"
#include "parsers/formats/kubernetes/views.h"
#include "parsers/formats/tree_value.h"

namespace assay::formats {
namespace {

using kubernetes::PodTemplate;
using model::Edge;
using model::EdgeKind;
using model::Entry;
using model::Resource;
using model::Root;
using model::Value;

constexpr uint32_t kMaxSelected = 1000;  // workloads of one selector: beyond, it selects everything

struct Object {
  Resource* resource;
  Root* root;
  std::string_view group, kind, name_space;
  PodTemplate pods;
};

std::string_view kind_of(const Resource& resource) {
  return resource.type.substr(resource.type.rfind('/') + 1);
}

std::string_view group_of(const Resource& resource) {
  std::string_view api = resource.type.substr(0, resource.type.rfind('/'));
  return kubernetes::split_api_version(api).group;
}

class Linker {
 public:
  explicit Linker(model::Project& project) : project_(project) {}

  void run() {
    collect();
    for (const Object& object : objects_) link(object);
  }

 private:
  void collect() {
    for (const auto& root : project_.roots) {
      if (root->format != "kubernetes") continue;
      for (Resource& resource : root->resources) {
        Object object{&resource, root.get(), group_of(resource), kind_of(resource), {}, {}};
        object.name_space = text_at(resource.attributes, "metadata.namespace");
        if (object.name_space.empty()) object.name_space = "default";
        if (kubernetes::is_cluster_scoped(object.group, object.kind)) object.name_space = {};
        object.pods = kubernetes::find_pod_template(resource.attributes, object.group, object.kind);
        objects_.push_back(object);
      }
    }
    for (const Object& object : objects_) {
      by_name_.emplace(key(object.name_space, object.kind, object.resource->name), &object);
      if (!object.pods.spec) continue;
      by_namespace_[object.name_space].push_back(&object);
      const Value* labels = object.pods.metadata ? object.pods.metadata->find("labels") : nullptr;
      if (!labels || !labels->is_mapping()) continue;
      for (const Entry& label : labels->entries()) {
        if (!label.value.is_string()) continue;
        by_label_[key(object.name_space, label.key, label.value.text())].push_back(&object);
      }
    }
  }

  static std::string key(std::string_view a, std::string_view b, std::string_view c) {
    std::string text(a);
    text.append(1, '\0').append(b).append(1, '\0').append(c);
    return text;
  }

  void edge(const Object& from, const Object& to, EdgeKind kind, std::string_view path) {
    if (from.resource == to.resource) return;
    project_.edges.push_back({kind, from.resource->index, to.resource->index,
                              from.root->arena.copy(path), model::kAlways});
  }

  // An edge to the object with this name, when the scan has it.
  void refer(const Object& from, std::string_view kind, const Value* name, const std::string& path,
             EdgeKind edge_kind = EdgeKind::kRefers) {
    if (!name || !name->is_string() || name->text().empty()) return;
    refer_in(from, kind, from.name_space, name->text(), path, edge_kind);
  }
  void refer_in(const Object& from, std::string_view kind, std::string_view name_space,
                std::string_view name, const std::string& path, EdgeKind edge_kind) {
    auto found = by_name_.find(key(name_space, kind, name));
    if (found != by_name_.end()) edge(from, *found->second, edge_kind, path);
  }

  void link(const Object& object) {
    const Value& attributes = object.resource->attributes;
    if (!object.name_space.empty()) {
      if (const Value* written = find_path(attributes, "metadata.namespace")) {
        if (written->is_string()) {
          refer_in(object, "Namespace", {}, written->text(), "metadata.namespace",
                   EdgeKind::kRefers);
        }
      }
    }
    if (object.pods.spec) link_pods(object);
    if (!kubernetes::is_builtin_group(object.group)) return;
    std::string_view kind = object.kind;
    if (kind == "Service") {
      select_labels(object, find_path(attributes, "spec.selector"), "spec.selector");
    } else if (kind == "NetworkPolicy") {
      select(object, find_path(attributes, "spec.podSelector"), "spec.podSelector", true);
    } else if (kind == "PodDisruptionBudget") {
      select(object, find_path(attributes, "spec.selector"), "spec.selector", false);
    } else if (kind == "RoleBinding" || kind == "ClusterRoleBinding") {
      link_binding(object);
    } else if (kind == "Ingress") {
      link_ingress(object);
    } else if (kind == "HorizontalPodAutoscaler") {
      if (const Value* target = find_path(attributes, "spec.scaleTargetRef")) {
        refer(object, text_at(*target, "kind"), target->find("name"), "spec.scaleTargetRef.name");
      }
    } else if (kind == "StatefulSet") {
      refer(object, "Service", find_path(attributes, "spec.serviceName"), "spec.serviceName");
    } else if (kind == "PersistentVolumeClaim") {
      refer_in(object, "PersistentVolume", {}, text_at(attributes, "spec.volumeName"),
               "spec.volumeName", EdgeKind::kRefers);
      refer_in(object, "StorageClass", {}, text_at(attributes, "spec.storageClassName"),
               "spec.storageClassName", EdgeKind::kRefers);
    }
  }

  // --- What a pod runs as and reads.
  void link_pods(const Object& object) {
    const Value& spec = *object.pods.spec;
    std::string base(object.pods.path);
    base += base.empty() ? "spec." : ".spec.";
    std::string_view account = "serviceAccountName";
    const Value* name = spec.find(account);
    if (!name) name = spec.find(account = "serviceAccount");
    if (name) {
      refer(object, "ServiceAccount", name, base + std::string(account), EdgeKind::kRunsAs);
    } else {
      refer_in(object, "ServiceAccount", object.name_space, "default",
               base + "serviceAccountName", EdgeKind::kRunsAs);
    }
    each(spec, "imagePullSecrets", base, [&](const Value& item, const std::string& at) {
      refer(object, "Secret", item.find("name"), at + ".name");
    });
    each(spec, "volumes", base, [&](const Value& volume, const std::string& at) {
      link_volume(object, volume, at);
      if (const Value* projected = volume.find("projected")) {
        each(*projected, "sources", at + ".projected.",
             [&](const Value& source, const std::string& in) { link_sources(object, source, in); });
      }
    });
    for (std::string_view list : {"initContainers", "containers", "ephemeralContainers"}) {
      each(spec, list, base, [&](const Value& container, const std::string& at) {
        link_container(object, container, at);
      });
    }
  }

  void link_volume(const Object& object, const Value& volume, const std::string& at) {
    link_source(object, volume, "configMap", "ConfigMap", "name", at);
    link_source(object, volume, "secret", "Secret", "secretName", at);
    link_source(object, volume, "persistentVolumeClaim", "PersistentVolumeClaim", "claimName", at);
  }
  void link_sources(const Object& object, const Value& source, const std::string& at) {
    link_source(object, source, "configMap", "ConfigMap", "name", at);
    link_source(object, source, "secret", "Secret", "name", at);
  }
  void link_source(const Object& object, const Value& parent, std::string_view field,
                   std::string_view kind, std::string_view name, const std::string& at) {
    const Value* source = parent.find(field);
    if (!source) return;
    std::string path = at;
    path.append(1, '.').append(field).append(1, '.').append(name);
    refer(object, kind, source->find(name), path);
  }

  void link_container(const Object& object, const Value& container, const std::string& at) {
    each(container, "envFrom", at + ".", [&](const Value& from, const std::string& in) {
      link_source(object, from, "configMapRef", "ConfigMap", "name", in);
      link_source(object, from, "secretRef", "Secret", "name", in);
    });
    each(container, "env", at + ".", [&](const Value& variable, const std::string& in) {
      const Value* from = variable.find("valueFrom");
      if (!from) return;
      link_source(object, *from, "configMapKeyRef", "ConfigMap", "name", in + ".valueFrom");
      link_source(object, *from, "secretKeyRef", "Secret", "name", in + ".valueFrom");
    });
  }

  // Calls visit(item, "base + list[i]") for every mapping of the list.
  template <typename Visit>
  void each(const Value& parent, std::string_view list, const std::string& base, Visit visit) {
    const Value* found = parent.find(list);
    if (!found || !found->is_sequence()) return;
    uint32_t index = 0;
    for (const Value& item : found->items()) {
      std::string at = base;
      at.append(list).append(1, '[').append(std::to_string(index++)).append(1, ']');
      if (item.is_mapping()) visit(item, at);
    }
  }

  // --- Whom a binding grants what, and what an ingress leads to.
  void link_binding(const Object& object) {
    const Value& attributes = object.resource->attributes;
    std::string_view role_kind = text_at(attributes, "roleRef.kind");
    std::string_view role = text_at(attributes, "roleRef.name");
    std::string_view role_space = role_kind == "ClusterRole" ? "" : object.name_space;
    refer_in(object, role_kind, role_space, role, "roleRef.name", EdgeKind::kGrants);
    each(attributes, "subjects", "", [&](const Value& subject, const std::string& at) {
      if (text_at(subject, "kind") != "ServiceAccount") return;
      std::string_view space = text_at(subject, "namespace");
      refer_in(object, "ServiceAccount", space.empty() ? object.name_space : space,
               text_at(subject, "name"), at + ".name", EdgeKind::kGrants);
    });
  }

  void link_ingress(const Object& object) {
    const Value* spec = object.resource->attributes.find("spec");
    if (!spec) return;
    for (std::string_view field : {"defaultBackend", "backend"}) {
      if (const Value* backend = spec->find(field)) {
        link_backend(object, *backend, "spec." + std::string(field));
      }
    }
    each(*spec, "rules", "spec.", [&](const Value& rule, const std::string& at) {
      const Value* http = rule.find("http");
      if (!http) return;
      each(*http, "paths", at + ".http.", [&](const Value& path, const std::string& in) {
        if (const Value* backend = path.find("backend")) {
          link_backend(object, *backend, in + ".backend");
        }
      });
    });
    each(*spec, "tls", "spec.", [&](const Value& tls, const std::string& at) {
      refer(object, "Secret", tls.find("secretName"), at + ".secretName");
    });
  }
  void link_backend(const Object& object, const Value& backend, const std::string& at) {
    refer(object, "Service", find_path(backend, "service.name"), at + ".service.name");
    refer(object, "Service", backend.find("serviceName"), at + ".serviceName");
  }

  // --- Selectors.
  void select_labels(const Object& object, const Value* labels, std::string_view path) {
    if (!labels || !labels->is_mapping() || labels->size == 0) return;
    match(object, labels, nullptr, path);
  }
  // A label selector; an empty one selects nothing or everything in the namespace.
  void select(const Object& object, const Value* selector, std::string_view path, bool empty_is_all) {
    if (!selector || !selector->is_mapping()) return;
    const Value* labels = selector->find("matchLabels");
    const Value* expressions = selector->find("matchExpressions");
    bool empty = (!labels || labels->size == 0) && (!expressions || expressions->size == 0);
    if (empty && !empty_is_all) return;
    match(object, labels, expressions, path);
  }

  void match(const Object& object, const Value* labels, const Value* expressions,
             std::string_view path) {
    const std::vector<const Object*>* candidates = &by_namespace_[object.name_space];
    if (labels && labels->is_mapping() && labels->size > 0) {
      const Entry& first = labels->entries()[0];
      if (!first.value.is_string()) return;
      candidates = &by_label_[key(object.name_space, first.key, first.value.text())];
    }
    uint32_t count = 0;
    for (const Object* workload : *candidates) {
      const Value* own = workload->pods.metadata ? workload->pods.metadata->find("labels") : nullptr;
      if (!has_labels(own, labels) || !satisfies(own, expressions)) continue;
      if (++count > kMaxSelected) return;
      edge(object, *workload, EdgeKind::kSelects, path);
    }
  }

  static bool has_labels(const Value* own, const Value* wanted) {
    if (!wanted || !wanted->is_mapping()) return true;
    for (const Entry& label : wanted->entries()) {
      const Value* value = own ? own->find(label.key) : nullptr;
      if (!value || !model::same_value(*value, label.value)) return false;
    }
    return true;
  }

  static bool satisfies(const Value* own, const Value* expressions) {
    if (!expressions || !expressions->is_sequence()) return true;
    for (const Value& expression : expressions->items()) {
      std::string_view test = text_at(expression, "operator");
      const Value* value = own ? own->find(text_at(expression, "key")) : nullptr;
      const Value* values = expression.find("values");
      bool listed = false;
      if (value && values && values->is_sequence()) {
        for (const Value& item : values->items()) {
          listed = listed || model::same_value(item, *value);
        }
      }
      if (test == "In" && !listed) return false;
      if (test == "NotIn" && listed) return false;
      if (test == "Exists" && !value) return false;
      if (test == "DoesNotExist" && value) return false;
    }
    return true;
  }

  model::Project& project_;
  std::vector<Object> objects_;
  std::unordered_map<std::string, const Object*> by_name_;
  std::unordered_map<std::string_view, std::vector<const Object*>> by_namespace_;
  std::unordered_map<std::string, std::vector<const Object*>> by_label_;
};

}  // namespace

void link_kubernetes(model::Project& project) { Linker(project).run(); }

}  // namespace assay::formats
