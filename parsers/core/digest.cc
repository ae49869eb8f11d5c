#include "parsers/core/digest.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

namespace assay::core {
namespace {

// The Merkle-Damgard frame all four share: whole blocks, then 0x80, zeros and the length in bits.
template <typename Step>
void for_each_block(std::string_view bytes, size_t block, size_t length_bytes, bool big_endian,
                    Step step) {
  uint64_t bits = static_cast<uint64_t>(bytes.size()) * 8;
  for (; bytes.size() >= block; bytes.remove_prefix(block)) {
    step(reinterpret_cast<const unsigned char*>(bytes.data()));
  }
  unsigned char tail[256] = {};
  if (!bytes.empty()) std::memcpy(tail, bytes.data(), bytes.size());
  tail[bytes.size()] = 0x80;
  size_t size = bytes.size() + 1 + length_bytes > block ? 2 * block : block;
  for (size_t i = 0; i < 8; ++i) {
    size_t at = big_endian ? size - 1 - i : size - length_bytes + i;
    tail[at] = static_cast<unsigned char>(bits >> (8 * i));
  }
  for (size_t at = 0; at < size; at += block) step(tail + at);
}

template <typename Word>
Word load_big(const unsigned char* at) {
  Word out = 0;
  for (size_t i = 0; i < sizeof(Word); ++i) out = static_cast<Word>(out << 8 | at[i]);
  return out;
}

template <typename Word, size_t N>
std::string store(const std::array<Word, N>& words, bool big_endian) {
  std::string out;
  for (Word word : words) {
    for (size_t i = 0; i < sizeof(Word); ++i) {
      size_t shift = 8 * (big_endian ? sizeof(Word) - 1 - i : i);
      out += static_cast<char>(word >> shift & 0xff);
    }
  }
  return out;
}

// Fractional bits of square and cube roots of the first primes define SHA-2's constants (FIPS
// 180-4, 4.2.2): computed once by whole-number roots instead of copied as tables.
using Wide = unsigned __int128;

constexpr std::array<unsigned, 80> first_primes() {
  std::array<unsigned, 80> primes{};
  size_t count = 0;
  for (unsigned n = 2; count < primes.size(); ++n) {
    bool prime = true;
    for (size_t i = 0; i < count && primes[i] * primes[i] <= n; ++i) prime = prime && n % primes[i];
    if (prime) primes[count++] = n;
  }
  return primes;
}

// a^3 <= prime * 2^192, for a = root * 2^64 with the whole part below 8: compares 256-bit numbers
// as four 64-bit limbs.
bool cube_fits(Wide a, unsigned prime) {
  auto multiply = [](const std::array<uint64_t, 4>& x, Wide y) {
    std::array<uint64_t, 4> out{};
    uint64_t halves[2] = {static_cast<uint64_t>(y), static_cast<uint64_t>(y >> 64)};
    for (size_t i = 0; i < 2; ++i) {
      uint64_t carry = 0;
      for (size_t j = 0; i + j < 4; ++j) {
        Wide sum = static_cast<Wide>(x[j]) * halves[i] + out[i + j] + carry;
        out[i + j] = static_cast<uint64_t>(sum);
        carry = static_cast<uint64_t>(sum >> 64);
      }
    }
    return out;
  };
  std::array<uint64_t, 4> one{static_cast<uint64_t>(a), static_cast<uint64_t>(a >> 64), 0, 0};
  std::array<uint64_t, 4> cube = multiply(multiply(one, a), a);
  return cube[3] < prime || (cube[3] == prime && (cube[2] | cube[1] | cube[0]) == 0);
}

// a^2 <= prime * 2^128.
bool square_fits(Wide a, unsigned prime) {
  Wide low = a & 0xffffffffffffffffull, high = a >> 64;
  Wide middle = 2 * low * high + (low * low >> 64);
  Wide whole = high * high + (middle >> 64);
  uint64_t rest = static_cast<uint64_t>(middle) | static_cast<uint64_t>(low * low);
  return whole < prime || (whole == prime && rest == 0);
}

template <typename Fits>
uint64_t root_fraction(unsigned prime, Fits fits) {
  Wide root = 0;
  for (int bit = 68; bit >= 0; --bit) {
    Wide candidate = root | static_cast<Wide>(1) << bit;
    if (fits(candidate, prime)) root = candidate;
  }
  return static_cast<uint64_t>(root);
}

struct Sha2Constants {
  std::array<uint64_t, 80> cube;
  std::array<uint64_t, 8> square;
};

const Sha2Constants& sha2_constants() {
  static const Sha2Constants constants = [] {
    Sha2Constants out;
    constexpr auto primes = first_primes();
    for (size_t i = 0; i < 80; ++i) out.cube[i] = root_fraction(primes[i], cube_fits);
    for (size_t i = 0; i < 8; ++i) out.square[i] = root_fraction(primes[i], square_fits);
    return out;
  }();
  return constants;
}

// SHA-256 and SHA-512 differ in word size, rounds and rotations only.
struct Sha256 {
  using Word = uint32_t;
  static constexpr size_t kRounds = 64;
  static constexpr int kBig0[3] = {2, 13, 22}, kBig1[3] = {6, 11, 25};
  static constexpr int kSmall0[3] = {7, 18, 3}, kSmall1[3] = {17, 19, 10};  // the last one shifts
  static Word constant(uint64_t fraction) { return static_cast<Word>(fraction >> 32); }
};
struct Sha512 {
  using Word = uint64_t;
  static constexpr size_t kRounds = 80;
  static constexpr int kBig0[3] = {28, 34, 39}, kBig1[3] = {14, 18, 41};
  static constexpr int kSmall0[3] = {1, 8, 7}, kSmall1[3] = {19, 61, 6};
  static Word constant(uint64_t fraction) { return fraction; }
};

template <typename Sha>
std::string sha2(std::string_view bytes) {
  using Word = typename Sha::Word;
  const Sha2Constants& constants = sha2_constants();
  std::array<Word, Sha::kRounds> k;
  for (size_t i = 0; i < Sha::kRounds; ++i) k[i] = Sha::constant(constants.cube[i]);
  std::array<Word, 8> state;
  for (size_t i = 0; i < 8; ++i) state[i] = Sha::constant(constants.square[i]);
  auto big = [](Word x, const int(&r)[3]) {
    return static_cast<Word>(std::rotr(x, r[0]) ^ std::rotr(x, r[1]) ^ std::rotr(x, r[2]));
  };
  auto small = [](Word x, const int(&r)[3]) {
    return static_cast<Word>(std::rotr(x, r[0]) ^ std::rotr(x, r[1]) ^ (x >> r[2]));
  };
  for_each_block(bytes, 16 * sizeof(Word), 2 * sizeof(Word), true, [&](const unsigned char* block) {
    std::array<Word, Sha::kRounds> w;
    for (size_t i = 0; i < 16; ++i) w[i] = load_big<Word>(block + i * sizeof(Word));
    for (size_t i = 16; i < Sha::kRounds; ++i) {
      w[i] = small(w[i - 2], Sha::kSmall1) + w[i - 7] + small(w[i - 15], Sha::kSmall0) + w[i - 16];
    }
    auto [a, b, c, d, e, f, g, h] = state;
    for (size_t i = 0; i < Sha::kRounds; ++i) {
      Word t1 = h + big(e, Sha::kBig1) + ((e & f) ^ (~e & g)) + k[i] + w[i];
      Word t2 = big(a, Sha::kBig0) + ((a & b) ^ (a & c) ^ (b & c));
      h = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
    }
    Word after[8] = {a, b, c, d, e, f, g, h};
    for (size_t i = 0; i < 8; ++i) state[i] += after[i];
  });
  return store(state, true);
}

}  // namespace

std::string md5(std::string_view bytes) {
  static const std::array<uint32_t, 64> sines = [] {
    std::array<uint32_t, 64> out;
    for (size_t i = 0; i < 64; ++i) {
      out[i] =
          static_cast<uint32_t>(std::fabs(std::sin(static_cast<double>(i + 1))) * 4294967296.0);
    }
    return out;
  }();
  static constexpr int kTurns[4][4] = {
      {7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
  std::array<uint32_t, 4> state{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
  for_each_block(bytes, 64, 8, false, [&](const unsigned char* block) {
    auto [a, b, c, d] = state;
    for (size_t i = 0; i < 64; ++i) {
      uint32_t f;
      size_t from;
      switch (i / 16) {
        case 0:
          f = (b & c) | (~b & d), from = i;
          break;
        case 1:
          f = (d & b) | (~d & c), from = (5 * i + 1) % 16;
          break;
        case 2:
          f = b ^ c ^ d, from = (3 * i + 5) % 16;
          break;
        default:
          f = c ^ (b | ~d), from = (7 * i) % 16;
      }
      uint32_t word = std::rotl(load_big<uint32_t>(block + from * 4), 16);
      word = (word & 0x00ff00ff) << 8 | (word >> 8 & 0x00ff00ff);  // now little-endian
      uint32_t turned = std::rotl(a + f + sines[i] + word, kTurns[i / 16][i % 4]);
      a = d, d = c, c = b, b += turned;
    }
    state[0] += a, state[1] += b, state[2] += c, state[3] += d;
  });
  return store(state, false);
}

std::string sha1(std::string_view bytes) {
  std::array<uint32_t, 5> state{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
  for_each_block(bytes, 64, 8, true, [&](const unsigned char* block) {
    std::array<uint32_t, 80> w;
    for (size_t i = 0; i < 16; ++i) w[i] = load_big<uint32_t>(block + i * 4);
    for (size_t i = 16; i < 80; ++i)
      w[i] = std::rotl(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    auto [a, b, c, d, e] = state;
    for (size_t i = 0; i < 80; ++i) {
      uint32_t f, k;
      switch (i / 20) {
        case 0:
          f = (b & c) | (~b & d), k = 0x5a827999;
          break;
        case 1:
          f = b ^ c ^ d, k = 0x6ed9eba1;
          break;
        case 2:
          f = (b & c) | (b & d) | (c & d), k = 0x8f1bbcdc;
          break;
        default:
          f = b ^ c ^ d, k = 0xca62c1d6;
      }
      uint32_t next = std::rotl(a, 5) + f + e + k + w[i];
      e = d, d = c, c = std::rotl(b, 30), b = a, a = next;
    }
    state[0] += a, state[1] += b, state[2] += c, state[3] += d, state[4] += e;
  });
  return store(state, true);
}

std::string sha256(std::string_view bytes) { return sha2<Sha256>(bytes); }
std::string sha512(std::string_view bytes) { return sha2<Sha512>(bytes); }

std::string to_hex(std::string_view bytes) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (char c : bytes) {
    out += kHex[static_cast<unsigned char>(c) >> 4];
    out += kHex[c & 15];
  }
  return out;
}

}  // namespace assay::core
