// Result<T>: a value or an Error. It carries failures of the environment (a file that cannot be
// read, a pipe that breaks), never mistakes in the user's text (problem.h). Shaped like
// std::expected, which clang 14 lacks.
#pragma once

#include <string>
#include <utility>
#include <variant>

#include "parsers/core/check.h"

namespace assay::core {

struct Error {
  std::string code;     // stable, kebab-case: "file-not-found", "permission-denied", ...
  std::string message;  // one sentence for a person, without a final full stop
};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  // REQUIRES: has_value().
  T& value() & {
    ASSAY_CHECK(has_value());
    return std::get<0>(state_);
  }
  const T& value() const& {
    ASSAY_CHECK(has_value());
    return std::get<0>(state_);
  }
  T&& value() && {
    ASSAY_CHECK(has_value());
    return std::get<0>(std::move(state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  T value_or(T otherwise) const { return has_value() ? std::get<0>(state_) : std::move(otherwise); }

  // REQUIRES: !has_value().
  const Error& error() const {
    ASSAY_CHECK(!has_value());
    return std::get<1>(state_);
  }

 private:
  std::variant<T, Error> state_;
};

struct Unit {};
using Status = Result<Unit>;
inline Status ok() { return Unit{}; }

}  // namespace assay::core
