#include "analyzer/pipeline/git/process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

extern char** environ;

namespace assay::pipeline {
namespace {

using core::Error;
using Clock = std::chrono::steady_clock;

constexpr size_t kBufferBytes = 64 * 1024;
constexpr size_t kMaxLine = 4096;
constexpr size_t kMaxErrorBytes = 64 * 1024;

// Set for every child; each takes the place of what the environment says.
constexpr std::string_view kSafeEnvironment[] = {
    "GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0",   "GIT_NO_LAZY_FETCH=1", "GIT_PAGER=cat", "GIT_ASKPASS=true",
    "SSH_ASKPASS=true",     "GIT_ALLOW_PROTOCOL=none", "GIT_EXTERNAL_DIFF=",  "GIT_TRACE=0",   "LC_ALL=C",
};

class Pipe {
 public:
  Pipe() { good_ = ::pipe2(ends_, O_CLOEXEC) == 0; }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close_read();
    close_write();
  }
  bool good() const { return good_; }
  int read_end() const { return ends_[0]; }
  int write_end() const { return ends_[1]; }
  int take_read() { return std::exchange(ends_[0], -1); }
  int take_write() { return std::exchange(ends_[1], -1); }
  void close_read() { close_one(ends_[0]); }
  void close_write() { close_one(ends_[1]); }

