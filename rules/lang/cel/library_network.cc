// IP addresses and networks, as Kubernetes' CEL libraries "ip" and "cidr" have them; and for the built-in
// rules, with what formats write (null, numbers as text, unknown values):
//
//   is_open_cidr(x)              does the network, or those of a list together, hold every address?
//   lets_anyone_in(rule, rules)  does a firewall rule do so, alone or with others that allow as much?
//                                0.0.0.0/1 and 128.0.0.0/1 are the internet; one of them gets the finding.
#include <algorithm>
#include <cstring>
#include <vector>

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

bool equal_ignoring_case(std::string_view a, std::string_view lower) {
  if (a.size() != lower.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    char c = a[i] >= 'A' && a[i] <= 'Z' ? static_cast<char>(a[i] + 32) : a[i];
    if (c != lower[i]) return false;
  }
  return true;
}

bool open_text(std::string_view text) {
  auto cidr = parse_cidr(text);
  if (cidr) return cidr->prefix == 0;
  return text == "*" || equal_ignoring_case(text, "any") || equal_ignoring_case(text, "internet") ||
         text == "0.0.0.0" || (text.size() > 1 && text.ends_with("/0"));  // whatever address stands in front
}

// A network so large that a few like it are everything: the prefix is one of 1 to 7.
bool wide_text(std::string_view text) {
  size_t n = text.size();
  return n > 2 && text[n - 2] == '/' && text[n - 1] >= '1' && text[n - 1] <= '7';
}

struct Piece {
  Network net;
  Val text;
  const model::Value* maybe = nullptr;  // whether it is there is open
};

void add_piece(const Val& value, const model::Value* maybe, std::vector<Piece>& out) {
  if (!value.is(Kind::kString)) return;
  if (auto cidr = parse_cidr(value.text())) out.push_back({*cidr, value, maybe});
}
void add_pieces(Eval& eval, const Val& value, std::vector<Piece>& out) {
  if (!value.is(Kind::kList)) return add_piece(value, nullptr, out);
  for (uint32_t i = 0; i < value.size && eval.spend(1); ++i) {
    Val item;
    const model::Value* maybe = nullptr;
    if (eval.peek_item(value, i, item, maybe)) add_piece(item, maybe, out);
  }
}

// Do the networks of one family hold every address together? Networks end on bits, and the first 64 are
// enough: what is smaller would have to come in numbers that nobody writes.
bool everything(const std::vector<Piece>& pieces, unsigned family) {
  std::vector<std::pair<uint64_t, uint64_t>> ranges;
  for (const Piece& piece : pieces) {
    if (piece.net.family != family || piece.net.prefix > 64) continue;
    uint64_t first = 0;
    for (int i = 0; i < (family == 4 ? 4 : 8); ++i) first |= uint64_t{piece.net.bytes[i]} << (56 - 8 * i);
    uint64_t rest = piece.net.prefix == 0 ? ~uint64_t{0} : piece.net.prefix == 64 ? 0 : ~uint64_t{0} >> piece.net.prefix;
    ranges.push_back({first & ~rest, first | rest});
  }
  std::sort(ranges.begin(), ranges.end());
  uint64_t next = 0;
  for (auto [first, last] : ranges) {
    if (first > next) return false;
    if (last == ~uint64_t{0}) return true;
    next = std::max(next, last + 1);
  }
  return false;
}

// The same in this world; the pieces that are not there in it go.
bool everything_there(Eval& eval, std::vector<Piece>& pieces, unsigned family) {
  if (!everything(pieces, family)) return false;
  size_t before = pieces.size();
  std::erase_if(pieces, [&](const Piece& piece) { return !eval.confirm(piece.maybe); });
  return pieces.size() == before || everything(pieces, family);
}

constexpr size_t kMaxRelatedPlaces = 5;

