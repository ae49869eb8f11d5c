// The forms of a baseline, as text.
#include <algorithm>
#include <optional>

#include "analyzer/pipeline/baseline.h"
#include "parsers/core/path.h"
#include "parsers/core/text.h"
#include "parsers/syntax/json/reader.h"

namespace assay::pipeline {
namespace {

using syntax::Node;
using syntax::NodeKind;

constexpr int64_t kVersion = 1;

const Node* member(const Node& object, std::string_view key) {
  return object.kind == NodeKind::kMapping ? syntax::find_pair_value(object, key) : nullptr;
}

std::string text_of(const Node& object, std::string_view key) {
  const Node* value = member(object, key);
  return value && value->kind == NodeKind::kString ? std::string(value->text) : std::string();
}

std::optional<uint32_t> number_of(const Node& object, std::string_view key) {
  const Node* value = member(object, key);
  if (!value || value->kind != NodeKind::kNumber) return std::nullopt;
  uint32_t out = 0;
  for (char c : value->text) {
    if (c < '0' || c > '9' || out > 100'000'000) return std::nullopt;
    out = out * 10 + static_cast<uint32_t>(c - '0');
  }
  return out;
}

std::span<const Node* const> list_of(const Node& object, std::string_view key) {
  const Node* value = member(object, key);
  if (!value || value->kind != NodeKind::kSequence) return {};
  return value->children();
}

// "%20" and its like in the URI of a file.
std::string path_of_uri(std::string_view uri) {
  std::string out;
  auto digit = [](char c) {
    return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
  };
  for (size_t i = 0; i < uri.size(); ++i) {
    if (uri[i] == '%' && i + 2 < uri.size() && digit(uri[i + 1]) >= 0 && digit(uri[i + 2]) >= 0) {
      out += static_cast<char>(digit(uri[i + 1]) * 16 + digit(uri[i + 2]));
      i += 2;
    } else {
      out += uri[i];
    }
  }
  return core::normalize_path(out);
}

class Reader {
 public:
  Reader(std::string_view text, Baseline& out, std::vector<UsageError>& errors)
      : lines_(text), out_(out), errors_(errors) {}

  void read(const Node& content) {
    if (content.kind == NodeKind::kSequence) return read_gitleaks(content);
    if (content.kind != NodeKind::kMapping)
      return error(content, "a baseline is a JSON object, or the list of a gitleaks report");
    if (member(content, "runs")) return read_sarif(content);
    if (member(content, "findings")) return read_own(content);
    error(content,
          "this is no baseline: it has neither \"findings\" (assay scan --write-baseline) nor \"runs\" (SARIF) "
          "nor \"failed_checks\" (Checkov)");
  }

 private:
  void error(const Node& at, std::string message) {
    core::Position position = lines_.position(at.begin);
    errors_.push_back(
        {out_.path, position.line, "column " + std::to_string(position.column) + ": " + std::move(message)});
  }

  void read_own(const Node& content) {
    const Node* version = member(content, "version");
    if (!version || number_of(content, "version") != kVersion) {
      std::string what = version ? "version " + std::string(version->text) + " of baselines is not known"
                                 : "a baseline needs a version";
      return error(version ? *version : content,
                   what + "; this is " + std::to_string(kVersion) + ". Write it again with --write-baseline");
    }
    const Node* findings = member(content, "findings");
    if (findings->kind != NodeKind::kSequence) return error(*findings, "\"findings\" must be a list");
    for (const Node* item : findings->children()) {
      BaselineEntry entry;
      entry.rule = text_of(*item, "rule");
      entry.fingerprint = text_of(*item, "fingerprint");
      entry.file = text_of(*item, "file");
      entry.attribute = text_of(*item, "attribute");
      entry.like = text_of(*item, "like");
      entry.element = text_of(*item, "element");
      entry.address = text_of(*item, "address");
      entry.message = text_of(*item, "message");
      entry.maybe = text_of(*item, "verdict") == "maybe";
      if (const Node* resource = member(*item, "resource")) {  // of a JSON report
        entry.address = text_of(*resource, "address");
        entry.type = text_of(*resource, "type");
        const Node* suppressed = member(*item, "suppressed");
        if (suppressed && suppressed->kind == NodeKind::kMapping) continue;
      }
      if (entry.rule.empty() || entry.fingerprint.empty()) {
        return error(*item, "an entry needs at least \"rule\" and \"fingerprint\"");
      }
      out_.entries.push_back(std::move(entry));
    }
  }

