#include "parsers/formats/cloudformation/lower.h"

#include <algorithm>

#include "parsers/core/suggest.h"
#include "parsers/formats/cloudformation/cdk.h"
#include "parsers/formats/cloudformation/lowering.h"

namespace assay::formats::cloudformation {

using core::ProblemSeverity;
using core::Span;
using model::Coverage;
using model::Entry;
using model::Guard;
using model::kAlways;
using model::kNever;
using model::Resource;
using model::Value;
using syntax::Node;

namespace {

constexpr std::string_view kFormatName = "cloudformation";
constexpr std::string_view kSamTransform = "AWS::Serverless-2016-10-31";

struct Views {
  core::Symbol resource{"cloudformation/resource"};
  core::Symbol parameter{"cloudformation/parameter"};
  core::Symbol output{"cloudformation/output"};
};
const Views& views() {
  static const Views made;
  return made;
}

// The section of Globals that completes a SAM type; "" for others.
std::string_view globals_section(std::string_view type) {
  constexpr std::string_view kPrefix = "AWS::Serverless::";
  if (!type.starts_with(kPrefix)) return {};
  type.remove_prefix(kPrefix.size());
  for (std::string_view name : {"Function", "Api", "HttpApi", "SimpleTable", "StateMachine",
                                "LayerVersion", "CapacityProvider", "WebSocketApi"}) {
    if (type == name) return name;
  }
  return {};
}

}  // namespace

Lowering::Lowering(const InputFile& file, const Node& top, Shared& shared, Place place,
                   const Lowering* parent, std::string_view module_path)
    : file_(file), top_(top), shared_(shared), root_(shared.root), parent_(parent),
      module_path_(module_path),
      evaluator_(*file.tree, shared.root, shared.context, (place.surroundings = this, std::move(place))) {}

void Lowering::prepare() {
  read_transforms();
  evaluator_.index(top_);
  if (evaluator_.place().quiet) return;
  if (const Node* globals = sam_ ? syntax::lookup(top_, "Globals") : nullptr) {
    if (is_mapping(globals)) globals_ = globals;
  }
  // Rows of resources come first: edges name them by their position in resources().
  for (const ExpandedEntry& entry : evaluator_.resources()) add_resource_row(entry);
  check_names();
  uint32_t row = evaluator_.place().first_row;
  for (const ExpandedEntry& entry : evaluator_.resources()) {
    Resource& resource = root_.resources[row++];
    resource.exists = existence(entry);
    if (changed_by_.empty()) continue;
    // What the macro makes of it is not known: nothing about it is certain.
    std::vector<core::Symbol> causes{core::Symbol(changed_by_)};
    std::string kept = evaluator_.id(changed_by_ + " leaves " + std::string(entry.key) + " as it is");
    Guard guard = root_.guards.atom(kept, model::Relation::kTrue, "", causes);
    resource.exists = root_.guards.both(resource.exists, guard);
    resource.conditional = false;
  }
  own_rows_ = static_cast<uint32_t>(evaluator_.resources().size());
  // Only now: what is asked together stays together in the decision diagrams when conditions are
  // followed from where they are used.
  evaluator_.decide_conditions();
}

void Lowering::finish() {
  for (uint32_t i = 0; i < own_rows_; ++i) lower_resource(i);
  report_cycles();
  if (sam_) derive_sam_rows();
  for (const Parameter& parameter : evaluator_.parameters()) add_parameter(parameter);
  add_outputs();
  finish_children();
  add_coverage();
}

void Lowering::read_transforms() {
  const Node* node = syntax::lookup(top_, "Transform");
  if (!node) return;
  auto take = [&](const Node* one) {
    if (is_mapping(one)) one = syntax::lookup(*one, "Name");
    auto name = plain_text(one);
    if (!name) return;
    if (*name == kSamTransform) {
      sam_ = true;
      evaluator_.set_generated(true);  // SAM makes resources whose names templates may use
    } else if (*name != "AWS::LanguageExtensions") {
      evaluator_.set_generated(true);
      evaluator_.not_expanded("macro " + std::string(*name), values().span(*one));
      // Those of AWS add resources; a macro of one's own may change whatever is there.
      if (!name->starts_with("AWS::")) changed_by_ = "macro " + std::string(*name);
    }
  };
  if (is_sequence(node)) {
    for (const Node* one : node->children()) take(syntax::resolve_alias(one));
  } else {
    take(node);
  }
}

// --- Resources.

void Lowering::add_resource_row(const ExpandedEntry& entry) {
  Resource& row = root_.resources.emplace_back();
  Evaluator::Within within(evaluator_, Evaluator::kNoResource, kAlways, entry.scope);
  const Node* type_node = is_mapping(entry.value) ? syntax::lookup(*entry.value, "Type") : nullptr;
  auto directive = type_node ? find_call(*type_node) : std::nullopt;
  auto type = directive ? std::nullopt : plain_text(type_node);
  row.type = type ? evaluator_.bound(values().keep(*type)) : std::string_view{};
  row.name = entry.key;
  row.kind = "resource";
  row.header = entry.key_span;
  row.span = entry.pair_span;
  row.representative = entry.guard != kAlways;
  row.conditional = entry.guard == kAlways;
  std::string address(row.type);
  if (!address.empty()) address += '.';
  address += entry.key;
  name_row(row, std::move(address));
  row.attributes = with_span(model::object_value({}, arena()), entry.key_span);
  if (directive && directive->function == Function::kDirective) {
    evaluator_.not_expanded(directive->name, entry.key_span);
    evaluator_.set_generated(true);  // a module's resources are named after it
  } else if (!type) {
    evaluator_.problem(ProblemSeverity::kWarning, "cfn-resource",
                       "resource " + std::string(entry.key) + " has no Type", entry.key_span);
  }
}

void Lowering::name_row(Resource& row, std::string address) {
  if (!module_path_.empty()) address = std::string(module_path_) + "/" + address;
  row.format = kFormatName;
  row.root = &root_;
  row.stable_address = keep(address);
  row.address = row.stable_address;
  row.module_path = module_path_;
  uint32_t repeat = ++shared_.seen[row.stable_address];
  if (repeat == 1) return;
  address.append(1, '#').append(std::to_string(repeat));
  row.address = keep(address);
}

// Under which a resource or output of this name exists, as its entry says.
Guard Lowering::existence(const ExpandedEntry& entry) {
  // Only deployments that the Rules section accepts count.
  Guard exists = root_.guards.both(evaluator_.promised(), entry.guard);
  if (is_mapping(entry.value)) {
    if (const Node* named = syntax::lookup(*entry.value, "Condition")) {
      Evaluator::Within within(evaluator_, Evaluator::kNoResource, kAlways, entry.scope);
      exists = root_.guards.both(exists, named_condition(*named));
    }
  }
  return exists;
}

// Keys that are nearly those that CloudFormation knows.
void Lowering::check_keys(const Node& mapping, std::span<const std::string_view> known, std::string_view what) {
  std::vector<std::string_view> names(known.begin(), known.end());
  syntax::for_each_entry(mapping, [&](const syntax::Entry& entry) {
    if (!entry.key || std::find(names.begin(), names.end(), entry.key->text) != names.end()) return;
    std::string_view meant = core::closest(entry.key->text, names);
    if (meant.empty()) return;
    std::string message = std::string(what) + " has no " + std::string(entry.key->text);
    message.append("; did you mean ").append(meant).append("?");
    evaluator_.problem(ProblemSeverity::kWarning, "cfn-key", std::move(message), values().span(*entry.key));
  });
}

// What would be refused although every part by itself is well formed.
void Lowering::check_names() {
  constexpr std::string_view kSections[] = {"AWSTemplateFormatVersion", "Description", "Metadata", "Parameters",
                                            "Rules", "Mappings", "Conditions", "Transform", "Resources",
                                            "Outputs", "Hooks", "Globals"};
  constexpr std::string_view kParts[] = {"Type", "Properties", "DependsOn", "Condition", "Metadata",
                                         "DeletionPolicy", "UpdatePolicy", "CreationPolicy",
                                         "UpdateReplacePolicy", "Connectors", "IgnoreGlobals"};
  check_keys(top_, kSections, "a template");
  const std::vector<ExpandedEntry>& resources = evaluator_.resources();
  for (uint32_t i = 0; i < resources.size(); ++i) {
    const ExpandedEntry& entry = resources[i];
    auto conflict = [&](std::string message) {
      evaluator_.problem(ProblemSeverity::kWarning, "cfn-conflict", std::move(message), entry.key_span);
    };
    for (const Parameter& parameter : evaluator_.parameters()) {
      if (parameter.name == entry.key) conflict(std::string(entry.key) + " is both a parameter and a resource");
    }
    // Equal keys in the text are the reader's to report.
    if (evaluator_.find_resource(entry.key) != i && entry.scope) {
      conflict("Fn::ForEach makes several resources named " + std::string(entry.key));
    }
    Evaluator::Within within(evaluator_, Evaluator::kNoResource, kAlways, entry.scope);
    if (is_mapping(entry.value)) check_keys(*entry.value, kParts, "a resource");
  }
}

void Lowering::lower_resource(uint32_t index) {
  const ExpandedEntry& entry = evaluator_.resources()[index];
  uint32_t row_index = evaluator_.place().first_row + index;
  Resource& row = root_.resources[row_index];
  const Node* body = syntax::resolve_alias(entry.value);
  if (!is_mapping(body)) return;
  Guard exists = row.exists;
  // What cannot exist is evaluated as if it did: its text is still worth reading, its guard says
  // that nothing applies to it.
  Evaluator::Within within(evaluator_, row_index, exists == kNever ? kAlways : exists, entry.scope);
  const Node* properties = syntax::lookup(*body, "Properties");
  std::vector<Entry> parts;
  Value id = with_span(model::string_value(row.name), entry.key_span);
  parts.push_back({"LogicalId", entry.key_span, id});
  for (const ExpandedEntry& part : evaluator_.expand(body)) {
    if (part.key == "Properties") continue;
    if (part.key == "DependsOn") {
      depend(part.value);
    }
    bool plain = part.key == "Condition" || part.key == "Type" || part.key == "DependsOn";
    Value value = plain && !entry.scope
                      ? values().value(part.value)
                      : evaluator_.evaluate_under(part.key, part.value);
    if (value.guard != kNever) parts.push_back({part.key, part.key_span, value});
  }
  const Node* given = syntax::resolve_alias(properties);
  bool shaped = !given || is_mapping(given) || given->kind == syntax::NodeKind::kNull || find_call(*given);
  if (!shaped && given->kind != syntax::NodeKind::kError && !plain_text(given).value_or("x").empty()) {
    evaluator_.problem(ProblemSeverity::kWarning, "cfn-resource",
                       "Properties of " + std::string(row.name) + " must be a mapping", values().span(*given));
    properties = nullptr;
  }
  const Node* global = find_global(row.type, *body);
  Value attributes = row.attributes;
  if (properties || global) {
    attributes = global ? evaluator_.evaluate_merged(global, properties)
                        : evaluator_.evaluate(properties);
  }
  if (attributes.guard == kNever || attributes.is_null()) attributes = row.attributes;
  row.attributes = with_guard(attributes, kAlways);
  syntax::Entry written = syntax::lookup_entry(*body, "Properties");
  Span properties_key = written.key ? values().span(*written.key) : entry.key_span;
  parts.push_back({"Properties", properties_key, row.attributes});
  row.views.push_back({views().resource, with_span(model::object_value(parts, arena()), row.span)});
}

Guard Lowering::named_condition(const Node& node) {
  auto name = plain_text(&node);
  if (name) return evaluator_.condition(evaluator_.bound(values().keep(*name)), values().span(node));
  return evaluator_.condition_of(&node);
}

void Lowering::depend(const Node* node) {
  node = syntax::resolve_alias(node);
  if (is_sequence(node)) {
    for (const Node* one : node->children()) depend(one);
  } else if (auto name = plain_text(node)) {
    std::string_view needed = evaluator_.bound(values().keep(*name));
    if (evaluator_.find_resource(needed) == Evaluator::kNoResource) {
      evaluator_.undefined(needed, values().span(*node));
    } else {
      evaluator_.refer(needed, "DependsOn");
    }
  }
}

// What Globals say of the resource, unless it asks to be left out.
const Node* Lowering::find_global(std::string_view type, const Node& body) {
  if (!globals_) return nullptr;
  std::string_view section = globals_section(type);
  if (section.empty()) return nullptr;
  const Node* ignored = syntax::lookup(body, "IgnoreGlobals");
  if (plain_text(ignored) == "*") return nullptr;
  const Node* global = syntax::lookup(*globals_, section);
  if (!is_mapping(global)) return nullptr;
  return is_sequence(ignored) ? without(*global, *ignored) : global;
}

// The mapping without the keys that a list names.
const Node* Lowering::without(const Node& mapping, const Node& names) {
  std::vector<const Node*> kept;
  for (const Node* pair : mapping.children()) {
    bool named = false;
    for (const Node* name : names.children()) {
      named = named || (pair->child(0) && plain_text(name) == pair->child(0)->text);
    }
    if (!named) kept.push_back(pair);
  }
  Node made = mapping;
  made.child_array = arena().copy(kept).data();
  made.child_count = static_cast<uint32_t>(kept.size());
  return arena().make<Node>(made);
}

// --- Parameters and outputs.

void Lowering::add_parameter(const Parameter& parameter) {
  Resource& row = root_.resources.emplace_back();
  row.type = "Parameter";
  row.name = parameter.name;
  row.kind = "parameter";
  row.header = parameter.key_span;
  row.span = parameter.span;
  name_row(row, "Parameter." + std::string(parameter.name));
  std::vector<Entry> parts;
  Value name = with_span(model::string_value(parameter.name), parameter.key_span);
  parts.push_back({"Name", parameter.key_span, name});
  if (parameter.declaration) {
    Value declared = values().value(parameter.declaration);
    uint8_t marks = static_cast<uint8_t>(parameter.value.marks & model::kSensitive);
    if (!declared.is_mapping()) declared = model::object_value({}, arena());
    for (const Entry& part : declared.entries()) {
      parts.push_back(part);
      if (part.key == "Default") parts.back().value.marks |= marks;
    }
  }
  row.attributes = with_span(model::object_value(parts, arena()), parameter.span);
  row.views.push_back({views().parameter, row.attributes});
}

void Lowering::add_outputs() {
  const Node* section = syntax::lookup(top_, "Outputs");
  for (const ExpandedEntry& entry : evaluator_.expand(section)) {
    const Node* body = syntax::resolve_alias(entry.value);
    Guard exists = existence(entry);
    uint32_t index = static_cast<uint32_t>(root_.resources.size());
    Resource& row = root_.resources.emplace_back();
    row.type = "Output";
    row.name = entry.key;
    row.kind = "output";
    row.header = entry.key_span;
    row.span = entry.pair_span;
    row.exists = exists;
    row.representative = entry.guard != kAlways;
    row.conditional = entry.guard == kAlways && changed_by_.empty();
    name_row(row, "Output." + std::string(entry.key));
    std::vector<Entry> parts;
    parts.push_back({"Name", entry.key_span, with_span(model::string_value(entry.key), entry.key_span)});
    Evaluator::Within within(evaluator_, index, exists == kNever ? kAlways : exists, entry.scope);
    if (!is_mapping(body)) {
      evaluator_.problem(ProblemSeverity::kWarning, "cfn-output",
                         "output " + std::string(entry.key) + " must be a mapping with a Value", entry.key_span);
    }
    for (const ExpandedEntry& part : evaluator_.expand(body)) {
      Value value = part.key == "Condition" && !entry.scope ? values().value(part.value)
                                            : evaluator_.evaluate_under(part.key, part.value);
      if (value.guard == kNever) continue;
      parts.push_back({part.key, part.key_span, value});
      if (part.key == "Value" && !parent_) root_.outputs.emplace_back(std::string(entry.key), value);
    }
    row.attributes = with_span(model::object_value(parts, arena()), row.span);
    row.views.push_back({views().output, row.attributes});
  }
}

// Resources that need each other cannot be made: the circle is printed once, at its first member.
void Lowering::report_cycles() {
  if (sam_ || !changed_by_.empty() || own_rows_ == 0) return;
  uint32_t first = evaluator_.place().first_row;
  std::vector<std::vector<uint32_t>> needs(own_rows_);
  for (const model::Edge& edge : root_.edges) {
    bool own = edge.from >= first && edge.from - first < own_rows_ && edge.to >= first && edge.to - first < own_rows_;
    if (!own || edge.path.starts_with("Metadata") || edge.path.starts_with("UpdatePolicy")) continue;
    needs[edge.from - first].push_back(edge.to - first);
  }
  enum : uint8_t { kNew, kOpen, kDone };
  std::vector<uint8_t> state(own_rows_, kNew);
  std::vector<std::pair<uint32_t, size_t>> path;  // resource, next of its needs
  for (uint32_t start = 0; start < own_rows_; ++start) {
    if (state[start] != kNew) continue;
    path.push_back({start, 0});
    state[start] = kOpen;
    while (!path.empty()) {
      auto& [at, next] = path.back();
      if (next == needs[at].size()) {
        state[at] = kDone;
        path.pop_back();
        continue;
      }
      uint32_t to = needs[at][next++];
      if (state[to] == kNew) {
        state[to] = kOpen;
        path.push_back({to, 0});
      } else if (state[to] == kOpen) {
        report_cycle(path, to);
      }
    }
  }
}

void Lowering::report_cycle(std::span<const std::pair<uint32_t, size_t>> path, uint32_t to) {
  const std::vector<ExpandedEntry>& entries = evaluator_.resources();
  auto from = std::find_if(path.begin(), path.end(), [&](const auto& step) { return step.first == to; });
  std::string text;
  for (; from != path.end(); ++from) text.append(entries[from->first].key).append(" -> ");
  text += entries[to].key;
  evaluator_.problem(ProblemSeverity::kWarning, "cfn-cycle", "resources depend on each other: " + text,
                     entries[to].key_span);
}

// --- What became of the file.

void Lowering::add_coverage() {
  Coverage& coverage = root_.coverage.emplace_back();
  coverage.path = file_.path;
  coverage.format = kFormatName;
  std::string_view trouble = reading_trouble(*file_.tree);
  bool wrong = false;
  for (const core::Problem& problem : root_.problems) {
    wrong = wrong || (problem.severity != ProblemSeverity::kNote && problem.span.file == file_.id);
  }
  if (evaluator_.resources().empty()) {
    coverage.state = Coverage::State::kFailed;
    coverage.reason = trouble.empty() ? "the template has no Resources" : trouble;
    if (trouble.empty()) {
      evaluator_.problem(ProblemSeverity::kWarning, "cfn-no-resources",
                         "the template has no Resources", {file_.id, 0, 0});
    }
  } else if (!trouble.empty()) {
    coverage.state = Coverage::State::kPartial;
    coverage.reason = trouble;
  } else if (!evaluator_.macro().empty()) {
    coverage.state = Coverage::State::kPartial;
    coverage.reason = evaluator_.macro() + " is not expanded";
    evaluator_.problem(ProblemSeverity::kNote, "cfn-macro",
                       evaluator_.macro() + " runs at deployment and is not expanded: what it "
                       "changes is not analysed", evaluator_.macro_at());
  } else if (wrong) {
    coverage.state = Coverage::State::kPartial;
    coverage.reason = "mistakes in the template";
  }
}

void lower_template(const InputFile& file, const Node& top, std::span<const InputFile* const> exporters,
                    const LoadContext& context, model::Root& root) {
  Shared shared{context, root, exporters, 0, {}, false, {}, {}};
  Place place;
  if (auto stack = find_cdk_stack(file.path, context, root.arena)) {
    place.environment = std::move(stack->environment);
    place.deployed_parameters = std::move(stack->parameters);
  }
  Lowering lowering(file, top, shared, std::move(place));
  lowering.prepare();
  lowering.finish();
}

}  // namespace assay::formats::cloudformation
