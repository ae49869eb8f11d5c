#include "rules/lang/cel/identity_run.h"

#include <algorithm>
#include <optional>

#include "parsers/core/limits.h"

namespace assay::rules::cel {
namespace {

// The part of `value` that is `target`, by address; null when it is none.
const Path* path_to(const model::Value& value, const model::Value* target, const Path* path, core::Arena& arena, uint32_t depth) {
  if (&value == target) return path;
  if (depth > core::kMaxNesting) return nullptr;
  if (value.is_sequence()) {
    uint32_t index = 0;
    for (const model::Value& item : value.items()) {
      if (const Path* found = path_to(item, target, arena.make<Path>(path, std::string_view{}, index, true), arena, depth + 1)) return found;
      ++index;
    }
  } else if (value.is_mapping()) {
    for (const model::Entry& entry : value.entries()) {
      if (const Path* found = path_to(entry.value, target, arena.make<Path>(path, entry.key), arena, depth + 1)) return found;
    }
  } else if (value.is_alternatives()) {
    for (const model::Alternative& alternative : value.alternatives()) {
      if (const Path* found = path_to(alternative.value, target, path, arena, depth + 1)) return found;
    }
  } else if (value.is_unknown() && value.unknown().structure) {
    return path_to(*value.unknown().structure, target, path, arena, depth + 1);
  }
  return nullptr;
}

// What is worked out of the whole project, once per worker.
struct ProjectFacts {
  explicit ProjectFacts(const model::Project& project) : principals(project) {}
  identity::Principals principals;
  mutable std::optional<identity::Cluster> cluster;  // made by the first workload
};

const ProjectFacts& facts_of(RunContext& context) {
  if (!context.of_project) context.of_project = std::make_shared<const ProjectFacts>(*context.project);
  return *static_cast<const ProjectFacts*>(context.of_project.get());
}

}  // namespace

IdentityRun::IdentityRun(Eval& eval, const Val& subject)
    : eval_(eval), context_(eval.context()),
      asker_(eval.world(), context_ && context_->resource ? context_->resource->root : nullptr) {
  if (context_ && context_->resource && subject.model) {
    subject_ = subject.model;
    path_ = subject.path;
  }
}

std::string_view IdentityRun::type_of(const RunContext& context) {
  for (const model::View& view : context.resource->views) {
    if (&view.value == context.view) return view.type.text();
  }
  return {};
}

const identity::Principals& IdentityRun::principals() { return facts_of(*context_).principals; }

const identity::Cluster& IdentityRun::cluster() {
  const ProjectFacts& facts = facts_of(*context_);
  if (!facts.cluster) facts.cluster.emplace(*context_->project);
  return *facts.cluster;
}

template <typename T, typename Make>
const T* IdentityRun::remember(const void* of, const void* tag, Make&& make) {
  for (const Worked& worked : context_->worked) {
    if (worked.of == of && worked.tag == tag) return static_cast<const T*>(worked.result);
  }
  const T* made = make();
  context_->worked.push_back({of, tag, made});
  return made;
}

const identity::Document* IdentityRun::document(const model::Value& written) {
  static constexpr char kTag = 0;
  return remember<identity::Document>(&written, &kTag, [&] {
    return identity::read_document(written, *context_->resource->root, eval_.arena());
  });
}

const identity::Access* IdentityRun::access() {
  if (!subject_ || !context_->project) return nullptr;
  // The lists of an Access are no arena memory: it lives with the context, until another resource is judged.
  if (context_->kept.empty() || context_->kept[0].first != context_->resource) {
    context_->kept.assign(1, {context_->resource, nullptr});
  }
  for (const auto& [of, access] : context_->kept) {
    if (of == subject_) return static_cast<const identity::Access*>(access.get());
  }
  const model::Resource& resource = *context_->resource;
  std::shared_ptr<identity::Access> made;
  std::string_view type = type_of(*context_);
  if (type == "aws/iam/policy-document") {
    // One that a resource uses is judged there, with what that resource is.
    bool used = std::any_of(context_->project->edges_to(resource.index).begin(), context_->project->edges_to(resource.index).end(),
                            [&](uint32_t at) { return context_->project->edges[at].kind == model::EdgeKind::kRefers; });
    if (!used) {
      made = std::make_shared<identity::Access>();
      if (const identity::Document* own = document(*subject_)) made->documents.push_back(own);
    }
  } else if (identity::Principals::principal_view(resource) && &identity::Principals::principal_view(resource)->value == subject_) {
    made = std::make_shared<identity::Access>(principals().access_of(resource, eval_.arena()));
  } else if (const model::Value* policy = subject_->is_mapping() ? subject_->find("policy") : nullptr) {
    made = std::make_shared<identity::Access>(principals().access_of_policy(resource, *policy, eval_.arena()));
    if (made->documents.empty() && identity::is_open_document(*policy)) made->unread.push_back(policy);
  }
  context_->kept.emplace_back(subject_, made);
  return made.get();
}

void IdentityRun::point(const model::Value& value) {
  const Path* found = path_to(*subject_, &value, path_, eval_.arena(), 0);
  if (!found) return;
  Val at;
  at.model = &value;
  at.path = found;
  eval_.note_deciding(at);
}

void IdentityRun::point_inside(const model::Value& value, core::Span at) {
  const Path* found = path_to(*subject_, &value, path_, eval_.arena(), 0);
  if (!found) return;
  Val place;
  place.path = found;
  place.model = &value;
  if (at.valid()) {
    model::Value part = value;
    part.span = at;
    part.origin = nullptr;
    place.model = eval_.arena().make<model::Value>(part);
  }
  eval_.note_deciding(place);
}

void IdentityRun::point(const identity::Grant& grant) {
  if (const model::Value* place = grant.place()) point(*place);
}

void IdentityRun::relate(core::Span span, std::string message) {
  if (!span.valid()) return;
  for (const RelatedPlace& place : context_->related) {
    if (place.span == span && place.message == message) return;
  }
  context_->related.push_back({span, std::move(message)});
}

void IdentityRun::relate(const identity::Grant& grant, std::string message) {
  const model::Value* place = grant.place();
  if (!place) return;
  core::Span span = place->span;
  if (const model::Origin* literal = model::deciding_literal(place->origin); literal && literal->span.valid()) span = literal->span;
  relate(span, std::move(message));
}

}  // namespace assay::rules::cel
