#include "analyzer/lsp/diagnostics.h"

#include <algorithm>
#include <set>

#include "analyzer/lsp/rule_document.h"
#include "analyzer/pipeline/suppression_findings.h"
#include "parsers/core/hash.h"
#include "parsers/core/path.h"
#include "parsers/core/text.h"
#include "sarif/redact.h"

namespace assay::lsp {
namespace {

constexpr size_t kMostRelated = 20;

int severity_of(const rules::Finding& finding) {
  int severity = finding.severity >= rules::Severity::kHigh     ? 1
                 : finding.severity == rules::Severity::kMedium ? 2
                 : finding.severity == rules::Severity::kLow    ? 3
                                                                : 4;
  return finding.verdict == rules::Verdict::kMaybe ? std::max(severity, 3) : severity;
}

bool has_tag(const rules::RuleInfo& rule, std::string_view tag) {
  return std::find(rule.tags.begin(), rule.tags.end(), tag) != rule.tags.end();
}

void sort_places(std::vector<Diagnostic>& list) {
  std::stable_sort(list.begin(), list.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::tie(a.range, a.code, a.message) < std::tie(b.range, b.code, b.message);
  });
  // What two areas say is told once.
  list.erase(std::unique(list.begin(), list.end(),
                         [](const Diagnostic& a, const Diagnostic& b) {
                           return a.range == b.range && a.code == b.code && a.message == b.message && a.fingerprint == b.fingerprint;
                         }),
             list.end());
}

// Diagnostics of one layer or of mistakes in configurations, by file and URI.
class Maker {
 public:
  using Lists = std::map<std::pair<std::string, core::FileId>, std::vector<Diagnostic>>;
  Maker(const Analysis& analysis, Encoding encoding) : analysis_(analysis), ranges_(analysis, encoding) {}

  Lists take() {
    for (auto& [key, list] : out_) sort_places(list);
    return std::move(out_);
  }

  void add_errors(const AreaAnalysis& area) {
    for (const pipeline::UsageError& error : area.errors) {
      if (error.file.empty()) continue;
      std::string path = core::normalize_path(core::join_path(area.area.is_file ? core::parent_path(area.area.path) : area.area.path, error.file));
      auto document = analysis_.documents->find(path);
      // Of an open rule file more is known (rule_document.h).
      if (document != analysis_.documents->end() && is_rule_text(path, document->second->text)) continue;
      Diagnostic out;
      uint32_t line = error.line > 0 ? error.line - 1 : 0;
      out.range = {{line, error.column > 0 ? error.column - 1 : 0}, {line, error.column > 0 ? error.column : 0}};
      if (document != analysis_.documents->end() && line < document->second->lines.count()) {
        std::string_view text = document->second->lines.line(line);
        uint32_t begin = std::min<uint32_t>(static_cast<uint32_t>(text.size()), out.range.start.character);
        if (error.column == 0) begin = static_cast<uint32_t>(std::min(text.find_first_not_of(" \t"), text.size()));
        uint32_t start = document->second->lines.line_start(line);
        out.range = {document->second->lines.position(start + begin, ranges_.encoding()),
                     document->second->lines.position(start + static_cast<uint32_t>(text.size()), ranges_.encoding())};
      }
      out.code = "configuration";
      out.message = error.message;
      out_[{document == analysis_.documents->end() ? uri_of_path(path) : document->second->uri, core::kNoFile}].push_back(std::move(out));
    }
  }

  void add_layer(const Layer& layer) {
    const pipeline::Scan& scan = layer.scan();
    for (const rules::Finding& finding : scan.report.findings) {
      if (is_shown(finding)) add_finding(scan, finding, layer.redactor());
    }
    for (const core::Problem& problem : scan.report.problems) add_problem(scan, problem, layer.redactor());
  }

 private:
  void add_finding(const pipeline::Scan& scan, const rules::Finding& finding, const report::Redactor& redactor) {
    const rules::RuleInfo& rule = scan.report.rules[finding.rule];
    Location at = ranges_.location(scan, finding.region);
    Diagnostic out;
    out.range = at.range;
    out.severity = severity_of(finding);
    out.code = rule.id;
    out.href = rule_address(rule);
    out.message = redactor.message(finding.message);
    if (!finding.resource.address.empty()) {
      out.message += " (" + finding.resource.address + (finding.attribute.empty() ? "" : ": " + finding.attribute) + ")";
    }
    if (finding.verdict == rules::Verdict::kMaybe) {
      out.message += finding.witness.empty() ? "; possible" : "; possible " + redactor.message(finding.witness);
    }
    std::set<core::Span> seen = {finding.region};
    auto relate = [&](const core::Span& span, std::string_view message) {
      if (!span.valid() || out.related.size() >= kMostRelated || !seen.insert(span).second) return;
      out.related.emplace_back(ranges_.location(scan, span), redactor.message(message));
    };
    for (const rules::OriginStep& step : finding.origin) relate(step.span, step.what);
    for (const rules::RelatedPlace& place : finding.related) relate(place.span, place.message);
    if (finding.resource.header.valid()) relate(finding.resource.header, "in " + finding.resource.address);
    if (rule.id == pipeline::rule_of_fault(rules::SuppressionFault::kUnused)) out.tags.push_back(1);
    if (has_tag(rule, "deprecated") || has_tag(rule, "deprecation")) out.tags.push_back(2);
    out.fingerprint = finding.fingerprint;
    out.name = rule.name;
    out.level = rules::severity_name(finding.severity);
    out.verdict = finding.verdict == rules::Verdict::kMaybe ? "maybe" : "fail";
    out.attribute = finding.attribute;
    out.address = finding.resource.address;
    out.type = finding.resource.type;
    if (finding.resource.header.valid()) out.resource = ranges_.location(scan, finding.resource.header);
    out.fix = rule.fix == rules::FixKind::kSafe ? "safe" : rule.fix == rules::FixKind::kUnsafe ? "unsafe" : "";
    out_[{at.uri, finding.region.file}].push_back(std::move(out));
  }

