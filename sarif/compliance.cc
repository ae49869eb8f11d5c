#include "sarif/compliance.h"

#include <map>

#include "parsers/core/text.h"

namespace assay::report {
namespace {

using rules::RequirementState;

Ink ink_of(RequirementState state) {
  switch (state) {
    case RequirementState::kPass: return Ink::kGreen;
    case RequirementState::kFail: return Ink::kRed;
    case RequirementState::kUndecided: return Ink::kYellow;
    default: return Ink::kGrey;
  }
}

std::string padded(std::string_view text, size_t width) {
  size_t have = core::display_width(text);
  return std::string(text) + std::string(width > have ? width - have : 0, ' ');
}

}  // namespace

std::string_view requirement_word(RequirementState state) {
  static constexpr std::string_view kWords[] = {"pass", "fail", "undecided", "no such resource", "not assessed"};
  return kWords[static_cast<size_t>(state)];
}

std::array<uint64_t, kRequirementStates> requirement_counts(const rules::ComplianceReport& framework) {
  std::array<uint64_t, kRequirementStates> out{};
  for (const rules::RequirementRow& row : framework.rows) ++out[static_cast<size_t>(row.state)];
  return out;
}

std::string requirement_summary(const rules::ComplianceReport& framework) {
  auto counts = requirement_counts(framework);
  auto count = [&](RequirementState state) { return std::to_string(counts[static_cast<size_t>(state)]); };
  std::map<std::string, uint64_t> reasons;
  for (const rules::RequirementRow& row : framework.rows) {
    if (row.state == RequirementState::kNotAssessed) ++reasons[row.reason];
  }
  std::string why;
  for (const auto& [reason, times] : reasons) why += (why.empty() ? " (" : ", ") + std::to_string(times) + " " + reason;
  if (!why.empty()) why += ")";
  return count(RequirementState::kFail) + " failed, " + count(RequirementState::kPass) + " passed, " +
         count(RequirementState::kUndecided) + " undecided, " + count(RequirementState::kNoResource) +
         " without such a resource, " + count(RequirementState::kNotAssessed) + " not assessed" + why;
}

std::string requirement_detail(const rules::RequirementRow& row) {
  std::string out = row.reason;
  auto add = [&](std::string text, std::string_view separator) { out += (out.empty() ? "" : std::string(separator)) + text; };
  if (row.fail > 0) add(counted(row.fail, "finding"), "; ");
  if (row.fail > 0 && row.suppressed > 0) add(std::to_string(row.suppressed) + " suppressed", ", ");
  if (row.maybe > 0) add(counted(row.maybe, "finding") + " possible", "; ");
  if (row.state == RequirementState::kPass) add(counted(row.resources, "resource"), "; ");
  std::string separator = "; ";
  if (row.state == RequirementState::kNotAssessed) return out;
  for (const std::string& rule : row.rules) {
    add(rule, separator);
    separator = ", ";
  }
  return out;
}

void append_compliance(const rules::ComplianceReport& framework, const Painter& paint, std::string& out) {
  out += paint(Ink::kBold, framework.title) + "  " + paint(Ink::kGrey, framework.framework) + "\n";
  if (!framework.part.empty()) out += paint(Ink::kGrey, "listed: " + framework.part) + "\n";
  size_t ids = 0;
  for (const rules::RequirementRow& row : framework.rows) ids = std::max(ids, row.id.size());
  for (const rules::RequirementRow& row : framework.rows) {
    out += "  " + paint(ink_of(row.state), padded(requirement_word(row.state), 16)) + "  " + padded(row.id, ids) + "  " +
           row.title;
    if (!row.korean_title.empty()) out += " (" + row.korean_title + ")";
    std::string detail = requirement_detail(row);
    if (!detail.empty()) out += "  " + paint(Ink::kGrey, "[" + detail + "]");
    out += "\n";
  }
  out += paint(Ink::kBold, requirement_summary(framework)) + "\n\n";
}

}  // namespace assay::report
