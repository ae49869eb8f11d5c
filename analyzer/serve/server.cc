#include "analyzer/serve/server.h"

#include <pthread.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <condition_variable>
#include <deque>
#include <functional>
#include <optional>
#include <unordered_map>
#include <vector>

#include "analyzer/serve/tls_context.h"
#include "parsers/core/parallel.h"

namespace assay::serve {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using Clock = std::chrono::steady_clock;
using Error = beast::error_code;
using Tcp = asio::ip::tcp;
using Stream = beast::ssl_stream<beast::tcp_stream>;

constexpr size_t kReadBytes = 16u << 10;             // at a time: one record of TLS
constexpr size_t kStackBytes = 64u << 20;            // reserved, not used: judging recurses as deep as objects do
constexpr size_t kLingerBytes = 32u << 20;           // of a request that is refused, to be read and thrown away
constexpr auto kLingerTime = std::chrono::seconds(2);
constexpr auto kAcceptPause = std::chrono::milliseconds(50);  // without descriptors

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

}  // namespace

class Session;

// What all connections share.
struct Server::Core : std::enable_shared_from_this<Server::Core> {
  Core(Webhook& webhook, Metrics& metrics, Log& log, ServerLimits limits)
      : webhook(webhook), metrics(metrics), log(log), limits(limits),
        threads(limits.threads ? std::max(2u, limits.threads) : std::max(3u, core::available_processors() + 1)),
        io(static_cast<int>(threads)), acceptor(asio::make_strand(io)), pause(acceptor.get_executor()) {}

  struct Task {
    std::shared_ptr<Session> session;
    ReviewRequest request;
  };
  // What a connection begins with.
  struct Tls {
    std::shared_ptr<const TlsState> state;
    std::unique_ptr<asio::ssl::context> context;
    uint64_t number = 0;
  };

  void accept();
  void on_accepted(Error error, Tcp::socket socket);
  // Judges here, or puts the task into the queue, or refuses it.
  void submit(Task task);
  HttpAnswer judge(Task& task);
  void go_on();
  HttpAnswer shed(std::string message);
  void join(const std::shared_ptr<Session>& session);
  void leave(Session* session);

  Webhook& webhook;
  Metrics& metrics;
  Log& log;
  const ServerLimits limits;
  const unsigned threads;
  asio::io_context io;
  Tcp::acceptor acceptor;
  asio::steady_timer pause;
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> work;
  std::vector<pthread_t> running;
  uint16_t port = 0;

  std::mutex tls_mutex;
  std::shared_ptr<const Tls> tls;
  std::atomic<uint64_t> tls_number{0};

  std::mutex queue_mutex;
  std::deque<Task> queue;
  unsigned judging = 0;
  std::atomic<int64_t> usual_nanoseconds{200'000};  // of a judgement, smoothed

  std::mutex sessions_mutex;
  std::condition_variable all_left;
  std::unordered_map<Session*, std::weak_ptr<Session>> sessions;
  std::atomic<bool> stopping{false};
};

// One connection. Its handlers run one at a time, on its strand.
class Session : public std::enable_shared_from_this<Session> {
 public:
  using Core = Server::Core;

  Session(std::shared_ptr<Core> core, Tcp::socket socket, std::shared_ptr<const Core::Tls> tls)
      : core_(std::move(core)), tls_(std::move(tls)), stream_(std::move(socket), *tls_->context) {}
  ~Session() { core_->leave(this); }

  void begin() {
    beast::get_lowest_layer(stream_).expires_after(core_->limits.handshake);
    stream_.async_handshake(asio::ssl::stream_base::server, [self = shared_from_this()](Error error) { self->on_handshake(error); });
  }

  void answer_later(HttpAnswer answer) {
    asio::post(stream_.get_executor(), [self = shared_from_this(), answer = std::move(answer)] { self->send(answer); });
  }

