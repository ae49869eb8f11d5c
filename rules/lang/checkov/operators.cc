#include "rules/lang/checkov/operators.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <optional>

#include "parsers/core/text.h"
#include "rules/lang/cel/text.h"
#include "rules/lang/cel/val.h"

namespace assay::rules::checkov {
namespace {

using model::Value;

constexpr int kMaxDepth = 32;
constexpr int64_t kMaxRange = 70000;  // numbers that a range stands for

// str() of Python.
std::string text_of(const Value& value, bool inside = false, int depth = 0) {
  if (depth > kMaxDepth) return "...";
  switch (value.kind) {
    case model::ValueKind::kNull: return "None";
    case model::ValueKind::kBool: return value.boolean ? "True" : "False";
    case model::ValueKind::kNumber: {
      std::string text = value.number().to_text();
      if ((value.flags & model::kFloatText) && text.find_first_of(".e") == std::string::npos) text += ".0";
      return text;
    }
    case model::ValueKind::kString: return inside ? "'" + std::string(value.text()) + "'" : std::string(value.text());
    default: break;
  }
  std::string out;
  if (value.is_sequence()) {
    for (const Value& item : value.items()) out += (out.empty() ? "" : ", ") + text_of(item, true, depth + 1);
    return "[" + out + "]";
  }
  if (value.is_mapping()) {
    for (const model::Entry& entry : value.entries()) {
      out += (out.empty() ? "'" : ", '") + std::string(entry.key) + "': " + text_of(entry.value, true, depth + 1);
    }
    return "{" + out + "}";
  }
  return model::to_text(value);
}

std::optional<double> number_of(const Value& value) {
  if (value.is_number()) return value.number().to_double();
  if (value.is_bool()) return value.boolean ? 1.0 : 0.0;
  if (!value.is_string()) return std::nullopt;
  std::string text(core::trim(value.text()));
  if (text.empty()) return std::nullopt;
  char* end = nullptr;
  double out = std::strtod(text.c_str(), &end);
  if (*end != '\0' || text.find_first_of("xXpP") != std::string::npos) return std::nullopt;
  return out;
}

std::optional<int64_t> integer_of(const Value& value) {
  auto number = number_of(value);
  if (!number || *number != static_cast<double>(static_cast<int64_t>(*number)) || *number > 1e15 || *number < -1e15) return std::nullopt;
  return static_cast<int64_t>(*number);
}

size_t words_in(std::string_view text) {
  size_t words = 0;
  bool inside = false;
  for (char c : text) {
    bool blank = c == ' ' || (c >= '\t' && c <= '\r');
    words += !blank && !inside;
    inside = !blank;
  }
  return words;
}

// A network, or an address as a network of one.
std::optional<cel::Network> network_of(const Value& value) {
  if (!value.is_string()) return std::nullopt;
  std::string_view text = core::trim(value.text());
  if (auto cidr = cel::parse_cidr(text)) return cidr;
  auto ip = cel::parse_ip(text);
  if (ip) ip->prefix = ip->family == 4 ? 32 : 128;
  return ip;
}

bool lies_in(const cel::Network& inner, const cel::Network& outer) {
  if (inner.family != outer.family || inner.prefix < outer.prefix) return false;
  for (int bit = 0; bit < outer.prefix; ++bit) {
    int mask = 0x80 >> (bit % 8);
    if ((inner.bytes[bit / 8] & mask) != (outer.bytes[bit / 8] & mask)) return false;
  }
  return true;
}

class Judge {
 public:
  Judge(Attributes& attributes, const Block& block) : attributes_(attributes), block_(block) {}

