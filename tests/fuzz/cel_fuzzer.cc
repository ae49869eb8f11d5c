// Any text as a CEL expression: parsed, checked and evaluated in both environments, over known and
// unknown values, with and without the checker. No crash, no hang, and issues lie inside the text.
#include <cstdint>
#include <string_view>

#include "parsers/core/check.h"
#include "parsers/model/resource.h"
#include "rules/engine/world.h"
#include "rules/lang/cel/cel_check.h"
#include "rules/lang/cel/eval.h"
#include "rules/lang/cel/mutate.h"

namespace {

using namespace assay;
using namespace assay::rules;

constexpr uint64_t kSteps = 20'000;

struct Subject {
  Subject() {
    resource.root = &root;
    resource.address = "a.b";
    core::Arena& arena = root.arena;
    model::Value unknown = model::unknown_input("R#var.u", nullptr, arena);
    core::Symbol cause("var.g");
    model::Guard guard = root.guards.atom("R#var.g", model::Relation::kTrue, "", {&cause, 1});
    const model::Value items[] = {model::string_value("a"), unknown, model::with_guard(model::int_value(1), guard)};
    const model::Alternative alternatives[] = {{guard, model::string_value("x")},
                                               {root.guards.negate(guard), model::bool_value(true)}};
    const model::Entry entries[] = {
        {"a", {}, model::list_value(items, arena)},
        {"b", {}, unknown},
        {"c", {}, model::alternatives_value(alternatives, root.guards, arena)},
        {"d", {}, model::string_value("{\"Statement\": [{\"Action\": \"*\"}]}")},
    };
    view = model::object_value(entries, arena);
    resource.attributes = view;
  }
  model::Root root;
  model::Resource resource;
  model::Value view;
};

void check_issues(const cel::Issues& issues, std::string_view text) {
  for (const cel::Issue& issue : issues) {
    ASSAY_CHECK(issue.begin <= issue.end);
    ASSAY_CHECK(issue.end <= text.size());
    ASSAY_CHECK(!issue.message.empty());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 4096) return 0;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  static const Subject& subject = *new Subject;
  for (bool checked : {true, false}) {
    cel::CompileOptions options;
    options.check = checked;
    cel::Issues issues;
    if (auto program = cel::compile(cel::standard_environment(), text, options, issues)) {
      core::Arena arena;
      uint64_t steps = kSteps;
      cel::Eval eval(*program, {}, arena, nullptr, nullptr, steps);
      cel::to_text(eval.run());
    } else {
      ASSAY_CHECK(!issues.empty());
    }
    check_issues(issues, text);
    issues.clear();
    auto program = cel::compile(cel::rules_environment(), text, options, issues);
    check_issues(issues, text);
    if (!program) continue;
    cel::CelCheck check(std::move(program));
    model::Project project;
    World world;
    core::Arena arena;
    RunContext context;
    context.project = &project;
    context.resource = &subject.resource;
    context.view = &subject.view;
    context.item = &subject.view;
    context.world = &world;
    context.arena = &arena;
    world.reset();
    do {
      world.begin();
      context.reads.clear();
      context.steps_left = kSteps;
      check.run(context);
    } while (world.runs() < 8 && world.advance());
  }
  if (size < 512) cel::mutations(text);
  return 0;
}
