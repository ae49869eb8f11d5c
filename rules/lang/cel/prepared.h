// The tree of a parsed and checked expression as bytes, so that rules of a pack are neither parsed nor checked again
// when a scan needs them: the packer writes it, cel_language.cc reads it back.
//
// Made and read by one build; types are left out, because only the checker needs them. Numbers are LEB128.
// Ownership: what is read views the bytes, which must outlive it. Threads: no state.
#pragma once

#include <string>
#include <string_view>

#include "rules/lang/cel/ast.h"

namespace assay::rules::cel {

// Empty when the tree holds a literal that has no such form.
std::string write_tree(const Expr& expr);
// Null when the bytes are malformed.
Expr* read_tree(std::string_view bytes, core::Arena& arena);

}  // namespace assay::rules::cel
