#include "analyzer/pipeline/baseline.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <tuple>
#include <unordered_map>

#include "analyzer/pipeline/diff_match.h"
#include "analyzer/pipeline/diff_path.h"
#include "analyzer/pipeline/secret_findings.h"
#include "parsers/core/hash.h"
#include "parsers/core/json_writer.h"
#include "parsers/core/path.h"
#include "sarif/painter.h"

namespace assay::pipeline {
namespace {

using model::Resource;
using rules::Finding;

constexpr size_t kMaxNotes = 20;  // stale entries that notes name

// What a finding is compared by.
struct Traits {
  std::string file;       // from the root of the repository
  std::string address;    // without keys
  std::string attribute;  // with elements by name
  std::string like;
  std::string element;    // what the first element with a name on the way of the attribute is like, else the last
};

std::string hexadecimal(uint64_t value) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (int shift = 60; shift >= 0; shift -= 4) out += kDigits[value >> shift & 15];
  return out;
}

class Findings {
 public:
  explicit Findings(const Scan& scan) : scan_(scan) {
    for (const Resource* resource : scan.project.resources) {
      by_address_[resource->address].push_back(resource);
      if (resource->header.valid()) present_.try_emplace({file_of(resource->header), without_keys(resource->address)}, resource);
    }
    for (const Finding& finding : scan.report.findings) traits_.push_back(traits_of(finding));
  }

  const Traits& traits(size_t finding) const { return traits_[finding]; }
  // The resource of this address in this file; null when there is none.
  const Resource* find(const std::string& file, const std::string& address) const {
    auto found = present_.find({file, without_keys(address)});
    return found == present_.end() ? nullptr : found->second;
  }
  std::string file_of(const core::Span& span) const {
    return core::normalize_path(scan_.report.repository_prefix + scan_.sources.path(span.file));
  }

 private:
  const Resource* resource_of(const Finding& finding) const {
    auto found = by_address_.find(finding.resource.address);
    if (found == by_address_.end()) return nullptr;
    for (const Resource* one : found->second) {
      if (one->header == finding.resource.header) return one;
    }
    return nullptr;
  }

  Traits traits_of(const Finding& finding) {
    Traits out;
    out.address = without_keys(finding.resource.address);
    const Resource* resource = resource_of(finding);
    out.attribute = resource ? named_path(scan_.report.rules[finding.rule], *resource, finding.attribute)
                             : without_keys(finding.attribute);
    if (finding.region.valid()) out.file = file_of(finding.region);
    out.like = like_of(finding);
    if (resource && !out.like.empty() && out.attribute.find('[') != std::string::npos) {
      const model::Value* element = nullptr;
      for (const ElementStep& step : elements_on_the_way(scan_.report.rules[finding.rule], *resource, finding.attribute)) {
        element = &step.list->items()[step.index];
        if (!element_name(*element).empty()) break;
      }
      if (element) out.element = hexadecimal(shape_of_element(*element));
    }
    return out;
  }

  // What the resource looks like, without a text that could be a secret: names, numbers and the attributes that are
  // there; and the literal that the finding points at.
  std::string like_of(const Finding& finding) {
    if (tells_secrets(scan_.report.rules[finding.rule])) return {};
    const Resource* resource = resource_of(finding);
    if (!resource) return {};
    auto [shape, is_new] = shapes_.try_emplace(resource, 0);
    if (is_new) shape->second = shape_of(resource->attributes);
    core::Hasher hasher;
    hasher.add(std::string_view(finding.resource.type)).add(shape->second);
    const core::Span& region = finding.region;
    bool at_literal =
        region.valid() && !(region == finding.resource.header) && !finding.resource.header.contains(region);
    bool secret = std::any_of(
        scan_.report.secret_spans.begin(), scan_.report.secret_spans.end(), [&](const core::Span& span) {
          return span.file == region.file && span.begin < region.end && region.begin < span.end;
        });
    if (at_literal && !secret) hasher.add(scan_.sources.text(region));
    return hexadecimal(hasher.finish());
  }

