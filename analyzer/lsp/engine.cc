#include "analyzer/lsp/engine.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <set>

#include "analyzer/pipeline/baseline.h"
#include "parsers/core/deadline.h"
#include "parsers/core/path.h"

namespace assay::lsp {
namespace {

constexpr size_t kMostLayers = 24;  // of one area: then it is scanned whole

// Notes which files are read for more than what is in them by themselves: more than once in one scan, or in a scan of
// which they are no part.
class Reads : public core::FileSystem {
 public:
  explicit Reads(const core::FileSystem& inner) : inner_(inner) {}
  core::Result<std::string> read_up_to(const std::string& path, size_t limit) const override {
    {
      std::lock_guard lock(mutex_);
      ++reads_[path];
    }
    return inner_.read_up_to(path, limit);
  }
  core::Result<std::vector<core::DirEntry>> list(const std::string& directory) const override { return inner_.list(directory); }
  core::Result<core::FileInfo> stat(const std::string& path) const override { return inner_.stat(path); }
  core::Result<std::string> real_path(const std::string& path) const override { return inner_.real_path(path); }

  void add_shared(const pipeline::Partition& partition, std::set<std::string>& out) const {
    std::set<std::string> own;
    for (const std::string& file : partition.files) own.insert(core::normalize_path(core::join_path(partition.base, file)));
    for (const auto& [path, times] : reads_) {
      if (times > 1 || !own.contains(path)) out.insert(path);
    }
  }

