// What is common to all calls: arity, conversion, nulls, unknowns, worlds, marks, origins.
#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

#include "parsers/core/limits.h"
#include "parsers/formats/terraform/functions/internal.h"

namespace assay::formats::terraform {
namespace {

using model::Alternative;
using model::Guard;
using model::kAlways;
using model::kNever;

constexpr size_t kMaxLeaves = 32;      // runs of one call over undecided arguments
constexpr size_t kMaxIdentity = 4096;  // bytes of text that an identity is computed from
constexpr uint32_t kMaxDepth = 2000;

// One parameter of FunctionInfo::parameters.
struct Parameter {
  std::string_view type;
  bool allows_null = false;
  bool repeats = false;
};

struct Parameters {
  Parameter items[6];
  size_t count = 0;

  const Parameter* begin() const { return items; }
  const Parameter* end() const { return items + count; }
};

Parameters parameters_of(const FunctionInfo& info) {
  Parameters out;
  std::string_view text = info.parameters;
  while (!text.empty() && out.count < 6) {
    size_t end = std::min(text.find(' '), text.size());
    std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    Parameter parameter;
    while (!word.empty() && (word.back() == '?' || word.back() == '*')) {
      (word.back() == '?' ? parameter.allows_null : parameter.repeats) = true;
      word.remove_suffix(1);
    }
    parameter.type = word;
    out.items[out.count++] = parameter;
  }
  return out;
}

const Type* type_of_letters(std::string_view letters, core::Arena& arena) {
  switch (letters[0]) {
    case 's':
      return letters.size() > 1 ? model::set_type(arena, type_of_letters(letters.substr(1), arena))
                                : model::string_type();
    case 'n':
      return model::number_type();
    case 'b':
      return model::bool_type();
    case 'l':
      return model::list_type(arena, type_of_letters(letters.substr(1), arena));
    case 'm':
      return model::map_type(arena, type_of_letters(letters.substr(1), arena));
    default:
      return model::dynamic_type();
  }
}

const Type* return_type(const FunctionInfo& info, core::Arena& arena) {
  switch (info.returns) {
    case 's':
      return model::string_type();
    case 'n':
      return model::number_type();
    case 'b':
      return model::bool_type();
    case 'l':
      return model::list_type(arena, model::string_type());
    default:
      return nullptr;
  }
}

std::string ordinal(size_t index) { return "argument " + std::to_string(index + 1); }

struct Inside {
  bool unknown = false;
  uint8_t marks = 0;
  uint32_t seen = 0;  // values that share parts can be far larger than their memory
};

void look_inside(const Value& value, Inside& inside, uint32_t depth) {
  inside.marks |= value.marks;
  if (++inside.seen > core::kMaxCollection) {
    // The rest is not looked at: the result is unknown, and may be secret.
    inside.unknown = true;
    inside.marks |= model::kSensitive;
    return;
  }
  if (depth > kMaxDepth) return;
  if (value.is_unknown()) {
    inside.unknown = true;
  } else if (value.is_sequence()) {
    for (const Value& item : value.items()) {
      if (inside.seen > core::kMaxCollection) return;
      look_inside(item, inside, depth + 1);
    }
  } else if (value.is_mapping()) {
    for (const Entry& entry : value.entries()) {
      if (inside.seen > core::kMaxCollection) return;
      look_inside(entry.value, inside, depth + 1);
    }
  } else if (value.is_alternatives()) {
    for (const Alternative& part : value.alternatives()) look_inside(part.value, inside, depth + 1);
  }
}

// --- Identity of unknown results.

uint64_t hash_of(std::string_view text) {
  uint64_t hash = 1469598103934665603ull;
  for (char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ull;
  return hash;
}

// Everything the value depends on; false when something inside has no identity or it is too much.
bool append_identity(const Value& value, std::string& out, uint32_t depth) {
  if (out.size() > kMaxIdentity || depth > 100) return false;
  if (value.guard != kAlways) out += "@" + std::to_string(value.guard) + ":";
  switch (value.kind) {
    case ValueKind::kUnknown:
      if (value.unknown().id.empty()) return false;
      out += value.unknown().id.text();
      return true;
    case ValueKind::kList:
    case ValueKind::kTuple:
    case ValueKind::kSet:
      out += "[";
      for (const Value& item : value.items()) {
        if (!append_identity(item, out, depth + 1)) return false;
        out += ",";
      }
      out += "]";
      return true;
    case ValueKind::kMap:
    case ValueKind::kObject:
      out += "{";
      for (const Entry& entry : value.entries()) {
        out += entry.key;
        out += ":";
        if (!append_identity(entry.value, out, depth + 1)) return false;
        out += ",";
      }
      out += "}";
      return true;
    case ValueKind::kAlternatives:
      out += "<";
      for (const Alternative& part : value.alternatives()) {
        out += std::to_string(part.guard) + ":";
        if (!append_identity(part.value, out, depth + 1)) return false;
        out += "|";
      }
      out += ">";
      return true;
    default:
      out += model::literal_text(value);
      return true;
  }
}

// What a reader sees of an argument: names and short literals, never a secret.
std::string readable(const Value& value) {
  if (value.is_unknown()) return model::display_name(value.unknown().id.text());
  if (value.has_mark(model::kSensitive) || !(value.is_primitive() || value.is_null())) return "...";
  std::string text = model::literal_text(value);
  return text.size() <= 40 ? text : "...";
}

std::string identity(CallContext& context, std::string_view name, Arguments arguments) {
  std::string all, shown;
  bool exact = true;  // what is shown says it all
  for (const Value& argument : arguments) {
    size_t before = all.size();
    if (!append_identity(argument, all, 0)) return {};
    std::string_view fresh = std::string_view(all).substr(before);
    std::string text = readable(argument);
    exact = exact && (argument.is_unknown() || text == fresh);
    if (!shown.empty()) shown += ", ";
    shown += text;
    all += ';';
  }
  std::string id = context.root_id + "#" + std::string(name) + "(" + shown + ")";
  if (exact) return id;
  char buffer[24];
  std::snprintf(buffer, sizeof buffer, "~%016llx", static_cast<unsigned long long>(hash_of(all)));
  return id + buffer;
}

// --- Origins.

void collect_origins(const Value& value, std::vector<const model::Origin*>& out, uint32_t depth) {
  constexpr size_t kMaxOrigins = 16;
  if (out.size() >= kMaxOrigins) return;
  if (value.origin != nullptr) {
    if (std::find(out.begin(), out.end(), value.origin) == out.end()) out.push_back(value.origin);
    return;
  }
  if (depth > 3) return;
  if (value.is_sequence()) {
    for (const Value& item : value.items()) collect_origins(item, out, depth + 1);
  } else if (value.is_mapping()) {
    for (const Entry& entry : value.entries()) collect_origins(entry.value, out, depth + 1);
  } else if (value.is_alternatives()) {
    for (const Alternative& part : value.alternatives())
      collect_origins(part.value, out, depth + 1);
  }
}

const model::Origin* function_origin(const FunctionInfo& info, CallContext& context,
                                     Arguments arguments) {
  std::vector<const model::Origin*> from;
  for (const Value& argument : arguments) collect_origins(argument, from, 0);
  if (from.empty()) return nullptr;
  model::Origin* origin = context.arena.make<model::Origin>();
  origin->kind = model::OriginKind::kFunction;
  origin->span = context.call_span;
  origin->what = info.name;
  origin->from_array = context.arena.copy(from).data();
  origin->from_count = static_cast<uint32_t>(from.size());
  return origin;
}

// --- Worlds.

Guard first_guard(const Value& value, uint32_t depth) {
  if (depth > kMaxDepth) return kAlways;
  if (value.is_alternatives()) return value.alternatives()[0].guard;
  if (value.is_sequence()) {
    for (const Value& item : value.items()) {
      if (item.guard != kAlways) return item.guard;
      if (Guard inner = first_guard(item, depth + 1); inner != kAlways) return inner;
    }
  } else if (value.is_mapping()) {
    for (const Entry& entry : value.entries()) {
      if (entry.value.guard != kAlways) return entry.value.guard;
      if (Guard inner = first_guard(entry.value, depth + 1); inner != kAlways) return inner;
    }
  }
  return kAlways;
}

class Worlds {
 public:
  Worlds(CallContext& context, const WorldFunction& run, bool deep)
      : context_(context), run_(run), deep_(deep) {}

  void split(const std::vector<Value>& values, Guard given, uint32_t depth) {
    if (too_many_) return;
    Guard open = next_guard(values);
    if (open == kAlways) {
      too_many_ = ++leaves_ > kMaxLeaves;
      if (!too_many_) leaf(values, given);
      return;
    }
    if (depth > kMaxLeaves) {
      too_many_ = true;
      return;
    }
    for (Guard side : {open, context_.guards.negate(open)}) {
      Guard both = context_.guards.both(given, side);
      if (both == kNever) continue;
      std::vector<Value> decided;
      decided.reserve(values.size());
      for (const Value& value : values) decided.push_back(assuming(value, both, context_));
      split(decided, both, depth + 1);
    }
  }

  CallResult finish(std::string_view name, Arguments values) {
    if (too_many_) return unknown_result(context_, name, nullptr, values);
    if (!any_value_) return first_error_;
    CallResult result = model::alternatives_value(parts_, context_.guards, context_.arena);
    result.fails_when = fails_when_;
    result.error = first_error_.error;
    return result;
  }

 private:
  Guard next_guard(const std::vector<Value>& values) const {
    for (const Value& value : values) {
      if (value.is_alternatives()) return value.alternatives()[0].guard;
      if (!deep_) continue;
      if (Guard open = first_guard(value, 0); open != kAlways) return open;
    }
    return kAlways;
  }

  void leaf(Arguments values, Guard given) {
    CallResult result = run_(values);
    if (result.is_error) {
      fails_when_ = context_.guards.either(fails_when_, given);
      if (!first_error_.is_error) first_error_ = result;
      result.value = unknown_result(context_, "error", nullptr, values);
    } else {
      any_value_ = true;
      fails_when_ =
          context_.guards.either(fails_when_, context_.guards.both(given, result.fails_when));
      if (first_error_.error.empty()) first_error_.error = result.error;
    }
    parts_.push_back({given, result.value});
  }

  CallContext& context_;
  const WorldFunction& run_;
  const bool deep_;
  std::vector<Alternative> parts_;
  CallResult first_error_;
  Guard fails_when_ = kNever;
  size_t leaves_ = 0;
  bool too_many_ = false;
  bool any_value_ = false;
};

CallResult split_worlds(CallContext& context, std::string_view name, Arguments values,
                        const WorldFunction& run, bool deep) {
  Worlds worlds(context, run, deep);
  worlds.split(std::vector<Value>(values.begin(), values.end()), kAlways, 0);
  return worlds.finish(name, values);
}

// --- The call itself.

class Call {
 public:
  Call(const FunctionInfo& info, CallContext& context)
      : info_(info), context_(context), parameters_(parameters_of(info)) {}

  CallResult run(Arguments arguments) {
    if (CallResult result = check_count(arguments); result.is_error) return result;
    if (has(kImpure)) return impure();
    bool undecided = std::any_of(arguments.begin(), arguments.end(),
                                 [](const Value& value) { return value.is_alternatives(); });
    if (undecided && !has(kTakesAlternatives)) {
      return split_worlds(
          context_, info_.name, arguments, [&](Arguments decided) { return with_types(decided); },
          false);
    }
    return with_types(arguments);
  }

 private:
  bool has(uint16_t flag) const { return (info_.flags & flag) != 0; }

  CallResult check_count(Arguments arguments) const {
    int count = static_cast<int>(arguments.size());
    int least = info_.min_arguments(), most = info_.max_arguments();
    std::string name = "Function \"" + std::string(info_.name) + "\" expects ";
    if (count < least) {
      return failure("Not enough function arguments. " + name + (most == least ? "" : "at least ") +
                     std::to_string(least) + (least == 1 ? " argument." : " arguments."));
    }
    if (most >= 0 && count > most) {
      return failure("Too many function arguments. " + name + "only " + std::to_string(most) +
                     (most == 1 ? " argument." : " arguments."));
    }
    return {};
  }

  // Differs from run to run; two calls are never known to be the same.
  CallResult impure() {
    model::Unknown facts;
    facts.type = return_type(info_, context_.arena);
    facts.not_null = true;
    core::Symbol* cause = context_.arena.make<core::Symbol>(std::string(info_.name) + "()");
    facts.cause_array = cause;
    facts.cause_count = 1;
    Value value = model::unknown_value(facts, context_.arena);
    value.span = context_.call_span;
    return value;
  }

  const Parameter& parameter(size_t index) const {
    return parameters_.items[std::min(index, parameters_.count - 1)];
  }

  CallResult with_types(Arguments arguments) {
    std::vector<Value> values(arguments.begin(), arguments.end());
    for (size_t i = 0; i < values.size(); ++i) {
      const Parameter& expected = parameter(i);
      if (expected.type != "d" && !already(values[i], expected.type)) {
        CallResult converted =
            convert(values[i], type_of_letters(expected.type, context_.arena), context_);
        if (converted.is_error) {
          return failure("Invalid value for " + ordinal(i) + " of \"" + std::string(info_.name) +
                         "\": " + converted.error + ".");
        }
        values[i] = converted.value;
      }
      if (values[i].is_null() && !expected.allows_null) {
        return failure("Invalid value for " + ordinal(i) + " of \"" + std::string(info_.name) +
                       "\": argument must not be null.");
      }
    }
    if (!has(kTakesGuards) && !has(kTakesAlternatives)) {
      bool guarded = std::any_of(values.begin(), values.end(), has_guards);
      if (guarded) {
        CallResult result = split_worlds(
            context_, info_.name, values, [&](Arguments decided) { return with_unknowns(decided); },
            true);
        return result;
      }
    }
    return with_unknowns(values);
  }

  static bool already(const Value& value, std::string_view type) {
    if (type.size() != 1) return false;
    return (type[0] == 's' && value.is_string()) || (type[0] == 'n' && value.is_number()) ||
           (type[0] == 'b' && value.is_bool());
  }

  CallResult with_unknowns(Arguments values) {
    Inside inside;
    bool takes_parts = has(kTakesUnknown) && has(kTakesMarks);
    if (!takes_parts) {
      for (const Value& value : values) look_inside(value, inside, 0);
    } else {
      for (const Value& value : values) {
        inside.marks |= value.marks;
        inside.unknown = inside.unknown || value.is_unknown();
      }
    }
    bool unknown = has(kTakesWhole)     ? false
                   : has(kTakesUnknown) ? std::any_of(values.begin(), values.end(),
                                                      [](const Value& v) { return v.is_unknown(); })
                                        : inside.unknown;
    if (has(kTakesMarks) || has(kPlacesMarks)) {
      inside.marks = 0;
      for (const Value& value : values) inside.marks |= value.marks;
    }
    CallResult result = unknown
                            ? CallResult(unknown_result(context_, info_.name,
                                                        return_type(info_, context_.arena), values))
                            : info_.function(context_, values);
    if (result.is_error) {
      if (result.error.rfind("Invalid ", 0) != 0) {
        result.error =
            "Call to function \"" + std::string(info_.name) + "\" failed: " + result.error + ".";
      }
      return result;
    }
    Value& value = result.value;
    if (!has(kPlacesMarks)) value.marks |= inside.marks;
    if (!has(kSelects) || !value.span.valid()) {
      // What jsonencode wrote down stays findable behind the text.
      const Value* structure = value.origin ? value.origin->structure : nullptr;
      value.span = context_.call_span;
      value.origin = function_origin(info_, context_, values);
      if (structure != nullptr) {
        model::Origin origin;
        if (value.origin) origin = *value.origin;
        origin.kind = model::OriginKind::kFunction;
        origin.span = context_.call_span;
        origin.what = info_.name;
        origin.structure = structure;
        value.origin = context_.arena.make<model::Origin>(origin);
      }
    }
    return result;
  }

  const FunctionInfo& info_;
  CallContext& context_;
  const Parameters parameters_;
};

}  // namespace

CallResult failure(std::string message) {
  CallResult result;
  result.is_error = true;
  result.error = std::move(message);
  return result;
}

CallResult bad_argument(std::string_view parameter, std::string_view what) {
  return failure("Invalid value for \"" + std::string(parameter) +
                 "\" parameter: " + std::string(what) + ".");
}

model::Unknown unknown_facts(CallContext& context, std::string_view name, const Type* type,
                             Arguments arguments) {
  std::string id = name.empty() ? std::string() : identity(context, name, arguments);
  Value base = model::derived_unknown(id, type, arguments, context.guards, context.arena);
  model::Unknown facts = base.unknown();
  facts.not_null = type != nullptr && !name.empty();
  return facts;
}

Value unknown_result(CallContext& context, std::string_view name, const Type* type,
                     Arguments arguments) {
  model::Unknown facts = unknown_facts(context, name, type, arguments);
  Value value = model::unknown_value(facts, context.arena);
  for (const Value& argument : arguments) value.marks |= model::marks_inside(argument);
  return value;
}

CallResult in_worlds(CallContext& context, std::string_view name, Arguments values,
                     const WorldFunction& run) {
  return split_worlds(context, name, values, run, true);
}

CallResult in_top_worlds(CallContext& context, std::string_view name, Arguments values,
                         const WorldFunction& run) {
  return split_worlds(context, name, values, run, false);
}

CallResult with_present(CallContext& context, std::string_view name, Arguments items,
                        const PresentFunction& run) {
  bool guarded = std::any_of(items.begin(), items.end(), [](const Value& item) { return item.guard != kAlways; });
  if (!guarded) {
    std::vector<uint32_t> all(items.size());
    std::iota(all.begin(), all.end(), 0u);
    return run(all);
  }
  std::vector<Value> places;  // the number of each item under its guard
  places.reserve(items.size());
  for (uint32_t i = 0; i < items.size(); ++i) {
    places.push_back(model::with_guard(model::int_value(i), items[i].guard));
  }
  auto indices = [](Arguments present) {
    std::vector<uint32_t> out;
    out.reserve(present.size());
    for (const Value& place : present) out.push_back(static_cast<uint32_t>(place.small));
    return out;
  };
  Value list = model::list_value(places, context.arena);
  CallResult result = in_worlds(context, name, Arguments(&list, 1), [&](Arguments decided) {
    return run(indices(decided[0].items()));
  });
  if (result.value.is_unknown() && result.value.unknown().type == nullptr) {
    // Too many ways: name the unknown after the items themselves.
    for (const Value& item : items) result.value.marks |= model::marks_inside(item);
  }
  return result;
}

CallResult call_function(const FunctionInfo& info, CallContext& context, Arguments arguments) {
  return Call(info, context).run(arguments);
}

int FunctionInfo::min_arguments() const {
  int count = 0;
  for (const Parameter& parameter : parameters_of(*this)) count += parameter.repeats ? 0 : 1;
  return count;
}

int FunctionInfo::max_arguments() const {
  int count = 0;
  for (const Parameter& parameter : parameters_of(*this)) {
    if (parameter.repeats) return -1;
    ++count;
  }
  return count;
}

}  // namespace assay::formats::terraform
