#include "rules/lang/vap/evaluation.h"

#include <algorithm>

#include "parsers/core/limits.h"
#include "rules/lang/cel/environment.h"

namespace assay::rules::vap {

using cel::Val;
using model::Value;

namespace {

constexpr uint32_t kMaxVariableDepth = 128;
constexpr cel::Path kObjectPath;
constexpr cel::Path kOldObjectPath{nullptr, "oldObject"};
constexpr std::string_view kOutOfBudget = "validation failed due to running out of cost budget, no further validation rules will be run";
// Errors of this text (by its address) say that nothing can be said.
constexpr std::string_view kNoAuthorizer = "the policy asks the authorizer of the cluster, which cannot be asked here";
constexpr std::string_view kNoNamespace = "the policy looks at the Namespace of the request, which is not known here";
constexpr std::string_view kNoUser = "the policy looks at the user of the request, who is not known here";

bool is_undecided(const Val& value) {
  const char* text = value.chars;
  return value.is_error() && (text == kNoAuthorizer.data() || text == kNoNamespace.data() || text == kNoUser.data());
}

// A map with texts for keys, built entry by entry.
class MapMaker {
 public:
  void add(std::string_view key, const Val& value) {
    keys_[count_] = cel::string_val(key);
    values_[count_++] = value;
  }
  void add_text(std::string_view key, std::string_view text) {
    if (!text.empty()) add(key, cel::string_val(text));
  }
  Val make(core::Arena& arena) {
    std::span<const Val> keys = arena.copy(std::span<const Val>(keys_, count_));
    std::span<const Val> values = arena.copy(std::span<const Val>(values_, count_));
    return cel::map_val(keys, values, arena);
  }

