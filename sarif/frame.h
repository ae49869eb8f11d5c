// Code frames: the lines around a place, with the place marked, secrets hidden and long lines cut. Called by the writers
// that quote code (HTML, Markdown, JUnit). Pure; the strings own their text. Threads: safe.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "rules/engine/finding.h"
#include "sarif/redact.h"

namespace assay::report {

struct FrameLine {
  uint32_t number = 0;
  std::string before, marked, after;  // the line is all three
};

// The lines of `span` (at most ten) and `context` lines on either side. REQUIRES: span.valid().
std::vector<FrameLine> frame_of(const rules::Report& report, const Redactor& redactor, const core::Span& span,
                                uint32_t context);
// As text: "  3 | acl = ...", with carets below the marked part of the first line.
std::string frame_text(const std::vector<FrameLine>& frame);

// "infra/main.tf:3:7", from the root of the repository; "" for an invalid span.
std::string place_text(const rules::Report& report, const core::Span& span);

}  // namespace assay::report
