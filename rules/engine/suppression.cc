#include "rules/engine/suppression.h"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "parsers/core/text.h"

namespace assay::rules {
namespace {

constexpr size_t kMaxNotes = 10000;       // about suppressions, of one scan
constexpr size_t kMaxSuggestions = 1000;  // for names that mean no rule
constexpr std::string_view kBlank = " \t\r\n";

std::string_view next_word(std::string_view& text) {
  size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) {
    text = {};
    return {};
  }
  size_t end = text.find_first_of(kBlank, begin);
  std::string_view word = text.substr(begin, end == std::string_view::npos ? end : end - begin);
  text = end == std::string_view::npos ? std::string_view{} : text.substr(end);
  return word;
}

bool is_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  for (size_t i : {0, 1, 2, 3, 5, 6, 8, 9}) {
    if (text[i] < '0' || text[i] > '9') return false;
  }
  return true;
}

// Sets line and, for a comment alone on its line, the next line that holds code.
void place(const core::SourceSet& sources, Directive& directive, NextCode* known) {
  const core::LineIndex& lines = sources.lines(directive.span.file);
  directive.line = lines.position(directive.span.begin).line;
  std::string_view line = lines.line_text(directive.line);
  uint32_t start = lines.offset({directive.line, 1});
  std::string_view before = line.substr(0, directive.span.begin - std::min(start, directive.span.begin));
  if (before.find_first_not_of(" \t") != std::string_view::npos) return;
  uint32_t last = lines.position(directive.span.end).line;
  if (known != nullptr && known->file == directive.span.file && known->from <= last && last < known->line) {
    directive.next_line = known->line == UINT32_MAX ? 0 : known->line;
    return;
  }
  for (uint32_t next = last + 1; next <= lines.line_count(); ++next) {
    std::string_view text = core::trim(lines.line_text(next));
    if (text.empty() || text.starts_with('#') || text.starts_with("//")) continue;
    directive.next_line = next;
    if (known != nullptr) *known = {directive.span.file, last, next};
    return;
  }
  if (known != nullptr) *known = {directive.span.file, last, UINT32_MAX};
}

// Our own form: "assay:ignore RULE[,RULE] reason until=YYYY-MM-DD".
void parse_own(std::string_view rest, Directive base, std::vector<Directive>& out) {
  std::string_view names = next_word(rest);
  for (std::string_view word = next_word(rest); !word.empty(); word = next_word(rest)) {
    if (word.starts_with("until=") && is_date(word.substr(6))) {
      base.until = word.substr(6);
    } else if (word.starts_with("until=")) {
      base.bad_until = word.substr(6);
    } else if (word != "*/") {
      base.reason += (base.reason.empty() ? "" : " ") + std::string(word);
    }
  }
  size_t before = out.size();
  for (std::string_view name : core::split(names, ',')) {
    if (name.empty() || name == "*/") continue;
    base.rule = name;
    out.push_back(base);
  }
  if (out.size() > before) return;
  base.rule.clear();
  out.push_back(std::move(base));  // reported: it names nothing
}

// "checkov:skip=CKV_AWS_20,CKV_AWS_21:reason", "bridgecrew:skip=" and "cortex:skip=".
void parse_checkov(std::string_view rest, Directive base, std::vector<Directive>& out) {
  size_t colon = rest.find(':');
  if (colon != std::string_view::npos) {
    std::string_view reason = core::trim(rest.substr(colon + 1));
    if (reason.ends_with("*/")) reason = core::trim(reason.substr(0, reason.size() - 2));
    base.reason = reason;
  }
  for (std::string_view part : core::split(rest.substr(0, colon), ',')) {
    std::string_view id = next_word(part);
    if (!id.empty() && id != "*/") {
      base.rule = id;
      out.push_back(base);
    }
    if (!core::trim(part).empty()) break;  // what follows a blank is no id
  }
}

// "trivy:ignore:AVD-AWS-0086:exp:2024-01-01", several in one comment; "tfsec:ignore:" is alike.
void parse_trivy(std::string_view rest, Directive base, std::vector<Directive>& out) {
  std::string_view word = next_word(rest);
  std::vector<std::string_view> parts = core::split(word, ':');
  if (parts.empty() || parts[0].empty()) return;
  base.rule = parts[0];
  if (size_t bracket = base.rule.find('['); bracket != std::string::npos) base.rule.resize(bracket);
  for (size_t i = 1; i + 1 < parts.size(); ++i) {
    if (parts[i] == "exp" && is_date(parts[i + 1])) base.until = parts[i + 1];
  }
  out.push_back(std::move(base));
}

