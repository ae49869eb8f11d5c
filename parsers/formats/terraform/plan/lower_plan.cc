#include "parsers/formats/terraform/plan/lower_plan.h"

#include <algorithm>
#include <set>

#include "parsers/core/limits.h"
#include "parsers/formats/terraform/plan/overlay.h"

namespace assay::formats::terraform {

using model::Entry;
using model::Value;
using syntax::Node;
using syntax::NodeKind;

namespace {

constexpr uint32_t kMaxReferenceSteps = 64;   // through variables and outputs of modules
constexpr size_t kMaxEdgesOfArgument = 1000;

const Node* member(const Node* object, std::string_view name) {
  return object && object->kind == NodeKind::kMapping ? find_pair_value(*object, name) : nullptr;
}

std::span<const Node* const> elements(const Node* node) {
  bool list = node && (node->kind == NodeKind::kSequence || node->kind == NodeKind::kMapping);
  return list ? node->children() : std::span<const Node* const>{};
}

// "a.b[0].c" up to the `parts`-th dot outside brackets.
std::string_view first_parts(std::string_view text, size_t parts) {
  bool quoted = false, bracket = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') quoted = !quoted;
    if (quoted) continue;
    if (text[i] == '[') bracket = true;
    if (text[i] == ']') bracket = false;
    if (text[i] == '.' && !bracket && --parts == 0) return text.substr(0, i);
  }
  return text;
}

class Lowering {
 public:
  Lowering(const Plan& plan, model::Root& root) : plan_(plan), root_(root) {}

  void run() {
    for (const PlannedChange& change : plan_.changes) {
      if (change.exists) add_resource(change);
    }
    const Node* module = member(plan_.configuration, "root_module");
    variables(module, "");
    providers(member(plan_.configuration, "provider_config"));
    calls(module, "", 0);
    outputs(module, "");
    for (const auto& [name, value] : plan_.outputs) root_.outputs.emplace_back(name, value);
    edges();
  }

  void run_rest() {
    std::set<std::string_view> known;
    for (const model::Resource& resource : root_.resources) known.insert(resource.address);
    const PlannedChange* first = nullptr;
    size_t count = 0;
    for (const PlannedChange& change : plan_.changes) {
      if (!change.exists || change.at.data || known.count(change.address)) continue;
      if (count++ == 0) first = &change;
      add_resource(change);
    }
    if (!first) return;
    core::add_problem(root_.problems, core::ProblemSeverity::kNote, "plan-without-source",
                      "the sources at hand do not declare " + first->address +
                          (count > 1 ? " and " + std::to_string(count - 1) + " more resources of the plan" : "") +
                          "; findings about them point at the plan",
                      first->header);
  }

 private:
  // The configuration of a module, by its path without keys.
  const Node* module_config(std::string_view path) {
    const Node* module = member(plan_.configuration, "root_module");
    while (!path.empty() && module) {
      path.remove_prefix(path.substr(0, 7) == "module." ? 7 : 0);
      size_t dot = path.find('.');
      module = member(member(member(module, "module_calls"), path.substr(0, dot)), "module");
      path = dot == std::string_view::npos ? std::string_view{} : path.substr(dot + 1);
    }
    return module;
  }

  const Node* expressions_of(const PlannedChange& change) {
    for (const Node* resource : elements(member(module_config(change.at.module_path), "resources"))) {
      const Node* address = member(resource, "address");
      if (address && address->text == change.at.base) return member(resource, "expressions");
    }
    return nullptr;
  }

  void add_resource(const PlannedChange& change) {
    model::Resource resource;
    BodyFacts facts = provider_facts(change.at.data ? FactKind::kData : FactKind::kResource, change.at.type);
    Value attributes = prune_planned(change.after, facts, root_.arena);
    if (plan_.configuration) {
      // What nobody wrote down and only the provider knows is absent, as it is in the sources.
      const Node* expressions = expressions_of(change);
      std::vector<Entry> entries;
      for (const Entry& entry : attributes.entries()) {
        if (!entry.value.is_unknown()) entries.push_back(entry);
        else if (const Node* given = member(expressions, entry.key)) entries.push_back(with_causes(entry, change, *given));
      }
      Value kept = object_value(entries, root_.arena);
      kept.span = attributes.span;
      attributes = kept;
    }
    resource.address = root_.arena.copy(change.address);
    resource.type = root_.arena.copy(change.at.type);
    resource.name = root_.arena.copy(change.at.name);
    resource.format = "terraform";
    resource.kind = change.at.data ? "data" : "resource";
    resource.module_path = root_.arena.copy(change.at.module_path);
    resource.stable_address = root_.arena.copy(stable(change.at.module_path, change.at.base));
    resource.header = change.header;
    resource.span = change.span;
    attributes.span = change.header;
    resource.attributes = attributes;
    add(std::move(resource));
  }

