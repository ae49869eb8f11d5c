#include "parsers/formats/cloudformation/parameters.h"

#include <optional>

#include "parsers/core/suggest.h"
#include "parsers/formats/cloudformation/calls.h"

namespace assay::formats::cloudformation {

using core::Span;
using model::Origin;
using model::OriginKind;
using model::Value;
using syntax::Node;

namespace {

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool is_list_type(std::string_view type) {
  return type == "CommaDelimitedList" || type.starts_with("List<");
}
// The T of AWS::SSM::Parameter::Value<T>: what stands in the Default is the name of a stored value.
std::optional<std::string_view> stored_type(std::string_view type) {
  constexpr std::string_view kPrefix = "AWS::SSM::Parameter::Value<";
  if (!type.starts_with(kPrefix)) return std::nullopt;
  type.remove_prefix(kPrefix.size());
  if (type.ends_with('>')) type.remove_suffix(1);
  return type;
}

const model::Type* model_type(std::string_view type, core::Arena& arena) {
  if (is_list_type(type)) return model::list_type(arena, model::string_type());
  return type == "Number" ? model::number_type() : model::string_type();
}

// A value given for a parameter, as found: where it is written and its text.
struct Given {
  std::string_view text;
  Span span;
  OriginKind kind = OriginKind::kVariableDefault;
};

Value convert(const Given& given, std::string_view name, std::string_view type,
              core::Arena& arena) {
  Origin written;
  written.kind = given.kind;
  written.span = given.span;
  written.what = name;
  const Origin* origin = arena.make<Origin>(written);
  Value value;
  if (is_list_type(type)) {
    std::vector<Value> items;
    std::string_view rest = given.text;
    while (!trim(given.text).empty()) {
      size_t comma = rest.find(',');
      Value item = model::string_value(trim(rest.substr(0, comma)));
      items.push_back(model::with_origin(model::with_span(item, given.span), origin));
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
    value = model::list_value(items, arena);
  } else {
    value = model::string_value(given.text);
    if (type == "Number") {
      auto number = core::Number::parse(trim(given.text), arena);
      if (number) value = model::number_value(*number, arena);
    }
  }
  return model::with_origin(model::with_span(value, given.span), origin);
}

std::optional<core::Number> number_at(const Node& declaration, std::string_view key,
                                      core::Arena& arena) {
  auto text = plain_text(syntax::lookup(declaration, key));
  if (!text) return std::nullopt;
  return core::Number::parse(trim(*text), arena);
}

void refine(model::Unknown& unknown, const Node& declaration, std::string_view type,
            core::Arena& arena) {
  if (type == "Number") {
    auto low = number_at(declaration, "MinValue", arena);
    auto high = number_at(declaration, "MaxValue", arena);
    if (low) unknown.minimum = arena.make<core::Number>(*low);
    if (high) unknown.maximum = arena.make<core::Number>(*high);
  } else if (!is_list_type(type)) {
    auto low = number_at(declaration, "MinLength", arena);
    auto high = number_at(declaration, "MaxLength", arena);
    if (low && low->to_int64()) unknown.min_length = *low->to_int64();
    if (high && high->to_int64()) unknown.max_length = *high->to_int64();
  }
}

std::vector<std::string> allowed_values(const Node& declaration, std::string_view type,
                                        core::Arena& arena) {
  std::vector<std::string> out;
  const Node* list = syntax::lookup(declaration, "AllowedValues");
  if (!is_sequence(list) || is_list_type(type)) return out;
  for (const Node* item : list->children()) {
    auto text = plain_text(item);
    if (!text) return {};
    Value value = model::string_value(*text);
    if (type == "Number") {
      auto number = core::Number::parse(trim(*text), arena);
      if (number) value = model::number_value(*number, arena);
    }
    out.push_back(model::literal_text(value));
  }
  return out;
}

bool is_true(std::optional<std::string_view> text) {
  return text && (*text == "true" || *text == "True" || *text == "TRUE");
}

// What a stack gives to a parameter of its template, as the parameter's type has it.
Value as_type(const Value& given, std::string_view name, std::string_view type, model::Root& root) {
  core::Arena& arena = root.arena;
  if (given.is_alternatives()) {
    std::vector<model::Alternative> mapped;
    for (const model::Alternative& one : given.alternatives()) {
      mapped.push_back({one.guard, as_type(one.value, name, type, root)});
    }
    return model::with_span(model::alternatives_value(mapped, root.guards, arena), given.span);
  }
  Value value = given;
  if (is_list_type(type)) {
    if (given.is_string()) {
      std::vector<Value> items;
      std::string_view rest = given.text();
      while (!trim(given.text()).empty()) {
        size_t comma = rest.find(',');
        Value item = given;
        Value part = model::string_value(trim(rest.substr(0, comma)));
        item.chars = part.chars;
        item.size = part.size;
        items.push_back(item);
        if (comma == std::string_view::npos) break;
        rest.remove_prefix(comma + 1);
      }
      value = model::with_marks(model::list_value(items, arena), given.marks);
    } else if (given.is_unknown() && given.unknown().type && given.unknown().type->kind == model::TypeKind::kString) {
      std::string id(given.unknown().id.text());
      size_t hash = id.find('#');
      if (hash != std::string::npos) id = id.substr(0, hash + 1) + "Split(\",\", " + id.substr(hash + 1) + ")";
      model::Unknown list = model::derived_unknown(id, model_type(type, arena), {&given, 1}, root.guards, arena).unknown();
      list.not_null = true;
      value = model::with_marks(model::unknown_value(list, arena), given.marks);
    }
  } else if (type == "Number") {
    auto number = given.is_string() ? core::Number::parse(trim(given.text()), arena) : std::nullopt;
    if (number) value = model::with_marks(model::number_value(*number, arena), given.marks);
  } else if (given.is_number() || given.is_bool()) {
    std::string text = given.is_number() ? given.number().to_text() : given.boolean ? "true" : "false";
    value = model::with_marks(model::string_value(arena.copy(std::string_view(text))), given.marks);
  }
  Origin hop;
  hop.kind = OriginKind::kModuleArgument;
  hop.span = given.span;
  hop.what = name;
  std::vector<const Origin*> from;
  if (given.origin) from.push_back(given.origin);
  hop.from_array = arena.copy(from).data();
  hop.from_count = static_cast<uint32_t>(from.size());
  value = model::with_span(value, given.span);
  // Without a further chain the value is written here: the literal is this hop's end.
  return model::with_origin(model::with_guard(value, model::kAlways),
                            given.is_unknown() && from.empty() ? nullptr : arena.make<Origin>(hop));
}

// A known value that the declaration refuses: deployment would, too.
void check_allowed(const Value& value, const Node& declaration, std::string_view name,
                   core::Problems& problems) {
  const Node* list = syntax::lookup(declaration, "AllowedValues");
  if (!is_sequence(list)) return;
  auto text_of = [](const Value& one) {
    return one.is_string() ? std::string(one.text()) : one.is_number() ? one.number().to_text() : std::string();
  };
  auto check = [&](const Value& one) {
    if (!one.is_primitive()) return;
    std::vector<std::string_view> allowed;
    std::string text = text_of(one);
    for (const Node* item : list->children()) {
      auto allow = plain_text(item);
      if (!allow || *allow == text) return;  // what cannot be read is not held against it
      if (one.is_number()) {
        core::Arena scratch;
        auto number = core::Number::parse(trim(*allow), scratch);
        if (number && *number == one.number()) return;
      }
      allowed.push_back(*allow);
    }
    bool hidden = one.has_mark(model::kSensitive) || is_true(plain_text(syntax::lookup(declaration, "NoEcho")));
    std::string message = "the value ";
    if (!hidden) message.append("\"").append(text).append("\" ");
    message.append("of parameter ").append(name).append(" is none of its AllowedValues");
    if (!hidden) message += core::did_you_mean(text, allowed);
    core::add_problem(problems, core::ProblemSeverity::kWarning, "cfn-parameter-value", std::move(message), one.span);
  };
  if (value.is_sequence()) {
    for (const Value& item : value.items()) check(item);
  } else {
    check(value);
  }
}

}  // namespace

GivenValues read_given_values(const LoadContext& context, core::Arena& arena) {
  GivenValues out;
  if (!context.options || !context.sources) return out;
  for (const std::string& path : context.options->parameter_files) {
    core::FileId id = context.sources->find(path);
    if (id == core::kNoFile) continue;
    const InputFile* file = context.find(path);
    for (GivenParameter& given :
         read_parameter_file(file ? file->tree : nullptr, id, context.sources->text(id), arena)) {
      out[given.name] = given;
    }
  }
  return out;
}

Parameter read_parameter(const Declaration& declared, std::string_view prefix, TreeValues& values,
                         model::Root& root, const GivenValues& files,
                         const std::map<std::string_view, model::Value>* arguments,
                         core::Problems& problems) {
  const Node* declaration = declared.node;
  std::string_view name = declared.name;
  Parameter parameter;
  parameter.name = name;
  parameter.key_span = declared.key_span;
  parameter.span = declared.span;
  if (is_mapping(declaration)) parameter.declaration = declaration;
  else declaration = nullptr;
  auto text_at = [&](std::string_view key) {
    return declaration ? plain_text(syntax::lookup(*declaration, key)) : std::nullopt;
  };
  if (auto type = text_at("Type")) parameter.type = values.keep(*type);
  std::string_view as = parameter.type;
  auto stored = stored_type(as);
  if (stored) as = *stored;
  uint8_t marks = is_true(text_at("NoEcho")) ? model::kSensitive : 0;

  std::optional<Value> known;
  bool previous = false;
  if (arguments) {
    auto argument = arguments->find(name);
    if (argument != arguments->end() && !stored) known = as_type(argument->second, name, as, root);
    previous = argument != arguments->end();
  } else if (auto in_file = files.find(name); in_file != files.end()) {
    previous = true;
    Given given{in_file->second.text, in_file->second.span, OriginKind::kVariableValue};
    if (!in_file->second.previous && !stored) known = convert(given, name, as, root.arena);
  }
  const Node* fallback = declaration ? syntax::lookup(*declaration, "Default") : nullptr;
  auto text = plain_text(fallback);
  if (!previous && !stored && text) {
    known = convert({values.keep(*text), values.span(*fallback)}, name, as, root.arena);
  }
  if (known) {
    parameter.value = model::with_marks(*known, marks);
    if (declaration) check_allowed(parameter.value, *declaration, name, problems);
    return parameter;
  }
  std::string id(prefix);
  id.append("param.").append(name);
  model::Unknown unknown = model::unknown_input(id, model_type(as, root.arena), root.arena).unknown();
  unknown.not_null = true;
  if (declaration && !stored) {
    refine(unknown, *declaration, as, root.arena);
    std::vector<std::string> allowed = allowed_values(*declaration, as, root.arena);
    if (!allowed.empty()) root.guards.declare_domain(id, allowed);
    auto pattern = text_at("AllowedPattern");
    if (pattern && as == "String") parameter.pattern = values.keep(*pattern);
  }
  parameter.value = model::with_marks(model::unknown_value(unknown, root.arena), marks);
  parameter.value.span = declared.key_span;
  return parameter;
}

}  // namespace assay::formats::cloudformation
