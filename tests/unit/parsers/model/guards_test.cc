#include "parsers/model/guards.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <random>

#include "parsers/core/limits.h"

namespace assay::model {
namespace {

using core::Symbol;

Guard atom(Guards& guards, std::string_view subject, Relation relation = Relation::kTrue,
           std::string_view literal = "") {
  Symbol cause(display_name(subject));
  return guards.atom(subject, relation, literal, {&cause, 1});
}

TEST(Guards, UnusedTablesHoldNothing) {
  Guards guards;
  EXPECT_EQ(guards.node_count(), 0u);
  EXPECT_EQ(guards.both(kAlways, kNever), kNever);
  EXPECT_EQ(guards.either(kAlways, kNever), kAlways);
  EXPECT_EQ(guards.negate(kNever), kAlways);
  EXPECT_TRUE(guards.implies(kNever, kAlways));
  EXPECT_TRUE(guards.causes(kAlways).empty());
  EXPECT_EQ(guards.node_count(), 0u);
}

TEST(Guards, TrueAndEqualsTrueAreOneAtom) {
  Guards guards;
  Guard on = atom(guards, "r#var.on");
  EXPECT_EQ(atom(guards, "r#var.on", Relation::kEquals, "true"), on);
  EXPECT_EQ(atom(guards, "r#var.on", Relation::kEquals, "false"), guards.negate(on));
  EXPECT_EQ(guards.to_text(on), "var.on");
  EXPECT_EQ(guards.to_text(guards.negate(on)), "not var.on");
}

TEST(Guards, EqualitiesOfOneSubjectExcludeEachOther) {
  Guards guards;
  Guard prod = atom(guards, "r#var.env", Relation::kEquals, "\"prod\"");
  Guard dev = atom(guards, "r#var.env", Relation::kEquals, "\"dev\"");
  EXPECT_EQ(guards.both(prod, dev), kNever);
  EXPECT_TRUE(guards.implies(prod, guards.negate(dev)));
  EXPECT_NE(guards.either(prod, dev), kAlways);
  EXPECT_EQ(guards.to_text(guards.either(prod, dev)), "var.env = \"prod\" or var.env = \"dev\"");
}

TEST(Guards, DomainsAreComplete) {
  Guards guards;
  std::vector<std::string> domain{"\"a\"", "\"b\"", "\"c\""};
  guards.declare_domain("p", domain);
  Guard a = atom(guards, "p", Relation::kEquals, "\"a\"");
  Guard b = atom(guards, "p", Relation::kEquals, "\"b\"");
  Guard c = atom(guards, "p", Relation::kEquals, "\"c\"");
  EXPECT_EQ(c, guards.negate(guards.either(a, b)));
  EXPECT_EQ(guards.either(guards.either(a, b), c), kAlways);
  EXPECT_EQ(atom(guards, "p", Relation::kEquals, "\"z\""), kNever);
  EXPECT_EQ(guards.domain(Symbol("p")).size(), 3u);
  guards.declare_domain("p", std::vector<std::string>{"\"z\""});
  EXPECT_EQ(guards.domain(Symbol("p")).size(), 3u);
}

TEST(Guards, NumberDomainsAnswerThresholds) {
  Guards guards;
  guards.declare_domain("n", std::vector<std::string>{"1", "5", "10"});
  EXPECT_EQ(atom(guards, "n", Relation::kLess, "11"), kAlways);
  EXPECT_EQ(atom(guards, "n", Relation::kLess, "1"), kNever);
  EXPECT_EQ(atom(guards, "n", Relation::kAtMost, "1"), atom(guards, "n", Relation::kEquals, "1"));
}

TEST(Guards, AssumingForgetsWhatIsGiven) {
  Guards guards;
  Guard x = atom(guards, "x");
  Guard y = atom(guards, "y");
  EXPECT_EQ(guards.assuming(guards.both(x, y), x), y);
  EXPECT_EQ(guards.assuming(x, x), kAlways);
  EXPECT_EQ(guards.assuming(guards.negate(x), x), kNever);
  EXPECT_EQ(guards.assuming(x, guards.both(x, y)), kAlways);
}

TEST(Guards, CausesAreSortedAndUnique) {
  Guards guards;
  Guard first = atom(guards, "r#var.b");
  Guard both = guards.both(first, atom(guards, "r#var.a"));
  std::vector<Symbol> causes = guards.causes(both);
  ASSERT_EQ(causes.size(), 2u);
  EXPECT_EQ(causes[0].text(), "var.a");
  EXPECT_EQ(causes[1].text(), "var.b");
  EXPECT_EQ(guards.to_text(both), "var.b and var.a");
}

TEST(Guards, TextIsCut) {
  Guards guards;
  Guard all = kAlways;
  for (int i = 0; i < 9; ++i) all = guards.both(all, atom(guards, "r#v" + std::to_string(i)));
  EXPECT_EQ(guards.to_text(all, 3), "v0 and v1 and v2 ...");
}

TEST(Guards, BeyondTheCapResultsAreOpaqueAndTablesBounded) {
  Guards guards;
  // x0 = y0 and x1 = y1 and ... is exponential when all x come before all y.
  std::vector<Guard> x, y;
  for (int i = 0; i < 24; ++i) x.push_back(atom(guards, "x" + std::to_string(i)));
  for (int i = 0; i < 24; ++i) y.push_back(atom(guards, "y" + std::to_string(i)));
  Guard all = kAlways;
  for (int i = 0; i < 24; ++i) {
    Guard same = guards.either(guards.both(x[i], y[i]), guards.both(guards.negate(x[i]), guards.negate(y[i])));
    all = guards.both(all, same);
  }
  EXPECT_NE(all, kAlways);
  EXPECT_NE(all, kNever);
  EXPECT_LE(guards.node_count(), core::kMaxGuardNodes + 1000u);
  EXPECT_FALSE(guards.causes(all).empty());
  EXPECT_NE(guards.both(x[0], x[1]), guards.either(x[0], x[1]));  // still usable
}

TEST(Guards, ManyEqualitiesOfOneSubjectStayCheap) {
  Guards guards;
  std::vector<std::string> literals;
  for (int i = 0; i < 3000; ++i) literals.push_back("\"v" + std::to_string(i) + "\"");
  guards.declare_domain("p", literals);
  Guard any = kNever;
  for (const std::string& literal : literals) {
    any = guards.either(any, guards.atom("p", Relation::kEquals, literal, {}));
  }
  EXPECT_NE(any, kNever);
  Guard first = guards.atom("p", Relation::kEquals, literals[0], {});
  EXPECT_EQ(guards.both(first, guards.atom("p", Relation::kEquals, literals[1], {})), kNever);
  EXPECT_LE(guards.node_count(), core::kMaxGuardNodes + 10000u);
}

TEST(Guards, LongChainsDoNotOverflowTheStack) {
  Guards guards;
  Guard all = kAlways;
  for (int i = 0; i < 3000; ++i) all = guards.both(atom(guards, "c" + std::to_string(i)), all);
  EXPECT_NE(all, kNever);
  EXPECT_NE(guards.negate(all), kAlways);
}

TEST(Guards, DisplayNames) {
  EXPECT_EQ(display_name("infra/a#var.env"), "var.env");
  EXPECT_EQ(display_name("#var.env"), "var.env");
  EXPECT_EQ(display_name("infra#length(var.ids)"), "length(var.ids)");
  EXPECT_EQ(display_name("(infra#var.a < infra#var.b)"), "(var.a < var.b)");
  EXPECT_EQ(display_name("#one of many~0123456789abcdef"), "one of many");
}

// --- Random formulas against truth tables.

struct World {
  bool p = false;
  std::string text;    // "a", "b", "c" or anything else
  std::string choice;  // of a domain of three
  double number = 0;
};

std::vector<World> all_worlds() {
  std::vector<World> out;
  for (bool p : {false, true}) {
    for (const char* text : {"a", "b", "c", "other"}) {
      for (const char* choice : {"k", "l", "m"}) {
        for (int half = -1; half <= 7; ++half) out.push_back({p, text, choice, half / 2.0});
      }
    }
  }
  return out;
}

struct Formula {
  Guard guard;
  std::vector<bool> table;
  bool thresholds;
};

bool holds(const Guards& guards, Guard guard, const World& world) {
  while (guard != kAlways && guard != kNever) {
    Guards::Step step = guards.step(guard);
    const Atom& atom = guards.atom_of(step.atom);
    std::string subject(atom.subject.text());
    std::string literal(atom.literal.text());
    bool answer = false;
    if (subject == "p") answer = world.p;
    if (subject == "text") answer = literal == '"' + world.text + '"';
    if (subject == "choice") answer = literal == '"' + world.choice + '"';
    if (subject == "n") {
      double bound = std::strtod(literal.c_str(), nullptr);
      answer = atom.relation == Relation::kLess ? world.number < bound
               : atom.relation == Relation::kAtMost ? world.number <= bound : world.number == bound;
    }
    guard = answer ? step.if_true : step.if_false;
  }
  return guard == kAlways;
}

TEST(GuardsProperty, AgreeWithTruthTables) {
  uint64_t seed = std::random_device{}();
  if (const char* fixed = std::getenv("ASSAY_SEED")) seed = std::strtoull(fixed, nullptr, 10);
  SCOPED_TRACE("ASSAY_SEED=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  auto pick = [&](size_t n) { return static_cast<size_t>(random() % n); };
  std::vector<World> worlds = all_worlds();
  for (int round = 0; round < 60; ++round) {
    Guards guards;
    guards.declare_domain("choice", std::vector<std::string>{"\"k\"", "\"l\"", "\"m\""});
    std::vector<Formula> pool;
    auto add = [&](Guard guard, bool thresholds, auto&& truth) {
      Formula formula{guard, {}, thresholds};
      for (size_t i = 0; i < worlds.size(); ++i) formula.table.push_back(truth(i));
      for (size_t i = 0; i < worlds.size(); ++i) {
        ASSERT_EQ(holds(guards, guard, worlds[i]), formula.table[i]) << guards.to_text(guard, 50);
      }
      pool.push_back(formula);
    };
    for (int i = 0; i < 10; ++i) {
      size_t kind = pick(5);
      static const char* kTexts[] = {"a", "b", "c"};
      static const char* kChoices[] = {"k", "l", "m"};
      std::string bound = std::to_string(pick(4));
      if (kind == 0) {
        add(atom(guards, "p"), false, [&](size_t w) { return worlds[w].p; });
      } else if (kind == 1) {
        std::string text = kTexts[pick(3)];
        add(atom(guards, "text", Relation::kEquals, '"' + text + '"'), false, [&](size_t w) { return worlds[w].text == text; });
      } else if (kind == 2) {
        std::string text = kChoices[pick(3)];
        add(atom(guards, "choice", Relation::kEquals, '"' + text + '"'), false, [&](size_t w) { return worlds[w].choice == text; });
      } else {
        bool less = kind == 3;
        double number = std::strtod(bound.c_str(), nullptr);
        add(atom(guards, "n", less ? Relation::kLess : Relation::kAtMost, bound), true,
            [&](size_t w) { return less ? worlds[w].number < number : worlds[w].number <= number; });
      }
    }
    for (int i = 0; i < 60 && !HasFatalFailure(); ++i) {
      Formula a = pool[pick(pool.size())];
      Formula b = pool[pick(pool.size())];
      bool thresholds = a.thresholds || b.thresholds;
      size_t operation = pick(3);
      if (operation == 0) {
        add(guards.both(a.guard, b.guard), thresholds, [&](size_t w) { return a.table[w] && b.table[w]; });
      } else if (operation == 1) {
        add(guards.either(a.guard, b.guard), thresholds, [&](size_t w) { return a.table[w] || b.table[w]; });
      } else {
        add(guards.negate(a.guard), a.thresholds, [&](size_t w) { return !a.table[w]; });
      }
    }
    for (const Formula& a : pool) {
      bool none = std::find(a.table.begin(), a.table.end(), true) == a.table.end();
      bool all = std::find(a.table.begin(), a.table.end(), false) == a.table.end();
      EXPECT_EQ(a.guard == kNever, none) << guards.to_text(a.guard, 50);
      EXPECT_EQ(a.guard == kAlways, all) << guards.to_text(a.guard, 50);
      const Formula& b = pool[pick(pool.size())];
      if (!a.thresholds && !b.thresholds) {
        EXPECT_EQ(a.guard == b.guard, a.table == b.table) << guards.to_text(a.guard, 50) << " | " << guards.to_text(b.guard, 50);
      }
      bool implied = true, apart = true;
      for (size_t w = 0; w < worlds.size(); ++w) {
        implied = implied && (!a.table[w] || b.table[w]);
        apart = apart && !(a.table[w] && b.table[w]);
      }
      EXPECT_EQ(guards.implies(a.guard, b.guard), implied);
      EXPECT_EQ(guards.disjoint(a.guard, b.guard), apart);
      if (b.guard == kNever) continue;
      Guard simple = guards.assuming(a.guard, b.guard);
      for (size_t w = 0; w < worlds.size(); ++w) {
        if (b.table[w]) {
          EXPECT_EQ(holds(guards, simple, worlds[w]), a.table[w]);
        }
      }
    }
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace assay::model