  void add_problem(const pipeline::Scan& scan, const core::Problem& problem, const report::Redactor& redactor) {
    bool note = problem.severity == core::ProblemSeverity::kNote;
    Diagnostic out;
    std::string uri;
    core::FileId file = problem.span.valid() ? problem.span.file : scan.sources.find(problem.path);
    if (problem.span.valid()) {
      core::Span span = problem.span;
      Location at = ranges_.location(scan, span);
      if (span.begin == 0 && span.end == 0) {
        // The whole file: its first line stands for it.
        if (note) return;
      } else if (at.range.start == at.range.end) {
        // A place between two characters shows nothing: the one in front, or behind at the start of a line.
        const Lines& lines = ranges_.lines(scan, span.file);
        if (at.range.start.character > 0) at.range.start.character -= 1;
        else if (!lines.line(at.range.start.line).empty()) at.range.end.character += 1;
      }
      out.range = at.range;
      uri = at.uri;
    } else {
      if (problem.path.empty() || note) return;
      uri = uri_of(core::normalize_path(core::join_path(scan.report.base_directory, problem.path)));
    }
    out.severity = problem.severity == core::ProblemSeverity::kError ? 1 : note ? 3 : 2;
    out.code = problem.code;
    out.message = redactor.message(problem.message);
    if (problem.related.valid()) out.related.emplace_back(ranges_.location(scan, problem.related), "the other place");
    out_[{uri, file}].push_back(std::move(out));
  }

  std::string uri_of(const std::string& path) const {
    auto document = analysis_.documents->find(path);
    return document == analysis_.documents->end() ? uri_of_path(path) : document->second->uri;
  }

  const Analysis& analysis_;
  Ranges ranges_;
  Lists out_;
};

std::shared_ptr<const FileDiagnostics> whole(std::string uri, std::vector<Diagnostic> list) {
  auto out = std::make_shared<FileDiagnostics>();
  out->hash = hash_of(list);
  out->uri = std::move(uri);
  out->list = std::move(list);
  return out;
}

bool by_uri(const std::shared_ptr<const FileDiagnostics>& a, const std::shared_ptr<const FileDiagnostics>& b) { return a->uri < b->uri; }

}  // namespace

Ranges::File& Ranges::file(const pipeline::Scan& scan, core::FileId id) {
  File& out = files_[{&scan, id}];
  if (out.lines) return out;
  std::string path = absolute_path(scan, id);
  auto document = analysis_.documents->find(path);
  if (document != analysis_.documents->end()) {
    out.uri = document->second->uri;
    out.lines = &document->second->lines;
  } else {
    out.uri = uri_of_path(path);
  }
  // What stands inside another file, such as a plan, has no lines there.
  if (!out.lines || out.lines->text() != scan.sources.text(id)) {
    bool inside = scan.sources.path(id).find('!') != std::string::npos;
    out.own = std::make_unique<Lines>(inside ? std::string_view{} : scan.sources.text(id));
    out.lines = out.own.get();
  }
  return out;
}

const Lines& Ranges::lines(const pipeline::Scan& scan, core::FileId id) { return *file(scan, id).lines; }
const std::string& Ranges::uri(const pipeline::Scan& scan, core::FileId id) { return file(scan, id).uri; }

Location Ranges::location(const pipeline::Scan& scan, const core::Span& span) {
  if (!span.valid()) return {};
  const File& at = file(scan, span.file);
  return {at.uri, {at.lines->position(span.begin, encoding_), at.lines->position(span.end, encoding_)}};
}

