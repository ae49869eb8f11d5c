// Module: what stands in one Terraform module directory, before anything is evaluated: variables,
// locals, resources, calls, outputs, providers, with override files merged in and files shadowed by
// OpenTofu's left out. Native and JSON syntax look the same here: JSON bodies are turned into HCL
// nodes (json_syntax.h).
//
// The evaluator builds one Module per directory of a root and instantiates it once per call.
// Ownership: nodes belong to the files' trees or to the module (`converted`), and values must not
// keep views into the latter: see Item::borrowed. Threads: immutable once built.
#pragma once

#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/core/problem.h"
#include "parsers/formats/format.h"
#include "parsers/formats/terraform/name_index.h"
#include "parsers/formats/terraform/schema/provider_facts.h"
#include "parsers/syntax/tree.h"

namespace assay::formats::terraform {

// A kAttribute or kBlock with the file it stands in.
struct Item {
  const syntax::Node* node = nullptr;
  core::FileId file = core::kNoFile;
  bool borrowed = false;  // the node's texts live no longer than the module: copy what is kept

  core::Span span() const { return {file, node->begin, node->end}; }
  bool is_block() const { return node->kind == syntax::NodeKind::kBlock; }
  std::string_view name() const { return node->text; }
  // Of an attribute.
  const syntax::Node& expression() const { return *node->child(0); }
  // Of a block; label() is "" when there is none.
  std::string_view label(size_t index) const;
  const syntax::Node* body() const;
  core::Span header() const;  // type and labels
};

// A top-level block: where it is written, and its contents after overriding.
struct Declaration {
  enum class Kind : uint8_t { kVariable, kResource, kData, kEphemeral, kModule, kOutput, kProvider, kTerraform };
  Kind kind = Kind::kResource;
  std::string_view type;  // of resources and data sources
  std::string_view name;
  Item block;
  std::vector<Item> items;
  // Meta-arguments among the items, found once all files are read; null where there is none.
  const Item* count = nullptr;
  const Item* for_each = nullptr;
  const Item* depends_on = nullptr;
  BodyFacts facts;  // of resources, data sources and providers that the table knows

  const Item* attribute(std::string_view wanted) const;
  const Item* first_block(std::string_view wanted) const;
};

class Module {
 public:
  // `files`: the .tf, .tofu and .tf.json files of `directory`, in path order.
  Module(std::string directory, std::span<const InputFile* const> files);

  const std::string& directory() const { return directory_; }
  const core::Problems& problems() const { return problems_; }

  std::span<const Declaration> variables() const { return variables_; }
  std::span<const Declaration> resources() const { return resources_; }  // and data, ephemeral
  std::span<const Declaration> calls() const { return calls_; }
  std::span<const Declaration> outputs() const { return outputs_; }
  std::span<const Declaration> providers() const { return providers_; }
  std::span<const Declaration> settings() const { return settings_; }
  std::span<const Item> locals() const { return locals_; }
  std::span<const Item> moves() const { return moves_; }  // `moved` blocks

  // Positions in the lists above; -1 when there is none.
  int find_variable(std::string_view name) const { return find(variable_index_, name); }
  int find_local(std::string_view name) const { return find(local_index_, name); }
  int find_call(std::string_view name) const { return find(call_index_, name); }
  int find_output(std::string_view name) const { return find(output_index_, name); }
  int find_resource(Declaration::Kind kind, std::string_view type, std::string_view name) const;
  bool requires_provider(std::string_view local_name) const;
  // Names for suggestions.
  std::vector<std::string_view> variable_names() const;
  std::vector<std::string_view> local_names() const;

 private:
  static int find(const NameIndex& index, std::string_view name) { return index.find(0, {}, name); }
  void read_file(const InputFile& file, bool overriding);
  void read_item(const Item& item, bool overriding);
  void add_declaration(Declaration::Kind kind, std::vector<Declaration>& list, NameIndex& index,
                       std::string_view type, std::string_view name, const Item& block, bool overriding);
  void add_local(const Item& attribute, bool overriding);
  void missing_base(const Item& item);
  std::string_view keep(std::string text);

  std::string directory_;
  core::Problems problems_;
  std::vector<Declaration> variables_, resources_, calls_, outputs_, providers_, settings_;
  std::vector<Item> locals_, moves_;
  NameIndex variable_index_, local_index_, call_index_, output_index_, resource_index_, provider_index_;
  std::deque<std::string> texts_;
  std::vector<std::unique_ptr<syntax::Tree>> converted_;
};

// The last part of a path, and what is before it ("" when there is none).
std::string_view file_name(std::string_view path);
std::string_view directory_of(std::string_view path);
// `path` seen from `directory`, without "." and inner ".."; "" is the scan root.
std::string join_path(std::string_view directory, std::string_view path);
// "." for the scan root.
std::string display_path(std::string_view directory);

// What kind of Terraform file a name is.
enum class FileRole : uint8_t { kNone, kConfiguration, kVariables, kManifest };
FileRole role_of(std::string_view path);
bool is_json(std::string_view path);
bool is_override(std::string_view path);
// What `terraform init` writes down about modules it fetched, below the root module's directory.
inline constexpr std::string_view kManifestPath = ".terraform/modules/modules.json";
// Its entries: key of a call ("a.b") to directory, seen from the root module.
std::vector<std::pair<std::string_view, std::string_view>> read_manifest(const syntax::Tree& tree);
// The local directory that a module call's literal `source` names; "" when it is not local.
std::string_view local_source(const Declaration& call);
bool is_local_source(std::string_view source);
// The same where the source is made of variables' defaults, locals and path.module, as OpenTofu
// allows; "" when it is not local or not known that way.
std::string computed_source(const Declaration& call, const Module& module);
// Is there an OpenTofu file of the same name, which stands in for this one?
bool is_shadowed(std::string_view path, std::span<const InputFile* const> files);
// A string literal; "" when the expression is anything else.
std::string_view literal_string(const syntax::Node& expression);

}  // namespace assay::formats::terraform
