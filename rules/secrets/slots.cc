// Names and values: which slots ask for a secret, which values only stand for one.
#include <algorithm>
#include <array>
#include <cmath>

#include "parsers/core/text.h"
#include "rules/secrets/detector.h"
#include "rules/secrets/verify.h"

namespace assay::rules::secrets {
namespace {

bool ends_with_word(std::string_view name, std::string_view word) {
  return name.ends_with(word) && (name.size() == word.size() || name[name.size() - word.size() - 1] == '_');
}

template <size_t N>
bool starts_with_any(std::string_view text, const std::string_view (&starts)[N]) {
  return std::any_of(std::begin(starts), std::end(starts), [&](std::string_view s) { return text.starts_with(s); });
}
template <size_t N>
bool holds_any(std::string_view text, const std::string_view (&parts)[N]) {
  return std::any_of(std::begin(parts), std::end(parts),
                     [&](std::string_view s) { return text.find(s) != std::string_view::npos; });
}
template <size_t N>
bool is_any(std::string_view text, const std::string_view (&words)[N]) {
  return std::find(std::begin(words), std::end(words), text) != std::end(words);
}

// What is encrypted or hashed already, or refers to where the secret is.
constexpr std::string_view kReferences[] = {
    "arn:",  "vault:", "ssm:",  "secretsmanager:", "op://",  "sops:",   "ENC[",    "ENC(",   "projects/", "/run/secrets/",
    "file://", "env:", "ref+",  "gcpsm:",          "kms:",   "AQICAH",  "sm://",   "awssm:", "azurekeyvault", "EJ[1:",
    "keyvault", "secretref:", "secret://", "valueFrom", "!vault", "$ANSIBLE_VAULT", "age1", "ejson:", "berglas://", "doppler://"};
constexpr std::string_view kHashes[] = {"$2a$", "$2b$",   "$2y$",    "$1$",    "$5$",     "$6$",     "$apr1$", "$argon2", "$scrypt$",
                                        "$y$",  "{SSHA}", "{SHA}",   "{CRYPT}", "pbkdf2", "sha256:", "sha1:",  "sha512:", "md5:",
                                        "sha256-", "sha384-", "sha512-", "SCRAM-SHA", "bcrypt"};

// Is every part a word or a short number, as in "my-secret-2" or "prod/db/password"? Those are names.
bool is_name_like(std::string_view value) {
  size_t parts = 0;
  for (size_t at = 0; at < value.size();) {
    size_t end = std::min(value.find_first_of("-_./: ", at), value.size());
    std::string_view part = value.substr(at, end - at);
    at = end + 1;
    if (part.empty()) continue;
    ++parts;
    size_t letters = 0;
    while (letters < part.size() && core::is_alpha(part[letters])) ++letters;
    size_t digits = part.size() - letters;
    if (part.find_first_not_of("0123456789", letters) != std::string_view::npos) return false;
    if (letters == 0 && digits > 4) return false;
    if (letters > 0 && digits > 2) return false;
    // Letters that change their case inside are no word, but HumpedWords are.
    size_t changes = 0;
    for (size_t i = 1; i < letters; ++i) {
      bool before_upper = part[i - 1] < 'a', upper = part[i] < 'a';
      changes += before_upper != upper;
    }
    if (changes > 1 + letters / 3) return false;
  }
  return parts >= 2;
}

bool is_path_or_code(std::string_view value) {
  static constexpr std::string_view kStarts[] = {"/", "./", "../", "~/", "~", "@", "&", "*", "!", "|", ">", "#", "%", "-", ",", ";", ".", "="};
  if (starts_with_any(value, kStarts)) return true;
  if (value.find_first_of("(){}[]<>`\\|") != std::string_view::npos) return true;
  static constexpr std::string_view kParts[] = {"://", "::", "->", "=>", "..", "&&", "\\n"};
  if (holds_any(value, kParts)) return true;
  static constexpr std::string_view kEnds[] = {".pem", ".key", ".crt", ".cer", ".json", ".yaml", ".yml", ".txt", ".env", ".conf",
                                               ".sh", ".py", ".js", ".ts", ".go", ".rb", ".java", ".tf", ".html", ".com", ".org",
                                               ".io", ".net", ".jks", ".p12", ".pub", ".cfg", ".ini", ".xml", ".md", ";"};
  return std::any_of(std::begin(kEnds), std::end(kEnds), [&](std::string_view end) { return value.ends_with(end); });
}

bool is_date_or_number(std::string_view value) {
  return value.find_first_not_of("0123456789.,:-+eExT_Z/") == std::string_view::npos;
}

// "dynamic_nsg_pass", "MasterUserPassword": words of which the last asks for a secret are the name of one.
bool names_a_secret(std::string_view value) {
  bool words = std::all_of(value.begin(), value.end(), [](char c) { return core::is_alpha(c) || c == '_' || c == '-'; });
  if (!words || value.size() > 60) return false;
  std::string normal = normal_name(value);
  return std::count(normal.begin(), normal.end(), '_') >= 2 && is_secret_name(value);
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

std::string normal_name(std::string_view name) {
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

bool is_placeholder(std::string_view text) {
  text = core::trim(text);
  if (text.size() < 3) return true;
  char first = text.front(), last = text.back();
  bool bracketed = (first == '<' && last == '>') || (first == '[' && last == ']') || (first == '%' && last == '%') ||
                   (first == '(' && last == ')') || (first == '{' && last == '}') ||
                   (text.starts_with("__") && text.ends_with("__")) || (text.starts_with("@@") && text.ends_with("@@"));
  if (bracketed) return true;
  static constexpr std::string_view kMarks[] = {"${", "$(", "{{", "<%", "#{", "%{", "[[", "@Microsoft.KeyVault", "...", "****", "-----BEGIN AGE"};
  if (holds_any(text, kMarks)) return true;
  if (first == '$' && text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_", 1) == std::string_view::npos) {
    return true;
  }
  if (starts_with_any(text, kReferences) || starts_with_any(text, kHashes)) return true;
  // Sealed Secrets: RSA and AES, base64.
  if (text.size() > 300 && text.starts_with("Ag") && text.find_first_of(" .-_:") == std::string_view::npos) return true;
  if (text.find_first_not_of(text.substr(0, 1)) == std::string_view::npos) return true;  // "xxxxx", "*****"
  std::string lower = core::to_lower_ascii(text);
  static constexpr std::string_view kWhole[] = {
      "true", "false", "null", "none", "nil", "undefined", "password", "passwd", "secret", "token", "todo", "tbd",
      "default", "string", "test", "n/a", "empty", "redacted", "placeholder", "dummy", "unset", "username", "admin",
      "required", "mock", "fake", "optional", "auto", "generated", "unused", "user", "root", "enabled", "disabled", "always",
      "never", "pass", "pwd", "secretkey", "key", "apikey", "api_key", "value", "foobar", "foo", "bar", "baz", "yes", "hidden"};
  if (is_any(lower, kWhole)) return true;
  if (lower.starts_with("your")) return true;  // "YourApiToken"
  static constexpr std::string_view kParts[] = {"changeme", "change-me", "change_me", "changethis", "change-this", "replace", "your-",
                                                "your_", "yourpassword", "example", "placeholder", "insert", "redacted", "dummy",
                                                "notasecret", "not-a-secret", "not_a_secret", "fill-me", "fillme", "to-be-", "sample",
                                                "somepass", "mypassword", "xxxxx", "to_be_", "set-me", "set_me", "setme"};
  return holds_any(lower, kParts) || names_a_secret(text);
}

bool is_secret_name(std::string_view name) {
  // The last letters of the words below.
  if (name.empty() || std::string_view("degknsty").find(core::to_lower(name.back())) == std::string_view::npos) return false;
  std::string normal = normal_name(name);
  if (normal.starts_with("checksum") || normal.starts_with("hash")) return false;
  // Names of Secrets: existingSecret, imagePullSecret, tls-secret.
  static constexpr std::string_view kReferring[] = {"existing", "pull_secret", "tls_secret", "cert_secret"};
  if (holds_any(normal, kReferring)) return false;
  static constexpr std::string_view kWords[] = {
      "password", "passwd", "pwd", "passphrase", "secret", "secret_key", "secretkey", "secret_access_key", "api_key",
      "apikey", "api_token", "apitoken", "auth_token", "authtoken", "access_token", "accesstoken", "refresh_token", "bearer_token",
      "private_key", "privatekey", "client_secret", "clientsecret", "secret_token", "token", "credentials",
      "encryption_key", "signing_key", "master_key", "account_key", "shared_key", "connection_string", "access_key",
      "secret_string", "session_token", "webhook_secret", "jwt_secret", "pass", "passcode", "app_key", "auth_key", "license_key",
      "service_key", "hmac_key", "storage_key", "integration_key", "routing_key_secret", "psk", "pre_shared_key", "preshared_key"};
  if (std::any_of(std::begin(kWords), std::end(kWords), [&](std::string_view word) { return ends_with_word(normal, word); })) {
    return true;
  }
  return normal.ends_with("password") || normal.ends_with("passphrase");  // "rootpassword"
}

bool is_password_name(std::string_view name) {
  std::string normal = normal_name(name);
  static constexpr std::string_view kWords[] = {"passwd", "pwd", "pass", "passcode"};
  return normal.ends_with("password") || normal.ends_with("passphrase") ||
         std::any_of(std::begin(kWords), std::end(kWords), [&](std::string_view word) { return ends_with_word(normal, word); });
}

bool is_plausible(std::string_view value, bool password) {
  size_t least = password ? 6 : 12;
  if (value.size() < least || value.size() > 500) return false;
  size_t digits = 0, upper = 0, lower = 0, marks = 0;
  for (char c : value) {
    auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte >= 0x7f) return false;
    if (core::is_digit(c)) ++digits;
    else if (c >= 'A' && c <= 'Z') ++upper;
    else if (c >= 'a' && c <= 'z') ++lower;
    else ++marks;
  }
  size_t letters = upper + lower;
  if (letters == 0) return password && digits == value.size() && value.size() >= 6;
  if (is_placeholder(value) || is_date_or_number(value) || is_name_like(value)) return false;
  if (!password && is_path_or_code(value)) return false;
  if (password && (is_path_or_code(value) && value.find_first_of("!@#%&*") == std::string_view::npos)) return false;
  std::string small = core::to_lower_ascii(value);
  static constexpr std::string_view kWords[] = {"test", "demo", "fake", "localhost", "foobar", "abcdefgh", "secret", "qwerty", "default"};
  if (password) {
    if (digits == 0 && (marks == 0 || upper == 0)) return false;  // words; P@ssword has both
    static constexpr std::string_view kPasswordWords[] = {"test", "demo", "fake", "foobar", "abc123", "random", "generate", "none"};
    return !holds_any(small, kPasswordWords) || (digits >= 3 && marks > 0 && upper > 0 && lower > 0);
  }
  if (digits == 0) return false;
  if (holds_any(small, kWords) && entropy(value) < 4.2) return false;
  if (small.find("0123456789") != std::string::npos || small.find("1234567890") != std::string::npos) return false;
  // Names with a dot or colon inside ("module.db.token2") are no keys.
  if (digits < 2 && value.size() < 20) return false;
  bool hex = value.find_first_not_of("0123456789abcdefABCDEF-") == std::string_view::npos;
  double least_entropy = hex ? 2.9 : value.size() >= 20 ? 3.5 : 3.1;
  return entropy(value) >= least_entropy;
}

const TokenFormat* slot_format(std::string_view name, std::string_view value) {
  if (value.size() < 14 || name.size() < 4) return nullptr;
  std::string normal = normal_name(name);
  static constexpr std::string_view kEnds[] = {"key", "token", "secret", "pat", "password", "auth", "credential", "credentials"};
  if (!std::any_of(std::begin(kEnds), std::end(kEnds), [&](std::string_view end) { return normal.ends_with(end); })) return nullptr;
  for (const TokenFormat& format : slot_formats()) {
    bool named = false;
    for (size_t at = 0; at <= format.anchor.size() && !named;) {
      size_t bar = std::min(format.anchor.find('|', at), format.anchor.size());
      named = normal.find(format.anchor.substr(at, bar - at)) != std::string::npos;
      at = bar + 1;
    }
    if (!named) continue;
    std::optional<size_t> end = match_shape(format.shape, value, 0);
    if (!end || *end != value.size()) continue;
    size_t begin = 0, stop = value.size();
    if (is_documentation_token(value) || !passes(format.check, value, begin, stop)) continue;
    return &format;
  }
  return nullptr;
}

std::optional<Match> find_secret(std::string_view name, std::string_view value) {
  if (std::optional<Match> token = find_token(value)) return token;
  if (!is_secret_name(name) || is_placeholder(value)) return std::nullopt;
  if (value.find_first_of(" \n\t") != std::string_view::npos) return std::nullopt;  // prose, not a credential
  const TokenFormat* format = slot_format(name, value);
  Match out{"secret-value", 0, value.size()};
  if (format != nullptr) out.kind = format->kind, out.category = format->category;
  return out;
}

}  // namespace assay::rules::secrets
