// Literals of questions, compared as the values they spell: what the worlds know about order and
// equality of the canonical texts ("\"prod\"", "5", "true", "null") in atoms.
//
// Called by world.cc only. Pure functions, no state.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "parsers/model/value.h"

namespace assay::rules {

inline bool is_string_literal(std::string_view text) { return !text.empty() && text[0] == '"'; }
inline bool is_number_literal(std::string_view text) {
  return !text.empty() && (text[0] == '-' || (text[0] >= '0' && text[0] <= '9'));
}

// The text a string literal spells.
std::string unquote_literal(std::string_view text);
// Numbers by value, strings by code point; nothing when they are not of one kind.
std::optional<std::strong_ordering> compare_literals(std::string_view a, std::string_view b);
// The literal as a value; its text lives in `storage`, numbers in `arena`.
model::Value literal_value(std::string_view text, std::string& storage, core::Arena& arena);
// The literal as int64 when it is written as a whole number in range.
std::optional<int64_t> whole_literal(std::string_view text);

}  // namespace assay::rules
