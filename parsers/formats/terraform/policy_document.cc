#include "parsers/formats/terraform/policy_document.h"

#include <algorithm>
#include <map>
#include <vector>

#include "parsers/formats/terraform/functions/convert.h"
#include "parsers/formats/terraform/json_syntax.h"

namespace assay::formats::terraform {
namespace {

using model::Entry;
using model::Value;

bool is_set(const Value* value) { return value && !value->is_null(); }

// "&{aws:username}" stands for an IAM variable, because Terraform has "${" for itself.
std::string_view with_variables(std::string_view text, core::Arena& arena) {
  if (text.find("&{") == std::string_view::npos) return text;
  std::string out(text);
  for (size_t at = out.find("&{"); at != std::string::npos; at = out.find("&{", at + 2)) out[at] = '$';
  return arena.copy(out);
}

class Document {
 public:
  Document(model::Guards& guards, core::Arena& arena) : guards_(guards), arena_(arena) {}

  Value build(const Value& attributes) {
    std::vector<Value> statements;
    for (const Value& text : list_of(attributes.find("source_policy_documents"))) {
      add_document(text, statements, false);
    }
    if (const Value* text = attributes.find("source_json")) add_document(*text, statements, false);
    if (const Value* blocks = attributes.find("statement"); is_set(blocks)) {
      if (blocks->is_sequence()) {
        for (const Value& block : blocks->items()) {
          Value built = statement(block);
          built.guard = block.guard;
          statements.push_back(built);
        }
      } else {
        statements.push_back(*blocks);
      }
    }
    for (const Value& text : list_of(attributes.find("override_policy_documents"))) {
      add_document(text, statements, true);
    }
    if (const Value* text = attributes.find("override_json")) add_document(*text, statements, true);

    std::string_view version = "2012-10-17";
    Value unknown_version;
    if (const Value* given = attributes.find("version"); is_set(given)) {
      if (given->is_string()) version = given->text();
      else unknown_version = *given;
    }
    version = std::max(version, newest_);
    std::vector<Entry> entries;
    entries.push_back({"Version", {}, unknown_version.is_null() ? model::string_value(version) : unknown_version});
    if (const Value* id = attributes.find("policy_id"); is_set(id)) entries.push_back({"Id", {}, *id});
    else if (is_set(&id_)) entries.push_back({"Id", {}, id_});
    if (!statements.empty()) {
      entries.push_back({"Statement", {}, list_value(statements, arena_, model::ValueKind::kTuple)});
    }
    return object_value(entries, arena_);
  }

 private:
  std::vector<Value> list_of(const Value* value) {
    if (!is_set(value)) return {};
    if (value->is_sequence()) return {value->items().begin(), value->items().end()};
    return {*value};
  }

  // A set of strings in the form of IAM's grammar.
  Value strings(const Value& value, bool variables, bool ordered = false) {
    if (!value.is_sequence()) return value;
    std::vector<Value> items;
    bool known = true;
    for (Value item : value.items()) {
      known = known && item.guard == model::kAlways && item.is_primitive();
      if (item.is_primitive() && !item.is_string()) {
        item = with_span(model::string_value(arena_.copy(primitive_text(item))), item.span);
      }
      if (variables && item.is_string()) {
        Value replaced = model::string_value(with_variables(item.text(), arena_));
        replaced.span = item.span;
        replaced.origin = item.origin;
        replaced.marks = item.marks;
        replaced.guard = item.guard;
        item = replaced;
      }
      items.push_back(item);
    }
    if (known && !ordered) {
      std::stable_sort(items.begin(), items.end(),
                       [](const Value& a, const Value& b) { return a.text() > b.text(); });
      items.erase(std::unique(items.begin(), items.end(),
                              [](const Value& a, const Value& b) { return a.text() == b.text(); }),
                  items.end());
    }
    if (items.size() == 1 && items[0].guard == model::kAlways) return items[0];
    return with_span(list_value(items, arena_, model::ValueKind::kTuple), value.span);
  }

  void add(std::vector<Entry>& entries, std::string_view name, const Value* value, bool variables) {
    if (!is_set(value) || (value->is_sequence() && value->size == 0)) return;
    entries.push_back({name, {}, strings(*value, variables)});
  }

