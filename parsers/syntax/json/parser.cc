#include "parsers/syntax/json/parser.h"

#include <algorithm>

#include "parsers/core/limits.h"

namespace assay::syntax::json {
namespace {

using core::ProblemSeverity;

constexpr size_t kMaxProblems = 1000;

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == '$' || (c & 0x80);
}

}  // namespace

Parser::Parser(Tree& tree)
    : tree_(tree),
      begin_(tree.source.data()),
      at_(tree.source.data()),
      end_(tree.source.data() + tree.source.size()) {
  items_.reserve(64);
}

Node* Parser::make_node(NodeKind kind, uint32_t begin, uint32_t end) {
  Node* node = tree_.arena.make<Node>();
  node->kind = kind;
  node->begin = begin;
  node->end = end;
  if (++nodes_ == core::kMaxNodes) {
    problem(ProblemSeverity::kError, "limit-nodes",
            "the file has more than " + std::to_string(core::kMaxNodes) +
                " nodes; the rest is not read",
            begin, end);
    full_ = true;
    at_ = end_;
  }
  return node;
}

void Parser::problem(ProblemSeverity severity, const char* code, std::string message,
                     uint32_t begin, uint32_t end, core::Span related) {
  if (severity == ProblemSeverity::kError) tree_.accepted = false;
  if (problem_count_ > kMaxProblems || full_) return;
  if (problem_count_++ == kMaxProblems) {
    code = "limit-problems";
    message = "the file has more than " + std::to_string(kMaxProblems) +
              " problems; the rest are not listed";
    severity = ProblemSeverity::kError;
    tree_.accepted = false;
  }
  core::add_problem(tree_.problems, severity, code, std::move(message), {tree_.file, begin, end},
                    related);
}

void Parser::read() {
  if (end_ - at_ >= 3 && at_[0] == '\xEF' && at_[1] == '\xBB' && at_[2] == '\xBF') at_ += 3;
  std::vector<const Node*> documents;
  bool stray = false;
  while (skip_blanks()) {
    uint32_t begin = offset();
    if (documents.size() == 1) {
      syntax_error("there is more text behind the JSON value; a file holds one value", begin,
                   begin + 1);
    }
    const char* before = at_;
    const Node* content = value(0);
    if (at_ == before) {  // a stray closer or separator
      syntax_error(std::string("unexpected \"") + *at_ + "\"", begin, begin + 1);
      ++at_;
      stray = true;
      continue;
    }
    Node* document = make_node(NodeKind::kDocument, content->begin, content->end);
    const Node** child = tree_.arena.make_array<const Node*>(1);
    child[0] = content;
    document->child_array = child;
    document->child_count = 1;
    documents.push_back(document);
  }
  if (documents.empty() && !stray) {
    syntax_error("the file is empty; expected a JSON value", offset(), offset());
  }
  Node* stream = tree_.arena.make<Node>();
  stream->kind = NodeKind::kStream;
  stream->end = static_cast<uint32_t>(tree_.source.size());
  auto children = tree_.arena.copy(documents);
  stream->child_array = children.data();
  stream->child_count = static_cast<uint32_t>(children.size());
  tree_.root = stream;
}

// Consumes nothing, and gives an empty kNull, when a separator or a closer stands here.
const Node* Parser::value(uint32_t depth) {
  switch (*at_) {
    case '{': return depth >= core::kMaxNesting ? skip_nested() : object(depth);
    case '[': return depth >= core::kMaxNesting ? skip_nested() : array(depth);
    case '"': return string('"');
    case '\'': return string('\'');
    case ',': case ':': case '}': case ']':
      return make_node(NodeKind::kNull, offset(), offset());
    case '-': case '0': case '1': case '2': case '3': case '4':
    case '5': case '6': case '7': case '8': case '9': return number();
    default: return word();
  }
}

const Node* Parser::close(Node* node, size_t first, bool recovered) {
  auto children = tree_.arena.copy(
      std::span<const Node* const>(items_.data() + first, items_.size() - first));
  items_.resize(first);
  node->child_array = children.data();
  node->child_count = static_cast<uint32_t>(children.size());
  node->end = offset();
  if (recovered) node->flags |= kRecovered;
  if (node->kind == NodeKind::kMapping && children.size() > 1) {
    duplicates_.find(
        *node, [](const Node& key) { return key.kind == NodeKind::kString; },
        [&](const Node& earlier, const Node& repeated) {
          problem(ProblemSeverity::kWarning, "json-duplicate-key",
                  "the key \"" + std::string(repeated.text.substr(0, 80)) +
                      "\" appears twice in this object; tools keep only one of the values (most "
                      "the last): remove one",
                  repeated.begin, repeated.end, {tree_.file, earlier.begin, earlier.end});
        });
  }
  return node;
}

// Behind an element: takes the comma, or says that it is missing. False at the closer or the end.
bool Parser::comma(char closer) {
  if (!skip_blanks() || *at_ == closer) return false;
  if (*at_ == ',') {
    uint32_t place = offset();
    ++at_;
    if (skip_blanks() && *at_ == closer && !trailing_comma_noted_) {
      trailing_comma_noted_ = true;
      tree_.accepted = false;
      problem(ProblemSeverity::kNote, "json-trailing-comma",
              "a comma before the closing bracket: JSONC, which strict JSON readers refuse", place,
              place + 1);
    }
    return true;
  }
  if (*at_ != '}' && *at_ != ']') {
    uint32_t place = items_.empty() ? offset() : items_.back()->end;
    syntax_error("a comma is missing here", place, place, {tree_.file, offset(), offset() + 1});
  }
  return true;
}

