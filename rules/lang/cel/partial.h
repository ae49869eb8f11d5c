// Maps that are known in part: an unknown that certainly has some elements, such as the tags of
// merge(var.extra, { owner = "me" }). Called by the evaluator's selection and by "in". Owns nothing.
#pragma once

#include <string_view>

#include "parsers/model/value.h"

namespace assay::rules::cel {

// The element that `unknown` certainly has under `key`; null when that is not known.
inline const model::Value* certain_element(const model::Value& unknown, std::string_view key) {
  if (!unknown.is_unknown()) return nullptr;
  const model::Value* parts = unknown.unknown().structure;
  if (parts == nullptr || parts->kind != model::ValueKind::kMap) return nullptr;
  const model::Value* part = parts->find(key);
  return part != nullptr && part->guard == model::kAlways ? part : nullptr;
}

}  // namespace assay::rules::cel
