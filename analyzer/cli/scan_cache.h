// When a scan may use the cache, and what it depends on besides files (analyzer/pipeline/cache/cache.h).
#pragma once

#include <memory>

#include "analyzer/cli/options.h"
#include "analyzer/pipeline/cache/cache.h"

namespace assay::cli {

// Null where nothing is kept: --no-cache, no directory for it, or options whose work is not in the report.
std::unique_ptr<pipeline::cache::Session> open_cache(const Options& options, const core::FileSystem& disk);

}  // namespace assay::cli
