// Lowers one template, with the stacks nested in it, into a root. See format.h for what the rows look
// like.
#pragma once

#include "parsers/formats/format.h"
#include "parsers/model/resource.h"

namespace assay::formats::cloudformation {

// `top` is the template's mapping in `file.tree`; `exporters` are templates of the scan that
// Fn::ImportValue may read. Adds a coverage row for each template.
void lower_template(const InputFile& file, const syntax::Node& top,
                    std::span<const InputFile* const> exporters, const LoadContext& context,
                    model::Root& root);

}  // namespace assay::formats::cloudformation
