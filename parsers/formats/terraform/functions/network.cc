// cidrhost, cidrnetmask, cidrsubnet, cidrsubnets over IPv4 and IPv6.
#include <array>
#include <string>
#include <vector>

#include "parsers/core/text.h"
#include "parsers/formats/terraform/functions/internal.h"

namespace assay::formats::terraform {
namespace {

__extension__ typedef unsigned __int128 Number128;
__extension__ typedef __int128 Signed128;

struct Network {
  Number128 address = 0;  // host bits cleared
  int bits = 0;           // of the prefix
  int width = 32;         // or 128
};

Number128 mask(int bits, int width) {
  if (bits == 0) return 0;
  Number128 all =
      width == 128 ? ~static_cast<Number128>(0) : (static_cast<Number128>(1) << width) - 1;
  return all ^ (bits == width ? 0 : (static_cast<Number128>(1) << (width - bits)) - 1);
}

std::optional<Number128> parse_v4(std::string_view text) {
  std::vector<std::string_view> parts = core::split(text, '.');
  if (parts.size() != 4) return std::nullopt;
  Number128 out = 0;
  for (std::string_view part : parts) {
    if (part.empty() || part.size() > 16) return std::nullopt;
    unsigned octet = 0;  // leading zeros are decimal, as Terraform reads them
    for (char c : part) {
      if (!core::is_digit(c)) return std::nullopt;
      octet = octet * 10 + static_cast<unsigned>(c - '0');
      if (octet > 255) return std::nullopt;
    }
    out = out << 8 | octet;
  }
  return out;
}

// Groups of one side of "::"; false when malformed.
bool parse_groups(std::string_view text, std::vector<uint16_t>& out) {
  if (text.empty()) return true;
  std::vector<std::string_view> parts = core::split(text, ':');
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i + 1 == parts.size() && parts[i].find('.') != std::string_view::npos) {
      auto v4 = parse_v4(parts[i]);
      if (!v4) return false;
      out.push_back(static_cast<uint16_t>(*v4 >> 16));
      out.push_back(static_cast<uint16_t>(*v4));
      continue;
    }
    if (parts[i].empty() || parts[i].size() > 4) return false;
    unsigned group = 0;
    for (char c : parts[i]) {
      char lower = core::to_lower(c);
      int digit = core::is_digit(c)              ? c - '0'
                  : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10
                                                 : -1;
      if (digit < 0) return false;
      group = group * 16 + static_cast<unsigned>(digit);
    }
    out.push_back(static_cast<uint16_t>(group));
  }
  return true;
}

std::optional<Number128> parse_v6(std::string_view text) {
  std::vector<uint16_t> left, right;
  size_t gap = text.find("::");
  if (gap == std::string_view::npos) {
    if (!parse_groups(text, left) || left.size() != 8) return std::nullopt;
  } else {
    if (!parse_groups(text.substr(0, gap), left) || !parse_groups(text.substr(gap + 2), right))
      return std::nullopt;
    if (left.size() + right.size() > 7) return std::nullopt;
    left.resize(8 - right.size(), 0);
    left.insert(left.end(), right.begin(), right.end());
  }
  Number128 out = 0;
  for (uint16_t group : left) out = out << 16 | group;
  return out;
}

std::optional<Network> parse_network(std::string_view text) {
  size_t slash = text.rfind('/');
  if (slash == std::string_view::npos) return std::nullopt;
  std::string_view length = text.substr(slash + 1);
  if (length.empty() || length.size() > 3) return std::nullopt;
  Network out;
  for (char c : length) {
    if (!core::is_digit(c)) return std::nullopt;
    out.bits = out.bits * 10 + (c - '0');
  }
  std::string_view address = text.substr(0, slash);
  bool v6 = address.find(':') != std::string_view::npos;
  out.width = v6 ? 128 : 32;
  std::optional<Number128> value = v6 ? parse_v6(address) : parse_v4(address);
  if (!value || out.bits > out.width) return std::nullopt;
  out.address = *value & mask(out.bits, out.width);
  return out;
}

