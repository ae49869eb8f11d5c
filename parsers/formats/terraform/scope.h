// What the evaluator knows while it runs: thunks, module instances, resource instances, and the scope
// an expression is evaluated in. Private to this folder; see evaluator.h for how they work together.
//
// Ownership: module instances own their parts; all live for one load(). Threads: one worker.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/formats/terraform/module.h"
#include "parsers/model/resource.h"
#include "parsers/model/value.h"

namespace assay::formats::terraform {

struct ModuleInstance;
struct ResourceNode;
struct Instance;

// A name that an expression brings along: for variables, dynamic iterators, template variables.
struct Binding {
  std::string_view name;
  model::Value value;
  const Binding* outer = nullptr;
};

struct Scope {
  ModuleInstance* module = nullptr;  // null: constant expressions only
  core::FileId file = core::kNoFile;
  bool borrowed = false;  // texts of nodes do not outlive the evaluator: copy what is kept
  bool template_only = false;  // template files see their own variables and functions only
  const Binding* bindings = nullptr;
  const model::Value* each_key = nullptr;
  const model::Value* each_value = nullptr;
  const model::Value* count_index = nullptr;
  const model::Value* self = nullptr;
  const model::Value* splat_item = nullptr;
};

// The guard under which a condition holds, and the one under which it is an error.
struct Condition {
  model::Guard holds = model::kNever;
  model::Guard errors = model::kNever;
  model::Value error;
  uint8_t marks = 0;
};

// A value computed on demand, once.
struct Thunk {
  enum class State : uint8_t { kNew, kRunning, kDone };
  State state = State::kNew;
  bool isolated = false;  // its references are its own, not those of who reads it
  model::Value value;
  std::vector<Instance*> references;  // resource instances that the value was made from
};

// One frame of the stack of thunks being computed, for the path of a cycle.
struct Running {
  const Thunk* thunk;
  const ModuleInstance* module;
  std::string_view prefix;  // "local."
  std::string_view name;
  std::vector<Instance*>* references;  // the sink to go back to
};

// What count or for_each gives.
struct InstanceSet {
  enum class Shape : uint8_t { kSingle, kCount, kForEach, kUnknown };
  struct Slot {
    model::Value key;    // number or string; unknown for a representative
    model::Value value;  // each.value
    model::Guard exists = model::kAlways;
  };
  // Which slots exist under a guard; more than one when count or for_each has alternatives.
  struct World {
    model::Guard guard = model::kAlways;
    std::vector<uint32_t> slots;
  };
  Shape shape = Shape::kSingle;
  std::vector<Slot> slots;
  std::vector<World> worlds;
};

struct Instance {
  ResourceNode* node = nullptr;
  ModuleInstance* module = nullptr;
  InstanceSet::Slot slot;
  model::Guard exists = model::kAlways;  // with the module's own
  bool representative = false;
  std::string_view address;
  core::Symbol id;  // of the partial object that stands for it: "ROOT#address"
  Thunk attributes{.isolated = true};
  struct Reference {
    std::string_view path;
    Instance* target;
  };
  std::vector<Reference> edges;
  int emitted = -1;  // index in root.resources
};

struct ResourceNode {
  const Declaration* declaration = nullptr;
  Thunk::State state = Thunk::State::kNew;
  InstanceSet set;
  std::vector<std::unique_ptr<Instance>> instances;  // parallel to set.slots
  Thunk reference{.isolated = true};  // what a reference to the whole resource gives
};

struct ModuleNode {
  const Declaration* declaration = nullptr;
  Thunk::State state = Thunk::State::kNew;
  const Module* source = nullptr;  // null: not available
  InstanceSet set;
  std::vector<std::unique_ptr<ModuleInstance>> instances;
  Thunk reference;
};

struct ModuleInstance {
  const Module* source = nullptr;
  ModuleInstance* parent = nullptr;
  const Declaration* call = nullptr;
  InstanceSet::Slot slot;
  InstanceSet::Shape shape = InstanceSet::Shape::kSingle;
  model::Guard exists = model::kAlways;
  bool representative = false;
  std::string prefix;  // "module.a[0]." or ""
  std::string path;    // "module.a.module.b" without keys
  uint32_t depth = 0;
  std::vector<Thunk> variables, locals, outputs;
  std::vector<ResourceNode> resources;
  std::vector<ModuleNode> calls;
  std::vector<Thunk> providers;
};

// A provider block and where it stands; no declaration when there is none.
struct ProviderConfig {
  ModuleInstance* module = nullptr;
  const Declaration* declaration = nullptr;
};

// How the body of a block becomes an object.
struct BodyOptions {
  Instance* owner = nullptr;  // whose edges references become; may be null
  std::string path;           // "ingress." for nested blocks
  bool top = false;           // meta-arguments are left out
  bool data = false;
};

}  // namespace assay::formats::terraform
