// The law of worlds (rules/engine/world.h) for CEL: choose concrete values for all inputs, run concretely; the
// result is among those of the abstract run. Over finite domains and questions that the worlds decide
// exactly, the results are the same set. Expressions are random; a failure prints its seed.
#include <random>
#include <set>

#include "tests/unit/rules/lang/cel/fixture.h"

namespace assay::rules::cel {
namespace {

constexpr int kExpressions = 300;

class Generator {
 public:
  Generator(uint32_t seed, bool exact) : random_(seed), exact_(exact) {}

  std::string condition(int depth) {
    if (depth <= 0) return atom();
    switch (pick(8)) {
      case 0: return "(" + condition(depth - 1) + " && " + condition(depth - 1) + ")";
      case 1: return "(" + condition(depth - 1) + " || " + condition(depth - 1) + ")";
      case 2: return "!(" + condition(depth - 1) + ")";
      case 3: return "(" + condition(depth - 1) + " ? " + condition(depth - 1) + " : " + condition(depth - 1) + ")";
      case 4: return "resource.list.exists(e, e == " + text() + " && " + condition(depth - 2) + ")";
      case 5: return "resource.list.all(e, e != " + text() + " || " + condition(depth - 2) + ")";
      case 6: return "cel.bind(v, " + text() + ", v == " + text() + " || " + condition(depth - 2) + ")";
      default: return atom();
    }
  }

 private:
  int pick(int n) { return static_cast<int>(random_() % static_cast<uint32_t>(n)); }

  std::string text() {
    static const char* const kTexts[] = {"resource.b",       "resource.alt", "resource.obj.same", "resource.obj.alt",
                                         "resource.missing", "'x'",          "'y'",               "'w'"};
    if (!exact_ && pick(4) == 0) return text() + ".lowerAscii()";
    return kTexts[pick(8)];
  }
  std::string number() {
    static const char* const kNumbers[] = {"resource.n", "0", "1", "2", "3", "resource.n"};
    if (!exact_ && pick(3) == 0) return "(" + number() + " + " + std::to_string(pick(3)) + ")";
    return kNumbers[pick(6)];
  }
  std::string atom() {
    static const char* const kOrders[] = {"<", "<=", ">", ">=", "==", "!="};
    switch (pick(exact_ ? 10 : 13)) {
      case 0: return "resource.a";
      case 1: return text() + " == " + text();
      case 2: return text() + " != " + text();
      case 3: return number() + " " + kOrders[pick(6)] + " " + number();
      case 4: return text() + " in ['x', 'y']";
      case 5: return text() + " in resource.list";
      case 6: return "has(resource.block)";
      case 7: return "resource.block.on";
      case 8: return "size(resource.list) " + std::string(kOrders[pick(6)]) + " " + std::to_string(pick(4));
      case 9: return "resource.a == " + std::string(pick(2) ? "true" : "false");
      case 10: return text() + ".startsWith('x')";
      case 11: return "resource.list.filter(e, e == " + text() + ").size() > 1";
      default: return "resource.open.exists(e, e == " + text() + ")";
    }
  }

  std::mt19937 random_;
  bool exact_;
};

struct Choice {
  bool a, p, q, r;
  std::string_view b;
  int64_t n;
};

class WorldsProperty : public CelTest {
 protected:
  WorldsProperty() {
    const std::string texts[] = {"\"x\"", "\"y\"", "\"z\""};
    const std::string numbers[] = {"0", "1", "2", "5"};
    root->guards.declare_domain("R#b", texts);
    root->guards.declare_domain("R#n", numbers);
  }

  model::Value abstract_view() {
    model::Value b = input("R#b", model::string_type());
    model::Value alt = either(atom("R#p"), str("x"), str("w"));
    return object({
        {"a", input("R#a", model::bool_type())},
        {"b", b},
        {"n", input("R#n", model::number_type())},
        {"alt", alt},
        {"list", list({str("w"), b, model::with_guard(str("y"), atom("R#q")), alt})},
        {"obj", object({{"same", b}, {"alt", either(atom("R#q"), b, str("y"))}})},
        {"block", model::with_guard(object({{"on", either(atom("R#p"), boolean(true), boolean(false))}}), atom("R#r"))},
        {"open", input("R#open")},
    });
  }

