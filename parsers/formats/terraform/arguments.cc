// What the provider's schema adds to the arguments of resources, data sources and providers.
#include <algorithm>

#include "parsers/core/suggest.h"
#include "parsers/formats/terraform/evaluator.h"
#include "parsers/formats/terraform/schema/conform.h"

namespace assay::formats::terraform {

using model::Value;

namespace {

// Attributes that are strings in every provider.
bool is_string_attribute(std::string_view name) { return name == "id" || name == "arn"; }

bool is_meta_block(std::string_view name) {
  return name == "lifecycle" || name == "provisioner" || name == "connection" || name == "dynamic" ||
         name == "timeouts" || name == "content";
}

constexpr size_t kMaxTypoDistance = 2;

}  // namespace

// The value of an argument as its type has it; sensitive where the provider says so.
Value Evaluator::conformed(const Value& value, const Item& item, const Items& items,
                           const BodyOptions& options) {
  auto facts = options.facts.attribute(item.name());
  if (!facts) {
    check_name(item, items, options);
    auto block = value.is_primitive() && options.owner ? options.facts.block(item.name()) : std::nullopt;
    if (block) {
      problem(core::ProblemSeverity::kNote, "terraform-argument-type",
              "\"" + std::string(item.name()) + "\" is a block, not an argument (" +
                  std::string(facts_version(options.owner->node->declaration->type)) + ")",
              item.span());
    }
    return value;
  }
  Value out = value;
  if (needs_conforming(value, facts->type)) {
    CallContext& context = call_context(item.span());
    std::string_view wanted;
    out = conform(value, facts->type, context, &wanted);
    if (!wanted.empty() && options.owner) {
      const Declaration& declaration = *options.owner->node->declaration;
      problem(core::ProblemSeverity::kNote, "terraform-argument-type",
              "\"" + std::string(item.name()) + "\" takes " + std::string(wanted) + " (" +
                  std::string(facts_version(declaration.type)) + ")",
              item.span());
    }
  }
  if (facts->sensitive && !out.is_null()) out = with_marks(out, model::kSensitive);
  return out;
}

// Nested blocks of one type: one object where there can only be one, no repeats in a set.
Value Evaluator::conformed_blocks(Value blocks, std::string_view name, const BodyOptions& options) {
  auto facts = options.facts.block(name);
  if (!facts) return blocks;
  if (facts->nesting == Nesting::kSet) return distinct_blocks(blocks, root_.arena);
  if (facts->nesting == Nesting::kSingle && blocks.size == 1 && blocks.items()[0].guard == model::kAlways) {
    return blocks.items()[0];
  }
  return blocks;
}

// A name that the provider does not have, one letter or two from one that it has and that is not given.
void Evaluator::check_name(const Item& item, const Items& items, const BodyOptions& options) {
  std::string_view name = item.name();
  if (!options.owner || is_meta_block(name) || options.facts.attribute(name) || options.facts.block(name)) return;
  if (!checked_names_.insert(item.node).second) return;
  std::vector<std::string_view> names = options.facts.names();
  std::erase_if(names, [&](std::string_view known) {
    for (size_t i = 0; i < items.size(); ++i) {
      if (items[i].node && items[i].name() == known) return true;
    }
    return false;
  });
  std::string_view meant = core::closest(name, names);
  if (meant.empty() || core::edit_distance(name, meant, kMaxTypoDistance) > kMaxTypoDistance) return;
  const Declaration& declaration = *options.owner->node->declaration;
  problem(core::ProblemSeverity::kNote, "terraform-unknown-argument",
          "\"" + std::string(name) + "\" is not among the arguments of " + std::string(declaration.type) + " in " +
              std::string(facts_version(declaration.type)) + "; did you mean \"" + std::string(meant) + "\"?",
          item.header());
}

// What a reference to an attribute gives that the configuration does not set: the provider fills it
// in. Whether an optional argument may stay null the facts do not say, so nothing is null here.
Value Evaluator::absent_attribute(const Value& object, std::string_view name, std::string_view id) {
  bool text = is_string_attribute(name);
  const model::Type* type = text ? model::string_type() : nullptr;
  auto at = instance_by_id_.find(object.unknown().id);
  if (at == instance_by_id_.end() || !at->second->node->declaration->facts) return unknown_named(id, type, text);
  const BodyFacts& facts = at->second->node->declaration->facts;
  if (auto attribute = facts.attribute(name)) {
    if (!type) type = fact_type(attribute->type, root_.arena);
    if (type->kind == model::TypeKind::kDynamic) type = nullptr;
    Value out = unknown_named(id, type, text);
    if (attribute->sensitive) out = with_marks(out, model::kSensitive);
    return out;
  }
  if (auto block = facts.block(name); block && block->nesting != Nesting::kSingle) {
    model::Unknown blocks = unknown_named(id, block_type(*block, root_.arena)).unknown();
    blocks.not_null = true;
    if (block->at_most_one) blocks.max_length = 1;
    return unknown_value(blocks, root_.arena);
  }
  return unknown_named(id, type, text);
}

}  // namespace assay::formats::terraform
