#include <algorithm>

#include "parsers/core/deadline.h"
#include "parsers/core/limits.h"
#include "parsers/formats/terraform/evaluator.h"

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

// Counts how deep evaluation stands; thunks that force thunks count too.
class Evaluator::Deeper {
 public:
  explicit Deeper(uint32_t& depth) : depth_(depth) { ++depth_; }
  ~Deeper() { --depth_; }
  bool too_deep() const { return depth_ > core::kMaxExpressionDepth; }

 private:
  uint32_t& depth_;
};

namespace {

bool makes_collections(NodeKind kind) {
  return kind == NodeKind::kTuple || kind == NodeKind::kObject || kind == NodeKind::kCall ||
         kind == NodeKind::kForTuple || kind == NodeKind::kForObject || kind == NodeKind::kSplat ||
         kind == NodeKind::kAttrSplat || kind == NodeKind::kConditional;
}

bool is_costly(NodeKind kind) {
  return kind == NodeKind::kCall || kind == NodeKind::kForTuple || kind == NodeKind::kForObject ||
         kind == NodeKind::kSplat || kind == NodeKind::kAttrSplat;
}

}  // namespace

bool Evaluator::spend(uint64_t steps, core::Span span) {
  if (steps_ > core::kMaxEvaluationSteps || core::cancelled()) return false;
  steps_ += steps;
  size_t bytes = root_.arena.reserved_bytes() + work_.reserved_bytes();
  if (steps_ <= core::kMaxEvaluationSteps && bytes <= core::kMaxEvaluationBytes) return true;
  steps_ = core::kMaxEvaluationSteps + 1;
  problem(core::ProblemSeverity::kWarning, "limit-evaluation",
          "evaluating this root takes too much work or memory; from here on its values are unknown", span);
  return false;
}

Value Evaluator::evaluate(const Node& node, const Scope& scope) {
  if (!spend(1, span_of(node, scope))) {
    // Without an identity: no two of these are known to be equal.
    return with_span(derived_unknown("", nullptr, {}, root_.guards, root_.arena), span_of(node, scope));
  }
  Deeper deeper(depth_);
  if (deeper.too_deep()) {
    problem(core::ProblemSeverity::kWarning, "limit-depth",
            "expressions refer to each other more than " +
                std::to_string(core::kMaxExpressionDepth) + " levels deep; the rest is unknown",
            span_of(node, scope));
    return with_span(unknown_named(fresh_id("too-deep")), span_of(node, scope));
  }
  bool shared = invariants_ && references_ && !scope.bindings && !scope.splat_item && is_costly(node.kind);
  Value value = shared ? hoist(node, scope) : evaluate_node(node, scope);
  // An error keeps the span of the part that failed.
  if (is_error(value) && value.span.valid()) return value;
  core::Span span = span_of(node, scope);
  // Only these make values larger than what they are made of.
  if (makes_collections(node.kind)) value = bounded(value, span);
  // A literal that came out of a larger expression (a branch, an element, an argument) stays findable.
  if (!value.origin && value.is_primitive() && value.span.valid() && value.span != span) {
    model::Origin* literal = root_.arena.make<model::Origin>();
    literal->span = value.span;
    value.origin = literal;
  }
  value.span = span;
  return value;
}

// A part of an argument of a resource with many instances: where it reads nothing that differs between
// them, the first instance's value is everybody's.
Value Evaluator::hoist(const Node& node, const Scope& scope) {
  Invariants& known = *invariants_;
  if (auto at = known.find(&node); at != known.end()) {
    if (!at->second) return evaluate_node(node, scope);
    hand_on(*at->second);
    return at->second->value;
  }
  Thunk& thunk = *work_.make<Thunk>();
  References* sink = references_;
  bool varied = varies_;
  references_ = &thunk.references;
  varies_ = false;
  thunk.value = evaluate_node(node, scope);
  thunk.state = Thunk::State::kDone;
  references_ = sink;
  hand_on(thunk);
  known.emplace(&node, varies_ ? nullptr : &thunk);
  varies_ = varies_ || varied;
  return thunk.value;
}

