#include "parsers/core/limits.h"
#include "parsers/formats/terraform/evaluator.h"

namespace assay::formats::terraform {

using model::Entry;
using model::kAlways;
using model::kNever;
using model::Value;
using syntax::Node;
using syntax::NodeKind;

namespace {

std::string_view kind_of(const Declaration& declaration) {
  switch (declaration.kind) {
    case Declaration::Kind::kData: return "data";
    case Declaration::Kind::kEphemeral: return "ephemeral";
    default: return "resource";
  }
}

}  // namespace

// All rows of a module instance: what it declares, its resources, then the modules it calls.
void Evaluator::emit(ModuleInstance& module) {
  if (emitted_directories_.emplace(module.source->directory(), true).second) emit_static(module);
  note_moves(module);
  // Inputs first: what their validations demand holds for everything below.
  for (const Declaration& variable : module.source->variables()) {
    this->variable(module, variable.name, variable.block.header());
  }
  for (size_t i = 0; i < module.source->resources().size(); ++i) {
    ResourceNode& node = resource_node(module, i);
    for (Instance& instance : node.instances) {
      if (instance.exists != kNever) emit_instance(instance);
    }
  }
  for (size_t i = 0; i < module.source->calls().size(); ++i) {
    ModuleNode& node = module_node(module, i);
    if (!node.source) continue;
    for (auto& instance : node.instances) {
      if (instance->exists != kNever) emit(*instance);
    }
  }
  // Locals and outputs that nothing asked for may still be wrong.
  for (const Item& item : module.source->locals()) local(module, item.name(), item.span());
  for (size_t i = 0; i < module.source->outputs().size(); ++i) {
    Value value = output(module, i);
    if (!module.parent) {
      root_.outputs.emplace_back(std::string(module.source->outputs()[i].name), value);
    }
  }
}

// depends_on names blocks, not values.
void Evaluator::find_dependencies(ModuleInstance& module, ResourceNode& node) {
  const Item* depends = node.declaration->depends_on;
  if (!depends || depends->expression().kind != NodeKind::kTuple) return;
  for (const Node* element : depends->expression().children()) {
    const Node* base = element;
    while (base->kind == NodeKind::kIndex) base = base->child(0);
    if (base->kind != NodeKind::kGetAttr) continue;
    const Node& inner = *base->child(0);
    int index = -1;
    if (inner.kind == NodeKind::kVariable) {
      index = module.source->find_resource(Declaration::Kind::kResource, inner.text, base->text);
    } else if (inner.kind == NodeKind::kGetAttr && inner.child(0)->kind == NodeKind::kVariable &&
               inner.child(0)->text == "data") {
      index = module.source->find_resource(Declaration::Kind::kData, inner.text, base->text);
    }
    if (index >= 0) node.depends_on.push(&resource_node(module, static_cast<size_t>(index)), work_);
  }
}

void Evaluator::emit_instance(Instance& instance) {
  const Declaration& declaration = *instance.node->declaration;
  check_conditions(instance, "precondition");
  Value attributes = instance_attributes(instance);
  check_conditions(instance, "postcondition");
  ResourceNode& node = *instance.node;
  if (!node.emitted) {
    node.emitted = true;
    find_dependencies(*instance.module, node);
    std::string stable = instance.module->path.empty() ? "" : instance.module->path + ".";
    if (declaration.kind != Declaration::Kind::kResource) stable.append(kind_of(declaration)).append(".");
    stable.append(declaration.type).append(".").append(declaration.name);
    node.stable_address = root_.arena.copy(stable);
    node.first_address = first_address(node.stable_address);
  }
  model::Resource& resource = root_.resources.emplace_back();
  resource.address = instance.address;
  size_t name_at = node.stable_address.size() - declaration.name.size();
  resource.name = node.stable_address.substr(name_at);
  resource.type = node.stable_address.substr(name_at - 1 - declaration.type.size(), declaration.type.size());
  resource.format = "terraform";
  resource.kind = kind_of(declaration);
  resource.module_path = instance.module->kept_path;
  resource.stable_address = node.first_address;
  resource.moved = node.first_address != node.stable_address;
  resource.header = declaration.block.header();
  resource.span = declaration.block.span();
  resource.exists = instance.exists;
  resource.representative = instance.representative;
  resource.attributes = assume(attributes, instance.exists);
  resource.root = &root_;
  resource.index = static_cast<uint32_t>(root_.resources.size() - 1);
  instance.emitted = static_cast<int>(resource.index);
  emitted_.push_back(&instance);
}

// Writes the edges of the root. Where everything refers to everything there are limits: what one
// argument refers to, and all edges together.
class Evaluator::EdgeWriter {
 public:
  explicit EdgeWriter(Evaluator& evaluator) : evaluator_(evaluator), root_(evaluator.root_) {}

