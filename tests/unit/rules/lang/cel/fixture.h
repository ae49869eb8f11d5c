// What the CEL tests share: model values in a few words, and running expressions in both environments.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "parsers/model/resource.h"
#include "rules/engine/world.h"
#include "rules/lang/cel/cel_check.h"
#include "rules/lang/cel/cel_language.h"
#include "rules/lang/cel/eval.h"

namespace assay::rules::cel {

// A root with one resource whose view is `view`.
class CelTest : public ::testing::Test {
 protected:
  CelTest() {
    project.roots.push_back(std::make_unique<model::Root>());
    root = project.roots.back().get();
    resource = &root->resources.emplace_back();
    resource->address = "aws_s3_bucket.b";
    resource->type = "aws_s3_bucket";
    resource->name = "b";
    resource->format = "terraform";
    resource->kind = "resource";
    resource->root = root;
    project.resources.push_back(resource);
  }

  core::Arena& arena() { return root->arena; }
  static model::Value str(std::string_view text) { return model::string_value(text); }
  static model::Value num(int64_t n) { return model::int_value(n); }
  static model::Value boolean(bool b) { return model::bool_value(b); }
  model::Value list(std::vector<model::Value> items) { return model::list_value(items, arena()); }
  model::Value object(std::vector<std::pair<std::string_view, model::Value>> members) {
    std::vector<model::Entry> entries;
    for (auto& [key, value] : members) entries.push_back({key, {}, value});
    return model::object_value(entries, arena());
  }
  model::Value block(model::Value value) {
    value.flags |= model::kBlockValue;
    return value;
  }
  model::Value input(std::string_view id, const model::Type* type = nullptr, bool not_null = true) {
    model::Value made = model::unknown_input(id, type, arena());
    model::Unknown unknown = made.unknown();
    unknown.not_null = not_null;
    return model::unknown_value(unknown, arena());
  }
  model::Guard atom(std::string_view subject) {
    core::Symbol cause(subject);
    return root->guards.atom(subject, model::Relation::kTrue, "", {&cause, 1});
  }
  model::Value either(model::Guard guard, model::Value yes, model::Value no) {
    const model::Alternative parts[] = {{guard, yes}, {root->guards.negate(guard), no}};
    return model::alternatives_value(parts, root->guards, arena());
  }

  // Runs a rule in all worlds: "pass", "fail", "maybe", or the error.
  std::string verdict(std::string_view text, const model::Value& view, const model::Value* item = nullptr) {
    CompiledPolicy policy = language().compile(text, item != nullptr);
    if (!policy.check) return policy.errors.empty() ? "no check" : "compile: " + policy.errors[0].message;
    World world;
    core::Arena scratch;
    RunContext context;
    context.project = &project;
    context.resource = resource;
    context.view = &view;
    context.item = item;
    context.world = &world;
    context.arena = &scratch;
    bool violated = false, passed = false;
    reads.clear();
    world.reset();
    do {
      world.begin();
      context.reads.clear();
      context.steps_left = core::kMaxSteps;
      RunResult result = policy.check->run(context);
      if (result == RunResult::kError) return "error: " + context.error;
      if (result == RunResult::kViolation && !violated) {
        for (const Read& read : context.reads) reads.emplace_back(read.path);
      }
      (result == RunResult::kViolation ? violated : passed) = true;
    } while (world.advance());
    runs = world.runs();
    if (world.capped()) return "capped";
    return violated && passed ? "maybe" : violated ? "fail" : "pass";
  }

  // Evaluates in the standard environment; the text of the result.
  std::string value_of(std::string_view text) {
    Issues issues;
    auto program = compile(standard_environment(), text, {}, issues);
    if (!program) return "compile: " + issues[0].message;
    uint64_t steps = core::kMaxSteps;
    Eval eval(*program, {}, arena(), nullptr, nullptr, steps);
    return to_text(eval.run());
  }

  model::Project project;
  model::Root* root = nullptr;
  model::Resource* resource = nullptr;
  std::vector<std::string> reads;  // of the first violating world
  uint32_t runs = 0;
};

}  // namespace assay::rules::cel
