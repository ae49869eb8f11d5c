// List functions of the extension library "lists": slice, flatten, sort, distinct, range, reverse
// (sortBy is a macro; first and last are in library_optional.cc), and those of Kubernetes: sum, min,
// max, isSorted, indexOf, lastIndexOf. Ours: repeated.
#include <algorithm>

#include "parsers/core/limits.h"
#include "rules/lang/cel/eval.h"

namespace assay::rules::cel {
namespace {

using Args = std::span<const Val>;

constexpr int64_t kMaxRange = 1'000'000;

Val slice(Eval& eval, Args args) {
  auto items = eval.items(args[0]);
  int64_t begin = args[1].integer, end = args[2].integer;
  if (begin < 0 || end < 0 || begin > end || static_cast<uint64_t>(end) > items.size()) {
    std::string both = "cannot slice(" + std::to_string(begin) + ", " + std::to_string(end) + "), ";
    if (begin < 0 || end < 0) both += "negative indexes not supported";
    else if (begin > end) both += "start index must be less than or equal to end index";
    else both += "list is length " + std::to_string(items.size());
    return eval.error("slice [" + std::to_string(begin) + ", " + std::to_string(end) + ") is out of range", both);
  }
  return list_val(items.subspan(static_cast<size_t>(begin), static_cast<size_t>(end - begin)));
}

bool flatten_into(Eval& eval, const Val& list, int64_t depth, int nesting, std::vector<Val>& out) {
  for (const Val& item : eval.items(list)) {
    if (!eval.spend(1) || out.size() > core::kMaxCollection) return false;
    if (item.is(Kind::kList) && depth > 0 && nesting < static_cast<int>(core::kMaxNesting)) {
      if (!flatten_into(eval, item, depth - 1, nesting + 1, out)) return false;
    } else {
      out.push_back(item);
    }
  }
  return true;
}
Val flatten_to(Eval& eval, const Val& list, int64_t depth) {
  if (depth < 0) return eval.error("flatten needs a depth that is not negative", "level must be non-negative");
  std::vector<Val> out;
  if (!flatten_into(eval, list, depth, 0, out)) return eval.error("the list is too long");
  return list_val(eval.arena().copy(out));
}
Val flatten(Eval& eval, Args args) { return flatten_to(eval, args[0], 1); }
Val flatten_depth(Eval& eval, Args args) { return flatten_to(eval, args[0], args[1].integer); }

Val sort(Eval& eval, Args args) {
  auto items = eval.items(args[0]);
  return eval.sort_by(items, items);
}

Val distinct(Eval& eval, Args args) {
  std::vector<Val> out;
  for (const Val& item : eval.items(args[0])) {
    bool seen = false;
    for (const Val& kept : out) {
      if (!eval.spend(1)) return eval.error("the list is too long");
      seen = seen || eval.equal(kept, item);
    }
    if (!seen) out.push_back(item);
  }
  return list_val(eval.arena().copy(out));
}

// The elements whose value occurs more than once, each value by its first element. Texts, which lists are
// usually of, are sorted; other kinds are compared pair by pair.
Val repeated(Eval& eval, Args args) {
  if (args[0].is_unknown()) return eval.derived(eval.id_of_call("repeated", args), nullptr, args);
  auto items = eval.items(args[0]);
  std::vector<char> twice(items.size(), 0);
  bool texts = std::all_of(items.begin(), items.end(), [](const Val& item) { return item.is(Kind::kString); });
  if (texts) {
    if (!eval.spend(items.size())) return eval.error("the list is too long");
    std::vector<uint32_t> order(items.size());
    for (uint32_t i = 0; i < order.size(); ++i) order[i] = i;
    std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
      int by_text = items[a].text().compare(items[b].text());
      return by_text != 0 ? by_text < 0 : a < b;
    });
    for (size_t i = 1; i < order.size(); ++i) {
      if (items[order[i]].text() != items[order[i - 1]].text()) continue;
      bool first = i == 1 || items[order[i - 2]].text() != items[order[i]].text();
      if (first) twice[order[i - 1]] = 1;
    }
  } else {
    std::vector<char> seen(items.size(), 0);
    for (size_t i = 0; i < items.size(); ++i) {
      for (size_t k = i + 1; !seen[i] && k < items.size(); ++k) {
        if (!eval.spend(1)) return eval.error("the list is too long");
        if (!eval.equal(items[i], items[k])) continue;
        seen[k] = 1;
        twice[i] = 1;
      }
    }
  }
  std::vector<Val> out;
  for (size_t i = 0; i < items.size(); ++i) {
    if (twice[i]) out.push_back(items[i]);
  }
  return list_val(eval.arena().copy(out));
}

