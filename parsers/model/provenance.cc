#include "parsers/model/provenance.h"

#include <vector>

namespace assay::model {

const Origin* origin_of(core::Arena& arena, OriginKind kind, core::Span span, std::string_view what,
                        std::span<const Value> from) {
  std::vector<const Origin*> parts;
  for (const Value& value : from) {
    if (value.origin) {
      parts.push_back(value.origin);
    } else if (value.span.valid()) {
      Origin written;
      written.kind = value.is_unknown() ? OriginKind::kReference : OriginKind::kLiteral;
      written.span = value.span;
      parts.push_back(arena.make<Origin>(written));
    }
  }
  Origin made;
  made.kind = kind;
  made.span = span;
  made.what = what;
  made.from_array = arena.copy(parts).data();
  made.from_count = static_cast<uint32_t>(parts.size());
  return arena.make<Origin>(made);
}

std::string name_of(const Value& value) {
  if (value.is_unknown()) {
    std::string_view text = value.unknown().id.text();
    size_t hash = text.find('#');
    return hash == std::string_view::npos ? std::string() : std::string(text.substr(hash + 1));
  }
  if (value.is_primitive() || value.is_null()) return literal_text(value);
  if (!value.is_sequence()) return {};
  std::string out = "[";
  for (const Value& item : value.items()) {
    std::string part = name_of(item);
    if (part.empty() || item.guard != kAlways || out.size() > kMaxName) return {};
    if (out.size() > 1) out += ", ";
    out += part;
  }
  return out + "]";
}

}  // namespace assay::model
