// The standard library: declarations of operators for the checker, size, string predicates,
// conversions, type (cel-spec, "List of Standard Definitions").
#include <cmath>

#include "rules/lang/cel/eval.h"
#include "rules/lang/cel/text.h"

namespace assay::rules::cel {
namespace {

using Args = std::span<const Val>;

Val size(Eval& eval, Args args) { return eval.size_of(args[0]); }

// With an unknown receiver: decided by its known prefix, or a question of its own.
Val starts_with(Eval& eval, Args args) {
  if (args[0].is_unknown() && args[1].is(Kind::kString)) {
    std::string_view known = args[0].model->unknown().prefix;
    std::string_view wanted = args[1].text();
    if (known.starts_with(wanted)) return bool_val(true);
    if (!wanted.starts_with(known)) return bool_val(false);
  }
  if (args[0].is_unknown() || args[1].is_unknown()) {
    return eval.derived(eval.id_of_call("startsWith", args), model::bool_type(), args);
  }
  return bool_val(args[0].text().starts_with(args[1].text()));
}
Val ends_with(Eval& eval, Args args) {
  if (args[0].is_unknown() && args[1].is(Kind::kString)) {
    std::string_view known = args[0].model->unknown().suffix;
    std::string_view wanted = args[1].text();
    if (known.ends_with(wanted)) return bool_val(true);
    if (!wanted.ends_with(known)) return bool_val(false);
  }
  if (args[0].is_unknown() || args[1].is_unknown()) {
    return eval.derived(eval.id_of_call("endsWith", args), model::bool_type(), args);
  }
  return bool_val(args[0].text().ends_with(args[1].text()));
}
Val contains(Eval& eval, Args args) {
  if (args[0].is_unknown() && args[1].is(Kind::kString)) {
    const model::Unknown& known = args[0].model->unknown();
    if (known.prefix.find(args[1].text()) != std::string_view::npos ||
        known.suffix.find(args[1].text()) != std::string_view::npos) {
      return bool_val(true);
    }
  }
  if (args[0].is_unknown() || args[1].is_unknown()) {
    return eval.derived(eval.id_of_call("contains", args), model::bool_type(), args);
  }
  eval.spend(args[0].size / 32);
  return bool_val(args[0].text().find(args[1].text()) != std::string_view::npos);
}

Val same(Eval&, Args args) { return args[0]; }

Val to_bool(Eval& eval, Args args) {
  std::string_view text = args[0].text();
  if (text == "1" || text == "t" || text == "true" || text == "TRUE" || text == "True") return bool_val(true);
  if (text == "0" || text == "f" || text == "false" || text == "FALSE" || text == "False") return bool_val(false);
  return eval.error("not a bool: " + std::string(text), "type conversion error from 'string' to 'bool'");
}

Val int_of_uint(Eval& eval, Args args) {
  if (args[0].natural > INT64_MAX) return eval.error("integer overflow");
  return int_val(static_cast<int64_t>(args[0].natural));
}
Val int_of_double(Eval& eval, Args args) {
  double real = args[0].real;
  // The bounds themselves are refused: doubles near them stand for many integers.
  if (!(real > -9223372036854775808.0 && real < 9223372036854775807.0)) return eval.error("integer overflow");
  return int_val(static_cast<int64_t>(real));
}
Val int_of_string(Eval& eval, Args args) {
  auto value = parse_int(args[0].text());
  return value ? int_val(*value) : eval.error("not an int: " + std::string(args[0].text()), "type conversion error from 'string' to 'int'");
}
Val int_of_timestamp(Eval&, Args args) { return int_val(args[0].integer); }
Val int_of_duration(Eval&, Args args) { return int_val(args[0].integer / 1000000000); }

Val uint_of_int(Eval& eval, Args args) {
  if (args[0].integer < 0) return eval.error("integer overflow", "unsigned integer overflow");
  return uint_val(static_cast<uint64_t>(args[0].integer));
}
Val uint_of_double(Eval& eval, Args args) {
  double real = args[0].real;
  if (!(real >= 0 && real < 18446744073709551615.0)) return eval.error("integer overflow", "unsigned integer overflow");
  return uint_val(static_cast<uint64_t>(real));
}
Val uint_of_string(Eval& eval, Args args) {
  auto value = parse_uint(args[0].text());
  return value ? uint_val(*value) : eval.error("not a uint: " + std::string(args[0].text()), "type conversion error from 'string' to 'uint'");
}

Val double_of_int(Eval&, Args args) { return double_val(static_cast<double>(args[0].integer)); }
Val double_of_uint(Eval&, Args args) { return double_val(static_cast<double>(args[0].natural)); }
Val double_of_string(Eval& eval, Args args) {
  auto value = parse_double(args[0].text());
  return value ? double_val(*value) : eval.error("not a double: " + std::string(args[0].text()), "type conversion error from 'string' to 'double'");
}

Val string_of_number(Eval& eval, Args args) {
  std::string text;
  if (eval.kubernetes_mode() && args[0].is(Kind::kDouble)) append_general(args[0].real, text);
  else text = to_text(args[0]);
  if (args[0].is(Kind::kUint)) text.pop_back();
  return eval.string(text);
}
Val string_of_bytes(Eval& eval, Args args) {
  if (!valid_utf8(args[0].text())) return eval.error("invalid UTF-8 in bytes", "invalid UTF-8 in bytes, cannot convert to string");
  return string_val(args[0].text());
}
Val string_of_timestamp(Eval& eval, Args args) {
  std::string text;
  append_timestamp(args[0].integer, args[0].size, text);
  return eval.string(text);
}
Val string_of_duration(Eval& eval, Args args) {
  std::string text;
  append_duration(args[0].integer, text);
  return eval.string(text);
}
Val bytes_of_string(Eval&, Args args) { return bytes_val(args[0].text()); }

Val type_of(Eval& eval, Args args) {
  if (args[0].is_unknown()) {
    const model::Type* type = args[0].model->unknown().type;
    if (type && args[0].model->unknown().not_null) {
      switch (type->kind) {
        case model::TypeKind::kBool: return type_val("bool");
        case model::TypeKind::kString: return type_val("string");
        case model::TypeKind::kList:
        case model::TypeKind::kSet:
        case model::TypeKind::kTuple: return type_val("list");
        case model::TypeKind::kMap:
        case model::TypeKind::kObject: return type_val("map");
        default: break;
      }
    }
    return eval.derived(eval.id_of_call("type", args), nullptr, args);
  }
  return type_val(type_name(args[0]));
}

constexpr FunctionRow kOperators[] = {
    {"_==_", "(A, A) bool"},
    {"_!=_", "(A, A) bool"},
    {"_&&_", "(bool, bool) bool"},
    {"_||_", "(bool, bool) bool"},
    {"!_", "(bool) bool"},
    {"_?_:_", "(bool, A, A) A"},
    {"-_", "(int) int"},
    {"-_", "(double) double"},
    {"_+_", "(int, int) int"},
    {"_+_", "(uint, uint) uint"},
    {"_+_", "(double, double) double"},
    {"_+_", "(string, string) string"},
    {"_+_", "(bytes, bytes) bytes"},
    {"_+_", "(list(A), list(A)) list(A)"},
    {"_+_", "(timestamp, duration) timestamp"},
    {"_+_", "(duration, timestamp) timestamp"},
    {"_+_", "(duration, duration) duration"},
    {"_-_", "(int, int) int"},
    {"_-_", "(uint, uint) uint"},
    {"_-_", "(double, double) double"},
    {"_-_", "(timestamp, timestamp) duration"},
    {"_-_", "(timestamp, duration) timestamp"},
    {"_-_", "(duration, duration) duration"},
    {"_*_", "(int, int) int"},
    {"_*_", "(uint, uint) uint"},
    {"_*_", "(double, double) double"},
    {"_/_", "(int, int) int"},
    {"_/_", "(uint, uint) uint"},
    {"_/_", "(double, double) double"},
    {"_%_", "(int, int) int"},
    {"_%_", "(uint, uint) uint"},
    {"@in", "(A, list(A)) bool"},
    {"@in", "(A, map(A, B)) bool"},
    // Orders: also between numbers of different kinds.
    {"_<_", "(bool, bool) bool"},
    {"_<_", "(int, int) bool"},
    {"_<_", "(int, uint) bool"},
    {"_<_", "(int, double) bool"},
    {"_<_", "(uint, uint) bool"},
    {"_<_", "(uint, int) bool"},
    {"_<_", "(uint, double) bool"},
    {"_<_", "(double, double) bool"},
    {"_<_", "(double, int) bool"},
    {"_<_", "(double, uint) bool"},
    {"_<_", "(string, string) bool"},
    {"_<_", "(bytes, bytes) bool"},
    {"_<_", "(timestamp, timestamp) bool"},
    {"_<_", "(duration, duration) bool"},
};

constexpr FunctionRow kRows[] = {
    {"size", "(string) int", size, kSeesUnknown | kSeesNull},
    {"size", "(bytes) int", size, kSeesUnknown | kSeesNull},
    {"size", "(list(A)) int", size, kSeesUnknown | kSeesNull},
    {"size", "(map(A, B)) int", size, kSeesUnknown | kSeesNull},
    {"size", "string.() int", size, kSeesUnknown | kSeesNull},
    {"size", "bytes.() int", size, kSeesUnknown | kSeesNull},
    {"size", "list(A).() int", size, kSeesUnknown | kSeesNull},
    {"size", "map(A, B).() int", size, kSeesUnknown | kSeesNull},
    {"startsWith", "string.(string) bool", starts_with, kSeesUnknown},
    {"endsWith", "string.(string) bool", ends_with, kSeesUnknown},
    {"contains", "string.(string) bool", contains, kSeesUnknown},
    {"bool", "(bool) bool", same},
    {"bool", "(string) bool", to_bool},
    {"int", "(int) int", same},
    {"int", "(uint) int", int_of_uint},
    {"int", "(double) int", int_of_double},
    {"int", "(string) int", int_of_string},
    {"int", "(timestamp) int", int_of_timestamp},
    {"int", "(duration) int", int_of_duration},
    {"uint", "(uint) uint", same},
    {"uint", "(int) uint", uint_of_int},
    {"uint", "(double) uint", uint_of_double},
    {"uint", "(string) uint", uint_of_string},
    {"double", "(double) double", same},
    {"double", "(int) double", double_of_int},
    {"double", "(uint) double", double_of_uint},
    {"double", "(string) double", double_of_string},
    {"string", "(string) string", same},
    {"string", "(bool) string", string_of_number},
    {"string", "(int) string", string_of_number},
    {"string", "(uint) string", string_of_number},
    {"string", "(double) string", string_of_number},
    {"string", "(bytes) string", string_of_bytes},
    {"string", "(timestamp) string", string_of_timestamp},
    {"string", "(duration) string", string_of_duration},
    {"bytes", "(bytes) bytes", same},
    {"bytes", "(string) bytes", bytes_of_string},
    {"type", "(A) type(A)", type_of, kSeesUnknown},
    {"dyn", "(A) dyn", same, kSeesUnknown},
};

}  // namespace

std::span<const FunctionRow> operator_rows() { return kOperators; }
std::span<const FunctionRow> standard_library() { return kRows; }

}  // namespace assay::rules::cel
