// A fast 64-bit hash with a value that never changes: cache keys and fingerprints of findings are
// stored by users, so neither the platform, the standard library nor a release may alter it. Not
// for hostile input; see digest.h for cryptographic hashes.
//
// Threads: a Hasher belongs to one thread; hash64 is pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace assay::core {

uint64_t hash64(std::string_view bytes, uint64_t seed = 0);

// Hashes a sequence of fields. Each string counts with its length, so ("ab", "c") and ("a", "bc")
// differ.
class Hasher {
 public:
  explicit Hasher(uint64_t seed = 0) : state_(seed) {}
  Hasher& add(std::string_view text);
  Hasher& add(uint64_t number);
  uint64_t finish() const { return state_; }

 private:
  uint64_t state_;
};

}  // namespace assay::core