  const Scan& scan_;
  std::vector<Traits> traits_;
  std::unordered_map<std::string_view, std::vector<const Resource*>> by_address_;
  std::unordered_map<const Resource*, uint64_t> shapes_;
  std::map<std::pair<std::string, std::string>, const Resource*> present_;
};

class Application {
 public:
  Application(const Baseline& baseline, const ScanOptions& options, Scan& scan)
      : baseline_(baseline),
        options_(options),
        scan_(scan),
        report_(scan.report),
        findings_(scan),
        taken_(baseline.entries.size(), false),
        known_(report_.findings.size(), false) {}

  void run() {
    rules_of_entries();
    if (baseline_.form == Baseline::Form::kCheckov) {
      apply_checkov();
    } else if (baseline_.form == Baseline::Form::kGitleaks) {
      by_secret();
    } else {
      match_entries();
    }
    finish();
  }

 private:
  void rules_of_entries() {
    std::unordered_map<std::string_view, int32_t> ids;
    for (size_t i = 0; i < report_.rules.size(); ++i) ids[report_.rules[i].id] = static_cast<int32_t>(i);
    std::map<std::string_view, int32_t> aliases;
    for (const BaselineEntry& entry : baseline_.entries) {
      int32_t rule = -1;
      if (auto found = ids.find(entry.rule); found != ids.end()) {
        rule = found->second;
      } else if (auto [at, is_new] = aliases.try_emplace(entry.rule, -1); is_new) {
        for (size_t i = 0; i < report_.rules.size() && at->second < 0; ++i) {
          if (rules::names_rule(entry.rule, report_.rules[i])) at->second = static_cast<int32_t>(i);
        }
        rule = at->second;
      } else {
        rule = at->second;
      }
      rule_of_.push_back(rule);
    }
  }

  // Entries and findings with equal keys are paired, in order. Keys that are empty fit nothing.
  template <typename EntryKey, typename FindingKey>
  void pair_up(EntryKey&& entry_key, FindingKey&& finding_key) {
    std::unordered_map<std::string, std::vector<size_t>> entries;
    for (size_t i = taken_.size(); i-- > 0;) {
      if (taken_[i]) continue;
      if (std::string key = entry_key(i); !key.empty()) entries[std::move(key)].push_back(i);
    }
    if (entries.empty()) return;
    for (size_t j = 0; j < known_.size(); ++j) {
      if (known_[j]) continue;
      std::string wanted = finding_key(j);
      auto found = wanted.empty() ? entries.end() : entries.find(wanted);
      if (found == entries.end() || found->second.empty()) continue;
      match(found->second.back(), j);
      found->second.pop_back();
    }
  }

  void match(size_t entry, size_t finding) {
    taken_[entry] = true;
    Finding& f = report_.findings[finding];
    // What was only possible and is certain now is another matter.
    if (baseline_.entries[entry].maybe && f.verdict == rules::Verdict::kFail) return;
    known_[finding] = true;
    f.baseline = "unchanged";
    const BaselineEntry& known = baseline_.entries[entry];
    bool elsewhere = (!known.file.empty() && known.file != findings_.traits(finding).file) ||
                     (!known.address.empty() && without_keys(known.address) != findings_.traits(finding).address);
    if (elsewhere && known.line == 0) f.moved_from = known.file + ": " + known.address;
  }

  static std::string key(std::initializer_list<std::string_view> parts) {
    std::string out;
    for (std::string_view part : parts) out.append(part).append("\x1f");
    return out;
  }

  const std::string& rule_id(size_t finding) const { return report_.rules[report_.findings[finding].rule].id; }

