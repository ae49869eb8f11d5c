// Names and values in text: "password = ...", "api_key: ...", addresses with passwords, authorization headers.
#include <algorithm>
#include <array>
#include <cstring>

#include "parsers/core/path.h"
#include "parsers/core/text.h"
#include "rules/secrets/scan.h"
#include "rules/secrets/verify.h"

namespace assay::rules::secrets {
namespace {

constexpr size_t kMaxName = 80;
constexpr size_t kMaxValue = 4096;
constexpr size_t kLookBack = 160;  // from a value to the name in the line before

// The last two letters of names worth reading: pass-wo-rd, p-wd, to-ken, k-ey, secr-et, credenti-als, passphra-se,
// connection_stri-ng, pa-ss, p-sk, passco-de, authorizati-on, val-ue, _au-th.
constexpr std::array<uint32_t, 26> make_endings() {
  std::array<uint32_t, 26> out{};
  for (std::string_view ending : {"rd", "wd", "en", "ey", "et", "ls", "se", "ng", "ss", "sk", "de", "on", "ue", "th"}) {
    out[static_cast<size_t>(ending[1] - 'a')] |= 1u << (ending[0] - 'a');
  }
  return out;
}
constexpr std::array<uint32_t, 26> kEndings = make_endings();

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_quote(char c) { return c == '"' || c == '\'' || c == '`'; }

// A password in an address that only leads to the machine itself, or nowhere.
bool is_local_host(std::string_view host) {
  for (std::string_view name : {"localhost", "127.0.0.1", "0.0.0.0", "host", "hostname", "example", "server", "HOST", "myhost"}) {
    if (host.starts_with(name) && (host.size() == name.size() || host[name.size()] == ':' || host[name.size()] == '/' ||
                                   (name == "example" && host[name.size()] == '.'))) {
      return true;
    }
  }
  return false;
}

}  // namespace

Syntax syntax_of(std::string_view path) {
  std::string_view name = path.substr(path.rfind('/') == std::string_view::npos ? 0 : path.rfind('/') + 1);
  auto is = [&](std::initializer_list<std::string_view> names) {
    return std::any_of(names.begin(), names.end(), [&](std::string_view n) { return core::equals_ignoring_case(name, n); });
  };
  std::string lower = core::to_lower_ascii(name);
  auto ends = [&](std::initializer_list<std::string_view> endings) {
    return std::any_of(endings.begin(), endings.end(), [&](std::string_view e) { return lower.ends_with(e); });
  };
  if (is({"package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "go.sum", "go.mod", "cargo.lock", "poetry.lock",
          "composer.lock", "gemfile.lock", "pipfile.lock", ".terraform.lock.hcl", "uv.lock", "chart.lock", "flake.lock",
          "requirements.lock", "packages.lock.json", "bun.lock", "mix.lock", "podfile.lock"})) {
    return Syntax::kTokens;
  }
  if (ends({".md", ".markdown", ".rst", ".adoc", ".asciidoc", ".html", ".htm", ".svg", ".map", ".css", ".min.js", ".csv", ".tsv",
            ".ipynb", ".sum", ".lock", ".tex", ".po", ".patch", ".diff", ".log", ".crt", ".cer"}) ||
      is({"license", "readme", "changelog", "notice", "authors", "codeowners"})) {
    return Syntax::kTokens;
  }
  if (is({".netrc", "_netrc", ".authinfo"})) return Syntax::kNetrc;
  if (is({".pgpass", "pgpass.conf"})) return Syntax::kPgpass;
  if (lower.starts_with("dockerfile") || ends({".dockerfile"}) || is({"containerfile"})) return Syntax::kCommand;
  if (ends({".yaml", ".yml", ".template", ".j2", ".jinja", ".jinja2", ".tpl", ".sls"})) return Syntax::kYaml;
  if (ends({".xml", ".config", ".csproj", ".props", ".plist", ".pom"})) return Syntax::kXml;
  if (lower.starts_with(".env") || lower.starts_with("env.") ||
      ends({".env", ".sh", ".bash", ".zsh", ".fish", ".properties", ".ini", ".cfg", ".conf", ".cnf", ".npmrc", ".yarnrc", ".pypirc",
            ".service", ".profile", ".bashrc", ".zshrc", ".envrc", ".txt", ".mk", ".ps1", ".bat", ".cmd", ".userdata", ".user-data"}) ||
      is({"makefile", "credentials", "config", "jenkinsfile", ".s3cfg", ".boto", ".my.cnf", "procfile", "user-data", "userdata", ".gitconfig"})) {
    return Syntax::kPlain;
  }
  if (ends({".tf", ".tofu", ".tfvars", ".hcl", ".nomad"})) return Syntax::kHcl;
  return Syntax::kQuoted;
}

// The name that ends in front of `at`: quotes and an index ("a["b"]") are taken off.
std::string_view Scanner::name_before(size_t at) const {
  size_t end = at;
  while (end > 0 && at - end < 8 && is_blank(text_[end - 1])) --end;
  if (end > 0 && text_[end - 1] == ']') --end;
  if (end > 0 && is_quote(text_[end - 1])) --end;
  if (end > 0 && text_[end - 1] == '\\') --end;  // JSON in a string
  size_t begin = end;
  while (begin > 0 && end - begin < kMaxName && (in_class(text_[begin - 1], class_bit('y')) || text_[begin - 1] == '$')) --begin;
  return text_.substr(begin, end - begin);
}

// Of {"name": "DB_PASSWORD", "value": ...} the text of "name", in this line or the one before.
std::string_view Scanner::name_beside(size_t key_begin) const {
  // "adminPassword": {"value": ...}
  size_t open = key_begin;
  while (open > 0 && key_begin - open < 40 && (core::is_space(text_[open - 1]) || is_quote(text_[open - 1]))) --open;
  if (open > 1 && text_[open - 1] == '{') {
    size_t colon = open - 1;
    while (colon > 0 && core::is_space(text_[colon - 1])) --colon;
    if (colon > 1 && text_[colon - 1] == ':') return name_before(colon - 1);
  }
  size_t from = key_begin > kLookBack ? key_begin - kLookBack : 0;
  std::string_view window = text_.substr(from, key_begin - from);
  size_t newline = window.rfind('\n');
  if (newline != std::string_view::npos && newline > 0) {
    size_t above = window.rfind('\n', newline - 1);
    if (above != std::string_view::npos) window.remove_prefix(above + 1);
  }
  size_t best = std::string_view::npos;
  for (std::string_view label : {"name", "Name", "key", "Key"}) {
    size_t found = window.rfind(label);
    if (found != std::string_view::npos && (best == std::string_view::npos || found > best)) best = found;
  }
  if (best == std::string_view::npos) return {};
  size_t at = window.find_first_of("=:", best);
  if (at == std::string_view::npos || at - best > 8) return {};
  ++at;
  while (at < window.size() && (is_blank(window[at]) || is_quote(window[at]) || window[at] == '\\')) ++at;
  size_t end = at;
  while (end < window.size() && in_class(window[end], class_bit('y'))) ++end;
  return window.substr(at, end - at);
}

void Scanner::find_heredocs() {
  for (size_t at = text_.find("<<"); at != std::string_view::npos; at = text_.find("<<", at)) {
    at += 2;
    size_t begin = at < text_.size() && text_[at] == '-' ? at + 1 : at;
    size_t end = begin;
    while (end < text_.size() && in_class(text_[end], class_bit('w'))) ++end;
    std::string_view mark = text_.substr(begin, end - begin);
    size_t line = text_.find('\n', end);
    if (mark.empty() || line == std::string_view::npos) continue;
    size_t body = line + 1;
    for (size_t next = body; next < text_.size();) {
      size_t stop = std::min(text_.find('\n', next), text_.size());
      if (core::trim(text_.substr(next, stop - next)) == mark) {
        heredocs_.emplace_back(body, next);
        at = stop;
        break;
      }
      next = stop + 1;
    }
  }
}

Syntax Scanner::syntax_at(size_t at) const {
  if (options_.syntax != Syntax::kHcl) return options_.syntax;
  auto after = std::upper_bound(heredocs_.begin(), heredocs_.end(), at, [](size_t a, const auto& body) { return a < body.first; });
  return after != heredocs_.begin() && at < std::prev(after)->second ? Syntax::kYaml : Syntax::kQuoted;
}

bool Scanner::value_at(size_t at, bool colon, size_t& begin, size_t& end, bool& quoted) const {
  Syntax syntax = syntax_at(at);
  bool plain = syntax != Syntax::kQuoted && syntax != Syntax::kTokens;
  while (at < text_.size() && is_blank(text_[at])) ++at;
  if (at >= text_.size()) return false;
  // r"", b'', f"", @"": letters in front of a quote.
  size_t quote = at;
  while (quote < text_.size() && quote - at < 2 && (core::is_alpha(text_[quote]) || text_[quote] == '@' || text_[quote] == '$')) ++quote;
  bool escaped = quote + 1 < text_.size() && text_[quote] == '\\' && is_quote(text_[quote + 1]);  // in a string
  if (escaped) ++quote;
  quoted = quote < text_.size() && is_quote(text_[quote]);
  if (quoted) {
    begin = quote + 1;
    std::string_view rest = text_.substr(begin, kMaxValue);
    size_t length = 0;
    while (length < rest.size() && rest[length] != text_[quote] && rest[length] != '\n') {
      length += !escaped && rest[length] == '\\' && length + 1 < rest.size() ? 2 : 1;
    }
    if (length >= rest.size() || rest[length] != text_[quote]) return false;
    end = begin + length;
    if (escaped && end > begin && text_[end - 1] == '\\') --end;
    // "a" + b is an expression, and so is "a" "b".
    size_t next = end + 1;
    while (next < text_.size() && is_blank(text_[next])) ++next;
    return next >= text_.size() || (text_[next] != '+' && text_[next] != '%');
  }
  if (!plain || escaped) return false;
  if (syntax == Syntax::kXml) return false;
  begin = end = at;
  if (syntax == Syntax::kYaml && colon) {
    if (std::string_view("*&!|>%@{[").find(text_[at]) != std::string_view::npos) return false;  // no plain scalar
    while (end < text_.size() && text_[end] != '\n' && text_[end] != '\r' && !(text_[end] == '#' && is_blank(text_[end - 1]))) ++end;
    while (end > begin && is_blank(text_[end - 1])) --end;
    if (end > begin && (text_[end - 1] == ',' || text_[end - 1] == '}')) {  // a flow mapping
      while (end > begin && (text_[end - 1] == ',' || text_[end - 1] == '}' || is_blank(text_[end - 1]))) --end;
    }
  } else {
    while (end < text_.size() && !core::is_space(text_[end]) && std::string_view(";&|\"'`<>").find(text_[end]) == std::string_view::npos) ++end;
    // Words behind it: "token = the text that ..." in properties is prose.
    if (end < text_.size() && is_blank(text_[end]) && syntax == Syntax::kPlain && colon) return false;
  }
  return end - begin <= kMaxValue;
}

void Scanner::judge(std::string_view name, size_t begin, size_t end, bool quoted) {
  (void)quoted;
  std::string_view value = text_.substr(begin, end - begin);
  if (const TokenFormat* format = slot_format(name, value)) {
    Match match{format->kind, begin, end, format->category};
    match.slot = name;
    return add(std::move(match));
  }
  if (!is_secret_name(name)) return;
  bool password = is_password_name(name);
  // Data of a Secret: what counts is behind the base64.
  bool encoded = false;
  std::optional<std::string> behind;
  if (value.size() >= 8 && value.size() % 4 == 0 && value.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=") == std::string_view::npos) {
    behind = decode_any_base64(value);
    encoded = behind && is_printable_text(*behind) && core::is_ascii(*behind);
  }
  std::string_view judged = encoded ? core::trim(std::string_view(*behind)) : value;
  if (!is_plausible(judged, password)) return;
  if (normal_name(judged).starts_with(normal_name(name))) return;  // "signingKey": "signingKey1024"
  Match match{"secret-value", begin, end, Category::kGeneric};
  match.slot = name;
  match.encoded = false;
  add(std::move(match));
}

void Scanner::try_assignment(size_t at) {
  bool colon = text_[at] == ':';
  if (colon && text_.substr(at, 3) == "://") return try_url(at);
  if (options_.syntax == Syntax::kTokens || at == 0) return;
  bool typed = options_.syntax == Syntax::kQuoted;
  // Cheap: the last letters in front.
  size_t last = at - 1;
  while (last > 0 && (is_blank(text_[last]) || is_quote(text_[last]) || text_[last] == ']' || text_[last] == '\\')) {
    if (at - last > 12) return;
    --last;
  }
  if (last == 0) return;
  unsigned c = static_cast<unsigned char>(text_[last] | 0x20) - 'a', before = static_cast<unsigned char>(text_[last - 1] | 0x20) - 'a';
  if (c >= 26 || before >= 26 || !((kEndings[c] >> before) & 1)) {
    // "password: str = ...": a type stands between.
    size_t type = last;
    while (type > 0 && last - type < 20 && in_class(text_[type], class_bit('w'))) --type;
    while (type > 0 && is_blank(text_[type])) --type;
    if (colon || !typed || type < 3 || text_[type] != ':') return;
  }

  size_t value = at + 1;
  char next = value < text_.size() ? text_[value] : '\0';
  if (!colon) {
    char previous = text_[at - 1];
    if (previous == '=' || previous == '!' || previous == '<' || previous == '>' || previous == '~') return;  // comparisons
    if (next == '=' || next == '~') return;
    if (next == '>') ++value;  // "a" => "b"
  } else if (next == ':') {
    return;
  } else if (next == '=') {
    ++value;  // Go's :=
  }
  std::string_view name = name_before(at);
  if (name.size() < 3) return;
  // "password: str = ..." in typed languages: the name stands in front of the type.
  if (!colon && typed) {
    size_t type = static_cast<size_t>(name.data() - text_.data());
    size_t mark = type;
    while (mark > 0 && is_blank(text_[mark - 1])) --mark;
    if (mark > 1 && text_[mark - 1] == ':') name = name_before(mark - 1);
  }
  size_t begin = 0, end = 0;
  bool quoted = false;
  if (!value_at(value, colon, begin, end, quoted)) return;
  if (std::string_view above = text_.substr(0, static_cast<size_t>(name.data() - text_.data())); above.ends_with("checksum/")) return;
  std::string_view text = text_.substr(begin, end - begin);
  size_t name_begin = static_cast<size_t>(name.data() - text_.data());
  if (core::equals_ignoring_case(name, "value") || core::equals_ignoring_case(name, "parametervalue")) name = name_beside(name_begin);
  if (core::equals_ignoring_case(name, "authorization")) return try_authorization(text, begin);
  if (text.size() < 6) return;
  judge(name, begin, end, quoted);
}

void Scanner::try_authorization(std::string_view value, size_t begin) {
  auto credential = [&](std::string_view scheme) -> std::string_view {
    if (value.size() < scheme.size() + 8 || !core::equals_ignoring_case(value.substr(0, scheme.size()), scheme)) return {};
    begin += scheme.size();
    return value.substr(scheme.size());
  };
  if (std::string_view basic = credential("Basic "); !basic.empty()) {
    auto decoded = decode_any_base64(basic);
    if (!decoded || !is_printable_text(*decoded)) return;
    size_t colon = decoded->find(':');
    if (colon == std::string::npos || is_placeholder(std::string_view(*decoded).substr(colon + 1))) return;
    add({"basic-authorization", begin, begin + basic.size()});
  } else if (std::string_view bearer = credential("Bearer "); !bearer.empty()) {
    if (bearer.size() >= 20 && is_plausible(bearer, false)) add({"bearer-token", begin, begin + bearer.size()});
  }
}

// scheme://user:password@host
void Scanner::try_url(size_t at) {
  size_t begin = at + 3;
  std::string_view rest = text_.substr(begin, 512);
  size_t end = rest.find_first_of(" \t\r\n\"'`<>/?#\\,");
  std::string_view authority = rest.substr(0, end);
  size_t sign = authority.rfind('@');
  size_t colon = authority.find(':');
  if (sign == std::string_view::npos || colon == std::string_view::npos || colon + 1 >= sign) return;
  std::string_view user = authority.substr(0, colon), password = authority.substr(colon + 1, sign - colon - 1);
  std::string_view host = authority.substr(sign + 1);
  if (is_placeholder(password) || core::equals_ignoring_case(password, user)) return;
  if (password.front() == '$' || password.find_first_of("{}[]()|^*") != std::string_view::npos) return;
  if (host.empty() || (!in_class(host[0], class_bit('a')) && host[0] != '[' && host[0] != '$' && host[0] != '{')) return;
  if (is_placeholder(user) && user.size() >= 3 && user.find_first_of("${<[") != std::string_view::npos && password.size() < 6) return;
  if (options_.whole_file && (options_.syntax == Syntax::kTokens || is_local_host(host))) return;
  Match match{"password-in-url", begin + colon + 1, begin + sign, Category::kUrlPassword};
  size_t host_end = 0;
  while (host_end < host.size() && in_class(host[host_end], class_bit('y'))) ++host_end;
  match.slot = host.substr(0, host_end);
  add(std::move(match));
}

void Scanner::try_defines() {
  constexpr std::string_view kDefine = "define(";
  const char* end = text_.data() + text_.size();
  for (const char* at = text_.data();; ) {
    at = static_cast<const char*>(memmem(at, static_cast<size_t>(end - at), kDefine.data(), kDefine.size()));
    if (at == nullptr) return;
    at += kDefine.size();
    std::string_view rest(at, std::min<size_t>(static_cast<size_t>(end - at), 600));
    rest = rest.substr(0, rest.find('\n'));
    // A quoted name, a comma, a quoted value.
    auto quoted = [&]() -> std::string_view {
      rest = core::trim_left(rest);
      if (rest.empty() || (rest[0] != '\'' && rest[0] != '"')) return {};
      size_t close = rest.find(rest[0], 1);
      if (close == std::string_view::npos) return {};
      std::string_view inside = rest.substr(1, close - 1);
      rest = core::trim_left(rest.substr(close + 1));
      return inside;
    };
    std::string_view name = quoted();
    if (name.empty() || rest.empty() || rest[0] != ',') continue;
    rest.remove_prefix(1);
    std::string_view value = quoted();
    if (value.empty()) continue;
    size_t begin = static_cast<size_t>(value.data() - text_.data());
    judge(name, begin, begin + value.size(), true);
  }
}

void Scanner::try_curl() {
  const char* end = text_.data() + text_.size();
  for (const char* at = text_.data();; ) {
    at = static_cast<const char*>(memmem(at, static_cast<size_t>(end - at), "curl ", 5));
    if (at == nullptr) return;
    at += 5;
    std::string_view rest(at, std::min<size_t>(static_cast<size_t>(end - at), 600));
    rest = rest.substr(0, rest.find('\n'));
    for (std::string_view option : {" -u ", " -u", " --user ", " --user="}) {
      // The first option stands behind "curl", whose blank is part of it.
      std::string_view line(rest.data() - 1, rest.size() + 1);
      size_t found = line.find(option);
      if (found == std::string_view::npos) continue;
      std::string_view value = line.substr(found + option.size());
      if (value.empty() || value[0] == ' ') continue;
      char quote = value[0] == '"' || value[0] == '\'' ? value[0] : '\0';
      if (quote) value.remove_prefix(1);
      value = value.substr(0, quote ? value.find(quote) : value.find_first_of(" \t\"'"));
      size_t colon = value.find(':');
      if (colon == std::string_view::npos || colon == 0) break;
      std::string_view password = value.substr(colon + 1);
      if (password.find('$') != std::string_view::npos || !is_plausible(password, true)) break;
      size_t begin = static_cast<size_t>(password.data() - text_.data());
      Match match{"secret-value", begin, begin + password.size(), Category::kGeneric};
      match.slot = "password";
      add(std::move(match));
      break;
    }
  }
}

// Files whose lines have no "=" or ":" between name and value.
void Scanner::odd_syntaxes() {
  auto judge_here = [&](std::string_view name, std::string_view value) {
    size_t begin = static_cast<size_t>(value.data() - text_.data());
    judge(name, begin, begin + value.size(), false);
  };
  for (std::string_view line : core::split_lines(text_)) {
    if (options_.syntax == Syntax::kCommand) {
      std::string_view words = core::trim(line);
      if (!words.starts_with("ENV ") && !words.starts_with("ARG ")) continue;
      words = core::trim(words.substr(4));
      size_t blank = words.find_first_of(" \t=");
      if (blank == std::string_view::npos || words[blank] == '=') continue;
      judge_here(words.substr(0, blank), core::trim(words.substr(blank)));
    } else if (options_.syntax == Syntax::kNetrc) {
      size_t at = line.find("password ");
      if (at == std::string_view::npos || (at > 0 && !is_blank(line[at - 1]))) continue;
      std::string_view value = core::trim_left(line.substr(at + 9));
      value = value.substr(0, value.find_first_of(" \t"));
      if (!is_placeholder(value) && value.size() >= 4) {
        size_t begin = static_cast<size_t>(value.data() - text_.data());
        Match match{"secret-value", begin, begin + value.size()};
        match.slot = "password";
        add(std::move(match));
      }
    } else if (options_.syntax == Syntax::kPgpass) {
      if (line.starts_with('#') || std::count(line.begin(), line.end(), ':') < 4) continue;
      std::string_view value = line.substr(line.rfind(':') + 1);
      if (is_placeholder(value)) continue;
      size_t begin = static_cast<size_t>(value.data() - text_.data());
      Match match{"secret-value", begin, begin + value.size()};
      match.slot = "password";
      add(std::move(match));
    } else if (options_.syntax == Syntax::kXml) {
      size_t close = line.find("</");
      if (close == std::string_view::npos) continue;
      size_t open = line.rfind('>', close);
      if (open == std::string_view::npos || close - open < 7) continue;
      std::string_view name = line.substr(close + 2, line.find('>', close) == std::string_view::npos ? 0 : line.find('>', close) - close - 2);
      judge_here(name, line.substr(open + 1, close - open - 1));
    }
  }
}

}  // namespace assay::rules::secrets
