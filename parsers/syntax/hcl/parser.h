// The recursive-descent reader behind reader.h: bodies (body.cc), expressions (expression.cc) and
// templates (template.cc) over one text range.
//
// Every read_* function pushes exactly one node on `stack_` and returns true, or reports a problem
// and returns false; the caller of a failed item cuts the stack back (and resets depth_ and
// newlines_). Finished children are the top of the stack; reduce() moves them into the arena. A
// stack entry knows the height of its tree, so that no tree is deeper than walkers can stand.
//
// Two kinds of mistakes: fail() ends the item, complain() is recorded and reading goes on (bad
// escapes, repeated attributes). Both make the file rejected.
//
// Mode::kStrict stops at the first item that fails; it decides what is accepted. Mode::kLenient is
// for the broken parts of a rejected file: a failed item becomes kError, and reading goes on at the
// next line that is indented no deeper (people indent their code, even while it does not parse); a
// block whose "}" is missing ends where the indentation says so.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "parsers/core/limits.h"
#include "parsers/syntax/hcl/lexer.h"
#include "parsers/syntax/tree.h"

namespace assay::syntax::hcl {

// More problems than this in one tree help nobody.
inline constexpr uint32_t kMaxProblems = 200;

class Parser {
 public:
  enum class Mode : uint8_t {
    kStrict,
    kIntact,   // strict, for an item that recovery found: structure gets kRecovered
    kLenient,  // see above; structure gets kRecovered
  };

  // Reads text[begin, end) into `tree`; spans are shifted by `base`. Comments go to `comments`,
  // which may be null.
  Parser(Tree& tree, std::string_view text, uint32_t begin, uint32_t end, uint32_t base,
         std::vector<Comment>* comments, Mode mode = Mode::kStrict);

  // Top-level items up to the end or the first that cannot be read (then failed() is true); returns
  // those read.
  std::vector<const Node*> read_file();
  // A single expression and nothing behind it; null on failure.
  const Node* read_lone_expression();
  // The whole range as a template without delimiters; null on failure.
  const Node* read_bare_template();

  bool failed() const { return failed_; }
  bool too_deep() const { return too_deep_; }    // failed by "limit-nesting"
  bool too_large() const { return too_large_; }  // failed by "limit-nodes"
  // Where the top-level item that failed starts.
  uint32_t failed_item_begin() const { return item_begin_; }

 private:
  struct Entry {
    const Node* node;
    uint32_t height;
  };
  // One piece of a template, before directives are nested.
  struct Part {
    enum Kind : uint8_t { kText, kInterpolation, kIf, kElse, kEndIf, kFor, kEndFor } kind;
    uint32_t begin = 0;  // source
    uint32_t end = 0;
    std::string_view value;            // of kText: decoded; of kFor: the first name
    const char* last_token = nullptr;  // of kText: where the last token starts within value
    Entry nodes[2] = {};  // expression of kInterpolation, kIf; [second name], collection of kFor
    uint32_t node_count = 0;
  };

  // body.cc
  // Reads items up to `end`, which is not taken. `opener` is the "{" of a block, or kEnd;
  // `owner_indent` the indentation of the block's line, -1 at the top.
  bool read_items(TokenType end, const Token& opener, int owner_indent);
  // After a failed item in lenient mode: goes to where reading can go on; false when nowhere.
  // `nested`: in a block; `indented`: its items are indented more deeply than the block.
  bool resume_behind(const Token& item, bool nested, bool indented, size_t mark, uint32_t depth);
  bool starts_attribute(const Token& name) const;
  bool read_item();
  bool read_attribute(const Token& name);
  bool read_block(const Token& type);
  bool read_label();
  bool read_block_body(const Token& type, const Token& brace);
  int indent_of_line(uint32_t offset) const;
  bool is_first_on_line(uint32_t offset) const;

  // expression.cc
  bool read_expression();
  bool read_conditional();
  bool read_binary(int minimum);
  bool read_operand();
  bool read_term();
  bool read_number();
  bool read_identifier();
  bool read_call(const Token& name);
  bool read_tuple();
  bool read_object();
  bool read_object_item();
  bool read_for(const Token& open, bool object);
  bool read_traversals(size_t mark, uint32_t begin);
  bool read_dot(size_t mark, uint32_t begin);
  bool read_attribute_splat(size_t mark, uint32_t begin, uint32_t dot);
  bool read_index(size_t mark, uint32_t begin);
  bool read_legacy_index(size_t mark, uint32_t begin);

