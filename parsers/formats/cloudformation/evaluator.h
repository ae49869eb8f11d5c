// The evaluator of one template: sections are indexed first, then values, conditions and references
// are computed on demand. Nothing is guessed: what cannot be known is an unknown with its causes, and
// a condition that stays open is a guard.
//
// AWS::NoValue is a null that is present under kNever; evaluate() may also give a value that is present
// under a guard (`!If [C, x, !Ref AWS::NoValue]`), and whoever builds the container drops or keeps it.
//
// Ownership: everything made lives in the root's arena. Threads: one per evaluator.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "parsers/formats/cloudformation/calls.h"
#include "parsers/formats/cloudformation/parameters.h"
#include "parsers/formats/cloudformation/scope.h"
#include "parsers/formats/tree_value.h"
#include "parsers/model/resource.h"

namespace assay::formats::cloudformation {

class Evaluator {
 public:
  Evaluator(const syntax::Tree& tree, model::Root& root, const LoadContext& context, Place place);

  // Indexes Parameters, Mappings, Conditions and the names in Resources. `top` is the template.
  void index(const syntax::Node& top);

  model::Value evaluate(const syntax::Node* node);
  // With `key` in front of the paths of edges.
  model::Value evaluate_under(std::string_view key, const syntax::Node* node);
  // SAM: `local` completed by `global` (either may be null). Maps merge, lists append to the
  // global one, everything else is the local one.
  model::Value evaluate_merged(const syntax::Node* global, const syntax::Node* local);

  // The guard of a named condition, and of a condition expression.
  model::Guard condition(std::string_view name, core::Span where);
  model::Guard condition_of(const syntax::Node* node);
  // All conditions, used or not: what is wrong with them is said.
  void decide_conditions();

  // Entries with merge keys and Fn::ForEach applied. `open` is set when a collection to loop over is
  // not known; its body is then given once, guarded.
  std::vector<ExpandedEntry> expand(const syntax::Node* mapping, bool* open = nullptr);

  // While it lives, values belong to resource `index`, exist under `guard` and see `scope`.
  class Within {
   public:
    Within(Evaluator& evaluator, uint32_t resource, model::Guard guard, const Binding* scope);
    ~Within();

   private:
    Evaluator& evaluator_;
    uint32_t resource_;
    model::Guard assumed_;
    const Binding* scope_;
  };
  static constexpr uint32_t kNoResource = 0xffffffff;
  const std::vector<ExpandedEntry>& resources() const { return resources_; }
  const std::vector<Parameter>& parameters() const { return parameters_; }
  // The position of a logical id in resources(); kNoResource when there is none.
  uint32_t find_resource(std::string_view name) const;

  TreeValues& values() { return scope_ && scope_->values ? *scope_->values : own_values_; }
  // "PATH#" followed by `name`: ids of unknowns.
  std::string id(std::string_view name) const { return place_.prefix + std::string(name); }
  const Place& place() const { return place_; }
  model::Guard promised() const { return rules_; }  // holds in every deployment of the template
  void problem(core::ProblemSeverity severity, std::string code, std::string message, core::Span at);
  // A part that only a macro could tell, named for the coverage table.
  void not_expanded(std::string_view what, core::Span at) { if (macro_.empty()) macro_ = what, macro_at_ = at; }
  const std::string& macro() const { return macro_; }
  core::Span macro_at() const { return macro_at_; }
  // Names may come from macros: undefined ones are then no mistakes.
  void set_generated(bool generated) { generated_ = generated; }
  // Edges from the resource at hand to a resource of this template, or to a row of the root.
  void refer(std::string_view logical_id, std::string_view path = {});
  // Reports a name that nothing has, unless names may come from macros; true when it is reported.
  bool undefined(std::string_view name, core::Span at);
  // The text with the identifiers of the loops around replaced.
  std::string_view bound(std::string_view text) { return bind_text(text); }
  void refer_to_row(uint32_t row, std::string_view path = {});
  // Rows that are referred to while no resource is at hand are noted here, if not null.
  std::vector<uint32_t>* collect_rows(std::vector<uint32_t>* rows) { return std::exchange(collected_, rows); }
  // An edge to a resource of another root.
  void refer_abroad(std::string_view root_path, std::string_view name, model::Guard guard = model::kAlways);
  // `value` as it is read at `at`, with the hop back to where it comes from.
  model::Value through(model::OriginKind kind, core::Span at, std::string_view what, model::Value value);

