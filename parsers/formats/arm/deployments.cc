// Nested deployments: templates inside a template, or in a file of the scan that templateLink names.
#include <algorithm>

#include "parsers/core/path.h"
#include "parsers/core/suggest.h"
#include "parsers/core/text.h"
#include "parsers/formats/arm/lowering.h"
#include "parsers/syntax/yaml/entries.h"

namespace assay::formats::arm {

using core::ProblemSeverity;
using core::Span;
using model::kAlways;
using model::Resource;
using model::Value;
using syntax::Node;
using syntax::NodeKind;

namespace {

constexpr std::string_view kDeployments = "Microsoft.Resources/deployments";
constexpr uint32_t kMaxSearchDepth = 64;

bool is_mapping(const Node* node) { return node && node->kind == NodeKind::kMapping; }

std::string linked_path(const Node& properties, std::string_view template_path) {
  const Node* link = syntax::lookup(properties, "templateLink");
  const Node* relative = is_mapping(link) ? syntax::lookup(*link, "relativePath") : nullptr;
  if (!relative || relative->kind != NodeKind::kString || relative->text.empty() || relative->text.front() == '[' ||
      core::is_absolute(relative->text)) {
    return {};
  }
  return core::normalize_path(core::join_path(core::parent_path(template_path), relative->text));
}

void find_links(const Node& node, std::string_view path, uint32_t depth, std::vector<std::string>& out) {
  if (depth > kMaxSearchDepth) return;
  if (is_mapping(&node)) {
    if (std::string linked = linked_path(node, path); !linked.empty()) out.push_back(std::move(linked));
  }
  for (const Node* child : node.children()) {
    if (child) find_links(*child, path, depth + 1, out);
  }
}

}  // namespace

std::vector<std::string> linked_templates(const InputFile& file) {
  std::vector<std::string> out;
  if (file.tree->source.find("relativePath") == std::string_view::npos) return out;
  find_links(*file.tree->root, file.path, 0, out);
  return out;
}

Lowering::Child* Lowering::child_of(uint32_t row) {
  auto found = by_row_.find(row);
  if (found == by_row_.end() || !core::equals_ignoring_case(found->second->type, kDeployments)) return nullptr;
  if (auto known = children_.find(row); known != children_.end()) {
    return known->second.lowering ? &known->second : nullptr;
  }
  const Instance& instance = *found->second;
  const Node* properties = syntax::lookup(*instance.node, "properties");
  if (!is_mapping(properties)) return nullptr;
  Child& child = children_[row];
  const InputFile* file = &file_;
  const Node* top = syntax::lookup(*properties, "template");
  if (is_mapping(top)) {
    const Node* options = syntax::lookup(*properties, "expressionEvaluationOptions");
    const Node* scope = is_mapping(options) ? syntax::lookup(*options, "scope") : nullptr;
    if (!scope || !core::equals_ignoring_case(scope->text, "inner")) return nullptr;
  } else {
    const Node* link = syntax::lookup(*properties, "templateLink");
    if (!link) return nullptr;
    std::string path = linked_path(*properties, file_.path);
    file = path.empty() ? nullptr : shared_.context.find(path);
    top = file ? find_template(file->tree) : nullptr;
    if (!top) {
      std::string what = path.empty() ? "the template of this deployment is not in the scan"
                                      : "the template " + path + " is not there";
      evaluator_.problem(ProblemSeverity::kNote, "arm-linked-template", what + ": what it deploys is not analysed",
                         values().span(*link));
      return nullptr;
    }
  }
  const Place& place = evaluator_.place();
  if (place.depth + 1 >= kMaxDeploymentDepth || shared_.deployments >= kMaxDeployments) {
    evaluator_.problem(ProblemSeverity::kWarning, "limit-deployments",
                       "deployments are nested too deeply or are too many; this one is not analysed",
                       instance.type_span);
    return nullptr;
  }
  ++shared_.deployments;
  child.running = true;
  const Resource& resource = root_.resources[row];
  Place inside;
  inside.depth = place.depth + 1;
  std::string path(instance.module_path);
  if (!path.empty()) path += '/';
  path += resource.name;
  if (instance.loop && !instance.name.is_string()) path += std::string(resource.address.substr(resource.address.rfind('[')));
  inside.module_path = keep(path);
  inside.prefix = root_.path + "#" + path + "/";
  // Into the same resource group, it deploys beside its surroundings.
  bool elsewhere = syntax::lookup(*instance.node, "resourceGroup") || syntax::lookup(*instance.node, "subscriptionId");
  if (!elsewhere) inside.resources_prefix = place.resources_prefix;
  inside.exists = resource.exists;
  {
    Evaluator::Within within(evaluator_, Evaluator::kNoRow, resource.exists == model::kNever ? kAlways : resource.exists,
                             instance.loop);
    if (const Node* given = syntax::lookup(*properties, "parameters"); is_mapping(given)) {
      read_arguments(*given, *top, child.arguments);
    }
  }
  inside.arguments = &child.arguments;
  child.lowering = std::make_unique<Lowering>(*file, *top, shared_, std::move(inside));
  child.lowering->prepare();
  child.running = false;
  return &child;
}

void Lowering::read_arguments(const Node& given, const Node& top, Arguments& out) {
  std::vector<std::string_view> names;
  const Node* declared = syntax::lookup(top, "parameters");
  if (is_mapping(declared)) {
    syntax::for_each_entry(*declared, [&](const syntax::Entry& entry) {
      if (entry.key) names.push_back(entry.key->text);
    });
  }
  syntax::for_each_entry(given, [&](const syntax::Entry& entry) {
    if (!entry.key || !is_mapping(entry.value)) return;
    bool known = std::any_of(names.begin(), names.end(), [&](std::string_view name) {
      return core::equals_ignoring_case(name, entry.key->text);
    });
    if (!known) {
      evaluator_.problem(ProblemSeverity::kWarning, "arm-undefined-parameter",
                         "the template of this deployment has no parameter " + std::string(entry.key->text) +
                             core::did_you_mean(entry.key->text, names), values().span(*entry.key));
      return;
    }
    const Node* value = syntax::lookup(*entry.value, "value");
    Argument argument;
    argument.span = values().span(value ? *value : *entry.value);
    argument.value = value ? evaluator_.evaluate(value)
                           : model::with_marks(evaluator_.opaque("secret", argument.span, model::string_type()),
                                               model::kSensitive);
    out[Evaluator::lower(entry.key->text)] = argument;
  });
}

Lowering::Output* Lowering::own_output(std::string_view name) {
  std::string key = Evaluator::lower(name);
  if (auto known = outputs_.find(key); known != outputs_.end()) return &known->second;
  const Node* section = syntax::lookup(top_, "outputs");
  const Node* body = nullptr;
  if (is_mapping(section)) {
    syntax::for_each_entry(*section, [&](const syntax::Entry& entry) {
      if (entry.key && core::equals_ignoring_case(entry.key->text, name)) body = entry.value;
    });
  }
  if (!is_mapping(body)) return nullptr;
  Output& output = outputs_[key];
  output.state = Output::kRunning;
  Evaluator::Within within(evaluator_, Evaluator::kNoRow, kAlways, nullptr);
  Value made = evaluator_.output_body(*body, {});
  const Value* value = made.find("value");
  output.value = value ? *value : model::null_value();
  output.state = Output::kDone;
  return &output;
}

std::optional<Value> Lowering::output(uint32_t row, std::string_view name, Span at) {
  if (auto known = children_.find(row); known != children_.end() && known->second.running) {
    evaluator_.problem(ProblemSeverity::kWarning, "arm-cycle",
                       "deployments depend on each other through output " + std::string(name), at);
    return std::nullopt;
  }
  Child* child = child_of(row);
  if (!child) return std::nullopt;
  Output* found = child->lowering->own_output(name);
  if (!found) {
    evaluator_.problem(ProblemSeverity::kWarning, "arm-undefined-output",
                       "the deployment has no output " + std::string(name), at);
    return std::nullopt;
  }
  if (found->state != Output::kDone) {
    evaluator_.problem(ProblemSeverity::kWarning, "arm-cycle",
                       "output " + std::string(name) + " depends on itself through deployments", at);
    return std::nullopt;
  }
  return found->value;
}

}  // namespace assay::formats::arm
