#include "parsers/formats/arm/lowering.h"

#include <algorithm>

#include "parsers/core/suggest.h"
#include "parsers/core/text.h"
#include "parsers/model/aliases.h"
#include "parsers/syntax/yaml/entries.h"

namespace assay::formats::arm {

using core::ProblemSeverity;
using core::Span;
using model::Entry;
using model::Guard;
using model::kAlways;
using model::kNever;
using model::Resource;
using model::Value;
using syntax::Node;
using syntax::NodeKind;

namespace {

constexpr std::string_view kFormatName = "arm";
constexpr std::string_view kDeployments = "Microsoft.Resources/deployments";

struct Views {
  core::Symbol resource{"arm/resource"};
  core::Symbol parameter{"arm/parameter"};
  core::Symbol output{"arm/output"};
};
const Views& views() {
  static const Views made;
  return made;
}

bool is_mapping(const Node* node) { return node && node->kind == NodeKind::kMapping; }
bool is_sequence(const Node* node) { return node && node->kind == NodeKind::kSequence; }

// Parts of a resource that say how it is deployed, not what it is.
constexpr std::string_view kNotBody[] = {"condition", "copy", "dependsOn", "resources", "comments"};
constexpr std::string_view kResourceKeys[] = {
    "condition", "type", "apiVersion", "name", "comments", "location", "dependsOn", "tags", "sku", "kind", "scope",
    "copy", "plan", "properties", "resources", "identity", "zones", "existing", "import", "asserts",
    "resourceGroup", "subscriptionId", "metadata", "extendedLocation", "managedBy", "etag", "zone", "options"};
constexpr std::string_view kSections[] = {
    "$schema", "contentVersion", "apiProfile", "languageVersion", "definitions", "parameters", "variables",
    "functions", "resources", "outputs", "metadata", "imports", "extensions", "asserts"};

}  // namespace

std::string_view canonical_type(std::string_view type, core::Arena& arena) {
  static const std::unordered_map<std::string, std::string_view> spelled = [] {
    std::unordered_map<std::string, std::string_view> made;
    for (const model::AliasFile& file : model::alias_data()) {
      for (std::string_view marker : {"\nfrom arm ", "\nsatellite arm "}) {
        for (size_t at = 0; (at = file.text.find(marker, at)) != std::string_view::npos;) {
          at += marker.size();
          std::string_view native = file.text.substr(at, file.text.find_first_of(" \n#", at) - at);
          made.emplace(core::to_lower_ascii(native), native);
        }
      }
    }
    return made;
  }();
  auto found = spelled.find(core::to_lower_ascii(type));
  return found == spelled.end() ? arena.copy(type) : found->second;
}

const Node* find_template(const syntax::Tree* tree) {
  if (!tree || !tree->root || tree->language != syntax::Language::kJson) return nullptr;
  const Node* document = tree->root->child(0);
  const Node* top = document ? document->child(0) : nullptr;
  return is_mapping(top) ? top : nullptr;
}

Lowering::Lowering(const InputFile& file, const Node& top, Shared& shared, Place place)
    : file_(file), top_(top), shared_(shared), root_(shared.root),
      evaluator_(*file.tree, shared.root, shared.context, std::move(place)) {
  evaluator_.set_deployments(this);
}

void Lowering::prepare() {
  evaluator_.index(top_, evaluator_.place().arguments ? GivenValues{} : read_given_values(shared_.context));
  std::vector<std::string_view> sections(std::begin(kSections), std::end(kSections));
  syntax::for_each_entry(top_, [&](const syntax::Entry& entry) {
    if (!entry.key || std::find(sections.begin(), sections.end(), entry.key->text) != sections.end()) return;
    std::string_view meant = core::closest(entry.key->text, sections);
    if (meant.empty()) return;
    evaluator_.problem(ProblemSeverity::kWarning, "arm-key",
                       "a template has no " + std::string(entry.key->text) + "; did you mean " + std::string(meant) + "?",
                       values().span(*entry.key));
  });
  const Node* resources = syntax::lookup(top_, "resources");
  if (!resources) return;
  Parent none;
  none.module_path = evaluator_.place().module_path;
  none.exists = evaluator_.place().exists;
  list_resources(*resources, none, 0);
}

void Lowering::finish() {
  evaluator_.read_parameters();
  for (const Instance& instance : instances_) lower_body(instance);
  for (const Parameter& parameter : evaluator_.parameters()) add_parameter(parameter);
  add_outputs();
  for (const Instance& instance : instances_) {
    Child* child = child_of(instance.row);
    if (!child) continue;
    for (const Instance& inside : child->lowering->instances_) {
      model::Edge edge;
      edge.kind = model::EdgeKind::kContains;
      edge.from = instance.row;
      edge.to = inside.row;
      edge.guard = root_.resources[inside.row].exists;
      root_.edges.push_back(edge);
    }
    child->lowering->finish();
  }
  add_coverage();
}

// --- Resources.

void Lowering::list_resources(const Node& section, const Parent& parent, uint32_t depth) {
  if (depth > kMaxResourceNesting) {
    evaluator_.problem(ProblemSeverity::kWarning, "limit-nesting", "resources are nested too deeply",
                       values().span(section));
    return;
  }
  if (is_mapping(&section)) {  // languageVersion 2.0: by symbolic name
    syntax::for_each_entry(section, [&](const syntax::Entry& entry) {
      if (entry.key && entry.value) list_resource(*entry.value, values().keep(entry.key->text), parent, depth);
    });
  } else if (is_sequence(&section)) {
    for (const Node* node : section.children()) {
      if (node) list_resource(*node, {}, parent, depth);
    }
  } else {
    evaluator_.problem(ProblemSeverity::kWarning, "arm-section", "resources must be an array, or an object by name",
                       values().span(section));
  }
}

void Lowering::list_resource(const Node& node, std::string_view symbol, const Parent& parent, uint32_t depth) {
  if (!is_mapping(&node)) {
    evaluator_.problem(ProblemSeverity::kWarning, "arm-resource", "a resource must be an object", values().span(node));
    return;
  }
  const Node* existing = syntax::lookup(node, "existing");
  if (existing && existing->text == "true") return;  // named here, deployed elsewhere
  const Node* copy = syntax::lookup(node, "copy");
  if (!is_mapping(copy)) {
    add_instance(node, symbol, parent, parent.loop, kAlways, false, depth);
    return;
  }
  const Node* named = syntax::lookup(*copy, "name");
  std::string_view name = named ? values().keep(named->text) : std::string_view{};
  Evaluator::Repeats repeats;
  {
    Evaluator::Within within(evaluator_, Evaluator::kNoRow, kAlways, parent.loop);
    repeats = evaluator_.repeats(*copy, name);
  }
  for (uint32_t i = 0; i < repeats.guards.size(); ++i) {
    if (repeats.guards[i] == kNever) continue;
    Loop& loop = loops_.emplace_back();
    loop.name = name;
    loop.index = repeats.open ? repeats.index : model::with_span(model::int_value(i), values().span(*copy));
    loop.outer = parent.loop;
    add_instance(node, symbol, parent, &loop, repeats.guards[i], repeats.open, depth);
  }
}

// The name as far as it is known; else as it is written.
std::string Lowering::shown_name(const Node& node, const Value& name) {
  if (name.is_string()) return std::string(name.text());
  const Node* written = syntax::lookup(node, "name");
  std::string_view text = written ? written->text : std::string_view{};
  if (text_kind(text) == TextKind::kExpression) text = text.substr(1, text.size() - 2);
  return std::string(text);
}

void Lowering::add_instance(const Node& node, std::string_view symbol, const Parent& parent, const Loop* loop,
                            Guard exists, bool representative, uint32_t depth) {
  Evaluator::Within within(evaluator_, Evaluator::kNoRow, kAlways, loop);
  const Node* type_node = syntax::lookup(node, "type");
  const Node* name_node = syntax::lookup(node, "name");
  Value type = evaluator_.evaluate(type_node);
  Span type_span = values().span(type_node ? *type_node : node);
  if (!type_node || !type.is_string() || type.size == 0) {
    std::string message = type_node ? "the type of the resource is not known" : "the resource has no type";
    evaluator_.problem(ProblemSeverity::kWarning, "arm-resource", std::move(message), type_span);
  }
  if (!name_node) evaluator_.problem(ProblemSeverity::kWarning, "arm-resource", "the resource has no name", type_span);
  std::string full(type.is_string() ? type.text() : std::string_view{});
  Value name = evaluator_.evaluate(name_node);
  std::string shown = shown_name(node, name);
  if (!parent.type.empty()) {
    // A child says the last segments only.
    bool relative = !core::to_lower_ascii(full).starts_with(core::to_lower_ascii(parent.type) + "/");
    if (relative) {
      full = std::string(parent.type) + "/" + full;
      Value parts[] = {parent.name, model::string_value("/"), name};
      name = evaluator_.concatenate(parts, name.span);
      shown = std::string(root_.resources[parent.row].name) + "/" + shown;
    }
  }
  Instance instance;
  instance.node = &node;
  instance.loop = loop;
  instance.symbol = symbol;
  instance.type = canonical_type(full, arena());
  instance.name = name;
  instance.type_span = type_span;
  instance.module_path = parent.module_path;
  instance.parent = parent.row;
  instance.representative = representative;
  instance.conditional = !representative;
  if (const Node* condition = syntax::lookup(node, "condition")) {
    Span at = values().span(*condition);
    Guard holds = evaluator_.truth(evaluator_.evaluate(condition), at);
    exists = root_.guards.both(exists, holds);
  }
  // A loop around is the parent's too.
  if (parent.type.empty() || parent.loop != nullptr) exists = root_.guards.both(exists, parent.exists);
  else exists = root_.guards.both(exists, evaluator_.place().exists);
  instance.exists = exists;
  instance.row = static_cast<uint32_t>(root_.resources.size());

  Resource& row = root_.resources.emplace_back();
  row.type = instance.type;
  row.kind = "resource";
  row.header = type_span;
  row.span = values().span(node);
  row.exists = exists;
  row.representative = representative;
  row.conditional = instance.conditional;
  row.name = keep(shown);
  std::string address(instance.type);
  if (!address.empty()) address += '.';
  address += shown;
  // Instances whose names are not known are told apart by their index.
  bool indexed = loop && loop != parent.loop && !name.is_string();
  if (indexed) address += representative ? "[*]" : "[" + loop->index.number().to_text() + "]";
  name_row(row, address, parent.module_path, indexed);
  row.attributes = model::with_span(model::object_value({}, arena()), row.span);
  evaluator_.declare(instance);
  instances_.push_back(instance);
  by_row_[instance.row] = &instances_.back();

  if (const Node* inside = syntax::lookup(node, "resources")) {
    if (core::equals_ignoring_case(instance.type, kDeployments)) return;
    Parent own;
    own.type = instance.type;
    own.name = instance.name;
    own.row = instance.row;
    own.module_path = parent.module_path;
    own.exists = exists;
    own.loop = loop;
    list_resources(*inside, own, depth + 1);
  }
  list_nested(node, instance, depth);
}

// Deployments with a template inside whose expressions are read here: its resources are as good as ours.
void Lowering::list_nested(const Node& node, const Instance& instance, uint32_t depth) {
  if (!core::equals_ignoring_case(instance.type, kDeployments)) return;
  const Node* properties = syntax::lookup(node, "properties");
  const Node* inside = is_mapping(properties) ? syntax::lookup(*properties, "template") : nullptr;
  if (!is_mapping(inside)) return;
  const Node* options = syntax::lookup(*properties, "expressionEvaluationOptions");
  const Node* scope = is_mapping(options) ? syntax::lookup(*options, "scope") : nullptr;
  if (scope && core::equals_ignoring_case(scope->text, "inner")) return;
  const Node* resources = syntax::lookup(*inside, "resources");
  if (!resources) return;
  Parent parent;
  std::string path(instance.module_path);
  if (!path.empty()) path += '/';
  path += root_.resources[instance.row].name;
  parent.module_path = keep(path);
  parent.exists = instance.exists;
  parent.loop = instance.loop;
  list_resources(*resources, parent, depth + 1);
}

void Lowering::name_row(Resource& row, const std::string& address, std::string_view module_path, bool stable_index) {
  std::string text = module_path.empty() ? address : std::string(module_path) + "/" + address;
  row.format = kFormatName;
  row.root = &root_;
  row.module_path = module_path;
  row.stable_address = keep(stable_index ? text.substr(0, text.rfind('[')) : text);
  uint32_t repeat = ++shared_.seen[text];
  if (repeat > 1) text.append(1, '#').append(std::to_string(repeat));
  row.address = stable_index || repeat > 1 ? keep(text) : row.stable_address;
}

void Lowering::lower_body(const Instance& instance) {
  Resource& row = root_.resources[instance.row];
  const Node& node = *instance.node;
  // What cannot exist is read as if it did; its guard says that nothing applies to it.
  Evaluator::Within within(evaluator_, instance.row, row.exists == kNever ? kAlways : row.exists, instance.loop);
  std::vector<std::string_view> known(std::begin(kResourceKeys), std::end(kResourceKeys));
  syntax::for_each_entry(node, [&](const syntax::Entry& entry) {
    if (!entry.key || std::find(known.begin(), known.end(), entry.key->text) != known.end()) return;
    std::string_view meant = core::closest(entry.key->text, known);
    if (meant.empty() || core::equals_ignoring_case(meant, entry.key->text)) return;
    evaluator_.problem(ProblemSeverity::kWarning, "arm-key",
                       "a resource has no " + std::string(entry.key->text) + "; did you mean " + std::string(meant) + "?",
                       values().span(*entry.key));
  });
  depend(syntax::lookup(node, "dependsOn"));
  bool deployment = core::equals_ignoring_case(instance.type, kDeployments);
  std::vector<Entry> entries;
  if (deployment) {
    // The template inside is no attribute: its rows stand for it.
    std::string_view without[] = {"condition", "copy", "dependsOn", "resources", "comments", "properties"};
    Value outside = evaluator_.mapping(node, without);
    if (outside.is_mapping()) entries.assign(outside.entries().begin(), outside.entries().end());
    const Node* properties = syntax::lookup(node, "properties");
    if (is_mapping(properties)) {
      std::string_view inside[] = {"template", "parameters"};
      Value kept = evaluator_.mapping(*properties, inside);
      entries.push_back({"properties", values().span(*properties), kept});
    }
  } else {
    Value body = evaluator_.mapping(node, kNotBody);
    if (body.is_mapping()) entries.assign(body.entries().begin(), body.entries().end());
    const Node* properties = syntax::lookup(node, "properties");
    bool shaped = !properties || is_mapping(properties) || properties->kind == NodeKind::kNull ||
                  (properties->kind == NodeKind::kString && text_kind(properties->text) == TextKind::kExpression);
    if (!shaped && properties->kind != NodeKind::kError) {
      evaluator_.problem(ProblemSeverity::kWarning, "arm-resource", "properties must be an object",
                         values().span(*properties));
    }
  }
  for (Entry& entry : entries) {
    if (entry.key == "name") entry.value = model::with_span(instance.name, entry.value.span);
    if (entry.key == "type") {
      entry.value = model::with_span(model::string_value(instance.type), instance.type_span);
    }
  }
  entries.push_back({"id", {}, evaluator_.resource_id(instance.type, instance.name, instance.type_span)});
  size_t slash = instance.type.rfind('/');
  if (slash != std::string_view::npos && instance.type.find('/') != slash) {
    // The identity of the resource that this one is a part of, nested in it or named in its own name.
    Value parent;
    if (instance.parent != Evaluator::kNoRow) {
      const Instance& above = *by_row_.at(instance.parent);
      parent = evaluator_.resource_id(above.type, above.name, instance.type_span);
    } else if (auto name = parent_name(instance.name)) {
      parent = evaluator_.resource_id(instance.type.substr(0, slash), *name, instance.type_span);
    }
    if (!parent.is_null()) {
      entries.push_back({"parent", {}, parent});
      evaluator_.refer(evaluator_.find_row(parent), "parent");
    }
  }
  row.attributes = model::with_span(model::object_value(entries, arena()), row.span);
  row.views.push_back({views().resource, row.attributes});
}

// "account/default" is a part of "account"; of a text with holes, up to the last slash that is known.
std::optional<Value> Lowering::parent_name(const Value& name) {
  if (name.is_string()) {
    size_t slash = name.text().rfind('/');
    if (slash == std::string_view::npos) return std::nullopt;
    return model::with_span(model::string_value(name.text().substr(0, slash)), name.span);
  }
  const Value* structure = name.is_unknown() ? name.unknown().structure : nullptr;
  if (!structure || !structure->is_sequence()) return std::nullopt;
  std::vector<Value> parts(structure->items().begin(), structure->items().end());
  while (!parts.empty()) {
    Value& last = parts.back();
    size_t slash = last.is_string() ? last.text().rfind('/') : std::string_view::npos;
    if (slash == std::string_view::npos) {
      parts.pop_back();
      continue;
    }
    last = model::with_span(model::string_value(last.text().substr(0, slash)), last.span);
    if (last.size == 0) parts.pop_back();
    if (parts.empty()) return std::nullopt;
    return parts.size() == 1 ? parts[0] : evaluator_.concatenate(parts, name.span);
  }
  return std::nullopt;
}

void Lowering::depend(const Node* node) {
  if (!is_sequence(node)) return;
  for (const Node* one : node->children()) {
    if (!one || one->kind != NodeKind::kString) continue;
    Value named = evaluator_.evaluate_under("dependsOn", one);
    evaluator_.refer(evaluator_.find_row(named), "dependsOn");
  }
}

// --- Parameters and outputs.

void Lowering::add_parameter(const Parameter& parameter) {
  Resource& row = root_.resources.emplace_back();
  row.type = "Parameter";
  row.name = parameter.name;
  row.kind = "parameter";
  row.header = parameter.key_span;
  row.span = parameter.span;
  row.exists = evaluator_.place().exists;
  row.conditional = true;
  name_row(row, "Parameter." + std::string(parameter.name), evaluator_.place().module_path, false);
  std::vector<Entry> parts;
  Value name = model::with_span(model::string_value(parameter.name), parameter.key_span);
  parts.push_back({"name", parameter.key_span, name});
  if (parameter.declaration) {
    Value declared = values().value(parameter.declaration);  // as written: expressions are not run
    for (const Entry& part : declared.is_mapping() ? declared.entries() : std::span<const Entry>{}) {
      parts.push_back(part);
      if (part.key == "defaultValue" && parameter.secure) parts.back().value.marks |= model::kSensitive;
    }
  }
  row.attributes = model::with_span(model::object_value(parts, arena()), parameter.span);
  row.views.push_back({views().parameter, row.attributes});
}

void Lowering::add_outputs() {
  const Node* section = syntax::lookup(top_, "outputs");
  if (!is_mapping(section)) return;
  syntax::for_each_entry(*section, [&](const syntax::Entry& entry) {
    if (!entry.key || !entry.pair) return;
    std::string_view name = values().keep(entry.key->text);
    auto index = static_cast<uint32_t>(root_.resources.size());
    Resource& row = root_.resources.emplace_back();
    row.type = "Output";
    row.name = name;
    row.kind = "output";
    row.header = values().span(*entry.key);
    row.span = values().span(*entry.pair);
    row.exists = evaluator_.place().exists;
    row.conditional = true;
    name_row(row, "Output." + std::string(name), evaluator_.place().module_path, false);
    std::vector<Entry> parts;
    parts.push_back({"name", row.header, model::with_span(model::string_value(name), row.header)});
    if (!is_mapping(entry.value)) {
      evaluator_.problem(ProblemSeverity::kWarning, "arm-output",
                         "output " + std::string(name) + " must be an object with a value", row.header);
    } else {
      Evaluator::Within within(evaluator_, index, kAlways, nullptr);
      if (const Node* condition = syntax::lookup(*entry.value, "condition")) {
        Guard holds = evaluator_.truth(evaluator_.evaluate(condition), values().span(*condition));
        row.exists = root_.guards.both(row.exists, holds);
      }
      std::string_view without[] = {"condition"};
      Value body = evaluator_.output_body(*entry.value, without);
      for (const Entry& part : body.is_mapping() ? body.entries() : std::span<const Entry>{}) {
        parts.push_back(part);
        if (part.key == "value" && evaluator_.place().depth == 0) {
          root_.outputs.emplace_back(std::string(name), part.value);
        }
      }
    }
    row.attributes = model::with_span(model::object_value(parts, arena()), row.span);
    row.views.push_back({views().output, row.attributes});
  });
}

// --- What became of the file.

void Lowering::add_coverage() {
  bool linked = evaluator_.place().depth == 0 || file_.path != root_.path;
  if (!linked) return;
  for (const model::Coverage& known : root_.coverage) {
    if (known.path == file_.path) return;
  }
  model::Coverage& coverage = root_.coverage.emplace_back();
  coverage.path = file_.path;
  coverage.format = kFormatName;
  std::string_view trouble = reading_trouble(*file_.tree);
  bool wrong = std::any_of(root_.problems.begin(), root_.problems.end(), [&](const core::Problem& problem) {
    return problem.severity != ProblemSeverity::kNote && problem.span.file == file_.id;
  });
  if (!trouble.empty()) {
    coverage.state = model::Coverage::State::kPartial;
    coverage.reason = trouble;
  } else if (wrong) {
    coverage.state = model::Coverage::State::kPartial;
    coverage.reason = "mistakes in the template";
  }
}

}  // namespace assay::formats::arm
