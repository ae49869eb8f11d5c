#include <algorithm>

#include "parsers/core/limits.h"
#include "parsers/core/text.h"
#include "parsers/formats/terraform/evaluator.h"
#include "parsers/formats/terraform/suggestion.h"

namespace assay::formats::terraform {

using model::Alternative;
using model::Entry;
using model::Guard;
using model::kAlways;
using model::kNever;
using model::Value;
using model::ValueKind;
using syntax::Node;
using syntax::NodeKind;

namespace {

const Binding* find_binding(const Scope& scope, std::string_view name) {
  for (const Binding* at = scope.bindings; at; at = at->outer) {
    if (at->name == name) return at;
  }
  return nullptr;
}

bool is_free(const Node& node, const Scope& scope) {
  return node.kind == NodeKind::kVariable && !find_binding(scope, node.text);
}

}  // namespace

// A chain of steps from a root name; the whole chain is one hop of the value's origin.
Value Evaluator::traversal(const Node& node, const Scope& scope) {
  Value value = step(node, scope);
  if (is_error(value)) return value;
  core::Span span = span_of(node, scope);
  if (span.valid()) {
    value.origin = make_origin(model::OriginKind::kReference, span, source_text(node, scope), value);
    value.span = span;
  }
  value.guard = kAlways;
  return value;
}

Value Evaluator::step(const Node& node, const Scope& scope) {
  core::Span span = span_of(node, scope);
  if (node.kind == NodeKind::kVariable) {
    if (const Binding* bound = find_binding(scope, node.text)) return bound->value;
    if (scope.template_only) {
      return fail("the template uses \"" + std::string(node.text) + "\", which is not among its variables", span);
    }
    // "True" is what Python writes: refused, but meant beyond doubt.
    for (std::string_view word : {"true", "false"}) {
      if (attempts_ > 0 || !core::equals_ignoring_case(node.text, word)) continue;
      problem(core::ProblemSeverity::kWarning, "terraform-evaluation",
              "\"" + std::string(node.text) + "\" is not a reference; write " + std::string(word), span);
      return model::bool_value(word == "true");
    }
    return fail("\"" + std::string(node.text) + "\" alone is not a reference", span);
  }
  if (node.kind == NodeKind::kIndex) {
    Value collection = step(*node.child(0), scope);
    if (is_error(collection)) return collection;
    Value key = evaluate(*node.child(1), scope);
    return map_pair(collection, key, root_.guards, root_.arena, [&](const Value& a, const Value& b) {
      return with_marks(index_of(a, b, span), a.marks | b.marks);
    });
  }
  if (node.kind != NodeKind::kGetAttr) return evaluate(node, scope);

  const Node& base = *node.child(0);
  if (is_free(base, scope) && !scope.template_only) {
    bool handled = true;
    Value value = root_reference(base.text, node.text, node, scope, &handled);
    if (handled) return value;
  }
  if (base.kind == NodeKind::kGetAttr && is_free(*base.child(0), scope) && scope.module) {
    std::string_view space = base.child(0)->text;
    if (space == "data") return resource_value(*scope.module, Declaration::Kind::kData, base.text, node.text, span);
    if (space == "ephemeral") {
      return resource_value(*scope.module, Declaration::Kind::kEphemeral, base.text, node.text, span);
    }
    if (space == "resource") {
      return resource_value(*scope.module, Declaration::Kind::kResource, base.text, node.text, span);
    }
    if (space == "module") {
      return module_output(*scope.module, base.text, nullptr, node.text, span, scope);
    }
  }
  // module.x[key].output asks for one output only.
  if (base.kind == NodeKind::kIndex && scope.module) {
    const Node& call = *base.child(0);
    if (call.kind == NodeKind::kGetAttr && is_free(*call.child(0), scope) &&
        call.child(0)->text == "module") {
      return module_output(*scope.module, call.text, base.child(1), node.text, span, scope);
    }
  }
  Value object = step(base, scope);
  return map_one(object, root_.guards, root_.arena, [&](const Value& known) {
    return with_marks(attribute_of(known, node.text, span), known.marks);
  });
}

Value Evaluator::root_reference(std::string_view space, std::string_view name, const Node& node,
                                const Scope& scope, bool* handled) {
  core::Span span = span_of(node, scope);
  if (space == "terraform" && name == "workspace") return workspace();
  if (!scope.module) return fail("references are not allowed here", span);
  ModuleInstance& module = *scope.module;
  if (space == "var") return variable(module, name, span);
  if (space == "local") return local(module, name, span);
  if (space == "each") {
    varies_ = true;
    const Value* value = name == "key" ? scope.each_key : name == "value" ? scope.each_value : nullptr;
    return value ? *value : fail("\"each." + std::string(name) + "\" needs a for_each in this block", span);
  }
  if (space == "count") {
    varies_ = true;
    if (name == "index" && scope.count_index) return *scope.count_index;
    return fail("\"count." + std::string(name) + "\" needs a count in this block", span);
  }
  if (space == "self") {
    varies_ = true;
    if (scope.self) return attribute_of(*scope.self, name, span);
    return fail("\"self\" is known only in provisioners, connections and postconditions", span);
  }
  if (space == "path") {
    if (name == "cwd") return unknown_named(id_prefix_ + "path.cwd", model::string_type(), true);
    if (name == "root") return model::string_value(".");
    if (name != "module") return fail("there is path.module, path.root and path.cwd", span);
    if (!module.parent) return model::string_value(".");
    // As Terraform writes it: from the root module's directory.
    const std::string& from = directory_;
    const std::string& to = module.source->directory();
    std::vector<std::string_view> a, b;
    for (auto* out : {&a, &b}) {
      std::string_view rest = out == &a ? std::string_view(from) : std::string_view(to);
      while (!rest.empty()) {
        size_t slash = rest.find('/');
        out->push_back(rest.substr(0, slash));
        rest = slash == std::string_view::npos ? std::string_view{} : rest.substr(slash + 1);
      }
    }
    size_t common = 0;
    while (common < a.size() && common < b.size() && a[common] == b[common]) ++common;
    std::string text;
    for (size_t i = common; i < a.size(); ++i) text += text.empty() ? ".." : "/..";
    for (size_t i = common; i < b.size(); ++i) {
      if (!text.empty()) text += '/';
      text += b[i];
    }
    return model::string_value(text.empty() ? std::string_view(".") : root_.arena.copy(text));
  }
  if (space == "module") return module_value(module, name, span);
  if (space == "data" || space == "resource" || space == "ephemeral" || space == "terraform") {
    if (space != "terraform") {
      *handled = true;
      return fail("a reference to " + std::string(space) + " needs a type, a name and an attribute", span);
    }
    return unknown_named(id_prefix_ + "terraform." + std::string(name));
  }
  *handled = true;
  return resource_value(module, Declaration::Kind::kResource, space, name, span);
}

Value Evaluator::variable(ModuleInstance& module, std::string_view name, core::Span span) {
  int index = module.source->find_variable(name);
  if (index < 0) {
    return fail("there is no variable \"" + std::string(name) + "\" in this module" +
                    suggestion(name, module.source->variable_names()),
                span);
  }
  const Declaration& declaration = module.source->variables()[index];
  Thunk& thunk = module.variables[index];
  Value out;
  if (!start(thunk, module, "var.", declaration.name, span, &out)) return out;
  Value value = compute_variable(module, static_cast<size_t>(index));
  if (plan_ && !module.parent) value = planned_variable(declaration, value);
  out = finish(thunk, value, declaration.block.header());
  if (declaration.first_block("validation")) check_validations(module, static_cast<size_t>(index));
  return out;
}

Value Evaluator::local(ModuleInstance& module, std::string_view name, core::Span span) {
  int index = module.source->find_local(name);
  if (index < 0) {
    return fail("there is no local value \"" + std::string(name) + "\" in this module" +
                    suggestion(name, module.source->local_names()),
                span);
  }
  const Item& item = module.source->locals()[index];
  Thunk& thunk = module.locals[index];
  Value out;
  if (!start(thunk, module, kLocalPrefix, item.name(), span, &out)) return out;
  Value value = evaluate(item.expression(), item_scope(module_scope(module), item));
  return finish(thunk, value, item.span());
}

Value Evaluator::output(ModuleInstance& module, size_t index) {
  const Declaration& declaration = module.source->outputs()[index];
  Thunk& thunk = module.outputs[index];
  Value out;
  if (!start(thunk, module, "output.", declaration.name, declaration.block.header(), &out)) return out;
  const Item* value = declaration.attribute("value");
  Value computed = value ? evaluate(value->expression(), item_scope(module_scope(module), *value))
                         : model::null_value();
  const Item* sensitive = declaration.attribute("sensitive");
  if (sensitive && sensitive->expression().kind == NodeKind::kBool &&
      sensitive->expression().text == "true") {
    computed = with_marks(computed, model::kSensitive);
  }
  return finish(thunk, computed, declaration.block.header());
}

Value Evaluator::outputs_object(ModuleInstance& module) {
  core::SmallVector<Entry, 8> entries;
  for (size_t i = 0; i < module.source->outputs().size(); ++i) {
    entries.push_back({root_.arena.copy(module.source->outputs()[i].name), {}, output(module, i)});
  }
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.key < b.key; });
  return bounded(object_value(entries, root_.arena), module.call ? module.call->block.header() : core::Span{});
}

