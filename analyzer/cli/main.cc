// The assay binary.
#include <malloc.h>
#include <sys/mman.h>

#include <csignal>
#include <cstdint>
#include <cstdlib>

#include "analyzer/cli/commands.h"

namespace {

// One scan, then the end: memory given back and asked for again costs more than memory kept.
void prepare_memory() {
  mallopt(M_TRIM_THRESHOLD, 512 << 20);
  mallopt(M_TOP_PAD, 1 << 20);
  mallopt(M_MMAP_THRESHOLD, 64 << 20);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  // The first 63 MB of the heap in pages of 2 MB, where the system has them: a fault for each 4 kB is a tenth of a
  // scan. Nothing of it is resident before it is used. More would cost a large scan time to find such pages.
  constexpr size_t kWindow = size_t{63} << 20;
  constexpr uintptr_t kPage = uintptr_t{2} << 20;
  void* window = std::malloc(kWindow);
  if (window == nullptr) return;
  uintptr_t begin = (reinterpret_cast<uintptr_t>(window) + kPage - 1) & ~(kPage - 1);
  uintptr_t end = (reinterpret_cast<uintptr_t>(window) + kWindow) & ~(kPage - 1);
  madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
  std::free(window);
#endif
}

}  // namespace

int main(int argc, char** argv) {
  using namespace assay::cli;
  std::signal(SIGPIPE, SIG_IGN);
  prepare_memory();
  ParsedOptions parsed = parse_options(argc, argv);
  if (!parsed.error.empty()) {
    print_error("assay: " + parsed.error + "\n");
    return kUsage;
  }
  if (!parsed.output.empty()) {
    print_out(parsed.output);
    return kClean;
  }
  const Options& options = parsed.options;
  switch (options.command) {
    case Command::kScan: return run_scan(options);
    case Command::kMerge: return run_merge(options);
    case Command::kExplain: return run_explain(options);
    case Command::kRules: return run_rules(options);
    case Command::kTest: return run_test(options);
    case Command::kConfigShow: return run_config_show(options);
    case Command::kConfigSchema: return run_config_schema(options);
    case Command::kInit: return run_init(options);
    case Command::kLsp: return run_lsp(options);
    case Command::kServe: return run_serve(options);
    case Command::kExportVap: return run_export(options);
    case Command::kDebugTree:
    case Command::kDebugModel:
    case Command::kDebugGraph:
    case Command::kDebugExpr: return run_debug(options);
    case Command::kCompletions: {
      std::string script = completions(options.paths.front());
      if (script.empty()) {
        print_error("assay: completions exist for bash, zsh and fish\n");
        return kUsage;
      }
      print_out(script);
      return kClean;
    }
    default: return kInternal;
  }
}
