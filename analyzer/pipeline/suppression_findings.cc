#include "analyzer/pipeline/suppression_findings.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <tuple>
#include <unordered_map>

#include "rules/engine/evaluator.h"
#include "rules/lang/pack/pack.h"

namespace assay::pipeline {
namespace {

using rules::Directive;
using rules::SuppressionComplaint;
using rules::SuppressionFault;

// Where `part` stands in the directive's text; the whole directive when it does not stand there as
// it is.
core::Span part_of(const core::SourceSet& sources, const core::Span& whole, std::string_view part) {
  if (!whole.valid() || part.empty()) return whole;
  std::string_view text = sources.text(whole);
  size_t at = text.find(part);
  if (at == std::string_view::npos) return whole;
  auto begin = whole.begin + static_cast<uint32_t>(at);
  return {whole.file, begin, begin + static_cast<uint32_t>(part.size())};
}

// The resources of files, to find the one that a directive stands in or above.
class Places {
 public:
  explicit Places(const model::Project& project) {
    for (const model::Resource* resource : project.resources) {
      if (resource->span.valid() && resource->kind != "text")
        by_file_[resource->span.file].push_back(resource);
    }
    for (auto& [file, list] : by_file_) {
      std::sort(list.begin(), list.end(), [](const model::Resource* a, const model::Resource* b) {
        return std::tuple(a->span.begin, b->span.end, a->address) <
               std::tuple(b->span.begin, a->span.end, b->address);
      });
    }
  }
  const model::Resource* at(const core::Span& place) const {
    auto found = by_file_.find(place.file);
    if (found == by_file_.end()) return nullptr;
    const auto& list = found->second;
    auto after = std::upper_bound(
        list.begin(), list.end(), place.begin,
        [](uint32_t at, const model::Resource* resource) { return at < resource->span.begin; });
    constexpr size_t kReach = 64;  // blocks hardly nest
    for (size_t i = static_cast<size_t>(after - list.begin()), seen = 0; i-- > 0 && seen < kReach;
         ++seen) {
      if (list[i]->span.end > place.begin) return list[i];
    }
    return nullptr;
  }

 private:
  std::unordered_map<core::FileId, std::vector<const model::Resource*>> by_file_;
};

std::string address_of(const Directive& directive, const Places& places,
                       const core::SourceSet& sources) {
  std::string what = directive.form + (directive.rule.empty() ? "" : " " + directive.rule);
  if (!directive.span.valid()) return what;
  core::Span place = directive.span;
  if (directive.next_line != 0) {
    const core::LineIndex& lines = sources.lines(place.file);
    std::string_view line = lines.line_text(directive.next_line);
    place.begin = lines.offset({directive.next_line, 1}) +
                  static_cast<uint32_t>(std::min(line.find_first_not_of(" \t"), line.size()));
  }
  const model::Resource* resource = directive.selects ? nullptr : places.at(place);
  return what + " in " +
         (resource ? std::string(resource->address) : sources.path(directive.span.file));
}

// A complaint whose rule does not run.
core::Problem note_of(const SuppressionComplaint& complaint, const Directive& directive) {
  std::string code = "suppression-" + std::string(rules::fault_name(complaint.fault));
  if (complaint.fault == SuppressionFault::kMalformed)
    code = directive.bad_until.empty() ? "suppression-unknown-rule" : "suppression-bad-date";
  return {core::ProblemSeverity::kNote, std::move(code), complaint.message, directive.span, {}, {}};
}

// Was the rule asked not to run?
bool is_skipped(std::string_view id, const ScanOptions& options,
                std::span<const rules::Rule> idle) {
  auto rule = std::find_if(idle.begin(), idle.end(),
                           [&](const rules::Rule& one) { return one.info.id == id; });
  return rule != idle.end() && std::any_of(options.skip_rules.begin(), options.skip_rules.end(),
                                           [&](const std::string& pattern) {
                                             return rules::names_rule(pattern, rule->info);
                                           });
}

}  // namespace

bool judges_suppressions(const rules::RuleInfo& rule) {
  return rule.resources.size() == 1 && rule.resources[0] == kSuppressionType;
}

bool asks_for_suppressions_only(const std::vector<std::string>& patterns,
                                const std::vector<rules::Rule>& rules) {
  if (patterns.empty()) return false;
  bool any = false;
  for (const rules::Rule& rule : rules) {
    bool named = std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
      return rules::names_rule(pattern, rule.info);
    });
    if (named && !judges_suppressions(rule.info)) return false;
    any |= named;
  }
  return any;
}

