// CSV (RFC 4180) for spreadsheets: a row per finding and per problem, columns named in the first line. Accepted
// findings are there too, with their reasons. What a spreadsheet would compute is made text.
#include "parsers/core/text.h"
#include "sarif/escape.h"
#include "sarif/findings.h"
#include "sarif/places.h"
#include "sarif/writer.h"

namespace assay::report {
namespace {

using rules::Finding;
using rules::Report;

constexpr std::string_view kHeader =
    "kind,rule,name,severity,verdict,file,line,column,end_line,end_column,message,resource,type,format,depends_on,"
    "baseline,suppressed,suppression_reason,suppressed_until,fix,cwe,aliases,controls,fingerprint";

class Row {
 public:
  explicit Row(std::string& out) : out_(out) {}
  ~Row() { out_ += "\r\n"; }
  Row& add(std::string_view text) {
    if (!first_) out_ += ',';
    first_ = false;
    out_ += to_csv(text);
    return *this;
  }
  Row& place(const Report& report, const core::Span& span, const std::string& path) {
    add(path);
    if (!span.valid()) return add("").add("").add("").add("");
    Region region = region_of(*report.sources, span);
    return add(std::to_string(region.begin.line))
        .add(std::to_string(region.begin.column))
        .add(std::to_string(region.end.line))
        .add(std::to_string(region.end.column));
  }

 private:
  std::string& out_;
  bool first_ = true;
};

}  // namespace

std::string write_csv(const Report& report, const WriteOptions&) {
  Redactor redactor(report);
  std::string out(kHeader);
  out += "\r\n";
  for (const Finding& finding : report.findings) {
    const rules::RuleInfo& rule = report.rules[finding.rule];
    core::Span at = place_of(finding);
    Row row(out);
    row.add("finding").add(rule.id).add(rule.name).add(rules::severity_name(finding.severity));
    row.add(rules::verdict_name(finding.verdict));
    row.place(report, at, at.valid() ? repository_path(report, at.file) : "");
    row.add(message_of(finding, redactor)).add(address_of(finding, redactor));
    row.add(finding.resource.type)
        .add(finding.resource.format)
        .add(redactor.message(core::join(finding.depends_on, "; ")));
    row.add(finding.baseline);
    if (finding.suppressed) {
      row.add(finding.suppressed->kind)
          .add(redactor.message(finding.suppressed->reason))
          .add(finding.suppressed->until);
    } else {
      row.add("").add("").add("");
    }
    bool fix = fix_of(finding, report, redactor) != nullptr;
    row.add(!fix ? "" : finding.fix->kind == rules::FixKind::kSafe ? "safe" : "unsafe");
    row.add(core::join(rule.cwe, "; "));
    std::string aliases, controls;
    for (const rules::Alias& alias : rule.aliases) aliases += (aliases.empty() ? "" : "; ") + alias.id;
    for (const rules::Control& control : rule.controls) {
      controls += (controls.empty() ? "" : "; ") + control.framework +
                  (control.version.empty() ? "" : " " + control.version) + " " + control.id;
    }
    row.add(aliases).add(controls).add(finding.fingerprint);
  }
  for (const core::Problem& problem : report.problems) {
    Row row(out);
    row.add("problem").add(problem.code).add("").add(severity_word(problem.severity)).add("");
    row.place(report, problem.span, problem_path(report, problem)).add(redactor.message(problem.message));
    for (int i = 0; i < 13; ++i) row.add("");
  }
  return out;
}

}  // namespace assay::report
