// Eval: one evaluation of a Program.
//
// In-language errors are Vals of kind kError: `&&`, `||`, exists() and all() absorb them as the
// specification says ("Evaluation"). Exceeding the step limit ends the evaluation whatever the
// expression is.
//
// Unknown values are decided through the World where a concrete answer is needed
// (rules/engine/world.h) and stay symbolic where it is not: fields, elements, arithmetic and functions of unknowns are
// unknowns whose ids spell the operation, so that equal questions get equal answers. An unknown
// collection is iterated as empty or as one unknown element; every place of iteration sees elements of
// its own.
//
// Mode::kRules reads a missing attribute as null, any part of null as null, null as false, and
// compares "true" with true and "1" with 1; a list of exactly one block gives way to the block.
//
// Trace: with `trace` set, the reads that decided the result are left there in order: of `a || b` the
// true side, of exists() the element that made it true, of `c ? a : b` the condition and one branch.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/core/arena.h"
#include "rules/engine/rule.h"
#include "rules/lang/cel/program.h"
#include "rules/lang/cel/wrap.h"

namespace assay::rules::cel {

struct TraceRead {
  const model::Value* value = nullptr;
  const Path* path = nullptr;
};

// What a run has cost so far, in the units of the API server (cost.h), and what it may cost.
struct CostMeter {
  uint64_t used = 0;
  uint64_t limit = UINT64_MAX;
};

// Works out variables that are declared lazy (Environment::add_lazy_variable). Kept by whoever evaluates.
class LazyVariables {
 public:
  virtual ~LazyVariables() = default;
  virtual Val value_of(uint32_t slot) = 0;
};

class Eval {
 public:
  // `world` and `guards` may be null where no unknown can occur.
  Eval(const Program& program, std::span<const Val> variables, core::Arena& arena, World* world,
       const model::Guards* guards, uint64_t& steps_left);

  Val run() { return run(*program_.root); }
  // Of another expression over the same variables.
  Val run(const Node& root);

  // --- For functions.
  core::Arena& arena() { return arena_; }
  bool rules_mode() const { return rules_; }
  bool kubernetes_mode() const { return kubernetes_; }
  RunContext* context() const { return context_; }
  void set_context(RunContext* context) { context_ = context; }
  void set_trace(std::vector<TraceRead>* trace) { trace_ = trace; }
  void set_lazy(LazyVariables* lazy) { lazy_ = lazy; }
  void set_cost(CostMeter* cost) { cost_ = cost; }
  // A part of an argument that decided, more than the argument itself.
  void note_deciding(const Val& value) { record(value); }

  Val error(std::string_view message);
  // In the words of the API server where it would speak.
  Val error(std::string_view message, std::string_view kubernetes) { return error(kubernetes_ ? kubernetes : message); }
  Val no_overload(std::string_view what, std::span<const Val> args);
  Val string(std::string_view text) {
    spend(text.size() / 16);
    return string_val(arena_.copy(text));
  }
  bool spend(uint64_t steps);  // false: the limit is reached
  bool stopped() const { return !fatal_.empty(); }

  // The value in this world: alternatives are resolved. `path` may be null.
  Val read(const model::Value& value, const Path* path) {
    if (value.is_alternatives()) return read_resolved(value, path);
    Val out = wrap(value);
    out.path = path;
    return out;
  }
  bool present(const model::Value& value) { return value.guard == model::kAlways || present_in_world(value); }
  // The element or entry at a raw position; false when it is absent in this world. REQUIRES: i < size.
  bool item_at(const Val& list, uint32_t i, Val& item);
  bool entry_at(const Val& map, uint32_t i, Val& key, Val& value);
  // The same for a reader whom most elements do not concern: whether the element is there is not asked yet.
  // False when it is known to be absent. Before an element decides anything, confirm(open) must say that it is there.
  bool peek_item(const Val& list, uint32_t i, Val& item, const model::Value*& open);
  bool peek_entry(const Val& map, uint32_t i, Val& key, Val& value, const model::Value*& open);
  bool confirm(const model::Value* open) { return open == nullptr || present_in_world(*open); }
  // All elements that are present. REQUIRES: a list.
  std::span<const Val> items(const Val& list);
  uint32_t count(const Val& collection);  // of elements that are present

