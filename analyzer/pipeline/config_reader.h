// A small YAML document of a configuration as pairs and texts with places: aliases and merge keys
// resolved, mistakes of the reader turned into usage errors. For assay.yaml and for files of other
// tools.
//
// Ownership: the document owns its text and tree. Threads: one.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "analyzer/pipeline/pipeline.h"
#include "analyzer/pipeline/settings.h"
#include "parsers/core/file_system.h"
#include "parsers/core/source.h"
#include "parsers/syntax/tree.h"

namespace assay::pipeline {

class ConfigDocument {
 public:
  using Pair =
      std::pair<const syntax::Node*, const syntax::Node*>;  // key and value, aliases resolved

  // Errors go to `errors`; the document is empty then.
  ConfigDocument(const core::FileSystem& files, std::string path, std::vector<UsageError>& errors);

  const std::string& path() const { return path_; }
  const std::string& text() const { return text_; }
  // Null when the file is empty or has errors.
  const syntax::Node* content() const { return content_; }
  Place place(const syntax::Node& node) const;
  void error(const syntax::Node& at, std::string message) const;

  // Of a mapping, with those of its merge keys ("<<") that it has not itself. Empty for others.
  std::vector<Pair> pairs(const syntax::Node& mapping) const;
  // Elements of a sequence, aliases resolved; of anything else itself.
  std::vector<const syntax::Node*> items(const syntax::Node& node) const;
  static bool is_text(const syntax::Node& node);
  static bool is_absent(const syntax::Node& node);  // null
  static const syntax::Node* target(const syntax::Node* node);

 private:
  void add_pairs(const syntax::Node& mapping, std::vector<Pair>& out, int depth) const;
  std::string path_, text_;
  std::unique_ptr<syntax::Tree> tree_;
  std::unique_ptr<core::LineIndex> lines_;
  const syntax::Node* content_ = nullptr;
  std::vector<UsageError>& errors_;
};

}  // namespace assay::pipeline
