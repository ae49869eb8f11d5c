// Functions over strings. Positions and lengths count grapheme clusters; results are NFC.
#include <algorithm>
#include <vector>

#include "parsers/core/text.h"
#include "parsers/formats/terraform/functions/internal.h"

namespace assay::formats::terraform {
namespace {

constexpr uint16_t kUnknowns = kTakesUnknown | kTakesWhole;

template <typename Map>
std::string map_characters(std::string_view text, const Map& map) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    core::Utf8 next = core::decode_utf8(text, at);
    if (next.valid) {
      core::append_utf8(out, map(next.code));
    } else {
      out += text[at];
    }
    at += next.length;
  }
  return out;
}

// A function that maps each character by itself also maps a known prefix.
template <typename Map>
CallResult by_character(CallContext& context, std::string_view name, const Value& argument,
                        const Map& map) {
  if (argument.is_string()) return text_result(context, map_characters(argument.text(), map));
  model::Unknown facts = unknown_facts(context, name, model::string_type(), {&argument, 1});
  facts.prefix = context.arena.copy(map_characters(argument.unknown().prefix, map));
  facts.suffix = context.arena.copy(map_characters(argument.unknown().suffix, map));
  return model::unknown_value(facts, context.arena);
}

CallResult lower(CallContext& context, Arguments arguments) {
  return by_character(context, "lower", arguments[0], core::unicode_lower);
}
CallResult upper(CallContext& context, Arguments arguments) {
  return by_character(context, "upper", arguments[0], core::unicode_upper);
}

CallResult title(CallContext& context, Arguments arguments) {
  bool starts = true;
  return text_result(context, map_characters(arguments[0].text(), [&](char32_t code) {
                       char32_t out = starts ? core::unicode_title(code) : code;
                       bool word = code >= 0x80
                                       ? !core::is_unicode_space(code)
                                       : core::is_alpha(static_cast<char>(code)) ||
                                             core::is_digit(static_cast<char>(code)) || code == '_';
                       starts = !word;
                       return out;
                     }));
}

CallResult chomp(CallContext& context, Arguments arguments) {
  std::string_view text = arguments[0].text();
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  return text_result(context, text);
}

CallResult indent(CallContext& context, Arguments arguments) {
  std::optional<int64_t> spaces = arguments[0].number().to_int64();
  if (!spaces || *spaces < 0)
    return bad_argument("spaces", "a whole number not below zero is required");
  std::string_view text = arguments[1].text();
  size_t lines = static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
  if (lines > 0 && static_cast<uint64_t>(*spaces) > core::kMaxStringBytes / lines)
    return failure("the result is too long");
  std::string pad = "\n" + std::string(lines > 0 ? static_cast<size_t>(*spaces) : 0, ' ');
  return text_result(context, core::replace_all(text, "\n", pad));
}

// --- join and split

// What the joined text ends with: back to the last part that is not known.
std::string joined_end(std::string_view separator, Arguments lists) {
  std::string out;
  bool first = true;
  for (size_t i = lists.size(); i > 0; --i) {
    const Value& list = lists[i - 1];
    if (list.is_unknown()) {
      // An empty list would leave no separator before what follows.
      return out;
    }
    for (uint32_t k = list.size; k > 0; --k) {
      const Value& item = list.items()[k - 1];
      if (!first) out.insert(0, separator);
      first = false;
      if (item.is_unknown()) return std::string(item.unknown().suffix) + out;
      if (!item.is_string() || out.size() > core::kMaxStringBytes) return out;
      out.insert(0, item.text());
    }
  }
  return out;
}

CallResult join(CallContext& context, Arguments arguments) {
  if (arguments.size() < 2) return failure("at least one list is required");
  if (arguments[0].is_unknown())
    return unknown_result(context, "join", model::string_type(), arguments);
  std::string_view separator = arguments[0].text();
  std::string out;
  bool first = true;
  bool open = false;
  for (const Value& list : arguments.subspan(1)) {
    if (list.is_unknown()) {
      open = true;
      break;
    }
    uint32_t index = 0;
    for (const Value& item : list.items()) {
      if (item.is_null()) {
        return bad_argument("lists", "element " + std::to_string(index) +
                                         " is null; cannot concatenate null values");
      }
      ++index;
      if (open) continue;
      if (!first) out += separator;
      first = false;
      if (item.is_unknown()) {
        out += item.unknown().prefix;
        open = true;
        continue;
      }
      out += item.text();
      if (out.size() > core::kMaxStringBytes) return failure("the result is too long");
    }
  }
  if (!open) return text_result(context, out);
  model::Unknown facts = unknown_facts(context, "join", model::string_type(), arguments);
  facts.prefix = context.arena.copy(core::to_nfc(out));
  facts.suffix = context.arena.copy(core::to_nfc(joined_end(separator, arguments.subspan(1))));
  return model::unknown_value(facts, context.arena);
}

