// Any text as a CloudFormation template, in YAML or JSON, through the whole pipeline with all built-in
// rules.
#include "analyzer/pipeline/pipeline.h"
#include "tests/fuzz/format_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  bool json = size > 0 && data[0] == '{';
  return assay::fuzz::scan_input(data, size, json ? "template.json" : "template.yaml");
}