  void match_entries() {
    const auto& entries = baseline_.entries;
    auto print = [&](size_t j) -> const std::string& { return report_.findings[j].fingerprint; };
    auto traits = [&](size_t j) -> const Traits& { return findings_.traits(j); };
    auto address = [&](size_t i) { return without_keys(entries[i].address); };
    const std::string none;
    // Fingerprints count occurrences: of equal ones the one in the same file, of the same element, is meant.
    pair_up(
        [&](size_t i) {
          const BaselineEntry& e = entries[i];
          return e.fingerprint.empty() ? none : key({e.fingerprint, e.file, e.attribute, e.like});
        },
        [&](size_t j) { return key({print(j), traits(j).file, traits(j).attribute, traits(j).like}); });
    for (bool with_like : {true, false}) {
      pair_up(
          [&](size_t i) {
            const BaselineEntry& e = entries[i];
            if (e.attribute.empty()) return none;
            return key({e.rule, e.file, address(i), e.attribute, with_like ? e.like : none});
          },
          [&](size_t j) {
            const Traits& t = traits(j);
            return key({rule_id(j), t.file, t.address, t.attribute, with_like ? t.like : none});
          });
    }
    // Of another form, without attributes.
    for (bool with_file : {true, false}) {
      pair_up(
          [&](size_t i) {
            const BaselineEntry& e = entries[i];
            if (e.fingerprint.empty() || !e.attribute.empty()) return none;
            if (!with_file && findings_.find(e.file, e.address)) return none;
            return key({e.fingerprint, with_file ? e.file : none});
          },
          [&](size_t j) { return key({print(j), with_file ? traits(j).file : none}); });
    }
    by_place();
    // An element that is called otherwise now and is like the old one, where that is known; one that is still there has
    // lost the finding.
    for (bool with_element : {true, false}) {
      pair_up(
          [&](size_t i) {
            const BaselineEntry& e = entries[i];
            const Resource* resource = findings_.find(e.file, e.address);
            bool gone = resource && rule_of_[i] >= 0 && e.attribute.find('[') != std::string::npos && e.element.empty() != with_element &&
                        !has_elements(report_.rules[static_cast<size_t>(rule_of_[i])], *resource, e.attribute);
            return gone ? key({e.rule, e.file, address(i), without_keys(e.attribute), e.element}) : none;
          },
          [&](size_t j) {
            const Traits& t = traits(j);
            return key({rule_id(j), t.file, t.address, without_keys(t.attribute), with_element ? t.element : none});
          });
    }
    match_moved();
  }

  // What stands no more where the entry says: by fingerprint, by address, and by what it is like.
  void match_moved() {
    const auto& entries = baseline_.entries;
    auto traits = [&](size_t j) -> const Traits& { return findings_.traits(j); };
    const std::string none;
    std::vector<bool> gone(entries.size());
    for (size_t i = 0; i < entries.size(); ++i) {
      const BaselineEntry& e = entries[i];
      gone[i] = !e.attribute.empty() && (e.file.empty() || e.address.empty() || !findings_.find(e.file, e.address));
    }
    for (bool with_like : {true, false}) {
      auto like = [&](const std::string& text) { return with_like ? text : std::string(); };
      pair_up(
          [&](size_t i) {
            const BaselineEntry& e = entries[i];
            if (!gone[i] || e.fingerprint.empty() || (with_like && e.like.empty())) return none;
            return key({e.fingerprint, e.attribute, like(e.like)});
          },
          [&](size_t j) { return key({report_.findings[j].fingerprint, traits(j).attribute, like(traits(j).like)}); });
      pair_up(
          [&](size_t i) {
            const BaselineEntry& e = entries[i];
            if (!gone[i] || e.address.empty() || (with_like && e.like.empty())) return none;
            return key({e.rule, without_keys(e.address), e.attribute, like(e.like)});
          },
          [&](size_t j) { return key({rule_id(j), traits(j).address, traits(j).attribute, like(traits(j).like)}); });
    }
    for (bool same_file : {true, false}) {
      pair_up(
          [&](size_t i) {
            const BaselineEntry& e = entries[i];
            if (!gone[i] || e.like.empty()) return none;
            return key({e.rule, e.attribute, e.like, same_file ? e.file : none});
          },
          [&](size_t j) {
            const Traits& t = traits(j);
            return t.like.empty() ? none : key({rule_id(j), t.attribute, t.like, same_file ? t.file : none});
          });
    }
  }

  // Reports of other tools know lines: the finding of the rule they mean in that place.
  void by_place() {
    for (size_t i = 0; i < taken_.size(); ++i) {
      const BaselineEntry& entry = baseline_.entries[i];
      if (taken_[i] || !entry.fingerprint.empty() || entry.line == 0 || rule_of_[i] < 0) continue;
      for (size_t j = 0; j < known_.size(); ++j) {
        const Finding& finding = report_.findings[j];
        if (known_[j] || finding.rule != static_cast<uint32_t>(rule_of_[i]) ||
            !same_file(entry.file, findings_.traits(j).file))
          continue;
        uint32_t line = scan_.sources.lines(finding.region.file).position(finding.region.begin).line;
        if (line < entry.line || line > entry.end_line) continue;
        match(i, j);
        break;
      }
    }
  }

