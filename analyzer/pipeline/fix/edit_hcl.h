// Edits of HCL: arguments and blocks of a body, items of an object, expressions that are literals.
// What is not a literal (a reference, a conditional) is left alone: the caller may know where its
// value is written.
//
// Called by fix.cc with trees of parsers/syntax/hcl. Threads: none of their own.
#pragma once

#include "analyzer/pipeline/fix/want.h"
#include "parsers/formats/terraform/schema/provider_facts.h"

namespace assay::pipeline::fix {

// Wants below a kBody of a block; `facts` says what is an argument and what a block (it may be
// empty). False with editing.problem when it cannot be done.
bool edit_hcl_body(Editing& editing, const syntax::Node& body, formats::terraform::BodyFacts facts,
                   const std::vector<Want>& wants);
// Wants below a kObject.
bool edit_hcl_object(Editing& editing, const syntax::Node& object, const std::vector<Want>& wants);
// Puts `want.value` in the place of a literal; does nothing where it says so already.
bool edit_hcl_expression(Editing& editing, const syntax::Node& expression, const Want& want);

bool is_hcl_literal(const syntax::Node& node);
std::string hcl_text(const Literal& literal);

}  // namespace assay::pipeline::fix
