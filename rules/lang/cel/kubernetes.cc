// The environment of admission policies: the language and the libraries of the API server (Kubernetes 1.36: strings 2,
// lists 3, sets, optionals, two-variable comprehensions, and Kubernetes' own), and the types of what it hands to policies.
// `request` and `namespaceObject` are typed: a field that they do not have is an error before anything runs.
#include <algorithm>

#include "rules/lang/cel/environment.h"

namespace assay::rules::cel {
namespace {

// Rows of a library that the API server has; by name, or by name and signature.
struct Without {
  std::string_view name, signature;
};

void add_but(Environment& env, std::span<const FunctionRow> rows, std::initializer_list<Without> without) {
  std::vector<FunctionRow> kept;
  for (const FunctionRow& row : rows) {
    bool out = std::any_of(without.begin(), without.end(), [&](const Without& w) {
      return w.name == row.name && (w.signature.empty() || w.signature == row.signature);
    });
    if (!out) kept.push_back(row);
  }
  env.add(kept);
}

void add_macros(Environment& env) {
  env.add_macros(standard_macros());
  static constexpr std::string_view kWithout[] = {"cel.bind", "math.greatest", "math.least"};
  std::vector<MacroDef> kept;
  for (const MacroDef& macro : extension_macros()) {
    if (std::find(std::begin(kWithout), std::end(kWithout), macro.name) == std::end(kWithout)) kept.push_back(macro);
  }
  env.add_macros(kept);
}

void add_type_names(Environment& env) {
  struct Row {
    std::string_view name, type, value;
  };
  static constexpr Row kRows[] = {
      {"bool", "bool", "bool"}, {"int", "int", "int"}, {"uint", "uint", "uint"},
      {"double", "double", "double"}, {"string", "string", "string"}, {"bytes", "bytes", "bytes"},
      {"list", "list(dyn)", "list"}, {"map", "map(dyn, dyn)", "map"}, {"null_type", "null_type", "null_type"},
      {"type", "type", "type"},
      {"google.protobuf.Timestamp", "timestamp", "google.protobuf.Timestamp"},
      {"google.protobuf.Duration", "duration", "google.protobuf.Duration"},
      {"optional_type", "optional(dyn)", "optional_type"},
      {"net.IP", "net.IP", "net.IP"}, {"net.CIDR", "net.CIDR", "net.CIDR"},
      {"kubernetes.Quantity", "kubernetes.Quantity", "kubernetes.Quantity"},
      {"kubernetes.URL", "kubernetes.URL", "kubernetes.URL"},
      {"kubernetes.Semver", "kubernetes.Semver", "kubernetes.Semver"},
  };
  for (const Row& row : kRows) {
    env.add_constant(row.name, type_of_type(env.arena(), parse_type(row.type, env.arena())), type_val(row.value));
  }
}

// "name: type", one after the other.
void add_object(Environment& env, std::string_view type, std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
  std::vector<ObjectField> out;
  for (auto [name, text] : fields) out.push_back({name, parse_type(text, env.arena())});
  env.add_object_type(type, std::move(out));
}

void add_objects(Environment& env) {
  add_object(env, "kubernetes.GroupVersionKind", {{"group", "string"}, {"version", "string"}, {"kind", "string"}});
  add_object(env, "kubernetes.GroupVersionResource", {{"group", "string"}, {"version", "string"}, {"resource", "string"}});
  add_object(env, "kubernetes.UserInfo", {{"username", "string"}, {"uid", "string"}, {"groups", "list(string)"},
                                          {"extra", "map(string, list(string))"}});
  add_object(env, "kubernetes.AdmissionRequest",
             {{"kind", "kubernetes.GroupVersionKind"}, {"resource", "kubernetes.GroupVersionResource"}, {"subResource", "string"},
              {"requestKind", "kubernetes.GroupVersionKind"}, {"requestResource", "kubernetes.GroupVersionResource"},
              {"requestSubResource", "string"}, {"name", "string"}, {"namespace", "string"}, {"operation", "string"},
              {"userInfo", "kubernetes.UserInfo"}, {"dryRun", "bool"}, {"options", "dyn"}});
  add_object(env, "kubernetes.NamespaceSpec", {{"finalizers", "list(string)"}});
  add_object(env, "kubernetes.NamespaceCondition", {{"status", "string"}, {"type", "string"}, {"lastTransitionTime", "timestamp"},
                                                    {"message", "string"}, {"reason", "string"}});
  add_object(env, "kubernetes.NamespaceStatus", {{"conditions", "list(kubernetes.NamespaceCondition)"}, {"phase", "string"}});
  add_object(env, "kubernetes.NamespaceMetadata",
             {{"name", "string"}, {"generateName", "string"}, {"namespace", "string"}, {"labels", "map(string, string)"},
              {"annotations", "map(string, string)"}, {"UID", "string"}, {"creationTimestamp", "timestamp"},
              {"deletionGracePeriodSeconds", "int"}, {"deletionTimestamp", "timestamp"}, {"generation", "int"},
              {"resourceVersion", "string"}, {"finalizers", "list(string)"}});
  add_object(env, "kubernetes.Namespace", {{"metadata", "kubernetes.NamespaceMetadata"}, {"spec", "kubernetes.NamespaceSpec"},
                                           {"status", "kubernetes.NamespaceStatus"}});
}

}  // namespace

const Environment& kubernetes_environment() {
  static const Environment& env = *[] {
    auto* made = new Environment(Mode::kKubernetes);
    made->add(operator_rows());
    made->add(standard_library());
    made->add(time_library());
    add_but(*made, strings_library(), {{"reverse", ""}});
    made->add(format_library());
    add_but(*made, regex_library(), {{"regex.extract", ""}, {"regex.extractAll", ""}, {"regex.replace", ""}});
    add_but(*made, lists_library(), {{"repeated", ""}, {"sum", ""}, {"min", ""}, {"max", ""}, {"isSorted", ""}});
    made->add(sets_library());
    made->add(optional_library());
    add_but(*made, network_library(),
            {{"is_open_cidr", ""}, {"lets_anyone_in", ""}, {"ip", "(string) net.IP"}, {"cidr", ""}, {"isIP", ""}, {"isCIDR", ""},
             {"ip.isCanonical", ""}, {"containsIP", "net.CIDR.(string) bool"}, {"containsCIDR", "net.CIDR.(string) bool"}});
    made->add(admission_library());
    made->add(quantity_library());
    made->add(url_library());
    made->add(semver_library());
    made->add(named_format_library());
    made->add(authorizer_library());
    add_macros(*made);
    add_type_names(*made);
    add_objects(*made);
    made->add_variable("object", simple_type(TypeKind::kDyn));
    made->add_variable("oldObject", simple_type(TypeKind::kDyn));
    made->add_variable("request", opaque_type(made->arena(), "kubernetes.AdmissionRequest", {}));
    made->add_variable("namespaceObject", opaque_type(made->arena(), "kubernetes.Namespace", {}));
    made->add_variable("variables", opaque_type(made->arena(), "kubernetes.variables", {}));
    return made;
  }();
  return env;
}

}  // namespace assay::rules::cel
