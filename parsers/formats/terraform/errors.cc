#include "parsers/formats/terraform/errors.h"

#include <vector>

namespace assay::formats::terraform {

using model::Alternative;
using model::Value;

Value error_value(std::string_view message, core::Span span, core::Arena& arena) {
  model::Unknown unknown;
  unknown.id = kErrorId;
  unknown.prefix = arena.copy(message);
  return with_span(unknown_value(unknown, arena), span);
}

std::string_view error_message(const Value& value) { return value.unknown().prefix; }

bool has_error_inside(const Value& value) {
  for (const Alternative& alternative : value.alternatives()) {
    if (is_error(alternative.value)) return true;
  }
  return false;
}

bool ErrorLift::take(Value& value) {
  if (failed_) return false;
  if (is_error(value)) {
    first_error_ = value;
    failed_ = true;
    return false;
  }
  if (!has_error(value)) return true;
  std::vector<Alternative> kept;
  for (const Alternative& alternative : value.alternatives()) {
    if (is_error(alternative.value)) {
      if (errors_ == model::kNever) first_error_ = alternative.value;
      errors_ = guards_.either(errors_, alternative.guard);
    } else {
      kept.push_back(alternative);
    }
  }
  if (kept.empty() || errors_ == model::kAlways) {
    failed_ = true;
    return false;
  }
  value = without_errors(value, guards_, arena_);
  return true;
}

void ErrorLift::add(model::Guard guard, const Value& error) {
  if (guard == model::kNever || failed_) return;
  if (errors_ == model::kNever) first_error_ = error;
  errors_ = guards_.either(errors_, guard);
  if (errors_ == model::kAlways) failed_ = true;
}

Value ErrorLift::finish(const Value& whole) const {
  if (failed_) return first_error_;
  if (errors_ == model::kNever) return whole;
  Alternative both[] = {{guards_.negate(errors_), whole}, {errors_, first_error_}};
  if (whole.is_alternatives()) {
    std::vector<Alternative> parts;
    for (const Alternative& alternative : whole.alternatives()) {
      model::Guard guard = guards_.both(alternative.guard, both[0].guard);
      if (guard != model::kNever) parts.push_back({guard, alternative.value});
    }
    parts.push_back(both[1]);
    return alternatives_value(parts, guards_, arena_);
  }
  return alternatives_value(both, guards_, arena_);
}

Value without_errors(const Value& value, model::Guards& guards, core::Arena& arena) {
  if (!value.is_alternatives() || !has_error(value)) return value;
  std::vector<Alternative> kept;
  model::Guard lost = model::kNever;
  for (const Alternative& alternative : value.alternatives()) {
    if (is_error(alternative.value)) lost = guards.either(lost, alternative.guard);
    else kept.push_back(alternative);
  }
  if (kept.empty()) return value.alternatives()[0].value;
  kept.back().guard = guards.either(kept.back().guard, lost);
  Value out = kept.size() == 1 ? kept[0].value : alternatives_value(kept, guards, arena);
  out.marks |= value.marks;
  return out;
}

}  // namespace assay::formats::terraform
