// Recognises intrinsic functions, whichever way they are written: `!Sub text`, {"Fn::Sub": "text"},
// {Ref: X}. Pure functions over the tree.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "parsers/syntax/tree.h"

namespace assay::formats::cloudformation {

enum class Function : uint8_t {
  kRef, kGetAtt, kSub, kJoin, kSelect, kSplit, kFindInMap, kIf, kBase64, kCidr, kGetAZs,
  kImportValue, kLength, kToJsonString, kTransform, kGetStackOutput,
  kAnd, kOr, kNot, kEquals, kCondition,
  kContains, kEachMemberEquals, kEachMemberIn, kRefAll, kValueOf, kValueOfAll,
  kDirective,  // of the packager rain: "!Rain::Embed file"
  kUnknown,
};

struct Call {
  Function function = Function::kUnknown;
  std::string_view name;             // as reports print it: "Ref", "Fn::Sub"
  const syntax::Node* node = nullptr;  // the whole call
  // The argument. For a short form this is the node itself, whose tag is spent: see arguments().
  const syntax::Node* argument = nullptr;
  bool is_short = false;
};

// {Condition: X} means a condition only where conditions stand: elsewhere (in IAM policies) it is a
// key like any other. A mapping with further keys beside the function is no call.
std::optional<Call> find_call(const syntax::Node& node, bool in_condition = false);
// The same for the content of a node whose own tag is spent: `!Base64` over {"Fn::Sub": ...}.
std::optional<Call> find_long_call(const syntax::Node& node, bool in_condition = false);
// The name of the function that a key spells ("Fn::Sub", "Ref"); kUnknown for other "Fn::" keys.
std::optional<Function> function_of_key(std::string_view key);

// The function whose name is nearest to what was written, spelt as it was ("!Sub", "Fn::Sub"); "" when
// none is near.
std::string closest_function(std::string_view written);

// The elements of a call whose argument is a list; a single argument stands for a list of one. A
// short form over anything but a list has none.
std::vector<const syntax::Node*> arguments(const Call& call);
// The text of a scalar (any style or tag); nullopt for collections and nulls.
std::optional<std::string_view> plain_text(const syntax::Node* node);
bool is_mapping(const syntax::Node* node);
bool is_sequence(const syntax::Node* node);

}  // namespace assay::formats::cloudformation
