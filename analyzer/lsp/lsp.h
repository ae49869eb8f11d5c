// assay lsp: a language server on stdin and stdout.
//
// One protocol thread reads, answers and writes; one worker analyses immutable snapshots (engine.h) whose results carry
// the revision they belong to. What needs an analysis waits for one that has seen every edit before the question.
// Called by the command line, which says how options are found. Threads: serve() starts and joins its own.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/pipeline/pipeline.h"
#include "parsers/core/file_system.h"

namespace assay::lsp {

// What is analysed as one: a folder of the workspace, or a file that lies in none.
struct Area {
  std::string path;  // absolute
  bool is_file = false;
  bool operator==(const Area&) const = default;
};

// What the client configures ("assay": {...}); the keys are those of assay.yaml where there is one.
struct ClientSettings {
  std::optional<std::string> severity, config, kubernetes_version;
  std::optional<bool> maybe;
  std::vector<std::string> rules, skip_rules, policies;
  bool inlay_hints = true;
};

struct AreaOptions {
  pipeline::ScanOptions scan;
  std::string baseline;  // a file; may be empty
};

struct Setup {
  const core::FileSystem* disk = nullptr;
  // Options of an area, from its configuration. Mistakes go to `errors`; then the options are not complete.
  std::function<AreaOptions(const Area&, const ClientSettings&, core::FileSystem&, std::vector<pipeline::UsageError>& errors)> options;
  std::string version;
  int input = 0, output = 1;  // descriptors
  // Analyse after each message that changes something, before the next one is read: what comes out does not depend on
  // time. For tests.
  bool synchronous = false;
  int debounce_ms = 40;  // at most, between an edit and its analysis: as long as the last one took
};

// Until the client says exit or goes away. The exit code: 0 after shutdown, else 1.
int serve(const Setup& setup);

}  // namespace assay::lsp
