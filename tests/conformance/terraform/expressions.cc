// Evaluates every expression of the oracle in an empty module and compares with what Terraform
// says: equal JSON values (numbers exactly, sets and tuples as arrays), or errors on both sides.
//
// Data: $ASSAY_SHARED/oracles/terraform-expressions.jsonl.
#include <fstream>

#include "parsers/core/file_system.h"
#include "parsers/formats/terraform/format.h"
#include "parsers/formats/terraform/json_syntax.h"
#include "tests/conformance/terraform/ratchet.h"

namespace {

using assay::model::Value;

bool same_json(const Value& expected, const Value& actual) {
  if (expected.is_null()) return actual.is_null();
  if (expected.is_sequence()) {
    if (!actual.is_sequence() || actual.size != expected.size) return false;
    for (uint32_t i = 0; i < expected.size; ++i) {
      if (!same_json(expected.items()[i], actual.items()[i])) return false;
    }
    return true;
  }
  if (expected.is_mapping()) {
    if (!actual.is_mapping() || actual.size != expected.size) return false;
    for (const assay::model::Entry& entry : expected.entries()) {
      const Value* other = actual.find(entry.key);
      if (!other || !same_json(entry.value, *other)) return false;
    }
    return true;
  }
  // The oracle gives numbers as jsonencode() prints them.
  if (expected.is_number()) {
    return actual.is_number() && expected.number().to_text() == actual.number().to_text();
  }
  return expected.kind == actual.kind && same_value(expected, actual);
}

}  // namespace

int main(int argc, char** argv) {
  assay::conformance::Ratchet ratchet("terraform-expressions", "expressions-passing.txt", argc, argv);
  std::ifstream in(assay::conformance::Ratchet::shared() + "/oracles/terraform-expressions.jsonl");
  assay::core::MemoryFileSystem files;
  for (std::string line; std::getline(in, line);) {
    assay::core::Arena arena;
    Value row;
    if (!assay::formats::terraform::json_text_value(line, arena, &row)) continue;
    std::string expression(row.find("expr")->text());
    // Terraform's answer to these is a different one each time.
    if (expression == "timestamp()" || expression == "uuid()") {
      ratchet.skip();
      continue;
    }
    assay::model::Root root;
    assay::formats::LoadContext context;
    assay::core::SourceSet sources;
    context.sources = &sources;
    context.file_system = &files;
    context.base_directory = "/module";
    context.boundary = "/module";
    auto result = assay::formats::terraform::evaluate_expression(expression, "", context, root);
    std::string got = result.is_error ? "error: " + result.error
                                      : assay::model::to_text(result.value, &root.guards, true);
    bool good;
    if (row.find("error")) good = result.is_error;
    else if (row.find("unknown")) good = !result.is_error && result.value.is_unknown();
    else good = !result.is_error && same_json(*row.find("result"), result.value);
    std::string wanted = row.find("error")     ? "an error: " + std::string(row.find("error")->text())
                         : row.find("unknown") ? "unknown"
                                               : assay::model::to_text(*row.find("result"), nullptr, true);
    if (good) ratchet.pass(expression);
    else ratchet.fail(expression, "expected " + wanted + ", got " + got);
  }
  return ratchet.finish();
}
