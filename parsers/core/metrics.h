// Where the time goes: scoped timers and counters behind `--stats` (a table) and `--trace FILE`
// (Chrome's trace format, for chrome://tracing or Perfetto).
//
//   void read_file(...) { ASSAY_METRIC("read"); ... ASSAY_COUNT("bytes read", text.size()); }
//
// Switched off, which is the default, each costs one load and one branch. Names are string
// literals; equal names add up. Threads: safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace assay::core::metrics {

enum class Mode : int { kOff, kStats, kTrace };  // kTrace also keeps the totals of kStats

void enable(Mode mode);
// Forgets all numbers and events, for tests.
void reset();

struct Row {
  std::string name;
  uint64_t count = 0;     // times a scope ran, or the sum of a counter
  uint64_t total_ns = 0;  // over all threads, so it may exceed the wall time; 0 for counters
  bool is_counter = false;
};
std::vector<Row> rows();  // timers, longest first, then counters by name
std::string stats_table();
// The most memory this process has had resident so far, in KiB; 0 where the system does not tell.
uint64_t peak_memory_kib();
std::string trace_json();

namespace internal {

extern std::atomic<int> mode;
inline bool enabled() { return mode.load(std::memory_order_relaxed) != 0; }

class Cell;
Cell& timer(const char* name);
Cell& counter(const char* name);
void add(Cell& cell, uint64_t amount);
uint64_t now_ns();
void finish(Cell& cell, uint64_t started_ns, std::string_view detail);

class Scope {
 public:
  // `detail` (a path, a rule id) is shown in traces only and must outlive the scope.
  explicit Scope(Cell* cell, std::string_view detail = {}) : cell_(cell), detail_(detail) {
    if (cell_ != nullptr) started_ = now_ns();
  }
  ~Scope() {
    if (cell_ != nullptr) finish(*cell_, started_, detail_);
  }
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

 private:
  Cell* cell_;
  std::string_view detail_;
  uint64_t started_ = 0;
};

}  // namespace internal
}  // namespace assay::core::metrics

#define ASSAY_METRIC_JOIN_(a, b) a##b
#define ASSAY_METRIC_NAME_(line) ASSAY_METRIC_JOIN_(assay_metric_scope_, line)
// The lambda gives each use its own lookup, done once and only when metrics are on.
#define ASSAY_METRIC_CELL_(kind, name) \
  (::assay::core::metrics::internal::enabled()                               \
       ? [] {                                                                \
           static auto& cell = ::assay::core::metrics::internal::kind(name); \
           return &cell;                                                     \
         }()                                                                 \
       : nullptr)
#define ASSAY_METRIC(name)                                              \
  ::assay::core::metrics::internal::Scope ASSAY_METRIC_NAME_(__LINE__)( \
      ASSAY_METRIC_CELL_(timer, name))
#define ASSAY_METRIC_DETAIL(name, detail)                               \
  ::assay::core::metrics::internal::Scope ASSAY_METRIC_NAME_(__LINE__)( \
      ASSAY_METRIC_CELL_(timer, name), detail)
#define ASSAY_COUNT(name, amount)                            \
  do {                                                       \
    if (auto* cell_ = ASSAY_METRIC_CELL_(counter, name)) {   \
      ::assay::core::metrics::internal::add(*cell_, amount); \
    }                                                        \
  } while (false)
