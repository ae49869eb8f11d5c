#include "rules/lang/cel/named_formats.h"

#include <algorithm>

#include "rules/lang/cel/text.h"
#include "rules/lang/cel/url.h"

namespace assay::rules::cel {
namespace {

using Problems = std::vector<std::string>;

bool digit(char c) { return c >= '0' && c <= '9'; }
bool lower(char c) { return c >= 'a' && c <= 'z'; }
bool upper(char c) { return c >= 'A' && c <= 'Z'; }
bool hexadecimal(char c) { return digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

std::string too_long(size_t most, std::string_view unit = "bytes") { return "must be no more than " + std::to_string(most) + " " + std::string(unit); }
std::string no_match(std::string_view what, std::string_view pattern, std::string_view examples) {
  std::string out(what);
  out += " (e.g. ";
  out += examples;
  out += ", regex used for validation is '";
  out += pattern;
  return out + "')";
}

bool is_label(std::string_view text, bool letter_first) {
  if (text.empty() || !(lower(text[0]) || (!letter_first && digit(text[0])))) return false;
  if (!lower(text.back()) && !digit(text.back())) return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return lower(c) || digit(c) || c == '-'; });
}
bool is_subdomain(std::string_view text) {
  while (true) {
    size_t dot = text.find('.');
    if (!is_label(text.substr(0, dot), false)) return false;
    if (dot == std::string_view::npos) return true;
    text = text.substr(dot + 1);
  }
}

Problems label_problems(std::string_view text) {
  Problems out;
  if (text.size() > 63) out.push_back(too_long(63, "characters"));
  if (is_label(text, false)) return out;
  if (is_subdomain(text)) {
    out.push_back("must not contain dots");
  } else {
    out.push_back(no_match("a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an "
                           "alphanumeric character", "[a-z0-9]([-a-z0-9]*[a-z0-9])?", "'my-name',  or '123-abc'"));
  }
  return out;
}
Problems subdomain_problems(std::string_view text) {
  Problems out;
  if (text.size() > 253) out.push_back(too_long(253, "characters"));
  if (!is_subdomain(text)) {
    out.push_back(no_match("a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end "
                           "with an alphanumeric character", "[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*",
                           "'example.com'"));
  }
  return out;
}
Problems old_label_problems(std::string_view text) {
  Problems out;
  if (text.size() > 63) out.push_back(too_long(63, "characters"));
  if (!is_label(text, true)) {
    out.push_back(no_match("a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end "
                           "with an alphanumeric character", "[a-z]([-a-z0-9]*[a-z0-9])?", "'my-name',  or 'abc-123'"));
  }
  return out;
}

constexpr std::string_view kKeyWhat = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
constexpr std::string_view kKeyPattern = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
constexpr std::string_view kKeyExamples = "'MyName',  or 'my.name',  or '123-abc'";

bool is_key(std::string_view text) {
  auto word = [](char c) { return digit(c) || lower(c) || upper(c); };
  return !text.empty() && word(text[0]) && word(text.back()) &&
         std::all_of(text.begin(), text.end(), [&](char c) { return word(c) || c == '-' || c == '_' || c == '.'; });
}
Problems qualified_name_problems(std::string_view text) {
  Problems out;
  size_t slash = text.find('/');
  if (slash != std::string_view::npos && text.find('/', slash + 1) != std::string_view::npos) {
    return {"a valid label key " + no_match(kKeyWhat, kKeyPattern, kKeyExamples) + " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"};
  }
  std::string_view name = slash == std::string_view::npos ? text : text.substr(slash + 1);
  if (slash == 0) out.push_back("prefix part must be non-empty");
  else if (slash != std::string_view::npos) {
    for (const std::string& problem : subdomain_problems(text.substr(0, slash))) out.push_back("prefix part " + problem);
  }
  if (name.empty()) out.push_back("name part must be non-empty");
  else if (name.size() > 63) out.push_back("name part " + too_long(63));
  if (!is_key(name)) out.push_back("name part " + no_match(kKeyWhat, kKeyPattern, kKeyExamples));
  return out;
}
Problems label_value_problems(std::string_view text) {
  Problems out;
  if (text.size() > 63) out.push_back(too_long(63));
  if (!text.empty() && !is_key(text)) {
    out.push_back(no_match("a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with "
                           "an alphanumeric character", "(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?", "'MyValue',  or 'my_value',  or '12345'"));
  }
  return out;
}

// What is generated is put behind the text: a dash may end it. (Two characters go for one, as in Kubernetes.)
template <Problems (*problems)(std::string_view)>
Problems prefix_problems(std::string_view text) {
  if (text.size() <= 1 || !text.ends_with('-')) return problems(text);
  return problems(std::string(text.substr(0, text.size() - 2)) + "a");
}

Problems uri_problems(std::string_view text) {
  Url url;
  std::string problem;
  if (parse_request_url(text, url, problem)) return {};
  return {problem};
}

bool is_uuid(std::string_view text) {
  size_t at = 0;
  for (size_t count : {8, 4, 4, 4, 12}) {
    if (count != 8 && at < text.size() && text[at] == '-') ++at;
    for (size_t i = 0; i < count; ++i, ++at) {
      if (at >= text.size() || !hexadecimal(text[at])) return false;
    }
  }
  return at == text.size();
}
Problems uuid_problems(std::string_view text) {
  return is_uuid(text) ? Problems() : Problems{"does not match the UUID format"};
}

bool is_base64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) return false;
  size_t end = text.size();
  for (int i = 0; i < 2 && text[end - 1] == '='; ++i) --end;
  return std::all_of(text.begin(), text.begin() + static_cast<ptrdiff_t>(end),
                     [](char c) { return digit(c) || lower(c) || upper(c) || c == '+' || c == '/'; });
}
Problems byte_problems(std::string_view text) { return is_base64(text) ? Problems() : Problems{"invalid base64"}; }

