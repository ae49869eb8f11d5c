// The evaluator of one Terraform root: a demand-driven interpreter. Every variable, local, output and
// resource instance is a thunk, computed once when first asked for; asking for one that is being
// computed is a cycle, which is reported with its path. Nothing is iterated to a fixpoint.
//
// Values are as precise as the inputs allow: unknown inputs stay unknown
// with their causes, conditions on them give alternatives, and errors of the language are values
// (errors.h) until they are stored.
// Called by format.cc, once per root. What outlives it is in the root's arena. Threads: one worker.
#pragma once

#include "parsers/core/limits.h"
#include "parsers/formats/terraform/evaluation.h"

namespace assay::formats::terraform {

class Evaluator : private Evaluation {
 public:
  // `directory` is the root module's; `files` those of all modules it may call.
  Evaluator(model::Root& root, const LoadContext& context, std::string directory,
            std::span<const InputFile* const> files);
  ~Evaluator();

  // Evaluates everything and fills root.resources, edges and outputs.
  void run();
  ModuleInstance& root_module() { return *root_module_; }
  // The value may be an error (errors.h) and has the expression's span.
  model::Value evaluate(const syntax::Node& node, const Scope& scope);
  // The same, but an error becomes a Problem and an unknown called `id`.
  model::Value settled(const syntax::Node& node, const Scope& scope, std::string_view id);
  model::Value settle(model::Value value, core::Span span, std::string_view id);

  const std::vector<std::string>& used_files() const { return used_files_; }
  // Before run(): instances, variables and values are those of `plan`, which must outlive this.
  void use_plan(const Plan& plan) { plan_ = &plan; }

