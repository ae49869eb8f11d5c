// World: a consistent set of answers to what the analysis does not know (HACKING.md, step 4).
//
// Policy languages evaluate a rule as if everything were known. Where evaluation needs a concrete
// answer from something undecided it asks the world; the world answers from what is decided or
// implied, or takes one side and remembers that the other is still to be run:
//
//   World world;
//   do { world.begin(); run the rule once, asking `world`; } while (world.advance());
//
// Runs must be deterministic: the same answers lead to the same questions in the same order.
// Nothing is decided twice in one run, so `p || !p` is true and two attributes that depend on one
// input agree. When nothing was asked there is exactly one run, and asking costs one branch.
// Threads: one World per worker.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "parsers/core/limits.h"
#include "parsers/model/guards.h"
#include "parsers/model/value.h"

namespace assay::rules {

class World {
 public:
  // Forgets everything: call before judging another resource or rule.
  void reset();
  // Starts a run: decisions taken so far on the current path stay, everything else is forgotten.
  void begin();
  // Moves on to the next side not yet run; false when all are covered or the cap is reached.
  bool advance();
  bool capped() const { return capped_; }  // worlds remain that were not run: never say PASS or FAIL
  uint32_t runs() const { return runs_; }
  bool asked() const { return !trail_.empty(); }

  // Does the guard hold in this world? Decides atoms of `guards` as needed.
  bool holds(const model::Guards& guards, model::Guard guard);
  // The same without deciding anything: 1 it holds, 0 it does not, -1 open.
  int known(const model::Guards& guards, model::Guard guard) const;
  // The answer to (subject, relation, literal). Answers agree with earlier ones about the same subject:
  // equality with one literal excludes others and fixes comparisons; bounds imply bounds; a domain
  // declared in `guards` (may be null) is complete.
  bool decide(const model::Guards* guards, core::Symbol subject, model::Relation relation,
              core::Symbol literal, std::span<const core::Symbol> causes);
  // A yes/no question of any other kind; equal texts are the same question.
  bool decide_other(std::string_view question, std::span<const core::Symbol> causes);

  // `value` without alternatives at the top: the one whose guard holds. Others come back as they are.
  const model::Value& resolve(const model::Guards& guards, const model::Value& value);
  // Is the element, entry or block present in its container?
  bool present(const model::Guards& guards, const model::Value& value) {
    return value.guard == model::kAlways || holds(guards, value.guard);
  }

  // Comparisons in which either side may be unknown (not alternatives: resolve first). Refinements
  // answer where they can (not null, prefix, bounds, lengths); else the world decides. Known sides
  // are compared by content. Collections with unknown parts are compared part by part.
  bool equals(const model::Guards& guards, const model::Value& a, const model::Value& b);
  bool is_null(const model::Guards& guards, const model::Value& value);
  // Truth of a boolean; REQUIRES: a bool or an unknown.
  bool truth(const model::Guards& guards, const model::Value& value);
  // a < b for numbers; strings by code point. REQUIRES: primitives or unknowns.
  bool less(const model::Guards& guards, const model::Value& a, const model::Value& b);
  // Is the unknown collection or string empty?
  bool empty(const model::Guards& guards, const model::Value& unknown);

  // Causes of the questions decided (not implied) in this run: for depends_on. Sorted by text.
  std::vector<core::Symbol> causes() const;
  // Adds the same to a list, in any order; what is listed already is not repeated.
  void add_causes(std::vector<core::Symbol>& list) const;
  // "var.env = \"prod\" and var.on is false": the witness of this run; empty when nothing was decided.
  std::string witness(size_t max_terms = 4) const;

 private:
  struct Decision {
    core::Symbol subject;
    model::Relation relation;
    core::Symbol literal;  // of kOther: another subject this one is compared with, or empty
    bool answer = true;
    bool both_done = false;  // the other side has been run, or must not be
    std::vector<core::Symbol> causes;
  };
  // 1 true, 0 false, -1 open.
  int implied(const model::Guards* guards, core::Symbol subject, model::Relation relation,
              core::Symbol literal) const;
  int implied_other(core::Symbol subject, core::Symbol literal) const;
  // Brings a question into the form in which it is remembered; true when its answer is to be negated.
  bool spell(const model::Guards* guards, core::Symbol subject, model::Relation& relation,
             core::Symbol& literal) const;
  // The literal that `subject` was decided to equal; empty when none.
  core::Symbol value_of(core::Symbol subject) const;
  // All subjects decided to be equal to `subject`, itself first.
  std::vector<core::Symbol> class_of(core::Symbol subject) const;
  bool in_class(const Decision& decision, core::Symbol subject, const std::vector<core::Symbol>& members) const;
  bool has_pairs() const;
  core::Symbol subject_of(const model::Unknown& unknown);
  void learn(core::Symbol subject, const model::Unknown& unknown);
  // Picks one of finitely many values of the unknown; empty when they are not finite.
  core::Symbol pick(const model::Guards& guards, const model::Unknown& unknown);
  bool equals_at(const model::Guards& guards, const model::Value& a, const model::Value& b, int depth);
  bool equals_literal(const model::Guards& guards, const model::Unknown& unknown, const model::Value& known);
  bool equals_unknown(const model::Guards& guards, const model::Value& a, const model::Value& b);
  bool equal_sequences(const model::Guards& guards, const model::Value& a, const model::Value& b, int depth);
  bool equal_mappings(const model::Guards& guards, const model::Value& a, const model::Value& b, int depth);

  // Bounds of unknowns that were met: true in every world.
  struct Fact {
    core::Symbol subject;
    std::string minimum, maximum;  // literals; empty: not bounded
  };

  std::vector<Decision> trail_;
  std::vector<Fact> facts_;
  std::vector<const model::Unknown*> anonymous_;  // in the order this run met them
  uint32_t runs_ = 0;
  bool capped_ = false;
};

}  // namespace assay::rules
