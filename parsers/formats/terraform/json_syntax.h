// Terraform's JSON syntax: reads the tree of a .tf.json file as if it were native HCL, so that the rest
// of the format knows one shape. Objects and arrays of objects become blocks where a block is meant;
// strings are templates, except where Terraform reads them literally.
//
// Attributes and blocks look alike in JSON. Top-level structure and meta-arguments are known; inside
// resources an object is read as a block unless its name is one of the usual maps (tags, labels,
// variables, ...), because a block is what provider schemas most often mean.
#pragma once

#include <memory>

#include "parsers/model/value.h"
#include "parsers/syntax/tree.h"

namespace assay::formats::terraform {

// A tree of Language::kHcl with the spans of `json`; it views json's source and owns its nodes.
// Problems with templates are in its problems.
std::unique_ptr<syntax::Tree> json_as_hcl(const syntax::Tree& json);

// A JSON value as Terraform's jsondecode() reads it: arrays are tuples, texts are copied. `file` is
// that of the node's tree; without one the values have no spans.
model::Value json_value(const syntax::Node& node, core::FileId file, core::Arena& arena);
// The same for JSON text; false when it is no JSON.
bool json_text_value(std::string_view text, core::Arena& arena, model::Value* out);

}  // namespace assay::formats::terraform
