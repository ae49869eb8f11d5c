#include "parsers/syntax/yaml/builder.h"

#include <algorithm>

#include "parsers/core/limits.h"
#include "parsers/syntax/yaml/entries.h"

namespace assay::syntax::yaml {
namespace {

using core::ProblemSeverity;

constexpr size_t kMaxProblems = 1000;
// Below this many expanded nodes aliases are harmless whatever the ratio.
constexpr uint64_t kFreeExpansion = 100'000;
// libyaml looks at every open flow collection for every token. Real files stay below a hundredth of
// this; it is a few seconds of work.
constexpr uint64_t kMaxFlowWork = 200'000'000;

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_break(char c) { return c == '\n' || c == '\r'; }
bool is_space(char c) { return is_blank(c) || is_break(c); }
bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}
bool is_tag_char(char c) {
  return is_word(c) || std::string_view(";/?:@&=+$.%!~*'()").find(c) != std::string_view::npos;
}
bool is_text_key(const Node& key) {
  return key.kind == NodeKind::kScalar && !is_merge_key(key);
}

}  // namespace

Builder::Builder(Tree& tree, std::string_view text) : tree_(tree), text_(text) {
  items_.reserve(64);
  frames_.reserve(32);
  hash_ = text_.find('#');
}

Node* Builder::make_node(NodeKind kind, Style style, uint32_t begin, uint32_t end) {
  Node* node = tree_.arena.make<Node>();
  node->kind = kind;
  node->style = style;
  node->begin = begin;
  node->end = end;
  if (++nodes_ == core::kMaxNodes) {
    stop(true, "limit-nodes",
         "the file has more than " + std::to_string(core::kMaxNodes) +
             " nodes; the rest is not read. Split it into several files",
         span(begin, end));
  }
  return node;
}

void Builder::begin_document(uint32_t begin, uint32_t end) {
  document_ = make_node(NodeKind::kDocument, Style::kBlock, begin, end);
  document_content_end_ = end;
  anchors_.clear();
  expanded_ = 0;
  expansion_reported_ = false;
  document_stopped_ = false;
}

void Builder::end_document(uint32_t begin, uint32_t end, bool is_explicit) {
  if (!document_) return;
  document_->end = is_explicit && end > begin ? end : document_content_end_;
  // An empty document has no value; one that only has a tag or an anchor keeps its node.
  if (!items_.empty() && (items_[0].node->kind != NodeKind::kNull || items_[0].node->extra)) {
    const Node** children = tree_.arena.make_array<const Node*>(1);
    children[0] = items_[0].node;
    document_->child_array = children;
    document_->child_count = 1;
  }
  items_.clear();
  documents_.push_back(document_);
  document_ = nullptr;
}

void Builder::attach(Node* node, uint32_t outer_begin, uint64_t size, uint32_t height,
                     std::string_view anchor) {
  expanded_ += size;
  flow_work_ += flow_depth_;
  if (flow_work_ > kMaxFlowWork) {
    stop(true, "limit-nesting",
         "brackets are nested too deep for a file of this size; the rest is not read",
         span(node->begin, node->end));
  }
  if (!anchor.empty()) anchors_[anchor] = {node, size, height};
  items_.push_back({node, outer_begin});
  document_content_end_ = node->end;
  if (!frames_.empty()) frames_.back().height = std::max(frames_.back().height, height);
}

void Builder::scalar(const NodeEvent& event) {
  Node* node = make_node(NodeKind::kScalar, event.style, event.begin, event.end);
  char first = event.begin < text_.size() ? text_[event.begin] : ' ';
  if (event.end > event.begin && (first == '&' || first == '!')) {
    node->begin = read_properties(event, *node);
    if (node->begin >= event.end) {  // nothing but properties
      node->begin = std::max(node->extra->tag_end, node->extra->anchor_end);
      node->end = node->begin;
    }
  }
  switch (event.style) {
    case Style::kPlain:
      if (event.value.empty() && node->tag().empty()) node->kind = NodeKind::kNull;
      node->text = keep(event.value, node->begin);
      break;
    case Style::kLiteral:
    case Style::kFolded:
      trim_block_scalar(*node, event.end);
      node->text = tree_.arena.copy(event.value);
      break;
    default:
      node->text = keep(event.value, node->begin + 1);
      break;
  }
  if (hash_ < node->end) {
    collect_comments(node->begin);
    if (event.style == Style::kLiteral || event.style == Style::kFolded) {
      // A comment may stand behind the "|" or ">".
      size_t line_end = std::min<size_t>(text_.find_first_of("\r\n", node->begin), text_.size());
      if (hash_ < line_end) collect_comments(static_cast<uint32_t>(line_end));
    }
    skip_hash_to(node->end);
  }
  attach(node, event.begin, 1, 0, node->anchor());
}

