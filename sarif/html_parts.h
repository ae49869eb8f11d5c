// The parts of the HTML report that html.cc puts together: the data of the findings list, which html/report.js shows, and
// the charts. Pure. Threads: safe.
#pragma once

#include <cstdint>
#include <string>

#include "rules/engine/finding.h"
#include "sarif/findings.h"
#include "sarif/redact.h"

namespace assay::report {

struct HtmlData {
  std::string json;             // may stand inside a <script> element
  uint64_t findings = 0;        // that it holds
  uint64_t left_out = 0;        // that did not fit
  uint64_t without_code = 0;    // that came without their code frame, to save room
};
// Findings that count first, the weightiest first; then accepted ones.
HtmlData html_data(const rules::Report& report, const Redactor& redactor, const Ranking& ranking);

// Bars by severity, by rule and by directory, as inline SVG; each bar names what the list is to be filtered by.
std::string html_charts(const rules::Report& report, const Ranking& ranking);

}  // namespace assay::report
