// jsonencode, jsondecode: byte for byte what Terraform writes.
#include <algorithm>
#include <vector>

#include "parsers/core/json_writer.h"
#include "parsers/core/text.h"
#include "parsers/formats/terraform/functions/internal.h"

namespace assay::formats::terraform {
namespace {

constexpr uint32_t kMaxDepth = 1000;

// Writes up to the first unknown and stops there: what is written is what the text begins with.
// Returns false at an unknown or beyond the depth.
bool write(const Value& value, std::string& out, uint32_t depth) {
  if (depth > kMaxDepth || out.size() > core::kMaxStringBytes) return false;
  switch (value.kind) {
    case ValueKind::kNull: out += "null"; return true;
    case ValueKind::kBool: out += value.boolean ? "true" : "false"; return true;
    case ValueKind::kNumber: out += value.number().to_text(); return true;
    case ValueKind::kString: core::append_json_string(out, value.text(), true); return true;
    case ValueKind::kUnknown:
    case ValueKind::kAlternatives: {
      bool text = value.is_unknown() && value.unknown().not_null && !value.unknown().prefix.empty();
      if (text) {
        core::append_json_string(out, value.unknown().prefix, true);
        out.pop_back();
      }
      return false;
    }
    default: break;
  }
  if (value.is_sequence()) {
    out += '[';
    for (const Value& item : value.items()) {
      if (out.back() != '[' || &item != value.items().data()) out += ',';
      if (!write(item, out, depth + 1)) return false;
    }
    out += ']';
    return true;
  }
  std::vector<const Entry*> entries;
  for (const Entry& entry : value.entries()) entries.push_back(&entry);
  auto by_key = [](const Entry* a, const Entry* b) { return a->key < b->key; };
  if (!std::is_sorted(entries.begin(), entries.end(), by_key)) std::stable_sort(entries.begin(), entries.end(), by_key);
  out += '{';
  for (size_t i = 0; i < entries.size(); ++i) {
    if (i > 0) out += ',';
    core::append_json_string(out, entries[i]->key, true);
    out += ':';
    if (!write(entries[i]->value, out, depth + 1)) return false;
  }
  out += '}';
  return true;
}

// Guarded parts cannot be written; their text is not known, but their structure is.
bool has_open_parts(const Value& value) { return has_unknown(value) || has_guards(value); }

CallResult encode(CallContext& context, Arguments arguments) {
  const Value& value = arguments[0];
  if (has_guards(value)) {
    // A few ways to be decided give a few texts; more give one text with holes.
    CallResult split = in_worlds(context, "jsonencode", arguments, [&](Arguments decided) {
      return encode(context, decided);
    });
    if (!split.value.is_unknown()) return split;
  }
  std::string out;
  if (!has_open_parts(value)) {
    if (!write(value, out, 0)) return failure("the value is nested too deeply");
    return text_result(context, out);
  }
  model::Unknown facts = unknown_facts(context, "jsonencode", model::string_type(), arguments);
  if (!has_guards(value)) {
    write(value, out, 0);
    facts.prefix = context.arena.copy(core::to_nfc(out));
  }
  facts.structure = context.arena.make<Value>(value);
  Value result = model::unknown_value(facts, context.arena);
  result.marks |= model::marks_inside(value);
  return result;
}

}  // namespace

bool append_json(const Value& value, std::string& out) { return write(value, out, 0); }

namespace {
constexpr FunctionInfo kFunctions[] = {
    {"jsonencode", "d?", encode, kTakesUnknown | kTakesWhole | kTakesGuards, 's'},
};
}  // namespace

std::span<const FunctionInfo> json_functions() { return kFunctions; }

}  // namespace assay::formats::terraform
