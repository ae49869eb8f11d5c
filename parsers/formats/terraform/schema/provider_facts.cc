#include "parsers/formats/terraform/schema/provider_facts.h"

#include <algorithm>

#include "parsers/core/check.h"
#include "parsers/core/limits.h"

extern "C" {
extern const uint32_t assay_provider_facts_begin[];
}

namespace assay::formats::terraform {
namespace {

using model::Type;
using model::TypeKind;

constexpr uint32_t kMagic = 0x31465341;
constexpr uint32_t kRequired = 1, kComputed = 2, kSensitive = 4, kWriteOnly = 8;
constexpr uint32_t kNestingMask = 3, kAttributeSyntax = 4, kAtMostOne = 8, kAtLeastOne = 16;

// Pairs of (count, first word) in the header.
enum Section : uint32_t { kNames, kTypes, kMembers, kShapes, kBodies, kDeclarations, kText };

const uint32_t* table() { return assay_provider_facts_begin; }
uint32_t count_of(Section section) { return table()[2 + 2 * section]; }
const uint32_t* words_of(Section section) { return table() + table()[3 + 2 * section]; }

std::string_view name_of(uint32_t id) {
  const uint32_t* ends = words_of(kNames);
  const char* text = reinterpret_cast<const char*>(words_of(kText));
  return {text + ends[id], ends[id + 1] - ends[id]};
}

// The first of `count` groups of `stride` words, sorted by the name in the upper half of the first
// word, that is called `name`; null when there is none.
const uint32_t* find_named(const uint32_t* words, uint32_t count, uint32_t stride, std::string_view name,
                           uint32_t shift = 16) {
  uint32_t low = 0, high = count;
  while (low < high) {
    uint32_t middle = (low + high) / 2;
    const uint32_t* at = words + middle * stride;
    int order = name_of(shift == 16 ? *at >> 16 : *at & 0xffff).compare(name);
    if (order == 0) return at;
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return nullptr;
}

const Type* shared_type(TypeKind kind) {
  switch (kind) {
    case TypeKind::kBool: return model::bool_type();
    case TypeKind::kNumber: return model::number_type();
    case TypeKind::kString: return model::string_type();
    default: return model::dynamic_type();
  }
}

// list(string), set(number), ...: made once for all.
const Type* shared_collection(TypeKind collection, TypeKind element) {
  struct Collections {
    Type types[3][4];
    Collections() {
      for (uint32_t i = 0; i < 3; ++i) {
        for (uint32_t j = 0; j < 4; ++j) {
          types[i][j].kind = static_cast<TypeKind>(static_cast<uint32_t>(TypeKind::kList) + i);
          types[i][j].element = shared_type(static_cast<TypeKind>(j));
        }
      }
    }
  };
  static const Collections collections;
  return &collections.types[static_cast<uint32_t>(collection) - static_cast<uint32_t>(TypeKind::kList)]
                           [static_cast<uint32_t>(element)];
}

const Type* make_type(const FactType& type, core::Arena& arena, uint32_t depth) {
  if (depth > core::kMaxNesting || type.kind == TypeKind::kObject) return model::dynamic_type();
  if (type.kind <= TypeKind::kString) return shared_type(type.kind);
  FactType inner = type.element();
  if (inner.kind <= TypeKind::kString) return shared_collection(type.kind, inner.kind);
  const Type* element = make_type(inner, arena, depth + 1);
  if (type.kind == TypeKind::kList) return list_type(arena, element);
  return type.kind == TypeKind::kSet ? set_type(arena, element) : map_type(arena, element);
}

}  // namespace

FactType::FactType(uint32_t index) {
  uint32_t word = words_of(kTypes)[index];
  kind = static_cast<TypeKind>(word & 15);
  payload = word >> 4;
}

std::optional<FactType> FactType::member(std::string_view name) const {
  const uint32_t* members = words_of(kMembers) + payload;
  const uint32_t* found = find_named(members + 1, members[0], 1, name);
  if (!found) return std::nullopt;
  return FactType(*found & 0xffff);
}

BodyFacts body_facts(uint32_t at) { return BodyFacts(words_of(kBodies) + at); }

std::optional<AttributeFacts> BodyFacts::attribute(std::string_view name) const {
  if (!words_) return std::nullopt;
  const uint32_t* found = find_named(words_ + 1, words_[0] & 0xffff, 1, name);
  if (!found) return std::nullopt;
  uint32_t shape = words_of(kShapes)[*found & 0xffff];
  AttributeFacts facts;
  facts.type = shape >> 4;
  facts.required = shape & kRequired;
  facts.computed = shape & kComputed;
  facts.sensitive = shape & kSensitive;
  facts.write_only = shape & kWriteOnly;
  return facts;
}

std::optional<BlockFacts> BodyFacts::block(std::string_view name) const {
  if (!words_) return std::nullopt;
  const uint32_t* found = find_named(words_ + 1 + (words_[0] & 0xffff), words_[0] >> 16, 2, name);
  if (!found) return std::nullopt;
  BlockFacts facts;
  facts.nesting = static_cast<Nesting>(found[0] & kNestingMask);
  facts.attribute_syntax = found[0] & kAttributeSyntax;
  facts.at_most_one = found[0] & kAtMostOne;
  facts.at_least_one = found[0] & kAtLeastOne;
  facts.body = body_facts(found[1]);
  return facts;
}

std::vector<std::string_view> BodyFacts::names() const {
  std::vector<std::string_view> out;
  if (!words_) return out;
  uint32_t attributes = words_[0] & 0xffff, blocks = words_[0] >> 16;
  for (uint32_t i = 0; i < attributes; ++i) out.push_back(name_of(words_[1 + i] >> 16));
  for (uint32_t i = 0; i < blocks; ++i) out.push_back(name_of(words_[1 + attributes + 2 * i] >> 16));
  return out;
}

BodyFacts provider_facts(FactKind kind, std::string_view type) {
  ASSAY_CHECK(table()[0] == kMagic);
  // Sorted by kind, then by name.
  const uint32_t* rows = words_of(kDeclarations);
  uint32_t count = count_of(kDeclarations);
  auto first_of = [&](uint32_t wanted) {
    uint32_t low = 0, high = count;
    while (low < high) {
      uint32_t middle = (low + high) / 2;
      if (rows[2 * middle] >> 16 < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  uint32_t begin = first_of(static_cast<uint32_t>(kind));
  uint32_t end = first_of(static_cast<uint32_t>(kind) + 1);
  const uint32_t* found = find_named(rows + 2 * begin, end - begin, 2, type, 0);
  return found ? body_facts(found[1]) : BodyFacts();
}

const Type* fact_type(uint32_t type, core::Arena& arena) {
  return make_type(FactType(type), arena, 0);
}

const Type* block_type(const BlockFacts& block, core::Arena& arena) {
  // The parts of blocks stay open: what a reference reads of them is looked up by name.
  switch (block.nesting) {
    case Nesting::kList: return list_type(arena, model::dynamic_type());
    case Nesting::kSet: return set_type(arena, model::dynamic_type());
    case Nesting::kMap: return map_type(arena, model::dynamic_type());
    case Nesting::kSingle: break;
  }
  return model::dynamic_type();
}

std::string_view facts_version(std::string_view type) {
  struct Version {
    std::string_view prefix, name;
  };
  static constexpr Version kVersions[] = {{"aws_", "AWS provider 6.25"},
                                          {"azurerm_", "azurerm provider 4.55"},
                                          {"google_", "Google provider 6.50"},
                                          {"kubernetes_", "Kubernetes provider 2.38"}};
  for (const Version& version : kVersions) {
    if (type.substr(0, version.prefix.size()) == version.prefix) return version.name;
  }
  return {};
}

}  // namespace assay::formats::terraform
