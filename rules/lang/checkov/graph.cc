#include "rules/lang/checkov/graph.h"

#include <algorithm>
#include <unordered_map>

#include "rules/lang/checkov/attributes.h"
#include "rules/lang/checkov/operators.h"

namespace assay::rules::checkov {
namespace {

using model::Resource;

constexpr int kMaxDepth = 200;  // of blocks and of neighbours of neighbours
constexpr uint64_t kStepsPerEdge = 4;

// Where a resource stands in a set: of those that pass, of those that fail, of both, of neither.
struct Standing {
  bool passes = false;
  bool fails = false;
};

class Run {
 public:
  Run(RunContext& context, Subjects& subjects) : context_(context), subjects_(subjects) {}

  Standing judge(const Block& block, const Resource& resource) { return standing(block, resource); }
  bool out_of_steps() const { return out_of_steps_; }
  bool too_deep() const { return too_deep_; }

  // The reads of the judged resource, those that decided last.
  void hand_over_reads() {
    for (auto* list : {&other_reads_, &deciding_reads_}) {
      for (Read& read : *list) context_.reads.push_back(read);
    }
  }

 private:
  // What the block says of the resource as a set over the whole graph.
  Standing standing(const Block& block, const Resource& resource) {
    if (++depth_ > kMaxDepth) too_deep_ = true;
    Standing out;
    if (!too_deep_ && !out_of_steps_) {
      uint64_t key = (static_cast<uint64_t>(block.number) << 32) | resource.index;
      auto known = standings_.find(key);
      if (known != standings_.end()) {
        out = known->second;
      } else {
        out = work_out(block, resource);
        standings_[key] = out;
      }
    }
    --depth_;
    return out;
  }

  Standing work_out(const Block& block, const Resource& resource) {
    switch (block.kind) {
      case Block::Kind::kAttribute: {
        if (!block.types.has(resource) || !is_judged(resource)) return {};
        bool good = holds(block, resource);
        return {good, !good};
      }
      case Block::Kind::kResource: {
        bool listed = block.types.has(resource);
        if (block.negated) return {false, listed};
        return {listed, !listed && is_judged(resource)};
      }
      case Block::Kind::kConnection: return connection(block, resource, nullptr, 0);
      case Block::Kind::kFilter: return {};
      case Block::Kind::kNot:
      case Block::Kind::kAnd:
      case Block::Kind::kOr: break;
    }
    if (block.connects) return block.kind == Block::Kind::kOr ? any_of_sets(block, resource) : all_of_sets(block, resource);
    if (!speaks_of(block, resource)) return {};
    bool good = holds(block, resource);
    return {good, !good};
  }

  static bool is_judged(const Resource& resource) {
    return resource.kind == "resource" || resource.kind == "data" || resource.kind == "module" ||
           resource.kind == "provider" || resource.kind == "object";
  }

  // Is the resource of a type that some condition inside names? None named: all are meant.
  bool speaks_of(const Block& block, const Resource& resource) {
    bool named = false;
    bool found = false;
    types_inside(block, resource, named, found);
    return found || (!named && is_judged(resource));
  }
  void types_inside(const Block& block, const Resource& resource, bool& named, bool& found) {
    if (block.kind == Block::Kind::kAttribute || block.kind == Block::Kind::kResource) {
      if (block.types.any && !block.types.taggable) return;
      named = true;
      found = found || block.types.has(resource);
    }
    for (const auto& child : block.children) types_inside(*child, resource, named, found);
  }

  // Does the condition hold for the resource itself?
  bool holds(const Block& block, const Resource& resource) {
    if (++depth_ > kMaxDepth) too_deep_ = true;
    bool out = !too_deep_ && !out_of_steps_ && work_out_condition(block, resource);
    --depth_;
    return out;
  }
  bool work_out_condition(const Block& block, const Resource& resource) {
    switch (block.kind) {
      case Block::Kind::kAnd:
        return std::all_of(block.children.begin(), block.children.end(), [&](const auto& child) { return holds(*child, resource); });
      case Block::Kind::kOr:
        return std::any_of(block.children.begin(), block.children.end(), [&](const auto& child) { return holds(*child, resource); });
      case Block::Kind::kNot: return !block.children.empty() && !holds(*block.children[0], resource);
      case Block::Kind::kAttribute: return block.types.has(resource) && attribute_holds(block, resource);
      case Block::Kind::kFilter: return filter_holds(block, resource);
      case Block::Kind::kResource: return block.types.has(resource) != block.negated;
      case Block::Kind::kConnection: return standing(block, resource).passes;
    }
    return false;
  }

  bool filter_holds(const Block& block, const Resource& resource) {
    if (block.attribute == "resource_type" || block.attribute == "_resource_type") {
      std::string_view type = resource.type;
      if (resource.format == "kubernetes") type = type.substr(type.rfind('/') + 1);
      return is_listed(block.value, resource.kind == "data" ? "data." + std::string(type) : std::string(type));
    }
    return attribute_holds(block, resource);
  }