Value Evaluator::evaluate_node(const Node& node, const Scope& scope) {
  switch (node.kind) {
    case NodeKind::kNull: return model::null_value();
    case NodeKind::kBool: return model::bool_value(node.text == "true");
    case NodeKind::kNumber: return literal_number(node, scope);
    case NodeKind::kString: return model::string_value(kept(node.text, scope));
    case NodeKind::kTemplateText: return model::string_value(kept(node.text, scope));
    case NodeKind::kTemplate: return evaluate_template(node, scope);
    case NodeKind::kInterpolation:
    case NodeKind::kParentheses:
      return node.child(0) ? evaluate(*node.child(0), scope) : fail("missing expression", span_of(node, scope));
    case NodeKind::kVariable:
    case NodeKind::kGetAttr:
    case NodeKind::kIndex: return traversal(node, scope);
    case NodeKind::kSplat:
    case NodeKind::kAttrSplat: return splat(node, scope);
    case NodeKind::kSplatItem:
      return scope.splat_item ? *scope.splat_item : fail("a splat without a source", span_of(node, scope));
    case NodeKind::kCall: return call(node, scope);
    case NodeKind::kTuple: return tuple(node, scope);
    case NodeKind::kObject: return object(node, scope);
    case NodeKind::kForTuple:
    case NodeKind::kForObject: return for_expression(node, scope);
    case NodeKind::kConditional: return conditional(node, scope);
    case NodeKind::kUnary: return unary(node, scope);
    case NodeKind::kBinary: return binary(node, scope);
    case NodeKind::kError:
      // The reader has reported it; what was meant is not known.
      return unknown_named(fresh_id("syntax-error"));
    default: return fail("this is not an expression", span_of(node, scope));
  }
}

Value Evaluator::literal_number(const Node& node, const Scope& scope) {
  auto number = core::Number::parse(node.text, root_.arena);
  if (!number) return fail("\"" + std::string(node.text) + "\" is not a number", span_of(node, scope));
  return model::number_value(*number, root_.arena);
}

Value Evaluator::tuple(const Node& node, const Scope& scope) {
  core::SmallVector<Value, 8> items;
  items.reserve(node.child_count);
  ErrorLift lift(root_.guards, root_.arena);
  for (const Node* child : node.children()) {
    Value item = evaluate(*child, scope);
    if (!lift.take(item)) return lift.finish(item);
    items.push_back(item);
  }
  return lift.finish(list_value(items, root_.arena, ValueKind::kTuple));
}

Value Evaluator::object_key(const Node& item, const Scope& scope) {
  const Node& key = *item.child(0);
  if (!item.has(syntax::kParenthesised) && !key.has(syntax::kParenthesised)) {
    if (key.kind == NodeKind::kVariable) return model::string_value(kept(key.text, scope));
    if (key.kind == NodeKind::kNull) return model::string_value("null");
  }
  Value value = evaluate(key, scope);
  return map_one(value, root_.guards, root_.arena, [&](const Value& known) -> Value {
    if (known.is_string() || known.is_unknown()) return known;
    if (known.is_null()) return fail("the key of an object is null", span_of(key, scope));
    if (!known.is_primitive()) {
      return fail("the key of an object must be a string", span_of(key, scope));
    }
    return model::string_value(root_.arena.copy(primitive_text(known)));
  });
}

Value Evaluator::object(const Node& node, const Scope& scope) {
  core::SmallVector<Entry, 8> entries;
  entries.reserve(node.child_count);
  ErrorLift lift(root_.guards, root_.arena);
  std::vector<Value> unknown_keys;
  std::unordered_map<std::string_view, size_t> places;
  bool large = node.child_count > 16;
  for (const Node* item : node.children()) {
    if (item->kind != NodeKind::kObjectItem || item->child_count < 2) continue;
    Value key = object_key(*item, scope);
    if (!lift.take(key)) return lift.finish(key);
    Value value = evaluate(*item->child(1), scope);
    if (!lift.take(value)) return lift.finish(value);
    if (!key.is_string()) {
      unknown_keys.push_back(key);
      unknown_keys.push_back(value);
      continue;
    }
    Entry entry{key.text(), span_of(*item->child(0), scope), value};
    size_t at = entries.size();
    if (large) {
      auto [known, inserted] = places.emplace(entry.key, at);
      if (!inserted) at = known->second;
    } else {
      for (size_t i = 0; i < entries.size(); ++i) {
        if (entries[i].key == entry.key) at = i;
      }
    }
    if (at < entries.size()) entries[at] = entry;
    else entries.push_back(entry);
  }
  if (!unknown_keys.empty()) {
    return lift.finish(derived_unknown("", nullptr, unknown_keys, root_.guards, root_.arena));
  }
  return lift.finish(object_value(entries, root_.arena));
}

