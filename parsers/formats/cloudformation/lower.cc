#include "parsers/formats/cloudformation/lower.h"

#include <string>
#include <unordered_map>

#include "parsers/formats/cloudformation/evaluator.h"

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

class Lowering {
 public:
  Lowering(const InputFile& file, const Node& top, const LoadContext& context, model::Root& root)
      : file_(file), top_(top), root_(root), evaluator_(*file.tree, root, context) {}

  void run() {
    read_transforms();
    evaluator_.index(top_);
    if (const Node* globals = sam_ ? syntax::lookup(top_, "Globals") : nullptr) {
      if (is_mapping(globals)) globals_ = globals;
    }
    // Rows of resources come first: edges name them by their position in resources().
    for (const ExpandedEntry& entry : evaluator_.resources()) add_resource_row(entry);
    for (uint32_t i = 0; i < evaluator_.resources().size(); ++i) lower_resource(i);
    for (const Parameter& parameter : evaluator_.parameters()) add_parameter(parameter);
    add_outputs();
    add_coverage();
  }

 private:
  TreeValues& values() { return evaluator_.values(); }
  core::Arena& arena() { return root_.arena; }
  std::string_view keep(const std::string& text) { return arena().copy(std::string_view(text)); }

  void read_transforms() {
    const Node* node = syntax::lookup(top_, "Transform");
    if (!node) return;
    auto take = [&](const Node* one) {
      if (is_mapping(one)) one = syntax::lookup(*one, "Name");
      auto name = plain_text(one);
      if (!name) return;
      if (*name == kSamTransform) {
        sam_ = true;
        evaluator_.set_generated(true);  // SAM makes resources whose names templates may use
      } else if (*name != "AWS::LanguageExtensions" && *name != "AWS::CodeDeployBlueGreen") {
        evaluator_.set_generated(true);
        evaluator_.not_expanded("macro " + std::string(*name));
      }
    };
    if (is_sequence(node)) {
      for (const Node* one : node->children()) take(syntax::resolve_alias(one));
    } else {
      take(node);
    }
  }

  // --- Resources.

  void add_resource_row(const ExpandedEntry& entry) {
    Resource& row = root_.resources.emplace_back();
    const Node* type_node = is_mapping(entry.value) ? syntax::lookup(*entry.value, "Type") : nullptr;
    auto directive = type_node ? find_call(*type_node) : std::nullopt;
    auto type = directive ? std::nullopt : plain_text(type_node);
    row.type = type ? values().keep(*type) : std::string_view{};
    row.name = entry.key;
    row.kind = "resource";
    row.header = entry.key_span;
    row.span = pair_span(entry);
    row.representative = entry.guard != kAlways;
    std::string address(row.type);
    if (!address.empty()) address += '.';
    address += entry.key;
    name_row(row, std::move(address));
    row.attributes = with_span(model::object_value({}, arena()), entry.key_span);
    if (directive && directive->function == Function::kDirective) {
      evaluator_.not_expanded(directive->name);
      evaluator_.set_generated(true);  // a module's resources are named after it
    } else if (!type) {
      evaluator_.problem(ProblemSeverity::kWarning, "cfn-resource",
                         "resource " + std::string(entry.key) + " has no Type", entry.key_span);
    }
  }

  void name_row(Resource& row, std::string address) {
    row.format = kFormatName;
    row.root = &root_;
    row.stable_address = keep(address);
    row.address = row.stable_address;
    uint32_t repeat = ++seen_[row.stable_address];
    if (repeat == 1) return;
    address.append(1, '#').append(std::to_string(repeat));
    row.address = keep(address);
  }

  Span pair_span(const ExpandedEntry& entry) {
    Span span = entry.pair ? values().span(*entry.pair) : entry.key_span;
    return span;
  }

