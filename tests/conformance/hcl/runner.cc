// Reads every file of the HCL oracle and compares with Terraform's verdict: accepted or rejected,
// and, as a figure only, the line of the first error. A case listed in passing.txt may never fail
// again; --update rewrites that list, --verbose prints every disagreement.
//
// Data: $ASSAY_SHARED (default ../shared) /oracles/hcl-verdicts.tsv and /oracles/hcl/.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "parsers/core/source.h"
#include "parsers/syntax/hcl/reader.h"

namespace {

struct Case {
  std::string file;
  bool accepted = false;
  std::string first_error;
  unsigned line = 0;
};

bool read_file(const std::string& path, std::string& out) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return false;
  std::ostringstream text;
  text << in.rdbuf();
  out = text.str();
  return true;
}

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> fields;
  std::istringstream in(line);
  for (std::string field; std::getline(in, field, '\t');) fields.push_back(field);
  fields.resize(std::max<size_t>(fields.size(), 6));
  return fields;
}

std::vector<Case> read_cases(const std::string& path) {
  std::vector<Case> cases;
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);  // the heading
  while (std::getline(in, line)) {
    std::vector<std::string> fields = split(line);
    cases.push_back({fields[0], fields[1] == "accept", fields[2],
                     static_cast<unsigned>(std::strtoul(fields[3].c_str(), nullptr, 10))});
  }
  return cases;
}

// The line of the first error, 0 when there is none.
unsigned first_error_line(const assay::syntax::Tree& tree, const assay::core::LineIndex& lines) {
  unsigned first = 0;
  for (const assay::core::Problem& problem : tree.problems) {
    unsigned line = lines.position(problem.span.begin).line;
    if (first == 0 || line < first) first = line;
  }
  return first;
}

}  // namespace

int main(int argc, char** argv) {
  bool update = false, verbose = false;
  for (int i = 1; i < argc; ++i) {
    update |= std::strcmp(argv[i], "--update") == 0;
    verbose |= std::strcmp(argv[i], "--verbose") == 0;
  }
  const char* shared = std::getenv("ASSAY_SHARED");
  std::string root = std::string(shared ? shared : ASSAY_SOURCE_DIR "/../shared") + "/oracles/";
  std::string list = ASSAY_SOURCE_DIR "/tests/conformance/hcl/passing.txt";

  std::set<std::string> must_pass, passing;
  std::ifstream in(list);
  for (std::string line; std::getline(in, line);) {
    if (!line.empty() && line[0] != '#') must_pass.insert(line);
  }

  unsigned passed = 0, failed = 0, skipped = 0, broken = 0, rejected = 0, same_line = 0;
  std::vector<Case> cases = read_cases(root + "hcl-verdicts.tsv");
  if (cases.empty()) {
    std::printf("no data below %s\n", root.c_str());
    std::printf("suite=hcl-verdicts cases=%zu passed=0 failed=0 skipped=%zu\n", must_pass.size(),
                must_pass.size());
    return 0;
  }
  for (const Case& c : cases) {
    std::string text;
    if (!read_file(root + "hcl/" + c.file, text)) {
      ++skipped;
      continue;
    }
    auto tree = assay::syntax::read_hcl(0, text);
    bool good = tree->accepted == c.accepted && tree->accepted == tree->problems.empty();
    ++(good ? passed : failed);
    if (good) passing.insert(c.file);
    if (!good && must_pass.count(c.file)) {
      ++broken;
      std::printf("no longer passes: %s\n", c.file.c_str());
    }
    unsigned line = first_error_line(*tree, assay::core::LineIndex(text));
    if (good && !c.accepted) {
      ++rejected;
      same_line += line == c.line;
    }
    if (verbose && (!good || line != c.line)) {
      std::printf("%s: expected %s (%s, line %u), got %s, line %u: %s\n", c.file.c_str(),
                  c.accepted ? "accept" : "reject", c.first_error.c_str(), c.line,
                  tree->accepted ? "accept" : "reject", line,
                  tree->problems.empty() ? "" : tree->problems[0].message.c_str());
    }
  }
  if (update && failed + passed > 0) {
    std::ofstream out(list);
    out << "# Files of the HCL oracle on which Assay agrees with Terraform; see runner.cc.\n";
    for (const std::string& file : passing) out << file << '\n';
  }
  std::printf("first error on the same line: %u of %u rejected files\n", same_line, rejected);
  std::printf("suite=hcl-verdicts cases=%zu passed=%u failed=%u skipped=%u\n", cases.size(), passed,
              failed, skipped);
  return broken > 0 && !update ? 1 : 0;
}
