#include "parsers/core/limits.h"
#include "parsers/formats/terraform/json_syntax.h"
#include "parsers/formats/terraform/module.h"
#include "parsers/formats/terraform/plan/archive.h"
#include "parsers/formats/terraform/plan/json_plan.h"
#include "parsers/formats/terraform/plan/wire.h"
#include "parsers/syntax/json/reader.h"

namespace assay::formats::terraform {

using model::Value;

namespace {

constexpr std::string_view kPlanEntry = "tfplan", kStateEntry = "tfstate", kSources = "tfconfig/";
constexpr std::string_view kManifest = "tfconfig/modules.json";
constexpr uint64_t kVersion = 3;  // of planfile.proto

// Fields of planfile.proto.
constexpr uint32_t kPlanVersion = 1, kPlanVariables = 2, kPlanChanges = 3, kPlanTerraform = 14;
constexpr uint32_t kChangeDeposed = 7, kChangeChange = 9, kChangeAddress = 13;
constexpr uint32_t kAction = 1, kValues = 2, kBeforeSensitive = 3, kAfterSensitive = 4;
constexpr uint32_t kPacked = 1, kKey = 1, kValue = 2, kSteps = 1, kStepAttribute = 1, kStepKey = 2;

struct Action {
  std::vector<std::string_view> names;
  bool before, after;  // which values are there
  bool exists;
};

// By number in planfile.proto; null: not known.
const Action* action_of(uint64_t number) {
  static const Action kActions[] = {
      {{"no-op"}, true, false, true},  {{"create"}, false, true, true},
      {{"read"}, true, true, true},    {{"update"}, true, true, true},
      {{}, false, false, false},       {{"delete"}, true, false, false},
      {{"delete", "create"}, true, true, true},
      {{"create", "delete"}, true, true, true},
      {{"forget"}, true, false, false}, {{"create", "forget"}, true, true, true},
  };
  if (number >= std::size(kActions) || number == 4) return nullptr;
  return &kActions[number];
}

class Reader {
 public:
  Reader(core::FileId file, model::Root& root, Plan& plan) : file_(file), root_(root), plan_(plan) {}

  bool run(std::string_view bytes) {
    plan_.file = file_;
    MessageReader message(bytes);
    uint64_t version = 0;
    std::vector<std::string_view> changes;
    while (message.next()) {
      switch (message.field()) {
        case kPlanVersion: version = message.number(); break;
        case kPlanTerraform: plan_.version = message.bytes(); break;
        case kPlanChanges: changes.push_back(message.bytes()); break;
        case kPlanVariables: variable(message.bytes()); break;
        default: break;
      }
    }
    if (message.failed()) return problem("plan-damaged", "the plan in the archive is damaged or cut off");
    if (version != kVersion) {
      return problem("plan-version", "plans of version " + std::to_string(version) + " are not known (" +
                                         std::to_string(kVersion) + " is); plan anew, or give the JSON of `terraform show -json`");
    }
    for (std::string_view change : changes) resource_change(change);
    return true;
  }

  // What data sources answered while planning, from the state beside the plan.
  void state(std::string_view text) {
    auto tree = syntax::read_json(core::kNoFile, text);
    const syntax::Node* document = tree->accepted ? tree->root->child(0) : nullptr;
    if (!document || document->child_count == 0) return;
    Value state = json_value(*document->child(0), core::kNoFile, root_.arena);
    const Value* resources = state.find("resources");
    for (const Value& resource : resources && resources->is_sequence() ? resources->items() : std::span<const Value>{}) {
      auto text_in = [&](std::string_view name) {
        const Value* found = resource.find(name);
        return found && found->is_string() ? std::string(found->text()) : std::string();
      };
      if (text_in("mode") != "data") continue;
      std::string module = text_in("module");
      std::string base = (module.empty() ? "" : module + ".") + "data." + text_in("type") + "." + text_in("name");
      const Value* instances = resource.find("instances");
      for (const Value& instance : instances && instances->is_sequence() ? instances->items() : std::span<const Value>{}) {
        const Value* key = instance.find("index_key");
        const Value* attributes = instance.find("attributes");
        PlannedChange out;
        ModuleSeen modules;
        if (!attributes || !attributes->is_mapping() ||
            !parse_plan_address(base + (key ? key_text(*key) : ""), root_.arena, &out.at, &modules)) {
          continue;
        }
        out.actions = {"read"};
        out.exists = true;
        out.header = out.span = {file_, 0, 0};
        out.after = *attributes;
        if (const Value* paths = instance.find("sensitive_attributes"); paths && paths->size > 0) {
          out.after = mark_inside(out.after);
        }
        plan_.add(std::move(out), modules);
      }
    }
  }

