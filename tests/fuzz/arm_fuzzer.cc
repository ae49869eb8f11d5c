// Any text as an Azure Resource Manager template through the whole pipeline with all built-in rules.
// A text that is no JSON object becomes one expression.
#include <string>

#include "analyzer/pipeline/pipeline.h"
#include "tests/fuzz/format_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  if (size == 0 || data[0] != '{') {
    std::string expression;
    for (char c : text) {
      if (c == '"' || c == '\\') expression += '\\';
      if (static_cast<unsigned char>(c) >= ' ') expression += c;
    }
    text = "{\"$schema\": \"https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#\", "
           "\"parameters\": {\"p\": {\"type\": \"string\"}, \"b\": {\"type\": \"bool\"}, \"l\": {\"type\": \"array\"}}, "
           "\"resources\": [{\"type\": \"Microsoft.Storage/storageAccounts\", \"name\": \"n\", \"apiVersion\": \"1\", "
           "\"properties\": {\"supportsHttpsTrafficOnly\": \"[" + expression + "]\"}}]}";
  }
  return assay::fuzz::scan_input(reinterpret_cast<const uint8_t*>(text.data()), text.size(), "template.json");
}
