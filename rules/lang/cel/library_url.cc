// URLs and format names of Kubernetes' CEL: url, isURL and getters; format.named("uuid") or format.uuid(), validate().
#include <algorithm>

#include "rules/lang/cel/eval.h"
#include "rules/lang/cel/named_formats.h"
#include "rules/lang/cel/url.h"

namespace assay::rules::cel {
namespace {

using Args = std::span<const Val>;

struct UrlValue {
  Opaque head;
  std::string_view text;  // as it was written
  std::string_view scheme, host, hostname, port, path;
  std::string_view raw_query;
};

bool equal_urls(const void* a, const void* b) {
  return static_cast<const UrlValue*>(a)->text == static_cast<const UrlValue*>(b)->text;
}
constexpr OpaqueType kUrl{"kubernetes.URL", equal_urls};
const UrlValue& of(const Val& value) { return *reinterpret_cast<const UrlValue*>(value.opaque); }

Val url(Eval& eval, Args args) {
  Url parsed;
  std::string problem;
  if (!parse_request_url(args[0].text(), parsed, problem)) {
    return eval.error("URL parse error during conversion from string: " + problem);
  }
  core::Arena& arena = eval.arena();
  UrlValue* out = arena.make<UrlValue>();
  out->head.type = &kUrl;
  out->text = args[0].text();
  out->scheme = arena.copy(parsed.scheme);
  out->host = arena.copy(parsed.host);
  out->hostname = arena.copy(parsed.hostname());
  out->port = arena.copy(parsed.port());
  out->path = arena.copy(parsed.path);
  out->raw_query = arena.copy(parsed.raw_query);
  return opaque_val(&out->head);
}
Val is_url(Eval&, Args args) {
  Url parsed;
  std::string problem;
  return bool_val(parse_request_url(args[0].text(), parsed, problem));
}
template <std::string_view UrlValue::*part>
Val get(Eval&, Args args) {
  return string_val(of(args[0]).*part);
}
Val get_query(Eval& eval, Args args) {
  Url parsed;
  parsed.raw_query = of(args[0]).raw_query;
  std::vector<Val> keys, values;
  for (const auto& [name, texts] : parsed.query()) {
    std::vector<Val> items;
    for (const std::string& text : texts) items.push_back(eval.string(text));
    keys.push_back(eval.string(name));
    values.push_back(list_val(eval.arena().copy(items)));
  }
  return map_val(eval.arena().copy(keys), eval.arena().copy(values), eval.arena());
}

constexpr FunctionRow kUrlRows[] = {
    {"url", "(string) kubernetes.URL", url},
    {"isURL", "(string) bool", is_url},
    {"getScheme", "kubernetes.URL.() string", get<&UrlValue::scheme>},
    {"getHost", "kubernetes.URL.() string", get<&UrlValue::host>},
    {"getHostname", "kubernetes.URL.() string", get<&UrlValue::hostname>},
    {"getPort", "kubernetes.URL.() string", get<&UrlValue::port>},
    {"getEscapedPath", "kubernetes.URL.() string", get<&UrlValue::path>},
    {"getQuery", "kubernetes.URL.() map(string, list(string))", get_query},
};

// --- Formats.

struct FormatValue {
  Opaque head;
  const NamedFormat* format = nullptr;
};
bool equal_formats(const void* a, const void* b) {
  return static_cast<const FormatValue*>(a)->format == static_cast<const FormatValue*>(b)->format;
}
constexpr OpaqueType kFormat{"kubernetes.NamedFormat", equal_formats};

Val format_val(Eval& eval, const NamedFormat* format) {
  FormatValue* out = eval.arena().make<FormatValue>();
  out->head.type = &kFormat;
  out->format = format;
  return opaque_val(&out->head);
}
Val named(Eval& eval, Args args) {
  const NamedFormat* format = find_named_format(args[0].text());
  return format ? some_val(format_val(eval, format), eval.arena()) : none_val();
}
template <size_t index>
Val constant(Eval& eval, Args) {
  return format_val(eval, &named_formats()[index]);
}
Val validate(Eval& eval, Args args) {
  std::vector<std::string> problems = reinterpret_cast<const FormatValue*>(args[0].opaque)->format->problems(args[1].text());
  if (problems.empty()) return none_val();
  std::vector<Val> out;
  for (const std::string& problem : problems) out.push_back(eval.string(problem));
  return some_val(list_val(eval.arena().copy(out)), eval.arena());
}

// In the order of named_formats().
constexpr FunctionRow kFormatRows[] = {
    {"format.named", "(string) optional(kubernetes.NamedFormat)", named},
    {"validate", "kubernetes.NamedFormat.(string) optional(list(string))", validate},
    {"format.dns1123Label", "() kubernetes.NamedFormat", constant<0>},
    {"format.dns1123Subdomain", "() kubernetes.NamedFormat", constant<1>},
    {"format.dns1035Label", "() kubernetes.NamedFormat", constant<2>},
    {"format.qualifiedName", "() kubernetes.NamedFormat", constant<3>},
    {"format.dns1123LabelPrefix", "() kubernetes.NamedFormat", constant<4>},
    {"format.dns1123SubdomainPrefix", "() kubernetes.NamedFormat", constant<5>},
    {"format.dns1035LabelPrefix", "() kubernetes.NamedFormat", constant<6>},
    {"format.labelValue", "() kubernetes.NamedFormat", constant<7>},
    {"format.uri", "() kubernetes.NamedFormat", constant<8>},
    {"format.uuid", "() kubernetes.NamedFormat", constant<9>},
    {"format.byte", "() kubernetes.NamedFormat", constant<10>},
    {"format.date", "() kubernetes.NamedFormat", constant<11>},
    {"format.datetime", "() kubernetes.NamedFormat", constant<12>},
};

}  // namespace

uint32_t named_format_regex_size(const Val& value) {
  bool format = value.is(Kind::kOpaque) && value.opaque->type == &kFormat;
  return format ? reinterpret_cast<const FormatValue*>(value.opaque)->format->regex_size : 0;
}

std::span<const FunctionRow> url_library() { return kUrlRows; }
std::span<const FunctionRow> named_format_library() { return kFormatRows; }

}  // namespace assay::rules::cel
