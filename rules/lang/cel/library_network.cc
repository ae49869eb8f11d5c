// IP addresses and networks, as Kubernetes' CEL libraries "ip" and "cidr" have them.
#include <cstring>

#include "rules/lang/cel/eval.h"
#include "rules/lang/cel/text.h"

namespace assay::rules::cel {
namespace {

using Args = std::span<const Val>;

Val ip_of_string(Eval& eval, Args args) {
  auto ip = parse_ip(args[0].text());
  if (!ip) return eval.error("not an IP address: " + std::string(args[0].text()));
  return network_val(Kind::kIp, *ip, eval.arena());
}
Val cidr_of_string(Eval& eval, Args args) {
  auto cidr = parse_cidr(args[0].text());
  if (!cidr) return eval.error("not a network: " + std::string(args[0].text()));
  return network_val(Kind::kCidr, *cidr, eval.arena());
}
Val is_ip(Eval&, Args args) { return bool_val(parse_ip(args[0].text()).has_value()); }
Val is_cidr(Eval&, Args args) { return bool_val(parse_cidr(args[0].text()).has_value()); }
Val is_canonical(Eval& eval, Args args) {
  auto ip = parse_ip(args[0].text());
  if (!ip) return eval.error("not an IP address: " + std::string(args[0].text()));
  std::string text;
  append_network(*ip, false, text);
  return bool_val(text == args[0].text());
}
Val to_string(Eval& eval, Args args) {
  std::string text;
  append_network(*args[0].network, args[0].is(Kind::kCidr), text);
  return eval.string(text);
}

Val family(Eval&, Args args) { return int_val(args[0].network->family); }

bool all_zero(const Network& n) {
  static constexpr uint8_t kZero[16] = {};
  return std::memcmp(n.bytes, kZero, 16) == 0;
}
bool loopback(const Network& n) {
  if (n.family == 4) return n.bytes[0] == 127;
  Network one;
  one.bytes[15] = 1;
  return std::memcmp(n.bytes, one.bytes, 16) == 0;
}
bool multicast(const Network& n) { return n.family == 4 ? (n.bytes[0] & 0xf0) == 0xe0 : n.bytes[0] == 0xff; }
bool link_local_unicast(const Network& n) {
  return n.family == 4 ? n.bytes[0] == 169 && n.bytes[1] == 254 : n.bytes[0] == 0xfe && (n.bytes[1] & 0xc0) == 0x80;
}
bool link_local_multicast(const Network& n) {
  return n.family == 4 ? n.bytes[0] == 224 && n.bytes[1] == 0 && n.bytes[2] == 0
                       : n.bytes[0] == 0xff && (n.bytes[1] & 0x0f) == 0x02;
}
bool broadcast(const Network& n) {
  return n.family == 4 && n.bytes[0] == 255 && n.bytes[1] == 255 && n.bytes[2] == 255 && n.bytes[3] == 255;
}
bool global_unicast(const Network& n) {
  return !all_zero(n) && !loopback(n) && !multicast(n) && !link_local_unicast(n) && !broadcast(n);
}

template <bool (*predicate)(const Network&)>
Val test(Eval&, Args args) {
  return bool_val(predicate(*args[0].network));
}

bool covers(const Network& net, const Network& ip, unsigned bits) {
  if (net.family != ip.family || bits < net.prefix) return false;
  for (unsigned i = 0; i < net.prefix; ++i) {
    if (((net.bytes[i / 8] ^ ip.bytes[i / 8]) >> (7 - i % 8)) & 1) return false;
  }
  return true;
}
Val contains_ip(Eval&, Args args) { return bool_val(covers(*args[0].network, *args[1].network, 128)); }
Val contains_ip_text(Eval& eval, Args args) {
  auto ip = parse_ip(args[1].text());
  if (!ip) return eval.error("not an IP address: " + std::string(args[1].text()));
  return bool_val(covers(*args[0].network, *ip, 128));
}
Val contains_cidr(Eval&, Args args) {
  return bool_val(covers(*args[0].network, *args[1].network, args[1].network->prefix));
}
Val contains_cidr_text(Eval& eval, Args args) {
  auto cidr = parse_cidr(args[1].text());
  if (!cidr) return eval.error("not a network: " + std::string(args[1].text()));
  return bool_val(covers(*args[0].network, *cidr, cidr->prefix));
}

Val address(Eval& eval, Args args) {
  Network ip = *args[0].network;
  ip.prefix = ip.family == 4 ? 32 : 128;
  return network_val(Kind::kIp, ip, eval.arena());
}
Val masked(Eval& eval, Args args) {
  Network out = *args[0].network;
  for (unsigned i = out.prefix; i < 128; ++i) out.bytes[i / 8] &= static_cast<uint8_t>(~(0x80 >> i % 8));
  return network_val(Kind::kCidr, out, eval.arena());
}
Val prefix_length(Eval&, Args args) { return int_val(args[0].network->prefix); }

constexpr FunctionRow kRows[] = {
    {"ip", "(string) net.IP", ip_of_string},
    {"cidr", "(string) net.CIDR", cidr_of_string},
    {"isIP", "(string) bool", is_ip},
    {"isCIDR", "(string) bool", is_cidr},
    {"ip.isCanonical", "(string) bool", is_canonical},
    {"string", "(net.IP) string", to_string},
    {"string", "(net.CIDR) string", to_string},
    {"family", "net.IP.() int", family},
    {"isUnspecified", "net.IP.() bool", test<all_zero>},
    {"isLoopback", "net.IP.() bool", test<loopback>},
    {"isGlobalUnicast", "net.IP.() bool", test<global_unicast>},
    {"isLinkLocalUnicast", "net.IP.() bool", test<link_local_unicast>},
    {"isLinkLocalMulticast", "net.IP.() bool", test<link_local_multicast>},
    {"containsIP", "net.CIDR.(net.IP) bool", contains_ip},
    {"containsIP", "net.CIDR.(string) bool", contains_ip_text},
    {"containsCIDR", "net.CIDR.(net.CIDR) bool", contains_cidr},
    {"containsCIDR", "net.CIDR.(string) bool", contains_cidr_text},
    {"ip", "net.CIDR.() net.IP", address},
    {"masked", "net.CIDR.() net.CIDR", masked},
    {"prefixLength", "net.CIDR.() int", prefix_length},
};

}  // namespace

std::span<const FunctionRow> network_library() { return kRows; }

}  // namespace assay::rules::cel
