#include "parsers/model/guards.h"

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <unordered_map>

#include "parsers/core/limits.h"

namespace assay::model {
namespace {

constexpr Guard kFirstNode = 2;
constexpr uint32_t kMaxDepth = 1000;   // of a diagram; deeper results become opaque
constexpr size_t kMaxOpaqueCauses = 64;  // kept of the arguments of an opaque result
constexpr size_t kMaxCauseNodes = 4096;  // nodes looked at for causes
constexpr size_t kMaxMemo = 1u << 20;    // remembered results
constexpr size_t kMaxDomain = 1024;      // declared literals of one subject; more count as open
constexpr uint64_t kMaxOperationSteps = 1u << 17;  // of one operation
constexpr uint64_t kFewSteps = 4096;     // of one operation when those of the root are used up

// Operations in the memo table.
enum Operation : uint64_t { kAnd = 1, kOr = 2, kNot = 3, kGivenTrue = 4, kGivenFalse = 5, kSimplify = 6 };

uint64_t memo_key(Operation operation, uint32_t a, uint32_t b) {
  return (static_cast<uint64_t>(operation) << 60) | (static_cast<uint64_t>(a) << 30) | b;
}

bool is_threshold(Relation relation) {
  return relation == Relation::kLess || relation == Relation::kAtMost;
}

void sort_by_text(std::vector<core::Symbol>& symbols) {
  if (symbols.size() < 2) return;
  // Equal symbols first, so that each text is fetched once.
  std::sort(symbols.begin(), symbols.end(), [](core::Symbol a, core::Symbol b) { return a.id() < b.id(); });
  symbols.erase(std::unique(symbols.begin(), symbols.end()), symbols.end());
  std::vector<std::pair<std::string_view, core::Symbol>> texts;
  texts.reserve(symbols.size());
  for (core::Symbol symbol : symbols) texts.emplace_back(symbol.text(), symbol);
  std::sort(texts.begin(), texts.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (size_t i = 0; i < texts.size(); ++i) symbols[i] = texts[i].second;
}

}  // namespace

// A diagram is canonical with respect to what atoms of one subject know of each other: below a
// decided atom nothing is tested that the decision implies, and a node whose true side is what its
// false side would become anyway is that false side. So a formula that no consistent assignment
// satisfies is kNever, and its negation kAlways.
struct Guards::State {
  struct Node {
    AtomId atom;
    Guard if_true;
    Guard if_false;
  };
  struct Subject {
    std::vector<core::Symbol> domain;
    std::vector<AtomId> atoms;     // all of this subject, ascending
    bool has_thresholds = false;
  };
  struct AtomInfo {
    Subject* subject = nullptr;
    bool numeric = false;  // the literal is a number
    double number = 0;     // nearest double of it
  };

  std::deque<Atom> atoms;
  std::vector<AtomInfo> infos;
  std::vector<Node> nodes;
  std::unordered_map<uint64_t, std::vector<Guard>> unique;
  std::unordered_map<uint64_t, Guard> memo;
  std::unordered_map<uint64_t, AtomId> atom_ids;
  std::unordered_map<core::Symbol, Subject> subjects;
  uint32_t opaque_count = 0;
  uint32_t depth = 0;
  bool overflow = false;  // the running operation went past a limit; its result is thrown away
  uint64_t steps_left = 0;      // of the running operation
  uint64_t steps_of_root = 0;   // of all operations so far

  // One diagram node was looked at: false once the running operation went past a limit.
  bool enter() {
    if (++depth > kMaxDepth || steps_left == 0) {
      overflow = true;
      return false;
    }
    --steps_left;
    return true;
  }

  const Node& node(Guard guard) const { return nodes[guard - kFirstNode]; }
  AtomId top(Guard guard) const {
    return guard < kFirstNode ? UINT32_MAX : node(guard).atom;
  }

