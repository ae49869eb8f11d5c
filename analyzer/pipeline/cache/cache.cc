#include "analyzer/pipeline/cache/cache.h"

#include <atomic>
#include <map>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "analyzer/pipeline/cache/report_bytes.h"
#include "analyzer/pipeline/discover.h"
#include "analyzer/pipeline/fix/fix.h"
#include "analyzer/pipeline/secret_text.h"
#include "parsers/core/digest.h"
#include "parsers/core/hash.h"
#include "parsers/core/metrics.h"
#include "parsers/core/parallel.h"
#include "parsers/core/path.h"

namespace assay::pipeline::cache {
namespace {

constexpr size_t kFewAnswers = 1000;  // looked at by one thread
constexpr size_t kMostEdits = 200;    // of files: after more, everything is analysed again

std::string digest_of(const std::vector<std::string>& parts) {
  std::string all;
  for (const std::string& part : parts) all += std::to_string(part.size()) + ":" + part;
  return core::to_hex(core::sha256(all)).substr(0, 40);
}

// A text that a report quotes: on the disk as it was read, or kept.
struct KeptText {
  core::FileId file = core::kNoFile;
  uint64_t hash = 0;
  std::optional<std::string> text;  // where the disk holds something else
};

template <typename Archive>
void fields(Archive& archive, KeptText& value) {
  auto& [file, hash, text] = value;
  all_fields(archive, file, hash, text);
}

// A text that nothing but the search for secrets read, and that still holds none, changes no report: in a repository of
// more than infrastructure most edits are of that kind.
bool is_still_clean(const Answers& answers, std::string_view text) {
  return answers.clean_text && is_clean_text(core::base_name(answers.path), text);
}

// Marks such texts. Not where a configuration says what a secret is.
void mark_clean_texts(const Scan& scan, std::vector<Answers>& answers) {
  std::map<std::string_view, Answers*> read;
  for (Answers& one : answers) {
    bool configures = one.path.ends_with("/.gitleaks.toml") || one.path.ends_with("/.gitleaksignore");
    if (configures && one.stamp.exists) return;
    if (one.read && one.reads == 1 && !one.list) read[one.path] = &one;
  }
  std::map<std::string_view, core::FileId> ids;
  for (core::FileId id = 0; id < scan.sources.size(); ++id) ids[scan.sources.path(id)] = id;
  for (const rules::CoverageRow& row : scan.report.coverage) {
    if (row.format != "text" || row.state != "evaluated" || kind_of(row.path) != FileKind::kOther) continue;
    auto id = ids.find(row.path);
    // The text of a file is kept where something was found in it.
    if (id == ids.end() || !scan.sources.text(id->second).empty()) continue;
    auto found = read.find(core::normalize_path(core::join_path(scan.report.base_directory, row.path)));
    if (found != read.end()) found->second->clean_text = true;
  }
}

// Does all that the record depended on still hold, but for the texts of some files (positions in `changed`)? Brings
// stamps up to date.
bool holds(const core::FileSystem& disk, std::vector<Answers>& answers, unsigned jobs, bool& renewed, std::vector<size_t>& changed) {
  ASSAY_METRIC("cache: look at files");
  int64_t now = clock_ns();
  std::atomic<bool> same{true}, newer{false};
  std::atomic<size_t> edits{0};
  std::vector<uint8_t> edited(answers.size());
  core::parallel_for(answers.size(), 64, answers.size() < kFewAnswers ? 1 : jobs, [&](size_t begin, size_t end, unsigned) {
    bool touched = false;
    for (size_t i = begin; i < end && same; ++i) {
      Change change = compare(disk, now, is_still_clean, answers[i], touched);
      if (change == Change::kNone) continue;
      // A text that was read more than once was read for more than what is in it by itself.
      edited[i] = change == Change::kContent && answers[i].reads == 1 && !answers[i].list;
      if (!edited[i] || ++edits > kMostEdits) same = false;
    }
    if (touched) newer = true;
  });
  renewed = newer;
  for (size_t i = 0; i < edited.size(); ++i) {
    if (edited[i]) changed.push_back(i);
  }
  return same;
}

// What a run and an earlier one depended on, together. `redone` (paths) are the files that the later one analysed anew.
// False: another file changed between the two.
bool add_answers(std::vector<Answers>& all, std::vector<Answers> later, const std::unordered_set<std::string>& redone) {
  std::unordered_map<std::string, size_t> at;
  at.reserve(all.size());
  for (size_t i = 0; i < all.size(); ++i) at.emplace(all[i].path, i);
  for (Answers& one : later) {
    auto found = at.find(one.path);
    if (found == at.end()) {
      all.push_back(std::move(one));
      continue;
    }
    Answers& known = all[found->second];
    bool again = redone.contains(one.path);
    if (one.read && known.read && !again && (one.content != known.content || one.content2 != known.content2)) return false;
    if (again) {
      known.stamp = one.stamp;
      known.error = one.error;
    }
    if (one.read) known.clean_text = false;  // until it is seen to be
    if (one.read && (again || !known.read)) {
      known.content = one.content;
      known.content2 = one.content2;
    }
    if (one.list) known.listing = one.listing;
    if (one.real) known.real_path = one.real_path;
    known.stat |= one.stat;
    known.read |= one.read;
    known.list |= one.list;
    known.real |= one.real;
    known.reads = again ? std::max(known.reads, one.reads) : known.reads + one.reads;
    known.read_limit = std::max(known.read_limit, one.read_limit);
  }
  return true;
}

}  // namespace

std::string build_identity() {
  auto info = core::RealFileSystem().stat("/proc/self/exe");
  if (!info) return {};
  return std::to_string(info->size) + " " + std::to_string(info->modified_ns) + " " + std::to_string(info->changed_ns) + " " +
         std::to_string(info->inode);
}

Session::Session(const core::FileSystem& disk, std::string directory, const std::vector<std::string>& key, bool always)
    : disk_(disk), recorder_(disk), store_(std::move(directory)), always_(always) {
  std::string build = build_identity();
  if (build.empty()) return;
  std::vector<std::string> parts = key;
  parts.push_back(std::move(build));
  key_ = digest_of(parts);
}

std::unique_ptr<Scan> Session::find(const ScanOptions& options) {
  if (key_.empty()) return nullptr;
  ASSAY_METRIC("cache");
  auto bytes = store_.read(key_);
  if (!bytes) {
    if (bytes.error().code != "not-found") note_ = "the cache is not used: " + bytes.error().message;
    return nullptr;
  }
  ByteReader in(*bytes);
  std::vector<Answers> answers;
  fields(in, answers);
  if (in.failed()) return nullptr;
  bool renewed = false;
  std::vector<size_t> changed;
  if (!holds(disk_, answers, options.jobs, renewed, changed)) return nullptr;
  if (!changed.empty()) return repeat_in_part(in, std::move(answers), changed, options);
  std::string_view report = in.view(in.left());
  ByteReader again(report);
  skip_partition(again);
  std::unique_ptr<Scan> scan = replay(again, options, {});
  if (scan && renewed) {
    ByteWriter out;
    fields(out, answers);
    out.raw(report.data(), report.size());
    (void)store_.write(key_, out.bytes());  // the record that is there is good, too
  }
  return scan;
}

std::unique_ptr<Scan> Session::repeat_in_part(ByteReader& in, std::vector<Answers> answers, const std::vector<size_t>& changed,
                                              const ScanOptions& options) {
  auto partition = std::make_unique<Partition>();
  if (!read_partition(in, *partition)) return nullptr;
  ASSAY_METRIC("cache: repeat in part");
  std::unordered_map<std::string_view, core::FileId> ids;
  for (core::FileId id = 0; id < partition->files.size(); ++id) ids.emplace(partition->files[id], id);
  std::vector<core::FileId> edited;
  for (size_t i : changed) {
    auto id = ids.find(core::relative_path(answers[i].path, partition->base));
    if (id == ids.end()) return nullptr;  // a configuration, a policy
    edited.push_back(id->second);
  }
  Part part = analyse_part(recorder_, options, *partition, edited);
  if (!part.scan || recorder_.torn()) return nullptr;
  attach_fixes(*part.scan);
  std::unique_ptr<Scan> scan = replay(in, options, part.redone);
  if (!scan) return nullptr;
  std::unordered_set<std::string> redone;
  for (core::FileId id = 0; id < part.redone.size(); ++id) {
    if (part.redone[id]) redone.insert(core::normalize_path(core::join_path(partition->base, partition->files[id])));
  }
  for (core::FileId id = 0; id < part.scan->partition->files.size(); ++id) {
    std::string_view text = part.scan->sources.text(id);
    if (!text.empty()) scan->sources.set_text(ids.at(part.scan->partition->files[id]), std::string(text));
  }
  if (!replace_part(*partition, scan->report, part.redone, std::move(*part.scan->partition), std::move(part.scan->report))) return nullptr;
  scan->partition = std::move(partition);
  if (!add_answers(answers, recorder_.answers(), redone)) return nullptr;
  store(record(*scan, std::move(answers)));
  return scan;
}

std::unique_ptr<Scan> Session::replay(ByteReader& in, const ScanOptions& options, const std::vector<bool>& without) const {
  auto scan = std::make_unique<Scan>();
  core::FileSystem& disk = const_cast<core::FileSystem&>(disk_);
  scan->rules = load_rules(disk, options, scan->usage_errors);
  if (!scan->usage_errors.empty()) return nullptr;
  std::vector<KeptText> texts;
  std::string base;  // what the paths of the texts are relative to
  all_fields(in, texts, base);
  if (in.failed() || !read_report(in, *scan) || !in.at_end()) return nullptr;
  for (KeptText& kept : texts) {
    if (kept.file >= scan->sources.size()) return nullptr;
    if (kept.file < without.size() && without[kept.file]) continue;
    if (!kept.text) {
      auto text = disk.read_up_to(core::join_path(base, scan->sources.path(kept.file)), kMaxRecordBytes);
      if (!text || core::hash64(*text) != kept.hash) return nullptr;
      kept.text = std::move(*text);
    }
    scan->sources.set_text(kept.file, std::move(*kept.text));
  }
  scan->trees.resize(scan->sources.size());
  scan->report.summary.duration_ms = 0;  // of another run
  return scan;
}

std::string Session::record(Scan& scan, std::vector<Answers> answers) const {
  mark_clean_texts(scan, answers);
  std::map<std::string_view, const Answers*> read;
  for (const Answers& one : answers) {
    if (one.read) read[one.path] = &one;
  }
  ByteWriter out;
  fields(out, answers);
  write_partition(out, scan.partition.get());
  std::vector<KeptText> texts;
  std::string base = scan.report.base_directory;
  for (core::FileId file : files_shown(scan.report)) {
    std::string_view text = scan.sources.text(file);
    KeptText kept{file, core::hash64(text), {}};
    auto at = read.find(core::normalize_path(core::join_path(base, scan.sources.path(file))));
    if (at == read.end() || at->second->content != core::hash64(text, 1)) kept.text = std::string(text);
    texts.push_back(std::move(kept));
  }
  all_fields(out, texts, base);
  write_report(out, scan);
  return out.take();
}

void Session::keep(Scan& scan) {
  if (key_.empty() || recorder_.torn() || !scan.usage_errors.empty()) return;
  if (!always_ && scan.sources.size() < kLeastFiles) return;
  store(record(scan, recorder_.answers()));
}

void Session::store(const std::string& bytes) {
  ASSAY_METRIC("cache: keep");
  core::Status wrote = store_.write(key_, bytes);
  if (!wrote) note_ = "the cache is not used: " + wrote.error().message;
  else store_.trim();
}

}  // namespace assay::pipeline::cache
