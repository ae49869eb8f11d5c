// What Kubernetes' CEL has beside the extension libraries, where it differs from what other environments have: regular
// expressions that are found, addresses without those of IPv4 in IPv6, sums by type; and the authorizer, which is
// declared, so that policies are checked, and never answered: there is no cluster to ask.
#include "parsers/core/regex.h"

#include <algorithm>

#include "parsers/core/limits.h"
#include "rules/lang/cel/eval.h"
#include "rules/lang/cel/text.h"

namespace assay::rules::cel {
namespace {

using Args = std::span<const Val>;

constexpr uint64_t kCompileSteps = 2000;
constexpr uint64_t kCompileStepsPerByte = 50;

const core::Regex* pattern_of(Eval& eval, const Val& text, std::shared_ptr<const core::Regex>& hold, Val& failure) {
  if (const core::Regex* literal = eval.pattern ? eval.pattern->get() : nullptr) return literal;
  if (!eval.spend(kCompileSteps + kCompileStepsPerByte * text.size)) {
    failure = error_val("the step limit of an expression was reached");
    return nullptr;
  }
  auto compiled = core::Regex::compile(text.text());
  if (!compiled) {
    failure = eval.error("Illegal regex: error parsing regexp: " + go_regex_error(compiled.error().message));
    return nullptr;
  }
  hold = *compiled;
  return hold.get();
}

Val find(Eval& eval, Args args) {
  std::shared_ptr<const core::Regex> hold;
  Val failure;
  const core::Regex* regex = pattern_of(eval, args[1], hold, failure);
  if (!regex) return failure;
  core::RegexMatch match;
  if (!regex->find(args[0].text(), 0, match)) return string_val({});
  return string_val(match.text(args[0].text()));
}
Val find_some(Eval& eval, Args args, int64_t limit) {
  std::shared_ptr<const core::Regex> hold;
  Val failure;
  const core::Regex* regex = pattern_of(eval, args[1], hold, failure);
  if (!regex) return failure;
  std::vector<Val> out;
  size_t most = limit < 0 ? core::kMaxCollection : std::min<size_t>(static_cast<size_t>(limit), core::kMaxCollection);
  for (const core::RegexMatch& match : regex->find_all(args[0].text(), most)) out.push_back(string_val(match.text(args[0].text())));
  eval.spend(args[0].size / 32 + out.size());
  return list_val(eval.arena().copy(out));
}
Val find_all(Eval& eval, Args args) { return find_some(eval, args, -1); }
Val find_all_limited(Eval& eval, Args args) { return find_some(eval, args, args[2].integer); }

// --- Addresses.

bool four_in_six(const Network& n) {
  static constexpr uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  return n.family == 6 && std::equal(kMapped, kMapped + 12, n.bytes);
}
std::string in_quotes(std::string_view text) { return "\"" + std::string(text) + "\""; }

std::optional<Network> address(Eval& eval, std::string_view text, Val& failure) {
  auto ip = parse_ip(text);
  size_t zone = text.find('%');
  if (!ip && zone != std::string_view::npos && parse_ip(text.substr(0, zone))) {
    failure = eval.error("IP address " + in_quotes(text) + " with zone value is not allowed");
  } else if (!ip && text.find(':') != std::string_view::npos && text.find('.') != std::string_view::npos) {
    failure = eval.error("IPv4-mapped IPv6 address " + in_quotes(text) + " is not allowed");
  } else if (!ip) {
    failure = eval.error("IP Address " + in_quotes(text) + " parse error during conversion from string: ParseAddr(" + in_quotes(text) +
                         "): unable to parse IP");
  } else if (four_in_six(*ip)) {
    failure = eval.error("IPv4-mapped IPv6 address " + in_quotes(text) + " is not allowed");
    ip.reset();
  }
  return ip;
}
std::optional<Network> network(Eval& eval, std::string_view text, Val& failure) {
  auto cidr = parse_cidr(text);
  if (!cidr) {
    std::string why = text.find('/') == std::string_view::npos ? "no '/'" : "unable to parse IP";
    failure = eval.error("network address parse error during conversion from string: netip.ParsePrefix(" + in_quotes(text) + "): " + why);
  } else if (four_in_six(*cidr)) {
    failure = eval.error("IPv4-mapped IPv6 address " + in_quotes(text) + " is not allowed");
    cidr.reset();
  }
  return cidr;
}

Val ip(Eval& eval, Args args) {
  Val failure;
  auto found = address(eval, args[0].text(), failure);
  return found ? network_val(Kind::kIp, *found, eval.arena()) : failure;
}
Val cidr(Eval& eval, Args args) {
  Val failure;
  auto found = network(eval, args[0].text(), failure);
  return found ? network_val(Kind::kCidr, *found, eval.arena()) : failure;
}
Val is_ip(Eval& eval, Args args) {
  Val failure;
  return bool_val(address(eval, args[0].text(), failure).has_value());
}
Val is_cidr(Eval& eval, Args args) {
  Val failure;
  return bool_val(network(eval, args[0].text(), failure).has_value());
}
Val is_canonical(Eval& eval, Args args) {
  Val failure;
  auto found = address(eval, args[0].text(), failure);
  if (!found) return failure;
  std::string text;
  append_network(*found, false, text);
  return bool_val(text == args[0].text());
}

// Does the network hold every address of the other? By bits, of one family.
bool covers(const Network& net, const Network& other, unsigned bits) {
  if (net.family != other.family || bits < net.prefix) return false;
  for (unsigned i = 0; i < net.prefix; ++i) {
    if (((net.bytes[i / 8] ^ other.bytes[i / 8]) >> (7 - i % 8)) & 1) return false;
  }
  return true;
}
Val contains_ip_text(Eval& eval, Args args) {
  Val failure;
  auto found = address(eval, args[1].text(), failure);
  return found ? bool_val(covers(*args[0].network, *found, 128)) : eval.error("no such overload");
}
Val contains_cidr_text(Eval& eval, Args args) {
  Val failure;
  auto found = network(eval, args[1].text(), failure);
  return found ? bool_val(covers(*args[0].network, *found, found->prefix)) : eval.error("no such overload");
}

// --- Lists.

Val sum_from(Eval& eval, Args args, Val total) {
  bool first = true;
  for (const Val& item : eval.items(args[0])) {
    total = first ? item : eval.arithmetic(Op::kAdd, total, item);
    first = false;
    if (total.is_error()) return total;
  }
  return total;
}
Val sum_ints(Eval& eval, Args args) { return sum_from(eval, args, int_val(0)); }
Val sum_uints(Eval& eval, Args args) { return sum_from(eval, args, uint_val(0)); }
Val sum_doubles(Eval& eval, Args args) { return sum_from(eval, args, double_val(0)); }
Val sum_durations(Eval& eval, Args args) { return sum_from(eval, args, duration_val(0)); }

Val extreme(Eval& eval, Args args, Op better, std::string_view name) {
  auto items = eval.items(args[0]);
  if (items.empty()) return eval.error(std::string(name) + " called on empty list");
  Val best = items[0];
  for (const Val& item : items.subspan(1)) {
    Val is_better = eval.compare(better, item, best);
    if (is_better.is_error()) return is_better;
    if (is_better.boolean) best = item;
  }
  return best;
}
Val min(Eval& eval, Args args) { return extreme(eval, args, Op::kLess, "min"); }
Val max(Eval& eval, Args args) { return extreme(eval, args, Op::kGreater, "max"); }

Val is_sorted(Eval& eval, Args args) {
  auto items = eval.items(args[0]);
  for (size_t i = 1; i < items.size(); ++i) {
    Val out = eval.compare(Op::kLess, items[i], items[i - 1]);
    if (out.is_error()) return out;
    if (out.boolean) return bool_val(false);
  }
  return bool_val(true);
}

constexpr FunctionRow kRows[] = {
    {"find", "string.(string) string", find, kPatternArg1},
    {"findAll", "string.(string) list(string)", find_all, kPatternArg1},
    {"findAll", "string.(string, int) list(string)", find_all_limited, kPatternArg1},
    {"ip", "(string) net.IP", ip},
    {"cidr", "(string) net.CIDR", cidr},
    {"isIP", "(string) bool", is_ip},
    {"isCIDR", "(string) bool", is_cidr},
    {"ip.isCanonical", "(string) bool", is_canonical},
    {"containsIP", "net.CIDR.(string) bool", contains_ip_text},
    {"containsCIDR", "net.CIDR.(string) bool", contains_cidr_text},
    {"sum", "list(int).() int", sum_ints},
    {"sum", "list(uint).() uint", sum_uints},
    {"sum", "list(double).() double", sum_doubles},
    {"sum", "list(duration).() duration", sum_durations},
#define ASSAY_ORDERED(type)                            \
  {"min", "list(" type ").() " type, min},             \
      {"max", "list(" type ").() " type, max},         \
      {"isSorted", "list(" type ").() bool", is_sorted}
    ASSAY_ORDERED("int"),
    ASSAY_ORDERED("uint"),
    ASSAY_ORDERED("double"),
    ASSAY_ORDERED("bool"),
    ASSAY_ORDERED("duration"),
    ASSAY_ORDERED("timestamp"),
    ASSAY_ORDERED("string"),
    ASSAY_ORDERED("bytes"),
#undef ASSAY_ORDERED
};

// No code: an authorizer is unknown, or an error where nothing may be.
constexpr FunctionRow kAuthorizerRows[] = {
    {"path", "kubernetes.authorization.Authorizer.(string) kubernetes.authorization.PathCheck"},
    {"group", "kubernetes.authorization.Authorizer.(string) kubernetes.authorization.GroupCheck"},
    {"serviceAccount", "kubernetes.authorization.Authorizer.(string, string) kubernetes.authorization.Authorizer"},
    {"resource", "kubernetes.authorization.GroupCheck.(string) kubernetes.authorization.ResourceCheck"},
    {"subresource", "kubernetes.authorization.ResourceCheck.(string) kubernetes.authorization.ResourceCheck"},
    {"namespace", "kubernetes.authorization.ResourceCheck.(string) kubernetes.authorization.ResourceCheck"},
    {"name", "kubernetes.authorization.ResourceCheck.(string) kubernetes.authorization.ResourceCheck"},
    {"fieldSelector", "kubernetes.authorization.ResourceCheck.(string) kubernetes.authorization.ResourceCheck"},
    {"labelSelector", "kubernetes.authorization.ResourceCheck.(string) kubernetes.authorization.ResourceCheck"},
    {"check", "kubernetes.authorization.PathCheck.(string) kubernetes.authorization.Decision"},
    {"check", "kubernetes.authorization.ResourceCheck.(string) kubernetes.authorization.Decision"},
    {"allowed", "kubernetes.authorization.Decision.() bool"},
    {"reason", "kubernetes.authorization.Decision.() string"},
    {"errored", "kubernetes.authorization.Decision.() bool"},
    {"error", "kubernetes.authorization.Decision.() string"},
};

}  // namespace

std::span<const FunctionRow> admission_library() { return kRows; }
std::span<const FunctionRow> authorizer_library() { return kAuthorizerRows; }

}  // namespace assay::rules::cel
