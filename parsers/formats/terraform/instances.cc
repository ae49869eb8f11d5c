#include <algorithm>

#include "parsers/core/limits.h"
#include "parsers/formats/terraform/evaluator.h"

namespace assay::formats::terraform {

using model::Alternative;
using model::Entry;
using model::Guard;
using model::kAlways;
using model::kNever;
using model::Value;

namespace {

// All instances of a root together; blocks beyond it get one representative each.
constexpr uint32_t kMaxInstancesOfRoot = 30000;
// What an instance of a module costs before anything in it is evaluated: of the module, and of each of its parts.
constexpr uint64_t kStepsOfModule = 100;
constexpr uint64_t kStepsOfPart = 10;

uint64_t steps_of(const Module& module) {
  size_t parts = module.variables().size() + module.locals().size() + module.outputs().size() +
                 module.resources().size() + module.calls().size() + module.providers().size();
  return kStepsOfModule + kStepsOfPart * parts;
}

void append_key(const Value& key, std::string& out) {
  if (key.is_string()) out.append(1, '[').append(literal_text(key)).append(1, ']');
  else if (key.is_number()) out.append(1, '[').append(literal_text(key)).append(1, ']');
  else out += "[*]";
}

}  // namespace

// `name` is the block's in its module ("aws_x.y"), for what is unknown about its instances.
void Evaluator::expand(const Declaration& declaration, ModuleInstance& module, std::string_view name,
                       InstanceSet& set, uint32_t most) {
  const Item* count = declaration.count;
  const Item* for_each = declaration.for_each;
  const Item* at = count ? count : for_each;
  if (!at) {
    InstanceSet::Slot only;
    // OpenTofu: lifecycle { enabled = ... }.
    if (const Item* lifecycle = declaration.first_block("lifecycle"); lifecycle && lifecycle->body()) {
      for (const syntax::Node* child : lifecycle->body()->children()) {
        if (child->kind != syntax::NodeKind::kAttribute || child->text != "enabled") continue;
        Scope inner = item_scope(module_scope(module), *lifecycle);
        Value enabled = settled(*child->child(0), inner, id_in(module, name) + ".enabled");
        only.exists = condition_of(enabled, span_of(*child, inner)).holds;
      }
    }
    if (only.exists != kNever) set.slots.push(only, work_);
    return;
  }
  if (count && for_each) {
    problem(core::ProblemSeverity::kWarning, "terraform-count-and-for-each",
            "a block has either count or for_each; for_each is ignored here", for_each->header(),
            count->header());
  }
  std::string id = id_in(module, name);
  auto* saved = references_;
  auto* invariants = invariants_;
  references_ = nullptr;
  invariants_ = nullptr;
  Value value = settled(at->expression(), item_scope(module_scope(module), *at), id + (count ? ".count" : ".for_each"));
  references_ = saved;
  invariants_ = invariants;
  if (count) expand_count(value, *at, id, set, most);
  else expand_for_each(value, *at, id, set, most);
}

void Evaluator::expand_count(const Value& count, const Item& at, const std::string& id, InstanceSet& set,
                             uint32_t most) {
  set.shape = InstanceSet::Shape::kCount;
  model::Guards& guards = root_.guards;
  Guard possible = kNever;  // of unknown counts: that there is an instance
  bool unknown = false;
  std::vector<std::pair<Guard, uint32_t>> sizes;
  auto add = [&](Guard guard, const Value& given) {
    Value number = to_type(given, model::number_type(), at.span());
    if (number.is_unknown() && !is_error(number)) {
      unknown = true;
      const model::Unknown& info = number.unknown();
      if (info.minimum && info.minimum->sign() > 0) {
        possible = guards.either(possible, guard);
        return;
      }
      std::string subject(info.id.empty() ? id + ".count" : std::string(info.id.text()));
      Guard none = guards.atom(subject, model::Relation::kAtMost, "0", info.causes());
      possible = guards.either(possible, guards.both(guard, guards.negate(none)));
      return;
    }
    auto whole = number.is_number() ? number.number().to_int64() : std::nullopt;
    if (!whole || *whole < 0) {
      problem(core::ProblemSeverity::kWarning, "terraform-evaluation",
              "count must be a whole number from 0 on; the block is analysed as if it were unknown", at.span());
      unknown = true;
      Guard some = guards.atom(id + ".count", model::Relation::kTrue, "", {});
      possible = guards.either(possible, guards.both(guard, some));
      return;
    }
    if (*whole > most || instance_count_ + *whole > kMaxInstancesOfRoot) {
      problem(core::ProblemSeverity::kWarning, "limit-instances",
              "more than " + std::to_string(most) +
                  " instances; one of them is analysed for all",
              at.span());
      unknown = true;
      possible = guards.either(possible, guard);
      return;
    }
    sizes.emplace_back(guard, static_cast<uint32_t>(*whole));
  };
  if (count.is_alternatives()) {
    for (const Alternative& alternative : count.alternatives()) add(alternative.guard, alternative.value);
  } else {
    add(kAlways, count);
  }
  if (unknown) {
    for (const auto& [guard, size] : sizes) {
      if (size > 0) possible = guards.either(possible, guard);
    }
    set.shape = InstanceSet::Shape::kUnknown;
    InstanceSet::Slot slot;
    model::Unknown index = unknown_named(id + ".count.index", model::number_type(), true).unknown();
    index.minimum = root_.arena.make<core::Number>(core::Number(0));
    slot.key = unknown_value(index, root_.arena);
    slot.exists = possible;
    set.slots.push(slot, work_);
    return;
  }
  uint32_t largest = 0;
  for (const auto& [guard, size] : sizes) largest = std::max(largest, size);
  for (uint32_t i = 0; i < largest; ++i) {
    InstanceSet::Slot slot;
    slot.key = model::int_value(i);
    slot.exists = kNever;
    for (const auto& [guard, size] : sizes) {
      if (size > i) slot.exists = guards.either(slot.exists, guard);
    }
    set.slots.push(slot, work_);
  }
  instance_count_ += largest;
  if (sizes.size() == 1 && sizes[0].first == kAlways) return;
  for (const auto& [guard, size] : sizes) {
    InstanceSet::World world;
    world.guard = guard;
    for (uint32_t i = 0; i < size; ++i) world.slots.push_back(i);
    set.worlds.push_back(std::move(world));
  }
}

// The slots of a collection all of whose parts are there for certain: most are. False: it is not such a one.
bool Evaluator::add_slots(const Value& collection, uint8_t marks, InstanceSet& set) {
  struct Part {
    std::string_view key;
    const Value* value;
  };
  core::SmallVector<Part, 16> parts;
  parts.reserve(collection.size);
  if (collection.is_mapping()) {
    for (const Entry& entry : collection.entries()) {
      if (entry.value.guard != kAlways) return false;
      parts.push_back({entry.key, &entry.value});
    }
  } else {
    for (const Value& item : collection.items()) {
      if (item.guard != kAlways) return false;
      parts.push_back({item.is_string() ? item.text() : root_.arena.copy(primitive_text(item)), &item});
    }
  }
  std::stable_sort(parts.begin(), parts.end(), [](const Part& a, const Part& b) { return a.key < b.key; });
  for (const Part& part : parts) {
    if (set.slots.size > 0 && set.slots.data[set.slots.size - 1].key.text() == part.key) continue;  // repeated
    InstanceSet::Slot slot;
    slot.key = with_span(model::string_value(part.key), part.value->span);
    slot.value = with_marks(*part.value, marks | collection.marks);
    set.slots.push(slot, work_);
  }
  return true;
}

void Evaluator::expand_for_each(const Value& value, const Item& at, const std::string& id, InstanceSet& set,
                                uint32_t most) {
  set.shape = InstanceSet::Shape::kForEach;
  model::Guards& guards = root_.guards;
  Guard possible = kNever;
  bool unknown = false;
  Value representative;
  std::map<std::string_view, std::vector<Alternative>> keys;  // of known collections
  std::vector<std::pair<Guard, std::vector<std::string_view>>> worlds;
  uint8_t marks = value.marks;
  auto represent = [&](Guard guard, const Value& of) {
    unknown = true;
    representative = of;
    Guard empty = of.is_unknown() ? empty_guard(of, id + ".for_each") : of.size == 0 ? kAlways : kNever;
    possible = guards.either(possible, guards.both(guard, guards.negate(empty)));
  };
  auto add = [&](Guard guard, const Value& collection) {
    if (collection.is_unknown()) return represent(guard, collection);
    bool sequence = collection.is_sequence();
    if (!sequence && !collection.is_mapping()) {
      problem(core::ProblemSeverity::kWarning, "terraform-evaluation",
              "for_each must be a map or a set of strings", at.span());
      return represent(guard, unknown_named(id + ".for_each"));
    }
    if (collection.size > most || instance_count_ + collection.size > kMaxInstancesOfRoot) {
      problem(core::ProblemSeverity::kWarning, "limit-instances",
              "more than " + std::to_string(most) +
                  " instances; one of them is analysed for all",
              at.span());
      return represent(guard, collection);
    }
    if (sequence) {
      if (collection.kind != model::ValueKind::kSet && collection.size > 0) {
        problem(core::ProblemSeverity::kNote, "terraform-for-each-list",
                "for_each takes a map or a set of strings; write toset(...) around the list", at.span());
      }
      for (const Value& item : collection.items()) {
        if (!item.is_primitive()) return represent(guard, collection);
      }
    }
    if (!value.is_alternatives() && add_slots(collection, marks, set)) return;
    std::vector<std::string_view> present;
    auto insert = [&](std::string_view key, const Value& element) {
      Guard both = guards.both(guard, element.guard);
      if (both == kNever) return;
      Value plain = with_marks(with_guard(element, kAlways), collection.marks);
      std::vector<Alternative>& parts = keys[key];
      for (const Alternative& part : parts) {
        if (!guards.disjoint(part.guard, both)) return;  // a repeated element of a list
      }
      parts.push_back({both, plain});
      present.push_back(key);
    };
    if (sequence) {
      for (const Value& item : collection.items()) {
        insert(item.is_string() ? item.text() : root_.arena.copy(primitive_text(item)), item);
      }
    } else {
      for (const Entry& entry : collection.entries()) insert(entry.key, entry.value);
    }
    std::sort(present.begin(), present.end());
    worlds.emplace_back(guard, std::move(present));
  };
  if (value.is_alternatives()) {
    for (const Alternative& alternative : value.alternatives()) add(alternative.guard, alternative.value);
  } else {
    add(kAlways, value);
  }
  if (set.slots.size > 0 && !unknown) {
    instance_count_ += set.slots.size;
    return;
  }
  if (unknown) {
    for (const auto& [guard, names] : worlds) {
      if (!names.empty()) possible = guards.either(possible, guard);
    }
    set.shape = InstanceSet::Shape::kUnknown;
    InstanceSet::Slot slot;
    Value from[] = {representative};
    std::string base = representative.is_unknown() && !representative.unknown().id.empty()
                           ? std::string(representative.unknown().id.text())
                           : id + ".for_each";
    Value key = derived_unknown(id + ".each.key", model::string_type(), from, guards, root_.arena);
    model::Unknown named = key.unknown();
    named.not_null = true;
    slot.key = unknown_value(named, root_.arena);
    const model::Type* element = nullptr;
    if (representative.is_unknown() && representative.unknown().type &&
        representative.unknown().type->is_collection()) {
      element = representative.unknown().type->element;
      if (element && element->kind == model::TypeKind::kDynamic) element = nullptr;
    }
    bool set_of_keys = representative.is_unknown() && representative.unknown().type &&
                       representative.unknown().type->kind == model::TypeKind::kSet;
    slot.value = set_of_keys ? slot.key
                             : with_marks(derived_unknown(base + "[" + id.substr(id.find('#') + 1) + ".each.key]",
                                                          element, from, guards, root_.arena),
                                          marks);
    slot.exists = possible;
    set.slots.push(slot, work_);
    return;
  }
  std::map<std::string_view, uint32_t> places;
  for (auto& [key, parts] : keys) {
    InstanceSet::Slot slot;
    const Value& first = parts[0].value;
    slot.key = with_span(model::string_value(key), first.span);
    slot.key.origin = nullptr;
    slot.exists = kNever;
    for (const Alternative& part : parts) slot.exists = guards.either(slot.exists, part.guard);
    if (parts.size() == 1) {
      slot.value = first;
    } else {
      std::vector<Alternative> complete;
      Guard rest = kAlways;
      for (size_t i = 0; i < parts.size(); ++i) {
        Guard guard = i + 1 == parts.size() ? rest : parts[i].guard;
        add_guarded(complete, guard, parts[i].value, guards);
        rest = guards.both(rest, guards.negate(parts[i].guard));
      }
      slot.value = choose(complete, guards, root_.arena);
    }
    slot.value.marks |= marks;
    places[key] = static_cast<uint32_t>(set.slots.size);
    set.slots.push(slot, work_);
  }
  instance_count_ += set.slots.size;
  if (worlds.size() == 1 && worlds[0].first == kAlways) return;
  for (const auto& [guard, names] : worlds) {
    InstanceSet::World world;
    world.guard = guard;
    for (std::string_view name : names) world.slots.push_back(places[name]);
    set.worlds.push_back(std::move(world));
  }
}

ResourceNode& Evaluator::resource_node(ModuleInstance& module, size_t index) {
  ResourceNode& node = module.resources[index];
  if (node.state != Thunk::State::kNew) return node;
  const Declaration& declaration = module.source->resources()[index];
  node.declaration = &declaration;
  node.state = Thunk::State::kRunning;
  std::string& name = spelling_;
  name = declaration.kind == Declaration::Kind::kData        ? "data."
         : declaration.kind == Declaration::Kind::kEphemeral ? "ephemeral."
                                                             : "";
  name.append(declaration.type).append(1, '.').append(declaration.name);
  node.name = root_.arena.copy(name);
  running_.push_back({reinterpret_cast<const Thunk*>(&node), &module, "", node.name, references_, varies_, nullptr});
  expand(declaration, module, node.name, node.set);
  if (plan_) planned_instances(declaration, module, node.name, node.set);
  running_.pop_back();
  uint32_t count = node.set.slots.size;
  Instance* instances = work_.make_array<Instance>(count);
  node.instances = {instances, count};
  bool single = node.set.shape == InstanceSet::Shape::kSingle;
  bool unknown = node.set.shape == InstanceSet::Shape::kUnknown;
  for (uint32_t i = 0; i < count; ++i) {
    Instance& instance = *new (instances + i) Instance;
    instance.node = &node;
    instance.module = &module;
    instance.slot = node.set.slots.data + i;
    instance.exists = root_.guards.both(module.exists, instance.slot->exists);
    if (assumptions_ != kAlways) instance.exists = root_.guards.assuming(instance.exists, assumptions_);
    instance.representative = module.representative || unknown;
    if (single && module.prefix.empty()) {
      instance.address = node.name;
    } else {
      spelling_.assign(module.prefix).append(node.name);
      if (!single) append_key(instance.slot->key, spelling_);
      instance.address = root_.arena.copy(spelling_);
    }
    // Computed attributes of data sources are called after it.
    if (declaration.kind == Declaration::Kind::kData) id_of(instance);
  }
  if (count > 1) {
    SharedItem* shared = work_.make_array<SharedItem>(declaration.items.size());
    for (size_t i = 0; i < declaration.items.size(); ++i) new (shared + i) SharedItem;
    node.shared = {shared, declaration.items.size()};
  }
  node.state = Thunk::State::kDone;
  return node;
}

core::Symbol Evaluator::id_of(Instance& instance) {
  if (!instance.id.empty()) return instance.id;
  std::string id;
  id.reserve(id_prefix_.size() + instance.address.size());
  id.append(id_prefix_).append(instance.address);
  instance.id = core::Symbol(id);
  instance_by_id_.emplace(instance.id, &instance);
  return instance.id;
}

ModuleNode& Evaluator::module_node(ModuleInstance& module, size_t index) {
  ModuleNode& node = module.calls[index];
  if (node.state != Thunk::State::kNew) return node;
  const Declaration& call = module.source->calls()[index];
  node.declaration = &call;
  node.state = Thunk::State::kRunning;
  std::string name = "module." + std::string(call.name);
  std::string_view source = local_source(call);
  std::string computed;
  if (const Item* at = call.attribute("source"); source.empty() && at && literal_string(at->expression()).empty()) {
    // OpenTofu: made of variables and locals.
    Value value = evaluate(at->expression(), item_scope(module_scope(module), *at));
    if (value.is_string() && is_local_source(value.text())) source = computed = std::string(value.text());
  }
  if (!source.empty()) node.source = module_at(join_path(module.source->directory(), source));
  if (!node.source) {
    // Fetched by `terraform init`: its manifest names calls by the names on the way to them.
    std::string key;
    for (const ModuleInstance* above = &module; above->parent; above = above->parent) {
      key = std::string(above->call->name) + "." + key;
    }
    if (auto known = installed_.find(key + std::string(call.name)); known != installed_.end()) {
      node.source = module_at(known->second);
    }
  }
  if (!node.source) {
    const Item* at = call.attribute("source");
    std::string where = at ? std::string(literal_string(at->expression())) : std::string();
    problem(source.empty() ? core::ProblemSeverity::kNote : core::ProblemSeverity::kWarning,
            "terraform-module-unavailable",
            where.empty() ? "the source of " + name + " is not a literal; its outputs are unknown"
                          : "module source \"" + where + "\" is not available offline; the outputs of " +
                                name + " are unknown",
            at ? at->span() : call.block.header());
    node.state = Thunk::State::kDone;
    return node;
  }
  check_arguments(call, *node.source);
  for (const ModuleInstance* above = &module; above; above = above->parent) {
    if (above->source != node.source && module.depth < core::kMaxModuleDepth) continue;
    problem(core::ProblemSeverity::kError, "terraform-cycle",
            "module \"" + std::string(call.name) + "\" calls a module that it is part of; its outputs are unknown",
            call.block.header());
    node.source = nullptr;
    node.state = Thunk::State::kDone;
    return node;
  }
  // A module costs time and memory even where nothing in it is evaluated. Where there is no room for all of
  // its instances, one is analysed for them.
  uint64_t cost = steps_of(*node.source);
  uint64_t room = (core::kMaxEvaluationSteps - std::min(steps_, core::kMaxEvaluationSteps)) / 2;
  uint32_t most = static_cast<uint32_t>(std::min<uint64_t>(core::kMaxInstances, room / cost));
  expand(call, module, name, node.set, most);
  if (plan_) planned_instances(call, module, name, node.set);
  if (!spend(cost * node.set.slots.size, call.block.header())) {
    node.source = nullptr;
    node.state = Thunk::State::kDone;
    return node;
  }
  for (InstanceSet::Slot& slot : node.set.slots) {
    auto instance = std::make_unique<ModuleInstance>();
    instance->source = node.source;
    instance->parent = &module;
    instance->call = &call;
    instance->slot = slot;
    instance->shape = node.set.shape;
    instance->exists = root_.guards.both(module.exists, slot.exists);
    if (assumptions_ != kAlways) instance->exists = root_.guards.assuming(instance->exists, assumptions_);
    instance->representative = module.representative || node.set.shape == InstanceSet::Shape::kUnknown;
    instance->prefix = module.prefix + name;
    if (node.set.shape != InstanceSet::Shape::kSingle) append_key(slot.key, instance->prefix);
    instance->prefix += ".";
    instance->path = module.path.empty() ? name : module.path + "." + name;
    instance->kept_path = node.instances.empty() ? root_.arena.copy(instance->path) : node.instances[0]->kept_path;
    instance->depth = module.depth + 1;
    instance->variables.resize(node.source->variables().size());
    instance->locals.resize(node.source->locals().size());
    instance->outputs.resize(node.source->outputs().size());
    instance->resources.resize(node.source->resources().size());
    instance->calls.resize(node.source->calls().size());
    instance->providers.resize(node.source->providers().size());
    node.instances.push_back(std::move(instance));
  }
  node.state = Thunk::State::kDone;
  return node;
}

Scope Evaluator::instance_scope(const Instance& instance) {
  Scope scope = module_scope(*instance.module);
  const Declaration& declaration = *instance.node->declaration;
  if (declaration.count) {
    scope.count_index = &instance.slot->key;
  } else if (declaration.for_each) {
    scope.each_key = &instance.slot->key;
    scope.each_value = &instance.slot->value;
  }
  return scope;
}

// What all instances have in common is evaluated once: see SharedItem.
Value Evaluator::instance_attributes(Instance& instance) {
  ResourceNode& node = *instance.node;
  const Declaration& declaration = *node.declaration;
  Value out;
  core::Span span = declaration.block.header();
  std::string_view name = instance.address.substr(instance.module->prefix.size());
  if (!start(instance.attributes, *instance.module, "", name, span, &out)) return out;
  if (node.alike && node.common.is_mapping()) {
    return finish(instance.attributes, plan_ ? planned_attributes(instance, node.common) : node.common, span);
  }
  BodyOptions options;
  options.owner = &instance;
  options.top = true;
  options.data = declaration.kind == Declaration::Kind::kData;
  options.facts = declaration.facts;
  Value object = body_object(declaration.items, instance_scope(instance), options);
  if (options.data) {
    std::vector<Entry> entries(object.entries().begin(), object.entries().end());
    complete_data(instance, entries);
    object = object_value(entries, root_.arena);
  } else if (Entry tags; add_default_tags(instance, object.entries(), &tags)) {
    core::SmallVector<Entry, 24> entries;
    entries.append(object.entries());
    entries.push_back(tags);
    object = object_value(entries, root_.arena);
  }
  object.span = span;
  if (!node.shared.empty() && node.alike) {
    node.alike = !options.data && std::all_of(node.shared.begin(), node.shared.end(), [](const SharedItem& item) {
      return item.state == SharedItem::State::kShared;
    });
    node.common = object;
  }
  if (plan_) object = planned_attributes(instance, object);
  return finish(instance.attributes, object, span);
}

// The resource as other expressions see it: what is configured is known, the rest is up to the provider.
Value Evaluator::partial_object(Instance& instance) {
  Value attributes = instance_attributes(instance);
  model::Unknown unknown = unknown_facts_of(id_of(instance).text(), nullptr, true);
  if (attributes.is_mapping()) unknown.structure = root_.arena.make<Value>(attributes);
  return unknown_value(unknown, root_.arena);
}

}  // namespace assay::formats::terraform
