#include "sarif/terminal.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace assay::report {
namespace {

// The length of a sequence that Painter makes; 0 for any other.
size_t own_sequence(std::string_view text) {
  static constexpr std::array<std::string_view, 8> kOwn = {"\x1b[0m",    "\x1b[1m",  "\x1b[1;31m", "\x1b[1;33m",
                                                           "\x1b[1;34m", "\x1b[36m", "\x1b[90m",   "\x1b[32m"};
  for (std::string_view own : kOwn) {
    if (text.starts_with(own)) return own.size();
  }
  return 0;
}

bool is_control(unsigned char c) { return (c < 0x20 && c != '\n' && c != '\t') || c == 0x7f; }

// The length of a control or direction character of more than one byte; 0 for any other.
size_t wide_control(std::string_view text) {
  auto at = [&](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  if (at(0) == 0xc2 && at(1) >= 0x80 && at(1) < 0xa0) return 2;
  if (at(0) != 0xe2) return 0;
  bool direction =
      (at(1) == 0x80 && at(2) >= 0xaa && at(2) <= 0xae) || (at(1) == 0x81 && at(2) >= 0xa6 && at(2) <= 0xa9);
  return direction ? 3 : 0;
}

}  // namespace

std::string safe_for_terminal(std::string text, bool color) {
  auto suspect = [](char c) {
    auto byte = static_cast<unsigned char>(c);
    return is_control(byte) || byte == 0xc2 || byte == 0xe2;
  };
  auto first = std::find_if(text.begin(), text.end(), suspect);
  if (first == text.end()) return text;
  std::string out(text.begin(), first);
  for (auto at = static_cast<size_t>(first - text.begin()); at < text.size();) {
    std::string_view rest = std::string_view(text).substr(at);
    size_t own = color && rest[0] == '\x1b' ? own_sequence(rest) : 0;
    size_t wide = wide_control(rest);
    if (own > 0) {
      out += rest.substr(0, own);
      at += own;
    } else if (wide > 0 || is_control(static_cast<unsigned char>(rest[0]))) {
      out += "\xef\xbf\xbd";
      at += std::max<size_t>(wide, 1);
    } else {
      out += rest[0];
      ++at;
    }
  }
  return out;
}

}  // namespace assay::report
