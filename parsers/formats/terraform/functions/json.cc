// jsonencode, jsondecode: byte for byte what Terraform writes.
#include <algorithm>
#include <vector>

#include "parsers/core/json_writer.h"
#include "parsers/core/text.h"
#include "parsers/formats/terraform/functions/internal.h"
#include "parsers/syntax/json/reader.h"

namespace assay::formats::terraform {
namespace {

constexpr uint32_t kMaxDepth = 1000;

// Writes up to the first unknown and stops there: what is written is what the text begins with.
// Returns false at an unknown or beyond the depth.
bool write(const Value& value, std::string& out, uint32_t depth) {
  if (depth > kMaxDepth || out.size() > core::kMaxStringBytes) return false;
  switch (value.kind) {
    case ValueKind::kNull:
      out += "null";
      return true;
    case ValueKind::kBool:
      out += value.boolean ? "true" : "false";
      return true;
    case ValueKind::kNumber:
      out += value.number().to_text();
      return true;
    case ValueKind::kString:
      core::append_json_string(out, value.text(), true);
      return true;
    case ValueKind::kUnknown:
    case ValueKind::kAlternatives: {
      bool text = value.is_unknown() && value.unknown().not_null && !value.unknown().prefix.empty();
      if (text) {
        core::append_json_string(out, value.unknown().prefix, true);
        out.pop_back();
      }
      return false;
    }
    default:
      break;
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
  if (!std::is_sorted(entries.begin(), entries.end(), by_key))
    std::stable_sort(entries.begin(), entries.end(), by_key);
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
    CallResult split = in_worlds(context, "jsonencode", arguments,
                                 [&](Arguments decided) { return encode(context, decided); });
    if (!split.value.is_unknown()) return split;
  }
  std::string out;
  if (!has_open_parts(value)) {
    if (!write(value, out, 0)) return failure("the value is nested too deeply");
    CallResult text = text_result(context, out);
    model::Origin origin;
    origin.kind = model::OriginKind::kFunction;
    origin.span = context.call_span;
    origin.what = "jsonencode";
    origin.structure = context.arena.make<Value>(value);
    text.value.origin = context.arena.make<model::Origin>(origin);
    return text;
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

// --- jsondecode

class Decoder {
 public:
  Decoder(CallContext& context, const Value& source) : context_(context), source_(source) {}

  Value value(const syntax::Node& node, uint32_t depth) {
    using syntax::NodeKind;
    switch (node.kind) {
      case NodeKind::kBool:
        return placed(model::bool_value(node.text == "true"));
      case NodeKind::kString:
        return placed(text_value(context_, node.text));
      case NodeKind::kNumber: {
        auto number = core::Number::parse(node.text, context_.arena);
        failed = failed || !number;
        return placed(number ? model::number_value(*number, context_.arena) : model::null_value());
      }
      case NodeKind::kSequence: {
        failed = failed || depth > core::kMaxNesting;
        if (failed) return {};
        std::vector<Value> items;
        items.reserve(node.child_count);
        for (const syntax::Node* child : node.children()) items.push_back(value(*child, depth + 1));
        return placed(make_list(items, nullptr, context_, ValueKind::kTuple));
      }
      case NodeKind::kMapping:
        return mapping(node, depth);
      case NodeKind::kNull:
        return placed(model::null_value());
      default:
        failed = true;
        return {};
    }
  }

  bool failed = false;

 private:
  // What is decoded from a literal stands where the literal stands.
  Value placed(Value value) const {
    value.span = source_.span;
    value.origin = source_.origin;
    return value;
  }

  Value mapping(const syntax::Node& node, uint32_t depth) {
    failed = failed || depth > core::kMaxNesting;
    if (failed) return {};
    std::vector<Entry> entries;
    for (const syntax::Node* pair : node.children()) {
      if (pair->child_count < 2) {
        failed = true;
        return {};
      }
      std::string_view key = text_value(context_, pair->child(0)->text).text();
      entries.push_back({key, source_.span, value(*pair->child(1), depth + 1)});
    }
    std::stable_sort(entries.begin(), entries.end(),
                     [](const Entry& a, const Entry& b) { return a.key < b.key; });
    std::vector<Entry> kept;  // the last of equal keys
    for (const Entry& entry : entries) {
      if (!kept.empty() && kept.back().key == entry.key) kept.pop_back();
      kept.push_back(entry);
    }
    return placed(make_mapping(std::move(kept), nullptr, context_));
  }

  CallContext& context_;
  const Value& source_;
};

CallResult decode(CallContext& context, Arguments arguments) {
  const Value& source = arguments[0];
  if (source.is_unknown()) {
    // What jsonencode made of a value that is partly known comes back as it went in.
    std::string mark = context.root_id + "#jsonencode(";
    const model::Unknown& known = source.unknown();
    if (known.structure != nullptr && known.id.text().substr(0, mark.size()) == mark)
      return *known.structure;
    return unknown_result(context, "jsondecode", nullptr, arguments);
  }
  std::unique_ptr<syntax::Tree> tree = syntax::read_json(core::kNoFile, source.text());
  const syntax::Node* root = tree->root;
  while (root != nullptr &&
         (root->kind == syntax::NodeKind::kStream || root->kind == syntax::NodeKind::kDocument)) {
    if (root->child_count > 1) return failure("extraneous data after the JSON value");
    root = root->child(0);
  }
  if (root == nullptr) return failure("EOF: the text holds no JSON value");
  for (const core::Problem& problem : tree->problems) {
    // Go reads half of a surrogate pair as U+FFFD.
    if (problem.code == "json-encoding") continue;
    if (!tree->accepted || problem.severity == core::ProblemSeverity::kError)
      return failure("the text is not JSON: " + problem.message);
  }
  Decoder decoder(context, source);
  Value value = decoder.value(*root, 0);
  if (decoder.failed) return failure("the text is not JSON");
  return value;
}

}  // namespace

bool append_json(const Value& value, std::string& out) { return write(value, out, 0); }

namespace {
constexpr FunctionInfo kFunctions[] = {
    {"jsonencode", "d?", encode, kTakesUnknown | kTakesWhole | kTakesGuards, 's'},
    {"jsondecode", "s", decode, kTakesUnknown | kTakesWhole},
};
}  // namespace

std::span<const FunctionInfo> json_functions() { return kFunctions; }

}  // namespace assay::formats::terraform
