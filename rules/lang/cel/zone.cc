// Time zones: fixed offsets, and IANA names read from the machine's TZif files (RFC 8536).
#include <algorithm>
#include <cctype>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "rules/lang/cel/text.h"

namespace assay::rules::cel {
namespace {

constexpr size_t kMaxZoneBytes = 256 * 1024;

struct Zone {
  std::vector<int64_t> transitions;  // ascending
  std::vector<int32_t> offsets;      // from each transition on
  int32_t first = 0;                 // before the first
};

int64_t big_endian(const std::string& data, size_t at, size_t bytes) {
  uint64_t value = 0;
  for (size_t i = 0; i < bytes; ++i) value = value << 8 | static_cast<unsigned char>(data[at + i]);
  if (bytes == 4) return static_cast<int32_t>(static_cast<uint32_t>(value));
  return static_cast<int64_t>(value);
}

// The 64-bit block of a version 2+ file; null when malformed.
std::unique_ptr<Zone> parse_zone(const std::string& data) {
  auto counts = [&](size_t at, int64_t (&out)[6]) {
    if (data.size() < at + 44 || data.compare(at, 4, "TZif") != 0) return false;
    for (size_t i = 0; i < 6; ++i) {
      out[i] = big_endian(data, at + 20 + 4 * i, 4);
      if (out[i] < 0 || out[i] > 100000) return false;
    }
    return true;
  };
  int64_t n[6];  // isutcnt, isstdcnt, leapcnt, timecnt, typecnt, charcnt
  if (!counts(0, n) || data[4] < '2') return nullptr;
  size_t at = 44 + static_cast<size_t>(n[3] * 5 + n[4] * 6 + n[5] + n[2] * 8 + n[1] + n[0]);
  if (!counts(at, n)) return nullptr;
  at += 44;
  size_t times = static_cast<size_t>(n[3]), types = static_cast<size_t>(n[4]);
  if (types == 0 || data.size() < at + times * 9 + types * 6) return nullptr;
  auto zone = std::make_unique<Zone>();
  size_t type_table = at + times * 9;
  for (size_t i = 0; i < times; ++i) {
    size_t type = static_cast<unsigned char>(data[at + times * 8 + i]);
    if (type >= types) return nullptr;
    zone->transitions.push_back(big_endian(data, at + i * 8, 8));
    zone->offsets.push_back(static_cast<int32_t>(big_endian(data, type_table + type * 6, 4)));
  }
  zone->first = static_cast<int32_t>(big_endian(data, type_table, 4));
  return zone;
}

bool safe_name(std::string_view name) {
  if (name.empty() || name.size() > 64 || name[0] == '/' || name.find("..") != std::string_view::npos) return false;
  for (char c : name) {
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '/' && c != '_' && c != '-' && c != '+') return false;
  }
  return true;
}

const Zone* load_zone(std::string_view name) {
  static std::mutex mutex;
  static auto& cache = *new std::map<std::string, std::unique_ptr<Zone>, std::less<>>;
  std::lock_guard lock(mutex);
  auto at = cache.find(name);
  if (at != cache.end()) return at->second.get();
  std::ifstream file("/usr/share/zoneinfo/" + std::string(name), std::ios::binary);
  std::string data;
  if (file) {
    char c;
    while (data.size() < kMaxZoneBytes && file.get(c)) data += c;
  }
  return cache.emplace(std::string(name), parse_zone(data)).first->second.get();
}

}  // namespace

std::optional<int64_t> zone_offset(std::string_view zone, int64_t seconds) {
  if (zone.empty() || zone == "UTC" || zone == "GMT" || zone == "Z") return 0;
  // [+-]HH:MM
  std::string_view rest = zone;
  bool west = rest[0] == '-';
  if (rest[0] == '+' || west) rest.remove_prefix(1);
  auto digit = [&](size_t i) { return rest[i] >= '0' && rest[i] <= '9'; };
  if (rest.size() == 5 && rest[2] == ':' && digit(0) && digit(1) && digit(3) && digit(4)) {
    int64_t hours = (rest[0] - '0') * 10 + (rest[1] - '0');
    int64_t minutes = (rest[3] - '0') * 10 + (rest[4] - '0');
    if (hours > 23 || minutes > 59) return std::nullopt;
    return (hours * 60 + minutes) * 60 * (west ? -1 : 1);
  }
  if (!safe_name(zone)) return std::nullopt;
  const Zone* found = load_zone(zone);
  if (!found) return std::nullopt;
  auto after = std::upper_bound(found->transitions.begin(), found->transitions.end(), seconds);
  if (after == found->transitions.begin()) return found->first;
  return found->offsets[static_cast<size_t>(after - found->transitions.begin()) - 1];
}

}  // namespace assay::rules::cel
