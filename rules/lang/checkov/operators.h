// The operators of Checkov's policies over the values of the model, as Python compares them: 1 equals "1"
// as text, a boolean equals its name in any case, a list contains, a text contains. What is unknown is
// asked of the world, so that a verdict is certain only when every answer gives it.
//
// Pure functions of their arguments and of the world. Threads: none of its own.
#pragma once

#include "rules/lang/checkov/attributes.h"
#include "rules/lang/checkov/policy.h"

namespace assay::rules::checkov {

// Does the attribute condition hold for what was found (nothing: the attribute is missing)?
bool condition_holds(Attributes& attributes, const Block& block, const Found& found);
// A comparison inside a JSONPath filter.
bool filter_holds(Attributes& attributes, const model::Value& value, const JsonFilter& filter);
// A filter block: is the text one of the listed ones?
bool is_listed(const model::Value& list, std::string_view text);

}  // namespace assay::rules::checkov
