// What a fix has to know before it edits: what the attribute is now, where its native path begins
// in the tree and how much of that path is written already.
//
// Called by fix.cc. Pure functions. Threads: safe.
#pragma once

#include <string_view>
#include <vector>

#include "analyzer/pipeline/fix/want.h"
#include "parsers/core/span.h"
#include "parsers/model/value.h"

namespace assay::pipeline::fix {

// The part of a value; a list of one block reads as the block. Null when it is not there.
const model::Value* part_of(const model::Value* at, const model::Path& path);
// Does the attribute say for certain what the step wants?
bool is_settled(const model::Value* value, const rules::FixStep& step, const Literal& wanted);
// The value as the native attribute spells it.
Literal native_literal(const Literal& canonical, const model::NativePlace& place);

// The body, object or mapping that begins where `span` does: of a block at its head, of a pair its
// value. Null when there is none. `way` gets the nodes from the root to it.
const syntax::Node* container_at(const syntax::Tree& tree, core::Span span,
                                 std::vector<const syntax::Node*>* way);
// How many steps of a place are written already below `node`.
size_t written_depth(const syntax::Node* node, const model::NativePlace& place);

// Letters, digits, "_" and "-".
bool is_name_byte(char c);
// How often `word` occurs with no such byte beside it.
size_t count_word(std::string_view text, std::string_view word);

}  // namespace assay::pipeline::fix
