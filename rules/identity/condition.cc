#include "rules/identity/condition.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "rules/identity/glob.h"

namespace assay::rules::identity {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

struct Name {
  std::string_view text;
  Test test;
  bool negated;
};
constexpr Name kNames[] = {
    {"StringEquals", Test::kStringEquals, false},
    {"StringNotEquals", Test::kStringEquals, true},
    {"StringEqualsIgnoreCase", Test::kStringEqualsIgnoreCase, false},
    {"StringNotEqualsIgnoreCase", Test::kStringEqualsIgnoreCase, true},
    {"StringLike", Test::kStringLike, false},
    {"StringNotLike", Test::kStringLike, true},
    {"NumericEquals", Test::kNumericEquals, false},
    {"NumericNotEquals", Test::kNumericEquals, true},
    {"NumericLessThan", Test::kNumericLess, false},
    {"NumericLessThanEquals", Test::kNumericAtMost, false},
    {"NumericGreaterThan", Test::kNumericGreater, false},
    {"NumericGreaterThanEquals", Test::kNumericAtLeast, false},
    {"DateEquals", Test::kDateEquals, false},
    {"DateNotEquals", Test::kDateEquals, true},
    {"DateLessThan", Test::kDateLess, false},
    {"DateLessThanEquals", Test::kDateAtMost, false},
    {"DateGreaterThan", Test::kDateGreater, false},
    {"DateGreaterThanEquals", Test::kDateAtLeast, false},
    {"Bool", Test::kBool, false},
    {"BinaryEquals", Test::kBinaryEquals, false},
    {"IpAddress", Test::kIpAddress, false},
    {"NotIpAddress", Test::kIpAddress, true},
    {"ArnEquals", Test::kArnLike, false},
    {"ArnLike", Test::kArnLike, false},
    {"ArnNotEquals", Test::kArnLike, true},
    {"ArnNotLike", Test::kArnLike, true},
    {"Null", Test::kNull, false},
};

// The operator's own name, without prefix and suffix.
std::string_view bare(std::string_view text, Operator& out) {
  auto take_front = [&](std::string_view prefix) {
    if (text.size() <= prefix.size() || !same_key(text.substr(0, prefix.size()), prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
  };
  if (take_front("ForAnyValue:")) out.quantifier = Quantifier::kForAny;
  else if (take_front("ForAllValues:")) out.quantifier = Quantifier::kForAll;
  constexpr std::string_view kSuffix = "IfExists";
  if (text.size() > kSuffix.size() && same_key(text.substr(text.size() - kSuffix.size()), kSuffix)) {
    text.remove_suffix(kSuffix.size());
    out.if_exists = true;
  }
  return text;
}

std::optional<double> number_of(std::string_view text) {
  std::string copy(text);
  char* end = nullptr;
  double value = std::strtod(copy.c_str(), &end);
  if (copy.empty() || *end != 0) return std::nullopt;
  return value;
}

// Seconds since 1970 of "2024-01-31", "2024-01-31T10:00:00Z", "...+01:00", or of a number.
std::optional<double> date_of(std::string_view text) {
  if (auto seconds = number_of(text)) return seconds;
  int year = 0, month = 1, day = 1, hour = 0, minute = 0, used = 0;
  double second = 0;
  std::string copy(text);
  if (std::sscanf(copy.c_str(), "%d-%d-%d%n", &year, &month, &day, &used) < 3) return std::nullopt;
  const char* rest = copy.c_str() + used;
  if (*rest == 'T') {
    if (std::sscanf(rest, "T%d:%d:%lf%n", &hour, &minute, &second, &used) < 3 &&
        std::sscanf(rest, "T%d:%d%n", &hour, &minute, &used) < 2) {
      return std::nullopt;
    }
    rest += used;
  }
  int offset = 0;
  if (*rest == '+' || *rest == '-') {
    int hours = 0, minutes = 0;
    if (std::sscanf(rest + 1, "%d:%d", &hours, &minutes) < 1) return std::nullopt;
    offset = (*rest == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
  } else if (*rest != 0 && *rest != 'Z') {
    return std::nullopt;
  }
  if (month < 1 || month > 12 || day < 1 || day > 31) return std::nullopt;
  // Days since 1970 of the proleptic Gregorian calendar.
  int64_t y = month <= 2 ? year - 1 : year;
  int64_t era = (y >= 0 ? y : y - 399) / 400;
  int64_t of_era = y - era * 400;
  int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  int64_t days = era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
  return static_cast<double>(days) * 86400 + hour * 3600 + minute * 60 + second - offset;
}

struct Net {
  unsigned char bytes[16] = {};
  int family = 0, prefix = 0;
};
std::optional<Net> net_of(std::string_view text) {
  Net out;
  std::string address(text.substr(0, text.find('/')));
  if (inet_pton(AF_INET, address.c_str(), out.bytes) == 1) {
    out.family = 4;
    out.prefix = 32;
  } else if (inet_pton(AF_INET6, address.c_str(), out.bytes) == 1) {
    out.family = 6;
    out.prefix = 128;
  } else {
    return std::nullopt;
  }
  if (address.size() < text.size()) {
    auto prefix = number_of(text.substr(address.size() + 1));
    if (!prefix || *prefix < 0 || *prefix > out.prefix) return std::nullopt;
    out.prefix = static_cast<int>(*prefix);
  }
  return out;
}
bool net_contains(const Net& net, const Net& address) {
  if (net.family != address.family || address.prefix < net.prefix) return false;
  for (int bit = 0; bit < net.prefix; ++bit) {
    int mask = 0x80 >> (bit % 8);
    if ((net.bytes[bit / 8] & mask) != (address.bytes[bit / 8] & mask)) return false;
  }
  return true;
}

// ARNs are compared part by part: a star does not reach over the first five colons.
bool arn_matches(std::string_view pattern, std::string_view arn) {
  for (int part = 0; part < 5; ++part) {
    size_t p = pattern.find(':'), a = arn.find(':');
    if (p == std::string_view::npos || a == std::string_view::npos) return glob_matches(pattern, arn, false);
    if (!glob_matches(pattern.substr(0, p), arn.substr(0, a), false)) return false;
    pattern.remove_prefix(p + 1);
    arn.remove_prefix(a + 1);
  }
  return glob_matches(pattern, arn, false);
}

// The pattern with its policy variables replaced; kNo when one has no value, kMaybe when one is not known.
Tri substitute(std::string_view pattern, const Request& request, std::string& out) {
  for (size_t i = 0; i < pattern.size();) {
    if (pattern.substr(i, 2) != "${") {
      out += pattern[i++];
      continue;
    }
    size_t end = pattern.find('}', i);
    if (end == std::string_view::npos) {
      out += pattern.substr(i);
      return Tri::kYes;
    }
    std::string_view inside = pattern.substr(i + 2, end - i - 2);
    i = end + 1;
    if (inside == "*" || inside == "?" || inside == "$") {
      // An escape: the character itself. As a pattern it would match more, so it becomes one that is no wildcard.
      out += inside == "$" ? '$' : inside == "*" ? '\x01' : '\x02';
      continue;
    }
    std::string_view name = inside.substr(0, inside.find(','));
    while (name.ends_with(' ')) name.remove_suffix(1);
    std::optional<std::string_view> fallback;
    if (size_t comma = inside.find(','); comma != std::string_view::npos) {
      std::string_view text = inside.substr(comma + 1);
      while (text.starts_with(' ')) text.remove_prefix(1);
      if (text.size() >= 2 && text.front() == '\'' && text.back() == '\'') text = text.substr(1, text.size() - 2);
      fallback = text;
    }
    const RequestKey* key = request.find(name);
    if (key && !key->known) return Tri::kMaybe;
    if (key && key->values.size() == 1) {
      out += key->values[0];
    } else if (fallback && (key || request.complete)) {
      out += *fallback;
    } else if (key || request.complete) {
      return Tri::kNo;
    } else {
      return Tri::kMaybe;
    }
  }
  return Tri::kYes;
}

std::string escaped(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c == '*' ? '\x01' : c == '?' ? '\x02' : c;
  return out;
}

// One value of the request against one of the policy, without negation.
Tri value_meets(Test test, std::string_view pattern, std::string_view value) {
  auto answer = [](bool yes) { return yes ? Tri::kYes : Tri::kNo; };
  auto numbers = [&](auto read, auto compare) {
    auto a = read(value), b = read(pattern);
    return answer(a && b && compare(*a, *b));
  };
  switch (test) {
    case Test::kStringEquals:
    case Test::kBinaryEquals: return answer(pattern == value);
    case Test::kStringEqualsIgnoreCase:
    case Test::kBool: return answer(same_key(pattern, value));
    case Test::kStringLike: return answer(glob_matches(pattern, escaped(value), false) || pattern == value);
    case Test::kArnLike: return answer(arn_matches(pattern, value));
    case Test::kNumericEquals: return numbers(number_of, [](double a, double b) { return a == b; });
    case Test::kNumericLess: return numbers(number_of, [](double a, double b) { return a < b; });
    case Test::kNumericAtMost: return numbers(number_of, [](double a, double b) { return a <= b; });
    case Test::kNumericGreater: return numbers(number_of, [](double a, double b) { return a > b; });
    case Test::kNumericAtLeast: return numbers(number_of, [](double a, double b) { return a >= b; });
    case Test::kDateEquals: return numbers(date_of, [](double a, double b) { return a == b; });
    case Test::kDateLess: return numbers(date_of, [](double a, double b) { return a < b; });
    case Test::kDateAtMost: return numbers(date_of, [](double a, double b) { return a <= b; });
    case Test::kDateGreater: return numbers(date_of, [](double a, double b) { return a > b; });
    case Test::kDateAtLeast: return numbers(date_of, [](double a, double b) { return a >= b; });
    case Test::kIpAddress: {
      auto net = net_of(pattern), address = net_of(value);
      return answer(net && address && net_contains(*net, *address));
    }
    case Test::kNull: return Tri::kNo;
  }
  return Tri::kNo;
}

// The value against all of the policy's: any is enough; of a negated operator none may match.
Tri any_meets(const Operator& op, Terms patterns, std::string_view value, const Request& request) {
  Tri out = Tri::kNo;
  for (const Term& term : patterns) {
    if (!term.known) {
      bool possible = glob_matches(std::string(term.text) + "*", value, false) && glob_matches("*" + std::string(term.suffix), value, false);
      bool pattern = op.test == Test::kStringLike || op.test == Test::kArnLike || op.test == Test::kIpAddress;
      out = either(out, possible || (pattern && !term.fixed) ? Tri::kMaybe : Tri::kNo);
      continue;
    }
    std::string text;
    Tri there = substitute(term.text, request, text);
    if (there == Tri::kYes) {
      Tri meets = value_meets(op.test, text, value);
      out = either(out, term.guards.empty() ? meets : both(meets, Tri::kMaybe));
    } else {
      out = either(out, there);
    }
  }
  return op.negated ? negate(out) : out;
}

}  // namespace

bool same_key(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

std::optional<Operator> parse_operator(std::string_view text) {
  Operator out;
  std::string_view name = bare(text, out);
  for (const Name& row : kNames) {
    if (!same_key(row.text, name)) continue;
    out.test = row.test;
    out.negated = row.negated;
    if (out.test == Test::kNull && out.if_exists) return std::nullopt;
    return out;
  }
  return std::nullopt;
}

std::string similar_operator(std::string_view text) {
  Operator found;
  std::string_view name = bare(text, found);
  std::string_view best;
  size_t least = 4;
  for (const Name& row : kNames) {
    // Letters that differ at the front and the back of the longer one.
    size_t front = 0, back = 0;
    size_t shorter = std::min(row.text.size(), name.size());
    while (front < shorter && lower(row.text[front]) == lower(name[front])) ++front;
    while (back < shorter - front && lower(row.text[row.text.size() - 1 - back]) == lower(name[name.size() - 1 - back])) ++back;
    size_t differ = std::max(row.text.size(), name.size()) - front - back;
    if (differ < least) {
      least = differ;
      best = row.text;
    }
  }
  if (best.empty()) return {};
  std::string out;
  if (found.quantifier == Quantifier::kForAny) out = "ForAnyValue:";
  if (found.quantifier == Quantifier::kForAll) out = "ForAllValues:";
  return out + std::string(best) + (found.if_exists && best != "Null" ? "IfExists" : "");
}

const RequestKey* Request::find(std::string_view key) const {
  for (const RequestKey& row : keys) {
    if (same_key(row.key, key)) return &row;
  }
  return nullptr;
}

Tri condition_holds(const Condition& condition, const Request& request) {
  if (!condition.known) return Tri::kMaybe;
  auto op = parse_operator(condition.test);
  if (!op) return Tri::kMaybe;
  const RequestKey* key = request.find(condition.key);
  if (!key && !request.complete) return Tri::kMaybe;
  bool present = key && (!key->known || !key->values.empty());
  if (op->test == Test::kNull) {
    Tri out = Tri::kNo;
    for (const Term& term : condition.values) {
      if (!term.known) out = either(out, Tri::kMaybe);
      else if (same_key(term.text, present ? "false" : "true")) out = Tri::kYes;
    }
    return out;
  }
  if (!present) {
    if (op->if_exists || op->quantifier == Quantifier::kForAll) return Tri::kYes;
    return op->negated && op->quantifier == Quantifier::kNone ? Tri::kYes : Tri::kNo;
  }
  if (!key->known) {
    for (const Term& term : condition.values) {
      bool any = term.known && op->test == Test::kStringLike && is_any_text(term.text);
      if (any) return op->negated ? Tri::kNo : Tri::kYes;
    }
    return Tri::kMaybe;
  }
  Tri all = Tri::kYes, any = Tri::kNo;
  for (const std::string& value : key->values) {
    Tri meets = any_meets(*op, condition.values, value, request);
    all = both(all, meets);
    any = either(any, meets);
  }
  return op->quantifier == Quantifier::kForAll || (op->negated && op->quantifier == Quantifier::kNone) ? all : any;
}

Tri conditions_hold(std::span<const Condition> conditions, const Request& request) {
  Tri out = Tri::kYes;
  for (const Condition& condition : conditions) {
    Tri holds = condition_holds(condition, request);
    if (!condition.guards.empty() && holds == Tri::kNo) holds = Tri::kMaybe;
    out = both(out, holds);
  }
  return out;
}

bool is_any_text(std::string_view pattern) {
  return !pattern.empty() && pattern.find_first_not_of("*?") == std::string_view::npos && pattern.find('*') != std::string_view::npos;
}

Tri limits(const Condition& condition) {
  if (!condition.known) return Tri::kMaybe;
  auto op = parse_operator(condition.test);
  if (!op) return Tri::kYes;  // the policy is not accepted: it grants nothing
  static constexpr std::string_view kWeak[] = {
      "aws:SecureTransport", "aws:RequestedRegion", "aws:CurrentTime", "aws:EpochTime", "aws:UserAgent", "aws:Referer",
      "s3:TlsVersion", "aws:TokenIssueTime", "aws:TagKeys"};
  for (std::string_view key : kWeak) {
    if (same_key(condition.key, key)) return Tri::kNo;
  }
  if (op->quantifier == Quantifier::kForAll && !op->if_exists) {
    // Met by requests without the key: it limits only where another condition demands the key.
    return Tri::kNo;
  }
  bool pattern = op->test == Test::kStringLike || op->test == Test::kArnLike;
  if (pattern && !op->negated) {
    for (const Term& term : condition.values) {
      if (term.known && is_any_text(term.text)) return Tri::kNo;
    }
  }
  if (op->test == Test::kIpAddress && !op->negated) {
    for (const Term& term : condition.values) {
      if (term.known && (term.text == "0.0.0.0/0" || term.text == "::/0")) return Tri::kNo;
    }
  }
  return condition.guards.empty() ? Tri::kYes : Tri::kMaybe;
}

Tri limits(std::span<const Condition> conditions) {
  Tri out = Tri::kNo;
  for (const Condition& condition : conditions) out = either(out, limits(condition));
  return out;
}

}  // namespace assay::rules::identity
