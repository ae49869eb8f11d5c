// Characters as HCL sees them: byte classes, identifier classes (Unicode ID_Start and ID_Continue),
// white space, UTF-8. Used by the lexer and the template reader only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace assay::syntax::hcl {

// Bits of kByteClass.
inline constexpr uint8_t kIdentStart = 1;     // ASCII letter or _
inline constexpr uint8_t kIdentContinue = 2;  // ASCII letter, digit, _ or -
inline constexpr uint8_t kDigit = 4;
inline constexpr uint8_t kHex = 8;
inline constexpr uint8_t kEndsQuotedRun = 16;   // " \ $ % CR LF and bytes >= 0x80
inline constexpr uint8_t kEndsHeredocRun = 32;  // $ % CR LF and bytes >= 0x80

struct ByteClasses {
  uint8_t bits[256] = {};
  constexpr ByteClasses() {
    for (int c = 0; c < 256; ++c) {
      bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      bool digit = c >= '0' && c <= '9';
      uint8_t b = 0;
      if (letter || c == '_') b |= kIdentStart;
      if (letter || digit || c == '_' || c == '-') b |= kIdentContinue;
      if (digit) b |= kDigit;
      if (digit || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')) b |= kHex;
      if (c == '"' || c == '\\' || c == '$' || c == '%' || c == '\r' || c == '\n' || c >= 0x80) {
        b |= kEndsQuotedRun;
      }
      if (c == '$' || c == '%' || c == '\r' || c == '\n' || c >= 0x80) b |= kEndsHeredocRun;
      bits[c] = b;
    }
  }
};
inline constexpr ByteClasses kByteClass;

inline bool has_class(char c, uint8_t classes) {
  return (kByteClass.bits[static_cast<uint8_t>(c)] & classes) != 0;
}

// The length of the character at `p` in bytes by hclsyntax's own, slightly lax definition of UTF-8
// (it does not look for overlong forms or surrogates); 0 when it is broken.
uint32_t character_length(const char* p, const char* end);
// Decodes it. REQUIRES: character_length(p, end) is `length` and not 0.
uint32_t decode_character(const char* p, uint32_t length);
void append_utf8(uint32_t code_point, std::string& out);

bool is_identifier_start(uint32_t code_point);
bool is_identifier_continue(uint32_t code_point);
bool is_white_space(uint32_t code_point);  // Unicode White_Space

// `text` without white space at its start or end.
std::string_view trim_left(std::string_view text);
std::string_view trim_right(std::string_view text);

// True when `text` may change under NFC: it holds a character from U+0300 on.
bool may_need_nfc(std::string_view text);
// NFC; `text` unchanged when it is not valid UTF-8.
std::string to_nfc(std::string_view text);

}  // namespace assay::syntax::hcl