  // An unknown is named after what it is made of.
  Entry with_causes(Entry entry, const PlannedChange& change, const Node& expression) {
    std::vector<std::string_view> names;
    collect(expression, names, 0);
    std::sort(names.begin(), names.end());
    std::vector<core::Symbol> causes;
    for (size_t i = 0; i < names.size(); ++i) {
      // References come with their prefixes; the longest says it all.
      bool prefix = i + 1 < names.size() && names[i + 1].substr(0, names[i].size()) == names[i];
      if (!prefix && causes.size() < core::kMaxAlternatives) {
        causes.push_back(core::Symbol(change.at.module + std::string(names[i])));
      }
    }
    if (causes.empty()) return entry;
    model::Unknown unknown = entry.value.unknown();
    std::span<const core::Symbol> kept = root_.arena.copy(causes);
    unknown.cause_array = kept.data();
    unknown.cause_count = static_cast<uint32_t>(kept.size());
    Value value = unknown_value(unknown, root_.arena);
    value.span = entry.value.span;
    value.marks = entry.value.marks;
    entry.value = value;
    return entry;
  }

  void add(model::Resource resource) {
    resource.root = &root_;
    resource.index = static_cast<uint32_t>(root_.resources.size());
    if (resource.kind == "resource" || resource.kind == "data") index_.emplace(resource.address, resource.index);
    root_.resources.push_back(std::move(resource));
  }

  static std::string stable(std::string_view module_path, std::string_view rest) {
    std::string out(module_path);
    if (!out.empty()) out += ".";
    return out += rest;
  }

  Value expression_value(const Node& node, uint32_t depth) {
    Value out;
    if (depth > core::kMaxNesting) return out;
    core::Span span{plan_.file, node.begin, node.end};
    if (const Node* constant = member(&node, "constant_value")) {
      if (constant->kind == NodeKind::kString) out = model::string_value(root_.arena.copy(constant->text));
      if (constant->kind == NodeKind::kBool) out = model::bool_value(constant->text == "true");
      if (constant->kind == NodeKind::kNumber) {
        if (auto number = core::Number::parse(constant->text, root_.arena)) out = model::number_value(*number, root_.arena);
      }
      return model::with_span(out, {plan_.file, constant->begin, constant->end});
    }
    if (node.kind == NodeKind::kMapping && !member(&node, "references") && node.child_count > 0) {
      std::vector<Entry> entries;
      for (const Node* pair : node.children()) {
        if (pair->child_count < 2) continue;
        entries.push_back({root_.arena.copy(pair->child(0)->text), {plan_.file, pair->child(0)->begin, pair->child(0)->end},
                           expression_value(*pair->child(1), depth + 1)});
      }
      return model::with_span(object_value(entries, root_.arena), span);
    }
    if (node.kind == NodeKind::kSequence) {
      std::vector<Value> items;
      for (const Node* child : node.children()) items.push_back(expression_value(*child, depth + 1));
      out = list_value(items, root_.arena);
      out.flags |= model::kBlockValue;
      return model::with_span(out, span);
    }
    std::string id = root_.path + "#expression@" + std::to_string(node.begin);
    return model::with_span(model::unknown_input(id, nullptr, root_.arena), span);
  }

  void add_row(std::string_view kind, std::string type, std::string name, std::string address,
               std::string_view module_path, std::string_view view, const Node& at, std::vector<Entry> entries) {
    model::Resource row;
    row.address = root_.arena.copy(address);
    row.stable_address = row.address;
    row.kind = kind;
    row.type = root_.arena.copy(type);
    row.name = root_.arena.copy(name);
    row.format = "terraform";
    row.module_path = root_.arena.copy(module_path);
    row.header = {plan_.file, at.child(0)->begin, at.child(0)->end};
    row.span = {plan_.file, at.begin, at.end};
    row.attributes = model::with_span(object_value(entries, root_.arena), row.header);
    row.views.push_back({core::Symbol(view), row.attributes});
    add(std::move(row));
  }

