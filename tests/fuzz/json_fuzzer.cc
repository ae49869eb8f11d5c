// Any bytes through the JSON reader: no crash, no hang, and the tree keeps its invariants.
#include "parsers/syntax/json/reader.h"
#include "tests/fuzz/tree_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto tree = assay::syntax::read_json(0, {reinterpret_cast<const char*>(data), size});
  ASSAY_CHECK(tree != nullptr);
  assay::fuzz::check_tree(*tree);
  return 0;
}
