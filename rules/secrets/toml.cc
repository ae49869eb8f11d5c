#include "rules/secrets/toml.h"

#include <algorithm>
#include <cstdlib>

#include "parsers/core/limits.h"
#include "parsers/core/text.h"

namespace assay::rules::secrets {
namespace {

using Kind = TomlValue::Kind;

constexpr size_t kMaxErrors = 20;

bool is_bare(char c) { return core::is_alpha(c) || core::is_digit(c) || c == '_' || c == '-'; }

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {
    if (text_.starts_with("\xef\xbb\xbf")) at_ = 3;
  }

  TomlDocument run() {
    table_ = &document_.root;
    while (at_ < text_.size() && document_.errors.size() < kMaxErrors) {
      skip_blank_lines();
      if (at_ >= text_.size()) break;
      bool fine = peek() == '[' ? header() : pair(*table_);
      if (fine) fine = end_of_line();
      if (!fine) skip_line();
    }
    return std::move(document_);
  }

 private:
  char peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  bool fail(std::string message) {
    if (document_.errors.empty() || document_.errors.back().line != line_) document_.errors.push_back({line_, std::move(message)});
    return false;
  }
  void skip_blanks() {
    while (peek() == ' ' || peek() == '\t') ++at_;
  }
  void skip_comment() {
    if (peek() != '#') return;
    while (at_ < text_.size() && text_[at_] != '\n') ++at_;
  }
  // Blanks, line ends and comments.
  void skip_blank_lines() {
    while (at_ < text_.size()) {
      skip_blanks();
      skip_comment();
      if (peek() == '\n') ++line_;
      if (peek() != '\n' && peek() != '\r') return;
      ++at_;
    }
  }
  bool end_of_line() {
    skip_blanks();
    skip_comment();
    if (peek() == '\r' && peek(1) == '\n') ++at_;
    if (at_ >= text_.size()) return true;
    if (peek() != '\n') return fail(std::string("there is something behind the value: '") + peek() + "'");
    return true;
  }
  void skip_line() {
    while (at_ < text_.size() && text_[at_] != '\n') ++at_;
  }

  bool key(std::vector<std::string>& out) {
    do {
      skip_blanks();
      std::string part;
      if (peek() == '"' || peek() == '\'') {
        if (!quoted(part)) return false;
      } else {
        while (is_bare(peek())) part += text_[at_++];
        if (part.empty()) return fail("a key is expected here");
      }
      out.push_back(std::move(part));
      skip_blanks();
    } while (peek() == '.' && ++at_);
    return true;
  }

  // The table at `path` below `from`; of an array of tables its last one.
  TomlValue* descend(TomlValue& from, const std::vector<std::string>& path, size_t count) {
    TomlValue* at = &from;
    for (size_t i = 0; i < count; ++i) {
      TomlValue* next = at->find(path[i]);
      if (next == nullptr) {
        at->members.emplace_back(path[i], TomlValue{});
        next = &at->members.back().second;
        next->line = line_;
      }
      if (next->is(Kind::kArray) && !next->closed && !next->items.empty()) next = &next->items.back();
      if (!next->is(Kind::kTable) || next->closed) {
        fail("'" + path[i] + "' is no table");
        return nullptr;
      }
      at = next;
    }
    return at;
  }

  bool header() {
    bool array = peek(1) == '[';
    at_ += array ? 2 : 1;
    std::vector<std::string> path;
    if (!key(path)) return false;
    std::string_view close = array ? "]]" : "]";
    if (text_.substr(at_, close.size()) != close) return fail("the header of a table ends in " + std::string(close));
    at_ += close.size();
    if (path.size() > core::kMaxNesting) return fail("tables are nested too deeply");
    TomlValue* parent = descend(document_.root, path, path.size() - 1);
    if (parent == nullptr) return false;
    TomlValue* own = parent->find(path.back());
    if (own == nullptr) {
      parent->members.emplace_back(path.back(), TomlValue{});
      own = &parent->members.back().second;
      own->line = line_;
      if (array) own->kind = Kind::kArray;
    }
    if (array) {
      if (!own->is(Kind::kArray) || own->closed) return fail("'" + path.back() + "' is no list of tables");
      own->items.emplace_back();
      own->items.back().line = line_;
      table_ = &own->items.back();
      return true;
    }
    if (!own->is(Kind::kTable) || own->closed) return fail("'" + path.back() + "' is no table");
    if (own->defined) return fail("the table [" + core::join(path, ".") + "] is there already");
    own->defined = true;
    table_ = own;
    return true;
  }

