#include "parsers/formats/tree_value.h"

#include <string>

#include "parsers/core/limits.h"

namespace assay::formats {

using model::Entry;
using model::Value;
using model::ValueKind;
using syntax::Node;
using syntax::NodeKind;

namespace {

// Aliases may nest deeper than the text does; beyond this the value is not known.
constexpr uint32_t kMaxDepth = 2 * core::kMaxNesting;

bool has_repeats(const syntax::Tree& tree) {
  for (const core::Problem& problem : tree.problems) {
    if (problem.code.find("duplicate-key") != std::string::npos) return true;
  }
  return false;
}

// Where the merge keys of a mapping stand: the alias of the first one.
core::Span merge_span(const TreeValues& values, const Node& mapping) {
  for (const Node* pair : mapping.children()) {
    if (pair->child(0) && syntax::is_merge_key(*pair->child(0)) && pair->child(1)) {
      return values.span(*pair->child(1));
    }
  }
  return {};
}

// Keeps the last of equal keys, in the place of the last, as Kubernetes tools and PyYAML read them.
uint32_t drop_repeats(Entry* entries, uint32_t count) {
  std::unordered_map<std::string_view, uint32_t> last;
  for (uint32_t i = 0; i < count; ++i) last[entries[i].key] = i;
  uint32_t kept = 0;
  for (uint32_t i = 0; i < count; ++i) {
    if (last[entries[i].key] == i) entries[kept++] = entries[i];
  }
  return kept;
}

}  // namespace

TreeValues::TreeValues(const syntax::Tree& tree, syntax::ScalarMode mode,
                       syntax::MergeRule merges, core::Arena& arena)
    : tree_(tree), mode_(mode), merges_(merges), arena_(arena), repeats_(has_repeats(tree)) {}

core::Span TreeValues::span(const Node& node) const {
  uint32_t begin = node.begin;
  if (node.extra && node.extra->tag_end > node.extra->tag_begin && node.extra->tag_begin < begin) {
    begin = node.extra->tag_begin;
  }
  return {tree_.file, begin, node.end};
}

std::string_view TreeValues::keep(std::string_view text) {
  const char* begin = tree_.source.data();
  if (text.data() >= begin && text.data() + text.size() <= begin + tree_.source.size()) return text;
  return arena_.copy(text);
}

Value TreeValues::value(const Node* node) {
  if (!node) return model::null_value();
  if (node->kind == NodeKind::kAlias) {
    const Node* target = syntax::resolve_alias(node);
    if (!target) return model::with_span(model::null_value(), span(*node));
    return through_anchor(value(target), span(*node), keep(node->text));
  }
  if (!node->anchor().empty()) {
    auto known = anchored_.find(node);
    if (known != anchored_.end()) return known->second;
    Value made = convert(*node);
    anchored_.emplace(node, made);
    return made;
  }
  return convert(*node);
}

Value TreeValues::through_anchor(Value value, core::Span at, std::string_view name) {
  const model::Origin* literal = value.origin;
  if (!literal) {
    model::Origin made;
    made.span = value.span;
    literal = arena_.make<model::Origin>(made);
  }
  model::Origin anchor;
  anchor.kind = model::OriginKind::kAnchor;
  anchor.span = at;
  anchor.what = name;
  const model::Origin** from = arena_.make_array<const model::Origin*>(1);
  from[0] = literal;
  anchor.from_array = from;
  anchor.from_count = 1;
  value.span = at;
  value.origin = arena_.make<model::Origin>(anchor);
  return value;
}

Value TreeValues::scalar(const Node& node) {
  core::Span at = span(node);
  if (node.kind == NodeKind::kMapping || node.kind == NodeKind::kSequence ||
      node.kind == NodeKind::kAlias || node.kind == NodeKind::kError) {
    return model::with_span(model::null_value(), at);
  }
  syntax::Scalar scalar = syntax::read_scalar(node, mode_, arena_);
  switch (scalar.type) {
    case syntax::ScalarType::kNull: return model::with_span(model::null_value(), at);
    case syntax::ScalarType::kBool: return model::with_span(model::bool_value(scalar.truth), at);
    case syntax::ScalarType::kInt:
    case syntax::ScalarType::kFloat: {
      auto number = core::Number::parse(scalar.text, arena_);
      if (!number) break;  // ".inf" and the like: no JSON number, text
      Value made = model::number_value(*number, arena_);
      if (scalar.type == syntax::ScalarType::kFloat) made.flags |= model::kFloatText;
      return model::with_span(made, at);
    }
    case syntax::ScalarType::kString: break;
  }
  return model::with_span(model::string_value(keep(scalar.text)), at);
}

std::string_view TreeValues::key_text(const Node* key) {
  if (!key) return {};
  if (mode_ == syntax::ScalarMode::kKubernetes && key->kind == NodeKind::kScalar &&
      key->text.size() < 24) {
    // Go's maps of JSON have text keys: others are printed ("on" as "true", 0x10 as "16").
    switch (syntax::resolve_scalar(*key, mode_)) {
      case syntax::ScalarType::kBool:
        return syntax::read_scalar(*key, mode_, arena_).truth ? "true" : "false";
      case syntax::ScalarType::kInt: return keep(syntax::read_scalar(*key, mode_, arena_).text);
      case syntax::ScalarType::kNull: return "null";
      default: break;
    }
  }
  return keep(key->text);
}

Value TreeValues::convert(const Node& node) {
  if (node.kind != NodeKind::kMapping && node.kind != NodeKind::kSequence) return scalar(node);
  if (depth_ >= kMaxDepth) {
    Value unknown = model::unknown_input("#nesting", nullptr, arena_);
    return model::with_span(unknown, span(node));
  }
  ++depth_;
  Value made = node.kind == NodeKind::kMapping ? mapping(node) : sequence(node);
  --depth_;
  made.span = span(node);
  return made;
}

Value TreeValues::sequence(const Node& node) {
  Value made;
  made.kind = ValueKind::kList;
  made.size = node.child_count;
  Value* items = arena_.make_array<Value>(node.child_count);
  for (uint32_t i = 0; i < node.child_count; ++i) new (items + i) Value(value(node.child_array[i]));
  made.item_array = items;
  return made;
}

Value TreeValues::mapping(const Node& node) {
  Value made;
  made.kind = ValueKind::kObject;
  Entry* entries = nullptr;
  uint32_t count = 0;
  if (syntax::has_merge(node)) {
    std::vector<syntax::Entry> merged = syntax::merged_entries(node, merges_);
    core::Span at = merge_span(*this, node);
    entries = arena_.make_array<Entry>(merged.size());
    for (const syntax::Entry& entry : merged) {
      if (!entry.key) continue;
      Value part = value(entry.value);
      bool own = entry.pair && entry.pair->begin >= node.begin && entry.pair->end <= node.end;
      if (!own) {
        core::Span written = part.span;
        part = through_anchor(part, at, "<<");
        part.span = written;  // the literal is what one would change
      }
      new (entries + count++) Entry{key_text(entry.key), span(*entry.key), part};
    }
  } else {
    entries = arena_.make_array<Entry>(node.child_count);
    for (const Node* pair : node.children()) {
      if (pair->kind != NodeKind::kPair || !pair->child(0)) continue;
      core::Span key_span = span(*pair->child(0));
      const Node* key = syntax::resolve_alias(pair->child(0));
      new (entries + count++) Entry{key_text(key), key_span, value(pair->child(1))};
    }
  }
  if (repeats_) count = drop_repeats(entries, count);
  made.size = count;
  made.entry_array = entries;
  return made;
}

std::string_view reading_trouble(const syntax::Tree& tree) {
  bool repeated = false;
  bool wrong = !tree.accepted && tree.problems.empty();
  for (const core::Problem& problem : tree.problems) {
    if (problem.severity != core::ProblemSeverity::kError) continue;
    bool repeats = problem.code.find("duplicate-key") != std::string::npos;
    (repeats ? repeated : wrong) = true;
  }
  return wrong ? "syntax errors" : repeated ? "repeated keys" : "";
}

const Value* find_path(const Value& value, std::string_view path) {
  const Value* at = &value;
  while (at && !path.empty()) {
    size_t dot = path.find('.');
    at = at->find(path.substr(0, dot));
    path = dot == std::string_view::npos ? std::string_view{} : path.substr(dot + 1);
  }
  return at;
}

std::string_view text_at(const Value& value, std::string_view path) {
  const Value* found = find_path(value, path);
  return found && found->is_string() ? found->text() : std::string_view{};
}

}  // namespace assay::formats