// The other large networks are places to look at.
void relate(Eval& eval, const std::vector<Piece>& pieces, const Val& chosen, unsigned family) {
  RunContext* context = eval.context();
  if (!context) return;
  for (const Piece& piece : pieces) {
    const model::Value* value = piece.text.model;
    if (piece.net.family != family || !wide_text(piece.text.text()) || !value || value == chosen.model) continue;
    if (!value->span.valid() || (chosen.model && value->span == chosen.model->span)) continue;
    bool known = std::any_of(context->related.begin(), context->related.end(),
                             [&](const RelatedPlace& place) { return place.span == value->span; });
    if (known || context->related.size() >= kMaxRelatedPlaces) continue;
    context->related.push_back({value->span, std::string(piece.text.text()) + " is the rest of all addresses"});
  }
}

bool open_together(Eval& eval, const Val& list) {
  std::vector<Piece> pieces;
  add_pieces(eval, list, pieces);
  for (unsigned family : {4u, 6u}) {
    if (!everything_there(eval, pieces, family)) continue;
    for (const Piece& piece : pieces) {
      if (piece.net.family != family || !wide_text(piece.text.text())) continue;
      eval.note_deciding(piece.text);
      relate(eval, pieces, piece.text, family);
      break;
    }
    return true;
  }
  return false;
}

Val is_open_cidr(Eval& eval, Args args) {
  const Val& value = args[0];
  if (value.is(Kind::kString)) return bool_val(open_text(value.text()));
  if (value.is_unknown()) {
    // A known beginning that no open network has decides.
    std::string_view prefix = value.model->unknown().prefix;
    static constexpr std::string_view kOpen[] = {"0.0.0.0/0", "::/0", "0::/0", "*", "any", "internet", "Any", "Internet", "0/0"};
    bool possible = std::any_of(std::begin(kOpen), std::end(kOpen), [&](std::string_view open) { return open.starts_with(prefix); });
    if (!prefix.empty() && !possible) return bool_val(false);
    return eval.derived(eval.id_of_call("is_open_cidr", args), model::bool_type(), args);
  }
  if (value.is(Kind::kList)) {
    bool wide = false;
    for (uint32_t i = 0; i < value.size; ++i) {
      Val item;
      const model::Value* maybe;
      if (!eval.spend(1) || !eval.peek_item(value, i, item, maybe)) continue;
      wide = wide || (item.is(Kind::kString) && wide_text(item.text()));
      Val open = eval.truth(is_open_cidr(eval, {&item, 1}));
      if (!open.is_true() || !eval.confirm(maybe)) continue;
      eval.note_deciding(item);
      return open;
    }
    return bool_val(wide && open_together(eval, value));
  }
  return bool_val(false);
}

