// Loading: documents to policies of all admission languages, the rest to what is known of the cluster.
#include <algorithm>
#include <map>

#include "rules/lang/admission/admission.h"
#include "rules/lang/admission/documents.h"
#include "rules/lang/admission/kinds.h"
#include "rules/lang/vap/vap_reader.h"

namespace assay::rules::admission {
namespace {

using model::Value;

std::string_view text_of(const Value& object, std::string_view key) {
  const Value* found = object.find(key);
  return found && found->is_string() ? found->text() : std::string_view();
}

class DocumentCluster : public Cluster {
 public:
  explicit DocumentCluster(bool complete) : complete_(complete) {}

  void add(const Document& document, Value object, core::Arena& arena) {
    const Value* metadata = object.find("metadata");
    if (!metadata) return;
    if (document.kind == "Namespace") object = with_name_label(object, arena);
    metadata = object.find("metadata");
    std::string_view group = split_api_version(document.api_version).group;
    std::string_view space = text_of(*metadata, "namespace");
    if (space.empty() && !is_cluster_scoped(group, document.kind)) space = "default";
    by_kind_[key(group, document.kind, space)].emplace(std::string(text_of(*metadata, "name")), object);
    // Of a kind that is not known the scope is not either.
    if (text_of(*metadata, "namespace").empty() && space == "default" && group.find('.') != std::string_view::npos) {
      by_kind_[key(group, document.kind, "")].emplace(std::string(text_of(*metadata, "name")), object);
    }
  }

  const Value* find(std::string_view group, std::string_view kind, std::string_view space, std::string_view name) const override {
    auto at = by_kind_.find(key(group, kind, space));
    if (at == by_kind_.end()) return nullptr;
    auto object = at->second.find(name);
    return object == at->second.end() ? nullptr : &object->second;
  }
  void list(std::string_view group, std::string_view kind, std::string_view space, std::vector<const Value*>& out) const override {
    auto at = by_kind_.find(key(group, kind, space));
    if (at == by_kind_.end()) return;
    for (const auto& [name, object] : at->second) out.push_back(&object);
  }
  bool complete() const override { return complete_; }

 private:
  static std::string key(std::string_view group, std::string_view kind, std::string_view space) {
    std::string out;
    for (std::string_view part : {group, kind, space}) out.append(part).append(1, '\0');
    return out;
  }

  std::map<std::string, std::map<std::string, Value, std::less<>>, std::less<>> by_kind_;
  bool complete_;
};

}  // namespace

std::unique_ptr<const PolicySet> load_policies(std::vector<PolicyFile> files, bool cluster_complete, bool judge_unbound) {
  auto set = std::make_unique<PolicySet>();
  Documents documents(set->sources, set->errors);
  for (PolicyFile& file : files) documents.read(set->sources.add(std::move(file.path), std::move(file.text)));
  auto cluster = std::make_unique<DocumentCluster>(cluster_complete);
  for (const Document& document : documents.all()) {
    if (vap::is_policy(document) || vap::is_binding(document)) continue;
    cluster->add(document, value_of(*document.tree, document.node, set->arena), set->arena);
  }
  set->cluster = std::move(cluster);
  set->policies = vap::read_policies(documents, set->arena, judge_unbound);
  return set;
}

void PolicySet::judge(const Request& request, Scratch& scratch, Answer& answer) const {
  if (policies.empty()) return;
  for (size_t i = 0; i < policies.size(); ++i) {
    size_t before = answer.decisions.size();
    if (scratch.deadline.expired_now()) {
      Decision late;
      late.policy = policies[i]->name();
      late.message = "there was no time left to ask the policy";
      late.ground = Ground::kUndecided;
      late.reason = "Timeout";
      late.code = 504;
      answer.decisions.push_back(std::move(late));
    } else {
      policies[i]->judge(request, *cluster, scratch, answer);
    }
    for (size_t k = before; k < answer.decisions.size(); ++k) answer.decisions[k].policy_index = i;
  }
}

bool is_admission_policy(std::string_view text) {
  size_t at = text.find("admissionregistration.k8s.io/");
  return at != std::string_view::npos && text.find("ValidatingAdmissionPolicy") != std::string_view::npos;
}

bool is_manifest(std::string_view path, std::string_view text) {
  bool named = path.ends_with(".yaml") || path.ends_with(".yml") || path.ends_with(".json");
  return named && text.find("apiVersion") != std::string_view::npos && text.find("kind") != std::string_view::npos;
}

}  // namespace assay::rules::admission