 private:
  friend class Within;
  using CallEvaluation = model::Value(const Call& call);
  using Operation = std::function<model::Value(std::span<const model::Value>)>;
  // evaluator.cc
  model::Value evaluate_plain(const syntax::Node& node);
  model::Value mapping(const syntax::Node& node);
  model::Value sequence(const syntax::Node& node);
  model::Value text_scalar(const syntax::Node& node);
  void expand_into(const syntax::Node& mapping, std::vector<ExpandedEntry>& out, bool* open,
                   uint32_t depth);
  void expand_loop(const ExpandedEntry& loop, std::vector<ExpandedEntry>& out, bool* open,
                   uint32_t depth);
  std::string_view bind_text(std::string_view text, bool* unknown = nullptr);
  std::string current_path() const;
  const model::Origin* origin(model::OriginKind kind, core::Span span, std::string_view what,
                              std::span<const model::Value> from);
  // False once functions have made more text than a template may: a Problem says so.
  bool spend(size_t bytes, core::Span at);
  model::Value wrong_call(const Call& call, std::string message);
  model::Value opaque(std::string_view cause, core::Span at, const model::Type* type = nullptr);
  model::Value no_value(core::Span at);
  // `op` over every consistent choice of alternatives and presence of `args`.
  model::Value over(std::span<const model::Value> args, const Operation& op);
  void over_from(std::span<const model::Value> args, size_t next, model::Guard under,
                 std::vector<model::Value>& picked, std::vector<model::Alternative>& out,
                 const Operation& op);
  // `keys[i]` chooses `choices[i]`; with `otherwise` null the last choice is what is left.
  model::Value choose(const model::Value& selector, std::span<const std::string_view> keys,
                      std::span<const model::Value> choices, const model::Value* otherwise);

  // references.cc
  CallEvaluation fn_ref, fn_get_att;
  model::Value call(const Call& call);
  model::Value reference(std::string_view name, core::Span at, std::string_view what);
  model::Value attribute(std::string_view resource, std::string_view attribute, core::Span at,
                         std::string_view what);
  model::Value pseudo(std::string_view name, core::Span at);
  std::string context_text(std::initializer_list<std::string_view> keys) const;
  std::vector<std::string> context_list(std::initializer_list<std::string_view> keys) const;
  // An attribute that gives back a property of the resource; nullopt when it does not.
  std::optional<model::Value> echoed(uint32_t resource, std::string_view attribute);
  std::optional<model::Value> property_of(uint32_t resource, std::string_view name);
  model::Value physical_id(uint32_t resource, std::string_view name);
  model::Value undefined_value(std::string_view name, core::Span at);
  model::Value dynamic_reference(const model::Value& text);

  // functions.cc, lookups.cc
  CallEvaluation fn_if, fn_sub, fn_join, fn_select, fn_split, fn_find_in_map, fn_cidr, fn_unary, fn_transform;
  model::Value fn_length(const Call& call, const model::Value& list);
  model::Value fn_zones(const Call& call, const model::Value& region);
  // The scope of a file that AWS::Include names, and its top; null when there is none to read.
  const Binding* included(const syntax::Node* transform, const syntax::Node** top);
  model::Value concatenate(std::span<const model::Value> parts, core::Span at);
  model::Value result(const Call& call, model::Value value, std::span<const model::Value> from);
  // A call that is not known because an argument is not: "Split(,, param.Ids)".
  model::Value derived(std::string_view name, const model::Type* type,
                       std::span<const model::Value> from);
  model::Value argument(const Call& call);
  std::string text_of(const model::Value& value) const;

  // conditions.cc
  model::Guard equals(const model::Value& a, const model::Value& b, core::Span at);
  model::Guard equals_unknown(const model::Value& unknown, const model::Value& known, core::Span at);
  std::optional<model::Guard> equals_parts(const model::Unknown& unknown, std::string_view text, core::Span at);
  bool allowed_by_pattern(const model::Unknown& unknown, std::string_view text);
  model::Guard open_guard(std::string_view name, std::span<const core::Symbol> causes);
  model::Guard condition_call(const Call& call);
  model::Guard member_of(const model::Value& value, const model::Value& list, core::Span at);
  void read_rules(const syntax::Node* rules);

  model::Root& root_;
  const LoadContext& context_;
  Place place_;
  TreeValues own_values_;
  std::map<core::FileId, std::unique_ptr<TreeValues>> included_;
  model::Guards& guards_;
  core::Arena& arena_;

  std::vector<Parameter> parameters_;
  std::vector<ExpandedEntry> resources_;
  std::unordered_map<std::string_view, uint32_t> parameter_index_, resource_index_;
  const syntax::Node* mappings_ = nullptr;
  std::unordered_map<std::string_view, Condition> conditions_;
  std::map<std::string, model::Value, std::less<>> pseudos_;
  std::unordered_map<std::string_view, model::Value> physical_ids_;   // unknown ones, by logical id
  std::unordered_map<std::string_view, std::string_view> ref_labels_;  // "Ref NAME"
  std::vector<std::pair<std::string, model::Guard>> regions_;  // that AWS::Region was compared with

  std::vector<Step> path_;
  uint32_t resource_ = kNoResource;
  model::Guard assumed_ = model::kAlways;  // holds where the value being made is read
  model::Guard rules_ = model::kAlways;    // what the Rules section and the stack around promise
  const Binding* scope_ = nullptr;
  std::vector<uint32_t>* collected_ = nullptr;
  std::vector<uint32_t> echoing_;           // resources whose properties are being read
  std::vector<std::string_view> deciding_;  // conditions that are being read
  uint32_t depth_ = 0, budget_ = 0, loop_bodies_ = 0, arms_ = 0;  // choices left to a call; of Fn::ForEach, of Fn::If
  size_t text_bytes_ = 0;                              // made by functions so far
  std::string macro_;
  core::Span macro_at_;  // of the first one
  bool generated_ = false;
};

}  // namespace assay::formats::cloudformation
