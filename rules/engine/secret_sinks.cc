#include "rules/engine/secret_sinks.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace assay::rules {
namespace {

constexpr size_t kMaxListedSinks = 1000;  // of one secret; the others are counted

bool tells_secrets(const RuleInfo& rule) {
  return std::find(rule.tags.begin(), rule.tags.end(), kSecretTag) != rule.tags.end();
}

int precision_rank(std::string_view precision) {
  static constexpr std::string_view kOrder[] = {"low", "medium", "high", "very-high"};
  for (int i = 0; i < 4; ++i) {
    if (kOrder[i] == precision) return i;
  }
  return -1;
}

bool same_weakness(const RuleInfo& a, const RuleInfo& b) {
  if (&a == &b) return true;
  return std::any_of(a.cwe.begin(), a.cwe.end(), [&](const std::string& cwe) {
    return std::find(b.cwe.begin(), b.cwe.end(), cwe) != b.cwe.end();
  });
}

RelatedPlace sink_of(const Finding& finding, const RuleInfo& rule) {
  std::string message = "also " + rule.id + " (" + rule.name + ") in " + finding.resource.address;
  if (!finding.attribute.empty()) message += ", " + finding.attribute;
  return {finding.resource.header, std::move(message)};
}

}  // namespace

void merge_secret_sinks(std::vector<Finding>& findings, const RuleSet& rules) {
  auto info = [&](const Finding& finding) -> const RuleInfo& { return rules.rules()[finding.rule].info; };
  std::map<core::Span, std::vector<size_t>> places;
  for (size_t i = 0; i < findings.size(); ++i) {
    const Finding& finding = findings[i];
    if (finding.region.valid() && !finding.suppressed && tells_secrets(info(finding))) {
      places[finding.region].push_back(i);
    }
  }
  std::vector<bool> gone(findings.size(), false);
  bool any = false;
  for (auto& place : places) {
    const core::Span region = place.first;
    std::vector<size_t>& at = place.second;
    // Where none of them follows a literal the region is an attribute, in which there may be several secrets.
    bool literal = std::any_of(at.begin(), at.end(), [&](size_t i) {
      return !findings[i].origin.empty() && findings[i].origin.front().span == region;
    });
    if (at.size() < 2 || !literal) continue;
    std::stable_sort(at.begin(), at.end(), [&](size_t left, size_t right) {
      auto rank = [&](const Finding& f) {
        return std::make_tuple(f.verdict, f.severity, precision_rank(info(f).precision), f.origin.size());
      };
      return rank(findings[left]) > rank(findings[right]);
    });
    for (size_t i = 0; i < at.size(); ++i) {
      if (gone[at[i]]) continue;
      Finding& kept = findings[at[i]];
      size_t sinks = 0;
      for (size_t k = i + 1; k < at.size(); ++k) {
        Finding& other = findings[at[k]];
        if (gone[at[k]] || !same_weakness(info(kept), info(other))) continue;
        gone[at[k]] = any = true;
        if (++sinks > kMaxListedSinks) continue;
        kept.related.push_back(sink_of(other, info(other)));
        std::move(other.related.begin(), other.related.end(), std::back_inserter(kept.related));
      }
      if (sinks > kMaxListedSinks) {
        kept.related.push_back({kept.resource.header, "also " + std::to_string(sinks - kMaxListedSinks) + " more places"});
      }
    }
  }
  if (!any) return;
  size_t to = 0;
  for (size_t i = 0; i < findings.size(); ++i) {
    if (gone[i]) continue;
    if (to != i) findings[to] = std::move(findings[i]);
    ++to;
  }
  findings.resize(to);
}

}  // namespace assay::rules