 private:
  class Deeper;
  // expressions.cc
  bool spend(uint64_t steps, core::Span span);  // from the root's budget; false: used up
  Value evaluate_node(const syntax::Node& node, const Scope& scope);
  Value hoist(const syntax::Node& node, const Scope& scope);
  Value literal_number(const syntax::Node& node, const Scope& scope);
  Value tuple(const syntax::Node& node, const Scope& scope);
  Value object(const syntax::Node& node, const Scope& scope);
  Value object_key(const syntax::Node& item, const Scope& scope);
  Value conditional(const syntax::Node& node, const Scope& scope);
  Value splat(const syntax::Node& node, const Scope& scope);
  Value splat_over(const syntax::Node& node, const Scope& scope, const Value& source);
  Value for_expression(const syntax::Node& node, const Scope& scope);
  Value for_over(const syntax::Node& node, const Scope& scope, const Value& collection);
  // The index of an element behind others that may be missing.
  Value open_index(const Value& collection, int64_t least, int64_t most);
  Condition condition_of(const Value& value, core::Span span);
  // templates.cc
  Value evaluate_template(const syntax::Node& node, const Scope& scope);
  using Parts = core::SmallVector<Value, 8>;
  void template_parts(const syntax::Node& node, const Scope& scope, Parts& parts, model::Guard under,
                      ErrorLift& lift);
  Value join_parts(const Parts& parts, core::Span span);
  Value text_of_parts(std::span<const Value> parts);
  const Value* text_structure(std::span<const Value> parts);
  // operators.cc
  Value unary(const syntax::Node& node, const Scope& scope);
  Value binary(const syntax::Node& node, const Scope& scope);
  Value logical(const syntax::Node& node, const Scope& scope);
  Value arithmetic(std::string_view op, const Value& a, const Value& b, core::Span span);
  Value compare(std::string_view op, const Value& a, const Value& b, core::Span span);
  Value equality(const Value& a, const Value& b, bool negated, core::Span span);
  Value from_guard(model::Guard guard);
  model::Guard equals(const Value& a, const Value& b);
  model::Guard equals_unknown(const Value& unknown, const Value& other);
  std::string fresh_id(std::string_view what);
  // calls.cc
  Value call(const syntax::Node& node, const Scope& scope);
  Value call_try(const syntax::Node& node, const Scope& scope, size_t from);
  Value call_can(const syntax::Node& node, const Scope& scope);
  void note_unread(std::string_view path, core::Span span);
  Value call_convert(const syntax::Node& node, const Scope& scope);
  Value call_decode_tfvars(const syntax::Node& node, const Scope& scope);
  Value call_template(const syntax::Node& node, const Scope& scope, bool file);
  // Shared by all calls: use it before anything else is evaluated.
  CallContext& call_context(core::Span span);
  Value from_result(const CallResult& result, core::Span span);
  Value to_type(const Value& value, const model::Type* type, core::Span span);
  // references.cc
  Value traversal(const syntax::Node& node, const Scope& scope);
  Value step(const syntax::Node& node, const Scope& scope);
  Value root_reference(std::string_view space, std::string_view name, const syntax::Node& node,
                       const Scope& scope, bool* handled);
  Value attribute_of(const Value& object, std::string_view name, core::Span span);
  Value open_blocks(const Value& blocks, const std::string& id);
  Value index_of(const Value& collection, const Value& key, core::Span span);
  Value index_unknown(const Value& collection, const Value& key, core::Span span);
  Value variable(ModuleInstance& module, std::string_view name, core::Span span);
  Value local(ModuleInstance& module, std::string_view name, core::Span span);
  Value output(ModuleInstance& module, size_t index);
  Value module_value(ModuleInstance& module, std::string_view name, core::Span span);
  Value module_output(ModuleInstance& module, std::string_view name, const syntax::Node* key,
                      std::string_view output, core::Span span, const Scope& scope);
  Value outputs_object(ModuleInstance& module);
  Value resource_value(ModuleInstance& module, Declaration::Kind kind, std::string_view type,
                       std::string_view name, core::Span span);
  Value set_value(const InstanceSet& set, const ModuleInstance& module, std::string_view name,
                  std::span<const Value> parts, core::Span span);
  // The value, or an unknown when it has too many parts.
  Value bounded(const Value& value, core::Span span);
  // True: the caller must compute the thunk's value and hand it to finish(). False: *out is it.
  bool start(Thunk& thunk, ModuleInstance& module, std::string_view prefix, std::string_view name,
             core::Span span, Value* out);
  Value finish(Thunk& thunk, const Value& value, core::Span span);
  void hand_on(const Thunk& thunk);
  void report_cycle(const void* thunk, const ModuleInstance& module, std::string_view prefix,
                    std::string_view name, core::Span span);
  // instances.cc
  // More than `most` instances: one stands for all.
  void expand(const Declaration& declaration, ModuleInstance& module, std::string_view name, InstanceSet& set,
              uint32_t most = core::kMaxInstances);
  void expand_count(const Value& count, const Item& at, const std::string& id, InstanceSet& set, uint32_t most);
  bool add_slots(const Value& collection, uint8_t marks, InstanceSet& set);
  void expand_for_each(const Value& value, const Item& at, const std::string& id, InstanceSet& set, uint32_t most);
  ResourceNode& resource_node(ModuleInstance& module, size_t index);
  ModuleNode& module_node(ModuleInstance& module, size_t index);
  Value instance_attributes(Instance& instance);
  Scope instance_scope(const Instance& instance);
  core::Symbol id_of(Instance& instance);
  Value partial_object(Instance& instance);
  const Module* module_at(const std::string& directory);
  void check_arguments(const Declaration& call, const Module& called);
  void check_inputs();
  // variables.cc
  Value compute_variable(ModuleInstance& module, size_t index);
  Value workspace();
  Value input_value(const Input& input, const Declaration& variable, bool primitive);
  Value limited(const Declaration& variable, Value unknown, bool nullable);
  // constraints hold wherever the configuration is deployed at all; see constraints.h.
  void check_validations(ModuleInstance& module, size_t index);
  void check_conditions(Instance& instance, std::string_view block_type);
  void check_condition(const Item& block, const Scope& scope, model::Guard exists, std::string_view what,
                       const Value* subject);
  void take_assumption(const Value& holds, model::Guard exists, const Item& block, const Scope& scope,
                       std::string_view what, const Value* subject);
  void apply_assumptions();
  // blocks.cc
  using Blocks = std::vector<Value>;
  Value body_object(const Items& items, const Scope& scope, const BodyOptions& options);
  void keep_edges(Instance& owner, uint32_t before, SharedItem& item);
  void note_edges(const References& found, const BodyOptions& options, std::string_view name);
  void add_block(const Item& block, const Scope& scope, const BodyOptions& options,
                 model::Guard guard, Blocks& out);
  void add_dynamic(const Item& block, const Scope& scope, const BodyOptions& options,
                   model::Guard guard, Blocks& out);
  Value block_value(const Item& block, const Scope& scope, const BodyOptions& options);
  Value assume(const Value& value, model::Guard guard, uint32_t depth = 0);
  // plan/overlay.cc
  void planned_instances(const Declaration& declaration, const ModuleInstance& module, std::string_view name,
                         InstanceSet& set);
  Value planned_attributes(const Instance& instance, const Value& object);
  Value planned_variable(const Declaration& variable, const Value& value);
  // arguments.cc
  Value conformed(const Value& value, const Item& item, const Items& items, const BodyOptions& options);
  Value conformed_blocks(Value blocks, std::string_view name, const BodyOptions& options);
  void check_name(const Item& item, const Items& items, const BodyOptions& options);
  Value absent_attribute(const Value& object, std::string_view name, std::string_view id);
  // moves.cc
  void note_moves(ModuleInstance& module);
  std::string_view first_address(std::string_view stable);
  // data_sources.cc
  void complete_data(Instance& instance, std::vector<model::Entry>& entries);
  const Value* context_value(std::string_view type, std::string_view attribute);
  // providers.cc
  ProviderConfig provider_of(ModuleInstance& module, const Declaration& resource);
  ProviderConfig find_provider(ModuleInstance& module, std::string_view name, std::string_view alias);
  Value provider_value(const ProviderConfig& provider);
  bool add_default_tags(Instance& instance, std::span<const model::Entry> entries, model::Entry* added);
  // emit.cc
  void emit(ModuleInstance& module);
  void emit_instance(Instance& instance);
  void emit_static(ModuleInstance& module);
  void emit_row(ModuleInstance& module, const Declaration& declaration, std::string_view kind,
                std::string address, std::string_view view, std::vector<model::Entry> entries);
  void find_dependencies(ModuleInstance& module, ResourceNode& node);
  void emit_edges();
  class EdgeWriter;
  // evaluator.cc
  Scope module_scope(ModuleInstance& module) const;
  // That an unknown collection is empty, as the worlds of the rule engine ask it.
  model::Guard empty_guard(const Value& unknown, std::string_view otherwise);
  Scope item_scope(const Scope& outer, const Item& item) const;
  void note_reference(const Value& object);
};

}  // namespace assay::formats::terraform
