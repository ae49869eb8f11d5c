#include "parsers/formats/terraform/plan/json_plan.h"

#include <set>

#include "parsers/core/limits.h"
#include "parsers/formats/terraform/plan/archive.h"

namespace assay::formats::terraform {

using model::Entry;
using model::Value;
using syntax::Node;
using syntax::NodeKind;

namespace {

constexpr size_t kShortestSecret = 4;  // bytes; shorter texts are words of any configuration
constexpr std::string_view kReadVersions = "0.1 to 1.x";

const Node* top(const syntax::Tree& tree) {
  const Node* document = tree.root ? tree.root->child(0) : nullptr;
  const Node* value = document ? document->child(0) : nullptr;
  return value && value->kind == NodeKind::kMapping ? value : nullptr;
}

const Node* member(const Node* object, std::string_view name) {
  return object && object->kind == NodeKind::kMapping ? find_pair_value(*object, name) : nullptr;
}

std::string_view text_of(const Node* node) {
  return node && node->kind == NodeKind::kString ? node->text : std::string_view{};
}

bool is_true(const Node* node) { return node && node->kind == NodeKind::kBool && node->text == "true"; }

std::span<const Node* const> elements(const Node* node) {
  return node && node->kind == NodeKind::kSequence ? node->children() : std::span<const Node* const>{};
}

class Reader {
 public:
  Reader(const syntax::Tree& tree, model::Root& root, bool spans, Plan& plan)
      : tree_(tree), root_(root), spans_(spans), plan_(plan) {}

  void run(const Node& object) {
    plan_.file = tree_.file;
    plan_.version = text_of(member(&object, "terraform_version"));
    plan_.configuration = member(&object, "configuration");
    const Node* declared = member(member(plan_.configuration, "root_module"), "variables");
    for (const Node* pair : members(member(&object, "variables"))) {
      std::string_view name = pair->child(0)->text;
      bool sensitive = is_true(member(member(declared, name), "sensitive"));
      const Node* value = member(pair->child(1), "value");
      Value read = value ? this->value(value, nullptr, nullptr, sensitive, 0) : model::null_value();
      plan_.variables.emplace(name, read);
    }
    // The defaults of sensitive variables stand in the configuration once more.
    for (const Node* pair : members(declared)) {
      const Node* value = member(pair->child(1), "default");
      if (value && is_true(member(pair->child(1), "sensitive"))) this->value(value, nullptr, nullptr, true, 0);
    }
    const Node* changes = member(&object, "resource_changes");
    for (const Node* change : elements(changes)) resource_change(*change);
    for (const Node* drift : elements(member(&object, "resource_drift"))) hide_change(*drift);
    // Planned values repeat the changes; they count where there are no changes. Their secrets are noted.
    module_values(member(member(&object, "planned_values"), "root_module"), !changes, 0);
    // What data sources answered while planning.
    module_values(member(member(member(&object, "prior_state"), "values"), "root_module"), false, 0);
    outputs(object);
    // Literals stand in the configuration as they are written, without a mask.
    if (plan_.configuration && !secret_texts_.empty()) hide_repeated(*plan_.configuration, 0);
  }

 private:
  void hide_repeated(const Node& node, uint32_t depth) {
    if (depth > core::kMaxNesting) return;
    if (node.kind == NodeKind::kString && secret_texts_.count(node.text)) plan_.secrets.push_back(tree_.span(node));
    for (const Node* child : node.children()) hide_repeated(*child, depth + 1);
  }

  std::span<const Node* const> members(const Node* object) {
    return object && object->kind == NodeKind::kMapping ? object->children() : std::span<const Node* const>{};
  }

