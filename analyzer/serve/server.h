// The network side: connections, TLS, HTTP/1.1 with limits on everything a client can make wait or grow, and the queue in
// front of the judges.
//
// A few threads share all connections. One of them is always left to the network: the others judge, and what finds none of
// them free waits in a bounded queue, or is refused at once when it could not be answered in time.
//
// Called by serve.cc and tests. Ownership: refers to webhook, metrics and log, which outlive it. Threads: start, stop and
// set_tls from any.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "analyzer/serve/log.h"
#include "analyzer/serve/metrics.h"
#include "analyzer/serve/tls.h"
#include "analyzer/serve/webhook.h"

namespace assay::serve {

struct ServerLimits {
  unsigned threads = 0;              // 0: one more than processors, at least 3
  size_t connections = 1000;
  size_t queue = 500;                // reviews that wait
  size_t body = 8u << 20;            // bytes; the API server sends up to 3 MiB, and the old object
  size_t headers = 16u << 10;
  std::chrono::milliseconds handshake{5'000}, header{5'000}, idle{90'000}, write{10'000};
  std::chrono::milliseconds body_time{5'000};  // and a second more for each kBytesPerSecond
  static constexpr size_t kBytesPerSecond = 256u << 10;
  size_t requests_of_connection = 100'000;  // then it is closed, so that clients spread over new replicas
};

class Server {
 public:
  Server(Webhook& webhook, Metrics& metrics, Log& log, ServerLimits limits);
  ~Server();  // stops at once, if it still runs

  // Takes effect for new connections; those of before close with their next answer.
  void set_tls(std::shared_ptr<const TlsState> tls);
  // Listens on "ADDRESS:PORT" (":8443", "127.0.0.1:0", "[::1]:8443"). REQUIRES: set_tls(). False with what is wrong.
  bool start(const std::string& listen, std::string& error);
  uint16_t port() const;
  // Takes no more connections, lets what is being answered finish, closes what is idle. Returns when all are closed, or
  // after `grace`.
  void stop(std::chrono::milliseconds grace);

  struct Core;  // what all connections share

 private:
  std::shared_ptr<Core> core_;
};

}  // namespace assay::serve
