#include "analyzer/pipeline/secret_config.h"

#include "parsers/core/path.h"

namespace assay::pipeline {
namespace {

constexpr int kMaxExtends = 8;  // files that extend files

}  // namespace

std::unique_ptr<SecretConfig> SecretConfig::read(const core::FileSystem& files, const std::vector<std::string>& directories,
                                                 const std::string& base, std::vector<UsageError>& errors, core::Problems& problems) {
  for (const std::string& directory : directories) {
    if (directory.empty()) continue;
    std::string absolute = core::join_path(directory, ".gitleaks.toml");
    auto text = files.read(absolute);
    auto ignored = files.read(core::join_path(directory, ".gitleaksignore"));
    if (!text && !ignored) continue;
    auto out = std::make_unique<SecretConfig>();
    out->path_ = core::relative_path(absolute, base);
    if (directory != base && core::is_within(directory, base)) {
      out->below_ = core::relative_path(directory, base) + "/";
    } else if (directory != base) {
      out->above_ = core::relative_path(base, directory) + "/";
    }
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

std::string SecretConfig::seen(std::string_view path) const {
  if (!below_.empty() && path.starts_with(below_)) return std::string(path.substr(below_.size()));
  return above_ + std::string(path);
}

bool SecretConfig::is_ignored(std::string_view path, std::string_view kind, uint32_t line) const {
  std::string full = seen(path);
  return config_.is_ignored(full, kind, line) || config_.is_ignored(full, rules::secrets::peer_name(kind), line);
}

}  // namespace assay::pipeline
