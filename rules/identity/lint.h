// Mistakes in policy documents: what AWS refuses, what it accepts but never grants, and conditions that do not do what
// they seem to. Each with the part of the document at fault and what to write instead.
// Threads: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/identity/policy.h"

namespace assay::rules::identity {

enum class Usage : uint8_t { kIdentity, kTrust, kResource, kAny };

enum class MistakeKind : uint8_t {
  kMalformed,        // no JSON, missing or wrong parts
  kUnknownAction,    // no service, or no action, has that name
  kCondition,        // operators, keys and values that cannot work
  kSid,              // repeated or with characters that are not allowed
  kVersion,          // variables without Version 2012-10-17; other versions
  kPrincipal,        // no principal can look like this
  kNeverMatches,     // actions that never work on the resources beside them
  kTooLarge,         // beyond the quota
  kMultiFactor,      // a denial without MFA that requests without the key get past
};
std::optional<MistakeKind> parse_mistake_kind(std::string_view text);  // "malformed", "unknown-action", ...

struct Mistake {
  MistakeKind kind;
  const model::Value* place = nullptr;
  std::string message;
  std::vector<model::Guard> guards;
};

// All mistakes of one kind, in the order of the document.
std::vector<Mistake> find_mistakes(const Document& document, Usage usage, MistakeKind kind);
// The same of what should be a document but cannot be read as one: kMalformed only.
std::vector<Mistake> find_shape_mistakes(const model::Value& written, Usage usage);

// The first place where a text stops being JSON; nothing when it is JSON.
struct JsonError {
  size_t at = 0;
  std::string message;
};
std::optional<JsonError> json_error(std::string_view text);

// Characters that AWS counts of a document: without white space. -1 when parts are unknown.
int64_t document_size(const model::Value& document);

}  // namespace assay::rules::identity
