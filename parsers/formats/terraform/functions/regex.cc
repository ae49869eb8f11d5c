// regex, regexall, replace. Patterns are RE2 syntax with Go's rules for groups.
#include "parsers/core/regex.h"

#include <algorithm>
#include <vector>

#include "parsers/core/text.h"
#include "parsers/formats/terraform/functions/internal.h"

namespace assay::formats::terraform {
namespace {

using Pattern = std::shared_ptr<const core::Regex>;

// Groups are all named or none is.
CallResult compile(std::string_view text, Pattern& out) {
  auto compiled = core::Regex::compile(text);
  if (!compiled)
    return bad_argument("pattern", "invalid regular expression: " + compiled.error().message);
  const std::vector<std::string>& names = (*compiled)->group_names();
  size_t named = 0;
  for (size_t i = 1; i < names.size(); ++i) named += names[i].empty() ? 0 : 1;
  if (named != 0 && named != (*compiled)->group_count()) {
    return bad_argument("pattern", "cannot mix both named and unnamed capture groups");
  }
  out = *compiled;
  return {};
}

Value captured(CallContext& context, const core::RegexMatch& match, std::string_view subject,
               size_t group) {
  if (group >= match.groups.size() || !match.groups[group].matched)
    return model::null_value(model::string_type());
  return text_value(context, match.text(subject, group));
}

Value match_value(CallContext& context, const core::Regex& regex, const core::RegexMatch& match,
                  std::string_view subject) {
  const std::vector<std::string>& names = regex.group_names();
  size_t groups = regex.group_count();
  if (groups == 0) return captured(context, match, subject, 0);
  if (groups < names.size() && !names[1].empty()) {
    std::vector<Entry> entries;
    for (size_t i = 1; i <= groups; ++i) {
      entries.push_back({context.arena.copy(std::string_view(names[i])),
                         {},
                         captured(context, match, subject, i)});
    }
    return make_mapping(std::move(entries), nullptr, context);
  }
  std::vector<Value> items;
  for (size_t i = 1; i <= groups; ++i) items.push_back(captured(context, match, subject, i));
  return make_list(items, nullptr, context, ValueKind::kTuple);
}

CallResult regex(CallContext& context, Arguments arguments) {
  Pattern pattern;
  if (CallResult result = compile(arguments[0].text(), pattern); result.is_error) return result;
  core::RegexMatch match;
  if (!pattern->find(arguments[1].text(), 0, match))
    return failure("pattern did not match any part of the given string");
  return match_value(context, *pattern, match, arguments[1].text());
}

CallResult regexall(CallContext& context, Arguments arguments) {
  Pattern pattern;
  if (CallResult result = compile(arguments[0].text(), pattern); result.is_error) return result;
  std::vector<Value> items;
  for (const core::RegexMatch& match :
       pattern->find_all(arguments[1].text(), core::kMaxCollection)) {
    items.push_back(match_value(context, *pattern, match, arguments[1].text()));
  }
  return make_list(items, model::string_type(), context);
}

// "" lies before every character and at the end.
std::string insert_everywhere(std::string_view text, std::string_view insert) {
  std::string out(insert);
  for (size_t at = 0; at < text.size();) {
    size_t length = core::decode_utf8(text, at).length;
    out += text.substr(at, length);
    out += insert;
    at += length;
    if (out.size() > core::kMaxStringBytes) break;
  }
  return out;
}

CallResult replace(CallContext& context, Arguments arguments) {
  std::string_view text = arguments[0].text(), find = arguments[1].text(),
                   insert = arguments[2].text();
  if (find.size() > 1 && find.front() == '/' && find.back() == '/') {
    auto pattern = core::Regex::compile(find.substr(1, find.size() - 2));
    if (!pattern) return failure("invalid regular expression: " + pattern.error().message);
    return text_result(context, (*pattern)->replace(text, insert));
  }
  if (find.empty()) return text_result(context, insert_everywhere(text, insert));
  size_t hits = 0;
  for (size_t at = text.find(find); at != std::string_view::npos;
       at = text.find(find, at + find.size()))
    ++hits;
  if (hits == 0) return text_result(context, text);
  if (hits * insert.size() > core::kMaxStringBytes) return failure("the result is too long");
  return text_result(context, core::replace_all(text, find, insert));
}

constexpr FunctionInfo kFunctions[] = {
    {"regex", "s s", regex, 0},
    {"regexall", "s s", regexall, 0},
    {"replace", "s s s", replace, 0, 's'},
};

}  // namespace

std::span<const FunctionInfo> regex_functions() { return kFunctions; }

}  // namespace assay::formats::terraform
