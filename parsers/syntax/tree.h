// Tree: what a reader makes of one file, whatever its language. One node type serves HCL, YAML and
// JSON, so that spans, comments and recovery work alike everywhere.
//
// A reader ALWAYS returns a tree, however broken the text: problems say what is wrong, and the tree
// holds what could be read. Nodes are immutable once the reader returns.
//
// Ownership: nodes live in the tree's arena; `text` views either the arena or the source text,
// which must outlive the tree. Threads: a finished tree may be read by many.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "parsers/core/arena.h"
#include "parsers/core/problem.h"
#include "parsers/core/span.h"

namespace assay::syntax {

enum class NodeKind : uint8_t {
  // YAML and JSON. children of kStream: kDocument...; of kDocument: at most one value.
  kStream, kDocument,
  kMapping,   // children: kPair...
  kPair,      // children: key, value (value is kNull with an empty span when absent); span = whole pair
  kSequence,  // children: values
  kScalar,    // text = decoded content; style says how it was written; scalar type: see scalar.h
  kAlias,     // text = anchor name; children[0] = target (shared, may be null for cyclic/undefined)
  kNull,      // JSON null, or a missing value
  kBool, kNumber, kString,  // JSON (and HCL literals); text = source text, for kString decoded

  // HCL structure.
  kBody,       // children: kAttribute / kBlock, in source order
  kAttribute,  // text = name; children[0] = expression
  kBlock,      // text = type; children: kLabel..., then one kBody last
  kLabel,      // text = decoded label

  // HCL expressions. `kNull/kBool/kNumber` above are literals.
  kTemplate,       // quoted or heredoc; children: kTemplateText, kInterpolation, kTemplateIf, kTemplateFor
  kTemplateText,   // text = decoded literal after escapes, heredoc indent and strip markers
  kInterpolation,  // children[0] = expression
  kTemplateIf,     // children: condition, kTemplate (then), kTemplate (else, may be empty)
  kTemplateFor,    // text = first name, children: [kLabel second name]?, collection, kTemplate body
  kVariable,       // text = root name
  kGetAttr,        // text = name; children[0] = object
  kIndex,          // children: collection, key  (legacy x.0 has kLegacy flag and a kNumber key)
  kSplat,          // x[*]: children: source, then the rest applied to kSplatItem
  kAttrSplat,      // x.*: the same, only attribute steps inside
  kSplatItem,      // stands for the element within a splat's second child
  kCall,           // text = name ("provider::ns::f" whole); children: arguments; kExpand flag for "..."
  kTuple, kObject,  // kObject children: kObjectItem
  kObjectItem,     // children: key, value; key kVariable without kParenthesised flag = literal name
  kForTuple,       // children: kLabel names (1 or 2), collection, value, [condition]; see flags
  kForObject,      // children: kLabel names (1 or 2), collection, key, value, [condition]
  kConditional,    // children: condition, then, else
  kUnary, kBinary,  // text = operator; children: operand(s)
  kParentheses,    // children[0]
  kError,          // what could not be read; span covers it
};

enum class Style : uint8_t {
  kPlain, kSingleQuoted, kDoubleQuoted, kLiteral, kFolded,  // YAML scalars
  kBlock, kFlow,                                            // YAML collections
  kHeredoc, kFlushHeredoc,                                  // HCL templates
};

// Bits of Node::flags.
inline constexpr uint16_t kLegacy = 1;         // kIndex written x.0
inline constexpr uint16_t kExpand = 2;         // kCall whose last argument has "..."
inline constexpr uint16_t kGroup = 4;          // kForObject with "..." grouping
inline constexpr uint16_t kHasCondition = 8;   // kForTuple / kForObject: last child is the condition
inline constexpr uint16_t kQuoted = 16;        // a label or key that was quoted
inline constexpr uint16_t kRecovered = 32;     // comes from error recovery; do not trust siblings
inline constexpr uint16_t kParenthesised = 64; // kObjectItem: the key is an expression

// YAML properties and other rare facts, so that most nodes stay small.
struct NodeExtra {
  std::string_view tag;     // as written ("!Ref", "!!str"), "" when none
  std::string_view anchor;  // without "&"
  uint32_t tag_begin = 0, tag_end = 0;
  uint32_t anchor_begin = 0, anchor_end = 0;
};

struct Node {
  NodeKind kind = NodeKind::kNull;
  Style style = Style::kPlain;
  uint16_t flags = 0;
  uint32_t begin = 0;  // bytes; for a tagged YAML node the span starts at its content, not its tag
  uint32_t end = 0;
  uint32_t child_count = 0;
  std::string_view text;
  const Node* const* child_array = nullptr;
  const NodeExtra* extra = nullptr;

  std::span<const Node* const> children() const { return {child_array, child_count}; }
  const Node* child(size_t index) const { return index < child_count ? child_array[index] : nullptr; }
  std::string_view tag() const { return extra ? extra->tag : std::string_view{}; }
  std::string_view anchor() const { return extra ? extra->anchor : std::string_view{}; }
  bool has(uint16_t flag) const { return (flags & flag) != 0; }
};

struct Comment {
  uint32_t begin = 0;  // of the introducer (# // /*)
  uint32_t end = 0;    // behind the last byte, before the line break
};

enum class Language : uint8_t { kHcl, kYaml, kJson };

struct Tree {
  explicit Tree(size_t source_bytes = 4096) : arena(source_bytes / 2 + 512) {}
  core::Arena arena;
  core::FileId file = core::kNoFile;
  Language language = Language::kYaml;
  std::string_view source;     // the file's text
  const Node* root = nullptr;  // kBody (HCL) or kStream (YAML, JSON); never null after a read
  std::vector<Comment> comments;  // in source order
  core::Problems problems;
  bool accepted = true;  // what the reference implementation says of the whole file

  core::Span span(const Node& node) const { return {file, node.begin, node.end}; }
};

// The value of `key` in a kMapping, following no merge keys; null when absent.
const Node* find_pair_value(const Node& mapping, std::string_view key);
// One line per node: "mapping 0-12", "  pair ...": for tests and `assay debug tree`.
std::string to_text(const Tree& tree);
std::string_view kind_name(NodeKind kind);

}  // namespace assay::syntax
