#include "parsers/formats/terraform/evaluator.h"

#include <algorithm>

#include "parsers/core/limits.h"

namespace assay::formats::terraform {

using model::Value;

Evaluator::Evaluator(model::Root& root, const LoadContext& context, std::string directory,
                     std::span<const InputFile* const> files)
    : Evaluation(root, context, std::move(directory)) {
  for (const InputFile* file : files) {
    files_by_directory_[std::string(directory_of(file->path))].push_back(file);
  }
  std::string manifest = join_path(directory_, kManifestPath);
  for (const InputFile* file : files_by_directory_[std::string(directory_of(manifest))]) {
    if (file->path != manifest || !file->tree) continue;
    for (const auto& [key, target] : read_manifest(*file->tree)) {
      installed_.emplace(key, join_path(directory_, target));
    }
  }
  inputs_ = collect_inputs(files_by_directory_[directory_], context, used_files_, root_.problems);
  root_module_ = std::make_unique<ModuleInstance>();
  root_module_->source = module_at(directory_);
  const Module& source = *root_module_->source;
  root_module_->variables.resize(source.variables().size());
  root_module_->locals.resize(source.locals().size());
  root_module_->outputs.resize(source.outputs().size());
  root_module_->resources.resize(source.resources().size());
  root_module_->calls.resize(source.calls().size());
  root_module_->providers.resize(source.providers().size());
  check_inputs();
}

Evaluator::~Evaluator() = default;

const Module* Evaluator::module_at(const std::string& directory) {
  auto known = modules_.find(directory);
  if (known != modules_.end()) return known->second.get();
  auto files = files_by_directory_.find(directory);
  bool configured = directory == directory_;
  if (files != files_by_directory_.end()) {
    for (const InputFile* file : files->second) {
      configured = configured || role_of(file->path) == FileRole::kConfiguration;
    }
  }
  if (!configured) return nullptr;
  static const std::vector<const InputFile*> kNone;
  auto module = std::make_unique<Module>(
      directory, files == files_by_directory_.end() ? kNone : files->second);
  for (const core::Problem& found : module->problems()) root_.problems.push_back(found);
  return modules_.emplace(directory, std::move(module)).first->second.get();
}

Scope Evaluator::module_scope(ModuleInstance& module) const {
  Scope scope;
  scope.module = &module;
  return scope;
}

Scope Evaluator::item_scope(const Scope& outer, const Item& item) const {
  Scope scope = outer;
  scope.file = item.file;
  scope.borrowed = item.borrowed;
  return scope;
}

model::Guard Evaluator::empty_guard(const Value& unknown, std::string_view otherwise) {
  std::string id(otherwise);
  if (unknown.is_unknown()) {
    const model::Unknown& known = unknown.unknown();
    if (known.min_length > 0) return model::kNever;
    if (known.max_length == 0) return model::kAlways;
    if (!known.id.empty()) id = known.id.text();
  }
  size_t hash = id.find('#');
  size_t at = hash == std::string::npos ? 0 : hash + 1;
  std::string subject = id.substr(0, at) + "size(" + id.substr(at) + ")";
  return root_.guards.atom(subject, model::Relation::kLess, "1", causes_of(unknown, root_.guards));
}

std::string Evaluator::fresh_id(std::string_view what) {
  varies_ = true;  // no two evaluations give the same
  return id_prefix_ + std::string(what) + "@" + std::to_string(++fresh_count_);
}

void Evaluator::note_reference(const Value& object) {
  if (!references_ || !object.is_unknown()) return;
  auto at = instance_by_id_.find(object.unknown().id);
  if (at == instance_by_id_.end()) return;
  Grown<Instance*>& known = references_->instances;
  if (known.size == 0 || known.data[known.size - 1] != at->second) known.push(at->second, work_);
}

Value Evaluator::settled(const syntax::Node& node, const Scope& scope, std::string_view id) {
  return settle(evaluate(node, scope), span_of(node, scope), id);
}

Value Evaluator::settle(Value value, core::Span span, std::string_view id) {
  if (is_error(value)) {
    varies_ = true;  // it gets a name of its own
    bool file = error_message(value).find("no file exists at \"") != std::string_view::npos;
    problem(core::ProblemSeverity::kWarning, file ? "terraform-file-not-found" : "terraform-evaluation",
            std::string(error_message(value)), value.span.valid() ? value.span : span);
    // Whatever was meant, something was written: the value is not null.
    std::string name(id);
    return with_span(unknown_named(name.empty() ? fresh_id("error") : name, nullptr, true), span);
  }
  if (value.is_alternatives() && has_error(value)) {
    Value kept = without_errors(value, root_.guards, root_.arena);
    if (is_error(kept)) return settle(kept, span, id);
    if (kept.span != value.span) kept = with_span(kept, value.span);
    if (!kept.origin && value.origin) kept.origin = value.origin;
    return kept;
  }
  return value;
}

bool Evaluator::start(Thunk& thunk, ModuleInstance& module, std::string_view prefix,
                      std::string_view name, core::Span span, Value* out) {
  if (thunk.state == Thunk::State::kNew) {
    thunk.state = Thunk::State::kRunning;
    running_.push_back({&thunk, &module, prefix, name, references_, varies_, invariants_});
    references_ = &thunk.references;
    invariants_ = nullptr;
    return true;
  }
  if (thunk.state == Thunk::State::kRunning) {
    varies_ = true;
    report_cycle(&thunk, module, prefix, name, span);
    std::string rest(prefix);
    rest += name;
    *out = with_span(unknown_named(id_in(module, rest)), span);
    return false;
  }
  hand_on(thunk);
  *out = thunk.value;
  return false;
}

// What a value was made from, whoever reads it is made from too.
void Evaluator::hand_on(const Thunk& thunk) {
  constexpr uint32_t kFew = 8;
  if (!references_ || thunk.isolated || thunk.references.empty()) return;
  if (thunk.references.instances.size <= kFew && thunk.references.thunks.size == 0) {
    for (Instance* instance : thunk.references.instances) references_->instances.push(instance, work_);
    return;
  }
  Grown<const Thunk*>& known = references_->thunks;
  if (known.size == 0 || known.data[known.size - 1] != &thunk) known.push(&thunk, work_);
}

Value Evaluator::finish(Thunk& thunk, const Value& value, core::Span span) {
  Running frame = running_.back();
  if (has_error(value)) {
    std::string rest(frame.prefix);
    rest += frame.name;
    thunk.value = settle(value, span, id_in(*frame.module, rest));
  } else {
    thunk.value = value;
  }
  // Every reference to a plain literal leads to the same origin.
  if (frame.prefix == kLocalPrefix && !thunk.value.origin) thunk.value.origin = origin_of(thunk.value);
  thunk.state = Thunk::State::kDone;
  Grown<Instance*>& references = thunk.references.instances;
  if (references.size > 1) {
    std::sort(references.begin(), references.end(), [](const Instance* a, const Instance* b) {
      return a->address < b->address;
    });
    Instance** end = std::unique(references.begin(), references.end());
    references.size = static_cast<uint32_t>(end - references.begin());
  }
  references_ = frame.references;
  varies_ = frame.varies;
  invariants_ = frame.invariants;
  running_.pop_back();
  hand_on(thunk);
  return thunk.value;
}

void Evaluator::report_cycle(const void* thunk, const ModuleInstance& module,
                             std::string_view prefix, std::string_view name, core::Span span) {
  std::string path, last;
  bool inside = false;
  for (const Running& frame : running_) {
    inside = inside || frame.thunk == thunk;
    if (!inside) continue;
    // A block and its attributes go by one name.
    std::string here = frame.module->prefix;
    here.append(frame.prefix).append(frame.name);
    if (here == last) continue;
    if (!last.empty()) path += " -> ";
    path += here;
    last = std::move(here);
  }
  std::string again = module.prefix;
  again.append(prefix).append(name);
  if (again != last || path == last) path += " -> " + again;
  problem(core::ProblemSeverity::kError, "terraform-cycle",
          "a value depends on itself: " + path + "; break the cycle", span);
}

void Evaluator::run() {
  emit(*root_module_);
  apply_assumptions();
  emit_edges();
}

}  // namespace assay::formats::terraform
