#include "sarif/writer.h"

namespace assay::report {

std::span<const WriterEntry> all_writers() {
  static constexpr WriterEntry kAll[] = {
      {"text", write_text},
      {"json", write_json},
      {"sarif", write_sarif},
      {"sarif-github", write_sarif_github},
      {"markdown", write_markdown},
      {"html", write_html},
  };
  return kAll;
}

const WriterEntry* find_writer(std::string_view name) {
  for (const WriterEntry& entry : all_writers()) {
    if (entry.name == name) return &entry;
  }
  return nullptr;
}

}  // namespace assay::report
