// Guards: formulas over atoms, under which a value, a list element or a resource exists.
//
// An atom is a question about one input that the analysis could not answer: "is var.prod true",
// "does parameter Env equal prod". A guard is a formula over atoms, kept as a reduced ordered binary
// decision diagram with interned nodes: equal formulas have equal handles, so implication and
// impossibility cost a comparison. Questions about one subject know of each other: two equalities
// with different literals exclude each other, and a declared domain ("allowed values") is complete.
//
// Ownership: one table per root; handles mean nothing in another table, except kAlways and kNever.
// Threads: built by the one worker that lowers the root, then read by many.
// Limit: beyond core::kMaxGuardNodes an operation gives a fresh opaque atom, which is sound.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/core/symbol.h"

namespace assay::model {

using Guard = uint32_t;
inline constexpr Guard kAlways = 0;  // a zeroed Value or Resource exists always
inline constexpr Guard kNever = 1;

using AtomId = uint32_t;

// What is asked. `subject` identifies the unknown ("var.prod", "param.Env", "size(var.ids)"); the
// worlds of the rule engine use the same (subject, relation, literal) and so agree with guards.
enum class Relation : uint8_t {
  kTrue,     // the subject, a boolean, is true; literal is empty
  kEquals,   // equals the literal
  kLess,     // is a number less than the literal
  kAtMost,   // is a number less than or equal to the literal
  kOther,    // anything else, spelled out in the subject
};

struct Atom {
  core::Symbol subject;
  Relation relation = Relation::kTrue;
  core::Symbol literal;             // canonical text: JSON ("\"prod\"", "5", "true", "null")
  std::vector<core::Symbol> causes;  // inputs that would decide it, for depends_on
};

class Guards {
 public:
  Guards();
  ~Guards();
  Guards(Guards&&) noexcept;
  Guards& operator=(Guards&&) noexcept;

  // The formula "atom holds". Same (subject, relation, literal) gives the same guard.
  // `kTrue` of a subject equals kEquals "true", and kEquals "false" is its negation.
  Guard atom(std::string_view subject, Relation relation, std::string_view literal,
             std::span<const core::Symbol> causes);
  // Declares that `subject` is one of these literals (canonical text). Call before the first atom of
  // the subject is made; a later call is ignored.
  void declare_domain(std::string_view subject, std::span<const std::string> literals);
  // The declared domain; empty when none.
  std::span<const core::Symbol> domain(core::Symbol subject) const;

  Guard negate(Guard a);
  Guard both(Guard a, Guard b);
  Guard either(Guard a, Guard b);
  bool implies(Guard a, Guard b) { return both(a, negate(b)) == kNever; }
  bool disjoint(Guard a, Guard b) { return both(a, b) == kNever; }
  // `a` simplified knowing that `given` holds: implied becomes kAlways, impossible kNever.
  Guard assuming(Guard a, Guard given);

  // Reading a diagram, for the worlds: a guard that is neither kAlways nor kNever tests `atom` and
  // goes on with one of two guards.
  struct Step {
    AtomId atom;
    Guard if_true;
    Guard if_false;
  };
  Step step(Guard guard) const;
  const Atom& atom_of(AtomId id) const;  // valid as long as the table
  // All causes of all atoms that matter to the guard, sorted by text, without repeats.
  std::vector<core::Symbol> causes(Guard guard) const;
  // "var.env = \"prod\" and not var.on", for messages and tests. At most `max_terms` terms.
  std::string to_text(Guard guard, size_t max_terms = 4) const;
  size_t node_count() const;

 private:
  // Made by the first atom: most roots have no guards at all and pay one null pointer.
  struct State;
  State& state();
  std::unique_ptr<State> state_;
};

// What a reader should see of a subject or an identity: without the "ROOT#" in front of names and
// without the "~hash" behind computed ones.
std::string display_name(std::string_view subject);
core::Symbol display_symbol(std::string_view subject);

}  // namespace assay::model
