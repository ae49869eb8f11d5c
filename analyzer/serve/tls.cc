#include "analyzer/serve/tls.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>

#include "analyzer/serve/tls_context.h"

namespace assay::serve {
namespace {

constexpr size_t kMaxPemBytes = 4u << 20;
constexpr int kMaxChain = 10;

template <typename T, void (*Free)(T*)>
struct Deleter {
  void operator()(T* object) const { Free(object); }
};
using Certificate = std::unique_ptr<X509, Deleter<X509, X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY, EVP_PKEY_free>>;

struct BioDeleter {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using Bio = std::unique_ptr<BIO, BioDeleter>;

Bio bio_of(std::string_view text) { return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

// The first reason that OpenSSL gives; forgets the others.
std::string reason() {
  unsigned long code = ERR_get_error();
  const char* text = code ? ERR_reason_error_string(code) : nullptr;
  ERR_clear_error();
  return text ? text : "unknown reason";
}

int no_password(char*, int, int, void*) { return 0; }  // never asks on a terminal

std::vector<Certificate> read_certificates(std::string_view pem) {
  std::vector<Certificate> out;
  Bio bio = bio_of(pem);
  while (X509* next = bio ? PEM_read_bio_X509(bio.get(), nullptr, no_password, nullptr) : nullptr) out.emplace_back(next);
  return out;
}

int64_t seconds_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (!ASN1_TIME_to_tm(time, &parts)) return 0;
  return static_cast<int64_t>(timegm(&parts));
}

std::string subject_of(const X509* certificate) {
  Bio out(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(out.get(), X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253);
  char* data = nullptr;
  long size = BIO_get_mem_data(out.get(), &data);
  return size > 0 ? std::string(data, static_cast<size_t>(size)) : std::string();
}

std::string fingerprint_of(const X509* certificate) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (!X509_digest(certificate, EVP_sha256(), digest, &size)) return "";
  std::string out;
  for (unsigned i = 0; i < size; ++i) {
    out += "0123456789abcdef"[digest[i] >> 4];
    out += "0123456789abcdef"[digest[i] & 15];
  }
  return out;
}

// HTTP/1.1 where the client offers it, as kube-apiserver does; a client that speaks nothing else learns it from the answer.
int choose_protocol(SSL*, const unsigned char** out, unsigned char* size, const unsigned char* offered, unsigned offered_size, void*) {
  for (unsigned at = 0; at < offered_size; at += offered[at] + 1u) {
    std::string_view name(reinterpret_cast<const char*>(offered + at + 1), std::min<unsigned>(offered[at], offered_size - at - 1));
    if (name != "http/1.1") continue;
    *out = offered + at + 1;
    *size = offered[at];
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_NOACK;
}

class Loader {
 public:
  Loader(const core::FileSystem& files, const TlsFiles& wanted, int64_t now, std::string& error)
      : files_(files), wanted_(wanted), now_(now), error_(error) {}

  std::shared_ptr<const TlsState> load() {
    state_->context = std::make_shared<TlsContext>();
    state_->context->client_names = wanted_.client_names;
    SSL_CTX* context = state_->context->context = SSL_CTX_new(TLS_server_method());
    if (context == nullptr) return wrong("OpenSSL does not start: " + reason());
    set_options(context);
    if (!use_certificate(context) || !use_key(context)) return nullptr;
    if (!wanted_.client_authorities.empty() && !use_clients(context)) return nullptr;
    return state_;
  }

 private:
  std::shared_ptr<const TlsState> wrong(std::string message) {
    error_ = std::move(message);
    return nullptr;
  }
  bool failed(std::string message) {
    error_ = std::move(message);
    return false;
  }

  void set_options(SSL_CTX* context) {
    SSL_CTX_set_min_proto_version(context, wanted_.only_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_TICKET);
    // Of TLS 1.2 only what has forward secrecy and authenticates what it encrypts.
    SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20");
    // The API server keeps its connections; tickets and sessions would only be memory.
    SSL_CTX_set_num_tickets(context, 0);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_default_passwd_cb(context, no_password);
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
  }

  bool read(const char* what, const std::string& path, std::string& text) {
    auto found = files_.read_up_to(path, kMaxPemBytes);
    if (!found) return failed(std::string(what) + ": " + found.error().message);
    text = std::move(*found);
    return true;
  }

  bool use_certificate(SSL_CTX* context) {
    std::string pem;
    if (!read("the certificate", wanted_.certificate, pem)) return false;
    std::vector<Certificate> chain = read_certificates(pem);
    ERR_clear_error();
    if (chain.empty()) return failed("'" + wanted_.certificate + "' holds no certificate in PEM (-----BEGIN CERTIFICATE-----)");
    if (chain.size() > kMaxChain) return failed("'" + wanted_.certificate + "' holds more than " + std::to_string(kMaxChain) + " certificates");
    X509* own = chain.front().get();
    state_->expires = seconds_of(X509_get0_notAfter(own));
    state_->subject = subject_of(own);
    state_->fingerprint = fingerprint_of(own);
    if (state_->expires <= now_) return failed("the certificate in '" + wanted_.certificate + "' (" + state_->subject + ") has ended");
    if (seconds_of(X509_get0_notBefore(own)) > now_ + 60) state_->notes.push_back("the certificate is not valid yet; is the clock right?");
    if (X509_get_ext_by_NID(own, NID_subject_alt_name, -1) < 0) {
      state_->notes.push_back("the certificate has no subjectAltName; the API server will not accept it");
    }
    if (SSL_CTX_use_certificate(context, own) != 1) return failed("the certificate in '" + wanted_.certificate + "' cannot be used: " + reason());
    for (size_t i = 1; i < chain.size(); ++i) {
      if (SSL_CTX_add1_chain_cert(context, chain[i].get()) != 1) return failed("the chain in '" + wanted_.certificate + "' cannot be used: " + reason());
    }
    return true;
  }

  bool use_key(SSL_CTX* context) {
    std::string pem;
    if (!read("the key", wanted_.key, pem)) return false;
    Bio bio = bio_of(pem);
    Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr));
    OPENSSL_cleanse(pem.data(), pem.size());
    ERR_clear_error();
    if (!key) return failed("'" + wanted_.key + "' holds no private key in PEM that can be read without a password");
    if (SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1) {
      ERR_clear_error();
      return failed("the key in '" + wanted_.key + "' is not that of the certificate in '" + wanted_.certificate + "'");
    }
    return true;
  }