  void send(const HttpAnswer& answer) {
    core_->metrics.count_http(answer.status);
    bool stale = tls_->number != core_->tls_number.load(std::memory_order_relaxed);
    bool ends = core_->stopping || core_->webhook.draining();
    close_ = close_ || stale || ends || ++answered_ >= core_->limits.requests_of_connection;
    out_.clear();
    out_ += "HTTP/1.1 ";
    out_ += std::to_string(answer.status);
    out_ += ' ';
    beast::string_view reason = http::obsolete_reason(static_cast<http::status>(answer.status));
    out_.append(reason.data(), reason.size());
    out_ += "\r\nContent-Type: ";
    out_ += answer.content_type;
    out_ += "\r\nContent-Length: ";
    out_ += std::to_string(answer.body.size());
    if (!answer.allow.empty()) out_.append("\r\nAllow: ").append(answer.allow);
    if (answer.content_type.starts_with("text/plain")) out_ += "\r\nCache-Control: no-store";
    out_ += close_ ? "\r\nConnection: close\r\n\r\n" : http10_ ? "\r\nConnection: keep-alive\r\n\r\n" : "\r\n\r\n";
    if (!head_only_) out_ += answer.body;
    busy_ = false;
    beast::get_lowest_layer(stream_).expires_after(core_->limits.write);
    asio::async_write(stream_, asio::buffer(out_), [self = shared_from_this()](Error error, size_t) { self->on_sent(error); });
  }

  // The server ends: an idle connection closes, a busy one with its answer.
  void wind_up() {
    asio::post(stream_.get_executor(), [self = shared_from_this()] {
      if (!self->begun_ && !self->busy_ && self->out_.empty()) self->close();
    });
  }
  void abort() {
    asio::post(stream_.get_executor(), [self = shared_from_this()] { beast::get_lowest_layer(self->stream_).close(); });
  }

 private:
  void on_handshake(Error error) {
    if (error) {
      if (error == beast::error::timeout) ++core_->metrics.timeouts;
      ++core_->metrics.tls_failures;
      if (core_->log.wants(Level::kDebug)) {
        core_->log.write(Level::kDebug, "TLS handshake failed", [&](core::JsonWriter& json) { json.field("error", error.message()); });
      }
      return;
    }
    trusted_ = !tls_->state->clients || client_is_trusted(stream_.native_handle(), *tls_->state->context);
    next_request();
  }

  void next_request() {
    parser_.emplace();
    parser_->eager(true);
    parser_->header_limit(static_cast<uint32_t>(core_->limits.headers));
    parser_->body_limit(core_->limits.body);
    begun_ = header_done_ = false;
    out_.clear();
    if (out_.capacity() > kReadBytes) out_.shrink_to_fit();
    if (buffer_.size() > 0) return parse();  // the next one came with the last
    buffer_.shrink_to_fit();
    read();
  }

  void read() {
    if (!begun_) beast::get_lowest_layer(stream_).expires_after(core_->limits.idle);
    size_t room = header_done_ ? kReadBytes : std::min(kReadBytes, core_->limits.headers + kReadBytes - std::min(buffer_.size(), core_->limits.headers));
    stream_.async_read_some(buffer_.prepare(room), [self = shared_from_this()](Error error, size_t count) { self->on_read(error, count); });
  }

  void on_read(Error error, size_t count) {
    if (error) {
      if (error == beast::error::timeout && begun_) ++core_->metrics.timeouts;
      return;  // the stream closes with the session
    }
    buffer_.commit(count);
    parse();
  }

  void parse() {
    if (!begun_) {
      begun_ = true;
      arrived_ = Clock::now();
      beast::get_lowest_layer(stream_).expires_after(core_->limits.header);
    }
    while (buffer_.size() > 0 && !parser_->is_done()) {
      Error error;
      size_t used = parser_->put(buffer_.data(), error);
      buffer_.consume(used);
      if (parser_->is_header_done() && !header_done_ && !on_header()) return;
      if (error == http::error::need_more) break;
      if (error) return on_bad_request(error);
      if (used == 0) break;
    }
    if (parser_->is_done()) return on_request();
    read();
  }

