#include "tests/unit/analyzer/lsp/editing.h"

#include <algorithm>

#include "analyzer/lsp/features.h"
#include "analyzer/pipeline/baseline.h"
#include "analyzer/pipeline/config.h"
#include "parsers/core/path.h"
#include "parsers/core/text.h"
#include "sarif/writer.h"

namespace assay::lsp {

void StampedFiles::write(const std::string& path, std::string text) {
  times_[path] = ++clock_;
  texts_[path] = text;
  add_file(path, std::move(text));
}

void StampedFiles::take_away(const std::string& path) {
  texts_.erase(path);
  times_.erase(path);
  remove(path);
}

core::Result<core::FileInfo> StampedFiles::stat(const std::string& path) const {
  auto info = core::MemoryFileSystem::stat(path);
  if (!info) return info;
  if (auto found = times_.find(core::normalize_path(path)); found != times_.end()) {
    info->modified_ns = info->changed_ns = found->second;
    info->inode = static_cast<uint64_t>(std::distance(times_.begin(), times_.find(found->first))) + 1000;
    info->device = 1;
  }
  return info;
}

AreaOptions options_of(const Area& area, const ClientSettings&, core::FileSystem& files, std::vector<pipeline::UsageError>& errors) {
  AreaOptions out;
  out.scan.paths = {area.path};
  out.scan.current_directory = area.is_file ? std::string(core::parent_path(area.path)) : area.path;
  out.scan.today = "2025-06-15";
  out.scan.version = "1";
  out.scan.all_texts = false;
  std::string path = pipeline::find_config(files, area.path);
  if (path.empty()) return out;
  auto absolute = [&](const std::string& one) { return core::normalize_path(core::join_path(out.scan.current_directory, one)); };
  pipeline::Config config = pipeline::read_config(files, path, out.scan.current_directory, errors);
  out.scan.only_rules = config.rules;
  out.scan.skip_rules = config.skip_rules;
  for (const std::string& one : config.policies) out.scan.policies.push_back(absolute(one));
  for (const std::string& one : config.variable_files) out.scan.load.variable_files.push_back(absolute(one));
  out.scan.maybe = config.maybe.value_or(false);
  if (config.severity) {
    for (auto one : {rules::Severity::kLow, rules::Severity::kMedium, rules::Severity::kHigh, rules::Severity::kCritical}) {
      if (*config.severity == rules::severity_name(one)) out.scan.minimum = one;
    }
  }
  out.scan.settings = config.settings;
  if (config.baseline) out.baseline = absolute(*config.baseline);
  return out;
}

std::shared_ptr<const Analysis> Oracle::analyse(const Snapshot& snapshot) {
  auto out = std::make_shared<Analysis>();
  out->revision = snapshot.revision;
  out->documents = snapshot.documents;
  for (const Area& area : snapshot.areas) out->areas.push_back(scan(area, snapshot));
  return out;
}

std::shared_ptr<const AreaAnalysis> Oracle::scan(const Area& area, const Snapshot& snapshot) {
  auto out = std::make_shared<AreaAnalysis>();
  out->area = area;
  Overlay files(*setup_.disk, snapshot.documents);
  if (!files.exists(area.path)) return out;
  AreaOptions options = setup_.options(area, snapshot.settings, files, out->errors);
  auto bare = [&] {
    pipeline::ScanOptions less;
    less.paths = options.scan.paths;
    less.current_directory = options.scan.current_directory;
    less.today = options.scan.today;
    less.version = options.scan.version;
    less.all_texts = options.scan.all_texts;
    return less;
  };
  auto last = good_.find(area.path);
  if (!out->errors.empty()) {
    if (last != good_.end()) options = last->second;
    else options.scan = bare();
  }
  auto scan = pipeline::scan(files, options.scan);
  if (!scan->usage_errors.empty()) {
    out->errors.insert(out->errors.end(), scan->usage_errors.begin(), scan->usage_errors.end());
    scan = pipeline::scan(files, last == good_.end() ? bare() : last->second.scan);
    if (!scan->usage_errors.empty()) scan = pipeline::scan(files, bare());
  } else if (out->errors.empty()) {
    good_[area.path] = options;
  }
  if (!scan->usage_errors.empty()) return out;
  if (!options.baseline.empty()) {
    auto baseline = pipeline::read_baseline(files, options.baseline, out->errors);
    if (out->errors.empty()) pipeline::apply_baseline(baseline, options.scan, *scan);
  }
  out->scan = std::move(scan);
  return out;
}

namespace {

std::string text_of(const Range& range) {
  return std::to_string(range.start.line) + ":" + std::to_string(range.start.character) + "-" + std::to_string(range.end.line) + ":" +
         std::to_string(range.end.character);
}

void outline(const std::vector<Symbol>& symbols, std::string& out) {
  for (const Symbol& one : symbols) {
    out += one.name + " " + text_of(one.range) + text_of(one.selection) + "{";
    outline(one.children, out);
    out += "}";
  }
}

}  // namespace

std::string told(const Analysis& analysis) {
  std::string out;
  for (const auto& [uri, list] : diagnostics_of(analysis, Encoding::kUtf16)) {
    for (const Diagnostic& one : list) {
      out += uri + " " + text_of(one.range) + " " + std::to_string(one.severity) + " " + one.code + " " + one.href + " " + one.fix;
      for (int tag : one.tags) out += " #" + std::to_string(tag);
      out += " " + one.message + "\n";
      for (const auto& [location, message] : one.related) out += "    " + location.uri + " " + text_of(location.range) + " " + message + "\n";
    }
  }
  for (const auto& area : analysis.areas) {
    for (const pipeline::UsageError& error : area->errors) out += "! " + error.file + ":" + std::to_string(error.line) + ": " + error.message + "\n";
  }
  return out;
}

std::string reported(const Analysis& analysis) {
  std::string out;
  for (const auto& area : analysis.areas) {
    if (!area->scan) continue;
    std::string text = report::write_json(area->scan->report, {});
    for (size_t at = text.find("\"duration_ms\""); at != std::string::npos; at = text.find("\"duration_ms\"", at + 1)) {
      size_t end = text.find_first_of(",}\n", at);
      text.erase(at + 13, end - at - 13);
    }
    out += text + "\n";
  }
  return out;
}

std::string answers(const Analysis& analysis, const core::FileSystem& disk, const std::string& path, uint32_t offset) {
  Query query(analysis, {}, path, Encoding::kUtf16);
  if (!query.lines()) return "nothing";
  std::string out;
  Position position = query.lines()->position(offset, Encoding::kUtf16);
  if (auto found = hover(query, position)) out += text_of(found->range) + " " + found->markdown + "\n";
  for (const Location& one : definition(query, position)) out += "defined " + one.uri + " " + text_of(one.range) + "\n";
  for (const Location& one : references(query, position, true)) out += "named " + one.uri + " " + text_of(one.range) + "\n";
  Range range = query.range(0, static_cast<uint32_t>(query.text().size()));
  for (const Hint& one : inlay_hints(query, range)) out += "hint " + text_of({one.position, one.position}) + one.label + "\n";
  outline(document_symbols(query), out);
  Overlay files(disk, analysis.documents);
  ActionContext context{files, [&](const Area& area) {
    std::vector<pipeline::UsageError> errors;
    return options_of(area, {}, files, errors);
  }, true};
  for (const Place& one : workspace_symbols(analysis, Encoding::kUtf16, "b")) out += "place " + one.name + one.container + one.at.uri + text_of(one.at.range) + "\n";
  for (const Action& one : code_actions(query, {position, position}, context)) {
    out += "\n" + one.kind + " " + one.title;
    for (const FileChanges& file : one.files) {
      for (const TextChange& change : file.changes) out += " " + file.uri + text_of(change.range) + change.text;
    }
  }
  return out;
}

// --- The workspace.
Workspace::Workspace(std::map<std::string, std::string> texts, uint32_t seed) : random_(seed), originals_(std::move(texts)) {
  for (const auto& [path, text] : originals_) {
    disk_.write(path, text);
    sources_[path] = path;
  }
  snapshot_.revision = snapshot_.disk_revision = 1;
  snapshot_.documents = std::make_shared<Documents>();
  snapshot_.areas = {{"/w", false}};
}

Setup Workspace::setup() const {
  Setup out;
  out.disk = &disk_;
  out.options = options_of;
  out.version = "1";
  out.synchronous = true;
  return out;
}

std::string Workspace::text_of(const std::string& path) const {
  auto open = snapshot_.documents->find(path);
  if (open != snapshot_.documents->end()) return open->second->text;
  auto there = disk_.texts().find(path);
  return there == disk_.texts().end() ? "" : there->second;
}

std::string Workspace::any_open() {
  if (snapshot_.documents->empty()) return {};
  return std::next(snapshot_.documents->begin(), static_cast<long>(roll(snapshot_.documents->size())))->first;
}

std::string Workspace::any_path() {
  if (disk_.texts().empty()) return any_open();
  return std::next(disk_.texts().begin(), static_cast<long>(roll(disk_.texts().size())))->first;
}

void Workspace::put(const std::string& path, std::string text) {
  auto next = std::make_shared<Documents>(*snapshot_.documents);
  (*next)[path] = std::make_shared<Document>(uri_of_path(path), path, "", ++version_, std::move(text));
  snapshot_.documents = std::move(next);
}

void Workspace::close(const std::string& path) {
  auto next = std::make_shared<Documents>(*snapshot_.documents);
  next->erase(path);
  snapshot_.documents = std::move(next);
  undo_.erase(path);
}

void Workspace::disk_changed() { ++snapshot_.disk_revision; }

// Something that keeps the file whole: another value for one there.
std::string Workspace::flipped(const std::string& text) {
  static const std::vector<std::pair<std::string, std::string>> kPairs = {
      {"true", "false"}, {"private", "public-read"}, {"22", "443"}, {"0.0.0.0/0", "10.0.0.0/8"}, {"nginx:latest", "nginx:1.27"}, {"web", "api"},
      {"var.acl", "\"public-read\""}, {"Private", "PublicRead"}, {"count = 2", "count = var.many"}, {"AWS0101", "AWS0102"}, {"high", "low"},
      {"shop", "bank"}, {"prod", "dev"}, {"settings", "setting"}, {"ClusterRole", "Role"}, {"\"*\"", "\"s3:GetObject\""}, {"Ref Acl", "Ref Env"},
      {"./modules/net", "./modules/nets"}, {"module.net.id", "module.net.name"}, {"[\"a\", \"b\"]", "[\"a\"]"}, {"AccessControl", "AccessControls"},
      {"maybe: true", "maybe: false"}, {"public-acl", "own"}, {"default", "defaults"}, {"MinLength", "MaxLength"}};
  std::vector<std::pair<size_t, std::pair<std::string, std::string>>> found;
  for (const auto& [a, b] : kPairs) {
    for (const auto& [from, to] : {std::pair(a, b), std::pair(b, a)}) {
      for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + 1)) found.push_back({at, {from, to}});
    }
  }
  if (found.empty()) return text;
  const auto& [at, change] = found[roll(found.size())];
  return text.substr(0, at) + change.second + text.substr(at + change.first.size());
}

