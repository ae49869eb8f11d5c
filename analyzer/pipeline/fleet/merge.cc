#include "analyzer/pipeline/fleet/merge.h"

#include <algorithm>
#include <cstdlib>

#include "parsers/core/json_writer.h"
#include "parsers/core/text.h"
#include "parsers/syntax/json/reader.h"

namespace assay::pipeline {
namespace {

using syntax::Node;
using syntax::NodeKind;

const Node* document_of(const syntax::Tree& tree) {
  const Node* document = tree.root->child(0);
  const Node* value = document ? document->child(0) : nullptr;
  return value && value->kind == NodeKind::kMapping ? value : nullptr;
}

const Node* member(const Node* object, std::string_view name) {
  if (!object || object->kind != NodeKind::kMapping) return nullptr;
  for (const Node* pair : object->children()) {
    if (pair->child(0)->text == name) return pair->child(1);
  }
  return nullptr;
}

// The values of the top-level array `key`, cut out by their brackets: logs can be far larger than what fits one tree. False
// when brackets do not match; no array: none.
bool cut_elements(std::string_view text, std::string_view key, bool& found, std::vector<std::string_view>& out) {
  std::vector<char> open;
  std::string_view word;  // the last string of the outermost object
  size_t begin = 0;
  bool inside = false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '"') {
      size_t end = i + 1;
      while (end < text.size() && text[end] != '"') end += text[end] == '\\' ? 2 : 1;
      if (end >= text.size()) return false;
      if (open.size() == 1) word = text.substr(i + 1, end - i - 1);
      i = end;
    } else if (c == '{' || c == '[') {
      if (open.size() == 1 && c == '[' && word == key) found = inside = true;
      else if (open.size() == 2 && inside) begin = i;
      open.push_back(c == '{' ? '}' : ']');
    } else if (c == '}' || c == ']') {
      if (open.empty() || open.back() != c) return false;
      open.pop_back();
      if (open.size() == 2 && inside) out.push_back(text.substr(begin, i + 1 - begin));
      else if (open.size() == 1) inside = false;
    }
  }
  return open.empty();
}

// Line breaks of our writer stand between tokens only: what follows them on a new line is indentation.
std::string on_one_line(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  for (size_t i = 0; i < json.size(); ++i) {
    if (json[i] != '\n') {
      out += json[i];
      continue;
    }
    while (i + 1 < json.size() && json[i + 1] == ' ') ++i;
  }
  return out;
}

void begin_line(std::string& out, std::string_view unit, int exit_code) {
  out += "{\"unit\":";
  core::append_json_string(out, unit);
  out += ",\"exit_code\":" + std::to_string(exit_code);
}

// 2 tells of a mistake, 1 of findings, 3 of something that was not analysed; above 100 something broke.
int rank(int exit_code) {
  switch (exit_code) {
    case 0: return 0;
    case 3: return 1;
    case 1: return 2;
    case 2: return 3;
    default: return 4;
  }
}

const char kOneScan[] = "is the report of one scan; results that can be merged are made with --work-list or --shard";

}  // namespace

std::string unit_line(std::string_view unit, int exit_code, const std::vector<FileOwners>& owners, std::string_view report) {
  std::string out;
  begin_line(out, unit, exit_code);
  out += ",\"owners\":[";
  for (const FileOwners& row : owners) {
    if (&row != &owners.front()) out += ',';
    out += "{\"file\":";
    core::append_json_string(out, row.file);
    out += ",\"owners\":[";
    for (const std::string& owner : row.owners) {
      if (&owner != &row.owners.front()) out += ',';
      core::append_json_string(out, owner);
    }
    out += "]}";
  }
  out += "],";
  std::string rest = on_one_line(core::trim(report));
  out.append(rest, 1);  // behind its opening brace
  return out + "\n";
}

std::string failed_unit_line(std::string_view unit, int exit_code, std::string_view error) {
  std::string out;
  begin_line(out, unit, exit_code);
  out += ",\"error\":";
  core::append_json_string(out, error);
  return out + "}\n";
}

core::Status Merge::put(std::string key, std::string_view text, std::string_view name) {
  auto [at, added] = items_.try_emplace(key, Item{std::string(text), std::string(name)});
  if (added || at->second.text == text) return core::ok();
  return core::Error{"conflict", "there are two different results of '" + key + "', in " + at->second.from + " and in " +
                                     std::string(name)};
}

