#include "analyzer/pipeline/fix/apply.h"

#include <algorithm>
#include <set>

#include "analyzer/pipeline/fix/fix.h"
#include "parsers/core/path.h"

namespace assay::pipeline {
namespace {

constexpr size_t kMaxRounds = 64;   // of edits that wait for one another
constexpr size_t kMaxRetries = 64;  // after taking fixes back

using rules::Finding;
using rules::TextEdit;

// Rule and resource: what is counted before and after. Fingerprints number the occurrences, and one
// less moves them.
using Key = std::pair<std::string, std::string>;

Key key_of(const Scan& scan, const Finding& finding) {
  std::string address = finding.resource.address;
  if (finding.resource.header.valid())
    address += "@" + scan.sources.path(finding.resource.header.file);
  return {scan.report.rules[finding.rule].id, std::move(address)};
}

std::map<Key, size_t> count_findings(const Scan& scan) {
  std::map<Key, size_t> out;
  for (const Finding& finding : scan.report.findings) ++out[key_of(scan, finding)];
  return out;
}

std::map<std::string, size_t> count_errors(const Scan& scan) {
  std::map<std::string, size_t> out;
  for (const core::Problem& problem : scan.report.problems) {
    if (problem.severity == core::ProblemSeverity::kNote) continue;
    ++out[problem.span.valid() ? scan.sources.path(problem.span.file) : problem.path];
  }
  return out;
}

struct Chosen {
  const Finding* finding;
  Key key;
  rules::Fix fix;
};

bool touches(const TextEdit& a, const TextEdit& b) {
  if (a.span.file != b.span.file) return false;
  // Neighbours touch, too: two insertions at one place would have an order that nobody chose.
  return a.span.begin <= b.span.end && b.span.begin <= a.span.end;
}

// The edits of one round, by file and place.
class Edits {
 public:
  // False when some edit is in the way. Equal edits of two findings are one.
  bool add(const rules::Fix& fix) {
    for (const TextEdit& edit : fix.edits) {
      if (!fits(edit)) return false;
    }
    for (const TextEdit& edit : fix.edits) by_file_[edit.span.file].emplace(edit.span.begin, edit);
    return true;
  }
  const std::map<core::FileId, std::map<uint32_t, TextEdit>>& by_file() const { return by_file_; }

 private:
  bool fits(const TextEdit& edit) const {
    auto file = by_file_.find(edit.span.file);
    if (file == by_file_.end()) return true;
    auto after = file->second.lower_bound(edit.span.begin);
    if (after != file->second.end() && after->second.span == edit.span &&
        after->second.text == edit.text)
      return true;
    if (after != file->second.end() && touches(after->second, edit)) return false;
    if (after != file->second.begin() && touches(std::prev(after)->second, edit)) return false;
    return true;
  }
  std::map<core::FileId, std::map<uint32_t, TextEdit>> by_file_;
};

class Planner {
 public:
  Planner(core::FileSystem& files, const ScanOptions& options, rules::FixKind most)
      : files_(files), overlay_(files), options_(options), shown_(options), most_(most) {
    options_.minimum = rules::Severity::kInfo;
    options_.maybe = true;
    options_.progress = nullptr;
  }

  FixPlan plan() {
    std::unique_ptr<Scan> now = scan(overlay_, options_);
    plan_.usage_errors = now->usage_errors;
    if (!plan_.usage_errors.empty()) return std::move(plan_);
    size_t retries = 0;
    for (size_t round = 0; round < kMaxRounds && retries < kMaxRetries;) {
      std::vector<Chosen> chosen = choose(*now);
      if (chosen.empty()) break;
      std::map<std::string, std::string> texts = edited(*now, chosen);
      std::map<std::string, std::optional<std::string>> previous;
      for (auto& [path, text] : texts) {
        const std::string* known = overlay_.find(path);
        previous[path] = known ? std::optional<std::string>(*known) : std::nullopt;
        overlay_.set(path, text);
      }
      std::unique_ptr<Scan> then = scan(overlay_, options_);
      if (verify(*now, *then, chosen)) {
        accept(*now, chosen, texts);
        now = std::move(then);
        ++round;
        continue;
      }
      ++retries;
      for (auto& [path, text] : previous) {
        if (text)
          overlay_.set(path, *text);
        else
          overlay_.clear(path);
      }
    }
    for (auto& [path, file] : changed_) {
      if (file.before != file.after) plan_.files.push_back(std::move(file));
    }
    plan_.unsafe_left = most_ == rules::FixKind::kSafe ? count_unsafe(*now) : 0;
    return std::move(plan_);
  }

 private:
  bool is_reported(const Finding& finding) const {
    return !finding.suppressed && finding.severity >= shown_.minimum &&
           (finding.verdict == rules::Verdict::kFail || shown_.maybe);
  }

