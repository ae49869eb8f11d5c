// Errors of the Terraform language as values. An expression that Terraform would reject evaluates to
// an error value, which every operation hands on; try() and can() look at it; where a value is
// stored (a local, an attribute) it becomes a Problem and an unknown. One alternative may be an error
// while others are not: "an error unless var.on".
//
// An error value is an unknown with a reserved identity, whose prefix holds the message: code that
// forgets to look sees something unknown, never something wrong.
#pragma once

#include <string_view>

#include "parsers/model/value.h"

namespace assay::formats::terraform {

model::Value error_value(std::string_view message, core::Span span, core::Arena& arena);
inline const core::Symbol kErrorId{"!error"};
inline bool is_error(const model::Value& value) {
  return value.is_unknown() && value.unknown().id == kErrorId;
}
std::string_view error_message(const model::Value& value);  // REQUIRES: is_error(value)
// An error itself, or alternatives of which one is.
bool has_error_inside(const model::Value& value);
inline bool has_error(const model::Value& value) {
  return is_error(value) || (value.is_alternatives() && has_error_inside(value));
}

// Collects the errors of parts that make up a whole: the whole exists where no part is an error.
class ErrorLift {
 public:
  ErrorLift(model::Guards& guards, core::Arena& arena) : guards_(guards), arena_(arena) {}
  // Removes the error alternatives of `value`. False: nothing but an error is left; finish() at once.
  bool take(model::Value& value);
  // There is nothing but `error` under `guard`.
  void add(model::Guard guard, const model::Value& error);
  bool failed() const { return failed_; }
  // `whole`, or an error under the guards of the errors taken.
  model::Value finish(const model::Value& whole) const;

 private:
  model::Guards& guards_;
  core::Arena& arena_;
  model::Guard errors_ = model::kNever;
  model::Value first_error_;
  bool failed_ = false;
};

// Drops error alternatives and spreads their guards over the rest: a configuration that does not
// evaluate is never deployed, so nothing is claimed of those worlds.
model::Value without_errors(const model::Value& value, model::Guards& guards, core::Arena& arena);

}  // namespace assay::formats::terraform
