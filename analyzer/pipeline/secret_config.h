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
  // The first of `directories` (absolute) that has one counts; reports name files as seen from `base`.
  static std::unique_ptr<SecretConfig> read(const core::FileSystem& files, const std::vector<std::string>& directories,
                                            const std::string& base, std::vector<UsageError>& errors, core::Problems& problems);

  const std::string& path() const { return path_; }  // of the configuration, as reports name it
  // Paths are as in reports; the configuration sees them from its own directory.
  bool allows_path(std::string_view path) const { return config_.allows_path(seen(path)); }
  void apply(std::string_view path, std::string_view text, std::vector<rules::secrets::Match>& matches) const {
    config_.apply(seen(path), text, matches);
  }
  bool is_ignored(std::string_view path, std::string_view kind, uint32_t line) const;

 private:
  std::string seen(std::string_view path) const;  // a report's path, from the configuration's directory
  rules::secrets::GitleaksConfig config_;
  std::string path_;
  std::string below_;  // "infra/": the directory lies below the base, or
  std::string above_;  // the base lies below the directory
};

}  // namespace assay::pipeline