  void providers(const Node* configs) {
    if (!configs || configs->kind != NodeKind::kMapping) return;
    for (const Node* pair : configs->children()) {
      const Node* expressions = member(pair->child(1), "expressions");
      std::string name(pair->child(0)->text);
      if (!expressions || name.find(':') != std::string::npos) continue;
      Value value = expression_value(*expressions, 0);
      std::vector<Entry> entries(value.entries().begin(), value.entries().end());
      const Node* type = member(pair->child(1), "name");
      add_row("provider", "provider." + std::string(type ? type->text : std::string_view(name)), name,
              "provider." + name, "", "terraform/provider", *pair, std::move(entries));
    }
  }

  void calls(const Node* module, const std::string& path, uint32_t depth) {
    const Node* calls = member(module, "module_calls");
    if (!calls || calls->kind != NodeKind::kMapping || depth > core::kMaxModuleDepth) return;
    for (const Node* pair : calls->children()) {
      std::string name(pair->child(0)->text);
      std::string address = stable(path, "module." + name);
      std::vector<Entry> entries{{"name", {}, model::with_span(model::string_value(root_.arena.copy(name)),
                                                        {plan_.file, pair->child(0)->begin, pair->child(0)->end})}};
      auto copy = [&](std::string_view key, std::string_view from) {
        const Node* node = member(pair->child(1), from);
        if (!node || node->kind != NodeKind::kString) return;
        entries.push_back({key, {}, model::with_span(model::string_value(root_.arena.copy(node->text)),
                                              {plan_.file, node->begin, node->end})});
      };
      copy("source", "source");
      copy("version", "version_constraint");
      add_row("module", "module", name, address, path, "terraform/module", *pair, std::move(entries));
      const Node* inner = member(pair->child(1), "module");
      variables(inner, address);
      this->calls(inner, address, depth + 1);
      outputs(inner, address);
    }
  }

  // A JSON value as it is written.
  Value literal(const Node& node, uint32_t depth) {
    Value out;
    core::Span span{plan_.file, node.begin, node.end};
    if (depth > core::kMaxNesting) return out;
    if (node.kind == NodeKind::kString) out = model::string_value(root_.arena.copy(node.text));
    if (node.kind == NodeKind::kBool) out = model::bool_value(node.text == "true");
    if (node.kind == NodeKind::kNumber) {
      if (auto number = core::Number::parse(node.text, root_.arena)) out = model::number_value(*number, root_.arena);
    }
    if (node.kind == NodeKind::kSequence) {
      std::vector<Value> items;
      for (const Node* child : node.children()) items.push_back(literal(*child, depth + 1));
      out = list_value(items, root_.arena);
    }
    if (node.kind == NodeKind::kMapping) {
      std::vector<Entry> entries;
      for (const Node* pair : node.children()) {
        if (pair->child_count < 2) continue;
        entries.push_back({root_.arena.copy(pair->child(0)->text), {plan_.file, pair->child(0)->begin, pair->child(0)->end},
                           literal(*pair->child(1), depth + 1)});
      }
      out = object_value(entries, root_.arena);
    }
    return model::with_span(out, span);
  }

  std::vector<Entry> declared(const Node& pair, std::initializer_list<std::string_view> names) {
    const Node& key = *pair.child(0);
    std::vector<Entry> entries{{"name", {}, model::with_span(model::string_value(root_.arena.copy(key.text)),
                                                      {plan_.file, key.begin, key.end})}};
    for (std::string_view name : names) {
      const Node* given = member(pair.child(1), name);
      if (given) entries.push_back({name, {plan_.file, given->begin, given->end}, literal(*given, 0)});
    }
    return entries;
  }

