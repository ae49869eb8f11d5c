#include "rules/identity/policy.h"

#include <algorithm>

#include "parsers/core/limits.h"
#include "parsers/model/alias_values.h"

namespace assay::rules::identity {
namespace {

using model::Guard;
using model::Value;
using GuardList = std::span<const Guard>;

constexpr int kMaxDepth = 8;         // of lists in lists and documents in texts
constexpr size_t kMaxTerms = 20000;  // of one document: more than any service accepts

// The last part of an identity, without modules: "aws_iam_policy.x.arn", "var.arn", "Role.Arn".
std::string_view without_modules(std::string_view id) {
  if (size_t hash = id.find('#'); hash != std::string_view::npos) id.remove_prefix(hash + 1);
  while (id.starts_with("module.")) {
    size_t dot = std::string_view::npos;
    bool quoted = false;
    for (size_t i = 7; i < id.size(); ++i) {
      if (id[i] == '"') quoted = !quoted;
      if (id[i] == '.' && !quoted) {
        dot = i;
        break;
      }
    }
    if (dot == std::string_view::npos) return {};
    id.remove_prefix(dot + 1);
  }
  return id;
}

// Does the identity name an attribute of a resource, which a provider makes: never a pattern?
bool names_resource(std::string_view id) {
  std::string_view name = without_modules(id);
  // Keys of instances may hold anything: aws_iam_role.x["a b"].arn.
  std::string_view head = name.substr(0, name.find('['));
  if (head.empty() || head.find_first_of("(\"${ ") != std::string_view::npos) return false;
  for (std::string_view input : {"var.", "local.", "param.", "each.", "path.", "terraform."}) {
    if (name.starts_with(input)) return false;
  }
  // What programs, other states and stores answer may be anything.
  for (std::string_view foreign : {"data.external.", "data.http.", "data.terraform_remote_state.", "data.local_file.", "data.template_",
                                   "data.aws_ssm_parameter", "data.aws_secretsmanager", "data.aws_iam_policy_document"}) {
    if (name.starts_with(foreign)) return false;
  }
  return true;
}

Term make_term(const Value& value, GuardList guards) {
  Term out;
  out.value = &value;
  out.guards = guards;
  if (value.is_string()) {
    out.text = value.text();
    out.known = true;
    return out;
  }
  if (value.is_unknown()) {
    const model::Unknown& unknown = value.unknown();
    out.text = unknown.prefix;
    out.suffix = unknown.suffix;
    out.fixed = names_resource(unknown.id.text());
    out.many = unknown.type != nullptr && unknown.type->kind >= model::TypeKind::kList;
  }
  return out;
}

class Reader {
 public:
  explicit Reader(core::Arena& arena) : arena_(arena) {}

  GuardList with(GuardList guards, Guard guard) {
    if (guard == model::kAlways) return guards;
    Guard* out = arena_.make_array<Guard>(guards.size() + 1);
    std::copy(guards.begin(), guards.end(), out);
    out[guards.size()] = guard;
    return {out, guards.size() + 1};
  }

  // Calls visit(value, guards) for what stands behind alternatives.
  template <typename Visit>
  void resolve(const Value& value, GuardList guards, Visit&& visit) {
    guards = with(guards, value.guard);
    if (!value.is_alternatives()) {
      visit(value, guards);
      return;
    }
    for (const model::Alternative& alternative : value.alternatives()) {
      visit(alternative.value, with(guards, alternative.guard));
    }
  }

  void terms(const Value& value, GuardList guards, std::vector<Term>& out, int depth) {
    if (depth > kMaxDepth || count_ > kMaxTerms) return;
    resolve(value, guards, [&](const Value& plain, GuardList under) {
      if (plain.is_null() || plain.is_mapping()) return;
      if (plain.is_sequence()) {
        for (const Value& item : plain.items()) terms(item, under, out, depth + 1);
        return;
      }
      if (plain.is_bool() || plain.is_number()) {
        Term term = make_term(plain, under);
        term.text = arena_.copy(std::string_view(model::literal_text(plain)));
        term.known = true;
        out.push_back(term);
      } else {
        out.push_back(make_term(plain, under));
      }
      ++count_;
    });
  }
  Terms terms_of(const Value& map, GuardList guards, std::string_view name, std::string_view other) {
    std::vector<Term> out;
    for (std::string_view key : {name, other}) {
      if (const Value* found = key.empty() ? nullptr : map.find(key)) terms(*found, guards, out, 0);
      if (!out.empty()) break;
    }
    return arena_.copy(out);
  }

  void principals(const Value& value, GuardList guards, std::string_view type, std::vector<Principal>& out, int depth) {
    if (depth > kMaxDepth || count_ > kMaxTerms) return;
    resolve(value, guards, [&](const Value& plain, GuardList under) {
      if (plain.is_null()) return;
      if (plain.is_sequence()) {
        for (const Value& item : plain.items()) principals(item, under, type, out, depth + 1);
      } else if (plain.is_mapping()) {
        const Value* identifiers = plain.find("identifiers");
        if (identifiers != nullptr) {
          const Value* named = plain.find("type");
          std::string_view kind = named && named->is_string() ? named->text() : std::string_view{};
          principals(*identifiers, under, kind, out, depth + 1);
          return;
        }
        for (const model::Entry& entry : plain.entries()) principals(entry.value, under, entry.key, out, depth + 1);
      } else if (plain.is_number()) {
        // A YAML number is an account id whose zeros in front are gone; it names one account.
        Term term = make_term(plain, under);
        term.text = arena_.copy(std::string_view(model::literal_text(plain)));
        term.known = true;
        out.push_back({type, term});
        ++count_;
      } else {
        out.push_back({type, make_term(plain, under)});
        ++count_;
      }
    });
  }
  std::span<const Principal> principals_of(const Value& map, GuardList guards, std::string_view name, std::string_view other) {
    std::vector<Principal> out;
    for (std::string_view key : {name, other}) {
      if (const Value* found = map.find(key)) principals(*found, guards, {}, out, 0);
      if (!out.empty()) break;
    }
    return arena_.copy(out);
  }

