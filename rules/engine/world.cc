#include "rules/engine/world.h"

#include <algorithm>
#include <cctype>

#include "parsers/core/text.h"
#include "rules/engine/literal.h"

namespace assay::rules {
namespace {

using core::Symbol;
using model::Guards;
using model::Relation;
using model::Unknown;
using model::Value;

// Symbols that every question is compared with.
struct Words {
  Symbol yes{"true"}, no{"false"}, null{"null"}, zero{"0"}, one{"1"}, empty_text{"\"\""};
};
const Words& words() {
  static const Words instance;
  return instance;
}

// Sizes and lengths are whole and not negative.
bool is_size(std::string_view subject) {
  size_t hash = subject.find('#');
  if (hash != std::string_view::npos) subject = subject.substr(hash + 1);
  return subject.substr(0, 5) == "size(" || subject.substr(0, 7) == "length(";
}

// What the decisions of one subject leave open, as an interval.
struct Bound {
  std::string literal;
  bool strict = false;
  bool set = false;
};

void tighten(Bound& bound, std::string_view literal, bool strict, bool lower) {
  if (!bound.set) {
    bound = {std::string(literal), strict, true};
    return;
  }
  auto order = compare_literals(literal, bound.literal);
  if (!order) return;
  bool closer = lower ? *order > 0 : *order < 0;
  if (closer) bound = {std::string(literal), strict, true};
  if (*order == 0) bound.strict = bound.strict || strict;
}

// Does a value at `literal` lie inside? Incomparable kinds: a bound says that the value is of its kind.
bool inside(std::string_view literal, const Bound& low, const Bound& high) {
  if (low.set) {
    auto order = compare_literals(literal, low.literal);
    if (!order || *order < 0 || (*order == 0 && low.strict)) return false;
  }
  if (high.set) {
    auto order = compare_literals(literal, high.literal);
    if (!order || *order > 0 || (*order == 0 && high.strict)) return false;
  }
  return true;
}

// "size" answers as whole numbers: x <= 4 is x < 5, and so on.
void whole_bounds(Bound& low, Bound& high, const std::vector<Symbol>& excluded) {
  if (!low.set) low = {"0", false, true};
  auto normalise = [](Bound& bound, int64_t step) {
    auto at = whole_literal(bound.literal);
    if (bound.set && bound.strict && at) bound = {std::to_string(*at + step), false, true};
  };
  normalise(low, 1);
  normalise(high, -1);
  for (bool moved = true; moved;) {
    moved = false;
    for (Symbol literal : excluded) {
      auto at = whole_literal(literal.text());
      if (!at) continue;
      if (low.set && low.literal == literal.text()) {
        low.literal = std::to_string(*at + 1);
        moved = true;
      } else if (high.set && high.literal == literal.text()) {
        high.literal = std::to_string(*at - 1);
        moved = true;
      }
    }
  }
}

bool known_to_be(const Unknown& unknown, model::TypeKind kind) {
  return unknown.type != nullptr && unknown.type->kind == kind;
}

}  // namespace

void World::reset() {
  trail_.clear();
  anonymous_.clear();
  facts_.clear();
  runs_ = 0;
  capped_ = false;
}

void World::begin() {
  anonymous_.clear();
  ++runs_;
}

bool World::advance() {
  while (!trail_.empty() && trail_.back().both_done) trail_.pop_back();
  if (trail_.empty()) return false;
  if (runs_ >= core::kMaxWorlds) {
    capped_ = true;
    return false;
  }
  trail_.back().answer = !trail_.back().answer;
  trail_.back().both_done = true;
  return true;
}

// Questions between two unknowns ask (kOther, subject, literal = the other subject): are they equal?
// Subjects decided to be equal form a class, and what is decided of one holds for all.
std::vector<Symbol> World::class_of(Symbol subject) const {
  std::vector<Symbol> members{subject};
  for (bool grown = true; grown;) {
    grown = false;
    for (const Decision& decision : trail_) {
      if (decision.relation != Relation::kOther || !decision.answer || decision.literal.empty()) continue;
      bool left = std::find(members.begin(), members.end(), decision.subject) != members.end();
      bool right = std::find(members.begin(), members.end(), decision.literal) != members.end();
      if (left == right) continue;
      members.push_back(left ? decision.literal : decision.subject);
      grown = true;
    }
  }
  return members;
}

bool World::in_class(const Decision& decision, Symbol subject, const std::vector<Symbol>& members) const {
  if (members.empty()) return decision.subject == subject;
  return std::find(members.begin(), members.end(), decision.subject) != members.end();
}

bool World::has_pairs() const {
  for (const Decision& decision : trail_) {
    if (decision.relation == Relation::kOther && !decision.literal.empty()) return true;
  }
  return false;
}

Symbol World::value_of(Symbol subject) const {
  std::vector<Symbol> members;
  if (has_pairs()) members = class_of(subject);
  for (const Decision& decision : trail_) {
    if (!decision.answer || !in_class(decision, subject, members)) continue;
    if (decision.relation == Relation::kEquals) return decision.literal;
    if (decision.relation == Relation::kTrue) return words().yes;
  }
  return {};
}

int World::implied_other(Symbol subject, Symbol literal) const {
  if (literal.empty()) {
    for (const Decision& decision : trail_) {
      if (decision.relation == Relation::kOther && decision.subject == subject && decision.literal.empty()) {
        return decision.answer;
      }
    }
    return -1;
  }
  if (!has_pairs()) return -1;
  std::vector<Symbol> left = class_of(subject);
  std::vector<Symbol> right = class_of(literal);
  auto within = [](const std::vector<Symbol>& members, Symbol wanted) {
    return std::find(members.begin(), members.end(), wanted) != members.end();
  };
  if (within(left, literal)) return 1;
  for (const Decision& decision : trail_) {
    if (decision.relation != Relation::kOther || decision.answer || decision.literal.empty()) continue;
    if ((within(left, decision.subject) && within(right, decision.literal)) ||
        (within(right, decision.subject) && within(left, decision.literal))) {
      return 0;
    }
  }
  return -1;
}

int World::implied(const Guards* guards, Symbol subject, Relation relation, Symbol literal) const {
  if (relation == Relation::kOther) return implied_other(subject, literal);
  if (relation == Relation::kTrue) literal = words().yes;
  bool equality = relation == Relation::kEquals || relation == Relation::kTrue;
  // What was answered is answered the same, whatever became known since.
  for (const Decision& decision : trail_) {
    if (decision.subject != subject) continue;
    Symbol at = decision.relation == Relation::kTrue ? words().yes : decision.literal;
    bool same = decision.relation == relation || (equality && decision.relation == Relation::kTrue) ||
                (relation == Relation::kTrue && decision.relation == Relation::kEquals);
    if (same && at == literal) return decision.answer;
  }
  std::span<const Symbol> domain;
  if (guards != nullptr) domain = guards->domain(subject);

  std::vector<Symbol> excluded;
  Symbol chosen;
  Bound low, high;
  bool any = false;
  std::vector<Symbol> members;
  if (has_pairs()) members = class_of(subject);
  auto belongs = [&](Symbol candidate) {
    return candidate == subject || std::find(members.begin(), members.end(), candidate) != members.end();
  };
  for (const Decision& decision : trail_) {
    if (decision.relation == Relation::kOther) {
      // Decided to differ from another subject whose value is known.
      if (decision.answer || decision.literal.empty()) continue;
      Symbol other = belongs(decision.subject) ? decision.literal
                     : belongs(decision.literal) ? decision.subject : Symbol();
      if (other.empty()) continue;
      Symbol value = value_of(other);
      if (value.empty()) continue;
      excluded.push_back(value);
      any = true;
      continue;
    }
    if (!in_class(decision, subject, members)) continue;
    any = true;
    Symbol at = decision.relation == Relation::kTrue ? words().yes : decision.literal;
    switch (decision.relation) {
      case Relation::kTrue:
      case Relation::kEquals:
        if (decision.answer) {
          chosen = at;
        } else {
          excluded.push_back(at);
        }
        break;
      case Relation::kLess:
        tighten(decision.answer ? high : low, at.text(), decision.answer, !decision.answer);
        break;
      case Relation::kAtMost:
        tighten(decision.answer ? high : low, at.text(), !decision.answer, !decision.answer);
        break;
      case Relation::kOther: break;
    }
  }
  for (const Fact& fact : facts_) {
    if (!belongs(fact.subject)) continue;
    any = true;
    if (!fact.minimum.empty()) tighten(low, fact.minimum, false, true);
    if (!fact.maximum.empty()) tighten(high, fact.maximum, false, false);
  }
  bool whole = is_size(subject.text());
  if (!any && domain.empty() && !whole) return -1;

  auto satisfies = [&](std::string_view value) {  // would this value answer yes?
    if (equality) return value == literal.text();
    auto order = compare_literals(value, literal.text());
    return order && (relation == Relation::kLess ? *order < 0 : *order <= 0);
  };
  if (!chosen.empty()) return satisfies(chosen.text());
  if (!domain.empty()) {
    bool some = false, all = true;
    for (Symbol candidate : domain) {
      if (std::find(excluded.begin(), excluded.end(), candidate) != excluded.end()) continue;
      if ((low.set || high.set) && !inside(candidate.text(), low, high)) continue;
      (satisfies(candidate.text()) ? some : all) = satisfies(candidate.text());
    }
    return !some ? 0 : all ? 1 : -1;
  }
  if (whole) {
    whole_bounds(low, high, excluded);
  } else {
    for (Symbol literal_excluded : excluded) {
      if (low.set && low.literal == literal_excluded.text()) low.strict = true;
      if (high.set && high.literal == literal_excluded.text()) high.strict = true;
    }
  }
  if (equality) {
    if (std::find(excluded.begin(), excluded.end(), literal) != excluded.end()) return 0;
    if ((low.set || high.set) && !inside(literal.text(), low, high)) return 0;
    if (low.set && high.set && low.literal == high.literal && low.literal == literal.text()) return 1;
    return -1;
  }
  bool strict = relation == Relation::kLess;
  std::string_view limit = literal.text();
  std::string moved;
  if (whole && strict) {  // x < 5 is x <= 4
    if (auto at = whole_literal(limit)) {
      moved = std::to_string(*at - 1);
      limit = moved;
      strict = false;
    }
  }
  if (high.set) {
    auto order = compare_literals(high.literal, limit);
    if (order && (*order < 0 || (*order == 0 && (high.strict || !strict)))) return 1;
  }
  if (low.set) {
    auto order = compare_literals(limit, low.literal);
    if (!order) return 0;
    if (*order < 0 || (*order == 0 && (strict || low.strict))) return 0;
  }
  return -1;
}

bool World::spell(const Guards* guards, Symbol subject, Relation& relation, Symbol& literal) const {
  const Words& word = words();
  bool negated = false;
  if (relation == Relation::kEquals && (guards == nullptr || guards->domain(subject).empty())) {
    if (literal == word.yes || literal == word.no) {
      negated = literal == word.no;
      relation = Relation::kTrue;
      literal = {};
    }
  } else if (relation == Relation::kTrue && guards != nullptr && !guards->domain(subject).empty()) {
    relation = Relation::kEquals;
    literal = word.yes;
  }
  if (relation == Relation::kEquals && guards != nullptr) {
    // A domain written as texts ("true", "5") answers for the values they spell, and the reverse.
    auto domain = guards->domain(subject);
    if (!domain.empty() && std::find(domain.begin(), domain.end(), literal) == domain.end()) {
      std::string_view text = literal.text();
      Symbol variant = is_string_literal(text) ? Symbol(unquote_literal(text))
                                               : Symbol('"' + std::string(text) + '"');
      if (literal != word.null && std::find(domain.begin(), domain.end(), variant) != domain.end()) literal = variant;
    }
  }
  return negated;
}

bool World::decide(const Guards* guards, Symbol subject, Relation relation, Symbol literal,
                   std::span<const Symbol> causes) {
  bool negated = spell(guards, subject, relation, literal);
  int known = implied(guards, subject, relation, literal);
  if (known >= 0) return (known == 1) != negated;
  Decision decision;
  decision.subject = subject;
  decision.relation = relation;
  decision.literal = literal;
  decision.causes.assign(causes.begin(), causes.end());
  trail_.push_back(std::move(decision));
  return !negated;
}

int World::known(const Guards& guards, model::Guard guard) const {
  while (guard != model::kAlways && guard != model::kNever) {
    Guards::Step step = guards.step(guard);
    const model::Atom& atom = guards.atom_of(step.atom);
    Relation relation = atom.relation;
    Symbol literal = atom.literal;
    bool negated = spell(&guards, atom.subject, relation, literal);
    int answer = implied(&guards, atom.subject, relation, literal);
    if (answer < 0) return -1;
    guard = (answer == 1) != negated ? step.if_true : step.if_false;
  }
  return guard == model::kAlways;
}

bool World::decide_other(std::string_view question, std::span<const Symbol> causes) {
  return decide(nullptr, Symbol(question), Relation::kOther, Symbol(), causes);
}

bool World::holds(const Guards& guards, model::Guard guard) {
  while (guard != model::kAlways && guard != model::kNever) {
    Guards::Step step = guards.step(guard);
    const model::Atom& atom = guards.atom_of(step.atom);
    guard = decide(&guards, atom.subject, atom.relation, atom.literal, atom.causes) ? step.if_true
                                                                                    : step.if_false;
  }
  return guard == model::kAlways;
}

const Value& World::resolve(const Guards& guards, const Value& value) {
  if (!value.is_alternatives() || value.size == 0) return value;
  auto alternatives = value.alternatives();
  for (size_t i = 0; i + 1 < alternatives.size(); ++i) {
    if (holds(guards, alternatives[i].guard)) return alternatives[i].value;
  }
  return alternatives.back().value;
}

void World::learn(Symbol subject, const Unknown& unknown) {
  for (const Fact& fact : facts_) {
    if (fact.subject == subject) return;
  }
  facts_.push_back({subject, unknown.minimum != nullptr ? unknown.minimum->to_text() : std::string(),
                    unknown.maximum != nullptr ? unknown.maximum->to_text() : std::string()});
}

Symbol World::subject_of(const Unknown& unknown) {
  if (!unknown.id.empty()) {
    if (unknown.minimum != nullptr || unknown.maximum != nullptr) learn(unknown.id, unknown);
    return unknown.id;
  }
  auto at = std::find(anonymous_.begin(), anonymous_.end(), &unknown);
  size_t ordinal = static_cast<size_t>(at - anonymous_.begin());
  if (at == anonymous_.end()) anonymous_.push_back(&unknown);
  return Symbol("?" + std::to_string(ordinal));
}

bool World::is_null(const Guards& guards, const Value& value) {
  if (!value.is_unknown()) return value.is_null();
  const Unknown& unknown = value.unknown();
  if (unknown.not_null || !unknown.prefix.empty() || unknown.minimum != nullptr ||
      unknown.maximum != nullptr || unknown.min_length > 0) {
    return false;
  }
  return decide(&guards, subject_of(unknown), Relation::kEquals, words().null, unknown.causes());
}

bool World::truth(const Guards& guards, const Value& value) {
  const Value& at = resolve(guards, value);
  if (!at.is_unknown()) return at.is_true();
  return decide(&guards, subject_of(at.unknown()), Relation::kTrue, Symbol(), at.unknown().causes());
}

bool World::empty(const Guards& guards, const Value& value) {
  if (!value.is_unknown()) return value.size == 0;
  const Unknown& unknown = value.unknown();
  if (unknown.min_length > 0 || !unknown.prefix.empty()) return false;
  if (unknown.max_length == 0) return true;
  Symbol subject = subject_of(unknown);
  if (known_to_be(unknown, model::TypeKind::kString)) {
    return decide(&guards, subject, Relation::kEquals, words().empty_text, unknown.causes());
  }
  std::string_view id = subject.text();
  size_t hash = id.find('#');
  std::string size = hash == std::string_view::npos
                         ? "size(" + std::string(id) + ")"
                         : std::string(id.substr(0, hash + 1)) + "size(" + std::string(id.substr(hash + 1)) + ")";
  return decide(&guards, Symbol(size), Relation::kLess, words().one, unknown.causes());
}

Symbol World::pick(const Guards& guards, const Unknown& unknown) {
  Symbol subject = subject_of(unknown);
  if (Symbol chosen = value_of(subject); !chosen.empty()) return chosen;
  auto domain = guards.domain(subject);
  for (size_t i = 0; i < domain.size(); ++i) {
    if (decide(&guards, subject, Relation::kEquals, domain[i], unknown.causes())) return domain[i];
  }
  if (domain.empty() && known_to_be(unknown, model::TypeKind::kBool)) {
    if (decide(&guards, subject, Relation::kTrue, Symbol(), unknown.causes())) return words().yes;
    if (unknown.not_null) return words().no;
    bool null = decide(&guards, subject, Relation::kEquals, words().null, unknown.causes());
    return null ? words().null : words().no;
  }
  return {};
}

std::vector<Symbol> World::causes() const {
  std::vector<Symbol> out;
  for (const Decision& decision : trail_) {
    out.insert(out.end(), decision.causes.begin(), decision.causes.end());
  }
  std::sort(out.begin(), out.end(), [](Symbol a, Symbol b) { return a.text() < b.text(); });
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

void World::add_causes(std::vector<Symbol>& list) const {
  for (const Decision& decision : trail_) {
    for (Symbol cause : decision.causes) {
      if (std::find(list.begin(), list.end(), cause) == list.end()) list.push_back(cause);
    }
  }
}

namespace {

std::string source_of(const std::vector<Symbol>& causes) {
  return causes.empty() ? "something unknown" : "what comes from " + std::string(causes[0].text());
}

// Names that were made for values without one ("number@3", "unknown@12:50-60") tell nobody anything: what the value
// comes from takes their place.
std::string without_made_names(std::string_view text, const std::vector<Symbol>& causes) {
  std::string out;
  size_t taken = 0;
  for (size_t at = text.find('@'); at != std::string_view::npos; at = text.find('@', at + 1)) {
    size_t begin = at;
    while (begin > taken && ((text[begin - 1] >= 'a' && text[begin - 1] <= 'z') || text[begin - 1] == '_')) --begin;
    size_t end = at + 1;
    auto digits = [&] { while (end < text.size() && core::is_digit(text[end])) ++end; };
    digits();
    if (begin == at || end == at + 1) continue;
    if (end < text.size() && text[end] == 'x') {
      ++end;
      while (end < text.size() && std::isxdigit(static_cast<unsigned char>(text[end]))) ++end;
    }
    if (end < text.size() && text[end] == ':') {
      ++end;
      digits();
      if (end < text.size() && text[end] == '-') ++end;
      digits();
    }
    out += text.substr(taken, begin - taken);
    out += source_of(causes);
    taken = end;
    at = end - 1;
  }
  out += text.substr(taken);
  return out;
}

}  // namespace

std::string World::witness(size_t max_terms) const {
  std::string out;
  size_t terms = 0;
  for (const Decision& decision : trail_) {
    bool equality = decision.relation == Relation::kEquals;
    if (equality && !decision.answer && !value_of(decision.subject).empty()) continue;
    std::string name = model::display_name(decision.subject.text());
    if (!name.empty() && name[0] == '?') {  // a value without a name: say what it comes from
      name = source_of(decision.causes);
    } else if (name.find('@') != std::string::npos) {
      name = without_made_names(name, decision.causes);
    }
    std::string literal = decision.relation == Relation::kOther ? without_made_names(model::display_name(decision.literal.text()), decision.causes)
                                                                : std::string(decision.literal.text());
    std::string term;
    switch (decision.relation) {
      case Relation::kTrue: term = name + (decision.answer ? " is true" : " is false"); break;
      case Relation::kEquals:
        if (literal == "null") {
          term = name + (decision.answer ? " is null" : " is set");
        } else {
          term = name + (decision.answer ? " = " : " != ") + literal;
        }
        break;
      case Relation::kLess:
        if (literal == "1" && name.rfind("size(", 0) == 0) {
          term = name.substr(5, name.size() - 6) + (decision.answer ? " is empty" : " is not empty");
        } else {
          term = name + (decision.answer ? " < " : " >= ") + literal;
        }
        break;
      case Relation::kAtMost: term = name + (decision.answer ? " <= " : " > ") + literal; break;
      case Relation::kOther:
        if (!literal.empty()) {
          term = name + (decision.answer ? " = " : " != ") + literal;
        } else {
          term = decision.answer ? name : "not (" + name + ")";
        }
        break;
    }
    if (terms == max_terms) return out + " ...";
    if (terms++ > 0) out += " and ";
    out += term;
  }
  return out;
}

}  // namespace assay::rules
