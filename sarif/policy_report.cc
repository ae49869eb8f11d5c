// Policy reports of Kubernetes' policy working group (wgpolicyk8s.io/v1alpha2), for `kubectl apply` and for what shows
// them in a cluster: a list of one PolicyReport per object, of a ClusterPolicyReport where it has no namespace. Resources
// of other formats and files get ClusterPolicyReports without a scope. An object without findings has a report too:
// applied, it takes the place of what stood there before the findings were repaired.
//
// What passed is counted, not listed. Reports hold no clock, so results have no timestamp.
#include "sarif/policy_report.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "parsers/core/digest.h"
#include "parsers/core/json_writer.h"
#include "parsers/core/text.h"
#include "sarif/escape.h"
#include "sarif/findings.h"
#include "sarif/places.h"
#include "sarif/writer.h"

namespace assay::report {
namespace {

using core::JsonWriter;
using rules::Finding;
using rules::JudgedResource;
using rules::Report;
using rules::ResourceRef;

constexpr std::string_view kApiVersion = "wgpolicyk8s.io/v1alpha2";
// `kubectl apply` keeps the object in an annotation, and annotations may hold 256 KiB together.
constexpr size_t kMaxResultBytes = 200'000;
constexpr size_t kMaxMessage = 4096;
constexpr size_t kMaxProperty = 1024;

std::string_view result_of(const Finding& finding) {
  if (!rules::counts(finding)) return "skip";
  return finding.verdict == rules::Verdict::kFail ? "fail" : "warn";
}

// "kubernetes/workload" of "kubernetes/workload/privileged.md".
std::string category_of(const rules::RuleInfo& rule) {
  size_t slash = rule.source.rfind('/');
  return slash == std::string::npos || slash == 0 ? "" : rule.source.substr(0, slash);
}

// What one report is about: results already written, by how much they matter.
struct Item {
  PolicySubject subject;
  std::string file;   // of what is no object
  uint64_t pass = 0, fail = 0, warn = 0, error = 0, skip = 0;
  std::string results;
  uint64_t left_out = 0;
};

class PolicyReports {
 public:
  PolicyReports(const Report& report, const WriteOptions& options)
      : report_(report), options_(options), redactor_(report) {}

  std::string write() {
    for (const JudgedResource& judged : report_.judged) add_judged(judged);
    add_findings();
    for (const JudgedResource& judged : report_.judged) add_failures(judged);
    add_problems();
    std::string out = "{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[";
    bool first = true;
    for (const Item& item : items_) {  // a line each
      out += first ? "\n" : ",\n";
      write_report(out, item);
      first = false;
      if (item.left_out > 0) note_left_out(item);
    }
    return out + "\n]}\n";
  }

 private:
  std::string path_of(const core::Span& span) const {
    return span.valid() ? repository_path(report_, span.file) : std::string();
  }

  // The item of a resource, made when it is first met.
  Item& item_of(const ResourceRef& resource, const JudgedResource* judged) {
    std::string file = path_of(resource.extent.valid() ? resource.extent : resource.header);
    PolicySubject subject = policy_subject(resource, judged);
    if (!subject.is_object()) subject.name = resource.address;
    return item(std::move(subject), std::move(file));
  }

  Item& item(PolicySubject subject, std::string file) {
    // The same object in two files is one object of the cluster.
    std::string key = subject.api_version + '\n' + subject.kind + '\n' + subject.name_space + '\n' + subject.name + '\n' +
                      (subject.is_object() ? "" : file);
    auto [at, is_new] = by_key_.try_emplace(std::move(key), items_.size());
    if (is_new) {
      items_.emplace_back();
      items_.back().subject = std::move(subject);
      items_.back().file = std::move(file);
    }
    return items_[at->second];
  }

  using ResourceKey = std::pair<core::FileId, std::string_view>;
  static ResourceKey key_of(const ResourceRef& resource) {
    return {resource.extent.valid() ? resource.extent.file : core::kNoFile, resource.address};
  }

  void add_judged(const JudgedResource& judged) {
    by_resource_.emplace(key_of(judged.resource), &judged);
    item_of(judged.resource, &judged);
  }

