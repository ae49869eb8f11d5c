// Where a text stops being JSON, and what was expected there.
#include <string>

#include "parsers/core/limits.h"
#include "rules/identity/lint.h"

namespace assay::rules::identity {
namespace {

class Checker {
 public:
  explicit Checker(std::string_view text) : text_(text) {}

  std::optional<JsonError> run() {
    if (value(0)) {
      space();
      if (at_ < text_.size()) fail("more text behind the end of the policy");
    }
    return error_;
  }

 private:
  bool fail(std::string message) {
    if (!error_) error_ = JsonError{at_, std::move(message)};
    return false;
  }
  void space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\r' || text_[at_] == '\n')) ++at_;
  }
  bool next_is(char c) const { return at_ < text_.size() && text_[at_] == c; }
  bool take(char c) {
    space();
    if (!next_is(c)) return false;
    ++at_;
    return true;
  }

  bool value(uint32_t depth) {
    space();
    if (depth > core::kMaxNesting) return fail("too deeply nested");
    if (at_ >= text_.size()) return fail("the text ends where a value is expected");
    char c = text_[at_];
    if (c == '{') return object(depth);
    if (c == '[') return list(depth);
    if (c == '"') return string();
    if (c == '\'') return fail("JSON has double quotes only");
    if (c == '#' || c == '/') return fail("JSON has no comments");
    for (std::string_view word : {"true", "false", "null"}) {
      if (text_.substr(at_, word.size()) == word) {
        at_ += word.size();
        return true;
      }
    }
    size_t end = at_;
    while (end < text_.size() && std::string_view("+-.eE0123456789").find(text_[end]) != std::string_view::npos) ++end;
    if (end == at_) return fail(c == ',' || c == ']' || c == '}' ? "a value is missing" : "a text needs double quotes");
    at_ = end;
    return true;
  }
  bool string() {
    size_t begin = at_++;
    while (at_ < text_.size() && text_[at_] != '"') {
      if (text_[at_] == '\n') {
        at_ = begin;
        return fail("the text has no closing quote on its line");
      }
      at_ += text_[at_] == '\\' ? 2 : 1;
    }
    if (at_ >= text_.size()) {
      at_ = begin;
      return fail("the text has no closing quote");
    }
    ++at_;
    return true;
  }
  bool list(uint32_t depth) {
    ++at_;
    if (take(']')) return true;
    while (true) {
      if (!value(depth + 1)) return false;
      if (take(']')) return true;
      size_t comma = at_;
      if (!take(',')) return fail("a comma or `]` is expected");
      space();
      if (next_is(']')) {
        at_ = comma;
        return fail("a comma in front of `]`");
      }
    }
  }
  bool object(uint32_t depth) {
    ++at_;
    if (take('}')) return true;
    while (true) {
      space();
      if (!next_is('"')) return fail(next_is('\'') ? "JSON has double quotes only" : "a key in double quotes is expected");
      if (!string()) return false;
      if (!take(':')) return fail("a colon is expected");
      if (!value(depth + 1)) return false;
      if (take('}')) return true;
      size_t comma = at_;
      if (!take(',')) return fail("a comma or `}` is expected");
      space();
      if (next_is('}')) {
        at_ = comma;
        return fail("a comma in front of `}`");
      }
    }
  }

  std::string_view text_;
  size_t at_ = 0;
  std::optional<JsonError> error_;
};

}  // namespace

std::optional<JsonError> json_error(std::string_view text) { return Checker(text).run(); }

}  // namespace assay::rules::identity
