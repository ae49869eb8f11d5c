// Functions over the Kubernetes objects of a scan (model/kubernetes/index.h) and the versions of clusters.
//
//   absent(kind, name)         is there no object of that kind and name in the namespace of the judged one?
//   absent(kind, name, space)  in that namespace; "" for kinds without one
//   unmatched(selector)        are there no pods with these labels there? a selector with matchLabels and
//                              matchExpressions, or plain labels; an empty one selects whatever there is
//   selected(type)             views of that canonical type of the objects whose pods the judged one selects
//   selecting(type)            of the objects that select the pods of the judged one
//   in_namespace(type)         of all objects in the namespace of the judged one
//   in_namespace(type, space)  in that namespace
//   any_in_namespace(type), any_in_namespace(type, space)   is there one at all?
//   api_removed(api, kind)     do the target clusters no longer serve this API version? says so in the message
//   api_deprecated(api, kind)  do they still serve it, but not for long?
//   refused_by_namespace(pod)  does the namespace enforce a pod security level that refuses the pod?
//   kubernetes_minor()         of the target clusters: 37 is 1.37
//   runs(container, program)   does its command line start that program ("kube-apiserver")?
//   flag(container, name)      the value of --name in its command line; "true" for one without, null when absent
//
// What a scan does not show may exist all the same: absent() and unmatched() are certain only where the judged
// object lies among others of the kind in question and no tool adds more; else the world decides, and the
// finding says what it depends on.
#include <algorithm>

#include "parsers/model/kubernetes/api_versions.h"
#include "parsers/model/kubernetes/index.h"
#include "rules/lang/cel/eval.h"
#include "rules/lang/cel/pod_security.h"

