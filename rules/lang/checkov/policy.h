// Checkov's custom policies in YAML or JSON, as a tree of blocks: what they ask about attributes, about
// connections between resources, and how the answers are combined. policy.cc reads them out of a syntax
// tree with positions of every mistake; graph.cc judges resources with them.
//
// Behaviour follows Checkov 3.3 (documentation "YAML Custom Policies" and its observed verdicts). Where
// its documentation and its verdicts differ, the verdicts count.
//
// Ownership: a Policy owns its text values in its arena. Threads: immutable once read.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/core/arena.h"
#include "parsers/core/regex.h"
#include "parsers/core/regex_backtracking.h"
#include "parsers/model/resource.h"
#include "parsers/syntax/tree.h"
#include "rules/engine/finding.h"
#include "rules/lang/checkov/json_path.h"
#include "rules/lang/policy_language.h"

namespace assay::rules::checkov {

enum class Operator : uint8_t {
  kAny, kEquals, kEqualsIgnoreCase, kExists, kContains, kWithin, kStartingWith, kEndingWith, kRegexMatch,
  kGreaterThan, kGreaterThanOrEqual, kLessThan, kLessThanOrEqual, kSubset, kIntersects, kIsEmpty,
  kLengthEquals, kLengthGreaterThan, kLengthGreaterThanOrEqual, kLengthLessThan, kLengthLessThanOrEqual,
  kIsTrue, kRangeIncludes, kWordsEquals, kWordsGreaterThan, kWordsGreaterThanOrEqual, kWordsLessThan,
  kWordsLessThanOrEqual, kCidrRangeSubset,
};

// Which resources a block speaks about.
struct TypeSet {
  bool any = true;       // no list: everything
  std::vector<std::string> names;
  std::string prefix;    // "aws_": all resources of a provider
  bool taggable = false;  // those that take tags

  bool has(const model::Resource& resource) const;
};

struct Block {
  enum class Kind : uint8_t { kAnd, kOr, kNot, kAttribute, kConnection, kFilter, kResource };
  enum class Connection : uint8_t { kExists, kNotExists, kOneExists };
  Kind kind = Kind::kAttribute;
  uint32_t begin = 0, end = 0;  // in the policy's text

  TypeSet types;
  TypeSet connected;                                // kConnection
  Connection connection = Connection::kExists;
  Operator op = Operator::kAny;                     // kAttribute
  bool negated = false;                             // "not_equals"; kResource: not_exists
  std::string attribute;                            // kAttribute, kFilter
  std::vector<std::string> parts;                   // of the attribute, between dots
  bool wildcard = false;                            // some part is "*"
  std::unique_ptr<JsonPath> json_path;              // "jsonpath_" operators
  model::Value value;                               // what the attribute is compared with
  std::shared_ptr<const core::Regex> regex;         // of kRegexMatch
  std::shared_ptr<const core::BacktrackingRegex> backtracking;  // instead, where it looks around

  std::vector<std::unique_ptr<Block>> children;     // kAnd, kOr, kNot
  bool connects = false;  // kAnd, kOr: a child asks about connections, so that whole sets are combined
  uint32_t number = 0;    // position in the policy: key of what is remembered in a run
};

struct Policy {
  core::Arena arena{1024};
  RuleInfo info;
  std::unique_ptr<Block> definition;
  uint32_t blocks = 0;
};

// Does the text look like a policy of Checkov's: a mapping with `metadata` and `definition`?
bool looks_like_policy(std::string_view text);
// Null when there are errors.
std::unique_ptr<Policy> read_policy(std::string_view text, std::vector<PolicyError>& errors);

}  // namespace assay::rules::checkov
