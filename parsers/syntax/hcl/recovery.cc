#include "parsers/syntax/hcl/recovery.h"

#include <tree_sitter/api.h>

#include <chrono>
#include <cstring>
#include <memory>

extern "C" const TSLanguage* tree_sitter_hcl(void);

namespace assay::syntax::hcl {
namespace {

using Clock = std::chrono::steady_clock;

struct ParserDeleter {
  void operator()(TSParser* parser) const { ts_parser_delete(parser); }
};
struct TreeDeleter {
  void operator()(TSTree* tree) const { ts_tree_delete(tree); }
};

bool is_type(TSNode node, const char* type) { return std::strcmp(ts_node_type(node), type) == 0; }

std::string text_of(TSNode node, std::string_view source) {
  uint32_t begin = ts_node_start_byte(node);
  return std::string(source.substr(begin, ts_node_end_byte(node) - begin));
}

const char* read_source(void* payload, uint32_t offset, TSPoint, uint32_t* size) {
  const auto& source = *static_cast<const std::string_view*>(payload);
  *size = offset < source.size() ? static_cast<uint32_t>(source.size()) - offset : 0;
  return source.data() + (*size ? offset : 0);
}

void add_item(TSNode node, std::string_view source, Outline& out) {
  OutlineItem item;
  item.begin = ts_node_start_byte(node);
  item.end = ts_node_end_byte(node);
  item.block = is_type(node, "block");
  item.intact = !ts_node_has_error(node);
  uint32_t count = ts_node_child_count(node);
  for (uint32_t i = 0; i < count; ++i) {
    TSNode child = ts_node_child(node, i);
    if (is_type(child, "identifier") && item.type.empty()) {
      item.type = text_of(child, source);
    } else if (is_type(child, "identifier") || is_type(child, "string_lit")) {
      item.labels.push_back(text_of(child, source));
    } else if (!is_type(child, "comment")) {
      break;
    }
  }
  out.items.push_back(std::move(item));
}

}  // namespace

Outline outline(std::string_view source, uint32_t from) {
  Outline out;
  if (source.size() > kMaxRecoveryBytes) return out;
  std::unique_ptr<TSParser, ParserDeleter> parser(ts_parser_new());
  if (!ts_parser_set_language(parser.get(), tree_sitter_hcl())) return out;

  Clock::time_point deadline = Clock::now() + std::chrono::microseconds(kRecoveryMicroseconds);
  TSInput input{&source, read_source, TSInputEncodingUTF8, nullptr};
  TSParseOptions options{&deadline, [](TSParseState* state) {
                           return Clock::now() > *static_cast<Clock::time_point*>(state->payload);
                         }};
  std::unique_ptr<TSTree, TreeDeleter> tree(
      ts_parser_parse_with_options(parser.get(), nullptr, input, options));
  if (!tree) return out;
  out.complete = true;
  TSNode root = ts_tree_root_node(tree.get());
  out.clean = !ts_node_has_error(root);

  // A walk in source order that leaves out what stands before `from` and what is inside intact
  // items.
  TSTreeCursor cursor = ts_tree_cursor_new(root);
  uint32_t depth = 0;
  uint32_t broken_depth = 0;  // where the outermost error or broken item around us is, 0 for none
  for (bool done = false; !done;) {
    TSNode node = ts_tree_cursor_current_node(&cursor);
    bool descend = ts_node_end_byte(node) > from;
    bool block = is_type(node, "block");
    if (descend && (broken_depth == 0 ? block || is_type(node, "attribute")
                                      : block && ts_node_start_point(node).column == 0)) {
      if (ts_node_start_byte(node) >= from) add_item(node, source, out);
      if (ts_node_has_error(node)) {
        if (broken_depth == 0) broken_depth = depth + 1;
      } else {
        descend = false;
      }
    } else if (ts_node_is_error(node) && broken_depth == 0) {
      broken_depth = depth + 1;
    }
    if (descend && ts_tree_cursor_goto_first_child(&cursor)) {
      ++depth;
      continue;
    }
    for (;;) {
      if (broken_depth == depth + 1) broken_depth = 0;
      if (ts_tree_cursor_goto_next_sibling(&cursor)) break;
      if (!ts_tree_cursor_goto_parent(&cursor)) {
        done = true;
        break;
      }
      --depth;
    }
  }
  ts_tree_cursor_delete(&cursor);
  return out;
}

}  // namespace assay::syntax::hcl
