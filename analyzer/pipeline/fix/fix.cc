#include "analyzer/pipeline/fix/fix.h"

#include <algorithm>

#include "analyzer/pipeline/discover.h"
#include "analyzer/pipeline/fix/edit_hcl.h"
#include "analyzer/pipeline/fix/edit_map.h"
#include "analyzer/pipeline/fix/places.h"
#include "parsers/core/metrics.h"
#include "parsers/core/path.h"
#include "parsers/core/text.h"
#include "parsers/formats/terraform/schema/provider_facts.h"
#include "parsers/model/alias_values.h"
#include "parsers/syntax/hcl/reader.h"
#include "parsers/syntax/json/reader.h"
#include "parsers/syntax/yaml/reader.h"
#include "rules/lang/pack/fix_fence.h"

namespace assay::pipeline {

using fix::container_at;
using fix::count_word;
using fix::Editing;
using fix::is_name_byte;
using fix::is_settled;
using fix::Literal;
using fix::native_literal;
using fix::part_of;
using fix::Want;
using fix::written_depth;
using formats::terraform::BodyFacts;
using formats::terraform::FactKind;
using model::NativePlace;
using model::NativeStep;
using model::PathStep;
using rules::FixStep;
using syntax::Node;
using syntax::NodeKind;

// One step of a recipe, with what the attribute is now.
struct Fixer::Step {
  const model::Resource& resource;
  std::string_view canonical;  // the type of the view
  model::Path each;            // of the element; empty when the step is seen from the view
  model::Path path;
  core::Span base;   // of the element or of the view
  core::Span value;  // of what the attribute is now; invalid when it is not there
};

// A resource whose text may hold the attribute.
struct Fixer::Candidate {
  const model::Resource* resource = nullptr;
  const Node* node = nullptr;  // kBody, kObject or kMapping that places start from
  BodyFacts facts;             // of a kBody
  std::vector<NativePlace> places;
  bool satellite = false;
  size_t depth = 0;  // steps of the best place that are written already
  size_t best = 0;   // index of it
};

namespace {

// "aws/s3/bucket" of a list; the one whose text holds the finding where there are several.
const model::View* view_of(const model::Resource& resource, const std::vector<std::string>& types,
                           core::Span region) {
  const model::View* found = nullptr;
  for (const model::View& view : resource.views) {
    if (std::find(types.begin(), types.end(), view.type.text()) == types.end()) continue;
    if (found && !view.value.span.contains(region)) continue;
    found = &view;
  }
  return found;
}

// Names of Terraform's Kubernetes provider for those of manifests: "securityContext" is a block
// "security_context", the list "containers" the blocks "container".
std::string_view provider_name(std::string_view key, core::Arena& arena) {
  static constexpr std::pair<std::string_view, std::string_view> kLists[] = {
      {"containers", "container"},
      {"initContainers", "init_container"},
      {"volumes", "volume"},
      {"ports", "port"},
      {"rules", "rule"},
      {"subjects", "subject"},
      {"volumeMounts", "volume_mount"}};
  for (const auto& [list, block] : kLists) {
    if (key == list) return block;
  }
  return arena.copy(std::string_view(model::snake_case(key)));
}

bool is_template_text(std::string_view text) {
  return text.find("${") != std::string_view::npos || text.find("%{") != std::string_view::npos;
}
bool is_arm_expression(std::string_view text) {
  return text.starts_with('[') && !text.starts_with("[[");
}

void set_up(Editing& editing, std::string_view format) {
  editing.typed_text = format == "cloudformation";
  if (format == "terraform") editing.is_expression = is_template_text;
  if (format == "arm") editing.is_expression = is_arm_expression;
}

bool holds(const core::Span& outer, const core::Span& inner) {
  return inner.valid() && outer.contains(inner);
}

}  // namespace

Fixer::Fixer(const Scan& scan) : scan_(scan) {
  for (const model::Resource* resource : scan.project.resources)
    by_header_.emplace(resource->header, resource);
}

Fixer::~Fixer() = default;

const model::Resource* Fixer::resource_of(const rules::Finding& finding) const {
  auto [begin, end] = by_header_.equal_range(finding.resource.header);
  for (auto at = begin; at != end; ++at) {
    if (at->second->address == finding.resource.address &&
        at->second->type == finding.resource.type)
      return at->second;
  }
  return nullptr;
}

// Null when the file has syntax errors: what stands where is then not certain.
const syntax::Tree* Fixer::tree(core::FileId file) {
  if (file >= scan_.sources.size()) return nullptr;
  auto [at, fresh] = trees_.try_emplace(file, Text{});
  if (fresh) {
    std::string_view text = scan_.sources.text(file);
    const syntax::Tree* known = file < scan_.trees.size() ? scan_.trees[file].get() : nullptr;
    bool has_nodes = known && known->root && known->root->child_count > 0;
    if (has_nodes) {
      at->second.tree = known;
    } else if (known) {
      auto& made = at->second.own;
      if (known->language == syntax::Language::kHcl)
        made = syntax::read_hcl(file, text);
      else if (known->language == syntax::Language::kJson)
        made = syntax::read_json(file, text);
      else
        made = syntax::read_yaml(file, text);
      at->second.tree = made.get();
    }
    const syntax::Tree*& tree = at->second.tree;
    // Comments are notes in JSON, which strict readers refuse.
    bool whole = tree && (tree->accepted || tree->language == syntax::Language::kJson);
    if (whole) {
      for (const core::Problem& problem : tree->problems)
        whole = whole && problem.severity != core::ProblemSeverity::kError;
    }
    if (!whole) tree = nullptr;
  }
  return at->second.tree;
}

// Finds out who may hold the attribute.
bool Fixer::plan_step(const Step& step, std::vector<Candidate>& candidates, std::string& why) {
  const model::Resource& resource = step.resource;
  const model::AliasTables& aliases = model::builtin_aliases();
  std::vector<std::pair<const model::Resource*, bool>> owners{{&resource, false}};
  for (uint32_t edge : scan_.project.edges_to(resource.index)) {
    const model::Edge& completes = scan_.project.edges[edge];
    if (completes.kind != model::EdgeKind::kCompletes) continue;
    owners.emplace_back(scan_.project.resources[completes.from], true);
  }
  bool element = !step.each.empty();
  for (auto [owner, satellite] : owners) {
    bool manifest = owner->format == "kubernetes" || owner->type.starts_with("kubernetes_");
    const model::NativeTable* table =
        manifest ? nullptr : aliases.find_table(owner->format, owner->type, step.canonical);
    if (satellite && !table) continue;
    bool here =
        holds(owner->span, step.base) || (!satellite && step.base.begin == owner->span.begin);
    if (element && !here) continue;
    Candidate candidate;
    candidate.resource = owner;
    candidate.satellite = satellite;
    const syntax::Tree* text = tree(owner->span.file);
    if (!text) {
      why = "the file has syntax errors";
      continue;
    }
    // The node that native names are seen from.
    core::Span base =
        element || (table && !table->each.empty()) || manifest ? step.base : owner->attributes.span;
    if (owner->format == "terraform" && !element && !manifest) base = owner->span;
    std::vector<const Node*> way;
    candidate.node = container_at(*text, base, &way);
    if (candidate.node && owner->format == "terraform" && !element &&
        candidate.node->kind == NodeKind::kMapping && manifest &&
        owner->type != "kubernetes_manifest") {
      candidate.node = nullptr;  // blocks in JSON, spelt as the provider does: not followed
    }
    bool properties_missing = false;
    if (owner->format == "cloudformation" && !element) {
      // What a macro or SAM made of another resource has other properties than the text.
      std::vector<const Node*> up =
          fix::way_to(*text->root, owner->header.begin, [&](const Node& node) {
            return node.kind == NodeKind::kPair && node.child_count == 2 &&
                   node.child(0)->begin == owner->header.begin;
          });
      const Node* body = up.empty() ? nullptr : up.back()->child(1);
      const Node* type = body && body->kind == NodeKind::kMapping
                             ? syntax::find_pair_value(*body, "Type")
                             : nullptr;
      if (!type || type->text != owner->type) candidate.node = nullptr;
      if (type && type->text == owner->type && !syntax::find_pair_value(*body, "Properties")) {
        candidate.node = body;
        way = std::move(up);
        properties_missing = true;
      }
    }
    if (!candidate.node || fix::is_repeated(*text, way)) {
      why = candidate.node ? "an alias repeats it elsewhere" : "its text was not found";
      continue;
    }
    if (table) {
      candidate.places = model::native_places(*table, step.each, step.path);
    } else if (!satellite) {
      NativePlace place;
      for (const PathStep& part : step.path) {
        NativeStep native;
        native.key = part.key;
        native.index = part.index;
        native.is_index = part.kind == PathStep::Kind::kIndex;
        bool spelt = manifest && owner->type.starts_with("kubernetes_") &&
                     owner->type != "kubernetes_manifest";
        if (spelt && !native.is_index) native.key = provider_name(part.key, arena_);
        place.steps.push_back(native);
      }
      candidate.places.push_back(std::move(place));
    }
    if (properties_missing) {
      NativeStep properties;
      properties.key = "Properties";
      for (NativePlace& place : candidate.places)
        place.steps.insert(place.steps.begin(), properties);
    }
    if (candidate.node->kind == NodeKind::kBody) {
      candidate.facts = formats::terraform::provider_facts(FactKind::kResource, owner->type);
      // Facts of the block that the element is: down the way from the resource.
      for (const Node* node : way) {
        if (node->kind != NodeKind::kBlock || node->begin <= owner->span.begin || !candidate.facts)
          continue;
        std::string_view name =
            node->text == "dynamic" && node->child_count ? node->child(0)->text : node->text;
        if (name == "content") continue;
        auto block = candidate.facts.block(name);
        candidate.facts = block ? block->body : BodyFacts();
      }
    }
    for (size_t i = 0; i < candidate.places.size(); ++i) {
      size_t depth = written_depth(candidate.node, candidate.places[i]);
      bool whole = depth == candidate.places[i].steps.size();
      if (i == 0 || whole || depth > candidate.depth) {
        if (i > 0 && candidate.depth == candidate.places[candidate.best].steps.size()) continue;
        candidate.depth = depth;
        candidate.best = i;
      }
    }
    if (!candidate.places.empty()) candidates.push_back(std::move(candidate));
  }
  if (candidates.empty()) {
    if (why.empty()) why = "no native attribute is known for it";
    return false;
  }
  auto whole = [](const Candidate& candidate) {
    return candidate.depth == candidate.places[candidate.best].steps.size();
  };
  // Where it is written now; else where its neighbours are; a setting that has resources of its own
  // is put into one.
  std::stable_sort(candidates.begin(), candidates.end(),
                   [&](const Candidate& a, const Candidate& b) {
                     auto rank = [&](const Candidate& c) {
                       if (whole(c) && holds(c.resource->span, step.value)) return 0;
                       return whole(c) ? 1 : c.satellite ? 2 : 3;
                     };
                     return rank(a) < rank(b);
                   });
  const Candidate& chosen = candidates.front();
  if (!chosen.satellite && !whole(chosen) && !element) {
    for (const model::NativeTable* table :
         aliases.satellites(resource.format, resource.type, step.canonical)) {
      if (model::native_places(*table, step.each, step.path).empty()) continue;
      why =
          "it belongs in a resource of type " + std::string(table->native) + ", which is not there";
      return false;
    }
  }
  return true;
}

// Is everything between the literal and the attribute used for this attribute only?
bool Fixer::used_once(const model::Value& value, core::Span literal) {
  for (const model::Origin* hop : model::chain(value.origin)) {
    switch (hop->kind) {
      case model::OriginKind::kLiteral:
      case model::OriginKind::kReference:
      case model::OriginKind::kVariableDefault:
      case model::OriginKind::kVariableValue:
      case model::OriginKind::kModuleArgument:
      case model::OriginKind::kLocal:
      case model::OriginKind::kIntrinsic:
        break;
      default:
        return false;
    }
    if (hop->from_count > 1 || !hop->span.valid()) return false;
    if (hop->span == literal) continue;
    std::string_view text = core::trim(scan_.sources.text(hop->span));
    std::string_view path = scan_.sources.path(hop->span.file);
    if (text.starts_with("var.") || text.starts_with("local.")) {
      if (!std::all_of(text.begin(), text.end(),
                       [](char c) { return is_name_byte(c) || c == '.'; }))
        return false;
      std::string directory(core::parent_path(path));
      auto [known, fresh] = uses_.try_emplace({directory, std::string(text)}, 0);
      size_t& count = known->second;
      for (core::FileId file = 0; fresh && file < scan_.sources.size(); ++file) {
        const std::string& other = scan_.sources.path(file);
        if (core::parent_path(other) != directory) continue;
        if (other.ends_with(".tf") || other.ends_with(".tf.json") || other.ends_with(".tofu")) {
          count += count_word(scan_.sources.text(file), text);
        }
      }
      if (count != 1) return false;
      continue;
    }
    // A parameter of a template: its declaration and one reference.
    std::string_view name = hop->what;
    for (std::string_view verb : {"Ref ", "!Ref "}) {
      if (name.starts_with(verb)) name.remove_prefix(verb.size());
    }
    bool plain = !name.empty() && std::all_of(name.begin(), name.end(), is_name_byte);
    if (!plain) return false;
    auto [known, fresh] = uses_.try_emplace({std::string(path), std::string(name)}, 0);
    if (fresh) known->second = count_word(scan_.sources.text(hop->span.file), name);
    if (known->second != 2) return false;
  }
  return true;
}

// Edits the literal that decides an attribute which refers to it.
bool Fixer::edit_literal(const model::Value& value, const Want& want, std::string_view format,
                         std::vector<rules::TextEdit>& edits, std::string& why) {
  const model::Origin* literal = model::deciding_literal(value.origin);
  if (!literal || !value.is_primitive() || want.action != FixStep::Kind::kSet) return false;
  if (literal->span == value.span || !used_once(value, literal->span)) return false;
  const syntax::Tree* text = tree(literal->span.file);
  if (!text) return false;
  std::vector<const Node*> way =
      fix::way_to(*text->root, literal->span.begin, [&](const Node& node) {
        return node.begin == literal->span.begin && node.end == literal->span.end &&
               node.kind != NodeKind::kPair && node.kind != NodeKind::kAttribute &&
               node.kind != NodeKind::kDocument;
      });
  if (way.empty() || fix::is_repeated(*text, way)) return false;
  for (const Node* node : way) {
    if (node->kind == NodeKind::kBody) {
      for (const Node* item : node->children()) {
        if (item->kind == NodeKind::kBlock && item->text == "validation") return false;
      }
    }
    if (node->kind == NodeKind::kMapping && (syntax::find_pair_value(*node, "AllowedValues") ||
                                             syntax::find_pair_value(*node, "AllowedPattern"))) {
      return false;
    }
  }
  Editing editing(*text, edits);
  set_up(editing, format);
  bool done = text->language == syntax::Language::kHcl
                  ? fix::edit_hcl_expression(editing, *way.back(), want)
                  : fix::edit_node(editing, *way.back(), want);
  if (!done) why = editing.problem;
  return done;
}

const Literal& Fixer::literal_of(const FixStep& step) {
  auto [at, fresh] = literals_.try_emplace(&step);
  if (fresh) at->second = fix::parse_literal(step.value);
  return at->second;
}

bool Fixer::make(const rules::Rule& rule, const std::vector<std::string>& types,
                 const rules::Finding& finding, std::vector<rules::TextEdit>& edits,
                 const rules::FixRecipe*& recipe, std::string& why) {
  const model::Resource* resource = resource_of(finding);
  if (!resource || (resource->kind != "resource" && resource->kind != "object") ||
      !resource->span.valid()) {
    why = "there is no resource to edit";
    return false;
  }
  for (const rules::RelatedPlace& place : finding.related) {
    if (!place.message.starts_with("construct ")) continue;
    why = "the CDK makes this template anew: what has to change is the " + place.message;
    return false;
  }
  const model::View* view = view_of(*resource, types, finding.region);
  if (!view) return false;
  recipe = rules::find_recipe(rule, resource->format, view->type.text());
  if (!recipe) return false;

  const model::Value* base = &view->value;
  model::Path each;
  if (!rule.each.empty()) {
    model::Path item = model::parse_canonical_path(finding.item);
    base = part_of(base, item);
    if (!base || item.empty() || !base->span.valid()) {
      why = "the element is computed";
      return false;
    }
    for (PathStep& part : item) {
      if (part.kind == PathStep::Kind::kIndex) part.kind = PathStep::Kind::kEach;
    }
    if (item.back().kind != PathStep::Kind::kEach) item.push_back({PathStep::Kind::kEach, {}, 0});
    each = std::move(item);
  }

  struct Job {
    const Node* node;
    BodyFacts facts;
    core::FileId file;
    std::vector<Want> wants;
  };
  std::vector<Job> jobs;
  for (const FixStep& fix_step : recipe->steps) {
    Want leaf;
    leaf.action = fix_step.kind;
    if (fix_step.kind != FixStep::Kind::kRemove) leaf.value = literal_of(fix_step);
    Step step{*resource,  view->type.text(),
              each,       model::parse_canonical_path(fix_step.path),
              base->span, {}};
    const model::Value* now = part_of(base, step.path);
    if (is_settled(now, fix_step, leaf.value)) continue;
    if (now) step.value = now->span;
    bool template_view = step.canonical == "kubernetes/pod-template" && each.empty();
    if (template_view && !step.path.empty()) {
      if (step.path[0].key == "workload") {
        step.path.erase(step.path.begin());
        if (const model::Value* workload = view->value.find("workload")) step.base = workload->span;
      } else if (step.path[0].key != "spec" && step.path[0].key != "metadata") {
        why = "the path is not one of a pod";
        return false;
      }
    }
    std::vector<Candidate> candidates;
    if (!plan_step(step, candidates, why)) return false;
    Candidate& chosen = candidates.front();
    const NativePlace& place = chosen.places[chosen.best];
    leaf.value = native_literal(leaf.value, place);
    leaf.is_pair = place.is_pair;
    // Written elsewhere, for this attribute alone: the literal there is what has to change.
    if (now && now->origin && now->is_primitive() && chosen.depth == place.steps.size()) {
      const model::Origin* literal = model::deciding_literal(now->origin);
      if (literal && literal->span.valid() && literal->span != now->span &&
          !holds(chosen.resource->span, literal->span)) {
        if (edit_literal(*now, leaf, resource->format, edits, why)) continue;
        if (why.empty()) why = "its value is written elsewhere, where others use it too";
        return false;
      }
    }
    auto job = std::find_if(jobs.begin(), jobs.end(),
                            [&](const Job& other) { return other.node == chosen.node; });
    if (job == jobs.end())
      job = jobs.insert(jobs.end(), {chosen.node, chosen.facts, chosen.resource->span.file, {}});
    if (!fix::add_want(job->wants, place.steps, std::move(leaf))) {
      why = "two steps of the fix contradict each other";
      return false;
    }
  }
  for (const Job& job : jobs) {
    Editing editing(*tree(job.file), edits);
    set_up(editing, resource->format);
    editing.unit = &trees_.find(job.file)->second.unit;
    editing.blocks_by_default = resource->type.starts_with("kubernetes_");
    bool done = job.node->kind == NodeKind::kBody
                    ? fix::edit_hcl_body(editing, *job.node, job.facts, job.wants)
                : job.node->kind == NodeKind::kObject
                    ? fix::edit_hcl_object(editing, *job.node, job.wants)
                    : fix::edit_mapping(editing, *job.node, job.wants);
    if (!done) {
      why = editing.problem;
      return false;
    }
  }
  if (edits.empty()) why = "what its steps set is so already";
  return !edits.empty();
}

std::optional<rules::Fix> Fixer::fix(const rules::Finding& finding, std::string* why) {
  const rules::Rule& rule = scan_.rules.rules()[finding.rule];
  if (rule.fixes.empty()) return std::nullopt;
  std::string reason;
  rules::Fix out;
  // The scan's rules have handed their descriptions on to the report.
  const rules::RuleInfo& info = scan_.report.rules.size() == scan_.rules.rules().size()
                                    ? scan_.report.rules[finding.rule]
                                    : rule.info;
  const rules::FixRecipe* recipe = nullptr;
  if (!make(rule, info.resources, finding, out.edits, recipe, reason)) {
    if (why) *why = reason.empty() ? "the fix is not for this format" : reason;
    return std::nullopt;
  }
  std::sort(out.edits.begin(), out.edits.end(),
            [](const rules::TextEdit& a, const rules::TextEdit& b) { return a.span < b.span; });
  for (size_t i = 1; i < out.edits.size(); ++i) {
    if (out.edits[i].span.file != out.edits[i - 1].span.file ||
        out.edits[i - 1].span.end <= out.edits[i].span.begin)
      continue;
    if (why) *why = "its edits overlap";
    return std::nullopt;
  }
  out.kind = info.fix;
  out.description = rules::describe_fix(*recipe);
  return out;
}

void attach_fixes(Scan& scan) {
  ASSAY_METRIC("fixes");
  std::optional<Fixer> fixer;
  for (rules::Finding& finding : scan.report.findings) {
    if (finding.suppressed || finding.fix || scan.rules.rules()[finding.rule].fixes.empty())
      continue;
    if (!fixer) fixer.emplace(scan);
    finding.fix = fixer->fix(finding);
  }
}

}  // namespace assay::pipeline
