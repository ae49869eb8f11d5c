#include "parsers/core/limits.h"
#include "parsers/formats/terraform/evaluator.h"
#include "parsers/syntax/hcl/reader.h"

namespace assay::formats::terraform {

using model::Alternative;
using model::Guard;
using model::kAlways;
using model::kNever;
using model::Value;
using syntax::Node;

namespace {

// What a call may cost: most functions look at every element or byte once.
uint64_t work_of(std::span<const Value> arguments) {
  uint64_t work = 0;
  for (const Value& argument : arguments) {
    if (argument.is_string()) work += argument.size / 64;
    else if (argument.is_sequence() || argument.is_mapping()) work += 1 + argument.size / 4;
    else ++work;
  }
  return work;
}

// Functions that give a value whatever their arguments turn out to be, once their kinds are right.
bool is_total(std::string_view name) {
  static constexpr std::string_view kTotal[] = {
      "alltrue",  "anytrue",  "base64encode", "compact",    "concat",      "contains", "distinct",   "endswith",
      "flatten",  "format",   "join",         "jsonencode", "keys",        "length",   "lower",      "merge",
      "md5",      "reverse",  "sensitive",    "nonsensitive", "sha256",    "sort",     "startswith", "strcontains",
      "title",    "tolist",   "tomap",        "toset",      "tostring",    "trim",     "trimprefix", "trimspace",
      "trimsuffix", "upper",  "values",       "yamlencode", "setunion"};
  return std::find(std::begin(kTotal), std::end(kTotal), name) != std::end(kTotal);
}

// May evaluating this fail once its unknown parts are known? Steps into unknown values are looked at
// where they are taken.
bool may_fail(const Node& node, uint32_t depth = 0) {
  using syntax::NodeKind;
  if (depth > 200) return true;
  if (node.kind == NodeKind::kCall) {
    if (node.text == "can") return false;
    if (node.text == "try") {
      return node.child_count == 0 || may_fail(*node.child(node.child_count - 1), depth + 1);
    }
    if (!is_total(node.text)) return true;
  }
  if (node.kind == NodeKind::kForObject && !node.has(syntax::kGroup)) return true;
  if (node.kind == NodeKind::kIndex && node.child_count > 1) {
    NodeKind key = node.child(1)->kind;
    if (key != NodeKind::kNumber && key != NodeKind::kString && key != NodeKind::kTemplate) return true;
  }
  for (const Node* child : node.children()) {
    if (child && may_fail(*child, depth + 1)) return true;
  }
  return false;
}

bool holds_unknown(const Value& value, uint32_t depth = 0) {
  if (value.is_unknown()) return !is_error(value);
  if (depth > 64) return true;
  for (const Value& item : value.is_sequence() ? value.items() : std::span<const Value>()) {
    if (holds_unknown(item, depth + 1)) return true;
  }
  for (const model::Entry& entry : value.is_mapping() ? value.entries() : std::span<const model::Entry>()) {
    if (holds_unknown(entry.value, depth + 1)) return true;
  }
  for (const Alternative& part : value.is_alternatives() ? value.alternatives() : std::span<const Alternative>()) {
    if (holds_unknown(part.value, depth + 1)) return true;
  }
  return false;
}

bool without_functions(const Node& node) {
  if (node.kind == syntax::NodeKind::kCall) return false;
  for (const Node* child : node.children()) {
    if (!without_functions(*child)) return false;
  }
  return true;
}

}  // namespace

CallContext& Evaluator::call_context(core::Span span) {
  call_context_.call_span = span;
  return call_context_;
}

Value Evaluator::from_result(const CallResult& result, core::Span span) {
  return result.is_error ? fail(result.error, span) : result.value;
}

Value Evaluator::to_type(const Value& value, const model::Type* type, core::Span span) {
  CallContext& context = call_context(span);
  return map_one(value, root_.guards, root_.arena, [&](const Value& known) {
    CallResult converted = convert(known, type, context);
    if (!converted.is_error) {
      converted.value.marks |= known.marks;
      if (!converted.value.origin) converted.value.origin = known.origin;
      if (!converted.value.span.valid()) converted.value.span = known.span;
    }
    return from_result(converted, span);
  });
}

Value Evaluator::call(const Node& node, const Scope& scope) {
  std::string_view name = node.text;
  if (name.substr(0, 6) == "core::") name.remove_prefix(6);
  core::Span span = span_of(node, scope);
  if (name == "try" || name == "can") {
    ++attempts_;
    Value out = name == "try" ? call_try(node, scope, 0) : call_can(node, scope);
    --attempts_;
    return out;
  }
  if (name == "templatefile" || name == "templatestring") {
    return call_template(node, scope, name == "templatefile");
  }
  if (name == "convert") return call_convert(node, scope);
  if (name.substr(0, 10) == "provider::") {
    std::string_view provider = name.substr(10, name.find("::", 10) - 10);
    if (!scope.module || !scope.module->source->requires_provider(provider)) {
      return fail("\"" + std::string(name) + "\" needs an entry \"" + std::string(provider) +
                      "\" in the required_providers of this module",
                  span);
    }
    if (name == "provider::terraform::decode_tfvars") return call_decode_tfvars(node, scope);
    if (provider != "terraform") return unknown_named(fresh_id(name));
  }
  const FunctionInfo* info = find_function(name);
  if (info && (info->flags & kImpure)) varies_ = true;
  if (!info) {
    return fail("there is no function called \"" + std::string(name) + "\"", span);
  }
  core::SmallVector<Value, 8> arguments;
  arguments.reserve(node.child_count);
  ErrorLift lift(root_.guards, root_.arena);
  for (uint32_t i = 0; i < node.child_count; ++i) {
    Value argument = evaluate(*node.child(i), scope);
    if (!lift.take(argument)) return lift.finish(argument);
    if (i + 1 < node.child_count || !node.has(syntax::kExpand)) {
      arguments.push_back(argument);
      continue;
    }
    // f(list...): the elements are the last arguments.
    size_t fixed = arguments.size();
    Value result = map_one(argument, root_.guards, root_.arena, [&](const Value& known) -> Value {
      if (known.is_null()) return fail("\"...\" behind null", span);
      if (known.is_unknown()) {
        core::SmallVector<Value, 8> all;
        all.append(arguments);
        all.push_back(known);
        return derived_unknown("", nullptr, all, root_.guards, root_.arena);
      }
      if (!known.is_sequence()) return fail("\"...\" needs a list, a set or a tuple", span);
      core::SmallVector<Value, 16> all;
      all.reserve(fixed + known.size);
      all.append(arguments.span().subspan(0, fixed));
      bool guarded = false;
      for (const Value& item : known.items()) {
        guarded = guarded || item.guard != kAlways;
        all.push_back(with_guard(item, kAlways));
      }
      if (guarded || !spend(work_of(all), span)) {
        return derived_unknown("", nullptr, all, root_.guards, root_.arena);
      }
      CallContext& context = call_context(span);
      return from_result(call_function(*info, context, all), span);
    });
    return is_error(result) ? result : lift.finish(result);
  }
  CallContext& context = call_context(span);
  if (!spend(work_of(arguments), span)) {
    return lift.finish(derived_unknown("", nullptr, arguments, root_.guards, root_.arena));
  }
  Value result = from_result(call_function(*info, context, arguments), span);
  if (result.is_unknown() && !is_error(result) && name.substr(0, 4) == "file" && context_.file_system && arguments.size() > 0 &&
      arguments[0].is_string()) {
    note_unread(arguments[0].text(), span);
  }
  return is_error(result) ? result : lift.finish(result);
}

// A file that a function asks for and does not get, though it may be there.
void Evaluator::note_unread(std::string_view path, core::Span span) {
  problem(core::ProblemSeverity::kNote, "terraform-file-unread",
          "the file \"" + std::string(path) +
              "\" is not read: it lies outside the repository or cannot be opened; its contents are unknown",
          span);
}

// try(a, b, ...): where `a` is an error, `b` counts.
Value Evaluator::call_try(const Node& node, const Scope& scope, size_t from) {
  if (node.child_count == 0) return fail("try() needs at least one argument", span_of(node, scope));
  std::vector<Alternative> parts;
  Guard left = kAlways;
  Value error;
  for (size_t i = from; i < node.child_count && left != kNever; ++i) {
    const Node& argument = *node.child(i);
    Value value = evaluate(argument, scope);
    if (is_error(value)) {
      error = value;
      continue;
    }
    // What is not known yet may still turn out to be an error.
    if (i + 1 < node.child_count && may_fail(argument) && holds_unknown(value)) {
      std::vector<Value> causes{value};
      for (size_t k = i + 1; k < node.child_count; ++k) {
        Value other = evaluate(*node.child(k), scope);
        if (!is_error(other)) causes.push_back(other);
      }
      value = derived_unknown("", nullptr, causes, root_.guards, root_.arena);
    }
    // So may a step into something of unknown shape.
    if (value.is_unknown() && !value.unknown().type && i + 1 < node.child_count &&
        argument.kind != syntax::NodeKind::kVariable) {
      const model::Unknown& unknown = value.unknown();
      std::string_view id = unknown.id.text();
      size_t hash = id.find('#');
      bool input = hash != std::string_view::npos && unknown.cause_count == 1 &&
                   unknown.causes()[0].text() == id.substr(hash + 1);
      if (!input) {
        std::vector<Value> causes{value};
        for (size_t k = i + 1; k < node.child_count; ++k) {
          Value other = evaluate(*node.child(k), scope);
          if (!is_error(other)) causes.push_back(other);
        }
        value = derived_unknown("", nullptr, causes, root_.guards, root_.arena);
      }
    }
    Guard errors = kNever;
    if (value.is_alternatives()) {
      for (const Alternative& alternative : value.alternatives()) {
        if (!is_error(alternative.value)) continue;
        errors = root_.guards.either(errors, alternative.guard);
        error = alternative.value;
      }
    }
    if (errors == kNever) {
      if (left == kAlways) return value;
      add_guarded(parts, left, value, root_.guards);
      left = kNever;
      break;
    }
    for (const Alternative& alternative : value.alternatives()) {
      Guard guard = root_.guards.both(left, alternative.guard);
      if (guard == kNever || is_error(alternative.value)) continue;
      parts.push_back({guard, with_marks(alternative.value, value.marks)});
    }
    left = root_.guards.both(left, errors);
  }
  if (left == kAlways) return error;
  if (left != kNever) parts.push_back({left, error});
  return choose(parts, root_.guards, root_.arena);
}

Value Evaluator::call_can(const Node& node, const Scope& scope) {
  if (node.child_count != 1) return fail("can() needs one argument", span_of(node, scope));
  Value value = evaluate(*node.child(0), scope);
  if (is_error(value)) return model::bool_value(false);
  if (may_fail(*node.child(0)) && holds_unknown(value)) {
    return derived_unknown("", model::bool_type(), {&value, 1}, root_.guards, root_.arena);
  }
  if (value.is_unknown() && !value.unknown().type && node.child(0)->kind != syntax::NodeKind::kVariable) {
    const model::Unknown& unknown = value.unknown();
    std::string_view id = unknown.id.text();
    size_t hash = id.find('#');
    bool input = hash != std::string_view::npos && unknown.cause_count == 1 &&
                 unknown.causes()[0].text() == id.substr(hash + 1);
    if (!input) return derived_unknown("", model::bool_type(), {&value, 1}, root_.guards, root_.arena);
  }
  Guard works = kAlways;
  if (value.is_alternatives()) {
    for (const Alternative& alternative : value.alternatives()) {
      if (is_error(alternative.value)) {
        works = root_.guards.both(works, root_.guards.negate(alternative.guard));
      }
    }
  }
  return from_guard(works);
}

// OpenTofu's convert(value, type): the second argument is a type as variables declare it.
Value Evaluator::call_convert(const Node& node, const Scope& scope) {
  core::Span span = span_of(node, scope);
  if (node.child_count != 2 || node.has(syntax::kExpand)) return fail("convert() needs a value and a type", span);
  Value value = evaluate(*node.child(0), scope);
  if (is_error(value)) return value;
  CallContext context = call_context(span);
  core::Problems problems;
  Scope constant;
  constant.file = scope.file;
  constant.borrowed = scope.borrowed;
  const model::Type* type = parse_type(*node.child(1), scope.file, context,
                                       [&](const Node& inner) -> CallResult {
                                         Value fallback = evaluate(inner, constant);
                                         if (!is_error(fallback)) return fallback;
                                         return failure(std::string(error_message(fallback)));
                                       },
                                       problems);
  if (!problems.empty()) return fail(problems[0].message, span);
  return to_type(value, type, span);
}

// provider::terraform::decode_tfvars(text): the constant attributes of a variable file.
Value Evaluator::call_decode_tfvars(const Node& node, const Scope& scope) {
  core::Span span = span_of(node, scope);
  if (node.child_count != 1 || node.has(syntax::kExpand)) return fail("decode_tfvars() needs one argument", span);
  Value given = to_type(evaluate(*node.child(0), scope), model::string_type(), span);
  return map_one(given, root_.guards, root_.arena, [&](const Value& text) -> Value {
    if (text.is_unknown()) return derived_unknown("", nullptr, {&text, 1}, root_.guards, root_.arena);
    if (text.is_null()) return fail("decode_tfvars() needs a text", span);
    texts_.push_back(syntax::read_hcl(core::kNoFile, root_.arena.copy(text.text())));
    const syntax::Tree& tree = *texts_.back();
    if (!tree.accepted || !tree.root || tree.root->kind != syntax::NodeKind::kBody)
      return fail("invalid variable definitions", span);
    Scope constant;
    constant.borrowed = true;
    std::vector<model::Entry> entries;
    for (const Node* item : tree.root->children()) {
      if (item->kind != syntax::NodeKind::kAttribute) return fail("variable definitions hold attributes only", span);
      Value value = without_functions(*item->child(0)) ? evaluate(*item->child(0), constant)
                                                       : fail("functions are not allowed here", span);
      if (is_error(value)) return fail(error_message(value), span);
      entries.push_back({root_.arena.copy(item->text), span, with_span(value, span)});
    }
    return with_marks(with_span(object_value(entries, root_.arena), span), text.marks);
  });
}

// templatefile(path, variables) and templatestring(template, variables).
Value Evaluator::call_template(const Node& node, const Scope& scope, bool file) {
  core::Span span = span_of(node, scope);
  if (node.child_count != 2 || node.has(syntax::kExpand)) {
    return fail(std::string(node.text) + "() needs two arguments", span);
  }
  // Terraform takes the template itself only from a reference to something.
  const Node& source = *node.child(0);
  if (!file && source.kind != syntax::NodeKind::kGetAttr && source.kind != syntax::NodeKind::kIndex &&
      source.kind != syntax::NodeKind::kVariable) {
    return fail("templatestring() needs a reference to a string as its first argument", span);
  }
  Value first = evaluate(source, scope);
  Value variables = evaluate(*node.child(1), scope);
  return map_pair(first, variables, root_.guards, root_.arena, [&](const Value& a, const Value& b) -> Value {
    Value both[] = {a, b};
    if (a.is_unknown() || b.is_unknown()) {
      return derived_unknown("", model::string_type(), both, root_.guards, root_.arena);
    }
    if (!a.is_string()) return fail("the first argument must be a string", span);
    if (!b.is_mapping()) return fail("the variables of a template must be a map or an object", span);
    std::string_view text = a.text();
    std::string key = file ? "file " + std::string(text) : "text " + std::string(text);
    if (file) {
      CallContext& context = call_context(span);
      CallResult read = read_text_file(text, context);
      if (read.is_error) return fail(read.error, span);
      if (!read.value.is_string()) {
        if (context_.file_system) note_unread(text, span);
        return read.value;
      }
      text = read.value.text();
    }
    auto& tree = templates_[key];
    if (!tree) tree = syntax::read_hcl_template_file(core::kNoFile, text);
    if (!tree->accepted || tree->root->kind == syntax::NodeKind::kError) {
      return fail(tree->problems.empty() ? std::string("the template cannot be read")
                                         : "in the template: " + tree->problems[0].message,
                  span);
    }
    // Templates may call templates, but not without end.
    if (depth_ + 40 > core::kMaxExpressionDepth) return fail("templates call each other too deeply", span);
    std::vector<Binding> bindings(b.size);
    const Binding* outer = nullptr;
    size_t i = 0;
    for (const model::Entry& entry : b.entries()) {
      bindings[i] = {entry.key, entry.value, outer};
      outer = &bindings[i++];
    }
    Scope inner;
    inner.borrowed = true;
    inner.template_only = true;
    inner.bindings = outer;
    Value result = evaluate(*tree->root, inner);
    if (is_error(result)) return fail(error_message(result), span);
    return with_marks(with_span(result, span), a.marks | b.marks);
  });
}

}  // namespace assay::formats::terraform
