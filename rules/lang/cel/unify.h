// Unifier: type variables and assignability for the checker. A type variable is a Type of kind kParam
// made here; its binding grows more general as more types are assigned to it, and one that nothing
// binds is dyn in the end.
//
// One per checked expression; types are made in the arena given.
#pragma once

#include <map>
#include <string>
#include <unordered_map>

#include "rules/lang/cel/types.h"

namespace assay::rules::cel {

class Unifier {
 public:
  explicit Unifier(core::Arena& arena) : arena_(arena) {}

  // A new, unbound variable.
  const Type* variable();

  // Names of a signature's parameters to the variables of one use of it.
  using Fresh = std::map<std::string_view, const Type*>;
  Fresh instantiate() { return {}; }
  const Type* fresh(const Type* type, Fresh& fresh);

  // May a value of type `from` be used where `to` is expected? Binds variables.
  bool assign(const Type* from, const Type* to);
  // The less specific of two types that are assignable.
  const Type* most_general(const Type* a, const Type* b);
  // The type with variables replaced by what they are bound to; free ones stay, or become dyn.
  const Type* resolve(const Type* type, bool free_is_dyn);

  using Bindings = std::unordered_map<std::string_view, const Type*>;
  Bindings save() const { return bindings_; }
  void restore(Bindings saved) { bindings_ = std::move(saved); }

 private:
  bool bind(const Type* type, const Type* variable);
  bool occurs(const Type* variable, const Type* type);
  bool less_specific(const Type* a, const Type* b);
  template <typename Map>
  const Type* rebuild(const Type* type, Map map);

  core::Arena& arena_;
  Bindings bindings_;
  uint32_t count_ = 0;
};

}  // namespace assay::rules::cel
