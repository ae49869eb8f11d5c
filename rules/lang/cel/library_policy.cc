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
#include "rules/lang/cel/eval.h"
#include "rules/lang/cel/text.h"

namespace assay::rules::cel {
namespace {

using Args = std::span<const Val>;

Val from_json(Eval& eval, const syntax::Node& node) {
  if (!eval.spend(1)) return null_val();
  switch (node.kind) {
    case syntax::NodeKind::kBool: return bool_val(node.text == "true");
    case syntax::NodeKind::kNumber: {
      if (auto whole = parse_int(node.text)) return int_val(*whole);
      auto real = parse_double(node.text);
      return real ? double_val(*real) : null_val();
    }
    case syntax::NodeKind::kString: return eval.string(node.text);
    case syntax::NodeKind::kSequence: {
      std::vector<Val> items;
      for (const syntax::Node* child : node.children()) items.push_back(from_json(eval, *child));
      return list_val(eval.arena().copy(items));
    }
    case syntax::NodeKind::kMapping: {
      std::vector<Val> keys, values;
      for (const syntax::Node* pair : node.children()) {
        if (pair->kind != syntax::NodeKind::kPair || pair->child_count < 2) continue;
        Val key = eval.string(pair->child(0)->text);
        bool repeated = std::any_of(keys.begin(), keys.end(), [&](const Val& k) { return k.text() == key.text(); });
        if (repeated) continue;
        keys.push_back(key);
        values.push_back(from_json(eval, *pair->child(1)));
      }
      return map_val(eval.arena().copy(keys), eval.arena().copy(values), eval.arena());
    }
    default: return null_val();
  }
}

// The document as a map, an unknown, or null.
Val document(Eval& eval, const Val& value) {
  if (value.is(Kind::kString)) {
    std::string_view text = value.text();
    size_t start = text.find_first_not_of(" \t\r\n");
    if (start == std::string_view::npos || text[start] != '{') return null_val();
    eval.spend(text.size() / 16);
    auto tree = syntax::read_json(core::kNoFile, text);
    const syntax::Node* first = tree->root->child(0);
    const syntax::Node* content = first ? first->child(0) : nullptr;
    if (!content || content->kind != syntax::NodeKind::kMapping) return null_val();
    return from_json(eval, *content);
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

Val statement(Eval& eval, const Val& value) {
  if (!value.is(Kind::kMap)) return value;
  static constexpr std::string_view kNames[] = {
      "sid", "effect", "Effect", "actions", "not_actions", "resources", "not_resources",
      "principals", "principal_types", "not_principals", "conditions"};
  auto list = [&](std::string_view name, std::string_view other) {
    return as_list(eval, part(eval, value, name, other));
  };
  auto texts = [&](const std::vector<Val>& items) { return list_val(eval.arena().copy(items)); };
  // Blocks of aws_iam_policy_document allow unless they say otherwise; JSON documents must say.
  Val effect = part(eval, value, "Effect", "effect");
  Val actions = part(eval, value, "actions", "not_actions");
  if (effect.is_null() && !actions.is_null()) effect = string_val("Allow");
  std::vector<Val> names, types, excluded, unused;
  principals(eval, part(eval, value, "Principal", "principals"), names, types);
  principals(eval, part(eval, value, "NotPrincipal", "not_principals"), excluded, unused);
  const Val parts[] = {
      part(eval, value, "Sid", "sid"), effect, effect, list("Action", "actions"), list("NotAction", "not_actions"),
      list("Resource", "resources"), list("NotResource", "not_resources"), texts(names), texts(types),
      texts(excluded), conditions(eval, part(eval, value, "Condition", "condition"))};
  return make_map(eval, kNames, parts);
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
  std::vector<Val> out;
  for (const Val& item : eval.items(list)) {
    if (item.is_unknown()) {
      out.push_back(eval.derived(eval.id_of_call("policy_statement", {&item, 1}), nullptr, {&item, 1}));
    } else {
      out.push_back(statement(eval, item));
    }
  }
  return list_val(eval.arena().copy(out));
}

constexpr FunctionRow kRows[] = {
    {"policy", "(dyn) dyn", policy, kSeesUnknown},
    {"policy_statements", "(dyn) list(dyn)", policy_statements, kSeesUnknown},
};

}  // namespace

std::span<const FunctionRow> policy_library() { return kRows; }

}  // namespace assay::rules::cel