Val range(Eval& eval, Args args) {
  int64_t count = args[0].integer;
  if (count < 0) return eval.error("lists.range needs a length that is not negative");
  if (count > kMaxRange || !eval.spend(static_cast<uint64_t>(count))) return eval.error("lists.range: the list is too long");
  Val* out = eval.arena().make_array<Val>(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) new (out + i) Val(int_val(i));
  return list_val({out, static_cast<size_t>(count)});
}

Val reverse(Eval& eval, Args args) {
  auto items = eval.items(args[0]);
  if (!eval.spend(items.size())) return error_val("the list is too long");
  Val* out = eval.arena().make_array<Val>(items.size());
  std::reverse_copy(items.begin(), items.end(), out);
  return list_val({out, items.size()});
}

Val sum(Eval& eval, Args args) {
  auto items = eval.items(args[0]);
  Val total = int_val(0);
  bool first = true;
  for (const Val& item : items) {
    total = first ? item : eval.arithmetic(Op::kAdd, total, item);
    first = false;
    if (total.is_error()) return total;
  }
  return total;
}

Val extreme(Eval& eval, Args args, Op better) {
  auto items = eval.items(args[0]);
  if (items.empty()) return eval.error("an empty list has no smallest or greatest element");
  Val best = items[0];
  for (const Val& item : items.subspan(1)) {
    Val is_better = eval.compare(better, item, best);
    if (is_better.is_error()) return is_better;
    if (is_better.boolean) best = item;
  }
  return best;
}
Val min(Eval& eval, Args args) { return extreme(eval, args, Op::kLess); }
Val max(Eval& eval, Args args) { return extreme(eval, args, Op::kGreater); }

Val is_sorted(Eval& eval, Args args) {
  auto items = eval.items(args[0]);
  for (size_t i = 1; i < items.size(); ++i) {
    Val out = eval.compare(Op::kLess, items[i], items[i - 1]);
    if (out.is_error()) return out;
    if (out.boolean) return bool_val(false);
  }
  return bool_val(true);
}

Val index_of(Eval& eval, Args args) {
  auto items = eval.items(args[0]);
  for (size_t i = 0; i < items.size(); ++i) {
    if (eval.equal(items[i], args[1])) return int_val(static_cast<int64_t>(i));
  }
  return int_val(-1);
}
Val last_index_of(Eval& eval, Args args) {
  auto items = eval.items(args[0]);
  for (size_t i = items.size(); i-- > 0;) {
    if (eval.equal(items[i], args[1])) return int_val(static_cast<int64_t>(i));
  }
  return int_val(-1);
}

constexpr FunctionRow kRows[] = {
    {"slice", "list(A).(int, int) list(A)", slice},
    {"flatten", "list(A).() list(dyn)", flatten},
    {"flatten", "list(A).(int) list(dyn)", flatten_depth},
    {"sort", "list(A).() list(A)", sort},
    {"distinct", "list(A).() list(A)", distinct},
    {"repeated", "list(A).() list(A)", repeated, kSeesUnknown},
    {"lists.range", "(int) list(int)", range},
    {"reverse", "list(A).() list(A)", reverse},
    {"sum", "list(A).() A", sum},
    {"min", "list(A).() A", min},
    {"max", "list(A).() A", max},
    {"isSorted", "list(A).() bool", is_sorted},
    {"indexOf", "list(A).(A) int", index_of},
    {"lastIndexOf", "list(A).(A) int", last_index_of},
};

}  // namespace

std::span<const FunctionRow> lists_library() { return kRows; }

}  // namespace assay::rules::cel
