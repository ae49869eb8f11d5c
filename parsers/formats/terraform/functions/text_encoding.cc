// urlencode, csvdecode, textencodebase64 and textdecodebase64.
#include <algorithm>
#include <string>
#include <vector>

#include "parsers/core/base64.h"
#include "parsers/core/text.h"
#include "parsers/formats/terraform/functions/internal.h"

namespace assay::formats::terraform {
namespace {

CallResult urlencode(CallContext& context, Arguments arguments) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (char c : arguments[0].text()) {
    if (core::is_alpha(c) || core::is_digit(c) || c == '-' || c == '_' || c == '.' || c == '~') {
      out += c;
    } else if (c == ' ') {
      out += '+';
    } else {
      unsigned char byte = static_cast<unsigned char>(c);
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return text_result(context, out);
}

// --- csvdecode: RFC 4180 as Go's encoding/csv reads it.

class CsvReader {
 public:
  explicit CsvReader(std::string_view text) : text_(text) {}

  // The next record that is not an empty line; nullopt at the end or at an error.
  std::optional<std::vector<std::string>> record() {
    while (at_ < text_.size() && line_break() > 0) skip_break();
    if (at_ >= text_.size()) return std::nullopt;
    std::vector<std::string> fields;
    record_line = line_;
    for (;;) {
      fields.push_back(at_ < text_.size() && text_[at_] == '"' ? quoted() : plain());
      if (!error.empty()) return std::nullopt;
      if (at_ < text_.size() && text_[at_] == ',') {
        ++at_;
        continue;
      }
      if (at_ < text_.size()) skip_break();
      return fields;
    }
  }

  std::string error;
  size_t record_line = 1;

 private:
  size_t line_break() const {
    if (text_[at_] == '\n') return 1;
    return text_.substr(at_, 2) == "\r\n" ? 2 : 0;
  }
  void skip_break() {
    at_ += line_break();
    ++line_;
  }

  std::string plain() {
    size_t start = at_;
    while (at_ < text_.size() && text_[at_] != ',' && line_break() == 0) {
      if (text_[at_] == '"') error = "bare \" in non-quoted-field";
      ++at_;
    }
    return std::string(text_.substr(start, at_ - start));
  }

  std::string quoted() {
    std::string out;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\n') ++line_;
      if (text_[at_] != '"') {
        if (text_.substr(at_, 2) == "\r\n") continue;  // a line break inside quotes is "\n"
        out += text_[at_];
        continue;
      }
      if (text_.substr(at_, 2) != "\"\"") break;
      out += '"';
      ++at_;
    }
    bool closed = at_ < text_.size();
    if (closed) ++at_;
    if (!closed || (at_ < text_.size() && text_[at_] != ',' && line_break() == 0)) {
      error = "extraneous or missing \" in quoted-field";
    }
    return out;
  }

  std::string_view text_;
  size_t at_ = 0;
  size_t line_ = 1;
};

CallResult csvdecode(CallContext& context, Arguments arguments) {
  CsvReader reader(arguments[0].text());
  auto wrong = [&](std::string_view what) {
    return failure("CSV parse error on line " + std::to_string(reader.record_line) + ": " +
                   std::string(what));
  };
  auto header = reader.record();
  if (!reader.error.empty()) return wrong(reader.error);
  if (!header) return failure("missing header line");
  std::vector<std::string_view> names;
  std::vector<model::TypeMember> members;
  for (const std::string& name : *header) {
    std::string_view kept = text_value(context, name).text();
    if (std::find(names.begin(), names.end(), kept) != names.end()) {
      return failure("duplicate column name \"" + name + "\"");
    }
    names.push_back(kept);
    model::TypeMember member;
    member.name = kept;
    member.type = model::string_type();
    members.push_back(member);
  }
  std::vector<Value> rows;
  while (auto record = reader.record()) {
    if (record->size() != names.size()) return wrong("wrong number of fields");
    if (rows.size() >= core::kMaxCollection / names.size())
      return failure("the result has too many elements");
    std::vector<Entry> entries;
    for (size_t i = 0; i < names.size(); ++i) {
      Value cell = text_value(context, (*record)[i]);
      cell.span = arguments[0].span;
      cell.origin = arguments[0].origin;
      entries.push_back({names[i], arguments[0].span, cell});
    }
    rows.push_back(make_mapping(std::move(entries), nullptr, context));
    rows.back().span = arguments[0].span;
  }
  if (!reader.error.empty()) return wrong(reader.error);
  return make_list(rows, model::object_type(context.arena, members), context);
}

// --- Text in other encodings. IANA names; the table holds those that are computed, not looked up.

enum class Encoding : uint8_t {
  kUtf8,
  kUtf16,
  kUtf16Big,
  kUtf16Little,
  kLatin1,
  kAscii,
  kWindows1252,
  kUnknown
};

Encoding find_encoding(std::string_view name) {
  static constexpr std::pair<std::string_view, Encoding> kNames[] = {
      {"utf-8", Encoding::kUtf8},
      {"utf8", Encoding::kUtf8},
      {"utf-16", Encoding::kUtf16},
      {"utf-16be", Encoding::kUtf16Big},
      {"utf-16le", Encoding::kUtf16Little},
      {"iso-8859-1", Encoding::kLatin1},
      {"latin1", Encoding::kLatin1},
      {"l1", Encoding::kLatin1},
      {"us-ascii", Encoding::kAscii},
      {"ascii", Encoding::kAscii},
      {"windows-1252", Encoding::kWindows1252}};
  for (auto [known, encoding] : kNames) {
    if (core::equals_ignoring_case(name, known)) return encoding;
  }
  return Encoding::kUnknown;
}

// Other names that IANA lists exist, but what they mean is not computed here.
bool may_exist(std::string_view name) {
  static constexpr std::string_view kFamilies[] = {
      "iso-8859-", "windows-125", "ibm", "cp", "koi8-",      "shift_jis", "euc-", "gb",
      "big5",      "macintosh",   "iso-2022-", "hz-gb-2312", "tis-620",   "x-"};
  std::string lower = core::to_lower_ascii(name);
  return std::any_of(std::begin(kFamilies), std::end(kFamilies), [&](std::string_view family) {
    return lower.substr(0, family.size()) == family;
  });
}

// Windows-1252 differs from Latin-1 in 0x80 to 0x9F; 0 where it has no character.
constexpr char32_t kWindows1252[32] = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

bool encode_character(char32_t code, Encoding encoding, std::string& out) {
  auto unit = [&](unsigned value) {
    char high = static_cast<char>(value >> 8), low = static_cast<char>(value & 0xff);
    if (encoding == Encoding::kUtf16Little) std::swap(high, low);
    out += high;
    out += low;
  };
  switch (encoding) {
    case Encoding::kUtf8:
      core::append_utf8(out, code);
      return true;
    case Encoding::kUtf16:
    case Encoding::kUtf16Big:
    case Encoding::kUtf16Little:
      if (code < 0x10000) {
        unit(static_cast<unsigned>(code));
      } else {
        unit(0xD800 + static_cast<unsigned>((code - 0x10000) >> 10));
        unit(0xDC00 + static_cast<unsigned>((code - 0x10000) & 0x3ff));
      }
      return true;
    case Encoding::kWindows1252:
      for (unsigned i = 0; i < 32; ++i) {
        if (kWindows1252[i] != 0 && kWindows1252[i] == code) {
          out += static_cast<char>(0x80 + i);
          return true;
        }
      }
      if (code >= 0x80 && code < 0xA0) return false;
      [[fallthrough]];
    case Encoding::kLatin1:
      if (code > 0xff) return false;
      out += static_cast<char>(code);
      return true;
    case Encoding::kAscii:
      if (code > 0x7f) return false;
      out += static_cast<char>(code);
      return true;
    case Encoding::kUnknown:
      return false;
  }
  return false;
}

// Encodings that write ASCII as ASCII does; ASCII texts need no table of theirs.
bool extends_ascii(std::string_view name) {
  std::string lower = core::to_lower_ascii(name);
  return lower.rfind("iso-2022-", 0) != 0 && lower != "hz-gb-2312" && lower != "ibm037" &&
         lower != "ibm1047" && lower != "ibm01140";
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<signed char>(c) >= 0; });
}

