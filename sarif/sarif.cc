// SARIF 2.1.0 (OASIS). The choices that the standard leaves open follow what GitHub's code scanning
// reads: literal message texts, rules with help, one run, a string `security-severity`, URIs relative
// to the repository root, and its own line hash.
#include <algorithm>
#include <map>
#include <set>

#include "parsers/core/digest.h"
#include "parsers/core/json_writer.h"
#include "sarif/escape.h"
#include "sarif/findings.h"
#include "sarif/gzip_size.h"
#include "sarif/line_hash.h"
#include "sarif/places.h"
#include "sarif/redact.h"
#include "sarif/sarif_catalogue.h"
#include "sarif/sarif_texts.h"
#include "sarif/writer.h"

namespace assay::report {
namespace {

constexpr uint32_t kMaxContextBytes = 4096;  // of the lines around a region

using core::JsonWriter;
using rules::Finding;
using rules::Report;
using rules::RuleInfo;
using rules::Severity;

constexpr size_t kMaxFlowLocations = 1000;    // shown by GitHub, which refuses more than 10,000
constexpr size_t kMaxRelated = 100;           // shown by GitHub, which refuses more than 1,000
constexpr size_t kMaxResults = 25000;         // GitHub refuses more
constexpr size_t kShownResults = 5000;        // GitHub shows so many
constexpr uint64_t kMaxPacked = 9'500'000;    // bytes of gzip; GitHub refuses more than 10 MB
constexpr std::string_view kLimitCode = "report-limit";

// What a profile holds: the full one everything, that for GitHub what code scanning takes.
struct Profile {
  bool github = false;
  std::string category = "assay";
  std::vector<uint32_t> findings;      // indices, in the order of the results
  std::vector<std::string> left_out;   // sentences about what a limit kept out
};

class SarifWriter {
 public:
  SarifWriter(const Report& report, const Profile& profile)
      : report_(report), profile_(profile), sources_(*report.sources), redactor_(report),
        json_(out_, profile.github ? JsonWriter::Style::kCompact : JsonWriter::Style::kPretty),
        catalogue_(report, json_, described(report, profile), !profile.github) {
    // What results, problems and chains point at becomes an artifact; ids are in path order.
    std::map<std::string, core::FileId> files;
    auto note = [&](const core::Span& span) {
      if (!span.valid()) return;
      files.emplace(sources_.path(span.file), span.file);
      quoted_.insert(span.file);
    };
    for (const rules::CoverageRow& row : report.coverage) {
      if (row.is_root || row.state == "skipped") continue;
      core::FileId file = find(row.path);
      if (file != core::kNoFile) files.emplace(row.path, file);
    }
    for (uint32_t index : profile.findings) {
      const Finding& finding = report.findings[index];
      note(place_of(finding));
      for (const rules::OriginStep& step : finding.origin) note(step.span);
      for (const rules::RelatedPlace& place : finding.related) note(place.span);
      if (!finding.fix) continue;
      for (const rules::TextEdit& edit : finding.fix->edits) note(edit.span);
    }
    for (const core::Problem& problem : report.problems) note(problem.span);
    for (const auto& [path, file] : files) {
      artifact_[file] = artifacts_.size();
      artifacts_.push_back(file);
    }
    if (profile.github) {
      std::map<uint32_t, Severity> highest;
      for (uint32_t index : profile.findings) {
        const Finding& finding = report.findings[index];
        Severity& most = highest.try_emplace(finding.rule, finding.severity).first->second;
        most = std::max(most, finding.severity);
      }
      for (const auto& [rule, severity] : highest) catalogue_.set_severity(rule, severity);
    }
    for (const core::Problem& problem : report.problems) codes_.insert(problem.code);
    if (!profile.left_out.empty()) codes_.emplace(kLimitCode);
  }

  std::string write() {
    json_.begin_object();
    json_.field("$schema", "https://json.schemastore.org/sarif-2.1.0.json");
    json_.field("version", "2.1.0");
    json_.key("runs").begin_array();
    write_run();
    json_.end_array();
    json_.end_object();
    out_ += '\n';
    return std::move(out_);
  }