// "2006-01-02"
bool is_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  for (size_t i : {0, 1, 2, 3, 5, 6, 8, 9}) {
    if (!digit(text[i])) return false;
  }
  int year = (text[0] - '0') * 1000 + (text[1] - '0') * 100 + (text[2] - '0') * 10 + (text[3] - '0');
  int month = (text[5] - '0') * 10 + (text[6] - '0'), day = (text[8] - '0') * 10 + (text[9] - '0');
  static constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month < 1 || month > 12 || day < 1) return false;
  bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return day <= kDays[month - 1] + (month == 2 && leap ? 1 : 0);
}
Problems date_problems(std::string_view text) { return is_date(text) ? Problems() : Problems{"invalid date"}; }

// A date, "t" or space is no "T" here, a time, perhaps a fraction, "Z" or an offset.
bool is_datetime(std::string_view text) {
  if (text.size() < 4) return false;
  size_t t = text.find_first_of("Tt");
  if (t == std::string_view::npos || !is_date(text.substr(0, t))) return false;
  std::string_view time = text.substr(t + 1);
  if (time.size() < 9 || time[2] != ':' || time[5] != ':') return false;
  for (size_t i : {0, 1, 3, 4, 6, 7}) {
    if (!digit(time[i])) return false;
  }
  int hours = (time[0] - '0') * 10 + time[1] - '0', minutes = (time[3] - '0') * 10 + time[4] - '0', seconds = (time[6] - '0') * 10 + time[7] - '0';
  if (hours > 23 || minutes > 59 || seconds > 59) return false;
  std::string_view rest = time.substr(8);
  if (rest.starts_with('.')) {
    size_t end = 1;
    while (end < rest.size() && digit(rest[end])) ++end;
    if (end == 1) return false;
    rest = rest.substr(end);
  }
  if (rest == "Z" || rest == "z") return true;
  if (rest.size() != 6 || (rest[0] != '+' && rest[0] != '-') || rest[3] != ':') return false;
  return digit(rest[1]) && digit(rest[2]) && digit(rest[4]) && digit(rest[5]);
}
Problems datetime_problems(std::string_view text) { return is_datetime(text) ? Problems() : Problems{"invalid datetime"}; }

constexpr NamedFormat kFormats[] = {
    {"dns1123Label", 30, label_problems},
    {"dns1123Subdomain", 60, subdomain_problems},
    {"dns1035Label", 30, old_label_problems},
    {"qualifiedName", 60, qualified_name_problems},
    {"dns1123LabelPrefix", 30, prefix_problems<label_problems>},
    {"dns1123SubdomainPrefix", 60, prefix_problems<subdomain_problems>},
    {"dns1035LabelPrefix", 30, prefix_problems<old_label_problems>},
    {"labelValue", 40, label_value_problems},
    {"uri", 1103, uri_problems},
    {"uuid", 70, uuid_problems},
    {"byte", 84, byte_problems},
    {"date", 71, date_problems},
    {"datetime", 71, datetime_problems},
};

}  // namespace

std::span<const NamedFormat> named_formats() { return kFormats; }

const NamedFormat* find_named_format(std::string_view name) {
  for (const NamedFormat& format : kFormats) {
    if (format.name == name) return &format;
  }
  return nullptr;
}

}  // namespace assay::rules::cel