CallResult split(CallContext& context, Arguments arguments) {
  std::string_view separator = arguments[0].text(), text = arguments[1].text();
  std::vector<Value> parts;
  if (separator.empty()) {
    for (size_t at = 0; at < text.size();) {
      size_t next = at + core::decode_utf8(text, at).length;
      parts.push_back(model::string_value(text.substr(at, next - at)));
      at = next;
    }
  } else {
    for (size_t at = 0;;) {
      size_t end = text.find(separator, at);
      parts.push_back(
          model::string_value(text.substr(at, end == std::string_view::npos ? end : end - at)));
      if (end == std::string_view::npos) break;
      at = end + separator.size();
    }
  }
  if (parts.size() > core::kMaxCollection) return failure("the result has too many elements");
  // Parts stand where the whole stood: the literal to change is the same.
  for (Value& part : parts) {
    part.span = arguments[1].span;
    part.origin = arguments[1].origin;
  }
  return make_list(parts, model::string_type(), context);
}

// --- parts

CallResult strrev(CallContext& context, Arguments arguments) {
  std::string_view text = arguments[0].text();
  std::string out(text.size(), '\0');
  size_t end = text.size();
  for (size_t at = 0; at < text.size();) {
    size_t next = core::next_grapheme(text, at);
    end -= next - at;
    std::copy(text.begin() + static_cast<ptrdiff_t>(at),
              text.begin() + static_cast<ptrdiff_t>(next),
              out.begin() + static_cast<ptrdiff_t>(end));
    at = next;
  }
  return text_result(context, out);
}

CallResult substr(CallContext& context, Arguments arguments) {
  // The characters asked for may lie in the known beginning, before its last, which may yet grow.
  if (std::any_of(arguments.begin(), arguments.end(), [](const Value& v) { return v.is_unknown(); })) {
    if (arguments[0].is_unknown() && arguments[1].is_number() && arguments[2].is_number()) {
      std::string_view known = arguments[0].unknown().prefix;
      auto from = arguments[1].number().to_int64(), count = arguments[2].number().to_int64();
      int64_t characters = static_cast<int64_t>(core::grapheme_count(known));
      if (from && count && *from >= 0 && *count >= 0 && *from < characters && *count < characters - *from) {
        Value plain[] = {model::string_value(known), arguments[1], arguments[2]};
        return substr(context, plain);
      }
    }
    return unknown_result(context, "substr", model::string_type(), arguments);
  }
  std::string_view text = arguments[0].text();
  std::optional<int64_t> offset = arguments[1].number().to_int64(),
                         length = arguments[2].number().to_int64();
  if (!offset || !length) return failure("a whole number is required");
  int64_t start = *offset;
  if (start < 0) {
    start += static_cast<int64_t>(core::grapheme_count(text));
    if (start < 0) start = 0;
  }
  size_t at = 0;
  for (; start > 0 && at < text.size(); --start) at = core::next_grapheme(text, at);
  if (*length < 0) return text_result(context, text.substr(at));
  // Terraform reads a length of zero behind an offset from the end as "all that is left".
  if (*length == 0 && *offset < 0) return text_result(context, text.substr(at));
  size_t end = at;
  for (int64_t left = *length; left > 0 && end < text.size(); --left)
    end = core::next_grapheme(text, end);
  return text_result(context, text.substr(at, end - at));
}

template <typename Belongs>
std::string_view trimmed(std::string_view text, const Belongs& belongs) {
  size_t begin = 0, end = 0;
  bool seen = false;
  for (size_t at = 0; at < text.size();) {
    core::Utf8 next = core::decode_utf8(text, at);
    if (!belongs(next.code)) {
      if (!seen) begin = at;
      seen = true;
      end = at + next.length;
    }
    at += next.length;
  }
  return seen ? text.substr(begin, end - begin) : std::string_view();
}

CallResult trim(CallContext& context, Arguments arguments) {
  std::vector<char32_t> cut;
  std::string_view cutset = arguments[1].text();
  for (size_t at = 0; at < cutset.size();) {
    core::Utf8 next = core::decode_utf8(cutset, at);
    cut.push_back(next.code);
    at += next.length;
  }
  return text_result(context, trimmed(arguments[0].text(), [&](char32_t code) {
                       return std::find(cut.begin(), cut.end(), code) != cut.end();
                     }));
}

CallResult trimspace(CallContext& context, Arguments arguments) {
  return text_result(context, trimmed(arguments[0].text(), core::is_unicode_space));
}