  void variables(const Node* module, const std::string& path) {
    for (const Node* pair : elements(member(module, "variables"))) {
      if (pair->child_count < 2) continue;
      std::string name(pair->child(0)->text);
      std::vector<Entry> entries = declared(*pair, {"default", "description", "sensitive"});
      const Node* sensitive = member(pair->child(1), "sensitive");
      for (Entry& entry : entries) {
        bool hidden = sensitive && sensitive->text == "true" && entry.key == "default";
        if (hidden) entry.value.marks |= model::kSensitive;
      }
      add_row("variable", "variable", name, stable(path, "var." + name), path, "terraform/variable", *pair,
              std::move(entries));
    }
  }

  void outputs(const Node* module, const std::string& path) {
    for (const Node* pair : elements(member(module, "outputs"))) {
      if (pair->child_count < 2) continue;
      std::string name(pair->child(0)->text);
      std::vector<Entry> entries = declared(*pair, {"description", "sensitive"});
      const Node* expression = member(pair->child(1), "expression");
      auto planned = std::find_if(plan_.outputs.begin(), plan_.outputs.end(),
                                  [&](const auto& output) { return path.empty() && output.first == name; });
      if (planned != plan_.outputs.end()) entries.push_back({"value", {}, planned->second});
      else if (expression) entries.push_back({"value", {}, expression_value(*expression, 0)});
      add_row("output", "output", name, stable(path, "output." + name), path, "terraform/output", *pair,
              std::move(entries));
    }
  }

  // All references inside an expression of the configuration.
  void collect(const Node& node, std::vector<std::string_view>& out, uint32_t depth) {
    if (depth > core::kMaxNesting || out.size() > kMaxEdgesOfArgument) return;
    if (node.kind == NodeKind::kMapping) {
      for (const Node* pair : node.children()) {
        if (pair->child_count < 2) continue;
        if (pair->child(0)->text != "references") {
          collect(*pair->child(1), out, depth + 1);
          continue;
        }
        for (const Node* reference : elements(pair->child(1))) {
          if (reference->kind == NodeKind::kString) out.push_back(reference->text);
        }
      }
    }
    if (node.kind == NodeKind::kSequence) {
      for (const Node* child : node.children()) collect(*child, out, depth + 1);
    }
  }

  struct Target {
    std::string module;  // "module.a[0]."
    std::string base;    // "aws_x.y"
    std::string key;     // "[0]", "" when the reference names no instance
  };

  // What resources a reference leads to: through variables to the caller, through outputs into the module.
  void resolve(std::string_view reference, const std::string& module, const std::string& path, uint32_t steps,
               std::vector<Target>& out) {
    if (steps > kMaxReferenceSteps || out.size() > kMaxEdgesOfArgument) return;
    std::string_view first = first_parts(reference, 1);
    if (first == "each" || first == "count" || first == "path" || first == "local" || first == "terraform" ||
        first == "self") {
      return;
    }
    if (first == "var") {
      if (path.empty()) return;
      size_t last = path.rfind("module.");
      std::string outer_path = last == 0 ? "" : path.substr(0, last - 1);
      std::string call = path.substr(last + 7);
      size_t cut = module.rfind("module." + call);
      std::string_view name = first_parts(reference, 2).substr(4);
      const Node* argument = member(
          member(member(member(module_config(outer_path), "module_calls"), call), "expressions"), name.substr(0, name.find('[')));
      if (!argument || cut == std::string::npos) return;
      std::vector<std::string_view> names;
      collect(*argument, names, 0);
      for (std::string_view inner : names) resolve(inner, module.substr(0, cut), outer_path, steps + 1, out);
      return;
    }
    if (first == "module") {
      std::string_view two = first_parts(reference, 2);
      std::string_view three = first_parts(reference, 3);
      if (three.size() <= two.size() + 1) return;
      std::string call(two.substr(7, two.find('[') == std::string_view::npos ? two.size() : two.find('[') - 7));
      std::string_view output = three.substr(two.size() + 1);
      std::string inner_path = stable(path, "module." + call);
      const Node* declared = member(member(module_config(inner_path), "outputs"), output.substr(0, output.find('[')));
      auto keys = plan_.module_keys.find(module + "module." + call);
      if (!declared || keys == plan_.module_keys.end()) return;
      std::vector<std::string_view> names;
      collect(*declared, names, 0);
      for (const Value& key : keys->second) {
        for (std::string_view inner : names) {
          resolve(inner, module + "module." + call + key_text(key) + ".", inner_path, steps + 1, out);
        }
      }
      return;
    }
    std::string_view whole = first_parts(reference, first == "data" ? 3 : 2);
    size_t bracket = whole.find('[');
    Target target{module, std::string(whole.substr(0, bracket)),
                  bracket == std::string_view::npos ? "" : std::string(whole.substr(bracket))};
    out.push_back(std::move(target));
  }

