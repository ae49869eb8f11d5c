// Reads ValidatingAdmissionPolicies and their bindings out of documents. What is wrong goes to the documents' errors, with
// line and column: of an expression, of the token in it.
//
// Called by admission::load_policies(). Threads: one.
#pragma once

#include <memory>
#include <vector>

#include "rules/lang/admission/documents.h"

namespace assay::rules::vap {

bool is_policy(const admission::Document& document);
bool is_binding(const admission::Document& document);

// Policies in the order of their names.
std::vector<std::unique_ptr<const admission::Policy>> read_policies(admission::Documents& documents, core::Arena& arena,
                                                                    bool judge_unbound);

}  // namespace assay::rules::vap
