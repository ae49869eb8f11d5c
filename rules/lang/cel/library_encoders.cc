// base64.encode and base64.decode (RFC 4648; padding may be missing).
#include "rules/lang/cel/eval.h"

namespace assay::rules::cel {
namespace {

using Args = std::span<const Val>;

constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

Val encode(Eval& eval, Args args) {
  std::string out;
  std::string_view in = args[0].text();
  for (size_t i = 0; i < in.size(); i += 3) {
    uint32_t block = 0;
    size_t count = std::min<size_t>(3, in.size() - i);
    for (size_t k = 0; k < 3; ++k) block = block << 8 | (k < count ? static_cast<unsigned char>(in[i + k]) : 0u);
    for (size_t k = 0; k < 4; ++k) out += k <= count ? kAlphabet[block >> (18 - 6 * k) & 63] : '=';
  }
  return eval.string(out);
}

Val decode(Eval& eval, Args args) {
  std::string_view in = args[0].text();
  size_t padding = 0;
  while (padding < 2 && !in.empty() && in.back() == '=') {
    in.remove_suffix(1);
    ++padding;
  }
  if (in.size() % 4 == 1 || (padding && (in.size() + padding) % 4 != 0)) return eval.error("malformed base64");
  std::string out;
  uint32_t block = 0;
  int bits = 0;
  for (char c : in) {
    const char* at = c ? std::char_traits<char>::find(kAlphabet, 64, c) : nullptr;
    if (!at) return eval.error("malformed base64");
    block = block << 6 | static_cast<uint32_t>(at - kAlphabet);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out += static_cast<char>(block >> bits & 0xff);
    }
  }
  return bytes_val(eval.arena().copy(std::string_view(out)));
}

constexpr FunctionRow kRows[] = {
    {"base64.encode", "(bytes) string", encode},
    {"base64.decode", "(string) bytes", decode},
};

}  // namespace

std::span<const FunctionRow> encoders_library() { return kRows; }

}  // namespace assay::rules::cel
