#include "rules/lang/cel/unify.h"

namespace assay::rules::cel {

const Type* Unifier::variable() {
  return type_param(arena_, arena_.copy("_" + std::to_string(count_++)));
}

template <typename Map>
const Type* Unifier::rebuild(const Type* type, Map map) {
  if (type->param_count == 0) return type;
  std::vector<const Type*> params;
  bool changed = false;
  for (const Type* param : type->params()) {
    params.push_back(map(param));
    changed = changed || params.back() != param;
  }
  if (!changed) return type;
  Type* out = arena_.make<Type>(*type);
  out->param_array = arena_.copy(params).data();
  return out;
}

const Type* Unifier::fresh(const Type* type, Fresh& names) {
  if (type->kind == TypeKind::kParam) {
    const Type*& variable_of = names[type->name];
    if (!variable_of) variable_of = variable();
    return variable_of;
  }
  return rebuild(type, [&](const Type* param) { return fresh(param, names); });
}

const Type* Unifier::resolve(const Type* type, bool free_is_dyn) {
  if (type->kind == TypeKind::kParam) {
    auto bound = bindings_.find(type->name);
    if (bound != bindings_.end()) return resolve(bound->second, free_is_dyn);
    return free_is_dyn ? simple_type(TypeKind::kDyn) : type;
  }
  return rebuild(type, [&](const Type* param) { return resolve(param, free_is_dyn); });
}

bool Unifier::occurs(const Type* variable, const Type* type) {
  if (type->kind == TypeKind::kParam) {
    if (type->name == variable->name) return true;
    auto bound = bindings_.find(type->name);
    return bound != bindings_.end() && occurs(variable, bound->second);
  }
  for (const Type* param : type->params()) {
    if (occurs(variable, param)) return true;
  }
  return false;
}

bool Unifier::bind(const Type* type, const Type* variable) {
  if (type->kind == TypeKind::kParam && type->name == variable->name) return true;
  auto bound = bindings_.find(variable->name);
  if (bound != bindings_.end()) {
    const Type* before = bound->second;
    if (same_type(*type, *before)) return true;
    if (!assign(type, before)) return false;
    const Type* after = most_general(type, before);
    if (!occurs(variable, after)) bindings_[variable->name] = after;
    return true;
  }
  if (occurs(variable, type)) return false;
  bindings_[variable->name] = type;
  return true;
}

bool Unifier::assign(const Type* from, const Type* to) {
  if (to->kind == TypeKind::kParam) {
    if (bind(from, to)) return true;
    // A variable on both sides may still be bound the other way round.
    if (from->kind != TypeKind::kParam) return false;
  }
  if (from->kind == TypeKind::kParam) return bind(to, from);
  if (from->is_dyn() || to->is_dyn()) return true;
  if (from->kind == TypeKind::kNull || to->kind == TypeKind::kNull) {
    const Type* other = from->kind == TypeKind::kNull ? to : from;
    return other->kind == TypeKind::kNull || other->kind == TypeKind::kOpaque ||
           other->kind == TypeKind::kTimestamp || other->kind == TypeKind::kDuration;
  }
  if (from->kind != to->kind) return false;
  if (from->kind == TypeKind::kType) return true;
  if (from->kind == TypeKind::kOpaque && from->name != to->name) return false;
  if (from->param_count != to->param_count) return true;  // a bare list or map
  for (uint32_t i = 0; i < from->param_count; ++i) {
    if (!assign(from->param(i), to->param(i))) return false;
  }
  return true;
}

bool Unifier::less_specific(const Type* a, const Type* b) {
  if (a->is_dyn() || a->kind == TypeKind::kParam) return true;
  if (b->is_dyn() || b->kind == TypeKind::kParam) return false;
  if (a->kind != b->kind) return a->kind != TypeKind::kNull;
  if (a->name != b->name || a->param_count != b->param_count) return false;
  for (uint32_t i = 0; i < a->param_count; ++i) {
    if (!less_specific(a->param(i), b->param(i))) return false;
  }
  return true;
}

const Type* Unifier::most_general(const Type* a, const Type* b) {
  const Type* x = resolve(a, false);
  const Type* y = resolve(b, false);
  return less_specific(x, y) ? a : b;
}

}  // namespace assay::rules::cel
