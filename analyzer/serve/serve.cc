#include "analyzer/serve/serve.h"

#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <ctime>
#include <optional>

#include "analyzer/serve/policies.h"
#include "analyzer/serve/watch.h"
#include "analyzer/serve/webhook.h"
#include "parsers/core/parallel.h"

namespace assay::serve {
namespace {

using pipeline::UsageError;
using Clock = std::chrono::steady_clock;

constexpr int kEnded = 0, kUnusable = 2;  // exit codes
constexpr auto kQuiet = std::chrono::milliseconds(100);   // after the last change: writers are done
constexpr auto kLongest = std::chrono::milliseconds(1000);  // after the first one: some never are
constexpr int kMaxTorn = 5;         // times that files change while they are read
constexpr size_t kMaxLogged = 20;   // mistakes of one set of policies

int64_t now_seconds() { return static_cast<int64_t>(std::time(nullptr)); }

// A descriptor for each connection and more.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

class Process {
 public:
  explicit Process(const Setup& setup)
      : setup_(setup), log_(STDERR_FILENO, setup.log_level, metrics_), webhook_(metrics_, log_, setup.version),
        server_(webhook_, metrics_, log_, setup.limits), policy_files_(*setup.disk), tls_files_(*setup.disk) {
    sigset_t signals;
    sigemptyset(&signals);
    for (int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
    signals_ = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
  }
  ~Process() {
    if (signals_ >= 0) close(signals_);
  }

  int run(std::vector<UsageError>& errors) {
    std::string error;
    std::shared_ptr<const TlsState> tls = load_certificate(error);
    if (!tls) return unusable(errors, {"", 0, error});
    use(tls);
    if (!server_.start(setup_.listen, error)) return unusable(errors, {"", 0, error});
    std::shared_ptr<PolicyState> policies = load_policies(errors);
    if (!policies) {
      server_.stop(std::chrono::milliseconds(0));
      return kUnusable;
    }
    use(std::move(policies));
    watch();
    log_.write(Level::kInfo, "serving", [&](core::JsonWriter& json) {
      json.field("version", setup_.version).field("listen", setup_.listen).field("port", server_.port());
      json.field("rules", metrics_.rules.load()).field("policies", metrics_.policies.load());
      json.field("rules_not_evaluated", metrics_.rules_not_evaluated.load());
      json.field("certificate", tls->subject).field("fingerprint", tls->fingerprint);
      json.field("certificate_days", (tls->expires - now_seconds()) / 86'400);
    });
    note(*tls);
    tls.reset();
    int signal = look_after();
    end(signal);
    return kEnded;
  }

 private:
  static int unusable(std::vector<UsageError>& errors, UsageError error) {
    errors.push_back(std::move(error));
    return kUnusable;
  }

  std::shared_ptr<const TlsState> load_certificate(std::string& error) {
    std::shared_ptr<const TlsState> out;
    for (int i = 0; i < kMaxTorn; ++i) {
      bool whole = tls_files_.make([&](core::FileSystem& files) { out = load_tls(files, setup_.tls, now_seconds(), error); });
      if (whole) return out;
    }
    error = "the certificate changes while it is read";
    return nullptr;
  }

  std::shared_ptr<PolicyState> load_policies(std::vector<UsageError>& errors) {
    std::shared_ptr<PolicyState> out;
    for (int i = 0; i < kMaxTorn; ++i) {
      errors.clear();
      bool whole = policy_files_.make([&](core::FileSystem& files) {
        core::with_deep_stack([&] {
          pipeline::ScanOptions options;
          setup_.options(files, options, errors);
          out = errors.empty() ? serve::load_policies(files, options, errors) : nullptr;
        });
      });
      if (whole) return out;
    }
    errors.push_back({"", 0, "the policies change while they are read"});
    return nullptr;
  }

  void use(const std::shared_ptr<const TlsState>& tls) {
    server_.set_tls(tls);
    metrics_.certificate_expires = tls->expires;
    webhook_.set_certificate_loaded();
  }
  void use(std::shared_ptr<PolicyState> policies) {
    policies->generation = ++generation_;
    webhook_.install(std::move(policies));
  }
  void note(const TlsState& tls) {
    for (const std::string& note : tls.notes) log_.write(Level::kWarning, note);
  }

  void watch() {
    std::vector<std::string> directories = policy_files_.directories();
    for (std::string& directory : tls_files_.directories()) directories.push_back(std::move(directory));
    std::sort(directories.begin(), directories.end());
    directories.erase(std::unique(directories.begin(), directories.end()), directories.end());
    watch_.watch(directories);
  }

  // Until a signal says to end: which one.
  int look_after() {
    Clock::time_point tick = Clock::now() + setup_.look_again;
    std::optional<Clock::time_point> first, due;  // of changes that were told
    while (true) {
      Clock::time_point next = due ? std::min(*due, tick) : tick;
      auto wait = std::chrono::duration_cast<std::chrono::milliseconds>(next - Clock::now()).count();
      pollfd ready[] = {{signals_, POLLIN, 0}, {watch_.descriptor(), POLLIN, 0}};
      poll(ready, 2, static_cast<int>(std::clamp<int64_t>(wait + 1, 0, 60'000)));
      signalfd_siginfo signal{};
      bool forced = false;
      if (read(signals_, &signal, sizeof signal) == sizeof signal) {
        if (signal.ssi_signo != SIGHUP) return static_cast<int>(signal.ssi_signo);
        forced = true;
      }
      Clock::time_point now = Clock::now();
      if (watch_.drain()) {
        if (!first) first = now;
        due = std::min(now + kQuiet, *first + kLongest);
      }
      bool ticked = now >= tick;
      if (!forced && !ticked && !(due && now >= *due)) continue;
      if (ticked) {
        tick = now + setup_.look_again;
        malloc_trim(0);
      }
      first.reset();
      due.reset();
      load_again(forced);
    }
  }

  void load_again(bool forced) {
    bool any = false;
    if (forced || tls_files_.changed()) {
      any = true;
      std::string error;
      if (std::shared_ptr<const TlsState> tls = load_certificate(error)) {
        use(tls);
        ++metrics_.certificate_reloads;
        metrics_.last_certificate_good = true;
        log_.write(Level::kInfo, "certificate loaded", [&](core::JsonWriter& json) {
          json.field("certificate", tls->subject).field("fingerprint", tls->fingerprint);
          json.field("certificate_days", (tls->expires - now_seconds()) / 86'400);
        });
        note(*tls);
      } else {
        ++metrics_.certificate_errors;
        metrics_.last_certificate_good = false;
        log_.write(Level::kError, "the certificate on disk cannot be used; the last good one stays",
                   [&](core::JsonWriter& json) { json.field("error", error); });
      }
    }
    if (forced || policy_files_.changed()) {
      any = true;
      std::vector<UsageError> errors;
      if (std::shared_ptr<PolicyState> policies = load_policies(errors)) {
        use(std::move(policies));
        ++metrics_.reloads;
        metrics_.last_reload_good = true;
        log_.write(Level::kInfo, "policies loaded", [&](core::JsonWriter& json) {
          json.field("generation", generation_).field("rules", metrics_.rules.load()).field("policies", metrics_.policies.load());
        });
      } else {
        ++metrics_.reload_errors;
        metrics_.last_reload_good = false;
        log_.write(Level::kError, "the policies on disk cannot be used; the last good ones stay", [&](core::JsonWriter& json) {
          json.field("generation", generation_).key("errors").begin_array();
          for (size_t i = 0; i < std::min(errors.size(), kMaxLogged); ++i) {
            const UsageError& error = errors[i];
            std::string where = error.file + (error.line ? ":" + std::to_string(error.line) : "");
            json.value((where.empty() ? "" : where + ": ") + error.message);
          }
          json.end_array();
          if (errors.size() > kMaxLogged) json.field("more_errors", errors.size() - kMaxLogged);
        });
      }
    }
    if (any) watch();
  }

  // The cluster learns from /readyz, and goes on sending for a while: that is still answered.
  void end(int signal) {
    webhook_.set_draining();
    log_.write(Level::kInfo, "ending", [&](core::JsonWriter& json) {
      json.field("signal", signal).field("delay_ms", signal == SIGINT ? 0 : setup_.shutdown_delay.count());
    });
    if (signal != SIGINT && setup_.shutdown_delay.count() > 0) {
      pollfd again{signals_, POLLIN, 0};
      poll(&again, 1, static_cast<int>(setup_.shutdown_delay.count()));  // a second signal ends it
    }
    server_.stop(setup_.shutdown_grace);
    log_.write(Level::kInfo, "ended");
  }

  const Setup& setup_;
  Metrics metrics_;
  Log log_;
  Webhook webhook_;
  Server server_;
  Sources policy_files_, tls_files_;
  DirectoryWatch watch_;
  uint64_t generation_ = 0;
  int signals_ = -1;
};

}  // namespace

int serve(const Setup& setup, std::vector<UsageError>& errors) {
  sigset_t signals;
  sigemptyset(&signals);
  for (int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  raise_descriptor_limit();
  return Process(setup).run(errors);
}

}  // namespace assay::serve