  std::vector<Chosen> choose(const Scan& now) {
    std::vector<Chosen> out;
    Fixer fixer(now);
    Edits edits;
    for (const Finding& finding : now.report.findings) {
      const rules::RuleInfo& info = now.report.rules[finding.rule];
      if (!is_reported(finding) || info.fix == rules::FixKind::kNone || info.fix > most_) continue;
      Key key = key_of(now, finding);
      if (refused_.contains({key, finding.attribute})) continue;
      std::optional<rules::Fix> fix = fixer.fix(finding);
      if (!fix || !is_on_disk(now, *fix)) continue;
      std::set<core::FileId> files;
      for (const TextEdit& edit : fix->edits) files.insert(edit.span.file);
      bool taken = std::any_of(files.begin(), files.end(), [&](core::FileId file) {
        return careful_.contains(now.sources.path(file)) && edits.by_file().contains(file);
      });
      if (taken || !edits.add(*fix)) continue;
      out.push_back({&finding, std::move(key), std::move(*fix)});
    }
    return out;
  }

  size_t count_unsafe(const Scan& now) {
    size_t count = 0;
    Fixer fixer(now);
    for (const Finding& finding : now.report.findings) {
      if (!is_reported(finding) || now.report.rules[finding.rule].fix != rules::FixKind::kUnsafe)
        continue;
      if (fixer.fix(finding)) ++count;
    }
    return count;
  }

  std::string absolute(const Scan& now, core::FileId file) const {
    return core::normalize_path(core::join_path(now.report.base_directory, now.sources.path(file)));
  }

  // Below a path that was given, or beside a file that was: modules elsewhere are only read.
  bool is_asked_for(const std::string& path) const {
    if (shown_.paths.empty()) return below(path, core::normalize_path(shown_.current_directory));
    return std::any_of(shown_.paths.begin(), shown_.paths.end(), [&](const std::string& given) {
      std::string at = core::normalize_path(core::join_path(shown_.current_directory, given));
      return path == at || below(path, at) ||
             (!files_.is_directory(at) && core::parent_path(path) == core::parent_path(at));
    });
  }
  static bool below(const std::string& path, const std::string& directory) {
    return directory == "/" || (path.starts_with(directory) && path.size() > directory.size() &&
                                path[directory.size()] == '/');
  }

  // What was analysed must be what lies in the file (not a plan's copy, not the index).
  bool is_on_disk(const Scan& now, const rules::Fix& fix) {
    for (const TextEdit& edit : fix.edits) {
      std::string path = absolute(now, edit.span.file);
      auto [at, fresh] = on_disk_.try_emplace(path, true);
      if (fresh) {
        auto text = files_.read(path);
        at->second = text && *text == now.sources.text(edit.span.file) && is_asked_for(path) &&
                     path.find("/.terraform/") == std::string::npos;
      }
      if (!at->second) return false;
    }
    return true;
  }

  std::map<std::string, std::string> edited(const Scan& now,
                                            const std::vector<Chosen>& chosen) const {
    Edits edits;
    for (const Chosen& one : chosen) edits.add(one.fix);
    std::map<std::string, std::string> out;
    for (const auto& [file, places] : edits.by_file()) {
      std::vector<TextEdit> list;
      for (const auto& [begin, edit] : places) list.push_back(edit);
      out[absolute(now, file)] = with_edits(now.sources.text(file), std::move(list));
    }
    return out;
  }

  // Of several edits in one file it is not known which one is at fault: then the file gets one at a
  // time.
  void refuse(const Scan& now, const std::vector<Chosen>& chosen, const Chosen& one,
              std::string why) {
    bool alone = true;
    for (const TextEdit& edit : one.fix.edits) {
      size_t count = 0;
      for (const Chosen& other : chosen) {
        count +=
            std::any_of(other.fix.edits.begin(), other.fix.edits.end(),
                        [&](const TextEdit& theirs) { return theirs.span.file == edit.span.file; });
      }
      if (count < 2) continue;
      careful_.insert(now.sources.path(edit.span.file));
      alone = false;
    }
    if (!alone) return;
    if (!refused_.insert({one.key, one.finding->attribute}).second) return;
    const rules::RuleInfo& info = now.report.rules[one.finding->rule];
    RefusedFix out{info.id, info.name, one.finding->resource.address, {}, 0, std::move(why)};
    if (one.finding->region.valid()) {
      out.path = now.sources.path(one.finding->region.file);
      out.line =
          now.sources.lines(one.finding->region.file).position(one.finding->region.begin).line;
    }
    plan_.refused.push_back(std::move(out));
  }

  // False when something had to be refused: then the round is tried again without it.
  bool verify(const Scan& now, const Scan& then, const std::vector<Chosen>& chosen) {
    bool good = true;
    std::map<Key, size_t> before = count_findings(now), after = count_findings(then);
    std::map<Key, size_t> wanted = before;
    for (const Chosen& one : chosen) {
      size_t& count = wanted[one.key];
      if (count > 0) --count;
    }
    for (const Chosen& one : chosen) {
      auto at = after.find(one.key);
      if (at == after.end() || at->second <= wanted[one.key]) continue;
      refuse(now, chosen, one, "the finding would still be there");
      good = false;
    }
    if (!good) return false;
    for (const auto& [key, count] : after) {
      auto at = before.find(key);
      if (at != before.end() && count <= at->second) continue;
      blame(now, chosen, key.second,
            "it would bring " + key.first + " at " + key.second.substr(0, key.second.rfind('@')));
      good = false;
    }
    std::map<std::string, size_t> errors_before = count_errors(now), errors = count_errors(then);
    for (const auto& [path, count] : errors) {
      if (count <= errors_before[path]) continue;
      blame(now, chosen, "@" + path, "it would bring an error into " + path);
      good = false;
    }
    return good;
  }

