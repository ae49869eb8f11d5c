// Every limit that protects Assay from hostile or broken input, in one place. Each has a test that
// goes past it and finds a Problem (code "limit-...") instead of a crash, a hang or lost memory.
#pragma once

#include <cstddef>
#include <cstdint>

namespace assay::core {

inline constexpr size_t kMaxFileBytes = 16u << 20;      // larger files are reported, not read
inline constexpr size_t kMaxTextBytes = 8u << 20;       // of files that no format reads, to be searched for secrets
inline constexpr uint32_t kMaxNesting = 512;            // of brackets, blocks, YAML collections
inline constexpr uint32_t kMaxNodes = 4u << 20;         // of one syntax tree
inline constexpr uint32_t kMaxAliasExpansion = 10;      // YAML: expanded nodes per source node
inline constexpr uint32_t kMaxExpressionDepth = 1000;   // of evaluation (Terraform, CEL)
inline constexpr uint32_t kMaxInstances = 10000;        // of one count or for_each block
inline constexpr uint32_t kMaxCollection = 1u << 20;    // elements of one evaluated collection
inline constexpr uint32_t kMaxArchiveEntries = 10000;   // of a binary plan file
inline constexpr uint64_t kMaxArchiveBytes = 128u << 20;  // of all its entries, unpacked
inline constexpr uint32_t kMaxStringBytes = 16u << 20;  // of one evaluated string
inline constexpr uint32_t kMaxAlternatives = 16;        // of one value, then it widens to unknown
inline constexpr uint32_t kMaxWorlds = 64;              // per rule and resource
inline constexpr uint64_t kMaxSteps = 10'000'000;       // per rule and resource
inline constexpr size_t kMaxRuleBytes = 64u << 20;       // of the values of one rule and resource
inline constexpr size_t kMaxRulesBytes = 256u << 20;     // of all rules of one resource together
inline constexpr uint64_t kMaxEvaluationSteps = 5'000'000;  // per Terraform root
inline constexpr size_t kMaxEvaluationBytes = 256u << 20;   // of the values of one Terraform root
inline constexpr uint32_t kMaxEdgesOfValue = 256;       // from one argument of one resource
inline constexpr uint32_t kMaxEdges = 1u << 18;         // of one Terraform root
inline constexpr uint32_t kMaxModuleDepth = 64;         // of Terraform module calls
inline constexpr uint32_t kMaxGuardNodes = 1u << 18;    // of one root's decision diagrams
inline constexpr uint64_t kMaxGuardSteps = 1u << 21;    // through them; beyond, operations get few each

}  // namespace assay::core