  bool attribute_holds(const Block& block, const Resource& resource) {
    if (block.op == Operator::kAny) return true;
    Attributes attributes(context_, resource);
    std::span<const std::string> parts(block.parts);
    if (resource.format == "cloudformation" && !parts.empty() && parts[0] == "Properties") parts = parts.subspan(1);
    if (!parts.empty() && parts.size() == 1 && (parts[0] == "resource_type" || parts[0] == "_resource_type")) {
      model::Value type = model::string_value(resource.type);
      return condition_holds(attributes, block, {&type, "", false});
    }
    std::vector<Found> found;
    bool all = false;
    if (block.json_path) {
      found = attributes.find_all(*block.json_path);
      all = true;
    } else if (block.wildcard) {
      found = attributes.find_all(parts);
      all = block.op == Operator::kContains && block.negated;
    } else if (Found one = attributes.find(parts); one.value) {
      found.push_back(std::move(one));
    }
    bool good;
    if (found.empty()) {
      good = condition_holds(attributes, block, {});
    } else {
      auto one_holds = [&](const Found& at) {
        bool holds_here = condition_holds(attributes, block, at);
        note(resource, at, holds_here);
        return holds_here;
      };
      good = all ? std::all_of(found.begin(), found.end(), one_holds) : std::any_of(found.begin(), found.end(), one_holds);
    }
    if (context_.steps_left == 0) out_of_steps_ = true;
    return good;
  }

  void note(const Resource& resource, const Found& found, bool good) {
    if (&resource != context_.resource || !found.value) return;
    (good ? other_reads_ : deciding_reads_).push_back({found.value, context_.arena->copy(found.path)});
  }

  // The resources next to this one: it refers to them, or they to it.
  template <typename Use>
  void each_neighbour(const Resource& resource, Use use) {
    const model::Project& project = *context_.project;
    auto visit = [&](uint32_t index, const model::Edge& edge) {
      if (index == resource.index || edge.kind == model::EdgeKind::kContains || out_of_steps_) return;
      if (edge.kind == model::EdgeKind::kCompletes && is_known_by_reference(edge)) return;
      if (context_.steps_left < kStepsPerEdge) {
        out_of_steps_ = true;
        context_.steps_left = 0;
        return;
      }
      context_.steps_left -= kStepsPerEdge;
      use(*project.resources[index], edge);
    };
    for (const model::Edge& edge : project.edges_from(resource.index)) visit(edge.to, edge);
    for (uint32_t at : project.edges_to(resource.index)) visit(project.edges[at].from, project.edges[at]);
  }

  // A reference says which resource is completed; another one that only bears the same name is none.
  bool is_known_by_reference(const model::Edge& completes) {
    for (const model::Edge& edge : context_.project->edges_from(completes.from)) {
      if (edge.kind == model::EdgeKind::kRefers && edge.path == completes.path) return true;
    }
    return false;
  }

  bool is_there(const Resource& other, const model::Edge& edge) {
    const Resource& from = *context_.project->resources[edge.from];
    return context_.world->holds(from.root->guards, edge.guard) && context_.world->holds(other.root->guards, other.exists);
  }

  // Endpoints of an edge between the two sets of types pass. `before`: the children of `of` that were judged
  // earlier; an edge to a resource that one of them fails counts against both endpoints.
  Standing connection(const Block& block, const Resource& resource, const Block* of, size_t before) {
    bool here = block.types.has(resource), there = block.connected.has(resource);
    if (!here && !there) return {};
    bool linked = false, spoiled = false;
    bool self_excluded = false, self_known = false;
    each_neighbour(resource, [&](const Resource& other, const model::Edge& edge) {
      bool joins = (here && block.connected.has(other)) || (there && block.types.has(other));
      if (!joins || !is_there(other, edge)) return;
      if (of && !self_known) {
        self_known = true;
        self_excluded = failed_before(*of, resource, before);
      }
      bool excluded = of && (self_excluded || failed_before(*of, other, before));
      (excluded ? spoiled : linked) = true;
    });
    Standing out{linked, spoiled || !linked};
    if (block.connection == Block::Connection::kNotExists) std::swap(out.passes, out.fails);
    if (block.connection == Block::Connection::kOneExists && out.passes) out.fails = false;
    return out;
  }

  // The children of an `and` that ask about connections, in the order Checkov takes them: those whose types
  // are filtered for come last.
  const std::vector<const Block*>& connections_of(const Block& block) {
    std::vector<const Block*>& out = orders_[block.number];
    if (!out.empty()) return out;
    std::vector<const Block*> late;
    for (const auto& child : block.children) {
      if (child->kind != Block::Kind::kConnection && !child->connects) continue;
      bool filtered = std::any_of(block.children.begin(), block.children.end(), [&](const auto& filter) {
        return filter->kind == Block::Kind::kFilter && filter->attribute == "resource_type" && touches(*child, filter->value);
      });
      (filtered ? late : out).push_back(child.get());
    }
    out.insert(out.end(), late.begin(), late.end());
    return out;
  }
  static bool touches(const Block& block, const model::Value& listed) {
    auto any = [&](const TypeSet& types) {
      return std::any_of(types.names.begin(), types.names.end(), [&](const std::string& name) { return is_listed(listed, name); });
    };
    if (block.kind == Block::Kind::kConnection) return any(block.types) || any(block.connected);
    if (block.kind == Block::Kind::kAttribute) return any(block.types);
    return std::any_of(block.children.begin(), block.children.end(), [&](const auto& child) { return touches(*child, listed); });
  }

