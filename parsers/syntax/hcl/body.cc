// Bodies: attributes and blocks. Reference: hclsyntax specification, "Structural Elements".
#include <algorithm>
#include <unordered_set>

#include "parsers/syntax/hcl/characters.h"
#include "parsers/syntax/hcl/parser.h"

namespace assay::syntax::hcl {
namespace {
using T = TokenType;

// Bodies up to this many attributes are searched, larger ones hashed.
constexpr size_t kFewAttributes = 24;

// Remembers the attribute names of one body.
class Names {
 public:
  // False when the name was there already.
  bool add(std::string_view name) {
    if (count_ < kFewAttributes) {
      for (size_t i = 0; i < count_; ++i) {
        if (few_[i] == name) return false;
      }
      few_[count_++] = name;
      return true;
    }
    if (many_.empty()) many_.insert(few_, few_ + count_);
    return many_.insert(name).second;
  }

 private:
  std::string_view few_[kFewAttributes];
  size_t count_ = 0;
  std::unordered_set<std::string_view> many_;
};

}  // namespace

std::vector<const Node*> Parser::read_file() {
  token_ = lexer_.next();
  read_items(T::kEnd);
  std::vector<const Node*> items;
  // A failed item may have left parts of itself behind the whole ones.
  for (const Entry& entry : stack_) {
    if (entry.node->kind != NodeKind::kAttribute && entry.node->kind != NodeKind::kBlock) break;
    if (failed_ && entry.node->begin >= item_begin_ + base_) break;
    items.push_back(entry.node);
  }
  return items;
}

bool Parser::read_items(TokenType end) {
  Names names;
  bool top = end == T::kEnd;
  size_t mark = stack_.size();
  for (;;) {
    Token token = peek();
    if (token.type == end) return true;
    if (token.type == T::kNewline) {
      take();
      continue;
    }
    if (top) item_begin_ = token.begin;
    if (!read_item()) return false;
    const Node& item = *stack_.back().node;
    if (item.kind != NodeKind::kAttribute || names.add(item.text)) continue;
    for (size_t i = mark; i < stack_.size(); ++i) {
      const Node& first = *stack_[i].node;
      if (first.kind != NodeKind::kAttribute || first.text != item.text) continue;
      uint32_t size = static_cast<uint32_t>(item.text.size());
      complain("hcl-duplicate-attribute",
               "the argument \"" + std::string(item.text) +
                   "\" was already set in this block; keep one of the two, or write several blocks",
               item.begin - base_, item.begin - base_ + size,
               {tree_.file, first.begin, first.begin + size});
      break;
    }
  }
}

bool Parser::read_item() {
  Token name = peek();
  if (name.type != T::kIdentifier) {
    if (name.type == T::kQuote) {
      return fail_at(name, "names of arguments and blocks are not quoted; remove the quotes");
    }
    if (name.type == T::kEnd) {
      return fail("hcl-unclosed-block",
                  "the file ends before this block is closed; add the missing \"}\"", name.begin,
                  name.end);
    }
    return fail_at(name, "an argument (name = value) or a block is expected here, not " +
                             describe(name));
  }
  take();
  switch (token_.type) {
    case T::kEqual: return read_attribute(name);
    case T::kQuote:
    case T::kLeftBrace:
    case T::kIdentifier: return read_block(name);
    case T::kInvalid:
    case T::kBadUtf8: return fail_at(token_, {});
    default: {
      std::string word(text_of(name).substr(0, 60));
      return fail("hcl-syntax",
                  "\"" + word + "\" is followed by " + describe(token_) + "; to set an argument write " +
                      word + " = value, to open a block write " + word + " {",
                  name.begin, name.end);
    }
  }
}

// Reads "= value"; what must follow it is up to the caller.
bool Parser::read_attribute(const Token& name) {
  size_t mark = stack_.size();
  take();  // =
  if (!read_expression()) return false;
  if (!reduce(NodeKind::kAttribute, mark, name.begin, previous_end_, text_of(name))) return false;
  if (single_line_) return true;
  if (token_.type == T::kNewline) {
    take();
    return true;
  }
  if (token_.type == T::kEnd) return true;
  if (token_.type == T::kComma) {
    return fail_at(token_, "arguments are separated by line breaks, not commas; remove the comma");
  }
  return fail_at(token_, "a line break is expected after the value of \"" +
                             std::string(text_of(name)) + "\", not " + describe(token_));
}

bool Parser::read_block(const Token& type) {
  if (!enter()) return false;
  size_t mark = stack_.size();
  for (;;) {
    if (token_.type == T::kLeftBrace) break;
    if (token_.type == T::kIdentifier) {
      if (!leaf(NodeKind::kLabel, token_)) return false;
      take();
    } else if (token_.type == T::kQuote) {
      if (!read_label()) return false;
    } else if (token_.type == T::kNewline) {
      // The mistake is in this line, though it shows at its end only.
      return fail("hcl-syntax",
                  "a block must be opened by \"{\" on the line of its type and labels; for an "
                  "argument an \"=\" is missing",
                  token_.begin, token_.end);
    } else {
      return fail_at(token_, "a block label or \"{\" is expected here, not " + describe(token_));
    }
  }
  Token brace = take();
  if (!read_block_body(brace)) return false;
  if (!reduce(NodeKind::kBlock, mark, type.begin, previous_end_, text_of(type))) return false;
  leave();
  if (token_.type == T::kNewline) {
    take();
    return true;
  }
  if (token_.type == T::kEnd) return true;
  return fail_at(token_, "a line break is expected after a block, not " + describe(token_));
}

bool Parser::read_block_body(const Token& brace) {
  size_t mark = stack_.size();
  if (token_.type == T::kNewline || token_.type == T::kRightBrace || token_.type == T::kEnd) {
    if (!read_items(T::kRightBrace)) return false;
    take();  // }
    return reduce(NodeKind::kBody, mark, brace.begin, previous_end_);
  }
  Token name = token_;
  if (name.type != T::kIdentifier) {
    return fail_at(name, "an argument or a line break is expected after \"{\", not " +
                             describe(name));
  }
  take();
  if (token_.type != T::kEqual) {
    if (token_.type == T::kQuote || token_.type == T::kLeftBrace ||
        token_.type == T::kIdentifier) {
      return fail("hcl-single-line-block",
                  "a block on one line may hold a single argument only; put nested blocks on lines "
                  "of their own",
                  name.begin, token_.end);
    }
    return fail_at(token_, "\"=\" is expected after the name of an argument, not " +
                               describe(token_));
  }
  single_line_ = true;
  bool good = read_attribute(name);
  single_line_ = false;
  if (!good) return false;
  if (token_.type != T::kRightBrace) {
    if (token_.type == T::kEnd) {
      return fail("hcl-unclosed-block",
                  "the file ends before this block is closed; add the missing \"}\"", brace.begin,
                  brace.end);
    }
    if (token_.type == T::kInvalid || token_.type == T::kBadUtf8) return fail_at(token_, {});
    return fail("hcl-single-line-block",
                "a block on one line holds one argument and is closed on the same line; write one "
                "argument per line instead",
                token_.begin, token_.end);
  }
  take();
  return reduce(NodeKind::kBody, mark, brace.begin, previous_end_);
}

// A quoted label: a string without template sequences.
bool Parser::read_label() {
  Token quote = take_without_next();
  const char* end = text_.data() + lexer_.end_position();
  const char* p = text_.data() + quote.end;
  bool escaped = false;
  for (;;) {
    while (p < end && !has_class(*p, kEndsQuotedRun)) ++p;
    uint32_t at = static_cast<uint32_t>(p - text_.data());
    if (p >= end || *p == '\n' || *p == '\r') {
      return fail("hcl-unclosed-string",
                  "the label is not closed on its line; add the missing \"", quote.begin, at);
    }
    if (*p == '"') break;
    if (*p == '\\') {
      escaped = true;
      if (++p < end && *p != '\n' && *p != '\r' && static_cast<uint8_t>(*p) < 0x80) ++p;
    } else if (*p == '$' || *p == '%') {
      char c = *p++;
      if (p >= end) continue;
      if (*p == '{') {
        return fail("hcl-label-template",
                    "labels cannot hold template sequences; write a fixed name, or double the sign "
                    "(" + std::string(2, c) + "{) for the character itself",
                    at, at + 2);
      }
      if (*p == c && p + 1 < end && p[1] == '{') {
        escaped = true;
        p += 2;
      }
    } else {
      uint32_t length = character_length(p, end);
      if (length == 0) {
        return fail("hcl-encoding", "this byte is not valid UTF-8; save the file as UTF-8", at,
                    at + 1);
      }
      p += length;
    }
  }
  uint32_t at = static_cast<uint32_t>(p - text_.data());
  std::string_view text = text_.substr(quote.end, at - quote.end);
  if (escaped) {
    std::string decoded;
    decode_escapes(quote.end, at, decoded);
    text = tree_.arena.copy(decoded);
  }
  if (!reduce(NodeKind::kLabel, stack_.size(), quote.begin, at + 1, text, kQuoted)) return false;
  resume_at(at + 1);
  return true;
}

}  // namespace assay::syntax::hcl
