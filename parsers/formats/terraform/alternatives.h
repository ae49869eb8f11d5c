// Mapping an operation over alternatives: run it once per alternative (or consistent pair), keep the
// guards, and let alternatives_value() merge what came out equal. Errors of an alternative stay
// errors under its guard. Internal to this folder.
#pragma once

#include <vector>

#include "parsers/core/limits.h"
#include "parsers/formats/terraform/errors.h"
#include "parsers/model/guards.h"
#include "parsers/model/value.h"

namespace assay::formats::terraform {

// Adds (guard, value), where the value may have alternatives of its own.
inline void add_guarded(std::vector<model::Alternative>& out, model::Guard guard,
                        const model::Value& value, model::Guards& guards) {
  if (!value.is_alternatives()) {
    out.push_back({guard, value});
    return;
  }
  for (const model::Alternative& inner : value.alternatives()) {
    model::Guard both = guards.both(guard, inner.guard);
    if (both != model::kNever) out.push_back({both, with_marks(inner.value, value.marks)});
  }
}

template <typename F>
model::Value map_one(const model::Value& a, model::Guards& guards, core::Arena& arena, F operation) {
  if (is_error(a)) return a;
  if (!a.is_alternatives()) return operation(a);
  std::vector<model::Alternative> out;
  for (const model::Alternative& alternative : a.alternatives()) {
    if (is_error(alternative.value)) {
      out.push_back(alternative);
      continue;
    }
    add_guarded(out, alternative.guard, operation(with_marks(alternative.value, a.marks)), guards);
  }
  return alternatives_value(out, guards, arena);
}

template <typename F>
model::Value map_pair(const model::Value& a, const model::Value& b, model::Guards& guards,
                      core::Arena& arena, F operation) {
  if (is_error(a)) return a;
  if (is_error(b)) return b;
  if (!a.is_alternatives() && !b.is_alternatives()) return operation(a, b);
  if (!b.is_alternatives()) {
    return map_one(a, guards, arena, [&](const model::Value& x) { return operation(x, b); });
  }
  if (!a.is_alternatives()) {
    return map_one(b, guards, arena, [&](const model::Value& y) { return operation(a, y); });
  }
  std::vector<model::Alternative> out;
  for (const model::Alternative& x : a.alternatives()) {
    for (const model::Alternative& y : b.alternatives()) {
      model::Guard both = guards.both(x.guard, y.guard);
      if (both == model::kNever) continue;
      if (is_error(x.value) || is_error(y.value)) {
        out.push_back({both, is_error(x.value) ? x.value : y.value});
        continue;
      }
      add_guarded(out, both,
                  operation(with_marks(x.value, a.marks), with_marks(y.value, b.marks)), guards);
    }
  }
  return alternatives_value(out, guards, arena);
}

// One guarded value out of several, disjoint and complete.
inline model::Value choose(const std::vector<model::Alternative>& parts, model::Guards& guards,
                           core::Arena& arena) {
  if (parts.size() == 1) return parts[0].value;
  return alternatives_value(parts, guards, arena);
}

}  // namespace assay::formats::terraform
