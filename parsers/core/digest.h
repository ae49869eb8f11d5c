// MD5, SHA-1, SHA-256 and SHA-512 of bytes in memory, for Terraform's functions (md5, sha1, ...),
// Rego's crypto built-ins and SARIF artifact hashes. Nothing here guards a secret.
//
// Each returns the raw digest: 16, 20, 32 and 64 bytes. Threads: pure.
#pragma once

#include <string>
#include <string_view>

namespace assay::core {

std::string md5(std::string_view bytes);     // RFC 1321
std::string sha1(std::string_view bytes);    // FIPS 180-4
std::string sha256(std::string_view bytes);  // FIPS 180-4
std::string sha512(std::string_view bytes);  // FIPS 180-4
// Lower-case, two digits a byte.
std::string to_hex(std::string_view bytes);

}  // namespace assay::core