  bool holds(const Found& found) {
    if (block_.op == Operator::kAny) return true;
    if (block_.op == Operator::kExists) return exists(found);
    // An attribute that is null is as good as missing.
    const Value* value = found.value;
    if (value && value->is_null() && block_.op != Operator::kEquals && block_.op != Operator::kEqualsIgnoreCase &&
        block_.op != Operator::kRegexMatch) {
      value = nullptr;
    }
    if (value && value->is_unknown()) {
      if (value->unknown().structure && block_.op != Operator::kEquals) value = &attributes_.settle(*value->unknown().structure);
      else return unknown(*value);
    }
    switch (block_.op) {
      case Operator::kEquals: return equal_as_text(value);
      case Operator::kEqualsIgnoreCase:
        return value && core::equals_ignoring_case(text_of(*value), text_of(block_.value));
      case Operator::kContains: return value && contains(*value);
      case Operator::kWithin: return value && within(*value);
      case Operator::kStartingWith: return value && value->is_string() && value->text().starts_with(text_of(block_.value));
      case Operator::kEndingWith: return value && value->is_string() && value->text().ends_with(text_of(block_.value));
      case Operator::kRegexMatch: return matches(value ? text_of(*value) : "None");
      case Operator::kGreaterThan:
      case Operator::kGreaterThanOrEqual:
      case Operator::kLessThan:
      case Operator::kLessThanOrEqual: return value && ordered(*value);
      case Operator::kSubset: return value && subset(*value);
      case Operator::kIntersects: return value && intersects(*value);
      case Operator::kIsEmpty: return value && (value->is_string() || value->is_sequence() || value->is_mapping()) && value->size == 0;
      case Operator::kLengthEquals:
      case Operator::kLengthGreaterThan:
      case Operator::kLengthGreaterThanOrEqual:
      case Operator::kLengthLessThan:
      case Operator::kLengthLessThanOrEqual: return value && length(*value);
      case Operator::kIsTrue: return value && value->is_true();
      case Operator::kRangeIncludes: return value && range_includes(*value);
      case Operator::kWordsEquals:
      case Operator::kWordsGreaterThan:
      case Operator::kWordsGreaterThanOrEqual:
      case Operator::kWordsLessThan:
      case Operator::kWordsLessThanOrEqual: return value && value->is_string() && compares(static_cast<int64_t>(words_in(value->text())));
      case Operator::kCidrRangeSubset: return value && cidr_subset(*value);
      case Operator::kAny:
      case Operator::kExists: break;
    }
    return false;
  }

 private:
  World& world() { return *attributes_.context().world; }

  bool ask(const Value& value, std::string_view what) {
    const model::Unknown& unknown = value.unknown();
    std::string id(unknown.id.text());
    if (id.empty()) {
      char text[48];
      std::snprintf(text, sizeof text, "?%u:%u-%u", value.span.file, value.span.begin, value.span.end);
      id = text;
    }
    return world().decide_other(std::string(what) + "(" + id + ", " + model::to_text(block_.value) + ")", unknown.causes());
  }

  bool matches(const std::string& text) {
    if (!block_.backtracking) return block_.regex && block_.regex->search(text);
    auto found = block_.backtracking->search(text);
    if (!found) attributes_.spend(UINT64_MAX);  // no answer in the time there is
    return found.value_or(false);
  }

  bool exists(const Found& found) {
    if (!found.value || found.value->is_null()) return false;
    // What somebody wrote is there, whatever it comes to; a part of something unknown may be missing.
    if (found.value->is_unknown() && found.inside_unknown) return ask(*found.value, "exists");
    return true;
  }

  bool unknown(const Value& value) {
    const model::Unknown& facts = value.unknown();
    bool text = block_.value.is_string();
    switch (block_.op) {
      case Operator::kEquals: return equal_unknown(value, block_.value);
      case Operator::kWithin:
        if (!block_.value.is_sequence()) break;
        return std::any_of(block_.value.items().begin(), block_.value.items().end(),
                           [&](const Value& item) { return equal_unknown(value, item); });
      case Operator::kStartingWith:
        if (text && facts.prefix.starts_with(block_.value.text())) return true;
        if (text && !block_.value.text().starts_with(facts.prefix) && !facts.prefix.empty()) return false;
        break;
      case Operator::kEndingWith:
        if (text && facts.suffix.ends_with(block_.value.text())) return true;
        if (text && !block_.value.text().ends_with(facts.suffix) && !facts.suffix.empty()) return false;
        break;
      case Operator::kContains:
        if (text && (facts.prefix.find(block_.value.text()) != std::string_view::npos ||
                     facts.suffix.find(block_.value.text()) != std::string_view::npos)) {
          return true;
        }
        break;
      case Operator::kIsEmpty: return world().empty(attributes_.guards(), value);
      case Operator::kIsTrue:
        if (facts.type && facts.type->kind != model::TypeKind::kBool && facts.type->kind != model::TypeKind::kDynamic) return false;
        return equal_unknown(value, model::bool_value(true));
      default: break;
    }
    static constexpr std::string_view kNames[] = {
        "any", "equals", "equals_ignore_case", "exists", "contains", "within", "starting_with", "ending_with",
        "regex_match", "greater_than", "greater_than_or_equal", "less_than", "less_than_or_equal", "subset", "intersects",
        "is_empty", "length_equals", "length_greater_than", "length_greater_than_or_equal", "length_less_than",
        "length_less_than_or_equal", "is_true", "range_includes", "number_of_words_equals", "number_of_words_greater_than",
        "number_of_words_greater_than_or_equal", "number_of_words_less_than", "number_of_words_less_than_or_equal",
        "cidr_range_subset"};
    return ask(value, kNames[static_cast<size_t>(block_.op)]);
  }

