#include "sarif/sarif_catalogue.h"

#include <set>

#include "sarif/escape.h"
#include "sarif/sarif_texts.h"

namespace assay::report {

using rules::RuleInfo;
using rules::Severity;

namespace {
constexpr size_t kMaxName = 255, kMaxShortText = 1000;  // GitHub's limits are 255 and 1024
constexpr size_t kMaxHelp = 16384;                      // of a user's policy with a very long page
}  // namespace

SarifCatalogue::SarifCatalogue(const rules::Report& report, core::JsonWriter& json, std::vector<uint32_t> rules,
                               bool taxonomies)
    : report_(report), json_(json), rules_(std::move(rules)) {
  for (size_t i = 0; i < rules_.size(); ++i) {
    place_of_rule_[rules_[i]] = i;
    place_of_id_[report.rules[rules_[i]].id] = i;
  }
  if (!taxonomies) return;
  Taxonomy cwe{"CWE", "", "Common Weakness Enumeration", {}};
  std::map<std::pair<std::string, std::string>, Ids> frameworks;
  for (uint32_t index : rules_) {
    const RuleInfo& rule = report.rules[index];
    for (const std::string& id : rule.cwe) cwe.ids[id] = 0;
    for (const rules::Control& control : rule.controls) frameworks[{control.framework, control.version}][control.id] = 0;
  }
  has_cwe_ = !cwe.ids.empty();
  if (has_cwe_) taxonomies_.push_back(std::move(cwe));
  for (auto& [key, ids] : frameworks) {
    framework_[key] = taxonomies_.size();
    std::string name = key.second.empty() ? key.first : key.first + " " + key.second;
    taxonomies_.push_back({name, key.second, "Controls of " + name, std::move(ids)});
  }
  for (Taxonomy& taxonomy : taxonomies_) {
    size_t place = 0;
    for (auto& [id, at] : taxonomy.ids) at = place++;
  }
}

void SarifCatalogue::write_text(std::string_view key, std::string_view text) {
  json_.key(key).begin_object().field("text", text).end_object();
}

void SarifCatalogue::write_rules() {
  json_.key("rules").begin_array();
  for (uint32_t index : rules_) {
    auto set = severities_.find(index);
    write_rule(report_.rules[index], set == severities_.end() ? report_.rules[index].severity : set->second);
  }
  json_.end_array();
}

void SarifCatalogue::write_rule(const RuleInfo& rule, Severity severity) {
  json_.begin_object();
  json_.field("id", rule.id);
  if (!rule.name.empty()) json_.field("name", shortened(pascal_case(rule.name), kMaxName));
  write_text("shortDescription", sentence(rule.title, kMaxShortText));
  write_text("fullDescription", sentence(rule.what.empty() ? rule.title : rule.what, kMaxShortText));
  json_.key("help").begin_object();
  std::string plain = sentence(rule.title) + "\n\n" + rule.why + "\n\nHow to fix: " + rule.how;
  json_.field("text", shortened(plain, kMaxHelp));
  json_.field("markdown", shortened(help_markdown(rule), kMaxHelp));
  json_.end_object();
  json_.key("defaultConfiguration").begin_object();
  json_.field("level", sarif_level(severity)).field("rank", sarif_rank(severity));
  json_.end_object();
  write_relationships(rule);
  json_.key("properties").begin_object();
  // Ids of other tools are no former ids of ours, so they do not belong into deprecatedIds (SARIF 3.49.4).
  std::set<std::string> aliases;
  for (const rules::Alias& alias : rule.aliases) aliases.insert(alias.id);
  if (!aliases.empty()) {
    json_.key("aliases").begin_array();
    for (const std::string& id : aliases) json_.value(id);
    json_.end_array();
  }
  json_.field("precision", rule.precision.empty() ? "medium" : rule.precision);
  json_.field("problem.severity", severity >= Severity::kHigh     ? "error"
                                  : severity == Severity::kMedium ? "warning"
                                                                       : "recommendation");
  json_.field("security-severity", security_severity(severity));
  json_.key("tags").begin_array();
  for (const std::string& tag : sarif_tags(rule)) json_.value(tag);
  json_.end_array().end_object().end_object();
}

void SarifCatalogue::write_reference(std::string_view id, size_t taxonomy) {
  const Taxonomy& to = taxonomies_[taxonomy];
  json_.field("id", id).field("index", to.ids.at(std::string(id)));
  json_.key("toolComponent").begin_object();
  json_.field("name", to.name).field("index", taxonomy);
  json_.end_object();
}

void SarifCatalogue::write_relationships(const RuleInfo& rule) {
  if (taxonomies_.empty() || (rule.cwe.empty() && rule.controls.empty())) return;
  json_.key("relationships").begin_array();
  auto relate = [&](std::string_view id, size_t taxonomy) {
    json_.begin_object().key("target").begin_object();
    write_reference(id, taxonomy);
    json_.end_object();
    json_.key("kinds").begin_array().value("relevant").end_array();
    json_.end_object();
  };
  for (const std::string& cwe : rule.cwe) relate(cwe, 0);
  for (const rules::Control& control : rule.controls) {
    relate(control.id, framework_.at({control.framework, control.version}));
  }
  json_.end_array();
}

void SarifCatalogue::write_supported_taxonomies() {
  if (taxonomies_.empty()) return;
  json_.key("supportedTaxonomies").begin_array();
  for (size_t i = 0; i < taxonomies_.size(); ++i) {
    json_.begin_object().field("name", taxonomies_[i].name).field("index", i);
    json_.field("guid", guid(taxonomies_[i].name)).end_object();
  }
  json_.end_array();
}

void SarifCatalogue::write_taxonomies() {
  if (taxonomies_.empty()) return;
  json_.key("taxonomies").begin_array();
  for (const Taxonomy& taxonomy : taxonomies_) {
    json_.begin_object();
    json_.field("name", taxonomy.name).field("guid", guid(taxonomy.name));
    if (!taxonomy.version.empty()) json_.field("version", taxonomy.version);
    write_text("shortDescription", sentence(taxonomy.what));
    write_text("fullDescription", sentence(taxonomy.what));
    json_.key("taxa").begin_array();
    for (const auto& [id, place] : taxonomy.ids) {
      json_.begin_object().field("id", id);
      write_text("shortDescription", sentence(taxonomy.name + " " + id));
      write_text("fullDescription", sentence(taxonomy.name + " " + id));
      write_text("help", sentence("See " + taxonomy.name + ", " + id));
      json_.end_object();
    }
    json_.end_array().end_object();
  }
  json_.end_array();
}

void SarifCatalogue::write_rule_reference(uint32_t rule) {
  json_.field("ruleId", report_.rules[rule].id).field("ruleIndex", place_of_rule_.at(rule));
}

void SarifCatalogue::write_rule_reference(const std::string& id) {
  json_.field("ruleId", id);
  if (auto at = place_of_id_.find(id); at != place_of_id_.end()) json_.field("ruleIndex", at->second);
}

void SarifCatalogue::write_taxa(const RuleInfo& rule) {
  if (!has_cwe_ || rule.cwe.empty()) return;
  json_.key("taxa").begin_array();
  for (const std::string& cwe : rule.cwe) {
    json_.begin_object();
    write_reference(cwe, 0);
    json_.end_object();
  }
  json_.end_array();
}

}  // namespace assay::report