  bool use_clients(SSL_CTX* context) {
    X509_STORE* store = SSL_CTX_get_cert_store(context);
    for (const std::string& path : wanted_.client_authorities) {
      std::string pem;
      if (!read("the client authority", path, pem)) return false;
      std::vector<Certificate> authorities = read_certificates(pem);
      ERR_clear_error();
      if (authorities.empty()) return failed("'" + path + "' holds no certificate in PEM (-----BEGIN CERTIFICATE-----)");
      for (const Certificate& authority : authorities) {
        X509_STORE_add_cert(store, authority.get());
        SSL_CTX_add_client_CA(context, authority.get());
      }
    }
    // Not required by the handshake: probes of the kubelet have none. Reviews are refused without.
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_verify_depth(context, kMaxChain);
    static constexpr unsigned char kContext[] = "assay";
    SSL_CTX_set_session_id_context(context, kContext, sizeof kContext - 1);
    state_->clients = true;
    return true;
  }

  const core::FileSystem& files_;
  const TlsFiles& wanted_;
  const int64_t now_;
  std::string& error_;
  std::shared_ptr<TlsState> state_ = std::make_shared<TlsState>();
};

}  // namespace

bool client_is_trusted(const SSL* connection, const TlsContext& context) {
  Certificate shown(SSL_get1_peer_certificate(connection));
  if (!shown || SSL_get_verify_result(connection) != X509_V_OK) return false;
  if (context.client_names.empty()) return true;
  for (const std::string& name : context.client_names) {
    if (X509_check_host(shown.get(), name.data(), name.size(), X509_CHECK_FLAG_NO_WILDCARDS, nullptr) == 1) return true;
    // kube-apiserver's client certificates often have a common name only, which is no host name.
    X509_NAME* subject = X509_get_subject_name(shown.get());
    int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    const ASN1_STRING* text = at < 0 ? nullptr : X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));
    if (text == nullptr) continue;
    std::string_view common(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)), static_cast<size_t>(ASN1_STRING_length(text)));
    if (common == name) return true;
  }
  return false;
}

std::shared_ptr<const TlsState> load_tls(const core::FileSystem& files, const TlsFiles& wanted, int64_t now, std::string& error) {
  // Nothing from the system's openssl.cnf: the same everywhere.
  OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, nullptr);
  return Loader(files, wanted, now, error).load();
}

}  // namespace assay::serve