  // False when the request is answered already.
  bool on_header() {
    header_done_ = true;
    const auto& head = parser_->get();
    http10_ = head.version() < 11;
    head_only_ = head.method() == http::verb::head;
    size_t length = static_cast<size_t>(std::min<uint64_t>(parser_->content_length() ? *parser_->content_length() : core_->limits.body, core_->limits.body));
    beast::get_lowest_layer(stream_).expires_after(core_->limits.body_time + std::chrono::seconds(length / ServerLimits::kBytesPerSecond));
    target_ = view(head.target());
    HttpAnswer answer;
    route_ = core_->webhook.route(view(head.method_string()), target_, view(head[http::field::content_type]),
                                  view(head[http::field::content_encoding]), trusted_, answer);
    if (route_ == Webhook::Route::kAnswered) answer_ = std::move(answer);
    bool has_body = parser_->chunked() || (parser_->content_length() && *parser_->content_length() > 0);
    if (route_ == Webhook::Route::kAnswered && has_body && !parser_->is_done()) {  // nobody will read it
      close_ = linger_ = true;
      send(answer_);
      return false;
    }
    if (parser_->is_done() || !beast::iequals(head[http::field::expect], "100-continue")) return true;
    static constexpr char kContinue[] = "HTTP/1.1 100 Continue\r\n\r\n";
    asio::async_write(stream_, asio::buffer(kContinue, sizeof kContinue - 1), [self = shared_from_this()](Error error, size_t) {
      if (error) return;
      self->parse();
    });
    return false;
  }

  void on_bad_request(Error error) {
    close_ = linger_ = true;
    if (error == http::error::body_limit) {
      ++core_->metrics.too_large;
      return send(core_->webhook.refuse("too-large", {413, "RequestEntityTooLarge",
                                                      "the AdmissionReview is larger than " + std::to_string(core_->limits.body) + " bytes"}));
    }
    if (error == http::error::header_limit || error == http::error::buffer_overflow) {
      ++core_->metrics.headers_too_large;
      return send(core_->webhook.refuse("headers-too-large", {431, "BadRequest", "the headers are larger than " + std::to_string(core_->limits.headers) + " bytes"}));
    }
    ++core_->metrics.broken_requests;
    send(core_->webhook.refuse("malformed", {400, "BadRequest", "what came is no HTTP/1.1 request: " + error.message()}));
  }

  void on_request() {
    close_ = close_ || !parser_->keep_alive();
    busy_ = true;
    beast::get_lowest_layer(stream_).expires_never();
    if (route_ == Webhook::Route::kAnswered) return send(answer_);
    Core::Task task{shared_from_this(), {}};
    task.request.arrived = arrived_;
    task.request.complete = Clock::now();
    task.request.deadline = arrived_ + time_for_answer(target_);
    task.request.body = std::move(parser_->get().body());
    core_->submit(std::move(task));
  }

  void on_sent(Error error) {
    if (error) {
      if (error == beast::error::timeout) ++core_->metrics.timeouts;
      return;
    }
    if (close_) return close();
    next_request();
  }

  void close() {
    beast::get_lowest_layer(stream_).expires_after(kLingerTime);
    if (!linger_) {
      stream_.async_shutdown([self = shared_from_this()](Error) {});
      return;
    }
    // What is still coming is thrown away, or the answer would be lost with the connection.
    linger();
  }

  void linger() {
    buffer_.clear();
    stream_.async_read_some(buffer_.prepare(kReadBytes), [self = shared_from_this()](Error error, size_t count) {
      self->lingered_ += count;
      if (error || self->lingered_ > kLingerBytes) return;
      self->linger();
    });
  }

