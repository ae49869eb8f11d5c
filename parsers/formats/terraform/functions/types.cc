// Conversions by name (tolist, tostring, ...), sensitivity, and type().
#include <vector>

#include "parsers/formats/terraform/functions/internal.h"

namespace assay::formats::terraform {
namespace {

using model::Alternative;

constexpr uint16_t kAnything =
    kTakesUnknown | kTakesWhole | kTakesGuards | kTakesAlternatives | kTakesMarks | kSelects;

CallResult converted(CallContext& context, const Value& value, const Type* to) {
  CallResult result = convert(value, to, context);
  if (!result.is_error) return result;
  std::string target = to->is_primitive() ? friendly_name(to)
                                          : std::string(to->kind == TypeKind::kMap   ? "map"
                                                        : to->kind == TypeKind::kSet ? "set"
                                                                                     : "list") +
                                                " of any single type";
  if (value.is_string() && !value.has_mark(model::kSensitive)) {
    return bad_argument(
        "v", "cannot convert \"" + std::string(value.text().substr(0, 100)) + "\" to " + target);
  }
  return bad_argument("v", "cannot convert " + friendly_name(value) + " to " + target);
}

CallResult tobool(CallContext& context, Arguments a) {
  return converted(context, a[0], model::bool_type());
}
CallResult tonumber(CallContext& context, Arguments a) {
  return converted(context, a[0], model::number_type());
}
CallResult tostring(CallContext& context, Arguments a) {
  return converted(context, a[0], model::string_type());
}
CallResult tolist(CallContext& context, Arguments a) {
  return converted(context, a[0], model::list_type(context.arena, model::dynamic_type()));
}
CallResult tomap(CallContext& context, Arguments a) {
  return converted(context, a[0], model::map_type(context.arena, model::dynamic_type()));
}
CallResult toset(CallContext& context, Arguments a) {
  return converted(context, a[0], model::set_type(context.arena, model::dynamic_type()));
}

CallResult sensitive(CallContext&, Arguments arguments) {
  return model::with_marks(arguments[0], model::kSensitive);
}

// Without one mark, on the value and on the alternatives it may be.
Value unmarked(const Value& value, uint8_t mark, CallContext& context) {
  Value out = value;
  out.marks = static_cast<uint8_t>(out.marks & ~mark);
  if (!value.is_alternatives()) return out;
  std::vector<Alternative> parts(value.alternatives().begin(), value.alternatives().end());
  for (Alternative& part : parts) part.value = unmarked(part.value, mark, context);
  out.alternative_array = context.arena.copy(parts).data();
  return out;
}

CallResult nonsensitive(CallContext& context, Arguments arguments) {
  return unmarked(arguments[0], model::kSensitive, context);
}

CallResult issensitive(CallContext&, Arguments arguments) {
  return model::bool_value(arguments[0].has_mark(model::kSensitive));
}

// Every ephemeral part becomes null.
Value without_ephemeral(const Value& value, CallContext& context, uint32_t depth) {
  if (value.has_mark(model::kEphemeral) || depth > core::kMaxNesting) {
    Value null = model::null_value(model::type_of(value, context.arena));
    null.span = value.span;
    null.guard = value.guard;
    null.marks = static_cast<uint8_t>(value.marks & ~model::kEphemeral);
    return null;
  }
  if ((model::marks_inside(value) & model::kEphemeral) == 0) return value;
  Value out = value;
  if (value.is_sequence()) {
    std::vector<Value> items;
    for (const Value& item : value.items())
      items.push_back(without_ephemeral(item, context, depth + 1));
    out.item_array = context.arena.copy(items).data();
  } else if (value.is_mapping()) {
    std::vector<Entry> entries(value.entries().begin(), value.entries().end());
    for (Entry& entry : entries) entry.value = without_ephemeral(entry.value, context, depth + 1);
    out.entry_array = context.arena.copy(entries).data();
  } else if (value.is_alternatives()) {
    std::vector<Alternative> parts(value.alternatives().begin(), value.alternatives().end());
    for (Alternative& part : parts) part.value = without_ephemeral(part.value, context, depth + 1);
    return model::alternatives_value(parts, context.guards, context.arena);
  }
  return out;
}

CallResult ephemeralasnull(CallContext& context, Arguments arguments) {
  return without_ephemeral(arguments[0], context, 0);
}

CallResult type(CallContext& context, Arguments arguments) {
  return text_result(context, model::to_text(model::type_of(arguments[0], context.arena)));
}

constexpr FunctionInfo kFunctions[] = {
    {"ephemeralasnull", "d?", ephemeralasnull, kAnything | kPlacesMarks},
    {"issensitive", "d?", issensitive, (kAnything & ~kSelects) | kPlacesMarks, 'b'},
    {"nonsensitive", "d?", nonsensitive, kAnything | kPlacesMarks},
    {"sensitive", "d?", sensitive, kAnything | kPlacesMarks},
    {"tobool", "d?", tobool, kAnything, 'b'},
    {"tolist", "d?", tolist, kAnything},
    {"tomap", "d?", tomap, kAnything},
    {"tonumber", "d?", tonumber, kAnything, 'n'},
    {"toset", "d?", toset, kAnything},
    {"tostring", "d?", tostring, kAnything, 's'},
    {"type", "d?", type, kTakesUnknown | kTakesWhole | kTakesGuards | kPlacesMarks, 's'},
};

}  // namespace

std::span<const FunctionInfo> type_functions() { return kFunctions; }

}  // namespace assay::formats::terraform
