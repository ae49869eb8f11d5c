// Secret detection on single texts: is this a credential, and which kind?
//
// Structure comes first: the caller says which slot the text stands in (a key name, an attribute), and
// references, templates and placeholders are no secrets. Known token formats are verified by their
// alphabet, length and, where the format has it, decodable content. Everything else needs both a slot
// that asks for a secret and a text that looks like one.
//
// Pure functions, no regular expressions on the hot path: a table of prefixes is enough. Threads: safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace assay::rules::secrets {

struct Match {
  std::string_view kind;  // "aws-access-key-id", "github-token", "private-key", "password-in-url"
  size_t begin = 0;       // bytes in the text that was searched
  size_t end = 0;
};

// The first known token format in `text`, anywhere.
std::optional<Match> find_token(std::string_view text);

// A text that stands for a secret but is none: empty, "changeme", "<password>", "${VAR}", "xxxx",
// "{{resolve:...}}", "arn:...", "vault:...", "example".
bool is_placeholder(std::string_view text);

// Does a key ask for a secret: password, secret_key, apiToken, DB_PASSWORD? Not: password_length,
// secret_name, token_url, kms_key_id.
bool is_secret_name(std::string_view name);

// A known token anywhere, or, in a slot that asks for a secret, any text that is no placeholder.
// `kind` is "secret-value" for the latter.
std::optional<Match> find_secret(std::string_view name, std::string_view value);

// Text behind standard base64, when it is that and printable UTF-8; else nullopt.
std::optional<std::string> decode_base64_text(std::string_view text);

// Bits per character (Shannon).
double entropy(std::string_view text);

}  // namespace assay::rules::secrets
