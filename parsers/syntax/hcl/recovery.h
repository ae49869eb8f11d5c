// Recovery: where a file does not parse, tree-sitter's error-tolerant grammar says which blocks and
// attributes of the file's top level are intact. It is asked for ranges only; the nodes are made by
// our own reader from those bytes, so that they have the usual shapes (tree-sitter's grammar reads
// some expressions differently). The only place that includes tree-sitter.
//
// Threads: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/syntax/tree.h"

namespace assay::syntax::hcl {

// Larger texts and slower parses are given up: then there is nothing to recover.
inline constexpr uint32_t kMaxRecoveryBytes = 1u << 20;
inline constexpr uint64_t kRecoveryMicroseconds = 500'000;

struct OutlineItem {
  uint32_t begin = 0;
  uint32_t end = 0;
  bool block = false;               // else an attribute
  bool intact = false;              // no error and nothing missing inside
  std::string type;                 // of a block; the name of an attribute
  std::vector<std::string> labels;  // as written, with quotes
};

struct Outline {
  bool complete = false;           // false: too large or too slow, nothing is known
  bool clean = false;              // tree-sitter found no error at all
  std::vector<OutlineItem> items;  // of the file's top level, in source order
};

// Items of `source` that start at `from` or behind. Within an error or an item that is not intact,
// only blocks at the very start of a line count: there, the nesting cannot be trusted.
Outline outline(std::string_view source, uint32_t from);

}  // namespace assay::syntax::hcl