  // Do the conditions on attributes, or the first `before` connections, of an `and` fail the resource?
  bool failed_before(const Block& block, const Resource& resource, size_t before) {
    for (const auto& child : block.children) {
      if (child->kind == Block::Kind::kFilter || child->kind == Block::Kind::kConnection || child->connects) continue;
      if (standing(*child, resource).fails) return true;
    }
    const std::vector<const Block*>& connections = connections_of(block);
    for (size_t i = 0; i < before && i < connections.size(); ++i) {
      if (connection_standing(block, *connections[i], resource, i).fails) return true;
    }
    return false;
  }
  Standing connection_standing(const Block& block, const Block& child, const Resource& resource, size_t position) {
    if (child.kind != Block::Kind::kConnection) return standing(child, resource);
    uint64_t key = (static_cast<uint64_t>(child.number) << 32) | resource.index;
    auto known = connections_.find(key);
    if (known != connections_.end()) return known->second;
    if (++depth_ > kMaxDepth) too_deep_ = true;
    Standing out;
    if (!too_deep_ && !out_of_steps_) out = connection(child, resource, &block, position);
    --depth_;
    connections_[key] = out;
    return out;
  }

  bool passes_filters(const Block& block, const Resource& resource) {
    return std::all_of(block.children.begin(), block.children.end(), [&](const auto& child) {
      return child->kind != Block::Kind::kFilter || filter_holds(*child, resource);
    });
  }

  Standing all_of_sets(const Block& block, const Resource& resource) {
    if (!passes_filters(block, resource)) return {};
    if (!has_subjects(block)) return {};
    Standing out;
    for (const auto& child : block.children) {
      if (child->kind == Block::Kind::kFilter || child->kind == Block::Kind::kConnection || child->connects) continue;
      Standing at = standing(*child, resource);
      out.passes |= at.passes;
      out.fails |= at.fails;
    }
    const std::vector<const Block*>& connections = connections_of(block);
    for (size_t i = 0; i < connections.size(); ++i) {
      Standing at = connection_standing(block, *connections[i], resource, i);
      out.passes |= at.passes;
      out.fails |= at.fails;
    }
    if (out.fails) out.passes = false;
    return out;
  }

  Standing any_of_sets(const Block& block, const Resource& resource) {
    if (!passes_filters(block, resource)) return {};
    Standing out;
    for (const auto& child : block.children) {
      if (child->kind == Block::Kind::kFilter) continue;
      Standing at = standing(*child, resource);
      out.passes |= at.passes;
      out.fails |= at.fails;
    }
    if (out.passes) out.fails = false;
    return out;
  }

  // Is there any resource of the types that the block's children are about? Without one it says nothing.
  bool has_subjects(const Block& block) {
    return subjects_.of(*context_.project, block.number, [&] {
      std::vector<const TypeSet*> sets;
      for (const auto& child : block.children) subject_types(*child, sets);
      bool named = std::any_of(sets.begin(), sets.end(), [](const TypeSet* set) { return !set->any; });
      const auto& resources = context_.project->resources;
      return !named || std::any_of(resources.begin(), resources.end(), [&](const Resource* resource) {
        return std::any_of(sets.begin(), sets.end(), [&](const TypeSet* set) { return set->has(*resource); });
      });
    });
  }
  static void subject_types(const Block& block, std::vector<const TypeSet*>& out) {
    if (block.kind == Block::Kind::kConnection || block.kind == Block::Kind::kAttribute) out.push_back(&block.types);
    if (!block.connects) return;
    for (const auto& child : block.children) subject_types(*child, out);
  }

  RunContext& context_;
  Subjects& subjects_;
  std::unordered_map<uint64_t, Standing> standings_, connections_;
  std::unordered_map<uint32_t, std::vector<const Block*>> orders_;
  std::vector<Read> other_reads_, deciding_reads_;
  int depth_ = 0;
  bool out_of_steps_ = false, too_deep_ = false;
};

}  // namespace

RunResult PolicyCheck::run(RunContext& context) const {
  Run run(context, subjects_);
  Standing standing = run.judge(*policy_->definition, *context.resource);
  if (run.out_of_steps() || run.too_deep()) {
    context.error = run.too_deep() ? "the policy leads through too many resources" : "the policy needs too many steps";
    return RunResult::kError;
  }
  if (!standing.fails) return RunResult::kPass;
  run.hand_over_reads();
  return RunResult::kViolation;
}

}  // namespace assay::rules::checkov
