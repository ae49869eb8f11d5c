#include "parsers/core/hash.h"

#include <bit>
#include <cstring>

namespace assay::core {
namespace {

constexpr uint64_t kMultiplierA = 0x9e3779b97f4a7c15ull, kMultiplierB = 0xd6e8feb86659fd93ull;

// Both halves of a 128-bit product, folded: every input bit reaches every output bit.
uint64_t mix(uint64_t a, uint64_t b) {
  unsigned __int128 product = static_cast<unsigned __int128>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

// Little-endian on every machine.
uint64_t word(std::string_view bytes) {
  uint64_t out = 0;
  for (size_t i = bytes.size(); i-- > 0;) out = out << 8 | static_cast<unsigned char>(bytes[i]);
  return out;
}

// Of the first eight bytes.
uint64_t whole_word(const char* bytes) {
  if constexpr (std::endian::native == std::endian::little) {
    uint64_t out;
    std::memcpy(&out, bytes, sizeof out);
    return out;
  }
  return word({bytes, 8});
}

}  // namespace

uint64_t hash64(std::string_view bytes, uint64_t seed) {
  uint64_t state = mix(seed ^ kMultiplierA, bytes.size() ^ kMultiplierB);
  while (bytes.size() >= 8) {
    state = mix(state ^ whole_word(bytes.data()), kMultiplierA);
    bytes.remove_prefix(8);
  }
  state = mix(state ^ word(bytes), kMultiplierB);
  return mix(state ^ kMultiplierA, kMultiplierB);
}

Hasher& Hasher::add(std::string_view text) {
  state_ = hash64(text, state_);
  return *this;
}

Hasher& Hasher::add(uint64_t number) {
  state_ = mix(state_ ^ kMultiplierB, mix(number ^ kMultiplierA, kMultiplierB) ^ kMultiplierA);
  return *this;
}

}  // namespace assay::core
