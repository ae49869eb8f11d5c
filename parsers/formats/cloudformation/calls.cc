#include "parsers/formats/cloudformation/calls.h"

#include "parsers/core/suggest.h"
#include "parsers/syntax/yaml/entries.h"

namespace assay::formats::cloudformation {

using syntax::Node;
using syntax::NodeKind;

namespace {

struct Name {
  std::string_view text;
  Function function;
};
constexpr Name kNames[] = {
    {"Ref", Function::kRef},
    {"Fn::GetAtt", Function::kGetAtt},
    {"Fn::Sub", Function::kSub},
    {"Fn::Join", Function::kJoin},
    {"Fn::Select", Function::kSelect},
    {"Fn::Split", Function::kSplit},
    {"Fn::FindInMap", Function::kFindInMap},
    {"Fn::If", Function::kIf},
    {"Fn::Base64", Function::kBase64},
    {"Fn::Cidr", Function::kCidr},
    {"Fn::GetAZs", Function::kGetAZs},
    {"Fn::ImportValue", Function::kImportValue},
    {"Fn::Length", Function::kLength},
    {"Fn::ToJsonString", Function::kToJsonString},
    {"Fn::Transform", Function::kTransform},
    {"Fn::GetStackOutput", Function::kGetStackOutput},
    {"Fn::And", Function::kAnd},
    {"Fn::Or", Function::kOr},
    {"Fn::Not", Function::kNot},
    {"Fn::Equals", Function::kEquals},
    {"Condition", Function::kCondition},
    {"Fn::Contains", Function::kContains},
    {"Fn::EachMemberEquals", Function::kEachMemberEquals},
    {"Fn::EachMemberIn", Function::kEachMemberIn},
    {"Fn::RefAll", Function::kRefAll},
    {"Fn::ValueOf", Function::kValueOf},
    {"Fn::ValueOfAll", Function::kValueOfAll},
};

std::optional<Call> find_short(const Node& node) {
  std::string_view tag = node.tag();
  if (tag.size() < 2 || tag[0] != '!' || tag[1] == '!' || tag[1] == '<') return std::nullopt;
  tag.remove_prefix(1);
  Call call{Function::kUnknown, node.tag(), &node, &node, true};
  if (tag.starts_with("Rain::")) {
    call.function = Function::kDirective;
    call.name = tag;
  }
  for (const Name& name : kNames) {
    std::string_view text = name.text;
    if (text.starts_with("Fn::")) text.remove_prefix(4);
    if (text != tag && name.text != tag) continue;
    call.function = name.function;
    call.name = name.text;
  }
  return call;
}

}  // namespace

std::optional<Function> function_of_key(std::string_view key) {
  if (key.empty() || (key[0] != 'F' && key[0] != 'R' && key[0] != 'C')) return std::nullopt;
  for (const Name& name : kNames) {
    if (name.text == key) return name.function;
  }
  if (key.starts_with("Rain::")) return Function::kDirective;
  if (key.starts_with("Fn::") && !key.starts_with("Fn::ForEach::")) return Function::kUnknown;
  return std::nullopt;
}

std::optional<Call> find_call(const Node& node, bool in_condition) {
  if (!node.tag().empty()) {
    if (auto call = find_short(node)) return call;
  }
  return find_long_call(node, in_condition);
}

std::optional<Call> find_long_call(const Node& node, bool in_condition) {
  if (node.kind != NodeKind::kMapping || node.child_count != 1) return std::nullopt;
  const Node* pair = node.child(0);
  if (pair->kind != NodeKind::kPair || !pair->child(0)) return std::nullopt;
  const Node& key = *pair->child(0);
  auto function = function_of_key(key.text);
  if (!function || (*function == Function::kCondition && !in_condition)) return std::nullopt;
  return Call{*function, key.text, &node, syntax::resolve_alias(pair->child(1)), false};
}

std::string closest_function(std::string_view written) {
  bool is_short = written.starts_with('!');
  std::vector<std::string_view> names;
  for (const Name& name : kNames) {
    std::string_view text = name.text;
    if (is_short && text.starts_with("Fn::")) text.remove_prefix(4);
    names.push_back(text);
  }
  std::string_view meant = core::closest(is_short ? written.substr(1) : written, names);
  return meant.empty() ? std::string() : (is_short ? "!" : "") + std::string(meant);
}

bool is_mapping(const Node* node) { return node && node->kind == NodeKind::kMapping; }
bool is_sequence(const Node* node) { return node && node->kind == NodeKind::kSequence; }

std::vector<const Node*> arguments(const Call& call) {
  const Node* argument = call.argument;
  if (!argument) return {};
  // A list that is itself a tagged call (`Fn::Not: !Equals [...]`) is one argument.
  bool spent = call.is_short || argument->tag().empty() || !find_call(*argument, true);
  if (is_sequence(argument) && spent) {
    std::vector<const Node*> out;
    out.reserve(argument->child_count);
    for (const Node* child : argument->children()) out.push_back(syntax::resolve_alias(child));
    return out;
  }
  if (call.is_short) return {};
  return {argument};
}

std::optional<std::string_view> plain_text(const Node* node) {
  node = syntax::resolve_alias(node);
  if (!node) return std::nullopt;
  switch (node->kind) {
    case NodeKind::kScalar:
    case NodeKind::kString:
    case NodeKind::kNumber:
    case NodeKind::kBool: return node->text;
    default: return std::nullopt;
  }
}

}  // namespace assay::formats::cloudformation
