#include "analyzer/pipeline/secret_findings.h"

#include <algorithm>
#include <map>

#include "analyzer/pipeline/secret_text.h"
#include "parsers/core/text.h"

namespace assay::pipeline {
namespace {

bool is_text(const rules::Finding& finding) { return finding.resource.format == "text"; }

bool overlaps(const core::Span& a, const core::Span& b) {
  return a.valid() && b.valid() && a.file == b.file && a.begin < b.end && b.begin < a.end;
}

struct Marker {
  std::string_view text;
  std::string_view reason;
};
constexpr Marker kMarkers[] = {{"gitleaks:allow", "gitleaks:allow"},
                               {"trufflehog:ignore", "trufflehog:ignore"},
                               {"pragma: allowlist secret", "pragma: allowlist secret"},
                               {"pragma: whitelist secret", "pragma: whitelist secret"}};

const Marker* marker_in(std::string_view line) {
  for (const Marker& marker : kMarkers) {
    if (line.find(marker.text) != std::string_view::npos) return &marker;
  }
  return nullptr;
}

// The part of a line in which a comment about the place may stand; lines of minified files have no end.
std::string_view around(const core::LineIndex& lines, uint32_t line, uint32_t at) {
  constexpr size_t kReach = 2000;
  std::string_view text = lines.line_text(line);
  size_t start = lines.offset({line, 1});
  size_t from = at > start + kReach ? at - start - kReach : 0;
  return text.substr(std::min(from, text.size()), 2 * kReach);
}

}  // namespace

bool tells_secrets(const rules::RuleInfo& rule) {
  return std::find(rule.tags.begin(), rule.tags.end(), rules::kSecretTag) != rule.tags.end();
}

void name_text_secrets(std::vector<rules::Finding>& findings) {
  for (rules::Finding& finding : findings) {
    if (!is_text(finding)) continue;
    // Of what has no format of its own the name says more.
    constexpr std::string_view kPlain = "secret-value.";
    std::string_view address = finding.resource.address;
    finding.message += ": " + (address.starts_with(kPlain) ? std::string(address.substr(kPlain.size())) : finding.resource.name);
  }
}

void add_text_directives(const core::SourceSet& sources, core::FileId file, std::vector<rules::Directive>& out) {
  std::string_view text = sources.text(file);
  rules::NextCode next_code;
  for (std::string_view word : {"assay:ignore", "checkov:skip=", "trivy:ignore:"}) {
    for (size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
      size_t line = at == 0 ? 0 : text.rfind('\n', at - 1);
      line = line == std::string_view::npos || at == 0 ? 0 : line + 1;
      size_t end = std::min(text.find('\n', at), text.size());
      // From the sign that opens the comment, so that a comment of its own is known as one.
      size_t begin = at;
      while (begin > line && std::string_view("#/;*-!<% \t").find(text[begin - 1]) != std::string_view::npos) --begin;
      while (begin < at && (text[begin] == ' ' || text[begin] == '\t')) ++begin;
      core::Span span{file, static_cast<uint32_t>(begin), static_cast<uint32_t>(end)};
      for (rules::Directive& directive : rules::parse_directives(sources, span, &next_code)) out.push_back(std::move(directive));
      at = end;
    }
  }
}

void allow_marked_secrets(std::vector<rules::Finding>& findings, const rules::RuleSet& rules, const core::SourceSet& sources,
                          const SecretConfig* config) {
  for (rules::Finding& finding : findings) {
    if (finding.suppressed || !finding.region.valid() || !tells_secrets(rules.rules()[finding.rule].info)) continue;
    const core::LineIndex& lines = sources.lines(finding.region.file);
    uint32_t first = lines.position(finding.region.begin).line, last = lines.position(finding.region.end).line;
    const Marker* marker = marker_in(around(lines, first, finding.region.begin));
    if (marker == nullptr && last != first) marker = marker_in(around(lines, last, finding.region.end));
    if (marker != nullptr) {
      finding.suppressed = rules::Suppression{"inSource", std::string(marker->reason), "", {}};
    } else if (first > 1 && lines.line_text(first - 1).substr(0, 2000).find("pragma: allowlist nextline secret") != std::string_view::npos) {
      finding.suppressed = rules::Suppression{"inSource", "pragma: allowlist nextline secret", "", {}};
    } else if (config != nullptr && is_text(finding)) {
      std::string_view kind = finding.resource.name;
      kind = kind.substr(0, kind.find(','));
      if (config->is_ignored(sources.path(finding.region.file), kind, first)) {
        finding.suppressed = rules::Suppression{"external", "listed in .gitleaksignore", "", {}};
      }
    }
  }
}

void merge_text_secrets(std::vector<rules::Finding>& findings, const rules::RuleSet& rules, const core::SourceSet& sources,
                        std::vector<rules::Finding>& hidden) {
  // Other findings of secrets, by the file and place of what they point at.
  std::map<core::FileId, std::vector<size_t>> others;
  bool any = false;
  for (size_t i = 0; i < findings.size(); ++i) {
    const rules::Finding& finding = findings[i];
    if (is_text(finding)) any = true;
    else if (finding.region.valid() && tells_secrets(rules.rules()[finding.rule].info)) others[finding.region.file].push_back(i);
  }
  if (others.empty()) return;
  std::vector<bool> gone(findings.size(), false), taken(findings.size(), false);
  bool moved = false;
  // Who allows a literal under one rule's name means the literal.
  std::map<core::Span, bool> allowed;
  for (const auto& [file, list] : others) {
    for (size_t i : list) allowed[findings[i].region] |= findings[i].suppressed.has_value();
  }
  for (const auto& [file, list] : others) {
    for (size_t i : list) {
      bool points_at_head = findings[i].resource.header.contains(findings[i].region);
      gone[i] = !findings[i].suppressed && !points_at_head && allowed[findings[i].region];
    }
  }
  for (size_t i = 0; any && i < findings.size(); ++i) {
    rules::Finding& secret = findings[i];
    if (!is_text(secret) || !secret.region.valid()) continue;
    auto candidates = others.find(secret.region.file);
    if (candidates == others.end()) continue;
    for (size_t k : candidates->second) {
      rules::Finding& other = findings[k];
      if (gone[k]) continue;
      bool points_at_head = other.resource.header.contains(other.region);
      bool meets = overlaps(other.region, secret.region) || (overlaps(other.whole, secret.region) && !points_at_head);
      if (!meets) continue;
      if (other.suppressed || secret.suppressed) {
        // Either way somebody has decided about it.
        if (!other.suppressed) other.suppressed = secret.suppressed;
        gone[i] = true;
        continue;
      }
      if (taken[k]) continue;  // it stands for an earlier secret in the same value
      gone[i] = taken[k] = true;
      // Quotes around it make no difference worth a new region.
      core::Span old = other.region;
      bool quotes = old.contains(secret.region) && old.size() <= secret.region.size() + 2;
      if (quotes) continue;
      for (size_t n : candidates->second) {
        rules::Finding& same = findings[n];
        if (same.region != old || (n != k && taken[n])) continue;
        if (!same.origin.empty() && same.origin.front().span == old) same.origin.front().span = secret.region;
        same.region = secret.region;
        taken[n] = moved = true;
      }
    }
  }
  size_t to = 0;
  for (size_t i = 0; i < findings.size(); ++i) {
    if (gone[i]) {
      hidden.push_back(std::move(findings[i]));
      continue;
    }
    if (to != i) findings[to] = std::move(findings[i]);
    ++to;
  }
  findings.resize(to);
  if (!moved) return;
  std::stable_sort(findings.begin(), findings.end(), [&](const rules::Finding& a, const rules::Finding& b) {
    auto path = [&](const rules::Finding& f) -> std::string_view {
      return f.region.valid() ? std::string_view(sources.path(f.region.file)) : std::string_view{};
    };
    int order = a.region.file == b.region.file ? 0 : path(a).compare(path(b));
    if (order != 0) return order < 0;
    return std::tie(a.region.begin, rules.rules()[a.rule].info.id, a.resource.address, a.attribute) <
           std::tie(b.region.begin, rules.rules()[b.rule].info.id, b.resource.address, b.attribute);
  });
}

}  // namespace assay::pipeline
