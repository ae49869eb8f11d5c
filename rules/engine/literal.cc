#include "rules/engine/literal.h"

#include <charconv>

namespace assay::rules {

std::optional<int64_t> whole_literal(std::string_view text) {
  int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string unquote_literal(std::string_view text) {
  std::string out;
  if (text.size() < 2) return out;
  text = text.substr(1, text.size() - 2);
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 >= text.size()) {
      out += text[i];
      continue;
    }
    char c = text[++i];
    if (c == 'n') {
      out += '\n';
    } else if (c == 'r') {
      out += '\r';
    } else if (c == 't') {
      out += '\t';
    } else if (c == 'u' && i + 4 < text.size()) {
      unsigned code = 0;
      std::from_chars(text.data() + i + 1, text.data() + i + 5, code, 16);
      out += static_cast<char>(code);  // literal_text() escapes control characters only
      i += 4;
    } else {
      out += c;
    }
  }
  return out;
}

std::optional<std::strong_ordering> compare_literals(std::string_view a, std::string_view b) {
  if (a == b) return std::strong_ordering::equal;
  if (is_number_literal(a) && is_number_literal(b)) {
    auto x = whole_literal(a);
    auto y = whole_literal(b);
    if (x && y) return *x <=> *y;
    core::Arena arena(256);
    auto m = core::Number::parse(a, arena);
    auto n = core::Number::parse(b, arena);
    if (!m || !n) return std::nullopt;
    return *m <=> *n;
  }
  if (is_string_literal(a) && is_string_literal(b)) {
    int order = unquote_literal(a).compare(unquote_literal(b));
    return order <=> 0;
  }
  return std::nullopt;
}

model::Value literal_value(std::string_view text, std::string& storage, core::Arena& arena) {
  if (text == "true" || text == "false") return model::bool_value(text == "true");
  if (is_string_literal(text)) {
    storage = unquote_literal(text);
    return model::string_value(storage);
  }
  if (is_number_literal(text)) {
    if (auto number = core::Number::parse(text, arena)) return model::number_value(*number, arena);
  }
  return model::null_value();
}

}  // namespace assay::rules
