// yamldecode: YAML as go-cty-yaml types it: booleans of YAML 1.1, numbers of YAML 1.2, dates as
// RFC 3339 texts, merge keys.
#include <algorithm>
#include <string>
#include <vector>

#include "parsers/core/base64.h"
#include "parsers/core/text.h"
#include "parsers/formats/terraform/functions/internal.h"
#include "parsers/syntax/yaml/reader.h"

namespace assay::formats::terraform {

CallResult yamlencode(CallContext& context, Arguments arguments);

namespace {

using syntax::Node;
using syntax::NodeKind;

bool one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

bool is_null_text(std::string_view text) { return one_of(text, {"", "~", "null", "Null", "NULL"}); }

std::optional<bool> read_bool(std::string_view text) {
  if (one_of(text, {"y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"}))
    return true;
  if (one_of(text, {"n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"}))
    return false;
  return std::nullopt;
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), core::is_digit);
}

// Decimal: digits with a point and an exponent, also ".5" and "1.".
bool is_decimal(std::string_view text) {
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  size_t exponent = text.find_first_of("eE");
  if (exponent != std::string_view::npos) {
    std::string_view power = text.substr(exponent + 1);
    if (!power.empty() && (power[0] == '-' || power[0] == '+')) power.remove_prefix(1);
    if (!all_digits(power)) return false;
    text = text.substr(0, exponent);
  }
  size_t point = text.find('.');
  if (point == std::string_view::npos) return all_digits(text);
  std::string_view whole = text.substr(0, point), fraction = text.substr(point + 1);
  if (!fraction.empty() && !all_digits(fraction)) return false;
  return whole.empty() ? !fraction.empty() : all_digits(whole);
}

std::optional<core::Number> read_number(std::string_view text, core::Arena& arena) {
  if (text.size() > 4096) return std::nullopt;
  if (text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'o')) {
    if (text[2] == '-' || text[2] == '+') return std::nullopt;
    return core::Number::parse_integer(text.substr(2), text[1] == 'x' ? 16 : 8, arena);
  }
  if (!is_decimal(text)) return std::nullopt;
  return core::Number::parse(text, arena);
}

// A date or time of YAML 1.1 as RFC 3339, without fractions; nullopt when it is neither.
std::optional<std::string> read_timestamp(std::string_view text) {
  size_t at = 0;
  bool good = true;
  auto number = [&](size_t least, size_t most, int high) {
    size_t start = at;
    int value = 0;
    while (at < text.size() && at - start < most && core::is_digit(text[at]))
      value = value * 10 + (text[at++] - '0');
    good = good && at - start >= least && value <= high;
    return value;
  };
  auto expect = [&](char c) {
    good = good && at < text.size() && text[at] == c;
    ++at;
  };
  int year = number(4, 4, 9999);
  expect('-');
  int month = number(1, 2, 12);
  expect('-');
  int day = number(1, 2, 31);
  if (!good || month < 1 || day < 1) return std::nullopt;
  bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  if ((month == 2 && day > (leap ? 29 : 28)) ||
      (day == 31 && (month == 4 || month == 6 || month == 9 || month == 11))) {
    return std::nullopt;
  }
  char buffer[40];
  std::snprintf(buffer, sizeof buffer, "%04d-%02d-%02dT", year, month, day);
  std::string out = buffer;
  if (at == text.size()) return out + "00:00:00Z";
  char separator = text[at++];
  if (separator != 'T' && separator != 't' && separator != ' ') return std::nullopt;
  int hour = number(1, 2, 23);
  expect(':');
  int minute = number(1, 2, 59);
  expect(':');
  int second = number(1, 2, 59);
  if (!good) return std::nullopt;
  std::snprintf(buffer, sizeof buffer, "%02d:%02d:%02d", hour, minute, second);
  out += buffer;
  if (at < text.size() && text[at] == '.') {
    size_t start = ++at;
    while (at < text.size() && core::is_digit(text[at])) ++at;
    if (at == start) return std::nullopt;
  }
  if (separator == ' ') return at == text.size() ? std::optional(out + "Z") : std::nullopt;
  if (text.substr(at) == "Z") return out + "Z";
  std::string_view zone = text.substr(std::min(at, text.size()));
  bool offset = zone.size() == 6 && (zone[0] == '+' || zone[0] == '-') && zone[3] == ':' &&
                all_digits(zone.substr(1, 2)) && all_digits(zone.substr(4, 2));
  if (!offset) return std::nullopt;
  return out + (zone.substr(1) == "00:00" ? "Z" : std::string(zone));
}

