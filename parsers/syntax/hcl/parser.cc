#include "parsers/syntax/hcl/parser.h"

#include <algorithm>

#include "parsers/syntax/hcl/characters.h"

namespace assay::syntax::hcl {

Parser::Parser(Tree& tree, std::string_view text, uint32_t begin, uint32_t end, uint32_t base,
               std::vector<Comment>* comments, Mode mode)
    : tree_(tree), text_(text), base_(base), lexer_(text, begin, end, base, comments), mode_(mode) {
  stack_.reserve(64);
  rereads_left_ = 32ull * (end - begin) + 65536;
  previous_end_ = begin;
}

bool Parser::reduce(NodeKind kind, size_t mark, uint32_t begin, uint32_t end, std::string_view text,
                    uint16_t flags, Style style) {
  size_t count = stack_.size() - mark;
  uint32_t height = 0;
  const Node** children = tree_.arena.make_array<const Node*>(count);
  for (size_t i = 0; i < count; ++i) {
    children[i] = stack_[mark + i].node;
    height = std::max(height, stack_[mark + i].height);
  }
  Node* node = tree_.arena.make<Node>();
  node->kind = kind;
  node->style = style;
  node->flags = flags;
  if (mode_ != Mode::kStrict && (kind == NodeKind::kBlock || kind == NodeKind::kAttribute ||
                                 kind == NodeKind::kBody || kind == NodeKind::kError)) {
    node->flags |= kRecovered;
  }
  node->begin = begin + base_;
  node->end = end + base_;
  node->child_count = static_cast<uint32_t>(count);
  node->text = text;
  node->child_array = children;
  stack_.resize(mark);
  stack_.push_back({node, height + 1});
  if (height >= core::kMaxExpressionDepth) {
    too_deep_ = true;
    return fail("limit-nesting",
                "this construct is nested deeper than " +
                    std::to_string(core::kMaxExpressionDepth) +
                    " levels and is not analysed; split it into several locals",
                begin, end);
  }
  if (++node_count_ > core::kMaxNodes) {
    too_large_ = true;
    return fail("limit-nodes", "this file has too many expressions to be analysed; split it", begin,
                end);
  }
  return true;
}

bool Parser::enter() {
  if (++depth_ <= core::kMaxNesting) return true;
  too_deep_ = true;
  return fail("limit-nesting",
              "brackets, blocks or operators are nested deeper than " +
                  std::to_string(core::kMaxNesting) +
                  " levels here, which is not analysed; simplify this expression",
              token_.begin, token_.end);
}

bool Parser::fail(const char* code, std::string message, uint32_t begin, uint32_t end) {
  if (!failed_) {
    failed_ = true;
    complain(code, std::move(message), begin, end);
  }
  return false;
}

void Parser::complain(const char* code, std::string message, uint32_t begin, uint32_t end,
                      core::Span related) {
  tree_.accepted = false;
  if (tree_.problems.size() >= kMaxProblems) return;
  if (mode_ != Mode::kStrict) {
    // The strict pass, or a line above that went wrong, may have said it already.
    for (const core::Problem& known : tree_.problems) {
      if (known.span.begin == begin + base_ && known.code == code) {
        item_reported_ = true;
        return;
      }
    }
    if (mode_ == Mode::kLenient && item_reported_) return;
    item_reported_ = true;
  }
  core::add_problem(tree_.problems, core::ProblemSeverity::kError, code, std::move(message),
                    {tree_.file, begin + base_, end + base_}, related);
}

bool Parser::fail_at(const Token& token, std::string message) {
  std::string_view text = text_of(token);
  if (token.type == TokenType::kBadUtf8) {
    return fail("hcl-encoding", "this byte is not valid UTF-8; save the file as UTF-8", token.begin,
                token.end);
  }
  if (token.type == TokenType::kInvalid) {
    if (text == "'") {
      message = "strings are written with double quotes in HCL; replace ' by \"";
    } else if (text == ";") {
      message = "HCL has no semicolons; put each argument on a line of its own";
    } else if (text == "`") {
      message = "HCL has no backquoted strings; use \"...\" or a heredoc (<<EOT)";
    } else if (text == "&" || text == "|") {
      message = "HCL has no bitwise operators; for a logical one write " + std::string(text) +
                std::string(text);
    } else if (text == "^" || text == "~") {
      message = "HCL has no operator " + std::string(text);
    } else if (text == "\r") {
      message = "a lone carriage return does not end a line; save the file with LF or CRLF endings";
    } else if (text == "\xC2\xA0") {
      message = "this is a no-break space; replace it by an ordinary space";
    } else if (text == "$") {
      message = "a template sequence ${...} must stand within quotes; leave out ${ and } here";
    } else {
      message = "this character cannot stand here; remove it or put it within quotes";
    }
    return fail("hcl-character", std::move(message), token.begin, token.end);
  }
  return fail("hcl-syntax", std::move(message), token.begin, token.end);
}

std::string Parser::describe(const Token& token) const {
  switch (token.type) {
    case TokenType::kEnd:
      return "the end of the text";
    case TokenType::kNewline:
      return "the end of the line";
    case TokenType::kQuote:
      return "a quoted string";
    case TokenType::kHeredoc:
      return "a heredoc";
    default:
      return "\"" + std::string(text_of(token).substr(0, 40)) + "\"";
  }
}

const Node* Parser::read_lone_expression() {
  newlines_ = false;
  token_ = lexer_.next();
  if (!read_expression()) return nullptr;
  if (peek_type() != TokenType::kEnd) {
    fail_at(token_, "one expression is expected, but " + describe(token_) +
                        " follows it; remove the rest or join both by an operator");
    return nullptr;
  }
  return stack_.back().node;
}

}  // namespace assay::syntax::hcl
