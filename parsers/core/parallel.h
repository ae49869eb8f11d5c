// Data parallelism: one function over a range of indices. It hides the library underneath (oneTBB,
// or plain threads under ThreadSanitizer, which does not understand TBB).
//
// Starting TBB costs about 450 us, so nothing is started for one job or one chunk of work: ask
// sensible_jobs() first. The result must not depend on `worker` or on timing: write to slot `i`.
#pragma once

#include <cstddef>
#include <functional>

namespace assay::core {

// Below these a scan is done before the pool would have started.
inline constexpr size_t kSerialBytes = 256 * 1024;
inline constexpr size_t kSerialFiles = 16;

// Processors this process may use, at least 1.
unsigned available_processors();

// How many jobs pay for `files` files of together `bytes`: 1 or `jobs`; `jobs` 0 means all
// processors.
unsigned sensible_jobs(size_t files, size_t bytes, unsigned jobs);

// Runs `work` and returns when it is done, on a stack that is deep enough for everything that limits.h
// allows to be nested, several times over, whatever the shell's limit is. The workers below have the same.
void with_deep_stack(const std::function<void()>& work);

// Calls `body(begin, end, worker)` for chunks of at most `grain` indices that together cover
// [0, count), each once, and returns when all are done. At most `jobs` run at a time; no two of
// them at one time share a `worker` number, which is below max(jobs, 1): it picks a scratch arena.
// With jobs <= 1 or a single chunk everything runs on the caller, in order.
// Where a Watch (deadline.h) says that nobody needs the result, the chunks that are left are not run.
// `body` must not throw (that ends the program); it may call parallel_for again.
void parallel_for(size_t count, size_t grain, unsigned jobs,
                  const std::function<void(size_t begin, size_t end, unsigned worker)>& body);

}  // namespace assay::core