  // A value with its masks: what is unknown is not in `node` or null there.
  Value value(const Node* node, const Node* unknown, const Node* sensitive, bool secret, uint32_t depth) {
    Value out;
    if (depth > core::kMaxNesting) return out;
    secret = secret || is_true(sensitive);
    size_t length = path_.size();
    if (is_true(unknown)) {
      out = model::unknown_input(plan_unknown_id(root_, address_, path_), nullptr, root_.arena);
    } else if (node && node->kind == NodeKind::kMapping) {
      std::vector<Entry> entries;
      for (const Node* pair : node->children()) {
        if (pair->child_count < 2) continue;
        std::string_view key = root_.arena.copy(pair->child(0)->text);
        step(key);
        Entry entry{key, {}, value(pair->child(1), member(unknown, key), member(sensitive, key), secret, depth + 1)};
        if (spans_) entry.key_span = tree_.span(*pair->child(0));
        entries.push_back(entry);
        path_.resize(length);
      }
      for (const Node* pair : members(unknown)) {
        if (pair->child_count < 2 || member(node, pair->child(0)->text)) continue;
        std::string_view key = root_.arena.copy(pair->child(0)->text);
        step(key);
        Value hidden = value(nullptr, pair->child(1), member(sensitive, key), secret, depth + 1);
        if (!hidden.is_null()) entries.push_back({key, {}, hidden});
        path_.resize(length);
      }
      out = object_value(entries, root_.arena);
    } else if (node && node->kind == NodeKind::kSequence) {
      std::vector<Value> items;
      for (size_t i = 0; i < node->child_count; ++i) {
        path_ += "[" + std::to_string(i) + "]";
        const Node* inner_unknown = unknown && unknown->kind == NodeKind::kSequence ? unknown->child(i) : nullptr;
        const Node* inner_secret = sensitive && sensitive->kind == NodeKind::kSequence ? sensitive->child(i) : nullptr;
        items.push_back(value(node->child(i), inner_unknown, inner_secret, secret, depth + 1));
        path_.resize(length);
      }
      out = list_value(items, root_.arena);
    } else if (node && node->kind == NodeKind::kBool) {
      out = model::bool_value(node->text == "true");
    } else if (node && node->kind == NodeKind::kString) {
      out = model::string_value(root_.arena.copy(node->text));
    } else if (node && node->kind == NodeKind::kNumber) {
      if (auto number = core::Number::parse(node->text, root_.arena)) out = model::number_value(*number, root_.arena);
    } else if (!node && unknown && (unknown->kind == NodeKind::kMapping || unknown->kind == NodeKind::kSequence)) {
      // An object of which only unknown parts are to be seen.
      std::vector<Entry> entries;
      for (const Node* pair : members(unknown)) {
        if (pair->child_count < 2) continue;
        std::string_view key = root_.arena.copy(pair->child(0)->text);
        step(key);
        Value part = value(nullptr, pair->child(1), member(sensitive, key), secret, depth + 1);
        if (!part.is_null()) entries.push_back({key, {}, part});
        path_.resize(length);
      }
      if (!entries.empty()) out = object_value(entries, root_.arena);
    }
    if (secret && !out.is_null()) out.marks |= model::kSensitive;
    if (secret && node && node->kind != NodeKind::kNull && node->kind != NodeKind::kMapping &&
        node->kind != NodeKind::kSequence && !is_true(unknown)) {
      plan_.secrets.push_back(tree_.span(*node));
      if (node->kind == NodeKind::kString && node->text.size() >= kShortestSecret) secret_texts_.insert(node->text);
    }
    if (spans_ && node) out.span = tree_.span(*node);
    return out;
  }

  void step(std::string_view key) {
    if (!path_.empty()) path_ += ".";
    path_ += key;
  }

  void resource_change(const Node& node) {
    const Node* change = member(&node, "change");
    const Node* address = member(&node, "address");
    PlannedChange out;
    ModuleSeen modules;
    if (!change || !parse_plan_address(text_of(address), root_.arena, &out.at, &modules)) {
      core::add_problem(root_.problems, core::ProblemSeverity::kWarning, "plan-shape",
                        "a resource change without a readable address is passed over", tree_.span(node));
      return;
    }
    out.header = tree_.span(*address);
    out.span = tree_.span(node);
    bool gone = true;
    for (const Node* action : elements(member(change, "actions"))) {
      out.actions.push_back(root_.arena.copy(action->text));
      gone = gone && (action->text == "delete" || action->text == "forget");
    }
    out.exists = !gone && !member(&node, "deposed");
    address_ = out.at.text();
    const Node* before = member(change, "before");
    out.before = value(before, nullptr, member(change, "before_sensitive"), false, 0);
    const Node* after = member(change, "after");
    out.after = value(after, member(change, "after_unknown"), member(change, "after_sensitive"), false, 0);
    plan_.add(std::move(out), modules);
  }

  // Notes the secrets of a change that is not judged.
  void hide_change(const Node& node) {
    const Node* change = member(&node, "change");
    value(member(change, "before"), nullptr, member(change, "before_sensitive"), false, 0);
    value(member(change, "after"), nullptr, member(change, "after_sensitive"), false, 0);
  }

