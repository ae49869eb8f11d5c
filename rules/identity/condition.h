// Condition operators of IAM policies: what they are called, what they demand of a request, and whether they limit
// anybody. Three-valued: a request of which a key is not known gives kMaybe.
// Threads: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/identity/policy.h"

namespace assay::rules::identity {

enum class Tri : uint8_t { kNo, kMaybe, kYes };
inline Tri both(Tri a, Tri b) { return a < b ? a : b; }
inline Tri either(Tri a, Tri b) { return a < b ? b : a; }
inline Tri negate(Tri a) { return a == Tri::kMaybe ? a : a == Tri::kYes ? Tri::kNo : Tri::kYes; }

enum class Test : uint8_t {
  kStringEquals, kStringEqualsIgnoreCase, kStringLike, kNumericEquals, kNumericLess, kNumericAtMost, kNumericGreater,
  kNumericAtLeast, kDateEquals, kDateLess, kDateAtMost, kDateGreater, kDateAtLeast, kBool, kBinaryEquals, kIpAddress,
  kArnLike, kNull
};
enum class Quantifier : uint8_t { kNone, kForAny, kForAll };

struct Operator {
  Test test = Test::kStringEquals;
  bool negated = false;    // StringNotEquals, NotIpAddress, ...
  bool if_exists = false;
  Quantifier quantifier = Quantifier::kNone;
};

// "ForAnyValue:StringLikeIfExists"; nothing when there is no such operator. Letter case does not matter.
std::optional<Operator> parse_operator(std::string_view text);
// The operator closest to a wrong one; empty when none is close.
std::string similar_operator(std::string_view text);

// What is known of one key of a request.
struct RequestKey {
  std::string_view key;               // "aws:SourceIp", compared without letter case
  std::vector<std::string> values;    // none: the key is not in the request
  bool known = true;                  // false: it is there, with some value
};
// Keys that are not listed may or may not be there, unless `complete`.
struct Request {
  std::vector<RequestKey> keys;
  bool complete = false;
  const RequestKey* find(std::string_view key) const;
};

// Does the request meet the condition? Policy variables (${aws:username}, with defaults) are read from the request;
// one that it lacks matches nothing.
Tri condition_holds(const Condition& condition, const Request& request);
// All conditions of a statement.
Tri conditions_hold(std::span<const Condition> conditions, const Request& request);

// Could the value be anything: "*", "**", "?*"?
bool is_any_text(std::string_view pattern);
// Does the condition keep out anybody who matters for privileges: not one about TLS, region or time, not one that any
// value meets, not one that a missing key meets? kMaybe when it is not known.
Tri limits(const Condition& condition);
Tri limits(std::span<const Condition> conditions);

bool same_key(std::string_view a, std::string_view b);  // letter case does not matter

}  // namespace assay::rules::identity
