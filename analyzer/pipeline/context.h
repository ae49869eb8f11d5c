// What of a scan is about its focus: which roots take part in it, which files and problems are told of, and how
// reports name them. Everything is judged in the context that discovery found (discover.h); this is what makes the
// report of some files a part of the report of all of them.
//
// Called by pipeline.cc. Threads: one.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/pipeline/discover.h"
#include "analyzer/pipeline/parse.h"
#include "parsers/model/resource.h"
#include "rules/engine/finding.h"

namespace assay::pipeline {

// The files that a root is made of, by id.
using FilesOfRoot = std::vector<core::FileId>;

// Of roots[i], made of files[i], those that neither a file of `focus` (sorted) is part of nor one that roots of the
// focus are made of; sorted by address.
std::vector<const model::Root*> roots_aside(const std::vector<const model::Root*>& roots,
                                            const std::vector<FilesOfRoot>& files,
                                            const std::vector<core::FileId>& focus);

// Which files the coverage and the problems of a report are about.
class Told {
 public:
  Told(const Discovery& discovery, const core::SourceSet& sources, const std::vector<ParsedFile>& parsed);
  bool tells(std::string_view path) const;
  bool tells_root(std::string_view path) const;
  bool tells(const core::Problem& problem, const core::SourceSet& sources) const;
  size_t count() const { return all_ ? known_ : told_.size(); }

 private:
  bool all_;
  size_t known_ = 0;
  std::set<std::string, std::less<>> told_, others_;
};

// From paths below discovery.base to paths as the user sees them.
void show_paths(const Discovery& discovery, core::SourceSet& sources, rules::Report& report);

}  // namespace assay::pipeline