  AtomId intern_atom(core::Symbol subject, Relation relation, core::Symbol literal,
                     std::span<const core::Symbol> causes) {
    uint64_t key = (static_cast<uint64_t>(subject.id()) << 32) |
                   (static_cast<uint64_t>(literal.id()) << 3) | static_cast<uint64_t>(relation);
    auto [at, fresh] = atom_ids.emplace(key, static_cast<AtomId>(atoms.size()));
    if (!fresh) return at->second;
    Atom atom;
    atom.subject = subject;
    atom.relation = relation;
    atom.literal = literal;
    atom.causes.assign(causes.begin(), causes.end());
    sort_by_text(atom.causes);
    atoms.push_back(std::move(atom));
    Subject& of = subjects[subject];  // references into an unordered_map stay valid
    AtomInfo info;
    info.subject = &of;
    if (is_threshold(relation) || relation == Relation::kEquals) {
      std::string text(literal.text());
      char* end = nullptr;
      info.number = std::strtod(text.c_str(), &end);
      info.numeric = !text.empty() && end == text.c_str() + text.size() && text[0] != 'n' &&
                     text[0] != 'i' && text[0] != 'N' && text[0] != 'I';
    }
    infos.push_back(info);
    of.atoms.push_back(at->second);
    of.has_thresholds = of.has_thresholds || is_threshold(relation);
    return at->second;
  }

  // What the answer to `decided` says about `other`, both of one subject: 1 true, 0 false, -1 open.
  int implication(AtomId decided, bool answer, AtomId other) const {
    const Atom& a = atoms[decided];
    const Atom& b = atoms[other];
    const AtomInfo& x = infos[decided];
    const AtomInfo& y = infos[other];
    bool a_equality = a.relation == Relation::kEquals || a.relation == Relation::kTrue;
    bool b_equality = b.relation == Relation::kEquals || b.relation == Relation::kTrue;
    if (a_equality) {
      if (!answer) return -1;
      if (b_equality) return 0;  // another literal
      if (!is_threshold(b.relation)) return -1;
      if (!x.numeric) return 0;  // null, a text or a boolean is not less than a number
      if (a.literal == b.literal) return b.relation == Relation::kAtMost ? 1 : 0;
      if (x.number == y.number) return -1;
      return x.number < y.number ? 1 : 0;
    }
    if (!is_threshold(a.relation)) return -1;
    bool same = a.literal == b.literal;
    if (b_equality) {
      if (!y.numeric) return answer ? 0 : -1;
      if (same) {
        if (a.relation == Relation::kLess) return answer ? 0 : -1;
        return answer ? -1 : 0;
      }
      if (x.number == y.number) return -1;
      if (answer) return y.number > x.number ? 0 : -1;
      return y.number < x.number ? 0 : -1;
    }
    if (!is_threshold(b.relation)) return -1;
    if (same) {  // one is kLess, the other kAtMost
      if (a.relation == Relation::kLess) return answer ? 1 : -1;
      return answer ? -1 : 0;
    }
    if (x.number == y.number) return -1;
    if (answer) return y.number > x.number ? 1 : -1;
    return y.number < x.number ? 0 : -1;
  }

  // `guard` where `atom` is known to be `answer`: other atoms of its subject that follow are gone.
  Guard given(Guard guard, AtomId atom, bool answer) {
    const Subject& subject = *infos[atom].subject;
    if (guard < kFirstNode || subject.atoms.size() < 2) return guard;
    if (!answer && !is_threshold(atoms[atom].relation)) return guard;
    return given_below(guard, atom, answer);
  }
  Guard given_below(Guard guard, AtomId atom, bool answer) {
    if (overflow) return guard;
    const Subject* subject = infos[atom].subject;
    // What the answer decides is followed at once: in "v is a or v is b or ..." that is all there is.
    while (guard >= kFirstNode) {
      const Node& at = node(guard);
      if (at.atom > subject->atoms.back()) return guard;
      int known = -1;
      if (at.atom == atom) {
        known = answer ? 1 : 0;
      } else if (infos[at.atom].subject == subject) {
        known = implication(atom, answer, at.atom);
      }
      if (known < 0) break;
      guard = known == 1 ? at.if_true : at.if_false;
    }
    if (guard < kFirstNode) return guard;
    uint64_t key = memo_key(answer ? kGivenTrue : kGivenFalse, guard, atom);
    if (auto found = memo.find(key); found != memo.end()) return found->second;
    if (!enter()) return guard;
    Node at = node(guard);
    Guard on_true = given_below(at.if_true, atom, answer);
    Guard on_false = given_below(at.if_false, atom, answer);
    Guard result = make(at.atom, on_true, on_false);
    --depth;
    if (!overflow) memo.emplace(key, result);
    return result;
  }