namespace assay::rules::cel {
namespace {

using Args = std::span<const Val>;
using model::kubernetes::Object;

const model::kubernetes::Index* index_of(Eval& eval) {
  RunContext* context = eval.context();
  return context && context->project && context->resource ? &context->project->kubernetes : nullptr;
}

const Object* judged(Eval& eval) {
  const model::kubernetes::Index* index = index_of(eval);
  return index ? index->of(*eval.context()->resource) : nullptr;
}

// Is it so, where the scan does not tell? Both sides are judged.
Val ask_outside(Eval& eval, const std::string& what) {
  if (!eval.world()) return bool_val(false);
  const core::Symbol cause(what + " outside the scan");
  return bool_val(eval.world()->decide_other("no " + what + " outside the scan", {&cause, 1}));
}

// A view of another object; reads of it that decide are shown beside the finding.
Val read_other(Eval& eval, const model::Resource& other, const model::Value& view) {
  const model::Resource& self = *eval.context()->resource;
  if (other.root != self.root && !model::wholly_known(view)) {
    return eval.derived("view(" + std::string(other.address) + ")", nullptr, {});
  }
  return eval.read(view, eval.arena().make<Path>(nullptr, kOtherResource, other.index, false));
}

void add_view(Eval& eval, const model::Resource& other, core::Symbol type, std::vector<Val>& out) {
  if (&other == eval.context()->resource) return;
  for (const model::View& view : other.views) {
    if (view.type != type) continue;
    if (other.root == eval.context()->resource->root && !eval.world()->holds(eval.guards(), other.exists)) continue;
    out.push_back(read_other(eval, other, view.value));
  }
}

Val along(Eval& eval, Args args, bool outgoing) {
  RunContext* context = eval.context();
  std::vector<Val> out;
  if (!index_of(eval) || !eval.world() || !args[0].is(Kind::kString)) return list_val({});
  const model::Project& project = *context->project;
  const core::Symbol type(args[0].text());
  auto add = [&](const model::Edge& edge) {
    if (edge.kind != model::EdgeKind::kSelects) return;
    add_view(eval, *project.resources[outgoing ? edge.to : edge.from], type, out);
  };
  if (outgoing) {
    for (const model::Edge& edge : project.edges_from(context->resource->index)) add(edge);
  } else {
    for (uint32_t at : project.edges_to(context->resource->index)) add(project.edges[at]);
  }
  return list_val(eval.arena().copy(out));
}
Val selected(Eval& eval, Args args) { return along(eval, args, true); }
Val selecting(Eval& eval, Args args) { return along(eval, args, false); }

Val in_space(Eval& eval, Args args, std::string_view space, size_t most = SIZE_MAX) {
  if (!eval.world() || !args[0].is(Kind::kString)) return list_val({});
  const core::Symbol type(args[0].text());
  std::vector<Val> out;
  for (const Object* object : index_of(eval)->of_type(space, type)) {
    if (!eval.spend(1) || out.size() >= most) break;
    add_view(eval, *object->resource, type, out);
  }
  return list_val(eval.arena().copy(out));
}
Val in_namespace(Eval& eval, Args args) {
  const Object* self = judged(eval);
  return self ? in_space(eval, args, self->name_space) : list_val({});
}
Val in_that_namespace(Eval& eval, Args args) {
  if (!judged(eval) || !args[1].is(Kind::kString)) return list_val({});
  return in_space(eval, args, args[1].text());
}

Val any_in_namespace(Eval& eval, Args args) {
  const Object* self = judged(eval);
  return bool_val(self && in_space(eval, args, self->name_space, 1).size > 0);
}
Val any_in_that_namespace(Eval& eval, Args args) {
  if (!judged(eval) || !args[1].is(Kind::kString)) return bool_val(false);
  return bool_val(in_space(eval, args, args[1].text(), 1).size > 0);
}

// What every namespace or cluster has without anybody writing it down.
bool is_given(std::string_view kind, std::string_view name) {
  if (kind == "ServiceAccount") return name == "default";
  if (kind == "ConfigMap") return name == "kube-root-ca.crt" || name == "extension-apiserver-authentication";
  if (kind == "PriorityClass") return name.starts_with("system-");
  return kind == "Namespace" && (name == "default" || name.starts_with("kube-"));
}

// Custom objects whose controllers make a Secret: the kind, and where the Secret's name is written ("": its own name).
constexpr struct {
  std::string_view kind, path;
} kSecretMakers[] = {
    {"ExternalSecret", "spec.target.name"}, {"ExternalSecret", ""},        {"SealedSecret", "spec.template.metadata.name"},
    {"SealedSecret", ""},                   {"Certificate", "spec.secretName"}, {"VaultStaticSecret", "spec.destination.name"},
    {"OnePasswordItem", ""},                {"SopsSecret", ""},
};

bool is_made(const model::kubernetes::Index& index, std::string_view space, std::string_view secret) {
  for (const auto& maker : kSecretMakers) {
    for (const Object* object : index.of_kind(space, maker.kind)) {
      const model::Value* name = maker.path.empty() ? nullptr : model::at_path(*object->value, maker.path);
      if (maker.path.empty() ? object->name == secret : name && name->is_string() && name->text() == secret) return true;
    }
  }
  return false;
}

Val absent_in(Eval& eval, const Val& kind, const Val& name, std::string_view space, bool space_known) {
  const Object* self = judged(eval);
  if (!self || !space_known || !kind.is(Kind::kString) || !name.is(Kind::kString) || name.text().empty()) return bool_val(false);
  if (is_given(kind.text(), name.text())) return bool_val(false);
  const model::kubernetes::Index& index = *index_of(eval);
  std::string what(kind.text());
  what.append(space.empty() ? " " : " " + std::string(space) + "/").append(name.text());
  if (const Object* found = index.find(*self, space, kind.text(), name.text())) {
    return found->certain ? bool_val(false) : ask_outside(eval, what);
  }
  // Something of that kind whose name is not known may be it.
  if (index.unnamed(space, kind.text())) return ask_outside(eval, what);
  // Secrets are best kept where no scan sees them.
  bool is_secret = kind.text() == "Secret";
  if (is_secret && is_made(index, space, name.text())) return bool_val(false);
  bool certain = !is_secret && self->certain && !space.empty() && index.beside(*self, space, kind.text()) && !index.generated(*self) &&
                 !index.incomplete(*self);
  return certain ? bool_val(true) : ask_outside(eval, what);
}

Val absent(Eval& eval, Args args) {
  const Object* self = judged(eval);
  return absent_in(eval, args[0], args[1], self ? self->name_space : std::string_view{}, self && self->certain);
}
Val absent_there(Eval& eval, Args args) {
  if (!args[2].is(Kind::kString)) return absent(eval, args);
  return absent_in(eval, args[0], args[1], args[2].text(), true);
}

Val unmatched(Eval& eval, Args args) {
  const Object* self = judged(eval);
  if (!self || !self->certain || !args[0].is(Kind::kMap) || !args[0].from_model()) return bool_val(false);
  const model::Value& selector = *args[0].model;
  const model::Value* labels = selector.find("matchLabels");
  const model::Value* expressions = selector.find("matchExpressions");
  if (!labels && !expressions) labels = &selector;
  if ((!labels || labels->size == 0) && (!expressions || expressions->size == 0)) return bool_val(false);
  if (!model::wholly_known(selector)) return bool_val(false);
  const model::kubernetes::Index& index = *index_of(eval);
  bool open = false;
  if (!index.select(*self, self->name_space, labels, expressions, open).empty()) return bool_val(false);
  std::string what = "pods in " + std::string(self->name_space);
  bool pods_beside = false;
  for (std::string_view kind : {"Deployment", "StatefulSet", "DaemonSet", "Pod", "ReplicaSet"}) {
    pods_beside = pods_beside || index.beside(*self, self->name_space, kind);
  }
  bool certain = !open && pods_beside && !index.incomplete(*self);
  return certain ? bool_val(true) : ask_outside(eval, what);
}

int target_minor(Eval& eval) {
  const RunContext* context = eval.context();
  int minor = context && context->project ? context->project->target.kubernetes_minor : 0;
  return minor > 0 ? minor : model::kubernetes::kNewestMinor;
}
Val kubernetes_minor(Eval& eval, Args) { return int_val(target_minor(eval)); }

const model::kubernetes::ApiVersion* api_of(Args args) {
  if (!args[0].is(Kind::kString) || !args[1].is(Kind::kString)) return nullptr;
  return model::kubernetes::find_api_version(args[0].text(), args[1].text());
}

std::string advice(const model::kubernetes::ApiVersion& api) {
  return api.replacement.empty() ? "; nothing replaces it" : "; write " + std::string(api.replacement);
}

Val api_removed(Eval& eval, Args args) {
  const auto* api = api_of(args);
  if (!api) return bool_val(false);
  bool removed = !api->product.empty() || (api->removed > 0 && api->removed <= target_minor(eval));
  if (removed && eval.context()) {
    std::string since = api->product.empty() ? "Kubernetes 1." + std::to_string(api->removed) : std::string(api->product);
    eval.context()->message = std::string(api->api_version) + " " + std::string(api->kind) + " is not served since " + since + advice(*api);
  }
  return bool_val(removed);
}

Val api_deprecated(Eval& eval, Args args) {
  const auto* api = api_of(args);
  int minor = target_minor(eval);
  if (!api || api->deprecated == 0 || api->deprecated > minor || (api->removed > 0 && api->removed <= minor)) return bool_val(false);
  if (eval.context()) {
    std::string until = api->removed > 0 ? " and not served from 1." + std::to_string(api->removed) + " on" : "";
    eval.context()->message = std::string(api->api_version) + " " + std::string(api->kind) + " is deprecated since Kubernetes 1." +
                              std::to_string(api->deprecated) + until + advice(*api);
  }
  return bool_val(true);
}

Val refused_by_namespace(Eval& eval, Args args) {
  const Object* self = judged(eval);
  if (!self || self->name_space.empty()) return bool_val(false);
  const model::Target& target = eval.context()->project->target;
  std::string_view level = target.pod_security_level;
  int minor = target_minor(eval);
  const Object* space = index_of(eval)->find(*self, {}, "Namespace", self->name_space);
  core::Span place;
  if (space) {
    const model::Value* labels = model::at_path(*space->value, "metadata.labels");
    const model::Value* enforce = labels && labels->is_mapping() ? labels->find("pod-security.kubernetes.io/enforce") : nullptr;
    const model::Value* version = labels && labels->is_mapping() ? labels->find("pod-security.kubernetes.io/enforce-version") : nullptr;
    if (enforce && enforce->is_string()) {
      level = enforce->text();
      place = enforce->span;
    }
    if (version && version->is_string() && version->text() != "latest") {
      int written = model::kubernetes::parse_minor(version->text());
      if (written >= 0) minor = written;
    }
  }
  std::vector<std::string_view> ids = pod_security_violations(eval, args[0], level, minor);
  if (ids.empty()) return bool_val(false);
  std::string message = "namespace " + std::string(self->name_space) + " enforces the " + std::string(level) +
                        " level and refuses these pods:";
  for (std::string_view id : ids) message.append(id == ids.front() ? " " : ", ").append(id);
  eval.context()->message = std::move(message);
  if (place.valid()) {
    eval.context()->related.push_back({place, std::string(space->resource->address) + " enforces this level"});
  }
  return bool_val(true);
}

// Calls visit(word, next word) for the words of `command` and `args`, until it says true.
template <typename Visit>
bool any_word(Eval& eval, const Val& container, Visit visit) {
  for (std::string_view list : {"command", "args"}) {
    Val words = eval.select(container, list);
    if (!words.is(Kind::kList)) continue;
    std::span<const Val> items = eval.items(words);
    for (size_t i = 0; i < items.size() && eval.spend(1); ++i) {
      if (items[i].is(Kind::kString) && visit(items[i], i + 1 < items.size() ? items[i + 1] : null_val())) return true;
    }
  }
  return false;
}

Val runs(Eval& eval, Args args) {
  if (!args[1].is(Kind::kString)) return bool_val(false);
  return bool_val(any_word(eval, args[0], [&](const Val& word, const Val&) {
    std::string_view text = word.text();
    if (text.starts_with('-')) return false;
    text = text.substr(text.rfind('/') + 1);  // npos + 1 is 0
    if (text != args[1].text()) return false;
    eval.note_deciding(word);
    return true;
  }));
}

Val flag(Eval& eval, Args args) {
  if (!args[1].is(Kind::kString)) return null_val();
  Val out = null_val();
  any_word(eval, args[0], [&](const Val& word, const Val& next) {
    std::string_view text = word.text();
    if (!text.starts_with("--") || !text.substr(2).starts_with(args[1].text())) return false;
    std::string_view rest = text.substr(2 + args[1].text().size());
    if (!rest.empty() && rest[0] != '=') return false;
    bool separate = rest.empty() && next.is(Kind::kString) && !next.text().starts_with('-');
    if (rest.empty()) out = separate ? next : string_val("true");
    else out = eval.string(rest.substr(1));
    eval.note_deciding(word);
    return true;
  });
  return out;
}

constexpr FunctionRow kRows[] = {
    {"absent", "(dyn, dyn) bool", absent, kSeesUnknown},
    {"absent", "(dyn, dyn, dyn) bool", absent_there, kSeesUnknown},
    {"unmatched", "(dyn) bool", unmatched, kSeesUnknown},
    {"selected", "(string) list(dyn)", selected},
    {"selecting", "(string) list(dyn)", selecting},
    {"in_namespace", "(string) list(dyn)", in_namespace},
    {"in_namespace", "(string, dyn) list(dyn)", in_that_namespace},
    {"any_in_namespace", "(string) bool", any_in_namespace},
    {"any_in_namespace", "(string, dyn) bool", any_in_that_namespace},
    {"api_removed", "(dyn, dyn) bool", api_removed, kSeesUnknown},
    {"api_deprecated", "(dyn, dyn) bool", api_deprecated, kSeesUnknown},
    {"refused_by_namespace", "(dyn) bool", refused_by_namespace, kSeesUnknown},
    {"kubernetes_minor", "() int", kubernetes_minor},
    {"runs", "(dyn, string) bool", runs, kSeesUnknown},
    {"flag", "(dyn, string) dyn", flag, kSeesUnknown},
};

}  // namespace

bool reads_other_resources(std::string_view function) {
  // The last three read the target of the scan.
  static constexpr std::string_view kNames[] = {"absent", "unmatched", "selected", "selecting", "in_namespace", "any_in_namespace", "refused_by_namespace",
                                                 "kubernetes_minor", "api_removed", "api_deprecated"};
  return std::find(std::begin(kNames), std::end(kNames), function) != std::end(kNames);
}

std::span<const FunctionRow> kubernetes_library() { return kRows; }

}  // namespace assay::rules::cel
