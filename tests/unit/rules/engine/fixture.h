// What the engine's tests share: a source text, resources built by hand over it, and checks made of
// lambdas, so that no format and no policy language takes part.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "rules/engine/evaluator.h"

namespace assay::rules {

class LambdaCheck : public Check {
 public:
  explicit LambdaCheck(std::function<RunResult(RunContext&)> body) : body_(std::move(body)) {}
  RunResult run(RunContext& context) const override { return body_(context); }

 private:
  std::function<RunResult(RunContext&)> body_;
};

class EngineTest : public ::testing::Test {
 protected:
  EngineTest() : root_(std::make_unique<model::Root>()) { root_->path = "."; }

  core::Arena& arena() { return root_->arena; }
  model::Guards& guards() { return root_->guards; }

  core::FileId file(std::string path, std::string text) { return sources_.add(std::move(path), std::move(text)); }
  // The span of the `nth` occurrence of `needle` in a file.
  core::Span at(core::FileId file, std::string_view needle, int nth = 0) {
    std::string_view text = sources_.text(file);
    size_t found = text.find(needle);
    for (int i = 0; i < nth && found != std::string_view::npos; ++i) found = text.find(needle, found + 1);
    EXPECT_NE(found, std::string_view::npos) << needle;
    return {file, static_cast<uint32_t>(found), static_cast<uint32_t>(found + needle.size())};
  }
  const model::Origin* origin(model::OriginKind kind, core::Span span, std::string_view what = {},
                              std::vector<const model::Origin*> from = {}) {
    auto* out = arena().make<model::Origin>();
    out->kind = kind;
    out->span = span;
    out->what = what;
    out->from_array = arena().copy(from).data();
    out->from_count = static_cast<uint32_t>(from.size());
    return out;
  }
  // A string written as `written` (quotes included) in the file.
  model::Value literal(core::FileId file, std::string_view written, int nth = 0) {
    core::Span span = at(file, written, nth);
    std::string_view inner = sources_.text(span);
    if (inner.starts_with('"')) inner = inner.substr(1, inner.size() - 2);
    model::Value value = model::string_value(inner);
    value.span = span;
    value.origin = origin(model::OriginKind::kLiteral, span);
    return value;
  }
  model::Value input(std::string_view name) {
    return model::unknown_input("r#" + std::string(name), nullptr, arena());
  }
  model::Guard when(std::string_view name) {
    core::Symbol cause{std::string(name)};
    return guards().atom("r#" + std::string(name), model::Relation::kTrue, "", {&cause, 1});
  }
  model::Value either(model::Guard guard, model::Value yes, model::Value no) {
    model::Alternative sides[2] = {{guard, yes}, {guards().negate(guard), no}};
    return model::alternatives_value(sides, guards(), arena());
  }
  model::Value object(std::vector<model::Entry> entries) { return model::object_value(entries, arena()); }
  model::Value list(std::vector<model::Value> items) { return model::list_value(items, arena()); }

  model::Resource& resource(std::string_view address, model::Value attributes, std::string_view type = "test/thing") {
    model::Resource& out = root_->resources.emplace_back();
    out.address = arena().copy(address);
    out.name = out.address;
    out.type = "test_thing";
    out.format = "terraform";
    out.kind = "resource";
    out.attributes = attributes;
    out.views.push_back({core::Symbol(type), attributes});
    return out;
  }

  Rule rule(std::function<RunResult(RunContext&)> body, std::string id = "TST0001") {
    Rule out;
    out.info.id = std::move(id);
    out.info.name = "test-rule";
    out.info.title = "a title";
    out.info.resources = {"test/thing"};
    out.check = std::make_shared<LambdaCheck>(std::move(body));
    return out;
  }
  // A violation when `key` of the item or the view equals `wanted`.
  static std::function<RunResult(RunContext&)> equals(std::string key, std::string wanted) {
    return [key, wanted](RunContext& context) {
      const model::Guards& guards = context.guards();
      const model::Value* base = context.item ? context.item : context.view;
      const model::Value& holder = context.world->resolve(guards, *base);
      const model::Value* found = holder.find(key);
      if (!found || !context.world->present(guards, *found)) return RunResult::kPass;
      const model::Value& value = context.world->resolve(guards, *found);
      context.reads.push_back({&value, context.arena->copy(key)});
      bool same = context.world->equals(guards, value, model::string_value(wanted));
      return same ? RunResult::kViolation : RunResult::kPass;
    };
  }

  // Hands the root over to the project: build everything before.
  Evaluation evaluate_all(std::vector<Rule> rules, EvaluateOptions options = {}) {
    if (root_) {
      root_view_ = root_.get();
      project_.sources = &sources_;
      project_.add(std::move(root_));
      project_.seal();
    }
    set_ = RuleSet();
    for (Rule& one : rules) set_.add(std::move(one));
    set_.seal();
    return evaluate(project_, set_, options);
  }
  std::string_view text(const core::Span& span) {
    return span.valid() ? sources_.text(span) : std::string_view("(invalid)");
  }

  core::SourceSet sources_;
  std::unique_ptr<model::Root> root_;
  model::Root* root_view_ = nullptr;
  model::Project project_;
  RuleSet set_;
};

}  // namespace assay::rules
