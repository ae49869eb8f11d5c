#include "rules/lang/vap/vap_reader.h"

#include <algorithm>
#include <map>

#include "parsers/core/json_writer.h"
#include "parsers/core/suggest.h"
#include "parsers/syntax/embedded.h"
#include "parsers/syntax/scalar.h"
#include "rules/lang/admission/kinds.h"
#include "rules/lang/cel/environment.h"
#include "rules/lang/cel/lexer.h"
#include "rules/lang/vap/vap_policy.h"

namespace assay::rules::vap {

using admission::Document;
using admission::Documents;
using admission::elements;
using admission::member;
using admission::text_member;
using syntax::Node;

namespace {

constexpr std::string_view kGroup = "admissionregistration.k8s.io/";

std::string_view trimmed(std::string_view text) {
  size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

bool is_identifier(std::string_view text) {
  if (text.empty() || (text[0] >= '0' && text[0] <= '9') || cel::is_reserved(text)) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

const cel::Type* dyn() { return cel::simple_type(cel::TypeKind::kDyn); }

}  // namespace

class Reader {
 public:
  Reader(Documents& documents, core::Arena& arena) : documents_(documents), arena_(arena) {}

  std::unique_ptr<VapPolicy> policy(const Document& document, bool judge_unbound) {
    tree_ = document.tree;
    auto out = std::make_unique<VapPolicy>();
    policy_ = out.get();
    policy_->judge_unbound_ = judge_unbound;
    policy_->span_ = tree_->span(*document.node);
    policy_->name_ = keep(text_member(member(document.node, "metadata"), "name"));
    if (policy_->name_.empty()) error(*document.node, "the policy has no `metadata.name`");
    const Node* spec = member(document.node, "spec");
    if (!spec || spec->kind != syntax::NodeKind::kMapping) {
      error(*document.node, "the policy has no `spec`");
      return out;
    }
    known_keys(*spec, {"paramKind", "matchConstraints", "validations", "failurePolicy", "auditAnnotations", "matchConditions", "variables"});
    std::string_view failure = text_member(spec, "failurePolicy");
    policy_->fail_ = failure != "Ignore";
    if (!failure.empty() && failure != "Ignore" && failure != "Fail") error(*member(spec, "failurePolicy"), "`failurePolicy` is Fail or Ignore");
    if (const Node* kind = member(spec, "paramKind")) {
      auto [group, version] = admission::split_api_version(keep(text_member(kind, "apiVersion")));
      policy_->param_kind_ = ParamKind{group, version, keep(text_member(kind, "kind"))};
      if (version.empty() || policy_->param_kind_->kind.empty()) error(*kind, "`paramKind` needs `apiVersion` and `kind`");
    }
    const Node* constraints = member(spec, "matchConstraints");
    if (!constraints) {
      error(*spec, "the policy has no `matchConstraints`");
    } else {
      policy_->constraints_ = admission::MatchConstraints::read(*tree_, constraints, arena_, documents_);
      if (!policy_->constraints_.has_rules()) error(*constraints, "`matchConstraints` has no `resourceRules`");
    }
    read_expressions(*spec);
    return out;
  }

  void binding(const Document& document, std::map<std::string_view, VapPolicy*>& policies) {
    tree_ = document.tree;
    Binding out;
    out.span = tree_->span(*document.node);
    out.name = keep(text_member(member(document.node, "metadata"), "name"));
    const Node* spec = member(document.node, "spec");
    std::string_view policy = text_member(spec, "policyName");
    if (!spec || policy.empty()) return error(*document.node, "the binding has no `spec.policyName`");
    known_keys(*spec, {"policyName", "paramRef", "matchResources", "validationActions"});
    auto named = policies.find(policy);
    if (named == policies.end()) {
      std::vector<std::string_view> names;
      for (const auto& [name, value] : policies) names.push_back(name);
      return error(*member(spec, "policyName"), "there is no policy `" + std::string(policy) + "`" + core::did_you_mean(policy, names));
    }
    read_actions(*spec, out);
    if (const Node* resources = member(spec, "matchResources")) {
      out.constrained = true;
      out.constraints = admission::MatchConstraints::read(*tree_, resources, arena_, documents_);
    }
    if (const Node* ref = member(spec, "paramRef")) read_reference(*ref, out);
    named->second->bindings_.push_back(std::move(out));
  }

 private:
  void error(const Node& node, std::string message) { documents_.error(*tree_, node, std::move(message)); }
  std::string_view keep(std::string_view text) { return arena_.copy(text); }
  // A name that kubectl reads as something else than text is no name: `n` is false.
  std::string_view name_of(const Node* item, std::string_view key) {
    const Node* node = member(item, key);
    if (!node) return {};
    if (node->kind == syntax::NodeKind::kScalar && syntax::resolve_scalar(*node, syntax::ScalarMode::kKubernetes) != syntax::ScalarType::kString) {
      error(*node, "`" + std::string(node->text) + "` is no text to Kubernetes; put it in quotes");
    }
    return keep(node->text);
  }

  void known_keys(const Node& mapping, const std::vector<std::string_view>& known) {
    for (const Node* pair : mapping.children()) {
      const Node* key = pair->child(0);
      if (!key || std::find(known.begin(), known.end(), key->text) != known.end()) continue;
      error(*key, "there is no field `" + std::string(key->text) + "` here" + core::did_you_mean(key->text, known));
    }
  }

  void read_actions(const Node& spec, Binding& out) {
    const Node* list = member(&spec, "validationActions");
    std::string json;
    core::JsonWriter writer(json);
    writer.begin_array();
    for (const Node* action : elements(list)) {
      if (action->text == "Deny") out.deny = true;
      else if (action->text == "Warn") out.warn = true;
      else if (action->text == "Audit") out.audit = true;
      else error(*action, "`validationActions` are Deny, Warn and Audit");
      writer.value(action->text);
    }
    writer.end_array();
    out.actions = keep(json);
    if (!list) error(spec, "the binding has no `validationActions`");
    if (out.deny && out.warn) error(*list, "Deny and Warn do not go together: a denial says all that a warning would");
  }

  void read_reference(const Node& ref, Binding& out) {
    known_keys(ref, {"name", "namespace", "selector", "parameterNotFoundAction"});
    out.has_params = true;
    out.param_name = keep(text_member(&ref, "name"));
    out.param_namespace = keep(text_member(&ref, "namespace"));
    const Node* selector = member(&ref, "selector");
    if (selector) out.param_selector = admission::LabelSelector::read(*tree_, selector, arena_, documents_);
    std::string_view missing = text_member(&ref, "parameterNotFoundAction");
    out.missing_denies = missing == "Deny";
    if (missing != "Deny" && missing != "Allow") error(ref, "`paramRef` needs `parameterNotFoundAction`: Deny or Allow");
    if (out.param_name.empty() == !selector) error(ref, "`paramRef` needs either `name` or `selector`");
  }

  // --- Expressions.

  void read_expressions(const Node& spec) {
    policy_->environment_ = std::make_unique<cel::Environment>(&cel::kubernetes_environment());
    cel::Environment& env = *policy_->environment_;
    if (policy_->param_kind_) policy_->params_slot_ = env.add_variable("params", dyn());
    policy_->authorizer_slot_ = env.add_variable("authorizer", cel::parse_type("kubernetes.authorization.Authorizer", env.arena()));
    policy_->resource_slot_ =
        env.add_variable("authorizer.requestResource", cel::parse_type("kubernetes.authorization.ResourceCheck", env.arena()));
    env.add_object_type("kubernetes.variables", {});
    policy_->first_variable_ = env.slot_count();
    for (const Node* item : elements(member(&spec, "variables"))) {
      known_keys(*item, {"name", "expression"});
      Expression variable;
      variable.name = name_of(item, "name");
      if (!is_identifier(variable.name)) error(*item, "a variable needs a `name` of letters, digits and _");
      read(item, "expression", variable, {});
      const cel::Type* type = variable.program ? variable.program->type : dyn();
      std::string_view qualified = arena_.copy("variables." + std::string(variable.name));
      bool repeated = std::any_of(policy_->variables_.begin(), policy_->variables_.end(), [&](const Expression& v) { return v.name == variable.name; });
      if (repeated) error(*item, "there are two variables `" + std::string(variable.name) + "`");
      env.add_lazy_variable(qualified, type);
      env.add_field("kubernetes.variables", {variable.name, type});
      policy_->variables_.push_back(std::move(variable));
    }
    for (const Node* item : elements(member(&spec, "matchConditions"))) {
      known_keys(*item, {"name", "expression"});
      Expression condition;
      condition.name = name_of(item, "name");
      read(item, "expression", condition, {"bool"});
      policy_->conditions_.push_back(std::move(condition));
    }
    for (const Node* item : elements(member(&spec, "validations"))) read_validation(*item);
    for (const Node* item : elements(member(&spec, "auditAnnotations"))) {
      known_keys(*item, {"key", "valueExpression"});
      Expression annotation;
      annotation.name = name_of(item, "key");
      if (annotation.name.empty()) error(*item, "an audit annotation needs a `key`");
      read(item, "valueExpression", annotation, {"string", "null_type"});
      policy_->annotations_.push_back(std::move(annotation));
    }
    if (policy_->validations_.empty() && policy_->annotations_.empty()) error(spec, "the policy has neither `validations` nor `auditAnnotations`");
  }

  void read_validation(const Node& item) {
    known_keys(item, {"expression", "message", "messageExpression", "reason"});
    Validation out;
    read(&item, "expression", out.expression, {"bool"});
    out.message = keep(text_member(&item, "message"));
    if (trimmed(out.message).find('\n') != std::string_view::npos || out.message.find_first_of("\r\n") < out.message.size()) {
      error(*member(&item, "message"), "a message has one line; write it in quotes or as one plain line");
    }
    if (member(&item, "messageExpression")) {
      read(&item, "messageExpression", out.message_expression, {"string"});
      const cel::Program* program = out.message_expression.program.get();
      auto uses = [&](int slot) { return program && static_cast<size_t>(slot) < program->uses_slot.size() && program->uses_slot[static_cast<size_t>(slot)]; };
      if (uses(policy_->authorizer_slot_) || uses(policy_->resource_slot_)) {
        error(*member(&item, "messageExpression"), "`messageExpression` cannot use the authorizer");
        out.message_expression.program.reset();
      }
    }
    struct Row {
      std::string_view reason;
      int code;
    };
    static constexpr Row kReasons[] = {{"Forbidden", 403}, {"RequestEntityTooLarge", 413}, {"Invalid", 422}};
    std::string_view reason = text_member(&item, "reason");
    auto row = std::find_if(std::begin(kReasons), std::end(kReasons), [&](const Row& r) { return r.reason == reason; });
    if (row != std::end(kReasons)) {
      out.reason = row->reason;
      out.code = row->code;
    } else if (!reason.empty()) {
      error(*member(&item, "reason"), "`reason` is Forbidden, Invalid or RequestEntityTooLarge");
    }
    policy_->validations_.push_back(std::move(out));
  }

  void read(const Node* item, std::string_view key, Expression& out, const std::vector<std::string_view>& types) {
    const Node* node = member(item, key);
    if (!node || trimmed(node->text).empty()) {
      out.problem = "there is no `" + std::string(key) + "`";
      return error(node ? *node : *item, out.problem);
    }
    out.text = keep(node->text);
    out.span = tree_->span(*node);
    cel::Issues issues;
    out.program = cel::compile(*policy_->environment_, out.text, {}, issues);
    if (out.program && !types.empty()) {
      std::string type = cel::to_text(*out.program->type);
      if (std::find(types.begin(), types.end(), type) == types.end()) {
        std::string wanted(types[0]);
        for (size_t i = 1; i < types.size(); ++i) wanted += " or " + std::string(types[i]);
        issues.push_back({0, static_cast<uint32_t>(out.text.size()), "the expression must give " + wanted + ", not " + type});
      }
    }
    if (issues.empty()) return;
    out.program.reset();
    out.problem = "compilation failed: " + issues[0].message;
    syntax::TextMap map(*tree_, *node);
    for (const cel::Issue& issue : issues) documents_.error(map.map(issue.begin, std::max(issue.end, issue.begin + 1)), issue.message);
  }

  Documents& documents_;
  core::Arena& arena_;
  const syntax::Tree* tree_ = nullptr;
  VapPolicy* policy_ = nullptr;
};

bool is_policy(const Document& document) { return document.kind == "ValidatingAdmissionPolicy" && document.api_version.starts_with(kGroup); }
bool is_binding(const Document& document) {
  return document.kind == "ValidatingAdmissionPolicyBinding" && document.api_version.starts_with(kGroup);
}

std::vector<std::unique_ptr<const admission::Policy>> read_policies(Documents& documents, core::Arena& arena, bool judge_unbound) {
  std::vector<std::unique_ptr<VapPolicy>> policies;
  std::map<std::string_view, VapPolicy*> by_name;
  Reader reader(documents, arena);
  for (const Document& document : documents.all()) {
    if (!is_policy(document)) continue;
    std::unique_ptr<VapPolicy> policy = reader.policy(document, judge_unbound);
    if (!by_name.emplace(policy->name(), policy.get()).second) {
      documents.error(*document.tree, *document.node, "there are two policies `" + std::string(policy->name()) + "`");
      continue;
    }
    policies.push_back(std::move(policy));
  }
  for (const Document& document : documents.all()) {
    if (is_binding(document)) reader.binding(document, by_name);
  }
  std::sort(policies.begin(), policies.end(), [](const auto& a, const auto& b) { return a->name() < b->name(); });
  std::vector<std::unique_ptr<const admission::Policy>> out;
  for (auto& policy : policies) out.push_back(std::move(policy));
  return out;
}

}  // namespace assay::rules::vap
