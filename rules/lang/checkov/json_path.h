// JSONPath in the dialect that Checkov's policies use: fields, "[*]", "[0]", slices, "..", unions of
// fields, and filters "[?(@.name == 'x' & @.value != 1)]" whose literals may stand without quotes. A single
// object is read as a list of one by "[*]" and by filters, since a block that occurs once is one.
//
// Ownership: owns its steps. Threads: immutable once parsed.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/core/regex.h"
#include "parsers/core/result.h"

namespace assay::rules::checkov {

struct JsonPath;

struct JsonFilter {
  enum class Compare : uint8_t { kExists, kMissing, kEqual, kNotEqual, kLess, kAtMost, kGreater, kAtLeast, kMatches };
  std::unique_ptr<JsonPath> target;  // from the element
  Compare compare = Compare::kExists;
  enum class Literal : uint8_t { kText, kNumber, kBool, kNull };
  Literal literal = Literal::kText;
  std::string text;                  // also of numbers, as written
  double number = 0;                 // of kNumber and kBool
  std::shared_ptr<const core::Regex> regex;
};

struct JsonStep {
  enum class Kind : uint8_t { kFields, kAnyField, kIndex, kSlice, kFilter, kDescend };
  Kind kind = Kind::kFields;
  std::vector<std::string> names;    // kFields
  int64_t index = 0;                 // kIndex; kSlice: the first
  int64_t last = 0;                  // kSlice: behind the last
  bool open_first = true, open_last = true;
  std::vector<JsonFilter> filters;   // kFilter: all must hold
};

struct JsonPath {
  std::vector<JsonStep> steps;
  static core::Result<std::unique_ptr<JsonPath>> parse(std::string_view text);
};

}  // namespace assay::rules::checkov
