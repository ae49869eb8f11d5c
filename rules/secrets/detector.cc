#include "rules/secrets/detector.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "parsers/core/base64.h"
#include "parsers/core/text.h"

namespace assay::rules::secrets {
namespace {

// Alphabets of token bodies, as bits of one table.
enum Alphabet : uint8_t {
  kHex = 1,        // 0-9a-f
  kUpper32 = 2,    // A-Z2-7: AWS key ids
  kAlnum = 4,      // 0-9A-Za-z
  kWord = 8,       // alnum and _
  kUrlSafe = 16,   // alnum, _ and -
  kBase64 = 32,    // alnum, + / =
  kDotted = 64,    // url-safe and .
};

constexpr std::array<uint8_t, 256> make_classes() {
  std::array<uint8_t, 256> out{};
  for (int c = 0; c < 256; ++c) {
    bool digit = c >= '0' && c <= '9', lower = c >= 'a' && c <= 'z', upper = c >= 'A' && c <= 'Z';
    uint8_t bits = 0;
    if (digit || (c >= 'a' && c <= 'f')) bits |= kHex;
    if (upper || (c >= '2' && c <= '7')) bits |= kUpper32;
    if (digit || lower || upper) bits |= kAlnum | kWord | kUrlSafe | kBase64 | kDotted;
    if (c == '_') bits |= kWord | kUrlSafe | kDotted;
    if (c == '-') bits |= kUrlSafe | kDotted;
    if (c == '.') bits |= kDotted;
    if (c == '+' || c == '/' || c == '=') bits |= kBase64;
    out[static_cast<size_t>(c)] = bits;
  }
  return out;
}
constexpr std::array<uint8_t, 256> kClasses = make_classes();

bool in_class(char c, uint8_t alphabet) { return (kClasses[static_cast<unsigned char>(c)] & alphabet) != 0; }

// A token is a prefix and a body of one alphabet, between limits. `max` 0 means no limit.
struct TokenFormat {
  std::string_view prefix;
  std::string_view kind;
  uint8_t alphabet;
  size_t min, max;
};

constexpr TokenFormat kFormats[] = {
    {"AKIA", "aws-access-key-id", kUpper32, 16, 16},
    {"ASIA", "aws-access-key-id", kUpper32, 16, 16},
    {"ABIA", "aws-access-key-id", kUpper32, 16, 16},
    {"ghp_", "github-token", kAlnum, 36, 36},
    {"gho_", "github-token", kAlnum, 36, 36},
    {"ghu_", "github-token", kAlnum, 36, 36},
    {"ghs_", "github-token", kAlnum, 36, 36},
    {"ghr_", "github-token", kAlnum, 36, 76},
    {"github_pat_", "github-token", kWord, 60, 90},
    {"glpat-", "gitlab-token", kUrlSafe, 20, 64},
    {"gldt-", "gitlab-token", kUrlSafe, 20, 64},
    {"glrt-", "gitlab-token", kUrlSafe, 20, 64},
    {"glcbt-", "gitlab-token", kUrlSafe, 20, 80},
    {"xoxb-", "slack-token", kUrlSafe, 20, 200},
    {"xoxp-", "slack-token", kUrlSafe, 20, 200},
    {"xoxa-", "slack-token", kUrlSafe, 20, 200},
    {"xoxr-", "slack-token", kUrlSafe, 20, 200},
    {"xoxs-", "slack-token", kUrlSafe, 20, 200},
    {"xapp-", "slack-token", kUrlSafe, 20, 200},
    {"AIza", "google-api-key", kUrlSafe, 35, 35},
    {"ya29.", "google-oauth-token", kDotted, 30, 0},
    {"GOCSPX-", "google-oauth-secret", kUrlSafe, 28, 28},
    {"sk_live_", "stripe-key", kAlnum, 24, 120},
    {"rk_live_", "stripe-key", kAlnum, 24, 120},
    {"sk_test_", "stripe-key", kAlnum, 24, 120},
    {"whsec_", "stripe-webhook-secret", kBase64, 32, 80},
    {"npm_", "npm-token", kAlnum, 36, 36},
    {"pypi-", "pypi-token", kUrlSafe, 60, 0},
    {"rubygems_", "rubygems-token", kHex, 48, 48},
    {"dckr_pat_", "docker-token", kUrlSafe, 27, 40},
    {"dop_v1_", "digitalocean-token", kHex, 64, 64},
    {"doo_v1_", "digitalocean-token", kHex, 64, 64},
    {"dapi", "databricks-token", kHex, 32, 34},
    {"hvs.", "vault-token", kUrlSafe, 24, 0},
    {"hvb.", "vault-token", kUrlSafe, 24, 0},
    {"sk-ant-", "anthropic-key", kUrlSafe, 40, 0},
    {"sk-proj-", "openai-key", kUrlSafe, 40, 0},
    {"hf_", "huggingface-token", kAlnum, 34, 40},
    {"shpat_", "shopify-token", kHex, 32, 32},
    {"shpss_", "shopify-token", kHex, 32, 32},
    {"sq0atp-", "square-token", kUrlSafe, 22, 22},
    {"sq0csp-", "square-token", kUrlSafe, 43, 43},
    {"EAAA", "square-token", kUrlSafe, 60, 60},
    {"NRAK-", "newrelic-key", kAlnum, 27, 27},
    {"dt0c01.", "dynatrace-token", kDotted, 60, 120},
    {"glsa_", "grafana-token", kWord, 40, 48},
    {"glc_", "grafana-token", kBase64, 32, 400},
    {"dp.pt.", "doppler-token", kAlnum, 40, 44},
    {"dp.st.", "doppler-token", kDotted, 40, 80},
    {"PMAK-", "postman-key", kUrlSafe, 59, 59},
    {"lin_api_", "linear-key", kAlnum, 40, 40},
    {"ATATT3", "atlassian-token", kBase64 | kUrlSafe, 60, 0},
    {"sntrys_", "sentry-token", kBase64 | kUrlSafe, 60, 0},
    {"sbp_", "supabase-token", kHex, 40, 40},
    {"pscale_tkn_", "planetscale-token", kDotted, 32, 64},
    {"pscale_pw_", "planetscale-password", kDotted, 32, 64},
    {"ntn_", "notion-token", kAlnum, 40, 60},
    {"rdme_", "readme-token", kAlnum, 70, 70},
    {"tfp_", "typeform-token", kDotted, 40, 80},
    {"AGE-SECRET-KEY-1", "age-private-key", kUpper32 | kAlnum, 58, 58},
    {"EZAK", "easypost-key", kAlnum, 54, 54},
    {"LTAI", "alibaba-access-key-id", kAlnum, 20, 20},
    {"pul-", "pulumi-token", kHex, 40, 40},
    {"CFPAT-", "contentful-token", kUrlSafe, 43, 43},
    {"rnd_", "render-key", kAlnum, 28, 40},
    {"fo1_", "fly-token", kUrlSafe, 40, 0},
    {"SG.", "sendgrid-key", kDotted, 64, 68},
    {"key-", "mailgun-key", kHex, 32, 32},
    {"sl.", "dropbox-token", kUrlSafe, 130, 160},
};

// Tokens are words: what stands before the prefix must not belong to it.
bool starts_word(std::string_view text, size_t at) { return at == 0 || !in_class(text[at - 1], kWord); }

std::optional<Match> match_format(std::string_view text, size_t at, const TokenFormat& format) {
  size_t begin = at + format.prefix.size();
  size_t end = begin;
  while (end < text.size() && in_class(text[end], format.alphabet)) ++end;
  size_t length = end - begin;
  if (length < format.min || (format.max != 0 && length > format.max)) return std::nullopt;
  return Match{format.kind, at, end};
}

// Words that vendors' documentation uses in place of a real token.
bool is_documentation_token(std::string_view token) {
  return token.ends_with("EXAMPLE") || core::contains_ignoring_case(token, "xxxxxx") || core::contains_ignoring_case(token, "123456789012345") ||
         entropy(token) < 2.5;
}

// The formats by the first character of their prefixes, so that most texts cost one pass over a table:
// those of `c` are order[first[c]] up to order[first[c + 1]], in the order of kFormats.
struct Prefixes {
  std::array<uint8_t, 257> first{};
  std::array<uint8_t, std::size(kFormats)> order{};
};
constexpr Prefixes make_prefixes() {
  Prefixes out;
  size_t at = 0;
  for (size_t c = 0; c < 256; ++c) {
    out.first[c] = static_cast<uint8_t>(at);
    for (size_t i = 0; i < std::size(kFormats); ++i) {
      if (static_cast<unsigned char>(kFormats[i].prefix[0]) == c) out.order[at++] = static_cast<uint8_t>(i);
    }
  }
  out.first[256] = static_cast<uint8_t>(at);
  return out;
}
constexpr Prefixes kPrefixes = make_prefixes();
static_assert(std::size(kFormats) < 256);

std::optional<Match> find_prefixed(std::string_view text) {
  for (size_t at = 0; at + 1 < text.size(); ++at) {
    auto c = static_cast<unsigned char>(text[at]);
    if (kPrefixes.first[c] == kPrefixes.first[c + 1] || !starts_word(text, at)) continue;
    for (size_t i = kPrefixes.first[c]; i < kPrefixes.first[c + 1]; ++i) {
      const TokenFormat& format = kFormats[kPrefixes.order[i]];
      if (format.prefix[1] != text[at + 1] || !text.substr(at).starts_with(format.prefix)) continue;
      std::optional<Match> match = match_format(text, at, format);
      if (match && !is_documentation_token(text.substr(match->begin, match->end - match->begin))) return match;
    }
  }
  return std::nullopt;
}

std::optional<Match> find_private_key(std::string_view text) {
  for (size_t at = text.find("-----BEGIN "); at != std::string_view::npos; at = text.find("-----BEGIN ", at + 1)) {
    size_t dashes = text.find("-----", at + 11);
    if (dashes == std::string_view::npos) return std::nullopt;
    std::string_view label = text.substr(at + 11, dashes - at - 11);
    if (!label.ends_with("PRIVATE KEY") && !label.ends_with("PRIVATE KEY BLOCK")) continue;
    // A header without a body is documentation.
    std::string_view body = text.substr(dashes + 5, 200);
    size_t letters = static_cast<size_t>(
        std::count_if(body.begin(), body.end(), [](char c) { return in_class(c, kBase64); }));
    if (letters < 40) continue;
    size_t end = text.find("-----END ", dashes);
    return Match{"private-key", at, end == std::string_view::npos ? dashes + 5 : std::min(text.size(), end + 9)};
  }
  return std::nullopt;
}

// Three base64url parts whose first is a JSON object that names an algorithm.
std::optional<Match> find_jwt(std::string_view text) {
  for (size_t at = text.find("eyJ"); at != std::string_view::npos; at = text.find("eyJ", at + 1)) {
    if (!starts_word(text, at)) continue;
    size_t end = at;
    while (end < text.size() && in_class(text[end], kDotted)) ++end;
    std::vector<std::string_view> parts = core::split(text.substr(at, end - at), '.');
    if (parts.size() != 3 || parts[0].size() < 16 || parts[1].size() < 10 || parts[2].size() < 20) continue;
    std::string head(parts[0]);
    std::replace(head.begin(), head.end(), '-', '+');
    std::replace(head.begin(), head.end(), '_', '/');
    while (head.size() % 4 != 0) head += '=';
    auto decoded = core::base64_decode(head);
    if (decoded && decoded->find("\"alg\"") != std::string::npos) return Match{"json-web-token", at, end};
  }
  return std::nullopt;
}

// scheme://user:password@host
std::optional<Match> find_password_in_url(std::string_view text) {
  for (size_t at = text.find("://"); at != std::string_view::npos; at = text.find("://", at + 3)) {
    size_t begin = at + 3;
    size_t end = text.find_first_of(" \t\r\n\"'`<>/?#", begin);
    std::string_view authority = text.substr(begin, end == std::string_view::npos ? end : end - begin);
    size_t sign = authority.rfind('@');
    size_t colon = authority.find(':');
    if (sign == std::string_view::npos || colon == std::string_view::npos || colon + 1 >= sign) continue;
    std::string_view password = authority.substr(colon + 1, sign - colon - 1);
    if (is_placeholder(password) || core::equals_ignoring_case(password, authority.substr(0, colon))) continue;
    return Match{"password-in-url", begin + colon + 1, begin + sign};
  }
  return std::nullopt;
}

std::optional<Match> find_labelled(std::string_view text) {
  struct Label {
    std::string_view label, kind;
    uint8_t alphabet;
    size_t min;
  };
  static constexpr Label kLabels[] = {
      {"AccountKey=", "azure-storage-key", kBase64, 80},
      {"SharedAccessKey=", "azure-shared-access-key", kBase64, 40},
      {"hooks.slack.com/services/", "slack-webhook", kWord | kBase64, 30},
      {"discord.com/api/webhooks/", "discord-webhook", kUrlSafe | kBase64, 60},
      {".atlasv1.", "terraform-cloud-token", kUrlSafe, 60},
  };
  for (const Label& label : kLabels) {
    size_t at = text.find(label.label);
    if (at == std::string_view::npos) continue;
    size_t end = at + label.label.size();
    while (end < text.size() && in_class(text[end], label.alphabet)) ++end;
    if (end - at - label.label.size() >= label.min) return Match{label.kind, at, end};
  }
  return std::nullopt;
}

std::string normal_name(std::string_view name) {
  // "dbPassword", "DB_PASSWORD", "db-password" -> "db_password"
  std::string out;
  for (size_t i = 0; i < name.size(); ++i) {
    char c = name[i];
    bool upper = c >= 'A' && c <= 'Z';
    bool after_lower = i > 0 && ((name[i - 1] >= 'a' && name[i - 1] <= 'z') || core::is_digit(name[i - 1]));
    bool before_lower = upper && i > 0 && i + 1 < name.size() && name[i - 1] >= 'A' && name[i - 1] <= 'Z' &&
                        name[i + 1] >= 'a' && name[i + 1] <= 'z';
    if (upper && (after_lower || before_lower)) out += '_';
    out += c == '-' || c == '.' || c == '/' || c == ' ' ? '_' : core::to_lower(c);
  }
  return out;
}

bool ends_with_word(std::string_view name, std::string_view word) {
  return name.ends_with(word) && (name.size() == word.size() || name[name.size() - word.size() - 1] == '_');
}

}  // namespace

double entropy(std::string_view text) {
  if (text.empty()) return 0;
  std::array<uint32_t, 256> counts{};
  for (char c : text) ++counts[static_cast<unsigned char>(c)];
  double out = 0;
  for (uint32_t count : counts) {
    if (count == 0) continue;
    double share = static_cast<double>(count) / static_cast<double>(text.size());
    out -= share * std::log2(share);
  }
  return out;
}

std::optional<Match> find_token(std::string_view text) {
  if (text.size() < 12) return std::nullopt;
  // Each search needs one of some characters, which most texts do not have.
  std::array<bool, 256> has{};
  for (char c : text) has[static_cast<unsigned char>(c)] = true;
  struct Search {
    std::string_view needs;  // empty: any text will do
    std::optional<Match> (*find)(std::string_view text);
  };
  static constexpr Search kSearches[] = {{"-", find_private_key}, {"", find_prefixed}, {"J", find_jwt},
                                         {"=/.", find_labelled}, {"@", find_password_in_url}};
  for (const Search& search : kSearches) {
    bool possible = search.needs.empty() || std::any_of(search.needs.begin(), search.needs.end(), [&](char c) {
                      return has[static_cast<unsigned char>(c)];
                    });
    if (!possible) continue;
    if (std::optional<Match> match = search.find(text)) return match;
  }
  return std::nullopt;
}

bool is_placeholder(std::string_view text) {
  text = core::trim(text);
  if (text.size() < 3) return true;
  char first = text.front(), last = text.back();
  bool bracketed = (first == '<' && last == '>') || (first == '[' && last == ']') || (first == '%' && last == '%') ||
                   (first == '(' && last == ')') || (text.starts_with("__") && text.ends_with("__"));
  if (bracketed) return true;
  for (std::string_view mark : {"${", "$(", "{{", "<%", "#{", "@Microsoft.KeyVault"}) {
    if (text.find(mark) != std::string_view::npos) return true;
  }
  if (first == '$' && text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_", 1) == std::string_view::npos) {
    return true;
  }
  for (std::string_view start : {"arn:", "vault:", "ssm:", "secretsmanager:", "op://", "sops:", "ENC[", "projects/",
                                 "/run/secrets/", "file://", "env:", "ref+", "gcpsm:", "kms:", "AQICAH"}) {
    if (text.starts_with(start)) return true;
  }
  if (text.find_first_not_of(text.substr(0, 1)) == std::string_view::npos) return true;  // "xxxxx", "*****"
  std::string lower = core::to_lower_ascii(text);
  static constexpr std::string_view kWhole[] = {
      "true", "false", "null", "none", "nil", "undefined", "password", "passwd", "secret", "token", "todo", "tbd",
      "default", "string", "test", "n/a", "empty", "redacted", "placeholder", "dummy", "unset", "username", "admin",
      "required", "mock", "fake", "optional", "auto", "generated", "unused", "user", "root", "enabled", "disabled", "always", "never"};
  if (std::find(std::begin(kWhole), std::end(kWhole), lower) != std::end(kWhole)) return true;
  if (lower.starts_with("your")) return true;  // "YourApiToken"
  for (std::string_view part : {"changeme", "change-me", "change_me", "replace", "your-", "your_", "yourpassword",
                                "example", "placeholder", "insert", "redacted", "dummy", "notasecret", "fill-me",
                                "fillme", "to-be-", "sample", "somepass", "mypassword"}) {
    if (lower.find(part) != std::string::npos) return true;
  }
  return false;
}

bool is_secret_name(std::string_view name) {
  // The last letters of the words below.
  if (name.empty() || std::string_view("degnsty").find(core::to_lower(name.back())) == std::string_view::npos) return false;
  std::string normal = normal_name(name);
  static constexpr std::string_view kWords[] = {
      "password", "passwd", "pwd", "passphrase", "secret", "secret_key", "secretkey", "secret_access_key", "api_key",
      "apikey", "api_token", "apitoken", "auth_token", "access_token", "accesstoken", "refresh_token", "bearer_token",
      "private_key", "privatekey", "client_secret", "clientsecret", "secret_token", "token", "credentials",
      "encryption_key", "signing_key", "master_key", "account_key", "shared_key", "connection_string", "access_key",
      "secret_string", "session_token", "webhook_secret", "jwt_secret"};
  return std::any_of(std::begin(kWords), std::end(kWords),
                     [&](std::string_view word) { return ends_with_word(normal, word); });
}

std::optional<Match> find_secret(std::string_view name, std::string_view value) {
  if (std::optional<Match> token = find_token(value)) return token;
  if (!is_secret_name(name) || is_placeholder(value)) return std::nullopt;
  if (value.find_first_of(" \n\t") != std::string_view::npos) return std::nullopt;  // prose, not a credential
  return Match{"secret-value", 0, value.size()};
}

std::optional<std::string> decode_base64_text(std::string_view text) {
  std::string packed;
  for (char c : text) {
    if (c != '\n' && c != '\r' && c != ' ') packed += c;
  }
  if (packed.size() < 4 || packed.size() % 4 != 0) return std::nullopt;
  auto decoded = core::base64_decode(packed);
  if (!decoded || !core::is_valid_utf8(*decoded)) return std::nullopt;
  for (char c : *decoded) {
    auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 && c != '\n' && c != '\r' && c != '\t') return std::nullopt;
  }
  return std::move(*decoded);
}

}  // namespace assay::rules::secrets
