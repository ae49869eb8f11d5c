#include <algorithm>

#include "parsers/core/file_system.h"
#include "parsers/formats/terraform/evaluator.h"
#include "parsers/formats/terraform/json_syntax.h"
#include "parsers/formats/terraform/suggestion.h"
#include "parsers/syntax/hcl/reader.h"

namespace assay::formats::terraform {

using model::OriginKind;
using model::Value;
using syntax::Node;
using syntax::NodeKind;

namespace {

bool is_true_literal(const Item* item) {
  return item && item->expression().kind == NodeKind::kBool && item->expression().text == "true";
}

// What a variable block says, looked up at once: there are many, in every instance of a module.
struct Settings {
  const Item* type = nullptr;
  const Item* default_value = nullptr;
  const Item* nullable = nullptr;
  const Item* sensitive = nullptr;
  const Item* ephemeral = nullptr;

  explicit Settings(const Declaration& variable) {
    for (const Item& item : variable.items) {
      if (item.is_block()) continue;
      std::string_view name = item.name();
      auto take = [&](std::string_view wanted, const Item*& into) {
        if (!into && name == wanted) into = &item;
      };
      switch (name.empty() ? '\0' : name[0]) {
        case 't': take("type", type); break;
        case 'd': take("default", default_value); break;
        case 'n': take("nullable", nullable); break;
        case 's': take("sensitive", sensitive); break;
        case 'e': take("ephemeral", ephemeral); break;
        default: break;
      }
    }
  }
};

std::string_view joined(std::string_view before, std::string_view name, core::Arena& arena) {
  char* out = arena.make_array<char>(before.size() + name.size());
  std::copy(before.begin(), before.end(), out);
  std::copy(name.begin(), name.end(), out + before.size());
  return {out, before.size() + name.size()};
}

bool is_false_literal(const Item* item) {
  return item && item->expression().kind == NodeKind::kBool && item->expression().text == "false";
}

}  // namespace

// Names that no variable has are ignored in the environment, as Terraform does.
void Evaluator::check_inputs() {
  const Module& module = *root_module_->source;
  for (const auto& [name, input] : inputs_) {
    if (module.find_variable(name) >= 0) continue;
    std::string hint = suggestion(name, module.variable_names());
    if (input.node) {
      problem(core::ProblemSeverity::kNote, "terraform-undeclared-variable",
              "a value for \"" + name + "\", but no variable of that name is declared" + hint, input.span);
    } else if (input.described.compare(0, 6, "--var ") == 0) {
      problem(core::ProblemSeverity::kWarning, "terraform-undeclared-variable",
              input.described + ": no variable of that name is declared in " + display_path(directory_) + hint, {});
    }
  }
}

// What a module is called with must be its variables.
void Evaluator::check_arguments(const Declaration& call, const Module& called) {
  static constexpr std::string_view kMeta[] = {"source",    "version",    "count", "for_each",
                                               "providers", "depends_on", "enabled"};
  for (const Item& item : call.items) {
    if (item.is_block() || called.find_variable(item.name()) >= 0) continue;
    if (std::find(std::begin(kMeta), std::end(kMeta), item.name()) != std::end(kMeta)) continue;
    problem(core::ProblemSeverity::kWarning, "terraform-unsupported-argument",
            "module \"" + std::string(call.name) + "\" has no variable \"" + std::string(item.name()) + "\"" +
                suggestion(item.name(), called.variable_names()),
            item.header());
  }
}

// terraform.workspace: what TF_WORKSPACE says (with --tf-env), what was selected in this directory.
Value Evaluator::workspace() {
  if (context_.options) {
    auto given = context_.options->environment.find("TF_WORKSPACE");
    if (given != context_.options->environment.end() && !given->second.empty()) {
      return model::string_value(root_.arena.copy(given->second));
    }
  }
  if (context_.file_system) {
    auto text = context_.file_system->read_up_to(join_path(absolute_directory_, ".terraform/environment"), 1024);
    if (text) {
      std::string_view name = *text;
      while (!name.empty() && (name.back() == '\n' || name.back() == '\r' || name.back() == ' ')) name.remove_suffix(1);
      if (!name.empty()) return model::string_value(root_.arena.copy(name));
    }
  }
  return model::string_value("default");
}

// The value that the winning input gives; the type decides how text is read.
Value Evaluator::input_value(const Input& input, const Declaration& variable, bool primitive) {
  std::string name = "var." + std::string(variable.name);
  if (input.node && input.json) {
    return json_value(*input.node, input.tree->file, root_.arena);
  }
  Scope constant;
  if (input.node) {
    constant.file = input.tree->file;
    return settled(*input.node, constant, id_prefix_ + name);
  }
  std::string_view text = root_.arena.copy(input.text);
  if (primitive) return model::string_value(text);
  texts_.push_back(syntax::read_hcl_expression(core::kNoFile, text));
  const syntax::Tree& tree = *texts_.back();
  if (!tree.accepted || tree.root->kind == NodeKind::kError) {
    problem(core::ProblemSeverity::kError, "terraform-variable-value",
            "the value of " + input.described + " is not a valid expression; lists and objects are "
            "written as in Terraform: " + input.described + "=[\"a\"]",
            {});
    return unknown_named(id_prefix_ + name);
  }
  constant.borrowed = true;
  return settled(*tree.root, constant, id_prefix_ + name);
}

Value Evaluator::compute_variable(ModuleInstance& module, size_t index) {
  const Declaration& variable = module.source->variables()[index];
  const Settings settings(variable);
  const Item* type_item = settings.type;
  const Item* default_item = settings.default_value;
  bool nullable = !is_false_literal(settings.nullable);
  uint8_t marks = 0;
  if (is_true_literal(settings.sensitive)) marks |= model::kSensitive;
  if (is_true_literal(settings.ephemeral)) marks |= model::kEphemeral;

  const model::Type* type = nullptr;
  if (auto known = types_.find(&variable); known != types_.end()) {
    type = known->second;
  } else if (type_item) {
    CallContext context = call_context(type_item->span());
    Scope constant = item_scope({}, *type_item);
    type = parse_type(type_item->expression(), type_item->file, context,
                      [&](const Node& node) -> CallResult {
                        Value value = evaluate(node, constant);
                        if (is_error(value)) return failure(std::string(error_message(value)));
                        return value;
                      },
                      root_.problems);
    if (type && type->kind == model::TypeKind::kDynamic) type = nullptr;
    types_.emplace(&variable, type);
  }

  Value value;
  bool given = false;
  core::Span at = variable.block.header();
  OriginKind origin = OriginKind::kVariableValue;
  std::string_view what;
  if (module.parent) {
    if (const Item* argument = module.call->attribute(variable.name)) {
      Scope scope = item_scope(module_scope(*module.parent), *argument);
      if (module.call->count) scope.count_index = &module.slot.key;
      else if (module.call->for_each) {
        scope.each_key = &module.slot.key;
        scope.each_value = &module.slot.value;
      }
      value = evaluate(argument->expression(), scope);
      given = true;
      at = argument->span();
      origin = OriginKind::kModuleArgument;
      what = joined(module.prefix, variable.name, root_.arena);
    }
  } else if (auto input = inputs_.find(variable.name); input != inputs_.end()) {
    bool primitive = !type || type->is_primitive();
    value = input_value(input->second, variable, primitive);
    given = true;
    if (!input->second.node) what = root_.arena.copy(input->second.described);
  }
  if (given && is_error(value)) return value;
  if (given && value.is_null() && !nullable && default_item) given = false;
  if (!given && default_item) {
    value = evaluate(default_item->expression(), item_scope({}, *default_item));
    if (is_error(value)) return value;
    origin = OriginKind::kVariableDefault;
    at = default_item->span();
    given = true;
  }
  if (!given) {
    if (module.parent) {
      problem(core::ProblemSeverity::kWarning, "terraform-missing-argument",
              "module \"" + std::string(module.call->name) + "\" needs the argument \"" +
                  std::string(variable.name) + "\"",
              module.call->block.header(), variable.block.header());
    }
    std::string id = id_in(module, "var." + std::string(variable.name));
    Value unknown = limited(variable, unknown_named(id, type), nullable);
    unknown.marks = marks;
    return with_span(unknown, variable.block.header());
  }
  if (type) value = to_type(value, type, at);
  if (is_error(value)) return value;
  value.marks |= marks;
  if (what.empty()) what = joined("var.", variable.name, root_.arena);
  core::Span span = value.span.valid() ? value.span : core::Span{};
  value.origin = make_origin(origin, span, what, value);
  return value;
}

}  // namespace assay::formats::terraform