  Guard make(AtomId atom, Guard if_true, Guard if_false) {
    if (if_true == if_false || overflow) return if_true;
    const Subject& subject = *infos[atom].subject;
    if (subject.atoms.size() > 1) {
      if_true = given(if_true, atom, true);
      if_false = given(if_false, atom, false);
      if (if_true == if_false) return if_true;
      if (if_true == given(if_false, atom, true)) return if_false;
      if (is_threshold(atoms[atom].relation) && if_false == given(if_true, atom, false)) return if_true;
    }
    uint64_t hash = (static_cast<uint64_t>(atom) << 40) ^ (static_cast<uint64_t>(if_true) << 20) ^ if_false;
    std::vector<Guard>& bucket = unique[hash];
    for (Guard candidate : bucket) {
      const Node& other = node(candidate);
      if (other.atom == atom && other.if_true == if_true && other.if_false == if_false) return candidate;
    }
    if (nodes.size() >= core::kMaxGuardNodes) {
      overflow = true;
      return kNever;
    }
    return push_node(bucket, {atom, if_true, if_false});
  }
  Guard push_node(std::vector<Guard>& bucket, Node fresh) {
    Guard handle = static_cast<Guard>(nodes.size()) + kFirstNode;
    nodes.push_back(fresh);
    bucket.push_back(handle);
    return handle;
  }

  Guard combine(Guard a, Guard b, bool conjunction) {
    Guard neutral = conjunction ? kAlways : kNever;
    Guard dominant = conjunction ? kNever : kAlways;
    if (a == dominant || b == dominant) return dominant;
    if (a == neutral || a == b) return b;
    if (b == neutral) return a;
    if (overflow) return kNever;
    if (a > b) std::swap(a, b);
    uint64_t key = memo_key(conjunction ? kAnd : kOr, a, b);
    if (auto found = memo.find(key); found != memo.end()) return found->second;
    if (!enter()) return kNever;
    AtomId atom = std::min(top(a), top(b));
    Guard a_true = a, a_false = a, b_true = b, b_false = b;
    if (top(a) == atom) {
      a_true = node(a).if_true;
      a_false = node(a).if_false;
    } else {
      a_true = given(a, atom, true);
      a_false = given(a, atom, false);
    }
    if (top(b) == atom) {
      b_true = node(b).if_true;
      b_false = node(b).if_false;
    } else {
      b_true = given(b, atom, true);
      b_false = given(b, atom, false);
    }
    Guard on_true = combine(a_true, b_true, conjunction);
    Guard on_false = combine(a_false, b_false, conjunction);
    Guard result = make(atom, on_true, on_false);
    --depth;
    if (!overflow) memo.emplace(key, result);
    return result;
  }

  Guard negate(Guard a) {
    if (a < kFirstNode) return a == kAlways ? kNever : kAlways;
    if (overflow) return kNever;
    uint64_t key = memo_key(kNot, a, 0);
    if (auto found = memo.find(key); found != memo.end()) return found->second;
    if (!enter()) return kNever;
    Node at = node(a);
    Guard on_true = negate(at.if_true);
    Guard on_false = negate(at.if_false);
    Guard result = make(at.atom, on_true, on_false);
    --depth;
    if (!overflow) {
      memo.emplace(key, result);
      memo.emplace(memo_key(kNot, result, 0), a);
    }
    return result;
  }

  // Coudert and Madre's "restrict": agrees with `a` wherever `care` holds, and is small.
  Guard simplify(Guard a, Guard care) {
    if (a < kFirstNode || care < kFirstNode || overflow) return a;
    if (a == care) return kAlways;
    uint64_t key = memo_key(kSimplify, a, care);
    if (auto found = memo.find(key); found != memo.end()) return found->second;
    if (!enter()) return a;
    AtomId atom = top(a);
    Guard result;
    if (top(care) < atom) {
      Node given_node = node(care);
      result = simplify(a, combine(given_node.if_true, given_node.if_false, false));
    } else {
      Guard care_true = care, care_false = care;
      if (top(care) == atom) {
        care_true = node(care).if_true;
        care_false = node(care).if_false;
      } else {
        care_true = given(care, atom, true);
        care_false = given(care, atom, false);
      }
      Node at = node(a);
      if (care_true == kNever) {
        result = simplify(at.if_false, care_false);
      } else if (care_false == kNever) {
        result = simplify(at.if_true, care_true);
      } else {
        Guard on_true = simplify(at.if_true, care_true);
        Guard on_false = simplify(at.if_false, care_false);
        result = make(atom, on_true, on_false);
      }
    }
    --depth;
    if (!overflow) memo.emplace(key, result);
    return result;
  }

