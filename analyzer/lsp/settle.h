// Ways to live with a finding that need no comment in its file: an entry in assay.yaml, an entry in the baseline.
//
// Called by code actions. Pure functions over texts.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace assay::lsp {

// An insertion: where, and what.
using Insertion = std::pair<uint32_t, std::string>;

// A suppression of `rule` in the text of an assay.yaml: at the end of its list, or with a list of its own. Nothing where
// the list is written otherwise than one entry below the other.
std::optional<Insertion> suppression_entry(std::string_view config, const std::string& rule, const std::string& path, const std::string& address);
// `entry` (one line) at the end of our own form of a baseline. Nothing where the text is another form.
std::optional<Insertion> baseline_entry(std::string_view baseline, std::string_view entry);

}  // namespace assay::lsp