  // Refuses the fixes that touch a resource; else those in its file; else all.
  void blame(const Scan& now, const std::vector<Chosen>& chosen, const std::string& address,
             const std::string& why) {
    std::string path = address.substr(address.rfind('@') + 1);
    for (int level = 0; level < 3; ++level) {
      bool found = false;
      for (const Chosen& one : chosen) {
        bool meant = level == 2 || (level == 0 && one.key.second == address);
        for (const TextEdit& edit : one.fix.edits)
          meant = meant || (level == 1 && now.sources.path(edit.span.file) == path);
        if (!meant) continue;
        refuse(now, chosen, one, why);
        found = true;
      }
      if (found) return;
    }
  }

  void accept(const Scan& now, const std::vector<Chosen>& chosen,
              const std::map<std::string, std::string>& texts) {
    for (const Chosen& one : chosen) {
      ++plan_.fixed;
      std::set<core::FileId> files;
      for (const TextEdit& edit : one.fix.edits) files.insert(edit.span.file);
      for (core::FileId file : files) {
        std::string path = absolute(now, file);
        auto [at, fresh] = changed_.try_emplace(now.sources.path(file));
        if (fresh) {
          at->second.path = now.sources.path(file);
          at->second.absolute = path;
          at->second.before = now.sources.text(file);
        }
        ++at->second.fixes;
        at->second.after = texts.at(path);
        on_disk_[path] = true;
      }
    }
  }

  core::FileSystem& files_;
  OverlayFileSystem overlay_;
  ScanOptions options_;       // of the scans made here: everything is looked at
  const ScanOptions& shown_;  // what the user asked for
  rules::FixKind most_;
  FixPlan plan_;
  std::set<std::pair<Key, std::string>> refused_;  // with the attribute
  std::set<std::string> careful_;                  // paths of files that get one edit per round
  std::map<std::string, FixedFile> changed_;       // by path
  std::map<std::string, bool> on_disk_;            // by absolute path
};

}  // namespace

const std::string* OverlayFileSystem::find(const std::string& path) const {
  auto at = texts_.find(path);
  return at == texts_.end() ? nullptr : &at->second;
}

core::Result<std::string> OverlayFileSystem::read_up_to(const std::string& path,
                                                        size_t limit) const {
  const std::string* text = texts_.empty() ? nullptr : find(core::normalize_path(path));
  if (text == nullptr || text->size() > limit) return inner_.read_up_to(path, limit);
  return *text;
}

core::Result<std::vector<core::DirEntry>> OverlayFileSystem::list(
    const std::string& directory) const {
  return inner_.list(directory);
}

core::Result<core::FileInfo> OverlayFileSystem::stat(const std::string& path) const {
  auto info = inner_.stat(path);
  if (info && !texts_.empty()) {
    if (const std::string* text = find(core::normalize_path(path))) info->size = text->size();
  }
  return info;
}

core::Result<std::string> OverlayFileSystem::real_path(const std::string& path) const {
  return inner_.real_path(path);
}

std::string with_edits(std::string_view text, std::vector<rules::TextEdit> edits) {
  std::sort(edits.begin(), edits.end(),
            [](const TextEdit& a, const TextEdit& b) { return a.span < b.span; });
  std::string out;
  size_t at = 0;
  for (const TextEdit& edit : edits) {
    out.append(text.substr(at, edit.span.begin - at)).append(edit.text);
    at = edit.span.end;
  }
  return out.append(text.substr(at));
}

FixPlan plan_fixes(core::FileSystem& files, const ScanOptions& options, rules::FixKind most) {
  return Planner(files, options, most).plan();
}

std::vector<std::string> write_fixes(const core::FileSystem& files, const FixPlan& plan) {
  std::vector<std::string> errors;
  for (const FixedFile& file : plan.files) {
    auto text = files.read(file.absolute);
    if (!text) {
      errors.push_back(text.error().message);
    } else if (*text != file.before) {
      errors.push_back(file.path + " changed while it was analysed; it was left as it is");
    } else if (auto writable = core::check_writable(file.absolute); !writable) {
      errors.push_back(writable.error().message + "; " + std::to_string(file.fixes) +
                       (file.fixes == 1 ? " fix was" : " fixes were") + " not applied");
    } else if (auto status = core::write_file_atomically(file.absolute, file.after); !status) {
      errors.push_back(status.error().message);
    }
  }
  return errors;
}

}  // namespace assay::pipeline
