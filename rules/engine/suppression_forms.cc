// Directives in comments: our own form and those of other tools.
#include <array>

#include "parsers/core/text.h"
#include "rules/engine/suppression.h"

namespace assay::rules {
namespace {

constexpr std::string_view kBlank = " \t\r\n";
constexpr uint32_t kMaxBlockLines = 100000;  // that "kics-scan ignore-block" is followed through

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

// Without the end of a /* comment */.
std::string_view reason_in(std::string_view text) {
  text = core::trim(text);
  for (std::string_view end : {"*/", "-->"}) {
    if (text.ends_with(end)) text = core::trim(text.substr(0, text.size() - end.size()));
  }
  return text;
}

// Sets line and, for a comment alone on its line, the next line that holds code.
void place(const core::SourceSet& sources, Directive& directive, NextCode* known) {
  const core::LineIndex& lines = sources.lines(directive.span.file);
  directive.line = lines.position(directive.span.begin).line;
  std::string_view line = lines.line_text(directive.line);
  uint32_t start = lines.offset({directive.line, 1});
  std::string_view before =
      line.substr(0, directive.span.begin - std::min(start, directive.span.begin));
  if (before.find_first_not_of(" \t") != std::string_view::npos) return;
  uint32_t last = lines.position(directive.span.end).line;
  if (known != nullptr && known->file == directive.span.file && known->from <= last &&
      last < known->line) {
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

// Is there no code in front of the comment?
bool opens_file(const core::SourceSet& sources, const core::Span& span) {
  std::string_view before = sources.text(span.file).substr(0, span.begin);
  if (before.starts_with("\xEF\xBB\xBF")) before.remove_prefix(3);
  for (std::string_view line : core::split_lines(before)) {
    line = core::trim(line);
    bool comment = line.empty() || line.starts_with('#') || line.starts_with("//") ||
                   line.starts_with("/*") || line.starts_with('*');
    if (!comment) return false;
  }
  return true;
}

// The block that begins on `line`: in YAML the lines that are indented more, elsewhere up to the
// closing bracket.
core::Span block_at(const core::SourceSet& sources, core::FileId file, uint32_t line) {
  const core::LineIndex& lines = sources.lines(file);
  std::string_view path = sources.path(file);
  uint32_t begin = lines.offset({line, 1});
  uint32_t last = line;
  uint32_t limit = std::min(lines.line_count(), line + kMaxBlockLines);
  if (path.ends_with(".yaml") || path.ends_with(".yml")) {
    std::string_view first = lines.line_text(line);
    size_t indent = first.find_first_not_of(' ');
    bool item = indent != std::string_view::npos && first.substr(indent).starts_with('-');
    for (uint32_t next = line + 1; next <= limit; ++next) {
      std::string_view text = lines.line_text(next);
      size_t at = text.find_first_not_of(" \r");
      if (at == std::string_view::npos) continue;
      bool list_of_key = !item && at == indent && text.substr(at).starts_with("- ");
      if (at <= indent && !list_of_key) break;
      last = next;
    }
  } else {
    int depth = 0;
    for (uint32_t next = line; next <= limit; ++next) {
      std::string_view text = lines.line_text(next);
      bool quoted = false;
      for (size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (quoted && c == '\\')
          ++i;
        else if (c == '"')
          quoted = !quoted;
        else if (!quoted && (c == '#' || text.substr(i).starts_with("//")))
          break;
        else if (!quoted && (c == '{' || c == '[' || c == '('))
          ++depth;
        else if (!quoted && (c == '}' || c == ']' || c == ')'))
          --depth;
      }
      last = next;
      if (depth <= 0) break;
    }
  }
  return {file, begin,
          begin + static_cast<uint32_t>(lines.line_text(last).size()) + lines.offset({last, 1}) -
              begin};
}

void parse_ours(std::string_view rest, Directive base, std::vector<Directive>& out) {
  parse_own_directive(rest, std::move(base), out);
}

// "checkov:skip=CKV_AWS_20,CKV_AWS_21:reason", "bridgecrew:skip=" and "cortex:skip=".
void parse_checkov(std::string_view rest, Directive base, std::vector<Directive>& out) {
  size_t colon = rest.find(':');
  if (colon != std::string_view::npos) base.reason = reason_in(rest.substr(colon + 1));
  for (std::string_view part : core::split(rest.substr(0, colon), ',')) {
    std::string_view id = next_word(part);
    if (!id.empty() && id != "*/") {
      base.rule = id;
      out.push_back(base);
    }
    if (!core::trim(part).empty()) break;  // what follows a blank is no id
  }
}

// "[bucket=logs,versioning.enabled=false]" behind an id of Trivy's.
std::string_view parse_selector(std::string_view text, Directive& out) {
  size_t close = text.find(']');
  for (std::string_view part :
       core::split(text.substr(1, close == std::string_view::npos ? close : close - 1), ',')) {
    size_t equals = part.find('=');
    if (equals == std::string_view::npos) continue;
    std::string_view value = core::trim(part.substr(equals + 1));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
      value = value.substr(1, value.size() - 2);
    out.where.emplace_back(core::trim(part.substr(0, equals)), value);
  }
  return close == std::string_view::npos ? std::string_view{} : text.substr(close + 1);
}

// "trivy:ignore:AVD-AWS-0086[bucket=x]:exp:2024-01-01:ws:prod"; "tfsec:ignore:" is alike. Several
// may stand in one comment, and words behind them are the reason.
void parse_trivy(std::string_view rest, Directive base, std::vector<Directive>& out) {
  size_t end = rest.find_first_of(":[ \t\r\n");
  base.rule = rest.substr(0, end);
  if (base.rule.empty() || base.rule == "*/") return;
  rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end);
  if (rest.starts_with('[')) rest = parse_selector(rest, base);
  std::string_view words = rest;
  std::string_view parameters =
      rest.starts_with(':') ? next_word(words).substr(1) : std::string_view{};
  std::vector<std::string_view> parts = core::split(parameters, ':');
  for (size_t i = 0; i + 1 < parts.size(); i += 2) {
    if (parts[i] == "exp") (is_date(parts[i + 1]) ? base.until : base.bad_until) = parts[i + 1];
    if (parts[i] == "ws") base.workspace = parts[i + 1];
  }
  // Where another directive follows, what stands between them is no reason.
  size_t more = std::min(
      {words.find("trivy:ignore:"), words.find("tfsec:ignore:"), words.find("checkov:skip=")});
  base.reason = more == std::string_view::npos ? reason_in(words) : std::string_view{};
  while (base.reason.starts_with('#')) base.reason.erase(0, 1);
  base.reason = std::string(core::trim(base.reason));
  out.push_back(std::move(base));
}

// "ts:skip=AC_AWS_0214 reason", of Terrascan.
void parse_terrascan(std::string_view rest, Directive base, std::vector<Directive>& out) {
  std::string_view ids = next_word(rest);
  base.reason = reason_in(rest);
  for (std::string_view id : core::split(ids, ',')) {
    if (id.empty() || id == "*/") continue;
    base.rule = id;
    out.push_back(base);
  }
}

// Commands of KICS: for the next line, the next block, the whole file (in front of all code only)
// or some queries.
void parse_kics(const core::SourceSet& sources, std::string_view text, Directive base,
                std::vector<Directive>& out) {
  constexpr std::string_view kCommand = "kics-scan ";
  base.foreign = base.wordless = true;
  base.form = "kics-scan";
  for (size_t at = text.find(kCommand); at != std::string_view::npos;
       at = text.find(kCommand, at + 1)) {
    std::string_view rest = text.substr(at + kCommand.size());
    std::string_view word = next_word(rest);
    Directive one = base;
    one.rule = "*";
    if (word == "ignore-line") {
      one.line_only = true;
      out.push_back(std::move(one));
    } else if (word == "ignore-block") {
      one.line_only = true;
      one.block = base.span;  // until its place is known
      out.push_back(std::move(one));
    } else if (opens_file(sources, base.span) && word == "ignore") {
      one.whole_file = true;
      out.push_back(std::move(one));
    } else if (opens_file(sources, base.span) && word.starts_with("disable=")) {
      one.whole_file = true;
      for (std::string_view id : core::split(word.substr(8), ',')) {
        if (id.empty()) continue;
        one.rule = id;
        out.push_back(one);
      }
    }
  }
}

}  // namespace

bool is_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  for (size_t i : {0, 1, 2, 3, 5, 6, 8, 9}) {
    if (!core::is_digit(text[i])) return false;
  }
  auto number = [&](size_t from, size_t count) {
    int out = 0;
    for (size_t i = from; i < from + count; ++i) out = out * 10 + (text[i] - '0');
    return out;
  };
  constexpr std::array<int, 12> kDays = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  int year = number(0, 4), month = number(5, 2), day = number(8, 2);
  if (month < 1 || month > 12 || day < 1 || day > kDays[static_cast<size_t>(month - 1)])
    return false;
  bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return leap || month != 2 || day != 29;
}

void parse_own_directive(std::string_view text, Directive base, std::vector<Directive>& out) {
  std::string_view names = next_word(text);
  // A blank behind a comma does not end the list: "AWS0101, AWS0102 reason".
  std::string joined(names);
  while (joined.ends_with(',')) {
    std::string_view more = next_word(text);
    if (more.empty()) break;
    joined += more;
  }
  for (std::string_view word = next_word(text); !word.empty(); word = next_word(text)) {
    if (word.starts_with("until=")) {
      (is_date(word.substr(6)) ? base.until : base.bad_until) = word.substr(6);
    } else if (word.starts_with("owner=")) {
      base.owner = word.substr(6);
    } else if (word != "*/") {
      base.reason += (base.reason.empty() ? "" : " ") + std::string(word);
    }
  }
  size_t before = out.size();
  for (std::string_view name : core::split(joined, ',')) {
    if (name.empty() || name == "*/") continue;
    base.rule = name;
    out.push_back(base);
  }
  if (out.size() > before) return;
  base.rule.clear();
  out.push_back(std::move(base));  // reported: it names nothing
}

std::vector<Directive> parse_directives(const core::SourceSet& sources, core::Span span,
                                        NextCode* known) {
  std::string_view text = sources.text(span);
  std::vector<Directive> out;
  if (text.find("ignore") == std::string_view::npos &&
      text.find("skip=") == std::string_view::npos &&
      text.find("kics-scan") == std::string_view::npos) {
    return out;
  }
  Directive base;
  base.span = span;
  struct Marker {
    std::string_view text;
    void (*parse)(std::string_view, Directive, std::vector<Directive>&);
    std::string_view form;
    bool foreign;
  };
  static constexpr Marker kMarkers[] = {
      {"assay:ignore", parse_ours, "assay:ignore", false},
      {"checkov:skip=", parse_checkov, "checkov:skip", true},
      {"bridgecrew:skip=", parse_checkov, "bridgecrew:skip", true},
      {"cortex:skip=", parse_checkov, "cortex:skip", true},
      {"trivy:ignore:", parse_trivy, "trivy:ignore", true},
      {"tfsec:ignore:", parse_trivy, "tfsec:ignore", true},
      {"ts:skip=", parse_terrascan, "ts:skip", true},
  };
  for (const Marker& marker : kMarkers) {
    for (size_t at = text.find(marker.text); at != std::string_view::npos;
         at = text.find(marker.text, at + 1)) {
      char before = at == 0 ? ' ' : text[at - 1];
      if (core::is_alpha(before) || core::is_digit(before))
        continue;  // "facts:skip=", "myassay:ignore"
      base.foreign = marker.foreign;
      base.form = marker.form;
      marker.parse(text.substr(at + marker.text.size()), base, out);
    }
  }
  if (text.find("kics-scan ") != std::string_view::npos) parse_kics(sources, text, base, out);
  if (!out.empty()) {
    place(sources, base, known);
    for (Directive& directive : out) {
      directive.line = base.line;
      directive.next_line = base.next_line;
      if (directive.block.valid()) {
        directive.block =
            block_at(sources, span.file, base.next_line != 0 ? base.next_line : base.line);
      }
    }
  }
  return out;
}

}  // namespace assay::rules
