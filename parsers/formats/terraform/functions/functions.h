// Terraform's built-in functions over model::Value, with unknowns, alternatives, guards, marks and
// origins carried through. The evaluator looks a function up by name and calls it with evaluated
// arguments; try, can, templatefile and templatestring need unevaluated arguments or a template
// reader and are special forms of the evaluator.
//
// call_function() does what is common to all functions: it checks the number of arguments and
// nulls, converts arguments to the parameters' types, runs the function once per consistent
// combination of alternatives and guarded elements, answers "unknown" for unknown arguments unless
// the function decides anyway, and joins marks and origins. A function itself sees plain values.
//
// Ownership: results live in the context's arena (or are the arguments' own parts). Threads: the
// tables are immutable; a context belongs to one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/core/arena.h"
#include "parsers/core/span.h"
#include "parsers/model/guards.h"
#include "parsers/model/value.h"

namespace assay::core {
class FileSystem;
}

namespace assay::formats::terraform {

struct CallContext {
  core::Arena& arena;
  model::Guards& guards;
  core::FileSystem* file_system = nullptr;  // null: file functions give unknown
  std::string module_directory;             // where relative paths of file functions start
  std::string boundary;                     // files are read below this directory only
  core::Span call_span;                     // of the call, for spans and origins of results
  std::string root_id;                      // "ROOT" of unknown ids "ROOT#length(var.x)"
};

// A value, or an error of the language: a sentence without position.
struct CallResult {
  model::Value value;
  bool is_error = false;
  std::string error;
  // Under this guard the call fails with `error`, although elsewhere it has a value; there `value`
  // is unknown. try() and can() look at it.
  model::Guard fails_when = model::kNever;

  CallResult() = default;
  CallResult(const model::Value& result) : value(result) {}  // NOLINT: a value is a result
};
CallResult failure(std::string message);

using Function = CallResult (*)(CallContext& context, std::span<const model::Value> arguments);

// Bits of FunctionInfo::flags.
inline constexpr uint16_t kImpure = 1;        // result differs between runs: always unknown
inline constexpr uint16_t kTakesUnknown = 2;  // is called with unknown values inside arguments
inline constexpr uint16_t kTakesWhole = 4;    // is also called with a whole argument unknown
inline constexpr uint16_t kTakesGuards = 8;   // keeps guarded elements and nested alternatives
inline constexpr uint16_t kTakesAlternatives = 16;  // is called with whole arguments undecided
inline constexpr uint16_t kTakesMarks = 32;         // marks inside an argument stay where they are
inline constexpr uint16_t kPlacesMarks = 64;        // decides on all marks of the result itself
inline constexpr uint16_t kSelects = 128;  // the result may be a part of an argument: it keeps
                                           // its own span and origin

struct FunctionInfo {
  std::string_view name;
  // One word per parameter: the type it is converted to ("s" string, "n" number, "b" bool, "d" any,
  // "ls" list(string), "ld" list(any), "ss", "sd" sets, "md" map(any), "ms", "mls"); "?" behind it
  // allows null, "*" marks the last one as repeatable, also zero times.
  std::string_view parameters;
  Function function = nullptr;
  uint16_t flags = 0;
  char returns = 'd';  // type of an unknown result: s, n, b, d, or l for list(string)

  int min_arguments() const;
  int max_arguments() const;  // -1: any number
};

// The function called `name`, also written "core::name"; null when there is none.
const FunctionInfo* find_function(std::string_view name);
// All names, sorted, for suggestions and documentation; includes the evaluator's special forms.
std::vector<std::string_view> function_names();

CallResult call_function(const FunctionInfo& info, CallContext& context,
                         std::span<const model::Value> arguments);

// Runs `run` once for each consistent way to decide the guards inside `values`, with values that
// have none left, and joins the results as alternatives. Also for indexing and other operations of
// the evaluator on guarded lists. Beyond 32 ways the result is unknown, named after `name`.
using WorldFunction = std::function<CallResult(std::span<const model::Value>)>;
CallResult in_worlds(CallContext& context, std::string_view name,
                     std::span<const model::Value> values, const WorldFunction& run);

// The text of a file as file() gives it, for templatefile(): unknown when it lies outside the
// boundary, an error when it does not exist or is not UTF-8.
CallResult read_text_file(std::string_view path, CallContext& context);

}  // namespace assay::formats::terraform
