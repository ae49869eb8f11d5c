// Rule files: one Markdown file is one rule, its documentation and its tests. This reads the file into
// its parts; pack.h compiles them. The format, by example:
//
//   ---
//   id: AWS0101
//   name: s3-public-acl             # reads well after "allow"
//   severity: high                  # critical, high, medium, low, info
//   precision: very-high            # very-high, high, medium, low
//   resources: [aws/s3/bucket]      # canonical types
//   formats: [terraform]            # optional; follows from the types: aws -> terraform and
//                                   # cloudformation, kubernetes -> kubernetes, else terraform
//   each: ingress                   # optional: judge each element ("containers[].ports"), as `item`
//   at: acl                         # optional, or a list: what carries the region
//   message: the bucket is public   # optional; the title otherwise
//   cwe: [CWE-732]
//   fix: none                       # none; safe: does not replace, destroy or cut off anything; unsafe: may
//   aliases: {checkov: [CKV_AWS_20], trivy: [AVD-AWS-0092]}
//   controls: {cis-aws: {"1.4": "2.1.5"}, isms-p: ["2.6.1"]}
//   published: [cis-aws]            # optional: frameworks whose edges stand in a published mapping, not our reading only
//   tags: [encryption]
//   ---
//   # One sentence stating the flagged pattern
//   ## What it does / ## Why it matters / ## How to fix       prose
//   ```cel                                                    the logic: true is a violation
//   ```fix / ```fix terraform / ```fix aws/rds/cluster         what has to change; see fix_fence.h
//   ```hcl bad / ```yaml good / ```json bad file=a.tf.json case=2      examples
//   ```hcl bad nofix                                           a bad example that the fix cannot repair
//
// A line of a bad example may end in "# error: TEXT" (or "# maybe: TEXT"): a finding must start on it, and TEXT, if
// any, must occur in the region or in the message. Fences with one `case` are files of one example.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/engine/rule.h"

namespace assay::rules {

struct Expectation {
  uint32_t line = 0;  // 1-based, in the example
  Verdict verdict = Verdict::kFail;
  std::string text;
};

struct ExampleFile {
  std::string path;   // "main.tf" unless named
  std::string text;
  std::string language;  // of its fence: "hcl", "yaml", "json"
  std::vector<Expectation> expectations;
};

struct Example {
  bool bad = false;
  bool nofix = false;     // the rule's fix does not reach it, such as a value computed elsewhere
  std::string format;     // "terraform", "kubernetes", "cloudformation"
  uint32_t line = 0;      // of its first fence in the rule file
  std::vector<ExampleFile> files;
};

struct RuleFileError {
  uint32_t line = 1;
  std::string message;
  uint32_t column = 0, length = 0;  // 1-based, and bytes of the token; 0: the line as a whole
};

struct RuleFile {
  Rule rule;              // without check
  uint32_t logic_line = 0;
  std::vector<Example> examples;
  std::vector<RuleFileError> errors;
};

// Never fails: `errors` says what is wrong. `path` becomes RuleInfo::source.
RuleFile parse_rule_file(std::string path, std::string_view text);

}  // namespace assay::rules
