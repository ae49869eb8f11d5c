// GitLab's Code Quality report: a JSON array in the manner of Code Climate. Entries with equal fingerprints would be
// dropped, so each has its own; paths are relative to the root of the repository, without "./".
#include <set>

#include "parsers/core/digest.h"
#include "parsers/core/json_writer.h"
#include "sarif/findings.h"
#include "sarif/places.h"
#include "sarif/writer.h"

namespace assay::report {
namespace {

using core::JsonWriter;
using rules::Report;

std::string_view quality_severity(rules::Severity severity) {
  static constexpr std::string_view kWords[] = {"info", "minor", "major", "critical", "blocker"};
  return kWords[static_cast<size_t>(severity)];
}

class Quality {
 public:
  explicit Quality(const Report& report) : report_(report), json_(out_, JsonWriter::Style::kCompact) {
    json_.begin_array();
  }

  void add(const std::string& check, const std::string& description, std::string_view severity,
           const std::string& fingerprint, const std::string& path, const core::Span& span) {
    json_.begin_object();
    json_.field("type", "issue");
    json_.field("check_name", check);
    json_.field("description", description);
    json_.field("severity", severity);
    json_.key("categories").begin_array().value("Security").end_array();
    json_.field("fingerprint", own(fingerprint));
    json_.key("location").begin_object();
    json_.field("path", path.empty() ? std::string(".") : path);
    uint32_t begin = 1, end = 1;
    if (span.valid()) {
      Region region = region_of(*report_.sources, span);
      begin = region.begin.line;
      end = last_line(region);
    }
    json_.key("lines").begin_object().field("begin", begin).field("end", end).end_object();
    json_.end_object().end_object();
  }

  std::string finish() {
    json_.end_array();
    return out_ + "\n";
  }

 private:
  std::string own(const std::string& fingerprint) {
    std::string out = fingerprint;
    for (uint64_t again = 2; !seen_.insert(out).second; ++again) {
      out = core::to_hex(core::md5(fingerprint + "#" + std::to_string(again)));
    }
    return out;
  }

  const Report& report_;
  std::string out_;
  JsonWriter json_;
  std::set<std::string> seen_;
};

}  // namespace

std::string write_gitlab(const Report& report, const WriteOptions&) {
  Redactor redactor(report);
  Quality quality(report);
  for (uint32_t index : ranked(report).findings) {
    const rules::Finding& finding = report.findings[index];
    core::Span place = place_of(finding);
    std::string description = message_of(finding, redactor);
    if (finding.verdict == rules::Verdict::kMaybe) description = "Possible: " + description;
    if (!finding.resource.address.empty()) description += " (" + address_of(finding, redactor) + ")";
    quality.add(rule_label(report.rules[finding.rule]), description, quality_severity(finding.severity),
                finding.fingerprint, place.valid() ? repository_path(report, place.file) : "", place);
  }
  for (const core::Problem& problem : report.problems) {
    if (problem.severity == core::ProblemSeverity::kNote) continue;
    std::string path = problem_path(report, problem);
    std::string words = redactor.message(problem.message);
    quality.add(problem.code, "Not analysed, or only in part: " + words,
                problem.severity == core::ProblemSeverity::kError ? "major" : "minor",
                core::to_hex(core::md5(problem.code + "\n" + path + "\n" + words)), path, problem.span);
  }
  return quality.finish();
}

}  // namespace assay::report