CallResult unsupported(CallContext& context, std::string_view name, std::string_view bytes,
                       bool decode, Arguments arguments) {
  std::string_view encoding = arguments[1].text();
  if (may_exist(encoding)) {
    if (extends_ascii(encoding) && is_ascii(bytes))
      return text_result(context, decode ? std::string(bytes) : core::base64_encode(bytes));
    return unknown_result(context, name, model::string_type(), arguments);
  }
  return bad_argument("encoding", "\"" + std::string(encoding.substr(0, 100)) +
                                      "\" is not a supported IANA encoding name or alias");
}

CallResult textencodebase64(CallContext& context, Arguments arguments) {
  Encoding encoding = find_encoding(arguments[1].text());
  std::string_view text = arguments[0].text();
  if (encoding == Encoding::kUnknown)
    return unsupported(context, "textencodebase64", text, false, arguments);
  std::string bytes;
  if (encoding == Encoding::kUtf16) bytes = "\xfe\xff";
  for (size_t at = 0; at < text.size();) {
    core::Utf8 next = core::decode_utf8(text, at);
    if (!encode_character(next.code, encoding, bytes)) {
      return bad_argument("string",
                          "the given string contains characters that cannot be represented in " +
                              std::string(arguments[1].text()));
    }
    at += next.length;
  }
  return text_result(context, core::base64_encode(bytes));
}

