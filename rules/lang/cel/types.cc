#include "rules/lang/cel/types.h"

#include "parsers/core/check.h"

namespace assay::rules::cel {
namespace {

constexpr Type kSimple[] = {
    {TypeKind::kDyn, "dyn"},       {TypeKind::kNull, "null_type"}, {TypeKind::kBool, "bool"},
    {TypeKind::kInt, "int"},       {TypeKind::kUint, "uint"},      {TypeKind::kDouble, "double"},
    {TypeKind::kString, "string"}, {TypeKind::kBytes, "bytes"},
    {TypeKind::kTimestamp, "timestamp"}, {TypeKind::kDuration, "duration"},
    {TypeKind::kList, "list"},     {TypeKind::kMap, "map"},        {TypeKind::kType, "type"},
};

class SignatureReader {
 public:
  SignatureReader(std::string_view text, core::Arena& arena) : text_(text), arena_(arena) {}

  Signature signature() {
    Signature out;
    skip();
    if (!at('(')) {
      out.member = true;
      out.params.push_back(type());
      expect('.');
    }
    expect('(');
    while (!at(')')) {
      out.params.push_back(type());
      if (!take(',')) break;
    }
    expect(')');
    out.result = type();
    return out;
  }

  const Type* type() {
    skip();
    size_t begin = at_;
    while (at_ < text_.size() && (is_word(text_[at_]) || (text_[at_] == '.' && at_ + 1 < text_.size() &&
                                                          is_word(text_[at_ + 1])))) {
      ++at_;
    }
    std::string_view name = text_.substr(begin, at_ - begin);
    ASSAY_CHECK(!name.empty());
    std::vector<const Type*> params;
    if (at_ < text_.size() && text_[at_] == '(') {
      ++at_;
      do params.push_back(type());
      while (take(','));
      expect(')');
    }
    if (params.empty() && name.size() == 1 && name[0] >= 'A' && name[0] <= 'Z') {
      return type_param(arena_, name);
    }
    for (const Type& simple : kSimple) {
      if (simple.name != name) continue;
      if (params.empty()) return &simple;
      Type* made = arena_.make<Type>(simple);
      auto copy = arena_.copy(params);
      made->param_array = copy.data();
      made->param_count = static_cast<uint32_t>(copy.size());
      return made;
    }
    return opaque_type(arena_, name == "optional" ? "optional_type" : name, params);
  }

 private:
  static bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  }
  void skip() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  bool at(char c) {
    skip();
    return at_ < text_.size() && text_[at_] == c;
  }
  bool take(char c) {
    if (!at(c)) return false;
    ++at_;
    return true;
  }
  void expect(char c) { ASSAY_CHECK(take(c)); }

  std::string_view text_;
  core::Arena& arena_;
  size_t at_ = 0;
};

const Type* make(core::Arena& arena, TypeKind kind, std::string_view name,
                 std::span<const Type* const> params) {
  Type* type = arena.make<Type>();
  type->kind = kind;
  type->name = name;
  auto copy = arena.copy(params);
  type->param_array = copy.data();
  type->param_count = static_cast<uint32_t>(copy.size());
  return type;
}

}  // namespace

const Type* simple_type(TypeKind kind) {
  ASSAY_CHECK(kind < TypeKind::kParam);
  return &kSimple[static_cast<size_t>(kind)];
}

const Type* list_of(core::Arena& arena, const Type* element) {
  return make(arena, TypeKind::kList, "list", {&element, 1});
}
const Type* map_of(core::Arena& arena, const Type* key, const Type* value) {
  const Type* params[] = {key, value};
  return make(arena, TypeKind::kMap, "map", params);
}
const Type* type_of_type(core::Arena& arena, const Type* type) {
  return make(arena, TypeKind::kType, "type", {&type, 1});
}
const Type* opaque_type(core::Arena& arena, std::string_view name,
                        std::span<const Type* const> params) {
  return make(arena, TypeKind::kOpaque, name, params);
}
const Type* optional_of(core::Arena& arena, const Type* type) {
  return opaque_type(arena, "optional_type", {&type, 1});
}
const Type* type_param(core::Arena& arena, std::string_view name) {
  return make(arena, TypeKind::kParam, name, {});
}

bool same_type(const Type& a, const Type& b) {
  if (&a == &b) return true;
  if (a.kind != b.kind || a.name != b.name || a.param_count != b.param_count) return false;
  for (uint32_t i = 0; i < a.param_count; ++i) {
    if (!same_type(*a.param(i), *b.param(i))) return false;
  }
  return true;
}

std::string to_text(const Type& type) {
  std::string out(type.name);
  if (type.param_count == 0) return out;
  out += '(';
  for (uint32_t i = 0; i < type.param_count; ++i) {
    if (i) out += ", ";
    out += to_text(*type.param(i));
  }
  return out + ')';
}

Signature parse_signature(std::string_view text, core::Arena& arena) {
  return SignatureReader(text, arena).signature();
}
const Type* parse_type(std::string_view text, core::Arena& arena) {
  return SignatureReader(text, arena).type();
}

}  // namespace assay::rules::cel
