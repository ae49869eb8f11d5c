#include "parsers/core/metrics.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>
#include <memory>
#include <mutex>

#include "parsers/core/json_writer.h"

namespace assay::core::metrics {
namespace internal {

std::atomic<int> mode{0};

class Cell {
 public:
  Cell(const char* name, bool is_counter) : name_(name), is_counter_(is_counter) {}
  void add(uint64_t count, uint64_t ns) {
    count_.fetch_add(count, std::memory_order_relaxed);
    total_ns_.fetch_add(ns, std::memory_order_relaxed);
  }
  void clear() {
    count_ = 0;
    total_ns_ = 0;
  }
  const std::string& name() const { return name_; }
  Row row() const { return {name_, count_.load(), total_ns_.load(), is_counter_}; }

 private:
  std::string name_;
  bool is_counter_;
  std::atomic<uint64_t> count_{0}, total_ns_{0};
};

}  // namespace internal

namespace {

using internal::Cell;

struct Event {
  const Cell* cell;
  uint64_t started_ns, duration_ns;
  unsigned thread;
  std::string detail;
};

// A trace of more events than this helps nobody; the totals go on.
constexpr size_t kMaxEvents = 2'000'000;

struct State {
  std::mutex mutex;
  std::map<std::string, std::unique_ptr<Cell>, std::less<>> timers, counters;
  std::vector<Event> events;
};

State& state() {
  static auto* all = new State;  // never destroyed: scopes may end during exit
  return *all;
}

unsigned thread_number() {
  static std::atomic<unsigned> next{1};
  thread_local unsigned mine = next++;
  return mine;
}

Cell& find(std::map<std::string, std::unique_ptr<Cell>, std::less<>>& cells, const char* name,
           bool is_counter) {
  auto found = cells.find(std::string_view(name));
  if (found == cells.end()) {
    found = cells.emplace(name, std::make_unique<Cell>(name, is_counter)).first;
  }
  return *found->second;
}

}  // namespace

namespace internal {

Cell& timer(const char* name) {
  std::lock_guard lock(state().mutex);
  return find(state().timers, name, false);
}

Cell& counter(const char* name) {
  std::lock_guard lock(state().mutex);
  return find(state().counters, name, true);
}

void add(Cell& cell, uint64_t amount) { cell.add(amount, 0); }

uint64_t now_ns() {
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                   std::chrono::steady_clock::now().time_since_epoch())
                                   .count());
}

void finish(Cell& cell, uint64_t started_ns, std::string_view detail) {
  uint64_t duration = now_ns() - started_ns;
  cell.add(1, duration);
  if (mode.load(std::memory_order_relaxed) != static_cast<int>(Mode::kTrace)) return;
  unsigned thread = thread_number();
  std::lock_guard lock(state().mutex);
  if (state().events.size() < kMaxEvents) {
    state().events.push_back({&cell, started_ns, duration, thread, std::string(detail)});
  }
}

}  // namespace internal

void enable(Mode mode) { internal::mode.store(static_cast<int>(mode)); }

void reset() {
  std::lock_guard lock(state().mutex);
  for (auto& [name, cell] : state().timers) cell->clear();
  for (auto& [name, cell] : state().counters) cell->clear();
  state().events.clear();
}

std::vector<Row> rows() {
  std::lock_guard lock(state().mutex);
  std::vector<Row> out;
  for (const auto& [name, cell] : state().timers) {
    if (cell->row().count > 0) out.push_back(cell->row());
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const Row& a, const Row& b) { return a.total_ns > b.total_ns; });
  for (const auto& [name, cell] : state().counters) {
    if (cell->row().count > 0) out.push_back(cell->row());
  }
  return out;
}

std::string stats_table() {
  std::vector<Row> all = rows();
  size_t width = 6;
  for (const Row& row : all) width = std::max(width, row.name.size());
  std::string out = "metric";
  out.append(width - 6, ' ');
  out += "      count   total ms     avg us\n";
  for (const Row& row : all) {
    out += row.name;
    out.append(width - row.name.size(), ' ');
    char line[96];
    double ns = static_cast<double>(row.total_ns);
    if (row.is_counter) {
      std::snprintf(line, sizeof line, " %10llu\n", static_cast<unsigned long long>(row.count));
    } else {
      std::snprintf(line, sizeof line, " %10llu %10.2f %10.1f\n",
                    static_cast<unsigned long long>(row.count), ns / 1e6,
                    ns / 1e3 / static_cast<double>(row.count));
    }
    out += line;
  }
  return out;
}

uint64_t peak_memory_kib() {
  // Not getrusage(): that also counts what the process was before it became this program.
  std::FILE* status = std::fopen("/proc/self/status", "r");
  if (status == nullptr) return 0;
  char line[128];
  unsigned long long kib = 0;
  while (std::fgets(line, sizeof line, status) != nullptr) {
    if (std::sscanf(line, "VmHWM: %llu kB", &kib) == 1) break;
  }
  std::fclose(status);
  return kib;
}

std::string trace_json() {
  std::lock_guard lock(state().mutex);
  std::vector<const Event*> events;
  uint64_t start = UINT64_MAX;
  for (const Event& event : state().events) {
    events.push_back(&event);
    start = std::min(start, event.started_ns);
  }
  std::stable_sort(events.begin(), events.end(),
                   [](const Event* a, const Event* b) { return a->started_ns < b->started_ns; });
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("displayTimeUnit", "ms").key("traceEvents").begin_array();
  for (const Event* event : events) {
    json.begin_object().field("name", event->cell->name()).field("ph", "X").field("pid", 1);
    json.field("tid", event->thread);
    json.field("ts", static_cast<double>(event->started_ns - start) / 1e3);
    json.field("dur", static_cast<double>(event->duration_ns) / 1e3);
    if (!event->detail.empty()) {
      json.key("args").begin_object().field("detail", event->detail).end_object();
    }
    json.end_object();
  }
  json.end_array().end_object();
  return out;
}

}  // namespace assay::core::metrics