 private:
  // The rules that results name. All of them are 5 MB, whatever was scanned, and `assay rules` lists them.
  static std::vector<uint32_t> described(const Report& report, const Profile& profile) {
    std::set<uint32_t> used;
    for (uint32_t index : profile.findings) used.insert(report.findings[index].rule);
    std::set<std::string_view> gone;
    if (!profile.github) {
      for (const rules::GoneFinding& finding : report.comparison.gone) gone.insert(finding.rule);
    }
    for (uint32_t rule = 0; rule < report.rules.size() && !gone.empty(); ++rule) {
      if (gone.contains(report.rules[rule].id)) used.insert(rule);
    }
    return {used.begin(), used.end()};
  }

  core::FileId find(const std::string& path) {
    if (by_path_.empty()) {
      for (core::FileId file = 0; file < sources_.size(); ++file) by_path_[sources_.path(file)] = file;
    }
    auto found = by_path_.find(path);
    return found == by_path_.end() ? core::kNoFile : found->second;
  }

  void text(std::string_view key, std::string_view value) {
    json_.key(key).begin_object().field("text", value).end_object();
  }

  void write_run() {
    json_.begin_object();
    json_.key("tool").begin_object();
    json_.key("driver").begin_object();
    json_.field("name", "Assay");
    json_.field("semanticVersion", report_.tool_version);
    json_.field("version", report_.tool_version);
    json_.field("informationUri", ASSAY_HOMEPAGE);
    catalogue_.write_rules();
    write_notification_descriptors();
    catalogue_.write_supported_taxonomies();
    json_.end_object().end_object();
    catalogue_.write_taxonomies();
    write_invocation();
    json_.key("originalUriBaseIds").begin_object();
    json_.key("SRCROOT").begin_object();
    text("description", "The root of the repository.");
    json_.end_object().end_object();
    json_.key("automationDetails").begin_object().field("id", profile_.category + "/").end_object();
    json_.field("columnKind", "utf16CodeUnits");
    json_.key("artifacts").begin_array();
    for (core::FileId file : artifacts_) write_artifact(file);
    json_.end_array();
    json_.key("results").begin_array();
    for (uint32_t index : profile_.findings) write_result(report_.findings[index]);
    if (!profile_.github) {
      for (const rules::GoneFinding& gone : report_.comparison.gone) write_gone(gone);
    }
    json_.end_array();
    json_.end_object();
  }

  void write_notification_descriptors() {
    if (codes_.empty()) return;
    json_.key("notifications").begin_array();
    for (const std::string& code : codes_) {
      std::string words = code;
      std::replace(words.begin(), words.end(), '-', ' ');
      json_.begin_object().field("id", code).field("name", pascal_case(code));
      text("shortDescription", sentence("Assay met a problem: " + words));
      text("fullDescription", sentence("Some input could not be analysed, or deserves attention: " + words));
      json_.key("help").begin_object();
      json_.field("text", "The message of the notification says what is wrong and where.");
      json_.end_object();
      json_.end_object();
    }
    json_.end_array();
  }

  void write_descriptor(const std::string& code) {
    json_.key("descriptor").begin_object().field("id", code);
    json_.field("index", static_cast<size_t>(std::distance(codes_.begin(), codes_.find(code)))).end_object();
  }

  void write_invocation() {
    json_.key("invocations").begin_array().begin_object();
    json_.field("executionSuccessful", report_.exit_code != 2 && report_.exit_code <= 100);
    json_.field("exitCode", report_.exit_code);
    if (!codes_.empty()) {
      json_.key("toolExecutionNotifications").begin_array();
      for (const std::string& words : profile_.left_out) {
        json_.begin_object().field("level", "warning");
        text("message", sentence(words));
        write_descriptor(std::string(kLimitCode));
        json_.end_object();
      }
      for (const core::Problem& problem : report_.problems) {
        json_.begin_object();
        json_.field("level", severity_word(problem.severity));
        text("message", sentence(redactor_.message(problem.message)));
        write_descriptor(problem.code);
        if (problem.span.valid()) {
          json_.key("locations").begin_array().begin_object();
          write_physical(problem.span);
          json_.end_object().end_array();
        }
        json_.end_object();
      }
      json_.end_array();
    }
    json_.end_object().end_array();
  }

  void write_artifact_location(core::FileId file, bool with_index = true) {
    json_.key(with_index ? "artifactLocation" : "location").begin_object();
    json_.field("uri", to_uri(repository_path(report_, file)));
    json_.field("uriBaseId", "SRCROOT");
    if (with_index) json_.field("index", artifact_.at(file));
    json_.end_object();
  }