Value Evaluator::bounded(const Value& value, core::Span span) {
  if (!sizes_.too_large(value)) return value;
  problem(core::ProblemSeverity::kWarning, "limit-evaluation",
          "this value has too many parts; it is treated as unknown", span);
  return with_span(derived_unknown("", nullptr, {}, root_.guards, root_.arena), span);
}

// What a reference to a resource or module gives, by the shape of its instances.
Value Evaluator::set_value(const InstanceSet& set, const ModuleInstance& module, std::string_view name,
                           std::span<const Value> parts, core::Span span) {
  if (set.shape == InstanceSet::Shape::kUnknown) {
    model::Unknown unknown = unknown_facts_of(id_in(module, name), nullptr, true);
    unknown.structure = root_.arena.make<Value>(list_value(parts, root_.arena, ValueKind::kTuple));
    return unknown_value(unknown, root_.arena);
  }
  if (set.shape == InstanceSet::Shape::kSingle) {
    return parts.empty() ? model::null_value() : parts[0];
  }
  bool counted = set.shape == InstanceSet::Shape::kCount;
  if (counted && set.worlds.empty()) return bounded(list_value(parts, root_.arena, ValueKind::kTuple), span);
  auto object_of = [&](Guard world, auto&& slots) {
    core::SmallVector<Entry, 8> entries;
    for (uint32_t slot : slots) {
      // Within its world an instance exists unless its own entry was guarded.
      Guard guard = root_.guards.assuming(set.slots.data[slot].exists, world);
      entries.push_back({set.slots.data[slot].key.text(), {}, with_guard(parts[slot], guard)});
    }
    return bounded(object_value(entries, root_.arena), span);
  };
  if (set.worlds.empty()) {
    std::vector<uint32_t> all(set.slots.size);
    for (uint32_t i = 0; i < set.slots.size; ++i) all[i] = i;
    return object_of(kAlways, all);
  }
  std::vector<Alternative> worlds;
  for (const InstanceSet::World& world : set.worlds) {
    if (!counted) {
      worlds.push_back({world.guard, object_of(world.guard, world.slots)});
      continue;
    }
    core::SmallVector<Value, 8> items;
    for (uint32_t slot : world.slots) items.push_back(parts[slot]);
    worlds.push_back({world.guard, bounded(list_value(items, root_.arena, ValueKind::kTuple), span)});
  }
  return choose(worlds, root_.guards, root_.arena);
}

