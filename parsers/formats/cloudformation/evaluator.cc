#include "parsers/formats/cloudformation/evaluator.h"

#include <algorithm>

#include "parsers/core/limits.h"
#include "parsers/model/provenance.h"

namespace assay::formats::cloudformation {

using core::ProblemSeverity;
using core::Span;
using model::Alternative;
using model::Entry;
using model::Guard;
using model::kAlways;
using model::kNever;
using model::Origin;
using model::OriginKind;
using model::Value;
using syntax::Node;
using syntax::NodeKind;

namespace {

constexpr uint32_t kMaxDepth = 2 * core::kMaxNesting;
constexpr uint32_t kMaxChoices = 64;  // combinations of alternatives that one call is run for
constexpr uint32_t kMaxLoopBodies = 4 * core::kMaxInstances;  // of all loops of a template
constexpr size_t kMaxTextBytes = 4 * core::kMaxStringBytes;     // made by all functions of a template
constexpr std::string_view kForEach = "Fn::ForEach::";

bool needs_expansion(const Node& mapping) {
  for (const Node* pair : mapping.children()) {
    const Node* key = pair->child(0);
    if (key && (syntax::is_merge_key(*key) || key->text.starts_with(kForEach) || key->text == "Fn::Transform")) {
      return true;
    }
  }
  return false;
}

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

}  // namespace

Evaluator::Evaluator(const syntax::Tree& tree, model::Root& root, const LoadContext& context,
                     Place place)
    : root_(root), context_(context), place_(std::move(place)),
      own_values_(tree, syntax::ScalarMode::kCloudFormation, syntax::MergeRule::kExplicitWins,
                  root.arena),
      guards_(root.guards), arena_(root.arena) {
  if (place_.prefix.empty()) place_.prefix = root.path + "#";
  assumed_ = rules_ = place_.exists;
}

void Evaluator::index(const Node& top) {
  auto section = [&](std::string_view name) {
    const Node* node = syntax::lookup(top, name);
    if (node && node->kind != NodeKind::kMapping && node->kind != NodeKind::kNull) {
      problem(ProblemSeverity::kWarning, "cfn-section",
              "the section " + std::string(name) + " must be a mapping", values().span(*node));
    }
    return is_mapping(node) ? node : nullptr;
  };
  if (const Node* declared = section("Parameters")) {
    GivenValues given;
    if (!place_.arguments) {
      given = read_given_values(context_, arena_);
      for (const GivenParameter& one : place_.deployed_parameters) given.try_emplace(one.name, one);
    }
    syntax::for_each_entry(*declared, [&](const syntax::Entry& entry) {
      if (!entry.key || !entry.pair) return;
      std::string_view name = values().keep(entry.key->text);
      if (!is_mapping(entry.value)) {
        problem(ProblemSeverity::kWarning, "cfn-parameter",
                "parameter " + std::string(name) + " must be a mapping with a Type",
                values().span(*entry.key));
      }
      parameter_index_[name] = static_cast<uint32_t>(parameters_.size());
      Declaration declaration{name, values().span(*entry.key), values().span(*entry.pair), entry.value};
      core::Problems wrong;
      parameters_.push_back(read_parameter(declaration, place_.prefix, own_values_, root_, given,
                                           place_.arguments, wrong));
      for (core::Problem& one : wrong) {
        problem(one.severity, std::move(one.code), std::move(one.message), one.span);
      }
    });
  }
  mappings_ = section("Mappings");
  if (const Node* declared = section("Conditions")) {
    for (const ExpandedEntry& entry : expand(declared)) conditions_[entry.key].entry = entry;
  }
  read_rules(section("Rules"));
  assumed_ = rules_;
  if (const Node* declared = section("Resources")) {
    resources_ = expand(declared);
    for (uint32_t i = 0; i < resources_.size(); ++i) resource_index_[resources_[i].key] = i;
  }
}

Evaluator::Within::Within(Evaluator& evaluator, uint32_t resource, Guard guard,
                          const Binding* scope)
    : evaluator_(evaluator), resource_(evaluator.resource_), assumed_(evaluator.assumed_),
      scope_(evaluator.scope_) {
  evaluator.resource_ = resource;
  evaluator.assumed_ = evaluator.guards_.both(evaluator.assumed_, guard);
  evaluator.scope_ = scope;
}

Evaluator::Within::~Within() {
  evaluator_.resource_ = resource_;
  evaluator_.assumed_ = assumed_;
  evaluator_.scope_ = scope_;
}

uint32_t Evaluator::find_resource(std::string_view name) const {
  auto found = resource_index_.find(name);
  return found == resource_index_.end() ? kNoResource : found->second;
}

void Evaluator::problem(ProblemSeverity severity, std::string code, std::string message, Span at) {
  if (place_.quiet || root_.problems.size() >= kMaxProblems) return;
  for (const core::Problem& known : root_.problems) {
    if (known.span == at && known.code == code) return;
  }
  core::add_problem(root_.problems, severity, std::move(code), std::move(message), at);
}

std::string Evaluator::current_path() const {
  std::string text;
  for (const Step& step : path_) {
    if (step.key.data() == nullptr) {
      text.append(1, '[').append(std::to_string(step.index)).append(1, ']');
    } else if (step.key.find_first_of(".[\"") != std::string_view::npos) {
      text.append("[\"").append(step.key).append("\"]");
    } else {
      if (!text.empty()) text += '.';
      text += step.key;
    }
  }
  return text;
}

void Evaluator::refer(std::string_view logical_id, std::string_view path) {
  uint32_t target = find_resource(logical_id);
  if (target != kNoResource) refer_to_row(place_.first_row + target, path);
}

void Evaluator::refer_abroad(std::string_view root_path, std::string_view name, Guard guard) {
  if (resource_ == kNoResource) return;
  model::ForeignEdge edge;
  edge.from = resource_;
  edge.root_path = root_path;
  edge.name = name;
  std::string here = current_path();
  edge.path = arena_.copy(std::string_view(here));
  edge.guard = guards_.both(assumed_, guard);
  root_.foreign_edges.push_back(edge);
}

void Evaluator::refer_to_row(uint32_t row, std::string_view path) {
  if (resource_ == kNoResource) {
    if (collected_) collected_->push_back(row);
    return;
  }
  model::Edge edge;
  edge.from = resource_;
  edge.to = row;
  std::string here = path.empty() ? current_path() : std::string(path);
  edge.path = arena_.copy(std::string_view(here));
  edge.guard = assumed_;
  root_.edges.push_back(edge);
}

// --- Values.

Value Evaluator::evaluate(const Node* node) {
  if (!node) return model::null_value();
  if (node->kind == NodeKind::kAlias) {
    const Node* target = syntax::resolve_alias(node);
    if (!target) return opaque("undefined alias", values().span(*node));
    Value value = evaluate(target);
    Guard guard = value.guard;
    return with_guard(values().through_anchor(value, values().span(*node), values().keep(node->text)),
                      guard);
  }
  if (depth_ >= kMaxDepth) {
    problem(ProblemSeverity::kWarning, "limit-nesting", "this is nested too deeply to be evaluated",
            values().span(*node));
    return opaque("nesting", values().span(*node));
  }
  ++depth_;
  auto call = find_call(*node);
  Value value = call ? this->call(*call) : evaluate_plain(*node);
  --depth_;
  return value;
}

Value Evaluator::evaluate_under(std::string_view key, const Node* node) {
  path_.push_back({key, 0});
  Value value = evaluate(node);
  path_.pop_back();
  return value;
}

Value Evaluator::evaluate_plain(const Node& node) {
  switch (node.kind) {
    case NodeKind::kMapping: return mapping(node);
    case NodeKind::kSequence: return sequence(node);
    case NodeKind::kError: return opaque("syntax error", values().span(node));
    default: return text_scalar(node);
  }
}

Value Evaluator::sequence(const Node& node) {
  std::vector<Value> items;
  items.reserve(node.child_count);
  for (uint32_t i = 0; i < node.child_count; ++i) {
    path_.push_back({{}, i});
    Value item = evaluate(node.child_array[i]);
    path_.pop_back();
    if (item.guard != kNever) items.push_back(item);
  }
  return model::with_span(model::list_value(items, arena_), values().span(node));
}

Value Evaluator::mapping(const Node& node) {
  std::vector<Entry> entries;
  std::vector<Value> unknowns;  // what may add further keys
  auto add = [&](std::string_view key, Span key_span, const Node* value) {
    Value made = evaluate_under(key, value);
    if (made.guard != kNever) entries.push_back({key, key_span, made});
  };
  auto add_or_report = [&](std::string_view key, Span key_span, const Node* value) {
    auto function = function_of_key(key);
    if (function == Function::kTransform) {
      Call call{Function::kTransform, "Fn::Transform", &node, value, false};
      unknowns.push_back(fn_transform(call));
      return;
    }
    bool misplaced = function && *function != Function::kCondition && *function != Function::kRef;
    if (misplaced) {
      problem(ProblemSeverity::kWarning, "cfn-function",
              std::string(key) + " must be the only key of its mapping", key_span);
    }
    add(key, key_span, value);
  };
  if (needs_expansion(node)) {
    bool open = false;
    const Binding* outer = scope_;
    Guard assumed = assumed_;
    for (const ExpandedEntry& entry : expand(&node, &open)) {
      scope_ = entry.scope;
      assumed_ = guards_.both(assumed, entry.guard);
      add_or_report(entry.key, entry.key_span, entry.value);
      if (entry.guard != kAlways && !entries.empty()) {
        Value& made = entries.back().value;
        made.guard = guards_.both(made.guard, entry.guard);
      }
    }
    scope_ = outer;
    assumed_ = assumed;
    if (open) unknowns.push_back(opaque("Fn::ForEach", values().span(node)));
  } else {
    entries.reserve(node.child_count);
    for (const Node* pair : node.children()) {
      if (pair->kind != NodeKind::kPair || !pair->child(0)) continue;
      Span key_span = values().span(*pair->child(0));
      const Node* key = syntax::resolve_alias(pair->child(0));
      std::string_view text = key ? values().keep(key->text) : std::string_view{};
      if (scope_) text = bind_text(text);
      add_or_report(text, key_span, pair->child(1));
    }
  }
  Value made = model::with_span(model::object_value(entries, arena_), values().span(node));
  if (unknowns.empty()) return made;
  // Keys that are not seen here may exist: the whole is unknown, what is seen is kept beside it.
  model::Unknown unknown =
      model::derived_unknown("", nullptr, unknowns, guards_, arena_).unknown();
  unknown.not_null = true;
  unknown.structure = arena_.make<Value>(made);
  return model::with_span(model::unknown_value(unknown, arena_), made.span);
}

Value Evaluator::text_scalar(const Node& node) {
  Value value = values().scalar(node);
  if (!value.is_string()) return value;
  std::string_view text = value.text();
  if (scope_ && text.find('{') != std::string_view::npos) {
    bool unknown = false;
    std::string_view bound = bind_text(text, &unknown);
    if (unknown) {
      std::vector<Value> parts{model::string_value(bound)};
      for (const Binding* at = scope_; at; at = at->outer) {
        if (at->value.is_unknown()) parts.push_back(at->value);
      }
      return model::with_span(model::derived_unknown("", model::string_type(), parts, guards_, arena_),
                              value.span);
    }
    Span span = value.span;
    value = model::with_span(model::string_value(bound), span);
  }
  if (value.text().find("{{resolve:") != std::string_view::npos) return dynamic_reference(value);
  return value;
}

// `${Id}` and `&{Id}` (letters and digits only) of the loops around. An unknown stays as written.
std::string_view Evaluator::bind_text(std::string_view text, bool* unknown) {
  if (!scope_ || text.find('{') == std::string_view::npos) return text;
  std::string out;
  bool changed = false;
  for (size_t i = 0; i < text.size(); ++i) {
    bool opens = (text[i] == '$' || text[i] == '&') && i + 1 < text.size() && text[i + 1] == '{';
    size_t close = opens ? text.find('}', i) : std::string_view::npos;
    const Binding* found = nullptr;
    if (close != std::string_view::npos) {
      std::string_view name = text.substr(i + 2, close - i - 2);
      for (const Binding* at = scope_; at && !found; at = at->outer) {
        if (at->name == name) found = at;
      }
    }
    if (!found || !found->value.is_primitive()) {
      if (found && unknown) *unknown = true;
      out += text[i];
      continue;
    }
    for (char c : text_of(found->value)) {
      if (text[i] == '$' || is_alphanumeric(c)) out += c;
    }
    i = close;
    changed = true;
  }
  return changed ? arena_.copy(std::string_view(out)) : text;
}

Value Evaluator::evaluate_merged(const Node* global, const Node* local) {
  const Node* a = syntax::resolve_alias(global);
  const Node* b = syntax::resolve_alias(local);
  if (!a) return evaluate(local);
  if (!b) return evaluate(global);
  bool plain = !find_call(*a) && !find_call(*b);
  if (!plain || a->kind != b->kind || depth_ >= kMaxDepth) return evaluate(local);
  ++depth_;
  Value made;
  if (a->kind == NodeKind::kMapping) {
    std::vector<ExpandedEntry> ours = expand(b);
    std::vector<Entry> entries;
    auto find = [](const std::vector<ExpandedEntry>& list, std::string_view key) -> const Node* {
      for (const ExpandedEntry& entry : list) {
        if (entry.key == key) return entry.value;
      }
      return nullptr;
    };
    std::vector<ExpandedEntry> theirs = expand(a);
    for (const ExpandedEntry& entry : theirs) {
      path_.push_back({entry.key, 0});
      const Node* own = find(ours, entry.key);
      Value value = own ? evaluate_merged(entry.value, own) : evaluate(entry.value);
      path_.pop_back();
      if (value.guard != kNever) entries.push_back({entry.key, entry.key_span, value});
    }
    for (const ExpandedEntry& entry : ours) {
      if (find(theirs, entry.key)) continue;
      Value value = evaluate_under(entry.key, entry.value);
      if (value.guard != kNever) entries.push_back({entry.key, entry.key_span, value});
    }
    made = model::with_span(model::object_value(entries, arena_), values().span(*b));
  } else if (a->kind == NodeKind::kSequence) {
    Value first = sequence(*a), second = sequence(*b);
    std::vector<Value> items(first.items().begin(), first.items().end());
    items.insert(items.end(), second.items().begin(), second.items().end());
    made = model::with_span(model::list_value(items, arena_), values().span(*b));
  } else {
    made = evaluate(local);
  }
  --depth_;
  return made;
}

// --- Sections and loops.

std::vector<ExpandedEntry> Evaluator::expand(const Node* mapping, bool* open) {
  std::vector<ExpandedEntry> out;
  const Node* node = syntax::resolve_alias(mapping);
  if (is_mapping(node)) expand_into(*node, out, open, 0);
  return out;
}

void Evaluator::expand_into(const Node& mapping, std::vector<ExpandedEntry>& out, bool* open,
                            uint32_t depth) {
  syntax::for_each_entry(mapping, [&](const syntax::Entry& found) {
    if (!found.key) return;
    ExpandedEntry entry;
    entry.key = bind_text(values().keep(found.key->text));
    entry.key_span = values().span(*found.key);
    entry.pair_span = found.pair ? values().span(*found.pair) : entry.key_span;
    entry.value = found.value;
    entry.scope = scope_;
    if (found.key->text.starts_with(kForEach)) {
      expand_loop(entry, out, open, depth);
    } else if (const Node* top = nullptr; const Binding* scope = found.key->text == "Fn::Transform" && depth < 16
                                                                     ? included(entry.value, &top)
                                                                     : nullptr) {
      scope_ = scope;
      if (is_mapping(top)) expand_into(*top, out, open, depth + 1);
      scope_ = entry.scope;
    } else {
      out.push_back(entry);
    }
  });
}

void Evaluator::expand_loop(const ExpandedEntry& loop, std::vector<ExpandedEntry>& out, bool* open,
                            uint32_t depth) {
  const Node* list = syntax::resolve_alias(loop.value);
  const Node* body = is_sequence(list) ? syntax::resolve_alias(list->child(2)) : nullptr;
  auto name = is_sequence(list) ? plain_text(list->child(0)) : std::nullopt;
  if (!name || !is_mapping(body) || list->child_count != 3 || depth > 16) {
    problem(ProblemSeverity::kWarning, "cfn-foreach",
            "Fn::ForEach needs a list: identifier, collection, and a mapping to repeat",
            loop.key_span);
    if (open) *open = true;
    return;
  }
  Value collection = evaluate(list->child(1));
  const Binding* outer = scope_;
  auto repeat = [&](const Value& item, Guard guard) {
    if (++loop_bodies_ > kMaxLoopBodies) {
      problem(ProblemSeverity::kWarning, "limit-instances",
              "Fn::ForEach makes too many entries; the rest is not analysed", loop.key_span);
      if (open) *open = true;
      return;
    }
    Binding binding{values().keep(*name), item, outer, outer ? outer->values : nullptr};
    scope_ = arena_.make<Binding>(binding);
    size_t first = out.size();
    expand_into(*body, out, open, depth + 1);
    for (size_t i = first; i < out.size(); ++i) out[i].guard = guards_.both(out[i].guard, guard);
    scope_ = outer;
  };
  if (collection.is_sequence()) {
    for (const Value& item : collection.items()) {
      if (loop_bodies_ > kMaxLoopBodies) break;
      repeat(with_guard(item, kAlways), item.guard);
    }
    return;
  }
  // Not known: one body stands for all, under the guard that there is an element.
  if (open) *open = true;
  std::string named = model::name_of(collection);
  if (named.empty()) named = std::string(*name) + "@" + std::to_string(loop.key_span.begin);
  std::vector<core::Symbol> causes = model::causes_of(collection, guards_);
  Guard some = open_guard("size(" + named + ") > 0", causes);
  std::string element = id(named + "[*]");
  Value item = model::derived_unknown(element, model::string_type(), {&collection, 1}, guards_, arena_);
  repeat(model::with_span(item, values().span(*list->child(0))), some);
}

// --- What functions share.

const Origin* Evaluator::origin(OriginKind kind, Span span, std::string_view what, std::span<const Value> from) {
  return model::origin_of(arena_, kind, span, what, from);
}

bool Evaluator::spend(size_t bytes, Span at) {
  text_bytes_ += bytes;
  if (text_bytes_ <= kMaxTextBytes) return true;
  problem(ProblemSeverity::kWarning, "limit-text",
          "functions of this template make too much text; this value is not evaluated", at);
  return false;
}

Value Evaluator::wrong_call(const Call& call, std::string message) {
  problem(ProblemSeverity::kWarning, "cfn-function", std::move(message), values().span(*call.node));
  return opaque(call.name, values().span(*call.node));
}

Value Evaluator::opaque(std::string_view cause, Span at, const model::Type* type) {
  std::string name = id(cause);
  name.append(1, '@').append(std::to_string(at.begin));
  model::Unknown unknown = model::unknown_input(name, type, arena_).unknown();
  unknown.cause_array = arena_.make<core::Symbol>(core::Symbol(cause));
  unknown.cause_count = 1;
  return model::with_span(model::unknown_value(unknown, arena_), at);
}

Value Evaluator::no_value(Span at) {
  return with_guard(model::with_span(model::null_value(), at), kNever);
}

Value Evaluator::over(std::span<const Value> args, const Operation& op) {
  bool open = std::any_of(args.begin(), args.end(), [](const Value& value) {
    return value.guard != kAlways || value.is_alternatives();
  });
  if (!open) return op(args);
  uint32_t before = budget_;
  budget_ = kMaxChoices;
  std::vector<Value> picked;
  std::vector<Alternative> out;
  over_from(args, 0, kAlways, picked, out, op);
  bool spent = budget_ == 0;
  budget_ = before;
  if (spent || out.empty()) return model::derived_unknown("", nullptr, args, guards_, arena_);
  return model::alternatives_value(out, guards_, arena_);
}

void Evaluator::over_from(std::span<const Value> args, size_t next, Guard under,
                          std::vector<Value>& picked, std::vector<Alternative>& out,
                          const Operation& op) {
  under = guards_.assuming(under, assumed_);
  if (under == kNever || budget_ == 0) return;
  if (next == args.size()) {
    --budget_;
    Value value = op(picked);
    out.push_back({under, with_guard(value, kAlways)});
    return;
  }
  const Value& arg = args[next];
  if (arg.guard != kAlways) {
    over_from(args, next + 1, guards_.both(under, guards_.negate(arg.guard)), picked, out, op);
    under = guards_.both(under, arg.guard);
  }
  if (!arg.is_alternatives()) {
    picked.push_back(with_guard(arg, kAlways));
    over_from(args, next + 1, under, picked, out, op);
    picked.pop_back();
    return;
  }
  for (const Alternative& alternative : arg.alternatives()) {
    picked.push_back(model::with_marks(alternative.value, arg.marks));
    over_from(args, next + 1, guards_.both(under, alternative.guard), picked, out, op);
    picked.pop_back();
  }
}

Value Evaluator::choose(const Value& selector, std::span<const std::string_view> keys,
                        std::span<const Value> choices, const Value* otherwise) {
  std::vector<Guard> hits;
  size_t last = keys.size();
  for (size_t i = 0; i < keys.size(); ++i) {
    Guard hit = equals(selector, model::string_value(keys[i]), selector.span);
    hit = guards_.assuming(hit, assumed_);
    hits.push_back(hit);
    if (hit != kNever) last = i;
  }
  std::vector<Alternative> out;
  Guard rest = kAlways;
  for (size_t i = 0; i < keys.size(); ++i) {
    Guard guard = !otherwise && i == last ? rest : guards_.both(rest, hits[i]);
    if (guard == kNever) continue;
    out.push_back({guard, with_guard(choices[i], kAlways)});
    rest = guards_.both(rest, guards_.negate(guard));
  }
  if (otherwise && rest != kNever) out.push_back({rest, *otherwise});
  if (out.empty()) {
    return model::derived_unknown("", nullptr, {&selector, 1}, guards_, arena_);
  }
  return model::alternatives_value(out, guards_, arena_);
}

}  // namespace assay::formats::cloudformation