  // The one may have been written in a directory above or below.
  static bool same_file(std::string_view a, std::string_view b) {
    if (a.empty() || b.empty()) return false;
    std::string_view longer = a.size() > b.size() ? a : b, shorter = a.size() > b.size() ? b : a;
    return longer == shorter || (longer.ends_with(shorter) && longer[longer.size() - shorter.size() - 1] == '/');
  }

  // gitleaks names the text it found: that text in that file, wherever it stands now; else the line.
  void by_secret() {
    for (bool by_text : {true, false}) {
      for (size_t i = 0; i < taken_.size(); ++i) {
        const BaselineEntry& entry = baseline_.entries[i];
        bool readable = !entry.secret.empty() && entry.secret != "REDACTED" && !entry.secret.ends_with("...");
        if (by_text ? taken_[i] || !readable : taken_[i] || readable || entry.line == 0) continue;
        for (size_t j = 0; j < known_.size(); ++j) {
          const Finding& finding = report_.findings[j];
          if (!finding.region.valid() || !tells_secrets(report_.rules[finding.rule]) ||
              !same_file(entry.file, findings_.traits(j).file)) {
            continue;
          }
          std::string_view text = scan_.sources.text(finding.region);
          uint32_t line = scan_.sources.lines(finding.region.file).position(finding.region.begin).line;
          bool same = by_text ? text.find(entry.secret) != std::string_view::npos ||
                                    (text.size() >= 8 && entry.secret.find(text) != std::string::npos)
                              : line >= entry.line && line <= entry.end_line;
          if (same) match(i, j);
        }
      }
    }
  }

  void apply_checkov() {
    std::vector<const rules::RuleInfo*> infos;
    for (const rules::RuleInfo& rule : report_.rules) infos.push_back(&rule);
    std::vector<bool> before;
    for (const Finding& finding : report_.findings) before.push_back(finding.suppressed.has_value());
    apply_checkov_baseline(baseline_.checkov, infos, scan_.sources, report_.findings);
    for (size_t j = 0; j < known_.size(); ++j) {
      Finding& finding = report_.findings[j];
      if (before[j] || !finding.suppressed) continue;
      finding.suppressed.reset();
      finding.baseline = "unchanged";
      known_[j] = true;
    }
  }

  // Was what the entry is about looked at in this scan?
  bool was_looked_at(size_t i, const std::set<std::string>& broken) const {
    const BaselineEntry& entry = baseline_.entries[i];
    if (rule_of_[i] < 0 || report_.rules[static_cast<size_t>(rule_of_[i])].severity < options_.minimum)
      return false;
    if (entry.maybe && !options_.maybe) return false;
    if (options_.nothing_asked) return false;
    if (entry.file.empty()) return true;
    if (broken.contains(entry.file)) return false;
    std::string root = core::normalize_path(core::join_path(report_.base_directory, up_from_prefix()));
    std::string whole = core::normalize_path(core::join_path(root, entry.file));
    std::vector<std::string> paths = options_.paths.empty() ? std::vector<std::string>{"."} : options_.paths;
    return std::any_of(paths.begin(), paths.end(), [&](const std::string& path) {
      return core::is_within(whole, core::normalize_path(core::join_path(options_.current_directory, path)));
    });
  }

  // "../.." for the prefix "a/b/".
  std::string up_from_prefix() const {
    std::string out = ".";
    for (char c : report_.repository_prefix) {
      if (c == '/') out += "/..";
    }
    return out;
  }

