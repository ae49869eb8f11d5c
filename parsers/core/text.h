// Small text helpers, and the only door to Unicode tables (utf8proc) outside the HCL reader.
// HCL strings are NFC and their length counts grapheme clusters (UAX 29); terminals need columns.
//
// Ownership: views point into the argument. Threads: safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace assay::core {

// ---- UTF-8 ----
struct Utf8 {
  char32_t code = 0;   // U+FFFD when not valid
  uint8_t length = 1;  // bytes; 1 for an invalid byte
  bool valid = false;
};
// The character at `at`, strictly: no surrogates, no overlong forms, nothing above U+10FFFF.
// REQUIRES: at < text.size().
Utf8 decode_utf8(std::string_view text, size_t at);
// Surrogates and values above U+10FFFF are written as U+FFFD.
void append_utf8(std::string& out, char32_t code);
bool is_ascii(std::string_view text);
bool is_valid_utf8(std::string_view text);
// Each invalid byte becomes U+FFFD.
std::string to_valid_utf8(std::string_view text);
// Canonical composition. Text that is not valid UTF-8 is returned as it is.
std::string to_nfc(std::string_view text);
// Extended grapheme clusters. "\r\n" is one.
size_t grapheme_count(std::string_view text);
// Byte offset of the cluster boundary behind `at`. REQUIRES: `at` is a boundary < text.size().
size_t next_grapheme(std::string_view text, size_t at);
// Unicode's simple case mappings, one character to one, as Go's unicode package has them.
char32_t unicode_lower(char32_t code);
char32_t unicode_upper(char32_t code);
char32_t unicode_title(char32_t code);
// White space as Unicode defines it (property White_Space).
bool is_unicode_space(char32_t code);
// Columns on a terminal: wide characters take two, combining ones none, a tab one.
size_t display_width(std::string_view text);

// ---- ASCII ----
inline bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f';
}
inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
inline bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
inline char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
inline char to_upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }
std::string to_lower_ascii(std::string_view text);
std::string to_upper_ascii(std::string_view text);
bool equals_ignoring_case(std::string_view a, std::string_view b);
bool contains_ignoring_case(std::string_view text, std::string_view part);

std::string_view trim(std::string_view text);  // is_space on both sides
std::string_view trim_left(std::string_view text);
std::string_view trim_right(std::string_view text);
// "a,,b" gives three parts, "" gives one empty part.
std::vector<std::string_view> split(std::string_view text, char separator);
// Without line ends ("\n" or "\r\n"); a final line break starts no further line.
std::vector<std::string_view> split_lines(std::string_view text);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
std::string replace_all(std::string_view text, std::string_view from, std::string_view to);

// `*` is any text, `?` any one byte; everything else is itself. For rule ids and type names
// ("CKV_AWS_*"); paths use ignore.h.
bool glob_match(std::string_view pattern, std::string_view text);

}  // namespace assay::core
