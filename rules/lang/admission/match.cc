#include "rules/lang/admission/match.h"

#include <algorithm>

#include "rules/lang/admission/kinds.h"

namespace assay::rules::admission {
namespace {

using model::Value;
using syntax::Node;

std::vector<std::string_view> texts(const Node* sequence, core::Arena& arena) {
  std::vector<std::string_view> out;
  for (const Node* item : elements(sequence)) out.push_back(arena.copy(item->text));
  return out;
}

bool has(const std::vector<std::string_view>& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}
bool has_or_star(const std::vector<std::string_view>& list, std::string_view text) {
  return std::any_of(list.begin(), list.end(), [&](std::string_view item) { return item == "*" || item == text; });
}

uint8_t bit(Operation operation) { return static_cast<uint8_t>(1u << static_cast<unsigned>(operation)); }

bool is_namespaces(const GroupVersionResource& r) { return r.group.empty() && r.version == "v1" && r.resource == "namespaces"; }

bool in_scope(ResourceRule::Scope scope, const Request& request, const GroupVersionResource& resource) {
  if (scope == ResourceRule::Scope::kAll) return true;
  bool cluster = is_namespaces(resource) || (request.name_space.empty() && !request.namespace_open);
  return cluster == (scope == ResourceRule::Scope::kCluster);
}

bool rule_matches(const ResourceRule& rule, const Request& request, const GroupVersionResource& resource) {
  if ((rule.operations & bit(request.operation)) == 0) return false;
  if (!has_or_star(rule.groups, resource.group) || !has_or_star(rule.versions, resource.version)) return false;
  bool found = std::any_of(rule.resources.begin(), rule.resources.end(), [&](const ResourceRule::Resource& r) {
    return (r.resource == "*" || r.resource == resource.resource) && (r.subresource == "*" || r.subresource == request.subresource);
  });
  return found && in_scope(rule.scope, request, resource);
}

bool name_fits(const ResourceRule& rule, const Request& request) { return rule.names.empty() || has(rule.names, request.name); }

std::vector<ResourceRule> read_rules(const syntax::Tree& tree, const Node* sequence, core::Arena& arena, Documents& documents) {
  std::vector<ResourceRule> out;
  for (const Node* item : elements(sequence)) {
    ResourceRule rule;
    rule.groups = texts(member(item, "apiGroups"), arena);
    rule.versions = texts(member(item, "apiVersions"), arena);
    rule.names = texts(member(item, "resourceNames"), arena);
    for (std::string_view text : texts(member(item, "resources"), arena)) {
      size_t slash = text.find('/');
      rule.resources.push_back({text.substr(0, slash), slash == std::string_view::npos ? std::string_view() : text.substr(slash + 1)});
    }
    for (const Node* operation : elements(member(item, "operations"))) {
      static constexpr std::pair<std::string_view, uint8_t> kRows[] = {{"CREATE", 1}, {"UPDATE", 2}, {"DELETE", 4}, {"CONNECT", 8}, {"*", 15}};
      auto row = std::find_if(std::begin(kRows), std::end(kRows), [&](const auto& r) { return r.first == operation->text; });
      if (row != std::end(kRows)) rule.operations |= row->second;
      else documents.error(tree, *operation, "there is no operation `" + std::string(operation->text) + "`; write CREATE, UPDATE, DELETE, CONNECT or *");
    }
    std::string_view scope = text_member(item, "scope");
    if (scope == "Cluster") rule.scope = ResourceRule::Scope::kCluster;
    else if (scope == "Namespaced") rule.scope = ResourceRule::Scope::kNamespaced;
    else if (!scope.empty() && scope != "*") documents.error(tree, *member(item, "scope"), "`scope` is Cluster, Namespaced or *");
    for (std::string_view key : {"apiGroups", "apiVersions", "resources", "operations"}) {
      if (!member(item, key)) documents.error(tree, *item, "this rule has no `" + std::string(key) + "`");
    }
    out.push_back(std::move(rule));
  }
  return out;
}

const Value* resolved(const Value* value, Scratch& scratch) {
  if (!value) return nullptr;
  if (value->is_alternatives() && scratch.world && scratch.guards) return &scratch.world->resolve(*scratch.guards, *value);
  return value;
}
bool present(const Value& value, Scratch& scratch) {
  return value.guard == model::kAlways || !scratch.world || !scratch.guards || scratch.world->present(*scratch.guards, value);
}
const Value* field(const Value* object, std::string_view name, Scratch& scratch, bool& unknown) {
  if (!object) return nullptr;
  if (object->is_unknown() || object->is_alternatives()) unknown = true;
  const Value* found = object->find(name);
  if (!found || !present(*found, scratch)) return nullptr;
  found = resolved(found, scratch);
  if (found->is_unknown() || found->is_alternatives()) unknown = true;
  return found;
}

Match ask(Scratch& scratch, const std::string& question, const Value* about) {
  if (!scratch.world) return Match::kMaybe;
  std::vector<core::Symbol> causes;
  if (about && scratch.guards) causes = model::causes_of(*about, *scratch.guards);
  return scratch.world->decide_other(question, causes) ? Match::kYes : Match::kNo;
}

Match negated(Match m) { return m == Match::kYes ? Match::kNo : m == Match::kNo ? Match::kYes : m; }

// A Namespace that is known by its name alone: of its labels the one that repeats the name is certain.
Match requirement_matches_name(const Requirement& want, std::string_view name, Scratch& scratch) {
  if (want.key != "kubernetes.io/metadata.name") {
    return ask(scratch, "label " + std::string(want.key) + " of namespace " + std::string(name), nullptr);
  }
  using Op = Requirement::Op;
  if (want.op == Op::kExists || want.op == Op::kDoesNotExist) return want.op == Op::kExists ? Match::kYes : Match::kNo;
  return has(want.values, name) == (want.op == Op::kIn) ? Match::kYes : Match::kNo;
}

Match requirement_matches(const Requirement& want, const Value* labels, Scratch& scratch) {
  const Value* label = labels && labels->is_mapping() ? labels->find(want.key) : nullptr;
  bool open = labels && labels->is_unknown();
  if (label && !present(*label, scratch)) label = nullptr;
  using Op = Requirement::Op;
  if (open) return ask(scratch, "label " + std::string(want.key) + " of " + std::string(labels->unknown().id.text()), labels);
  if (want.op == Op::kExists) return label ? Match::kYes : Match::kNo;
  if (want.op == Op::kDoesNotExist) return label ? Match::kNo : Match::kYes;
  Match in = Match::kNo;
  if (label) {
    label = resolved(label, scratch);
    for (std::string_view value : want.values) {
      Match one = Match::kNo;
      if (label->is_string()) one = label->text() == value ? Match::kYes : Match::kNo;
      else if (label->is_unknown() && scratch.world && scratch.guards) {
        one = scratch.world->equals(*scratch.guards, *label, model::string_value(value)) ? Match::kYes : Match::kNo;
      } else if (label->is_unknown() || label->is_alternatives()) {
        one = Match::kMaybe;
      }
      in = either(in, one);
    }
  }
  return want.op == Op::kIn ? in : negated(in);
}

}  // namespace

LabelSelector LabelSelector::read(const syntax::Tree& tree, const Node* node, core::Arena& arena, Documents& documents) {
  LabelSelector out;
  node = target_of(node);
  if (!node) return out;
  if (const Node* labels = member(node, "matchLabels")) {
    for (const Node* pair : labels->children()) {
      const Node* key = target_of(pair->child(0));
      const Node* value = target_of(pair->child(1));
      if (key && value) out.requirements_.push_back({arena.copy(key->text), Requirement::Op::kIn, {arena.copy(value->text)}});
    }
  }
  for (const Node* item : elements(member(node, "matchExpressions"))) {
    Requirement want;
    want.key = arena.copy(text_member(item, "key"));
    want.values = texts(member(item, "values"), arena);
    std::string_view op = text_member(item, "operator");
    using Op = Requirement::Op;
    if (op == "In") want.op = Op::kIn;
    else if (op == "NotIn") want.op = Op::kNotIn;
    else if (op == "Exists") want.op = Op::kExists;
    else if (op == "DoesNotExist") want.op = Op::kDoesNotExist;
    else documents.error(tree, *item, "`operator` of a selector is In, NotIn, Exists or DoesNotExist");
    out.requirements_.push_back(std::move(want));
  }
  return out;
}

Match LabelSelector::matches_namespace(std::string_view name, Scratch& scratch) const {
  Match out = Match::kYes;
  for (const Requirement& want : requirements_) {
    out = both(out, requirement_matches_name(want, name, scratch));
    if (out == Match::kNo) break;
  }
  return out;
}

Match LabelSelector::matches(const Value* labels, Scratch& scratch) const {
  Match out = Match::kYes;
  for (const Requirement& want : requirements_) {
    out = both(out, requirement_matches(want, labels, scratch));
    if (out == Match::kNo) break;
  }
  return out;
}

const Value* labels_of(const Value* object, Scratch& scratch, bool& unknown) {
  const Value* metadata = field(object, "metadata", scratch, unknown);
  if (metadata && metadata->is_unknown()) return metadata;
  return field(metadata, "labels", scratch, unknown);
}

MatchConstraints MatchConstraints::read(const syntax::Tree& tree, const Node* node, core::Arena& arena, Documents& documents) {
  MatchConstraints out;
  out.namespace_selector_ = LabelSelector::read(tree, member(node, "namespaceSelector"), arena, documents);
  out.object_selector_ = LabelSelector::read(tree, member(node, "objectSelector"), arena, documents);
  out.rules_ = read_rules(tree, member(node, "resourceRules"), arena, documents);
  out.excluded_ = read_rules(tree, member(node, "excludeResourceRules"), arena, documents);
  std::string_view policy = text_member(node, "matchPolicy");
  out.exact_ = policy == "Exact";
  if (!policy.empty() && policy != "Exact" && policy != "Equivalent") {
    documents.error(tree, *member(node, "matchPolicy"), "`matchPolicy` is Exact or Equivalent");
  }
  return out;
}

Match MatchConstraints::rules_match(const std::vector<ResourceRule>& rules, const Request& request, Matched& matched) const {
  for (const ResourceRule& rule : rules) {
    if (!rule_matches(rule, request, request.resource) || !name_fits(rule, request)) continue;
    matched = {request.kind, request.resource};
    return Match::kYes;
  }
  if (exact_) return Match::kNo;
  for (const ResourceRule& rule : rules) {
    for (std::string_view group : rule.groups) {
      if (group == "*") group = request.resource.group;
      for (std::string_view version : rule.versions) {
        GroupVersionResource other{group, version, request.resource.resource};
        bool same = group == request.resource.group && version == request.resource.version;
        if (version == "*" || same || !equivalent(request.resource, group, version)) continue;
        if (!rule_matches(rule, request, other) || !name_fits(rule, request)) continue;
        matched = {{group, version, request.kind.kind}, other};
        return Match::kYes;
      }
    }
  }
  return Match::kNo;
}

Match MatchConstraints::namespace_matches(const Request& request, const Cluster& cluster, Scratch& scratch) const {
  if (namespace_selector_.everything()) return Match::kYes;
  bool is_namespace = request.resource.resource == "namespaces";
  if (request.name_space.empty() && !is_namespace) {
    return request.namespace_open ? ask(scratch, "which namespace this goes to", nullptr) : Match::kYes;
  }
  bool unknown = false;
  if (is_namespace && request.subresource.empty() && (request.operation == Operation::kCreate || request.operation == Operation::kUpdate)) {
    return namespace_selector_.matches(labels_of(request.object, scratch, unknown), scratch);
  }
  const Value* space = cluster.find("", "Namespace", "", is_namespace ? request.name : request.name_space);
  if (space) return namespace_selector_.matches(labels_of(space, scratch, unknown), scratch);
  return namespace_selector_.matches_namespace(is_namespace ? request.name : request.name_space, scratch);
}

Match MatchConstraints::matches(const Request& request, const Cluster& cluster, Scratch& scratch, Matched& matched) const {
  // What most requests fail comes first; the answer is the same.
  matched = {request.kind, request.resource};
  if (!rules_.empty() && rules_match(rules_, request, matched) == Match::kNo) return Match::kNo;
  Matched ignored;
  if (!excluded_.empty() && rules_match(excluded_, request, ignored) == Match::kYes) return Match::kNo;
  Match out = Match::kYes;
  if (!object_selector_.everything()) {
    bool unknown = false;
    out = Match::kNo;
    if (request.object) out = object_selector_.matches(labels_of(request.object, scratch, unknown), scratch);
    if (out != Match::kYes && request.old_object) {
      out = either(out, object_selector_.matches(labels_of(request.old_object, scratch, unknown), scratch));
    }
  }
  return out == Match::kNo ? out : both(out, namespace_matches(request, cluster, scratch));
}

bool is_exempt(const Request& request) {
  if (request.kind.group != "admissionregistration.k8s.io") return false;
  static constexpr std::string_view kKinds[] = {"ValidatingWebhookConfiguration", "MutatingWebhookConfiguration", "ValidatingAdmissionPolicy",
                                                "ValidatingAdmissionPolicyBinding", "MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding"};
  return std::find(std::begin(kKinds), std::end(kKinds), request.kind.kind) != std::end(kKinds);
}

}  // namespace assay::rules::admission
