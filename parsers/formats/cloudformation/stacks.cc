// What a template reads from other templates: nested stacks (parameters flow in, outputs flow out) and
// exports.
#include <algorithm>

#include "parsers/core/path.h"
#include "parsers/core/suggest.h"
#include "parsers/core/text.h"
#include "parsers/formats/cloudformation/lowering.h"

namespace assay::formats::cloudformation {

using core::ProblemSeverity;
using core::Span;
using model::Guard;
using model::kAlways;
using model::kNever;
using model::Value;
using syntax::Node;

namespace {

// The property that names the template of a stack; "" for resources that are none.
std::string_view location_property(std::string_view type) {
  if (type == "AWS::CloudFormation::Stack") return "TemplateURL";
  if (type == "AWS::Serverless::Application") return "Location";
  return {};
}

// `${...}` stands for any text: whether a text with holes can be `text`.
bool may_be(std::string_view pattern, std::string_view text) {
  std::string glob;
  while (!pattern.empty()) {
    size_t open = pattern.find("${");
    size_t close = open == std::string_view::npos ? open : pattern.find('}', open);
    if (close == std::string_view::npos) break;
    glob.append(pattern.substr(0, open)).append(1, '*');
    pattern.remove_prefix(close + 1);
  }
  glob.append(pattern);
  return core::glob_match(glob, text);
}

}  // namespace

std::string nested_template(const Node& resource, std::string_view template_path) {
  auto type = plain_text(syntax::lookup(resource, "Type"));
  std::string_view property = type ? location_property(*type) : std::string_view{};
  if (property.empty()) return {};
  const Node* properties = syntax::lookup(resource, "Properties");
  // The CDK writes an address of the uploaded copy, and which file it is a copy of.
  const Node* metadata = syntax::lookup(resource, "Metadata");
  if (is_mapping(metadata) && plain_text(syntax::lookup(*metadata, "aws:asset:property")) == property) {
    auto asset = plain_text(syntax::lookup(*metadata, "aws:asset:path"));
    if (asset && !asset->empty() && !core::is_absolute(*asset)) {
      return core::normalize_path(core::join_path(core::parent_path(template_path), *asset));
    }
  }
  const Node* location = is_mapping(properties) ? syntax::lookup(*properties, property) : nullptr;
  auto text = location && !find_call(*location) ? plain_text(location) : std::nullopt;
  if (!text || text->empty() || text->find("://") != std::string_view::npos || core::is_absolute(*text)) return {};
  return core::normalize_path(core::join_path(core::parent_path(template_path), *text));
}

std::string_view Lowering::kind_of_resource(uint32_t resource) const {
  const ExpandedEntry& entry = evaluator_.resources()[resource];
  auto type = is_mapping(entry.value) ? plain_text(syntax::lookup(*entry.value, "Type")) : std::nullopt;
  return type ? *type : std::string_view{};
}

Lowering::Child* Lowering::child_of(uint32_t resource) {
  if (location_property(kind_of_resource(resource)).empty() || evaluator_.place().quiet) return nullptr;
  auto [at, is_new] = children_.try_emplace(resource);
  Child& child = at->second;
  if (!is_new) return child.lowering ? &child : nullptr;
  const ExpandedEntry& entry = evaluator_.resources()[resource];
  std::string path = nested_template(*entry.value, file_.path);
  if (path.empty()) {
    evaluator_.problem(ProblemSeverity::kNote, "cfn-stack-elsewhere",
                       "the template of stack " + std::string(entry.key) +
                           " is not among the files: what it makes is not analysed", entry.key_span);
    return nullptr;
  }
  const InputFile* file = shared_.context.find(path);
  const Node* top = file ? find_top(*file) : nullptr;
  auto missing = [&](std::string code, std::string message) -> Child* {
    evaluator_.problem(ProblemSeverity::kWarning, std::move(code), std::move(message), entry.key_span);
    return nullptr;
  };
  if (!top) {
    return missing("cfn-missing-template", "stack " + std::string(entry.key) + ": there is no template " + path +
                                               "; what it makes is not analysed");
  }
  std::string circle = path;
  uint32_t depth = 0;
  for (const Lowering* above = this; above; above = above->parent_, ++depth) {
    circle = std::string(above->file_.path) + " -> " + circle;
    if (above->file_.id == file->id) return missing("cfn-stack-cycle", "stacks contain each other: " + circle);
  }
  if (depth >= kMaxStackDepth || ++shared_.stacks > kMaxStacks) {
    return missing("limit-stacks", "too many nested stacks; stack " + std::string(entry.key) + " is not analysed");
  }
  const Node* properties = syntax::lookup(*entry.value, "Properties");
  child.running = true;
  read_arguments(resource, *properties, *top, child);
  child.running = false;
  std::string module(module_path_);
  if (!module.empty()) module += '/';
  module += entry.key;
  Place place;
  place.prefix = evaluator_.id(entry.key) + "/";
  place.first_row = static_cast<uint32_t>(root_.resources.size());
  place.exists = root_.resources[evaluator_.place().first_row + resource].exists;
  place.arguments = &child.arguments;
  place.environment = evaluator_.place().environment;
  place.environment.erase("AWS::StackName");
  child.lowering = std::make_unique<Lowering>(*file, *top, shared_, std::move(place), this, keep(module));
  child.lowering->prepare();
  return &child;
}

// The values that a stack hands to the parameters of its template.
void Lowering::read_arguments(uint32_t resource, const Node& properties, const Node& top, Child& child) {
  const ExpandedEntry& entry = evaluator_.resources()[resource];
  const Node* declared = syntax::lookup(top, "Parameters");
  std::vector<std::string_view> names;
  if (is_mapping(declared)) {
    syntax::for_each_entry(*declared, [&](const syntax::Entry& parameter) {
      if (parameter.key) names.push_back(parameter.key->text);
    });
  }
  auto given_unknown = [&](std::string_view name, const Value& from) {
    std::string id = evaluator_.id(std::string(entry.key) + "/param." + std::string(name));
    Value value = model::derived_unknown(id, model::string_type(), {&from, 1}, root_.guards, arena());
    return with_span(value, from.span);
  };
  Value given;
  if (const Node* written = syntax::lookup(properties, "Parameters")) {
    Evaluator::Within within(evaluator_, Evaluator::kNoResource, evaluator_.place().exists, entry.scope);
    given = evaluator_.evaluate(written);
  }
  if (given.is_unknown() || given.is_alternatives()) {
    for (std::string_view name : names) child.arguments[keep(std::string(name))] = given_unknown(name, given);
    return;
  }
  for (const model::Entry& argument : given.is_mapping() ? given.entries() : std::span<const model::Entry>{}) {
    if (std::find(names.begin(), names.end(), argument.key) == names.end()) {
      evaluator_.problem(ProblemSeverity::kWarning, "cfn-undefined-parameter",
                         "the template of stack " + std::string(entry.key) + " has no parameter " +
                             std::string(argument.key) + core::did_you_mean(argument.key, names),
                         argument.key_span);
      continue;
    }
    bool certain = root_.guards.assuming(argument.value.guard, evaluator_.promised()) == kAlways;
    child.arguments[argument.key] =
        certain ? with_guard(argument.value, kAlways) : given_unknown(argument.key, argument.value);
  }
  for (std::string_view name : names) {
    if (child.arguments.count(name)) continue;
    const Node* declaration = syntax::lookup(*declared, name);
    if (is_mapping(declaration) && syntax::lookup(*declaration, "Default")) continue;
    evaluator_.problem(ProblemSeverity::kWarning, "cfn-missing-parameter",
                       "stack " + std::string(entry.key) + " gives no value to parameter " + std::string(name) +
                           ", which has no default", entry.key_span);
  }
}

std::optional<Value> Lowering::output(uint32_t resource, std::string_view name, Span at) {
  if (auto running = children_.find(resource); running != children_.end() && running->second.running) {
    evaluator_.problem(ProblemSeverity::kWarning, "cfn-cycle",
                       "stacks depend on each other: what is given to " +
                           std::string(evaluator_.resources()[resource].key) + " needs its output " +
                           std::string(name), at);
    return std::nullopt;
  }
  Child* child = child_of(resource);
  if (!child) return std::nullopt;
  const Output* found = child->lowering->own_output(name);
  if (!found) {
    std::vector<std::string_view> candidates;
    if (const Node* section = syntax::lookup(child->lowering->top_, "Outputs")) {
      syntax::for_each_entry(*section, [&](const syntax::Entry& entry) {
        if (entry.key) candidates.push_back(entry.key->text);
      });
    }
    evaluator_.problem(ProblemSeverity::kWarning, "cfn-undefined-output",
                       std::string(child->lowering->file_.path) + " has no output " + std::string(name) +
                           core::did_you_mean(name, candidates), at);
    return std::nullopt;
  }
  if (found->state != Output::kDone) {
    evaluator_.problem(ProblemSeverity::kWarning, "cfn-cycle",
                       "output " + std::string(name) + " depends on itself through nested stacks", at);
    return std::nullopt;
  }
  for (uint32_t row : found->rows) evaluator_.refer_to_row(row);
  if (found->value.guard == kNever) return std::nullopt;
  return found->value;
}

// The value of an output of this template, read once; null when there is none of this name.
const Lowering::Output* Lowering::own_output(std::string_view name) {
  if (auto known = outputs_.find(name); known != outputs_.end()) return &known->second;
  for (const ExpandedEntry& entry : evaluator_.expand(syntax::lookup(top_, "Outputs"))) {
    if (entry.key != name || !is_mapping(entry.value)) continue;
    const Node* written = syntax::lookup(*entry.value, "Value");
    if (!written) continue;
    Output& output = outputs_[std::string(name)];
    output.state = Output::kRunning;
    Evaluator::Within within(evaluator_, Evaluator::kNoResource, kAlways, entry.scope);
    std::vector<uint32_t>* before = evaluator_.collect_rows(&output.rows);
    output.value = with_guard(evaluator_.evaluate(written), kAlways);
    evaluator_.collect_rows(before);
    output.state = Output::kDone;
    return &output;
  }
  return nullptr;
}

void Lowering::finish_children() {
  for (uint32_t i = 0; i < own_rows_; ++i) {
    Child* child = child_of(i);
    if (!child) continue;
    uint32_t stack = evaluator_.place().first_row + i;
    for (uint32_t row = 0; row < child->lowering->own_rows_; ++row) {
      model::Edge edge;
      edge.kind = model::EdgeKind::kContains;
      edge.from = stack;
      edge.to = child->lowering->evaluator_.place().first_row + row;
      edge.guard = root_.resources[edge.to].exists;
      root_.edges.push_back(edge);
    }
    child->lowering->finish();
  }
}

// --- Exports.

std::optional<Value> Lowering::imported(const Value& name) {
  if (!name.is_string() || evaluator_.place().quiet) return std::nullopt;
  if (!shared_.exports_read) {
    shared_.exports_read = true;
    for (const InputFile* file : shared_.exporters) {
      const Node* top = find_top(*file);
      const Node* section = top ? syntax::lookup(*top, "Outputs") : nullptr;
      if (!section || file->id == file_.id) continue;
      syntax::for_each_entry(*section, [&](const syntax::Entry& output) {
        if (!output.key || !is_mapping(output.value)) return;
        const Node* exported = syntax::lookup(*output.value, "Export");
        const Node* named = is_mapping(exported) ? syntax::lookup(*exported, "Name") : nullptr;
        if (named) shared_.exports.push_back({file, output.key->text, named});
      });
    }
  }
  const Output* found = nullptr;
  const InputFile* exporter = nullptr;
  for (const Shared::Export& candidate : shared_.exports) {
    // Most names are told apart by their text, without evaluating anything.
    auto call = find_call(*candidate.name);
    bool text_call = !call || call->function == Function::kSub;
    auto text = plain_text(call && !call->is_short ? call->argument : candidate.name);
    if (text_call && text && !may_be(*text, name.text())) continue;
    std::unique_ptr<Lowering>& lowering = shared_.quiet[candidate.file->id];
    if (!lowering) {
      Place place;
      place.prefix = std::string(candidate.file->path) + "#";
      place.quiet = true;
      lowering = std::make_unique<Lowering>(*candidate.file, *find_top(*candidate.file), shared_, std::move(place));
      lowering->prepare();
    }
    Value exported = lowering->evaluator_.evaluate(candidate.name);
    if (!exported.is_string() || exported.text() != name.text()) continue;
    const Output* output = lowering->own_output(candidate.output);
    if (!output || output->state != Output::kDone) continue;
    if (found && !model::same_value(found->value, output->value)) return std::nullopt;  // which one is not known
    found = output;
    exporter = candidate.file;
  }
  if (!found || found->value.is_null()) return std::nullopt;
  const std::vector<ExpandedEntry>& made = shared_.quiet[exporter->id]->evaluator_.resources();
  for (uint32_t row : found->rows) evaluator_.refer_abroad(exporter->path, made[row].key);
  return found->value;
}

}  // namespace assay::formats::cloudformation
