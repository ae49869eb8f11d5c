#include "rules/lang/cel/cost.h"

#include <algorithm>
#include <cmath>

#include "rules/lang/cel/eval.h"
#include "rules/lang/cel/named_formats.h"
#include "rules/lang/cel/text.h"

namespace assay::rules::cel {
namespace {

constexpr double kText = 0.1;      // of walking a text, by character
constexpr double kPattern = 0.25;  // of a pattern, by character

uint64_t up(double cost) { return static_cast<uint64_t>(std::ceil(cost)); }

uint64_t size_of(Eval& eval, const Val& value) {
  switch (value.kind) {
    case Kind::kString: return count_code_points(value.text());
    case Kind::kBytes: return value.size;
    case Kind::kList:
    case Kind::kMap: return value.from_model() ? eval.count(value) : value.size;
    case Kind::kOptional: return value.optional ? size_of(eval, *value.optional) : 1;
    case Kind::kIp: return value.network->family == 4 ? 4 : 16;
    case Kind::kCidr: return up(value.network->prefix / 8.0);
    default: return 1;
  }
}

// Of walking a value with all its parts.
uint64_t traversal(Eval& eval, const Val& value, int depth) {
  if (depth > 64) return 1;
  switch (value.kind) {
    case Kind::kString:
    case Kind::kBytes: return static_cast<uint64_t>(static_cast<double>(value.size) * kText);
    case Kind::kList: {
      uint64_t cost = 0;
      for (const Val& item : eval.items(value)) cost += traversal(eval, item, depth + 1);
      return cost;
    }
    case Kind::kMap: {
      uint64_t cost = 0;
      for (uint32_t i = 0; i < value.size; ++i) {
        Val key, item;
        if (eval.entry_at(value, i, key, item)) cost += traversal(eval, key, depth + 1) + traversal(eval, item, depth + 1);
      }
      return cost;
    }
    default: return 1;
  }
}

enum class Way : uint8_t {
  kTraversal,     // of the first argument with its parts
  kText,          // of the first argument once
  kTextTwice,
  kResultTwice,
  kFind,
  kMatches,
  kContains,
  kContainsIp,
  kContainsCidr,
  kSets,
  kSetsTwice,
  kValidate,
  kCheck,
  kBuildResult,   // a list of the result's size
  kFlatten,
  kSelfCompare,   // of the first argument's elements with each other
};
struct Row {
  std::string_view name;
  Way way;
};
// Sorted by name.
constexpr Row kRows[] = {
    {"bytes", Way::kText},        {"check", Way::kCheck},        {"cidr", Way::kText},          {"contains", Way::kContains},
    {"containsCIDR", Way::kContainsCidr}, {"containsIP", Way::kContainsIp}, {"distinct", Way::kSelfCompare}, {"endsWith", Way::kText}, {"find", Way::kFind},
    {"findAll", Way::kFind},      {"flatten", Way::kFlatten},    {"format", Way::kText},        {"indexOf", Way::kTraversal},  {"ip", Way::kText},
    {"ip.isCanonical", Way::kTextTwice}, {"isCIDR", Way::kText}, {"isIP", Way::kText},          {"isQuantity", Way::kText},
    {"isSemver", Way::kText},     {"isSorted", Way::kTraversal}, {"join", Way::kResultTwice},   {"lastIndexOf", Way::kTraversal},
    {"lists.range", Way::kBuildResult}, {"lowerAscii", Way::kText}, {"matches", Way::kMatches},    {"max", Way::kTraversal},      {"min", Way::kTraversal},
    {"quantity", Way::kText},     {"replace", Way::kTextTwice},  {"reverse", Way::kBuildResult}, {"semver", Way::kText},        {"sets.contains", Way::kSets},
    {"sets.equivalent", Way::kSetsTwice}, {"sets.intersects", Way::kSets}, {"slice", Way::kBuildResult}, {"sort", Way::kSelfCompare}, {"split", Way::kTextTwice}, {"startsWith", Way::kText},
    {"string", Way::kText},       {"strings.quote", Way::kText}, {"substring", Way::kText},     {"sum", Way::kTraversal},
    {"trim", Way::kText},         {"upperAscii", Way::kText},    {"url", Way::kText},           {"validate", Way::kValidate},
};

uint64_t self_compare_cost(Eval& eval, const Val& list) {
  double size = static_cast<double>(size_of(eval, list));
  auto items = eval.items(list);
  double factor = items.empty() || !items[0].is_text() ? 2.0 : 2.0 + kText;
  return static_cast<uint64_t>(size * size * factor) + kCallCost + kListCost;
}

}  // namespace

bool is_attribute(const Node& node) {
  switch (node.op) {
    case Op::kLocal:
    case Op::kGlobal:
    case Op::kLazy:
    case Op::kSelect:
    case Op::kIndex: return true;
    default: return false;
  }
}

uint64_t step_cost(const Node& node) {
  uint64_t cost = kAttributeCost;
  if (!is_attribute(node.arg(0))) cost += kAttributeCost;
  // The name that an index begins with is no step of its own.
  if (node.op == Op::kIndex && is_attribute(node.arg(1))) --cost;
  return cost;
}

uint64_t operator_cost(Eval& eval, const Node& node, const Val& a, const Val& b) {
  switch (node.op) {
    case Op::kEqual:
    case Op::kNotEqual: return up(static_cast<double>(std::min(size_of(eval, a), size_of(eval, b))) * kText);
    case Op::kLess:
    case Op::kLessEqual:
    case Op::kGreater:
    case Op::kGreaterEqual:
      if (!a.is_text() || !b.is_text()) return kCallCost;
      return up(static_cast<double>(std::min(size_of(eval, a), size_of(eval, b))) * kText);
    case Op::kAdd:
      if (!a.is_text() || !b.is_text()) return kCallCost;
      return up(static_cast<double>(size_of(eval, a) + size_of(eval, b)) * kText);
    case Op::kIn:
      if (!b.is(Kind::kList)) return kCallCost;
      return node.arg(1).op == Op::kConstant && node.arg(1).cost == 0 ? 0 : size_of(eval, b);
    default: return kCallCost;
  }
}

uint64_t call_cost(Eval& eval, const Node& node, std::span<const Val> args, const Val&  result) {
  auto row = std::lower_bound(std::begin(kRows), std::end(kRows), node.text, [](const Row& r, std::string_view name) { return r.name < name; });
  if (row == std::end(kRows) || row->name != node.text || args.empty()) return kCallCost;
  auto walk = [&](const Val& value, double factor) { return up(static_cast<double>(size_of(eval, value)) * factor); };
  auto second = [&](double factor) { return args.size() > 1 ? walk(args[1], factor) : 0; };
  switch (row->way) {
    case Way::kTraversal: return traversal(eval, args[0], 0);
    case Way::kText:
      if (node.text == "string" || node.text == "bytes") {
        bool walks = node.text == "string" ? args[0].is(Kind::kBytes) : args[0].is(Kind::kString);
        return walks ? walk(args[0], kText) : kCallCost;
      }
      if (node.text == "ip" && args[0].is(Kind::kCidr)) return kCallCost;
      return walk(args[0], kText);
    case Way::kTextTwice: return walk(args[0], 2 * kText);
    case Way::kResultTwice: return walk(result, 2 * kText);
    case Way::kFind:
    case Way::kMatches: return up((1.0 + static_cast<double>(size_of(eval, args[0]))) * kText) * second(kPattern);
    case Way::kContains: return walk(args[0], kText) * second(kText);
    case Way::kContainsIp:
    case Way::kContainsCidr: {
      uint64_t cost = walk(args[0], 2 * kText);
      if (row->way == Way::kContainsCidr) cost += walk(args[0], kText) + 1;
      if (args.size() > 1 && args[1].is(Kind::kString)) cost += second(kText);
      return cost;
    }
    case Way::kSets:
    case Way::kSetsTwice: {
      if (args.size() < 2) return kCallCost;
      uint64_t product = size_of(eval, args[0]) * size_of(eval, args[1]);
      return kCallCost + (row->way == Way::kSetsTwice ? 2 : 1) * product;
    }
    case Way::kValidate: {
      uint64_t pattern = up(named_format_regex_size(args[0]) * kPattern);
      return args.size() > 1 ? up((1.0 + static_cast<double>(size_of(eval, args[1]))) * kText) * pattern : kCallCost;
    }
    case Way::kCheck: return 350'000;
    case Way::kBuildResult: return size_of(eval, result) + kCallCost + kListCost;
    case Way::kFlatten: {
      uint64_t depth = args.size() > 1 && args[1].is(Kind::kInt) && args[1].integer > 0 ? static_cast<uint64_t>(args[1].integer) : 1;
      return depth * size_of(eval, args[0]) + kCallCost + kListCost;
    }
    case Way::kSelfCompare: return self_compare_cost(eval, args[0]);
  }
  return kCallCost;
}

uint64_t iteration_cost(Macro macro) {
  if (macro == Macro::kAll) return 3;
  return macro == Macro::kExists ? 4 : 0;
}
uint64_t result_cost(Macro macro) { return macro == Macro::kExistsOne ? 2 : 1; }
uint64_t stop_cost(Macro macro) { return macro == Macro::kAll ? 2 : 3; }

uint32_t folded_cost(const Node& node, uint64_t used) {
  static constexpr std::string_view kConversions[] = {"bool", "bytes", "double", "duration", "dyn", "int", "string", "timestamp", "type", "uint"};
  bool free = node.op == Op::kList || node.op == Op::kMap;
  if (node.op == Op::kCall) free = std::find(std::begin(kConversions), std::end(kConversions), node.text) != std::end(kConversions);
  uint64_t parts = 0;
  for (uint32_t i = 0; i < node.arg_count; ++i) parts += node.arg(i).cost;
  if (free && parts == 0) return 0;
  return static_cast<uint32_t>(std::min<uint64_t>(used, UINT32_MAX));
}

}  // namespace assay::rules::cel
