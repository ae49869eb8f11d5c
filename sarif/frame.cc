#include "sarif/frame.h"

#include <algorithm>

#include "parsers/core/text.h"
#include "sarif/findings.h"
#include "sarif/terminal.h"

namespace assay::report {
namespace {

constexpr uint32_t kMaxCode = 300;  // bytes of a line that are shown on either side of the mark
constexpr uint32_t kMaxLines = 10;  // of the marked place

// The first byte of the character that `at` lies in.
uint32_t whole_character(std::string_view text, uint32_t at) {
  while (at > 0 && at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80) --at;
  return at;
}

}  // namespace

std::vector<FrameLine> frame_of(const rules::Report& report, const Redactor& redactor, const core::Span& span,
                                uint32_t context) {
  const core::LineIndex& lines = report.sources->lines(span.file);
  std::string_view text = report.sources->text(span.file);
  uint32_t first = lines.position(span.begin).line;
  uint32_t last = std::min(lines.position(std::max(span.begin, span.end)).line, first + kMaxLines - 1);
  std::vector<FrameLine> out;
  for (uint32_t number = first > context ? first - context : 1; number <= std::min(last + context, lines.line_count());
       ++number) {
    uint32_t start = lines.offset({number, 1});
    auto end = static_cast<uint32_t>(start + lines.line_text(number).size());
    uint32_t from = std::clamp(span.begin, start, end);
    uint32_t to = std::clamp(span.end, from, end);
    if (number < first || number > last) from = to = start;
    // Indentation is no part of what is marked.
    while (number > first && from < to && (text[from] == ' ' || text[from] == '\t')) ++from;
    if (from - start > kMaxCode) start = whole_character(text, from - kMaxCode);
    uint32_t shown_to = to - from > kMaxCode ? whole_character(text, from + kMaxCode) : to;
    end = std::min(end, shown_to + kMaxCode);
    if (end > shown_to) end = std::max(whole_character(text, end), shown_to);
    auto part = [&](uint32_t a, uint32_t b) {
      std::string shown = redactor.source({span.file, a, b}, Redactor::Width::kDisplay);
      return safe_for_terminal(core::to_valid_utf8(shown), false);
    };
    out.push_back({number, part(start, from), part(from, shown_to), part(shown_to, end)});
  }
  // A file ends with a line break: the empty line behind it says nothing.
  while (out.size() > 1 && out.back().number > last && out.back().after.empty()) out.pop_back();
  return out;
}

std::string frame_text(const std::vector<FrameLine>& frame) {
  size_t width = frame.empty() ? 0 : std::to_string(frame.back().number).size();
  std::string out;
  bool carets = false;
  for (const FrameLine& line : frame) {
    std::string number = std::to_string(line.number);
    out += std::string(width - number.size(), ' ') + number + " | " + line.before + line.marked + line.after + "\n";
    if (line.marked.empty() || carets) continue;
    carets = true;
    // Tabs stay tabs, so that the carets stand below the token for any tab width.
    std::string margin;
    for (size_t at = 0; at < line.before.size();) {
      size_t length = core::decode_utf8(line.before, at).length;
      std::string_view character = std::string_view(line.before).substr(at, length);
      if (character == "\t")
        margin += '\t';
      else
        margin.append(core::display_width(character), ' ');
      at += length;
    }
    out += std::string(width, ' ') + " | " + margin +
           std::string(std::max<size_t>(1, core::display_width(line.marked)), '^') + "\n";
  }
  return out;
}

std::string place_text(const rules::Report& report, const core::Span& span) {
  if (!span.valid()) return {};
  core::Position at = report.sources->lines(span.file).position(span.begin);
  return repository_path(report, span.file) + ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
}

}  // namespace assay::report
