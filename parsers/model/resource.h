// Resource, Root, Project: what the formats lower files into and the rules judge.
//
// A Root is one evaluated unit: a Terraform root module with the modules it calls, a CloudFormation
// template, a file of Kubernetes manifests. It owns the arena, the guards and the resources of that
// unit. The Project holds all roots of a scan and the edges between resources.
// Threads: a root is built by one worker; afterwards everything is read only.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/core/arena.h"
#include "parsers/core/problem.h"
#include "parsers/core/source.h"
#include "parsers/core/symbol.h"
#include "parsers/model/guards.h"
#include "parsers/model/kubernetes/index.h"
#include "parsers/model/value.h"

namespace assay::model {

struct Root;

// A resource seen as a canonical type ("aws/s3/bucket", "kubernetes/pod-template"): rules are
// written against views. See aliases.h for how the ones of cloud resources are made.
struct View {
  core::Symbol type;
  Value value;  // an object
};

struct Resource {
  std::string_view address;  // unique in its root: module.a["x"].aws_s3_bucket.b[0]; Kind.namespace.name
  std::string_view type;     // native: aws_s3_bucket, AWS::S3::Bucket, apps/v1/Deployment
  std::string_view name;     // aws: the local name; Kubernetes: metadata.name
  std::string_view format;   // "terraform", "kubernetes", "cloudformation"
  std::string_view kind;     // "resource", "data", "provider", "parameter", "object", ...
  std::string_view module_path;         // "module.a.module.b" without instance keys; "" at the root
  std::string_view stable_address;      // without instance keys: base of the fingerprint
  bool moved = false;                   // stable_address is where it stood first, not where it stands
  core::Span header;   // "resource "aws_s3_bucket" "b"", a logical id, the kind of a manifest
  core::Span span;     // the whole block or document
  Guard exists = kAlways;  // in root->guards
  bool representative = false;  // stands for unknown instances (count or for_each not known)
  // `exists` is a condition of the author's (CloudFormation): what is wrong wherever the resource
  // exists is certain, not possible.
  bool conditional = false;
  Value attributes;    // native object
  std::vector<View> views;
  const Root* root = nullptr;
  uint32_t index = 0;  // position in Project::resources
};

enum class EdgeKind : uint8_t { kRefers, kContains, kCompletes, kSelects, kGrants, kRunsAs, kDeploys };

struct Edge {
  EdgeKind kind = EdgeKind::kRefers;
  uint32_t from = 0;  // Resource::index
  uint32_t to = 0;
  std::string_view path;   // attribute path in `from` it comes from: "bucket", "role"
  Guard guard = kAlways;   // in the root of `from`; other than kAlways: only perhaps
};

// An edge kRefers into another root of the same format, whose resources are known by name only until
// the project is sealed.
struct ForeignEdge {
  uint32_t from = 0;  // position in the root's resources; Resource::index in the project
  std::string_view root_path, name;
  std::string_view path;
  Guard guard = kAlways;
};

// What became of one file or root, for the coverage table.
struct Coverage {
  enum class State : uint8_t { kEvaluated, kPartial, kSkipped, kFailed };
  std::string path;    // file, or directory of a root
  bool is_root = false;
  std::string format;  // "" when none claimed the file
  State state = State::kEvaluated;
  std::string reason;  // empty when evaluated
};

struct Root {
  explicit Root(size_t first_block = 4096) : arena(first_block) {}
  std::string path;    // directory (Terraform) or file, relative to the scan root
  std::string format;
  core::Arena arena;
  Guards guards;
  std::deque<Resource> resources;  // addresses of elements never change
  std::vector<Edge> edges;  // `from` and `to` index into `resources` until the project renumbers them
  std::vector<ForeignEdge> foreign_edges;
  core::Problems problems;
  std::vector<Coverage> coverage;
  std::vector<core::Span> secret_spans;  // of texts that reports must never quote
  // Values that `debug model` and rules may ask for beside resources (outputs, parameters).
  std::vector<std::pair<std::string, Value>> outputs;
};

// What the user says about the world that the scanned code is for.
struct Target {
  int kubernetes_minor = 0;        // clusters run 1.kubernetes_minor; 0: the newest version
  std::string pod_security_level;  // that namespaces without labels of their own enforce; "": none
};

struct Project {
  const core::SourceSet* sources = nullptr;
  Target target;
  std::vector<std::unique_ptr<Root>> roots;  // sorted by (path, format)
  std::vector<Resource*> resources;          // all, in root order
  std::vector<Edge> edges;                   // all, sorted by (from, kind, to, path)
  core::Problems problems;
  std::vector<Coverage> coverage;
  kubernetes::Index kubernetes;              // of its Kubernetes objects

  // Takes the root's resources and edges (indices renumbered) into the project's lists, and copies its
  // problems and coverage.
  void add(std::unique_ptr<Root> root);
  // Resolves edges between roots, sorts and indexes edges; call once after the last add().
  void seal();
  std::span<const Edge> edges_from(uint32_t resource) const;
  // Indices into `edges` of those that lead to `resource`.
  std::span<const uint32_t> edges_to(uint32_t resource) const;

 private:
  void resolve_foreign_edges();
  std::vector<ForeignEdge> foreign_edges_;
  std::vector<uint32_t> first_edge_;
  std::vector<uint32_t> incoming_, first_incoming_;
};

}  // namespace assay::model
