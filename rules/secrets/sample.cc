#include "rules/secrets/sample.h"

#include "parsers/core/base64.h"
#include "parsers/core/hash.h"
#include "rules/secrets/verify.h"

namespace assay::rules::secrets {
namespace {

// Numbers that look random and are always the same.
class Dice {
 public:
  explicit Dice(uint64_t seed) : state_(seed | 1) {}
  uint32_t next() {
    state_ = state_ * 6364136223846793005ull + 1442695040888963407ull;
    return static_cast<uint32_t>(state_ >> 33);
  }

 private:
  uint64_t state_;
};

std::string letters_of(uint16_t bits) {
  std::string out;
  for (int c = 0x21; c < 0x7f; ++c) {
    bool plain = c != '=' && c != '%' && c != '&' && c != '@' && c != '?' && c != '~' && c != '.';
    if (plain && in_class(static_cast<char>(c), bits)) out += static_cast<char>(c);
  }
  return out;
}

std::string fill(std::string_view shape, Dice& dice) {
  std::string out;
  ShapePart part;
  while (next_part(shape, part)) {
    if (part.bits == 0) {
      out += part.literal;
      continue;
    }
    std::string letters = letters_of(part.bits);
    size_t count = part.least;
    if (part.most == SIZE_MAX) count += 8;
    std::string text;
    for (size_t i = 0; i < count; ++i) text += letters[dice.next() % letters.size()];
    // No mark at the ends: words begin and end with letters.
    if (!text.empty() && !in_class(text.front(), class_bit('a'))) text.front() = 'k';
    if (!text.empty() && !in_class(text.back(), class_bit('a'))) text.back() = 'Z';
    out += text;
  }
  return out;
}

std::string random_bytes(size_t count, Dice& dice) {
  std::string out;
  for (size_t i = 0; i < count; ++i) out += static_cast<char>(dice.next());
  return out;
}

std::string der(size_t body, Dice& dice) {
  std::string out = {0x30, static_cast<char>(0x82), static_cast<char>(body >> 8), static_cast<char>(body & 255)};
  return out + random_bytes(body, dice);
}

std::string armoured(Dice& dice) {
  std::string base64 = core::base64_encode(der(604, dice));
  std::string out = std::string("-----BEGIN RSA ") + "PRIVATE KEY-----\n";
  for (size_t at = 0; at < base64.size(); at += 64) out += base64.substr(at, 64) + "\n";
  return out + "-----END RSA " + "PRIVATE KEY-----";
}

std::string json_web_token(Dice& dice) {
  auto part = [](std::string_view text) { return core::base64_encode(text, core::Base64::kUrlWithoutPadding); };
  return part(R"({"alg":"HS256","typ":"JWT"})") + "." + part(R"({"sub":"app-7","scope":"orders:write"})") + "." + fill("x43", dice);
}

std::string sample(const TokenFormat& format, uint64_t seed) {
  Dice dice(seed);
  std::string out;
  switch (format.check) {
    case Check::kPem: return armoured(dice);
    case Check::kJwt: return json_web_token(dice);
    case Check::kPutty:
      return std::string(format.anchor) + "3: ssh-ed25519\nEncryption: none\nPublic-Lines: 2\nAAAA\nPrivate-Lines: 1\n" + fill("b44", dice) +
             "\nPrivate-MAC: " + fill("h64", dice);
    case Check::kDer: {
      auto head = decode_any_base64(format.anchor.substr(0, format.anchor.size() / 4 * 4));
      size_t length = static_cast<size_t>(static_cast<unsigned char>((*head)[2])) << 8 | static_cast<unsigned char>((*head)[3]);
      std::string bytes = *head + random_bytes(length + 4 - head->size(), dice);
      std::string base64 = core::base64_encode(bytes);
      return std::string(format.anchor) + base64.substr(format.anchor.size());
    }
    case Check::kKey64:
    case Check::kKey32: {
      bool is_slot = format.anchor.find('|') != std::string_view::npos;
      return (is_slot ? std::string() : std::string(format.anchor)) + core::base64_encode(random_bytes(format.check == Check::kKey64 ? 64 : 32, dice));
    }
    case Check::kSas: {
      std::string signature;
      for (char c : core::base64_encode(random_bytes(32, dice))) {
        signature += c == '+' ? "%2B" : c == '/' ? "%2F" : c == '=' ? "%3D" : std::string(1, c);
      }
      return "https://store.blob.core.windows.net/c?sv=2024-11-04&se=2031-01-01T00%3A00Z&sr=c&sp=rl&sig=" + signature;
    }
    default: break;
  }
  bool is_slot = &format >= slot_formats().data() && &format < slot_formats().data() + slot_formats().size();
  out = fill(format.before, dice) + (is_slot ? std::string() : std::string(format.anchor)) + fill(format.shape, dice);
  if (format.check == Check::kCrc62) {
    size_t begin = out.find('_') + 1;
    out.replace(out.size() - 6, 6, base62(crc32(std::string_view(out).substr(begin, out.size() - 6 - begin)), 6));
  } else if (format.check == Check::kRoutable) {
    static constexpr char kDigits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    size_t dot = out.rfind('.'), length = dot - out.find('-') - 1;
    out[dot + 1] = kDigits[length / 36 % 36];
    out[dot + 2] = kDigits[length % 36];
  } else if (format.check == Check::kMacaroon) {
    std::string body(format.anchor.substr(5));
    out = std::string(format.anchor) + fill("x79", dice);
    while ((out.size() - 5) % 4 != 0) out += 'A';
  }
  return out;
}

}  // namespace

std::string sample_of(const TokenFormat& format) {
  // Some rolls break a rule of the format (no digit, too regular): the next one is tried.
  std::string out;
  for (uint64_t seed = core::hash64(format.kind); ; ++seed) {
    out = sample(format, seed * 2654435761u);
    size_t begin = 0, end = out.size();
    bool shaped = format.check == Check::kPem || format.check == Check::kSas || format.check == Check::kPutty ||
                  passes(format.check, out, begin, end);
    if (shaped && !is_documentation_token(out)) return out;
  }
}

std::optional<std::string> sample_of(std::string_view kind) {
  for (std::span<const TokenFormat> formats : {token_formats(), slot_formats()}) {
    for (const TokenFormat& format : formats) {
      if (format.kind == kind) return sample_of(format);
    }
  }
  return std::nullopt;
}

std::string with_samples(std::string_view text) {
  std::string out;
  constexpr std::string_view kOpens[] = {"FAKE(", "FAKE64("};
  while (true) {
    size_t at = text.find("FAKE");
    if (at == std::string_view::npos) break;
    size_t length = 4;
    for (std::string_view open : kOpens) {
      size_t close = text.find(')', at);
      if (!text.substr(at).starts_with(open) || close == std::string_view::npos) continue;
      std::optional<std::string> token = sample_of(text.substr(at + open.size(), close - at - open.size()));
      if (!token) continue;
      out += text.substr(0, at);
      out += open.size() == 5 ? *token : core::base64_encode(*token);
      text.remove_prefix(close + 1);
      length = 0;
      break;
    }
    out += text.substr(0, length == 0 ? 0 : at + length);
    if (length != 0) text.remove_prefix(at + length);
  }
  return out.append(text);
}

}  // namespace assay::rules::secrets
