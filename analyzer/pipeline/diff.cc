#include "analyzer/pipeline/diff.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "analyzer/pipeline/diff_match.h"
#include "analyzer/pipeline/diff_path.h"
#include "parsers/core/path.h"
#include "sarif/painter.h"
#include "sarif/places.h"
#include "sarif/redact.h"

namespace assay::pipeline {
namespace {

using model::Resource;
using model::Value;
using rules::Finding;

constexpr size_t kMaxNotes = 20;             // files of the tree before that notes name
constexpr std::string_view kAlso = "also ";  // in front of further instances of a finding

// What a finding is about, as far as the comparison goes.
struct Subject {
  std::vector<const Resource*> instances;
  std::string path;  // the attribute without positions
  std::string_view literal;
  std::string file;  // from the root
};

bool begins_path(std::string_view shorter, std::string_view longer) {
  if (!longer.starts_with(shorter)) return false;
  return shorter.empty() || longer.size() == shorter.size() || longer[shorter.size()] == '.';
}

// One of the two scans.
class Side {
 public:
  Side(const Scan& scan, const std::string& root) : scan_(scan) {
    std::string prefix = core::relative_path(scan.report.base_directory, root);
    diff_ = {&scan.project, prefix == "." ? "" : prefix};
    for (const Resource* resource : scan.project.resources) by_address_[resource->address].push_back(resource);
    subjects_.reserve(findings().size());
    for (const Finding& finding : findings()) subjects_.push_back(subject_of(finding));
    for (const rules::CoverageRow& row : scan.report.coverage) {
      if (!row.is_root && (row.state == "failed" || row.state == "partial"))
        broken_.emplace(core::normalize_path(core::join_path(diff_.prefix, row.path)), row.reason);
    }
  }

  const Scan& scan() const { return scan_; }
  const DiffSide& diff() const { return diff_; }
  const std::vector<Finding>& findings() const { return scan_.report.findings; }
  const Subject& subject(size_t finding) const { return subjects_[finding]; }
  const rules::RuleInfo& rule(size_t finding) const { return scan_.report.rules[findings()[finding].rule]; }
  // Files that were not analysed as a whole, and why.
  const std::map<std::string, std::string>& broken() const { return broken_; }

  // The lists that lie on the way to what the finding is about in one of its instances.
  std::vector<ElementStep> elements(size_t finding, const Resource& resource) const {
    return elements_on_the_way(rule(finding), resource, findings()[finding].attribute);
  }

 private:
  Subject subject_of(const Finding& finding) const {
    Subject out;
    auto add = [&](std::string_view address) {
      auto found = by_address_.find(address);
      if (found == by_address_.end()) return;
      for (const Resource* resource : found->second) {
        if (resource->header == finding.resource.header && resource->format == finding.resource.format)
          out.instances.push_back(resource);
      }
    };
    add(finding.resource.address);
    for (const rules::RelatedPlace& place : finding.related) {
      if (place.message.starts_with(kAlso) && place.span == finding.resource.header) {
        add(std::string_view(place.message).substr(kAlso.size()));
      }
    }
    out.path = without_keys(finding.attribute);
    if (finding.region.valid()) {
      out.literal = scan_.sources.text(finding.region);
      out.file = core::normalize_path(core::join_path(diff_.prefix, scan_.sources.path(finding.region.file)));
    }
    return out;
  }

  const Scan& scan_;
  DiffSide diff_;
  std::unordered_map<std::string_view, std::vector<const Resource*>> by_address_;
  std::vector<Subject> subjects_;
  std::map<std::string, std::string> broken_;
};

class Comparison {
 public:
  Comparison(const Side& before, const Side& after)
      : before_(before),
        after_(after),
        successors_(before.diff(), after.diff()),
        matches_(after.findings().size()),
        used_(before.findings().size(), false) {
    for (size_t i = 0; i < before.findings().size(); ++i) {
      for (const Resource* resource : before.subject(i).instances)
        by_subject_[{resource, before.rule(i).id}].push_back(i);
      if (before.subject(i).instances.empty()) by_fingerprint_[before.findings()[i].fingerprint] = i;
    }
  }

