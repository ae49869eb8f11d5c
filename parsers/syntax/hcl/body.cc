// Bodies: attributes and blocks. Reference: hclsyntax specification, "Structural Elements".
#include <algorithm>
#include <functional>
#include <vector>

#include "parsers/syntax/hcl/characters.h"
#include "parsers/syntax/hcl/parser.h"

namespace assay::syntax::hcl {
namespace {
using T = TokenType;

// Bodies up to this many attributes are searched, larger ones hashed.
constexpr size_t kFewAttributes = 24;

// Remembers the attributes of one body by name.
class Names {
 public:
  // Null, or the attribute that has this name already.
  const Node* add(const Node& attribute) {
    if (table_.empty()) {
      for (size_t i = 0; i < count_; ++i) {
        if (few_[i]->text == attribute.text) return few_[i];
      }
      if (count_ < kFewAttributes) {
        few_[count_++] = &attribute;
        return nullptr;
      }
      table_.resize(4 * kFewAttributes);
      for (const Node* known : few_) *find(known->text) = known;
    }
    if (4 * count_ > 3 * table_.size()) {
      std::vector<const Node*> old(table_.size() * 2);
      old.swap(table_);
      for (const Node* known : old) {
        if (known != nullptr) *find(known->text) = known;
      }
    }
    const Node** slot = find(attribute.text);
    if (*slot != nullptr) return *slot;
    *slot = &attribute;
    ++count_;
    return nullptr;
  }

 private:
  // Where the name is or belongs.
  const Node** find(std::string_view name) {
    size_t at = std::hash<std::string_view>()(name) % table_.size();
    while (table_[at] != nullptr && table_[at]->text != name) {
      at = at + 1 == table_.size() ? 0 : at + 1;
    }
    return &table_[at];
  }