// The decoded value as a view of the text when it stands there unchanged, else a copy.
std::string_view Builder::keep(std::string_view value, uint32_t at) {
  std::string_view written = text_.substr(std::min<size_t>(at, text_.size()), value.size());
  return written == value ? written : tree_.arena.copy(value);
}

void Builder::trim_block_scalar(Node& node, uint32_t event_end) {
  uint32_t header = node.begin;
  while (header < event_end && !is_space(text_[header])) ++header;
  uint32_t end = event_end;
  while (end > header && is_space(text_[end - 1])) --end;
  size_t first_break = text_.find_first_of("\r\n", header);
  if (first_break == std::string_view::npos || end <= first_break) {
    node.end = header;  // no content
    return;
  }
  while (end < event_end && is_blank(text_[end])) ++end;
  node.end = end;
}

uint32_t Builder::read_properties(const NodeEvent& event, Node& node) {
  auto* extra = tree_.arena.make<NodeExtra>();
  uint32_t at = event.begin;
  while (at < event.end) {
    char c = text_[at];
    if (is_space(c)) {
      ++at;
    } else if (c == '#') {
      while (at < event.end && !is_break(text_[at])) ++at;
    } else if (c == '&' && extra->anchor_end == 0) {
      uint32_t begin = at++;
      while (at < event.end && is_word(text_[at])) ++at;
      extra->anchor_begin = begin;
      extra->anchor_end = at;
      extra->anchor = text_.substr(begin + 1, at - begin - 1);
    } else if (c == '!' && extra->tag_end == 0) {
      uint32_t begin = at++;
      if (at < event.end && text_[at] == '<') {
        while (at < event.end && text_[at] != '>') ++at;
        if (at < event.end) ++at;
      } else {
        while (at < event.end && is_tag_char(text_[at])) ++at;
      }
      extra->tag_begin = begin;
      extra->tag_end = at;
      extra->tag = short_tag(event.tag, text_.substr(begin, at - begin));
    } else {
      break;
    }
  }
  node.extra = extra;
  return at;
}

// "!!str" for the YAML tags, "!Sub" for local ones, "!<uri>" for the rest. `written` is used as it
// stands whenever it says the same.
std::string_view Builder::short_tag(std::string_view resolved, std::string_view written) {
  constexpr std::string_view kYaml = "tag:yaml.org,2002:";
  if (resolved.empty()) return "!";  // the non-specific tag
  if (resolved == written) return written;
  if (resolved.substr(0, kYaml.size()) == kYaml) {
    std::string_view name = resolved.substr(kYaml.size());
    if (written.substr(0, 2) == "!!" && written.substr(2) == name) return written;
    return tree_.arena.copy("!!" + std::string(name));
  }
  if (resolved[0] == '!') return tree_.arena.copy(resolved);
  return tree_.arena.copy("!<" + std::string(resolved) + ">");
}

void Builder::begin_collection(NodeKind kind, const NodeEvent& event) {
  if (frames_.size() >= core::kMaxNesting) {
    stop(false, "limit-nesting",
         "collections are nested more than " + std::to_string(core::kMaxNesting) +
             " deep; the rest of the document is not read",
         span(event.begin, event.end));
    return;
  }
  Node* node = make_node(kind, event.style, event.begin, event.end);
  char first = event.begin < text_.size() ? text_[event.begin] : ' ';
  Frame frame{node, items_.size(), expanded_, event.begin, 0, {}};
  // Without properties a block mapping's event is empty: a "&" there belongs to its first key.
  if (event.end > event.begin && (first == '&' || first == '!')) {
    node->begin = read_properties(event, *node);
    frame.anchor = node->anchor();
    if (!frame.anchor.empty()) anchors_[frame.anchor] = {};
  }
  frames_.push_back(frame);
  if (event.style == Style::kFlow) ++flow_depth_;
}

