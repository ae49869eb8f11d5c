// What can be told from a token alone: sums, lengths, what its base64 decodes to. Called by the scanner for
// texts whose shape fits already. Pure functions; threads: safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "rules/secrets/tokens.h"

namespace assay::rules::secrets {

// The token at [begin, end) of `text` passes `check`; some checks move the end (a private key goes on to its
// last line). REQUIRES: the shape fits.
bool passes(Check check, std::string_view text, size_t& begin, size_t& end);

uint32_t crc32(std::string_view bytes);                  // as gzip's
std::string base62(uint32_t number, size_t width);       // digits, capitals, small letters
// The account an AWS access key id belongs to; nothing for keys older than the scheme (March 2019).
std::optional<std::string> aws_account(std::string_view key_id);

// Base64 of either alphabet, padded or not; nothing when it is not that.
std::optional<std::string> decode_any_base64(std::string_view text);
bool is_printable_text(std::string_view bytes);  // UTF-8 without control characters but white space

// Words that stand for a token in documentation: AKIAIOSFODNN7EXAMPLE, ghp_xxxxxxxxxxxx, 1234567890123456.
bool is_documentation_token(std::string_view token);

}  // namespace assay::rules::secrets
