// What the fuzz targets of the formats share: the input becomes a file in memory, which is scanned with
// all built-in rules. Checked: every span lies inside its file, every problem says what it is, the
// model without rules is the same, and nothing crashes or hangs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "analyzer/pipeline/pipeline.h"
#include "parsers/core/check.h"
#include "parsers/core/file_system.h"

namespace assay::fuzz {

inline void check_span(const core::SourceSet& sources, core::Span span) {
  if (!span.valid()) return;
  ASSAY_CHECK(span.file < sources.size());
  ASSAY_CHECK(span.begin <= span.end);
  ASSAY_CHECK(span.end <= sources.text(span.file).size());
}

inline void check_scan(const pipeline::Scan& scan) {
  for (const rules::Finding& finding : scan.report.findings) check_span(scan.sources, finding.region);
  for (const core::Problem& problem : scan.report.problems) {
    ASSAY_CHECK(!problem.code.empty());
    ASSAY_CHECK(!problem.message.empty());
    check_span(scan.sources, problem.span);
  }
}

// The input may hold several files: a line "//// name" starts the next. The first is `name`.
inline int scan_input(const uint8_t* data, size_t size, const std::string& name) {
  constexpr size_t kMaxInput = 64 * 1024;
  if (size > kMaxInput) return 0;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  core::MemoryFileSystem files;
  constexpr std::string_view kNext = "\n//// ";
  std::string path = name;
  for (;;) {
    size_t next = text.find(kNext);
    files.add_file("/input/" + path, std::string(text.substr(0, next)));
    if (next == std::string_view::npos) break;
    text.remove_prefix(next + kNext.size());
    size_t line = text.find('\n');
    path = text.substr(0, line);
    if (path.empty() || path.size() > 60) path = "other";
    text.remove_prefix(line == std::string_view::npos ? text.size() : line + 1);
  }
  pipeline::ScanOptions options;
  options.paths = {"/input"};
  options.current_directory = "/input";
  options.maybe = true;
  options.today = "2026-01-01";
  options.rules_enabled = false;
  std::unique_ptr<pipeline::Scan> model = pipeline::scan(files, options);
  check_scan(*model);
  options.rules_enabled = true;
  std::unique_ptr<pipeline::Scan> judged = pipeline::scan(files, options);
  check_scan(*judged);
  // What rules find in plain texts are resources of a root of their own.
  auto understood = [](const pipeline::Scan& scan) {
    size_t count = 0;
    for (const auto& root : scan.project.roots) count += root->format != "text";
    return count;
  };
  ASSAY_CHECK(understood(*model) == understood(*judged));
  return 0;
}

}  // namespace assay::fuzz
