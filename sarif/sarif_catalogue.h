// The part of a SARIF run that describes: rules, and the taxonomies (CWE, compliance frameworks) that rules and results
// refer to. Called by sarif.cc. Ownership: refers to the report and the writer, which must outlive it. Threads: one.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "parsers/core/json_writer.h"
#include "rules/engine/finding.h"

namespace assay::report {

class SarifCatalogue {
 public:
  // Describes `rules`, indices into Report::rules; without `taxonomies` nothing refers to any.
  SarifCatalogue(const rules::Report& report, core::JsonWriter& json, std::vector<uint32_t> rules, bool taxonomies);

  // Says another severity of a rule than its own: platforms that know severities of rules only show what a
  // configuration made of them.
  void set_severity(uint32_t rule, rules::Severity severity) { severities_[rule] = severity; }

  // Members of tool.driver.
  void write_rules();
  void write_supported_taxonomies();
  // A member of the run.
  void write_taxonomies();

  // Members of a result. REQUIRES: the rule is described.
  void write_rule_reference(uint32_t rule);
  void write_taxa(const rules::RuleInfo& rule);
  // By id, described or not.
  void write_rule_reference(const std::string& id);

 private:
  using Ids = std::map<std::string, size_t>;  // of a taxonomy, with their places in it
  struct Taxonomy {
    std::string name, version, what;
    Ids ids;
  };
  void write_rule(const rules::RuleInfo& rule, rules::Severity severity);
  void write_relationships(const rules::RuleInfo& rule);
  void write_reference(std::string_view id, size_t taxonomy);
  void write_text(std::string_view key, std::string_view text);

  const rules::Report& report_;
  core::JsonWriter& json_;
  std::vector<uint32_t> rules_;
  std::map<uint32_t, size_t> place_of_rule_;
  std::map<uint32_t, rules::Severity> severities_;
  std::map<std::string, size_t, std::less<>> place_of_id_;
  std::vector<Taxonomy> taxonomies_;
  std::map<std::pair<std::string, std::string>, size_t> framework_;  // by name and version: its taxonomy
  bool has_cwe_ = false;                                             // then CWE is the first taxonomy
};

}  // namespace assay::report
