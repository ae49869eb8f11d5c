#include "analyzer/lsp/connection.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>

namespace assay::lsp {
namespace {

constexpr size_t kMostQueued = 32 << 20;  // bytes that wait for a client before it is not listened to
constexpr size_t kReadBytes = 1 << 16;

}  // namespace

Connection::Connection(int input, int output) : input_(input), output_(output) {
  if (pipe(wake_) == 0) {
    for (int end : wake_) {
      fcntl(end, F_SETFL, fcntl(end, F_GETFL) | O_NONBLOCK);
      fcntl(end, F_SETFD, FD_CLOEXEC);
    }
  }
  output_flags_ = fcntl(output_, F_GETFL);
  if (output_flags_ >= 0) fcntl(output_, F_SETFL, output_flags_ | O_NONBLOCK);
}

Connection::~Connection() {
  if (output_flags_ >= 0) fcntl(output_, F_SETFL, output_flags_);
  for (int end : wake_) {
    if (end >= 0) close(end);
  }
}

bool Connection::write_some() {
  while (!queue_.empty()) {
    const std::string& first = queue_.front();
    ssize_t written = write(output_, first.data() + sent_, first.size() - sent_);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno == EAGAIN || errno == EWOULDBLOCK;
    sent_ += static_cast<size_t>(written);
    if (sent_ < first.size()) continue;
    queued_ -= first.size();
    queue_.pop_front();
    sent_ = 0;
  }
  return true;
}

void Connection::send(std::string body) {
  if (broken_) return;
  queue_.push_back(framed(body));
  queued_ += queue_.back().size();
  broken_ = !write_some();
}

void Connection::wake() {
  char byte = 1;
  while (write(wake_[1], &byte, 1) < 0 && errno == EINTR) {
  }
}

Connection::Event Connection::wait(int milliseconds, std::string& text) {
  auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds);
  while (true) {
    if (broken_) return Event::kClosed;
    bool listens = queued_ <= kMostQueued;
    if (listens) {
      switch (reader_.next(text)) {
        case MessageReader::Next::kMessage: return Event::kMessage;
        case MessageReader::Next::kMistake: return Event::kMistake;
        case MessageReader::Next::kNone: break;
      }
      if (ended_) return Event::kClosed;
    }
    int left = -1;
    if (milliseconds >= 0) {
      auto rest = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()).count();
      left = rest < 0 ? 0 : static_cast<int>(rest);
    }
    pollfd polled[3] = {{wake_[0], POLLIN, 0},
                        {listens && !ended_ ? input_ : -1, POLLIN, 0},
                        {queue_.empty() ? -1 : output_, POLLOUT, 0}};
    int ready = poll(polled, 3, left);
    if (ready < 0 && errno != EINTR) return Event::kClosed;
    if (ready == 0) return Event::kTimeout;
    if (ready < 0) continue;
    if (polled[2].revents != 0 && !write_some()) broken_ = true;
    if (polled[1].revents != 0) {
      char buffer[kReadBytes];
      ssize_t got = read(input_, buffer, sizeof buffer);
      if (got > 0) reader_.feed({buffer, static_cast<size_t>(got)});
      else if (got == 0 || (errno != EINTR && errno != EAGAIN && errno != EWOULDBLOCK)) ended_ = true;
    }
    if (polled[0].revents != 0) {
      char drained[64];
      while (read(wake_[0], drained, sizeof drained) > 0) {
      }
      return Event::kWake;
    }
  }
}

void Connection::finish(int milliseconds) {
  auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds);
  while (!broken_ && !queue_.empty() && std::chrono::steady_clock::now() < until) {
    pollfd polled{output_, POLLOUT, 0};
    if (poll(&polled, 1, 50) > 0 && !write_some()) broken_ = true;
  }
}

}  // namespace assay::lsp
