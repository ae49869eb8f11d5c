#include "rules/secrets/verify.h"

#include <algorithm>

#include "parsers/core/base64.h"
#include "parsers/core/text.h"
#include "rules/secrets/detector.h"

namespace assay::rules::secrets {
namespace {

constexpr size_t kMaxKeyBytes = 64u << 10;  // of an armoured private key
constexpr size_t kLeastKeyBody = 60;        // base64 characters: an Ed25519 key has 64

constexpr std::array<uint32_t, 256> make_crc_table() {
  std::array<uint32_t, 256> out{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value & 1) ? 0xedb88320u ^ (value >> 1) : value >> 1;
    out[i] = value;
  }
  return out;
}
constexpr std::array<uint32_t, 256> kCrcTable = make_crc_table();

bool is_mixed(std::string_view text) {
  bool digit = false, upper = false, lower = false;
  for (char c : text) {
    digit |= core::is_digit(c);
    upper |= c >= 'A' && c <= 'Z';
    lower |= c >= 'a' && c <= 'z';
  }
  return digit && upper && lower;
}

bool decodes_to(std::string_view text, size_t bytes) {
  auto decoded = decode_any_base64(text);
  return decoded && decoded->size() == bytes;
}

bool is_jwt(std::string_view token) {
  std::vector<std::string_view> parts = core::split(token, '.');
  if (parts.size() != 3) return false;
  auto header = decode_any_base64(parts[0]);
  auto payload = decode_any_base64(parts[1]);
  auto is_object = [](const std::optional<std::string>& text) {
    return text && text->size() > 2 && text->front() == '{' && core::trim(*text).back() == '}' && is_printable_text(*text);
  };
  if (!is_object(header) || !is_object(payload)) return false;
  if (header->find("\"alg\"") == std::string::npos) return false;
  // Keys that services hand to every browser.
  return payload->find("\"role\":\"anon\"") == std::string::npos;
}

// The base64 of an armoured body: white space, escapes and what strings of program text put between its lines are
// passed over; header lines ("Proc-Type: 4,ENCRYPTED") as well.
std::string armoured_body(std::string_view body, bool& encrypted, bool& broken) {
  std::string out;
  size_t line_begin = 0;
  for (size_t i = 0; i < body.size(); ++i) {
    char c = body[i];
    if (c == '\\' && i + 1 < body.size()) {
      if (body[i + 1] == 'n') line_begin = out.size();
      ++i;
    } else if (c == '\n') {
      line_begin = out.size();
    } else if (c == ':') {
      // What was taken of this line was the name of a header; the rest is its value.
      encrypted |= out.substr(line_begin) == "ProcType" || out.substr(line_begin) == "DEKInfo";
      out.resize(line_begin);
      while (i + 1 < body.size() && body[i + 1] != '\n' && !(body[i + 1] == '\\' && i + 2 < body.size() && body[i + 2] == 'n')) ++i;
    } else if (c == '.' || c == '<' || c == '{' || c == '*') {
      broken = true;  // "..." and placeholders are no key
      return out;
    } else if (in_class(c, class_bit('b'))) {
      out += c;
    }
  }
  return out;
}

bool is_private_key(std::string_view text, size_t& begin, size_t& end) {
  constexpr std::string_view kDashes = "-----";
  if (begin < 5 || text.substr(begin - 5, 5) != kDashes) return false;
  size_t close = text.substr(0, begin + 80).find(kDashes, begin);
  if (close == std::string_view::npos) return false;
  std::string_view label = text.substr(begin + 6, close - begin - 6);
  if (!label.ends_with("PRIVATE KEY") && !label.ends_with("PRIVATE KEY BLOCK")) return false;
  std::string_view rest = text.substr(close + 5, kMaxKeyBytes);
  size_t stop = rest.find("-----END");
  bool encrypted = label.starts_with("ENCRYPTED"), broken = false;
  std::string body = armoured_body(rest.substr(0, std::min(stop, rest.size())), encrypted, broken);
  if (broken || body.size() < kLeastKeyBody) return false;
  auto decoded = decode_any_base64(std::string_view(body).substr(0, 60));
  if (!decoded) return false;
  auto first = static_cast<unsigned char>((*decoded)[0]);
  bool real = label.starts_with("OPENSSH") ? decoded->starts_with("openssh-key-v1")
              : label.starts_with("PGP")   ? (first & 0x80) != 0
                                           : encrypted || first == 0x30;
  if (!real) return false;
  if (stop == std::string_view::npos) {
    // Cut off: as far as base64 goes.
    size_t length = 0;
    while (length < rest.size() && (in_class(rest[length], class_bit('b')) || core::is_space(rest[length]))) ++length;
    end = close + 5 + length;
  } else {
    size_t last = rest.find(kDashes, stop + 8);
    end = close + 5 + (last == std::string_view::npos ? stop + 8 : last + 5);
  }
  begin -= 5;
  return true;
}

bool is_putty_key(std::string_view text, size_t begin, size_t& end) {
  size_t lines = text.substr(begin, kMaxKeyBytes).find("Private-Lines:");
  if (lines == std::string_view::npos) return false;
  size_t mac = text.substr(begin, kMaxKeyBytes).find("Private-MAC:", lines);
  end = begin + (mac == std::string_view::npos ? lines + 14 : mac);
  return true;
}

// A DER sequence says how long it is.
bool is_whole_der(std::string_view base64) {
  auto bytes = decode_any_base64(base64);
  if (!bytes || bytes->size() < 8 || (*bytes)[0] != 0x30 || static_cast<unsigned char>((*bytes)[1]) != 0x82) return false;
  size_t length = static_cast<size_t>(static_cast<unsigned char>((*bytes)[2])) << 8 | static_cast<unsigned char>((*bytes)[3]);
  return length + 4 <= bytes->size();
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  auto digit = [](char c) { return core::is_digit(c) ? c - '0' : (c | 32) - 'a' + 10; };
  for (size_t i = 0; i < text.size(); ++i) {
    bool escape = text[i] == '%' && i + 2 < text.size() && in_class(text[i + 1], class_bit('H')) &&
                  in_class(text[i + 2], class_bit('H'));
    if (!escape) {
      out += text[i];
      continue;
    }
    out += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
    i += 2;
  }
  return out;
}

bool is_sas(std::string_view text, size_t begin, size_t& end) {
  std::string_view value = text.substr(begin + 4, end - begin - 4);
  value = value.substr(0, value.find('&'));
  end = begin + 4 + value.size();
  if (!decodes_to(percent_decoded(value), 32)) return false;
  // The query around it.
  auto in_query = [](char c) { return in_class(c, class_bit('z')) || c == ':' || c == ';' || c == '$' || c == '\\'; };
  size_t from = begin, to = end;
  while (from > 0 && begin - from < 600 && in_query(text[from - 1])) --from;
  while (to < text.size() && to - end < 600 && in_query(text[to])) ++to;
  std::string_view query = text.substr(from, to - from);
  return query.find("sv=") != std::string_view::npos && query.find("se=") != std::string_view::npos;
}

}  // namespace