  void add_findings() {
    // Counted first: what no longer fits into a report is left out of its results only.
    std::vector<uint32_t> order(report_.findings.size());
    for (uint32_t i = 0; i < order.size(); ++i) order[i] = i;
    auto rank = [&](uint32_t index) {
      const Finding& finding = report_.findings[index];
      return std::tuple(!rules::counts(finding), -static_cast<int>(finding.severity), finding.verdict != rules::Verdict::kFail);
    };
    std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return rank(a) < rank(b); });
    for (uint32_t index : order) {
      const Finding& finding = report_.findings[index];
      auto judged = by_resource_.find(key_of(finding.resource));
      const JudgedResource* known = judged == by_resource_.end() ? nullptr : judged->second;
      if (!finding.resource.address.empty()) {
        add(item_of(finding.resource, known), finding);
      } else {
        PolicySubject file;
        add(item(file, path_of(place_of(finding))), finding);
      }
    }
    for (const auto& [key, judged] : by_resource_) item_of(judged->resource, judged).pass += judged->rules;
  }

  void add(Item& item, const Finding& finding) {
    std::string_view result = result_of(finding);
    ++(result == "fail" ? item.fail : result == "warn" ? item.warn : item.skip);
    const rules::RuleInfo& rule = report_.rules[finding.rule];
    std::string text;
    JsonWriter json(text, JsonWriter::Style::kCompact);
    json.begin_object();
    json.field("source", "assay").field("policy", rule.id).field("rule", rule.name);
    if (std::string category = category_of(rule); !category.empty()) json.field("category", category);
    json.field("severity", rules::severity_name(finding.severity));
    json.field("result", result).field("scored", result == "fail");
    json.field("message", shortened(message_of(finding, redactor_), kMaxMessage));
    if (item.subject.is_object()) {
      json.key("resources").begin_array();
      write_reference(json, item.subject);
      json.end_array();
    }
    json.key("properties").begin_object();
    write_place(json, finding);
    auto property = [&](std::string_view key, const std::string& value) {
      if (!value.empty()) json.field(key, shortened(redactor_.message(value), kMaxProperty));
    };
    property("attribute", finding.attribute.empty() ? finding.item : finding.attribute);
    property("dependsOn", core::join(finding.depends_on, ", "));
    property("help", rules::counts(finding) ? advice_of(rule) : "");
    if (finding.suppressed) {
      json.field("suppressed", finding.suppressed->kind);
      property("reason", finding.suppressed->reason);
      property("until", finding.suppressed->until);
    }
    property("baseline", finding.baseline);
    json.field("fingerprint", finding.fingerprint);
    json.end_object().end_object();
    append(item, text);
  }

  void write_place(JsonWriter& json, const Finding& finding) const {
    core::Span place = place_of(finding);
    if (!place.valid()) return;
    Region region = region_of(*report_.sources, place);
    json.field("file", repository_path(report_, place.file));
    json.field("line", std::to_string(region.begin.line)).field("column", std::to_string(region.begin.column));
  }

  void add_failures(const JudgedResource& judged) {
    for (const auto& [rule, why] : judged.failed) {
      Item& item = item_of(judged.resource, &judged);
      ++item.error;
      add_error(item, rule, why);
    }
  }

  // What could not be analysed is in no other report.
  void add_problems() {
    for (const core::Problem& problem : report_.problems) {
      if (problem.severity == core::ProblemSeverity::kNote || problem.code == "rule-not-evaluated") continue;
      Item& item = this->item({}, problem_path(report_, problem));
      ++item.error;
      add_error(item, problem.code, "not analysed, or only in part: " + problem.message);
    }
  }

  void add_error(Item& item, const std::string& policy, const std::string& why) {
    std::string text;
    JsonWriter json(text, JsonWriter::Style::kCompact);
    json.begin_object().field("source", "assay").field("policy", policy).field("result", "error").field("scored", false);
    json.field("message", shortened(redactor_.message(why), kMaxMessage));
    json.end_object();
    append(item, text);
  }

  static void append(Item& item, const std::string& text) {
    if (item.left_out > 0 || item.results.size() + text.size() > kMaxResultBytes) {
      ++item.left_out;
      return;
    }
    if (!item.results.empty()) item.results += ',';
    item.results += text;
  }

  static void write_reference(JsonWriter& json, const PolicySubject& subject) {
    json.begin_object().field("apiVersion", subject.api_version).field("kind", subject.kind);
    auto field = [&](std::string_view key, const std::string& value) {
      if (!value.empty()) json.field(key, value);
    };
    field("name", subject.name);
    field("namespace", subject.name_space);
    field("uid", subject.uid);
    json.end_object();
  }

