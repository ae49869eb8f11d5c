// Unpacking of deflated bytes, for the entries of a plan file and for OpenTofu's base64gunzip. This is
// the one place that uses zlib. The output is limited by the caller: a few bytes can unpack to
// gigabytes. Ownership: the result owns its bytes. Threads: pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "parsers/core/result.h"

namespace assay::formats::terraform {

// A raw deflate stream (RFC 1951). What follows it is ignored. Errors: "inflate-damaged",
// "limit-inflate" (unpacks to more than `limit` bytes).
core::Result<std::string> inflate_raw(std::string_view packed, size_t limit);
// One or more gzip members (RFC 1952), checked against their sums; nothing may follow them. Same
// errors.
core::Result<std::string> gunzip(std::string_view packed, size_t limit);
// The sum that zip and gzip keep of unpacked bytes.
uint32_t crc32_of(std::string_view bytes);

}  // namespace assay::formats::terraform
