// What all parts of the evaluator stand on: the root and its inputs, what has been read and made so far, the
// budgets; and how problems, unknowns and origins are made.
//
// The evaluator is one class over many files (evaluator.h names them); this is its state. What outlives
// it is in the root's arena. Threads: one worker.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "parsers/core/small_vector.h"
#include "parsers/formats/format.h"
#include "parsers/formats/terraform/alternatives.h"
#include "parsers/formats/terraform/errors.h"
#include "parsers/formats/terraform/functions/convert.h"
#include "parsers/formats/terraform/functions/functions.h"
#include "parsers/formats/terraform/inputs.h"
#include "parsers/formats/terraform/instances.h"
#include "parsers/formats/terraform/module.h"
#include "parsers/formats/terraform/scope.h"
#include "parsers/formats/terraform/value_sizes.h"
#include "parsers/model/resource.h"

namespace assay::formats::terraform {

struct Plan;

class Evaluation {
 protected:
  using Value = model::Value;
  Evaluation(model::Root& root, const LoadContext& context, std::string directory);
  ~Evaluation();

  // The id of an unknown of this module: the root makes it unique, `rest` is what people read.
  std::string id_in(const ModuleInstance& module, std::string_view rest) const;
  core::Span span_of(const syntax::Node& node, const Scope& scope) const {
    return scope.file == core::kNoFile ? core::Span{} : core::Span{scope.file, node.begin, node.end};
  }
  std::string_view source_text(const syntax::Node& node, const Scope& scope) const;
  Value fail(std::string_view message, core::Span span) { return error_value(message, span, root_.arena); }
  // Each place says a thing once.
  void problem(core::ProblemSeverity severity, std::string_view code, std::string message,
               core::Span span, core::Span related = {});
  const model::Origin* origin_of(const Value& value);
  const model::Origin* make_origin(model::OriginKind kind, core::Span span, std::string_view what,
                                   const Value& from);
  Value unknown_named(std::string_view id, const model::Type* type = nullptr, bool not_null = false);
  model::Unknown unknown_facts_of(std::string_view id, const model::Type* type, bool not_null);
  std::string_view kept(std::string_view text, const Scope& scope) {
    return scope.borrowed ? root_.arena.copy(text) : text;
  }

  model::Root& root_;
  const LoadContext& context_;
  std::string directory_;
  std::string absolute_directory_;
  std::string id_prefix_;  // "ROOT#"
  std::unordered_map<std::string, std::vector<const InputFile*>> files_by_directory_;
  std::unordered_map<std::string, std::unique_ptr<Module>> modules_;
  std::unordered_map<std::string, std::string> installed_;  // key of a call to directory
  std::unordered_map<const Declaration*, const model::Type*> types_;  // of variables
  std::unique_ptr<ModuleInstance> root_module_;
  Inputs inputs_;
  std::vector<Running> running_;
  References* references_ = nullptr;  // where resource references are noted
  Invariants* invariants_ = nullptr;  // of the resource whose instances are being evaluated
  int attempts_ = 0;     // try() and can() around what is being evaluated
  std::unordered_set<uint32_t> undeclared_;  // ids of the unknowns that stand for resources nobody declared
  bool varies_ = false;  // what is being evaluated read something that differs between instances
  std::unordered_map<core::Symbol, Instance*> instance_by_id_;
  std::vector<Instance*> emitted_;
  std::unordered_map<std::string, std::unique_ptr<syntax::Tree>> templates_;
  std::vector<std::unique_ptr<syntax::Tree>> texts_;
  std::map<std::string, Value, std::less<>> context_values_;
  std::unordered_map<uint64_t, bool> reported_;
  std::vector<std::pair<std::string, std::string>> moves_;  // new and old address, without instance keys
  std::unordered_map<std::string, bool> moved_in_;            // module paths whose moves are noted
  model::Guard assumptions_ = model::kAlways;  // what validations and preconditions demand
  const Plan* plan_ = nullptr;
  std::unordered_set<const syntax::Node*> checked_names_;  // arguments the facts do not know
  std::unordered_map<std::string, bool> emitted_directories_;
  std::vector<std::string> used_files_;
  uint32_t depth_ = 0, instance_count_ = 0, fresh_count_ = 0;
  uint64_t steps_ = 0;
  ValueSizes sizes_;
  CallContext call_context_;
  core::Arena work_;       // what ends with the evaluator
  std::string spelling_;   // of ids, before they are interned
};

}  // namespace assay::formats::terraform
