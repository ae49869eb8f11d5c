// The functions that choose (Select, FindInMap) and those of few arguments: Cidr, Base64, GetAZs,
// ImportValue, Length, ToJsonString, Transform.
#include <algorithm>
#include <charconv>

#include "parsers/core/base64.h"
#include "parsers/core/limits.h"
#include "parsers/core/path.h"
#include "parsers/core/suggest.h"
#include "parsers/formats/cloudformation/cidr.h"
#include "parsers/formats/cloudformation/evaluator.h"
#include "parsers/model/provenance.h"

namespace assay::formats::cloudformation {

using core::ProblemSeverity;
using core::Span;
using model::Guard;
using model::kAlways;
using model::OriginKind;
using model::Value;
using syntax::Node;

namespace {

constexpr size_t kMaxKeys = 64;  // of a mapping that an unknown key chooses from

std::optional<uint32_t> whole_number(std::string_view text) {
  uint32_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return number;
}

}  // namespace

// --- Choosing.

Value Evaluator::fn_select(const Call& call) {
  std::vector<const Node*> args = arguments(call);
  if (args.size() != 2) return wrong_call(call, "Fn::Select needs an index and a list");
  Value both[] = {with_guard(evaluate(args[0]), kAlways), with_guard(evaluate(args[1]), kAlways)};
  Value value = over(both, [&](std::span<const Value> chosen) {
    const Value& index = chosen[0];
    const Value& list = chosen[1];
    if (!list.is_sequence() || !(index.is_primitive() || index.is_unknown())) {
      return list.is_unknown() ? derived("Select", nullptr, chosen)
                               : wrong_call(call, "Fn::Select needs an index and a list");
    }
    return over(list.items(), [&](std::span<const Value> items) {
      if (index.is_unknown()) {
        if (items.empty() || items.size() > core::kMaxAlternatives) {
          return derived("Select", nullptr, chosen);
        }
        std::vector<std::string_view> keys;
        for (size_t i = 0; i < items.size(); ++i) {
          keys.push_back(arena_.copy(std::string_view(std::to_string(i))));
        }
        return choose(index, keys, items, nullptr);
      }
      auto position = whole_number(text_of(index));
      if (!position || *position >= items.size()) {
        return wrong_call(call, "Fn::Select asks for element " + text_of(index) + " of a list of " +
                                    std::to_string(items.size()));
      }
      return items[*position];
    });
  });
  if (value.is_primitive() || value.is_unknown()) return result(call, value, {&value, 1});
  return value;
}

Value Evaluator::fn_find_in_map(const Call& call) {
  std::vector<const Node*> args = arguments(call);
  if (args.size() < 3 || args.size() > 4) {
    return wrong_call(call, "Fn::FindInMap needs a map name and two keys");
  }
  std::optional<Value> fallback;
  if (args.size() == 4) {
    const Node* node = args[3] ? syntax::lookup(*args[3], "DefaultValue") : nullptr;
    if (node) fallback = with_guard(evaluate(node), kAlways);
  }
  const Value* otherwise = fallback ? &*fallback : nullptr;
  Value keys[3];
  for (int i = 0; i < 3; ++i) keys[i] = with_guard(evaluate(args[i]), kAlways);

  auto missing = [&](std::string_view what, const Value& key, const Node* level) {
    if (otherwise) return *otherwise;
    std::string message = "Mappings have no " + std::string(what) + " \"" + text_of(key) + "\"";
    if (is_mapping(level)) {
      std::vector<std::string_view> candidates;
      for (const ExpandedEntry& entry : expand(level)) candidates.push_back(entry.key);
      message += core::did_you_mean(text_of(key), candidates);
    }
    return wrong_call(call, std::move(message));
  };
  // Descends one level; an unknown key chooses among all that the level has.
  std::function<Value(const Node*, std::span<const Value>)> descend =
      [&](const Node* level, std::span<const Value> rest) -> Value {
    if (rest.empty()) return evaluate(level);
    const Node* mapping = syntax::resolve_alias(level);
    std::string_view what = rest.size() == 3 ? "map" : rest.size() == 2 ? "top-level key" : "key";
    if (!is_mapping(mapping)) return missing(what, rest[0], nullptr);
    if (syntax::lookup(*mapping, "Fn::Transform")) return opaque("Fn::Transform", values().span(*mapping));
    if (rest[0].is_primitive()) {
      const Node* next = syntax::lookup(*mapping, text_of(rest[0]));
      return next ? descend(next, rest.subspan(1)) : missing(what, rest[0], mapping);
    }
    std::vector<std::string_view> names;
    std::vector<Value> choices;
    for (const ExpandedEntry& entry : expand(mapping)) {
      if (names.size() >= kMaxKeys) break;
      // A choice that lacks the next key would fail to deploy: it is none.
      bool leads = rest.size() < 2 || !rest[1].is_primitive() || otherwise ||
                   (entry.value && syntax::lookup(*entry.value, text_of(rest[1])));
      if (!leads) continue;
      names.push_back(entry.key);
      choices.push_back(descend(entry.value, rest.subspan(1)));
    }
    if (!rest[0].is_unknown() || names.empty() || names.size() >= kMaxKeys) {
      return derived("FindInMap", nullptr, keys);
    }
    return choose(rest[0], names, choices, otherwise);
  };
  if (!mappings_ && !otherwise) {
    return wrong_call(call, "Fn::FindInMap is used, but the template has no Mappings");
  }
  Value value = over(keys, [&](std::span<const Value> chosen) {
    return mappings_ ? descend(mappings_, chosen) : *otherwise;
  });
  if (value.is_primitive() || value.is_unknown()) return result(call, value, {&value, 1});
  if (value.is_alternatives()) return with_span(value, values().span(*call.node));
  return value;
}

// --- The rest.

Value Evaluator::fn_cidr(const Call& call) {
  std::vector<const Node*> args = arguments(call);
  if (args.size() < 2 || args.size() > 3) {
    return wrong_call(call, "Fn::Cidr needs an address block, a count and the bits of each subnet");
  }
  Value given[3] = {with_guard(evaluate(args[0]), kAlways), with_guard(evaluate(args[1]), kAlways),
                    model::int_value(8)};
  if (args.size() == 3) given[2] = with_guard(evaluate(args[2]), kAlways);
  const model::Type* strings = model::list_type(arena_, model::string_type());
  Value value = over(given, [&](std::span<const Value> chosen) {
    auto count = whole_number(text_of(chosen[1]));
    auto host_bits = whole_number(text_of(chosen[2]));
    bool open = chosen[0].is_unknown() || chosen[1].is_unknown() || chosen[2].is_unknown();
    if (open) {
      model::Unknown unknown = derived("Cidr", strings, chosen).unknown();
      unknown.not_null = true;
      if (count) unknown.min_length = unknown.max_length = *count;
      return model::unknown_value(unknown, arena_);
    }
    if (!count || !host_bits) return wrong_call(call, "Fn::Cidr: the count and the bits must be numbers");
    auto subnets = cut_block(text_of(chosen[0]), *count, *host_bits);
    if (!subnets) return wrong_call(call, "Fn::Cidr: " + subnets.error().message);
    std::vector<Value> items;
    for (const std::string& text : *subnets) {
      Value item = model::string_value(arena_.copy(std::string_view(text)));
      items.push_back(with_origin(with_span(item, values().span(*call.node)), chosen[0].origin));
    }
    return model::list_value(items, arena_);
  });
  return result(call, value, {given, 1});
}

// A list of the zones of a region: which they are, only the cloud knows (--context may say).
Value Evaluator::fn_zones(const Call& call, const Value& given) {
  Value region = given;
  if (given.is_null() || (given.is_string() && given.text().empty())) {
    region = pseudo("AWS::Region", values().span(*call.node));
  }
  const model::Type* strings = model::list_type(arena_, model::string_type());
  if (region.is_string() && region.text() == context_text({"AWS::Region", "aws_region.name", "aws_region.id"})) {
    std::vector<Value> zones;
    for (std::string& name : context_list({"AWS::AvailabilityZones", "aws_availability_zones.names"})) {
      zones.push_back(with_span(model::string_value(arena_.copy(std::string_view(name))),
                                values().span(*call.node)));
    }
    if (!zones.empty()) return model::list_value(zones, arena_);
  }
  model::Unknown unknown = derived("GetAZs", strings, {&region, 1}).unknown();
  if (unknown.cause_count == 0) {
    unknown.cause_array = arena_.make<core::Symbol>(core::Symbol("GetAZs"));
    unknown.cause_count = 1;
  }
  unknown.not_null = true;
  unknown.min_length = 1;
  return model::unknown_value(unknown, arena_);
}

Value Evaluator::fn_length(const Call& call, const Value& list) {
  if (list.is_sequence()) {
    return over(list.items(), [&](std::span<const Value> items) {
      return model::int_value(static_cast<int64_t>(items.size()));
    });
  }
  if (!list.is_unknown()) return wrong_call(call, "Fn::Length needs a list");
  const model::Unknown& unknown = list.unknown();
  int64_t low = unknown.min_length;
  if (low >= 0 && low == unknown.max_length) return model::int_value(low);
  Value made = derived("Length", model::number_type(), {&list, 1});
  model::Unknown length = made.unknown();
  length.not_null = true;
  length.minimum = arena_.make<core::Number>(core::Number(std::max<int64_t>(0, low)));
  if (unknown.max_length >= 0) length.maximum = arena_.make<core::Number>(core::Number(unknown.max_length));
  return model::with_marks(model::unknown_value(length, arena_), made.marks);
}

Value Evaluator::fn_unary(const Call& call) {
  Value given = with_guard(argument(call), kAlways);
  std::string_view name = call.name.starts_with("Fn::") ? call.name.substr(4) : call.name;
  Span whole = values().span(*call.node);
  auto known_text = [](const Value& value) { return value.is_primitive(); };
  bool read_elsewhere = false;  // the chain leads there, not to the arguments
  Value value = over({&given, 1}, [&](std::span<const Value> chosen) -> Value {
    const Value& one = chosen[0];
    switch (call.function) {
      case Function::kBase64: {
        if (known_text(one)) {
          if (!spend(2 * one.size, whole)) return opaque(call.name, whole, model::string_type());
          std::string text = core::base64_encode(text_of(one));
          return model::with_marks(model::string_value(arena_.copy(std::string_view(text))), one.marks);
        }
        Value made = derived(name, model::string_type(), chosen);
        model::Unknown unknown = made.unknown();
        unknown.not_null = true;
        unknown.structure = arena_.make<Value>(one);
        return model::with_marks(model::unknown_value(unknown, arena_), made.marks);
      }
      case Function::kGetAZs: return fn_zones(call, one);
      case Function::kImportValue: {
        if (place_.surroundings) {
          auto value = place_.surroundings->imported(one);
          read_elsewhere = value.has_value();
          if (value) return through(OriginKind::kModuleOutput, whole, "ImportValue", *value);
        }
        std::string named = "ImportValue(" + model::name_of(one) + ")";
        model::Unknown unknown = model::unknown_input(id(named), nullptr, arena_).unknown();
        unknown.not_null = true;
        return model::unknown_value(unknown, arena_);
      }
      case Function::kLength: return fn_length(call, one);
      case Function::kToJsonString: {
        if (model::wholly_known(one)) {
          std::string text = model::to_text(one, nullptr, true);
          if (!spend(text.size(), whole)) return opaque(call.name, whole, model::string_type());
          return model::with_marks(model::string_value(arena_.copy(std::string_view(text))),
                                   model::marks_inside(one));
        }
        Value made = derived(name, model::string_type(), chosen);
        model::Unknown unknown = made.unknown();
        unknown.not_null = true;
        unknown.structure = arena_.make<Value>(one);
        return model::with_marks(model::unknown_value(unknown, arena_), made.marks);
      }
      default: return opaque(call.name, values().span(*call.node));
    }
  });
  if (read_elsewhere) return value;
  return result(call, value, {&given, 1});
}

// --- Transforms.

Value Evaluator::fn_transform(const Call& call) {
  const Node* top = nullptr;
  if (const Binding* scope = included(call.argument, &top)) {
    const Binding* outer = scope_;
    scope_ = scope;
    Value value = evaluate(top);
    scope_ = outer;
    return through(OriginKind::kFunction, values().span(*call.node), "AWS::Include", value);
  }
  auto name = is_mapping(call.argument) ? plain_text(syntax::lookup(*call.argument, "Name"))
                                        : std::nullopt;
  std::string what = "Fn::Transform";
  if (name) what.append(1, ' ').append(*name);
  not_expanded(what, values().span(*call.node));
  return opaque(arena_.copy(std::string_view(what)), values().span(*call.node));
}

const Binding* Evaluator::included(const Node* transform, const Node** top) {
  const Node* body = syntax::resolve_alias(transform);
  if (!is_mapping(body) || plain_text(syntax::lookup(*body, "Name")) != "AWS::Include") return nullptr;
  const Node* given = syntax::lookup(*body, "Parameters");
  const Node* location = is_mapping(given) ? syntax::lookup(*given, "Location") : nullptr;
  auto text = location && !find_call(*location) ? plain_text(location) : std::nullopt;
  if (!text || text->find("://") != std::string_view::npos || !context_.sources) return nullptr;
  const std::string& here = context_.sources->path(values().tree().file);
  std::string path = core::normalize_path(core::join_path(core::parent_path(here), *text));
  const InputFile* file = context_.find(path);
  if (!file || !file->tree || file->tree->language == syntax::Language::kHcl) return nullptr;
  uint32_t depth = 0;
  for (const Binding* at = scope_; at; at = at->outer) {
    if (at->values && at->values->tree().file == file->id) return nullptr;  // includes itself
    if (++depth > 32) return nullptr;
  }
  const Node* document = file->tree->root ? file->tree->root->child(0) : nullptr;
  *top = document ? syntax::resolve_alias(document->child(0)) : nullptr;
  if (!*top) return nullptr;
  std::unique_ptr<TreeValues>& values = included_[file->id];
  if (!values) {
    values = std::make_unique<TreeValues>(*file->tree, syntax::ScalarMode::kCloudFormation,
                                          syntax::MergeRule::kExplicitWins, arena_);
    model::Coverage& coverage = root_.coverage.emplace_back();
    coverage.path = file->path;
    coverage.format = root_.format;
  }
  Binding made;
  made.outer = scope_;
  made.values = values.get();
  return arena_.make<Binding>(made);
}

}  // namespace assay::formats::cloudformation
