#include "parsers/formats/arm/parameters.h"

#include <optional>
#include <vector>

#include "parsers/core/suggest.h"
#include "parsers/core/text.h"
#include "parsers/syntax/yaml/entries.h"

namespace assay::formats::arm {

using core::Span;
using model::Value;
using syntax::Node;
using syntax::NodeKind;

namespace {

constexpr std::string_view kTypes[] = {"string", "securestring", "int", "bool", "object", "secureobject", "array"};
constexpr uint32_t kMaxDefinitions = 16;  // that name each other

bool is_mapping(const Node* node) { return node && node->kind == NodeKind::kMapping; }

const model::Type* model_type(std::string_view type) {
  if (type == "string" || type == "securestring") return model::string_type();
  if (type == "int") return model::number_type();
  return type == "bool" ? model::bool_type() : nullptr;
}

std::optional<core::Number> number_at(const Node& declaration, std::string_view key, core::Arena& arena) {
  const Node* node = syntax::lookup(declaration, key);
  if (!node || node->kind != NodeKind::kNumber) return std::nullopt;
  return core::Number::parse(node->text, arena);
}

// Canonical texts of the allowed values; nothing when one of them is no plain value.
std::vector<std::string> allowed_values(const Node& declaration, core::Arena& arena) {
  std::vector<std::string> out;
  const Node* list = syntax::lookup(declaration, "allowedValues");
  if (!list || list->kind != NodeKind::kSequence) return out;
  for (const Node* item : list->children()) {
    if (!item) return {};
    if (item->kind == NodeKind::kString) {
      out.push_back(model::literal_text(model::string_value(item->text)));
    } else if (item->kind == NodeKind::kBool) {
      out.emplace_back(item->text);
    } else if (auto number = item->kind == NodeKind::kNumber ? core::Number::parse(item->text, arena) : std::nullopt) {
      out.push_back(number->to_text());
    } else {
      return {};
    }
  }
  return out;
}

}  // namespace

const Node* parameter_section(const syntax::Tree* tree) {
  if (!tree || !tree->root || tree->language != syntax::Language::kJson) return nullptr;
  const Node* document = tree->root->child(0);
  const Node* top = document ? document->child(0) : nullptr;
  if (!is_mapping(top)) return nullptr;
  const Node* section = syntax::lookup(*top, "parameters");
  if (!is_mapping(section) || syntax::lookup(*top, "resources")) return nullptr;
  const Node* schema = syntax::lookup(*top, "$schema");
  if (schema && core::contains_ignoring_case(schema->text, "deploymentParameters.json")) return section;
  // Without a schema: every parameter is {"value": ...} or {"reference": ...}.
  bool shaped = section->child_count > 0;
  for (const Node* pair : section->children()) {
    const Node* given = pair->child(1);
    shaped = shaped && is_mapping(given) && (syntax::lookup(*given, "value") || syntax::lookup(*given, "reference"));
  }
  return shaped ? section : nullptr;
}

GivenValues read_given_values(const LoadContext& context) {
  GivenValues out;
  if (!context.options || !context.sources) return out;
  for (const std::string& path : context.options->parameter_files) {
    const InputFile* file = context.find(path);
    const Node* section = file ? parameter_section(file->tree) : nullptr;
    if (!section) continue;
    syntax::for_each_entry(*section, [&](const syntax::Entry& entry) {
      if (!entry.key || !is_mapping(entry.value)) return;
      GivenValue given;
      given.tree = file->tree;
      given.value = syntax::lookup(*entry.value, "value");
      given.span = file->tree->span(given.value ? *given.value : *entry.value);
      out[core::to_lower_ascii(entry.key->text)] = given;
    });
  }
  return out;
}

Parameter declare_parameter(std::string_view name, Span key_span, Span span, const Node* declaration,
                            const Node* definitions, core::Arena& arena) {
  Parameter parameter;
  parameter.name = name;
  parameter.key_span = key_span;
  parameter.span = span;
  if (!is_mapping(declaration)) return parameter;
  parameter.declaration = declaration;
  // Types of one's own: {"$ref": "#/definitions/name"}.
  const Node* at = declaration;
  for (uint32_t i = 0; i < kMaxDefinitions && is_mapping(at); ++i) {
    const Node* type = syntax::lookup(*at, "type");
    if (type && type->kind == NodeKind::kString) {
      parameter.type = arena.copy(std::string_view(core::to_lower_ascii(type->text)));
      break;
    }
    constexpr std::string_view kPrefix = "#/definitions/";
    const Node* reference = syntax::lookup(*at, "$ref");
    bool local = reference && definitions && reference->text.starts_with(kPrefix);
    at = local ? syntax::lookup(*definitions, reference->text.substr(kPrefix.size())) : nullptr;
  }
  parameter.secure = parameter.type.starts_with("secure");
  return parameter;
}

Value unknown_parameter(const Parameter& parameter, const std::string& id, model::Root& root) {
  core::Arena& arena = root.arena;
  model::Unknown unknown = model::unknown_input(id, model_type(parameter.type), arena).unknown();
  unknown.not_null = true;
  if (const Node* declaration = parameter.declaration) {
    const Node* nullable = syntax::lookup(*declaration, "nullable");
    if (nullable && nullable->text == "true") unknown.not_null = false;
    auto low = number_at(*declaration, "minValue", arena), high = number_at(*declaration, "maxValue", arena);
    if (low) unknown.minimum = arena.make<core::Number>(*low);
    if (high) unknown.maximum = arena.make<core::Number>(*high);
    auto least = number_at(*declaration, "minLength", arena), most = number_at(*declaration, "maxLength", arena);
    if (least && least->to_int64()) unknown.min_length = *least->to_int64();
    if (most && most->to_int64()) unknown.max_length = *most->to_int64();
    if (unknown.type) {
      std::vector<std::string> allowed = allowed_values(*declaration, arena);
      if (!allowed.empty() && unknown.not_null) root.guards.declare_domain(id, allowed);
    }
  }
  Value value = model::unknown_value(unknown, arena);
  value.span = parameter.key_span;
  return model::with_marks(value, parameter.secure ? model::kSensitive : 0);
}

Value as_declared(const Value& value, const Parameter& parameter, core::Arena& arena) {
  if (!value.is_string()) return value;
  Value made = value;
  if (parameter.type == "int") {
    auto number = core::Number::parse(core::trim(value.text()), arena);
    if (!number || !number->is_whole()) return value;
    made = model::number_value(*number, arena);
  } else if (parameter.type == "bool") {
    bool truth = core::equals_ignoring_case(value.text(), "true");
    if (!truth && !core::equals_ignoring_case(value.text(), "false")) return value;
    made = model::bool_value(truth);
  } else {
    return value;
  }
  made = model::with_origin(model::with_span(made, value.span), value.origin);
  return model::with_marks(made, value.marks);
}

void check_parameter(const Parameter& parameter, core::Problems& problems) {
  if (!parameter.declaration) return;
  auto warn = [&](std::string code, std::string message, Span at) {
    core::add_problem(problems, core::ProblemSeverity::kWarning, std::move(code), std::move(message), at);
  };
  std::string name(parameter.name);
  const Node* type = syntax::lookup(*parameter.declaration, "type");
  if (parameter.type.empty()) {
    if (!syntax::lookup(*parameter.declaration, "$ref")) {
      warn("arm-parameter", "parameter " + name + " has no type", parameter.key_span);
    }
    return;
  }
  std::vector<std::string_view> types(std::begin(kTypes), std::end(kTypes));
  bool known_type = false;
  for (std::string_view one : types) known_type = known_type || one == parameter.type;
  if (!known_type) {
    Span at = parameter.key_span;
    if (type) at = {at.file, type->begin, type->end};
    warn("arm-parameter", "there is no parameter type " + std::string(parameter.type) +
                              core::did_you_mean(parameter.type, types), at);
    return;
  }
  const Value& value = parameter.value;
  if (value.is_unknown() || value.is_alternatives() || value.is_null()) return;
  std::string_view wanted = parameter.type;
  if (wanted.starts_with("secure")) wanted.remove_prefix(6);
  bool fits = wanted == "string" ? value.is_string()
              : wanted == "int"  ? value.is_number()
              : wanted == "bool" ? value.is_bool()
              : wanted == "array" ? value.is_sequence()
                                  : value.is_mapping();
  if (!fits) {
    warn("arm-parameter-value", "the value of parameter " + name + " is not of type " + std::string(parameter.type),
         value.span);
    return;
  }
  if (!value.is_primitive()) return;
  core::Arena scratch;
  std::vector<std::string> allowed = allowed_values(*parameter.declaration, scratch);
  if (allowed.empty()) return;
  std::string text = model::literal_text(value);
  for (const std::string& one : allowed) {
    if (core::equals_ignoring_case(one, text)) return;
  }
  auto bare = [](std::string_view quoted) {
    return quoted.size() > 1 && quoted[0] == '"' ? quoted.substr(1, quoted.size() - 2) : quoted;
  };
  std::vector<std::string_view> shown(allowed.begin(), allowed.end());
  for (std::string_view& one : shown) one = bare(one);
  std::string message = "the value ";
  if (!parameter.secure) message.append(text).append(1, ' ');
  message.append("of parameter ").append(name).append(" is none of its allowedValues");
  if (!parameter.secure) message += core::did_you_mean(bare(text), shown);
  warn("arm-parameter-value", std::move(message), value.span);
}

}  // namespace assay::formats::arm
