// Fingerprints of findings: hash of rule id, format, address without instance keys, attribute
// path without indices, module path and an occurrence number. Lines, order, file names and formatting
// do not enter, so a baseline survives them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/engine/finding.h"
#include "rules/engine/rule_set.h"

namespace assay::rules {

// What the fingerprint of a finding was made of: findings with one key are told apart by their number among all of a
// scan. Parts of scans that become one number them again.
struct FingerprintKey {
  core::FileId file = core::kNoFile;  // of the region
  std::string key;
  std::string fingerprint;
};

// REQUIRES: findings are sorted. No two findings get the same fingerprint. `keys`, if given, gets one for each finding.
void add_fingerprints(std::vector<Finding>& findings, const RuleSet& rules, const core::SourceSet& sources,
                      std::vector<FingerprintKey>* keys = nullptr);
// Of the occurrence-th finding with that key, counted from 0.
std::string fingerprint_of(std::string key, uint32_t occurrence);

// Adds an address or a path without instance keys and positions, which churn: "module.a["x"].aws_s3_bucket.b[0]" as
// "module.a.aws_s3_bucket.b".
void add_without_keys(std::string_view text, std::string& out);

}  // namespace assay::rules
