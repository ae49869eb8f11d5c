// Secret detection: which bytes of a text are a credential, and of which kind?
//
// Layers. Structure first: the caller says which slot a text stands in (a key name, an attribute), and
// references, templates and placeholders are no secrets. Known formats (tokens.h) are compared by shape and
// verified by what they hold. Everything else needs a slot that asks for a secret and a text that looks like
// one. Base64 is looked into, also when it is in base64 itself or packed with gzip.
//
// Rules call find_token() and find_secret() for single values through CEL; the pipeline calls find_all() for
// whole files. Pure functions. Threads: safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/secrets/tokens.h"

namespace assay::rules::secrets {

inline constexpr size_t kMaxDecodedBytes = 1u << 20;  // of one text behind base64 or gzip
inline constexpr int kMaxDecodingDepth = 3;           // base64 in base64
inline constexpr size_t kMaxMatches = 1000;           // of one file

struct Match {
  std::string_view kind;  // "aws-access-key-id", "github-token", "private-key", "password-in-url"
  size_t begin = 0;       // bytes in the text that was searched
  size_t end = 0;
  Category category = Category::kGeneric;
  bool encoded = false;   // the bytes are base64 of something that holds it
  std::string slot;       // the name it is assigned to, if one was seen
  std::string detail;     // what is known beside its kind: "account 123456789012"
};

// How a text assigns values to names.
enum class Syntax : uint8_t {
  kTokens,   // not at all: prose, lock files; known formats only
  kQuoted,   // values are quoted: programs, JSON, TOML
  kHcl,      // the same but in heredocs, where any text may stand
  kPlain,    // values need no quotes: .env, properties, shell
  kYaml,     // the same, up to the end of the line
  kXml,      // attributes and elements
  kCommand,  // a Dockerfile: also "ENV NAME value"
  kNetrc,    // "password VALUE"
  kPgpass,   // host:port:database:user:password
};
Syntax syntax_of(std::string_view path);

struct FindOptions {
  Syntax syntax = Syntax::kTokens;
  // Unpacks gzip; null: what is packed is not looked into.
  std::optional<std::string> (*gunzip)(std::string_view packed, size_t limit) = nullptr;
  bool whole_file = false;  // not one value: addresses of the machine itself, and all in prose, are examples
  int depth = 0;            // of base64 around the text
};

// Every credential in `text`, in order, none overlapping another.
void find_all(std::string_view text, const FindOptions& options, std::vector<Match>& out);

// The first known format in `text`, anywhere, also behind base64.
std::optional<Match> find_token(std::string_view text);

// A text that stands for a secret but is none: empty, "changeme", "<password>", "${VAR}", "xxxx",
// "{{resolve:...}}", "arn:...", "vault:...", "example"; and what is encrypted or a hash already.
bool is_placeholder(std::string_view text);

// Does a key ask for a secret: password, secret_key, apiToken, DB_PASSWORD? Not: password_length,
// secret_name, token_url, kms_key_id.
bool is_secret_name(std::string_view name);
// One of those that people choose themselves.
bool is_password_name(std::string_view name);
// "dbPassword", "DB_PASSWORD", "db-password" -> "db_password".
std::string normal_name(std::string_view name);

// Could the value of a slot that asks for a secret be one, judged by its characters alone? Names, paths, words
// and types are none. `password`: people chose it, so that it may be short.
bool is_plausible(std::string_view value, bool password);
// The slot format that name and value fit; null when none does.
const TokenFormat* slot_format(std::string_view name, std::string_view value);

// A known token anywhere, or, in a slot that asks for a secret, any text that is no placeholder.
// `kind` is "secret-value" for the latter.
std::optional<Match> find_secret(std::string_view name, std::string_view value);

// Text behind standard base64, when it is that and printable UTF-8; else nullopt.
std::optional<std::string> decode_base64_text(std::string_view text);

// Bits per character (Shannon).
double entropy(std::string_view text);

}  // namespace assay::rules::secrets
