// The admission webhook as a process: `assay serve`. Loads certificate and policies, listens, loads them again when they
// change, and ends on SIGTERM when what was asked is answered.
//
// Called by the command line. Ownership: the setup must outlive the call. Threads: blocks the caller until the end; SIGTERM,
// SIGINT and SIGHUP (load again) are taken by this function and must be blocked in threads of others.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "analyzer/pipeline/pipeline.h"
#include "analyzer/serve/log.h"
#include "analyzer/serve/server.h"
#include "analyzer/serve/tls.h"
#include "parsers/core/file_system.h"

namespace assay::serve {

struct Setup {
  core::FileSystem* disk = nullptr;
  std::string version;
  std::string listen;
  TlsFiles tls;
  ServerLimits limits;
  Level log_level = Level::kInfo;
  std::chrono::milliseconds look_again{10'000};     // at files that tell nobody when they change
  std::chrono::milliseconds shutdown_delay{0};      // after SIGTERM: until the cluster has stopped sending
  std::chrono::milliseconds shutdown_grace{20'000};  // for what is being answered
  // Options for rules and policies, with the configuration file as it is now.
  std::function<void(core::FileSystem&, pipeline::ScanOptions&, std::vector<pipeline::UsageError>&)> options;
};

// 0: ended by a signal. 2: certificate, policies or address cannot be used; what is wrong is in `errors`.
int serve(const Setup& setup, std::vector<pipeline::UsageError>& errors);

}  // namespace assay::serve
