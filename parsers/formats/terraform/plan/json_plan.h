// The JSON of `terraform show -json PLAN` (format version 0.1 to 1.x). Private to this folder.
#pragma once

#include "parsers/formats/terraform/plan/plan.h"

namespace assay::formats::terraform {

// False: it is of a version that is not known, or not shaped like a plan; `problems` says so.
bool read_json_plan(const syntax::Tree& tree, model::Root& root, bool spans, Plan* out);
// The archive of `terraform plan -out`: planfile.proto and MessagePack values.
bool read_binary_plan(core::FileId file, std::string_view text, model::Root& root, Plan* out);
// The name of an unknown of the plan: "ROOT#address.path".
std::string plan_unknown_id(const model::Root& root, std::string_view address, std::string_view path);

}  // namespace assay::formats::terraform