  // template.cc
  bool read_quoted();
  bool read_heredoc();
  bool scan_quoted(uint32_t open);
  bool scan_lines(const std::string_view* marker, bool flush, uint32_t open);
  // At "$" or "%": a sequence, an escaped one, or the character itself. Moves `at` behind it;
  // `trim` says whether the text before it ended with "~}", and is updated.
  bool read_dollar(uint32_t& at, bool& trim, bool merge, size_t parts_mark);
  bool read_sequence(uint32_t& at, bool& trim, size_t parts_mark);
  bool read_directive(Part& part);
  bool decode_escapes(uint32_t begin, uint32_t end, std::string& out);
  void add_text(uint32_t begin, uint32_t end, std::string_view value, bool trim, bool merge,
                size_t parts_mark);
  void remove_indent(size_t parts_mark);
  bool build_template(size_t parts_mark, uint32_t begin, uint32_t end, Style style);
  bool build_parts(size_t& at, Style style);
  bool build_directive(size_t& at, Style style);
  bool build_text(size_t& at);

  // parser.cc
  const Token& peek() {
    if (!newlines_) {
      while (token_.type == TokenType::kNewline) token_ = lexer_.next();
    }
    return token_;
  }
  TokenType peek_type() { return peek().type; }
  Token take() {
    Token out = peek();
    previous_end_ = out.end;
    token_ = lexer_.next();
    return out;
  }
  // Takes the current token without reading the next: its text has rules of its own.
  Token take_without_next() {
    previous_end_ = token_.end;
    return token_;
  }
  void resume_at(uint32_t offset) {
    previous_end_ = offset;
    lexer_.set_position(offset);
    token_ = lexer_.next();
  }
  std::string_view text_of(const Token& token) const {
    return text_.substr(token.begin, token.end - token.begin);
  }
  bool is_keyword(const Token& token, std::string_view word) const {
    return token.type == TokenType::kIdentifier && text_of(token) == word;
  }

  // Replaces the entries from `mark` by one node above them.
  bool reduce(NodeKind kind, size_t mark, uint32_t begin, uint32_t end, std::string_view text = {},
              uint16_t flags = 0, Style style = Style::kPlain);
  bool leaf(NodeKind kind, const Token& token, uint16_t flags = 0) {
    return reduce(kind, stack_.size(), token.begin, token.end, text_of(token), flags);
  }
  bool enter();  // one more level of nesting; every success path has its leave()
  void leave() { --depth_; }

  bool fail(const char* code, std::string message, uint32_t begin, uint32_t end);
  void complain(const char* code, std::string message, uint32_t begin, uint32_t end,
                core::Span related = {});
  // fail() at an unexpected token; says what is wrong with the token itself when it is never valid
  // HCL, else `message`.
  bool fail_at(const Token& token, std::string message);
  std::string describe(const Token& token) const;  // "the end of the line", "\"=\"", ...

  Tree& tree_;
  std::string_view text_;
  uint32_t base_;
  Lexer lexer_;
  Token token_;                // the next token, not yet taken
  uint32_t previous_end_ = 0;  // of the last token taken
  bool newlines_ = true;       // whether line breaks are tokens here
  bool single_line_ = false;   // in a one-line block, outside of its value
  bool failed_ = false;
  bool too_deep_ = false;
  bool too_large_ = false;
  uint32_t depth_ = 0;
  uint32_t node_count_ = 0;
  Mode mode_;
  bool unclosed_ = false;        // lenient: the block just read had no "}"
  bool item_reported_ = false;   // lenient: this top-level item has its problem already
  uint32_t resumes_left_ = 200;  // lenient: so often, and
  uint64_t rereads_left_ = 0;    // over so many bytes, so that hostile text ends soon
  uint32_t item_begin_ = 0;
  std::vector<Entry> stack_;
  std::vector<const Node*> scratch_;
  std::vector<Part> parts_;
};

}  // namespace assay::syntax::hcl
