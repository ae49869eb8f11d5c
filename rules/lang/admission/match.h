// Matching of requests as admission registration has it: label selectors, rules of groups, versions, resources, operations
// and scope, exclusions, names, equivalent versions (k8s.io/api/admissionregistration/v1 MatchResources). Shared by the
// languages whose policies carry such constraints.
//
// Answers are three-valued: what is not known (labels of an unknown namespace, unknown labels of a manifest) makes a
// match possible, never certain, never absent. Ownership: texts live in the arena of the policies. Threads: immutable.
#pragma once

#include <string_view>
#include <vector>

#include "rules/lang/admission/admission.h"
#include "rules/lang/admission/documents.h"

namespace assay::rules::admission {

enum class Match : uint8_t { kNo, kMaybe, kYes };
inline Match both(Match a, Match b) { return a < b ? a : b; }
inline Match either(Match a, Match b) { return a < b ? b : a; }

struct Requirement {
  enum class Op : uint8_t { kIn, kNotIn, kExists, kDoesNotExist };
  std::string_view key;
  Op op = Op::kIn;
  std::vector<std::string_view> values;
};

class LabelSelector {
 public:
  // An absent node selects everything. Mistakes become errors of `documents`.
  static LabelSelector read(const syntax::Tree& tree, const syntax::Node* node, core::Arena& arena, Documents& documents);
  bool everything() const { return requirements_.empty(); }
  // `labels` may be null: none. Asks the world where labels are not known, answers kMaybe where there is none.
  Match matches(const model::Value* labels, Scratch& scratch) const;
  // Of a Namespace of which nothing but the name is known.
  Match matches_namespace(std::string_view name, Scratch& scratch) const;

 private:
  std::vector<Requirement> requirements_;
};

// The labels of an object; null without. `unknown`: there may be some.
const model::Value* labels_of(const model::Value* object, Scratch& scratch, bool& unknown);

struct ResourceRule {
  std::vector<std::string_view> groups, versions, names;
  struct Resource {
    std::string_view resource, subresource;  // either may be "*"
  };
  std::vector<Resource> resources;
  uint8_t operations = 0;  // a bit for each Operation
  enum class Scope : uint8_t { kAll, kCluster, kNamespaced };
  Scope scope = Scope::kAll;
};

// What a request is seen as: of its own resource, or of an equivalent one that a rule names.
struct Matched {
  GroupVersionKind kind;
  GroupVersionResource resource;
};

class MatchConstraints {
 public:
  static MatchConstraints read(const syntax::Tree& tree, const syntax::Node* node, core::Arena& arena, Documents& documents);
  bool has_rules() const { return !rules_.empty(); }
  Match matches(const Request& request, const Cluster& cluster, Scratch& scratch, Matched& matched) const;

 private:
  Match rules_match(const std::vector<ResourceRule>& rules, const Request& request, Matched& matched) const;
  Match namespace_matches(const Request& request, const Cluster& cluster, Scratch& scratch) const;

  LabelSelector namespace_selector_, object_selector_;
  std::vector<ResourceRule> rules_, excluded_;
  bool exact_ = false;
};

// Objects that govern admission themselves are never judged, so that no policy can lock itself in.
bool is_exempt(const Request& request);

}  // namespace assay::rules::admission
