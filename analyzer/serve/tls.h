// The server's certificate and whom it trusts, as one immutable context that new connections begin with. A new certificate
// makes a new context; connections keep the one they began with.
//
// Called by serve.cc (loading) and server.cc. Files are read through a FileSystem; keys never leave memory or go to a log.
// Threads: loading from one; a loaded state is read by all.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/core/file_system.h"

namespace assay::serve {

struct TlsFiles {
  std::string certificate, key;            // PEM; the certificate first, then those that lead to its authority
  std::vector<std::string> client_authorities;  // PEM; not empty: reviews need a client certificate of one of them
  std::vector<std::string> client_names;   // common or DNS names that it may have; empty: any
  bool only_1_3 = false;                   // else TLS 1.2 as well
};

// Holds an SSL_CTX.
struct TlsContext;

struct TlsState {
  std::shared_ptr<TlsContext> context;
  int64_t expires = 0;       // of the first certificate, seconds since the epoch
  std::string subject;       // "CN=assay.assay-system.svc"
  std::string fingerprint;   // SHA-256 of the first certificate, for logs
  std::vector<std::string> notes;  // what is odd but works
  bool clients = false;      // are client certificates asked for?
};

// Null with what is wrong; never a part of a new state. A certificate that has ended is wrong.
std::shared_ptr<const TlsState> load_tls(const core::FileSystem& files, const TlsFiles& wanted, int64_t now, std::string& error);

}  // namespace assay::serve
