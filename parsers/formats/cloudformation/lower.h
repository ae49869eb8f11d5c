// Lowers one template into a root: resources with their properties evaluated, parameters and outputs
// as rows, edges between resources. See format.h for what the rows look like.
#pragma once

#include "parsers/formats/format.h"
#include "parsers/model/resource.h"

namespace assay::formats::cloudformation {

// `top` is the template's mapping in `file.tree`. Adds one coverage row.
void lower_template(const InputFile& file, const syntax::Node& top, const LoadContext& context,
                    model::Root& root);

}  // namespace assay::formats::cloudformation
