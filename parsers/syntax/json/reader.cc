#include "parsers/syntax/json/reader.h"

#include <algorithm>
#include <string>

#include "parsers/core/limits.h"
#include "parsers/syntax/json/parser.h"

namespace assay::syntax {
namespace {

void fail_whole(Tree& tree, const char* code, std::string message, core::Span span) {
  tree.accepted = false;
  core::add_problem(tree.problems, core::ProblemSeverity::kError, code, std::move(message), span);
  Node* stream = tree.arena.make<Node>();
  stream->kind = NodeKind::kStream;
  stream->end = static_cast<uint32_t>(std::min<size_t>(tree.source.size(), UINT32_MAX));
  tree.root = stream;
}

}  // namespace

std::unique_ptr<Tree> read_json(core::FileId file, std::string_view source, size_t max_bytes) {
  // Nodes take about six times the room of their text.
  auto tree = std::make_unique<Tree>(std::min(source.size() * 6, core::kMaxFileBytes));
  tree->file = file;
  tree->language = Language::kJson;
  tree->source = source;
  if (source.size() > max_bytes) {
    fail_whole(*tree, "limit-file-size",
               "the file is larger than " + std::to_string(max_bytes >> 20) +
                   " MiB and is not read",
               {file, 0, 0});
    return tree;
  }
  if (source.substr(0, 2) == "\xFF\xFE" || source.substr(0, 2) == "\xFE\xFF") {
    fail_whole(*tree, "json-encoding", "the file is UTF-16; save it as UTF-8", {file, 0, 2});
    return tree;
  }
  json::Parser(*tree).read();
  return tree;
}

}  // namespace assay::syntax