  void write_report(std::string& out, const Item& item) {
    const PolicySubject& subject = item.subject;
    bool namespaced = subject.is_object() && !subject.cluster_scoped;
    JsonWriter json(out, JsonWriter::Style::kCompact);
    json.begin_object().field("apiVersion", kApiVersion);
    json.field("kind", namespaced ? "PolicyReport" : "ClusterPolicyReport");
    json.key("metadata").begin_object();
    std::string title = subject.is_object() ? subject.kind + "-" + subject.name : subject.name.empty() ? item.file : subject.name;
    json.field("name", report_name(title, subject.api_version + "\n" + subject.kind + "\n" + subject.name_space + "\n" +
                                              subject.name + "\n" + (subject.is_object() ? "" : item.file)));
    if (namespaced && !subject.name_space.empty()) json.field("namespace", subject.name_space);
    json.key("labels").begin_object().field("app.kubernetes.io/managed-by", "assay").end_object();
    write_annotations(json, item);
    // The report goes when its object goes.
    if (!subject.uid.empty()) {
      json.key("ownerReferences").begin_array().begin_object();
      json.field("apiVersion", subject.api_version).field("kind", subject.kind).field("name", subject.name);
      json.field("uid", subject.uid).end_object().end_array();
    }
    json.end_object();
    if (subject.is_object()) {
      json.key("scope");
      write_reference(json, subject);
    }
    json.key("summary").begin_object();
    json.field("pass", item.pass).field("fail", item.fail).field("warn", item.warn);
    json.field("error", item.error).field("skip", item.skip).end_object();
    json.key("results").begin_array();
    if (!item.results.empty()) json.raw(item.results);
    json.end_array().end_object();
  }

  void write_annotations(JsonWriter& json, const Item& item) const {
    bool other = !item.subject.is_object();
    if (!other && item.left_out == 0) return;
    json.key("annotations").begin_object();
    if (other && !item.subject.name.empty()) json.field("assay/resource", redactor_.message(item.subject.name));
    if (other && !item.file.empty()) json.field("assay/file", item.file);
    if (item.left_out > 0) json.field("assay/results-left-out", std::to_string(item.left_out));
    json.end_object();
  }

  void note_left_out(const Item& item) const {
    if (!options_.left_out) return;
    std::string what = item.subject.is_object() ? item.subject.kind + " " + item.subject.name : item.file;
    options_.left_out->push_back(std::to_string(item.left_out) + " results about " + redactor_.message(what) +
                                 " are counted but not listed: its report would be too large for a cluster");
  }

  const Report& report_;
  const WriteOptions& options_;
  Redactor redactor_;
  std::vector<Item> items_;  // in the order in which their subjects are met
  std::map<std::string, size_t, std::less<>> by_key_;
  std::map<ResourceKey, const JudgedResource*> by_resource_;
};

}  // namespace

PolicySubject policy_subject(const ResourceRef& resource, const JudgedResource* judged) {
  PolicySubject out;
  size_t slash = resource.type.rfind('/');
  if (resource.format != "kubernetes" || slash == std::string::npos) return out;
  std::string_view address = resource.address;
  std::string kind = resource.type.substr(slash + 1);
  if (resource.name.empty() || !address.starts_with(kind + ".")) return out;
  out.api_version = resource.type.substr(0, slash);
  out.kind = kind;
  out.name = resource.name;
  if (judged) {
    out.cluster_scoped = judged->cluster_scoped;
    out.name_space = judged->name_space;
    out.uid = judged->uid;
    return out;
  }
  // Kind.namespace.name, or Kind.name; "#2" and on for repeated ones.
  address.remove_prefix(kind.size() + 1);
  if (size_t hash = address.rfind('#'); hash != std::string_view::npos) address = address.substr(0, hash);
  out.cluster_scoped = address == resource.name;
  if (address.ends_with("." + resource.name)) out.name_space = address.substr(0, address.size() - resource.name.size() - 1);
  return out;
}

std::string report_name(std::string_view title, std::string_view identity) {
  constexpr size_t kMaxTitle = 63 - sizeof("assay--01234567") + 1;
  std::string words;
  for (char c : title) {
    bool upper = c >= 'A' && c <= 'Z';
    bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (upper || plain) words += static_cast<char>(upper ? c - 'A' + 'a' : c);
    else if (!words.empty() && words.back() != '-') words += '-';
    if (words.size() == kMaxTitle) break;
  }
  while (!words.empty() && words.back() == '-') words.pop_back();
  return "assay-" + words + (words.empty() ? "" : "-") + core::to_hex(core::md5(identity)).substr(0, 8);
}

std::string write_policy_report(const Report& report, const WriteOptions& options) {
  return PolicyReports(report, options).write();
}

}  // namespace assay::report
