#include "parsers/formats/cloudformation/cidr.h"

#include <arpa/inet.h>

#include <array>
#include <charconv>
#include <optional>

namespace assay::formats::cloudformation {
namespace {

struct Block {
  std::array<uint8_t, 16> bytes{};
  uint32_t width = 32;  // bits of an address
  uint32_t prefix = 0;
};

std::optional<Block> read_block(std::string_view text) {
  size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  Block block;
  std::string_view digits = text.substr(slash + 1);
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), block.prefix);
  if (error != std::errc() || end != digits.data() + digits.size() || digits.empty()) return std::nullopt;
  std::string address(text.substr(0, slash));
  bool six = address.find(':') != std::string::npos;
  block.width = six ? 128 : 32;
  if (block.prefix > block.width) return std::nullopt;
  if (inet_pton(six ? AF_INET6 : AF_INET, address.c_str(), block.bytes.data()) != 1) return std::nullopt;
  for (uint32_t bit = block.prefix; bit < block.width; ++bit) {
    block.bytes[bit / 8] &= static_cast<uint8_t>(~(0x80u >> bit % 8));
  }
  return block;
}

// Adds `number` shifted left by `shift` bits to an address of `width` bits.
void add_shifted(std::array<uint8_t, 16>& bytes, uint32_t width, uint64_t number, uint32_t shift) {
  uint32_t byte = width / 8 - 1 - shift / 8;
  uint64_t carry = number << shift % 8;  // number is at most 256
  while (carry != 0) {
    carry += bytes[byte];
    bytes[byte] = static_cast<uint8_t>(carry);
    carry >>= 8;
    if (byte-- == 0) break;
  }
}

std::string text_of(const Block& block, uint32_t prefix) {
  char text[INET6_ADDRSTRLEN] = "";
  inet_ntop(block.width == 128 ? AF_INET6 : AF_INET, block.bytes.data(), text, sizeof text);
  return std::string(text) + "/" + std::to_string(prefix);
}

}  // namespace

bool is_address_block(std::string_view text) { return read_block(text).has_value(); }

core::Result<std::vector<std::string>> cut_block(std::string_view text, uint64_t count, uint64_t bits) {
  auto wrong = [](std::string message) { return core::Error{"cidr", std::move(message)}; };
  auto block = read_block(text);
  if (!block) {
    return wrong("\"" + std::string(text) + "\" is not an address block such as 10.0.0.0/16");
  }
  if (count < 1 || count > kMaxSubnets) return wrong("the count must be a number from 1 to 256");
  if (bits < 1 || bits > block->width) {
    return wrong("the bits of each subnet must be a number from 1 to " + std::to_string(block->width));
  }
  uint32_t prefix = block->width - static_cast<uint32_t>(bits);
  uint32_t room = prefix < block->prefix ? 0 : prefix - block->prefix;  // as a power of two
  if (prefix < block->prefix || (room < 9 && count > uint64_t{1} << room)) {
    return wrong(std::string(text) + " has no room for " + std::to_string(count) + " subnets of " +
                 std::to_string(bits) + " bits");
  }
  std::vector<std::string> out;
  out.reserve(count);
  for (uint64_t i = 0; i < count; ++i) {
    Block subnet = *block;
    add_shifted(subnet.bytes, block->width, i, static_cast<uint32_t>(bits));
    out.push_back(text_of(subnet, prefix));
  }
  return out;
}

}  // namespace assay::formats::cloudformation
