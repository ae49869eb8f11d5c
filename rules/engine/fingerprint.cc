#include "rules/engine/fingerprint.h"

#include <unordered_map>

#include "parsers/core/hash.h"

namespace assay::rules {
namespace {

// "module.a["x"].aws_s3_bucket.b[0]" -> "module.a.aws_s3_bucket.b": instance keys churn.
std::string without_keys(std::string_view text) {
  if (text.find('[') == std::string_view::npos) return std::string(text);
  std::string out;
  out.reserve(text.size());
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
  return out;
}

std::string hex(uint64_t value) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out(16, '0');
  for (int i = 15; i >= 0; --i, value >>= 4) out[static_cast<size_t>(i)] = kDigits[value & 15];
  return out;
}

}  // namespace

void add_fingerprints(std::vector<Finding>& findings, const RuleSet& rules, const core::SourceSet& sources) {
  (void)sources;
  std::unordered_map<std::string, uint32_t> occurrences;
  occurrences.reserve(findings.size());
  for (Finding& finding : findings) {
    std::string key = rules.rules()[finding.rule].info.id;
    const ResourceRef& resource = finding.resource;
    const std::string& address = resource.first_address.empty() ? resource.address : resource.first_address;
    for (const std::string& part : {resource.format, without_keys(address), without_keys(finding.attribute)}) {
      key += '\x1f';
      key += part;
    }
    uint32_t occurrence = occurrences[key]++;
    key += '\x1f';
    key += std::to_string(occurrence);
    finding.fingerprint = hex(core::hash64(key, 0)) + hex(core::hash64(key, 0x9e3779b97f4a7c15ull));
  }
}

}  // namespace assay::rules
