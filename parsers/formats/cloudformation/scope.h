// Where an expression of a template stands: the loops and includes around it, the root and the stack it
// is evaluated in, and what it may read from other templates.
//
// Used by the evaluator and by what lowers templates. Views and values live in the root's arena.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/formats/cloudformation/parameter_files.h"
#include "parsers/formats/tree_value.h"
#include "parsers/model/value.h"

namespace assay::formats::cloudformation {

inline constexpr size_t kMaxProblems = 1000;  // of one template; further ones are not said

// The identifier of an Fn::ForEach within its body; without a name, the text of an included file.
struct Binding {
  std::string_view name;
  model::Value value;
  const Binding* outer = nullptr;
  TreeValues* values = nullptr;  // of the file the body is written in; null: the template itself
};

// An entry of a section or mapping, after merge keys and Fn::ForEach.
struct ExpandedEntry {
  std::string_view key;
  core::Span key_span;
  core::Span pair_span;
  const syntax::Node* value = nullptr;
  const Binding* scope = nullptr;
  model::Guard guard = model::kAlways;  // other than kAlways: stands for unknown instances
};

// A condition as far as it is decided.
struct Condition {
  ExpandedEntry entry;
  model::Guard guard = model::kAlways;
  enum : uint8_t { kNew, kRunning, kDone } state = kNew;
};

// One step of the path to the value at hand: a key, or (without one) a position.
struct Step {
  std::string_view key;
  uint32_t index = 0;
};

// What the name of a region says of its partition.
struct Partition {
  std::string_view prefix, name, suffix;  // "cn-", "aws-cn", "amazonaws.com.cn"
};
const Partition& partition_of(std::string_view region);

// What a template reads from other templates; what gives nothing is unknown.
class Surroundings {
 public:
  virtual ~Surroundings() = default;
  // Output `name` of the nested stack that is resource `resource`.
  virtual std::optional<model::Value> output(uint32_t resource, std::string_view name, core::Span at) = 0;
  // What a template of the scan exports under this name.
  virtual std::optional<model::Value> imported(const model::Value& name) = 0;
};

// Where in its root a template is evaluated. The default is a root of its own.
struct Place {
  std::string prefix;                     // of identities: "PATH#", "PATH#Network/"
  uint32_t first_row = 0;                 // the root's row of the first resource
  model::Guard exists = model::kAlways;   // of the stack that holds the template
  const std::map<std::string_view, model::Value>* arguments = nullptr;  // of a nested stack
  Surroundings* surroundings = nullptr;
  // What is known of where it is deployed, after --context: "AWS::Region" and the like.
  std::map<std::string, std::string> environment;
  std::vector<GivenParameter> deployed_parameters;  // that --params files override
  bool quiet = false;                     // read for its outputs only: another root reports its problems
};

}  // namespace assay::formats::cloudformation