class Decoder {
 public:
  Decoder(CallContext& context, const Value& source) : context_(context), source_(source) {}

  Value value(const Node& node, uint32_t depth) {
    if (!error.empty()) return {};
    if (depth > core::kMaxNesting) return fail("the text is nested too deeply");
    if (node.kind == NodeKind::kAlias) {
      return node.child(0) != nullptr
                 ? value(*node.child(0), depth + 1)
                 : fail("reference to undefined anchor \"" + std::string(node.text) + "\"");
    }
    if (node.kind == NodeKind::kSequence) {
      if (!one_of(node.tag(), {"", "!!seq"}))
        return fail("can't interpret sequence as " + std::string(node.tag()));
      std::vector<Value> items;
      for (const Node* child : node.children()) items.push_back(value(*child, depth + 1));
      return placed(make_list(items, nullptr, context_, ValueKind::kTuple));
    }
    if (node.kind == NodeKind::kMapping) return mapping(node, depth);
    if (node.kind == NodeKind::kNull) return placed(model::null_value());
    if (node.kind == NodeKind::kScalar) return placed(scalar(node));
    return fail("the text holds something that is not YAML");
  }

  std::string error;

 private:
  Value fail(std::string message) {
    if (error.empty()) error = std::move(message);
    return {};
  }
  Value placed(Value value) const {
    value.span = source_.span;
    value.origin = source_.origin;
    return value;
  }

  Value mapping(const Node& node, uint32_t depth) {
    if (!one_of(node.tag(), {"", "!!map"}))
      return fail("can't interpret mapping as " + std::string(node.tag()));
    std::vector<Entry> entries;
    for (const Node* pair : node.children()) {
      if (pair->child_count < 1) continue;
      const Node& key_node = *pair->child(0);
      Value item = pair->child(1) != nullptr ? value(*pair->child(1), depth + 1)
                                             : placed(model::null_value());
      if (!error.empty()) return {};
      bool merges = key_node.kind == NodeKind::kScalar && key_node.style == syntax::Style::kPlain &&
                    key_node.text == "<<" && key_node.tag().empty();
      if (merges) {
        if (!item.is_mapping())
          return fail("cannot merge " + friendly_name(item) + " into mapping");
        entries.insert(entries.end(), item.entries().begin(), item.entries().end());
        continue;
      }
      Value key = value(key_node, depth + 1);
      if (!error.empty()) return {};
      if (key.is_null()) return fail("mapping key cannot be null");
      if (!key.is_primitive()) return fail("only strings are allowed as mapping keys");
      std::string_view name =
          key.is_string() ? key.text() : context_.arena.copy(primitive_text(key));
      entries.push_back({name, source_.span, item});
    }
    std::stable_sort(entries.begin(), entries.end(),
                     [](const Entry& a, const Entry& b) { return a.key < b.key; });
    std::vector<Entry> kept;  // the last of equal keys, merged ones included
    for (const Entry& entry : entries) {
      if (!kept.empty() && kept.back().key == entry.key) kept.pop_back();
      kept.push_back(entry);
    }
    return placed(make_mapping(std::move(kept), nullptr, context_));
  }

