#include "analyzer/serve/serve.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <ctime>
#include <thread>

#include "analyzer/serve/policies.h"
#include "analyzer/serve/webhook.h"

namespace assay::serve {
namespace {

using pipeline::UsageError;

// A descriptor for each connection and more.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

std::shared_ptr<PolicyState> load(const Setup& setup, std::vector<UsageError>& errors) {
  pipeline::ScanOptions options;
  setup.options(*setup.disk, options, errors);
  if (!errors.empty()) return nullptr;
  return load_policies(*setup.disk, options, errors);
}

}  // namespace

int serve(const Setup& setup, std::vector<UsageError>& errors) {
  constexpr int kClean = 0, kUsage = 2;
  sigset_t signals;
  sigemptyset(&signals);
  for (int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  raise_descriptor_limit();

  Metrics metrics;
  Log log(STDERR_FILENO, setup.log_level, metrics);
  Webhook webhook(metrics, log, setup.version);
  std::string error;
  std::shared_ptr<const TlsState> tls = load_tls(*setup.disk, setup.tls, static_cast<int64_t>(std::time(nullptr)), error);
  if (!tls) {
    errors.push_back({"", 0, error});
    return kUsage;
  }
  Server server(webhook, metrics, log, setup.limits);
  server.set_tls(tls);
  metrics.certificate_expires = tls->expires;
  webhook.set_certificate_loaded();
  if (!server.start(setup.listen, error)) {
    errors.push_back({"", 0, error});
    return kUsage;
  }
  std::shared_ptr<PolicyState> policies = load(setup, errors);
  if (!policies) return kUsage;
  policies->generation = 1;
  webhook.install(policies);
  log.write(Level::kInfo, "serving", [&](core::JsonWriter& json) {
    json.field("version", setup.version).field("listen", setup.listen).field("port", server.port());
    json.field("rules", policies->rules().rules().size());
  });
  policies.reset();
  int signal = 0;
  sigwait(&signals, &signal);
  webhook.set_draining();
  log.write(Level::kInfo, "ending", [&](core::JsonWriter& json) { json.field("signal", signal); });
  server.stop(setup.shutdown_grace);
  return kClean;
}

}  // namespace assay::serve
