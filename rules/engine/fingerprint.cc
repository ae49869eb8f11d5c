#include "rules/engine/fingerprint.h"

#include <unordered_map>

#include "parsers/core/hash.h"

namespace assay::rules {
namespace {

constexpr uint64_t kSecondSeed = 0x9e3779b97f4a7c15ull;

// What findings are told apart by, in 128 bits.
struct Identity {
  uint64_t first = 0, second = 0;
  explicit Identity(std::string_view key) : first(core::hash64(key, 0)), second(core::hash64(key, kSecondSeed)) {}
  bool operator==(const Identity&) const = default;
};
struct IdentityHash {
  size_t operator()(const Identity& identity) const { return identity.first; }
};

void add_hex(uint64_t value, std::string& out) {
  static constexpr char kDigits[] = "0123456789abcdef";
  for (int shift = 60; shift >= 0; shift -= 4) out += kDigits[value >> shift & 15];
}

}  // namespace

void add_without_keys(std::string_view text, std::string& out) {
  if (text.find('[') == std::string_view::npos) {
    out += text;
    return;
  }
  bool in_key = false;
  bool in_quotes = false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (in_quotes) {
      if (c == '\\') ++i;
      in_quotes = c != '"';
    } else if (in_key) {
      in_quotes = c == '"';
      in_key = c != ']';
    } else if (c == '[') {
      in_key = true;
    } else {
      out += c;
    }
  }
}

namespace {

// Of a key that ends with its occurrence.
std::string hashed(std::string_view key) {
  Identity whole(key);
  std::string out;
  out.reserve(32);
  add_hex(whole.first, out);
  add_hex(whole.second, out);
  return out;
}

void add_occurrence(std::string& key, uint32_t occurrence) {
  key += '\x1f';
  key += std::to_string(occurrence);
}

}  // namespace

std::string fingerprint_of(std::string key, uint32_t occurrence) {
  add_occurrence(key, occurrence);
  return hashed(key);
}

void add_fingerprints(std::vector<Finding>& findings, const RuleSet& rules, const core::SourceSet& sources,
                      std::vector<FingerprintKey>* keys) {
  (void)sources;
  std::unordered_map<Identity, uint32_t, IdentityHash> occurrences;
  occurrences.reserve(findings.size());
  std::string key;
  for (Finding& finding : findings) {
    const ResourceRef& resource = finding.resource;
    key = rules.rules()[finding.rule].info.id;
    key += '\x1f';
    key += resource.format;
    key += '\x1f';
    add_without_keys(resource.first_address.empty() ? resource.address : resource.first_address, key);
    key += '\x1f';
    add_without_keys(finding.attribute, key);
    uint32_t occurrence = occurrences[Identity(key)]++;
    if (keys) keys->push_back({finding.region.file, key, {}});
    add_occurrence(key, occurrence);
    finding.fingerprint = hashed(key);
    if (keys) keys->back().fingerprint = finding.fingerprint;
  }
}

}  // namespace assay::rules
