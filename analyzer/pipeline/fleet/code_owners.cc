#include "analyzer/pipeline/fleet/code_owners.h"

#include <algorithm>

#include "parsers/core/path.h"
#include "parsers/core/text.h"

namespace assay::pipeline {
namespace {

// The words of a line up to a comment; a backslash keeps a space in a word.
std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> out;
  std::string word;
  for (size_t i = 0; i < line.size(); ++i) {
    char c = line[i];
    if (c == '\\' && i + 1 < line.size() && (line[i + 1] == ' ' || line[i + 1] == '#')) {
      word += line[++i];
    } else if (c == ' ' || c == '\t') {
      if (!word.empty()) out.push_back(std::move(word));
      word.clear();
    } else if (c == '#' && word.empty()) {
      break;
    } else {
      word += c;
    }
  }
  if (!word.empty()) out.push_back(std::move(word));
  return out;
}

// "[Database][2] @team" or "^[Optional]": where the owners begin; npos when the line is no head of a section.
size_t section_end(std::string_view line) {
  size_t at = line.starts_with('^') ? 1 : 0;
  if (at >= line.size() || line[at] != '[') return std::string_view::npos;
  size_t end = line.find(']', at);
  if (end == std::string_view::npos) return end;
  ++end;
  if (end < line.size() && line[end] == '[') {
    size_t count = line.find(']', end);
    if (count != std::string_view::npos) end = count + 1;
  }
  return end;
}

}  // namespace

CodeOwners::CodeOwners(std::string_view text) {
  while (!text.empty()) {
    size_t end = std::min(text.find('\n'), text.size());
    add_line(core::trim(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

void CodeOwners::add_line(std::string_view line) {
  if (line.empty() || line[0] == '#') return;
  if (size_t end = section_end(line); end != std::string_view::npos) {
    sections_.push_back({words_of(line.substr(end)), {}});
    return;
  }
  if (sections_.empty()) sections_.emplace_back();
  std::vector<std::string> words = words_of(line);
  if (words.empty()) return;
  const std::string& pattern = words.front();
  Entry entry{core::IgnoreFile(pattern, ""), pattern.size() > 2 && pattern.ends_with("/*"), {words.begin() + 1, words.end()}};
  if (entry.owners.empty()) entry.owners = sections_.back().owners;
  sections_.back().entries.push_back(std::move(entry));
}

CodeOwners CodeOwners::of_repository(const core::FileSystem& files, const std::string& root) {
  for (const char* path : {".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"}) {
    if (auto text = files.read(core::join_path(root, path))) return CodeOwners(*text);
  }
  return CodeOwners("");
}

bool CodeOwners::matches(const Entry& entry, std::string_view path) {
  if (entry.pattern.match(path, false) == core::IgnoreVerdict::kIgnored) return true;
  if (entry.direct_only) return false;
  for (size_t slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/', slash + 1)) {
    if (entry.pattern.match(path.substr(0, slash), true) == core::IgnoreVerdict::kIgnored) return true;
  }
  return false;
}

std::vector<std::string> CodeOwners::owners(std::string_view path) const {
  std::vector<std::string> out;
  for (const Section& section : sections_) {
    auto last = std::find_if(section.entries.rbegin(), section.entries.rend(), [&](const Entry& e) { return matches(e, path); });
    if (last == section.entries.rend()) continue;
    for (const std::string& owner : last->owners) {
      if (std::find(out.begin(), out.end(), owner) == out.end()) out.push_back(owner);
    }
  }
  return out;
}

}  // namespace assay::pipeline