void Builder::end_collection(uint32_t end) {
  if (!frames_.empty()) close_frame(end, false);
}

void Builder::close_frame(uint32_t end, bool recovered) {
  Frame frame = frames_.back();
  Node& node = *frame.node;
  size_t count = items_.size() - frame.first_item;
  uint32_t content_end = count ? items_.back().node->end : node.begin;
  char opener = node.begin < text_.size() ? text_[node.begin] : ' ';
  bool bracketed = node.style == Style::kFlow && (opener == '[' || opener == '{');
  node.end = bracketed && !recovered ? end : std::max(content_end, node.begin);
  if (recovered) node.flags |= kRecovered;
  if (node.kind == NodeKind::kMapping) {
    make_pairs(frame);
    check_duplicates(node);
  } else {
    const Node** children = tree_.arena.make_array<const Node*>(count);
    for (size_t i = 0; i < count; ++i) children[i] = items_[frame.first_item + i].node;
    node.child_array = children;
    node.child_count = static_cast<uint32_t>(count);
  }
  items_.resize(frame.first_item);
  frames_.pop_back();
  if (node.style == Style::kFlow) --flow_depth_;
  uint64_t size = expanded_ - frame.size_before + 1;
  expanded_ = frame.size_before;
  attach(&node, frame.outer_begin, size, frame.height + 1, frame.anchor);
}

void Builder::make_pairs(Frame& frame) {
  Node& mapping = *frame.node;
  size_t count = items_.size() - frame.first_item;
  if (count % 2 != 0) {  // a syntax error behind a key
    uint32_t at = items_.back().node->end;
    items_.push_back({make_node(NodeKind::kNull, Style::kPlain, at, at), at});
    ++count;
  }
  const Node** pairs = tree_.arena.make_array<const Node*>(count / 2);
  // Children of all pairs lie in one array, keys and values in turn.
  const Node** ends = tree_.arena.make_array<const Node*>(count);
  uint32_t lower = mapping.begin;
  for (size_t i = 0; i < count; i += 2) {
    const Item& key = items_[frame.first_item + i];
    const Item& value = items_[frame.first_item + i + 1];
    ends[i] = key.node;
    ends[i + 1] = value.node;
    const Node* last = value.node;
    if (last->kind == NodeKind::kNull && !last->extra) {
      // libyaml puts an absent value where the next token is: bring it back behind the colon.
      auto* empty = const_cast<Node*>(last);
      if (empty->begin == 0 || text_[empty->begin - 1] != ':' || empty->begin < key.node->end) {
        empty->begin = empty->end = key.node->end;
      }
    }
    Node* pair = make_node(NodeKind::kPair, mapping.style, pair_begin(key, lower), last->end);
    pair->child_array = ends + i;
    pair->child_count = 2;
    pairs[i / 2] = pair;
    lower = pair->end;
  }
  mapping.child_array = pairs;
  mapping.child_count = static_cast<uint32_t>(count / 2);
  if (count && mapping.end < lower) mapping.end = lower;
  if (count && mapping.style == Style::kBlock) mapping.end = lower;
}

// Where the pair starts: its key, or the "?" in front of an explicit key.
uint32_t Builder::pair_begin(const Item& key, uint32_t lower) const {
  uint32_t at = key.outer_begin;
  while (at > lower && is_blank(text_[at - 1])) --at;
  if (at > lower && text_[at - 1] == '?' && at < key.outer_begin) return at - 1;
  return key.outer_begin;
}

