// "Did you mean": the closest known name to a misspelt one, for messages about references.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace assay::formats::terraform {

// `; did you mean "name"?` for a name one or two edits away, else "".
std::string suggestion(std::string_view wanted, const std::vector<std::string_view>& names);

}  // namespace assay::formats::terraform
