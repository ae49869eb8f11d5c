// Base64 (RFC 4648), standard and URL-safe, for Secrets, user data, Fn::Base64 and the Terraform
// and Rego functions. Threads: pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace assay::core {

enum class Base64 : unsigned char {
  kStandard,  // + and /, padded
  kUrl,       // - and _, padded
  kUrlWithoutPadding,
};

std::string base64_encode(std::string_view bytes, Base64 variant = Base64::kStandard);
// Strict: only the variant's alphabet and exactly its padding; nullopt otherwise. Line breaks are
// skipped, as Go's decoder (Terraform, Kubernetes) does.
std::optional<std::string> base64_decode(std::string_view text, Base64 variant = Base64::kStandard);

}  // namespace assay::core