  Value statement(const Value& block) {
    std::vector<Entry> entries;
    if (const Value* sid = block.find("sid"); is_set(sid) && !(sid->is_string() && sid->size == 0)) {
      entries.push_back({"Sid", {}, *sid});
    }
    const Value* effect = block.find("effect");
    entries.push_back({"Effect", {}, is_set(effect) ? *effect : model::string_value("Allow")});
    add(entries, "Action", block.find("actions"), false);
    add(entries, "NotAction", block.find("not_actions"), false);
    add(entries, "Resource", block.find("resources"), true);
    add(entries, "NotResource", block.find("not_resources"), true);
    add_principals(entries, "Principal", block.find("principals"));
    add_principals(entries, "NotPrincipal", block.find("not_principals"));
    add_conditions(entries, block.find("condition"));
    return with_span(object_value(entries, arena_), block.span);
  }

  void add_principals(std::vector<Entry>& entries, std::string_view name, const Value* blocks) {
    if (!is_set(blocks) || (blocks->is_sequence() && blocks->size == 0)) return;
    if (!blocks->is_sequence()) {
      entries.push_back({name, {}, *blocks});
      return;
    }
    std::map<std::string_view, std::vector<Value>> by_type;
    bool everyone = false;
    for (const Value& block : blocks->items()) {
      const Value* type = block.find("type");
      const Value* identifiers = block.find("identifiers");
      if (!is_set(type) || !is_set(identifiers)) continue;
      if (!type->is_string() || block.guard != model::kAlways) {
        // Which kind of principal this is depends on an input.
        Value parts[] = {*type, *identifiers};
        entries.push_back({name, {}, derived_unknown("", nullptr, parts, guards_, arena_)});
        return;
      }
      std::vector<Value>& into = by_type[type->text()];
      if (!identifiers->is_sequence()) {
        into.push_back(*identifiers);
      } else {
        for (const Value& item : identifiers->items()) into.push_back(item);
      }
      everyone = type->text() == "*" && identifiers->is_sequence() && identifiers->size == 1 &&
                 identifiers->items()[0].is_string() && identifiers->items()[0].text() == "*";
    }
    if (everyone && by_type.size() == 1 && by_type.begin()->second.size() == 1) {
      entries.push_back({name, {}, by_type.begin()->second[0]});
      return;
    }
    std::vector<Entry> types;
    for (const auto& [type, identifiers] : by_type) {
      types.push_back({type, {}, strings(list_value(identifiers, arena_, model::ValueKind::kTuple), true)});
    }
    entries.push_back({name, {}, object_value(types, arena_)});
  }

  void add_conditions(std::vector<Entry>& entries, const Value* blocks) {
    if (!is_set(blocks) || (blocks->is_sequence() && blocks->size == 0)) return;
    if (!blocks->is_sequence()) {
      entries.push_back({"Condition", {}, *blocks});
      return;
    }
    std::map<std::string_view, std::map<std::string_view, std::vector<Value>>> tests;
    for (const Value& block : blocks->items()) {
      const Value* test = block.find("test");
      const Value* variable = block.find("variable");
      const Value* values = block.find("values");
      if (!is_set(test) || !is_set(variable) || !is_set(values)) continue;
      if (!test->is_string() || !variable->is_string() || block.guard != model::kAlways) {
        Value parts[] = {*test, *variable, *values};
        entries.push_back({"Condition", {}, derived_unknown("", nullptr, parts, guards_, arena_)});
        return;
      }
      std::vector<Value>& into = tests[test->text()][variable->text()];
      if (!values->is_sequence()) into.push_back(*values);
      else into.insert(into.end(), values->items().begin(), values->items().end());
    }
    std::vector<Entry> by_test;
    for (const auto& [test, variables] : tests) {
      std::vector<Entry> by_variable;
      for (const auto& [variable, values] : variables) {
        by_variable.push_back(
            {variable, {}, strings(list_value(values, arena_, model::ValueKind::kTuple), true, true)});
      }
      by_test.push_back({test, {}, object_value(by_variable, arena_)});
    }
    entries.push_back({"Condition", {}, object_value(by_test, arena_)});
  }

