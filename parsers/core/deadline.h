// Deadlines and cancellation for long loops. A reader or evaluator polls expired() once per step;
// only every 256th call looks at the clock, so it costs an increment and a branch.
//
// Who runs something long that may become needless (the language server's analyses) puts a Watch
// around it: cancelled() then says so anywhere below, also in the workers of parallel_for. What was
// cancelled is incomplete and has to be thrown away.
//
// Ownership: a Cancellation must outlive the Deadlines that watch it, a flag its Watch. Threads: a
// Deadline belongs to one thread (copy it for others); a Cancellation may be triggered from any.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace assay::core {

class Cancellation {
 public:
  void cancel() { cancelled_.store(true, std::memory_order_relaxed); }
  bool cancelled() const { return cancelled_.load(std::memory_order_relaxed); }

 private:
  std::atomic<bool> cancelled_{false};
};

class Watch {
 public:
  // Null: nothing cancels what runs inside.
  explicit Watch(const std::atomic<bool>* flag) : before_(current_) { current_ = flag; }
  ~Watch() { current_ = before_; }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  static const std::atomic<bool>* current() { return current_; }

 private:
  static inline thread_local const std::atomic<bool>* current_ = nullptr;
  const std::atomic<bool>* before_;
};

// Is the work of this thread needless by now? Cheap enough for every step of a loop.
inline bool cancelled() {
  const std::atomic<bool>* flag = Watch::current();
  return flag != nullptr && flag->load(std::memory_order_relaxed);
}

class Deadline {
 public:
  using Clock = std::chrono::steady_clock;

  Deadline() = default;  // never expires
  static Deadline after(std::chrono::milliseconds time, const Cancellation* watched = nullptr) {
    Deadline deadline(watched);
    deadline.at_ = Clock::now() + time;
    return deadline;
  }
  // Expires only by cancellation.
  explicit Deadline(const Cancellation* watched) : watched_(watched) {}

  // Once true, always true. Late by up to 255 calls.
  bool expired() {
    if (expired_) return true;
    if ((calls_++ & 255) != 0) return false;
    return expired_now();
  }
  // Looks at once.
  bool expired_now() {
    expired_ = expired_ || core::cancelled() || (watched_ != nullptr && watched_->cancelled()) ||
               (at_ != Clock::time_point::max() && Clock::now() >= at_);
    return expired_;
  }

 private:
  Clock::time_point at_ = Clock::time_point::max();
  const Cancellation* watched_ = nullptr;
  uint32_t calls_ = 0;
  bool expired_ = false;
};

}  // namespace assay::core