 private:
  bool problem(std::string code, std::string message) {
    core::add_problem(root_.problems, core::ProblemSeverity::kError, std::move(code), std::move(message), {file_, 0, 0});
    return false;
  }

  // Every attribute of it: the state names paths, of which a few more hidden is no harm.
  Value mark_inside(const Value& object) {
    std::vector<model::Entry> entries(object.entries().begin(), object.entries().end());
    for (model::Entry& entry : entries) {
      if (!entry.value.is_null()) entry.value = with_marks(entry.value, model::kSensitive);
    }
    return object_value(entries, root_.arena);
  }

  // DynamicValue: one field with a value in MessagePack.
  std::optional<Value> dynamic(std::string_view bytes) {
    MessageReader message(bytes);
    std::string_view packed;
    while (message.next()) {
      if (message.field() == kPacked) packed = message.bytes();
    }
    if (message.failed() || packed.empty()) return std::nullopt;
    return read_message_pack(packed, root_.arena, [&](std::string_view path, const model::Unknown& known) {
      model::Unknown unknown = model::unknown_input(plan_unknown_id(root_, address_, path), known.type, root_.arena).unknown();
      unknown.not_null = known.not_null;
      unknown.prefix = known.prefix;
      unknown.minimum = known.minimum;
      unknown.maximum = known.maximum;
      unknown.min_length = known.min_length;
      unknown.max_length = known.max_length;
      return unknown_value(unknown, root_.arena);
    });
  }

  void variable(std::string_view bytes) {
    MessageReader entry(bytes);
    std::string name;
    std::string_view packed;
    while (entry.next()) {
      if (entry.field() == kKey) name = entry.bytes();
      if (entry.field() == kValue) packed = entry.bytes();
    }
    address_ = "var." + name;
    // Null stands for the default, which is in the sources.
    if (auto value = dynamic(packed); value && !value->is_null()) plan_.variables.emplace(name, *value);
  }

  void resource_change(std::string_view bytes) {
    std::string_view address, change, deposed;
    MessageReader message(bytes);
    while (message.next()) {
      if (message.field() == kChangeAddress) address = message.bytes();
      if (message.field() == kChangeChange) change = message.bytes();
      if (message.field() == kChangeDeposed) deposed = message.bytes();
    }
    PlannedChange out;
    ModuleSeen modules;
    out.header = out.span = {file_, 0, 0};
    if (message.failed() || !parse_plan_address(address, root_.arena, &out.at, &modules)) {
      problem("plan-damaged", "a change in the plan cannot be read and is passed over");
      return;
    }
    address_ = out.at.text();
    uint64_t number = 0;
    std::vector<Value> values;
    std::vector<std::string_view> before_secrets, after_secrets;
    bool damaged = false;
    MessageReader inner(change);
    while (inner.next()) {
      if (inner.field() == kAction) number = inner.number();
      if (inner.field() == kBeforeSensitive) before_secrets.push_back(inner.bytes());
      if (inner.field() == kAfterSensitive) after_secrets.push_back(inner.bytes());
      if (inner.field() != kValues) continue;
      auto value = dynamic(inner.bytes());
      damaged = damaged || !value;
      values.push_back(value.value_or(model::null_value()));
    }
    const Action* action = action_of(number);
    if (damaged || inner.failed() || !action || values.empty()) {
      problem("plan-damaged", "what the plan says of " + address_ + " cannot be read; it is passed over");
      return;
    }
    out.actions = action->names;
    out.exists = action->exists && deposed.empty();
    if (action->before) out.before = values.front();
    if (action->after) out.after = values.back();
    if (number == 0) out.after = out.before;
    for (std::string_view path : before_secrets) out.before = mark(out.before, steps_of(path), 0);
    for (std::string_view path : number == 0 ? before_secrets : after_secrets) out.after = mark(out.after, steps_of(path), 0);
    plan_.add(std::move(out), modules);
  }

  // The steps of a path: names of attributes, or keys.
  std::vector<Value> steps_of(std::string_view bytes) {
    std::vector<Value> out;
    MessageReader path(bytes);
    while (path.next()) {
      if (path.field() != kSteps) continue;
      MessageReader step(path.bytes());
      while (step.next()) {
        if (step.field() == kStepAttribute) out.push_back(model::string_value(root_.arena.copy(step.bytes())));
        if (step.field() == kStepKey) out.push_back(dynamic(step.bytes()).value_or(model::null_value()));
      }
    }
    return out;
  }

