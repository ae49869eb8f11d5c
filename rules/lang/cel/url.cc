#include "rules/lang/cel/url.h"

#include <algorithm>

#include "rules/lang/cel/text.h"
#include "rules/lang/cel/val.h"

namespace assay::rules::cel {
namespace {

bool is_alnum(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

enum class Part : uint8_t { kPath, kHost, kQuery, kUser };

bool allowed_in_host(char c) {
  return is_alnum(c) || static_cast<unsigned char>(c) >= 0x80 || std::string_view("!$&'()*+,;=:[]<>\"-_.~").find(c) != std::string_view::npos;
}

std::string go_quoted(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      static constexpr char kHex[] = "0123456789abcdef";
      if (c == '\n') out += "\\n";
      else if (c == '\t') out += "\\t";
      else if (c == '\r') out += "\\r";
      else {
        out += "\\x";
        out += kHex[static_cast<unsigned char>(c) >> 4];
        out += kHex[c & 15];
      }
      continue;
    }
    out += c;
  }
  return out + "\"";
}

bool unescape(std::string_view text, Part part, std::string& out, std::string& problem) {
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      bool whole = i + 2 < text.size() && hex(text[i + 1]) >= 0 && hex(text[i + 2]) >= 0;
      bool forbidden = whole && part == Part::kHost && hex(text[i + 1]) < 8 && text.substr(i, 3) != "%25";
      if (!whole || forbidden) {
        problem = "invalid URL escape " + go_quoted(text.substr(i, 3));
        return false;
      }
      out += static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2]));
      i += 2;
    } else if (c == '+' && part == Part::kQuery) {
      out += ' ';
    } else {
      if (part == Part::kHost && !allowed_in_host(c)) {
        problem = "invalid character " + go_quoted(std::string_view(&c, 1)) + " in host name";
        return false;
      }
      out += c;
    }
  }
  return true;
}

bool plain_in_path(char c) { return is_alnum(c) || std::string_view("-_.~$&+,/:;=@").find(c) != std::string_view::npos; }

std::string escaped_path(std::string_view written, std::string_view decoded) {
  std::string usual;
  for (char c : decoded) {
    if (plain_in_path(c)) {
      usual += c;
      continue;
    }
    static constexpr char kHex[] = "0123456789ABCDEF";
    usual += '%';
    usual += kHex[static_cast<unsigned char>(c) >> 4];
    usual += kHex[c & 15];
  }
  if (usual == written) return usual;
  bool valid = std::all_of(written.begin(), written.end(), [](char c) {
    return plain_in_path(c) || std::string_view("!'()*[]%").find(c) != std::string_view::npos;
  });
  return valid ? std::string(written) : usual;
}

bool optional_port(std::string_view text) {
  if (text.empty()) return true;
  return text[0] == ':' && std::all_of(text.begin() + 1, text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool parse_host(std::string_view host, std::string& out, std::string& problem) {
  size_t open = host.rfind('[');
  if (open != std::string_view::npos && open != 0) {
    problem = "invalid IP-literal";
    return false;
  }
  std::string_view port;
  if (open == 0) {
    size_t close = host.rfind(']');
    if (close == std::string_view::npos) {
      problem = "missing ']' in host";
      return false;
    }
    port = host.substr(close + 1);
    if (optional_port(port)) {
      std::string_view inside = host.substr(1, close - 1);
      inside = inside.substr(0, inside.find("%25"));
      auto address = parse_ip(inside);
      if (!address && inside.find('.') == std::string_view::npos) {
        problem = "invalid host: ParseAddr(" + go_quoted(inside) + "): unable to parse IP";
        return false;
      }
    }
  } else if (size_t colon = host.rfind(':'); colon != std::string_view::npos) {
    port = host.substr(colon);
    if (host.find(':') != colon) {
      problem = "invalid port " + go_quoted(host.substr(host.find(':'))) + " after host";
      return false;
    }
  }
  if (!optional_port(port)) {
    problem = "invalid port " + go_quoted(port) + " after host";
    return false;
  }
  return unescape(host, Part::kHost, out, problem);
}

bool valid_user(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return is_alnum(c) || std::string_view("-._:~!$&'()*+,;=%@").find(c) != std::string_view::npos;
  });
}

