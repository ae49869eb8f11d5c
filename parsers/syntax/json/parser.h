// The recursive-descent parser behind json/reader.h: one object per read, on one thread. Split from
// the reader so that structure (parser.cc) and strings, numbers and words (tokens.cc) stay apart.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/syntax/duplicate_keys.h"
#include "parsers/syntax/tree.h"

namespace assay::syntax::json {

class Parser {
 public:
  explicit Parser(Tree& tree);
  // Reads the whole text and sets tree.root.
  void read();

 private:
  // Structure (parser.cc).
  const Node* value(uint32_t depth);
  const Node* object(uint32_t depth);
  const Node* array(uint32_t depth);
  const Node* member(uint32_t depth);
  const Node* key();
  const Node* skip_nested();
  const Node* close(Node* node, size_t first, bool recovered);
  bool comma(char closer);
  bool at_foreign_closer(char closer);
  void unclosed(const char* message, const Node& node);

  // Tokens (tokens.cc).
  const Node* string(char quote);
  const Node* number();
  const Node* word();
  void escape(std::string& out);
  bool hex4(uint32_t& out);
  // Skips blanks and comments. True when something is left.
  bool skip_blanks();
  bool skip_blanks_slow();

  Node* make_node(NodeKind kind, uint32_t begin, uint32_t end);
  void problem(core::ProblemSeverity severity, const char* code, std::string message,
               uint32_t begin, uint32_t end, core::Span related = {});
  void syntax_error(std::string message, uint32_t begin, uint32_t end, core::Span related = {}) {
    problem(core::ProblemSeverity::kError, "json-syntax", std::move(message), begin, end, related);
  }

  bool at_end() const { return at_ == end_; }
  uint32_t offset() const { return static_cast<uint32_t>(at_ - begin_); }
  uint32_t offset(const char* at) const { return static_cast<uint32_t>(at - begin_); }

  Tree& tree_;
  const char* begin_;
  const char* at_;
  const char* end_;
  std::vector<const Node*> items_;  // children of the open collections
  DuplicateKeyFinder duplicates_;
  std::string scratch_;
  uint32_t nodes_ = 0;
  uint32_t open_arrays_ = 0, open_objects_ = 0;
  size_t problem_count_ = 0;
  bool comment_noted_ = false;
  bool trailing_comma_noted_ = false;
  bool end_reported_ = false;  // one "not closed" at the end of the text is enough
  bool full_ = false;  // kMaxNodes reached: everything else is skipped
};

}  // namespace assay::syntax::json
