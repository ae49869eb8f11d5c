// The formats that Kubernetes' CEL knows by name, and what it says of a text that is not of one. Called by the library
// of formats and by the cost of its calls.
//
// Ownership: static. Threads: pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace assay::rules::cel {

struct Val;

struct NamedFormat {
  std::string_view name;   // "dns1123Label"
  uint32_t regex_size = 0;  // what a check costs (Kubernetes: MaxRegexSize)
  std::vector<std::string> (*problems)(std::string_view text) = nullptr;  // empty: the text is of the format
};

std::span<const NamedFormat> named_formats();
const NamedFormat* find_named_format(std::string_view name);
// Of a value that is a format; 0 for others.
uint32_t named_format_regex_size(const Val& value);

}  // namespace assay::rules::cel
