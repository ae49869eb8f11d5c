// Lowering: one template, or one nested deployment of it, into rows of a root: resources with their
// bodies evaluated, parameters and outputs as rows, edges between resources.
//
// Resources are listed first (children joined with their parents' names and types, loops unrolled,
// conditions as guards), so that references find rows; bodies follow. A nested deployment is a Lowering of
// its own in the same root when its scope is inner, and part of this one when it is outer.
//
// Ownership: rows and values live in the root. Threads: one per root.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "parsers/formats/arm/evaluator.h"

namespace assay::formats::arm {

inline constexpr uint32_t kMaxDeploymentDepth = 16;
inline constexpr uint32_t kMaxDeployments = 512;    // of one root
inline constexpr uint32_t kMaxResourceNesting = 32;  // of resources in resources

// What all deployments of a root share.
struct Shared {
  const LoadContext& context;
  model::Root& root;
  uint32_t deployments = 0;
  std::unordered_map<std::string, uint32_t> seen;  // rows by address
};

class Lowering final : public Deployments {
 public:
  Lowering(const InputFile& file, const syntax::Node& top, Shared& shared, Place place);

  // Indexes the template and adds a row for each resource.
  void prepare();
  // Fills the rows, adds those of parameters, outputs and nested deployments.
  void finish();

  std::optional<model::Value> output(uint32_t row, std::string_view name, core::Span at) override;

 private:
  struct Child {
    std::unique_ptr<Lowering> lowering;
    Arguments arguments;
    bool running = false;
  };
  struct Output {
    model::Value value;
    enum : uint8_t { kNew, kRunning, kDone } state = kNew;
  };
  struct Parent {
    std::string_view type;  // in full; empty: none
    model::Value name;
    uint32_t row = Evaluator::kNoRow;
    std::string_view module_path;
    model::Guard exists = model::kAlways;
    const Loop* loop = nullptr;
  };

  TreeValues& values() { return evaluator_.values(); }
  core::Arena& arena() { return shared_.root.arena; }
  std::string_view keep(const std::string& text) { return arena().copy(std::string_view(text)); }
  void list_resources(const syntax::Node& section, const Parent& parent, uint32_t depth);
  void list_resource(const syntax::Node& node, std::string_view symbol, const Parent& parent, uint32_t depth);
  void add_instance(const syntax::Node& node, std::string_view symbol, const Parent& parent, const Loop* loop,
                    model::Guard exists, bool representative, uint32_t depth);
  void list_nested(const syntax::Node& node, const Instance& instance, uint32_t depth);
  void name_row(model::Resource& row, const std::string& address, std::string_view module_path, bool stable_index);
  std::string shown_name(const syntax::Node& node, const model::Value& name);
  void lower_body(const Instance& instance);
  void depend(const syntax::Node* node);
  void add_parameter(const Parameter& parameter);
  void add_outputs();
  void add_coverage();
  Child* child_of(uint32_t row);
  void read_arguments(const syntax::Node& given, const syntax::Node& top, bool computed, Arguments& out);
  std::optional<model::Value> parent_name(const model::Value& name);
  Output* own_output(std::string_view name);

  const InputFile& file_;
  const syntax::Node& top_;
  Shared& shared_;
  model::Root& root_;
  Evaluator evaluator_;
  std::deque<Instance> instances_;
  std::deque<Loop> loops_;
  std::unordered_map<uint32_t, const Instance*> by_row_;
  std::map<uint32_t, Child> children_;
  std::map<std::string, Output, std::less<>> outputs_;
};

// The template of a file; null when it holds none.
const syntax::Node* find_template(const syntax::Tree* tree);
// Local templates that deployments of this one link to: those at hand, or without a context all places
// where they may lie.
std::vector<std::string> linked_templates(const InputFile& file, const LoadContext* context);
// The type as alias tables spell it, whatever its case.
std::string_view canonical_type(std::string_view type, core::Arena& arena);

}  // namespace assay::formats::arm
