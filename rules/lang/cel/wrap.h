// wrap(): the Val of a value of the model. Inline and apart from val.h, because every read makes one: built
// where it is needed, its parts stay in registers until they are stored once. Called by Eval and the libraries.
//
// Ownership: the Val refers to the value, which must outlive it. Threads: any.
#pragma once

#include "parsers/model/value.h"
#include "rules/lang/cel/val.h"

namespace assay::rules::cel {

// REQUIRES: the value is not kAlternatives (those are resolved first: eval.h).
inline Val wrap(const model::Value& value) {
  Val v;
  v.model = &value;
  switch (value.kind) {
    case model::ValueKind::kNull: break;
    case model::ValueKind::kBool:
      v.kind = Kind::kBool;
      v.boolean = value.boolean;
      break;
    case model::ValueKind::kNumber:
      if (value.flags & model::kFloatText) {
        v.kind = Kind::kDouble;
        v.real = value.number().to_double();
      } else if (value.flags & model::kSmallNumber) {
        v.kind = Kind::kInt;
        v.integer = value.small;
      } else if (auto whole = value.number().to_int64()) {
        v.kind = Kind::kInt;
        v.integer = *whole;
      } else {
        v.kind = Kind::kDouble;
        v.real = value.number().to_double();
      }
      break;
    case model::ValueKind::kString:
      v.kind = Kind::kString;
      v.chars = value.chars;
      v.size = value.size;
      break;
    case model::ValueKind::kList:
    case model::ValueKind::kTuple:
    case model::ValueKind::kSet:
      v.kind = Kind::kList;
      v.flags = kFromModel;
      v.size = value.size;
      break;
    case model::ValueKind::kMap:
    case model::ValueKind::kObject:
      v.kind = Kind::kMap;
      v.flags = kFromModel;
      v.size = value.size;
      break;
    case model::ValueKind::kUnknown:
    case model::ValueKind::kAlternatives: v.kind = Kind::kUnknown; break;
  }
  return v;
}

}  // namespace assay::rules::cel
