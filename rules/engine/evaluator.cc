#include "rules/engine/evaluator.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <tuple>

#include "parsers/core/metrics.h"
#include "parsers/core/parallel.h"
#include "rules/engine/fingerprint.h"
#include "rules/engine/region.h"

namespace assay::rules {
namespace {

// Resources of one chunk are judged by one worker; small enough to balance, large enough to be cheap.
constexpr size_t kResourcesPerChunk = 16;

// One element of the list a rule with `each` runs over, and under what it is there.
struct Element {
  const model::Value* value;
  std::vector<model::Guard> guards;
  const model::Value* maybe_empty = nullptr;  // an unknown collection that may have no element
  std::string path;
};

void collect_elements(const model::Resource& resource, const model::Value& at, std::string_view rest,
                      Element so_far, core::Arena& scratch, std::vector<Element>& out);

// Goes into the elements of `list` and on with `rest` ("" ends there).
void collect_items(const model::Resource& resource, const model::Value& list, std::string_view rest,
                   Element so_far, core::Arena& scratch, std::vector<Element>& out) {
  auto with_guard = [](Element element, model::Guard guard) {
    if (guard != model::kAlways) element.guards.push_back(guard);
    return element;
  };
  auto go_on = [&](const model::Value& item, Element element, std::string index) {
    element.path += index;
    if (rest.empty()) {
      element.value = &item;
      out.push_back(std::move(element));
    } else {
      collect_elements(resource, item, rest, std::move(element), scratch, out);
    }
  };
  if (list.is_alternatives()) {
    for (const model::Alternative& alternative : list.alternatives()) {
      collect_items(resource, alternative.value, rest, with_guard(so_far, alternative.guard), scratch, out);
    }
  } else if (list.is_unknown()) {
    std::string id(list.unknown().id.text());
    auto* item = scratch.make<model::Value>(model::derived_unknown(
        id.empty() ? "" : id + "[*]", nullptr, std::span(&list, 1), resource.root->guards, scratch));
    item->span = list.span;
    item->origin = list.origin;
    so_far.maybe_empty = &list;
    go_on(*item, std::move(so_far), "[*]");
  } else if (list.is_sequence()) {
    size_t index = 0;
    for (const model::Value& item : list.items()) {
      go_on(item, with_guard(so_far, item.guard), "[" + std::to_string(index++) + "]");
    }
  } else if (!list.is_null()) {
    go_on(list, std::move(so_far), "");  // a single block or value where a list is usual
  }
}

void collect_elements(const model::Resource& resource, const model::Value& at, std::string_view rest,
                      Element so_far, core::Arena& scratch, std::vector<Element>& out) {
  if (at.is_alternatives()) {
    for (const model::Alternative& alternative : at.alternatives()) {
      Element element = so_far;
      element.guards.push_back(alternative.guard);
      collect_elements(resource, alternative.value, rest, std::move(element), scratch, out);
    }
    return;
  }
  if (at.is_sequence() && (at.flags & model::kBlockValue) && at.size == 1) {
    collect_elements(resource, at.items()[0], rest, std::move(so_far), scratch, out);
    return;
  }
  size_t end = rest.find_first_of(".[");
  std::string_view key = rest.substr(0, end);
  const model::Value* found = nullptr;
  if (at.is_unknown()) {
    std::string id(at.unknown().id.text());
    found = scratch.make<model::Value>(
        model::derived_unknown(id.empty() ? "" : id + "." + std::string(key), nullptr,
                               std::span(&at, 1), resource.root->guards, scratch));
  } else {
    found = at.find(key);
  }
  if (found == nullptr) return;
  if (found->guard != model::kAlways) so_far.guards.push_back(found->guard);
  so_far.path += (so_far.path.empty() ? "" : ".") + std::string(key);
  std::string_view after = end == std::string_view::npos ? std::string_view{} : rest.substr(end);
  if (after.starts_with("[].")) {
    collect_items(resource, *found, after.substr(3), std::move(so_far), scratch, out);
  } else if (after.empty() || after == "[]") {
    collect_items(resource, *found, {}, std::move(so_far), scratch, out);
  } else {
    collect_elements(resource, *found, after.substr(1), std::move(so_far), scratch, out);
  }
}

bool element_exists(World& world, const model::Guards& guards, const Element& element) {
  for (model::Guard guard : element.guards) {
    if (!world.holds(guards, guard)) return false;
  }
  return element.maybe_empty == nullptr || !world.empty(guards, *element.maybe_empty);
}

std::string join_texts(const std::set<std::string>& texts, size_t most) {
  std::string out;
  size_t count = 0;
  for (const std::string& text : texts) {
    if (count == most) return out + ", ...";
    out += (count++ ? ", " : "") + text;
  }
  return out;
}

Judgement judge_one(const Rule& rule, const model::Project& project, const model::Resource& resource,
                    const model::Value& view, const Element* element, core::Arena& scratch) {
  const model::Guards& guards = resource.root->guards;
  World world;
  RunContext context;
  context.project = &project;
  context.resource = &resource;
  context.view = &view;
  context.item = element ? element->value : nullptr;
  context.world = &world;
  context.arena = &scratch;

  Judgement out;
  bool violated_somewhere = false;
  bool passed_somewhere = false;
  std::set<std::string> causes;
  std::string witness;
  std::vector<Read> reads;
  world.reset();
  do {
    world.begin();
    context.reads.clear();
    context.message.clear();
    context.error.clear();
    bool there = world.holds(guards, resource.exists);
    bool exists = there && world.present(guards, view) &&
                  (element == nullptr || element_exists(world, guards, *element));
    RunResult result = exists ? rule.check->run(context) : RunResult::kPass;
    for (core::Symbol cause : world.causes()) causes.emplace(cause.text());
    if (result == RunResult::kError) {
      out.error = context.error;
      break;
    }
    if (result == RunResult::kViolation) {
      if (!violated_somewhere) {
        witness = world.witness();
        reads = context.reads;
        out.finding.message = context.message;
      }
      violated_somewhere = true;
    } else if (there || !resource.conditional) {
      passed_somewhere = true;
    }
  } while (world.advance());

  if (!violated_somewhere) {
    if (out.error.empty() && !world.capped()) return out;  // kPass
    out.verdict = Verdict::kNotEvaluated;
    if (out.error.empty()) out.error = "too many combinations of unknown inputs";
    return out;
  }
  bool certain = !passed_somewhere && out.error.empty() && !world.capped() && !resource.representative;
  out.verdict = certain ? Verdict::kFail : Verdict::kMaybe;
  Finding& finding = out.finding;
  finding.verdict = out.verdict;
  finding.severity = rule.info.severity;
  if (finding.message.empty()) {
    finding.message = rule.info.message.empty() ? rule.info.title : rule.info.message;
  }
  if (!certain) {
    if (resource.representative && causes.empty()) {
      for (core::Symbol cause : guards.causes(resource.exists)) causes.emplace(cause.text());
    }
    finding.depends_on.assign(causes.begin(), causes.end());
    finding.witness = witness;
    if (!causes.empty()) finding.message += " (depends on " + join_texts(causes, 3) + ")";
  }
  finding.resource = {std::string(resource.address), std::string(resource.type),
                      std::string(resource.name), std::string(resource.format), resource.header,
                      resource.span};
  locate(rule, *project.sources, resource, view, element ? element->value : nullptr,
         element ? std::string_view(element->path) : std::string_view{}, reads, finding);
  return out;
}

bool in_focus(const Finding& finding, const std::vector<core::FileId>& focus) {
  if (focus.empty()) return true;
  auto wanted = [&](const core::Span& span) {
    return span.valid() && std::binary_search(focus.begin(), focus.end(), span.file);
  };
  if (wanted(finding.region) || wanted(finding.resource.header)) return true;
  return std::any_of(finding.origin.begin(), finding.origin.end(),
                     [&](const OriginStep& step) { return wanted(step.span); });
}

// One literal seen through many instances of one block is one finding: the instances are listed.
std::vector<Finding> merge_instances(std::vector<Finding> findings) {
  using Key = std::tuple<uint32_t, core::Span, core::Span>;
  std::map<Key, size_t> first;
  std::vector<Finding> out;
  out.reserve(findings.size());
  for (Finding& finding : findings) {
    Key key{finding.rule, finding.resource.header, finding.region};
    auto [at, inserted] = first.emplace(key, out.size());
    if (inserted) {
      out.push_back(std::move(finding));
      continue;
    }
    Finding& kept = out[at->second];
    if (kept.resource.address != finding.resource.address) {
      std::string also = "also " + finding.resource.address;
      bool listed = std::any_of(kept.related.begin(), kept.related.end(),
                                [&](const RelatedPlace& place) { return place.message == also; });
      if (!listed) kept.related.push_back({finding.resource.header, std::move(also)});
    }
    if (finding.verdict > kept.verdict) {
      kept.verdict = finding.verdict;
      kept.message = finding.message;
      kept.depends_on = finding.depends_on;
      kept.witness = finding.witness;
    }
  }
  return out;
}

// Sorts positions and moves each finding once: findings are large.
void sort_findings(std::vector<Finding>& findings, const RuleSet& rules, const core::SourceSet& sources) {
  auto path = [&](const Finding& f) -> std::string_view {
    return f.region.valid() ? std::string_view(sources.path(f.region.file)) : std::string_view{};
  };
  std::vector<uint32_t> order(findings.size());
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(), [&](uint32_t left, uint32_t right) {
    const Finding& a = findings[left];
    const Finding& b = findings[right];
    if (a.region.file != b.region.file) {
      int order = path(a).compare(path(b));
      if (order != 0) return order < 0;
    }
    return std::tie(a.region.begin, rules.rules()[a.rule].info.id, a.resource.address, a.attribute) <
           std::tie(b.region.begin, rules.rules()[b.rule].info.id, b.resource.address, b.attribute);
  });
  std::vector<Finding> sorted;
  sorted.reserve(findings.size());
  for (uint32_t at : order) sorted.push_back(std::move(findings[at]));
  findings = std::move(sorted);
}

}  // namespace

