// Any bytes through TLS to a running server: whatever comes, it answers with HTTP or closes, and then still serves.
#include <arpa/inet.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <ctime>

#include "analyzer/serve/policies.h"
#include "analyzer/serve/server.h"
#include "parsers/core/check.h"

namespace {

using namespace assay;

std::string pem_of(const std::function<int(BIO*)>& write) {
  BIO* out = BIO_new(BIO_s_mem());
  ASSAY_CHECK(write(out) == 1);
  char* data = nullptr;
  long size = BIO_get_mem_data(out, &data);
  std::string text(data, static_cast<size_t>(size));
  BIO_free(out);
  return text;
}

struct Running {
  Running() {
    std::signal(SIGPIPE, SIG_IGN);
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* certificate = X509_new();
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 86'400);
    X509_set_pubkey(certificate, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("fuzz"), -1, -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
    ASSAY_CHECK(X509_sign(certificate, key, EVP_sha256()) > 0);
    core::MemoryFileSystem files;
    files.add_file("/tls.crt", pem_of([&](BIO* out) { return PEM_write_bio_X509(out, certificate); }));
    files.add_file("/tls.key", pem_of([&](BIO* out) { return PEM_write_bio_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr); }));
    X509_free(certificate);
    EVP_PKEY_free(key);
    std::string error;
    auto tls = serve::load_tls(files, {"/tls.crt", "/tls.key", {}, {}, false}, static_cast<int64_t>(std::time(nullptr)), error);
    ASSAY_CHECK(tls != nullptr);
    std::vector<pipeline::UsageError> errors;
    pipeline::ScanOptions options;
    options.current_directory = "/";
    auto policies = serve::load_policies(files, options, errors);
    ASSAY_CHECK(policies != nullptr);
    webhook.set_certificate_loaded();
    webhook.install(policies);
    server.set_tls(tls);
    ASSAY_CHECK(server.start("127.0.0.1:0", error));
    client = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_verify(client, SSL_VERIFY_NONE, nullptr);
  }
  static serve::ServerLimits limits() {
    serve::ServerLimits out;
    out.threads = 2;
    out.body = 256 << 10;
    out.header = out.body_time = out.idle = std::chrono::milliseconds(2000);
    return out;
  }

  // Everything that comes back.
  std::string ask(std::string_view text) {
    int plain = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(server.port());
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSAY_CHECK(connect(plain, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0);
    SSL* tls = SSL_new(client);
    SSL_set_fd(tls, plain);
    std::string out;
    if (SSL_connect(tls) == 1) {
      if (!text.empty()) SSL_write(tls, text.data(), static_cast<int>(text.size()));
      SSL_shutdown(tls);  // nothing more comes
      char buffer[16384];
      int got = 0;
      while ((got = SSL_read(tls, buffer, sizeof buffer)) > 0) out.append(buffer, static_cast<size_t>(got));
    }
    ERR_clear_error();
    SSL_free(tls);
    close(plain);
    return out;
  }

  serve::Metrics metrics;
  serve::Log log{open("/dev/null", O_WRONLY), serve::Level::kDebug, metrics};
  serve::Webhook webhook{metrics, log, "fuzz"};
  serve::Server server{webhook, metrics, log, limits()};
  SSL_CTX* client = nullptr;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static Running* running = new Running;
  std::string_view text(reinterpret_cast<const char*>(data), std::min<size_t>(size, 60'000));
  std::string answer = running->ask(text);
  ASSAY_CHECK(answer.empty() || answer.starts_with("HTTP/1.1 "));
  ASSAY_CHECK(answer.find("\"allowed\":true") == std::string::npos || text.find("AdmissionReview") != std::string_view::npos);
  static int count = 0;
  if (++count % 64 == 0) ASSAY_CHECK(running->ask("GET /livez HTTP/1.1\r\nConnection: close\r\n\r\n").starts_with("HTTP/1.1 200 OK"));
  std::string head = "POST /validate HTTP/1.1\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: ";
  if (count % 4 == 0) ASSAY_CHECK(running->ask(head + std::to_string(text.size()) + "\r\n\r\n" + std::string(text)).starts_with("HTTP/1.1 "));
  return 0;
}
