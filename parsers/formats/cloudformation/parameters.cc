#include "parsers/formats/cloudformation/parameters.h"

#include <optional>

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

// {ParameterKey, ParameterValue} rows, {"Parameters": {...}} or a flat mapping.
const Node* find_in_file(const syntax::Tree& tree, std::string_view name) {
  const Node* document = tree.root ? tree.root->child(0) : nullptr;
  const Node* top = document ? syntax::resolve_alias(document->child(0)) : nullptr;
  if (is_sequence(top)) {
    const Node* found = nullptr;
    for (const Node* row : top->children()) {
      if (!is_mapping(row)) continue;
      if (plain_text(syntax::lookup(*row, "ParameterKey")) != name) continue;
      if (const Node* value = syntax::lookup(*row, "ParameterValue")) found = value;
    }
    return found;
  }
  if (!is_mapping(top)) return nullptr;
  const Node* nested = syntax::lookup(*top, "Parameters");
  if (is_mapping(nested)) return syntax::lookup(*nested, name);
  return syntax::lookup(*top, name);
}

std::optional<Given> given_in_files(std::string_view name, TreeValues& values,
                                    const LoadContext& context) {
  std::optional<Given> given;
  if (!context.options) return given;
  for (const std::string& path : context.options->parameter_files) {
    const InputFile* file = context.find(path);
    if (!file || !file->tree) continue;
    const Node* node = find_in_file(*file->tree, name);
    auto text = plain_text(node);
    if (!text) continue;
    // Texts of another tree: that file's text stays, what its reader decoded may not.
    given = Given{values.arena().copy(*text), {file->id, node->begin, node->end},
                  OriginKind::kVariableValue};
  }
  return given;
}

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

}  // namespace

Parameter read_parameter(std::string_view name, Span key_span, Span span, const Node* declaration,
                         std::string_view root_id, TreeValues& values, model::Root& root,
                         const LoadContext& context) {
  Parameter parameter;
  parameter.name = name;
  parameter.key_span = key_span;
  parameter.span = span;
  if (is_mapping(declaration)) parameter.declaration = declaration;
  auto type = declaration ? plain_text(syntax::lookup(*declaration, "Type")) : std::nullopt;
  if (type) parameter.type = values.keep(*type);
  std::string_view as = parameter.type;
  auto stored = stored_type(as);

  std::optional<Given> given;
  if (!stored) {
    given = given_in_files(name, values, context);
    const Node* fallback = declaration ? syntax::lookup(*declaration, "Default") : nullptr;
    auto text = plain_text(fallback);
    if (!given && text) given = Given{values.keep(*text), values.span(*fallback)};
  } else {
    as = *stored;
  }
  uint8_t marks = 0;
  auto no_echo = declaration ? plain_text(syntax::lookup(*declaration, "NoEcho")) : std::nullopt;
  if (no_echo && (*no_echo == "true" || *no_echo == "True" || *no_echo == "TRUE")) {
    marks = model::kSensitive;
  }
  if (given) {
    parameter.value = model::with_marks(convert(*given, name, as, root.arena), marks);
    return parameter;
  }
  std::string id(root_id);
  id.append("param.").append(name);
  model::Unknown unknown = model::unknown_input(id, model_type(as, root.arena), root.arena).unknown();
  unknown.not_null = true;
  if (parameter.declaration && !stored) {
    refine(unknown, *declaration, as, root.arena);
    std::vector<std::string> allowed = allowed_values(*declaration, as, root.arena);
    if (!allowed.empty()) root.guards.declare_domain(id, allowed);
  }
  parameter.value = model::with_marks(model::unknown_value(unknown, root.arena), marks);
  parameter.value.span = key_span;
  return parameter;
}

}  // namespace assay::formats::cloudformation