void Builder::alias(uint32_t begin, uint32_t end) {
  Node* node = make_node(NodeKind::kAlias, Style::kPlain, begin, end);
  if (hash_ < end) {
    collect_comments(begin);
    skip_hash_to(end);
  }
  node->text = text_.substr(begin + 1, end - begin - 1);
  const Node** target = tree_.arena.make_array<const Node*>(1);
  target[0] = nullptr;
  node->child_array = target;
  node->child_count = 1;
  uint64_t size = 1;
  uint32_t height = 0;
  std::string name(node->text);
  auto found = anchors_.find(node->text);
  if (found == anchors_.end()) {
    problem(ProblemSeverity::kError, "yaml-undefined-alias",
            "the alias *" + name + " has no anchor &" + name +
                " before it in this document; an anchor must be defined first",
            span(begin, end));
  } else if (!found->second.node) {
    problem(ProblemSeverity::kError, "yaml-cyclic-alias",
            "the alias *" + name + " stands inside the value that &" + name +
                " names: it would contain itself",
            span(begin, end));
  } else if (frames_.size() + found->second.height > core::kMaxNesting) {
    problem(ProblemSeverity::kError, "limit-nesting",
            "with *" + name + " expanded, collections are nested more than " +
                std::to_string(core::kMaxNesting) + " deep; the alias is not followed",
            span(begin, end));
  } else if (expanded_ + found->second.size >
             std::max<uint64_t>(kFreeExpansion,
                                uint64_t{core::kMaxAliasExpansion} * nodes_)) {
    if (!expansion_reported_) {
      expansion_reported_ = true;
      problem(ProblemSeverity::kError, "limit-alias-expansion",
              "aliases blow this document up to more than " +
                  std::to_string(core::kMaxAliasExpansion) + " times its size; *" + name +
                  " and later large aliases are not followed",
              span(begin, end));
    }
  } else {
    target[0] = found->second.node;
    size = found->second.size;
    height = found->second.height;
  }
  attach(node, begin, size, height, {});
}

void Builder::check_duplicates(const Node& mapping) {
  duplicates_.find(mapping, is_text_key, [&](const Node& first, const Node& second) {
    report_duplicate(first, second);
  });
}

void Builder::report_duplicate(const Node& first, const Node& second) {
  problem(ProblemSeverity::kWarning, "yaml-duplicate-key",
          "the key \"" + std::string(second.text.substr(0, 80)) +
              "\" appears twice in this mapping; tools keep only one of the values (most the "
              "last): remove one",
          span(second.begin, second.end), span(first.begin, first.end));
}

void Builder::stop(bool whole_file, const char* code, std::string message, core::Span where) {
  file_stopped_ = file_stopped_ || whole_file;
  if (document_stopped_) return;
  document_stopped_ = true;
  problem(ProblemSeverity::kError, code, std::move(message), where);
}

void Builder::problem(ProblemSeverity severity, const char* code, std::string message,
                      core::Span where, core::Span related) {
  if (severity == ProblemSeverity::kError) tree_.accepted = false;
  if (problem_count_ > kMaxProblems) return;
  if (problem_count_++ == kMaxProblems) {
    core::add_problem(tree_.problems, ProblemSeverity::kError, "limit-problems",
                      "the file has more than " + std::to_string(kMaxProblems) +
                          " problems; the rest are not listed",
                      where);
    tree_.accepted = false;
    return;
  }
  core::add_problem(tree_.problems, severity, code, std::move(message), where, related);
}

void Builder::abandon_document(uint32_t resume) {
  while (!frames_.empty()) close_frame(0, true);
  if (document_) {
    document_->flags |= kRecovered;
    end_document(0, 0, false);
  }
  if (hash_ < resume) skip_hash_to(resume);
  document_stopped_ = false;
}

void Builder::finish() {
  collect_comments(static_cast<uint32_t>(text_.size()));
  Node* stream = make_node(NodeKind::kStream, Style::kBlock, 0,
                           static_cast<uint32_t>(text_.size()));
  auto children = tree_.arena.copy(documents_);
  stream->child_array = children.data();
  stream->child_count = static_cast<uint32_t>(children.size());
  tree_.root = stream;
}

void Builder::collect_comments(uint32_t upto) {
  while (hash_ < upto) {
    size_t next = hash_ + 1;
    bool opens = hash_ == 0 || is_space(text_[hash_ - 1]) ||
                 text_.substr(hash_ < 3 ? 0 : hash_ - 3, 3) == "\xEF\xBB\xBF";
    if (opens) {
      next = std::min<size_t>(text_.find_first_of("\r\n", hash_), text_.size());
      tree_.comments.push_back({static_cast<uint32_t>(hash_), static_cast<uint32_t>(next)});
    }
    hash_ = text_.find('#', next);
  }
}

void Builder::skip_hash_to(uint32_t offset) {
  if (hash_ < offset) hash_ = text_.find('#', offset);
}

}  // namespace assay::syntax::yaml
