// The assay binary.
#include <malloc.h>

#include <csignal>

#include "analyzer/cli/commands.h"

int main(int argc, char** argv) {
  using namespace assay::cli;
  std::signal(SIGPIPE, SIG_IGN);
  // One scan, then the end: memory given back and asked for again costs more than memory kept.
  mallopt(M_TRIM_THRESHOLD, 512 << 20);
  mallopt(M_TOP_PAD, 1 << 20);
  mallopt(M_MMAP_THRESHOLD, 64 << 20);
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
    case Command::kExplain: return run_explain(options);
    case Command::kRules: return run_rules(options);
    case Command::kTest: return run_test(options);
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