std::string_view rule_of_fault(SuppressionFault fault) {
  static constexpr std::string_view kIds[rules::kSuppressionFaults] = {
      "SUP0001", "SUP0002", "SUP0003", "SUP0004", "SUP0005"};
  return kIds[static_cast<size_t>(fault)];
}

void add_json_directives(const core::SourceSet& sources, const syntax::Tree& tree,
                         std::vector<Directive>& out) {
  bool any = tree.source.find("ignore") != std::string_view::npos ||
             tree.source.find("skip=") != std::string_view::npos;
  if (tree.language != syntax::Language::kJson || !any ||
      !sources.path(tree.file).ends_with(".tf.json")) {
    return;
  }
  struct Step {
    const syntax::Node* node;
    const syntax::Node* holder;  // the pair, or the document, whose value this is in
  };
  std::vector<Step> open = {{tree.root, tree.root}};
  while (!open.empty()) {
    Step step = open.back();
    open.pop_back();
    const syntax::Node& node = *step.node;
    bool pair = node.kind == syntax::NodeKind::kPair;
    const syntax::Node* value = pair ? node.child(1) : nullptr;
    if (value && node.child(0)->text == "//" && value->kind == syntax::NodeKind::kString && value->end >= value->begin + 2) {
      for (Directive& one : rules::parse_directives(sources, {tree.file, value->begin + 1, value->end - 1})) {
        one.extent = tree.span(*step.holder);
        out.push_back(std::move(one));
      }
      continue;
    }
    for (const syntax::Node* child : node.children()) {
      if (child) open.push_back({child, pair ? &node : step.holder});
    }
  }
}

std::unique_ptr<model::Project> suppression_project(
    const std::vector<Directive>& directives, const std::vector<SuppressionComplaint>& complaints,
    const model::Project& scanned, const core::SourceSet& sources, bool require_reason, bool all) {
  auto project = std::make_unique<model::Project>();
  project->sources = &sources;
  auto root = std::make_unique<model::Root>();
  root->format = "assay";
  core::Arena& arena = root->arena;
  const Places places(scanned);
  const core::Symbol type(kSuppressionType);
  size_t next = 0;
  for (uint32_t i = 0; i < directives.size(); ++i) {
    const Directive& directive = directives[i];
    bool wrong[rules::kSuppressionFaults] = {};
    size_t before = next;
    for (; next < complaints.size() && complaints[next].directive == i; ++next)
      wrong[static_cast<size_t>(complaints[next].fault)] = true;
    if (directive.quiet || !directive.span.valid() || (!all && next == before)) continue;
    auto is = [&](SuppressionFault fault) {
      return model::bool_value(wrong[static_cast<size_t>(fault)]);
    };
    auto text_value = [&](std::string_view text) {
      if (text.empty()) return model::Value{};
      core::Span span = part_of(sources, directive.span, text);
      auto* origin = arena.make<model::Origin>();
      origin->kind = model::OriginKind::kLiteral;
      origin->span = span;
      return model::with_origin(model::with_span(model::string_value(arena.copy(text)), span),
                                origin);
    };
    auto plain = [&](std::string_view text) { return model::string_value(arena.copy(text)); };
    model::Entry entries[] = {
        {"rule", {}, text_value(directive.rule)},
        {"reason", {}, text_value(directive.reason)},
        {"until",
         {},
         text_value(directive.bad_until.empty() ? directive.until : directive.bad_until)},
        {"owner", {}, text_value(directive.owner)},
        {"form", {}, plain(directive.form)},
        {"tool", {}, plain(directive.foreign ? "foreign" : "assay")},
        {"in_source", {}, model::bool_value(!directive.selects)},
        {"used", {}, model::bool_value(directive.used)},
        {"unused", {}, is(SuppressionFault::kUnused)},
        {"expired", {}, is(SuppressionFault::kExpired)},
        {"unknown", {}, is(SuppressionFault::kUnknownRule)},
        {"malformed", {}, is(SuppressionFault::kMalformed)},
        {"needs_reason",
         {},
         model::bool_value(!directive.wordless && (!directive.foreign || require_reason))},
    };
    model::Resource resource;
    resource.address = resource.stable_address = arena.copy(address_of(directive, places, sources));
    resource.type = kSuppressionType;
    resource.name = arena.copy(directive.rule);
    resource.format = "assay";
    resource.kind = "suppression";
    resource.header = part_of(sources, directive.span, directive.rule);
    resource.span = directive.span;
    resource.attributes = model::object_value(entries, arena);
    resource.views.push_back({type, resource.attributes});
    root->resources.push_back(std::move(resource));
  }
  for (model::Resource& resource : root->resources) resource.root = root.get();
  project->add(std::move(root));
  project->seal();
  return project;
}

