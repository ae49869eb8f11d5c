// Searching the text of every scanned file for secrets: what no format reads (.env, scripts, Dockerfiles, keys)
// as well as the sources of what is analysed. Each secret becomes a resource of the type text/secret, so that
// rules judge it like any other: regions, fingerprints, suppressions and reports are the engine's.
//
// The view has category, kind, slot (the name it is assigned to), path, encoded and value. The address is made of the
// kind and, where the token is long enough that nobody can guess it, of a salted hash: the same token has the same
// address in every file and every run. Of short secrets (passwords) nothing enters the address or a fingerprint, for
// whoever has a report could try out words: they are told apart by the name of their slot.
//
// Called by the pipeline between reading and judging. Threads: files are searched in parallel; deterministic.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "analyzer/pipeline/parse.h"
#include "parsers/core/file_system.h"
#include "parsers/core/source.h"
#include "parsers/model/resource.h"
#include "rules/secrets/detector.h"

namespace assay::pipeline {

// The canonical type of what is found.
inline constexpr std::string_view kTextSecretType = "text/secret";

class SecretConfig;

// What became of one file: reasons are empty when it was searched.
struct SearchedFile {
  core::FileId id = core::kNoFile;
  bool searched = false;
  std::string reason;
};

struct TextSearch {
  std::unique_ptr<model::Root> root;  // null when nothing was found
  std::vector<SearchedFile> files;    // in the order asked for
};

// Searches the files of `parsed` that `wanted` names (by file id). Texts of files that nothing was found in are not
// kept. `config` may be null.
TextSearch search_texts(const core::FileSystem& file_system, const std::string& base, core::SourceSet& sources,
                        const std::vector<ParsedFile>& parsed, const std::vector<core::FileId>& wanted,
                        const SecretConfig* config, unsigned jobs);

// Would the search of a file that no format reads find nothing in this text, where no configuration changes what is
// looked for?
bool is_clean_text(std::string_view path, std::string_view text);

// Where a text that is quoted beside findings holds secrets, for files that were not searched.
void hide_secrets(const core::SourceSet& sources, core::FileId file, std::vector<core::Span>& out);

}  // namespace assay::pipeline
