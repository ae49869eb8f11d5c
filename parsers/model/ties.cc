#include "parsers/model/ties.h"

#include <algorithm>

#include "parsers/core/hash.h"

namespace assay::model {

Tie make_tie(TieKind kind, std::string_view a, std::string_view b, std::string_view c) {
  return core::Hasher(static_cast<uint64_t>(kind) + 1).add(a).add(b).add(c).finish();
}

void sort_ties(Ties& ties) {
  std::sort(ties.begin(), ties.end());
  ties.erase(std::unique(ties.begin(), ties.end()), ties.end());
}

}  // namespace assay::model
