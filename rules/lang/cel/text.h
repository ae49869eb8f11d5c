// Reading and writing the texts of CEL values: numbers, timestamps, durations, networks, UTF-8.
// Pure functions without state; appenders add to the end of `out`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace assay::rules::cel {

struct Network;

// As cel-go prints doubles: "1.5", "-0.0045", "1e+06", "NaN", "+Inf".
void append_double(double value, std::string& out);
// As Go's %g: an exponent from a million on. (The API server's string() of a double.)
void append_general(double value, std::string& out);
// Decimal text, "NaN", "Infinity", "-Infinity"; nullopt when it is not a number.
std::optional<double> parse_double(std::string_view text);
std::optional<int64_t> parse_int(std::string_view text);    // decimal, with an optional sign
std::optional<uint64_t> parse_uint(std::string_view text);  // decimal

// A double-quoted CEL string literal.
void append_quoted(std::string_view text, std::string& out);

// RFC 3339 with as many fractional digits as needed (3, 6 or 9 never padded), always in UTC.
void append_timestamp(int64_t seconds, uint32_t nanos, std::string& out);
// "90s", "-0.5s".
void append_duration(int64_t nanos, std::string& out);

struct Instant {
  int64_t seconds = 0;
  uint32_t nanos = 0;
};
inline constexpr int64_t kMinSeconds = -62135596800;  // 0001-01-01T00:00:00Z
inline constexpr int64_t kMaxSeconds = 253402300799;  // 9999-12-31T23:59:59Z
std::optional<Instant> parse_timestamp(std::string_view text);  // RFC 3339, within the range above
std::optional<int64_t> parse_duration(std::string_view text);   // Go: "1h30m", "-1.5s", "100ms"

struct Civil {
  int64_t year = 1970;
  int month = 1, day = 1, hour = 0, minute = 0, second = 0;
  int day_of_week = 4;  // Sunday is 0
  int day_of_year = 0;  // January 1st is 0
};
Civil to_civil(int64_t seconds);
int64_t days_from_civil(int64_t year, int month, int day);

// Seconds east of UTC at `seconds` in a zone: "UTC", "+02:00", "-09:30", "02:00" or an IANA name found
// in the machine's zone files; nullopt when the zone is not known.
std::optional<int64_t> zone_offset(std::string_view zone, int64_t seconds);

// IP addresses and networks as Kubernetes reads them; nullopt when malformed. IPv4-mapped IPv6
// written with dots, and zones, are refused.
std::optional<Network> parse_ip(std::string_view text);
std::optional<Network> parse_cidr(std::string_view text);
void append_network(const Network& network, bool with_prefix, std::string& out);

// What Go says of a pattern that RE2 refuses with this message.
std::string go_regex_error(std::string_view message);

bool valid_utf8(std::string_view text);
// Decodes one code point at `at` and moves on; an invalid byte gives 0xFFFD and moves by one.
uint32_t next_code_point(std::string_view text, size_t& at);
void append_utf8(uint32_t code_point, std::string& out);
size_t count_code_points(std::string_view text);
// Byte offset of the code point with this index; npos when past the end (the end itself is fine).
size_t code_point_offset(std::string_view text, size_t index);

}  // namespace assay::rules::cel
