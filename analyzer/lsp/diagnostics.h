// Diagnostics of an analysis: findings that count, problems of files, and mistakes in the configuration, by document.
//
// Those of a layer are made once and shared by all analyses that it is part of. Texts come out with secrets hidden.
// Threads: a DiagnosticsMaker belongs to one; what it hands out never changes.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "analyzer/lsp/engine.h"
#include "analyzer/lsp/layer.h"
#include "analyzer/lsp/text.h"

namespace assay::lsp {

struct RuleDocument;

struct Location {
  std::string uri;
  Range range;
  auto operator<=>(const Location&) const = default;
};

struct Diagnostic {
  Range range;
  int severity = 1;  // of the protocol: error, warning, information, hint
  std::string code, href, message;
  std::vector<std::pair<Location, std::string>> related;
  std::vector<int> tags;    // 1: unnecessary, 2: deprecated
  std::string fingerprint;  // of a finding
  std::string fix;          // "safe", "unsafe" or "": what the rule can do
  // Of a finding, for clients that show more than diagnostics: severity and verdict as reports call them, and the resource.
  std::string name, level, verdict, attribute, address, type;
  Location resource;  // its header
};

// From spans to ranges, with the lines of each file counted once. For one analysis and one thread.
class Ranges {
 public:
  Ranges(const Analysis& analysis, Encoding encoding) : analysis_(analysis), encoding_(encoding) {}
  Location location(const pipeline::Scan& scan, const core::Span& span);
  const Lines& lines(const pipeline::Scan& scan, core::FileId file);
  const std::string& uri(const pipeline::Scan& scan, core::FileId file);
  Encoding encoding() const { return encoding_; }

 private:
  struct File {
    std::string uri;
    std::unique_ptr<Lines> own;
    const Lines* lines = nullptr;
  };
  File& file(const pipeline::Scan& scan, core::FileId id);
  const Analysis& analysis_;
  Encoding encoding_;
  std::map<std::pair<const pipeline::Scan*, core::FileId>, File> files_;
};

// Of one document, sorted by place.
struct FileDiagnostics {
  std::string uri;
  std::vector<Diagnostic> list;
  uint64_t hash = 0;  // equal lists have equal hashes
};
// By URI; documents without any are not there.
using DiagnosticSet = std::vector<std::shared_ptr<const FileDiagnostics>>;

class DiagnosticsMaker {
 public:
  explicit DiagnosticsMaker(Encoding encoding) : encoding_(encoding) {}
  DiagnosticSet make(const Analysis& analysis, const Layers& layers, const std::map<std::string, std::shared_ptr<const RuleDocument>>& rule_documents);

 private:
  struct OfFile {
    core::FileId file;
    std::shared_ptr<const FileDiagnostics> diagnostics;
  };
  using OfLayer = std::vector<OfFile>;  // sorted by URI
  const Encoding encoding_;
  std::map<std::shared_ptr<const Layer>, OfLayer> kept_;
  std::vector<std::string> spelled_;  // documents that say where things are otherwise than their files do
};

// Null: there are none.
const FileDiagnostics* find_diagnostics(const DiagnosticSet& set, std::string_view uri);
// All at once, for those who ask once.
std::map<std::string, std::vector<Diagnostic>> diagnostics_of(const Analysis& analysis, Encoding encoding);
uint64_t hash_of(const std::vector<Diagnostic>& list);

// Is the finding shown: neither suppressed nor known from a baseline?
bool is_shown(const rules::Finding& finding);
std::string rule_address(const rules::RuleInfo& rule);  // of its page; "" for a user's rule

}  // namespace assay::lsp
