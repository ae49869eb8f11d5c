// Facts about the arguments of resources, data sources and providers of AWS, Azure, Google and
// Kubernetes: attribute or block, nesting, type, required, computed, sensitive, write-only. The
// evaluator asks where a configuration alone does not say: how JSON syntax is read, what type a
// value is converted to, what a reference to a computed attribute may be.
//
// The table is one read-only blob in the binary, made by generate.py beside this file, which
// describes its layout. Nothing is done at start; a look-up is a binary search in place.
// Facts come from one version of each provider (README.md): a name that is not found proves nothing.
// Ownership: handles point into the blob. Threads: immutable.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "parsers/core/arena.h"
#include "parsers/model/type.h"

namespace assay::formats::terraform {

enum class Nesting : uint8_t { kSingle, kList, kSet, kMap };

struct AttributeFacts {
  uint32_t type = 0;  // for fact_type()
  bool required = false;
  bool computed = false;    // only by the provider; of `id`: by the provider if at all
  bool sensitive = false;
  bool write_only = false;
};

struct BlockFacts;

// The arguments of a resource type or of one of its blocks.
class BodyFacts {
 public:
  BodyFacts() = default;
  explicit operator bool() const { return words_ != nullptr; }
  std::optional<AttributeFacts> attribute(std::string_view name) const;
  std::optional<BlockFacts> block(std::string_view name) const;
  // All names, attributes first, for suggestions.
  std::vector<std::string_view> names() const;

 private:
  friend BodyFacts body_facts(uint32_t at);
  explicit BodyFacts(const uint32_t* words) : words_(words) {}
  const uint32_t* words_ = nullptr;
};

struct BlockFacts {
  Nesting nesting = Nesting::kList;
  bool attribute_syntax = false;  // may also be written name = [{...}]
  bool at_most_one = false;
  bool at_least_one = false;
  BodyFacts body;
};

enum class FactKind : uint8_t { kResource, kData, kProvider, kEphemeral };

// A type of the table, looked at in place.
struct FactType {
  explicit FactType(uint32_t index);
  model::TypeKind kind;
  FactType element() const { return FactType(payload); }   // REQUIRES: list, set or map
  uint32_t element_index() const { return payload; }
  std::optional<FactType> member(std::string_view name) const;  // REQUIRES: object
  uint32_t payload;
};

// False for a type that the table lacks.
BodyFacts provider_facts(FactKind kind, std::string_view type);
// The type behind AttributeFacts::type. Objects are left open ("any"): another version may have
// other attributes. Collections of primitives are shared, others are made in `arena`.
const model::Type* fact_type(uint32_t type, core::Arena& arena);
// The type of a block from outside: a list, set or map of objects, or one object.
const model::Type* block_type(const BlockFacts& block, core::Arena& arena);
// "AWS provider 6.25" for "aws_s3_bucket": which version the facts are of. "" for other types.
std::string_view facts_version(std::string_view type);

}  // namespace assay::formats::terraform