  // A map; an error when keys repeat. Not copied.
  Val unique_map_val(std::span<const Val> keys, std::span<const Val> values);

  Val select(const Val& operand, std::string_view field);
  Val index(const Val& operand, const Val& key);
  bool has(const Val& operand, std::string_view field, Val& failure);
  // The value of a key; false when absent.
  bool lookup(const Val& map, const Val& key, Val& out);

  Val truth(const Val& value);  // a bool or an error
  bool equal(const Val& a, const Val& b);
  Val compare(Op op, const Val& a, const Val& b);  // kLess...kGreaterEqual
  Val arithmetic(Op op, const Val& a, const Val& b);
  Val contains(const Val& element, const Val& collection);  // the operator `in`
  Val size_of(const Val& value);
  Val call(const Node& node, std::span<const Val> args);

  Val sort_by(std::span<const Val> keys, std::span<const Val> values);

  // --- Unknowns.
  World* world() const { return world_; }
  const model::Guards& guards() const { return *guards_; }
  // An unknown made from `from`, with that id.
  Val derived(std::string_view id, const model::Type* type, std::span<const Val> from);
  // An unknown, not empty collection made from the unknown `range`.
  Val derived_collection(std::string_view id, const Val& range, bool same_elements);
  std::string id_of_call(std::string_view function, std::span<const Val> args);
  std::string id_of(const Val& unknown);
  // A yes/no question of the world about these values.
  bool ask(std::string_view question, std::span<const Val> about);
  bool contains_unknown(const Val& value, int depth = 0);
  bool is_null_in_world(const Val& value);
  model::Value to_model(const Val& value, int depth = 0);

 private:
  bool within_memory();
  void charge(uint64_t cost) {
    if (cost_ && (cost_->used += cost) > cost_->limit) over_limit();
  }
  void over_limit();
  Val branch(const Node& node);
  Val eval(const Node& node);
  Val eval_node(const Node& node);
  Val eval_logic(const Node& node);
  Val eval_list(const Node& node);
  Val eval_map(const Node& node);
  Val eval_call(const Node& node);
  Val comprehension(const Node& node);
  Val optional_macro(const Node& node);
  Val step(const Node& node, const Val& operand, const Val* key);
  void record(const Val& value) {
    if (trace_ && value.path) trace_->push_back({value.model, value.path});
  }
  size_t mark() const { return trace_ ? trace_->size() : 0; }
  void forget(size_t from, size_t to) {
    if (trace_) trace_->erase(trace_->begin() + static_cast<ptrdiff_t>(from), trace_->begin() + static_cast<ptrdiff_t>(to));
  }
  bool present_in_world(const model::Value& value);
  bool may_be_present(const model::Value& value, const model::Value*& open);
  Val read_resolved(const model::Value& value, const Path* path);
  const Path* child(const Val& parent, std::string_view key);
  const Path* child(const Val& parent, uint32_t index);
  Val missing(const Val& parent, std::string_view key);
  void need_world();
  bool equal_unknown(const Val& a, const Val& b);
  Val compare_unknown(Op op, const Val& a, const Val& b);
  Val unify_literal(const Val& unknown, const Val& other);
  Val call_unknown(const Node& node, std::span<const Val> args);
  const Overload* match(const Node& node, std::span<const Val> args) const;

  const Program& program_;
  std::span<const Val> variables_;
  core::Arena& arena_;
  World* world_;
  const model::Guards* guards_;
  uint64_t& steps_;
  const size_t most_bytes_;  // that the arena may hold
  bool rules_;
  bool kubernetes_;
  RunContext* context_ = nullptr;
  std::vector<TraceRead>* trace_ = nullptr;
  LazyVariables* lazy_ = nullptr;
  CostMeter* cost_ = nullptr;
  Val* locals_ = nullptr;
  std::string fatal_;
  std::vector<uint32_t> iteration_;  // indices of the comprehensions being run, outermost first

 public:
  const Pattern* pattern = nullptr;  // of the call being run, when its pattern is a literal
};

}  // namespace assay::rules::cel
