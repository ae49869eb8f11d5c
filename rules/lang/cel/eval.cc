#include "rules/lang/cel/eval.h"

#include <algorithm>
#include <array>

#include "parsers/core/limits.h"
#include "rules/lang/cel/cost.h"
#include "rules/lang/cel/partial.h"
#include "rules/lang/cel/policy_view.h"

namespace assay::rules::cel {
namespace {

constexpr uint64_t kBulkSteps = 256;   // what costs more at once may make as much at once
constexpr uint64_t kStepsMask = 1023;  // memory is looked at about once in so many steps

}  // namespace

Eval::Eval(const Program& program, std::span<const Val> variables, core::Arena& arena, World* world,
           const model::Guards* guards, uint64_t& steps_left)
    : program_(program), variables_(variables), arena_(arena), world_(world), guards_(guards),
      steps_(steps_left),
      most_bytes_(std::min(arena.reserved_bytes() + core::kMaxRuleBytes, core::kMaxRulesBytes)),
      rules_(program.environment->mode() == Mode::kRules), kubernetes_(program.environment->mode() == Mode::kKubernetes) {
  locals_ = arena.make_array<Val>(program.local_count);
  std::fill(locals_, locals_ + program.local_count, Val());
}

Val Eval::run(const Node& root) {
  Val out = eval(root);
  return fatal_.empty() ? out : error(fatal_);
}

Val Eval::error(std::string_view message) { return error_val(arena_.copy(message)); }

bool Eval::within_memory() {
  if (arena_.reserved_bytes() <= most_bytes_) return true;
  if (fatal_.empty()) fatal_ = "the memory limit of an expression was reached";
  return false;
}

bool Eval::spend(uint64_t steps) {
  if (steps >= kBulkSteps && !within_memory()) return false;
  if (steps_ >= steps) {
    steps_ -= steps;
    return true;
  }
  steps_ = 0;
  if (fatal_.empty()) fatal_ = "the step limit of an expression was reached";
  return false;
}

void Eval::over_limit() {
  if (fatal_.empty()) fatal_ = "operation cancelled: actual cost limit exceeded";
}

void Eval::need_world() {
  if (!world_ && fatal_.empty()) fatal_ = "the expression depends on an unknown value";
}

Val Eval::eval(const Node& node) {
  if (steps_ == 0 || !fatal_.empty()) {
    spend(1);
    return error_val(fatal_);
  }
  if ((--steps_ & kStepsMask) == 0 && !within_memory()) return error_val(fatal_);
  switch (node.op) {
    case Op::kConstant:
      if (node.cost) charge(node.cost);
      return node.constant;
    case Op::kLocal: {
      charge(kAttributeCost);
      const Val& value = locals_[node.slot];
      if (node.flags & kRecord) record(value);
      return value;
    }
    case Op::kGlobal: {
      charge(kAttributeCost);
      const Val& value = variables_[node.slot];
      if (node.flags & kRecord) record(value);
      return value;
    }
    default: {
      Val out = eval_node(node);
      if (node.flags & kRecord) record(out);
      return out;
    }
  }
}

Val Eval::eval_node(const Node& node) {
  switch (node.op) {
    case Op::kSelect: {
      Val operand = eval(node.arg(0));
      if (operand.is_error()) return operand;
      if (cost_) charge(step_cost(node));
      return step(node, operand, nullptr);
    }
    case Op::kIndex: {
      Val operand = eval(node.arg(0));
      if (operand.is_error()) return operand;
      Val key = eval(node.arg(1));
      if (key.is_error()) return key;
      if (cost_) charge(step_cost(node));
      return step(node, operand, &key);
    }
    case Op::kHas: {
      Val operand = eval(node.arg(0));
      if (operand.is_error()) return operand;
      Val failure;
      bool found = has(operand, node.text, failure);
      if (failure.is_error()) return failure;
      if (trace_) record(found ? select(operand, node.text) : missing(operand, node.text));
      return bool_val(found);
    }
    case Op::kAnd:
    case Op::kOr: return eval_logic(node);
    case Op::kNot: {
      Val value = eval(node.arg(0));
      if (value.is_error()) return value;
      value = truth(value);
      charge(kCallCost);
      return value.is_error() ? value : bool_val(!value.boolean);
    }
    case Op::kNegate: {
      Val value = eval(node.arg(0));
      charge(kCallCost);
      return value.is_error() ? value : arithmetic(Op::kNegate, value, value);
    }
    case Op::kConditional: {
      Val condition = eval(node.arg(0));
      if (condition.is_error()) return condition;
      condition = truth(condition);
      if (condition.is_error()) return condition;
      return branch(node.arg(condition.boolean ? 1 : 2));
    }
    case Op::kEqual:
    case Op::kNotEqual: {
      Val a = eval(node.arg(0));
      if (a.is_error()) return a;
      Val b = eval(node.arg(1));
      if (b.is_error()) return b;
      if (cost_) charge(operator_cost(*this, node, a, b));
      return bool_val(equal(a, b) == (node.op == Op::kEqual));
    }
    case Op::kBind: {
      size_t before = mark();
      Val value = eval(node.arg(0));
      // A bound path is read where the variable is used.
      if (value.path) forget(before, mark());
      locals_[node.slot] = value;
      return eval(node.arg(1));
    }
    case Op::kCall: return eval_call(node);
    case Op::kList: return eval_list(node);
    case Op::kMap: return eval_map(node);
    case Op::kComprehension: return comprehension(node);
    case Op::kFail: return error_val(node.text);
    case Op::kLazy:
      charge(2 * kAttributeCost);
      return lazy_ ? lazy_->value_of(node.slot) : error("the variable has no value");
    default: break;
  }
  Val a = eval(node.arg(0));
  if (a.is_error()) return a;
  Val b = eval(node.arg(1));
  if (b.is_error()) return b;
  if (cost_) charge(operator_cost(*this, node, a, b));
  if (node.op == Op::kIn) return contains(a, b);
  if (node.op >= Op::kLess && node.op <= Op::kGreaterEqual) return compare(node.op, a, b);
  return arithmetic(node.op, a, b);
}

// The name that a branch of a condition begins with costs nothing there.
Val Eval::branch(const Node& node) {
  if (!cost_) return eval(node);
  bool counted = is_attribute(node);
  Val out = eval(node);
  if (counted && cost_->used > 0) cost_->used -= kAttributeCost;
  return out;
}

// The other side absorbs an error or a value that is no bool (cel-spec, "Logical Operators").
Val Eval::eval_logic(const Node& node) {
  bool decisive = node.op == Op::kOr;
  size_t before = mark();
  Val a = truth(eval(node.arg(0)));
  if (a.is(Kind::kBool) && a.boolean == decisive) return a;
  size_t between = mark();
  Val b = truth(eval(node.arg(1)));
  if (b.is(Kind::kBool) && b.boolean == decisive) {
    forget(before, between);
    return b;
  }
  if (a.is_error()) return a;
  return b;
}

Val Eval::step(const Node& node, const Val& operand, const Val* key) {
  if (operand.is(Kind::kOptional)) {
    if (!operand.optional) return none_val();
    Val out;
    if (key ? lookup(*operand.optional, *key, out)
            : lookup(*operand.optional, string_val(node.text), out)) {
      return out.is_error() ? out : some_val(out, arena_);
    }
    if (!operand.optional->is(Kind::kMap) && !operand.optional->is(Kind::kList) && !rules_ && !kubernetes_) {
      return no_overload("select", {operand.optional, 1});
    }
    return none_val();
  }
  if (node.flags & kOptionalStep) {
    Val out;
    if (key ? lookup(operand, *key, out) : lookup(operand, string_val(node.text), out)) {
      return out.is_error() ? out : some_val(out, arena_);
    }
    if (!operand.is(Kind::kMap) && !operand.is(Kind::kList) && !rules_ && !kubernetes_) {
      return no_overload("optional select", {&operand, 1});
    }
    return none_val();
  }
  return key ? index(operand, *key) : select(operand, node.text);
}

// --- Reading.

const Path* Eval::child(const Val& parent, std::string_view key) {
  if (!parent.path) return nullptr;
  return arena_.make<Path>(parent.path, key, 0u, false);
}

const Path* Eval::child(const Val& parent, uint32_t index) {
  if (!parent.path) return nullptr;
  return arena_.make<Path>(parent.path, std::string_view(), index, true);
}

Val Eval::missing(const Val& parent, std::string_view key) {
  Val out;
  out.flags = kMissing;
  out.model = parent.model;
  out.path = child(parent, key);
  return out;
}

Val Eval::read_resolved(const model::Value& value, const Path* path) {
  need_world();
  if (!world_) return error_val(fatal_);
  Val out = wrap(world_->resolve(*guards_, value));
  out.path = path;
  return out;
}

bool Eval::present_in_world(const model::Value& value) {
  need_world();
  return world_ && world_->present(*guards_, value);
}

bool Eval::may_be_present(const model::Value& value, const model::Value*& open) {
  open = nullptr;
  if (value.guard == model::kAlways) return true;
  need_world();
  if (!world_) return false;
  int known = world_->known(*guards_, value.guard);
  if (known < 0) open = &value;
  return known != 0;
}

bool Eval::peek_item(const Val& list, uint32_t i, Val& item, const model::Value*& open) {
  if (!list.from_model()) {
    open = nullptr;
    item = list.items[i];
    return true;
  }
  const model::Value& value = list.model->items()[i];
  if (!may_be_present(value, open)) return false;
  item = read(value, child(list, i));
  if (list.flags & kStatements) item = as_statement(*this, item);
  return true;
}

bool Eval::peek_entry(const Val& map, uint32_t i, Val& key, Val& value, const model::Value*& open) {
  open = nullptr;
  if (map.flags & kStatement) {
    statement_entry(*this, map, i, key, value);
    return true;
  }
  if (!map.from_model()) {
    key = map.map->keys[i];
    value = map.map->values[i];
    return true;
  }
  const model::Entry& entry = map.model->entries()[i];
  if (!may_be_present(entry.value, open)) return false;
  key = string_val(entry.key);
  value = read(entry.value, child(map, entry.key));
  return true;
}

bool Eval::item_at(const Val& list, uint32_t i, Val& item) {
  if (list.from_model() && !present(list.model->items()[i])) return false;
  const model::Value* open;
  return peek_item(list, i, item, open);
}

bool Eval::entry_at(const Val& map, uint32_t i, Val& key, Val& value) {
  bool raw = map.from_model() && !(map.flags & kStatement);
  if (raw && !present(map.model->entries()[i].value)) return false;
  const model::Value* open;
  return peek_entry(map, i, key, value, open);
}

std::span<const Val> Eval::items(const Val& list) {
  if (!list.from_model()) return {list.items, list.size};
  if (!spend(list.size / 4)) return {};
  Val* out = arena_.make_array<Val>(list.size);
  size_t count = 0;
  for (uint32_t i = 0; i < list.size; ++i) {
    Val item;
    if (item_at(list, i, item)) new (out + count++) Val(item);
  }
  return {out, count};
}

uint32_t Eval::count(const Val& collection) {
  if (!collection.from_model() || (collection.flags & kStatement)) return collection.size;
  uint32_t count = 0;
  if (collection.is(Kind::kList)) {
    for (const model::Value& item : collection.model->items()) count += present(item);
  } else {
    for (const model::Entry& entry : collection.model->entries()) count += present(entry.value);
  }
  return count;
}

bool Eval::lookup(const Val& from, const Val& key, Val& out) {
  if (from.is(Kind::kOptional)) {
    if (!from.optional) return false;
    return lookup(*from.optional, key, out);
  }
  if (from.is(Kind::kMap)) {
    if (key.is_unknown()) {
      // The first entry whose key may be it.
      for (uint32_t i = 0; i < from.size; ++i) {
        Val name;
        if (entry_at(from, i, name, out) && equal(key, name)) return true;
      }
      return false;
    }
    if (!from.from_model()) {
      int64_t at = find_key(*from.map, key);
      if (at < 0) return false;
      out = from.map->values[at];
      return true;
    }
    if (!key.is(Kind::kString)) return false;
    if (from.flags & kStatement) return statement_field(*this, from, key.text(), out);
    const model::Value* value = from.model->find(key.text());
    if (!value || !present(*value)) return false;
    out = read(*value, child(from, key.text()));
    return true;
  }
  if (from.is(Kind::kList)) {
    if (rules_ && key.is(Kind::kString)) {
      if (!from.from_model() || !(from.model->flags & model::kBlockValue)) return false;
      auto present_items = items(from);
      return present_items.size() == 1 && lookup(present_items[0], key, out);
    }
    int64_t at = -1;
    if (key.is(Kind::kInt)) at = key.integer;
    if (key.is(Kind::kUint) && key.natural < from.size) at = static_cast<int64_t>(key.natural);
    if (key.is(Kind::kDouble) && key.real >= 0 && key.real < from.size &&
        key.real == static_cast<double>(static_cast<int64_t>(key.real))) {
      at = static_cast<int64_t>(key.real);
    }
    if (key.is_unknown()) {
      out = derived(id_of_call("element", std::array<Val, 2>{from, key}), nullptr, std::array<Val, 2>{from, key});
      return true;
    }
    if (at < 0 || at >= from.size) return false;
    if (!from.from_model()) {
      out = from.items[at];
      return true;
    }
    // Guarded elements that are absent in this world do not count.
    for (uint32_t i = 0; i < from.size; ++i) {
      if (!present(from.model->items()[i])) continue;
      if (at-- == 0) return item_at(from, i, out);
    }
    return false;
  }
  if (from.is_unknown()) {
    if (key.is(Kind::kString)) {
      Val failure;
      if (!has(from, key.text(), failure)) return false;
      out = select(from, key.text());
      return true;
    }
    if (world_ && world_->empty(*guards_, *from.model)) return false;
    out = index(from, key);
    return true;
  }
  return false;
}

Val Eval::select(const Val& operand, std::string_view field) {
  switch (operand.kind) {
    case Kind::kMap: {
      if (operand.flags & kStatement) {
        Val out;
        if (statement_field(*this, operand, field, out)) return out;
      } else if (operand.from_model()) {
        const model::Value* value = operand.model->find(field);
        if (value && present(*value)) return read(*value, child(operand, field));
      } else {
        int64_t at = find_key(*operand.map, string_val(field));
        if (at >= 0) return operand.map->values[at];
      }
      if (rules_) return missing(operand, field);
      return error("no such key: " + std::string(field));
    }
    case Kind::kUnknown: {
      if (const model::Value* part = certain_element(*operand.model, field)) return read(*part, child(operand, field));
      const model::Type* type = nullptr;
      if (const model::Type* whole = operand.model->unknown().type) {
        if (whole->kind == model::TypeKind::kMap) type = whole->element;
        if (const model::TypeMember* member = whole->kind == model::TypeKind::kObject ? whole->find(field) : nullptr) {
          type = member->type;
        }
      }
      std::string id = id_of(operand);
      id += '.';
      id += field;
      Val out = derived(id, type, {&operand, 1});
      out.path = child(operand, field);
      return out;
    }
    case Kind::kOptional: {
      if (!operand.optional) return none_val();
      Val out;
      return lookup(*operand.optional, string_val(field), out) ? some_val(out, arena_) : none_val();
    }
    case Kind::kList:
      if (rules_) {
        Val out;
        return lookup(operand, string_val(field), out) ? out : missing(operand, field);
      }
      break;
    default: break;
  }
  if (rules_) {
    Val out = missing(operand, field);
    return out;
  }
  return error("a value of type " + std::string(type_name(operand)) + " has no field '" + std::string(field) + "'",
               "no such key: " + std::string(field));
}

Val Eval::index(const Val& operand, const Val& key) {
  if (operand.is_unknown()) {
    if (key.is(Kind::kString)) return select(operand, key.text());
    const model::Type* whole = operand.model->unknown().type;
    std::string id = id_of(operand);
    id += '[';
    id += key.is_unknown() ? id_of(key) : to_text(key);
    id += ']';
    const Val from[] = {operand, key};
    Val out = derived(id, whole ? whole->element : nullptr, from);
    if (key.is(Kind::kInt) && key.integer >= 0) out.path = child(operand, static_cast<uint32_t>(key.integer));
    return out;
  }
  if (operand.is(Kind::kOptional)) {
    if (!operand.optional) return none_val();
    Val found;
    return lookup(*operand.optional, key, found) ? some_val(found, arena_) : none_val();
  }
  Val out;
  if (lookup(operand, key, out)) return out;
  if (rules_) {
    bool first = key.is(Kind::kInt) && key.integer == 0;
    if (first && operand.is(Kind::kMap) && operand.from_model() && (operand.model->flags & model::kBlockValue)) {
      return operand;
    }
    if (key.is(Kind::kString)) return missing(operand, key.text());
    Val null = missing(operand, {});
    null.path = key.is(Kind::kInt) && key.integer >= 0 ? child(operand, static_cast<uint32_t>(key.integer)) : operand.path;
    return null;
  }
  if (operand.is(Kind::kMap)) {
    bool plain = kubernetes_ && key.is(Kind::kString);
    return error("no such key: " + (plain ? std::string(key.text()) : to_text(key)));
  }
  if (operand.is(Kind::kList)) return error("list index out of range or not a number: " + to_text(key), "index out of bounds: " + to_text(key));
  if (kubernetes_) return error("no such key: " + (key.is(Kind::kString) ? std::string(key.text()) : to_text(key)));
  return no_overload("index", {&operand, 1});
}

bool Eval::has(const Val& operand, std::string_view field, Val& failure) {
  switch (operand.kind) {
    case Kind::kOptional:
      return operand.optional && has(*operand.optional, field, failure);
    case Kind::kUnknown: {
      Val value = select(operand, field);
      if (rules_) return !is_null_in_world(value);
      return ask("has(" + id_of(value) + ")", {&operand, 1});
    }
    case Kind::kMap: {
      Val value;
      if (!lookup(operand, string_val(field), value)) return false;
      if (value.is_error()) failure = value;
      return !rules_ || !is_null_in_world(value);
    }
    case Kind::kList:
      if (rules_) {
        Val value;
        return lookup(operand, string_val(field), value) && !is_null_in_world(value);
      }
      break;
    default: break;
  }
  if (!rules_ && !kubernetes_) failure = error("has() needs a map, not a value of type " + std::string(type_name(operand)));
  return false;
}

// --- Building.

Val Eval::eval_list(const Node& node) {
  charge(kListCost);
  Val* out = arena_.make_array<Val>(node.arg_count);
  size_t count = 0;
  for (uint32_t i = 0; i < node.arg_count; ++i) {
    Val item = eval(node.arg(i));
    if (item.is_error()) return item;
    if (node.optional && node.optional[i]) {
      if (!item.is(Kind::kOptional)) return no_overload("optional element", {&item, 1});
      if (!item.optional) continue;
      item = *item.optional;
    }
    new (out + count++) Val(item);
  }
  return list_val({out, count});
}

Val Eval::eval_map(const Node& node) {
  charge(kMapCost);
  size_t entries = node.arg_count / 2;
  Val* keys = arena_.make_array<Val>(entries);
  Val* values = arena_.make_array<Val>(entries);
  size_t count = 0;
  for (size_t i = 0; i < entries; ++i) {
    Val key = eval(node.arg(2 * i));
    if (key.is_error()) return key;
    Val value = eval(node.arg(2 * i + 1));
    if (value.is_error()) return value;
    if (node.optional && node.optional[i]) {
      if (!value.is(Kind::kOptional)) return no_overload("optional entry", {&value, 1});
      if (!value.optional) continue;
      value = *value.optional;
    }
    if (key.is_unknown()) {
      const Val from[] = {key, value};
      return derived(id_of_call("map", from), nullptr, from);
    }
    bool fits = key.is(Kind::kBool) || key.is(Kind::kInt) || key.is(Kind::kUint) || key.is(Kind::kString);
    if (!fits) return error("a map key cannot be of type " + std::string(type_name(key)));
    new (keys + count) Val(key);
    new (values + count++) Val(value);
  }
  return unique_map_val(std::span<const Val>(keys, count), std::span<const Val>(values, count));
}

Val Eval::unique_map_val(std::span<const Val> keys, std::span<const Val> values) {
  Val out = map_val(keys, values, arena_);
  for (size_t i = 0; i < keys.size(); ++i) {
    // The first equal key is found first, in either form of the map.
    if (find_key(*out.map, keys[i]) != static_cast<int64_t>(i)) return error("repeated map key " + to_text(keys[i]));
  }
  return out;
}

}  // namespace assay::rules::cel
