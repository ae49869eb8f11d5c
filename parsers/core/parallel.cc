#include "parsers/core/parallel.h"

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>

#include "parsers/core/deadline.h"

#ifdef ASSAY_PARALLEL_THREADS
#include <vector>
#else
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/partitioner.h>
#include <tbb/task_arena.h>
#endif

namespace assay::core {
namespace {

// Readers and evaluators recurse to bounded depth (limits.h). The deepest chain that was found (blocks whose
// contents are those of another, a thousand times) needs 5 MiB in a release build and several times that
// under a sanitizer. Memory is only taken for what is touched.
constexpr size_t kStackBytes = 64u << 20;

void* call(void* work) {
  (*static_cast<const std::function<void()>*>(work))();
  return nullptr;
}

// False: no thread could be had, and nothing ran.
bool run_on_thread(const std::function<void()>& work, pthread_t& thread) {
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return false;
  pthread_attr_setstacksize(&attributes, kStackBytes);
  void* argument = const_cast<std::function<void()>*>(&work);
  bool started = pthread_create(&thread, &attributes, call, argument) == 0;
  pthread_attr_destroy(&attributes);
  return started;
}

void run_workers(unsigned workers, const std::function<void(unsigned)>& work) {
#ifdef ASSAY_PARALLEL_THREADS
  std::vector<std::function<void()>> parts;
  for (unsigned worker = 1; worker < workers; ++worker) parts.push_back([&work, worker] { work(worker); });
  std::vector<pthread_t> threads;
  for (const std::function<void()>& part : parts) {
    pthread_t thread;
    if (run_on_thread(part, thread)) threads.push_back(thread);
  }
  work(0);  // takes what is left, so a thread that could not start is not missed
  for (pthread_t thread : threads) pthread_join(thread, nullptr);
#else
  static tbb::global_control stack(tbb::global_control::thread_stack_size, kStackBytes);
  tbb::task_arena arena(static_cast<int>(workers));
  arena.execute([&] { tbb::parallel_for(0u, workers, 1u, work, tbb::simple_partitioner()); });
#endif
}

}  // namespace

namespace {

// The stack of a process's first thread grows up to the limit that holds at the time, so that raising the limit is
// enough (setrlimit(2)). A second thread would have a heap of its own as well.
bool raise_stack_limit() {
  if (getpid() != gettid()) return false;
  rlimit limit{};
  if (getrlimit(RLIMIT_STACK, &limit) != 0) return false;
  if (limit.rlim_cur >= kStackBytes) return true;
  if (limit.rlim_max < kStackBytes) return false;
  limit.rlim_cur = kStackBytes;
  return setrlimit(RLIMIT_STACK, &limit) == 0;
}

}  // namespace

void with_deep_stack(const std::function<void()>& work) {
  pthread_t thread;
  if (raise_stack_limit()) return work();
  const std::function<void()> watched = [&work, flag = Watch::current()] {
    Watch watch(flag);
    work();
  };
  if (run_on_thread(watched, thread)) {
    pthread_join(thread, nullptr);
  } else {
    work();
  }
}

unsigned available_processors() {
  cpu_set_t set;
  int count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
  return count < 1 ? 1 : static_cast<unsigned>(count);
}

unsigned sensible_jobs(size_t files, size_t bytes, unsigned jobs) {
  if (files < kSerialFiles && bytes < kSerialBytes) return 1;
  return jobs == 0 ? available_processors() : jobs;
}

void parallel_for(size_t count, size_t grain, unsigned jobs,
                  const std::function<void(size_t, size_t, unsigned)>& body) {
  grain = std::max<size_t>(grain, 1);
  size_t chunks = count / grain + (count % grain != 0);
  auto chunk = [&](size_t index, unsigned worker) {
    body(index * grain, std::min(count, (index + 1) * grain), worker);
  };
  if (jobs <= 1 || chunks <= 1) {
    for (size_t index = 0; index < chunks && !cancelled(); ++index) chunk(index, 0);
    return;
  }
  // Every worker takes the next chunk until none is left, so uneven chunks balance themselves.
  std::atomic<size_t> next{0};
  unsigned workers = static_cast<unsigned>(std::min<size_t>(jobs, chunks));
#ifndef ASSAY_PARALLEL_THREADS
  workers = std::min(workers, available_processors());  // TBB warns about more
#endif
  run_workers(workers, [&, flag = Watch::current()](unsigned worker) noexcept {
    Watch watch(flag);
    for (;;) {
      size_t index = next.fetch_add(1, std::memory_order_relaxed);
      if (index >= chunks || cancelled()) return;
      chunk(index, worker);
    }
  });
}

}  // namespace assay::core
