// Writes JSON: reports, debug output, traces. Streaming, deterministic, and always valid UTF-8:
// bytes that are not UTF-8 become U+FFFD.
//
//   JsonWriter json(out, JsonWriter::Style::kPretty);
//   json.begin_object().field("id", "AWS0101").key("lines").begin_array().value(3).end_array();
//   json.end_object();
//
// Ownership: appends to a string owned by the caller. Threads: one at a time.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace assay::core {

// Appends `text` in quotes. `html_safe` also escapes < > & and U+2028/9, as Go's encoder (and so
// Terraform's jsonencode) does; the result may stand inside a <script> element.
void append_json_string(std::string& out, std::string_view text, bool html_safe = false);

class JsonWriter {
 public:
  enum class Style : uint8_t { kCompact, kPretty };  // pretty: two spaces, one item a line

  explicit JsonWriter(std::string& out, Style style = Style::kCompact, bool html_safe = false)
      : out_(out), pretty_(style == Style::kPretty), html_safe_(html_safe) {}

  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  // REQUIRES: inside an object, and a value follows.
  JsonWriter& key(std::string_view name);

  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(const std::string& text) { return value(std::string_view(text)); }
  JsonWriter& value(bool truth);
  // Shortest text that reads back; null when not finite.
  JsonWriter& value(double number);
  template <std::integral T>
  requires(!std::same_as<T, bool>) JsonWriter& value(T number) {
    if constexpr (std::signed_integral<T>) return integer(static_cast<int64_t>(number));
    return natural(static_cast<uint64_t>(number));
  }
  JsonWriter& null();
  // Text that already is JSON, such as the digits of a Number.
  JsonWriter& raw(std::string_view json);

  template <typename T>
  JsonWriter& field(std::string_view name, const T& item) {
    key(name);
    return value(item);
  }

  // All brackets are closed.
  bool complete() const { return open_.empty(); }

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  JsonWriter& integer(int64_t number);
  JsonWriter& natural(uint64_t number);
  void before_value();
  void new_line();

  std::string& out_;
  bool pretty_, html_safe_;
  bool after_key_ = false;
  bool first_ = true;       // nothing written yet in the innermost bracket
  std::vector<char> open_;  // closing brackets
};

}  // namespace assay::core
