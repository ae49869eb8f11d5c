// Rule: RuleInfo plus a compiled check. The engine runs checks without knowing their language; a
// policy language (rules/lang/*) makes them. A Check is immutable and shared by all workers.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/core/arena.h"
#include "parsers/core/limits.h"
#include "parsers/model/resource.h"
#include "rules/engine/finding.h"
#include "rules/engine/world.h"

namespace assay::rules {

// A value that was read while judging, and how it was reached from the view ("acl",
// "ingress[1].cidr_blocks[0]"). The last ones of a violating run decide the region.
struct Read {
  const model::Value* value = nullptr;
  std::string_view path;  // in the run's arena
};

// What a policy language read out of a text of the resource, kept for the next run over the same resource.
struct Memo {
  std::string_view text;               // by address: texts of one resource do not move
  const model::Value* value = nullptr;  // in the run's arena; null when there was nothing to read
};

// What a library worked out of a value of the resource, kept for its other rules and worlds.
struct Worked {
  const void* of = nullptr;   // the value, by address
  const void* tag = nullptr;  // whose it is: an address of the library
  const void* result = nullptr;  // in the run's arena
};

// Everything one run of a check may use. One per worker, reused.
struct RunContext {
  const model::Project* project = nullptr;
  const model::Resource* resource = nullptr;
  const model::Value* view = nullptr;  // of the canonical type the rule is being run for
  const model::Value* item = nullptr;  // one element, for rules with `each`
  World* world = nullptr;
  core::Arena* arena = nullptr;        // scratch, reset after each resource
  std::vector<Memo>* memos = nullptr;  // emptied with the arena; null: nothing is kept
  std::vector<Worked> worked;          // the same
  std::vector<std::pair<const void*, std::shared_ptr<const void>>> kept;  // of the first one's resource, in no arena
  std::shared_ptr<const void> of_project;  // what a library keeps of the whole project, for all its runs
  uint64_t steps_left = core::kMaxSteps;
  std::vector<Read> reads;             // appended by the check, in order, deciding ones only
  std::string error;                   // set when the result is kError
  std::string message;                 // overrides the rule's message when not empty
  std::vector<RelatedPlace> related;   // further places of the finding
  std::vector<OriginStep> hops;        // of a path, from its start to its end: in place of the region's own chain

  const model::Guards& guards() const { return resource->root->guards; }
};

enum class RunResult : uint8_t { kPass, kViolation, kError };

// What the runs of a check can depend on beside its item.
struct Reads {
  std::vector<std::string> attributes;  // of the view, at its top level
  bool related = false;                 // and the resource's neighbours
};

// One path that the runs of a check can read, and all below it. Of a view, without keys: the resource's type and format.
struct ReadPath {
  static constexpr size_t kMaxKeys = 6;  // a longer path is cut: all below its beginning
  bool of_item = false;
  uint8_t count = 0;
  std::array<std::string_view, kMaxKeys> keys;  // they live as long as the check
};

class Check {
 public:
  virtual ~Check() = default;
  // Given when the runs depend on nothing but the content of the values there, wherever they come from, and on what is
  // the same in a whole scan. Null: on more.
  virtual const std::vector<ReadPath>* paths() const { return nullptr; }
  // Of a check without paths: one with paths that passes only where this one does. Null: none is known.
  virtual const Check* screen() const { return nullptr; }
  // Null: on anything.
  virtual const Reads* reads() const { return nullptr; }
  // One run in one world. Must be deterministic for equal answers of the world.
  virtual RunResult run(RunContext& context) const = 0;
};

// One line of a fix fence: what a canonical attribute shall say instead. Paths are seen from the item in rules with
// `each`, else from the view.
struct FixStep {
  enum class Kind : uint8_t { kSet, kAdd, kRemove };
  Kind kind = Kind::kSet;
  std::string path;   // "metadata_options.http_tokens"
  std::string value;  // JSON, of kSet and kAdd
};

// A fix fence: the steps that silence the rule, for some formats and canonical types or for all.
struct FixRecipe {
  std::vector<std::string> only;  // "terraform", "aws/rds/cluster"; empty: for all
  std::vector<FixStep> steps;
};

struct Rule {
  RuleInfo info;
  std::vector<std::string> at;  // attribute paths that carry the region, best first; may be empty
  std::string each;             // path of a list: the check is run once per element
  std::string language;         // of `logic`: "cel"
  std::string logic;            // the policy's text
  std::vector<FixRecipe> fixes;  // the first that fits counts; info.fix says how safe they are
  std::shared_ptr<const Check> check;  // null until compiled (rules/lang/pack)
};

}  // namespace assay::rules
