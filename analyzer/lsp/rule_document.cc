#include "analyzer/lsp/rule_document.h"

#include <algorithm>
#include <set>

#include "analyzer/pipeline/rule_test.h"
#include "parsers/core/path.h"
#include "parsers/core/text.h"
#include "rules/lang/pack/pack.h"
#include "rules/lang/pack/rule_file.h"

namespace assay::lsp {
namespace {

constexpr size_t kMostRuleBytes = 256 << 10;  // examples of larger ones are not run while typing
constexpr uint32_t kMostFrontLines = 200;

// The line without what stands around its text.
Range range_of_line(const Lines& lines, uint32_t line, Encoding encoding) {
  line = std::min(line, lines.count() - 1);
  std::string_view text = lines.line(line);
  auto begin = static_cast<uint32_t>(std::min(text.find_first_not_of(" \t"), text.size()));
  uint32_t start = lines.line_start(line);
  return {lines.position(start + begin, encoding), lines.position(start + static_cast<uint32_t>(text.size()), encoding)};
}

std::string counted(size_t count, std::string_view one, std::string_view many) {
  return std::to_string(count) + " " + std::string(count == 1 ? one : many);
}

}  // namespace

bool is_rule_text(std::string_view path, std::string_view text) {
  if (core::extension(path) != ".md" || !text.starts_with("---")) return false;
  Lines lines(text.substr(0, 16 << 10));
  bool id = false, judges = false;
  for (uint32_t i = 1; i < std::min(lines.count(), kMostFrontLines); ++i) {
    std::string_view line = lines.line(i);
    if (line.starts_with("---")) break;
    id |= line.starts_with("id:");
    judges |= line.starts_with("resources:") || line.starts_with("severity:");
  }
  return id && judges;
}

RuleDocument check_rule_document(const Document& document, Encoding encoding) {
  RuleDocument out;
  const Lines& lines = document.lines;
  for (uint32_t i = lines.count(); i-- > 0;) {
    std::string_view line = lines.line(i);
    if (line.starts_with("id:") && i < kMostFrontLines) out.id_line = i;
    if (line.starts_with("```") && (line.find(" bad") != std::string_view::npos || line.find(" good") != std::string_view::npos)) out.examples_line = i;
  }
  auto add = [&](uint32_t line, uint32_t column, uint32_t length, std::string message, std::string code) {
    Diagnostic one;
    line = line > 0 ? line - 1 : 0;
    one.range = range_of_line(lines, line, encoding);
    if (column > 0 && line < lines.count()) {
      std::string_view text = lines.line(line);
      uint32_t begin = std::min<uint32_t>(column - 1, static_cast<uint32_t>(text.size()));
      uint32_t end = std::min<uint32_t>(begin + std::max(length, 1u), static_cast<uint32_t>(text.size()));
      // Behind the last character: the one before it is shown.
      if (begin == end && begin > 0) --begin;
      uint32_t start = lines.line_start(line);
      one.range = {lines.position(start + begin, encoding), lines.position(start + end, encoding)};
    }
    one.code = std::move(code);
    one.message = std::move(message);
    out.problems.push_back(std::move(one));
  };
  rules::RuleFile file = rules::parse_rule_file(document.path, document.text);
  out.id = file.rule.info.id;
  std::vector<rules::RuleFileError> errors = file.errors;
  if (errors.empty()) errors = rules::compile_rule(file.rule, file.logic_line);
  out.whole = errors.empty();
  // Then what is missing are examples: the rule runs without them.
  if (out.whole) errors = rules::check_rule_file(file);
  for (const rules::RuleFileError& error : errors) {
    // What is about the file as a whole stands where its id does.
    bool all = error.line <= 1 && error.column == 0;
    add(all ? out.id_line + 1 : error.line, error.column, error.length, error.message, "rule-file");
    if (out.whole) out.problems.back().severity = 3;
  }
  if (out.whole && document.text.size() <= kMostRuleBytes) {
    pipeline::RuleTestResult result = pipeline::test_rule_file(file, {false, nullptr});
    out.examples = result.examples;
    std::set<const rules::Example*> failing;
    for (const pipeline::TestFailure& failure : result.failures) {
      add(failure.line, 0, 0, failure.message, "rule-example");
      const rules::Example* of = nullptr;
      for (const rules::Example& example : file.examples) {
        if (example.line <= failure.line + 1) of = &example;
      }
      if (of) failing.insert(of);
    }
    out.failing = failing.size();
  }
  std::stable_sort(out.problems.begin(), out.problems.end(), [](const Diagnostic& a, const Diagnostic& b) { return a.range < b.range; });
  return out;
}

RuleDocumentMap RuleDocuments::make(const Documents& documents) {
  RuleDocumentMap out;
  decltype(kept_) next;
  for (const auto& [path, document] : documents) {
    if (!is_rule_text(path, document->text)) continue;
    auto known = kept_.find(path);
    if (known != kept_.end() && (known->second.first == document || known->second.first->text == document->text)) {
      next[path] = std::move(known->second);
    } else {
      next[path] = {document, std::make_shared<RuleDocument>(check_rule_document(*document, encoding_))};
    }
    out[path] = next[path].second;
  }
  kept_ = std::move(next);
  return out;
}

std::vector<Lens> rule_lenses(const Analysis& analysis, const RuleDocument& rule) {
  std::set<std::string_view> matched, failed, possible;
  bool is_run = false;
  for (const auto& area : analysis.areas) {
    if (!area->scan) continue;
    const pipeline::Scan& scan = *area->scan;
    const auto& all = scan.report.rules;
    auto found = std::find_if(all.begin(), all.end(), [&](const rules::RuleInfo& info) { return info.id == rule.id; });
    if (found == all.end()) continue;
    is_run = true;
    auto index = static_cast<uint32_t>(found - all.begin());
    for (const model::Resource* resource : scan.project.resources) {
      core::FileId file = resource->span.valid() ? resource->span.file : resource->header.file;
      if (!area->holds(file)) continue;
      if (!found->formats.empty() && std::find(found->formats.begin(), found->formats.end(), resource->format) == found->formats.end()) continue;
      for (const model::View& view : resource->views) {
        const auto& of = scan.rules.for_type(view.type);
        if (std::find(of.begin(), of.end(), index) != of.end()) matched.insert(resource->address);
      }
    }
    for (const rules::Finding& finding : scan.report.findings) {
      if (finding.rule != index || !is_shown(finding) || !area->holds(finding.region.file)) continue;
      (finding.verdict == rules::Verdict::kFail ? failed : possible).insert(finding.resource.address);
    }
  }
  std::vector<Lens> out;
  Range at{{rule.id_line, 0}, {rule.id_line, 0}};
  if (!is_run) {
    out.push_back({at, rule.whole ? "not among the rules of this workspace" : "not judged while the file has mistakes"});
  } else {
    std::string title = counted(matched.size(), "resource matches", "resources match") + ", " + counted(failed.size(), "fails", "fail");
    if (!possible.empty()) title += ", " + std::to_string(possible.size()) + " may fail";
    out.push_back({at, std::move(title)});
  }
  if (rule.whole && rule.examples > 0) {
    Range below{{rule.examples_line, 0}, {rule.examples_line, 0}};
    out.push_back({below, rule.failing == 0 ? counted(rule.examples, "example passes", "examples pass")
                                            : std::to_string(rule.failing) + " of " + counted(rule.examples, "example", "examples") + (rule.failing == 1 ? " fails" : " fail")});
  }
  return out;
}

}  // namespace assay::lsp
