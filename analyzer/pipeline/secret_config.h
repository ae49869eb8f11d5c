// What a team tells secret detection: gitleaks's configuration and list of known findings, from the scanned
// directory or the root of its repository (.gitleaks.toml, .gitleaksignore).
//
// Called by the pipeline before texts are searched. Ownership: matches refer to the configuration's names, it
// outlives them. Threads: read only once made.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/pipeline/pipeline.h"
#include "parsers/core/file_system.h"
#include "rules/secrets/gitleaks.h"

namespace assay::pipeline {

class SecretConfig {
 public:
  // Null when there is neither file. Mistakes go to `errors` (exit code 2), what cannot be used to `problems`.
  static std::unique_ptr<SecretConfig> read(const core::FileSystem& files, const std::string& base, const std::string& repository,
                                            std::vector<UsageError>& errors, core::Problems& problems);

  const std::string& path() const { return path_; }  // of the configuration, as reports name it
  // Paths are as in reports; the configuration sees them from its own directory.
  bool allows_path(std::string_view path) const { return config_.allows_path(prefix_ + std::string(path)); }
  void apply(std::string_view path, std::string_view text, std::vector<rules::secrets::Match>& matches) const {
    config_.apply(prefix_ + std::string(path), text, matches);
  }
  bool is_ignored(std::string_view path, std::string_view kind, uint32_t line) const;

 private:
  rules::secrets::GitleaksConfig config_;
  std::string path_, prefix_;
};

}  // namespace assay::pipeline
