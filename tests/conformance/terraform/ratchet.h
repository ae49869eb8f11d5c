// The list of cases that passed once and may never fail again, and the counters of a run. Used by
// the runners of this folder; single-threaded.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace assay::conformance {

class Ratchet {
 public:
  // `suite` names the run; `list` is a file beside the runners. Options: --update, --verbose.
  Ratchet(std::string suite, std::string_view list, int argc, char** argv);

  void pass(const std::string& name);
  // `detail` is printed with --verbose, and when the case passed before.
  void fail(const std::string& name, const std::string& detail);
  void skip() { ++skipped_; }
  // Prints the counts, rewrites the list with --update; returns the exit code.
  int finish();
  // Where the shared data lies.
  static std::string shared();

 private:
  std::string suite_, path_;
  bool update_ = false, verbose_ = false;
  std::set<std::string> must_pass_, passing_;
  unsigned passed_ = 0, failed_ = 0, skipped_ = 0, broken_ = 0;
};

}  // namespace assay::conformance
