// Turns trees back into what the YAML test suite states: the event stream, and the JSON value. Only
// the tree and its source are used, which shows that the reader loses nothing.
#pragma once

#include <string>
#include <vector>

#include "parsers/syntax/tree.h"

namespace assay::conformance {

// One event per element, in the suite's notation ("+MAP {} &a <tag:...>", "=VAL :text").
std::vector<std::string> events_of(const syntax::Tree& tree);
// A canonical text of the value of every document: keys sorted, numbers as doubles. YAML scalars
// are typed by the core schema.
std::string values_of(const syntax::Tree& tree);

}  // namespace assay::conformance
