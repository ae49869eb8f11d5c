// Any text as a rule file: read, checked, compiled, packed and unpacked, and, where it stands all
// that, given to a scan as --policy. No crash, and errors point at lines of the file.
#include <algorithm>
#include <cstdint>
#include <string_view>

#include "analyzer/pipeline/pipeline.h"
#include "parsers/core/check.h"
#include "parsers/core/file_system.h"
#include "rules/lang/pack/pack.h"
#include "rules/lang/pack/rule_file.h"

using namespace assay;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 16 * 1024) return 0;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  rules::RuleFile file = rules::parse_rule_file("rule.md", text);
  auto lines = static_cast<uint32_t>(std::count(text.begin(), text.end(), '\n') + 1);
  auto check_errors = [&](const std::vector<rules::RuleFileError>& errors) {
    for (const rules::RuleFileError& error : errors) {
      ASSAY_CHECK(!error.message.empty());
      ASSAY_CHECK(error.line <= lines + 1);
    }
  };
  check_errors(file.errors);
  for (const rules::Example& example : file.examples) ASSAY_CHECK(example.line <= lines + 1);
  check_errors(rules::check_rule_file(file));
  std::string blob = rules::write_pack({&file.rule, 1});
  ASSAY_CHECK(rules::read_pack(blob).size() == 1);
  ASSAY_CHECK(rules::read_pack(text).empty() || text.substr(0, 8) == "ASSAYPK1");

  core::MemoryFileSystem files;
  files.add_file("/policy/rule.md", std::string(text));
  files.add_file("/input/main.tf",
                 "variable \"v\" {}\nresource \"aws_s3_bucket\" \"b\" {\n  acl = \"public-read\"\n  bucket = var.v\n}\n");
  pipeline::ScanOptions options;
  options.paths = {"/input"};
  options.current_directory = "/input";
  options.policies = {"/policy/rule.md"};
  options.maybe = true;
  pipeline::scan(files, options);
  return 0;
}
