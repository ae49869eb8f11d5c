// The log of the server: a JSON object a line, on a descriptor. Lines are handed to a thread of their own, so that a full disk
// or a reader that has stopped never holds up an answer: what cannot be kept is counted and dropped.
//
// Values of objects do not go into the log: what was denied is told by rule, kind, namespace and name.
// Ownership: one per server. Threads: write() from any.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "analyzer/serve/metrics.h"
#include "parsers/core/json_writer.h"

namespace assay::serve {

enum class Level : uint8_t { kDebug, kInfo, kWarning, kError };

class Log {
 public:
  Log(int descriptor, Level minimum, Metrics& metrics);
  ~Log();  // writes what is left, for a second at most
  Log(const Log&) = delete;

  bool wants(Level level) const { return level >= minimum_; }
  // `fill` adds members to the line's object.
  void write(Level level, std::string_view message, const std::function<void(core::JsonWriter&)>& fill = {});

 private:
  void run();

  static constexpr size_t kMaxWaiting = 4u << 20;  // bytes
  const int descriptor_;
  const Level minimum_;
  Metrics& metrics_;
  std::mutex mutex_;
  std::condition_variable more_, empty_;
  std::deque<std::string> lines_;
  size_t bytes_ = 0;
  bool writing_ = false, ended_ = false;
  std::thread thread_;
};

}  // namespace assay::serve
