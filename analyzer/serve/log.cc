#include "analyzer/serve/log.h"

#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <ctime>

namespace assay::serve {
namespace {

std::string_view level_name(Level level) {
  switch (level) {
    case Level::kDebug: return "debug";
    case Level::kInfo: return "info";
    case Level::kWarning: return "warning";
    case Level::kError: return "error";
  }
  return "";
}

// "2026-01-31T12:00:00.123Z"
std::string time_text() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  std::tm parts{};
  gmtime_r(&now.tv_sec, &parts);
  char text[40];
  size_t length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  std::string out(text, length);
  std::string thousandths = std::to_string(1000 + now.tv_nsec / 1'000'000);
  return out + "." + thousandths.substr(1) + "Z";
}

// False where the system takes no more. A reader that has stopped is waited for, a second at a time.
bool write_all(int descriptor, std::string_view text, const std::function<bool()>& ended) {
  while (!text.empty()) {
    pollfd ready{descriptor, POLLOUT, 0};
    int answer = poll(&ready, 1, 1000);
    if (answer < 0 && errno == EINTR) continue;
    if (answer == 0) {
      if (ended()) return false;
      continue;
    }
    ssize_t written = ::write(descriptor, text.data(), std::min<size_t>(text.size(), PIPE_BUF));  // what a pipe has room for now
    if (written < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (written < 0) return false;
    text.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

}  // namespace

Log::Log(int descriptor, Level minimum, Metrics& metrics) : descriptor_(descriptor), minimum_(minimum), metrics_(metrics) {
  thread_ = std::thread([this] { run(); });
}

Log::~Log() {
  {
    std::unique_lock lock(mutex_);
    empty_.wait_for(lock, std::chrono::seconds(1), [&] { return lines_.empty() && !writing_; });
    ended_ = true;
  }
  more_.notify_all();
  thread_.join();
}

void Log::write(Level level, std::string_view message, const std::function<void(core::JsonWriter&)>& fill) {
  if (!wants(level)) return;
  std::string line;
  core::JsonWriter json(line);
  json.begin_object().field("time", time_text()).field("level", level_name(level)).field("message", message);
  if (fill) fill(json);
  json.end_object();
  line += '\n';
  {
    std::lock_guard lock(mutex_);
    if (bytes_ + line.size() > kMaxWaiting) {
      metrics_.log_lost.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    bytes_ += line.size();
    lines_.push_back(std::move(line));
  }
  more_.notify_one();
}

void Log::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    more_.wait(lock, [&] { return ended_ || !lines_.empty(); });
    if (lines_.empty() || ended_) return;
    std::deque<std::string> taken;
    taken.swap(lines_);
    bytes_ = 0;
    writing_ = true;
    lock.unlock();
    bool given_up = false;  // the end has come, and nobody reads
    for (const std::string& line : taken) {
      bool good = !given_up && write_all(descriptor_, line, [&] {
        std::lock_guard again(mutex_);
        return given_up = ended_;
      });
      if (!good) metrics_.log_lost.fetch_add(1, std::memory_order_relaxed);
    }
    lock.lock();
    writing_ = false;
    empty_.notify_all();
  }
}

}  // namespace assay::serve
