// What validations, preconditions and postconditions say about inputs that are not known: a
// configuration that breaks them is never deployed, so they hold in every world worth looking at.
#include <algorithm>

#include "parsers/formats/terraform/constraints.h"
#include "parsers/formats/terraform/evaluator.h"

namespace assay::formats::terraform {

using model::Guard;
using model::kAlways;
using model::kNever;
using model::Value;
using syntax::Node;
using syntax::NodeKind;

namespace {

const Node* attribute_of_block(const Item& block, std::string_view name) {
  const Node* body = block.body();
  if (!body) return nullptr;
  for (const Node* child : body->children()) {
    if (child->kind == NodeKind::kAttribute && child->text == name) return child->child(0);
  }
  return nullptr;
}

}  // namespace

// `unknown`, the value of a variable, with what the validations read off directly say about it.
Value Evaluator::limited(const Declaration& variable, Value unknown, bool nullable) {
  Constraints limits;
  limits.facts.not_null = !nullable;
  for (const Item& item : variable.items) {
    if (!item.is_block() || item.name() != "validation") continue;
    const Node* condition = attribute_of_block(item, "condition");
    if (!condition) continue;
    Scope constant;
    constant.file = item.file;
    constant.borrowed = true;
    add_constraints(*condition, variable.name,
                    [&](const Node& node) {
                      Value value = evaluate(node, constant);
                      return is_error(value) ? unknown_named(fresh_id("constant")) : value;
                    },
                    root_.arena, limits);
  }
  model::Unknown facts = unknown.unknown();
  if (limits.domain && !limits.domain->empty()) {
    const auto& literals = *limits.domain;
    bool null = std::find(literals.begin(), literals.end(), "null") != literals.end();
    limits.facts.not_null = limits.facts.not_null || !null;
    root_.guards.declare_domain(facts.id.text(), literals);
  }
  facts.not_null = facts.not_null || limits.facts.not_null;
  const model::Type* type = facts.type;
  if (!type || type->kind == model::TypeKind::kString) {
    // A prefix says that this is a text.
    if (type || !limits.facts.prefix.empty()) facts.prefix = limits.facts.prefix;
    if (type || !limits.facts.suffix.empty()) facts.suffix = limits.facts.suffix;
  }
  if (type && type->kind == model::TypeKind::kNumber) {
    facts.minimum = limits.facts.minimum;
    facts.maximum = limits.facts.maximum;
  }
  bool counted = type && type->kind != model::TypeKind::kNumber && type->kind != model::TypeKind::kBool &&
                 type->kind != model::TypeKind::kDynamic;
  if (counted) {
    facts.min_length = limits.facts.min_length;
    facts.max_length = limits.facts.max_length;
  }
  Value out = unknown_value(facts, root_.arena);
  out.marks = unknown.marks;
  return out;
}

void Evaluator::check_validations(ModuleInstance& module, size_t index) {
  const Declaration& variable = module.source->variables()[index];
  const Value& value = module.variables[index].value;
  for (const Item& item : variable.items) {
    if (!item.is_block() || item.name() != "validation") continue;
    check_condition(item, module_scope(module), module.exists,
                    module.prefix + "var." + std::string(variable.name) + " does not pass its validation",
                    &value);
  }
}

// The preconditions or postconditions of a resource instance.
void Evaluator::check_conditions(Instance& instance, std::string_view block_type) {
  const Item* lifecycle = instance.node->declaration->first_block("lifecycle");
  if (!lifecycle || !lifecycle->body()) return;
  for (const Node* child : lifecycle->body()->children()) {
    if (child->kind != NodeKind::kBlock || child->text != block_type) continue;
    Scope scope = instance_scope(instance);
    Value self;
    if (block_type == "postcondition") {
      self = partial_object(instance);
      scope.self = &self;
    }
    check_condition({child, lifecycle->file, lifecycle->borrowed}, scope, instance.exists,
                    "a " + std::string(block_type) + " of " + std::string(instance.address) + " does not hold",
                    nullptr);
  }
}

void Evaluator::check_condition(const Item& block, const Scope& outer, Guard exists, std::string_view what,
                                const Value* subject) {
  const Node* condition = attribute_of_block(block, "condition");
  if (!condition || exists == kNever) return;
  Scope scope = item_scope(outer, block);
  auto* saved = references_;
  references_ = nullptr;
  Value holds = evaluate(*condition, scope);
  if (is_error(holds)) {
    // Without a value the configuration is refused too, but the reason is the condition itself.
    settle(holds, span_of(*condition, scope), {});
  } else {
    take_assumption(holds, exists, block, scope, what, subject);
  }
  references_ = saved;
}

void Evaluator::take_assumption(const Value& holds, Guard exists, const Item& block, const Scope& scope,
                                std::string_view what, const Value* subject) {
  // A question without an identity is asked only once: knowing its answer helps nobody.
  if (holds.is_unknown() && holds.unknown().id.empty()) return;
  const Node* written = attribute_of_block(block, "condition");
  core::Span span = written ? span_of(*written, scope) : block.header();
  Condition condition = condition_of(holds, span);
  model::Guards& guards = root_.guards;
  Guard demanded = guards.either(guards.negate(exists), condition.holds);
  Guard joined = guards.both(assumptions_, demanded);
  if (joined != kNever && (condition.holds != kNever || exists != kAlways)) {
    assumptions_ = joined;
    return;
  }
  std::string message(what);
  if (const Node* text = attribute_of_block(block, "error_message")) {
    Value reason = evaluate(*text, scope);
    if (reason.is_string() && !reason.has_mark(model::kSensitive) && !holds.has_mark(model::kSensitive)) {
      message.append(": ").append(reason.text());
    }
  }
  bool placed = subject && subject->span.valid();
  problem(core::ProblemSeverity::kNote, "terraform-validation", std::move(message),
          placed ? subject->span : span, placed ? span : core::Span{});
}

// Values made before an assumption was known, seen again with all of them.
void Evaluator::apply_assumptions() {
  if (assumptions_ == kAlways) return;
  for (model::Resource& resource : root_.resources) {
    Guard exists = root_.guards.assuming(resource.exists, assumptions_);
    if (exists == kNever) continue;
    // The attributes are those of an instance that is there.
    Guard given = root_.guards.both(resource.exists, assumptions_);
    resource.exists = exists;
    resource.attributes = assume(resource.attributes, given);
  }
  for (auto& [name, value] : root_.outputs) value = assume(value, assumptions_);
}

}  // namespace assay::formats::terraform
