// Policy documents of IAM in one compiled form: statements whose parts are flat lists of terms, each with the guards
// under which it is there. Nothing is asked of the world while a document is read, so one reading serves all rules and
// all worlds; whoever uses a term asks whether it is there.
//
// Reads what formats have: JSON text, structures of JSON or YAML, the blocks of aws_iam_policy_document, and texts with
// holes. What is unknown stays a term: with what it begins and ends with, and whether it can hold a wildcard at all (the
// ARN of a resource of the scan cannot).
// Ownership: everything lives in the arena given to read_document; texts are those of the model.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "parsers/core/arena.h"
#include "parsers/model/resource.h"
#include "parsers/model/value.h"

namespace assay::rules::identity {

struct Term {
  std::string_view text;    // known; of an unknown, what it begins with
  std::string_view suffix;  // of an unknown: what it ends with
  const model::Value* value = nullptr;  // as written
  std::span<const model::Guard> guards;
  bool known = false;
  bool fixed = false;  // unknown, but names one thing: it is no pattern and holds no wildcard
  bool many = false;   // an unknown list: none, one or several texts
};
using Terms = std::span<const Term>;

struct Principal {
  std::string_view type;  // "AWS", "Service", "Federated", "CanonicalUser"; "" for a bare "*" and where it is unknown
  Term id;
};

struct Condition {
  std::string_view test;  // "StringEquals", as written
  std::string_view key;
  Terms values;
  const model::Value* value = nullptr;
  std::span<const model::Guard> guards;
  bool known = true;  // test and key are
};

struct Statement {
  Terms effects, actions, not_actions, resources, not_resources;
  std::span<const Principal> principals, not_principals;
  std::span<const Condition> conditions;
  std::span<const model::Guard> guards;
  const model::Value* value = nullptr;
  const model::Value* sid = nullptr;
  bool open = false;  // unknown as a whole
};

struct Document {
  std::span<const Statement> statements;
  const model::Value* version = nullptr;
  const model::Value* value = nullptr;
  const model::Root* root = nullptr;  // whose guards the terms speak of
};

// Null when the value holds no document (or an unknown one, of which nothing can be said). Documents that are only
// perhaps there are read with the guards of their alternatives.
const Document* read_document(const model::Value& value, const model::Root& root, core::Arena& arena);

// Is the value an unknown of which nothing is known that a document could be read from?
bool is_open_document(const model::Value& value);

// One text as a term; lists and unknown lists as several.
void read_terms(const model::Value& value, std::span<const model::Guard> guards, core::Arena& arena, std::vector<Term>& out);

}  // namespace assay::rules::identity
