#include "parsers/syntax/hcl/characters.h"

#include <utf8proc.h>

#include <cstdlib>

namespace assay::syntax::hcl {
namespace {

// Characters of Other_ID_Start and Other_ID_Continue (Unicode PropList.txt), which the general
// categories do not give.
bool is_other_start(uint32_t c) {
  return c == 0x1885 || c == 0x1886 || c == 0x2118 || c == 0x212E || c == 0x309B || c == 0x309C;
}
bool is_other_continue(uint32_t c) {
  return c == 0xB7 || c == 0x387 || (c >= 0x1369 && c <= 0x1371) || c == 0x19DA;
}

}  // namespace

uint32_t character_length(const char* p, const char* end) {
  uint8_t lead = static_cast<uint8_t>(*p);
  if (lead < 0x80) return 1;
  uint32_t length = lead < 0xC0 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF8 ? 4 : 0;
  if (length == 0 || static_cast<size_t>(end - p) < length) return 0;
  for (uint32_t i = 1; i < length; ++i) {
    if ((static_cast<uint8_t>(p[i]) & 0xC0) != 0x80) return 0;
  }
  return length;
}

uint32_t decode_character(const char* p, uint32_t length) {
  uint8_t lead = static_cast<uint8_t>(*p);
  if (length == 1) return lead;
  uint32_t c = lead & (0x7Fu >> length);
  for (uint32_t i = 1; i < length; ++i) c = (c << 6) | (static_cast<uint8_t>(p[i]) & 0x3F);
  return c;
}

void append_utf8(uint32_t c, std::string& out) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | (c >> 6));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | (c >> 12));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (c >> 18));
    out += static_cast<char>(0x80 | ((c >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  }
}

bool is_identifier_start(uint32_t c) {
  if (c < 0x80) return has_class(static_cast<char>(c), kIdentStart);
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(c))) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_NL:
      return c != 0x2E2F;  // a letter by category, but Pattern_Syntax
    default:
      return is_other_start(c);
  }
}

bool is_identifier_continue(uint32_t c) {
  if (c < 0x80) return has_class(static_cast<char>(c), kIdentContinue);
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(c))) {
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_PC:
      return true;
    default:
      return is_identifier_start(c) || is_other_continue(c);
  }
}

bool is_white_space(uint32_t c) {
  return (c >= 9 && c <= 13) || c == ' ' || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

std::string_view trim_left(std::string_view text) {
  while (!text.empty()) {
    uint32_t length = character_length(text.data(), text.data() + text.size());
    if (length == 0 || !is_white_space(decode_character(text.data(), length))) break;
    text.remove_prefix(length);
  }
  return text;
}

std::string_view trim_right(std::string_view text) {
  while (!text.empty()) {
    size_t at = text.size() - 1;
    while (at > 0 && text.size() - at < 4 && (static_cast<uint8_t>(text[at]) & 0xC0) == 0x80) --at;
    uint32_t length = character_length(text.data() + at, text.data() + text.size());
    if (length != text.size() - at || !is_white_space(decode_character(text.data() + at, length))) {
      break;
    }
    text.remove_suffix(length);
  }
  return text;
}

bool may_need_nfc(std::string_view text) {
  for (char c : text) {
    if (static_cast<uint8_t>(c) >= 0xCC) return true;  // the lead byte of U+0300
  }
  return false;
}

std::string to_nfc(std::string_view text) {
  utf8proc_uint8_t* out = nullptr;
  utf8proc_ssize_t size =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                   static_cast<utf8proc_ssize_t>(text.size()), &out,
                   static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  if (size < 0) return std::string(text);
  std::string result(reinterpret_cast<char*>(out), static_cast<size_t>(size));
  std::free(out);
  return result;
}

}  // namespace assay::syntax::hcl