  void write(const Instance& from) {
    if (root_.edges.size() >= core::kMaxEdges) return;
    from_ = &from;
    add_all(from.edges.span());
    for (const SharedItem& item : from.node->shared) add_all(item.edges);
    for (ResourceNode* node : from.node->depends_on) {
      begin("depends_on");
      for (const Instance& target : node->instances) {
        if (!add(target)) break;
      }
    }
  }

 private:
  void begin(std::string_view path) {
    path_ = path;
    here_ = 0;
    seen_.clear();
  }

  void add_all(std::span<const Instance::Reference> edges) {
    std::string_view path;
    bool more = true;
    for (const Instance::Reference& edge : edges) {
      if (edge.path != path || path.empty()) {
        begin(path = edge.path);
        more = true;
      }
      if (more) more = edge.target ? add(*edge.target) : add_behind(*edge.thunk);
    }
  }

  bool add_behind(const Thunk& thunk) {
    if (!seen_.insert(&thunk).second) return true;
    for (const Instance* target : thunk.references.instances) {
      if (!add(*target)) return false;
    }
    for (const Thunk* inner : thunk.references.thunks) {
      if (!add_behind(*inner)) return false;
    }
    return true;
  }

  // False: no more of this path.
  bool add(const Instance& target) {
    if (target.emitted < 0 || target.emitted == from_->emitted) return true;
    if (here_ >= core::kMaxEdgesOfValue || root_.edges.size() >= core::kMaxEdges) {
      if (reported_) return false;
      reported_ = true;
      evaluator_.problem(core::ProblemSeverity::kNote, "limit-edges",
                         "refers to more than " + std::to_string(core::kMaxEdgesOfValue) +
                             " resources, or all together to more than " + std::to_string(core::kMaxEdges) +
                             "; rules see the first of them",
                         from_->node->declaration->block.header());
      return false;
    }
    model::Edge edge;
    edge.from = static_cast<uint32_t>(from_->emitted);
    edge.to = static_cast<uint32_t>(target.emitted);
    edge.path = path_;
    edge.guard = root_.guards.assuming(target.exists, from_->exists);
    if (edge.guard == kNever) return true;
    if (!root_.edges.empty()) {
      const model::Edge& last = root_.edges.back();
      if (last.from == edge.from && last.to == edge.to && last.path == edge.path) return true;
    }
    ++here_;
    root_.edges.push_back(edge);
    return true;
  }

