// Made-up tokens, for examples of rules and for tests: no file of the repository has to hold anything that
// another scanner would take for a leak. In the examples of rule files FAKE(github-token) stands for one.
//
// Deterministic: a kind gives the same token every time. Threads: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "rules/secrets/tokens.h"

namespace assay::rules::secrets {

// A token that the format takes for one: shape, sums and contents hold.
std::string sample_of(const TokenFormat& format);
// Of the first format of that kind; nothing when there is none.
std::optional<std::string> sample_of(std::string_view kind);
// The text with every FAKE(kind) replaced, and every FAKE64(kind) by the base64 of it.
std::string with_samples(std::string_view text);

}  // namespace assay::rules::secrets