Condition Evaluator::condition_of(const Value& value, core::Span span) {
  Condition out;
  out.marks = value.marks;
  auto add = [&](Guard guard, const Value& part) {
    out.marks |= part.marks;
    if (is_error(part)) {
      out.errors = root_.guards.either(out.errors, guard);
      out.error = part;
    } else if (part.is_bool()) {
      if (part.boolean) out.holds = root_.guards.either(out.holds, guard);
    } else if (part.is_unknown()) {
      const model::Unknown& unknown = part.unknown();
      std::string subject(unknown.id.empty() ? fresh_id("condition") : std::string(unknown.id.text()));
      Guard atom = root_.guards.atom(subject, model::Relation::kTrue, "", unknown.causes());
      out.holds = root_.guards.either(out.holds, root_.guards.both(guard, atom));
    } else if (part.is_string() && (part.text() == "true" || part.text() == "false")) {
      if (part.text() == "true") out.holds = root_.guards.either(out.holds, guard);
    } else {
      out.errors = root_.guards.either(out.errors, guard);
      out.error = fail(part.is_null() ? "the condition is null; it must be true or false"
                                      : "the condition is neither true nor false",
                       span);
    }
  };
  if (value.is_alternatives()) {
    for (const Alternative& alternative : value.alternatives()) add(alternative.guard, alternative.value);
  } else {
    add(kAlways, value);
  }
  if (assumptions_ != kAlways) out.holds = root_.guards.assuming(out.holds, assumptions_);
  return out;
}

Value Evaluator::conditional(const Node& node, const Scope& scope) {
  if (node.child_count < 3) return fail("incomplete conditional", span_of(node, scope));
  Value decided = evaluate(*node.child(0), scope);
  if (is_error(decided)) return decided;
  Condition condition = condition_of(decided, span_of(*node.child(0), scope));
  if (condition.errors == kAlways) return condition.error;
  Value branches[2] = {evaluate(*node.child(1), scope), evaluate(*node.child(2), scope)};
  bool certain = condition.errors == kNever &&
                 (condition.holds == kAlways || condition.holds == kNever);
  size_t chosen = condition.holds == kNever ? 1 : 0;
  if (certain && is_error(branches[chosen])) return branches[chosen];

  bool same = branches[0].kind == branches[1].kind && branches[0].is_primitive();
  if (!same && !is_error(branches[0]) && !is_error(branches[1])) {
    // Errors inside alternatives have no type: set them aside while the rest is unified.
    Value plain[2];
    for (int i = 0; i < 2; ++i) plain[i] = without_errors(branches[i], root_.guards, root_.arena);
    CallContext& context = call_context(span_of(node, scope));
    CallResult unified = unify_values(plain, context);
    if (unified.is_error) {
      if (wholly_known(plain[0]) && wholly_known(plain[1])) {
        return fail("the two results of the conditional have different types: " + unified.error,
                    span_of(node, scope));
      }
    } else {
      for (int i = 0; i < 2; ++i) {
        if (!has_error(branches[i])) {
          branches[i] = plain[i];
          continue;
        }
        ErrorLift lift(root_.guards, root_.arena);
        Value kept = branches[i];
        lift.take(kept);
        branches[i] = lift.finish(plain[i]);
      }
    }
  }
  if (certain) return with_marks(branches[chosen], condition.marks);
  std::vector<Alternative> parts;
  Guard otherwise =
      root_.guards.both(root_.guards.negate(condition.holds), root_.guards.negate(condition.errors));
  if (condition.holds != kNever) add_guarded(parts, condition.holds, branches[0], root_.guards);
  if (otherwise != kNever) add_guarded(parts, otherwise, branches[1], root_.guards);
  if (condition.errors != kNever) parts.push_back({condition.errors, condition.error});
  return with_marks(choose(parts, root_.guards, root_.arena), condition.marks);
}

Value Evaluator::splat(const Node& node, const Scope& scope) {
  if (node.child_count < 2) return fail("incomplete splat", span_of(node, scope));
  Value source = evaluate(*node.child(0), scope);
  return map_one(source, root_.guards, root_.arena,
                 [&](const Value& known) { return splat_over(node, scope, known); });
}