  bool pair(TomlValue& table) {
    std::vector<std::string> path;
    if (!key(path)) return false;
    if (peek() != '=') return fail("'=' is expected behind the key '" + core::join(path, ".") + "'");
    ++at_;
    skip_blanks();
    if (path.size() > core::kMaxNesting) return fail("keys are nested too deeply");
    TomlValue* parent = descend(table, path, path.size() - 1);
    if (parent == nullptr) return false;
    if (parent->find(path.back()) != nullptr) return fail("the key '" + path.back() + "' is there already");
    TomlValue value_read;
    if (!value(value_read, 0)) return false;
    parent->members.emplace_back(path.back(), std::move(value_read));
    return true;
  }

  bool value(TomlValue& out, uint32_t depth) {
    if (depth > core::kMaxNesting) return fail("values are nested too deeply");
    out.line = line_;
    char c = peek();
    if (c == '"' || c == '\'') {
      out.kind = Kind::kString;
      return quoted(out.text);
    }
    if (c == '[') return array(out, depth);
    if (c == '{') return inline_table(out, depth);
    std::string word;
    while (at_ < text_.size() && (is_bare(peek()) || peek() == '+' || peek() == '.' || peek() == ':')) word += text_[at_++];
    if (word == "true" || word == "false") {
      out.kind = Kind::kBool;
      out.boolean = word == "true";
      return true;
    }
    return number(word, out);
  }

  bool number(const std::string& word, TomlValue& out) {
    if (word.empty()) return fail("a value is expected here");
    out.text = word;
    bool date = word.size() >= 8 && core::is_digit(word[0]) && (word[4] == '-' || word[2] == ':');
    if (date) {
      out.kind = Kind::kDate;
      return true;
    }
    std::string plain;
    for (char c : word) {
      if (c != '_') plain += c;
    }
    std::string_view digits = plain;
    if (digits.starts_with('+') || digits.starts_with('-')) digits.remove_prefix(1);
    if (digits == "inf" || digits == "nan") {
      out.kind = Kind::kFloat;
      return true;
    }
    int base = digits.starts_with("0x") ? 16 : digits.starts_with("0o") ? 8 : digits.starts_with("0b") ? 2 : 10;
    char* end = nullptr;
    if (base != 10) {
      out.number = static_cast<double>(std::strtoull(digits.data() + 2, &end, base));
      out.kind = Kind::kInteger;
    } else {
      if (digits.empty() || !core::is_digit(digits[0])) return fail("'" + word + "' is no value; texts stand in quotes");
      out.number = std::strtod(plain.c_str(), &end);
      out.kind = plain.find_first_of(".eE") == std::string::npos ? Kind::kInteger : Kind::kFloat;
    }
    if (end != plain.data() + plain.size()) return fail("'" + word + "' is no number");
    return true;
  }

  bool array(TomlValue& out, uint32_t depth) {
    out.kind = Kind::kArray;
    out.closed = true;
    uint32_t begin = line_;
    ++at_;
    while (true) {
      skip_blank_lines();
      if (peek() == ']') break;
      if (at_ >= text_.size()) {
        line_ = begin;
        return fail("this list is not closed by ]");
      }
      TomlValue item;
      if (!value(item, depth + 1)) return false;
      out.items.push_back(std::move(item));
      skip_blank_lines();
      if (peek() == ',') {
        ++at_;
      } else if (at_ < text_.size() && peek() != ']') {
        return fail("',' or ']' is expected in the list");
      }
    }
    ++at_;
    return true;
  }