void judge(const Rule& rule, const model::Project& project, const model::Resource& resource,
           size_t view_index, core::Arena& scratch, std::vector<Judgement>& out) {
  const model::Value& view = resource.views[view_index].value;
  if (rule.each.empty()) {
    out.push_back(judge_one(rule, project, resource, view, nullptr, scratch));
    return;
  }
  std::vector<Element> elements;
  collect_elements(resource, view, rule.each, {}, scratch, elements);
  for (const Element& element : elements) {
    out.push_back(judge_one(rule, project, resource, view, &element, scratch));
  }
}

Evaluation evaluate(const model::Project& project, const RuleSet& rules, const EvaluateOptions& options) {
  struct Worker {
    core::Arena scratch{64 * 1024};
    std::vector<Finding> findings;
    std::vector<RuleFailure> failures;
    uint64_t evaluations = 0;
  };
  std::vector<Worker> workers(std::max(1u, options.jobs));
  auto run = [&](size_t begin, size_t end, unsigned which) {
    Worker& worker = workers[which];
    std::vector<Judgement> judgements;
    for (size_t i = begin; i < end; ++i) {
      const model::Resource& resource = *project.resources[i];
      for (size_t view = 0; view < resource.views.size(); ++view) {
        for (uint32_t index : rules.for_type(resource.views[view].type)) {
          const Rule& rule = rules.rules()[index];
          if (!rule.check) continue;
          judgements.clear();
          judge(rule, project, resource, view, worker.scratch, judgements);
          worker.evaluations += judgements.size();
          for (Judgement& judgement : judgements) {
            if (judgement.verdict == Verdict::kNotEvaluated) {
              worker.failures.push_back({rule.info.id, std::string(resource.address), judgement.error,
                                         resource.header});
            } else if (judgement.verdict != Verdict::kPass && in_focus(judgement.finding, options.focus)) {
              judgement.finding.rule = index;
              worker.findings.push_back(std::move(judgement.finding));
            }
          }
        }
      }
      worker.scratch.reset();
    }
  };
  core::parallel_for(project.resources.size(), kResourcesPerChunk, options.jobs, run);

  Evaluation out;
  size_t total = 0;
  for (const Worker& worker : workers) total += worker.findings.size();
  out.findings.reserve(total);
  for (Worker& worker : workers) {
    std::move(worker.findings.begin(), worker.findings.end(), std::back_inserter(out.findings));
    std::move(worker.failures.begin(), worker.failures.end(), std::back_inserter(out.failures));
    out.evaluations += worker.evaluations;
  }
  sort_findings(out.findings, rules, *project.sources);
  out.findings = merge_instances(std::move(out.findings));
  add_fingerprints(out.findings, rules, *project.sources);
  std::sort(out.failures.begin(), out.failures.end(), [](const RuleFailure& a, const RuleFailure& b) {
    return std::tie(a.rule, a.address, a.error) < std::tie(b.rule, b.address, b.error);
  });
  return out;
}

}  // namespace assay::rules
