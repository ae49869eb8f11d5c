#include "sarif/line_hash.h"

#include <array>
#include <cstdint>
#include <unordered_map>

namespace assay::report {
namespace {

// A rolling polynomial hash over the last 100 UTF-16 code units, modulo 2^64. Blanks, tabs and the
// LF of a CR LF pair do not enter; CR counts as LF. A line's hash is the state once 100 units from
// its first unit on have entered; the text is followed by one 65535 and 100 zeros.
constexpr size_t kWindow = 100;
constexpr uint64_t kModulus = 37;
constexpr uint64_t kEndOfFile = 65535;

constexpr uint64_t power_of_modulus() {
  uint64_t out = 1;
  for (size_t i = 0; i < kWindow; ++i) out *= kModulus;
  return out;
}

class LineHasher {
 public:
  void push(uint64_t unit) {
    // A slot that comes round again belongs to a line whose 100 units are complete.
    if (line_of_slot_[at_] != 0) finish(at_);
    if (line_starts_) {
      line_starts_ = false;
      line_of_slot_[at_] = ++line_;
    }
    if (unit == '\n') line_starts_ = true;
    roll(unit);
  }
  void roll(uint64_t unit) {
    uint64_t leaving = window_[at_];
    window_[at_] = unit;
    hash_ = kModulus * hash_ + unit - kPower * leaving;
    at_ = (at_ + 1) % kWindow;
  }
  // The end of the text: the marker, then zeros until every open line has its 100 units.
  std::vector<std::string> finish_all() {
    push(kEndOfFile);
    for (size_t i = 0; i < kWindow; ++i) {
      if (line_of_slot_[at_] != 0) finish(at_);
      roll(0);
    }
    return std::move(out_);
  }

 private:
  void finish(size_t slot) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    for (uint64_t value = hash_; value != 0 || text.empty(); value >>= 4) text.insert(text.begin(), kDigits[value & 15]);
    uint32_t line = line_of_slot_[slot];
    if (out_.size() < line) out_.resize(line);
    uint32_t occurrence = ++seen_[text];
    out_[line - 1] = text + ":" + std::to_string(occurrence);
    line_of_slot_[slot] = 0;
  }

  static constexpr uint64_t kPower = power_of_modulus();
  std::array<uint64_t, kWindow> window_{};
  std::array<uint32_t, kWindow> line_of_slot_{};
  size_t at_ = 0;
  uint64_t hash_ = 0;
  uint32_t line_ = 0;
  bool line_starts_ = true;
  std::unordered_map<std::string, uint32_t> seen_;
  std::vector<std::string> out_;
};

// The next UTF-16 code units of the text: one or two. Invalid bytes become U+FFFD.
size_t decode(std::string_view text, size_t at, uint32_t& character) {
  auto byte = static_cast<unsigned char>(text[at]);
  size_t length = byte < 0x80 ? 1 : byte >= 0xf0 && byte <= 0xf4 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc2 ? 2 : 0;
  if (length == 0 || at + length > text.size()) {
    character = 0xfffd;
    return 1;
  }
  character = length == 1 ? byte : byte & (0xff >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    auto next = static_cast<unsigned char>(text[at + i]);
    if ((next & 0xc0) != 0x80) {
      character = 0xfffd;
      return 1;
    }
    character = (character << 6) | (next & 0x3f);
  }
  return length;
}

}  // namespace

std::vector<std::string> line_hashes(std::string_view text) {
  LineHasher hasher;
  bool after_return = false;
  for (size_t at = 0; at < text.size();) {
    uint32_t character = 0;
    at += decode(text, at, character);
    bool skipped = character == ' ' || character == '\t' || (after_return && character == '\n');
    if (skipped) {
      after_return = false;
      continue;
    }
    after_return = character == '\r';
    if (character == '\r') character = '\n';
    if (character >= 0x10000) {
      hasher.push(0xd800 + ((character - 0x10000) >> 10));
      hasher.push(0xdc00 + ((character - 0x10000) & 0x3ff));
    } else {
      hasher.push(character);
    }
  }
  return hasher.finish_all();
}

}  // namespace assay::report
