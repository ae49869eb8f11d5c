// Operators: truth, equality, order, arithmetic, `in`, size (cel-spec, "Standard Definitions"), with
// the leniency of rules mode (eval.h).
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "parsers/core/limits.h"
#include "rules/lang/cel/eval.h"
#include "rules/lang/cel/partial.h"
#include "rules/lang/cel/text.h"

namespace assay::rules::cel {
namespace {

std::string_view op_text(Op op) {
  switch (op) {
    case Op::kLess: return "<";
    case Op::kLessEqual: return "<=";
    case Op::kGreater: return ">";
    case Op::kGreaterEqual: return ">=";
    case Op::kAdd: return "+";
    case Op::kSubtract:
    case Op::kNegate: return "-";
    case Op::kMultiply: return "*";
    case Op::kDivide: return "/";
    case Op::kModulo: return "%";
    default: return "operator";
  }
}

// A number written as text, as formats allow; kNull when it is none.
Val number_of_text(std::string_view text) {
  if (text.empty() || text.size() > 40) return {};
  if (auto whole = parse_int(text)) return int_val(*whole);
  char first = text[0] == '-' && text.size() > 1 ? text[1] : text[0];
  if (first < '0' || first > '9') return {};
  if (auto real = parse_double(text)) return double_val(*real);
  return {};
}

// Equality of texts that stand for other kinds, in rules mode.
bool equal_leniently(const Val& a, const Val& b) {
  const Val& text = a.is(Kind::kString) ? a : b;
  const Val& other = a.is(Kind::kString) ? b : a;
  if (!text.is(Kind::kString)) return false;
  if (other.is(Kind::kBool)) return text.text() == (other.boolean ? "true" : "false");
  if (!other.is_number()) return false;
  Val number = number_of_text(text.text());
  return number.is_number() && compare_numbers(number, other) == 0;
}

// IPv4-mapped IPv6 addresses equal their IPv4 address.
bool equal_networks(const Network& a, const Network& b, bool with_prefix) {
  static constexpr uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (a.family != b.family) {
    const Network& six = a.family == 6 ? a : b;
    const Network& four = a.family == 6 ? b : a;
    return !with_prefix && std::memcmp(six.bytes, kMapped, 12) == 0 && std::memcmp(six.bytes + 12, four.bytes, 4) == 0;
  }
  return std::memcmp(a.bytes, b.bytes, 16) == 0 && (!with_prefix || a.prefix == b.prefix);
}

int order_texts(std::string_view a, std::string_view b) {
  int order = a.compare(b);  // bytes, which for UTF-8 is the order of code points
  return order < 0 ? -1 : order > 0;
}

bool is_set(const Val& v) { return v.from_model() && v.model->kind == model::ValueKind::kSet; }

}  // namespace

Val Eval::truth(const Val& value) {
  if (value.is(Kind::kBool) || value.is_error()) return value;
  if (value.is_unknown()) {
    need_world();
    if (!world_) return error_val(fatal_);
    const model::Type* type = value.model->unknown().type;
    if (type && type->kind == model::TypeKind::kString) {
      if (!rules_) return error("a value of type string is not a condition");
      return bool_val(equal(value, string_val("true")));
    }
    return bool_val(world_->truth(*guards_, *value.model));
  }
  if (rules_) {
    if (value.is_null()) {
      Val out = bool_val(false);
      return out;
    }
    if (value.is(Kind::kString) && (value.text() == "true" || value.text() == "false")) {
      return bool_val(value.text() == "true");
    }
  }
  return error("a value of type " + std::string(type_name(value)) + " is not a condition");
}

bool Eval::equal(const Val& a, const Val& b) {
  if (a.is_unknown() || b.is_unknown()) return equal_unknown(a, b);
  if (a.is_number() && b.is_number()) return compare_numbers(a, b) == 0;
  if (a.kind != b.kind) return rules_ && equal_leniently(a, b);
  switch (a.kind) {
    case Kind::kError: return false;
    case Kind::kNull: return true;
    case Kind::kBool: return a.boolean == b.boolean;
    case Kind::kString:
    case Kind::kBytes:
    case Kind::kType: return a.text() == b.text();
    case Kind::kTimestamp: return a.integer == b.integer && a.size == b.size;
    case Kind::kDuration: return a.integer == b.integer;
    case Kind::kIp: return equal_networks(*a.network, *b.network, false);
    case Kind::kCidr: return equal_networks(*a.network, *b.network, true);
    case Kind::kOpaque:
      return a.opaque->type == b.opaque->type && a.opaque->type->equal && a.opaque->type->equal(a.opaque, b.opaque);
    case Kind::kOptional:
      if (!a.optional || !b.optional) return a.optional == b.optional;
      return equal(*a.optional, *b.optional);
    case Kind::kList: {
      if (a.from_model() && b.from_model() && a.model == b.model) return true;
      auto left = items(a);
      auto right = items(b);
      if (left.size() != right.size() || !spend(left.size())) return false;
      if (rules_ && (is_set(a) || is_set(b))) {
        return std::all_of(left.begin(), left.end(), [&](const Val& item) {
          return std::any_of(right.begin(), right.end(), [&](const Val& other) { return equal(item, other); });
        });
      }
      for (size_t i = 0; i < left.size(); ++i) {
        if (!equal(left[i], right[i])) return false;
      }
      return true;
    }
    case Kind::kMap: {
      if (a.from_model() && b.from_model() && a.model == b.model) return true;
      if (count(a) != count(b) || !spend(a.size)) return false;
      for (uint32_t i = 0; i < a.size; ++i) {
        Val key, value, other;
        if (!entry_at(a, i, key, value)) continue;
        if (!lookup(b, key, other) || !equal(value, other)) return false;
      }
      return true;
    }
    default: return false;
  }
}

Val Eval::compare(Op op, const Val& a, const Val& b) {
  auto verdict = [&](int order) {
    if (order == 2) return bool_val(false);
    switch (op) {
      case Op::kLess: return bool_val(order < 0);
      case Op::kLessEqual: return bool_val(order <= 0);
      case Op::kGreater: return bool_val(order > 0);
      default: return bool_val(order >= 0);
    }
  };
  if (a.is_number() && b.is_number()) return verdict(compare_numbers(a, b));
  if (a.is_unknown() || b.is_unknown()) return compare_unknown(op, a, b);
  if (a.kind == b.kind) {
    auto order = [](auto x, auto y) { return x < y ? -1 : x > y; };
    switch (a.kind) {
      case Kind::kString:
      case Kind::kBytes: return verdict(order_texts(a.text(), b.text()));
      case Kind::kBool: return verdict(order(a.boolean, b.boolean));
      case Kind::kDuration: return verdict(order(a.integer, b.integer));
      case Kind::kTimestamp:
        return verdict(a.integer != b.integer ? order(a.integer, b.integer) : order(a.size, b.size));
      default: break;
    }
  }
  if (rules_) {
    if (a.is_null() || b.is_null()) return bool_val(false);
    Val x = a.is(Kind::kString) ? number_of_text(a.text()) : a;
    Val y = b.is(Kind::kString) ? number_of_text(b.text()) : b;
    if (x.is_number() && y.is_number()) return verdict(compare_numbers(x, y));
  }
  const Val both[] = {a, b};
  return no_overload(op_text(op), both);
}

Val Eval::arithmetic(Op op, const Val& a, const Val& b) {
  if (op == Op::kNegate) {
    if (a.is(Kind::kInt)) {
      return a.integer == INT64_MIN ? error("integer overflow") : int_val(-a.integer);
    }
    if (a.is(Kind::kDouble)) return double_val(-a.real);
    if (a.is_unknown()) return derived(id_of_call("-", {&a, 1}), a.model->unknown().type, {&a, 1});
    if (rules_ && a.is_null()) return a;
    return no_overload("-", {&a, 1});
  }
  const Val both[] = {a, b};
  if (a.is_unknown() || b.is_unknown()) {
    const model::Type* type = nullptr;
    for (const Val& side : both) {
      if (side.is_unknown() && side.model->unknown().type) type = side.model->unknown().type;
    }
    return derived(id_of_call(op_text(op), both), type, both);
  }
  if (a.is(Kind::kInt) && b.is(Kind::kInt)) {
    int64_t out = 0;
    bool bad = false;
    switch (op) {
      case Op::kAdd: bad = __builtin_add_overflow(a.integer, b.integer, &out); break;
      case Op::kSubtract: bad = __builtin_sub_overflow(a.integer, b.integer, &out); break;
      case Op::kMultiply: bad = __builtin_mul_overflow(a.integer, b.integer, &out); break;
      default:
        if (b.integer == 0) return error(op == Op::kDivide ? "division by zero" : "modulus by zero");
        if (a.integer == INT64_MIN && b.integer == -1) bad = true;
        else out = op == Op::kDivide ? a.integer / b.integer : a.integer % b.integer;
    }
    return bad ? error("integer overflow") : int_val(out);
  }
  if (a.is(Kind::kUint) && b.is(Kind::kUint)) {
    uint64_t out = 0;
    bool bad = false;
    switch (op) {
      case Op::kAdd: bad = __builtin_add_overflow(a.natural, b.natural, &out); break;
      case Op::kSubtract: bad = __builtin_sub_overflow(a.natural, b.natural, &out); break;
      case Op::kMultiply: bad = __builtin_mul_overflow(a.natural, b.natural, &out); break;
      default:
        if (b.natural == 0) return error(op == Op::kDivide ? "division by zero" : "modulus by zero");
        out = op == Op::kDivide ? a.natural / b.natural : a.natural % b.natural;
    }
    return bad ? error("integer overflow", "unsigned integer overflow") : uint_val(out);
  }
  if (a.is(Kind::kDouble) && b.is(Kind::kDouble) && op != Op::kModulo) {
    switch (op) {
      case Op::kAdd: return double_val(a.real + b.real);
      case Op::kSubtract: return double_val(a.real - b.real);
      case Op::kMultiply: return double_val(a.real * b.real);
      default: return double_val(a.real / b.real);
    }
  }
  if (op == Op::kAdd && a.kind == b.kind && a.is_text()) {
    size_t size = static_cast<size_t>(a.size) + b.size;
    if (size > core::kMaxStringBytes || !spend(size / 16)) return error("the text is too long");
    char* out = arena_.make_array<char>(size);
    std::copy(a.text().begin(), a.text().end(), out);
    std::copy(b.text().begin(), b.text().end(), out + a.size);
    return text_val(a.kind, {out, size});
  }
  if (op == Op::kAdd && a.is(Kind::kList) && b.is(Kind::kList)) {
    auto left = items(a);
    auto right = items(b);
    size_t size = left.size() + right.size();
    if (size > core::kMaxCollection || !spend(size)) return error("the list is too long");
    Val* out = arena_.make_array<Val>(size);
    std::copy(left.begin(), left.end(), out);
    std::copy(right.begin(), right.end(), out + left.size());
    return list_val({out, size});
  }
  bool sum = op == Op::kAdd, difference = op == Op::kSubtract;
  if (sum || difference) {
    auto move = [&](const Val& time, const Val& by) -> Val {
      __int128 total = static_cast<__int128>(time.integer) * 1000000000 + time.size +
                       (sum ? static_cast<__int128>(by.integer) : -static_cast<__int128>(by.integer));
      __int128 seconds = total / 1000000000;
      int64_t nanos = static_cast<int64_t>(total % 1000000000);
      if (nanos < 0) {
        nanos += 1000000000;
        --seconds;
      }
      if (seconds < kMinSeconds || seconds > kMaxSeconds) return error("timestamp overflow");
      return timestamp_val(static_cast<int64_t>(seconds), static_cast<uint32_t>(nanos));
    };
    if (a.is(Kind::kTimestamp) && b.is(Kind::kDuration)) return move(a, b);
    if (sum && a.is(Kind::kDuration) && b.is(Kind::kTimestamp)) return move(b, a);
    __int128 nanos = 0;
    bool durations = a.is(Kind::kDuration) && b.is(Kind::kDuration);
    bool times = difference && a.is(Kind::kTimestamp) && b.is(Kind::kTimestamp);
    if (durations) {
      nanos = sum ? static_cast<__int128>(a.integer) + b.integer : static_cast<__int128>(a.integer) - b.integer;
    } else if (times) {
      nanos = static_cast<__int128>(a.integer - b.integer) * 1000000000 + a.size - b.size;
    }
    if (durations || times) {
      if (nanos > INT64_MAX || nanos < INT64_MIN) return error("duration overflow");
      return duration_val(static_cast<int64_t>(nanos));
    }
  }
  if (rules_) {
    if (a.is_null() || b.is_null()) return null_val();
    Val x = a.is(Kind::kString) && !(sum && b.is(Kind::kString)) ? number_of_text(a.text()) : a;
    Val y = b.is(Kind::kString) && !(sum && a.is(Kind::kString)) ? number_of_text(b.text()) : b;
    if (x.is_number() && y.is_number() && op != Op::kModulo) {
      if (x.kind == y.kind && (x.kind != a.kind || y.kind != b.kind)) return arithmetic(op, x, y);
      auto real = [](const Val& v) {
        return v.is(Kind::kInt)    ? static_cast<double>(v.integer)
               : v.is(Kind::kUint) ? static_cast<double>(v.natural)
                                   : v.real;
      };
      if (x.kind != y.kind) return arithmetic(op, double_val(real(x)), double_val(real(y)));
    }
  }
  return no_overload(op_text(op), both);
}

Val Eval::contains(const Val& element, const Val& collection) {
  switch (collection.kind) {
    case Kind::kList:
      for (uint32_t i = 0; i < collection.size; ++i) {
        if (!spend(1)) return error_val(fatal_);
        Val item;
        const model::Value* open;
        if (!peek_item(collection, i, item, open) || !equal(element, item) || !confirm(open)) continue;
        record(item);  // the element decided, more than the list
        return bool_val(true);
      }
      return bool_val(false);
    case Kind::kMap: {
      Val found;
      return bool_val(lookup(collection, element, found));
    }
    case Kind::kUnknown: {
      if (is_null_in_world(collection)) return bool_val(false);
      if (element.is(Kind::kString) && certain_element(*collection.model, element.text())) return bool_val(true);
      const Val both[] = {element, collection};
      return bool_val(ask(id_of_call("in", both), both));
    }
    case Kind::kNull:
      if (rules_) return bool_val(false);
      break;
    default: break;
  }
  const Val both[] = {element, collection};
  return no_overload("in", both);
}

Val Eval::size_of(const Val& value) {
  switch (value.kind) {
    case Kind::kString: return int_val(static_cast<int64_t>(count_code_points(value.text())));
    case Kind::kBytes: return int_val(value.size);
    case Kind::kList:
    case Kind::kMap: return int_val(count(value));
    case Kind::kNull:
      if (rules_) return int_val(0);
      break;
    case Kind::kUnknown: {
      if (rules_ && is_null_in_world(value)) return int_val(0);
      const model::Unknown& of = value.model->unknown();
      if (of.min_length >= 0 && of.min_length == of.max_length) return int_val(of.min_length);
      Val out = derived(id_of_call("size", {&value, 1}), model::number_type(), {&value, 1});
      model::Unknown size = out.model->unknown();
      size.not_null = true;
      size.minimum = arena_.make<core::Number>(std::max<int64_t>(of.min_length, 0));
      if (of.max_length >= 0) size.maximum = arena_.make<core::Number>(of.max_length);
      out.model = arena_.make<model::Value>(model::unknown_value(size, arena_));
      return out;
    }
    default: break;
  }
  return no_overload("size", {&value, 1});
}

Val Eval::no_overload(std::string_view what, std::span<const Val> args) {
  if (kubernetes_) return error_val("no such overload");
  std::string message = "no such overload: " + std::string(what) + "(";
  for (size_t i = 0; i < args.size(); ++i) {
    if (i) message += ", ";
    message += type_name(args[i]);
  }
  return error(message + ")");
}

}  // namespace assay::rules::cel
