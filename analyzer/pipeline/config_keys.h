// The keys of assay.yaml. One row per key: reading, the schema, the reference, suggestions and
// `config show` come from it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analyzer/pipeline/config.h"

namespace assay::pipeline {

enum class Shape : uint8_t {
  kText,
  kPath,
  kFlag,
  kSeverity,
  kFailOn,
  kVersion,
  kLevel,
  kDate,
  kCount,  // one value
  kTexts,
  kPaths,
  kGlobs,
  kFormats,
  kKeys,  // lists of texts
  kPairs,
  kSeverities,
  kCounts,  // mappings
  kExtends,
  kSuppressions,
  kOverrides,
  kAdmission,  // what has keys of its own
  kModes, kSelector, kExpressions,  // inside admission
  kMode, kFailure, kOperator,       // one value each, the same
};

struct ConfigKey {
  const char* name;
  Shape shape;
  const char* description;
  const char* standard = "";  // what holds without it, as documented; "": nothing
  bool required = false;      // of entries
  std::vector<std::string> Config::*texts = nullptr;
  std::optional<std::string> Config::*text = nullptr;
  std::optional<bool> Config::*flag = nullptr;
};

const std::vector<ConfigKey>& config_keys();
const std::vector<ConfigKey>& suppression_keys();  // of one entry of suppressions:
const std::vector<ConfigKey>& override_keys();     // of one entry of overrides:
// Formats whose resources can be asked for.
const std::vector<std::string_view>& config_formats();

inline bool is_list(Shape shape) {
  return (shape >= Shape::kTexts && shape <= Shape::kKeys) || (shape >= Shape::kExtends && shape <= Shape::kAdmission) ||
         shape == Shape::kPairs || shape == Shape::kSeverities || shape == Shape::kCounts;
}

}  // namespace assay::pipeline