std::unique_ptr<model::Project> judge_suppressions(const std::vector<Directive>& directives,
                                                   const rules::SuppressionContext& context,
                                                   const ScanOptions& options,
                                                   rules::RuleSet& rules, rules::Report& report,
                                                   std::vector<UsageError>& errors,
                                                   rules::EvaluationNotes* notes) {
  if (directives.empty()) return nullptr;
  bool require_reason = options.settings.require_reason;
  std::vector<SuppressionComplaint> wrong =
      rules::complaints(directives, context, require_reason, report.problems);
  for (const SuppressionComplaint& complaint : wrong) {
    std::string_view id = rule_of_fault(complaint.fault);
    if (rules.find(id) || is_skipped(id, options, context.idle)) continue;
    report.problems.push_back(note_of(complaint, directives[complaint.directive]));
  }
  bool any = false, own = options.settings.keep_suppressions;
  for (const rules::Rule& rule : rules.rules()) {
    if (!judges_suppressions(rule.info)) continue;
    any = true;
    own |= !rule.info.id.starts_with("SUP");
  }
  if (!any || (wrong.empty() && !own)) return nullptr;
  std::unique_ptr<model::Project> project = suppression_project(
      directives, wrong, *context.project, context.sources, require_reason, own);
  compile_needed(rules, *project, errors);
  rules::EvaluateOptions evaluate;
  evaluate.notes = notes;
  std::vector<rules::Finding> found = rules::evaluate(*project, rules, evaluate).findings;
  if (found.empty()) return project;

  // In the words of the complaint, which knows dates and names.
  std::map<std::tuple<std::string_view, core::Span>, const SuppressionComplaint*> by_place;
  for (const SuppressionComplaint& complaint : wrong) {
    const Directive& directive = directives[complaint.directive];
    by_place.try_emplace(
        {rule_of_fault(complaint.fault), part_of(context.sources, directive.span, directive.rule)},
        &complaint);
  }
  for (rules::Finding& finding : found) {
    rules::complete_texts(rules.mutable_rules()[finding.rule].info);
    const std::string& id = rules.rules()[finding.rule].info.id;
    auto complaint = by_place.find({id, finding.resource.header});
    if (complaint != by_place.end()) finding.message = complaint->second->message;
    if (require_reason && id == rule_of_fault(SuppressionFault::kWithoutReason)) {
      finding.severity = std::max(finding.severity, rules::Severity::kMedium);
    }
  }
  auto key = [&](const rules::Finding& f) {
    std::string_view path = f.region.valid() ? std::string_view(context.sources.path(f.region.file))
                                             : std::string_view();
    return std::tuple<std::string_view, uint32_t, std::string_view, std::string_view>(
        path, f.region.begin, rules.rules()[f.rule].info.id, f.resource.address);
  };
  size_t before = report.findings.size();
  std::move(found.begin(), found.end(), std::back_inserter(report.findings));
  std::inplace_merge(
      report.findings.begin(), report.findings.begin() + static_cast<std::ptrdiff_t>(before),
      report.findings.end(),
      [&](const rules::Finding& a, const rules::Finding& b) { return key(a) < key(b); });
  return project;
}

}  // namespace assay::pipeline
