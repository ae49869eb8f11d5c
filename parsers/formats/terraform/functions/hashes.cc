// base64, digests, uuidv5, and the functions whose results cannot be foreseen.
#include <string>

#include "parsers/core/base64.h"
#include "parsers/core/digest.h"
#include "parsers/core/text.h"
#include "parsers/formats/terraform/functions/internal.h"

namespace assay::formats::terraform {
namespace {

CallResult base64encode(CallContext& context, Arguments arguments) {
  return text_result(context, core::base64_encode(arguments[0].text()));
}

CallResult base64decode(CallContext& context, Arguments arguments) {
  auto bytes = core::base64_decode(arguments[0].text());
  if (!bytes) return failure("failed to decode base64 data");
  if (!core::is_valid_utf8(*bytes))
    return failure("the result of decoding the provided string is not valid UTF-8");
  return text_result(context, *bytes);
}

CallResult hex(CallContext& context, const std::string& digest) {
  return text_result(context, core::to_hex(digest));
}
CallResult base64(CallContext& context, const std::string& digest) {
  return text_result(context, core::base64_encode(digest));
}

CallResult md5(CallContext& c, Arguments a) { return hex(c, core::md5(a[0].text())); }
CallResult sha1(CallContext& c, Arguments a) { return hex(c, core::sha1(a[0].text())); }
CallResult sha256(CallContext& c, Arguments a) { return hex(c, core::sha256(a[0].text())); }
CallResult sha512(CallContext& c, Arguments a) { return hex(c, core::sha512(a[0].text())); }
CallResult base64sha256(CallContext& c, Arguments a) {
  return base64(c, core::sha256(a[0].text()));
}
CallResult base64sha512(CallContext& c, Arguments a) {
  return base64(c, core::sha512(a[0].text()));
}

// --- uuidv5: RFC 4122, section 4.3.

int hex_digit(char c) {
  if (core::is_digit(c)) return c - '0';
  char lower = core::to_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// The 16 bytes of "6ba7b810-9dad-11d1-80b4-00c04fd430c8", also without dashes, in braces, or behind
// "urn:uuid:".
std::optional<std::string> uuid_bytes(std::string_view text) {
  if (text.substr(0, 9) == "urn:uuid:") text.remove_prefix(9);
  if (text.size() == 38 && text.front() == '{' && text.back() == '}') text = text.substr(1, 36);
  std::string bytes;
  int high = -1;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text.size() == 36 && (i == 8 || i == 13 || i == 18 || i == 23)) {
      if (text[i] != '-') return std::nullopt;
      continue;
    }
    int digit = hex_digit(text[i]);
    if (digit < 0) return std::nullopt;
    if (high < 0) {
      high = digit;
    } else {
      bytes += static_cast<char>(high * 16 + digit);
      high = -1;
    }
  }
  if (bytes.size() != 16 || high >= 0 || (text.size() != 36 && text.size() != 32))
    return std::nullopt;
  return bytes;
}

CallResult uuidv5(CallContext& context, Arguments arguments) {
  std::string_view space = arguments[0].text();
  std::string named;
  // The name spaces of RFC 4122, appendix C, differ in one byte.
  for (auto [name, byte] :
       {std::pair<std::string_view, char>{"dns", '0'}, {"url", '1'}, {"oid", '2'}, {"x500", '4'}}) {
    if (space == name) named = std::string("6ba7b81") + byte + "-9dad-11d1-80b4-00c04fd430c8";
  }
  std::optional<std::string> bytes = uuid_bytes(named.empty() ? space : std::string_view(named));
  if (!bytes) return failure("uuidv5() doesn't support namespace \"" + std::string(space) + "\"");
  std::string digest = core::sha1(*bytes + std::string(arguments[1].text())).substr(0, 16);
  digest[6] = static_cast<char>((digest[6] & 0x0f) | 0x50);
  digest[8] = static_cast<char>((digest[8] & 0x3f) | 0x80);
  std::string text = core::to_hex(digest);
  for (size_t at : {20u, 16u, 12u, 8u}) text.insert(at, "-");
  return text_result(context, text);
}

// The exact bytes depend on the compressor; that it starts like any gzip stream does not.
CallResult base64gzip(CallContext& context, Arguments arguments) {
  model::Unknown facts = unknown_facts(context, "base64gzip", model::string_type(), arguments);
  facts.prefix = "H4sIAAAAAAAA";
  return model::unknown_value(facts, context.arena);
}

CallResult rsadecrypt(CallContext& context, Arguments arguments) {
  return unknown_result(context, "rsadecrypt", model::string_type(), arguments);
}

CallResult never_called(CallContext&, Arguments) {
  return failure("the result differs from run to run");
}

constexpr FunctionInfo kFunctions[] = {
    {"base64decode", "s", base64decode, 0, 's'},
    {"base64encode", "s", base64encode, 0, 's'},
    {"base64gzip", "s", base64gzip, 0, 's'},
    {"base64sha256", "s", base64sha256, 0, 's'},
    {"base64sha512", "s", base64sha512, 0, 's'},
    {"bcrypt", "s n*", never_called, kImpure, 's'},
    {"md5", "s", md5, 0, 's'},
    {"plantimestamp", "", never_called, kImpure, 's'},
    {"rsadecrypt", "s s", rsadecrypt, 0, 's'},
    {"sha1", "s", sha1, 0, 's'},
    {"sha256", "s", sha256, 0, 's'},
    {"sha512", "s", sha512, 0, 's'},
    {"timestamp", "", never_called, kImpure, 's'},
    {"uuid", "", never_called, kImpure, 's'},
    {"uuidv5", "s s", uuidv5, 0, 's'},
};

}  // namespace

std::span<const FunctionInfo> hash_functions() { return kFunctions; }

}  // namespace assay::formats::terraform
