#include "parsers/core/base64.h"

#include <cstdint>

namespace assay::core {
namespace {

constexpr std::string_view kShared =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

char letter(unsigned value, bool url) {
  if (value < 62) return kShared[value];
  return value == 62 ? (url ? '-' : '+') : (url ? '_' : '/');
}

int value_of(char c, bool url) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == (url ? '-' : '+')) return 62;
  if (c == (url ? '_' : '/')) return 63;
  return -1;
}

}  // namespace

std::string base64_encode(std::string_view bytes, Base64 variant) {
  bool url = variant != Base64::kStandard;
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t at = 0; at < bytes.size(); at += 3) {
    size_t count = bytes.size() - at < 3 ? bytes.size() - at : 3;
    uint32_t group = 0;
    for (size_t i = 0; i < 3; ++i) {
      group = group << 8 | (i < count ? static_cast<unsigned char>(bytes[at + i]) : 0);
    }
    for (size_t i = 0; i <= count; ++i) out += letter(group >> (18 - 6 * i) & 63, url);
    if (variant != Base64::kUrlWithoutPadding) out.append(3 - count, '=');
  }
  return out;
}

std::optional<std::string> base64_decode(std::string_view text, Base64 variant) {
  bool url = variant != Base64::kStandard;
  std::string out;
  out.reserve(text.size() / 4 * 3);
  uint32_t group = 0;
  size_t letters = 0, padding = 0;  // of the current group of four
  for (char c : text) {
    if (c == '\n' || c == '\r') continue;
    if (c == '=') {
      ++padding;
      continue;
    }
    int value = value_of(c, url);
    if (value < 0 || padding > 0) return std::nullopt;
    group = group << 6 | static_cast<uint32_t>(value);
    if (++letters == 4) {
      out += static_cast<char>(group >> 16);
      out += static_cast<char>(group >> 8 & 0xff);
      out += static_cast<char>(group & 0xff);
      group = 0;
      letters = 0;
    }
  }
  if (letters == 1) return std::nullopt;
  size_t wanted = letters == 0 || variant == Base64::kUrlWithoutPadding ? 0 : 4 - letters;
  if (padding != wanted) return std::nullopt;
  if (letters >= 2) out += static_cast<char>(group >> (letters == 2 ? 4 : 10) & 0xff);
  if (letters == 3) out += static_cast<char>(group >> 2 & 0xff);
  return out;
}

}  // namespace assay::core
