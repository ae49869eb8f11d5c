// Any bytes through the YAML reader: no crash, no hang, and the tree keeps its invariants.
#include "parsers/syntax/yaml/reader.h"
#include "tests/fuzz/tree_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  auto tree = assay::syntax::read_yaml(0, text);
  ASSAY_CHECK(tree != nullptr);
  assay::fuzz::check_tree(*tree);
  (void)assay::syntax::looks_like_template(text);
  return 0;
}
