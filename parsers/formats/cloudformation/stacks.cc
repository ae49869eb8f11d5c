// What a template reads from other templates: nested stacks (parameters flow in, outputs flow out) and
// exports.
#include <algorithm>

#include "parsers/core/limits.h"
#include "parsers/core/path.h"
#include "parsers/core/suggest.h"
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
    std::string message = "the template of stack " + std::string(entry.key) + " is not among the files";
    if (const InputFile* copy = file_of_address(*entry.value)) {
      // What is uploaded is perhaps this file: the link is possible, its values are not handed over.
      refer_to_copy(resource, *copy);
      message += "; " + std::string(copy->path) + " has its name and is analysed by itself";
    } else {
      message += ": what it makes is not analysed";
    }
    evaluator_.problem(ProblemSeverity::kNote, "cfn-stack-elsewhere", std::move(message), entry.key_span);
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

// The one template among the files that is named as the address of a stack ends.
const InputFile* Lowering::file_of_address(const Node& resource) const {
  const Node* properties = syntax::lookup(resource, "Properties");
  auto type = plain_text(syntax::lookup(resource, "Type"));
  if (!is_mapping(properties) || !type) return nullptr;
  NamePattern address = pattern_of(syntax::lookup(*properties, location_property(*type)));
  std::string_view tail = address.text;
  tail = tail.substr(0, tail.find('?'));
  size_t hole = tail.rfind(NamePattern::kHole);
  if (hole != std::string_view::npos) {
    tail.remove_prefix(hole + 1);
    // `${Prefix}vpc.yaml` may be any file whose name ends so.
    size_t slash = tail.find('/');
    if (slash == std::string_view::npos) return nullptr;
    tail.remove_prefix(slash + 1);
  }
  // The longest end of the address that names a file; a name that several files have is none.
  const InputFile* found = nullptr;
  size_t longest = 0;
  bool several = false;
  model::ask(model::TieKind::kFileName, core::base_name(tail));
  for (const InputFile& file : shared_.context.files) {
    if (core::base_name(file.path) != core::base_name(tail) || file.id == file_.id) continue;
    const Node* top = find_top(file);
    if (!top || !is_mapping(syntax::lookup(*top, "Resources"))) continue;
    auto differ = std::mismatch(file.path.rbegin(), file.path.rend(), tail.rbegin(), tail.rend());
    size_t shared = static_cast<size_t>(differ.first - file.path.rbegin());
    several = shared == longest && found;
    if (shared < longest) continue;
    if (shared > longest) several = false;
    longest = shared;
    found = &file;
  }
  return several ? nullptr : found;
}

void Lowering::refer_to_copy(uint32_t resource, const InputFile& copy) {
  const ExpandedEntry& entry = evaluator_.resources()[resource];
  std::string what = "TemplateURL of " + std::string(entry.key) + " is " + std::string(copy.path);
  core::Symbol cause("TemplateURL of " + std::string(entry.key));
  Guard guard = root_.guards.atom(evaluator_.id(what), model::Relation::kTrue, "", {&cause, 1});
  const Node* top = find_top(copy);
  Evaluator::Within within(evaluator_, evaluator_.place().first_row + resource, kAlways, nullptr);
  uint32_t edges = 0;
  syntax::for_each_entry(*syntax::lookup(*top, "Resources"), [&](const syntax::Entry& one) {
    if (!one.key || ++edges > core::kMaxEdgesOfValue) return;
    evaluator_.refer_abroad(copy.path, one.key->text, guard);
  });
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

void Lowering::read_exports() {
  shared_.exports_read = true;
  for (const InputFile* file : shared_.exporters) {
    const Node* top = find_top(*file);
    const Node* section = top ? syntax::lookup(*top, "Outputs") : nullptr;
    if (!section || file->id == file_.id) continue;
    syntax::for_each_entry(*section, [&](const syntax::Entry& output) {
      if (!output.key || !is_mapping(output.value)) return;
      const Node* exported = syntax::lookup(*output.value, "Export");
      const Node* named = is_mapping(exported) ? syntax::lookup(*exported, "Name") : nullptr;
      if (named) shared_.exports.push_back({file, output.key->text, named, pattern_of(named)});
    });
  }
}

Lowering& Lowering::exporter(const InputFile& file) {
  std::unique_ptr<Lowering>& lowering = shared_.quiet[file.id];
  if (!lowering) {
    Place place;
    place.prefix = std::string(file.path) + "#";
    place.quiet = true;
    lowering = std::make_unique<Lowering>(file, *find_top(file), shared_, std::move(place));
    lowering->prepare();
  }
  return *lowering;
}

std::optional<Value> Lowering::imported(const Value& name) {
  if ((!name.is_string() && !name.is_unknown()) || evaluator_.place().quiet) return std::nullopt;
  if (!shared_.exports_read) read_exports();
  NamePattern wanted = pattern_of(name);
  // --context may name the stack: only then can a name be told that is made of it.
  bool stack_known = shared_.context.options && !shared_.context.options->context.empty();
  const Output* found = nullptr;
  const InputFile* from = nullptr;
  const Shared::Export* possible = nullptr;
  uint32_t possible_count = 0;
  for (const Shared::Export& candidate : shared_.exports) {
    if (!may_be_same(candidate.pattern, wanted)) continue;
    if (name.is_string() && (!candidate.pattern.by_stack || stack_known)) {
      Value exported = exporter(*candidate.file).evaluator_.evaluate(candidate.name);
      if (exported.is_string()) {
        if (exported.text() != name.text()) continue;
        const Output* output = exporter(*candidate.file).own_output(candidate.output);
        if (!output || output->state != Output::kDone) continue;
        if (found && !model::same_value(found->value, output->value)) return std::nullopt;  // which one is not known
        found = output;
        from = candidate.file;
        continue;
      }
    }
    possible = &candidate;
    ++possible_count;
  }
  if (!found) {
    if (possible_count == 1 && wanted.spelt && possible->pattern.spelt) refer_possibly(*possible, wanted);
    return std::nullopt;
  }
  if (found->value.is_null()) return std::nullopt;
  const std::vector<ExpandedEntry>& made = exporter(*from).evaluator_.resources();
  for (uint32_t row : found->rows) evaluator_.refer_abroad(from->path, made[row].key);
  return found->value;
}

// One template alone exports a name that fits: perhaps it is the one that is meant.
void Lowering::refer_possibly(const Shared::Export& candidate, const NamePattern& wanted) {
  Lowering& other = exporter(*candidate.file);
  const Output* output = other.own_output(candidate.output);
  if (!output || output->state != Output::kDone) return;
  std::string name;
  for (char c : wanted.text) name += c == NamePattern::kHole ? '*' : c;
  std::string subject = "ImportValue(" + name + ") is of " + std::string(candidate.file->path);
  core::Symbol cause("ImportValue(" + name + ")");
  Guard guard = root_.guards.atom(evaluator_.id(subject), model::Relation::kTrue, "", {&cause, 1});
  for (uint32_t row : output->rows) {
    evaluator_.refer_abroad(candidate.file->path, other.evaluator_.resources()[row].key, guard);
  }
}

}  // namespace assay::formats::cloudformation