  void module_values(const Node* module, bool count, uint32_t depth) {
    if (!module || depth > core::kMaxModuleDepth) return;
    for (const Node* resource : elements(member(module, "resources"))) {
      PlannedChange out;
      ModuleSeen modules;
      const Node* address = member(resource, "address");
      if (!parse_plan_address(text_of(address), root_.arena, &out.at, &modules)) continue;
      out.header = tree_.span(*address);
      out.span = tree_.span(*resource);
      out.exists = true;
      address_ = out.at.text();
      out.after = value(member(resource, "values"), nullptr, member(resource, "sensitive_values"), false, 0);
      if (!count && !out.at.data) continue;
      out.actions.push_back(out.at.data ? "read" : "no-op");
      plan_.add(std::move(out), modules);
    }
    for (const Node* child : elements(member(module, "child_modules"))) module_values(child, count, depth + 1);
  }

  void outputs(const Node& object) {
    for (const Node* pair : members(member(member(&object, "planned_values"), "outputs"))) {
      std::string_view name = pair->child(0)->text;
      bool secret = is_true(member(pair->child(1), "sensitive"));
      const Node* planned = member(pair->child(1), "value");
      address_ = "output." + std::string(name);
      Value out = planned ? value(planned, nullptr, nullptr, secret, 0)
                          : model::unknown_input(plan_unknown_id(root_, address_, ""), nullptr, root_.arena);
      plan_.outputs.emplace_back(std::string(name), out);
    }
    for (const Node* pair : members(member(&object, "output_changes"))) hide_change_of(pair->child(1));
    for (const Node* pair : members(member(member(member(&object, "prior_state"), "values"), "outputs"))) {
      value(member(pair->child(1), "value"), nullptr, nullptr, is_true(member(pair->child(1), "sensitive")), 0);
    }
  }
  void hide_change_of(const Node* change) {
    value(member(change, "before"), nullptr, member(change, "before_sensitive"), false, 0);
    value(member(change, "after"), nullptr, member(change, "after_sensitive"), false, 0);
  }

  const syntax::Tree& tree_;
  model::Root& root_;
  bool spans_;
  Plan& plan_;
  std::string address_, path_;
  std::set<std::string_view> secret_texts_;
};

}  // namespace

std::string plan_unknown_id(const model::Root& root, std::string_view address, std::string_view path) {
  std::string id = root.path + "#" + std::string(address);
  if (!path.empty()) id.append(".").append(path);
  return id;
}

bool is_json_plan(const syntax::Tree& tree) {
  if (tree.language != syntax::Language::kJson) return false;
  const Node* object = top(tree);
  return member(object, "format_version") &&
         (member(object, "planned_values") || member(object, "resource_changes") || member(object, "output_changes"));
}

bool read_json_plan(const syntax::Tree& tree, model::Root& root, bool spans, Plan* out) {
  const Node* object = top(tree);
  const Node* version = member(object, "format_version");
  std::string_view text = text_of(version);
  std::string_view major = text.substr(0, text.find('.'));
  if (!object || (major != "0" && major != "1")) {
    core::add_problem(root.problems, core::ProblemSeverity::kError, "plan-version",
                      "plans of format version \"" + std::string(text) + "\" are not known (" +
                          std::string(kReadVersions) + " are): what is where it was before is judged",
                      version ? tree.span(*version) : core::Span{tree.file, 0, 0});
    if (!object) return false;
  }
  const Node* changes = member(object, "resource_changes");
  const Node* planned = member(object, "planned_values");
  if ((changes && changes->kind != NodeKind::kSequence && changes->kind != NodeKind::kNull) ||
      (planned && planned->kind != NodeKind::kMapping && planned->kind != NodeKind::kNull)) {
    core::add_problem(root.problems, core::ProblemSeverity::kError, "plan-shape",
                      "this is not the JSON of a plan: resource_changes is a list and planned_values an object there",
                      tree.span(changes && changes->kind != NodeKind::kSequence ? *changes : *planned));
    return false;
  }
  if (is_true(member(object, "errored"))) {
    core::add_problem(root.problems, core::ProblemSeverity::kWarning, "plan-errored",
                      "planning ended with an error: this plan is not whole", tree.span(*object));
  }
  Reader(tree, root, spans, *out).run(*object);
  return true;
}

bool read_plan(const InputFile& file, const LoadContext& context, model::Root& root, bool spans, Plan* out) {
  if (file.tree && file.tree->language == syntax::Language::kJson && is_json_plan(*file.tree)) {
    if (!file.tree->accepted) {
      core::add_problem(root.problems, core::ProblemSeverity::kWarning, "plan-damaged",
                        "the plan is not whole: what could be read of it is judged", {file.id, 0, 0});
    }
    return read_json_plan(*file.tree, root, spans, out);
  }
  return read_binary_plan(file.id, context.sources->text(file.id), root, out);
}

}  // namespace assay::formats::terraform