 private:
  Val keys_[16], values_[16];
  size_t count_ = 0;
};

Val triple(std::string_view a, std::string_view b, std::string_view name, std::string_view c, core::Arena& arena) {
  MapMaker map;
  map.add("group", cel::string_val(a));
  map.add("version", cel::string_val(b));
  map.add(name, cel::string_val(c));
  return map.make(arena);
}

// Of the request, for all policies that ask about it as it came.
struct Prepared {
  Val object, old_object, request;
};

Val wrapped(const Value* value, const cel::Path* path, admission::Scratch& scratch) {
  if (!value) return {};
  const Value* known = value;
  if (value->is_alternatives() && scratch.world) known = &scratch.world->resolve(*scratch.guards, *value);
  Val out = cel::wrap(*known);
  out.path = path;
  return out;
}

Val unknown_or(std::string_view id, std::string_view error, admission::Scratch& scratch) {
  if (!scratch.world) return cel::error_val(error);
  const Value* made = scratch.arena.make<Value>(model::unknown_input(id, nullptr, scratch.arena));
  return cel::wrap(*made);
}

Val request_val(const admission::Request& request, const admission::Matched& matched, admission::Scratch& scratch) {
  core::Arena& arena = scratch.arena;
  MapMaker map;
  map.add("kind", triple(matched.kind.group, matched.kind.version, "kind", matched.kind.kind, arena));
  map.add("resource", triple(matched.resource.group, matched.resource.version, "resource", matched.resource.resource, arena));
  map.add_text("subResource", request.subresource);
  map.add("requestKind", triple(request.request_kind.group, request.request_kind.version, "kind", request.request_kind.kind, arena));
  map.add("requestResource",
          triple(request.request_resource.group, request.request_resource.version, "resource", request.request_resource.resource, arena));
  map.add_text("requestSubResource", request.request_subresource);
  map.add_text("name", request.name);
  if (request.namespace_open && request.name_space.empty()) map.add("namespace", unknown_or("request.namespace", kNoNamespace, scratch));
  else map.add_text("namespace", request.name_space);
  map.add("operation", cel::string_val(admission::operation_text(request.operation)));
  map.add("userInfo", request.user_info ? wrapped(request.user_info, nullptr, scratch) : unknown_or("request.userInfo", kNoUser, scratch));
  map.add("dryRun", cel::bool_val(request.dry_run));
  map.add("options", wrapped(request.options, nullptr, scratch));
  return map.make(arena);
}

bool same_matched(const admission::Request& request, const admission::Matched& matched) {
  return matched.kind.group == request.kind.group && matched.kind.version == request.kind.version;
}

const Prepared& prepared(const admission::Request& request, admission::Scratch& scratch) {
  if (scratch.prepared_for == &request && scratch.prepared) return *static_cast<const Prepared*>(scratch.prepared);
  Prepared* out = static_cast<Prepared*>(scratch.arena.allocate(sizeof(Prepared), alignof(Prepared)));
  new (out) Prepared();
  out->object = wrapped(request.object, nullptr, scratch);
  out->old_object = wrapped(request.old_object, nullptr, scratch);
  out->request = request_val(request, {request.kind, request.resource}, scratch);
  scratch.prepared_for = &request;
  scratch.prepared = out;
  return *out;
}

}  // namespace

Evaluation::Evaluation(const VapPolicy& policy, const admission::Request& request, const admission::Matched& matched, const Value* params,
                       const Value* space, bool space_known, admission::Scratch& scratch)
    : policy_(policy), scratch_(scratch) {
  slot_count_ = static_cast<size_t>(policy.environment_->slot_count());
  slots_ = scratch.arena.make_array<Val>(slot_count_);
  for (size_t i = 0; i < slot_count_; ++i) new (slots_ + i) Val();
  const Prepared& shared = prepared(request, scratch);
  slots_[cel::kObjectSlot] = shared.object;
  slots_[cel::kOldObjectSlot] = shared.old_object;
  slots_[cel::kRequestSlot] = same_matched(request, matched) ? shared.request : request_val(request, matched, scratch);
  namespace_ = space_known ? wrapped(space, nullptr, scratch) : unknown_or("namespaceObject", kNoNamespace, scratch);
  slots_[cel::kNamespaceSlot] = namespace_;
  if (policy.params_slot_ >= 0 && params) slots_[policy.params_slot_] = wrapped(params, nullptr, scratch);
  slots_[policy.authorizer_slot_] = unknown_or("authorizer", kNoAuthorizer, scratch);
  slots_[policy.resource_slot_] = slots_[policy.authorizer_slot_];
  size_t count = policy.variables_.size();
  known_ = scratch.arena.make_array<char>(count);
  std::fill(known_, known_ + count, 0);
  if (count > 0) {
    Val* names = scratch.arena.make_array<Val>(count);
    Val* values = scratch.arena.make_array<Val>(count);
    for (size_t i = 0; i < count; ++i) {
      new (names + i) Val(cel::string_val(policy.variables_[i].name));
      new (values + i) Val();
    }
    slots_[cel::kVariablesSlot] = cel::map_val({names, count}, {values, count}, scratch.arena);
  }
}

void Evaluation::begin(uint64_t budget) {
  budget_ = budget;
  lazy_cost_ = 0;
  std::fill(known_, known_ + policy_.variables_.size(), 0);
}

void Evaluation::show_namespace(bool shown) { slots_[cel::kNamespaceSlot] = shown ? namespace_ : Val(); }

Val Evaluation::eval(const Expression& expression, std::vector<cel::TraceRead>* trace) {
  uint64_t steps = core::kMaxSteps;
  cel::CostMeter cost;
  cost.limit = cel::kExpressionLimit;
  cel::Eval eval(*expression.program, {slots_, slot_count_}, scratch_.arena, scratch_.world, scratch_.guards, steps);
  eval.set_cost(&cost);
  eval.set_lazy(this);
  eval.set_trace(trace);
  Val out = eval.run();
  lazy_cost_ += cost.used;
  return out;
}

Val Evaluation::value_of(uint32_t slot) {
  size_t index = slot - static_cast<size_t>(policy_.first_variable_);
  if (index >= policy_.variables_.size()) return cel::error_val("the variable has no value");
  const Expression& variable = policy_.variables_[index];
  if (known_[index] == 2) return slots_[slot];
  std::string_view quoted = scratch_.arena.copy("composited variable \"" + std::string(variable.name) + "\"");
  Val out;
  if (depth_ >= kMaxVariableDepth) {
    out = cel::error_val("variables read variables too deeply");
  } else if (known_[index] == 1 || !variable.program) {
    out = cel::error_val(scratch_.arena.copy(std::string(quoted) + " fails to compile: " + variable.problem));
  } else {
    known_[index] = 1;
    ++depth_;
    out = eval(variable, trace_);
    --depth_;
    if (out.is_error() && !is_undecided(out)) {
      out = cel::error_val(scratch_.arena.copy(std::string(quoted) + " fails to evaluate: " + std::string(out.text())));
    }
  }
  known_[index] = 2;
  slots_[slot] = out;
  return out;
}

Evaluation::Outcome Evaluation::run(const Expression& expression, Val& out, std::string& message, std::vector<cel::TraceRead>* trace) {
  if (!expression.program) {
    message = expression.problem;
    return Outcome::kError;
  }
  trace_ = trace;
  lazy_cost_ = 0;
  // Paths are kept only where somebody asks for them.
  slots_[cel::kObjectSlot].path = trace ? &kObjectPath : nullptr;
  slots_[cel::kOldObjectSlot].path = trace ? &kOldObjectPath : nullptr;
  out = eval(expression, trace);
  trace_ = nullptr;
  if (lazy_cost_ > budget_) {
    message = kOutOfBudget;
    return Outcome::kBudget;
  }
  budget_ -= lazy_cost_;
  if (!out.is_error()) return Outcome::kValue;
  if (is_undecided(out)) {
    message = out.text();
    return Outcome::kUndecided;
  }
  message = "expression '";
  message += expression.text;
  message += "' resulted in error: ";
  message += out.text();
  return Outcome::kError;
}

}  // namespace assay::rules::vap
