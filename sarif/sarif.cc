// SARIF 2.1.0 (OASIS). The choices that the standard leaves open follow what GitHub's code scanning
// reads: literal message texts, rules with help, one run, a string `security-severity`, URIs relative
// to the repository root, and its own line hash.
#include <algorithm>
#include <map>
#include <set>

#include "parsers/core/digest.h"
#include "parsers/core/hash.h"
#include "parsers/core/json_writer.h"
#include "sarif/line_hash.h"
#include "sarif/places.h"
#include "sarif/redact.h"
#include "sarif/writer.h"

namespace assay::report {
namespace {

constexpr uint32_t kMaxContextBytes = 4096;  // of the lines around a region

using core::JsonWriter;
using rules::Finding;
using rules::Report;
using rules::RuleInfo;
using rules::Severity;

constexpr size_t kMaxTags = 20;               // GitHub refuses more
constexpr size_t kMaxShortText = 1000;        // of short and full descriptions (limit 1024)
constexpr size_t kMaxFlowLocations = 1000;    // shown by GitHub

// Scores that GitHub turns back into the same words.
std::string_view security_severity(Severity severity) {
  static constexpr std::string_view kScores[] = {"1.0", "3.0", "5.5", "8.0", "9.5"};
  return kScores[static_cast<size_t>(severity)];
}
int rank(Severity severity) {
  static constexpr int kRanks[] = {10, 30, 55, 80, 95};
  return kRanks[static_cast<size_t>(severity)];
}
std::string_view level(Severity severity) {
  switch (severity) {
    case Severity::kCritical:
    case Severity::kHigh: return "error";
    case Severity::kMedium: return "warning";
    default: return "note";
  }
}

// The validator wants sentences that end with a full stop.
std::string sentence(std::string text, size_t most = std::string::npos) {
  while (!text.empty() && (text.back() == ' ' || text.back() == '\n')) text.pop_back();
  if (text.size() + 1 > most) {
    size_t cut = most - 4;
    while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xc0) == 0x80) --cut;
    text = text.substr(0, cut) + "...";
  }
  if (!text.empty() && text.back() != '.') text += '.';
  return text;
}

