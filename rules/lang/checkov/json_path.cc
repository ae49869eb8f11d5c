#include "rules/lang/checkov/json_path.h"

#include <cstdlib>

#include "parsers/core/text.h"

namespace assay::rules::checkov {
namespace {

constexpr size_t kMaxSteps = 64;
constexpr size_t kMaxFilters = 16;  // in one pair of brackets

bool is_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
         c == '@' || static_cast<unsigned char>(c) >= 0x80;
}

// Reads from left to right; the first mistake ends it.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  core::Result<std::unique_ptr<JsonPath>> parse() {
    auto path = std::make_unique<JsonPath>();
    if (peek() == '$') {
      ++at_;
    } else if (peek() != '[' && peek() != '.' && peek() != '*') {
      read_fields(*path);
    }
    read_steps(*path);
    blanks();
    if (error_.empty() && at_ < text_.size()) fail("unexpected '" + std::string(1, text_[at_]) + "'");
    if (error_.empty() && path->steps.empty() && text_ != "$") fail("it names nothing");
    if (!error_.empty()) return core::Error{"bad-json-path", error_};
    return path;
  }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n')) ++at_;
  }
  bool take(std::string_view token) {
    blanks();
    if (!text_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }
  void fail(std::string message) {
    if (error_.empty()) error_ = message + " at character " + std::to_string(at_ + 1);
  }

  std::string read_name() {
    std::string name;
    if (peek() == '\'' || peek() == '"') return read_quoted();
    while (at_ < text_.size() && is_name(text_[at_])) name += text_[at_++];
    if (name.empty()) fail("a name is missing");
    return name;
  }
  std::string read_quoted() {
    char quote = text_[at_++];
    std::string out;
    while (at_ < text_.size() && text_[at_] != quote) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size() && (text_[at_ + 1] == quote || text_[at_ + 1] == '\\')) ++at_;
      out += text_[at_++];
    }
    if (at_ == text_.size()) fail("the closing quote is missing");
    else ++at_;
    return out;
  }
  void read_fields(JsonPath& path) {
    JsonStep step;
    if (peek() == '*') {
      ++at_;
      step.kind = JsonStep::Kind::kAnyField;
    } else {
      step.names.push_back(read_name());
      while (peek() == ',' && error_.empty()) {
        ++at_;
        step.names.push_back(read_name());
      }
    }
    path.steps.push_back(std::move(step));
  }
  // Steps as long as they come: used for whole paths and for the targets inside filters.
  void read_steps(JsonPath& path) {
    while (error_.empty() && at_ < text_.size()) {
      if (path.steps.size() > kMaxSteps) return fail("the path has too many steps");
      if (peek() == '.') {
        ++at_;
        if (peek() == '.') {
          ++at_;
          path.steps.emplace_back().kind = JsonStep::Kind::kDescend;
          if (peek() == '[') continue;
        }
        if (peek() == '[') continue;
        read_fields(path);
      } else if (peek() == '[') {
        ++at_;
        read_brackets(path);
      } else {
        return;
      }
    }
  }
  bool read_integer(int64_t& out) {
    size_t start = at_;
    if (peek() == '-') ++at_;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9' && at_ - start < 12) ++at_;
    if (at_ == start || (at_ == start + 1 && text_[start] == '-')) {
      at_ = start;
      return false;
    }
    out = std::strtoll(std::string(text_.substr(start, at_ - start)).c_str(), nullptr, 10);
    return true;
  }
  void read_brackets(JsonPath& path) {
    JsonStep step;
    blanks();
    if (take("?")) {
      step.kind = JsonStep::Kind::kFilter;
      bool parenthesised = take("(");
      do {
        if (step.filters.size() == kMaxFilters) return fail("the filter has too many conditions");
        step.filters.push_back(read_filter());
      } while (error_.empty() && (take("&&") || take("&")));
      if (error_.empty() && parenthesised && !take(")")) fail("')' is missing");
    } else if (take("*")) {
      step.kind = JsonStep::Kind::kSlice;
    } else if (peek() == '\'' || peek() == '"') {
      step.names.push_back(read_quoted());
      while (error_.empty() && take(",")) {
        blanks();
        step.names.push_back(read_name());
      }
    } else {
      bool first = read_integer(step.index);
      step.kind = JsonStep::Kind::kIndex;
      if (take(":")) {
        step.kind = JsonStep::Kind::kSlice;
        step.open_first = !first;
        step.open_last = !read_integer(step.last);
      } else if (!first) {
        step.kind = JsonStep::Kind::kFields;
        step.names.push_back(read_name());
      }
    }
    if (error_.empty() && !take("]")) fail("']' is missing");
    path.steps.push_back(std::move(step));
  }
  JsonFilter read_filter() {
    JsonFilter filter;
    bool negated = take("!");
    blanks();
    bool parenthesised = take("(");
    blanks();
    filter.target = std::make_unique<JsonPath>();
    if (peek() == '@' && (at_ + 1 == text_.size() || !is_name(text_[at_ + 1]))) ++at_;
    else if (peek() == '$') fail("a filter can only look at its element");
    else if (peek() != '[' && peek() != '.') read_fields(*filter.target);
    if (error_.empty() && depth_ < 4) {
      ++depth_;
      read_steps(*filter.target);
      --depth_;
    }
    struct Sign {
      std::string_view text;
      JsonFilter::Compare compare;
    };
    static constexpr Sign kSigns[] = {
        {"=~", JsonFilter::Compare::kMatches}, {"==", JsonFilter::Compare::kEqual},
        {"!=", JsonFilter::Compare::kNotEqual}, {"<=", JsonFilter::Compare::kAtMost},
        {">=", JsonFilter::Compare::kAtLeast},  {"=", JsonFilter::Compare::kEqual},
        {"<", JsonFilter::Compare::kLess},      {">", JsonFilter::Compare::kGreater},
    };
    for (const Sign& sign : kSigns) {
      if (!error_.empty() || !take(sign.text)) continue;
      filter.compare = sign.compare;
      read_literal(filter);
      break;
    }
    if (negated) {
      if (filter.compare != JsonFilter::Compare::kExists) fail("'!' stands before a path that is compared with something");
      filter.compare = JsonFilter::Compare::kMissing;
    }
    if (parenthesised && error_.empty() && !take(")")) fail("')' is missing");
    return filter;
  }
  void read_literal(JsonFilter& filter) {
    blanks();
    if (peek() == '\'' || peek() == '"') {
      filter.text = read_quoted();
    } else {
      size_t start = at_;
      while (at_ < text_.size() && text_[at_] != ')' && text_[at_] != ']' && text_[at_] != '&' && text_[at_] != ' ') ++at_;
      filter.text = std::string(text_.substr(start, at_ - start));
      if (filter.text.empty()) return fail("there is nothing to compare with");
      char* end = nullptr;
      double number = std::strtod(filter.text.c_str(), &end);
      if (*end == '\0') {
        filter.literal = JsonFilter::Literal::kNumber;
        filter.number = number;
      } else if (core::equals_ignoring_case(filter.text, "true") || core::equals_ignoring_case(filter.text, "false")) {
        filter.literal = JsonFilter::Literal::kBool;
        filter.number = core::equals_ignoring_case(filter.text, "true") ? 1 : 0;
      } else if (filter.text == "null" || filter.text == "None") {
        filter.literal = JsonFilter::Literal::kNull;
      }
    }
    if (filter.compare != JsonFilter::Compare::kMatches) return;
    auto regex = core::Regex::compile(filter.text);
    if (regex) filter.regex = *regex;
    else fail("'" + filter.text + "' is no regular expression: " + regex.error().message);
  }

  std::string_view text_;
  size_t at_ = 0;
  int depth_ = 0;
  std::string error_;
};

}  // namespace

core::Result<std::unique_ptr<JsonPath>> JsonPath::parse(std::string_view text) { return Parser(core::trim(text)).parse(); }

}  // namespace assay::rules::checkov
