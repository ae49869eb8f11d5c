#include "rules/lang/vap/vap_check.h"

#include <algorithm>

#include "rules/lang/admission/kinds.h"
#include "rules/lang/vap/vap_policy.h"

namespace assay::rules::vap {
namespace {

using admission::Cluster;
using model::Value;

constexpr std::string_view kObjectView = "kubernetes/object";
constexpr std::string_view kDefaultNamespace = "default";
constexpr size_t kMaxMessages = 5;  // that one finding joins

// What stands beside the policies, then what is scanned.
class ScannedCluster : public Cluster {
 public:
  ScannedCluster(const Cluster& beside, const RunContext& context)
      : beside_(beside), index_(context.project->kubernetes), from_(index_.of(*context.resource)), arena_(*context.arena) {}

  const Value* find(std::string_view group, std::string_view kind, std::string_view space, std::string_view name) const override {
    if (const Value* known = beside_.find(group, kind, space, name)) return known;
    if (!from_) return nullptr;
    const model::kubernetes::Object* found = index_.find(*from_, space, kind, name);
    if (!found || found->group != group) return nullptr;
    return kind == "Namespace" ? arena_.make<Value>(admission::with_name_label(*found->value, arena_)) : found->value;
  }
  void list(std::string_view group, std::string_view kind, std::string_view space, std::vector<const Value*>& out) const override {
    beside_.list(group, kind, space, out);
    for (const model::kubernetes::Object* object : index_.of_kind(space, kind)) {
      if (object->group == group && object->certain) out.push_back(object->value);
    }
  }
  bool complete() const override { return false; }

 private:
  const Cluster& beside_;
  const model::kubernetes::Index& index_;
  const model::kubernetes::Object* from_;
  core::Arena& arena_;
};

const Value* part(RunContext& context, const Value* object, std::string_view key) {
  const Value* found = object && object->is_mapping() ? object->find(key) : nullptr;
  if (!found || (context.world && !context.world->present(context.guards(), *found))) return nullptr;
  if (found->is_alternatives() && context.world) found = &context.world->resolve(context.guards(), *found);
  return found;
}
std::string_view text(RunContext& context, const Value* object, std::string_view key) {
  const Value* found = part(context, object, key);
  return found && found->is_string() ? found->text() : std::string_view();
}

class VapCheck : public Check {
 public:
  VapCheck(std::shared_ptr<const admission::PolicySet> set, const admission::Policy& policy) : set_(std::move(set)), policy_(policy) {}

  RunResult run(RunContext& context) const override {
    if (!context.view || !context.project) return RunResult::kPass;
    const Value* object = context.view;
    std::string_view api = text(context, object, "apiVersion"), kind = text(context, object, "kind");
    if (api.empty() || kind.empty()) return RunResult::kPass;
    const Value* metadata = part(context, object, "metadata");
    auto [group, version] = admission::split_api_version(api);
    std::string resource = admission::resource_of_kind(kind);

    thread_local admission::Scratch scratch;
    scratch.reset();
    scratch.world = context.world;
    scratch.guards = context.resource ? &context.guards() : nullptr;
    admission::Request request;
    request.kind = request.request_kind = {group, version, kind};
    request.resource = request.request_resource = {group, version, resource};
    request.name = text(context, metadata, "name");
    bool cluster_scoped = admission::is_cluster_scoped(group, kind);
    if (!cluster_scoped) {
      const Value* space = part(context, metadata, "namespace");
      request.name_space = text(context, metadata, "namespace");
      request.namespace_open = space && !space->is_string() && !space->is_null();
      if (request.name_space.empty() && !request.namespace_open) request.name_space = kDefaultNamespace;
    } else if (kind == "Namespace" && group.empty()) {
      request.name_space = request.name;  // as the API server has it
    }
    request.object = object;
    ScannedCluster cluster(*set_->cluster, context);
    admission::Answer answer;
    policy_.judge(request, cluster, scratch, answer);
    return report(answer, context);
  }

 private:
  static RunResult report(const admission::Answer& answer, RunContext& context) {
    if (answer.decisions.empty()) return RunResult::kPass;
    bool judged = false;
    std::vector<std::string> messages;
    for (const admission::Decision& decision : answer.decisions) {
      if (decision.ground == admission::Ground::kUndecided) {
        context.error = decision.message;
        continue;
      }
      judged = true;
      if (std::find(messages.begin(), messages.end(), decision.message) != messages.end()) continue;
      messages.push_back(decision.message);
      if (!decision.value) continue;
      if (context.reads.empty()) context.reads.push_back({decision.value, context.arena->copy(decision.field)});
      else if (decision.value->span.valid() && !decision.value->is_mapping()) context.related.push_back({decision.value->span, decision.message});
    }
    if (!judged) return RunResult::kError;
    context.error.clear();
    size_t shown = std::min(messages.size(), kMaxMessages);
    for (size_t i = 0; i < shown; ++i) context.message += (i ? "; " : "") + messages[i];
    if (shown < messages.size()) context.message += "; and " + std::to_string(messages.size() - shown) + " more";
    return RunResult::kViolation;
  }

  std::shared_ptr<const admission::PolicySet> set_;
  const admission::Policy& policy_;
};

std::string fenced(std::string_view text) { return "```cel\n" + std::string(text) + (text.ends_with('\n') ? "" : "\n") + "```\n"; }

}  // namespace

std::vector<Rule> rules_of(std::shared_ptr<const admission::PolicySet> set) {
  std::vector<Rule> out;
  for (const auto& policy : set->policies) {
    const auto* vap = dynamic_cast<const VapPolicy*>(policy.get());
    if (!vap) continue;
    Rule rule;
    rule.info.id = vap->name();
    rule.info.name = vap->name();
    rule.info.precision = "high";
    rule.info.title = "The ValidatingAdmissionPolicy " + std::string(vap->name()) + " objects to the object";
    rule.info.what = "A cluster with this policy refuses, warns of or records requests for such objects. Its validations:\n\n";
    for (const Validation& validation : vap->validations()) rule.info.what += fenced(validation.expression.text);
    rule.info.why = "Whoever runs the cluster decided so.";
    rule.info.how = "Change the object until every validation is true.";
    rule.info.resources = {std::string(kObjectView)};
    rule.info.formats = {"kubernetes", "terraform"};
    rule.info.source = set->sources.path(vap->span().file);
    rule.info.tags = {"admission"};
    rule.language = "vap";
    rule.check = std::make_shared<VapCheck>(set, *policy);
    out.push_back(std::move(rule));
  }
  return out;
}

}  // namespace assay::rules::vap
