// Environment: the variables, functions and macros an expression may use, and the mode it runs in.
//
// Two are ready made: standard_environment() is the language of the specification with its extension
// libraries (a missing key is an error); rules_environment() is that of the built-in rules, where a
// missing attribute reads as null and formats' ways of writing values are forgiven (see
// eval.h). kubernetes_environment() is that of admission policies: the language and libraries of the
// API server, which differ in details (kubernetes.cc). Others are copies or children with more declarations.
//
// Threads: immutable once expressions are compiled against it; it must outlive them.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rules/lang/cel/parser.h"
#include "rules/lang/cel/types.h"
#include "rules/lang/cel/val.h"

namespace assay::rules::cel {

class Eval;

// Receives as many arguments as the signature has parameters, of matching kinds. Arguments are never
// errors; they are unknown only with kSeesUnknown, null only where the signature says dyn or null.
using Implementation = Val (*)(Eval& eval, std::span<const Val> args);

// Flags of FunctionRow.
inline constexpr uint8_t kSeesUnknown = 1;  // handles unknown arguments and unknown parts itself
inline constexpr uint8_t kSeesNull = 4;     // rules mode: takes null in place of anything
inline constexpr uint8_t kPatternArg1 = 2;  // args[1] is a regular expression: literals are precompiled

// One overload, as library tables list them: library_*.cc.
struct FunctionRow {
  std::string_view name;       // "startsWith", "math.abs"
  std::string_view signature;  // see types.h
  Implementation run = nullptr;  // null: an operator, or declared only
  uint8_t flags = 0;
};

struct Overload {
  Signature signature;
  Implementation run = nullptr;
  uint8_t flags = 0;
};
struct Function {
  std::string name;
  std::vector<Overload> overloads;
};

struct Variable {
  const Type* type = nullptr;
  int slot = -1;  // into the variables given to evaluate(); -1: a constant
  bool lazy = false;  // worked out when it is first read (Eval::set_lazy)
  Val constant;
};

enum class Mode : uint8_t { kStandard, kRules, kKubernetes };

// A type with named fields, such as that of the admission request. Its values are maps at run time.
struct ObjectField {
  std::string_view name;
  const Type* type = nullptr;
};

class Environment {
 public:
  explicit Environment(Mode mode) : mode_(mode) {}
  Environment(const Environment& other);  // the copy shares nothing
  // A child: what it does not declare itself is that of `base`, which must outlive it.
  explicit Environment(const Environment* base);
  Environment& operator=(const Environment&) = delete;

  void add(std::span<const FunctionRow> library);
  void add_function(std::string_view name, Signature signature);
  void add_macros(std::span<const MacroDef> macros);
  // Returns the slot. The type must live in arena() or be static.
  int add_variable(std::string_view name, const Type* type);
  int add_lazy_variable(std::string_view name, const Type* type);
  void add_constant(std::string_view name, const Type* type, const Val& value);
  // The fields of the opaque type of that name; texts must outlive the environment.
  void add_object_type(std::string_view name, std::vector<ObjectField> fields);
  void add_field(std::string_view type, ObjectField field);
  void set_container(std::string container) { container_ = std::move(container); }

  Mode mode() const { return mode_; }
  core::Arena& arena() { return *arena_; }
  std::span<const MacroDef> macros() const { return macros_; }
  int slot_count() const { return slots_; }

  // Resolution of a name ("a.b"; ".a.b" is absolute) in the container: the innermost namespace wins.
  const Variable* find_variable(std::string_view name) const;
  const Function* find_function(std::string_view name) const;
  // Null: not an object type.
  const std::vector<ObjectField>* find_object_type(std::string_view name) const;
  // Can "name.x" be a variable? False is certain.
  bool has_qualified_variable(std::string_view name) const;
  // The most similar declared name, for "did you mean"; empty when none is close.
  std::string similar_function(std::string_view name) const;
  std::string similar_variable(std::string_view name) const;
  // Without those of a base.
  const std::map<std::string, Function, std::less<>>& functions() const { return functions_; }

 private:
  template <typename Map>
  const typename Map::mapped_type* find_in(const Map& map, std::string_view name) const;

  Mode mode_;
  std::unique_ptr<core::Arena> arena_ = std::make_unique<core::Arena>(16384);
  std::map<std::string, Function, std::less<>> functions_;
  std::map<std::string, Variable, std::less<>> variables_;
  std::map<std::string, std::vector<ObjectField>, std::less<>> object_types_;
  const Environment* base_ = nullptr;
  MacroTable macros_;
  std::string container_;
  int slots_ = 0;
};

const Environment& standard_environment();
// Slots of its variables.
enum RulesSlot : int { kResourceSlot, kItemSlot, kNativeSlot, kMetaSlot };
const Environment& rules_environment();
// Slots of its variables. Policies declare `params`, `authorizer` and `variables.x` in children of it.
enum KubernetesSlot : int { kObjectSlot, kOldObjectSlot, kRequestSlot, kNamespaceSlot, kVariablesSlot, kFreeSlot };
const Environment& kubernetes_environment();

// The libraries, one per file library_<name>.cc.
std::span<const FunctionRow> operator_rows();  // declarations of operators, without code
std::span<const FunctionRow> standard_library();
std::span<const FunctionRow> time_library();
std::span<const FunctionRow> strings_library();
std::span<const FunctionRow> format_library();
std::span<const FunctionRow> regex_library();
std::span<const FunctionRow> lists_library();
std::span<const FunctionRow> sets_library();
std::span<const FunctionRow> math_library();
std::span<const FunctionRow> optional_library();
std::span<const FunctionRow> encoders_library();
std::span<const FunctionRow> network_library();
std::span<const FunctionRow> rules_library();
std::span<const FunctionRow> policy_library();
std::span<const FunctionRow> identity_library();
std::span<const FunctionRow> trust_library();
std::span<const FunctionRow> identity_lint_library();
std::span<const FunctionRow> identity_path_library();
std::span<const FunctionRow> trails_library();
std::span<const FunctionRow> secrets_library();
std::span<const FunctionRow> pod_security_library();
std::span<const FunctionRow> kubernetes_library();
std::span<const FunctionRow> admission_library();  // Kubernetes' own: library_admission.cc
std::span<const FunctionRow> quantity_library();
std::span<const FunctionRow> url_library();
std::span<const FunctionRow> semver_library();
std::span<const FunctionRow> named_format_library();
std::span<const FunctionRow> authorizer_library();
// Does the function look at objects beside the judged one, by more than the edges of the graph?
bool reads_other_resources(std::string_view function);
// Canonical types of which functions look through all resources of a scan (model::TieKind::kView).
std::span<const std::string_view> searched_views();

}  // namespace assay::rules::cel