  const Node* few_[kFewAttributes];
  size_t count_ = 0;
  std::vector<const Node*> table_;  // open addressing
};

}  // namespace

std::vector<const Node*> Parser::read_file() {
  token_ = lexer_.next();
  uint32_t begin = token_.begin;
  bool whole = read_items(T::kEnd, Token{}, -1);
  std::vector<const Node*> items;
  // A failed item may have left parts of itself behind the whole ones.
  for (const Entry& entry : stack_) {
    if (!whole && entry.node->begin >= item_begin_ + base_) break;
    items.push_back(entry.node);
  }
  if (!whole && mode_ == Mode::kLenient) {
    stack_.clear();
    uint32_t end = lexer_.end_position();
    reduce(NodeKind::kError, 0, std::max(begin, item_begin_), end);
    items.push_back(stack_.back().node);
  }
  return items;
}

bool Parser::read_items(TokenType end, const Token& opener, int owner_indent) {
  Names names;
  bool top = end == T::kEnd;
  bool lenient = mode_ == Mode::kLenient;
  bool indented = true;
  size_t mark = stack_.size();
  for (;;) {
    Token token = peek();
    if (token.type == end) return true;
    if (token.type == T::kNewline) {
      take();
      continue;
    }
    if (top) {
      item_begin_ = token.begin;
      item_reported_ = false;
    } else if (token.type == T::kEnd) {
      fail("hcl-unclosed-block",
           "this block is not closed before the file ends; add the missing \"}\"", opener.begin,
           opener.end);
      failed_ = !lenient;
      unclosed_ = lenient;
      return lenient;
    } else if (lenient && indented && token.type == T::kIdentifier &&
               is_first_on_line(token.begin) && indent_of_line(token.begin) <= owner_indent) {
      if (stack_.size() == mark && starts_attribute(token)) {
        indented = false;  // this text is not indented at all
        continue;
      }
      complain("hcl-unclosed-block",
               "this block is not closed where its indentation ends; add the missing \"}\"",
               opener.begin, opener.end);
      unclosed_ = true;
      return true;
    }
    size_t item_mark = stack_.size();
    uint32_t depth = depth_;
    if (!read_item()) {
      if (!lenient || !resume_behind(token, !top, indented, item_mark, depth)) return false;
      continue;
    }
    const Node& item = *stack_.back().node;
    const Node* first = item.kind == NodeKind::kAttribute ? names.add(item) : nullptr;
    if (first == nullptr) continue;
    uint32_t size = static_cast<uint32_t>(item.text.size());
    uint32_t begin = item.begin - base_;
    complain("hcl-duplicate-attribute",
             "the argument \"" + std::string(item.text) +
                 "\" was already set in this block; keep one of the two, or write several blocks",
             begin, begin + size, {tree_.file, first->begin, first->begin + size});
  }
}

bool Parser::is_first_on_line(uint32_t offset) const {
  while (offset > 0 && (text_[offset - 1] == ' ' || text_[offset - 1] == '\t')) --offset;
  return offset == 0 || text_[offset - 1] == '\n';
}

int Parser::indent_of_line(uint32_t offset) const {
  size_t start = offset == 0 ? std::string_view::npos : text_.rfind('\n', offset - 1);
  start = start == std::string_view::npos ? 0 : start + 1;
  size_t first = start;
  while (first < text_.size() && (text_[first] == ' ' || text_[first] == '\t')) ++first;
  return static_cast<int>(first - start);
}

// Whether "=" follows the name.
bool Parser::starts_attribute(const Token& name) const {
  size_t at = text_.find_first_not_of(" \t", name.end);
  return at != std::string_view::npos && text_[at] == '=';
}

bool Parser::resume_behind(const Token& item, bool nested, bool indented, size_t mark,
                           uint32_t depth) {
  uint64_t cost = lexer_.position() > item.begin ? lexer_.position() - item.begin : 0;
  if (resumes_left_ == 0 || rereads_left_ < cost) return false;
  --resumes_left_;
  rereads_left_ -= cost;
  int indent = indent_of_line(item.begin);
  size_t end = lexer_.end_position();
  size_t line = text_.find('\n', item.begin);
  size_t at = end;
  size_t counted = item.begin;
  int open = 0;  // braces that the item opens and does not close before `line`
  while (line < end) {
    ++line;
    for (; counted < line; ++counted) {
      open += text_[counted] == '{' ? 1 : text_[counted] == '}' ? -1 : 0;
    }
    size_t first = line;
    while (first < end && (text_[first] == ' ' || text_[first] == '\t')) ++first;
    int column = static_cast<int>(first - line);
    if (first < end && column <= indent) {
      // A brace as deep as the item closes what the item opened, others the block around it.
      char c = text_[first];
      if ((has_class(c, kIdentStart) && (indented || open <= 0)) ||
          (c == '}' && (column < indent || (nested && open <= 0)))) {
        at = first;
        break;
      }
    }
    line = text_.find('\n', first);
  }
  if (at >= end) return false;
  stack_.resize(mark);
  parts_.clear();
  depth_ = depth;
  newlines_ = true;
  single_line_ = false;
  unclosed_ = false;
  failed_ = false;
  size_t stop = at;
  while (stop > item.end && static_cast<uint8_t>(text_[stop - 1]) <= ' ') --stop;
  resume_at(static_cast<uint32_t>(at));
  return reduce(NodeKind::kError, mark, item.begin, static_cast<uint32_t>(stop));
}

bool Parser::read_item() {
  Token name = peek();
  if (name.type != T::kIdentifier) {
    if (name.type == T::kQuote) {
      return fail_at(name, "names of arguments and blocks are not quoted; remove the quotes");
    }
    return fail_at(name,
                   "an argument (name = value) or a block is expected here, not " + describe(name));
  }
  take();
  switch (token_.type) {
    case T::kEqual:
      return read_attribute(name);
    case T::kQuote:
    case T::kLeftBrace:
    case T::kIdentifier:
      return read_block(name);
    case T::kInvalid:
    case T::kBadUtf8:
      return fail_at(token_, {});
    default: {
      std::string word(text_of(name).substr(0, 60));
      return fail("hcl-syntax",
                  "\"" + word + "\" is followed by " + describe(token_) +
                      "; to set an argument write " + word + " = value, to open a block write " +
                      word + " {",
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
  if (!read_block_body(type, brace)) return false;
  uint32_t end = stack_.back().node->end - base_;
  if (!reduce(NodeKind::kBlock, mark, type.begin, end, text_of(type))) return false;
  leave();
  if (unclosed_) {  // what follows belongs to a block further out
    unclosed_ = false;
    return true;
  }
  if (token_.type == T::kNewline) {
    take();
    return true;
  }
  if (token_.type == T::kEnd) return true;
  return fail_at(token_, "a line break is expected after a block, not " + describe(token_));
}

bool Parser::read_block_body(const Token& type, const Token& brace) {
  size_t mark = stack_.size();
  if (token_.type == T::kNewline || token_.type == T::kRightBrace || token_.type == T::kEnd) {
    int indent = mode_ == Mode::kLenient ? indent_of_line(type.begin) : 0;
    if (!read_items(T::kRightBrace, brace, indent)) return false;
    uint32_t end = stack_.size() > mark ? stack_.back().node->end - base_ : brace.end;
    if (!unclosed_) end = take().end;
    return reduce(NodeKind::kBody, mark, brace.begin, end);
  }
  Token name = token_;
  if (name.type != T::kIdentifier) {
    return fail_at(name,
                   "an argument or a line break is expected after \"{\", not " + describe(name));
  }
  take();
  if (token_.type != T::kEqual) {
    if (token_.type == T::kQuote || token_.type == T::kLeftBrace || token_.type == T::kIdentifier) {
      return fail("hcl-single-line-block",
                  "a block on one line may hold a single argument only; put nested blocks on lines "
                  "of their own",
                  name.begin, token_.end);
    }
    return fail_at(token_,
                   "\"=\" is expected after the name of an argument, not " + describe(token_));
  }
  single_line_ = true;
  bool good = read_attribute(name);
  single_line_ = false;
  if (!good) return false;
  if (token_.type != T::kRightBrace) {
    if (token_.type == T::kEnd) {
      return fail("hcl-unclosed-block",
                  "this block is not closed before the file ends; add the missing \"}\"",
                  brace.begin, brace.end);
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
      return fail("hcl-unclosed-string", "the label is not closed on its line; add the missing \"",
                  quote.begin, at);
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
                    "(" +
                        std::string(2, c) + "{) for the character itself",
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
