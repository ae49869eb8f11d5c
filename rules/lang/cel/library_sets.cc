// sets.contains, sets.equivalent, sets.intersects over lists.
#include <algorithm>

#include "rules/lang/cel/eval.h"

namespace assay::rules::cel {
namespace {

using Args = std::span<const Val>;

bool holds(Eval& eval, std::span<const Val> set, const Val& item) {
  if (!eval.spend(set.size())) return false;  // the run ends with an error, whatever this says
  return std::any_of(set.begin(), set.end(), [&](const Val& other) { return eval.equal(other, item); });
}
bool holds_all(Eval& eval, const Val& set, const Val& items) {
  auto all = eval.items(set);
  auto wanted = eval.items(items);
  return std::all_of(wanted.begin(), wanted.end(), [&](const Val& item) { return holds(eval, all, item); });
}

Val contains(Eval& eval, Args args) { return bool_val(holds_all(eval, args[0], args[1])); }
Val equivalent(Eval& eval, Args args) {
  return bool_val(holds_all(eval, args[0], args[1]) && holds_all(eval, args[1], args[0]));
}
Val intersects(Eval& eval, Args args) {
  auto all = eval.items(args[0]);
  auto wanted = eval.items(args[1]);
  return bool_val(std::any_of(wanted.begin(), wanted.end(), [&](const Val& item) { return holds(eval, all, item); }));
}

constexpr FunctionRow kRows[] = {
    {"sets.contains", "(list(A), list(A)) bool", contains},
    {"sets.equivalent", "(list(A), list(A)) bool", equivalent},
    {"sets.intersects", "(list(A), list(A)) bool", intersects},
};

}  // namespace

std::span<const FunctionRow> sets_library() { return kRows; }

}  // namespace assay::rules::cel
