#include "analyzer/lsp/fix_check.h"

#include <algorithm>
#include <map>

#include "analyzer/pipeline/discover.h"
#include "analyzer/pipeline/fix/apply.h"
#include "parsers/core/path.h"

namespace assay::lsp {
namespace {

constexpr int kMostRounds = 6;
constexpr size_t kMostAlone = 64;  // fixes that are tried one by one

// The document's directory without those below it: what a module consists of. Documents that stand alone see only
// themselves.
class Beside : public core::FileSystem {
 public:
  Beside(const core::FileSystem& inner, std::string path, bool alone) : inner_(inner), path_(std::move(path)), alone_(alone) {}
  core::Result<std::string> read_up_to(const std::string& path, size_t limit) const override { return inner_.read_up_to(path, limit); }
  core::Result<std::vector<core::DirEntry>> list(const std::string& directory) const override {
    auto entries = inner_.list(directory);
    if (!entries || core::normalize_path(directory) != core::parent_path(path_)) return entries;
    std::vector<core::DirEntry> out;
    for (core::DirEntry& entry : *entries) {
      bool here = entry.name == core::base_name(path_);
      if (here || (!alone_ && entry.kind != core::EntryKind::kDirectory)) out.push_back(std::move(entry));
    }
    return out;
  }
  core::Result<core::FileInfo> stat(const std::string& path) const override { return inner_.stat(path); }
  core::Result<std::string> real_path(const std::string& path) const override { return inner_.real_path(path); }

 private:
  const core::FileSystem& inner_;
  const std::string path_;
  const bool alone_;
};

using Key = std::pair<std::string, std::string>;  // rule and address
struct Counts {
  std::map<Key, size_t> findings;
  size_t errors = 0;
};

Counts count(core::FileSystem& files, const pipeline::ScanOptions& options) {
  Counts out;
  auto scan = pipeline::scan(files, options);
  for (const rules::Finding& finding : scan->report.findings) ++out.findings[{scan->report.rules[finding.rule].id, finding.resource.address}];
  for (const core::Problem& problem : scan->report.problems) out.errors += problem.severity == core::ProblemSeverity::kError;
  return out;
}

size_t of(const Counts& counts, const Key& key) {
  auto found = counts.findings.find(key);
  return found == counts.findings.end() ? 0 : found->second;
}

bool brings_new(const Counts& before, const Counts& after) {
  if (after.errors > before.errors) return true;
  return std::any_of(after.findings.begin(), after.findings.end(), [&](const auto& one) { return one.second > of(before, one.first); });
}

}  // namespace

void keep_good_fixes(const core::FileSystem& files, const pipeline::ScanOptions& given, const std::string& path, const std::string& text,
                     std::vector<TriedFix>& fixes) {
  if (fixes.empty()) return;
  pipeline::ScanOptions options = given;
  options.paths = {std::string(core::parent_path(path))};
  options.jobs = 1;
  Beside beside(files, path, pipeline::kind_of(path) != pipeline::FileKind::kHcl && !path.ends_with(".tf.json"));
  pipeline::OverlayFileSystem tried(beside);
  Counts before = count(tried, options);
  auto after = [&](const std::vector<const TriedFix*>& some) {
    std::vector<rules::TextEdit> edits;
    for (const TriedFix* fix : some) {
      for (const rules::TextEdit& edit : fix->edits) {
        bool known = std::any_of(edits.begin(), edits.end(), [&](const auto& other) { return other.span == edit.span && other.text == edit.text; });
        if (!known) edits.push_back(edit);
      }
    }
    tried.set(path, pipeline::with_edits(text, std::move(edits)));
    Counts out = count(tried, options);
    tried.clear(path);
    return out;
  };
  for (int round = 0; round < kMostRounds && !fixes.empty(); ++round) {
    std::vector<const TriedFix*> all;
    for (const TriedFix& fix : fixes) all.push_back(&fix);
    Counts now = after(all);
    size_t had = fixes.size();
    std::erase_if(fixes, [&](const TriedFix& fix) {
      Key key{fix.rule, fix.address};
      return of(before, key) > 0 && of(now, key) >= of(before, key);  // still there
    });
    if (fixes.size() != had) continue;
    if (!brings_new(before, now)) return;
    if (fixes.size() > kMostAlone) break;
    std::erase_if(fixes, [&](const TriedFix& fix) { return brings_new(before, after({&fix})); });
    if (fixes.size() == had) break;  // only together they do harm
  }
  fixes.clear();
}

}  // namespace assay::lsp
