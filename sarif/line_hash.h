// GitHub's primaryLocationLineHash, computed as its upload action does (codeql-action, fingerprints.ts),
// so that alerts keep their identity whether we or the action computed it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace assay::report {

// One hash per line (index 0 is line 1), as "hex:occurrence".
std::vector<std::string> line_hashes(std::string_view text);

}  // namespace assay::report
