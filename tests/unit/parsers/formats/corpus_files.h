// The files of a corpus in $ASSAY_SHARED/corpora, for tests that load real input. Empty when the data
// are not there: such a test says "skipped".
#pragma once

#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "parsers/core/file_system.h"

namespace assay::formats {

inline void read_folder(const core::FileSystem& files, const std::string& folder, const std::string& prefix,
                 std::vector<std::pair<std::string, std::string>>& out) {
  auto entries = files.list(folder);
  if (!entries) return;
  for (const core::DirEntry& entry : *entries) {
    std::string path = folder + "/" + entry.name;
    std::string name = prefix + entry.name;
    if (entry.kind == core::EntryKind::kDirectory) read_folder(files, path, name + "/", out);
    if (!name.ends_with(".yaml") && !name.ends_with(".yml") && !name.ends_with(".json")) continue;
    if (auto text = files.read(path)) out.emplace_back(name, *text);
  }
}

// Manifests and templates of a corpus: path below it, and text.
inline std::vector<std::pair<std::string, std::string>> corpus_files(const std::string& name) {
  const char* shared = std::getenv("ASSAY_SHARED");
  std::string folder = std::string(shared ? shared : "../shared") + "/corpora/" + name;
  std::vector<std::pair<std::string, std::string>> files;
  read_folder(core::RealFileSystem(), folder, "", files);
  return files;
}

}  // namespace assay::formats