  void lower_resource(uint32_t index) {
    const ExpandedEntry& entry = evaluator_.resources()[index];
    Resource& row = root_.resources[index];
    const Node* body = syntax::resolve_alias(entry.value);
    if (!is_mapping(body)) return;
    Guard exists = entry.guard;
    if (const Node* named = syntax::lookup(*body, "Condition")) {
      exists = root_.guards.both(exists, named_condition(*named));
    }
    row.exists = exists;
    row.conditional = entry.guard == kAlways;
    // What cannot exist is evaluated as if it did: its text is still worth reading, its guard says
    // that nothing applies to it.
    Evaluator::Within within(evaluator_, index, exists == kNever ? kAlways : exists, entry.scope);
    const Node* properties = syntax::lookup(*body, "Properties");
    std::vector<Entry> parts;
    Value id = with_span(model::string_value(row.name), entry.key_span);
    parts.push_back({"LogicalId", entry.key_span, id});
    for (const ExpandedEntry& part : evaluator_.expand(body)) {
      if (part.key == "Properties") continue;
      if (part.key == "DependsOn") {
        depend(part.value);
      }
      Value value = part.key == "Condition" || part.key == "Type" || part.key == "DependsOn"
                        ? values().value(part.value)
                        : evaluator_.evaluate_under(part.key, part.value);
      if (value.guard != kNever) parts.push_back({part.key, part.key_span, value});
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

  Guard named_condition(const Node& node) {
    auto name = plain_text(&node);
    if (name) return evaluator_.condition(values().keep(*name), values().span(node));
    return evaluator_.condition_of(&node);
  }

  void depend(const Node* node) {
    node = syntax::resolve_alias(node);
    if (is_sequence(node)) {
      for (const Node* one : node->children()) depend(one);
    } else if (auto name = plain_text(node)) {
      evaluator_.refer(*name, "DependsOn");
    }
  }

  // What Globals say of the resource, unless it asks to be left out.
  const Node* find_global(std::string_view type, const Node& body) {
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
  const Node* without(const Node& mapping, const Node& names) {
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

  void add_parameter(const Parameter& parameter) {
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

  void add_outputs() {
    const Node* section = syntax::lookup(top_, "Outputs");
    for (const ExpandedEntry& entry : evaluator_.expand(section)) {
      const Node* body = syntax::resolve_alias(entry.value);
      Guard exists = entry.guard;
      if (is_mapping(body)) {
        if (const Node* named = syntax::lookup(*body, "Condition")) {
          exists = root_.guards.both(exists, named_condition(*named));
        }
      }
      uint32_t index = static_cast<uint32_t>(root_.resources.size());
      Resource& row = root_.resources.emplace_back();
      row.type = "Output";
      row.name = entry.key;
      row.kind = "output";
      row.header = entry.key_span;
      row.span = pair_span(entry);
      row.exists = exists;
      row.representative = entry.guard != kAlways;
      name_row(row, "Output." + std::string(entry.key));
      std::vector<Entry> parts;
      parts.push_back({"Name", entry.key_span,
                       with_span(model::string_value(entry.key), entry.key_span)});
      Evaluator::Within within(evaluator_, index, exists == kNever ? kAlways : exists, entry.scope);
      for (const ExpandedEntry& part : evaluator_.expand(body)) {
        Value value = part.key == "Condition" ? values().value(part.value)
                                              : evaluator_.evaluate_under(part.key, part.value);
        if (value.guard == kNever) continue;
        parts.push_back({part.key, part.key_span, value});
        if (part.key == "Value") root_.outputs.emplace_back(std::string(entry.key), value);
      }
      row.attributes = with_span(model::object_value(parts, arena()), row.span);
      row.views.push_back({views().output, row.attributes});
    }
  }

  // --- What became of the file.

  void add_coverage() {
    Coverage& coverage = root_.coverage.emplace_back();
    coverage.path = file_.path;
    coverage.format = kFormatName;
    std::string_view trouble = reading_trouble(*file_.tree);
    bool wrong = false;
    for (const core::Problem& problem : root_.problems) {
      wrong = wrong || problem.severity != ProblemSeverity::kNote;
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
                         "changes is not analysed", {file_.id, 0, 0});
    } else if (wrong) {
      coverage.state = Coverage::State::kPartial;
      coverage.reason = "mistakes in the template";
    }
    if (sam_) {
      evaluator_.problem(ProblemSeverity::kNote, "cfn-sam",
                         "resources that SAM derives (roles, permissions, stages) are not analysed",
                         {file_.id, 0, 0});
    }
  }

  const InputFile& file_;
  const Node& top_;
  model::Root& root_;
  Evaluator evaluator_;
  const Node* globals_ = nullptr;
  bool sam_ = false;
  std::unordered_map<std::string_view, uint32_t> seen_;
};

}  // namespace

void lower_template(const InputFile& file, const Node& top, const LoadContext& context,
                    model::Root& root) {
  Lowering(file, top, context, root).run();
}

}  // namespace assay::formats::cloudformation
