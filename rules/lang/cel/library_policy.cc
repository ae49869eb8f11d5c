// Policy documents for rules: IAM and resource policies, in whatever form a format has them.
//
//   policy(x)             {Version, Id, Statement: [...]} of JSON text, of structure, or of text with
//                         holes; null when there is no document
//   policy_statements(x)  its statements in one form: {sid, effect, actions, not_actions, resources,
//                         not_resources, principals, not_principals: [text], principal_types: [text],
//                         conditions: [{operator, key, values}]}; Effect is kept beside effect
//
// Lists are lists even where the document has one value. Terraform's aws_iam_policy_document blocks
// (statement, actions, principals {type, identifiers}, condition {test, variable, values}) are read
// alike.
#include <algorithm>

#include "parsers/syntax/json/reader.h"
#include "rules/lang/cel/policy_view.h"
#include "rules/lang/cel/text.h"

namespace assay::rules::cel {
namespace {

using Args = std::span<const Val>;

model::Value from_json(core::Arena& arena, const syntax::Node& node) {
  switch (node.kind) {
    case syntax::NodeKind::kBool: return model::bool_value(node.text == "true");
    case syntax::NodeKind::kNumber: {
      if (auto whole = parse_int(node.text)) return model::int_value(*whole);
      auto real = parse_double(node.text);
      auto number = real ? core::Number::from_double(*real, arena) : std::nullopt;
      if (!number) return model::null_value();
      model::Value out = model::number_value(*number, arena);
      out.flags |= model::kFloatText;
      return out;
    }
    case syntax::NodeKind::kString: return model::string_value(arena.copy(node.text));
    case syntax::NodeKind::kSequence: {
      std::vector<model::Value> items;
      items.reserve(node.child_count);
      for (const syntax::Node* child : node.children()) items.push_back(from_json(arena, *child));
      return model::list_value(items, arena);
    }
    case syntax::NodeKind::kMapping: {
      std::vector<model::Entry> entries;
      entries.reserve(node.child_count);
      for (const syntax::Node* pair : node.children()) {
        if (pair->kind != syntax::NodeKind::kPair || pair->child_count < 2) continue;
        std::string_view key = pair->child(0)->text;
        bool repeated = std::any_of(entries.begin(), entries.end(), [&](const model::Entry& e) { return e.key == key; });
        if (!repeated) entries.push_back({arena.copy(key), {}, from_json(arena, *pair->child(1))});
      }
      return model::object_value(entries, arena);
    }
    default: return model::null_value();
  }
}

// The document that a text holds; null when it holds none.
const model::Value* parse_document(core::Arena& arena, std::string_view text) {
  size_t start = text.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos || text[start] != '{') return nullptr;
  auto tree = syntax::read_json(core::kNoFile, text);
  const syntax::Node* first = tree->root->child(0);
  const syntax::Node* content = first ? first->child(0) : nullptr;
  if (!content || content->kind != syntax::NodeKind::kMapping) return nullptr;
  return arena.make<model::Value>(from_json(arena, *content));
}

// The same, parsed once however many rules, in however many worlds, look at the text.
const model::Value* document_of(Eval& eval, std::string_view text) {
  std::vector<Memo>* memos = eval.context() ? eval.context()->memos : nullptr;
  if (!memos) return parse_document(eval.arena(), text);
  for (const Memo& memo : *memos) {
    if (memo.text.data() == text.data() && memo.text.size() == text.size()) return memo.value;
  }
  memos->push_back({text, parse_document(eval.arena(), text)});
  return memos->back().value;
}

// The document as a map, an unknown, or null.
Val document(Eval& eval, const Val& value) {
  if (value.is(Kind::kString)) {
    eval.spend(value.text().size() / 16);
    const model::Value* parsed = document_of(eval, value.text());
    return parsed ? wrap(*parsed) : null_val();
  }
  if (value.is(Kind::kMap)) return value;
  if (value.is(Kind::kList)) {
    // A list of one block.
    auto items = eval.items(value);
    return items.size() == 1 ? document(eval, items[0]) : null_val();
  }
  if (value.is_unknown()) {
    if (const model::Value* structure = value.model->unknown().structure) {
      Val out = eval.read(*structure, value.path);
      return out.is(Kind::kMap) ? out : value;
    }
    return value;
  }
  return null_val();
}

// A part of a statement or document by either of its names; null when absent.
Val part(Eval& eval, const Val& map, std::string_view name, std::string_view other) {
  for (std::string_view key : {name, other}) {
    Val out;
    if (!key.empty() && eval.lookup(map, string_val(key), out) && !eval.is_null_in_world(out)) return out;
  }
  return null_val();
}

Val as_list(Eval& eval, const Val& value) {
  if (value.is(Kind::kList)) return value;
  if (value.is_null()) return list_val({});
  return list_val(eval.arena().copy(std::vector<Val>{value}));
}

Val make_map(Eval& eval, std::span<const std::string_view> names, std::span<const Val> values) {
  Val* keys = eval.arena().make_array<Val>(names.size());
  for (size_t i = 0; i < names.size(); ++i) new (keys + i) Val(string_val(names[i]));
  return map_val({keys, names.size()}, eval.arena().copy(values), eval.arena());
}

// "*", {"AWS": [...]}, or blocks {type, identifiers}, into identifiers and types.
void principals(Eval& eval, const Val& value, std::vector<Val>& out, std::vector<Val>& types) {
  auto add = [&](const Val& type, const Val& identifiers) {
    Val list = as_list(eval, identifiers);
    for (const Val& item : eval.items(list)) {
      out.push_back(item);
      types.push_back(type);
    }
  };
  if (value.is(Kind::kMap)) {
    Val type = part(eval, value, "type", {});
    Val identifiers = part(eval, value, "identifiers", {});
    if (!identifiers.is_null()) {
      add(type, identifiers);
      return;
    }
    for (uint32_t i = 0; i < value.size; ++i) {
      Val key, item;
      if (eval.entry_at(value, i, key, item)) add(key, item);
    }
  } else if (value.is(Kind::kList)) {
    for (const Val& item : eval.items(value)) {
      if (item.is(Kind::kMap)) principals(eval, item, out, types);
      else add(null_val(), item);
    }
  } else if (!value.is_null()) {
    add(null_val(), value);
  }
}

Val conditions(Eval& eval, const Val& value) {
  static constexpr std::string_view kNames[] = {"operator", "key", "values"};
  std::vector<Val> out;
  auto add = [&](const Val& op, const Val& key, const Val& values) {
    const Val parts[] = {op, key, as_list(eval, values)};
    out.push_back(make_map(eval, kNames, parts));
  };
  auto block = [&](const Val& item) {
    add(part(eval, item, "test", {}), part(eval, item, "variable", {}), part(eval, item, "values", {}));
  };
  if (value.is_unknown()) out.push_back(value);
  if (value.is(Kind::kList)) {
    for (const Val& item : eval.items(value)) block(item);
  } else if (value.is(Kind::kMap)) {
    Val test;
    if (eval.lookup(value, string_val("test"), test)) {
      block(value);
    } else {
      for (uint32_t i = 0; i < value.size; ++i) {
        Val op, keys;
        if (!eval.entry_at(value, i, op, keys) || !keys.is(Kind::kMap)) continue;
        for (uint32_t k = 0; k < keys.size; ++k) {
          Val key, values;
          if (eval.entry_at(keys, k, key, values)) add(op, key, values);
        }
      }
    }
  }
  return list_val(eval.arena().copy(out));
}

constexpr std::string_view kFields[] = {"sid", "effect", "Effect", "actions", "not_actions", "resources",
                                        "not_resources", "principals", "principal_types", "not_principals",
                                        "conditions"};
enum Field : size_t {
  kSid, kEffect, kEffectToo, kActions, kNotActions, kResources, kNotResources, kPrincipals, kPrincipalTypes,
  kNotPrincipals, kConditions, kFieldCount
};
static_assert(std::size(kFields) == kFieldCount);

// One field of a statement that is written in any form.
Val field_of(Eval& eval, const Val& written, size_t field) {
  auto list = [&](std::string_view name, std::string_view other) {
    return as_list(eval, part(eval, written, name, other));
  };
  auto principals_of = [&](std::string_view name, std::string_view other, bool types_wanted) {
    std::vector<Val> names, types;
    principals(eval, part(eval, written, name, other), names, types);
    return list_val(eval.arena().copy(types_wanted ? types : names));
  };
  switch (field) {
    case kSid: return part(eval, written, "Sid", "sid");
    case kEffect:
    case kEffectToo: {
      // Blocks of aws_iam_policy_document allow unless they say otherwise; JSON documents must say.
      Val effect = part(eval, written, "Effect", "effect");
      if (!effect.is_null()) return effect;
      return part(eval, written, "actions", "not_actions").is_null() ? effect : string_val("Allow");
    }
    case kActions: return list("Action", "actions");
    case kNotActions: return list("NotAction", "not_actions");
    case kResources: return list("Resource", "resources");
    case kNotResources: return list("NotResource", "not_resources");
    case kPrincipals: return principals_of("Principal", "principals", false);
    case kPrincipalTypes: return principals_of("Principal", "principals", true);
    case kNotPrincipals: return principals_of("NotPrincipal", "not_principals", false);
    default: return conditions(eval, part(eval, written, "Condition", "condition"));
  }
}

// The statement as it is written.
Val written(const Val& statement) {
  Val out = statement;
  out.flags &= static_cast<uint8_t>(~kStatement);
  out.size = statement.model->size;
  return out;
}

Val statements_of(Eval& eval, const Val& doc) { return as_list(eval, part(eval, doc, "Statement", "statement")); }

Val policy(Eval& eval, Args args) {
  Val doc = document(eval, args[0]);
  if (!doc.is(Kind::kMap)) return doc;
  static constexpr std::string_view kNames[] = {"Version", "Id", "Statement"};
  const Val parts[] = {part(eval, doc, "Version", "version"), part(eval, doc, "Id", "policy_id"), statements_of(eval, doc)};
  return make_map(eval, kNames, parts);
}

Val policy_statements(Eval& eval, Args args) {
  Val doc = document(eval, args[0]);
  if (doc.is_unknown()) return eval.derived(eval.id_of_call("policy_statements", {&doc, 1}), nullptr, {&doc, 1});
  if (!doc.is(Kind::kMap)) return list_val({});
  Val list = statements_of(eval, doc);
  if (list.from_model()) {
    list.flags |= kStatements;
    return list;
  }
  std::vector<Val> out;
  for (const Val& item : eval.items(list)) out.push_back(as_statement(eval, item));
  return list_val(eval.arena().copy(out));
}

constexpr FunctionRow kRows[] = {
    {"policy", "(dyn) dyn", policy, kSeesUnknown},
    {"policy_statements", "(dyn) list(dyn)", policy_statements, kSeesUnknown},
};

}  // namespace

Val as_statement(Eval& eval, const Val& element) {
  if (element.is_unknown()) return eval.derived(eval.id_of_call("policy_statement", {&element, 1}), nullptr, {&element, 1});
  if (!element.is(Kind::kMap) || (element.flags & kStatement)) return element;
  if (element.from_model()) {
    Val out = element;
    out.flags |= kStatement;
    out.size = kFieldCount;
    return out;
  }
  Val values[kFieldCount];
  for (size_t i = 0; i < kFieldCount; ++i) values[i] = field_of(eval, element, i);
  return make_map(eval, kFields, values);
}

bool statement_field(Eval& eval, const Val& statement, std::string_view name, Val& out) {
  const auto* at = std::find(std::begin(kFields), std::end(kFields), name);
  if (at == std::end(kFields)) return false;
  out = field_of(eval, written(statement), static_cast<size_t>(at - kFields));
  return true;
}

void statement_entry(Eval& eval, const Val& statement, uint32_t i, Val& key, Val& value) {
  key = string_val(kFields[i]);
  value = field_of(eval, written(statement), i);
}

std::span<const FunctionRow> policy_library() { return kRows; }

}  // namespace assay::rules::cel
