// VapPolicy: a ValidatingAdmissionPolicy (admissionregistration.k8s.io v1; v1beta1 and v1alpha1 read the same) with the
// bindings that name it, judged as the API server judges it: constraints, conditions, parameters, variables, validations,
// messages, reasons, audit annotations, failure policy, cost limits (apiserver/pkg/admission/plugin/policy/validating).
//
// Called by admission::load_policies() and, for manifests of a scan, by VapCheck. Ownership: texts live in the arena of
// the PolicySet, programs in the policy. Threads: immutable once read.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/lang/admission/admission.h"
#include "rules/lang/admission/match.h"
#include "rules/lang/cel/program.h"

namespace assay::rules::vap {

// An expression with its place in the file. Without a program it did not compile.
struct Expression {
  std::string_view name;  // of a condition, a variable, an annotation
  std::string_view text;
  core::Span span;
  std::unique_ptr<cel::Program> program;
  std::string problem;
  bool there() const { return !text.empty(); }
};

struct Validation {
  Expression expression, message_expression;
  std::string_view message, reason = "Invalid";
  int code = 422;
};

struct ParamKind {
  std::string_view group, version, kind;
};

struct Binding {
  std::string_view name;
  core::Span span;
  bool constrained = false;
  admission::MatchConstraints constraints;
  bool deny = false, warn = false, audit = false;
  std::string_view actions = "[]";  // as JSON
  bool has_params = false;
  std::string_view param_name, param_namespace;
  std::optional<admission::LabelSelector> param_selector;
  bool missing_denies = false;  // parameterNotFoundAction
};

class Evaluation;

class VapPolicy : public admission::Policy {
 public:
  std::string_view name() const override { return name_; }
  std::string_view language() const override { return "vap"; }
  core::Span span() const override { return span_; }
  void judge(const admission::Request& request, const admission::Cluster& cluster, admission::Scratch& scratch,
             admission::Answer& answer) const override;

  const std::vector<Validation>& validations() const { return validations_; }
  const std::vector<Binding>& bindings() const { return bindings_; }

 private:
  friend class Reader;
  friend class Evaluation;

  struct Subject;  // of one request, binding and parameter
  using Parameters = std::vector<const model::Value*>;

  void judge_binding(const Binding& binding, Subject& subject) const;
  bool collect_parameters(const Binding& binding, Subject& subject, Parameters& out) const;
  void validate(Subject& subject, const model::Value* params) const;
  bool conditions_hold(Evaluation& evaluation, Subject& subject) const;
  void annotate(Evaluation& evaluation, Subject& subject) const;
  void object_to(Subject& subject, admission::Ground ground, std::string message) const;
  admission::Decision& decide(Subject& subject, admission::Ground ground, std::string message) const;

  std::string_view name_;
  core::Span span_;
  bool fail_ = true;           // failurePolicy
  bool judge_unbound_ = false;
  std::optional<ParamKind> param_kind_;
  admission::MatchConstraints constraints_;
  std::unique_ptr<cel::Environment> environment_;
  int params_slot_ = -1, authorizer_slot_ = -1, resource_slot_ = -1, first_variable_ = 0;
  std::vector<Expression> conditions_, variables_, annotations_;
  std::vector<Validation> validations_;
  std::vector<Binding> bindings_;
};

}  // namespace assay::rules::vap