  model::Value concrete_view(const Choice& c, const model::Value& open) {
    model::Value alt = c.p ? str("x") : str("w");
    std::vector<model::Value> items{str("w"), str(c.b)};
    if (c.q) items.push_back(str("y"));
    items.push_back(alt);
    std::vector<std::pair<std::string_view, model::Value>> members{
        {"a", boolean(c.a)}, {"b", str(c.b)}, {"n", num(c.n)}, {"alt", alt}, {"list", list(items)},
        {"obj", object({{"same", str(c.b)}, {"alt", c.q ? str(c.b) : str("y")}})}, {"open", open}};
    if (c.r) members.push_back({"block", object({{"on", boolean(c.p)}})});
    return object(members);
  }

  // 1 violation, 0 pass, 2 error.
  static int outcome(const Check& check, RunContext& context) {
    context.steps_left = core::kMaxSteps;
    context.reads.clear();
    RunResult result = check.run(context);
    return result == RunResult::kViolation ? 1 : result == RunResult::kPass ? 0 : 2;
  }

  void compare_runs(uint32_t seed, bool exact) {
    std::string text = Generator(seed, exact).condition(4);
    CompiledPolicy policy = language().compile(text, false);
    ASSERT_TRUE(policy.check) << "seed " << seed << ": " << text << ": " << policy.errors[0].message;
    core::Arena scratch;
    World world;
    RunContext context;
    context.project = &project;
    context.resource = resource;
    context.world = &world;
    context.arena = &scratch;

    model::Value abstract = abstract_view();
    context.view = &abstract;
    std::set<int> allowed;
    world.reset();
    do {
      world.begin();
      allowed.insert(outcome(*policy.check, context));
    } while (world.advance());
    if (world.capped()) return;
    ++compared_;

    std::set<int> seen;
    const model::Value opens[] = {list({}), list({str("x")}), list({str("y"), str("w")}), list({str("x"), str("y"), str("x")})};
    for (int bits = 0; bits < 16; ++bits) {
      for (std::string_view b : {"x", "y", "z"}) {
        for (int64_t n : {0, 1, 2, 5}) {
          for (size_t o = 0; o < (exact ? 1 : 4); ++o) {
            Choice choice{(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0, (bits & 8) != 0, b, n};
            model::Value view = concrete_view(choice, opens[o]);
            context.view = &view;
            world.reset();
            world.begin();
            int result = outcome(*policy.check, context);
            ASSERT_FALSE(world.asked()) << "seed " << seed << ": a concrete run asked: " << text;
            ASSERT_TRUE(allowed.count(result))
                << "seed " << seed << ": " << text << "\n  a=" << choice.a << " p=" << choice.p << " q=" << choice.q
                << " r=" << choice.r << " b=" << b << " n=" << n << " gives " << result << ", which no world has";
            seen.insert(result);
          }
        }
      }
    }
    if (exact) {
      EXPECT_EQ(seen, allowed) << "seed " << seed << ": " << text;
    }
  }

  int compared_ = 0;
};

TEST_F(WorldsProperty, VerdictsOverFiniteDomainsAreExact) {
  for (uint32_t seed = 1; seed <= kExpressions && !HasFailure(); ++seed) compare_runs(seed, true);
  EXPECT_GT(compared_, kExpressions / 2);
}

TEST_F(WorldsProperty, FunctionsOfUnknownsAreSound) {
  for (uint32_t seed = 1; seed <= kExpressions && !HasFailure(); ++seed) compare_runs(seed, false);
  EXPECT_GT(compared_, kExpressions / 3);
}

}  // namespace
}  // namespace assay::rules::cel
