// What the evaluator knows while it runs: thunks, and the scope an expression is evaluated in. Private
// to this folder; see evaluator.h for how they work together, instances.h for what blocks become.
//
// Ownership: module instances own their parts; all live for one load(), lists of them in the
// evaluator's working arena. Threads: one worker.
#pragma once

#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "parsers/formats/terraform/module.h"
#include "parsers/model/resource.h"
#include "parsers/model/value.h"

namespace assay::formats::terraform {

struct ModuleInstance;
struct ResourceNode;
struct Instance;
struct SharedItem;

// A list that grows in an arena and is never freed by itself.
template <typename T>
struct Grown {
  T* data = nullptr;
  uint32_t size = 0, room = 0;

  void push(const T& item, core::Arena& arena) {
    if (size == room) {
      uint32_t more = room == 0 ? 4 : room * 2;
      T* fresh = arena.make_array<T>(more);
      std::copy(data, data + size, fresh);
      data = fresh;
      room = more;
    }
    data[size++] = item;
  }
  T* begin() const { return data; }
  T* end() const { return data + size; }
  std::span<const T> span() const { return {data, size}; }
};

struct Thunk;

// Resource instances that a value was made from, themselves or as those behind another value: where a
// thousand values are made from a thousand instances, a million are not copied.
struct References {
  Grown<Instance*> instances;
  Grown<const Thunk*> thunks;

  bool empty() const { return instances.size == 0 && thunks.size == 0; }
};

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
  References references;
};

// Parts of expressions that give the same for all instances of a resource, within arguments that do
// not; null: differs.
using Invariants = std::unordered_map<const syntax::Node*, const Thunk*>;

inline constexpr std::string_view kLocalPrefix = "local.";

// One frame of the stack of thunks being computed, for the path of a cycle.
struct Running {
  const Thunk* thunk;
  const ModuleInstance* module;
  std::string_view prefix;  // "local."
  std::string_view name;
  References* references;  // the sink to go back to
  bool varies;             // and what was known of the expression there
  Invariants* invariants;
};

// How the body of a block becomes an object.
struct BodyOptions {
  Instance* owner = nullptr;  // whose edges references become; may be null
  bool top = false;           // meta-arguments are left out
  bool data = false;
  // Of a nested block: its type, and what it stands in. An edge's path is spelled when there is one.
  std::string_view name;
  const BodyOptions* outer = nullptr;
  // Of the content of a dynamic block: what is the same in all its elements, by item.
  SharedItem* content = nullptr;
  const syntax::Node* content_node = nullptr;
  BodyFacts facts;            // what the provider says of this body, when it is known
};

// The arguments and blocks of a body: a declaration's, after overriding, or a block's as written.
class Items {
 public:
  Items(const std::vector<Item>& list) : list_(list), size_(list.size()) {}  // NOLINT: it is one
  Items(const syntax::Node* body, const Item& block)
      : body_(body), from_(block), size_(body ? body->child_count : 0) {}

  size_t size() const { return size_; }
  // Null node: neither an argument nor a block.
  Item operator[](size_t index) const {
    if (!body_) return list_[index];
    const syntax::Node* child = body_->child_array[index];
    bool item = child->kind == syntax::NodeKind::kAttribute || child->kind == syntax::NodeKind::kBlock;
    return {item ? child : nullptr, from_.file, from_.borrowed};
  }

 private:
  std::span<const Item> list_;
  const syntax::Node* body_ = nullptr;
  Item from_;
  size_t size_;
};

}  // namespace assay::formats::terraform