  // The constant in the type that the unknown has, so that the question is the one others ask, too.
  bool equal_unknown(const Value& value, const Value& constant) {
    const model::Type* type = value.unknown().type;
    Value wanted = constant;
    core::Arena& arena = *attributes_.context().arena;
    if (type && type->kind == model::TypeKind::kBool && constant.is_string()) {
      if (core::equals_ignoring_case(constant.text(), "true")) wanted = model::bool_value(true);
      else if (core::equals_ignoring_case(constant.text(), "false")) wanted = model::bool_value(false);
    } else if (type && type->kind == model::TypeKind::kNumber && constant.is_string()) {
      if (auto number = core::Number::parse(constant.text(), arena)) wanted = model::number_value(*number, arena);
    } else if (type && type->kind == model::TypeKind::kString && (constant.is_number() || constant.is_bool())) {
      wanted = model::string_value(arena.copy(constant.is_bool() ? (constant.boolean ? "true" : "false") : text_of(constant)));
    }
    return world().equals(attributes_.guards(), value, wanted);
  }

  // == of Python, for elements of lists.
  bool same(const Value& given, const Value& constant, int depth = 0) {
    const Value& value = attributes_.settle(given);
    if (value.is_unknown()) return equal_unknown(value, constant);
    if (depth > kMaxDepth) return false;
    if ((value.is_number() || value.is_bool()) && (constant.is_number() || constant.is_bool())) return number_of(value) == number_of(constant);
    if (value.is_sequence() && constant.is_sequence()) {
      if (value.size != constant.size) return false;
      for (uint32_t i = 0; i < value.size; ++i) {
        if (!same(value.items()[i], constant.items()[i], depth + 1)) return false;
      }
      return true;
    }
    if (value.is_mapping() && constant.is_mapping()) {
      if (value.size != constant.size) return false;
      for (const model::Entry& entry : value.entries()) {
        const Value* other = constant.find(entry.key);
        if (!other || !same(entry.value, *other, depth + 1)) return false;
      }
      return true;
    }
    return model::same_value(value, constant);
  }

  bool equal_as_text(const Value* value) {
    const Value& wanted = block_.value;
    static const Value kNull = model::null_value();
    const Value& at = value ? *value : kNull;
    if (at.is_bool() || wanted.is_bool()) return core::equals_ignoring_case(text_of(at), text_of(wanted));
    bool collections = (at.is_sequence() && wanted.is_sequence()) || (at.is_mapping() && wanted.is_mapping());
    if (collections) return same(at, wanted);
    if (!model::wholly_known(at)) return ask(model::derived_unknown("", nullptr, {&at, 1}, attributes_.guards(), *attributes_.context().arena), "equals");
    return text_of(at) == text_of(wanted);
  }

  bool has_part(const Value& part) {
    if (part.is_string()) return block_.value.is_string() && part.text().find(block_.value.text()) != std::string_view::npos;
    if (part.is_sequence()) {
      return std::any_of(part.items().begin(), part.items().end(), [&](const Value& item) { return same(item, block_.value); });
    }
    return part.is_mapping() && block_.value.is_string() && part.find(block_.value.text()) != nullptr;
  }
  bool contains(const Value& given) {
    const Value* value = &given;
    if (value->is_string()) {
      // Text that spells a list or an object is looked into, also with single quotes.
      std::string_view text = core::trim(value->text());
      if (!text.empty() && (text[0] == '[' || text[0] == '{')) {
        std::string copy(text);
        std::replace(copy.begin(), copy.end(), '\'', '"');
        std::string_view kept = attributes_.context().arena->copy(copy);
        if (const Value* structure = attributes_.structure_of(kept, value->span)) value = structure;
      }
    }
    if (!value->is_mapping()) return has_part(*value);
    if (block_.value.is_string() && value->find(block_.value.text()) != nullptr) return true;
    return std::any_of(value->entries().begin(), value->entries().end(), [&](const model::Entry& entry) {
      const Value& part = attributes_.settle(entry.value);
      if (part.is_unknown()) return ask(part, "contains");
      return has_part(part);
    });
  }

