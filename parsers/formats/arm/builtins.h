// The functions of the expression language: a table of those that compute a value from known
// arguments, and of those that the evaluator itself implements because they look further.
//
// Called by the evaluator. Threads: pure functions over the arena given.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "parsers/formats/arm/evaluator.h"

namespace assay::formats::arm {

inline constexpr uint8_t kAnyNumber = 255;

// A call with known arguments. A function that cannot be run says why and gives any value.
class PureCall {
 public:
  PureCall(Evaluator& evaluator, core::Span at) : arena(evaluator.arena()), evaluator_(evaluator), at_(at) {}
  core::Arena& arena;
  std::string error;

  model::Value text(const std::string& made);
  bool spend(size_t bytes);
  model::Value fail(std::string message);

 private:
  Evaluator& evaluator_;
  core::Span at_;
};

enum class Gives : uint8_t { kAny, kText, kNumber, kBool };

struct Builtin {
  std::string_view name;
  uint8_t least, most;
  Gives gives = Gives::kAny;
  model::Value (*pure)(PureCall& call, std::span<const model::Value> args) = nullptr;
  model::Value (Evaluator::*own)(const Call& call) = nullptr;
};

// By name in lower case; null when there is none.
const Builtin* find_builtin(std::string_view name);
std::string suggest_builtin(std::string_view name);
// Over every choice of alternatives; unknown arguments give an unknown.
model::Value run_pure(Evaluator& evaluator, const Builtin& builtin, const Call& call);
// The rows of the table that pure_text.cc and pure_collections.cc implement.
std::span<const Builtin> text_builtins();
std::span<const Builtin> collection_builtins();

}  // namespace assay::formats::arm