std::string decode_utf16(std::string_view bytes, bool little) {
  std::string out;
  auto unit = [&](size_t at) {
    unsigned first = static_cast<unsigned char>(bytes[at]),
             second = static_cast<unsigned char>(bytes[at + 1]);
    return little ? second << 8 | first : first << 8 | second;
  };
  size_t at = 0;
  for (; at + 1 < bytes.size(); at += 2) {
    unsigned high = unit(at);
    if (high >= 0xD800 && high < 0xDC00 && at + 3 < bytes.size()) {
      unsigned low = unit(at + 2);
      if (low >= 0xDC00 && low < 0xE000) {
        core::append_utf8(out, 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00));
        at += 2;
        continue;
      }
    }
    core::append_utf8(out, high);  // a lone surrogate becomes U+FFFD
  }
  if (at < bytes.size()) core::append_utf8(out, 0xFFFD);
  return out;
}

CallResult textdecodebase64(CallContext& context, Arguments arguments) {
  Encoding encoding = find_encoding(arguments[1].text());
  auto bytes = core::base64_decode(arguments[0].text());
  if (!bytes) return bad_argument("source", "the given value holds an invalid base64 symbol");
  if (encoding == Encoding::kUnknown)
    return unsupported(context, "textdecodebase64", *bytes, true, arguments);
  std::string_view rest = *bytes;
  std::string out;
  if (encoding == Encoding::kUtf8) {
    out = core::to_valid_utf8(rest);
  } else if (encoding == Encoding::kUtf16 || encoding == Encoding::kUtf16Big ||
             encoding == Encoding::kUtf16Little) {
    bool little = encoding == Encoding::kUtf16Little;
    if (encoding == Encoding::kUtf16 &&
        (rest.substr(0, 2) == "\xff\xfe" || rest.substr(0, 2) == "\xfe\xff")) {
      little = rest[0] == '\xff';
      rest.remove_prefix(2);
    }
    out = decode_utf16(rest, little);
  } else {
    for (char c : rest) {
      char32_t code = static_cast<unsigned char>(c);
      if (encoding == Encoding::kAscii && code > 0x7f) code = 0xFFFD;
      if (encoding == Encoding::kWindows1252 && code >= 0x80 && code < 0xA0) {
        code = kWindows1252[code - 0x80] != 0 ? kWindows1252[code - 0x80] : 0xFFFD;
      }
      core::append_utf8(out, code);
    }
  }
  // Terraform does not tell a replacement character that was written from one that marks an error.
  if (out.find("\xEF\xBF\xBD") != std::string::npos) {
    return bad_argument("source", "the given string contains characters that cannot be represented in " +
                                      std::string(arguments[1].text()));
  }
  return text_result(context, out);
}

constexpr FunctionInfo kFunctions[] = {
    {"csvdecode", "s", csvdecode, 0},
    {"textdecodebase64", "s s", textdecodebase64, 0, 's'},
    {"textencodebase64", "s s", textencodebase64, 0, 's'},
    {"urlencode", "s", urlencode, 0, 's'},
};

}  // namespace

std::span<const FunctionInfo> text_encoding_functions() { return kFunctions; }

}  // namespace assay::formats::terraform
