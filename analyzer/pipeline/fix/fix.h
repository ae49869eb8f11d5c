// Fixes: the exact edits that make a finding go away, from the fix fence of its rule. Canonical
// attributes become native ones through the alias tables, and the edit is made in the syntax tree
// of the file, so that comments, order and layout stay.
//
// No fix is offered where it would have to guess: an attribute that is computed, a literal that
// serves others too, a setting that belongs in a resource of its own which is not there, a block
// that needs more than the rule knows.
//
// Called by the command line, only when something shows or applies fixes. Ownership: results own
// their texts; a Fixer refers to its scan. Threads: one Fixer belongs to one thread.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "analyzer/pipeline/fix/want.h"
#include "analyzer/pipeline/pipeline.h"

namespace assay::pipeline {

class Fixer {
 public:
  explicit Fixer(const Scan& scan);
  ~Fixer();
  // Edits are sorted by place and do not overlap. Nothing when there is no fix; `why`, if given,
  // then says why not, and stays empty when the rule has none.
  std::optional<rules::Fix> fix(const rules::Finding& finding, std::string* why = nullptr);

 private:
  struct Step;
  struct Candidate;
  const model::Resource* resource_of(const rules::Finding& finding) const;
  const syntax::Tree* tree(core::FileId file);
  bool make(const rules::Rule& rule, const std::vector<std::string>& types,
            const rules::Finding& finding, std::vector<rules::TextEdit>& edits,
            const rules::FixRecipe*& recipe, std::string& why);
  const fix::Literal& literal_of(const rules::FixStep& step);
  bool plan_step(const Step& step, std::vector<Candidate>& candidates, std::string& why);
  bool edit_literal(const model::Value& value, const fix::Want& want, std::string_view format,
                    std::vector<rules::TextEdit>& edits, std::string& why);
  bool used_once(const model::Value& value, core::Span literal);

  const Scan& scan_;
  struct HashSpan {
    size_t operator()(const core::Span& span) const { return span.begin * 31u + span.file; }
  };
  std::unordered_multimap<core::Span, const model::Resource*, HashSpan> by_header_;
  std::unordered_map<const rules::FixStep*, fix::Literal> literals_;
  struct Text {
    const syntax::Tree* tree =
        nullptr;  // the scan's, or `own` where those nodes are gone; null: not to be edited
    std::unique_ptr<syntax::Tree> own;
    std::string unit;  // by how much it indents; "" until somebody asked
  };
  std::map<std::pair<std::string, std::string>, size_t> uses_;  // of a name in a directory or file
  std::map<core::FileId, Text> trees_;
  core::Arena arena_{1024};  // of names that no table holds
};

// Fills Finding::fix of every finding that has one and is not suppressed.
void attach_fixes(Scan& scan);

}  // namespace assay::pipeline
