// Plan: what a Terraform or OpenTofu plan says will be, whichever file it came in: the JSON of
// `terraform show -json`, or the binary file of `terraform plan -out`. Planned values are model
// values: unknown where the plan says "known after apply", sensitive where it masks them.
//
// format.cc reads a plan for the root it belongs to; the evaluator then takes instances, variables
// and values from it (overlay.h), or, without sources, the plan alone is lowered (lower_plan.h).
//
// Ownership: values and texts live in the root's arena or in the file's tree. Threads: immutable
// once read.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "parsers/core/problem.h"
#include "parsers/formats/format.h"
#include "parsers/model/resource.h"

namespace assay::formats::terraform {

// module.a["x"].data.aws_y.z[0], taken apart.
struct PlanAddress {
  std::string module;       // "module.a[\"x\"]."; "" at the root
  std::string module_path;  // "module.a", without keys
  std::string base;         // "data.aws_y.z"
  std::string type, name;
  bool data = false;
  model::Value key;         // null, a number or a string

  std::string text() const;  // as the evaluator spells addresses
};
// False: the text is no address of a resource. Texts of keys are copied to `arena`. Each module on the
// way is handed to `seen`, if given: ("module.a", key).
using ModuleSeen = std::vector<std::pair<std::string, model::Value>>;
bool parse_plan_address(std::string_view text, core::Arena& arena, PlanAddress* out, ModuleSeen* seen = nullptr);
// ["x"] or [0]; "" for null.
std::string key_text(const model::Value& key);

// JSON plans may be larger than other files: they repeat every value up to four times.
inline constexpr size_t kMaxPlanBytes = 64u << 20;

struct PlannedChange {
  PlanAddress at;
  std::string address;
  std::vector<std::string_view> actions;  // "create", "update", "delete", "no-op", "read", ...
  model::Value before, after;             // objects, or null
  core::Span header;                      // of the address in the JSON; else of the whole file
  core::Span span;
  bool exists = false;                    // after the plan was applied
};

struct Plan {
  core::FileId file = core::kNoFile;
  std::string version;  // of Terraform
  std::vector<PlannedChange> changes;
  std::unordered_map<std::string, uint32_t> by_address;               // those that exist
  std::unordered_map<std::string, std::vector<model::Value>> keys;    // "module.a[0].aws_x.y" to instances
  std::unordered_map<std::string, std::vector<model::Value>> module_keys;  // "module.a" to instances
  std::map<std::string, model::Value, std::less<>> variables;
  std::vector<std::pair<std::string, model::Value>> outputs;
  const syntax::Node* configuration = nullptr;  // of a JSON plan
  std::vector<core::Span> secrets;              // sensitive values in the text of a JSON plan

  const PlannedChange* find(const std::string& address) const;
  void add(PlannedChange change, const ModuleSeen& modules);
};

// Whether the file is a plan. By content: a JSON plan has a format version and planned values or
// changes; a binary one is an archive that holds "tfplan".
bool is_json_plan(const syntax::Tree& tree);
bool is_binary_plan(std::string_view text);
// Whether a text begins as `terraform show -json` prints it: what may be larger than other files.
bool begins_as_json_plan(std::string_view text);
// The UTF-8 of a JSON plan in UTF-16, as PowerShell's ">" writes it; nullopt for any other text.
std::optional<std::string> plan_from_utf16(std::string_view text);

// Reads a plan into `root`'s arena. Unknown values are called "ROOT#address.path". False: it cannot be
// used; a Problem says why. `spans`: values point into the JSON.
bool read_plan(const InputFile& file, const LoadContext& context, model::Root& root, bool spans, Plan* out);

// The sources that a binary plan carries: path below the root module's directory (it may begin with
// "../"), and text. Empty when it cannot be read; read_plan() says why.
std::vector<std::pair<std::string, std::string>> plan_sources(std::string_view text);

}  // namespace assay::formats::terraform
