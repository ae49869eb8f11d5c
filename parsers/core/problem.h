// Problem: something is wrong in the user's text, or some input could not be analysed. Readers and
// evaluators append Problems and go on; they never stop at the first. Problems become rows of the
// JSON report, SARIF notifications and exit code 3.
#pragma once

#include <string>
#include <vector>

#include "parsers/core/span.h"

namespace assay::core {

enum class ProblemSeverity : uint8_t {
  kNote,     // worth knowing; does not change the exit code
  kWarning,  // something was not analysed: exit code 3 unless --allow-partial
  kError,    // a file or a part of it could not be read: exit code 3 unless --allow-partial
};

struct Problem {
  ProblemSeverity severity = ProblemSeverity::kError;
  std::string code;  // stable, kebab-case, prefixed by its area: "hcl-syntax", "yaml-duplicate-key"
  std::string message;  // says what is wrong and, where possible, what to write instead
  Span span;            // invalid when no file is concerned; {file, 0, 0} for a whole file
  Span related;         // a second place, such as the first of two equal keys; may be invalid
  std::string path;     // for problems with files that were never registered (unreadable, ...)
};

using Problems = std::vector<Problem>;

inline void add_problem(Problems& problems, ProblemSeverity severity, std::string code,
                        std::string message, Span span = {}, Span related = {}) {
  problems.push_back({severity, std::move(code), std::move(message), span, related, {}});
}

}  // namespace assay::core
