// Quick fixes, "suppress with a reason" and source.fixAll.assay.
#include <algorithm>
#include <map>

#include "analyzer/lsp/features.h"
#include "analyzer/lsp/fix_check.h"
#include "analyzer/lsp/settle.h"
#include "analyzer/pipeline/baseline.h"
#include "analyzer/pipeline/config.h"
#include "analyzer/pipeline/fix/fix.h"
#include "parsers/core/path.h"
#include "parsers/core/text.h"

namespace assay::lsp {
namespace {

using syntax::NodeKind;

// Edits by file, each once and none into another; false when one would.
class Edits {
 public:
  bool add(const std::vector<rules::TextEdit>& edits) {
    for (const rules::TextEdit& edit : edits) {
      for (const rules::TextEdit& other : all_) {
        if (other.span == edit.span && other.text == edit.text) continue;
        bool apart = other.span.file != edit.span.file || other.span.end < edit.span.begin || edit.span.end < other.span.begin;
        bool beside = apart || ((other.span.end == edit.span.begin || edit.span.end == other.span.begin) && other.span.size() > 0 && edit.span.size() > 0);
        if (!beside) return false;
      }
    }
    for (const rules::TextEdit& edit : edits) {
      bool known = std::any_of(all_.begin(), all_.end(), [&](const auto& other) { return other.span == edit.span && other.text == edit.text; });
      if (!known) all_.push_back(edit);
    }
    return true;
  }

  std::vector<FileChanges> changes(Query& query, const pipeline::Scan& scan) {
    std::stable_sort(all_.begin(), all_.end(), [](const auto& a, const auto& b) { return a.span < b.span; });
    std::vector<FileChanges> out;
    for (const rules::TextEdit& edit : all_) {
      Location at = query.ranges.location(scan, edit.span);
      if (out.empty() || out.back().uri != at.uri) {
        out.push_back({at.uri, std::nullopt, {}});
        auto document = query.analysis.documents->find(absolute_path(scan, edit.span.file));
        if (document != query.analysis.documents->end()) out.back().version = document->second->version;
      }
      out.back().changes.push_back({at.range, edit.text});
    }
    return out;
  }
  bool empty() const { return all_.empty(); }

