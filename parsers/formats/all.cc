// The list of formats, and look-ups that all of them share. A new format is one folder and one line
// here.
#include <algorithm>

#include "parsers/formats/arm/format.h"
#include "parsers/formats/cloudformation/format.h"
#include "parsers/formats/format.h"
#include "parsers/formats/kubernetes/format.h"
#include "parsers/formats/terraform/format.h"

namespace assay::formats {

std::span<const Format* const> all_formats() {
  static const Format* const formats[] = {&arm_format(), &cloudformation_format(), &kubernetes_format(),
                                          &terraform_format()};
  return formats;
}

const Format* find_format(std::string_view name) {
  for (const Format* format : all_formats()) {
    if (format->name() == name) return format;
  }
  return nullptr;
}

const InputFile* LoadContext::find(std::string_view path) const {
  model::ask(model::TieKind::kFile, path);
  auto at = std::lower_bound(files.begin(), files.end(), path,
                             [](const InputFile& file, std::string_view wanted) { return file.path < wanted; });
  if (at == files.end() || at->path != path) return nullptr;
  if (found) found->push_back(at->id);
  return &*at;
}

void LoadContext::tie(const InputFile& file, model::TieKind kind, std::string_view name, bool asks, bool has) const {
  if (!ties) return;
  model::Tie tie = model::make_tie(kind, name);
  if (asks) (*ties)[file.id].asks.push_back(tie);
  if (has) (*ties)[file.id].haves.push_back(tie);
}

}  // namespace assay::formats
