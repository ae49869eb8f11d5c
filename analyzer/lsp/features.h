// What the server answers about a place in a document: hovers, definitions, fixes, symbols and so on, as plain data that
// server.cc turns into JSON.
//
// A Query belongs to one request and one thread; it refers to its analysis, which must outlive it. Nothing here changes
// anything.
#pragma once

#include <functional>
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
  Query(const Analysis& analysis, const Layers& layers, const std::string& path, Encoding encoding);
  const Analysis& analysis;
  const std::string path;
  const FilePlace place;             // may have no file: then only the text is known
  std::shared_ptr<const Document> document;  // null when it is not open
  Ranges ranges;
  Encoding encoding() const { return ranges.encoding(); }
  const Layer& layer() const { return *layer_; }  // of a place that has a file
  const Lines* lines();              // null when nothing is known of the file
  std::string_view text();
  // Of the text as it is; the nodes of the scan where it kept them. Null for other languages.
  const syntax::Tree* tree();
  uint32_t offset(Position position) { return lines()->offset(position, encoding()); }
  Range range(uint32_t begin, uint32_t end) { return {lines()->position(begin, encoding()), lines()->position(end, encoding())}; }

 private:
  std::shared_ptr<const Layer> layer_;
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
  bool create = false;  // the file is not there yet
};

// What actions are made with, beside the analysis.
struct ActionContext {
  core::FileSystem& files;  // open documents in front of the disk
  std::function<AreaOptions(const Area&)> options;
  bool creates = false;  // the client makes new files
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

struct Fold {
  uint32_t begin = 0, end = 0;  // lines, both included
  bool comment = false;
};

struct Place {
  std::string name, container;
  int kind = 0;  // of the protocol
  Location at;
};

// actions.cc
std::vector<Action> code_actions(Query& query, const Range& range, const ActionContext& context);
// The safe fixes of the document that were tried together: their findings are gone then, and nothing is new.
std::optional<Action> fix_all(Query& query, const ActionContext& context);
// hover.cc
std::optional<HoverText> hover(Query& query, Position position);
std::vector<Hint> inlay_hints(Query& query, const Range& range);
// permissions.cc
// Of the policy, or of the role, user or group whose head is there, as Markdown; "" for other places.
std::string permissions_at(Query& query, uint32_t offset);
// navigation.cc
std::vector<Location> definition(Query& query, Position position);
std::vector<Location> references(Query& query, Position position, bool declarations);
std::vector<Link> document_links(Query& query, const core::FileSystem& files);
// symbols.cc
std::vector<Symbol> document_symbols(Query& query);
// Resources and declarations of all areas whose names hold the letters of `wanted` in this order; the best first.
std::vector<Place> workspace_symbols(const Analysis& analysis, Encoding encoding, std::string_view wanted);
// folding.cc
std::vector<Fold> folding_ranges(Query& query);
// completion.cc
std::vector<Completion> completions(Query& query, Position position);

}  // namespace assay::lsp
