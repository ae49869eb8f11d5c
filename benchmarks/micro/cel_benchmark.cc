// Evaluations per second of rule expressions over an object like a Kubernetes workload, and the time to
// compile one. Each evaluation is a whole run of the check: variables, evaluation, reads.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "parsers/model/resource.h"
#include "rules/engine/world.h"
#include "rules/lang/cel/cel_check.h"
#include "rules/lang/cel/cel_language.h"

namespace {

using namespace assay;
using namespace assay::rules;

class Workload {
 public:
  Workload() {
    resource_.root = &root_;
    std::vector<model::Value> containers;
    for (int i = 0; i < 4; ++i) {
      containers.push_back(object({
          {"name", text("c" + std::to_string(i))},
          {"image", text("registry.example.com/team/app:1." + std::to_string(i))},
          {"securityContext", object({{"runAsNonRoot", model::bool_value(true)}, {"privileged", model::bool_value(i == 3)},
                                      {"capabilities", object({{"drop", list({text("ALL")})}})}})},
          {"resources", object({{"limits", object({{"cpu", text("500m")}, {"memory", text("128Mi")}})}})},
          {"ports", list({object({{"containerPort", model::int_value(8080 + i)}})})},
      }));
    }
    view_ = object({{"metadata", object({{"name", text("web")}, {"labels", object({{"app", text("web")}})}})},
                    {"spec", object({{"replicas", model::int_value(3)}, {"hostNetwork", model::bool_value(false)},
                                     {"containers", list(containers)}})}});
  }

  RunResult run(const Check& check) {
    arena_.reset();
    context_.project = &project_;
    context_.resource = &resource_;
    context_.view = &view_;
    context_.world = &world_;
    context_.arena = &arena_;
    context_.steps_left = core::kMaxSteps;
    context_.reads.clear();
    world_.reset();
    world_.begin();
    return check.run(context_);
  }

 private:
  model::Value text(std::string_view t) { return model::string_value(root_.arena.copy(t)); }
  model::Value list(std::vector<model::Value> items) { return model::list_value(items, root_.arena); }
  model::Value object(std::vector<std::pair<std::string_view, model::Value>> members) {
    std::vector<model::Entry> entries;
    for (auto& [key, value] : members) entries.push_back({key, {}, value});
    return model::object_value(entries, root_.arena);
  }

  model::Root root_;
  model::Project project_;
  model::Resource resource_;
  model::Value view_;
  World world_;
  core::Arena arena_{64 * 1024};
  RunContext context_;
};

void evaluate(benchmark::State& state, std::string_view expression) {
  Workload workload;
  CompiledPolicy policy = cel::language().compile(expression, false);
  for (auto _ : state) benchmark::DoNotOptimize(workload.run(*policy.check));
  state.SetItemsProcessed(state.iterations());
}

void compile(benchmark::State& state, std::string_view expression) {
  for (auto _ : state) benchmark::DoNotOptimize(cel::language().compile(expression, false));
  state.SetItemsProcessed(state.iterations());
}

constexpr std::string_view kFlag = "resource.spec.hostNetwork == true";
constexpr std::string_view kMember = "resource.metadata.name in ['default', 'kube-system', 'kube-public']";
constexpr std::string_view kPrivileged =
    "resource.spec.containers.exists(c, c.securityContext.privileged == true && !c.name.startsWith('init-'))";
constexpr std::string_view kPorts =
    "resource.spec.containers.all(c, c.ports.all(p, p.containerPort > 1024)) && resource.spec.replicas < 2";
constexpr std::string_view kImages =
    "resource.spec.containers.exists(c, c.image.matches(':latest$') || !c.image.contains(':'))";

BENCHMARK_CAPTURE(evaluate, flag, kFlag);
BENCHMARK_CAPTURE(evaluate, member, kMember);
BENCHMARK_CAPTURE(evaluate, privileged, kPrivileged);
BENCHMARK_CAPTURE(evaluate, ports, kPorts);
BENCHMARK_CAPTURE(evaluate, images, kImages);
BENCHMARK_CAPTURE(compile, flag, kFlag);
BENCHMARK_CAPTURE(compile, privileged, kPrivileged);

}  // namespace
