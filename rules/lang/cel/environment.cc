#include "rules/lang/cel/environment.h"

#include <algorithm>

namespace assay::rules::cel {
namespace {

// Edit distance, given up beyond 3.
size_t distance(std::string_view a, std::string_view b) {
  if (a.size() > b.size() + 3 || b.size() > a.size() + 3 || a.size() > 60) return 4;
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      size_t next = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])});
      diagonal = row[j];
      row[j] = next;
    }
  }
  return row[b.size()];
}

template <typename Map>
std::string similar(const Map& map, std::string_view name) {
  std::string best;
  size_t limit = std::min<size_t>(3, name.size() / 2 + 1);
  for (const auto& [key, value] : map) {
    if (key.find('@') != std::string::npos) continue;
    size_t d = distance(name, key);
    if (d < limit) {
      limit = d;
      best = key;
    }
  }
  return best;
}

void add_types(Environment& env) {
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
  };
  for (const Row& row : kRows) {
    const Type* type = type_of_type(env.arena(), parse_type(row.type, env.arena()));
    env.add_constant(row.name, type, type_val(row.value));
  }
}

void add_language(Environment& env) {
  env.add(operator_rows());
  env.add(standard_library());
  env.add(time_library());
  env.add(strings_library());
  env.add(format_library());
  env.add(regex_library());
  env.add(lists_library());
  env.add(sets_library());
  env.add(math_library());
  env.add(optional_library());
  env.add(encoders_library());
  env.add(network_library());
  env.add_macros(standard_macros());
  env.add_macros(extension_macros());
  add_types(env);
}

}  // namespace

Environment::Environment(const Environment& other)
    : mode_(other.mode_), functions_(other.functions_), variables_(other.variables_),
      object_types_(other.object_types_), base_(other.base_), macros_(other.macros_), container_(other.container_),
      slots_(other.slots_) {
  // Types of `other` stay where they are: a copy must not outlive it unless it is a static one.
}

Environment::Environment(const Environment* base) : mode_(base->mode_), base_(base), macros_(base->macros_), slots_(base->slots_) {}

void Environment::add_object_type(std::string_view name, std::vector<ObjectField> fields) {
  object_types_[std::string(name)] = std::move(fields);
}

void Environment::add_field(std::string_view type, ObjectField field) { object_types_[std::string(type)].push_back(field); }

const std::vector<ObjectField>* Environment::find_object_type(std::string_view name) const {
  auto at = object_types_.find(name);
  if (at != object_types_.end()) return &at->second;
  return base_ ? base_->find_object_type(name) : nullptr;
}

void Environment::add(std::span<const FunctionRow> library) {
  for (const FunctionRow& row : library) {
    Function& function = functions_.try_emplace(std::string(row.name)).first->second;
    function.name = row.name;
    function.overloads.push_back({parse_signature(row.signature, *arena_), row.run, row.flags});
  }
}

void Environment::add_function(std::string_view name, Signature signature) {
  Function& function = functions_.try_emplace(std::string(name)).first->second;
  function.name = name;
  function.overloads.push_back({std::move(signature), nullptr, 0});
}

void Environment::add_macros(std::span<const MacroDef> macros) {
  macros_.insert(macros_.end(), macros.begin(), macros.end());
}

int Environment::add_variable(std::string_view name, const Type* type) {
  variables_[std::string(name)] = {type, slots_, false, {}};
  return slots_++;
}

int Environment::add_lazy_variable(std::string_view name, const Type* type) {
  variables_[std::string(name)] = {type, slots_, true, {}};
  return slots_++;
}

void Environment::add_constant(std::string_view name, const Type* type, const Val& value) {
  variables_[std::string(name)] = {type, -1, false, value};
}

template <typename Map>
const typename Map::mapped_type* Environment::find_in(const Map& map, std::string_view name) const {
  if (!name.empty() && name[0] == '.') {
    auto at = map.find(name.substr(1));
    return at == map.end() ? nullptr : &at->second;
  }
  std::string_view container = container_;
  while (!container.empty()) {
    std::string qualified(container);
    qualified += '.';
    qualified += name;
    if (auto at = map.find(qualified); at != map.end()) return &at->second;
    size_t dot = container.rfind('.');
    container = dot == std::string_view::npos ? std::string_view{} : container.substr(0, dot);
  }
  auto at = map.find(name);
  return at == map.end() ? nullptr : &at->second;
}

const Variable* Environment::find_variable(std::string_view name) const {
  const Variable* own = find_in(variables_, name);
  return own == nullptr && base_ ? base_->find_variable(name) : own;
}
const Function* Environment::find_function(std::string_view name) const {
  const Function* own = find_in(functions_, name);
  return own == nullptr && base_ ? base_->find_function(name) : own;
}
bool Environment::has_qualified_variable(std::string_view name) const {
  if (name.empty()) return false;
  if (!container_.empty() || name[0] == '.') return true;
  auto at = variables_.upper_bound(name);  // "name" itself is before it
  for (; at != variables_.end() && at->first.starts_with(name); ++at) {
    if (at->first.size() > name.size() && at->first[name.size()] == '.') return true;
  }
  return base_ && base_->has_qualified_variable(name);
}
std::string Environment::similar_function(std::string_view name) const {
  std::string own = similar(functions_, name);
  return own.empty() && base_ ? base_->similar_function(name) : own;
}
std::string Environment::similar_variable(std::string_view name) const {
  std::string own = similar(variables_, name);
  return own.empty() && base_ ? base_->similar_variable(name) : own;
}

const Environment& standard_environment() {
  static const Environment& env = *[] {
    auto* made = new Environment(Mode::kStandard);
    add_language(*made);
    return made;
  }();
  return env;
}

const Environment& rules_environment() {
  static const Environment& env = *[] {
    auto* made = new Environment(Mode::kRules);
    add_language(*made);
    made->add(rules_library());
    made->add(policy_library());
    made->add(identity_library());
    made->add(trust_library());
    made->add(identity_lint_library());
    made->add(identity_path_library());
    made->add(trails_library());
    made->add(secrets_library());
    made->add(pod_security_library());
    made->add(kubernetes_library());
    const Type* dyn = simple_type(TypeKind::kDyn);
    for (std::string_view name : {"resource", "item", "native", "meta"}) made->add_variable(name, dyn);
    return made;
  }();
  return env;
}

}  // namespace assay::rules::cel
