// What the tests of Checkov's policies share: scans of Terraform text with one policy.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "analyzer/pipeline/pipeline.h"

namespace assay::rules::checkov {

// "pass", "fail" or "maybe" by address; the key "error" holds "LINE: message" of a broken policy.
inline std::map<std::string, std::string> verdicts(const std::string& terraform, const std::string& definition,
                                                   const std::string& scope = "", const std::string& file = "main.tf") {
  std::string policy = "metadata:\n  id: CKV2_TEST_1\n  name: test\n  category: IAM\n" + scope + "definition:\n" + definition;
  std::string path = "/r/" + file;
  core::MemoryFileSystem files{{path.c_str(), terraform.c_str()}, {"/p/policy.yaml", policy.c_str()}};
  pipeline::ScanOptions options;
  options.paths = {"/r"};
  options.current_directory = "/r";
  options.policies = {"/p/policy.yaml"};
  options.only_rules = {"CKV2_TEST_1"};
  options.maybe = true;
  options.today = "2026-01-01";
  options.version = "1";
  auto scan = pipeline::scan(files, options);
  std::map<std::string, std::string> out;
  for (const auto& error : scan->usage_errors) out["error"] += std::to_string(error.line) + ": " + error.message + "\n";
  for (const model::Resource* resource : scan->project.resources) out[std::string(resource->address)] = "pass";
  for (const Finding& finding : scan->report.findings) {
    out[finding.resource.address] = finding.verdict == Verdict::kFail ? "fail" : "maybe";
  }
  return out;
}

// The verdict on one resource whose body is given, of a condition on one attribute. `rest` is YAML behind the
// operator: "value: 1".
inline std::string holds(const std::string& body, const std::string& attribute, const std::string& op,
                         const std::string& value = "") {
  std::string definition = "  cond_type: attribute\n  resource_types: [my_thing]\n  attribute: \"" + attribute +
                           "\"\n  operator: " + op + "\n" + (value.empty() ? "" : "  value: " + value + "\n");
  auto found = verdicts("variable \"v\" {}\nresource \"my_thing\" \"t\" {\n" + body + "\n}\n", definition);
  return found.count("error") ? found["error"] : found["my_thing.t"];
}

}  // namespace assay::rules::checkov
