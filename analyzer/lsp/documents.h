// Open documents: their texts in front of the disk, and the way between URIs and paths.
//
// The server changes them in its protocol thread; an analysis gets a snapshot, which never changes. Ownership: documents
// own their texts and are shared.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/lsp/text.h"
#include "parsers/core/file_system.h"

namespace assay::lsp {

struct Document {
  Document(std::string uri_, std::string path_, std::string language_, int64_t version_, std::string text_)
      : uri(std::move(uri_)), path(std::move(path_)), language(std::move(language_)), version(version_), text(std::move(text_)), lines(text, true) {}
  Document(const Document&) = delete;
  const std::string uri, path, language;  // path: absolute and normalised; of an untitled document, one that it could have
  const int64_t version;
  const std::string text;
  const Lines lines;
};

using Documents = std::map<std::string, std::shared_ptr<const Document>>;  // by path

// "file:///a%20b" to "/a b"; empty for other schemes.
std::string path_of_uri(std::string_view uri);
std::string uri_of_path(std::string_view path);
// Where an untitled document could lie below `directory`, with the extension of its language.
std::string path_of_untitled(std::string_view uri, std::string_view language, const std::string& directory);

// The disk with open documents in front of it. `inner` must outlive it. Threads: as core::FileSystem.
class Overlay : public core::FileSystem {
 public:
  Overlay(const core::FileSystem& inner, std::shared_ptr<const Documents> documents)
      : inner_(inner), documents_(std::move(documents)) {}
  core::Result<std::string> read_up_to(const std::string& path, size_t limit) const override;
  core::Result<std::vector<core::DirEntry>> list(const std::string& directory) const override;
  core::Result<core::FileInfo> stat(const std::string& path) const override;
  core::Result<std::string> real_path(const std::string& path) const override;

 private:
  const Document* find(const std::string& path) const;
  bool leads_to_document(const std::string& directory) const;
  const core::FileSystem& inner_;
  std::shared_ptr<const Documents> documents_;
};

}  // namespace assay::lsp
