// The terminal report: per finding a headline, a code frame with a caret under the token, the chain
// of its origin and a line of help; then problems and a summary.
#include <algorithm>
#include <array>

#include "parsers/core/text.h"
#include "sarif/compliance.h"
#include "sarif/findings.h"
#include "sarif/painter.h"
#include "sarif/redact.h"
#include "sarif/terminal.h"
#include "sarif/writer.h"

namespace assay::report {
namespace {

using core::Position;
using core::Span;
using rules::Finding;
using rules::Report;
using rules::RuleInfo;
using rules::Severity;
using rules::Verdict;

constexpr size_t kTabWidth = 4;        // a tab in a code frame becomes this many blanks
constexpr size_t kMaxFrameColumns = 160;  // longer lines are cut around the region
constexpr uint32_t kMaxFrameBytes = 4096;  // that are looked at on each side of the region, in a line of megabytes
constexpr size_t kMaxHops = 8;         // of an origin chain
constexpr size_t kMaxRelated = 4;

Ink ink_of(Severity severity) {
  switch (severity) {
    case Severity::kCritical:
    case Severity::kHigh: return Ink::kRed;
    case Severity::kMedium: return Ink::kYellow;
    default: return Ink::kBlue;
  }
}

std::string place(const Report& report, const Span& span) {
  if (!span.valid()) return "?";
  Position at = report.sources->lines(span.file).position(span.begin);
  return report.sources->path(span.file) + ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
}

// A source line as a terminal shows it: tabs widened, control characters made visible. `begin` and
// `end` are columns of the terminal.
struct ShownLine {
  std::string text;
  size_t begin = 0, end = 0;
};

void append_shown(std::string_view text, std::string& out, size_t& column) {
  for (size_t at = 0; at < text.size();) {
    core::Utf8 next = core::decode_utf8(text, at);
    std::string_view bytes = text.substr(at, next.length);
    if (bytes == "\t") {
      out.append(kTabWidth, ' ');
      column += kTabWidth;
    } else if (!next.valid || next.code < 0x20 || (next.code >= 0x7f && next.code < 0xa0)) {
      out += '?';
      ++column;
    } else {
      out += bytes;
      column += core::display_width(bytes);
    }
    at += next.length;
  }
}

// Parts of the line before the region, in it and behind it, with secrets hidden. An offset inside a
// character counts as its start.
ShownLine show(const Redactor& redactor, core::Span line, uint32_t begin, uint32_t end) {
  ShownLine out;
  size_t column = 0;
  auto part = [&](uint32_t from, uint32_t to) {
    append_shown(redactor.source({line.file, from, to}, Redactor::Width::kDisplay), out.text, column);
  };
  part(line.begin, begin);
  out.begin = column;
  part(begin, end);
  out.end = std::max(column, out.begin + 1);
  part(end, line.end);
  return out;
}

// The part of `text` from column `from` on, at most `width` columns. Wide characters are not cut in two.
std::string_view columns_of(std::string_view text, size_t from, size_t width) {
  size_t column = 0;
  size_t begin = 0;
  size_t at = 0;
  for (; at < text.size();) {
    size_t length = core::decode_utf8(text, at).length;
    size_t size = core::display_width(text.substr(at, length));
    if (column < from) begin = at + length;
    else if (column + size > from + width) break;
    column += size;
    at += length;
  }
  return text.substr(begin, at - std::min(at, begin));
}

// Keeps the part of a long line around the region.
void cut(ShownLine& line) {
  size_t width = core::display_width(line.text);
  if (width <= kMaxFrameColumns) return;
  size_t from = line.begin > kMaxFrameColumns / 2 ? line.begin - kMaxFrameColumns / 2 : 0;
  if (from > 0) {
    std::string_view kept = columns_of(line.text, from, width);
    // A wide character across the cut is left out: the rest has moved.
    from = width - core::display_width(kept);
    line.text = "..." + std::string(kept);
    line.begin = line.begin - from + 3;
    line.end = line.end - from + 3;
  }
  if (core::display_width(line.text) > kMaxFrameColumns) {
    line.text = std::string(columns_of(line.text, 0, kMaxFrameColumns)) + "...";
  }
  line.end = std::max(line.begin + 1, std::min(line.end, core::display_width(line.text)));
}

void append_frame(const Report& report, const Redactor& redactor, const Span& span, Ink ink,
                  const Painter& paint, std::string& out) {
  const core::LineIndex& lines = report.sources->lines(span.file);
  Position at = lines.position(span.begin);
  uint32_t start = lines.offset({at.line, 1});
  auto line_end = static_cast<uint32_t>(start + lines.line_text(at.line).size());
  uint32_t begin = std::clamp(span.begin, start, line_end);
  auto inside = [&](uint32_t offset) { return (report.sources->text(span.file)[offset] & 0xc0) == 0x80; };
  if (begin - start > kMaxFrameBytes) {
    start = begin - kMaxFrameBytes;
    while (start < begin && inside(start)) ++start;
  }
  uint32_t region_end = std::clamp(span.end, begin, line_end);
  if (line_end - region_end > kMaxFrameBytes) {
    line_end = region_end + kMaxFrameBytes;
    while (line_end > region_end && inside(line_end)) --line_end;
  }
  ShownLine line = show(redactor, {span.file, start, line_end}, begin, std::clamp(span.end, begin, line_end));
  cut(line);
  std::string number = std::to_string(at.line);
  std::string margin(number.size() + 1, ' ');
  out += margin + paint(Ink::kBlue, " |") + "\n";
  out += " " + paint(Ink::kBlue, number + " |") + " " + line.text + "\n";
  out += margin + paint(Ink::kBlue, " |") + " " + std::string(line.begin, ' ') +
         paint(ink, std::string(line.end - line.begin, '^')) + "\n";
}

// Breaks between words; every line but the first starts with `indent`, which the first is assumed to have.
std::string wrap(std::string_view text, size_t width, std::string_view indent) {
  std::string out;
  size_t column = indent.size();
  for (std::string_view word : core::split(text, ' ')) {
    if (word.empty()) continue;
    size_t size = core::display_width(word);
    bool first = out.empty();
    if (!first && column + 1 + size > width) {
      out.append("\n").append(indent);
      column = indent.size();
    } else if (!first) {
      out += ' ';
      ++column;
    }
    out += word;
    column += size;
  }
  return out;
}

void append_finding(const Report& report, const Redactor& redactor, const Finding& finding,
                    const WriteOptions& options, const Painter& paint, std::string& out) {
  const RuleInfo& rule = report.rules[finding.rule];
  bool maybe = finding.verdict == Verdict::kMaybe;
  Ink ink = ink_of(finding.severity);
  std::string head(rules::severity_name(finding.severity));
  if (maybe) head += " (maybe)";
  out += paint(ink, head + "[" + rule.id + "]") + paint(Ink::kBold, " " + redactor.message(finding.message)) + "\n";
  if (finding.region.valid()) {
    out += paint(Ink::kBlue, " --> ") + place(report, finding.region) + "\n";
    append_frame(report, redactor, finding.region, ink, paint, out);
  }
  auto note = [&](std::string_view label, const std::string& text) {
    out += paint(Ink::kBlue, "   = ") + paint(Ink::kBold, std::string(label) + (label.ends_with('>') ? " " : ": ")) + text + "\n";
  };
  note("resource", redactor.message(finding.resource.address) +
                       (finding.attribute.empty() ? "" : " (" + finding.attribute + ")"));
  if (finding.origin.size() > 1) {
    size_t shown = std::min(finding.origin.size(), kMaxHops);
    for (size_t i = 0; i < shown; ++i) {
      const rules::OriginStep& step = finding.origin[i];
      std::string where = step.span.valid() ? "  " + paint(Ink::kGrey, place(report, step.span)) : "";
      note(i == 0 ? "origin" : "     ->", redactor.message(step.what) + where);
    }
    if (finding.origin.size() > shown) {
      note("     ->", std::to_string(finding.origin.size() - shown) + " more");
    }
  }
  for (size_t i = 0; i < std::min(finding.related.size(), kMaxRelated); ++i) {
    note("note", redactor.message(finding.related[i].message) + "  " + paint(Ink::kGrey, place(report, finding.related[i].span)));
  }
  if (finding.related.size() > kMaxRelated) {
    note("note", std::to_string(finding.related.size() - kMaxRelated) + " more instances");
  }
  if (maybe && !finding.witness.empty()) note("when", redactor.message(finding.witness));
  if (options.explain) {
    constexpr std::string_view kIndent = "           ";  // below the first word behind "   = help: "
    std::string advice = wrap(advice_of(rule), options.width, kIndent);
    std::string more = "assay explain " + rule.id;
    size_t last = advice.size() - std::min(advice.size(), advice.rfind('\n') + 1);
    bool fits = last + more.size() + 3 + (advice.find('\n') == std::string::npos ? kIndent.size() : 0) <= options.width;
    std::string gap = advice.empty() ? "" : fits ? " " : "\n" + std::string(kIndent);
    note("help", advice + gap + paint(Ink::kGrey, "(" + more + ")"));
  }
  if (finding.fix) {
    std::string_view option = finding.fix->kind == rules::FixKind::kSafe ? "(--fix)" : "(--fix=unsafe)";
    note("fix available", redactor.message(finding.fix->description) + " " + paint(Ink::kGrey, option));
  }
  out += "\n";
}

void append_problem(const Report& report, const Redactor& redactor, const core::Problem& problem,
                    const Painter& paint, std::string& out) {
  bool is_note = problem.severity == core::ProblemSeverity::kNote;
  bool is_error = problem.severity == core::ProblemSeverity::kError;
  std::string_view word = is_note ? "note" : is_error ? "error" : "warning";
  out += paint(is_error ? Ink::kRed : is_note ? Ink::kCyan : Ink::kYellow,
               std::string(word) + "[" + problem.code + "]");
  out += " " + redactor.message(problem.message) + "\n";
  if (problem.span.valid()) {
    out += paint(Ink::kBlue, " --> ") + place(report, problem.span) + "\n";
    if (problem.span.end > 0) append_frame(report, redactor, problem.span, Ink::kYellow, paint, out);
  } else if (!problem.path.empty()) {
    out += paint(Ink::kBlue, " --> ") + problem.path + "\n";
  }
  if (problem.related.valid()) {
    out += paint(Ink::kBlue, "   = ") + "see also " + place(report, problem.related) + "\n";
  }
  out += "\n";
}

void append_summary(const Report& report, const Painter& paint, std::string& out) {
  std::array<uint64_t, 5> by_severity{};
  uint64_t shown = 0;
  for (const Finding& finding : report.findings) {
    if (!rules::counts(finding)) continue;
    ++by_severity[static_cast<size_t>(finding.severity)];
    ++shown;
  }
  const rules::Comparison& comparison = report.comparison;
  std::string_view noun = comparison.against.empty() ? "finding" : "new finding";
  if (shown == 0) {
    out += paint(Ink::kGreen, "no " + std::string(noun) + "s");
  } else {
    out += paint(Ink::kBold, counted(shown, noun));
    std::string separator = ": ";
    for (int i = 4; i >= 0; --i) {
      uint64_t count = by_severity[static_cast<size_t>(i)];
      if (count == 0) continue;
      auto severity = static_cast<Severity>(i);
      out += separator + paint(ink_of(severity), std::to_string(count) + " " +
                                                     std::string(rules::severity_name(severity)));
      separator = ", ";
    }
  }
  const rules::Summary& summary = report.summary;
  if (summary.suppressed > 0) out += "; " + std::to_string(summary.suppressed) + " suppressed";
  if (!comparison.against.empty()) {
    out += "\ncompared with " + comparison.against + ": " + std::to_string(comparison.fresh) + " new, " +
           std::to_string(comparison.unchanged) + " unchanged, " + std::to_string(comparison.gone.size()) + " fixed, " +
           std::to_string(comparison.moved) + " moved";
  }
  out += "\n" + counted(summary.resources, "resource") + " in " + counted(summary.files, "file") + ", " +
         counted(summary.rules, "rule") + ", " + counted(summary.evaluations, "evaluation");
  if (summary.duration_ms > 0) out += ", " + std::to_string(summary.duration_ms) + " ms";
  out += "\n";
  std::array<uint64_t, 3> states{};  // partial, skipped, failed
  for (const rules::CoverageRow& row : report.coverage) {
    if (row.is_root) continue;
    if (row.state == "partial") ++states[0];
    if (row.state == "skipped") ++states[1];
    if (row.state == "failed") ++states[2];
  }
  std::string separator;
  for (auto [index, text] : {std::pair{2, "not readable"}, std::pair{0, "partly evaluated"},
                             std::pair{1, "not infrastructure code"}}) {
    if (states[static_cast<size_t>(index)] == 0) continue;
    out += separator + counted(states[static_cast<size_t>(index)], "file") + " " + text;
    separator = ", ";
  }
  if (!separator.empty()) out += "\n";
}

}  // namespace

std::string write_text(const Report& report, const WriteOptions& options) {
  Painter paint(options.color);
  Redactor redactor(report);
  std::string out;
  for (const core::Problem& problem : report.problems) {
    if (problem.severity != core::ProblemSeverity::kNote) append_problem(report, redactor, problem, paint, out);
  }
  for (const Finding& finding : report.findings) {
    if (rules::counts(finding)) append_finding(report, redactor, finding, options, paint, out);
  }
  for (const rules::ComplianceReport& framework : report.compliance) append_compliance(framework, paint, out);
  if (!options.quiet) {
    uint64_t notes = 0;
    for (const core::Problem& problem : report.problems) {
      if (problem.severity != core::ProblemSeverity::kNote) continue;
      ++notes;
      std::string where = problem.span.valid() ? place(report, problem.span) : problem.path;
      out += paint(Ink::kCyan, "note[" + problem.code + "]") + " " + (where.empty() ? "" : where + ": ") +
             redactor.message(problem.message) + "\n";
    }
    if (notes > 0) out += "\n";
    append_summary(report, paint, out);
  }
  return safe_for_terminal(std::move(out), options.color);
}

}  // namespace assay::report
