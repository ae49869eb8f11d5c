// TextMap: from offsets in a scalar's decoded text back to bytes of the file. Documents live inside
// strings (a JSON policy in a block scalar or a JSON string, `${...}` in Fn::Sub text, a script);
// what is found in them must be shown where it is written.
//
// Callers: formats and rules that parse embedded text. Built from a finished tree; owns its few
// segments and nothing else, so it may outlive neither question nor tree. Threads: immutable.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/core/span.h"
#include "parsers/syntax/tree.h"

namespace assay::syntax {

class TextMap {
 public:
  // `node` is a scalar or string of `tree`: YAML in any style (escapes, folding and indentation are
  // undone), a JSON string, or HCL text that stands in the source as it is or only indented.
  TextMap(const Tree& tree, const Node& node);

  // The bytes that wrote text[begin, end). Escapes and folded line breaks are taken whole. Offsets
  // past the text are clamped; an empty range gives an empty span.
  core::Span map(uint32_t begin, uint32_t end) const;

  // False when the text could not be followed: map() then gives the whole node.
  bool exact() const { return exact_; }

 private:
  struct Segment {
    uint32_t text_begin, text_end;
    uint32_t source_begin, source_end;
    bool verbatim;  // byte by byte; otherwise only as a whole
  };

  void add(uint32_t text_size, uint32_t source_begin, uint32_t source_end, bool verbatim);
  bool follow_block(std::string_view text, uint32_t at, uint32_t end);
  bool follow_flow(std::string_view text, uint32_t at, uint32_t end, Style style, bool json);
  uint32_t fold(std::string& decoded, uint32_t at, uint32_t end);
  uint32_t escape(std::string& decoded, uint32_t at, uint32_t end, bool json);
  const Segment* segment_at(uint32_t offset) const;

  core::FileId file_;
  std::string_view source_;
  core::Span whole_;
  uint32_t text_size_ = 0;
  std::vector<Segment> segments_;  // without gaps in the text, in order
  bool exact_ = true;
};

}  // namespace assay::syntax