uint32_t crc32(std::string_view bytes) {
  uint32_t value = 0xffffffffu;
  for (char c : bytes) value = kCrcTable[(value ^ static_cast<unsigned char>(c)) & 0xff] ^ (value >> 8);
  return value ^ 0xffffffffu;
}

std::string base62(uint32_t number, size_t width) {
  static constexpr char kDigits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  std::string out(width, '0');
  for (size_t i = width; i-- > 0 && number != 0; number /= 62) out[i] = kDigits[number % 62];
  return out;
}

std::optional<std::string> aws_account(std::string_view key_id) {
  // Base32 behind the prefix; the account is forty bits of it, behind one. Ids from before have a letter below Q there.
  if (key_id.size() != 20 || key_id[4] < 'Q') return std::nullopt;
  uint64_t bits = 0;
  for (char c : key_id.substr(4, 10)) {
    uint64_t digit = c >= 'A' ? static_cast<uint64_t>(c - 'A') : static_cast<uint64_t>(c - '2') + 26;
    bits = bits << 5 | digit;
  }
  uint64_t account = ((bits >> 2) & 0x7fffffffff80ull) >> 7;
  if (account > 999999999999ull) return std::nullopt;
  std::string out = std::to_string(account);
  return std::string(12 - out.size(), '0') + out;
}

std::optional<std::string> decode_any_base64(std::string_view text) {
  std::string plain(text);
  while (!plain.empty() && plain.back() == '=') plain.pop_back();
  for (char& c : plain) {
    if (c == '-') c = '+';
    if (c == '_') c = '/';
  }
  if (plain.empty() || plain.size() % 4 == 1) return std::nullopt;
  while (plain.size() % 4 != 0) plain += '=';
  return core::base64_decode(plain);
}

bool is_printable_text(std::string_view bytes) {
  for (char c : bytes) {
    auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\n' && c != '\r' && c != '\t') || byte == 0x7f) return false;
  }
  return core::is_valid_utf8(bytes);
}

bool is_documentation_token(std::string_view token) {
  return token.ends_with("EXAMPLE") || token.ends_with("EXAMPLEKEY") || core::contains_ignoring_case(token, "xxxxxx") ||
         token.find("123456789012345") != std::string_view::npos || core::contains_ignoring_case(token, "your_") ||
         token.find("EXAMPLE_") != std::string_view::npos || token.find("........") != std::string_view::npos ||
         entropy(token) < 2.5;
}

bool passes(Check check, std::string_view text, size_t& begin, size_t& end) {
  std::string_view token = text.substr(begin, end - begin);
  switch (check) {
    case Check::kNone: return true;
    case Check::kMixed: return is_mixed(token);
    case Check::kCrc62: {
      std::string_view body = token.substr(token.find('_') + 1);
      return body.size() > 6 && base62(crc32(body.substr(0, body.size() - 6)), 6) == body.substr(body.size() - 6);
    }
    case Check::kRoutable: {
      size_t dash = token.find('-'), dot = token.rfind('.');
      auto digit = [](char c) { return static_cast<size_t>(core::is_digit(c) ? c - '0' : c - 'a' + 10); };
      return digit(token[dot + 1]) * 36 + digit(token[dot + 2]) == dot - dash - 1;
    }
    case Check::kJwt: return is_jwt(token);
    case Check::kPem: return is_private_key(text, begin, end);
    case Check::kPutty: return is_putty_key(text, begin, end);
    case Check::kDer: return is_whole_der(token);
    case Check::kMacaroon: {
      auto bytes = decode_any_base64(token.substr(5));
      return bytes && bytes->size() > 12 && bytes->starts_with("\x02\x01");
    }
    case Check::kKey64: return decodes_to(token.substr(token.find('=') < 40 ? token.find('=') + 1 : 0), 64);
    case Check::kKey32: return decodes_to(token.substr(token.find('=') < 40 ? token.find('=') + 1 : 0), 32);
    case Check::kSas: return is_sas(text, begin, end);
  }
  return false;
}

}  // namespace assay::rules::secrets
