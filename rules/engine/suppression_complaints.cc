// What is wrong with directives, once it is known what they cover.
#include <set>
#include <unordered_map>

#include "rules/engine/named_rules.h"
#include "rules/engine/suppression.h"

namespace assay::rules {
namespace {

constexpr size_t kMaxComplaints = 10000;  // about suppressions, of one scan
constexpr size_t kMaxSuggestions = 1000;  // for names that mean no rule

bool is_expired(const Directive& directive, std::string_view today) {
  return !directive.until.empty() && directive.until < today;
}

}  // namespace

std::string_view fault_name(SuppressionFault fault) {
  static constexpr std::string_view kNames[kSuppressionFaults] = {
      "unused", "expired", "without-reason", "unknown-rule", "malformed"};
  return kNames[static_cast<size_t>(fault)];
}

std::vector<SuppressionComplaint> complaints(const std::vector<Directive>& directives,
                                             const SuppressionContext& context, bool reasons,
                                             core::Problems& problems) {
  std::vector<SuppressionComplaint> out;
  NamedRules named_rules(context.rules.rules());
  std::unordered_map<std::string, std::string>
      suggestions;                     // what a name that means no rule may mean
  NamedRules resting(context.idle);    // which were not run
  std::set<std::string> without_rule;  // checks of other tools
  const Directive* first_without_rule = nullptr;
  size_t times_without_rule = 0;
  for (uint32_t i = 0; i < directives.size(); ++i) {
    const Directive& directive = directives[i];
    if (directive.quiet) continue;
    if (out.size() > kMaxComplaints) {
      core::add_problem(problems, core::ProblemSeverity::kNote, "limit-problems",
                        "more is wrong with suppressions; it is not listed", directive.span);
      break;
    }
    auto complain = [&](SuppressionFault fault, std::string message) {
      out.push_back({fault, i, std::move(message)});
    };
    if (directive.rule.empty()) {
      complain(SuppressionFault::kMalformed,
               "name the rule that is suppressed: " + directive.form + " RULE REASON");
      continue;
    }
    if (!directive.bad_until.empty()) {
      complain(SuppressionFault::kMalformed,
               "'" + directive.bad_until + "' is no date; write " +
                   (directive.foreign ? "YYYY-MM-DD" : "until=YYYY-MM-DD"));
    }
    bool runs = named_rules.any(directive.rule);
    bool rests = !context.idle.empty() && resting.any(directive.rule);
    if (!runs && !rests) {
      if (directive.foreign) {  // a check of another tool that Assay has no rule for
        if (first_without_rule == nullptr) first_without_rule = &directive;
        if (without_rule.size() < kMaxSuggestions) without_rule.insert(directive.rule);
        ++times_without_rule;
        continue;
      }
      auto [suggested, is_new] = suggestions.try_emplace(directive.rule);
      if (is_new && suggestions.size() <= kMaxSuggestions) {
        suggested->second = suggest_rule(directive.rule, context.rules.rules());
        if (suggested->second.empty())
          suggested->second = suggest_rule(directive.rule, context.idle);
      }
      const std::string& nearest = suggested->second;
      complain(SuppressionFault::kUnknownRule,
               "no rule is called '" + directive.rule + "'" +
                   (nearest.empty() ? "" : "; did you mean '" + nearest + "'?"));
    } else if (is_expired(directive, context.today)) {
      complain(SuppressionFault::kExpired,
               "the suppression of " + directive.rule + " expired on " + directive.until +
                   (directive.used || directive.unsure ? ""
                    : runs && !rests                   ? "; it suppresses nothing, remove it"
                                                       : ""));
    } else if (runs && !rests && !directive.used && !directive.unsure && !directive.foreign) {
      complain(SuppressionFault::kUnused,
               "the suppression of " + directive.rule + " suppresses nothing; remove it");
    }
    if (directive.reason.empty() && !directive.wordless && (!directive.foreign || reasons)) {
      complain(SuppressionFault::kWithoutReason,
               "say why " + directive.rule + " is suppressed: " +
                   (directive.form == "assay:ignore" || directive.form == "assay/ignore"
                        ? directive.form + " " + directive.rule + " REASON"
                        : "give " + directive.form + " a reason"));
    }
  }
  if (first_without_rule == nullptr) return out;
  constexpr size_t kListed = 10;
  std::string names;
  size_t listed = 0;
  for (const std::string& name : without_rule) {
    if (listed++ == kListed) {
      names += ", ...";
      break;
    }
    names += (names.empty() ? "" : ", ") + name;
  }
  core::add_problem(
      problems, core::ProblemSeverity::kNote, "suppression-no-rule",
      std::to_string(times_without_rule) +
          (times_without_rule == 1 ? " suppression names a check that Assay has no rule for: "
                                   : " suppressions name checks that Assay has no rule for: ") +
          names,
      first_without_rule->span);
  return out;
}

}  // namespace assay::rules