Value Evaluator::module_value(ModuleInstance& module, std::string_view name, core::Span span) {
  int index = module.source->find_call(name);
  if (index < 0) return fail("there is no module \"" + std::string(name) + "\" here", span);
  ModuleNode& node = module_node(module, static_cast<size_t>(index));
  auto id = [&] { return id_in(module, "module." + std::string(name)); };
  if (node.state != Thunk::State::kDone) return unknown_named(id());
  if (!node.source) return unknown_named(id(), nullptr, true);
  Value out;
  if (!start(node.reference, module, "module.", node.declaration->name, span, &out)) return out;
  core::SmallVector<Value, 4> parts;
  for (auto& instance : node.instances) parts.push_back(outputs_object(*instance));
  return finish(node.reference, set_value(node.set, module, "module." + std::string(name), parts, span), span);
}

Value Evaluator::module_output(ModuleInstance& module, std::string_view name, const Node* key,
                               std::string_view output_name, core::Span span, const Scope& scope) {
  auto generic = [&]() -> Value {
    Value whole = module_value(module, name, span);
    if (key) {
      Value index = evaluate(*key, scope);
      whole = map_pair(whole, index, root_.guards, root_.arena,
                       [&](const Value& a, const Value& b) { return index_of(a, b, span); });
    }
    return map_one(whole, root_.guards, root_.arena, [&](const Value& known) {
      return with_marks(attribute_of(known, output_name, span), known.marks);
    });
  };
  int index = module.source->find_call(name);
  if (index < 0) return generic();
  ModuleNode& node = module_node(module, static_cast<size_t>(index));
  if (node.state != Thunk::State::kDone || !node.source) return generic();
  ModuleInstance* chosen = nullptr;
  if (!key && node.set.shape == InstanceSet::Shape::kSingle) {
    chosen = node.instances[0].get();
  } else if (key && node.set.worlds.size() <= 1 && node.set.shape != InstanceSet::Shape::kUnknown) {
    Value wanted = evaluate(*key, scope);
    if (wanted.is_primitive()) {
      for (size_t i = 0; i < node.instances.size(); ++i) {
        const Value& slot = node.set.slots.data[i].key;
        if (node.set.slots.data[i].exists == kAlways && primitive_text(slot) == primitive_text(wanted)) {
          chosen = node.instances[i].get();
        }
      }
    }
  }
  if (!chosen) return generic();
  int found = node.source->find_output(output_name);
  if (found < 0) {
    return fail("module \"" + std::string(name) + "\" has no output \"" + std::string(output_name) + "\"", span);
  }
  return output(*chosen, static_cast<size_t>(found));
}

