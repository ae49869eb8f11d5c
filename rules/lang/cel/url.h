// URLs as Go's net/url reads them, which is what Kubernetes means by a URL. Called by the libraries url and format.
//
// Ownership: parts are strings of their own. Threads: pure.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace assay::rules::cel {

struct Url {
  std::string scheme, host, path, raw_query;  // host with the port; path as it is written in requests
  std::string hostname() const;
  std::string port() const;
  // Names in the order of their first value, each with its values; malformed pairs are left out.
  std::vector<std::pair<std::string, std::vector<std::string>>> query() const;
};

// An absolute URL or an absolute path, as url.ParseRequestURI accepts them; a fragment is cut off after that. False with
// Go's words for what is wrong.
bool parse_request_url(std::string_view text, Url& out, std::string& problem);

}  // namespace assay::rules::cel