  // Runs an operation; past a limit its result is an opaque atom that says nothing, with the
  // causes of its arguments.
  template <typename Run>
  Guard bounded(Guard a, Guard b, const Run& run) {
    overflow = false;
    depth = 0;
    // Memoised results are only saved work; a table that grew large is given back.
    if (memo.size() > kMaxMemo) std::unordered_map<uint64_t, Guard>().swap(memo);
    uint64_t budget = steps_of_root < core::kMaxGuardSteps ? kMaxOperationSteps : kFewSteps;
    steps_left = budget;
    Guard result = run();
    steps_of_root += budget - steps_left;
    if (!overflow) return result;
    overflow = false;
    depth = 0;
    std::vector<core::Symbol> causes = causes_of(a);
    std::vector<core::Symbol> more = causes_of(b);
    causes.insert(causes.end(), more.begin(), more.end());
    sort_by_text(causes);
    if (causes.size() > kMaxOpaqueCauses) causes.resize(kMaxOpaqueCauses);
    core::Symbol subject("(condition " + std::to_string(++opaque_count) + " too large to follow)");
    return leaf(intern_atom(subject, Relation::kOther, core::Symbol(), causes));
  }

  std::vector<core::Symbol> causes_of(Guard guard) const {
    std::vector<core::Symbol> out;
    std::vector<Guard> stack{guard};
    std::unordered_map<Guard, bool> seen;
    while (!stack.empty() && seen.size() < kMaxCauseNodes) {
      Guard at = stack.back();
      stack.pop_back();
      if (at < kFirstNode || !seen.emplace(at, true).second) continue;
      const Node& here = node(at);
      const std::vector<core::Symbol>& causes = atoms[here.atom].causes;
      out.insert(out.end(), causes.begin(), causes.end());
      stack.push_back(here.if_true);
      stack.push_back(here.if_false);
    }
    sort_by_text(out);
    return out;
  }

  // The atom itself; made even when the table is full, because nothing stands for it.
  Guard leaf(AtomId atom) {
    uint64_t hash = (static_cast<uint64_t>(atom) << 40) ^ kNever;
    std::vector<Guard>& bucket = unique[hash];
    for (Guard candidate : bucket) {
      const Node& other = node(candidate);
      if (other.atom == atom && other.if_true == kAlways && other.if_false == kNever) return candidate;
    }
    return push_node(bucket, {atom, kAlways, kNever});
  }

  Guard equality(core::Symbol subject, core::Symbol literal, std::span<const core::Symbol> causes) {
    AtomId atom = intern_atom(subject, Relation::kEquals, literal, causes);
    return leaf(atom);
  }