  bool inline_table(TomlValue& out, uint32_t depth) {
    out.kind = Kind::kTable;
    ++at_;
    skip_blanks();
    if (peek() == '}') {
      ++at_;
      out.closed = true;
      return true;
    }
    if (depth + 1 > core::kMaxNesting) return fail("values are nested too deeply");
    while (true) {
      std::vector<std::string> path;
      if (!key(path)) return false;
      if (peek() != '=') return fail("'=' is expected behind the key '" + core::join(path, ".") + "'");
      ++at_;
      skip_blanks();
      if (path.size() > core::kMaxNesting) return fail("keys are nested too deeply");
      TomlValue* parent = descend(out, path, path.size() - 1);
      if (parent == nullptr) return false;
      if (parent->find(path.back()) != nullptr) return fail("the key '" + path.back() + "' is there already");
      TomlValue member;
      if (!value(member, depth + 1)) return false;
      parent->members.emplace_back(path.back(), std::move(member));
      skip_blanks();
      if (peek() == '}') break;
      if (peek() != ',') return fail("',' or '}' is expected in the table");
      ++at_;
      skip_blanks();
    }
    ++at_;
    out.closed = true;
    return true;
  }

  // All four kinds of strings. REQUIRES: at a quote.
  bool quoted(std::string& out) {
    char quote = peek();
    uint32_t begin = line_;
    bool many = peek(1) == quote && peek(2) == quote;
    at_ += many ? 3 : 1;
    if (many && peek() == '\r' && peek(1) == '\n') ++at_;
    if (many && peek() == '\n') {
      ++at_;
      ++line_;
    }
    while (at_ < text_.size()) {
      char c = text_[at_];
      if (c == quote) {
        if (!many) {
          ++at_;
          return true;
        }
        if (peek(1) == quote && peek(2) == quote) {
          // Up to two quotes may stand before the last three.
          while (peek(3) == quote) {
            out += quote;
            ++at_;
          }
          at_ += 3;
          return true;
        }
      }
      if (c == '\n') {
        if (!many) break;
        ++line_;
      }
      if (c == '\\' && quote == '"') {
        if (!escape(out, many)) return false;
        continue;
      }
      out += c;
      ++at_;
    }
    line_ = begin;
    return fail("this text is not closed by its quote");
  }

  bool escape(std::string& out, bool many) {
    char c = peek(1);
    at_ += 2;
    switch (c) {
      case 'b': out += '\b'; return true;
      case 't': out += '\t'; return true;
      case 'n': out += '\n'; return true;
      case 'f': out += '\f'; return true;
      case 'r': out += '\r'; return true;
      case 'e': out += '\x1b'; return true;
      case '"': out += '"'; return true;
      case '\\': out += '\\'; return true;
      case 'u':
      case 'U': {
        size_t digits = c == 'u' ? 4 : 8;
        std::string hex(text_.substr(at_, digits));
        if (hex.size() < digits || hex.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos) {
          return fail("\\" + std::string(1, c) + " is followed by " + std::to_string(digits) + " hexadecimal digits");
        }
        core::append_utf8(out, static_cast<char32_t>(std::strtoul(hex.c_str(), nullptr, 16)));
        at_ += digits;
        return true;
      }
      default: break;
    }
    if (many && (c == '\n' || c == '\r' || c == ' ' || c == '\t')) {  // the end of a line that goes on
      --at_;
      while (at_ < text_.size() && core::is_space(text_[at_])) {
        if (text_[at_] == '\n') ++line_;
        ++at_;
      }
      return true;
    }
    return fail(std::string("there is no escape '\\") + c + "'; in single quotes nothing is escaped");
  }

  std::string_view text_;
  size_t at_ = 0;
  uint32_t line_ = 1;
  TomlDocument document_;
  TomlValue* table_ = nullptr;
};

}  // namespace

const TomlValue* TomlValue::find(std::string_view key) const {
  for (const auto& [name, value] : members) {
    if (name == key) return &value;
  }
  return nullptr;
}
TomlValue* TomlValue::find(std::string_view key) {
  return const_cast<TomlValue*>(static_cast<const TomlValue*>(this)->find(key));
}

TomlDocument parse_toml(std::string_view text) { return Reader(text).run(); }

}  // namespace assay::rules::secrets