// At "]" in an object or "}" in an array: true when the collection must end here because one
// further out waits for this closer; otherwise the character is skipped as a stray one.
bool Parser::at_foreign_closer(char closer) {
  bool waited_for = closer == '}' ? open_arrays_ > 0 : open_objects_ > 0;
  if (!waited_for) {
    syntax_error(std::string("unexpected \"") + *at_ + "\"; this collection ends with \"" + closer +
                     "\"",
                 offset(), offset() + 1);
    ++at_;
  }
  return waited_for;
}

// At the end of the text: the innermost open collection is named, the ones around it follow.
void Parser::unclosed(const char* message, const Node& node) {
  if (full_ || end_reported_) return;
  end_reported_ = true;
  syntax_error(message, offset(), offset(), {tree_.file, node.begin, node.begin + 1});
}

const Node* Parser::object(uint32_t depth) {
  Node* node = make_node(NodeKind::kMapping, offset(), offset() + 1);
  node->style = Style::kFlow;
  size_t first = items_.size();
  if (!at_end()) ++at_;
  ++open_objects_;
  bool recovered = false;
  while (true) {
    if (!skip_blanks()) {
      unclosed("the object is not closed: \"}\" is missing", *node);
      recovered = true;
      break;
    }
    if (*at_ == '}') {
      ++at_;
      break;
    }
    if (*at_ == ']') {
      if (!at_foreign_closer('}')) continue;
      syntax_error("the object is not closed: \"}\" is missing", offset(), offset(),
                   {tree_.file, node->begin, node->begin + 1});
      recovered = true;
      break;
    }
    if (*at_ == ',') {
      syntax_error("unexpected comma; expected a key", offset(), offset() + 1);
      ++at_;
      continue;
    }
    if (const Node* pair = member(depth)) items_.push_back(pair);
    comma('}');
  }
  --open_objects_;
  return close(node, first, recovered);
}

const Node* Parser::key() {
  uint32_t begin = offset();
  if (*at_ == '"') return string('"');
  if (*at_ == '\'') return string('\'');
  if (is_word(*at_)) {
    while (!at_end() && is_word(*at_)) ++at_;
    Node* node = make_node(NodeKind::kString, begin, offset());
    node->text = tree_.source.substr(begin, offset() - begin);
    syntax_error("a key must be written in double quotes: \"" +
                     std::string(node->text.substr(0, 80)) + "\"",
                 begin, offset());
    return node;
  }
  return nullptr;
}

const Node* Parser::member(uint32_t depth) {
  uint32_t begin = offset();
  const Node* name = key();
  if (!name) {
    syntax_error(std::string("expected a key in double quotes, found \"") + *at_ + "\"", begin,
                 begin + 1);
    if (*at_ == '{' || *at_ == '[') {
      value(depth + 1);  // consumed and dropped; it has no name
    } else {
      ++at_;
    }
    return nullptr;
  }
  const Node* content = nullptr;
  bool more = skip_blanks();
  if (more && *at_ == ':') {
    ++at_;
    if (skip_blanks()) {
      const char* before = at_;
      content = value(depth + 1);
      if (at_ == before && !full_) {
        syntax_error("the value is missing behind the colon", offset(), offset());
        if (*at_ == ':') ++at_;
      }
    }
  } else {
    syntax_error("\":\" and a value are missing behind the key", name->end, name->end);
    if (more && *at_ == '=') ++at_;
    if (skip_blanks() && *at_ != ',' && *at_ != '}' && *at_ != ']' && *at_ != '"') {
      content = value(depth + 1);
    }
  }
  if (!content) content = make_node(NodeKind::kNull, name->end, name->end);
  Node* pair = make_node(NodeKind::kPair, begin, std::max(content->end, name->end));
  pair->style = Style::kFlow;
  const Node** children = tree_.arena.make_array<const Node*>(2);
  children[0] = name;
  children[1] = content;
  pair->child_array = children;
  pair->child_count = 2;
  return pair;
}

const Node* Parser::array(uint32_t depth) {
  Node* node = make_node(NodeKind::kSequence, offset(), offset() + 1);
  node->style = Style::kFlow;
  size_t first = items_.size();
  if (!at_end()) ++at_;
  ++open_arrays_;
  bool recovered = false;
  while (true) {
    if (!skip_blanks()) {
      unclosed("the array is not closed: \"]\" is missing", *node);
      recovered = true;
      break;
    }
    if (*at_ == ']') {
      ++at_;
      break;
    }
    if (*at_ == '}') {
      if (!at_foreign_closer(']')) continue;
      syntax_error("the array is not closed: \"]\" is missing", offset(), offset(),
                   {tree_.file, node->begin, node->begin + 1});
      recovered = true;
      break;
    }
    if (*at_ == ',' || *at_ == ':') {
      syntax_error(std::string("unexpected \"") + *at_ + "\"; expected a value", offset(),
                   offset() + 1);
      ++at_;
      continue;
    }
    items_.push_back(value(depth + 1));
    comma(']');
  }
  --open_arrays_;
  return close(node, first, recovered);
}

// A collection deeper than the limit: one Problem, and its text is passed over, strings respected.
const Node* Parser::skip_nested() {
  uint32_t begin = offset();
  uint32_t depth = 0;
  bool in_string = false;
  for (; !at_end(); ++at_) {
    char c = *at_;
    if (in_string) {
      if (c == '\\' && at_ + 1 < end_) ++at_;
      else if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if ((c == '}' || c == ']') && --depth == 0) {
      ++at_;
      break;
    }
  }
  problem(ProblemSeverity::kError, "limit-nesting",
          "values are nested more than " + std::to_string(core::kMaxNesting) +
              " deep; this one is not read",
          begin, begin + 1);
  return make_node(NodeKind::kError, begin, offset());
}

}  // namespace assay::syntax::json
