#include "parsers/formats/terraform/plan/plan.h"

#include <algorithm>

#include "parsers/core/limits.h"
#include "parsers/formats/terraform/functions/convert.h"

namespace assay::formats::terraform {

using model::Value;

namespace {

constexpr size_t kMaxAddress = 4096;
constexpr size_t kHead = 64;  // the format version is the first member

void append_utf8(uint32_t code, std::string& out) {
  if (code < 0x80) {
    out += static_cast<char>(code);
    return;
  }
  int further = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  constexpr uint8_t kLead[] = {0, 0xc0, 0xe0, 0xf0};
  out += static_cast<char>(kLead[further] | code >> (6 * further));
  while (further-- > 0) out += static_cast<char>(0x80 | ((code >> (6 * further)) & 0x3f));
}

// Reads an address from the left.
class AddressReader {
 public:
  AddressReader(std::string_view text, core::Arena& arena) : rest_(text), arena_(arena) {}

  bool done() const { return rest_.empty(); }
  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  std::string_view name() {
    size_t end = rest_.find_first_of(".[");
    std::string_view out = rest_.substr(0, end);
    rest_.remove_prefix(out.size());
    return out;
  }
  // [0] or ["a\"b"]; leaves `key` null when there is none. False: malformed.
  bool key(Value* key) {
    *key = model::null_value();
    if (!take('[')) return true;
    if (take('"')) {
      std::string text;
      while (!rest_.empty() && rest_.front() != '"') {
        char c = rest_.front();
        rest_.remove_prefix(1);
        if (c == '\\' && !rest_.empty()) {
          c = rest_.front();
          rest_.remove_prefix(1);
          if (c == 'n') c = '\n';
          if (c == 't') c = '\t';
          if (c == 'r') c = '\r';
        } else if ((c == '$' || c == '%') && rest_.size() > 1 && rest_[0] == c && rest_[1] == '{') {
          rest_.remove_prefix(1);  // $${ stands for ${
        }
        text += c;
      }
      if (!take('"')) return false;
      *key = model::string_value(arena_.copy(text));
    } else {
      size_t end = rest_.find(']');
      if (end == std::string_view::npos) return false;
      auto number = core::Number::parse(rest_.substr(0, end), arena_);
      if (!number) return false;
      rest_.remove_prefix(end);
      *key = model::number_value(*number, arena_);
    }
    return take(']');
  }

 private:
  std::string_view rest_;
  core::Arena& arena_;
};

}  // namespace

bool begins_as_json_plan(std::string_view text) {
  size_t first = text.find_first_not_of(" \t\r\n\xef\xbb\xbf");
  if (first == std::string_view::npos || text[first] != '{') return false;
  return text.substr(first, kHead).find("\"format_version\"") != std::string_view::npos;
}

std::optional<std::string> plan_from_utf16(std::string_view text) {
  bool little = text.substr(0, 2) == "\xFF\xFE";
  if (!little && text.substr(0, 2) != "\xFE\xFF") return std::nullopt;
  auto unit = [&](size_t at) {
    uint8_t a = static_cast<uint8_t>(text[at]), b = static_cast<uint8_t>(text[at + 1]);
    return static_cast<uint32_t>(little ? a | b << 8 : b | a << 8);
  };
  std::string out;
  out.reserve(text.size() / 2);
  for (size_t at = 2; at + 1 < text.size(); at += 2) {
    uint32_t code = unit(at);
    bool high = code >= 0xd800 && code < 0xdc00;
    uint32_t low = high && at + 3 < text.size() ? unit(at + 2) : 0;
    if (high && low >= 0xdc00 && low < 0xe000) {
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
      at += 2;
    } else if (code >= 0xd800 && code < 0xe000) {
      code = 0xfffd;
    }
    append_utf8(code, out);
    if (at == 2 + 2 * kHead && !begins_as_json_plan(out)) return std::nullopt;
  }
  return begins_as_json_plan(out) ? std::optional<std::string>(std::move(out)) : std::nullopt;
}

std::string key_text(const Value& key) {
  return key.is_null() ? std::string() : "[" + literal_text(key) + "]";
}

std::string PlanAddress::text() const { return module + base + key_text(key); }

bool parse_plan_address(std::string_view text, core::Arena& arena, PlanAddress* out, ModuleSeen* seen) {
  if (text.size() > kMaxAddress) return false;
  AddressReader reader(text, arena);
  *out = {};
  std::string_view word = reader.name();
  while (word == "module") {
    if (!reader.take('.')) return false;
    std::string_view name = reader.name();
    Value key;
    if (name.empty() || !reader.key(&key) || !reader.take('.')) return false;
    std::string call = out->module + "module." + std::string(name);
    if (seen) seen->emplace_back(call, key);
    out->module = call + key_text(key) + ".";
    if (!out->module_path.empty()) out->module_path += ".";
    out->module_path.append("module.").append(name);
    word = reader.name();
  }
  if (word == "data") {
    out->data = true;
    if (!reader.take('.')) return false;
    word = reader.name();
  }
  out->type = word;
  if (word.empty() || !reader.take('.')) return false;
  out->name = reader.name();
  out->base = (out->data ? "data." : "") + out->type + "." + out->name;
  return !out->name.empty() && reader.key(&out->key) && reader.done();
}

const PlannedChange* Plan::find(const std::string& address) const {
  auto at = by_address.find(address);
  return at == by_address.end() ? nullptr : &changes[at->second];
}

void Plan::add(PlannedChange change, const ModuleSeen& modules) {
  change.address = change.at.text();
  if (change.exists) {
    if (!by_address.emplace(change.address, static_cast<uint32_t>(changes.size())).second) return;
    keys[change.at.module + change.at.base].push_back(change.at.key);
    for (const auto& [call, key] : modules) {
      std::vector<Value>& known = module_keys[call];
      bool seen = std::any_of(known.begin(), known.end(), [&](const Value& other) { return same_value(other, key); });
      if (!seen) known.push_back(key);
    }
  }
  changes.push_back(std::move(change));
}

}  // namespace assay::formats::terraform
