// A workspace that is edited at random, and what a fresh scan of the same texts says: the oracle of the engine.
//
// Texts lie on a disk in memory, whose files have times as real ones do, and open documents stand in front of it. The
// oracle is pipeline::scan of everything, with the same rule for mistakes in a configuration as the server has (the last
// whole one counts); it keeps nothing else between two questions. Used by random_edits_test.cc. One thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "analyzer/lsp/engine.h"
#include "parsers/core/file_system.h"

namespace assay::lsp {

// A disk in memory whose files have times and numbers.
class StampedFiles : public core::MemoryFileSystem {
 public:
  void write(const std::string& path, std::string text);
  void take_away(const std::string& path);
  core::Result<core::FileInfo> stat(const std::string& path) const override;
  const std::map<std::string, std::string>& texts() const { return texts_; }

 private:
  std::map<std::string, std::string> texts_;
  std::map<std::string, int64_t> times_;
  int64_t clock_ = 1;
};

// Options from the assay.yaml of the area alone.
AreaOptions options_of(const Area& area, const ClientSettings& settings, core::FileSystem& files, std::vector<pipeline::UsageError>& errors);

class Oracle {
 public:
  explicit Oracle(const Setup& setup) : setup_(setup) {}
  std::shared_ptr<const Analysis> analyse(const Snapshot& snapshot);

 private:
  std::shared_ptr<const AreaAnalysis> scan(const Area& area, const Snapshot& snapshot);
  const Setup setup_;
  std::map<std::string, AreaOptions> good_;
};

// What a client could see of an analysis: every diagnostic, line by line.
std::string told(const Analysis& analysis);
// And what else reports say: coverage, suppressed findings, summary, as JSON without the time it took.
std::string reported(const Analysis& analysis);
// Answers about a place of a document: hover, definition, references, symbols, hints, fixes.
std::string answers(const Analysis& analysis, const core::FileSystem& disk, const std::string& path, uint32_t offset);

class Workspace {
 public:
  Workspace(std::map<std::string, std::string> texts, uint32_t seed);
  Setup setup() const;
  // One edit; what was done, for messages.
  std::string edit();
  const Snapshot& snapshot() const { return snapshot_; }
  // A path and an offset where something may be asked.
  std::pair<std::string, uint32_t> place();
  // All texts as they count now.
  std::string show() const;

 private:
  size_t roll(size_t count) { return std::uniform_int_distribution<size_t>(0, count - 1)(random_); }
  std::string text_of(const std::string& path) const;
  std::string any_open();
  std::string any_path();
  std::string changed(const std::string& path, const std::string& text);
  std::string flipped(const std::string& text);
  void put(const std::string& path, std::string text);
  void close(const std::string& path);
  void disk_changed();

  std::mt19937 random_;
  const std::map<std::string, std::string> originals_;
  StampedFiles disk_;
  std::map<std::string, std::vector<std::string>> undo_;
  Snapshot snapshot_;
  std::map<std::string, std::string> sources_;  // of paths: whose original they go back to
  int64_t version_ = 1;
  int names_ = 0;
};

}  // namespace assay::lsp
