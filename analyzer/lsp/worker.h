// The one thread that analyses. It takes the newest snapshot; an older one that is still waiting is dropped.
//
// Used by the server. Threads: ask() and take() by the protocol thread; `done` is called by the worker.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "analyzer/lsp/diagnostics.h"
#include "analyzer/lsp/engine.h"
#include "analyzer/lsp/rule_document.h"

namespace assay::lsp {

struct Result {
  std::shared_ptr<const Analysis> analysis;
  Layers layers;
  RuleDocumentMap rule_documents;
  DiagnosticSet diagnostics;
};

class Worker {
 public:
  Worker(std::unique_ptr<Engine> engine, Encoding encoding, std::function<void()> done);
  ~Worker();  // waits for the analysis that runs
  void ask(Snapshot snapshot);
  // Of what was asked, when it is done; null while it is not.
  std::shared_ptr<const Result> take();
  // An analysis that is needed no more: its memory is given back by the worker.
  void retire(std::shared_ptr<const Result> result);
  bool busy() const { return busy_; }
  // In the calling thread.
  std::shared_ptr<const Result> run(const Snapshot& snapshot);

 private:
  void loop();
  std::unique_ptr<Engine> engine_;
  DiagnosticsMaker maker_;
  RuleDocuments rule_documents_;
  Layers layers_;  // of the last analysis
  std::function<void()> done_;
  std::mutex mutex_;
  std::condition_variable wanted_;
  std::optional<Snapshot> next_;
  std::shared_ptr<const Result> result_;
  std::vector<std::shared_ptr<const Result>> retired_;
  std::atomic<bool> cancelled_{false}, busy_{false};
  bool ends_ = false;
  std::thread thread_;
};

}  // namespace assay::lsp