Directive at_annotation(const core::SourceSet& sources, const model::Resource& resource,
                        const model::Entry& entry) {
  Directive out;
  out.span = entry.key_span.valid() ? entry.key_span : resource.header;
  if (out.span.valid()) out.line = sources.lines(out.span.file).position(out.span.begin).line;
  out.extent = resource.span;
  out.foreign = true;
  return out;
}

bool covers(const Directive& directive, const Finding& finding, const core::SourceSet& sources) {
  const core::Span& region = finding.region;
  if (directive.extent.valid()) return directive.extent.contains(finding.resource.header);
  if (region.valid() && region.file == directive.span.file) {
    uint32_t line = sources.lines(region.file).position(region.begin).line;
    if (line == directive.line || (directive.next_line != 0 && line == directive.next_line)) return true;
  }
  if (directive.line_only) return false;
  if (directive.next_line == 0) {
    // Behind the head of a block it covers the block.
    const core::Span& header = finding.resource.header;
    return header.valid() && header.file == directive.span.file &&
           sources.lines(header.file).position(header.begin).line == directive.line;
  }
  const core::Span& extent = finding.resource.extent;
  if (extent.contains(directive.span)) return true;
  // Above the head, or above the first line of a document, whose kind may come later.
  for (const core::Span* start : {&finding.resource.header, &extent}) {
    if (start->valid() && start->file == directive.span.file &&
        sources.lines(start->file).position(start->begin).line == directive.next_line) {
      return true;
    }
  }
  return false;
}

// Finds the directives that may cover a finding by the lines and places that covers() asks about, so
// that files full of directives and of findings are not compared each with each.
class DirectiveIndex {
 public:
  DirectiveIndex(const std::vector<Directive>& directives, const core::SourceSet& sources) : sources_(sources) {
    for (uint32_t i = 0; i < directives.size(); ++i) {
      const Directive& directive = directives[i];
      if (directive.extent.valid()) {
        Places& places = by_file_[directive.extent.file];
        places.extents.push_back({directive.extent.begin, directive.extent.end, i});
      } else {
        Places& places = by_file_[directive.span.file];
        places.by_line[directive.line].push_back(i);
        if (directive.next_line != 0) places.by_line[directive.next_line].push_back(i);
        places.spans.push_back({directive.span.begin, directive.span.end, i});
      }
    }
    for (auto& [file, places] : by_file_) {
      auto earlier = [](const Place& a, const Place& b) { return a.begin < b.begin; };
      std::stable_sort(places.extents.begin(), places.extents.end(), earlier);
      std::stable_sort(places.spans.begin(), places.spans.end(), earlier);
      uint32_t furthest = 0;
      for (const Place& place : places.extents) places.furthest.push_back(furthest = std::max(furthest, place.end));
    }
  }

  // Positions of the directives that may cover the finding, ascending.
  void near(const Finding& finding, std::vector<uint32_t>& out) const {
    out.clear();
    if (by_file_.empty()) return;
    for (const core::Span* start : {&finding.region, &finding.resource.header, &finding.resource.extent}) {
      const Places* places = places_of(*start);
      if (places == nullptr || places->by_line.empty()) continue;
      auto found = places->by_line.find(sources_.lines(start->file).position(start->begin).line);
      if (found != places->by_line.end()) out.insert(out.end(), found->second.begin(), found->second.end());
    }
    auto begins_before = [](const Place& place, uint32_t at) { return place.begin < at; };
    const core::Span& extent = finding.resource.extent;
    if (const Places* places = places_of(extent)) {
      auto at = std::lower_bound(places->spans.begin(), places->spans.end(), extent.begin, begins_before);
      for (; at != places->spans.end() && at->begin <= extent.end; ++at) out.push_back(at->directive);
    }
    const core::Span& header = finding.resource.header;
    if (const Places* places = places_of(header)) {
      auto after = std::lower_bound(places->extents.begin(), places->extents.end(), header.begin + 1, begins_before);
      // Backwards, until nothing before reaches as far as the header.
      for (size_t i = static_cast<size_t>(after - places->extents.begin()); i-- > 0;) {
        if (places->furthest[i] < header.begin) break;
        out.push_back(places->extents[i].directive);
      }
    }
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
  }

