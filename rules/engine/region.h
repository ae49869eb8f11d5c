// Where a finding points: the literal that would have to change, if exactly
// one decides; else the attribute's expression; else, for something missing, the block's header.
#pragma once

#include <string_view>
#include <vector>

#include "parsers/model/resource.h"
#include "rules/engine/finding.h"
#include "rules/engine/rule.h"

namespace assay::rules {

// Fills region, attribute and origin of `finding` from the rule's `at` paths and from the reads that
// decided. `item` and `item_path` are set for rules with `each`; `at` is then relative to the item.
void locate(const Rule& rule, const core::SourceSet& sources, const model::Resource& resource,
            const model::Value& view, const model::Value* item, std::string_view item_path,
            const std::vector<Read>& reads, Finding& finding);

}  // namespace assay::rules