  void edges() {
    for (const PlannedChange& change : plan_.changes) {
      const Node* expressions = change.exists ? expressions_of(change) : nullptr;
      auto from = index_.find(change.address);
      if (!expressions || expressions->kind != NodeKind::kMapping || from == index_.end()) continue;
      std::string own_key = key_text(change.at.key);
      for (const Node* pair : expressions->children()) {
        if (pair->child_count < 2) continue;
        std::vector<std::string_view> names;
        collect(*pair->child(1), names, 0);
        std::vector<Target> targets;
        for (std::string_view name : names) resolve(name, change.at.module, change.at.module_path, 0, targets);
        std::set<uint32_t> reached;
        for (const Target& target : targets) {
          auto keys = plan_.keys.find(target.module + target.base);
          if (keys == plan_.keys.end()) continue;
          // An instance is meant: the one named, else the one of the same key, else each may be.
          std::string wanted = target.key.empty() ? own_key : target.key;
          bool one = std::any_of(keys->second.begin(), keys->second.end(),
                                 [&](const Value& key) { return key_text(key) == wanted; });
          for (const Value& key : keys->second) {
            if (one && key_text(key) != wanted) continue;
            auto to = index_.find(target.module + target.base + key_text(key));
            if (to != index_.end() && to->second != from->second) reached.insert(to->second);
          }
        }
        for (uint32_t to : reached) {
          model::Edge edge;
          edge.from = from->second;
          edge.to = to;
          edge.path = root_.arena.copy(pair->child(0)->text);
          root_.edges.push_back(edge);
        }
      }
    }
  }

  const Plan& plan_;
  model::Root& root_;
  std::map<std::string, uint32_t, std::less<>> index_;  // of resources, by address
};

}  // namespace

void lower_plan(const Plan& plan, model::Root& root) { Lowering(plan, root).run(); }

void lower_rest(const Plan& plan, model::Root& root) { Lowering(plan, root).run_rest(); }

void add_change_views(const Plan& plan, model::Root& root) {
  std::map<std::string_view, model::Resource*> rows;
  for (model::Resource& resource : root.resources) {
    if (resource.kind == "resource") rows.emplace(resource.address, &resource);
  }
  for (const PlannedChange& change : plan.changes) {
    if (change.at.data) continue;
    std::vector<Value> actions;
    for (std::string_view action : change.actions) actions.push_back(model::string_value(action));
    auto known = rows.find(change.address);
    model::Resource* row = change.exists && known != rows.end() ? known->second : nullptr;
    Value after = row ? row->attributes : change.after;
    Entry entries[] = {{"address", {}, model::string_value(root.arena.copy(change.address))},
                       {"type", {}, model::string_value(root.arena.copy(change.at.type))},
                       {"name", {}, model::string_value(root.arena.copy(change.at.name))},
                       {"actions", {}, list_value(actions, root.arena)},
                       {"before", {}, change.before},
                       {"after", {}, after}};
    if (!row) {
      if (change.exists) continue;
      model::Resource gone;
      gone.address = root.arena.copy(change.address);
      gone.stable_address = root.arena.copy((change.at.module_path.empty() ? "" : change.at.module_path + ".") + change.at.base);
      gone.type = "change";
      gone.kind = "change";
      gone.name = root.arena.copy(change.at.name);
      gone.format = "terraform";
      gone.module_path = root.arena.copy(change.at.module_path);
      gone.header = change.header;
      gone.span = change.span;
      gone.root = &root;
      gone.index = static_cast<uint32_t>(root.resources.size());
      root.resources.push_back(std::move(gone));
      row = &root.resources.back();
      row->attributes = model::with_span(object_value(entries, root.arena), row->header);
    }
    row->views.push_back({core::Symbol("terraform/change"), model::with_span(object_value(entries, root.arena), row->header)});
  }
}

}  // namespace assay::formats::terraform