// The scheme and what stands behind it; false for ":...".
bool cut_scheme(std::string_view& text, std::string& scheme) {
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) continue;
    if ((c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.') {
      if (i == 0) return true;
      continue;
    }
    if (c != ':') return true;
    if (i == 0) return false;
    for (char letter : text.substr(0, i)) scheme += letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter;
    text = text.substr(i + 1);
    return true;
  }
  return true;
}

bool parse(std::string_view text, bool request, Url& out, std::string& problem) {
  auto fail = [&](std::string message) {
    problem = std::move(message);
    return false;
  };
  if (std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; })) {
    return fail("net/url: invalid control character in URL");
  }
  if (text.empty()) return request ? fail("empty url") : true;
  if (text == "*") {
    out.path = "*";
    return true;
  }
  if (!cut_scheme(text, out.scheme)) return fail("missing protocol scheme");
  if (text.ends_with('?') && std::count(text.begin(), text.end(), '?') == 1) {
    text.remove_suffix(1);
  } else if (size_t query = text.find('?'); query != std::string_view::npos) {
    out.raw_query = text.substr(query + 1);
    text = text.substr(0, query);
  }
  if (!text.starts_with('/')) {
    if (!out.scheme.empty()) return true;  // opaque
    if (request) return fail("invalid URI for request");
    if (text.substr(0, text.find('/')).find(':') != std::string_view::npos) return fail("first path segment in URL cannot contain colon");
  }
  if ((!out.scheme.empty() || (!request && !text.starts_with("///"))) && text.starts_with("//")) {
    std::string_view authority = text.substr(2);
    size_t slash = authority.find('/');
    text = slash == std::string_view::npos ? std::string_view() : authority.substr(slash);
    authority = authority.substr(0, slash);
    size_t at = authority.rfind('@');
    std::string_view host = at == std::string_view::npos ? authority : authority.substr(at + 1);
    if (!parse_host(host, out.host, problem)) return false;
    if (at != std::string_view::npos) {
      if (!valid_user(authority.substr(0, at))) return fail("net/url: invalid userinfo");
      std::string user;
      if (!unescape(authority.substr(0, at), Part::kUser, user, problem)) return false;
    }
  }
  std::string decoded;
  if (!unescape(text, Part::kPath, decoded, problem)) return false;
  out.path = escaped_path(text, decoded);
  return true;
}

}  // namespace

std::string Url::hostname() const {
  std::string_view name = host;
  size_t colon = name.rfind(':');
  if (colon != std::string_view::npos && optional_port(name.substr(colon))) name = name.substr(0, colon);
  if (name.size() >= 2 && name.starts_with('[') && name.ends_with(']')) name = name.substr(1, name.size() - 2);
  return std::string(name);
}

std::string Url::port() const {
  size_t colon = host.rfind(':');
  return colon != std::string::npos && optional_port(std::string_view(host).substr(colon)) ? host.substr(colon + 1) : std::string();
}

std::vector<std::pair<std::string, std::vector<std::string>>> Url::query() const {
  std::vector<std::pair<std::string, std::vector<std::string>>> out;
  std::string_view rest = raw_query;
  while (!rest.empty()) {
    size_t end = rest.find('&');
    std::string_view pair = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    if (pair.empty() || pair.find(';') != std::string_view::npos) continue;
    size_t equals = pair.find('=');
    std::string name, value, ignored;
    if (!unescape(pair.substr(0, equals), Part::kQuery, name, ignored)) continue;
    if (equals != std::string_view::npos && !unescape(pair.substr(equals + 1), Part::kQuery, value, ignored)) continue;
    auto at = std::find_if(out.begin(), out.end(), [&](const auto& entry) { return entry.first == name; });
    if (at == out.end()) at = out.insert(out.end(), {name, {}});
    at->second.push_back(value);
  }
  return out;
}

bool parse_request_url(std::string_view text, Url& out, std::string& problem) {
  Url whole;
  std::string message;
  if (!parse(text, true, whole, message)) {
    problem = "parse " + go_quoted(text) + ": " + message;
    return false;
  }
  size_t hash = text.find('#');
  if (hash == std::string_view::npos) {
    out = std::move(whole);
    return true;
  }
  if (parse(text.substr(0, hash), false, out, message)) return true;
  problem = "parse " + go_quoted(text) + ": " + message;
  return false;
}

}  // namespace assay::rules::cel
