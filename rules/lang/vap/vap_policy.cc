#include "rules/lang/vap/vap_policy.h"

#include <algorithm>

#include "rules/lang/admission/kinds.h"
#include "rules/lang/cel/environment.h"
#include "rules/lang/vap/evaluation.h"

namespace assay::rules::vap {

using admission::Answer;
using admission::Decision;
using admission::Ground;
using admission::Match;
using cel::Val;
using model::Value;

namespace {

constexpr size_t kMaxMessageBytes = 5 * 1024;
constexpr size_t kMaxAnnotationBytes = 10 * 1024;
constexpr size_t kMaxFewMessages = 8;  // that cannot spend a whole budget, however dear each is

std::string_view trimmed(std::string_view text) {
  size_t begin = text.find_first_not_of(" \t\r\n\v\f");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n\v\f") - begin + 1);
}

}  // namespace

struct VapPolicy::Subject {
  const admission::Request& request;
  const admission::Cluster& cluster;
  admission::Scratch& scratch;
  Answer& answer;
  admission::Matched matched;
  const Binding* binding = nullptr;
  bool certain = true;
  // The Namespace of the request.
  const Value* space = nullptr;
  bool space_known = true;
  std::vector<std::pair<std::string_view, std::vector<std::string>>> annotations;  // by key
};

Decision& VapPolicy::decide(Subject& subject, Ground ground, std::string message) const {
  Decision& out = subject.answer.decisions.emplace_back();
  out.policy = name_;
  out.ground = ground;
  out.message = std::move(message);
  out.reason = "Invalid";
  out.certain = subject.certain;
  out.actions = "[]";
  if (const Binding* binding = subject.binding) {
    out.binding = binding->name;
    out.deny = binding->deny;
    out.warn = binding->warn;
    out.audit = binding->audit;
    out.actions = binding->actions;
  }
  return out;
}

// By failurePolicy, whatever the binding's actions are.
void VapPolicy::object_to(Subject& subject, Ground ground, std::string message) const {
  if (!fail_) return;
  Decision& out = decide(subject, ground, std::move(message));
  if (ground != Ground::kConfiguration) return;
  out.deny = true;
  out.warn = out.audit = false;
}

void VapPolicy::judge(const admission::Request& request, const admission::Cluster& cluster, admission::Scratch& scratch, Answer& answer) const {
  if (bindings_.empty() && !judge_unbound_) return;
  if (admission::is_exempt(request)) return;
  admission::Matched matched;
  Match applies = constraints_.matches(request, cluster, scratch, matched);
  if (applies == Match::kNo) return;
  Subject subject{request, cluster, scratch, answer, matched};
  subject.certain = applies == Match::kYes;
  bool is_namespace = request.kind.group.empty() && request.kind.kind == "Namespace";
  if (!is_namespace && (!request.name_space.empty() || request.namespace_open)) {
    subject.space = request.name_space.empty() ? nullptr : cluster.find("", "Namespace", "", request.name_space);
    subject.space_known = subject.space != nullptr;
  }
  if (bindings_.empty()) {
    ++answer.policies_run;
    if (!param_kind_) validate(subject, nullptr);
    else object_to(subject, Ground::kUndecided, "the policy takes parameters, and no binding names them");
  }
  for (const Binding& binding : bindings_) {
    subject.binding = &binding;
    judge_binding(binding, subject);
  }
  for (const auto& [key, texts] : subject.annotations) {
    std::string joined;
    for (const std::string& text : texts) joined += (joined.empty() ? "" : ", ") + text;
    answer.audit_annotations.emplace_back(std::string(name_) + "/" + std::string(key), std::move(joined));
  }
}

void VapPolicy::judge_binding(const Binding& binding, Subject& subject) const {
  bool certain = subject.certain;
  if (binding.constrained) {
    admission::Matched ignored;
    Match applies = binding.constraints.matches(subject.request, subject.cluster, subject.scratch, ignored);
    if (applies == Match::kNo) return;
    subject.certain = certain && applies == Match::kYes;
  }
  Parameters parameters;
  if (collect_parameters(binding, subject, parameters)) {
    for (const Value* params : parameters) {
      ++subject.answer.policies_run;
      validate(subject, params);
    }
  }
  subject.certain = certain;
}

// False after an objection.
bool VapPolicy::collect_parameters(const Binding& binding, Subject& subject, Parameters& out) const {
  auto fail = [&](Ground ground, std::string message) {
    object_to(subject, ground, std::move(message));
    return false;
  };
  if (!param_kind_ || !binding.has_params) {
    out.push_back(nullptr);
    return true;
  }
  bool cluster_scoped = admission::is_cluster_scoped(param_kind_->group, param_kind_->kind);
  if (cluster_scoped && !binding.param_namespace.empty()) {
    return fail(Ground::kConfiguration, "failed to configure binding: paramRef.namespace must not be provided for a cluster-scoped `paramKind`");
  }
  std::string_view space = binding.param_namespace;
  if (!cluster_scoped && space.empty()) {
    space = subject.request.name_space;
    bool custom = param_kind_->group.find('.') != std::string_view::npos;
    if (space.empty() && subject.request.namespace_open) {
      return fail(Ground::kUndecided, "the parameters lie in the namespace of the request, which is not known here");
    }
    if (space.empty() && !custom) {
      return fail(Ground::kConfiguration,
                  "failed to configure binding: cannot use namespaced paramRef in policy binding that matches cluster-scoped resources");
    }
  }
  if (!binding.param_name.empty()) {
    const Value* found = subject.cluster.find(param_kind_->group, param_kind_->kind, space, binding.param_name);
    // A custom kind may have no namespace.
    if (!found && binding.param_namespace.empty() && param_kind_->group.find('.') != std::string_view::npos) {
      found = subject.cluster.find(param_kind_->group, param_kind_->kind, "", binding.param_name);
    }
    if (found) out.push_back(found);
  } else if (binding.param_selector) {
    std::vector<const Value*> all;
    subject.cluster.list(param_kind_->group, param_kind_->kind, space, all);
    for (const Value* object : all) {
      bool unknown = false;
      if (binding.param_selector->matches(admission::labels_of(object, subject.scratch, unknown), subject.scratch) != Match::kNo) out.push_back(object);
    }
  }
  if (!out.empty()) return true;
  if (!subject.cluster.complete()) {
    return fail(Ground::kUndecided, "the parameters (" + std::string(param_kind_->kind) + " " +
                                        std::string(binding.param_name.empty() ? "by labels" : binding.param_name) + ") are not known here");
  }
  if (binding.missing_denies) {
    return fail(Ground::kConfiguration, "failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction");
  }
  return false;
}

bool VapPolicy::conditions_hold(Evaluation& evaluation, Subject& subject) const {
  if (conditions_.empty()) return true;
  evaluation.begin(cel::kMatchConditionsLimit);
  evaluation.show_namespace(false);
  std::vector<std::string> errors;
  Ground ground = Ground::kError;
  bool spent = false;
  for (const Expression& condition : conditions_) {
    Val value;
    std::string message;
    Evaluation::Outcome outcome = evaluation.run(condition, value, message);
    if (outcome == Evaluation::Outcome::kBudget) {
      errors = {message};
      spent = true;
      break;
    }
    if (outcome == Evaluation::Outcome::kValue) {
      if (value.is_unknown() && subject.scratch.world) value = cel::bool_val(subject.scratch.world->truth(*subject.scratch.guards, *value.model));
      if (value.is_false()) {
        errors.clear();
        evaluation.show_namespace(true);
        return false;
      }
      continue;
    }
    if (outcome == Evaluation::Outcome::kUndecided) ground = Ground::kUndecided;
    errors.push_back(std::move(message));
  }
  evaluation.show_namespace(true);
  if (errors.empty()) return true;
  std::string joined = errors[0];
  if (errors.size() > 1 && !spent) {
    std::vector<std::string> distinct;
    for (const std::string& error : errors) {
      if (std::find(distinct.begin(), distinct.end(), error) == distinct.end()) distinct.push_back(error);
    }
    joined = distinct[0];
    for (size_t i = 1; i < distinct.size(); ++i) joined += ", " + distinct[i];
    if (distinct.size() > 1) joined = "[" + joined + "]";
  }
  object_to(subject, ground, std::move(joined));
  return false;
}

void VapPolicy::validate(Subject& subject, const Value* params) const {
  admission::Scratch& scratch = subject.scratch;
  Evaluation evaluation(*this, subject.request, subject.matched, params, subject.space, subject.space_known, scratch);
  if (!conditions_hold(evaluation, subject)) return;

  struct Verdict {
    Evaluation::Outcome outcome = Evaluation::Outcome::kValue;
    bool passed = true;
    std::string message;
    std::string field;
    const Value* value = nullptr;
  };
  std::vector<Verdict> verdicts(validations_.size());
  evaluation.begin(cel::kPolicyLimit);
  bool any_failed = false;
  for (size_t i = 0; i < validations_.size(); ++i) {
    Verdict& verdict = verdicts[i];
    Val value;
    std::vector<cel::TraceRead> trace;
    uint64_t budget = evaluation.budget();
    verdict.outcome = evaluation.run(validations_[i].expression, value, verdict.message);
    if (verdict.outcome == Evaluation::Outcome::kBudget) return object_to(subject, Ground::kError, std::move(verdict.message));
    if (verdict.outcome == Evaluation::Outcome::kValue && value.is_unknown() && scratch.world) {
      value = cel::bool_val(scratch.world->truth(*scratch.guards, *value.model));
    }
    verdict.passed = verdict.outcome == Evaluation::Outcome::kValue && value.is_true();
    any_failed = any_failed || !verdict.passed;
    if (verdict.outcome != Evaluation::Outcome::kValue || verdict.passed) continue;
    // Once more, to see what decided.
    uint64_t after = evaluation.budget();
    evaluation.begin(budget);
    std::string ignored;
    evaluation.run(validations_[i].expression, value, ignored, &trace);
    evaluation.set_budget(after);
    for (const cel::TraceRead& read : trace) {
      if (!read.path || !read.value) continue;
      std::string path = cel::to_text(read.path);
      bool better = verdict.value == nullptr || !read.value->is_mapping() || verdict.value->is_mapping();
      if (!better) continue;
      verdict.field = std::move(path);
      verdict.value = read.value;
    }
  }

  // Messages of validations that passed are looked at only where they could spend the budget.
  std::vector<std::string> messages(validations_.size());
  bool spent = false;
  size_t dear = static_cast<size_t>(std::count_if(validations_.begin(), validations_.end(), [](const Validation& v) { return v.message_expression.there(); }));
  bool all = (dear + variables_.size()) * cel::kExpressionLimit > evaluation.budget() && dear > kMaxFewMessages;
  if (any_failed || all) {
    uint64_t budget = evaluation.budget();
    evaluation.begin(budget);
    for (size_t i = 0; i < validations_.size() && !spent; ++i) {
      if (!validations_[i].message_expression.there() || (!all && verdicts[i].passed)) continue;
      Val value;
      std::string problem;
      Evaluation::Outcome outcome = evaluation.run(validations_[i].message_expression, value, problem);
      spent = outcome == Evaluation::Outcome::kBudget;
      if (outcome != Evaluation::Outcome::kValue || !value.is(cel::Kind::kString)) continue;
      std::string_view text = trimmed(value.text());
      if (text.size() <= kMaxMessageBytes && text.find('\n') == std::string_view::npos) messages[i] = text;
    }
  }

  for (size_t i = 0; i < validations_.size(); ++i) {
    const Validation& validation = validations_[i];
    Verdict& verdict = verdicts[i];
    if (verdict.outcome == Evaluation::Outcome::kError || verdict.outcome == Evaluation::Outcome::kUndecided || spent) {
      if (!fail_) continue;
      bool undecided = verdict.outcome == Evaluation::Outcome::kUndecided;
      bool failed = verdict.outcome == Evaluation::Outcome::kError;
      std::string message = undecided || failed ? std::move(verdict.message)
                                                : "failed messageExpression: validation failed due to running out of cost budget, no further validation rules will be run";
      Decision& decision = decide(subject, undecided ? Ground::kUndecided : Ground::kError, std::move(message));
      decision.expression = static_cast<uint32_t>(i);
      continue;
    }
    if (verdict.passed) continue;
    std::string message = std::move(messages[i]);
    if (message.empty()) message = trimmed(validation.message);
    if (message.empty()) message = "failed expression: " + std::string(trimmed(validation.expression.text));
    Decision& decision = decide(subject, Ground::kViolation, std::move(message));
    decision.reason = validation.reason;
    decision.code = validation.code;
    decision.expression = static_cast<uint32_t>(i);
    decision.field = std::move(verdict.field);
    decision.value = verdict.value;
  }
  annotate(evaluation, subject);
}

void VapPolicy::annotate(Evaluation& evaluation, Subject& subject) const {
  if (annotations_.empty()) return;
  evaluation.begin(cel::kPolicyLimit);
  for (const Expression& annotation : annotations_) {
    Val value;
    std::string message;
    Evaluation::Outcome outcome = evaluation.run(annotation, value, message);
    if (outcome != Evaluation::Outcome::kValue) {
      if (!fail_) continue;
      Ground ground = outcome == Evaluation::Outcome::kUndecided ? Ground::kUndecided : Ground::kError;
      Decision& decision = decide(subject, ground, std::move(message));
      decision.deny = true;
      decision.warn = decision.audit = false;
      continue;
    }
    if (!value.is(cel::Kind::kString)) continue;
    std::string text(trimmed(value.text()).substr(0, kMaxAnnotationBytes));
    if (text.empty()) continue;
    auto at = std::find_if(subject.annotations.begin(), subject.annotations.end(), [&](const auto& entry) { return entry.first == annotation.name; });
    if (at == subject.annotations.end()) at = subject.annotations.insert(subject.annotations.end(), {annotation.name, {}});
    if (std::find(at->second.begin(), at->second.end(), text) == at->second.end()) at->second.push_back(std::move(text));
  }
}

}  // namespace assay::rules::vap
