// assay serve: what the webhook is told on the command line and in assay.yaml.
#include <malloc.h>
#include <unistd.h>

#include "analyzer/cli/commands.h"
#include "analyzer/serve/serve.h"
#include "parsers/core/path.h"

namespace assay::cli {
namespace {

std::chrono::milliseconds milliseconds(double seconds) { return std::chrono::milliseconds(static_cast<int64_t>(seconds * 1000)); }

serve::Level level_of(const std::string& name) {
  if (name == "debug") return serve::Level::kDebug;
  if (name == "warning") return serve::Level::kWarning;
  return name == "error" ? serve::Level::kError : serve::Level::kInfo;
}

// What was given on the command line wins over assay.yaml.
void apply(const ServeOptions& own, pipeline::AdmissionSettings& out) {
  auto level = [](const std::string& text, rules::Severity& at, bool& none) {
    if (text.empty()) return;
    none = text == "none";
    at = rules::parse_severity(text).value_or(at);
  };
  level(own.enforce_at, out.enforce_at, out.enforce_none);
  level(own.warn_at, out.warn_at, out.warn_none);
  if (own.on_failure == "error") out.failure = pipeline::FailureMode::kError;
  if (own.on_failure == "deny") out.failure = pipeline::FailureMode::kDeny;
  if (own.on_failure == "allow") out.failure = pipeline::FailureMode::kAllow;
}

}  // namespace

int run_serve(const Options& given) {
  // It lives long: memory goes back to the system, and threads share what is free.
  mallopt(M_TRIM_THRESHOLD, 8 << 20);
  mallopt(M_TOP_PAD, 256 << 10);
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
  mallopt(M_ARENA_MAX, 2);
  char directory[4096];
  if (getcwd(directory, sizeof directory) == nullptr) {
    print_error("assay: the working directory cannot be read\n");
    return kUsage;
  }
  core::RealFileSystem disk;
  serve::Setup setup;
  setup.disk = &disk;
  setup.version = ASSAY_VERSION;
  const ServeOptions& own = given.serve;
  auto absolute = [&](const std::string& path) { return core::normalize_path(core::join_path(directory, path)); };
  setup.listen = own.listen;
  setup.tls.certificate = absolute(own.certificate);
  setup.tls.key = absolute(own.key);
  for (const std::string& path : own.client_authorities) setup.tls.client_authorities.push_back(absolute(path));
  setup.tls.client_names = own.client_names;
  setup.tls.only_1_3 = own.tls_min == "1.3";
  setup.limits.threads = own.threads;
  if (own.max_connections) setup.limits.connections = own.max_connections;
  if (own.queue) setup.limits.queue = own.queue;
  if (own.max_body) setup.limits.body = own.max_body;
  setup.look_again = milliseconds(own.look_again);
  setup.shutdown_delay = milliseconds(own.shutdown_delay);
  setup.shutdown_grace = milliseconds(own.shutdown_grace);
  setup.log_level = level_of(own.log_level);
  setup.options = [&](core::FileSystem& files, pipeline::ScanOptions& out, std::vector<pipeline::UsageError>& errors) {
    Options merged;
    out.current_directory = directory;
    gather_scan_options(given, files, out, merged, errors);
    apply(own, out.settings.admission);
  };
  std::vector<pipeline::UsageError> errors;
  int code = serve::serve(setup, errors);
  print_usage_errors(errors);
  return code;
}

}  // namespace assay::cli
