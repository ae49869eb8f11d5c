// What the files of this folder share: making results, messages, and the tables they contribute to.
// Private to the folder; the evaluator includes functions.h and convert.h.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/core/limits.h"
#include "parsers/formats/terraform/functions/convert.h"
#include "parsers/formats/terraform/functions/functions.h"

namespace assay::formats::terraform {

using model::Entry;
using model::Type;
using model::TypeKind;
using model::Value;
using model::ValueKind;
using Arguments = std::span<const Value>;

// A string value with its own copy of `text`, NFC-normalised as all strings of Terraform are.
// Longer than core::kMaxStringBytes is an error.
CallResult text_result(CallContext& context, std::string_view text);
Value text_value(CallContext& context, std::string_view text);
// `Invalid value for "NAME" parameter: WHAT.`
CallResult bad_argument(std::string_view parameter, std::string_view what);
// "string", "number", "list of string", "object": as error messages name types.
std::string friendly_name(const Type* type);
std::string friendly_name(const Value& value);

// An unknown result of `name` over `arguments`: causes and marks of them all, and an identity that
// equals that of the same call on the same inputs.
Value unknown_result(CallContext& context, std::string_view name, const Type* type,
                     Arguments arguments);
// The same, refined by the caller before it becomes a value.
model::Unknown unknown_facts(CallContext& context, std::string_view name, const Type* type,
                             Arguments arguments);

// True when something inside is guarded or an alternative.
bool has_guards(const Value& value);
// `value` under a condition: parts that cannot exist are gone, implied guards are cleared.
Value assuming(const Value& value, model::Guard given, CallContext& context);

// The type all values convert to; null when there is none. With `null_stops`: whether a null among
// structures keeps them from being elements of a `collection` (kList, kSet or kMap) all the same.
const Type* unified_type(Arguments values, CallContext& context, TypeKind collection,
                         bool* null_stops);
// True when the type has "any" in it somewhere.
bool has_dynamic(const Type* type);

// Runs `run` once for each way to decide which of `items` exist, with the indices of those that do.
// What is undecided inside the items stays. A list without guarded items runs once.
using PresentFunction = std::function<CallResult(std::span<const uint32_t> present)>;
CallResult with_present(CallContext& context, std::string_view name, Arguments items,
                        const PresentFunction& run);
// Like in_worlds(), but decides only values that are alternatives themselves, not their parts.
CallResult in_top_worlds(CallContext& context, std::string_view name, Arguments values,
                         const WorldFunction& run);

// Equality as == of Terraform sees it: kinds must agree. The guard under which the two are equal;
// nullopt when that cannot be said.
std::optional<model::Guard> when_equal(const Value& a, const Value& b, CallContext& context);
// True, false, or alternatives of both.
Value truth(model::Guard when, CallContext& context);
// Items with alternatives replaced by their parts under guards, so that no item is undecided.
std::vector<Value> expanded(Arguments items, CallContext& context);
// JSON as jsonencode writes it; false when the value is nested too deeply or not known, with what
// comes before that already written.
bool append_json(const Value& value, std::string& out);
// Something unknown inside.
bool has_unknown(const Value& value);

// Each file's functions; table.cc puts them together.
std::span<const FunctionInfo> collection_functions();
std::span<const FunctionInfo> sequence_functions();
std::span<const FunctionInfo> set_functions();
std::span<const FunctionInfo> number_functions();
std::span<const FunctionInfo> string_functions();
std::span<const FunctionInfo> format_functions();
std::span<const FunctionInfo> regex_functions();
std::span<const FunctionInfo> type_functions();
std::span<const FunctionInfo> json_functions();
std::span<const FunctionInfo> yaml_functions();
std::span<const FunctionInfo> text_encoding_functions();
std::span<const FunctionInfo> hash_functions();
std::span<const FunctionInfo> file_functions();
std::span<const FunctionInfo> date_functions();
std::span<const FunctionInfo> network_functions();
std::span<const FunctionInfo> opentofu_functions();
std::span<const FunctionInfo> hcl_text_functions();

}  // namespace assay::formats::terraform
