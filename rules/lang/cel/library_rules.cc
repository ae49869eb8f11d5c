// Functions of the built-in rules, named after the job. All take what formats write (null, numbers as
// text, unknown values) and answer false or null where nothing can be said.
//
//   ports_include(from, to, port)   is the port in the range? no range at all, and -1, mean all ports
//   image(text)                     {registry, repository, name, tag, digest} of a container image
//   quantity(x)                     a Kubernetes quantity ("100m", "1Gi") as a number
//   related(type)                   views of that canonical type of all neighbours in the graph
#include <algorithm>
#include <array>
#include <cmath>

#include "rules/lang/cel/eval.h"
#include "rules/lang/cel/text.h"

namespace assay::rules::cel {
namespace {

using Args = std::span<const Val>;

Val in_range(Eval& eval, const Val& from, const Val& to, const Val& port) {
  bool no_from = eval.is_null_in_world(from);
  bool no_to = eval.is_null_in_world(to);
  if (no_from && no_to) return bool_val(true);
  const Val& low = no_from ? to : from;
  const Val& high = no_to ? from : to;
  if (eval.equal(low, int_val(-1))) return bool_val(true);
  Val above = eval.compare(Op::kLessEqual, low, port);
  if (!above.is_true()) return above;
  return eval.compare(Op::kLessEqual, port, high);
}
Val ports_include(Eval& eval, Args args) { return in_range(eval, args[0], args[1], args[2]); }
Val ports_include_protocol(Eval& eval, Args args) {
  const Val& protocol = args[2];
  if (!eval.is_null_in_world(protocol) &&
      (eval.equal(protocol, string_val("-1")) || eval.equal(protocol, string_val("all")))) {
    return bool_val(true);
  }
  return in_range(eval, args[0], args[1], args[3]);
}

Val string_map(Eval& eval, std::span<const std::string_view> names, std::span<const Val> values) {
  Val* keys = eval.arena().make_array<Val>(names.size());
  for (size_t i = 0; i < names.size(); ++i) new (keys + i) Val(string_val(names[i]));
  return map_val({keys, names.size()}, eval.arena().copy(values), eval.arena());
}

// Docker's reference grammar: [registry/]repository[:tag][@digest]; the first part is a registry when
// it has a dot or a colon, or is "localhost".
Val image(Eval& eval, Args args) {
  if (!args[0].is(Kind::kString)) return null_val();
  std::string_view rest = args[0].text();
  Val tag, digest;
  if (size_t at = rest.find('@'); at != std::string_view::npos) {
    digest = string_val(rest.substr(at + 1));
    rest = rest.substr(0, at);
  }
  size_t colon = rest.rfind(':');
  if (colon != std::string_view::npos && rest.find('/', colon) == std::string_view::npos) {
    tag = string_val(rest.substr(colon + 1));
    rest = rest.substr(0, colon);
  }
  std::string_view registry = "docker.io";
  size_t slash = rest.find('/');
  std::string_view first = rest.substr(0, slash == std::string_view::npos ? 0 : slash);
  bool named = first.find_first_of(".:") != std::string_view::npos || first == "localhost";
  if (named) {
    registry = first;
    rest = rest.substr(slash + 1);
  }
  Val repository = string_val(rest);
  if (registry == "docker.io" && rest.find('/') == std::string_view::npos) {
    repository = eval.string("library/" + std::string(rest));
  }
  size_t last = rest.rfind('/');
  Val name = string_val(last == std::string_view::npos ? rest : rest.substr(last + 1));
  static constexpr std::string_view kNames[] = {"registry", "repository", "name", "tag", "digest"};
  const Val values[] = {string_val(registry), repository, name, tag, digest};
  return string_map(eval, kNames, values);
}

Val quantity(Eval&, Args args) {
  if (args[0].is_number()) return args[0];
  if (!args[0].is(Kind::kString)) return null_val();
  std::string_view text = args[0].text();
  size_t end = 0;
  while (end < text.size() && ((text[end] >= '0' && text[end] <= '9') || text[end] == '.' || text[end] == '+' || text[end] == '-')) ++end;
  std::string_view suffix = text.substr(end);
  // An exponent: 1e3, 1E-3.
  if (!suffix.empty() && (suffix[0] == 'e' || suffix[0] == 'E') && suffix.size() > 1) {
    end = text.size();
    suffix = {};
  }
  auto number = parse_double(text.substr(0, end));
  if (!number) return null_val();
  struct Suffix {
    std::string_view name;
    double factor;
  };
  static constexpr Suffix kSuffixes[] = {
      {"", 1}, {"n", 1e-9}, {"u", 1e-6}, {"m", 1e-3}, {"k", 1e3}, {"M", 1e6}, {"G", 1e9}, {"T", 1e12},
      {"P", 1e15}, {"E", 1e18}, {"Ki", 1024.0}, {"Mi", 1048576.0}, {"Gi", 1073741824.0},
      {"Ti", 1099511627776.0}, {"Pi", 1125899906842624.0}, {"Ei", 1152921504606846976.0}};
  for (const Suffix& row : kSuffixes) {
    if (row.name != suffix) continue;
    double value = *number * row.factor;
    if (value == std::floor(value) && std::fabs(value) < 9e18) return int_val(static_cast<int64_t>(value));
    return double_val(value);
  }
  return null_val();
}

Val related(Eval& eval, Args args) {
  RunContext* context = eval.context();
  if (!context || !context->project || !context->resource || !args[0].is(Kind::kString)) return list_val({});
  const model::Project& project = *context->project;
  const model::Resource& self = *context->resource;
  const core::Symbol type(args[0].text());
  std::vector<Val> out;
  std::vector<uint32_t> seen;
  auto add = [&](uint32_t index, model::Guard guard) {
    if (index == self.index || index >= project.resources.size()) return;
    if (std::find(seen.begin(), seen.end(), index) != seen.end()) return;
    const model::Resource& other = *project.resources[index];
    for (const model::View& view : other.views) {
      if (view.type != type) continue;
      // Guards speak of one root: those of another root cannot be asked here.
      bool same_root = other.root == self.root;
      if (same_root && !(eval.world()->holds(eval.guards(), guard) && eval.world()->holds(eval.guards(), other.exists))) {
        continue;
      }
      seen.push_back(index);
      if (same_root || model::wholly_known(view.value)) {
        out.push_back(eval.read(view.value, nullptr));
      } else {
        std::string id = "related(" + std::string(other.address) + ")";
        out.push_back(eval.derived(id, nullptr, {}));
      }
    }
  };
  if (!eval.world()) return list_val({});
  for (const model::Edge& edge : project.edges_from(self.index)) add(edge.to, edge.guard);
  for (uint32_t at : project.edges_to(self.index)) {
    add(project.edges[at].from, project.edges[at].guard);
  }
  return list_val(eval.arena().copy(out));
}

constexpr FunctionRow kRows[] = {
    {"ports_include", "(dyn, dyn, dyn) bool", ports_include, kSeesUnknown},
    {"ports_include", "(dyn, dyn, dyn, dyn) bool", ports_include_protocol, kSeesUnknown},
    {"image", "(dyn) dyn", image},
    {"quantity", "(dyn) dyn", quantity},
    {"related", "(string) list(dyn)", related},
};

}  // namespace

std::span<const FunctionRow> rules_library() { return kRows; }

}  // namespace assay::rules::cel