  void read_sarif(const Node& content) {
    out_.form = Baseline::Form::kSarif;
    const Node* runs = member(content, "runs");
    if (runs->kind != NodeKind::kSequence) return error(*runs, "\"runs\" must be a list");
    if (std::string version = text_of(content, "version"); version != "2.1.0") {
      return error(content, "SARIF of version '" + version + "' is not known; 2.1.0 is");
    }
    for (const Node* run : runs->children()) {
      for (const Node* result : list_of(*run, "results")) read_result(*run, *result);
    }
  }

  void read_result(const Node& run, const Node& result) {
    if (text_of(result, "baselineState") == "absent") return;
    for (const Node* suppression : list_of(result, "suppressions")) {
      std::string status = text_of(*suppression, "status");
      if (status.empty() || status == "accepted") return;
    }
    BaselineEntry entry;
    entry.rule = rule_of(run, result);
    if (const Node* prints = member(result, "partialFingerprints"))
      entry.fingerprint = text_of(*prints, "assay/v1");
    if (const Node* message = member(result, "message")) entry.message = text_of(*message, "text");
    if (const Node* properties = member(result, "properties"))
      entry.maybe = text_of(*properties, "verdict") == "maybe";
    for (const Node* location : list_of(result, "locations")) {
      if (const Node* physical = member(*location, "physicalLocation")) {
        if (const Node* artifact = member(*physical, "artifactLocation"))
          entry.file = path_of_uri(text_of(*artifact, "uri"));
        if (const Node* region = member(*physical, "region")) {
          entry.line = number_of(*region, "startLine").value_or(0);
          entry.end_line = number_of(*region, "endLine").value_or(entry.line);
        }
      }
      for (const Node* logical : list_of(*location, "logicalLocations")) {
        entry.address = text_of(*logical, "fullyQualifiedName");
      }
      break;  // the first is where the result is
    }
    if (!entry.rule.empty()) out_.entries.push_back(std::move(entry));
  }

  static std::string rule_of(const Node& run, const Node& result) {
    std::string id = text_of(result, "ruleId");
    if (!id.empty()) return id;
    std::optional<uint32_t> index = number_of(result, "ruleIndex");
    if (const Node* rule = member(result, "rule")) {
      if (id = text_of(*rule, "id"); !id.empty()) return id;
      if (!index) index = number_of(*rule, "index");
    }
    const Node* tool = member(run, "tool");
    const Node* driver = tool ? member(*tool, "driver") : nullptr;
    if (!driver || !index) return {};
    auto rules = list_of(*driver, "rules");
    return *index < rules.size() ? text_of(*rules[*index], "id") : std::string();
  }

  void read_gitleaks(const Node& content) {
    out_.form = Baseline::Form::kGitleaks;
    for (const Node* item : content.children()) {
      BaselineEntry entry;
      entry.rule = text_of(*item, "RuleID");
      entry.file = core::normalize_path(text_of(*item, "File"));
      entry.secret = text_of(*item, "Secret");
      entry.line = number_of(*item, "StartLine").value_or(0);
      entry.end_line = number_of(*item, "EndLine").value_or(entry.line);
      if (entry.rule.empty() || text_of(*item, "File").empty()) {
        return error(*item, "an entry of a gitleaks report needs \"RuleID\" and \"File\"");
      }
      out_.entries.push_back(std::move(entry));
    }
  }

  core::LineIndex lines_;
  Baseline& out_;
  std::vector<UsageError>& errors_;
};

}  // namespace

Baseline read_baseline(const core::FileSystem& files, const std::string& path, std::vector<UsageError>& errors) {
  Baseline out;
  out.path = path;
  constexpr size_t kMaxBytes = size_t{256} << 20;  // SARIF of a large repository
  auto text = files.read_up_to(path, kMaxBytes);
  if (!text) {
    errors.push_back({path, 0, text.error().message});
    return out;
  }
  if (core::trim(*text).empty()) {
    errors.push_back({path, 1, "the baseline is empty; write it again with --write-baseline"});
    return out;
  }
  auto tree = syntax::read_json(core::kNoFile, *text, kMaxBytes);
  core::LineIndex lines(*text);
  for (const core::Problem& problem : tree->problems) {
    if (problem.severity != core::ProblemSeverity::kError) continue;
    core::Position at = lines.position(problem.span.begin);
    errors.push_back(
        {path, at.line, "column " + std::to_string(at.column) + ": the baseline is damaged: " + problem.message});
    return out;
  }
  const Node* document = tree->root->child(0);
  const Node* content = document ? document->child(0) : nullptr;
  if (!content) {
    errors.push_back({path, 1, "the baseline is empty; write it again with --write-baseline"});
    return out;
  }
  if (member(*content, "failed_checks")) {
    out.form = Baseline::Form::kCheckov;
    out.checkov = read_checkov_baseline(files, path, errors);
    return out;
  }
  Reader(*text, out, errors).read(*content);
  return out;
}

}  // namespace assay::pipeline