 private:
  static void close_one(int& end) {
    if (end >= 0) ::close(std::exchange(end, -1));
  }
  int ends_[2] = {-1, -1};
  bool good_ = false;
};

Error failed(const std::string& what, int error) {
  return {"io-error", what + ": " + std::strerror(error)};
}

std::vector<std::string> child_environment() {
  std::vector<std::string> out(std::begin(kSafeEnvironment), std::end(kSafeEnvironment));
  for (char** entry = environ; entry && *entry; ++entry) {
    std::string_view text = *entry;
    std::string_view name = text.substr(0, text.find('='));
    bool replaced = std::any_of(std::begin(kSafeEnvironment), std::end(kSafeEnvironment),
                                [&](std::string_view safe) { return safe.substr(0, safe.find('=')) == name; });
    if (!replaced) out.emplace_back(text);
  }
  return out;
}

// Starts the program; a descriptor of -1 is /dev/null.
core::Result<pid_t> spawn(const std::vector<std::string>& arguments, int in, int out, int error) {
  std::vector<char*> words;
  for (const std::string& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
  words.push_back(nullptr);
  std::vector<std::string> environment = child_environment();
  std::vector<char*> variables;
  for (std::string& variable : environment) variables.push_back(variable.data());
  variables.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  for (auto [descriptor, target] : {std::pair{in, 0}, std::pair{out, 1}, std::pair{error, 2}}) {
    if (descriptor >= 0)
      posix_spawn_file_actions_adddup2(&actions, descriptor, target);
    else
      posix_spawn_file_actions_addopen(&actions, target, "/dev/null", target == 0 ? O_RDONLY : O_WRONLY, 0);
  }
  // The child dies of closed pipes, as programs do; we do not.
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  pid_t process = -1;
  int failure = posix_spawnp(&process, words[0], &actions, &attributes, words.data(), variables.data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (failure == ENOENT) return Error{"program-not-found", arguments[0] + " is not installed, or not on the PATH"};
  if (failure != 0) return failed("cannot start " + arguments[0], failure);
  return process;
}

int wait_for(pid_t process) {
  int status = 0;
  while (::waitpid(process, &status, 0) < 0) {
    if (errno != EINTR) return 128;
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int left(Clock::time_point deadline) {
  auto rest = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
  return static_cast<int>(std::clamp<long long>(rest, 0, 1 << 30));
}

}  // namespace

bool in_environment(std::string_view name) {
  for (char** entry = environ; entry && *entry; ++entry) {
    std::string_view text = *entry;
    if (text.starts_with(name) && text.substr(name.size()).starts_with('=')) return true;
  }
  return false;
}

core::Result<CommandOutput> run_command(const std::vector<std::string>& arguments, std::chrono::milliseconds limit,
                                        size_t max_bytes) {
  const Clock::time_point deadline = Clock::now() + limit;
  Pipe out, error;
  if (!out.good() || !error.good()) return failed("no pipe to " + arguments[0], errno);
  auto process = spawn(arguments, -1, out.write_end(), error.write_end());
  if (!process) return process.error();
  out.close_write();
  error.close_write();
  CommandOutput result;
  Error trouble;
  pollfd ends[2] = {{out.read_end(), POLLIN, 0}, {error.read_end(), POLLIN, 0}};
  std::string* texts[2] = {&result.out, &result.error};
  std::string buffer(kBufferBytes, '\0');
  while ((ends[0].fd >= 0 || ends[1].fd >= 0) && trouble.code.empty()) {
    int ready = ::poll(ends, 2, left(deadline));
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0) trouble = failed(arguments[0], errno);
    if (ready == 0) {
      trouble = {"timeout",
                 arguments[0] + " did not answer within " + std::to_string(limit.count() / 1000) + " seconds"};
    }
    for (int i = 0; i < 2 && ready > 0; ++i) {
      if (ends[i].fd < 0 || ends[i].revents == 0) continue;
      ssize_t got = ::read(ends[i].fd, buffer.data(), buffer.size());
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) {
        ends[i].fd = -1;  // poll() passes it over
        continue;
      }
      std::string& text = *texts[i];
      if (i == 1)
        text.append(buffer, 0,
                    std::min(static_cast<size_t>(got), kMaxErrorBytes - std::min(kMaxErrorBytes, text.size())));
      else
        text.append(buffer, 0, static_cast<size_t>(got));
      if (text.size() > max_bytes)
        trouble = {"output-too-large", "the answer of " + arguments[0] + " is too large"};
    }
  }
  if (!trouble.code.empty()) ::kill(*process, SIGKILL);
  result.status = wait_for(*process);
  if (!trouble.code.empty()) return trouble;
  return result;
}

core::Result<std::unique_ptr<Child>> Child::start(const std::vector<std::string>& arguments) {
  Pipe to, from;
  if (!to.good() || !from.good()) return failed("no pipe to " + arguments[0], errno);
  auto process = spawn(arguments, to.read_end(), from.write_end(), -1);
  if (!process) return process.error();
  std::unique_ptr<Child> child(new Child());
  child->process_ = *process;
  child->to_ = to.take_write();
  child->from_ = from.take_read();
  return child;
}

Child::~Child() {
  if (to_ >= 0) ::close(to_);
  if (from_ >= 0) ::close(from_);
  if (process_ < 0) return;
  ::kill(static_cast<pid_t>(process_), SIGKILL);
  wait_for(static_cast<pid_t>(process_));
}

core::Status Child::write(std::string_view text) {
  while (!text.empty()) {
    ssize_t wrote = ::write(to_, text.data(), text.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return failed("the child process does not listen", errno);
    text.remove_prefix(static_cast<size_t>(wrote));
  }
  return core::ok();
}

core::Status Child::fill(Clock::time_point deadline) {
  if (at_ == buffer_.size()) {
    buffer_.clear();
    at_ = 0;
  }
  pollfd end{from_, POLLIN, 0};
  int ready = ::poll(&end, 1, left(deadline));
  if (ready < 0 && errno == EINTR) return core::ok();
  if (ready == 0) return Error{"timeout", "the child process does not answer"};
  size_t before = buffer_.size();
  buffer_.resize(before + kBufferBytes);
  ssize_t got = ready < 0 ? -1 : ::read(from_, buffer_.data() + before, kBufferBytes);
  int error = errno;
  buffer_.resize(before + static_cast<size_t>(std::max<ssize_t>(got, 0)));
  if (got < 0 && error == EINTR) return core::ok();
  if (got < 0) return failed("the child process", error);
  if (got == 0) return Error{"io-error", "the child process ended too early"};
  return core::ok();
}

core::Result<std::string> Child::read_line(std::chrono::milliseconds limit) {
  const Clock::time_point deadline = Clock::now() + limit;
  for (;;) {
    size_t end = buffer_.find('\n', at_);
    if (end != std::string::npos) {
      std::string line = buffer_.substr(at_, end - at_);
      at_ = end + 1;
      return line;
    }
    if (buffer_.size() - at_ > kMaxLine) return Error{"io-error", "the child process gives no lines"};
    auto filled = fill(deadline);
    if (!filled) return filled.error();
  }
}

core::Status Child::read_bytes(size_t count, std::string* out, std::chrono::milliseconds limit) {
  const Clock::time_point deadline = Clock::now() + limit;
  while (count > 0) {
    size_t here = std::min(count, buffer_.size() - at_);
    if (out != nullptr) out->append(buffer_, at_, here);
    at_ += here;
    count -= here;
    if (count == 0) break;
    auto filled = fill(deadline);
    if (!filled) return filled.error();
  }
  return core::ok();
}

}  // namespace assay::pipeline