std::string Workspace::changed(const std::string& path, const std::string& text) {
  static const std::vector<std::string> kPieces = {
      "\"", "}", "{", "\n", " ", "  ", "- ", ":", "'", "#", "é", "\U0001f600", "private", "public-read", "var.acl", "local.name", "true", "[", "]", "x",
      "\r\n", "\t", "---\n", "\n---\n", "${", "<<EOT\n", "EOT\n", "# assay:ignore AWS0101 as agreed\n", "# assay:ignore\n", "privileged: true\n",
      "\nresource \"aws_s3_bucket\" \"n\" {}\n", "\nvariable \"many\" {\n  default = 3\n}\n", "count = 2\n", "password = \"hunter2hunter2\"\n",
      "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {hostNetwork: true, containers: [{name: a, image: b}]}\n",
      "!Ref Acl", "!Sub \"${Site}\"", "rules: [AWS*]\n", "skip-rules: [AWS0101]\n", "maybe: true\n", "severity: high\n"};
  size_t size = text.size();
  size_t at = roll(size + 1);
  switch (roll(9)) {
    case 0: return text.substr(0, at) + text.substr(std::min(size, at + 1 + roll(12)));
    case 1: return text.substr(0, at) + kPieces[roll(kPieces.size())] + text.substr(at);
    case 2: return text.substr(0, at) + kPieces[roll(kPieces.size())] + text.substr(std::min(size, at + 1 + roll(6)));
    case 3: {  // pasted from somewhere
      std::string other = text_of(any_path());
      size_t from = roll(other.size() + 1);
      return text.substr(0, at) + other.substr(from, roll(120)) + text.substr(at);
    }
    case 4: {  // a whole line, to another place
      size_t begin = text.rfind('\n', at == 0 ? 0 : at - 1), end = text.find('\n', at);
      if (begin == std::string::npos || end == std::string::npos || end <= begin) return flipped(text);
      std::string line = text.substr(begin, end - begin), rest = text.substr(0, begin) + text.substr(end);
      size_t to = rest.find('\n', roll(rest.size() + 1));
      return to == std::string::npos ? rest + line : rest.substr(0, to) + line + rest.substr(to);
    }
    case 5:
    case 6: return flipped(text);
    case 7: {
      auto& undo = undo_[path];
      if (undo.empty()) return flipped(text);
      std::string back = undo.back();
      undo.pop_back();
      return back;
    }
    default: return originals_.at(sources_.at(path));
  }
}