core::Status Merge::add(std::string_view name, std::string text) {
  std::string_view begin = core::trim(std::string_view(text).substr(0, 4096));
  bool line = begin.starts_with("{\"unit\":");
  if (!line && begin.find("\"runs\"") != std::string_view::npos) return add_sarif(name, text);
  if (!line && !begin.empty() && begin.find("\"findings\"") != std::string_view::npos) {
    return core::Error{"syntax", std::string(name) + " " + kOneScan};
  }
  return add_lines(name, text);
}

core::Status Merge::add_lines(std::string_view name, std::string_view text) {
  if (kind_ == Kind::kSarif) return core::Error{"mixed", std::string(name) + " is no SARIF log like the files in front of it"};
  kind_ = Kind::kLines;
  for (size_t number = 1; !text.empty(); ++number) {
    size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (core::trim(line).empty()) continue;
    auto where = [&](const std::string& message) {
      return core::Error{"syntax", std::string(name) + ":" + std::to_string(number) + ": " + message};
    };
    auto tree = syntax::read_json(0, line, kMaxMergedFile);
    if (!tree->problems.empty()) return where(tree->problems.front().message);
    const Node* object = document_of(*tree);
    const Node* unit = member(object, "unit");
    const Node* code = member(object, "exit_code");
    if (!unit || unit->kind != NodeKind::kString || !code || code->kind != NodeKind::kNumber) {
      return where("expected the result of a unit, with \"unit\" and \"exit_code\"");
    }
    if (auto status = put(std::string(unit->text), line, name); !status) return status;
    int value = std::atoi(std::string(code->text).c_str());
    if (rank(value) > rank(exit_code_)) exit_code_ = value;
  }
  return core::ok();
}

core::Status Merge::add_sarif(std::string_view name, std::string_view text) {
  if (kind_ == Kind::kLines) return core::Error{"mixed", std::string(name) + " is a SARIF log, unlike the files in front of it"};
  kind_ = Kind::kSarif;
  auto wrong = [&](std::string_view words) { return core::Error{"syntax", std::string(name) + std::string(words)}; };
  bool found = false;
  std::vector<std::string_view> runs;
  if (!cut_elements(text, "runs", found, runs)) return wrong(" is no JSON: its brackets do not match");
  // What stands in front of the runs is small.
  std::string head(text.substr(0, runs.empty() ? text.size() : static_cast<size_t>(runs.front().data() - text.data())));
  if (!runs.empty()) head += "]}";
  auto tree = syntax::read_json(0, head);
  const Node* log = document_of(*tree);
  if (!found || !log) return wrong(" has no \"runs\": it is no SARIF log");
  const Node* version = member(log, "version");
  if (!version || version->text != "2.1.0") return wrong(" is no SARIF 2.1.0, or says so behind its runs");
  if (sarif_head_.empty()) {
    const Node* schema = member(log, "$schema");
    sarif_head_ = "{\n  \"$schema\": ";
    core::append_json_string(sarif_head_, schema ? schema->text : "https://json.schemastore.org/sarif-2.1.0.json");
    sarif_head_ += ",\n  \"version\": \"2.1.0\",\n  \"runs\": [";
  }
  for (std::string_view run : runs) {
    auto own = syntax::read_json(0, run, kMaxMergedFile);
    if (!own->problems.empty()) return wrong(": " + own->problems.front().message);
    const Node* id = member(member(document_of(*own), "automationDetails"), "id");
    if (auto status = put(id ? std::string(id->text) : "", run, name); !status) return status;
  }
  return core::ok();
}

std::string Merge::result() const {
  std::string out = sarif_head_;
  bool first = true;
  for (const auto& [key, item] : items_) {
    if (kind_ == Kind::kSarif) {
      out += first ? "\n    " : ",\n    ";
      out += item.text;
      first = false;
    } else {
      out += item.text;
      out += '\n';
    }
  }
  if (kind_ == Kind::kSarif) out += first ? "]\n}\n" : "\n  ]\n}\n";
  return out;
}

}  // namespace assay::pipeline