  bool within(const Value& value) {
    const Value& list = block_.value;
    if (list.is_string()) return value.is_string() && list.text().find(value.text()) != std::string_view::npos;
    if (list.is_mapping()) return value.is_string() && list.find(value.text()) != nullptr;
    return std::any_of(list.items().begin(), list.items().end(), [&](const Value& item) { return same(value, item); });
  }

  bool ordered(const Value& value) {
    auto left = number_of(value);
    auto right = number_of(block_.value);
    int order;
    if (left && right && *left != 0 && *right != 0) {
      order = *left < *right ? -1 : *left > *right ? 1 : 0;
    } else {
      order = text_of(value).compare(text_of(block_.value));
    }
    switch (block_.op) {
      case Operator::kGreaterThan: return order > 0;
      case Operator::kGreaterThanOrEqual: return order >= 0;
      case Operator::kLessThan: return order < 0;
      default: return order <= 0;
    }
  }

  bool in_value(const Value& item) {
    const Value& list = block_.value;
    if (!list.is_sequence()) return same(item, list);
    return std::any_of(list.items().begin(), list.items().end(), [&](const Value& wanted) { return same(item, wanted); });
  }
  bool subset(const Value& value) {
    if (value.is_sequence()) {
      return std::all_of(value.items().begin(), value.items().end(), [&](const Value& item) { return in_value(item); });
    }
    if (value.is_mapping()) {
      return std::all_of(value.entries().begin(), value.entries().end(),
                         [&](const model::Entry& entry) { return in_value(model::string_value(entry.key)); });
    }
    return in_value(value);
  }
  bool intersects(const Value& value) {
    const Value& list = block_.value;
    if (list.is_string()) return has_part(value);
    if (value.is_string()) {
      for (size_t i = 0; i < value.text().size(); ++i) {
        if (in_value(model::string_value(value.text().substr(i, 1)))) return true;
      }
      return false;
    }
    if (value.is_mapping()) {
      return std::any_of(value.entries().begin(), value.entries().end(),
                         [&](const model::Entry& entry) { return in_value(model::string_value(entry.key)); });
    }
    if (!value.is_sequence()) return in_value(value);
    return std::any_of(value.items().begin(), value.items().end(), [&](const Value& item) { return in_value(item); });
  }

  bool compares(int64_t count) {
    auto wanted = integer_of(block_.value);
    if (!wanted) return false;
    switch (block_.op) {
      case Operator::kLengthEquals:
      case Operator::kWordsEquals: return count == *wanted;
      case Operator::kLengthGreaterThan:
      case Operator::kWordsGreaterThan: return count > *wanted;
      case Operator::kLengthGreaterThanOrEqual:
      case Operator::kWordsGreaterThanOrEqual: return count >= *wanted;
      case Operator::kLengthLessThan:
      case Operator::kWordsLessThan: return count < *wanted;
      default: return count <= *wanted;
    }
  }
  bool length(const Value& value) {
    if (value.is_mapping()) return compares(1);
    if (value.is_sequence()) return compares(value.size);
    if (!value.is_string()) return false;
    auto characters = std::count_if(value.text().begin(), value.text().end(), [](char c) { return (c & 0xC0) != 0x80; });
    return compares(characters);
  }

  struct Range {
    int64_t from, to;
  };
  // "22", 22, "20-25"; false when it is none.
  static bool read_range(const Value& value, Range& out) {
    if (auto number = integer_of(value)) {
      out = {*number, *number};
      return true;
    }
    if (!value.is_string()) return false;
    std::string_view text = value.text();
    size_t dash = text.find('-', 1);
    if (dash == std::string_view::npos) return false;
    auto from = integer_of(model::string_value(core::trim(text.substr(0, dash))));
    auto to = integer_of(model::string_value(core::trim(text.substr(dash + 1))));
    if (!from || !to) return false;
    out = {*from, *to};
    return true;
  }
  bool range_overlaps(const Value& given) {
    const Value& value = attributes_.settle(given);
    if (value.is_unknown()) return ask(value, "range_includes");
    if (value.is_string() && value.text() == "*") return true;
    Range have;
    if (!read_range(value, have)) return false;
    auto hits = [&](const Value& wanted) {
      Range want;
      return read_range(wanted, want) && want.to - want.from <= kMaxRange && have.from <= want.to && want.from <= have.to;
    };
    if (!block_.value.is_sequence()) return hits(block_.value);
    return std::any_of(block_.value.items().begin(), block_.value.items().end(), hits);
  }
  bool range_includes(const Value& value) {
    if (!value.is_sequence()) return range_overlaps(value);
    return std::any_of(value.items().begin(), value.items().end(), [&](const Value& item) { return range_overlaps(item); });
  }

