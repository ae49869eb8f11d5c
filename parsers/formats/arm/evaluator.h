// The evaluator of one template: JSON nodes and the expressions in their strings to values. Parameters,
// variables and outputs are computed when they are read. Nothing is guessed: what cannot be known is
// an unknown with its causes, and a condition that stays open is a guard.
//
// Conditions are values: a boolean that stays open is "true under this guard, else false", so that
// if(), and(), or(), not() and equals() compose.
//
// Ownership: everything made lives in the root's arena. Threads: one per evaluator.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "parsers/formats/arm/parameters.h"
#include "parsers/formats/arm/scope.h"
#include "parsers/formats/format.h"
#include "parsers/model/resource.h"

namespace assay::formats::arm {

class PureCall;
struct Builtin;
// What a template asks of the deployments it contains; what gives nothing is unknown.
class Deployments {
 public:
  virtual ~Deployments() = default;
  // Output `name` of the deployment that is instance `row`.
  virtual std::optional<model::Value> output(uint32_t row, std::string_view name, core::Span at) = 0;
};

// One call as it is run.
struct Call {
  std::string_view name;  // as the table spells it
  const Expression* expression = nullptr;
  Written written;
};

class Evaluator {
 public:
  Evaluator(const syntax::Tree& tree, model::Root& root, const LoadContext& context, Place place);

  // Indexes parameters, variables and functions. `top` is the template.
  void index(const syntax::Node& top, const GivenValues& given);

  model::Value evaluate(const syntax::Node* node);
  model::Value evaluate_under(std::string_view key, const syntax::Node* node);
  // A mapping without some of its keys.
  model::Value mapping(const syntax::Node& node, std::span<const std::string_view> without);
  // An output: its value, or what its copy makes.
  model::Value output_body(const syntax::Node& node, std::span<const std::string_view> without);
  // Under which guard is the value true?
  model::Guard truth(const model::Value& value, core::Span at);
  // "count" of a loop: the number of certain instances, or how many at most and under which guards.
  struct Repeats {
    std::vector<model::Guard> guards;  // one per instance
    bool open = false;                 // one stands for an unknown number
    model::Value index;                // then: copyIndex()
  };
  Repeats repeats(const syntax::Node& copy, std::string_view name);

  // While it lives, values belong to row `row`, exist under `guard` and see `loop`.
  class Within {
   public:
    Within(Evaluator& evaluator, uint32_t row, model::Guard guard, const Loop* loop);
    ~Within();

   private:
    Evaluator& evaluator_;
    uint32_t row_;
    model::Guard assumed_;
    Scope scope_;
  };
  static constexpr uint32_t kNoRow = 0xffffffff;

  const std::vector<Parameter>& parameters() const { return parameters_; }
  // Every parameter, used or not: what is wrong with it is said.
  void read_parameters();
  TreeValues& values() { return values_; }
  core::Arena& arena() { return arena_; }
  const Place& place() const { return place_; }
  void set_deployments(Deployments* deployments) { deployments_ = deployments; }
  std::string id(std::string_view name) const { return place_.prefix + std::string(name); }
  void problem(core::ProblemSeverity severity, std::string code, std::string message, core::Span at);
  model::Value concatenate(std::span<const model::Value> parts, core::Span at);
  model::Value opaque(std::string_view cause, core::Span at, const model::Type* type = nullptr);
  // The identity of a resource: what resourceId() gives.
  model::Value resource_id(std::string_view type, const model::Value& name, core::Span at);
  // Makes a row findable by its identity, its "type/name", its name and its symbol.
  void declare(const Instance& instance);
  // The row that a value names (an identity, "type/name", a name, a symbol); kNoRow when none.
  uint32_t find_row(const model::Value& named) const;
  void refer(uint32_t row, std::string_view path = {});
  model::Value through(model::OriginKind kind, core::Span at, std::string_view what, model::Value value);
  static std::string lower(std::string_view text);

 private:
  friend struct Builtins;
  friend class PureCall;
  friend model::Value run_pure(Evaluator& evaluator, const Builtin& builtin, const Call& call);
  using Operation = std::function<model::Value(std::span<const model::Value>)>;
  using CallEvaluation = model::Value(const Call& call);
  enum class State : uint8_t { kNew, kRunning, kDone };
  struct Variable {
    const syntax::Node* node = nullptr;
    const syntax::Node* copy = nullptr;  // of {"copy": [{name, count, input}]}
    core::Span span;
    State state = State::kNew;
    model::Value value;
    std::vector<uint32_t> rows;  // that it refers to
  };

