// Wants: what a fix wants to be written below one node of a syntax tree, as a tree of native names,
// so that several steps below a block that does not exist yet make that block once. The editors
// (edit_hcl.h, edit_map.h) turn wants into text edits.
//
// Ownership: wants own their values; names view the rule or the alias tables. Threads: none of
// their own.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "parsers/model/alias_inverse.h"
#include "parsers/syntax/tree.h"
#include "rules/engine/finding.h"
#include "rules/engine/rule.h"

namespace assay::pipeline::fix {

// A value to be written: JSON, without a language.
struct Literal {
  enum class Kind : uint8_t { kNull, kBool, kNumber, kString, kList, kObject };
  Kind kind = Kind::kNull;
  std::string text;  // of a string; of a number, bool or null as JSON writes it
  std::vector<Literal> items;
  std::vector<std::pair<std::string, Literal>> entries;

  bool is_scalar() const { return kind != Kind::kList && kind != Kind::kObject; }
};
// The JSON of a fix step. Null when it is not JSON.
Literal parse_literal(std::string_view json);
// As JSON; strings with their quotes.
std::string to_json(const Literal& literal);

struct Want {
  model::NativeStep step;
  bool leaf = false;
  bool is_pair = false;  // the step names the element of a list of {Key, Value}
  rules::FixStep::Kind action = rules::FixStep::Kind::kSet;  // of a leaf
  Literal value;                                             // of a leaf that is not removed
  std::vector<Want> below;                                   // else
};
// Adds a path to a tree of wants; false when it contradicts what is there.
bool add_want(std::vector<Want>& wants, std::span<const model::NativeStep> steps, Want leaf);

// What an editor works on and what it makes. `problem` says why there is no fix; the edits are then
// worthless.
struct Editing {
  const syntax::Tree& tree;
  std::vector<rules::TextEdit>& edits;
  bool typed_text =
      false;  // the reader coerces text to the type it wants ("true"), so quotes may stay
  bool (*is_expression)(std::string_view text) =
      nullptr;  // strings that are computed, of JSON: "[parameters('x')]"
  std::string* unit =
      nullptr;  // by how much the file indents, kept from edit to edit; "" until it is known
  bool blocks_by_default =
      false;  // HCL without facts: what has parts is a block (the Kubernetes provider)
  std::string problem;

  explicit Editing(const syntax::Tree& of, std::vector<rules::TextEdit>& into)
      : tree(of), edits(into) {}
  std::string_view text() const { return tree.source; }
  void replace(uint32_t begin, uint32_t end, std::string by) {
    edits.push_back({{tree.file, begin, end}, std::move(by)});
  }
  bool fail(std::string why) {
    if (problem.empty()) problem = std::move(why);
    return false;
  }
};

// ---- Lines of a text
uint32_t line_begin(std::string_view text, uint32_t at);
// Before the line break (and its "\r"), or the end of the text.
uint32_t line_end(std::string_view text, uint32_t at);
// The white space that the line of `at` begins with.
std::string indent_of(std::string_view text, uint32_t at);
// Is there only white space between the line's begin and `at`?
bool first_on_line(std::string_view text, uint32_t at);
// "\r\n" where the file uses it.
std::string_view line_break_of(std::string_view text);
// Does a comment lie between the two offsets?
bool has_comment(const syntax::Tree& tree, uint32_t begin, uint32_t end);
// Where the line of `at` ends behind a comment: nothing else may follow there. kNothing when
// something does.
inline constexpr uint32_t kNothing = 0xffffffff;
uint32_t end_of_statement(const syntax::Tree& tree, uint32_t at);
// Takes the bytes away; with the whole line when nothing else stands on it. A comment behind it
// stays.
void remove_lines(Editing& editing, uint32_t begin, uint32_t end);

}  // namespace assay::pipeline::fix