  bool cidr_inside(const Value& given) {
    const Value& value = attributes_.settle(given);
    if (value.is_unknown()) return ask(value, "cidr_range_subset");
    auto inner = network_of(value);
    if (!inner) return false;
    auto within_one = [&](const Value& wanted) {
      auto outer = network_of(wanted);
      return outer && lies_in(*inner, *outer);
    };
    if (!block_.value.is_sequence()) return within_one(block_.value);
    return std::any_of(block_.value.items().begin(), block_.value.items().end(), within_one);
  }
  bool cidr_subset(const Value& value) {
    if (!value.is_sequence()) return cidr_inside(value);
    return std::all_of(value.items().begin(), value.items().end(), [&](const Value& item) { return cidr_inside(item); });
  }

  Attributes& attributes_;
  const Block& block_;
};

}  // namespace

bool condition_holds(Attributes& attributes, const Block& block, const Found& found) {
  return Judge(attributes, block).holds(found) != block.negated;
}

bool is_listed(const Value& list, std::string_view text) {
  if (list.is_string()) return list.text() == text;
  return std::any_of(list.items().begin(), list.items().end(), [&](const Value& item) { return text_of(item) == text; });
}

bool filter_holds(Attributes& attributes, const Value& given, const JsonFilter& filter) {
  const Value& value = attributes.settle(given);
  if (value.is_unknown()) {
    const model::Unknown& unknown = value.unknown();
    if (filter.compare == JsonFilter::Compare::kEqual || filter.compare == JsonFilter::Compare::kNotEqual) {
      Value wanted = model::string_value(filter.text);
      bool boolean = unknown.type && unknown.type->kind == model::TypeKind::kBool;
      core::Arena& arena = *attributes.context().arena;
      if (filter.literal == JsonFilter::Literal::kBool || (boolean && (filter.text == "true" || filter.text == "false"))) {
        wanted = model::bool_value(core::equals_ignoring_case(filter.text, "true"));
      } else if (filter.literal == JsonFilter::Literal::kNull) {
        wanted = model::null_value();
      } else if (unknown.type && unknown.type->kind == model::TypeKind::kNumber) {
        if (auto number = core::Number::parse(filter.text, arena)) wanted = model::number_value(*number, arena);
      }
      bool equal = attributes.context().world->equals(attributes.guards(), value, wanted);
      return equal == (filter.compare == JsonFilter::Compare::kEqual);
    }
    return attributes.context().world->decide_other(
        "filter" + std::to_string(static_cast<int>(filter.compare)) + "(" + std::string(unknown.id.text()) + ", " + filter.text + ")",
        unknown.causes());
  }
  if (filter.compare == JsonFilter::Compare::kMatches) {
    return value.is_string() && filter.regex && filter.regex->search(value.text());
  }
  int order = 0;
  bool comparable = true;
  switch (filter.literal) {
    case JsonFilter::Literal::kNumber:
    case JsonFilter::Literal::kBool: {
      auto number = number_of(value);
      comparable = number.has_value();
      if (comparable) order = *number < filter.number ? -1 : *number > filter.number ? 1 : 0;
      break;
    }
    case JsonFilter::Literal::kNull:
      comparable = false;
      order = value.is_null() ? 0 : 1;
      break;
    case JsonFilter::Literal::kText:
      comparable = value.is_string();
      order = comparable ? value.text().compare(filter.text) : 1;
      break;
  }
  if (!comparable && filter.literal != JsonFilter::Literal::kNull) order = 1;
  switch (filter.compare) {
    case JsonFilter::Compare::kEqual: return (comparable || filter.literal == JsonFilter::Literal::kNull) && order == 0;
    case JsonFilter::Compare::kNotEqual: return order != 0;
    case JsonFilter::Compare::kLess: return comparable && order < 0;
    case JsonFilter::Compare::kAtMost: return comparable && order <= 0;
    case JsonFilter::Compare::kGreater: return comparable && order > 0;
    case JsonFilter::Compare::kAtLeast: return comparable && order >= 0;
    default: return false;
  }
}

}  // namespace assay::rules::checkov
