#include "parsers/model/origin.h"

#include <algorithm>

namespace assay::model {
namespace {
constexpr size_t kMaxVisited = 512;  // origins of one value that are looked at
constexpr size_t kMaxHops = 32;

// A hop that says whose value is written at a place, where others say only that something is.
bool names_an_input(OriginKind kind) {
  return kind == OriginKind::kVariableDefault || kind == OriginKind::kVariableValue ||
         kind == OriginKind::kModuleArgument;
}
}  // namespace

std::string_view kind_name(OriginKind kind) {
  switch (kind) {
    case OriginKind::kLiteral: return "literal";
    case OriginKind::kReference: return "reference";
    case OriginKind::kVariableDefault: return "variable default";
    case OriginKind::kVariableValue: return "variable value";
    case OriginKind::kModuleArgument: return "module argument";
    case OriginKind::kModuleOutput: return "module output";
    case OriginKind::kLocal: return "local value";
    case OriginKind::kFunction: return "function";
    case OriginKind::kIntrinsic: return "intrinsic function";
    case OriginKind::kDynamicBlock: return "generated block";
    case OriginKind::kProviderDefault: return "provider default";
    case OriginKind::kPlan: return "planned value";
    case OriginKind::kAnchor: return "YAML anchor";
  }
  return "";
}

// Every end of the DAG must be that one literal: text made of a literal and something not known
// is not decided by the literal alone.
const Origin* deciding_literal(const Origin* origin) {
  if (origin == nullptr) return nullptr;
  std::vector<const Origin*> seen{origin};
  const Origin* literal = nullptr;
  for (size_t i = 0; i < seen.size(); ++i) {
    const Origin* at = seen[i];
    if (at->from_count == 0) {
      bool written = at->kind == OriginKind::kLiteral || at->kind == OriginKind::kVariableDefault ||
                     at->kind == OriginKind::kVariableValue || at->kind == OriginKind::kPlan;
      if (!written || !at->span.valid()) return nullptr;
      if (literal != nullptr && literal->span != at->span) return nullptr;
      if (literal == nullptr) literal = at;
      continue;
    }
    for (const Origin* next : at->from()) {
      if (next == nullptr || std::find(seen.begin(), seen.end(), next) != seen.end()) continue;
      if (seen.size() == kMaxVisited) return nullptr;
      seen.push_back(next);
    }
  }
  return literal;
}

const Value* encoded_structure(const Origin* origin) {
  for (size_t hops = 0; origin != nullptr && hops < kMaxHops; ++hops) {
    if (origin->structure != nullptr) return origin->structure;
    if (origin->kind == OriginKind::kFunction || origin->from_count != 1) return nullptr;
    origin = origin->from()[0];
  }
  return nullptr;
}

std::vector<const Origin*> chain(const Origin* origin) {
  std::vector<const Origin*> hops;
  for (const Origin* at = origin; at != nullptr && hops.size() < kMaxHops;) {
    bool repeated = false;
    for (const Origin* hop : hops) repeated = repeated || hop->span == at->span;
    // Of hops with one span the input says most, then the one nearest to the literal.
    if (repeated && !hops.empty() && hops.back()->span == at->span) {
      if (!names_an_input(hops.back()->kind)) hops.back() = at;
    } else if (!repeated) {
      hops.push_back(at);
    }
    const Origin* next = nullptr;
    for (const Origin* candidate : at->from()) {
      if (candidate != nullptr) {
        next = candidate;
        break;
      }
    }
    at = next;
  }
  std::reverse(hops.begin(), hops.end());
  return hops;
}

}  // namespace assay::model