 private:
  const core::FileSystem& inner_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, uint32_t> reads_;
};

// What an area's last analysis was made of.
struct Kept {
  uint64_t disk_revision = 0;
  std::shared_ptr<const Documents> documents;
  std::vector<std::shared_ptr<const AreaAnalysis>> layers;
  // Where edits can be followed; else null.
  std::unique_ptr<pipeline::Partition> partition;
  pipeline::ScanOptions options;
  std::set<std::string> shared;  // files that more depends on than their part
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
      // What was found so far is good for the next time.
      auto give_up = [&] {
        next.merge(kept_);
        kept_ = std::move(next);
        return nullptr;
      };
      if (core::cancelled()) return give_up();
      Kept now;
      auto before = kept_.find(area.path);
      if (before != kept_.end()) now = std::move(kept_.extract(before).mapped());
      if (now.layers.empty() || now.disk_revision != snapshot.disk_revision || !follow(area, snapshot, now)) {
        if (core::cancelled() && !now.layers.empty()) next[area.path] = std::move(now);  // as it was
        if (core::cancelled()) return give_up();
        now = scan(area, snapshot);
        if (core::cancelled()) return give_up();  // it is incomplete
      }
      now.disk_revision = snapshot.disk_revision;
      now.documents = snapshot.documents;
      out->areas.insert(out->areas.end(), now.layers.begin(), now.layers.end());
      next[area.path] = std::move(now);
    }
    kept_ = std::move(next);
    out->milliseconds = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - started).count();
    return out;
  }

 private:
  // Documents that are there in one of two snapshots only, or with another text.
  static std::set<std::string> changed(const Documents& before, const Documents& now) {
    std::set<std::string> out;
    for (const auto& [path, document] : now) {
      auto old = before.find(path);
      if (old == before.end() || (old->second != document && old->second->text != document->text)) out.insert(path);
    }
    for (const auto& [path, document] : before) {
      if (!now.contains(path)) out.insert(path);
    }
    return out;
  }

  // The text that the analysis of the area saw; null when it is not kept.
  static const pipeline::Scan* seen(const Kept& kept, const std::string& path, core::FileId& file) {
    for (const auto& layer : kept.layers) {
      if (!layer->scan) continue;
      file = layer->scan->sources.find(core::relative_path(path, layer->scan->report.base_directory));
      if (file != core::kNoFile && layer->holds(file)) return layer->scan.get();
    }
    return nullptr;
  }

  // Policies and configurations, which may be read as sources as well, decide about everything.
  static bool decides(const pipeline::ScanOptions& options, const std::string& path) {
    const auto& files = options.settings.files;
    return std::find(files.begin(), files.end(), path) != files.end() ||
           std::any_of(options.policies.begin(), options.policies.end(), [&](const std::string& policy) {
             std::string absolute = core::normalize_path(core::join_path(options.current_directory, policy));
             return core::is_within(path, absolute);
           });
  }

  // Brings the analysis of an area to the snapshot. False: only a scan of everything can.
  bool follow(const Area& area, const Snapshot& snapshot, Kept& kept) {
    std::set<std::string> paths = changed(*kept.documents, *snapshot.documents);
    if (paths.empty()) return true;
    Overlay overlay(*setup_.disk, snapshot.documents);
    std::vector<core::FileId> edited;
    for (const std::string& path : paths) {
      if (decides(kept.options, path)) return false;
      core::FileId file = core::kNoFile;
      const pipeline::Scan* scan = seen(kept, path, file);
      if (!scan) {
        // Modules, configurations and policies may lie elsewhere, so only what some other area alone holds does not count.
        bool inside = area.is_file ? core::is_within(path, core::parent_path(area.path)) : core::is_within(path, area.path);
        bool configures = core::extension(path) == ".md" || core::base_name(path).find("assay") != std::string_view::npos;
        if (inside || configures || kept.shared.contains(path)) return false;
        continue;
      }
      // To open or to close a document changes nothing by itself.
      auto document = snapshot.documents->find(path);
      std::string text;
      if (document != snapshot.documents->end()) {
        text = document->second->text;
      } else {
        auto read = setup_.disk->read(path);
        if (!read) return false;
        text = std::move(*read);
      }
      bool kept_text = !scan->sources.text(file).empty();
      if (kept_text && scan->sources.text(file) == text) continue;
      if (!kept.partition || kept.shared.contains(path)) return false;
      std::string relative = core::relative_path(path, kept.partition->base);
      auto id = std::find(kept.partition->files.begin(), kept.partition->files.end(), relative);
      if (id == kept.partition->files.end()) return false;
      edited.push_back(static_cast<core::FileId>(id - kept.partition->files.begin()));
    }
    if (edited.empty()) return true;
    if (kept.layers.size() >= kMostLayers) return false;
    return add_layer(overlay, kept, edited);
  }

  bool add_layer(const Overlay& overlay, Kept& kept, const std::vector<core::FileId>& edited) {
    Reads files(overlay);
    pipeline::Part part = pipeline::analyse_part(files, kept.options, *kept.partition, edited);
    if (!part.scan || core::cancelled()) return false;
    files.add_shared(*part.scan->partition, kept.shared);
    auto top = std::make_shared<AreaAnalysis>();
    top->area = kept.layers.front()->area;
    top->errors = kept.layers.front()->errors;
    std::vector<std::shared_ptr<const AreaAnalysis>> layers;
    for (const auto& layer : kept.layers) {
      auto lower = std::make_shared<AreaAnalysis>(*layer);
      lower->errors.clear();
      const core::SourceSet& sources = lower->scan->sources;
      lower->stale.resize(sources.size());
      for (core::FileId id = 0; id < part.redone.size(); ++id) {
        if (!part.redone[id]) continue;
        core::FileId file = sources.find(kept.partition->files[id]);
        if (file != core::kNoFile) lower->stale[file] = true;
      }
      if (std::find(lower->stale.begin(), lower->stale.end(), false) != lower->stale.end()) layers.push_back(std::move(lower));
    }
    std::unique_ptr<pipeline::Partition> partition = std::move(part.scan->partition);
    top->scan = std::move(part.scan);
    if (!pipeline::replace_part(*kept.partition, part.redone, std::move(*partition))) {
      kept.layers.clear();  // nothing to go on from
      return false;
    }
    layers.insert(layers.begin(), std::move(top));
    kept.layers = std::move(layers);
    return true;
  }

  Kept scan(const Area& area, const Snapshot& snapshot) {
    Kept kept;
    auto out = std::make_shared<AreaAnalysis>();
    out->area = area;
    kept.layers = {out};
    Overlay overlay(*setup_.disk, snapshot.documents);
    if (!overlay.exists(area.path)) return kept;
    Reads files(overlay);
    AreaOptions options = setup_.options(area, snapshot.settings, files, out->errors);
    if (!out->errors.empty()) {
      // Half a configuration: the last whole one, with what is wrong told where it stands.
      auto last = good_.find(area.path);
      if (last != good_.end()) options = last->second;
      else options.scan = bare(options.scan);
    }
    options.scan.divide = options.baseline.empty();
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
      kept.options = options.scan;
      kept.partition = std::move(scan->partition);
    }
    if (!scan->usage_errors.empty() || core::cancelled()) return kept;
    if (!options.baseline.empty()) {
      auto baseline = pipeline::read_baseline(files, options.baseline, out->errors);
      if (out->errors.empty()) pipeline::apply_baseline(baseline, options.scan, *scan);
    }
    if (kept.partition) files.add_shared(*kept.partition, kept.shared);
    out->scan = std::move(scan);
    return kept;
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
    if (file != core::kNoFile && area->holds(file)) return {area.get(), file};
  }
  return {};
}

std::string absolute_path(const pipeline::Scan& scan, core::FileId file) {
  std::string path = scan.sources.path(file);
  if (size_t inside = path.find('!'); inside != std::string::npos) path.resize(inside);
  return core::normalize_path(core::join_path(scan.report.base_directory, path));
}

}  // namespace assay::lsp