std::string address_text(Number128 address, int width) {
  if (width == 32) {
    std::string out;
    for (int shift = 24; shift >= 0; shift -= 8) {
      if (!out.empty()) out += '.';
      out += std::to_string(static_cast<unsigned>(address >> shift) & 255u);
    }
    return out;
  }
  std::array<unsigned, 8> groups;
  for (size_t i = 0; i < 8; ++i)
    groups[i] = static_cast<unsigned>(address >> (112 - 16 * i)) & 0xffffu;
  // The longest run of at least two zero groups becomes "::" (RFC 5952, section 4.2).
  size_t best = 8, best_length = 1;
  for (size_t i = 0; i < 8;) {
    size_t j = i;
    while (j < 8 && groups[j] == 0) ++j;
    if (j - i > best_length) {
      best = i;
      best_length = j - i;
    }
    i = j + 1;
  }
  std::string out;
  for (size_t i = 0; i < 8;) {
    if (i == best) {
      out += "::";
      i += best_length;
      continue;
    }
    if (!out.empty() && out.back() != ':') out += ':';
    char buffer[8];
    std::snprintf(buffer, sizeof buffer, "%x", groups[i++]);
    out += buffer;
  }
  return out;
}

std::string network_text(const Network& network) {
  return address_text(network.address, network.width) + "/" + std::to_string(network.bits);
}

CallResult bad_prefix(std::string_view text) {
  return failure("invalid CIDR expression: invalid CIDR address: " + std::string(text));
}

CallResult cidrhost(CallContext& context, Arguments arguments) {
  auto network = parse_network(arguments[0].text());
  if (!network) return bad_prefix(arguments[0].text());
  if (!arguments[1].number().is_whole()) return failure("the host number must be a whole number");
  std::optional<int64_t> number = arguments[1].number().to_int64();
  int host_bits = network->width - network->bits;
  Number128 size =
      host_bits >= 127 ? ~static_cast<Number128>(0) : static_cast<Number128>(1) << host_bits;
  Number128 magnitude =
      number ? static_cast<Number128>(*number < 0 ? -static_cast<Signed128>(*number) : *number) : 0;
  bool fits = number && (*number < 0 ? magnitude <= size : magnitude < size);
  if (!fits) {
    return failure("prefix of " + std::to_string(network->bits) +
                   " does not accommodate a host numbered " + arguments[1].number().to_text());
  }
  // From the end for negative numbers.
  Number128 host = *number < 0 ? (host_bits == 128 ? 0 - magnitude : size - magnitude) : magnitude;
  return text_result(context, address_text(network->address | host, network->width));
}

CallResult cidrnetmask(CallContext& context, Arguments arguments) {
  auto network = parse_network(arguments[0].text());
  if (!network) return bad_prefix(arguments[0].text());
  if (network->width != 32)
    return failure("IPv6 addresses cannot have a netmask: " + std::string(arguments[0].text()));
  return text_result(context, address_text(mask(network->bits, 32), 32));
}

CallResult cidrsubnet(CallContext& context, Arguments arguments) {
  auto network = parse_network(arguments[0].text());
  if (!network) return bad_prefix(arguments[0].text());
  std::optional<int64_t> new_bits = arguments[1].number().to_int64(),
                         number = arguments[2].number().to_int64();
  if (!new_bits || !number) return failure("whole numbers are required");
  if (*new_bits < -network->bits || *new_bits > network->width - network->bits) {
    return failure("insufficient address space to extend prefix of " +
                   std::to_string(network->bits) + " by " + std::to_string(*new_bits));
  }
  // A prefix made shorter takes any number: its bits fall where they fall.
  Number128 limit = *new_bits >= 64 || *new_bits < 0 ? static_cast<Number128>(1) << 64
                                                     : static_cast<Number128>(1) << *new_bits;
  Number128 magnitude =
      static_cast<Number128>(*number < 0 ? -static_cast<Signed128>(*number) : *number);
  bool fits = magnitude < limit;
  if (!fits) {
    return failure("prefix extension of " + std::to_string(*new_bits) +
                   " does not accommodate a subnet numbered " + std::to_string(*number));
  }
  int bits = network->bits + static_cast<int>(*new_bits);
  int shift = network->width - bits;
  Number128 all =
      network->width == 128 ? ~static_cast<Number128>(0) : (static_cast<Number128>(1) << 32) - 1;
  Number128 subnet = 0;
  if (*new_bits < 0 && *number >= 0 && (magnitude << shift) > all)
    return failure("the subnet number " + std::to_string(*number) + " does not fit into the address");
  if (*number < 0) {
    // Terraform writes the magnitude of a negative number, wherever that leads.
    subnet = shift >= 128 ? 0 : (magnitude << shift) & all;
    Network out{subnet, bits, network->width};
    return text_result(context, network_text(out));
  }
  subnet = shift >= 128 ? 0 : static_cast<Number128>(*number) << shift;
  Network out{(network->address | subnet) & all, bits, network->width};
  return text_result(context, network_text(out));
}

