// Ink for terminals: text with or without ANSI colours.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace assay::report {

enum class Ink : uint8_t { kPlain, kBold, kRed, kYellow, kBlue, kCyan, kGrey, kGreen };

class Painter {
 public:
  explicit Painter(bool on) : on_(on) {}
  std::string operator()(Ink ink, std::string_view text) const {
    if (!on_ || ink == Ink::kPlain) return std::string(text);
    static constexpr std::array<std::string_view, 8> kCodes = {"0", "1", "1;31", "1;33", "1;34", "36", "90", "32"};
    std::string out = "\x1b[";
    out += kCodes[static_cast<size_t>(ink)];
    out += 'm';
    out += text;
    out += "\x1b[0m";
    return out;
  }

 private:
  bool on_;
};

// "1 finding", "2 findings".
inline std::string counted(uint64_t count, std::string_view noun) {
  return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

}  // namespace assay::report