  void write_artifact(core::FileId file) {
    json_.begin_object();
    write_artifact_location(file, false);
    // The texts of other files may be gone by now, and cost more than they tell.
    bool quoted = quoted_.contains(file);
    if (quoted) json_.field("length", sources_.text(file).size());
    json_.key("roles").begin_array().value("analysisTarget").end_array();
    if (quoted) {
      json_.key("hashes").begin_object().field("sha-256", core::to_hex(core::sha256(sources_.text(file)))).end_object();
    }
    json_.end_object();
  }

  void write_region(std::string_view key, const core::Span& span, bool snippet) {
    Region region = region_of(sources_, span);
    json_.key(key).begin_object();
    json_.field("startLine", region.begin.line).field("startColumn", region.begin.column);
    json_.field("endLine", region.end.line).field("endColumn", region.end.column);
    json_.field("byteOffset", span.begin).field("byteLength", span.size());
    if (snippet) {
      json_.key("snippet").begin_object().field("text", redactor_.source(span, Redactor::Width::kUtf16));
      json_.end_object();
    }
    json_.end_object();
  }

  void write_physical(const core::Span& span, bool context = false) {
    json_.key("physicalLocation").begin_object();
    write_artifact_location(span.file);
    if (span.end > 0 || !context) {
      write_region("region", span, context);
    } else if (profile_.github) {
      json_.key("region").begin_object().field("startLine", 1).end_object();
    }
    if (context && !profile_.github) {
      const core::LineIndex& lines = sources_.lines(span.file);
      core::Position begin = lines.position(span.begin), end = lines.position(span.end);
      core::Span around{span.file, lines.offset({begin.line > 1 ? begin.line - 1 : 1, 1}),
                        lines.offset({end.line + 1, 0xffffffff})};
      // Minified JSON is one line: quoting it whole for each finding helps nobody.
      if (around.end - around.begin <= kMaxContextBytes) write_region("contextRegion", around, true);
    }
    json_.end_object();
  }

  void write_result(const Finding& finding) {
    const RuleInfo& rule = report_.rules[finding.rule];
    bool maybe = finding.verdict == rules::Verdict::kMaybe;
    json_.begin_object();
    catalogue_.write_rule_reference(finding.rule);
    // Code scanning knows no kinds: there a possible finding is a note that says what it hangs on.
    json_.field("kind", maybe && !profile_.github ? "review" : "fail");
    json_.field("level", !maybe ? sarif_level(finding.severity) : profile_.github ? "note" : "none");
    json_.field("rank", sarif_rank(finding.severity));
    json_.field("guid", guid(finding.fingerprint));
    text("message", sentence(message_of(finding, redactor_)));
    json_.key("locations").begin_array().begin_object();
    core::Span place = place_of(finding);
    if (!place.valid() && profile_.github && !artifacts_.empty()) place = {artifacts_.front(), 0, 0};
    if (place.valid()) write_physical(place, true);
    json_.key("logicalLocations").begin_array().begin_object();
    std::string address = address_of(finding, redactor_);
    json_.field("name", finding.resource.name.empty() ? address : redactor_.message(finding.resource.name));
    json_.field("fullyQualifiedName", address);
    json_.field("kind", "resource");
    json_.end_object().end_array();
    json_.end_object().end_array();
    write_related(finding);
    write_flow(finding);
    json_.key("partialFingerprints").begin_object();
    if (place.valid()) {
      uint32_t line = sources_.lines(place.file).position(place.begin).line;
      const std::vector<std::string>& hashes = hashes_of(place.file);
      if (line <= hashes.size()) json_.field("primaryLocationLineHash", hashes[line - 1]);
    }
    json_.field("assay/v1", finding.fingerprint);
    json_.end_object();
    if (!finding.baseline.empty()) json_.field("baselineState", finding.baseline);
    catalogue_.write_taxa(rule);
    write_suppressions(finding);
    if (const rules::Fix* fix = fix_of(finding, report_, redactor_)) write_fix(*fix);
    json_.key("properties").begin_object();
    json_.field("severity", rules::severity_name(finding.severity));
    json_.field("verdict", rules::verdict_name(finding.verdict));
    if (!finding.moved_from.empty()) json_.field("movedFrom", redactor_.message(finding.moved_from));
    if (!finding.depends_on.empty()) {
      json_.key("dependsOn").begin_array();
      for (const std::string& cause : finding.depends_on) json_.value(redactor_.message(cause));
      json_.end_array();
    }
    json_.end_object();
    json_.end_object();
  }

