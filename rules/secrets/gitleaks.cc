#include "rules/secrets/gitleaks.h"

#include <algorithm>

#include "parsers/core/suggest.h"
#include "parsers/core/text.h"
#include "rules/secrets/toml.h"

namespace assay::rules::secrets {
namespace {

using Kind = TomlValue::Kind;
using Notes = std::vector<GitleaksNote>;

std::string kind_word(const TomlValue& value) {
  static constexpr std::string_view kWords[] = {"a text", "a number", "a number", "true or false", "a date", "a list", "a table"};
  return std::string(kWords[static_cast<size_t>(value.kind)]);
}

// Reads members of one table; what is not asked for is unknown.
class Table {
 public:
  Table(const TomlValue& table, std::string what, Notes& errors) : table_(table), what_(std::move(what)), errors_(errors) {}

  std::string text(std::string_view key) {
    const TomlValue* value = member(key);
    if (value == nullptr || !expect(*value, key, value->is(Kind::kString), "a text")) return {};
    return value->text;
  }
  double number(std::string_view key) {
    const TomlValue* value = member(key);
    if (value == nullptr || !expect(*value, key, value->is(Kind::kInteger) || value->is(Kind::kFloat), "a number")) return 0;
    return value->number;
  }
  bool boolean(std::string_view key) {
    const TomlValue* value = member(key);
    return value != nullptr && expect(*value, key, value->is(Kind::kBool), "true or false") && value->boolean;
  }
  std::vector<const TomlValue*> texts(std::string_view key) {
    std::vector<const TomlValue*> out;
    const TomlValue* value = member(key);
    if (value == nullptr || !expect(*value, key, value->is(Kind::kArray), "a list of texts")) return out;
    for (const TomlValue& item : value->items) {
      if (expect(item, key, item.is(Kind::kString), "a list of texts")) out.push_back(&item);
    }
    return out;
  }
  std::vector<const TomlValue*> tables(std::string_view key) {
    std::vector<const TomlValue*> out;
    const TomlValue* value = member(key);
    if (value == nullptr) return out;
    if (value->is(Kind::kTable)) return {value};
    if (!expect(*value, key, value->is(Kind::kArray), "a table or a list of tables")) return out;
    for (const TomlValue& item : value->items) {
      if (expect(item, key, item.is(Kind::kTable), "a list of tables")) out.push_back(&item);
    }
    return out;
  }
  void ignore(std::string_view key) { member(key); }
  uint32_t line(std::string_view key) const {
    const TomlValue* value = table_.find(key);
    return value ? value->line : table_.line;
  }
  bool has(std::string_view key) const { return table_.find(key) != nullptr; }
  // Says which members nobody asked for.
  void finish() {
    for (const auto& [name, value] : table_.members) {
      if (std::find(asked_.begin(), asked_.end(), name) != asked_.end()) continue;
      errors_.push_back({value.line, what_ + ": unknown key '" + name + "'" + core::did_you_mean(name, asked_)});
    }
  }