Value Evaluator::splat_over(const Node& node, const Scope& scope, const Value& source) {
  ErrorLift lift(root_.guards, root_.arena);
  auto apply = [&](const Value& item) {
    Scope inner = scope;
    inner.splat_item = &item;
    return evaluate(*node.child(1), inner);
  };
  if (source.is_null()) {
    const model::Type* type = source.type;
    if (type && (type->kind == model::TypeKind::kList || type->kind == model::TypeKind::kSet ||
                 type->kind == model::TypeKind::kTuple)) {
      return fail("splat of a null list", span_of(node, scope));
    }
    return list_value({}, root_.arena, ValueKind::kTuple);
  }
  if (source.is_unknown()) {
    const model::Unknown& unknown = source.unknown();
    bool one_object = unknown.not_null && unknown.structure && unknown.structure->is_mapping();
    bool one_value = unknown.not_null && unknown.type &&
                     (unknown.type->is_primitive() || unknown.type->kind == model::TypeKind::kMap ||
                      unknown.type->kind == model::TypeKind::kObject);
    if (!one_object && !one_value) {
      std::string id;
      if (!unknown.id.empty()) {
        id = std::string(unknown.id.text()) + "[*]";
        // Which steps were applied tells one splat from another.
        std::string_view text = source_text(node, scope);
        size_t star = text.find("*");
        if (star == std::string_view::npos) id.clear();
        else id += text.substr(star + 1);
        if (text.find('[', star == std::string_view::npos ? 0 : star + 2) != std::string_view::npos) id.clear();
      }
      return derived_unknown(id, nullptr, {&source, 1}, root_.guards, root_.arena);
    }
  }
  if (!source.is_sequence()) {
    Value item = apply(source);
    if (!lift.take(item)) return lift.finish(item);
    return lift.finish(list_value({&item, 1}, root_.arena, ValueKind::kTuple));
  }
  core::SmallVector<Value, 8> items;
  items.reserve(source.size);
  for (const Value& element : source.items()) {
    Value item = apply(with_marks(element, source.marks));
    if (!lift.take(item)) return lift.finish(item);
    items.push_back(with_guard(item, element.guard));
  }
  ValueKind kind = source.kind == ValueKind::kTuple ? ValueKind::kTuple : ValueKind::kList;
  return lift.finish(list_value(items, root_.arena, kind));
}

Value Evaluator::for_expression(const Node& node, const Scope& scope) {
  size_t names = 0;
  while (node.child(names) && node.child(names)->kind == NodeKind::kLabel) ++names;
  size_t wanted = names + 2 + (node.kind == NodeKind::kForObject) + node.has(syntax::kHasCondition);
  if (names == 0 || node.child_count < wanted) return fail("incomplete for expression", span_of(node, scope));
  Value collection = evaluate(*node.child(names), scope);
  return map_one(collection, root_.guards, root_.arena,
                 [&](const Value& known) { return for_over(node, scope, known); });
}

namespace {

struct ForItem {
  Value key;
  const Value* value;
};

// The elements in the order Terraform visits them: mappings by key.
using ForItems = core::SmallVector<ForItem, 8>;

void items_of(const Value& collection, ForItems& out) {
  out.reserve(collection.size);
  if (collection.is_mapping()) {
    for (const Entry& entry : collection.entries()) {
      out.push_back({with_span(model::string_value(entry.key), entry.key_span), &entry.value});
    }
    std::sort(out.begin(), out.end(),
              [](const ForItem& a, const ForItem& b) { return a.key.text() < b.key.text(); });
    return;
  }
  int64_t index = 0;
  for (const Value& item : collection.items()) {
    Value key = collection.kind == ValueKind::kSet ? item : model::int_value(index++);
    key.guard = kAlways;
    out.push_back({key, &item});
  }
}

}  // namespace

Value Evaluator::open_index(const Value& collection, int64_t least, int64_t most) {
  model::Unknown facts =
      derived_unknown("", model::number_type(), {&collection, 1}, root_.guards, root_.arena).unknown();
  facts.not_null = true;
  facts.minimum = root_.arena.make<core::Number>(core::Number(least));
  facts.maximum = root_.arena.make<core::Number>(core::Number(most));
  return unknown_value(facts, root_.arena);
}