 private:
  struct Place {
    uint32_t begin, end, directive;
  };
  struct Places {
    std::unordered_map<uint32_t, std::vector<uint32_t>> by_line;
    std::vector<Place> spans;        // of directives in comments, by where they begin
    std::vector<Place> extents;      // of directives in annotations, by where their object begins
    std::vector<uint32_t> furthest;  // the end that the extents up to here reach
  };
  const Places* places_of(const core::Span& span) const {
    if (!span.valid()) return nullptr;
    auto found = by_file_.find(span.file);
    return found == by_file_.end() ? nullptr : &found->second;
  }

  const core::SourceSet& sources_;
  std::unordered_map<core::FileId, Places> by_file_;
};

// Which rules a name, alias or glob means: compared with all of them once.
class NamedRules {
 public:
  explicit NamedRules(const RuleSet& rules) : rules_(rules) {}

  // By position in RuleSet::rules().
  const std::vector<bool>& of(const std::string& name) {
    auto [at, is_new] = named_.try_emplace(name);
    if (is_new) {
      at->second.reserve(rules_.rules().size());
      for (const Rule& rule : rules_.rules()) at->second.push_back(names_rule(name, rule.info));
    }
    return at->second;
  }

  bool any(const std::string& name) {
    const std::vector<bool>& named = of(name);
    return std::find(named.begin(), named.end(), true) != named.end();
  }

 private:
  const RuleSet& rules_;
  std::unordered_map<std::string, std::vector<bool>> named_;
};

}  // namespace

std::vector<Directive> parse_directives(const core::SourceSet& sources, core::Span span, NextCode* known) {
  std::string_view text = sources.text(span);
  std::vector<Directive> out;
  if (text.find("ignore") == std::string_view::npos && text.find("skip=") == std::string_view::npos) {
    return out;
  }
  Directive base;
  base.span = span;
  struct Marker {
    std::string_view text;
    void (*parse)(std::string_view, Directive, std::vector<Directive>&);
    bool foreign;
  };
  static constexpr Marker kMarkers[] = {
      {"assay:ignore", parse_own, false},     {"checkov:skip=", parse_checkov, true},
      {"bridgecrew:skip=", parse_checkov, true}, {"cortex:skip=", parse_checkov, true}, {"trivy:ignore:", parse_trivy, true},
      {"tfsec:ignore:", parse_trivy, true},
  };
  for (const Marker& marker : kMarkers) {
    for (size_t at = text.find(marker.text); at != std::string_view::npos;
         at = text.find(marker.text, at + 1)) {
      base.foreign = marker.foreign;
      marker.parse(text.substr(at + marker.text.size()), base, out);
    }
  }
  if (text.find("kics-scan ignore-line") != std::string_view::npos) {
    base.foreign = true;
    base.line_only = true;
    base.rule = "*";
    out.push_back(base);
  }
  if (!out.empty()) {
    place(sources, base, known);
    for (Directive& directive : out) {
      directive.line = base.line;
      directive.next_line = base.next_line;
    }
  }
  return out;
}

std::vector<Directive> annotation_directives(const core::SourceSet& sources,
                                             const model::Resource& resource) {
  std::vector<Directive> out;
  if (const model::Value* notes = model::at_path(resource.attributes, "metadata.annotations")) {
    for (const model::Entry& entry : notes->entries()) {
      constexpr std::string_view kKubeLinter = "ignore-check.kube-linter.io/";
      Directive directive = at_annotation(sources, resource, entry);
      std::string_view text = entry.value.is_string() ? entry.value.text() : std::string_view{};
      if (entry.key.starts_with(kKubeLinter)) {
        directive.rule = entry.key.substr(kKubeLinter.size());
        directive.reason = text;
      } else if (entry.key.starts_with("checkov.io/skip") || entry.key.starts_with("bridgecrew.io/skip")) {
        directive.rule = text.substr(0, text.find('='));
        if (text.find('=') != std::string_view::npos) directive.reason = text.substr(text.find('=') + 1);
      } else if (entry.key == "kube-linter.io/ignore-all") {
        directive.rule = "*";
        directive.reason = text;
      } else {
        continue;
      }
      out.push_back(std::move(directive));
    }
  }
  for (const model::View& view : resource.views) {
    const model::Value* skips = model::at_path(view.value, "Metadata.checkov.skip");
    if (!skips || !skips->is_sequence()) continue;
    for (const model::Value& skip : skips->items()) {
      const model::Value* id = skip.find("id");
      if (!id || !id->is_string()) continue;
      Directive directive = at_annotation(sources, resource, {.key_span = id->span});
      directive.rule = id->text();
      const model::Value* comment = skip.find("comment");
      if (comment && comment->is_string()) directive.reason = comment->text();
      out.push_back(std::move(directive));
    }
  }
  return out;
}