 private:
  const TomlValue* member(std::string_view key) {
    asked_.push_back(key);
    return table_.find(key);
  }
  bool expect(const TomlValue& value, std::string_view key, bool fine, std::string_view wanted) {
    if (!fine) {
      errors_.push_back({value.line, what_ + ": " + std::string(key) + " must be " + std::string(wanted) + ", not " + kind_word(value)});
    }
    return fine;
  }
  const TomlValue& table_;
  std::string what_;
  Notes& errors_;
  std::vector<std::string_view> asked_;
};

std::shared_ptr<const core::Regex> compile(std::string_view pattern, uint32_t line, const std::string& what, Notes& notes) {
  if (pattern.empty()) return nullptr;
  auto compiled = core::Regex::compile(pattern);
  if (compiled) return *compiled;
  bool around = pattern.find("(?=") != std::string_view::npos || pattern.find("(?!") != std::string_view::npos ||
                pattern.find("(?<=") != std::string_view::npos || pattern.find("(?<!") != std::string_view::npos;
  notes.push_back({line, what + ": the expression cannot be used: " +
                             (around ? std::string("look-around is not supported (nor is it by gitleaks)") : compiled.error().message),
                   true});
  return nullptr;
}

GitleaksAllowlist read_allowlist(const TomlValue& value, const std::string& what, Notes& errors, Notes& notes) {
  GitleaksAllowlist out;
  Table table(value, what, errors);
  table.ignore("description");
  for (const TomlValue* path : table.texts("paths")) {
    if (auto regex = compile(path->text, path->line, what, notes)) out.paths.push_back(std::move(regex));
  }
  for (const TomlValue* text : table.texts("regexes")) {
    if (auto regex = compile(text->text, text->line, what, notes)) out.regexes.push_back(std::move(regex));
  }
  for (const TomlValue* word : table.texts("stopwords")) out.stopwords.push_back(core::to_lower_ascii(word->text));
  for (const TomlValue* rule : table.texts("targetRules")) out.target_rules.push_back(rule->text);
  out.has_commits = !table.texts("commits").empty();
  if (out.has_commits) notes.push_back({table.line("commits"), what + ": commits are not looked at: files are searched, not their history"});
  std::string condition = core::to_upper_ascii(table.text("condition"));
  out.all = condition == "AND" || condition == "&&";
  if (!out.all && !condition.empty() && condition != "OR" && condition != "||") {
    errors.push_back({table.line("condition"), what + ": condition is AND or OR, not '" + condition + "'"});
  }
  std::string target = table.text("regexTarget");
  if (target == "match") out.target = GitleaksAllowlist::Target::kMatch;
  else if (target == "line") out.target = GitleaksAllowlist::Target::kLine;
  else if (!target.empty() && target != "secret") {
    errors.push_back({table.line("regexTarget"), what + ": regexTarget is secret, match or line, not '" + target + "'"});
  }
  table.finish();
  return out;
}

std::string_view line_of(std::string_view text, size_t begin, size_t end) {
  size_t from = begin == 0 ? std::string_view::npos : text.rfind('\n', begin - 1);
  from = from == std::string_view::npos ? 0 : from + 1;
  size_t to = std::min(text.find('\n', end), text.size());
  return text.substr(from, to - from);
}

bool is_in(const std::vector<std::string>& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

}  // namespace

void GitleaksConfig::read(std::string_view toml) {
  TomlDocument document = parse_toml(toml);
  for (TomlError& error : document.errors) errors_.push_back({error.line, std::move(error.message)});
  Table top(document.root, "the configuration", errors_);
  for (std::string_view key : {"title", "description", "minVersion"}) top.ignore(key);
  for (const TomlValue* value : top.tables("extend")) {
    Table extend(*value, "extend", errors_);
    extend.boolean("useDefault");  // the built-in detection always runs
    extends_ = extend.text("path");
    if (extend.has("url")) notes_.push_back({extend.line("url"), "extend: url is not followed: nothing is fetched from the network"});
    extend.ignore("url");
    for (const TomlValue* rule : extend.texts("disabledRules")) disabled_.push_back(rule->text);
    extend.finish();
  }
  for (std::string_view key : {"allowlist", "allowlists"}) {
    for (const TomlValue* value : top.tables(key)) {
      allowlists_.push_back(read_allowlist(*value, "allowlist", errors_, notes_));
    }
  }
  for (const TomlValue* value : top.tables("rules")) {
    Table table(*value, "rule", errors_);
    GitleaksRule rule;
    rule.id = table.text("id");
    std::string what = "rule " + (rule.id.empty() ? std::string("without id") : rule.id);
    if (rule.id.empty()) errors_.push_back({value->line, "rule: id is missing"});
    rule.description = table.text("description");
    std::string regex = table.text("regex"), path = table.text("path");
    rule.regex = compile(regex, table.line("regex"), what, notes_);
    rule.path = compile(path, table.line("path"), what, notes_);
    rule.group = static_cast<size_t>(std::max(0.0, table.number("secretGroup")));
    rule.entropy = table.number("entropy");
    for (const TomlValue* word : table.texts("keywords")) rule.keywords.push_back(core::to_lower_ascii(word->text));
    for (std::string_view key : {"tags", "skipReport", "required"}) table.ignore(key);
    if (table.has("required")) notes_.push_back({table.line("required"), what + ": required is not looked at; the rule counts by itself"});
    for (std::string_view key : {"allowlist", "allowlists"}) {
      for (const TomlValue* list : table.tables(key)) rule.allowlists.push_back(read_allowlist(*list, what, errors_, notes_));
    }
    table.finish();
    if (rule.regex && rule.group > rule.regex->group_count()) {
      errors_.push_back({table.line("secretGroup"), what + ": the expression has only " + std::to_string(rule.regex->group_count()) + " groups"});
      continue;
    }
    if (rule.regex || (rule.path && regex.empty())) rules_.push_back(std::move(rule));
    else if (regex.empty() && path.empty()) additions_.push_back(std::move(rule));
  }
  top.finish();
}

std::string GitleaksConfig::take_extends() { return std::exchange(extends_, std::string()); }

void GitleaksConfig::read_ignored(std::string_view text) {
  for (std::string_view line : core::split_lines(text)) {
    line = core::trim(line);
    if (line.empty() || line.starts_with('#')) continue;
    std::vector<std::string_view> parts = core::split(line, ':');
    if (parts.size() == 4) parts.erase(parts.begin());  // the commit
    if (parts.size() == 3) ignored_.push_back(std::string(parts[0]) + ":" + std::string(parts[1]) + ":" + std::string(parts[2]));
  }
  std::sort(ignored_.begin(), ignored_.end());
}

bool GitleaksConfig::is_ignored(std::string_view path, std::string_view rule, uint32_t line) const {
  std::string key = std::string(path) + ":" + std::string(rule) + ":" + std::to_string(line);
  return std::binary_search(ignored_.begin(), ignored_.end(), key);
}

bool GitleaksConfig::allows_path(std::string_view path) const {
  return std::any_of(allowlists_.begin(), allowlists_.end(), [&](const GitleaksAllowlist& list) {
    // With AND the path alone decides nothing, unless it is all there is.
    if (!list.target_rules.empty() || (list.all && (!list.regexes.empty() || !list.stopwords.empty() || list.has_commits))) return false;
    return std::any_of(list.paths.begin(), list.paths.end(), [&](const auto& regex) { return regex->search(path); });
  });
}

bool GitleaksConfig::allowed(const GitleaksAllowlist& list, const Candidate& candidate) const {
  auto any = [](const auto& regexes, std::string_view text) {
    return std::any_of(regexes.begin(), regexes.end(), [&](const auto& regex) { return regex->search(text); });
  };
  std::string_view target = list.target == GitleaksAllowlist::Target::kMatch  ? candidate.match
                            : list.target == GitleaksAllowlist::Target::kLine ? candidate.line
                                                                              : candidate.secret;
  std::string lower = list.stopwords.empty() ? std::string() : core::to_lower_ascii(candidate.secret);
  bool stopped = std::any_of(list.stopwords.begin(), list.stopwords.end(),
                             [&](const std::string& word) { return lower.find(word) != std::string::npos; });
  bool criteria[][2] = {{!list.paths.empty(), any(list.paths, candidate.path)},
                        {!list.regexes.empty(), any(list.regexes, target)},
                        {!list.stopwords.empty(), stopped},
                        {list.has_commits, false}};
  bool given = false, every = true, some = false;
  for (auto& [is_given, holds] : criteria) {
    if (!is_given) continue;
    given = true;
    every = every && holds;
    some = some || holds;
  }
  return given && (list.all ? every : some);
}

bool GitleaksConfig::allowed_anywhere(const Candidate& candidate) const {
  return std::any_of(allowlists_.begin(), allowlists_.end(), [&](const GitleaksAllowlist& list) {
    return (list.target_rules.empty() || is_in(list.target_rules, candidate.rule)) && allowed(list, candidate);
  });
}

void GitleaksConfig::find(const GitleaksRule& rule, std::string_view path, std::string_view text, const std::string& lower,
                          std::vector<Match>& out) const {
  if (rule.path && !rule.path->search(path)) return;
  bool keyword = rule.keywords.empty() || std::any_of(rule.keywords.begin(), rule.keywords.end(), [&](const std::string& word) {
                   return lower.find(word) != std::string::npos;
                 });
  if (!keyword) return;
  auto consider = [&](size_t match_begin, size_t match_end, size_t begin, size_t end) {
    std::string_view secret = text.substr(begin, end - begin);
    if (rule.entropy != 0 && entropy(secret) <= rule.entropy) return;
    Candidate candidate{path, rule.id, secret, text.substr(match_begin, match_end - match_begin), line_of(text, match_begin, match_end)};
    for (const GitleaksAllowlist& list : rule.allowlists) {
      if (allowed(list, candidate)) return;
    }
    if (allowed_anywhere(candidate)) return;
    bool overlaps = std::any_of(out.begin(), out.end(), [&](const Match& other) { return begin < other.end && other.begin < end; });
    if (overlaps || out.size() >= kMaxMatches) return;
    Match match{rule.id, begin, end, Category::kCustom};
    match.detail = rule.description;
    out.push_back(std::move(match));
  };
  if (!rule.regex) {  // the path is all it asks for
    size_t end = std::min(text.find('\n'), text.size());
    if (end > 0) consider(0, end, 0, end);
    return;
  }
  for (const core::RegexMatch& found : rule.regex->find_all(text, kMaxMatches)) {
    size_t group = rule.group;
    for (size_t i = 1; group == 0 && i < found.groups.size(); ++i) {
      if (found.groups[i].matched && found.groups[i].end > found.groups[i].begin) group = i;
    }
    if (!found.groups[group].matched || found.groups[group].end == found.groups[group].begin) continue;
    consider(found.begin(), found.end(), found.groups[group].begin, found.groups[group].end);
  }
}

void GitleaksConfig::apply(std::string_view path, std::string_view text, std::vector<Match>& matches) const {
  std::erase_if(matches, [&](const Match& match) {
    std::string_view rule = peer_name(match.kind);
    if (is_in(disabled_, rule) || is_in(disabled_, match.kind)) return true;
    Candidate candidate{path, rule, text.substr(match.begin, match.end - match.begin), text.substr(match.begin, match.end - match.begin),
                        line_of(text, match.begin, match.end)};
    if (allowed_anywhere(candidate)) return true;
    for (const GitleaksRule& addition : additions_) {
      if (addition.id != rule && addition.id != match.kind) continue;
      for (const GitleaksAllowlist& list : addition.allowlists) {
        if (allowed(list, candidate)) return true;
      }
    }
    return false;
  });
  if (rules_.empty()) return;
  bool keywords = std::any_of(rules_.begin(), rules_.end(), [](const GitleaksRule& rule) { return !rule.keywords.empty(); });
  std::string lower = keywords ? core::to_lower_ascii(text) : std::string();
  for (const GitleaksRule& rule : rules_) {
    if (!is_in(disabled_, rule.id)) find(rule, path, text, lower, matches);
  }
  std::sort(matches.begin(), matches.end(), [](const Match& a, const Match& b) { return a.begin < b.begin; });
}

}  // namespace assay::rules::secrets
