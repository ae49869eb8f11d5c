#include "rules/lang/cel/cel_check.h"

#include <algorithm>
#include <array>

#include "rules/lang/cel/environment.h"
#include "rules/lang/cel/eval.h"
#include "rules/lang/cel/read_paths.h"

namespace assay::rules::cel {
namespace {

constexpr Path kRootPath;
constexpr size_t kMaxRelatedPlaces = 5;  // that one finding shows of other resources

Val describe(const model::Resource& resource, core::Arena& arena) {
  static constexpr std::string_view kNames[] = {"address", "type", "name", "format", "kind", "module_path"};
  const std::string_view texts[] = {resource.address, resource.type,  resource.name,
                                    resource.format,  resource.kind, resource.module_path};
  Val* keys = arena.make_array<Val>(std::size(kNames));
  Val* values = arena.make_array<Val>(std::size(kNames));
  for (size_t i = 0; i < std::size(kNames); ++i) {
    new (keys + i) Val(string_val(kNames[i]));
    new (values + i) Val(string_val(texts[i]));
  }
  return map_val({keys, std::size(kNames)}, {values, std::size(kNames)}, arena);
}

// Adds what the expression reads of the resource; false when it may read anything.
bool collect_reads(const Node& node, Reads& out) {
  auto is_resource = [](const Node& of) { return of.op == Op::kGlobal && of.slot == kResourceSlot; };
  auto add = [&](std::string_view key) {
    if (std::find(out.attributes.begin(), out.attributes.end(), key) == out.attributes.end()) {
      out.attributes.emplace_back(key);
    }
    return true;
  };
  if (node.op == Op::kGlobal) return node.slot == kItemSlot;
  if ((node.op == Op::kSelect || node.op == Op::kHas) && is_resource(node.arg(0))) return add(node.text);
  if (node.op == Op::kIndex && is_resource(node.arg(0))) {
    return node.arg(1).op == Op::kConstant && node.arg(1).constant.is(Kind::kString) &&
           add(node.arg(1).constant.text());
  }
  if (node.op == Op::kCall && node.text == "related") out.related = true;
  if (node.op == Op::kCall && reads_other_resources(node.text)) return false;
  if (node.op == Op::kCall && node.text == "pod_security" && node.arg_count > 1 && is_resource(node.arg(1))) {
    add("metadata");
    add("spec");
    return node.arg_count < 3 || collect_reads(node.arg(2), out);
  }
  for (uint32_t i = 0; i < node.arg_count; ++i) {
    if (!collect_reads(node.arg(i), out)) return false;
  }
  return true;
}

// A read of another resource than the judged one is no place to change but one to look at.
bool note_other(const TraceRead& read, RunContext& context) {
  const Path* first = read.path;
  while (first->parent) first = first->parent;
  if (first->key != kOtherResource) return false;
  const model::Resource& other = *context.project->resources[first->index];
  std::string path = to_text(read.path);
  path.erase(0, path.find('.') == std::string::npos ? path.size() : path.find('.') + 1);
  bool placed = read.value->span.valid() && !read.value->is_mapping();
  core::Span span = placed ? read.value->span : other.header;
  // Of several reads the last one decided.
  std::string message(other.address);
  auto known = std::find_if(context.related.begin(), context.related.end(), [&](const RelatedPlace& place) {
    return place.message.starts_with(message) && place.message.substr(message.size(), 2) == ": ";
  });
  message += ": " + (path.empty() ? std::string("here") : path);
  if (known != context.related.end()) *known = {span, std::move(message)};
  else if (context.related.size() < kMaxRelatedPlaces) context.related.push_back({span, std::move(message)});
  return true;
}

using Variables = std::array<Val, 4>;

// In every run: a call would cost more than what it does.
[[gnu::always_inline]] inline void set_variables(const Program& program, const RunContext& context, Eval& eval, Variables& variables) {
  if (context.view) variables[kResourceSlot] = eval.read(*context.view, &kRootPath);
  if (context.item) variables[kItemSlot] = eval.read(*context.item, &kRootPath);
  if (context.resource) {
    if (program.uses_slot[kNativeSlot]) variables[kNativeSlot] = eval.read(context.resource->attributes, &kRootPath);
    if (program.uses_slot[kMetaSlot]) variables[kMetaSlot] = describe(*context.resource, *context.arena);
  }
}

const model::Guards& guards_of(const RunContext& context) {
  static const model::Guards kNoGuards;
  return context.resource ? context.resource->root->guards : kNoGuards;
}

}  // namespace

// A weaker condition of a check's program.
class CelCheck::Screen : public Check {
 public:
  Screen(const Program& program, const Node& root, std::vector<ReadPath> paths)
      : program_(program), root_(root), paths_(std::move(paths)) {}
  const std::vector<ReadPath>* paths() const override { return &paths_; }
  RunResult run(RunContext& context) const override {
    Variables variables;
    Eval eval(program_, variables, *context.arena, context.world, &guards_of(context), context.steps_left);
    eval.set_context(&context);
    set_variables(program_, context, eval, variables);
    Val out = eval.run(root_);
    if (!out.is_error()) out = eval.truth(out);
    return !out.is_error() && !out.boolean ? RunResult::kPass : RunResult::kViolation;
  }

 private:
  const Program& program_;
  const Node& root_;
  std::vector<ReadPath> paths_;
};

CelCheck::CelCheck(std::unique_ptr<Program> program) : program_(std::move(program)) {
  Reads reads;
  if (collect_reads(*program_->root, reads)) reads_ = std::move(reads);
  std::vector<ReadPath> paths;
  const Node* root = weaker(*program_->root, program_->arena, paths);
  if (root == program_->root) paths_ = std::move(paths);
  else if (root != nullptr) screen_ = std::make_unique<Screen>(*program_, *root, std::move(paths));
}

RunResult CelCheck::run(RunContext& context) const {
  Variables variables;
  thread_local std::vector<TraceRead> trace;  // kept: a buffer for each evaluation would cost more than most rules
  trace.clear();
  Eval eval(*program_, variables, *context.arena, context.world, &guards_of(context), context.steps_left);
  eval.set_context(&context);
  eval.set_trace(&trace);
  set_variables(*program_, context, eval, variables);
  Val out = eval.run();
  if (!out.is_error()) out = eval.truth(out);
  if (out.is_error()) {
    context.error = std::string(out.text());
    return RunResult::kError;
  }
  if (!out.boolean) return RunResult::kPass;
  for (const TraceRead& read : trace) {
    if (read.value && read.path && note_other(read, context)) continue;
    if (read.value) context.reads.push_back({read.value, context.arena->copy(to_text(read.path))});
  }
  return RunResult::kViolation;
}

}  // namespace assay::rules::cel
