// The last step of the text report: what reaches a terminal holds no control sequences but our own colours. Names and
// source lines come from the code under analysis, and a sequence in them could hide a finding, rename the window or worse.
// Code frames and Markdown go through it, too. Pure. Threads: safe.
#pragma once

#include <string>

namespace assay::report {

// Control characters become U+FFFD, but for line breaks, tabs and, where `color` is set, the sequences that Painter makes;
// so do the characters that reverse the direction of text (U+202A..U+202E, U+2066..U+2069).
std::string safe_for_terminal(std::string text, bool color);

}  // namespace assay::report
