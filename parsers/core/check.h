// ASSAY_CHECK: programmer errors, and only those. It is on in every build, never reachable from
// input (the fuzz targets prove it), and aborts with the place. The user's mistakes are Problems,
// the environment's failures are Results.
#pragma once

namespace assay::core {
[[noreturn]] void check_failed(const char* condition, const char* file, int line);
}  // namespace assay::core

#define ASSAY_CHECK(condition) \
  ((condition) ? (void)0 : ::assay::core::check_failed(#condition, __FILE__, __LINE__))
