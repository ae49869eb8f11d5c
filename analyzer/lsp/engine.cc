#include "analyzer/lsp/engine.h"

#include <algorithm>
#include <chrono>

#include "analyzer/pipeline/baseline.h"
#include "parsers/core/deadline.h"
#include "parsers/core/path.h"

namespace assay::lsp {
namespace {

// What an area's last analysis was made of.
struct Kept {
  uint64_t disk_revision = 0;
  std::vector<std::pair<std::string, const Document*>> documents;  // those that may matter to it
  std::shared_ptr<const Documents> holds;                           // so that addresses stay taken
  std::shared_ptr<const AreaAnalysis> result;
};

class ScanEngine : public Engine {
 public:
  explicit ScanEngine(const Setup& setup) : setup_(setup) {}

  std::shared_ptr<const Analysis> analyse(const Snapshot& snapshot, const std::atomic<bool>& cancelled) override {
    auto started = std::chrono::steady_clock::now();
    core::Watch watch(&cancelled);
    auto out = std::make_shared<Analysis>();
    out->revision = snapshot.revision;
    out->documents = snapshot.documents;
    std::map<std::string, Kept> next;
    for (const Area& area : snapshot.areas) {
      if (cancelled.load(std::memory_order_relaxed)) return nullptr;
      Kept now{snapshot.disk_revision, {}, snapshot.documents, nullptr};
      for (const auto& [path, document] : *snapshot.documents) now.documents.emplace_back(path, document.get());
      auto before = kept_.find(area.path);
      if (before != kept_.end() && before->second.disk_revision == now.disk_revision && !concerns(area, before->second, now)) {
        now.result = before->second.result;
      } else {
        now.result = scan(area, snapshot);
        if (core::cancelled()) return nullptr;  // it is incomplete
      }
      out->areas.push_back(now.result);
      next[area.path] = std::move(now);
    }
    kept_ = std::move(next);
    out->milliseconds = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - started).count();
    return out;
  }

 private:
  // Did a document change that the area's scan may read? Modules, configurations and policies may lie elsewhere, so only
  // a document that some other area alone holds, and that the last scan did not read, does not count.
  static bool concerns(const Area& area, const Kept& before, const Kept& now) {
    auto changed = [](const auto& a, const auto& b) {
      std::vector<std::string> out;
      for (const auto& one : a) {
        if (std::find(b.begin(), b.end(), one) == b.end()) out.push_back(one.first);
      }
      return out;
    };
    for (const auto& list : {changed(before.documents, now.documents), changed(now.documents, before.documents)}) {
      for (const std::string& path : list) {
        bool inside = area.is_file ? core::is_within(path, core::parent_path(area.path)) : core::is_within(path, area.path);
        if (inside) return true;
        if (core::extension(path) == ".md" || core::base_name(path).find("assay") != std::string_view::npos) return true;
        const pipeline::Scan* scan = before.result->scan.get();
        if (!scan || scan->sources.find(core::relative_path(path, scan->report.base_directory)) != core::kNoFile) return true;
      }
    }
    return false;
  }

  std::shared_ptr<const AreaAnalysis> scan(const Area& area, const Snapshot& snapshot) {
    auto out = std::make_shared<AreaAnalysis>();
    out->area = area;
    Overlay files(*setup_.disk, snapshot.documents);
    if (!files.exists(area.path)) return out;
    AreaOptions options = setup_.options(area, snapshot.settings, files, out->errors);
    if (!out->errors.empty()) {
      // Half a configuration: the last whole one, with what is wrong told where it stands.
      auto last = good_.find(area.path);
      if (last != good_.end()) options = last->second;
      else options.scan = bare(options.scan);
    }
    auto scan = pipeline::scan(files, options.scan);
    if (!scan->usage_errors.empty()) {
      // A policy or a name of a rule: without what can be wrong.
      out->errors.insert(out->errors.end(), scan->usage_errors.begin(), scan->usage_errors.end());
      auto last = good_.find(area.path);
      pipeline::ScanOptions less = last == good_.end() ? bare(options.scan) : last->second.scan;
      scan = pipeline::scan(files, less);
      if (!scan->usage_errors.empty()) scan = pipeline::scan(files, bare(options.scan));
    } else if (out->errors.empty() && !core::cancelled()) {
      good_[area.path] = options;
    }
    if (!scan->usage_errors.empty() || core::cancelled()) return out;
    if (!options.baseline.empty()) {
      auto baseline = pipeline::read_baseline(files, options.baseline, out->errors);
      if (out->errors.empty()) pipeline::apply_baseline(baseline, options.scan, *scan);
    }
    out->scan = std::move(scan);
    return out;
  }

  // Without what a configuration can get wrong.
  static pipeline::ScanOptions bare(const pipeline::ScanOptions& options) {
    pipeline::ScanOptions out;
    out.paths = options.paths;
    out.current_directory = options.current_directory;
    out.jobs = options.jobs;
    out.today = options.today;
    out.version = options.version;
    out.all_texts = options.all_texts;
    return out;
  }

  const Setup setup_;
  std::map<std::string, Kept> kept_;         // by path of the area
  std::map<std::string, AreaOptions> good_;  // the last that had no mistakes
};

}  // namespace

std::unique_ptr<Engine> make_scan_engine(const Setup& setup) { return std::make_unique<ScanEngine>(setup); }

FilePlace find_file(const Analysis& analysis, const std::string& path) {
  for (const auto& area : analysis.areas) {
    if (!area->scan || (area->area.is_file && area->area.path != path)) continue;
    core::FileId file = area->scan->sources.find(core::relative_path(path, area->scan->report.base_directory));
    if (file != core::kNoFile) return {area.get(), file};
  }
  return {};
}

std::string absolute_path(const pipeline::Scan& scan, core::FileId file) {
  std::string path = scan.sources.path(file);
  if (size_t inside = path.find('!'); inside != std::string::npos) path.resize(inside);
  return core::normalize_path(core::join_path(scan.report.base_directory, path));
}

}  // namespace assay::lsp
