// Policy statements read through one normal form, field by field: of the documents of IAM most rules look at
// the effect of each statement and at little else, so nothing is worked out, and nothing asked of the world,
// before it is read. A list of statements is a list of the model with the flag kStatements; its elements are
// maps of the model with kStatement, whose fields are those of library_policy.cc.
//
// Called by Eval wherever it reads a part of a collection. Threads: as Eval.
#pragma once

#include "rules/lang/cel/eval.h"

namespace assay::rules::cel {

// An element of a list of statements: maps get the normal form, what is unknown stays so.
Val as_statement(Eval& eval, const Val& element);
// A field by its name; false when statements have no such field. REQUIRES: kStatement.
bool statement_field(Eval& eval, const Val& statement, std::string_view name, Val& out);
// A field by its position, below the `size` of the statement. REQUIRES: kStatement.
void statement_entry(Eval& eval, const Val& statement, uint32_t i, Val& key, Val& value);

}  // namespace assay::rules::cel
