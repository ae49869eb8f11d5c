// The Markdown reports: for comments below pull requests (`markdown`, at most 65,536 characters) and for the step
// summary of GitHub Actions (`github-summary`, at most 1 MiB). Findings stand in a table, the weightiest first; code,
// origins and advice are folded per rule; then what is gone, what could not be analysed, and compliance tables. What
// does not fit is counted.
#include <algorithm>
#include <map>

#include "sarif/compliance.h"
#include "sarif/escape.h"
#include "sarif/findings.h"
#include "sarif/frame.h"
#include "sarif/places.h"
#include "sarif/writer.h"

namespace assay::report {
namespace {

using rules::Finding;
using rules::Report;

constexpr uint64_t kCommentBytes = 65'000;             // GitHub takes 65,536 characters; a byte is at most one
constexpr uint64_t kSummaryBytes = (1u << 20) - 1024;  // a step summary above 1 MiB is dropped
constexpr uint64_t kClosingBytes = 1500;               // kept for the statements of what is left out
constexpr size_t kMaxCell = 1000, kMaxAdvice = 4000;
constexpr size_t kFramesOfRule = 5;
constexpr size_t kMaxOriginSteps = 20;

// Part of a report with room for so many bytes. Rows that do not fit are counted.
class Part {
 public:
  explicit Part(uint64_t room) : room_(room) {}
  bool add(const std::string& row) {
    if (full_ || row.size() > room_) {
      full_ = true;
      ++left_out_;
      return false;
    }
    room_ -= row.size();
    text_ += row;
    return true;
  }
  void leave_out(uint64_t rows) { left_out_ += rows; }
  uint64_t left_out() const { return left_out_; }
  uint64_t size() const { return text_.size(); }
  bool empty() const { return text_.empty(); }
  const std::string& text() const { return text_; }

 private:
  uint64_t room_, left_out_ = 0;
  bool full_ = false;
  std::string text_;
};

std::string cell(std::string_view text) { return to_markdown(shortened(text, kMaxCell)); }

std::string code_place(const Report& report, const core::Span& span) {
  std::string place = place_text(report, span);
  return place.empty() ? place : to_markdown_code(place);
}

std::string_view language_of(std::string_view path) {
  for (auto [ending, name] :
       {std::pair{".tf", "hcl"}, {".tfvars", "hcl"}, {".yaml", "yaml"}, {".yml", "yaml"}, {".json", "json"}}) {
    if (path.ends_with(ending)) return name;
  }
  return "";
}

class MarkdownWriter {
 public:
  MarkdownWriter(const Report& report, uint64_t limit)
      : report_(report),
        redactor_(report),
        ranking_(ranked(report)),
        room_(limit > kClosingBytes ? limit - kClosingBytes : 0) {}

  std::string write(const WriteOptions& options) {
    std::string out = "# Assay: " + headline(report_) + "\n\n";
    const rules::Summary& summary = report_.summary;
    if (!report_.comparison.against.empty()) out += "Compared with " + cell(report_.comparison.against) + ".\n\n";
    out += counted(summary.resources, "resource") + " in " + counted(summary.files, "file") + ", " +
           counted(summary.rules, "rule") + ".\n\n";
    take(out.size());
    // By weight: what takes room first leaves less to the others.
    Part findings = findings_table(share(report_.compliance.empty() ? 55 : 40));
    Part problems = problem_table(share(25));
    std::vector<Part> frameworks;
    for (const rules::ComplianceReport& framework : report_.compliance)
      frameworks.push_back(compliance(framework, room_));
    Part details = folded_details(share(80));
    Part gone = gone_table(room_);

    std::vector<std::string> cut;
    auto say = [&](uint64_t count, std::string_view noun, std::string_view what) {
      if (count > 0) cut.push_back(counted(count, noun) + std::string(what));
    };
    out += findings.text();
    if (!findings.empty()) out += "\n";
    if (findings.left_out() > 0) {
      say(findings.left_out(), "finding", " of the least severe");
      out += "**" + counted(findings.left_out(), "finding") + " more** did not fit.\n\n";
    }
    out += details.text();
    say(details.left_out(), "rule", " with their details");
    out += gone.text();
    if (!gone.empty()) out += "\n</details>\n\n";
    say(gone.left_out(), "finding", " that are fixed");
    for (const Part& framework : frameworks) out += framework.text();
    uint64_t rows = 0;
    for (const Part& framework : frameworks) rows += framework.left_out();
    say(rows, "row", " of compliance tables");
    out += problems.text();
    if (!problems.empty()) out += "\n";
    say(problems.left_out(), "problem", "");
    if (cut.empty()) return out;
    std::string words = "Left out, since the platform limits the length: ";
    for (size_t i = 0; i < cut.size(); ++i) words += (i == 0 ? "" : ", ") + cut[i];
    if (options.left_out) options.left_out->push_back(words);
    return out + "\n" + words + ".\n";
  }

 private:
  uint64_t share(uint64_t percent) const { return room_ * percent / 100; }
  void take(uint64_t bytes) { room_ -= std::min(room_, bytes); }

  Part findings_table(uint64_t room) {
    Part part(room);
    if (ranking_.findings.empty()) return part;
    if (!part.add("| Severity | Rule | Where | What | Resource |\n|---|---|---|---|---|\n")) return part;
    for (uint32_t index : ranking_.findings) {
      const Finding& finding = report_.findings[index];
      const rules::RuleInfo& rule = report_.rules[finding.rule];
      std::string severity(rules::severity_name(finding.severity));
      bool maybe = finding.verdict == rules::Verdict::kMaybe;
      if (maybe) severity += " (maybe)";
      std::string message = redactor_.message(finding.message);
      if (!finding.witness.empty()) message += " (" + redactor_.message(finding.witness) + ")";
      part.add("| " + severity + " | " + cell(rule_label(rule)) + " | " + code_place(report_, place_of(finding)) +
               " | " + cell(message) + " | " + cell(address_of(finding, redactor_)) + " |\n");
    }
    take(part.size());
    return part;
  }

