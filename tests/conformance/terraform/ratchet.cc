#include "tests/conformance/terraform/ratchet.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace assay::conformance {

Ratchet::Ratchet(std::string suite, std::string_view list, int argc, char** argv)
    : suite_(std::move(suite)),
      path_(std::string(ASSAY_SOURCE_DIR "/tests/conformance/terraform/") + std::string(list)) {
  for (int i = 1; i < argc; ++i) {
    update_ = update_ || std::string_view(argv[i]) == "--update";
    verbose_ = verbose_ || std::string_view(argv[i]) == "--verbose";
  }
  std::ifstream in(path_);
  for (std::string line; std::getline(in, line);) {
    if (!line.empty() && line.compare(0, 2, "# ") != 0) must_pass_.insert(line);
  }
}

void Ratchet::pass(const std::string& name) {
  ++passed_;
  passing_.insert(name);
}

void Ratchet::fail(const std::string& name, const std::string& detail) {
  ++failed_;
  bool before = must_pass_.count(name) > 0;
  if (before) {
    ++broken_;
    std::printf("no longer passes: %s\n", name.c_str());
  }
  if (verbose_ || before) std::printf("FAIL %s\n  %s\n", name.c_str(), detail.c_str());
}

int Ratchet::finish() {
  unsigned cases = passed_ + failed_ + skipped_;
  if (update_ && passed_ + failed_ > 0) {
    std::ofstream out(path_);
    out << "# Cases on which Assay agrees with Terraform; rewritten with --update.\n";
    for (const std::string& name : passing_) out << name << '\n';
  }
  std::printf("suite=%s cases=%u passed=%u failed=%u skipped=%u\n", suite_.c_str(), cases, passed_, failed_,
              skipped_);
  return broken_ > 0 && !update_ ? 1 : 0;
}

std::string Ratchet::shared() {
  const char* given = std::getenv("ASSAY_SHARED");
  return given ? given : ASSAY_SOURCE_DIR "/../shared";
}

}  // namespace assay::conformance
