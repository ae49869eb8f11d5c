#include "sarif/writer.h"

namespace assay::report {

std::span<const WriterEntry> all_writers() {
  static constexpr WriterEntry kAll[] = {
      {"text", write_text},
      {"json", write_json},
      {"sarif", write_sarif},
      {"sarif-github", write_sarif_github},
      {"github", write_github},
      {"github-summary", write_github_summary},
      {"gitlab", write_gitlab},
      {"gitlab-sast", write_gitlab_sast},
      {"junit", write_junit},
      {"rdjson", write_rdjson},
      {"markdown", write_markdown},
      {"html", write_html},
      {"csv", write_csv},
      {"policy-report", write_policy_report},
  };
  return kAll;
}

bool wants_judged(std::string_view name) { return name == "policy-report"; }

const WriterEntry* find_writer(std::string_view name) {
  for (const WriterEntry& entry : all_writers()) {
    if (entry.name == name) return &entry;
  }
  return nullptr;
}

}  // namespace assay::report