  // Old findings that each new one was.
  void run() {
    for (Closeness wanted : {Closeness::kSame, Closeness::kSamePlace, Closeness::kNear}) {
      for (size_t i = 0; i < matches_.size(); ++i) match(i, wanted);
    }
    for (size_t i = 0; i < matches_.size(); ++i) {
      if (!after_.subject(i).instances.empty()) continue;
      auto found = by_fingerprint_.find(after_.findings()[i].fingerprint);
      if (found == by_fingerprint_.end() || used_[found->second]) continue;
      matches_[i].push_back(found->second);
      used_[found->second] = true;
    }
  }

  const std::vector<size_t>& matches(size_t finding) const { return matches_[finding]; }
  bool used(size_t old_finding) const { return used_[old_finding]; }

 private:
  enum class Closeness { kSame, kSamePlace, kNear };

  void match(size_t finding, Closeness wanted) {
    const Subject& subject = after_.subject(finding);
    for (const Resource* now : subject.instances) {
      const Resource* then = successors_.before(now);
      if (!then || done_.contains({finding, now})) continue;
      auto candidates = by_subject_.find({then, after_.rule(finding).id});
      if (candidates == by_subject_.end()) continue;
      for (size_t old : candidates->second) {
        if (spent_.contains({old, then, now}) || !fits(finding, *now, old, *then, wanted)) continue;
        spent_.insert({old, then, now});
        done_.insert({finding, now});
        used_[old] = true;
        if (std::find(matches_[finding].begin(), matches_[finding].end(), old) == matches_[finding].end())
          matches_[finding].push_back(old);
        break;
      }
    }
  }

  bool fits(size_t finding, const Resource& now, size_t old, const Resource& then, Closeness wanted) {
    const Subject& a = after_.subject(finding);
    const Subject& b = before_.subject(old);
    if (wanted == Closeness::kNear) {
      if (!begins_path(a.path, b.path) && !begins_path(b.path, a.path)) return false;
    } else if (a.path != b.path) {
      return false;
    }
    if (wanted == Closeness::kSame && a.literal != b.literal) return false;
    // A rule about the resource as a whole points at one of several elements: which one says nothing.
    bool whole = after_.findings()[finding].item.empty() && before_.findings()[old].item.empty();
    if (whole && wanted == Closeness::kNear) return true;
    std::vector<ElementStep> here = after_.elements(finding, now), there = before_.elements(old, then);
    for (size_t i = 0; i < std::min(here.size(), there.size()); ++i) {
      if (!same_element(*here[i].list, here[i].index, *there[i].list, there[i].index)) return false;
    }
    return true;
  }

  bool same_element(const Value& now, size_t index, const Value& then, size_t old_index) {
    auto [at, is_new] = elements_.try_emplace({&then, &now});
    if (is_new) at->second = match_elements(then.items(), now.items());
    return at->second[index] == static_cast<int32_t>(old_index);
  }