  // Statements of another document, as text or as a structure with holes.
  void add_document(const Value& text, std::vector<Value>& statements, bool overriding) {
    if (text.is_null() || (text.is_string() && text.size == 0)) return;
    Value document;
    if (text.is_string()) {
      if (!json_text_value(text.text(), arena_, &document)) return;
    } else if (text.is_unknown() && text.unknown().structure) {
      document = *text.unknown().structure;
    } else {
      statements.push_back(text);  // statements that nobody knows
      return;
    }
    if (const Value* version = document.find("Version"); version && version->is_string()) {
      newest_ = std::max(newest_, version->text());
    }
    if (const Value* id = document.find("Id"); is_set(id)) id_ = *id;
    for (const Value& given : list_of(document.find("Statement"))) {
      Value added = in_order(given);
      const Value* sid = added.find("Sid");
      Value* same = nullptr;
      if (overriding && sid && sid->is_string() && sid->size > 0) {
        for (Value& known : statements) {
          const Value* other = known.find("Sid");
          if (other && other->is_string() && other->text() == sid->text()) same = &known;
        }
      }
      if (same) *same = added;
      else statements.push_back(added);
    }
  }

  // The provider reads a statement into its own structure, whose order its text has.
  Value in_order(const Value& statement) {
    if (!statement.is_mapping()) return statement;
    static constexpr std::string_view kOrder[] = {"Sid",      "Effect",      "Action",    "NotAction", "Resource",
                                                  "NotResource", "Principal", "NotPrincipal", "Condition"};
    std::vector<Entry> entries;
    for (std::string_view key : kOrder) {
      for (const Entry& entry : statement.entries()) {
        if (entry.key == key) entries.push_back(entry);
      }
    }
    Value out = with_span(object_value(entries, arena_), statement.span);
    out.guard = statement.guard;
    return out;
  }

  model::Guards& guards_;
  core::Arena& arena_;
  std::string_view newest_;
  Value id_;
};

void append_string(std::string_view text, std::string& out) {
  static constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  for (size_t i = 0; i < text.size(); ++i) {
    unsigned char c = static_cast<unsigned char>(text[i]);
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      case '\b': out += "\\b"; break;
      case '\f': out += "\\f"; break;
      default:
        if (c < 0x20 || c == '<' || c == '>' || c == '&') {
          out += "\\u00";
          out += kHex[c >> 4];
          out += kHex[c & 15];
        } else if (c == 0xe2 && text.substr(i, 3) == "\xe2\x80\xa8") {
          out += "\\u2028";
          i += 2;
        } else if (c == 0xe2 && text.substr(i, 3) == "\xe2\x80\xa9") {
          out += "\\u2029";
          i += 2;
        } else {
          out += static_cast<char>(c);
        }
    }
  }
  out += '"';
}

void append(const Value& value, int indent, int level, std::string& out) {
  auto line = [&](int at) {
    if (indent == 0) return;
    out += '\n';
    out.append(static_cast<size_t>(at) * indent, ' ');
  };
  if (value.is_mapping() || value.is_sequence()) {
    bool mapping = value.is_mapping();
    if (value.size == 0) {
      out += mapping ? "{}" : "[]";
      return;
    }
    out += mapping ? '{' : '[';
    for (uint32_t i = 0; i < value.size; ++i) {
      if (i > 0) out += ',';
      line(level + 1);
      if (mapping) {
        append_string(value.entries()[i].key, out);
        out += indent ? ": " : ":";
        append(value.entries()[i].value, indent, level + 1, out);
      } else {
        append(value.items()[i], indent, level + 1, out);
      }
    }
    line(level);
    out += mapping ? '}' : ']';
    return;
  }
  if (value.is_null()) out += "null";
  else if (value.is_string()) append_string(value.text(), out);
  else out += primitive_text(value);
}

}  // namespace

Value policy_document(const Value& attributes, model::Guards& guards, core::Arena& arena) {
  return Document(guards, arena).build(attributes);
}

std::string json_text(const Value& value, int indent) {
  std::string out;
  append(value, indent, 0, out);
  return out;
}

}  // namespace assay::formats::terraform