void apply_suppressions(std::vector<Finding>& findings, std::vector<Directive>& directives,
                        const RuleSet& rules, const core::SourceSet& sources, std::string_view today,
                        std::span<const Rule> idle, core::Problems& problems) {
  auto expired = [&](const Directive& d) { return !d.until.empty() && d.until < today; };
  const DirectiveIndex index(directives, sources);
  NamedRules named_rules(rules);
  std::vector<uint32_t> candidates;
  for (Finding& finding : findings) {
    index.near(finding, candidates);
    for (uint32_t at : candidates) {
      Directive& directive = directives[at];
      if (directive.rule != "*" && !named_rules.of(directive.rule)[finding.rule]) continue;
      if (!covers(directive, finding, sources)) continue;
      directive.used = true;
      if (expired(directive) || finding.suppressed) continue;
      finding.suppressed = Suppression{"inSource", directive.reason, directive.until, directive.span};
    }
  }
  std::unordered_map<std::string, std::string> suggestions;  // what a name that means no rule may mean
  std::set<std::string> without_rule;  // checks of other tools
  const Directive* first_without_rule = nullptr;
  size_t times_without_rule = 0;
  for (const Directive& directive : directives) {
    if (directive.quiet) continue;
    if (problems.size() > kMaxNotes) {
      core::add_problem(problems, core::ProblemSeverity::kNote, "limit-problems",
                        "more notes about suppressions follow; they are not listed", directive.span);
      break;
    }
    auto note = [&](std::string code, std::string message) {
      core::add_problem(problems, core::ProblemSeverity::kNote, std::move(code), std::move(message),
                        directive.span);
    };
    if (directive.rule.empty()) {
      note("suppression-unknown-rule", "name the rule that is suppressed: assay:ignore RULE REASON");
      continue;
    }
    if (!directive.bad_until.empty()) {
      note("suppression-bad-date", "'until=" + directive.bad_until + "' is no date; write until=YYYY-MM-DD");
    }
    auto named = [&](const Rule& rule) { return names_rule(directive.rule, rule.info); };
    bool runs = directive.rule == "*" || named_rules.any(directive.rule);
    bool rests = std::any_of(idle.begin(), idle.end(), named);
    if (!runs && !rests) {
      if (directive.foreign) {  // a check of another tool that Assay has no rule for
        if (first_without_rule == nullptr) first_without_rule = &directive;
        if (without_rule.size() < kMaxSuggestions) without_rule.insert(directive.rule);
        ++times_without_rule;
        continue;
      }
      auto [suggested, is_new] = suggestions.try_emplace(directive.rule);
      if (is_new && suggestions.size() <= kMaxSuggestions) {
        suggested->second = suggest_rule(directive.rule, rules.rules());
        if (suggested->second.empty()) suggested->second = suggest_rule(directive.rule, idle);
      }
      const std::string& nearest = suggested->second;
      note("suppression-unknown-rule", "no rule is called '" + directive.rule + "'" +
                                           (nearest.empty() ? "" : "; did you mean '" + nearest + "'?"));
    } else if (expired(directive)) {
      note("suppression-expired", "the suppression of " + directive.rule + " expired on " + directive.until);
    } else if (runs && !rests && !directive.used && !directive.foreign) {
      note("suppression-unused", "the suppression of " + directive.rule + " suppresses nothing; remove it");
    }
    if (!directive.foreign && directive.reason.empty()) {
      note("suppression-without-reason", "say why " + directive.rule + " is suppressed: assay:ignore " +
                                             directive.rule + " REASON");
    }
  }
  if (first_without_rule == nullptr) return;
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
  core::add_problem(problems, core::ProblemSeverity::kNote, "suppression-no-rule",
                    std::to_string(times_without_rule) +
                        (times_without_rule == 1 ? " suppression names a check that Assay has no rule for: "
                                                 : " suppressions name checks that Assay has no rule for: ") + names,
                    first_without_rule->span);
}

}  // namespace assay::rules
