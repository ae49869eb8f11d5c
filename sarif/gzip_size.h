// How large a text is once it is packed: GitHub limits what an upload weighs as gzip. Called by the SARIF writer.
// Pure. Threads: safe.
#pragma once

#include <cstdint>
#include <string_view>

namespace assay::report {

// Bytes of `text` as gzip at the usual level (RFC 1952).
uint64_t gzip_size(std::string_view text);

}  // namespace assay::report
