// A reader of TOML 1.0 for configuration files of other tools (.gitleaks.toml): tables, arrays of tables, dotted
// keys, all four kinds of strings, numbers, booleans, inline tables. Dates are kept as their text. What is wrong is
// said with its line; reading goes on with the next line, so that one mistake does not hide the others.
//
// Called by gitleaks.cc. Ownership: a document owns its texts. Threads: a pure function.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace assay::rules::secrets {

struct TomlValue {
  enum class Kind : uint8_t { kString, kInteger, kFloat, kBool, kDate, kArray, kTable };
  Kind kind = Kind::kTable;
  uint32_t line = 1;
  bool defined = false;         // a table with a header of its own, which may not come twice
  bool closed = false;          // an inline table or a written array: nothing may be added
  std::string text;             // of a string, or how a number was written
  double number = 0;
  bool boolean = false;
  std::vector<TomlValue> items;  // of an array
  std::vector<std::pair<std::string, TomlValue>> members;  // of a table, in order

  bool is(Kind k) const { return kind == k; }
  const TomlValue* find(std::string_view key) const;
  TomlValue* find(std::string_view key);
};

struct TomlError {
  uint32_t line = 1;
  std::string message;
};

struct TomlDocument {
  TomlValue root;
  std::vector<TomlError> errors;
};

TomlDocument parse_toml(std::string_view text);

}  // namespace assay::rules::secrets