  const std::shared_ptr<Core> core_;
  const std::shared_ptr<const Core::Tls> tls_;
  Stream stream_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  Webhook::Route route_ = Webhook::Route::kAnswered;
  HttpAnswer answer_;
  std::string target_, out_;
  Clock::time_point arrived_;
  size_t answered_ = 0, lingered_ = 0;
  bool trusted_ = false, begun_ = false, header_done_ = false, busy_ = false, close_ = false, linger_ = false;
  bool http10_ = false, head_only_ = false;
};

void Server::Core::accept() {
  acceptor.async_accept(asio::make_strand(io), [core = shared_from_this()](Error error, Tcp::socket socket) {
    core->on_accepted(error, std::move(socket));
  });
}

void Server::Core::on_accepted(Error error, Tcp::socket socket) {
  if (stopping || error == asio::error::operation_aborted) return;
  if (error) {  // most likely there are no descriptors left
    log.write(Level::kWarning, "a connection could not be accepted", [&](core::JsonWriter& json) { json.field("error", error.message()); });
    pause.expires_after(kAcceptPause);
    pause.async_wait([core = shared_from_this()](Error) {
      if (!core->stopping) core->accept();
    });
    return;
  }
  ++metrics.connections_total;
  if (metrics.connections >= limits.connections) {
    ++metrics.connections_refused;
    Error ignored;
    socket.close(ignored);
  } else {
    Error ignored;
    socket.set_option(Tcp::no_delay(true), ignored);
    socket.set_option(asio::socket_base::keep_alive(true), ignored);
    std::shared_ptr<const Tls> current;
    {
      std::lock_guard lock(tls_mutex);
      current = tls;
    }
    auto session = std::make_shared<Session>(shared_from_this(), std::move(socket), std::move(current));
    join(session);
    session->begin();
  }
  accept();
}

void Server::Core::join(const std::shared_ptr<Session>& session) {
  std::lock_guard lock(sessions_mutex);
  sessions.emplace(session.get(), session);
  ++metrics.connections;
}

void Server::Core::leave(Session* session) {
  std::lock_guard lock(sessions_mutex);
  if (sessions.erase(session) == 0) return;
  --metrics.connections;
  if (sessions.empty()) all_left.notify_all();
}

HttpAnswer Server::Core::shed(std::string message) {
  metrics.shed.fetch_add(1, std::memory_order_relaxed);
  return webhook.refuse("shed", {503, "ServiceUnavailable", "assay is overloaded: " + std::move(message)});
}

void Server::Core::submit(Task task) {
  const unsigned judges = threads - 1;
  std::string refused;
  {
    std::lock_guard lock(queue_mutex);
    if (judging >= judges) {
      std::chrono::nanoseconds wait(usual_nanoseconds.load(std::memory_order_relaxed) * static_cast<int64_t>(queue.size() + 1) / judges);
      if (queue.size() >= limits.queue) {
        refused = std::to_string(queue.size()) + " reviews wait already";
      } else if (task.request.complete + wait > task.request.deadline) {
        refused = std::to_string(queue.size()) + " reviews wait, too many for this one to be answered in time";
      } else {
        queue.push_back(std::move(task));
        metrics.queued.store(queue.size(), std::memory_order_relaxed);
        return;
      }
    } else {
      ++judging;
    }
  }
  if (!refused.empty()) return task.session->send(shed(std::move(refused)));
  task.session->send(judge(task));
  go_on();
}

// This judge is free: for what waits, or for good. On no strand, where it would hold up a connection.
void Server::Core::go_on() {
  {
    std::lock_guard lock(queue_mutex);
    if (queue.empty()) {
      --judging;
      return;
    }
  }
  asio::post(io, [core = shared_from_this()] {
    Task task;
    {
      std::lock_guard lock(core->queue_mutex);
      if (!core->queue.empty()) {
        task = std::move(core->queue.front());
        core->queue.pop_front();
        core->metrics.queued.store(core->queue.size(), std::memory_order_relaxed);
      }
    }
    if (task.session) task.session->answer_later(core->judge(task));
    core->go_on();
  });
}

HttpAnswer Server::Core::judge(Task& task) {
  metrics.in_flight.fetch_add(1, std::memory_order_relaxed);
  Clock::time_point begun = Clock::now();
  HttpAnswer answer;
  try {
    answer = webhook.review(std::move(task.request));
  } catch (const std::exception& error) {  // no memory
    answer = webhook.refuse("internal", {500, "InternalError", std::string("this review could not be judged: ") + error.what()});
  }
  int64_t took = std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - begun).count();
  int64_t usual = usual_nanoseconds.load(std::memory_order_relaxed);
  usual_nanoseconds.store(usual + (took - usual) / 16, std::memory_order_relaxed);
  metrics.in_flight.fetch_sub(1, std::memory_order_relaxed);
  return answer;
}

Server::Server(Webhook& webhook, Metrics& metrics, Log& log, ServerLimits limits)
    : core_(std::make_shared<Core>(webhook, metrics, log, limits)) {}

Server::~Server() { stop(std::chrono::milliseconds(0)); }

void Server::set_tls(std::shared_ptr<const TlsState> state) {
  auto tls = std::make_shared<Core::Tls>();
  SSL_CTX_up_ref(state->context->context);
  tls->context = std::make_unique<asio::ssl::context>(state->context->context);
  tls->state = std::move(state);
  tls->number = core_->tls_number.load() + 1;
  {
    std::lock_guard lock(core_->tls_mutex);
    core_->tls = tls;
  }
  core_->tls_number = tls->number;
}