  void conditions(const Value& value, GuardList guards, std::vector<Condition>& out, int depth) {
    if (depth > kMaxDepth) return;
    resolve(value, guards, [&](const Value& plain, GuardList under) {
      if (plain.is_sequence()) {
        for (const Value& item : plain.items()) conditions(item, under, out, depth + 1);
      } else if (plain.is_mapping()) {
        if (const Value* test = plain.find("test")) {
          Condition condition;
          const Value* key = plain.find("variable");
          condition.value = &plain;
          condition.guards = under;
          condition.known = test->is_string() && key && key->is_string();
          if (test->is_string()) condition.test = test->text();
          if (key && key->is_string()) condition.key = key->text();
          // "${issuer}:sub": which claim is known, whoever issues it.
          if (key && key->is_unknown() && key->unknown().suffix.starts_with(":")) {
            condition.key = key->unknown().suffix;
            condition.known = test->is_string();
          }
          condition.values = terms_of(plain, {}, "values", {});
          out.push_back(condition);
          return;
        }
        for (const model::Entry& test : plain.entries()) {
          resolve(test.value, under, [&](const Value& keys, GuardList there) {
            if (keys.is_mapping()) {
              for (const model::Entry& key : keys.entries()) {
                std::vector<Term> values;
                terms(key.value, {}, values, 0);
                out.push_back({test.key, key.key, arena_.copy(values), &key.value, with(there, key.value.guard), true});
              }
            } else if (keys.is_unknown()) {
              out.push_back({test.key, {}, {}, &keys, there, false});
            }
          });
        }
      } else if (plain.is_unknown()) {
        out.push_back({{}, {}, {}, &plain, under, false});
      }
    });
  }

  void statement(const Value& value, GuardList guards, std::vector<Statement>& out, int depth) {
    if (depth > kMaxDepth || count_ > kMaxTerms) return;
    resolve(value, guards, [&](const Value& plain, GuardList under) {
      if (plain.is_sequence()) {
        for (const Value& item : plain.items()) statement(item, under, out, depth + 1);
        return;
      }
      Statement made;
      made.guards = under;
      made.value = &plain;
      if (plain.is_unknown()) {
        made.open = true;
        out.push_back(made);
        return;
      }
      if (!plain.is_mapping()) return;
      made.effects = terms_of(plain, {}, "Effect", "effect");
      made.actions = terms_of(plain, {}, "Action", "actions");
      made.not_actions = terms_of(plain, {}, "NotAction", "not_actions");
      made.resources = terms_of(plain, {}, "Resource", "resources");
      made.not_resources = terms_of(plain, {}, "NotResource", "not_resources");
      made.principals = principals_of(plain, {}, "Principal", "principals");
      made.not_principals = principals_of(plain, {}, "NotPrincipal", "not_principals");
      made.sid = plain.find("Sid");
      if (!made.sid) made.sid = plain.find("sid");
      std::vector<Condition> found;
      for (std::string_view key : {"Condition", "condition"}) {
        if (const Value* written = plain.find(key)) conditions(*written, {}, found, 0);
      }
      made.conditions = arena_.copy(found);
      if (made.effects.empty() && (plain.find("actions") || plain.find("not_actions"))) {
        // Blocks of aws_iam_policy_document allow unless they say otherwise.
        static const Value kAllow = model::string_value("Allow");
        Term term = make_term(kAllow, {});
        term.value = &plain;
        made.effects = arena_.copy(std::vector<Term>{term});
      }
      out.push_back(made);
    });
  }

  void document(const Value& value, GuardList guards, std::vector<Statement>& out, Document& into, int depth) {
    if (depth > kMaxDepth) return;
    resolve(value, guards, [&](const Value& plain, GuardList under) {
      if (plain.is_string()) {
        auto parsed = model::parse_json_text(plain.text(), {}, plain.span, plain.origin, arena_, {});
        if (parsed && parsed->is_mapping()) document(*arena_.make<Value>(*parsed), under, out, into, depth + 1);
      } else if (plain.is_unknown()) {
        if (const Value* structure = plain.unknown().structure) document(*structure, under, out, into, depth + 1);
      } else if (plain.is_sequence()) {
        if (plain.size == 1) document(plain.items()[0], under, out, into, depth + 1);
      } else if (plain.is_mapping()) {
        for (std::string_view key : {"Version", "version"}) {
          if (const Value* version = plain.find(key); version && !version->is_null()) into.version = version;
        }
        into.value = &plain;
        for (std::string_view key : {"Statement", "statement"}) {
          if (const Value* statements = plain.find(key)) statement(*statements, under, out, 0);
        }
      }
    });
  }

 private:
  core::Arena& arena_;
  size_t count_ = 0;
};

}  // namespace

const Document* read_document(const Value& value, const model::Root& root, core::Arena& arena) {
  Reader reader(arena);
  std::vector<Statement> statements;
  Document out;
  reader.document(value, {}, statements, out, 0);
  if (!out.value) return nullptr;
  out.statements = arena.copy(statements);
  out.root = &root;
  return arena.make<Document>(out);
}

bool is_open_document(const Value& value) {
  return value.is_unknown() && value.unknown().structure == nullptr;
}

void read_terms(const Value& value, std::span<const Guard> guards, core::Arena& arena, std::vector<Term>& out) {
  Reader(arena).terms(value, guards, out, 0);
}

}  // namespace assay::rules::identity
