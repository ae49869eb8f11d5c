// matches() of the standard library, and the regex extension: regex.extract, extractAll, replace.
#include "parsers/core/regex.h"

#include "parsers/core/limits.h"
#include "rules/lang/cel/eval.h"
#include "rules/lang/cel/text.h"

namespace assay::rules::cel {
namespace {

using Args = std::span<const Val>;

// What compiling a pattern costs: far more than running it. Literal patterns were compiled with the rule.
constexpr uint64_t kCompileSteps = 2000;
constexpr uint64_t kCompileStepsPerByte = 50;

// The literal pattern of the call, or a compiled one in `hold`; null after `failure` was set.
const core::Regex* pattern_of(Eval& eval, const Val& text, std::shared_ptr<const core::Regex>& hold, Val& failure) {
  if (const core::Regex* literal = eval.pattern ? eval.pattern->get() : nullptr) return literal;
  if (!eval.spend(kCompileSteps + kCompileStepsPerByte * text.size)) {
    failure = error_val("the step limit of an expression was reached");
    return nullptr;
  }
  auto compiled = core::Regex::compile(text.text());
  if (!compiled) {
    failure = eval.error("not a regular expression: " + compiled.error().message, "error parsing regexp: " + go_regex_error(compiled.error().message));
    return nullptr;
  }
  hold = *compiled;
  return hold.get();
}

Val matches(Eval& eval, Args args) {
  if (eval.pattern && !eval.pattern->may_match(args[0].text())) {
    eval.spend(args[0].size / 32);
    return bool_val(false);
  }
  std::shared_ptr<const core::Regex> hold;
  Val failure;
  const core::Regex* regex = pattern_of(eval, args[1], hold, failure);
  if (!regex) return failure;
  eval.spend(args[0].size / 32);
  return bool_val(regex->search(args[0].text()));
}

// The only group's text, or the whole match without groups.
Val captured(Eval& eval, const core::Regex& regex, std::string_view subject, const core::RegexMatch& match, bool& took_part) {
  size_t group = regex.group_count() == 1 ? 1 : 0;
  took_part = match.groups[group].matched;
  return eval.string(match.text(subject, group));
}

Val extract(Eval& eval, Args args) {
  std::shared_ptr<const core::Regex> hold;
  Val failure;
  const core::Regex* regex = pattern_of(eval, args[1], hold, failure);
  if (!regex) return failure;
  if (regex->group_count() > 1) return eval.error("regex.extract takes a pattern with at most one group");
  core::RegexMatch match;
  if (!regex->find(args[0].text(), 0, match)) return none_val();
  bool took_part = false;
  Val text = captured(eval, *regex, args[0].text(), match, took_part);
  return took_part ? some_val(text, eval.arena()) : none_val();
}

Val extract_all(Eval& eval, Args args) {
  std::shared_ptr<const core::Regex> hold;
  Val failure;
  const core::Regex* regex = pattern_of(eval, args[1], hold, failure);
  if (!regex) return failure;
  if (regex->group_count() > 1) return eval.error("regex.extractAll takes a pattern with at most one group");
  std::vector<Val> out;
  for (const core::RegexMatch& match : regex->find_all(args[0].text(), core::kMaxCollection)) {
    bool took_part = false;
    Val text = captured(eval, *regex, args[0].text(), match, took_part);
    if (took_part) out.push_back(text);
  }
  return list_val(eval.arena().copy(out));
}

// "\1" and "\\" in the replacement, as RE2's Rewrite has them.
Val rewrite(Eval& eval, Args args, int64_t limit) {
  std::shared_ptr<const core::Regex> hold;
  Val failure;
  const core::Regex* regex = pattern_of(eval, args[1], hold, failure);
  if (!regex) return failure;
  std::string_view subject = args[0].text();
  std::string_view by = args[2].text();
  std::string out;
  size_t at = 0;
  for (const core::RegexMatch& match : regex->find_all(subject, limit < 0 ? SIZE_MAX : static_cast<size_t>(limit))) {
    out += subject.substr(at, match.begin() - at);
    for (size_t i = 0; i < by.size(); ++i) {
      if (by[i] != '\\') {
        out += by[i];
        continue;
      }
      ++i;
      if (i < by.size() && by[i] == '\\') {
        out += '\\';
      } else if (i < by.size() && by[i] >= '0' && by[i] <= '9' && static_cast<size_t>(by[i] - '0') < match.groups.size()) {
        out += match.text(subject, static_cast<size_t>(by[i] - '0'));
      } else {
        return eval.error("regex.replace: the replacement names a group that is not there");
      }
    }
    at = match.end();
    if (out.size() > core::kMaxStringBytes) return eval.error("the text is too long");
  }
  out += subject.substr(at);
  eval.spend(out.size() / 32);
  return eval.string(out);
}
Val replace(Eval& eval, Args args) { return rewrite(eval, args, -1); }
Val replace_some(Eval& eval, Args args) { return rewrite(eval, args, args[3].integer); }

constexpr FunctionRow kRows[] = {
    {"matches", "string.(string) bool", matches, kPatternArg1},
    {"matches", "(string, string) bool", matches, kPatternArg1},
    {"regex.extract", "(string, string) optional(string)", extract, kPatternArg1},
    {"regex.extractAll", "(string, string) list(string)", extract_all, kPatternArg1},
    {"regex.replace", "(string, string, string) string", replace, kPatternArg1},
    {"regex.replace", "(string, string, string, int) string", replace_some, kPatternArg1},
};

}  // namespace

std::span<const FunctionRow> regex_library() { return kRows; }

}  // namespace assay::rules::cel