CallResult cidrsubnets(CallContext& context, Arguments arguments) {
  auto network = parse_network(arguments[0].text());
  if (!network) return bad_prefix(arguments[0].text());
  std::vector<Value> out;
  Number128 next = network->address;  // first free address
  bool full = false;
  for (const Value& argument : arguments.subspan(1)) {
    std::optional<int64_t> extra = argument.number().to_int64();
    if (!extra || *extra < 1) return failure("must extend prefix by at least one bit");
    if (*extra > 32) return failure("may not extend prefix by more than 32 bits");
    int bits = network->bits + static_cast<int>(*extra);
    if (bits > network->width) {
      return failure("would extend prefix to " + std::to_string(bits) +
                     " bits, which is too long for an " + (network->width == 32 ? "IPv4" : "IPv6") +
                     " address");
    }
    int host_bits = network->width - bits;
    Number128 size = static_cast<Number128>(1) << host_bits;
    Number128 start = (next + size - 1) & ~(size - 1);  // aligned to its own size
    bool inside =
        !full && (start & mask(network->bits, network->width)) == network->address && start >= next;
    if (!inside)
      return failure("not enough remaining address space for a subnet with a prefix of " +
                     std::to_string(bits) + " bits");
    out.push_back(text_value(context, network_text({start, bits, network->width})));
    out.back().span = context.call_span;
    next = start + size;
    full = (next & mask(network->bits, network->width)) != network->address || next <= start;
  }
  return make_list(out, model::string_type(), context);
}

// OpenTofu: whether a network holds an address or another network.
CallResult cidrcontains(CallContext&, Arguments arguments) {
  auto network = parse_network(arguments[0].text());
  if (!network) return bad_prefix(arguments[0].text());
  std::string_view text = arguments[1].text();
  bool v6 = text.find(':') != std::string_view::npos;
  std::optional<Number128> address = v6 ? parse_v6(text) : parse_v4(text);
  std::optional<Network> inner;
  if (address) inner = Network{*address, v6 ? 128 : 32, v6 ? 128 : 32};
  else inner = parse_network(text);
  if (!inner) return failure("invalid IP address or prefix: " + std::string(text));
  if (inner->width != network->width) {
    return failure("address family mismatch: " + std::string(arguments[0].text()) + " vs. " +
                   std::string(text));
  }
  bool inside = inner->bits >= network->bits &&
                (inner->address & mask(network->bits, network->width)) == network->address;
  return model::bool_value(inside);
}

constexpr FunctionInfo kFunctions[] = {
    {"cidrcontains", "s s", cidrcontains, 0, 'b'},
    {"cidrhost", "s n", cidrhost, 0, 's'},
    {"cidrnetmask", "s", cidrnetmask, 0, 's'},
    {"cidrsubnet", "s n n", cidrsubnet, 0, 's'},
    {"cidrsubnets", "s n*", cidrsubnets, 0, 'l'},
};

}  // namespace

std::span<const FunctionInfo> network_functions() { return kFunctions; }

}  // namespace assay::formats::terraform