  // `value` with what stands at the end of `steps` marked; all of it where a step leads nowhere.
  Value mark(const Value& value, std::span<const Value> steps, size_t depth) {
    if (value.is_null()) return value;
    if (depth == steps.size() || depth > core::kMaxNesting) return with_marks(value, model::kSensitive);
    const Value& step = steps[depth];
    if (value.is_mapping() && step.is_string()) {
      std::vector<model::Entry> entries(value.entries().begin(), value.entries().end());
      for (model::Entry& entry : entries) {
        if (entry.key == step.text()) entry.value = mark(entry.value, steps, depth + 1);
      }
      return object_value(entries, root_.arena, value.kind);
    }
    if (value.is_sequence() && step.is_number()) {
      std::vector<Value> items(value.items().begin(), value.items().end());
      auto index = step.number().to_int64();
      if (index && *index >= 0 && static_cast<size_t>(*index) < items.size()) {
        items[static_cast<size_t>(*index)] = mark(items[static_cast<size_t>(*index)], steps, depth + 1);
        return list_value(items, root_.arena, value.kind);
      }
    }
    return with_marks(value, model::kSensitive);
  }

  core::FileId file_;
  model::Root& root_;
  Plan& plan_;
  std::string address_;
};

}  // namespace

bool is_binary_plan(std::string_view text) {
  if (!looks_like_archive(text)) return false;
  // The plan is the first entry that Terraform writes: its name stands in the first local header.
  size_t name = 30;
  return text.substr(name, kPlanEntry.size()) == kPlanEntry || text.find(kSources) != std::string_view::npos;
}

bool read_binary_plan(core::FileId file, std::string_view text, model::Root& root, Plan* out) {
  auto fail = [&](const core::Error& error) {
    core::add_problem(root.problems, core::ProblemSeverity::kError, error.code, error.message, {file, 0, 0});
    return false;
  };
  auto archive = Archive::open(text);
  if (!archive) return fail(archive.error());
  const Archive::Entry* entry = archive->find(kPlanEntry);
  if (!entry) return fail({"plan-archive", "there is no plan in this archive"});
  auto plan = archive->read(*entry);
  if (!plan) return fail(plan.error());
  Reader reader(file, root, *out);
  if (!reader.run(root.arena.copy(*plan))) return false;
  if (const Archive::Entry* state = archive->find(kStateEntry)) {
    auto read = archive->read(*state);
    if (read) reader.state(root.arena.copy(*read));
  }
  return true;
}

std::vector<std::pair<std::string, std::string>> plan_sources(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> out;
  auto archive = Archive::open(text);
  if (!archive) return out;
  const Archive::Entry* manifest = archive->find(kManifest);
  if (!manifest) return out;
  auto json = archive->read(*manifest);
  if (!json) return out;
  auto tree = syntax::read_json(core::kNoFile, *json);
  const syntax::Node* document = tree->accepted ? tree->root->child(0) : nullptr;
  const syntax::Node* list = document ? document->child(0) : nullptr;
  if (!list || list->kind != syntax::NodeKind::kSequence) return out;
  std::map<std::string, std::string> directories;  // "tfconfig/m-KEY/" to directory
  std::string installed;                           // a manifest for calls of fetched modules
  for (const syntax::Node* module : list->children()) {
    if (module->kind != syntax::NodeKind::kMapping) continue;
    const syntax::Node* key = find_pair_value(*module, "Key");
    const syntax::Node* directory = find_pair_value(*module, "Dir");
    if (!key || !directory) continue;
    directories[std::string(kSources) + "m-" + std::string(key->text) + "/"] = directory->text;
  }
  for (const Archive::Entry& entry : archive->entries()) {
    size_t slash = entry.name.rfind('/');
    if (slash == std::string_view::npos) continue;
    auto at = directories.find(std::string(entry.name.substr(0, slash + 1)));
    if (at == directories.end() || role_of(entry.name) == FileRole::kNone) continue;
    auto source = archive->read(entry);
    if (source) out.emplace_back(join_path(at->second, entry.name.substr(slash + 1)), std::move(*source));
  }
  // Calls of modules that are not local are found through the manifest of `terraform init`.
  out.emplace_back(std::string(kManifestPath), "{\"Modules\":" + std::move(*json) + "}");
  return out;
}

}  // namespace assay::formats::terraform