std::string Workspace::edit() {
  ++snapshot_.revision;
  size_t kind = roll(100);
  std::string open = any_open(), path = any_path();
  if (snapshot_.documents->size() < 4 && roll(3) == 0) kind = 72;
  if (kind < 70 && !open.empty()) {
    std::string before = text_of(open), after = changed(open, before);
    if (after.size() > 20'000) after = originals_.at(sources_.at(open));
    if (auto& undo = undo_[open]; undo.size() < 50) undo.push_back(before);
    put(open, std::move(after));
    return "typed in " + open;
  }
  if (kind < 78 && !path.empty()) {
    if (snapshot_.documents->size() > 12 && !open.empty()) {
      close(open);
      return "closed " + open;
    }
    put(path, text_of(path));
    return "opened " + path;
  }
  if (kind < 83 && !open.empty()) {
    disk_.write(open, text_of(open));
    disk_changed();
    return "saved " + open;
  }
  if (kind < 86 && !open.empty()) {
    close(open);
    return "closed " + open;
  }
  if (kind < 91 && !path.empty()) {
    std::string text = roll(2) == 0 ? flipped(text_of(path)) : originals_.at(sources_.at(path));
    disk_.write(path, std::move(text));
    disk_changed();
    return "wrote " + path;
  }
  if (kind < 94 && !path.empty()) {
    // Renamed, within its directory or to another one; back again if it was.
    std::string source = sources_.at(path), to = source;
    if (path == source) {
      to = std::string(core::parent_path(path)) + (roll(3) == 0 ? "/sub/r" : "/r") + std::to_string(roll(3)) + std::string(core::base_name(path));
    }
    if (disk_.texts().contains(to) || snapshot_.documents->contains(to)) return "nothing";
    bool was_open = snapshot_.documents->contains(path);
    std::string text = text_of(path);
    if (was_open) close(path);
    disk_.write(to, disk_.texts().at(path));
    disk_.take_away(path);
    sources_[to] = source;
    if (was_open) put(to, text);
    disk_changed();
    return "renamed " + path + " to " + to;
  }
  if (kind < 97) {
    // A new file: on disk, or only open so far.
    const std::string source = std::next(originals_.begin(), static_cast<long>(roll(originals_.size())))->first;
    std::string to = std::string(core::parent_path(source)) + "/n" + std::to_string(names_++ % 3) + std::string(core::base_name(source));
    if (core::base_name(source) == "assay.yaml" || core::extension(source) == ".md") to = source;
    sources_[to] = source;
    if (roll(2) == 0) {
      put(to, flipped(originals_.at(source)));
      return "began " + to;
    }
    disk_.write(to, originals_.at(source));
    disk_changed();
    return "created " + to;
  }
  if (!path.empty() && disk_.texts().size() > 3) {
    // What was made is taken away first, so that the workspace does not grow.
    for (const auto& [one, text] : disk_.texts()) {
      if (!originals_.contains(one)) path = one;
    }
    disk_.take_away(path);
    if (snapshot_.documents->contains(path) && roll(2) == 0) close(path);
    disk_changed();
    return "deleted " + path;
  }
  return "nothing";
}

std::pair<std::string, uint32_t> Workspace::place() {
  std::string path = roll(2) == 0 && !snapshot_.documents->empty() ? any_open() : any_path();
  return {path, static_cast<uint32_t>(roll(text_of(path).size() + 1))};
}

std::string Workspace::show() const {
  std::map<std::string, std::string> all = disk_.texts();
  for (const auto& [path, document] : *snapshot_.documents) all[path + " (open)"] = document->text;
  std::string out;
  for (const auto& [path, text] : all) out += "=== " + path + "\n" + text + "\n";
  return out;
}

}  // namespace assay::lsp
