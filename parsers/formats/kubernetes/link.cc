#include "parsers/formats/kubernetes/link.h"

#include <string>

#include "parsers/formats/kubernetes/kinds.h"
#include "parsers/formats/kubernetes/views.h"
#include "parsers/formats/tree_value.h"

namespace assay::formats {
namespace {

using kubernetes::PodTemplate;
using model::Edge;
using model::EdgeKind;
using model::Resource;
using model::Value;
using model::kubernetes::Object;

constexpr uint32_t kMaxSelected = 1000;  // workloads of one selector: beyond, it selects everything

std::string_view directory_of(std::string_view path) {
  size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash);
}

const Value* view_of(const Resource& resource, core::Symbol type) {
  for (const model::View& view : resource.views) {
    if (view.type == type) return &view.value;
  }
  return nullptr;
}

class Linker {
 public:
  Linker(model::Project& project, std::vector<model::Ties>* asks) : project_(project), asks_(asks) {}

  void run() {
    collect();
    for (const Object& object : index().objects()) {
      model::AskScope scope(asks_ ? &(*asks_)[object.resource->index] : nullptr);
      link(object);
    }
  }

 private:
  model::kubernetes::Index& index() { return project_.kubernetes; }

  void collect() {
    static const core::Symbol kObject("kubernetes/object");
    for (const auto& root : project_.roots) {
      bool terraform = root->format == "terraform";
      for (const model::Coverage& coverage : root->coverage) {
        if (coverage.state != model::Coverage::State::kEvaluated) {
          index().add_unread(terraform ? std::string_view(root->path) : directory_of(coverage.path));
        }
      }
      for (Resource& resource : root->resources) {
        if (terraform && resource.type == "helm_release") {
          index().add_generator(root->path);
          index().add_unread(root->path);
        }
        const Value* value = view_of(resource, kObject);
        if (value && value->is_mapping()) add(resource, *value, root->path, terraform);
      }
    }
    if (index().empty()) return;
    if (project_.sources) {
      for (core::FileId id = 0; id < project_.sources->size(); ++id) {
        const std::string& path = project_.sources->path(id);
        if (is_generator(path)) index().add_generator(directory_of(path));
      }
    }
    index().finish();
  }

  void add(const Resource& resource, const Value& value, std::string_view path, bool terraform) {
    Object object;
    object.resource = &resource;
    object.value = &value;
    object.group = kubernetes::split_api_version(text_at(value, "apiVersion")).group;
    object.kind = text_at(value, "kind");
    object.name = text_at(value, "metadata.name");
    object.file = path;
    object.directory = terraform ? path : directory_of(path);
    if (object.kind.empty()) return;
    const Value* space = find_path(value, "metadata.namespace");
    if (kubernetes::is_cluster_scoped(object.group, object.kind)) {
      object.name_space = {};
    } else if (!space || space->is_null()) {
      object.name_space = "default";
    } else if (space->is_string()) {
      object.name_space = space->text().empty() ? "default" : space->text();
      object.space_written = true;
    } else {
      object.certain = false;
    }
    object.certain = object.certain && !object.name.empty() && resource.exists == model::kAlways;
    PodTemplate pods = kubernetes::find_pod_template(value, object.group, object.kind);
    object.pod_metadata = pods.metadata;
    object.pod_spec = pods.spec;
    index().add(object);
  }

  void edge(const Object& from, const Object& to, EdgeKind kind, std::string_view path) {
    if (from.resource == to.resource) return;
    // The project is being built: its roots are ours to add to.
    core::Arena& arena = const_cast<model::Root*>(from.resource->root)->arena;
    project_.edges.push_back({kind, from.resource->index, to.resource->index, arena.copy(path), model::kAlways});
  }

  // An edge to the object with this name, when the scan has it.
  void refer(const Object& from, std::string_view kind, const Value* name, const std::string& path,
             EdgeKind edge_kind = EdgeKind::kRefers) {
    if (!name || !name->is_string() || name->text().empty()) return;
    refer_in(from, kind, from.name_space, name->text(), path, edge_kind);
  }
  void refer_in(const Object& from, std::string_view kind, std::string_view name_space,
                std::string_view name, const std::string& path, EdgeKind edge_kind) {
    if (name.empty()) return;
    const Object* found = index().find(from, name_space, kind, name);
    if (found) edge(from, *found, edge_kind, path);
  }

  void link(const Object& object) {
    const Value& attributes = *object.value;
    if (!object.name_space.empty()) {
      if (const Value* written = find_path(attributes, "metadata.namespace")) {
        if (written->is_string()) {
          refer_in(object, "Namespace", {}, written->text(), "metadata.namespace",
                   EdgeKind::kRefers);
        }
      }
    }
    if (object.pod_spec) link_pods(object);
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
    const Value& spec = *object.pod_spec;
    std::string base(kubernetes::find_pod_template(*object.value, object.group, object.kind).path);
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
    const Value& attributes = *object.value;
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
    const Value* spec = object.value->find("spec");
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
    bool open = false;
    uint32_t count = 0;
    for (const Object* workload : index().select(object, object.name_space, labels, expressions, open)) {
      if (++count > kMaxSelected) return;
      edge(object, *workload, EdgeKind::kSelects, path);
    }
  }

  model::Project& project_;
  std::vector<model::Ties>* asks_;
};

}  // namespace

bool is_generator(std::string_view path) {
  std::string_view name = path.substr(path.rfind('/') + 1);  // npos + 1 is 0
  return name == "kustomization.yaml" || name == "kustomization.yml" || name == "Kustomization" || name == "Chart.yaml";
}

void link_kubernetes(model::Project& project, std::vector<model::Ties>* asks) { Linker(project, asks).run(); }

}  // namespace assay::formats
