// What the server answers about a place in a document: hovers, definitions, fixes, symbols and so on, as plain data that
// server.cc turns into JSON.
//
// A Query belongs to one request and one thread; it refers to its analysis, which must outlive it. Nothing here changes
// anything.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/lsp/diagnostics.h"
#include "analyzer/lsp/engine.h"
#include "parsers/syntax/tree.h"

namespace assay::lsp {

class Query {
 public:
  Query(const Analysis& analysis, const std::string& path, Encoding encoding);
  const Analysis& analysis;
  const std::string path;
  const FilePlace place;             // may have no file: then only the text is known
  std::shared_ptr<const Document> document;  // null when it is not open
  Ranges ranges;
  Encoding encoding() const { return ranges.encoding(); }
  const Lines* lines();              // null when nothing is known of the file
  std::string_view text();
  // Of the text as it is; the nodes of the scan where it kept them. Null for other languages.
  const syntax::Tree* tree();
  uint32_t offset(Position position) { return lines()->offset(position, encoding()); }
  Range range(uint32_t begin, uint32_t end) { return {lines()->position(begin, encoding()), lines()->position(end, encoding())}; }

 private:
  std::unique_ptr<Lines> own_lines_;
  std::unique_ptr<syntax::Tree> own_tree_;
};

struct TextChange {
  Range range;
  std::string text;
  bool operator==(const TextChange&) const = default;
};

struct FileChanges {
  std::string uri;
  std::optional<int64_t> version;
  std::vector<TextChange> changes;
};

struct Action {
  std::string title, kind;
  bool preferred = false;
  std::vector<std::string> fingerprints;  // of the findings that it is for
  std::vector<FileChanges> files;
};

struct HoverText {
  std::string markdown;
  Range range;
};

struct Symbol {
  std::string name, detail;
  int kind = 0;  // of the protocol
  Range range, selection;
  std::vector<Symbol> children;
};

struct Link {
  Range range;
  std::string target;
};

struct Completion {
  std::string label, detail, documentation;
  int kind = 0;
  Range range;  // that it replaces
};

struct Hint {
  Position position;
  std::string label, tooltip;
};

// actions.cc
std::vector<Action> code_actions(Query& query, const Range& range);
std::optional<Action> fix_all(Query& query);
// hover.cc
std::optional<HoverText> hover(Query& query, Position position);
std::vector<Hint> inlay_hints(Query& query, const Range& range);
// navigation.cc
std::vector<Location> definition(Query& query, Position position);
std::vector<Location> references(Query& query, Position position, bool declarations);
std::vector<Link> document_links(Query& query, const core::FileSystem& files);
// symbols.cc
std::vector<Symbol> document_symbols(Query& query);
// completion.cc
std::vector<Completion> completions(Query& query, Position position);

}  // namespace assay::lsp
