// What is inside a TlsContext: an SSL_CTX. Only tls.cc and server.cc look in, the two files that know OpenSSL.
#pragma once

#include <openssl/ssl.h>

#include <string>
#include <vector>

namespace assay::serve {

struct TlsContext {
  TlsContext() = default;
  TlsContext(const TlsContext&) = delete;
  ~TlsContext() { SSL_CTX_free(context); }
  SSL_CTX* context = nullptr;
  std::vector<std::string> client_names;
};

// Did the client show a certificate that is trusted, with a name that is asked for?
bool client_is_trusted(const SSL* connection, const TlsContext& context);

}  // namespace assay::serve
