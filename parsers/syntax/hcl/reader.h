// The HCL reader: bytes of native HCL 2 syntax (Terraform, OpenTofu, Packer, Nomad) to a Tree. It
// exists because the verdict `accepted` must be Terraform's own and because values must be exact
// (chained conditionals, whitespace in templates, heredoc indentation, escapes); the hclsyntax
// specification and Terraform 1.11.4 are the reference. Called by the Terraform format, by variable
// files and `--var`, by templatefile(), and by `assay debug`.
//
// Shapes that tree.h leaves open:
// - kBody of a block spans its braces, "{" to "}"; so a block's header (type and labels) is
//   [block.begin, body.begin) and header_span() trims it. kBody of a file spans the whole text.
// - kAttribute spans name to value; the name is the first `text.size()` bytes.
// - A quoted or heredoc kTemplate spans its delimiters (for a heredoc "<<X" up to the closing
//   marker, without the line break behind it); "" has no children. A template whose only child is
//   a kInterpolation stands for that value itself, not for a string.
// - kTemplateText spans the source it was made from; its text is decoded, NFC, and may be empty
//   when strip markers ate all of it (the template is then a string, as in Terraform).
// - kSplatItem spans the "[*]" or ".*" it stands for.
// - kObjectItem has kQuoted when its key is a quoted template.
//
// A file with a syntax error still gives every intact block: items up to the broken one are read as
// they stand; behind it, recovery (recovery.h) finds intact items. Those and whatever was read of
// the broken block carry kRecovered; the rest is kError.
//
// Ownership: the tree views `source`, which must outlive it. Threads: the functions are pure; any
// number may run at once on different trees.
#pragma once

#include <memory>
#include <string_view>

#include "parsers/core/span.h"
#include "parsers/syntax/tree.h"

namespace assay::syntax {

// A whole file; root is a kBody.
std::unique_ptr<Tree> read_hcl(core::FileId file, std::string_view source);

// One expression, such as the value of --var or a legacy quoted expression; newlines around and
// within it are ignored. root is the expression, or kError when it cannot be read.
std::unique_ptr<Tree> read_hcl_expression(core::FileId file, std::string_view source);

// The same within another tree, for expressions that stand in strings (legacy types, static
// references of .tf.json): nodes and problems go to `tree`, spans are shifted by `base_offset`.
// `text` must outlive the tree. Returns kError when it cannot be read; then tree.accepted becomes
// false.
const Node* read_hcl_expression(Tree& tree, std::string_view text, uint32_t base_offset);

// The whole text as a template without quotes, as templatefile() reads its file: no backslash
// escapes. root is a kTemplate (Style::kPlain), or kError.
std::unique_ptr<Tree> read_hcl_template_file(core::FileId file, std::string_view source);

// A string of .tf.json in expression mode, parsed as a template into `tree`: nodes go to its arena,
// problems to its problems, and all spans are shifted by `base_offset`. `text` is the decoded
// string and must outlive the tree. Returns a kTemplate, or kError when it cannot be read; then
// tree.accepted becomes false.
const Node* read_hcl_template(Tree& tree, std::string_view text, uint32_t base_offset);

// The type and labels of a kBlock, without the space before "{".
core::Span header_span(const Tree& tree, const Node& block);

}  // namespace assay::syntax