  // A result of the other side that is there no more; what it pointed at may be gone, too.
  void write_gone(const rules::GoneFinding& gone) {
    json_.begin_object();
    catalogue_.write_rule_reference(gone.rule);
    json_.field("kind", "fail").field("level", sarif_level(gone.severity)).field("rank", sarif_rank(gone.severity));
    std::string words = redactor_.message(gone.message);
    text("message", sentence(words.empty() ? "A finding of " + gone.rule + " is gone" : words));
    json_.key("locations").begin_array().begin_object();
    if (!gone.file.empty()) {
      json_.key("physicalLocation").begin_object();
      json_.key("artifactLocation").begin_object();
      json_.field("uri", to_uri(repository_path(report_, gone.file))).field("uriBaseId", "SRCROOT").end_object();
      if (gone.line > 0) {
        json_.key("region").begin_object().field("startLine", gone.line);
        if (gone.column > 0) json_.field("startColumn", gone.column);
        if (gone.end_line > 0) json_.field("endLine", gone.end_line);
        if (gone.end_column > 0) json_.field("endColumn", gone.end_column);
        json_.end_object();
      }
      json_.end_object();
    }
    if (!gone.address.empty()) {
      json_.key("logicalLocations").begin_array().begin_object();
      json_.field("fullyQualifiedName", redactor_.message(gone.address)).field("kind", "resource");
      json_.end_object().end_array();
    }
    json_.end_object().end_array();
    if (!gone.fingerprint.empty()) {
      json_.key("partialFingerprints").begin_object().field("assay/v1", gone.fingerprint).end_object();
    }
    json_.field("baselineState", "absent");
    json_.end_object();
  }

  const std::vector<std::string>& hashes_of(core::FileId file) {
    auto [at, inserted] = hashes_.try_emplace(file);
    if (inserted) at->second = line_hashes(sources_.text(file));
    return at->second;
  }

  void write_related(const Finding& finding) {
    if (finding.related.empty() && finding.origin.size() < 2) return;
    json_.key("relatedLocations").begin_array();
    size_t id = 0;
    auto write = [&](const core::Span& span, std::string_view message) {
      if (!span.valid() || (profile_.github && id >= kMaxRelated)) return;
      json_.begin_object().field("id", ++id);
      write_physical(span);
      // Where a generator says which of its parts made the resource, that part is a logical location.
      constexpr std::string_view kConstruct = "construct ";
      if (message.starts_with(kConstruct)) {
        json_.key("logicalLocations").begin_array().begin_object();
        json_.field("fullyQualifiedName", message.substr(kConstruct.size()));
        json_.field("kind", "module");
        json_.end_object().end_array();
      }
      text("message", sentence(redactor_.message(message)));
      json_.end_object();
    };
    if (finding.origin.size() > 1) {
      for (const rules::OriginStep& step : finding.origin) {
        if (step.span != finding.region) write(step.span, step.what);
      }
    }
    for (const rules::RelatedPlace& place : finding.related) write(place.span, place.message);
    json_.end_array();
  }

  void write_flow(const Finding& finding) {
    std::vector<const rules::OriginStep*> steps;
    for (const rules::OriginStep& step : finding.origin) {
      if (step.span.valid() && steps.size() < kMaxFlowLocations) steps.push_back(&step);
    }
    if (steps.size() < 2) return;
    json_.key("codeFlows").begin_array().begin_object();
    text("message", "From the literal to the attribute.");
    json_.key("threadFlows").begin_array().begin_object();
    json_.key("locations").begin_array();
    for (size_t i = 0; i < steps.size(); ++i) {
      json_.begin_object();
      json_.key("location").begin_object();
      write_physical(steps[i]->span);
      text("message", sentence(redactor_.message(steps[i]->what)));
      json_.end_object();
      json_.field("executionOrder", i + 1);
      json_.field("importance", i == 0 || i + 1 == steps.size() ? "essential" : "important");
      json_.end_object();
    }
    json_.end_array().end_object().end_array().end_object().end_array();
  }

  void write_suppressions(const Finding& finding) {
    if (!finding.suppressed) return;
    json_.key("suppressions").begin_array().begin_object();
    json_.field("kind", finding.suppressed->kind).field("status", "accepted");
    if (!finding.suppressed->reason.empty()) json_.field("justification", redactor_.message(finding.suppressed->reason));
    if (finding.suppressed->span.valid() && artifact_.contains(finding.suppressed->span.file)) {
      json_.key("location").begin_object();
      write_physical(finding.suppressed->span);
      json_.end_object();
    }
    json_.end_object().end_array();
  }