  Evaluator& evaluator_;
  model::Root& root_;
  const Instance* from_ = nullptr;
  std::string_view path_;
  uint32_t here_ = 0;
  bool reported_ = false;
  std::unordered_set<const Thunk*> seen_;
};

void Evaluator::emit_edges() {
  EdgeWriter writer(*this);
  for (const Instance* instance : emitted_) writer.write(*instance);
}

void Evaluator::emit_row(ModuleInstance& module, const Declaration& declaration, std::string_view kind,
                         std::string address, std::string_view view, std::vector<Entry> entries) {
  model::Resource row;
  std::string stable = module.path.empty() ? address : module.path + "." + address;
  row.address = root_.arena.copy(module.prefix + address);
  row.stable_address = root_.arena.copy(stable);
  row.kind = kind;
  row.type = kind == "provider" ? root_.arena.copy("provider." + std::string(declaration.type)) : kind;
  row.name = root_.arena.copy(declaration.name);
  row.format = "terraform";
  row.module_path = root_.arena.copy(module.path);
  row.header = declaration.block.header();
  row.span = declaration.block.span();
  row.exists = module.exists;
  row.representative = module.representative;
  row.attributes = with_span(object_value(entries, root_.arena), row.header);
  row.root = &root_;
  row.index = static_cast<uint32_t>(root_.resources.size());
  model::View seen{core::Symbol(view), row.attributes};
  row.views.push_back(seen);
  root_.resources.push_back(std::move(row));
}

// Variables, outputs, calls, providers and settings: once per directory, as they are written.
void Evaluator::emit_static(ModuleInstance& module) {
  const Module& source = *module.source;
  auto name_of = [&](const Declaration& declaration) {
    const Node* label = declaration.block.node->child(0);
    core::Span span = declaration.block.header();
    if (label && label->kind == NodeKind::kLabel) span = {declaration.block.file, label->begin, label->end};
    return with_span(model::string_value(root_.arena.copy(declaration.name)), span);
  };
  // Arguments that are values of their own, evaluated in the module; types and names stay text.
  auto argument = [&](const Declaration& declaration, std::string_view name, std::vector<Entry>& entries,
                      bool text = false) {
    const Item* item = declaration.attribute(name);
    if (!item) return;
    Scope scope = item_scope(module_scope(module), *item);
    Value value = text ? with_span(model::string_value(kept(source_text(item->expression(), scope), scope)),
                                   span_of(item->expression(), scope))
                       : settled(item->expression(), scope, "");
    entries.push_back({name, item->header(), value});
  };
  for (const Declaration& variable : source.variables()) {
    std::vector<Entry> entries{{"name", {}, name_of(variable)}};
    argument(variable, "default", entries);
    argument(variable, "description", entries);
    argument(variable, "sensitive", entries);
    argument(variable, "nullable", entries);
    argument(variable, "ephemeral", entries);
    argument(variable, "type", entries, true);
    emit_row(module, variable, "variable", "var." + std::string(variable.name), "terraform/variable",
             std::move(entries));
  }
  for (const Declaration& provider : source.providers()) {
    Value config = provider_value({&module, &provider});
    std::vector<Entry> entries;
    if (config.is_mapping()) entries.assign(config.entries().begin(), config.entries().end());
    emit_row(module, provider, "provider", "provider." + std::string(provider.name), "terraform/provider",
             std::move(entries));
  }
  for (const Declaration& settings : source.settings()) {
    std::vector<Entry> entries;
    for (const Item& item : settings.items) {
      Scope scope = item_scope(module_scope(module), item);
      if (!item.is_block()) {
        entries.push_back({kept(item.name(), scope), item.header(), settled(item.expression(), scope, "")});
        continue;
      }
      BodyOptions options;
      if (item.name() == "required_providers") {
        // configuration_aliases hold names of providers, not values.
        std::vector<Entry> providers;
        for (const Node* child : item.body() ? item.body()->children() : std::span<const Node* const>{}) {
          if (child->kind != NodeKind::kAttribute) continue;
          const Node& given = *child->child(0);
          std::vector<Entry> parts;
          if (given.kind == NodeKind::kObject) {
            for (const Node* part : given.children()) {
              if (part->child_count < 2 || part->child(0)->text == "configuration_aliases") continue;
              parts.push_back({kept(part->child(0)->kind == NodeKind::kVariable ? part->child(0)->text
                                                                               : literal_string(*part->child(0)),
                                    scope),
                               span_of(*part->child(0), scope), settled(*part->child(1), scope, "")});
            }
          } else {
            parts.push_back({"version", span_of(given, scope), settled(given, scope, "")});
          }
          providers.push_back({kept(child->text, scope),
                               {item.file, child->begin, child->begin + static_cast<uint32_t>(child->text.size())},
                               with_span(object_value(parts, root_.arena), span_of(given, scope))});
        }
        entries.push_back({"required_providers", item.header(),
                           with_span(object_value(providers, root_.arena), item.header())});
        continue;
      }
      Value body = block_value(item, scope, options);
      if (!item.label(0).empty()) {
        std::vector<Entry> parts(body.entries().begin(), body.entries().end());
        parts.push_back({"type", item.header(),
                         with_span(model::string_value(kept(item.label(0), scope)), item.header())});
        body = with_span(object_value(parts, root_.arena), body.span);
      }
      Value list = model::with_span(model::list_value({&body, 1}, root_.arena), item.header());
      list.flags |= model::kBlockValue;
      entries.push_back({kept(item.name(), scope), item.header(), list});
    }
    emit_row(module, settings, "terraform", "terraform", "terraform/settings", std::move(entries));
  }
  for (const Declaration& call : source.calls()) {
    std::vector<Entry> entries{{"name", {}, name_of(call)}};
    argument(call, "source", entries);
    argument(call, "version", entries);
    emit_row(module, call, "module", "module." + std::string(call.name), "terraform/module", std::move(entries));
  }
  for (const Declaration& declared : source.outputs()) {
    std::vector<Entry> entries{{"name", {}, name_of(declared)}};
    int index = source.find_output(declared.name);
    Value value = output(module, static_cast<size_t>(index));
    const Item* item = declared.attribute("value");
    entries.push_back({"value", item ? item->header() : core::Span{}, value});
    argument(declared, "description", entries);
    argument(declared, "sensitive", entries);
    emit_row(module, declared, "output", "output." + std::string(declared.name), "terraform/output",
             std::move(entries));
  }
}

}  // namespace assay::formats::terraform