// A path as a URI reference (RFC 3986): everything but unreserved characters and "/" is escaped.
std::string to_uri(std::string_view path) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (char c : path) {
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                 c == '.' || c == '_' || c == '~' || c == '/';
    if (plain) {
      out += c;
    } else {
      auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return out;
}

// A version-4-shaped GUID from a text, so that equal inputs give equal reports.
std::string guid(std::string_view text) {
  std::string hex = core::to_hex(core::sha1(text)).substr(0, 32);
  hex[12] = '4';
  hex[16] = 'a';
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" + hex.substr(16, 4) + "-" +
         hex.substr(20, 12);
}

class SarifWriter {
 public:
  explicit SarifWriter(const Report& report)
      : report_(report), sources_(*report.sources), redactor_(report),
        json_(out_, JsonWriter::Style::kPretty) {
    // What results, problems and chains point at becomes an artifact; ids are in path order.
    std::map<std::string, core::FileId> files;
    auto note = [&](const core::Span& span) {
      if (span.valid()) files.emplace(sources_.path(span.file), span.file);
    };
    for (const rules::CoverageRow& row : report.coverage) {
      if (row.is_root || row.state == "skipped") continue;
      core::FileId file = find(row.path);
      if (file != core::kNoFile) files.emplace(row.path, file);
    }
    for (const Finding& finding : report.findings) {
      note(finding.region);
      for (const rules::OriginStep& step : finding.origin) note(step.span);
      for (const rules::RelatedPlace& place : finding.related) note(place.span);
    }
    for (const core::Problem& problem : report.problems) note(problem.span);
    for (const auto& [path, file] : files) {
      artifact_[file] = artifacts_.size();
      artifacts_.push_back(file);
    }
    std::set<uint32_t> used;
    for (const Finding& finding : report.findings) used.insert(finding.rule);
    for (uint32_t rule = 0; rule < report.rules.size(); ++rule) {
      rule_index_[rule] = rule_index_.size();
    }
    for (const RuleInfo& rule : report.rules) {
      for (const std::string& cwe : rule.cwe) cwes_.insert(cwe);
      for (const rules::Control& control : rule.controls) {
        frameworks_[{control.framework, control.version}].insert(control.id);
      }
    }
    for (const core::Problem& problem : report.problems) codes_.insert(problem.code);
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
    write_rules();
    write_notification_descriptors();
    if (!cwes_.empty() || !frameworks_.empty()) {
      json_.key("supportedTaxonomies").begin_array();
      for (size_t i = 0; i < taxonomy_count(); ++i) {
        json_.begin_object().field("name", taxonomy_name(i)).field("index", i).field("guid", guid(taxonomy_name(i)));
        json_.end_object();
      }
      json_.end_array();
    }
    json_.end_object().end_object();
    write_taxonomies();
    write_invocation();
    json_.key("originalUriBaseIds").begin_object();
    json_.key("SRCROOT").begin_object();
    text("description", "The root of the repository.");
    json_.end_object().end_object();
    json_.key("automationDetails").begin_object().field("id", "assay/").end_object();
    json_.field("columnKind", "utf16CodeUnits");
    json_.key("artifacts").begin_array();
    for (core::FileId file : artifacts_) write_artifact(file);
    json_.end_array();
    json_.key("results").begin_array();
    for (const Finding& finding : report_.findings) write_result(finding);
    json_.end_array();
    json_.end_object();
  }

  // Ids of other tools are no former ids of ours, so they do not belong into deprecatedIds (SARIF 3.49.4).
  void write_aliases(const RuleInfo& rule) {
    if (rule.aliases.empty()) return;
    std::set<std::string> ids;
    for (const rules::Alias& alias : rule.aliases) ids.insert(alias.id);
    json_.key("aliases").begin_array();
    for (const std::string& id : ids) json_.value(id);
    json_.end_array();
  }

  void write_rules() {
    json_.key("rules").begin_array();
    for (const RuleInfo& rule : report_.rules) {
      json_.begin_object();
      json_.field("id", rule.id);
      json_.field("name", pascal_case(rule.name));
      text("shortDescription", sentence(rule.title, kMaxShortText));
      text("fullDescription", sentence(rule.what.empty() ? rule.title : rule.what, kMaxShortText));
      json_.key("help").begin_object();
      std::string plain = sentence(rule.title) + "\n\n" + rule.why + "\n\nHow to fix: " + rule.how;
      json_.field("text", plain);
      json_.field("markdown", help_markdown(rule));
      json_.end_object();
      json_.key("defaultConfiguration").begin_object();
      json_.field("level", level(rule.severity));
      json_.field("rank", rank(rule.severity));
      json_.end_object();
      write_relationships(rule);
      json_.key("properties").begin_object();
      write_aliases(rule);
      json_.field("precision", rule.precision.empty() ? "medium" : rule.precision);
      json_.field("problem.severity", rule.severity >= Severity::kHigh     ? "error"
                                      : rule.severity == Severity::kMedium ? "warning" : "recommendation");
      json_.field("security-severity", security_severity(rule.severity));
      write_tags(rule);
      json_.end_object();
      json_.end_object();
    }
    json_.end_array();
  }

  static std::string pascal_case(std::string_view name) {
    std::string out;
    bool up = true;
    for (char c : name) {
      if (c == '-') {
        up = true;
      } else {
        out += up && c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
        up = false;
      }
    }
    return out;
  }

  static std::string help_markdown(const RuleInfo& rule) {
    std::string out = "# " + rule.title + "\n";
    for (const auto& [heading, body] : {std::pair{"What it does", &rule.what}, std::pair{"Why it matters", &rule.why},
                                        std::pair{"How to fix", &rule.how}}) {
      if (!body->empty()) out += "\n## " + std::string(heading) + "\n" + *body + "\n";
    }
    std::string aliases;
    for (const rules::Alias& alias : rule.aliases) {
      aliases += (aliases.empty() ? "" : ", ") + ("`" + alias.id + "`") + " (" + alias.tool + ")";
    }
    if (!aliases.empty()) out += "\nAlso known as: " + aliases + "\n";
    return out;
  }

  void write_tags(const RuleInfo& rule) {
    std::vector<std::string> tags = {"security"};
    for (const std::string& format : rule.formats) tags.push_back(format);
    for (const std::string& tag : rule.tags) tags.push_back(tag);
    for (const std::string& cwe : rule.cwe) {
      std::string lower = cwe;
      std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
      tags.push_back("external/cwe/" + lower);
    }
    json_.key("tags").begin_array();
    std::set<std::string> seen;
    for (const std::string& tag : tags) {
      if (seen.size() < kMaxTags && seen.insert(tag).second) json_.value(tag);
    }
    json_.end_array();
  }

  size_t taxonomy_count() const { return frameworks_.size() + (cwes_.empty() ? 0 : 1); }
  std::string taxonomy_name(size_t index) const {
    if (!cwes_.empty()) {
      if (index == 0) return "CWE";
      --index;
    }
    auto at = std::next(frameworks_.begin(), static_cast<long>(index));
    return at->first.second.empty() ? at->first.first : at->first.first + " " + at->first.second;
  }
  size_t framework_index(const rules::Control& control) const {
    auto at = frameworks_.find({control.framework, control.version});
    return static_cast<size_t>(std::distance(frameworks_.begin(), at)) + (cwes_.empty() ? 0 : 1);
  }

  void write_taxon_reference(std::string_view id, size_t index, size_t taxon) {
    json_.field("id", id).field("index", taxon);
    json_.key("toolComponent").begin_object();
    json_.field("name", taxonomy_name(index)).field("index", index);
    json_.end_object();
  }

  void write_relationships(const RuleInfo& rule) {
    if (rule.cwe.empty() && rule.controls.empty()) return;
    json_.key("relationships").begin_array();
    auto relate = [&](std::string_view id, size_t index, size_t taxon) {
      json_.begin_object().key("target").begin_object();
      write_taxon_reference(id, index, taxon);
      json_.end_object();
      json_.key("kinds").begin_array().value("relevant").end_array();
      json_.end_object();
    };
    for (const std::string& cwe : rule.cwe) {
      relate(cwe, 0, static_cast<size_t>(std::distance(cwes_.begin(), cwes_.find(cwe))));
    }
    for (const rules::Control& control : rule.controls) {
      const std::set<std::string>& ids = frameworks_.at({control.framework, control.version});
      relate(control.id, framework_index(control),
             static_cast<size_t>(std::distance(ids.begin(), ids.find(control.id))));
    }
    json_.end_array();
  }

  void write_taxonomies() {
    if (taxonomy_count() == 0) return;
    json_.key("taxonomies").begin_array();
    auto write = [&](size_t index, const std::string& version, const std::set<std::string>& ids,
                     const std::string& what) {
      std::string name = taxonomy_name(index);
      json_.begin_object();
      json_.field("name", name);
      json_.field("guid", guid(name));
      if (!version.empty()) json_.field("version", version);
      text("shortDescription", sentence(what));
      text("fullDescription", sentence(what));
      json_.key("taxa").begin_array();
      for (const std::string& id : ids) {
        json_.begin_object().field("id", id);
        text("shortDescription", sentence(name + " " + id));
        text("fullDescription", sentence(name + " " + id));
        json_.key("help").begin_object().field("text", sentence("See " + name + ", " + id)).end_object();
        json_.end_object();
      }
      json_.end_array().end_object();
    };
    size_t index = 0;
    if (!cwes_.empty()) write(index++, "", cwes_, "Common Weakness Enumeration");
    for (const auto& [key, ids] : frameworks_) {
      write(index, key.second, ids, "Controls of " + taxonomy_name(index));
      ++index;
    }
    json_.end_array();
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

  void write_invocation() {
    json_.key("invocations").begin_array().begin_object();
    json_.field("executionSuccessful", report_.exit_code != 2 && report_.exit_code <= 100);
    json_.field("exitCode", report_.exit_code);
    if (!report_.problems.empty()) {
      json_.key("toolExecutionNotifications").begin_array();
      for (const core::Problem& problem : report_.problems) {
        json_.begin_object();
        json_.field("level", severity_word(problem.severity));
        text("message", sentence(redactor_.message(problem.message)));
        json_.key("descriptor").begin_object();
        json_.field("id", problem.code);
        json_.field("index", static_cast<size_t>(std::distance(codes_.begin(), codes_.find(problem.code))));
        json_.end_object();
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
    json_.field("uri", to_uri(report_.repository_prefix + sources_.path(file)));
    json_.field("uriBaseId", "SRCROOT");
    if (with_index) json_.field("index", artifact_.at(file));
    json_.end_object();
  }

  void write_artifact(core::FileId file) {
    json_.begin_object();
    write_artifact_location(file, false);
    json_.field("length", sources_.text(file).size());
    json_.key("roles").begin_array().value("analysisTarget").end_array();
    json_.key("hashes").begin_object().field("sha-256", core::to_hex(core::sha256(sources_.text(file)))).end_object();
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
    if (span.end > 0 || !context) write_region("region", span, context);
    if (context) {
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
    json_.field("ruleId", rule.id);
    json_.field("ruleIndex", rule_index_.at(finding.rule));
    json_.field("kind", maybe ? "review" : "fail");
    json_.field("level", maybe ? "none" : level(finding.severity));
    json_.field("rank", rank(finding.severity));
    json_.field("guid", guid(finding.fingerprint));
    std::string message = finding.message;
    if (maybe && !finding.witness.empty()) message += ", when " + finding.witness;
    text("message", sentence(redactor_.message(message)));
    json_.key("locations").begin_array().begin_object();
    if (finding.region.valid()) write_physical(finding.region, true);
    json_.key("logicalLocations").begin_array().begin_object();
    json_.field("name", finding.resource.name.empty() ? finding.resource.address : finding.resource.name);
    json_.field("fullyQualifiedName", finding.resource.address);
    json_.field("kind", "resource");
    json_.end_object().end_array();
    json_.end_object().end_array();
    write_related(finding);
    write_flow(finding);
    json_.key("partialFingerprints").begin_object();
    if (finding.region.valid()) {
      uint32_t line = sources_.lines(finding.region.file).position(finding.region.begin).line;
      const std::vector<std::string>& hashes = hashes_of(finding.region.file);
      if (line <= hashes.size()) json_.field("primaryLocationLineHash", hashes[line - 1]);
    }
    json_.field("assay/v1", finding.fingerprint);
    json_.end_object();
    if (!finding.baseline.empty()) json_.field("baselineState", finding.baseline);
    write_taxa(rule);
    write_suppressions(finding);
    if (finding.fix) write_fix(*finding.fix);
    json_.key("properties").begin_object();
    json_.field("severity", rules::severity_name(finding.severity));
    json_.field("verdict", rules::verdict_name(finding.verdict));
    if (!finding.depends_on.empty()) {
      json_.key("dependsOn").begin_array();
      for (const std::string& cause : finding.depends_on) json_.value(cause);
      json_.end_array();
    }
    json_.end_object();
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
      if (!span.valid()) return;
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

  void write_taxa(const RuleInfo& rule) {
    if (rule.cwe.empty()) return;
    json_.key("taxa").begin_array();
    for (const std::string& cwe : rule.cwe) {
      json_.begin_object();
      write_taxon_reference(cwe, 0, static_cast<size_t>(std::distance(cwes_.begin(), cwes_.find(cwe))));
      json_.end_object();
    }
    json_.end_array();
  }

  void write_suppressions(const Finding& finding) {
    if (!finding.suppressed) return;
    json_.key("suppressions").begin_array().begin_object();
    json_.field("kind", finding.suppressed->kind).field("status", "accepted");
    if (!finding.suppressed->reason.empty()) json_.field("justification", finding.suppressed->reason);
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
    text("description", sentence(fix.description));
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
  const core::SourceSet& sources_;
  Redactor redactor_;
  std::string out_;
  JsonWriter json_;
  std::vector<core::FileId> artifacts_;
  std::map<core::FileId, size_t> artifact_;
  std::map<std::string, core::FileId> by_path_;
  std::map<uint32_t, size_t> rule_index_;
  std::map<core::FileId, std::vector<std::string>> hashes_;
  std::set<std::string> cwes_, codes_;
  std::map<std::pair<std::string, std::string>, std::set<std::string>> frameworks_;
};

}  // namespace

std::string write_sarif(const Report& report, const WriteOptions&) { return SarifWriter(report).write(); }

}  // namespace assay::report
