#include "analyzer/lsp/worker.h"

namespace assay::lsp {

Worker::Worker(std::unique_ptr<Engine> engine, Encoding encoding, std::function<void()> done)
    : engine_(std::move(engine)), maker_(encoding), rule_documents_(encoding), done_(std::move(done)), thread_([this] { loop(); }) {}

Worker::~Worker() {
  {
    std::lock_guard lock(mutex_);
    ends_ = true;
    cancelled_ = true;
  }
  wanted_.notify_all();
  thread_.join();
}

void Worker::ask(Snapshot snapshot) {
  {
    std::lock_guard lock(mutex_);
    next_ = std::move(snapshot);
    cancelled_ = true;  // what runs now is old
    busy_ = true;
  }
  wanted_.notify_all();
}

std::shared_ptr<const Result> Worker::take() {
  std::lock_guard lock(mutex_);
  return std::move(result_);
}

void Worker::retire(std::shared_ptr<const Result> result) {
  if (!result) return;
  {
    std::lock_guard lock(mutex_);
    retired_.push_back(std::move(result));
  }
  wanted_.notify_all();
}

std::shared_ptr<const Result> Worker::run(const Snapshot& snapshot) {
  auto analysis = engine_->analyse(snapshot, cancelled_);
  if (!analysis) return nullptr;
  auto out = std::make_shared<Result>();
  out->layers = layers_ = layers_of(*analysis, layers_);
  out->rule_documents = rule_documents_.make(*snapshot.documents);
  out->diagnostics = maker_.make(*analysis, out->layers, out->rule_documents);
  out->analysis = std::move(analysis);
  return out;
}

void Worker::loop() {
  std::unique_lock lock(mutex_);
  while (true) {
    wanted_.wait(lock, [&] { return ends_ || next_ || !retired_.empty(); });
    if (ends_) return;
    auto retired = std::move(retired_);
    retired_.clear();
    std::optional<Snapshot> snapshot;
    std::swap(snapshot, next_);
    cancelled_ = false;
    lock.unlock();
    retired.clear();
    std::shared_ptr<const Result> result = snapshot ? run(*snapshot) : nullptr;
    bool told = snapshot.has_value();
    snapshot.reset();
    lock.lock();
    if (result) {
      if (result_) retired_.push_back(std::move(result_));
      result_ = std::move(result);
    }
    if (told) {
      busy_ = next_.has_value();
      lock.unlock();
      done_();
      lock.lock();
    }
  }
}

}  // namespace assay::lsp