  std::string detail(const Finding& finding) {
    core::Span place = place_of(finding);
    std::string out = cell(message_of(finding, redactor_)) + "\n\n";
    if (!place.valid()) return out;
    out = "`" + std::string(rules::severity_name(finding.severity)) + "` " + code_place(report_, place) + " " + out;
    out += to_markdown_block(frame_text(frame_of(report_, redactor_, place, 1)),
                             language_of(report_.sources->path(place.file)));
    size_t steps = 0;
    if (finding.origin.size() > 1) {
      out += "\nWhere it comes from:\n";
      for (const rules::OriginStep& step : finding.origin) {
        if (!step.span.valid() || steps++ >= kMaxOriginSteps) continue;
        out += "- " + cell(redactor_.message(step.what)) + " " + code_place(report_, step.span) + "\n";
      }
    }
    return out + "\n";
  }

  // A folded piece per rule, in the order of the table.
  Part folded_details(uint64_t room) {
    Part part(room);
    std::vector<uint32_t> order;
    std::map<uint32_t, std::vector<const Finding*>> by_rule;
    for (uint32_t index : ranking_.findings) {
      const Finding& finding = report_.findings[index];
      std::vector<const Finding*>& list = by_rule[finding.rule];
      if (list.empty()) order.push_back(finding.rule);
      list.push_back(&finding);
    }
    for (uint32_t index : order) {
      const rules::RuleInfo& rule = report_.rules[index];
      const std::vector<const Finding*>& list = by_rule[index];
      std::string piece =
          "<details><summary>" + to_html(rule_label(rule)) + ": " + counted(list.size(), "finding") + "</summary>\n\n";
      if (!rule.title.empty()) piece += to_markdown_prose(rule.title) + ".\n\n";
      if (!rule.how.empty()) piece += "**How to fix:** " + to_markdown_prose(shortened(rule.how, kMaxAdvice)) + "\n\n";
      for (size_t i = 0; i < std::min(list.size(), kFramesOfRule); ++i) piece += detail(*list[i]);
      if (list.size() > kFramesOfRule) piece += "And " + std::to_string(list.size() - kFramesOfRule) + " more.\n\n";
      part.add(piece + "</details>\n\n");
    }
    take(part.size());
    return part;
  }

  Part gone_table(uint64_t room) {
    Part part(room);
    const std::vector<rules::GoneFinding>& gone = report_.comparison.gone;
    if (gone.empty()) return part;
    part.add("<details><summary>" + counted(gone.size(), "finding") +
             " fixed</summary>\n\n| Severity | Rule | Where | Resource |\n|---|---|---|---|\n");
    for (const rules::GoneFinding& finding : gone) {
      std::string where = finding.file.empty() ? "" : repository_path(report_, finding.file);
      if (finding.line > 0) where += ":" + std::to_string(finding.line);
      part.add("| " + std::string(rules::severity_name(finding.severity)) + " | " + cell(finding.rule) + " | " +
               (where.empty() ? "" : to_markdown_code(where)) + " | " + cell(redactor_.message(finding.address)) +
               " |\n");
    }
    take(part.size());
    return part;
  }

  Part problem_table(uint64_t room) {
    Part part(room);
    if (report_.problems.empty()) return part;
    part.add("## Not analysed, or only in part\n\n| Where | What |\n|---|---|\n");
    for (const core::Problem& problem : report_.problems) {
      std::string where =
          problem.span.valid() ? code_place(report_, problem.span) : cell(problem_path(report_, problem));
      part.add("| " + where + " | " + cell(severity_word(problem.severity)) + ": " +
               cell(redactor_.message(problem.message)) + " |\n");
    }
    take(part.size());
    return part;
  }

  Part compliance(const rules::ComplianceReport& framework, uint64_t room) {
    std::string foot = "\nIds: " + cell(framework.source) + ". Edges from rules: " + cell(framework.edges) + ".\n\n";
    Part part(room > foot.size() ? room - foot.size() : 0);
    std::string head = "## " + cell(framework.title) + "\n\n" + requirement_summary(framework) + "\n\n";
    if (!framework.part.empty()) head += "Listed: " + cell(framework.part) + ".\n\n";
    part.add(head + "| State | Requirement | Title | Detail |\n|---|---|---|---|\n");
    for (const rules::RequirementRow& row : framework.rows) {
      bool loud = row.state == rules::RequirementState::kFail;
      std::string word(requirement_word(row.state));
      std::string line = "| " + (loud ? "**" + word + "**" : word) + " | " + cell(row.id) + " | " + cell(row.title);
      if (!row.korean_title.empty()) line += " (" + cell(row.korean_title) + ")";
      part.add(line + " | " + cell(requirement_detail(row)) + " |\n");
    }
    Part whole(room);
    whole.add(part.text() + foot);
    whole.leave_out(part.left_out());
    take(whole.size());
    return whole;
  }

  const Report& report_;
  Redactor redactor_;
  Ranking ranking_;
  uint64_t room_;
};

}  // namespace

std::string write_markdown(const Report& report, const WriteOptions& options) {
  return MarkdownWriter(report, kCommentBytes).write(options);
}

std::string write_github_summary(const Report& report, const WriteOptions& options) {
  uint64_t limit = options.most_bytes == 0 ? kSummaryBytes : std::min(options.most_bytes, kSummaryBytes);
  return MarkdownWriter(report, limit).write(options);
}

}  // namespace assay::report
