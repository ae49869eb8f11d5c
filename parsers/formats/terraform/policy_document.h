// The data source aws_iam_policy_document, computed as the AWS provider does: statements with their
// defaults, one-element sets as plain strings and longer ones in descending order, conditions grouped
// by test, source documents before and override documents behind (same Sid replaces).
//
// It is pure, so its text is exact where everything is known; where something is not, the document is
// kept as a structure with the unknowns in place (Unknown::structure of the `json` attribute).
#pragma once

#include <string>

#include "parsers/model/value.h"

namespace assay::formats::terraform {

// The document of a data block's attributes as an object of IAM's JSON grammar. Alternatives and
// guarded statements stay as they are.
model::Value policy_document(const model::Value& attributes, model::Guards& guards, core::Arena& arena);

// JSON text as Go's encoder writes it; `indent` 0 is minified. REQUIRES: wholly_known(value).
std::string json_text(const model::Value& value, int indent);

}  // namespace assay::formats::terraform