uint64_t hash_of(const std::vector<Diagnostic>& list) {
  core::Hasher hasher;
  auto add = [&](const Range& range) {
    for (const Position& one : {range.start, range.end}) hasher.add(uint64_t{one.line} << 32 | one.character);
  };
  for (const Diagnostic& one : list) {
    add(one.range);
    hasher.add(static_cast<uint64_t>(one.severity)).add(one.code).add(one.href).add(one.message).add(one.fingerprint).add(one.fix);
    hasher.add(one.level).add(one.verdict).add(one.attribute).add(one.address).add(one.resource.uri);
    add(one.resource.range);
    for (int tag : one.tags) hasher.add(static_cast<uint64_t>(tag));
    hasher.add(uint64_t{one.tags.size()});
    for (const auto& [location, message] : one.related) {
      add(location.range);
      hasher.add(location.uri).add(message);
    }
    hasher.add(uint64_t{one.related.size()});
  }
  return hasher.finish();
}

bool is_shown(const rules::Finding& finding) {
  return rules::counts(finding) && finding.verdict >= rules::Verdict::kMaybe && finding.region.valid();
}

std::string rule_address(const rules::RuleInfo& rule) {
  // Built-in rules stand below docs/rules in a page per folder, user's rules in files of theirs.
  std::string_view source = rule.source;
  size_t slash = source.rfind('/');
  if (source.starts_with('/') || slash == std::string_view::npos) return {};
  return ASSAY_HOMEPAGE "/blob/main/docs/rules/" + std::string(source.substr(0, slash)) + ".md#" +
         core::to_lower_ascii(rule.id);
}

DiagnosticSet DiagnosticsMaker::make(const Analysis& analysis, const Layers& layers, const RuleDocumentMap& rule_documents) {
  // Where a document is named otherwise than its file, or counts a mark that a file hides, all places are asked again.
  std::vector<std::string> spelled;
  for (const auto& [path, document] : *analysis.documents) {
    bool marked = document->text.starts_with("\xEF\xBB\xBF");
    if (marked || document->uri != uri_of_path(path)) spelled.push_back((marked ? "+" : "-") + document->uri + " " + path);
  }
  if (spelled != spelled_) kept_.clear();
  spelled_ = std::move(spelled);
  std::map<std::shared_ptr<const Layer>, OfLayer> next;
  DiagnosticSet most, others;
  for (const auto& [path, rule] : rule_documents) {
    if (!rule->problems.empty()) others.push_back(whole(analysis.documents->at(path)->uri, rule->problems));
  }
  const AreaAnalysis* largest = nullptr;
  for (const auto& area : analysis.areas) {
    if (!area->errors.empty()) {
      Maker maker(analysis, encoding_);
      maker.add_errors(*area);
      for (auto& [key, list] : maker.take()) others.push_back(whole(key.first, std::move(list)));
    }
    if (!area->scan) continue;
    OfLayer& now = next[layers.at(area->scan.get())];
    if (now.empty()) {
      if (auto known = kept_.find(layers.at(area->scan.get())); known != kept_.end()) {
        now = std::move(known->second);
        kept_.erase(known);
      } else {
        Maker maker(analysis, encoding_);
        maker.add_layer(*layers.at(area->scan.get()));
        for (auto& [key, list] : maker.take()) now.push_back({key.second, whole(key.first, std::move(list))});
      }
    }
    if (!largest || now.size() > next[layers.at(largest->scan.get())].size()) largest = area.get();
  }
  for (const auto& area : analysis.areas) {
    if (!area->scan) continue;
    DiagnosticSet& out = area.get() == largest ? most : others;
    for (const OfFile& one : next[layers.at(area->scan.get())]) {
      if (area->holds(one.file)) out.push_back(one.diagnostics);
    }
  }
  kept_ = std::move(next);
  std::stable_sort(others.begin(), others.end(), by_uri);
  DiagnosticSet merged;
  merged.reserve(most.size() + others.size());
  std::merge(most.begin(), most.end(), others.begin(), others.end(), std::back_inserter(merged), by_uri);
  // A document that several tell of.
  size_t kept = 0;
  for (size_t i = 0; i < merged.size();) {
    size_t end = i + 1;
    while (end < merged.size() && merged[end]->uri == merged[i]->uri) ++end;
    std::shared_ptr<const FileDiagnostics> one = merged[i];
    if (end - i > 1) {
      std::vector<Diagnostic> list;
      for (size_t at = i; at < end; ++at) list.insert(list.end(), merged[at]->list.begin(), merged[at]->list.end());
      sort_places(list);
      one = whole(merged[i]->uri, std::move(list));
    }
    merged[kept++] = std::move(one);
    i = end;
  }
  merged.resize(kept);
  return merged;
}

const FileDiagnostics* find_diagnostics(const DiagnosticSet& set, std::string_view uri) {
  auto at = std::lower_bound(set.begin(), set.end(), uri, [](const auto& one, std::string_view wanted) { return one->uri < wanted; });
  return at != set.end() && (*at)->uri == uri ? at->get() : nullptr;
}

std::map<std::string, std::vector<Diagnostic>> diagnostics_of(const Analysis& analysis, Encoding encoding) {
  std::map<std::string, std::vector<Diagnostic>> out;
  for (const auto& one : DiagnosticsMaker(encoding).make(analysis, layers_of(analysis), {})) out[one->uri] = one->list;
  return out;
}

}  // namespace assay::lsp