  // The literal's place in the domain is decided: all but the last literal have an atom, the last
  // is what remains.
  Guard domain_equality(core::Symbol subject, const std::vector<core::Symbol>& domain, size_t index,
                        std::span<const core::Symbol> causes) {
    if (index + 1 < domain.size()) return equality(subject, domain[index], causes);
    Guard result = kAlways;
    for (size_t i = domain.size() - 1; i-- > 0;) {
      Guard other = equality(subject, domain[i], causes);
      result = bounded(result, other, [&] { return combine(result, negate(other), true); });
    }
    return result;
  }
};

Guards::Guards() = default;
Guards::~Guards() = default;
Guards::Guards(Guards&&) noexcept = default;
Guards& Guards::operator=(Guards&&) noexcept = default;

Guards::State& Guards::state() {
  if (!state_) state_ = std::make_unique<State>();
  return *state_;
}

Guard Guards::atom(std::string_view subject_text, Relation relation, std::string_view literal_text,
                   std::span<const core::Symbol> causes) {
  State& s = state();
  core::Symbol subject(subject_text);
  core::Symbol literal(literal_text);
  static const core::Symbol kTrueText("true");
  static const core::Symbol kFalseText("false");
  static const core::Symbol kQuotedTrue("\"true\"");
  const std::vector<core::Symbol>* domain = nullptr;
  if (auto found = s.subjects.find(subject); found != s.subjects.end() && !found->second.domain.empty()) {
    domain = &found->second.domain;
  }
  auto place = [&](core::Symbol wanted) {
    return static_cast<size_t>(std::find(domain->begin(), domain->end(), wanted) - domain->begin());
  };
  if (relation == Relation::kTrue) {
    literal = kTrueText;
    if (domain != nullptr && place(literal) == domain->size() && place(kQuotedTrue) < domain->size()) {
      literal = kQuotedTrue;
    }
    relation = Relation::kEquals;
  }
  if (domain != nullptr && relation == Relation::kEquals) {
    size_t index = place(literal);
    return index == domain->size() ? kNever : s.domain_equality(subject, *domain, index, causes);
  }
  if (domain != nullptr && is_threshold(relation)) {
    double bound = std::strtod(std::string(literal_text).c_str(), nullptr);
    Guard any = kNever;
    for (size_t i = 0; i < domain->size(); ++i) {
      std::string text((*domain)[i].text());
      char* end = nullptr;
      double number = std::strtod(text.c_str(), &end);
      if (end != text.c_str() + text.size()) continue;
      bool holds = relation == Relation::kLess ? number < bound : number <= bound;
      if (holds) any = either(any, s.domain_equality(subject, *domain, i, causes));
    }
    return any;
  }
  if (relation == Relation::kEquals && (literal == kTrueText || literal == kFalseText)) {
    AtomId atom = s.intern_atom(subject, Relation::kTrue, core::Symbol(), causes);
    Guard holds = s.leaf(atom);
    return literal == kTrueText ? holds : negate(holds);
  }
  AtomId atom = s.intern_atom(subject, relation, literal, causes);
  return s.leaf(atom);
}

void Guards::declare_domain(std::string_view subject, std::span<const std::string> literals) {
  if (literals.empty() || literals.size() > kMaxDomain) return;
  State::Subject& of = state().subjects[core::Symbol(subject)];
  if (!of.domain.empty() || !of.atoms.empty()) return;
  for (const std::string& literal : literals) {
    core::Symbol symbol(literal);
    if (std::find(of.domain.begin(), of.domain.end(), symbol) == of.domain.end()) {
      of.domain.push_back(symbol);
    }
  }
}

std::span<const core::Symbol> Guards::domain(core::Symbol subject) const {
  if (!state_) return {};
  auto found = state_->subjects.find(subject);
  if (found == state_->subjects.end()) return {};
  return found->second.domain;
}

Guard Guards::negate(Guard a) {
  if (a < kFirstNode) return a == kAlways ? kNever : kAlways;
  return state().bounded(a, kAlways, [&] { return state_->negate(a); });
}

Guard Guards::both(Guard a, Guard b) {
  if (a == kAlways || a == b) return b;
  if (b == kAlways) return a;
  if (a == kNever || b == kNever) return kNever;
  return state().bounded(a, b, [&] { return state_->combine(a, b, true); });
}

Guard Guards::either(Guard a, Guard b) {
  if (a == kNever || a == b) return b;
  if (b == kNever) return a;
  if (a == kAlways || b == kAlways) return kAlways;
  return state().bounded(a, b, [&] { return state_->combine(a, b, false); });
}

Guard Guards::assuming(Guard a, Guard given) {
  if (a < kFirstNode || given < kFirstNode) return a;
  if (both(a, given) == kNever) return kNever;
  if (implies(given, a)) return kAlways;
  return state().bounded(a, given, [&] { return state_->simplify(a, given); });
}

Guards::Step Guards::step(Guard guard) const {
  const State::Node& at = state_->node(guard);
  return {at.atom, at.if_true, at.if_false};
}

const Atom& Guards::atom_of(AtomId id) const { return state_->atoms[id]; }

size_t Guards::node_count() const { return state_ ? state_->nodes.size() : 0; }

std::vector<core::Symbol> Guards::causes(Guard guard) const {
  if (guard < kFirstNode || !state_) return {};
  return state_->causes_of(guard);
}

std::string display_name(std::string_view subject) {
  size_t hash = subject.find('#');
  size_t tail = subject.rfind('~');
  if (tail != std::string_view::npos && tail + 1 < subject.size() &&
      subject.find_first_not_of("0123456789abcdef", tail + 1) == std::string_view::npos) {
    subject = subject.substr(0, tail);
  }
  if (hash == std::string_view::npos || hash >= subject.size()) return std::string(subject);
  // Operations over several names repeat the prefix: "(a#var.x < a#var.y)".
  size_t start = subject.find_last_of("(, !", hash);
  start = start == std::string_view::npos ? 0 : start + 1;
  std::string_view prefix = subject.substr(start, hash + 1 - start);
  std::string out;
  out.reserve(subject.size());
  for (size_t i = 0;;) {
    size_t at = subject.find(prefix, i);
    out += subject.substr(i, at == std::string_view::npos ? at : at - i);
    if (at == std::string_view::npos) break;
    bool boundary = at == 0 || std::string_view("(, [!\"{$").find(subject[at - 1]) != std::string_view::npos;
    if (!boundary) out += subject[at];
    i = at + (boundary ? prefix.size() : 1);
  }
  return out;
}

// Most names are plain: one "#" and nothing computed.
core::Symbol display_symbol(std::string_view subject) {
  size_t hash = subject.find('#');
  if (hash != std::string_view::npos && subject.find('#', hash + 1) == std::string_view::npos &&
      subject.find('~', hash + 1) == std::string_view::npos &&
      subject.substr(0, hash).find_first_of("(, !~") == std::string_view::npos) {
    return core::Symbol(subject.substr(hash + 1));
  }
  return core::Symbol(display_name(subject));
}

std::string Guards::to_text(Guard guard, size_t max_terms) const {
  if (guard == kAlways) return "always";
  if (guard == kNever) return "never";
  struct Literal {
    AtomId atom;
    bool answer;
  };
  std::vector<Literal> path;
  std::string out;
  size_t terms = 0;
  bool cut = false;
  auto spell = [&](const Literal& literal) {
    const Atom& atom = atom_of(literal.atom);
    std::string name = display_name(atom.subject.text());
    std::string value(atom.literal.text());
    switch (atom.relation) {
      case Relation::kTrue: return (literal.answer ? "" : "not ") + name;
      case Relation::kEquals: return name + (literal.answer ? " = " : " != ") + value;
      case Relation::kLess: return name + (literal.answer ? " < " : " >= ") + value;
      case Relation::kAtMost: return name + (literal.answer ? " <= " : " > ") + value;
      case Relation::kOther: break;
    }
    return literal.answer ? name : "not (" + name + ")";
  };
  auto emit = [&] {
    if (!out.empty()) out += " or ";
    bool first = true;
    for (const Literal& literal : path) {
      const Atom& atom = atom_of(literal.atom);
      bool follows = false;  // "not env = dev" says nothing beside "env = prod"
      for (const Literal& other : path) {
        const Atom& chosen = atom_of(other.atom);
        if (!literal.answer && other.answer && atom.subject == chosen.subject &&
            atom.relation == Relation::kEquals && chosen.relation == Relation::kEquals) {
          follows = true;
        }
      }
      if (follows) continue;
      if (terms == max_terms) {
        cut = true;
        break;
      }
      ++terms;
      if (!first) out += " and ";
      first = false;
      out += spell(literal);
    }
  };
  // Depth first over the paths to kAlways, true sides first.
  struct Frame {
    Guard guard;
    int side;
  };
  std::vector<Frame> stack{{guard, 0}};
  while (!stack.empty() && !cut) {
    Frame& frame = stack.back();
    if (frame.guard < kFirstNode) {
      if (frame.guard == kAlways) {
        if (terms >= max_terms) {
          cut = true;
          break;
        }
        emit();
      }
      stack.pop_back();
      if (!path.empty()) path.pop_back();
      continue;
    }
    Step at = step(frame.guard);
    if (frame.side == 2) {
      stack.pop_back();
      if (!path.empty()) path.pop_back();
      continue;
    }
    bool answer = frame.side++ == 0;
    path.push_back({at.atom, answer});
    stack.push_back({answer ? at.if_true : at.if_false, 0});
  }
  if (cut) out += " ...";
  return out;
}

}  // namespace assay::model