std::string word(const Val& value) {
  if (value.is(Kind::kInt)) return std::to_string(value.integer);
  std::string out(value.is(Kind::kString) ? value.text() : std::string_view());
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

// Does `other` allow what `rule` allows? Only from what both say for certain.
bool allows_as_much(Eval& eval, const Val& other, const Val& rule) {
  auto both = [&](std::string_view name) { return std::pair(eval.select(other, name), eval.select(rule, name)); };
  for (std::string_view name : {"action", "access", "direction"}) {
    auto [theirs, ours] = both(name);
    if (theirs.is_unknown() || ours.is_unknown() || word(theirs) != word(ours)) return false;
  }
  auto [theirs, ours] = both("protocol");
  if (theirs.is_unknown() || ours.is_unknown()) return false;
  std::string protocol = word(theirs);
  bool all = protocol == "-1" || protocol == "all" || protocol == "*";
  auto numbered = [](std::string text) { return text == "6" ? "tcp" : text == "17" ? "udp" : text; };
  if (!all && numbered(protocol) != numbered(word(ours))) return false;
  for (std::string_view name : {"destination_port_range", "destination_port_ranges"}) {
    auto [their_range, our_range] = both(name);
    if (their_range.is_unknown() || our_range.is_unknown()) return false;
    if (word(their_range) == "*") return true;
    if (their_range.kind != our_range.kind || (!our_range.is_null() && !eval.equal(their_range, our_range))) return false;
  }
  auto [their_from, our_from] = both("from_port");
  auto [their_to, our_to] = both("to_port");
  if (all || (their_from.is_null() && their_to.is_null())) return true;
  if (!their_from.is(Kind::kInt) || !their_to.is(Kind::kInt)) return false;
  if (their_from.integer == -1) return true;
  return our_from.is(Kind::kInt) && our_to.is(Kind::kInt) && their_from.integer <= our_from.integer &&
         our_to.integer <= their_to.integer;
}

constexpr std::string_view kSourceNames[] = {"cidr_blocks", "ipv6_cidr_blocks", "cidr_block", "ipv6_cidr_block",
                                             "source_address_prefix", "source_address_prefixes"};

bool has_wide(const std::vector<Piece>& pieces, unsigned family) {
  return std::any_of(pieces.begin(), pieces.end(), [&](const Piece& piece) {
    return piece.net.family == family && wide_text(piece.text.text());
  });
}

Val source_of(Eval& eval, const Val& rule, std::string_view name) {
  if (rule.from_model() && rule.is(Kind::kMap) && rule.model->find(name) == nullptr) return null_val();
  return eval.select(rule, name);
}

std::vector<Piece> sources_of(Eval& eval, const Val& rule) {
  std::vector<Piece> out;
  for (std::string_view name : kSourceNames) add_pieces(eval, source_of(eval, rule, name), out);
  return out;
}

// The first of several rules that are everything together gets the finding; rules that are everything
// alone have their own.
bool open_with_others(Eval& eval, const Val& rule, const Val& rules, const std::vector<Piece>& own, unsigned family) {
  std::vector<Piece> pieces = own;
  bool before = true;
  for (uint32_t i = 0; i < rules.size && eval.spend(1); ++i) {
    Val other;
    const model::Value* maybe = nullptr;
    if (!eval.peek_item(rules, i, other, maybe) || !other.is(Kind::kMap)) continue;
    bool same = other.from_model() && rule.from_model() ? other.model->pointer == rule.model->pointer : other.map == rule.map;
    if (same) {
      before = false;
      continue;
    }
    if (!allows_as_much(eval, other, rule)) continue;
    std::vector<Piece> theirs = sources_of(eval, other);
    if (everything(theirs, family)) return false;
    if (before && has_wide(theirs, family) && allows_as_much(eval, rule, other) && eval.confirm(maybe)) return false;
    for (Piece& piece : theirs) {
      if (!piece.maybe) piece.maybe = maybe;
    }
    pieces.insert(pieces.end(), theirs.begin(), theirs.end());
  }
  if (!everything_there(eval, pieces, family)) return false;
  auto chosen = std::find_if(own.begin(), own.end(), [&](const Piece& piece) {
    return piece.net.family == family && wide_text(piece.text.text());
  });
  eval.note_deciding(chosen->text);
  relate(eval, pieces, chosen->text, family);
  return true;
}

Val lets_anyone_in(Eval& eval, Args args) {
  const Val& rule = args[0];
  std::vector<Piece> wide;  // networks of the rule, when one of them is large
  for (std::string_view name : kSourceNames) {
    Val source = source_of(eval, rule, name);
    if (source.is_error()) return source;
    if (source.is_null()) continue;
    Val open = eval.truth(is_open_cidr(eval, {&source, 1}));
    if (open.is_error()) return open;
    if (open.is_true()) {
      if (!source.is(Kind::kList)) eval.note_deciding(source);  // of a list, the element was noted
      return open;
    }
  }
  if (!rule.is(Kind::kMap) || !args[1].is(Kind::kList) || args[1].size < 2) return bool_val(false);
  for (std::string_view name : kSourceNames) {
    Val source = source_of(eval, rule, name);
    bool any = source.is(Kind::kString) && wide_text(source.text());
    for (uint32_t i = 0; source.is(Kind::kList) && !any && i < source.size && eval.spend(1); ++i) {
      Val item;
      const model::Value* maybe = nullptr;
      any = eval.peek_item(source, i, item, maybe) && item.is(Kind::kString) && wide_text(item.text());
    }
    if (any) add_pieces(eval, source, wide);
  }
  for (unsigned family : {4u, 6u}) {
    if (has_wide(wide, family) && open_with_others(eval, rule, args[1], wide, family)) return bool_val(true);
  }
  return bool_val(false);
}

constexpr FunctionRow kRows[] = {
    {"is_open_cidr", "(dyn) bool", is_open_cidr, kSeesUnknown},
    {"lets_anyone_in", "(dyn, dyn) bool", lets_anyone_in, kSeesUnknown},
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