Value Evaluator::for_over(const Node& node, const Scope& scope, const Value& collection) {
  core::Span span = span_of(node, scope);
  if (collection.is_null()) return fail("a for expression over null", span);
  if (collection.is_unknown()) {
    return derived_unknown("", nullptr, {&collection, 1}, root_.guards, root_.arena);
  }
  if (!collection.is_sequence() && !collection.is_mapping()) {
    return fail("a for expression needs a list, a set, a map or an object", span);
  }
  bool to_object = node.kind == NodeKind::kForObject;
  size_t names = node.child(1)->kind == NodeKind::kLabel ? 2 : 1;
  const Node* key_node = to_object ? node.child(names + 1) : nullptr;
  const Node* value_node = node.child(names + (to_object ? 2 : 1));
  const Node* condition_node =
      node.has(syntax::kHasCondition) ? node.child(node.child_count - 1) : nullptr;

  ErrorLift lift(root_.guards, root_.arena);
  ForItems elements;
  items_of(collection, elements);
  core::SmallVector<Value, 8> items;
  core::SmallVector<Entry, 8> entries;
  std::vector<std::vector<Value>> groups;
  std::unordered_map<std::string_view, size_t> places;
  std::vector<Value> causes;
  bool numbered = collection.kind == ValueKind::kList || collection.kind == ValueKind::kTuple;
  int64_t place = 0, certain = 0;
  for (const ForItem& element : elements) {
    Value element_value = with_marks(with_guard(*element.value, kAlways), collection.marks);
    Value element_key = with_marks(element.key, collection.marks);
    if (numbered && names == 2 && certain < place) {
      element_key = with_marks(open_index(collection, certain, place), collection.marks);
    }
    ++place;
    certain += element.value->guard == kAlways;
    Binding first{node.child(0)->text, names == 2 ? element_key : element_value, scope.bindings};
    Binding second{names == 2 ? node.child(1)->text : std::string_view{}, element_value, &first};
    Scope inner = scope;
    inner.bindings = names == 2 ? &second : &first;
    Guard guard = element.value->guard;
    if (condition_node) {
      Value decided = evaluate(*condition_node, inner);
      Condition condition = condition_of(decided, span_of(*condition_node, scope));
      lift.add(root_.guards.both(guard, condition.errors), condition.error);
      if (lift.failed()) return lift.finish({});
      guard = root_.guards.both(guard, condition.holds);
      if (guard == kNever) continue;
    }
    Value value = evaluate(*value_node, inner);
    if (is_error(value) && guard != kAlways) {
      lift.add(guard, value);
      continue;
    }
    if (!lift.take(value)) return lift.finish(value);
    if (!to_object) {
      items.push_back(with_guard(value, guard));
      continue;
    }
    Value key = evaluate(*key_node, inner);
    key = map_one(key, root_.guards, root_.arena, [&](const Value& known) -> Value {
      if (known.is_string() || known.is_unknown()) return known;
      if (!known.is_primitive()) return fail("a key of a for expression must be a string", span_of(*key_node, scope));
      return model::string_value(root_.arena.copy(primitive_text(known)));
    });
    if (!lift.take(key)) return lift.finish(key);
    if (key.is_unknown()) {
      causes.push_back(key);
      causes.push_back(value);
      continue;
    }
    Alternative only{kAlways, key};
    for (const Alternative& choice : key.is_alternatives() ? key.alternatives() : std::span<const Alternative>(&only, 1)) {
      Guard present = root_.guards.both(guard, choice.guard);
      if (present == kNever) continue;
      if (choice.value.is_unknown()) {
        causes.push_back(choice.value);
        continue;
      }
      std::string_view text = choice.value.text();
      auto [at, inserted] = places.emplace(text, entries.size());
      if (inserted) {
        entries.push_back({text, span_of(*key_node, scope), with_guard(value, present)});
        if (node.has(syntax::kGroup)) groups.push_back({with_guard(value, present)});
        continue;
      }
      if (node.has(syntax::kGroup)) {
        groups[at->second].push_back(with_guard(value, present));
        Value& old = entries[at->second].value;
        old.guard = root_.guards.either(old.guard, present);
        continue;
      }
      Value& old = entries[at->second].value;
      if (!root_.guards.disjoint(old.guard, present)) {
        lift.add(root_.guards.both(old.guard, present),
                 fail("two elements of the for expression have the key \"" + std::string(text) +
                          "\"; add \"...\" behind the value to group them",
                      span));
        if (lift.failed()) return lift.finish({});
      }
      std::vector<Alternative> both;
      Guard previous = old.guard;
      add_guarded(both, previous, with_guard(old, kAlways), root_.guards);
      add_guarded(both, root_.guards.negate(previous), value, root_.guards);
      old = with_guard(choose(both, root_.guards, root_.arena), root_.guards.either(previous, present));
    }
  }
  if (!causes.empty()) {
    causes.push_back(collection);
    return lift.finish(derived_unknown("", nullptr, causes, root_.guards, root_.arena));
  }
  if (!to_object) return lift.finish(list_value(items, root_.arena, ValueKind::kTuple));
  if (node.has(syntax::kGroup)) {
    for (size_t i = 0; i < entries.size(); ++i) {
      Guard guard = entries[i].value.guard;
      entries[i].value =
          with_guard(with_span(list_value(groups[i], root_.arena, ValueKind::kTuple), span), guard);
    }
  }
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.key < b.key; });
  return lift.finish(object_value(entries, root_.arena));
}

}  // namespace assay::formats::terraform
