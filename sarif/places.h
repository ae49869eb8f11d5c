// What every writer needs to say where something is: lines and columns of a span, words for
// severities. Columns count UTF-16 code units; the end column is exclusive.
#pragma once

#include <string_view>

#include "rules/engine/finding.h"

namespace assay::report {

struct Region {
  core::Position begin, end;
};

// REQUIRES: span.valid().
inline Region region_of(const core::SourceSet& sources, const core::Span& span) {
  const core::LineIndex& lines = sources.lines(span.file);
  return {lines.position(span.begin), lines.position(span.end)};
}

// The last line of which something belongs to the region: a region that ends before a line's first column ends above.
inline uint32_t last_line(const Region& region) {
  return region.end.column == 1 && region.end.line > region.begin.line ? region.end.line - 1 : region.end.line;
}

inline std::string_view severity_word(core::ProblemSeverity severity) {
  switch (severity) {
    case core::ProblemSeverity::kNote: return "note";
    case core::ProblemSeverity::kWarning: return "warning";
    case core::ProblemSeverity::kError: return "error";
  }
  return "error";
}

}  // namespace assay::report