  void finish() {
    rules::Comparison& out = report_.comparison;
    bool also_diff = !out.against.empty();
    std::string name = core::relative_path(baseline_.path, report_.base_directory);
    out.against +=
        (also_diff ? ", " : "") + std::string("baseline ") + (name.starts_with("../..") ? baseline_.path : name);
    out.fresh = out.unchanged = out.moved = 0;
    for (Finding& finding : report_.findings) {
      if (finding.baseline.empty()) finding.baseline = "new";
      if (finding.suppressed) continue;
      bool fresh = finding.baseline == "new";
      ++(fresh ? out.fresh : out.unchanged);
      if (!fresh && !finding.moved_from.empty()) ++out.moved;
    }
    if (baseline_.form == Baseline::Form::kCheckov) return;
    std::set<std::string> broken;
    for (const rules::CoverageRow& row : report_.coverage) {
      if (!row.is_root && (row.state == "failed" || row.state == "partial")) {
        broken.insert(core::normalize_path(report_.repository_prefix + row.path));
      }
    }
    std::vector<size_t> stale;
    for (size_t i = 0; i < taken_.size(); ++i) {
      if (!taken_[i] && was_looked_at(i, broken)) stale.push_back(i);
    }
    size_t noted = 0;
    for (size_t i : stale) {
      const BaselineEntry& entry = baseline_.entries[i];
      rules::GoneFinding gone;
      const rules::RuleInfo& rule = report_.rules[static_cast<size_t>(rule_of_[i])];
      gone.rule = rule.id;
      gone.severity = rule.severity;
      gone.message = entry.message.empty() ? rule.title : entry.message;
      gone.file = local(entry.file);
      gone.line = entry.line;
      gone.end_line = entry.end_line;
      gone.address = entry.address;
      gone.type = entry.type;
      gone.fingerprint = entry.fingerprint;
      out.gone.push_back(std::move(gone));
      if (noted++ < kMaxNotes)
        note("the baseline lists " + rule.id + (entry.address.empty() ? "" : " of " + entry.address) +
                 ", which is there no more",
             local(entry.file));
    }
    if (stale.size() > kMaxNotes)
      note(std::to_string(stale.size() - kMaxNotes) +
               " more entries of the baseline are there no more; --write-baseline writes it anew",
           "");
    std::stable_sort(out.gone.begin(), out.gone.end(),
                     [](const rules::GoneFinding& a, const rules::GoneFinding& b) {
                       return std::tie(a.file, a.line, a.column, a.rule, a.address) <
                              std::tie(b.file, b.line, b.column, b.rule, b.address);
                     });
  }

  // A path from the root of the repository, as findings name it.
  std::string local(const std::string& file) const {
    if (file.empty() || report_.repository_prefix.empty()) return file;
    return core::relative_path(file, core::normalize_path(report_.repository_prefix));
  }

  void note(std::string message, std::string path) {
    core::Problem problem{core::ProblemSeverity::kNote, "baseline-stale", std::move(message), {}, {}, {}};
    problem.path = std::move(path);
    report_.problems.push_back(std::move(problem));
  }

  const Baseline& baseline_;
  const ScanOptions& options_;
  Scan& scan_;
  rules::Report& report_;
  Findings findings_;
  std::vector<int32_t> rule_of_;  // by entry: index into report_.rules; -1: that rule did not run
  std::vector<bool> taken_, known_;
};

}  // namespace

void apply_baseline(const Baseline& baseline, const ScanOptions& options, Scan& scan) {
  Application(baseline, options, scan).run();
}

std::string write_baseline(const Scan& scan) {
  const rules::Report& report = scan.report;
  Findings findings(scan);
  std::vector<size_t> order;
  for (size_t i = 0; i < report.findings.size(); ++i) {
    if (!report.findings[i].suppressed) order.push_back(i);
  }
  auto sort_key = [&](size_t i) {
    const Traits& traits = findings.traits(i);
    const Finding& finding = report.findings[i];
    return std::tie(traits.file, report.rules[finding.rule].id, finding.resource.address, finding.attribute,
                    finding.fingerprint);
  };
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return sort_key(a) < sort_key(b); });
  std::string out = "{\"version\": 1, \"tool\": \"assay\", \"findings\": [";
  for (size_t i : order) {
    const Finding& finding = report.findings[i];
    const Traits& traits = findings.traits(i);
    out += i == order.front() ? "\n" : ",\n";
    core::JsonWriter json(out);
    json.begin_object();
    json.field("rule", report.rules[finding.rule].id)
        .field("file", traits.file)
        .field("address", finding.resource.address);
    json.field("attribute", traits.attribute);
    if (finding.verdict == rules::Verdict::kMaybe) json.field("verdict", "maybe");
    if (!traits.like.empty()) json.field("like", traits.like);
    if (!traits.element.empty()) json.field("element", traits.element);
    json.field("fingerprint", finding.fingerprint);
    json.end_object();
  }
  out += order.empty() ? "]}\n" : "\n]}\n";
  return out;
}

}  // namespace assay::pipeline
