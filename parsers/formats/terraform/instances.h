// What count and for_each make of a block: the instances of resources and modules.
//
// Ten thousand instances cost little each, because what cannot differ between them is made once:
// - An argument or block that reads neither each, count nor self (nor anything impure) is evaluated for
//   the first instance and is the same value, with the same edges, in all of them (SharedItem); when
//   none differs, all instances have one attributes object (ResourceNode::common).
// - In the content of a dynamic block the same holds for what does not read its iterator.
// - Within an argument that differs, calls, splats and for expressions that do not are kept as well
//   (Invariants): `element(aws_x.a[*].id, count.index)` makes the list once.
// - Views of instances with the same attributes are one (model/aliases.cc), and a rule judges the
//   instances it cannot tell apart once, for all of them (rules/engine/alike.h).
// So an instance is its address, its key, and the attributes in which it differs; each can still be
// referred to, counted and listed. Beyond core::kMaxInstances one representative stands for all.
//
// Ownership: module instances own their parts; all live for one load(), lists of them in the
// evaluator's working arena. Threads: one worker.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/formats/terraform/module.h"
#include "parsers/formats/terraform/scope.h"
#include "parsers/model/resource.h"
#include "parsers/model/value.h"

namespace assay::formats::terraform {

// What count or for_each gives.
struct InstanceSet {
  enum class Shape : uint8_t { kSingle, kCount, kForEach, kUnknown };
  struct Slot {
    model::Value key;    // number or string; unknown for a representative
    model::Value value;  // each.value
    model::Guard exists = model::kAlways;
  };
  // Which slots exist under a guard, when count or for_each has alternatives; none: all slots, always.
  struct World {
    model::Guard guard = model::kAlways;
    std::vector<uint32_t> slots;
  };
  Shape shape = Shape::kSingle;
  Grown<Slot> slots;
  std::vector<World> worlds;
};

struct Instance {
  struct Reference {
    std::string_view path;
    Instance* target = nullptr;
    const Thunk* thunk = nullptr;  // instead: all that it was made from
  };

  ResourceNode* node = nullptr;
  ModuleInstance* module = nullptr;
  const InstanceSet::Slot* slot = nullptr;
  model::Guard exists = model::kAlways;  // with the module's own
  bool representative = false;
  std::string_view address;
  core::Symbol id;  // of the partial object that stands for it: "ROOT#address"; empty until asked for
  Thunk attributes{.isolated = true};
  Grown<Reference> edges;  // of what is its own; others are the items' that it shares
  int emitted = -1;  // index in root.resources
};

// What an argument or block gave for the first instance (or element of a dynamic block), for those in
// which it must be the same: it read nothing that differs between them.
struct SharedItem {
  enum class State : uint8_t { kNew, kShared, kVaries };
  State state = State::kNew;
  std::span<const model::Value> values;  // one of an argument, any number of blocks
  std::span<const Instance::Reference> edges;
};

struct ResourceNode {
  const Declaration* declaration = nullptr;
  Thunk::State state = Thunk::State::kNew;
  std::string_view name;            // "data.aws_x.y", in the root's arena
  std::string_view stable_address;  // without instance keys; empty until the first row
  std::string_view first_address;   // the same before all moves
  InstanceSet set;
  std::span<Instance> instances;  // parallel to set.slots
  std::span<SharedItem> shared;   // by item of the declaration; empty when there is one instance
  Invariants invariants;
  bool alike = true;              // no item seen so far differs between instances
  bool emitted = false;
  Grown<ResourceNode*> depends_on;
  model::Value common;            // attributes of the first instance, for those alike
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
  std::string_view kept_path;  // the same in the root's arena
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

}  // namespace assay::formats::terraform
