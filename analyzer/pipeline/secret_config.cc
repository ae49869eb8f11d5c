#include "analyzer/pipeline/secret_config.h"

#include "parsers/core/path.h"

namespace assay::pipeline {
namespace {

constexpr int kMaxExtends = 8;  // files that extend files

}  // namespace

std::unique_ptr<SecretConfig> SecretConfig::read(const core::FileSystem& files, const std::string& base, const std::string& repository,
                                                 std::vector<UsageError>& errors, core::Problems& problems) {
  for (const std::string& directory : {base, repository}) {
    if (directory.empty()) continue;
    std::string absolute = core::join_path(directory, ".gitleaks.toml");
    auto text = files.read(absolute);
    auto ignored = files.read(core::join_path(directory, ".gitleaksignore"));
    if (!text && !ignored) continue;
    auto out = std::make_unique<SecretConfig>();
    out->path_ = core::relative_path(absolute, base);
    std::string prefix = core::relative_path(base, directory);
    if (prefix != "." && !prefix.empty()) out->prefix_ = prefix + "/";
    std::string path = out->path_;
    size_t seen_errors = 0, seen_notes = 0;
    for (int round = 0; text && round < kMaxExtends; ++round) {
      out->config_.read(*text);
      for (; seen_errors < out->config_.errors().size(); ++seen_errors) {
        const rules::secrets::GitleaksNote& error = out->config_.errors()[seen_errors];
        errors.push_back({path, error.line, error.message});
      }
      for (; seen_notes < out->config_.notes().size(); ++seen_notes) {
        const rules::secrets::GitleaksNote& note = out->config_.notes()[seen_notes];
        core::Problem problem;
        problem.severity = note.lost ? core::ProblemSeverity::kWarning : core::ProblemSeverity::kNote;
        problem.code = "gitleaks-configuration";
        problem.message = path + ":" + std::to_string(note.line) + ": " + note.message;
        problem.path = path;
        problems.push_back(std::move(problem));
      }
      std::string next = out->config_.take_extends();
      if (next.empty()) break;
      absolute = core::normalize_path(core::join_path(core::parent_path(absolute), next));
      path = core::relative_path(absolute, base);
      text = files.read(absolute);
      if (!text) errors.push_back({out->path_, 0, "extend: " + text.error().message});
    }
    if (ignored) out->config_.read_ignored(*ignored);
    return out;
  }
  return nullptr;
}

bool SecretConfig::is_ignored(std::string_view path, std::string_view kind, uint32_t line) const {
  std::string full = prefix_ + std::string(path);
  return config_.is_ignored(full, kind, line) || config_.is_ignored(full, rules::secrets::peer_name(kind), line);
}

}  // namespace assay::pipeline