  const Side& before_;
  const Side& after_;
  Successors successors_;
  std::vector<std::vector<size_t>> matches_;  // by new finding
  std::vector<bool> used_;                    // by old finding
  std::map<std::pair<const Resource*, std::string_view>, std::vector<size_t>> by_subject_;
  std::map<std::string_view, size_t> by_fingerprint_;
  std::set<std::tuple<size_t, const Resource*, const Resource*>>
      spent_;                                          // old finding, of an instance, by an instance
  std::set<std::pair<size_t, const Resource*>> done_;  // new finding, of an instance
  std::map<std::pair<const Value*, const Value*>, std::vector<int32_t>> elements_;
};

rules::GoneFinding gone_finding(const Side& side, size_t index, const report::Redactor& redactor,
                                const std::string& root, const std::string& base) {
  const Finding& finding = side.findings()[index];
  rules::GoneFinding out;
  out.rule = side.rule(index).id;
  out.severity = finding.severity;
  out.message = redactor.message(finding.message);  // its secrets are those of the other tree
  out.address = redactor.message(finding.resource.address);
  out.type = finding.resource.type;
  out.format = finding.resource.format;
  out.fingerprint = finding.fingerprint;
  if (finding.region.valid()) {
    out.file = core::relative_path(core::join_path(root, side.subject(index).file), base);
    report::Region region = report::region_of(side.scan().sources, finding.region);
    out.line = region.begin.line;
    out.column = region.begin.column;
    out.end_line = region.end.line;
    out.end_column = region.end.column;
  }
  return out;
}

void add_note(rules::Report& report, std::string code, std::string message, std::string path) {
  core::Problem problem{core::ProblemSeverity::kNote, std::move(code), std::move(message), {}, {}, {}};
  problem.path = std::move(path);
  report.problems.push_back(std::move(problem));
}

}  // namespace

void compare_scans(const Scan& before, Scan& after, const std::string& root, std::string against) {
  const Side old_side(before, root), new_side(after, root);
  Comparison comparison(old_side, new_side);
  comparison.run();
  rules::Report& report = after.report;
  rules::Comparison& out = report.comparison;
  out.against = std::move(against);
  std::map<std::string, size_t> unsure;  // new findings by a file that was not analysed before
  for (size_t i = 0; i < report.findings.size(); ++i) {
    Finding& finding = report.findings[i];
    bool known = false;
    size_t from = 0;
    for (size_t old : comparison.matches(i)) {
      const Finding& was = old_side.findings()[old];
      if (known || (was.suppressed && !finding.suppressed) || was.verdict < finding.verdict) continue;
      known = true;
      from = old;
    }
    finding.baseline = known ? "unchanged" : "new";
    if (!known) {
      if (!finding.suppressed) ++out.fresh;
      const std::string& file = new_side.subject(i).file;
      if (old_side.broken().contains(file)) ++unsure[file];
      continue;
    }
    if (!finding.suppressed) ++out.unchanged;
    const Finding& was = old_side.findings()[from];
    const std::string& file = old_side.subject(from).file;
    if (file == new_side.subject(i).file &&
        without_keys(was.resource.address) == without_keys(finding.resource.address))
      continue;
    finding.moved_from =
        core::relative_path(core::join_path(root, file), report.base_directory) + ": " + was.resource.address;
    if (!finding.suppressed) ++out.moved;
  }
  const report::Redactor redactor(before.report);
  for (size_t i = 0; i < old_side.findings().size(); ++i) {
    // What cannot be looked at any more is not fixed.
    bool looked_at = !new_side.broken().contains(old_side.subject(i).file);
    if (comparison.used(i) || old_side.findings()[i].suppressed || !looked_at) continue;
    out.gone.push_back(gone_finding(old_side, i, redactor, root, report.base_directory));
  }
  std::stable_sort(out.gone.begin(), out.gone.end(), [](const rules::GoneFinding& a, const rules::GoneFinding& b) {
    return std::tie(a.file, a.line, a.column, a.rule, a.address) <
           std::tie(b.file, b.line, b.column, b.rule, b.address);
  });
  size_t noted = 0;
  for (const auto& [file, count] : unsure) {
    if (noted++ == kMaxNotes) {
      add_note(report, "diff-base-partial",
               std::to_string(unsure.size() - kMaxNotes) + " more files could not be analysed in " + out.against,
               "");
      break;
    }
    add_note(report, "diff-base-partial",
             "in " + out.against + " this file could not be analysed as a whole (" + old_side.broken().at(file) +
                 "), so " + report::counted(count, "finding") + " in it may be older and " +
                 (count == 1 ? "counts" : "count") + " as new",
             core::relative_path(core::join_path(root, file), report.base_directory));
  }
}

void compare_with_itself(Scan& scan, std::string against) {
  rules::Comparison& out = scan.report.comparison;
  out.against = std::move(against);
  for (Finding& finding : scan.report.findings) {
    finding.baseline = "unchanged";
    if (!finding.suppressed) ++out.unchanged;
  }
}

}  // namespace assay::pipeline
