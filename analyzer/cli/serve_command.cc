// assay serve: what the webhook is told on the command line and in assay.yaml.
#include <malloc.h>
#include <unistd.h>

#include "analyzer/cli/commands.h"
#include "analyzer/serve/serve.h"
#include "parsers/core/path.h"

namespace assay::cli {

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
  setup.options = [&](core::FileSystem& files, pipeline::ScanOptions& out, std::vector<pipeline::UsageError>& errors) {
    Options merged;
    out.current_directory = directory;
    gather_scan_options(given, files, out, merged, errors);
  };
  std::vector<pipeline::UsageError> errors;
  int code = serve::serve(setup, errors);
  print_usage_errors(errors);
  return code;
}

}  // namespace assay::cli