 private:
  std::vector<rules::TextEdit> all_;
};

// Does a text of several lines go on at `offset`, so that no comment can stand there?
const syntax::Node* text_around(const syntax::Node& node, uint32_t offset, int depth = 0) {
  if (depth > 400) return nullptr;
  bool text = node.kind == NodeKind::kTemplate || node.kind == NodeKind::kScalar || node.kind == NodeKind::kString;
  if (text && node.begin < offset && offset < node.end) return &node;
  if (node.kind == NodeKind::kAlias) return nullptr;
  for (const syntax::Node* child : node.children()) {
    if (!child || child->begin > offset || child->end < offset) continue;
    if (const syntax::Node* found = text_around(*child, offset, depth + 1)) return found;
  }
  return nullptr;
}

// Where a comment of its own line covers the finding: above the line of its region, or of its resource where that line
// is inside a text.
std::optional<uint32_t> comment_line(Query& query, const rules::Finding& finding) {
  const syntax::Tree* tree = query.tree();
  if (!tree || tree->language == syntax::Language::kJson) return std::nullopt;
  const Lines& lines = *query.lines();
  for (const core::Span& span : {finding.region, finding.resource.header}) {
    if (!span.valid() || span.file != query.place.file) continue;
    uint32_t line = lines.line_of(span.begin);
    if (!text_around(*tree->root, lines.line_start(line))) return line;
  }
  return std::nullopt;
}

std::optional<Action> suppression(Query& query, const rules::Finding& finding, const rules::RuleInfo& rule) {
  auto line = comment_line(query, finding);
  if (!line) return std::nullopt;
  const Lines& lines = *query.lines();
  std::string_view text = lines.line(*line);
  size_t indent = std::min(text.find_first_not_of(" \t"), text.size());
  uint32_t start = lines.line_start(*line);
  std::string_view rest = lines.text().substr(start + text.size());
  Action out;
  out.title = "Suppress " + rule.id + " with a reason";
  out.kind = "quickfix";
  out.fingerprints = {finding.fingerprint};
  std::string comment = std::string(text.substr(0, indent)) + "# assay:ignore " + rule.id + " accepted: say why" +
                        (rest.starts_with("\r\n") ? "\r\n" : "\n");
  FileChanges change{query.ranges.uri(query.place.scan(), query.place.file), std::nullopt, {{query.range(start, start), comment}}};
  if (query.document) change.version = query.document->version;
  out.files.push_back(std::move(change));
  return out;
}

// A file of the area with an insertion; nothing where it cannot be made.
std::optional<FileChanges> insertion(Query& query, const ActionContext& context, const std::string& path, const std::function<std::optional<Insertion>(std::string_view)>& make) {
  auto read = context.files.read(path);
  if (!read && (read.error().code != "not-found" || !context.creates)) return std::nullopt;
  auto change = make(read ? std::string_view(*read) : std::string_view());
  if (!change) return std::nullopt;
  FileChanges out{uri_of_path(path), std::nullopt, {}, !read};
  auto document = query.analysis.documents->find(path);
  bool open = document != query.analysis.documents->end();
  if (open) out.uri = document->second->uri, out.version = document->second->version;
  Position at = Lines(read ? std::string_view(*read) : std::string_view(), open).position(change->first, query.encoding());
  out.changes.push_back({{at, at}, change->second});
  return out;
}

// Where no comment can stand: an entry of the assay.yaml that counts for the file, which is made if there is none.
std::optional<Action> suppression_in_configuration(Query& query, const ActionContext& context, const rules::Finding& finding, const rules::RuleInfo& rule) {
  std::string path = pipeline::find_config(context.files, query.path);
  if (path.empty()) {
    const Area& area = query.place.area->area;
    path = core::join_path(area.is_file ? std::string(core::parent_path(area.path)) : area.path, "assay.yaml");
  }
  auto change = insertion(query, context, path, [&](std::string_view text) {
    return suppression_entry(text, rule.id, core::relative_path(query.path, std::string(core::parent_path(path))), finding.resource.address);
  });
  if (!change) return std::nullopt;
  return Action{"Suppress " + rule.id + " in " + std::string(core::base_name(path)) + " with a reason", "quickfix", false, {finding.fingerprint}, {std::move(*change)}};
}

// An entry of the baseline that is configured.
std::optional<Action> acceptance(Query& query, const ActionContext& context, const std::string& baseline, const rules::Finding& finding, const rules::RuleInfo& rule) {
  if (baseline.empty() || finding.fingerprint.empty()) return std::nullopt;
  std::string all = pipeline::write_baseline(query.place.scan()), entry;
  size_t at = all.find("\"" + finding.fingerprint + "\"");
  if (at == std::string::npos) return std::nullopt;
  size_t begin = all.rfind('\n', at) + 1, end = all.find('\n', at);
  entry = all.substr(begin, end - begin);
  if (entry.ends_with(',')) entry.pop_back();
  auto change = insertion(query, context, baseline, [&](std::string_view text) -> std::optional<Insertion> {
    if (text.empty()) return Insertion{0, "{\"version\": 1, \"tool\": \"assay\", \"findings\": [\n" + entry + "\n]}\n"};
    return baseline_entry(text, entry);
  });
  if (!change) return std::nullopt;
  return Action{"Add this finding of " + rule.id + " to the baseline", "quickfix", false, {finding.fingerprint}, {std::move(*change)}};
}

}  // namespace

std::vector<Action> code_actions(Query& query, const Range& range, const ActionContext& context) {
  std::vector<Action> fixes, suppressions;
  if (!query.place.area || !query.lines()) return {};
  std::optional<std::string> baseline;
  const pipeline::Scan& scan = query.place.scan();
  pipeline::Fixer fixer(scan);
  for (const rules::Finding& finding : scan.report.findings) {
    if (!is_shown(finding) || finding.region.file != query.place.file) continue;
    if (!touches(query.ranges.location(scan, finding.region).range, range)) continue;
    const rules::RuleInfo& rule = scan.report.rules[finding.rule];
    Edits edits;
    auto fix = finding.fix ? finding.fix : fixer.fix(finding);
    if (fix && edits.add(fix->edits) && !edits.empty()) {
      Action out;
      bool safe = fix->kind == rules::FixKind::kSafe;
      out.title = rule.id + ": " + fix->description + (safe ? "" : " (may replace or interrupt)");
      out.kind = "quickfix";
      out.preferred = safe;
      out.fingerprints = {finding.fingerprint};
      out.files = edits.changes(query, scan);
      fixes.push_back(std::move(out));
    }
    if (auto action = suppression(query, finding, rule)) suppressions.push_back(std::move(*action));
    else if (auto entry = suppression_in_configuration(query, context, finding, rule)) suppressions.push_back(std::move(*entry));
    if (!baseline) baseline = context.options(query.place.area->area).baseline;
    if (auto action = acceptance(query, context, *baseline, finding, rule)) suppressions.push_back(std::move(*action));
  }
  for (Action& action : suppressions) {
    bool known = std::any_of(fixes.begin(), fixes.end(), [&](const Action& other) {
      return other.title == action.title && !other.files.empty() && other.files[0].changes == action.files[0].changes;
    });
    if (!known) fixes.push_back(std::move(action));
  }
  return fixes;
}

std::optional<Action> fix_all(Query& query, const ActionContext& context) {
  if (!query.place.area || !query.lines()) return std::nullopt;
  const pipeline::Scan& scan = query.place.scan();
  pipeline::Fixer fixer(scan);
  Edits edits;
  Action out;
  std::vector<TriedFix> tried;
  for (const rules::Finding& finding : scan.report.findings) {
    if (!is_shown(finding) || finding.region.file != query.place.file) continue;
    if (scan.report.rules[finding.rule].fix == rules::FixKind::kNone) continue;
    auto fix = finding.fix ? finding.fix : fixer.fix(finding);
    if (!fix || fix->kind != rules::FixKind::kSafe) continue;
    // Saving a file changes that file only.
    bool here = std::all_of(fix->edits.begin(), fix->edits.end(), [&](const auto& edit) { return edit.span.file == query.place.file; });
    if (!here || !edits.add(fix->edits)) continue;
    tried.push_back({scan.report.rules[finding.rule].id, finding.resource.address, fix->edits});
    out.fingerprints.push_back(finding.fingerprint);
  }
  keep_good_fixes(context.files, context.options(query.place.area->area).scan, query.path, std::string(query.text()), tried);
  edits = {};
  for (const TriedFix& one : tried) edits.add(one.edits);
  if (edits.empty()) return std::nullopt;
  out.title = "Fix all that Assay can fix safely";
  out.kind = "source.fixAll.assay";
  out.files = edits.changes(query, scan);
  return out;
}

}  // namespace assay::lsp
