// The table of token formats: what the credentials of providers look like, one row each.
//
// A row has an anchor, a literal that every token of the kind has at the start of a word, and the shape of
// what follows it; the scanner (scan.h) looks for all anchors in one pass and compares shapes only where one
// was seen. Rows without a fixed prefix are slot formats instead: the name of the slot says whose credential it
// is, the shape says what it looks like. Shapes are written from the providers' documentation.
//
// A shape is a sequence of classes with counts and of quoted literals: "x22'.'x43" is 22 characters of class x,
// a dot, 43 more. "x20:40" is between 20 and 40 of them, "x20:" is 20 or more. The classes:
//   d 0-9   h 0-9a-f   H 0-9a-fA-F   t A-Z2-7   u A-Z0-9   l a-z0-9   a A-Za-z0-9   w a and _   x w and -
//   y x and .   b a and +/=   z what URLs hold: y and ~+/=%@&?
//
// Compiled in, nothing is done at start. Threads: immutable.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace assay::rules::secrets {

enum class Category : uint8_t {
  kCloud, kVersionControl, kRegistry, kInfrastructure, kAi, kMonitoring, kMessaging, kChat, kPayment,
  kService, kPrivateKey, kWebToken, kUrlPassword, kGeneric, kCustom,
};
std::string_view category_name(Category category);  // "cloud", "version-control", ...

// What beside its shape tells a real token.
enum class Check : uint8_t {
  kNone,
  kMixed,     // capitals, small letters and digits: the anchor alone is an ordinary word
  kCrc62,     // the last six characters are the CRC-32 of the others, base 62 (GitHub, npm)
  kRoutable,  // GitLab: the length of the payload in base 36 stands behind the dot
  kJwt,       // header and payload are base64 of JSON objects, the header names an algorithm
  kPem,       // an armoured private key whose body decodes to one
  kPutty,     // a PuTTY key file with private lines
  kDer,       // base64 that goes on as long as the key says it is
  kMacaroon,  // PyPI: base64 of a serialised macaroon
  kKey64, kKey32,  // base64 of 64 or 32 bytes (Azure)
  kSas,       // base64 of 32 bytes behind percent signs, in a query with sv= and se=
};

struct TokenFormat {
  std::string_view anchor;    // at the start of a word; of a slot format: words of the slot's name, "a|b"
  std::string_view kind;      // "github-token"
  Category category;
  std::string_view shape;     // behind the anchor; of a slot format: the whole value
  Check check = Check::kNone;
  std::string_view peer = {};    // what gitleaks calls it; "" when it has no such rule
  std::string_view before = {};  // shape of what stands in front of the anchor and belongs to the token
};

std::span<const TokenFormat> token_formats();  // with anchors
std::span<const TokenFormat> slot_formats();
// The category of a kind of any format; kGeneric for kinds that no row has.
Category category_of(std::string_view kind);
// What gitleaks calls findings of `kind`; "generic-api-key" when it has no own name.
std::string_view peer_name(std::string_view kind);

// --- Classes and shapes.
inline constexpr std::string_view kClassLetters = "dhHtulawxybz";
extern const std::array<uint16_t, 256> kClassBits;  // bit i: the character is in class kClassLetters[i]
constexpr uint16_t class_bit(char letter) {
  size_t at = kClassLetters.find(letter);
  return at == std::string_view::npos ? 0 : static_cast<uint16_t>(1u << at);
}
inline bool in_class(char c, uint16_t bits) { return (kClassBits[static_cast<unsigned char>(c)] & bits) != 0; }

// One part of a shape.
struct ShapePart {
  uint16_t bits = 0;           // 0: a literal
  std::string_view literal;
  size_t least = 0, most = 0;  // characters of the class
};
// Takes the first part off `shape`; false at its end.
bool next_part(std::string_view& shape, ShapePart& out);
// Where a text of this shape that begins at `at` ends; nothing when it has another shape or goes on. Classes take
// as much as they can.
std::optional<size_t> match_shape(std::string_view shape, std::string_view text, size_t at);
// Where a text of this shape that ends at `end` begins.
std::optional<size_t> match_shape_before(std::string_view shape, std::string_view text, size_t end);

}  // namespace assay::rules::secrets
