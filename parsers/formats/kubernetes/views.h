// The views of one Kubernetes object: which canonical types it is seen as, and the pod template found
// in it. Values are shallow: they share the object's parts.
#pragma once

#include <string>
#include <unordered_map>

#include "parsers/formats/kubernetes/kinds.h"
#include "parsers/model/resource.h"

namespace assay::formats::kubernetes {

// The pod template of an object: where its metadata and its pod spec lie. spec is null when there
// is none. `path` leads from the object to the template ("" for a Pod).
struct PodTemplate {
  const model::Value* template_value = nullptr;
  const model::Value* metadata = nullptr;
  const model::Value* spec = nullptr;
  std::string_view path;
};
// By kind for built-in workloads; for custom resources where spec.template.spec has containers.
PodTemplate find_pod_template(const model::Value& object, std::string_view group,
                              std::string_view kind);

// Makes views; remembers names of kinds, so one maker serves all objects of a root.
class ViewMaker {
 public:
  // `known_kinds`: an object of a kind that nobody has named yet is not seen as that kind.
  explicit ViewMaker(core::Arena& arena, bool known_kinds = false) : arena_(arena), known_kinds_(known_kinds) {}
  void add_views(model::Resource& resource, std::string_view group, std::string_view kind,
                 std::string_view space);

 private:
  core::Symbol kind_view(std::string_view group, std::string_view kind);
  model::Value pod_template_view(const model::Resource& resource, const PodTemplate& found,
                                 std::string_view space);

  core::Arena& arena_;
  const bool known_kinds_;
  std::unordered_map<std::string, core::Symbol> names_;
};

}  // namespace assay::formats::kubernetes