// The prefix is known to be there, or known not to be; otherwise nobody can say.
CallResult trimprefix_unknown(CallContext& context, Arguments arguments) {
  model::Unknown facts = unknown_facts(context, "trimprefix", model::string_type(), arguments);
  if (arguments[0].is_unknown() && arguments[1].is_string()) {
    std::string_view known = arguments[0].unknown().prefix, prefix = arguments[1].text();
    size_t common = std::min(known.size(), prefix.size());
    if (known.substr(0, common) != prefix.substr(0, common)) return arguments[0];
    if (known.size() >= prefix.size()) facts.prefix = known.substr(prefix.size());
  }
  return model::unknown_value(facts, context.arena);
}

CallResult trimprefix(CallContext& context, Arguments arguments) {
  if (arguments[0].is_unknown() || arguments[1].is_unknown())
    return trimprefix_unknown(context, arguments);
  std::string_view text = arguments[0].text(), prefix = arguments[1].text();
  return text_result(context,
                     text.substr(0, prefix.size()) == prefix ? text.substr(prefix.size()) : text);
}

bool ends_with(std::string_view text, std::string_view suffix) {
  return text.size() >= suffix.size() && text.substr(text.size() - suffix.size()) == suffix;
}

CallResult trimsuffix(CallContext& context, Arguments arguments) {
  std::string_view text = arguments[0].text(), suffix = arguments[1].text();
  return text_result(context,
                     ends_with(text, suffix) ? text.substr(0, text.size() - suffix.size()) : text);
}

// --- questions

CallResult startswith(CallContext& context, Arguments arguments) {
  const Value& value = arguments[0];
  if (arguments[1].is_string()) {
    std::string_view wanted = arguments[1].text();
    if (wanted.empty()) return model::bool_value(true);
    if (value.is_string())
      return model::bool_value(value.text().substr(0, wanted.size()) == wanted);
    std::string_view known = value.unknown().prefix;
    size_t common = std::min(known.size(), wanted.size());
    if (known.substr(0, common) != wanted.substr(0, common)) return model::bool_value(false);
    if (known.size() >= wanted.size()) return model::bool_value(true);
  }
  return unknown_result(context, "startswith", model::bool_type(), arguments);
}

CallResult endswith(CallContext& context, Arguments arguments) {
  const Value& value = arguments[0];
  if (arguments[1].is_string()) {
    std::string_view wanted = arguments[1].text();
    if (wanted.empty()) return model::bool_value(true);
    if (value.is_string()) return model::bool_value(ends_with(value.text(), wanted));
    std::string_view known = value.unknown().suffix;
    if (ends_with(known, wanted)) return model::bool_value(true);
    if (!ends_with(wanted, known)) return model::bool_value(false);
  }
  return unknown_result(context, "endswith", model::bool_type(), arguments);
}

CallResult strcontains(CallContext& context, Arguments arguments) {
  if (arguments[1].is_string()) {
    std::string_view known =
        arguments[0].is_string() ? arguments[0].text() : arguments[0].unknown().prefix;
    bool found = known.find(arguments[1].text()) != std::string_view::npos;
    if (arguments[0].is_unknown())
      found = found || arguments[0].unknown().suffix.find(arguments[1].text()) != std::string_view::npos;
    if (found || arguments[0].is_string()) return model::bool_value(found);
  }
  return unknown_result(context, "strcontains", model::bool_type(), arguments);
}

constexpr FunctionInfo kFunctions[] = {
    {"chomp", "s", chomp, 0, 's'},
    {"endswith", "s s", endswith, kUnknowns, 'b'},
    {"indent", "n s", indent, 0, 's'},
    {"join", "s ls*", join, kUnknowns, 's'},
    {"lower", "s", lower, kUnknowns, 's'},
    {"split", "s s", split, 0, 'l'},
    {"startswith", "s s", startswith, kUnknowns, 'b'},
    {"strcontains", "s s", strcontains, kUnknowns, 'b'},
    {"strrev", "s", strrev, 0, 's'},
    {"substr", "s n n", substr, kUnknowns, 's'},
    {"title", "s", title, 0, 's'},
    {"trim", "s s", trim, 0, 's'},
    {"trimprefix", "s s", trimprefix, kUnknowns, 's'},
    {"trimspace", "s", trimspace, 0, 's'},
    {"trimsuffix", "s s", trimsuffix, 0, 's'},
    {"upper", "s", upper, kUnknowns, 's'},
};

}  // namespace

Value text_value(CallContext& context, std::string_view text) {
  if (core::is_ascii(text)) return model::string_value(context.arena.copy(text));
  return model::string_value(context.arena.copy(core::to_nfc(text)));
}

CallResult text_result(CallContext& context, std::string_view text) {
  if (text.size() > core::kMaxStringBytes) return failure("the result is too long");
  return text_value(context, text);
}

std::span<const FunctionInfo> string_functions() { return kFunctions; }

}  // namespace assay::formats::terraform
