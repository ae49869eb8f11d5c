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

constexpr uint32_t kMaxVariables = 4;  // that an address is read through

// The last text of an expression that names a JSON file; variables are looked into.
std::string_view named_file(const Node& top, const Expression& expression, core::Arena& arena, uint32_t depth) {
  std::string_view found;
  if (expression.kind == Expression::Kind::kText) {
    std::string_view text = expression.text.substr(0, expression.text.find('?'));
    if (text.ends_with(".json")) found = text;
  }
  bool variable = expression.kind == Expression::Kind::kCall && expression.child_count == 1 && depth < kMaxVariables &&
                  core::equals_ignoring_case(expression.text, "variables") &&
                  expression.child_array[0]->kind == Expression::Kind::kText;
  if (variable) {
    const Node* variables = syntax::lookup(top, "variables");
    const Node* value = is_mapping(variables) ? syntax::lookup(*variables, expression.child_array[0]->text) : nullptr;
    if (!value || value->kind != NodeKind::kString) return found;
    if (text_kind(value->text) != TextKind::kExpression) {
      return value->text.ends_with(".json") ? std::string_view(value->text) : found;
    }
    ParsedExpression inner = parse_expression(value->text, arena);
    return inner.root ? named_file(top, *inner.root, arena, depth + 1) : found;
  }
  for (const Expression* child : expression.children()) {
    std::string_view below = named_file(top, *child, arena, depth);
    if (!below.empty()) found = below;
  }
  return found;
}

// Where the template that a deployment links to may lie: at the relative path that it names, or where the
// end of a computed address leads ("[concat(parameters('base'), '/nested/network.json')]"), first choice first.
std::vector<std::string> linked_paths(const Node& properties, const Node& top, std::string_view template_path) {
  std::vector<std::string> out;
  const Node* link = syntax::lookup(properties, "templateLink");
  if (!is_mapping(link)) return out;
  std::string_view directory = core::parent_path(template_path);
  auto add = [&](std::string_view path) {
    std::string full = core::normalize_path(core::join_path(directory, path));
    if (full != template_path) out.push_back(std::move(full));
  };
  const Node* relative = syntax::lookup(*link, "relativePath");
  if (relative && relative->kind == NodeKind::kString) {
    bool plain = !relative->text.empty() && relative->text.front() != '[' && !core::is_absolute(relative->text);
    if (plain) add(relative->text);
    return out;
  }
  const Node* uri = syntax::lookup(*link, "uri");
  if (!uri || uri->kind != NodeKind::kString || text_kind(uri->text) != TextKind::kExpression) return out;
  core::Arena arena;
  ParsedExpression parsed = parse_expression(uri->text, arena);
  if (!parsed.root) return out;
  std::string_view tail = named_file(top, *parsed.root, arena, 0);
  if (tail.find("://") != std::string_view::npos || tail.find("..") != std::string_view::npos) return out;
  while (tail.starts_with('/')) tail.remove_prefix(1);
  std::string_view whole = tail;
  while (!tail.empty()) {
    add(tail);
    size_t slash = tail.find('/');
    // A name alone is too little when directories were named.
    if (slash == std::string_view::npos || tail.find('/', slash + 1) == std::string_view::npos) break;
    tail.remove_prefix(slash + 1);
  }
  // Templates in a directory of their own are linked to from where they were linked to.
  if (!directory.empty() && !whole.empty()) {
    directory = core::parent_path(directory);
    add(whole);
  }
  return out;
}

const InputFile* first_template(const std::vector<std::string>& paths, const LoadContext& context) {
  for (const std::string& path : paths) {
    const InputFile* file = context.find(path);
    const Node* top = file ? find_template(file->tree) : nullptr;
    if (top && syntax::lookup(*top, "resources")) return file;
  }
  return nullptr;
}

void find_links(const Node& node, const Node& top, std::string_view path, const LoadContext* context, uint32_t depth,
                std::vector<std::string>& out) {
  if (depth > kMaxSearchDepth) return;
  if (is_mapping(&node)) {
    std::vector<std::string> paths = linked_paths(node, top, path);
    if (!context) {
      out.insert(out.end(), paths.begin(), paths.end());
    } else if (const InputFile* file = first_template(paths, *context)) {
      out.emplace_back(file->path);
    }
  }
  for (const Node* child : node.children()) {
    if (child) find_links(*child, top, path, context, depth + 1, out);
  }
}

}  // namespace

std::vector<std::string> linked_templates(const InputFile& file, const LoadContext* context) {
  std::vector<std::string> out;
  const Node* top = find_template(file.tree);
  if (top && file.tree->source.find("templateLink") != std::string_view::npos) {
    find_links(*top, *top, file.path, context, 0, out);
  }
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
  bool computed = false;  // the address may lead elsewhere
  if (is_mapping(top)) {
    const Node* options = syntax::lookup(*properties, "expressionEvaluationOptions");
    const Node* scope = is_mapping(options) ? syntax::lookup(*options, "scope") : nullptr;
    if (!scope || !core::equals_ignoring_case(scope->text, "inner")) return nullptr;
  } else {
    const Node* link = syntax::lookup(*properties, "templateLink");
    if (!link) return nullptr;
    std::vector<std::string> paths = linked_paths(*properties, top_, file_.path);
    file = first_template(paths, shared_.context);
    top = file ? find_template(file->tree) : nullptr;
    computed = is_mapping(link) && !syntax::lookup(*link, "relativePath");
    if (!top) {
      std::string what = paths.empty() ? "the template of this deployment is not in the scan"
                                       : "the template " + paths[0] + " is not there";
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
      read_arguments(*given, *top, computed, child.arguments);
    }
  }
  inside.arguments = &child.arguments;
  child.lowering = std::make_unique<Lowering>(*file, *top, shared_, std::move(inside));
  child.lowering->prepare();
  child.running = false;
  return &child;
}

void Lowering::read_arguments(const Node& given, const Node& top, bool computed, Arguments& out) {
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
      evaluator_.problem(computed ? ProblemSeverity::kNote : ProblemSeverity::kWarning, "arm-undefined-parameter",
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
