// The table of all functions, put together from the files of this folder.
#include <algorithm>
#include <vector>

#include "parsers/formats/terraform/functions/internal.h"

namespace assay::formats::terraform {
namespace {

const std::vector<FunctionInfo>& table() {
  static const std::vector<FunctionInfo> all = [] {
    std::vector<FunctionInfo> out;
    for (auto part :
         {collection_functions(), sequence_functions(), set_functions(), number_functions(),
          string_functions(), format_functions(), regex_functions(), type_functions(),
          json_functions(), yaml_functions(), text_encoding_functions(), hash_functions(),
          file_functions(), date_functions(), network_functions(), opentofu_functions(),
          hcl_text_functions()}) {
      out.insert(out.end(), part.begin(), part.end());
    }
    std::sort(out.begin(), out.end(),
              [](const FunctionInfo& a, const FunctionInfo& b) { return a.name < b.name; });
    return out;
  }();
  return all;
}

}  // namespace

const FunctionInfo* find_function(std::string_view name) {
  constexpr std::string_view kNamespace = "core::";
  if (name.substr(0, kNamespace.size()) == kNamespace) name.remove_prefix(kNamespace.size());
  const std::vector<FunctionInfo>& all = table();
  auto at = std::lower_bound(
      all.begin(), all.end(), name,
      [](const FunctionInfo& info, std::string_view wanted) { return info.name < wanted; });
  return at != all.end() && at->name == name ? &*at : nullptr;
}

std::vector<std::string_view> function_names() {
  std::vector<std::string_view> names{"can", "convert", "templatefile", "templatestring", "try"};
  for (const FunctionInfo& info : table()) names.push_back(info.name);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace assay::formats::terraform
