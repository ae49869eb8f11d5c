// Admission: what a policy of any language says to a request that stands at the door of a cluster. The
// languages (vap; others behind the same interface) implement Policy; the webhook asks a PolicySet once per
// AdmissionReview, `assay scan --policy` asks it with CREATE requests that are made of manifests.
//
// Ownership: a PolicySet owns its policies, their sources and what is known of the cluster; Requests, and the
// values that they point at, belong to the caller and must live through judge(). Threads: everything is immutable
// after loading and may be asked by many workers at once, each with a Scratch of its own.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "parsers/core/arena.h"
#include "parsers/core/deadline.h"
#include "parsers/core/source.h"
#include "parsers/model/value.h"
#include "rules/engine/world.h"

namespace assay::rules::admission {

enum class Operation : uint8_t { kCreate, kUpdate, kDelete, kConnect };
std::string_view operation_text(Operation operation);  // "CREATE"

struct GroupVersionKind {
  std::string_view group, version, kind;
};
struct GroupVersionResource {
  std::string_view group, version, resource;
};

// The `request` of an AdmissionReview (admission.k8s.io/v1), or one made of a manifest. Texts are views.
struct Request {
  std::string_view uid, name, name_space, subresource, request_subresource;
  GroupVersionKind kind, request_kind;              // request_kind, request_resource: as the client sent it
  GroupVersionResource resource, request_resource;
  Operation operation = Operation::kCreate;
  bool dry_run = false;
  // Is the namespace part of what is known? A cluster-scoped object has none, a manifest without one may land anywhere.
  bool namespace_open = false;
  const model::Value* object = nullptr;      // null where the request has none
  const model::Value* old_object = nullptr;
  const model::Value* options = nullptr;
  const model::Value* user_info = nullptr;   // {username, uid, groups, extra}; null: not known who asks
};

// Fills a request from the `request` value of an AdmissionReview; false with what is wrong. `out` views the value.
bool read_request(const model::Value& review_request, Request& out, std::string& error);

enum class Action : uint8_t { kDeny, kWarn, kAudit };
enum class Ground : uint8_t {
  kViolation,      // an expression said no
  kError,          // an expression or a condition failed, and failurePolicy says Fail
  kConfiguration,  // the policy cannot be applied: a missing parameter, a broken expression; the same
  kUndecided,      // what decides is not known here: labels of a namespace, an authorizer; the same
};

// One objection. Several with equal policy and binding come from its expressions in order.
struct Decision {
  std::string_view policy, binding;  // names; binding "" where a policy is judged without one
  std::string message;               // of the expression alone; deny_text() and warn_text() say it as the API server does
  std::string_view reason;           // "Forbidden", "Invalid", ...; as metav1.StatusReason
  int code = 422;
  Ground ground = Ground::kViolation;
  uint32_t expression = 0;           // position among the policy's validations
  bool deny = true, warn = false, audit = false;
  std::string_view actions;          // the binding's, as JSON, in its order; "[]" where there is no binding
  bool certain = true;               // in the world that was run; false: holds if the policy applies (see kUndecided)
  std::string field;                 // path in the object of what decided: "spec.containers[0].image"; "" unknown
  const model::Value* value = nullptr;  // and the value there; null: unknown
  size_t policy_index = 0;           // in PolicySet::policies
};
std::string deny_text(const Decision& decision);
std::string warn_text(const Decision& decision);

struct Answer {
  std::vector<Decision> decisions;
  // "policy/key" with the texts that policies publish; the webhook adds its own.
  std::vector<std::pair<std::string, std::string>> audit_annotations;
  uint32_t policies_run = 0;  // whose constraints and conditions matched
  bool denied() const;        // a decision with `deny`
  // The objections that are recorded, not enforced, as the API server writes them to the annotation
  // validation.policy.admission.k8s.io/validation_failure (JSON); "" when there are none.
  std::string audit_failures() const;
  void clear();
};

// Per worker; reused, so that a decision rarely allocates.
struct Scratch {
  core::Arena arena{65536};
  core::Deadline deadline;                // policies that have not begun by then are undecided; never by default
  World* world = nullptr;                 // null: every value is known
  const model::Guards* guards = nullptr;
  // What languages made of the request for all their policies, in the arena.
  const Request* prepared_for = nullptr;
  const void* prepared = nullptr;
  // REQUIRES: between two requests, when the answer is done with.
  void reset() {
    arena.reset();
    prepared_for = nullptr;
    prepared = nullptr;
  }
};

// What is known of other objects: Namespaces and their labels, parameters. Made of the documents beside the policies
// (and, in a scan, of the scanned objects). What is not known is unknown, never absent, unless `complete`.
class Cluster {
 public:
  virtual ~Cluster() = default;
  // The object of a kind; null when it is not known. Cluster-scoped: name_space "".
  virtual const model::Value* find(std::string_view group, std::string_view kind, std::string_view name_space,
                                   std::string_view name) const = 0;
  virtual void list(std::string_view group, std::string_view kind, std::string_view name_space,
                    std::vector<const model::Value*>& out) const = 0;
  // Does the cluster hold nothing beside what is known here?
  virtual bool complete() const = 0;
};

class Policy {
 public:
  virtual ~Policy() = default;
  virtual std::string_view name() const = 0;
  virtual std::string_view language() const = 0;      // "vap"
  virtual core::Span span() const = 0;                // of its document, in PolicySet::sources
  // Appends to `answer`. Bindings, conditions, failure policy: all is done here.
  virtual void judge(const Request& request, const Cluster& cluster, Scratch& scratch, Answer& answer) const = 0;
};

// A mistake in a policy file. Policies with mistakes are kept where their language says what becomes of requests then
// (failurePolicy), so a set with errors must not be put to work unseen.
struct LoadError {
  std::string file;
  uint32_t line = 0, column = 0;  // 1-based; 0: the file as a whole
  std::string message;
};

struct PolicyFile {
  std::string path;  // for messages
  std::string text;  // YAML or JSON, any number of documents
};

struct PolicySet {
  core::SourceSet sources;
  core::Arena arena{65536};
  std::vector<std::unique_ptr<const Policy>> policies;  // in the order of their names
  std::unique_ptr<const Cluster> cluster;
  std::vector<LoadError> errors;
  // Asks every policy. `scratch` is reset by the caller when it is done with the answer.
  void judge(const Request& request, Scratch& scratch, Answer& answer) const;
};

// Reads documents of all admission languages; what no language claims is data of the cluster (`cluster_complete`: all
// there is of it), what is no Kubernetes object is an error. A policy that nothing binds says nothing to requests, as
// in a cluster, unless `judge_unbound`. Never null.
std::unique_ptr<const PolicySet> load_policies(std::vector<PolicyFile> files, bool cluster_complete = false,
                                               bool judge_unbound = false);

// Does a file look as if it held such policies (and not a rule file or a plain manifest)?
bool is_admission_policy(std::string_view text);
// A Kubernetes object in YAML or JSON that may stand beside policies.
bool is_manifest(std::string_view path, std::string_view text);

}  // namespace assay::rules::admission
