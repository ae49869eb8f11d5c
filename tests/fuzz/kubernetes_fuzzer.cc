// Any text as a Kubernetes file, through the whole pipeline with all built-in rules.
#include "analyzer/pipeline/pipeline.h"
#include "tests/fuzz/format_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return assay::fuzz::scan_input(data, size, "main.yaml");
}
