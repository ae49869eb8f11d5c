// Lowering: one template, or one nested stack of it, into rows of a root: resources with their
// properties evaluated, parameters and outputs as rows, edges between resources.
//
// lower.cc makes the rows, stacks.cc follows nested stacks and imports into other templates, sam.cc
// adds what the SAM transform derives. A nested stack is a Lowering of its own in the same root: what
// it is given flows in as values, what it puts out is read on demand.
//
// Ownership: rows and values live in the root. Threads: one per root.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "parsers/formats/cloudformation/evaluator.h"
#include "parsers/formats/cloudformation/exports.h"

namespace assay::formats::cloudformation {

inline constexpr uint32_t kMaxStackDepth = 16;
inline constexpr uint32_t kMaxStacks = 512;  // of one root

class Lowering;

// What all stacks of a root share.
struct Shared {
  const LoadContext& context;
  model::Root& root;
  std::span<const InputFile* const> exporters;  // templates that export, for Fn::ImportValue
  uint32_t stacks = 0;
  std::unordered_map<std::string_view, uint32_t> seen;  // rows by address

  struct Export {
    const InputFile* file;
    std::string_view output;
    const syntax::Node* name;
    NamePattern pattern;
  };
  bool exports_read = false;
  std::vector<Export> exports;
  std::map<core::FileId, std::unique_ptr<Lowering>> quiet;  // exporters, read for their outputs
};

class Lowering final : public Surroundings {
 public:
  Lowering(const InputFile& file, const syntax::Node& top, Shared& shared, Place place,
           const Lowering* parent = nullptr, std::string_view module_path = {});

  // Indexes the template and adds a row for each resource (unless it is quiet).
  void prepare();
  // Fills the rows, adds those of parameters, outputs, derived resources and nested stacks.
  void finish();

  std::optional<model::Value> output(uint32_t resource, std::string_view name, core::Span at) override;
  std::optional<model::Value> imported(const model::Value& name) override;

 private:
  struct Child {
    std::unique_ptr<Lowering> lowering;
    std::map<std::string_view, model::Value> arguments;
    bool running = false;
  };
  struct Output {
    model::Value value;
    std::vector<uint32_t> rows;  // that it refers to
    enum : uint8_t { kNew, kRunning, kDone } state = kNew;
  };

  // lower.cc
  TreeValues& values() { return evaluator_.values(); }
  core::Arena& arena() { return root_.arena; }
  std::string_view keep(const std::string& text) { return arena().copy(std::string_view(text)); }
  void read_transforms();
  void add_resource_row(const ExpandedEntry& entry);
  void name_row(model::Resource& row, std::string address);
  model::Guard existence(const ExpandedEntry& entry);
  void check_keys(const syntax::Node& mapping, std::span<const std::string_view> known, std::string_view what);
  void check_names();
  void lower_resource(uint32_t index);
  model::Guard named_condition(const syntax::Node& node);
  void depend(const syntax::Node* node);
  const syntax::Node* find_global(std::string_view type, const syntax::Node& body);
  const syntax::Node* without(const syntax::Node& mapping, const syntax::Node& names);
  void add_parameter(const Parameter& parameter);
  void add_outputs();
  void report_cycles();
  // `path`: resource and how many of its needs were followed; it has come back to `to`.
  void report_cycle(std::span<const std::pair<uint32_t, size_t>> path, uint32_t to);
  void add_coverage();

  // stacks.cc
  Child* child_of(uint32_t resource);
  const InputFile* file_of_address(const syntax::Node& resource) const;
  void refer_to_copy(uint32_t resource, const InputFile& copy);
  void read_arguments(uint32_t resource, const syntax::Node& properties, const syntax::Node& top, Child& child);
  const Output* own_output(std::string_view name);
  std::string_view kind_of_resource(uint32_t resource) const;
  void finish_children();
  void read_exports();
  Lowering& exporter(const InputFile& file);
  void refer_possibly(const Shared::Export& candidate, const NamePattern& wanted);

  // sam.cc
  friend class SamRows;
  void derive_sam_rows();

  const InputFile& file_;
  const syntax::Node& top_;
  Shared& shared_;
  model::Root& root_;
  const Lowering* parent_;
  std::string_view module_path_;
  Evaluator evaluator_;
  const syntax::Node* globals_ = nullptr;
  bool sam_ = false;
  std::string changed_by_;  // a macro that may change every resource
  uint32_t own_rows_ = 0;   // first_row .. first_row + own_rows_: resources
  std::map<uint32_t, Child> children_;
  std::map<std::string, Output, std::less<>> outputs_;
};

// The path of the template that a nested stack names, relative to the scan; "" when it is not one of
// the files at hand (a URL, a text that is computed).
std::string nested_template(const syntax::Node& resource, std::string_view template_path);
// The one document of a template; null when the file holds none.
const syntax::Node* find_top(const InputFile& file);

}  // namespace assay::formats::cloudformation
