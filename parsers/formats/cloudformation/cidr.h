// Arithmetic of Fn::Cidr: the subnets that a block of addresses is cut into, IPv4 and IPv6, exact.
// Called by the evaluator. Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/core/result.h"

namespace assay::formats::cloudformation {

inline constexpr uint32_t kMaxSubnets = 256;  // of one Fn::Cidr, as its reference page says

// The first `count` subnets of `block` ("10.0.0.0/16", "2001:db8::/56"), each of `bits` address bits:
// 8 gives /24 in IPv4 and /120 in IPv6. The error's message is a sentence for the user.
core::Result<std::vector<std::string>> cut_block(std::string_view block, uint64_t count, uint64_t bits);

// Whether the text is an address block in one of the two notations.
bool is_address_block(std::string_view text);

}  // namespace assay::formats::cloudformation