  void write_fix(const rules::Fix& fix) {
    std::map<core::FileId, std::vector<const rules::TextEdit*>> by_file;
    for (const rules::TextEdit& edit : fix.edits) by_file[edit.span.file].push_back(&edit);
    json_.key("fixes").begin_array().begin_object();
    text("description", sentence(redactor_.message(fix.description)));
    json_.key("artifactChanges").begin_array();
    for (const auto& [file, edits] : by_file) {
      json_.begin_object();
      write_artifact_location(file);
      json_.key("replacements").begin_array();
      for (const rules::TextEdit* edit : edits) {
        json_.begin_object();
        write_region("deletedRegion", edit->span, false);
        json_.key("insertedContent").begin_object().field("text", edit->text).end_object();
        json_.end_object();
      }
      json_.end_array().end_object();
    }
    json_.end_array().end_object().end_array();
  }

  const Report& report_;
  const Profile& profile_;
  const core::SourceSet& sources_;
  Redactor redactor_;
  std::string out_;
  JsonWriter json_;
  SarifCatalogue catalogue_;
  std::vector<core::FileId> artifacts_;
  std::set<core::FileId> quoted_;  // that something points into
  std::map<core::FileId, size_t> artifact_;
  std::map<std::string, core::FileId> by_path_;
  std::map<core::FileId, std::vector<std::string>> hashes_;
  std::set<std::string> codes_;
};

std::string category_of(const WriteOptions& options) {
  std::string out = options.category.empty() ? "assay" : options.category;
  while (out.size() > 1 && out.back() == '/') out.pop_back();
  return out;
}

std::string number(uint64_t count) { return std::to_string(count); }

// What the platform will not take or show, for results cut to the first `kept` of `ranking`.
std::vector<std::string> cuts(const Report& report, const Ranking& ranking, size_t kept, bool packed) {
  std::vector<std::string> out;
  size_t all = ranking.findings.size();
  if (kept < all) {
    const Finding& last = report.findings[ranking.findings[kept == 0 ? 0 : kept - 1]];
    std::string limit = packed ? "an upload to 10 MB of gzip" : "a run to " + number(kMaxResults) + " results";
    out.push_back(number(all - kept) + " of " + number(all) + " results are left out, since GitHub limits " + limit +
                  "; kept are the most severe, down to " + std::string(rules::severity_name(last.severity)));
  }
  if (kept > kShownResults) {
    out.push_back("GitHub shows the first " + number(kShownResults) + " of these " + number(kept) +
                  " results, the most severe");
  }
  uint64_t places = 0;
  for (size_t i = 0; i < kept; ++i) {
    const Finding& finding = report.findings[ranking.findings[i]];
    size_t related = finding.related.size() + (finding.origin.size() > 1 ? finding.origin.size() : 0);
    if (related > kMaxRelated) places += related - kMaxRelated;
  }
  if (places > 0) {
    out.push_back("Of some results further related places are left out, since GitHub shows " + number(kMaxRelated) +
                  " of each");
  }
  return out;
}

}  // namespace

std::string write_sarif(const Report& report, const WriteOptions& options) {
  Profile profile;
  profile.category = category_of(options);
  for (uint32_t i = 0; i < report.findings.size(); ++i) profile.findings.push_back(i);
  return SarifWriter(report, profile).write();
}

std::string write_sarif_github(const Report& report, const WriteOptions& options) {
  Ranking ranking = ranked(report);
  size_t kept = std::min(ranking.findings.size(), kMaxResults);
  std::string out;
  Profile profile;
  profile.github = true;
  profile.category = category_of(options);
  for (bool packed = false;;) {
    profile.findings.assign(ranking.findings.begin(), ranking.findings.begin() + static_cast<long>(kept));
    profile.left_out = cuts(report, ranking, kept, packed);
    out = SarifWriter(report, profile).write();
    if (out.size() <= kMaxPacked || kept == 0) break;
    uint64_t size = gzip_size(out);
    if (size <= kMaxPacked) break;
    packed = true;
    kept = std::min(kept - 1, static_cast<size_t>(kept * kMaxPacked / size * 19 / 20));
  }
  if (options.left_out) options.left_out->insert(options.left_out->end(), profile.left_out.begin(), profile.left_out.end());
  return out;
}

}  // namespace assay::report
