// Builds the Tree from a stream of YAML events: the part of the reader that knows nothing of
// libyaml. It holds the open collections, anchors, comments and limits of one read.
//
// Internal to parsers/syntax/yaml; used by reader.cc on one thread, for one file, then thrown away.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "parsers/syntax/duplicate_keys.h"
#include "parsers/syntax/tree.h"

namespace assay::syntax::yaml {

// One event. Offsets are bytes; `begin` is where the properties (tag, anchor) or the content start.
struct NodeEvent {
  uint32_t begin = 0;
  uint32_t end = 0;
  Style style = Style::kPlain;
  std::string_view value;  // of a scalar, decoded; valid during the call
  std::string_view tag;    // resolved, "" when none; valid during the call
};

class Builder {
 public:
  // `text` is what the parser reads: the source, or its repaired copy of the same length.
  Builder(Tree& tree, std::string_view text);

  void begin_document(uint32_t begin, uint32_t end);
  void end_document(uint32_t begin, uint32_t end, bool is_explicit);
  void begin_collection(NodeKind kind, const NodeEvent& event);
  void end_collection(uint32_t end);
  void scalar(const NodeEvent& event);
  void alias(uint32_t begin, uint32_t end);

  // True once a limit is passed: the rest of this document (or of the file) must not be fed.
  bool document_stopped() const { return document_stopped_; }
  bool file_stopped() const { return file_stopped_; }
  // Closes what a broken document left open, flags it kRecovered, and forgets the text up to
  // `resume` (comments there are not trusted).
  void abandon_document(uint32_t resume);
  // Makes the stream node and sorts out what is left. No event may follow.
  void finish();

  // Appends a problem unless there are too many; errors make the tree not accepted.
  void problem(core::ProblemSeverity severity, const char* code, std::string message,
               core::Span span, core::Span related = {});
  core::Span span(uint32_t begin, uint32_t end) const { return {tree_.file, begin, end}; }

 private:
  struct Item {
    const Node* node;
    uint32_t outer_begin;  // where its properties start
  };
  struct Frame {
    Node* node;
    size_t first_item;
    uint64_t size_before;    // expanded_ when it was opened
    uint32_t outer_begin;
    uint32_t height = 0;     // of the tallest child, aliases followed
    std::string_view anchor;
  };
  struct Anchor {
    const Node* node = nullptr;  // null while its collection is open
    uint64_t size = 0;           // nodes, aliases expanded
    uint32_t height = 0;
  };

  Node* make_node(NodeKind kind, Style style, uint32_t begin, uint32_t end);
  // Reads "&anchor !tag" at event.begin; returns where the content begins.
  uint32_t read_properties(const NodeEvent& event, Node& node);
  std::string_view short_tag(std::string_view resolved, std::string_view written);
  std::string_view keep(std::string_view value, uint32_t at);
  void trim_block_scalar(Node& node, uint32_t event_end);
  void attach(Node* node, uint32_t outer_begin, uint64_t size, uint32_t height,
              std::string_view anchor);
  void close_frame(uint32_t end, bool recovered);
  void make_pairs(Frame& frame);
  uint32_t pair_begin(const Item& key, uint32_t lower) const;
  void check_duplicates(const Node& mapping);
  void report_duplicate(const Node& first, const Node& second);
  void stop(bool whole_file, const char* code, std::string message, core::Span span);
  void collect_comments(uint32_t upto);
  void skip_hash_to(uint32_t offset);

  Tree& tree_;
  std::string_view text_;
  std::vector<Item> items_;
  std::vector<Frame> frames_;
  std::vector<const Node*> documents_;
  std::unordered_map<std::string_view, Anchor> anchors_;
  DuplicateKeyFinder duplicates_;
  Node* document_ = nullptr;
  uint32_t document_content_end_ = 0;
  uint32_t nodes_ = 0;
  uint32_t flow_depth_ = 0;
  uint64_t flow_work_ = 0;  // flow depth summed over nodes: what libyaml's key look-back costs
  uint64_t expanded_ = 0;  // nodes of this document, aliases expanded
  size_t hash_ = 0;        // offset of the next "#" not yet looked at
  size_t problem_count_ = 0;
  bool expansion_reported_ = false;
  bool document_stopped_ = false;
  bool file_stopped_ = false;
};

}  // namespace assay::syntax::yaml
