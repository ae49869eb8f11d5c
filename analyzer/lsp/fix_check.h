// Does a set of fixes of one document do what it promises: are the findings gone, and is nothing new there? As the command
// line does before it writes (pipeline/fix/apply.h), but of the document with what lies beside it.
//
// Called for source.fixAll.assay. Threads: none; two scans of a directory at least.
#pragma once

#include <string>
#include <vector>

#include "analyzer/lsp/documents.h"
#include "analyzer/pipeline/pipeline.h"
#include "rules/engine/finding.h"

namespace assay::lsp {

struct TriedFix {
  std::string rule, address;  // of the finding
  std::vector<rules::TextEdit> edits;  // all in the document
};

// Keeps those of `fixes` that may be applied together. `path`: absolute, of the document.
void keep_good_fixes(const core::FileSystem& files, const pipeline::ScanOptions& options, const std::string& path, const std::string& text,
                     std::vector<TriedFix>& fixes);

}  // namespace assay::lsp