  Value scalar(const Node& node) {
    std::string_view tag = node.tag(), text = node.text;
    if (tag == "!!str") return text_value(context_, text);
    if (tag.empty()) {
      if (node.style != syntax::Style::kPlain) return text_value(context_, text);
      return plain(text);
    }
    if (tag == "!!null") return model::null_value();
    if (tag == "!!bool") {
      auto truth = read_bool(text);
      return truth ? model::bool_value(*truth)
                   : fail("cannot parse \"" + std::string(text) + "\" as bool");
    }
    if (tag == "!!int" || tag == "!!float") {
      auto number = read_number(text, context_.arena);
      if (!number || (tag == "!!int" && !number->is_whole()))
        return fail("cannot parse \"" + std::string(text) + "\" as a number");
      return model::number_value(*number, context_.arena);
    }
    if (tag == "!!timestamp") {
      auto time = read_timestamp(text);
      return time ? text_value(context_, *time)
                  : fail("cannot parse \"" + std::string(text) + "\" as a timestamp");
    }
    if (tag == "!!binary") {
      auto bytes = core::base64_decode(text);
      if (!bytes) return fail("cannot parse \"" + std::string(text) + "\" as base64");
      return text_value(context_, core::base64_encode(*bytes));
    }
    return fail("unsupported tag \"" + std::string(tag) + "\"");
  }

  Value plain(std::string_view text) {
    if (is_null_text(text)) return model::null_value();
    if (auto truth = read_bool(text)) return model::bool_value(*truth);
    if (auto number = read_number(text, context_.arena))
      return model::number_value(*number, context_.arena);
    if (one_of(text, {".nan", ".NaN", ".NAN"})) return fail("floating point NaN is not supported");
    std::string_view unsigned_text = text.substr(text[0] == '-' || text[0] == '+' ? 1 : 0);
    if (one_of(unsigned_text, {".inf", ".Inf", ".INF"}))
      return fail("infinity cannot be represented");
    if (core::is_digit(text[0])) {
      if (auto time = read_timestamp(text)) return text_value(context_, *time);
    }
    return text_value(context_, text);
  }

  CallContext& context_;
  const Value& source_;
};

CallResult yamldecode(CallContext& context, Arguments arguments) {
  const Value& source = arguments[0];
  if (source.is_unknown()) {
    std::string_view id = source.unknown().id.text();
    bool encoded = id.substr(0, context.root_id.size() + 12) == context.root_id + "#yamlencode(";
    if (source.unknown().structure != nullptr && encoded) return *source.unknown().structure;
    return unknown_result(context, "yamldecode", nullptr, arguments);
  }
  std::unique_ptr<syntax::Tree> tree = syntax::read_yaml(core::kNoFile, source.text());
  for (const core::Problem& problem : tree->problems) {
    // Repeated keys are fine here: the last one counts.
    if (problem.severity == core::ProblemSeverity::kError && problem.code != "yaml-duplicate-key") {
      return failure("the text is not YAML: " + problem.message);
    }
  }
  if (tree->root->child_count == 0) return failure("missing start of document");
  if (tree->root->child_count > 1) return failure("unexpected extra content after value");
  const Node* document = tree->root->child(0);
  if (document->child_count == 0) {
    bool marked = source.text().find("---") != std::string_view::npos;
    return marked ? CallResult(model::null_value()) : failure("missing start of document");
  }
  Decoder decoder(context, source);
  Value value = decoder.value(*document->child(0), 0);
  if (!decoder.error.empty()) return failure(decoder.error);
  return value;
}

constexpr FunctionInfo kFunctions[] = {
    {"yamldecode", "s", yamldecode, kTakesUnknown | kTakesWhole},
    {"yamlencode", "d?", yamlencode, kTakesUnknown | kTakesWhole | kTakesGuards, 's'},
};

}  // namespace

std::span<const FunctionInfo> yaml_functions() { return kFunctions; }

}  // namespace assay::formats::terraform
