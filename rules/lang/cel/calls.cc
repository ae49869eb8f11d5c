// Calls: choosing an overload by the kinds of the arguments, unknown arguments, leniency.
#include <algorithm>
#include <array>

#include "rules/lang/cel/cost.h"
#include "rules/lang/cel/eval.h"

namespace assay::rules::cel {
namespace {

bool fits(const Type& type, const Val& value) {
  switch (type.kind) {
    case TypeKind::kDyn:
    case TypeKind::kParam: return true;
    case TypeKind::kNull: return value.is(Kind::kNull);
    case TypeKind::kBool: return value.is(Kind::kBool);
    case TypeKind::kInt: return value.is(Kind::kInt);
    case TypeKind::kUint: return value.is(Kind::kUint);
    case TypeKind::kDouble: return value.is(Kind::kDouble);
    case TypeKind::kString: return value.is(Kind::kString);
    case TypeKind::kBytes: return value.is(Kind::kBytes);
    case TypeKind::kTimestamp: return value.is(Kind::kTimestamp);
    case TypeKind::kDuration: return value.is(Kind::kDuration);
    case TypeKind::kList: return value.is(Kind::kList);
    case TypeKind::kMap: return value.is(Kind::kMap);
    case TypeKind::kType: return value.is(Kind::kType);
    case TypeKind::kOpaque:
      if (type.name == "optional_type") return value.is(Kind::kOptional);
      if (type.name == "net.IP") return value.is(Kind::kIp);
      if (type.name == "net.CIDR") return value.is(Kind::kCidr);
      return value.is(Kind::kOpaque) && value.opaque->type->name == type.name;
  }
  return false;
}

// May an unknown of this type turn out to fit?
bool may_fit(const Type& type, const Val& value) {
  if (!value.is_unknown()) return fits(type, value);
  const model::Type* known = value.model->unknown().type;
  if (!known) return true;
  switch (known->kind) {
    case model::TypeKind::kBool: return type.kind == TypeKind::kBool || type.is_dyn() || type.kind == TypeKind::kParam;
    case model::TypeKind::kString:
      return type.kind == TypeKind::kString || type.is_dyn() || type.kind == TypeKind::kParam;
    case model::TypeKind::kNumber:
      return (type.kind >= TypeKind::kInt && type.kind <= TypeKind::kDouble) || type.is_dyn() ||
             type.kind == TypeKind::kParam;
    default: return true;
  }
}

const model::Type* model_type(const Type& type) {
  switch (type.kind) {
    case TypeKind::kBool: return model::bool_type();
    case TypeKind::kInt:
    case TypeKind::kUint:
    case TypeKind::kDouble: return model::number_type();
    case TypeKind::kString: return model::string_type();
    default: return nullptr;
  }
}

}  // namespace

const Overload* Eval::match(const Node& node, std::span<const Val> args) const {
  for (uint32_t i = 0; i < node.overload_count; ++i) {
    const Overload& overload = *node.overloads[i];
    bool all = true;
    for (size_t k = 0; all && k < args.size(); ++k) all = fits(*overload.signature.params[k], args[k]);
    if (all && overload.run) return &overload;
  }
  return nullptr;
}

Val Eval::eval_call(const Node& node) {
  std::array<Val, 4> few;
  Val* args = node.arg_count <= few.size() ? few.data() : arena_.make_array<Val>(node.arg_count);
  for (uint32_t i = 0; i < node.arg_count; ++i) {
    new (args + i) Val(eval(node.arg(i)));
    if (args[i].is_error()) return args[i];
  }
  if (!cost_) return call(node, {args, node.arg_count});
  Val out = call(node, {args, node.arg_count});
  charge(call_cost(*this, node, {args, node.arg_count}, out));
  return out;
}

Val Eval::call(const Node& node, std::span<const Val> args) {
  bool unknown = false;
  bool collections = false;
  for (const Val& arg : args) {
    unknown = unknown || arg.is_unknown();
    collections = collections || arg.is(Kind::kList) || arg.is(Kind::kMap);
  }
  if (unknown) {
    // An overload that looks at unknowns itself takes them in place of anything.
    for (uint32_t i = 0; i < node.overload_count; ++i) {
      const Overload& overload = *node.overloads[i];
      if (!(overload.flags & kSeesUnknown) || !overload.run) continue;
      bool all = true;
      for (size_t k = 0; all && k < args.size(); ++k) all = may_fit(*overload.signature.params[k], args[k]);
      if (!all) continue;
      pattern = node.pattern;
      return overload.run(*this, args);
    }
    return call_unknown(node, args);
  }
  if (const Overload* overload = match(node, args)) {
    if (collections && world_ && !(overload->flags & kSeesUnknown)) {
      for (const Val& arg : args) {
        if ((arg.is(Kind::kList) || arg.is(Kind::kMap)) && contains_unknown(arg)) return call_unknown(node, args);
      }
    }
    pattern = node.pattern;
    return overload->run(*this, args);
  }
  if (!rules_ || node.overload_count == 0) return no_overload(node.text, args);

  // Null in, null out: false for predicates.
  const Type& result = *node.overloads[0]->signature.result;
  for (const Val& arg : args) {
    if (!arg.is_null()) continue;
    const Overload& overload = *node.overloads[0];
    if ((overload.flags & kSeesNull) && overload.run) return overload.run(*this, args);
    return result.kind == TypeKind::kBool ? bool_val(false) : null_val();
  }
  // Numbers and bools where texts are wanted: formats write either.
  std::vector<Val> texts(args.begin(), args.end());
  bool changed = false;
  for (size_t i = 0; i < texts.size(); ++i) {
    bool wants_text = node.overloads[0]->signature.params[i]->kind == TypeKind::kString;
    bool is_scalar = texts[i].is_number() || texts[i].is(Kind::kBool);
    if (!wants_text || !is_scalar) continue;
    std::string text = to_text(texts[i]);
    if (texts[i].is(Kind::kUint)) text.pop_back();
    texts[i] = string(text);
    changed = true;
  }
  if (changed) {
    if (const Overload* overload = match(node, texts)) {
      pattern = node.pattern;
      return overload->run(*this, texts);
    }
  }
  return no_overload(node.text, args);
}

Val Eval::call_unknown(const Node& node, std::span<const Val> args) {
  const model::Type* type = nullptr;
  const Type* result = nullptr;
  bool agree = true;
  for (uint32_t i = 0; i < node.overload_count; ++i) {
    const Overload& overload = *node.overloads[i];
    bool all = true;
    for (size_t k = 0; all && k < args.size(); ++k) all = may_fit(*overload.signature.params[k], args[k]);
    if (!all) continue;
    if (result && result->kind != overload.signature.result->kind) agree = false;
    result = overload.signature.result;
  }
  if (!result && !rules_) return no_overload(node.text, args);
  if (result && agree) type = model_type(*result);
  return derived(id_of_call(node.text, args), type, args);
}

}  // namespace assay::rules::cel
