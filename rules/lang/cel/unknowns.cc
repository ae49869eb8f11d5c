// Unknown values in CEL: ids of derived ones, questions to the World.
#include <array>
#include <cstdio>

#include "rules/lang/cel/eval.h"
#include "rules/lang/cel/text.h"

namespace assay::rules::cel {
namespace {

constexpr size_t kMaxIdBytes = 400;  // longer ids are cut and hashed

std::string_view root_prefix(std::string_view id) {
  size_t hash = id.find('#');
  return hash == std::string_view::npos ? std::string_view{} : id.substr(0, hash + 1);
}

std::string bounded(std::string text) {
  if (text.size() <= kMaxIdBytes) return text;
  char hash[24];
  std::snprintf(hash, sizeof hash, "...%016llx",
                static_cast<unsigned long long>(hash_key(string_val(text))));
  return text.substr(0, kMaxIdBytes) + hash;
}

}  // namespace

std::string Eval::id_of(const Val& unknown) {
  std::string_view id = unknown.model->unknown().id.text();
  if (!id.empty()) return std::string(id);
  // Without an identity: the place it was written at, or this very value.
  const core::Span& span = unknown.model->span;
  char text[48];
  if (span.valid()) {
    std::snprintf(text, sizeof text, "unknown@%u:%u-%u", span.file, span.begin, span.end);
  } else {
    std::snprintf(text, sizeof text, "unknown@%p", static_cast<const void*>(unknown.model));
  }
  return text;
}

std::string Eval::id_of_call(std::string_view function, std::span<const Val> args) {
  std::string prefix;
  std::string out(function);
  out += '(';
  auto add = [&](const Val& value, auto& self, int depth) -> void {
    if (value.is_unknown()) {
      std::string id = id_of(value);
      std::string_view own = root_prefix(id);
      if (prefix.empty()) prefix = own;
      out += own == prefix ? std::string_view(id).substr(own.size()) : std::string_view(id);
    } else if (value.is(Kind::kList) && depth < 4 && value.size < 64) {
      out += '[';
      bool first = true;
      for (const Val& item : items(value)) {
        if (!first) out += ", ";
        first = false;
        self(item, self, depth + 1);
      }
      out += ']';
    } else {
      out += to_text(value);
    }
  };
  for (size_t i = 0; i < args.size(); ++i) {
    if (i) out += ", ";
    add(args[i], add, 0);
  }
  return bounded(prefix + out + ")");
}

Val Eval::derived(std::string_view id, const model::Type* type, std::span<const Val> from) {
  need_world();
  if (!guards_) return error_val(fatal_.empty() ? "unknown value" : fatal_);
  std::vector<model::Value> values;
  values.reserve(from.size());
  for (const Val& value : from) values.push_back(to_model(value));
  Val out;
  out.kind = Kind::kUnknown;
  out.model = arena_.make<model::Value>(
      model::derived_unknown(bounded(std::string(id)), type, values, *guards_, arena_));
  return out;
}

bool Eval::ask(std::string_view question, std::span<const Val> about) {
  need_world();
  if (!world_) return false;
  std::vector<core::Symbol> causes;
  for (const Val& value : about) {
    std::vector<core::Symbol> more = model::causes_of(to_model(value), *guards_);
    causes.insert(causes.end(), more.begin(), more.end());
  }
  return world_->decide_other(question, causes);
}

bool Eval::is_null_in_world(const Val& value) {
  if (!value.is_unknown()) return value.is_null();
  need_world();
  return world_ && world_->is_null(*guards_, *value.model);
}

bool Eval::contains_unknown(const Val& value, int depth) {
  if (value.is_unknown()) return true;
  if (depth > 64 || !spend(1)) return true;
  if (value.is(Kind::kOptional)) return value.optional && contains_unknown(*value.optional, depth + 1);
  if (value.is(Kind::kList)) {
    if (value.from_model() && model::wholly_known(*value.model)) return false;
    for (uint32_t i = 0; i < value.size; ++i) {
      Val item;
      if (item_at(value, i, item) && contains_unknown(item, depth + 1)) return true;
    }
  } else if (value.is(Kind::kMap)) {
    if (value.from_model() && model::wholly_known(*value.model)) return false;
    for (uint32_t i = 0; i < value.size; ++i) {
      Val key, item;
      if (entry_at(value, i, key, item) && contains_unknown(item, depth + 1)) return true;
    }
  }
  return false;
}

model::Value Eval::to_model(const Val& value, int depth) {
  if (value.is_unknown() || value.from_model()) return *value.model;
  if (!spend(1)) return model::null_value();
  switch (value.kind) {
    case Kind::kBool: return model::bool_value(value.boolean);
    case Kind::kInt: return model::int_value(value.integer);
    case Kind::kUint:
      if (value.natural <= INT64_MAX) return model::int_value(static_cast<int64_t>(value.natural));
      break;
    case Kind::kDouble:
      if (auto number = core::Number::from_double(value.real, arena_)) {
        return model::number_value(*number, arena_);
      }
      break;
    case Kind::kString: return model::string_value(value.text());
    case Kind::kNull: return model::null_value();
    case Kind::kList: {
      if (depth > 64) break;
      std::vector<model::Value> out;
      out.reserve(value.size);
      for (uint32_t i = 0; i < value.size; ++i) out.push_back(to_model(value.items[i], depth + 1));
      return model::list_value(out, arena_);
    }
    case Kind::kMap: {
      if (depth > 64) break;
      std::vector<model::Entry> out;
      for (uint32_t i = 0; i < value.size; ++i) {
        const Val& key = value.map->keys[i];
        std::string_view name = key.is(Kind::kString) ? key.text() : arena_.copy(to_text(key));
        out.push_back({name, {}, to_model(value.map->values[i], depth + 1)});
      }
      return model::object_value(out, arena_);
    }
    case Kind::kOptional:
      if (value.optional && depth <= 64) return to_model(*value.optional, depth + 1);
      return model::null_value();
    default: break;
  }
  return model::string_value(arena_.copy(to_text(value)));
}

// In rules mode a literal is compared in the form the unknown will have: with an unknown string, true
// becomes "true", so that both spellings ask one question.
Val Eval::unify_literal(const Val& unknown, const Val& other) {
  const model::Type* type = unknown.model->unknown().type;
  if (!rules_ || !type || other.is_unknown()) return other;
  bool primitive = other.is(Kind::kBool) || other.is_number() || other.is(Kind::kString);
  if (!primitive) return other;
  switch (type->kind) {
    case model::TypeKind::kString: {
      if (other.is(Kind::kString)) return other;
      std::string text = to_text(other);
      if (other.is(Kind::kUint)) text.pop_back();
      return string(text);
    }
    case model::TypeKind::kBool:
      if (other.is(Kind::kString) && (other.text() == "true" || other.text() == "false")) {
        return bool_val(other.text() == "true");
      }
      return other;
    case model::TypeKind::kNumber:
      if (other.is(Kind::kString)) {
        if (auto whole = parse_int(other.text())) return int_val(*whole);
        if (auto real = parse_double(other.text())) return double_val(*real);
      }
      return other;
    default: return other;
  }
}

bool Eval::equal_unknown(const Val& a, const Val& b) {
  need_world();
  if (!world_) return false;
  Val x = b.is_unknown() ? unify_literal(b, a) : a;
  Val y = a.is_unknown() ? unify_literal(a, b) : b;
  for (const Val* side : {&x, &y}) {
    switch (side->kind) {
      case Kind::kBytes:
      case Kind::kTimestamp:
      case Kind::kDuration:
      case Kind::kType:
      case Kind::kOptional:
      case Kind::kIp:
      case Kind::kCidr:
      case Kind::kOpaque: {
        const Val both[] = {x, y};
        return ask(id_of_call("equal", both), both);
      }
      default: break;
    }
  }
  return world_->equals(*guards_, to_model(x), to_model(y));
}

Val Eval::compare_unknown(Op op, const Val& a, const Val& b) {
  need_world();
  if (!world_) return error_val(fatal_);
  if (rules_ && (is_null_in_world(a) || is_null_in_world(b))) return bool_val(false);
  Val x = b.is_unknown() ? unify_literal(b, a) : a;
  Val y = a.is_unknown() ? unify_literal(a, b) : b;
  auto orderable = [](const Val& v) { return v.is_unknown() || v.is_number() || v.is(Kind::kString); };
  // Numbers written as text are compared as numbers: another question than the order of texts.
  bool mixed = rules_ && (a.is_number() || b.is_number()) && (x.is(Kind::kString) || y.is(Kind::kString));
  if (!orderable(x) || !orderable(y) || mixed) {
    const Val both[] = {a, b};
    bool reversed = op == Op::kGreater || op == Op::kLessEqual;
    const Val swapped[] = {b, a};
    std::span<const Val> sides = reversed ? std::span<const Val>(swapped) : std::span<const Val>(both);
    bool less = ask(id_of_call("less", sides), sides);
    return bool_val(op == Op::kLess || op == Op::kGreater ? less : !less);
  }
  model::Value left = to_model(x);
  model::Value right = to_model(y);
  switch (op) {
    case Op::kLess: return bool_val(world_->less(*guards_, left, right));
    case Op::kGreater: return bool_val(world_->less(*guards_, right, left));
    case Op::kLessEqual: return bool_val(!world_->less(*guards_, right, left));
    default: return bool_val(!world_->less(*guards_, left, right));
  }
}

}  // namespace assay::rules::cel