uint16_t Server::port() const { return core_->port; }

bool Server::start(const std::string& listen, std::string& error) {
  size_t colon = listen.rfind(':');
  std::string host = colon == std::string::npos ? listen : listen.substr(0, colon);
  std::string digits = colon == std::string::npos ? "" : listen.substr(colon + 1);
  if (host.size() > 1 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  bool number = !digits.empty() && digits.size() <= 5 && digits.find_first_not_of("0123456789") == std::string::npos && std::stoul(digits) <= 65535;
  Error failed;
  asio::ip::address address;
  if (host.empty()) address = asio::ip::address_v6::any();
  else address = asio::ip::make_address(host == "localhost" ? "127.0.0.1" : host, failed);
  if (!number || failed) {
    error = "--listen wants ADDRESS:PORT with a numeric address, such as 127.0.0.1:8443, [::1]:8443 or :8443, not '" + listen + "'";
    return false;
  }
  auto open = [&](const asio::ip::address& at) {
    Tcp::endpoint endpoint(at, static_cast<uint16_t>(std::stoul(digits)));
    Error ignored;
    core_->acceptor.close(ignored);
    core_->acceptor.open(endpoint.protocol(), failed);
    if (!failed) core_->acceptor.set_option(asio::socket_base::reuse_address(true), failed);
    if (!failed && at.is_v6() && host.empty()) core_->acceptor.set_option(asio::ip::v6_only(false), ignored);
    if (!failed) core_->acceptor.bind(endpoint, failed);
    if (!failed) core_->acceptor.listen(asio::socket_base::max_listen_connections, failed);
    return !failed;
  };
  // Without an address: IPv6 and IPv4 on one socket, or IPv4 where there is no IPv6.
  if (!open(address) && !(host.empty() && open(asio::ip::address_v4::any()))) {
    error = "cannot listen on " + listen + ": " + failed.message();
    return false;
  }
  core_->port = core_->acceptor.local_endpoint(failed).port();
  core_->work.emplace(asio::make_work_guard(core_->io));
  core_->accept();
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStackBytes);
  auto run = [](void* given) -> void* {
    Core& core = *static_cast<Core*>(given);
    while (true) {
      try {
        core.io.run();
        return nullptr;
      } catch (const std::exception& problem) {
        core.log.write(Level::kError, "a connection failed", [&](core::JsonWriter& json) { json.field("error", problem.what()); });
      }
    }
  };
  for (unsigned i = 0; i < core_->threads; ++i) {
    pthread_t thread;
    if (pthread_create(&thread, &attributes, run, core_.get()) == 0) core_->running.push_back(thread);
  }
  pthread_attr_destroy(&attributes);
  if (core_->running.size() < 2) {
    error = "the system gives no threads";
    stop(std::chrono::milliseconds(0));
    return false;
  }
  return true;
}

void Server::stop(std::chrono::milliseconds grace) {
  Core& core = *core_;
  if (core.running.empty()) return;
  core.stopping = true;
  asio::post(core.acceptor.get_executor(), [&core] {
    Error ignored;
    core.acceptor.close(ignored);
    core.pause.cancel();
  });
  auto for_all = [&](void (Session::*what)()) {
    std::vector<std::shared_ptr<Session>> open;
    {
      std::lock_guard lock(core.sessions_mutex);
      for (const auto& [raw, weak] : core.sessions) {
        if (auto session = weak.lock()) open.push_back(std::move(session));
      }
    }
    for (const auto& session : open) ((*session).*what)();
  };
  for_all(&Session::wind_up);
  auto wait = [&](std::chrono::milliseconds time) {
    std::unique_lock lock(core.sessions_mutex);
    core.all_left.wait_for(lock, time, [&] { return core.sessions.empty(); });
  };
  wait(grace);
  for_all(&Session::abort);
  wait(std::chrono::seconds(1));
  core.work.reset();
  core.io.stop();
  for (pthread_t thread : core.running) pthread_join(thread, nullptr);
  core.running.clear();
  // What was still to be told is told here, so that nobody is kept by a handler that never runs.
  Error ignored;
  core.acceptor.close(ignored);
  core.pause.cancel();
  core.io.restart();
  core.io.poll();
}

}  // namespace assay::serve