Value Evaluator::resource_value(ModuleInstance& module, Declaration::Kind kind, std::string_view type,
                                std::string_view name, core::Span span) {
  int index = module.source->find_resource(kind, type, name);
  if (index < 0) {
    bool is_data = kind == Declaration::Kind::kData;
    std::string full = std::string(type) + "." + std::string(name);
    std::string message = std::string("there is no ") + (is_data ? "data source" : "resource") + " \"" + full + "\" in this module";
    if (attempts_ > 0) return fail(message, span);
    // Said here, and unknown: what stands beside the reference is still worth knowing.
    problem(core::ProblemSeverity::kWarning, "terraform-evaluation", std::move(message), span);
    Value out = unknown_named(id_in(module, (is_data ? "data." : "") + full), nullptr, true);
    undeclared_.insert(out.unknown().id.id());
    return out;
  }
  ResourceNode& node = resource_node(module, static_cast<size_t>(index));
  if (node.state != Thunk::State::kDone) {
    varies_ = true;
    report_cycle(&node, module, "", node.name, span);
    return unknown_named(id_in(module, node.name));
  }
  Value out;
  if (!start(node.reference, module, "", node.name, span, &out)) return out;
  core::SmallVector<Value, 4> parts;
  parts.reserve(node.instances.size());
  for (Instance& instance : node.instances) parts.push_back(partial_object(instance));
  return finish(node.reference, set_value(node.set, module, node.name, parts, span), span);
}

}  // namespace assay::formats::terraform
