#include "parsers/formats/terraform/evaluation.h"

namespace assay::formats::terraform {

using model::Value;

Evaluation::Evaluation(model::Root& root, const LoadContext& context, std::string directory)
    : root_(root),
      context_(context),
      directory_(std::move(directory)),
      absolute_directory_(join_path(context.base_directory, directory_)),
      id_prefix_(display_path(directory_) + "#"),
      call_context_{root.arena,       root.guards, context.file_system, absolute_directory_,
                    context.boundary, {},          display_path(directory_)} {}

Evaluation::~Evaluation() = default;

std::string Evaluation::id_in(const ModuleInstance& module, std::string_view rest) const {
  std::string out;
  out.reserve(id_prefix_.size() + module.prefix.size() + rest.size());
  out += id_prefix_;
  out += module.prefix;
  out += rest;
  return out;
}

std::string_view Evaluation::source_text(const syntax::Node& node, const Scope& scope) const {
  if (scope.file == core::kNoFile || !context_.sources) return {};
  std::string_view text = context_.sources->text(scope.file);
  if (node.end > text.size() || node.begin > node.end) return {};
  return text.substr(node.begin, node.end - node.begin);
}

void Evaluation::problem(core::ProblemSeverity severity, std::string_view code, std::string message,
                         core::Span span, core::Span related) {
  uint64_t key = (uint64_t{span.file} << 32 | span.begin) * 0x9e3779b97f4a7c15ull;
  key ^= std::hash<std::string_view>{}(code) + span.end;
  if (!span.valid()) key ^= std::hash<std::string>{}(message);
  if (!reported_.emplace(key, true).second) return;
  core::add_problem(root_.problems, severity, std::string(code), std::move(message), span, related);
}

const model::Origin* Evaluation::make_origin(model::OriginKind kind, core::Span span,
                                             std::string_view what, const Value& from) {
  struct WithOne {
    model::Origin origin;
    const model::Origin* inner;
  };
  const model::Origin* inner = origin_of(from);
  if (!inner) {
    model::Origin* origin = root_.arena.make<model::Origin>();
    origin->kind = kind;
    origin->span = span;
    origin->what = what;
    return origin;
  }
  WithOne* made = root_.arena.make<WithOne>();
  made->inner = inner;
  made->origin.kind = kind;
  made->origin.span = span;
  made->origin.what = what;
  made->origin.from_array = &made->inner;
  made->origin.from_count = 1;
  return &made->origin;
}

// Plain literals carry no origin of their own; one is made when something refers to them.
const model::Origin* Evaluation::origin_of(const Value& value) {
  if (value.origin) return value.origin;
  if (!value.span.valid() || value.is_unknown() || value.is_alternatives()) return nullptr;
  model::Origin origin;
  origin.span = value.span;
  return root_.arena.make<model::Origin>(origin);
}

model::Unknown Evaluation::unknown_facts_of(std::string_view id, const model::Type* type, bool not_null) {
  model::Unknown facts;
  facts.id = core::Symbol(id);
  facts.type = type;
  facts.cause_array = root_.arena.make<core::Symbol>(model::display_symbol(id));
  facts.cause_count = 1;
  facts.not_null = not_null;
  // Only ids and ARNs are known to be texts, and no provider leaves them empty.
  if (not_null && type == model::string_type()) facts.min_length = 1;
  return facts;
}

Value Evaluation::unknown_named(std::string_view id, const model::Type* type, bool not_null) {
  return unknown_value(unknown_facts_of(id, type, not_null), root_.arena);
}

}  // namespace assay::formats::terraform
