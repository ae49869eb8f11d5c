// What a scalar means. The trees keep text; which type a plain `yes`, `010` or `1_000` has depends
// on who reads the file, so the format says which reader it follows.
//
// Callers: the formats and policy languages, for YAML and JSON nodes alike. Pure functions; texts
// in results view the node's text or the arena given.
#pragma once

#include <cstdint>
#include <string_view>

#include "parsers/core/arena.h"
#include "parsers/syntax/tree.h"

namespace assay::syntax {

enum class ScalarMode : uint8_t {
  // sigs.k8s.io/yaml (go-yaml v2, YAML 1.1, then JSON): kubectl, Helm, Argo CD, Flux. y/yes/on are
  // booleans, 010 is 8, 0x1F and 0b11 and 1_000 are numbers, 1:30 and dates are strings.
  kKubernetes,
  // CloudFormation coerces text to the type of the property, so only what cannot be meant as text
  // is typed (null, true, false, JSON numbers), and numbers keep their source text.
  kCloudFormation,
  // YAML 1.2.2, section 10.3.2 (core schema).
  kYaml12Core,
};

enum class ScalarType : uint8_t { kNull, kBool, kInt, kFloat, kString };

struct Scalar {
  ScalarType type = ScalarType::kString;
  bool truth = false;     // of a kBool
  // kInt and kFloat: decimal text that core::Number::parse reads ("31" for 0x1F), or ".inf",
  // "-.inf", ".nan". kString: the string. Else the text as written.
  std::string_view text;
};

// Quoted and block scalars are strings; tags (!!str, !!int, !!float, !!bool, !!null, !!binary,
// !!timestamp, the non-specific "!") are honoured, and every other tag leaves a string. A tag that
// contradicts its text (`!!int abc`) leaves a string. JSON nodes have their own type in every mode.
// REQUIRES: not a collection (those, and aliases, give kString with empty text).
Scalar read_scalar(const Node& node, ScalarMode mode, core::Arena& arena);

// Only the type: allocates nothing.
ScalarType resolve_scalar(const Node& node, ScalarMode mode);

// The text of a scalar or key as a string, whatever its type; "" for collections.
inline std::string_view scalar_text(const Node& node) { return node.text; }

}  // namespace assay::syntax