  // evaluator.cc
  model::Value text(const syntax::Node& node);
  model::Value sequence(const syntax::Node& node);
  void add_copies(const syntax::Node& list, std::vector<model::Entry>& entries);
  model::Value copied_list(const syntax::Node& copy, std::string_view name);
  const Expression* parsed(const syntax::Node& node);
  core::Span place_of(const Expression& expression, const Written& written);
  model::Value run(const Expression& expression, const Written& written);
  model::Value run_step(const Expression& expression, const Written& written);
  model::Value property(const model::Value& of, std::string_view name, core::Span at, bool lenient);
  model::Value element(const model::Value& of, const model::Value& index, core::Span at, bool lenient);
  model::Value call(const Expression& expression, const Written& written);
  model::Value read_variable(Variable& variable, std::string_view name, core::Span at);
  model::Value read_parameter(Parameter& parameter, core::Span at);
  bool enter(std::string_view name, core::Span at);
  std::string current_path() const;

  // logic.cc
  model::Value bool_of(model::Guard guard, core::Span at);
  model::Guard equals(const model::Value& a, const model::Value& b, core::Span at);
  model::Guard equals_unknown(const model::Value& unknown, const model::Value& known, core::Span at);
  model::Guard open_guard(std::string_view name, std::span<const core::Symbol> causes);
  model::Guard is_empty(const model::Value& value, core::Span at);
  model::Value over(std::span<const model::Value> args, const Operation& op);
  void over_from(std::span<const model::Value> args, size_t next, model::Guard under,
                 std::vector<model::Value>& picked, std::vector<model::Alternative>& out, const Operation& op);
  model::Value derived(std::string_view name, const model::Type* type, std::span<const model::Value> from);
  const model::Origin* origin(model::OriginKind kind, core::Span span, std::string_view what,
                              std::span<const model::Value> from);
  model::Value result(const Call& call, model::Value value, std::span<const model::Value> from);
  model::Value wrong_call(const Call& call, std::string message);
  bool spend(size_t bytes, core::Span at);
  core::Span place_of(const Call& call) { return place_of(*call.expression, call.written); }
  model::Value argument(const Call& call, size_t index);
  std::vector<model::Value> arguments(const Call& call);
  std::string text_of(const model::Value& value) const;

  // own_functions.cc, resource_functions.cc: those that look beyond the values of their arguments
  CallEvaluation fn_parameters, fn_variables, fn_if, fn_and, fn_or, fn_not, fn_equals, fn_coalesce, fn_bool,
      fn_copy_index, fn_concat, fn_format, fn_join, fn_contains, fn_empty, fn_length, fn_create_array,
      fn_create_object, fn_union, fn_try_get, fn_first, fn_last, fn_lambda_variables, fn_string, fn_json,
      fn_resource_id, fn_reference, fn_list, fn_runtime, fn_scope_object, fn_generated,
      fn_array, fn_map, fn_filter, fn_reduce, fn_to_object, fn_map_values, fn_lambda,
      fn_by_lambda;
  model::Value lambda(const Call& call, size_t index, std::span<const model::Value> values);
  bool is_lambda(const Call& call, size_t index, size_t least, size_t most) const;
  model::Value own_function(const syntax::Node& function, const Call& call);
  model::Value runtime(const Call& call, std::string_view name, const model::Type* type);
  // builtins.cc: a function that only computes, over every choice of alternatives.
  model::Value call_pure(model::Value (*pure)(PureCall&, std::span<const model::Value>), const model::Type* type,
                         const Call& call);
  std::string context_text(std::initializer_list<std::string_view> keys) const;

  model::Root& root_;
  const LoadContext& context_;
  Place place_;
  TreeValues values_;
  model::Guards& guards_;
  core::Arena& arena_;
  Deployments* deployments_ = nullptr;

  std::vector<Parameter> parameters_;
  std::unordered_map<std::string, uint32_t> parameter_index_;
  std::map<std::string, Variable, std::less<>> variables_;
  std::unordered_map<std::string, const syntax::Node*> functions_;  // "contoso.name"
  std::unordered_map<const syntax::Node*, const Expression*> expressions_;
  std::unordered_map<std::string, uint32_t> rows_;  // by what names them
  std::unordered_map<std::string, uint32_t> names_seen_;

  std::vector<std::pair<std::string_view, uint32_t>> path_;  // key, or (null) and a position
  std::vector<std::string_view> reading_;  // variables and parameters that are being read
  std::vector<uint32_t>* collected_ = nullptr;  // rows that a variable refers to, while it is read
  Scope scope_;
  uint32_t row_ = kNoRow;
  model::Guard assumed_ = model::kAlways;
  uint32_t depth_ = 0;
  uint32_t functions_deep_ = 0;
  uint32_t budget_ = 0;
  uint32_t loop_bodies_ = 0;
  size_t text_bytes_ = 0;
};

}  // namespace assay::formats::arm
